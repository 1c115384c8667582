package fabric

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hyperledger/fabric-protos-go/peer"

	"github.com/sogoc/sogoc/ledger"
)

// Submit implements ledger.Submitter.
func (l *Ledger) Submit(ctx context.Context, tx ledger.Tx) (*ledger.Entry, error) {
	select {
	case l.places <- struct{}{}:
		defer func() { <-l.places }()
	default:
		return nil, ledger.Errorf(ledger.Unavailable, "too many transactions are waiting")
	}
	id, _, err := tx.Check(l.register)
	if err != nil {
		return nil, err
	}
	if err := context.Cause(l.ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, l.config.GiveUp, errGaveUp)
	defer cancel()
	stopped := context.AfterFunc(l.ctx, cancel)
	defer stopped()
	s := submission{l: l, id: id, packed: ledger.Pack(tx.Encode())}
	defer l.claims.leave(&s.turn)
	return s.run(ctx)
}

var errGaveUp = errors.New("given up")

// submission is a transaction on its way.
type submission struct {
	l      *Ledger
	id     ledger.TxID
	packed []byte
	after  []byte // the transaction that peers must have applied; nil when any state will do

	turn turn  // among those that change the same things
	last error // why it was not ordered the last time
}

func (s *submission) run(ctx context.Context) (*ledger.Entry, error) {
	const first, longest = 10 * time.Millisecond, time.Second
	for pause := first; ; pause = min(2*pause, longest) {
		if e, err := s.known(ctx); e != nil || err != nil {
			return e, err
		}
		err := s.propose(ctx)
		var refused *refusal
		switch {
		case err == nil:
			if e, err := s.known(ctx); e != nil || err != nil {
				return e, err
			}
			return nil, ledger.Errorf(ledger.Internal, "the transaction is valid on the channel and has no entry")
		case errors.As(err, &refused) && refused.Ordered:
			err = errBehind
		case errors.As(err, &refused) && refused.Code != ledger.Unavailable:
			confirmed, err := s.confirmed(ctx)
			if err != nil {
				return nil, err
			}
			if confirmed {
				return nil, refused.error()
			}
			continue
		case errors.Is(err, errClaimed):
			if s.last = err; !s.l.claims.wait(ctx, &s.turn) {
				return nil, s.gaveUp(ctx)
			}
			pause = first
			continue
		}
		s.last = err
		s.l.log.Debug("a transaction is proposed again", "tx", s.id, "pause", pause, "err", err)
		select {
		case <-time.After(pause/2 + rand.N(pause/2)):
		case <-ctx.Done():
			return nil, s.gaveUp(ctx)
		}
	}
}

