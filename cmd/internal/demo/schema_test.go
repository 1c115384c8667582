package demo_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schema holds that every event, as it is stored, is valid by the official schema.
func schema(t *testing.T, n *node) {
	path := filepath.Join("..", "..", "..", "..", "shared", "data", "epcis", "epcis-json-schema.json")
	if _, err := os.Stat(path); err != nil {
		t.Skip("the reference data is not there: " + path)
	}
	s, err := jsonschema.NewCompiler().Compile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range n.recorded {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(r.raw))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(v); err != nil {
			t.Errorf("%s %s: %v\n%s", r.fact.Step, r.fact.Event, err, r.raw)
			return
		}
	}
}
