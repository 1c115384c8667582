package odrl

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/piprate/json-gold/ld"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// reference is where the Dataspace Protocol's own documents are, outside the
// repository.
const reference = "../../../shared/data/dsp/"

var full = market.Terms{
	Price: 5_000_000, PayDays: 30, Release: market.OnPayment, Days: 365, Versions: 4, Downloads: 3, Calls: 1000,
	Deliver: 48, Object: 10, Purposes: []market.Purpose{market.PurposeResearch, market.PurposePublic},
	Territory: []string{"VN", "US-CA"}, Exclusive: true, PassOn: market.PassDerived, Attribute: true,
	Shares: []market.Share{{Org: ledger.ID{7}, Parts: 1250}, {Org: ledger.ID{8}, Parts: 5}},
}

var free = market.Terms{Versions: -1, Purposes: []market.Purpose{market.PurposeAny}, PassOn: market.PassAll}

func offerOf(t market.Terms) market.Offer {
	return market.Offer{ID: ledger.ID{1}, Dataset: ledger.ID{2}, Terms: t}
}

func agreementOf(t market.Terms) Agreement {
	return Agreement{ID: ledger.ID{1}, Dataset: ledger.ID{2}, Provider: ledger.ID{3}, Consumer: ledger.ID{4}, Version: 5, At: 1_790_000_000_123, Basis: "Luật Tiếp cận thông tin", Terms: t}
}

