package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/protection"
)

func (s *server) listRoutes() []route {
	const one = "/desk/lists/:name"
	return slices.Concat(
		[]route{
			get("/desk/lists", operator, s.listsPage),
			get(one, operator, s.listPage),
			get(one+"/new", decider, s.listForm),
			post(one+"/new", decider, s.listPreview),
		},
		s.decision(one+"/publish", s.publishing),
	)
}

// listNames are the lists that pages use, whether or not they are published.
var listNames = []string{trace.ListUnits, trace.ListCrops, trace.ListMeasures, protection.List}

// listFile is a list as it was read from a file: what is published, and what a page
// shows of it.
type listFile struct {
	payload []byte
	list    trace.ReferenceList
}

// protectionTitle is the title of a table that is read from CSV, which has none.
var protectionTitle = trace.Text{VI: "Thuốc bảo vệ thực vật", EN: "Plant protection products"}

// readList reads a list of its name's form, and says which lines are at fault.
func readList(name string, file []byte) (f listFile, faults []web.DeskFault, err error) {
	if name == protection.List {
		rows, err := protection.Parse(file)
		var wrong protection.Faults
		if errors.As(err, &wrong) {
			for _, x := range wrong {
				faults = append(faults, web.DeskFault{Line: x.Line, What: "cell", Value: strings.TrimSpace(x.Column + " " + x.Value)})
			}
			return f, faults, nil
		}
		if err != nil {
			return f, nil, err
		}
		if f.payload, err = json.Marshal(protection.Table{Title: protectionTitle, Rows: rows}); err != nil {
			return f, nil, err
		}
		return f, nil, json.Unmarshal(f.payload, &f.list)
	}
	f.list, err = trace.ParseReferenceList(name, file)
	var wrong trace.ListFaults
	if errors.As(err, &wrong) {
		for _, x := range wrong {
			faults = append(faults, web.DeskFault{Line: x.Line, What: string(x.What), Value: x.Value})
		}
		return f, faults, nil
	}
	if err == nil {
		f.payload, err = json.Marshal(f.list)
	}
	return f, nil, err
}

func (s *server) listsPage(c echo.Context) error {
	ctx := c.Request().Context()
	all, err := s.Index.ListVersions(ctx, "")
	if err != nil {
		return err
	}
	names := slices.Clone(listNames)
	for _, l := range all {
		if !slices.Contains(names, l.Name) {
			names = append(names, l.Name)
		}
	}
	v := &web.DeskLists{}
	for _, name := range names {
		l, err := s.deskList(ctx, name)
		if err != nil {
			return err
		}
		l.Entries = nil
		v.List = append(v.List, l)
	}
	return show(s, c, http.StatusOK, s.pages.DeskLists, v)
}

// deskList reads a list and its versions.
func (s *server) deskList(ctx context.Context, name string) (web.DeskList, error) {
	v := web.DeskList{Name: name}
	versions, err := s.Index.ListVersions(ctx, name)
	if err != nil {
		return v, err
	}
	for _, x := range slices.Backward(versions) {
		v.Versions = append(v.Versions, web.DeskVersion{Number: x.Version, At: x.Time, Path: "/ipfs/" + x.Payload})
	}
	if len(versions) == 0 {
		return v, nil
	}
	b, err := s.payload(ctx, versions[len(versions)-1].Payload)
	if err != nil {
		return v, ignoreNotFound(err) // it is at another node so far
	}
	var list trace.ReferenceList
	if err := json.Unmarshal(b, &list); err != nil {
		return v, ledger.Wrap(err, ledger.Internal, "the list cannot be read")
	}
	v.Title, v.Sample, v.Entries, v.Total = list.Title, list.Sample, list.Entries, len(list.Entries)
	return v, nil
}

// listEntries is how many entries of a list a page shows.
const listEntries = 50

func (s *server) listPage(c echo.Context) error {
	name, err := s.listName(c)
	if err != nil {
		return err
	}
	v, err := s.deskList(c.Request().Context(), name)
	if err != nil {
		return err
	}
	v.Search = strings.TrimSpace(c.QueryParam("q"))
	if words := ledger.Fold(v.Search); words != "" {
		v.Entries = slices.DeleteFunc(v.Entries, func(e trace.ListEntry) bool {
			return !strings.Contains(ledger.Fold(e.Code+" "+e.Name.VI+" "+e.Name.EN+" "+e.Province.VI), words)
		})
		v.Total = len(v.Entries)
	}
	v.Entries = v.Entries[:min(len(v.Entries), listEntries)]
	return show(s, c, http.StatusOK, s.pages.DeskList, &v)
}

// listName is the list that an address names: one that pages use or that has been
// published.
func (s *server) listName(c echo.Context) (string, error) {
	name, err := param(c, "name")
	if err != nil {
		return "", err
	}
	if !slices.Contains(listNames, name) {
		if _, err := s.Index.List(c.Request().Context(), name); err != nil {
			return "", err
		}
	}
	return name, nil
}

func (s *server) listForm(c echo.Context) error {
	name, err := s.listName(c)
	if err != nil {
		return err
	}
	return s.askList(c, http.StatusOK, name, web.Form{})
}

