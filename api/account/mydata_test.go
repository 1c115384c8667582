package account

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/api/account/openid/openidtest"
	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// full makes an account that has one of everything, and returns secrets of it.
func (s *site) full(t *testing.T) (a Account, token string, secrets []string) {
	t.Helper()
	ctx := t.Context()
	a = s.account(t, hoa)
	g := s.signIn(t, hoa.Phone)
	device, err := s.RememberDevice(ctx, g.Secret, "điện thoại", anybody)
	must(t, err)
	must(t, s.SetPIN(ctx, g.Secret, device, "274915", anybody))
	codes, recovery := s.codes(t, g.Secret)
	p, err := s.Passkeys("Sổ Gốc", origin)
	must(t, err)
	s.passkey(t, p, g.Secret)
	server := openidtest.New(t)
	provider := discover(t, server)
	address, cookie, err := s.BeginExternal(ctx, provider, a.ID, anybody)
	must(t, err)
	state, code := server.SignIn(t, address, "subject-1")
	_, err = s.LinkExternal(ctx, g.Secret, provider, cookie, state, code, anybody)
	must(t, err)
	invitation, _ := s.invite(t, Link{Org: ledger.NewID()})
	in, err := s.AcceptAs(ctx, invitation, a.ID, anybody)
	must(t, err)
	must(t, s.Activate(ctx, a.ID, in.Identity.Address, anybody))
	_, err = s.SignOnce(ctx, in.Identity, "urn:uuid:1", "traceability", "capture", "words", items)
	must(t, err)
	token, _, err = s.MakeToken(ctx, a.ID, Token{Name: "kho", Member: in.Identity.Member, Scopes: Scopes}, time.Hour, anybody)
	must(t, err)
	_, err = s.BeginWallet(ctx, a.ID, in.Identity.Member)
	must(t, err)
	reset, err := s.ResetLink(ctx, a.ID, false, anybody)
	must(t, err)
	must(t, s.GiveConsent(ctx, a.ID, "contact", "2026-01", anybody))
	_, err = s.SignIn(ctx, hoa.Phone, "wrong password!", anybody)
	fails(t, err, ledger.Unauthenticated)
	s.invite(t, Link{Org: ledger.NewID(), Phone: hoa.Phone})
	s.sent(t, a.ID)
	a, err = s.Account(ctx, a.ID)
	must(t, err)
	return a, token, append(recovery, g.Secret, device, codes, token, reset, good, "274915", "argon2id")
}

// TestExport: everything is in it, and nothing that opens something.
func TestExport(t *testing.T) {
	s := open(t)
	a, _, secrets := s.full(t)
	s.clock.pass(time.Second)
	x, err := s.Export(t.Context(), a.ID, anybody)
	must(t, err)
	text, err := json.Marshal(x)
	must(t, err)
	var back map[string]any
	must(t, json.Unmarshal(text, &back))
	for _, part := range []string{
		"account", "password", "second_factor", "passkeys", "external", "devices", "sessions", "tokens", "keys", "challenges", "links", "consents", "events", "failures", "applications", "signed",
	} {
		if back[part] == nil {
			t.Errorf("%s is missing", part)
		}
	}
	for _, secret := range secrets {
		if bytes.Contains(text, []byte(secret)) {
			t.Errorf("a secret is handed out: %s", secret)
		}
	}
	for _, word := range []string{`"private"`, `"secret"`, `"hash"`, `"pin"`} {
		if bytes.Contains(text, []byte(word)) {
			t.Errorf("a field %s is handed out", word)
		}
	}
	if s.happened(t, a.ID)[0] != DataExported {
		t.Errorf("%v", s.happened(t, a.ID)[:3])
	}
	must(t, s.vault.Update(func(tx *vault.Tx) error { return tx.Put(accountKey(a.ID, '?'), "x") }))
	_, err = s.Export(t.Context(), a.ID, anybody)
	fails(t, err, ledger.Internal) // a kind that was forgotten
	_, err = s.Export(t.Context(), ledger.NewID(), anybody)
	fails(t, err, ledger.NotFound)
}

