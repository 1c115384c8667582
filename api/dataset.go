package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/catalog"
	"github.com/sogoc/sogoc/market/dcat"
	"github.com/sogoc/sogoc/market/profile"
	"github.com/sogoc/sogoc/trace"
)

// datasetParam is the dataset that an address names, as everybody sees it.
func (s *server) datasetParam(c echo.Context) (catalog.Dataset, error) {
	name, err := param(c, "id")
	if err != nil {
		return catalog.Dataset{}, err
	}
	id, err := ledger.ParseID(name)
	if err != nil {
		return catalog.Dataset{}, ledger.Errorf(ledger.NotFound, "there is no such dataset")
	}
	return s.Catalog.Dataset(c.Request().Context(), id)
}

func (s *server) dataset(c echo.Context) error {
	d, err := s.datasetParam(c)
	if err != nil {
		return err
	}
	page, err := s.datasetPage(c.Request().Context(), d)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := s.pages.Dataset(&b, s.lang(c), page); err != nil {
		return err
	}
	return s.html(c, http.StatusOK, newBody(b.Bytes()))
}

// licences are shown by name.
var licences = map[string]string{
	"https://creativecommons.org/licenses/by/4.0/":       "CC BY 4.0",
	"https://creativecommons.org/publicdomain/zero/1.0/": "CC0 1.0",
}

// rdfNames are what the forms of RDF are called.
var rdfNames = map[string]string{"ttl": "Turtle", "jsonld": "JSON-LD", "xml": "RDF/XML"}

func datasetPath(id ledger.ID) string { return "/datasets/" + id.String() }

// Bounds of what a dataset's page lists.
const (
	pageVersions = 3
	pageUses     = 20
	downloadDays = 31
)

func (s *server) datasetPage(ctx context.Context, d catalog.Dataset) (*web.Dataset, error) {
	names, err := s.datasetNames(ctx)
	if err != nil {
		return nil, err
	}
	id := d.Release.Dataset
	out := &web.Dataset{
		ID: id.String(), Path: datasetPath(id), Title: trace.Text{VI: id.String()}, Version: strconv.Itoa(d.Version), Issued: d.Published,
		Access: listedAccess(d.Access), Kind: listedKind(d.Kind), Refused: d.Standing == market.Refused, Licence: licenceName(d.Licence), LicenceCode: d.Licence,
		Downloads: d.Downloads, History: datasetPath(id) + "/versions", Proof: s.proofOf(d.Entry, 0, d.Published, id.String()),
	}
	if strings.HasPrefix(d.Licence, "http://") || strings.HasPrefix(d.Licence, "https://") {
		out.LicenceLink = d.Licence
	}
	if out.Publisher, err = names.party(d.Org); err != nil {
		return nil, err
	}
	for i, f := range d.Files {
		out.Files = append(out.Files, fileOf(d.Release, i, f))
	}
	for _, f := range dcat.Formats {
		out.Data = append(out.Data, web.DataLink{Name: rdfNames[f.Name], Link: datasetPath(id) + "." + f.Name})
	}
	if st := d.Statement; st != nil {
		out.Statement = &web.Statement{Seller: string(st.Seller), Origin: string(st.Origin), Value: string(st.Value), Class: string(st.Class)}
	}
	s.describe(names, out, d)
	if err := s.terms(names, out, d); err != nil {
		return nil, err
	}
	found := s.profilesOf(ctx, d.Release)
	if d.About != nil {
		for i := range found { // what was said of the columns came after
			found[i].Describe(d.About.Columns)
		}
	}
	if len(found) > 0 {
		measure(out, found)
	}
	if d.Access == market.Open {
		if err := s.showContent(ctx, out, d, found); err != nil {
			return nil, err
		}
	}
	if out.Downloads > 0 {
		days, err := s.Accounts.DownloadDays(ctx, id, downloadDays)
		if err != nil {
			return nil, err
		}
		for _, day := range days {
			out.Days = append(out.Days, web.DownloadDay{Day: web.Date(day.Day), N: day.N})
		}
	}
	if err := s.relations(ctx, out, d); err != nil {
		return nil, err
	}
	entries, err := s.entries(ctx, []catalog.Dataset{d})
	if err != nil {
		return nil, err
	}
	out.Linked, out.Origins = s.describedForSearch(entries[0]), datasetPath(id)+"/lineage"
	out.Data = append(out.Data, web.DataLink{Name: "croissant", Link: datasetPath(id) + "/croissant.json"}, web.DataLink{Name: "prov", Link: datasetPath(id) + "/prov.json"})
	out.Versions, _, err = s.versionLines(ctx, id, 0, pageVersions)
	return out, err
}

