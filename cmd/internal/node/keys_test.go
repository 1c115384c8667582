package node_test

import (
	"encoding/json"
	"errors"
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/api"
	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/account/wallettest"
	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/receipt"
	"github.com/sogoc/sogoc/trace"
)

// fieldOf is the value of a hidden field or the text of a textarea of a page.
func fieldOf(t testing.TB, page []byte, name string) string {
	t.Helper()
	for _, pattern := range []string{`name="` + name + `" value="([^"]*)"`, `(?s)<textarea id="` + name + `"[^>]*>(.*?)</textarea>`} {
		if m := regexp.MustCompile(pattern).FindSubmatch(page); m != nil {
			return html.UnescapeString(string(m[1]))
		}
	}
	t.Fatalf("the page shows no %s: %s", name, page)
	return ""
}

// bindWallet makes a member sign with a wallet from now on.
func (b *browser) bindWallet(id *account.Identity, w wallettest.Wallet) {
	b.Helper()
	page := b.must(b.post("/account/keys/wallet", "member", id.Member.String()), http.StatusOK).body
	done := b.must(b.post("/account/keys/bind", "nonce", fieldOf(b, page, "nonce"), "signature", w.Sign(b, fieldOf(b, page, "typed"))), http.StatusSeeOther)
	if to := done.Header.Get("Location"); to != "/account/keys?done=key_wallet" {
		b.Fatalf("binding leads to %s", to)
	}
}

// active is the key that a member of an account signs with.
func (s *site) active(id *account.Identity) ledger.Address {
	s.Helper()
	a, err := s.Accounts.Account(s.Context(), id.Account)
	if err != nil {
		s.Fatal(err)
	}
	m, _ := a.Membership(id.Member)
	return m.Key
}

// TestRotate: another key takes the place of the old one, which signs no more; what it
// signed stays valid.
func TestRotate(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	id, b := s.member("hoa", coop, ledger.Roles...)
	token := s.scoped(id, account.Scopes...)
	place := func(n string) trace.Place {
		return trace.Place{ID: keyID("414", coop.prefix+n), Kind: trace.PlaceShop, Commune: "07234"}
	}
	old, err := id.Sign(trace.RegistryContract, trace.ActionPlace, trace.DirectorySummary(trace.ActionPlace, 1), []ledger.Item{ledger.NewItem(trace.Encode(place("00021")))})
	if err != nil {
		t.Fatal(err)
	}
	s.must(s.record(token, trace.RegistryContract, trace.ActionPlace, place("00020")), http.StatusCreated)
	s.must(b.get("/account/keys/rotate"), http.StatusOK)
	s.must(b.post("/account/keys/rotate", "member", id.Member.String()), http.StatusSeeOther)

	next := s.active(id)
	known, err := s.Index.Key(t.Context(), id.Address)
	if err != nil || next == id.Address || next.IsZero() || known.Revoked == nil || known.Revoked.By != next {
		t.Fatalf("the old key is %+v and the new one %s: %v", known, next, err)
	}
	// Sign with the old key after all.
	data, err := json.Marshal(submissionOf(old))
	if err != nil {
		t.Fatal(err)
	}
	s.refused(t, s.submit(coop.token, data), s.Ledger.Size(), http.StatusForbidden, "")
	// The token and the browser go on, by the new key.
	s.must(s.record(token, trace.RegistryContract, trace.ActionPlace, place("00022")), http.StatusCreated)
	if e, err := s.Ledger.Entry(t.Context(), s.Ledger.Size()-1); err != nil || e.Signer != next {
		t.Errorf("signed by %s, %v", e.Signer, err)
	}
	page := string(s.must(b.get("/account/keys"), http.StatusOK).body)
	if !strings.Contains(page, id.Address.String()) || !strings.Contains(page, "Đã ngừng dùng") {
		t.Errorf("the page: %s", page)
	}
	s.verifyAll()
	// A token changes no keys, whatever it is for.
	change := trace.NewMember{Member: ledger.Enrolment{Member: id.Member, Org: id.Org, Key: wallettest.New(t).Address(), Roles: ledger.Roles}}
	s.refused(t, s.record(token, trace.RegistryContract, trace.ActionRotate, change), s.Ledger.Size(), http.StatusForbidden, "action")
	s.refused(t, s.record(token, trace.RegistryContract, trace.ActionDevice, trace.DeviceKey{Member: change.Member, Actions: []string{"traceability/capture"}}), s.Ledger.Size(), http.StatusForbidden, "action")
}

