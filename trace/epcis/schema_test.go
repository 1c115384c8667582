package epcis

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dlclark/regexp2"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// officialSchema is the EPCIS 2.0.1 JSON schema. Its expressions look ahead, which
// Go's own cannot.
func officialSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	file := referenceFiles(t, "epcis-json-schema.json", 1)[0]
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	compiler.UseRegexpEngine(func(s string) (jsonschema.Regexp, error) {
		re, err := regexp2.Compile(s, regexp2.ECMAScript)
		return (*lookahead)(re), err
	})
	source, err := jsonschema.UnmarshalJSON(bytes.NewReader(readFile(t, file)))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiler.AddResource("epcis.json", source); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("epcis.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

type lookahead regexp2.Regexp

func (re *lookahead) MatchString(s string) bool {
	ok, err := (*regexp2.Regexp)(re).MatchString(s)
	return err == nil && ok
}

func (re *lookahead) String() string { return (*regexp2.Regexp)(re).String() }

func valid(schema *jsonschema.Schema, b []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		return err
	}
	return schema.Validate(v)
}

// TestLastEventIDCounts: one of the standard's examples has two.
func TestLastEventIDCounts(t *testing.T) {
	files := referenceFiles(t, "examples/AssociationEvent__AssociationEvent-h.jsonld", 1)
	d, err := DecodeDocument(readFile(t, files[0]), DefaultLimits)
	if err != nil || d.Events[0].ID != "urn:uuid:fd338495-0e6d-41dd-afee-a862ecd32518" {
		t.Errorf("%v, %+v", err, d)
	}
}

// TestExamples reads all of the standard's examples.
func TestExamples(t *testing.T) {
	schema := officialSchema(t)
	events := 0
	for _, file := range referenceFiles(t, "examples/*.jsonld", 47) {
		b := readFile(t, file)
		if err := valid(schema, b); err != nil {
			t.Errorf("%s: the schema: %v", filepath.Base(file), err)
		}
		d, err := DecodeDocument(b, DefaultLimits)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
			continue
		}
		events += len(d.Events)
		for i, e := range d.Events {
			if !json.Valid(e.Raw) || e.Hash == "" || e.ID == "" || e.Time == 0 || e.Zone == "" || e.Type == "" {
				t.Errorf("%s, event %d: %+v", filepath.Base(file), i, e)
			}
			if hashOf(d.PreHash(i)) != e.Hash {
				t.Errorf("%s, event %d: the hash is not of the text", filepath.Base(file), i)
			}
		}
	}
	if events != 56 {
		t.Errorf("%d events, want 56", events)
	}
}

// documentOf puts events into a document.
func documentOf(events ...string) string {
	return `{"@context":["` + ContextURL + `",{"example":"https://ns.example.com/epcis/"}],"type":"EPCISDocument","schemaVersion":"2.0",` +
		`"creationDate":"2026-06-03T07:30:00+07:00","epcisBody":{"eventList":[` + strings.Join(events, ",") + `]}}`
}

// when is what every event has.
const when = `"eventTime":"2026-06-03T07:30:00.000+07:00","eventTimeZoneOffset":"+07:00",`

func objectEvent(more string) string {
	return `{"type":"ObjectEvent",` + when + more + `}`
}

// with is an ObjectEvent of one EPC with more members.
func with(more string) string {
	return objectEvent(`"action":"ADD","epcList":["urn:epc:id:sgtin:0614141.107346.2017"],` + more)
}

func sensor(report string) string {
	return with(`"sensorElementList":[{"sensorReport":[` + report + `]}]`)
}

