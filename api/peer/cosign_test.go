package peer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/api/peer"
	"github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/ledgertest"
	"github.com/sogoc/sogoc/ledger/merkle"
	"github.com/sogoc/sogoc/ledger/receipt"
	"github.com/sogoc/sogoc/ledger/witness"
)

// settled waits until both nodes have cosigned all that is on the register.
func (p *pair) settled() {
	p.a.t.Helper()
	for _, s := range []*site{p.a, p.b} {
		eventually(p.a.t, "a cosigned checkpoint of "+s.entry.Name, func() bool { return s.status().Cosigned == s.ledger.Size() })
	}
}

func TestReceiptsNameBoth(t *testing.T) {
	p := newPair(t)
	p.settled()
	trust := p.a.trust()
	if other := p.b.trust(); trust.String() != other.String() || trust.Quorum != 2 || len(trust.Keys) != 2 || len(trust.Witnesses) != 2 {
		t.Errorf("the nodes publish different trust files:\n%s\n%s", trust, other)
	}
	path := fmt.Sprintf("/api/v1/receipts/%d", p.a.ledger.Size()-1)
	for _, s := range []*site{p.a, p.b} {
		code, b := s.get(path)
		v, err := receipt.Verify(trust, b)
		if code != http.StatusOK || err != nil {
			t.Fatalf("%s: %d, %v: %s", s.entry.Name, code, err, b)
		}
		if len(v.Keys) != 1 || v.Keys[0].Key != s.entry.Checkpoint || len(v.Witnesses) != 2 || v.Witnesses[0].Time == 0 || v.Witnesses[1].Time == 0 {
			t.Errorf("%s: signed by %+v, cosigned by %+v", s.entry.Name, v.Keys, v.Witnesses)
		}
		// One altered signature, one left out, and one under a key that nobody knows.
		r, err := receipt.Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfter(strings.TrimSuffix(r.Checkpoint, "\n"), "\n")
		for i := 4; i < len(lines); i++ {
			altered, cut := r, r
			at := strings.LastIndexByte(lines[i], ' ') + 30
			other := lines[i][:at] + map[bool]string{true: "B", false: "A"}[lines[i][at] == 'A'] + lines[i][at+1:]
			altered.Checkpoint = strings.Replace(r.Checkpoint, strings.TrimSuffix(lines[i], "\n"), strings.TrimSuffix(other, "\n"), 1)
			cut.Checkpoint = strings.Replace(r.Checkpoint, strings.TrimSuffix(lines[i], "\n")+"\n", "", 1)
			for name, wrong := range map[string]receipt.Receipt{"altered": altered, "cut": cut} {
				if v, err := receipt.Verify(trust, wrong.Encode()); err == nil {
					t.Errorf("%s: with line %d %s it verifies: %+v", s.entry.Name, i, name, v)
				}
			}
		}
		// The checkpoint as such carries them, too.
		_, b = s.get("/api/v1/checkpoint")
		if n := bytes.Count(b, []byte("\n— ")); n != 3 {
			t.Errorf("the checkpoint has %d signatures: %s", n, b)
		}
	}
}

// While a node is away, receipts carry what there is; when it is back, so is its
// cosignature, without anything new on the register.
func TestAwayAndBack(t *testing.T) {
	p := newPair(t)
	p.settled()
	p.b.stop()
	p.record(ledger.Public, "away", p.Observe("inspecting", contracttest.Of(p.lot, "1 KGM")))
	size := p.a.ledger.Size()
	eventually(t, "a checkpoint of its own", func() bool { return p.a.Covering(size-1) != nil })
	eventually(t, "that the peer is away", func() bool {
		s := p.a.status().Peers[0]
		return !s.Reachable && s.Problem != ""
	})
	_, b := p.a.get(fmt.Sprintf("/api/v1/receipts/%d", size-1))
	if v, err := receipt.Verify(p.a.trust(), b); err == nil || !strings.Contains(err.Error(), "signed by 1 witnesses") {
		t.Errorf("%+v, %v", v, err)
	}
	if _, b := p.a.get("/api/v1/receipts/0"); true {
		if _, err := receipt.Verify(p.a.trust(), b); err != nil {
			t.Errorf("what was cosigned no longer is: %v", err)
		}
	}
	// Also after a restart of its own.
	p.a.stop()
	p.a.run()
	if _, b := p.a.get("/api/v1/receipts/0"); true {
		if _, err := receipt.Verify(p.a.trust(), b); err != nil {
			t.Errorf("after a restart: %v", err)
		}
	}
	p.b.run()
	p.settled()
	if s := p.a.status().Peers[0]; !s.Reachable || s.Problem != "" || s.CosignedSize != size || s.CosignedAt == nil {
		t.Errorf("%+v", s)
	}
}

// TestFork: two nodes whose ledgers differ below one genesis.
func TestFork(t *testing.T) {
	genesis, operator := ledgertest.NewGenesis(t)
	la, first := openLedger(t, genesis)
	lb, second := openLedger(t, genesis)
	file := &peer.File{}
	a, b := newSite(t, la, first, "Org1MSP", file), newSite(t, lb, second, "Org2MSP", file)
	*file = fileOf(t, a, b)
	wa, wb := over(t, la, operator), over(t, lb, operator)
	wa.Admit("coop", ledger.KindCoop)
	wb.Admit("other", ledger.KindCoop)
	a.run()
	b.run()
	for _, s := range []*site{a, b} {
		eventually(t, "the alarm at "+s.entry.Name, func() bool { return s.status().Peers[0].Fork })
		if now := s.status(); now.Cosigned != 0 || now.Peers[0].CosignedSize != 0 {
			t.Errorf("%s: a fork is cosigned: %+v", s.entry.Name, now)
		}
	}
}

