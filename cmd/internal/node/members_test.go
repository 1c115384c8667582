package node_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/receipt"
	"github.com/sogoc/sogoc/trace"
)

// withKey is the party with a new key.
func (p *party) withKey(t *testing.T) *party {
	t.Helper()
	key, err := account.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	next := *p
	next.key, next.identity = key, nil
	return &next
}

func (p *party) enrolment() ledger.Enrolment {
	return ledger.Enrolment{Member: p.member, Org: p.org, Key: ledger.AddressOf(&p.key.PublicKey), Roles: ledger.Roles}
}

// TestKeysOfMembers: what a member signed with the key of now, with one of before and
// with a device's is proved to a stranger, and the keys are worth what the register
// says and no more.
func TestKeysOfMembers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	first, messenger := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Công ty B", ledger.KindDistributor)
	trust, err := receipt.ParseTrust(s.must(s.get("/api/v1/trust", ""), http.StatusOK).body)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(by *party, action string, item any, status int) {
		t.Helper()
		s.must(s.submit(messenger.token, s.signed(by, trace.RegistryContract, action, item)), status)
	}
	n := 0
	capture := func(by *party, status int) {
		t.Helper()
		n++
		f := s.fact(messenger, ledger.Public, s.commission(s.lot(keyID("01", "0"+first.prefix+"00001"), "L"+itoa(uint64(n))), 10))
		a := s.must(s.submit(messenger.token, s.signed(by, trace.Contract, trace.ActionCapture, f)), status)
		if status != http.StatusCreated {
			return
		}
		var done struct{ Entry uint64 }
		a.into(t, &done)
		v, err := receipt.Verify(trust, s.must(s.get("/api/v1/receipts/"+itoa(done.Entry), ""), http.StatusOK).body)
		if err != nil || v.Signer != ledger.AddressOf(&by.key.PublicKey) || v.Member != first.member || v.Org != first.org {
			t.Errorf("the receipt says %+v, %v", v, err)
		}
	}
	scale, second := first.withKey(t), first.withKey(t)
	sign(first, trace.ActionDevice, trace.DeviceKey{Member: scale.enrolment(), Actions: []string{"traceability/capture"}}, http.StatusCreated)
	capture(first, http.StatusCreated)
	capture(scale, http.StatusCreated)
	sign(first, trace.ActionRotate, trace.NewMember{Member: second.enrolment()}, http.StatusCreated)
	capture(first, http.StatusForbidden)
	capture(second, http.StatusCreated)
	capture(scale, http.StatusCreated)
	sign(scale, trace.ActionRotate, trace.NewMember{Member: first.withKey(t).enrolment()}, http.StatusForbidden)
	sign(second, trace.ActionRevoke, trace.KeyRevocation{Key: ledger.AddressOf(&scale.key.PublicKey), Reason: "Mất cân"}, http.StatusCreated)
	capture(scale, http.StatusForbidden)
}

