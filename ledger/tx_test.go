package ledger

import (
	"bytes"
	"crypto/ecdsa"
	"math"
	"math/big"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"
	"golang.org/x/crypto/sha3"
)

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func signed(t testing.TB, items ...string) Tx {
	t.Helper()
	var salted []Item
	for _, it := range items {
		salted = append(salted, NewItem([]byte(it)))
	}
	tx, err := Sign(Hash{7}, newKey(t), "registry", "enrol", "Ghi nhận thành viên", salted, 1_800_000_000)
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

// The identifier is written out here as EIP-712 has it: keccak256(0x1901 ‖
// domainSeparator ‖ hashStruct(message)), each member in 32 bytes.
func TestIDIsEIP712(t *testing.T) {
	keccak := func(parts ...[]byte) []byte {
		h := sha3.NewLegacyKeccak256()
		h.Write(bytes.Join(parts, nil))
		return h.Sum(nil)
	}
	tx := signed(t, "a", "b", "c")
	h, register := tx.Header, Hash{7}
	domain := keccak(
		keccak([]byte("EIP712Domain(string name,string version,bytes32 salt)")),
		keccak([]byte("So Goc")), keccak([]byte("1")), register[:])
	expiry := append(make([]byte, 24), 0, 0, 0, 0, 0x6b, 0x49, 0xd2, 0x00) // 1,800,000,000
	items := append(make([]byte, 31), 3)
	message := keccak(
		keccak([]byte("Transaction(string contract,string action,string summary,bytes32 body,uint32 items,bytes32 nonce,uint64 expiry)")),
		keccak([]byte("registry")), keccak([]byte("enrol")), keccak([]byte("Ghi nhận thành viên")), h.Body[:], items, h.Nonce[:], expiry)
	if got, want := tx.ID(register), keccak([]byte{0x19, 0x01}, domain, message); !bytes.Equal(got[:], want) {
		t.Errorf("%s, want %x", got, want)
	}
}

// TestIDOfManyTexts: whatever was hashed lately, by whomever, an identifier is its own.
func TestIDOfManyTexts(t *testing.T) {
	id := func(n int) TxID {
		return (&Header{Contract: "registry", Action: "enrol", Summary: strconv.Itoa(n)}).ID(Hash{7})
	}
	const texts = 2000
	first := map[TxID]int{}
	for n := range texts {
		first[id(n)] = n
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for n := range texts {
				if is, ok := first[id(n)]; !ok || is != n {
					t.Errorf("the summary %d has another identifier now", n)
				}
			}
		})
	}
	all.Wait()
	if len(first) != texts {
		t.Errorf("there are %d identifiers", len(first))
	}
}

func TestSignAndCheck(t *testing.T) {
	key := newKey(t)
	tx, err := Sign(Hash{1}, key, "registry", "found", "summary", []Item{NewItem([]byte("x"))}, 5)
	if err != nil {
		t.Fatal(err)
	}
	id, signer, err := tx.Check(Hash{1})
	if err != nil || id != tx.ID(Hash{1}) || signer != AddressOf(&key.PublicKey) {
		t.Fatalf("%s %s %v", id, signer, err)
	}
	if _, other, err := tx.Check(Hash{2}); err == nil && other == signer {
		t.Error("it passes on another register")
	}
}

