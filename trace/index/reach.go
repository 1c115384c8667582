package index

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Where says what became of a quantity.
type Where string

const (
	InHand    Where = "held"      // at an organisation, also packed there
	Transit   Where = "transit"   // shipped to an organisation, not received yet
	Used      Where = "used"      // in things that it was made into
	Destroyed Where = "destroyed" // it is no more
	Sold      Where = "sold"      // to somebody who is not on the register
	Handed    Where = "handed"    // to somebody without an account, who has not confirmed it
	Lost      Where = "lost"      // shipped and not received
	Unseen    Where = "unseen"    // at a place that the viewer may not read
)

// Wheres lists them, what can be brought back first.
var Wheres = []Where{InHand, Transit, Used, Destroyed, Sold, Handed, Lost, Unseen}

// Found reports whether the register says where it is, so that it can be brought back
// or need not be.
func (w Where) Found() bool {
	return w == InHand || w == Transit || w == Used || w == Destroyed
}

// Reach is everything that some things went into, where it is, and who had it.
type Reach struct {
	From      []trace.ID // as they were asked for
	Things    []Reached  // those that were asked for first, then step by step
	Parties   []ReachedParty
	Ends      []CustodyEnd // where custody ended with somebody who has not confirmed it
	Hidden    int          // events on these things that the viewer may not read
	Truncated bool         // there is more than the limits
	Height    uint64       // entries that it takes account of
}

// Reached is a thing that a reach found.
type Reached struct {
	ID       trace.ID
	Level    Level
	Steps    int       // from what was asked for
	Owner    ledger.ID // who answers for it; zero when nobody on the register does
	Made     *trace.Quantity
	Where    map[Where]trace.Quantity // what became of it, without what is zero
	Recalled bool                     // by a recall in force on itself, its lot or its product
}

// ReachedParty is an organisation that had something of it.
type ReachedParty struct {
	Org    ledger.ID
	Last   ledger.Time // event time of the last event that it took part in
	Things int         // that it had
	Shares []Share     // what it has, or is under way to it
}

// Share is how much of a thing an organisation has.
type Share struct {
	ID       trace.ID
	Where    Where
	Quantity trace.Quantity
}

// CustodyEnd is where a quantity left the register's sight.
type CustodyEnd struct {
	ID       trace.ID
	Quantity *trace.Quantity // nil for a piece
	By       ledger.ID       // who handed it over
	To       string          // as the event names the receiver
	Time     ledger.Time     // event time
	Event    string
}

// Bounds of a reach.
const (
	maxReached      = 20_000 // things
	maxReachedOf    = 50_000 // events on them
	maxPackedWithin = 16     // as in the contract
)

// Reach follows things downward: to their lots and pieces, to everything that was made
// of them, and to what it was packed into. It is what a recall of them covers, as far
// as anything is recorded of it.
func (x *Index) Reach(ctx context.Context, v Viewer, from []trace.ID) (*Reach, error) {
	r := &reach{
		ctx: ctx, x: x, viewer: v, found: &Reach{From: from, Height: x.Height()},
		index: map[trace.ID]int{}, scanned: map[trace.ID]bool{}, events: map[seq]bool{}, parties: map[ledger.ID]*partyReached{},
	}
	err := x.view(func(txn *badger.Txn) error {
		r.txn = txn
		if err := r.follow(); err != nil {
			return err
		}
		return r.account()
	})
	if err != nil {
		return nil, err
	}
	return r.found, nil
}

// reach is a Reach under way.
type reach struct {
	ctx     context.Context
	x       *Index
	txn     *badger.Txn
	viewer  Viewer
	found   *Reach
	index   map[trace.ID]int // of a thing in found.Things
	scanned map[trace.ID]bool
	events  map[seq]bool
	records []*Record // of events, that the viewer may read and that stand
	parties map[ledger.ID]*partyReached
}

type partyReached struct {
	ReachedParty
	had map[trace.ID]bool
}

func (r *reach) meet(id trace.ID, steps int) {
	if _, ok := r.index[id]; ok {
		return
	}
	if len(r.found.Things) >= maxReached {
		r.found.Truncated = true
		return
	}
	r.index[id] = len(r.found.Things)
	r.found.Things = append(r.found.Things, Reached{ID: id, Level: LevelOf(id), Steps: steps})
}

