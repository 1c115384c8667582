package account

import (
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

func everything(DataRequest) bool { return true }

// TestDataRequests: the last comes first, lists go on where they stopped, and a request
// moves with whom it is passed on to.
func TestDataRequests(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	me, agency, other := ledger.NewID(), ledger.NewID(), ledger.NewID()
	due := time.Now().Add(15 * 24 * time.Hour)
	var ids []ledger.ID
	for _, title := range []string{"a", "b", "c"} {
		q, err := s.AskForData(ctx, me, agency, title, "Theo xã.\r\nTừ 2024.", due)
		must(t, err)
		ids = append(ids, q.ID)
		s.clock.pass(time.Millisecond)
	}
	first, next, err := s.FindRequests(ctx, RequestQuery{Limit: 2, Keep: everything})
	if err != nil || len(first) != 2 || first[0].Title != "c" || first[0].Text != "Theo xã.\nTừ 2024." || askedAt(next) != askedAt(ids[1]) {
		t.Fatalf("%+v, %v, %v", first, next, err)
	}
	if rest, next, err := s.FindRequests(ctx, RequestQuery{After: next, Limit: 2, Keep: everything}); err != nil || len(rest) != 1 || rest[0].Title != "a" || !next.IsZero() {
		t.Errorf("%+v, %v, %v", rest, next, err)
	}
	if _, _, err := s.AnswerRequest(ctx, ids[0], other, ledger.ID{}, "Không có."); ledger.CodeOf(err) != ledger.Forbidden {
		t.Errorf("another answers: %v", err)
	}
	must(t, s.PassRequest(ctx, ids[0], agency, other, "Thuộc sở khác.", due.Add(time.Hour)))
	for org, want := range map[ledger.ID]int{agency: 2, other: 1} {
		if list, _, err := s.RequestsTo(ctx, org, ledger.ID{}, 9, everything); err != nil || len(list) != want {
			t.Errorf("%s has %+v, %v", org, list, err)
		}
	}
	if err := s.PassRequest(ctx, ids[0], other, other, "x", due); ledger.CodeOf(err) != ledger.Invalid {
		t.Errorf("it is passed on to who has it: %v", err)
	}
	if _, _, err := s.AnswerRequest(ctx, ids[0], other, ledger.ID{}, " "); ledger.CodeOf(err) != ledger.Invalid {
		t.Errorf("it is refused without a reason: %v", err)
	}
	q, by, err := s.AnswerRequest(ctx, ids[0], other, ledger.NewID(), "")
	if err != nil || by != me || q.State() != "published" || q.Passed[0].From != agency || !q.Due.Equal(due.Add(time.Hour)) {
		t.Errorf("%+v of %s, %v", q, by, err)
	}
	if _, _, err := s.AnswerRequest(ctx, ids[0], other, ledger.ID{}, "Thôi."); ledger.CodeOf(err) != ledger.Conflict {
		t.Errorf("it is answered twice: %v", err)
	}
	must(t, s.HideRequest(ctx, ids[1], "Có số điện thoại."))
	if q, _, err := s.DataRequest(ctx, ids[1]); err != nil || q.Hidden == nil || q.Hidden.Reason != "Có số điện thoại." {
		t.Errorf("%+v, %v", q, err)
	}
	must(t, s.HideRequest(ctx, ids[1], ""))
	if q, _, err := s.DataRequest(ctx, ids[1]); err != nil || q.Hidden != nil {
		t.Errorf("%+v, %v", q, err)
	}
	if err := s.DropRequest(ctx, ids[2], other); ledger.CodeOf(err) != ledger.NotFound {
		t.Errorf("another takes it back: %v", err)
	}
	if err := s.DropRequest(ctx, ids[0], me); ledger.CodeOf(err) != ledger.Conflict {
		t.Errorf("what is answered is taken back: %v", err)
	}
	must(t, s.DropRequest(ctx, ids[2], me))
	if list, _, err := s.FindRequests(ctx, RequestQuery{Limit: 9, Keep: everything}); err != nil || len(list) != 2 {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestRequestLimits: nobody asks for more than five things a day, or at any length.
func TestRequestLimits(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	me, org := ledger.NewID(), ledger.NewID()
	for _, wrong := range [][2]string{{"", "x"}, {"x", " "}, {strings.Repeat("ạ", MaxRequestTitle+1), "x"}, {"x", strings.Repeat("ạ", MaxRequestText+1)}, {"x\xff", "x"}} {
		if _, err := s.AskForData(ctx, me, org, wrong[0], wrong[1], time.Now()); ledger.CodeOf(err) != ledger.Invalid {
			t.Errorf("%.9q, %.9q: %v", wrong[0], wrong[1], err)
		}
	}
	ask := func() error {
		_, err := s.AskForData(ctx, me, org, strings.Repeat("ạ", MaxRequestTitle), "x", time.Now())
		return err
	}
	for range maxRequestsDay {
		must(t, ask())
	}
	if err := ask(); ledger.CodeOf(err) != ledger.Conflict {
		t.Errorf("a sixth is taken: %v", err)
	}
	_, err := s.AskForData(ctx, ledger.NewID(), org, "x", "x", time.Now())
	must(t, err)
	s.clock.pass(24*time.Hour + time.Second)
	must(t, ask())
}

// TestRequestsErased: who asked takes it along, and nothing of it stays when they go.
func TestRequestsErased(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	a := s.account(t, Person{Name: "Mai", Email: "mai@example.vn"}).ID
	org := ledger.NewID()
	q, err := s.AskForData(ctx, a, org, "Độ chua của đất", "Theo xã.", time.Now())
	must(t, err)
	x, err := s.Export(ctx, a, From{})
	if err != nil || len(x.Requests) != 1 || x.Requests[0].Title != q.Title {
		t.Fatalf("%+v, %v", x.Requests, err)
	}
	_, err = s.Erase(ctx, a)
	must(t, err)
	if _, _, err := s.DataRequest(ctx, q.ID); ledger.CodeOf(err) != ledger.NotFound {
		t.Errorf("it is still there: %v", err)
	}
	if list, _, err := s.RequestsTo(ctx, org, ledger.ID{}, 9, everything); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if list, _, err := s.FindRequests(ctx, RequestQuery{Limit: 9, Keep: everything}); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
}
