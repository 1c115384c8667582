package api

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/catalog"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// datasetsPage is how many datasets a page lists.
const datasetsPage = 20

// datasetSearch is a search as an address has it.
type datasetSearch url.Values

// Names of what an address says beside facets.
const (
	inText  = "q"
	inSort  = "sort"
	inAfter = "after"
)

func (v datasetSearch) query() catalog.Query {
	q := catalog.Query{Text: strings.TrimSpace(url.Values(v).Get(inText)), Sort: catalog.Sort(url.Values(v).Get(inSort)), After: url.Values(v).Get(inAfter), Limit: datasetsPage, Facets: map[catalog.Facet][]string{}}
	for _, f := range catalog.Facets {
		q.Facets[f] = v[string(f)]
	}
	return q
}

// kept are what an address may say; anything else is left out of links.
func (v datasetSearch) kept() datasetSearch {
	out := datasetSearch{}
	for name, values := range v {
		if name == inText || name == inSort || slices.Contains(catalog.Facets, catalog.Facet(name)) {
			out[name] = slices.Clone(values)
		}
	}
	return out
}

// with is the address of the first page with a field changed.
func (v datasetSearch) with(name string, values ...string) string {
	out := v.kept()
	if out[name] = values; len(values) == 0 {
		delete(out, name)
	}
	return out.path()
}

func (v datasetSearch) path() string {
	return strings.TrimSuffix("/datasets?"+url.Values(v).Encode(), "?")
}

// datasets is the page on which data is looked for.
func (s *server) datasets(c echo.Context) error {
	ctx := c.Request().Context()
	v := datasetSearch(c.QueryParams())
	q := v.query()
	page := &web.Datasets{Search: q.Text, Later: q.After != "", First: v.kept().path(), Query: url.Values(v.kept()).Encode()}
	for name, values := range v.kept() {
		for _, value := range values {
			if name != inText {
				page.Keep = append(page.Keep, web.Kept{Name: name, Value: value})
			}
		}
	}
	slices.SortFunc(page.Keep, func(a, b web.Kept) int { return strings.Compare(a.Name+"="+a.Value, b.Name+"="+b.Value) })
	found, err := s.Catalog.Search(ctx, q)
	code := http.StatusOK
	switch of := ledger.CodeOf(err); {
	case err == nil:
		err = s.foundPage(ctx, page, v, q, found)
	case of == ledger.Invalid || of == ledger.TooLarge:
		page.Wrong, err, code = true, nil, http.StatusBadRequest
	}
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := s.pages.Datasets(&b, s.lang(c), page); err != nil {
		return err
	}
	return s.html(c, code, newBody(b.Bytes()))
}

func (s *server) foundPage(ctx context.Context, page *web.Datasets, v datasetSearch, q catalog.Query, found *catalog.Result) error {
	names, err := s.datasetNames(ctx)
	if err != nil {
		return err
	}
	page.Total = found.Total
	for _, d := range found.Datasets {
		card, err := names.card(d)
		if err != nil {
			return err
		}
		page.List = append(page.List, card)
	}
	page.All = v.path()
	all := v.kept()
	for _, f := range catalog.Facets {
		delete(all, string(f))
		facet := web.FacetOf{Name: string(f)}
		for _, c := range found.Facets[f] {
			value, err := names.value(v, f, c)
			if err != nil {
				return err
			}
			if c.Chosen {
				page.Chosen = append(page.Chosen, value)
			}
			if c.Chosen || len(facet.First) < firstValues {
				facet.First = append(facet.First, value)
			} else {
				facet.More = append(facet.More, value)
			}
		}
		if len(facet.First) > 1 || len(facet.First) == 1 && facet.First[0].Chosen {
			page.Facets = append(page.Facets, facet)
		}
	}
	page.All = all.path()
	sorts := []catalog.Sort{catalog.ByNewest, catalog.ByDownloads}
	if q.Text != "" {
		sorts = append([]catalog.Sort{catalog.ByRelevance}, sorts...)
	}
	for _, by := range sorts {
		link := web.SortLink{Name: string(by), Here: by == q.Sort, Link: v.with(inSort, string(by))}
		if by == catalog.ByRelevance {
			link.Name, link.Link = "relevance", v.with(inSort)
		}
		if by == catalog.ByNewest && q.Sort == catalog.ByRelevance && q.Text == "" {
			link.Here = true
		}
		page.Sorts = append(page.Sorts, link)
	}
	if query := savable(url.Values(v).Encode()); query != "" {
		page.Save = savedPath + "?" + url.Values{"keep": {query}}.Encode()
	}
	if found.Next != "" {
		next := v.kept()
		next[inAfter] = []string{found.Next}
		page.Next = next.path()
	}
	return nil
}

