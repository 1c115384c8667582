package dcat

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/piprate/json-gold/ld"
	"pgregory.net/rapid"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// reference is where the shapes of DCAT-AP are, outside the repository.
const reference = "../../../shared/data/dcat/"

const base = "https://sogoc.example.vn"

var catalogue = Catalogue{
	Base: base, Title: ledger.Text{VI: "Dữ liệu tỉnh A", EN: "Data of province A"}, About: ledger.Text{VI: "Danh mục dữ liệu"},
	Publisher: market.Publisher{ID: ledger.ID{1}, Name: "Trung tâm dữ liệu"}, Issued: 1_780_000_000_000, Modified: 1_790_000_000_000,
}

func full() market.Entry {
	return market.Entry{
		Release: market.Release{
			Dataset: ledger.ID{2}, Version: 3, Access: market.Agreed, Licence: "https://creativecommons.org/licenses/by/4.0/",
			Files: []market.File{{Name: "a \"b\".csv", Media: "text/csv; charset=utf-8", Bytes: 12, CID: "bafkreia"}, {Name: "b.bin", Media: "application/x-unknown", CID: "bafkreib"}},
			From: []market.Source{
				{Kind: market.FromRegister, Ref: "00ff@12", How: "x"}, {Kind: market.FromDataset, Ref: ledger.ID{9}.String() + "/2", How: "x"},
				{Kind: market.FromBatch, Ref: "https://id.gs1.org/01/09520000000001/10/A", How: "x"}, {Kind: market.FromOutside, Ref: "https://example.com/a b", How: "x"},
			},
		},
		About: &market.Description{
			Title: ledger.Text{VI: "Vải thiều < & > \\ \"", EN: "Lychee"}, Summary: ledger.Text{VI: "Dòng một\nDòng hai\tvà\u0001 hết\r\n", EN: "Harvest"},
			Themes: []string{"AGRI", "ENVI", "NONE"}, Keywords: []string{"vải", "lychee", "vải"}, Frequency: "MONTHLY",
			Method: ledger.Text{VI: "Cộng từ sổ"}, Quality: ledger.Text{VI: "Đủ"}, Limits: ledger.Text{EN: "Not for tax"}, Right: ledger.Text{VI: "Tự ghi"},
			Conditions: ledger.Text{VI: "Ký thỏa thuận"}, Contact: &market.Contact{Name: "Phòng dữ liệu", Email: "du-lieu@example.vn", Phone: "+84 24 3333"},
			From: 1_767_200_400_000, Until: 1_780_000_000_000, Columns: []market.Column{{Name: "a"}},
		},
		Publisher: market.Publisher{ID: ledger.ID{3}, Name: "HTX Lục Ngạn", Web: "https://example.com/"},
		Issued:    1_780_000_000_000, Modified: 1_790_000_000_123,
		Place:  &market.Place{Code: "07213", Name: ledger.Text{VI: "Chũ, Bắc Ninh"}},
		Offers: []market.Offer{{Policy: "bafkreip"}, {Policy: "bafkreiq"}},
	}
}

// bare is a dataset whose words are not here.
func bare() market.Entry {
	d := market.Entry{Release: market.Release{Dataset: ledger.ID{4}, Version: 1, Licence: "https://example.com/licence"}, Publisher: market.Publisher{ID: ledger.ID{5}, Name: "5"}, Issued: 1, Modified: 1}
	d.Files = []market.File{{Name: "a.json", Media: "application/json", Bytes: 1, CID: "bafkreic"}}
	return d
}

func service() market.Entry {
	d := bare()
	d.Dataset, d.Kind, d.Files = ledger.ID{6}, market.API, nil
	d.About = &market.Description{Title: ledger.Text{EN: "Prices"}, Summary: ledger.Text{EN: "Prices by day"}, Endpoint: "https://example.com/v1"}
	return d
}

func page() *Graph {
	return catalogue.Page(Page{
		Address: base + "/catalog.ttl?page=2", First: base + "/catalog.ttl?page=1", Previous: base + "/catalog.ttl?page=1", Next: base + "/catalog.ttl?page=3&after=17",
		Size: 100, Datasets: []market.Entry{full(), bare(), service()},
	})
}

