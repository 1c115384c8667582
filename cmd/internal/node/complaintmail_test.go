package node_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/api/mail"
	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// TestComplaintLetter: a complaint brings the administrators of the organisation that it is
// for a letter, without what was complained of, and the next one soon after none; nobody
// else is written to.
func TestComplaintLetter(t *testing.T) {
	t.Parallel()
	post := newPostbox(t)
	s := startSite(t, node.Config{Data: t.TempDir(), Mail: mail.Config{
		URL: "smtp://" + strings.Replace(post.Addr().String(), "127.0.0.1", "localhost", 1), From: "Sổ thử <so@example.vn>",
	}})
	coop, other := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Công ty B", ledger.KindExporter)
	s.member("hoa", coop, ledger.RoleAdmin)
	s.member("lan", coop, ledger.RoleRecorder)
	s.member("an", other, ledger.Roles...)
	mine, theirs := s.product(coop, 1, trace.Text{VI: "Vải thiều"}), s.product(other, 1, trace.Text{VI: "Vải đóng thùng"})
	report := func(of trace.ID) {
		t.Helper()
		s.must(s.browser().post("/report", "id", of.String(), "matter", "other", "words", "Hộp bị móp", "contact", "0912 345 678"), http.StatusOK)
	}
	for range 3 {
		report(mine)
	}
	report(theirs)
	eventually(t, func() bool { return len(post.letters()) >= 2 }, "the letters")
	to := map[string]letter{}
	for _, l := range post.letters() {
		to[l.to] = l
		if strings.Contains(l.subject+l.text, "móp") || strings.Contains(l.text, "0912") {
			t.Errorf("the letter says what was complained of, or by whom: %+v", l)
		}
	}
	if len(post.letters()) != 2 || len(to) != 2 {
		t.Fatalf("letters: %+v", post.letters())
	}
	if l := to["hoa@example.vn"]; !strings.Contains(l.text, "Vải thiều") || !strings.Contains(l.text, publicURL+"/reports/") || !strings.Contains(l.subject, "báo vấn đề") {
		t.Errorf("the letter: %+v", l)
	}
	if l := to["an@example.vn"]; !strings.Contains(l.text, "Vải đóng thùng") {
		t.Errorf("the letter: %+v", l)
	}
}
