package index

import (
	"encoding/binary"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Lineage is kept as packed adjacency lists: a node has one list of the edges that
// lead into it ("up") and one of those that lead out of it ("down"). The newest
// edges are in the list's head. One of headEdges or more becomes a chunk when another
// event adds to it, and is not touched again unless an event is declared wrong: what an
// event made of much is read at once.
//
//	head   uvarint number of chunks, uvarint number of edges, edges
//	chunk  uvarint number of edges, edges
//	edge   byte flags
//	       unless it is of the same event as the edge before:
//	         uvarint seq, [16]byte organisation, [16]byte the one that recorded for
//	         it where the flags say so, bytes parties, bytes event id
//	       uvarint bytes that the other node's id shares with the one before,
//	       bytes the rest of it
//	       bytes quantity, bytes made: as text, when the flags say so

// direction is the side of a node that a list is on.
type direction byte

const (
	up   direction = 'u' // what the node was made of or contains
	down direction = 'd' // what was made of the node or contains it
)

const headEdges = 64

const (
	edgePacked    = 1 << 0
	edgeSameEvent = 1 << 1
	edgeQuantity  = 1 << 2
	edgeMade      = 1 << 3
	edgeManaged   = 1 << 4
	edgeAudience  = 5 // shift of two bits
	edgeAgent     = 1 << 7
)

// edge is one line of an adjacency list.
type edge struct {
	access
	seq            seq
	managed        bool
	packed         bool
	event          string
	other          string
	quantity, made string
	following      uint64 // edges behind it in the same head or chunk, when it was decoded
}

type headKey [18]byte

func headKeyOf(d direction, node hash) headKey {
	k := headKey{'g', byte(d)}
	copy(k[2:], node[:])
	return k
}

func (k headKey) chunk(n uint64) []byte { return binary.BigEndian.AppendUint32(k[:], uint32(n)) }

// head is the part of an adjacency list that grows.
type head struct {
	chunks uint64
	count  uint64
	last   edge // of count, for what edges share
	buf    []byte
}

func (h *head) encode() []byte {
	b := binary.AppendUvarint(make([]byte, 0, len(h.buf)+4), h.chunks)
	return append(binary.AppendUvarint(b, h.count), h.buf...)
}

func decodeHead(b []byte) (*head, error) {
	r := reader{b: b}
	h := &head{chunks: r.uvarint(), count: r.uvarint(), buf: r.b}
	if err := r.err(); err != nil {
		return nil, err
	}
	return h, decodeEdges(h.buf, h.count, func(e *edge) { h.last = *e })
}

// chunkOf is a full head as a chunk.
func chunkOf(edges []byte, count uint64) []byte {
	return append(binary.AppendUvarint(nil, count), edges...)
}

func (h *head) append(e *edge) {
	flags := e.audience << edgeAudience
	same := h.count > 0 && h.last.seq == e.seq
	for _, f := range []struct {
		set bool
		bit byte
	}{{same, edgeSameEvent}, {e.packed, edgePacked}, {e.managed, edgeManaged}, {e.quantity != "", edgeQuantity}, {e.made != "", edgeMade}, {!e.agent.IsZero(), edgeAgent}} {
		if f.set {
			flags |= f.bit
		}
	}
	b := append(h.buf, flags)
	if !same {
		b = binary.AppendUvarint(b, uint64(e.seq))
		b = append(b, e.org[:]...)
		if !e.agent.IsZero() {
			b = append(b, e.agent[:]...)
		}
		b = appendBytes(b, e.parties)
		b = appendBytes(b, e.event)
	}
	shared := 0
	if h.count > 0 {
		for shared < min(len(e.other), len(h.last.other)) && e.other[shared] == h.last.other[shared] {
			shared++
		}
	}
	b = binary.AppendUvarint(b, uint64(shared))
	b = appendBytes(b, e.other[shared:])
	if e.quantity != "" {
		b = appendBytes(b, e.quantity)
	}
	if e.made != "" {
		b = appendBytes(b, e.made)
	}
	h.buf, h.last = b, *e
	h.count++
}

// decodeEdges yields count edges. Each holds during the call only, its strings for
// ever.
func decodeEdges(b []byte, count uint64, yield func(*edge)) error {
	if count > uint64(len(b)) {
		return corrupt(errCut)
	}
	r := reader{b: b}
	var e edge
	for i := range count {
		e.following = count - 1 - i
		flags := r.byte()
		e.packed, e.managed = flags&edgePacked != 0, flags&edgeManaged != 0
		e.audience = flags >> edgeAudience & 3
		if flags&edgeSameEvent == 0 {
			e.seq = seq(r.uvarint())
			copy(e.org[:], r.take(16))
			e.agent = ledger.ID{}
			if flags&edgeAgent != 0 {
				copy(e.agent[:], r.take(16))
			}
			e.parties = r.bytes()
			e.event = string(r.bytes())
		} else if i == 0 {
			r.bad = true
		}
		shared, rest := r.uvarint(), r.bytes()
		if r.bad || shared > uint64(len(e.other)) {
			return corrupt(errCut)
		}
		e.other = e.other[:shared] + string(rest)
		e.quantity = r.text(flags&edgeQuantity != 0, e.quantity)
		e.made = r.text(flags&edgeMade != 0, e.made)
		if r.bad {
			return r.err()
		}
		yield(&e)
	}
	return nil
}

// text reads what is there, often the same as before, which is then kept.
func (r *reader) text(there bool, before string) string {
	if !there {
		return ""
	}
	b := r.bytes()
	if string(b) == before {
		return before
	}
	return string(b)
}

// adjacency yields the edges on one side of a node, the oldest first unless they
// were appended again.
func (x *Index) adjacency(txn *badger.Txn, d direction, node hash, yield func(*edge)) error {
	k := headKeyOf(d, node)
	v, err := x.find(txn, k[:])
	if err != nil || v == nil {
		return err
	}
	r := reader{b: v}
	chunks, count := r.uvarint(), r.uvarint()
	if err := r.err(); err != nil {
		return err
	}
	for n := range chunks {
		c, err := get(txn, k.chunk(n))
		if err != nil {
			return err
		}
		cr := reader{b: c}
		total := cr.uvarint()
		if err := decodeEdges(cr.b, total, yield); err != nil {
			return err
		}
	}
	return decodeEdges(r.b, count, yield)
}

// addEdge appends an edge to both of its nodes' lists.
func (b *batch) addEdge(e *edge, from, to string) error {
	for _, side := range []struct {
		d           direction
		node, other string
	}{{up, to, from}, {down, from, to}} {
		node := hashOf(side.node)
		k := headKeyOf(side.d, node)
		h, err := b.head(k)
		if err != nil {
			return err
		}
		if h.count >= headEdges && h.last.seq != e.seq {
			if err := b.put(k.chunk(h.chunks), chunkOf(h.buf, h.count)); err != nil {
				return err
			}
			*h = head{chunks: h.chunks + 1}
		}
		one := *e
		one.other = side.other
		h.append(&one)
	}
	return nil
}

// head is a list's head, to be changed in this batch.
func (b *batch) head(k headKey) (*head, error) {
	if h, ok := b.heads[k]; ok {
		return h, nil
	}
	h, ok := b.x.heads.Get(k)
	if !ok {
		v, err := b.x.find(b.txn, k[:])
		if err != nil {
			return nil, err
		}
		h = &head{}
		if v != nil {
			if h, err = decodeHead(v); err != nil {
				return nil, err
			}
		}
	}
	b.heads[k] = h
	return h, nil
}

// removeEdges takes the edges of an event out of its nodes' lists.
func (b *batch) removeEdges(s seq, edges []trace.Edge) error {
	done := map[headKey]bool{}
	for _, e := range edges {
		for _, k := range []headKey{headKeyOf(up, hashOf(e.To.String())), headKeyOf(down, hashOf(e.From.String()))} {
			if done[k] {
				continue
			}
			done[k] = true
			h, err := b.head(k)
			if err != nil {
				return err
			}
			kept, err := without(s, h.buf, h.count)
			if err != nil {
				return err
			}
			kept.chunks = h.chunks
			*h = *kept
			for n := range h.chunks {
				if err := b.removeFromChunk(s, k.chunk(n)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (b *batch) removeFromChunk(s seq, key []byte) error {
	v, err := get(b.txn, key)
	if err != nil {
		return err
	}
	r := reader{b: v}
	count := r.uvarint()
	kept, err := without(s, r.b, count)
	if err != nil || kept.count == count {
		return err
	}
	return b.put(key, chunkOf(kept.buf, kept.count))
}

// without packs the edges of all events but one.
func without(s seq, edges []byte, count uint64) (*head, error) {
	kept := &head{}
	err := decodeEdges(edges, count, func(e *edge) {
		if e.seq != s {
			one := *e
			kept.append(&one)
		}
	})
	return kept, err
}
