package trace

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace/spelling"
)

// samples have every field set, some, or none.
func samples() []any {
	kilos, pieces := NewQuantity(12505, 1, "KGM"), NewQuantity(-7, 3, "")
	gtin := MustID("https://id.gs1.org/01/09521234543213")
	lot := MustID("https://id.gs1.org/01/09521234543213/10/L-1")
	place, urn := MustID("https://id.gs1.org/414/9521234000013"), MustID("urn:x:a'b&c")
	org := ledger.ID{1, 0xab, 15: 0xff}
	stocks := []Stock{{ID: lot, Quantity: &kilos}, {ID: gtin}}
	refs := []PartyRef{{Type: PartyOwning, ID: place}, {ID: urn}}
	full := Fact{
		Event: "urn:uuid:1", Hash: "ni:///x", Payload: "baf", Audience: ledger.Public, Type: AggregationEvent, Action: Add,
		Step: StepPacking, Disposition: "active", Time: 1780471800123, Zone: "+07:00", Objects: stocks, Parent: &urn,
		Inputs: stocks[:1], Outputs: stocks[1:], Process: "p", ReadPoint: &place, Location: &gtin, From: refs, To: refs[:1],
		Error: &ErrorDeclaration{Time: -1, Reason: "r", Corrections: []string{"a", ""}}, OnBehalf: &org, Wait: 14, Conformant: true,
	}
	odd := full
	odd.Event, odd.Step, odd.Zone, odd.Process = "vải \"thiều\" \\ </b>\n", "\u2028\x00\x7f", "\xff&", ""
	odd.Error, odd.Objects, odd.To = &ErrorDeclaration{}, nil, []PartyRef{}
	done := EventOutcome{
		Managed: true, Parties: []ledger.ID{org, {}}, Voids: "urn:uuid:1",
		Edges:    []Edge{{Kind: MadeInto, From: lot, To: urn, Quantity: &kilos, Made: &pieces}, {From: gtin, To: lot}},
		Balances: []Balance{{ID: lot, Holder: "in " + urn.String(), Quantity: pieces}, {ID: urn}},
		Flags:    []Flag{{ID: lot, Kind: FlagOver, Quantity: &kilos, Want: &pieces}, {ID: lot}, {ID: lot, Kind: FlagInterval, Harvested: 1780471800123, Safe: 1780531200000}},
	}
	return []any{
		Fact{}, full, &odd, &Fact{Event: "e", Error: &ErrorDeclaration{Time: 5}},
		EventOutcome{}, done, &EventOutcome{Duplicate: true}, &Outcome{Member: org, Events: []EventOutcome{done}},
		Outcome{}, Outcome{Member: org, Org: org, OnBehalf: &Principal{Member: org, Org: org}, Events: []EventOutcome{done, {}, {Duplicate: true}}},
		stocks[0], stocks[1], refs[0], PartyRef{},
	}
}

// TestEncodePlain compares with encoding/json.
func TestEncodePlain(t *testing.T) {
	for _, v := range samples() {
		got, ok := encodePlain(v)
		if want := spelling.JSON(v); !ok || !bytes.Equal(got, want) {
			t.Errorf("%t\n%s\n%s", ok, got, want)
		}
	}
	for _, v := range []any{struct{ Flag }{}, Recall{}, (*Fact)(nil), (*EventOutcome)(nil), (*Outcome)(nil)} {
		if b, ok := encodePlain(v); ok {
			t.Errorf("%T is %s", v, b)
		}
	}
}

// TestSamplesAreWhole sees that no field of the types is without a value in all
// samples: a field that is new has to be tried.
func TestSamplesAreWhole(t *testing.T) {
	set := map[string]bool{}
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer, reflect.Interface:
			if !v.IsNil() {
				walk(v.Elem())
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.Struct:
			for i := range v.NumField() {
				name := fmt.Sprint(v.Type(), ".", v.Type().Field(i).Name)
				set[name] = set[name] || !v.Field(i).IsZero()
				walk(v.Field(i))
			}
		}
	}
	walk(reflect.ValueOf(samples()))
	for name, ok := range set {
		if !ok {
			t.Errorf("no sample has %s", name)
		}
	}
	if len(set) < 50 {
		t.Errorf("only %d fields", len(set))
	}
}

