package epcis

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// merged is one context for many events.
type merged struct {
	context json.RawMessage
	terms   []term            // what context defines, when it was put together
	apart   map[string]bool   // contexts that contradict it, by their text
	known   map[string][]term // what the others define, by their text
}

// term is a definition of a context, in compact form.
type term struct{ name, value string }

// mergeContexts puts together what the events' contexts define. When all have one
// context, it is that one, whatever it is. Otherwise only plain definitions can
// be merged: a context that refers to others on the web than EPCIS's, or that has
// keywords, stays apart, and so does one that defines a term in another way than
// one before it, or is one term too many.
func mergeContexts(events []*Stored) (*merged, error) {
	m := &merged{apart: map[string]bool{}, known: map[string][]term{}}
	url := ""
	for i, s := range events {
		text := string(s.Context)
		if i == 0 {
			m.context = s.Context
		}
		if _, ok := m.known[text]; ok {
			continue
		}
		items, err := contextParts(s.Context)
		if err != nil {
			return nil, err
		}
		terms, plain := plainTerms(items, &url)
		m.known[text] = terms
		if !plain || !m.add(terms) {
			m.apart[text] = true
		}
	}
	if len(m.known) == 1 {
		m.apart, m.terms = nil, nil
		return m, nil
	}
	if url == "" {
		url = `"` + ContextURL + `"`
	}
	parts := []string{url}
	if len(m.terms) > 0 {
		var b strings.Builder
		for i, t := range m.terms {
			b.WriteByte("{,"[min(i, 1)])
			b.Write(jsonText(t.name))
			b.WriteString(":" + t.value)
		}
		parts = append(parts, b.String()+"}")
	}
	m.context = json.RawMessage("[" + strings.Join(parts, ",") + "]")
	return m, nil
}

// plainTerms lists the definitions of a context. plain is false when it has more
// than definitions. The first EPCIS context, of whichever edition, becomes url.
func plainTerms(items []string, url *string) (terms []term, plain bool) {
	plain = true
	for _, item := range items {
		if item[0] == '"' {
			switch {
			case !strings.HasSuffix(item, `/epcis-context.jsonld"`):
				plain = false
			case *url == "":
				*url = item
			}
			continue
		}
		err := membersOf([]byte(item), 0, func(p place) bool {
			if strings.HasPrefix(p.name, "@") {
				plain = false
			}
			terms = append(terms, term{p.name, item[p.start:p.end]})
			return true
		})
		plain = plain && err == nil
	}
	return terms, plain
}

// add takes the terms in, unless one of them is defined in another way.
func (m *merged) add(terms []term) bool {
	var fresh []term
	for _, t := range terms {
		old, ok := lookup(m.terms, t.name)
		if !ok {
			old, ok = lookup(fresh, t.name)
		}
		if ok && old != t.value {
			return false
		}
		if !ok {
			fresh = append(fresh, t)
		}
	}
	if len(m.terms)+len(fresh) > maxTerms {
		return false
	}
	m.terms = append(m.terms, fresh...)
	return true
}

func lookup(terms []term, name string) (string, bool) {
	for _, t := range terms {
		if t.name == name {
			return t.value, true
		}
	}
	return "", false
}

// own says which context an event needs besides the merged one; nil stands for
// none. An event that writes a prefix which its own context leaves undefined gets
// it undefined again, or as the EPCIS context defines it.
func (m *merged) own(s *Stored) func(json.RawMessage) (json.RawMessage, error) {
	var undefined []string
	terms := m.known[string(s.Context)]
	for _, t := range m.terms {
		if _, ok := lookup(terms, t.name); !ok && uses(s.Event, t.name) {
			value := "null"
			if standard, ok := standardTerms[t.name]; ok {
				value = string(jsonText(standard))
			}
			undefined = append(undefined, string(jsonText(t.name))+":"+value)
		}
	}
	if len(undefined) == 0 && !m.apart[string(s.Context)] {
		return nil
	}
	return func(inner json.RawMessage) (json.RawMessage, error) {
		outer := s.Context
		if len(undefined) > 0 {
			var err error
			if outer, err = joinContexts(json.RawMessage("{"+strings.Join(undefined, ",")+"}"), outer); err != nil {
				return nil, err
			}
		}
		return joinContexts(outer, inner)
	}
}

func uses(event []byte, name string) bool {
	quoted := jsonText(name)
	return bytes.Contains(event, quoted) || bytes.Contains(event, append(quoted[:len(quoted)-1:len(quoted)-1], ':'))
}

// joinContexts puts an event's own context, if it has one, behind its document's.
func joinContexts(outer, inner json.RawMessage) (json.RawMessage, error) {
	if len(inner) == 0 || bytes.Equal(outer, inner) {
		return outer, nil
	}
	joined, err := contextParts(outer)
	if err != nil {
		return nil, err
	}
	more, err := contextParts(inner)
	if err != nil {
		return nil, err
	}
	for _, part := range more {
		if at := slices.Index(joined, part); at >= 0 { // a list has nothing twice, and the later one counts
			joined = slices.Delete(joined, at, at+1)
		}
		joined = append(joined, part)
	}
	return json.RawMessage("[" + strings.Join(joined, ",") + "]"), nil
}

// contextParts lists the texts and objects of a context, compact.
func contextParts(context json.RawMessage) ([]string, error) {
	var b bytes.Buffer
	if err := json.Compact(&b, context); err != nil || b.Len() == 0 {
		return nil, errNotJSON
	}
	compact := b.Bytes()
	if compact[0] != '[' {
		return []string{string(compact)}, nil
	}
	var parts []string
	for at := 1; at < len(compact)-1; at++ { // a comma follows each
		end := skipValue(compact, at)
		if end < 0 {
			return nil, errNotJSON
		}
		parts = append(parts, string(compact[at:end]))
		at = end
	}
	return parts, nil
}
