package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// maxColumns is how many columns a form asks about.
const maxColumns = 200

func (s *server) listingLaw(c echo.Context) error {
	l, err := s.listingOf(c)
	if err != nil {
		return err
	}
	a, st := l.About, l.Release.Statement
	if st == nil {
		st = new(market.Statement)
	}
	values := url.Values{
		"licence": {l.Release.Licence}, "seller": {string(st.Seller)}, "origin": {string(st.Origin)}, "right": {a.Right.VI},
		"value": {string(st.Value)}, "method": {a.Method.VI}, "class": {string(st.Class)}, "quality": {a.Quality.VI},
		"limits": {a.Limits.VI}, "frequency": {a.Frequency}, "conditions": {a.Conditions.VI}, "sources": {s.sourcesTyped(l.Release.From)},
	}
	if st.People > 0 {
		values.Set("people", strconv.FormatInt(st.People, 10))
	}
	for i, col := range a.Columns {
		values.Set("column-"+strconv.Itoa(i), col.Title.VI)
		values.Set("unit-"+strconv.Itoa(i), col.Unit)
	}
	return s.askLaw(c, http.StatusOK, l, web.Form{Values: values})
}

func (s *server) askLaw(c echo.Context, code int, l account.Listing, f web.Form) error {
	v := &web.ListingLaw{
		Head: head(l, string(market.StageLaw)), Form: f, Licences: market.LicencesFor(l.Release.Access),
		HasFiles: l.Release.Kind == market.Files && l.Release.Access != market.Listed, Listed: l.Release.Access == market.Listed,
	}
	for i, col := range l.About.Columns[:min(len(l.About.Columns), maxColumns)] {
		v.Columns = append(v.Columns, web.ListingColumn{N: i, Name: col.Name, Type: col.Type})
	}
	return show(s, c, code, s.pages.ListingLaw, v)
}

// maxLaw bounds the form, in bytes: with a sentence for each column.
const maxLaw = 256 << 10

func (s *server) saveLaw(c echo.Context) error {
	form, err := typedUpTo(c, maxLaw)
	if err != nil {
		return err
	}
	l, err := s.listingOf(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	sources, err := s.sourcesIn(ctx, form.Get("sources"))
	if err == nil {
		_, err = s.Accounts.ChangeListing(ctx, l.Org, l.Release.Dataset, func(l *account.Listing) error {
			l.Release.From = sources
			return law(l, form)
		})
	}
	if err != nil {
		return retyped(c, form, err, asking(s.askLaw, l))
	}
	return done(c, draftPath(l)+"/publish", "data_saved")
}

// law reads into a listing what the law wants to be said. What is left out is missing
// still; what is none of the choices is left out.
func law(l *account.Listing, form url.Values) error {
	for name, text := range map[string]*ledger.Text{
		"right": &l.About.Right, "method": &l.About.Method, "quality": &l.About.Quality, "limits": &l.About.Limits, "conditions": &l.About.Conditions,
	} {
		if !form.Has(name) {
			continue
		}
		said, err := words(form, name, 2000)
		if err != nil {
			return err
		}
		text.VI = said
	}
	l.Release.Licence, l.About.Frequency = "", ""
	if licence := form.Get("licence"); slices.Contains(market.LicencesFor(l.Release.Access), licence) {
		l.Release.Licence = licence
	}
	if f := form.Get("frequency"); slices.Contains(market.Frequencies, f) {
		l.About.Frequency = f
	}
	st := market.Statement{
		Seller: market.Seller(form.Get("seller")), Origin: market.Origin(form.Get("origin")),
		Value: market.Value(form.Get("value")), Class: market.Class(form.Get("class")),
	}
	if n := strings.ReplaceAll(strings.TrimSpace(form.Get("people")), ".", ""); n != "" {
		people, err := strconv.ParseInt(n, 10, 64)
		if err != nil || people < 0 || people > market.MaxPeople {
			return ledger.FieldErrorf(ledger.Invalid, "people", "is no number of people")
		}
		st.People = people
	}
	if st.Class.Valid() && st.Class.Below(market.AtLeast(st.People)) {
		return ledger.FieldErrorf(ledger.Conflict, "class", "is too low for so many people")
	}
	l.Release.Statement = &st
	for i := range l.About.Columns[:min(len(l.About.Columns), maxColumns)] {
		n := strconv.Itoa(i)
		title, err := words(form, "column-"+n, 200)
		if err != nil {
			return err
		}
		unit, err := words(form, "unit-"+n, 20)
		if err != nil {
			return err
		}
		l.About.Columns[i].Title.VI, l.About.Columns[i].Unit = title, unit
	}
	return nil
}

// sourcesIn reads a source a line: an address, and how it was used. The address of a
// dataset here is the dataset in its latest version.
func (s *server) sourcesIn(ctx context.Context, text string) (list []market.Source, err error) {
	for line := range strings.Lines(text) {
		ref, how, _ := strings.Cut(strings.TrimSpace(line), " ")
		if ref == "" {
			continue
		}
		if how = strings.TrimSpace(how); how == "" || len(how) > 500 {
			return nil, ledger.FieldErrorf(ledger.Invalid, "sources", "%s: it does not say how it was used", ref)
		}
		src := market.Source{Kind: market.FromOutside, Ref: ref, How: how}
		_, name, here := strings.Cut(ref, "/datasets/")
		if name, version, _ := strings.Cut(name, "/"); here && strings.HasPrefix(ref, s.PublicURL) {
			id, err := ledger.ParseID(name)
			if err != nil {
				return nil, ledger.FieldErrorf(ledger.Invalid, "sources", "%s is no dataset", ref)
			}
			if version == "" {
				d, err := s.Catalog.Dataset(ctx, id)
				if err != nil {
					return nil, ledger.FieldErrorf(ledger.CodeOf(err), "sources", "%v", err)
				}
				version = strconv.Itoa(d.Version)
			}
			src.Kind, src.Ref = market.FromDataset, id.String()+"/"+version
		} else if register, _, ok := strings.Cut(ref, "@"); ok && register == s.Ledger.Genesis().Register().String() {
			src.Kind = market.FromRegister
		} else if u, err := url.Parse(ref); err != nil || !u.IsAbs() || u.Host == "" && !strings.HasPrefix(ref, office.OwnFile) {
			return nil, ledger.FieldErrorf(ledger.Invalid, "sources", "%s is no address", ref)
		}
		list = append(list, src)
	}
	if len(list) > market.MaxSources {
		return nil, ledger.FieldErrorf(ledger.TooLarge, "sources", "there are more than %d", market.MaxSources)
	}
	return list, nil
}

// sourcesTyped writes sources as the form has them.
func (s *server) sourcesTyped(list []market.Source) string {
	var lines []string
	for _, src := range list {
		ref := src.Ref
		if src.Kind == market.FromDataset {
			ref = s.PublicURL + "/datasets/" + ref
		}
		lines = append(lines, ref+" "+src.How)
	}
	return strings.Join(lines, "\n")
}
