package node_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/sogoc/sogoc/api/account/wallettest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/vietqr"
)

// TestMarketWalk: a company sells a file in which telephone numbers were found, and a
// buyer who signs in a wallet of their own finds it on a phone, signs, scans the code of
// the bill, is given the file and takes the dossier home; what is revoked opens no more.
func TestMarketWalk(t *testing.T) {
	s := reachable(t)
	company, shop := s.admit("Công ty Hạt Vàng", ledger.KindDataProvider), s.admit("Công ty Bình Minh", ledger.KindDataBuyer)
	s.join(s.person("Lê Văn Minh", "minh@example.vn"), company.org, company.token, ledger.RolePublisher)
	id := s.join(s.person("Trần Thị Mai", "mai@example.vn"), shop.org, shop.token, ledger.Roles...)
	w := wallettest.New(t)
	s.signIn("mai@example.vn").bindWallet(id, w)
	minh, desk := s.signIn("minh@example.vn"), s.desk()

	draft := minh.begins("Đơn hàng cà phê", "files", "agreed")
	minh.leads(minh.upload(draft+"/files", "upload", "don-hang.csv", customers(300)), draft+"/files?done=data_sent")
	minh.looked(draft)
	minh.lawful(draft, market.AgreedLicences[0], 3)
	mask := regexp.MustCompile(`/data/[0-9a-f]+/files/[0-9a-f]+/mask`).FindString(minh.says(draft+"/found", "dien_thoai"))
	minh.leads(minh.post(mask, "column-0", "drop"), draft+"/found?done=data_masked")
	minh.looked(draft)
	minh.leads(minh.post(draft+"/publish"), draft+"?done=data_published")
	desk.decides("/desk/market"+strings.TrimPrefix(draft, "/data")+"/approve", "reason", "Đủ.")
	minh.must(minh.post(draft+"/offer", "price", "900.000", "release", "payment", "payDays", "10", "purposes", "internal", "days", "365", "downloads", "0"), http.StatusSeeOther)

	mai := &buyer{somebody(t, s, newShots(t)), w}
	mai.arrives("mai@example.vn", "/datasets")
	mai.enter("[name=q]", "don hang ca phe")
	mai.press(".typed button")
	mai.sees(`document.readyState === "complete" && location.search.startsWith("?q=don") ? "searched" : location.href`, "searched")
	mai.reads("Đơn hàng cà phê")
	mai.looks("market-found")
	dataset := "/datasets" + strings.TrimPrefix(draft, "/data")
	mai.follow("Đơn hàng cà phê", dataset)
	mai.reads("900.000", "100% số cột có lời giải thích")
	mai.looks("market-dataset")
	mai.follow("Chọn bản chào này", "/trade/new")
	mai.looks("market-ask")
	mai.press("main form .primary")
	mai.signs()
	mai.sees(`/^\/trade\/[0-9a-f]{32}$/.test(location.pathname) ? "there" : location.href`, "there")
	at := mai.says(`location.pathname`)
	minh.decides(at + "/agree")
	mai.open(at)
	mai.looks("market-to-sign")
	mai.acts("Ký thỏa thuận đã nhận", at)
	minh.decides(at + "/finalize")
	minh.decides(at+"/bill", "bank", "970436", "account", "0123456789", "number", "1C26TAA-1")

	mai.open(at)
	mai.reads("900.000", "Vietcombank")
	mai.looks("market-bill")
	pay, err := vietqr.Decode((&handset{T: t, ctx: mai.tab}).scanned(".qr"))
	if err != nil || pay.Bank != "970436" || pay.Account != "0123456789" || pay.Amount != 900_000 || !strings.HasPrefix(pay.Reference, "SG") {
		t.Errorf("the code says %+v, %v", pay, err)
	}
	mai.acts("Báo đã chuyển tiền", at)
	slip := filepath.Join(t.TempDir(), "ủy nhiệm chi.pdf")
	if err := os.WriteFile(slip, transferSlip, 0o600); err != nil {
		t.Fatal(err)
	}
	mai.open(at)
	mai.acts("Khiếu nại thanh toán", at, chromedp.SetValue("#reason", "Chuyển ba ngày rồi mà chưa được xác nhận."), chromedp.SetUploadFiles("#papers", []string{slip}))
	mai.reads("Giấy tờ kèm khiếu nại", "ủy nhiệm chi.pdf", "Bổ sung khiếu nại")
	mai.looks("market-disputed")
	shown := mai.says(`document.querySelector("a[href*='/evidence/']").getAttribute("href")`)
	mai.sees(taken(shown), "200  "+string(transferSlip))
	minh.leads(minh.upload(at+"/dispute", "papers", "sao-ke.csv", []byte("ngay,so_tien\n"), "reason", "Sao kê chưa có."), at+"?done=trade_answer")
	decided := strings.Replace(at, "/trade/", "/desk/disputes/", 1)
	desk.says(decided, "ủy nhiệm chi.pdf", "sao-ke.csv")
	desk.decides(decided+"/uphold", "reason", "Sao kê ngày hôm sau có tiền vào.")
	mai.open(at)
	mai.reads("sao-ke.csv", "Sao kê ngày hôm sau")
	mai.acts("Yêu cầu giao", at)
	start := regexp.MustCompile(at + `/transfers/[0-9a-f]{32}/start`).FindString(minh.says(at))
	minh.decides(start)

	mai.open(at)
	mai.looks("market-delivered")
	link := mai.says(`document.querySelector("a[href*='/files/']").getAttribute("href")`)
	mai.sees(taken(link), fmt.Sprint("200 ", bytes.Count(customers(300), []byte("\n")), " ma_don,so_luong"))
	mai.acts("Đã nhận đủ", at)
	mai.sees(fmt.Sprintf(`fetch(%q).then(r => r.arrayBuffer()).then(b => new TextDecoder().decode(b.slice(0, 2)))`, at+"/dossier.zip"), "PK")

	minh.decides(at+"/revoke", "reason", "Bên mua chuyển dữ liệu cho người khác.")
	mai.sees(taken(link), "403  ")
	mai.open(at)
	mai.reads("Bên mua chuyển dữ liệu cho người khác.")
	mai.looks("market-revoked")
}

