package epcis

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// eventSet is a set of event types.
type eventSet uint8

const (
	objects eventSet = 1 << iota
	aggregations
	transactions
	transformations
	associations

	all      = objects | aggregations | transactions | transformations | associations
	withEPCs = objects | transactions
	parental = aggregations | associations
)

var eventTypes = map[string]eventSet{
	string(trace.ObjectEvent):         objects,
	string(trace.AggregationEvent):    aggregations,
	string(trace.TransactionEvent):    transactions,
	string(trace.TransformationEvent): transformations,
	string(trace.AssociationEvent):    associations,
}

// field is a member of events: which types have it, and what reads it.
type field struct {
	of   eventSet
	read func(*reader, *trace.Event, *node)
}

// fields are the members of events (EPCIS 2.0, section 7.4).
var fields = map[string]field{
	"@context":            {all, func(*reader, *trace.Event, *node) {}}, // read before the others
	"type":                {all, func(*reader, *trace.Event, *node) {}},
	"eventTime":           {all, func(r *reader, e *trace.Event, n *node) { e.Time = r.time(n) }},
	"recordTime":          {all, func(r *reader, _ *trace.Event, n *node) { r.time(n) }},
	"eventTimeZoneOffset": {all, readZone},
	"eventID":             {all, func(r *reader, e *trace.Event, n *node) { e.ID = r.uri(n) }},
	"certificationInfo":   {all, readCertification},
	"errorDeclaration":    {all, readErrorDeclaration},

	"action":                {all &^ transformations, readAction},
	"bizStep":               {all, func(r *reader, e *trace.Event, n *node) { e.Step = r.word(n, bizSteps) }},
	"disposition":           {all, func(r *reader, e *trace.Event, n *node) { e.Disposition = r.word(n, dispositions) }},
	"persistentDisposition": {all, readPersistentDisposition},
	"readPoint":             {all, func(r *reader, e *trace.Event, n *node) { e.ReadPoint = r.place(n) }},
	"bizLocation":           {all, func(r *reader, e *trace.Event, n *node) { e.Location = r.place(n) }},
	"bizTransactionList":    {all, readTransactions},
	"sourceList":            {all, func(r *reader, e *trace.Event, n *node) { e.Sources = r.parties(n, "source") }},
	"destinationList":       {all, func(r *reader, e *trace.Event, n *node) { e.Destinations = r.parties(n, "destination") }},
	"sensorElementList":     {all, func(r *reader, _ *trace.Event, n *node) { checkSensorElements(r, n) }},
	"ilmd":                  {objects | transformations, readILMD},

	"parentID":           {parental | transactions, func(r *reader, e *trace.Event, n *node) { e.Parent = r.id(n) }},
	"epcList":            {withEPCs, func(r *reader, e *trace.Event, n *node) { e.Objects = r.epcs(e.Objects, n) }},
	"quantityList":       {withEPCs, func(r *reader, e *trace.Event, n *node) { e.Objects = r.quantities(e.Objects, n) }},
	"childEPCs":          {parental, func(r *reader, e *trace.Event, n *node) { e.Objects = r.epcs(e.Objects, n) }},
	"childQuantityList":  {parental, func(r *reader, e *trace.Event, n *node) { e.Objects = r.quantities(e.Objects, n) }},
	"inputEPCList":       {transformations, func(r *reader, e *trace.Event, n *node) { e.Inputs = r.epcs(e.Inputs, n) }},
	"inputQuantityList":  {transformations, func(r *reader, e *trace.Event, n *node) { e.Inputs = r.quantities(e.Inputs, n) }},
	"outputEPCList":      {transformations, func(r *reader, e *trace.Event, n *node) { e.Outputs = r.epcs(e.Outputs, n) }},
	"outputQuantityList": {transformations, func(r *reader, e *trace.Event, n *node) { e.Outputs = r.quantities(e.Outputs, n) }},
	"transformationID":   {transformations, func(r *reader, e *trace.Event, n *node) { e.Process = r.id(n).String() }},
}

