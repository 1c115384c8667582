package epcis

import (
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// TestSafetyWords: the interval of a treatment and the last word on goods are read
// under whatever prefix a document has, and stand in the fact.
func TestSafetyWords(t *testing.T) {
	ours := func(more string) string { return with(`"@context":{"o":"` + trace.Vocabulary + `"},` + more) }
	for _, c := range []struct {
		event      string
		wait       int
		conformant bool
	}{
		{ours(`"o:preHarvestIntervalDays":14`), 14, false},
		{ours(`"o:preHarvestIntervalDays":"7"`), 7, false},
		{ours(`"o:preHarvestIntervalDays":0`), 0, false},
		{ours(`"o:note":"x"`), 0, false},
		{with(`"example:preHarvestIntervalDays":14`), 0, false},
		{with(`"example:preHarvestIntervalDays":"long"`), 0, false},
		{with(`"` + trace.WaitMember + `":14`), 14, false},
		{with(`"@context":{"a":"` + trace.Vocabulary + `","b":"a:"},"a:preHarvestIntervalDays":3,"b:preHarvestIntervalDays":9`), 9, false},
		{`{"@context":{"o":"` + trace.Vocabulary + `"},"type":"TransformationEvent",` + when + `"inputEPCList":["urn:a:b"],"outputEPCList":["urn:a:c"],"o:preHarvestIntervalDays":14}`, 0, false},
		{with(`"persistentDisposition":{"set":["completeness_verified","conformant"]}`), 0, true},
		{with(`"persistentDisposition":{"unset":["conformant"]}`), 0, false},
	} {
		doc, err := DecodeDocument([]byte(documentOf(c.event)), DefaultLimits)
		if err != nil {
			t.Errorf("%s: %v", c.event, err)
			continue
		}
		again, err := DecodePayload(doc.Payload(0))
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range []*Document{doc, again} {
			if f := trace.FactOf(&d.Events[0], "", ledger.Public); f.Wait != c.wait || f.Conformant != c.conformant {
				t.Errorf("%s is %d days, %t", c.event, f.Wait, f.Conformant)
			}
		}
	}
	for _, value := range []string{`366`, `-1`, `1.5`, `"soon"`, `true`, `[7]`} {
		_, err := DecodeDocument([]byte(documentOf(ours(`"o:preHarvestIntervalDays":`+value))), DefaultLimits)
		if blamed(err) != "eventList[0].o:preHarvestIntervalDays" {
			t.Errorf("%s: %v", value, err)
		}
	}
}
