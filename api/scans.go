package api

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// Scans are counted by what the page of a code sends when somebody looks at it, not by
// who fetches the page: so the page stays one kept document for everybody, and what
// fetches without showing (link previews, caches, most crawlers) is not counted. The
// page keeps to itself, for half an hour, that it was counted; nothing is set or read
// here that would tell one phone from another.

// scanRoutes count scans, and show them to whose the code is.
func (s *server) scanRoutes() []route {
	return []route{
		get("/scans", anyone, s.scans),
		post("/scans", anyone, s.countScan),
		post("/scans/place", anyone, s.placeScan),
		get("/batches/scans", recorder, s.scansPage),
	}
}

// scansJSON is what a page is told of a code's scans.
type scansJSON struct {
	N    int    `json:"n,omitempty"`    // of a piece
	Text string `json:"text,omitempty"` // in the page's language
}

// scanned reads whose page it is, and what is known of a piece: empty for anything
// else. What is not for everybody is not there.
func (s *server) scanned(ctx context.Context, text string) (id trace.ID, piece web.PieceState, err error) {
	if id, err = trace.ParseID(text); err != nil {
		return id, "", ledger.FieldErrorf(ledger.Invalid, "id", "%v", err)
	}
	if lot := id.Batch(); lot != id && lot.Lot() != "" {
		if b, err := s.Index.Batch(ctx, index.Viewer{}, id); err == nil && b.First != nil {
			piece = web.PieceRecorded
		} else if err = ignoreNotFound(err); err != nil {
			return id, "", err
		} else if piece, err = s.pieceState(ctx, lot, id.Serial()); err != nil {
			return id, "", err
		}
		if piece == web.PieceNever {
			_, err = s.passportBody(ctx, index.Viewer{}, lot, formJSON)
			return id, piece, err
		}
	}
	_, err = s.passportBody(ctx, index.Viewer{}, id, formJSON)
	return id, piece, err
}

// scans says how often a code was scanned, without counting.
func (s *server) scans(c echo.Context) error {
	ctx := c.Request().Context()
	id, piece, err := s.scanned(ctx, c.QueryParam("id"))
	if err != nil {
		return err
	}
	return s.sayScans(c, id, piece)
}

func (s *server) sayScans(c echo.Context, id trace.ID, piece web.PieceState) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	if piece == "" || piece == web.PieceNever {
		return c.JSON(http.StatusOK, scansJSON{})
	}
	p, err := s.Accounts.ScansOf(c.Request().Context(), id)
	if err != nil {
		return err
	}
	lang, ok := web.ParseLang(c.FormValue("in")) // of the page, which need not be the browser's
	if !ok {
		lang = s.lang(c)
	}
	return c.JSON(http.StatusOK, scansJSON{N: p.N, Text: s.pages.Scans(lang, p.N, ledger.TimeOf(p.First))})
}

// countScan counts a scan, unless it is one of the organisation's own people looking
// at what they made, or no person at all.
func (s *server) countScan(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	id, piece, err := s.scanned(ctx, form.Get("id"))
	if err != nil {
		return err
	}
	counts, err := s.counts(c, id)
	switch {
	case err != nil:
		return err
	case counts && piece == web.PieceNever:
		err = s.Accounts.CountNever(ctx, id, s.from(c))
	case counts:
		_, err = s.Accounts.CountScan(ctx, id, s.from(c))
	}
	if err != nil {
		return err
	}
	return s.sayScans(c, id, piece)
}

// placeScan notes the district where a scan was, which the reader told by a button.
func (s *server) placeScan(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	cell, err := account.ParseCell(form.Get("place"))
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	id, piece, err := s.scanned(ctx, form.Get("id"))
	if err != nil {
		return err
	}
	counts, err := s.counts(c, id)
	if err == nil && counts && piece != web.PieceNever {
		err = s.Accounts.PlaceScan(ctx, id, cell, s.from(c))
	}
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// counts reports whether a request is a shopper's.
func (s *server) counts(c echo.Context, id trace.ID) (bool, error) {
	if machine(c.Request()) {
		return false, nil
	}
	by := identityOf(c.Request().Context())
	if by == nil {
		return true, nil
	}
	owner, err := s.Index.Owner(id)
	return owner != by.Org, ignoreNotFound(err)
}

// crawlers are parts of what programs call themselves that run the scripts of pages
// nobody looks at. The browsers inside Zalo and Facebook are people's, and say
// something else.
var crawlers = []string{
	"bot", "crawl", "spider", "slurp", "facebookexternalhit", "facebookcatalog", "meta-externalagent", "whatsapp", "telegrambot", "zalobot",
	"preview", "headlesschrome", "lighthouse", "pagespeed", "google-inspectiontool", "mediapartners", "embedly", "skypeuripreview", "curl/", "wget/", "python-", "go-http-client", "okhttp",
}

// machine reports whether a request comes from a program, or from a browser that
// fetches a page in advance (Sec-Purpose, and Purpose before it).
func machine(r *http.Request) bool {
	for _, h := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		if v := strings.ToLower(r.Header.Get(h)); strings.Contains(v, "prefetch") || strings.Contains(v, "prerender") || strings.Contains(v, "preview") {
			return true
		}
	}
	agent := strings.ToLower(r.UserAgent())
	if agent == "" {
		return true
	}
	for _, name := range crawlers {
		if strings.Contains(agent, name) {
			return true
		}
	}
	return false
}

// Bounds of the page of scans.
const (
	scanDays   = 31
	scanPieces = 100
	scanCells  = 40
)

// scansPage shows the scans of a thing to the organisation that answers for it.
func (s *server) scansPage(c echo.Context) error {
	g := s.goodsOf(c)
	id, err := trace.ParseTyped(c.QueryParam("id"))
	if err != nil {
		return ledger.FieldErrorf(ledger.Invalid, "id", "%v", err)
	}
	id = id.Batch()
	owner, err := s.Index.Owner(id)
	if err = ignoreNotFound(err); err != nil {
		return err
	}
	if owner != g.org {
		return ledger.FieldErrorf(ledger.NotFound, "id", "is nothing that this organisation answers for")
	}
	days, pieces, err := s.Accounts.Scans(g.ctx, id)
	if err != nil {
		return err
	}
	v := &web.ScansOf{Name: g.names.name(id), Code: code(id), Back: batchPath(id), Pieces: len(pieces)}
	cells := map[account.Cell]int{}
	for i, d := range days {
		v.N += d.N
		v.Never += d.Never
		for cell, n := range d.Cells {
			cells[cell] += n
		}
		if i < scanDays {
			v.Days = append(v.Days, web.ScanDay{Day: web.Date(d.Day), N: d.N, Never: d.Never})
			v.Most = max(v.Most, d.N)
		}
	}
	if v.Cells, err = s.scanPlaces(g.ctx, cells); err != nil {
		return err
	}
	for i, p := range pieces {
		if p.Implausible() {
			v.Implausible++
		}
		if i >= scanPieces {
			continue
		}
		one := web.PieceScans{Serial: p.Serial, N: p.N, First: ledger.TimeOf(p.First), Last: ledger.TimeOf(p.Last), Implausible: p.Implausible()}
		if id, err := id.WithSerial(p.Serial); err == nil {
			one.Link = id.Path()
		}
		if one.Cells, err = s.scanPlaces(g.ctx, p.Cells); err != nil {
			return err
		}
		v.List = append(v.List, one)
	}
	return show(s, c, http.StatusOK, s.pages.ScansOf, v)
}

func scansPath(id trace.ID) string {
	return "/batches/scans?" + url.Values{"id": {id.Batch().String()}}.Encode()
}
