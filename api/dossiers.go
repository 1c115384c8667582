package api

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/ledger/receipt"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/dossier"
	"github.com/sogoc/sogoc/trace/index"
	"github.com/sogoc/sogoc/trace/land"
	"github.com/sogoc/sogoc/trace/logbook"
)

// dossiersOfRoutes hand out what the register knows of a thing in the forms that others
// ask for, as far as the caller may read it.
func (s *server) dossiersOfRoutes() []route {
	return []route{
		get("/dossiers", member, s.dossiersOfPage),
		get("/dossiers/:file", member, s.dossierFile),
	}
}

// seasonLong is how far back a season's logbook goes when nobody says so.
const seasonLong = 366 * 24 * time.Hour

// subject is what dossiers are asked about.
type subject struct {
	id       trace.ID
	book     book
	crop     *web.Crop // of a crop of the caller's own, or of somebody's whom they record for
	from, to time.Time // of its season
}

// subjectOf reads what a request asks about.
func (s *server) subjectOf(c echo.Context) (subject, error) {
	var q subject
	var err error
	if q.id, err = trace.ParseID(c.QueryParam("of")); err != nil {
		return q, ledger.FieldErrorf(ledger.Invalid, "of", "%v", err)
	}
	if q.book, err = s.bookOf(c); err != nil {
		return q, err
	}
	ctx := c.Request().Context()
	crop, err := s.cropOf(ctx, q.book, q.id.String())
	if err := ignoreNotFound(err); err != nil {
		return q, err
	}
	if err == nil {
		q.crop = &crop
	}
	q.to = time.Now().In(vietnam)
	q.from = q.to.Add(-seasonLong)
	for _, f := range []struct {
		name string
		day  *time.Time
		end  time.Duration
	}{{"from", &q.from, 0}, {"to", &q.to, 24*time.Hour - 1}} {
		text := c.QueryParam(f.name)
		if text == "" {
			continue
		}
		at, err := time.ParseInLocation(time.DateOnly, text, vietnam)
		if err != nil {
			return q, ledger.FieldErrorf(ledger.Invalid, f.name, "is not a day such as 2026-06-05")
		}
		*f.day = at.Add(f.end)
	}
	if q.to.Before(q.from) {
		return q, ledger.FieldErrorf(ledger.Invalid, "to", "is before the first day")
	}
	return q, nil
}

// query names the subject in addresses.
func (q *subject) query() url.Values {
	v := url.Values{"of": {q.id.String()}}
	if q.book.onBehalf != nil {
		v.Set(forParam, q.book.onBehalf.String())
	}
	if q.crop != nil {
		v.Set("from", q.from.Format(time.DateOnly))
		v.Set("to", q.to.Format(time.DateOnly))
	}
	return v
}

// dossiers fills in every form that there is for a subject.
func (s *server) dossiers(ctx context.Context, pr *presenter, q *subject) (list []*dossier.Dossier, err error) {
	if q.crop != nil {
		season, err := s.seasonLogbook(ctx, pr, q)
		if err != nil {
			return nil, err
		}
		return []*dossier.Dossier{season.Logbook()}, nil
	}
	l, err := pr.lot()
	if err != nil {
		return nil, err
	}
	list = []*dossier.Dossier{l.Circular(), l.Passport(), l.Tracking()}
	if dossier.Concerned(l.Name) {
		list = append(list, l.Deforestation())
	}
	return list, nil
}

func (s *server) dossiersOfPage(c echo.Context) error {
	ctx := c.Request().Context()
	q, err := s.subjectOf(c)
	if err != nil {
		return err
	}
	pr, err := s.presenter(ctx, q.book.viewer, q.id)
	if err != nil {
		return err
	}
	list, err := s.dossiers(ctx, pr, &q)
	if err != nil {
		return err
	}
	query := q.query()
	v := &web.Dossiers{
		Name: pr.name(q.id), Code: codeText(q.id), Page: q.id.Path(), Of: q.id.String(), Season: q.crop != nil,
		From: q.from.Format(time.DateOnly), To: q.to.Format(time.DateOnly),
		History: "/dossiers/history.zip?" + query.Encode(), Events: len(pr.p.Journey), Hidden: pr.p.Hidden, Cut: pr.p.Truncated,
	}
	if q.book.onBehalf != nil {
		v.Member = q.book.onBehalf.String()
	}
	for _, d := range list {
		form := web.DossierForm{Name: string(d.Form), Sheet: "/dossiers/" + string(d.Form) + ".xlsx?" + query.Encode()}
		if d.Form != dossier.FSMA { // which is a spreadsheet by its rule
			form.PDF = "/dossiers/" + string(d.Form) + ".pdf?" + query.Encode()
		}
		if d.Form == dossier.EUDR {
			form.Map = "/dossiers/" + plotsFile + "?" + query.Encode()
		}
		for _, m := range d.Missing() {
			form.Missing = append(form.Missing, web.DossierGap{Where: m.Where, What: m.What})
		}
		v.Forms = append(v.Forms, form)
	}
	return show(s, c, http.StatusOK, s.pages.Dossiers, v)
}

