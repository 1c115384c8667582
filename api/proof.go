package api

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/receipt"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace/index"
)

// proofs is what the receipt of an entry is built from: the ledger, with the
// checkpoint that the other nodes cosigned where it covers the entry, and where the
// read model found a key's enrolment.
type proofs struct {
	Ledger
	server *server
	entry  uint64
}

func (p proofs) Checkpoint(ctx context.Context) ([]byte, error) {
	if p.server.Peers != nil {
		if b := p.server.Peers.Covering(p.entry); b != nil {
			return b, nil
		}
	}
	return p.Ledger.Checkpoint(ctx)
}

func (p proofs) EnrolmentOf(ctx context.Context, key ledger.Address, before uint64) (uint64, int, error) {
	k, err := p.server.Index.Key(ctx, key)
	if err != nil {
		return 0, 0, err
	}
	if k.Entry >= before {
		return 0, 0, ledger.Errorf(ledger.NotFound, "the key %s was not on the register then", key)
	}
	return k.Entry, k.Item, nil
}

// entry reads the ledger entry that a path parameter names, by its position or by
// its transaction's identifier.
func (s *server) entry(c echo.Context, name string) (*ledger.Entry, error) {
	v, err := param(c, name)
	if err != nil {
		return nil, err
	}
	ctx := c.Request().Context()
	n, err := strconv.ParseUint(v, 10, 64)
	if err != nil || len(v) == 2*len(ledger.Hash{}) {
		id, err := ledger.ParseHash(v)
		if err != nil {
			return nil, ledger.FieldErrorf(ledger.Invalid, name, "%q is neither a position in the register nor a transaction's identifier", v)
		}
		if n, err = s.Ledger.Find(ctx, id); err != nil {
			return nil, err
		}
	}
	return s.Ledger.Entry(ctx, n)
}

// receipt writes the proof of one item of an entry, for whom may read the item.
func (s *server) receipt(c echo.Context) error {
	e, err := s.entry(c, "entry")
	if err != nil {
		return err
	}
	item := 0
	if v := c.QueryParam("item"); v != "" {
		if item, err = strconv.Atoi(v); err != nil || item < 0 {
			return ledger.FieldErrorf(ledger.Invalid, "item", "is a number from 0")
		}
	}
	ctx := c.Request().Context()
	if err := s.mayRead(ctx, viewerOf(ctx), e, item); err != nil {
		return err
	}
	r, err := receipt.Build(ctx, proofs{s.Ledger, s, e.Index}, e.Index, item)
	if err != nil {
		return err
	}
	name := "sogoc-" + strconv.FormatUint(e.Index, 10) + "-" + strconv.Itoa(item) + ".receipt.json"
	c.Response().Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	return reply(c, http.StatusOK, echo.MIMEApplicationJSON, newBody(r.Encode()))
}

// mayRead refuses an item that the viewer may not read, and one that is not there, in
// the same words.
func (s *server) mayRead(ctx context.Context, v index.Viewer, e *ledger.Entry, item int) error {
	if e.Tx.Header.Contract == market.TradeContract {
		var out market.TradeOutcome
		if err := json.Unmarshal(e.Outcome, &out); err != nil {
			return err
		}
		if parties := out.Parties(); len(parties) > 0 && !slices.ContainsFunc(parties, v.ActsFor) {
			item = -1
		}
	}
	return s.Index.MayRead(ctx, v, e, item)
}

// checkpointAge is for how many seconds a checkpoint may be taken for the latest.
const checkpointAge = "2"

// checkpoint writes the latest checkpoint, with the cosignatures that it has.
func (s *server) checkpoint(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "public, max-age="+checkpointAge)
	size := s.Ledger.Size()
	if s.Peers != nil && size > 0 {
		if b := s.Peers.Covering(size - 1); b != nil {
			return c.Blob(http.StatusOK, "text/plain; charset=utf-8", b)
		}
	}
	b, err := s.Ledger.Checkpoint(c.Request().Context())
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "text/plain; charset=utf-8", b)
}

// pinned is the trust file after some changes of checkpoint keys.
type pinned struct {
	changes int
	receipt.Trust
}

// trust is the trust file as the register's keys are now.
func (s *server) trust() receipt.Trust {
	changes := s.Ledger.Rotations()
	if t := s.trusted.Load(); t != nil && t.changes == len(changes) {
		return t.Trust
	}
	t, err := s.Trust.Succeed(s.Ledger.Genesis().Recovery, changes...)
	if err != nil { // a key that the peers file names for another purpose
		s.Log.Error("the trust file does not follow the register's checkpoint keys", "err", err)
		t = s.Trust
	}
	s.trusted.Store(&pinned{len(changes), t})
	return t
}

func (s *server) trustFile(c echo.Context) error {
	c.Response().Header().Set("Content-Disposition", `attachment; filename="sogoc-trust.json"`)
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, s.trust().Encode())
}

// health is what healthz and readyz answer.
type health struct {
	OK    bool   `json:"ok"`
	Size  uint64 `json:"size"`            // entries on the ledger
	Lag   uint64 `json:"lag"`             // entries that a read model is behind
	Alarm string `json:"alarm,omitempty"` // why the ledger is followed no further
	// ReadOnly says why nothing can be recorded.
	ReadOnly string `json:"readOnly,omitempty"`
}

// healthz says that the process answers, and why it should not be relied on.
func (s *server) healthz(c echo.Context) error {
	h := s.health()
	h.OK = true
	return c.JSON(http.StatusOK, h)
}

func (s *server) health() health {
	size := s.Ledger.Size()
	h := health{Size: size, Lag: max(size-min(size, s.Index.Height()), size-min(size, s.Catalog.Height()), size-min(size, s.Deals.Height()))}
	if err := s.Alarm(); err != nil {
		h.Alarm = asError(err).Message
	}
	if err := s.Writable(); err != nil {
		h.ReadOnly = asError(err).Message
	}
	return h
}

// maxLag is how far a read model may be behind before the node is not ready.
const maxLag = 10_000

// readyz says whether the node can do its work: the ledger signs, can be written to and
// followed, and the read models keep up.
func (s *server) readyz(c echo.Context) error {
	_, err := s.Ledger.Checkpoint(c.Request().Context())
	h, code := s.health(), http.StatusOK
	if err != nil || h.Lag > maxLag || h.Alarm != "" || h.ReadOnly != "" {
		code = http.StatusServiceUnavailable
	}
	h.OK = code == http.StatusOK
	return c.JSON(code, h)
}
