package api

import (
	"context"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace/index"
)

// access says who may call a route at all; what they then see and do is for the
// services and the contracts to judge.
type access int

const (
	anyone access = iota
	member        // a token of a member at this node
	node          // the signature of a node of this register
)

// identityKey is where a request's context keeps who called.
type identityKey struct{}

// identify reads the bearer token, where there is one. A wrong token is refused
// also where none is needed, so that nobody takes an answer for anybody's as their
// own.
func (s *server) identify(c echo.Context) (*account.Identity, error) {
	header := c.Request().Header.Get(echo.HeaderAuthorization)
	if header == "" {
		return nil, nil
	}
	token, ok := strings.CutPrefix(header, "Bearer ")
	if !ok {
		return nil, ledger.Errorf(ledger.Unauthenticated, "authorisation is by a bearer token")
	}
	return s.Accounts.Identify(c.Request().Context(), strings.TrimSpace(token))
}

// allow is the gate before every route.
func (s *server) allow(need access, next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		vary(c, "Authorization")
		id, err := s.identify(c)
		if err != nil {
			return err
		}
		if need == member && id == nil {
			return ledger.Errorf(ledger.Unauthenticated, "this needs a token: Authorization: Bearer …")
		}
		if id != nil {
			c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), identityKey{}, id)))
		}
		if need == node {
			p, err := s.identifyNode(c)
			if err != nil {
				return err
			}
			c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), peerKey{}, p)))
		}
		return next(c)
	}
}

// identityOf is the identity behind a request, nil for an anonymous one.
func identityOf(ctx context.Context) *account.Identity {
	id, _ := ctx.Value(identityKey{}).(*account.Identity)
	return id
}

// viewerOf is the caller as the read models see it. A suspended organisation or
// member, and a key that is revoked or over, see what everybody sees.
func (s *server) viewerOf(ctx context.Context) (index.Viewer, error) {
	id := identityOf(ctx)
	if id == nil {
		return index.Viewer{}, nil
	}
	return s.viewerBy(ctx, id.Address)
}

// viewerBy is the holder of a key as the read models see them.
func (s *server) viewerBy(ctx context.Context, address ledger.Address) (index.Viewer, error) {
	key, err := s.Index.Key(ctx, address)
	if err != nil || key.Revoked != nil || key.Until != 0 && key.Until <= ledger.TimeOf(time.Now()) {
		return index.Viewer{}, ignoreNotFound(err)
	}
	member, err := s.Index.Member(ctx, index.Viewer{Operator: true}, key.Member)
	if err != nil || member.Suspended {
		return index.Viewer{}, ignoreNotFound(err)
	}
	org, err := s.Index.Organisation(ctx, index.Viewer{}, key.Org)
	if err != nil || org.Suspended != nil {
		return index.Viewer{}, ignoreNotFound(err)
	}
	return index.Viewer{Org: key.Org, Operator: org.Kind == ledger.KindOperator}, nil
}

// ignoreNotFound lets a key that is in custody but not yet on the register read
// what everybody reads.
func ignoreNotFound(err error) error {
	if err != nil && ledger.CodeOf(err) == ledger.NotFound {
		return nil
	}
	return err
}
