package trade

import (
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
)

// maxHeld bounds the agreements that are kept by name beside a dataset.
const maxHeld = 100

// forever is later than any time.
const forever = ledger.Time(1<<63 - 1)

// held are the agreements on a dataset that may be in force: one that is exclusive, or
// others. Which of them are is looked up where it matters, so that nothing has to be
// written here when one ends. Beyond maxHeld only until when the rest lasts is kept,
// and a dataset that many agree on is rarely written to.
type held struct {
	Exclusive bool        `json:"exclusive,omitempty"`
	By        []ledger.ID `json:"by,omitempty"`
	Rest      ledger.Time `json:"rest,omitempty"`
}

// room refuses another agreement beside an exclusive one, and an exclusive one beside
// any other.
func (a *action) room(dataset ledger.ID, exclusive bool) (held, error) {
	h, _, err := find[held](a, heldKey+dataset.String())
	if err != nil || !h.Exclusive && !exclusive {
		return h, err
	}
	for _, id := range h.By {
		d, err := load[market.Deal](a, dealKey+id.String(), "agreement")
		if err != nil {
			return h, err
		}
		switch d.At(a.call.Time) {
		case market.InForce, market.Suspended, market.Barred:
			return h, taken(h.Exclusive)
		}
	}
	if h.Rest > a.call.Time {
		return h, taken(false)
	}
	return held{}, nil
}

func taken(exclusively bool) error {
	if exclusively {
		return ledger.FieldErrorf(ledger.Conflict, "terms.exclusive", "another organisation has the dataset for itself")
	}
	return ledger.FieldErrorf(ledger.Conflict, "terms.exclusive", "others have agreements on the dataset")
}

// hold takes an agreement's place.
func (a *action) hold(d market.Deal) error {
	h, err := a.room(d.Dataset, d.Terms.Exclusive)
	if err != nil {
		return err
	}
	h.Exclusive = d.Terms.Exclusive
	if len(h.By) < maxHeld {
		h.By = append(h.By, d.ID)
	} else {
		ends := d.Ends()
		if ends == 0 {
			ends = forever
		}
		if ends <= h.Rest {
			return nil
		}
		h.Rest = ends
	}
	a.Put(heldKey+d.Dataset.String(), trace.Encode(h))
	return nil
}
