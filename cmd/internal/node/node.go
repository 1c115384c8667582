package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/sogoc/sogoc/api"
	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/account/openid"
	"github.com/sogoc/sogoc/api/jobs"
	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/api/peer"
	"github.com/sogoc/sogoc/api/sheets"
	"github.com/sogoc/sogoc/api/uploads"
	"github.com/sogoc/sogoc/api/upstream"
	"github.com/sogoc/sogoc/api/watch"
	"github.com/sogoc/sogoc/contracts/dataset"
	"github.com/sogoc/sogoc/contracts/registry"
	"github.com/sogoc/sogoc/contracts/traceability"
	"github.com/sogoc/sogoc/contracts/trade"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content/store"
	"github.com/sogoc/sogoc/ledger/embedded"
	"github.com/sogoc/sogoc/ledger/fabric"
	"github.com/sogoc/sogoc/ledger/receipt"
	"github.com/sogoc/sogoc/market/catalog"
	"github.com/sogoc/sogoc/market/deals"
	"github.com/sogoc/sogoc/trace/capture"
	"github.com/sogoc/sogoc/trace/epcis"
	"github.com/sogoc/sogoc/trace/index"
)

// Folders and files of the data folder.
const (
	ledgerDir   = "ledger" // embedded
	fabricDir   = "fabric" // what the node follows of the channel
	payloadDir  = "payloads"
	indexDir    = "index"
	catalogDir  = "catalog"
	dealsDir    = "deals"
	accountDir  = "accounts"
	jobDir      = "jobs"
	importDir   = "imports"
	copyDir     = "copies"
	uploadDir   = "uploads"
	peerDir     = "peers"
	keyDir      = "keys"
	trustFile   = "trust.json"
	genesisFile = "genesis.json"
)

// maxPayload is the largest payload that a node keeps, in bytes: a file that is
// published, or its ciphertext.
const maxPayload = uploads.MaxBytes + uploads.MaxBytes/512

// Ledger is a ledger as a node needs it. Every node answers from its own disk,
// whatever it is on.
type Ledger interface {
	api.Ledger
	Close() error
}

// Node is a running node.
type Node struct {
	Config   Config
	Ledger   Ledger
	Store    *store.Store
	Index    *index.Index
	Catalog  *catalog.Catalog
	Deals    *deals.Deals
	Accounts *account.Store
	Jobs     *jobs.Store
	Imports  *jobs.Store
	Copies   *jobs.Store
	Uploads  *uploads.Store // files that are to be published
	Looker   *office.Looker // looks into them
	Wanted   *office.Wanted // finds bids
	Master   Master         // key of the accounts
	Capture  *capture.Service
	Peers    *peer.Node // nil without a peers file
	OpenID   []*openid.Provider
	Trust    receipt.Trust
	Watch    *watch.Watch      // what the operator sees of the node itself
	Operator *account.Identity // nil at a node that is not the operator's
	First    bool              // this start made the operator's account
	Restored *Restored         // nil when the folder was not made of a backup
	URL      string            // on this machine
	Public   string            // for QR codes

	// Application is how the node's organisation wants to be admitted, or was; nil at
	// the operator's node.
	Application *Application

	profile  *fabric.Profile // nil on an embedded ledger
	channel  *fabric.Ledger  // the Ledger; nil on an embedded one
	erased   atomic.Uint64   // entries whose erasures are done
	keys     keys
	listener net.Listener
	handler  http.Handler
	// Of plain http, where the node answers https; nil without a redirect.
	plain        net.Listener
	plainHandler http.Handler

	metrics         *metrics
	metricsListener net.Listener // nil where nobody reads them

	closers []func() error
	ctx     context.Context // ends when the node is closed
	stop    context.CancelFunc
	running *errgroup.Group
}

