package epcis

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/sogoc/sogoc/trace"
)

// Payload is an event as an EPCISDocument of its own: the document's context and
// what its first level says in one word, and the event exactly as it was written.
// It is the same bytes every time, and [DecodePayload] reads it back to an equal
// event of the same hash. A document without creationDate gets the event's time,
// for there is no other that stays the same.
func (d *Document) Payload(i int) []byte {
	e := &d.Events[i]
	const frame = 192 // of what is written here, without the headers
	size := frame + len(d.Context) + len(e.Raw)
	for _, h := range d.header {
		size += len(`,"":`) + len(h.name) + len(h.value)
	}
	b := make([]byte, 0, size)
	b = append(b, `{"@context":`...)
	b = append(b, d.Context...)
	b = append(b, `,"type":"EPCISDocument","schemaVersion":"`...)
	if d.SchemaVersion != "" {
		b = append(b, d.SchemaVersion...)
	} else {
		b = append(b, defaultVersion...)
	}
	b = append(b, `","creationDate":"`...)
	if d.Created != "" {
		b = append(b, d.Created...)
	} else {
		b = append(b, e.Time.String()...)
	}
	b = append(b, '"')
	for _, h := range d.header { // its names are URIs or the standard's: nothing in them is escaped
		b = append(b, `,"`...)
		b = append(b, h.name...)
		b = append(b, `":`...)
		b = append(b, h.value...)
	}
	b = append(b, `,"epcisBody":{"eventList":[`...)
	b = append(b, e.Raw...)
	return append(b, `]}}`...)
}

// Ours are an event's members in the register's own vocabulary, by their bare names,
// whatever prefix the document gives it.
func (d *Document) Ours(i int) (map[string]json.RawMessage, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(d.Events[i].Raw, &members); err != nil {
		return nil, err
	}
	prefixes := vocabularyPrefixes(d.Context, members["@context"])
	own := map[string]json.RawMessage{}
	for name, raw := range members {
		if prefix, bare, ok := strings.Cut(name, ":"); ok && slices.Contains(prefixes, prefix) {
			own[bare] = raw
		}
	}
	return own, nil
}

// vocabularyPrefixes are the prefixes that contexts give to the vocabulary.
func vocabularyPrefixes(contexts ...json.RawMessage) []string {
	var prefixes []string
	for _, raw := range contexts {
		var one map[string]any
		var many []json.RawMessage
		if json.Unmarshal(raw, &one) == nil {
			for name, v := range one {
				if v == trace.Vocabulary {
					prefixes = append(prefixes, name)
				}
			}
		} else if json.Unmarshal(raw, &many) == nil {
			prefixes = append(prefixes, vocabularyPrefixes(many...)...)
		}
	}
	return prefixes
}
