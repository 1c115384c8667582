package api

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/atom"
	"github.com/sogoc/sogoc/market/catalog"
	"github.com/sogoc/sogoc/market/croissant"
	"github.com/sogoc/sogoc/market/dcat"
	"github.com/sogoc/sogoc/market/prov"
	"github.com/sogoc/sogoc/trace"
)

// Limits of what is told of a dataset's provenance and of what is new.
const (
	provenanceThings = 200
	feedEntries      = 50
)

func (s *server) provenanceRoutes() []route {
	return []route{
		get("/datasets/:id/lineage", anyone, s.provenancePage),
		get("/datasets/:id/prov.json", anyone, s.provenanceJSON),
		get("/datasets/:id/croissant.json", anyone, s.croissantJSON),
		get("/datasets.atom", anyone, s.datasetFeed),
	}
}

// release names a version of a dataset.
type release struct {
	dataset ledger.ID
	version int
}

// tracing is a walk over what versions derive from and what derives from them.
type tracing struct {
	*server
	ctx     context.Context
	lineage prov.Lineage
	at      map[release]int
	others  map[string]int // by kind and reference
}

// provenance walks from a dataset's latest version to all that it comes from, and then to
// what came of it, as far as provenanceThings go.
func (s *server) provenance(ctx context.Context, d catalog.Dataset) (prov.Lineage, error) {
	t := &tracing{server: s, ctx: ctx, at: map[release]int{}, others: map[string]int{}}
	root := release{d.Release.Dataset, d.Version}
	if _, err := t.version(root); err != nil {
		return prov.Lineage{}, err
	}
	for i := 0; i < len(t.lineage.Things); i++ {
		if err := t.up(i); err != nil {
			return prov.Lineage{}, err
		}
	}
	return t.lineage, t.down(root)
}

// full reports whether there is no room for another thing, and notes that it goes on.
func (t *tracing) full() bool {
	t.lineage.More = t.lineage.More || len(t.lineage.Things) >= provenanceThings
	return len(t.lineage.Things) >= provenanceThings
}

// version adds a version where it is new, and gives its position. Of a dataset that is not
// shown only the identifier is said.
func (t *tracing) version(r release) (int, error) {
	if i, known := t.at[r]; known {
		return i, nil
	}
	thing := prov.Thing{Kind: prov.Version, Dataset: r.dataset, Version: r.version}
	_, err := t.Catalog.Dataset(t.ctx, r.dataset)
	if err == nil {
		var v catalog.Version
		if v, err = t.Catalog.Version(t.ctx, r.dataset, r.version); err == nil {
			thing.Shown, thing.Published, thing.Entry = true, v.Published, v.Entry
			e := market.Entry{Release: v.Release, About: v.About}
			thing.Title = e.Title()
			thing.Publisher, err = t.publisher(t.ctx, v.Org)
		}
	}
	if err = ignoreNotFound(err); err != nil {
		return 0, err
	}
	t.at[r] = len(t.lineage.Things)
	t.lineage.Things = append(t.lineage.Things, thing)
	return t.at[r], nil
}

// other adds what is no version.
func (t *tracing) other(src market.Source) int {
	key := string(src.Kind) + " " + src.Ref
	i, known := t.others[key]
	if !known {
		kind := map[market.SourceKind]prov.Kind{market.FromRegister: prov.Register, market.FromBatch: prov.Batch}[src.Kind]
		if kind == "" {
			kind = prov.Outside
		}
		title := ledger.Text{VI: src.Ref}
		if strings.HasPrefix(src.Ref, office.OwnFile) {
			title = ownFile
		}
		i = len(t.lineage.Things)
		t.others[key] = i
		t.lineage.Things = append(t.lineage.Things, prov.Thing{Kind: kind, Ref: src.Ref, Title: title})
	}
	return i
}

// up adds what a thing derives from.
func (t *tracing) up(i int) error {
	thing := t.lineage.Things[i]
	if !thing.Shown {
		return nil
	}
	v, err := t.Catalog.Version(t.ctx, thing.Dataset, thing.Version)
	if err != nil {
		return ignoreNotFound(err)
	}
	if thing.Version > 1 && !t.full() {
		before, err := t.version(release{thing.Dataset, thing.Version - 1})
		if err != nil {
			return err
		}
		t.lineage.Derivations = append(t.lineage.Derivations, prov.Derivation{Made: i, Used: before, Revision: true})
	}
	for _, src := range v.From {
		if t.full() {
			return nil
		}
		used := 0
		if src.Kind == market.FromDataset {
			from, ok := releaseOf(src.Ref)
			if !ok {
				continue
			}
			if used, err = t.version(from); err != nil {
				return err
			}
		} else {
			used = t.other(src)
		}
		t.lineage.Derivations = append(t.lineage.Derivations, prov.Derivation{Made: i, Used: used, How: src.How})
	}
	return nil
}

