package market_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

func TestTerms(t *testing.T) {
	org := func(b byte) ledger.ID { return ledger.ID{b} }
	tests := []struct {
		name   string
		change func(*market.Terms)
		field  string // empty where nothing is wrong
	}{
		{"good", func(*market.Terms) {}, ""},
		{"free", func(t *market.Terms) { t.Price, t.PayDays, t.Release, t.Shares = 0, 0, market.OnSigning, nil }, ""},
		{"the whole is shared", func(t *market.Terms) { t.Shares = []market.Share{{org(1), 4000}, {org(2), 6000}} }, ""},
		{"all later versions", func(t *market.Terms) { t.Versions = -1 }, ""},
		{"less than nothing", func(t *market.Terms) { t.Price = -1 }, "price"},
		{"all money that there is", func(t *market.Terms) { t.Price = market.MaxPrice + 1 }, "price"},
		{"paid before", func(t *market.Terms) { t.PayDays = -1 }, "payDays"},
		{"paid for what is free", func(t *market.Terms) { t.Price, t.Release, t.Shares = 0, market.OnSigning, nil }, "payDays"},
		{"waits for nothing", func(t *market.Terms) { t.Price, t.Shares = 0, nil }, "release"},
		{"unknown condition", func(t *market.Terms) { t.Release = "rain" }, "release"},
		{"over before it starts", func(t *market.Terms) { t.Days = -1 }, "days"},
		{"two versions less", func(t *market.Terms) { t.Versions = -2 }, "versions"},
		{"downloads", func(t *market.Terms) { t.Downloads = -1 }, "downloads"},
		{"calls", func(t *market.Terms) { t.Calls = -1 }, "calls"},
		{"deliver", func(t *market.Terms) { t.Deliver = market.MaxHours + 1 }, "deliver"},
		{"object", func(t *market.Terms) { t.Object = -1 }, "object"},
		{"no purpose", func(t *market.Terms) { t.Purposes = nil }, "purposes"},
		{"unknown purpose", func(t *market.Terms) { t.Purposes = append(t.Purposes, "fun") }, "purposes[1]"},
		{"passed on", func(t *market.Terms) { t.PassOn = "friends" }, "passOn"},
		{"a country in words", func(t *market.Terms) { t.Territory = []string{"VN", "Việt Nam"} }, "territory[1]"},
		{"a code of three letters", func(t *market.Terms) { t.Territory = []string{"VNM"} }, "territory[0]"},
		{"a province", func(t *market.Terms) { t.Territory = []string{"VN-24"} }, ""},
		{"shares of nothing", func(t *market.Terms) { t.Price, t.PayDays, t.Release = 0, 0, market.OnSigning }, "shares"},
		{"more than the whole", func(t *market.Terms) { t.Shares = append(t.Shares, market.Share{Org: org(2), Parts: 7501}) }, "shares"},
		{"nobody's share", func(t *market.Terms) { t.Shares[0].Org = ledger.ID{} }, "shares[0].org"},
		{"two shares of one", func(t *market.Terms) { t.Shares = append(t.Shares, market.Share{Org: org(1), Parts: 1}) }, "shares[1].org"},
		{"a share of nothing", func(t *market.Terms) { t.Shares[0].Parts = 0 }, "shares[0].parts"},
		{"too many shares", func(t *market.Terms) { t.Shares = slices.Repeat(t.Shares, market.MaxShares+1) }, "shares"},
	}
	for _, test := range tests {
		terms := market.Terms{
			Price: 5_000_000, PayDays: 7, Release: market.OnPayment, Days: 365, Purposes: []market.Purpose{market.PurposeInternal},
			Shares: []market.Share{{Org: org(1), Parts: 2500}},
		}
		test.change(&terms)
		err := terms.Check()
		var e *ledger.Error
		switch {
		case test.field == "":
			if err != nil {
				t.Errorf("%s: %v", test.name, err)
			}
		case !errors.As(err, &e) || e.Code != ledger.Invalid || e.Field != "terms."+test.field:
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
