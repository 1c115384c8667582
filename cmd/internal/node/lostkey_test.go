package node_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/account/wallettest"
	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// TestLostWallet: a member who lost their wallet is given another key by an
// administrator. The lost one signs no more, nor does a device that it added; what was
// signed stays valid, and both see what was done, and why.
func TestLostWallet(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	_, boss := s.member("hoa", coop, ledger.Roles...)
	id, b := s.member("an", coop, ledger.RoleRecorder)
	wallet, scale := wallettest.New(t), wallettest.New(t)
	lot := s.lot(s.product(coop, 1, trace.Text{VI: "Vải thiều"}), "L1")
	by := func(w wallettest.Wallet) []byte {
		return s.signed(&party{key: w.Key}, trace.Contract, trace.ActionCapture, s.fact(coop, ledger.Own, s.commission(lot, 1)))
	}
	at := "/org/members/" + id.Member.String()

	// While the key is kept at the node, nobody loses it.
	if page := string(s.must(boss.get(at), http.StatusOK).body); strings.Contains(page, at+"/key") {
		t.Errorf("a kept key can be lost: %s", page)
	}
	s.must(boss.post(at+"/key", "reason", "Mất máy"), http.StatusConflict)
	b.bindWallet(id, wallet)
	s.must(s.submit(coop.token, by(wallet)), http.StatusCreated)
	page := s.must(b.post("/account/keys/device", "member", id.Member.String(), "actions", "traceability/capture"), http.StatusOK).body
	ask := s.must(b.post("/account/keys/bind", "nonce", fieldOf(t, page, "nonce"), "signature", scale.Sign(t, fieldOf(t, page, "typed"))), http.StatusConflict).body
	s.must(b.post("/sign", "transaction", fieldOf(t, ask, "transaction"), "signature", wallet.Sign(t, fieldOf(t, ask, "typed"))), http.StatusSeeOther)
	s.must(s.submit(coop.token, by(scale)), http.StatusCreated)

	if page := string(s.must(boss.get(at), http.StatusOK).body); !strings.Contains(page, at+"/key") {
		t.Errorf("the page does not offer it: %s", page)
	}
	s.must(boss.post(at+"/key", "reason", ""), http.StatusBadRequest)
	s.must(b.post(at+"/key", "reason", "Tự cấp"), http.StatusForbidden)
	size := s.Ledger.Size()
	if to := s.must(boss.post(at+"/key", "reason", "Mất điện thoại"), http.StatusSeeOther).Header.Get("Location"); to != at+"?done=member_key" {
		t.Errorf("it leads to %s", to)
	}
	if s.Ledger.Size() != size+2 {
		t.Errorf("%d records", s.Ledger.Size()-size)
	}
	for _, w := range []wallettest.Wallet{wallet, scale} {
		if k, err := s.Index.Key(t.Context(), w.Address()); err != nil || k.Revoked == nil || k.Revoked.Reason != "Mất điện thoại" {
			t.Errorf("the key is %+v, %v", k, err)
		}
		s.refused(t, s.submit(coop.token, by(w)), s.Ledger.Size(), http.StatusForbidden, "")
	}
	next := s.active(id)
	if known, err := s.Accounts.Identity(next); err != nil || known.Custody != account.AtNode || next == id.Address {
		t.Fatalf("they sign with %s: %+v, %v", next, known, err)
	}
	s.recordEvents(&party{token: s.scoped(id, account.ScopeRecord)}, ledger.Own, s.commission(lot, 2))
	s.must(boss.post(at+"/key", "reason", "Lần nữa"), http.StatusConflict)
	s.verifyAll()

	for path, who := range map[string]*browser{"/org/history": boss, "/account/keys": b, "/account/history": b} {
		page := string(s.must(who.get(path), http.StatusOK).body)
		for _, want := range map[string][]string{
			"/org/history": {"nhận 1 thành viên: an", "khóa 2 khóa ký: an"}, "/account/keys": {"Mất điện thoại"}, "/account/history": {"hoa"},
		}[path] {
			if !strings.Contains(page, want) {
				t.Errorf("%s does not say %q: %s", path, want, page)
			}
		}
	}
}

// TestLostWalletOfTheOnly: the operator gives another key to the only administrator of
// an organisation, and to nobody else in it; nobody of another organisation does.
func TestLostWalletOfTheOnly(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop, other := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Hợp tác xã B", ledger.KindCoop)
	id, b := s.member("hoa", coop, ledger.Roles...)
	recorder := s.member1("an", coop)
	s.direct(coop.token, trace.ActionMember, trace.MemberChange{Member: coop.member, Roles: []ledger.Role{ledger.RoleRecorder}, Reason: "Đổi vai"})
	_, stranger := s.member("binh", other, ledger.Roles...)
	desk := s.desk()
	wallet := wallettest.New(t)
	b.bindWallet(id, wallet)

	at := "/desk/organisations/" + coop.org.String()
	if page := string(s.must(desk.get(at), http.StatusOK).body); !strings.Contains(page, at+"/key?member="+id.Member.String()) {
		t.Errorf("the desk does not offer it: %s", page)
	}
	s.must(desk.post(at+"/key?member="+recorder, "reason", "Mất"), http.StatusForbidden)
	s.must(desk.post("/desk/organisations/"+other.org.String()+"/key?member="+id.Member.String(), "reason", "Mất"), http.StatusNotFound)
	s.must(stranger.post("/org/members/"+id.Member.String()+"/key", "reason", "Mất"), http.StatusNotFound)
	s.must(b.post("/org/members/"+id.Member.String()+"/key", "reason", "Mất"), http.StatusConflict) // oneself
	s.must(desk.post(at+"/key?member="+id.Member.String(), "reason", "Mất ví"), http.StatusSeeOther)
	if known, err := s.Accounts.Identity(s.active(id)); err != nil || known.Custody != account.AtNode {
		t.Errorf("they sign with %+v, %v", known, err)
	}
	// They administer as before.
	s.must(b.post("/org/members/"+recorder, "roles", "recorder", "suspended", "true", "reason", "Nghỉ"), http.StatusSeeOther)
	place := trace.Place{ID: keyID("414", coop.prefix+"00021"), Kind: trace.PlaceShop, Commune: "07234"}
	s.refused(t, s.submit(other.token, s.signed(&party{key: wallet.Key}, trace.RegistryContract, trace.ActionPlace, place)), s.Ledger.Size(), http.StatusForbidden, "")
}

// TestReplacingCutOff: what is cut off anywhere is finished by the next try.
func TestReplacingCutOff(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	for i, late := range []bool{false, true} {
		id, b := s.member("an"+itoa(uint64(i)), coop, ledger.RoleRecorder)
		wallet := wallettest.New(t)
		b.bindWallet(id, wallet)
		for left := range 3 {
			cut := &office.Office{Accounts: s.Accounts, Register: &cutOff{s.Capture, min(left, 1), late}, Index: s.Index, Ledger: s.Ledger}
			err := cut.ReplaceLost(t.Context(), coop.identity, coop.org, id.Member, "Mất ví", account.From{By: coop.identity.Account})
			if err == nil {
				break
			}
			if !errors.Is(err, errCut) || left == 2 {
				t.Fatal(left, err)
			}
		}
		if k, err := s.Index.Key(t.Context(), wallet.Address()); err != nil || k.Revoked == nil {
			t.Errorf("the wallet's key: %+v, %v", k, err)
		}
		m, err := s.Index.Member(t.Context(), operatorView, id.Member)
		if err != nil || len(m.Keys) != 3 { // the first, the wallet's, the last
			t.Errorf("keys: %+v, %v", m, err)
		}
	}
}
