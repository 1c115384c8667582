package epcis

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// TestRefused are documents that the schema accepts, or cannot see, and we do not.
func TestRefused(t *testing.T) {
	whole := documentOf(with(`"example:a":1`))
	for _, c := range []struct{ doc, field, message string }{
		{``, "", "line 1, column 1: the document ends where a value should be"},
		{whole + `{}`, "", "behind the end"},
		{whole[:len(whole)-1], "", "ends where a comma or } should be"},
		{"{\n  \"type\": nil\n}", "", "line 2, column 11: there is 'n' where a value should be"},
		{`{"type":"EPCISDocument",}`, "", "a member's name"},
		{`{"a":01}`, "", "a comma or }"},
		{`{"a":1.}`, "", "a digit"},
		{`{"a":-}`, "", "a digit"},
		{`{"a":[1,]}`, "", "there is ']' where a value should be"},
		{`{"a":"\x"}`, "", "wrong escape"},
		{`{"a":"\ud800"}`, "", "wrong escape"},
		{`{"a":"\ud800A"}`, "", "wrong escape"},
		{"{\"a\":\"\n\"}", "", "control character"},
		{"{\"a\":\"\\t\n\"}", "", "control character"},
		{"{\"a\":\"\xff\"}", "", "line 1, column 7: the text is not UTF-8"},
		{`{"type":"EPCISDocument","type":"EPCISDocument"}`, "", `the name "type" stands twice`},
		{`{"type":"EPCISDocument","t\u0079pe":"EPCISDocument"}`, "", `the name "type" stands twice`},
		{documentOf(with(manyNames(60) + `,"example:n3":1`)), "", `the name "example:n3" stands twice`},
		{strings.Repeat("[", 65), "", "nested too deeply"},
		{`{"type":"ObjectEvent"}`, "type", "must be EPCISDocument or EPCISQueryDocument"},

		{documentOf(`{"type":"https://ns.example.com/epcis/Event",` + when + `"example:a":1}`), "eventList[0].type", "five event types"},
		{documentOf(with(`"readPoint":{"id":"urn:a:b","door":"3"}`)), "eventList[0].readPoint.door", "have a prefix"},
		{documentOf(`{"type":"AggregationEvent",` + when + `"action":"ADD","childEPCs":["urn:a:c"]}`), "eventList[0].parentID", "is missing"},
		{documentOf(objectEvent(`"action":"ADD","epcList":["https://id.gs1.org/01/09521234543214/21/1"]`)), "eventList[0].epcList[0]", "check digit"},
		{documentOf(objectEvent(`"action":"ADD","epcList":["urn:epc:id:sgtin:0614141.10734.2017"]`)), "eventList[0].epcList[0]", "13 digits"},
		{documentOf(with(`"readPoint":{"id":"https://id.gs1.org/414/4012345000116"}`)), "eventList[0].readPoint.id", "check digit"},
		{documentOf(objectEvent(`"action":"ADD","quantityList":[{"epcClass":"urn:a:b","quantity":1.2345678}]`)), "eventList[0].quantityList[0].quantity", "more than 6 digits"},
		{documentOf(objectEvent(`"action":"ADD","quantityList":[{"epcClass":"urn:a:b","quantity":-1}]`)), "eventList[0].quantityList[0].quantity", "less than nothing"},
		{documentOf(objectEvent(`"action":"ADD","quantityList":[{"epcClass":"urn:a:b","quantity":1e19}]`)), "eventList[0].quantityList[0].quantity", "too large"},
		{documentOf(with(`"bizStep":"urn:epcglobal:cbv:bizstep:milling"`)), "eventList[0].bizStep", "bare word"},
		{documentOf(with(`"@context":{` + manyNames(maxTerms+1) + `}`)), "eventList[0].@context", "more than 64 contexts or 200 terms"},
		{strings.Replace(documentOf(), `"`+ContextURL+`"`, strings.Repeat(`{},`, 2)+`5`, 1), "@context[1]", "twice"},
		{documentOf(with(`"eventID":"urn:a:%zz"`)), "eventList[0].eventID", "not a URI"},
	} {
		_, err := DecodeDocument([]byte(c.doc), DefaultLimits)
		if err == nil || blamed(err) != c.field || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%.300s\n got %v\nwant %s: %s", c.doc, err, c.field, c.message)
		}
	}
}

