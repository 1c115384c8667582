package embedded

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"reflect"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/order"
)

func sampleBlock() []byte {
	w := newBlockWriter(7, 1000, 1_780_000_000_000, ledger.Hash{1})
	w.add(order.Record{Rules: 1, Signer: ledger.Address{2}, Tx: []byte("first"), Outcome: []byte("yes")})
	w.add(order.Record{Rules: 3, Signer: ledger.Address{4}, Tx: []byte("second")})
	b, _ := w.seal()
	return b
}

// encode writes a decoded block again.
func encode(b *order.Block) []byte {
	w := newBlockWriter(b.Number, b.First, b.Records[0].Time, b.Prev)
	for _, s := range b.Records {
		w.add(s)
	}
	out, _ := w.seal()
	return out
}

func TestBlockRoundTrip(t *testing.T) {
	raw := sampleBlock()
	b, err := decodeBlock(0, raw)
	if err != nil {
		t.Fatal(err)
	}
	if b.Number != 7 || b.First != 1000 || b.Next() != 1002 || b.Prev != (ledger.Hash{1}) {
		t.Errorf("header %+v", b)
	}
	if s := b.Records[0]; s.Time != 1_780_000_000_000 || s.Rules != 1 || s.Signer != (ledger.Address{2}) || string(s.Tx) != "first" || string(s.Outcome) != "yes" {
		t.Errorf("entry %+v", s)
	}
	if !bytes.Equal(encode(b), raw) {
		t.Error("encoded again it differs")
	}
}

func TestBlockRefusesEveryChange(t *testing.T) {
	raw := sampleBlock()
	for i := range raw {
		b := bytes.Clone(raw)
		b[i] ^= 0x10
		if _, err := decodeBlock(0, b); ledger.CodeOf(err) != ledger.Invalid {
			t.Fatalf("byte %d changed: %v", i, err)
		}
		if _, err := decodeBlock(0, raw[:i]); ledger.CodeOf(err) != ledger.Invalid {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
	empty, _ := newBlockWriter(0, 0, 0, ledger.Hash{}).seal()
	if _, err := decodeBlock(0, empty); ledger.CodeOf(err) != ledger.Invalid {
		t.Errorf("a block without entries: %v", err)
	}
}

// A block is stored packed where that is shorter, and read either way.
func TestPackedBlock(t *testing.T) {
	raw := sampleBlock()
	if got, _ := packBlock(raw); len(got) >= len(raw) || got[0] != blockPacked {
		t.Fatalf("%d bytes are stored as %d, %v", len(raw), len(got), got[0])
	}
	stored, _ := packBlock(raw)
	want, err := decodeBlock(0, raw)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeBlock(0, stored)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := decodeBlock(0, append([]byte{blockPacked}, ledger.Pack(stored)...)); ledger.CodeOf(err) != ledger.Invalid {
		t.Errorf("packed twice: %v", err)
	}
	for i := range stored {
		b := bytes.Clone(stored)
		b[i] ^= 0x10
		// A repetition may be found at more than one place.
		if got, err := decodeBlock(0, b); ledger.CodeOf(err) != ledger.Invalid && !reflect.DeepEqual(got, want) {
			t.Fatalf("byte %d changed: %+v, %v", i, got, err)
		}
		if _, err := decodeBlock(0, stored[:i]); ledger.CodeOf(err) != ledger.Invalid {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
	chance := make([]byte, 500)
	rand.Read(chance)
	if got, _ := packBlock(chance); !bytes.Equal(got, chance) {
		t.Errorf("what repeats nothing is stored in %d bytes, not %d", len(got), len(chance))
	}
}

// TestBlockFormat: blocks are the truth, so what was written once is read for ever.
func TestBlockFormat(t *testing.T) {
	const want = "8209787287b3a636e2ef27da037518bd3cecc5546ec16d7c8f812c349c84f6fe"
	if got := ledger.Hash(sha256.Sum256(sampleBlock())); got.String() != want {
		t.Errorf("a block of version %d is now written as %s", blockVersion, got)
	}
}

// FuzzDecodeBlock puts a right checksum on what it is given, so that the fuzzer
// gets beyond it.
func FuzzDecodeBlock(f *testing.F) {
	raw := sampleBlock()
	f.Add(raw[:len(raw)-checksumSize])
	f.Add([]byte{blockVersion})
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) < blockHeader {
			return
		}
		w := blockWriter{b: bytes.Clone(body)}
		w.count = uint32(body[countOffset])<<24 | uint32(body[countOffset+1])<<16 | uint32(body[countOffset+2])<<8 | uint32(body[countOffset+3])
		raw, hash := w.seal()
		b, err := decodeBlock(0, raw)
		if err != nil {
			if ledger.CodeOf(err) != ledger.Invalid {
				t.Fatal(err)
			}
			return
		}
		if raw[0] != blockPacked && (b.Hash != hash || !bytes.Equal(encode(b), raw)) {
			t.Fatal("encoded again it differs")
		}
	})
}

func TestCacheForgetsWhatIsNotUsed(t *testing.T) {
	c := newCache(20 * (perKey + 2))
	c.put("hot", []byte("x"))
	for i := range 200 {
		c.put(string(rune('a'+i)), nil)
		if v, known := c.get("hot"); !known || string(v) != "x" {
			t.Fatalf("a key in use was forgotten after %d others", i)
		}
	}
	if _, known := c.get("a"); known {
		t.Error("nothing was forgotten")
	}
	if n := len(c.young) + len(c.old); n > 25 {
		t.Errorf("%d keys are kept", n)
	}
	if v, known := c.get(string(rune('a' + 199))); !known || v != nil {
		t.Error("a known absence was forgotten at once")
	}
}
