package peer_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/api"
	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/account/password"
	"github.com/sogoc/sogoc/api/peer"
	"github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/contracts/dataset"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/ledger/content/store"
	"github.com/sogoc/sogoc/ledger/embedded"
	"github.com/sogoc/sogoc/ledger/ledgertest"
	"github.com/sogoc/sogoc/ledger/merkle"
	"github.com/sogoc/sogoc/ledger/receipt"
	"github.com/sogoc/sogoc/market/catalog"
	"github.com/sogoc/sogoc/market/deals"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/epcis"
	"github.com/sogoc/sogoc/trace/index"
)

// followed is a ledger as a node follows it: the order is shared, checkpoints are
// under the node's own key.
type followed struct {
	*embedded.Ledger
	signer note.Signer
	first  note.Verifier // of the shared ledger's own checkpoints
}

func (f *followed) Checkpoint(ctx context.Context) ([]byte, error) {
	b, err := f.Ledger.Checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	c, _, err := merkle.OpenCheckpoint(b, f.Genesis().Origin, f.first)
	if err != nil {
		return nil, err
	}
	return merkle.SignCheckpoint(c, f.signer)
}

// site is a node of one organisation, without the parts that play no role among
// nodes.
type site struct {
	t        testing.TB
	dir      string
	ledger   *followed
	file     *peer.File
	key      ed25519.PrivateKey
	cosigner *merkle.Cosigner
	entry    peer.Peer
	server   *httptest.Server
	handler  atomic.Pointer[http.Handler]                    // nil while it is stopped
	meddle   atomic.Pointer[func(http.Handler) http.Handler] // stands before the handler when it is set

	*peer.Node
	store    *store.Store
	index    *index.Index
	accounts *account.Store
	stop     func()
}

var secrets atomic.Int32