// firstValues is how many values of a facet are shown at once.
const firstValues = 6

// datasetNames says codes in words.
type datasetNames struct {
	*server
	ctx      context.Context
	communes map[string]trace.ListEntry
	parties  map[ledger.ID]web.Party
}

func (s *server) datasetNames(ctx context.Context) (*datasetNames, error) {
	communes, err := s.communes(ctx)
	return &datasetNames{s, ctx, communes, map[ledger.ID]web.Party{}}, err
}

// party is who publishes something, as everybody knows it.
func (n *datasetNames) party(org ledger.ID) (web.Party, error) {
	if p, ok := n.parties[org]; ok {
		return p, nil
	}
	o, err := n.Index.Organisation(n.ctx, index.Viewer{}, org)
	if ignoreNotFound(err) != nil {
		return web.Party{}, err
	}
	p := (&presenter{server: n.server, communes: n.communes}).party(o)
	n.parties[org] = p
	return p, nil
}

func (n *datasetNames) place(code string) trace.Text {
	unit, ok := n.communes[code]
	if !ok {
		return trace.Text{VI: code}
	}
	if unit.Province.IsZero() {
		return unit.Name
	}
	both := trace.Text{VI: unit.Name.VI + ", " + unit.Province.VI}
	if unit.Name.EN != "" && unit.Province.EN != "" {
		both.EN = unit.Name.EN + ", " + unit.Province.EN
	}
	return both
}

// licenceName is what a licence is called, or its address without what is the same for all.
func licenceName(uri string) string {
	if name := licences[uri]; name != "" {
		return name
	}
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(uri, "https://"), "http://"), "/")
}

func (n *datasetNames) value(v datasetSearch, f catalog.Facet, c catalog.Count) (web.FacetValue, error) {
	out := web.FacetValue{Facet: string(f), Value: c.Value, N: c.N, Chosen: c.Chosen}
	switch f {
	case catalog.ByTheme:
		out.Label = market.ThemeNames[c.Value]
	case catalog.ByFormat:
		out.Label.VI = strings.ToUpper(c.Value)
	case catalog.ByLicence:
		out.Label.VI = licenceName(c.Value)
	case catalog.ByPlace:
		out.Label = n.place(c.Value)
	case catalog.ByPublisher:
		if org, err := ledger.ParseID(c.Value); err == nil {
			p, err := n.party(org)
			if err != nil {
				return out, err
			}
			out.Label = p.Name
		}
	}
	chosen := slices.DeleteFunc(slices.Clone(v[string(f)]), func(one string) bool { return one == c.Value })
	if !c.Chosen {
		chosen = append(chosen, c.Value)
	}
	out.Link = v.with(string(f), chosen...)
	return out, nil
}

func (n *datasetNames) card(d catalog.Dataset) (web.DatasetCard, error) {
	id := d.Release.Dataset.String()
	out := web.DatasetCard{Link: "/datasets/" + id, Title: trace.Text{VI: id}, Updated: d.Published, Downloads: d.Downloads, Prices: d.Prices(ledger.TimeOf(time.Now())), Access: listedAccess(d.Access), Kind: listedKind(d.Kind)}
	for _, f := range d.Files {
		if name := strings.ToUpper(catalog.FormatOf(f.Media)); !slices.Contains(out.Formats, name) && len(out.Formats) < 4 {
			out.Formats = append(out.Formats, name)
		}
	}
	if a := d.About; a != nil {
		out.Title, out.Summary, out.Quality, out.Sample = a.Title, a.Summary, a.Score, a.Sample
		if a.Place != "" {
			out.Place = n.place(a.Place)
		}
	}
	var err error
	out.Publisher, err = n.party(d.Org)
	return out, err
}