// TestWitnessStatuses: what C2SP tlog-witness says of each refusal.
func TestWitnessStatuses(t *testing.T) {
	p := newPair(t)
	p.settled()
	p.b.stop() // its node is played by the test
	size := p.a.ledger.Size()
	register := p.b.ledger
	sign := func(size uint64, root ledger.Hash) []byte {
		b, err := merkle.SignCheckpoint(merkle.Checkpoint{Origin: ledgertest.Origin, Size: size, Root: root}, register.signer)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	good, err := register.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	body := func(old uint64, checkpoint []byte) []byte {
		return witness.Request{Old: old, Checkpoint: checkpoint}.Encode()
	}
	stranger, _ := ledgertest.NewSigner(t, ledgertest.Origin)
	unknown, err := merkle.SignCheckpoint(merkle.Checkpoint{Origin: ledgertest.Origin, Size: size}, stranger)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		body []byte
		code int
		says string
	}{
		{"again", body(size, good), 200, "— " + ledgertest.Origin + "/Org1MSP "},
		{"another old size", body(0, good), 409, fmt.Sprintf("%d\n", size)},
		{"another root", body(size, sign(size, ledger.Hash{1})), 409, fmt.Sprintf("%d\n", size)},
		{"another origin", body(0, []byte(strings.Replace(string(good), ledgertest.Origin, "log.example", 1))), 404, ""},
		{"another key", body(size, unknown), 403, ""},
		{"old above new", body(size+1, good), 400, ""},
		{"no checkpoint", []byte("old 1\n\n"), 404, ""},
		{"no request", []byte("old"), 400, ""},
		{"too large", bytes.Repeat([]byte("x"), 100_000), 413, ""},
	} {
		r, b := p.a.post(peer.WitnessPath, c.body)
		if r.StatusCode != c.code || !strings.HasPrefix(string(b), c.says) || c.code == 409 && r.Header.Get("Content-Type") != "text/x.tlog.size" {
			t.Errorf("%s: %d %s %s, want %d", c.name, r.StatusCode, r.Header.Get("Content-Type"), b, c.code)
		}
	}
	if p.a.status().Peers[0].Fork != true {
		t.Error("another root under a key of the register is no alarm")
	}
	p.record(ledger.Public, "more", p.Observe("inspecting", contracttest.Of(p.lot, "1 KGM")))
	eventually(t, "the next size", func() bool { return p.a.Covering(size) != nil })
	moved := p.a.ledger.Size()
	if r, b := p.a.post(peer.WitnessPath, body(moved, sign(moved, ledger.Hash{2}))); r.StatusCode != 409 {
		t.Errorf("%d %s", r.StatusCode, b)
	}
	r, b := p.a.post(peer.WitnessPath, body(moved, sign(moved+1, ledger.Hash{3})))
	if r.StatusCode != 503 {
		t.Errorf("more entries than there are: %d %s", r.StatusCode, b)
	}
}

func TestParseFile(t *testing.T) {
	p := newSite(t, nil, nil, "Org1MSP", nil)
	q := newSite(t, nil, nil, "Org2MSP", nil)
	f := fileOf(t, p, q)
	if f.Quorum != 2 {
		t.Errorf("quorum %d", f.Quorum)
	}
	for name, change := range map[string]func(*peer.File){
		"format":               func(f *peer.File) { f.Format = "x" },
		"quorum":               func(f *peer.File) { f.Quorum = 3 },
		"name":                 func(f *peer.File) { f.Nodes[0].Name = " " },
		"same name":            func(f *peer.File) { f.Nodes[0].Name = f.Nodes[1].Name },
		"same address":         func(f *peer.File) { f.Nodes[0].URL = strings.ToUpper(f.Nodes[1].URL[:4]) + f.Nodes[1].URL[4:] + "/" },
		"no address":           func(f *peer.File) { f.Nodes[0].URL = "agency.example" },
		"path":                 func(f *peer.File) { f.Nodes[0].URL += "/sogoc" },
		"in clear":             func(f *peer.File) { f.Nodes[0].URL = "http://agency.example" },
		"host":                 func(f *peer.File) { f.Nodes[0].Host = "Org 1" },
		"cosigner in between":  func(f *peer.File) { f.Nodes[0].Checkpoint = f.Nodes[0].Cosigner },
		"checkpoint otherwise": func(f *peer.File) { f.Nodes[0].Cosigner = f.Nodes[0].Checkpoint },
		"same cosigner":        func(f *peer.File) { f.Nodes[0].Cosigner = f.Nodes[1].Cosigner },
		"key":                  func(f *peer.File) { f.Nodes[0].Key = f.Nodes[0].Key[1:] },
	} {
		g := f
		g.Nodes = append([]peer.Peer(nil), f.Nodes...)
		change(&g)
		b, err := json.Marshal(g)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := peer.ParseFile(b); ledger.CodeOf(err) != ledger.Invalid || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, wrong := range []string{"", "{}", "[]", `{"format":"sogoc-peers/1","more":1}`, `{"format":"sogoc-peers/1","nodes":[]} x`} {
		if _, err := peer.ParseFile([]byte(wrong)); ledger.CodeOf(err) != ledger.Invalid || err == nil {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

func FuzzParseFile(f *testing.F) {
	f.Add([]byte(`{"format":"sogoc-peers/1","nodes":[{"name":"a","url":"https://a.example","host":"Org1MSP","checkpoint":"a+b+c"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := peer.ParseFile(b)
		if err == nil && file.Quorum > len(file.Nodes)+len(file.Witnesses)+1 {
			t.Errorf("%+v", file)
		}
	})
}
