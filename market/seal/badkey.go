package seal

//lint:file-ignore SA1019 crypto/ecdsa keeps its ways to coordinates and scalars for the curves of the standard library, of which secp256k1 is none.

import (
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"math/big"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/sogoc/sogoc/ledger"
)

// BadKeyBytes is the length of what ProveBadKey makes.
const BadKeyBytes = pointSize + 2*scalarSize

// ProveBadKey makes the evidence that a wrapped key, which passes CheckWrapped, does
// not open to the key that s commits to. It holds the shared point and a proof that
// it is the buyer's (Chaum and Pedersen 1992, made non-interactive by Fiat and
// Shamir's heuristic), so that anybody can open the wrapped key and look; the buyer's
// private key stays secret. With P = x·G the buyer's public key, R the wrapped key's
// point and k a secret scalar, the form is
//
//	S ‖ e ‖ z
//	S  x·R, compressed
//	e  SHA-256("sogoc-seal/1 shared" ‖ P ‖ R ‖ S ‖ k·G ‖ k·R) mod n
//	z  k + e·x mod n
//
// It is Conflict when the key is the right one. Other errors are Invalid.
func ProveBadKey(b []byte, own *ecdsa.PrivateKey, context []byte, s Sealed) ([]byte, error) {
	if err := checkOwn(own); err != nil {
		return nil, err
	}
	to := multiply(own.D, base)
	w, err := parseWrapped(b, to, context)
	if err != nil {
		return nil, err
	}
	shared := multiply(own.D, w.r)
	if err := w.bad(shared, to, context, s); err != nil {
		return nil, err
	}
	e, z := proveShared(own.D, to, w.r, shared)
	proof := e.FillBytes(make([]byte, scalarSize))
	return append(append(compress(shared), proof...), z.FillBytes(make([]byte, scalarSize))...), nil
}

// VerifyBadKey returns nil when the evidence shows that the wrapped key, which was
// made for this buyer and this context, does not open to the key that s commits to.
// Errors are Invalid when the evidence shows nothing, and Conflict when the key is
// the right one.
func VerifyBadKey(evidence, b []byte, to *ecdsa.PublicKey, context []byte, s Sealed) error {
	w, err := parseWrapped(b, to, context)
	if err != nil {
		return err
	}
	in := input{evidence}
	point, first, second := in.take(pointSize), in.take(scalarSize), in.take(scalarSize)
	if second == nil || len(in.rest) > 0 {
		return ledger.Errorf(ledger.Invalid, "evidence of a bad key has %d bytes", BadKeyBytes)
	}
	shared, err := crypto.DecompressPubkey(point)
	if err != nil {
		return ledger.Errorf(ledger.Invalid, "the evidence does not start with a point of secp256k1")
	}
	if !verifyShared(to, w.r, shared, new(big.Int).SetBytes(first), new(big.Int).SetBytes(second)) {
		return ledger.Errorf(ledger.Invalid, "the evidence does not show that the shared point is the buyer's")
	}
	return w.bad(shared, to, context, s)
}

// bad returns nil when the wrapped key opens to none, or to another than committed to.
func (w *wrapped) bad(shared, to *ecdsa.PublicKey, context []byte, s Sealed) error {
	if err := s.Validate(); err != nil {
		return err
	}
	if key, ok := w.open(shared, to, context); ok && s.CheckKey(key) == nil {
		return ledger.Errorf(ledger.Conflict, "the wrapped key is the one that was committed to")
	}
	return nil
}

// proveShared shows that to = x·G and shared = x·r for one x.
func proveShared(x *big.Int, to, r, shared *ecdsa.PublicKey) (e, z *big.Int) {
	for {
		k := secretScalar(x, r)
		e = challenge(to, r, shared, multiply(k, base), multiply(k, r))
		z = new(big.Int).Mul(e, x)
		if z.Mod(z.Add(z, k), order); validScalar(e) && validScalar(z) {
			return e, z
		}
	}
}

func verifyShared(to, r, shared *ecdsa.PublicKey, e, z *big.Int) bool {
	if !validScalar(e) || !validScalar(z) {
		return false
	}
	a, b := combine(z, base, e, to), combine(z, r, e, shared)
	return a != nil && b != nil && challenge(to, r, shared, a, b).Cmp(e) == 0
}

// combine is z·p − e·q, or nil when that is the point at infinity.
func combine(z *big.Int, p *ecdsa.PublicKey, e *big.Int, q *ecdsa.PublicKey) *ecdsa.PublicKey {
	zp, eq := multiply(z, p), multiply(new(big.Int).Sub(order, e), q)
	x, y := curve.Add(zp.X, zp.Y, eq.X, eq.Y)
	if x.Sign() == 0 && y.Sign() == 0 {
		return nil
	}
	return &ecdsa.PublicKey{Curve: curve, X: x, Y: y}
}

func challenge(points ...*ecdsa.PublicKey) *big.Int {
	h := sha256.New()
	h.Write([]byte(version + " shared"))
	for _, p := range points {
		h.Write(compress(p))
	}
	e := new(big.Int).SetBytes(h.Sum(nil))
	return e.Mod(e, order)
}

// secretScalar draws k. It depends on the private key and on what is proved as well,
// so that a weak source of randomness does not give the private key away.
func secretScalar(x *big.Int, r *ecdsa.PublicKey) *big.Int {
	var fresh [32]byte
	rand.Read(fresh[:])
	for {
		h := hmac.New(sha512.New, x.FillBytes(make([]byte, scalarSize)))
		h.Write([]byte(version + " scalar"))
		h.Write(fresh[:])
		h.Write(compress(r))
		sum := h.Sum(nil)
		k := new(big.Int).SetBytes(sum)
		if k.Mod(k, order); validScalar(k) {
			return k
		}
		copy(fresh[:], sum)
	}
}
