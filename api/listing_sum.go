package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/jobs"
	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/profile"
	"github.com/sogoc/sogoc/market/profile/mask"
)

// summed is a table of a file of a draft that may be summed up.
type summed struct {
	l     account.Listing
	file  account.ListedFile
	all   []profile.Table
	index int
}

func (t summed) table() profile.Table { return t.all[t.index] }

// summedOf is the table that an address names.
func (s *server) summedOf(c echo.Context) (t summed, err error) {
	if t.l, err = s.listingOf(c); err != nil {
		return t, err
	}
	id, err := ledger.ParseID(c.Param("upload"))
	i := slices.IndexFunc(t.l.Files, func(f account.ListedFile) bool { return f.Upload == id })
	if err != nil || i < 0 || t.l.Files[i].Profile == nil {
		return t, ledger.Errorf(ledger.NotFound, "there is no such file, or nobody looked at it yet")
	}
	t.file = t.l.Files[i]
	p, err := fileProfile(t.file)
	if err != nil {
		return t, err
	}
	t.all = p.Tables
	if at := c.QueryParam("table"); at != "" {
		t.index, err = strconv.Atoi(at)
	}
	if err != nil || t.index < 0 || t.index >= len(t.all) {
		return t, ledger.Errorf(ledger.NotFound, "the file has no such table")
	}
	return t, nil
}

// sumForm asks by what a table is summed up, and into what. While a job looks at what
// comes of it, the page says how far that is.
func (s *server) sumForm(c echo.Context) error {
	t, err := s.summedOf(c)
	if err != nil {
		return err
	}
	list, err := s.copiesOf(t.l)
	if err != nil {
		return err
	}
	for _, j := range list {
		if j.about.Upload == t.file.Upload && j.about.Do == copyLook && j.ID.String() == c.QueryParam("job") {
			return s.lookedAt(c, t, j)
		}
	}
	f := web.Form{Values: url.Values{"k": {strconv.Itoa(office.MinGrowers)}, "told": {string(mask.Count)}}}
	if len(t.all) > 1 {
		f.Values.Set("keep", "true") // the other tables would go with the file
	}
	return s.askSum(c, http.StatusOK, t, f, nil)
}

// lookedAt shows what a job found that looked at a sum, or how far it is.
func (s *server) lookedAt(c echo.Context, t summed, j copyJob) error {
	v := copyView(t.l, j)
	switch {
	case j.Fault != nil:
		return s.askSum(c, http.StatusOK, t, web.Form{Values: j.about.Form, Wrong: v.Form.Wrong}, nil)
	case !j.Ready():
		return show(s, c, http.StatusOK, s.pages.ListingSum, &web.ListingSum{
			Head: head(t.l, string(market.StageFound)), Name: t.file.Name, Table: t.table().Name, Rows: int(t.table().Rows), Copy: &v,
		})
	}
	shown, err := s.shownOf(j.Job)
	if err != nil {
		return err
	}
	return s.askSum(c, http.StatusOK, t, web.Form{Values: j.about.Form}, shown)
}

// shownOf is what a job found that looked at a sum.
func (s *server) shownOf(j jobs.Job) (*web.SumShown, error) {
	in, _, err := s.Copies.Result(j.Org, j.ID)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	var shown office.Summed
	if err := json.NewDecoder(in).Decode(&shown); err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "the job's file cannot be read")
	}
	return &web.SumShown{Head: shown.Head, Rows: shown.Rows, Read: int(shown.Read), Written: int(shown.Written), LeftOut: int(shown.LeftOut)}, nil
}

func (s *server) askSum(c echo.Context, code int, t summed, f web.Form, shown *web.SumShown) error {
	v := &web.ListingSum{
		Head: head(t.l, string(market.StageFound)), Form: f, Path: sumPath(t.l, t.file, t.index),
		Name: t.file.Name, Table: t.table().Name, Rows: int(t.table().Rows), Least: office.MinGrowers, Most: mask.MaxK, Shown: shown,
		Of: []web.SumColumn{{Code: string(mask.Count), How: string(mask.Count)}},
	}
	for i, field := range t.table().Fields[:min(len(t.table().Fields), maxColumns)] {
		n := strconv.Itoa(i)
		one := func(how string) web.SumColumn { return web.SumColumn{Code: n + ":" + how, Name: field.Name, How: how} }
		for _, how := range office.Blurs(t.table(), field) {
			v.By = append(v.By, one(string(how)))
		}
		for _, do := range office.Measures(t.table(), field) {
			v.Of = append(v.Of, one(string(do)))
		}
		v.Each = append(v.Each, web.SumColumn{Code: n, Name: field.Name})
	}
	return show(s, c, code, s.pages.ListingSum, v)
}

func sumPath(l account.Listing, f account.ListedFile, table int) string {
	return draftPath(l) + "/files/" + f.Upload.String() + "/sum?table=" + strconv.Itoa(table)
}

// summing reads what was chosen.
func (t summed) summing(form url.Values) (office.Summing, error) {
	s := office.Summing{Table: t.index, Keep: form.Get("keep") == "true"}
	// column is the field that a code begins with, and what stands behind it.
	column := func(at, code string) (name, how string, err error) {
		n, how, _ := strings.Cut(code, ":")
		i, err := strconv.Atoi(n)
		if err != nil || i < 0 || i >= len(t.table().Fields) {
			return "", "", ledger.FieldErrorf(ledger.Invalid, at, "%q is none of those offered", code)
		}
		return t.table().Fields[i].Name, how, nil
	}
	for _, code := range form["by"] {
		name, how, err := column("by", code)
		if err != nil {
			return s, err
		}
		s.By = append(s.By, mask.Rule{Field: name, How: mask.How(how)})
	}
	for _, code := range form["told"] {
		if code == string(mask.Count) {
			s.Of = append(s.Of, mask.Measure{Do: mask.Count})
			continue
		}
		name, do, err := column("told", code)
		if err != nil {
			return s, err
		}
		s.Of = append(s.Of, mask.Measure{Field: name, Do: mask.Do(do)})
	}
	if code := form.Get("each"); code != "" {
		name, _, err := column("each", code)
		if err != nil {
			return s, err
		}
		s.Each = name
	}
	k, err := strconv.Atoi(strings.TrimSpace(form.Get("k")))
	if err != nil {
		return s, ledger.FieldErrorf(ledger.Invalid, "k", "is no number")
	}
	s.K = k
	return s, nil
}

// sumFile shows what a table is summed up to, or puts that into the draft.
func (s *server) sumFile(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	t, err := s.summedOf(c)
	if err != nil {
		return err
	}
	chosen, err := t.summing(form)
	if err == nil {
		about := copyAbout{Do: copyLook, Form: form}
		making := form.Get("do") == "make"
		if making {
			about.Do = copySum
		}
		var j jobs.Job
		var going bool
		j, going, err = s.makeCopy(c.Request().Context(), t.l, t.file, office.Copying{Sum: &chosen, Look: !making}, about)
		switch {
		case err != nil:
		case making:
			return s.copied(c, t.l, j, going, "data_summed")
		case going:
			return done(c, sumPath(t.l, t.file, t.index)+"&job="+j.ID.String(), "")
		default:
			shown, err := s.shownOf(j)
			if err = errors.Join(err, ignoreNotFound(s.Copies.Remove(j.Org, j.ID))); err != nil {
				return err
			}
			return s.askSum(c, http.StatusOK, t, web.Form{Values: form}, shown)
		}
	}
	return retyped(c, form, err, func(c echo.Context, code int, f web.Form) error { return s.askSum(c, code, t, f, nil) })
}
