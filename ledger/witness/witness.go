// Package witness cosigns the checkpoints of logs: the rules of C2SP tlog-witness
// without their transport. Who serves it maps errors to statuses:
//
//	ledger.NotFound           404  the origin is of no log that the witness knows
//	ledger.Forbidden          403  none of the log's keys signed the checkpoint
//	ledger.Invalid            400  the request is malformed
//	*Moved                    409  the old size is not the one cosigned last
//	*Fork                     409 or 422  the log shows another past
//
// A witness that builds the log's tree itself, because it follows the same order,
// says so with Follow: it then also refuses what is consistent with the checkpoints
// before and yet not what it followed.
package witness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// Log is a log whose checkpoints are cosigned. Several keys may sign for one origin,
// as the nodes of one register do; they share one past.
type Log struct {
	Origin string
	Keys   []note.Verifier
}

// State is the largest checkpoint of a log that was cosigned.
type State struct {
	Size uint64
	Root ledger.Hash
}

// Memory keeps a state for each origin.
type Memory interface {
	// Cosigned returns the state, zero when nothing was cosigned.
	Cosigned(origin string) (State, error)
	// Keep replaces it, and is on disk when it returns.
	Keep(origin string, s State) error
}

// Config is what a witness needs. Cosigner and Memory are one's alone: no other
// witness may use either.
type Config struct {
	Cosigner *merkle.Cosigner
	Memory   Memory
	Logs     []Log
	// Follow returns the witness's own root of a log at a size, waiting for a short
	// while when it is not that far yet; Unavailable when it does not get there. Nil
	// means that the witness builds no tree.
	Follow func(ctx context.Context, origin string, size uint64) (ledger.Hash, error)
	Clock  func() time.Time // nil means time.Now
}

// Witness cosigns. It is for concurrent use.
type Witness struct {
	Config
	mu sync.Mutex // from the look at the memory to its change
}

// New makes a witness.
func New(c Config) *Witness {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	return &Witness{Config: c}
}

// Moved says that the witness cosigned another size last than the request assumes.
type Moved struct{ Size uint64 }

func (e *Moved) Error() string { return fmt.Sprintf("the size cosigned last is %d", e.Size) }

// Fork says that a checkpoint under one of the log's keys contradicts what the
// witness knows: one of both is not the log's past. Checkpoint is the evidence.
type Fork struct {
	Checkpoint []byte
	Size       uint64 // of the checkpoint
	SameSize   bool   // another root was cosigned for that very size
	Followed   bool   // the order that the witness followed itself gives another root
	Err        error
}

func (e *Fork) Error() string {
	switch {
	case e.SameSize:
		return fmt.Sprintf("another root was cosigned for %d entries", e.Size)
	case e.Followed:
		return fmt.Sprintf("the first %d entries that this node followed have another root", e.Size)
	}
	return fmt.Sprintf("the checkpoint of %d entries does not continue what was cosigned: %v", e.Size, e.Err)
}

func (e *Fork) Unwrap() error { return e.Err }

// Add cosigns the checkpoint of a request and returns the signature line. What it
// answers is remembered first: it never cosigns fewer entries than before, nor
// another past.
func (w *Witness) Add(ctx context.Context, r Request) ([]byte, error) {
	c, err := w.open(r)
	if err != nil {
		return nil, err
	}
	if err := w.follows(ctx, c, r); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	last, err := w.Memory.Cosigned(c.Origin)
	if err != nil {
		return nil, err
	}
	if err := continues(last, c, r); err != nil {
		return nil, err
	}
	line, err := w.Cosigner.Cosign(c, ledger.TimeOf(w.Clock()))
	if err != nil {
		return nil, err
	}
	if now := (State{c.Size, c.Root}); now != last {
		if err := w.Memory.Keep(c.Origin, now); err != nil {
			return nil, err
		}
	}
	return line, nil
}

// open checks the form of the checkpoint and who signed it.
func (w *Witness) open(r Request) (merkle.Checkpoint, error) {
	origin, _, _ := bytes.Cut(r.Checkpoint, []byte("\n"))
	for _, l := range w.Logs {
		if l.Origin != string(origin) {
			continue
		}
		c, _, err := merkle.OpenCheckpoint(r.Checkpoint, l.Origin, l.Keys...)
		if ledger.CodeOf(err) == ledger.Unauthenticated {
			return c, ledger.Wrap(errors.Unwrap(err), ledger.Forbidden, "the checkpoint is not signed by a key of the log")
		}
		if err != nil {
			return c, err
		}
		if r.Old > c.Size {
			return c, ledger.Errorf(ledger.Invalid, "the old size is larger than the checkpoint's")
		}
		return c, nil
	}
	return merkle.Checkpoint{}, ledger.Errorf(ledger.NotFound, "this witness knows no log of that origin")
}

// follows compares the checkpoint with the witness's own tree. A request that is too
// late anyway is not waited for.
func (w *Witness) follows(ctx context.Context, c merkle.Checkpoint, r Request) error {
	if w.Follow == nil {
		return nil
	}
	last, err := w.Memory.Cosigned(c.Origin)
	if err != nil {
		return err
	}
	if last.Size != r.Old {
		return &Moved{last.Size}
	}
	root, err := w.Follow(ctx, c.Origin, c.Size)
	if err != nil {
		return err
	}
	if root != c.Root {
		return &Fork{Checkpoint: r.Checkpoint, Size: c.Size, SameSize: c.Size == last.Size, Followed: true}
	}
	return nil
}

// continues checks that a checkpoint continues the one cosigned last.
func continues(last State, c merkle.Checkpoint, r Request) error {
	if last.Size != r.Old {
		return &Moved{last.Size}
	}
	if last.Size == 0 {
		last.Root = merkle.EmptyRoot
		if len(r.Proof) > 0 {
			return ledger.Errorf(ledger.Invalid, "there is no proof from size 0")
		}
	}
	if last.Size == c.Size && last.Root != c.Root {
		return &Fork{Checkpoint: r.Checkpoint, Size: c.Size, SameSize: true}
	}
	if err := merkle.VerifyConsistency(last.Size, c.Size, r.Proof, last.Root, c.Root); err != nil {
		return &Fork{Checkpoint: r.Checkpoint, Size: c.Size, Err: err}
	}
	return nil
}
