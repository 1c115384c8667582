package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sogoc/sogoc/api"
	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/contracts/dataset"
	"github.com/sogoc/sogoc/contracts/registry"
	"github.com/sogoc/sogoc/contracts/traceability"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/ledger/content/store"
	"github.com/sogoc/sogoc/ledger/embedded"
	"github.com/sogoc/sogoc/ledger/receipt"
	"github.com/sogoc/sogoc/market/catalog"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/capture"
	"github.com/sogoc/sogoc/trace/epcis"
	"github.com/sogoc/sogoc/trace/index"
)

// Folders and files of the data folder.
const (
	ledgerDir   = "ledger"
	payloadDir  = "payloads"
	indexDir    = "index"
	catalogDir  = "catalog"
	accountDir  = "accounts"
	keyDir      = "keys"
	trustFile   = "trust.json"
	genesisFile = "genesis.json"
)

// Node is a running node.
type Node struct {
	Config   Config
	Ledger   *embedded.Ledger
	Store    *store.Store
	Index    *index.Index
	Catalog  *catalog.Catalog
	Accounts *account.Store
	Capture  *capture.Service
	Trust    receipt.Trust
	Operator *account.Identity
	URL      string // on this machine
	Public   string // for QR codes

	keys     keys
	listener net.Listener
	handler  http.Handler
	closers  []func() error
	stop     context.CancelFunc
	running  *errgroup.Group
}

// Start opens everything in the data folder, founds the register when the folder
// is new, starts the read models and listens. Serve answers.
func Start(ctx context.Context, c Config) (_ *Node, err error) {
	if c, err = c.withDefaults(); err != nil {
		return nil, err
	}
	n := &Node{Config: c}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.Close())
		}
	}()
	if err := n.open(); err != nil {
		return nil, err
	}
	runCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	n.stop = stop
	n.running, runCtx = errgroup.WithContext(runCtx)
	n.running.Go(func() error { return ended(n.Index.Run(runCtx, n.Ledger)) })
	n.running.Go(func() error { return ended(n.Catalog.Run(runCtx, n.Ledger)) })
	n.running.Go(func() error { return ended(n.eraseFollowing(runCtx)) })
	if err := n.found(ctx); err != nil {
		return nil, err
	}
	if err := n.catchUp(ctx); err != nil {
		return nil, err
	}
	if n.listener, err = net.Listen("tcp", c.Listen); err != nil {
		return nil, fmt.Errorf("--listen: %w", err)
	}
	n.URL = localURL(n.listener)
	n.Public = c.publicURL(n.listener)
	n.handler, err = api.New(api.Config{
		Ledger: n.Ledger, Index: n.Index, Catalog: n.Catalog, Store: n.Store, Capture: n.Capture, Accounts: n.Accounts,
		Trust: n.Trust, PublicURL: n.Public, Sample: n.sample(), Version: c.Version, Limits: epcis.DefaultLimits,
	})
	return n, err
}

// ended tells a follower that was asked to stop from one that failed.
func ended(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// open opens the stores and the services over them. The ledger comes first: its
// lock tells a second process that the folder is in use.
func (n *Node) open() error {
	dir := func(name string) string { return filepath.Join(n.Config.Data, name) }
	if err := os.MkdirAll(n.Config.Data, 0o700); err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	genesis, err := n.genesis(dir)
	if err != nil {
		return err
	}
	n.Ledger, err = embedded.Open(embedded.Config{
		Dir: dir(ledgerDir), Genesis: genesis, Signer: n.keys.signer, Log: n.Config.Log,
		Contracts: Contracts(),
	})
	if errors.Is(err, embedded.ErrInUse) {
		return fmt.Errorf("the data folder %s is in use by another sogoc: %w", n.Config.Data, err)
	}
	if err != nil {
		return err
	}
	n.closers = append(n.closers, n.Ledger.Close)
	if n.Store, err = store.Open(store.Config{Dir: dir(payloadDir), Log: n.Config.Log}); err != nil {
		return err
	}
	n.closers = append(n.closers, n.Store.Close)
	register := genesis.Register()
	if n.Accounts, err = account.Open(dir(accountDir), n.keys.master, register); err != nil {
		return err
	}
	n.closers = append(n.closers, n.Accounts.Close)
	if n.Index, err = index.Open(index.Config{Dir: dir(indexDir), Payload: n.payload, Logger: n.Config.Log}); err != nil {
		return err
	}
	n.closers = append(n.closers, n.Index.Close)
	if n.Catalog, err = catalog.Open(catalog.Config{Dir: dir(catalogDir), Payload: n.payload}); err != nil {
		return err
	}
	n.closers = append(n.closers, n.Catalog.Close)
	n.Capture = &capture.Service{Ledger: n.Ledger, Payloads: n.Store, Events: knownEvents{n.Index}, Limits: epcis.DefaultLimits}
	n.Trust = receipt.Trust{Format: receipt.TrustFormat, Register: register, Origin: genesis.Origin, Keys: []string{n.keys.verifier}, Witnesses: []string{}}
	return os.WriteFile(dir(trustFile), n.Trust.Encode(), 0o644)
}

// Contracts are the rules that a node runs.
func Contracts() []ledger.Contract {
	return []ledger.Contract{registry.Contract{}, traceability.Contract{}, dataset.Contract{}}
}

func (n *Node) payload(ctx context.Context, id string) ([]byte, error) {
	return api.ReadPayload(ctx, n.Store, id)
}

// eraseFollowing destroys the payloads whose erasure is on the ledger, also those
// that a restored backup brought back.
func (n *Node) eraseFollowing(ctx context.Context) error {
	return ledger.Follow(ctx, n.Ledger, 0, func(entries []*ledger.Entry) error {
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
				if err := n.Store.Erase(ctx, c, "requested", e.Time); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// catchUp waits for the read models, and says how far they are while it takes long.
func (n *Node) catchUp(ctx context.Context) error {
	size := n.Ledger.Size()
	ctx, cancel := context.WithCancel(ctx)
	var telling sync.WaitGroup
	telling.Go(func() {
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				n.Config.Progress("reading the register", int(min(n.Index.Height(), n.Catalog.Height())), int(size))
			case <-ctx.Done():
				return
			}
		}
	})
	defer telling.Wait()
	defer cancel()
	return errors.Join(n.Index.Wait(ctx, size), n.Catalog.Wait(ctx, size))
}

func localURL(l net.Listener) string {
	host, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return "http://" + l.Addr().String()
	}
	if ip := net.ParseIP(host); ip != nil && (ip.IsLoopback() || ip.IsUnspecified()) {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
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
	if err := api.Serve(ctx, n.listener, n.handler); err != nil {
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