// Start opens everything in the data folder, founds the register when the folder
// is new, starts the read models and listens. Serve answers.
func Start(ctx context.Context, c Config) (_ *Node, err error) {
	if c, err = c.withDefaults(); err != nil {
		return nil, err
	}
	n := &Node{Config: c, metrics: newMetrics()}
	n.watch()
	defer func() {
		if err != nil {
			err = errors.Join(err, n.Close())
		}
	}()
	if err := n.open(); err != nil {
		return nil, err
	}
	runCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	n.ctx, n.stop = runCtx, stop
	n.running, runCtx = errgroup.WithContext(runCtx)
	n.work("index", n.Index.Height, func() error { return n.Index.Run(runCtx, n.Ledger) })
	n.work("catalogue", n.Catalog.Height, func() error { return n.Catalog.Run(runCtx, n.Ledger) })
	n.work("deals", n.Deals.Height, func() error { return n.Deals.Run(runCtx, n.Ledger) })
	n.work("erasures", n.erased.Load, func() error { return n.eraseFollowing(runCtx) })
	n.work("labels", nil, func() error { return n.Jobs.Run(runCtx, api.PrintLabels) })
	if n.Peers != nil {
		n.work("peers", nil, func() error { return n.Peers.Run(runCtx) })
	}
	if err := n.catchUp(ctx); err != nil {
		return nil, err
	}
	n.work("lists", nil, func() error { return n.Index.Keep(runCtx) })
	// What was interrupted is seen in the read models.
	n.work("imports", nil, func() error { return n.Imports.Run(runCtx, n.imports().Record) })
	n.work("bids", nil, func() error { return n.Wanted.Run(runCtx) })
	n.work("copies", nil, func() error { return n.copy(runCtx) })
	n.work("profiles", nil, func() error { return n.Looker.Run(runCtx) })
	switch {
	case n.keys.operator != nil:
		err = n.found(ctx)
	case c.Demo:
		err = fmt.Errorf("--demo: the sample province is written at the operator's node; %s names no operator key", c.Profile)
	default:
		err = n.apply(ctx)
	}
	if err != nil {
		return nil, err
	}
	if n.listener, err = net.Listen("tcp", c.Listen); err != nil {
		return nil, fmt.Errorf("--listen: %w", err)
	}
	n.URL = c.scheme() + localHost(n.listener)
	n.Public = c.publicURL(n.listener)
	if err := n.openMetrics(); err != nil {
		return nil, err
	}
	if err := n.openTLS(); err != nil {
		return nil, err
	}
	if err := n.writePeer(); err != nil {
		return nil, err
	}
	var send api.Send
	outbox, err := c.mail()
	if err != nil {
		return nil, err
	}
	if outbox != nil {
		send = outbox.Send
		n.running.Go(func() error { return outbox.Run(runCtx) })
	}
	if n.OpenID, err = c.providers(); err != nil {
		return nil, err
	}
	n.running.Go(func() error { return n.askProviders(runCtx) })
	services, err := upstream.New(c.ServiceHosts)
	if err != nil {
		return nil, err
	}
	n.running.Go(func() error {
		<-runCtx.Done()
		services.Close()
		return nil
	})
	n.handler, err = api.New(api.Config{
		Ledger: n.Ledger, Index: n.Index, Catalog: n.Catalog, Deals: n.Deals, Wanted: n.Wanted, Store: n.Store, Capture: n.Capture, Accounts: n.Accounts, Jobs: n.Jobs, Imports: n.Imports, Uploads: n.Uploads, Copies: n.Copies, Now: c.Now, Patience: c.Patience, Looker: n.Looker,
		Trust: n.Trust, PublicURL: n.Public, Sample: n.sample, Version: c.Version, Limits: epcis.DefaultLimits,
		Alarm: n.alarm, Writable: n.writable, Answered: n.metrics.answered, Peers: n.Peers, Secure: c.secure(), TrustedProxies: c.TrustedProxies, Mail: send, OpenID: n.OpenID, Services: services,
		Watch: n.Watch, Log: n.Config.Log, Backup: n.backUp,
	})
	return n, err
}

