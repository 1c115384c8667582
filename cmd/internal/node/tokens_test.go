package node_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
)

var tokenText = regexp.MustCompile(`sg_[A-Za-z0-9_-]{64}`)

// TestTokenPages: a person makes a token, sees it once, and revokes it.
func TestTokenPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	id, b := s.member("hoa", coop, ledger.RoleAdmin, ledger.RoleRecorder)
	s.must(b.get("/account/tokens/new"), http.StatusOK)
	ask := []string{"name", "Phần mềm kho", "member", id.Member.String(), "scopes", "read", "scopes", "record", "expires", "30"}
	made := s.must(b.post("/account/tokens/new", ask...), http.StatusOK)
	token := string(tokenText.Find(made.body))
	if token == "" || !strings.Contains(made.Header.Get("Cache-Control"), "no-store") {
		t.Fatalf("no token, or one that is kept: %v %s", made.Header, made)
	}
	for _, path := range []string{"/account/tokens", "/account/tokens/new", "/me"} {
		if page := s.must(b.get(path), http.StatusOK); strings.Contains(string(page.body), token) {
			t.Errorf("%s shows the token again", path)
		}
	}
	place := trace.Place{ID: keyID("414", coop.prefix+"00007"), Kind: trace.PlaceShop, Commune: "07234"}
	s.must(s.record(token, trace.RegistryContract, trace.ActionPlace, place), http.StatusForbidden)
	s.must(s.call("POST", "/api/v1/payloads", token, nil, []byte("x")), http.StatusCreated)

	list := string(s.must(b.get("/account/tokens"), http.StatusOK).body)
	for _, want := range []string{"Phần mềm kho", "Hợp tác xã A", "Xem · Ghi", "Dùng gần nhất"} {
		if !strings.Contains(list, want) {
			t.Errorf("the list does not say %q: %s", want, list)
		}
	}
	all, err := s.Accounts.Tokens(t.Context(), id.Account)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	if days := all[0].Expires.Sub(all[0].Made).Round(time.Second).Hours() / 24; days != 30 {
		t.Errorf("it is good for %v days", days)
	}
	_, other := s.member("an", coop, ledger.RoleAdmin)
	s.must(other.post("/account/tokens/revoke", "token", all[0].ID), http.StatusNotFound)
	s.must(other.post("/account/tokens/new", ask...), http.StatusNotFound) // for another's membership
	s.must(b.post("/account/tokens/revoke", "token", all[0].ID), http.StatusSeeOther)
	s.must(s.get("/epcis", token), http.StatusUnauthorized)

	// What is wrong is said beside the field, and what was typed is kept.
	for field, change := range map[string][]string{
		"scopes":  {"name", "Kho", "member", id.Member.String(), "expires", "30"},
		"expires": {"name", "Kho", "member", id.Member.String(), "scopes", "read", "expires", "3650"},
		"name":    {"name", "", "member", id.Member.String(), "scopes", "read", "expires", "30"},
		"member":  {"name", "Kho", "member", "x", "scopes", "read", "expires", "30"},
	} {
		got := s.must(b.post("/account/tokens/new", change...), http.StatusBadRequest)
		if !strings.Contains(string(got.body), field+`-wrong`) && field != "member" {
			t.Errorf("%s: %s", field, got)
		}
	}
}

