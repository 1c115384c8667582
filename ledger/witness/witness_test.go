package witness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// log is a log of made-up leaves.
type log struct {
	origin string
	signer note.Signer
	key    note.Verifier
	leaves []ledger.Hash
}

func newLog(t testing.TB, origin string, leaves int) *log {
	t.Helper()
	skey, vkey, err := note.GenerateKey(nil, origin)
	if err != nil {
		t.Fatal(err)
	}
	l := &log{origin: origin}
	if l.signer, err = note.NewSigner(skey); err != nil {
		t.Fatal(err)
	}
	if l.key, err = merkle.ParseVerifier(vkey); err != nil {
		t.Fatal(err)
	}
	for i := range leaves {
		l.leaves = append(l.leaves, ledger.Hash{byte(i), byte(i >> 8)})
	}
	return l
}

func (l *log) tree() *merkle.Tree {
	tree, _ := merkle.New(nil).Append(l.leaves...)
	return tree
}

func (l *log) checkpoint(t testing.TB, size uint64, signers ...note.Signer) (merkle.Checkpoint, []byte) {
	t.Helper()
	root, err := l.tree().Root(size)
	if err != nil {
		t.Fatal(err)
	}
	c := merkle.Checkpoint{Origin: l.origin, Size: size, Root: root}
	if len(signers) == 0 {
		signers = []note.Signer{l.signer}
	}
	b, err := merkle.SignCheckpoint(c, signers...)
	if err != nil {
		t.Fatal(err)
	}
	return c, b
}

