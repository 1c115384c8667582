package traceability

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/sogoc/sogoc/contracts/registry"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// State keys. Those of a lot or a piece start with its identifier, so that events
// on different things never touch the same key.
const (
	eventKey    = "tr|ev|" // + hash of the event's identifier: eventRecord
	originKey   = "tr|or|" // + id: originRecord
	stockKey    = "tr|st|" // + lot|account: quantity
	pieceKey    = "tr|at|" // + piece: pieceRecord
	contentsKey = "tr|co|" // + container: []trace.Stock
	sendersKey  = "tr|tx|" // + lot|receiver: organisations that shipped to it
	blockedKey  = "tr|bl|" // + id: accounts below nothing
	recallKey   = "tr|rc|" // + id: organisations that recalled it
	processKey  = "tr|px|" // + hash of a transformation id: its inputs so far
	certKey     = "tr|ct|" // + issuer|hash of the certificate's id
)

// Accounts that are not an organisation, a container or a shipment.
const (
	accMade       = "made"
	accUsed       = "used"
	accSold       = "sold"
	accDestroyed  = "destroyed"
	accHandedOver = "handed_over"
	accLost       = "lost"
	accOver       = "over"
)

func inContainer(id trace.ID) string { return "in " + id.String() }

func shipment(to, from ledger.ID) string { return ">" + to.String() + "|" + from.String() }

// holds reports whether an account may not be below nothing.
func holds(account string) bool {
	switch account {
	case accMade, accUsed, accSold, accDestroyed, accHandedOver, accLost, accOver:
		return false
	}
	return true
}

// shortKey is a key for a name of any length and alphabet.
func shortKey(prefix, name string) string {
	h := sha256.Sum256([]byte(name))
	return prefix + base64.RawURLEncoding.EncodeToString(h[:24])
}

// originRecord is written once, when a lot or a piece comes to be; an error
// declaration alone takes it away.
type originRecord struct {
	Event string     `json:"e"`
	Unit  trace.Unit `json:"u,omitempty"`
	From  []string   `json:"f,omitempty"` // identifiers, or "process:" and a transformation id
}

// pieceRecord says where a piece is. Exactly one of Org, In, To and Gone is set.
type pieceRecord struct {
	Org  *ledger.ID `json:"o,omitempty"` // held by
	In   *trace.ID  `json:"i,omitempty"` // packed in
	To   *ledger.ID `json:"t,omitempty"` // shipped to
	From *ledger.ID `json:"f,omitempty"` // by
	Gone string     `json:"g,omitempty"` // an account where things end
}

// move is a quantity from one account of a lot to another.
type move struct {
	ID   trace.ID       `json:"i"`
	From string         `json:"f"`
	To   string         `json:"t"`
	Qty  trace.Quantity `json:"q"`
}

// change is a record that an event replaced.
type change struct {
	ID     trace.ID        `json:"i,omitzero"`
	Key    string          `json:"k"`
	Before json.RawMessage `json:"b,omitempty"`
	After  json.RawMessage `json:"a,omitempty"`
}

// eventRecord is what is kept of an event: to tell it again, and to undo it.
type eventRecord struct {
	Hash    string    `json:"h"`
	Org     ledger.ID `json:"o"`
	Void    bool      `json:"v,omitempty"`
	Moves   []move    `json:"m,omitempty"`
	Changes []change  `json:"c,omitempty"`
}

func load[T any](s ledger.StateReader, key string) (v T, ok bool, err error) {
	b, err := s.Get(key)
	if err != nil || b == nil {
		return v, false, err
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return v, false, fmt.Errorf("state key %q: %w", key, err)
	}
	return v, true, nil
}

func (r *run) save(key string, v any) { r.Put(key, trace.Encode(v)) }

// replace writes a record and remembers what stood there, so that an error
// declaration can put it back. A nil value deletes.
func (e *event) replace(id trace.ID, key string, v any) error {
	before, err := e.Get(key)
	if err != nil {
		return err
	}
	var after []byte
	if v != nil {
		after = trace.Encode(v)
		e.Put(key, after)
	} else {
		e.Delete(key)
	}
	e.undoable.Changes = append(e.undoable.Changes, change{id, key, before, after})
	return nil
}

