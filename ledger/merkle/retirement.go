package merkle

import (
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/ledger"
)

// Retirement says that a checkpoint key is compromised, and which tree is the last that
// it is believed to have signed rightly. A register's recovery key, which lies offline,
// signs it as a note of these lines:
//
//	sogoc-retired/1
//	the key that is retired, a note verifier key
//	origin, size and root of the last good tree, as in a checkpoint
type Retirement struct {
	Key  string
	Good Checkpoint
}

const retirementFormat = "sogoc-retired/1"

// Text is what is signed.
func (r Retirement) Text() string { return retirementFormat + "\n" + r.Key + "\n" + r.Good.Text() }

// SignRetirement writes a retirement as a signed note.
func SignRetirement(r Retirement, recovery note.Signer) ([]byte, error) {
	if _, err := ParseVerifier(r.Key); err != nil {
		return nil, err
	}
	if !validOrigin(r.Good.Origin) {
		return nil, ledger.FieldErrorf(ledger.Invalid, "origin", "%q cannot be the first line of a checkpoint", r.Good.Origin)
	}
	b, err := note.Sign(&note.Note{Text: r.Text()}, recovery)
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "the retirement could not be signed")
	}
	return b, nil
}

// OpenRetirement reads what SignRetirement wrote under the recovery key, a note
// verifier key. Its errors are Invalid.
func OpenRetirement(b []byte, recovery string) (Retirement, error) {
	var r Retirement
	key, err := ParseVerifier(recovery)
	if err != nil {
		return r, ledger.Errorf(ledger.Invalid, "the register has no recovery key")
	}
	n, err := note.Open(b, note.VerifierList(key))
	if err != nil {
		return r, ledger.Wrap(err, ledger.Invalid, "the recovery key did not sign this")
	}
	format, rest, _ := strings.Cut(n.Text, "\n")
	r.Key, rest, _ = strings.Cut(rest, "\n")
	if format != retirementFormat {
		return r, ledger.Errorf(ledger.Invalid, "this is not the retirement of a key")
	}
	if _, err := ParseVerifier(r.Key); err != nil {
		return r, err
	}
	r.Good, err = parseText(rest)
	return r, err
}
