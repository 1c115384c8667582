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

	"github.com/sogoc/sogoc/api/picture"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/batch"
	"github.com/sogoc/sogoc/trace/index"
	"github.com/sogoc/sogoc/trace/logbook"
)

// soilRoutes are the tests of a plot's soil and water.
func (s *server) soilRoutes() []route {
	return []route{
		get("/plots/tests/new", recorder, s.newTestPage),
		post("/plots/tests/new", recorder, s.addTest),
		get("/plots/tests/report", colleague, s.testReport),
	}
}

// reportField is the file that says what a test found.
const reportField = "report"

// usualReadings is how many measurands a form shows at once.
const usualReadings = 3

// soilUnits are how people write the units of what is measured.
var soilUnits = map[trace.Unit]string{"GL": "g/l", "H61": "mS/cm", "P1": "%", "NA": "mg/kg", "M1": "mg/l"}

func (s *server) newTestPage(c echo.Context) error {
	return s.askTest(c, http.StatusOK, web.Form{})
}

func (s *server) askTest(c echo.Context, code int, f web.Form) error {
	ctx := c.Request().Context()
	b, err := s.bookOf(c)
	if err != nil {
		return err
	}
	p, err := s.ownPlace(ctx, b, firstOf(f.Value("plot"), c.QueryParam("plot")))
	if err != nil {
		return err
	}
	today := time.Now().In(vietnam).Format(time.DateOnly)
	v := &web.SoilForm{
		Form: f, Event: firstOf(f.Value("event"), trace.NewEventID()), For: b.name, Plot: p.ID.String(), Name: placeName(p), Back: plotPath(b, p.ID),
		Sample: logbook.Soil, Taken: today, Today: today, Audience: string(ledger.Own),
	}
	if b.onBehalf != nil {
		v.Member = b.onBehalf.String()
	}
	for i, m := range logbook.Measurands(logbook.Soil) {
		field := web.SoilField{Name: m.Name, Unit: soilUnits[m.Unit]}
		if i < usualReadings {
			v.Usual = append(v.Usual, field)
		} else {
			v.Rest = append(v.Rest, field)
		}
	}
	tests, err := s.testsOf(ctx, b, p.ID)
	if err != nil {
		return err
	}
	if len(tests) > 0 {
		v.Laboratory = tests[0].By
	}
	return show(s, c, code, s.pages.SoilForm, v)
}

func (s *server) addTest(c echo.Context) error {
	form, report, err := typedPhoto(c, reportField)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	b, err := s.bookOf(c)
	if err != nil {
		return err
	}
	p, err := s.ownPlace(ctx, b, form.Get("plot"))
	if err != nil {
		return err
	}
	to := plotPath(b, p.ID)
	if r, err := s.Index.Event(ctx, b.viewer, form.Get("event")); err == nil && r.Acting() == b.org {
		return done(c, to, "soil_added")
	}
	test, err := testIn(form, p.ID)
	if err == nil {
		test.Report, err = s.keepReport(ctx, report)
	}
	if err == nil {
		err = thenDone(s.enterIn(ctx, b, test, form), to, "soil_added")
	}
	if err != nil {
		return retyped(c, form, err, s.askTest)
	}
	return done(c, to, "soil_added")
}

// testIn reads a test from a form.
func testIn(form url.Values, plot trace.ID) (logbook.Test, error) {
	t := logbook.Test{Event: form.Get("event"), Place: plot, Sample: form.Get("sample"), Laboratory: strings.TrimSpace(form.Get("laboratory")), Note: form.Get("note")}
	var err error
	if t.At, err = dayIn(form.Get("sampled"), "sampled"); err != nil {
		return t, err
	}
	for _, m := range append(logbook.Measurands(logbook.Soil), logbook.Measurands(logbook.Water)...) {
		text := strings.TrimSpace(form.Get(m.Name))
		if text == "" || slices.ContainsFunc(t.Readings, func(r logbook.Reading) bool { return r.Name == m.Name }) {
			continue
		}
		q, err := readingOf(text)
		if err != nil {
			return t, ledgerField(err, m.Name)
		}
		t.Readings = append(t.Readings, logbook.Reading{Name: m.Name, Value: q})
	}
	return t, t.Check(time.Now())
}

