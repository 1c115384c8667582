package epcis

import (
	"encoding/json"
	"maps"
	"strings"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Draft is an event to be written. Its Hash and Raw, which a reader fills in, are
// not looked at.
type Draft struct {
	trace.Event
	Sensors []any          // sensorElementList, as EPCIS has it
	Ours    map[string]any // members in the register's own vocabulary, by their bare names; empty words are left out
}

// standardContext is the context that every EPCIS 2.0 document names.
const standardContext = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"

// ours is the prefix of the register's own vocabulary in documents that it writes.
const ours = "sg"

// Write makes an EPCIS document of drafts, dated by the last of them. The same drafts
// are the same bytes. base is where the register's own codes are reached.
func Write(base string, drafts ...Draft) ([]byte, error) {
	var latest ledger.Time
	events := make([]any, len(drafts))
	for i := range drafts {
		events[i] = drafts[i].members(base)
		latest = max(latest, drafts[i].Time)
	}
	return json.Marshal(map[string]any{
		"@context": []any{standardContext, map[string]string{ours: trace.Vocabulary}},
		"type":     TypeDocument, "schemaVersion": defaultVersion, "creationDate": Stamp(latest.Time().UTC()),
		"epcisBody": map[string]any{"eventList": events},
	})
}

// Stamp writes a time as EPCIS has it, in the zone that it has.
func Stamp(t time.Time) string { return t.Format("2006-01-02T15:04:05.000Z07:00") }

// members are the event's own.
func (d *Draft) members(base string) map[string]any {
	m := map[string]any{
		"type": d.Type, "eventID": d.ID, "eventTime": Stamp(d.local()), "eventTimeZoneOffset": d.Zone,
	}
	put := func(name, value string) {
		if value = strings.TrimSpace(value); value != "" {
			m[name] = value
		}
	}
	id := func(name string, id trace.ID) {
		if !id.IsZero() {
			m[name] = spelled(id, base)
		}
	}
	put("action", string(d.Action))
	put("bizStep", d.Step)
	put("disposition", d.Disposition)
	put("transformationID", d.Process)
	id("parentID", d.Parent)
	for name, place := range map[string]trace.ID{"readPoint": d.ReadPoint, "bizLocation": d.Location} {
		if !place.IsZero() {
			m[name] = map[string]string{"id": spelled(place, base)}
		}
	}
	epcs, amounts := "epcList", "quantityList"
	if d.Type == trace.AggregationEvent || d.Type == trace.AssociationEvent {
		epcs, amounts = "childEPCs", "childQuantityList"
	}
	stock(m, epcs, amounts, d.Objects, base)
	stock(m, "inputEPCList", "inputQuantityList", d.Inputs, base)
	stock(m, "outputEPCList", "outputQuantityList", d.Outputs, base)
	refs(m, "sourceList", "source", d.Sources, base)
	refs(m, "destinationList", "destination", d.Destinations, base)
	if len(d.ILMD) > 0 {
		m["ilmd"] = maps.Clone(d.ILMD)
	}
	if len(d.Sensors) > 0 {
		m["sensorElementList"] = d.Sensors
	}
	for name, value := range d.Ours {
		if words, ok := value.(string); ok {
			put(ours+":"+name, words)
		} else {
			m[ours+":"+name] = value
		}
	}
	return m
}

// local is the event's time in its zone.
func (d *Draft) local() time.Time {
	t := d.Time.Time()
	if zone, err := time.Parse("-07:00", d.Zone); err == nil {
		return t.In(zone.Location())
	}
	return t.UTC()
}

// spelled is an identifier as EPCIS has it: with a host.
func spelled(id trace.ID, base string) string {
	if _, ours := id.Code(); ours {
		return id.Link(base)
	}
	return id.String()
}

// stock writes pieces, and classes and lots with their quantities, into lists of
// their own.
func stock(m map[string]any, epcs, amounts string, list []trace.Stock, base string) {
	var pieces []string
	var parts []any
	for _, s := range list {
		if s.Quantity == nil && s.ID.Instance() {
			pieces = append(pieces, spelled(s.ID, base))
			continue
		}
		part := map[string]any{"epcClass": spelled(s.ID, base)}
		if s.Quantity != nil {
			part["quantity"] = json.Number(s.Quantity.Number())
			if u := s.Quantity.Unit(); u != "" {
				part["uom"] = u
			}
		}
		parts = append(parts, part)
	}
	if pieces != nil {
		m[epcs] = pieces
	}
	if parts != nil {
		m[amounts] = parts
	}
}

func refs(m map[string]any, list, member string, parties []trace.PartyRef, base string) {
	var out []any
	for _, p := range parties {
		out = append(out, map[string]string{"type": p.Type, member: spelled(p.ID, base)})
	}
	if out != nil {
		m[list] = out
	}
}
