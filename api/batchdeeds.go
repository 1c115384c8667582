package api

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/batch"
	"github.com/sogoc/sogoc/trace/capture"
	"github.com/sogoc/sogoc/trace/index"
)

func (s *server) harvest(c echo.Context) error { return s.do(c, "harvest") }

func (s *server) takeDeed(c echo.Context) error {
	if !slices.Contains(deeds, c.Param("deed")) {
		return ledger.Errorf(ledger.NotFound, "there is nothing at this address")
	}
	return s.do(c, c.Param("deed"))
}

// do records what a form says.
func (s *server) do(c echo.Context, deed string) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	if form.Has("more") || form.Has("find") {
		return s.askDeed(c, deed, http.StatusOK, web.Form{Values: form}, nil)
	}
	g := s.goodsOf(c)
	if g.recorded(form.Get("event")) { // sent twice
		return done(c, g.after(form), "recorded")
	}
	r := &reading{goods: g, deed: deed, form: form}
	action, err := r.read()
	if err == nil && (r.differs != nil || r.over) {
		return s.askDeed(c, deed, http.StatusOK, web.Form{Values: form}, r.differs)
	}
	if err == nil {
		err = r.record(action)
	}
	if err == nil {
		return done(c, r.next, "recorded")
	}
	if g.recorded(form.Get("event")) { // by the other of two at once
		return done(c, g.after(form), "recorded")
	}
	field, what := r.why(err)
	f, code, err := again(c, form, err)
	if err != nil {
		return err
	}
	if what != "" {
		f.Wrong = map[string]string{field: what}
	}
	return s.askDeed(c, deed, code, f, nil)
}

// recorded reports whether the organisation has recorded an event.
func (g *goods) recorded(event string) bool {
	r, err := g.Index.Event(g.ctx, g.viewer, event)
	return err == nil && r.Acting() == g.org
}

// after is where a form leads that was recorded before.
func (g *goods) after(form url.Values) string {
	if r, err := g.Index.Event(g.ctx, g.viewer, form.Get("event")); err == nil && len(r.Fact.Outputs) > 0 {
		return batchPath(unitOf(r.Fact.Outputs[0].ID))
	}
	if id, err := trace.ParseTyped(form.Get("id")); err == nil {
		return batchPath(id)
	}
	return "/batches"
}

// unitOf is the lot of a piece that names one, and any other thing itself.
func unitOf(id trace.ID) trace.ID {
	if lot := id.Batch(); lot.Lot() != "" {
		return lot
	}
	return id
}

// reading is a form of a deed at being read.
type reading struct {
	*goods
	deed    string
	form    url.Values
	one     *one // that it is about; nil for a harvest
	in      []trace.Stock
	out     []trace.Stock
	differs *web.Difference // to be confirmed first
	over    bool            // it is of a season that is over, which the form did not say
	next    string          // where to go when it is recorded
}

// read makes the action that the form says.
func (r *reading) read() (batch.Action, error) {
	rec, err := r.head()
	if err != nil {
		return nil, err
	}
	if r.deed == "harvest" {
		return r.readHarvest(rec)
	}
	if r.one, err = r.look(r.form.Get("id")); err != nil {
		return nil, err
	}
	r.next = batchPath(r.one.id)
	if r.in, err = r.things(); err != nil {
		return nil, err
	}
	switch r.deed {
	case "split", "merge", "grade", "process", "pack":
		return r.readMaking(rec)
	case "load", "unload":
		return r.readPacking(rec)
	case "count":
		a := batch.Count{Record: rec, Things: r.in}
		return a, a.Check(time.Now())
	case "destroy":
		a := batch.Destroy{Record: rec, Things: r.in}
		return a, a.Check(time.Now())
	}
	return r.readMove(rec)
}

