package croissant

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/piprate/json-gold/ld"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/market"
)

var site = Site{Base: "https://sogoc.example.vn", Title: "Sổ", Source: func(s market.Source) string { return "https://example.com/" + s.Ref }}

var table = []byte("commune,weight\nA,1\n")

func open() market.Entry {
	return market.Entry{
		Release: market.Release{
			Dataset: ledger.ID{1}, Version: 3, Licence: "https://creativecommons.org/licenses/by/4.0/",
			Files: []market.File{
				{Name: "a.csv", Media: "text/csv; charset=utf-8", Bytes: int64(len(table)), CID: content.Raw(table).String()},
				{Name: "large.csv", Media: "text/csv", Bytes: 1 << 30, CID: "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"},
				{Name: "a.pdf", Media: "application/pdf", Bytes: 5, CID: content.Raw(nil).String()},
			},
			From: []market.Source{{Kind: market.FromOutside, Ref: "x"}},
		},
		About: &market.Description{
			Title: ledger.Text{VI: "Vải </script><b>", EN: "Lychee & co"}, Summary: ledger.Text{VI: "Theo xã"}, Keywords: []string{"vải"}, Method: ledger.Text{VI: "Cân"},
			From: 1_767_200_400_000, Columns: []market.Column{{Name: "commune", Title: ledger.Text{VI: "Xã"}, Type: "string"}, {Name: "weight", Type: "number", Unit: "KGM"}},
		},
		Publisher: market.Publisher{ID: ledger.ID{2}, Name: "Hợp tác xã", Web: "https://example.com/"},
		Issued:    1_780_000_000_000, Modified: 1_790_000_000_000, Place: &market.Place{Code: "07234", Name: ledger.Text{VI: "Lục Ngạn"}},
	}
}

// TestDescribe: testdata has what is written.
func TestDescribe(t *testing.T) {
	agreed := open()
	agreed.Access, agreed.About.Conditions = market.Agreed, ledger.Text{VI: "Ký thỏa thuận"}
	for name, e := range map[string]market.Entry{"open.json": open(), "agreed.json": agreed, "bare.json": {Release: market.Release{Dataset: ledger.ID{3}, Version: 1, Licence: "x:y"}}} {
		var b bytes.Buffer
		if err := json.Indent(&b, site.Describe(e), "", "  "); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", name)
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(file); err != nil || !bytes.Equal(want, b.Bytes()) {
			t.Errorf("%s: %v\n%s", name, err, b.Bytes())
		}
	}
	if doc := string(site.Describe(agreed)); strings.Contains(doc, "/ipfs/") || strings.Contains(doc, "recordSet\":[") {
		t.Error("files that are not open are offered for download")
	}
	if doc := string(site.Describe(open())); strings.ContainsAny(doc, "<>&") {
		t.Error("the document could end the script that it stands in")
	}
	sum := sha256.Sum256(table)
	if !strings.Contains(string(site.Describe(open())), `"sha256":"`+hex.EncodeToString(sum[:])+`"`) {
		t.Error("the hash of a small file is not stated")
	}
}

// TestLinkedData: as JSON-LD it says what Croissant's loaders and search engines look for.
func TestLinkedData(t *testing.T) {
	doc, err := ld.DocumentFromReader(bytes.NewReader(site.Describe(open())))
	if err != nil {
		t.Fatal(err)
	}
	options := ld.NewJsonLdOptions("")
	options.ProcessingMode, options.Format = ld.JsonLd_1_1, "application/n-quads"
	out, err := ld.NewJsonLdProcessor().ToRDF(doc, options)
	if err != nil {
		t.Fatal(err)
	}
	quads := out.(string)
	it := "<https://sogoc.example.vn/datasets/01000000000000000000000000000000#dataset> "
	for _, want := range []string{
		it + "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://schema.org/Dataset>",
		it + `<http://purl.org/dc/terms/conformsTo> "http://mlcommons.org/croissant/1.0"`,
		it + `<https://schema.org/name> "Vải </script><b>"`,
		it + `<https://schema.org/license> "https://creativecommons.org/licenses/by/4.0/"`,
		it + `<https://schema.org/temporalCoverage> "2026-01-01/.."`,
		it + "<https://schema.org/distribution> ",
		it + "<http://mlcommons.org/croissant/recordSet> ",
		"<http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://mlcommons.org/croissant/FileObject>",
		"<https://schema.org/contentUrl> \"https://sogoc.example.vn/ipfs/",
		"<http://mlcommons.org/croissant/dataType> <https://schema.org/Float>",
		"<http://mlcommons.org/croissant/column> \"weight\"",
	} {
		if !strings.Contains(quads, want) {
			t.Errorf("the graph lacks %s", want)
		}
	}
	if t.Failed() {
		t.Log(quads)
	}
}
