package node_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// TestWork: what a service came to is handed in as files that both sides and nobody else
// read; the buyer turns it down with a reason, asks again and accepts it.
func TestWork(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	seller, buyer, outsider := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Công ty B", ledger.KindDataBuyer), s.admit("Công ty C", ledger.KindDataBuyer)
	_, hoa := s.member("hoa", seller, ledger.Roles...)
	_, mai := s.member("mai", buyer, ledger.RolePublisher)
	_, eve := s.member("eve", outsider, ledger.Roles...)
	sent := s.must(mai.post("/trade/new?dataset="+s.traded(seller).String(), "price", "0", "purposes", "internal"), http.StatusSeeOther)
	at, _, _ := strings.Cut(sent.Header.Get("Location"), "?")
	hoa.decides(at + "/agree")
	mai.decides(at + "/verify")
	hoa.decides(at + "/finalize")

	handIn := regexp.MustCompile(at + `/transfers/[0-9a-f]{32}/results"`)
	form := func() string {
		t.Helper()
		mai.decides(at + "/transfer")
		path := strings.TrimSuffix(handIn.FindString(hoa.says(at, "Nộp kết quả")), `"`)
		if path == "" || handIn.MatchString(mai.says(at)) {
			t.Fatal("the seller alone hands the work in")
		}
		return path
	}
	path := form()
	s.must(mai.get(path), http.StatusNotFound)
	s.must(eve.get(path), http.StatusNotFound)
	s.must(hoa.get(strings.TrimSuffix(path, "results")+"start"), http.StatusConflict)
	s.must(hoa.upload(path, "other", "x.pdf", []byte("x")), http.StatusBadRequest)
	hoa.says(path, "Tối đa 20 tệp")
	const first, second = "Kết quả phân tích đất, lần 1", "Kết quả phân tích đất, lần 2"
	s.must(hoa.upload(path, "work", "kết quả.txt", []byte(first)), http.StatusSeeOther)
	s.must(hoa.get(path), http.StatusConflict) // once

	link := regexp.MustCompile(at + `/transfers/[0-9a-f]{32}/results/[a-z0-9]+`)
	read := func(want string) string {
		t.Helper()
		found := link.FindString(mai.says(at, "kết quả.txt", "Nghiệm thu", "Không nhận, nêu lý do"))
		for name, b := range map[string]*browser{"the buyer": mai, "the seller": hoa} {
			a := s.must(b.get(found), http.StatusOK)
			if string(a.body) != want || !strings.Contains(a.Header.Get("Content-Disposition"), "attachment") {
				t.Errorf("%s reads %q as %q", name, a.body, a.Header.Get("Content-Disposition"))
			}
		}
		s.must(eve.get(found), http.StatusNotFound)
		s.must(s.browser().get(found), http.StatusSeeOther)
		for _, b := range []*browser{hoa, mai, eve} { // nor is it had by its CID
			s.must(b.get("/ipfs/"+found[strings.LastIndex(found, "/")+1:]), http.StatusNotFound)
		}
		return found
	}
	turned := read(first)
	if strings.Contains(mai.says(at), "/object") {
		t.Error("work is to be proved wrong, which nobody can")
	}
	mai.decides(strings.TrimSuffix(path, "results")+"stop", "reason", "Thiếu hai điểm lấy mẫu.")
	hoa.says(at, "Thiếu hai điểm lấy mẫu.", turned)
	s.must(mai.get(turned), http.StatusForbidden) // who turns work down does not have it

	path = form()
	s.must(hoa.upload(path, "work", "kết quả.txt", []byte(second)), http.StatusSeeOther)
	if read(second) == turned {
		t.Error("the second is the first")
	}
	mai.decides(strings.TrimSuffix(path, "results") + "complete")
	mai.says(at, "Đã nhận")

	var messages struct {
		Messages []struct{ Action string }
	}
	s.must(s.get("/api/v1"+at, seller.token), http.StatusOK).into(s, &messages)
	if last := messages.Messages[len(messages.Messages)-1].Action; last != market.ActionComplete {
		t.Errorf("the last message is %s", last)
	}
}