func (s *server) askList(c echo.Context, code int, name string, f web.Form) error {
	return show(s, c, code, s.pages.Act, &web.Act{
		Form: f, Name: "list", Who: trace.Text{VI: name}, Action: c.Request().URL.RequestURI(), Back: "/desk/lists/" + name, Files: true,
		Fields: []web.Field{{Name: "file", Type: "file", Required: true}},
	})
}

// maxFaults is how many faults of a list are shown.
const maxFaults = 30

// listPreview reads a file that was sent and shows what it would change. One
// without faults is kept under its content, for publishing.
func (s *server) listPreview(c echo.Context) error {
	name, err := s.listName(c)
	if err != nil {
		return err
	}
	file, err := formFile(c, "file")
	if err != nil {
		return retyped(c, nil, err, asking(s.askList, name))
	}
	ctx := c.Request().Context()
	before, err := s.deskList(ctx, name)
	if err != nil {
		return err
	}
	read, faults, err := readList(name, file)
	if err != nil {
		return err
	}
	v := &web.DeskPreview{Name: name, Version: 1, Total: len(read.list.Entries)}
	if len(before.Versions) > 0 {
		v.Version = before.Versions[0].Number + 1
	}
	if len(faults) > 0 {
		v.Faults = faults[:min(len(faults), maxFaults)]
		v.More = len(faults) - len(v.Faults)
		return show(s, c, http.StatusBadRequest, s.pages.DeskPreview, v)
	}
	if read.list.Title == (trace.Text{}) {
		read.list.Title = before.Title
		if read.payload, err = json.Marshal(read.list); err != nil {
			return err
		}
	}
	v.Title = read.list.Title
	compare(v, before.Entries, read.list.Entries)
	ref, err := s.Store.Put(ctx, bytes.NewReader(read.payload), content.Options{})
	if err != nil {
		return err
	}
	v.CID = ref.CID.String()
	return show(s, c, http.StatusOK, s.pages.DeskPreview, v)
}

// shownChanges is how many changed entries are shown by name.
const shownChanges = 10

// compare says what is new, changed and gone, by code.
func compare(v *web.DeskPreview, before, after []trace.ListEntry) {
	count := func(x *web.DeskChange, e trace.ListEntry) {
		if x.Count++; x.Count <= shownChanges {
			x.First = append(x.First, e)
		}
	}
	old := map[string]trace.ListEntry{}
	for _, e := range before {
		old[e.Code] = e
	}
	for _, e := range after {
		was, ok := old[e.Code]
		switch {
		case !ok:
			count(&v.Added, e)
		case !reflect.DeepEqual(was, e):
			count(&v.Changed, e)
		}
		delete(old, e.Code)
	}
	for _, e := range before {
		if _, gone := old[e.Code]; gone {
			count(&v.Removed, e)
		}
	}
}

// formFile reads a file of a form into memory.
func formFile(c echo.Context, name string) ([]byte, error) { return formFileUpTo(c, name, maxSmall) }

// formFileUpTo is formFile for a form of at most so many bytes.
func formFileUpTo(c echo.Context, name string, limit int64) ([]byte, error) {
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, limit)
	f, _, err := r.FormFile(name)
	if errors.Is(err, http.ErrMissingFile) {
		return nil, ledger.FieldErrorf(ledger.Invalid, name, "is missing")
	}
	if err != nil {
		return nil, unreadable(err, noForm)
	}
	defer f.Close()
	defer r.MultipartForm.RemoveAll()
	return io.ReadAll(f)
}

// previewed reads what a preview kept.
func previewed(name string, file []byte) (list trace.ReferenceList, err error) {
	if name != protection.List {
		return trace.ParseReferenceList(name, file)
	}
	var table protection.Table
	d := json.NewDecoder(bytes.NewReader(file))
	d.DisallowUnknownFields()
	if err := d.Decode(&table); err != nil || len(table.Rows) == 0 {
		return list, ledger.Errorf(ledger.NotFound, "send the table again")
	}
	return list, json.Unmarshal(file, &list)
}

// publishing puts a previewed file in force. It is read again: what was previewed is
// named by the address alone.
func (s *server) publishing(c echo.Context) (*act, error) {
	name, err := s.listName(c)
	if err != nil {
		return nil, err
	}
	ctx := c.Request().Context()
	cid := c.QueryParam("cid")
	file, err := s.payload(ctx, cid)
	if err != nil {
		return nil, ledger.Errorf(ledger.NotFound, "send the list again")
	}
	list, err := previewed(name, file)
	if err != nil {
		return nil, err
	}
	before, err := s.deskList(ctx, name)
	if err != nil {
		return nil, err
	}
	next := 1
	if len(before.Versions) > 0 {
		next = before.Versions[0].Number + 1
	}
	return &act{
		name: "publish", who: list.Title, back: "/desk/lists/" + name, facts: []web.Fact{{Label: "cid", Value: cid}},
		do: func(ctx context.Context, by *account.Identity, _ url.Values) error {
			_, err := s.office.Direct(ctx, by, trace.ActionList, trace.List{Name: name, Version: next, Payload: cid})
			return err
		},
	}, nil
}
