package epcis

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"sync"

	"github.com/sogoc/sogoc/trace/gs1"
)

// Version of the event hash.
const (
	hashScheme  = "ni:///sha-256;"
	hashVersion = "?ver=CBV2.0"
)

// PreHash is the text whose SHA-256 is the hash of an event (CBV 2.0, section
// 8.9.2). i is the event's position in the document.
func (d *Document) PreHash(i int) string {
	n, err := parse(string(d.Events[i].Raw), len(d.Events[i].Raw))
	if err != nil {
		panic(err) // it was read before
	}
	terms := d.terms
	if context := n.member("@context"); context != nil {
		terms = terms.with(context)
	}
	h := newHasher(terms, d.ignore)
	defer h.release()
	h.event(&n)
	return string(h.buf)
}

// hash is the event hash identifier.
func hash(n *node, t terms, ignore map[string]bool) string {
	h := newHasher(t, ignore)
	defer h.release()
	h.event(n)
	sum := sha256.Sum256(h.buf)
	b := append(h.tmp[:0], hashScheme...)
	b = hex.AppendEncode(b, sum[:])
	b = append(b, hashVersion...)
	h.tmp = b
	return string(b)
}

// hasher writes an event in canonical form.
type hasher struct {
	buf    []byte
	tmp    []byte // for sorting
	spans  []span // of the lists that are being written
	terms  terms
	ignore map[string]bool
}

type span struct{ from, to int }

var hashers = sync.Pool{New: func() any { return &hasher{buf: make([]byte, 0, 4096)} }}

func newHasher(t terms, ignore map[string]bool) *hasher {
	h := hashers.Get().(*hasher)
	h.buf, h.spans, h.terms, h.ignore = h.buf[:0], h.spans[:0], t, ignore
	return h
}

func (h *hasher) release() {
	const large = 1 << 20
	if h.terms, h.ignore = nil, nil; cap(h.buf) < large {
		hashers.Put(h)
	}
}

// element is a member of the standard: its name and how its value is written.
type element struct {
	name  string
	write func(*hasher, string, *node)
}

// The order of members (CBV 2.0, section 8.9.2, with the corrections of the
// reference implementation: certificationInfo, and destinations before sources).
var (
	eventOrder = []element{
		{"eventTime", (*hasher).time}, {"eventTimeZoneOffset", (*hasher).plain}, {"certificationInfo", (*hasher).values},
		{"epcList", (*hasher).epcs}, {"parentID", (*hasher).uri}, {"inputEPCList", (*hasher).epcs}, {"childEPCs", (*hasher).epcs},
		{"quantityList", (*hasher).quantities}, {"childQuantityList", (*hasher).quantities}, {"inputQuantityList", (*hasher).quantities},
		{"outputEPCList", (*hasher).epcs}, {"outputQuantityList", (*hasher).quantities},
		{"action", (*hasher).plain}, {"transformationID", (*hasher).uri},
		{"bizStep", word(bizSteps)}, {"disposition", word(dispositions)},
		{"persistentDisposition", group(persistentOrder)},
		{"readPoint", group(placeOrder)}, {"bizLocation", group(placeOrder)},
		{"bizTransactionList", items("", transactionOrder)}, {"destinationList", items("", destinationOrder)}, {"sourceList", items("", sourceOrder)},
		{"sensorElementList", items("sensorElement", sensorElementOrder)},
		{"ilmd", group(nil)},
	}
	quantityOrder    = []element{{"epcClass", (*hasher).uri}, {"quantity", (*hasher).plain}, {"uom", (*hasher).plain}}
	persistentOrder  = []element{{"set", words(dispositions)}, {"unset", words(dispositions)}}
	placeOrder       = []element{{"id", (*hasher).uri}}
	transactionOrder = []element{{"type", word(transactionTypes)}, {"bizTransaction", (*hasher).uri}}
	destinationOrder = []element{{"type", word(partyTypes)}, {"destination", (*hasher).uri}}
	sourceOrder      = []element{{"type", word(partyTypes)}, {"source", (*hasher).uri}}

	sensorElementOrder  = []element{{"sensorMetadata", group(sensorMetadataOrder)}, {"sensorReport", reports(sensorReportOrder)}}
	sensorMetadataOrder = []element{
		{"time", (*hasher).time}, {"startTime", (*hasher).time}, {"endTime", (*hasher).time},
		{"deviceID", (*hasher).uri}, {"deviceMetadata", (*hasher).uri}, {"rawData", (*hasher).uri},
		{"dataProcessingMethod", (*hasher).uri}, {"bizRules", (*hasher).uri},
	}
	sensorReportOrder = []element{
		{"type", word(measurementTypes)}, {"exception", word(alertTypes)},
		{"deviceID", (*hasher).uri}, {"deviceMetadata", (*hasher).uri}, {"rawData", (*hasher).uri},
		{"dataProcessingMethod", (*hasher).uri}, {"bizRules", (*hasher).uri}, {"time", (*hasher).time},
		{"microorganism", (*hasher).uri}, {"chemicalSubstance", (*hasher).uri},
		{"value", (*hasher).plain}, {"component", word(components)}, {"stringValue", (*hasher).plain}, {"booleanValue", (*hasher).plain},
		{"hexBinaryValue", (*hasher).plain}, {"uriValue", (*hasher).uri},
		{"minValue", (*hasher).plain}, {"maxValue", (*hasher).plain}, {"meanValue", (*hasher).plain}, {"sDev", (*hasher).plain},
		{"percRank", (*hasher).plain}, {"percValue", (*hasher).plain}, {"uom", (*hasher).plain},
		{"coordinateReferenceSystem", (*hasher).uri},
	}
)

