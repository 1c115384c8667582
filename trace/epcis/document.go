package epcis

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Limits bound what a document may be. Zero stands for the default.
type Limits struct {
	Size   int // bytes
	Events int
	Depth  int // how deep values may nest
}

// DefaultLimits are generous for what supply chains send.
var DefaultLimits = Limits{Size: 8 << 20, Events: 1000, Depth: 64}

func (l Limits) orDefault() Limits {
	if l.Size == 0 {
		l.Size = DefaultLimits.Size
	}
	if l.Events == 0 {
		l.Events = DefaultLimits.Events
	}
	if l.Depth == 0 {
		l.Depth = DefaultLimits.Depth
	}
	return l
}

// Types of documents.
const (
	TypeDocument      = "EPCISDocument"
	TypeQueryDocument = "EPCISQueryDocument"
)

// defaultVersion is the schemaVersion of a document that does not say.
const defaultVersion = "2.0"

// eventDepth is how many levels stand above an event in an EPCISDocument.
const eventDepth = 3

// Document is what was decoded. It keeps the bytes that it was decoded from, so
// they must not be changed while it is in use.
type Document struct {
	Type          string          // EPCISDocument, EPCISQueryDocument or, of a bare event, its type
	Context       json.RawMessage // @context as written
	ID            string
	SchemaVersion string // as written, "2.0"
	Created       string // creationDate as written; empty where a query document or bare event has none
	Instance      string // instanceIdentifier
	Sender        string
	Receiver      string
	QueryName     string          // of a query document
	Subscription  string          // subscriptionID of a query document
	MasterData    json.RawMessage // epcisHeader as written
	Events        []trace.Event

	header []header // what payloads repeat
	terms  terms
	ignore map[string]bool // names in full that event hashes leave out
}

// header is a member of the document's first level, with its text.
type header struct {
	name  string
	value []byte
}

