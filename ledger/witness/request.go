package witness

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/sogoc/sogoc/ledger"
)

// MaxRequest is the largest body of a request, in bytes: the proof and a checkpoint
// with many signatures fit into it.
const MaxRequest = 64 << 10

const maxProof = 63 // lines

// Request is the body of add-checkpoint:
//
//	old 20852014
//	zero to 63 hashes of the consistency proof, in base64, one a line
//
//	the checkpoint, a signed note
type Request struct {
	Old        uint64        // size of the checkpoint that the witness is taken to have cosigned last
	Proof      []ledger.Hash // RFC 6962 consistency proof from there; empty when Old is 0
	Checkpoint []byte
}

// Encode writes the body.
func (r Request) Encode() []byte {
	b := append(strconv.AppendUint([]byte("old "), r.Old, 10), '\n')
	for _, h := range r.Proof {
		b = append(base64.StdEncoding.AppendEncode(b, h[:]), '\n')
	}
	return append(append(b, '\n'), r.Checkpoint...)
}

// ParseRequest reads a body; every number and hash has one spelling. It does not look
// into the checkpoint. Errors are Invalid.
func ParseRequest(b []byte) (Request, error) {
	var r Request
	head, checkpoint, ok := bytes.Cut(b, []byte("\n\n"))
	if !ok {
		return r, ledger.Errorf(ledger.Invalid, "the request has no empty line before the checkpoint")
	}
	lines := strings.Split(string(head), "\n")
	size, ok := strings.CutPrefix(lines[0], "old ")
	old, err := strconv.ParseUint(size, 10, 64)
	if !ok || err != nil || strconv.FormatUint(old, 10) != size {
		return r, ledger.Errorf(ledger.Invalid, "the first line is not \"old\" and a size")
	}
	if len(lines)-1 > maxProof {
		return r, ledger.Errorf(ledger.Invalid, "the proof has more than %d lines", maxProof)
	}
	r = Request{Old: old, Checkpoint: checkpoint}
	for _, line := range lines[1:] {
		h, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(h) != len(ledger.Hash{}) || strings.ContainsRune(line, '\r') {
			return Request{}, ledger.Errorf(ledger.Invalid, "a line of the proof is not the base64 of 32 bytes")
		}
		r.Proof = append(r.Proof, ledger.Hash(h))
	}
	return r, nil
}
