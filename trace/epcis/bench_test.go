package epcis

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// typical is an ObjectEvent as a packing house sends it; its document has 1.5 KB.
const typical = `{"type":"ObjectEvent","eventTime":"2026-06-03T07:30:00.000+07:00","eventTimeZoneOffset":"+07:00",` +
	`"eventID":"urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8","action":"ADD","bizStep":"commissioning","disposition":"active",` +
	`"epcList":["https://id.gs1.org/01/09521234543213/21/2017","https://id.gs1.org/01/09521234543213/21/2018","urn:epc:id:sgtin:0614141.107346.2019"],` +
	`"quantityList":[{"epcClass":"urn:epc:class:lgtin:4012345.012345.998877","quantity":1250.5,"uom":"KGM"}],` +
	`"readPoint":{"id":"urn:epc:id:sgln:0614141.07346.1234"},"bizLocation":{"id":"https://id.gs1.org/414/0614141073467"},` +
	`"bizTransactionList":[{"type":"po","bizTransaction":"urn:epc:id:gdti:0614141.00001.1618034"}],` +
	`"sourceList":[{"type":"owning_party","source":"urn:epc:id:pgln:4012345.00225"}],` +
	`"destinationList":[{"type":"possessing_party","destination":"urn:epc:id:pgln:0614141.00777"}],` +
	`"ilmd":{"cbvmda:lotNumber":"998877","cbvmda:countryOfOrigin":"VN","example:variety":"Tôm"},` +
	`"example:inspector":"0042","example:weights":["12.5","13.1","11.9"],"example:note":"dried for three days"}`

func BenchmarkDecode(b *testing.B) {
	for _, n := range []int{1, 100} {
		doc := []byte(documentOf(strings.Split(strings.Repeat(typical+"\n", n), "\n")[:n]...))
		b.Run(fmt.Sprintf("events=%d", n), func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := DecodeDocument(doc, DefaultLimits); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParts(b *testing.B) {
	doc := []byte(documentOf(typical))
	d, err := DecodeDocument(doc, DefaultLimits)
	if err != nil {
		b.Fatal(err)
	}
	payload := d.Payload(0)
	stored := d.Stored(0, recorded)
	many := make([]*Stored, 1000)
	for i := range many {
		many[i] = stored
	}
	root, _ := parse(string(doc), 64)
	r := reader{bytes: doc, event: -1, root: &root}
	list := r.document(&Document{}, &root)
	for _, part := range []struct {
		name string
		run  func()
	}{
		{"parse", func() { parse(string(doc), 64) }},
		{"read", func() { r.root, r.event = &list.children[0], 0; r.readEvent(r.root) }},
		{"hash", func() { hash(&list.children[0], r.terms, nil) }},
		{"payload", func() { d.Payload(0) }},
		{"decodePayload", func() { DecodePayload(payload) }},
		{"openPayload", func() { OpenPayload(payload, "", recorded) }},
		{"singleEvent", func() { SingleEvent(stored, true) }},
		{"queryDocument=1000", func() { WriteQueryDocument(&bytes.Buffer{}, Query{}, many) }},
	} {
		b.Run(part.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				part.run()
			}
		})
	}
}
