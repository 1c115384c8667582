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
		{Member: member, Org: org}, {Member: member, Org: org, Roles: ledger.Roles, Revoked: true}, {Roles: ledger.Roles[:1]},
	} {
		if got, ok := again[keyRecord](k.encode()); !ok || !reflect.DeepEqual(got, k) {
			t.Errorf("%+v is %+v", k, got)
		}
	}
	for _, o := range []orgRecord{{}, {Kind: ledger.KindCoop, Suspended: true}, {Kind: ledger.KindCoop, Host: "Org2MSP"}, {Kind: ledger.KindOperator}} {
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
	f.Add(keyRecord{Roles: ledger.Roles}.encode())
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
		if v, ok := again[orgRecord](b); ok {
			if got, ok := again[orgRecord](v.encode()); !ok || got != v {
				t.Errorf("%+v is %+v", v, got)
			}
		}
	})
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