// must gives what a call gives that cannot fail here: must(t)(os.ReadFile(name)).
func must(t testing.TB) func([]byte, error) []byte {
	return func(b []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
}

// anyTerms draws terms that can be said.
func anyTerms(t *rapid.T) market.Terms {
	n := func(name string, least int) int { return rapid.IntRange(least, 10_000).Draw(t, name) }
	x := market.Terms{
		Price: market.Dong(rapid.Int64Range(0, int64(market.MaxPrice)).Draw(t, "price")),
		Days:  n("days", 0), Versions: n("versions", -1), Downloads: n("downloads", 0), Calls: n("calls", 0),
		Deliver: rapid.IntRange(0, 50).Draw(t, "deliver"), Object: rapid.IntRange(0, 15).Draw(t, "object"),
		Purposes: rapid.SliceOfNDistinct(rapid.SampledFrom([]market.Purpose{
			market.PurposeInternal, market.PurposeResearch, market.PurposeCommercial, market.PurposePublic,
		}), 0, 4, rapid.ID).Draw(t, "purposes"),
		Exclusive: rapid.Bool().Draw(t, "exclusive"), Attribute: rapid.Bool().Draw(t, "attribute"),
		PassOn: rapid.SampledFrom([]market.PassOn{market.PassNothing, market.PassDerived, market.PassAll}).Draw(t, "passOn"),
	}
	if len(x.Purposes) == 0 {
		x.Purposes = []market.Purpose{market.PurposeAny}
	}
	if places := rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Z]{2}(-[A-Z0-9]{1,3})?`), 0, 5, rapid.ID).Draw(t, "territory"); len(places) > 0 {
		x.Territory = places
	}
	if x.Price > 0 {
		x.PayDays = n("payDays", 0)
		x.Release = rapid.SampledFrom([]market.Condition{market.OnSigning, market.OnPayment}).Draw(t, "release")
		for i := range rapid.IntRange(0, 5).Draw(t, "shares") {
			x.Shares = append(x.Shares, market.Share{Org: ledger.ID{byte(i + 1)}, Parts: rapid.IntRange(1, 2000).Draw(t, "parts")})
		}
	}
	return x
}

// TestThereAndBack: what is written is read as it was, and written again is the same.
func TestThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := anyTerms(t)
		want := offerOf(terms)
		want.Until = ledger.Time(rapid.Int64Range(0, 4e12).Draw(t, "until"))
		b, err := EncodeOffer(want, ledger.ID{3})
		if err != nil {
			t.Fatal(err)
		}
		got, provider, err := DecodeOffer(b)
		want.Terms = Normal(terms)
		if err != nil || provider != (ledger.ID{3}) || !reflect.DeepEqual(got, want) {
			t.Fatalf("%v\n got %+v\nwant %+v\n%s", err, got, want, b)
		}
		if again, err := EncodeOffer(got, provider); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%v\n%s\n%s", err, again, b)
		}
		signed := agreementOf(terms)
		signed.Basis = rapid.String().Draw(t, "basis")
		if b, err = EncodeAgreement(signed); err != nil {
			t.Fatal(err)
		}
		back, err := DecodeAgreement(b)
		signed.Terms = Normal(terms)
		if err != nil || !reflect.DeepEqual(back, signed) {
			t.Fatalf("%v\n got %+v\nwant %+v\n%s", err, back, signed, b)
		}
	})
}

// TestBytes: the bytes that two sides sign do not change.
func TestBytes(t *testing.T) {
	for name, doc := range map[string][]byte{
		"full.jsonld": must(t)(EncodeAgreement(agreementOf(full))),
		"free.jsonld": must(t)(EncodeOffer(offerOf(free), ledger.ID{3})),
	} {
		file := filepath.Join("testdata", name)
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(file, doc, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(file); err != nil || !bytes.Equal(doc, want) {
			t.Errorf("%s: %v\n got %s\nwant %s", name, err, doc, want)
		}
	}
}

// TestAnyOrder: a policy of another connector has its members in another order, and
// perhaps no context.
func TestAnyOrder(t *testing.T) {
	var doc map[string]any
	if err := json.Unmarshal(must(t)(EncodeAgreement(agreementOf(full))), &doc); err != nil {
		t.Fatal(err)
	}
	delete(doc, "@context")
	b, err := json.MarshalIndent(doc, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := DecodeAgreement(b); err != nil || !reflect.DeepEqual(got, agreementOf(full)) {
		t.Errorf("%v: %+v", err, got)
	}
}

// TestRefused: one thing changed in a policy, and the words of the refusal.
func TestRefused(t *testing.T) {
	good := string(must(t)(EncodeAgreement(agreementOf(full))))
	for _, c := range []struct{ old, new, says string }{
		{`"leftOperand":"` + Namespace + `downloads"`, `"leftOperand":"odrl:industry"`, `constraint "odrl:industry"`},
		{`"leftOperand":"odrl:payAmount"`, `"leftOperand":"odrl:count"`, `constraint "odrl:count"`},
		{`"action":"use"`, `"action":"odrl:sell"`, `permission "odrl:sell"`},
		{`"action":"odrl:attribute"`, `"action":"odrl:inform"`, `duty "odrl:inform"`},
		{`"action":"` + Namespace + `accept"`, `"action":"odrl:delete"`, `obligation "odrl:delete"`},
		{`"prohibition":[{"action":"odrl:distribute"`, `"prohibition":[{"action":"odrl:print"`, `prohibition "odrl:print"`},
		{Namespace + `research`, Namespace + `war`, `"war" is no purpose`},
		{Namespace + `research`, `https://example.com/research`, `https://example.com/research`},
		{`"@value":"VN"`, `"value":"VN"`, `member "value"`},
		{`"@value":"VN"`, `"@value":"Vietnam"`, `"Vietnam" is no code of ISO 3166`},
		{`"operator":"lteq"`, `"operator":"gteq"`, `it differs`},
		{`"prohibition":[{"action":"odrl:distribute"}],`, ``, `it differs`},
		{`P365D`, `P1Y`, `"P1Y" is not of the form`},
		{`P365D`, `P0365D`, `it differs`},
		{`"5000000"`, `"5.000.000"`, `"5.000.000" is not of the form`},
		{`"12.50"`, `"12.5"`, `it differs`},
		{`currency/VND`, `currency/EUR`, `it differs`},
		{`"profile":"` + Profile, `"profile":"https://example.com`, `a profile that`},
		{`"@type":"Agreement"`, `"@type":"Offer"`, `not an odrl:Agreement`},
		{`"target":"urn:uuid:02`, `"target":"urn:uuid:0`, `target: `},
		{`"assignee":"urn:uuid:04`, `"assignee":"urn:UUID:04`, `assignee: `},
		{`"timestamp":"2026`, `"timestamp":"26`, `timestamp: `},
		{`"permission":[`, `"permission":[],"permission":[`, `permission: is there twice`},
		{`"action":"use"`, `"Action":"use"`, `member "Action"`},
		{`"action":"use"`, `"action":"use","refinement":[]`, `member "refinement"`},
		{`http://purl.org/dc/terms/`, `https://example.com/`, `@context: `},
		{`{"@context"`, `[{"@context"`, `cannot be read`},
		{`]}`, `]}{}`, `cannot be read`},
	} {
		doc := strings.Replace(good, c.old, c.new, 1)
		if doc == good {
			t.Errorf("%s is not in the policy", c.old)
		}
		_, err := DecodeAgreement([]byte(doc))
		if ledger.CodeOf(err) != ledger.Invalid || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %s", c.new, err, c.says)
		}
	}
	if _, err := DecodeAgreement([]byte(good + "{}")); err == nil || !strings.Contains(err.Error(), "behind") {
		t.Errorf("two policies in one: %v", err)
	}
	if _, err := DecodeAgreement(make([]byte, maxBytes+1)); ledger.CodeOf(err) != ledger.TooLarge {
		t.Errorf("too large: %v", err)
	}
}

// TestTermsThatCannotBeKept are not said.
func TestTermsThatCannotBeKept(t *testing.T) {
	terms := full
	terms.Days = -1
	if _, err := EncodeOffer(offerOf(terms), ledger.ID{3}); ledger.CodeOf(err) != ledger.Invalid {
		t.Errorf("%v", err)
	}
	if _, err := EncodeAgreement(agreementOf(terms)); ledger.CodeOf(err) != ledger.Invalid {
		t.Errorf("%v", err)
	}
	if _, err := EncodeAgreement(Agreement{Terms: free}); ledger.CodeOf(err) != ledger.Invalid {
		t.Errorf("an agreement on no version: %v", err)
	}
}

// TestNormal: what is said twice, or holds anyhow, is written once or not at all.
func TestNormal(t *testing.T) {
	terms := full
	terms.Deliver, terms.Object = DeliverHours, ObjectDays
	terms.Purposes = []market.Purpose{market.PurposeResearch, market.PurposeAny}
	terms.Territory = []string{"VN", "US", "VN"}
	got := Normal(terms)
	if got.Deliver != 0 || got.Object != 0 || !reflect.DeepEqual(got.Purposes, []market.Purpose{market.PurposeAny}) || !reflect.DeepEqual(got.Territory, []string{"VN", "US"}) {
		t.Errorf("%+v", got)
	}
	if !bytes.Equal(must(t)(EncodeOffer(offerOf(terms), ledger.ID{3})), must(t)(EncodeOffer(offerOf(got), ledger.ID{3}))) {
		t.Error("the same terms are written in two ways")
	}
}

// TestProtocol: offers and agreements fit the protocol's schemas, alone and within a
// message.
func TestProtocol(t *testing.T) {
	if _, err := os.Stat(reference); err != nil {
		t.Log("not checked against the protocol's schemas: they are not here: " + reference)
		return
	}
	compiler := jsonschema.NewCompiler()
	files, err := filepath.Glob(reference + "*/*.json")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(must(t)(os.ReadFile(file))))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if err := compiler.AddResource(v.(map[string]any)["$id"].(string), v); err != nil {
			t.Fatal(err)
		}
	}
	const at = "https://w3id.org/dspace/2025/1/negotiation/"
	valid := func(schema string, doc any) error {
		s, err := compiler.Compile(at + schema)
		if err != nil {
			t.Fatal(err)
		}
		return s.Validate(doc)
	}
	read := func(b []byte) map[string]any {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		return v.(map[string]any)
	}
	message := func(kind, member string, doc map[string]any) map[string]any {
		delete(doc, "@context")
		return map[string]any{
			"@context": []any{"https://w3id.org/dspace/2025/1/context.jsonld"}, "@type": kind,
			"providerPid": "urn:uuid:1", "consumerPid": "urn:uuid:2", member: doc,
		}
	}
	for _, terms := range []market.Terms{full, free} {
		o := read(must(t)(EncodeOffer(offerOf(terms), ledger.ID{3})))
		a := read(must(t)(EncodeAgreement(agreementOf(terms))))
		for schema, doc := range map[string]any{
			"contract-schema.json#/definitions/MessageOffer": o,
			"contract-schema.json#/definitions/Agreement":    a,
			"contract-offer-message-schema.json":             message("ContractOfferMessage", "offer", o),
			"contract-agreement-message-schema.json":         message("ContractAgreementMessage", "agreement", a),
		} {
			if err := valid(schema, doc); err != nil {
				t.Errorf("%s: %v", schema, err)
			}
		}
		delete(a, "assignee")
		if valid("contract-schema.json#/definitions/Agreement", a) == nil {
			t.Error("the schema lets an agreement of one side pass")
		}
	}
}