// schemaCases are documents on which we and the schema are of one opinion, and
// the field that we blame; an empty one says that the document is right.
var schemaCases = []struct{ doc, field string }{
	{documentOf(), ""},
	{documentOf(with(`"bizStep":"commissioning"`)), ""},

	// The document.
	{`[]`, ""}, // refused, but about no field; see blame
	{`{}`, "type"},
	{`{"type":"EPCISDocument"}`, "@context"},
	{strings.Replace(documentOf(), `"schemaVersion":"2.0",`, ``, 1), "schemaVersion"},
	{strings.Replace(documentOf(), `"2.0"`, `"two"`, 1), "schemaVersion"},
	{strings.Replace(documentOf(), `"2.0"`, `"2."`, 1), "schemaVersion"},
	{strings.Replace(documentOf(), `"2.0"`, `2.0`, 1), "schemaVersion"},
	{strings.Replace(documentOf(), `"creationDate":"2026-06-03T07:30:00+07:00",`, ``, 1), "creationDate"},
	{strings.Replace(documentOf(), `06-03T07:30:00+07:00`, `06-03`, 1), "creationDate"},
	{strings.Replace(documentOf(), `"eventList"`, `"events"`, 1), "epcisBody.eventList"},
	{strings.Replace(documentOf(), `{"eventList":[]}`, `{"eventList":{}}`, 1), "epcisBody.eventList"},
	{strings.Replace(documentOf(), `"schemaVersion"`, `"sender":5,"schemaVersion"`, 1), "sender"},
	{strings.Replace(documentOf(), `"schemaVersion"`, `"origin":"x","schemaVersion"`, 1), "origin"},
	{strings.Replace(documentOf(), `"schemaVersion"`, `"example:origin":"x","schemaVersion"`, 1), ""},
	{strings.Replace(documentOf(), `"schemaVersion"`, `"id":"no uri","schemaVersion"`, 1), "id"},
	{strings.Replace(documentOf(), `"`+ContextURL+`"`, `5`, 1), "@context[0]"},
	{strings.Replace(documentOf(), `"`+ContextURL+`"`, `{"example":"https://ns.example.com/epcis/"}`, 1), "@context[1]"},
	{strings.Replace(documentOf(), `"epcisBody"`, `"epcisHeader":{"epcisMasterData":{"vocabularyList":[{"type":"urn:a:b","vocabularyElementList":[{"id":"urn:a:c","attributes":[{"id":"urn:a:d","attribute":"x"}]}]}]}},"epcisBody"`, 1), ""},
	{strings.Replace(documentOf(), `"epcisBody"`, `"epcisHeader":{"epcisMasterData":{"vocabularyList":[{"type":"urn:a:b","vocabularyElementList":[{}]}]}},"epcisBody"`, 1), "epcisHeader.epcisMasterData.vocabularyList[0].vocabularyElementList[0].id"},

	// Every event.
	{documentOf(`{}`), "eventList[0].type"},
	{documentOf(`5`), "eventList[0]"},
	{documentOf(`{"type":"Event"}`), "eventList[0].type"},
	{documentOf(`{"type":5}`), "eventList[0].type"},
	{documentOf(with(`"bizStep":"commissioning"`), `{"type":"ObjectEvent","action":"OBSERVE","epcList":[],"eventTimeZoneOffset":"+07:00"}`), "eventList[1].eventTime"},
	{documentOf(`{"type":"ObjectEvent","action":"OBSERVE","epcList":[],"eventTime":"2026-06-03T07:30:00Z"}`), "eventList[0].eventTimeZoneOffset"},
	{documentOf(`{"type":"ObjectEvent","action":"OBSERVE","epcList":[],"eventTimeZoneOffset":"+07:00","eventTime":"2026-02-30T07:30:00Z"}`), "eventList[0].eventTime"},
	{documentOf(`{"type":"ObjectEvent","action":"OBSERVE","epcList":[],"eventTimeZoneOffset":"+07:00","eventTime":"2028-02-29T07:30:00.1234567+07:00"}`), ""},
	{documentOf(`{"type":"ObjectEvent","action":"OBSERVE","epcList":[],"eventTimeZoneOffset":"+07:00","eventTime":"2026-06-03T24:00:00Z"}`), "eventList[0].eventTime"},
	{documentOf(`{"type":"ObjectEvent","action":"OBSERVE","epcList":[],"eventTimeZoneOffset":"+07:00","eventTime":"2026-06-03T07:30:00"}`), "eventList[0].eventTime"},
	{documentOf(`{"type":"ObjectEvent","action":"OBSERVE","epcList":[],"eventTimeZoneOffset":"+07:00","eventTime":"2026-06-03T07:30:00.Z"}`), "eventList[0].eventTime"},
	{documentOf(`{"type":"ObjectEvent","action":"OBSERVE","epcList":[],"eventTimeZoneOffset":"+07:00","eventTime":1780000000}`), "eventList[0].eventTime"},
	{documentOf(`{"type":"ObjectEvent","action":"OBSERVE","epcList":[],"eventTimeZoneOffset":"+15:00","eventTime":"2026-06-03T07:30:00Z"}`), "eventList[0].eventTimeZoneOffset"},
	{documentOf(`{"type":"ObjectEvent","action":"OBSERVE","epcList":[],"eventTimeZoneOffset":"+14:00","eventTime":"2026-06-03T07:30:00Z"}`), ""},
	{documentOf(`{"type":"ObjectEvent","action":"OBSERVE","epcList":[],"eventTimeZoneOffset":"+14:01","eventTime":"2026-06-03T07:30:00Z"}`), "eventList[0].eventTimeZoneOffset"},
	{documentOf(`{"type":"ObjectEvent","action":"OBSERVE","epcList":[],"eventTimeZoneOffset":"Z","eventTime":"2026-06-03T07:30:00Z"}`), "eventList[0].eventTimeZoneOffset"},
	{documentOf(with(`"recordTime":"yesterday"`)), "eventList[0].recordTime"},
	{documentOf(with(`"eventID":"1234"`)), "eventList[0].eventID"},
	{documentOf(with(`"eventID":"urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8"`)), ""},
	{documentOf(with(`"grade":"A"`)), "eventList[0].grade"},
	{documentOf(with(`"example:grade":"A"`)), ""},
	{documentOf(with(`"other:grade":{"a":[1,2]}`)), ""},
	{documentOf(with(`"@context":5`)), "eventList[0].@context"},
	{documentOf(with(`"@context":{"a":"urn:b:"}`)), ""},
	{documentOf(with(`"certificationInfo":"https://example.com/1"`)), ""},
	{documentOf(with(`"certificationInfo":["https://example.com/1","https://example.com/2"]`)), ""},
	{documentOf(with(`"certificationInfo":["https://example.com/1","none"]`)), "eventList[0].certificationInfo[1]"},
	{documentOf(with(`"certificationInfo":5`)), "eventList[0].certificationInfo"},
	{documentOf(with(`"errorDeclaration":{"declarationTime":"2026-06-04T00:00:00Z","reason":"did_not_occur","correctiveEventIDs":["urn:a:b"],"example:by":"me"}`)), ""},
	{documentOf(with(`"errorDeclaration":{"reason":"did_not_occur"}`)), "eventList[0].errorDeclaration.declarationTime"},
	{documentOf(with(`"errorDeclaration":{"declarationTime":"2026-06-04T00:00:00Z","reason":"mistake"}`)), "eventList[0].errorDeclaration.reason"},
	{documentOf(with(`"errorDeclaration":{"declarationTime":"2026-06-04T00:00:00Z","correctiveEventIDs":["b"]}`)), "eventList[0].errorDeclaration.correctiveEventIDs[0]"},
	{documentOf(with(`"errorDeclaration":{"declarationTime":"2026-06-04T00:00:00Z","by":"me"}`)), "eventList[0].errorDeclaration.by"},

	// Why and where.
	{documentOf(with(`"bizStep":"Shipping"`)), "eventList[0].bizStep"},
	{documentOf(with(`"bizStep":"https://example.com/step/milling"`)), ""},
	{documentOf(with(`"bizStep":"example:milling"`)), ""},
	{documentOf(with(`"bizStep":"https://ns.gs1.org/cbv/BizStep-shipping"`)), "eventList[0].bizStep"},
	{documentOf(with(`"disposition":"lost"`)), "eventList[0].disposition"},
	{documentOf(with(`"disposition":"in_transit"`)), ""},
	{documentOf(with(`"disposition":null`)), "eventList[0].disposition"},
	{documentOf(with(`"persistentDisposition":{"set":["conformant"],"unset":["damaged"]}`)), ""},
	{documentOf(with(`"persistentDisposition":{}`)), "eventList[0].persistentDisposition"},
	{documentOf(with(`"persistentDisposition":{"set":[]}`)), "eventList[0].persistentDisposition.set"},
	{documentOf(with(`"persistentDisposition":{"set":["conformant","conformant"]}`)), "eventList[0].persistentDisposition.set[1]"},
	{documentOf(with(`"persistentDisposition":{"set":["conformant"],"example:x":1}`)), "eventList[0].persistentDisposition.example:x"},
	{documentOf(with(`"readPoint":{"id":"urn:epc:id:sgln:0614141.07346.1234","example:door":"3"}`)), ""},
	{documentOf(with(`"readPoint":{}`)), "eventList[0].readPoint.id"},
	{documentOf(with(`"readPoint":"urn:epc:id:sgln:0614141.07346.1234"`)), "eventList[0].readPoint"},
	{documentOf(with(`"bizLocation":{"id":"here"}`)), "eventList[0].bizLocation.id"},
	{documentOf(with(`"bizTransactionList":[{"bizTransaction":"http://a.example/po/1"},{"type":"po","bizTransaction":"urn:epcglobal:cbv:bt:0614141073467:1"}]`)), ""},
	{documentOf(with(`"bizTransactionList":[{"type":"order","bizTransaction":"http://a.example/po/1"}]`)), "eventList[0].bizTransactionList[0].type"},
	{documentOf(with(`"bizTransactionList":[{"type":"po"}]`)), "eventList[0].bizTransactionList[0].bizTransaction"},
	{documentOf(with(`"bizTransactionList":[{"type":"po","bizTransaction":"http://a.example/po/1","example:x":1}]`)), "eventList[0].bizTransactionList[0].example:x"},
	{documentOf(with(`"sourceList":[{"type":"owning_party","source":"urn:epc:id:pgln:4012345.00225"}]`)), ""},
	{documentOf(with(`"sourceList":[{"source":"urn:epc:id:pgln:4012345.00225"}]`)), "eventList[0].sourceList[0].type"},
	{documentOf(with(`"sourceList":[{"type":"owner","source":"urn:epc:id:pgln:4012345.00225"}]`)), "eventList[0].sourceList[0].type"},
	{documentOf(with(`"sourceList":[{"type":"owning_party","destination":"urn:epc:id:pgln:4012345.00225"}]`)), "eventList[0].sourceList[0].destination"},
	{documentOf(with(`"destinationList":[{"type":"location"}]`)), "eventList[0].destinationList[0].destination"},
	{documentOf(with(`"destinationList":{"type":"location"}`)), "eventList[0].destinationList"},

	// ObjectEvent.
	{documentOf(objectEvent(`"action":"OBSERVE"`)), "eventList[0].epcList"},
	{documentOf(objectEvent(`"action":"OBSERVE","epcList":[]`)), ""},
	{documentOf(objectEvent(`"action":"OBSERVE","quantityList":[]`)), "eventList[0].epcList"},
	{documentOf(objectEvent(`"action":"OBSERVE","readPoint":{"id":"urn:a:b"},"sensorElementList":[{"sensorReport":[{"type":"Temperature"}]}]`)), ""},
	{documentOf(objectEvent(`"action":"OBSERVE","sensorElementList":[{"sensorReport":[{"type":"Temperature"}]}]`)), "eventList[0].epcList"},
	{documentOf(objectEvent(`"epcList":[]`)), "eventList[0].action"},
	{documentOf(objectEvent(`"action":"add","epcList":[]`)), "eventList[0].action"},
	{documentOf(objectEvent(`"action":"ADD","epcList":["urn:a:b","urn:a:b"]`)), "eventList[0].epcList[1]"},
	{documentOf(objectEvent(`"action":"ADD","epcList":["urn:a:b",5]`)), "eventList[0].epcList[1]"},
	{documentOf(objectEvent(`"action":"ADD","epcList":["urn:a:b","1234"]`)), "eventList[0].epcList[1]"},
	{documentOf(objectEvent(`"action":"ADD","epcList":["urn:a:b"],"parentID":"urn:a:c"`)), "eventList[0].parentID"},
	{documentOf(objectEvent(`"action":"ADD","epcList":["urn:a:b"],"ilmd":{"example:lot":"1"}`)), ""},
	{documentOf(objectEvent(`"action":"ADD","epcList":["urn:a:b"],"ilmd":{"lot":"1"}`)), "eventList[0].ilmd.lot"},
	{documentOf(objectEvent(`"action":"OBSERVE","epcList":["urn:a:b"],"ilmd":{"example:lot":"1"}`)), "eventList[0].ilmd"},
	{documentOf(objectEvent(`"action":"DELETE","epcList":["urn:a:b"],"ilmd":{}`)), "eventList[0].ilmd"},
	{documentOf(objectEvent(`"action":"ADD","quantityList":[{"epcClass":"urn:epc:class:lgtin:4012345.012345.998877","quantity":200.5,"uom":"KGM"}]`)), ""},
	{documentOf(objectEvent(`"action":"ADD","quantityList":[{"epcClass":"urn:epc:class:lgtin:4012345.012345.998877"}]`)), ""},
	{documentOf(objectEvent(`"action":"ADD","quantityList":[{"quantity":1}]`)), "eventList[0].quantityList[0].epcClass"},
	{documentOf(objectEvent(`"action":"ADD","quantityList":[{"epcClass":"urn:a:b","quantity":"1"}]`)), "eventList[0].quantityList[0].quantity"},
	{documentOf(objectEvent(`"action":"ADD","quantityList":[{"epcClass":"urn:a:b","quantity":1,"uom":"kg"}]`)), "eventList[0].quantityList[0].uom"},
	{documentOf(objectEvent(`"action":"ADD","quantityList":[{"epcClass":"urn:a:b","quantity":1,"unit":"KGM"}]`)), "eventList[0].quantityList[0].unit"},

	// The other types.
	{documentOf(`{"type":"AggregationEvent",` + when + `"action":"ADD","parentID":"urn:a:b","childEPCs":["urn:a:c"]}`), ""},
	{documentOf(`{"type":"AggregationEvent",` + when + `"action":"OBSERVE","childEPCs":["urn:a:c"]}`), ""},
	{documentOf(`{"type":"AggregationEvent",` + when + `"action":"ADD","parentID":"urn:a:b"}`), "eventList[0].childEPCs"},
	{documentOf(`{"type":"AggregationEvent",` + when + `"action":"ADD","parentID":"urn:a:b","childEPCs":[],"childQuantityList":[]}`), "eventList[0].childEPCs"},
	{documentOf(`{"type":"AggregationEvent",` + when + `"action":"DELETE","parentID":"urn:a:b"}`), ""},
	{documentOf(`{"type":"AggregationEvent",` + when + `"action":"ADD","parentID":"urn:a:b","childEPCs":["urn:a:c"],"ilmd":{}}`), "eventList[0].ilmd"},
	{documentOf(`{"type":"AssociationEvent",` + when + `"action":"ADD","childEPCs":["urn:a:c"]}`), "eventList[0].parentID"},
	{documentOf(`{"type":"AssociationEvent",` + when + `"action":"ADD","parentID":"urn:a:b","childQuantityList":[{"epcClass":"urn:a:c"}]}`), ""},
	{documentOf(`{"type":"TransactionEvent",` + when + `"action":"ADD","epcList":["urn:a:b"]}`), "eventList[0].bizTransactionList"},
	{documentOf(`{"type":"TransactionEvent",` + when + `"action":"ADD","epcList":["urn:a:b"],"bizTransactionList":[]}`), "eventList[0].bizTransactionList"},
	{documentOf(`{"type":"TransactionEvent",` + when + `"action":"ADD","bizTransactionList":[{"bizTransaction":"urn:a:c"}]}`), "eventList[0].epcList"},
	{documentOf(`{"type":"TransactionEvent",` + when + `"action":"DELETE","bizTransactionList":[{"bizTransaction":"urn:a:c"}]}`), ""},
	{documentOf(`{"type":"TransactionEvent",` + when + `"action":"ADD","epcList":["urn:a:b","urn:a:b"],"bizTransactionList":[{"bizTransaction":"urn:a:c"}]}`), ""},
	{documentOf(`{"type":"TransformationEvent",` + when + `"inputEPCList":["urn:a:b"],"outputEPCList":["urn:a:c"]}`), ""},
	{documentOf(`{"type":"TransformationEvent",` + when + `"inputEPCList":["urn:a:b"]}`), "eventList[0].outputEPCList"},
	{documentOf(`{"type":"TransformationEvent",` + when + `"outputEPCList":["urn:a:b"]}`), "eventList[0].inputEPCList"},
	{documentOf(`{"type":"TransformationEvent",` + when + `"inputEPCList":["urn:a:b"],"transformationID":"urn:a:t"}`), ""},
	{documentOf(`{"type":"TransformationEvent",` + when + `"transformationID":"urn:a:t"}`), "eventList[0].inputEPCList"},
	{documentOf(`{"type":"TransformationEvent",` + when + `"inputEPCList":["urn:a:b"],"outputEPCList":["urn:a:c"],"action":"ADD"}`), "eventList[0].action"},
	{documentOf(`{"type":"TransformationEvent",` + when + `"inputEPCList":["urn:a:b"],"outputEPCList":["urn:a:c"],"ilmd":{"example:lot":"1"}}`), ""},

	// Sensors.
	{documentOf(sensor(`{"type":"Temperature","value":26.5,"uom":"CEL","deviceID":"urn:epc:id:giai:4000001.111","time":"2026-06-03T07:30:00Z","example:x":1}`)), ""},
	{documentOf(sensor(`{"value":26}`)), "eventList[0].sensorElementList[0].sensorReport[0].type"},
	{documentOf(sensor(`{"type":"Heat"}`)), "eventList[0].sensorElementList[0].sensorReport[0].type"},
	{documentOf(sensor(`{"type":"example:Heat"}`)), ""},
	{documentOf(sensor(`{"type":"https://gs1.org/voc/Temperature"}`)), "eventList[0].sensorElementList[0].sensorReport[0].type"},
	{documentOf(sensor(`{"type":"Temperature","value":"26"}`)), "eventList[0].sensorElementList[0].sensorReport[0].value"},
	{documentOf(sensor(`{"type":"Temperature","booleanValue":"true"}`)), "eventList[0].sensorElementList[0].sensorReport[0].booleanValue"},
	{documentOf(sensor(`{"type":"Temperature","hexBinaryValue":"xyz"}`)), "eventList[0].sensorElementList[0].sensorReport[0].hexBinaryValue"},
	{documentOf(sensor(`{"type":"Temperature","exception":"ALARM_CONDITION","component":"latitude"}`)), ""},
	{documentOf(sensor(`{"type":"Temperature","exception":"ALARM"}`)), "eventList[0].sensorElementList[0].sensorReport[0].exception"},
	{documentOf(sensor(`{"type":"Temperature","component":"w"}`)), "eventList[0].sensorElementList[0].sensorReport[0].component"},
	{documentOf(sensor(`{"type":"Temperature","unit":"CEL"}`)), "eventList[0].sensorElementList[0].sensorReport[0].unit"},
	{documentOf(sensor(``)), "eventList[0].sensorElementList[0].sensorReport"},
	{documentOf(with(`"sensorElementList":[{"sensorMetadata":{}}]`)), "eventList[0].sensorElementList[0].sensorReport"},
	{documentOf(with(`"sensorElementList":[{"sensorMetadata":{"startTime":"now"},"sensorReport":[{"type":"Temperature"}]}]`)), "eventList[0].sensorElementList[0].sensorMetadata.startTime"},
	{documentOf(with(`"sensorElementList":[{"sensorMetadata":{"place":"x"},"sensorReport":[{"type":"Temperature"}]}]`)), "eventList[0].sensorElementList[0].sensorMetadata.place"},

	// Query documents.
	{queryDocument(`"queryName":"q","resultsBody":{"eventList":[]}`), ""},
	{queryDocument(`"queryName":"q","subscriptionID":"s","resultsBody":{"eventList":[` + with(`"example:a":1`) + `]}`), ""},
	{queryDocument(`"resultsBody":{"eventList":[]}`), "epcisBody.queryResults.queryName"},
	{queryDocument(`"queryName":"q"`), "epcisBody.queryResults.resultsBody"},
	{queryDocument(`"queryName":"q","resultsBody":{}`), "epcisBody.queryResults.resultsBody.eventList"},
	{queryDocument(`"queryName":"q","more":1,"resultsBody":{"eventList":[]}`), "epcisBody.queryResults.more"},
	{queryDocument(`"queryName":"q","resultsBody":{"eventList":[{"type":"ObjectEvent"}]}`), "eventList[0].eventTime"},
}

