package peer

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

const (
	fetchers     = 4                // payloads on their way at once
	longestFetch = 10 * time.Minute // between two tries to get a payload
	maxProfile   = 1 << 20          // bytes of a profile that is looked into for its image
	lookBatches  = 20               // questions to a peer in one look around
)

// following goes through the entries for the payloads that they name. Where an
// organisation is hosted, and whether it is suspended, decides about past records too,
// so that a change of it makes it go through them once more.
func (n *Node) following(ctx context.Context) error {
	register := n.genesis.Register()
	height, err := n.memory.height()
	if err != nil {
		return err
	}
	if height > n.Ledger.Size() {
		height = 0
	}
	n.decided = height
	err = n.memory.list(missingPrefix, cid.Undef, func(id cid.Cid, value []byte) bool {
		n.queue.add(want{id: id, profile: len(value) == 1 && value[0] == 1})
		return true
	})
	if err != nil {
		return err
	}
	for {
		err := ledger.Follow(ctx, n.Ledger, height, func(entries []*ledger.Entry) error {
			return n.through(ctx, register, entries)
		})
		if !errors.Is(err, errOnceMore) {
			return err
		}
		height = 0
	}
}

var errOnceMore = errors.New("the past is decided about anew")

// through notes what the payloads of some entries are to this node. The read models
// that decide about them have to have come as far.
func (n *Node) through(ctx context.Context, register ledger.Hash, entries []*ledger.Entry) error {
	height := entries[len(entries)-1].Index + 1
	if err := errors.Join(n.Index.Wait(ctx, height), n.Catalog.Wait(ctx, height), n.Deals.Wait(ctx, height)); err != nil {
		return err
	}
	var c changes
	var missing []want
	for _, e := range entries {
		for _, id := range erasedBy(e) {
			c.forget(id)
		}
		for _, p := range n.Named(e) {
			id, err := content.Parse(p.CID)
			if err != nil {
				continue // the contract took it for something else
			}
			w, err := n.consider(ctx, &c, want{id: id, profile: p.Profile}, nil)
			if err != nil {
				return err
			}
			missing = append(missing, w...)
		}
	}
	again := slices.ContainsFunc(entries, func(e *ledger.Entry) bool { return n.moves(ctx, e) })
	if again {
		height = 0
	}
	if c.set == nil {
		c.set = map[string][]byte{}
	}
	c.set[heightKey] = binary.BigEndian.AppendUint64(slices.Clone(register[:]), height)
	if err := n.memory.apply(c); err != nil {
		return err
	}
	n.queue.add(missing...)
	if again {
		return errOnceMore
	}
	return nil
}

// moves reports whether an entry changes who hosts an organisation with a past, or
// whether it is suspended. Going through the past again, it is true only of those
// entries that came since.
func (n *Node) moves(ctx context.Context, e *ledger.Entry) bool {
	if e.Tx.Header.Contract != trace.RegistryContract || e.Index < n.decided {
		return false
	}
	switch e.Tx.Header.Action {
	case trace.ActionHost, trace.ActionStand:
	case trace.ActionAdmit:
		known := false
		for _, item := range e.Tx.Items {
			var a trace.Admission
			if trace.Decode(item.Data, &a) == nil {
				org, err := n.Index.Organisation(ctx, index.Viewer{}, a.Org.ID)
				known = known || err == nil && org.Entry < e.Index
			}
		}
		if !known {
			return false
		}
	default:
		return false
	}
	n.decided = n.Ledger.Size()
	return true
}

// erasedBy are the payloads that an entry erases.
func erasedBy(e *ledger.Entry) (list []cid.Cid) {
	if e.Tx.Header.Contract != trace.RegistryContract || e.Tx.Header.Action != trace.ActionErase {
		return nil
	}
	for _, item := range e.Tx.Items {
		var in trace.Erasure
		if trace.Decode(item.Data, &in) != nil {
			continue
		}
		if id, err := content.Parse(in.Payload); err == nil {
			list = append(list, id)
		}
	}
	return list
}

// consider notes what a payload is to this node, and the image in it when it is a
// profile. It returns what is to be fetched. An image may be had by whom its profile
// may be had by: in is the profile that names it, nil for what an entry names.
func (n *Node) consider(ctx context.Context, c *changes, w want, in *cid.Cid) ([]want, error) {
	here, erased, err := n.here(ctx, w.id)
	if err != nil || erased {
		return nil, err
	}
	judged := w.id
	if in != nil {
		judged = *in
	}
	if !here {
		ok, err := n.MayHave(ctx, n.self, judged)
		if err != nil || !ok {
			c.forget(w.id)
			return nil, err
		}
		flag := byte(0)
		if w.profile {
			flag = 1
		}
		c.put(missingPrefix, w.id, flag)
		return []want{w}, nil
	}
	prefix := alonePrefix
	for _, p := range n.peers {
		ok, err := n.MayHave(ctx, p.Peer, judged)
		if err != nil {
			return nil, err
		}
		if ok {
			prefix = oncePrefix
		}
	}
	c.forget(w.id)
	c.put(prefix, w.id, 0)
	if !w.profile {
		return nil, nil
	}
	image, err := n.imageIn(ctx, w.id)
	if err != nil || !image.Defined() {
		return nil, err
	}
	return n.consider(ctx, c, want{id: image}, &w.id)
}

