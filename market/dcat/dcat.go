// Package dcat describes datasets as DCAT-AP 3.0 asks: a catalogue in pages, or one
// dataset, as Turtle, JSON-LD or RDF/XML.
//
// Everything has an IRI below the address at which people reach the node, by which it is
// found again at the next harvest:
//
//	{base}/catalog                        dcat:Catalog
//	{base}/catalog#org-{id}               foaf:Agent
//	{base}/catalog#place-{code}           dct:Location, by the code of the administrative unit
//	{base}/datasets/{id}                  foaf:Document, the landing page
//	{base}/datasets/{id}#dataset          dcat:Dataset
//	{base}/datasets/{id}#record           dcat:CatalogRecord
//	{base}/datasets/{id}#file-{n}         dcat:Distribution, from 1 on
//	{base}/datasets/{id}#service          dcat:DataService
//	{base}/datasets/{id}#contact          vcard:Organization
//	{base}/ipfs/{cid}                     an open file, or an offer's odrl:Offer
//
// A page of a catalogue is a hydra:PagedCollection, and a hydra:PartialCollectionView
// for those who read the newer vocabulary.
//
// Limits: what a description leaves out is left out, and a theme or frequency that is
// not on the EU's lists, too. A file that is not open has no download address, only the
// page on which one agrees about it. Checksums are not stated: the address of a file
// holds its content identifier.
package dcat

