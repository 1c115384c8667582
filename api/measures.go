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

// measures are an organisation's own units for a product: those of the product, which go
// before, and those of its places that are used.
func (s *server) measures(ctx context.Context, v index.Viewer, org ledger.ID, product trace.ID) ([]trace.Measure, error) {
	var list []trace.Measure
	add := func(more []trace.Measure) {
		for _, m := range more {
			if !slices.ContainsFunc(list, func(k trace.Measure) bool { return trace.Plain(k.Name.VI) == trace.Plain(m.Name.VI) }) {
				list = append(list, m)
			}
		}
	}
	if !product.IsZero() {
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
	if len(products) == 0 {
		products = append(products, trace.ID{})
	}
	var list []web.Choice
	for _, id := range products {
		own, err := g.measures(g.ctx, g.viewer, g.org, id)
		if err != nil {
			return nil, err
		}
		for _, m := range own {
			c := measureChoice(m)
			if !slices.ContainsFunc(list, func(k web.Choice) bool { return k.Value == c.Value }) {
				list = append(list, c)
			}
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	return append([]web.Choice{usualUnit}, list...), nil
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
