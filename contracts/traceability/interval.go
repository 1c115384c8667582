package traceability

import (
	"slices"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Bounds of what is kept of a crop for one month.
const (
	maxTreatments = 256
	maxHarvests   = 1_000
)

// season is a month of a crop.
type season struct {
	Treatments []treatment `json:"t,omitempty"`
	Harvests   []harvest   `json:"h,omitempty"`
}

// treatment is an event that the harvest has to wait for.
type treatment struct {
	Event string      `json:"e"` // digest of its identifier
	At    ledger.Time `json:"a"`
	Safe  ledger.Time `json:"s"`
}

// harvest is a transformation of the crop.
type harvest struct {
	Event string      `json:"e"` // digest of its identifier
	At    ledger.Time `json:"a"`
	Made  []string    `json:"m"` // identifiers, or the key of a process
}

// safety is what is kept of a lot, a piece or a process that was harvested early or
// was tested.
type safety struct {
	Reasons []reason `json:"r,omitempty"`
	Results []result `json:"l,omitempty"`
}

// reason is a harvest within the interval of one crop.
type reason struct {
	Event string      `json:"e"` // digest of the harvest's identifier
	Crop  string      `json:"c"`
	At    ledger.Time `json:"a"` // of the harvest
	Safe  ledger.Time `json:"s"`
}

// result is a laboratory's.
type result struct {
	Certificate string `json:"c"` // the end of its key
	trace.TestResult
}

// early sums the reasons up: nil without any.
func (s *safety) early() *trace.Early {
	if len(s.Reasons) == 0 {
		return nil
	}
	var e trace.Early
	for _, r := range s.Reasons {
		e.Harvested, e.Safe = max(e.Harvested, r.At), max(e.Safe, r.Safe)
	}
	return &e
}

// tested is from when on harvests are no longer cleared by the results.
func (s *safety) tested() ledger.Time {
	return trace.TestedSafe(func(yield func(trace.TestResult) bool) {
		for _, r := range s.Results {
			if !yield(r.TestResult) {
				return
			}
		}
	})
}

// safeFrom is when a harvest at a moment would have been allowed; 0 when it was.
func (s *season) safeFrom(at ledger.Time) (safe ledger.Time) {
	for _, t := range s.Treatments {
		if t.At <= at && at < t.Safe {
			safe = max(safe, t.Safe)
		}
	}
	return safe
}

const monthLayout = "2006-01"

func monthKey(crop trace.ID, at ledger.Time) string {
	return seasonKey + crop.String() + "|" + at.Time().Format(monthLayout)
}

// monthKeys are the keys of all months that an interval reaches into.
func monthKeys(crop trace.ID, from, until ledger.Time) (keys []string) {
	last := until - 1
	year, month, _ := from.Time().Date()
	for at := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC); ledger.TimeOf(at) <= last; at = at.AddDate(0, 1, 0) {
		keys = append(keys, monthKey(crop, ledger.TimeOf(at)))
	}
	return keys
}

// waits reports whether the rules of intervals are about a thing.
func (o owner) waits() bool { return o.managed && (o.kind == lot || o.kind == piece) }

// treat puts what the event is about in its interval, from the event on, and takes a
// second look at the harvests in it that are recorded already.
func (e *event) treat() error {
	return e.treated(func(s *season, t treatment) error {
		if slices.ContainsFunc(s.Treatments, func(one treatment) bool { return one.Event == t.Event }) {
			return nil // the event names the thing twice
		}
		if len(s.Treatments) == maxTreatments {
			return ledger.FieldErrorf(ledger.TooLarge, "wait", "there are %d treatments in one month already", maxTreatments)
		}
		s.Treatments = append(s.Treatments, t)
		return nil
	})
}

// untreat takes the event's interval back.
func (e *event) untreat() error {
	return e.treated(func(s *season, t treatment) error {
		s.Treatments = slices.DeleteFunc(s.Treatments, func(one treatment) bool { return one.Event == t.Event })
		return nil
	})
}

