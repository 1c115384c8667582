package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/api/sheets"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// thingsOnReport is how many things a report's page lists; its file has them all.
const thingsOnReport = 500

// drill is the simulated recall of the caller's organisation that an address names.
func (s *server) drill(c echo.Context) (account.Drill, *office.Report, error) {
	id, err := idParam(c)
	if err != nil {
		return account.Drill{}, nil, err
	}
	ctx := c.Request().Context()
	d, err := s.Accounts.Drill(ctx, identityOf(ctx).Org, id)
	if err != nil {
		return d, nil, err
	}
	r, err := s.office.Report(ctx, d)
	return d, r, err
}

func (s *server) drillPage(c echo.Context) error {
	d, r, err := s.drill(c)
	if err != nil {
		return err
	}
	v, err := s.report(c.Request().Context(), d, r)
	if err != nil {
		return err
	}
	v.More = max(0, len(v.Things)-thingsOnReport)
	v.Things = v.Things[:min(len(v.Things), thingsOnReport)]
	return show(s, c, http.StatusOK, s.pages.DrillReport, v)
}

// report says in names what a simulated recall found. Names and contacts are those
// that the caller may read now.
func (s *server) report(ctx context.Context, d account.Drill, r *office.Report) (*web.DrillReport, error) {
	v := &web.DrillReport{
		Drill: s.drillLine(ctx, d), Height: d.Height, Records: r.Starts.Records, Cut: r.Starts.Cut || r.Reach.Truncated, Hidden: r.Reach.Hidden,
	}
	var err error
	if v.By, err = s.nameOf(ctx, d.By); err != nil {
		return nil, err
	}
	if v.Org, err = s.orgName(ctx, d.Org); err != nil {
		return nil, err
	}
	totals, unknown, err := r.Reach.Totals()
	if err != nil {
		return nil, err
	}
	v.Unknown = unknown
	for _, t := range totals {
		share := int64(0)
		if !t.Made.IsZero() {
			if share, err = t.Found.Share(t.Made, 1000); err != nil {
				return nil, ledger.Wrap(err, ledger.Internal, "the report cannot be summed up")
			}
		}
		v.Totals = append(v.Totals, web.DrillTotal{Made: t.Made, Found: t.Found, Share: share, Where: wheres(t.Where)})
	}
	who := s.parties(ctx)
	name := (&presenter{server: s, ctx: ctx, viewer: viewerOf(ctx), products: map[trace.ID]*index.Product{}}).name
	thing := func(id trace.ID) web.DrillThing {
		return web.DrillThing{ID: id, Name: name(id), Lot: id.Lot(), Serial: id.Serial(), Path: id.Path(), Level: web.Level(index.LevelOf(id))}
	}
	for _, t := range r.Reach.Things {
		line := thing(t.ID)
		line.Steps, line.Made, line.Where = t.Steps, t.Made, wheres(t.Where)
		line.Recalled = len(s.Index.RecallsOn(t.ID)) > 0
		if line.Owner, err = who(t.Owner); err != nil {
			return nil, err
		}
		v.Things = append(v.Things, line)
	}
	for _, p := range r.Reach.Parties {
		line := web.DrillParty{Things: p.Things, Last: p.Last, Own: p.Org == d.Org}
		if line.Party, err = who(p.Org); err != nil {
			return nil, err
		}
		for _, h := range p.Shares {
			if index.LevelOf(h.ID) == index.LevelContainer {
				continue // what is in it stands for itself
			}
			one := thing(h.ID)
			line.Holding = append(line.Holding, web.DrillHolding{DrillThing: one, Where: string(h.Where), Quantity: h.Quantity})
		}
		v.Parties = append(v.Parties, line)
	}
	for _, e := range r.Reach.Ends {
		line := web.DrillEnd{DrillThing: thing(e.ID), Quantity: e.Quantity, At: e.Time, To: e.To}
		if line.By, err = who(e.By); err != nil {
			return nil, err
		}
		if id, err := trace.ParseID(e.To); err == nil {
			line.To = codeText(id)
		}
		v.Ends = append(v.Ends, line)
	}
	return v, nil
}

// wheres lists what became of a quantity, what can be brought back first.
func wheres(of map[index.Where]trace.Quantity) (list []web.DrillWhere) {
	for _, w := range index.Wheres {
		if q, ok := of[w]; ok {
			list = append(list, web.DrillWhere{Where: string(w), Quantity: q})
		}
	}
	return list
}

