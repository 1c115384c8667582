package index

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// format changes whenever what is stored changes; an index of another format is
// dropped and rebuilt.
const format = "sogoc-index/8"

// Config says where the index is and how much memory it may take. Zero limits
// mean the defaults.
type Config struct {
	Dir string // the folder, created when it is not there

	// Payload returns a payload in clear, and NotFound when it was erased or is not
	// here. The index asks for profiles only, and judges itself who may see them.
	Payload func(ctx context.Context, cid string) ([]byte, error)

	Logger *slog.Logger // slog.Default() when nil

	BatchEntries int   // entries applied in one write; 4,096
	Heads        int   // adjacency lists kept in memory for appending; 32,768
	Profiles     int   // decoded profiles kept in memory; 16,384
	Stamps       int   // things whose last change is remembered for Changed; 1,048,576
	Lines        int   // places and products whose words are kept in memory for searches; 500,000
	Memory       int64 // bytes of Badger's write buffer; 32 MiB
}

func (c *Config) defaults() error {
	if c.Dir == "" {
		return ledger.FieldErrorf(ledger.Invalid, "dir", "is empty")
	}
	if c.Payload == nil {
		return ledger.FieldErrorf(ledger.Invalid, "payload", "is missing")
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	for _, l := range []struct {
		name    string
		value   *int
		initial int
	}{
		{"batch_entries", &c.BatchEntries, 4096},
		{"heads", &c.Heads, 32768},
		{"profiles", &c.Profiles, 16384},
		{"stamps", &c.Stamps, 1 << 20},
		{"lines", &c.Lines, 500_000},
	} {
		if *l.value < 0 {
			return ledger.FieldErrorf(ledger.Invalid, l.name, "is negative")
		}
		if *l.value == 0 {
			*l.value = l.initial
		}
	}
	if c.Memory == 0 {
		c.Memory = 32 << 20
	}
	if c.Memory < 1<<20 {
		return ledger.FieldErrorf(ledger.Invalid, "memory", "is below 1 MiB")
	}
	return nil
}

// Index is the read model. Reads are safe for concurrent use beside one Run.
type Index struct {
	cfg Config
	db  *badger.DB
	log *slog.Logger

	running  atomic.Bool
	progress ledger.Progress

	heads    *lru.Cache[headKey, *head] // touched by Run only
	profiles *lru.Cache[string, *trace.Profile]
	recalls  recallSet
	early    earlySet
	seldom   seldom
	changes  changes
	rolls    rolls
}

var (
	keyFormat   = []byte("mformat")
	keyRegister = []byte("mregister")
	keyHeight   = []byte("mheight")
	keyPartial  = []byte("mpartial") // there while a batch is spread over several writes
	keyOpen     = []byte("mopen")    // there while a process has the index open
)

// Open opens or creates the index in a folder. What an interrupted machine or an
// older format left behind is dropped; Run builds it again.
func Open(cfg Config) (*Index, error) {
	if err := cfg.defaults(); err != nil {
		return nil, err
	}
	db, err := badger.Open(databaseOptions(cfg.Dir, cfg.Memory, cfg.Logger))
	if err != nil {
		if strings.Contains(err.Error(), "lock") {
			return nil, ledger.Wrap(err, ledger.Unavailable, "the index in "+cfg.Dir+" is in use by another process")
		}
		return nil, ledger.Wrap(err, ledger.Internal, "the index in "+cfg.Dir+" cannot be opened; remove the folder to have it rebuilt")
	}
	x := &Index{cfg: cfg, db: db, log: cfg.Logger, seldom: newSeldom()}
	x.heads, _ = lru.New[headKey, *head](cfg.Heads)
	x.profiles, _ = lru.New[string, *trace.Profile](cfg.Profiles)
	x.changes.limit = cfg.Stamps
	x.rolls = rolls{kept: map[rollOf]*roll{}, limit: cfg.Lines, changed: make(chan struct{}, 1)}
	if err := x.restore(); err != nil {
		db.Close()
		return nil, err
	}
	return x, nil
}

func databaseOptions(dir string, memory int64, log *slog.Logger) badger.Options {
	return badger.DefaultOptions(dir).
		WithLogger(badgerLog{log}).
		WithSyncWrites(false).
		WithDetectConflicts(false).
		WithMetricsEnabled(false).
		WithCompression(options.None). // blocks are read where they are mapped
		WithBlockCacheSize(0).
		WithMemTableSize(memory).
		WithValueThreshold(min(1<<20, memory/16)). // the store wants it below what one write holds
		WithNumCompactors(2).
		WithBaseLevelSize(512 << 20).
		WithNumGoroutines(runtime.GOMAXPROCS(0))
}

// Close lets go of the folder. Run must have returned.
func (x *Index) Close() error {
	err := x.db.Update(func(txn *badger.Txn) error { return txn.Delete(keyOpen) })
	return errors.Join(err, x.db.Close())
}

// restore decides whether what is in the folder can be used, and loads what is
// kept in memory.
func (x *Index) restore() error {
	empty, reason := true, ""
	err := x.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{})
		it.Rewind()
		empty = !it.Valid()
		it.Close()
		stored, err := get(txn, keyFormat)
		if err != nil || empty {
			return err
		}
		if stored == nil || !strings.HasPrefix(string(stored), "sogoc-index/") {
			return ledger.FieldErrorf(ledger.Invalid, "dir", "%s holds another database", x.cfg.Dir)
		}
		partial, err := get(txn, keyPartial)
		if err != nil {
			return err
		}
		boot, err := get(txn, keyOpen)
		if err != nil {
			return err
		}
		switch {
		case string(stored) != format:
			reason = "its format is " + string(stored)
		case partial != nil:
			reason = "a write was interrupted"
		case boot != nil && (len(boot) == 1 || string(boot) != bootID()):
			reason = "the machine went down while it was open"
		}
		return nil
	})
	if err != nil {
		return err
	}
	if reason != "" {
		if err := x.drop(reason); err != nil {
			return err
		}
	}
	err = x.db.Update(func(txn *badger.Txn) error {
		return errors.Join(txn.Set(keyFormat, []byte(format)), txn.Set(keyOpen, []byte(bootID())))
	})
	if err == nil {
		err = x.db.Sync()
	}
	if err == nil {
		err = x.load()
	}
	return err
}

