package index

import (
	"encoding/binary"

	"github.com/dgraph-io/badger/v4"
)

// A posting list says which events a term occurs in. Each applied batch writes one
// key a term, h(term) and the batch's first seq, with the seqs in it, ascending:
// the first in full, then the differences, as uvarints. So nothing is read to
// append, and a term in many events of a batch costs one key.

// term is a posting list's kind and the hash of what it is about.
type term struct {
	kind byte
	hash hash
}

const (
	termThing = 'x' // a thing, or its lot or product
	termPlace = 'l' // read point or business location
	termParty = 'y' // source or destination
	termOrg   = 'o' // an organisation that took part
	termStep  = 's'
	termType  = 't'

	termBehalf = 'v' // the member on whose behalf it was recorded
	termMember = 'm' // the member that signed an entry, or on whose behalf it is
	termActor  = 'w' // the organisation of such a member
)

func (t term) prefix() []byte { return key('p', []byte{t.kind}, t.hash[:]) }

// posting is a list being made.
type posting struct {
	last seq
	buf  []byte
}

// add appends s unless it is there; seqs come in order.
func (p *posting) add(s seq) {
	if p.buf == nil {
		p.buf = binary.AppendUvarint(make([]byte, 0, 8), uint64(s))
	} else if s != p.last {
		p.buf = binary.AppendUvarint(p.buf, uint64(s-p.last))
	}
	p.last = s
}

// unpack appends the seqs of a list to dst.
func unpack(dst []seq, b []byte) ([]seq, error) {
	r := reader{b: b}
	for last := seq(0); len(r.b) > 0; {
		last += seq(r.uvarint())
		dst = append(dst, last)
	}
	return dst, r.err()
}

// cursor yields seqs in one direction from a bound on, which is included.
type cursor interface {
	// next returns false at the end.
	next() (seq, bool, error)
	// skip drops what comes before a seq, which is none that it has yielded.
	skip(to seq)
	close()
}

// before reports whether a cursor of a direction yields a before b.
func before(a, b seq, descending bool) bool {
	if descending {
		return a > b
	}
	return a < b
}

// postings is the cursor over one term.
type postings struct {
	txn        *badger.Txn
	it         *badger.Iterator
	prefix     []byte
	bound      seq
	descending bool
	started    bool
	list       []seq // what is left of the current key, to be taken from the front
}

func newPostings(txn *badger.Txn, t term, bound seq, descending bool) *postings {
	opt := badger.DefaultIteratorOptions
	opt.Prefix, opt.PrefetchValues, opt.Reverse = t.prefix(), false, descending
	return &postings{txn: txn, it: txn.NewIterator(opt), prefix: opt.Prefix, bound: bound, descending: descending}
}

func (p *postings) next() (seq, bool, error) {
	for {
		for len(p.list) > 0 {
			s := p.list[0]
			p.list = p.list[1:]
			if p.descending && s <= p.bound || !p.descending && s >= p.bound {
				return s, true, nil
			}
		}
		switch {
		case p.started:
			p.it.Next()
		case p.descending:
			p.it.Seek(key(p.prefix[0], p.prefix[1:], be64(uint64(p.bound))))
		default:
			p.seekAscending()
		}
		p.started = true
		if !p.it.ValidForPrefix(p.prefix) {
			return 0, false, nil
		}
		err := p.it.Item().Value(func(v []byte) (err error) {
			p.list, err = unpack(p.list[:0], v)
			return err
		})
		if err != nil {
			return 0, false, fault(err)
		}
		if p.descending {
			for i, j := 0, len(p.list)-1; i < j; i, j = i+1, j-1 {
				p.list[i], p.list[j] = p.list[j], p.list[i]
			}
		}
	}
}

// skip drops the rest of the current key where it cannot hold to, so that keys in
// between are not read.
func (p *postings) skip(to seq) {
	if !before(p.bound, to, p.descending) {
		return
	}
	p.bound = to
	if n := len(p.list); n > 0 && !before(p.list[n-1], to, p.descending) {
		return
	}
	p.list, p.started = p.list[:0], false
}

