package monitor

import (
	"fmt"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
	"github.com/sogoc/sogoc/ledger/receipt"
)

// Formats of what a monitor writes.
const (
	StateFormat    = "sogoc-monitor/1"
	EvidenceFormat = "sogoc-fork/1"
)

// State is what a monitor keeps between two looks.
type State struct {
	Format     string        `json:"format"`
	Trust      receipt.Trust `json:"trust"`
	Checkpoint string        `json:"checkpoint"` // the last that was verified; empty before the first
	Entries    uint64        `json:"entries"`    // how many, from the first on, were hashed again
}

// Encode writes the state's file.
func (s State) Encode() []byte {
	s.Format = StateFormat
	return receipt.EncodeFile(s)
}

// ParseState reads what Encode wrote. Its errors are Invalid.
func ParseState(b []byte) (State, error) {
	var s State
	if err := receipt.DecodeFile(b, &s); err != nil || s.Format != StateFormat {
		return s, ledger.Wrap(err, ledger.Invalid, "this is not the state of a monitor")
	}
	if s.Checkpoint != "" {
		trust := s.Trust
		trust.Quorum = 0
		if _, err := trust.Signatures([]byte(s.Checkpoint)); err != nil {
			return s, ledger.Wrap(err, ledger.Invalid, "the checkpoint that the monitor kept does not hold")
		}
	}
	return s, nil
}

// Evidence is two checkpoints that one log signed, the smaller one first, and how they
// contradict each other. Where they are of one size, their roots differ and there is
// nothing to add. Else Path is the RFC 6962 proof that the tree of Second starts with
// one of First's size and of the root Root, which is not First's.
type Evidence struct {
	Format string        `json:"format"`
	First  string        `json:"first"`
	Second string        `json:"second"`
	Root   ledger.Hash   `json:"root,omitzero"`
	Path   []ledger.Hash `json:"path,omitempty"`
}

// Encode writes the evidence's file.
func (e Evidence) Encode() []byte { return receipt.EncodeFile(e) }

// ParseEvidence reads what Encode wrote. Its errors are Invalid.
func ParseEvidence(b []byte) (e Evidence, err error) {
	if err := receipt.DecodeFile(b, &e); err != nil || e.Format != EvidenceFormat {
		return e, ledger.Wrap(err, ledger.Invalid, "this is not the evidence of a fork")
	}
	return e, nil
}

// Check returns nil when the evidence proves that keys of the trust file signed two
// histories. It needs no network. Errors are Invalid.
func (e Evidence) Check(trust receipt.Trust) error {
	trust.Quorum = 0
	first, err := trust.Signatures([]byte(e.First))
	if err != nil {
		return fmt.Errorf("the first checkpoint: %w", err)
	}
	second, err := trust.Signatures([]byte(e.Second))
	if err != nil {
		return fmt.Errorf("the second checkpoint: %w", err)
	}
	root := e.Root
	if first.Size == second.Size {
		root = second.Root
	} else if err := merkle.VerifyConsistency(first.Size, second.Size, e.Path, root, second.Root); err != nil {
		return err
	}
	if first.Size == 0 || root == first.Root {
		return ledger.Errorf(ledger.Invalid, "the checkpoints do not contradict each other")
	}
	return nil
}
