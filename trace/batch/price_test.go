package batch_test

import (
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/batch"
	"github.com/sogoc/sogoc/trace/epcis"
)

// TestPrice: what is sold for says so in its document, and is read back whatever prefix
// the vocabulary has; what is moved otherwise has no price.
func TestPrice(t *testing.T) {
	now := time.Now()
	move := batch.Move{
		Record: batch.Record{Event: trace.NewEventID(), At: now}, Way: batch.HandOver, Price: 24_567,
		Things: []trace.Stock{{ID: trace.MustID("https://id.gs1.org/01/09520001000010/10/L1")}}, From: trace.MustID("https://id.gs1.org/414/9520001000010"),
	}
	for _, c := range []struct {
		name string
		way  batch.Way
		of   int64
		bad  bool
	}{
		{"sold", batch.HandOver, 24_567, false}, {"nothing said", batch.HandOver, 0, false},
		{"less than nothing", batch.HandOver, -1, true}, {"all money that there is", batch.HandOver, batch.MaxPrice + 1, true},
		{"received", batch.Receive, 24_567, true}, {"received for nothing said", batch.Receive, 0, false},
	} {
		one := move
		one.Way, one.Price = c.way, c.of
		err := one.Check(now)
		if bad := ledger.CodeOf(err) == ledger.Invalid && err != nil; bad != c.bad {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.bad {
			continue
		}
		b, err := batch.Document("https://sogoc.example", one)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := epcis.DecodePayload(b)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := batch.PriceOf(doc.Payload(0)); got != c.of || err != nil {
			t.Errorf("%s: %d, %v", c.name, got, err)
		}
	}
	for members, want := range map[string]int64{
		`"x:price":900,"x:currency":"VND"`:   900,
		`"x:price":900,"x:currency":"USD"`:   0,
		`"x:price":900`:                      0,
		`"x:price":9.5,"x:currency":"VND"`:   0,
		`"x:price":-900,"x:currency":"VND"`:  0,
		`"x:price":"900","x:currency":"VND"`: 0,
		`"y:price":900,"y:currency":"VND"`:   0,
	} {
		doc, err := epcis.DecodePayload([]byte(`{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",{"x":"` + trace.Vocabulary + `","y":"https://example.org/"}],` +
			`"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2026-06-03T07:00:00Z","epcisBody":{"eventList":[{"type":"ObjectEvent","action":"OBSERVE","bizStep":"shipping",` +
			`"eventTime":"2026-06-03T07:00:00.000+07:00","eventTimeZoneOffset":"+07:00","epcList":["https://id.gs1.org/01/09520001000010/21/1"],` + members + `}]}}`))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := batch.PriceOf(doc.Payload(0)); got != want || err != nil {
			t.Errorf("%s is %d, %v", members, got, err)
		}
	}
}
