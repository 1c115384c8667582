package index

import (
	"context"
	"math"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Batch is what is known of an identifier: usually a lot, but as well a piece, a
// product or a container.
type Batch struct {
	ID      trace.ID
	Level   Level
	Product trace.ID
	Owner   ledger.ID // zero when it is nobody's on the register
	First   *Moment   // where it was first recorded; nil when nothing was
	Last    *Record   // the newest event on it that the viewer may read
	Created *Record   // the event that made it, where the viewer may read it
	Origin  []Edge    // what it was made of, and contains
	// Balances by holder, without what is zero.
	Balances []Balance
	Flags    []Flag
	Blocked  bool
	Early    *Early // it, or something behind it, was harvested within a pre-harvest interval
	// Recalls in force on it or on anything that it was made of or contains.
	Recalls []Recall
	// Certificates on the product, the lot, the piece, the places of its public
	// events and the owner; see Certificate.Valid.
	Certificates []Certificate
	Public       bool // some event on it is public
	Cut          bool // it has more than MaxAncestors ancestors; recalls beyond are not seen
}

// Moment is a place in the register.
type Moment struct {
	Entry uint64
	Item  int
	Time  ledger.Time // record time
}

// Balance is what a holder has of a batch.
type Balance struct {
	Holder   string
	Quantity trace.Quantity
	Event    Moment // which event left it so
}

// Flag is a flag on a batch. Who may not read its event sees the kind alone.
type Flag struct {
	trace.Flag
	Event Moment
}

// firstExamined is how many of an identifier's events are looked at for the one
// that made it, and for a public or readable one.
const firstExamined = 256

// Batch reads what is known of an identifier. It is NotFound when nothing is that
// the viewer may see: an identifier that nobody on the register answers for is
// shown to those who may read some event on it.
func (x *Index) Batch(ctx context.Context, v Viewer, id trace.ID) (*Batch, error) {
	var b *Batch
	err := x.view(func(txn *badger.Txn) (err error) {
		l, err := x.lineage(txn, id, MaxAncestors)
		if err != nil {
			return err
		}
		b, err = x.batch(ctx, txn, v, id, l.now)
		if b != nil {
			b.Cut = l.cut
		}
		return err
	})
	if err == nil && b == nil {
		err = absent(id.String())
	}
	return b, err
}

// batch reads it when what it is made of is known; nil when there is nothing to
// see.
func (x *Index) batch(ctx context.Context, txn *badger.Txn, v Viewer, id trace.ID, ids []trace.ID) (*Batch, error) {
	b := &Batch{ID: id, Level: LevelOf(id), Product: id.Product(), Recalls: x.recalls.covering(ids)}
	var err error
	if b.Owner, err = ownerOf(txn, id); err != nil {
		return nil, err
	}
	first, err := history(ctx, txn, v, id, false)
	if err != nil {
		return nil, err
	}
	b.First, b.Created, b.Public = first.end, first.created, first.public
	last, err := history(ctx, txn, v, id, true)
	if err != nil {
		return nil, err
	}
	b.Last, b.Public = last.readable, b.Public || last.public
	if b.Owner.IsZero() && b.Last == nil && first.readable == nil {
		return nil, nil
	}
	if b.Balances, err = balances(txn, v, id); err != nil {
		return nil, err
	}
	if b.Flags, err = x.flags(txn, v, id); err != nil {
		return nil, err
	}
	if b.Early, err = x.earlyOf(txn, id, ids); err != nil {
		return nil, err
	}
	for _, f := range b.Flags {
		switch f.Kind {
		case trace.FlagBlocked:
			b.Blocked = true
		case trace.FlagUnblocked:
			b.Blocked = false
		}
	}
	if b.Origin, err = x.origin(txn, v, id); err != nil {
		return nil, err
	}
	b.Certificates, err = x.certificates(txn, b.subjects())
	return b, err
}

// subjects are what its certificates may be about.
func (b *Batch) subjects() []string {
	var list []string
	for _, id := range aliases(b.ID) {
		list = append(list, id.String())
	}
	for _, id := range []trace.ID{b.ID.Batch(), b.Product} {
		list = append(list, id.String())
	}
	if !b.Owner.IsZero() {
		list = append(list, b.Owner.String())
	}
	for _, rec := range []*Record{b.Created, b.Last} {
		if rec != nil {
			for _, place := range []*trace.ID{rec.Fact.ReadPoint, rec.Fact.Location} {
				if place != nil {
					list = append(list, place.String())
				}
			}
		}
	}
	return list
}

// historyEnd is what one end of an identifier's events shows.
type historyEnd struct {
	end      *Moment // the first event met
	readable *Record // the first that the viewer may read
	created  *Record // the first that the viewer may read and that made it
	managed  bool    // the rules applied to the first
	public   bool
}

func history(ctx context.Context, txn *badger.Txn, v Viewer, id trace.ID, newest bool) (h historyEnd, err error) {
	return historyOf(ctx, &records{txn: txn}, v, id, newest)
}

func historyOf(ctx context.Context, from *records, v Viewer, id trace.ID, newest bool) (h historyEnd, err error) {
	bound := seq(0)
	if newest {
		bound = math.MaxUint64
	}
	c := newPostings(from.txn, term{termThing, hashOf(id.String())}, bound, newest)
	defer c.close()
	for range firstExamined {
		s, ok, err := c.next()
		if err != nil || !ok {
			return h, err
		}
		head, err := from.header(s)
		if err != nil {
			return h, err
		}
		if head == nil {
			continue
		}
		if h.end == nil {
			h.end, h.managed = &Moment{s.entry(), s.item(), head.recorded}, head.managed
		}
		h.public = h.public || head.audience == audiencePublic
		if v.may(head.access) {
			rec, err := from.record(s, head)
			if err != nil {
				return h, err
			}
			if h.readable == nil {
				h.readable = rec
			}
			if rec.Voided == nil && makes(&rec.Fact, id) {
				h.created = rec
			}
		}
		if h.public && h.readable != nil && (newest || h.created != nil) {
			return h, nil
		}
		if err := ctx.Err(); err != nil {
			return h, err
		}
	}
	return h, nil
}

// makes reports whether the fact made the thing, or some of it.
func makes(f *trace.Fact, id trace.ID) bool {
	_, ok := madeIn(f, id)
	return ok
}

func madeIn(f *trace.Fact, id trace.ID) (*trace.Quantity, bool) {
	if f.Error != nil {
		return nil, false
	}
	list := f.Outputs
	if f.Type == trace.ObjectEvent && f.Action == trace.Add {
		list = f.Objects
	}
	for _, s := range list {
		if s.ID == id || s.ID.Batch() == id {
			if s.ID == id {
				return s.Quantity, true
			}
			return nil, true
		}
	}
	return nil, false
}

// balances reads what the holders have, as far as the viewer may read the events
// that left it so.
func balances(txn *badger.Txn, v Viewer, id trace.ID) ([]Balance, error) {
	var list []Balance
	h := hashOf(id.String())
	err := scan(txn, key('b', h[:]), nil, func(_, value []byte) (bool, error) {
		row, err := decodeBalance(value)
		if err != nil || row.quantity.IsZero() {
			return true, err
		}
		one := Balance{Holder: row.holder, Quantity: row.quantity, Event: Moment{Entry: row.seq.entry(), Item: row.seq.item()}}
		head, ok, err := headerAt(txn, row.seq)
		if err == nil && ok && v.may(head.access) {
			one.Event.Time = head.recorded
			list = append(list, one)
		}
		return true, err
	})
	return list, err
}

// flags reads a batch's flags in the order of the register.
func (x *Index) flags(txn *badger.Txn, v Viewer, id trace.ID) ([]Flag, error) {
	rows, err := x.flagRows(txn, hashOf(id.String()))
	if err != nil {
		return nil, err
	}
	var list []Flag
	for _, row := range rows {
		head, ok, err := headerAt(txn, row.Seq)
		if err != nil || !ok {
			return nil, corruptUnless(err)
		}
		one := Flag{Flag: row.Flag, Event: Moment{row.Seq.entry(), row.Seq.item(), head.recorded}}
		if !v.may(head.access) {
			one = Flag{Flag: trace.Flag{ID: row.ID, Kind: row.Kind}}
		}
		list = append(list, one)
	}
	if row, ok := x.early.get(id); ok {
		head, ok, err := headerAt(txn, row.Seq)
		if err != nil || !ok {
			return nil, corruptUnless(err)
		}
		list = append(list, row.flag(head.recorded))
	}
	return list, nil
}

// origin reads what a thing was made of or contains.
func (x *Index) origin(txn *badger.Txn, v Viewer, id trace.ID) ([]Edge, error) {
	var list []Edge
	var last quantities
	var failed error
	err := x.adjacency(txn, up, hashOf(id.String()), func(e *edge) {
		s, ok, err := v.step(e, &last)
		if err == nil && ok {
			s.edge.From, s.edge.To = s.other, id
			list = append(list, s.edge)
		}
		if err != nil {
			failed = corrupt(err)
		}
	})
	if err == nil {
		err = failed
	}
	return list, err
}

// Into lists what was made of a thing, and what it was put into, the first first; most
// bounds how much.
func (x *Index) Into(_ context.Context, v Viewer, id trace.ID, most int) (list []Edge, err error) {
	err = x.view(func(txn *badger.Txn) error {
		var last quantities
		var failed error
		err := x.adjacency(txn, down, hashOf(id.String()), func(e *edge) {
			if len(list) >= most || failed != nil {
				return
			}
			s, ok, err := v.step(e, &last)
			if err != nil {
				failed = corrupt(err)
			} else if ok {
				s.edge.From, s.edge.To = id, s.other
				list = append(list, s.edge)
			}
		})
		if err == nil {
			err = failed
		}
		return err
	})
	return list, err
}

// Contents lists what is in a container at the moment, with its quantity unless it is
// a piece; as far as the viewer may read the event that put it there.
func (x *Index) Contents(_ context.Context, v Viewer, container trace.ID) (list []trace.Stock, err error) {
	err = x.view(func(txn *badger.Txn) error {
		edges, err := x.origin(txn, v, container)
		if err != nil {
			return err
		}
		seen := map[trace.ID]bool{}
		inside := hashOf("in " + container.String())
		for _, e := range edges {
			if e.Kind != trace.PackedInto || e.Hidden || seen[e.From] {
				continue
			}
			seen[e.From] = true
			row, ok, err := x.readBalance(txn, hashOf(e.From.String()), inside)
			if err != nil {
				return err
			}
			switch {
			case !ok || !row.some():
			case e.From.Instance():
				list = append(list, trace.Stock{ID: e.From})
			default:
				list = append(list, trace.Stock{ID: e.From, Quantity: &row.quantity})
			}
		}
		return nil
	})
	return list, err
}

// Mentioned reports whether any event is about an identifier, or about a piece of the
// lot that it is. It is not for the outside: it answers about events of every audience.
func (x *Index) Mentioned(_ context.Context, id trace.ID) (yes bool, err error) {
	err = x.view(func(txn *badger.Txn) (err error) {
		c := newPostings(txn, term{termThing, hashOf(id.String())}, 0, false)
		defer c.close()
		_, yes, err = c.next()
		return err
	})
	return yes, err
}

// details reads what a trace says of a node, but for recalls.
func (x *Index) details(from *records, v Viewer, id trace.ID) (*Details, error) {
	d := &Details{Product: id.Product()}
	var err error
	if d.Owner, err = from.owner(id); err != nil {
		return nil, err
	}
	first, err := historyOf(context.Background(), from, v, id, false)
	if err != nil {
		return nil, err
	}
	d.Declared = !first.managed
	if first.end == nil {
		d.Declared = d.Owner.IsZero()
	}
	if first.created != nil {
		d.Made, _ = madeIn(&first.created.Fact, id)
	}
	if d.Balances, err = balances(from.txn, v, id); err != nil {
		return nil, err
	}
	d.Flags, err = x.flags(from.txn, v, id)
	return d, err
}

// Batches lists the lots of a product, and its pieces that name no lot, in the
// order in which they were made, the newest first; not those that were recorded
// before they were made. Where nobody on the register answers for the product,
// the viewer sees those of which an event is readable.
func (x *Index) Batches(ctx context.Context, v Viewer, product trace.ID, page Page) (list []trace.ID, next string, err error) {
	h := hashOf(product.Product().String())
	prefix := key('n', h[:])
	// A token is a batch of entries and how many of its lots were listed.
	from, err := page.from('B', 12)
	if err != nil {
		return nil, "", err
	}
	bound, skip := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, uint64(0)
	if from != nil {
		r := reader{b: append([]byte{0, 0, 0, 0}, from[8:]...)}
		bound, skip = from[:8], r.uint64()
	}
	err = x.view(func(txn *badger.Txn) error {
		owner, err := ownerOf(txn, product)
		if err != nil {
			return err
		}
		opt := badger.DefaultIteratorOptions
		opt.Prefix, opt.PrefetchValues, opt.Reverse = prefix, false, true
		it := txn.NewIterator(opt)
		defer it.Close()
		for it.Seek(append(key('n', h[:]), bound...)); it.ValidForPrefix(prefix); it.Next() {
			at := it.Item().KeyCopy(nil)[len(prefix):]
			v8, err := it.Item().ValueCopy(nil)
			if err != nil {
				return fault(err)
			}
			lots, err := unpackLots(v8)
			if err != nil {
				return err
			}
			for i := skip; i < uint64(len(lots)); i++ {
				lot := lots[len(lots)-1-int(i)]
				if len(list) >= page.limit() {
					next = makeToken('B', append(at, byte(i>>24), byte(i>>16), byte(i>>8), byte(i)))
					return nil
				}
				first, err := history(ctx, txn, v, lot.id, false)
				if err != nil {
					return err
				}
				isNew := first.end != nil && seqOf(first.end.Entry, first.end.Item) == lot.seq
				if isNew && (!owner.IsZero() || first.readable != nil) {
					list = append(list, lot.id)
				}
			}
			skip = 0
		}
		return nil
	})
	if err != nil {
		return nil, "", err
	}
	return list, next, nil
}

// madeLot is a lot and an event that made some of it.
type madeLot struct {
	id  trace.ID
	seq seq
}

func unpackLots(b []byte) ([]madeLot, error) {
	var list []madeLot
	r := reader{b: b}
	for len(r.b) > 0 {
		s := seq(r.uvarint())
		id, err := trace.ParseID(string(r.bytes()))
		if err != nil {
			return nil, corrupt(err)
		}
		list = append(list, madeLot{id, s})
	}
	return list, nil
}
