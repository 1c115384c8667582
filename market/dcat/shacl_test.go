package dcat

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// shapes checks a graph against SHACL shapes: the constraints that the shapes of DCAT-AP
// use. One that it does not know is an error, since it must not pass for one that is
// met.
type shapes struct {
	about map[string][]triple // of the shapes, by subject
	nodes []string            // node shapes with a target
	data  []triple
	known map[triple]bool // of the data
	found []string        // violations
}

const sh = "http://www.w3.org/ns/shacl#"

// annotations say nothing that data must meet.
var annotations = []string{
	iriTerm(rdf + "type"), iriTerm("http://www.w3.org/2000/01/rdf-schema#label"), iriTerm("http://www.w3.org/2000/01/rdf-schema#comment"),
	iriTerm(sh + "message"), iriTerm(sh + "severity"), iriTerm(sh + "targetClass"), iriTerm(sh + "path"),
}

func newShapes(turtle string) (*shapes, error) {
	triples, err := parseTurtle(turtle)
	if err != nil {
		return nil, err
	}
	s := &shapes{about: map[string][]triple{}}
	for _, t := range triples {
		s.about[t.s] = append(s.about[t.s], t)
		if t.p == iriTerm(sh+"targetClass") {
			s.nodes = append(s.nodes, t.s)
		}
	}
	if len(s.nodes) == 0 {
		return nil, fmt.Errorf("there are no shapes with a target")
	}
	return s, nil
}

// validate gives what data violates.
func (s *shapes) validate(data []triple) (violations []string, err error) {
	s.data, s.known, s.found = data, map[triple]bool{}, nil
	for _, t := range data {
		s.known[t] = true
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	for _, shape := range s.nodes {
		for _, class := range s.objects(shape, "targetClass") {
			for _, t := range data {
				if t.p == iriTerm(rdf+"type") && t.o == class {
					s.node(shape, t.s, t.s)
				}
			}
		}
	}
	return s.found, nil
}

func (s *shapes) objects(subject, local string) (list []string) {
	for _, t := range s.about[subject] {
		if t.p == iriTerm(sh+local) {
			list = append(list, t.o)
		}
	}
	return list
}

// node checks one value against a shape; focus is what a violation is told of.
func (s *shapes) node(shape, value, focus string) {
	if len(s.about[shape]) == 0 {
		panic("there is no shape " + shape)
	}
	for _, t := range s.about[shape] {
		local, ours := strings.CutPrefix(t.p, "<"+sh)
		if slices.Contains(annotations, t.p) {
			continue
		}
		if !ours {
			panic("the shapes say " + t.p)
		}
		switch strings.TrimSuffix(local, ">") {
		case "property":
			s.property(t.o, value)
		case "node", "shape": // the shapes write sh:shape where they mean sh:node
			s.node(t.o, value, focus)
		case "or":
			s.or(t.o, value, focus)
		case "class":
			if !s.known[triple{value, iriTerm(rdf + "type"), t.o}] {
				s.violated(focus, "%s is no %s", value, t.o)
			}
		case "datatype":
			if !s.isOf(value, t.o) {
				s.violated(focus, "%s is no %s", value, t.o)
			}
		case "nodeKind":
			if !ofKind(value, t.o) {
				s.violated(focus, "%s is not %s", value, t.o)
			}
		case "minCount", "maxCount": // of the property that this is a shape of
		default:
			panic("the shapes use " + t.p)
		}
	}
}

func (s *shapes) property(shape, focus string) {
	paths := s.objects(shape, "path")
	if len(paths) != 1 {
		panic("a property shape has not one path")
	}
	values := s.follow(focus, paths[0])
	for _, n := range s.objects(shape, "minCount") {
		if len(values) < count(n) {
			s.violated(focus, "%s is there %d times, at least %s", paths[0], len(values), n)
		}
	}
	for _, n := range s.objects(shape, "maxCount") {
		if len(values) > count(n) {
			s.violated(focus, "%s is there %d times, at most %s", paths[0], len(values), n)
		}
	}
	for _, v := range values {
		s.node(shape, v, focus+" "+paths[0])
	}
}

func (s *shapes) follow(focus, path string) (values []string) {
	inverse := s.objects(path, "inversePath")
	if strings.HasPrefix(path, "_:") && (len(inverse) != 1 || len(s.about[path]) != 1) {
		panic("a path that is neither a predicate nor its inverse")
	}
	for _, t := range s.data {
		if len(inverse) == 1 {
			if t.o == focus && t.p == inverse[0] {
				values = append(values, t.s)
			}
		} else if t.s == focus && t.p == path {
			values = append(values, t.o)
		}
	}
	return values
}

func (s *shapes) or(list, value, focus string) {
	outer := s.found
	for list != iriTerm(rdf+"nil") {
		var first, rest string
		for _, t := range s.about[list] {
			switch t.p {
			case iriTerm(rdf + "first"):
				first = t.o
			case iriTerm(rdf + "rest"):
				rest = t.o
			}
		}
		s.found = nil
		s.node(first, value, focus)
		met := len(s.found) == 0
		s.found = outer
		if met {
			return
		}
		list = rest
	}
	s.violated(focus, "%s meets none of the alternatives", value)
}

func (s *shapes) violated(focus, format string, args ...any) {
	s.found = append(s.found, focus+": "+fmt.Sprintf(format, args...))
}

// lexical forms of the datatypes that the shapes use.
var lexical = map[string]*regexp.Regexp{
	"date":               regexp.MustCompile(`^\d{4}-\d\d-\d\d$`),
	"dateTime":           regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$`),
	"gYear":              regexp.MustCompile(`^\d{4}$`),
	"gYearMonth":         regexp.MustCompile(`^\d{4}-\d\d$`),
	"hexBinary":          regexp.MustCompile(`^([0-9a-fA-F]{2})*$`),
	"nonNegativeInteger": regexp.MustCompile(`^\d+$`),
	"decimal":            regexp.MustCompile(`^[+-]?\d+(\.\d+)?$`),
	"duration":           regexp.MustCompile(`^P\S+$`),
}

// isOf reports whether a term is a literal of a datatype, in its form.
func (s *shapes) isOf(term, datatype string) bool {
	name := strings.TrimSuffix(strings.TrimPrefix(datatype, "<"+xsd), ">")
	form := lexical[name]
	if form == nil {
		panic("the shapes use " + datatype)
	}
	quoted, ok := strings.CutSuffix(term, "^^"+datatype)
	text, err := strconv.Unquote(quoted)
	return ok && err == nil && form.MatchString(text)
}

func ofKind(term, kind string) bool {
	switch kind {
	case iriTerm(sh + "Literal"):
		return term[0] == '"'
	case iriTerm(sh + "IRI"):
		return term[0] == '<'
	case iriTerm(sh + "BlankNodeOrIRI"):
		return term[0] != '"'
	}
	panic("the shapes use " + kind)
}

func count(term string) int {
	text, _, _ := strings.Cut(strings.TrimPrefix(term, `"`), `"`)
	n, err := strconv.Atoi(text)
	if err != nil {
		panic("a count of " + term)
	}
	return n
}
