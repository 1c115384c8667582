package api

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/catalog"
	"github.com/sogoc/sogoc/market/dcat"
)

// Sizes of a catalogue's pages.
const (
	cataloguePage = 100
	catalogueLook = 2000 // datasets that are looked at for one page
)

// harvestAge is how many seconds others may keep an answer to a harvester.
const harvestAge = "60"

// catalogueRoutes are the catalogue as others harvest it.
func (s *server) catalogueRoutes() []route {
	list := append(slices.Concat(s.ckanRoutes(), s.provenanceRoutes()), get("/catalog", anyone, s.catalogue))
	for _, f := range dcat.Formats {
		list = append(list, get("/catalog."+f.Name, anyone, func(c echo.Context) error { return s.cataloguePage(c, f) }))
	}
	return list
}

// catalogue answers in the form that the client asks for; a browser is led to the pages.
func (s *server) catalogue(c echo.Context) error {
	vary(c, "Accept")
	accept := c.Request().Header.Get(echo.HeaderAccept)
	f, asked := rdfOf(accept)
	if !asked && strings.Contains(accept, echo.MIMETextHTML) {
		return c.Redirect(http.StatusSeeOther, "/datasets")
	}
	return s.cataloguePage(c, f)
}

// rdfOf is the form of RDF that an Accept header likes most; asked is false where it
// names none, and the form is the first.
func rdfOf(accept string) (best dcat.Format, asked bool) {
	best, liked := dcat.Formats[0], 0.0
	for _, part := range strings.Split(accept, ",") {
		media, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		weight, err := strconv.ParseFloat(params["q"], 64)
		if err != nil {
			weight = 1
		}
		for _, f := range dcat.Formats {
			if media == f.Media && weight > liked {
				best, liked, asked = f, weight, true
			}
		}
	}
	return best, asked
}

// cataloguePage is a part of the catalogue. Pages are named by the entry after which they
// begin, in the order of first publication, so that a harvest gets each dataset once
// however they change meanwhile. With modified_since only those that changed from then on
// are there; a page may have fewer than the next, which is the last when it names none.
func (s *server) cataloguePage(c echo.Context, f dcat.Format) error {
	ctx := c.Request().Context()
	after, since, err := harvestQuery(c.QueryParam("page"), c.QueryParam("modified_since"))
	if err != nil {
		return err
	}
	described, err := s.dcatCatalogue(c)
	if err != nil {
		return err
	}
	var list []catalog.Dataset
	last, more := after, true
	for looked := 0; more && len(list) < cataloguePage && looked < catalogueLook; looked += cataloguePage {
		part, err := s.shelf().Published(ctx, last, cataloguePage)
		if err != nil {
			return err
		}
		more = len(part) == cataloguePage
		for i, d := range part {
			last = d.First
			if d.Standing != market.Refused && max(d.ChangedAt, d.Published) >= since {
				list = append(list, d)
			}
			if len(list) == cataloguePage {
				more = more || i+1 < len(part)
				break
			}
		}
	}
	entries, err := s.entries(ctx, list)
	if err != nil {
		return err
	}
	query := url.Values{}
	if v := c.QueryParam("modified_since"); v != "" {
		query.Set("modified_since", v)
	}
	address := func(page uint64) string {
		query.Del("page")
		if page > 0 {
			query.Set("page", strconv.FormatUint(page, 10))
		}
		return strings.TrimSuffix(described.Base+"/catalog."+f.Name+"?"+query.Encode(), "?")
	}
	p := dcat.Page{Address: address(after), First: address(0), Size: cataloguePage, Datasets: entries}
	if more {
		p.Next = address(last)
	}
	return harvested(c, f.Media, described.Page(p).Write(f))
}

func harvestQuery(page, modified string) (after uint64, since ledger.Time, err error) {
	if page != "" && page != "0" {
		if after, err = strconv.ParseUint(page, 10, 64); err != nil {
			return 0, 0, ledger.FieldErrorf(ledger.Invalid, "page", "%q is not a page that another one named as its next", page)
		}
	}
	if modified == "" {
		return after, 0, nil
	}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", time.DateOnly} {
		if t, err := time.Parse(form, modified); err == nil {
			return after, ledger.TimeOf(t), nil
		}
	}
	return 0, 0, ledger.FieldErrorf(ledger.Invalid, "modified_since", "%q is not a time like 2026-06-03T07:30:00Z", modified)
}

// dcatCatalogue says whose catalogue it is.
func (s *server) dcatCatalogue(c echo.Context) (dcat.Catalogue, error) {
	operator, err := s.operator(c.Request().Context())
	g := s.Ledger.Genesis()
	return dcat.Catalogue{
		Base: s.base(), Title: ledger.Text{VI: g.Name}, Publisher: operator, Issued: g.Created,
		About: ledger.Text{VI: "Dữ liệu được công bố trên " + g.Name + ".", EN: "Data published on " + g.Name + "."},
	}, err
}

// described answers for /datasets/{id} with an ending, or for who asks for RDF; others get
// the page.
func (s *server) described(page echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		vary(c, "Accept")
		name, err := param(c, "id")
		if err != nil {
			return err
		}
		f, asked := rdfOf(c.Request().Header.Get(echo.HeaderAccept))
		for _, ending := range dcat.Formats {
			if id, cut := strings.CutSuffix(name, "."+ending.Name); cut {
				name, f, asked = id, ending, true
			}
		}
		if !asked {
			return page(c)
		}
		e, err := s.entryOf(c, name)
		if err != nil {
			return err
		}
		described, err := s.dcatCatalogue(c)
		if err != nil {
			return err
		}
		return harvested(c, f.Media, described.Dataset(e).Write(f))
	}
}

// entryOf is the dataset of an id as everybody sees it, or NotFound.
func (s *server) entryOf(c echo.Context, name string) (market.Entry, error) {
	id, err := ledger.ParseID(name)
	if err != nil {
		return market.Entry{}, ledger.Errorf(ledger.NotFound, "there is no such dataset")
	}
	ctx := c.Request().Context()
	d, err := s.shelf().Dataset(ctx, id)
	if err != nil {
		return market.Entry{}, err
	}
	list, err := s.entries(ctx, []catalog.Dataset{d})
	if err != nil {
		return market.Entry{}, err
	}
	return list[0], nil
}

// harvested answers a harvester.
func harvested(c echo.Context, media string, b []byte) error {
	h := c.Response().Header()
	h.Set("Cache-Control", "public, max-age="+harvestAge)
	h.Set("Access-Control-Allow-Origin", "*")
	return reply(c, http.StatusOK, media, newBody(b))
}
