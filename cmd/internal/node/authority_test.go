package node_test

import (
	"net/http"
	"testing"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// TestChangesCountAtOnce: whoever may less from now on may less with the very next
// request, though what they might was asked a moment ago.
func TestChangesCountAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	an, browser := s.member("an", coop, ledger.RoleRecorder)
	token := s.scoped(an, account.ScopeRecord)
	see := func(what, token string, byToken, byBrowser int) {
		t.Helper()
		for range 2 { // what is kept by the first counts for the second
			if got := s.get("/labels", token); got.StatusCode != byToken {
				t.Errorf("%s: a program is answered %s, want %d", what, got.Status, byToken)
			}
			if got := browser.get("/labels"); got.StatusCode != byBrowser {
				t.Errorf("%s: a person is answered %s, want %d", what, got.Status, byBrowser)
			}
		}
	}
	is := func(suspended bool, roles ...ledger.Role) {
		t.Helper()
		s.direct(coop.token, trace.ActionMember, trace.MemberChange{Member: an.Member, Roles: roles, Suspended: suspended, Reason: "x"})
	}
	stands := func(suspended bool) {
		t.Helper()
		s.direct(s.operator, trace.ActionStand, trace.Standing{Org: coop.org, Suspended: suspended, Reason: "x"})
	}

	see("a recorder", token, http.StatusOK, http.StatusOK)
	is(false, ledger.RolePublisher)
	see("in another role", token, http.StatusForbidden, http.StatusForbidden)
	is(false, ledger.RoleRecorder)
	see("a recorder again", token, http.StatusOK, http.StatusOK)
	is(true, ledger.RoleRecorder)
	see("suspended", token, http.StatusForbidden, http.StatusForbidden)
	is(false, ledger.RoleRecorder)
	see("no longer suspended", token, http.StatusOK, http.StatusOK)
	stands(true)
	see("of a suspended organisation", token, http.StatusForbidden, http.StatusForbidden)
	stands(false)
	see("of one in good standing", token, http.StatusOK, http.StatusOK)

	if err := s.Accounts.RevokeToken(t.Context(), an.Account, s.tokensOf(an)[0].ID, account.From{}); err != nil {
		t.Fatal(err)
	}
	see("by a token that was revoked", token, http.StatusUnauthorized, http.StatusOK)
	token = s.scoped(an, account.ScopeRecord)
	see("by another", token, http.StatusOK, http.StatusOK)

	s.direct(coop.token, trace.ActionRevoke, trace.KeyRevocation{Key: an.Address, Reason: "x"})
	see("under a revoked key", token, http.StatusForbidden, http.StatusForbidden)

	binh := s.join(s.person("binh", "binh@example.vn"), coop.org, coop.token, ledger.RoleRecorder)
	token, browser = s.scoped(binh, account.ScopeRecord), s.signIn("binh@example.vn")
	see("another recorder", token, http.StatusOK, http.StatusOK)
	if _, err := s.office().EraseAccount(t.Context(), binh.Account, account.From{}); err != nil {
		t.Fatal(err)
	}
	see("erased", token, http.StatusUnauthorized, http.StatusSeeOther)
}

// tokensOf lists the tokens of a member's account.
func (s *site) tokensOf(id *account.Identity) []account.Token {
	s.Helper()
	list, err := s.Accounts.Tokens(s.Context(), id.Account)
	if err != nil {
		s.Fatal(err)
	}
	return list
}
