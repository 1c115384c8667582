package network

import (
	"context"
	"fmt"
	"time"
)

// Leader waits until an orderer leads and names it.
func (n *Network) Leader(ctx context.Context) (string, error) {
	for {
		if name := n.leader(ctx); name != "" {
			return name, nil
		}
		if err := sleep(ctx, 20*time.Millisecond); err != nil {
			return "", fmt.Errorf("the orderers have no leader: %w", err)
		}
	}
}

// leader names the orderer that says that it leads, "" when none does. It asks all
// at once and waits for no others: one that is paused answers nobody.
func (n *Network) leader(ctx context.Context) string {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	all := n.orderers()
	leads := make(chan string, len(all))
	for _, e := range all {
		go func() {
			name := ""
			if metrics(ctx, e).leads() {
				name = e.Name
			}
			leads <- name
		}()
	}
	for range all {
		if name := <-leads; name != "" {
			return name
		}
	}
	return ""
}

// awaitLeader returns when an orderer leads and every one knows of a leader: one
// that was just started refuses transactions until then.
func (n *Network) awaitLeader(ctx context.Context) error {
	if _, err := n.Leader(ctx); err != nil {
		return err
	}
	for _, e := range n.orderers() {
		for !metrics(ctx, e).led() {
			if err := sleep(ctx, 20*time.Millisecond); err != nil {
				return fmt.Errorf("%s knows of no leader: %w", e.Name, err)
			}
		}
	}
	return nil
}

// awaitHeight returns when everybody has the blocks that the highest has now, the
// last one excepted: an orderer that misses no more than that asks for it only when
// the next one comes, and can lead without it. One that is further behind cannot:
// were it next in turn to lead, the others would wait for it in vain.
func (n *Network) awaitHeight(ctx context.Context) error {
	all := n.orderers()
	for _, o := range n.organisations() {
		all = append(all, o.Peer)
	}
	var highest uint64
	for _, e := range all {
		highest = max(highest, metrics(ctx, e).height())
	}
	for _, e := range all {
		for metrics(ctx, e).height()+1 < highest {
			if err := sleep(ctx, 20*time.Millisecond); err != nil {
				return fmt.Errorf("%s is behind block %d: %w", e.Name, highest-1, err)
			}
		}
	}
	return nil
}
