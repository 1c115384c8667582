package api

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/batch"
	"github.com/sogoc/sogoc/trace/index"
)

// isContainerCode reports whether an identifier is a container under a register-issued
// code.
func isContainerCode(id trace.ID) bool { return batch.IsContainer(id) }

// one is a lot, a container or a piece that an organisation looks at.
type one struct {
	id     trace.ID
	known  *index.Batch
	have   map[index.Way]index.Holding
	events []*index.Record // the newest
	more   bool            // it has more
}

// historyRead is how many events on a thing its page reads.
const historyRead = 200

// look reads what an identifier of the request's ?id= or of a form names. Only who has
// to do with it, or answers for it, sees it here.
func (g *goods) look(text string) (*one, error) {
	id, err := trace.ParseTyped(text)
	if err != nil {
		return nil, ledger.FieldErrorf(ledger.Invalid, "id", "%v", err)
	}
	o := &one{id: id, have: map[index.Way]index.Holding{}}
	if o.known, err = g.Index.Batch(g.ctx, g.viewer, id); err != nil {
		return nil, err
	}
	holdings, err := g.Index.Holding(g.ctx, g.viewer, g.org, id)
	if err != nil {
		return nil, err
	}
	for _, h := range holdings {
		o.have[h.Way] = h
	}
	if len(holdings) == 0 && o.known.Last == nil {
		return nil, ledger.FieldErrorf(ledger.NotFound, "id", "nothing is recorded of %s for this organisation", id)
	}
	events, next, err := g.Index.EventsOf(g.ctx, g.viewer, id, index.Page{Limit: historyRead})
	o.events, o.more = events, next != ""
	return o, err
}

// holds reports whether the organisation has some of it in its hands. A piece is in
// its hands when it is among those of its lot that are.
func (g *goods) holds(o *one, w index.Way) bool {
	if !o.id.Instance() || o.id.Batch() == o.id || o.id.Batch().Lot() == "" {
		_, ok := o.have[w]
		return ok
	}
	holder := g.org.String()
	if w == index.Coming {
		holder = "to " + holder
	}
	return slices.ContainsFunc(o.known.Balances, func(b index.Balance) bool { return b.Holder == holder })
}

func (s *server) batchPage(c echo.Context) error {
	g := s.goodsOf(c)
	o, err := g.look(c.QueryParam("id"))
	if err != nil {
		return err
	}
	v, err := g.detail(o)
	if err != nil {
		return err
	}
	return show(s, c, http.StatusOK, s.pages.Batch, v)
}

// detail is everything about it on one screen.
func (g *goods) detail(o *one) (*web.Batch, error) {
	h := index.Holding{ID: o.id}
	for _, w := range []index.Way{index.Held, index.Coming, index.Sent} {
		if one, ok := o.have[w]; ok {
			h = one
			break
		}
	}
	h.ID = o.id
	if o.id.Instance() {
		h.Things = 1
	}
	line, err := g.line(h, o.known)
	if err != nil {
		return nil, err
	}
	if !g.holds(o, h.Way) {
		line.Amount, line.Way = nil, ""
	}
	v := &web.Batch{
		BatchLine: line, Identifier: codeText(o.id), Blocked: o.known.Blocked,
		Passport: o.id.Path(), Graph: "/trace?" + url.Values{"id": {o.id.String()}}.Encode(),
		Dossiers: "/dossiers?" + url.Values{"of": {o.id.String()}}.Encode(),
	}
	v.ID = o.id.String()
	if o.known.Owner == g.org {
		v.Scans = scansPath(o.id)
	}
	switch _, err := g.labelled(g.ctx, unitOf(o.id)); {
	case err == nil:
		v.Labels = labelsPath(unitOf(o.id))
	case ledger.CodeOf(err) != ledger.NotFound && ledger.CodeOf(err) != ledger.Conflict:
		return nil, err
	}
	for _, r := range o.known.Recalls {
		by, err := g.who(r.Org)
		if err != nil {
			return nil, err
		}
		one := web.Recall{By: web.Party{Name: by}, Since: r.Time, Reason: trace.Text{VI: r.Reason}, Action: trace.Text{VI: r.Action}, Contact: r.Contact}
		if r.On != o.id {
			part := g.names.part(r.On, nil)
			one.Through = &part
		}
		v.Recalls = append(v.Recalls, one)
	}
	if err := g.balances(o, v); err != nil {
		return nil, err
	}
	if v.Way == "" {
		if v.Packed, err = g.packed(o); err != nil {
			return nil, err
		}
	}
	if line.Level == web.LevelContainer {
		contents, err := g.Index.Contents(g.ctx, g.viewer, o.id)
		if err != nil {
			return nil, err
		}
		v.Contents = g.neighbours("holds", contents)
	}
	if err := g.steps(o, v); err != nil {
		return nil, err
	}
	g.deeds(o, v)
	return v, nil
}

