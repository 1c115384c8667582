package peer

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ipfs/go-cid"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/sync/errgroup"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/ledger/content/store"
	"github.com/sogoc/sogoc/ledger/merkle"
	"github.com/sogoc/sogoc/ledger/witness"
	"github.com/sogoc/sogoc/market/catalog"
	"github.com/sogoc/sogoc/market/deals"
	"github.com/sogoc/sogoc/trace/index"
)

// Ledger is the ledger as this package needs it: the order, proofs, and one entry by
// its position.
type Ledger interface {
	ledger.Reader
	ledger.Prover
	Entry(ctx context.Context, index uint64) (*ledger.Entry, error)
	// Origin is the first line of the checkpoints that are signed now.
	Origin() string
}

// Payload is a payload that an entry names.
type Payload struct {
	CID     string
	Profile bool // a trace.Profile, which may name an image in turn
}

// Config is what a node needs to work with others.
type Config struct {
	Dir      string             // its own folder, made when it does not exist
	File     File               // of ParseFile; names this node, too
	Key      ed25519.PrivateKey // of its requests
	Cosigner *merkle.Cosigner

	Ledger  Ledger
	Store   *store.Store
	Index   *index.Index
	Catalog *catalog.Catalog
	Deals   *deals.Deals
	Named   func(*ledger.Entry) []Payload // the payloads that an entry names

	// Every is the least time between two rounds of cosignatures, and Look between two
	// of asking who holds what; 0 means 1 s and 30 s.
	Every, Look time.Duration
	Client      *http.Client // nil means one of its own
	Clock       func() time.Time
	Log         *slog.Logger
}

// Node is this node among its peers.
type Node struct {
	Config
	self     *Peer
	peers    []*remote
	outside  []*remote // witnesses that are no nodes
	askedFor []*remote // a cosignature: both
	origin   string
	genesis  ledger.Genesis
	memory   *memory
	witness  *witness.Witness
	queue    *queue

	cosigned atomic.Pointer[cosigned]
	arrived  atomic.Uint64 // payloads that came since the start
	toldMu   sync.Mutex
	told     uint64 // of arrived
	toldAt   time.Time
	decided  uint64 // entries below are decided about by who hosts whom now; following's own
	running  atomic.Bool
}

// remote is another node, or a witness that is none, and what is known of it. Of a
// witness the Peer has name, address and cosigner alone.
type remote struct {
	*Peer
	outside bool // it is no node

	mu    sync.Mutex
	state state
}

type state struct {
	asked   bool        // since the start
	up      bool        // the last request was answered
	problem string      // what is wrong, in words for everybody; empty when nothing is
	fork    bool        // it shows another history, or says that this node does
	size    uint64      // of the largest checkpoint of this node's that it cosigned
	at      ledger.Time // when
	old     uint64      // what it cosigned last, as far as known
	tries   int         // that failed in a row
	next    time.Time   // when it is asked for a cosignature again
}

func (r *remote) look() state {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state
}

func (r *remote) update(f func(*state)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(&r.state)
}

// Open opens a node's folder. Its errors are Invalid when the file does not name this
// node, or names other keys of it.
func Open(c Config) (*Node, error) {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Every == 0 {
		c.Every = time.Second
	}
	if c.Look == 0 {
		c.Look = 30 * time.Second
	}
	if c.Client == nil {
		c.Client = newClient()
	}
	n := &Node{Config: c, genesis: c.Ledger.Genesis(), queue: newQueue()}
	n.origin = c.Ledger.Origin()
	own := c.Key.Public().(ed25519.PublicKey)
	log := witness.Log{Origin: n.origin}
	for i := range c.File.Nodes {
		p := &c.File.Nodes[i]
		log.Keys = append(log.Keys, p.checkpoint)
		if own.Equal(p.key) {
			n.self = p
			continue
		}
		n.peers = append(n.peers, &remote{Peer: p})
	}
	for _, w := range c.File.Witnesses {
		n.outside = append(n.outside, &remote{Peer: &Peer{Name: w.Name, URL: w.URL, Cosigner: w.Key, cosigner: w.cosigner}, outside: true})
	}
	n.askedFor = slices.Concat(n.peers, n.outside)
	switch {
	case n.self == nil:
		return nil, ledger.FieldErrorf(ledger.Invalid, "nodes", "the peers file does not name this node, whose key is %s", keyIDOf(own))
	case n.self.Cosigner != c.Cosigner.String():
		return nil, ledger.FieldErrorf(ledger.Invalid, "nodes", "the peers file says of this node that its cosigner is %s, but it is %s", n.self.Cosigner, c.Cosigner)
	}
	var err error
	if n.memory, err = openMemory(c.Dir); err != nil {
		return nil, err
	}
	n.witness = witness.New(witness.Config{Cosigner: c.Cosigner, Memory: n.memory, Logs: []witness.Log{log}, Follow: n.follow, Clock: c.Clock})
	err = n.memory.adopt(n.genesis.Register())
	if err == nil {
		err = n.restore()
	}
	if err != nil {
		return nil, errors.Join(err, n.memory.close())
	}
	return n, nil
}

// Close lets go of the folder. Run must have returned.
func (n *Node) Close() error { return n.memory.close() }

