package node

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/ipfs/go-cid"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/backup"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/ledger/embedded"
	"github.com/sogoc/sogoc/ledger/order"
	"github.com/sogoc/sogoc/ledger/receipt"
)

// RestoreConfig says how a data folder is made of backups.
type RestoreConfig struct {
	Data string   // empty, or not there
	From []string // files: a full backup and its increments, in order
	// Witnessed is a file with the latest checkpoint that anybody has of the register.
	// The restored node signs nothing when it has fewer records than that.
	Witnessed string
	// AcceptLoss goes on where records may be lost, or are: nobody can say how many
	// records the register had, or the backup has fewer.
	AcceptLoss bool
	Trust      string // the register's trust file; that in the backup where there is none

	Progress func(what string, done, total int)
	Log      *slog.Logger
}

// Restored says what a data folder was made of. It is kept in the folder.
type Restored struct {
	Format    string      `json:"format"`
	At        ledger.Time `json:"at"`
	Backup    ledger.Time `json:"backup"` // when the last backup was made
	Size      uint64      `json:"size"`   // entries
	Witnessed uint64      `json:"witnessed"`
	// LossAccepted says that nobody made sure that no record was lost.
	LossAccepted bool `json:"lossAccepted"`
	// Origin is what the register's checkpoints are of from the next start on, where it is
	// known that records were lost: what was signed of those contradicts no other origin's.
	Origin string `json:"origin,omitempty"`

	Register ledger.Genesis `json:"-"`
	Counts   backup.Counts  `json:"-"` // of all backups
	Erased   int            `json:"-"` // payloads that the register erased and that were not brought back
	WithKeys bool           `json:"-"`
}

const (
	restoredFile   = "restored.json"
	restoredFormat = "sogoc-restored/1"
)

