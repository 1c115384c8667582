package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/catalog"
	"github.com/sogoc/sogoc/market/ckan"
)

// ckanPath is where CKAN's clients call actions.
const ckanPath = "/api/3/action/"

func (s *server) ckanRoutes() []route {
	return []route{
		get(ckanPath+":action", anyone, s.ckanAction),
		post(ckanPath+":action", anyone, s.ckanAction),
	}
}

// portal is what CKAN's actions answer from: a row for each dataset, brought up to what
// the catalogue holds before each answer.
type portal struct {
	rows ckan.Rows

	mu    sync.Mutex
	since uint64 // the last change that is in the rows
}

// ckanParams are the parameters of an action, as text.
type ckanParams map[string]string

// ckanError is how CKAN refuses.
type ckanError struct {
	status int
	body   map[string]any
}

func (e *ckanError) Error() string { return e.body["__type"].(string) }

func ckanInvalid(field, message string) error {
	return &ckanError{http.StatusConflict, map[string]any{"__type": "Validation Error", field: []string{message}}}
}

// ckanActions are what can be asked, each with a line of help.
var ckanActions = map[string]struct {
	help string
	do   func(s *server, ctx context.Context, p ckanParams) (any, error)
}{
	"site_read":         {"Whether the site may be read.", func(*server, context.Context, ckanParams) (any, error) { return true, nil }},
	"status_show":       {"What this site is.", (*server).ckanStatus},
	"package_list":      {"Names of all datasets. limit, offset.", (*server).ckanPackageList},
	"package_show":      {"One dataset. id: its id or name.", (*server).ckanPackageShow},
	"package_search":    {"Datasets that are looked for. q, fq, sort, rows, start, facet, facet.field, facet.limit.", (*server).ckanPackageSearch},
	"organization_list": {"Publishers. all_fields, limit, offset.", (*server).ckanOrganizationList},
	"organization_show": {"One publisher. id: its id or name. include_datasets, include_dataset_count.", (*server).ckanOrganizationShow},
	"group_list":        {"Themes that datasets have. all_fields, limit, offset.", (*server).ckanGroupList},
	"group_show":        {"One theme. id: its name. include_datasets.", (*server).ckanGroupShow},
	"tag_list":          {"Keywords that datasets have. query.", (*server).ckanTagList},
}

// ckanAction answers as CKAN does: with the result, or with an error of its kind.
func (s *server) ckanAction(c echo.Context) error {
	name := c.Param("action")
	help := s.base() + ckanPath + "help_show?name=" + name
	p, err := ckanParamsOf(c)
	if err != nil {
		return ckanWrite(c, http.StatusBadRequest, err.Error())
	}
	if name == "help_show" {
		return s.ckanHelp(c, p["name"], help)
	}
	action, known := ckanActions[name]
	if !known {
		return ckanWrite(c, http.StatusBadRequest, "Bad request - Action name not known: "+name)
	}
	result, err := action.do(s, c.Request().Context(), p)
	if err == nil {
		return ckanWrite(c, http.StatusOK, map[string]any{"help": help, "success": true, "result": result})
	}
	refused, ok := err.(*ckanError)
	if !ok {
		if ledger.CodeOf(err) != ledger.NotFound {
			return err
		}
		refused = &ckanError{http.StatusNotFound, map[string]any{"__type": "Not Found Error", "message": "Not found"}}
	}
	return ckanWrite(c, refused.status, map[string]any{"help": help, "success": false, "error": refused.body})
}

func (s *server) ckanHelp(c echo.Context, name, help string) error {
	action, known := ckanActions[name]
	if !known {
		return ckanWrite(c, http.StatusNotFound, map[string]any{"help": help, "success": false, "error": map[string]any{"__type": "Not Found Error", "message": "Not found"}})
	}
	return ckanWrite(c, http.StatusOK, map[string]any{"help": help, "success": true, "result": action.help})
}

