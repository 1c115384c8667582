package fabric

import (
	"context"
	"slices"
	"sync"

	"github.com/hyperledger/fabric-protos-go/ledger/rwset"
	"github.com/hyperledger/fabric-protos-go/ledger/rwset/kvrwset"
	"github.com/hyperledger/fabric-protos-go/peer"
)

// claims are which keys of the state this node's transactions are about to change.
// Fabric would invalidate a transaction that read what another one of its block, or
// of a block that the endorsers did not know, changes. So a transaction that read a
// claimed key is not sent: it waits for its turn, in the order of arrival, and is
// proposed again. Of many that change one thing each block then holds one, and none
// is spoilt; those that change different things never wait. Other nodes' transactions
// are not known here, and may spoil ours.
type claims struct {
	mu   sync.Mutex
	keys map[string][]*turn // the first is who may change it, the others wait
}

// turn is a transaction's place. Its fields are under claims.mu, but for called once
// it waits.
type turn struct {
	keys   []string      // whose first it is
	waits  string        // for which key it waits; "" when it waits for none
	reader bool          // it does not write the key that it waits for
	called chan struct{} // closed when it may be proposed again
}

// take claims what a transaction writes. When others have claimed what it read, it
// gives back all it has, queues for one of these keys, and take returns false.
func (c *claims) take(t *turn, reads, writes []string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keys == nil {
		c.keys = make(map[string][]*turn)
	}
	// What it does not write after all, as the key of the genesis once that is
	// written, none of those behind it may want to write.
	for _, key := range t.keys {
		if !slices.Contains(writes, key) {
			c.open(key)
		}
	}
	t.keys = slices.DeleteFunc(t.keys, func(key string) bool { return !slices.Contains(writes, key) })
	for _, key := range reads {
		if turns := c.keys[key]; len(turns) > 0 && turns[0] != t {
			c.give(t)
			t.waits, t.reader, t.called = key, !slices.Contains(writes, key), make(chan struct{})
			c.keys[key] = append(c.keys[key], t)
			return false
		}
	}
	for _, key := range writes {
		if len(c.keys[key]) == 0 { // two that write unread do not spoil each other
			c.keys[key] = []*turn{t}
			t.keys = append(t.keys, key)
		}
	}
	return true
}

// wait returns when it is the transaction's turn, or false when the context ended
// first.
func (c *claims) wait(ctx context.Context, t *turn) bool {
	select {
	case <-t.called:
		return true
	case <-ctx.Done():
		return false
	}
}

// leave gives back all that a transaction has claimed, and its place where it waits.
func (c *claims) leave(t *turn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.give(t)
}

// give takes a turn off all its keys.
func (c *claims) give(t *turn) {
	if key := t.waits; key != "" {
		c.keys[key] = slices.DeleteFunc(c.keys[key], func(other *turn) bool { return other == t })
		t.waits = ""
	}
	for _, key := range t.keys {
		c.next(key)
	}
	t.keys = nil
}

// next takes the first off a key, and calls those behind it that only read it, up to
// one that writes it, whose it is then.
func (c *claims) next(key string) {
	turns := c.keys[key][1:]
	for len(turns) > 0 && turns[0].reader {
		turns[0].call()
		turns = turns[1:]
	}
	if len(turns) == 0 {
		delete(c.keys, key)
		return
	}
	turns[0].call()
	turns[0].keys = append(turns[0].keys, key)
	c.keys[key] = turns
}

// open takes the first off a key, and calls everybody behind it.
func (c *claims) open(key string) {
	for _, t := range c.keys[key][1:] {
		t.call()
	}
	delete(c.keys, key)
}

func (t *turn) call() {
	t.waits = ""
	close(t.called)
}

// touched lists the keys of the chaincode's state that an endorsed transaction read
// and wrote.
func touched(payload []byte, chaincode string) (reads, writes []string, err error) {
	var response peer.ProposalResponsePayload
	var action peer.ChaincodeAction
	var sets rwset.TxReadWriteSet
	err = unmarshal(
		message{func() []byte { return payload }, &response},
		message{response.GetExtension, &action},
		message{action.GetResults, &sets})
	if err != nil {
		return nil, nil, err
	}
	for _, set := range sets.NsRwset {
		var kv kvrwset.KVRWSet
		if set.Namespace != chaincode {
			continue
		}
		if err := unmarshal(message{set.GetRwset, &kv}); err != nil {
			return nil, nil, err
		}
		for _, r := range kv.Reads {
			reads = append(reads, r.Key)
		}
		for _, w := range kv.Writes {
			writes = append(writes, w.Key)
		}
	}
	return reads, writes, nil
}