func (h *hasher) event(n *node) {
	h.pair("eventType", n.member("type").text)
	h.members(n, eventOrder)
}

// members writes those of the standard in their order, then one's own sorted.
func (h *hasher) members(n *node, order []element) {
	for i := range order {
		if m := n.member(order[i].name); m != nil {
			order[i].write(h, m.name, m)
		}
	}
	h.extensions(n)
}

func (h *hasher) pair(name, value string) {
	h.buf = append(h.buf, name...)
	if value != "" {
		h.buf = append(h.buf, '=')
		h.buf = append(h.buf, value...)
	}
}

func (h *hasher) plain(name string, n *node) { h.pair(name, h.canonical(n)) }

func (h *hasher) time(name string, n *node) {
	t, _ := parseTime(n.text)
	h.buf = append(h.buf, name...)
	h.buf = append(h.buf, '=')
	h.buf = t.Append(h.buf)
}

func (h *hasher) uri(name string, n *node) {
	if s := n.id.String(); strings.HasPrefix(s, "https://id.gs1.org/") {
		h.pair(name, finest(s))
		return
	}
	h.pair(name, h.canonical(n))
}

// values writes a text, or a list of them under the same name.
func (h *hasher) values(name string, n *node) {
	if n.kind != array {
		h.uri(name, n)
		return
	}
	h.sorted(n, func(item *node) { h.uri(name, item) })
}

func (h *hasher) epcs(name string, n *node) {
	h.headed(name, func() {
		h.sorted(n, func(item *node) { h.uri("epc", item) })
	})
}

func (h *hasher) quantities(name string, n *node) {
	h.headed(name, func() {
		h.sorted(n, func(item *node) {
			h.buf = append(h.buf, "quantityElement"...)
			h.members(item, quantityOrder)
		})
	})
}

func word(v *vocabulary) func(*hasher, string, *node) {
	return func(h *hasher, name string, n *node) { h.pair(name, v.uri(n.text, h.terms)) }
}

func words(v *vocabulary) func(*hasher, string, *node) {
	return func(h *hasher, name string, n *node) {
		h.sorted(n, func(item *node) { h.pair(name, v.uri(item.text, h.terms)) })
	}
}

func group(order []element) func(*hasher, string, *node) {
	return func(h *hasher, name string, n *node) {
		h.headed(name, func() { h.members(n, order) })
	}
}

// items writes a list of objects, each under a name of its own where it has one.
func items(name string, order []element) func(*hasher, string, *node) {
	return func(h *hasher, list string, n *node) {
		h.headed(list, func() {
			h.sorted(n, func(item *node) {
				h.buf = append(h.buf, name...)
				h.members(item, order)
			})
		})
	}
}

// reports writes a list whose every item has the list's name.
func reports(order []element) func(*hasher, string, *node) {
	return func(h *hasher, name string, n *node) {
		h.sorted(n, func(item *node) {
			h.buf = append(h.buf, name...)
			h.members(item, order)
		})
	}
}

// headed writes a name before what inner writes, and nothing when that is
// nothing.
func (h *hasher) headed(name string, inner func()) {
	from := len(h.buf)
	h.buf = append(h.buf, name...)
	full := len(h.buf)
	if inner(); len(h.buf) == full {
		h.buf = h.buf[:from]
	}
}