// TestErase: nothing is left, in sight or in the files, but a tombstone; others stay.
func TestErase(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	other := s.account(t, Person{Name: "B", Phone: "0987654321"})
	a, token, _ := s.full(t)
	_, err := s.Identify(ctx, token)
	must(t, err)
	applied, err := s.Applications(ctx, a.ID)
	must(t, err)
	stone, err := s.Erase(ctx, a.ID)
	must(t, err)
	_, err = s.Identify(ctx, token) // not from memory either
	fails(t, err, ledger.Unauthenticated)
	_, err = s.SignIn(ctx, hoa.Phone, good, anybody)
	fails(t, err, ledger.Unauthenticated)
	_, err = s.Identity(a.Members[0].Key)
	fails(t, err, ledger.NotFound)
	_, err = s.Erase(ctx, a.ID)
	fails(t, err, ledger.NotFound)
	must(t, s.vault.View(func(tx *vault.Tx) error {
		keys, err := tx.Keys(nil)
		for _, k := range keys {
			if bytes.Contains(k, a.ID[:]) || bytes.Contains(k, a.Members[0].Member[:]) {
				t.Errorf("%q is left", k)
			}
			if k[0] == ofOrg && k[17] == invitationKind {
				t.Error("an invitation with the person's number is left")
			}
		}
		for _, n := range []vault.Name{{Kind: phoneName, Name: a.Phone}, {Kind: emailName, Name: a.Email}, {Kind: keyName, Name: a.Members[0].Key.String()}, {Kind: applicationName, Name: applied[0].Org.String()}} {
			if id, err := tx.Find(n.Kind, n.Name); !id.IsZero() || err != nil {
				t.Errorf("%s is still %s's, %v", n.Kind, id, err)
			}
		}
		return err
	}))
	all, err := s.Tombstones(ctx)
	if err != nil || len(all) != 1 || all[0] != stone || stone.Hash != ledger.Hash(sum(a.ID[:])) {
		t.Errorf("%v, %v", all, err)
	}
	if n, err := s.CountApplications(ctx, Sent); n != 0 || err != nil {
		t.Errorf("%d applications are still with the operator, %v", n, err)
	}
	s = s.restart(t)
	s.signIn(t, other.Phone)
	if _, err := s.Create(ctx, hoa, anybody); err != nil {
		t.Errorf("the number is not free: %v", err)
	}
	must(t, s.Close())
	must(t, filepath.WalkDir(s.dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		if bytes.Contains(b, a.ID[:]) {
			t.Errorf("the account is still in %s", filepath.Base(name))
		}
		return err
	}))
}

// TestBury: a backup that brings an erased account back is put right.
func TestBury(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	a := s.account(t, hoa)
	kept := s.account(t, Person{Name: "B", Phone: "0987654321"})
	stone := Tombstone{Hash: ledger.Hash(sum(a.ID[:])), At: s.time().Add(-time.Hour)}
	unknown := Tombstone{Hash: ledger.Hash{1}, At: s.time()}
	if n, err := s.Bury(ctx, []Tombstone{stone, unknown}); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	_, err := s.Account(ctx, a.ID)
	fails(t, err, ledger.NotFound)
	if _, err := s.Account(ctx, kept.ID); err != nil {
		t.Error(err)
	}
	if all, err := s.Tombstones(ctx); err != nil || len(all) != 1 || all[0] != stone {
		t.Errorf("%v, %v", all, err)
	}
}

