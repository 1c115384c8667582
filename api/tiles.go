package api

import (
	"context"
	"net/http"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// tileRoutes are the register's tree by C2SP tlog-tiles, for monitors and witnesses
// that others wrote. The log's prefix is the node's address.
func (s *server) tileRoutes() []route {
	return []route{
		get("/checkpoint", anyone, s.checkpoint),
		get("/tile/*", anyone, s.tile),
	}
}

// immutable is for what an address names for ever.
const immutable = "public, max-age=31536000, immutable"

// tile writes hashes of the tree, or the leaves that they are made from: signed headers
// with record time and rules version, never a body. What the tree has once never
// changes, also of a partial tile; what it does not have yet is not to be remembered.
func (s *server) tile(c echo.Context) error {
	h := c.Response().Header()
	h.Set("Cache-Control", "no-store")
	p, err := merkle.ParseTilePath(strings.TrimPrefix(c.Request().URL.EscapedPath(), "/"))
	if err != nil {
		return err
	}
	if p.Entries {
		b, err := s.bundle(c.Request().Context(), p)
		if err != nil {
			return err
		}
		h.Set("Cache-Control", immutable)
		return reply(c, http.StatusOK, echo.MIMEOctetStream, b)
	}
	hashes, err := s.Ledger.Tile(c.Request().Context(), p.Level, p.Index)
	if err != nil {
		return err
	}
	const hashSize = len(ledger.Hash{})
	if len(hashes) < p.Width*hashSize {
		return noTile(p)
	}
	h.Set("Cache-Control", immutable)
	return c.Blob(http.StatusOK, echo.MIMEOctetStream, hashes[:p.Width*hashSize])
}

func noTile(p merkle.TilePath) error {
	return ledger.Errorf(ledger.NotFound, "the register's tree does not have %s yet", p)
}

const (
	// maxBundles is how many full bundles are kept: one has about 100 KB.
	maxBundles = 64
	// maxBundling is how many are put together at a time: the entries of one may have
	// large bodies, which are read with them.
	maxBundling = 2
)

// bundles keeps full entry bundles.
type bundles struct {
	kept *lru.Cache[uint64, body]
	busy chan struct{}
}

func newBundles() *bundles {
	kept, err := lru.New[uint64, body](maxBundles)
	if err != nil {
		panic(err) // only a size below one is refused
	}
	return &bundles{kept: kept, busy: make(chan struct{}, maxBundling)}
}

// bundle is a bundle of entries, from memory where it is full and was asked for lately.
func (s *server) bundle(ctx context.Context, p merkle.TilePath) (body, error) {
	full := p.Width == merkle.TileWidth
	if full {
		if b, ok := s.bundles.kept.Get(p.Index); ok {
			return b, nil
		}
	}
	first := p.Index * merkle.TileWidth
	if s.Ledger.Size() < first+uint64(p.Width) {
		return body{}, noTile(p)
	}
	select {
	case s.bundles.busy <- struct{}{}:
		defer func() { <-s.bundles.busy }()
	case <-ctx.Done():
		return body{}, ctx.Err()
	}
	leaves, err := s.Ledger.Leaves(ctx, first, first+uint64(p.Width))
	if err != nil {
		return body{}, err
	}
	var plain []byte
	for _, leaf := range leaves {
		plain = merkle.AppendBundled(plain, leaf)
	}
	b := newBody(plain)
	if full {
		s.bundles.kept.Add(p.Index, b)
	}
	return b, nil
}