// Restore makes a data folder of a full backup and its increments. Nothing is made
// before all of them are read to their end and found whole, and the folder is there
// whole or not at all. The node's keys and the master key are put back by hand.
func Restore(ctx context.Context, c RestoreConfig) (done Restored, err error) {
	if c.Progress == nil {
		c.Progress = func(string, int, int) {}
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if err := isEmpty(c.Data); err != nil {
		return done, err
	}
	if c.Witnessed == "" && !c.AcceptLoss {
		return done, ErrUnwitnessed
	}
	r := restoring{RestoreConfig: c, erased: map[cid.Cid]backup.Tombstone{}}
	for i, name := range c.From {
		if err := r.look(ctx, i, name); err != nil {
			return done, fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := r.judge(); err != nil {
		return done, err
	}
	dir := filepath.Clean(c.Data) + ".restoring"
	if err := os.Mkdir(dir, 0o700); err != nil {
		return done, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	if err := r.write(ctx, dir); err != nil {
		return done, err
	}
	c.Progress("building the read models", 0, -1)
	build := Config{Data: dir, Progress: c.Progress, Log: c.Log}
	if err := r.build(ctx, build); err != nil {
		return done, err
	}
	if err := os.Remove(c.Data); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return done, err
	}
	return r.Restored, os.Rename(dir, c.Data)
}

// ErrUnwitnessed says that nobody can tell whether the backup has all records.
var ErrUnwitnessed = ledger.Errorf(ledger.Conflict, "a register on one node has no witnesses that could say how many records it had when it was lost. "+
	"Name the latest checkpoint that anybody kept with --witnessed FILE (whoever watches the register fetched it from /api/v1/checkpoint), "+
	"or go on with --accept-lost-records: what was recorded after the backup is lost then, and receipts of it will contradict what the register signs from now on")

func isEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case len(entries) > 0:
		return ledger.Errorf(ledger.Conflict, "%s is not empty; restore into a new folder", dir)
	}
	return nil
}

// restoring is a folder being made.
type restoring struct {
	RestoreConfig
	Restored

	trust    receipt.Trust
	last     backup.Trailer
	trailers []backup.Trailer
	chain    order.Position
	erased   map[cid.Cid]backup.Tombstone
	copies   map[string]backup.Copied // of the last backup, by their names
	signed   order.Signed             // what the folder will hold as the latest checkpoint
}

// look reads a backup to its end: every hash, every payload, the chain of blocks. It
// notes what was erased.
func (r *restoring) look(ctx context.Context, i int, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	in, err := backup.NewReader(f)
	if err != nil {
		return err
	}
	if err := r.takeHeader(i, in.Header); err != nil {
		return err
	}
	before := r.copies
	r.copies = map[string]backup.Copied{}
	seen := 0
	for {
		item, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		seen++
		r.Progress("checking "+filepath.Base(name), seen, -1)
		switch item := item.(type) {
		case backup.Tombstone:
			c, err := content.Parse(item.CID)
			if err != nil {
				return err
			}
			r.erased[c] = item
		case *backup.Copy:
			if err := r.looked(before, item); err != nil {
				return err
			}
		case *backup.Payload:
			if c, err := content.Sum(item); err != nil {
				return err
			} else if c.String() != item.CID {
				return ledger.Errorf(ledger.Invalid, "the bytes of payload %s are those of %s", item.CID, c)
			}
		case backup.Block:
			if err := r.follow(item); err != nil {
				return err
			}
		}
	}
	t := in.Trailer
	if t.To.Blocks != r.chain.Blocks || t.To.Size != r.chain.Size || t.To.Hash != r.chain.Hash {
		return ledger.Errorf(ledger.Invalid, "its blocks end at entry %d, and its end says %d", r.chain.Size, t.To.Size)
	}
	r.last, r.trailers = t, append(r.trailers, t)
	r.Backup, r.Size = in.Header.Made, t.To.Size
	add(&r.Counts, t.Counts)
	return nil
}

func add(to *backup.Counts, c backup.Counts) {
	to.Blocks += c.Blocks
	to.Payloads += c.Payloads
	to.Bytes += c.Bytes
	to.Tombstones += c.Tombstones
	to.Accounts = c.Accounts // there in whole each time
	to.Files, to.Copies = c.Files, c.Copies
}

func (r *restoring) takeHeader(i int, h backup.Header) error {
	genesis, err := ledger.ParseGenesis(h.Genesis)
	if err != nil {
		return err
	}
	if i == 0 {
		r.Register = genesis
		r.chain.Hash = genesis.Register()
		trust := h.Trust
		if r.Trust != "" {
			if trust, err = os.ReadFile(r.Trust); err != nil {
				return err
			}
		}
		if r.trust, err = receipt.ParseTrust(trust); err != nil {
			return err
		}
		if r.trust.Register != genesis.Register() {
			return ledger.Errorf(ledger.Invalid, "the backup is of register %s, and the trust file of %s", genesis.Register(), r.trust.Register)
		}
		if h.Since != nil {
			return ledger.Errorf(ledger.Invalid, "it is an increment, and begins at entry %d; name the full backup first, and then its increments in order", h.Since.Size)
		}
		r.WithKeys = h.WithKeys
		return nil
	}
	switch {
	case genesis != r.Register:
		return ledger.Errorf(ledger.Invalid, "it is of register %s, not of %s", genesis.Register(), r.Register.Register())
	case h.Since == nil:
		return ledger.Errorf(ledger.Invalid, "it is a full backup; only increments follow on the first file")
	case *h.Since != r.last.To:
		return ledger.Errorf(ledger.Invalid, "it follows on a backup that ends at entry %d, and the one before it ends at %d: an increment is missing or out of order", h.Since.Size, r.last.To.Size)
	}
	r.WithKeys = r.WithKeys || h.WithKeys
	return nil
}

// follow checks that a block follows on the one before, and notes what it erases.
func (r *restoring) follow(stored []byte) error {
	b, err := embedded.DecodeBlock(stored)
	if err != nil {
		return fmt.Errorf("the block after entry %d: %w", r.chain.Size, err)
	}
	s := embedded.Stored{Block: b}
	if b.Number != r.chain.Blocks || b.First != r.chain.Size || b.Prev != r.chain.Hash {
		return ledger.Errorf(ledger.Invalid, "block %d does not follow on the block before it", b.Number)
	}
	r.chain = s.Position()
	for i := range b.Records {
		e, err := b.Entry(i, r.Register.Register())
		if err != nil {
			return err
		}
		erased, err := erasedBy(e)
		if err != nil {
			return err
		}
		for _, c := range erased {
			if _, ok := r.erased[c]; !ok {
				r.erased[c] = backup.Tombstone{CID: c.String(), At: e.Time, Reason: erasedReason}
			}
		}
	}
	return nil
}

// judge compares what the backups hold with what was seen of the register. What the
// folder then says was signed last keeps the node from signing less.
func (r *restoring) judge() error {
	last, err := r.opened(r.last.Checkpoint)
	if err != nil {
		return fmt.Errorf("the checkpoint at the backup's end: %w", err)
	}
	if last.Size != r.Size {
		return ledger.Errorf(ledger.Invalid, "the checkpoint at the backup's end is of %d entries, and it has %d", last.Size, r.Size)
	}
	r.signed = order.Signed{Size: last.Size, Root: last.Root, Note: r.last.Checkpoint}
	if r.RestoreConfig.Witnessed == "" {
		r.LossAccepted = true
		return nil
	}
	raw, err := os.ReadFile(r.RestoreConfig.Witnessed)
	if err != nil {
		return err
	}
	seen, err := r.opened(raw)
	if err != nil {
		return fmt.Errorf("--witnessed: %s: %w", r.RestoreConfig.Witnessed, err)
	}
	r.Restored.Witnessed = seen.Size
	switch {
	case seen.Size > r.Size && !r.AcceptLoss:
		return ledger.Errorf(ledger.Conflict, "the register had %d records when %s was signed, and the backup has %d: %d are missing. Restore a later increment, too; "+
			"--accept-lost-records goes on without them under a new origin: receipts of those verify by the trust file of before alone, and whoever watches the register has to take the new one", seen.Size, r.RestoreConfig.Witnessed, r.Size, seen.Size-r.Size)
	case seen.Size > r.Size:
		r.LossAccepted = true
		var again [4]byte
		rand.Read(again[:])
		r.Origin = r.Register.Origin + "/" + hex.EncodeToString(again[:])
	default:
		r.trailers = append(r.trailers, backup.Trailer{To: backup.Position{Size: seen.Size}, Checkpoint: raw})
	}
	return nil
}

// opened checks who signed a checkpoint. Backups are made at any moment, so those of a
// node with witnesses end where none of them has looked yet.
func (r *restoring) opened(checkpoint []byte) (receipt.Signed, error) {
	trust := r.trust
	trust.Quorum = 0
	return trust.Signatures(checkpoint)
}

// noSigner stands in for a checkpoint key where nothing is to be signed.
type noSigner struct{ name string }

func (s noSigner) Name() string              { return s.name }
func (noSigner) KeyHash() uint32             { return 0 }
func (noSigner) Sign([]byte) ([]byte, error) { return nil, errors.New("there is no key here") }

// restored reads how the folder was restored; nil when it was not.
func (n *Node) restored() (*Restored, error) {
	b, err := os.ReadFile(n.path(restoredFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var r Restored
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", n.path(restoredFile), err)
	}
	return &r, nil
}