// sorted writes the items of a list in the order of their bytes.
func (h *hasher) sorted(list *node, item func(*node)) {
	from := len(h.spans)
	for i := range list.children {
		start := len(h.buf)
		item(&list.children[i])
		h.spans = append(h.spans, span{start, len(h.buf)})
	}
	h.sort(from)
}

// sort puts what the spans behind from hold in order. They are adjacent.
func (h *hasher) sort(from int) {
	spans := h.spans[from:]
	h.spans = h.spans[:from]
	less := func(a, b span) int {
		return bytes.Compare(h.buf[a.from:a.to], h.buf[b.from:b.to])
	}
	if len(spans) < 2 || slices.IsSortedFunc(spans, less) {
		return
	}
	start := spans[0].from
	slices.SortFunc(spans, less)
	h.tmp = h.tmp[:0]
	for _, s := range spans {
		h.tmp = append(h.tmp, h.buf[s.from:s.to]...)
	}
	copy(h.buf[start:], h.tmp)
}

// extensions writes one's own members, sorted. A name with a prefix is written
// {namespace}name.
func (h *hasher) extensions(n *node) {
	from := len(h.spans)
	for i := range n.children {
		m := &n.children[i]
		if strings.IndexByte(m.name, ':') > 0 && !h.terms.isComment(m.name) && (h.ignore == nil || !h.ignore[h.terms.expand(m.name)]) {
			h.extension(m.name, m)
		}
	}
	h.sort(from)
}

// extension writes a member, once for each item where it is a list.
func (h *hasher) extension(name string, n *node) {
	if n.kind == array {
		for i := range n.children {
			h.extension(name, &n.children[i])
		}
		return
	}
	if n.kind == null {
		return
	}
	start := len(h.buf)
	h.name(name)
	if n.kind == object {
		from := len(h.spans)
		for i := range n.children {
			if m := &n.children[i]; !h.terms.isComment(m.name) {
				h.extension(m.name, m)
			}
		}
		h.sort(from)
	} else if value := h.canonical(n); value != "" {
		h.buf = append(h.buf, '=')
		h.buf = append(h.buf, value...)
	}
	h.spans = append(h.spans, span{start, len(h.buf)})
}

func (h *hasher) name(name string) {
	namespace, local, ok := h.terms.namespace(name)
	if ok {
		h.buf = append(h.buf, '{')
		h.buf = append(h.buf, namespace...)
		h.buf = append(h.buf, '}')
	}
	h.buf = append(h.buf, local...)
}

// canonical is a value in its one spelling: numbers without trailing zeros, GS1
// keys as Digital Links, the words of old CBV and of the standard's prefixes as
// URIs in full.
func (h *hasher) canonical(n *node) string {
	s := strings.TrimSpace(n.text)
	if n.kind == number {
		return plainNumber(s)
	}
	switch i := strings.IndexByte(s, ':'); {
	case i < 0:
		if decimal(s) {
			return plainNumber(s)
		}
	case strings.HasPrefix(s, "urn:epc:"), strings.HasPrefix(s, "https://"), strings.HasPrefix(s, "http://"):
		if key, err := gs1.Parse(s); err == nil {
			return key.EPC().String()
		}
	case strings.HasPrefix(s, "urn:epcglobal:cbv:"):
		for _, v := range cbvURNs {
			if word, ok := strings.CutPrefix(s, v.urn); ok {
				return v.space + word
			}
		}
	case s[:i] == "gs1" || s[:i] == "cbv" || s[:i] == "epcis":
		return h.terms.expand(s)
	}
	return s
}

// decimal reports whether a text is digits with a point, as numbers are in
// extensions that came from XML.
func decimal(s string) bool {
	whole, fraction, ok := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	return ok && whole != "" && fraction != "" && strings.Trim(whole, "0123456789") == "" && strings.Trim(fraction, "0123456789") == "" &&
		(whole == "0" || whole[0] != '0')
}

// finest leaves in a canonical Digital Link what identifies a thing for EPCIS.
func finest(link string) string {
	const oneQualifier = 6 // slashes of https://id.gs1.org/01/…/10/…
	if strings.Count(link, "/") <= oneQualifier && !strings.Contains(link, "/22/") && !strings.Contains(link, "/7040/") && !strings.Contains(link, "/8019/") {
		return link
	}
	if key, err := gs1.Parse(link); err == nil {
		return key.EPC().String()
	}
	return link
}
