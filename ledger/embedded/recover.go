package embedded

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// errForeign says that the state was not made from the blocks beside it.
var errForeign = errors.New("the state was made from other blocks")

// recover opens the state and brings it up to the last block. A state that cannot
// be trusted is made again from all blocks.
func (l *Ledger) recover(dir string, cacheBytes int, check bool) error {
	path := filepath.Join(dir, "state")
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
	err := l.openState(path, cacheBytes)
	if err != nil && !errors.Is(err, ErrInUse) {
		if err := distrust("it cannot be opened", err); err != nil {
			return err
		}
		err = l.openState(path, cacheBytes)
	}
	if err != nil {
		return err
	}
	if err := markOpen(dir, machineRun()); err != nil {
		return err
	}
	if err = l.replay(check); !errors.Is(err, errForeign) {
		return err
	}
	if err := l.state.close(); err != nil {
		return err
	}
	if err := distrust("it does not belong to them", err); err != nil {
		return err
	}
	if err := l.openState(path, cacheBytes); err != nil {
		return err
	}
	return l.replay(check)
}

// openState opens the state, and puts the genesis into an empty one.
func (l *Ledger) openState(path string, cacheBytes int) error {
	s, err := openState(path, cacheBytes, l.log)
	if err != nil {
		return err
	}
	l.state = s
	_, ok, err := s.applied()
	if err == nil && !ok {
		err = s.found(l.genesis)
	}
	if err != nil {
		s.close()
		l.state = nil
	}
	return err
}

// replay checks the chain of blocks, from the first one on when check is set, and
// executes those that the state does not have.
func (l *Ledger) replay(check bool) error {
	done, _, err := l.state.applied()
	if err != nil {
		return err
	}
	at := done
	if check {
		at = applied{hash: l.register}
	}
	for at.blocks < done.blocks {
		b, err := l.follow(at)
		if err != nil {
			return err
		}
		if b == nil {
			return ledger.Errorf(ledger.Internal, "the state has %d blocks, but there are %d: blocks were lost; restore them, or delete the folder state to go on without them",
				done.blocks, at.blocks)
		}
		at = applied{blocks: b.number + 1, size: b.next(), time: b.time, hash: b.hash}
	}
	if at != done {
		return errForeign
	}
	tree, err := l.loadTree(done.size)
	if err != nil {
		return err
	}
	l.publish(done, tree)
	for {
		h := l.head.Load()
		b, err := l.follow(h.applied)
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		if err := l.execute(h, b); err != nil {
			return err
		}
	}
	return l.checkEnd()
}

// follow reads the block after at, nil when there is none, and checks that it
// follows on it.
func (l *Ledger) follow(at applied) (*block, error) {
	b, err := l.blocks.at(at.size)
	if err != nil || b == nil {
		return nil, err
	}
	if b.number != at.blocks || b.prev != at.hash || b.time < at.time {
		return nil, ledger.Errorf(ledger.Internal, "block %d does not follow on the block before it", b.number)
	}
	return b, nil
}

// checkEnd makes sure that there is no block beyond a gap.
func (l *Ledger) checkEnd() error {
	size := l.Size()
	first, ok, err := l.blocks.holding(1<<64 - 1)
	if err != nil {
		return err
	}
	if ok && first >= size {
		return missing(size)
	}
	return nil
}

// loadTree gives the tree of size. The leaves that no full tile holds are made
// from their entries.
func (l *Ledger) loadTree(size uint64) (*merkle.Tree, error) {
	var tail []ledger.Hash
	for index := size - size%merkle.TileWidth; index < size; {
		b, err := l.blocks.of(index)
		if err != nil {
			return nil, err
		}
		for ; index < min(size, b.next()); index++ {
			e, err := b.entry(int(index-b.first), l.register)
			if err != nil {
				return nil, err
			}
			leaf := e.Leaf(l.register)
			tail = append(tail, leaf.Hash())
		}
	}
	return merkle.Load(l.state, size, tail)
}

// execute runs a block's transactions again and applies it. That anything comes
// out differently is an error: the contracts are not those that wrote it.
func (l *Ledger) execute(h *head, b *block) error {
	g := l.newGroup(h.applied, nil, b.time)
	defer g.close()
	for i := range b.entries {
		e, err := b.entry(i, l.register)
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
		g.record(e, b.entries[i].tx)
	}
	g.hash = b.hash
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
