package seal

//lint:file-ignore SA1019 as in wrap.go

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/sogoc/sogoc/ledger"
)

func newOwn(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	own, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return own
}

func wrapTo(t testing.TB, key Key, to *ecdsa.PublicKey, context string) []byte {
	t.Helper()
	b, err := Wrap(key, to, []byte(context))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// committed is a Sealed that commits to a key.
func committed(key Key) Sealed {
	return Sealed{Plain: ledger.Hash{1}, Cipher: ledger.Hash{2}, Key: key.Commitment(), Bytes: 3, Chunk: Chunk}
}

func TestWrap(t *testing.T) {
	buyer, other, key := newOwn(t), newOwn(t), NewKey()
	context := []byte("transfer 1")
	b := wrapTo(t, key, &buyer.PublicKey, "transfer 1")
	if len(b) != WrappedBytes {
		t.Errorf("%d bytes", len(b))
	}
	if err := CheckWrapped(b, &buyer.PublicKey, context); err != nil {
		t.Error(err)
	}
	if got, err := Unwrap(b, buyer, context); err != nil || got != key {
		t.Errorf("unwraps to another key, %v", err)
	}
	if bytes.Equal(b, wrapTo(t, key, &buyer.PublicKey, "transfer 1")) {
		t.Error("a key is wrapped twice alike")
	}
	refused := func(what string, b []byte, own *ecdsa.PrivateKey, context []byte) {
		t.Helper()
		_, err := Unwrap(b, own, context)
		wants(t, what+": unwrap", err, ledger.Invalid)
		wants(t, what+": check", CheckWrapped(b, &own.PublicKey, context), ledger.Invalid)
		_, err = ProveBadKey(b, own, context, committed(NewKey()))
		wants(t, what+": evidence", err, ledger.Invalid)
	}
	refused("another buyer", b, other, context)
	refused("another transfer", b, buyer, []byte("transfer 2"))
	refused("no context", b, buyer, nil)
	refused("too much context", b, buyer, make([]byte, MaxContext+1))
	refused("nothing", nil, buyer, context)
	refused("a byte more", append(bytes.Clone(b), 0), buyer, context)
	for i := range b {
		refused("a byte less", b[:i], buyer, context)
		for bit := range 8 {
			changed := bytes.Clone(b)
			changed[i] ^= 1 << bit
			refused("a flipped bit", changed, buyer, context)
		}
	}
	high := bytes.Clone(b) // the signature's other s
	s := new(big.Int).SetBytes(high[len(high)-32:])
	s.Sub(order, s).FillBytes(high[len(high)-32:])
	refused("the higher s", high, buyer, context)
}

func TestNoSuchBuyer(t *testing.T) {
	good := newOwn(t)
	for name, to := range map[string]*ecdsa.PublicKey{
		"none":         nil,
		"no point":     {Curve: curve},
		"infinity":     {Curve: curve, X: new(big.Int), Y: new(big.Int)},
		"off":          {Curve: curve, X: good.X, Y: new(big.Int).Add(good.Y, big.NewInt(1))},
		"too large":    {Curve: curve, X: new(big.Int).Add(good.X, curve.Params().P), Y: good.Y},
		"below zero":   {Curve: curve, X: good.X, Y: new(big.Int).Neg(good.Y)},
		"x below zero": {Curve: curve, X: new(big.Int).Neg(good.X), Y: good.Y},
	} {
		_, err := Wrap(NewKey(), to, []byte("t"))
		wants(t, name, err, ledger.Invalid)
	}
	b := wrapTo(t, NewKey(), &good.PublicKey, "t")
	for _, d := range []*big.Int{nil, new(big.Int), big.NewInt(-1), order, new(big.Int).Add(order, big.NewInt(1))} {
		_, err := Unwrap(b, &ecdsa.PrivateKey{PublicKey: good.PublicKey, D: d}, []byte("t"))
		wants(t, "no private key", err, ledger.Invalid)
	}
}

// badly wraps something else than a key, as a seller can who cheats.
func badly(t testing.TB, box func(kek []byte) []byte, to *ecdsa.PublicKey, context string) []byte {
	t.Helper()
	r := newOwn(t)
	w := &wrapped{r: &r.PublicKey}
	w.box = box(w.kek(multiply(r.D, to), to, []byte(context)))
	sig, err := crypto.Sign(w.digest(to, []byte(context)), r)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Concat(compress(w.r), w.box, sig[:sigSize])
}

func TestBadKey(t *testing.T) {
	buyer, key := newOwn(t), NewKey()
	context, s := []byte("transfer 1"), committed(key)
	for what, b := range map[string][]byte{
		"another key": wrapTo(t, NewKey(), &buyer.PublicKey, "transfer 1"),
		"garbage":     badly(t, func([]byte) []byte { return text(boxSize) }, &buyer.PublicKey, "transfer 1"),
		"the key under another nonce": badly(t, func(kek []byte) []byte {
			return newGCM(kek).Seal(nil, append(make([]byte, 11), 1), key[:], nil)
		}, &buyer.PublicKey, "transfer 1"),
	} {
		if err := CheckWrapped(b, &buyer.PublicKey, context); err != nil {
			t.Errorf("%s: is seen without a secret: %v", what, err)
		}
		evidence, err := ProveBadKey(b, buyer, context, s)
		if err != nil || len(evidence) != BadKeyBytes {
			t.Errorf("%s: %d bytes of evidence, %v", what, len(evidence), err)
			continue
		}
		for range 2 {
			if err := VerifyBadKey(evidence, b, &buyer.PublicKey, context, s); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		other := newOwn(t)
		wants(t, "another buyer", VerifyBadKey(evidence, b, &other.PublicKey, context, s), ledger.Invalid)
		wants(t, "another transfer", VerifyBadKey(evidence, b, &buyer.PublicKey, []byte("transfer 2"), s), ledger.Invalid)
		again := wrapTo(t, NewKey(), &buyer.PublicKey, "transfer 1")
		wants(t, "another wrapped key", VerifyBadKey(evidence, again, &buyer.PublicKey, context, s), ledger.Invalid)
		for i := range evidence {
			wants(t, "a byte less", VerifyBadKey(evidence[:i], b, &buyer.PublicKey, context, s), ledger.Invalid)
			for bit := range 8 {
				changed := bytes.Clone(evidence)
				changed[i] ^= 1 << bit
				wants(t, "a flipped bit", VerifyBadKey(changed, b, &buyer.PublicKey, context, s), ledger.Invalid)
			}
		}
	}
}

// TestGoodKeyCannotBeProvedBad: who received the right key has no evidence, whatever
// shared point it claims.
func TestGoodKeyCannotBeProvedBad(t *testing.T) {
	buyer, key := newOwn(t), NewKey()
	to, context, s := &buyer.PublicKey, []byte("transfer 1"), committed(key)
	b := wrapTo(t, key, to, "transfer 1")
	_, err := ProveBadKey(b, buyer, context, s)
	wants(t, "the right key", err, ledger.Conflict)
	w, err := parseWrapped(b, to, context)
	if err != nil {
		t.Fatal(err)
	}
	right := multiply(buyer.D, w.r)
	encode := func(shared *ecdsa.PublicKey, e, z *big.Int) []byte {
		return slices.Concat(compress(shared), e.FillBytes(make([]byte, 32)), z.FillBytes(make([]byte, 32)))
	}
	e, z := proveShared(buyer.D, to, w.r, right)
	wants(t, "the true shared point", VerifyBadKey(encode(right, e, z), b, to, context, s), ledger.Conflict)

	negative := &ecdsa.PublicKey{Curve: curve, X: right.X, Y: new(big.Int).Sub(curve.Params().P, right.Y)}
	wants(t, "its negative", VerifyBadKey(encode(negative, e, z), b, to, context, s), ledger.Invalid)
	random := rand.New(rand.NewPCG(3, 4))
	scalar := func() *big.Int {
		var sum [32]byte
		for i := range sum {
			sum[i] = byte(random.Uint32())
		}
		k := new(big.Int).SetBytes(sum[:])
		return k.Mod(k, order)
	}
	for range 200 {
		wrong := multiply(scalar(), base)
		fails := func(what string, e, z *big.Int) {
			t.Helper()
			wants(t, what, VerifyBadKey(encode(wrong, e, z), b, to, context, s), ledger.Invalid)
		}
		fails("the true proof for another point", e, z)
		fails("anything", scalar(), scalar())
		fails("zeroes", new(big.Int), new(big.Int))
		fails("no challenge", new(big.Int), scalar())
		fails("beyond the order", order, order)
		// Commitments that are made to fit a challenge, which is then another.
		e0, z0 := scalar(), scalar()
		a0, b0 := combine(z0, base, e0, to), combine(z0, w.r, e0, wrong)
		fails("a transcript of one's own", challenge(to, w.r, wrong, a0, b0), z0)
		fails("a transcript of one's own challenge", e0, z0)
		// A prover who knows x, but claims a point that is not x·R: the challenge and
		// the answer fit one of the two equations.
		k := scalar()
		ek := challenge(to, w.r, wrong, multiply(k, base), multiply(k, w.r))
		zk := new(big.Int).Mul(ek, buyer.D)
		fails("the buyer's own lie", ek, zk.Mod(zk.Add(zk, k), order))
		// Or it commits with different scalars.
		k2 := scalar()
		ek = challenge(to, w.r, wrong, multiply(k, base), multiply(k2, w.r))
		zk.Mul(ek, buyer.D)
		fails("two scalars", ek, zk.Mod(zk.Add(zk, k), order))
		// Of somebody else, whose shared point it truly is.
		stranger := scalar()
		es, zs := proveShared(stranger, multiply(stranger, base), w.r, multiply(stranger, w.r))
		wrong = multiply(stranger, w.r)
		fails("a stranger's shared point", es, zs)
	}
	if small := new(big.Int).Add(z, order); small.BitLen() <= 256 {
		wants(t, "an answer beyond the order", VerifyBadKey(encode(right, e, small), b, to, context, s), ledger.Invalid)
	}
}

// TestNoOracle: a seller who puts the point of somebody else's wrapped key before
// garbage, so that the buyer's evidence would open that one, is refused before.
func TestNoOracle(t *testing.T) {
	buyer := newOwn(t)
	target := wrapTo(t, NewKey(), &buyer.PublicKey, "transfer 1")
	mallory := newOwn(t)
	context := []byte("transfer 2")
	r, err := crypto.DecompressPubkey(target[:pointSize])
	if err != nil {
		t.Fatal(err)
	}
	w := &wrapped{r: r, box: text(boxSize)}
	sig, err := crypto.Sign(w.digest(&buyer.PublicKey, context), mallory)
	if err != nil {
		t.Fatal(err)
	}
	for what, b := range map[string][]byte{
		"its own signature":    slices.Concat(target[:pointSize], w.box, sig[:sigSize]),
		"the first signature":  slices.Concat(target[:pointSize], w.box, target[pointSize+boxSize:]),
		"all of it":            target,
		"its box alone is new": slices.Concat(target[:pointSize], target[pointSize:pointSize+boxSize], sig[:sigSize]),
	} {
		wants(t, what, CheckWrapped(b, &buyer.PublicKey, context), ledger.Invalid)
		evidence, err := ProveBadKey(b, buyer, context, committed(NewKey()))
		wants(t, what+": evidence", err, ledger.Invalid)
		if evidence != nil {
			t.Errorf("%s: the buyer betrays its shared point", what)
		}
	}
}

// wrapVector is a wrapped key under known scalars, and evidence against it.
type wrapVector struct {
	Buyer     ledger.Hash `json:"buyer"`     // x
	Ephemeral ledger.Hash `json:"ephemeral"` // r
	Key       ledger.Hash `json:"key"`
	Context   string      `json:"context"`
	Wrapped   string      `json:"wrapped"`
	Evidence  string      `json:"evidence"` // that it is not the key of Committed
	Committed ledger.Hash `json:"committed"`
}

// TestWrapVectors holds the form to wrapped keys that a second implementation can be
// held to, and opens them as the comments tell it.
func TestWrapVectors(t *testing.T) {
	name := filepath.Join("testdata", "wrapped.json")
	private := func(h ledger.Hash) *ecdsa.PrivateKey {
		t.Helper()
		own, err := crypto.ToECDSA(h[:])
		if err != nil {
			t.Fatal(err)
		}
		return own
	}
	if *update {
		var all []wrapVector
		for i, context := range []string{"t", "transfer 0192f8", string(make([]byte, 64))} {
			hash := func(c byte) ledger.Hash { return sha256.Sum256([]byte{byte(i), c}) }
			v := wrapVector{Buyer: hash('b'), Ephemeral: hash('e'), Key: hash('k'), Context: context, Committed: Key(hash('c')).Commitment()}
			own := private(v.Buyer)
			b, err := wrap(Key(v.Key), &own.PublicKey, []byte(context), private(v.Ephemeral))
			if err != nil {
				t.Fatal(err)
			}
			s := committed(Key(hash('c')))
			evidence, err := ProveBadKey(b, own, []byte(context), s)
			if err != nil {
				t.Fatal(err)
			}
			v.Wrapped, v.Evidence = hex.EncodeToString(b), hex.EncodeToString(evidence)
			all = append(all, v)
		}
		writeJSON(t, name, all)
	}
	var all []wrapVector
	readJSON(t, name, &all)
	if len(all) < 3 {
		t.Fatalf("%d vectors", len(all))
	}
	for i, v := range all {
		own, r := private(v.Buyer), private(v.Ephemeral)
		b, err := wrap(Key(v.Key), &own.PublicKey, []byte(v.Context), r)
		if err != nil || hex.EncodeToString(b) != v.Wrapped {
			t.Errorf("vector %d wraps to %x, %v", i, b, err)
		}
		if key, err := Unwrap(b, own, []byte(v.Context)); err != nil || key != Key(v.Key) {
			t.Errorf("vector %d: %v", i, err)
		}
		evidence, err := hex.DecodeString(v.Evidence)
		s := committed(Key{})
		s.Key = v.Committed
		if err == nil {
			err = VerifyBadKey(evidence, b, &own.PublicKey, []byte(v.Context), s)
		}
		if err != nil {
			t.Errorf("vector %d: %v", i, err)
		}

		// As the comment of Wrap tells it.
		p, point := crypto.CompressPubkey(&own.PublicKey), crypto.CompressPubkey(&r.PublicKey)
		x, y := crypto.S256().ScalarMult(own.X, own.Y, v.Ephemeral[:])
		shared := crypto.CompressPubkey(&ecdsa.PublicKey{Curve: crypto.S256(), X: x, Y: y})
		kek, _ := hkdf.Key(sha256.New, shared, nil, "sogoc-seal/1 wrap"+string(point)+string(p)+v.Context, 32)
		box := newGCM(kek).Seal(nil, make([]byte, 12), v.Key[:], nil)
		digest := sha256.Sum256(slices.Concat([]byte("sogoc-seal/1 wrapped"), point, p, box, []byte(v.Context)))
		if !bytes.Equal(b[:81], slices.Concat(point, box)) || !crypto.VerifySignature(point, digest[:], b[81:]) {
			t.Errorf("vector %d: the comment tells another form", i)
		}
		// As that of ProveBadKey: z·G is k·G + e·P, likewise with R and S.
		if !bytes.Equal(evidence[:33], shared) {
			t.Errorf("vector %d: the evidence starts with another point", i)
		}
		n := crypto.S256().Params().N
		e, z := new(big.Int).SetBytes(evidence[33:65]), new(big.Int).SetBytes(evidence[65:])
		k := new(big.Int).Mul(e, own.D)
		k.Mod(k.Sub(z, k), n)
		kx, ky := crypto.S256().ScalarBaseMult(k.FillBytes(make([]byte, 32)))
		lx, ly := crypto.S256().ScalarMult(r.X, r.Y, k.FillBytes(make([]byte, 32)))
		sum := sha256.Sum256(slices.Concat([]byte("sogoc-seal/1 shared"), p, point, shared,
			crypto.CompressPubkey(&ecdsa.PublicKey{Curve: crypto.S256(), X: kx, Y: ky}),
			crypto.CompressPubkey(&ecdsa.PublicKey{Curve: crypto.S256(), X: lx, Y: ly})))
		want := new(big.Int).SetBytes(sum[:])
		if want.Mod(want, n); want.Cmp(e) != 0 {
			t.Errorf("vector %d: the comment tells another challenge", i)
		}
	}
}

func FuzzVerifyBadKey(f *testing.F) {
	own, err := crypto.ToECDSA(bytes.Repeat([]byte{5}, 32))
	if err != nil {
		f.Fatal(err)
	}
	key, context := Key{9}, []byte("transfer")
	b := wrapTo(f, key, &own.PublicKey, "transfer")
	bad := wrapTo(f, Key{8}, &own.PublicKey, "transfer")
	evidence, err := ProveBadKey(bad, own, context, committed(key))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(evidence, b)
	f.Add(evidence, bad)
	f.Add([]byte{2}, []byte{3})
	f.Fuzz(func(t *testing.T, evidence, wrapped []byte) {
		if VerifyBadKey(evidence, b, &own.PublicKey, context, committed(key)) == nil {
			t.Errorf("%x proves the right key bad", evidence)
		}
		got, err := Unwrap(wrapped, own, context)
		if err == nil && got != key && got != (Key{8}) {
			t.Errorf("%x opens to another key", wrapped)
		}
	})
}

func BenchmarkVerifyBadKey(b *testing.B) {
	own := newOwn(b)
	wrapped := wrapTo(b, NewKey(), &own.PublicKey, "transfer")
	s := committed(NewKey())
	evidence, err := ProveBadKey(wrapped, own, []byte("transfer"), s)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := VerifyBadKey(evidence, wrapped, &own.PublicKey, []byte("transfer"), s); err != nil {
			b.Fatal(err)
		}
	}
}
