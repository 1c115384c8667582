package embedded

import (
	"context"
	"fmt"

	"github.com/sogoc/sogoc/ledger"
)

// StateDigest is a SHA-256 over everything that contracts wrote, which two ledgers
// of the same entries agree on: see ledger.AppendPair.
func (l *Ledger) StateDigest(context.Context) (digest ledger.Hash, err error) {
	err = l.order.WhileOpen(func() error {
		digest, err = l.state.digest()
		return err
	})
	return digest, err
}

// Get reads one key of the state as it is on disk; nil when it is absent.
func (l *Ledger) Get(_ context.Context, key string) (value []byte, err error) {
	err = l.order.WhileOpen(func() error {
		if value, err = l.state.get(contractKey(key)); err != nil {
			return fmt.Errorf("key %s: %w", key, err)
		}
		return nil
	})
	return value, err
}
