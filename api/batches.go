package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// batchesRoutes are an organisation's lots, cases and pallets: what there is, where it
// came from and went, and what is done with it.
func (s *server) batchesRoutes() []route {
	return []route{
		get("/batches", recorder, s.batchesPage),
		get("/batches/one", recorder, s.batchPage),
		get("/batches/incoming", recorder, s.incomingPage),
		get("/batches/new", recorder, s.harvestPage),
		post("/batches/new", recorder, s.harvest),
		get("/batches/act/:deed", recorder, s.deedPage),
		post("/batches/act/:deed", recorder, s.takeDeed),
	}
}

// goods are one request's view of what an organisation has.
type goods struct {
	*server
	ctx    context.Context
	viewer index.Viewer
	org    ledger.ID
	names  *presenter
	orgs   map[ledger.ID]trace.Text
}

func (s *server) goodsOf(c echo.Context) *goods {
	ctx := c.Request().Context()
	v := viewerOf(ctx)
	return &goods{
		server: s, ctx: ctx, viewer: v, org: identityOf(ctx).Org, orgs: map[ledger.ID]trace.Text{},
		names: &presenter{server: s, ctx: ctx, viewer: v, products: map[trace.ID]*index.Product{}},
	}
}

// batchPath is the page of a lot, a container or a piece.
func batchPath(id trace.ID) string {
	return "/batches/one?" + url.Values{"id": {id.String()}}.Encode()
}

// who names an organisation, reading each once.
func (g *goods) who(org ledger.ID) (trace.Text, error) {
	if name, ok := g.orgs[org]; ok {
		return name, nil
	}
	name, err := g.orgName(g.ctx, org)
	if err == nil {
		g.orgs[org] = name
	}
	return name, err
}

// party names who a list of sources or destinations names; empty for nobody on the
// register. org is zero then.
func (g *goods) party(refs []trace.PartyRef) (org ledger.ID, name trace.Text, err error) {
	for _, kind := range []string{trace.PartyPossessing, trace.PartyOwning, trace.PartyLocation} {
		for _, ref := range refs {
			if ref.Type != kind {
				continue
			}
			o, err := g.Index.Party(g.ctx, g.viewer, ref.ID)
			if ledger.CodeOf(err) == ledger.NotFound {
				continue
			}
			if err != nil {
				return org, name, err
			}
			name, err = g.who(o.ID)
			return o.ID, name, err
		}
	}
	return org, name, nil
}

// amount is how much of a thing, in people's units.
func (g *goods) amount(id trace.ID, q *trace.Quantity) *web.Amount {
	return &web.Amount{Quantity: q, Unit: g.names.unit(id)}
}

func (g *goods) pieces(id trace.ID, n int) *web.Amount {
	q := trace.NewQuantity(int64(n), 0, "")
	return g.amount(id, &q)
}

// code is what is printed of a thing beside its name.
func code(id trace.ID) string {
	lot, serial := id.Lot(), id.Serial()
	switch {
	case lot != "" && serial != "":
		return lot + " / " + serial
	case lot != "" || serial != "":
		return lot + serial
	}
	return codeText(id)
}

// title is what a thing is called: its product, or the kind of thing that it is.
func (g *goods) title(id trace.ID) trace.Text {
	if index.LevelOf(id) == index.LevelContainer || isContainerCode(id) {
		return trace.Text{VI: "Kiện", EN: "Container"}
	}
	return g.names.name(id)
}

// amounts writes things for people: pieces of one lot counted together.
func (g *goods) amounts(stock []trace.Stock) []web.Amount { return g.names.amounts(stock) }

var wayNames = map[index.Way]string{index.Held: "held", index.Sent: "sent", index.Coming: "coming"}

