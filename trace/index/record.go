package index

import (
	"encoding/binary"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/disk"
	"github.com/sogoc/sogoc/trace"
)

// Record is an event as it was recorded.
type Record struct {
	Entry   uint64         // index of the entry
	Item    int            // position of the fact in its body
	Time    ledger.Time    // record time
	Signer  ledger.Address // the key that signed it
	Member  ledger.ID      // whose key it was
	Org     ledger.ID      // of which organisation
	For     ledger.ID      // the organisation on whose member's behalf it is, where that is another; else zero
	Fact    trace.Fact
	Outcome trace.EventOutcome
	Voided  *Void // set when it was declared wrong
}

// Acting is the organisation whose record it is.
func (r *Record) Acting() ledger.ID {
	if r.For.IsZero() {
		return r.Org
	}
	return r.For
}

// Void says where an event was declared wrong.
type Void struct {
	Entry uint64
	Item  int
}

// header is the part of a stored event that is read without decoding JSON.
//
//	byte   format = 3
//	byte   audience
//	byte   flags: 1 when the rules applied, 2 when one organisation recorded for another
//	uint64 seq + 1 of the error declaration, or 0
//	int64  record time, int64 event time, in milliseconds
//	[20]byte signer, [16]byte member, [16]byte organisation whose record it is
//	[16]byte organisation that recorded it, with flag 2
//	bytes  parties, type, step; each behind a uvarint length
//	       to the end, packed with common as the dictionary: outcome (JSON) behind its
//	       uvarint length, fact (JSON)
type header struct {
	access
	managed    bool
	voidedBy   uint64
	recorded   ledger.Time
	happened   ledger.Time
	signer     ledger.Address
	member     ledger.ID
	kind, step []byte
	packed     []byte // outcome and fact
}

// common is what outcomes and facts have in common.
var common = disk.NewDictionary([]byte(`{"org":"","member":"","on_behalf":"","transformation":"urn:","process":"","parent":"https://id.gs1.org/00/","children":["https://id.gs1.org/01/0/21/"],"type":"TransformationEvent","inputs":[{"id":"https://id.gs1.org/01/0/10/","qty":"1 KGM"}],"outputs":[{"id":"https://id.gs1.org/01/0/10/","qty":"1 KGM"}],"type":"AggregationEvent","from":[{"type":"possessing_party","id":"https://id.gs1.org/417/"}],"to":[{"type":"owning_party","id":"https://id.gs1.org/417/"}],"error":{"time":"2026-01-01T00:00:00Z","reason":"incorrect_data"},"flags":[{"kind":"yield"}],"voids":"urn:uuid:","audience":"parties","audience":"org","action":"DELETE","action":"OBSERVE","step":"harvesting","step":"shipping","step":"receiving","step":"packing","step":"inspecting","disposition":"in_transit","disposition":"in_progress","managed":true,"parties":["00000000-0000-4000-8000-000000000000"],"edges":[{"from":"https://id.gs1.org/01/0/10/","to":"https://id.gs1.org/01/0/10/","kind":"transformed","qty":"1 KGM","made":"1 KGM"}],"balances":[{"id":"https://id.gs1.org/01/0/10/","holder":"","quantity":"1 KGM"}]}{"event":"urn:uuid:00000000-0000-4000-8000-000000000000","hash":"ni:///sha-256;00?ver=CBV2.0","payload":"bafkrei","audience":"public","type":"ObjectEvent","action":"ADD","step":"commissioning","disposition":"active","time":"2026-01-01T00:00:00.000Z","zone":"+07:00","objects":[{"id":"https://id.gs1.org/01/0/10/","qty":"1 KGM"}],"read_point":"https://id.gs1.org/414/0","location":"https://id.gs1.org/414/0"}`))

const (
	recordFormat = 3
	recordFixed  = 95      // bytes before the first length, at most
	recordPacked = 8 << 20 // bytes of outcome and fact, at most

	flagManaged = 1
	flagAgent   = 2
)