// TestRecordedOnBehalf: a co-op enters what a household told it; the page says whose
// it is and who entered it, not the household's name, and what they agreed on is
// theirs to read.
func TestRecordedOnBehalf(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop, house, shop := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Nguyễn Văn Kín", ledger.KindHousehold), s.admit("Cửa hàng B", ledger.KindRetailer)
	lot := s.lot(s.product(house, 1, trace.Text{VI: "Vải thiều"}), "L1")
	fact := s.fact(coop, ledger.Own, s.commission(lot, 10))
	fact.OnBehalf = &house.member
	s.refused(t, s.submit(coop.token, s.signed(coop, trace.Contract, trace.ActionCapture, fact)), s.Ledger.Size(), http.StatusForbidden, "items[0].on_behalf")
	mandate := trace.Mandate{Member: house.member, Agent: coop.org, Actions: []string{"traceability/capture"}, Reason: "Chị Hai ghi giúp"}
	var given struct{ Entry uint64 }
	s.must(s.submit(house.token, s.signed(house, trace.RegistryContract, trace.ActionMandate, mandate)), http.StatusCreated).into(t, &given)
	var done struct{ Entry uint64 }
	s.must(s.submit(coop.token, s.signed(coop, trace.Contract, trace.ActionCapture, fact)), http.StatusCreated).into(t, &done)
	for path, entry := range map[string]uint64{"the event": done.Entry, "the mandate": given.Entry} {
		hidden := string(s.get("/api/v1/receipts/"+itoa(given.Entry)+"?item=900", "").body)
		for by, status := range map[*party]int{coop: http.StatusOK, house: http.StatusOK, shop: http.StatusNotFound, {}: http.StatusNotFound} {
			if a := s.get("/api/v1/receipts/"+itoa(entry), by.token); a.StatusCode != status {
				t.Errorf("%s reads %s: %s", by.name, path, a)
			} else if status == http.StatusNotFound && entry == given.Entry && string(a.body) != strings.Replace(hidden, "item 900", "item 0", 1) {
				t.Errorf("%s is told that there is a mandate: %s", by.name, a)
			}
		}
	}
	shown := s.fact(coop, ledger.Public, s.ship(lot, 5, shop))
	shown.OnBehalf = &house.member
	s.must(s.submit(coop.token, s.signed(coop, trace.Contract, trace.ActionCapture, shown)), http.StatusCreated)
	var page struct{ Journey []json.RawMessage }
	if err := json.Unmarshal([]byte(s.passport(lot)), &page); err != nil || len(page.Journey) != 1 {
		t.Fatalf("the journey %s, %v", page.Journey, err)
	}
	said := strings.NewReplacer("<b>", "", "</b>", "").Replace(s.page(lot.Path(), http.StatusOK))
	if !strings.Contains(said, "Do Hợp tác xã A ghi thay") || !strings.Contains(said, "Một hộ sản xuất gửi") || strings.Contains(said, house.name) {
		t.Errorf("the page says %s", said)
	}
}

// TestOperatorRotates: the operator leaves the key that founded the register behind,
// and a node that starts afterwards does not take it up again.
func TestOperatorRotates(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := openSite(t, data)
	known, err := s.Index.Key(t.Context(), s.Operator.Address)
	if err != nil {
		t.Fatal(err)
	}
	next := (&party{member: known.Member, org: known.Org}).withKey(t)
	tx, err := s.Operator.Sign(trace.RegistryContract, trace.ActionRotate, trace.DirectorySummary(trace.ActionRotate, 1),
		[]ledger.Item{ledger.NewItem(trace.Encode(trace.NewMember{Member: next.enrolment()}))})
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(submissionOf(tx))
	if err != nil {
		t.Fatal(err)
	}
	s.must(s.submit(s.operator, body), http.StatusCreated) // no token of its own changes a key
	if err := s.Accounts.Retire(t.Context(), s.Operator.Account, s.Operator.Address, account.From{}); err != nil {
		t.Fatal(err)
	}
	s.stop()
	s = openSite(t, data)
	if id, err := s.Accounts.Identity(known.Key); err == nil {
		t.Errorf("the node keeps the operator's key of before: %v", id)
	}
	coop := &party{member: ledger.NewID(), org: ledger.NewID()}
	admission := trace.Admission{Org: trace.Organisation{ID: coop.org, Kind: ledger.KindCoop}, Member: coop.withKey(t).enrolment()}
	identity, err := s.Accounts.Keep("operator", next.member, next.org, next.key)
	if err != nil {
		t.Fatal(err)
	}
	token, err := s.Accounts.NewToken(identity.Address)
	if err != nil {
		t.Fatal(err)
	}
	s.must(s.submit(token, s.signed(next, trace.RegistryContract, trace.ActionAdmit, admission)), http.StatusCreated)
}