// head reads what every form of a deed says.
func (r *reading) head() (rec batch.Record, err error) {
	rec = batch.Record{Event: r.form.Get("event"), Note: r.form.Get("note"), Said: r.said(), At: time.Now().In(vietnam).Truncate(time.Second)}
	if text := r.form.Get("at"); text != "" {
		if rec.At, err = time.ParseInLocation(localTime, text, vietnam); err != nil {
			return rec, ledger.FieldErrorf(ledger.Invalid, "at", "is not a day and a time")
		}
	}
	text := r.form.Get("place")
	if text == "" {
		return rec, nil
	}
	id, err := trace.ParseID(text)
	if err != nil {
		return rec, ledger.FieldErrorf(ledger.Invalid, "place", "%v", err)
	}
	p, err := r.Index.Place(r.ctx, r.viewer, id)
	if err != nil || p.Owner != r.org {
		return rec, ledger.FieldErrorf(ledger.NotFound, "place", "is none of this organisation's")
	}
	rec.Place = id
	return rec, nil
}

// things are how much of the lot, or which pieces, the form is about.
func (r *reading) things() ([]trace.Stock, error) {
	id := r.one.id
	if id.Instance() {
		return []trace.Stock{{ID: id}}, nil
	}
	way := index.Held
	if r.deed == "receive" {
		way = index.Coming
	}
	if _, ok := r.one.have[way]; !ok {
		return nil, ledger.FieldErrorf(ledger.Forbidden, "id", "this organisation has nothing of %s to %s", id, r.deed)
	}
	q := quantityOf(r.org, way, r.one.known)
	if q == nil {
		return r.pieces(way)
	}
	if r.form.Get("all") == "true" {
		return []trace.Stock{{ID: id}}, nil
	}
	got, err := r.counted("qty", "qty_unit", id.Product(), q.Unit())
	if err != nil {
		return nil, err
	}
	if r.deed == "receive" && got != *q && r.form.Get("confirm") != r.form.Get("qty") {
		r.differs, err = r.difference(*q, got)
	}
	return []trace.Stock{{ID: id, Quantity: &got}}, err
}

// pieces are those whose serials the form names.
func (r *reading) pieces(way index.Way) (list []trace.Stock, err error) {
	have, err := r.Index.PiecesHeld(r.ctx, r.viewer, r.org, way, r.one.id, batch.MaxThings)
	if err != nil {
		return nil, err
	}
	bySerial := make(map[string]trace.ID, len(have))
	for _, id := range have {
		bySerial[id.Serial()] = id
	}
	if r.form.Get("all") == "true" {
		for _, id := range have {
			list = append(list, trace.Stock{ID: id})
		}
		return list, nil
	}
	serials, err := batch.ParseSerials(r.form.Get("serials"))
	if err != nil {
		return nil, err
	}
	for _, serial := range serials {
		id, ok := bySerial[serial]
		if !ok {
			return nil, ledger.FieldErrorf(ledger.NotFound, "serials", "%s is not there", serial)
		}
		list = append(list, trace.Stock{ID: id})
	}
	return list, nil
}

// difference explains what was received against what was sent.
func (r *reading) difference(sent, got trace.Quantity) (*web.Difference, error) {
	by, err := got.Sub(sent)
	if err != nil {
		return nil, ledger.FieldErrorf(ledger.Invalid, "qty", "%v", err)
	}
	d := &web.Difference{Sent: *r.amount(r.one.id, &sent), Got: *r.amount(r.one.id, &got), Less: by.IsNegative()}
	if d.Less {
		by = by.Neg()
	}
	d.By = *r.amount(r.one.id, &by)
	sender, _ := r.sender(r.one)
	d.Who, err = r.who(sender)
	return d, err
}

// sender is the one organisation that has a thing under way here, and how its shipment
// names it; zero where there are several, or nobody is seen.
func (g *goods) sender(o *one) (org ledger.ID, party trace.ID) {
	for _, e := range o.events {
		f := &e.Fact
		if e.Voided != nil || f.Error != nil {
			continue
		}
		if f.Step == trace.StepReceiving && e.Acting() == g.org {
			break // what was shipped before has arrived
		}
		if f.Step != trace.StepShipping {
			continue
		}
		if to, _, err := g.party(f.To); err != nil || to != g.org {
			continue
		}
		if !org.IsZero() && org != e.Acting() {
			return ledger.ID{}, trace.ID{}
		}
		org = e.Acting()
		if from, _, err := g.party(f.From); err == nil && from == org {
			party = f.From[0].ID
		}
	}
	if party.IsZero() && !org.IsZero() {
		party, _ = g.partyID(org) // without it, the record does not name the sender
	}
	return org, party
}