// account reads how much of a lot an account has; ok is false where it never had
// any.
func (r *run) account(id trace.ID, account string, unit trace.Unit) (q trace.Quantity, ok bool, err error) {
	b, err := r.Get(stockKey + id.String() + "|" + account)
	if err != nil {
		return q, false, err
	}
	if b == nil {
		return trace.NewQuantity(0, 0, unit), false, nil
	}
	err = q.UnmarshalText(b)
	return q, true, err
}

// move books a quantity from one account to another.
func (e *event) move(id trace.ID, from, to string, q trace.Quantity) error {
	if from == to {
		return nil
	}
	e.undoable.Moves = append(e.undoable.Moves, move{id, from, to, q})
	return e.book(id, from, to, q)
}

func (e *event) book(id trace.ID, from, to string, q trace.Quantity) error {
	for _, side := range []struct {
		account string
		delta   trace.Quantity
	}{{from, q.Neg()}, {to, q}} {
		have, _, err := e.account(id, side.account, q.Unit())
		if err != nil {
			return err
		}
		now, err := have.Add(side.delta)
		if err != nil {
			return ledger.FieldErrorf(ledger.Invalid, "qty", "%s: %v", id, err)
		}
		e.Put(stockKey+id.String()+"|"+side.account, []byte(now.String()))
		if side.account != accMade && side.account != accOver {
			e.balance(id, side.account, now)
		}
		if holds(side.account) && have.IsNegative() != now.IsNegative() {
			if err := e.block(id, side.account, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// balance notes an account's latest state in the outcome.
func (e *event) balance(id trace.ID, account string, q trace.Quantity) {
	if rest, ok := strings.CutPrefix(account, ">"); ok {
		to, _, _ := strings.Cut(rest, "|")
		account = "to " + to
	}
	for i := range e.out.Balances {
		if b := &e.out.Balances[i]; b.ID == id && b.Holder == account {
			b.Quantity = q
			return
		}
	}
	e.out.Balances = append(e.out.Balances, trace.Balance{ID: id, Holder: account, Quantity: q})
}

// block notes that an account went below nothing, or came back.
func (e *event) block(id trace.ID, account string, now trace.Quantity) error {
	key := blockedKey + id.String()
	accounts, _, err := load[[]string](e, key)
	if err != nil {
		return err
	}
	accounts = slices.DeleteFunc(accounts, func(a string) bool { return a == account })
	if now.IsNegative() {
		accounts = append(accounts, account)
		slices.Sort(accounts)
	}
	short := now.Neg()
	if len(accounts) > 0 {
		e.save(key, accounts)
		if now.IsNegative() {
			e.flag(id, trace.FlagBlocked, &short, nil)
		}
		return nil
	}
	e.Delete(key)
	e.flag(id, trace.FlagUnblocked, nil, nil)
	return nil
}

func (e *event) flag(id trace.ID, kind trace.FlagKind, q, want *trace.Quantity) {
	e.out.Flags = append(e.out.Flags, trace.Flag{ID: id, Kind: kind, Quantity: q, Want: want})
}

// counted is a stock's quantity in the lot's own unit.
func counted(s trace.Stock, unit trace.Unit) (trace.Quantity, error) {
	q, err := s.Quantity.In(unit)
	if err != nil {
		return q, ledger.FieldErrorf(ledger.Invalid, "qty", "%s: %v", s.ID, err)
	}
	return q, nil
}

// limits are how far a lot may be over, silently and at all.
func (o owner) limits() (tolerance, hardCap trace.Ratio) {
	if o.product == nil {
		return DefaultTolerance, DefaultHardCap
	}
	return o.product.Tolerance, o.product.HardCap
}

// What holds for a product that its owner has not described.
var (
	DefaultTolerance = trace.Ratio{Num: 2, Den: 100}
	DefaultHardCap   = trace.Ratio{Num: 10, Den: 100}
)

// over judges an excess against a whole: silent, flagged or refused.
func (e *event) over(o owner, id trace.ID, excess, whole trace.Quantity, what string) error {
	tolerance, hardCap := o.limits()
	far, err := excess.Exceeds(hardCap, whole)
	if err != nil {
		return ledger.FieldErrorf(ledger.Invalid, "qty", "%s: %v", id, err)
	}
	if far {
		return conflict("%s: %s by %s, more than the %s of %s that its product allows", id, what, excess, hardCap, whole)
	}
	if flagged, err := excess.Exceeds(tolerance, whole); err != nil || flagged {
		e.flag(id, trace.FlagOver, &excess, &whole)
		return err
	}
	return nil
}

// make brings a lot or a piece into being in the signer's hands.
func (e *event) make(s trace.Stock, from []string) error {
	o, err := e.owner(s.ID)
	if err != nil || !o.managed {
		return err
	}
	if !e.makes(o) {
		return ledger.FieldErrorf(ledger.Forbidden, "objects", "%s belongs to another organisation's product or prefix", s.ID)
	}
	if !balanced(s.ID) {
		return nil
	}
	origin, exists, err := load[originRecord](e, originKey+s.ID.String())
	if err != nil {
		return err
	}
	if s.ID.Instance() {
		if exists {
			return conflict("%s was made before, by event %s", s.ID, origin.Event)
		}
		if err := e.replace(s.ID, originKey+s.ID.String(), originRecord{Event: e.f.Event, From: from}); err != nil {
			return err
		}
		return e.place(s.ID, pieceRecord{Org: &e.signer.Org})
	}
	if s.Quantity == nil {
		return ledger.FieldErrorf(ledger.Invalid, "qty", "%s is a lot; how much of it was made is missing", s.ID)
	}
	unit := s.Quantity.Unit()
	if o.product != nil {
		unit = o.product.Unit
	}
	switch {
	case !exists:
		if err := e.replace(s.ID, originKey+s.ID.String(), originRecord{Event: e.f.Event, Unit: unit, From: from}); err != nil {
			return err
		}
	case len(from) > 0 || len(origin.From) > 0:
		return conflict("%s was made before, by event %s", s.ID, origin.Event)
	default:
		unit = origin.Unit
	}
	q, err := counted(s, unit)
	if err != nil {
		return err
	}
	return e.move(s.ID, accMade, e.signer.Org.String(), q)
}

// balanced reports whether an identifier is a lot or a piece. A bare product has
// no balance.
func balanced(id trace.ID) bool { return id.Instance() || id.Lot() != "" }

// lot reads a lot's unit; ok is false where it was never made on the register.
func (r *run) lot(id trace.ID) (unit trace.Unit, ok bool, err error) {
	origin, ok, err := load[originRecord](r, originKey+id.String())
	return origin.Unit, ok, err
}

// take moves what the signer holds of a lot or a piece to another account, and
// returns how much of a lot it was.
func (e *event) take(s trace.Stock, to string) (*trace.Quantity, error) {
	o, err := e.owner(s.ID)
	if err != nil || !o.managed || !balanced(s.ID) {
		return s.Quantity, err
	}
	if err := e.free(s.ID); err != nil {
		return nil, err
	}
	if s.ID.Instance() {
		return nil, e.takePiece(s.ID, to)
	}
	mine := e.signer.Org.String()
	unit, made, err := e.lot(s.ID)
	if err != nil {
		return nil, err
	}
	have, held, err := e.account(s.ID, mine, unit)
	if err != nil {
		return nil, err
	}
	if !made || !held {
		return nil, e.notHeld(s.ID)
	}
	if have.IsZero() {
		return nil, conflict("the signer's part of %s is used up", s.ID)
	}
	q := have
	if s.Quantity != nil {
		if q, err = counted(s, unit); err != nil {
			return nil, err
		}
	}
	excess, err := q.Sub(have)
	if err != nil {
		return nil, ledger.FieldErrorf(ledger.Invalid, "qty", "%s: %v", s.ID, err)
	}
	if !excess.IsNegative() && !excess.IsZero() {
		whole, _, err := e.account(s.ID, accMade, unit)
		if err != nil {
			return nil, err
		}
		if err := e.over(o, s.ID, excess, whole.Neg(), "more is taken than there is"); err != nil {
			return nil, err
		}
		if err := e.move(s.ID, accOver, mine, excess); err != nil {
			return nil, err
		}
	}
	return &q, e.move(s.ID, mine, to, q)
}

// takePiece moves a piece out of the signer's hands: into a container, a shipment
// or an account where things end.
func (e *event) takePiece(id trace.ID, to string) error {
	at, ok, err := load[pieceRecord](e, pieceKey+id.String())
	if err != nil {
		return err
	}
	switch {
	case !ok:
		return e.notHeld(id)
	case at.In != nil:
		return conflict("%s is packed in %s; it is unpacked first", id, at.In)
	case at.Gone != "":
		return conflict("%s is gone: %s", id, strings.ReplaceAll(at.Gone, "_", " "))
	case at.Org == nil || *at.Org != e.signer.Org:
		return e.notHeld(id)
	}
	switch rest, shipped := strings.CutPrefix(to, ">"); {
	case shipped:
		receiver, err := ledger.ParseID(rest[:32])
		if err != nil {
			return err
		}
		return e.place(id, pieceRecord{To: &receiver, From: &e.signer.Org})
	case strings.HasPrefix(to, "in "):
		return e.place(id, pieceRecord{In: e.f.Parent})
	}
	return e.place(id, pieceRecord{Gone: to})
}

// place puts a piece somewhere and says so in the outcome.
func (e *event) place(id trace.ID, at pieceRecord) error {
	before, had, err := load[pieceRecord](e, pieceKey+id.String())
	if err != nil {
		return err
	}
	if err := e.replace(id, pieceKey+id.String(), at); err != nil {
		return err
	}
	if had {
		e.balance(id, before.account(), trace.NewQuantity(0, 0, ""))
	}
	e.balance(id, at.account(), trace.NewQuantity(1, 0, ""))
	return nil
}

func (p pieceRecord) account() string {
	switch {
	case p.Org != nil:
		return p.Org.String()
	case p.In != nil:
		return inContainer(*p.In)
	case p.To != nil:
		return shipment(*p.To, *p.From)
	}
	return p.Gone
}

// free refuses a thing that is blocked, or whose lot is.
func (r *run) free(id trace.ID) error {
	for _, id := range withBatch(id) {
		if b, err := r.Get(blockedKey + id.String()); err != nil {
			return err
		} else if b != nil {
			return conflict("%s is blocked: a correction left less than nothing of it; a corrected event makes it good", id)
		}
	}
	return nil
}

// withBatch is an identifier and, for a piece, the lot that it names.
func withBatch(id trace.ID) []trace.ID {
	if b := id.Batch(); b != id && b.Lot() != "" {
		return []trace.ID{id, b}
	}
	return []trace.ID{id}
}

// holder is where a piece is in the end: a packed one is where its outermost
// container is.
func (r *run) holder(id trace.ID) (pieceRecord, error) {
	for range maxDepth {
		at, _, err := load[pieceRecord](r, pieceKey+id.String())
		if err != nil || at.In == nil {
			return at, err
		}
		id = *at.In
	}
	return pieceRecord{}, ledger.FieldErrorf(ledger.TooLarge, "objects", "%s is packed more than %d deep", id, maxDepth)
}

// maxDepth bounds boxes in boxes.
const maxDepth = 16

// holding reports whether the signer has, is sent, or sent a thing, and may
// therefore say something about it.
func (r *run) holding(id trace.ID) (bool, error) {
	if id.Instance() {
		at, err := r.holder(id)
		for _, org := range []*ledger.ID{at.Org, at.To, at.From} {
			if org != nil && *org == r.signer.Org {
				return true, err
			}
		}
		return false, err
	}
	if _, ok, err := r.account(id, r.signer.Org.String(), ""); ok || err != nil {
		return ok, err
	}
	b, err := r.Get(sendersKey + id.String() + "|" + r.signer.Org.String())
	return b != nil, err
}

// party finds the organisation that a list of sources or destinations names, the
// one in possession first.
func (r *run) party(refs []trace.PartyRef) (org ledger.ID, named *trace.ID, known bool, err error) {
	for _, kind := range []string{trace.PartyPossessing, trace.PartyOwning, trace.PartyLocation} {
		for _, ref := range refs {
			if ref.Type != kind {
				continue
			}
			org, known, err = registry.Party(r, ref.ID)
			if known || err != nil {
				return org, &ref.ID, known, err
			}
			if named == nil {
				named = &ref.ID
			}
		}
	}
	return org, named, false, nil
}