// open opens the stores and the services over them. The ledger comes first: its
// lock tells a second process that the folder is in use.
func (n *Node) open() error {
	if err := n.readProfile(); err != nil {
		return err
	}
	if err := os.MkdirAll(n.Config.Data, 0o700); err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	genesis, err := n.genesis()
	if err != nil {
		return err
	}
	if n.Restored, err = n.restored(); err != nil {
		return err
	}
	if err := n.drawAnother(); err != nil {
		return err
	}
	if err := n.openLedger(genesis); err != nil {
		return err
	}
	n.closers = append(n.closers, n.Ledger.Close)
	if err := n.goOnElsewhere(); err != nil {
		return err
	}
	if err := n.settleKeys(); err != nil {
		return err
	}
	if err := n.keepDamaged(); err != nil {
		return err
	}
	if n.Store, err = store.Open(store.Config{Dir: n.path(payloadDir), MaxSize: maxPayload, Log: n.Config.Log, Room: n.writable}); err != nil {
		return err
	}
	n.closers = append(n.closers, n.Store.Close)
	register := genesis.Register()
	opened, err := n.safe(register).open()
	if err != nil {
		return err
	}
	n.Accounts, n.Master = opened.Store, opened.where
	n.closers = append(n.closers, n.Accounts.Close)
	if n.Index, err = index.Open(index.Config{Dir: n.path(indexDir), Payload: n.payload, Logger: n.Config.Log}); err != nil {
		return err
	}
	n.closers = append(n.closers, n.Index.Close)
	if n.Catalog, err = catalog.Open(catalog.Config{Dir: n.path(catalogDir), Payload: n.payload, Publisher: n.publisher, Downloads: n.Accounts.Downloads}); err != nil {
		return err
	}
	n.closers = append(n.closers, n.Catalog.Close)
	if n.Deals, err = deals.Open(n.path(dealsDir)); err != nil {
		return err
	}
	n.closers = append(n.closers, n.Deals.Close)
	if err := n.hasAllThatWasRead(); err != nil {
		return err
	}
	if n.Jobs, err = jobs.Open(jobs.Config{Dir: n.path(jobDir), Log: n.Config.Log}); err != nil {
		return err
	}
	if n.Imports, err = jobs.Open(jobs.Config{Dir: n.path(importDir), Log: n.Config.Log}); err != nil {
		return err
	}
	if n.Copies, err = jobs.Open(jobs.Config{Dir: n.path(copyDir), Log: n.Config.Log}); err != nil {
		return err
	}
	if n.Uploads, err = uploads.Open(uploads.Config{Dir: n.path(uploadDir), Log: n.Config.Log}); err != nil {
		return err
	}
	n.Capture = &capture.Service{Ledger: n.Ledger, Payloads: n.Store, Events: knownEvents{n.Index}, Limits: epcis.DefaultLimits}
	n.Looker = office.NewLooker(n.office())
	n.Wanted = office.NewWanted(n.office(), n.publisher)
	n.Trust = receipt.Trust{Format: receipt.TrustFormat, Register: register, Origin: genesis.Origin, Keys: []string{n.keys.verifier}, Witnesses: []string{}}
	if err := n.openPeers(); err != nil {
		return err
	}
	if n.Trust, err = n.Trust.Succeed(genesis.Recovery, n.Ledger.Rotations()...); err != nil {
		return err
	}
	return os.WriteFile(n.path(trustFile), n.Trust.Encode(), 0o644)
}

// imports records what comes in spreadsheets.
func (n *Node) imports() *sheets.Service {
	return &sheets.Service{Office: n.office()}
}

// copiers is how many copies of files are made at once, each for another organisation.
const copiers = 2

// copy makes copies of files that are to be published, until the context ends.
func (n *Node) copy(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for range copiers {
		g.Go(func() error { return n.Copies.Run(ctx, n.office().Copy) })
	}
	return g.Wait()
}

