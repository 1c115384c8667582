package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/jobs"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/gs1"
	"github.com/sogoc/sogoc/trace/index"
	"github.com/sogoc/sogoc/trace/label"
)

// labelRoutes print labels of what an organisation makes.
func (s *server) labelRoutes() []route {
	return []route{
		get("/labels", labeller, s.labelsPage),
		post("/labels", labeller, s.orderLabels),
		get("/labels/new", labeller, s.labelPage),
		get("/labels/preview", labeller, s.labelPreview),
		get("/labels/logo", labeller, s.labelLogo),
		post("/labels/logo", labeller, s.keepLogo),
		post("/labels/logo/remove", labeller, s.removeLogo),
		get("/labels/:id", labeller, s.labelJob),
		get("/labels/:id/pdf", labeller, s.labelPDF),
		post("/labels/:id/remove", labeller, s.removeLabels),
	}
}

// Bounds of the list of what can be labelled.
const (
	labelProducts = 30
	labelLots     = 5   // of a product
	labelUnits    = 20  // pallets and cases
	labelEvents   = 300 // looked at for pallets, and for lots of others' products
)

func (s *server) labelsPage(c echo.Context) error {
	ctx := c.Request().Context()
	org, v := identityOf(ctx).Org, viewerOf(ctx)
	out := &web.Labels{}
	for _, j := range s.Jobs.List(org) {
		line, err := labelJobOf(j)
		if err != nil {
			return err
		}
		out.Jobs = append(out.Jobs, line)
	}
	l, chosen := listingOf(c, "/labels", productFilters[:1])
	l.page.Limit = labelProducts
	products, err := s.Index.FindProducts(ctx, v, org, index.Search{Query: l.query, Only: chosen.only}, l.page)
	if err != nil {
		return err
	}
	out.Find = finder(l, products, productFilters[:1])
	names := s.names(ctx, v)
	for _, p := range products.List {
		lots, _, err := s.Index.Batches(ctx, v, p.ID, index.Page{Limit: labelLots})
		if err != nil {
			return err
		}
		group := web.LabelGroup{Thing: labelThing(p.ID, names)}
		for _, id := range lots {
			if id.Lot() != "" && id.Serial() == "" {
				group.Lots = append(group.Lots, labelThing(id, names))
			}
		}
		out.Products = append(out.Products, group)
	}
	others, units, err := s.madeBy(ctx, v, org)
	if err != nil {
		return err
	}
	for _, id := range others {
		out.Others = append(out.Others, labelThing(id, names))
	}
	for _, id := range units {
		out.Units = append(out.Units, labelThing(id, names))
	}
	return show(s, c, http.StatusOK, s.pages.Labels, out)
}

// madeBy lists, out of what an organisation recorded lately, the lots that it made of
// others' products, and its pallets and cases.
func (s *server) madeBy(ctx context.Context, v index.Viewer, org ledger.ID) (lots, units []trace.ID, err error) {
	events, _, err := s.Index.Events(ctx, v, index.Query{Orgs: []ledger.ID{org}}, index.Page{Limit: labelEvents})
	if err != nil {
		return nil, nil, err
	}
	seen := map[trace.ID]bool{}
	for _, r := range events {
		if r.Acting() != org || r.Voided != nil {
			continue
		}
		for one := range r.Fact.Stocks {
			id := one.ID
			if id.Serial() != "" {
				id = id.Batch()
			}
			if seen[id] {
				continue
			}
			seen[id] = true
			owner, err := s.Index.Owner(id)
			switch err = ignoreNotFound(err); {
			case err != nil:
				return nil, nil, err
			case isSSCC(id) && owner == org && len(units) < labelUnits:
				units = append(units, id)
			case id.Lot() != "" && owner != org && len(lots) < labelUnits:
				if _, err := s.labelled(ctx, id); err == nil {
					lots = append(lots, id)
				}
			}
		}
	}
	return lots, units, nil
}

func isSSCC(id trace.ID) bool {
	key, ok := id.Key()
	return ok && key.Kind() == gs1.SSCC
}

