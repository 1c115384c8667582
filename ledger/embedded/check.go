package embedded

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"

	"github.com/dgraph-io/badger/v4"
	"golang.org/x/sync/errgroup"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/disk"
	"github.com/sogoc/sogoc/ledger/merkle"
	"github.com/sogoc/sogoc/ledger/order"
)

// CheckConfig says what to check.
type CheckConfig struct {
	Dir       string // of a ledger that nobody has open
	Temp      string // an empty folder, for a state that is made anew
	Genesis   ledger.Genesis
	Contracts []ledger.Contract
	// Open checks the signatures of a checkpoint.
	Open func(signed []byte) (merkle.Checkpoint, error)
	// Report is told what is wrong, and Note what is worth knowing.
	Report   func(where, what string)
	Note     func(what string)
	Progress func(done, total uint64)
	Log      *slog.Logger
}

// Checked is a ledger as its blocks make it, up to the first that is broken.
type Checked struct {
	*order.Reader
	Whole  bool // no block is broken
	Digest ledger.Hash

	l *Ledger
}

// Check reads every block: its format, its hash, that it follows on the one before, and
// the signature of each entry. It executes all of them on an empty state and compares
// the state on disk with that, key by key, and the tree's root with the latest
// checkpoint. It goes on after what is wrong; behind a block that is broken, nothing is
// executed any more. An error means that it could not check.
func Check(ctx context.Context, c CheckConfig) (_ *Checked, err error) {
	contracts, err := ledger.NewContracts(c.Contracts...)
	if err != nil {
		return nil, err
	}
	l := &Ledger{dir: c.Dir, contracts: contracts, log: c.Log, register: c.Genesis.Register(), meter: nobody{}}
	l.until, l.stop = context.WithCancelCause(context.Background())
	db, err := disk.OpenToRead(blockOptions(filepath.Join(c.Dir, "blocks"), c.Log))
	if err != nil {
		return nil, err
	}
	l.blocks = order.Blocks{DB: db, Decode: decodeBlock}
	if l.state, err = openState(filepath.Join(c.Temp, "state"), 32<<20, c.Log); err == nil {
		err = l.state.found(c.Genesis)
	}
	if err == nil {
		l.Reader, l.order, err = order.Open(order.Config{Genesis: c.Genesis, Blocks: l.blocks, Index: l.state.DB, Until: l.until}, order.Position{Hash: l.register})
	}
	ck := &check{CheckConfig: c, l: l, at: order.Position{Hash: l.register}}
	if err == nil {
		err = ck.run(ctx)
	}
	done := &Checked{Reader: l.Reader, Whole: !ck.broken, l: l}
	if err == nil {
		done.Digest, err = l.state.digest()
	}
	if err != nil {
		return nil, errors.Join(err, done.Close())
	}
	return done, nil
}

// Close lets go of the folders.
func (c *Checked) Close() error {
	c.l.stop(order.ErrClosed)
	err := c.l.blocks.Close()
	if c.l.state != nil {
		err = errors.Join(err, c.l.state.close())
	}
	return err
}

// check is one going through.
type check struct {
	CheckConfig
	l      *Ledger
	at     order.Position // behind the last block that could be read
	broken bool           // something before at is

	state   *disk.DB // that on disk; nil when there is nothing to compare with
	applied order.Position
}

func (c *check) run(ctx context.Context) error {
	if err := c.l.blocks.VerifyChecksum(); err != nil {
		c.Report("ledger/blocks", err.Error())
	}
	if _, err := order.Found(c.l.blocks.DB, c.Genesis, nil); err != nil {
		c.Report("ledger/blocks", err.Error())
	}
	if err := c.openState(); err != nil {
		return err
	}
	if c.state != nil {
		defer c.state.Close() // it was read only
	}
	firsts, err := c.firsts()
	if err != nil {
		return err
	}
	for n, first := range firsts {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := c.block(first); err != nil {
			return err
		}
		c.Progress(uint64(n+1), uint64(len(firsts)))
	}
	if c.state != nil && c.broken {
		c.Note("the state is not compared, since a block is broken")
	} else if c.state != nil {
		c.Report("ledger/state", fmt.Sprintf("it has %d blocks, but there are %d: blocks were lost", c.applied.Blocks, c.at.Blocks))
	}
	return c.checkpoint()
}

