package api

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/catalog"
)

// versionsPage is how many versions a page lists.
const versionsPage = 20

// datasetVersions is the page of what changed from version to version.
func (s *server) datasetVersions(c echo.Context) error {
	d, err := s.datasetParam(c)
	if err != nil {
		return err
	}
	before := 0
	if v := c.QueryParam("before"); v != "" {
		if before, err = strconv.Atoi(v); err != nil || before < 1 {
			return ledger.FieldErrorf(ledger.Invalid, "before", "is no version")
		}
	}
	id := d.Release.Dataset
	page := &web.Versions{Title: ledger.Text{VI: id.String()}, Path: datasetPath(id) + "/versions", Up: datasetPath(id), Later: before > 0}
	if d.About != nil {
		page.Title = d.About.Title
	}
	list, last, err := s.versionLines(c.Request().Context(), id, before, versionsPage)
	if err != nil {
		return err
	}
	if page.List = list; last > 1 {
		page.Next = page.Path + "?before=" + strconv.Itoa(last)
	}
	var b bytes.Buffer
	if err := s.pages.DatasetVersions(&b, s.lang(c), page); err != nil {
		return err
	}
	return s.html(c, http.StatusOK, newBody(b.Bytes()))
}

// versionLines are up to n versions before another, the latest first, with the number of
// the last one.
func (s *server) versionLines(ctx context.Context, id ledger.ID, before, n int) (lines []web.VersionLine, last int, err error) {
	list, err := s.Catalog.Versions(ctx, id, before, n+1) // one more, which the last one is compared with
	if err != nil {
		return nil, 0, err
	}
	for i, v := range list[:min(n, len(list))] {
		line := web.VersionLine{Version: strconv.Itoa(v.Version), Issued: v.Published, First: v.Version == 1, Receipt: fmt.Sprintf("/api/v1/receipts/%d?item=0", v.Entry)}
		if i+1 < len(list) {
			line.Changes = s.changed(ctx, list[i+1], v)
		}
		lines, last = append(lines, line), v.Version
	}
	return lines, last, nil
}

// changed is what is not as it was in the version before.
func (s *server) changed(ctx context.Context, was, is catalog.Version) (list []web.VersionChange) {
	say := func(kind string, what ...string) {
		if len(what) > 0 {
			list = append(list, web.VersionChange{Kind: kind, What: what})
		}
	}
	if was.About != nil && is.About != nil {
		added, removed, retyped := compareColumns(was.About.Columns, is.About.Columns)
		say("added", added...)
		say("removed", removed...)
		say("retyped", retyped...)
	}
	if from, to := rowsIn(s.profilesOf(ctx, was.Release)), rowsIn(s.profilesOf(ctx, is.Release)); from != to && from > 0 && to > 0 {
		list = append(list, web.VersionChange{Kind: "rows", From: from, To: to})
	}
	if from, to := bytesIn(was.Files), bytesIn(is.Files); from != to {
		list = append(list, web.VersionChange{Kind: "size", From: from, To: to})
	}
	if was.Licence != is.Licence {
		say("licence", licenceName(is.Licence))
	}
	if was.Access != is.Access {
		say("access", listedAccess(is.Access))
	}
	return list
}

func compareColumns(was, is []market.Column) (added, removed, retyped []string) {
	find := func(list []market.Column, name string) (market.Column, bool) {
		i := slices.IndexFunc(list, func(c market.Column) bool { return c.Name == name })
		if i < 0 {
			return market.Column{}, false
		}
		return list[i], true
	}
	for _, c := range is {
		switch before, known := find(was, c.Name); {
		case !known:
			added = append(added, c.Name)
		case before.Type != c.Type || before.Unit != c.Unit:
			retyped = append(retyped, c.Name)
		}
	}
	for _, c := range was {
		if _, kept := find(is, c.Name); !kept {
			removed = append(removed, c.Name)
		}
	}
	return added, removed, retyped
}

func bytesIn(files []market.File) (n int64) {
	for _, f := range files {
		n += f.Bytes
	}
	return n
}
