package dcat

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strings"
)

// Format is a way to write a graph down.
type Format struct {
	Name  string // as the end of an address: ttl, jsonld, xml
	Media string
	write func(*Graph, *bytes.Buffer)
}

// Turtle is RDF 1.1 Turtle, JSONLD is JSON-LD 1.1 with its context within, and RDFXML is
// RDF 1.1 XML.
var (
	Turtle = Format{"ttl", "text/turtle", (*Graph).turtle}
	JSONLD = Format{"jsonld", "application/ld+json", (*Graph).jsonld}
	RDFXML = Format{"xml", "application/rdf+xml", (*Graph).rdfxml}
)

// Formats are all of them; the first is for who has no wish.
var Formats = []Format{Turtle, JSONLD, RDFXML}

// Write gives the graph in a format.
func (g *Graph) Write(f Format) []byte {
	var b bytes.Buffer
	f.write(g, &b)
	return b.Bytes()
}

func (g *Graph) turtle(b *bytes.Buffer) {
	for _, n := range namespaces {
		b.WriteString("@prefix " + n.prefix + ": <" + n.iri + "> .\n")
	}
	for _, t := range g.things {
		if len(t.types)+len(t.said) == 0 {
			continue
		}
		b.WriteString("\n<" + t.iri + ">")
		between := "\n    "
		if len(t.types) > 0 {
			b.WriteString(between + "a " + strings.Join(t.types, ", "))
			between = " ;\n    "
		}
		for _, p := range t.said {
			b.WriteString(between + p.predicate + " ")
			for i, v := range p.values {
				if i > 0 {
					b.WriteString(", ")
				}
				turtleValue(b, v)
			}
			between = " ;\n    "
		}
		b.WriteString(" .\n")
	}
}

var turtleEscapes = strings.NewReplacer("\\", `\\`, "\"", `\"`, "\n", `\n`, "\t", `\t`)

func turtleValue(b *bytes.Buffer, v Value) {
	if v.IRI != "" {
		b.WriteString("<" + v.IRI + ">")
		return
	}
	b.WriteString(`"` + turtleEscapes.Replace(v.Text) + `"`)
	switch {
	case v.Lang != "":
		b.WriteString("@" + v.Lang)
	case v.Datatype != "":
		b.WriteString("^^" + v.Datatype)
	}
}

func (g *Graph) jsonld(b *bytes.Buffer) {
	b.WriteString(`{"@context":{`)
	for i, n := range namespaces {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(quoted(n.prefix) + ":" + quoted(n.iri))
	}
	b.WriteString(`},"@graph":[`)
	first := true
	for _, t := range g.things {
		if len(t.types)+len(t.said) == 0 {
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		b.WriteString("\n{\"@id\":" + quoted(t.iri))
		if len(t.types) > 0 {
			b.WriteString(`,"@type":["` + strings.Join(t.types, `","`) + `"]`)
		}
		for _, p := range t.said {
			b.WriteString("," + quoted(p.predicate) + ":[")
			for i, v := range p.values {
				if i > 0 {
					b.WriteByte(',')
				}
				jsonldValue(b, v)
			}
			b.WriteByte(']')
		}
		b.WriteByte('}')
	}
	b.WriteString("\n]}\n")
}

func jsonldValue(b *bytes.Buffer, v Value) {
	if v.IRI != "" {
		b.WriteString(`{"@id":` + quoted(v.IRI) + "}")
		return
	}
	b.WriteString(`{"@value":` + quoted(v.Text))
	switch {
	case v.Lang != "":
		b.WriteString(`,"@language":` + quoted(v.Lang))
	case v.Datatype != "":
		b.WriteString(`,"@type":` + quoted(v.Datatype))
	}
	b.WriteByte('}')
}

func quoted(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic(err) // a string always encodes
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func (g *Graph) rdfxml(b *bytes.Buffer) {
	b.WriteString(xml.Header + "<rdf:RDF")
	for _, n := range namespaces {
		b.WriteString("\n  xmlns:" + n.prefix + `="` + n.iri + `"`)
	}
	b.WriteString(">\n")
	for _, t := range g.things {
		if len(t.types)+len(t.said) == 0 {
			continue
		}
		b.WriteString(`<rdf:Description rdf:about="` + escaped(t.iri) + "\">\n")
		for _, c := range t.types {
			b.WriteString(`  <rdf:type rdf:resource="` + escaped(expand(c)) + "\"/>\n")
		}
		for _, p := range t.said {
			for _, v := range p.values {
				b.WriteString("  <" + p.predicate)
				rdfxmlValue(b, v, p.predicate)
			}
		}
		b.WriteString("</rdf:Description>\n")
	}
	b.WriteString("</rdf:RDF>\n")
}

func rdfxmlValue(b *bytes.Buffer, v Value, element string) {
	switch {
	case v.IRI != "":
		b.WriteString(` rdf:resource="` + escaped(v.IRI) + "\"/>\n")
		return
	case v.Lang != "":
		b.WriteString(` xml:lang="` + escaped(v.Lang) + `"`)
	case v.Datatype != "":
		b.WriteString(` rdf:datatype="` + escaped(expand(v.Datatype)) + `"`)
	}
	b.WriteString(">" + escaped(v.Text) + "</" + element + ">\n")
}

func escaped(s string) string {
	var b bytes.Buffer
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.String()
}
