package registry_test

import (
	"crypto/rand"
	"testing"

	"golang.org/x/mod/sumdb/note"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
	"github.com/sogoc/sogoc/trace"
)

func noteKey(t *testing.T, name string) (note.Signer, string) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	return signer, vkey
}

func TestCheckpointKeys(t *testing.T) {
	w := New(t)
	coop := w.Admit("coop", ledger.KindCoop)
	origin := Genesis().Origin
	skey, _ := RecoveryKey()
	recovery, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	_, first := noteKey(t, origin)
	_, second := noteKey(t, origin)
	_, third := noteKey(t, origin)
	_, moved := noteKey(t, "log.example/again")
	_, foreign := noteKey(t, "log.example/other")
	cosigner, err := merkle.NewCosigner(origin, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	// retired is the retirement of a key, by somebody.
	retired := func(by note.Signer, vkey string) string {
		b, err := merkle.SignRetirement(merkle.Retirement{Key: vkey, Good: merkle.Checkpoint{Origin: origin, Size: 3, Root: ledger.Hash{1}}}, by)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	stranger, _ := noteKey(t, origin+"/recovery")
	operator := w.Operator.Member
	for _, s := range []struct {
		name   string
		by     *Member
		change ledger.KeyChange
		code   ledger.Code // empty where it is legal
		field  string
	}{
		{"by a co-op", coop.Member, ledger.KeyChange{Old: first, New: second}, ledger.Forbidden, ""},
		{"no key", operator, ledger.KeyChange{Old: "first", New: second}, ledger.Invalid, "old"},
		{"a witness's key", operator, ledger.KeyChange{Old: first, New: cosigner.String()}, ledger.Invalid, "new"},
		{"a key of another log", operator, ledger.KeyChange{Old: first, New: foreign}, ledger.Invalid, "new"},
		{"by itself", operator, ledger.KeyChange{Old: first, New: first}, ledger.Conflict, "new"},
		{"retired by a stranger", operator, ledger.KeyChange{Old: first, New: second, Retired: retired(stranger, first)}, ledger.Invalid, "retired"},
		{"another key retired", operator, ledger.KeyChange{Old: first, New: second, Retired: retired(recovery, second)}, ledger.Invalid, "retired"},
		{"the first", operator, ledger.KeyChange{Old: first, New: second}, "", ""},
		{"the first again", operator, ledger.KeyChange{Old: first, New: third}, ledger.Conflict, "old"},
		{"back to the first", operator, ledger.KeyChange{Old: second, New: first}, ledger.Conflict, "new"},
		{"the same origin", operator, ledger.KeyChange{Old: second, New: third, Origin: origin}, ledger.Conflict, "origin"},
		{"another origin under the old name", operator, ledger.KeyChange{Old: second, New: third, Origin: "log.example/again"}, ledger.Invalid, "new"},
		{"compromised", operator, ledger.KeyChange{Old: second, New: third, Retired: retired(recovery, second)}, "", ""},
		{"another origin", operator, ledger.KeyChange{Old: third, New: moved, Origin: "log.example/again"}, "", ""},
		{"under the origin of before", operator, ledger.KeyChange{Old: moved, New: func() string { _, k := noteKey(t, origin); return k }()}, ledger.Invalid, "new"},
	} {
		s.change.Reason = "thử"
		field := "items[0]"
		if s.field != "" {
			field += "." + s.field
		}
		t.Log(s.name)
		err := submit(w, s.by, trace.ActionCheckpoint, s.change)
		if s.code == "" {
			w.Must(err)
		} else {
			w.Refused(err, s.code, field)
		}
	}
	w.Refused(submit(w, operator, trace.ActionCheckpoint, ledger.KeyChange{Old: moved, New: first}, ledger.KeyChange{Old: moved, New: first}), ledger.Invalid, "items")
}