func (r *reading) readMove(rec batch.Record) (batch.Action, error) {
	a := batch.Move{Record: rec, Way: moves[r.deed], Things: r.in}
	me, err := r.partyID(r.org)
	if err != nil {
		return nil, err
	}
	switch a.Way {
	case batch.Receive:
		a.To = me
		_, a.From = r.sender(r.one)
	case batch.Return:
		giver, _, ok := r.giver(r.one)
		if !ok {
			return nil, ledger.FieldErrorf(ledger.Conflict, "to", "it was received from nobody")
		}
		a.From = me
		a.To, err = r.receiver(giver.String(), "")
	case batch.HandOver:
		a.From = me
	default:
		a.From = me
		a.To, err = r.receiver(r.form.Get("to"), r.form.Get("to_name"))
	}
	if err != nil {
		return nil, err
	}
	if a.Price, err = r.price(a.Way); err != nil {
		return nil, err
	}
	return a, a.Check(time.Now())
}

// price is what one unit of what is sold costs. It is for the parties alone: a record
// for everybody has none.
func (r *reading) price(way batch.Way) (int64, error) {
	text := strings.NewReplacer(".", "", ",", "", " ", "").Replace(strings.TrimSpace(r.form.Get("price")))
	if text == "" || way != batch.Ship && way != batch.HandOver {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil || n <= 0:
		return 0, ledger.FieldErrorf(ledger.Invalid, "price", "is not a whole number of đồng")
	case r.form.Get("audience") == string(ledger.Public):
		return 0, ledger.FieldErrorf(ledger.Conflict, "price", "is for the parties alone, and the record is for everybody")
	}
	return n, nil
}

func (r *reading) readHarvest(rec batch.Record) (batch.Action, error) {
	for _, text := range r.form["crops"] {
		crop, err := r.anyCrop(r.ctx, book{org: r.org, viewer: r.viewer}, text)
		if err != nil {
			return nil, ledgerField(err, "crops")
		}
		// Whoever was told so when they chose it means it.
		if crop.Over && r.form.Get("over") == "" {
			r.over = true
		}
		r.in = append(r.in, trace.Stock{ID: crop.ID})
		if rec.Place.IsZero() {
			rec.Place = crop.Place
		}
	}
	if len(r.in) == 0 {
		return nil, ledger.FieldErrorf(ledger.Invalid, "crops", "are missing")
	}
	if err := r.made(rec.At, false); err != nil {
		return nil, err
	}
	r.next = batchPath(r.out[0].ID)
	a := batch.Make{Record: rec, Kind: batch.Harvest, In: r.in, Out: r.out}
	return a, a.Check(time.Now())
}

func (r *reading) readMaking(rec batch.Record) (batch.Action, error) {
	for _, text := range r.form["others"] {
		id, err := trace.ParseID(text)
		if err != nil {
			return nil, ledger.FieldErrorf(ledger.Invalid, "others", "%v", err)
		}
		r.in = append(r.in, trace.Stock{ID: id})
	}
	if r.deed == "merge" && len(r.in) < 2 {
		return nil, ledger.FieldErrorf(ledger.Invalid, "others", "are missing")
	}
	a := batch.Make{Record: rec, Kind: kinds[r.deed], In: r.in}
	err := r.made(rec.At, r.deed == "pack" && r.form.Get("serial") == "true")
	if err != nil {
		return nil, err
	}
	a.Out = r.out
	if r.deed == "pack" {
		a.Label.BestBefore = r.form.Get("best_before")
		if a.Into, err = r.container(); err != nil {
			return nil, err
		}
	}
	r.next = batchPath(unitOf(r.out[0].ID))
	if !a.Into.IsZero() {
		r.next = batchPath(a.Into)
	}
	return a, a.Check(time.Now())
}

