package epcis

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// kind is the type of a JSON value.
type kind uint8

const (
	null kind = iota
	boolean
	number
	text
	array
	object
)

func (k kind) String() string {
	return [...]string{"null", "true or false", "a number", "a text", "a list", "an object"}[k]
}

// node is a JSON value as it stands in the source. Members keep their order and
// numbers their text.
type node struct {
	name       string   // of a member, empty for an item of a list
	text       string   // a text's characters, otherwise the literal
	children   []node   // members or items
	id         trace.ID // what the text identifies, where that was asked
	start, end int      // source[start:end] is the value
	kind       kind
}

// member finds a member of an object.
func (n *node) member(name string) *node {
	for i := range n.children {
		if n.children[i].name == name {
			return &n.children[i]
		}
	}
	return nil
}

// maxValues bounds the memory that a document of the largest size can take.
const maxValues = 500_000

// manyMembers is from where an object's names are compared through a map.
const manyMembers = 24

// parser reads one JSON text (RFC 8259) into nodes, strictly: valid UTF-8, no
// name twice in an object, nothing behind the value. Text without escapes shares
// the source's memory.
type parser struct {
	src    string
	at     int
	depth  int // how much deeper it may go
	values int // how many more values there may be
	*nodes
	names map[string]struct{}
}

// nodes is the memory of values that were parsed.
type nodes struct {
	open []node // children of the values that are open, behind them what was there
	done []node // finished children, and room for more
	deep int    // the most that were open
}

// parse reads src, whose value may nest depth levels.
func parse(src string, depth int) (node, error) { return new(nodes).parse(src, depth) }

// parse reads a value into the nodes.
func (m *nodes) parse(src string, depth int) (node, error) {
	p := parser{src: src, depth: depth, values: maxValues, nodes: m}
	if i := invalidUTF8(src); i >= 0 {
		p.at = i
		return node{}, p.fail("the text is not UTF-8")
	}
	p.space()
	root, err := p.value()
	if err != nil {
		return node{}, err
	}
	if p.space(); p.at < len(src) {
		return node{}, p.fail("there is something behind the end of the document")
	}
	return root, nil
}

// trees are nodes to parse into of whose values nothing is used any more.
var trees = sync.Pool{New: func() any { return new(nodes) }}

// manyNodes are too many to be kept, or to be made at a time.
const manyNodes = 4096

// release gives nodes from trees back, unless they are many.
func (m *nodes) release() {
	if cap(m.open)+cap(m.done) > manyNodes {
		return
	}
	clear(m.open[:max(m.deep, len(m.open))]) // they hold on to the document; some are open where it is wrong
	clear(m.done)
	m.open, m.done, m.deep = m.open[:0], m.done[:0], 0
	trees.Put(m)
}

func invalidUTF8(s string) int {
	if utf8.ValidString(s) {
		return -1
	}
	for i, r := range s {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return i
			}
		}
	}
	return -1
}

// fail reports the place as people count it in an editor.
func (p *parser) fail(format string, args ...any) error {
	before := p.src[:min(p.at, len(p.src))]
	line := strings.Count(before, "\n") + 1
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	return documentError("", "line %d, column %d: %s", line, column, fmt.Sprintf(format, args...))
}

