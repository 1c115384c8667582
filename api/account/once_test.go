package account

import (
	"sync"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

// TestSignOnce: an action is one transaction, whoever asks for it at the same time and
// after a restart, until that can be ordered no more.
func TestSignOnce(t *testing.T) {
	s := open(t)
	id, _ := s.keep(t)
	other, _ := s.keep(t)
	sign := func(id *Identity, action, fact string) (ledger.TxID, error) {
		tx, err := s.SignOnce(t.Context(), id, action, "traceability", "capture", "words", []ledger.Item{ledger.NewItem([]byte(fact))})
		if err != nil {
			return ledger.TxID{}, err
		}
		txID, signer, err := tx.Check(register)
		must(t, err)
		if signer != id.Address {
			t.Errorf("signed by %s", signer)
		}
		return txID, nil
	}
	first, err := sign(id, "urn:uuid:1", `{"a":1}`)
	must(t, err)
	var racing sync.WaitGroup
	for range 8 {
		racing.Go(func() {
			if got, err := sign(id, "urn:uuid:1", `{"a":1}`); err != nil || got != first {
				t.Errorf("%s, %v; want %s", got, err, first)
			}
		})
	}
	racing.Wait()
	s = s.restart(t)
	id, err = s.Identity(id.Address)
	must(t, err)
	if got, err := sign(id, "urn:uuid:1", `{"a":1}`); err != nil || got != first {
		t.Errorf("after a restart: %s, %v; want %s", got, err, first)
	}
	_, err = sign(id, "urn:uuid:1", `{"a":2}`)
	fails(t, err, ledger.Unavailable)
	for name, x := range map[string]struct {
		id     *Identity
		action string
	}{"another action": {id, "urn:uuid:2"}, "another member": {other, "urn:uuid:1"}} {
		if got, err := sign(x.id, x.action, `{"a":1}`); err != nil || got == first {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	s.clock.pass(TxLifetime + 2*time.Second)
	if got, err := sign(id, "urn:uuid:1", `{"a":2}`); err != nil || got == first {
		t.Errorf("once it can be ordered no more: %s, %v", got, err)
	}
}
