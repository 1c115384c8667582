package merkle

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/ledger"
)

// Checkpoint says what a register's tree is at one size. Its text is the body of
// a C2SP tlog-checkpoint without extension lines.
type Checkpoint struct {
	Origin string      // names the log; the first line
	Size   uint64      // the number of leaves
	Root   ledger.Hash // the RFC 6962 root over them
}

// strict64 refuses stray bits after the last byte, so that a value has one
// spelling.
var strict64 = base64.StdEncoding.Strict()

// Text is what is signed: origin, size and root, each behind a line of its own.
func (c Checkpoint) Text() string {
	return c.Origin + "\n" + strconv.FormatUint(c.Size, 10) + "\n" + base64.StdEncoding.EncodeToString(c.Root[:]) + "\n"
}

// SignCheckpoint writes a checkpoint as a C2SP signed note, with one line a
// signer.
func SignCheckpoint(c Checkpoint, signers ...note.Signer) ([]byte, error) {
	if !validOrigin(c.Origin) {
		return nil, ledger.FieldErrorf(ledger.Invalid, "origin", "%q cannot be the first line of a checkpoint", c.Origin)
	}
	if len(signers) == 0 {
		return nil, ledger.Errorf(ledger.Invalid, "a checkpoint needs a signer")
	}
	b, err := note.Sign(&note.Note{Text: c.Text()}, signers...)
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "the checkpoint could not be signed")
	}
	return b, nil
}

// OpenCheckpoint reads what SignCheckpoint wrote for origin, and further
// signature lines that others added. At least one of keys must have signed it,
// and no signature under one of them may be wrong. The note's Sigs are those
// under keys, the rest is in UnverifiedSigs.
//
// It is stricter than the note format: every number and every base64 value has
// its one canonical spelling, no line appears twice, and there is nothing beside
// the three lines. The errors are Unauthenticated when the signatures are at
// fault and Invalid otherwise.
func OpenCheckpoint(b []byte, origin string, keys ...note.Verifier) (Checkpoint, *note.Note, error) {
	n, err := note.Open(b, note.VerifierList(keys...))
	var unsigned *note.UnverifiedNoteError
	var wrong *note.InvalidSignatureError
	switch {
	case errors.As(err, &unsigned):
		return Checkpoint{}, nil, ledger.Wrap(err, ledger.Unauthenticated, "none of the expected keys signed the checkpoint")
	case errors.As(err, &wrong):
		return Checkpoint{}, nil, ledger.Wrap(err, ledger.Unauthenticated, "a signature of the checkpoint is wrong")
	case err != nil:
		return Checkpoint{}, nil, ledger.Wrap(err, ledger.Invalid, "the checkpoint is not a signed note")
	}
	c, err := parseText(n.Text)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	if c.Origin != origin {
		return Checkpoint{}, nil, ledger.FieldErrorf(ledger.Invalid, "origin", "the checkpoint is of %q, not of %q", c.Origin, origin)
	}
	sigs := append(n.Sigs[:len(n.Sigs):len(n.Sigs)], n.UnverifiedSigs...)
	length := len(n.Text) + 1
	for _, s := range sigs {
		if _, err := strict64.DecodeString(s.Base64); err != nil {
			return Checkpoint{}, nil, ledger.Wrap(err, ledger.Invalid, "a signature line of the checkpoint is not canonical")
		}
		length += len("— ") + len(s.Name) + len(" ") + len(s.Base64) + len("\n")
	}
	if length != len(b) {
		return Checkpoint{}, nil, ledger.Errorf(ledger.Invalid, "a signature line of the checkpoint appears twice")
	}
	return c, n, nil
}

func parseText(text string) (Checkpoint, error) {
	bad := func(field, message string) (Checkpoint, error) {
		return Checkpoint{}, ledger.FieldErrorf(ledger.Invalid, field, "%s", message)
	}
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return bad("", "a checkpoint has three lines")
	}
	size, err := strconv.ParseUint(lines[1], 10, 64)
	if err != nil {
		return bad("size", "is not a decimal number")
	}
	root, err := strict64.DecodeString(lines[2])
	if err != nil || len(root) != len(ledger.Hash{}) {
		return bad("root", "is not the base64 of 32 bytes")
	}
	c := Checkpoint{Origin: lines[0], Size: size, Root: ledger.Hash(root)}
	if !validOrigin(c.Origin) {
		return bad("origin", "is not a line of text")
	}
	if c.Text() != text {
		return bad("", "the checkpoint is not in canonical form")
	}
	return c, nil
}

func validOrigin(s string) bool {
	for _, r := range s {
		if r < ' ' || r == 0x7f {
			return false
		}
	}
	return s != "" && utf8.ValidString(s)
}