func queryDocument(results string) string {
	return `{"@context":"` + ContextURL + `","type":"EPCISQueryDocument","epcisBody":{"queryResults":{` + results + `}}}`
}

// TestSchemaAgreement shows that the schema and we accept and refuse the same,
// and that we name the field.
func TestSchemaAgreement(t *testing.T) {
	schema := officialSchema(t)
	for _, c := range schemaCases {
		official := valid(schema, []byte(c.doc))
		_, ours := DecodeDocument([]byte(c.doc), DefaultLimits)
		if (official == nil) != (ours == nil) {
			t.Errorf("%s\nthe schema: %v\n ours: %v", c.doc, official, ours)
			continue
		}
		if got := blamed(ours); got != c.field {
			t.Errorf("%s\nfield %q, want %q: %v", c.doc, got, c.field, ours)
		}
	}
}

// TestSchemaAgreementOfMutations changes every value in the examples that have all
// fields, in every way that is wrong somewhere, and asks the schema and us.
func TestSchemaAgreementOfMutations(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	schema := officialSchema(t)
	asked, refused := 0, 0
	for _, file := range referenceFiles(t, "examples/WithFull*.jsonld", 5) {
		src := string(readFile(t, file))
		root, err := parse(src, 64)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range targets(&root, "") {
			for _, value := range []string{`5`, `"x"`, `"urn:a:b"`, `true`, `null`, `{}`, `[]`, `[{}]`, `["urn:a:b","urn:a:b"]`} {
				doc := []byte(src[:at.start] + value + src[at.end:])
				official, ours := valid(schema, doc), error(nil)
				if _, err := DecodeDocument(doc, DefaultLimits); err != nil {
					ours = err
				}
				asked++
				if official != nil {
					refused++
				}
				if at.path == "epcisBody.eventList[].type" && value == `"urn:a:b"` {
					continue // an event type of one's own
				}
				if (official == nil) != (ours == nil) {
					t.Errorf("%s in %s\nthe schema: %v\n ours: %v", value, at.path, official, ours)
				}
			}
		}
	}
	if asked < 1000 || refused < 500 {
		t.Errorf("only %d changes, %d of them wrong", asked, refused)
	}
}

