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
		{func(r *market.Release, d *market.Description) { d.Title = ledger.Text{} }, []market.Gap{{market.StageWhat, "title"}}},
		{func(r *market.Release, d *market.Description) { d.Summary = ledger.Text{} }, []market.Gap{{market.StageWhat, "summary"}}},
		{func(r *market.Release, d *market.Description) { d.Themes = nil }, []market.Gap{{market.StageWhat, "theme"}}},
		{func(r *market.Release, d *market.Description) { d.Contact = nil }, []market.Gap{{market.StageWhat, "contact"}}},
		{func(r *market.Release, d *market.Description) { d.Contact.Email = "" }, []market.Gap{{market.StageWhat, "contact"}}},
		{func(r *market.Release, d *market.Description) { r.Files, r.Review = nil, nil }, []market.Gap{{market.StageFiles, "files"}}},
		{func(r *market.Release, d *market.Description) { r.Review = nil }, []market.Gap{{market.StageFound, "review"}}},
		{func(r *market.Release, d *market.Description) {
			r.Kind, r.Files, r.Review, d.Quality = market.API, nil, nil, ledger.Text{}
		}, []market.Gap{{market.StageFiles, "endpoint"}}},
		{func(r *market.Release, d *market.Description) {
			r.Access, r.Files, r.Review, d.Quality = market.Listed, nil, nil, ledger.Text{}
		}, []market.Gap{{market.StageLaw, "conditions"}}},
		{func(r *market.Release, d *market.Description) { r.Licence = "" }, []market.Gap{{market.StageLaw, "licence"}}},
		{func(r *market.Release, d *market.Description) { r.Statement = nil }, []market.Gap{
			{market.StageLaw, "seller"}, {market.StageLaw, "origin"}, {market.StageLaw, "value"}, {market.StageLaw, "class"},
		}},
		{func(r *market.Release, d *market.Description) { d.Right = ledger.Text{} }, []market.Gap{{market.StageLaw, "right"}}},
		{func(r *market.Release, d *market.Description) { r.Statement.Value = market.Added }, []market.Gap{
			{market.StageLaw, "method"}, {market.StageLaw, "sources"},
		}},
		{func(r *market.Release, d *market.Description) { d.Quality = ledger.Text{} }, []market.Gap{{market.StageLaw, "quality"}}},
		{func(r *market.Release, d *market.Description) { d.Limits = ledger.Text{} }, []market.Gap{{market.StageLaw, "limits"}}},
		{func(r *market.Release, d *market.Description) { d.Frequency = "" }, []market.Gap{{market.StageLaw, "frequency"}}},
		{func(r *market.Release, d *market.Description) { d.Columns = []market.Column{{Name: "a"}, {Name: "b"}} }, []market.Gap{{market.StageLaw, "columns"}}},
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
		if got := market.Gaps(r, d); !slices.Equal(got, test.gaps) {
			t.Errorf("%d: %v, want %v", i, got, test.gaps)
		}
	}
}
