package node_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/api/office"
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
	// Evidence is taken within its limits; what was typed stays where it is not.
	mai.says(at+"/dispute", "Tối đa 5 tệp", "multipart/form-data")
	for what, files := range map[string][]attached{
		"too large": {{"sao-ke.pdf", make([]byte, office.MaxEvidence+1)}},
		"too many":  {{"1", transferSlip}, {"2", transferSlip}, {"3", transferSlip}, {"4", transferSlip}, {"5", transferSlip}, {"6", transferSlip}},
		"empty":     {{"sao-ke.pdf", nil}},
	} {
		a := mai.attaches(at+"/dispute", "papers", files, "reason", "Đã chuyển tiền.")
		if a.StatusCode/100 != 4 || !strings.Contains(string(a.body), "papers-wrong") || !strings.Contains(string(a.body), "Đã chuyển tiền.") {
			t.Errorf("%s: %d %s", what, a.StatusCode, a.body)
		}
	}
	mai.leads(mai.attaches(at+"/dispute", "papers", []attached{{"sao kê.pdf", transferSlip}, {"ảnh.jpg", []byte("một tấm ảnh")}}, "reason", "Chuyển tiền ba ngày rồi mà chưa được xác nhận."), at+"?done=trade_dispute")
	hoa.says(at+"/dispute", "Trả lời khiếu nại")
	hoa.leads(hoa.attaches(at+"/dispute", "papers", []attached{{"so-phu.csv", []byte("ngay,tien\n")}}, "reason", "Sổ phụ ngân hàng chưa có."), at+"?done=trade_answer")
	decided := strings.Replace(at, "/trade/", "/desk/disputes/", 1)
	hoa.says(at, "sao kê.pdf", "ảnh.jpg", "so-phu.csv", "trả lời khiếu nại", "khiếu nại thanh toán")
	files := regexp.MustCompile(`/evidence/[a-z0-9]+/[0-9]`).FindAllString(desk.says(decided, "sao kê.pdf", "so-phu.csv"), -1)
	if len(files) != 3 {
		t.Fatalf("the desk is shown %q", files)
	}
	for i, want := range []string{"ngay,tien\n", string(transferSlip), "một tấm ảnh"} {
		for _, in := range []struct {
			who  *browser
			path string
		}{{mai, at}, {hoa, at}, {desk, decided}} {
			a := s.must(in.who.get(in.path+files[i]), http.StatusOK)
			if string(a.body) != want || !strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment") {
				t.Errorf("%s is %q, as %q", files[i], a.body, a.Header.Get("Content-Disposition"))
			}
		}
		// A third organisation has it by no address, and none has it by its CID.
		cid := strings.Split(files[i], "/")[2]
		s.must(eve.get(at+files[i]), http.StatusNotFound)
		s.must(eve.get(decided+files[i]), http.StatusForbidden)
		s.must(s.browser().get(at+files[i]), http.StatusSeeOther)
		for _, b := range []*browser{mai, hoa, eve, desk, s.browser()} {
			s.must(b.get("/ipfs/"+cid), http.StatusNotFound)
		}
	}
	s.must(mai.get(at+files[0][:len(files[0])-1]+"1"), http.StatusNotFound)
	evidence := strings.Split(files[1], "/")[2]
	unpacked := map[string]string{}
	for name, b := range unzipped(t, s.must(mai.get(at+"/dossier.zip"), http.StatusOK).body) {
		if strings.HasPrefix(name, "opened/") {
			unpacked[name[strings.LastIndex(name, "/")+1:]] = string(b)
		}
	}
	if len(unpacked) != 3 || unpacked["1-sao kê.pdf"] != string(transferSlip) || unpacked["2-ảnh.jpg"] != "một tấm ảnh" {
		t.Errorf("the dossier has %q", unpacked)
	}
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

	// Nor has evidence of others who names it as their own.
	sent = s.must(eve.post(ask, "offer", offer.ID.String()), http.StatusSeeOther)
	theirs, _, _ := strings.Cut(sent.Header.Get("Location"), "?")
	hoa.decides(theirs + "/agree")
	eve.decides(theirs + "/verify")
	hoa.decides(theirs + "/finalize")
	hoa.decides(theirs + "/bill")
	var own struct{ Agreement market.Deal }
	s.must(s.get("/api/v1"+theirs, outsider.token), http.StatusOK).into(s, &own)
	s.must(s.record(outsider.token, market.TradeContract, market.ActionDispute, market.MoneyNote{Agreement: own.Agreement.ID, Reason: "x", Evidence: evidence}), http.StatusBadRequest)
	s.must(eve.get(theirs+files[1]), http.StatusNotFound)
}

// transferSlip is what shows that money was sent.
var transferSlip = []byte("%PDF-1.4 uỷ nhiệm chi 12.500.000 đồng")

// attached is a file of a form.
type attached struct {
	name string
	body []byte
}

// attaches sends a form with files in one of its fields.
func (b *browser) attaches(path, field string, files []attached, fields ...string) *answer {
	b.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		if err := w.WriteField(fields[i], fields[i+1]); err != nil {
			b.Fatal(err)
		}
	}
	for _, f := range files {
		part, err := w.CreateFormFile(field, f.name)
		if err != nil {
			b.Fatal(err)
		}
		part.Write(f.body)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return b.call(http.MethodPost, path, header{"Content-Type", w.FormDataContentType()}, body.Bytes())
}
