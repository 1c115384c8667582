package epcis

// Payload is an event as an EPCISDocument of its own: the document's context and
// what its first level says in one word, and the event exactly as it was written.
// It is the same bytes every time, and [DecodePayload] reads it back to an equal
// event of the same hash. A document without creationDate gets the event's time,
// for there is no other that stays the same.
func (d *Document) Payload(i int) []byte {
	e := &d.Events[i]
	b := make([]byte, 0, len(d.Context)+len(e.Raw)+512)
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
