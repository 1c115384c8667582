package contracttest

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Capture records facts, signed by the organisation's first member.
func (w *World) Capture(o *Org, facts ...trace.Fact) (trace.Outcome, error) {
	w.t.Helper()
	return w.CaptureBy(o.Member, facts...)
}

// CaptureBy records facts, signed by a member.
func (w *World) CaptureBy(m *Member, facts ...trace.Fact) (trace.Outcome, error) {
	w.t.Helper()
	items := make([][]byte, len(facts))
	for i, f := range facts {
		items[i] = trace.Encode(f)
	}
	return outcome(w.Submit(m, trace.Contract, trace.ActionCapture, trace.Summary(facts), items...))
}

// Record records one fact and ends the test when it is refused.
func (w *World) Record(o *Org, f trace.Fact) trace.EventOutcome {
	w.t.Helper()
	out, err := w.Capture(o, f)
	w.Must(err)
	return out.Events[0]
}

// Recall and Lift submit one recall.
func (w *World) Recall(o *Org, target trace.ID) error {
	w.t.Helper()
	return w.recall(o, trace.Recall{Target: target, Reason: "Residue", Action: "Bring it back", Contact: "1900 0000"})
}
func (w *World) Lift(o *Org, target trace.ID) error {
	w.t.Helper()
	return w.recall(o, trace.Recall{Target: target, Lift: true, Reason: "Tested clean"})
}

// Certify issues certificates, signed by the organisation's first member.
func (w *World) Certify(o *Org, certificates ...trace.Certificate) error {
	w.t.Helper()
	items := make([][]byte, len(certificates))
	for i, c := range certificates {
		items[i] = trace.Encode(c)
	}
	_, err := w.Submit(o.Member, trace.Contract, trace.ActionCertify, trace.CertifySummary(certificates), items...)
	return err
}

func (w *World) recall(o *Org, r trace.Recall) error {
	w.t.Helper()
	_, err := w.Submit(o.Member, trace.Contract, trace.ActionRecall, trace.RecallSummary([]trace.Recall{r}), trace.Encode(r))
	return err
}

// Fact is a new event of a type and an action, an hour old, that everybody may
// read. Its name and its hash have as many random digits as real ones.
func (w *World) Fact(kind trace.EventType, action trace.Action, step string) trace.Fact {
	w.events++
	h := sha256.Sum256(fmt.Append(nil, "event ", w.events))
	return trace.Fact{
		Event:   fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16]),
		Hash:    fmt.Sprintf("ni:///sha-256;%x?ver=CBV2.0", h),
		Payload: CID(fmt.Sprint("event ", w.events)), Audience: ledger.Public,
		Type: kind, Action: action, Step: step, Time: w.Now.Add(-time.Hour), Zone: "+07:00",
	}
}

// Commission brings things into being.
func (w *World) Commission(things ...trace.Stock) trace.Fact {
	f := w.Fact(trace.ObjectEvent, trace.Add, trace.StepCommissioning)
	f.Objects = things
	return f
}

// Observe says something about things.
func (w *World) Observe(step string, things ...trace.Stock) trace.Fact {
	f := w.Fact(trace.ObjectEvent, trace.Observe, step)
	f.Objects = things
	return f
}

// Treat puts things in an interval of days before their harvest.
func (w *World) Treat(days int, things ...trace.ID) trace.Fact {
	f := w.Observe(trace.Vocabulary+"spraying", All(things...)...)
	f.Wait = days
	return f
}

// Ship sends things to a place.
func (w *World) Ship(to trace.ID, things ...trace.Stock) trace.Fact {
	f := w.Observe(trace.StepShipping, things...)
	f.To = []trace.PartyRef{{Type: trace.PartyPossessing, ID: to}}
	return f
}

// Receive takes things over.
func (w *World) Receive(things ...trace.Stock) trace.Fact {
	return w.Observe(trace.StepReceiving, things...)
}

// Sell ends things in a shopper's hands.
func (w *World) Sell(things ...trace.Stock) trace.Fact {
	return w.Observe(trace.StepRetailSelling, things...)
}

// Destroy ends things.
func (w *World) Destroy(things ...trace.Stock) trace.Fact {
	f := w.Fact(trace.ObjectEvent, trace.Delete, trace.StepDestroying)
	f.Objects = things
	return f
}

// Pack and Unpack put things into a container and take them out.
func (w *World) Pack(parent trace.ID, things ...trace.Stock) trace.Fact {
	f := w.Fact(trace.AggregationEvent, trace.Add, trace.StepPacking)
	f.Parent, f.Objects = &parent, things
	return f
}
func (w *World) Unpack(parent trace.ID, things ...trace.Stock) trace.Fact {
	f := w.Fact(trace.AggregationEvent, trace.Delete, trace.StepUnpacking)
	f.Parent, f.Objects = &parent, things
	return f
}

// Transform makes outputs of inputs.
func (w *World) Transform(inputs, outputs []trace.Stock) trace.Fact {
	f := w.Fact(trace.TransformationEvent, "", StepCreating)
	f.Inputs, f.Outputs = inputs, outputs
	return f
}

// StepCreating is CBV's creating_class_instance.
const StepCreating = "creating_class_instance"

// Wrong declares a fact wrong.
func (w *World) Wrong(f trace.Fact) trace.Fact {
	f.Error = &trace.ErrorDeclaration{Time: w.Now.Add(-time.Minute), Reason: "incorrect_data"}
	return f
}

// Of is a quantity of a class or a lot, like "12.5 KGM"; All is all of it, or a
// piece.
func Of(id trace.ID, quantity string) trace.Stock {
	q := Q(quantity)
	return trace.Stock{ID: id, Quantity: &q}
}
func All(ids ...trace.ID) []trace.Stock {
	list := make([]trace.Stock, len(ids))
	for i, id := range ids {
		list[i].ID = id
	}
	return list
}

// Q reads a quantity.
func Q(s string) trace.Quantity {
	number, unit, _ := strings.Cut(s, " ")
	q, err := trace.ParseQuantity(number, trace.Unit(unit))
	if err != nil {
		panic(err)
	}
	return q
}