func manyNames(n int) string {
	var b []string
	for i := range n {
		b = append(b, fmt.Sprintf(`"example:n%d":%d`, i, i))
	}
	return strings.Join(b, ",")
}

func TestProblems(t *testing.T) {
	events := make([]string, 30)
	for i := range events {
		events[i] = with(`"bizStep":"x","grade":1`)
	}
	events[0] = with(`"bizStep":"shipping"`)
	_, err := DecodeDocument([]byte(documentOf(events...)), DefaultLimits)
	var list *ValidationError
	if !errors.As(err, &list) || len(list.Problems) != 20 {
		t.Fatalf("%v", err)
	}
	if p := list.Problems[0]; p.Event != 1 || p.Field != "eventList[1].bizStep" {
		t.Errorf("first problem %+v", p)
	}
	if p := list.Problems[19]; p.Event != 10 || p.Field != "eventList[10].grade" {
		t.Errorf("last problem %+v", p)
	}
	var e *ledger.Error
	if !errors.As(err, &e) || e.Code != ledger.Invalid || e.Field != "eventList[1].bizStep" || !strings.HasSuffix(e.Message, "(and 19 more)") {
		t.Errorf("as the ledger's error: %+v", e)
	}
	_, err = DecodeDocument([]byte(`{"type":"EPCISDocument"}`), DefaultLimits)
	if errors.As(err, &list); list.Problems[0].Event != -1 || len(list.Problems) != 4 {
		t.Errorf("%+v", list)
	}
	_, err = DecodeEvent([]byte(with(`"bizStep":"x"`)), DefaultLimits)
	if errors.As(err, &list); len(list.Problems) != 2 || list.Problems[0] != (Problem{0, "@context", "is missing"}) || list.Problems[1].Field != "bizStep" {
		t.Errorf("%+v", list)
	}
}

func TestLimits(t *testing.T) {
	doc := []byte(documentOf(with(`"bizStep":"shipping"`), with(`"bizStep":"receiving"`)))
	for _, c := range []struct {
		limits Limits
		doc    []byte
		code   ledger.Code
	}{
		{Limits{}, doc, ""},
		{Limits{Size: len(doc), Events: 2, Depth: 5}, doc, ""},
		{Limits{Size: len(doc) - 1}, doc, ledger.TooLarge},
		{Limits{Events: 1}, doc, ledger.TooLarge},
		{Limits{Depth: 4}, doc, ledger.Invalid},
		{Limits{}, []byte("[" + strings.Repeat("1,", maxValues) + "1]"), ledger.TooLarge},
		{Limits{}, []byte(documentOf(objectEvent(`"action":"ADD","epcList":["urn:a:1"` + manyEPCs(trace.MaxStock) + `]`))), ledger.TooLarge},
	} {
		_, err := DecodeDocument(c.doc, c.limits)
		if (err == nil) != (c.code == "") || err != nil && ledger.CodeOf(err) != c.code {
			t.Errorf("%+v: %v, want %s", c.limits, err, c.code)
		}
	}
	event := []byte(`{"@context":"` + ContextURL + `",` + with(`"bizStep":"shipping"`)[1:])
	if _, err := DecodeEvent(event, Limits{Depth: 5}); err != nil {
		t.Error(err)
	}
	if _, err := DecodeEvent(event, Limits{Size: len(event) - 1}); ledger.CodeOf(err) != ledger.TooLarge {
		t.Error(err)
	}
}