// readingOf reads a number as people type it; nothing is a reading, too.
func readingOf(text string) (trace.Quantity, error) {
	if strings.Trim(text, "0,.") == "" {
		return trace.Quantity{}, nil
	}
	return batch.ParseAmount(text, "")
}

// keepReport seals the document that says what a test found: a PDF as it is, a photo
// without what a camera writes into it. Nothing gives no name.
func (s *server) keepReport(ctx context.Context, report []byte) (string, error) {
	if len(report) == 0 {
		return "", nil
	}
	if len(report) > picture.MaxBytes {
		return "", ledger.FieldErrorf(ledger.TooLarge, reportField, "has more than %d bytes", picture.MaxBytes)
	}
	if http.DetectContentType(report) != "application/pdf" {
		clean, err := picture.Clean(reportField, report)
		if err != nil {
			return "", err
		}
		report = clean
	}
	ref, err := s.Store.Put(ctx, bytes.NewReader(report), content.Options{Sealed: true})
	if err != nil {
		return "", err
	}
	return ref.CID.String(), nil
}

// testsShown is how many tests of a plot its page shows.
const testsShown = 20

// testsOf lists the tests of a plot, the newest record first.
func (s *server) testsOf(ctx context.Context, b book, plot trace.ID) (list []web.SoilTest, err error) {
	q := index.Query{Steps: []string{"sensor_reporting"}, Places: []trace.ID{plot}, Orgs: []ledger.ID{b.org}}
	events, _, err := s.Index.Events(ctx, b.viewer, q, index.Page{Limit: testsShown})
	if err != nil {
		return nil, err
	}
	for _, r := range events {
		if r.Acting() != b.org || r.Fact.Error != nil || len(r.Fact.Objects) > 0 {
			continue
		}
		payload, err := s.payload(ctx, r.Fact.Payload)
		if err != nil {
			if err = ignoreNotFound(err); err != nil {
				return nil, err
			}
			continue
		}
		d, err := detailsOf(payload)
		if err != nil {
			return nil, err
		}
		test := web.SoilTest{
			Event: r.Fact.Event, Time: r.Fact.Time, Zone: r.Fact.Zone, Sample: d.ours["sample"], By: d.ours["laboratory"], Note: d.ours["note"],
			Void: r.Voided != nil, Readings: d.measured(),
		}
		if d.ours["document"] != "" {
			test.File = b.path("/plots/tests/report", "event", r.Fact.Event)
		}
		if test.Sample == logbook.Soil || test.Sample == logbook.Water {
			list = append(list, test)
		}
	}
	return list, nil
}

// measured are the readings that the register's own forms name.
func (d *details) measured() (list []web.SoilReading) {
	known := map[string]bool{}
	for _, m := range append(logbook.Measurands(logbook.Soil), logbook.Measurands(logbook.Water)...) {
		known[m.Name] = true
	}
	for _, element := range d.sensor {
		for _, r := range element.Reports {
			if known[r.Measured] {
				list = append(list, web.SoilReading{What: r.Measured, Value: r.Value.String(), Unit: soilUnits[trace.Unit(r.Unit)]})
			}
		}
	}
	return list
}

// testReport is the document of a test, for who may read the test.
func (s *server) testReport(c echo.Context) error {
	ctx := c.Request().Context()
	b, err := s.bookOf(c)
	if err != nil {
		return err
	}
	r, err := s.Index.Event(ctx, b.viewer, c.QueryParam("event"))
	if err != nil {
		return err
	}
	payload, err := s.payload(ctx, r.Fact.Payload)
	if err != nil {
		return err
	}
	d, err := detailsOf(payload)
	if err != nil {
		return err
	}
	var report []byte
	if d.ours["sample"] != "" && trace.ValidCID(d.ours["document"]) && r.Acting() == b.org {
		if report, err = s.payload(ctx, d.ours["document"]); err != nil {
			return err
		}
	}
	kind := http.DetectContentType(report)
	if kind != picture.Type && kind != "application/pdf" {
		return ledger.Errorf(ledger.NotFound, "there is no report")
	}
	keepNothing(c.Response().Header())
	return reply(c, http.StatusOK, kind, newBody(report))
}