// down adds what came of a version, and of that in turn.
func (t *tracing) down(root release) error {
	for queue := []release{root}; len(queue) > 0; queue = queue[1:] {
		uses, err := t.Catalog.Uses(t.ctx, queue[0].dataset)
		if err != nil {
			return err
		}
		for _, u := range uses {
			made := release{u.Dataset, u.Version}
			if _, known := t.at[made]; known || u.Of != queue[0].version {
				continue
			}
			if t.full() {
				return nil
			}
			i, err := t.version(made)
			if err != nil {
				return err
			}
			how, err := t.how(made, queue[0])
			if err != nil {
				return err
			}
			t.lineage.Derivations = append(t.lineage.Derivations, prov.Derivation{Made: i, Used: t.at[queue[0]], How: how})
			queue = append(queue, made)
		}
	}
	return nil
}

// how says in what way one version was made from another.
func (t *tracing) how(made, used release) (string, error) {
	v, err := t.Catalog.Version(t.ctx, made.dataset, made.version)
	for _, src := range v.From {
		if from, ok := releaseOf(src.Ref); ok && src.Kind == market.FromDataset && from == used {
			return src.How, nil
		}
	}
	return "", ignoreNotFound(err)
}

func releaseOf(ref string) (release, bool) {
	name, version, _ := strings.Cut(ref, "/")
	id, err := ledger.ParseID(name)
	n, err2 := strconv.Atoi(version)
	return release{id, n}, err == nil && err2 == nil
}

func (s *server) provenanceJSON(c echo.Context) error {
	d, err := s.datasetParam(c)
	if err != nil {
		return err
	}
	l, err := s.provenance(c.Request().Context(), d)
	if err != nil {
		return err
	}
	return harvested(c, echo.MIMEApplicationJSON, prov.Encode(s.base(), l))
}

func (s *server) provenancePage(c echo.Context) error {
	d, err := s.datasetParam(c)
	if err != nil {
		return err
	}
	l, err := s.provenance(c.Request().Context(), d)
	if err != nil {
		return err
	}
	v := &web.Provenance{Name: l.Things[0].Title, Dataset: "/datasets/" + d.Release.Dataset.String(), Truncated: l.More}
	for _, t := range l.Things {
		v.Origins = append(v.Origins, originOf(t))
	}
	for _, x := range l.Derivations {
		v.Made = append(v.Made, web.Made{From: x.Used, Into: x.Made, How: howText(x.How), Revision: x.Revision})
	}
	var b bytes.Buffer
	if err := s.pages.Provenance(&b, s.lang(c), v); err != nil {
		return err
	}
	return s.html(c, http.StatusOK, newBody(b.Bytes()))
}

func originOf(t prov.Thing) web.Origin {
	o := web.Origin{Kind: string(t.Kind), Name: t.Title}
	switch t.Kind {
	case prov.Version:
		o.Version = strconv.Itoa(t.Version)
		if !t.Shown {
			o.Kind = "hidden"
			return o
		}
		o.Publisher, o.On, o.Link = t.Publisher.Name, dayOf(t.Published, ""), "/datasets/"+t.Dataset.String()
	case prov.Register:
		_, o.Records, _ = strings.Cut(t.Ref, "@")
	case prov.Batch:
		if id, err := trace.ParseID(t.Ref); err == nil {
			o.Link = id.Path()
		}
	case prov.Outside:
		if strings.HasPrefix(t.Ref, "https://") {
			o.Link = t.Ref
		}
	}
	return o
}

// howText takes apart what is written as "tiếng Việt / English".
func howText(how string) ledger.Text {
	if vi, en, both := strings.Cut(how, " / "); both {
		return ledger.Text{VI: vi, EN: en}
	}
	return ledger.Text{VI: how}
}

func (s *server) croissantJSON(c echo.Context) error {
	name, err := param(c, "id")
	if err != nil {
		return err
	}
	e, err := s.entryOf(c, name)
	if err != nil {
		return err
	}
	return harvested(c, dcat.JSONLD.Media, s.describedForSearch(e))
}

// describedForSearch is what search engines read of a dataset: JSON-LD that can stand
// within its page.
func (s *server) describedForSearch(e market.Entry) []byte {
	return croissant.Site{Base: s.base(), Title: s.Ledger.Genesis().Name, Source: dcat.Catalogue{Base: s.base()}.Source}.Describe(e)
}

// datasetFeed tells what was published lately.
func (s *server) datasetFeed(c echo.Context) error {
	ctx := c.Request().Context()
	found, err := s.Catalog.Search(ctx, catalog.Query{Sort: catalog.ByNewest, Limit: feedEntries})
	if err != nil {
		return err
	}
	entries, err := s.entries(ctx, found.Datasets)
	if err != nil {
		return err
	}
	operator, err := s.operator(ctx)
	if err != nil {
		return err
	}
	g := s.Ledger.Genesis()
	return harvested(c, "application/atom+xml", atom.Encode(atom.Feed{
		Base: s.base(), Address: s.base() + "/datasets.atom", Title: g.Name, Author: operator.Name, Began: g.Created, Entries: entries,
	}))
}
