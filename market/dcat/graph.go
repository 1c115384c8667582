package dcat

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Graph is a set of RDF statements in the order in which they were made. Nothing in it
// is without a name, so that whoever comes again finds the same things.
type Graph struct {
	things []*thing
	byIRI  map[string]*thing
}

// thing is a subject with what is said of it.
type thing struct {
	iri   string
	types []string // as compact IRIs
	said  []property
}

// property is what a thing has of one kind; predicate is a compact IRI.
type property struct {
	predicate string
	values    []Value
}

// Value is the object of a statement: a resource, or a literal with a language or a
// type, or neither.
type Value struct {
	IRI            string
	Text           string
	Lang, Datatype string // Datatype as a compact IRI
}

// NewGraph makes a graph without statements.
func NewGraph() *Graph { return &Graph{byIRI: map[string]*thing{}} }

// Len is the number of statements.
func (g *Graph) Len() (n int) {
	for _, t := range g.things {
		n += len(t.types)
		for _, p := range t.said {
			n += len(p.values)
		}
	}
	return n
}

// IRI names a resource; what no IRI can hold is percent-encoded.
func IRI(s string) Value { return Value{IRI: safeIRI(s)} }

// Literal is a text of a datatype, given as a compact IRI such as xsd:date; of none it is
// a string.
func Literal(text, datatype string) Value { return Value{Text: clean(text), Datatype: datatype} }

// Words is a text in a language.
func Words(text, lang string) Value { return Value{Text: clean(text), Lang: lang} }

// Is says of what classes a thing is, as compact IRIs.
func (g *Graph) Is(subject string, classes ...string) {
	t := g.thing(subject)
	for _, c := range classes {
		if !slices.Contains(t.types, c) {
			t.types = append(t.types, c)
		}
	}
}

// Say states something of a thing; predicate is a compact IRI. What was stated before is
// not stated again.
func (g *Graph) Say(subject, predicate string, values ...Value) {
	t := g.thing(subject)
	i := slices.IndexFunc(t.said, func(p property) bool { return p.predicate == predicate })
	if i < 0 {
		i = len(t.said)
		t.said = append(t.said, property{predicate: predicate})
	}
	for _, v := range values {
		if !slices.Contains(t.said[i].values, v) {
			t.said[i].values = append(t.said[i].values, v)
		}
	}
}

func (g *Graph) thing(iri string) *thing {
	iri = safeIRI(iri)
	t := g.byIRI[iri]
	if t == nil {
		t = &thing{iri: iri}
		g.byIRI[iri] = t
		g.things = append(g.things, t)
	}
	return t
}

// namespaces are those of the compact IRIs, in the order in which they are declared.
var namespaces = []struct{ prefix, iri string }{
	{"rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"},
	{"rdfs", "http://www.w3.org/2000/01/rdf-schema#"},
	{"xsd", "http://www.w3.org/2001/XMLSchema#"},
	{"dcat", "http://www.w3.org/ns/dcat#"},
	{"dct", "http://purl.org/dc/terms/"},
	{"foaf", "http://xmlns.com/foaf/0.1/"},
	{"hydra", "http://www.w3.org/ns/hydra/core#"},
	{"odrl", "http://www.w3.org/ns/odrl/2/"},
	{"prov", "http://www.w3.org/ns/prov#"},
	{"skos", "http://www.w3.org/2004/02/skos/core#"},
	{"vcard", "http://www.w3.org/2006/vcard/ns#"},
}

// expand gives the IRI of a compact one.
func expand(compact string) string {
	prefix, local, _ := strings.Cut(compact, ":")
	for _, n := range namespaces {
		if n.prefix == prefix {
			return n.iri + local
		}
	}
	panic("dcat: no namespace is known for " + compact)
}

// clean takes out of a text what XML cannot hold, so that all three forms say the same.
func clean(s string) string {
	ok := func(r rune) bool {
		return r == '\t' || r == '\n' || r >= 0x20 && r != 0xFFFE && r != 0xFFFF
	}
	if utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !ok(r) }) {
		return s
	}
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case ok(r):
			return r
		}
		return '\uFFFD'
	}, s)
}

// safeIRI percent-encodes what an IRI cannot hold (RFC 3987, section 2.2): characters that
// are in none, a percent sign that encodes nothing, and a second fragment.
func safeIRI(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	fragment := false
	for i, n := 0, 0; i < len(s); i += n {
		var r rune
		r, n = utf8.DecodeRuneInString(s[i:])
		bad := r <= ' ' || r == utf8.RuneError || r >= 0xFFF0 || strings.ContainsRune("<>\"{}|\\^`", r) || unicode.IsSpace(r) || unicode.IsControl(r)
		switch r {
		case '%':
			bad = len(s) < i+3 || !isHex(s[i+1]) || !isHex(s[i+2])
		case '#':
			bad, fragment = fragment, true
		}
		if !bad {
			b.WriteString(s[i : i+n])
			continue
		}
		for _, c := range []byte(s[i : i+n]) {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