func ckanWrite(c echo.Context, status int, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Cache-Control", "public, no-cache")
	h.Set("Access-Control-Allow-Origin", "*")
	return reply(c, status, "application/json;charset=utf-8", newBody(b.Bytes()))
}

// maxCKAN bounds what an action is sent, in bytes.
const maxCKAN = 64 << 10

// ckanParamsOf reads the query and, of a POST, a JSON object or a form.
func ckanParamsOf(c echo.Context) (ckanParams, error) {
	p := ckanParams{}
	for name, values := range c.QueryParams() {
		p[name] = values[0]
	}
	if c.Request().Method != http.MethodPost {
		return p, nil
	}
	b, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, maxCKAN))
	if err != nil {
		return nil, ledger.Errorf(ledger.TooLarge, "Bad request - more than %d bytes, or cut short", maxCKAN)
	}
	if b = bytes.TrimSpace(b); len(b) == 0 {
		return p, nil
	}
	var body map[string]json.RawMessage
	if json.Unmarshal(b, &body) != nil {
		return nil, ledger.Errorf(ledger.Invalid, "Bad request - JSON Error: the body is not a JSON object")
	}
	for name, value := range body {
		var text string
		if json.Unmarshal(value, &text) != nil {
			text = string(value)
		}
		p[name] = text
	}
	return p, nil
}

func (p ckanParams) number(name string, otherwise, least, most int) (int, error) {
	v := p[name]
	if v == "" || v == "null" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		return 0, ckanInvalid(name, "Invalid integer")
	}
	if n < least {
		return 0, ckanInvalid(name, "Must be a natural number")
	}
	return min(n, most), nil
}

func (p ckanParams) is(name string) bool {
	v := strings.ToLower(p[name])
	return v == "true" || v == "1" || v == "yes" || v == "on"
}

// id reads the id or name that an action is about.
func (p ckanParams) id() (ledger.ID, error) {
	v := p["id"]
	if v == "" {
		v = p["name_or_id"]
	}
	if v == "" {
		return ledger.ID{}, ckanInvalid("id", "Missing value")
	}
	id, err := ckan.ParseID(v)
	if err != nil {
		return id, ledger.Errorf(ledger.NotFound, "there is no %s", v)
	}
	return id, nil
}

// window cuts a list as limit and offset say.
func window[T any](p ckanParams, list []T) ([]T, error) {
	limit, err := p.number("limit", len(list), 0, len(list))
	if err != nil {
		return nil, err
	}
	offset, err := p.number("offset", 0, 0, len(list))
	if err != nil {
		return nil, err
	}
	list = list[offset:]
	return list[:min(limit, len(list))], nil
}

// ckanRows are the rows with all that the catalogue holds.
func (s *server) ckanRows(ctx context.Context) (*ckan.Rows, error) {
	x := s.portal
	x.mu.Lock()
	defer x.mu.Unlock()
	for {
		changes, err := s.shelf().Changes(ctx, x.since, ckan.MaxRows)
		if err != nil || len(changes) == 0 {
			return &x.rows, err
		}
		var here []catalog.Dataset
		for _, c := range changes {
			if c.Gone || c.Standing == market.Refused {
				x.rows.Remove(c.Release.Dataset)
			} else {
				here = append(here, c.Dataset)
			}
		}
		entries, err := s.entries(ctx, here)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			x.rows.Put(ckan.RowOf(e))
		}
		x.since = changes[len(changes)-1].Changed
	}
}

func (s *server) ckanSite() ckan.Site {
	return ckan.Site{Base: s.base(), Title: s.Ledger.Genesis().Name}
}

func (s *server) ckanStatus(context.Context, ckanParams) (any, error) {
	return map[string]any{
		"ckan_version": ckan.Version, "site_url": s.base(), "site_title": s.Ledger.Genesis().Name, "site_description": "",
		"error_emails_to": nil, "locale_default": "vi", "extensions": []string{},
	}, nil
}

