package capture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/ipfs/go-cid"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/ledger/content/store"
	"github.com/sogoc/sogoc/ledger/ledgertest"
	"github.com/sogoc/sogoc/trace"
)

// register records what is submitted, unless it is told to refuse.
type register struct {
	facts  []trace.Fact
	known  map[string]Known
	refuse error
	waited uint64
	stored func(string) bool
	t      *testing.T
}

func (r *register) Submit(_ context.Context, tx ledger.Tx) (*ledger.Entry, error) {
	if r.refuse != nil {
		return nil, r.refuse
	}
	e := &ledger.Entry{Index: uint64(len(r.known) + 10), Tx: tx}
	for _, it := range tx.Items {
		var f trace.Fact
		if err := trace.Decode(it.Data, &f); err != nil {
			return nil, err
		}
		if !r.stored(f.Payload) {
			r.t.Errorf("%s is recorded before its document is stored", f.Event)
		}
		r.facts = append(r.facts, f)
		r.known[f.Event] = Known{Hash: f.Hash, Void: f.Error != nil, Entry: e.Index}
	}
	return e, nil
}

func (r *register) Known(_ context.Context, id string) (Known, bool, error) {
	k, ok := r.known[id]
	return k, ok, nil
}

func (r *register) Wait(_ context.Context, height uint64) error {
	r.waited = height
	return nil
}