func (n *Node) office() *office.Office {
	return &office.Office{Accounts: n.Accounts, Register: n.Capture, Index: n.Index, Payloads: n.Store, Ledger: n.Ledger, Catalog: n.Catalog, Deals: n.Deals, Uploads: n.Uploads}
}

// openLedger opens what the register is on.
func (n *Node) openLedger(genesis ledger.Genesis) error {
	if n.profile != nil {
		l, err := fabric.Open(fabric.Config{Profile: n.profile, Dir: n.path(fabricDir), Signer: n.keys.signer, Next: n.keys.next, Log: n.Config.Log})
		if err != nil {
			return err
		}
		n.Ledger, n.channel = l, l
		return nil
	}
	c := embedded.Config{
		Dir: n.path(ledgerDir), Genesis: genesis, Signer: n.keys.signer, Next: n.keys.next, Log: n.Config.Log, Contracts: Contracts(),
	}
	if n.metrics != nil { // a folder that is only worked on has none
		c.Meter = n.metrics
	}
	l, err := embedded.Open(c)
	if errors.Is(err, embedded.ErrInUse) {
		return fmt.Errorf("the data folder %s is in use by another sogoc: %w", n.Config.Data, err)
	}
	if err != nil {
		return err
	}
	n.Ledger = l
	return nil
}

// Contracts are the rules that a node runs.
func Contracts() []ledger.Contract {
	return []ledger.Contract{registry.Contract{}, traceability.Contract{}, dataset.Contract{}, trade.Contract{}}
}

func (n *Node) payload(ctx context.Context, id string) ([]byte, error) {
	return api.ReadPayload(ctx, n.Store, id)
}

// publisher is what an organisation is called, for everybody.
func (n *Node) publisher(ctx context.Context, org ledger.ID) (ledger.Text, error) {
	o, err := n.Index.Organisation(ctx, index.Viewer{}, org)
	if err != nil || o.Profile == nil {
		return ledger.Text{}, err
	}
	return o.Profile.Name, nil
}

// localHost is how programs on this machine reach a listener.
func localHost(l net.Listener) string {
	host, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return l.Addr().String()
	}
	if ip := net.ParseIP(host); ip != nil && (ip.IsLoopback() || ip.IsUnspecified()) {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}

// Handler answers requests; tests call it without a network.
func (n *Node) Handler() http.Handler { return n.handler }

// Serve answers until the context ends or a read model fails, and lets running
// requests finish.
func (n *Node) Serve(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		if err := n.running.Wait(); err != nil {
			cancel(err)
		}
	}()
	servers, serving := errgroup.WithContext(ctx)
	servers.Go(func() error { return api.Serve(serving, n.listener, n.handler) })
	if n.plain != nil {
		servers.Go(func() error { return api.Serve(serving, n.plain, n.plainHandler) })
	}
	if n.metricsListener != nil {
		servers.Go(func() error { return n.serveMetrics(serving) })
	}
	if err := servers.Wait(); err != nil {
		return err
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

// Close stops the read models and closes every store. What was acknowledged is on
// disk already.
func (n *Node) Close() error {
	var err error
	if n.stop != nil {
		n.stop()
		err = n.running.Wait()
	}
	if n.listener != nil {
		n.listener.Close() // closed before when Serve ran
	}
	if n.plain != nil {
		n.plain.Close() // as above
	}
	if n.metricsListener != nil {
		n.metricsListener.Close() // as above
	}
	for i := len(n.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, n.closers[i]())
	}
	n.closers = nil
	return err
}

// knownEvents adapts the index to what capturing asks.
type knownEvents struct{ *index.Index }

func (k knownEvents) Known(ctx context.Context, id string) (capture.Known, bool, error) {
	hash, void, ok, err := k.Index.Known(ctx, id)
	if err != nil || !ok {
		return capture.Known{}, false, err
	}
	r, err := k.Index.Event(ctx, index.Viewer{Operator: true}, id)
	if err != nil {
		return capture.Known{}, false, err
	}
	return capture.Known{Hash: hash, Void: void, Entry: r.Entry}, true, nil
}
