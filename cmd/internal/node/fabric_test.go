package node_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/ledger/fabric"
	"github.com/sogoc/sogoc/ledger/ledgertest"
	"github.com/sogoc/sogoc/ledger/receipt"
	"github.com/sogoc/sogoc/network"
	"github.com/sogoc/sogoc/trace"
)

// upNetwork starts a network of two organisations with the register's chaincode.
func upNetwork(t testing.TB, c network.Config) *network.Network {
	t.Helper()
	c.Attached, c.Log = true, ledgertest.Quiet()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	n, err := network.Up(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Down(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return n
}

// newNetwork is upNetwork on ports of its own.
func newNetwork(t testing.TB) (*network.Network, network.Config) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a real Fabric network")
	}
	ports, release, err := network.ReservePorts()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	c := network.Config{Dir: filepath.Join(t.TempDir(), "network"), Ports: ports, Chaincode: filepath.Join(t.TempDir(), "chaincode")}
	if err := network.BuildChaincode(t.Context(), c.Chaincode, nil); err != nil {
		t.Fatal(err)
	}
	return upNetwork(t, c), c
}

// pair is a register that two organisations share, with a node of each.
type pair struct {
	*testing.T            // the part that runs
	whole      *testing.T // what the nodes live for
	network    *network.Network
	a, b       *site          // the operator's, and an agency's
	configs    [2]node.Config // theirs
	agency     string         // token of the agency at b
}

// followed waits until b has everything that is at a, and the other way round.
func (p *pair) followed() {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.Context(), time.Minute)
	defer cancel()
	size := max(p.a.Ledger.Size(), p.b.Ledger.Size())
	for _, s := range []*site{p.a, p.b} {
		if err := s.Index.Wait(ctx, size); err != nil {
			p.Fatalf("entry %d: %v", size, err)
		}
		if err := s.Catalog.Wait(ctx, size); err != nil {
			p.Fatalf("entry %d: %v", size, err)
		}
	}
}

// passport is what is known of a thing, as a node tells it.
func (s *site) passport(id trace.ID) string {
	s.Helper()
	return string(s.must(s.get(id.Path()+"?format=json", ""), http.StatusOK).body)
}

// state is what a passport says in one word.
func (s *site) state(id trace.ID) string {
	s.Helper()
	var page struct{ State string }
	s.must(s.get(id.Path()+"?format=json", ""), http.StatusOK).into(s, &page)
	return page.State
}

// root is what a node's checkpoint says, without who signed it.
func (s *site) root() string {
	s.Helper()
	text, _, _ := strings.Cut(string(s.must(s.get("/api/v1/checkpoint", ""), http.StatusOK).body), "\n\n")
	return text
}

// graph is the lineage of a thing as a node tells it, without the names, which are
// payloads.
func (s *site) graph(id trace.ID) string {
	s.Helper()
	var g struct {
		Nodes []struct {
			ID, Made string
			Depth    int
			Recalled bool
		}
		Edges []struct{ From, To, Kind, Quantity, Event string }
	}
	s.must(s.get("/api/v1/trace/"+escaped(id.String()), ""), http.StatusOK).into(s, &g)
	b, err := json.Marshal(g)
	if err != nil {
		s.Fatal(err)
	}
	return string(b)
}

