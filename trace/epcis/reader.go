package epcis

import (
	"fmt"
	"strconv"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// reader checks nodes and takes their values, noting every problem. What it
// returns means something only when there is none.
type reader struct {
	bytes    []byte // the document
	problems []Problem
	tooLarge error  // a limit was exceeded, which is no problem of a field
	event    int    // position of the event being read, -1 for the document
	root     *node  // the event or the document
	path     string // of root
	terms    terms
}

// check looks at a member's value.
type check func(*reader, *node)

func (r *reader) problem(n *node, format string, args ...any) {
	r.problemAt(fieldPath(r.path, r.root, n), format, args...)
}

func (r *reader) missing(n *node, name string) {
	path := fieldPath(r.path, r.root, n)
	if path != "" {
		path += "."
	}
	r.problemAt(path+name, "is missing")
}

func (r *reader) problemAt(path, format string, args ...any) {
	if len(r.problems) < maxProblems {
		r.problems = append(r.problems, Problem{r.event, path, fmt.Sprintf(format, args...)})
	}
}

func (r *reader) err() error {
	switch {
	case r.tooLarge != nil:
		return r.tooLarge
	case len(r.problems) > 0:
		return &ValidationError{r.problems}
	}
	return nil
}

// fieldPath is how to get from root, which has the given path, to n.
func fieldPath(path string, root, n *node) string {
	for root != n {
		i := 0
		for i < len(root.children) && root.children[i].end < n.end {
			i++
		}
		if i == len(root.children) {
			break
		}
		switch child := &root.children[i]; {
		case root.kind == array:
			path += "[" + strconv.Itoa(i) + "]"
		case path == "":
			path = child.name
		default:
			path += "." + child.name
		}
		root = &root.children[i]
	}
	return path
}

// source is the text of a value. Appending to it does not write behind it.
func (r *reader) source(n *node) []byte { return r.bytes[n.start:n.end:n.end] }

// is reports whether n is of a kind, and notes it as a problem when not.
func (r *reader) is(n *node, k kind) bool {
	if n.kind != k {
		r.problem(n, "must be %s, is %s", k, n.kind)
	}
	return n.kind == k
}

func (r *reader) uri(n *node) string {
	if r.is(n, text) && !isURI(n.text) {
		r.problem(n, "%q is not a URI", n.text)
	}
	return n.text
}

// id reads an identifier; the ones of GS1 have to be right.
func (r *reader) id(n *node) trace.ID {
	if !r.is(n, text) {
		return trace.ID{}
	}
	if !isURI(n.text) {
		r.problem(n, "%q is not a URI", n.text)
		return trace.ID{}
	}
	id, err := trace.ParseID(n.text)
	if err != nil {
		r.problem(n, "%s", err)
	}
	n.id = id
	return id
}

func (r *reader) time(n *node) ledger.Time {
	if !r.is(n, text) {
		return 0
	}
	t, ok := parseTime(n.text)
	if !ok {
		r.problem(n, "%q is not a date and time such as 2026-06-03T07:30:00+07:00", n.text)
	}
	return t
}

func (r *reader) word(n *node, v *vocabulary) string {
	if !r.is(n, text) {
		return ""
	}
	word, problem := v.read(n.text, r.terms)
	if problem != "" {
		r.problem(n, "%q %s", n.text, problem)
	}
	return word
}

// list gives the items of a list.
func (r *reader) list(n *node) []node {
	if !r.is(n, array) {
		return nil
	}
	return n.children
}

// unique holds that no two items are the same text.
func (r *reader) unique(n *node) {
	seen := make(map[string]struct{}, len(n.children))
	for i := range n.children {
		item := &n.children[i]
		if _, ok := seen[item.text]; ok {
			r.problem(item, "%q stands in the list twice", item.text)
		}
		seen[item.text] = struct{}{}
	}
}

// members checks an object that may be extended.
func (r *reader) members(n *node, checks map[string]check, required ...string) {
	if !r.is(n, object) {
		return
	}
	for i := range n.children {
		m := &n.children[i]
		if check, ok := checks[m.name]; ok {
			check(r, m)
		} else {
			r.extension(m)
		}
	}
	for _, name := range required {
		if n.member(name) == nil {
			r.missing(n, name)
		}
	}
}

// extension holds that a member which the standard does not know has a name in a
// namespace of its own.
func (r *reader) extension(m *node) {
	if !isURI(m.name) {
		r.problem(m, "is not a member that the standard has here; one's own have a prefix, as in example:%s", m.name)
	}
}

func (r *reader) noSuchMember(m *node) {
	r.problem(m, "is not a member that the standard has here")
}

func isKind(k kind) check { return func(r *reader, n *node) { r.is(n, k) } }

func isWord(v *vocabulary) check { return func(r *reader, n *node) { r.word(n, v) } }

func checkURI(r *reader, n *node)  { r.uri(n) }
func checkTime(r *reader, n *node) { r.time(n) }

func checkURIs(r *reader, n *node) {
	for i, items := 0, r.list(n); i < len(items); i++ {
		r.uri(&items[i])
	}
}

// each checks every item of a list.
func each(item check) check {
	return func(r *reader, n *node) {
		for i, items := 0, r.list(n); i < len(items); i++ {
			item(r, &items[i])
		}
	}
}