func (s *server) dossierFile(c echo.Context) error {
	ctx := c.Request().Context()
	name, err := param(c, "file")
	if err != nil {
		return err
	}
	q, err := s.subjectOf(c)
	if err != nil {
		return err
	}
	pr, err := s.presenter(ctx, q.book.viewer, q.id)
	if err != nil {
		return err
	}
	switch name {
	case "history.zip":
		return s.historyFile(c, pr)
	case plotsFile:
		return s.lotPlotsFile(c, pr)
	}
	list, err := s.dossiers(ctx, pr, &q)
	if err != nil {
		return err
	}
	for _, d := range list {
		var b bytes.Buffer
		lang, media := string(s.lang(c)), ""
		switch name {
		case string(d.Form) + ".pdf":
			media = "application/pdf"
			err = d.WritePDF(&b, lang, dossier.Print{Register: s.Ledger.Genesis().Name, Host: s.host(), Made: time.Now().In(vietnam)})
		case string(d.Form) + ".xlsx":
			media = dossier.SpreadsheetType
			err = d.WriteSpreadsheet(&b, lang)
		default:
			continue
		}
		if err != nil {
			return err
		}
		keepNothing(c.Response().Header())
		c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="`+fileName(q.id)+"-"+name+`"`)
		return c.Blob(http.StatusOK, media, b.Bytes())
	}
	return ledger.Errorf(ledger.NotFound, "there is no such dossier of %s", q.id)
}

// plotsFile has the plots that a lot was harvested from.
const plotsFile = "plots.geojson"

func (s *server) lotPlotsFile(c echo.Context, pr *presenter) error {
	l, err := pr.lot()
	if err != nil {
		return err
	}
	b, err := l.GeoJSON()
	if err != nil {
		return ledger.Wrap(err, ledger.Internal, "the plots cannot be written")
	}
	keepNothing(c.Response().Header())
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="`+fileName(pr.p.ID)+"-"+plotsFile+`"`)
	return c.Blob(http.StatusOK, "application/geo+json", b)
}

// fileName is a thing's code in letters that every file system takes.
func fileName(id trace.ID) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '-', r == '.':
			return r
		}
		return '-'
	}, codeText(id))
	return strings.Trim(name[:min(len(name), 80)], "-.")
}

// lot is what dossiers say of the presenter's thing.
func (pr *presenter) lot() (*dossier.Lot, error) {
	id := pr.p.ID
	pr.page = &web.Passport{Level: web.Level(pr.p.Level), ID: id, Now: pr.now}
	pr.product()
	pr.dates()
	l := &dossier.Lot{
		Code: codeText(id), Name: pr.page.Name, Batch: id.Lot(), Serial: id.Serial(), Brand: pr.page.Brand, Picture: pr.page.Photo != nil,
		Producer: partyFacts(pr.page.Producer), Origin: pr.page.Origin, Standard: pr.page.Standard,
		Made: string(pr.page.Made), Harvest: string(pr.page.Harvested), Packed: string(pr.page.Packed), Expires: string(pr.page.BestBefore),
		Trace: strings.TrimSuffix(pr.PublicURL, "/") + id.Path(), Warnings: pr.warnings(), Certified: pr.inForce(),
	}
	if k, ok := id.Product().Key(); ok {
		l.GTIN = k.Value()
	}
	for i := range pr.p.Journey {
		if st := &pr.p.Journey[i]; st.Voided == nil && st.Fact.Error == nil {
			l.Stages = append(l.Stages, pr.stage(i))
		}
	}
	slices.SortStableFunc(l.Stages, func(a, b dossier.Stage) int { return cmp.Compare(a.Time, b.Time) })
	var err error
	l.Plots, err = pr.plots()
	return l, err
}

// plots are where the thing was harvested, each once, as far as the viewer may know.
func (pr *presenter) plots() (list []dossier.Plot, err error) {
	seen := map[trace.ID]bool{}
	for i := range pr.p.Journey {
		st := &pr.p.Journey[i]
		if st.Fact.Step != trace.StepHarvesting || st.Voided != nil || st.Fact.Error != nil || st.Place.IsZero() || seen[st.Place] {
			continue
		}
		seen[st.Place] = true
		one := dossier.Plot{Grower: partyFacts(pr.org(st.Acting()))}
		if p := pr.place(st); p != nil {
			one.Place = dossier.Place{Name: p.Name, Code: p.Code, In: p.Commune}
		}
		if p := pr.p.Places[st.Place]; p != nil && p.Profile != nil {
			one.Area = p.Profile.Area
			if one.Outline, err = land.ReadRing(p.Profile.Outline); err != nil {
				return nil, err
			}
			if p.Profile.Point != nil {
				at, err := land.ReadPoint(*p.Profile.Point)
				if err != nil {
					return nil, err
				}
				one.Point = &at
			}
		}
		list = append(list, one)
	}
	return list, nil
}

