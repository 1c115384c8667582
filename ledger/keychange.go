package ledger

import (
	"encoding/json"
	"fmt"
)

// The registry's action by which the operator puts another key in the place of one that
// signs checkpoints; one KeyChange.
const (
	KeyChangeContract = "registry"
	KeyChangeAction   = "checkpoint"
)

// KeyChange says which key signs checkpoints from its entry on. The one before signs
// none that covers the entry.
type KeyChange struct {
	Old string `json:"old"` // note verifier key
	New string `json:"new"` // note verifier key, which was never in use
	// Origin is the first line of the checkpoints from here on; that of before where it
	// is left out. A register that lost records goes on under another.
	Origin string `json:"origin,omitempty"`
	// Retired is given where Old is compromised: what the genesis's recovery key signed
	// of the last good tree (merkle.Retirement).
	Retired string `json:"retired,omitempty"`
	Reason  string `json:"reason"`
}

// Rotation is a KeyChange in its place.
type Rotation struct {
	Index uint64 // of its entry
	KeyChange
}

// Rotation is the change of the checkpoint key that an entry makes; false when it makes
// none.
func (e *Entry) Rotation() (Rotation, bool, error) {
	h := &e.Tx.Header
	if h.Contract != KeyChangeContract || h.Action != KeyChangeAction || len(e.Tx.Items) != 1 {
		return Rotation{}, false, nil
	}
	r := Rotation{Index: e.Index}
	if err := json.Unmarshal(e.Tx.Items[0].Data, &r.KeyChange); err != nil {
		return r, false, Wrap(err, Internal, fmt.Sprintf("the change of the checkpoint key at entry %d cannot be read", e.Index))
	}
	return r, true, nil
}
