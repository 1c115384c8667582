package trace

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace/spelling"
)

// Contract and actions of traceability, and limits of a fact.
const (
	Contract      = "traceability"
	ActionCapture = "capture" // items are Facts
	ActionRecall  = "recall"  // items are Recalls
	ActionCertify = "certify" // items are Certificates

	MaxStock = 20_000 // identifiers in one event
)

// Fact is what an event puts on the ledger: identifiers, quantities, places and
// the content identifier of the document that says the rest.
type Fact struct {
	Event       string            `json:"event"`
	Hash        string            `json:"hash"`
	Payload     string            `json:"payload"` // CID of an EPCIS document that holds this event alone
	Audience    ledger.Audience   `json:"audience"`
	Type        EventType         `json:"type"`
	Action      Action            `json:"action,omitempty"`
	Step        string            `json:"step,omitempty"`
	Disposition string            `json:"disposition,omitempty"`
	Time        ledger.Time       `json:"time"`
	Zone        string            `json:"zone"`
	Objects     []Stock           `json:"objects,omitempty"`
	Parent      *ID               `json:"parent,omitempty"`
	Inputs      []Stock           `json:"inputs,omitempty"`
	Outputs     []Stock           `json:"outputs,omitempty"`
	Process     string            `json:"process,omitempty"`
	ReadPoint   *ID               `json:"read_point,omitempty"`
	Location    *ID               `json:"location,omitempty"`
	From        []PartyRef        `json:"from,omitempty"`
	To          []PartyRef        `json:"to,omitempty"`
	Error       *ErrorDeclaration `json:"error,omitempty"`
	OnBehalf    *ledger.ID        `json:"on_behalf,omitempty"`  // the member for whom it was recorded, by its mandate
	Wait        int               `json:"wait,omitempty"`       // days to wait with the harvest of the objects, see SafeFrom
	Conformant  bool              `json:"conformant,omitempty"` // its persistent dispositions say so
}

// FactOf is the fact of an event whose document is stored as payload.
func FactOf(e *Event, payload string, audience ledger.Audience) Fact {
	return Fact{
		Event: e.ID, Hash: e.Hash, Payload: payload, Audience: audience,
		Type: e.Type, Action: e.Action, Step: e.Step, Disposition: e.Disposition,
		Time: e.Time, Zone: e.Zone,
		Objects: e.Objects, Parent: optional(e.Parent), Inputs: e.Inputs, Outputs: e.Outputs, Process: e.Process,
		ReadPoint: optional(e.ReadPoint), Location: optional(e.Location),
		From: e.Sources, To: e.Destinations, Error: e.Error, Wait: e.Wait, Conformant: e.Conformant,
	}
}

func optional(id ID) *ID {
	if id.IsZero() {
		return nil
	}
	return &id
}

// Stocks yields every identifier of a thing in the fact.
func (f *Fact) Stocks(yield func(Stock) bool) {
	for _, list := range [][]Stock{f.Objects, f.Inputs, f.Outputs} {
		for _, s := range list {
			if !yield(s) {
				return
			}
		}
	}
	if f.Parent != nil {
		yield(Stock{ID: *f.Parent})
	}
}

// Encode writes an item of a transaction's body: a fact, a recall, a certificate
// or an entry of the directory.
func Encode(v any) []byte {
	if b, ok := encodePlain(v); ok {
		return b
	}
	return spelling.JSON(v)
}

// Decode reads an item strictly: it is exactly what Encode writes of v. So an item
// has one spelling and one reading: no unknown or repeated field, none in another
// case or order, nothing behind.
func Decode(data []byte, v any) error {
	if decodePlain(data, v) {
		return nil
	}
	return decodeAny(data, v)
}

func decodeAny(data []byte, v any) error {
	if err := json.Unmarshal(data, v); err != nil {
		return ledger.Errorf(ledger.Invalid, "an item is not a JSON object of the expected fields: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	if !bytes.Equal(spelling.JSON(v), data) {
		return ledger.Errorf(ledger.Invalid, "an item is not in canonical form: the known fields once, in their order, without spaces, empty ones left out")
	}
	return nil
}

// DecodeAll reads items of one kind, and says which of them cannot be read.
func DecodeAll[T any](items [][]byte) ([]T, error) {
	all := make([]T, len(items))
	for i, data := range items {
		if err := Decode(data, &all[i]); err != nil {
			return nil, AtItem(i, err)
		}
	}
	return all, nil
}

// AtItem puts an item's position before the field that an error names.
func AtItem(i int, err error) error {
	var e *ledger.Error
	if !errors.As(err, &e) {
		return err
	}
	at := *e
	at.Field = fmt.Sprintf("items[%d]", i)
	if e.Field != "" {
		at.Field += "." + e.Field
	}
	return &at
}

// Summary says in words what a capture of facts does; the signer sees it in a
// wallet, and the contract refuses any other.
func Summary(facts []Fact) string {
	steps := make([]string, len(facts))
	for i := range facts {
		switch f := &facts[i]; {
		case f.Error != nil:
			steps[i] = "error declaration"
		case f.Step != "":
			steps[i] = f.Step
		default:
			steps[i] = string(f.Type)
		}
	}
	slices.Sort(steps)
	s := fmt.Sprintf("Ghi sổ %d sự kiện (record %d events)", len(facts), len(facts))
	b := []byte(s + ": ")
	for i, n := 0, 0; i < len(steps) && len(b) <= ledger.MaxSummary; i += n {
		n = 1
		for i+n < len(steps) && steps[i+n] == steps[i] {
			n++
		}
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(append(strconv.AppendInt(b, int64(n), 10), ' '), steps[i]...)
	}
	if len(b) > ledger.MaxSummary {
		return s
	}
	return string(b)
}
