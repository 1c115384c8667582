package seal

//lint:file-ignore SA1019 crypto/ecdsa keeps its ways to coordinates and scalars for the curves of the standard library, of which secp256k1 is none.

import (
	"crypto/ecdsa"
	"crypto/hkdf"
	"crypto/sha256"
	"math/big"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/sogoc/sogoc/ledger"
)

const (
	pointSize  = 33 // compressed, SEC 1 section 2.3.3
	scalarSize = 32
	boxSize    = len(Key{}) + tagSize
	sigSize    = 64

	// WrappedBytes is the length of a wrapped key.
	WrappedBytes = pointSize + boxSize + sigSize
	// MaxContext is the most bytes that a context may have.
	MaxContext = 1 << 10
)

// Wrap seals a key to a buyer, by ECIES over secp256k1. The context names the
// transfer; a wrapped key is of no use in another. The form, with P the buyer's public
// key, r a random scalar and points compressed, is
//
//	R ‖ box ‖ signature
//	R          r·G
//	box        AES-256-GCM(key) ‖ tag, under kek, the nonce 12 zero bytes
//	kek        HKDF-SHA-256(r·P, no salt, info "sogoc-seal/1 wrap" ‖ R ‖ P ‖ context, 32 bytes)
//	signature  ECDSA by r, as 64 bytes with the lower s, of
//	           SHA-256("sogoc-seal/1 wrapped" ‖ R ‖ P ‖ box ‖ context)
//
// The signature shows that whoever wrapped knows r, and so knows the shared point r·P
// already. A buyer who makes it public to prove a bad key (ProveBadKey) therefore
// betrays nothing: without it a seller could put another transfer's R before garbage,
// and the proof would open that transfer's key to everybody. go-ethereum's own ecies
// has neither the signature nor a way to recompute its steps from the shared point.
func Wrap(key Key, to *ecdsa.PublicKey, context []byte) ([]byte, error) {
	ephemeral, err := crypto.GenerateKey()
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "no key could be drawn")
	}
	return wrap(key, to, context, ephemeral)
}

func wrap(key Key, to *ecdsa.PublicKey, context []byte, ephemeral *ecdsa.PrivateKey) ([]byte, error) {
	if err := checkTo(to, context); err != nil {
		return nil, err
	}
	w := &wrapped{r: &ephemeral.PublicKey}
	w.box = newGCM(w.kek(multiply(ephemeral.D, to), to, context)).Seal(nil, zeroNonce, key[:], nil)
	sig, err := crypto.Sign(w.digest(to, context), ephemeral)
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "the wrapped key could not be signed")
	}
	b := append(compress(w.r), w.box...)
	return append(b, sig[:sigSize]...), nil
}

// CheckWrapped checks all of a wrapped key that can be checked without a secret: its
// form, and that it was made for this buyer and this context by who knows the shared
// point. A contract calls it before it takes a wrapped key for delivered; everything
// beyond is what ProveBadKey proves. Errors are Invalid.
func CheckWrapped(b []byte, to *ecdsa.PublicKey, context []byte) error {
	_, err := parseWrapped(b, to, context)
	return err
}

// Unwrap opens a wrapped key. Whether it is the right one Sealed.CheckKey says.
// Errors are Invalid.
func Unwrap(b []byte, own *ecdsa.PrivateKey, context []byte) (Key, error) {
	if err := checkOwn(own); err != nil {
		return Key{}, err
	}
	to := multiply(own.D, base)
	w, err := parseWrapped(b, to, context)
	if err != nil {
		return Key{}, err
	}
	key, ok := w.open(multiply(own.D, w.r), to, context)
	if !ok {
		return Key{}, ledger.Errorf(ledger.Invalid, "the wrapped key does not open")
	}
	return key, nil
}

// wrapped is a wrapped key whose signature holds.
type wrapped struct {
	r   *ecdsa.PublicKey
	box []byte
}