func (l *log) request(t testing.TB, old, size uint64, signers ...note.Signer) Request {
	t.Helper()
	_, b := l.checkpoint(t, size, signers...)
	r := Request{Old: old, Checkpoint: b}
	if old > 0 && old <= size {
		var err error
		if r.Proof, err = l.tree().Consistency(old, size); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// memory fails when it is told to.
type memory struct {
	states map[string]State
	fail   error
}

func (m *memory) Cosigned(origin string) (State, error) { return m.states[origin], nil }
func (m *memory) Keep(origin string, s State) error {
	if m.fail == nil {
		m.states[origin] = s
	}
	return m.fail
}

var now = time.Unix(1780472000, 0)

func newWitness(t testing.TB, logs ...*log) (*Witness, *memory) {
	t.Helper()
	c, err := merkle.NewCosigner("witness.example/w1", bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	m := &memory{states: map[string]State{}}
	w := New(Config{Cosigner: c, Memory: m, Clock: func() time.Time { return now }})
	for _, l := range logs {
		i := slices.IndexFunc(w.Logs, func(known Log) bool { return known.Origin == l.origin })
		if i < 0 {
			w.Logs = append(w.Logs, Log{Origin: l.origin, Keys: []note.Verifier{l.key}})
			continue
		}
		w.Logs[i].Keys = append(w.Logs[i].Keys, l.key)
	}
	return w, m
}

// outcome says what a request led to, in a word.
func outcome(err error) string {
	var moved *Moved
	var fork *Fork
	switch {
	case err == nil:
		return "cosigned"
	case errors.As(err, &moved):
		return fmt.Sprint("moved ", moved.Size)
	case errors.As(err, &fork) && fork.SameSize:
		return "fork same size"
	case errors.As(err, &fork) && fork.Followed:
		return "fork followed"
	case errors.As(err, &fork):
		return "fork"
	}
	return string(ledger.CodeOf(err))
}

func TestAdd(t *testing.T) {
	l, other, stranger := newLog(t, "log.example", 250), newLog(t, "log.example", 250), newLog(t, "else.example", 250)
	forked := newLog(t, "log.example", 250)
	forked.signer = l.signer
	forked.leaves[3] = ledger.Hash{9, 9, 9}
	cut := func(r Request) Request { r.Proof = r.Proof[1:]; return r }
	steps := []struct {
		name    string
		request Request
		want    string
		size    uint64 // remembered afterwards
	}{
		{"the first, with a wrong old size", l.request(t, 2, 5), "moved 0", 0},
		{"the first, with a proof", Request{Proof: []ledger.Hash{{}}, Checkpoint: l.request(t, 0, 5).Checkpoint}, "invalid", 0},
		{"the first", l.request(t, 0, 5), "cosigned", 5},
		{"again", l.request(t, 5, 5), "cosigned", 5},
		{"from the start", l.request(t, 0, 6), "moved 5", 5},
		{"smaller", l.request(t, 4, 4), "moved 5", 5},
		{"old above new", l.request(t, 5, 4), "invalid", 5},
		{"grown", l.request(t, 5, 120), "cosigned", 120},
		{"proof cut", cut(l.request(t, 120, 121)), "fork", 120},
		{"another past", forked.request(t, 120, 130), "fork", 120},
		{"another past of the same size", forked.request(t, 120, 120), "fork same size", 120},
		{"unknown key", other.request(t, 120, 130), "forbidden", 120},
		{"unknown origin", stranger.request(t, 120, 130), "not_found", 120},
		{"not a note", Request{Old: 120, Checkpoint: []byte("log.example\nx")}, "invalid", 120},
		{"further signatures", l.request(t, 120, 130, l.signer, other.signer), "cosigned", 130},
		{"grown again", l.request(t, 130, 250), "cosigned", 250},
	}
	w, m := newWitness(t, l)
	for _, s := range steps {
		line, err := w.Add(t.Context(), s.request)
		if got := outcome(err); got != s.want || m.states[l.origin].Size != s.size {
			t.Errorf("%s: %s (%v), remembers %d; want %s, %d", s.name, got, err, m.states[l.origin].Size, s.want, s.size)
		}
		if err != nil {
			continue
		}
		// As a client does: the line behind the checkpoint.
		_, n, err := merkle.OpenCheckpoint(append(slices.Clone(s.request.Checkpoint), line...), l.origin, l.key, w.Cosigner.Verifier())
		if err != nil || len(n.Sigs) != 2 || merkle.CosignatureTime(n.Sigs[1]) != ledger.TimeOf(now) {
			t.Errorf("%s: %+v, %v", s.name, n, err)
		}
	}
}

// Keys of one origin share one past.
func TestTwoKeys(t *testing.T) {
	a, b := newLog(t, "log.example", 20), newLog(t, "log.example", 20)
	w, _ := newWitness(t, a, b)
	for _, s := range []struct {
		request Request
		want    string
	}{
		{a.request(t, 0, 5), "cosigned"},
		{b.request(t, 0, 7), "moved 5"},
		{b.request(t, 5, 7), "cosigned"},
		{a.request(t, 5, 6), "moved 7"},
		{a.request(t, 7, 7), "cosigned"},
	} {
		if _, err := w.Add(t.Context(), s.request); outcome(err) != s.want {
			t.Errorf("%v, want %s", err, s.want)
		}
	}
}

// A witness that follows the order itself is not satisfied by consistency alone.
func TestFollow(t *testing.T) {
	own := newLog(t, "log.example", 20)
	forked := newLog(t, "log.example", 20)
	forked.signer = own.signer
	forked.leaves[10] = ledger.Hash{1, 2, 3}
	w, m := newWitness(t, own)
	w.Follow = func(_ context.Context, origin string, size uint64) (ledger.Hash, error) {
		if size > 15 {
			return ledger.Hash{}, ledger.Errorf(ledger.Unavailable, "not that far yet")
		}
		return own.tree().Root(size)
	}
	for _, s := range []struct {
		request Request
		want    string
	}{
		{forked.request(t, 0, 10), "cosigned"},
		{forked.request(t, 10, 12), "fork followed"},
		{own.request(t, 10, 16), "unavailable"},
		{own.request(t, 0, 16), "moved 10"},
		{own.request(t, 10, 15), "cosigned"},
	} {
		if _, err := w.Add(t.Context(), s.request); outcome(err) != s.want {
			t.Errorf("%v, want %s", err, s.want)
		}
	}
	if m.states[own.origin].Size != 15 {
		t.Error(m.states)
	}
}

func TestNothingWithoutMemory(t *testing.T) {
	l := newLog(t, "log.example", 20)
	w, m := newWitness(t, l)
	m.fail = errors.New("disk full")
	if line, err := w.Add(t.Context(), l.request(t, 0, 5)); err == nil || line != nil {
		t.Errorf("%s, %v", line, err)
	}
}

// The example of C2SP tlog-witness.
const example = `old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
`

func TestParseRequest(t *testing.T) {
	r, err := ParseRequest([]byte(example))
	if err != nil || r.Old != 20852014 || len(r.Proof) != 4 || !strings.HasPrefix(string(r.Checkpoint), "example.com/behind-the-sofa\n20852163\n") {
		t.Fatalf("%+v, %v", r, err)
	}
	if string(r.Encode()) != example {
		t.Errorf("%s", r.Encode())
	}
	if r, err := ParseRequest([]byte("old 0\n\nx")); err != nil || r.Old != 0 || r.Proof != nil || string(r.Checkpoint) != "x" {
		t.Errorf("%+v, %v", r, err)
	}
	for _, wrong := range []string{
		"", "old 1\n", "\n\n", "old\n\nx", "old 01\n\nx", "old -1\n\nx", "old 18446744073709551616\n\nx", "new 1\n\nx",
		"old 1\nAAAA\n\nx", "old 1\n" + strings.Repeat("A", 44) + "\n\nx",
		"old 1\n" + strings.Repeat("PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n", 64) + "\nx",
		"old 1\r\n\nx", "old 1\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\r\n\nx",
	} {
		if r, err := ParseRequest([]byte(wrong)); ledger.CodeOf(err) != ledger.Invalid || err == nil {
			t.Errorf("%q: %+v, %v", wrong, r, err)
		}
	}
}

func FuzzParseRequest(f *testing.F) {
	f.Add([]byte(example))
	f.Add([]byte("old 0\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := ParseRequest(b); err == nil && !bytes.Equal(r.Encode(), b) {
			t.Errorf("%q is read as %q", b, r.Encode())
		}
	})
}
