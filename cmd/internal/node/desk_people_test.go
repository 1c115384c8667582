package node_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// TestOperatorHandsLink: who belongs to several organisations and forgot the password is
// handed a link by the operator, and by nobody else.
func TestOperatorHandsLink(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a, b := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Hợp tác xã B", ledger.KindCoop)
	an := s.person("an", "an@example.vn")
	s.join(an, a.org, a.token, ledger.RoleRecorder)
	member := s.join(an, b.org, b.token, ledger.RoleRecorder)
	_, boss := s.member("hoa", b, ledger.Roles...)
	known := s.signIn("an@example.vn")
	desk := s.desk()

	s.must(boss.post("/org/members/"+member.Member.String()+"/reset"), http.StatusForbidden)
	reset := "/desk/people/" + an.ID.String() + "/reset"
	s.must(boss.post(reset), http.StatusForbidden)
	s.must(boss.get("/desk/people?q=an@example.vn"), http.StatusForbidden)
	s.must(s.call(http.MethodPost, reset, s.operator, formType, nil), http.StatusForbidden)
	if page := desk.says("/desk/people?q=an", "Không có ai"); strings.Contains(page, an.ID.String()) {
		t.Errorf("a part of an address is enough: %s", page)
	}
	desk.says("/desk/people?q=AN@example.vn", "Hợp tác xã A", "Hợp tác xã B", reset)
	s.must(desk.post("/desk/people/"+ledger.NewID().String()+"/reset"), http.StatusNotFound)
	handed := s.must(desk.post(reset), http.StatusOK)
	link := regexp.MustCompile(regexp.QuoteMeta(publicURL) + `(/reset/[A-Za-z0-9_-]{64})`).FindSubmatch(handed.body)
	if link == nil || strings.Contains(string(handed.body), "lang=en") {
		t.Fatalf("no link, or one that is lost with another language: %s", handed)
	}
	const next = "bưởi Phúc Trạch thơm lừng ngõ"
	s.must(s.browser().post(string(link[1]), "password", next), http.StatusSeeOther)
	s.must(known.get("/me"), http.StatusSeeOther)
	again := s.browser()
	s.must(again.post("/signin", "identifier", "an@example.vn", "password", next), http.StatusSeeOther)
	again.says("/account/history", "lan")
}

// TestWhySuspended: who is suspended, and who administers, read since when and why.
func TestWhySuspended(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	_, boss := s.member("hoa", coop, ledger.Roles...)
	id, b := s.member("an", coop, ledger.RoleRecorder)
	desk := s.desk()
	at := "/org/members/" + id.Member.String()
	s.must(boss.post(at, "roles", "recorder", "suspended", "true", "reason", "Nghỉ vụ này"), http.StatusSeeOther)
	day := regexp.MustCompile(`\d\d/\d\d/\d{4}`)
	for path, who := range map[string]*browser{"/me": b, at: boss} {
		if page := who.says(path, "Nghỉ vụ này"); !day.MatchString(page) {
			t.Errorf("%s does not say since when: %s", path, page)
		}
	}
	s.must(boss.post(at, "roles", "recorder", "reason", "Làm lại"), http.StatusSeeOther)
	if page := b.says("/me"); strings.Contains(page, "tạm dừng") {
		t.Errorf("it is over: %s", page)
	}
	s.direct(s.operator, trace.ActionStand, trace.Standing{Org: coop.org, Suspended: true, Reason: "Mất giấy phép"})
	for path, who := range map[string]*browser{"/me": b, "/desk/organisations/" + coop.org.String(): desk} {
		if page := who.says(path, "Mất giấy phép"); !day.MatchString(page) {
			t.Errorf("%s does not say since when: %s", path, page)
		}
	}
	boss.says("/me", "Tổ chức của bạn đang tạm dừng", "Mất giấy phép")
}