// TestTwoOrganisations: two nodes on one channel keep one register, each with the
// keys of its own members only.
func TestTwoOrganisations(t *testing.T) {
	n, c := newNetwork(t)
	p := &pair{T: t, whole: t, network: n}
	for i, org := range n.Organisations() {
		address := fmt.Sprintf("127.0.0.1:%d", c.Ports+40+i) // a second orderer's, of which there is none
		p.configs[i] = node.Config{
			Ledger: node.Fabric, Profile: n.Profile(org), Data: filepath.Join(t.TempDir(), org),
			Listen: address, PublicURL: "http://" + address,
		}
	}
	p.configs[0].Demo = true
	p.a = startSite(t, p.configs[0])

	// A node that will be shown another history follows this one for a while.
	early := p.configs[1]
	early.Data, early.Listen = filepath.Join(t.TempDir(), "early"), ""
	startSite(t, early).stop()

	if err := p.a.Fill(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.join()
	p.introduce()
	t.Run("one register", func(t *testing.T) { p.with(t).oneRegister() })
	t.Run("custody", func(t *testing.T) { p.with(t).custody() })
	t.Run("recall and erasure", func(t *testing.T) { p.with(t).recallAndErase() })
	t.Run("restart", func(t *testing.T) { p.with(t).restart() })
	t.Run("without the network", func(t *testing.T) { p.with(t).alone() })
	p.a.stop()
	p.b.stop()
	t.Run("another history", func(t *testing.T) { otherHistory(t, n, c, early) })
}

func (p *pair) with(t *testing.T) *pair {
	p.T, p.a.TB, p.b.TB = t, t, t
	return p
}

// reopen starts a node again that was stopped.
func (p *pair) reopen(s *site, c node.Config) *site {
	p.Helper()
	again := startSite(p.whole, c)
	again.TB, again.events, again.parties = p.T, s.events, s.parties
	return again
}

// introduce has the nodes work with each other from now on.
func (p *pair) introduce() {
	file, err := node.PeersFile(0, nil, filepath.Join(p.configs[0].Data, "peer.json"), filepath.Join(p.configs[1].Data, "peer.json"))
	if err != nil {
		p.Fatal(err)
	}
	name := filepath.Join(p.TempDir(), "peers.json")
	if err := os.WriteFile(name, file, 0o644); err != nil {
		p.Fatal(err)
	}
	p.a.stop()
	p.b.stop()
	p.configs[0].Peers, p.configs[1].Peers = name, name
	p.a, p.b = p.reopen(p.a, p.configs[0]), p.reopen(p.b, p.configs[1])
}

// join starts the agency's node, whose application the operator then admits.
func (p *pair) join() {
	t := p.T
	c := p.configs[1]
	c.OrgName, c.OrgKind = "Chi cục Kiểm tra", ledger.KindAgency
	p.b = startSite(t, c)
	p.b.events, p.b.parties = 1000, 1000 // so that both nodes' tests name different things
	tokens, err := node.Tokens(c.Data)
	if err != nil {
		t.Fatal(err)
	}
	p.agency = tokens[c.OrgName]
	if waiting, err := p.b.Waiting(t.Context()); err != nil || !waiting {
		t.Errorf("before it is admitted, it is waiting: %v, %v", waiting, err)
	}
	event := p.b.newEvent("ObjectEvent", "OBSERVE", "inspecting")
	event["epcList"] = []string{"https://agency.example/1"}
	if a := p.b.capture(p.agency, ledger.Public, documentOf(event)); a.StatusCode != http.StatusUnauthorized && a.StatusCode != http.StatusForbidden {
		t.Errorf("before it is admitted, it may record: %s", a)
	}

	application, err := node.ReadApplication(p.b.ApplicationFile())
	if err != nil {
		t.Fatal(err)
	}
	if got := p.a.upload(p.a.operator, trace.Encode(application.Profile), false); got != application.Admission.Org.Profile.Payload {
		t.Errorf("the profile is %s, the application says %s", got, application.Admission.Org.Profile.Payload)
	}
	p.a.direct(p.a.operator, trace.ActionAdmit, application.Admission)
	p.followed()
	if waiting, err := p.b.Waiting(t.Context()); err != nil || waiting {
		t.Errorf("after it was admitted, it is waiting: %v, %v", waiting, err)
	}
	p.b.must(p.b.capture(p.agency, ledger.Public, documentOf(event)), http.StatusAccepted)
	p.followed()
	p.a.must(p.a.get("/epcis/epcs/"+escaped("https://agency.example/1")+"/events", ""), http.StatusOK)
}

// oneRegister: pages, lineage, proofs and the tree are the same at both.
func (p *pair) oneRegister() {
	sample, _, err := p.a.Sample()
	if err != nil {
		p.Fatal(err)
	}
	if len(sample.Pages) == 0 || sample.Events < 495 {
		p.Fatalf("the sample has %d pages and %d events", len(sample.Pages), sample.Events)
	}
	coop := p.a.admit("Hợp tác xã Bên A", ledger.KindCoop)
	lot := p.a.lot(p.a.product(coop, 1, trace.Text{VI: "Vải thiều"}), "L1")
	p.a.recordEvents(coop, ledger.Public, p.a.commission(lot, 120))
	p.followed()
	ids := []trace.ID{lot}
	for _, page := range sample.Pages {
		ids = append(ids, page.ID)
	}
	for _, id := range ids {
		eventually(p, func() bool { return p.a.passport(id) == p.b.passport(id) }, "the same page at both nodes of "+id.String())
		if a, b := p.a.graph(id), p.b.graph(id); a != b {
			p.Errorf("the lineage of %s is\n%s\nat one node and at the other\n%s", id, a, b)
		}
	}
	if page := p.b.must(p.b.get(lot.Path(), ""), http.StatusOK); !bytes.Contains(page.body, []byte(coop.name)) {
		p.Errorf("the page does not name %s", coop.name)
	}
	if a, b := p.a.root(), p.b.root(); a != b {
		p.Errorf("one node's checkpoint says\n%s\nthe other's\n%s", a, b)
	}
	last := p.b.Ledger.Size() - 1
	trusts := make([]receipt.Trust, 2)
	for i, s := range []*site{p.a, p.b} {
		if trusts[i], err = receipt.ParseTrust(s.must(s.get("/api/v1/trust", ""), http.StatusOK).body); err != nil {
			p.Fatal(err)
		}
	}
	for _, s := range []*site{p.a, p.b} {
		for _, trust := range trusts {
			eventually(p, func() bool {
				_, err := receipt.Verify(trust, s.must(s.get("/api/v1/receipts/"+itoa(last), ""), http.StatusOK).body)
				return err == nil
			}, "a receipt that both nodes cosigned")
		}
	}
}

// custody: a node acts for nobody but its own members.
func (p *pair) custody() {
	coop := p.a.admit("Hợp tác xã Chỉ ở A", ledger.KindCoop)
	p.followed()
	if _, err := p.b.Accounts.Identity(coop.identity.Address); ledger.CodeOf(err) != ledger.NotFound {
		p.Errorf("the agency's node has the co-op's key: %v", err)
	}
	if _, err := p.b.Accounts.Identity(p.a.Operator.Address); ledger.CodeOf(err) != ledger.NotFound || p.b.Operator != nil {
		p.Errorf("the agency's node has the operator's key: %v", err)
	}
	if _, err := p.a.Accounts.Identity(p.b.Application.Admission.Member.Key); ledger.CodeOf(err) != ledger.NotFound {
		p.Errorf("the operator's node has the agency's key: %v", err)
	}
	place := trace.Place{ID: keyID("414", coop.prefix+"00002"), Kind: trace.PlaceShop, Commune: "07234"}
	p.b.must(p.b.record(coop.token, trace.RegistryContract, trace.ActionPlace, place), http.StatusUnauthorized)
	p.a.must(p.a.record(p.agency, trace.RegistryContract, trace.ActionPlace, place), http.StatusUnauthorized)
	// Nor does it bring in what the co-op's member signed, were it shown it.
	signed := p.a.signed(coop, trace.RegistryContract, trace.ActionPlace, place)
	submit := func(s *site, token string) *answer {
		return s.call(http.MethodPost, "/api/v1/transactions", token, header{"Content-Type", "application/json"}, signed)
	}
	p.b.must(submit(p.b, p.agency), http.StatusForbidden)
	p.a.must(submit(p.a, coop.token), http.StatusCreated)
}

// recallAndErase: what one node's members recall and erase is recalled and erased
// at the other.
func (p *pair) recallAndErase() {
	coop := p.a.admit("Hợp tác xã Thu hồi", ledger.KindCoop)
	lot := p.a.lot(p.a.product(coop, 1, trace.Text{VI: "Bưởi"}), "L1")
	p.a.recordEvents(coop, ledger.Public, p.a.commission(lot, 50))
	p.followed()
	if s := p.b.state(lot); s == "recalled" {
		p.Fatalf("%s is %s before the recall", lot, s)
	}
	p.a.must(p.a.record(coop.token, trace.Contract, trace.ActionRecall, trace.Recall{
		Target: lot, Reason: "Dư lượng", Action: "Không ăn", Contact: "0204 000 000", Class: "2",
	}), http.StatusCreated)
	p.followed()
	if s := p.b.state(lot); s != "recalled" {
		p.Errorf("recalled at one node, it is %s at the other", s)
	}

	cid := payloadOf(p, p.a, coop)
	id, err := content.Parse(cid)
	if err != nil {
		p.Fatal(err)
	}
	eventually(p, func() bool { _, err := p.b.Store.Stat(p.Context(), id); return err == nil }, "the replica")
	eventually(p, func() bool {
		return bytes.Contains(p.b.must(p.b.get(lot.Path(), ""), http.StatusOK).body, []byte(coop.name))
	}, "the co-op's name at the other node")
	words := p.b.must(p.b.get("/ipfs/"+cid, p.agency), http.StatusOK).body
	p.a.direct(coop.token, trace.ActionErase, trace.Erasure{Payload: cid, Reason: "yêu cầu của chủ"})
	p.followed()
	eventually(p, func() bool { info, err := p.b.Store.Stat(p.Context(), id); return err == nil && !info.Erased.IsZero() }, "the erasure")
	if page := p.b.must(p.b.get(lot.Path(), ""), http.StatusOK); bytes.Contains(page.body, []byte(coop.name)) {
		p.Errorf("the page still names %s", coop.name)
	}
	if a := p.b.call(http.MethodPost, "/api/v1/payloads", p.agency, nil, words); a.StatusCode == http.StatusCreated {
		p.Errorf("what was erased came back: %s", a)
	}
}

// restart: a node takes up where it was, and from nothing but its keys builds all of
// it again.
func (p *pair) restart() {
	p.b.stop()
	coop := p.a.admit("Hợp tác xã Đến sau", ledger.KindCoop)
	lot := p.a.lot(p.a.product(coop, 1, trace.Text{VI: "Dừa"}), "L1")
	p.a.recordEvents(coop, ledger.Public, p.a.commission(lot, 10))
	again := func() {
		p.Helper()
		p.b = p.reopen(p.b, p.configs[1])
		p.followed() // its peer may be behind
		if a, b := p.a.state(lot), p.b.state(lot); a != b {
			p.Errorf("%s is %s at one node and %s at the other", lot, a, b)
		}
		if a, b := p.a.root(), p.b.root(); a != b {
			p.Errorf("one node's checkpoint says\n%s\nthe other's\n%s", a, b)
		}
		if waiting, err := p.b.Waiting(p.Context()); err != nil || waiting {
			p.Errorf("it is waiting to be admitted again: %v, %v", waiting, err)
		}
	}
	again()
	p.b.stop()
	for _, dir := range []string{"fabric", "index", "catalog", "payloads"} {
		if err := os.RemoveAll(filepath.Join(p.configs[1].Data, dir)); err != nil {
			p.Fatal(err)
		}
	}
	again()
	event := p.b.newEvent("ObjectEvent", "OBSERVE", "inspecting")
	event["epcList"] = []string{"https://agency.example/2"}
	p.b.must(p.b.capture(p.agency, ledger.Public, documentOf(event)), http.StatusAccepted)
}

// alone: pages need nobody, not even at the start.
func (p *pair) alone() {
	sample, _, err := p.a.Sample()
	if err != nil {
		p.Fatal(err)
	}
	p.followed()
	if err := p.network.Stop(p.Context()); err != nil {
		p.Fatal(err)
	}
	size := p.b.Ledger.Size()
	answers := func() {
		p.Helper()
		for _, page := range sample.Pages {
			p.b.must(p.b.get(page.ID.Path(), ""), http.StatusOK)
		}
		p.b.must(p.b.get("/api/v1/receipts/0", ""), http.StatusOK)
		p.b.must(p.b.get("/readyz", ""), http.StatusOK)
		if got := p.b.Ledger.Size(); got != size {
			p.Errorf("it has %d entries, had %d", got, size)
		}
	}
	answers()
	p.b.stop()
	p.b = p.reopen(p.b, p.configs[1])
	answers()

	first := p.configs[1]
	first.Data, first.Listen, first.Peers = p.TempDir(), "", ""
	first.Log = ledgertest.Quiet()
	if l, err := node.Start(p.Context(), first); err == nil {
		l.Close()
		p.Error("a node that has nothing yet starts without the network")
	} else if profile, readErr := fabric.ReadProfile(first.Profile); readErr != nil || !strings.Contains(err.Error(), profile.Own().Peers[0].Address) {
		p.Errorf("it does not say who cannot be reached: %v", err)
	}
}

// otherHistory puts another channel in the place of the one that a node has
// followed, of the same register.
func otherHistory(t *testing.T, n *network.Network, c network.Config, early node.Config) {
	raw, err := os.ReadFile(n.Genesis())
	if err != nil {
		t.Fatal(err)
	}
	genesis, err := ledger.ParseGenesis(raw)
	if err != nil {
		t.Fatal(err)
	}
	operator, err := os.ReadFile(filepath.Join(n.Dir, "operator.key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Down(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.Genesis = &genesis
	n = upNetwork(t, c)
	profile, err := fabric.ReadProfile(n.Profile("org1"))
	if err != nil {
		t.Fatal(err)
	}
	profile.Operator = filepath.Join(t.TempDir(), "operator.key")
	if err := os.WriteFile(profile.Operator, operator, 0o600); err != nil {
		t.Fatal(err)
	}
	founder := node.Config{Ledger: node.Fabric, Profile: filepath.Join(n.Dir, "org1", "founder.json"), Data: t.TempDir()}
	if err := profile.Write(founder.Profile); err != nil {
		t.Fatal(err)
	}
	startSite(t, founder).admit("Hợp tác xã Khác", ledger.KindCoop) // more blocks than the other channel had then

	s := startSite(t, early)
	eventually(t, func() bool { return s.get("/readyz", "").StatusCode == http.StatusServiceUnavailable }, "the alarm")
	for path, status := range map[string]int{"/readyz": http.StatusServiceUnavailable, "/healthz": http.StatusOK} {
		var health struct{ Alarm string }
		if s.must(s.get(path, ""), status).into(t, &health); !strings.Contains(health.Alarm, "another history") {
			t.Errorf("%s gives the reason %q", path, health.Alarm)
		}
	}
	if list := s.must(s.get("/api/v1/organisations", ""), http.StatusOK); !bytes.Contains(list.body, []byte(`"operator"`)) {
		t.Errorf("what was followed before is not there: %s", list)
	}
	s.must(s.get("/", ""), http.StatusOK)
}
