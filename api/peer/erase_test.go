package peer_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/receipt"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/epcis"
	"github.com/sogoc/sogoc/trace/index"
)

// register records at a node, as the office of the node needs it.
type register struct{ *site }

func (r register) Signed(ctx context.Context, tx ledger.Tx) (*ledger.Entry, error) {
	e, err := r.ledger.Submit(ctx, tx)
	if err != nil {
		return nil, err
	}
	return e, r.index.Wait(ctx, e.Index+1)
}

// TestErasedPerson: the account of a household's only member is erased at its node.
// What is personal goes at the other node, too, and there as here everything that
// was signed still verifies.
func TestErasedPerson(t *testing.T) {
	const name = "Bà Nguyễn Thị Kín"
	p := newPair(t)
	home := p.Admit("household", ledger.KindHousehold)
	id, err := p.a.accounts.Keep(name, home.ID, home.OrgID(), home.Key)
	p.Must(err)
	plot, photo := home.GLN(2), p.a.put([]byte("ảnh của "+name), true)
	payload := p.a.put([]byte(`{"name":{"vi":"Vườn nhà `+name+`"},"image":"`+photo+`"}`), true)
	_, err = p.Directory(home.Member, trace.ActionPlace, trace.Place{
		ID: plot, Kind: trace.PlacePlot, Commune: "07234", Shown: true, Profile: &trace.Describes{Payload: payload, Sealed: true, Image: photo},
	})
	p.Must(err)
	lot := contracttest.Lot(p.Product(home, 1), "L1")
	document := []byte(`{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2026-06-03T07:30:00Z","epcisBody":{"eventList":[` +
		`{"type":"ObjectEvent","action":"ADD","bizStep":"commissioning","eventID":"urn:uuid:00000000-0000-4000-9000-000000000001","eventTime":"2026-06-03T07:30:00Z","eventTimeZoneOffset":"+07:00",` +
		`"quantityList":[{"epcClass":"` + lot.String() + `","quantity":100,"uom":"KGM"}],"bizLocation":{"id":"` + plot.String() + `"}}]}}`)
	doc, err := epcis.DecodeDocument(document, epcis.DefaultLimits)
	p.Must(err)
	made := trace.FactOf(&doc.Events[0], p.a.put(document, false), ledger.Public)
	p.Record(home, made)
	p.arrived(payload, photo, made.Payload)
	p.looked(0, 0)

	pages := []string{lot.Path(), lot.Path() + "?format=json", lot.Product().Path(), "/trace?id=" + url.QueryEscape(lot.String()), "/api/v1/organisations", "/ipfs/" + payload, "/ipfs/" + photo}
	told := func(s *site) (list []string) {
		for _, path := range pages {
			if _, b := s.get(path); strings.Contains(string(b), name) {
				list = append(list, path)
			}
		}
		if v, err := s.index.Place(t.Context(), index.Viewer{Operator: true}, plot); err != nil || v.Profile != nil {
			list = append(list, fmt.Sprintf("the place %+v, %v", v, err))
		}
		return list
	}
	for _, s := range []*site{p.a, p.b} {
		if len(told(s)) < 2 {
			t.Fatalf("%s says nothing of the household before", s.entry.Name)
		}
	}
	p.settled()
	_, before := p.b.get(fmt.Sprintf("/api/v1/receipts/%d", p.a.ledger.Size()-1))

	o := &office.Office{Accounts: p.a.accounts, Register: register{p.a}, Index: p.a.index, Ledger: p.a.ledger}
	stone, err := o.EraseAccount(t.Context(), id.Account, account.From{})
	p.Must(err)
	if _, err := p.a.accounts.Account(t.Context(), id.Account); ledger.CodeOf(err) != ledger.NotFound || stone.Hash.IsZero() {
		t.Errorf("the account: %v", err)
	}
	p.settled()
	for _, s := range []*site{p.a, p.b} {
		eventually(t, "the erasure at "+s.entry.Name, func() bool { return !s.holds(payload) && !s.holds(photo) })
		p.Must(s.index.Wait(t.Context(), p.a.ledger.Size()))
		if list := told(s); len(list) > 0 {
			t.Errorf("%s still tells: %v", s.entry.Name, list)
		}
		if _, b := s.get(lot.Path()); !strings.Contains(strings.ToLower(string(b)), "một hộ sản xuất") {
			t.Errorf("%s: %s", s.entry.Name, b)
		}
		if key, err := s.index.Key(t.Context(), id.Address); err != nil || key.Revoked == nil {
			t.Errorf("%s: the key is %+v, %v", s.entry.Name, key, err)
		}
		if _, err := receipt.Verify(s.trust(), before); err != nil {
			t.Errorf("%s: a receipt of before: %v", s.entry.Name, err)
		}
		for n := range s.ledger.Size() {
			code, b := s.get(fmt.Sprintf("/api/v1/receipts/%d", n))
			if code == http.StatusNotFound {
				continue // not everybody's
			}
			if v, err := receipt.Verify(s.trust(), b); err != nil {
				t.Errorf("%s: receipt %d: %+v, %v", s.entry.Name, n, v, err)
			}
		}
	}
	p.b.stop()
	p.b.run()
	p.looked(0, 0)
	if list := told(p.b); p.b.holds(payload) || p.b.holds(photo) || len(list) > 0 {
		t.Errorf("after a restart it is back: %v", list)
	}
}
