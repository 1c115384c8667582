package demo

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"

	"github.com/sogoc/sogoc/trace"
)

// object is a JSON object whose members keep their order. Members that are nil or
// empty are left out.
type object []member

type member struct {
	name  string
	value any
}

func (o object) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for _, m := range o {
		v, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		switch string(v) {
		case `""`, "null", "[]", "{}":
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(strconv.AppendQuote(b, m.name), ':')
		b = append(b, v...)
	}
	return append(b, '}'), nil
}

// amount is a quantity element. Number is a decimal; an empty one is all that
// there is of the class.
type amount struct {
	class  trace.ID
	number string
	unit   trace.Unit
}

// kilos is an amount in tenths of a kilogram, count one in pieces.
func kilos(lot trace.ID, tenths int) amount {
	return amount{lot, trace.NewQuantity(int64(tenths), 1, "").Number(), "KGM"}
}
func count(lot trace.ID, n int) amount { return amount{lot, strconv.Itoa(n), ""} }
func whole(lot trace.ID) amount        { return amount{class: lot} }

// ref is a source or a destination.
type ref struct {
	kind string // owning_party, possessing_party or location
	id   trace.ID
}

// event is an EPCIS event before it is written down. Which of the lists are used
// depends on its type, as in the standard.
type event struct {
	id          string
	kind        trace.EventType
	action      trace.Action
	step        string
	disposition string
	parent      trace.ID
	epcs        []trace.ID // children, for an aggregation
	amounts     []amount   // children, for an aggregation
	inputs      []amount
	outputs     []amount
	inputEPCs   []trace.ID
	outputEPCs  []trace.ID
	process     string
	where       trace.ID // read point and business location
	from, to    []ref
	documents   []document
	sensors     []object
	ilmd        object
	extra       object // members of the sg vocabulary
	err         object // error declaration

	at time.Time // when it happened
}

// document is a business transaction: type and identifier.
type document struct{ kind, id string }

// write gives the event as JSON-LD.
func (e *event) write(urns bool) object {
	spell := func(ids []trace.ID) (list []string) {
		for _, id := range ids {
			list = append(list, written(id, urns))
		}
		return list
	}
	quantities := func(list []amount) (out []object) {
		for _, a := range list {
			out = append(out, object{{"epcClass", written(a.class, urns)}, {"quantity", number(a.number)}, {"uom", string(a.unit)}})
		}
		return out
	}
	parties := func(name string, list []ref) (out []object) {
		for _, r := range list {
			out = append(out, object{{"type", r.kind}, {name, written(r.id, urns)}})
		}
		return out
	}
	place := func() any {
		if e.where.IsZero() {
			return nil
		}
		return object{{"id", written(e.where, urns)}}
	}
	epcs, amounts := "epcList", "quantityList"
	if e.kind == trace.AggregationEvent || e.kind == trace.AssociationEvent {
		epcs, amounts = "childEPCs", "childQuantityList"
	}
	parent := ""
	if !e.parent.IsZero() {
		parent = written(e.parent, urns)
	}
	var documents []object
	for _, d := range e.documents {
		documents = append(documents, object{{"type", d.kind}, {"bizTransaction", d.id}})
	}
	o := object{
		{"type", e.kind}, {"eventID", e.id},
		{"eventTime", stamp(e.at)}, {"eventTimeZoneOffset", "+07:00"},
		{"action", e.action}, {"bizStep", e.step}, {"disposition", e.disposition},
		{"parentID", parent},
		{epcs, spell(e.epcs)}, {amounts, quantities(e.amounts)},
		{"inputEPCList", spell(e.inputEPCs)}, {"inputQuantityList", quantities(e.inputs)},
		{"outputEPCList", spell(e.outputEPCs)}, {"outputQuantityList", quantities(e.outputs)},
		{"transformationID", e.process},
		{"readPoint", place()}, {"bizLocation", place()},
		{"bizTransactionList", documents},
		{"sourceList", parties("source", e.from)}, {"destinationList", parties("destination", e.to)},
		{"sensorElementList", e.sensors},
		{"ilmd", e.ilmd},
		{"errorDeclaration", e.err},
	}
	return append(o, e.extra...)
}

// number is a JSON number, or nothing.
func number(s string) any {
	if s == "" {
		return nil
	}
	return json.Number(s)
}

// things lists every identifier that the event says something about, and the lots
// of its pieces.
func (e *event) things() map[trace.ID]bool {
	set := map[trace.ID]bool{}
	for _, list := range [][]trace.ID{e.epcs, e.inputEPCs, e.outputEPCs, {e.parent}} {
		for _, id := range list {
			set[id], set[id.Batch()] = true, true
		}
	}
	for _, list := range [][]amount{e.amounts, e.inputs, e.outputs} {
		for _, a := range list {
			set[a.class] = true
		}
	}
	delete(set, trace.ID{})
	return set
}

const epcisContext = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"

// writeDocument writes an EPCISDocument of events.
func writeDocument(events []*event, urns bool, sender trace.ID, created time.Time) ([]byte, error) {
	list := make([]object, len(events))
	for i, e := range events {
		list[i] = e.write(urns)
	}
	doc := object{
		{"@context", []any{epcisContext, object{{"sg", Vocabulary}}}},
		{"type", "EPCISDocument"},
		{"schemaVersion", "2.0"},
		{"creationDate", stamp(created)},
		{"sender", written(sender, urns)},
		{"epcisBody", object{{"eventList", list}}},
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