// firsts lists where blocks lie.
func (c *check) firsts() (list []uint64, err error) {
	err = c.l.blocks.View(func(txn *badger.Txn) error {
		prefix := order.BlockKey(0)[:1]
		it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			if k := it.Item().Key(); len(k) == 1+8 {
				list = append(list, binary.BigEndian.Uint64(k[1:]))
			}
		}
		return nil
	})
	return list, err
}

// block checks the block that starts at an entry. Its error means that the check itself
// failed.
func (c *check) block(first uint64) error {
	if first != c.at.Size {
		c.breaks(fmt.Sprintf("ledger, block %d", c.at.Blocks), fmt.Sprintf("entries %d to %d are missing", c.at.Size, int64(first)-1))
	}
	b, err := c.l.blocks.At(first)
	if err == nil && b == nil {
		err = order.Missing(first)
	}
	if err != nil {
		c.breaks(fmt.Sprintf("ledger, block at entry %d", first), err.Error())
		c.at = order.Position{Blocks: c.at.Blocks + 1, Size: first, Time: c.at.Time}
		return nil
	}
	where := fmt.Sprintf("ledger, block %d", b.Number)
	if err := follows(b, c.at); err != nil {
		if !c.broken { // behind a broken one none can follow
			c.Report(where, err.Error())
		}
		c.broken = true
	}
	c.at = Stored{Block: b}.Position()
	entries, ok := c.entries(where, b)
	if !ok {
		c.broken = true
	}
	if c.broken {
		return nil
	}
	if err := c.execute(where, b, entries); err != nil {
		return err
	}
	if c.state != nil && c.l.order.Position() == c.applied {
		return c.compare()
	}
	return nil
}

func (c *check) breaks(where, what string) {
	if !c.broken {
		what += "; nothing is executed from here on"
	}
	c.broken = true
	c.Report(where, what)
}

// entries decodes a block's entries and checks their signatures.
func (c *check) entries(where string, b *order.Block) (list []*ledger.Entry, ok bool) {
	list = make([]*ledger.Entry, len(b.Records))
	wrong := make([]string, len(b.Records))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range b.Records {
		group.Go(func() error {
			e, err := b.Entry(i, c.l.register)
			if err != nil {
				wrong[i] = err.Error()
				return err
			}
			list[i] = e
			switch _, signer, err := e.Tx.Check(c.l.register); {
			case err != nil:
				wrong[i] = "its signature does not hold: " + err.Error()
			case signer != e.Signer:
				wrong[i] = fmt.Sprintf("it is signed by %s, and the block says by %s", signer, e.Signer)
			}
			return nil
		})
	}
	ok = group.Wait() == nil
	for i, what := range wrong {
		if what != "" {
			c.Report(fmt.Sprintf("%s, entry %d", where, b.First+uint64(i)), what)
		}
	}
	return list, ok
}

// execute runs a block on the new state, and takes what it writes also where it comes
// out differently.
func (c *check) execute(where string, b *order.Block, entries []*ledger.Entry) error {
	g := c.l.newGroup(c.l.order.Position(), nil, b.Records[0].Time)
	defer g.close()
	for i, e := range entries {
		rules, outcome, err := g.execute(&e.Tx, e.ID, e.Signer)
		what := ""
		switch {
		case err != nil:
			what = "it is refused when it is executed again: " + err.Error()
		case rules != e.Rules:
			what = fmt.Sprintf("it runs under rules %d, and is recorded under %d", rules, e.Rules)
		case !bytes.Equal(outcome, e.Outcome):
			what = "its outcome is another when it is executed again"
		}
		if what != "" {
			c.Report(fmt.Sprintf("%s, entry %d", where, e.Index), what)
		}
		g.record(e, b.Records[i].Tx)
	}
	g.hash = b.Hash
	if err := c.l.apply(g); err != nil {
		return err
	}
	c.l.state.remember(g.state)
	return nil
}

