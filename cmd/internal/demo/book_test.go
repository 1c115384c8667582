package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// An organisation's day is one document, unless that would put an effect before
// its cause.
func TestSheets(t *testing.T) {
	s := season{2026}
	farm, house := &org{key: "farm"}, &org{key: "house"}
	a, c := lot(code("HV01", 1), "A"), lot(code("HV01", 1), "C")
	about := func(id trace.ID) event { return event{amounts: []amount{count(id, 1)}} }
	hour := func(h int) time.Time { return s.at(time.June, 8, h, 0) }
	for _, c := range []struct {
		name string
		fill func(*book)
		want string // events of each document
	}{
		{"a day of one", func(b *book) {
			b.record(farm, ledger.Public, hour(6), about(a))
			b.record(house, ledger.Public, hour(7), about(c))
			b.record(farm, ledger.Public, hour(8), about(a))
		}, "farm 2, house 1"},
		{"noted out of order", func(b *book) {
			b.record(house, ledger.Public, hour(9), about(a))
			b.record(farm, ledger.Public, hour(6), about(a))
		}, "farm 1, house 1"},
		{"there and back", func(b *book) {
			b.record(farm, ledger.Public, hour(6), about(a))
			b.record(house, ledger.Public, hour(7), about(a))
			b.record(farm, ledger.Public, hour(8), about(a))
		}, "farm 1, house 1, farm 1"},
		{"two audiences", func(b *book) {
			b.record(farm, ledger.Public, hour(6), about(a))
			b.record(farm, ledger.Own, hour(7), about(a))
		}, "farm 1, farm 1"},
		{"two days", func(b *book) {
			b.record(farm, ledger.Public, hour(6), about(a))
			b.record(farm, ledger.Public, hour(30), about(a))
		}, "farm 1, farm 1"},
		{"declared wrong", func(b *book) {
			was := b.record(farm, ledger.Public, hour(6), about(a))
			b.wrong(farm, ledger.Public, hour(7), was, about(a))
		}, "farm 1, farm 2"},
		{"something else between", func(b *book) {
			b.record(farm, ledger.Public, hour(6), about(a))
			b.then(hour(7), func(context.Context) error { return nil })
			b.record(farm, ledger.Public, hour(8), about(a))
		}, "farm 1, farm 1"},
		{"full", func(b *book) {
			for i := range maxDocument + 1 {
				b.record(farm, ledger.Public, hour(6).Add(minutes(i)), about(a))
			}
		}, "farm 40, farm 1"},
	} {
		var b book
		c.fill(&b)
		var got []string
		for _, s := range b.sheets() {
			if s.event != nil {
				got = append(got, fmt.Sprintf("%s %d", s.by.key, len(s.events)))
			}
		}
		if got := strings.Join(got, ", "); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestObject(t *testing.T) {
	o := object{{"z", 1}, {"empty", ""}, {"none", nil}, {"list", []string{}}, {"inner", object{}}, {"a", object{{"b", "c"}}}, {"zero", 0}, {"no", false}}
	b, err := json.Marshal(o)
	if want := `{"z":1,"a":{"b":"c"},"zero":0,"no":false}`; err != nil || string(b) != want {
		t.Errorf("%s, %v; want %s", b, err, want)
	}
}

// Every identifier is spelled so that it is read as the same one.
func TestWritten(t *testing.T) {
	o := &org{prefix: "9521234", issuer: "HTXN"}
	made := lot(o.item(1), "VT260608-V1")
	for _, id := range []trace.ID{o.party(), o.site(1), o.unit(8), o.item(1), made, piece(made, 7), code("HV01", 0), lot(code("NGH1", 1001), "CG1"), trace.MustID(trace.NewEventID())} {
		for _, urns := range []bool{false, true} {
			s := written(id, urns)
			if back, err := trace.ParseID(s); err != nil || back != id {
				t.Errorf("%s is written %s and read as %s, %v", id, s, back, err)
			}
			if !strings.Contains(s, ":") {
				t.Errorf("%s is written %s, which is no URI", id, s)
			}
		}
	}
	if s := written(o.unit(8), true); !strings.HasPrefix(s, "urn:epc:id:sscc:9521234.") {
		t.Errorf("an SSCC is written %s", s)
	}
}

func TestPublishable(t *testing.T) {
	p, q := code("HV01", 1), code("HV01", 2)
	row := func(commune string, product trace.ID, kilos int64, growers int) HarvestRow {
		return HarvestRow{commune, product, trace.NewQuantity(kilos, 0, "KGM"), 1, growers}
	}
	got, left, err := publishable([]HarvestRow{row("A", p, 100, 3), row("B", p, 20, 2), row("C", p, 30, 1), row("A", q, 7, 2)})
	if err != nil || left != 1 || len(got) != 2 {
		t.Fatalf("%v, %d left out, %v", got, left, err)
	}
	if got[0] != row("A", p, 100, 3) {
		t.Errorf("the large commune is %v", got[0])
	}
	if want := (HarvestRow{otherCommunes, p, trace.NewQuantity(50, 0, "KGM"), 2, 3}); got[1] != want {
		t.Errorf("the others are %v, want %v", got[1], want)
	}
}
