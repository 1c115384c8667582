package ckan

import (
	"slices"
	"strings"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

// Limits of a query.
const (
	MaxRows  = 1000
	maxQuery = 2000 // bytes
	maxTerms = 200
)

// condition is what a query asks of a row.
type condition func(*Row) bool

// all is a condition that every row meets.
func all(*Row) bool { return true }

// parse reads a query of Solr's language, as the package comment says.
func parse(s string) (condition, error) {
	if len(s) > maxQuery {
		return nil, ledger.Errorf(ledger.Invalid, "a query has at most %d characters", maxQuery)
	}
	p := &parser{tokens: tokens(s)}
	if len(p.tokens) > maxTerms {
		return nil, ledger.Errorf(ledger.Invalid, "a query has at most %d terms", maxTerms)
	}
	if len(p.tokens) == 0 {
		return all, nil
	}
	c, err := p.and()
	if err == nil && p.peek() != "" {
		err = unread(p.peek())
	}
	return c, err
}

func unread(token string) error {
	return ledger.Errorf(ledger.Invalid, "the query cannot be read at %q", token)
}

// tokens takes a query apart: words, quoted phrases with their quotes, and the marks
// ( ) [ ] : + -, the last two where they begin a term.
func tokens(s string) (list []string) {
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == ' ' || c == '\t' || c == '\n':
			i++
		case strings.IndexByte("()[]:", c) >= 0, strings.IndexByte("+-", c) >= 0 && (i == 0 || strings.IndexByte(" (", s[i-1]) >= 0):
			list = append(list, s[i:i+1])
			i++
		case c == '"':
			n := strings.IndexByte(s[i+1:], '"')
			if n < 0 {
				n = len(s) - i - 2
			}
			list = append(list, s[i:min(len(s), i+n+2)])
			i += n + 2
		default:
			n := strings.IndexAny(s[i:], " \t\n()[]:\"")
			if n < 0 {
				n = len(s) - i
			}
			if within := list; len(within) > 0 && slices.Contains(within[max(0, len(within)-3):], "[") { // a time has colons
				if n = strings.IndexAny(s[i:], " ]"); n < 0 {
					n = len(s) - i
				}
			}
			list = append(list, s[i:i+n])
			i += n
		}
	}
	return list
}

type parser struct{ tokens []string }

func (p *parser) peek() string {
	if len(p.tokens) == 0 {
		return ""
	}
	return p.tokens[0]
}

