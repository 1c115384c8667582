package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/peer"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/ledger/witness"
)

// peerKey is where a request's context keeps which node sent it.
type peerKey struct{}

// maxPeerBody bounds what a node sends.
const maxPeerBody = 64 << 10

// identifyNode reads who signed a request of a node, and leaves its body to be read
// again.
func (s *server) identifyNode(c echo.Context) (*peer.Peer, error) {
	if s.Peers == nil {
		return nil, ledger.Errorf(ledger.Unauthenticated, "this node works alone; no other may ask it")
	}
	body, err := s.peerBody(c)
	if err != nil {
		return nil, err
	}
	return s.Peers.Authenticate(c.Request(), body)
}

// peerBody reads a body whole.
func (s *server) peerBody(c echo.Context) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, maxPeerBody))
	if err != nil {
		return nil, unreadable(err, "the body cannot be read")
	}
	c.Set(peerBodyKey, body)
	return body, nil
}

const peerBodyKey = "peer body"

// nodeOf is the node that sent a request which identifyNode let through.
func nodeOf(ctx context.Context) *peer.Peer {
	p, _ := ctx.Value(peerKey{}).(*peer.Peer)
	return p
}

// addCheckpoint is C2SP tlog-witness. Who asks is known by the checkpoint's signature
// alone.
func (s *server) addCheckpoint(c echo.Context) error {
	if s.Peers == nil {
		return ledger.Errorf(ledger.NotFound, "this node works alone and cosigns for no other")
	}
	body, err := s.peerBody(c)
	if err != nil {
		return err
	}
	line, err := s.Peers.Witness(c.Request().Context(), body)
	var moved *witness.Moved
	var fork *witness.Fork
	switch {
	case errors.As(err, &moved):
		return s.cosignedSize(c, moved.Size)
	case errors.As(err, &fork) && fork.SameSize:
		return s.cosignedSize(c, fork.Size)
	case errors.As(err, &fork):
		return c.String(http.StatusUnprocessableEntity, fork.Error()+"\n")
	case err != nil:
		return err
	}
	return c.Blob(http.StatusOK, "text/plain; charset=utf-8", line)
}

func (s *server) cosignedSize(c echo.Context, size uint64) error {
	return c.Blob(http.StatusConflict, peer.SizeType, append(strconv.AppendUint(nil, size, 10), '\n'))
}

// peerPayload gives a node a payload that it may have, as it is stored. What it may
// not have is not there.
func (s *server) peerPayload(c echo.Context) error {
	name, err := param(c, "cid")
	if err != nil {
		return err
	}
	id, err := content.Parse(name)
	if err != nil {
		return ledger.FieldErrorf(ledger.Invalid, "cid", "%q is not a CIDv1 of a payload", name)
	}
	ctx := c.Request().Context()
	ok, err := s.Peers.MayHave(ctx, nodeOf(ctx), id)
	if err != nil {
		return err
	}
	if !ok {
		return ledger.Errorf(ledger.NotFound, "there is no payload %s for you here", id)
	}
	r, size, key, err := s.Peers.Store.Copy(ctx, id)
	if err != nil {
		return err
	}
	defer r.Close()
	h := c.Response().Header()
	h.Set("Cache-Control", "no-store")
	h.Set(echo.HeaderContentType, echo.MIMEOctetStream)
	if key != nil {
		h.Set(echo.HeaderContentType, peer.SealedType)
		size += int64(len(key))
	}
	h.Set(echo.HeaderContentLength, strconv.FormatInt(size, 10))
	c.Response().WriteHeader(http.StatusOK)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	if key != nil {
		_, err = c.Response().Write(key[:])
	}
	if err == nil {
		_, err = io.Copy(c.Response(), r)
	}
	if err != nil {
		s.log().DebugContext(ctx, "a payload was not sent to its end", "cid", id.String(), "error", err)
		panic(http.ErrAbortHandler) // so that the other end does not take it for whole
	}
	return nil
}

// peerHeld tells a node which payloads are here, of those that it may have.
func (s *server) peerHeld(c echo.Context) error {
	body, _ := c.Get(peerBodyKey).([]byte)
	var question peer.Held
	if err := json.Unmarshal(body, &question); err != nil || len(question.CIDs) > peer.MaxHeld {
		return ledger.FieldErrorf(ledger.Invalid, "cids", "is a list of up to %d CIDs", peer.MaxHeld)
	}
	ctx := c.Request().Context()
	held, err := s.Peers.Held(ctx, nodeOf(ctx), question.CIDs)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, peer.Held{Held: held})
}

// ownPeers says with whom the node works, for everybody: it tells nothing that the
// nodes do not show by themselves.
func (s *server) ownPeers(ctx context.Context, _ *struct{}) (*ownBody[peer.Status], error) {
	if s.Peers == nil {
		return &ownBody[peer.Status]{peer.Status{Size: s.Ledger.Size(), Peers: []peer.PeerInfo{}}}, nil
	}
	status, err := s.Peers.Status()
	if err != nil {
		return nil, s.own(ctx, err)
	}
	return &ownBody[peer.Status]{status}, nil
}

// arrivals grows when payloads have come from other nodes.
func (s *server) arrivals() uint64 {
	if s.Peers == nil {
		return 0
	}
	return s.Peers.Arrivals()
}

// PayloadsOf lists the payloads that an entry names.
func PayloadsOf(e *ledger.Entry) []peer.Payload {
	var list []peer.Payload
	for _, n := range payloadsOf(e.Tx.Header.Contract, e.Tx.Header.Action, e.Tx.Items) {
		list = append(list, peer.Payload{CID: n.cid, Profile: n.profile})
	}
	for _, cid := range documentsOf(e.Tx.Header.Contract, e.Tx.Header.Action, e.Tx.Items) {
		list = append(list, peer.Payload{CID: cid})
	}
	return list
}