// TestOldResetLinks: a link by which an administrator lets a member in again opens
// nothing once the member belongs to others too, or no longer to the organisation.
func TestOldResetLinks(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a, b := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Công ty B", ledger.KindDistributor)
	_, boss := s.member("boss", a, ledger.Roles...)
	_, other := s.member("other", b, ledger.Roles...)
	link := func(id *account.Identity) string {
		page := s.must(boss.post("/org/members/"+id.Member.String()+"/reset"), http.StatusOK)
		_, rest, _ := strings.Cut(string(page.body), publicURL+"/reset/")
		return "/reset/" + rest[:64]
	}
	hoa, hoaBrowser := s.member("hoa", a, ledger.RoleRecorder)
	stale := link(hoa)
	s.must(s.browser().get(stale), http.StatusOK)
	s.must(hoaBrowser.post(other.invites("roles", "recorder")), http.StatusSeeOther)
	if got := s.browser().post(stale, "password", "kẻ trộm ngồi trên đồi"); got.StatusCode != http.StatusNotFound {
		t.Errorf("the administrator of one organisation takes over a member of another: %s", got.Status)
	}
	an, _ := s.member("an", a, ledger.RoleRecorder)
	left := link(an)
	s.must(boss.post("/org/members/"+an.Member.String()+"/end", "reason", "Nghỉ việc"), http.StatusSeeOther)
	if got := s.browser().post(left, "password", "kẻ trộm ngồi trên đồi"); got.StatusCode != http.StatusNotFound {
		t.Errorf("the administrator takes over somebody who has left: %s", got.Status)
	}
	ba, baBrowser := s.member("ba", a, ledger.RoleRecorder)
	applying := link(ba)
	s.must(baBrowser.multi("/apply", nil, append(whole, "do", "send")...), http.StatusSeeOther)
	if got := s.browser().post(applying, "password", "kẻ trộm ngồi trên đồi"); got.StatusCode != http.StatusNotFound {
		t.Errorf("the administrator takes over somebody who applies for an organisation of their own: %s", got.Status)
	}
}

// TestReasonsOfRevocations: why somebody left is for their organisation and the
// operator, as it is where it says so.
func TestReasonsOfRevocations(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a, b := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Công ty B", ledger.KindDistributor)
	_, boss := s.member("boss", a, ledger.Roles...)
	an, _ := s.member("an", a, ledger.RoleRecorder)
	before := s.Ledger.Size()
	s.must(boss.post("/org/members/"+an.Member.String()+"/end", "reason", "Lấy tiền quỹ"), http.StatusSeeOther)
	for n := before; n < s.Ledger.Size(); n++ {
		path := fmt.Sprintf("/api/v1/receipts/%d", n)
		for name, got := range map[string]*answer{"anybody": s.get(path, ""), "another organisation": s.get(path, b.token)} {
			if got.StatusCode != http.StatusNotFound {
				t.Errorf("%s reads entry %d: %.40s, with the reason: %v", name, n, got, strings.Contains(string(got.body), "Lấy tiền"))
			}
		}
		s.must(s.get(path, a.token), http.StatusOK)
		s.must(s.get(path, s.operator), http.StatusOK)
	}
}

// TestResetLinkRace: an administrator who asks for links while their member joins
// another organisation keeps none that is good.
func TestResetLinkRace(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a, b := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Công ty B", ledger.KindDistributor)
	for round := range 20 {
		hoa := s.join(s.person("hoa", "hoa"+itoa(uint64(round))+"@example.vn"), a.org, a.token, ledger.RoleRecorder)
		invitation, _, err := s.Accounts.Invite(t.Context(), account.Link{Org: b.org, Roles: []ledger.Role{ledger.RoleRecorder}}, account.From{By: b.identity.Account})
		if err != nil {
			t.Fatal(err)
		}
		links := make(chan string, 1000)
		go func() {
			defer close(links)
			for {
				link, err := s.office().ResetLink(t.Context(), a.identity, hoa.Member, false, account.From{By: a.identity.Account})
				if err != nil {
					return // hoa has joined
				}
				links <- link
			}
		}()
		first := <-links
		if _, _, err := s.office().JoinAs(t.Context(), invitation, hoa.Account, account.From{}); err != nil {
			t.Fatal(err)
		}
		for link := first; link != ""; link = <-links {
			if _, _, err := s.Accounts.AccountLink(t.Context(), link); err == nil {
				t.Fatalf("round %d: a link is good after its account joined another organisation", round)
			}
		}
	}
}