// TestDecodePlain sees that the usual spelling is read without encoding/json.
func TestDecodePlain(t *testing.T) {
	for _, v := range samples() {
		data := spelling.JSON(v)
		plain := bytes.IndexFunc(data, func(r rune) bool { return r == '\\' || r < ' ' || r > '~' }) < 0
		for _, into := range []any{&Fact{}, &EventOutcome{}, &Outcome{}} {
			if reflect.Indirect(reflect.ValueOf(v)).Type() != reflect.TypeOf(into).Elem() {
				continue
			}
			if ok := decodePlain(data, into); ok != (plain && decodeAny(data, reflect.New(reflect.TypeOf(into).Elem()).Interface()) == nil) {
				t.Errorf("%t: %s", ok, data)
			}
		}
	}
}

// FuzzDecodePlain holds what is read plainly, and what is written, against
// encoding/json.
func FuzzDecodePlain(f *testing.F) {
	for _, v := range samples() {
		f.Add(spelling.JSON(v))
	}
	for _, s := range []string{`{"event":"","hash":"","payload":"","audience":"","type":"","action":"","time":"1970-01-01T00:00:00,000Z","zone":""}`, `{"parties":[]}`, `{"dup":false}`, `{}x`, `{"dup":true,}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		compare(t, data, &Fact{}, &Fact{})
		compare(t, data, &Outcome{}, &Outcome{})
		compare(t, data, &EventOutcome{}, &EventOutcome{})
	})
}

func compare(t *testing.T, data []byte, got, want any) {
	plain := decodePlain(data, got)
	err := decodeAny(data, want)
	switch {
	case plain && err != nil:
		t.Errorf("%T %s is read plainly, but %v", got, data, err)
	case plain && !reflect.DeepEqual(got, want):
		t.Errorf("%T %s is\n%+v plainly, and\n%+v", got, data, got, want)
	case err == nil && !bytes.Equal(Encode(want), data):
		t.Errorf("%T %s is written as %s", got, data, Encode(want))
	}
}

// FuzzEncodePlain writes facts of any words.
func FuzzEncodePlain(f *testing.F) {
	f.Add("urn:uuid:1", "packing", "vải </b>", int64(1780471800123), int64(-5), uint8(2))
	f.Add("\x00\x1f \"\\", "\u2028\u2029", "\xff\xc0", int64(-1), int64(1<<62), uint8(6))
	f.Fuzz(func(t *testing.T, event, step, reason string, at, coef int64, scale uint8) {
		q := NewQuantity(coef, scale%(MaxScale+1), "KGM")
		v := Fact{Event: event, Step: step, Time: ledger.Time(at), Objects: []Stock{{ID: ID{event}, Quantity: &q}},
			Error: &ErrorDeclaration{Reason: reason, Corrections: []string{step, reason}}}
		if got, want := Encode(v), spelling.JSON(v); !bytes.Equal(got, want) {
			t.Errorf("%s\n%s", got, want)
		}
	})
}

// FuzzQuantityText reads numbers with and without the general parser.
func FuzzQuantityText(f *testing.F) {
	for _, s := range []string{"0", "-0", "24", "1250.5 KGM", "0.000001 TNE", "1.0", "1.", ".5", "1.2.3", "1e3", "00", "999999999999999999 KGM", " KGM", "1 ", "1 kg"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, unit := range []Unit{"", "KGM", "kg"} {
			plain, ok := parsePlain(s, unit)
			want, err := ParseQuantity(s, unit)
			if ok && (err != nil || plain != want) {
				t.Errorf("%q %q is %v plainly, and %v, %v", s, unit, plain, want, err)
			}
		}
		if q, err := parseCanonical(s); err == nil && q.String() != s {
			t.Errorf("%q is %q", s, q)
		}
	})
}

func BenchmarkFact(b *testing.B) {
	f := samples()[1].(Fact)
	data := Encode(f)
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Encode(&f)
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var f Fact
			if err := Decode(data, &f); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode by encoding/json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var f Fact
			if err := decodeAny(data, &f); err != nil {
				b.Fatal(err)
			}
		}
	})
}
