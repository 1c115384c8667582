package ledger

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"hash/maphash"
	"math/big"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"
)

// Limits of a transaction. They are part of the format: every ledger refuses
// what exceeds them.
const (
	MaxItems    = 1024    // items in a body
	MaxItemSize = 1 << 20 // bytes of one item's data
	MaxBodySize = 8 << 20 // bytes of all items' data
	MaxName     = 64      // bytes of a contract's or an action's name
	MaxSummary  = 500     // bytes of a summary
)

// MaxLeafSize is the most bytes that a leaf has, since it holds no body.
const MaxLeafSize = 1 + 32 + 2 + MaxName + 2 + MaxName + 2 + MaxSummary + 32 + 4 + 32 + 8 + 65 + 8 + 4

// TxID identifies a transaction: the EIP-712 hash that its signer signed.
type TxID = Hash

// Header is the part of a transaction that is signed.
type Header struct {
	Contract string // which rules apply
	Action   string // what of them
	Summary  string // what it does, in words; the contract checks it against the body
	Body     Hash   // the body's root
	Count    uint32 // how many items the body has
	Nonce    Hash   // random, so that equal bodies are different transactions
	Expiry   uint64 // seconds since 1970; not ordered after that
}

// Commit makes the header stand for the items of a body.
func (h *Header) Commit(items []Item) { h.Body, h.Count = BodyRoot(items), uint32(len(items)) }

// Item is one fact of a body.
type Item struct {
	Salt [16]byte
	Data []byte
}

// NewItem salts data.
func NewItem(data []byte) Item {
	it := Item{Data: data}
	rand.Read(it.Salt[:])
	return it
}

// LeafHash is the item's RFC 6962 leaf hash in the body's tree.
func (it Item) LeafHash() Hash {
	var small [1024]byte // most items fit, and are hashed without an allocation
	b := append(small[:0], rfc6962.RFC6962LeafHashPrefix)
	b = append(append(b, it.Salt[:]...), it.Data...)
	return sha256.Sum256(b)
}

// Signature is r ‖ s ‖ v.
type Signature [65]byte

// Tx is a signed transaction.
type Tx struct {
	Header    Header
	Signature Signature
	Items     []Item

	made *made // what Sign made; nil of any other transaction
}

// made is a signature that this process made itself, so that it need not find out whose
// it is.
type made struct {
	id        TxID
	signature Signature
	signer    Address
}

var bodyRange = compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}

// BodyRoot is the RFC 6962 tree hash over the items.
func BodyRoot(items []Item) Hash {
	if len(items) == 1 {
		return items[0].LeafHash()
	}
	r := bodyRange.NewEmptyRange(0)
	for _, it := range items {
		h := it.LeafHash()
		if err := r.Append(h[:], nil); err != nil {
			panic(err) // appending to a range that starts at 0 cannot fail
		}
	}
	root, err := r.GetRootHash(nil)
	if err != nil {
		panic(err)
	}
	if root == nil {
		root = rfc6962.DefaultHasher.EmptyRoot()
	}
	return Hash(root)
}

var (
	domainType = crypto.Keccak256([]byte("EIP712Domain(string name,string version,bytes32 salt)"))
	domainName = crypto.Keccak256([]byte(DomainName))
	domainVer  = crypto.Keccak256([]byte(DomainVersion))
	txType     = crypto.Keccak256([]byte("Transaction(string contract,string action,string summary,bytes32 body,uint32 items,bytes32 nonce,uint64 expiry)"))
)

// ID is the EIP-712 hash of the header in a register.
func (h *Header) ID(register Hash) TxID {
	domain := domainOf(register)
	k := keccaks.Get().(*keccak)
	defer keccaks.Put(k)
	contract, action, summary := k.text(h.Contract), k.text(h.Action), k.text(h.Summary)
	b := append(k.buf[:0], txType...)
	b = append(append(append(b, contract[:]...), action[:]...), summary[:]...)
	b = append(b, h.Body[:]...)
	b = binary.BigEndian.AppendUint32(append(b, make([]byte, 28)...), h.Count)
	b = append(b, h.Nonce[:]...)
	b = binary.BigEndian.AppendUint64(append(b, make([]byte, 24)...), h.Expiry)
	message := k.hash(b)
	k.buf = append(append(append(b[:0], 0x19, 0x01), domain[:]...), message[:]...)
	return k.hash(k.buf)
}