func parsed(t testing.TB, g *Graph) []triple {
	t.Helper()
	triples, err := parseTurtle(string(g.Write(Turtle)))
	if err != nil {
		t.Fatal(err)
	}
	return triples
}

func set(triples []triple) map[triple]bool {
	all := map[triple]bool{}
	for _, t := range triples {
		all[t] = true
	}
	return all
}

// fromJSONLD reads a document by a JSON-LD processor of others.
func fromJSONLD(t testing.TB, b []byte) []triple {
	t.Helper()
	doc, err := ld.DocumentFromReader(strings.NewReader(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	options := ld.NewJsonLdOptions("")
	options.ProcessingMode = ld.JsonLd_1_1
	out, err := ld.NewJsonLdProcessor().ToRDF(doc, options)
	if err != nil {
		t.Fatal(err)
	}
	var list []triple
	for _, q := range out.(*ld.RDFDataset).Graphs["@default"] {
		object := ""
		switch o := q.Object.(type) {
		case ld.IRI:
			object = iriTerm(o.Value)
		case ld.Literal:
			object = literalTerm(o.Value, o.Language, o.Datatype)
			if o.Language != "" {
				object = literalTerm(o.Value, o.Language, "")
			}
		default:
			t.Fatalf("%T is an object", o)
		}
		list = append(list, triple{iriTerm(q.Subject.GetValue()), iriTerm(q.Predicate.GetValue()), object})
	}
	return list
}

// same compares what the three forms say.
func same(t testing.TB, g *Graph) {
	t.Helper()
	turtle := set(parsed(t, g))
	if len(turtle) != g.Len() {
		t.Errorf("%d statements were made, %d are in Turtle", g.Len(), len(turtle))
	}
	fromXML, err := parseRDFXML(string(g.Write(RDFXML)))
	if err != nil {
		t.Fatal(err)
	}
	for name, other := range map[string][]triple{"JSON-LD": fromJSONLD(t, g.Write(JSONLD)), "RDF/XML": fromXML} {
		for _, s := range other {
			if !turtle[s] {
				t.Errorf("only %s says %v", name, s)
			}
		}
		said := set(other)
		for s := range turtle {
			if !said[s] {
				t.Errorf("%s does not say %v", name, s)
			}
		}
	}
}

func TestThreeFormsSayTheSame(t *testing.T) {
	same(t, page())
	for _, d := range []market.Entry{full(), bare(), service()} {
		same(t, catalogue.Dataset(d))
	}
}

// TestAnyWords: whatever people write.
func TestAnyWords(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := full()
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[\x00-\x7f]{0,20}`), rapid.Just("\xff\xfe"))
		d.About.Title.VI = "x" + text.Draw(rt, "title")
		d.About.Keywords = []string{text.Draw(rt, "keyword")}
		d.Licence = "https://example.com/" + text.Draw(rt, "licence")
		d.From[3].Ref = "https://example.com/" + text.Draw(rt, "ref")
		d.Files[0].Media = "text/" + text.Draw(rt, "media")
		d.About.Contact.Email = text.Draw(rt, "email")
		same(t, catalogue.Dataset(d))
		if t.Failed() {
			rt.FailNow()
		}
	})
}

// TestDCATAP: what we say meets the shapes of DCAT-AP, constraints and ranges.
func TestDCATAP(t *testing.T) {
	graphs := map[string][]triple{"page": parsed(t, page())}
	for name, d := range map[string]market.Entry{"full": full(), "bare": bare(), "service": service()} {
		graphs[name] = parsed(t, catalogue.Dataset(d))
	}
	for _, file := range []string{"shapes.ttl", "range.ttl"} {
		s := official(t, file)
		if s == nil {
			return
		}
		for name, data := range graphs {
			violations, err := s.validate(data)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range violations {
				t.Errorf("%s, %s: %s", file, name, v)
			}
		}
	}
}

// official reads shapes of DCAT-AP; nil where they are not here.
func official(t testing.TB, file string) *shapes {
	t.Helper()
	b, err := os.ReadFile(reference + file)
	if err != nil {
		t.Log("not checked against the shapes of DCAT-AP: they are not here: " + reference)
		return nil
	}
	s, err := newShapes(string(b))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestShapesFindFaults breaks one thing at a time.
func TestShapesFindFaults(t *testing.T) {
	constraints, ranges := official(t, "shapes.ttl"), official(t, "range.ttl")
	if constraints == nil || ranges == nil {
		return
	}
	good := string(catalogue.Dataset(full()).Write(Turtle))
	for _, c := range []struct {
		shapes   *shapes
		old, new string
		says     string
	}{
		{constraints, `dct:description "Dòng`, `dct:abstract "Dòng`, "description> is there 0 times"},
		{constraints, `foaf:name "HTX Lục Ngạn"`, `foaf:nick "HTX Lục Ngạn"`, "name> is there 0 times"},
		{constraints, `dcat:version "3"`, `dcat:version "3", "4"`, "version> is there 2 times"},
		{constraints, `dcat:version "3"`, `dcat:version <urn:a:b>`, "is not <" + sh + "Literal>"},
		{constraints, `dct:accrualPeriodicity <`, `dct:accrualPeriodicity "x", <`, "BlankNodeOrIRI"},
		{constraints, `"2026-09-21T14:13:20.123Z"^^xsd:dateTime`, `"2026-09-21T14:13:20.123Z"`, "none of the alternatives"},
		{constraints, `"2026-09-21T14:13:20.123Z"^^xsd:dateTime`, `"yesterday"^^xsd:dateTime`, "none of the alternatives"},
		{constraints, `"12"^^xsd:nonNegativeInteger`, `"-12"^^xsd:nonNegativeInteger`, "nonNegativeInteger"},
		{constraints, `"12"^^xsd:nonNegativeInteger`, `"12"^^xsd:integer`, "nonNegativeInteger"},
		{constraints, `dcat:accessURL <` + base, `foaf:page <` + base, "accessURL> is there 0 times"},
		{constraints, `foaf:primaryTopic <` + base + `/datasets/02000000000000000000000000000000#dataset>`, `foaf:primaryTopic <urn:a:b>`, "none of the alternatives"},
		{constraints, `skos:prefLabel "Môi trường"@vi, "Environment"@en`, `skos:altLabel "Môi trường"@vi`, "prefLabel> is there 0 times"},
		{ranges, `a dct:Frequency`, `a dct:Period`, "Frequency>"},
		{ranges, `a dct:LicenseDocument`, `a dct:Document`, "LicenseDocument>"},
		{ranges, `a dct:MediaType .`, `a dct:Media .`, "MediaType>"},
		{ranges, `a vcard:Kind, vcard:Organization`, `a vcard:Organization`, "Kind>"},
		{ranges, `a foaf:Agent, foaf:Organization`, `a foaf:Organization`, "Agent>"},
		{ranges, `a dct:Location`, `a dct:Place`, "Location>"},
		{ranges, `a dct:RightsStatement`, `a dct:Statement`, "RightsStatement>"},
		{ranges, `a dct:PeriodOfTime`, `a dct:Period`, "PeriodOfTime>"},
		{ranges, `a dct:LinguisticSystem`, `a dct:Language`, "LinguisticSystem>"},
		{ranges, `a dct:ProvenanceStatement`, `a dct:Statement`, "ProvenanceStatement>"},
		{ranges, `a dct:Standard`, `a dct:Rule`, "Standard>"},
		{ranges, `a dcat:CatalogRecord`, `a dcat:Record`, "CatalogRecord>"},
		{ranges, `a dcat:Distribution`, `a dcat:File`, "Distribution>"},
	} {
		broken := strings.Replace(good, c.old, c.new, 1)
		if broken == good {
			t.Errorf("%s is not in the graph", c.old)
			continue
		}
		data, err := parseTurtle(broken)
		if err != nil {
			t.Fatalf("%s: %v", c.new, err)
		}
		violations, err := c.shapes.validate(data)
		if err != nil || len(violations) == 0 || !strings.Contains(strings.Join(violations, "\n"), c.says) {
			t.Errorf("%s: %v, %q, want %s", c.new, err, violations, c.says)
		}
	}
}

// TestUnknownShapes: what the validator does not know does not pass.
func TestUnknownShapes(t *testing.T) {
	const prefixes = "@prefix sh: <" + sh + "> . @prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix xsd: <" + xsd + "> . @prefix : <urn:x:> .\n"
	data := parsed(t, catalogue.Dataset(full()))
	for _, shape := range []string{
		`:s sh:targetClass dcat:Dataset ; sh:pattern "x" .`,
		`:s sh:targetClass dcat:Dataset ; sh:property [ sh:path dcat:version ; sh:in ( "3" ) ] .`,
		`:s sh:targetClass dcat:Dataset ; sh:property [ sh:path dcat:version ; sh:datatype xsd:token ] .`,
		`:s sh:targetClass dcat:Dataset ; sh:property [ sh:path dcat:version ; sh:nodeKind sh:IRIOrLiteral ] .`,
		`:s sh:targetClass dcat:Dataset ; sh:property [ sh:path [ sh:zeroOrMorePath dcat:version ] ; sh:minCount 1 ] .`,
		`:s sh:targetClass dcat:Dataset ; sh:property [ sh:minCount 1 ] .`,
		`:s sh:targetClass dcat:Dataset ; sh:node :other .`,
		`:s sh:targetClass dcat:Dataset ; dcat:other 1 .`,
	} {
		s, err := newShapes(prefixes + shape)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.validate(data); err == nil {
			t.Errorf("%s passes", shape)
		}
	}
}

// TestWhatIsSaid looks at statements that the shapes do not ask for.
func TestWhatIsSaid(t *testing.T) {
	statements := set(parsed(t, page()))
	it := base + "/datasets/02000000000000000000000000000000"
	for _, s := range []struct{ subject, predicate, object string }{
		{it + "#dataset", "prov:wasDerivedFrom", iriTerm(base + "/datasets/09000000000000000000000000000000#dataset")},
		{it + "#dataset", "prov:wasDerivedFrom", iriTerm(base + "/checkpoint#12")},
		{it + "#dataset", "prov:wasDerivedFrom", iriTerm("https://example.com/a%20b")},
		{it + "#dataset", "odrl:hasPolicy", iriTerm(base + "/ipfs/bafkreiq")},
		{it + "#dataset", "dct:accessRights", iriTerm(authority + "access-right/RESTRICTED")},
		{it + "#dataset", "dct:spatial", iriTerm(base + "/catalog#place-07213")},
		{it + "#period", "dcat:startDate", literalTerm("2026-01-01", "", xsd+"date")},
		{it + "#file-1", "dct:title", literalTerm(`a "b".csv`, "", "")},
		{it + "#file-1", "dcat:mediaType", iriTerm("https://www.iana.org/assignments/media-types/text/csv")},
		{it + "#file-1", "dct:rights", iriTerm(it + "#conditions")},
		{base + "/datasets/04000000000000000000000000000000#file-1", "dcat:downloadURL", iriTerm(base + "/ipfs/bafkreic")},
		{base + "/datasets/06000000000000000000000000000000#api", "dcat:accessService", iriTerm(base + "/datasets/06000000000000000000000000000000#service")},
		{base + "/catalog", "dcat:service", iriTerm(base + "/datasets/06000000000000000000000000000000#service")},
		{base + "/catalog.ttl?page=2", "hydra:nextPage", iriTerm(base + "/catalog.ttl?page=3&after=17")},
		{base + "/catalog.ttl?page=2", "hydra:itemsPerPage", literalTerm("100", "", xsd+"integer")},
	} {
		if !statements[triple{iriTerm(s.subject), iriTerm(expand(s.predicate)), s.object}] {
			t.Errorf("nobody says %v", s)
		}
	}
	for s := range maps.Keys(statements) {
		if s.p == iriTerm(expand("dcat:downloadURL")) && strings.HasPrefix(s.s, "<"+it) {
			t.Errorf("a file that is not open has a download address: %v", s)
		}
		if strings.Contains(s.o, "data-theme/NONE") {
			t.Errorf("%v", s)
		}
	}
	if n := strings.Count(string(page().Write(Turtle)), "\n@prefix") + 1; n != len(namespaces) {
		t.Errorf("%d prefixes", n)
	}
	if !slices.IsSortedFunc(namespaces[3:], func(a, b struct{ prefix, iri string }) int { return strings.Compare(a.prefix, b.prefix) }) {
		t.Error("the namespaces are in no order")
	}
}