// TestRotationCutOff: what the register says of keys is carried over at the next
// request, when the answer to a rotation was cut off.
func TestRotationCutOff(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	for i, late := range []bool{false, true} {
		id, b := s.member("hoa"+itoa(uint64(i)), coop, ledger.Roles...)
		acting, err := s.Accounts.Acting(t.Context(), id.Account, id.Member)
		if err != nil {
			t.Fatal(err)
		}
		cut := &office.Office{Accounts: s.Accounts, Register: &cutOff{s.Capture, 0, late}, Index: s.Index, Ledger: s.Ledger}
		if err := cut.RotateKey(t.Context(), acting, account.From{}); !errors.Is(err, errCut) {
			t.Fatal(err)
		}
		if page := string(s.must(b.get("/me"), http.StatusOK).body); !strings.Contains(page, "Hợp tác xã A") {
			t.Errorf("after a rotation that was cut off: %s", page)
		}
		if late == (s.active(id) == id.Address) {
			t.Errorf("late %v: the active key is %s", late, s.active(id))
		}
		// Once more, without drawing a third key.
		s.must(b.post("/account/keys/rotate", "member", id.Member.String()), http.StatusSeeOther)
		if keys, err := s.Accounts.Keys(t.Context(), id.Account); err != nil || len(keys) != map[bool]int{false: 2, true: 3}[late] {
			t.Errorf("late %v: %d keys, %v", late, len(keys), err)
		}
	}
}

