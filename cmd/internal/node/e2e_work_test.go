package node_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// TestWorkWalk: a provider hands in an analysis on a phone; its buyer turns it down with
// a reason, has it done again and accepts it, is sent the bill and pays, and the provider
// says that the money came.
func TestWorkWalk(t *testing.T) {
	s := reachable(t)
	seller, buyer := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Công ty B", ledger.KindDataBuyer)
	_, seller1 := s.member("hoa", seller, ledger.Roles...)
	_, buyer1 := s.member("mai", buyer, ledger.Roles...)
	dataset := s.traded(seller)
	offer := market.Offer{ID: ledger.NewID(), Dataset: dataset, Policy: s.upload(seller.token, []byte(`{}`), false), Terms: market.Terms{Price: 900_000, PayDays: 10, Release: market.OnSigning, Purposes: []market.Purpose{market.PurposeInternal}}}
	s.must(s.record(seller.token, market.DatasetContract, market.ActionOffer, offer), http.StatusCreated)
	sent := s.must(buyer1.post("/trade/new?dataset="+dataset.String(), "offer", offer.ID.String()), http.StatusSeeOther)
	at, _, _ := strings.Cut(sent.Header.Get("Location"), "?")
	seller1.decides(at + "/agree")
	buyer1.decides(at + "/verify")
	seller1.decides(at + "/finalize")

	pictures := newShots(t)
	hoa, mai := somebody(t, s, pictures), somebody(t, s, pictures)
	hoa.arrives("hoa@example.vn", at)
	mai.arrives("mai@example.vn", at)
	asks := func() {
		t.Helper()
		mai.open(at)
		mai.press("a[href$='/transfer']")
		mai.reads("Yêu cầu giao")
		mai.submit(at)
		mai.reads("Đã yêu cầu giao.")
	}
	hands := func(name, text string) {
		t.Helper()
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		hoa.open(at)
		hoa.press("a[href$='/results']")
		hoa.reads("Tối đa 20 tệp")
		hoa.do(chromedp.SetUploadFiles("#work", []string{file}))
		hoa.looks("work-handing-in")
		hoa.submit(at)
		hoa.reads("Đã nộp. Chờ bên nhận nghiệm thu.", name)
		mai.open(at)
		mai.reads(name, "Nghiệm thu", "Không nhận, nêu lý do")
		link := mai.says(`document.querySelector("a[href*='/results/']").getAttribute("href")`)
		mai.sees(taken(link), "200  "+text)
	}

	asks()
	hands("ket-qua-1.txt", "Ba điểm lấy mẫu")
	mai.looks("work-handed-in")
	const reason = "Thiếu hai điểm lấy mẫu."
	mai.press("a[href$='/stop']")
	mai.reads("Không nhận, nêu lý do")
	mai.enter("#reason", reason)
	mai.looks("work-turning-down")
	mai.press("main form button")
	mai.sees(where, at)
	mai.reads("Đã ghi là không nhận.", reason)
	hoa.open(at)
	hoa.reads(reason)
	hoa.looks("work-turned-down")

	asks()
	hands("ket-qua-2.txt", "Năm điểm lấy mẫu")
	mai.press("a[href$='/complete']")
	mai.reads("Bạn xác nhận kết quả đúng như đã thỏa thuận.")
	mai.submit(at)
	mai.reads("Đã nghiệm thu.")
	mai.looks("work-accepted")

	hoa.open(at)
	hoa.press("a[href$='/bill']")
	hoa.chooses("bank", "Vietcombank")
	hoa.enter("#account", "0123456789")
	hoa.looks("work-billing")
	hoa.submit(at)
	hoa.reads("Đã gửi yêu cầu thanh toán.")
	mai.open(at)
	mai.reads("900.000", "Vietcombank", "Chờ chuyển tiền")
	mai.press("a[href$='/pay']")
	mai.enter("#bankref", "FT26150")
	mai.submit(at)
	mai.reads("Đã báo chuyển tiền.")
	hoa.open(at)
	hoa.reads("Đã báo chuyển, chờ xác nhận")
	hoa.press("a[href$='/confirm']")
	hoa.submit(at)
	hoa.reads("Đã xác nhận nhận tiền.", "Đã nhận tiền")
	mai.open(at)
	mai.reads("Đã nhận tiền")
	mai.looks("work-paid")
}