func (h *header) encode() []byte {
	b := make([]byte, 0, recordFixed+16+len(h.parties)+len(h.kind)+len(h.step)+len(h.packed))
	b = append(b, recordFormat, h.audience, 0)
	if h.managed {
		b[2] |= flagManaged
	}
	if !h.agent.IsZero() {
		b[2] |= flagAgent
	}
	b = binary.BigEndian.AppendUint64(b, h.voidedBy)
	b = binary.BigEndian.AppendUint64(b, uint64(h.recorded))
	b = binary.BigEndian.AppendUint64(b, uint64(h.happened))
	b = append(b, h.signer[:]...)
	b = append(b, h.member[:]...)
	b = append(b, h.org[:]...)
	if !h.agent.IsZero() {
		b = append(b, h.agent[:]...)
	}
	b = appendBytes(b, h.parties)
	b = appendBytes(b, h.kind)
	b = appendBytes(b, h.step)
	return append(b, h.packed...)
}

// pack is what unpack reads.
func (h *header) pack(outcome, fact []byte) {
	b := appendBytes(make([]byte, 0, len(outcome)+len(fact)+binary.MaxVarintLen32), outcome)
	h.packed = common.Pack(append(b, fact...))
}

func (h *header) unpack() (outcome, fact []byte, err error) {
	b, err := common.Unpack(h.packed, recordPacked)
	if err != nil {
		return nil, nil, corrupt(err)
	}
	r := reader{b: b}
	outcome = r.bytes()
	return outcome, r.b, r.err()
}

// decodeHeader reads a stored event; the header shares its bytes.
func decodeHeader(b []byte) (header, error) {
	var h header
	r := reader{b: b}
	if r.byte() != recordFormat {
		return h, corrupt(errCut)
	}
	h.audience = r.byte()
	flags := r.byte()
	h.managed = flags&flagManaged != 0
	h.voidedBy = r.uint64()
	h.recorded, h.happened = ledger.Time(r.uint64()), ledger.Time(r.uint64())
	copy(h.signer[:], r.take(20))
	copy(h.member[:], r.take(16))
	copy(h.org[:], r.take(16))
	if flags&flagAgent != 0 {
		copy(h.agent[:], r.take(16))
	}
	h.parties = r.bytes()
	h.kind, h.step = r.bytes(), r.bytes()
	h.packed = r.b
	return h, r.err()
}

func (h *header) record(s seq) (*Record, error) {
	rec := &Record{Entry: s.entry(), Item: s.item(), Time: h.recorded, Signer: h.signer, Member: h.member, Org: h.org}
	if !h.agent.IsZero() {
		rec.Org, rec.For = h.agent, h.org
	}
	if h.voidedBy > 0 {
		by := seq(h.voidedBy - 1)
		rec.Voided = &Void{by.entry(), by.item()}
	}
	outcome, fact, err := h.unpack()
	if err != nil {
		return nil, err
	}
	if err := trace.Decode(fact, &rec.Fact); err != nil {
		return nil, corrupt(err)
	}
	if err := trace.Decode(outcome, &rec.Outcome); err != nil {
		return nil, corrupt(err)
	}
	return rec, nil
}

func recordKey(s seq) []byte { return key('e', be64(uint64(s))) }

// headerAt reads an event's header; ok is false when there is none. It shares no
// memory with the store.
func headerAt(txn *badger.Txn, s seq) (h header, ok bool, err error) {
	v, err := get(txn, recordKey(s))
	if err != nil || v == nil {
		return h, false, err
	}
	h, err = decodeHeader(v)
	return h, err == nil, err
}

// recordAt reads an event for a viewer; nil when there is none, or none that the
// viewer may read.
func recordAt(txn *badger.Txn, v Viewer, s seq) (*Record, error) {
	h, ok, err := headerAt(txn, s)
	if err != nil || !ok || !v.may(h.access) {
		return nil, err
	}
	return h.record(s)
}

// eventSeqs are the seqs that an event identifier stands for: its first record,
// then its error declaration.
func (x *Index) eventSeqs(txn *badger.Txn, event string) ([]seq, error) {
	h := hashOf(event)
	v, err := x.find(txn, key('i', h[:]))
	if err != nil {
		return nil, err
	}
	var list []seq
	for ; len(v) >= 8; v = v[8:] {
		list = append(list, seq(binary.BigEndian.Uint64(v)))
	}
	return list, nil
}