// balances are who has how much of it.
func (g *goods) balances(o *one, v *web.Batch) error {
	for _, b := range o.known.Balances {
		where, rest, _ := strings.Cut(b.Holder, " ")
		q := b.Quantity
		l := web.BalanceLine{Where: where, Amount: web.Amount{Quantity: &q, Unit: g.names.unit(o.id)}}
		if o.id.Instance() {
			l.Amount = web.Amount{}
		}
		org, err := ledger.ParseID(where)
		if err == nil && org == g.org && v.Way == "held" {
			continue // the page begins with it
		}
		switch {
		case err == nil:
			l.Where, l.Mine = "org", org == g.org
		case where == "in":
			container, err := trace.ParseID(rest)
			if err != nil {
				return err
			}
			l.Who = trace.Text{VI: codeText(container)}
			if o.id.Instance() {
				n := g.neighbour("in", trace.Stock{ID: container})
				v.Within = &n
			}
		case rest != "": // to, lost
			if org, err = ledger.ParseID(rest); err != nil {
				return err
			}
			l.Mine = org == g.org
		}
		if !org.IsZero() {
			if l.Who, err = g.who(org); err != nil {
				return err
			}
		}
		v.Balances = append(v.Balances, l)
	}
	if o.id.Instance() || len(o.known.Balances) > 0 {
		return nil
	}
	for _, w := range []index.Way{index.Held, index.Sent, index.Coming} { // pieces
		if wayNames[w] == v.Way {
			continue
		}
		if h, ok := o.have[w]; ok {
			v.Balances = append(v.Balances, web.BalanceLine{Where: wayNames[w], Mine: true, Amount: *g.pieces(o.id, h.Things)})
		}
	}
	return nil
}

// packed reports whether the organisation holds a container that some of it is in, as far
// as its newest events tell.
func (g *goods) packed(o *one) (bool, error) {
	for _, r := range o.events {
		parent := r.Fact.Parent
		if r.Fact.Type != trace.AggregationEvent || parent == nil || *parent == o.id {
			continue
		}
		have, err := g.Index.Holding(g.ctx, g.viewer, g.org, *parent)
		if err != nil {
			return false, err
		}
		if !slices.ContainsFunc(have, func(h index.Holding) bool { return h.Way == index.Held }) {
			continue
		}
		in, err := g.Index.Contents(g.ctx, g.viewer, *parent)
		if err != nil || concerns(in, o.id) {
			return err == nil, err
		}
	}
	return false, nil
}

func (g *goods) neighbour(how string, s trace.Stock) web.Neighbour {
	n := web.Neighbour{How: how, Name: g.title(s.ID), Path: batchPath(s.ID)}
	if c := code(s.ID); c != "" {
		n.Name = trace.Text{VI: n.Name.VI + " · " + c, EN: n.Name.In("en") + " · " + c}
	}
	if s.Quantity != nil {
		n.Amount = g.amount(s.ID, s.Quantity)
	}
	return n
}

