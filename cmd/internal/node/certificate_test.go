package node_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

var certificateAddress = regexp.MustCompile(`href="(/certificates/[0-9a-f]{32})"`)

// TestCertificates is the way of a certificate: issued with a document, shown as the
// certifier's word on the product's page, on its own and with its holder, suspended,
// reinstated and revoked by whoever issued it.
func TestCertificates(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop, house := s.admit("Hợp tác xã Lục Ngạn", ledger.KindCoop), s.admit("Trung tâm Chứng nhận", ledger.KindCertifier)
	product := s.product(coop, 1, trace.Text{VI: "Vải thiều"})
	lot := s.lot(product, "V1")
	s.recordEvents(coop, ledger.Public, s.commission(lot, 10))
	_, minh := s.member("minh", house, ledger.RoleRecorder)
	_, clerk := s.member("clerk", house, ledger.RoleRecaller)
	_, hoa := s.member("hoa", coop, ledger.Roles...)
	_, rival := s.member("rival", s.admit("Chi cục khác", ledger.KindAgency), ledger.Roles...)
	live := func() string {
		t.Helper()
		return string(s.must(s.get(lot.Path(), ""), http.StatusOK).body)
	}

	contains(t, s.must(minh.get("/certificates"), http.StatusOK), "Chưa cấp")
	s.must(clerk.get("/certificates"), http.StatusForbidden)
	s.must(hoa.get("/certificates"), http.StatusForbidden)
	s.must(hoa.multi("/certificates/new?scheme=vietgap&holder="+coop.org.String(), nil, "number", "X"), http.StatusForbidden)
	found := s.must(minh.get("/certificates/new?scheme=vietgap&q=luc+ngan"), http.StatusOK)
	at := "/certificates/new?holder=" + coop.org.String() + "&scheme=vietgap"
	contains(t, found, strings.ReplaceAll(at, "&", "&amp;"), "Hợp tác xã Lục Ngạn")
	if strings.Contains(string(found.body), "Trung tâm Chứng nhận</b>") {
		t.Error("somebody else is found")
	}
	contains(t, s.must(minh.get(at), http.StatusOK), `value="`+product.String()+`"`, `value="`+coop.place.String()+`"`)

	from, until := time.Now().AddDate(0, 0, -1).Format(time.DateOnly), time.Now().AddDate(0, 0, 30).Format(time.DateOnly)
	good := []string{"number", "TT-24-01", "target", product.String(), "lots", s.URL + lot.Path() + "\n", "from", from, "until", until}
	for what, wrong := range map[string]struct {
		at     string
		files  []file
		fields []string
		want   int
	}{
		"a page":       {at, []file{{"x.pdf", script}}, good, 400},
		"too large":    {at, []file{{"x.pdf", pdf + strings.Repeat("x", 10<<20)}}, good, 413},
		"no number":    {at, nil, good[2:], 400},
		"no such lot":  {at, nil, append(good[:4:4], "lots", "xyz", "from", from, "until", until), 400},
		"backwards":    {at, nil, append(good[:2:2], "from", until, "until", from), 400},
		"no stars":     {strings.Replace(at, "vietgap", "ocop", 1), nil, good, 400},
		"no result":    {strings.Replace(at, "vietgap", "laboratory", 1), nil, append(good[:len(good):len(good)], "tested", "Carbendazim"), 400},
		"no such kind": {strings.Replace(at, "vietgap", "iso", 1), nil, good, 400},
	} {
		if a := minh.multi(wrong.at, wrong.files, wrong.fields...); a.StatusCode != wrong.want {
			t.Errorf("%s: %.300s", what, a)
		}
	}
	s.must(minh.multi(at, []file{{"giấy.pdf", pdf}}, good...), http.StatusSeeOther)
	again := s.must(minh.multi(at, nil, good...), http.StatusConflict)
	contains(t, again, "đã cấp số này rồi", `value="TT-24-01"`)

	list := s.must(minh.get("/certificates"), http.StatusOK)
	m := certificateAddress.FindSubmatch(list.body)
	if m == nil || !strings.Contains(string(list.body), "Còn 3") {
		t.Fatalf("it is not listed: %s", list)
	}
	own := string(m[1])
	page := s.must(s.get(own, ""), http.StatusOK)
	contains(t, page, "VietGAP · TT-24-01", "<b>Trung tâm Chứng nhận</b> xác nhận", "khác với lời nhà sản xuất tự khai", "Hợp tác xã Lục Ngạn", `href="`+lot.Path()+`"`)
	if strings.Contains(string(page.body), own+"/revoke") {
		t.Error("everybody is offered to revoke it")
	}
	document := regexp.MustCompile(`href="(/ipfs/[a-z0-9]+)"`).FindSubmatch(page.body)
	if document == nil {
		t.Fatalf("no document: %s", page)
	}
	if a := s.must(s.get(string(document[1]), ""), http.StatusOK); string(a.body) != pdf || a.Header.Get("Content-Type") != "application/pdf" {
		t.Errorf("the document is %s", a)
	}
	if body := live(); !strings.Contains(body, "VietGAP") || !strings.Contains(body, own) {
		t.Errorf("the product's page does not show it: %s", body)
	}
	contains(t, s.must(hoa.get("/org"), http.StatusOK), own, "Trung tâm Chứng nhận xác nhận", "Còn 3")

	step := func(b *browser, what, reason string, want int) {
		t.Helper()
		s.must(b.post(own+"/"+what, "reason", reason), want)
	}
	step(rival, "suspend", "x", http.StatusForbidden)
	step(hoa, "revoke", "x", http.StatusForbidden)
	step(minh, "suspend", "", http.StatusBadRequest)
	step(minh, "reinstate", "x", http.StatusConflict)
	step(minh, "suspend", "Chưa qua kỳ giám sát.", http.StatusSeeOther)
	if body := live(); !strings.Contains(body, "đang tạm dừng") || !strings.Contains(body, "Chưa qua kỳ giám sát.") {
		t.Errorf("the product's page does not say that it is suspended: %s", body)
	}
	contains(t, s.must(hoa.get("/org"), http.StatusOK), "Đang tạm dừng")
	step(minh, "reinstate", "Đã giám sát lại.", http.StatusSeeOther)
	if body := live(); strings.Contains(body, "tạm dừng") {
		t.Error("the product's page says that it is suspended when it is not")
	}
	step(minh, "revoke", "Dùng thuốc cấm.", http.StatusSeeOther)
	if body := live(); strings.Contains(body, own) {
		t.Error("the product's page shows what is revoked")
	}
	contains(t, s.must(s.get(own, ""), http.StatusOK), "Đã thu hồi", "Dùng thuốc cấm.", "Đã giám sát lại.", "Chưa qua kỳ giám sát.")
	step(minh, "reinstate", "x", http.StatusConflict)

	// A laboratory's bad news is no seal of honour.
	lab := strings.Replace(at, "vietgap", "laboratory", 1)
	s.must(minh.multi(lab, nil, "number", "KQ-17", "lots", lot.String(), "tested", "Carbendazim", "result", "failed", "from", from, "until", until), http.StatusSeeOther)
	if body := live(); !strings.Contains(body, "Không đạt") || !strings.Contains(body, "Carbendazim") {
		t.Errorf("the product's page does not tell the result: %s", body)
	}
	for _, none := range []string{"/certificates/" + strings.Repeat("0", 32), "/certificates/x"} {
		s.must(s.get(none, ""), http.StatusNotFound)
	}
}
