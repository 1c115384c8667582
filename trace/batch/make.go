package batch

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/epcis"
)

// Kind is a way in which some things become others.
type Kind string

const (
	Harvest Kind = "harvest" // crops and herds give a lot, and stand on
	Split   Kind = "split"   // a lot becomes several of its product
	Merge   Kind = "merge"   // several lots become one
	Grade   Kind = "grade"   // lots are sorted into grades
	Process Kind = "process" // lots become another product
	PackUp  Kind = "pack"    // lots are filled into cases
)

// Kinds lists them.
var Kinds = []Kind{Harvest, Split, Merge, Grade, Process, PackUp}

// Step is the business step of a kind.
func (k Kind) Step() string { return kindSteps[k] }

var kindSteps = map[Kind]string{
	Harvest: trace.StepHarvesting,
	Split:   trace.Vocabulary + "splitting",
	Merge:   trace.Vocabulary + "merging",
	Grade:   trace.Vocabulary + "grading",
	Process: trace.Vocabulary + "transforming",
	PackUp:  trace.StepPacking,
}

// Make uses things up and makes others of them: a TransformationEvent, and an
// AggregationEvent for what is packed at once.
type Make struct {
	Record
	Kind  Kind
	In    []trace.Stock // without a quantity: all that there is, or a crop that stands on
	Out   []trace.Stock // lots with their quantities, and pieces
	Into  trace.ID      // the container that what is made goes into; zero for none
	Label Label
}

// Label is what is written on what is made: instance and lot master data. What is
// empty is not said.
type Label struct {
	Variety    string
	Packed     string // dates, 2026-06-03
	BestBefore string
	Net        string // net content of a piece, "5 kg"
}

func (m Make) Check(now time.Time) error {
	if err := m.check(now); err != nil {
		return err
	}
	if kindSteps[m.Kind] == "" {
		return ledger.FieldErrorf(ledger.Invalid, "kind", "%q is no way to make something", m.Kind)
	}
	if err := checkThings("in", m.In); err != nil {
		return err
	}
	if err := checkThings("out", m.Out); err != nil {
		return err
	}
	for _, s := range m.Out {
		switch {
		case s.ID.Instance():
		case s.ID.Lot() == "":
			return ledger.FieldErrorf(ledger.Invalid, "out", "%s is neither a lot nor a piece", s.ID)
		case s.Quantity == nil:
			return ledger.FieldErrorf(ledger.Invalid, "out", "how much of %s was made is missing", s.ID)
		}
		if slices.ContainsFunc(m.In, func(in trace.Stock) bool { return in.ID == s.ID }) {
			return ledger.FieldErrorf(ledger.Invalid, "out", "%s is made of itself", s.ID)
		}
	}
	if err := m.checkKind(); err != nil {
		return err
	}
	for field, date := range map[string]string{"packed": m.Label.Packed, "best_before": m.Label.BestBefore} {
		if _, err := time.Parse(time.DateOnly, date); date != "" && err != nil {
			return ledger.FieldErrorf(ledger.Invalid, field, "is not a day")
		}
	}
	if m.Into.IsZero() {
		return nil
	}
	return checkContainer(m.Into, m.Out)
}

func (m Make) checkKind() error {
	product := m.In[0].ID.Product()
	other := func(s trace.Stock) bool { return s.ID.Product() != product }
	switch m.Kind {
	case Split:
		switch {
		case len(m.In) != 1:
			return ledger.FieldErrorf(ledger.Invalid, "in", "one lot is split at a time")
		case len(m.Out) < 2:
			return ledger.FieldErrorf(ledger.Invalid, "out", "a lot is split into two at least")
		case slices.ContainsFunc(m.Out, other):
			return ledger.FieldErrorf(ledger.Invalid, "out", "the parts of a lot are of its product")
		}
	case Merge:
		switch {
		case len(m.In) < 2:
			return ledger.FieldErrorf(ledger.Invalid, "in", "two lots at least are merged")
		case len(m.Out) != 1:
			return ledger.FieldErrorf(ledger.Invalid, "out", "merging gives one lot")
		}
	case Harvest:
		if slices.ContainsFunc(m.In, func(s trace.Stock) bool { return s.Quantity != nil }) {
			return ledger.FieldErrorf(ledger.Invalid, "in", "a crop that is harvested stands on, and no quantity of it is used up")
		}
	}
	return nil
}

