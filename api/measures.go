package api

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/batch"
	"github.com/sogoc/sogoc/trace/index"
)

// measures are an organisation's own units for some products: those of the products, which
// go before, and those of its places that are used.
func (s *server) measures(ctx context.Context, v index.Viewer, org ledger.ID, products ...trace.ID) ([]trace.Measure, error) {
	var list []trace.Measure
	add := func(more []trace.Measure) {
		for _, m := range more {
			if !slices.ContainsFunc(list, func(k trace.Measure) bool { return trace.Plain(k.Name.VI) == trace.Plain(m.Name.VI) }) {
				list = append(list, m)
			}
		}
	}
	for _, product := range products {
		p, err := s.Index.Product(ctx, v, product)
		if err = ignoreNotFound(err); err != nil {
			return nil, err
		}
		if p != nil && p.Profile != nil {
			add(p.Profile.Units)
		}
	}
	ofPlaces, err := s.Index.Measures(ctx, v, org)
	add(ofPlaces)
	return list, err
}

// measureChoice is a unit of people's own with what is in one.
func measureChoice(m trace.Measure) web.Choice {
	unit := map[trace.Unit]string{"": "", "KGM": " kg", "GRM": " g", "LTR": " l", "MLT": " ml", "TNE": " t", "MTQ": " m³", "MTK": " m²", "HAR": " ha"}[m.Is.Unit()]
	text := func(name, mark string) string { return name + " (" + batch.AmountText(m.Is, mark) + unit + ")" }
	return web.Choice{Value: m.Name.VI, Name: trace.Text{VI: text(m.Name.VI, ","), EN: text(m.Name.In("en"), ".")}}
}

// fieldUnits are the units in which a grower says how much was used: one's own first.
func fieldUnits(own []trace.Measure) (list []web.Choice) {
	for _, m := range own {
		list = append(list, measureChoice(m))
	}
	for _, usual := range [][2]string{{"lít", "litres"}, {"ml", "ml"}, {"kg", "kg"}, {"gam", "grams"}, {"gói", "packets"}, {"chai", "bottles"}} {
		if !slices.ContainsFunc(own, func(m trace.Measure) bool { return trace.Plain(m.Name.VI) == trace.Plain(usual[0]) }) {
			list = append(list, web.Choice{Value: usual[0], Name: trace.Text{VI: usual[0], EN: usual[1]}})
		}
	}
	return list
}

// unitsRead is how many records are looked through for the unit of last time, in the words
// of one of two fields: how much of an input was used, and quantities in units of one's own.
const (
	unitsRead = 10
	usedWords = "used"
	saidWords = "said"
)

// lastUnit is the unit in which an organisation said how much, when it recorded a step
// last; empty where that was in the usual one.
func (s *server) lastUnit(ctx context.Context, v index.Viewer, org ledger.ID, step, field string) (string, error) {
	events, _, err := s.Index.Events(ctx, v, index.Query{Orgs: []ledger.ID{org}, Steps: []string{step}}, index.Page{Limit: unitsRead})
	if err != nil {
		return "", err
	}
	for _, r := range events {
		if r.Acting() != org || r.Voided != nil || r.Fact.Error != nil {
			continue
		}
		payload, err := s.payload(ctx, r.Fact.Payload)
		if ledger.CodeOf(err) == ledger.NotFound && err != nil {
			continue
		}
		if err != nil {
			return "", err
		}
		d, err := detailsOf(payload)
		if err != nil {
			return "", err
		}
		said := d.ours[field]
		if said == "" && field == usedWords {
			continue // it was not said how much
		}
		said = said[strings.LastIndexByte(said, ';')+1:]
		return strings.TrimLeft(said, " 0123456789.,"), nil
	}
	return "", nil
}

// choose marks the one of some units that has a name, so that it is the one that a form
// starts with.
func choose(units []web.Choice, name string) {
	for i, u := range units {
		if name != "" && trace.Plain(u.Value) == trace.Plain(name) {
			units[i].Chosen = true
			return
		}
	}
}

// usualUnit is the unit that a form counts in where nothing else is chosen.
var usualUnit = web.Choice{Name: trace.Text{VI: "Như thường lệ", EN: "As usual"}}

// askMeasures are the units that a form of a deed offers beside the usual one: those of
// the thing that it is about, and of what can be made.
func (g *goods) askMeasures(v *web.BatchForm) ([]web.Choice, error) {
	var products []trace.ID
	if id, err := trace.ParseID(v.ID); err == nil {
		products = append(products, id.Product())
	}
	for _, p := range v.Products {
		if id, err := trace.ParseID(p.Value); err == nil {
			products = append(products, id)
		}
	}
	own, err := g.measures(g.ctx, g.viewer, g.org, products...)
	if err != nil || len(own) == 0 {
		return nil, err
	}
	list := []web.Choice{usualUnit}
	for _, m := range own {
		c := measureChoice(m)
		if !slices.ContainsFunc(list, func(k web.Choice) bool { return k.Value == c.Value }) {
			list = append(list, c)
		}
	}
	if v.Counted { // the field has a quantity in the usual unit already
		return list, nil
	}
	if kind, makes := kinds[v.Deed]; makes {
		last, err := g.lastUnit(g.ctx, g.viewer, g.org, kind.Step(), saidWords)
		if err != nil {
			return nil, err
		}
		choose(list, last)
	}
	return list, nil
}

// counted reads a quantity of a product from a field and the one of its unit, in the unit
// that the product is counted in.
func (r *reading) counted(field, unit string, product trace.ID, into trace.Unit) (trace.Quantity, error) {
	text := r.spoken(field, unit)
	if !strings.ContainsFunc(text, unicode.IsLetter) {
		return batch.ParseAmount(text, into)
	}
	own, err := r.measures(r.ctx, r.viewer, r.org, product)
	if err != nil {
		return trace.Quantity{}, err
	}
	q, _, err := batch.ParseCounted(text, own, into)
	if err == nil && q.Unit() != into {
		err = ledger.FieldErrorf(ledger.Invalid, "qty", "%s is not counted so", product)
	}
	return q, err
}

// spoken is a quantity as the form has it, with its unit where one is chosen.
func (r *reading) spoken(field, unit string) string {
	return strings.TrimSpace(r.form.Get(field) + " " + r.form.Get(unit))
}

// said are the quantities of a form in people's own units, as they were said.
func (r *reading) said() string {
	var list []string
	add := func(field, unit string) {
		if text := r.spoken(field, unit); r.form.Get(field) != "" && strings.ContainsFunc(text, unicode.IsLetter) {
			list = append(list, text)
		}
	}
	add("qty", "qty_unit")
	for n := 1; n <= maxLines; n++ {
		add(web.Numbered("qty", n), web.Numbered("unit", n))
	}
	return strings.Join(list, "; ")
}
