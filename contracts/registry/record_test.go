package registry

import (
	"reflect"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

func again[T any, P record[T]](b []byte) (T, bool) {
	v, err := decodeRecord[T, P](b)
	return v, err == nil
}

func TestRecords(t *testing.T) {
	org, member := ledger.ID{1, 15: 2}, ledger.ID{3}
	for _, k := range []keyRecord{
		{Member: member, Org: org}, {Member: member, Org: org, Revoked: true, Only: &leave{Actions: []string{"a/b", "c/d"}, Until: 1 << 50}}, {Only: &leave{Actions: []string{"a/b"}}},
	} {
		if got, ok := again[keyRecord](k.encode()); !ok || !reflect.DeepEqual(got, k) {
			t.Errorf("%+v is %+v", k, got)
		}
	}
	for _, m := range []memberRecord{{}, {Org: org, Roles: 1<<len(ledger.Roles) - 1, Suspended: true, Keys: 300}} {
		if got, ok := again[memberRecord](m.encode()); !ok || got != m {
			t.Errorf("%+v is %+v", m, got)
		}
	}
	for _, o := range []orgRecord{{}, {Kind: ledger.KindCoop, Suspended: true}, {Kind: ledger.KindCoop, Host: "Org2MSP", Admins: 300}, {Kind: ledger.KindOperator}} {
		if got, ok := again[orgRecord](o.encode()); !ok || got != o {
			t.Errorf("%+v is %+v", o, got)
		}
	}
	yield := trace.Ratio{Num: 1 << 62, Den: 7}
	for _, p := range []ProductRecord{
		{Org: org, Tolerance: trace.Ratio{Num: 0, Den: 1}, HardCap: trace.Ratio{Num: 300, Den: 1000}},
		{Org: org, Unit: "KGM", Tolerance: yield, HardCap: yield, Yield: &yield, Perennial: true, Makers: []ledger.ID{member, org}},
	} {
		b := p.encode()
		if got, ok := again[ProductRecord](b); !ok || !reflect.DeepEqual(got, p) {
			t.Errorf("%+v is %+v", p, got)
		}
		if got, ok := again[ProductRecord](b[:len(b)-1]); ok {
			t.Errorf("cut short it is %+v", got)
		}
	}
}

func FuzzRecords(f *testing.F) {
	yield := trace.Ratio{Num: 1, Den: 7}
	f.Add(ProductRecord{Unit: "KGM", Yield: &yield, Makers: []ledger.ID{{1}}}.encode())
	f.Add(keyRecord{Revoked: true, Only: &leave{Actions: []string{"a/b"}, Until: 300}}.encode())
	f.Add(memberRecord{Roles: 3, Keys: 1}.encode())
	f.Add(orgRecord{Kind: ledger.KindCoop}.encode())
	f.Add(orgRecord{Kind: ledger.KindCoop, Suspended: true, Host: "Org2MSP"}.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if v, ok := again[ProductRecord](b); ok {
			if got, ok := again[ProductRecord](v.encode()); !ok || !reflect.DeepEqual(got, v) {
				t.Errorf("%+v is %+v", v, got)
			}
		}
		if v, ok := again[keyRecord](b); ok {
			if got, ok := again[keyRecord](v.encode()); !ok || !reflect.DeepEqual(got, v) {
				t.Errorf("%+v is %+v", v, got)
			}
		}
		if v, ok := again[memberRecord](b); ok {
			if got, ok := again[memberRecord](v.encode()); !ok || got != v {
				t.Errorf("%+v is %+v", v, got)
			}
		}
		if v, ok := again[orgRecord](b); ok {
			if got, ok := again[orgRecord](v.encode()); !ok || got != v {
				t.Errorf("%+v is %+v", v, got)
			}
		}
	})
}

// TestRoles: a set has a bit a role, and nothing else.
func TestRoles(t *testing.T) {
	if len(ledger.Roles) > 8 {
		t.Fatal("a byte has no room for so many")
	}
	for i, role := range ledger.Roles {
		set, ok := rolesOf([]ledger.Role{role})
		for j, other := range ledger.Roles {
			if !ok || set.has(other) != (i == j) {
				t.Errorf("%s alone has %s: %v", role, other, set.has(other))
			}
		}
	}
	for _, list := range [][]ledger.Role{nil, {"king"}, {ledger.RoleAdmin, ledger.RoleAdmin}} {
		if set, ok := rolesOf(list); ok {
			t.Errorf("%v is the set %b", list, set)
		}
	}
}

// TestEveryActionHasWords of its own, which its signer is shown.
func TestEveryActionHasWords(t *testing.T) {
	said := map[string]string{}
	for name := range actions {
		words := trace.DirectorySummary(name, 7)
		if other, ok := said[words]; ok || words == "" {
			t.Errorf("%s says %q, as %s does", name, words, other)
		}
		said[words] = name
	}
}
