package traceability

import (
	"bytes"
	"slices"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Accounts that are not an organisation, a container, a shipment or a loss.
const (
	accMade       = "made"
	accUsed       = "used"
	accSold       = "sold"
	accDestroyed  = "destroyed"
	accHandedOver = "handed_over"
	accOver       = "over"
)

func inContainer(id trace.ID) string { return "in " + id.String() }

func shipment(to, from ledger.ID) string { return ">" + to.String() + "|" + from.String() }

// lostBy is what was shipped to an organisation and not received.
func lostBy(org ledger.ID) string { return "lost " + org.String() }

// cutShipment reads what shipment writes.
func cutShipment(account string) (to, from string, ok bool) {
	if rest, ok := strings.CutPrefix(account, ">"); ok {
		return strings.Cut(rest, "|")
	}
	return "", "", false
}

// holds reports whether an account may not be below nothing.
func holds(account string) bool {
	switch account {
	case accMade, accUsed, accSold, accDestroyed, accHandedOver, accOver:
		return false
	}
	return !strings.HasPrefix(account, "lost ")
}

// move is a quantity from one account of a lot to another.
type move struct {
	ID   trace.ID       `json:"i"`
	From string         `json:"f"`
	To   string         `json:"t"`
	Qty  trace.Quantity `json:"q"`
	New  int            `json:"n,omitempty"` // newFrom, newTo: accounts that it gave a key
}

const (
	newFrom = 1
	newTo   = 2
)

// account reads how much of a lot an account has; ok is false where it never had
// any.
func (r *run) account(id trace.ID, account string, unit trace.Unit) (q trace.Quantity, ok bool, err error) {
	b, err := r.Get(stockKey + id.String() + "|" + account)
	if err != nil {
		return q, false, err
	}
	if b == nil {
		return r.opened(id, account, unit)
	}
	err = q.UnmarshalText(b)
	return q, true, err
}

// opened is how much of a lot is on an account that has no key of its own.
func (r *run) opened(id trace.ID, account string, unit trace.Unit) (q trace.Quantity, ok bool, err error) {
	if _, err := ledger.ParseID(account); err == nil || account == accMade {
		origin, _, err := r.origin(id)
		if err != nil {
			return q, false, err
		}
		if q, ok = origin.Opening.on(account); ok {
			return q, true, nil
		}
	}
	return trace.NewQuantity(0, 0, unit), false, nil
}

// move books a quantity from one account to another.
func (e *event) move(id trace.ID, from, to string, q trace.Quantity) error {
	if from == to || q.IsZero() {
		return nil
	}
	m := move{ID: id, From: from, To: to, Qty: q}
	opened, err := e.book(id, from, q.Neg(), false)
	if err != nil {
		return err
	}
	if opened {
		m.New |= newFrom
	}
	if opened, err = e.book(id, to, q, false); err != nil {
		return err
	}
	if opened {
		m.New |= newTo
	}
	e.record.Moves = append(e.record.Moves, m)
	return nil
}

// moveBack undoes a move. An account that the move gave a key loses it again when
// there is on it what was without.
func (e *event) moveBack(m move) error {
	if _, err := e.book(m.ID, m.To, m.Qty.Neg(), m.New&newTo != 0); err != nil {
		return err
	}
	_, err := e.book(m.ID, m.From, m.Qty, m.New&newFrom != 0)
	return err
}

// book changes one account and everything that follows from it: who ships to
// whom, what is in a container, whether the lot is blocked.
func (e *event) book(id trace.ID, account string, delta trace.Quantity, mayClose bool) (opened bool, err error) {
	key := stockKey + id.String() + "|" + account
	b, err := e.Get(key)
	if err != nil {
		return false, err
	}
	opened = b == nil
	have, _, err := e.account(id, account, delta.Unit())
	if err != nil {
		return false, err
	}
	now, err := have.Add(delta)
	if err != nil {
		return false, ledger.FieldErrorf(ledger.Invalid, "qty", "%s: %v", id, err)
	}
	closed := false
	if mayClose {
		without, _, err := e.opened(id, account, delta.Unit())
		if err != nil {
			return false, err
		}
		if moved, err := now.Sub(without); err == nil {
			closed = moved.IsZero()
		}
	}
	if closed {
		e.Delete(key)
	} else {
		e.Put(key, []byte(now.String()))
	}
	if !holds(account) {
		if account != accMade && account != accOver {
			e.balance(id, account, now)
		}
		return opened, nil
	}
	if have.IsNegative() != now.IsNegative() {
		if err := e.block(id, account, now); err != nil {
			return false, err
		}
	}
	if to, from, ok := cutShipment(account); ok {
		return opened, e.booked(id, to, from, opened, closed)
	}
	if container, ok := strings.CutPrefix(account, "in "); ok {
		if err := e.packed(container, id, !now.IsZero() && !now.IsNegative()); err != nil {
			return false, err
		}
	}
	e.balance(id, account, now)
	return opened, nil
}

// booked keeps the list of those that ship a lot to a receiver, and notes in the
// outcome how much is under way to it from all of them.
func (e *event) booked(id trace.ID, to, from string, opened, closed bool) error {
	key := sendersKey + id.String() + "|" + to
	senders, _, err := load[[]ledger.ID](e, key)
	if err != nil {
		return err
	}
	if opened || closed {
		sender, err := ledger.ParseID(from)
		if err != nil {
			return err
		}
		senders = slices.DeleteFunc(senders, func(org ledger.ID) bool { return org == sender })
		if !closed {
			senders = append(senders, sender)
			slices.SortFunc(senders, compareIDs)
		}
		saveList(e, key, senders)
	}
	var total trace.Quantity
	for i, sender := range senders {
		q, _, err := e.account(id, ">"+to+"|"+sender.String(), "")
		if err != nil {
			return err
		}
		if i == 0 {
			total = q
		} else if total, err = total.Add(q); err != nil {
			return ledger.FieldErrorf(ledger.Invalid, "qty", "%s: %v", id, err)
		}
	}
	if len(senders) == 0 {
		unit, _, err := e.unit(id)
		if err != nil {
			return err
		}
		total = trace.NewQuantity(0, 0, unit)
	}
	e.balance(id, "to "+to, total)
	return nil
}

func compareIDs(a, b ledger.ID) int { return bytes.Compare(a[:], b[:]) }

// balance notes a holder's latest state in the outcome.
func (e *event) balance(id trace.ID, holder string, q trace.Quantity) {
	if i, ok := e.balanceOf(id, holder); ok {
		e.out.Balances[i].Quantity = q
		return
	}
	e.out.Balances = append(e.out.Balances, trace.Balance{ID: id, Holder: holder, Quantity: q})
	if e.balances != nil {
		e.balances[balanceOf{id, holder}] = len(e.out.Balances) - 1
	}
}

// balanceOf is where a holder's state is in the outcome. A map of them is made when
// there are many.
func (e *event) balanceOf(id trace.ID, holder string) (i int, ok bool) {
	if len(e.out.Balances) < manyBalances {
		i = slices.IndexFunc(e.out.Balances, func(b trace.Balance) bool { return b.ID == id && b.Holder == holder })
		return i, i >= 0
	}
	if e.balances == nil {
		e.balances = make(map[balanceOf]int, 2*manyBalances)
		for i, b := range e.out.Balances {
			e.balances[balanceOf{b.ID, b.Holder}] = i
		}
	}
	i, ok = e.balances[balanceOf{id, holder}]
	return i, ok
}

const manyBalances = 8

type balanceOf struct {
	id     trace.ID
	holder string
}

// custody stands among a thing's accounts below nothing when an event that put it
// somewhere is declared wrong after it moved on. Its holder inspects it to say
// that it is there all the same.
const custody = "custody"

// block notes that an account went below nothing, or came back.
func (e *event) block(id trace.ID, account string, now trace.Quantity) error {
	key := blockedKey + id.String()
	accounts, was, err := load[[]string](e, key)
	if err != nil {
		return err
	}
	accounts = slices.DeleteFunc(accounts, func(a string) bool { return a == account })
	if now.IsNegative() {
		accounts = append(accounts, account)
		slices.Sort(accounts)
		short := now.Neg()
		e.flag(id, trace.FlagBlocked, &short, nil)
	}
	saveList(e, key, accounts)
	if was && len(accounts) == 0 {
		e.flag(id, trace.FlagUnblocked, nil, nil)
	}
	return nil
}

func (e *event) blockCustody(id trace.ID) error {
	return e.block(id, custody, trace.NewQuantity(-1, 0, ""))
}

// confirmCustody lifts the block on a thing whose place was in doubt.
func (e *event) confirmCustody(id trace.ID) (lifted bool, err error) {
	accounts, _, err := load[[]string](e, blockedKey+id.String())
	if err != nil || !slices.Contains(accounts, custody) {
		return false, err
	}
	e.record.Freed = append(e.record.Freed, id)
	return true, e.block(id, custody, trace.NewQuantity(0, 0, ""))
}

// free refuses a thing that is blocked, or whose lot is. A blocked lot moves only
// to an account that is below nothing: that is how a corrected event makes it
// good.
func (r *run) free(id trace.ID, to string) error {
	for _, one := range withBatch(id) {
		accounts, blocked, err := load[[]string](r, blockedKey+one.String())
		if err != nil {
			return err
		}
		if blocked && (one != id || !slices.Contains(accounts, to)) {
			return conflict("%s is blocked: a correction left less than nothing of it; a corrected event makes it good", one)
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

func (e *event) flag(id trace.ID, kind trace.FlagKind, q, want *trace.Quantity) {
	e.out.Flags = append(e.out.Flags, trace.Flag{ID: id, Kind: kind, Quantity: q, Want: want})
}
