package index

import (
	"bytes"
	"reflect"
	"slices"
	"testing"
)

func FuzzDecodeHeader(f *testing.F) {
	h := header{access: access{audience: audienceOwn, org: coop, parties: make([]byte, 32)}, managed: true, voidedBy: 7,
		recorded: 1, happened: -2, kind: []byte("ObjectEvent"), step: []byte("packing")}
	h.pack([]byte(`{"balances":[]}`), []byte(`{"event":"urn:uuid:1"}`))
	f.Add(h.encode())
	h.agent = packer
	f.Add(h.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := decodeHeader(b)
		if err != nil {
			return
		}
		again, err := decodeHeader(h.encode())
		if err != nil || !reflect.DeepEqual(again, h) {
			t.Errorf("%+v became %+v, %v", h, again, err)
		}
		if outcome, fact, err := h.unpack(); err == nil {
			h.pack(outcome, fact)
			if o, f, err := h.unpack(); err != nil || !bytes.Equal(o, outcome) || !bytes.Equal(f, fact) {
				t.Errorf("%q and %q became %q and %q, %v", outcome, fact, o, f, err)
			}
		}
	})
}

func FuzzDecodeHead(f *testing.F) {
	var h head
	for i := range 5 {
		h.append(&edge{access: access{audience: audiencePublic, org: coop, agent: orgN(byte(i % 4 / 2))}, seq: seq(i / 2), managed: true, packed: i > 2,
			event: "urn:uuid:1", other: lot(i).String(), quantity: "5 KGM"})
	}
	f.Add(h.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := decodeHead(b)
		if err != nil {
			return
		}
		list := func(b []byte, n uint64) (edges []edge) {
			if err := decodeEdges(b, n, func(e *edge) { edges = append(edges, *e) }); err != nil {
				t.Fatal(err)
			}
			return edges
		}
		want := list(h.buf, h.count)
		var again head
		for _, e := range want {
			again.append(&e)
		}
		// An edge that repeats its event's place takes over the place's event.
		if got := list(again.buf, again.count); len(got) != len(want) {
			t.Errorf("%d edges became %d", len(want), len(got))
		}
	})
}

func FuzzUnpack(f *testing.F) {
	var p posting
	for _, s := range []seq{1, 1, 5, 1 << 40} {
		p.add(s)
	}
	f.Add(p.buf)
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := unpack(nil, b)
		if err != nil || !slices.IsSorted(list) {
			return
		}
		var again posting
		for _, s := range list {
			again.add(s)
		}
		got, err := unpack(nil, again.buf)
		if err != nil || !slices.Equal(got, slices.Compact(list)) {
			t.Errorf("%v became %v, %v", list, got, err)
		}
	})
}

func FuzzPageToken(f *testing.F) {
	f.Add(makeToken('N', be64(5)))
	f.Fuzz(func(t *testing.T, token string) {
		from, err := Page{Token: token}.from('N', 8)
		if err != nil || from == nil {
			return
		}
		again, err := Page{Token: makeToken('N', from)}.from('N', 8)
		if err != nil || !bytes.Equal(again, from) {
			t.Errorf("%x became %x, %v", from, again, err)
		}
	})
}