// readEvent reads one event and leaves the reader with its terms. Its hash and its
// raw text are left to the caller.
func (r *reader) readEvent(n *node) (e trace.Event) {
	if !r.is(n, object) {
		return e
	}
	if context := n.member("@context"); context != nil {
		r.context(context)
	}
	kind := n.member("type")
	if kind == nil {
		r.missing(n, "type")
		return e
	}
	if !r.is(kind, text) {
		return e
	}
	set, ok := eventTypes[kind.text]
	if !ok {
		r.problem(kind, "%q is not one of the five event types", kind.text)
		return e
	}
	e.Type = trace.EventType(kind.text)
	for i := range n.children {
		m := &n.children[i]
		f, ok := fields[m.name]
		switch {
		case ok && f.of&set != 0:
			f.read(r, &e, m)
		case ok:
			r.problem(m, "is not a member of %s", e.Type)
		default:
			r.extension(m)
			if set == objects && strings.HasSuffix(m.name, waitName) {
				readWait(r, &e, m)
			}
		}
	}
	r.complete(n, set, &e)
	if len(e.Objects)+len(e.Inputs)+len(e.Outputs) > trace.MaxStock && r.tooLarge == nil {
		r.tooLarge = ledger.FieldErrorf(ledger.TooLarge, r.path, "the event has more than %d identifiers", trace.MaxStock)
	}
	return e
}

// complete holds what an event must have.
func (r *reader) complete(n *node, set eventSet, e *trace.Event) {
	require := func(names ...string) {
		for _, name := range names {
			if n.member(name) == nil {
				r.missing(n, name)
			}
		}
	}
	filled := func(names ...string) bool {
		for _, name := range names {
			if m := n.member(name); m != nil && (m.kind != array || len(m.children) > 0) {
				return true
			}
		}
		return false
	}
	require("eventTime", "eventTimeZoneOffset")
	if set != transformations {
		require("action")
	}
	subject := func(ok bool, name, others string) {
		if !ok && e.Action != trace.Delete {
			r.problemAt(r.below(name), "is missing or empty, and so %s", others)
		}
	}
	switch set {
	case objects:
		ok := n.member("epcList") != nil || filled("quantityList") || filled("sensorElementList") && filled("readPoint")
		if !ok {
			r.problemAt(r.below("epcList"), "is missing, and so are quantityList, and sensorElementList with readPoint")
		}
		if ilmd := n.member("ilmd"); ilmd != nil && e.Action != trace.Add && n.member("action") != nil {
			r.problem(ilmd, "stands with the action ADD only")
		}
	case transactions:
		require("bizTransactionList")
		if m := n.member("bizTransactionList"); m != nil && m.kind == array && len(m.children) == 0 {
			r.problem(m, "is empty")
		}
		subject(n.member("epcList") != nil || filled("quantityList"), "epcList", "is quantityList")
	case aggregations:
		if e.Action == trace.Add || e.Action == trace.Delete {
			require("parentID")
		}
		subject(filled("childEPCs", "childQuantityList"), "childEPCs", "is childQuantityList")
	case associations:
		require("parentID")
		subject(filled("childEPCs", "childQuantityList"), "childEPCs", "is childQuantityList")
	case transformations:
		in, out := filled("inputEPCList", "inputQuantityList"), filled("outputEPCList", "outputQuantityList")
		process := n.member("transformationID") != nil
		switch {
		case !in && !out:
			r.problemAt(r.below("inputEPCList"), "is missing or empty, and so are the other inputs and outputs")
		case !in && !process:
			r.problemAt(r.below("inputEPCList"), "is missing or empty, and so is inputQuantityList; only with a transformationID may one side be")
		case !out && !process:
			r.problemAt(r.below("outputEPCList"), "is missing or empty, and so is outputQuantityList; only with a transformationID may one side be")
		}
	}
}

// below is the path of a member of the event.
func (r *reader) below(name string) string {
	if r.path == "" {
		return name
	}
	return r.path + "." + name
}

func readZone(r *reader, e *trace.Event, n *node) {
	if r.is(n, text) && !isZone(n.text) {
		r.problem(n, "%q is not an offset from -14:00 to +14:00", n.text)
	}
	e.Zone = n.text
}

// waitName is the end of every spelling of trace.WaitMember.
const waitName = "preHarvestIntervalDays"

// readWait reads the interval that the register's rules count.
func readWait(r *reader, e *trace.Event, n *node) {
	if r.terms.expand(n.name) != trace.WaitMember {
		return
	}
	days, err := strconv.Atoi(n.text)
	if n.kind != number && n.kind != text || err != nil || days < 0 || days > trace.MaxWait {
		r.problem(n, "is not a whole number of days from 0 to %d", trace.MaxWait)
		return
	}
	e.Wait = max(e.Wait, days)
}