// imageIn is the image that a profile names; undefined when there is none.
func (n *Node) imageIn(ctx context.Context, id cid.Cid) (cid.Cid, error) {
	r, size, err := n.Store.Open(ctx, id)
	if err != nil {
		if ledger.CodeOf(err) == ledger.NotFound { // erased meanwhile
			return cid.Undef, nil
		}
		return cid.Undef, err
	}
	defer r.Close()
	if size > maxProfile {
		return cid.Undef, nil
	}
	b, err := io.ReadAll(r)
	if err != nil {
		return cid.Undef, err
	}
	var p trace.Profile
	if json.Unmarshal(b, &p) != nil {
		return cid.Undef, nil
	}
	image, err := content.Parse(p.Image)
	if err != nil {
		return cid.Undef, nil
	}
	return image, nil
}

// fetching gets what is missing, one payload after the other.
func (n *Node) fetching(ctx context.Context) error {
	for {
		w, err := n.queue.take(ctx)
		if err != nil {
			return err
		}
		done, err := n.get(ctx, w)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return err
		case done:
			n.queue.done(w)
			continue
		}
		w.tries++
		w.at = time.Now().Add(pause(w.tries, longestFetch))
		n.queue.again(w)
	}
}

// get tries to get a payload from one peer after the other. It is done when the
// payload is here, or is not to come any more. The error is of this node's own stores.
func (n *Node) get(ctx context.Context, w want) (done bool, err error) {
	here, erased, err := n.here(ctx, w.id)
	if err != nil {
		return false, err
	}
	known, err := n.memory.get(missingPrefix + string(w.id.Bytes()))
	if erased || err != nil || known == nil { // erased, or no more for this node to have
		return true, err
	}
	if here {
		return true, n.welcome(ctx, w)
	}
	for _, p := range n.peers {
		err := n.fetch(ctx, p, w.id)
		switch {
		case ctx.Err() != nil:
			return false, ctx.Err()
		case err == nil:
			return true, n.welcome(ctx, w)
		case ledger.CodeOf(err) == ledger.Invalid:
			n.Log.Error("a peer gave another payload than it was asked for; it is not kept", "peer", p.Name, "cid", w.id.String(), "error", err)
		case ledger.CodeOf(err) == ledger.TooLarge:
			n.Log.Warn("a payload is larger than this node takes", "peer", p.Name, "cid", w.id.String(), "error", err)
		}
	}
	return false, nil
}

// welcome notes that a payload came, and goes after the image in it.
func (n *Node) welcome(ctx context.Context, w want) error {
	if w.profile {
		n.Index.Arrived(w.id.String())
		image, err := n.imageIn(ctx, w.id)
		if err != nil {
			return err
		}
		if image.Defined() {
			if err := n.Index.Pictured(w.id.String(), image.String()); err != nil {
				return err
			}
			var c changes
			more, err := n.consider(ctx, &c, want{id: image}, &w.id)
			if err == nil {
				err = n.memory.apply(c)
			}
			if err != nil {
				return err
			}
			n.queue.add(more...)
		}
	}
	var c changes
	c.forget(w.id) // what came from a peer is held twice
	if err := n.memory.apply(c); err != nil {
		return err
	}
	n.arrived.Add(1)
	return nil
}

// lookingAround asks the peers, from time to time, which of the payloads they hold
// that are known to be at this node only.
func (n *Node) lookingAround(ctx context.Context) error {
	var after cid.Cid
	for {
		var err error
		if after, err = n.lookAround(ctx, after); err != nil {
			return err
		}
		if err := sleep(ctx, n.Look); err != nil {
			return err
		}
	}
}

// lookAround asks about some payloads, those behind the CID first, and says where it
// stopped.
func (n *Node) lookAround(ctx context.Context, after cid.Cid) (cid.Cid, error) {
	for range lookBatches {
		var ids []cid.Cid
		err := n.memory.list(oncePrefix, after, func(id cid.Cid, _ []byte) bool {
			ids = append(ids, id)
			return len(ids) < MaxHeld
		})
		if err != nil || len(ids) == 0 {
			return cid.Undef, err
		}
		after = ids[len(ids)-1]
		var c changes
		for _, p := range n.peers {
			held, err := n.heldBy(ctx, p, ids)
			if ctx.Err() != nil {
				return after, ctx.Err()
			}
			if err != nil {
				n.Log.Debug("a peer does not say what it holds", "peer", p.Name, "error", err)
				continue
			}
			for _, id := range held {
				c.delete = append(c.delete, oncePrefix+string(id.Bytes()))
			}
		}
		if err := n.memory.apply(c); err != nil {
			return after, err
		}
	}
	return after, nil
}

func (n *Node) heldBy(ctx context.Context, p *remote, ids []cid.Cid) (held []cid.Cid, err error) {
	var question []string
	for _, id := range ids {
		question = append(question, id.String())
	}
	answer, err := n.whichHeld(ctx, p, question)
	if err != nil {
		return nil, err
	}
	for i, s := range question {
		if slices.Contains(answer, s) {
			held = append(held, ids[i])
		}
	}
	return held, nil
}
