package dcat

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// triple is a statement with its terms as N-Triples writes them; a string has no
// datatype.
type triple struct{ s, p, o string }

const (
	rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	xsd = "http://www.w3.org/2001/XMLSchema#"
)

func iriTerm(iri string) string { return "<" + iri + ">" }

func literalTerm(text, lang, datatype string) string {
	s := strconv.Quote(text)
	switch {
	case lang != "":
		return s + "@" + lang
	case datatype != "" && datatype != xsd+"string":
		return s + "^^<" + datatype + ">"
	}
	return s
}

// turtleReader reads RDF 1.1 Turtle, but for long strings, relative IRIs and base.
type turtleReader struct {
	s        string
	prefixes map[string]string
	triples  []triple
	blanks   int
}

// parseTurtle panics where the text is not Turtle, and gives that as an error.
func parseTurtle(s string) (triples []triple, err error) {
	r := &turtleReader{s: s, prefixes: map[string]string{}}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v at %.60q", p, r.s)
		}
	}()
	for r.space(); r.s != ""; r.space() {
		r.statement()
	}
	return r.triples, nil
}

func (r *turtleReader) space() {
	for {
		r.s = strings.TrimLeft(r.s, " \t\r\n")
		if !strings.HasPrefix(r.s, "#") {
			return
		}
		_, r.s, _ = strings.Cut(r.s, "\n")
	}
}

func (r *turtleReader) eat(token string) bool {
	r.space()
	rest, ok := strings.CutPrefix(r.s, token)
	if ok {
		r.s = rest
	}
	return ok
}

func (r *turtleReader) need(token string) {
	if !r.eat(token) {
		panic("no " + token)
	}
}

func (r *turtleReader) statement() {
	if r.eat("@prefix") {
		r.space()
		name, rest, ok := strings.Cut(r.s, ":")
		if !ok || strings.ContainsAny(name, " <>\n") {
			panic("no prefix")
		}
		r.s = rest
		r.space()
		iri := r.iri()
		r.prefixes[name] = iri[1 : len(iri)-1]
		r.need(".")
		return
	}
	subject := r.term()
	if subject[0] == '"' {
		panic("a literal is no subject")
	}
	r.space()
	if !strings.HasPrefix(r.s, ".") || !strings.HasPrefix(subject, "_:") {
		r.properties(subject)
	}
	r.need(".")
}

func (r *turtleReader) properties(subject string) {
	for {
		predicate := ""
		r.space()
		if len(r.s) > 1 && r.s[0] == 'a' && strings.ContainsRune(" \t\n<[", rune(r.s[1])) {
			r.s, predicate = r.s[1:], iriTerm(rdf+"type")
		} else if predicate = r.term(); predicate[0] != '<' {
			panic(predicate + " is no predicate")
		}
		for {
			r.triples = append(r.triples, triple{subject, predicate, r.term()})
			if !r.eat(",") {
				break
			}
		}
		if !r.eat(";") {
			return
		}
		for r.eat(";") {
		}
		r.space()
		if strings.HasPrefix(r.s, ".") || strings.HasPrefix(r.s, "]") {
			return
		}
	}
}

func (r *turtleReader) term() string {
	r.space()
	if r.s == "" {
		panic("the text ends")
	}
	switch c := r.s[0]; {
	case c == '<':
		return r.iri()
	case c == '"':
		return r.literal()
	case c == '[':
		r.s = r.s[1:]
		node := r.blank()
		if !r.eat("]") {
			r.properties(node)
			r.need("]")
		}
		return node
	case c == '(':
		r.s = r.s[1:]
		return r.list()
	case c >= '0' && c <= '9':
		n := strings.IndexFunc(r.s, func(c rune) bool { return c < '0' || c > '9' })
		text := r.s[:n]
		r.s = r.s[n:]
		return literalTerm(text, "", xsd+"integer")
	}
	return r.compact()
}

func (r *turtleReader) blank() string {
	r.blanks++
	return "_:b" + strconv.Itoa(r.blanks)
}

func (r *turtleReader) list() string {
	if r.eat(")") {
		return iriTerm(rdf + "nil")
	}
	node := r.blank()
	r.triples = append(r.triples, triple{node, iriTerm(rdf + "first"), r.term()})
	r.triples = append(r.triples, triple{node, iriTerm(rdf + "rest"), r.list()})
	return node
}

func (r *turtleReader) iri() string {
	if !strings.HasPrefix(r.s, "<") {
		panic("no IRI")
	}
	iri, rest, ok := strings.Cut(r.s[1:], ">")
	if !ok || !strings.Contains(iri, ":") || strings.ContainsAny(iri, "<\"{}|^`\\ \n\t") {
		panic("no absolute IRI")
	}
	r.s = rest
	return iriTerm(iri)
}

func (r *turtleReader) compact() string {
	prefix, rest, ok := strings.Cut(r.s, ":")
	base, known := r.prefixes[prefix]
	if !ok || !known {
		panic("an unknown prefix")
	}
	n := 0
	for n < len(rest) {
		c, size := utf8.DecodeRuneInString(rest[n:])
		if c != '_' && c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			break
		}
		n += size
	}
	r.s = rest[n:]
	return iriTerm(base + rest[:n])
}

func (r *turtleReader) literal() string {
	r.s = r.s[1:]
	var b strings.Builder
	for {
		c, n := utf8.DecodeRuneInString(r.s)
		switch {
		case n == 0 || c == '\n' || c == '\r' || c == utf8.RuneError && n == 1:
			panic("an open string")
		case c == '"':
			r.s = r.s[1:]
			return r.suffix(b.String())
		case c == '\\':
			escapes := map[byte]rune{'t': '\t', 'n': '\n', 'r': '\r', '"': '"', '\\': '\\'}
			e, ok := escapes[r.s[1]]
			if !ok {
				panic("an unknown escape")
			}
			b.WriteRune(e)
			n = 2
		default:
			b.WriteRune(c)
		}
		r.s = r.s[n:]
	}
}

func (r *turtleReader) suffix(text string) string {
	switch {
	case strings.HasPrefix(r.s, "@"):
		n := strings.IndexFunc(r.s[1:], func(c rune) bool { return (c < 'a' || c > 'z') && c != '-' })
		lang := r.s[1 : n+1]
		r.s = r.s[n+1:]
		return literalTerm(text, lang, "")
	case strings.HasPrefix(r.s, "^^"):
		r.s = r.s[2:]
		datatype := r.term()
		return literalTerm(text, "", datatype[1:len(datatype)-1])
	}
	return literalTerm(text, "", "")
}
