package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/jobs"
	"github.com/sogoc/sogoc/api/sheets"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
)

// sheetRoutes take an organisation's master data out of spreadsheets, and write it into
// them.
func (s *server) sheetRoutes() []route {
	return []route{
		get("/org/sheets", manager, s.sheetsPage),
		post("/org/sheets", manager, s.readSheet),
		get("/org/sheets/template", administrator, s.sheetTemplate),
		get("/org/sheets/export", administrator, s.sheetExport),
		get("/org/sheets/:id", manager, s.sheetPage),
		post("/org/sheets/:id", manager, s.recordSheet),
		get("/org/sheets/:id/faults", manager, s.sheetFaults),
		post("/org/sheets/:id/remove", manager, s.removeSheet),
	}
}

// sheetField is the file in the form.
const sheetField = "sheet"

// sheetAbout is what a list of imports shows of one.
type sheetAbout struct {
	Kind  sheets.Kind `json:"kind"`
	File  string      `json:"file"`
	Rows  int         `json:"rows"`
	Wrong int         `json:"wrong,omitempty"`
}

func (s *server) sheetsPage(c echo.Context) error {
	return s.askSheet(c, http.StatusOK, web.Form{}, nil)
}

func (s *server) askSheet(c echo.Context, code int, f web.Form, trouble *sheets.Unreadable) error {
	v := &web.Sheets{Form: f, Chosen: firstOf(f.Value("kind"), c.QueryParam("kind"), string(sheets.Kinds[0]))}
	if trouble != nil {
		v.Trouble, v.Row = trouble.What, trouble.Row
	}
	for _, k := range sheets.Kinds {
		v.Kinds = append(v.Kinds, string(k))
	}
	for _, j := range s.Imports.List(identityOf(c.Request().Context()).Org) {
		line, err := sheetJobOf(j)
		if err != nil {
			return err
		}
		v.Jobs = append(v.Jobs, line)
	}
	return show(s, c, code, s.pages.Sheets, v)
}

func sheetJobOf(j jobs.Job) (web.SheetJob, error) {
	var a sheetAbout
	if err := json.Unmarshal(j.About, &a); err != nil {
		return web.SheetJob{}, ledger.Wrap(err, ledger.Internal, "the job cannot be read")
	}
	v := web.SheetJob{Path: "/org/sheets/" + j.ID.String(), Kind: string(a.Kind), File: a.File, Rows: a.Rows, Wrong: a.Wrong, Done: j.Done, Made: j.Made, Until: ledger.TimeOf(j.Expires())}
	switch {
	case j.Held && a.Wrong > 0:
		v.State = web.SheetWrong
	case j.Held:
		v.State = web.SheetDraft
	default:
		v.State = jobState(j)
	}
	if v.State == web.JobReady {
		v.Done = j.Total
	}
	return v, nil
}

