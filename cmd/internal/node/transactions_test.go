package node_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/epcis"
)

// submit posts a transaction that was signed elsewhere.
func (s *site) submit(token string, body []byte) *answer {
	s.Helper()
	return s.call(http.MethodPost, "/api/v1/transactions", token, header{"Content-Type", "application/json"}, body)
}

// refused ends unless the answer is that status for a reason in words, and nothing
// was recorded since the register had that size.
func (s *site) refused(t testing.TB, a *answer, size uint64, status int, field string) {
	t.Helper()
	if a.StatusCode != status {
		t.Errorf("got %s, want %d", a, status)
		return
	}
	if p := a.problem(t); p.Detail == "" || p.Field != field {
		t.Errorf("field %q, want %q: %s", p.Field, field, a)
	}
	if s.Ledger.Size() != size {
		t.Errorf("%d entries were recorded", s.Ledger.Size()-size)
	}
}

// fact uploads an event's document and returns its fact.
func (s *site) fact(p *party, a ledger.Audience, e event) trace.Fact {
	s.Helper()
	b := documentOf(e)
	doc, err := epcis.DecodeDocument(b, epcis.DefaultLimits)
	if err != nil {
		s.Fatal(err)
	}
	return trace.FactOf(&doc.Events[0], s.upload(p.token, b, false), a)
}

func TestTransactions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a, b := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Công ty B", ledger.KindDistributor)
	suspended, revoked := s.admit("Công ty C", ledger.KindDistributor), s.admit("Công ty D", ledger.KindDistributor)
	s.direct(s.operator, trace.ActionStand, trace.Standing{Org: suspended.org, Suspended: true, Reason: "Mất phép"})
	next, err := account.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	s.enrol(revoked.identity, ledger.Enrolment{Member: revoked.member, Org: revoked.org, Key: ledger.AddressOf(&next.PublicKey), Roles: ledger.Roles})
	s.direct(revoked.token, trace.ActionRevoke, trace.KeyRevocation{Key: revoked.identity.Address, Reason: "Mất máy"})
	key, err := account.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	stranger := &party{key: key, prefix: a.prefix}
	place := func(p *party) trace.Place {
		return trace.Place{ID: keyID("414", p.prefix+"00009"), Kind: trace.PlaceShop, Commune: "07234"}
	}
	body := func(p *party, change ...func(*submission)) []byte {
		return s.signed(p, trace.RegistryContract, trace.ActionPlace, place(p), change...)
	}
	foreign := func() []byte { // signed for another register
		data := trace.Encode(place(a))
		tx, err := ledger.Sign(ledger.Hash{1}, a.key, trace.RegistryContract, trace.ActionPlace, trace.DirectorySummary(trace.ActionPlace, 1), []ledger.Item{ledger.NewItem(data)}, uint64(time.Now().Add(time.Hour).Unix()))
		if err != nil {
			t.Fatal(err)
		}
		out, err := json.Marshal(submissionOf(tx))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	other := func(digits string) string { // one digit changed
		last := "0"
		if strings.HasSuffix(digits, "0") {
			last = "1"
		}
		return digits[:len(digits)-1] + last
	}
	tests := []struct {
		name   string
		body   []byte
		status int
		field  string
	}{
		{"unsigned", body(a, func(x *submission) { x.Signature = strings.Repeat("0", 130) }), 401, "signature"},
		{"no signature", body(a, func(x *submission) { x.Signature = "" }), 400, "signature"},
		{"not hexadecimal", body(a, func(x *submission) { x.Signature = strings.Repeat("x", 130) }), 400, "signature"},
		{"badly signed", body(a, func(x *submission) { x.Signature = strings.Repeat("f", 128) + "1b" }), 401, "signature"},
		{"expired", body(a, func(x *submission) { x.Expiry = 1 }), 400, "expiry"},
		{"changed item", body(a, func(x *submission) { x.Items[0].Data = strings.Replace(x.Items[0].Data, "shop", "port", 1) }), 401, ""},
		{"changed salt", body(a, func(x *submission) { x.Items[0].Salt = other(x.Items[0].Salt) }), 401, ""},
		{"changed summary", body(a, func(x *submission) { x.Summary = "Khai báo một địa điểm" }), 400, "summary"},
		{"changed nonce", body(a, func(x *submission) { x.Nonce = other(x.Nonce) }), 401, ""},
		{"changed action", body(a, func(x *submission) { x.Action = trace.ActionErase }), 400, "summary"},
		{"no such contract", body(a, func(x *submission) { x.Contract = "elsewhere" }), 400, "contract"},
		{"item too many", body(a, func(x *submission) { x.Items = append(x.Items, x.Items[0]) }), 400, "summary"},
		{"unknown key", body(stranger), 401, ""},
		{"another register", foreign(), 401, ""},
		{"suspended organisation", body(suspended), 403, ""},
		{"revoked key", body(revoked), 403, ""},
		{"another's prefix", s.signed(b, trace.RegistryContract, trace.ActionPlace, place(a)), 403, "items[0].id"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s.refused(t, s.submit(a.token, test.body), s.Ledger.Size(), test.status, test.field)
		})
	}
	t.Run("replayed", func(t *testing.T) {
		valid := body(a)
		first := s.must(s.submit(a.token, valid), http.StatusCreated)
		size := s.Ledger.Size()
		again := s.must(s.submit(b.token, valid), http.StatusCreated) // whoever brings it
		if string(first.body) != string(again.body) || s.Ledger.Size() != size {
			t.Errorf("the same transaction has two answers:\n%s\n%s", first, again)
		}
	})
	t.Run("after suspension", func(t *testing.T) { // a token does no more than its organisation
		s.refused(t, s.record(suspended.token, trace.RegistryContract, trace.ActionPlace, place(suspended)), s.Ledger.Size(), 403, "")
		s.refused(t, s.call("POST", "/api/v1/payloads", suspended.token, nil, []byte("x")), s.Ledger.Size(), 403, "")
		s.refused(t, s.call("POST", "/api/v1/payloads", revoked.token, nil, []byte("x")), s.Ledger.Size(), 403, "")
	})
}

