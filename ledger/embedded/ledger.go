package embedded

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/order"
)

// Ledger is a ledger.Ledger on one node. It is for concurrent use.
type Ledger struct {
	*order.Reader
	order     *order.Writer
	dir       string
	register  ledger.Hash
	contracts ledger.Contracts
	clock     func() time.Time
	log       *slog.Logger
	signer    note.Signer
	next      note.Signer

	blocks   order.Blocks
	state    *state
	putBlock func(key, value []byte) error // blocks.Put, but for tests
	hasRoom  func() error
	mayKeep  func() error // hasRoom for the few bytes of a checkpoint, which readers need

	meter  Meter
	broken atomic.Pointer[error] // why nothing can be ordered before the next start
	queue  *queue
	checks chan struct{} // a place for each signature that is being checked

	until   context.Context         // ends when Close starts
	stop    context.CancelCauseFunc // ends until
	stopped chan struct{}           // closed when the sequencer has ended
	reading sync.WaitGroup          // for who reads the state in the background
	once    sync.Once
	err     error // of Close
}

// Open opens the ledger in a folder and brings its state up to the last block. Its
// errors are Invalid when the configuration is at fault, ErrInUse, Conflict when
// the folder holds another register, and Internal, naming block and entry, when
// what is stored is broken.
func Open(c Config) (_ *Ledger, err error) {
	if c, err = c.withDefaults(); err != nil {
		return nil, err
	}
	contracts, err := ledger.NewContracts(c.Contracts...)
	if err != nil {
		return nil, err
	}
	l := &Ledger{
		dir: c.Dir, contracts: contracts, clock: c.Clock, log: c.Log, signer: c.Signer, next: c.Next, meter: c.Meter,
		hasRoom: room(c.Dir, c.MinFree), mayKeep: room(c.Dir, c.MinFree/2),
		queue:   newQueue(c.MaxQueue, c.MaxQueueBytes),
		checks:  make(chan struct{}, runtime.GOMAXPROCS(0)),
		stopped: make(chan struct{}),
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, ledger.Wrap(err, ledger.Invalid, "the ledger's folder cannot be made")
	}
	if l.blocks, err = openBlocks(filepath.Join(c.Dir, "blocks"), c.Log); err != nil {
		return nil, err
	}
	l.putBlock = l.blocks.Put
	l.until, l.stop = context.WithCancelCause(context.Background())
	if err := l.load(c); err != nil {
		if l.state != nil {
			l.state.close()
		}
		l.blocks.Close()
		return nil, err
	}
	l.reading.Go(l.learnKeys)
	go l.sequence()
	return l, nil
}

// learnKeys finds out which keys the state has.
func (l *Ledger) learnKeys() {
	if err := l.state.keys.Load(l.until, l.state.DB.DB, nil); err != nil && l.until.Err() == nil {
		l.log.Warn("keys that are not in the state are looked for until the next start", "err", err)
	}
}

func (l *Ledger) load(c Config) error {
	genesis, err := order.Found(l.blocks.DB, c.Genesis, l.hasRoom)
	if err != nil {
		return err
	}
	l.register = genesis.Register()
	if err := l.recover(genesis, c.CacheBytes, !c.SkipCheck); err != nil {
		return err
	}
	return l.order.CheckSigned()
}

// Waiting is how many transactions were submitted and are not answered yet.
func (l *Ledger) Waiting() int { return l.queue.admitted() }

// Writable says why nothing can be written now: the disk is nearly full, or the ledger is
// closed or has to be opened again. It is nil when nothing is known that stands against
// it.
func (l *Ledger) Writable() error {
	if err := l.broken.Load(); err != nil {
		return *err
	}
	return l.order.WhileOpen(l.hasRoom)
}

// Close answers what was submitted, and closes the databases. Afterwards
// everything answers Unavailable.
func (l *Ledger) Close() error {
	l.once.Do(func() {
		l.stop(order.ErrClosed)
		l.queue.close()
		<-l.stopped
		l.reading.Wait()
		l.err = l.order.Close(func() error {
			err := l.state.close()
			if err == nil {
				err = markClosed(l.dir)
			}
			return errors.Join(err, l.blocks.Close())
		})
	})
	return l.err
}