// openState opens the state on disk, as far as it is there to be trusted.
func (c *check) openState() error {
	if notClosed(c.Dir) {
		c.Note("the machine stopped while the ledger was open: its state is not compared, the next start makes it anew")
		return nil
	}
	db, err := disk.OpenToRead(stateOptions(filepath.Join(c.Dir, "state"), c.Log))
	if errors.Is(err, ErrInUse) {
		return err
	}
	if err != nil {
		c.Report("ledger/state", err.Error()+"; the next start makes it anew")
		return nil
	}
	if err := db.VerifyChecksum(); err != nil {
		c.Report("ledger/state", err.Error())
	}
	at, ok, err := order.Applied(db)
	if err != nil || !ok {
		c.Report("ledger/state", "it does not say up to where it goes; remove the folder, and the next start makes it anew")
		return db.Close()
	}
	c.state, c.applied = db, at
	if at.Blocks == 0 {
		return c.compare()
	}
	return nil
}

// compare compares the state on disk with the one that was made anew, once both are of
// the same blocks.
func (c *check) compare() error {
	have, want := c.state.Pairs(), c.l.state.Pairs()
	disk.Differences(have.All(), want.All(), func(key []byte, d disk.Difference) {
		c.Report("ledger/state", nameOf(key)+" "+string(d))
	})
	err := errors.Join(have.Err(), want.Err(), c.state.Close())
	c.state = nil
	if err != nil {
		c.Report("ledger/state", err.Error())
	}
	return nil
}

// nameOf says what lies under a key of the state.
func nameOf(key []byte) string {
	if len(key) > 0 && key[0] == contractPrefix {
		return fmt.Sprintf("key %q", key[1:])
	}
	return fmt.Sprintf("the order's index, key %q,", key)
}

// checkpoint compares the tree with the latest checkpoint that was signed.
func (c *check) checkpoint() error {
	const where = "ledger, latest checkpoint"
	last, ok, err := c.l.blocks.Signed()
	switch {
	case err != nil:
		c.Report(where, err.Error())
		return nil
	case !ok:
		c.Note("no checkpoint was signed yet")
		return nil
	}
	if len(last.Note) > 0 {
		signed, err := c.Open(last.Note)
		if err != nil {
			c.Report(where, err.Error())
		} else if signed.Size != last.Size || signed.Root != last.Root {
			c.Report(where, "what is signed is another")
		}
	}
	c.against(where, last.Size, last.Root)
	return nil
}

func (c *check) against(where string, size uint64, root ledger.Hash) {
	switch have, err := c.l.order.Root(size); {
	case c.broken && size > c.l.Size():
		c.Note(fmt.Sprintf("the checkpoint of %d entries cannot be compared, since a block before is broken", size))
	case size > c.l.Size():
		c.Report(where, fmt.Sprintf("it is of %d entries, but there are %d: blocks were lost", size, c.l.Size()))
	case err != nil:
		c.Report(where, err.Error())
	case have != root:
		c.Report(where, fmt.Sprintf("the root of the first %d entries is another: blocks were changed", size))
	}
}

// Against compares the tree with a checkpoint that somebody kept, and says how it
// differs; empty when it does not.
func (c *Checked) Against(checkpoint merkle.Checkpoint) string {
	root, err := c.l.order.Root(checkpoint.Size)
	switch {
	case checkpoint.Size > c.Size():
		return fmt.Sprintf("it is of %d entries, but there are %d", checkpoint.Size, c.Size())
	case err != nil:
		return err.Error()
	case root != checkpoint.Root:
		return fmt.Sprintf("the root of the first %d entries is another: blocks were changed", checkpoint.Size)
	}
	return ""
}
