package fabric

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/order"
)

// Config says how to open a ledger. Profile, Dir and Signer are needed.
type Config struct {
	// Profile says how to reach the channel, and names the genesis.
	Profile *Profile
	// Dir is the node's own folder. It is made when it does not exist.
	Dir string
	// Signer signs checkpoints, and Next once an entry has put it in the place of Signer
	// (ledger.KeyChange); nil where that is not to be.
	Signer, Next note.Signer

	// CommitWait is after how long without an answer a transaction that an orderer
	// accepted is proposed again. 0 means 10 s.
	CommitWait time.Duration
	// GiveUp is after how long a transaction that cannot be ordered is answered
	// Unavailable, or Conflict when others were faster all the time. 0 means 60 s.
	GiveUp time.Duration
	// MaxQueue bounds the transactions that were submitted and not yet answered. What
	// exceeds it is answered Unavailable at once. 0 means 1,024.
	MaxQueue int
	// Clock gives proposals their timestamps; nil means time.Now. Peers refuse what
	// is too far from their own clocks.
	Clock func() time.Time

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
	case c.MaxQueue < 0:
		return c, ledger.FieldErrorf(ledger.Invalid, "MaxQueue", "is negative")
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
	if c.MaxQueue == 0 {
		c.MaxQueue = 1024
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c, nil
}

// Ledger is a ledger.Ledger on a channel. It is for concurrent use.
type Ledger struct {
	*order.Reader
	config   Config
	register ledger.Hash
	log      *slog.Logger

	conn     *connection
	writerMu sync.Mutex
	write    *writer // nil until something is submitted; under writerMu
	commits  commits
	claims   claims
	places   chan struct{} // holds one for each transaction that is being submitted

	blocks order.Blocks
	order  *order.Writer

	ctx     context.Context
	stop    context.CancelCauseFunc // ends ctx, with why nothing can be followed any more
	stopped chan struct{}           // closed when the follower has ended
	once    sync.Once
	err     error // of Close
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
	l := &Ledger{config: c, log: c.Log, places: make(chan struct{}, c.MaxQueue), stopped: make(chan struct{})}
	raw, err := os.ReadFile(c.Profile.Genesis)
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Invalid, "the genesis cannot be read")
	}
	genesis, err := ledger.ParseGenesis(raw)
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Invalid, c.Profile.Genesis)
	}
	l.register = genesis.Register()
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, ledger.Wrap(err, ledger.Invalid, "the ledger's folder cannot be made")
	}
	if l.blocks, err = openStore(filepath.Join(c.Dir, "entries"), c.Log); err != nil {
		return nil, err
	}
	if err := l.open(genesis); err != nil {
		l.blocks.Close()
		return nil, err
	}
	go l.follow()
	return l, nil
}

func (l *Ledger) open(genesis ledger.Genesis) error {
	if err := l.load(genesis); err != nil {
		return err
	}
	conn, err := connect(l.config.Profile, l.config.Dir)
	l.conn = conn
	return err
}

// load makes known what the folder holds.
func (l *Ledger) load(genesis ledger.Genesis) error {
	genesis, err := order.Found(l.blocks.DB, genesis, nil)
	if err != nil {
		return err
	}
	done, _, err := order.Applied(l.blocks.DB)
	if err != nil {
		return err
	}
	l.ctx, l.stop = context.WithCancelCause(context.Background())
	l.Reader, l.order, err = order.Open(order.Config{
		Genesis: genesis, Blocks: l.blocks, Index: l.blocks.DB, Signer: l.config.Signer, Next: l.config.Next, Until: l.ctx,
	}, done)
	if err != nil {
		return err
	}
	return l.order.CheckSigned()
}

// Blocks is the number of Fabric's blocks that the node has followed.
func (l *Ledger) Blocks() uint64 { return l.order.Position().Blocks }

// last is the identifier of the last entry; false when there is none.
func (l *Ledger) last(ctx context.Context) (ledger.TxID, bool, error) {
	size := l.Size()
	if size == 0 {
		return ledger.TxID{}, false, nil
	}
	e, err := l.Entry(ctx, size-1)
	if err != nil {
		return ledger.TxID{}, false, err
	}
	return e.ID, true, nil
}

// Close stops following and closes the database. Afterwards everything answers
// Unavailable. A transaction that is being submitted may still be ordered.
func (l *Ledger) Close() error {
	l.once.Do(func() {
		l.stop(order.ErrClosed)
		<-l.stopped
		l.conn.close()
		l.err = l.order.Close(l.blocks.Close)
	})
	return l.err
}

// Err says why the channel is followed no further: a peer shows another history
// than the one that was followed, or the ledger is closed. What was followed can
// still be read in the first case. It is nil while the channel is followed, also
// when no peer can be reached for the moment.
func (l *Ledger) Err() error { return context.Cause(l.ctx) }
