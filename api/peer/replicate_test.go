package peer_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/api/peer"
	"github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
)

// arrived waits for payloads at the second node.
func (p *pair) arrived(ids ...string) {
	p.b.t.Helper()
	for _, id := range ids {
		eventually(p.b.t, "payload "+id, func() bool { return p.b.holds(id) })
	}
}

// looked waits until both nodes have gone through the register and nothing is on its
// way any more.
func (p *pair) looked(waiting, once int) {
	p.b.t.Helper()
	eventually(p.b.t, fmt.Sprintf("%d waiting and %d held once", waiting, once), func() bool {
		return p.b.status().Payloads.Waiting == waiting && p.a.status().Payloads.HeldOnce == once
	})
}

// inspect is an event that changes nothing.
func (p *pair) inspect() trace.Fact {
	return p.Observe("inspecting", contracttest.Of(p.lot, "1 KGM"))
}

// mayHave are the payloads that the test records, and whether the buyer's node may
// have them.
func (p *pair) variety() map[string]bool {
	shipped := p.Ship(p.buyer.Place, contracttest.Of(p.lot, "10 KGM"))
	toShop := p.Ship(p.shop.Place, contracttest.Of(p.lot, "10 KGM"))
	return map[string]bool{
		p.record(ledger.Public, "public", p.inspect()):                          true,
		p.record(ledger.Parties, "with the buyer", shipped):                     true,
		p.record(ledger.Parties, "with the shop", toShop):                       false,
		p.record(ledger.Own, "kept to itself", p.inspect()):                     false,
		p.record(ledger.Public, strings.Repeat("large ", 200_000), p.inspect()): true,
	}
}

func TestReplication(t *testing.T) {
	p := newPair(t)
	want := p.variety()
	kept := 0
	for id, ok := range want {
		if ok {
			p.arrived(id)
			if p.a.read(id) != p.b.read(id) {
				t.Errorf("%s arrived as something else", id)
			}
			continue
		}
		kept++
	}
	p.looked(0, 0)
	if s := p.a.status().Payloads; s.Alone != kept {
		t.Errorf("%+v, want %d that no other may have", s, kept)
	}
	for id, ok := range want {
		if p.b.holds(id) != ok {
			t.Errorf("%q at the second node: %v", p.a.read(id)[:3], !ok)
		}
	}
	// Moving an organisation decides about its past, too.
	p.host(p.shop, "Org2MSP")
	for id, ok := range want {
		if !ok && p.a.read(id) != "kept to itself" {
			p.arrived(id)
		}
	}
}

