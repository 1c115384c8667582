package node_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/api/mail"
	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// TestDataRequest: somebody without an organisation asks an agency for data; everybody sees
// what was asked and when an answer is due, and nobody by whom; who is asked answers or
// passes it on, the operator hides what should not be public, and a letter tells of the
// answer.
func TestDataRequest(t *testing.T) {
	t.Parallel()
	post := newPostbox(t)
	s := startSite(t, node.Config{Data: t.TempDir(), Mail: mail.Config{
		URL: "smtp://" + strings.Replace(post.Addr().String(), "127.0.0.1", "localhost", 1), From: "Sổ thử <so@example.vn>",
	}})
	agency, other := s.admit("Sở Nông nghiệp", ledger.KindAgency), s.admit("Sở Công thương", ledger.KindAgency)
	shop := s.admit("Công ty B", ledger.KindDistributor)
	_, hoa := s.member("hoa", agency, ledger.RolePublisher)
	_, minh := s.member("minh", other, ledger.RoleAdmin)
	_, eve := s.member("eve", shop, ledger.Roles...)
	s.person("Nguyễn Kín Tiếng", "kin@example.vn")
	kin, nobody, desk := s.signIn("kin@example.vn"), s.browser(), s.desk()
	ask := func(to, title, text string) string {
		t.Helper()
		sent := s.must(kin.post("/datasets/requests/new", "request_title", title, "request_text", text, "to", to), http.StatusSeeOther)
		at, _, _ := strings.Cut(sent.Header.Get("Location"), "?")
		return at
	}
	s.must(kin.post("/datasets/requests/new", "request_title", "x", "request_text", "x", "to", shop.org.String()), http.StatusNotFound) // publishes nothing
	s.must(kin.post("/datasets/requests/new", "request_title", " ", "request_text", "x"), http.StatusBadRequest)
	kin.says("/datasets/requests/new", "Sở Nông nghiệp", "Sở Công thương", "đơn vị vận hành")
	at := ask(agency.org.String(), "Diện tích vải theo xã", "Từ năm 2024.")

	// What everybody sees.
	for path, found := range map[string]bool{"/datasets/requests": true, "/datasets/requests?q=dien+tich+so+nong": true, "/datasets/requests?q=cong+thuong": false, "/datasets/requests?show=answered": false} {
		if strings.Contains(string(nobody.get(path).body), at) != found {
			t.Errorf("%s: found %v", path, !found)
		}
	}
	for _, b := range []*browser{nobody, hoa, eve, desk} {
		page := b.says(at, "Diện tích vải theo xã", "Từ năm 2024.", "Sở Nông nghiệp", "Chờ trả lời", "Hạn trả lời")
		if strings.Contains(page+string(b.get("/datasets/requests").body), "Kín Tiếng") || strings.Contains(page, "kin@") {
			t.Error("it is said who asked")
		}
	}
	if got := nobody.says("/datasets/requests"); !strings.Contains(got, workingDays(15)) {
		t.Errorf("an answer is not due on %s: %s", workingDays(15), got)
	}

	// Who is asked, and nobody else, answers or passes it on.
	s.must(eve.get(at+"/answer"), http.StatusForbidden)
	s.must(minh.post(at+"/answer", "how", "refused", "reply", "x"), http.StatusForbidden)
	hoa.says("/datasets/requests?show=ours", at)
	hoa.says("/data", "/datasets/requests?show=ours")
	hoa.says("/me", "1 yêu cầu dữ liệu chờ đơn vị trả lời")
	minh.says("/org", "/datasets/requests?show=ours")
	s.must(hoa.post(at+"/pass", "to", agency.org.String(), "why", "x"), http.StatusBadRequest)
	s.must(hoa.post(at+"/pass", "to", other.org.String(), "why", "Số liệu chợ do Sở Công thương giữ."), http.StatusSeeOther)
	nobody.says(at, "Đã chuyển, chờ trả lời", "Số liệu chợ do Sở Công thương giữ.")
	s.must(hoa.get(at+"/answer"), http.StatusForbidden)
	minh.says("/datasets/requests?show=ours", at)
	s.must(minh.post(at+"/answer"), http.StatusBadRequest)
	s.must(minh.post(at+"/answer", "how", "published", "given", "/datasets/"+ledger.NewID().String()), http.StatusNotFound)
	r := s.datasetWith(other, market.Open, "Diện tích vải", "x")
	s.must(minh.post(at+"/answer", "how", "published", "given", publicURL+"/datasets/"+r.Dataset.String()+"?lang=vi", "reply", "Cập nhật hằng năm."), http.StatusSeeOther)
	nobody.says(at, "Đã công bố", "/datasets/"+r.Dataset.String(), "Cập nhật hằng năm.", "Ngày trả lời")
	nobody.says("/datasets/requests?show=answered", at, "trả lời ngày "+time.Now().In(time.FixedZone("", 7*3600)).Format("02/01/2006"))
	s.must(minh.post(at+"/answer", "how", "refused", "reply", "x"), http.StatusConflict)
	s.must(kin.post(at+"/drop"), http.StatusConflict)
	eventually(t, func() bool { return len(post.letters()) > 0 }, "the letter")
	if l := post.letters()[0]; l.to != "kin@example.vn" || !strings.Contains(l.text, publicURL+at) || strings.Contains(l.subject+l.text, "vải") {
		t.Errorf("the letter: %+v", l)
	}

	// What should not be public is hidden, and those whom it concerns are told why.
	bad := ask("", "Số điện thoại ông Ba", "0912 345 678")
	s.must(desk.post("/desk"+strings.TrimPrefix(bad, "/datasets")+"/hide"), http.StatusBadRequest)
	desk.decides("/desk"+strings.TrimPrefix(bad, "/datasets")+"/hide", "reason", "Có số điện thoại của một người.")
	for _, b := range []*browser{nobody, hoa, eve} {
		s.must(b.get(bad), http.StatusNotFound)
		if strings.Contains(b.says("/datasets/requests"), "ông Ba") {
			t.Error("what is hidden is listed")
		}
	}
	kin.says(bad, "Có số điện thoại của một người.")
	kin.says("/datasets/requests?show=mine", bad, at)
	desk.says("/datasets/requests?show=ours", bad)
	desk.decides("/desk" + strings.TrimPrefix(bad, "/datasets") + "/show")
	nobody.says(bad, "ông Ba")
	s.must(kin.post(bad+"/drop"), http.StatusSeeOther)
	s.must(nobody.get(bad), http.StatusNotFound)

	// Nobody fills the list: two were asked, one of them was taken back.
	for range 4 {
		ask("", "Giá vải", "Theo ngày.")
	}
	s.must(kin.post("/datasets/requests/new", "request_title", "Giá vải", "request_text", "x"), http.StatusConflict)
}

// workingDays is the date so many working days from today, as pages say it.
func workingDays(n int) string {
	day := time.Now().In(time.FixedZone("", 7*3600))
	for n > 0 {
		if day = day.AddDate(0, 0, 1); day.Weekday() != time.Saturday && day.Weekday() != time.Sunday {
			n--
		}
	}
	return day.Format("02/01/2006")
}
