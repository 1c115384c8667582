package traceability

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// TestSpelling compares records, of which every field is set, some or none, with what
// encoding/json makes of them, each way.
func TestSpelling(t *testing.T) {
	org, lot := ledger.ID{1, 0xab, 15: 0xff}, trace.MustID("https://id.gs1.org/01/09521234543213/10/L-1")
	urn, kilos := trace.MustID("urn:x:a'b&c"), trace.NewQuantity(-12505, 1, "KGM")
	whole := pieceRecord{Org: &org, In: &lot, To: &org, From: &ledger.ID{}, Gone: accSold, Use: "urn:uuid:1"}
	event := eventRecord{
		Content: digest([]byte("x")), Org: org, Void: true, Alone: true, Freed: []trace.ID{lot, urn}, Process: processKey + org.String(),
		Moves:  []move{{ID: lot, From: accMade, To: shipment(org, org), Qty: kilos, New: newFrom | newTo}, {ID: urn, To: inContainer(lot)}},
		Pieces: []placing{{ID: lot, Before: &whole, After: &pieceRecord{Org: &org}}, {ID: urn, After: &whole}},
	}
	odd := event
	odd.Content, odd.Process = "vải \"thiều\" \\ </b>\n", "\u2028\x00\x7f\xff"
	odd.Moves = []move{{ID: lot, From: "\t"}}
	for _, v := range []any{
		&event, &odd, &eventRecord{}, &eventRecord{Content: "h", Org: org},
		&originRecord{}, &originRecord{Event: "urn:uuid:1", Unit: "KGM", From: []string{lot.String(), "é"}, Opening: &opening{Org: org, Qty: kilos}},
		&originRecord{Event: "urn:uuid:1", Opening: &opening{}},
		&pieceRecord{}, &whole, &pieceRecord{Org: &org}, &pieceRecord{Gone: "ü"},
	} {
		want := strings.TrimSuffix(string(trace.Encode(v)), "\n")
		b := encode(v)
		if string(b) != want {
			t.Errorf("%+v is\n%s, want\n%s", v, b, want)
		}
		into := reflect.New(reflect.TypeOf(v).Elem())
		if _, piece := v.(*pieceRecord); piece {
			into = reflect.New(reflect.TypeOf(v))
		}
		same := reflect.New(into.Type().Elem())
		if err := decode(b, into.Interface()); err != nil {
			t.Errorf("%s: %v", b, err)
		}
		if err := json.Unmarshal(b, same.Interface()); err != nil || !reflect.DeepEqual(into.Interface(), same.Interface()) {
			t.Errorf("%s is read as %+v, want %+v, %v", b, into, same, err)
		}
	}
}

// FuzzDecode: whatever is read is what encoding/json reads.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"h":"x","o":"01ab00000000000000000000000000ff","v":true,"m":[{"i":"urn:x:1","f":"made","t":"sold","q":"5 KGM","n":3}],"p":[{"i":"urn:x:2","a":{"g":"sold"}}]}`,
		`{"e":"urn:uuid:1","u":"KGM","f":["a","b"],"q":{"o":"01ab00000000000000000000000000ff","n":"100 KGM"}}`,
		`{"o":"01ab00000000000000000000000000ff","i":"urn:x:1"}`, `{"m":[]}`, `null`, `{}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, made := range []func() any{
			func() any { return new(eventRecord) }, func() any { return new(originRecord) }, func() any { return new(*pieceRecord) },
		} {
			got, want := made(), made()
			err, wantErr := decode([]byte(s), got), json.Unmarshal([]byte(s), want)
			if (err == nil) != (wantErr == nil) || err == nil && !reflect.DeepEqual(got, want) {
				t.Errorf("%s is read as %+v, %v; want %+v, %v", s, got, err, want, wantErr)
			}
		}
	})
}