func newService(t *testing.T) (*Service, *register) {
	t.Helper()
	payloads, err := store.Open(store.Config{Dir: t.TempDir(), Log: ledgertest.Quiet()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { payloads.Close() })
	r := &register{t: t, known: map[string]Known{}, stored: func(s string) bool {
		c, err := content.Parse(s)
		if err != nil {
			return false
		}
		_, err = payloads.Stat(t.Context(), c)
		return err == nil
	}}
	return &Service{Ledger: r, Payloads: payloads, Events: r}, r
}

func signer(contract, action, summary string, items []ledger.Item) (ledger.Tx, error) {
	return ledger.Tx{Header: ledger.Header{Contract: contract, Action: action, Summary: summary}, Items: items}, nil
}

func event(n int, step string) string {
	return fmt.Sprintf(`{"type":"ObjectEvent","eventID":"urn:uuid:00000000-0000-4000-8000-%012d","eventTime":"2026-06-03T07:30:00.000+07:00","eventTimeZoneOffset":"+07:00","action":"OBSERVE","bizStep":%q,"epcList":["urn:epc:id:sgtin:4012345.011122.%d"]}`, n, step, n)
}

func declared(n int, step string) string {
	e := event(n, step)
	return e[:len(e)-1] + `,"errorDeclaration":{"declarationTime":"2026-06-04T07:30:00Z"}}`
}

func document(events ...string) []byte {
	var b bytes.Buffer
	b.WriteString(`{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2026-06-03T07:30:00Z","epcisBody":{"eventList":[`)
	for i, e := range events {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(e)
	}
	b.WriteString(`]}}`)
	return b.Bytes()
}

func id(n int) string { return fmt.Sprintf("urn:uuid:00000000-0000-4000-8000-%012d", n) }

// TestDuplicates: an event is recorded once, however often it is sent.
func TestDuplicates(t *testing.T) {
	s, r := newService(t)
	tests := []struct {
		name     string
		events   []string
		recorded []string // now
		entry    uint64
	}{
		{"two", []string{event(1, "packing"), event(2, "packing")}, []string{id(1), id(2)}, 10},
		{"again", []string{event(1, "packing"), event(2, "packing")}, nil, 10},
		{"one of them new", []string{event(2, "packing"), event(3, "packing")}, []string{id(3)}, 12},
		{"twice in a document", []string{event(4, "packing"), event(4, "packing")}, []string{id(4)}, 13},
		{"all old, of another entry", []string{event(4, "packing"), event(1, "packing")}, nil, 13},
		{"declared wrong", []string{declared(4, "packing")}, []string{id(4)}, 14},
		{"declared wrong again", []string{declared(4, "packing")}, nil, 14},
		{"with its declaration", []string{event(5, "packing"), declared(5, "packing")}, []string{id(5), id(5)}, 14},
	}
	for _, test := range tests {
		before := len(r.facts)
		got, err := s.Document(t.Context(), signer, document(test.events...), false, Terms{Audience: ledger.Own})
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		var recorded []string
		for _, f := range r.facts[before:] {
			recorded = append(recorded, f.Event)
			if f.Audience != ledger.Own {
				t.Errorf("%s: for %s", test.name, f.Audience)
			}
		}
		if !slices.Equal(recorded, test.recorded) || len(got.Events) != len(test.events) {
			t.Errorf("%s: recorded %v of %v, want %v", test.name, recorded, got.Events, test.recorded)
		}
		if got.Entry != test.entry {
			t.Errorf("%s: entry %d, want %d", test.name, got.Entry, test.entry)
		}
		if len(recorded) > 0 && r.waited != got.Entry+1 {
			t.Errorf("%s: answered at height %d", test.name, r.waited)
		}
	}
}

// TestConflict: an identifier with other content goes to the contract, which
// refuses it; it is not taken for the event that is known.
func TestConflict(t *testing.T) {
	s, r := newService(t)
	if _, err := s.Document(t.Context(), signer, document(event(1, "packing")), false, Terms{Audience: ledger.Public}); err != nil {
		t.Fatal(err)
	}
	r.refuse = ledger.FieldErrorf(ledger.Conflict, "items[0].event", "is recorded with other content")
	_, err := s.Document(t.Context(), signer, document(event(1, "shipping")), false, Terms{Audience: ledger.Public})
	wantField(t, err, ledger.Conflict, "eventList[0].eventID")
}

func wantField(t *testing.T, err error, code ledger.Code, field string) {
	t.Helper()
	var e *ledger.Error
	if !errors.As(err, &e) || e.Code != code || e.Field != field {
		t.Errorf("got %#v, want %s of %q", err, code, field)
	}
}

// TestFields: a refusal names the event and the field as the document has them.
func TestFields(t *testing.T) {
	for _, test := range []struct{ refused, inDocument, alone string }{
		{"items[0].event", "eventList[1].eventID", "eventID"},
		{"items[1].time", "eventList[2].eventTime", "eventTime"},
		{"items[0].objects", "eventList[1].epcList", "epcList"},
		{"items[0].parent", "eventList[1].parentID", "parentID"},
		{"items[0].to", "eventList[1].destinationList", "destinationList"},
		{"items[0].from", "eventList[1].sourceList", "sourceList"},
		{"items[0].qty", "eventList[1].quantityList", "quantityList"},
		{"items[0].error.time", "eventList[1].errorDeclaration.declarationTime", "errorDeclaration.declarationTime"},
		{"items[0].error.reason", "eventList[1].errorDeclaration", "errorDeclaration"},
		{"items[0].inputs[3]", "eventList[1].inputs[3]", "inputs[3]"},
		{"items[0]", "eventList[1]", ""},
		{"items[7].event", "items[7].event", "items[7].event"},
		{"signature", "signature", "signature"},
		{"", "", ""},
	} {
		s, r := newService(t)
		r.known[id(1)] = Known{Hash: hashOf(t, event(1, "packing"))}
		r.refuse = ledger.FieldErrorf(ledger.Forbidden, test.refused, "because")
		// The first is known, so the first item is the document's second event.
		_, err := s.Document(t.Context(), signer, document(event(1, "packing"), event(2, "packing"), event(3, "packing")), false, Terms{Audience: ledger.Public})
		wantField(t, err, ledger.Forbidden, test.inDocument)
		if test.refused == "items[1].time" {
			continue
		}
		single := event(4, "packing")
		single = `{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],` + single[1:]
		_, err = s.Document(t.Context(), signer, []byte(single), true, Terms{Audience: ledger.Public})
		wantField(t, err, ledger.Forbidden, test.alone)
	}
	s, r := newService(t)
	r.refuse = io.ErrUnexpectedEOF
	if _, err := s.Document(t.Context(), signer, document(event(1, "packing")), false, Terms{Audience: ledger.Public}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v", err)
	}
}

// hashOf is an event's hash.
func hashOf(t *testing.T, e string) string {
	t.Helper()
	s, r := newService(t)
	if _, err := s.Document(t.Context(), signer, document(e), false, Terms{Audience: ledger.Public}); err != nil {
		t.Fatal(err)
	}
	return r.facts[0].Hash
}

// TestRefused: nothing is stored of what is refused at the door, and what fails
// on the way is the caller's error.
func TestRefused(t *testing.T) {
	s, r := newService(t)
	_, err := s.Document(t.Context(), signer, document(), false, Terms{Audience: ledger.Public})
	wantField(t, err, ledger.Invalid, "eventList")
	if _, err := s.Document(t.Context(), signer, document(event(1, "packing"), `{"type":"ObjectEvent"}`), false, Terms{Audience: ledger.Public}); ledger.CodeOf(err) != ledger.Invalid {
		t.Errorf("%v", err)
	}
	mute := errors.New("no key")
	_, err = s.Document(t.Context(), func(string, string, string, []ledger.Item) (ledger.Tx, error) { return ledger.Tx{}, mute }, document(event(1, "packing")), false, Terms{Audience: ledger.Public})
	if !errors.Is(err, mute) {
		t.Errorf("%v", err)
	}
	if len(r.facts) != 0 {
		t.Errorf("recorded %v", r.facts)
	}
}

// TestSigned: a fact that was signed elsewhere is its document's.
func TestSigned(t *testing.T) {
	s, r := newService(t)
	if _, err := s.Document(t.Context(), signer, document(event(1, "packing")), false, Terms{Audience: ledger.Public}); err != nil {
		t.Fatal(err)
	}
	fact := r.facts[0]
	submit := func(change func(*trace.Fact)) error {
		f := fact
		change(&f)
		tx, err := signer(trace.Contract, trace.ActionCapture, "", []ledger.Item{ledger.NewItem(trace.Encode(f))})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Signed(t.Context(), tx)
		return err
	}
	member := ledger.NewID()
	for name, change := range map[string]func(*trace.Fact){
		"as it is":             func(*trace.Fact) {},
		"for another audience": func(f *trace.Fact) { f.Audience = ledger.Own },
		"on somebody's behalf": func(f *trace.Fact) { f.OnBehalf = &member },
	} {
		if err := submit(change); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	put := func(b []byte, o content.Options) string {
		ref, err := s.Payloads.(*store.Store).Put(t.Context(), bytes.NewReader(b), o)
		if err != nil {
			t.Fatal(err)
		}
		return ref.CID.String()
	}
	for name, payload := range map[string]string{
		"no CID":      "x",
		"not here":    content.Raw([]byte("elsewhere")).String(),
		"no document": put([]byte("hello"), content.Options{}),
		"two events":  put(document(event(1, "packing"), event(2, "packing")), content.Options{}),
		"other event": put(document(event(2, "packing")), content.Options{}),
		"sealed":      put(document(event(1, "packing")), content.Options{Sealed: true}),
		"too large":   put(append(document(event(1, "packing")), bytes.Repeat([]byte(" "), 8<<20)...), content.Options{}),
	} {
		wantNamed(t, name, submit(func(f *trace.Fact) { f.Payload = payload }))
	}
	wantNamed(t, "another interval", submit(func(f *trace.Fact) { f.Wait = 14 }))
	wantNamed(t, "declared safe", submit(func(f *trace.Fact) { f.Conformant = true }))
	c, err := cid.Decode(fact.Payload)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Payloads.(*store.Store).Erase(t.Context(), c, "requested", 1); err != nil {
		t.Fatal(err)
	}
	wantNamed(t, "erased", submit(func(*trace.Fact) {}))
	tx, err := signer("registry", "place", "", []ledger.Item{ledger.NewItem([]byte("not a fact"))})
	if err != nil {
		t.Fatal(err)
	}
	r.refuse = ledger.Errorf(ledger.Forbidden, "the contract's word")
	if _, err := s.Signed(t.Context(), tx); ledger.CodeOf(err) != ledger.Forbidden {
		t.Errorf("what is no capture is the contract's to judge: %v", err)
	}
}

func wantNamed(t *testing.T, name string, err error) {
	t.Helper()
	var e *ledger.Error
	if !errors.As(err, &e) || e.Code != ledger.Invalid || e.Field != "items[0].payload" {
		t.Errorf("%s: %v", name, err)
	}
}