func newSite(t testing.TB, l *embedded.Ledger, first note.Verifier, host string, file *peer.File) *site {
	t.Helper()
	skey, vkey, err := note.GenerateKey(rand.Reader, ledgertest.Origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	seed := bytes.Repeat([]byte{byte(secrets.Add(1))}, 32)
	cosigner, err := merkle.NewCosigner(ledgertest.Origin+"/"+host, seed)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, dir: t.TempDir(), ledger: &followed{l, signer, first}, file: file, key: private, cosigner: cosigner}
	s.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		running := s.handler.Load()
		if running == nil {
			panic(http.ErrAbortHandler)
		}
		h := *running
		if meddle := s.meddle.Load(); meddle != nil {
			h = (*meddle)(h)
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(s.server.Close)
	s.entry = peer.Peer{
		Name: "node of " + host, URL: s.server.URL, Host: host, Checkpoint: vkey, Cosigner: cosigner.String(),
		Key: base64.StdEncoding.EncodeToString(public),
	}
	return s
}

// run starts the node; stop ends it, so that it can be started again.
func (s *site) run() {
	t := s.t
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	dir := func(name string) string { return filepath.Join(s.dir, name) }
	var err error
	s.store, err = store.Open(store.Config{Dir: dir("payloads"), Log: ledgertest.Quiet()})
	must(err)
	payload := func(ctx context.Context, id string) ([]byte, error) { return api.ReadPayload(ctx, s.store, id) }
	s.index, err = index.Open(index.Config{Dir: dir("index"), Payload: payload, Logger: ledgertest.Quiet()})
	must(err)
	list, err := catalog.Open(catalog.Config{Dir: dir("catalog"), Payload: payload})
	must(err)
	bargains, err := deals.Open(dir("deals"))
	must(err)
	genesis := s.ledger.Genesis()
	s.accounts, err = account.Open(dir("accounts"), account.MasterKey{1}, genesis.Register(), password.LeastCost)
	must(err)
	s.Node, err = peer.Open(peer.Config{
		Dir: dir("peers"), File: *s.file, Key: s.key, Cosigner: s.cosigner,
		Ledger: s.ledger, Store: s.store, Index: s.index, Catalog: list, Deals: bargains, Named: api.PayloadsOf,
		Every: 20 * time.Millisecond, Look: 20 * time.Millisecond, Log: ledgertest.Quiet(),
	})
	must(err)
	h, err := api.New(api.Config{
		Ledger: s.ledger, Index: s.index, Catalog: list, Deals: bargains, Store: s.store, Accounts: s.accounts, Peers: s.Node,
		Trust: s.file.Trust(genesis.Register(), genesis.Origin), PublicURL: s.server.URL, Version: "test", Limits: epcis.DefaultLimits,
	})
	must(err)
	s.handler.Store(&h)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	follow := func(f func() error) {
		running.Go(func() {
			if err := f(); !errors.Is(err, context.Canceled) {
				t.Errorf("a follower ended: %v", err)
			}
		})
	}
	follow(func() error { return s.index.Run(ctx, s.ledger) })
	follow(func() error { return list.Run(ctx, s.ledger) })
	follow(func() error { return bargains.Run(ctx, s.ledger) })
	follow(func() error { return s.Run(ctx) })
	follow(func() error { return s.erase(ctx) })
	s.stop = sync.OnceFunc(func() {
		s.handler.Store(nil)
		cancel()
		running.Wait()
		must(errors.Join(s.Node.Close(), s.accounts.Close(), list.Close(), bargains.Close(), s.index.Close(), s.store.Close()))
	})
	t.Cleanup(s.stop)
}

// erase does what a node does about erasures.
func (s *site) erase(ctx context.Context) error {
	return ledger.Follow(ctx, s.ledger, 0, func(entries []*ledger.Entry) error {
		for _, e := range entries {
			if e.Tx.Header.Contract != trace.RegistryContract || e.Tx.Header.Action != trace.ActionErase {
				continue
			}
			for _, item := range e.Tx.Items {
				var in trace.Erasure
				if err := trace.Decode(item.Data, &in); err != nil {
					return err
				}
				c, err := content.Parse(in.Payload)
				if err != nil {
					return err
				}
				if err := s.store.Erase(ctx, c, "requested", e.Time); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (s *site) put(b []byte, sealed bool) string {
	s.t.Helper()
	ref, err := s.store.Put(s.t.Context(), bytes.NewReader(b), content.Options{Sealed: sealed})
	if err != nil {
		s.t.Fatal(err)
	}
	return ref.CID.String()
}

func (s *site) holds(id string) bool {
	s.t.Helper()
	info, err := s.store.Stat(s.t.Context(), parse(s.t, id))
	if err != nil && ledger.CodeOf(err) != ledger.NotFound {
		s.t.Fatal(err)
	}
	return err == nil && info.Erased == 0
}

func parse(t testing.TB, id string) cid.Cid {
	t.Helper()
	c, err := content.Parse(id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (s *site) read(id string) string {
	s.t.Helper()
	b, err := api.ReadPayload(s.t.Context(), s.store, id)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(b)
}

func (s *site) status() peer.Status {
	s.t.Helper()
	var status peer.Status
	if code, body := s.get("/api/v1/peers"); code != http.StatusOK || json.Unmarshal(body, &status) != nil {
		s.t.Fatalf("%d %s", code, body)
	}
	return status
}

func (s *site) get(path string) (int, []byte) {
	s.t.Helper()
	r, err := http.Get(s.server.URL + path)
	if err != nil {
		s.t.Fatal(err)
	}
	return answered(s.t, r)
}

func answered(t testing.TB, r *http.Response) (int, []byte) {
	t.Helper()
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, b
}

func (s *site) post(path string, body []byte) (*http.Response, []byte) {
	s.t.Helper()
	r, err := http.Post(s.server.URL+path, "application/octet-stream", bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	_, b := answered(s.t, r)
	return r, b
}

// trust is the register's trust file, as the site publishes it.
func (s *site) trust() receipt.Trust {
	s.t.Helper()
	_, b := s.get("/api/v1/trust")
	trust, err := receipt.ParseTrust(b)
	if err != nil {
		s.t.Fatal(err)
	}
	return trust
}

// eventually waits for something that other goroutines bring about.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s never came", what)
		}
	}
}

// pair is two nodes of two members of a channel, and a register on which a co-op is
// hosted by the first, with the operator, and a buyer by the second.
type pair struct {
	*contracttest.World
	a, b        *site
	coop, buyer *contracttest.Org
	shop        *contracttest.Org // hosted by the first, too
	lot         trace.ID
}

func newPair(t testing.TB) *pair {
	t.Helper()
	return newPairOf(t, func(*peer.File) {})
}

// newPairOf is newPair with more in the peers file.
func newPairOf(t testing.TB, more func(*peer.File)) *pair {
	t.Helper()
	genesis, operator := ledgertest.NewGenesis(t)
	l, first := openLedger(t, genesis)
	p := &pair{World: over(t, l, operator)}
	file := &peer.File{}
	p.a, p.b = newSite(t, l, first, "Org1MSP", file), newSite(t, l, first, "Org2MSP", file)
	*file = fileOf(t, p.a, p.b)
	more(file)
	var err error
	if *file, err = parsed(t, *file); err != nil {
		t.Fatal(err)
	}
	p.a.run()
	p.b.run()
	p.coop, p.buyer, p.shop = p.Admit("coop", ledger.KindCoop), p.Admit("buyer", ledger.KindExporter), p.Admit("shop", ledger.KindRetailer)
	p.host(p.buyer, "Org2MSP")
	p.lot = contracttest.Lot(p.Product(p.coop, 1), "L1")
	p.record(ledger.Public, "made", p.Commission(contracttest.Of(p.lot, "100 KGM")))
	return p
}

// over founds the register on a ledger.
func over(t testing.TB, l *embedded.Ledger, operator *ecdsa.PrivateKey) *contracttest.World {
	t.Helper()
	return contracttest.Over(t, l.Genesis(), operator, func(tx ledger.Tx) ([]byte, error) {
		e, err := l.Submit(context.Background(), tx)
		if err != nil {
			return nil, err
		}
		return e.Outcome, nil
	})
}

func openLedger(t testing.TB, genesis ledger.Genesis) (*embedded.Ledger, note.Verifier) {
	t.Helper()
	signer, v := ledgertest.NewSigner(t, ledgertest.Origin)
	l, err := embedded.Open(embedded.Config{
		Dir: t.TempDir(), Genesis: genesis, Contracts: contracttest.Contracts(dataset.Contract{}), Signer: signer, Log: ledgertest.Quiet(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l, v
}

func (p *pair) host(o *contracttest.Org, host string) {
	_, err := p.Directory(p.Operator.Member, trace.ActionHost, trace.Hosting{Org: o.OrgID(), Host: host, Reason: "its own node"})
	p.Must(err)
}

// record has the co-op record an event whose document the first node holds.
func (p *pair) record(a ledger.Audience, document string, f trace.Fact) string {
	f.Audience, f.Payload = a, p.a.put([]byte(document), false)
	p.Record(p.coop, f)
	return f.Payload
}

// fileOf is the peers file of some sites, read as operators write it.
func fileOf(t testing.TB, sites ...*site) peer.File {
	t.Helper()
	f := peer.File{Format: peer.Format}
	for _, s := range sites {
		f.Nodes = append(f.Nodes, s.entry)
	}
	f, err := parsed(t, f)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// parsed takes a peers file through its bytes.
func parsed(t testing.TB, f peer.File) (peer.File, error) {
	t.Helper()
	b, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return peer.ParseFile(b)
}
