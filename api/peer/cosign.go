package peer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
	"github.com/sogoc/sogoc/ledger/witness"
)

// cosigned is what there is of this node's checkpoints with cosignatures: the latest,
// and the latest that enough nodes and witnesses cosigned. They are never changed but succeeded.
type cosigned struct{ latest, enough checkpoint }

type checkpoint struct {
	note []byte
	size uint64
}

// Covering returns a checkpoint that covers the entry at index, with cosignatures: one
// that enough nodes cosigned if there is one, nil when there is none at all.
func (n *Node) Covering(index uint64) []byte {
	c := n.cosigned.Load()
	switch {
	case c.enough.size > index:
		return c.enough.note
	case c.latest.size > index:
		return c.latest.note
	}
	return nil
}

// restore reads the checkpoint that the last run left, unless the keys are others.
func (n *Node) restore() error {
	var c cosigned
	b, err := n.memory.get(noteKey)
	if err != nil {
		return err
	}
	if b != nil {
		if p, _, err := merkle.OpenCheckpoint(b, n.origin, n.verifiers()...); err == nil && p.Size <= n.Ledger.Size() {
			c.enough = checkpoint{b, p.Size}
			c.latest = c.enough
		}
	}
	n.cosigned.Store(&c)
	return nil
}

// verifiers are the keys that may stand under a checkpoint of this node's.
func (n *Node) verifiers() []note.Verifier {
	list := []note.Verifier{n.self.checkpoint}
	for i := range n.File.Nodes {
		list = append(list, n.File.Nodes[i].cosigner)
	}
	for _, w := range n.outside {
		list = append(list, w.cosigner)
	}
	return list
}

