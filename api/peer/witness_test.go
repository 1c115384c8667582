package peer_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/sogoc/sogoc/api/peer"
	"github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/ledgertest"
	"github.com/sogoc/sogoc/ledger/receipt"
)

// stranger is a witness by C2SP tlog-witness and tlog-cosignature, of
// golang.org/x/mod/sumdb alone. It is a note.Signer and a note.Verifier of
// cosignature/v1.
type stranger struct {
	t      testing.TB
	name   string
	key    ed25519.PrivateKey
	server *httptest.Server

	mu    sync.Mutex
	logs  note.Verifiers
	seen  tlog.Tree
	asked int
	away  bool
}

func newStranger(t testing.TB) *stranger {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &stranger{t: t, name: "witness.example", key: key}
	w.server = httptest.NewServer(w)
	t.Cleanup(w.server.Close)
	return w
}

func (w *stranger) public() []byte {
	return append([]byte{4}, w.key.Public().(ed25519.PublicKey)...)
}

func (w *stranger) Name() string { return w.name }

func (w *stranger) KeyHash() uint32 {
	sum := sha256.Sum256(append([]byte(w.name+"\n"), w.public()...))
	return binary.BigEndian.Uint32(sum[:])
}

func (w *stranger) vkey() string {
	return fmt.Sprintf("%s+%08x+%s", w.name, w.KeyHash(), base64.StdEncoding.EncodeToString(w.public()))
}

func message(text []byte, seconds uint64) []byte {
	return fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", seconds, text)
}

func (w *stranger) Sign(text []byte) ([]byte, error) {
	now := uint64(time.Now().Unix())
	return append(binary.BigEndian.AppendUint64(nil, now), ed25519.Sign(w.key, message(text, now))...), nil
}

func (w *stranger) Verify(text, sig []byte) bool {
	return len(sig) == 72 && ed25519.Verify(w.key.Public().(ed25519.PublicKey), message(text, binary.BigEndian.Uint64(sig)), sig[8:])
}

// entry is the witness in a peers file.
func (w *stranger) entry() peer.Witness {
	return peer.Witness{URL: w.server.URL + "/sogoc/", Key: w.vkey()}
}

func (w *stranger) set(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

// knows tells the witness the log's keys.
func (w *stranger) knows(sites ...*site) {
	w.t.Helper()
	var list []note.Verifier
	for _, s := range sites {
		v, err := note.NewVerifier(s.entry.Checkpoint)
		if err != nil {
			w.t.Fatal(err)
		}
		list = append(list, v)
	}
	w.set(func() { w.logs = note.VerifierList(list...) })
}

func (w *stranger) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked++
	if w.away {
		panic(http.ErrAbortHandler)
	}
	if r.Method != http.MethodPost || r.URL.Path != "/sogoc/add-checkpoint" || r.Header.Get("Signature") != "" {
		w.t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.t.Error(err)
	}
	head, checkpoint, _ := bytes.Cut(body, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	var old int64
	if _, err := fmt.Sscanf(lines[0], "old %d", &old); err != nil {
		w.t.Errorf("%q: %v", lines[0], err)
	}
	var proof tlog.TreeProof
	for _, line := range lines[1:] {
		h, err := tlog.ParseHash(line)
		if err != nil {
			w.t.Errorf("%q: %v", line, err)
		}
		proof = append(proof, h)
	}
	n, err := note.Open(checkpoint, w.logs)
	if err != nil {
		http.Error(out, "no key of this log", http.StatusForbidden)
		return
	}
	_, rest, _ := strings.Cut(n.Text, "\n")
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + rest))
	if err != nil {
		w.t.Error(err)
	}
	if old != w.seen.N || tree.N == w.seen.N && w.seen.N > 0 && tree.Hash != w.seen.Hash {
		out.Header().Set("Content-Type", "text/x.tlog.size")
		out.WriteHeader(http.StatusConflict)
		fmt.Fprintf(out, "%d\n", w.seen.N)
		return
	}
	if old > 0 && tlog.CheckTree(proof, tree.N, tree.Hash, old, w.seen.Hash) != nil || old == 0 && len(proof) > 0 {
		http.Error(out, "another past", http.StatusUnprocessableEntity)
		return
	}
	w.seen = tree
	signed, err := note.Sign(&note.Note{Text: n.Text}, w)
	if err != nil {
		w.t.Error(err)
	}
	_, line, _ := strings.Cut(string(signed), "\n\n")
	io.WriteString(out, line)
	// Of a key that nobody here knows, as witnesses in a change of keys answer.
	fmt.Fprintf(out, "— witness.example/next %s\n", base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{9}, 76)))
}