// keccak hashes without allocating.
type keccak struct {
	crypto.KeccakState
	buf []byte // what is being hashed
	sum Hash   // the last one
}

var keccaks = sync.Pool{New: func() any { return &keccak{KeccakState: crypto.NewKeccakState()} }}

func (k *keccak) hash(b []byte) Hash {
	k.Reset()
	k.Write(b)
	k.Read(k.sum[:])
	return k.sum
}

// texts are some of those that were hashed lately: names, and summaries, which many
// transactions share. They are half of what is hashed for an ID.
var (
	texts    [256]atomic.Pointer[hashedText]
	textSeed = maphash.MakeSeed()
)

type hashedText struct {
	text string
	hash Hash
}

func (k *keccak) text(s string) Hash {
	place := &texts[maphash.String(textSeed, s)%uint64(len(texts))]
	if known := place.Load(); known != nil && known.text == s {
		return known.hash
	}
	k.buf = append(k.buf[:0], s...)
	h := k.hash(k.buf)
	place.Store(&hashedText{strings.Clone(s), h})
	return h
}

// lastDomain is the EIP-712 domain separator of the register that was asked for
// last: a process has one register.
var lastDomain atomic.Pointer[struct{ register, domain Hash }]

func domainOf(register Hash) Hash {
	if last := lastDomain.Load(); last != nil && last.register == register {
		return last.domain
	}
	return newDomain(register)
}

func newDomain(register Hash) Hash {
	domain := Hash(crypto.Keccak256(domainType, domainName, domainVer, register[:]))
	lastDomain.Store(&struct{ register, domain Hash }{register, domain})
	return domain
}

// ID is the transaction's identifier in a register.
func (tx *Tx) ID(register Hash) TxID { return tx.Header.ID(register) }

// AddressOf names a public key.
func AddressOf(key *ecdsa.PublicKey) Address { return Address(crypto.PubkeyToAddress(*key)) }

// Sign makes a transaction of items that is valid until expiry.
func Sign(register Hash, key *ecdsa.PrivateKey, contract, action, summary string, items []Item, expiry uint64) (Tx, error) {
	tx := Tx{Header: Header{Contract: contract, Action: action, Summary: summary, Expiry: expiry}, Items: items}
	tx.Header.Commit(items)
	rand.Read(tx.Header.Nonce[:])
	id := tx.ID(register)
	sig, err := crypto.Sign(id[:], key)
	if err != nil {
		return Tx{}, Wrap(err, Internal, "the transaction could not be signed")
	}
	tx.Signature = Signature(sig)
	tx.Signature[64] += 27
	tx.made = &made{id, tx.Signature, AddressOf(&key.PublicKey)}
	return tx, nil
}

// Recover returns the address whose key made sig over id. A signature has one
// valid form: s in the lower half, v 27 or 28.
func (sig Signature) Recover(id TxID) (Address, error) {
	r, s, v := sig[:32], sig[32:64], sig[64]-27
	if v > 1 || !within(r, order) || !within(s, halfOrder) {
		return Address{}, FieldErrorf(Unauthenticated, "signature", "is not in canonical form")
	}
	k := keccaks.Get().(*keccak)
	defer keccaks.Put(k)
	k.buf = append(append(append(k.buf[:0], id[:]...), sig[:64]...), v)
	pub, err := crypto.Ecrecover(k.buf[:len(id)], k.buf[len(id):])
	if err != nil {
		return Address{}, FieldErrorf(Unauthenticated, "signature", "does not belong to this transaction")
	}
	key := k.hash(pub[1:])
	return Address(key[12:]), nil
}