func listedAccess(a market.Access) string {
	if a == market.Open {
		return "open"
	}
	return string(a)
}

func listedKind(k market.Kind) string {
	if k == market.Files {
		return "files"
	}
	return string(k)
}

// fileOf is a file of a release; it has a link where it is open.
func fileOf(r market.Release, i int, f market.File) web.DatasetFile {
	out := web.DatasetFile{Name: f.Name, Type: strings.ToUpper(catalog.FormatOf(f.Media)), Size: f.Bytes}
	if r.Access == market.Open {
		out.Link = datasetPath(r.Dataset) + "/files/" + strconv.Itoa(r.Version) + "/" + strconv.Itoa(i)
	}
	return out
}

// describe fills in what the publisher says.
func (s *server) describe(names *datasetNames, out *web.Dataset, d catalog.Dataset) {
	a := d.About
	if a == nil {
		return
	}
	out.Title, out.Description, out.Quality, out.Method, out.Limits = a.Title, a.Summary, a.Quality, a.Method, a.Limits
	out.Score, out.Frequency, out.Sample, out.Conditions = a.Score, a.Frequency, a.Sample, a.Conditions
	if !a.From.IsZero() {
		out.From, out.Until = dayOf(a.From, ""), dayOf(a.Until, "")
	}
	if a.Place != "" {
		out.Place = names.place(a.Place)
	}
	for _, code := range a.Themes {
		name, ok := market.ThemeNames[code]
		if !ok {
			name.VI = code
		}
		out.Themes = append(out.Themes, name)
	}
	if c := a.Contact; c != nil {
		out.Contact = &web.Contact{Name: c.Name, Email: c.Email, Phone: c.Phone}
	}
	if out.Statement != nil {
		out.Statement.Right = a.Right
	}
	if u, err := url.Parse(a.Endpoint); err == nil && d.Access == market.Open && (u.Scheme == "https" || u.Scheme == "http") {
		out.Endpoint = a.Endpoint
	}
	for _, c := range a.Columns {
		out.Fields = append(out.Fields, web.FieldLine{Name: c.Name, Title: c.Title, Type: c.Type, Unit: c.Unit})
	}
}

// terms fills in how data is had that is not open.
func (s *server) terms(names *datasetNames, out *web.Dataset, d catalog.Dataset) error {
	if d.Access != market.Agreed {
		return nil
	}
	out.Waits = d.Standing == market.Unjudged
	ask := "/trade/new?" + url.Values{"dataset": {out.ID}}.Encode()
	now := ledger.TimeOf(time.Now())
	for _, o := range d.Offers {
		if !o.Until.IsZero() && o.Until <= now {
			continue
		}
		clauses, err := s.clauses(names.ctx, o.Terms)
		if err != nil {
			return err
		}
		line := web.OfferLine{Until: o.Until, Clauses: clauses}
		if d.Standing == market.Approved {
			line.Link = ask + "&offer=" + o.ID.String()
		}
		out.Offers = append(out.Offers, line)
	}
	if d.Standing == market.Approved {
		out.Ask = ask
	}
	return nil
}

// relations fills in where the dataset comes from, and what came of it.
func (s *server) relations(ctx context.Context, out *web.Dataset, d catalog.Dataset) error {
	title := func(id ledger.ID) (trace.Text, error) {
		other, err := s.Catalog.Dataset(ctx, id)
		if err != nil || other.About == nil {
			return trace.Text{VI: id.String()}, ignoreNotFound(err)
		}
		return other.About.Title, nil
	}
	for _, src := range d.From {
		line := sourceOf(src)
		if src.Kind == market.FromDataset {
			name, version, _ := strings.Cut(src.Ref, "/")
			if id, err := ledger.ParseID(name); err == nil {
				if line.Name, err = title(id); err != nil {
					return err
				}
				line.Name = versioned(line.Name, version)
			}
		}
		out.Derived = append(out.Derived, line)
	}
	uses, err := s.Catalog.Uses(ctx, d.Release.Dataset)
	if err != nil {
		return err
	}
	seen := map[ledger.ID]bool{}
	for i := len(uses) - 1; i >= 0 && len(out.Uses) < pageUses; i-- {
		u := uses[i]
		if seen[u.Dataset] {
			continue
		}
		seen[u.Dataset] = true
		name, err := title(u.Dataset)
		if err != nil {
			return err
		}
		out.Uses = append(out.Uses, web.Source{Name: name, Link: datasetPath(u.Dataset)})
	}
	return nil
}