type target struct {
	path       string
	start, end int
}

// targets lists the values of the standard's fields, each at its first place.
func targets(n *node, path string) (list []target) {
	for i := range n.children {
		m := &n.children[i]
		if strings.Contains(m.name, ":") || n.kind == array && i > 0 {
			continue
		}
		below := strings.TrimPrefix(path+"."+m.name, ".")
		if n.kind == array {
			below = path + "[]"
		}
		list = append(list, target{below, m.start, m.end})
		if m.name != "@context" {
			list = append(list, targets(m, below)...)
		}
	}
	return list
}

// blamed is the first field of an error.
func blamed(err error) string {
	e, ok := err.(*ValidationError)
	if !ok {
		return ""
	}
	return e.Problems[0].Field
}

func ExampleValidationError() {
	_, err := DecodeDocument([]byte(documentOf(with(`"bizStep":"Milling","quantityList":[{"epcClass":"urn:epc:class:lgtin:0614141.12345.7","quantity":0.1234567}]`))), DefaultLimits)
	for _, p := range err.(*ValidationError).Problems {
		fmt.Println(p.Event, p.Field, p.Message)
	}
	// Output:
	// 0 eventList[0].bizStep "Milling" is neither a business step of the standard nor a URI
	// 0 eventList[0].quantityList[0].epcClass gs1: AI 01 "0614141.12345.7": company prefix and reference must have 13 digits together
	// 0 eventList[0].quantityList[0].quantity "0.1234567" has more than 6 digits behind the point
}