// Run works with the peers until the context ends, whose error it then returns: it
// gathers cosignatures, fetches payloads, and asks who holds what. What a peer does
// or fails to do never ends it.
func (n *Node) Run(ctx context.Context) error {
	if !n.running.CompareAndSwap(false, true) {
		return ledger.Errorf(ledger.Conflict, "the node is working with its peers already")
	}
	defer n.running.Store(false)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return n.cosigning(ctx) })
	g.Go(func() error { return n.following(ctx) })
	g.Go(func() error { return n.lookingAround(ctx) })
	for range fetchers {
		g.Go(func() error { return n.fetching(ctx) })
	}
	return g.Wait()
}

// Authenticate returns the peer that signed a request. Errors are Unauthenticated.
func (n *Node) Authenticate(r *http.Request, body []byte) (*Peer, error) {
	var from *Peer
	_, err := signerOf(r, body, n.self.authority, func(key ed25519.PublicKey) bool {
		i := slices.IndexFunc(n.peers, func(p *remote) bool { return p.key.Equal(key) })
		if i >= 0 {
			from = n.peers[i].Peer
		}
		return i >= 0
	}, n.Clock())
	return from, err
}

// MayHave reports whether a node may have a payload: as a reader of the register that
// acts for the organisations which it hosts, and as everybody who loads a dataset.
func (n *Node) MayHave(ctx context.Context, p *Peer, id cid.Cid) (bool, error) {
	if n.Catalog.Readable(id.String()) {
		return n.notErased(ctx, id)
	}
	v := n.Index.Node(p.Host, n.genesis)
	if ok, err := n.Deals.Readable(id.String(), v.ActsFor); err != nil {
		return false, err
	} else if ok {
		return n.notErased(ctx, id)
	}
	return n.Index.Readable(ctx, v, id.String())
}

// notErased is for what the catalogue and the deals list; the index looks by itself.
func (n *Node) notErased(ctx context.Context, id cid.Cid) (bool, error) {
	_, err := n.Index.Erased(ctx, id.String())
	if ledger.CodeOf(err) == ledger.NotFound && err != nil {
		return true, nil
	}
	return false, err
}

// here reports whether a payload is at this node, and whether it never will be.
func (n *Node) here(ctx context.Context, id cid.Cid) (here, erased bool, err error) {
	info, err := n.Store.Stat(ctx, id)
	if ledger.CodeOf(err) == ledger.NotFound && err != nil {
		return false, false, nil
	}
	return err == nil && info.Erased == 0, info.Erased != 0, err
}

// Held lists which of some payloads are here, of those that a peer may have.
func (n *Node) Held(ctx context.Context, p *Peer, ids []string) ([]string, error) {
	held := []string{}
	for _, s := range ids {
		id, err := content.Parse(s)
		if err != nil {
			return nil, ledger.FieldErrorf(ledger.Invalid, "cids", "%q is not the CID of a payload", s)
		}
		ok, err := n.MayHave(ctx, p, id)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		here, _, err := n.here(ctx, id)
		if err != nil {
			return nil, err
		}
		if here {
			held = append(held, s)
		}
	}
	return held, nil
}

// Arrivals changes when payloads have come from elsewhere, at most once a second: what
// was made without them can be made anew.
func (n *Node) Arrivals() uint64 {
	came := n.arrived.Load()
	n.toldMu.Lock()
	defer n.toldMu.Unlock()
	if now := n.Clock(); came != n.told && now.Sub(n.toldAt) >= time.Second {
		n.told, n.toldAt = came, now
	}
	return n.told
}

// Witness answers add-checkpoint, as package witness does, and raises the alarm when
// somebody shows another history.
func (n *Node) Witness(ctx context.Context, body []byte) ([]byte, error) {
	r, err := witness.ParseRequest(body)
	if err != nil {
		return nil, err
	}
	line, err := n.witness.Add(ctx, r)
	var fork *witness.Fork
	if !errors.As(err, &fork) {
		return line, err
	}
	by := "this node's own key"
	for _, p := range n.peers {
		if _, _, opened := merkle.OpenCheckpoint(r.Checkpoint, n.origin, note.Verifier(p.checkpoint)); opened == nil {
			by = p.Name
			p.update(func(s *state) { s.fork = true })
		}
	}
	n.Log.Error("ANOTHER HISTORY of this register is being signed; the checkpoint is the evidence", "by", by, "reason", fork.Error(), "checkpoint", string(bytes.TrimSpace(fork.Checkpoint)))
	return nil, err
}

// follow is this node's own root at a size; package witness's.
func (n *Node) follow(ctx context.Context, _ string, size uint64) (ledger.Hash, error) {
	wait, cancel := context.WithTimeout(ctx, followWait)
	defer cancel()
	if err := n.Ledger.Wait(wait, size); err != nil {
		return ledger.Hash{}, ledger.Errorf(ledger.Unavailable, "this node has followed %d entries so far", n.Ledger.Size())
	}
	if size == 0 {
		return merkle.EmptyRoot, nil
	}
	e, err := n.Ledger.Entry(ctx, size-1)
	if err != nil {
		return ledger.Hash{}, err
	}
	path, err := n.Ledger.Inclusion(ctx, size-1, size)
	if err != nil {
		return ledger.Hash{}, err
	}
	leaf := e.Leaf(n.genesis.Register())
	return merkle.InclusionRoot(size-1, size, leaf.Hash(), path)
}

// followWait is how long a checkpoint waits for this node to be as far.
const followWait = 3 * time.Second
