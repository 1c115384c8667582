package fabric

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// Config says how to open a ledger. Profile, Dir and Signer are needed.
type Config struct {
	// Profile says how to reach the channel, and names the genesis.
	Profile *Profile
	// Dir is the node's own folder. It is made when it does not exist.
	Dir string
	// Signer signs checkpoints.
	Signer note.Signer

	// CommitWait is after how long without an answer a transaction that an orderer
	// accepted is proposed again. 0 means 10 s.
	CommitWait time.Duration
	// GiveUp is after how long a transaction that cannot be ordered is answered
	// Unavailable, or Conflict when others were faster all the time. 0 means 60 s.
	GiveUp time.Duration

	// Log is where the ledger reports; nil means slog.Default.
	Log *slog.Logger
}

func (c Config) withDefaults() (Config, error) {
	switch {
	case c.Profile == nil:
		return c, ledger.FieldErrorf(ledger.Invalid, "Profile", "is missing")
	case c.Dir == "":
		return c, ledger.FieldErrorf(ledger.Invalid, "Dir", "is empty")
	case c.Signer == nil:
		return c, ledger.FieldErrorf(ledger.Invalid, "Signer", "is missing")
	}
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return c, ledger.FieldErrorf(ledger.Invalid, "Dir", "%v", err)
	}
	c.Dir = dir
	if c.CommitWait == 0 {
		c.CommitWait = 10 * time.Second
	}
	if c.GiveUp == 0 {
		c.GiveUp = time.Minute
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c, nil
}

// Ledger is a ledger.Ledger on a channel. It is for concurrent use.
type Ledger struct {
	config   Config
	genesis  ledger.Genesis
	register ledger.Hash
	log      *slog.Logger

	conn     *connection
	writerMu sync.Mutex
	write    *writer // nil until something is submitted; under writerMu
	commits  commits
	retries  chan struct{} // holds one while the lane of invalidated transactions is taken

	store *store
	head  atomic.Pointer[head]

	signed lastSigned

	reading sync.RWMutex // held by whoever reads the database; Close takes it
	closed  bool         // under reading
	ctx     context.Context
	stop    context.CancelCauseFunc // ends ctx, with why nothing can be followed any more
	stopped chan struct{}           // closed when the follower has ended
	once    sync.Once
	err     error // of Close
}

// head is what is on disk. It is never changed but succeeded, which closes moved.
type head struct {
	applied
	tree  *merkle.Tree
	moved chan struct{}
}

// Open opens a node's folder and starts to follow the channel. It answers from what
// the folder holds at once, also when no peer can be reached yet. Its errors are
// Invalid when the configuration, the profile or a file that it names is at fault,
// Conflict when the folder holds another register or is in use, and Internal when
// what is stored is broken.
func Open(c Config) (_ *Ledger, err error) {
	if c, err = c.withDefaults(); err != nil {
		return nil, err
	}
	l := &Ledger{config: c, log: c.Log, retries: make(chan struct{}, 1), stopped: make(chan struct{})}
	raw, err := os.ReadFile(c.Profile.Genesis)
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Invalid, "the genesis cannot be read")
	}
	if l.genesis, err = ledger.ParseGenesis(raw); err != nil {
		return nil, ledger.Wrap(err, ledger.Invalid, c.Profile.Genesis)
	}
	l.register = l.genesis.Register()
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, ledger.Wrap(err, ledger.Invalid, "the ledger's folder cannot be made")
	}
	if l.store, err = openStore(filepath.Join(c.Dir, "entries"), c.Log); err != nil {
		return nil, err
	}
	if err := l.open(); err != nil {
		if l.conn != nil {
			l.conn.close()
		}
		l.store.close()
		return nil, err
	}
	l.ctx, l.stop = context.WithCancelCause(context.Background())
	go l.follow()
	return l, nil
}

func (l *Ledger) open() (err error) {
	if err := l.found(); err != nil {
		return err
	}
	done, err := l.store.applied()
	if err != nil {
		return err
	}
	tree, err := l.loadTree(done.size)
	if err != nil {
		return err
	}
	l.publish(done, tree)
	if err := l.loadSigned(); err != nil {
		return err
	}
	if l.conn, err = connect(l.config.Profile, l.config.Dir); err != nil {
		return err
	}
	return nil
}

// found compares the genesis with the folder's, or puts it there.
func (l *Ledger) found() error {
	b, err := l.store.get(genesisKey)
	if err != nil {
		return err
	}
	if b == nil {
		return l.store.put(genesisKey, l.genesis.Encode())
	}
	if string(b) != string(l.genesis.Encode()) {
		return ledger.Errorf(ledger.Conflict, "the folder %s holds another register than %s", l.config.Dir, l.register)
	}
	return nil
}

// Close stops following and closes the database. Afterwards everything answers
// Unavailable. A transaction that is being submitted may still be ordered.
func (l *Ledger) Close() error {
	l.once.Do(func() {
		l.stop(errClosed())
		<-l.stopped
		l.conn.close()
		l.reading.Lock()
		defer l.reading.Unlock()
		l.closed = true
		l.err = l.store.close()
	})
	return l.err
}

// Err says why the channel is followed no further: a peer shows another history
// than the one that was followed, or the ledger is closed. What was followed can
// still be read in the first case. It is nil while the channel is followed, also
// when no peer can be reached for the moment.
func (l *Ledger) Err() error { return context.Cause(l.ctx) }

// enter keeps the database open until leave.
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
