package registry

import (
	"encoding/binary"
	"errors"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Records of the state are read with nearly every transaction, and so are bytes
// rather than JSON. Each starts with a byte of flags; identifiers are their 16
// bytes; ratios are two uvarints.

// keyRecord is flags, member, organisation, and the roles with commas between.
type keyRecord struct {
	Member  ledger.ID
	Org     ledger.ID
	Roles   []ledger.Role
	Revoked bool // flag 1
}

// orgRecord is flags, the host behind its length where it has one, and kind.
type orgRecord struct {
	Kind      ledger.Kind
	Suspended bool   // flag 1
	Host      string // flag 2 when set
}

// ProductRecord is a product as the rules need it: flags, organisation, the unit
// behind its length, tolerance, hard cap, the yield where there is one, makers.
type ProductRecord struct {
	Org       ledger.ID
	Unit      trace.Unit
	Tolerance trace.Ratio
	HardCap   trace.Ratio
	Yield     *trace.Ratio // flag 2 when set
	Perennial bool         // flag 1
	Makers    []ledger.ID
}

func (k keyRecord) encode() []byte {
	b := append([]byte{flag(k.Revoked, 1)}, k.Member[:]...)
	b = append(b, k.Org[:]...)
	for i, role := range k.Roles {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, role...)
	}
	return b
}

func (k *keyRecord) decode(r *fields) {
	k.Revoked = r.flags()&1 != 0
	k.Member, k.Org = r.id(), r.id()
	if rest := string(r.take(len(r.b))); rest != "" {
		k.Roles = make([]ledger.Role, 0, len(ledger.Roles))
		for role := range strings.SplitSeq(rest, ",") {
			k.Roles = append(k.Roles, ledger.Role(role))
		}
	}
}

func (o orgRecord) encode() []byte {
	b := []byte{flag(o.Suspended, 1) | flag(o.Host != "", 2)}
	if o.Host != "" {
		b = append(append(b, byte(len(o.Host))), o.Host...)
	}
	return append(b, o.Kind...)
}

func (o *orgRecord) decode(r *fields) {
	flags := r.flags()
	o.Suspended = flags&1 != 0
	if flags&2 != 0 {
		o.Host = string(r.take(int(r.flags())))
	}
	o.Kind = ledger.Kind(r.take(len(r.b)))
}

func (p ProductRecord) encode() []byte {
	b := append([]byte{flag(p.Perennial, 1) | flag(p.Yield != nil, 2)}, p.Org[:]...)
	b = append(append(b, byte(len(p.Unit))), p.Unit...)
	b = appendRatio(appendRatio(b, p.Tolerance), p.HardCap)
	if p.Yield != nil {
		b = appendRatio(b, *p.Yield)
	}
	for _, m := range p.Makers {
		b = append(b, m[:]...)
	}
	return b
}

func (p *ProductRecord) decode(r *fields) {
	flags := r.flags()
	p.Perennial = flags&1 != 0
	p.Org = r.id()
	p.Unit = trace.Unit(r.take(int(r.flags())))
	p.Tolerance, p.HardCap = r.ratio(), r.ratio()
	if flags&2 != 0 {
		yield := r.ratio()
		p.Yield = &yield
	}
	for len(r.b) > 0 {
		p.Makers = append(p.Makers, r.id())
	}
}

func flag(set bool, bit byte) byte {
	if set {
		return bit
	}
	return 0
}

func appendRatio(b []byte, r trace.Ratio) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(b, uint64(r.Num)), uint64(r.Den))
}

// fields takes fields off a record; after the first that is missing it yields zero
// values.
type fields struct {
	b   []byte
	bad bool
}

func (r *fields) take(n int) []byte {
	if n > len(r.b) {
		r.b, r.bad = nil, true
		return nil
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

func (r *fields) flags() byte {
	if v := r.take(1); v != nil {
		return v[0]
	}
	return 0
}

func (r *fields) id() (id ledger.ID) {
	copy(id[:], r.take(len(id)))
	return id
}

func (r *fields) ratio() trace.Ratio {
	num, den := r.uvarint(), r.uvarint()
	return trace.Ratio{Num: int64(num), Den: int64(den)}
}

func (r *fields) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.take(len(r.b) + 1)
		return 0
	}
	r.take(n)
	return v
}

// record is a pointer to a type of record.
type record[T any] interface {
	*T
	decode(*fields)
}

func decodeRecord[T any, P record[T]](b []byte) (v T, err error) {
	r := fields{b: b}
	if P(&v).decode(&r); r.bad {
		err = errors.New("it is cut short")
	}
	return v, err
}

// load reads what save wrote.
func load[T any, P record[T]](s ledger.StateReader, key string) (v T, ok bool, err error) {
	return ledger.Load(s, key, decodeRecord[T, P])
}

func save(s ledger.State, key string, v interface{ encode() []byte }) { s.Put(key, v.encode()) }

// loadID reads an identifier, which is text.
func loadID(s ledger.StateReader, key string) (id ledger.ID, ok bool, err error) {
	return ledger.Load(s, key, func(b []byte) (ledger.ID, error) { return ledger.ParseID(string(b)) })
}