// TestCheckOfChanged: of a transaction that this process signed itself nothing is taken
// for granted once anything of it was changed.
func TestCheckOfChanged(t *testing.T) {
	other := signed(t, "b")
	for name, change := range map[string]func(*Tx){
		"contract":            func(tx *Tx) { tx.Header.Contract += "x" },
		"action":              func(tx *Tx) { tx.Header.Action += "x" },
		"summary":             func(tx *Tx) { tx.Header.Summary += "x" },
		"nonce":               func(tx *Tx) { tx.Header.Nonce[0]++ },
		"expiry":              func(tx *Tx) { tx.Header.Expiry++ },
		"header":              func(tx *Tx) { tx.Header = other.Header },
		"data":                func(tx *Tx) { tx.Items[0].Data[0]++ },
		"salt":                func(tx *Tx) { tx.Items[0].Salt[0]++ },
		"items":               func(tx *Tx) { tx.Items = other.Items },
		"order of items":      func(tx *Tx) { tx.Items[0], tx.Items[1] = tx.Items[1], tx.Items[0] },
		"items and their sum": func(tx *Tx) { tx.Items = other.Items; tx.Header.Commit(tx.Items) },
		"signature":           func(tx *Tx) { tx.Signature = other.Signature },
		"r":                   func(tx *Tx) { tx.Signature[5]++ },
		"s":                   func(tx *Tx) { tx.Signature[40]++ },
		"v":                   func(tx *Tx) { tx.Signature[64] = 27 + 28 - tx.Signature[64] },
	} {
		own := signed(t, "a", "c")
		received, err := DecodeTx(own.Encode())
		if err != nil {
			t.Fatal(err)
		}
		register, foreign := Hash{7}, Hash{8}
		id, signer, err := own.Check(register)
		if gotID, got, gotErr := received.Check(register); gotID != id || got != signer || err != nil || gotErr != nil {
			t.Fatalf("own: %s, %v; received: %s, %v", signer, err, got, gotErr)
		}
		if _, got, err := own.Check(foreign); err == nil && got == signer {
			t.Error("it is the signer's on another register")
		}
		change(&own)
		received.Header, received.Signature, received.Items = own.Header, own.Signature, own.Items
		_, wantSigner, want := received.Check(register)
		_, got, err := own.Check(register)
		if CodeOf(err) != CodeOf(want) || (err == nil) != (want == nil) || got != wantSigner {
			t.Errorf("%s changed: %s, %v; of one that was received %s, %v", name, got, err, wantSigner, want)
		}
		if err == nil && got == signer {
			t.Errorf("%s changed: it is still the signer's", name)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	many := make([]Item, MaxItems+1)
	large := make([]Item, 9)
	for i := range large {
		large[i].Data = make([]byte, MaxItemSize)
	}
	for name, c := range map[string]struct {
		change func(*Tx)
		code   Code
		field  string
	}{
		"upper case":       {func(tx *Tx) { tx.Header.Contract = "Registry" }, Invalid, "contract"},
		"long name":        {func(tx *Tx) { tx.Header.Action = strings.Repeat("a", MaxName+1) }, Invalid, "action"},
		"control":          {func(tx *Tx) { tx.Header.Summary = "a\nb" }, Invalid, "summary"},
		"not UTF-8":        {func(tx *Tx) { tx.Header.Summary = "\xff" }, Invalid, "summary"},
		"long summary":     {func(tx *Tx) { tx.Header.Summary = strings.Repeat("a", MaxSummary+1) }, TooLarge, "summary"},
		"no items":         {func(tx *Tx) { tx.Items = nil }, Invalid, "items"},
		"many items":       {func(tx *Tx) { tx.Items = many }, TooLarge, "items"},
		"large item":       {func(tx *Tx) { tx.Items = []Item{{Data: make([]byte, MaxItemSize+1)}} }, TooLarge, "items"},
		"large body":       {func(tx *Tx) { tx.Items = large }, TooLarge, "items"},
		"another body":     {func(tx *Tx) { tx.Header.Body[0]++ }, Invalid, "body"},
		"another count":    {func(tx *Tx) { tx.Header.Count++ }, Invalid, "body"},
		"no signature":     {func(tx *Tx) { tx.Signature = Signature{} }, Unauthenticated, "signature"},
		"recovery id 0":    {func(tx *Tx) { tx.Signature[64] -= 27 }, Unauthenticated, "signature"},
		"recovery id high": {func(tx *Tx) { tx.Signature[64] = 255 }, Unauthenticated, "signature"},
		"s above half": {func(tx *Tx) {
			s := new(big.Int).SetBytes(tx.Signature[32:64])
			s.Sub(crypto.S256().Params().N, s).FillBytes(tx.Signature[32:64])
		}, Unauthenticated, "signature"},
	} {
		tx := signed(t, "a", "b")
		c.change(&tx)
		_, _, err := tx.Check(Hash{7})
		e, ok := err.(*Error)
		if !ok || e.Code != c.code || e.Field != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTxRoundTrip(t *testing.T) {
	tx := signed(t, "a", "", strings.Repeat("x", 1000))
	raw := tx.Encode()
	got, err := DecodeTx(raw)
	if err != nil {
		t.Fatal(err)
	}
	if got.Header != tx.Header || got.Signature != tx.Signature || !bytes.Equal(got.Encode(), raw) {
		t.Error("decoded it is another")
	}
	for i := range raw {
		if _, err := DecodeTx(raw[:i]); err == nil {
			t.Fatalf("cut at %d it is taken", i)
		}
	}
	if _, err := DecodeTx(append(raw, 0)); CodeOf(err) != Invalid {
		t.Error("a byte too many is taken")
	}
}

func TestLeafRoundTrip(t *testing.T) {
	tx := signed(t, "a")
	l := Leaf{Register: Hash{7}, Header: tx.Header, Signature: tx.Signature, Time: -5, Rules: 9}
	raw := l.Encode()
	got, err := DecodeLeaf(raw)
	if err != nil || got != l {
		t.Fatalf("%+v, %v", got, err)
	}
	for i := range raw {
		if _, err := DecodeLeaf(raw[:i]); CodeOf(err) != Invalid {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
}

func FuzzDecodeTx(f *testing.F) {
	tx := signed(f, "item", "")
	f.Add(tx.Encode())
	f.Add([]byte{txVersion})
	f.Fuzz(func(t *testing.T, b []byte) {
		tx, err := DecodeTx(b)
		if err == nil && !bytes.Equal(tx.Encode(), b) {
			t.Fatal("encoded again it differs")
		}
	})
}

func FuzzDecodeLeaf(f *testing.F) {
	tx := signed(f, "item")
	l := Leaf{Header: tx.Header, Signature: tx.Signature, Time: 1, Rules: 1}
	f.Add(l.Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := DecodeLeaf(b)
		if err == nil && !bytes.Equal(l.Encode(), b) {
			t.Fatal("encoded again it differs")
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	own := signed(b, strings.Repeat("x", 400))
	received, err := DecodeTx(own.Encode())
	if err != nil {
		b.Fatal(err)
	}
	for name, tx := range map[string]*Tx{"own": &own, "received": &received} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := tx.Check(Hash{7}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestLargestLeaf: a leaf always goes behind a length of 16 bits, as in an entry bundle
// of C2SP tlog-tiles.
func TestLargestLeaf(t *testing.T) {
	l := Leaf{Header: Header{Contract: strings.Repeat("c", MaxName), Action: strings.Repeat("a", MaxName), Summary: strings.Repeat("s", MaxSummary)}}
	if n := len(l.Encode()); n != MaxLeafSize || n > math.MaxUint16 {
		t.Errorf("the largest leaf has %d bytes, not %d", n, MaxLeafSize)
	}
}