// witnessed is a pair with a witness that is no node; all three must have cosigned.
func witnessed(t *testing.T) (*pair, *stranger) {
	t.Helper()
	w := newStranger(t)
	p := newPairOf(t, func(f *peer.File) { f.Quorum, f.Witnesses = 3, []peer.Witness{w.entry()} })
	w.knows(p.a, p.b)
	return p, w
}

// TestWitnessThatIsNoNode: its cosignatures are under the checkpoints and receipts of
// both nodes, and count.
func TestWitnessThatIsNoNode(t *testing.T) {
	p, w := witnessed(t)
	p.settled()
	trust := p.a.trust()
	if trust.Quorum != 3 || len(trust.Witnesses) != 3 || trust.Witnesses[2] != w.vkey() {
		t.Errorf("%s", trust)
	}
	for _, s := range []*site{p.a, p.b} {
		_, b := s.get(fmt.Sprintf("/api/v1/receipts/%d", s.ledger.Size()-1))
		v, err := receipt.Verify(trust, b)
		if err != nil || len(v.Witnesses) != 3 || v.Witnesses[2].Key != w.vkey() || v.Witnesses[2].Time == 0 {
			t.Errorf("%s: %+v, %v", s.entry.Name, v, err)
		}
		_, b = s.get("/checkpoint")
		if n, err := note.Open(b, note.VerifierList(w)); err != nil || len(n.Sigs) != 1 || bytes.Contains(b, []byte("witness.example/next")) {
			t.Errorf("%s: %v: %s", s.entry.Name, err, b)
		}
		now := s.status()
		if len(now.Witnesses) != 1 || now.Witnesses[0].Name != w.name || !now.Witnesses[0].Reachable || now.Witnesses[0].CosignedSize != now.Size || now.Witnesses[0].Problem != "" {
			t.Errorf("%s: %+v", s.entry.Name, now.Witnesses)
		}
	}
	// While it is away nothing new is cosigned by enough; then it is again.
	w.set(func() { w.away = true })
	size := p.a.ledger.Size()
	p.record(ledger.Public, "away", p.Observe("inspecting", contracttest.Of(p.lot, "1 KGM")))
	eventually(t, "that the witness is away", func() bool { return !p.a.status().Witnesses[0].Reachable })
	if now := p.a.status(); now.Cosigned > size {
		t.Errorf("%+v", now)
	}
	_, b := p.a.get("/api/v1/receipts/0")
	if _, err := receipt.Verify(trust, b); err != nil {
		t.Errorf("what was cosigned no longer is: %v", err)
	}
	w.set(func() { w.away = false })
	p.settled()
}

// TestWitnessKnowsAnotherHistory: a witness that remembers what the nodes do not have is
// an alarm, of as many entries and of fewer.
func TestWitnessKnowsAnotherHistory(t *testing.T) {
	for name, seen := range map[string]func(p *pair) int64{
		"as many": func(p *pair) int64 { return int64(p.a.ledger.Size()) },
		"fewer":   func(*pair) int64 { return 2 },
	} {
		t.Run(name, func(t *testing.T) {
			p, w := witnessed(t)
			p.settled()
			w.set(func() { w.seen = tlog.Tree{N: seen(p), Hash: tlog.Hash{1}} })
			if name == "fewer" {
				p.record(ledger.Public, "more", p.Observe("inspecting", contracttest.Of(p.lot, "1 KGM")))
			} else {
				p.a.stop()
				p.a.run()
			}
			eventually(t, "the alarm", func() bool { return p.a.status().Witnesses[0].Fork })
			if !p.a.status().Others()[1].Fork {
				t.Error("the operator is not told")
			}
		})
	}
}

