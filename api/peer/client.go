package peer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/ledger/witness"
)

// Addresses at a node, and how they answer.
const (
	WitnessPath = "/api/v1/witness/add-checkpoint"
	PayloadPath = "/api/v1/peers/payloads/" // + CID
	HeldPath    = "/api/v1/peers/held"

	// SizeType is the media type of the size that answers a witness's 409.
	SizeType = "text/x.tlog.size"
	// SealedType is that of a sealed payload: its key and then the ciphertext.
	SealedType = "application/vnd.sogoc.sealed"

	MaxHeld = 500 // CIDs in one question
)

const (
	shortWait = 15 * time.Second // for an answer of a few bytes
	longWait  = 5 * time.Minute  // for a payload
	maxAnswer = 1 << 20          // bytes of an answer that is not a payload
)

func newClient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.Proxy = nil
	t.MaxIdleConnsPerHost = fetchers + 2
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// send sends a request that this node signs.
func (n *Node) send(ctx context.Context, p *remote, method, path string, body []byte) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, p.address(path), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	sign(r, body, p.authority, n.Key, n.Clock())
	return n.do(ctx, p, r)
}

// do sends a request and notes whether it was answered.
func (n *Node) do(ctx context.Context, p *remote, r *http.Request) (*http.Response, error) {
	answer, err := n.Client.Do(r)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil, err
	}
	came := false
	p.update(func(s *state) {
		came = err == nil && s.asked && !s.up
		s.asked, s.up = true, err == nil
	})
	if came {
		n.queue.hurry()
	}
	return answer, err
}

// sendOutside sends a witness that is no node what it asks for: who this is, the
// checkpoint says.
func (n *Node) sendOutside(ctx context.Context, p *remote, body []byte) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.address("/add-checkpoint"), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "text/plain; charset=utf-8")
	return n.do(ctx, p, r)
}

// errRefused is a request that was answered with a status of its own.
type errRefused struct{ status int }

func (e errRefused) Error() string { return "answered with the status " + strconv.Itoa(e.status) }

// addCheckpoint asks a peer to cosign. It returns the lines of the answer, or
// *witness.Moved, or *witness.Fork when the peer says that it knows another history.
func (n *Node) addCheckpoint(ctx context.Context, p *remote, r witness.Request, size uint64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, shortWait)
	defer cancel()
	var answer *http.Response
	var err error
	if p.outside {
		answer, err = n.sendOutside(ctx, p, r.Encode())
	} else {
		answer, err = n.send(ctx, p, http.MethodPost, WitnessPath, r.Encode())
	}
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	switch answer.StatusCode {
	case http.StatusOK:
		return body, nil
	case http.StatusConflict:
		text, ok := strings.CutSuffix(string(body), "\n")
		moved, err := strconv.ParseUint(text, 10, 64)
		media, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type")) // none is none
		if !ok || err != nil || media != SizeType {
			return nil, errRefused{answer.StatusCode}
		}
		if moved == r.Old {
			return nil, &witness.Fork{Checkpoint: r.Checkpoint, Size: size, SameSize: true}
		}
		return nil, &witness.Moved{Size: moved}
	case http.StatusUnprocessableEntity:
		return nil, &witness.Fork{Checkpoint: r.Checkpoint, Size: size, Err: fmt.Errorf("says %s", p.Name)}
	}
	return nil, errRefused{answer.StatusCode}
}

// fetch gets a payload from a peer into the store. It is NotFound when the peer does
// not have it for this node, or it is erased here.
func (n *Node) fetch(ctx context.Context, p *remote, id cid.Cid) error {
	ctx, cancel := context.WithTimeout(ctx, longWait)
	defer cancel()
	answer, err := n.send(ctx, p, http.MethodGet, PayloadPath+id.String(), nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return ledger.Errorf(ledger.NotFound, "%s does not have %s for this node", p.Name, id)
	default:
		return errRefused{answer.StatusCode}
	}
	media, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if err != nil || media != SealedType {
		return n.Store.Adopt(ctx, id, answer.Body, nil)
	}
	var key content.Key
	if _, err := io.ReadFull(answer.Body, key[:]); err != nil {
		return err
	}
	return n.Store.Adopt(ctx, id, answer.Body, &key)
}

// Held is the body of the question who holds what, and of its answer.
type Held struct {
	CIDs []string `json:"cids,omitempty"`
	Held []string `json:"held,omitempty"`
}

// whichHeld asks a peer which of some payloads it holds.
func (n *Node) whichHeld(ctx context.Context, p *remote, ids []string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, shortWait)
	defer cancel()
	question, err := json.Marshal(Held{CIDs: ids})
	if err != nil {
		return nil, err
	}
	answer, err := n.send(ctx, p, http.MethodPost, HeldPath, question)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, errRefused{answer.StatusCode}
	}
	var held Held
	err = json.NewDecoder(io.LimitReader(answer.Body, maxAnswer)).Decode(&held)
	return held.Held, err
}