// neighbours are things a step away, the pieces of a lot together.
func (g *goods) neighbours(how string, stock []trace.Stock) (list []web.Neighbour) {
	pieces := map[trace.ID]int{}
	var order []trace.ID
	for _, s := range stock {
		lot := s.ID.Batch()
		if !s.ID.Instance() || lot == s.ID || lot.Lot() == "" {
			list = append(list, g.neighbour(how, s))
			continue
		}
		if pieces[lot] == 0 {
			order = append(order, lot)
		}
		pieces[lot]++
	}
	for _, lot := range order {
		q := trace.NewQuantity(int64(pieces[lot]), 0, "")
		list = append(list, g.neighbour(how, trace.Stock{ID: lot, Quantity: &q}))
	}
	return list
}

// concerns reports whether a list has the thing in it, or a piece of the lot.
func concerns(stock []trace.Stock, id trace.ID) bool {
	return slices.ContainsFunc(stock, func(s trace.Stock) bool { return s.ID == id || s.ID.Batch() == id })
}

// steps are one back, one forward, and the history.
func (g *goods) steps(o *one, v *web.Batch) error {
	add := func(list *[]web.Neighbour, at ledger.Time, some ...web.Neighbour) {
		for _, n := range some {
			n.Time = at
			if len(*list) < neighboursShown {
				*list = append(*list, n)
			}
		}
	}
	somebody := func(list *[]web.Neighbour, how string, refs []trace.PartyRef, r *index.Record) error {
		org, name, err := g.party(refs)
		if err != nil {
			return err
		}
		n := web.Neighbour{How: how, Name: name}
		if org.IsZero() && how == "shipped" {
			n.How = "handed"
		}
		n.Amount = g.moved(o.id, r)
		add(list, r.Fact.Time, n)
		return nil
	}
	for _, r := range o.events {
		f := &r.Fact
		if err := g.happened(r, v); err != nil {
			return err
		}
		if r.Voided != nil || f.Error != nil {
			continue
		}
		var err error
		switch {
		case f.Type == trace.TransformationEvent && concerns(f.Outputs, o.id):
			add(&v.Back, f.Time, g.neighbours("of", f.Inputs)...)
		case f.Type == trace.TransformationEvent && concerns(f.Inputs, o.id):
			add(&v.Forward, f.Time, g.neighbours("into", f.Outputs)...)
		case f.Type == trace.AggregationEvent && f.Action == trace.Add && f.Parent != nil && *f.Parent != o.id:
			n := g.neighbour("packed", trace.Stock{ID: *f.Parent})
			n.Amount = g.moved(o.id, r)
			add(&v.Forward, f.Time, n)
		case f.Step == trace.StepShipping && r.Acting() == g.org:
			err = somebody(&v.Forward, "shipped", f.To, r)
		case f.Step == trace.StepReceiving && r.Acting() == g.org:
			err = somebody(&v.Back, "from", f.From, r)
		case f.Step == trace.StepRetailSelling:
			add(&v.Forward, f.Time, web.Neighbour{How: "sold", Amount: g.moved(o.id, r)})
		case f.Step == trace.StepDestroying:
			add(&v.Forward, f.Time, web.Neighbour{How: "destroyed", Amount: g.moved(o.id, r)})
		}
		if err != nil {
			return err
		}
	}
	if o.known.Created != nil && len(v.Back) == 0 {
		add(&v.Back, o.known.Created.Fact.Time, g.neighbours("of", o.known.Created.Fact.Inputs)...)
	}
	into, err := g.Index.Into(g.ctx, g.viewer, o.id, historyRead)
	for _, e := range into {
		if e.Hidden {
			v.Hidden++
		}
	}
	return err
}