// TestRewound: a node that is the only one and has fewer entries than its witness
// cosigned has lost some.
func TestRewound(t *testing.T) {
	w := newStranger(t)
	genesis, operator := ledgertest.NewGenesis(t)
	l, first := openLedger(t, genesis)
	world := over(t, l, operator)
	file := &peer.File{}
	s := newSite(t, l, first, "", file)
	*file = fileOf(t, s)
	file.Witnesses, file.Quorum = []peer.Witness{w.entry()}, 2
	var err error
	if *file, err = parsed(t, *file); err != nil {
		t.Fatal(err)
	}
	w.knows(s)
	s.run()
	eventually(t, "a cosigned checkpoint", func() bool { return s.status().Cosigned == l.Size() })
	if s.status().Witnesses[0].Fork {
		t.Error("an alarm without a reason")
	}
	w.set(func() { w.seen.N = int64(l.Size()) + 5 })
	world.Admit("coop", ledger.KindCoop)
	eventually(t, "the alarm", func() bool { return s.status().Witnesses[0].Fork })
}

// TestWitnessOfOthers: one that does not know the log's keys, and one that answers with
// another key, cosign nothing, and the status says why.
func TestWitnessOfOthers(t *testing.T) {
	p, w := witnessed(t)
	p.settled()
	w.knows()
	p.record(ledger.Public, "more", p.Observe("inspecting", contracttest.Of(p.lot, "1 KGM")))
	eventually(t, "the refusal", func() bool { return strings.Contains(p.a.status().Witnesses[0].Problem, "403") })
	w.knows(p.a, p.b)
	p.settled()
	own := w.key
	w.set(func() { _, w.key, _ = ed25519.GenerateKey(nil) })
	p.record(ledger.Public, "again", p.Observe("inspecting", contracttest.Of(p.lot, "1 KGM")))
	eventually(t, "that the key is another", func() bool {
		return strings.Contains(p.a.status().Witnesses[0].Problem, "is not one of the key in the peers file")
	})
	w.set(func() { w.key = own })
	p.settled()
}

func TestParseWitnesses(t *testing.T) {
	w := newStranger(t)
	p := newSite(t, nil, nil, "", nil)
	good := peer.File{Format: peer.Format, Nodes: []peer.Peer{p.entry}, Witnesses: []peer.Witness{w.entry()}}
	f, err := parsed(t, good)
	if err != nil || f.Quorum != 2 || f.Witnesses[0].Name != w.name {
		t.Fatalf("%+v, %v", f, err)
	}
	trust := f.Trust(ledger.Hash{1}, ledgertest.Origin)
	if _, err := receipt.ParseTrust(trust.Encode()); err != nil || len(trust.Witnesses) != 2 || trust.Quorum != 2 {
		t.Errorf("%s: %v", trust, err)
	}
	for name, change := range map[string]func(f *peer.File){
		"quorum":                    func(f *peer.File) { f.Quorum = 3 },
		"no address":                func(f *peer.File) { f.Witnesses[0].URL = "witness.example" },
		"query":                     func(f *peer.File) { f.Witnesses[0].URL += "?a=b" },
		"no key":                    func(f *peer.File) { f.Witnesses[0].Key = "" },
		"a key of checkpoints":      func(f *peer.File) { f.Witnesses[0].Key = p.entry.Checkpoint },
		"a node's key":              func(f *peer.File) { f.Witnesses[0].Key = p.entry.Cosigner },
		"a node's name":             func(f *peer.File) { f.Witnesses[0].Name = p.entry.Name },
		"twice":                     func(f *peer.File) { f.Witnesses = append(f.Witnesses, f.Witnesses[0]) },
		"one of two without a host": func(f *peer.File) { f.Nodes = append(f.Nodes, newSite(t, nil, nil, "Org2MSP", nil).entry) },
	} {
		g := good
		g.Nodes, g.Witnesses = append([]peer.Peer(nil), good.Nodes...), append([]peer.Witness(nil), good.Witnesses...)
		change(&g)
		if _, err := parsed(t, g); err == nil || ledger.CodeOf(err) != ledger.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
