package receipt

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// replaces puts another checkpoint key in the place of the one that signs, in the name
// of somebody, and returns where.
func (r *register) replaces(by person, c ledger.KeyChange) ledger.Rotation {
	r.t.Helper()
	signer, vkey := newKey(r.t, origin)
	if c.Old == "" {
		c.Old = r.now
	}
	c.New, c.Reason = vkey, "the machine was replaced"
	r.signers, r.now = []note.Signer{signer}, vkey
	return ledger.Rotation{Index: r.add(by, "registry", "checkpoint", c), KeyChange: c}
}

func TestReceiptsOutliveTheirKey(t *testing.T) {
	p := newProvince(t)
	thief := p.signers[0]
	old := p.build(p.record, 0)
	first := p.replaces(p.operator, ledger.KeyChange{})
	p.add(p.recorder, "traceability", "record", "later")
	between := p.build(p.record, 0)
	second := p.replaces(p.operator, ledger.KeyChange{})
	last := p.add(p.recorder, "traceability", "record", "last")
	now, err := p.trust.Succeed("", first, second)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"the first key": old, "the second key": between, "the third key": p.build(last, 0)} {
		if _, err := Verify(now, b); err != nil {
			t.Errorf("under %s: %v", name, err)
		}
	}
	if _, err := Verify(p.trust, old); err != nil {
		t.Errorf("a trust file of before: %v", err)
	}
	wantRefused(t, p.trust, between, "signed by no key of the trust file")
	again, err := ParseTrust(now.Encode())
	if err != nil || again.String() != now.String() || !strings.Contains(now.String(), TrustFormatFormer) {
		t.Errorf("%v: %s", err, now)
	}

	// Where the file begins does not matter.
	at := map[string]Trust{"from the first key": p.trust}
	for name, vkey := range map[string]string{"from the second": second.Old, "from the third": second.New} {
		trust := p.trust
		trust.Keys = []string{vkey}
		at[name] = trust
	}
	for name, trust := range at {
		if got, err := trust.Succeed("", first, second); err != nil || got.String() != now.String() {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if got, err := now.Succeed("", first, second); err != nil || got.String() != now.String() {
		t.Errorf("twice: %v, %v", got, err)
	}

	// Whoever keeps the first key signs nothing that was recorded after it.
	p.signers = []note.Signer{thief}
	wantRefused(t, now, p.build(last, 0), "its key was replaced by entry 20")
}

func TestFollow(t *testing.T) {
	p := newProvince(t)
	changes := []ledger.Rotation{p.replaces(p.operator, ledger.KeyChange{}), p.replaces(p.operator, ledger.KeyChange{})}
	want, err := p.trust.Succeed("", changes...)
	if err != nil {
		t.Fatal(err)
	}
	first, second := p.build(changes[0].Index, 0), p.build(changes[1].Index, 0)
	got, err := p.trust.Follow(first, second)
	if err != nil || got.String() != want.String() {
		t.Fatalf("%v, %v", got, err)
	}
	refused := func(words string, receipts ...[]byte) {
		t.Helper()
		if _, err := p.trust.Follow(receipts...); err == nil || ledger.CodeOf(err) != ledger.Invalid || !strings.Contains(err.Error(), words) {
			t.Errorf("%v, want ...%s...", err, words)
		}
	}
	refused("changes no checkpoint key of the trust file", second)
	refused("changes no checkpoint key of the trust file", second, first)
	refused("changes no checkpoint key", p.build(p.record, 0))
	refused("does not administer the operator's organisation", first, second, p.build(p.replaces(p.admin, ledger.KeyChange{}).Index, 0))
	p.now = changes[1].New
	refused("does not administer the operator's organisation", first, second, p.build(p.replaces(p.clerk, ledger.KeyChange{}).Index, 0))

	// Whoever stole a checkpoint key signs a tree of their own, but nobody's transaction.
	p.now = changes[1].New
	thief := newPerson(t, p.operator.Org, ledger.RoleAdmin)
	p.enrol(p.admin, "enrol", thief)
	refused("its signer is of another organisation", first, second, p.build(p.replaces(thief, ledger.KeyChange{}).Index, 0))
}

func TestCompromisedKey(t *testing.T) {
	p := newProvince(t)
	stolen, vkey := p.signers[0], p.now
	root := func(size int) ledger.Hash { return treeRoot(p.leaves()[:size]) }
	retired, err := merkle.SignRetirement(merkle.Retirement{Key: vkey, Good: merkle.Checkpoint{Origin: origin, Size: 18, Root: root(18)}}, p.recovery)
	if err != nil {
		t.Fatal(err)
	}
	// with is a receipt of entry 12 under the key, of the tree at a size.
	with := func(size int, signers ...note.Signer) []byte {
		r := *p.register
		r.entries, r.signers = r.entries[:size], append([]note.Signer{stolen}, signers...)
		return r.build(p.record, 0)
	}
	genuine, late, last := with(15), with(19), with(18)
	p.addWitness()
	witness := p.signers[1]
	change := p.replaces(p.operator, ledger.KeyChange{Retired: string(retired)})
	now, err := p.trust.Succeed(p.genesis.Recovery, change)
	if err != nil {
		t.Fatal(err)
	}
	unproven := func(b []byte, past ...ledger.Hash) {
		t.Helper()
		if _, err := VerifyWith(now, b, past); !errors.Is(err, ErrUnproven) || ledger.CodeOf(err) != ledger.Invalid {
			t.Errorf("%v, want that it is unproven", err)
		}
	}
	proved := func(b []byte, past ...ledger.Hash) {
		t.Helper()
		if _, err := VerifyWith(now, b, past); err != nil {
			t.Error(err)
		}
	}
	path := func(old, size uint64) []ledger.Hash {
		t.Helper()
		tree, _ := merkle.New(nil).Append(p.leaves()...)
		list, err := tree.Consistency(old, size)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	unproven(genuine)
	unproven(late)
	unproven(genuine, path(14, 18)...)
	unproven(late, path(18, 19)...)
	proved(genuine, path(15, 18)...)
	proved(last) // it is the last good tree itself
	proved(with(15, witness))
	proved(with(19, witness))
	proved(p.build(p.record, 0))
	quorum := now
	quorum.Quorum = 1
	wantRefused(t, quorum, genuine, "witnesses")

	// A forger with the stolen key has every other proof.
	forged := newProvince(t)
	forged.genesis, forged.id, forged.entries = p.genesis, p.id, nil
	forged.operator.key, forged.operator.Enrolment = p.operator.key, p.operator.Enrolment
	forged.enrol(forged.operator, "found", forged.operator)
	at := forged.add(forged.operator, "traceability", "record", "never recorded")
	forged.signers = []note.Signer{stolen}
	if _, err := Verify(p.trust, forged.build(at, 0)); err != nil {
		t.Errorf("before the key is retired: %v", err)
	}
	unproven(forged.build(at, 0))
	unproven(forged.build(at, 0), path(2, 18)...)

	s, err := now.Signatures([]byte(mustParse(t, genuine).Checkpoint))
	if err != nil || len(s.Keys) != 1 || s.Size != 15 {
		t.Errorf("who signed it: %+v, %v", s, err)
	}
	if _, err := now.Open([]byte(mustParse(t, genuine).Checkpoint)); !errors.Is(err, ErrUnproven) {
		t.Errorf("what it proves: %v", err)
	}
	if got, err := p.trust.Follow(p.build(change.Index, 0)); err != nil || got.String() != now.String() {
		t.Errorf("%v, %v", got, err)
	}
	someone, other := newKey(t, origin+"/recovery")
	bad, err := merkle.SignRetirement(merkle.Retirement{Key: vkey, Good: merkle.Checkpoint{Origin: origin, Size: 20, Root: root(20)}}, someone)
	if err != nil {
		t.Fatal(err)
	}
	change.Retired = string(bad)
	if _, err := p.trust.Succeed(p.genesis.Recovery, change); ledger.CodeOf(err) != ledger.Invalid {
		t.Errorf("by another recovery key than %s: %v", other, err)
	}
}

func mustParse(t *testing.T, b []byte) Receipt {
	t.Helper()
	r, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestOrigin: receipts of before the register went on under another origin still verify.
func TestOrigin(t *testing.T) {
	p := newProvince(t)
	old := p.build(p.record, 0)
	first := p.replaces(p.operator, ledger.KeyChange{})
	between := p.build(p.record, 0)
	second := p.replaces(p.operator, ledger.KeyChange{Origin: "sogoc.example/restored"})
	now, err := p.trust.Succeed("", first, second)
	if err != nil || now.Origin != second.Origin {
		t.Fatalf("%v, %v", now, err)
	}
	for _, b := range [][]byte{old, between} {
		if _, err := Verify(now, b); err != nil {
			t.Error(err)
		}
	}
	wantRefused(t, now, p.build(p.record, 0), "its key signs for")
	if _, err := p.trust.Follow(p.build(first.Index, 0), p.build(second.Index, 0)); err == nil || !strings.Contains(err.Error(), "another origin") {
		t.Errorf("followed by itself: %v", err)
	}
}
