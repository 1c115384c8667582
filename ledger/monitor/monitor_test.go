package monitor

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/ledgertest"
	"github.com/sogoc/sogoc/ledger/merkle"
	"github.com/sogoc/sogoc/ledger/receipt"
)

// log is a log in memory, of leaves that are a number and a word.
type log struct {
	t      testing.TB
	trust  receipt.Trust
	signer note.Signer
	word   string // of the leaves to come
	leaves [][]byte
	tree   *merkle.Tree
	full   map[string][]byte

	meddle func(path string, b []byte) ([]byte, error)
}

func newLog(t testing.TB) *log {
	t.Helper()
	skey, vkey, err := note.GenerateKey(rand.Reader, ledgertest.Origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	l := &log{t: t, signer: signer, full: map[string][]byte{}, word: "a"}
	l.trust = receipt.Trust{Format: receipt.TrustFormat, Register: ledger.Hash{7}, Origin: ledgertest.Origin, Keys: []string{vkey}}
	l.tree = merkle.New(l)
	return l
}

// Tile implements merkle.Tiles.
func (l *log) Tile(level uint, index uint64) ([]byte, error) {
	b, ok := l.full[fmt.Sprint(level, "/", index)]
	if !ok {
		return nil, errors.New("no such tile")
	}
	return b, nil
}

// fork gives another log of the same key, which has other leaves from the present size
// on.
func (l *log) fork(size int, word string) *log {
	f := &log{t: l.t, trust: l.trust, signer: l.signer, full: map[string][]byte{}, word: l.word}
	f.tree = merkle.New(f)
	f.grow(size)
	f.word = word
	return f
}

func (l *log) grow(size int) *log {
	l.t.Helper()
	for n := len(l.leaves); n < size; n++ {
		leaf := ledger.Leaf{Register: l.trust.Register, Header: ledger.Header{Contract: "test", Action: "put", Summary: l.word, Expiry: uint64(n)}}
		l.leaves = append(l.leaves, leaf.Encode())
		var tiles []merkle.Tile
		l.tree, tiles = l.tree.Append(leaf.Hash())
		for _, t := range tiles {
			l.full[fmt.Sprint(t.Level, "/", t.Index)] = t.Hashes
		}
	}
	return l
}

func (l *log) altered(path string, b []byte) ([]byte, error) {
	if l.meddle == nil {
		return b, nil
	}
	return l.meddle(path, bytes.Clone(b))
}

func (l *log) Checkpoint(context.Context) ([]byte, error) {
	root, err := l.tree.Root(l.tree.Size())
	if err != nil {
		return nil, err
	}
	b, err := merkle.SignCheckpoint(merkle.Checkpoint{Origin: ledgertest.Origin, Size: l.tree.Size(), Root: root}, l.signer)
	if err != nil {
		return nil, err
	}
	return l.altered("checkpoint", b)
}

func (l *log) Read(_ context.Context, p merkle.TilePath) ([]byte, error) {
	size := l.tree.Size()
	if merkle.TileOf(p.Level, p.Index, size).Width < p.Width {
		return nil, ledger.Errorf(ledger.NotFound, "no %s", p)
	}
	if !p.Entries {
		b, err := l.tree.Tile(p.Level, p.Index)
		if err != nil {
			return nil, err
		}
		return l.altered(p.String(), b[:32*p.Width])
	}
	var b []byte
	for _, leaf := range l.leaves[p.Index*256:][:p.Width] {
		b = merkle.AppendBundled(b, leaf)
	}
	return l.altered(p.String(), b)
}

// look looks at a log with what was kept.
func look(t testing.TB, l *log, was State) (Seen, *Finding) {
	t.Helper()
	m := Monitor{Trust: l.trust, Source: l, Entries: true}
	seen, err := m.Look(t.Context(), was)
	var f *Finding
	if err != nil && !errors.As(err, &f) {
		t.Fatal(err)
	}
	return seen, f
}

// kept is what a monitor keeps of a log that is as it should be.
func kept(t testing.TB, l *log, was State) State {
	t.Helper()
	seen, f := look(t, l, was)
	if f != nil {
		t.Fatalf("at %d: %v", l.tree.Size(), f)
	}
	if seen.Entries != l.tree.Size() || seen.Size != l.tree.Size() || seen.Hashed != l.tree.Size()-was.Entries {
		t.Fatalf("%d entries: %+v", l.tree.Size(), seen)
	}
	return seen.State
}

var sizes = []int{1, 2, 3, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 70_000}

func TestFollows(t *testing.T) {
	l := newLog(t)
	state := kept(t, l, State{})
	for _, size := range sizes {
		state = kept(t, l.grow(size), state)
		state = kept(t, l, state)
	}
	straight := kept(t, l, State{})
	if straight.Checkpoint != state.Checkpoint || straight.Entries != 70_000 {
		t.Errorf("%+v", straight)
	}
	back, err := ParseState(State{Trust: l.trust, Checkpoint: state.Checkpoint, Entries: state.Entries}.Encode())
	if err != nil || back.Checkpoint != state.Checkpoint || back.Entries != state.Entries {
		t.Errorf("%+v, %v", back, err)
	}
}

// TestForks: whatever a log signs that contradicts what it signed before is a fork, and
// the evidence holds.
func TestForks(t *testing.T) {
	pairs := 0
	for _, old := range []int{1, 2, 255, 256, 257, 600} {
		honest := newLog(t).grow(old)
		state := kept(t, honest, State{})
		for _, turn := range []int{0, 1, old / 2, old - 1} {
			for _, size := range []int{old, old + 1, old + 255, old + 256, 2 * old} {
				if turn >= old {
					continue
				}
				pairs++
				other := honest.fork(turn, "b").grow(size)
				seen, f := look(t, other, state)
				if f == nil || f.Kind != Forked {
					t.Fatalf("%d entries, others from %d on, then %d: %v", old, turn, size, f)
				}
				if seen.State.Checkpoint != state.Checkpoint {
					t.Error("what the fork signed is kept")
				}
				checked(t, f.Evidence, honest.trust)
			}
		}
	}
	if pairs < 60 {
		t.Errorf("%d pairs", pairs)
	}
}

// checked takes evidence through its file, and refuses it in every wrong form.
func checked(t *testing.T, e Evidence, trust receipt.Trust) {
	t.Helper()
	back, err := ParseEvidence(e.Encode())
	if err == nil {
		err = back.Check(trust)
	}
	if err != nil {
		t.Fatalf("the evidence does not hold: %v\n%s", err, e.Encode())
	}
	stranger := newLog(t).trust
	turned, same := e, e
	turned.First, turned.Second = e.Second, e.First
	same.Second = e.First
	for name, err := range map[string]error{"another key": e.Check(stranger), "one checkpoint twice": same.Check(trust)} {
		if err == nil {
			t.Errorf("%s: it holds", name)
		}
	}
	if e.Path == nil {
		return
	}
	altered := e
	altered.Root = ledger.Hash{1}
	for name, err := range map[string]error{"turned around": turned.Check(trust), "another root": altered.Check(trust)} {
		if err == nil {
			t.Errorf("%s: it holds", name)
		}
	}
}

// TestNoForkWhereThereIsNone: a log that went on proves nothing.
func TestNoForkWhereThereIsNone(t *testing.T) {
	l := newLog(t).grow(300)
	first, err := l.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	root, err := l.tree.Root(300)
	if err != nil {
		t.Fatal(err)
	}
	second, err := l.grow(400).Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	path, err := l.tree.Consistency(300, 400)
	if err != nil {
		t.Fatal(err)
	}
	if err := (Evidence{Format: EvidenceFormat, First: string(first), Second: string(second), Root: root, Path: path}).Check(l.trust); err == nil {
		t.Error("a log that went on is a fork")
	}
}

// TestSmaller: a log that was rewound is smaller; one that still serves what it signed
// before and signs another beginning of it is a fork.
func TestSmaller(t *testing.T) {
	l := newLog(t).grow(600)
	state := kept(t, l, State{})
	for _, other := range []*log{l.fork(300, "a").grow(300), l.fork(100, "b").grow(300), newLog(t)} {
		if other.trust.Keys[0] != l.trust.Keys[0] {
			other.signer, other.trust = l.signer, l.trust // empty
		}
		seen, f := look(t, other, state)
		if f == nil || f.Kind != Smaller || seen.State.Checkpoint != state.Checkpoint || f.Evidence.Second != state.Checkpoint {
			t.Errorf("%d entries after 600: %v", other.tree.Size(), f)
		}
	}
	split := l.fork(100, "b").grow(300)
	note, err := split.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	l.meddle = func(path string, b []byte) ([]byte, error) {
		if path == "checkpoint" {
			return note, nil
		}
		return b, nil
	}
	_, f := look(t, l, state)
	if f == nil || f.Kind != Forked {
		t.Fatalf("another beginning of what is served: %v", f)
	}
	checked(t, f.Evidence, l.trust)
}

// TestMeddling: nothing that is altered on the way is taken for the register's.
func TestMeddling(t *testing.T) {
	l := newLog(t).grow(700)
	state := kept(t, l, State{})
	l.grow(1500)
	fresh := State{}
	wrong := func(path string, how func([]byte) []byte) {
		l.meddle = func(p string, b []byte) ([]byte, error) {
			if p == path {
				return how(b), nil
			}
			return b, nil
		}
	}
	flip := func(at int) func([]byte) []byte {
		return func(b []byte) []byte {
			b[(at+len(b))%len(b)] ^= 1
			return b
		}
	}
	cut := func(b []byte) []byte { return b[:len(b)-1] }
	longer := func(b []byte) []byte { return append(b, 0) }
	for _, path := range []string{"tile/0/000", "tile/0/002", "tile/0/005.p/220", "tile/1/000.p/5", "tile/entries/003", "tile/entries/005.p/220"} {
		for name, how := range map[string]func([]byte) []byte{"first": flip(5), "last": flip(-1), "cut": cut, "longer": longer} {
			wrong(path, how)
			seen, f := look(t, l, fresh)
			if f == nil || f.Kind != Mismatch || seen.Entries == 1500 {
				t.Errorf("%s, %s: %v", path, name, f)
			}
		}
	}
	for name, how := range map[string]func([]byte) []byte{"size": flip(len(ledgertest.Origin) + 2), "origin": flip(0), "signature": flip(-5), "cut": cut} {
		wrong("checkpoint", how)
		if seen, f := look(t, l, state); f == nil || f.Kind != Unsigned || seen.State.Checkpoint != state.Checkpoint {
			t.Errorf("checkpoint, %s: %v", name, f)
		}
	}
	// What lies in between is not served: nothing is known of a fork.
	l.meddle = func(p string, b []byte) ([]byte, error) {
		if strings.HasPrefix(p, "tile/") {
			return nil, ledger.Errorf(ledger.NotFound, "gone")
		}
		return b, nil
	}
	if _, f := look(t, l, state); f == nil || f.Kind != Mismatch {
		t.Errorf("without tiles: %v", f)
	}
	l.meddle = func(string, []byte) ([]byte, error) { return nil, ledger.Errorf(ledger.Unavailable, "away") }
	if _, f := look(t, l, state); f == nil || f.Kind != Unreachable {
		t.Errorf("away: %v", f)
	}
	l.meddle = nil
	kept(t, l, state)
}

// TestQuorum: what too few witnesses cosigned is not kept; a fork of it still is one.
func TestQuorum(t *testing.T) {
	l := newLog(t).grow(5)
	cosigner, err := merkle.NewCosigner("witness.example", bytes.Repeat([]byte{3}, 32))
	if err != nil {
		t.Fatal(err)
	}
	l.trust.Witnesses, l.trust.Quorum = []string{cosigner.String()}, 1
	if seen, f := look(t, l, State{}); f == nil || f.Kind != Unsigned || seen.State.Checkpoint != "" {
		t.Errorf("%v", f)
	}
	cosign := func(_ string, b []byte) ([]byte, error) {
		if !bytes.Contains(b, []byte("\n— ")) {
			return b, nil
		}
		c, _, err := merkle.OpenCheckpoint(b, ledgertest.Origin, mustVerifier(t, l.trust.Keys[0]))
		if err != nil {
			return nil, err
		}
		line, err := cosigner.Cosign(c, 1_700_000_000_000)
		return append(b, line...), err
	}
	l.meddle = cosign
	seen, f := look(t, l, State{})
	if f != nil || len(seen.Witnesses) != 1 {
		t.Fatalf("%+v, %v", seen, f)
	}
	other := l.fork(3, "b").grow(9)
	if _, f := look(t, other, seen.State); f == nil || f.Kind != Forked {
		t.Errorf("a fork that nobody cosigned: %v", f)
	}
}

func mustVerifier(t testing.TB, vkey string) note.Verifier {
	t.Helper()
	v, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestAnotherRegister: entries that hash rightly are still no leaves of the register.
func TestAnotherRegister(t *testing.T) {
	l := newLog(t).grow(3)
	l.trust.Register = ledger.Hash{8}
	if _, f := look(t, l, State{}); f == nil || f.Kind != Mismatch {
		t.Errorf("%v", f)
	}
}

func FuzzParse(f *testing.F) {
	l := newLog(f).grow(3)
	state := kept(f, l, State{})
	state.Trust = l.trust
	f.Add(state.Encode())
	f.Add(Evidence{Format: EvidenceFormat, First: "a", Second: "b", Root: ledger.Hash{1}, Path: []ledger.Hash{{2}}}.Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := ParseState(b); err == nil {
			if again, err := ParseState(s.Encode()); err != nil || again.Checkpoint != s.Checkpoint {
				t.Errorf("%s: %v", s.Encode(), err)
			}
		}
		if e, err := ParseEvidence(b); err == nil {
			if again, err := ParseEvidence(e.Encode()); err != nil || again.First != e.First || again.Root != e.Root {
				t.Errorf("%s: %v", e.Encode(), err)
			}
		}
	})
}
