package epcis

import (
	"bytes"
	"strings"
)

// ContextURL is the JSON-LD context of EPCIS 2.0.
const ContextURL = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"

// commentName is a comment's name with its namespace.
const commentName = "http://www.w3.org/2000/01/rdf-schema#comment"

// standardTerms are the prefixes of the EPCIS context. They hold in every
// document, which cannot be without that context.
var standardTerms = map[string]string{
	"cbv":     "https://ref.gs1.org/cbv/",
	"cbvmda":  "urn:epcglobal:cbv:mda:",
	"dcterms": "http://purl.org/dc/terms/",
	"epcis":   "https://ref.gs1.org/epcis/",
	"gs1":     "https://gs1.org/voc/",
	"owl":     "http://www.w3.org/2002/07/owl#",
	"rdfs":    "http://www.w3.org/2000/01/rdf-schema#",
	"xsd":     "http://www.w3.org/2001/XMLSchema#",
}

// terms maps prefixes to namespaces. Contexts elsewhere on the web are never
// fetched; what they define is unknown.
type terms map[string]string

// with gives the terms that hold below a context. A definition that is itself
// written with a prefix is expanded; one that is null ends the term.
func (t terms) with(context *node) terms {
	var merged terms
	for _, c := range contextItems(context) {
		for i := range c.children {
			m := &c.children[i]
			if strings.HasPrefix(m.name, "@") {
				continue
			}
			if merged == nil {
				merged = make(terms, len(t)+len(c.children))
				for k, v := range t {
					merged[k] = v
				}
			}
			namespace, ok := definition(m)
			if !ok {
				delete(merged, m.name)
				continue
			}
			if sibling := c.member(prefixOf(namespace)); sibling != nil && sibling != m {
				if outer, ok := definition(sibling); ok {
					namespace = outer + namespace[len(sibling.name)+1:]
				}
			}
			merged[m.name] = merged.expand(namespace)
		}
	}
	if merged == nil {
		return t
	}
	return merged
}

// contextItems lists the objects of a context, which may be a text, an object or
// a list of both.
func contextItems(context *node) []*node {
	var objects []*node
	switch context.kind {
	case object:
		objects = append(objects, context)
	case array:
		for i := range context.children {
			if context.children[i].kind == object {
				objects = append(objects, &context.children[i])
			}
		}
	}
	return objects
}

// definition is what a term stands for: a text, or an object with @id.
func definition(n *node) (string, bool) {
	if n.kind == object {
		if n = n.member("@id"); n == nil {
			return "", false
		}
	}
	return n.text, n.kind == text && n.text != ""
}

func prefixOf(s string) string {
	i := strings.IndexByte(s, ':')
	if i < 0 || strings.HasPrefix(s[i:], "://") {
		return ""
	}
	return s[:i]
}

// namespace splits a compact name: "example:field" into the namespace of example
// and "field". ok is false when the prefix is not defined.
func (t terms) namespace(name string) (namespace, local string, ok bool) {
	prefix := prefixOf(name)
	if prefix == "" {
		return "", name, false
	}
	if namespace, ok = t[prefix]; !ok {
		if namespace, ok = standardTerms[prefix]; !ok {
			return "", name, false
		}
	}
	return namespace, name[len(prefix)+1:], true
}

// expand writes a compact URI in full.
func (t terms) expand(s string) string {
	if namespace, local, ok := t.namespace(s); ok {
		return namespace + local
	}
	return s
}

// isComment reports whether a member is a comment, which says nothing about what
// happened.
func (t terms) isComment(name string) bool {
	return name == "comment" || strings.HasSuffix(name, "comment") && t.expand(name) == commentName
}

// Limits of what a context defines, which keep the work for it short.
const (
	maxContexts = 64
	maxTerms    = 200
)

// context checks a context, a URI, an object or a list of both, and goes on with
// the terms that it defines.
func (r *reader) context(n *node) {
	switch n.kind {
	case text:
		r.uri(n)
		return
	case object:
	case array:
		for i := range n.children[:min(len(n.children), maxContexts)] {
			r.contextItem(n, i)
		}
	default:
		r.problem(n, "must be a URI, an object or a list, is %s", n.kind)
		return
	}
	terms := 0
	for _, item := range contextItems(n) {
		terms += len(item.children)
	}
	if terms > maxTerms || n.kind == array && len(n.children) > maxContexts {
		r.problem(n, "has more than %d contexts or %d terms", maxContexts, maxTerms)
		return
	}
	r.terms = r.terms.with(n)
}

func (r *reader) contextItem(n *node, i int) {
	item := &n.children[i]
	switch item.kind {
	case text:
		r.uri(item)
	case object:
	default:
		r.problem(item, "must be a URI or an object, is %s", item.kind)
	}
	for j := range i {
		if bytes.Equal(r.source(item), r.source(&n.children[j])) {
			r.problem(item, "stands in the list twice")
			return
		}
	}
}
