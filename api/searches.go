package api

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market/catalog"
)

const savedPath = "/datasets/saved"

// searchRoutes are the searches for data that people keep.
func (s *server) searchRoutes() []route {
	return []route{
		get(savedPath, person, s.savedPage),
		post(savedPath, person, s.saveSearch),
		post(savedPath+"/look", person, s.lookAtSearch),
		post(savedPath+"/drop", person, s.dropSearch),
	}
}

// savedPage lists somebody's searches, with how much is new since they looked; ?keep= is
// one that they may keep.
func (s *server) savedPage(c echo.Context) error {
	ctx := c.Request().Context()
	all, err := s.Accounts.SavedSearches(ctx, callerOf(ctx).person.ID)
	if err != nil {
		return err
	}
	v := &web.SavedSearches{}
	for _, one := range all {
		line, err := s.savedLine(c, one)
		if err != nil {
			return err
		}
		v.List = append(v.List, line)
	}
	if query := savable(c.QueryParam("keep")); query != "" {
		line, err := s.savedLine(c, account.SavedSearch{Query: query})
		if err != nil {
			return err
		}
		v.Keep = &line
	}
	return show(s, c, http.StatusOK, s.pages.SavedSearches, v)
}

// savable is a search as it is kept: without what says in which order, or from where on;
// empty where nothing is left.
func savable(query string) string {
	values, err := url.ParseQuery(query)
	if err != nil {
		return ""
	}
	kept := datasetSearch(values).kept()
	delete(kept, inSort)
	if len(kept[inText]) == 1 && kept[inText][0] == "" {
		delete(kept, inText)
	}
	return url.Values(kept).Encode()
}

func (s *server) savedLine(c echo.Context, one account.SavedSearch) (web.SavedSearch, error) {
	ctx := c.Request().Context()
	out := web.SavedSearch{ID: one.ID.String(), Query: one.Query, Made: ledger.TimeOf(one.Made)}
	values, err := url.ParseQuery(one.Query)
	if err != nil {
		return out, err
	}
	v := datasetSearch(values)
	q := v.query()
	q.Limit = 1
	out.Text = q.Text
	names, err := s.datasetNames(ctx)
	if err != nil {
		return out, err
	}
	for _, f := range catalog.Facets {
		for _, value := range q.Facets[f] {
			named, err := names.value(v, f, catalog.Count{Value: value, Chosen: true})
			if err != nil {
				return out, err
			}
			out.Values = append(out.Values, named)
		}
	}
	found, err := s.Catalog.Search(ctx, q)
	if err != nil {
		return out, ignoreWrong(err)
	}
	out.Total = found.Total
	if one.Seen > 0 {
		q.Since = one.Seen - 1
		fresh, err := s.Catalog.Search(ctx, q)
		if err != nil {
			return out, err
		}
		out.New = fresh.Total
	}
	return out, nil
}

// ignoreWrong lets a search be one that nobody can make any more.
func ignoreWrong(err error) error {
	if code := ledger.CodeOf(err); code == ledger.Invalid || code == ledger.TooLarge {
		return nil
	}
	return err
}

func (s *server) saveSearch(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	query := savable(form.Get("query"))
	if query == "" {
		return ledger.FieldErrorf(ledger.Invalid, "query", "looks for nothing")
	}
	ctx := c.Request().Context()
	if err := s.Accounts.SaveSearch(ctx, callerOf(ctx).person.ID, query, s.Catalog.Height()); err != nil {
		return err
	}
	return done(c, savedPath, "search_kept")
}

// lookAtSearch leads to what a search finds, and notes that it was looked at.
func (s *server) lookAtSearch(c echo.Context) error {
	id, err := savedID(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	one, err := s.Accounts.LookedAt(ctx, callerOf(ctx).person.ID, id, s.Catalog.Height())
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/datasets?"+one.Query+"&"+url.Values{inSort: {string(catalog.ByNewest)}}.Encode())
}

func (s *server) dropSearch(c echo.Context) error {
	id, err := savedID(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if err := s.Accounts.DropSearch(ctx, callerOf(ctx).person.ID, id); err != nil {
		return err
	}
	return done(c, savedPath, "search_dropped")
}

func savedID(c echo.Context) (ledger.ID, error) {
	form, err := typed(c)
	if err != nil {
		return ledger.ID{}, err
	}
	id, err := ledger.ParseID(form.Get("id"))
	if err != nil {
		return id, ledger.Errorf(ledger.NotFound, "there is no such saved search")
	}
	return id, nil
}
