package epcis

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"

	"github.com/sogoc/sogoc/ledger"
)

// Stored is an event as it is kept, ready to be answered.
type Stored struct {
	Context  json.RawMessage // its document's @context
	Event    json.RawMessage // as it was written
	ID       string          // its identifier on the register: what it says itself, or its hash
	Recorded ledger.Time     // when it was recorded
}

// Query is what a query document says about itself.
type Query struct {
	Name         string      // queryName; SimpleEventQuery when empty
	Subscription string      // subscriptionID, if it answers one
	Created      ledger.Time // creationDate
	AssignIDs    bool        // give events without eventID the one that the register knows them by
}

// Stored is the document's i-th event with the moment when it was recorded.
func (d *Document) Stored(i int, recorded ledger.Time) *Stored {
	return &Stored{d.Context, d.Events[i].Raw, d.Events[i].ID, recorded}
}

// OpenPayload finds the event in what [Document.Payload] wrote without reading
// it, in a fraction of the time of [DecodePayload].
func OpenPayload(payload []byte, id string, recorded ledger.Time) (*Stored, error) {
	s := &Stored{ID: id, Recorded: recorded}
	body, list := -1, -1
	err := membersOf(payload, 0, func(m place) bool {
		switch m.name {
		case "@context":
			s.Context = payload[m.start:m.end:m.end]
		case "epcisBody":
			body = m.start
		}
		return true
	})
	if err == nil && body >= 0 {
		err = membersOf(payload, body, func(m place) bool {
			if m.name == "eventList" && payload[m.start] == '[' {
				list = m.start
			}
			return list < 0
		})
	}
	if err != nil || list < 0 || s.Context == nil {
		return nil, errNotJSON
	}
	start := skipSpace(payload, list+1)
	end := skipValue(payload, start)
	if end < 0 || payload[start] != '{' {
		return nil, errNotJSON
	}
	s.Event = payload[start:end:end]
	return s, nil
}

// WriteQueryDocument writes an EPCISQueryDocument. Every event stands in it as it
// was written, with the recordTime of the register. The contexts of all are
// merged into one; an event for which that would change what a prefix means has
// its own context with it.
func WriteQueryDocument(w io.Writer, q Query, events []*Stored) error {
	merged, err := mergeContexts(events)
	if err != nil {
		return err
	}
	if q.Name == "" {
		q.Name = "SimpleEventQuery"
	}
	out := bufio.NewWriter(w)
	out.WriteString(`{"@context":`)
	out.Write(merged.context)
	out.WriteString(`,"type":"EPCISQueryDocument","schemaVersion":"2.0","creationDate":"`)
	out.WriteString(q.Created.String())
	out.WriteString(`","epcisBody":{"queryResults":{"queryName":`)
	out.Write(jsonText(q.Name))
	if q.Subscription != "" {
		out.WriteString(`,"subscriptionID":`)
		out.Write(jsonText(q.Subscription))
	}
	out.WriteString(`,"resultsBody":{"eventList":[`)
	var buffer []byte
	for i, s := range events {
		if i > 0 {
			out.WriteByte(',')
		}
		if buffer, err = s.write(buffer[:0], merged.own(s), q.AssignIDs); err != nil {
			return err
		}
		out.Write(buffer)
	}
	out.WriteString(`]}}}}`)
	return out.Flush()
}

// SingleEvent writes the event alone with its @context, as GET /events/{id}
// answers it, with the recordTime of the register.
func SingleEvent(s *Stored, assignID bool) ([]byte, error) {
	return s.write(make([]byte, 0, len(s.Context)+len(s.Event)+200), func(own json.RawMessage) (json.RawMessage, error) {
		return joinContexts(s.Context, own)
	}, assignID)
}

const recordTime = "recordTime"

// write appends the event to b. context, when there is one, makes the context
// that it has to have out of the one that it has, which may be none.
func (s *Stored) write(b []byte, context func(own json.RawMessage) (json.RawMessage, error), assignID bool) ([]byte, error) {
	var recorded, own place
	last, hasID := 0, false
	err := membersOf(s.Event, 0, func(m place) bool {
		switch m.name {
		case recordTime:
			recorded = m
		case "@context":
			own = m
		case "eventID":
			hasID = true
		}
		last = m.end
		return true
	})
	if err != nil || last == 0 {
		return nil, errNotJSON
	}
	at := 0
	replace := func(m place, value []byte) {
		b = append(b, s.Event[at:m.start]...)
		b = append(b, value...)
		at = m.end
	}
	var text json.RawMessage
	if context != nil {
		if text, err = context(s.Event[own.start:own.end]); err != nil {
			return nil, err
		}
		if own.end == 0 {
			at = bytes.IndexByte(s.Event, '{') + 1
			b = append(b, `{"@context":`...)
			b = append(b, text...)
			b = append(b, ',')
		}
	}
	moment := []byte(`"` + s.Recorded.String() + `"`)
	if recorded.end > 0 && recorded.start < own.start {
		replace(recorded, moment)
	}
	if text != nil && own.end > 0 {
		replace(own, text)
	}
	if recorded.end > 0 && recorded.start > own.start {
		replace(recorded, moment)
	}
	b = append(b, s.Event[at:last]...)
	if recorded.end == 0 {
		b = append(b, `,"recordTime":`...)
		b = append(b, moment...)
	}
	if assignID && !hasID && s.ID != "" {
		b = append(b, `,"eventID":`...)
		b = append(b, jsonText(s.ID)...)
	}
	return append(b, s.Event[last:]...), nil
}

// jsonText is s as a JSON text.
func jsonText(s string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.Encode(s) // a text always encodes
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
