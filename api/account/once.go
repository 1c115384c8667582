package account

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// Signed says that a transaction was signed for an action which has an identifier of
// its own, and is perhaps not on the register yet.
type Signed struct {
	Action string    `json:"action"` // the identifier
	At     time.Time `json:"at"`
}

type signedRecord struct {
	Signed
	Tx ledger.Tx `json:"tx"`
}

func signedKey(account ledger.ID, action string) []byte {
	return accountKey(account, signedKind, sum([]byte(action))...)
}

// signedKept is how long a signed transaction is kept after it has expired: no clock
// of a ledger is that far behind.
const signedKept = time.Hour

// SignOnce signs as [Identity.Sign] does, and keeps what it signed until nobody can
// order it any more: until then the same action of the same member is the same
// transaction, also after a crash, so that the ledger knows it again. It is Unavailable
// while something else is under way as the same action.
func (s *Store) SignOnce(_ context.Context, id *Identity, action, contract, name, summary string, items []ledger.Item) (tx ledger.Tx, err error) {
	key := signedKey(id.Account, id.Member.String()+" "+action)
	err = s.vault.Update(func(t *vault.Tx) error {
		kept, ok, err := get[signedRecord](t, key)
		if err != nil {
			return err
		}
		if ok && s.now().Unix() <= int64(kept.Tx.Header.Expiry) {
			if !slices.EqualFunc(kept.Tx.Items, items, sameData) {
				return ledger.FieldErrorf(ledger.Unavailable, "event", "it is being recorded in other words just now; try again in a few minutes")
			}
			tx = kept.Tx
			return nil
		}
		if tx, err = id.Sign(contract, name, summary, items); err != nil {
			return err
		}
		until := time.Unix(int64(tx.Header.Expiry), 0).Add(signedKept)
		return t.PutUntil(key, signedRecord{Signed{action, s.time()}, tx}, until)
	})
	return tx, err
}

func sameData(a, b ledger.Item) bool { return bytes.Equal(a.Data, b.Data) }