func TestConsents(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	a := s.account(t, hoa)
	agrees := func(purpose, want string) {
		t.Helper()
		if v, ok, err := s.Agrees(ctx, a.ID, purpose); v != want || ok != (want != "") || err != nil {
			t.Errorf("%s: %q, %v; want %q", purpose, v, err, want)
		}
	}
	agrees("contact", "")
	must(t, s.GiveConsent(ctx, a.ID, "contact", "1", anybody))
	must(t, s.GiveConsent(ctx, a.ID, "contact", "1", anybody))
	must(t, s.GiveConsent(ctx, a.ID, "on_behalf:1f", "1", anybody))
	agrees("contact", "1")
	s.clock.pass(time.Hour)
	must(t, s.GiveConsent(ctx, a.ID, "contact", "2", anybody))
	agrees("contact", "2")
	s.clock.pass(time.Hour)
	must(t, s.WithdrawConsent(ctx, a.ID, "contact", anybody))
	agrees("contact", "")
	agrees("on_behalf:1f", "1")
	fails(t, s.WithdrawConsent(ctx, a.ID, "contact", anybody), ledger.NotFound)
	all, err := s.Consents(ctx, a.ID)
	must(t, err)
	if len(all) != 3 || all[0].Version != "2" || !all[0].Withdrawn.Equal(s.time()) {
		t.Errorf("%+v", all)
	}
	for _, bad := range [][2]string{{"", "1"}, {"Contact!", "1"}, {"contact", ""}, {"contact", strings.Repeat("1", 41)}} {
		fails(t, s.GiveConsent(ctx, a.ID, bad[0], bad[1], anybody), ledger.Invalid)
	}
	fails(t, s.GiveConsent(ctx, ledger.NewID(), "contact", "1", anybody), ledger.NotFound)
}

// TestIncidents goes through every step from every state.
func TestIncidents(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	by := ledger.NewID()
	type step func(Incident) (Incident, error)
	note := func(i Incident) (Incident, error) { return s.NoteIncident(ctx, i.ID, by, "đã xem") }
	notify := func(i Incident) (Incident, error) { return s.NotifyIncident(ctx, i.ID, by, "đã báo A05") }
	end := func(i Incident) (Incident, error) { return s.CloseIncident(ctx, i.ID, by, "xong") }
	for _, c := range map[string]struct {
		to   []step
		want [3]ledger.Code // of note, notify, close
	}{
		"open":     {nil, [3]ledger.Code{}},
		"notified": {[]step{notify}, [3]ledger.Code{"", ledger.Conflict, ""}},
		"closed":   {[]step{end}, [3]ledger.Code{ledger.Conflict, ledger.Conflict, ledger.Conflict}},
		"both":     {[]step{notify, end}, [3]ledger.Code{ledger.Conflict, ledger.Conflict, ledger.Conflict}},
	} {
		for k, try := range []step{note, notify, end} {
			i, err := s.OpenIncident(ctx, "Lộ danh sách điện thoại", s.time(), by)
			must(t, err)
			for _, to := range c.to {
				i, err = to(i)
				must(t, err)
			}
			_, err = try(i)
			if c.want[k] == "" {
				must(t, err)
			} else {
				fails(t, err, c.want[k])
			}
		}
	}
	i, err := s.OpenIncident(ctx, "Mất máy", s.time().Add(-24*time.Hour), by)
	must(t, err)
	if got := i.Due.Sub(i.Opened); got != 48*time.Hour {
		t.Errorf("%v are left", got)
	}
	s.clock.pass(48*time.Hour + time.Millisecond)
	if !i.Overdue(s.time()) || i.Overdue(i.Due) {
		t.Error("the clock is wrong")
	}
	i, err = notify(i)
	if err != nil || i.Overdue(s.time()) || len(i.Notes) != 2 {
		t.Errorf("%+v, %v", i, err)
	}
	for _, when := range []time.Time{s.time().Add(time.Hour), {}} {
		_, err := s.OpenIncident(ctx, "x", when, by)
		fails(t, err, ledger.Invalid)
	}
	_, err = s.OpenIncident(ctx, " ", s.time(), by)
	fails(t, err, ledger.Invalid)
	_, err = s.NoteIncident(ctx, ledger.NewID(), by, "x")
	fails(t, err, ledger.NotFound)
	if all, err := s.Incidents(ctx); err != nil || len(all) != 13 || all[12].ID != i.ID {
		t.Errorf("%d, %v", len(all), err)
	}
}