// TestWallet: a member signs with a key of their own, which this node never has.
func TestWallet(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	id, b := s.member("hoa", coop, ledger.Roles...)
	token := s.scoped(id, account.Scopes...)
	w := wallettest.New(t)

	// A challenge that somebody else signed, or that was altered, binds another key at
	// most, and one that was used binds nothing.
	page := s.must(b.post("/account/keys/wallet", "member", id.Member.String()), http.StatusOK).body
	nonce, typed := fieldOf(t, page, "nonce"), fieldOf(t, page, "typed")
	for name, signature := range map[string]string{
		"cut":              w.Sign(t, typed)[:100],
		"not canonical":    "0x" + strings.Repeat("f", 128) + "1b",
		"words":            "tôi đồng ý",
		"nothing whatever": "",
	} {
		got := b.post("/account/keys/bind", "nonce", nonce, "signature", signature)
		if got.StatusCode != http.StatusBadRequest && got.StatusCode != http.StatusUnauthorized || !strings.Contains(string(got.body), "signature-wrong") {
			t.Errorf("%s: %s", name, got)
		}
	}
	s.must(b.post("/account/keys/bind", "nonce", nonce, "signature", w.Sign(t, typed)), http.StatusSeeOther)
	s.must(b.post("/account/keys/bind", "nonce", nonce, "signature", w.Sign(t, typed)), http.StatusNotFound) // replayed
	if s.active(id) != w.Address() {
		t.Fatalf("the active key is %s, not the wallet's %s", s.active(id), w.Address())
	}
	keys, err := s.Accounts.Keys(t.Context(), id.Account)
	if err != nil || len(keys) != 2 || keys[0].Custody != account.InWallet {
		t.Fatalf("%+v, %v", keys, err)
	}

	// Nothing is signed for them any more.
	place := trace.Place{ID: keyID("414", coop.prefix+"00031"), Kind: trace.PlaceShop, Commune: "07234"}
	refused := s.record(token, trace.RegistryContract, trace.ActionPlace, place)
	s.refused(t, refused, s.Ledger.Size(), http.StatusConflict, "")
	if !strings.Contains(refused.problem(t).Detail, "/api/v1/prepare/registry/place") {
		t.Errorf("a client is not told what to do: %s", refused)
	}
	product := s.product(coop, 1, trace.Text{VI: "Vải thiều"})
	event := s.commission(s.lot(product, "L1"), 10)
	if got := s.capture(token, ledger.Public, documentOf(event)); got.StatusCode != http.StatusConflict || !strings.Contains(string(got.body), "/api/v1/prepare/traceability/capture") {
		t.Errorf("a capture: %s", got)
	}

	// A client has it prepared, signs and submits it: a change of the directory, and an
	// event.
	type prepared struct {
		Transaction *submission     `json:"transaction"`
		ID          string          `json:"id"`
		TypedData   json.RawMessage `json:"typed_data"`
		Events      []string        `json:"events"`
		Entry       *uint64         `json:"entry"`
	}
	prepare := func(path string, body []byte) (p prepared) {
		t.Helper()
		size := s.Ledger.Size()
		s.must(s.call("POST", "/api/v1/prepare/"+path, token, header{"Content-Type", "application/json", "Sogoc-Audience", "public"}, body), http.StatusOK).into(t, &p)
		if s.Ledger.Size() != size {
			t.Error("preparing records something")
		}
		return p
	}
	send := func(p prepared, by wallettest.Wallet, change ...func(*submission)) *answer {
		t.Helper()
		x := *p.Transaction
		x.Items = slices.Clone(x.Items)
		x.Signature = by.Sign(t, string(p.TypedData))
		for _, f := range change {
			f(&x)
		}
		data, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		return s.submit(token, data)
	}
	body, err := json.Marshal(map[string]any{"items": encoded([]any{place})})
	if err != nil {
		t.Fatal(err)
	}
	p := prepare("registry/place", body)
	s.refused(t, send(p, wallettest.New(t)), s.Ledger.Size(), http.StatusUnauthorized, "")
	s.refused(t, send(p, w, func(x *submission) { x.Items[0].Data = strings.Replace(x.Items[0].Data, "shop", "port", 1) }), s.Ledger.Size(), http.StatusUnauthorized, "")
	s.refused(t, send(p, w, func(x *submission) { x.Expiry += 3600 }), s.Ledger.Size(), http.StatusUnauthorized, "")
	elsewhere := p
	elsewhere.TypedData = json.RawMessage(strings.Replace(string(p.TypedData), s.Trust.Register.String(), ledger.Hash{1}.String(), 1))
	s.refused(t, send(elsewhere, w), s.Ledger.Size(), http.StatusUnauthorized, "")
	var entry struct {
		Entry       uint64
		Transaction string
	}
	s.must(send(p, w), http.StatusCreated).into(t, &entry)
	if entry.Transaction != p.ID {
		t.Errorf("the transaction is %s and was to be %s", entry.Transaction, p.ID)
	}
	captured := prepare("traceability/capture", documentOf(event))
	if len(captured.Events) != 1 || captured.Events[0] != event.id() {
		t.Errorf("%+v", captured)
	}
	s.must(send(captured, w), http.StatusCreated).into(t, &entry)
	if again := prepare("traceability/capture", documentOf(event)); again.Transaction != nil || again.Entry == nil || *again.Entry != entry.Entry {
		t.Errorf("an event that is recorded already: %+v", again)
	}
	s.must(s.get("/epcis/events/"+escaped(event.id()), ""), http.StatusOK)
	v, err := receipt.Verify(s.Trust, s.must(s.get("/api/v1/receipts/"+itoa(entry.Entry), ""), http.StatusOK).body)
	if err != nil || v.Signer != w.Address() {
		t.Errorf("%+v, %v", v, err)
	}

	// A form of theirs asks for the signature, and records when it comes.
	asked := b.post("/account/keys/rotate", "member", id.Member.String())
	s.must(asked, http.StatusConflict)
	if page := string(asked.body); !strings.Contains(page, "Thay khóa ký của thành viên") || !strings.Contains(page, w.Address().String()) {
		t.Errorf("the page to sign: %s", page)
	}
	transaction, next := fieldOf(t, asked.body, "transaction"), fieldOf(t, asked.body, "next")
	typed = fieldOf(t, asked.body, "typed")
	if next != "/account/keys?done=key_rotated" {
		t.Errorf("it leads on to %s", next)
	}
	_, other := s.member("an", coop, ledger.Roles...)
	stranger := wallettest.New(t)
	expired := strings.NewReplacer(`"expiry":`+number(t, typed, "expiry"), `"expiry":1000`, `"expiry": `+number(t, typed, "expiry"), `"expiry": 1000`)
	for name, c := range map[string]struct {
		by                     *browser
		transaction, signature string
		status                 int
	}{
		"by another key":      {b, transaction, stranger.Sign(t, typed), 403},
		"altered":             {b, strings.Replace(transaction, "admin", "recorder", 1), w.Sign(t, typed), 403},
		"for another domain":  {b, transaction, w.Sign(t, strings.Replace(typed, s.Trust.Register.String(), ledger.Hash{1}.String(), 1)), 403},
		"by another person":   {other, transaction, w.Sign(t, typed), 403},
		"expired":             {b, expired.Replace(transaction), w.Sign(t, expired.Replace(typed)), 400},
		"no signature at all": {b, transaction, "", 400},
	} {
		size := s.Ledger.Size()
		got := c.by.post("/sign", "transaction", c.transaction, "signature", c.signature, "next", next)
		if got.StatusCode != c.status || s.Ledger.Size() != size {
			t.Errorf("%s: %.400s, want %d", name, got, c.status)
		}
		if !strings.Contains(string(got.body), `name="transaction"`) {
			t.Errorf("%s: the page does not ask again: %s", name, got)
		}
	}
	done := s.must(b.post("/sign", "transaction", transaction, "signature", w.Sign(t, typed), "next", next), http.StatusSeeOther)
	if to := done.Header.Get("Location"); to != next {
		t.Errorf("it leads to %s", to)
	}
	if now := s.active(id); now == w.Address() {
		t.Error("the wallet's key was not replaced")
	}
	s.must(s.record(token, trace.RegistryContract, trace.ActionPlace, place), http.StatusCreated) // the node signs again
	s.verifyAll()
}

