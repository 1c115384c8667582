package account

import (
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

// A state is what a browser carries from the beginning of a ceremony (a passkey, a
// foreign provider) to its end: sealed, for a few minutes, good for one success. It
// is not stored, so beginning is free; only successes are remembered.
type state[T any] struct {
	Value T         `json:"value"`
	Until time.Time `json:"until"`
	Start [16]byte  `json:"start"` // of this process: what was spent before is not known
}

const (
	stateLife = 10 * time.Minute
	maxSpent  = 1 << 16
)

var start = func() (id [16]byte) {
	rand.Read(id[:])
	return id
}()

// spent are the states that were used, until they would have expired.
type spent struct {
	mu    sync.Mutex
	until map[[32]byte]time.Time
}

func seal[T any](s *Store, purpose string, value T) (string, error) {
	return s.vault.Seal(purpose, state[T]{value, s.time().Add(stateLife), start})
}

var errState = ledger.Errorf(ledger.Invalid, "this took too long or was begun elsewhere; begin again")

func unseal[T any](s *Store, purpose, text string) (T, error) {
	var x state[T]
	err := s.vault.Unseal(purpose, text, &x)
	if err == nil && (x.Start != start || !s.now().Before(x.Until)) {
		err = errState
	}
	return x.Value, err
}

// spend marks a state used, once.
func (s *Store) spend(text string) error {
	p, now := s.spent, s.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	key := sha256.Sum256([]byte(text))
	if _, used := p.until[key]; used {
		return errState
	}
	if len(p.until) >= maxSpent {
		for k, until := range p.until {
			if !now.Before(until) {
				delete(p.until, k)
			}
		}
		if len(p.until) >= maxSpent {
			return later(time.Minute, "many people are signing in just now; try again in a moment")
		}
	}
	p.until[key] = now.Add(stateLife)
	return nil
}