// fromDisk gives the protocol's contexts, and no other.
type fromDisk struct{ t *testing.T }

func (d fromDisk) LoadDocument(url string) (*ld.RemoteDocument, error) {
	name := map[string]string{
		"https://w3id.org/dspace/2025/1/odrl-profile.jsonld": "odrl.jsonld",
		"https://w3id.org/dspace/2025/1/context.jsonld":      "dspace.jsonld",
	}[url]
	if name == "" {
		d.t.Fatalf("%s is asked for", url)
	}
	doc, err := ld.DocumentFromReader(bytes.NewReader(must(d.t)(os.ReadFile(reference + "context/" + name))))
	return &ld.RemoteDocument{DocumentURL: url, Document: doc}, err
}

// TestLinkedData: alone and within a message a policy is the same graph, in which every
// name is a whole IRI.
func TestLinkedData(t *testing.T) {
	if _, err := os.Stat(reference); err != nil {
		t.Log("not read under the protocol's contexts: they are not here: " + reference)
		return
	}
	quads := func(doc map[string]any) map[string]bool {
		options := ld.NewJsonLdOptions("")
		options.DocumentLoader, options.Algorithm, options.Format = fromDisk{t}, "URDNA2015", "application/n-quads"
		options.ProcessingMode = ld.JsonLd_1_1
		text, err := ld.NewJsonLdProcessor().Normalize(doc, options)
		if err != nil {
			t.Fatal(err)
		}
		set := map[string]bool{}
		for _, line := range strings.Split(strings.TrimSpace(text.(string)), "\n") {
			set[line] = true
		}
		return set
	}
	read := func() (doc map[string]any) {
		if err := json.Unmarshal(must(t)(EncodeAgreement(agreementOf(full))), &doc); err != nil {
			t.Fatal(err)
		}
		return doc
	}
	alone := quads(read())
	for _, want := range []string{
		`<http://www.w3.org/ns/odrl/2/leftOperand> <http://www.w3.org/ns/odrl/2/payAmount>`,
		`<http://www.w3.org/ns/odrl/2/leftOperand> <` + Namespace + `downloads>`,
		`<http://www.w3.org/ns/odrl/2/operator> <http://www.w3.org/ns/odrl/2/isAnyOf>`,
		`<http://www.w3.org/ns/odrl/2/rightOperand> "5000000"^^<http://www.w3.org/2001/XMLSchema#integer>`,
		`<http://www.w3.org/ns/odrl/2/rightOperand> <` + Namespace + `research>`,
		`<http://www.w3.org/ns/odrl/2/unit> <` + dong + `>`,
		`<http://www.w3.org/ns/odrl/2/action> <http://www.w3.org/ns/odrl/2/compensate>`,
		`<http://www.w3.org/ns/odrl/2/profile> <` + Profile + `>`,
		`<https://w3id.org/dspace/2025/1/timestamp> "2026-09-21T14:13:20.123Z"`,
	} {
		found := false
		for line := range alone {
			found = found || strings.Contains(line, want)
		}
		if !found {
			t.Errorf("the graph has no %s", want)
		}
	}
	doc := read()
	members := countMembers(doc)
	delete(doc, "@context")
	within := quads(map[string]any{
		"@context": []any{"https://w3id.org/dspace/2025/1/context.jsonld"}, "@type": "ContractAgreementMessage", "agreement": doc,
	})
	if len(within) != len(alone)+2 {
		t.Errorf("%d statements alone, %d in a message", len(alone), len(within))
	}
	if len(alone) != members {
		t.Errorf("%d members, but %d statements: a name was dropped", members, len(alone))
	}
}