// order is the largest value below the order of secp256k1, and halfOrder the
// largest of its lower half.
var (
	order     = new(big.Int).Sub(crypto.S256().Params().N, big.NewInt(1)).FillBytes(make([]byte, 32))
	halfOrder = new(big.Int).Rsh(crypto.S256().Params().N, 1).FillBytes(make([]byte, 32))
)

// within reports whether v is from 1 to limit.
func within(v, limit []byte) bool {
	return bytes.Compare(v, limit) <= 0 && Hash(v) != Hash{}
}

// Check verifies everything about a transaction that needs no state: limits,
// text, the body's root and the signature. It returns the identifier and the
// signer's address.
func (tx *Tx) Check(register Hash) (TxID, Address, error) {
	if err := tx.checkShape(); err != nil {
		return TxID{}, Address{}, err
	}
	if BodyRoot(tx.Items) != tx.Header.Body || len(tx.Items) != int(tx.Header.Count) {
		return TxID{}, Address{}, FieldErrorf(Invalid, "body", "the items are not those that were signed")
	}
	id := tx.ID(register)
	if m := tx.made; m != nil && m.id == id && m.signature == tx.Signature {
		return id, m.signer, nil
	}
	signer, err := tx.Signature.Recover(id)
	return id, signer, err
}

func (tx *Tx) checkShape() error {
	h := &tx.Header
	switch {
	case !name(h.Contract):
		return FieldErrorf(Invalid, "contract", "is not a name of 1 to %d letters", MaxName)
	case !name(h.Action):
		return FieldErrorf(Invalid, "action", "is not a name of 1 to %d letters", MaxName)
	case len(h.Summary) > MaxSummary:
		return FieldErrorf(TooLarge, "summary", "has more than %d bytes", MaxSummary)
	case !text(h.Summary):
		return FieldErrorf(Invalid, "summary", "is not plain text")
	case len(tx.Items) == 0:
		return FieldErrorf(Invalid, "items", "there are none")
	case len(tx.Items) > MaxItems:
		return FieldErrorf(TooLarge, "items", "there are more than %d", MaxItems)
	}
	total := 0
	for _, it := range tx.Items {
		if len(it.Data) > MaxItemSize {
			return FieldErrorf(TooLarge, "items", "one has more than %d bytes", MaxItemSize)
		}
		total += len(it.Data)
	}
	if total > MaxBodySize {
		return FieldErrorf(TooLarge, "items", "together they have more than %d bytes", MaxBodySize)
	}
	return nil
}

func name(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && c != '_' {
			return false
		}
	}
	return 0 < len(s) && len(s) <= MaxName
}

func text(s string) bool {
	for _, r := range s {
		if unicode.IsControl(r) {
			return false
		}
	}
	return s != "" && utf8.ValidString(s)
}

const txVersion = 1

// Encode writes the stored form.
func (tx *Tx) Encode() []byte {
	n := 256 + len(tx.Header.Summary)
	for _, it := range tx.Items {
		n += 20 + len(it.Data)
	}
	b := append(make([]byte, 0, n), txVersion)
	h := &tx.Header
	b = appendString(b, h.Contract)
	b = appendString(b, h.Action)
	b = appendString(b, h.Summary)
	b = append(b, h.Nonce[:]...)
	b = binary.BigEndian.AppendUint64(b, h.Expiry)
	b = append(b, tx.Signature[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(tx.Items)))
	for _, it := range tx.Items {
		b = append(b, it.Salt[:]...)
		b = binary.BigEndian.AppendUint32(b, uint32(len(it.Data)))
		b = append(b, it.Data...)
	}
	return b
}

