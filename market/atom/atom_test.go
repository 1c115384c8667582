package atom

import (
	"bytes"
	"encoding/xml"
	"os"
	"path/filepath"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// TestEncode: testdata has what is written, and it is read as XML.
func TestEncode(t *testing.T) {
	f := Feed{
		Base: "https://sogoc.example.vn", Address: "https://sogoc.example.vn/datasets.atom", Title: "Sổ", Author: "Trung tâm", Began: 1_770_000_000_000,
		Entries: []market.Entry{
			{
				Release: market.Release{Dataset: ledger.ID{1}, Version: 2, Licence: "https://creativecommons.org/licenses/by/4.0/"},
				About: &market.Description{
					Title: ledger.Text{VI: "Vải < & >\u0001"}, Summary: ledger.Text{VI: "Theo xã", EN: "By commune"}, Themes: []string{"AGRI", "NONE"},
				},
				Publisher: market.Publisher{Name: "HTX", Web: "https://example.com/"}, Issued: 1_770_000_000_000, Modified: 1_790_000_000_000,
			},
			{Release: market.Release{Dataset: ledger.ID{2}, Version: 1}, Issued: 1_780_000_000_000, Modified: 1_780_000_000_000},
		},
	}
	for name, f := range map[string]Feed{"two.atom": f, "none.atom": {Base: f.Base, Address: f.Address, Title: f.Title, Author: f.Author, Began: f.Began}} {
		got := Encode(f)
		file := filepath.Join("testdata", name)
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(file); err != nil || !bytes.Equal(want, got) {
			t.Errorf("%s: %v\n%s", name, err, got)
		}
		var back feed
		if err := xml.Unmarshal(got, &back); err != nil || len(back.Entries) != len(f.Entries) || back.ID != f.Address {
			t.Errorf("%s: %v, %+v", name, err, back)
		}
	}
}