// taken fetches a file and says how that ended, how many lines it has, and the first.
func taken(link string) string {
	return fmt.Sprintf(`fetch(%q).then(async r => {
		const lines = r.ok ? (await r.text()).split("\n") : [""]
		return r.status + " " + (lines.length - 1 || "") + " " + lines[0]
	})`, link)
}

// buyer is somebody who signs in a wallet of their own.
type buyer struct {
	*person
	wallet wallettest.Wallet
}

// signs has the wallet sign what the page shows.
func (b *buyer) signs() {
	b.Helper()
	b.sees(fmt.Sprintf(`document.querySelector("[data-sign]") ? (window.ethereum = {request: ({method, params}) => {
		if (method === "eth_requestAccounts") return Promise.resolve([%q]);
		return new Promise(done => { window.asked = params[1]; window.answer = done; });
	}}, "ready") : document.body.innerText`, b.wallet.Address().String()), "ready")
	b.looks("market-sign")
	b.press("[data-sign]")
	b.sees(`window.asked ? "asked" : ""`, "asked")
	b.says(fmt.Sprintf(`window.answer(%q), ""`, b.wallet.Sign(b, b.says(`window.asked`))))
}

// acts sends the message behind a link of the page, filled in and signed, and is back on
// the page then.
func (b *buyer) acts(words, back string, fill ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	b.sees(fmt.Sprintf(`(() => {
		const found = [...document.querySelectorAll("main a")].find(e => e.innerText.trim().startsWith(%q))
		found?.setAttribute("data-act", "")
		return found ? "found" : document.body.innerText
	})()`, words), "found")
	b.press("[data-act]")
	b.do(chromedp.WaitVisible("main form .primary, main form .danger"))
	if len(fill) > 0 {
		b.do(fill...)
		b.looks("market-act")
	}
	b.press("main form button")
	b.signs()
	b.sees(where, back)
}