func manyEPCs(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"urn:b:%d"`, i)
	}
	return b.String()
}

// TestEvent checks what an event becomes.
func TestEvent(t *testing.T) {
	ilmd := `{"example:lot":"VAI-1","cbvmda:countryOfOrigin":"VN"}`
	raw := `{"type":"ObjectEvent","eventTime":"2026-06-03T07:30:00.1235+07:00","eventTimeZoneOffset":"+07:00",` +
		`"eventID":"urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8","certificationInfo":["https://a.example/1","https://a.example/2"],` +
		`"errorDeclaration":{"declarationTime":"2026-06-04T00:00:00Z","reason":"cbv:ER-incorrect_data","correctiveEventIDs":["urn:a:1"]},` +
		`"action":"ADD","bizStep":"https://ref.gs1.org/cbv/BizStep-commissioning","disposition":"urn:epcglobal:cbv:disp:active",` +
		`"epcList":["urn:epc:id:sgtin:0614141.107346.2017","https://shop.example/01/10614141073464/21/2017","https://so.example/t/VNLN000127"],` +
		`"quantityList":[{"epcClass":"urn:epc:class:lgtin:4012345.012345.998877","quantity":200.50,"uom":"KGM"},{"epcClass":"urn:a:class"}],` +
		`"readPoint":{"id":"urn:epc:id:sgln:0614141.07346.1234"},"bizLocation":{"id":"geo:16.05,108.2"},` +
		`"bizTransactionList":[{"type":"example:contract","bizTransaction":"urn:epc:id:gdti:0614141.00001.1618034"}],` +
		`"sourceList":[{"type":"urn:epcglobal:cbv:sdt:owning_party","source":"urn:epc:id:pgln:4012345.00225"}],` +
		`"destinationList":[{"type":"https://example.com/buyer","destination":"https://example.com/us"}],` +
		`"ilmd":` + ilmd + `}`
	id := "/t/VNLN000127"
	if _, err := trace.ParseID(id); err != nil {
		id = "https://so.example/t/VNLN000127" // not a code: then a URI like any other
	}
	d, err := DecodeDocument([]byte(documentOf(raw)), DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	amount := trace.NewQuantity(2005, 1, "KGM")
	at, _ := parseTime("2026-06-03T00:30:00.124Z")
	declared, _ := parseTime("2026-06-04T00:00:00Z")
	want := trace.Event{
		ID: "urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8", Type: trace.ObjectEvent, Action: trace.Add, Time: at, Zone: "+07:00",
		Step: "commissioning", Disposition: "active",
		Objects: []trace.Stock{
			{ID: trace.MustID("https://id.gs1.org/01/10614141073464/21/2017")}, {ID: trace.MustID(id)},
			{ID: trace.MustID("https://id.gs1.org/01/04012345123456/10/998877"), Quantity: &amount}, {ID: trace.MustID("urn:a:class")},
		},
		ReadPoint: trace.MustID("https://id.gs1.org/414/0614141073467/254/1234"), Location: trace.MustID("geo:16.05,108.2"),
		Sources:      []trace.PartyRef{{Type: "owning_party", ID: trace.MustID("https://id.gs1.org/417/4012345002256")}},
		Destinations: []trace.PartyRef{{Type: "https://example.com/buyer", ID: trace.MustID("https://example.com/us")}},
		Transactions: []trace.Link{{Type: "https://ns.example.com/epcis/contract", ID: "https://id.gs1.org/253/06141410000121618034"}},
		Certificates: []string{"https://a.example/1", "https://a.example/2"},
		Error:        &trace.ErrorDeclaration{Time: declared, Reason: "incorrect_data", Corrections: []string{"urn:a:1"}},
		Hash:         hashOf(d.PreHash(0)),
	}
	got := d.Events[0]
	if string(got.Raw) != raw || len(got.ILMD) != 2 || string(got.ILMD["example:lot"]) != `"VAI-1"` {
		t.Errorf("raw %s, ilmd %s", got.Raw, got.ILMD)
	}
	got.Raw, got.ILMD = nil, nil
	if !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
}

// TestSides checks where the other types put what they are about.
func TestSides(t *testing.T) {
	d, err := DecodeDocument([]byte(documentOf(
		`{"type":"TransformationEvent",`+when+`"inputEPCList":["urn:a:1"],"inputQuantityList":[{"epcClass":"urn:a:2","quantity":3}],"outputQuantityList":[{"epcClass":"urn:a:4"}],"transformationID":"urn:a:5"}`,
		`{"type":"AssociationEvent",`+when+`"action":"ADD","parentID":"urn:a:1","childEPCs":["urn:a:2"],"childQuantityList":[{"epcClass":"urn:a:3"}]}`,
	)), DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	made, joined := d.Events[0], d.Events[1]
	if fmt.Sprintf("%v %v %s", ids(made.Inputs), ids(made.Outputs), made.Process) != "[urn:a:1 urn:a:2 3] [urn:a:4] urn:a:5" {
		t.Errorf("%+v", made)
	}
	if fmt.Sprintf("%s %v", joined.Parent, ids(joined.Objects)) != "urn:a:1 [urn:a:2 urn:a:3]" {
		t.Errorf("%+v", joined)
	}
	if made.ID != made.Hash {
		t.Errorf("an event without eventID has the ID %s, want its hash", made.ID)
	}
}

func ids(stock []trace.Stock) (list []string) {
	for _, s := range stock {
		list = append(list, s.ID.String())
		if s.Quantity != nil {
			list = append(list, s.Quantity.String())
		}
	}
	return list
}

func TestWords(t *testing.T) {
	own := terms{"example": "https://ns.example.com/epcis/", "c": "https://ref.gs1.org/cbv/"}
	for _, c := range []struct{ in, want string }{
		{"shipping", "shipping"},
		{"https://ref.gs1.org/cbv/BizStep-shipping", "shipping"},
		{"urn:epcglobal:cbv:bizstep:shipping", "shipping"},
		{"cbv:BizStep-shipping", "shipping"},
		{"c:BizStep-shipping", "shipping"},
		{"cbv:BizStep-milling", "https://ref.gs1.org/cbv/BizStep-milling"},
		{"example:milling", "https://ns.example.com/epcis/milling"},
		{"undeclared:milling", "undeclared:milling"},
		{"https://a.example/milling", "https://a.example/milling"},
	} {
		if got, problem := bizSteps.read(c.in, own); got != c.want || problem != "" {
			t.Errorf("%s is %s, %s; want %s", c.in, got, problem, c.want)
		}
	}
}

func TestContext(t *testing.T) {
	n, err := parse(`[{"a":"https://a.example/","b":"a:b/","c":{"@id":"b:c#"},"d":{"@type":"@id"},"@vocab":"https://v.example/"},"https://x.example/context",{"e":"b:e/","a":null}]`, 9)
	if err != nil {
		t.Fatal(err)
	}
	got := terms{"d": "https://d.example/"}.with(&n)
	want := terms{"b": "https://a.example/b/", "c": "https://a.example/b/c#", "e": "https://a.example/b/e/"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %v\nwant %v", got, want)
	}
}

func TestExceptions(t *testing.T) {
	for _, code := range []ledger.Code{ledger.Invalid, ledger.Unauthenticated, ledger.Forbidden, ledger.NotFound, ledger.Conflict, ledger.TooLarge, ledger.Unavailable, ledger.Internal} {
		if e := Exceptions[code]; e.Status < 400 || e.Title == "" || !strings.HasPrefix(e.Type, "epcisException:") {
			t.Errorf("%s: %+v", code, e)
		}
	}
	for _, file := range referenceFiles(t, "openapi.json", 1) {
		api := string(readFile(t, file))
		for code, e := range Exceptions {
			if !strings.Contains(api, `"`+e.Type+`"`) {
				t.Errorf("%s: %s is not an exception of the standard", code, e.Type)
			}
		}
	}
}

// TestDocumentsKeepApart: what was read of a document stays what it is when others are
// read, though they are parsed in the same memory, and when one of them is wrong.
func TestDocumentsKeepApart(t *testing.T) {
	docs := []string{
		documentOf(typical), documentOf(typical, typical, typical), documentOf(with(manyNames(40))),
		documentOf(with(`"example:a":{"example:b":[1,{"example:c":[[2],"\u00e1"]}]}`)), documentOf(strings.Split(strings.Repeat(typical+"\n", 99)+typical, "\n")...),
	}
	want := make([]*Document, len(docs))
	for i, doc := range docs {
		b := []byte(doc)
		d, err := DecodeDocument(b, DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := DecodeDocument(b[:len(b)-2-i], DefaultLimits); err == nil {
			t.Fatal("a document that is cut short is read")
		}
		want[i] = d
	}
	var reading sync.WaitGroup
	for first := range 4 {
		reading.Go(func() {
			for n := range 100 {
				i := (first + n) % len(docs)
				d, err := DecodeDocument([]byte(docs[i]), DefaultLimits)
				if err != nil || !reflect.DeepEqual(d, want[i]) {
					t.Errorf("document %d is read in another way, or %v", i, err)
					return
				}
			}
		})
	}
	reading.Wait()
}

// TestNothingIsHeldOn: nodes that are given back hold on to no document, also where it
// was wrong in the middle of a list.
func TestNothingIsHeldOn(t *testing.T) {
	for _, doc := range []string{documentOf(typical), documentOf(typical)[:500], `{"a":[1,{"b":[2,3,"c"` + "\n", `[[[],[1,2]],"x",`} {
		m := new(nodes)
		m.parse(doc, 64)
		open, done := m.open[:cap(m.open)], m.done[:cap(m.done)]
		m.release()
		for _, n := range append(open, done...) {
			if !reflect.DeepEqual(n, node{}) {
				t.Fatalf("%.40s leaves %+v", doc, n)
			}
		}
	}
}