func (p *parser) space() {
	for p.at < len(p.src) {
		switch p.src[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

func (p *parser) next() byte {
	if p.at < len(p.src) {
		return p.src[p.at]
	}
	return 0
}

func (p *parser) value() (n node, err error) {
	if p.values--; p.values < 0 {
		return n, ledger.Errorf(ledger.TooLarge, "the document has more than %d values", maxValues)
	}
	n.start = p.at
	switch c := p.next(); {
	case c == '"':
		n.kind = text
		n.text, err = p.string()
	case c == '{' || c == '[':
		err = p.children(&n, c)
	case c == '-' || '0' <= c && c <= '9':
		n.kind = number
		if err = p.number(); err == nil {
			n.text = p.src[n.start:p.at]
		}
	default:
		for _, word := range [...]string{"true", "false", "null"} {
			if strings.HasPrefix(p.src[p.at:], word) {
				n.text, n.kind = word, boolean
				p.at += len(word)
			}
		}
		if n.text == "" {
			err = p.expected("a value")
		} else if n.text == "null" {
			n.kind = null
		}
	}
	n.end = p.at
	return n, err
}

func (p *parser) expected(what string) error {
	if p.at >= len(p.src) {
		return p.fail("the document ends where %s should be", what)
	}
	r, _ := utf8.DecodeRuneInString(p.src[p.at:])
	return p.fail("there is %q where %s should be", r, what)
}

// children reads the members of an object or the items of a list.
func (p *parser) children(n *node, open byte) error {
	if p.depth--; p.depth < 0 {
		return p.fail("values are nested too deeply")
	}
	n.kind = array
	end := byte(']')
	if open == '{' {
		n.kind, end = object, '}'
	}
	p.at++
	base := len(p.open)
	for first := true; ; first = false {
		p.space()
		if p.next() == end {
			break
		}
		if !first {
			if p.next() != ',' {
				return p.expected("a comma or " + string(end))
			}
			p.at++
			p.space()
		}
		var name string
		if n.kind == object {
			if p.next() != '"' {
				return p.expected("a member's name")
			}
			var err error
			if name, err = p.string(); err != nil {
				return err
			}
			if p.space(); p.next() != ':' {
				return p.expected("a colon")
			}
			p.at++
			p.space()
		}
		child, err := p.value()
		if err != nil {
			return err
		}
		child.name = name
		p.open = append(p.open, child)
	}
	p.at++
	p.depth++
	n.children = p.keep(p.open[base:])
	p.deep = max(p.deep, len(p.open))
	p.open = p.open[:base]
	if n.kind == object {
		return p.unique(n)
	}
	return nil
}

// keep moves finished children to where they stay. When there is no room, more is made;
// what was kept stays where it is.
func (p *parser) keep(children []node) []node {
	if len(children) == 0 {
		return nil
	}
	from := len(p.done)
	if cap(p.done)-from < len(children) {
		from, p.done = 0, make([]node, 0, max(len(children), min(2*cap(p.done), manyNodes), 64))
	}
	p.done = append(p.done, children...)
	return p.done[from:len(p.done):len(p.done)]
}

// unique refuses a name that stands twice. Alone eventID may: one of the
// standard's own examples has two, and readers of JSON take the last.
func (p *parser) unique(n *node) error {
	n.children = lastOf("eventID", n.children)
	if len(n.children) <= manyMembers {
		for i := range n.children {
			for j := range i {
				if n.children[i].name == n.children[j].name {
					return p.twice(&n.children[i])
				}
			}
		}
		return nil
	}
	if p.names == nil {
		p.names = map[string]struct{}{}
	}
	clear(p.names)
	for i := range n.children {
		if _, ok := p.names[n.children[i].name]; ok {
			return p.twice(&n.children[i])
		}
		p.names[n.children[i].name] = struct{}{}
	}
	return nil
}

// lastOf drops all members of a name but the last.
func lastOf(name string, members []node) []node {
	last := -1
	for i := range members {
		if members[i].name != name {
			continue
		}
		if last >= 0 {
			members = append(members[:last], members[last+1:]...)
			return lastOf(name, members)
		}
		last = i
	}
	return members
}

func (p *parser) twice(n *node) error {
	p.at = n.start
	return p.fail("the name %q stands twice in an object", n.name)
}

func (p *parser) number() error {
	if p.next() == '-' {
		p.at++
	}
	if p.next() == '0' {
		p.at++
	} else if !p.digits() {
		return p.expected("a digit")
	}
	if p.next() == '.' {
		p.at++
		if !p.digits() {
			return p.expected("a digit")
		}
	}
	if c := p.next(); c == 'e' || c == 'E' {
		p.at++
		if c := p.next(); c == '+' || c == '-' {
			p.at++
		}
		if !p.digits() {
			return p.expected("a digit")
		}
	}
	return nil
}

func (p *parser) digits() bool {
	from := p.at
	for c := p.next(); '0' <= c && c <= '9'; c = p.next() {
		p.at++
	}
	return p.at > from
}

func (p *parser) string() (string, error) {
	p.at++
	from, at := p.at, p.at
	for at < len(p.src) && p.src[at] != '"' && p.src[at] != '\\' && p.src[at] >= ' ' {
		at++
	}
	p.at = at
	switch {
	case at == len(p.src):
		return "", p.expected("the end of a text")
	case p.src[at] == '\\':
		return p.escaped(from)
	case p.src[at] != '"':
		return "", p.fail("a text has a control character, which must be escaped")
	}
	p.at++
	return p.src[from:at], nil
}

// escaped goes on with a text that has a backslash.
func (p *parser) escaped(from int) (string, error) {
	b := append(make([]byte, 0, 64), p.src[from:p.at]...)
	for p.at < len(p.src) {
		c := p.src[p.at]
		p.at++
		switch {
		case c == '"':
			return string(b), nil
		case c < ' ':
			p.at--
			return "", p.fail("a text has a control character, which must be escaped")
		case c != '\\':
			b = append(b, c)
		default:
			r, ok := p.escape()
			if !ok {
				return "", p.fail("a text has a wrong escape")
			}
			b = utf8.AppendRune(b, r)
		}
	}
	return "", p.expected("the end of a text")
}

// escape reads what follows a backslash. Half a surrogate pair is no character.
func (p *parser) escape() (rune, bool) {
	c := p.next()
	p.at++
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 && c != 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), true
	}
	if c != 'u' {
		return 0, false
	}
	r, ok := p.unicode()
	if ok && utf16.IsSurrogate(r) {
		if !strings.HasPrefix(p.src[p.at:], `\u`) {
			return 0, false
		}
		p.at += 2
		low, _ := p.unicode()
		r = utf16.DecodeRune(r, low)
		ok = r != utf8.RuneError
	}
	return r, ok
}

func (p *parser) unicode() (rune, bool) {
	if len(p.src)-p.at < 4 {
		return 0, false
	}
	v, err := strconv.ParseUint(p.src[p.at:p.at+4], 16, 16)
	p.at += 4
	return rune(v), err == nil
}
