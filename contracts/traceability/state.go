package traceability

import (
	"crypto/sha256"
	"encoding/base64"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// State keys. Those of a lot or a piece start with its identifier, so that events
// on different things never touch the same key. No identifier and no name that
// is part of a key has a "|" in it.
const (
	eventKey    = "tr|ev|" // + hash of the event's identifier: eventRecord
	originKey   = "tr|or|" // + id: originRecord
	stockKey    = "tr|st|" // + lot|account: quantity
	pieceKey    = "tr|at|" // + piece: pieceRecord
	contentsKey = "tr|co|" // + container: lots and pieces in it
	sendersKey  = "tr|tx|" // + lot|receiver: organisations that shipped to it
	blockedKey  = "tr|bl|" // + id: accounts below nothing, and custody
	recallKey   = "tr|rc|" // + id: organisations that recalled it
	processKey  = "tr|px|" // + organisation|hash of a transformation id: []processPart
	certKey     = "tr|ct|" // + issuer|hash of the certificate's id: certRecord
	seasonKey   = "tr|sn|" // + crop|month: season
	safetyKey   = "tr|sf|" // + id, or the key of a process: safety
)

// originRecord is written when a lot or a piece comes to be; an error declaration
// alone changes it. A lot whose making was declared wrong keeps an empty one: without
// any, a lot never had an account.
type originRecord struct {
	Event   string     `json:"e,omitempty"`
	Unit    trace.Unit `json:"u,omitempty"` // of a lot without an opening, which names it
	From    []string   `json:"f,omitempty"` // identifiers, or the key of a process
	Opening *opening   `json:"q,omitempty"`
}

// counted is what a lot is counted in.
func (o *originRecord) counted() trace.Unit {
	if o.Opening != nil {
		return o.Opening.Qty.Unit()
	}
	return o.Unit
}

// opening is what the event that made a lot put into its maker's hands. As long as
// one of the two accounts has no key of its own, this is what is on it: most lots
// are never touched again before they are read, and have no other keys.
type opening struct {
	Org ledger.ID      `json:"o"`
	Qty trace.Quantity `json:"n"`
}

// on is what the opening put on an account; ok is false for an account that is
// none of the two.
func (o *opening) on(account string) (q trace.Quantity, ok bool) {
	switch {
	case o == nil:
		return q, false
	case account == accMade:
		return o.Qty.Neg(), true
	}
	return o.Qty, account == o.Org.String()
}

// processPart is what one event put into a transformation of several events, and
// took out of it.
type processPart struct {
	Event string        `json:"e"`
	In    []trace.Stock `json:"i,omitempty"`
	Out   []trace.Stock `json:"o,omitempty"`
}

// eventRecord is what is kept of an event: to tell it again, and to undo it.
type eventRecord struct {
	Content string     `json:"h"` // hash over all that the rules read of it
	Org     ledger.ID  `json:"o"`
	Void    bool       `json:"v,omitempty"`
	Alone   bool       `json:"a,omitempty"` // declared wrong without having been recorded
	Moves   []move     `json:"m,omitempty"` // without those of openings, which stand in origins
	Pieces  []placing  `json:"p,omitempty"`
	Freed   []trace.ID `json:"f,omitempty"` // whose custody it confirmed
	Process string     `json:"x,omitempty"` // the key of its process
}

// certRecord is what is kept of a certificate.
type certRecord struct {
	State certificateState `json:"s"`
	Claim *claim           `json:"c,omitempty"` // of one that declares goods safe
}

// content is a hash over a fact but for what may differ when the same event is
// told again: its document, its audience, whether it is declared wrong. As in the
// event's own hash, the order of a list means nothing.
func content(f *trace.Fact) string {
	c := *f
	c.Payload, c.Audience, c.Error, c.OnBehalf = "", "", nil, nil
	c.Objects, c.Inputs, c.Outputs = sorted(c.Objects), sorted(c.Inputs), sorted(c.Outputs)
	c.From, c.To = sorted(c.From), sorted(c.To)
	return digest(trace.Encode(&c))
}

// shortKey is a key for a name of any length and alphabet.
func shortKey(prefix, name string) string { return prefix + digest([]byte(name)) }

func digest(b []byte) string {
	h := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(h[:24])
}

// load reads what save wrote.
func load[T any](s ledger.StateReader, key string) (v T, ok bool, err error) {
	return ledger.Load(s, key, func(b []byte) (v T, err error) {
		err = decode(b, &v)
		return v, err
	})
}

func (r *run) save(key string, v any) { r.Put(key, encode(v)) }

// saveList saves a list, or deletes the key of an empty one.
func saveList[T any](s ledger.State, key string, list []T) {
	if len(list) == 0 {
		s.Delete(key)
		return
	}
	s.Put(key, trace.Encode(list))
}
