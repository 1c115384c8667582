package api

import (
	"bytes"
	"context"
	"encoding/json"
	"image/png"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// lang is the language of an answer; a switch by ?lang= is remembered.
func (s *server) lang(c echo.Context) web.Lang {
	chosen := c.QueryParam(web.LangParam)
	cookie := ""
	if k, err := c.Cookie(web.LangCookie); err == nil {
		cookie = k.Value
	}
	l := web.Negotiate(chosen, cookie, c.Request().Header.Get("Accept-Language"))
	if chosen == string(l) {
		speak(c, chosen)
	}
	return l
}

func (s *server) html(c echo.Context, code int, b body) error {
	vary(c, "Accept, Accept-Language, Cookie")
	c.Response().Header().Set("Cache-Control", "no-cache")
	return reply(c, code, echo.MIMETextHTMLCharsetUTF8, b)
}

// passport is the page that a scanned code opens; ?format=json or an Accept header
// that asks for JSON gives the same as data.
func (s *server) passport(c echo.Context) error {
	address := strings.TrimSuffix(c.Request().URL.EscapedPath(), "/")
	if !strings.HasPrefix(address, "/t/") {
		address = linkBase + address
	}
	id, err := trace.ParseID(address)
	if err != nil {
		return ledger.FieldErrorf(ledger.Invalid, "code", "%v", err)
	}
	ctx := c.Request().Context()
	v := viewerOf(ctx)
	c.Response().Header().Set("Permissions-Policy", "camera=(), geolocation=(self), microphone=()") // for who tells where they scanned
	data := wantsJSON(c)
	f := formJSON
	if !data {
		f = form(s.lang(c))
	}
	b, err := s.passportBody(ctx, v, id, f)
	if err != nil {
		return s.lotInstead(c, v, id, f, err)
	}
	if data {
		vary(c, "Accept")
		c.Response().Header().Set("Cache-Control", "no-cache")
		return reply(c, http.StatusOK, echo.MIMEApplicationJSON, b)
	}
	return s.html(c, http.StatusOK, b)
}

// lotInstead leads from a piece that nobody recorded to its lot, when that is on
// the register: what is known is the lot's.
func (s *server) lotInstead(c echo.Context, v index.Viewer, id trace.ID, f form, missing error) error {
	lot := id.Batch()
	if ledger.CodeOf(missing) != ledger.NotFound || lot == id || lot.Lot() == "" {
		return missing
	}
	if _, err := s.passportBody(c.Request().Context(), v, lot, f); err != nil {
		return missing
	}
	query := c.Request().URL.RawQuery
	if query != "" {
		query = "?" + query
	}
	return c.Redirect(http.StatusSeeOther, lot.Path()+query)
}

// linkBase turns a path into a Digital Link; which host does not matter.
const linkBase = "https://id.gs1.org"

func wantsJSON(c echo.Context) bool {
	if c.QueryParam("format") == "json" {
		return true
	}
	accept := c.Request().Header.Get(echo.HeaderAccept)
	return strings.HasPrefix(accept, echo.MIMEApplicationJSON) || strings.HasPrefix(accept, "application/ld+json")
}

// passportBody writes a passport in a form. What everybody sees is kept until it
// changes; what a member sees beyond that is made anew.
func (s *server) passportBody(ctx context.Context, v index.Viewer, id trace.ID, f form) (body, error) {
	key := pageKey{id, f}
	everybody, now := v == index.Viewer{}, marks{s.arrivals(), s.Accounts.IssueChanges()}
	if everybody {
		if b, ok := s.cache.get(key, s.Index, now); ok {
			return b, nil
		}
	}
	page, p, err := s.presentAny(ctx, v, id)
	if err != nil {
		return body{}, err
	}
	var b bytes.Buffer
	if f == formJSON {
		err = writePassportJSON(&b, page)
	} else {
		err = s.pages.Passport(&b, web.Lang(f), page)
	}
	if err != nil {
		return body{}, err
	}
	out := newBody(b.Bytes())
	if everybody && (page.Piece == nil || page.Piece.State != web.PieceNever) { // of those there is no end
		s.cache.put(key, &cachedPage{out, time.Now(), p.DependsOn, p.Height, now})
	}
	return out, nil
}

func (s *server) failPage(c echo.Context, code int, e *ledger.Error) {
	kind := web.ProblemOf(e)
	typed := c.QueryParam("q")
	switch {
	case slices.Contains(linkKeys, firstSegment(c)) && e.Field == "code":
		typed = strings.TrimPrefix(c.Request().URL.Path, "/t/")
		kind = web.ProblemMistyped
	case typed != "" && code < 500:
		kind = web.CodeProblem(typed)
	case code == http.StatusNotFound && !slices.Contains(linkKeys, firstSegment(c)):
		kind = web.ProblemNotFound
	}
	var b bytes.Buffer
	if err := s.pages.Problem(&b, s.lang(c), &web.Problem{Kind: kind, Typed: typed}); err != nil {
		c.Response().WriteHeader(code)
		return
	}
	if err := s.html(c, code, newBody(b.Bytes())); err != nil {
		return // the reader went away
	}
}

func firstSegment(c echo.Context) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(c.Request().URL.Path, "/"), "/")
	return first
}