// moved is how much of a thing an event was about; nil where it does not say.
func (g *goods) moved(id trace.ID, r *index.Record) *web.Amount {
	n := 0
	for s := range r.Fact.Stocks {
		switch {
		case s.ID == id && s.Quantity != nil:
			return g.amount(id, s.Quantity)
		case s.ID != id && s.ID.Batch() == id:
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return g.pieces(id, n)
}

// Bounds of what a page lists.
const (
	neighboursShown = 12
	historyShown    = 20
)

func (g *goods) happened(r *index.Record, v *web.Batch) error {
	if r.Fact.Error != nil || len(v.History) >= historyShown {
		return nil
	}
	who, err := g.who(r.Acting())
	if err != nil {
		return err
	}
	one := web.Happening{
		Word: r.Fact.Step, Type: r.Fact.Type, Action: r.Fact.Action, Who: who,
		Time: r.Fact.Time, Zone: r.Fact.Zone, Void: r.Voided != nil,
	}
	if r.Fact.Step == trace.StepShipping && r.Fact.Audience != ledger.Public {
		if one.Price, err = g.priceOf(r); err != nil {
			return err
		}
	}
	v.History = append(v.History, one)
	return nil
}

// priceOf is what a record says that one unit cost; empty where it says nothing of that.
func (g *goods) priceOf(r *index.Record) (string, error) {
	b, err := g.payload(g.ctx, r.Fact.Payload)
	if err != nil {
		return "", ignoreNotFound(err)
	}
	price, err := batch.PriceOf(b)
	if err != nil || price == 0 {
		return "", err
	}
	return strconv.FormatInt(price, 10), nil
}

// deeds are what can be done with it now, by who has it and its state.
func (g *goods) deeds(o *one, v *web.Batch) {
	q := url.Values{"id": {v.ID}}.Encode()
	group := func(name string, deeds ...string) {
		var list []web.BatchDeed
		for _, d := range deeds {
			list = append(list, web.BatchDeed{Name: d, Path: "/batches/act/" + d + "?" + q})
		}
		if list != nil {
			v.Deeds = append(v.Deeds, web.DeedGroup{Name: name, List: list})
		}
	}
	v.Frozen = v.Recalled
	if g.holds(o, index.Coming) {
		group("receive", "receive")
	}
	if !g.holds(o, index.Held) {
		g.primary(v)
		return
	}
	if v.Crop {
		if !v.Frozen {
			v.Deeds = append(v.Deeds, web.DeedGroup{Name: "make", List: []web.BatchDeed{{Name: "harvest", Path: "/batches/new?" + url.Values{"crop": {v.ID}}.Encode()}}})
		}
		g.primary(v)
		return
	}
	move := []string{"ship", "handover"}
	if _, _, ok := g.giver(o); ok {
		move = append(move, "return")
	}
	kind := deedsOf(o, v)
	if v.Frozen {
		group("other", only(kind, "unload", "count", "destroy")...)
	} else {
		group("move", move...)
		group("make", only(kind, "grade", "process", "split", "merge", "pack", "load", "unload")...)
		group("other", only(kind, "count", "destroy")...)
	}
	g.primary(v)
}

// deedsOf are the deeds that a thing of its sort allows, but for those that move it.
func deedsOf(o *one, v *web.Batch) []string {
	switch {
	case v.Level == web.LevelContainer && v.Empty:
		return nil
	case v.Level == web.LevelContainer:
		return []string{"unload", "count"}
	case o.id.Instance() || quantityless(o):
		return []string{"load", "count", "destroy"}
	}
	return []string{"grade", "process", "split", "merge", "pack", "load", "count", "destroy"}
}

// quantityless reports whether what is held of a lot are pieces.
func quantityless(o *one) bool {
	h, ok := o.have[index.Held]
	if !ok {
		h = o.have[index.Coming]
	}
	return !o.id.Instance() && h.Things > 0 && len(o.known.Balances) == 0
}

func only(list []string, some ...string) (out []string) {
	for _, s := range list {
		if slices.Contains(some, s) {
			out = append(out, s)
		}
	}
	return out
}

// primary marks the one deed that is likely next.
func (g *goods) primary(v *web.Batch) {
	for i := range v.Deeds {
		for j := range v.Deeds[i].List {
			if v.Deeds[i].Name != "other" {
				v.Deeds[i].List[j].Primary = true
				return
			}
		}
	}
}

// giver is who the organisation last got a thing from.
func (g *goods) giver(o *one) (org ledger.ID, name trace.Text, ok bool) {
	for _, r := range o.events {
		if r.Fact.Step != trace.StepReceiving || r.Acting() != g.org || r.Voided != nil || r.Fact.Error != nil {
			continue
		}
		if org, name, err := g.party(r.Fact.From); err == nil && !org.IsZero() && org != g.org {
			return org, name, true
		}
	}
	return org, name, false
}
