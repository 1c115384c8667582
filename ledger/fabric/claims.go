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
	keys map[string]*claim
}

// claim is one key's: the first is who may change it, the others wait.
type claim struct{ turns []*turn }

// turn is a transaction's place. Its fields are under claims.mu.
type turn struct {
	keys  []string      // whose first it is
	waits string        // for which key it waits; "" when it waits for none
	mine  chan struct{} // closed when it became the first of that key
}

// take claims what a transaction writes. When others have claimed what it read, it
// gives back all it has, queues for one of these keys, and take returns false.
func (c *claims) take(t *turn, reads, writes []string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keys == nil {
		c.keys = make(map[string]*claim)
	}
	for _, key := range reads {
		if held := c.keys[key]; held != nil && held.turns[0] != t {
			c.give(t)
			t.waits, t.mine = key, make(chan struct{})
			// The key may have become free when t gave back what it had.
			if held = c.keys[key]; held == nil {
				held = new(claim)
				c.keys[key] = held
			}
			held.turns = append(held.turns, t)
			c.call(key)
			return false
		}
	}
	for _, key := range writes {
		if c.keys[key] == nil { // two that write unread do not spoil each other
			c.keys[key] = &claim{turns: []*turn{t}}
			t.keys = append(t.keys, key)
		}
	}
	return true
}

// wait returns when it is the transaction's turn, or false when the context ended
// first.
func (c *claims) wait(ctx context.Context, t *turn) bool {
	select {
	case <-t.mine:
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

func (c *claims) give(t *turn) {
	keys := t.keys
	if t.waits != "" {
		keys = append(keys, t.waits)
	}
	t.keys, t.waits = nil, ""
	for _, key := range keys {
		held := c.keys[key]
		held.turns = slices.DeleteFunc(held.turns, func(other *turn) bool { return other == t })
		if len(held.turns) == 0 {
			delete(c.keys, key)
			continue
		}
		c.call(key)
	}
}

// call tells a key's first, when it has waited for that.
func (c *claims) call(key string) {
	if t := c.keys[key].turns[0]; t.waits == key {
		t.waits, t.keys = "", append(t.keys, key)
		close(t.mine)
	}
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