func readAction(r *reader, e *trace.Event, n *node) {
	e.Action = trace.Action(n.text)
	if r.is(n, text) && e.Action != trace.Add && e.Action != trace.Observe && e.Action != trace.Delete {
		r.problem(n, "%q is not ADD, OBSERVE or DELETE", n.text)
	}
}

func readCertification(r *reader, e *trace.Event, n *node) {
	if n.kind != array {
		e.Certificates = []string{r.uri(n)}
		return
	}
	for i := range n.children {
		e.Certificates = append(e.Certificates, r.uri(&n.children[i]))
	}
}

func readErrorDeclaration(r *reader, e *trace.Event, n *node) {
	e.Error = &trace.ErrorDeclaration{}
	if !r.is(n, object) {
		return
	}
	for i := range n.children {
		switch m := &n.children[i]; m.name {
		case "declarationTime":
			e.Error.Time = r.time(m)
		case "reason":
			e.Error.Reason = r.word(m, errorReasons)
		case "correctiveEventIDs":
			for i, items := 0, r.list(m); i < len(items); i++ {
				e.Error.Corrections = append(e.Error.Corrections, r.uri(&items[i]))
			}
		default:
			r.extension(m)
		}
	}
	if n.member("declarationTime") == nil {
		r.missing(n, "declarationTime")
	}
}

func readPersistentDisposition(r *reader, e *trace.Event, n *node) {
	if !r.is(n, object) {
		return
	}
	for i := range n.children {
		m := &n.children[i]
		if m.name != "set" && m.name != "unset" {
			r.noSuchMember(m)
			continue
		}
		items := r.list(m)
		for i := range items {
			if r.word(&items[i], dispositions) == trace.DispositionConformant && m.name == "set" {
				e.Conformant = true
			}
		}
		if m.kind == array && len(items) == 0 {
			r.problem(m, "is empty")
		}
		r.unique(m)
	}
	if len(n.children) == 0 {
		r.problem(n, "has neither set nor unset")
	}
}

func (r *reader) place(n *node) (id trace.ID) {
	if !r.is(n, object) {
		return id
	}
	for i := range n.children {
		if m := &n.children[i]; m.name == "id" {
			id = r.id(m)
		} else {
			r.extension(m)
		}
	}
	if n.member("id") == nil {
		r.missing(n, "id")
	}
	return id
}

func readTransactions(r *reader, e *trace.Event, n *node) {
	items := r.list(n)
	e.Transactions = make([]trace.Link, 0, len(items))
	for i := range items {
		kind, id := r.typed(&items[i], "bizTransaction", transactionTypes)
		e.Transactions = append(e.Transactions, trace.Link{Type: kind, ID: id.String()})
	}
}

func (r *reader) parties(n *node, name string) []trace.PartyRef {
	items := r.list(n)
	parties := make([]trace.PartyRef, 0, len(items))
	for i := range items {
		kind, id := r.typed(&items[i], name, partyTypes)
		if items[i].kind == object && items[i].member("type") == nil {
			r.missing(&items[i], "type")
		}
		parties = append(parties, trace.PartyRef{Type: kind, ID: id})
	}
	return parties
}

// typed reads an object that has a type and, under a name of its own, an
// identifier.
func (r *reader) typed(n *node, name string, types *vocabulary) (kind string, id trace.ID) {
	if !r.is(n, object) {
		return "", id
	}
	for i := range n.children {
		switch m := &n.children[i]; m.name {
		case "type":
			kind = r.word(m, types)
		case name:
			id = r.id(m)
		default:
			r.noSuchMember(m)
		}
	}
	if n.member(name) == nil {
		r.missing(n, name)
	}
	return kind, id
}

// readILMD keeps the members as they are. An ObjectEvent has them only when it
// adds, which complete holds.
func readILMD(r *reader, e *trace.Event, n *node) {
	if !r.is(n, object) {
		return
	}
	e.ILMD = make(map[string]json.RawMessage, len(n.children))
	for i := range n.children {
		m := &n.children[i]
		r.extension(m)
		e.ILMD[m.name] = r.source(m)
	}
}
