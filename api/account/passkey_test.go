package account

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
	"time"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"

	"github.com/sogoc/sogoc/ledger"
)

const origin = "https://truyxuat.example.vn"

// authenticator is a phone's, in Go: one passkey, made without attestation.
type authenticator struct {
	id     []byte
	handle string
	key    *ecdsa.PrivateKey
	count  uint32
	origin string
	flags  byte
}

const (
	userPresent  = 0x01
	userVerified = 0x04
	hasKey       = 0x40
)

func newAuthenticator(t testing.TB) *authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	id := make([]byte, 32)
	rand.Read(id)
	return &authenticator{id: id, key: key, origin: origin, flags: userPresent | userVerified}
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (a *authenticator) client(t testing.TB, kind, challenge string) []byte {
	t.Helper()
	b, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.origin, "crossOrigin": false})
	must(t, err)
	return b
}

func (a *authenticator) data(rp string, flags byte) []byte {
	hash := sha256.Sum256([]byte(rp))
	a.count++
	return binary.BigEndian.AppendUint32(append(hash[:], flags), a.count)
}

// create answers navigator.credentials.create.
func (a *authenticator) create(t testing.TB, options []byte) []byte {
	t.Helper()
	var o struct {
		PublicKey struct {
			Challenge string
			RP        struct{ ID string }
			User      struct{ ID string }
		}
	}
	must(t, json.Unmarshal(options, &o))
	a.handle = o.PublicKey.User.ID
	data := append(a.data(o.PublicKey.RP.ID, a.flags|hasKey), make([]byte, 16)...)
	data = append(binary.BigEndian.AppendUint16(data, uint16(len(a.id))), a.id...)
	point, err := a.key.PublicKey.Bytes()
	must(t, err)
	cose, err := webauthncbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
	must(t, err)
	object, err := webauthncbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": append(data, cose...)})
	must(t, err)
	return a.answer(t, map[string]any{"attestationObject": b64(object), "clientDataJSON": b64(a.client(t, "webauthn.create", o.PublicKey.Challenge))})
}

// use answers navigator.credentials.get.
func (a *authenticator) use(t testing.TB, options []byte) []byte {
	t.Helper()
	var o struct {
		PublicKey struct{ Challenge, RPID string }
	}
	must(t, json.Unmarshal(options, &o))
	data, client := a.data(o.PublicKey.RPID, a.flags), a.client(t, "webauthn.get", o.PublicKey.Challenge)
	hash := sha256.Sum256(client)
	signed := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	sig, err := ecdsa.SignASN1(rand.Reader, a.key, signed[:])
	must(t, err)
	return a.answer(t, map[string]any{"authenticatorData": b64(data), "clientDataJSON": b64(client), "signature": b64(sig), "userHandle": a.handle})
}

func (a *authenticator) answer(t testing.TB, response map[string]any) []byte {
	t.Helper()
	b, err := json.Marshal(map[string]any{"id": b64(a.id), "rawId": b64(a.id), "type": "public-key", "response": response})
	must(t, err)
	return b
}

// passkey adds a passkey to the account of a session.
func (s *site) passkey(t testing.TB, p *Passkeys, session string) *authenticator {
	t.Helper()
	phone := newAuthenticator(t)
	options, state, err := p.Begin(t.Context(), session)
	must(t, err)
	_, err = p.Finish(t.Context(), session, state, phone.create(t, options), "điện thoại", anybody)
	must(t, err)
	return phone
}

func TestPasskey(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	a := s.account(t, hoa)
	s.codes(t, s.signIn(t, hoa.Phone).Secret)
	b := s.account(t, Person{Name: "B", Phone: "0987654321"})
	p, err := s.Passkeys("Sổ Gốc", origin)
	must(t, err)
	session := s.signIn(t, b.Phone).Secret
	phone := s.passkey(t, p, session)

	signIn := func(change func(*authenticator)) (Grant, error) {
		options, state, err := p.BeginSignIn(ctx, anybody)
		must(t, err)
		other := *phone
		change(&other)
		g, err := p.SignIn(ctx, state, other.use(t, options), anybody)
		if err == nil {
			phone.count = other.count
		}
		return g, err
	}
	g, err := signIn(func(*authenticator) {})
	must(t, err)
	if g.Session.Account != b.ID || g.Session.Needs != NeedsNothing || g.Session.Methods[0] != ByPasskey {
		t.Errorf("%+v", g.Session)
	}
	for what, change := range map[string]func(*authenticator){
		"site":    func(x *authenticator) { x.origin = "https://truyxuat.example.com" },
		"key":     func(x *authenticator) { x.key = newAuthenticator(t).key },
		"passkey": func(x *authenticator) { x.id = newAuthenticator(t).id },
		"account": func(x *authenticator) { x.handle = b64(a.ID[:]) },
		"nobody":  func(x *authenticator) { id := ledger.NewID(); x.handle = b64(id[:]) },
		"handle":  func(x *authenticator) { x.handle = "AAAA" },
		"person":  func(x *authenticator) { x.flags = userPresent },
		"count":   func(x *authenticator) { x.count = 0 }, // a copy of the passkey
	} {
		g, err := signIn(change)
		if fails(t, err, ledger.Unauthenticated); err == nil {
			t.Errorf("another %s opens %v", what, g.Session.Account)
		}
	}

	options, state, err := p.BeginSignIn(ctx, anybody)
	must(t, err)
	answer := phone.use(t, options)
	if _, err := p.SignIn(ctx, state, answer, anybody); err != nil {
		t.Fatal(err)
	}
	_, err = p.SignIn(ctx, state, answer, anybody)
	fails(t, err, ledger.Unauthenticated) // replayed: its count is old
	phone.count += 10
	_, err = p.SignIn(ctx, state, phone.use(t, options), anybody)
	fails(t, err, ledger.Invalid) // and the state is spent
	for _, bad := range []string{"", "x", state + "A"} {
		_, err = p.SignIn(ctx, bad, answer, anybody)
		fails(t, err, ledger.Invalid)
	}
	options, state, err = p.BeginSignIn(ctx, anybody)
	must(t, err)
	for _, bad := range []string{"", "{}", `{"id":"AAAA"}`} {
		_, err = p.SignIn(ctx, state, []byte(bad), anybody)
		fails(t, err, ledger.Unauthenticated)
	}
	s.clock.pass(stateLife)
	_, err = p.SignIn(ctx, state, phone.use(t, options), anybody)
	fails(t, err, ledger.Invalid)

	session = g.Secret
	s.clock.pass(StepUp)
	_, _, err = p.Begin(ctx, session)
	fails(t, err, ledger.Unauthenticated) // not fresh
	keys, err := s.PasskeysOf(ctx, b.ID)
	if err != nil || len(keys) != 1 || keys[0].Name != "điện thoại" {
		t.Fatalf("%+v, %v", keys, err)
	}
	fails(t, s.RemovePasskey(ctx, session, keys[0].ID, anybody), ledger.Unauthenticated)
	if g, err = signIn(func(*authenticator) {}); err != nil {
		t.Fatal(err)
	}
	must(t, s.RemovePasskey(ctx, g.Secret, keys[0].ID, anybody))
	_, err = signIn(func(*authenticator) {})
	fails(t, err, ledger.Unauthenticated)
}

