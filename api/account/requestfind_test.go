package account

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

// TestFindRequests: a request is found by its words and by who is asked, with marks and
// without, from the moment it is made until it is taken back or goes with its account.
func TestFindRequests(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	me := s.account(t, Person{Name: "Lan", Email: "lan@example.vn"}).ID
	other, agency, office := ledger.NewID(), ledger.NewID(), ledger.NewID()
	ask := func(by, org ledger.ID, title, text string) ledger.ID {
		t.Helper()
		q, err := s.AskForData(ctx, by, org, title, text, time.Now().Add(time.Hour))
		must(t, err)
		s.clock.pass(time.Millisecond)
		return q.ID
	}
	find := func(text string, of *ledger.ID, by ledger.ID) string {
		t.Helper()
		var all []string
		for after := (ledger.ID{}); ; {
			page, next, err := s.FindRequests(ctx, RequestQuery{Text: text, After: after, Limit: 1, Of: of, By: by, Keep: func(q DataRequest) bool { return q.Reply == nil },
				Name: func(_ context.Context, org ledger.ID) (ledger.Text, error) {
					if org == office {
						return ledger.Text{VI: "Sở Công Thương"}, nil
					}
					return ledger.Text{VI: "Chi cục Thống kê"}, nil
				}})
			must(t, err)
			for _, q := range page {
				all = append(all, q.Title)
			}
			if after = next; next.IsZero() {
				return strings.Join(all, ", ")
			}
		}
	}
	wants := func(when string, want map[string]string) {
		t.Helper()
		for text, titles := range want {
			if got := find(text, nil, ledger.ID{}); got != titles {
				t.Errorf("%s, %q finds %s, want %s", when, text, got, titles)
			}
		}
	}
	nobody := ledger.ID{}
	land := ask(me, agency, "Độ chua của đất", "Theo xã.")
	ask(other, agency, "Diện tích đất trồng dừa", "Từ 2024.")
	wants("first", map[string]string{"": "Diện tích đất trồng dừa, Độ chua của đất", "dat": "Diện tích đất trồng dừa, Độ chua của đất", "đất 2024": "Diện tích đất trồng dừa", "đạt": "", "do chua thong ke": "Độ chua của đất"})
	price := ask(me, office, "Giá dừa", "Theo ngày.")
	must(t, s.PassRequest(ctx, land, agency, office, "Thuộc sở.", time.Now().Add(time.Hour)))
	wants("then", map[string]string{"dua": "Giá dừa, Diện tích đất trồng dừa", "cong thuong": "Giá dừa, Độ chua của đất", "thong ke": "Diện tích đất trồng dừa"})
	if got := find("dat", &agency, nobody) + "|" + find("dat", nil, me) + "|" + find("", nil, me); got != "Diện tích đất trồng dừa|Độ chua của đất|Giá dừa, Độ chua của đất" {
		t.Errorf("an agency's, and somebody's own: %s", got)
	}
	if _, _, err := s.AnswerRequest(ctx, land, office, ledger.ID{}, "Không có."); err != nil {
		t.Error(err)
	}
	must(t, s.DropRequest(ctx, price, me))
	wants("in the end", map[string]string{"dua": "Diện tích đất trồng dừa", "chua": ""})
	ask(me, office, "Giá bưởi", "Theo tuần.")
	wants("before its account goes", map[string]string{"bưởi": "Giá bưởi"})
	if _, err := s.Erase(ctx, me); err != nil {
		t.Fatal(err)
	}
	wants("after", map[string]string{"bưởi": "", "": "Diện tích đất trồng dừa"})
}