func labelThing(id trace.ID, names func(trace.ID) trace.Text) web.LabelThing {
	return web.LabelThing{
		ID: id.String(), Name: names(id), Lot: id.Lot(), Code: codeText(id.Product()), Unit: isSSCC(id),
		Path: labelsPath(id),
	}
}

// labelsPath is the form for a thing's labels.
func labelsPath(id trace.ID) string {
	return "/labels/new?" + url.Values{"of": {id.String()}}.Encode()
}

// labelled reads what a label is asked for: a product of the caller's organisation, a
// lot of one, a lot that it made of another's product as one of its makers, or a
// container under its prefix. Anything else is not there.
func (s *server) labelled(ctx context.Context, id trace.ID) (*index.Passport, error) {
	absent := ledger.FieldErrorf(ledger.NotFound, "of", "is nothing that this organisation makes")
	org, v := identityOf(ctx).Org, viewerOf(ctx)
	if id.Serial() != "" || id.Instance() && !isSSCC(id) {
		return nil, absent
	}
	owner, err := s.Index.Owner(id)
	if err = ignoreNotFound(err); err != nil {
		return nil, err
	}
	p, err := s.Index.Passport(ctx, v, id)
	if err != nil {
		if ledger.CodeOf(err) == ledger.NotFound {
			err = absent
		}
		return nil, err
	}
	switch {
	case !onRegister(p), owner != org && !madeOf(p, org):
		return nil, absent
	case p.Batch != nil && len(p.Batch.Recalls) > 0:
		return nil, ledger.FieldErrorf(ledger.Conflict, "of", "is recalled; nothing is labelled that must not be sold")
	}
	return p, nil
}

// madeOf reports whether a lot of another's product was made by an organisation that
// may make such.
func madeOf(p *index.Passport, org ledger.ID) bool {
	return p.Product != nil && slices.Contains(p.Product.Makers, org) && p.ID.Lot() != "" &&
		p.Batch != nil && p.Batch.Created != nil && p.Batch.Created.Acting() == org
}

func (s *server) labelPage(c echo.Context) error {
	return s.askLabels(c, http.StatusOK, c.QueryParams(), web.Form{})
}

// askLabels shows the form with what was typed, or what is usual.
func (s *server) askLabels(c echo.Context, code int, typed url.Values, f web.Form) error {
	ctx := c.Request().Context()
	id, err := trace.ParseID(firstOf(typed.Get("of"), f.Value("of")))
	if err != nil {
		return ledger.FieldErrorf(ledger.Invalid, "of", "%v", err)
	}
	if _, err := s.labelled(ctx, id); err != nil {
		return err
	}
	if typed.Has("format") {
		f.Values = typed
	} else if first, n, err := s.numberedPieces(ctx, id); err != nil {
		return err
	} else if n > 0 && len(f.Values) == 0 {
		typed = url.Values{"of": {id.String()}, "kind": {labelNumbers}, "first": {first}, "count": {strconv.Itoa(n)}}
		f.Values = typed
	}
	v := &web.LabelForm{Form: f, Thing: labelThing(id, s.names(ctx, viewerOf(ctx))), Most: label.MaxLabels}
	if id.Lot() != "" {
		v.Kinds = labelKinds
	}
	chosen := firstOf(f.Value("format"), usualFormat(id))
	for _, paper := range label.Formats {
		if !isSSCC(id) || paper.TakesPallet() {
			v.Formats = append(v.Formats, sheetOf(paper, paper.Name == chosen))
		}
	}
	if !isSSCC(id) {
		v.Formats = append(v.Formats, web.Sheet{Name: label.Free, Chosen: chosen == label.Free})
	}
	logo, err := s.Jobs.Kept(identityOf(ctx).Org)
	if err != nil {
		return err
	}
	v.Logo = logo != nil
	if v.Preview, err = s.previewOf(c, typed); err != nil {
		return err
	}
	return show(s, c, code, s.pages.LabelForm, v)
}

