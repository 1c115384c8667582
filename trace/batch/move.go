package batch

import (
	"encoding/json"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/epcis"
)

// Way is how things come from one's hands into another's.
type Way string

const (
	Ship     Way = "ship"
	Return   Way = "return"   // back to whoever they came from
	Receive  Way = "receive"  // what somebody shipped
	HandOver Way = "handover" // to somebody without an account, who does not confirm it
)

// Move is a shipment, or its arrival.
type Move struct {
	Record
	Way    Way
	Things []trace.Stock // without a quantity: all that the mover has, or that is under way
	From   trace.ID      // who gives, as events name them; zero when it is not said
	To     trace.ID      // who gets; nobody for a hand-over
	Site   trace.ID      // where to; zero when it is not said
	Price  int64         // of one unit of the quantity, or of one piece, in whole đồng; zero when it is not said
}

func (m Move) Check(now time.Time) error {
	if err := m.check(now); err != nil {
		return err
	}
	switch m.Way {
	case Ship, Return:
		if m.To.IsZero() {
			return ledger.FieldErrorf(ledger.Invalid, "to", "is missing")
		}
		if m.To == m.From {
			return ledger.FieldErrorf(ledger.Invalid, "to", "is the sender")
		}
	case HandOver:
		if !m.To.IsZero() {
			return ledger.FieldErrorf(ledger.Invalid, "to", "nobody on the register gets what is handed over")
		}
	case Receive:
		if !m.To.IsZero() && m.To == m.From {
			return ledger.FieldErrorf(ledger.Invalid, "to", "is the sender")
		}
	default:
		return ledger.FieldErrorf(ledger.Invalid, "way", "%q is no way to move things", m.Way)
	}
	switch {
	case m.Price < 0 || m.Price > MaxPrice:
		return ledger.FieldErrorf(ledger.Invalid, "price", "is not 1 to %d", int64(MaxPrice))
	case m.Price != 0 && m.Way != Ship && m.Way != HandOver:
		return ledger.FieldErrorf(ledger.Invalid, "price", "is of what is sold")
	}
	return checkThings("things", m.Things)
}

func (m Move) drafts() []epcis.Draft {
	step, disposition := trace.StepShipping, "in_transit"
	to := m.To
	switch m.Way {
	case Return:
		disposition = "returned"
	case Receive:
		step, disposition = trace.StepReceiving, "in_progress"
	case HandOver:
		// Somebody, of whom the register knows nothing else.
		to = trace.MustID(derived(m.Event, "receiver"))
	}
	d := m.draft(trace.ObjectEvent, trace.Observe, step, disposition)
	d.Objects = m.Things
	refer := func(list *[]trace.PartyRef, kind string, id trace.ID) {
		if !id.IsZero() {
			*list = append(*list, trace.PartyRef{Type: kind, ID: id})
		}
	}
	refer(&d.Sources, trace.PartyPossessing, m.From)
	refer(&d.Destinations, trace.PartyPossessing, to)
	refer(&d.Destinations, trace.PartyLocation, m.Site)
	if m.Price != 0 {
		d.Ours["price"], d.Ours["currency"] = m.Price, dong
	}
	return []epcis.Draft{d}
}

// MaxPrice is the most that one unit costs, in đồng.
const MaxPrice = 1_000_000_000_000

const dong = "VND"

// PriceOf is what a stored event says that one unit cost, in đồng; zero where it says
// nothing of that, or in another currency.
func PriceOf(payload []byte) (int64, error) {
	doc, err := epcis.DecodePayload(payload)
	if err != nil {
		return 0, err
	}
	ours, err := doc.Ours(0)
	if err != nil {
		return 0, err
	}
	var price int64
	var currency string
	if json.Unmarshal(ours["price"], &price) != nil || json.Unmarshal(ours["currency"], &currency) != nil ||
		currency != dong || price < 0 || price > MaxPrice {
		return 0, nil
	}
	return price, nil
}

// Destroy takes things out of the world, for a reason.
type Destroy struct {
	Record // its note says why
	Things []trace.Stock
}

func (a Destroy) Check(now time.Time) error {
	if err := a.check(now); err != nil {
		return err
	}
	if blank(a.Note) {
		return ledger.FieldErrorf(ledger.Invalid, "note", "is missing: why they are destroyed")
	}
	return checkThings("things", a.Things)
}

func (a Destroy) drafts() []epcis.Draft {
	d := a.draft(trace.ObjectEvent, trace.Delete, trace.StepDestroying, "destroyed")
	d.Objects = a.Things
	return []epcis.Draft{d}
}

// Count is a stock-taking: what was found, which changes no balance.
type Count struct {
	Record
	Things []trace.Stock
}

func (a Count) Check(now time.Time) error {
	if err := a.check(now); err != nil {
		return err
	}
	return checkThings("things", a.Things)
}

func (a Count) drafts() []epcis.Draft {
	d := a.draft(trace.ObjectEvent, trace.Observe, "stock_taking", "in_progress")
	d.Objects = a.Things
	return []epcis.Draft{d}
}
