package api

import (
	"context"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/catalog"
)

type datasetJSON struct {
	Release     market.Release      `json:"release"`
	Publisher   ledger.ID           `json:"publisher"`
	Published   ledger.Time         `json:"published"`
	Entry       uint64              `json:"entry" doc:"position of the version in the register"`
	FirstSeen   ledger.Time         `json:"first_published"`
	Description *market.Description `json:"description,omitempty"`
	Offers      []market.Offer      `json:"offers,omitempty"`
	Downloads   int64               `json:"downloads"`
}

func datasetOf(d catalog.Dataset) datasetJSON {
	return datasetJSON{d.Release, d.Org, d.Published, d.Entry, d.FirstSeen, d.About, d.Offers, d.Downloads}
}

// datasetQuery are the parameters of a search. A facet that is given more than once is
// narrowed to any of its values.
type datasetQuery struct {
	Text      string       `query:"q" maxLength:"800" doc:"words in the title, the summary, the keywords, the fields or the publisher's name, with or without marks"`
	Theme     []string     `query:"theme,explode"`
	Price     []string     `query:"price,explode" doc:"free, paid, asked"`
	Access    []string     `query:"access,explode" doc:"open, agreed, listed"`
	Format    []string     `query:"format,explode" doc:"csv, geojson, xlsx, …"`
	Place     []string     `query:"place,explode" doc:"code of an administrative unit"`
	Publisher []string     `query:"publisher,explode" doc:"id of an organisation"`
	Fresh     []string     `query:"fresh,explode" doc:"month, quarter, year, older"`
	Quality   []string     `query:"quality,explode" doc:"high, fair, low, unknown"`
	Licence   []string     `query:"licence,explode" doc:"a URI"`
	Kind      []string     `query:"kind,explode" doc:"files, api, service"`
	Sort      catalog.Sort `query:"sort" enum:"relevance,newest,downloads" default:"relevance"`
	After     string       `query:"after" doc:"next of the page before"`
	Limit     int          `query:"limit" minimum:"1" maximum:"100" default:"20"`
}

func (in *datasetQuery) query() catalog.Query {
	q := catalog.Query{Text: in.Text, Sort: in.Sort, After: in.After, Limit: in.Limit, Facets: map[catalog.Facet][]string{
		catalog.ByTheme: in.Theme, catalog.ByPrice: in.Price, catalog.ByAccess: in.Access, catalog.ByFormat: in.Format, catalog.ByPlace: in.Place,
		catalog.ByPublisher: in.Publisher, catalog.ByFresh: in.Fresh, catalog.ByQuality: in.Quality, catalog.ByLicence: in.Licence, catalog.ByKind: in.Kind,
	}}
	if q.Sort == "relevance" {
		q.Sort = catalog.ByRelevance
	}
	return q
}

type datasetList struct {
	Items  []datasetJSON                  `json:"items"`
	Total  int                            `json:"total"`
	Facets map[catalog.Facet][]facetCount `json:"facets" doc:"values of each facet under what is asked for by the others"`
	Next   string                         `json:"next,omitempty" doc:"after of the next page"`
}

type facetCount struct {
	Value string `json:"value"`
	N     int    `json:"n"`
}

func (s *server) ownDatasets(ctx context.Context, in *datasetQuery) (*ownBody[datasetList], error) {
	found, err := s.Catalog.Search(ctx, in.query())
	if err != nil {
		return nil, s.own(ctx, err)
	}
	out := datasetList{Items: make([]datasetJSON, len(found.Datasets)), Total: found.Total, Facets: map[catalog.Facet][]facetCount{}, Next: found.Next}
	for i, d := range found.Datasets {
		out.Items[i] = datasetOf(d)
	}
	for f, counts := range found.Facets {
		for _, c := range counts {
			out.Facets[f] = append(out.Facets[f], facetCount{c.Value, c.N})
		}
	}
	return &ownBody[datasetList]{out}, nil
}