// numberedPieces are the pieces that a lot was packed into, where they are numbered
// without a gap: the first one's serial, and how many they are.
func (s *server) numberedPieces(ctx context.Context, lot trace.ID) (first string, n int, err error) {
	if lot.Lot() == "" {
		return "", 0, nil
	}
	events, _, err := s.Index.EventsOf(ctx, viewerOf(ctx), lot, index.Page{Limit: labelEvents})
	if err != nil {
		return "", 0, err
	}
	serials := map[uint64]string{}
	low, high := uint64(math.MaxUint64), uint64(0)
	for _, r := range events {
		if r.Voided != nil || r.Fact.Error != nil {
			continue
		}
		for one := range r.Fact.Stocks {
			if one.ID.Serial() == "" || one.ID.Batch() != lot {
				continue
			}
			number, err := strconv.ParseUint(one.ID.Serial(), 10, 64)
			if err != nil {
				return "", 0, nil
			}
			serials[number] = one.ID.Serial()
			low, high = min(low, number), max(high, number)
		}
	}
	if n = len(serials); n == 0 || high-low != uint64(n-1) || n > label.MaxLabels {
		return "", 0, nil
	}
	return serials[low], n, nil
}

func usualFormat(id trace.ID) string {
	if isSSCC(id) {
		return "a6"
	}
	return "a4-3x8"
}

// sheetOf is a format as the form pictures it.
func sheetOf(f label.Format, chosen bool) web.Sheet {
	s := web.Sheet{Name: f.Name, W: f.Page.W, H: f.Page.H, LabelW: f.Label.W, LabelH: f.Label.H, Places: f.Places(), Chosen: chosen}
	for i := range f.Places() {
		x, y := f.Place(i)
		s.Labels = append(s.Labels, [2]float64{x, y})
	}
	return s
}

// labelPreview is one label as it will be, for the form to show while it is filled
// in.
func (s *server) labelPreview(c echo.Context) error {
	v, err := s.previewOf(c, c.QueryParams())
	if err != nil {
		return err
	}
	return show(s, c, http.StatusOK, s.pages.LabelPreview, v)
}

// previewOf draws the first label of an order, or says what is wrong with it.
func (s *server) previewOf(c echo.Context, typed url.Values) (*web.LabelPreview, error) {
	o, err := s.labelOrderOf(c, typed)
	if err == nil {
		var drawing bytes.Buffer
		if err = o.preview(&drawing); err == nil {
			return &web.LabelPreview{Drawing: drawing.String(), Count: o.count(), Sheets: o.Format.Sheets(o.count(), o.Skip), LogoLeftOut: o.Logo != nil && !o.Format.TakesLogo()}, nil
		}
	}
	if code := ledger.CodeOf(err); code == ledger.NotFound || code == ledger.Forbidden {
		return nil, err
	}
	f, _, err := again(c, nil, err)
	return &web.LabelPreview{Form: f}, err
}

// orderLabels takes an order whose first label can be drawn.
func (s *server) orderLabels(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	o, err := s.labelOrderOf(c, form)
	if err == nil {
		err = o.preview(io.Discard)
	}
	var j jobs.Job
	if err == nil {
		j, err = s.print(c.Request().Context(), o)
	}
	if err != nil {
		return retyped(c, form, err, asking(s.askLabels, form))
	}
	return done(c, "/labels/"+j.ID.String(), "")
}

// print orders the labels. Serials are issued first: none may be on a label and not
// be known.
func (s *server) print(ctx context.Context, o *labelOrder) (jobs.Job, error) {
	by := identityOf(ctx)
	if o.Serials == nil {
		return s.Jobs.Add(o.order(by))
	}
	issue, err := s.Accounts.KeepIssue(ctx, by.Org, o.Label.ID, *o.Serials)
	if err != nil {
		return jobs.Job{}, err
	}
	j, err := s.Jobs.Add(o.order(by))
	if err != nil {
		err = errors.Join(err, s.Accounts.DropIssue(ctx, issue))
	}
	return j, err
}

// jobParam reads a job of the caller's organisation.
func (s *server) jobParam(c echo.Context) (jobs.Job, error) {
	id, err := ledger.ParseID(c.Param("id"))
	if err != nil {
		return jobs.Job{}, ledger.Errorf(ledger.NotFound, "there is no such job")
	}
	return s.Jobs.Job(identityOf(c.Request().Context()).Org, id)
}