func versioned(t trace.Text, version string) trace.Text {
	out := trace.Text{VI: t.VI + ", phiên bản " + version}
	if t.EN != "" {
		out.EN = t.EN + ", version " + version
	}
	return out
}

func sourceOf(src market.Source) web.Source {
	out := web.Source{Name: trace.Text{VI: src.Ref}, How: trace.Text{VI: src.How}}
	vi, en, bilingual := strings.Cut(src.How, " / ")
	if bilingual {
		out.How = trace.Text{VI: vi, EN: en}
	}
	switch src.Kind {
	case market.FromRegister:
		_, size, _ := strings.Cut(src.Ref, "@")
		out.Name = trace.Text{VI: "Sổ này, " + size + " bản ghi đầu", EN: "This register, its first " + size + " records"}
	case market.FromDataset:
		id, _, _ := strings.Cut(src.Ref, "/")
		out.Link = "/datasets/" + id
	case market.FromBatch:
		if id, err := trace.ParseID(src.Ref); err == nil {
			out.Link = id.Path()
		}
	case market.FromOutside:
		if strings.HasPrefix(src.Ref, office.OwnFile) {
			out.Name = ownFile
		}
	}
	return out
}

// ownFile is what a source is called that is a file of the publisher's own.
var ownFile = trace.Text{VI: "Tệp của đơn vị công bố", EN: "A file of the publisher's own"}

// profilesOf are the profiles of a release's files, none where it has none or they cannot
// be read.
func (s *server) profilesOf(ctx context.Context, r market.Release) []profile.Profile {
	if r.Review == nil {
		return nil
	}
	b, err := s.payload(ctx, r.Review.Profile)
	if err != nil {
		return nil
	}
	var kept struct {
		Files []struct {
			Profile *profile.Profile `json:"profile"`
		} `json:"files"`
	}
	if json.Unmarshal(b, &kept) != nil {
		return nil
	}
	var list []profile.Profile
	for _, f := range kept.Files {
		if f.Profile != nil && f.Profile.Profile == profile.Version {
			list = append(list, *f.Profile)
		}
	}
	return list
}

// rowsIn is how many rows files have together.
func rowsIn(found []profile.Profile) (n int64) {
	for _, p := range found {
		for _, t := range p.Tables {
			n += t.Rows
		}
	}
	return n
}

// measure fills in what the profiles say of the files without saying what is in them.
func measure(out *web.Dataset, found []profile.Profile) {
	out.Total = int(rowsIn(found))
	for _, p := range found {
		for _, t := range p.Tables {
			if len(out.Scores) == 0 {
				for _, part := range t.Quality.Parts {
					out.Scores = append(out.Scores, web.QualityPart{Key: part.Key, Score: part.Score, Words: part.Words})
				}
			}
			for _, f := range t.Fields {
				if line := fieldNamed(out, f.Name); line != nil {
					line.Missing = f.Missing
				}
			}
		}
	}
}

func fieldNamed(out *web.Dataset, name string) *web.FieldLine {
	for i := range out.Fields {
		if out.Fields[i].Name == name {
			return &out.Fields[i]
		}
	}
	return nil
}

// downloadFile counts that somebody downloads a file of a version, and leads to it.
func (s *server) downloadFile(c echo.Context) error {
	d, err := s.datasetParam(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	version, err := strconv.Atoi(c.Param("version"))
	if err != nil {
		version = 0
	}
	v, err := s.Catalog.Version(ctx, d.Release.Dataset, version)
	if err != nil {
		return err
	}
	i, err := strconv.Atoi(c.Param("n"))
	if err != nil || i < 0 || i >= len(v.Files) || v.Access != market.Open {
		return ledger.Errorf(ledger.NotFound, "there is no such file for you here")
	}
	if c.Request().Method == http.MethodGet && !machine(c.Request()) {
		switch err := s.Accounts.CountDownload(ctx, d.Release.Dataset, s.from(c)); {
		case err == nil:
			s.Catalog.Downloaded(d.Release.Dataset)
		case ledger.CodeOf(err) != ledger.Unavailable: // of who downloads very often nothing is counted, but they get it
			return err
		}
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.Redirect(http.StatusSeeOther, "/ipfs/"+v.Files[i].CID+"?"+url.Values{"filename": {path.Base(v.Files[i].Name)}}.Encode())
}