// treated changes the months that the event's interval reaches into.
func (e *event) treated(change func(*season, treatment) error) error {
	if e.f.Wait == 0 || !e.out.Managed {
		return nil
	}
	safe, err := trace.SafeFrom(e.f.Time, e.f.Zone, e.f.Wait)
	if err != nil {
		return err
	}
	t := treatment{digest([]byte(e.f.Event)), e.f.Time, safe}
	for _, s := range e.f.Objects {
		o, err := e.owner(s.ID)
		if err != nil {
			return err
		}
		if !o.waits() {
			continue
		}
		for _, key := range monthKeys(s.ID, t.At, t.Safe) {
			month, _, err := load[season](e, key)
			if err != nil {
				return err
			}
			if err := change(&month, t); err != nil {
				return err
			}
			e.saveMonth(key, month)
			for _, h := range month.Harvests {
				if t.At <= h.At && h.At < t.Safe {
					if err := e.judge(h, s.ID, month.safeFrom(h.At)); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

func (r *run) saveMonth(key string, s season) {
	if len(s.Treatments)+len(s.Harvests) == 0 {
		r.Delete(key)
		return
	}
	r.save(key, s)
}

// harvested gives what was made of things in their interval a reason.
func (e *event) harvested() error {
	made, err := e.madeNames()
	if err != nil || len(made) == 0 {
		return err
	}
	for _, s := range e.f.Inputs {
		o, err := e.owner(s.ID)
		if err != nil {
			return err
		}
		if !o.waits() {
			continue
		}
		for _, crop := range withBatch(s.ID) {
			h := harvest{digest([]byte(e.f.Event)), e.f.Time, made}
			if err := e.harvestOf(crop, h, o.perennial() || e.f.Step == trace.StepHarvesting); err != nil {
				return err
			}
		}
	}
	if e.record.Process == "" {
		return nil
	}
	is, _, err := load[safety](e, safetyKey+e.record.Process)
	if err != nil || is.early() == nil {
		return err
	}
	for _, s := range e.f.Outputs { // they may come after the harvest that went in
		if err := e.tellEarly(s.ID, is.early()); err != nil {
			return err
		}
	}
	return nil
}

// madeNames are the things that the event made, or the process in which it did.
func (e *event) madeNames() (names []string, err error) {
	if e.record.Process != "" {
		return []string{e.record.Process}, nil
	}
	for _, s := range e.f.Outputs {
		o, err := e.owner(s.ID)
		if err != nil {
			return nil, err
		}
		if name := s.ID.String(); o.waits() && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, nil
}

func (e *event) harvestOf(crop trace.ID, h harvest, kept bool) error {
	key := monthKey(crop, h.At)
	month, _, err := load[season](e, key)
	if err != nil {
		return err
	}
	many := len(h.Made)
	for _, one := range month.Harvests {
		if one.Event == h.Event {
			return nil // the event names the crop twice
		}
		many += len(one.Made)
	}
	safe := month.safeFrom(h.At)
	if safe == 0 && (!kept || many > maxHarvests) {
		return nil
	}
	month.Harvests = append(month.Harvests, h)
	e.saveMonth(key, month)
	return e.judge(h, crop, safe)
}

// unharvest takes back what the event was to the seasons of its inputs. was is what
// the process of the event was before.
func (e *event) unharvest(process string, was *trace.Early) error {
	name := digest([]byte(e.f.Event))
	for _, s := range e.f.Inputs {
		for _, crop := range withBatch(s.ID) {
			key := monthKey(crop, e.f.Time)
			month, ok, err := load[season](e, key)
			if err != nil {
				return err
			}
			i := slices.IndexFunc(month.Harvests, func(h harvest) bool { return h.Event == name })
			if !ok || i < 0 {
				continue
			}
			h := month.Harvests[i]
			month.Harvests = slices.Delete(month.Harvests, i, i+1)
			e.saveMonth(key, month)
			if err := e.judge(h, crop, 0); err != nil {
				return err
			}
		}
	}
	if process == "" || was == nil {
		return nil
	}
	left, err := e.processOutputs(process)
	if err != nil {
		return err
	}
	for _, s := range e.f.Outputs {
		if !slices.Contains(left, s.ID) {
			if err := e.tellEarly(s.ID, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *run) processOutputs(process string) (ids []trace.ID, err error) {
	parts, _, err := load[[]processPart](r, process)
	for _, p := range parts {
		for _, s := range p.Out {
			ids = append(ids, s.ID)
		}
	}
	return ids, err
}

// judge sets from when on a harvest of a crop would have been safe; 0 when it was.
func (e *event) judge(h harvest, crop trace.ID, safe ledger.Time) error {
	for _, name := range h.Made {
		is, _, err := load[safety](e, safetyKey+name)
		if err != nil {
			return err
		}
		was := is.early()
		i := slices.IndexFunc(is.Reasons, func(r reason) bool { return r.Event == h.Event && r.Crop == crop.String() })
		switch {
		case safe == 0 && i < 0:
			continue
		case safe == 0:
			is.Reasons = slices.Delete(is.Reasons, i, i+1)
		case i < 0:
			is.Reasons = append(is.Reasons, reason{h.Event, crop.String(), h.At, safe})
		default:
			is.Reasons[i].Safe = safe
		}
		e.saveSafety(name, is)
		now := is.early()
		if was != nil && now != nil && *was == *now {
			continue
		}
		if err := e.tellAll(name, now); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) saveSafety(name string, is safety) {
	if len(is.Reasons)+len(is.Results) == 0 {
		r.Delete(safetyKey + name)
		return
	}
	r.save(safetyKey+name, is)
}

// tellAll notes in the outcome what holds of a thing, or of all that a process made.
func (e *event) tellAll(name string, is *trace.Early) error {
	ids, err := e.namedThings(name)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := e.tellEarly(id, is); err != nil {
			return err
		}
	}
	return nil
}

// tellEarly notes in the outcome what holds of a thing from now on.
func (e *event) tellEarly(id trace.ID, is *trace.Early) error {
	o, err := e.owner(id)
	if err != nil || !o.waits() {
		return err
	}
	f := trace.Flag{ID: id, Kind: trace.FlagNoInterval}
	if is != nil {
		f = trace.Flag{ID: id, Kind: trace.FlagInterval, Harvested: is.Harvested, Safe: is.Safe}
	}
	if i, ok := e.intervals[id]; ok {
		e.out.Flags[i] = f
		return nil
	}
	set(&e.intervals, id, len(e.out.Flags))
	e.out.Flags = append(e.out.Flags, f)
	return nil
}