// number is a number of a JSON text.
func number(t testing.TB, text, name string) string {
	t.Helper()
	m := regexp.MustCompile(`"` + name + `": ?(\d+)`).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no %s in %s", name, text)
	}
	return m[1]
}

// TestDevice: a device's key records what it is for and nothing else.
func TestDevice(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	id, b := s.member("hoa", coop, ledger.Roles...)
	scale := wallettest.New(t)
	s.must(b.post("/account/keys/device", "member", id.Member.String(), "expires", "30"), http.StatusBadRequest) // for nothing
	page := s.must(b.post("/account/keys/device", "member", id.Member.String(), "actions", "traceability/capture", "expires", "30"), http.StatusOK).body
	s.must(b.post("/account/keys/bind", "nonce", fieldOf(t, page, "nonce"), "signature", scale.Sign(t, fieldOf(t, page, "typed"))), http.StatusSeeOther)
	known, err := s.Index.Key(t.Context(), scale.Address())
	if err != nil || len(known.Actions) != 1 || known.Until == 0 || s.active(id) != id.Address {
		t.Fatalf("%+v, %v", known, err)
	}
	list := string(s.must(b.get("/account/keys"), http.StatusOK).body)
	if !strings.Contains(list, "Khóa của thiết bị") || !strings.Contains(list, "Ghi việc với lô hàng") {
		t.Errorf("the list: %s", list)
	}
	product := s.product(coop, 1, trace.Text{VI: "Vải thiều"})
	device := &party{key: scale.Key, prefix: coop.prefix, token: coop.token}
	record := func() *answer {
		return s.submit(coop.token, s.signed(device, trace.Contract, trace.ActionCapture, s.fact(coop, ledger.Own, s.commission(s.lot(product, "L"+itoa(s.Ledger.Size())), 10))))
	}
	s.must(record(), http.StatusCreated)
	place := trace.Place{ID: keyID("414", coop.prefix+"00041"), Kind: trace.PlaceShop, Commune: "07234"}
	body := s.signed(device, trace.RegistryContract, trace.ActionPlace, place)
	s.refused(t, s.submit(coop.token, body), s.Ledger.Size(), http.StatusForbidden, "")
	// Nor on the page where people sign.
	size := s.Ledger.Size()
	var x submission
	if err := json.Unmarshal(body, &x); err != nil {
		t.Fatal(err)
	}
	signature := x.Signature
	x.Signature = ""
	if body, err = json.Marshal(x); err != nil {
		t.Fatal(err)
	}
	got := s.must(b.post("/sign", "transaction", string(body), "signature", signature), http.StatusForbidden)
	if s.Ledger.Size() != size {
		t.Errorf("recorded: %s", got)
	}
	s.must(b.post("/account/keys/revoke", "key", scale.Address().String(), "reason", ""), http.StatusBadRequest)
	s.must(b.post("/account/keys/revoke", "key", scale.Address().String(), "reason", "Mất cân"), http.StatusSeeOther)
	s.refused(t, record(), s.Ledger.Size(), http.StatusForbidden, "")
}

