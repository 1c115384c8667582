package demo_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dlclark/regexp2"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// lookahead is a regular expression that looks ahead, as the official schema's do
// and Go's own cannot.
type lookahead regexp2.Regexp

func (re *lookahead) MatchString(s string) bool {
	ok, err := (*regexp2.Regexp)(re).MatchString(s)
	return err == nil && ok
}

func (re *lookahead) String() string { return (*regexp2.Regexp)(re).String() }

// schema holds that every event, as it is stored, is valid by the official schema
// of EPCIS 2.0.
func schema(t *testing.T, n *node) {
	source, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "shared", "data", "epcis", "epcis-json-schema.json"))
	if err != nil {
		t.Skip("the reference data is not there: ", err)
	}
	definition, err := jsonschema.UnmarshalJSON(bytes.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	compiler.UseRegexpEngine(func(s string) (jsonschema.Regexp, error) {
		re, err := regexp2.Compile(s, regexp2.ECMAScript)
		return (*lookahead)(re), err
	})
	if err := compiler.AddResource("epcis.json", definition); err != nil {
		t.Fatal(err)
	}
	official, err := compiler.Compile("epcis.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range n.recorded {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(r.raw))
		if err != nil {
			t.Fatal(err)
		}
		if err := official.Validate(v); err != nil {
			t.Fatalf("%s %s: %v\n%s", r.fact.Step, r.fact.Event, err, r.raw)
		}
	}
}
