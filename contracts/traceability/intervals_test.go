package traceability_test

import (
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/contracts/traceability"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// intervals is a model of the rule of intervals that keeps every event and looks at
// all of them each time.
type intervals struct {
	events []happened
	told   map[trace.ID]trace.Flag // the latest that outcomes said
}

type happened struct {
	f     trace.Fact
	by    *Org
	safe  ledger.Time       // of a treatment
	found map[trace.ID]bool // crops of which a treatment that is recorded late finds the harvest
	void  bool
}

// follow takes in an event that was recorded.
func (m *intervals) follow(p *province, by *Org, f trace.Fact, out trace.EventOutcome) {
	for _, flag := range out.Flags {
		if flag.Kind == trace.FlagInterval || flag.Kind == trace.FlagNoInterval {
			m.told[flag.ID] = flag
		}
	}
	if out.Duplicate {
		return
	}
	if out.Voids != "" {
		for i := range m.events {
			if m.events[i].f.Event == out.Voids {
				m.events[i].void = true
			}
		}
		return
	}
	if f.Error != nil {
		return
	}
	one := happened{f: f, by: by}
	if f.Wait > 0 {
		var err error
		one.safe, err = trace.SafeFrom(f.Time, f.Zone, f.Wait)
		p.Must(err)
	}
	one.found = map[trace.ID]bool{}
	for _, in := range f.Inputs {
		one.found[in.ID] = managed(in.ID) && (f.Step == trace.StepHarvesting || in.ID == p.plot || m.safe(in.ID, f.Time) != 0)
	}
	m.events = append(m.events, one)
}

// safe is when a harvest would have been allowed; 0 when it was.
func (m *intervals) safe(crop trace.ID, at ledger.Time) (safe ledger.Time) {
	for _, e := range m.events {
		if !e.void && e.safe != 0 && e.f.Time <= at && at < e.safe && slices.ContainsFunc(e.f.Objects, func(s trace.Stock) bool { return s.ID == crop }) {
			safe = max(safe, e.safe)
		}
	}
	return safe
}

// managed tells what the rules bind from a crate of nobody's prefix.
func managed(id trace.ID) bool { return !strings.HasPrefix(id.String(), "urn:") }

// kept is a reason as the contract keeps it.
type kept struct {
	Event string      `json:"e"`
	Crop  string      `json:"c"`
	At    ledger.Time `json:"a"`
	Safe  ledger.Time `json:"s"`
}

func (m *intervals) check(rt *rapid.T, p *province) {
	want, flags := map[string]map[kept]bool{}, map[trace.ID]trace.Flag{}
	madeBy := map[string][]trace.ID{} // by process
	for _, e := range m.events {
		if e.void || e.f.Type != trace.TransformationEvent {
			continue
		}
		var names []string
		for _, out := range e.f.Outputs {
			if e.f.Process == "" && managed(out.ID) {
				names = append(names, out.ID.String())
			}
		}
		if e.f.Process != "" {
			name := traceability.ProcessKey(e.by.OrgID(), e.f.Process)
			names = []string{name}
			for _, out := range e.f.Outputs {
				madeBy[name] = append(madeBy[name], out.ID)
			}
		}
		for _, in := range e.f.Inputs {
			safe := m.safe(in.ID, e.f.Time)
			if safe == 0 || !e.found[in.ID] {
				continue
			}
			for _, name := range names {
				if want[name] == nil {
					want[name] = map[kept]bool{}
				}
				want[name][kept{traceability.Digest(e.f.Event), in.ID.String(), e.f.Time, safe}] = true
			}
		}
	}
	got := map[string]map[kept]bool{}
	for key, value := range p.State() {
		name, ok := strings.CutPrefix(key, traceability.SafetyKey)
		if !ok {
			continue
		}
		var is struct {
			Reasons []kept `json:"r"`
		}
		decode(rt, value, &is)
		got[name] = map[kept]bool{}
		for _, r := range is.Reasons {
			got[name][r] = true
		}
		ids := madeBy[name]
		if id, err := trace.ParseID(name); err == nil {
			ids = []trace.ID{id}
		}
		for _, id := range ids {
			f := flags[id]
			f.ID, f.Kind = id, trace.FlagInterval
			for r := range got[name] {
				f.Harvested, f.Safe = max(f.Harvested, r.At), max(f.Safe, r.Safe)
			}
			if managed(id) {
				flags[id] = f
			}
		}
	}
	if !maps.EqualFunc(got, want, maps.Equal[map[kept]bool]) {
		rt.Fatalf("the reasons are\n%v, want\n%v", got, want)
	}
	told := maps.Clone(m.told)
	maps.DeleteFunc(told, func(_ trace.ID, f trace.Flag) bool { return f.Kind == trace.FlagNoInterval })
	if !maps.Equal(told, flags) {
		rt.Fatalf("outcomes told\n%v, and what holds is\n%v", told, flags)
	}
}
