package receipt

import (
	"errors"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// Signed is a checkpoint with those of its signatures that a trust file names. They
// hold.
type Signed struct {
	merkle.Checkpoint
	Keys      []Signature // by checkpoint keys, at least one
	Witnesses []Signature // by witnesses, at least as many as the quorum

	compromised *Former // set where no key signed that is not compromised
}

// ErrUnproven is wrapped by the error about what only a compromised key signed. Whoever
// has the key could have made it.
var ErrUnproven = errors.New("unproven")

// Open checks a checkpoint against what the trust file pins. Errors are Invalid.
func (t Trust) Open(checkpoint []byte) (Signed, error) {
	s, err := t.Signatures(checkpoint)
	if err == nil {
		err = s.proved(nil)
	}
	return s, err
}

// Signatures is Open that also takes what only a compromised key signed: it proves who
// signed it, and nothing of the register.
func (t Trust) Signatures(checkpoint []byte) (Signed, error) {
	known, err := t.verifiers()
	if err != nil {
		return Signed{}, ledger.Wrap(err, ledger.Invalid, "the trust file cannot be used")
	}
	return t.open(checkpoint, known)
}

func (t Trust) open(checkpoint []byte, known verifiers) (Signed, error) {
	origin := t.originOf(checkpoint)
	c, n, err := merkle.OpenCheckpoint(checkpoint, origin, known.all...)
	if ledger.CodeOf(err) == ledger.Unauthenticated {
		return Signed{}, &ledger.Error{Code: ledger.Invalid, Field: "checkpoint", Message: "signed by no key of the trust file, or wrongly", Err: err}
	}
	if err != nil {
		return Signed{}, because("checkpoint", err)
	}
	signed := Signed{Checkpoint: c}
	var refused error
	sound := false // a key signed that nobody else has
	for _, s := range n.Sigs {
		id := keyID{s.Name, s.Hash}
		key := known.named[id]
		by := Signature{Name: s.Name, Key: key.String()}
		if key.Algorithm() == merkle.Cosignature {
			by.Time = merkle.CosignatureTime(s)
		}
		former := known.former[id]
		switch {
		case known.witness[id]:
			signed.Witnesses = append(signed.Witnesses, by)
			continue
		case former == nil && origin != t.Origin:
			refused = refuse("checkpoint", "it is of %q, and its key signs for %q", origin, t.Origin)
			continue
		case former == nil:
		case origin != former.origin(t):
			refused = refuse("checkpoint", "it is of %q, and its key signed for %q", origin, former.origin(t))
			continue
		case c.Size > former.Until:
			refused = refuse("checkpoint", "it is of %d entries, and its key was replaced by entry %d", c.Size, former.Until)
			continue
		}
		signed.Keys = append(signed.Keys, by)
		if former != nil && former.Good != nil {
			signed.compromised = former
		} else {
			sound = true
		}
	}
	if sound {
		signed.compromised = nil
	}
	switch {
	case len(signed.Keys) == 0 && refused != nil:
		return signed, refused
	case len(signed.Keys) == 0:
		return signed, refuse("checkpoint", "signed by no key of the trust file")
	case len(signed.Witnesses) < t.Quorum:
		return signed, refuse("checkpoint", "signed by %d witnesses of the trust file, which asks for %d", len(signed.Witnesses), t.Quorum)
	}
	return signed, nil
}

// originOf is the origin that a checkpoint is to be of: the register's, or that of a key
// of before when it says so.
func (t Trust) originOf(checkpoint []byte) string {
	first, _, _ := strings.Cut(string(checkpoint), "\n")
	for i := range t.Former {
		if t.Former[i].origin(t) == first {
			return first
		}
	}
	return t.Origin
}

func (f *Former) origin(t Trust) string {
	if f.Origin != "" {
		return f.Origin
	}
	return t.Origin
}

// proved refuses what only a compromised key signed, unless a witness saw it or its tree
// is the beginning of the last good one, by a path.
func (s Signed) proved(past []ledger.Hash) error {
	if s.compromised == nil || len(s.Witnesses) > 0 {
		return nil
	}
	good := s.compromised.Good
	err := merkle.VerifyConsistency(s.Size, good.Size, past, s.Root, good.Root)
	if err == nil {
		return nil
	}
	return &ledger.Error{Code: ledger.Invalid, Field: "checkpoint", Message: "its key was compromised, no witness cosigned it, and nothing shows that its tree is the beginning of the last good one",
		Err: errors.Join(ErrUnproven, err)}
}
