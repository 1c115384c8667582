package embedded

import (
	"errors"
	"log/slog"
	"path/filepath"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/disk"
)

// ErrInUse says that another process, or this one, has the folder open. Its code
// is Conflict.
var ErrInUse = disk.ErrInUse

// Config says how to open a ledger. Dir, Contracts and Signer are needed, and
// Genesis for a folder that is empty.
type Config struct {
	// Dir is the ledger's folder. It is made when it does not exist.
	Dir string
	// Genesis founds the register in an empty folder. When the folder holds a
	// register already, Genesis is either zero or the same.
	Genesis ledger.Genesis
	// Contracts are the rules, each under a name of its own.
	Contracts []ledger.Contract
	// Signer signs checkpoints, and Next once an entry has put it in the place of Signer
	// (ledger.KeyChange); nil where that is not to be.
	Signer, Next note.Signer
	// Clock gives record times; nil means time.Now. It may jump: record times do
	// not go back.
	Clock func() time.Time

	// MaxQueue and MaxQueueBytes bound the transactions that were submitted and not
	// yet answered, by number and by the size of their items. What exceeds them is
	// answered Unavailable at once. 0 means 8,192 and 128 MiB.
	MaxQueue      int
	MaxQueueBytes int64
	// CacheBytes bounds the memory for state that contracts used lately. 0 means
	// 32 MiB.
	CacheBytes int
	// MinFree is how many bytes must be free on the disk for anything to be written;
	// below it everything is answered Unavailable, but for what was written, which has its
	// checkpoint signed down to half of it. It leaves room for what the
	// database writes by itself, and must not be chosen below some 100 MiB. 0 means
	// 256 MiB.
	MinFree uint64
	// SkipCheck opens a folder without reading every block. Blocks are checked
	// whenever they are read, so what is broken is found later.
	SkipCheck bool

	// Log is where the ledger reports; nil means slog.Default.
	Log *slog.Logger
	// Meter is told how writing goes; nil means that nobody is.
	Meter Meter
}

// Meter is told how writing goes. Its methods are called while others wait, by several
// goroutines.
type Meter interface {
	// Group tells of a block that was written: its transactions and bytes, and how long
	// it took until it was on disk.
	Group(transactions, bytes int, sync time.Duration)
	// Answer tells how long a transaction waited from its arrival to its entry.
	Answer(waited time.Duration)
}

type nobody struct{}

func (nobody) Group(int, int, time.Duration) {}
func (nobody) Answer(time.Duration)          {}

// withDefaults fills in what is zero and refuses what cannot work.
func (c Config) withDefaults() (Config, error) {
	switch {
	case c.Dir == "":
		return c, ledger.FieldErrorf(ledger.Invalid, "Dir", "is empty")
	case c.Signer == nil:
		return c, ledger.FieldErrorf(ledger.Invalid, "Signer", "is missing")
	case c.MaxQueue < 0 || c.MaxQueueBytes < 0 || c.CacheBytes < 0:
		return c, ledger.FieldErrorf(ledger.Invalid, "MaxQueue", "a limit is negative")
	}
	if c.Genesis != (ledger.Genesis{}) {
		if _, err := ledger.ParseGenesis(c.Genesis.Encode()); err != nil {
			var e *ledger.Error
			if errors.As(err, &e) {
				return c, ledger.FieldErrorf(e.Code, "Genesis", "%v", err)
			}
			return c, err
		}
	}
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return c, ledger.FieldErrorf(ledger.Invalid, "Dir", "%v", err)
	}
	c.Dir = dir
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.MaxQueue == 0 {
		c.MaxQueue = 8192
	}
	if c.MaxQueueBytes == 0 {
		c.MaxQueueBytes = 128 << 20
	}
	if c.CacheBytes == 0 {
		c.CacheBytes = 32 << 20
	}
	if c.MinFree == 0 {
		c.MinFree = 256 << 20
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Meter == nil {
		c.Meter = nobody{}
	}
	return c, nil
}