// line is a thing in a list. b is what is known of it.
func (g *goods) line(h index.Holding, b *index.Batch) (web.BatchLine, error) {
	out := web.BatchLine{
		Name: g.title(h.ID), Code: code(h.ID), Level: web.Level(index.LevelOf(h.ID)), Path: batchPath(h.ID),
		Way: wayNames[h.Way], Recalled: len(b.Recalls) > 0, Amount: g.have(h, b),
	}
	if p := g.names.describe(h.ID); p != nil {
		out.Crop = p.Perennial
	}
	for _, f := range b.Flags {
		out.Flags = append(out.Flags, f.Flag)
	}
	out.Flags = standing(out.Flags, b.Blocked)
	if b.Early != nil && len(b.Early.Cleared) == 0 {
		out.Flags = append(out.Flags, trace.Flag{ID: h.ID, Kind: trace.FlagInterval, Safe: b.Early.Safe})
	}
	last := b.Last
	if r, err := g.Index.At(g.ctx, g.viewer, h.Event.Entry, h.Event.Item); err == nil {
		last = r
	}
	if last == nil {
		return out, nil
	}
	out.Word, out.Time = last.Fact.Step, last.Fact.Time
	var err error
	switch h.Way {
	case index.Sent:
		_, out.Who, err = g.party(last.Fact.To)
	case index.Coming:
		_, out.Who, err = g.party(last.Fact.From)
		if err == nil && out.Who == (trace.Text{}) {
			out.Who, err = g.who(last.Acting())
		}
	}
	if err != nil || out.Level != web.LevelContainer && !isContainerCode(h.ID) {
		return out, err
	}
	out.Level = web.LevelContainer
	contents, err := g.Index.Contents(g.ctx, g.viewer, h.ID)
	out.Inside, out.Empty = g.amounts(contents), len(contents) == 0
	return out, err
}

// have is how much of a thing the holding is; nil for a container.
func (g *goods) have(h index.Holding, b *index.Batch) *web.Amount {
	if index.LevelOf(h.ID) == index.LevelContainer || isContainerCode(h.ID) {
		return nil
	}
	if q := quantityOf(g.org, h.Way, b); q != nil {
		return g.amount(h.ID, q)
	}
	return g.pieces(h.ID, h.Things)
}

// quantityOf is how much of a lot an organisation has in a way; nil where it has none
// that is counted so.
func quantityOf(org ledger.ID, w index.Way, b *index.Batch) *trace.Quantity {
	if b.ID.Instance() {
		return nil
	}
	var total *trace.Quantity
	for _, one := range b.Balances {
		mine := one.Holder == org.String()
		if w == index.Coming {
			mine = one.Holder == "to "+org.String()
		}
		if w == index.Sent {
			mine = strings.HasPrefix(one.Holder, "to ") && one.Holder != "to "+org.String()
		}
		if !mine {
			continue
		}
		if total == nil {
			q := one.Quantity
			total = &q
		} else if sum, err := total.Add(one.Quantity); err == nil {
			total = &sum
		}
	}
	return total
}

