package api

import (
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
	"github.com/sogoc/sogoc/trace/index"
)

// lines is how many lines a form of a deed starts with, and maxLines how many it can
// have.
var lines = map[string]int{"harvest": 1, "split": 2, "merge": 1, "grade": 3, "process": 1, "pack": 1}

const maxLines = 40

// kinds are the deeds that make something.
var kinds = map[string]batch.Kind{
	"harvest": batch.Harvest, "split": batch.Split, "merge": batch.Merge, "grade": batch.Grade, "process": batch.Process, "pack": batch.PackUp,
}

// moves are the deeds that move something.
var moves = map[string]batch.Way{"ship": batch.Ship, "return": batch.Return, "receive": batch.Receive, "handover": batch.HandOver}

// deeds lists those that have a form of their own beside the harvest.
var deeds = []string{"ship", "handover", "return", "receive", "split", "merge", "grade", "process", "pack", "load", "unload", "count", "destroy"}

func (s *server) harvestPage(c echo.Context) error {
	return s.askDeed(c, "harvest", http.StatusOK, web.Form{}, nil)
}

func (s *server) deedPage(c echo.Context) error {
	if !slices.Contains(deeds, c.Param("deed")) {
		return ledger.Errorf(ledger.NotFound, "there is nothing at this address")
	}
	return s.askDeed(c, c.Param("deed"), http.StatusOK, web.Form{}, nil)
}

// askDeed shows the form of a deed; differs is what was received against what was sent,
// where that is to be confirmed.
func (s *server) askDeed(c echo.Context, deed string, code int, f web.Form, differs *web.Difference) error {
	g := s.goodsOf(c)
	v := &web.BatchForm{
		Form: f, Deed: deed, Action: "/batches/act/" + deed, Difference: differs,
		// The form names the event, so that one that is sent twice is one record.
		Event: firstOf(f.Value("event"), trace.NewEventID()), At: time.Now().In(vietnam).Format(localTime), Audience: string(ledger.Parties),
	}
	var err error
	if deed == "harvest" {
		v.Action = "/batches/new"
		err = g.askHarvest(v, firstOf(c.QueryParam("crop")))
	} else {
		err = g.askAbout(v, firstOf(f.Value("id"), c.QueryParam("id")), web.DecimalMark(s.lang(c)))
	}
	if err != nil {
		return err
	}
	if v.Measures, err = g.askMeasures(v); err != nil {
		return err
	}
	for n := range min(max(lines[deed], rowsOf(f.Values)), maxLines) {
		v.Rows = append(v.Rows, n+1)
	}
	return show(s, c, code, s.pages.BatchForm, v)
}

// rowsOf is how many lines a form was sent with, and more where that was asked.
func rowsOf(form url.Values) int {
	n := 0
	for form.Has(web.Numbered("lot", n+1)) && n < maxLines {
		n++
	}
	if form.Has("more") {
		n += 3
	}
	return n
}

func (g *goods) askHarvest(v *web.BatchForm, chosen string) error {
	crops, offer, err := g.offerCrops(g.ctx, g.viewer, g.org, v.Form, "crops", true, append(v.Form.Values["crops"], chosen)...)
	if err != nil {
		return err
	}
	v.CropOffer = offer
	for i, crop := range crops {
		safe, err := g.safeFrom(g.ctx, g.viewer, crop.ID)
		if err != nil {
			return err
		}
		if !safe.IsZero() {
			v.Waits = append(v.Waits, web.Wait{Name: g.names.lotName(crop.ID), Safe: safe})
		}
		name := g.names.lotName(crop.ID)
		if crop.Over {
			v.Over = append(v.Over, name)
			name = trace.Text{VI: name.VI + " · đã hết vụ", EN: name.In("en") + " · season over"}
		}
		v.Crops = append(v.Crops, web.Choice{Value: crop.ID.String(), Name: name, Help: crop.Where, Chosen: crop.ID.String() == chosen || chosen == "" && len(crops) == 1 && i == 0})
	}
	if err := g.askPlace(v, trace.ID{}); err != nil {
		return err
	}
	return g.askProducts(v, trace.ID{})
}

