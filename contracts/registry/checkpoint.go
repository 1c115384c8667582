package registry

import (
	"encoding/base64"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// What a checkpoint key is to the register.
const (
	signsNow   = "signs"
	signedOnce = "signed" // it was replaced, and never comes back
)

// checkpoint puts another key in the place of one that signs checkpoints. The key that a
// node began with is on no register before it is replaced.
func (a *action) checkpoint(in ledger.KeyChange) error {
	if err := a.operator(); err != nil {
		return err
	}
	before, err := signsCheckpoints("old", in.Old)
	if err != nil {
		return err
	}
	after, err := signsCheckpoints("new", in.New)
	if err != nil {
		return err
	}
	origin, err := a.origin(in.Origin)
	if err != nil {
		return err
	}
	if after.Name() != origin {
		return ledger.FieldErrorf(ledger.Invalid, "new", "the key is named %q; checkpoints are of %q", after.Name(), origin)
	}
	switch was, err := a.Get(keyOf(before)); {
	case err != nil:
		return err
	case string(was) == signedOnce:
		return ledger.FieldErrorf(ledger.Conflict, "old", "was replaced before")
	}
	switch was, err := a.Get(keyOf(after)); {
	case err != nil:
		return err
	case was != nil || after.Public() == before.Public():
		return ledger.FieldErrorf(ledger.Conflict, "new", "was in use before")
	}
	if err := a.retires(in); err != nil {
		return err
	}
	if err := reason(in.Reason); err != nil {
		return err
	}
	a.Put(keyOf(before), []byte(signedOnce))
	a.Put(keyOf(after), []byte(signsNow))
	if in.Origin != "" {
		a.Put(originKey, []byte(in.Origin))
	}
	return nil
}

// origin is the one of checkpoints from here on; next is empty where it stays.
func (a *action) origin(next string) (string, error) {
	b, err := a.Get(originKey)
	if err != nil {
		return "", err
	}
	now := string(b)
	if b == nil {
		g, err := genesis(a)
		if err != nil {
			return "", err
		}
		now = g.Origin
	}
	switch next {
	case "":
		return now, nil
	case now:
		return "", ledger.FieldErrorf(ledger.Conflict, "origin", "is so already")
	}
	return next, nil
}

// retires checks what the recovery key says of a key that is compromised.
func (a *action) retires(in ledger.KeyChange) error {
	if in.Retired == "" {
		return nil
	}
	g, err := genesis(a)
	if err != nil {
		return err
	}
	if g.Recovery == "" {
		return ledger.FieldErrorf(ledger.Conflict, "retired", "the register was founded without a recovery key, so nobody can say what the last good tree was")
	}
	r, err := merkle.OpenRetirement([]byte(in.Retired), g.Recovery)
	if err != nil {
		return ledger.FieldErrorf(ledger.Invalid, "retired", "%v", err)
	}
	if r.Key != in.Old {
		return ledger.FieldErrorf(ledger.Invalid, "retired", "is of the key %s", r.Key)
	}
	return nil
}

func signsCheckpoints(field, vkey string) (*merkle.Verifier, error) {
	v, err := merkle.ParseVerifier(vkey)
	if err != nil || v.Algorithm() != merkle.Ed25519 {
		return nil, ledger.FieldErrorf(ledger.Invalid, field, "%q is not a note verifier key of Ed25519", vkey)
	}
	return v, nil
}

func keyOf(v *merkle.Verifier) string {
	return checkpointKey + base64.StdEncoding.EncodeToString([]byte(v.Public()))
}