// parties reads organisations as the caller may, each once.
func (s *server) parties(ctx context.Context) func(ledger.ID) (web.Party, error) {
	known := map[ledger.ID]web.Party{}
	return func(id ledger.ID) (web.Party, error) {
		p, ok := known[id]
		if ok || id.IsZero() {
			return p, nil
		}
		o, err := s.Index.Organisation(ctx, viewerOf(ctx), id)
		if err == nil {
			p, err = s.deskPartyOf(ctx, o)
		}
		known[id] = p
		return p, ignoreNotFound(err)
	}
}

// drillFile is a part of a report for a spreadsheet.
func (s *server) drillFile(c echo.Context) error {
	d, r, err := s.drill(c)
	if err != nil {
		return err
	}
	v, err := s.report(c.Request().Context(), d, r)
	if err != nil {
		return err
	}
	lang := string(s.lang(c))
	var rows [][]string
	name := c.Param("file")
	switch name {
	case "things.csv":
		rows = thingRows(v, lang)
	case "receivers.csv":
		rows = partyRows(v, lang)
	case "unconfirmed.csv":
		rows = endRows(v, lang)
	default:
		return ledger.Errorf(ledger.NotFound, "there is nothing at this address")
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentDisposition, `attachment; filename="recall-`+d.At.In(hanoi).Format("20060102-1504")+"-"+name+`"`)
	keepNothing(h)
	return c.Blob(http.StatusOK, "text/csv; charset=utf-8", sheet(rows))
}

// sheet writes rows for a spreadsheet, none of whose cells it takes for a formula.
func sheet(rows [][]string) []byte {
	var b bytes.Buffer
	b.WriteString("\ufeff") // by which spreadsheets know UTF-8
	w := csv.NewWriter(&b)
	for _, row := range rows {
		for i := range row {
			row[i] = sheets.Harmless(row[i])
		}
		w.Write(row) // a buffer takes everything
	}
	w.Flush()
	return b.Bytes()
}

func thingRows(v *web.DrillReport, lang string) [][]string {
	head := []string{"code", "name", "lot", "serial", "level", "steps", "owner", "recalled", "unit", "made"}
	for _, w := range index.Wheres {
		head = append(head, string(w))
	}
	rows := [][]string{head}
	for _, t := range v.Things {
		unit, made := "", ""
		if t.Made != nil {
			unit, made = string(t.Made.Unit()), t.Made.Number()
		}
		numbers := map[string]string{}
		for _, w := range t.Where {
			numbers[w.Where], unit = w.Quantity.Number(), string(w.Quantity.Unit())
		}
		row := []string{t.ID.String(), t.Name.In(lang), t.Lot, t.Serial, string(t.Level), strconv.Itoa(t.Steps), t.Owner.Name.In(lang), strconv.FormatBool(t.Recalled), unit, made}
		for _, w := range index.Wheres {
			row = append(row, numbers[string(w)])
		}
		rows = append(rows, row)
	}
	return rows
}

func partyRows(v *web.DrillReport, lang string) [][]string {
	rows := [][]string{{"receiver", "kind", "code", "address", "phone", "email", "last", "thing", "lot", "serial", "state", "quantity", "unit"}}
	for _, p := range v.Parties {
		who := []string{p.Party.Name.In(lang), string(p.Party.Kind), p.Party.Code, address(p.Party, lang), p.Party.Phone, p.Party.Email, spreadsheetTime(p.Last)}
		for _, h := range p.Holding {
			rows = append(rows, append(who[:len(who):len(who)], h.Name.In(lang), h.Lot, h.Serial, h.Where, h.Quantity.Number(), string(h.Quantity.Unit())))
		}
		if len(p.Holding) == 0 {
			rows = append(rows, append(who[:len(who):len(who)], "", "", "", "passed_on", "", ""))
		}
	}
	return rows
}

func endRows(v *web.DrillReport, lang string) [][]string {
	rows := [][]string{{"thing", "lot", "serial", "quantity", "unit", "by", "to", "at"}}
	for _, e := range v.Ends {
		number, unit := "", ""
		if e.Quantity != nil {
			number, unit = e.Quantity.Number(), string(e.Quantity.Unit())
		}
		rows = append(rows, []string{e.Name.In(lang), e.Lot, e.Serial, number, unit, e.By.Name.In(lang), e.To, spreadsheetTime(e.At)})
	}
	return rows
}

func address(p web.Party, lang string) string {
	return strings.Trim(p.Address.In(lang)+", "+p.Commune.In(lang), ", ")
}

// spreadsheetTime is a time as spreadsheets read it; empty for none.
func spreadsheetTime(t ledger.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Time().In(hanoi).Format(time.DateOnly + " 15:04")
}