// DecodeDocument reads an EPCISDocument or EPCISQueryDocument. What is wrong is a
// [*ValidationError]; more bytes, events or identifiers than allowed are a
// [ledger.Error] with the code TooLarge.
func DecodeDocument(b []byte, l Limits) (*Document, error) {
	l = l.orDefault()
	if err := l.size(b); err != nil {
		return nil, err
	}
	values := trees.Get().(*nodes)
	defer values.release()
	root, err := values.parse(string(b), l.Depth)
	if err != nil {
		return nil, err
	}
	r := reader{bytes: b, event: -1, root: &root}
	d := Document{}
	list := r.document(&d, &root)
	if list != nil && len(list.children) > l.Events {
		return nil, ledger.FieldErrorf(ledger.TooLarge, "eventList", "the document has %d events; %d are allowed", len(list.children), l.Events)
	}
	if list != nil {
		r.events(&d, list)
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return &d, nil
}

// DecodeEvent reads one event that stands alone with its @context, as POST
// /events takes it. Errors are those of [DecodeDocument]; fields are named from
// the event.
func DecodeEvent(b []byte, l Limits) (*Document, error) {
	l = l.orDefault()
	if err := l.size(b); err != nil {
		return nil, err
	}
	values := trees.Get().(*nodes)
	defer values.release()
	root, err := values.parse(string(b), l.Depth-eventDepth)
	if err != nil {
		return nil, err
	}
	r := reader{bytes: b, event: 0, root: &root}
	if !r.is(&root, object) {
		return nil, r.err()
	}
	context := root.member("@context")
	if context == nil {
		r.missing(&root, "@context")
	}
	e := r.readEvent(&root)
	if err := r.err(); err != nil {
		return nil, err
	}
	d := Document{Type: string(e.Type), Context: r.source(context), SchemaVersion: defaultVersion, terms: r.terms}
	e.Raw = r.source(&root)
	finish(&e, hash(&root, r.terms, nil))
	d.Events = []trace.Event{e}
	return &d, nil
}

// DecodePayload reads what [Document.Payload] wrote. It is DecodeDocument without
// limits: what was once accepted is read whatever the limits are now.
func DecodePayload(b []byte) (*Document, error) {
	const none = 1 << 30
	return DecodeDocument(b, Limits{Size: none, Events: none, Depth: none})
}

func (l Limits) size(b []byte) error {
	if len(b) > l.Size {
		return ledger.Errorf(ledger.TooLarge, "the document has %d bytes; %d are allowed", len(b), l.Size)
	}
	return nil
}

// document reads the first levels and gives the list of events.
func (r *reader) document(d *Document, root *node) (list *node) {
	if !r.is(root, object) {
		return nil
	}
	kind := root.member("type")
	switch {
	case kind == nil:
		r.missing(root, "type")
		return nil
	case kind.text != TypeDocument && kind.text != TypeQueryDocument || kind.kind != text:
		r.problem(kind, "must be EPCISDocument or EPCISQueryDocument")
		return nil
	}
	d.Type = kind.text
	query := d.Type == TypeQueryDocument
	if context := root.member("@context"); context != nil {
		r.context(context)
		d.Context, d.terms = r.source(context), r.terms
	}
	for i := range root.children {
		m := &root.children[i]
		switch m.name {
		case "type", "@context":
		case "id":
			d.ID = r.uri(m)
		case "schemaVersion":
			d.SchemaVersion = m.text
			if r.is(m, text) && !isVersion(m.text) {
				r.problem(m, "%q is not a version such as 2.0", m.text)
			}
		case "creationDate":
			d.Created = m.text
			r.time(m)
		case "instanceIdentifier", "sender", "receiver":
			if query {
				r.noSuchMember(m)
				continue
			}
			r.is(m, text)
			switch m.name {
			case "sender":
				d.Sender = m.text
			case "receiver":
				d.Receiver = m.text
			default:
				d.Instance = m.text
			}
		case "epcisHeader":
			if query {
				r.noSuchMember(m)
				continue
			}
			d.MasterData = r.source(m)
			r.members(m, epcisHeader)
		case "epcisBody":
			list = r.body(d, m, query)
		default:
			r.extension(m)
		}
		r.keepHeader(d, m)
	}
	required := []string{"@context", "schemaVersion", "creationDate", "epcisBody"}
	if query {
		required = []string{"@context", "epcisBody"}
	}
	for _, name := range required {
		if root.member(name) == nil {
			r.missing(root, name)
		}
	}
	return list
}

// keepHeader notes a member that payloads repeat: scalars, and the list of names
// that event hashes leave out.
func (r *reader) keepHeader(d *Document, m *node) {
	_, local, extended := r.terms.namespace(m.name)
	ignore := extended && local == "ignoreFields"
	if ignore {
		r.readIgnore(d, m)
	}
	switch m.name {
	case "@context", "type", "schemaVersion", "creationDate":
		return // every payload has them
	}
	if m.kind != object && m.kind != array || ignore {
		d.header = append(d.header, header{m.name, r.source(m)})
	}
}

func (r *reader) readIgnore(d *Document, m *node) {
	d.ignore = map[string]bool{}
	names := m.children
	if m.kind == text {
		names = []node{*m}
	}
	for i := range names {
		if strings.IndexByte(names[i].text, ':') > 0 { // a field of the standard is never left out
			d.ignore[r.terms.expand(names[i].text)] = true
		}
	}
}

// body descends to the list of events.
func (r *reader) body(d *Document, n *node, query bool) (list *node) {
	list = n
	take := func(name string, also ...string) {
		if list == nil || !r.is(list, object) {
			list = nil
			return
		}
		at := list
		list = at.member(name)
		if list == nil {
			r.missing(at, name)
		}
	members:
		for i := range at.children {
			m := &at.children[i]
			for _, known := range also {
				if m.name == known {
					continue members
				}
			}
			if m.name != name {
				r.extension(m)
			}
		}
	}
	if query {
		take("queryResults")
		results := list
		take("resultsBody", "queryName", "subscriptionID")
		if results != nil && results.kind == object {
			d.QueryName = r.optionalText(results, "queryName")
			d.Subscription = r.optionalText(results, "subscriptionID")
			if results.member("queryName") == nil {
				r.missing(results, "queryName")
			}
		}
		body := list
		take("eventList", "vocabularyList")
		if body != nil && body.kind == object {
			if m := body.member("vocabularyList"); m != nil {
				each(checkVocabulary)(r, m)
			}
		}
	} else {
		take("eventList")
	}
	if list != nil && !r.is(list, array) {
		return nil
	}
	return list
}

func (r *reader) optionalText(n *node, name string) string {
	m := n.member(name)
	if m == nil {
		return ""
	}
	r.is(m, text)
	return m.text
}

// events reads the events of a list and hashes them.
func (r *reader) events(d *Document, list *node) {
	outer := r.terms
	d.Events = make([]trace.Event, len(list.children))
	for i := range list.children {
		n, e := &list.children[i], &d.Events[i]
		r.event, r.root, r.path, r.terms = i, n, eventPath(i), outer
		*e = r.readEvent(n)
		if len(r.problems) == 0 {
			e.Raw = r.source(n)
			finish(e, hash(n, r.terms, d.ignore))
		}
		if len(r.problems) >= maxProblems {
			return
		}
	}
}

func eventPath(i int) string { return "eventList[" + strconv.Itoa(i) + "]" }

func finish(e *trace.Event, hash string) {
	e.Hash = hash
	if e.ID == "" {
		e.ID = hash
	}
}