func parseWrapped(b []byte, to *ecdsa.PublicKey, context []byte) (*wrapped, error) {
	if err := checkTo(to, context); err != nil {
		return nil, err
	}
	in := input{b}
	point, box, sig := in.take(pointSize), in.take(boxSize), in.take(sigSize)
	if sig == nil || len(in.rest) > 0 {
		return nil, ledger.Errorf(ledger.Invalid, "a wrapped key has %d bytes", WrappedBytes)
	}
	r, err := crypto.DecompressPubkey(point)
	if err != nil {
		return nil, ledger.Errorf(ledger.Invalid, "the wrapped key does not start with a point of secp256k1")
	}
	w := &wrapped{r, box}
	if !crypto.VerifySignature(point, w.digest(to, context), sig) {
		return nil, ledger.Errorf(ledger.Invalid, "the key was not wrapped for this buyer and this transfer")
	}
	return w, nil
}

func (w *wrapped) kek(shared, to *ecdsa.PublicKey, context []byte) []byte {
	info := append([]byte(version+" wrap"), compress(w.r)...)
	info = append(append(info, compress(to)...), context...)
	kek, err := hkdf.Key(sha256.New, compress(shared), nil, string(info), 32)
	if err != nil {
		panic(err) // the length is a constant
	}
	return kek
}

func (w *wrapped) digest(to *ecdsa.PublicKey, context []byte) []byte {
	h := sha256.New()
	h.Write([]byte(version + " wrapped"))
	h.Write(compress(w.r))
	h.Write(compress(to))
	h.Write(w.box)
	h.Write(context)
	return h.Sum(nil)
}

func (w *wrapped) open(shared, to *ecdsa.PublicKey, context []byte) (Key, bool) {
	b, err := newGCM(w.kek(shared, to, context)).Open(nil, zeroNonce, w.box, nil)
	if err != nil {
		return Key{}, false
	}
	return Key(b), true
}

var (
	zeroNonce = make([]byte, 12) // each kek seals one key
	curve     = crypto.S256()
	order     = curve.Params().N
	base      = &ecdsa.PublicKey{Curve: curve, X: curve.Params().Gx, Y: curve.Params().Gy}
)

func checkTo(to *ecdsa.PublicKey, context []byte) error {
	switch {
	case to == nil || to.X == nil || to.Y == nil || to.X.Sign() < 0 || to.Y.Sign() < 0 || !curve.IsOnCurve(to.X, to.Y):
		return ledger.FieldErrorf(ledger.Invalid, "to", "is not a point of secp256k1")
	case len(context) == 0 || len(context) > MaxContext:
		return ledger.FieldErrorf(ledger.Invalid, "context", "has not 1 to %d bytes", MaxContext)
	}
	return nil
}

func checkOwn(own *ecdsa.PrivateKey) error {
	if own == nil || !validScalar(own.D) {
		return ledger.FieldErrorf(ledger.Invalid, "own", "is not a key of secp256k1")
	}
	return nil
}

func validScalar(k *big.Int) bool { return k != nil && k.Sign() > 0 && k.Cmp(order) < 0 }

// multiply is k·p, for a valid scalar and a point; the order is a prime, so the
// product is a point, too.
func multiply(k *big.Int, p *ecdsa.PublicKey) *ecdsa.PublicKey {
	x, y := curve.ScalarMult(p.X, p.Y, k.FillBytes(make([]byte, scalarSize)))
	return &ecdsa.PublicKey{Curve: curve, X: x, Y: y}
}

func compress(p *ecdsa.PublicKey) []byte {
	b := make([]byte, pointSize)
	b[0] = 2 + byte(p.Y.Bit(0))
	p.X.FillBytes(b[1:])
	return b
}

// ParsePublicKey reads the key of a buyer: a SEC 1 point on secp256k1, compressed or
// not.
func ParsePublicKey(b []byte) (*ecdsa.PublicKey, error) {
	parse := crypto.UnmarshalPubkey
	if len(b) == 33 {
		parse = crypto.DecompressPubkey
	}
	key, err := parse(b)
	if err != nil {
		return nil, ledger.FieldErrorf(ledger.Invalid, "key", "is not a public key on secp256k1, of 33 or 65 bytes")
	}
	return key, nil
}