func (s *server) ckanPackageList(ctx context.Context, p ckanParams) (any, error) {
	rows, err := s.ckanRows(ctx)
	if err != nil {
		return nil, err
	}
	ids, err := window(p, rows.All())
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = id.String()
	}
	return names, err
}

func (s *server) ckanPackageShow(ctx context.Context, p ckanParams) (any, error) {
	id, err := p.id()
	if err != nil {
		return nil, err
	}
	list, err := s.ckanPackages(ctx, []ledger.ID{id})
	if err == nil && len(list) == 0 {
		err = ledger.Errorf(ledger.NotFound, "there is no dataset %s", id)
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// ckanPackages are datasets as they are now; those that are gone are left out.
func (s *server) ckanPackages(ctx context.Context, ids []ledger.ID) ([]ckan.Package, error) {
	var here []catalog.Dataset
	for _, id := range ids {
		d, err := s.shelf().Dataset(ctx, id)
		if err != nil {
			if err = ignoreNotFound(err); err != nil {
				return nil, err
			}
			continue
		}
		if d.Standing != market.Refused {
			here = append(here, d)
		}
	}
	entries, err := s.entries(ctx, here)
	list := make([]ckan.Package, len(entries))
	for i, e := range entries {
		list[i] = s.ckanSite().Package(e)
	}
	return list, err
}

func (s *server) ckanPackageSearch(ctx context.Context, p ckanParams) (any, error) {
	q := ckan.Query{Q: p["q"], FQ: p["fq"], Sort: p["sort"]}
	var err error
	if q.Rows, err = p.number("rows", 10, 0, ckan.MaxRows); err != nil {
		return nil, err
	}
	if q.Start, err = p.number("start", 0, 0, 1<<31-1); err != nil {
		return nil, err
	}
	if q.FacetLimit, err = p.number("facet.limit", 50, -1, 1<<31-1); err != nil {
		return nil, err
	}
	if v := p["facet.field"]; v != "" && p["facet"] != "false" {
		if json.Unmarshal([]byte(v), &q.Facets) != nil && json.Unmarshal([]byte(strings.ReplaceAll(v, "'", `"`)), &q.Facets) != nil {
			return nil, ckanInvalid("facet.field", "Must be a list of strings")
		}
	}
	rows, err := s.ckanRows(ctx)
	if err != nil {
		return nil, err
	}
	found, err := rows.Search(q)
	if err != nil {
		if ledger.CodeOf(err) != ledger.Invalid {
			return nil, err
		}
		return nil, &ckanError{http.StatusBadRequest, map[string]any{"__type": "Search Query Error", "message": "Search Query is invalid: " + err.Error()}}
	}
	list, err := s.ckanPackages(ctx, found.IDs)
	if err != nil {
		return nil, err
	}
	facets, named := map[string]map[string]int{}, map[string]any{}
	for field, counts := range found.Facets {
		facets[field] = map[string]int{}
		items := []map[string]any{}
		for _, n := range counts {
			facets[field][n.Value] = n.N
			items = append(items, map[string]any{"name": n.Value, "display_name": s.ckanFacetName(ctx, field, n.Value), "count": n.N})
		}
		named[field] = map[string]any{"title": field, "items": items}
	}
	return map[string]any{"count": found.Count, "sort": found.Sort, "results": list, "facets": facets, "search_facets": named}, nil
}

// ckanFacetName is how people call a value.
func (s *server) ckanFacetName(ctx context.Context, field, value string) string {
	switch field {
	case "organization":
		if id, err := ledger.ParseID(value); err == nil {
			if p, err := s.publisher(ctx, id); err == nil {
				return p.Name
			}
		}
	case "groups":
		if g, known := ckan.GroupOf(value); known {
			return g.Title
		}
	}
	return value
}

func (s *server) ckanOrganizationList(ctx context.Context, p ckanParams) (any, error) {
	rows, err := s.ckanRows(ctx)
	if err != nil {
		return nil, err
	}
	list, err := window(p, rows.Values("organization"))
	if err != nil {
		return nil, err
	}
	if !p.is("all_fields") {
		return valuesOnly(list), nil
	}
	all := make([]ckan.Organization, len(list))
	for i, n := range list {
		id, err := ledger.ParseID(n.Value)
		if err != nil {
			return nil, err
		}
		who, err := s.publisher(ctx, id)
		if err != nil {
			return nil, err
		}
		all[i] = ckan.OrganizationOf(who)
		all[i].PackageCount = &n.N
	}
	return all, nil
}

func valuesOnly(list []ckan.Count) []string {
	names := make([]string, len(list))
	for i, n := range list {
		names[i] = n.Value
	}
	return names
}

// ckanOwned is an organisation or a group with its datasets, where they are asked for.
type ckanOwned struct {
	ckan.Organization
	Packages []ckan.Package `json:"packages,omitempty"`
}

type ckanThemed struct {
	ckan.Group
	Packages []ckan.Package `json:"packages,omitempty"`
}

func (s *server) ckanOrganizationShow(ctx context.Context, p ckanParams) (any, error) {
	id, err := p.id()
	if err != nil {
		return nil, err
	}
	n, packages, err := s.ckanOf(ctx, p, "organization", id.String())
	if err != nil {
		return nil, err
	}
	who, err := s.publisher(ctx, id)
	out := ckanOwned{ckan.OrganizationOf(who), packages}
	out.PackageCount = &n
	return out, err
}

// ckanOf counts what has a value, and gives the first of them where they are asked for;
// what nothing has is not found.
func (s *server) ckanOf(ctx context.Context, p ckanParams, field, value string) (int, []ckan.Package, error) {
	rows, err := s.ckanRows(ctx)
	if err != nil {
		return 0, nil, err
	}
	all := rows.Values(field)
	i := slices.IndexFunc(all, func(n ckan.Count) bool { return n.Value == value })
	if i < 0 {
		return 0, nil, ledger.Errorf(ledger.NotFound, "nothing has %s %s", field, value)
	}
	if !p.is("include_datasets") {
		return all[i].N, nil, nil
	}
	found, err := rows.Search(ckan.Query{FQ: field + ":" + value, Rows: ckan.MaxRows})
	if err != nil {
		return 0, nil, err
	}
	packages, err := s.ckanPackages(ctx, found.IDs)
	return all[i].N, packages, err
}

func (s *server) ckanGroupList(ctx context.Context, p ckanParams) (any, error) {
	rows, err := s.ckanRows(ctx)
	if err != nil {
		return nil, err
	}
	list, err := window(p, rows.Values("groups"))
	if err != nil || !p.is("all_fields") {
		return valuesOnly(list), err
	}
	all := make([]ckan.Group, len(list))
	for i, n := range list {
		all[i] = ckanGroup(n.Value)
		all[i].PackageCount = &n.N
	}
	return all, nil
}

func ckanGroup(name string) ckan.Group {
	g, _ := ckan.GroupOf(name)
	g.Type, g.State = "group", "active"
	return g
}

func (s *server) ckanGroupShow(ctx context.Context, p ckanParams) (any, error) {
	if p["id"] == "" {
		return nil, ckanInvalid("id", "Missing value")
	}
	g := ckanGroup(p["id"])
	for code := range market.ThemeNames {
		if named, _ := ckan.GroupOf(code); named.ID == p["id"] {
			g = ckanGroup(named.Name)
		}
	}
	n, packages, err := s.ckanOf(ctx, p, "groups", g.Name)
	g.PackageCount = &n
	return ckanThemed{g, packages}, err
}

func (s *server) ckanTagList(ctx context.Context, p ckanParams) (any, error) {
	rows, err := s.ckanRows(ctx)
	if err != nil {
		return nil, err
	}
	asked := ledger.Fold(p["query"])
	list := slices.DeleteFunc(valuesOnly(rows.Values("tags")), func(name string) bool { return !strings.Contains(ledger.Fold(name), asked) })
	return window(p, list)
}
