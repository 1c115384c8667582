package gs1

import (
	"cmp"
	"slices"
	"strings"
)

// canonicalBase starts all canonical GS1 Digital Link URIs.
const canonicalBase = "https://id.gs1.org"

// Key identifies one thing, or one class of things, known to GS1: a key such as
// a GTIN with the qualifiers that narrow it, such as lot and serial number. Keys
// are equal with == when they mean the same; the zero Key means nothing.
type Key struct {
	path string // canonical Digital Link path
	kind Kind
}

// Element is an application identifier and its value.
type Element struct{ AI, Value string }

// New makes a Key from a primary key and its qualifiers, given as AI and value
// by turns in any order: New("01", "9521234543213", "10", "VAI-5"). A GTIN may
// have 8, 12, 13 or 14 digits. Errors are of type [*Error].
func New(pairs ...string) (Key, error) {
	if len(pairs)%2 != 0 {
		return Key{}, fail(pairs[len(pairs)-1], "", "has no value")
	}
	elements := make([]Element, 0, maxElements)
	for i := 0; i < len(pairs); i += 2 {
		elements = append(elements, Element{pairs[i], pairs[i+1]})
	}
	return fromUnordered(elements, true)
}

// IsZero reports whether k is the zero Key.
func (k Key) IsZero() bool { return k.kind == 0 }

// Kind is the sort of GS1 key; 0 for the zero Key.
func (k Key) Kind() Kind { return k.kind }

// Level tells a class from an instance; 0 for the zero Key.
func (k Key) Level() Level {
	switch {
	case k.kind == 0 || kinds[k.kind].always != 0:
		return kinds[k.kind].always
	case k.Serial() != "" || k.Qualifier("235") != "":
		return Instance
	}
	return Class
}

// Canonical is the path of the key's canonical Digital Link URI, such as
// /01/09521234543213/10/VAI-5/21/7: every character but letters, digits and
// "-._" is percent-encoded in capitals. It is "" for the zero Key.
func (k Key) Canonical() string { return k.path }

// DigitalLink is the GS1 Digital Link URI below base, such as
// "https://example.com/goods"; "" stands for https://id.gs1.org, which gives the
// canonical URI.
func (k Key) DigitalLink(base string) string {
	if base == "" {
		base = canonicalBase
	}
	return strings.TrimRight(base, "/") + k.path
}

// String is the canonical Digital Link URI; "" for the zero Key.
func (k Key) String() string {
	if k.IsZero() {
		return ""
	}
	return canonicalBase + k.path
}

// Value is the value of the primary key: 14 digits for a GTIN; with the serial
// number for GRAI, GDTI and GCN; with piece and total for ITIP.
func (k Key) Value() string {
	if k.IsZero() {
		return ""
	}
	_, value, _ := nextPair(k.path)
	return unescaped(value)
}

// Qualifier is the value of a qualifier, such as "10", or "".
func (k Key) Qualifier(ai string) string {
	if k.IsZero() {
		return ""
	}
	for _, _, rest := nextPair(k.path); rest != ""; {
		var name, value string
		name, value, rest = nextPair(rest)
		if name == ai {
			return unescaped(value)
		}
	}
	return ""
}

// GTIN is the 14 digits of a GTIN or of the GTIN in an ITIP, otherwise "".
func (k Key) GTIN() string {
	if k.kind == GTIN || k.kind == ITIP {
		return k.Value()[:14]
	}
	return ""
}

// Lot is the batch or lot number (AI 10), or "".
func (k Key) Lot() string { return k.Qualifier("10") }

// Serial is the serial number: AI 21 of a GTIN or ITIP, AI 8011 of a CPI, the
// last part of a GRAI, GDTI or GCN; otherwise "".
func (k Key) Serial() string {
	switch k.kind {
	case GTIN, ITIP:
		return k.Qualifier("21")
	case CPI:
		return k.Qualifier("8011")
	case GRAI, GDTI, GCN:
		return k.Value()[kinds[k.kind].serialAt:]
	}
	return ""
}

// Class is the key without its serial number: the class that an instance
// belongs to, which keeps its lot. Keys that know no class are their own.
func (k Key) Class() Key {
	return k.withoutTail().keep("22", "10", "254", "7040", "8019", "8020")
}

// Primary is the key without qualifiers and without serial number, such as the
// GTIN of a lot. A payment slip is its own.
func (k Key) Primary() Key { return k.withoutTail().keep("8020") }

// EPC is the key as EPCIS identifies the thing: with a serial number lot and
// variant (AI 22) are dropped, and so are the qualifiers 7040 and 8019, which
// have no place in an EPC. CBV's event hash is made of such keys.
func (k Key) EPC() Key {
	if k.Qualifier("21") != "" {
		return k.keep("21")
	}
	return k.keep("10", "235", "254", "8011", "8020")
}

// Compare orders keys by their canonical paths.
func Compare(a, b Key) int { return cmp.Compare(a.path, b.path) }

// elements lists the primary key and the qualifiers in canonical order.
func (k Key) elements() []Element {
	var list []Element
	for rest := k.path; rest != ""; {
		var e Element
		e.AI, e.Value, rest = nextPair(rest)
		e.Value = unescaped(e.Value)
		list = append(list, e)
	}
	return list
}

// withoutTail cuts the serial number that the value itself ends in.
func (k Key) withoutTail() Key {
	if at := kinds[k.kind].serialAt; at > 0 {
		k.path = k.path[:len(kinds[k.kind].ai)+len("//")+at]
	}
	return k
}

// keep drops all qualifiers but those given.
func (k Key) keep(qualifiers ...string) Key {
	if k.IsZero() {
		return k
	}
	_, _, rest := nextPair(k.path)
	path := k.path[:len(k.path)-len(rest)]
	for rest != "" {
		name, _, after := nextPair(rest)
		if pair := rest[:len(rest)-len(after)]; slices.Contains(qualifiers, name) {
			path += pair
		}
		rest = after
	}
	k.path = path
	return k
}

// nextPair splits /ai/value off a canonical path.
func nextPair(path string) (ai, value, rest string) {
	i := 1 + strings.IndexByte(path[1:], '/')
	ai, path = path[1:i], path[i+1:]
	if j := strings.IndexByte(path, '/'); j >= 0 {
		return ai, path[:j], path[j:]
	}
	return ai, path, ""
}

// unescaped decodes a value of a canonical path.
func unescaped(value string) string {
	value, _ = decode(value, unreserved)
	return value
}