// made reads the lines of what is made; numbered are pieces with serials.
func (r *reading) made(at time.Time, pieces bool) error {
	for n := 1; n <= maxLines && r.form.Has(web.Numbered("lot", n)); n++ {
		product, lot, qty := numbered(r.form, "product", n), numbered(r.form, "lot", n), numbered(r.form, "qty", n)
		if qty == "" && lot == "" && n > 1 {
			continue // a line that is not used
		}
		p, err := r.product(product)
		if err != nil {
			return inLine(err, "product", n)
		}
		if lot == "" {
			if lot, err = r.suggestLot(p.ID, at); err != nil {
				return err
			}
			lot = r.unlike(p.ID, lot)
		}
		id, err := p.ID.WithLot(lot)
		if err != nil || id.Lot() == "" {
			return ledger.FieldErrorf(ledger.Invalid, web.Numbered("lot", n), "%q is not a lot number", lot)
		}
		if !pieces {
			q, err := r.counted(web.Numbered("qty", n), web.Numbered("unit", n), p.ID, p.Unit)
			if err != nil {
				return inLine(err, "qty", n)
			}
			r.out = append(r.out, trace.Stock{ID: id, Quantity: &q})
			continue
		}
		count, err := countOf(qty, web.Numbered("qty", n))
		if err != nil {
			return err
		}
		first, err := batch.FirstFree(func(n uint64) (bool, error) {
			piece, err := id.WithSerial(strconv.FormatUint(n, 10))
			if err != nil {
				return false, err
			}
			return r.Index.Mentioned(r.ctx, piece)
		})
		if err != nil {
			return err
		}
		list, err := batch.Numbered(id, first, count)
		if err != nil {
			return inLine(err, "lot", n)
		}
		r.out = append(r.out, list...)
	}
	if len(r.out) == 0 {
		return ledger.FieldErrorf(ledger.Invalid, web.Numbered("qty", 1), "is missing")
	}
	return nil
}

// unlike is a lot number that no line before has of the product.
func (r *reading) unlike(product trace.ID, lot string) string {
	used := func(lot string) bool {
		return slices.ContainsFunc(r.out, func(s trace.Stock) bool { return s.ID.Product() == product && s.ID.Lot() == lot })
	}
	free := lot
	for n := 'A'; used(free) && n <= 'Z'; n++ {
		free = lot + string(n)
	}
	return free
}

// inLine puts an error at a field of a line.
func inLine(err error, name string, n int) error {
	var e *ledger.Error
	if !errors.As(err, &e) {
		return err
	}
	at := *e
	at.Field = web.Numbered(name, n)
	return &at
}

// product is one that the organisation may make, or the one that is split.
func (r *reading) product(text string) (*index.Product, error) {
	id, err := trace.ParseID(text)
	if err != nil {
		return nil, ledger.FieldErrorf(ledger.Invalid, "product", "is missing")
	}
	p, err := r.Index.Product(r.ctx, r.viewer, id)
	if err != nil || p.Perennial {
		return nil, ledger.FieldErrorf(ledger.NotFound, "product", "%s is no product of the directory", id)
	}
	return p, nil
}

// container is the one that the form names; zero for none.
func (r *reading) container() (id trace.ID, err error) {
	text := strings.TrimSpace(firstOf(strings.TrimSpace(r.form.Get("into_code")), r.form.Get("into")))
	if text == "" {
		return id, nil
	}
	if id, err = trace.ParseTyped(text); err != nil {
		return id, ledger.FieldErrorf(ledger.Invalid, "into_code", "%v", err)
	}
	return id, nil
}

func (r *reading) readPacking(rec batch.Record) (batch.Action, error) {
	a := batch.Pack{Record: rec, Things: r.in}
	var err error
	if r.deed == "unload" {
		a.Container, a.Things, a.Out = r.one.id, nil, true
	} else if a.Container, err = r.container(); err != nil {
		return nil, err
	} else {
		r.next = batchPath(a.Container)
	}
	return a, a.Check(time.Now())
}

// record captures the action.
func (r *reading) record(a batch.Action) error {
	doc, err := batch.Document(r.PublicURL, a)
	if err != nil {
		return err
	}
	terms := capture.Terms{Audience: ledger.Parties}
	if r.form.Get("audience") == string(ledger.Public) {
		terms.Audience = ledger.Public
	}
	return thenDone(r.enterDocument(r.ctx, doc, terms), r.next, "recorded")
}
