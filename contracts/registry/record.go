package registry

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Records of the state are read with nearly every transaction, and so are bytes
// rather than JSON. Each starts with a byte of flags; identifiers are their 16
// bytes; ratios are two uvarints.

// keyRecord is flags, member, organisation, and for a device's key what it is for.
type keyRecord struct {
	Member  ledger.ID
	Org     ledger.ID
	Revoked bool   // flag 1
	Only    *leave // flag 2 when set: a device's
}

// leave is what somebody may do in a member's name: until when, and the actions
// with commas between.
type leave struct {
	Actions []string
	Until   ledger.Time // 0 for no end
}

// covers reports whether the leave is for what a call does.
func (l leave) covers(c ledger.Call) bool { return slices.Contains(l.Actions, c.Contract+"/"+c.Action) }

// ended reports whether the leave's time is over.
func (l leave) ended(at ledger.Time) bool { return l.Until != 0 && at >= l.Until }

// memberRecord is flags, organisation, roles, and the number of keys.
type memberRecord struct {
	Org       ledger.ID
	Suspended bool // flag 1
	Roles     roles
	Keys      uint64 // that are in force, but for devices'
}

// administers reports whether the member counts as an administrator: by its role,
// and able to act.
func (m memberRecord) administers() bool {
	return m.Roles.has(ledger.RoleAdmin) && !m.Suspended && m.Keys > 0
}

// roles is a set of roles, a bit each in the order of ledger.Roles, which only grows.
type roles byte

// rolesOf is false where a role is unknown or named twice, or there is none.
func rolesOf(list []ledger.Role) (set roles, ok bool) {
	for _, r := range list {
		i := slices.Index(ledger.Roles, r)
		if i < 0 || set&(1<<i) != 0 {
			return 0, false
		}
		set |= 1 << i
	}
	return set, set != 0
}

func (r roles) has(role ledger.Role) bool {
	i := slices.Index(ledger.Roles, role)
	return i >= 0 && r&(1<<i) != 0
}

// orgRecord is flags, the host behind its length where it has one, the number of
// administrators, and kind.
type orgRecord struct {
	Kind      ledger.Kind
	Suspended bool   // flag 1
	Host      string // flag 2 when set
	Admins    uint64 // members that administer it
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
	b := append([]byte{flag(k.Revoked, 1) | flag(k.Only != nil, 2)}, k.Member[:]...)
	b = append(b, k.Org[:]...)
	if k.Only != nil {
		b = append(b, k.Only.encode()...)
	}
	return b
}

func (k *keyRecord) decode(r *fields) {
	flags := r.byte()
	k.Revoked = flags&1 != 0
	k.Member, k.Org = r.id(), r.id()
	if flags&2 != 0 {
		k.Only = new(leave)
		k.Only.decode(r)
	}
}

func (l leave) encode() []byte {
	return append(binary.AppendUvarint(nil, uint64(l.Until)), strings.Join(l.Actions, ",")...)
}

func (l *leave) decode(r *fields) {
	l.Until = ledger.Time(r.uvarint())
	l.Actions = strings.Split(string(r.take(len(r.b))), ",")
}

func (m memberRecord) encode() []byte {
	b := append([]byte{flag(m.Suspended, 1)}, m.Org[:]...)
	return binary.AppendUvarint(append(b, byte(m.Roles)), m.Keys)
}

func (m *memberRecord) decode(r *fields) {
	m.Suspended = r.byte()&1 != 0
	m.Org, m.Roles, m.Keys = r.id(), roles(r.byte()), r.uvarint()
}

func (o orgRecord) encode() []byte {
	b := []byte{flag(o.Suspended, 1) | flag(o.Host != "", 2)}
	if o.Host != "" {
		b = append(append(b, byte(len(o.Host))), o.Host...)
	}
	return append(binary.AppendUvarint(b, o.Admins), o.Kind...)
}

func (o *orgRecord) decode(r *fields) {
	flags := r.byte()
	o.Suspended = flags&1 != 0
	if flags&2 != 0 {
		o.Host = string(r.take(int(r.byte())))
	}
	o.Admins = r.uvarint()
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
	flags := r.byte()
	p.Perennial = flags&1 != 0
	p.Org = r.id()
	p.Unit = trace.Unit(r.take(int(r.byte())))
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

func (r *fields) byte() byte {
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