import (
	"strconv"
	"strings"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// Catalogue is a register's catalogue of datasets.
type Catalogue struct {
	Base      string // where people reach the node, without a slash at the end
	Title     ledger.Text
	About     ledger.Text
	Publisher market.Publisher
	Issued    ledger.Time
	Modified  ledger.Time
}

// Page is a part of a catalogue. The addresses are whole; what there is not is empty.
type Page struct {
	Address               string
	First, Previous, Next string
	Size                  int
	Datasets              []market.Entry
}

// Page describes a part of the catalogue.
func (c Catalogue) Page(p Page) *Graph {
	g := NewGraph()
	g.Is(p.Address, "hydra:PagedCollection", "hydra:PartialCollectionView")
	g.Say(p.Address, "hydra:itemsPerPage", number(p.Size))
	for _, link := range []struct{ old, now, to string }{
		{"hydra:firstPage", "hydra:first", p.First},
		{"hydra:previousPage", "hydra:previous", p.Previous},
		{"hydra:nextPage", "hydra:next", p.Next},
	} {
		if link.to != "" {
			g.Say(p.Address, link.old, IRI(link.to))
			g.Say(p.Address, link.now, IRI(link.to))
		}
	}
	c.describe(g)
	for _, d := range p.Datasets {
		c.list(g, d)
		c.dataset(g, d)
	}
	return g
}

// Dataset describes one dataset and the catalogue that it is in.
func (c Catalogue) Dataset(d market.Entry) *Graph {
	g := NewGraph()
	c.dataset(g, d)
	c.describe(g)
	c.list(g, d)
	return g
}

func (c Catalogue) iri() string                    { return c.Base + "/catalog" }
func (c Catalogue) page(id ledger.ID) string       { return c.Base + "/datasets/" + id.String() }
func (c Catalogue) DatasetIRI(id ledger.ID) string { return c.page(id) + "#dataset" }

func (c Catalogue) describe(g *Graph) {
	it := c.iri()
	g.Is(it, "dcat:Catalog")
	words(g, it, "dct:title", c.Title)
	words(g, it, "dct:description", c.About)
	g.Say(it, "dct:publisher", c.agent(g, c.Publisher))
	g.Say(it, "dct:issued", moment(c.Issued))
	if !c.Modified.IsZero() {
		g.Say(it, "dct:modified", moment(c.Modified))
	}
	g.Say(it, "dct:language", language(g, "VIE"), language(g, "ENG"))
	home := c.Base + "/"
	g.Is(home, "foaf:Document")
	g.Say(it, "foaf:homepage", IRI(home))
	themes := authority + "data-theme"
	g.Is(themes, "skos:ConceptScheme")
	g.Say(themes, "dct:title", Words("Data theme", "en"))
	g.Say(it, "dcat:themeTaxonomy", IRI(themes))
}

// list says that a dataset is in the catalogue.
func (c Catalogue) list(g *Graph, d market.Entry) {
	it, record := c.DatasetIRI(d.Dataset), c.page(d.Dataset)+"#record"
	g.Say(c.iri(), "dcat:dataset", IRI(it))
	g.Say(c.iri(), "dcat:record", IRI(record))
	if endpoint(d) != "" {
		g.Say(c.iri(), "dcat:service", IRI(c.page(d.Dataset)+"#service"))
	}
	g.Is(record, "dcat:CatalogRecord")
	g.Say(record, "foaf:primaryTopic", IRI(it))
	g.Say(record, "dct:issued", moment(d.Issued))
	g.Say(record, "dct:modified", moment(d.Modified))
	g.Say(record, "dct:conformsTo", standard(g, "http://data.europa.eu/r5r/"))
}

func endpoint(d market.Entry) string {
	if d.Kind != market.API || d.About == nil {
		return ""
	}
	return d.About.Endpoint
}

func (c Catalogue) dataset(g *Graph, d market.Entry) {
	it, page := c.DatasetIRI(d.Dataset), c.page(d.Dataset)
	g.Is(it, "dcat:Dataset")
	g.Say(it, "dct:identifier", Literal(d.Dataset.String(), ""))
	words(g, it, "dct:title", d.Title())
	g.Say(it, "dcat:version", Literal(strconv.Itoa(d.Version), ""))
	g.Say(it, "dct:issued", moment(d.Issued))
	g.Say(it, "dct:modified", moment(d.Modified))
	g.Say(it, "dct:publisher", c.agent(g, d.Publisher))
	g.Is(page, "foaf:Document")
	g.Say(it, "dcat:landingPage", IRI(page))
	g.Say(it, "dct:accessRights", c.rights(g, d.Access))
	g.Say(it, "dct:license", licence(g, d.Licence))
	c.about(g, it, page, d)
	for _, s := range d.From {
		g.Say(it, "prov:wasDerivedFrom", IRI(c.Source(s)))
	}
	for _, o := range d.Offers {
		policy := c.Base + "/ipfs/" + o.Policy
		g.Is(policy, "odrl:Policy", "odrl:Offer")
		g.Say(it, "odrl:hasPolicy", IRI(policy))
	}
	if endpoint(d) != "" {
		c.service(g, it, page, d)
	}
	for i, f := range d.Files {
		c.file(g, it, page, i, f, d)
	}
}

// about says what the description says.
func (c Catalogue) about(g *Graph, it, page string, d market.Entry) {
	a := d.About
	if a == nil || a.Summary.IsZero() {
		words(g, it, "dct:description", d.Title())
	}
	if a == nil {
		return
	}
	words(g, it, "dct:description", a.Summary)
	if a.Title.VI != "" {
		g.Say(it, "dct:language", language(g, "VIE"))
	} else {
		g.Say(it, "dct:language", language(g, "ENG"))
	}
	for _, code := range a.Themes {
		if label, known := market.ThemeNames[code]; known {
			theme := authority + "data-theme/" + code
			g.Is(theme, "skos:Concept")
			words(g, theme, "skos:prefLabel", label)
			g.Say(it, "dcat:theme", IRI(theme))
		}
	}
	for _, k := range a.Keywords {
		g.Say(it, "dcat:keyword", Literal(k, ""))
	}
	if frequencies[a.Frequency] {
		f := authority + "frequency/" + a.Frequency
		g.Is(f, "dct:Frequency")
		g.Say(it, "dct:accrualPeriodicity", IRI(f))
	}
	c.period(g, it, page, a)
	if p := d.Place; p != nil {
		place := c.Base + "/catalog#place-" + p.Code
		g.Is(place, "dct:Location")
		g.Say(place, "dct:identifier", Literal(p.Code, ""))
		words(g, place, "skos:prefLabel", p.Name)
		g.Say(it, "dct:spatial", IRI(place))
	}
	for _, s := range []struct {
		words          ledger.Text
		predicate, end string
	}{{a.Method, "dct:provenance", "#method"}, {a.Right, "dct:provenance", "#right"}} {
		if !s.words.IsZero() {
			g.Is(page+s.end, "dct:ProvenanceStatement")
			words(g, page+s.end, "rdfs:label", s.words)
			g.Say(it, s.predicate, IRI(page+s.end))
		}
	}
	words(g, it, "skos:editorialNote", a.Quality)
	words(g, it, "skos:scopeNote", a.Limits)
	if who := a.Contact; who != nil {
		contact := page + "#contact"
		g.Is(contact, "vcard:Kind", "vcard:Organization")
		g.Say(contact, "vcard:fn", Literal(who.Name, ""))
		if who.Email != "" {
			g.Say(contact, "vcard:hasEmail", IRI("mailto:"+who.Email))
		}
		if who.Phone != "" {
			g.Say(contact, "vcard:hasTelephone", IRI("tel:"+strings.ReplaceAll(who.Phone, " ", "")))
		}
		g.Say(it, "dcat:contactPoint", IRI(contact))
	}
}

func (c Catalogue) period(g *Graph, it, page string, a *market.Description) {
	if a.From.IsZero() && a.Until.IsZero() {
		return
	}
	period := page + "#period"
	g.Is(period, "dct:PeriodOfTime")
	if !a.From.IsZero() {
		g.Say(period, "dcat:startDate", day(a.From))
	}
	if !a.Until.IsZero() {
		g.Say(period, "dcat:endDate", day(a.Until))
	}
	g.Say(it, "dct:temporal", IRI(period))
}

func (c Catalogue) service(g *Graph, it, page string, d market.Entry) {
	service := page + "#service"
	g.Is(service, "dcat:DataService")
	words(g, service, "dct:title", d.Title())
	g.Say(service, "dcat:endpointURL", IRI(endpoint(d)))
	g.Say(service, "dcat:servesDataset", IRI(it))
	g.Say(service, "dct:license", licence(g, d.Licence))
	g.Say(service, "dct:accessRights", c.rights(g, d.Access))
	through := page + "#api"
	g.Is(through, "dcat:Distribution")
	g.Say(it, "dcat:distribution", IRI(through))
	g.Say(through, "dcat:accessService", IRI(service))
	g.Say(through, "dcat:accessURL", IRI(endpoint(d)))
	g.Say(through, "dct:license", licence(g, d.Licence))
}

func (c Catalogue) file(g *Graph, it, page string, i int, f market.File, d market.Entry) {
	file := page + "#file-" + strconv.Itoa(i+1)
	g.Is(file, "dcat:Distribution")
	g.Say(it, "dcat:distribution", IRI(file))
	g.Say(file, "dct:title", Literal(f.Name, ""))
	g.Say(file, "dcat:accessURL", IRI(page))
	if d.Access == market.Open {
		g.Say(file, "dcat:downloadURL", IRI(c.FileURL(f)))
	}
	g.Say(file, "dcat:byteSize", Literal(strconv.FormatInt(f.Bytes, 10), "xsd:nonNegativeInteger"))
	media, _, _ := strings.Cut(f.Media, ";")
	kind := "https://www.iana.org/assignments/media-types/" + media
	g.Is(kind, "dct:MediaType")
	g.Say(file, "dcat:mediaType", IRI(kind))
	if code, known := market.FileTypes[media]; known {
		format := authority + "file-type/" + code
		g.Is(format, "dct:MediaTypeOrExtent")
		g.Say(file, "dct:format", IRI(format))
	}
	g.Say(file, "dct:license", licence(g, d.Licence))
	if a := d.About; a != nil {
		if len(a.Columns) > 0 && media == "text/csv" {
			g.Say(file, "dct:conformsTo", standard(g, "https://specs.frictionlessdata.io/table-schema/"))
		}
		if !a.Conditions.IsZero() {
			g.Is(page+"#conditions", "dct:RightsStatement")
			words(g, page+"#conditions", "rdfs:label", a.Conditions)
			g.Say(file, "dct:rights", IRI(page+"#conditions"))
		}
	}
}

// FileURL is where a file of an open release is had.
func (c Catalogue) FileURL(f market.File) string { return c.Base + "/ipfs/" + f.CID }

// Source is the IRI of what a release derives from.
func (c Catalogue) Source(s market.Source) string {
	switch s.Kind {
	case market.FromDataset:
		id, _, _ := strings.Cut(s.Ref, "/")
		return c.Base + "/datasets/" + id + "#dataset"
	case market.FromRegister:
		_, size, _ := strings.Cut(s.Ref, "@")
		return c.Base + "/checkpoint#" + size
	}
	return s.Ref
}

// rights names who reads the content, by the EU's list.
func (c Catalogue) rights(g *Graph, a market.Access) Value {
	code := "RESTRICTED"
	if a == market.Open {
		code = "PUBLIC"
	}
	right := authority + "access-right/" + code
	g.Is(right, "dct:RightsStatement")
	return IRI(right)
}

func (c Catalogue) agent(g *Graph, a market.Publisher) Value {
	agent := c.Base + "/catalog#org-" + a.ID.String()
	g.Is(agent, "foaf:Agent", "foaf:Organization")
	g.Say(agent, "foaf:name", Literal(a.Name, ""))
	if a.Web != "" {
		g.Say(agent, "foaf:homepage", IRI(a.Web))
	}
	return IRI(agent)
}

func licence(g *Graph, uri string) Value {
	g.Is(uri, "dct:LicenseDocument")
	return IRI(uri)
}

func standard(g *Graph, uri string) Value {
	g.Is(uri, "dct:Standard")
	return IRI(uri)
}

func language(g *Graph, code string) Value {
	l := authority + "language/" + code
	g.Is(l, "dct:LinguisticSystem")
	return IRI(l)
}

func words(g *Graph, subject, predicate string, t ledger.Text) {
	if t.VI != "" {
		g.Say(subject, predicate, Words(t.VI, "vi"))
	}
	if t.EN != "" {
		g.Say(subject, predicate, Words(t.EN, "en"))
	}
}

func moment(t ledger.Time) Value { return Literal(t.String(), "xsd:dateTime") }

// vietnam is where days are counted.
var vietnam = time.FixedZone("+07:00", 7*60*60)

func day(t ledger.Time) Value {
	return Literal(t.Time().In(vietnam).Format(time.DateOnly), "xsd:date")
}

func number(n int) Value { return Literal(strconv.Itoa(n), "xsd:integer") }
