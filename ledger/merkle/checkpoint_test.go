package merkle

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/ledger"
)

func newKey(t testing.TB, name string) (note.Signer, note.Verifier) {
	t.Helper()
	var seed [ed25519.SeedSize]byte
	rand.Read(seed[:])
	return keyOf(t, name, seed)
}

func keyOf(t testing.TB, name string, seed [ed25519.SeedSize]byte) (note.Signer, note.Verifier) {
	t.Helper()
	private := ed25519.NewKeyFromSeed(seed[:])
	public, err := note.NewEd25519VerifierKey(name, private.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	const ed25519Algorithm = 1
	encoded := base64.StdEncoding.EncodeToString(append([]byte{ed25519Algorithm}, seed[:]...))
	s, err := note.NewSigner(fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", name, v.KeyHash(), encoded))
	if err != nil {
		t.Fatal(err)
	}
	return s, v
}

const origin = "sogoc.example/952"

func TestCheckpointText(t *testing.T) {
	c := Checkpoint{Origin: origin, Size: 7, Root: EmptyRoot}
	const want = origin + "\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
	if c.Text() != want {
		t.Errorf("%q, want %q", c.Text(), want)
	}
}

func TestCheckpointRoundTrip(t *testing.T) {
	s1, v1 := newKey(t, origin)
	s2, v2 := newKey(t, "witness.example")
	c := Checkpoint{Origin: origin, Size: 1 << 63, Root: leafHash(1)}
	b, err := SignCheckpoint(c, s1, s2)
	if err != nil {
		t.Fatal(err)
	}
	for _, keys := range [][]note.Verifier{{v1}, {v2}, {v1, v2}} {
		got, n, err := OpenCheckpoint(b, origin, keys...)
		if err != nil || got != c || len(n.Sigs) != len(keys) || len(n.UnverifiedSigs) != 2-len(keys) {
			t.Errorf("%d keys: %v %v %v", len(keys), got, n, err)
		}
	}
	_, stranger := newKey(t, origin)
	for _, keys := range [][]note.Verifier{nil, {stranger}} {
		if _, _, err := OpenCheckpoint(b, origin, keys...); ledger.CodeOf(err) != ledger.Unauthenticated {
			t.Errorf("%d keys: %v", len(keys), err)
		}
	}
	if _, _, err := OpenCheckpoint(b, "another", v1); ledger.CodeOf(err) != ledger.Invalid {
		t.Errorf("another origin: %v", err)
	}
}

func TestSignCheckpointRefuses(t *testing.T) {
	s, _ := newKey(t, origin)
	for _, o := range []string{"", "two\nlines", "\x7f", "\xff"} {
		if _, err := SignCheckpoint(Checkpoint{Origin: o}, s); ledger.CodeOf(err) != ledger.Invalid {
			t.Errorf("%q: %v", o, err)
		}
	}
	if _, err := SignCheckpoint(Checkpoint{Origin: origin}); ledger.CodeOf(err) != ledger.Invalid {
		t.Error(err)
	}
}

// Everything here is validly signed: only the spelling is at fault.
func TestOpenCheckpointIsStrict(t *testing.T) {
	s, v := newKey(t, origin)
	root := base64.StdEncoding.EncodeToString(EmptyRoot[:])
	for name, text := range map[string]string{
		"leading zero":      origin + "\n07\n" + root + "\n",
		"plus sign":         origin + "\n+7\n" + root + "\n",
		"negative":          origin + "\n-7\n" + root + "\n",
		"too large":         origin + "\n18446744073709551616\n" + root + "\n",
		"hexadecimal":       origin + "\n0x7\n" + root + "\n",
		"underscore":        origin + "\n1_0\n" + root + "\n",
		"no size":           origin + "\n\n" + root + "\n",
		"stray bits":        origin + "\n7\n" + strings.TrimSuffix(root, "U=") + "V=\n",
		"short root":        origin + "\n7\n" + root[:40] + "\n",
		"no padding":        origin + "\n7\n" + strings.TrimSuffix(root, "=") + "\n",
		"extension":         origin + "\n7\n" + root + "\nmore\n",
		"two lines":         origin + "\n7\n",
		"another origin":    origin + "x\n7\n" + root + "\n",
		"space at the end":  origin + "\n7 \n" + root + "\n",
		"delete in a line":  origin + "\x7f\n7\n" + root + "\n",
		"empty first line":  "\n7\n" + root + "\n",
		"root and a space":  origin + "\n7\n" + root + " \n",
		"root cut by a tab": origin + "\n7\n" + root[:10] + "\u00a0" + root[10:] + "\n",
	} {
		b, err := note.Sign(&note.Note{Text: text}, s)
		if err != nil {
			t.Fatal(name, err)
		}
		if _, _, err := OpenCheckpoint(b, origin, v); ledger.CodeOf(err) != ledger.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOpenCheckpointSignatureLines(t *testing.T) {
	s, v := newKey(t, origin)
	b, err := SignCheckpoint(Checkpoint{Origin: origin, Size: 7}, s)
	if err != nil {
		t.Fatal(err)
	}
	i := bytes.LastIndex(b, []byte("— "))
	line := b[i:]
	stray := slices.Clone(b) // 68 bytes: the last digit before "=" carries two stray bits
	last := len(stray) - 3
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	stray[last] = digits[strings.IndexByte(digits, stray[last])|1]
	wrong := slices.Clone(b)
	at := len(wrong) - 10
	wrong[at] = digits[strings.IndexByte(digits, wrong[at])^1]
	for name, c := range map[string]struct {
		b    []byte
		code ledger.Code
	}{
		"stray bits":        {stray, ledger.Invalid},
		"line twice":        {append(slices.Clone(b), line...), ledger.Invalid},
		"no signature":      {b[:i], ledger.Invalid},
		"cut short":         {b[:len(b)-1], ledger.Invalid},
		"text after":        {append(slices.Clone(b), "x\n"...), ledger.Invalid},
		"carriage return":   {bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")), ledger.Invalid},
		"changed signature": {wrong, ledger.Unauthenticated},
		"changed text":      {bytes.Replace(b, []byte("\n7\n"), []byte("\n8\n"), 1), ledger.Unauthenticated},
	} {
		if _, _, err := OpenCheckpoint(c.b, origin, v); err == nil || ledger.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	foreign := append(slices.Clone(b), "— witness.example AAAAAQI=\n"...)
	if _, n, err := OpenCheckpoint(foreign, origin, v); err != nil || len(n.UnverifiedSigs) != 1 {
		t.Errorf("a further signature: %v", err)
	}
}

func FuzzOpenCheckpoint(f *testing.F) {
	s, v := keyOf(f, "log", [ed25519.SeedSize]byte{1}) // the same in every fuzzing process
	for _, size := range []uint64{0, 1, 12345} {
		b, err := SignCheckpoint(Checkpoint{Origin: "log", Size: size, Root: EmptyRoot}, s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, n, err := OpenCheckpoint(b, "log", v)
		if err != nil {
			if code := ledger.CodeOf(err); code != ledger.Invalid && code != ledger.Unauthenticated {
				t.Fatalf("%s: %v", code, err)
			}
			return
		}
		if c.Text() != n.Text || c.Origin != "log" || len(n.Sigs) != 1 {
			t.Fatalf("%q opened as %v", b, c)
		}
	})
}