// typed finds the page of a code that somebody typed.
func (s *server) typed(c echo.Context) error {
	q := c.QueryParam("q")
	id, err := trace.ParseTyped(q)
	if err != nil {
		return ledger.FieldErrorf(ledger.Invalid, "q", "%v", err)
	}
	path := id.Path()
	if path == "" {
		path = "/trace?" + url.Values{"id": {id.String()}}.Encode()
	}
	return c.Redirect(http.StatusSeeOther, path)
}

// homeProducts is how many products the front page shows.
const homeProducts = 8

func (s *server) home(c echo.Context) error {
	ctx := c.Request().Context()
	list, _, err := s.Index.Products(ctx, index.Viewer{}, ledger.ID{}, index.Page{Limit: 200})
	if err != nil {
		return err
	}
	v := &web.Home{Total: s.Ledger.Size(), EPCIS: "/epcis", API: "/openapi.json", Data: "/datasets"}
	for _, p := range list {
		card, ok, err := s.card(ctx, p)
		if err != nil {
			return err
		}
		if ok {
			v.Recent = append(v.Recent, card)
		}
	}
	slices.SortStableFunc(v.Recent, func(a, b web.Card) int { return int(b.Recorded - a.Recorded) })
	v.Recent = v.Recent[:min(len(v.Recent), homeProducts)]
	var b bytes.Buffer
	if err := s.pages.Home(&b, s.lang(c), v); err != nil {
		return err
	}
	return s.html(c, http.StatusOK, newBody(b.Bytes()))
}

// card is a product on the front page; products with no picture or no public lot
// are not there.
func (s *server) card(ctx context.Context, p *index.Product) (card web.Card, ok bool, err error) {
	if p.Profile == nil || p.Profile.Image == "" {
		return card, false, nil
	}
	lots, _, err := s.Index.Batches(ctx, index.Viewer{}, p.ID, index.Page{Limit: 1})
	if err != nil || len(lots) == 0 {
		return card, false, err
	}
	page, _, err := s.present(ctx, index.Viewer{}, lots[0])
	if err != nil {
		return card, false, ignoreNotFound(err)
	}
	card = web.Card{
		Name: p.Profile.Name, Producer: page.Producer, Origin: page.Origin, Link: lots[0].Path(),
		Photo: s.photo(ctx, p.Profile), State: page.State, Recorded: page.Since,
	}
	for _, cert := range page.Certificates {
		if cert.Suspended == "" {
			card.Stars = max(card.Stars, cert.Stars)
		}
	}
	return card, true, nil
}

// traceNodes is how many things the lineage page draws.
const traceNodes = 500