func partyFacts(p web.Party) dossier.Party {
	return dossier.Party{Name: p.Name, Address: trace.Text{VI: address(p, "vi"), EN: address(p, "en")}, Phone: p.Phone, Code: p.Code}
}

// stage is a step of the journey for a dossier.
func (pr *presenter) stage(i int) dossier.Stage {
	st, d := &pr.p.Journey[i], pr.details[i]
	f := &st.Fact
	out := dossier.Stage{
		Step: f.Step, Words: web.StepName(f.Step), Time: f.Time, Zone: f.Zone, By: partyFacts(pr.org(st.Acting())), Event: f.Event,
	}
	if len(st.Of) > 0 {
		out.Product = codeText(st.Of[0].Product())
	}
	if p := pr.place(st); p != nil {
		out.Place = dossier.Place{Name: p.Name, Code: p.Code, In: p.Commune}
	}
	for _, side := range []struct {
		refs []trace.PartyRef
		into **dossier.Party
	}{{f.From, &out.From}, {f.To, &out.To}} {
		if p := pr.side(side.refs); p != nil {
			one := partyFacts(*p)
			*side.into = &one
		}
	}
	out.Objects = pr.quantities(slices.Concat(f.Objects, f.Inputs))
	out.Made = pr.quantities(f.Outputs)
	for _, l := range d.papers {
		kind := l.Type[strings.LastIndexAny(l.Type, ":/-")+1:]
		out.Papers = append(out.Papers, strings.TrimSpace(kind+" "+l.ID))
	}
	return out
}

func (pr *presenter) quantities(list []trace.Stock) (out []dossier.Amount) {
	for _, s := range list {
		out = append(out, dossier.Amount{ID: s.ID, Name: pr.lotName(s.ID), Quantity: s.Quantity})
	}
	return out
}

// warnings are what a shopper would be warned of.
func (pr *presenter) warnings() (list []trace.Text) {
	b := pr.p.Batch
	if b == nil {
		return nil
	}
	for _, r := range b.Recalls {
		list = append(list, trace.Text{VI: "Đã thu hồi: " + r.Reason, EN: "Recalled: " + r.Reason})
	}
	if b.Early != nil && len(b.Early.Cleared) == 0 {
		day := dayOf(b.Early.Safe, "")
		list = append(list, trace.Text{VI: "Thu hoạch khi chưa đủ ngày cách ly; đủ từ " + string(day), EN: "Harvested within a pre-harvest interval; safe from " + string(day)})
	}
	if b.Blocked {
		list = append(list, trace.Text{VI: "Đang bị chặn vì số lượng không khớp", EN: "Blocked: quantities do not agree"})
	}
	return list
}

// inForce are the certificates that hold now.
func (pr *presenter) inForce() (list []dossier.Certificate) {
	if pr.p.Batch == nil {
		return nil
	}
	for _, c := range pr.p.Batch.Certificates {
		if c.Valid(pr.now) && c.Result != trace.ResultFailed {
			list = append(list, dossier.Certificate{Scheme: web.SchemeName(c.Certificate), Number: c.Number, By: partyFacts(pr.org(c.Issuer)), Until: c.Until})
		}
	}
	return list
}

// seasonLogbook is what the logbook of a season says.
func (s *server) seasonLogbook(ctx context.Context, pr *presenter, q *subject) (*dossier.Season, error) {
	season := &dossier.Season{Code: codeText(q.id), Crop: pr.name(q.id), Grower: partyFacts(pr.party(pr.p.Producer)), Certified: pr.inForce()}
	who := s.whoRecorded(ctx)
	by := func(st *index.Step) trace.Text {
		if name := who(st.Member); name != "" {
			return trace.Text{VI: name}
		}
		return pr.org(st.Acting()).Name
	}
	for i := len(pr.p.Journey) - 1; i >= 0; i-- {
		st, d := &pr.p.Journey[i], pr.details[i]
		f := &st.Fact
		if st.Voided != nil || f.Error != nil {
			continue
		}
		if season.Variety.IsZero() && d.ilmd["variety"] != "" {
			season.Variety = trace.Text{VI: d.ilmd["variety"], EN: d.ilmd["varietyEn"]}
		}
		season.Planted = firstOf(season.Planted, d.ilmd["plantingDate"], d.ilmd["plantedYear"])
		if f.Step == logbook.StepPlanting && season.Planted == "" {
			season.Planted = string(dayOf(f.Time, f.Zone))
		}
		season.Area = firstOf(season.Area, d.ilmd["areaHectares"])
		season.AreaCode = firstOf(season.AreaCode, d.ilmd["plantingArea"])
		if p := pr.place(st); p != nil && season.Plot.Code == "" {
			season.Plot = dossier.Place{Name: p.Name, Code: p.Code, In: p.Commune}
		}
		at := f.Time.Time()
		if at.Before(q.from) || at.After(q.to) {
			continue
		}
		if err := s.addToSeason(ctx, season, pr, i, by(st)); err != nil {
			return nil, err
		}
	}
	return season, nil
}