// DecodeTx reads the stored form and computes what the header says of the body. It checks the
// shape, not the signature. The items' data share b.
func DecodeTx(b []byte) (Tx, error) {
	var tx Tx
	d := decoder{b: b}
	if d.byte() != txVersion {
		return tx, Errorf(Invalid, "the transaction is not of version %d", txVersion)
	}
	h := &tx.Header
	h.Contract, h.Action, h.Summary = d.string(), d.string(), d.string()
	copy(h.Nonce[:], d.take(32))
	h.Expiry = d.uint64()
	copy(tx.Signature[:], d.take(65))
	n := d.uint32()
	if n > MaxItems {
		return tx, FieldErrorf(TooLarge, "items", "there are more than %d", MaxItems)
	}
	tx.Items = make([]Item, 0, n)
	for range n {
		var it Item
		copy(it.Salt[:], d.take(16))
		it.Data = d.take(int(d.uint32()))
		tx.Items = append(tx.Items, it)
	}
	if err := d.end(); err != nil {
		return tx, err
	}
	if err := tx.checkShape(); err != nil {
		return tx, err
	}
	h.Commit(tx.Items)
	return tx, nil
}

const leafVersion = 1

// Leaf is what the register's tree is built from.
type Leaf struct {
	Register  Hash
	Header    Header
	Signature Signature
	Time      Time   // record time
	Rules     uint32 // the rules version it ran under
}

// Encode writes the leaf's canonical bytes.
func (l *Leaf) Encode() []byte { return l.appendTo(make([]byte, 0, 512)) }

func (l *Leaf) appendTo(b []byte) []byte {
	h := &l.Header
	b = append(b, leafVersion)
	b = append(b, l.Register[:]...)
	b = appendString(b, h.Contract)
	b = appendString(b, h.Action)
	b = appendString(b, h.Summary)
	b = append(b, h.Body[:]...)
	b = binary.BigEndian.AppendUint32(b, h.Count)
	b = append(b, h.Nonce[:]...)
	b = binary.BigEndian.AppendUint64(b, h.Expiry)
	b = append(b, l.Signature[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(l.Time))
	return binary.BigEndian.AppendUint32(b, l.Rules)
}

// DecodeLeaf reads what Encode wrote, and nothing else.
func DecodeLeaf(b []byte) (Leaf, error) {
	var l Leaf
	d := decoder{b: b}
	if d.byte() != leafVersion {
		return l, Errorf(Invalid, "the leaf is not of version %d", leafVersion)
	}
	copy(l.Register[:], d.take(32))
	h := &l.Header
	h.Contract, h.Action, h.Summary = d.string(), d.string(), d.string()
	copy(h.Body[:], d.take(32))
	h.Count = d.uint32()
	copy(h.Nonce[:], d.take(32))
	h.Expiry = d.uint64()
	copy(l.Signature[:], d.take(65))
	l.Time = Time(d.uint64())
	l.Rules = d.uint32()
	return l, d.end()
}

// Hash is the leaf's RFC 6962 hash in the register's tree.
func (l *Leaf) Hash() Hash {
	return sha256.Sum256(l.appendTo(append(make([]byte, 0, 512), rfc6962.RFC6962LeafHashPrefix)))
}

func appendString(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}

// decoder reads fields off a slice; after the first that is missing it yields
// zero values, and end reports it.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) take(n int) []byte {
	if n < 0 || len(d.b) < n {
		d.bad, d.b = true, nil
		return nil
	}
	v := d.b[:n:n]
	d.b = d.b[n:]
	return v
}

func (d *decoder) byte() byte {
	if v := d.take(1); v != nil {
		return v[0]
	}
	return 0
}

func (d *decoder) uint32() uint32 {
	if v := d.take(4); v != nil {
		return binary.BigEndian.Uint32(v)
	}
	return 0
}

func (d *decoder) uint64() uint64 {
	if v := d.take(8); v != nil {
		return binary.BigEndian.Uint64(v)
	}
	return 0
}

func (d *decoder) string() string {
	if v := d.take(2); v != nil {
		return string(d.take(int(binary.BigEndian.Uint16(v))))
	}
	return ""
}

func (d *decoder) end() error {
	if d.bad {
		return Errorf(Invalid, "the record is cut short")
	}
	if len(d.b) > 0 {
		return Errorf(Invalid, "the record has %d bytes too many", len(d.b))
	}
	return nil
}