// askAbout fills in what a deed asks about the thing of an identifier.
func (g *goods) askAbout(v *web.BatchForm, text, mark string) error {
	o, err := g.look(text)
	if err != nil {
		return err
	}
	v.ID = o.id.String()
	way := index.Held
	if v.Deed == "receive" {
		way = index.Coming
	}
	h, ok := o.have[way]
	if !ok || !g.holds(o, way) {
		return ledger.FieldErrorf(ledger.Conflict, "id", "this organisation has nothing of it to %s", v.Deed)
	}
	h.ID = o.id
	line, err := g.line(h, o.known)
	if err != nil {
		return err
	}
	v.What = &line
	if o.id.Instance() {
		line.Amount = nil
	} else if line.Amount != nil {
		if err := g.askAmount(v, o, way, mark); err != nil {
			return err
		}
	}
	if err := g.askPlace(v, lastPlace(o)); err != nil {
		return err
	}
	switch v.Deed {
	case "split":
		v.Product = o.id.Product().String()
		v.Suggested, err = g.suggestLot(o.id.Product(), time.Now())
	case "merge", "process":
		if v.Others, err = g.others(o, v.Deed == "merge"); err == nil {
			err = g.askProducts(v, o.id.Product())
		}
	case "grade":
		err = g.askProducts(v, trace.ID{})
	case "pack":
		v.Cases = true
		if err = g.askProducts(v, trace.ID{}); err == nil {
			err = g.askContainer(v, true)
		}
	case "load":
		err = g.askContainer(v, false)
	case "ship", "handover":
		v.Priced = g.priced(v, o)
		if v.Deed == "ship" && len(v.Partners) == 0 {
			v.Partners, err = g.partners(v.Form)
		}
	case "return":
		_, v.Receiver, _ = g.giver(o)
	case "receive":
		if sender, _ := g.sender(o); !sender.IsZero() && v.Difference == nil {
			v.What.Who, err = g.who(sender)
		}
	}
	return err
}

// priced is one of what a thing is counted in, of which a price may be said; nil of what
// is no product.
func (g *goods) priced(v *web.BatchForm, o *one) *web.Amount {
	if index.LevelOf(o.id) == index.LevelContainer || isContainerCode(o.id) {
		return nil
	}
	if v.Counted {
		return &v.Unit
	}
	return g.amount(o.id, nil)
}

// askAmount asks how much of it, or which pieces.
func (g *goods) askAmount(v *web.BatchForm, o *one, way index.Way, mark string) error {
	if q := quantityOf(g.org, way, o.known); q != nil {
		v.Counted, v.Quantity, v.Unit = v.Deed != "unload", batch.AmountText(*q, mark), *g.amount(o.id, q)
		if v.Difference != nil {
			v.Quantity = v.Form.Value("qty")
		}
		return nil
	}
	pieces, err := g.Index.PiecesHeld(g.ctx, g.viewer, g.org, way, o.id, batch.MaxThings)
	if err != nil {
		return err
	}
	var serials []string
	for _, id := range pieces {
		serials = append(serials, id.Serial())
	}
	v.Serials = batch.SerialRanges(serials)
	return nil
}

// lastPlace is where a thing was seen last.
func lastPlace(o *one) trace.ID {
	for _, r := range o.events {
		if r.Fact.Location != nil && r.Voided == nil {
			return *r.Fact.Location
		}
	}
	return trace.ID{}
}

// askPlace asks where it is done, of the organisation's places.
func (g *goods) askPlace(v *web.BatchForm, last trace.ID) error {
	places, offer, err := g.offerPlaces(g.ctx, g.viewer, g.org, v.Form, "place", usedPlace, v.Form.Value("place"), last.String())
	if err != nil {
		return err
	}
	v.PlaceOffer = offer
	for _, p := range places {
		if profileOf(p).Closed != "" {
			continue
		}
		name := placeName(p)
		name = trace.Text{VI: name.VI + " · " + codeText(p.ID), EN: name.In("en") + " · " + codeText(p.ID)}
		v.Places = append(v.Places, web.Choice{Value: p.ID.String(), Name: name, Chosen: p.ID == last})
	}
	if v.Deed == "harvest" && len(places) > 0 { // where the crop stands
		v.Places = append([]web.Choice{{Name: trace.Text{VI: "Tại vườn", EN: "Where the crop stands"}}}, v.Places...)
	}
	return nil
}

func (g *goods) askProducts(v *web.BatchForm, likely trace.ID) error {
	chosen := []string{likely.String()}
	for n := 1; n <= rowsOf(v.Form.Values); n++ {
		chosen = append(chosen, numbered(v.Form.Values, "product", n))
	}
	products, offer, err := g.offerProducts(g.ctx, g.viewer, g.org, v.Form, "product", goodsOnly, chosen...)
	if err != nil {
		return err
	}
	v.ProductOffer = offer
	for _, p := range products {
		if p.Perennial {
			continue
		}
		v.Products = append(v.Products, web.Choice{Value: p.ID.String(), Name: g.names.name(p.ID), Unit: p.Unit, One: g.names.unit(p.ID), Counts: true, Chosen: p.ID == likely})
	}
	if len(products) == 1 && !offer.Long {
		v.Suggested, err = g.suggestLot(products[0].ID, time.Now())
	}
	return err
}

// lotsApart is how many of its other products an organisation's new lot number is kept
// apart from, the newest: numbers must differ within a product, and people confuse less
// where they differ beyond it.
const lotsApart = 200

