package market_test

import (
	"slices"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// TestMissing takes one thing after the other away from a release that lacks nothing.
func TestMissing(t *testing.T) {
	words := ledger.Text{VI: "x"}
	tests := []struct {
		change func(*market.Release, *market.Description)
		gaps   []market.Gap
	}{
		{func(r *market.Release, d *market.Description) {}, nil},
		{func(r *market.Release, d *market.Description) { d.Title = ledger.Text{} }, []market.Gap{{market.StepWhat, "title"}}},
		{func(r *market.Release, d *market.Description) { d.Summary = ledger.Text{} }, []market.Gap{{market.StepWhat, "summary"}}},
		{func(r *market.Release, d *market.Description) { d.Themes = nil }, []market.Gap{{market.StepWhat, "theme"}}},
		{func(r *market.Release, d *market.Description) { d.Contact = nil }, []market.Gap{{market.StepWhat, "contact"}}},
		{func(r *market.Release, d *market.Description) { d.Contact.Email = "" }, []market.Gap{{market.StepWhat, "contact"}}},
		{func(r *market.Release, d *market.Description) { r.Files, r.Review = nil, nil }, []market.Gap{{market.StepFiles, "files"}}},
		{func(r *market.Release, d *market.Description) { r.Review = nil }, []market.Gap{{market.StepFound, "review"}}},
		{func(r *market.Release, d *market.Description) {
			r.Kind, r.Files, r.Review, d.Quality = market.API, nil, nil, ledger.Text{}
		}, []market.Gap{{market.StepFiles, "endpoint"}}},
		{func(r *market.Release, d *market.Description) {
			r.Access, r.Files, r.Review, d.Quality = market.Listed, nil, nil, ledger.Text{}
		}, []market.Gap{{market.StepLaw, "conditions"}}},
		{func(r *market.Release, d *market.Description) { r.Licence = "" }, []market.Gap{{market.StepLaw, "licence"}}},
		{func(r *market.Release, d *market.Description) { r.Statement = nil }, []market.Gap{
			{market.StepLaw, "seller"}, {market.StepLaw, "origin"}, {market.StepLaw, "value"}, {market.StepLaw, "class"},
		}},
		{func(r *market.Release, d *market.Description) { d.Right = ledger.Text{} }, []market.Gap{{market.StepLaw, "right"}}},
		{func(r *market.Release, d *market.Description) { r.Statement.Value = market.Added }, []market.Gap{
			{market.StepLaw, "method"}, {market.StepLaw, "sources"},
		}},
		{func(r *market.Release, d *market.Description) { d.Quality = ledger.Text{} }, []market.Gap{{market.StepLaw, "quality"}}},
		{func(r *market.Release, d *market.Description) { d.Limits = ledger.Text{} }, []market.Gap{{market.StepLaw, "limits"}}},
		{func(r *market.Release, d *market.Description) { d.Frequency = "" }, []market.Gap{{market.StepLaw, "frequency"}}},
		{func(r *market.Release, d *market.Description) { d.Columns = []market.Column{{Name: "a"}, {Name: "b"}} }, []market.Gap{{market.StepLaw, "columns"}}},
	}
	for i, test := range tests {
		r := market.Release{
			Licence: market.OpenLicences[0], Files: []market.File{{Name: "a.csv"}}, Review: new(market.Review),
			Statement: &market.Statement{Seller: market.SellerAgency, Origin: market.OriginOwn, Value: market.Raw, Class: market.Ordinary},
		}
		d := market.Description{
			Title: words, Summary: words, Themes: []string{"AGRI"}, Contact: &market.Contact{Name: "x", Email: "x@example.vn"},
			Right: words, Quality: words, Limits: words, Frequency: "DAILY",
		}
		test.change(&r, &d)
		if got := market.Missing(r, d); !slices.Equal(got, test.gaps) {
			t.Errorf("%d: %v, want %v", i, got, test.gaps)
		}
	}
}