func (s *server) tracePage(c echo.Context) error {
	id, err := trace.ParseTyped(c.QueryParam("id"))
	if err != nil {
		return ledger.FieldErrorf(ledger.Invalid, "id", "%v", err)
	}
	direction := c.QueryParam("direction")
	if direction == "" {
		direction = string(web.Both)
	}
	way, ok := directions[direction]
	if !ok {
		return ledger.FieldErrorf(ledger.Invalid, "direction", "is up, down or both")
	}
	ctx := c.Request().Context()
	v := viewerOf(ctx)
	g, err := s.Index.Trace(ctx, v, id, way, index.Limits{Nodes: traceNodes, Details: true})
	if err != nil {
		return err
	}
	withoutEmpty(g)
	names := s.names(ctx, v)
	out := &web.Graph{Root: id, Name: names(id), Path: "/trace?" + url.Values{"id": {id.String()}}.Encode(), Passport: id.Path(), Direction: web.Direction(direction), Truncated: g.Truncated}
	for _, n := range g.Nodes {
		node := web.Node{ID: n.ID, Name: names(n.ID), Link: n.ID.Path(), State: web.StateRecorded}
		if n.Details != nil {
			node.Quantity = n.Made
			switch {
			case n.Recalled:
				node.State = web.StateRecalled
			case n.Declared:
				node.State = web.StateDeclared
			case n.Early, slices.ContainsFunc(n.Flags, func(f index.Flag) bool { return alarming(f.Flag) }):
				node.State = web.StateAttention
			}
		}
		out.Nodes = append(out.Nodes, node)
	}
	for _, e := range g.Edges {
		out.Edges = append(out.Edges, trace.Edge{Kind: e.Kind, From: e.From, To: e.To, Quantity: e.Quantity, Made: e.Made})
	}
	var b bytes.Buffer
	if err := s.pages.Trace(&b, s.lang(c), out); err != nil {
		return err
	}
	return s.html(c, http.StatusOK, newBody(b.Bytes()))
}

// names gives things their product's name and lot, reading each product once.
func (s *server) names(ctx context.Context, v index.Viewer) func(trace.ID) ledger.Text {
	pr := &presenter{server: s, ctx: ctx, viewer: v, products: map[trace.ID]*index.Product{}}
	return pr.name
}

// QRModule is how many pixels wide a module of a QR picture is.
const QRModule = 8

// qrQuiet is GS1's quiet zone around a symbol, in modules.
const qrQuiet = 4

// qr draws the code of an identifier's public address as a PNG.
func (s *server) qr(c echo.Context) error {
	id, err := trace.ParseTyped(c.QueryParam("id"))
	if err != nil {
		return ledger.FieldErrorf(ledger.Invalid, "id", "%v", err)
	}
	b, err := QR(id.Link(s.PublicURL))
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=86400")
	return c.Blob(http.StatusOK, "image/png", b)
}

// QR draws an address as a PNG, error correction level M.
func QR(address string) ([]byte, error) {
	code, err := qr.Encode(address, qr.M, qr.Unicode)
	if err != nil {
		return nil, ledger.FieldErrorf(ledger.TooLarge, "id", "does not fit into a QR code")
	}
	n := code.Bounds().Dx()
	scaled, err := barcode.Scale(code, n*QRModule, n*QRModule)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = png.Encode(&b, framed(scaled, qrQuiet*QRModule))
	return b.Bytes(), err
}

func (s *server) asset(c echo.Context) error {
	address := c.Request().URL.Path
	plain, media, hash := s.pages.Asset(address)
	if plain == nil {
		return ledger.Errorf(ledger.NotFound, "there is nothing at this address")
	}
	b, ok := s.assets.Load(address)
	if !ok {
		b, _ = s.assets.LoadOrStore(address, newBody(plain))
	}
	c.Response().Header().Set("Cache-Control", immutable)
	c.Response().Header().Set("ETag", "W/"+strconv.Quote(hash))
	return reply(c, http.StatusOK, media, b.(body))
}