// suggestLot is a lot number of a product that none of the organisation's newest products
// has.
func (g *goods) suggestLot(product trace.ID, day time.Time) (string, error) {
	others, err := g.Index.FindProducts(g.ctx, g.viewer, g.org, index.Search{Only: goodsOnly}, index.Page{Limit: lotsApart})
	if err != nil {
		return "", err
	}
	ids := []trace.ID{product}
	for _, p := range others.List {
		if p.ID != product {
			ids = append(ids, p.ID)
		}
	}
	name := g.names.name(product).VI
	n, err := batch.FirstFree(func(n uint64) (bool, error) {
		for _, id := range ids {
			lot, err := id.WithLot(batch.LotNumber(name, day.In(vietnam), int(n)))
			if err != nil {
				return false, err
			}
			if used, err := g.Index.Mentioned(g.ctx, lot); used || err != nil {
				return used, err
			}
		}
		return false, nil
	})
	return batch.LotNumber(name, day.In(vietnam), int(n)), err
}

// othersOffered is how many lots a form offers beside the one that it is about.
const othersOffered = 30

// others are lots that may go in beside one.
func (g *goods) others(o *one, alike bool) (list []web.Choice, err error) {
	match := func(id trace.ID) bool {
		return id != o.id && id.Lot() != "" && !id.Instance() && (!alike || id.Product() == o.id.Product())
	}
	held, _, err := g.Index.Holdings(g.ctx, g.viewer, g.org, index.Held, match, index.Page{Limit: othersOffered})
	if err != nil {
		return nil, err
	}
	for _, h := range held {
		b, err := g.Index.Batch(g.ctx, g.viewer, h.ID)
		if err != nil {
			return nil, err
		}
		p := g.names.describe(h.ID)
		q := quantityOf(g.org, index.Held, b)
		if q == nil || len(b.Recalls) > 0 || p != nil && p.Perennial {
			continue
		}
		list = append(list, web.Choice{Value: h.ID.String(), Name: g.names.lotName(h.ID), Help: trace.Text{VI: batch.AmountText(*q, ",") + " " + string(q.Unit())}})
	}
	return list, nil
}

// containersOffered is how many containers a form offers.
const containersOffered = 20

// askContainer asks which container: a new one, or one that the organisation has.
func (g *goods) askContainer(v *web.BatchForm, may bool) error {
	if may {
		v.Containers = append(v.Containers, web.Choice{Name: trace.Text{VI: "Không xếp vào kiện", EN: "Not into a container"}})
	}
	fresh, err := g.newContainer()
	if err != nil {
		return err
	}
	if !fresh.IsZero() {
		v.Containers = append(v.Containers, web.Choice{Value: fresh.String(), Name: trace.Text{VI: "Kiện mới " + codeText(fresh) + serialText(fresh), EN: "New container " + codeText(fresh) + serialText(fresh)}})
	}
	held, _, err := g.Index.Holdings(g.ctx, g.viewer, g.org, index.Held, func(id trace.ID) bool {
		return index.LevelOf(id) == index.LevelContainer || isContainerCode(id)
	}, index.Page{Limit: containersOffered})
	for _, h := range held {
		v.Containers = append(v.Containers, web.Choice{Value: h.ID.String(), Name: trace.Text{VI: "Kiện " + codeText(h.ID) + serialText(h.ID), EN: "Container " + codeText(h.ID) + serialText(h.ID)}})
	}
	return err
}

// serialText is what tells containers of one register-issued code apart.
func serialText(id trace.ID) string {
	if _, ok := id.Code(); ok {
		return " / " + id.Serial()
	}
	return ""
}

// newContainer is the next free container code of the organisation; zero where it has
// neither prefix nor issuer.
func (g *goods) newContainer() (id trace.ID, err error) {
	prefixes, err := g.Index.Prefixes(g.ctx, g.org)
	if err != nil || len(prefixes) == 0 {
		return id, err
	}
	coded := func(n uint64) (trace.ID, error) {
		if p := prefixes[0]; p.GS1 != "" {
			return batch.SSCC(p.GS1, n)
		}
		return batch.ContainerCode(prefixes[0].Issuer, n)
	}
	n, err := batch.FirstFree(func(n uint64) (bool, error) {
		id, err := coded(n)
		if err != nil {
			return false, err
		}
		return g.Index.Mentioned(g.ctx, id)
	})
	if err != nil {
		return id, err
	}
	return coded(n)
}

// numbered is the n-th line's value of a field.
func numbered(form url.Values, name string, n int) string {
	return strings.TrimSpace(form.Get(web.Numbered(name, n)))
}

// countOf reads how many.
func countOf(text, field string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 1 || n > batch.MaxThings {
		return 0, ledger.FieldErrorf(ledger.Invalid, field, "is not 1 to %d", batch.MaxThings)
	}
	return n, nil
}