func (m Make) drafts() []epcis.Draft {
	made := m.draft(trace.TransformationEvent, "", kindSteps[m.Kind], "active")
	made.Inputs, made.Outputs = m.In, m.Out
	made.ILMD = m.ilmd()
	list := []epcis.Draft{made}
	if !m.Into.IsZero() {
		r := m.Record
		r.Event, r.Note = derived(m.Event, "packed"), ""
		list = append(list, packing(r, m.Into, m.Out))
	}
	return list
}

// ilmd is the label in the words of CBV and GS1, and the lot and the day that follow
// from the action.
func (m Make) ilmd() map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	put := func(name, value string) {
		if !blank(value) {
			b, _ := json.Marshal(value) // a string always encodes
			all[name] = b
		}
	}
	put("cbvmda:countryOfOrigin", "VN")
	if lot := commonLot(m.Out); lot != "" {
		put("cbvmda:lotNumber", lot)
	}
	day := m.At.Format(time.DateOnly)
	switch m.Kind {
	case Harvest:
		put("cbvmda:harvestStartDate", day)
		put("cbvmda:harvestEndDate", day)
	case PackUp:
		put("gs1:packagingDate", day)
	}
	put("gs1:packagingDate", m.Label.Packed)
	put("cbvmda:bestBeforeDate", m.Label.BestBefore)
	put("gs1:netContent", m.Label.Net)
	put("sg:variety", m.Label.Variety)
	return all
}

// commonLot is the lot number that all of them have, empty where they differ.
func commonLot(list []trace.Stock) string {
	lot := list[0].ID.Lot()
	for _, s := range list {
		if s.ID.Lot() != lot {
			return ""
		}
	}
	return lot
}

// Pack puts things into a container, or takes them out.
type Pack struct {
	Record
	Container trace.ID
	Things    []trace.Stock
	Out       bool // they are taken out; all of them where none is named
}

func (p Pack) Check(now time.Time) error {
	if err := p.check(now); err != nil {
		return err
	}
	if p.Out && len(p.Things) == 0 {
		return checkContainer(p.Container, nil)
	}
	if err := checkThings("things", p.Things); err != nil {
		return err
	}
	return checkContainer(p.Container, p.Things)
}

func checkContainer(id trace.ID, things []trace.Stock) error {
	switch {
	case id.IsZero():
		return ledger.FieldErrorf(ledger.Invalid, "into", "is missing")
	case !id.Instance():
		return ledger.FieldErrorf(ledger.Invalid, "into", "%s is not one container: it has no serial", id)
	case slices.ContainsFunc(things, func(s trace.Stock) bool { return s.ID == id }):
		return ledger.FieldErrorf(ledger.Invalid, "into", "%s cannot be packed into itself", id)
	}
	return nil
}

func (p Pack) drafts() []epcis.Draft {
	if !p.Out {
		return []epcis.Draft{packing(p.Record, p.Container, p.Things)}
	}
	d := p.draft(trace.AggregationEvent, trace.Delete, trace.StepUnpacking, "container_open")
	d.Parent, d.Objects = p.Container, p.Things
	return []epcis.Draft{d}
}

func packing(r Record, into trace.ID, things []trace.Stock) epcis.Draft {
	d := r.draft(trace.AggregationEvent, trace.Add, trace.StepPacking, "container_closed")
	d.Parent, d.Objects = into, things
	return d
}
