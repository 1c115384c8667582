package disk

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
)

func FuzzDictionary(f *testing.F) {
	d := NewDictionary([]byte(`{"type":"ObjectEvent","action":"ADD","bizStep":"commissioning"}`))
	f.Add([]byte(`{"type":"ObjectEvent"}`))
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte("x"), 5000))
	f.Fuzz(func(t *testing.T, b []byte) {
		packed := d.Pack(b)
		if got, err := d.Unpack(packed, len(b)); err != nil || !bytes.Equal(got, b) {
			t.Fatalf("%q came back as %q, %v", b, got, err)
		}
		if len(b) > 0 {
			if _, err := d.Unpack(packed, len(b)-1); ledger.CodeOf(err) != ledger.Invalid {
				t.Fatalf("more than the most: %v", err)
			}
		}
		if got, err := d.Unpack(b, 1<<16); err == nil && len(got) > 1<<16 {
			t.Fatal("more than the most was unpacked")
		}
	})
}

func TestDictionaryShortens(t *testing.T) {
	text := `{"type":"ObjectEvent","action":"ADD","bizStep":"commissioning","disposition":"active"}`
	packed := NewDictionary([]byte(text)).Pack([]byte(strings.Replace(text, "ADD", "DELETE", 1)))
	if len(packed) > len(text)/2 {
		t.Errorf("%d bytes became %d", len(text), len(packed))
	}
}