func (p *parser) next() string {
	t := p.peek()
	if t != "" {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *parser) and() (condition, error) {
	c, err := p.or()
	for err == nil && p.peek() != "" && p.peek() != ")" {
		if p.peek() == "AND" || p.peek() == "&&" {
			p.next()
		}
		var right condition
		if right, err = p.or(); err == nil {
			left := c
			c = func(r *Row) bool { return left(r) && right(r) }
		}
	}
	return c, err
}

func (p *parser) or() (condition, error) {
	c, err := p.unit()
	for err == nil && (p.peek() == "OR" || p.peek() == "||") {
		p.next()
		var right condition
		if right, err = p.unit(); err == nil {
			left := c
			c = func(r *Row) bool { return left(r) || right(r) }
		}
	}
	return c, err
}

func (p *parser) unit() (condition, error) {
	switch t := p.next(); t {
	case "+":
		return p.unit()
	case "-", "NOT", "!":
		c, err := p.unit()
		return func(r *Row) bool { return !c(r) }, err
	case "(":
		c, err := p.and()
		if err == nil && p.next() != ")" {
			err = ledger.Errorf(ledger.Invalid, "a parenthesis is open")
		}
		return c, err
	case "", ")", "[", "]", ":", "AND", "OR":
		return nil, unread(t)
	default:
		if p.peek() != ":" {
			return hasWords(unquoted(t)), nil
		}
		p.next()
		return p.field(t)
	}
}

// field reads what a field is to have.
func (p *parser) field(name string) (condition, error) {
	switch t := p.next(); t {
	case "(":
		values, err := p.values(name)
		return values, err
	case "[":
		from, to, until, end := p.next(), p.next(), p.next(), p.next()
		if to != "TO" || end != "]" {
			return nil, unread(from + " " + to)
		}
		return between(name, from, until)
	case "", ")", "]", ":":
		return nil, unread(t)
	default:
		return is(name, unquoted(t))
	}
}

// values reads alternatives, or what is asked for together.
func (p *parser) values(name string) (condition, error) {
	var c condition
	together := true
	for {
		switch t := p.next(); t {
		case ")":
			if c == nil {
				return nil, unread(t)
			}
			return c, nil
		case "OR":
			together = false
		case "AND":
			together = true
		case "", "(", "[", "]", ":":
			return nil, unread(t)
		default:
			right, err := is(name, unquoted(t))
			if err != nil {
				return nil, err
			}
			if left, both := c, together; left != nil {
				c = func(r *Row) bool { return left(r) && right(r) || !both && (left(r) || right(r)) }
			} else {
				c = right
			}
			together = true
		}
	}
}

func unquoted(s string) string { return strings.Trim(s, `"`) }

// is reports whether a field has a value; * stands for any.
func is(name, value string) (condition, error) {
	if name == "*" && value == "*" {
		return all, nil
	}
	switch name {
	case "title", "notes", "text":
		return hasWords(value), nil
	case "id", "name":
		id, err := ParseID(value)
		return func(r *Row) bool { return value == "*" || err == nil && r.ID == id }, nil
	case "owner_org":
		id, err := ParseID(value)
		return func(r *Row) bool { return value == "*" || err == nil && r.Org == id }, nil
	case "metadata_created", "metadata_modified":
		return between(name, value, value)
	case "state":
		return func(*Row) bool { return value == active || value == "*" }, nil
	case "type", "dataset_type":
		return func(*Row) bool { return value == "dataset" || value == "*" }, nil
	}
	if _, known := facets[name]; !known {
		return nil, ledger.Errorf(ledger.Invalid, "undefined field %s", name)
	}
	return func(r *Row) bool {
		has := facets[name](r)
		return value == "*" && len(has) > 0 || slices.Contains(has, value)
	}, nil
}

// facets are the fields that have values of a list.
var facets = map[string]func(*Row) []string{
	"organization": func(r *Row) []string { return []string{r.Org.String()} },
	"groups":       func(r *Row) []string { return r.Groups },
	"tags":         func(r *Row) []string { return r.Tags },
	"license_id":   func(r *Row) []string { return []string{r.Licence} },
	"res_format":   func(r *Row) []string { return r.Formats },
}

func hasWords(s string) condition {
	words := strings.Fields(ledger.Fold(s))
	return func(r *Row) bool {
		return !slices.ContainsFunc(words, func(w string) bool { return w != "*" && !strings.Contains(r.Words, w) })
	}
}

func between(name, from, until string) (condition, error) {
	at := func(r *Row) ledger.Time { return r.Modified }
	switch name {
	case "metadata_created":
		at = func(r *Row) ledger.Time { return r.Created }
	case "metadata_modified":
	default:
		return nil, ledger.Errorf(ledger.Invalid, "undefined field %s, of which there are ranges", name)
	}
	first, err := solrTime(from, 0)
	if err != nil {
		return nil, err
	}
	last, err := solrTime(until, 1<<62)
	if err != nil {
		return nil, err
	}
	return func(r *Row) bool { return first <= at(r) && at(r) <= last }, nil
}

func solrTime(s string, open ledger.Time) (ledger.Time, error) {
	if s == "*" {
		return open, nil
	}
	for _, form := range []string{"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999", time.DateOnly} {
		if t, err := time.Parse(form, unquoted(s)); err == nil {
			return ledger.TimeOf(t), nil
		}
	}
	return 0, ledger.Errorf(ledger.Invalid, "%q is not a time like 2026-06-03T07:30:00Z", s)
}
