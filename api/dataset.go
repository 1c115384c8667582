package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/catalog"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

func (s *server) dataset(c echo.Context) error {
	name, err := param(c, "id")
	if err != nil {
		return err
	}
	id, err := ledger.ParseID(name)
	if err != nil {
		return ledger.Errorf(ledger.NotFound, "there is no such dataset")
	}
	ctx := c.Request().Context()
	d, err := s.Catalog.Dataset(ctx, id)
	if err != nil {
		return err
	}
	page, err := s.datasetPage(ctx, d)
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

func (s *server) datasetPage(ctx context.Context, d catalog.Dataset) (*web.Dataset, error) {
	var file market.File
	if len(d.Files) > 0 {
		file = d.Files[0]
	}
	out := &web.Dataset{
		ID: d.Release.Dataset.String(), Path: "/datasets/" + d.Release.Dataset.String(), Version: strconv.Itoa(d.Version), Issued: d.Published,
		Licence: licences[d.Licence], LicenceLink: d.Licence,
		Type: file.Media, Size: file.Bytes,
		Proof: s.proofOf(d.Entry, 0, d.Published, d.Release.Dataset.String()),
	}
	if out.Licence == "" {
		out.Licence = d.Licence
	}
	if s.Catalog.Readable(file.CID) {
		out.Download = "/ipfs/" + file.CID
	}
	org, err := s.Index.Organisation(ctx, index.Viewer{}, d.Org)
	if err != nil && ledger.CodeOf(err) != ledger.NotFound {
		return nil, err
	}
	communes, err := s.communes(ctx)
	if err != nil {
		return nil, err
	}
	out.Publisher = (&presenter{server: s, communes: communes}).party(org)
	for _, src := range d.From {
		out.Derived = append(out.Derived, sourceOf(src))
	}
	if d.About == nil {
		out.Title = ledger.Text{VI: out.ID}
		return out, nil
	}
	a := d.About
	out.Title, out.Description, out.Quality = a.Title, a.Summary, a.Quality
	if !a.From.IsZero() {
		out.From, out.Until = dayOf(a.From, ""), dayOf(a.Until, "")
	}
	return out, s.preview(ctx, out, a, file)
}

func sourceOf(src market.Source) web.Source {
	out := web.Source{Name: ledger.Text{VI: src.Ref}, How: ledger.Text{VI: src.How}}
	vi, en, bilingual := strings.Cut(src.How, " / ")
	if bilingual {
		out.How = ledger.Text{VI: vi, EN: en}
	}
	switch src.Kind {
	case market.FromRegister:
		_, size, _ := strings.Cut(src.Ref, "@")
		out.Name = ledger.Text{VI: "Sổ này, " + size + " bản ghi đầu", EN: "This register, its first " + size + " records"}
	case market.FromDataset:
		id, _, _ := strings.Cut(src.Ref, "/")
		out.Link = "/datasets/" + id
	case market.FromBatch:
		if id, err := trace.ParseID(src.Ref); err == nil {
			out.Link = id.Path()
		}
	}
	return out
}

// previewRows is how many rows of a table the page shows.
const previewRows = 12

// preview shows the first rows of a CSV file, and its first numeric column as a
// chart.
func (s *server) preview(ctx context.Context, out *web.Dataset, a *market.Description, file market.File) error {
	if file.Media != "text/csv" || len(a.Columns) == 0 || out.Download == "" {
		return nil
	}
	b, err := s.payload(ctx, file.CID)
	if err != nil {
		return ignoreNotFound(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff")))).ReadAll()
	if err != nil || len(rows) == 0 || len(rows[0]) != len(a.Columns) {
		return nil // a file that does not fit its description is offered without a preview
	}
	rows = rows[1:]
	for _, col := range a.Columns {
		out.Columns = append(out.Columns, web.Column{Name: col.Title, Numeric: col.Type == "number" || col.Type == "integer"})
	}
	out.Total = len(rows)
	out.Rows = rows[:min(len(rows), previewRows)]
	out.Chart = chartOf(a.Columns, out.Rows)
	return nil
}

// chartOf draws the first numeric column, each row under the names in it. Rows in
// another unit than the first are left out: they cannot be compared.
func chartOf(columns []market.Column, rows [][]string) *web.Chart {
	numeric, unit := -1, -1
	var names []int
	for i, c := range columns {
		switch {
		case c.Type == "number" && numeric < 0:
			numeric = i
		case c.Name == "unit":
			unit = i
		case strings.HasSuffix(c.Name, "name"):
			names = append(names, i)
		}
	}
	if numeric < 0 || len(names) == 0 {
		return nil
	}
	chart := &web.Chart{Title: columns[numeric].Title}
	for _, row := range rows {
		u := columns[numeric].Unit
		if unit >= 0 {
			u = row[unit]
		}
		q, err := trace.ParseQuantity(row[numeric], trace.Unit(u))
		if err != nil || len(chart.Bars) > 0 && q.Unit() != chart.Bars[0].Value.Unit() {
			continue
		}
		label := make([]string, len(names))
		for i, n := range names {
			label[i] = row[n]
		}
		chart.Bars = append(chart.Bars, web.Bar{Label: ledger.Text{VI: strings.Join(label, " · ")}, Value: q})
	}
	if len(chart.Bars) < 2 {
		return nil
	}
	return chart
}