// sheetName is what a browser calls a file.
func sheetName(c echo.Context, what string, f sheets.Format) {
	h := c.Response().Header()
	h.Set(echo.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="%s.%s"`, what, f))
	keepNothing(h)
}

// sheetAsked is which spreadsheet an address asks for.
func sheetAsked(c echo.Context) (k sheets.Kind, f sheets.Format, err error) {
	if k, err = sheets.ParseKind(c.QueryParam("kind")); err == nil {
		f, err = sheets.ParseFormat(firstOf(c.QueryParam("as"), string(sheets.XLSX)))
	}
	return k, f, err
}

func (s *server) sheetTemplate(c echo.Context) error {
	k, f, err := sheetAsked(c)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := sheets.Template(&b, k, f); err != nil {
		return err
	}
	sheetName(c, string(k), f)
	return c.Blob(http.StatusOK, f.Type(), b.Bytes())
}

func (s *server) sheetExport(c echo.Context) error {
	k, f, err := sheetAsked(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	var b bytes.Buffer
	if err := s.sheets.Export(ctx, &b, k, identityOf(ctx).Org, f); err != nil {
		return err
	}
	sheetName(c, fmt.Sprintf("%s-%s", k, time.Now().In(vietnam).Format("20060102")), f)
	return c.Blob(http.StatusOK, f.Type(), b.Bytes())
}

// readSheet reads a file, judges its rows and keeps them until somebody has them
// recorded.
func (s *server) readSheet(c echo.Context) error {
	err := openParts(c, sheets.MaxBytes+maxForm)
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return s.askSheet(c, http.StatusRequestEntityTooLarge, web.Form{}, &sheets.Unreadable{What: "large"})
	}
	if err != nil {
		return err
	}
	r := c.Request()
	defer r.MultipartForm.RemoveAll()
	file, err := sentFile(r, sheetField, sheets.MaxBytes)
	if err != nil {
		return err
	}
	name := ""
	if heads := r.MultipartForm.File[sheetField]; len(heads) > 0 {
		name = heads[0].Filename
	}
	ctx, form := r.Context(), r.PostForm
	k, err := sheets.ParseKind(form.Get("kind"))
	var d *sheets.Draft
	if err == nil {
		d, err = s.sheets.Draft(ctx, identityOf(ctx), k, sheetFileName(name), file)
	}
	var j jobs.Job
	if err == nil {
		j, err = s.Imports.Add(jobs.Order{
			Org: d.Org, Member: d.Member, Total: len(d.Rows), Held: true, Work: encode(d),
			About: encode(sheetAbout{d.Kind, d.File, len(d.Rows), d.Count(sheets.Wrong)}),
		})
	}
	if err != nil {
		f, code, fault := again(c, form, err)
		if fault != nil {
			return fault
		}
		var trouble *sheets.Unreadable
		if errors.As(err, &trouble) {
			f.Wrong = nil
		}
		return s.askSheet(c, code, f, trouble)
	}
	return done(c, "/org/sheets/"+j.ID.String(), "")
}

// sheetFileName is a file's name without its folder, as far as a page has room for it.
func sheetFileName(name string) string {
	r := []rune(strings.ToValidUTF8(name[strings.LastIndexAny(name, `/\`)+1:], ""))
	return string(r[:min(len(r), 80)])
}

// importParam reads a job of the caller's organisation.
func (s *server) importParam(c echo.Context) (jobs.Job, error) {
	id, err := ledger.ParseID(c.Param("id"))
	if err != nil {
		return jobs.Job{}, ledger.Errorf(ledger.NotFound, "there is no such job")
	}
	return s.Imports.Job(identityOf(c.Request().Context()).Org, id)
}

// draft is a file that waits to be recorded.
func (s *server) draft(j jobs.Job) (*sheets.Draft, error) {
	work, _, err := s.Imports.Held(j.Org, j.ID)
	if err != nil {
		return nil, err
	}
	d := new(sheets.Draft)
	if err := json.Unmarshal(work, d); err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "the draft cannot be read")
	}
	return d, nil
}

func (s *server) sheetPage(c echo.Context) error {
	return s.askSheetRows(c, http.StatusOK, web.Form{})
}

// Rows of each kind that a page shows; a file has all that are wrong.
const rowsOnPage = 300

func (s *server) askSheetRows(c echo.Context, code int, f web.Form) error {
	j, err := s.importParam(c)
	if err != nil {
		return err
	}
	v := &web.SheetPage{Form: f}
	if v.SheetJob, err = sheetJobOf(j); err != nil {
		return err
	}
	if j.Fault != nil {
		v.Fault = string(j.Fault.Code)
	}
	switch {
	case j.Held:
		err = s.previewSheet(c, j, v)
	case j.Ready():
		err = s.recordedSheet(j, v)
	}
	if err != nil {
		return err
	}
	return show(s, c, code, s.pages.SheetPage, v)
}

func (s *server) recordedSheet(j jobs.Job, v *web.SheetPage) error {
	f, _, err := s.Imports.Result(j.Org, j.ID)
	if err != nil {
		return err
	}
	defer f.Close()
	var r sheets.Result
	if err := json.NewDecoder(f).Decode(&r); err != nil {
		return ledger.Wrap(err, ledger.Internal, "the result cannot be read")
	}
	v.New, v.Changed, v.Same = r.New, r.Changed, r.Same
	return nil
}

func (s *server) previewSheet(c echo.Context, j jobs.Job, v *web.SheetPage) error {
	ctx := c.Request().Context()
	d, err := s.draft(j)
	if err != nil {
		return err
	}
	v.New, v.Changed, v.Same, v.AlikeCount = d.Count(sheets.New), d.Count(sheets.Changed), d.Count(sheets.Same), d.Count(sheets.Alike)
	v.Unknown, v.OwnKey = d.Unknown, identityOf(ctx).Custody != account.AtNode && d.Kind != sheets.Members
	if v.Faults = faultsOf(d); len(v.Faults) > rowsOnPage {
		v.More, v.Faults = len(v.Faults)-rowsOnPage, v.Faults[:rowsOnPage]
	}
	changes, err := s.sheets.Compare(ctx, d)
	if err != nil {
		return err
	}
	overlaps, err := s.sheets.Overlaps(ctx, d, overlapsNamed)
	if err != nil {
		return err
	}
	for _, o := range overlaps {
		line := web.SheetOverlap{Row: o.Row.N, Name: o.Row.Name(d.Kind), Corner: o.Corner}
		if o.Other != nil {
			line.Other = o.Other.N
		} else {
			line.Over = placeName(o.Place)
		}
		v.Overlaps = append(v.Overlaps, line)
	}
	for _, row := range d.Rows {
		line := web.SheetRow{N: row.N, Name: row.Name(d.Kind)}
		for _, ch := range changes[row.N] {
			line.Changes = append(line.Changes, web.SheetChange{Column: sheets.ColumnOf(d.Kind, ch.Column).Heading, Before: ch.Before, After: ch.After})
		}
		switch {
		case row.State == sheets.Alike:
			v.Alike = append(v.Alike, line) // all: each is decided
		case row.State == sheets.Changed && len(v.Changes) < rowsOnPage:
			v.Changes = append(v.Changes, line)
		}
	}
	return nil
}

func faultsOf(d *sheets.Draft) (list []web.SheetFault) {
	for _, row := range d.Rows {
		for _, f := range row.Faults {
			list = append(list, web.SheetFault{Row: row.N, Column: sheets.ColumnOf(d.Kind, f.Column).Heading, What: f.What, Cell: f.Cell, Other: f.Other})
		}
	}
	return list
}

// maxDecisions bounds the form of a preview, in bytes: a decision on each row.
const maxDecisions = sheets.MaxRows * 32

// recordSheet has a draft recorded, once however often it is sent.
func (s *server) recordSheet(c echo.Context) error {
	form, err := typedUpTo(c, maxDecisions)
	if err != nil {
		return err
	}
	j, err := s.importParam(c)
	if err != nil {
		return err
	}
	to := "/org/sheets/" + j.ID.String()
	if !j.Held {
		return done(c, to, "")
	}
	list, err := s.release(c, j, form)
	if list != nil {
		return show(s, c, http.StatusOK, s.pages.InvitedAll, list)
	}
	if err != nil {
		return retyped(c, form, err, s.askSheetRows)
	}
	return done(c, to, "")
}

// release has a draft recorded by a job. Of members the invitations are made at once and
// handed back: their links are kept nowhere.
func (s *server) release(c echo.Context, j jobs.Job, form url.Values) (*web.InvitedAll, error) {
	ctx := c.Request().Context()
	by := identityOf(ctx)
	d, err := s.draft(j)
	if err != nil {
		if ledger.CodeOf(err) == ledger.NotFound {
			err = nil // another request was first
		}
		return nil, err
	}
	if by.Custody != account.AtNode && d.Kind != sheets.Members {
		return nil, ledger.FieldErrorf(ledger.Conflict, "custody", "a key that is not at this node signs each record by hand")
	}
	another := map[int]bool{}
	for _, row := range d.Rows {
		another[row.N] = form.Get("row-"+strconv.Itoa(row.N)) == "another"
	}
	d.Account, d.Member = by.Account, by.Member
	if err := s.sheets.Decide(ctx, d, another); err != nil {
		return nil, err
	}
	if d.Kind == sheets.Members {
		return s.inviteAll(c, j, d)
	}
	return nil, s.Imports.Release(j.Org, j.ID, encode(d))
}

// inviteAll invites the people of a draft, which goes before, so that it is done once.
func (s *server) inviteAll(c echo.Context, j jobs.Job, d *sheets.Draft) (*web.InvitedAll, error) {
	ctx := c.Request().Context()
	list := s.sheets.Invitations(d)
	open, err := s.Accounts.Invitations(ctx, d.Org)
	if err != nil {
		return nil, err
	}
	if most := account.MaxInvitations; len(open)+len(list) > most {
		return nil, ledger.FieldErrorf(ledger.TooLarge, "invitations", "there would be more than %d open ones", most)
	}
	v := &web.InvitedAll{Host: s.host()}
	if v.Org, err = s.orgName(ctx, d.Org); err != nil {
		return nil, err
	}
	if err := s.Imports.Remove(j.Org, j.ID); err != nil {
		return nil, err
	}
	secrets, made, err := s.Accounts.InviteAll(ctx, list, s.by(c))
	if err != nil {
		return nil, err
	}
	for i, l := range made {
		one := web.Invited{Org: v.Org, Name: l.Name, Roles: l.Roles, Link: s.joinLink(secrets[i]), Host: v.Host, Until: ledger.TimeOf(l.Expires)}
		if one.QR, err = drawQR(one.Link); err != nil {
			return nil, err
		}
		v.List = append(v.List, one)
	}
	return v, nil
}

// sheetFaults are all that is wrong with a draft, as a spreadsheet.
func (s *server) sheetFaults(c echo.Context) error {
	j, err := s.importParam(c)
	if err != nil {
		return err
	}
	d, err := s.draft(j)
	if err != nil {
		return err
	}
	heads, rows, err := s.pages.SheetFaults(s.lang(c), faultsOf(d))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := sheets.WriteCSV(&b, heads, rows); err != nil {
		return err
	}
	sheetName(c, "sai", sheets.CSV)
	return c.Blob(http.StatusOK, sheets.CSV.Type(), b.Bytes())
}

func (s *server) removeSheet(c echo.Context) error {
	j, err := s.importParam(c)
	if err == nil && !j.Held && j.Ended == 0 {
		err = ledger.FieldErrorf(ledger.Conflict, "jobs", "is being recorded")
	}
	if err == nil {
		err = s.Imports.Remove(j.Org, j.ID)
	}
	if err != nil {
		return err
	}
	return done(c, "/org/sheets", "sheet_removed")
}
