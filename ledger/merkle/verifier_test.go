package merkle

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/ledger"
)

// Made by the cosigner of transparency-dev/formats v0.1.1.
const (
	knownSecret   = "PRIVATE+KEY+witness.example/w1+5852ae9d+BK8pU35lsxZ43fJCsn2YT1weT2z78rVPX2HRd0dxXnFe"
	knownVerifier = "witness.example/w1+5852ae9d+BFl0qXxob6TXlbNhTQiwazN3pm6aeI2iGowQWGiOmqZI"
	knownLine     = "— witness.example/w1 WFKunQAAAABrA06c/F205BIE04/ZBsydNEsuQWn1vQWIGdcEXXDGC+anfSwJ1j6p9hUvJ+6vhG8OueIMqlAgo7lUmRDvPBUB5YKdBw==\n"
	knownTime     = ledger.Time(1795378844_000)
)

func TestKnownCosignature(t *testing.T) {
	c, err := ParseCosigner(knownSecret)
	if err != nil {
		t.Fatal(err)
	}
	if c.Secret() != knownSecret || c.String() != knownVerifier {
		t.Errorf("%s is the key of %s", c.Secret(), c)
	}
	seed := sha256.Sum256([]byte("sogoc cosigner test"))
	if same, err := NewCosigner("witness.example/w1", seed[:]); err != nil || same.Secret() != knownSecret {
		t.Errorf("from the seed: %v, %v", same, err)
	}
	p := Checkpoint{Origin: origin, Size: 7, Root: EmptyRoot}
	line, err := c.Cosign(p, knownTime+999)
	if err != nil || string(line) != knownLine {
		t.Errorf("%s, %v", line, err)
	}
	v, err := ParseVerifier(knownVerifier)
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open([]byte(p.Text()+"\n"+knownLine), note.VerifierList(v))
	if err != nil || len(n.Sigs) != 1 || CosignatureTime(n.Sigs[0]) != knownTime {
		t.Errorf("%+v, %v", n, err)
	}
	p.Size++
	if _, err := note.Open([]byte(p.Text()+"\n"+knownLine), note.VerifierList(v)); err == nil {
		t.Error("a cosignature of another checkpoint is accepted")
	}
	if _, err := c.Cosign(p, ledger.Time(-1)*1000); err == nil {
		t.Error("a time before 1970 is cosigned")
	}
}

func TestParseVerifier(t *testing.T) {
	_, v := newKey(t, origin)
	skey, vkey, err := note.GenerateKey(nil, "log.example")
	if err != nil {
		t.Fatal(err)
	}
	plain, err := ParseVerifier(vkey)
	if err != nil || plain.String() != vkey || plain.Algorithm() != Ed25519 || plain.Name() != "log.example" {
		t.Fatalf("%v, %v", plain, err)
	}
	s, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	b, err := note.Sign(&note.Note{Text: "x\n"}, s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := note.Open(b, note.VerifierList(plain)); err != nil {
		t.Error(err)
	}
	if _, err := note.Open(b, note.VerifierList(v)); err == nil {
		t.Error("another's signature is accepted")
	}
	for _, wrong := range []string{
		"", "a", "a+b", "log.example+00000000+" + vkey[strings.LastIndex(vkey, "+")+1:],
		strings.Replace(vkey, "log", "lög ", 1), vkey + "A", vkey[:len(vkey)-4],
		strings.Replace(knownVerifier, "+B", "+C", 1), // another algorithm
		"+5852ae9d+" + base64.StdEncoding.EncodeToString(make([]byte, 33)),
	} {
		if v, err := ParseVerifier(wrong); ledger.CodeOf(err) != ledger.Invalid || err == nil {
			t.Errorf("%q: %v, %v", wrong, v, err)
		}
	}
	for _, wrong := range []string{"", knownVerifier, skey, knownSecret[1:], strings.Replace(knownSecret, "5852ae9d", "5852ae9e", 1)} {
		if _, err := ParseCosigner(wrong); err == nil || len(wrong) > 10 && strings.Contains(err.Error(), wrong) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}
