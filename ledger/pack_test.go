package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"testing"
)

// TestPackGolden: organisations endorse the same bytes only if all pack alike. When
// this fails, a new version of the chaincode is needed.
func TestPackGolden(t *testing.T) {
	var b []byte
	for i := range 5000 {
		h := sha256.Sum256([]byte{byte(i), byte(i >> 8)})
		b = fmt.Appendf(b, `{"managed":true,"parties":["4c9e6a7a6df95601"],"balances":[{"id":"%x","qty":"%d KGM"}]},`, h[:i%32], i)
	}
	hash := sha256.New()
	for n := 0; n < len(b); n = n*5/4 + 1 {
		packed := Pack(b[:n])
		if got := AppendPacked([]byte("behind"), b[:n]); string(got) != "behind"+string(packed) {
			t.Fatalf("%d bytes are appended otherwise", n)
		}
		hash.Write(packed)
		if got, err := Unpack(packed); err != nil || !bytes.Equal(got, b[:n]) {
			t.Fatalf("%d bytes do not come back: %v", n, err)
		}
	}
	const want = "a0791a1752a8fb24bc40da16471e91878cc1f66c93cfb34eba0144cf0dff4e9f"
	if got := hex.EncodeToString(hash.Sum(nil)); got != want {
		t.Errorf("packed differently: %s", got)
	}
}

func TestUnpackBounds(t *testing.T) {
	for name, c := range map[string]struct {
		b    []byte
		code Code
	}{
		"nothing":     {nil, Invalid},
		"cut short":   {Pack([]byte("a transaction"))[:5], Invalid},
		"a claim":     {binary.AppendUvarint(nil, 1<<20), Invalid},
		"a large one": {binary.AppendUvarint(nil, MaxUnpacked+1), TooLarge},
	} {
		if _, err := Unpack(c.b); CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(Pack([]byte("one and one and one")))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := Unpack(b)
		if err != nil {
			return
		}
		if again, err := Unpack(Pack(got)); err != nil || !bytes.Equal(again, got) {
			t.Fatalf("%q does not come back: %v", got, err)
		}
	})
}
