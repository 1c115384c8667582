package deals_test

import (
	"fmt"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/deals"
)

// TestShared: who contributed is told of each sale in force what it gives them, and of the
// sum of what is paid; of what is only talked about, nothing.
func TestShared(t *testing.T) {
	f := newFloor(t)
	f.terms.Release, f.terms.Shares = market.OnSigning, []market.Share{{Org: f.other.OrgID(), Parts: 3_335}}
	x, stop := f.follow(t.TempDir())
	defer stop()

	signed := []string{"consumer request", "provider agree", "consumer verify", "provider finalize"}
	paid := append(signed[:4:4], "provider bill", "consumer pay", "provider confirm")
	ways := []struct {
		said []string
		want deals.SaleState // empty where it is no sale
	}{
		{signed[:3], ""},
		{signed, deals.Unpaid},
		{append(signed[:4:4], "provider revoke"), deals.Returned},
		{paid[:6], deals.Unpaid},
		{paid, deals.Paid},
		{append(paid[:7:7], "consumer dispute"), deals.Disputed},
		{append(paid[:7:7], "consumer dispute", "operator uphold"), deals.Paid},
		{append(paid[:7:7], "provider refund"), deals.Returned},
	}
	var want []string
	for n, way := range ways {
		id := f.say(byte(n+1), way.said...)
		if way.want != "" {
			want = append([]string{fmt.Sprint(id, " ", way.want)}, want...)
		}
	}
	f.wait(x)

	var got []string
	from, page := deals.Page(0), 0
	for ; page == 0 || from != 0; page++ {
		list, due, open, next, err := x.Shared(f.other.OrgID(), from, 3)
		if err != nil || due != 2*333 || open != 2*333 {
			t.Fatalf("due %d, open %d, %v", due, open, err)
		}
		for _, s := range list {
			got = append(got, fmt.Sprint(s.ID, " ", s.State))
			if s.Amount != 333 || s.Parts != 3_335 { // of 333.5 and 666.5 the seller's is rounded up
				t.Errorf("%d parts are %d", s.Parts, s.Amount)
			}
		}
		from = next
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || page != 3 {
		t.Errorf("%d pages of %v, want %v", page, got, want)
	}
	for _, org := range []ledger.ID{f.provider.OrgID(), f.consumer.OrgID()} {
		if list, _, _, _, err := x.Shared(org, 0, 3); err != nil || len(list) != 0 {
			t.Errorf("%v, %v", list, err)
		}
	}
}