// lines are holdings as a list shows them.
func (g *goods) lines(list []index.Holding) (out []web.BatchLine, err error) {
	for _, h := range list {
		b, err := g.Index.Batch(g.ctx, g.viewer, h.ID)
		if err != nil {
			return nil, err
		}
		l, err := g.line(h, b)
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

// batchesShown is how many lots a page lists.
const batchesShown = 30

// filters of the list, in their order.
var filters = []string{"held", "sent", "flagged", "recalled"}

func (s *server) batchesPage(c echo.Context) error {
	g := s.goodsOf(c)
	v := &web.Batches{Query: strings.TrimSpace(c.QueryParam("q")), Show: c.QueryParam("show")}
	if !slices.Contains(filters, v.Show) {
		v.Show = filters[0]
	}
	counts, err := s.Index.HoldingCounts(g.ctx, g.viewer, g.org)
	if err != nil {
		return err
	}
	flagged, err := s.Index.FlaggedHoldings(g.ctx, g.viewer, g.org)
	if err != nil {
		return err
	}
	recalled, cut, err := s.Index.RecalledHoldings(g.ctx, g.viewer, g.org)
	if err != nil {
		return err
	}
	crops, err := s.cropsOf(g.ctx, g.viewer, g.org)
	if err != nil {
		return err
	}
	v.Coming, v.Grows = counts[index.Coming], len(crops) > 0
	for name, n := range map[string]int{"held": counts[index.Held], "sent": counts[index.Sent], "flagged": len(flagged), "recalled": len(recalled)} {
		q := url.Values{"show": {name}}
		if v.Query != "" {
			q.Set("q", v.Query)
		}
		v.Filters = append(v.Filters, web.Filter{Name: name, Path: "/batches?" + q.Encode(), Count: uint64(n), Chosen: name == v.Show, Cut: name == "recalled" && cut})
	}
	slices.SortFunc(v.Filters, func(a, b web.Filter) int { return slices.Index(filters, a.Name) - slices.Index(filters, b.Name) })
	match := g.matching(v.Query)
	var list []index.Holding
	next := ""
	page := index.Page{Token: c.QueryParam("token"), Limit: batchesShown}
	switch v.Show {
	case "held":
		list, next, err = s.Index.Holdings(g.ctx, g.viewer, g.org, index.Held, match, page)
	case "sent":
		list, next, err = s.Index.Holdings(g.ctx, g.viewer, g.org, index.Sent, match, page)
	case "flagged":
		list = matched(flagged, match)
	default:
		list = matched(recalled, match)
	}
	if err != nil {
		return err
	}
	if v.List, err = g.lines(list); err != nil {
		return err
	}
	if next != "" {
		q := url.Values{"show": {v.Show}, "token": {next}}
		if v.Query != "" {
			q.Set("q", v.Query)
		}
		v.More = "/batches?" + q.Encode()
	}
	return show(s, c, http.StatusOK, s.pages.Batches, v)
}

// troubledShown is how many lots in trouble a page lists.
const troubledShown = 100

func matched(list []index.Holding, match func(trace.ID) bool) (out []index.Holding) {
	for _, h := range list {
		if (match == nil || match(h.ID)) && len(out) < troubledShown {
			out = append(out, h)
		}
	}
	return out
}

// matching tells what a search by product, lot or code means; nil for everything.
func (g *goods) matching(query string) func(trace.ID) bool {
	words := strings.Fields(trace.Plain(query))
	if len(words) == 0 {
		return nil
	}
	typed, _ := trace.ParseTyped(query)
	products := map[trace.ID]string{} // their names, plainly
	return func(id trace.ID) bool {
		if !typed.IsZero() && (id == typed || id.Batch() == typed || id.Product() == typed) {
			return true
		}
		product := id.Product()
		name, ok := products[product]
		if !ok {
			t := g.title(product)
			name = trace.Plain(t.VI + " " + t.EN + " " + codeText(product))
			products[product] = name
		}
		// Everything that the identifier spells as people do is found without spelling it.
		written := strings.ToLower(id.String())
		if strings.Contains(written, "%") {
			written += " " + strings.ToLower(code(id))
		}
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(name, w) && !strings.Contains(written, w) })
	}
}

func (s *server) incomingPage(c echo.Context) error {
	g := s.goodsOf(c)
	list, next, err := s.Index.Holdings(g.ctx, g.viewer, g.org, index.Coming, nil, index.Page{Token: c.QueryParam("token"), Limit: batchesShown})
	if err != nil {
		return err
	}
	v := &web.Incoming{}
	if v.List, err = g.lines(list); err != nil {
		return err
	}
	for i := range v.List {
		id := list[i].ID.String()
		v.List[i].ID, v.List[i].Event = id, trace.NewEventID()
		v.List[i].Receive = "/batches/act/receive?" + url.Values{"id": {id}}.Encode()
	}
	if next != "" {
		v.More = "/batches/incoming?" + url.Values{"token": {next}}.Encode()
	}
	return show(s, c, http.StatusOK, s.pages.Incoming, v)
}
