package embedded

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// Ledger is a ledger.Ledger on one node. It is for concurrent use.
type Ledger struct {
	dir       string
	genesis   ledger.Genesis
	register  ledger.Hash
	contracts map[string]ledger.Contract
	clock     func() time.Time
	log       *slog.Logger

	blocks   *blocks
	state    *state
	putBlock func(key, value []byte) error // blocks.put, but for tests
	hasRoom  func() error

	head   atomic.Pointer[head]
	recent recent
	queue  *queue
	checks chan struct{} // a place for each signature that is being checked

	signer note.Signer
	signed lastSigned

	reading sync.RWMutex  // held by whoever reads a database; Close takes it
	closed  bool          // under reading
	closing chan struct{} // closed when Close starts
	stopped chan struct{} // closed when the sequencer has ended
	once    sync.Once
	err     error // of Close
}

// head is what is on disk. It is never changed but succeeded, which closes moved.
type head struct {
	applied
	tree  *merkle.Tree
	moved chan struct{}
}

// Open opens the ledger in a folder and brings its state up to the last block. Its
// errors are Invalid when the configuration is at fault, ErrInUse, Conflict when
// the folder holds another register, and Internal, naming block and entry, when
// what is stored is broken.
func Open(c Config) (_ *Ledger, err error) {
	if c, err = c.withDefaults(); err != nil {
		return nil, err
	}
	contracts, err := c.contracts()
	if err != nil {
		return nil, err
	}
	l := &Ledger{
		dir: c.Dir, contracts: contracts, clock: c.Clock, log: c.Log, signer: c.Signer,
		hasRoom: room(c.Dir, c.MinFree),
		queue:   newQueue(c.MaxQueue, c.MaxQueueBytes),
		checks:  make(chan struct{}, runtime.GOMAXPROCS(0)),
		closing: make(chan struct{}), stopped: make(chan struct{}),
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, ledger.Wrap(err, ledger.Invalid, "the ledger's folder cannot be made")
	}
	if l.blocks, err = openBlocks(filepath.Join(c.Dir, "blocks"), c.Log); err != nil {
		return nil, err
	}
	l.putBlock = l.blocks.put
	if err := l.open(c); err != nil {
		if l.state != nil {
			l.state.close()
		}
		l.blocks.close()
		return nil, err
	}
	go l.sequence()
	return l, nil
}

func (l *Ledger) open(c Config) error {
	if err := l.found(c.Genesis); err != nil {
		return err
	}
	l.register = l.genesis.Register()
	if err := l.recover(c.Dir, c.CacheBytes, !c.SkipCheck); err != nil {
		return err
	}
	return l.loadSigned()
}

// found reads the genesis, or writes it into an empty folder.
func (l *Ledger) found(given ledger.Genesis) error {
	b, err := l.blocks.get(genesisKey)
	if err != nil {
		return ledger.Wrap(err, ledger.Internal, "the genesis cannot be read")
	}
	if b == nil {
		if given == (ledger.Genesis{}) {
			return ledger.FieldErrorf(ledger.Invalid, "Genesis", "the folder is empty and there is none to start with")
		}
		l.genesis = given
		if err := l.hasRoom(); err != nil {
			return err
		}
		return l.blocks.put(genesisKey, given.Encode())
	}
	if l.genesis, err = ledger.ParseGenesis(b); err != nil {
		return fmt.Errorf("the stored genesis: %w", err)
	}
	if given != (ledger.Genesis{}) && !bytes.Equal(given.Encode(), b) {
		return ledger.FieldErrorf(ledger.Conflict, "Genesis", "the folder holds the register %s, not %s", l.genesis.Register(), given.Register())
	}
	return nil
}

// Close answers what was submitted, and closes the databases. Afterwards
// everything answers Unavailable.
func (l *Ledger) Close() error {
	l.once.Do(func() {
		close(l.closing)
		l.queue.close()
		<-l.stopped
		l.reading.Lock()
		defer l.reading.Unlock()
		l.closed = true
		if l.err = l.state.close(); l.err == nil {
			l.err = markClosed(l.dir)
		}
		if err := l.blocks.close(); l.err == nil {
			l.err = err
		}
	})
	return l.err
}

// enter keeps the databases open until leave.
func (l *Ledger) enter() error {
	l.reading.RLock()
	if l.closed {
		l.reading.RUnlock()
		return errClosed()
	}
	return nil
}

func (l *Ledger) leave() { l.reading.RUnlock() }

func errClosed() error {
	return ledger.Errorf(ledger.Unavailable, "the ledger is shutting down")
}

// publish makes what is on disk known.
func (l *Ledger) publish(a applied, tree *merkle.Tree) {
	was := l.head.Swap(&head{applied: a, tree: tree, moved: make(chan struct{})})
	if was != nil {
		close(was.moved)
	}
}