// addToSeason takes in an event of the season.
func (s *server) addToSeason(ctx context.Context, season *dossier.Season, pr *presenter, i int, by trace.Text) error {
	st, d := &pr.p.Journey[i], pr.details[i]
	f := &st.Fact
	if in, ok := d.input(f.Time, f.Zone); ok {
		one := dossier.Input{
			Kind: dossier.Kind(in.Kind), Time: f.Time, Zone: f.Zone, Product: in.Product, Active: in.Active, Dose: in.Dose, Purpose: in.Purpose, By: by,
		}
		if text := d.ours["preHarvestIntervalDays"]; text != "" {
			one.Interval = &in.Interval
		}
		season.Inputs = append(season.Inputs, one)
		return nil
	}
	if len(f.Outputs) == 0 {
		season.Work = append(season.Work, dossier.Work{
			Time: f.Time, Zone: f.Zone, What: web.StepName(f.Step), Note: trace.Text{VI: d.ours["note"], EN: d.ours["noteEn"]}, By: by,
		})
		return nil
	}
	for _, out := range f.Outputs {
		h := dossier.Harvest{Time: f.Time, Zone: f.Zone, Lot: codeText(out.ID), Amount: pr.quantities([]trace.Stock{out})[0]}
		if to := pr.side(f.To); to != nil {
			h.To = to.Name
		}
		b, err := s.Index.Batch(ctx, pr.viewer, out.ID)
		if err := ignoreNotFound(err); err != nil {
			return err
		}
		h.Early = err == nil && b.Early != nil
		season.Picked = append(season.Picked, h)
	}
	return nil
}

// historyFile hands out every record of the journey with its document and its
// receipt, and what is needed to check them.
func (s *server) historyFile(c echo.Context, pr *presenter) error {
	ctx := c.Request().Context()
	var b bytes.Buffer
	a := archive{zip.NewWriter(&b), time.Now().In(vietnam)}
	rows := [][]string{{"receipt", "entry", "item", "event", "step", "time", "recorded", "organisation", "voided", "document"}}
	for i := len(pr.p.Journey) - 1; i >= 0; i-- {
		st := &pr.p.Journey[i]
		name := fmt.Sprintf("%d-%d", st.Entry, st.Item)
		r, err := receipt.Build(ctx, proofs{s.Ledger, s, st.Entry}, st.Entry, st.Item)
		if err == nil {
			err = a.file("receipts/"+name+".receipt.json", r.Encode())
		}
		if err != nil {
			return err
		}
		document := ""
		if doc, err := s.payload(ctx, st.Fact.Payload); err == nil {
			// What a record names of a sealed document is its ciphertext: the copy is to read.
			document = "documents/" + name + ".json"
			if cid, err := content.Sum(bytes.NewReader(doc)); err != nil || cid.String() != st.Fact.Payload {
				document = "opened/" + name + ".json"
			}
			if err := a.file(document, doc); err != nil {
				return err
			}
		} else if err := ignoreNotFound(err); err != nil {
			return err
		}
		rows = append(rows, []string{
			"receipts/" + name + ".receipt.json", strconv.FormatUint(st.Entry, 10), strconv.Itoa(st.Item), st.Fact.Event, st.Fact.Step,
			st.Fact.Time.String(), st.Time.String(), pr.org(st.Acting()).Name.VI, strconv.FormatBool(st.Voided != nil), document,
		})
	}
	for name, body := range map[string][]byte{"trust.json": s.trust().Encode(), "records.csv": sheet(rows)} {
		if err := a.file(name, body); err != nil {
			return err
		}
	}
	if err := a.Close(); err != nil {
		return ledger.Wrap(err, ledger.Internal, "the archive cannot be written")
	}
	keepNothing(c.Response().Header())
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="`+fileName(pr.p.ID)+`-history.zip"`)
	return c.Blob(http.StatusOK, "application/zip", b.Bytes())
}