// TestEraseByWallet: who signs with a wallet signs each step of their erasure, and it
// goes on where it was.
func TestEraseByWallet(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	h := s.household("Nguyễn Thị Kín", "kin@example.vn")
	b, w := s.signIn(h.email), wallettest.New(t)
	b.bindWallet(h.identity, w)
	for _, want := range []string{"Xóa 8 tài liệu", "Thay khóa ký của thành viên"} {
		page := s.must(b.post("/account/data/erase", "word", "XÓA"), http.StatusConflict).body
		if !strings.Contains(string(page), want) {
			t.Fatalf("the page does not say %q: %s", want, page)
		}
		done := s.must(b.post("/sign", "transaction", fieldOf(t, page, "transaction"), "signature", w.Sign(t, fieldOf(t, page, "typed")), "next", fieldOf(t, page, "next")), http.StatusSeeOther)
		if to := done.Header.Get("Location"); to != "/account/data/erase?done=erase_signed" {
			t.Errorf("it leads to %s", to)
		}
	}
	s.must(b.post("/account/data/erase", "word", "XÓA"), http.StatusSeeOther)
	if key, err := s.Index.Key(t.Context(), w.Address()); err != nil || key.Revoked == nil {
		t.Errorf("the wallet's key: %+v, %v", key, err)
	}
	if _, err := s.Accounts.Account(t.Context(), h.account.ID); ledger.CodeOf(err) != ledger.NotFound {
		t.Errorf("the account: %v", err)
	}
	if list := s.tells(h, s.operator); len(list) > 0 {
		t.Errorf("still told: %v", list)
	}
}

// TestNobodyActsByAnothersKey sends every form and every body that names somebody to
// every route, as others: nothing is signed by the key of whom it names, and nothing
// of theirs changes.
func TestNobodyActsByAnothersKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.site
	h := s.household("Nguyễn Thị Kín", "kin@example.vn") // which none of the callers administers
	victim, token, own := h.identity, h.token, s.signIn(h.email)
	page := s.must(own.post("/account/keys/wallet", "member", victim.Member.String()), http.StatusOK).body
	tokens, err := s.Accounts.Tokens(t.Context(), victim.Account)
	if err != nil {
		t.Fatal(err)
	}
	state := func() string {
		x, err := s.Accounts.Export(t.Context(), victim.Account, account.From{})
		if err != nil {
			t.Fatal(err)
		}
		x.At, x.Events, x.Failures, x.Sessions = time.Time{}, nil, nil, nil
		b, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	before, size := state(), s.Ledger.Size()
	names := form(
		"member", victim.Member.String(), "org", victim.Org.String(), "account", victim.Account.String(), "key", victim.Address.String(),
		"token", tokens[0].ID, "nonce", fieldOf(t, page, "nonce"), "id", victim.Member.String(), "name", "x", "scopes", "manage", "expires", "30",
		"actions", "traceability/capture", "reason", "x", "identifier", "kin@example.vn", "purpose", "contact_mail", "version", "1", "agree", "true",
	)
	items := []byte(`{"items":[` + string(trace.Encode(trace.NewMember{Member: ledger.Enrolment{Member: victim.Member, Org: victim.Org, Key: wallettest.New(t).Address(), Roles: ledger.Roles}})) + `]}`)
	fill := strings.NewReplacer(":entry", "0", ":id", victim.Member.String(), ":cid", "x", ":contract", "registry", ":action", "rotate", ":member", victim.Member.String(), ":key", victim.Address.String(), ":org", victim.Org.String())
	for _, route := range api.Routes(s.Handler()) {
		method, path, _ := strings.Cut(route, " ")
		if method == http.MethodGet || method == http.MethodHead || path == "/signout" {
			continue
		}
		for _, who := range w.callers {
			if who.browser != nil { // as whom they would like to act
				who.browser.jar.SetCookies(who.browser.address("/"), []*http.Cookie{{Name: "__Host-sogoc-as", Value: victim.Member.String(), Path: "/", Secure: true}})
			}
			s.callAs(who, method, fill.Replace(path), here, names)
			s.callAs(who, method, fill.Replace(path), header{"Content-Type", "application/json", "Sec-Fetch-Site", "same-origin"}, items)
		}
	}
	for i := size; i < s.Ledger.Size(); i++ {
		e, err := s.Ledger.Entry(t.Context(), i)
		if err != nil {
			t.Fatal(err)
		}
		if e.Signer == victim.Address {
			t.Errorf("%s %s was signed by the key of somebody who did not ask for it", e.Tx.Header.Contract, e.Tx.Header.Action)
		}
	}
	if after := state(); after != before {
		t.Errorf("the account changed:\n%s\n%s", before, after)
	}
	s.must(s.get("/account/keys", token), http.StatusForbidden)
	s.must(own.get("/account/keys"), http.StatusOK)
}
