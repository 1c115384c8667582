package api

import (
	"context"
	"slices"
	"strings"

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// offered is how many places, products or crops a form lists. Who has more finds the
// others by words: the form is sent with find, and comes back with what was typed.
const offered = 30

// offerPlaces are the places of an organisation that a form lists: those that what was
// typed beside the field finds, or else the newest, with those that are chosen already.
func (s *server) offerPlaces(ctx context.Context, v index.Viewer, org ledger.ID, f web.Form, field string, only func(index.Traits) bool, chosen ...string) ([]*index.Place, web.Offer, error) {
	find := func(query string) (index.Found[*index.Place], error) {
		return s.Index.FindPlaces(ctx, v, org, index.Search{Query: query, Only: only}, index.Page{Limit: offered})
	}
	list, o, err := offerOf(f, field, find)
	for _, text := range chosen {
		id, wrong := trace.ParseID(text)
		if err != nil || wrong != nil || slices.ContainsFunc(list, func(p *index.Place) bool { return p.ID == id }) {
			continue
		}
		var p *index.Place
		if p, err = s.Index.Place(ctx, v, id); err == nil && p.Owner == org {
			list = append([]*index.Place{p}, list...)
		}
		err = ignoreNotFound(err)
	}
	return list, o, err
}

// offerProducts are the products that a form lists, those of others among them which the
// organisation may make lots of.
func (s *server) offerProducts(ctx context.Context, v index.Viewer, org ledger.ID, f web.Form, field string, only func(index.Traits) bool, chosen ...string) ([]*index.Product, web.Offer, error) {
	find := func(query string) (index.Found[*index.Product], error) {
		return s.Index.FindProducts(ctx, v, org, index.Search{Query: query, Only: only}, index.Page{Limit: offered})
	}
	list, o, err := offerOf(f, field, find)
	for _, text := range chosen {
		id, wrong := trace.ParseID(text)
		if err != nil || wrong != nil || slices.ContainsFunc(list, func(p *index.Product) bool { return p.ID == id }) {
			continue
		}
		var p *index.Product
		if p, err = s.Index.Product(ctx, v, id); err == nil && p.ID == id && (p.Owner == org || slices.Contains(p.Makers, org)) {
			list = append([]*index.Product{p}, list...)
		}
		err = ignoreNotFound(err)
	}
	if o.Query == "" && !o.Long { // all of them
		names := s.names(ctx, v)
		slices.SortFunc(list, func(a, b *index.Product) int {
			return strings.Compare(trace.Plain(names(a.ID).VI), trace.Plain(names(b.ID).VI))
		})
	}
	return list, o, err
}

// offerOf finds what was typed beside a field, or what came last where that finds nothing.
func offerOf[T any](f web.Form, field string, find func(query string) (index.Found[T], error)) ([]T, web.Offer, error) {
	o := web.Offer{Name: field + "_find"}
	o.Query = strings.TrimSpace(f.Value(o.Name))
	found, err := find(o.Query)
	if err == nil && o.Query != "" && found.Total == 0 {
		o.Missing = true
		found, err = find("")
	}
	o.Total, o.Shown, o.Long = found.Total, len(found.List), o.Query != "" || found.Total > offered
	return found.List, o, err
}

// goodsOnly and cropsOnly are what forms offer of products.
func goodsOnly(t index.Traits) bool { return !t.Crop }
func cropsOnly(t index.Traits) bool { return t.Crop }

// usedPlace is one where something is done.
func usedPlace(t index.Traits) bool { return !t.Closed }
