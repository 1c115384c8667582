package embedded

import (
	"bytes"
	"testing"

	"github.com/sogoc/sogoc/ledger"
)

func sampleBlock() []byte {
	w := newBlockWriter(7, 1000, 1_780_000_000_000, ledger.Hash{1})
	w.add(stored{rules: 1, signer: ledger.Address{2}, tx: []byte("first"), outcome: []byte("yes")})
	w.add(stored{rules: 3, signer: ledger.Address{4}, tx: []byte("second")})
	b, _ := w.seal()
	return b
}

// encode writes a decoded block again.
func encode(b *block) []byte {
	w := newBlockWriter(b.number, b.first, b.time, b.prev)
	for _, s := range b.entries {
		w.add(s)
	}
	out, _ := w.seal()
	return out
}

func TestBlockRoundTrip(t *testing.T) {
	raw := sampleBlock()
	b, err := decodeBlock(raw)
	if err != nil {
		t.Fatal(err)
	}
	if b.number != 7 || b.first != 1000 || b.next() != 1002 || b.time != 1_780_000_000_000 || b.prev != (ledger.Hash{1}) {
		t.Errorf("header %+v", b)
	}
	if s := b.entries[0]; s.rules != 1 || s.signer != (ledger.Address{2}) || string(s.tx) != "first" || string(s.outcome) != "yes" {
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
		if _, err := decodeBlock(b); ledger.CodeOf(err) != ledger.Invalid {
			t.Fatalf("byte %d changed: %v", i, err)
		}
		if _, err := decodeBlock(raw[:i]); ledger.CodeOf(err) != ledger.Invalid {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
	empty, _ := newBlockWriter(0, 0, 0, ledger.Hash{}).seal()
	if _, err := decodeBlock(empty); ledger.CodeOf(err) != ledger.Invalid {
		t.Errorf("a block without entries: %v", err)
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
		b, err := decodeBlock(raw)
		if err != nil {
			if ledger.CodeOf(err) != ledger.Invalid {
				t.Fatal(err)
			}
			return
		}
		if b.hash != hash || !bytes.Equal(encode(b), raw) {
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
