package prov

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

var lineage = Lineage{
	Things: []Thing{
		{Kind: Version, Dataset: ledger.ID{1}, Version: 2, Title: ledger.Text{VI: "Giá vải", EN: "Prices"}, Publisher: market.Publisher{ID: ledger.ID{9}, Name: "HTX"}, Published: 1_780_000_000_000, Entry: 12, Shown: true},
		{Kind: Version, Dataset: ledger.ID{1}, Version: 1, Title: ledger.Text{VI: "Giá vải"}, Publisher: market.Publisher{ID: ledger.ID{9}, Name: "HTX"}, Published: 1_770_000_000_000, Entry: 7, Shown: true},
		{Kind: Version, Dataset: ledger.ID{2}, Version: 5},
		{Kind: Register, Ref: "00ff@41"},
		{Kind: Batch, Ref: "https://id.gs1.org/01/09520000000001/10/A"},
		{Kind: Outside, Ref: "https://example.com/a?b"},
	},
	Derivations: []Derivation{{Made: 0, Used: 1, Revision: true}, {Made: 0, Used: 2, How: "nối / joined"}, {Made: 0, Used: 3, How: "cộng"}, {Made: 1, Used: 4, How: "đo"}, {Made: 2, Used: 5, How: "chép"}},
}

// TestEncode: testdata has what is written.
func TestEncode(t *testing.T) {
	var b bytes.Buffer
	if err := json.Indent(&b, Encode("https://sogoc.example.vn", lineage), "", "  "); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", "lineage.json")
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(file); err != nil || !bytes.Equal(want, b.Bytes()) {
		t.Errorf("%v\n%s", err, b.Bytes())
	}
}

// TestReferences: whatever a relation names is there, and has a prefix that is declared.
func TestReferences(t *testing.T) {
	var doc map[string]map[string]any
	if err := json.Unmarshal(Encode("https://sogoc.example.vn", lineage), &doc); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]string{
		"prov:entity": "entity", "prov:generatedEntity": "entity", "prov:usedEntity": "entity", "prov:specificEntity": "entity", "prov:generalEntity": "entity",
		"prov:activity": "activity", "prov:agent": "agent",
	}
	looked := 0
	for relation, list := range doc {
		for id, v := range list {
			if prefix, _, ok := strings.Cut(id, ":"); relation != "prefix" && (!ok || prefix != "_" && doc["prefix"][prefix] == nil) {
				t.Errorf("%s: %s has no prefix", relation, id)
			}
			members, _ := v.(map[string]any)
			for name, to := range members {
				if kind := kinds[name]; kind != "" {
					looked++
					if doc[kind][to.(string)] == nil {
						t.Errorf("%s %s: there is no %s %v", relation, id, kind, to)
					}
				}
			}
		}
	}
	if looked != 2*5+2*3+2*2*3 {
		t.Errorf("%d references", looked)
	}
	if text := string(Encode("https://sogoc.example.vn", lineage)); strings.Contains(text, "receipts/0") {
		t.Error("a version that is not shown has a publication")
	}
}
