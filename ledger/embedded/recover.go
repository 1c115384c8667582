package embedded

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/order"
)

// errForeign says that the state was not made from the blocks beside it.
var errForeign = errors.New("the state was made from other blocks")

// recover opens the state and brings it up to the last block. A state that cannot
// be trusted is made again from all blocks.
func (l *Ledger) recover(genesis ledger.Genesis, cacheBytes int, check bool) error {
	dir, path := l.dir, filepath.Join(l.dir, "state")
	distrust := func(why string, err error) error {
		l.log.Warn("the state is made again from the blocks: "+why, "err", err)
		return os.RemoveAll(path)
	}
	if notClosed(dir) {
		if err := distrust("the machine stopped while it was open, or it could not be opened", nil); err != nil {
			return err
		}
	}
	if err := markOpen(dir, "opening"); err != nil {
		return err
	}
	err := l.openState(path, genesis, cacheBytes)
	if err != nil && !errors.Is(err, ErrInUse) {
		if err := distrust("it cannot be opened", err); err != nil {
			return err
		}
		err = l.openState(path, genesis, cacheBytes)
	}
	if err != nil {
		return err
	}
	if err := markOpen(dir, machineRun()); err != nil {
		return err
	}
	if err = l.replay(genesis, check); !errors.Is(err, errForeign) {
		return err
	}
	if err := l.state.close(); err != nil {
		return err
	}
	if err := distrust("it does not belong to them", err); err != nil {
		return err
	}
	if err := l.openState(path, genesis, cacheBytes); err != nil {
		return err
	}
	return l.replay(genesis, check)
}

// openState opens the state, and puts the genesis into an empty one.
func (l *Ledger) openState(path string, genesis ledger.Genesis, cacheBytes int) error {
	s, err := openState(path, cacheBytes, l.log)
	if err != nil {
		return err
	}
	l.state = s
	_, ok, err := order.Applied(s.DB)
	if err == nil && !ok {
		err = s.found(genesis)
	}
	if err != nil {
		s.close()
		l.state = nil
	}
	return err
}

// replay checks the chain of blocks, from the first one on when check is set, and
// executes those that the state does not have.
func (l *Ledger) replay(genesis ledger.Genesis, check bool) error {
	done, _, err := order.Applied(l.state.DB)
	if err != nil {
		return err
	}
	at := done
	if check {
		at = order.Position{Hash: l.register}
	}
	for at.Blocks < done.Blocks {
		b, err := l.follow(at)
		if err != nil {
			return err
		}
		if b == nil {
			return ledger.Errorf(ledger.Internal, "the state has %d blocks, but there are %d: blocks were lost; restore them, or delete the folder state to go on without them",
				done.Blocks, at.Blocks)
		}
		at = order.Position{Blocks: b.Number + 1, Size: b.Next(), Time: b.Records[0].Time, Hash: b.Hash}
	}
	if at != done {
		return errForeign
	}
	l.Reader, l.order, err = order.Open(order.Config{
		Genesis: genesis, Blocks: l.blocks, Index: l.state.DB, Signer: l.signer, Next: l.next, Until: l.until,
		Room: func() error { return l.mayKeep() },
	}, done)
	if err != nil {
		return err
	}
	for {
		b, err := l.follow(l.order.Position())
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		if err := l.execute(b); err != nil {
			return err
		}
	}
	return l.checkEnd()
}

// follow reads the block after at, nil when there is none, and checks that it
// follows on it.
func (l *Ledger) follow(at order.Position) (*order.Block, error) {
	b, err := l.blocks.At(at.Size)
	if err != nil || b == nil {
		return nil, err
	}
	return b, follows(b, at)
}

// checkEnd makes sure that there is no block beyond a gap.
func (l *Ledger) checkEnd() error {
	size := l.Size()
	first, ok, err := l.blocks.Last()
	if err != nil {
		return err
	}
	if ok && first >= size {
		return order.Missing(size)
	}
	return nil
}

// execute runs a block's transactions again and applies it. That anything comes
// out differently is an error: the contracts are not those that wrote it.
func (l *Ledger) execute(b *order.Block) error {
	g := l.newGroup(l.order.Position(), nil, b.Records[0].Time)
	defer g.close()
	for i := range b.Records {
		e, err := b.Entry(i, l.register)
		if err != nil {
			return err
		}
		rules, outcome, err := g.execute(&e.Tx, e.ID, e.Signer)
		switch {
		case err != nil:
			return differs(e, "it is refused now: "+err.Error())
		case rules != e.Rules:
			return differs(e, "it ran under other rules")
		case !bytes.Equal(outcome, e.Outcome):
			return differs(e, "its outcome is another now")
		}
		g.record(e, b.Records[i].Tx)
	}
	g.hash = b.Hash
	if err := l.apply(g); err != nil {
		return ledger.Wrap(err, ledger.Internal, "the state cannot be written")
	}
	l.state.remember(g.state)
	return nil
}

func differs(e *ledger.Entry, how string) error {
	return ledger.Errorf(ledger.Internal, "executing block %d again differs at entry %d (%s of %s): %s",
		e.Block, e.Index, e.Tx.Header.Action, e.Tx.Header.Contract, how)
}

// The file open says, while the state is open, during which run of the machine it
// was opened. The state is not synced: what was written to it survives the end of
// this process but maybe not the machine's, and then may be missing in the middle.
// While the state is being opened the file says "opening": Badger does not survive
// a table that was cut, so whoever finds that afterwards does not try again.
const openFile = "open"

func markOpen(dir, run string) error {
	f, err := os.Create(filepath.Join(dir, openFile))
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.WriteString(run); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

func markClosed(dir string) error { return os.Remove(filepath.Join(dir, openFile)) }

// notClosed reports whether the state was open when the machine stopped, or its
// opening did not come to an end.
func notClosed(dir string) bool {
	b, err := os.ReadFile(filepath.Join(dir, openFile))
	if err != nil {
		return !errors.Is(err, os.ErrNotExist)
	}
	return string(b) != machineRun() || len(b) == 0
}

// machineRun names the time since the machine started; empty where that cannot be
// found out.
func machineRun() string {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