// follow finds the things and the events on them, nearest first.
func (r *reach) follow() error {
	for _, id := range r.found.From {
		r.meet(id, 0)
		for _, same := range aliases(id) {
			if LevelOf(same) == LevelOf(id) { // a piece as EPCIS names it, and not its lot
				r.meet(same, 0)
			}
		}
	}
	for i := 0; i < len(r.found.Things); i++ {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		at := r.found.Things[i]
		var last quantities
		var failed error
		err := r.x.adjacency(r.txn, down, hashOf(at.ID.String()), func(e *edge) {
			s, ok, err := r.viewer.step(e, &last)
			if err != nil {
				failed = corrupt(err)
			} else if ok {
				r.meet(s.other, at.Steps+1)
			}
		})
		if err == nil {
			err = failed
		}
		if err == nil {
			err = r.scan(at)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// scan reads the events on a thing and meets its lots and pieces in them. The events
// of a product are those of its lots, and the events of a lot those of its pieces. A
// product that was not asked for stands for no lot: something went into some of it.
func (r *reach) scan(at Reached) error {
	if at.Level == LevelProduct && at.Steps > 0 {
		return nil
	}
	for _, class := range classes(at.ID) {
		if r.scanned[class] {
			return nil
		}
	}
	r.scanned[at.ID] = true
	c := newPostings(r.txn, term{termThing, hashOf(at.ID.String())}, 0, false)
	defer c.close()
	for {
		s, ok, err := c.next()
		if err != nil || !ok {
			return err
		}
		if !r.events[s] && len(r.events) >= maxReachedOf {
			r.found.Truncated = true
			return nil
		}
		h, ok, err := headerAt(r.txn, s)
		if err != nil || !ok {
			return corruptUnless(err)
		}
		readable := r.viewer.may(h.access)
		if !readable && !h.managed {
			continue // somebody's statement, for others
		}
		rec, err := h.record(s)
		if err != nil {
			return err
		}
		if rec.Voided != nil || rec.Fact.Error != nil {
			continue
		}
		for one := range rec.Fact.Stocks {
			if slices.Contains(classes(one.ID)[1:], at.ID) {
				r.meet(one.ID, at.Steps)
			}
		}
		if r.events[s] {
			continue
		}
		r.events[s] = true
		if readable {
			r.records = append(r.records, rec)
		} else {
			r.found.Hidden++
		}
	}
}

// account says of everything that was found where it is and who had it.
func (r *reach) account() error {
	for _, rec := range r.records {
		if err := r.tell(rec); err != nil {
			return err
		}
	}
	owners := &records{txn: r.txn, owners: map[trace.ID]ledger.ID{}}
	for i := range r.found.Things {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		t := &r.found.Things[i]
		var err error
		if t.Owner, err = owners.owner(t.ID); err != nil {
			return err
		}
		t.Recalled = len(r.x.recalls.covering([]trace.ID{t.ID})) > 0
		if err := r.locate(t); err != nil {
			return err
		}
	}
	for _, org := range slices.SortedFunc(maps.Keys(r.parties), func(a, b ledger.ID) int { return strings.Compare(a.String(), b.String()) }) {
		p := r.parties[org]
		p.Org, p.Things = org, len(p.had)
		r.found.Parties = append(r.found.Parties, p.ReachedParty)
	}
	return nil
}

// tell takes from an event what it made of the things, who had them, and where they
// left the register's sight.
func (r *reach) tell(rec *Record) error {
	f := &rec.Fact
	made := f.Outputs
	if f.Type == trace.ObjectEvent && f.Action == trace.Add {
		made = f.Objects
	}
	for _, one := range made {
		i, ok := r.index[one.ID]
		if !ok || one.Quantity == nil || !rec.Outcome.Managed {
			continue
		}
		t := &r.found.Things[i]
		sum := *one.Quantity
		if t.Made != nil {
			var err error
			if sum, err = t.Made.Add(sum); err != nil {
				return corrupt(err)
			}
		}
		t.Made = &sum
	}
	for _, flag := range rec.Outcome.Flags {
		if _, ok := r.index[flag.ID]; ok && flag.Kind == trace.FlagUnconfirmed {
			end := CustodyEnd{ID: flag.ID, Quantity: flag.Quantity, By: rec.Acting(), Time: f.Time, Event: f.Event}
			if len(f.To) > 0 {
				end.To = f.To[0].ID.String()
			}
			r.found.Ends = append(r.found.Ends, end)
		}
	}
	for one := range f.Stocks {
		if _, ok := r.index[one.ID]; !ok {
			continue
		}
		r.party(rec.Acting(), one.ID, f.Time)
		if f.Step == trace.StepShipping { // a receiver that has not acted yet
			for _, org := range rec.Outcome.Parties {
				r.party(org, one.ID, f.Time)
			}
		}
	}
	return nil
}

func (r *reach) party(org ledger.ID, id trace.ID, at ledger.Time) *partyReached {
	p, ok := r.parties[org]
	if !ok {
		p = &partyReached{had: map[trace.ID]bool{}}
		r.parties[org] = p
	}
	p.had[id] = true
	p.Last = max(p.Last, at)
	return p
}

// locate sums up what became of a thing.
func (r *reach) locate(t *Reached) error {
	list, err := balances(r.txn, r.viewer, t.ID)
	if err != nil {
		return err
	}
	if t.Made == nil && t.Level == LevelPiece && len(list) > 0 {
		one := trace.NewQuantity(1, 0, "")
		t.Made = &one
	}
	sums := map[Where]trace.Quantity{}
	add := func(w Where, q trace.Quantity) error {
		sum, ok := sums[w]
		if !ok {
			sums[w] = q
			return nil
		}
		sum, err := sum.Add(q)
		if err != nil {
			return corrupt(err)
		}
		sums[w] = sum
		return nil
	}
	left := t.Made
	for _, b := range list {
		holder, err := r.outermost(b.Holder)
		if err != nil {
			return err
		}
		w, org := whereabouts(holder)
		if err := add(w, b.Quantity); err != nil {
			return err
		}
		if !org.IsZero() {
			p := r.party(org, t.ID, 0)
			p.Shares = append(p.Shares, Share{t.ID, w, b.Quantity})
		}
		if left != nil {
			rest, err := left.Sub(b.Quantity)
			if err != nil {
				return corrupt(err)
			}
			left = &rest
		}
	}
	if left != nil && !left.IsZero() && !left.IsNegative() {
		if err := add(Unseen, *left); err != nil {
			return err
		}
	}
	if len(sums) > 0 {
		t.Where = sums
	}
	return nil
}

// outermost is the holder of what a container holds: that of the container, or of the
// one that it is packed in; empty where that cannot be read.
func (r *reach) outermost(holder string) (string, error) {
	for range maxPackedWithin {
		container, packed := strings.CutPrefix(holder, "in ")
		if !packed {
			return holder, nil
		}
		id, err := trace.ParseID(container)
		if err != nil {
			return "", corrupt(err)
		}
		list, err := balances(r.txn, r.viewer, id)
		if err != nil || len(list) == 0 {
			return "", err
		}
		holder = list[0].Holder
	}
	return "", nil
}

// whereabouts reads a holder as balances name it, and the organisation that has or
// awaits the goods.
func whereabouts(holder string) (Where, ledger.ID) {
	if org, err := ledger.ParseID(holder); err == nil {
		return InHand, org
	}
	if to, ok := strings.CutPrefix(holder, "to "); ok {
		org, _ := ledger.ParseID(to)
		return Transit, org
	}
	switch {
	case holder == "used":
		return Used, ledger.ID{}
	case holder == "sold":
		return Sold, ledger.ID{}
	case holder == "destroyed":
		return Destroyed, ledger.ID{}
	case holder == "handed_over":
		return Handed, ledger.ID{}
	case strings.HasPrefix(holder, "lost "):
		return Lost, ledger.ID{}
	}
	return Unseen, ledger.ID{}
}

// Total is how much of everything that a reach found there is, in one dimension.
type Total struct {
	Made  trace.Quantity // what was made, and not made into other things
	Found trace.Quantity // of that, what can be brought back or is no more
	Where map[Where]trace.Quantity
}

// Totals sums up lots and pieces by what they are counted in, in the unit of the first
// of each. What was made into something else is counted there and not here, containers
// are not counted, and a piece of a lot that is counted in the same dimension is
// counted with it. Unknown are the things of which the viewer may not read how much
// was made: with any of those the sums are what is known, and not the whole.
func (f *Reach) Totals() (list []Total, unknown int, err error) {
	counted := map[trace.ID]trace.Unit{}
	for i := range f.Things {
		if t := &f.Things[i]; t.Level == LevelLot && t.Made != nil {
			counted[t.ID] = t.Made.Unit()
		}
	}
	for i := range f.Things {
		t := &f.Things[i]
		if t.Level == LevelContainer || t.Level == LevelProduct {
			continue
		}
		if t.Made == nil {
			unknown++
		}
		if unit, ok := counted[t.ID.Batch()]; ok && t.Level == LevelPiece && unit.SameDimension("") {
			continue
		}
		for _, w := range Wheres {
			q, ok := t.Where[w]
			if !ok || w == Used {
				continue
			}
			if list, err = addTo(list, w, q); err != nil {
				return nil, 0, err
			}
		}
	}
	return list, unknown, nil
}

func addTo(list []Total, w Where, q trace.Quantity) ([]Total, error) {
	i := slices.IndexFunc(list, func(t Total) bool { return t.Made.Unit().SameDimension(q.Unit()) })
	if i < 0 {
		zero := trace.NewQuantity(0, 0, q.Unit())
		i, list = len(list), append(list, Total{zero, zero, map[Where]trace.Quantity{}})
	}
	t := &list[i]
	sum, ok := t.Where[w]
	if !ok {
		sum = trace.NewQuantity(0, 0, t.Made.Unit())
	}
	sum, err := sum.Add(q)
	if err != nil {
		return nil, ledger.Wrap(err, ledger.TooLarge, "the quantities cannot be summed up")
	}
	t.Where[w] = sum
	if t.Made, err = t.Made.Add(q); err == nil && w.Found() {
		t.Found, err = t.Found.Add(q)
	}
	if err != nil {
		return nil, ledger.Wrap(err, ledger.TooLarge, "the quantities cannot be summed up")
	}
	return list, nil
}
