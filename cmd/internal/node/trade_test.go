package node_test

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// TestTrade: a buyer asks under an offer, both sign, the bill is paid by a code and
// disputed, the operator decides, and nobody else sees any of it.
func TestTrade(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	seller, buyer := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Công ty B", ledger.KindDataBuyer)
	outsider := s.admit("Công ty C", ledger.KindDataBuyer)
	_, hoa := s.member("hoa", seller, ledger.Roles...)
	_, mai := s.member("mai", buyer, ledger.RolePublisher)
	_, eve := s.member("eve", outsider, ledger.Roles...)
	desk := s.desk()
	dataset := s.traded(seller)
	offer := market.Offer{
		ID: ledger.NewID(), Dataset: dataset, Policy: s.upload(seller.token, []byte(`{}`), false),
		Terms: market.Terms{Price: 12_500_000, PayDays: 10, Release: market.OnPayment, Days: 365, Purposes: []market.Purpose{market.PurposeInternal}},
	}
	s.must(s.record(seller.token, market.DatasetContract, market.ActionOffer, offer), http.StatusCreated)

	first := s.Ledger.Size()
	ask := "/trade/new?dataset=" + dataset.String()
	link := regexp.MustCompile(`/trade/new\?dataset=[0-9a-f]+&amp;offer=[0-9a-f]+`).FindString(mai.says("/datasets/"+dataset.String(), ask))
	mai.says(strings.ReplaceAll(link, "&amp;", "&"), "Phân tích đất", "12.500.000", offer.ID.String())
	if none := mai.says(ask + "&offer=" + ledger.NewID().String()); strings.Contains(none, offer.ID.String()) {
		t.Error("another offer is shown than was asked for")
	}
	s.must(mai.post(ask, "price", "một triệu", "purposes", "internal"), http.StatusBadRequest)
	sent := s.must(mai.post(ask, "offer", offer.ID.String()), http.StatusSeeOther)
	at, _, _ := strings.Cut(sent.Header.Get("Location"), "?")
	if !regexp.MustCompile(`^/trade/[0-9a-f]{32}$`).MatchString(at) {
		t.Fatalf("it leads to %s", at)
	}
	hoa.says("/trade", at, "Bạn cần:")
	hoa.says(at, "Công ty B", at+"/agree", at+"/terms")
	if page := mai.says(at, "Hợp tác xã A"); strings.Contains(page, at+"/agree") {
		t.Error("the buyer is offered what only the seller can do")
	}
	s.must(mai.get(at+"/agree"), http.StatusConflict)
	s.must(eve.get(at), http.StatusNotFound)

	// Other terms, and back.
	s.must(hoa.post(at+"/terms", "price", "15.000.000", "release", "payment", "purposes", "internal", "days", "365"), http.StatusSeeOther)
	mai.says(at, "15.000.000", at+"/accept")
	mai.decides(at + "/accept")
	hoa.decides(at + "/agree")
	mai.says(at, at+"/verify")
	mai.decides(at + "/verify")
	hoa.decides(at + "/finalize")
	hoa.says(at, "Đang có hiệu lực")

	// The document is between the two.
	document := regexp.MustCompile(`/ipfs/[a-z0-9]+`).FindString(mai.says(at, "/ipfs/"))
	s.must(mai.get(document), http.StatusOK)
	s.must(hoa.get(document), http.StatusOK)
	s.must(eve.get(document), http.StatusNotFound)
	s.must(s.browser().get(document), http.StatusNotFound)

	hoa.decides(at+"/bill", "bank", "970436", "account", "0123456789", "number", "1C26TAA-1")
	page := mai.says(at, "Vietcombank", "0123456789", "Quét bằng ứng dụng ngân hàng")
	if strings.Contains(hoa.says(at, "0123456789"), "Quét bằng") {
		t.Error("the seller is shown the code to pay itself")
	}
	if !regexp.MustCompile(`SG[0-9a-f]{16}`).MatchString(page) {
		t.Error("the bill has no reference")
	}
	mai.decides(at+"/pay", "bankref", "FT26150")
	mai.decides(at+"/dispute", "reason", "Chuyển tiền ba ngày rồi mà chưa được xác nhận.")
	decided := strings.Replace(at, "/trade/", "/desk/disputes/", 1)
	desk.says("/desk/disputes", decided, "Phân tích đất")
	desk.says(decided, "Chuyển tiền ba ngày rồi", decided+"/uphold", decided+"/return")
	desk.decides(decided+"/uphold", "reason", "Sao kê cho thấy tiền đã vào.")
	mai.says(at, "Đã nhận tiền", "Sao kê cho thấy tiền đã vào.")
	mai.decides(at + "/transfer")
	hoa.says(at, "Chờ giao")

	// With signing at once, asking is agreeing.
	hoa.says("/trade/offers", "Phân tích đất", "12.500.000")
	s.must(eve.post("/trade/offers/"+offer.ID.String(), "ready", "true"), http.StatusNotFound)
	s.must(hoa.post("/trade/offers/"+offer.ID.String(), "ready", "true"), http.StatusSeeOther)
	mai.says(ask, "Ký ngay theo điều khoản này")
	sent = s.must(mai.post(ask, "offer", offer.ID.String(), "sign", "true"), http.StatusSeeOther)
	mai.says(sent.Header.Get("Location"), "Đang có hiệu lực")
	s.must(hoa.post("/trade/offers/"+offer.ID.String()), http.StatusSeeOther)
	sent = s.must(mai.post(ask, "offer", offer.ID.String(), "sign", "true"), http.StatusSeeOther)
	mai.says(sent.Header.Get("Location"), "Đang chờ bên cung cấp")

	// Each receipt is for the parties and the operator; a stranger is not told that
	// there is an item.
	for entry := first; entry < s.Ledger.Size(); entry++ {
		path := "/api/v1/receipts/" + strconv.FormatUint(entry, 10)
		s.must(s.get(path, buyer.token), http.StatusOK)
		s.must(s.get(path, s.operator), http.StatusOK)
		s.must(s.get(path, outsider.token), http.StatusNotFound)
		s.must(s.get(path, ""), http.StatusNotFound)
	}
	if n := s.Ledger.Size() - first; n < 10 {
		t.Errorf("only %d records were made", n)
	}
}
