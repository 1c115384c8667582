package index

import (
	"context"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// What organisations have is kept beside the balances, so that a list of it costs what
// it shows. Pieces that name a lot are listed as that lot; everything else by itself.
//
//	H g organisation, way, h(unit)          seq of the last change, how many things;
//	                                        not there for what is held and never came in pieces: its balance says it
//	H o organisation, way, ^seq, h(unit)[:8] the unit's identifier
//	H t organisation, way, h(unit), h(thing, receiver)[:8] the thing's identifier
//	                                        of pieces of a lot, and of what was sent
//	H s h(thing), receiver, sender          nothing: who ever shipped a thing to a receiver
//	H f organisation, h(thing)              identifier of a thing that was flagged while the organisation had to do with it
//	H n organisation                        how many units it has in each way, as uvarints

// Way is what an organisation has to do with a thing at the moment.
type Way byte

const (
	Held   Way = 'h' // in its hands, in none of its containers
	Sent   Way = 's' // shipped by it, and not received yet
	Coming Way = 'c' // under way to it
)

var ways = []Way{Held, Sent, Coming}

// Holding is a lot, a container or a piece that an organisation has to do with.
type Holding struct {
	ID     trace.ID
	Way    Way
	Things int    // of a lot: pieces of it, or 1 for a quantity; shipments where it was sent
	Event  Moment // which event left it so; without its time
}

// unitOf is what a thing is listed as.
func unitOf(id trace.ID) trace.ID {
	if lot := id.Batch(); lot != id && lot.Lot() != "" {
		return lot
	}
	return id
}

// holdingRow is what is known of a unit.
type holdingRow struct {
	seq    seq
	things uint64
	stored bool // and not read off its balance
}

func holdingKey(org ledger.ID, w Way, unit hash) []byte {
	return key('H', []byte{'g'}, org[:], []byte{byte(w)}, unit[:])
}

func orderPrefix(org ledger.ID, w Way) []byte { return key('H', []byte{'o'}, org[:], []byte{byte(w)}) }

func orderKey(org ledger.ID, w Way, s seq, unit hash) []byte {
	return append(append(orderPrefix(org, w), be64(^uint64(s))...), unit[:8]...)
}

func thingPrefix(org ledger.ID, w Way, unit hash) []byte {
	return key('H', []byte{'t'}, org[:], []byte{byte(w)}, unit[:])
}

func senderPrefix(id trace.ID, to ledger.ID) []byte {
	h := hashOf(id.String())
	return key('H', []byte{'s'}, h[:], to[:])
}

func flaggedKey(org ledger.ID, id trace.ID) []byte {
	h := hashOf(id.String())
	return key('H', []byte{'f'}, org[:], h[:])
}

func countKey(org ledger.ID) []byte { return key('H', []byte{'n'}, org[:]) }

func (x *Index) readHolding(txn *badger.Txn, org ledger.ID, w Way, unit hash) (row holdingRow, ok bool, err error) {
	v, err := x.find(txn, holdingKey(org, w, unit))
	if err != nil {
		return row, false, err
	}
	if v == nil {
		if w != Held {
			return row, false, nil
		}
		left, ok, err := x.readBalance(txn, unit, hashOf(org.String()))
		if err != nil || !ok || !left.some() {
			return row, false, err
		}
		return holdingRow{seq: left.seq, things: 1}, true, nil
	}
	r := reader{b: v}
	row = holdingRow{seq(r.uint64()), r.uvarint(), true}
	return row, true, r.err()
}

// holdings takes in what a balance says of who has what.
func (b *batch) holdings(h *header, f *trace.Fact, id trace.ID, left *balanceRow) error {
	some, s := left.some(), left.seq
	if org, err := ledger.ParseID(left.holder); err == nil {
		return b.hold(org, Held, id, ledger.ID{}, some, s)
	}
	rest, ok := strings.CutPrefix(left.holder, "to ")
	if !ok {
		return nil
	}
	to, err := ledger.ParseID(rest)
	if err != nil {
		return err
	}
	// What its sender keeps to itself is under way unseen.
	seen := Viewer{Org: to}.may(h.access)
	if err := b.hold(to, Coming, id, ledger.ID{}, some && seen, s); err != nil {
		return err
	}
	switch {
	case !some:
		return b.arrived(id, to, ledger.ID{}, false, s)
	case f.Step == trace.StepShipping && f.Error == nil:
		if err := b.put(append(senderPrefix(id, to), h.org[:]...), []byte{}); err != nil {
			return err
		}
		return b.hold(h.org, Sent, id, to, true, s)
	case f.Step == trace.StepReceiving && f.Error != nil: // it is under way again
		return b.arrived(id, to, ledger.ID{}, true, s)
	case f.Step == trace.StepReceiving:
		from, err := giverOf(b.txn, f.From)
		if err != nil || from.IsZero() {
			return err
		}
		return b.arrived(id, to, from, false, s)
	}
	return nil
}

// arrived changes what the senders of a thing have under way to a receiver: all of
// them, or one.
func (b *batch) arrived(id trace.ID, to, from ledger.ID, again bool, s seq) error {
	var senders []ledger.ID
	prefix := senderPrefix(id, to)
	err := scan(b.txn, prefix, nil, func(k, _ []byte) (bool, error) {
		if sender := ledger.ID(k[len(prefix):]); from.IsZero() || sender == from {
			senders = append(senders, sender)
		}
		return true, nil
	})
	for _, sender := range senders {
		if err == nil {
			err = b.hold(sender, Sent, id, to, again, s)
		}
	}
	return err
}

// hold notes that an organisation has to do with a thing, or no more. other tells
// shipments of one thing to several receivers apart.
func (b *batch) hold(org ledger.ID, w Way, id trace.ID, other ledger.ID, on bool, s seq) error {
	unit := unitOf(id)
	h := hashOf(unit.String())
	k := holdingKey(org, w, h)
	row, listed, err := b.x.readHolding(b.txn, org, w, h)
	if err != nil {
		return err
	}
	was := listed
	quantity := unit == id && w == Held
	switch {
	case quantity && row.stored: // pieces are, or were, there, too
		before, ok, err := b.x.readBalance(b.txn, h, hashOf(org.String()))
		if err != nil {
			return err
		}
		was = ok && before.some()
	case unit != id || w == Sent:
		sum := hashOf2(id.String(), other.String())
		t := append(thingPrefix(org, w, h), sum[:8]...)
		v, err := get(b.txn, t)
		if err != nil {
			return err
		}
		was = v != nil
		switch {
		case on && !was:
			err = b.put(t, []byte(id.String()))
		case was && !on:
			err = b.delete(t)
		}
		if err != nil {
			return err
		}
	}
	if !on && !was {
		return nil
	}
	if listed {
		if err := b.delete(orderKey(org, w, row.seq, h)); err != nil {
			return err
		}
	}
	switch {
	case on && !was:
		row.things++
		if err := b.flagged(org, id); err != nil {
			return err
		}
	case !on:
		row.things--
	}
	if row.things == 0 {
		b.count(org, w, -1)
		if !row.stored {
			return nil
		}
		return b.delete(k)
	}
	if !listed {
		b.count(org, w, 1)
	}
	if row.stored || !quantity {
		if err := b.put(k, binary.AppendUvarint(be64(uint64(s)), row.things)); err != nil {
			return err
		}
	}
	return b.put(orderKey(org, w, s, h), []byte(unit.String()))
}

// flagged notes that an organisation has to do with a thing that has flags.
func (b *batch) flagged(org ledger.ID, id trace.ID) error {
	v, err := b.x.find(b.txn, flagKey(hashOf(id.String())))
	if err != nil || v == nil {
		return err
	}
	return b.put(flaggedKey(org, id), []byte(id.String()))
}

// flagHolders notes it for all who have some of it, and for who took part.
func (b *batch) flagHolders(id trace.ID, parties []ledger.ID) error {
	orgs := slices.Clone(parties)
	h := hashOf(id.String())
	err := scan(b.txn, key('b', h[:]), nil, func(_, v []byte) (bool, error) {
		r := reader{b: v}
		r.uint64()
		if org, err := ledger.ParseID(string(r.bytes())); err == nil && !slices.Contains(orgs, org) {
			orgs = append(orgs, org)
		}
		return true, r.err()
	})
	for _, org := range orgs {
		if err == nil {
			err = b.flagged(org, id)
		}
	}
	return err
}

// count changes how many units an organisation has; what is read first is what the
// batches before left.
func (b *batch) count(org ledger.ID, w Way, by int) {
	if b.counts[org] == nil {
		b.counts[org] = map[Way]int{}
	}
	b.counts[org][w] += by
}

// putCounts adds the batch's changes to what was counted.
func (b *batch) putCounts() error {
	for org, changes := range b.counts {
		counts, err := readCounts(b.txn, org)
		if err != nil {
			return err
		}
		var v []byte
		for _, w := range ways {
			v = binary.AppendUvarint(v, uint64(max(counts[w]+changes[w], 0)))
		}
		if err := b.put(countKey(org), v); err != nil {
			return err
		}
	}
	return nil
}

func readCounts(txn *badger.Txn, org ledger.ID) (map[Way]int, error) {
	counts := map[Way]int{}
	v, err := get(txn, countKey(org))
	if err != nil || v == nil {
		return counts, err
	}
	r := reader{b: v}
	for _, w := range ways {
		counts[w] = int(r.uvarint())
	}
	return counts, r.err()
}

// giverOf is the organisation that a list of sources names, the one in possession
// first; zero where it names none.
func giverOf(txn *badger.Txn, refs []trace.PartyRef) (org ledger.ID, err error) {
	for _, kind := range []string{trace.PartyPossessing, trace.PartyOwning, trace.PartyLocation} {
		for _, ref := range refs {
			if ref.Type != kind {
				continue
			}
			if org, err = partyOf(txn, ref.ID); err != nil || !org.IsZero() {
				return org, err
			}
		}
	}
	return org, nil
}

// HoldingCounts tells how many lots, containers and pieces of no lot an organisation
// has in each way. What one keeps is nobody else's: another viewer sees none.
func (x *Index) HoldingCounts(_ context.Context, v Viewer, org ledger.ID) (counts map[Way]int, err error) {
	if !v.is(org) {
		return map[Way]int{}, nil
	}
	err = x.view(func(txn *badger.Txn) (err error) {
		counts, err = readCounts(txn, org)
		return err
	})
	return counts, err
}

// maxHoldings is how many holdings one call of Holdings looks at.
const maxHoldings = 250_000

// Holdings lists what an organisation has in a way, what changed last first; with a
// match, that alone. Another viewer sees none.
func (x *Index) Holdings(ctx context.Context, v Viewer, org ledger.ID, w Way, match func(trace.ID) bool, page Page) (list []Holding, next string, err error) {
	from, err := page.from('H', 16)
	if err != nil || !v.is(org) {
		return nil, "", err
	}
	prefix := orderPrefix(org, w)
	err = x.view(func(txn *badger.Txn) error {
		examined := 0
		start := append(slices.Clone(prefix), from...)
		return scan(txn, prefix, start, func(k, value []byte) (bool, error) {
			examined++
			if len(list) >= page.limit() || examined > maxHoldings {
				next = makeToken('H', k[len(prefix):])
				return false, nil
			}
			id, err := trace.ParseID(string(value))
			if err != nil {
				return false, corrupt(err)
			}
			if match != nil && !match(id) {
				return true, ctx.Err()
			}
			one, _, err := x.holding(txn, org, w, id)
			list = append(list, one)
			return true, err
		})
	})
	if err != nil {
		return nil, "", err
	}
	return list, next, nil
}

// holding reads what an organisation has of a unit; ok is false when that is nothing.
func (x *Index) holding(txn *badger.Txn, org ledger.ID, w Way, unit trace.ID) (one Holding, ok bool, err error) {
	row, ok, err := x.readHolding(txn, org, w, hashOf(unit.String()))
	return Holding{ID: unit, Way: w, Things: int(row.things), Event: Moment{Entry: row.seq.entry(), Item: row.seq.item()}}, ok, err
}

// Holding reads what an organisation has to do with a lot, a container or a piece, in
// each way that there is. Another viewer sees none.
func (x *Index) Holding(_ context.Context, v Viewer, org ledger.ID, id trace.ID) (list []Holding, err error) {
	if !v.is(org) {
		return nil, nil
	}
	err = x.view(func(txn *badger.Txn) error {
		for _, w := range ways {
			one, ok, err := x.holding(txn, org, w, unitOf(id))
			if err != nil {
				return err
			}
			if ok {
				list = append(list, one)
			}
		}
		return nil
	})
	return list, err
}

// PiecesHeld lists the pieces of a lot that an organisation has in a way, in an order
// that stays, at most so many. Another viewer sees none.
func (x *Index) PiecesHeld(_ context.Context, v Viewer, org ledger.ID, w Way, lot trace.ID, most int) (list []trace.ID, err error) {
	if !v.is(org) {
		return nil, nil
	}
	prefix := thingPrefix(org, w, hashOf(lot.String()))
	err = x.view(func(txn *badger.Txn) error {
		return scan(txn, prefix, nil, func(_, value []byte) (bool, error) {
			id, err := trace.ParseID(string(value))
			if err != nil {
				return false, corrupt(err)
			}
			if id != lot && !slices.Contains(list[max(len(list)-1, 0):], id) {
				list = append(list, id)
			}
			return len(list) < most, nil
		})
	})
	return list, err
}