// A peer asks for itself: what it may not have is not there, and nobody else is heard.
func TestOnlyWhatItMayHave(t *testing.T) {
	p := newPair(t)
	want := p.variety()
	absent := content.Raw([]byte("nobody's")).String()
	stranger := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, 32))
	send := func(method, path string, body []byte, key ed25519.PrivateKey) (int, string) {
		r, err := http.NewRequest(method, p.a.server.URL+path, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if key != nil {
			peer.Sign(r, body, strings.TrimPrefix(p.a.server.URL, "http://"), key, time.Now())
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		code, b := answered(t, answer)
		return code, string(b)
	}
	_, nothing := send("GET", peer.PayloadPath+absent, nil, p.b.key)
	for id, ok := range want {
		path := peer.PayloadPath + id
		code, b := send("GET", path, nil, p.b.key)
		if ok && (code != 200 || b != p.a.read(id)) || !ok && (code != 404 || strings.ReplaceAll(b, id, absent) != nothing) {
			t.Errorf("%q: %d %.200s", p.a.read(id)[:3], code, b)
		}
		if code, b := send("HEAD", path, nil, p.b.key); (code == 200) != ok || b != "" {
			t.Errorf("HEAD: %d %s", code, b)
		}
		for name, key := range map[string]ed25519.PrivateKey{"nobody": nil, "a stranger": stranger, "itself": p.a.key} {
			if code, b := send("GET", path, nil, key); code != 401 || strings.Contains(b, p.a.read(id)) {
				t.Errorf("by %s: %d %s", name, code, b)
			}
		}
		held := []byte(`{"cids":["` + id + `","` + absent + `"]}`)
		if code, b := send("POST", peer.HeldPath, held, p.b.key); code != 200 || strings.Contains(b, id) != ok || strings.Contains(b, absent) {
			t.Errorf("held: %d %s", code, b)
		}
	}
	for body, want := range map[string]int{`{"cids":["x"]}`: 400, `{`: 400, `{}`: 200, `{"cids":[` + strings.Repeat(`"x",`, 500) + `"x"]}`: 400} {
		if code, b := send("POST", peer.HeldPath, []byte(body), p.b.key); code != want {
			t.Errorf("%.20s: %d %s", body, code, b)
		}
	}
	if code, _ := send("GET", peer.PayloadPath+"nothing", nil, p.b.key); code != 400 {
		t.Errorf("no CID: %d", code)
	}
}

// Sealed profiles go where they are shown, with their keys; the images in them too;
// and an erasure reaches every node.
func TestProfiles(t *testing.T) {
	p := newPair(t)
	image, hiddenImage := p.a.put([]byte("an image"), false), p.a.put([]byte("another image"), false)
	profile := func(image string, sealed bool) string {
		return p.a.put([]byte(`{"name":{"vi":"Bà Năm"},"image":"`+image+`"}`), sealed)
	}
	shown, hidden := profile(image, true), profile(hiddenImage, true)
	place := func(n int, payload string, shown bool) {
		_, err := p.Directory(p.coop.Member, trace.ActionPlace, trace.Place{
			ID: p.coop.GLN(n), Kind: trace.PlaceShop, Commune: "07234", Shown: shown, Profile: &trace.Describes{Payload: payload, Sealed: true},
		})
		p.Must(err)
	}
	place(7, shown, true)
	place(8, hidden, false)
	p.arrived(shown, image)
	p.looked(0, 0) // also the image, before anybody asks for the profile
	if got := p.b.read(shown); !strings.Contains(got, "Bà Năm") {
		t.Errorf("the sealed profile reads %q", got)
	}
	info, err := p.b.store.Stat(t.Context(), parse(t, shown))
	if err != nil || !info.Sealed {
		t.Errorf("%+v, %v", info, err)
	}
	if v, err := p.b.index.Place(t.Context(), p.b.index.Node("Org3MSP", p.b.ledger.Genesis()), p.coop.GLN(7)); err != nil || v.Profile == nil || v.Profile.Name.VI != "Bà Năm" {
		t.Errorf("the read model has not picked it up: %+v, %v", v, err)
	}
	p.looked(0, 0)
	if p.b.holds(hidden) || p.b.holds(hiddenImage) {
		t.Error("a sealed profile is at a node that may not have it")
	}
	_, err = p.Directory(p.Operator.Member, trace.ActionErase, trace.Erasure{Payload: shown, Reason: "requested"})
	p.Must(err)
	for _, s := range []*site{p.a, p.b} {
		eventually(t, "the erasure", func() bool { return !s.holds(shown) })
	}
	p.b.stop()
	p.b.run()
	p.looked(0, 0)
	if p.b.holds(shown) {
		t.Error("an erased payload is back")
	}
}

// What cannot be had yet blocks nothing, is waited for across a restart, and comes.
func TestLate(t *testing.T) {
	p := newPair(t)
	fact := p.inspect()
	late := []byte("late")
	fact.Payload = content.Raw(late).String()
	p.Record(p.coop, fact)
	next := p.record(ledger.Public, "next", p.inspect())
	p.arrived(next)
	p.looked(1, 0)
	before := p.b.Arrivals()
	p.b.stop()
	p.b.run()
	if s := p.b.status().Payloads; s.Waiting != 1 {
		t.Errorf("after a restart: %+v", s)
	}
	p.a.put(late, false)
	p.arrived(fact.Payload)
	p.looked(0, 0)
	eventually(t, "that pages are made anew", func() bool { return p.b.Arrivals() != before })
}

// Bytes that are not the payload's are not kept, whoever sends them.
func TestTampered(t *testing.T) {
	p := newPair(t)
	meddle := func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasPrefix(r.URL.Path, peer.PayloadPath) {
				h.ServeHTTP(w, r)
				return
			}
			answer := httptest.NewRecorder()
			h.ServeHTTP(answer, r)
			b := answer.Body.Bytes()
			if answer.Code == http.StatusOK {
				b[len(b)/2] ^= 1
			}
			w.WriteHeader(answer.Code)
			io.Copy(w, bytes.NewReader(b)) // the reader has gone otherwise
		})
	}
	p.looked(0, 0)
	p.a.meddle.Store(&meddle)
	id := p.record(ledger.Public, "meddled with", p.inspect())
	p.looked(1, 1)
	if p.b.holds(id) {
		t.Error("tampered bytes are kept")
	}
	p.a.meddle.Store(nil)
	p.arrived(id)
	p.looked(0, 0)
}

// Only the nodes of the file are heard, and only the file's own node runs.
func TestOpenRefuses(t *testing.T) {
	p := newPair(t)
	p.b.stop()
	config := peer.Config{Dir: t.TempDir(), File: *p.b.file, Key: ed25519.NewKeyFromSeed(make([]byte, 32)), Cosigner: p.b.cosigner, Ledger: p.b.ledger}
	if n, err := peer.Open(config); ledger.CodeOf(err) != ledger.Invalid || !strings.Contains(err.Error(), base64.StdEncoding.EncodeToString(config.Key.Public().(ed25519.PublicKey))) {
		t.Errorf("%v, %v", n, err)
	}
	config.Key, config.Cosigner = p.b.key, p.a.cosigner
	if n, err := peer.Open(config); ledger.CodeOf(err) != ledger.Invalid {
		t.Errorf("%v, %v", n, err)
	}
}

// Files of datasets are for everybody.
func TestDatasets(t *testing.T) {
	p := newPair(t)
	about, file, found := p.a.put([]byte(`{"title":{"vi":"Bộ"}}`), false), p.a.put([]byte("a,b\n"), false), p.a.put([]byte("{}"), false)
	r := market.Release{
		Dataset: ledger.ID{1}, Version: 1, Licence: "https://example.vn/licence", Description: about,
		Files: []market.File{{Name: "a.csv", Media: "text/csv", Bytes: 4, CID: file}}, Review: &market.Review{Profile: found},
	}
	_, err := p.Submit(p.coop.Member, market.DatasetContract, market.ActionPublish, market.PublishSummary(r), trace.Encode(r))
	p.Must(err)
	p.arrived(about, file)
	p.looked(0, 0)
}