// countMembers counts the statements that a document makes: each member, each of a set,
// other than what names or types a term.
func countMembers(v any) (n int) {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			switch name {
			case "@context", "@id", "@value":
			case "@type":
				if v["@value"] == nil {
					n++
				}
			default:
				if list, ok := value.([]any); ok {
					n += len(list)
				} else {
					n++
				}
				n += countMembers(value)
			}
		}
	case []any:
		for _, value := range v {
			n += countMembers(value)
		}
	}
	return n
}

func FuzzDecode(f *testing.F) {
	for _, terms := range []market.Terms{full, free} {
		f.Add(must(f)(EncodeOffer(offerOf(terms), ledger.ID{3})))
		f.Add(must(f)(EncodeAgreement(agreementOf(terms))))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if o, provider, err := DecodeOffer(data); err == nil {
			again, back, err := DecodeOffer(must(t)(EncodeOffer(o, provider)))
			if err != nil || back != provider || !reflect.DeepEqual(again, o) {
				t.Errorf("%v: %+v is read again as %+v", err, o, again)
			}
		}
		if a, err := DecodeAgreement(data); err == nil {
			if again, err := DecodeAgreement(must(t)(EncodeAgreement(a))); err != nil || !reflect.DeepEqual(again, a) {
				t.Errorf("%v: %+v is read again as %+v", err, a, again)
			}
		}
	})
}