func (s *server) labelJob(c echo.Context) error {
	j, err := s.jobParam(c)
	if err != nil {
		return err
	}
	v, err := labelJobOf(j)
	if err != nil {
		return err
	}
	if !callerOf(c.Request().Context()).authority.may(ledger.RoleRecorder) {
		v.Of = ""
	}
	return show(s, c, http.StatusOK, s.pages.LabelJob, &v)
}

func labelJobOf(j jobs.Job) (web.LabelJob, error) {
	a, err := aboutLabels(j)
	if err != nil {
		return web.LabelJob{}, err
	}
	v := web.LabelJob{
		Path: "/labels/" + j.ID.String(), Name: a.Name, Lot: a.Lot, Format: a.Format,
		Count: j.Total, Done: j.Done, Sheets: a.Sheets, Made: j.Made, Until: ledger.TimeOf(j.Expires()), Bytes: j.Bytes,
	}
	if id, err := trace.ParseID(a.ID); err == nil && (id.Lot() != "" || id.Instance()) {
		v.Of = batchPath(id)
	}
	if v.State = jobState(j); v.State == web.JobReady {
		v.Done = j.Total
	}
	v.Form = jobFault(j)
	return v, nil
}

// labelPDF is the file of a job that is done.
func (s *server) labelPDF(c echo.Context) error {
	j, err := s.jobParam(c)
	if err != nil {
		return err
	}
	a, err := aboutLabels(j)
	if err != nil {
		return err
	}
	f, j, err := s.Jobs.Result(j.Org, j.ID)
	if err != nil {
		return err
	}
	defer f.Close()
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "application/pdf")
	h.Set(echo.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="%s"`, a.File))
	keepNothing(h)
	http.ServeContent(c.Response(), c.Request(), "", j.Ended.Time(), f)
	return nil
}

func (s *server) removeLabels(c echo.Context) error {
	j, err := s.jobParam(c)
	if err == nil {
		err = s.Jobs.Remove(j.Org, j.ID)
	}
	if err != nil {
		return err
	}
	return done(c, "/labels", "labels_removed")
}

// labelLogo is the logo that the organisation keeps.
func (s *server) labelLogo(c echo.Context) error {
	b, err := s.Jobs.Kept(identityOf(c.Request().Context()).Org)
	if err != nil {
		return err
	}
	if b == nil {
		return ledger.Errorf(ledger.NotFound, "no logo is kept")
	}
	return c.Blob(http.StatusOK, "image/png", b)
}

// keepLogo takes a logo for this and later labels.
func (s *server) keepLogo(c echo.Context) error {
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, label.MaxLogoBytes+maxForm)
	of, b, err := logoForm(r)
	if err != nil {
		return err
	}
	logo, err := label.DecodeLogo(b)
	if err == nil {
		var small bytes.Buffer
		if err = png.Encode(&small, logo); err == nil {
			err = s.Jobs.Keep(identityOf(r.Context()).Org, small.Bytes())
		}
	}
	if err != nil {
		return retyped(c, url.Values{"of": {of}}, err, asking(s.askLabels, url.Values{"of": {of}}))
	}
	return done(c, "/labels/new?"+url.Values{"of": {of}}.Encode(), "logo_kept")
}

// logoForm reads the form with a file, none of which touches the disk.
func logoForm(r *http.Request) (of string, logo []byte, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return "", nil, unreadable(err, noForm)
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return of, logo, nil
		}
		if err != nil {
			return "", nil, unreadable(err, noForm)
		}
		b, err := io.ReadAll(part)
		if err != nil {
			return "", nil, unreadable(err, noForm)
		}
		switch part.FormName() {
		case "of":
			of = string(b)
		case "logo":
			logo = b
		}
	}
}

func (s *server) removeLogo(c echo.Context) error {
	form, err := typed(c)
	if err == nil {
		err = s.Jobs.Keep(identityOf(c.Request().Context()).Org, nil)
	}
	if err != nil {
		return err
	}
	return done(c, "/labels/new?"+url.Values{"of": {strings.TrimSpace(form.Get("of"))}}.Encode(), "logo_removed")
}