// seekAscending goes to the batch that may hold the bound: the last one that
// starts at or before it.
func (p *postings) seekAscending() {
	start := p.prefix
	if p.bound > 0 {
		opt := badger.DefaultIteratorOptions
		opt.Prefix, opt.PrefetchValues, opt.Reverse = p.prefix, false, true
		back := p.txn.NewIterator(opt)
		defer back.Close()
		back.Seek(key(p.prefix[0], p.prefix[1:], be64(uint64(p.bound))))
		if back.ValidForPrefix(p.prefix) {
			start = back.Item().KeyCopy(nil)
		}
	}
	p.it.Seek(start)
}

func (p *postings) close() { p.it.Close() }

// all is the cursor over every event.
type all struct {
	it         *badger.Iterator
	from       []byte
	descending bool
	started    bool
}

func newAll(txn *badger.Txn, bound seq, descending bool) *all {
	opt := badger.DefaultIteratorOptions
	opt.Prefix, opt.PrefetchValues, opt.Reverse = []byte{'e'}, false, descending
	return &all{it: txn.NewIterator(opt), from: recordKey(bound), descending: descending}
}

func (a *all) next() (seq, bool, error) {
	if a.started {
		a.it.Next()
	} else {
		a.it.Seek(a.from)
		a.started = true
	}
	if !a.it.Valid() {
		return 0, false, nil
	}
	return seq(binary.BigEndian.Uint64(a.it.Item().Key()[1:])), true, nil
}

func (a *all) skip(to seq) { a.from, a.started = recordKey(to), false }

func (a *all) close() { a.it.Close() }

// union merges cursors of one direction and yields each seq once.
type union struct {
	cursors    []cursor
	heads      []seq
	live       []bool
	descending bool
	started    bool
	behind     []bool // heads that come before what was skipped to
}

func newUnion(txn *badger.Txn, terms []term, bound seq, descending bool) cursor {
	if len(terms) == 1 {
		return newPostings(txn, terms[0], bound, descending)
	}
	u := &union{descending: descending, heads: make([]seq, len(terms)), live: make([]bool, len(terms)), behind: make([]bool, len(terms))}
	for _, t := range terms {
		u.cursors = append(u.cursors, newPostings(txn, t, bound, descending))
	}
	return u
}

func (u *union) next() (seq, bool, error) {
	if !u.started {
		u.started = true
		for i := range u.cursors {
			if err := u.advance(i); err != nil {
				return 0, false, err
			}
		}
	}
	for i, late := range u.behind {
		if late {
			if err := u.advance(i); err != nil {
				return 0, false, err
			}
		}
	}
	best, found := seq(0), false
	for i, s := range u.heads {
		if u.live[i] && (!found || before(s, best, u.descending)) {
			best, found = s, true
		}
	}
	for i, s := range u.heads {
		if u.live[i] && s == best {
			if err := u.advance(i); err != nil {
				return 0, false, err
			}
		}
	}
	return best, found, nil
}

func (u *union) skip(to seq) {
	for i, c := range u.cursors {
		switch {
		case !u.started:
			c.skip(to)
		case u.live[i] && before(u.heads[i], to, u.descending):
			c.skip(to)
			u.behind[i] = true
		}
	}
}

func (u *union) advance(i int) (err error) {
	u.behind[i] = false
	u.heads[i], u.live[i], err = u.cursors[i].next()
	return err
}

func (u *union) close() {
	for _, c := range u.cursors {
		c.close()
	}
}

// intersection yields what all of its cursors, of one direction, do.
type intersection struct {
	cursors    []cursor
	heads      []seq
	live       []bool // whether heads holds what the cursor yielded last
	descending bool
}

func (x *intersection) next() (seq, bool, error) {
	s, ok, err := x.cursors[0].next()
	for i := 1; err == nil && ok && i < len(x.cursors); {
		c := x.cursors[i]
		if !x.live[i] || before(x.heads[i], s, x.descending) {
			c.skip(s)
			if x.heads[i], ok, err = c.next(); err != nil || !ok {
				break
			}
			x.live[i] = true
		}
		if x.heads[i] == s {
			i++
			continue
		}
		x.cursors[0].skip(x.heads[i])
		s, ok, err = x.cursors[0].next()
		i = 1
	}
	return s, ok && err == nil, err
}

func (x *intersection) skip(to seq) {
	for _, c := range x.cursors {
		c.skip(to)
	}
}

func (x *intersection) close() {
	for _, c := range x.cursors {
		c.close()
	}
}