// cosigning has each checkpoint that moved cosigned: the entries that have come
// during a round and the pause after it are in the next.
func (n *Node) cosigning(ctx context.Context) error {
	for {
		size, whole, err := n.gather(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		rest := n.Every
		if err != nil {
			n.Log.Error("the checkpoint is not cosigned", "error", err)
			rest *= 10
		}
		if err := sleep(ctx, rest); err != nil {
			return err
		}
		if !whole {
			continue
		}
		if err := n.moved(ctx, size); err != nil {
			return err
		}
	}
}

// moved waits for more entries than size, or until a peer that failed is to be asked
// again. A ledger that can follow no further ends it.
func (n *Node) moved(ctx context.Context, size uint64) error {
	var again time.Time
	for _, p := range n.askedFor {
		if s := p.look(); s.tries > 0 && (again.IsZero() || s.next.Before(again)) {
			again = s.next
		}
	}
	wait, cancel := ctx, context.CancelFunc(func() {})
	if !again.IsZero() {
		wait, cancel = context.WithTimeout(ctx, again.Sub(n.Clock()))
	}
	defer cancel()
	err := n.Ledger.Wait(wait, size+1)
	if wait.Err() != nil {
		return ctx.Err()
	}
	return err
}

// gather has the latest checkpoint cosigned by this node and by every peer that is to
// be asked, and keeps what has come. size is that of the checkpoint; whole is false
// when a node has cosigned a larger size for another meanwhile, so that a later
// checkpoint is to be taken.
func (n *Node) gather(ctx context.Context) (size uint64, whole bool, err error) {
	own, c, err := n.checkpoint(ctx)
	if err != nil {
		return 0, false, err
	}
	lines, beyond, err := n.ask(ctx, own, c)
	if err == nil {
		err = n.keep(own, c, lines)
	}
	if err != nil || beyond <= c.Size {
		return c.Size, err == nil && lines[n.self.Name] != nil, err
	}
	wait, cancel := context.WithTimeout(ctx, followWait)
	defer cancel()
	if err := n.Ledger.Wait(wait, beyond); err != nil && wait.Err() == nil {
		return c.Size, false, err
	}
	return c.Size, false, nil
}

// checkpoint is this node's latest, with its own signature alone.
func (n *Node) checkpoint(ctx context.Context) ([]byte, merkle.Checkpoint, error) {
	b, err := n.Ledger.Checkpoint(ctx)
	if err != nil {
		return nil, merkle.Checkpoint{}, err
	}
	c, _, err := merkle.OpenCheckpoint(b, n.origin, note.Verifier(n.self.checkpoint))
	if err != nil {
		return nil, c, ledger.Wrap(err, ledger.Invalid, "the peers file names another checkpoint key of this node")
	}
	return b, c, nil
}

// ask collects signature lines, by the position of their node in the file. beyond is
// the largest size that a node cosigned already.
func (n *Node) ask(ctx context.Context, own []byte, c merkle.Checkpoint) (lines map[string][]byte, beyond uint64, err error) {
	var mu sync.Mutex
	var asking sync.WaitGroup
	lines = map[string][]byte{}
	take := func(p *Peer, line []byte, size uint64) {
		mu.Lock()
		defer mu.Unlock()
		beyond = max(beyond, size)
		if line != nil {
			lines[p.Name] = line
		}
	}
	for _, p := range n.askedFor {
		if s := p.look(); s.tries > 0 && n.Clock().Before(s.next) {
			continue
		}
		asking.Go(func() {
			line, size, err := n.askPeer(ctx, p, own, c)
			n.note(ctx, p, c, line != nil, err)
			take(p.Peer, line, size)
		})
	}
	line, size, err := n.askSelf(ctx, own, c)
	take(n.self, line, size)
	asking.Wait()
	return lines, beyond, err
}

// attempts is how often a witness is asked in a row that cosigned another size in
// between.
const attempts = 4

func (n *Node) askSelf(ctx context.Context, own []byte, c merkle.Checkpoint) (line []byte, beyond uint64, err error) {
	for range attempts {
		last, err := n.memory.Cosigned(n.origin)
		if err != nil {
			return nil, 0, err
		}
		if last.Size > c.Size {
			return nil, last.Size, nil
		}
		r, err := n.request(ctx, last.Size, own, c)
		if err != nil {
			return nil, 0, err
		}
		line, err := n.witness.Add(ctx, r)
		var moved *witness.Moved
		if !errors.As(err, &moved) {
			return line, 0, err
		}
	}
	return nil, 0, nil
}

func (n *Node) request(ctx context.Context, old uint64, own []byte, c merkle.Checkpoint) (witness.Request, error) {
	r := witness.Request{Old: old, Checkpoint: own}
	if old == 0 {
		return r, nil
	}
	var err error
	r.Proof, err = n.Ledger.Consistency(ctx, old, c.Size)
	return r, err
}

// askPeer returns the peer's signature line, checked; or, without an error, the larger
// size that it cosigned already.
func (n *Node) askPeer(ctx context.Context, p *remote, own []byte, c merkle.Checkpoint) (line []byte, beyond uint64, err error) {
	old := min(p.look().old, c.Size)
	for range attempts {
		r, err := n.request(ctx, old, own, c)
		if err != nil {
			return nil, 0, err
		}
		answer, err := n.addCheckpoint(ctx, p, r, c.Size)
		var moved *witness.Moved
		switch {
		case errors.As(err, &moved):
			old = moved.Size
			p.update(func(s *state) { s.old = old })
			if old > c.Size && p.outside && len(n.peers) == 0 {
				// Nobody else signs for this register: what the witness saw is lost here.
				return nil, old, &witness.Fork{Checkpoint: own, Size: c.Size, Err: fmt.Errorf("%s cosigned %d entries already", p.Name, old)}
			}
			if old > c.Size {
				return nil, old, nil
			}
			continue
		case err != nil:
			return nil, 0, err
		}
		if line, err = lineOf(answer, own, n.origin, p.cosigner); err == nil {
			p.update(func(s *state) { s.old = c.Size })
		}
		return line, 0, err
	}
	return nil, 0, ledger.Errorf(ledger.Unavailable, "%s cosigned for others all the time", p.Name)
}

// lineOf finds the line of a key in a witness's answer; lines of others are left.
func lineOf(answer, own []byte, origin string, key *merkle.Verifier) ([]byte, error) {
	_, opened, err := merkle.OpenCheckpoint(append(slices.Clone(own), answer...), origin, key)
	if err != nil {
		return nil, err
	}
	s := opened.Sigs[0]
	return []byte("— " + s.Name + " " + s.Base64 + "\n"), nil
}

// longestPause is how long a peer that failed again and again is left alone.
const longestPause = time.Minute

// pause doubles from a second on.
func pause(tries int, longest time.Duration) time.Duration {
	return min(time.Second<<min(tries-1, 16), longest)
}

// note keeps how a peer answered, and logs what has changed.
func (n *Node) note(ctx context.Context, p *remote, c merkle.Checkpoint, signed bool, err error) {
	if ctx.Err() != nil {
		return
	}
	problem, fork := problemOf(err)
	var before state
	p.update(func(s *state) {
		before = *s
		if signed {
			s.size, s.at = c.Size, ledger.TimeOf(n.Clock())
		}
		s.problem = problem
		if err == nil {
			s.tries = 0
			return
		}
		s.fork = s.fork || fork
		s.tries++
		s.next = n.Clock().Add(max(pause(s.tries, longestPause), n.Every))
	})
	switch {
	case fork && before.problem != problem:
		n.Log.Error("A PEER KNOWS ANOTHER HISTORY of this register than this node's", "peer", p.Name, "size", c.Size, "root", c.Root, "error", err)
	case err != nil && before.problem != problem:
		n.Log.Warn("a peer does not cosign", "peer", p.Name, "url", p.URL, "error", err)
	case err == nil && before.problem != "":
		n.Log.Info("a peer cosigns again", "peer", p.Name)
	}
}

// problemOf says what is wrong with a peer, in words that tell nothing of the network.
func problemOf(err error) (problem string, fork bool) {
	var forked *witness.Fork
	var refused errRefused
	switch {
	case err == nil:
		return "", false
	case errors.As(err, &forked):
		return "it knows another history of this register", true
	case errors.As(err, &refused):
		return "it " + refused.Error(), false
	case ledger.CodeOf(err) == ledger.Unauthenticated || ledger.CodeOf(err) == ledger.Invalid:
		return "its cosignature is not one of the key in the peers file", false
	case ledger.CodeOf(err) == ledger.Unavailable:
		return "it cosigned for others all the time", false
	}
	return "it cannot be reached", false
}

// keep makes the checkpoint with its cosignatures the latest.
func (n *Node) keep(own []byte, c merkle.Checkpoint, lines map[string][]byte) error {
	signed := slices.Clone(own)
	for i := range n.File.Nodes {
		signed = append(signed, lines[n.File.Nodes[i].Name]...)
	}
	for _, w := range n.outside {
		signed = append(signed, lines[w.Name]...)
	}
	before := n.cosigned.Load()
	if before.latest.size == c.Size && len(before.latest.note) > len(signed) {
		return nil // others were not asked again
	}
	now := cosigned{latest: checkpoint{signed, c.Size}, enough: before.enough}
	if len(lines) >= n.File.Quorum {
		now.enough = now.latest
		if err := n.memory.putSynced(noteKey, signed); err != nil {
			return err
		}
	}
	n.cosigned.Store(&now)
	return nil
}

// sleep waits, or returns the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