// passportJSON is a passport as data.
type passportJSON struct {
	ID           string              `json:"id"`
	Level        web.Level           `json:"level"`
	State        web.State           `json:"state"`
	Since        ledger.Time         `json:"since,omitzero"`
	Name         ledger.Text         `json:"name"`
	Producer     partyJSON           `json:"producer"`
	Piece        web.PieceState      `json:"piece,omitempty"`
	Fate         web.FateKind        `json:"fate,omitempty"`
	Quantity     string              `json:"quantity,omitempty"`
	Harvested    web.Date            `json:"harvested,omitempty"`
	Made         web.Date            `json:"made,omitempty"`
	Packed       web.Date            `json:"packed,omitempty"`
	BestBefore   web.Date            `json:"best_before,omitempty"`
	Standards    []string            `json:"standards,omitempty"`
	Recall       *recallJSON         `json:"recall,omitempty"`
	Early        *earlyJSON          `json:"harvested_early,omitempty"`
	Flags        []trace.Flag        `json:"flags,omitempty"`
	Certificates []trace.Certificate `json:"certificates,omitempty"`
	Journey      []stepJSON          `json:"journey,omitempty"`
	Private      int                 `json:"private_steps,omitempty"`
	Lots         []string            `json:"lots,omitempty"`
	Contents     []string            `json:"contents,omitempty"`
	Receipt      string              `json:"receipt,omitempty"`
}

type partyJSON struct {
	Name    ledger.Text `json:"name,omitzero"`
	Kind    ledger.Kind `json:"kind,omitempty"`
	Code    string      `json:"code,omitempty"`
	Commune ledger.Text `json:"commune,omitzero"`
}

type recallJSON struct {
	Since   ledger.Time `json:"since"`
	Reason  string      `json:"reason"`
	Action  string      `json:"action"`
	Contact string      `json:"contact"`
	Through string      `json:"through,omitempty"`
}

type earlyJSON struct {
	Safe    ledger.Time `json:"safe_from"`
	Through string      `json:"through,omitempty"`
	Cleared bool        `json:"cleared"`
}

type stepJSON struct {
	Time    ledger.Time     `json:"time"`
	Type    trace.EventType `json:"type"`
	Step    string          `json:"step,omitempty"`
	Who     partyJSON       `json:"who"`
	Place   string          `json:"place,omitempty"`
	Commune ledger.Text     `json:"commune,omitzero"`
	Wrong   bool            `json:"declared_wrong,omitempty"`
	Receipt string          `json:"receipt"`
}

func partyOf(p web.Party) partyJSON {
	return partyJSON{Name: p.Name, Kind: p.Kind, Code: p.Code, Commune: p.Commune}
}

func writePassportJSON(b *bytes.Buffer, p *web.Passport) error {
	out := passportJSON{
		ID: p.ID.String(), Level: p.Level, State: p.State, Since: p.Since, Name: p.Name, Producer: partyOf(p.Producer),
		Harvested: p.Harvested, Made: p.Made, Packed: p.Packed, BestBefore: p.BestBefore, Standards: p.Standard,
		Flags: p.Flags, Private: p.Private,
	}
	if p.Piece != nil {
		out.Piece = p.Piece.State
	}
	if p.Fate != nil {
		out.Fate = p.Fate.Kind
	}
	if p.Early != nil {
		out.Early = &earlyJSON{Safe: p.Early.Safe, Cleared: len(p.Early.Cleared) > 0}
		if p.Early.Through != nil {
			out.Early.Through = p.Early.Through.ID.String()
		}
	}
	if p.Net != nil {
		out.Quantity = quantityText(p.Net.Quantity)
	}
	if p.Proof != nil {
		out.Receipt = p.Proof.Receipt
	}
	if r := p.Recall; r != nil {
		out.Recall = &recallJSON{Since: r.Since, Reason: r.Reason.VI, Action: strings.TrimSpace(r.Action.VI + " " + r.Refund.VI), Contact: r.Contact}
		if r.Through != nil {
			out.Recall.Through = r.Through.ID.String()
		}
	}
	for _, c := range p.Certificates {
		out.Certificates = append(out.Certificates, c.Certificate)
	}
	for _, st := range p.Journey {
		j := stepJSON{Time: st.Time, Type: st.Type, Step: st.Word, Who: partyOf(st.Who), Wrong: st.Void != nil, Receipt: st.Receipt}
		if st.Place != nil {
			j.Place, j.Commune = st.Place.Code, st.Place.Commune
		}
		out.Journey = append(out.Journey, j)
	}
	for _, l := range p.Lots {
		out.Lots = append(out.Lots, l.ID.String())
	}
	for _, part := range p.Contents {
		out.Contents = append(out.Contents, part.ID.String())
	}
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	return enc.Encode(out)
}