// known gives the entry when the transaction is on this node's disk.
func (s *submission) known(ctx context.Context) (*ledger.Entry, error) {
	index, err := s.l.Find(ctx, s.id)
	if ledger.CodeOf(err) == ledger.NotFound && err != nil {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return s.l.Entry(ctx, index)
}

// confirmed reports whether the refusal that just came was made over a state that
// had everything that this node knew then. If not, the next one will be.
func (s *submission) confirmed(ctx context.Context) (bool, error) {
	if s.after != nil {
		return true, nil
	}
	last, ok, err := s.l.last(ctx)
	if !ok || err != nil {
		return true, err
	}
	s.after = last[:]
	return false, nil
}

// gaveUp is the answer when the time is over.
func (s *submission) gaveUp(ctx context.Context) error {
	cause := context.Cause(ctx)
	switch {
	case s.l.ctx.Err() != nil:
		return context.Cause(s.l.ctx)
	case !errors.Is(cause, errGaveUp):
		return ledger.Wrap(cause, ledger.Unavailable, "the caller gave up waiting")
	case errors.Is(s.last, errInvalidated), errors.Is(s.last, errClaimed):
		return ledger.Wrap(s.last, ledger.Conflict, "others kept changing what the transaction changes; it was not recorded")
	}
	var refused *refusal
	if errors.As(s.last, &refused) {
		return refused.error()
	}
	return ledger.Wrap(s.last, ledger.Unavailable, "the network did not order the transaction in time; it may be sent again")
}

// Why a transaction that was proposed is not on disk.
var (
	errInvalidated = errors.New("another transaction changed what it had read")
	errClaimed     = errors.New("another transaction of this node is about to change what it had read")
	errBehind      = errors.New("this node has not followed so far yet")
	errNoAnswer    = errors.New("no block with it came in time")
)

// propose has the transaction endorsed, ordered and found in a block.
func (s *submission) propose(ctx context.Context) error {
	w, err := s.l.writer()
	if err != nil {
		return err
	}
	args := [][]byte{[]byte(submitFunction), s.packed}
	if s.after != nil {
		args = append(args, s.after)
	}
	p := w.propose(s.l.config.Clock(), args)
	action, err := w.endorse(ctx, p)
	if err != nil {
		return err
	}
	reads, writes, err := touched(action.ProposalResponsePayload, w.profile.Chaincode)
	if err != nil {
		return err
	}
	if !s.l.claims.take(&s.turn, reads, writes) {
		return errClaimed
	}
	return s.l.commit(ctx, w, p, action)
}

// commit has what was endorsed ordered and found in a block. The SDK's own way of
// waiting for that is a second stream of blocks, which takes a transaction for
// committed before this node has it.
func (l *Ledger) commit(ctx context.Context, w *writer, p proposal, action *peer.ChaincodeEndorsedAction) error {
	tx, err := w.transaction(p, action)
	if err != nil {
		return err
	}
	told := l.commits.expect(p.txID)
	defer l.commits.forget(p.txID)
	if err := w.broadcast(ctx, tx); err != nil {
		return fmt.Errorf("no orderer took the transaction: %w", err)
	}
	timeout := time.NewTimer(l.config.CommitWait)
	defer timeout.Stop()
	select {
	case code := <-told:
		switch code {
		case peer.TxValidationCode_VALID:
			return nil
		case peer.TxValidationCode_MVCC_READ_CONFLICT, peer.TxValidationCode_PHANTOM_READ_CONFLICT:
			return errInvalidated
		}
		return fmt.Errorf("the peers found the transaction invalid: %s", code)
	case <-timeout.C:
		return errNoAnswer
	case <-ctx.Done():
		return ctx.Err()
	}
}

// commits are who waits for which of Fabric's transactions.
type commits struct {
	mu      sync.Mutex
	waiting map[string]chan peer.TxValidationCode
	invalid atomic.Uint64 // of all transactions of the channel that were followed
}

// Invalidated is how many transactions the channel's peers found invalid in the
// blocks that were followed since the ledger was opened, whoever sent them.
func (l *Ledger) Invalidated() uint64 { return l.commits.invalid.Load() }

func (c *commits) expect(txID string) <-chan peer.TxValidationCode {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting == nil {
		c.waiting = make(map[string]chan peer.TxValidationCode)
	}
	told := make(chan peer.TxValidationCode, 1)
	c.waiting[txID] = told
	return told
}

func (c *commits) forget(txID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, txID)
}

func (c *commits) tell(verdicts []verdict) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, v := range verdicts {
		if v.code != peer.TxValidationCode_VALID {
			c.invalid.Add(1)
		}
		if told, ok := c.waiting[v.txID]; ok {
			told <- v.code
			delete(c.waiting, v.txID)
		}
	}
}

// refusal is an error of the contracts as chaincode sends it: see
// contracts/chaincode.
type refusal struct {
	Code    ledger.Code `json:"code"`
	Field   string      `json:"field"`
	Message string      `json:"message"`
	Ordered bool        `json:"ordered"`
}

const refusalPrefix = "sogoc:"

func (r *refusal) Error() string { return r.error().Error() }
func (r *refusal) error() error {
	return &ledger.Error{Code: r.Code, Field: r.Field, Message: r.Message}
}

// understand finds the contracts' refusal in what the SDK says.
func understand(err error) error {
	if r := parseRefusal(err.Error()); r != nil {
		return r
	}
	return err
}

// parseRefusal reads the first refusal in a text; nil when there is none.
func parseRefusal(text string) *refusal {
	for {
		_, rest, ok := strings.Cut(text, refusalPrefix)
		if !ok {
			return nil
		}
		r := new(refusal)
		if err := json.NewDecoder(strings.NewReader(rest)).Decode(r); err == nil && r.Code != "" && r.Message != "" {
			return r
		}
		text = rest
	}
}