// TestNamedPayloads: a transaction names what is here and its signer's to name.
func TestNamedPayloads(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a, b := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Công ty B", ledger.KindDistributor)
	household := s.admit("Nguyễn Văn Kín", ledger.KindHousehold)
	org, err := s.Index.Organisation(t.Context(), operatorView, household.org)
	if err != nil {
		t.Fatal(err)
	}
	sealed := payloadOf(t, s, household)
	if org.Profile == nil || sealed == "" {
		t.Fatal("the household has no profile")
	}
	product := s.product(a, 1, trace.Text{VI: "Vải thiều"})
	event := s.commission(s.lot(product, "L1"), 10)
	fact := s.fact(a, ledger.Own, event)
	const nowhere = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
	own := trace.Product{ID: keyID("01", "0"+b.prefix+"00001"), Unit: "KGM", Tolerance: trace.Ratio{Num: 1, Den: 100}, HardCap: trace.Ratio{Num: 1, Den: 10}}
	described := func(d trace.Describes) trace.Product { p := own; p.Profile = &d; return p }
	changed := func(f func(*trace.Fact)) trace.Fact { c := fact; f(&c); return c }
	secret := s.upload(a.token, []byte("a contract between a and nobody else"), true)

	photo := s.upload(b.token, []byte("a photo"), false)
	unnamed := *s.describe(b.token, trace.Profile{Name: trace.Text{VI: "Kín"}, Image: photo}, true)
	misnamed := *s.describe(b.token, trace.Profile{Name: trace.Text{VI: "Hở"}, Image: photo}, false)
	misnamed.Image = s.upload(b.token, []byte("another photo"), false)

	facts := []struct {
		name string
		fact trace.Fact
	}{
		{"not here", changed(func(f *trace.Fact) { f.Payload = nowhere })},
		{"no document", changed(func(f *trace.Fact) { f.Payload = s.upload(a.token, []byte("{}"), false) })},
		{"sealed", changed(func(f *trace.Fact) { f.Payload = sealed })},
		{"another event", changed(func(f *trace.Fact) { f.Event = "urn:x:y" })},
		{"another hash", changed(func(f *trace.Fact) { f.Hash = strings.Replace(f.Hash, "a", "b", 1) + "0" })},
		{"another step", changed(func(f *trace.Fact) { f.Step = "packing" })},
		{"another quantity", changed(func(f *trace.Fact) {
			q, err := trace.ParseQuantity("11", "KGM")
			if err != nil {
				t.Fatal(err)
			}
			f.Objects = []trace.Stock{{ID: f.Objects[0].ID, Quantity: &q}}
		})},
	}
	for _, test := range facts {
		t.Run("fact "+test.name, func(t *testing.T) {
			s.refused(t, s.submit(a.token, s.signed(a, trace.Contract, trace.ActionCapture, test.fact)), s.Ledger.Size(), 400, "items[0].payload")
		})
	}
	items := []struct {
		name, contract, action string
		item                   any
		field                  string
	}{
		{"not here", trace.RegistryContract, trace.ActionProduct, described(trace.Describes{Payload: nowhere}), "items[0].profile.payload"},
		{"a household's, as its own", trace.RegistryContract, trace.ActionProduct, described(trace.Describes{Payload: sealed, Sealed: true}), "items[0].profile.payload"},
		{"a household's, for everybody", trace.RegistryContract, trace.ActionProduct, described(trace.Describes{Payload: sealed}), "items[0].profile.payload"},
		{"with a picture that it does not name", trace.RegistryContract, trace.ActionProduct, described(unnamed), "items[0].profile.image"},
		{"with another picture than it names", trace.RegistryContract, trace.ActionProduct, described(misnamed), "items[0].profile.image"},
		{"dataset not here", market.DatasetContract, market.ActionPublish, release(nowhere, nowhere), "items[0].description"},
		{"dataset of a household", market.DatasetContract, market.ActionPublish, release(sealed, sealed), "items[0].description"},
		{"dataset of sealed bytes", market.DatasetContract, market.ActionPublish, release(s.upload(b.token, []byte(`{"title":{"vi":"x"}}`), false), secret), "items[0].files[0].cid"},
	}
	for _, test := range items {
		t.Run(test.name, func(t *testing.T) {
			s.refused(t, s.record(b.token, test.contract, test.action, test.item), s.Ledger.Size(), 400, test.field)
		})
	}
	// The true fact is taken, and the list of events works on.
	s.must(s.submit(b.token, s.signed(a, trace.Contract, trace.ActionCapture, fact)), http.StatusCreated)
	if list := s.allEvents("/epcis/events", a.token); len(list) != 1 {
		t.Errorf("%d events", len(list))
	}
	// Who describes something by a payload may erase it: so nobody does by another's.
	open := s.fact(a, ledger.Public, s.commission(s.lot(product, "L2"), 10))
	s.must(s.submit(a.token, s.signed(a, trace.Contract, trace.ActionCapture, open)), http.StatusCreated)
	public := open.Payload
	s.refused(t, s.record(b.token, trace.RegistryContract, trace.ActionProduct, described(trace.Describes{Payload: public})), s.Ledger.Size(), 400, "items[0].profile.payload")
	pictured := *s.describe(b.token, trace.Profile{Name: trace.Text{VI: "Bưởi"}, Image: public}, false)
	pictured.Image = public
	s.refused(t, s.record(b.token, trace.RegistryContract, trace.ActionProduct, described(pictured)), s.Ledger.Size(), 400, "items[0].profile.image")
	// What the register knows under one organisation's audience is not another's to publish.
	s.refused(t, s.record(b.token, market.DatasetContract, market.ActionPublish, release(fact.Payload, fact.Payload)), s.Ledger.Size(), 400, "items[0].description")
}

func release(description, file string) market.Release {
	return market.Release{
		Dataset: ledger.NewID(), Version: 1, Licence: "https://creativecommons.org/publicdomain/zero/1.0/", Description: description,
		Files: []market.File{{Name: "a.csv", Media: "text/csv", Bytes: 1, CID: file}},
	}
}

// payloadOf is the payload of an organisation's profile, off its admission.
func payloadOf(t testing.TB, s *site, p *party) string {
	t.Helper()
	for e, err := range s.Ledger.Entries(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Tx.Header.Action == trace.ActionAdmit {
			var in trace.Admission
			if err := trace.Decode(e.Tx.Items[0].Data, &in); err != nil {
				t.Fatal(err)
			}
			if in.Org.ID == p.org {
				return in.Org.Profile.Payload
			}
		}
		if e.Index+1 == s.Ledger.Size() {
			break
		}
	}
	return ""
}