// TestPasskeyProves: a passkey completes a session of its account, and no other's.
func TestPasskeyProves(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	a := s.account(t, hoa)
	s.account(t, Person{Name: "B", Phone: "0987654321"})
	p, err := s.Passkeys("Sổ Gốc", origin)
	must(t, err)
	mine := s.signIn(t, hoa.Phone).Secret
	s.codes(t, mine)
	phone := s.passkey(t, p, mine)
	prove := func(session string) (Grant, error) {
		options, state, err := p.BeginSignIn(ctx, anybody)
		must(t, err)
		return p.Prove(ctx, session, state, phone.use(t, options), anybody)
	}
	half := s.signIn(t, hoa.Phone)
	full, err := prove(half.Secret)
	must(t, err)
	if full.Session.Needs != NeedsNothing || full.Secret == half.Secret || !full.Session.strong() {
		t.Errorf("%+v", full.Session)
	}
	_, err = s.Session(ctx, half.Secret)
	fails(t, err, ledger.Unauthenticated)
	_, err = prove(s.signIn(t, "0987654321").Secret)
	fails(t, err, ledger.Unauthenticated)
	s.clock.pass(StepUp + time.Second)
	if x, err := s.Session(ctx, full.Secret); err != nil || x.Fresh(s.now()) {
		t.Fatalf("%+v, %v", x, err)
	}
	full, err = prove(full.Secret)
	if err != nil || !full.Session.Fresh(s.now()) || full.Session.Account != a.ID {
		t.Errorf("%+v, %v", full.Session, err)
	}
}

// TestAddPasskey: for the account that began, by a fresh session, once.
func TestAddPasskey(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	a := s.account(t, hoa)
	s.account(t, Person{Name: "B", Phone: "0987654321"})
	p, err := s.Passkeys("Sổ Gốc", origin)
	must(t, err)
	mine, theirs := s.signIn(t, hoa.Phone).Secret, s.signIn(t, "0987654321").Secret
	phone := newAuthenticator(t)
	options, state, err := p.Begin(ctx, mine)
	must(t, err)
	answer := phone.create(t, options)
	_, err = p.Finish(ctx, theirs, state, answer, "x", anybody)
	fails(t, err, ledger.Invalid)
	_, err = p.Finish(ctx, mine, state, []byte("{}"), "x", anybody)
	fails(t, err, ledger.Unauthenticated)
	_, err = p.Finish(ctx, mine, state, answer, "", anybody)
	fails(t, err, ledger.Invalid)
	made, err := p.Finish(ctx, mine, state, answer, "x", anybody)
	must(t, err)
	_, err = p.Finish(ctx, mine, state, answer, "x", anybody)
	fails(t, err, ledger.Conflict)

	// An organisation asks for a second factor: a passkey is one.
	org := ledger.NewID()
	_, err = s.NewMember(ctx, a.ID, org, anybody)
	must(t, err)
	must(t, s.SetOrgSettings(ctx, org, OrgSettings{SecondFactor: true}))
	g := s.signIn(t, hoa.Phone)
	if g.Session.Needs != NeedsPasskey {
		t.Fatalf("%+v", g.Session)
	}
	_, _, err = p.Begin(ctx, g.Secret) // a password alone does not add a factor
	fails(t, err, ledger.Unauthenticated)
	_, _, err = s.BeginTOTP(ctx, g.Secret, "x")
	fails(t, err, ledger.Unauthenticated)
	must(t, s.RemovePasskey(ctx, mine, made.ID, anybody))
	g = s.signIn(t, hoa.Phone)
	if g.Session.Needs != NeedsEnrol {
		t.Fatalf("%+v", g.Session)
	}
	s.passkey(t, p, g.Secret)
	if x, err := s.Session(ctx, g.Secret); err != nil || x.Needs != NeedsNothing {
		t.Errorf("%+v, %v", x, err)
	}
	if _, err := s.Passkeys("x", "http://192.0.2.7:8080"); err == nil {
		t.Error("a relying party without a name")
	}
}