// TestScopes: a token does what its scopes say and no more, in every interface.
func TestScopes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	id := s.join(s.person("hoa", "hoa@example.vn"), coop.org, coop.token, ledger.Roles...)
	product := s.product(coop, 1, trace.Text{VI: "Vải thiều"})
	lot := s.lot(product, "L1")
	secret := s.commission(lot, 10)
	s.recordEvents(coop, ledger.Own, secret)
	record, err := s.Index.Event(t.Context(), operatorView, secret.id())
	if err != nil {
		t.Fatal(err)
	}
	observed := func() []byte {
		e := s.newEvent("ObjectEvent", "OBSERVE", "inspecting")
		e["quantityList"] = kilos(lot, 1)
		return documentOf(e)
	}
	n := 10
	place := func() trace.Place {
		n++
		return trace.Place{ID: keyID("414", coop.prefix+"000"+itoa(uint64(n))), Kind: trace.PlaceShop, Commune: "07234"}
	}
	about := s.upload(coop.token, []byte(`{"title":{"vi":"Tệp"},"summary":{"vi":"x"}}`), false)
	writing := []account.Scope{account.ScopeRecord, account.ScopePublish, account.ScopeTrade, account.ScopeManage}
	calls := []struct {
		name string
		ok   int
		no   int
		may  []account.Scope
		call func(token string) *answer
	}{
		{"an event of the own organisation", 200, 404, []account.Scope{account.ScopeRead}, func(k string) *answer { return s.get("/epcis/events/"+escaped(secret.id()), k) }},
		{"its document", 200, 404, []account.Scope{account.ScopeRead}, func(k string) *answer { return s.get("/ipfs/"+record.Fact.Payload, k) }},
		{"its receipt", 200, 404, []account.Scope{account.ScopeRead}, func(k string) *answer { return s.get("/api/v1/receipts/"+itoa(record.Entry), k) }},
		{"EPCIS capture", 202, 403, []account.Scope{account.ScopeRecord}, func(k string) *answer { return s.capture(k, ledger.Own, observed()) }},
		{"an upload", 201, 403, writing, func(k string) *answer { return s.call("POST", "/api/v1/payloads", k, nil, []byte("x")) }},
		{"a place", 201, 403, []account.Scope{account.ScopeManage}, func(k string) *answer { return s.record(k, trace.RegistryContract, trace.ActionPlace, place()) }},
		{"a recall", 201, 403, []account.Scope{account.ScopeManage}, func(k string) *answer {
			return s.record(k, trace.Contract, trace.ActionRecall, trace.Recall{Target: s.lot(product, "L"+itoa(uint64(n))), Reason: "x", Action: "x", Contact: "x"})
		}},
		{"a dataset", 201, 403, []account.Scope{account.ScopePublish}, func(k string) *answer {
			listed := release(about, "")
			listed.Access, listed.Files = market.Listed, nil
			return s.record(k, "dataset", "publish", listed)
		}},
		{"a bid", 201, 403, []account.Scope{account.ScopeTrade}, func(k string) *answer {
			bid := market.Bid{ID: ledger.NewID(), Org: coop.org, Description: about, Purpose: market.PurposeInternal, Until: ledger.TimeOf(time.Now().Add(time.Hour))}
			return s.record(k, market.TradeContract, market.ActionBid, bid)
		}},
		{"a transaction signed elsewhere", 201, 403, []account.Scope{account.ScopeManage}, func(k string) *answer {
			return s.submit(k, s.signed(coop, trace.RegistryContract, trace.ActionPlace, place()))
		}},
		{"a page of a person", 0, 403, nil, func(k string) *answer { return s.get("/account/tokens", k) }},
		{"making a token", 0, 403, nil, func(k string) *answer {
			return s.call("POST", "/account/tokens/new", k, here, form("name", "x", "member", id.Member.String(), "scopes", "manage", "expires", "30"))
		}},
	}
	for _, scope := range account.Scopes {
		token := s.scoped(id, scope)
		for _, c := range calls {
			got, want := c.call(token), c.no
			if slices.Contains(c.may, scope) {
				want = c.ok
			}
			if got.StatusCode != want {
				t.Errorf("a token for %q, %s: %.300s, want %d", scope, c.name, got, want)
			}
			if strings.HasPrefix(c.name, "an event") && got.StatusCode != 200 && strings.Contains(string(got.body), lot.String()) {
				t.Errorf("a token for %q is told of the event: %s", scope, got)
			}
		}
	}
}

// TestTokensChangeNobody: a token changes neither who acts for whom, nor what anybody
// may do, whatever it is for; nor does a browser through the same interface.
func TestTokensChangeNobody(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a, b := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Hợp tác xã B", ledger.KindCoop)
	clerk, _ := s.member("an", a, ledger.RoleRecorder)
	_, boss := s.member("hoa", a, ledger.Roles...)
	key, err := account.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	enrolment := func(member ledger.ID) ledger.Enrolment {
		return ledger.Enrolment{Member: member, Org: a.org, Key: ledger.AddressOf(&key.PublicKey), Roles: ledger.Roles}
	}
	size := s.Ledger.Size()
	for name, change := range map[string]struct {
		action string
		item   any
	}{
		"another key":        {trace.ActionRotate, trace.NewMember{Member: enrolment(a.member)}},
		"one more key":       {trace.ActionEnrol, trace.NewMember{Member: enrolment(a.member)}},
		"a new member":       {trace.ActionEnrol, trace.NewMember{Member: enrolment(ledger.NewID())}},
		"a device":           {trace.ActionDevice, trace.DeviceKey{Member: enrolment(a.member), Actions: []string{"traceability/capture"}}},
		"an end of a key":    {trace.ActionRevoke, trace.KeyRevocation{Key: clerk.Address, Reason: "x"}},
		"an administrator":   {trace.ActionMember, trace.MemberChange{Member: clerk.Member, Roles: ledger.Roles, Reason: "x"}},
		"a suspended member": {trace.ActionMember, trace.MemberChange{Member: clerk.Member, Roles: []ledger.Role{ledger.RoleRecorder}, Suspended: true, Reason: "x"}},
		"a mandate":          {trace.ActionMandate, trace.Mandate{Member: a.member, Agent: b.org, Actions: []string{"traceability/capture"}}},
	} {
		for who, token := range map[string]string{"its administrator's": a.token, "the operator's": s.operator} {
			s.refused(t, s.record(token, trace.RegistryContract, change.action, change.item), size, http.StatusForbidden, "action")
			if s.Ledger.Size() != size {
				t.Fatalf("%s token makes %s", who, name)
			}
		}
		body := []byte(`{"items":[` + string(trace.Encode(change.item)) + `]}`)
		s.must(boss.call(http.MethodPost, "/api/v1/records/registry/"+change.action, header{"Content-Type", "application/json"}, body), http.StatusForbidden)
	}
	// Who administers a new organisation is said by a token that is for it, and no other.
	in := trace.Admission{Org: trace.Organisation{ID: ledger.NewID(), Kind: ledger.KindCoop}, Member: enrolment(ledger.NewID())}
	in.Member.Org = in.Org.ID
	for _, scope := range account.Scopes {
		want := http.StatusForbidden
		if scope == account.ScopeAdmit {
			want = http.StatusCreated
		}
		by, err := s.Accounts.Identify(t.Context(), s.operator)
		if err != nil {
			t.Fatal(err)
		}
		s.must(s.record(s.scoped(by, scope), trace.RegistryContract, trace.ActionAdmit, in), want)
	}
}