// bootID tells one run of the machine from the next: what was written without
// syncing outlives a process but not a machine. It is one byte where the system
// does not say.
func bootID() string {
	b, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return "." + strings.TrimSpace(string(b))
}

// drop empties the index.
func (x *Index) drop(reason string) error {
	x.log.Warn("index dropped; it will be rebuilt", "dir", x.cfg.Dir, "reason", reason)
	if err := x.db.DropAll(); err != nil {
		return ledger.Wrap(err, ledger.Internal, "the index cannot be emptied")
	}
	x.heads.Purge()
	x.profiles.Purge()
	x.rolls.purge()
	return nil
}

// load reads the height and what is kept in memory.
func (x *Index) load() error {
	return x.db.View(func(txn *badger.Txn) error {
		v, err := get(txn, keyHeight)
		if err != nil {
			return err
		}
		var h uint64
		if len(v) == 8 {
			h = binary.BigEndian.Uint64(v)
		}
		x.progress.Advance(h)
		x.changes.raise(h)
		if err := x.early.load(txn); err != nil {
			return err
		}
		return x.recalls.load(txn)
	})
}

// adopt makes the index one of the reader's register.
func (x *Index) adopt(r ledger.Reader) error {
	register := r.Genesis().Register()
	var stored []byte
	err := x.db.View(func(txn *badger.Txn) (err error) {
		stored, err = get(txn, keyRegister)
		return err
	})
	if err != nil {
		return err
	}
	reason := ""
	switch {
	case stored != nil && string(stored) != string(register[:]):
		reason = "it belongs to another register"
	case x.Height() > r.Size():
		reason = fmt.Sprintf("it has %d entries, the ledger %d", x.Height(), r.Size())
	}
	if reason != "" {
		if err := x.drop(reason); err != nil {
			return err
		}
	}
	if reason != "" || stored == nil {
		err := x.db.Update(func(txn *badger.Txn) error {
			return errors.Join(txn.Set(keyFormat, []byte(format)), txn.Set(keyOpen, []byte(bootID())), txn.Set(keyRegister, register[:]))
		})
		if err != nil {
			return err
		}
		return x.load()
	}
	return nil
}

// Run follows the ledger until the context ends, whose error it then returns. Each
// write takes all entries that have gathered, up to Config.BatchEntries. An entry
// that cannot be read ends it with Internal, as the contracts accept none such.
func (x *Index) Run(ctx context.Context, r ledger.Reader) error {
	if !x.running.CompareAndSwap(false, true) {
		return ledger.Errorf(ledger.Conflict, "the index is already following a ledger")
	}
	defer x.running.Store(false)
	if err := x.adopt(r); err != nil {
		return err
	}
	var reading sync.WaitGroup
	defer reading.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	reading.Go(func() {
		if err := x.seldom.load(ctx, x.db); err != nil && ctx.Err() == nil {
			x.log.Warn("what is not there is looked for until the next start", "error", fault(err))
		}
	})
	for {
		if err := r.Wait(ctx, x.Height()+1); err != nil {
			return err
		}
		if err := x.follow(ctx, r); err != nil {
			return err
		}
	}
}

// follow applies what is there now.
func (x *Index) follow(ctx context.Context, r ledger.Reader) error {
	b := x.newBatch(ctx, x.Height())
	defer func() { b.discard() }()
	for e, err := range r.Entries(ctx, x.Height()) {
		if err != nil {
			return err
		}
		if err := b.entry(e); err != nil {
			return err
		}
		if b.entries() >= uint64(x.cfg.BatchEntries) || b.size > maxBatchBytes {
			if err := b.commit(); err != nil {
				return err
			}
			b = x.newBatch(ctx, x.Height())
		}
	}
	if b.entries() == 0 {
		return nil
	}
	return b.commit()
}

// Height is the number of entries applied.
func (x *Index) Height() uint64 { return x.progress.Height() }

// Wait returns when Height is at least height, or with the context's error. Who
// wrote the entry at index i reads it after Wait(ctx, i+1).
func (x *Index) Wait(ctx context.Context, height uint64) error { return x.progress.Wait(ctx, height) }

// badgerLog passes on what the store complains about.
type badgerLog struct{ l *slog.Logger }

func (b badgerLog) Errorf(f string, a ...any) {
	b.l.Error("index store", "message", strings.TrimSpace(fmt.Sprintf(f, a...)))
}
func (b badgerLog) Warningf(f string, a ...any) {
	b.l.Warn("index store", "message", strings.TrimSpace(fmt.Sprintf(f, a...)))
}
func (badgerLog) Infof(string, ...any)  {}
func (badgerLog) Debugf(string, ...any) {}
