package node_test

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"

	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/seal"
)

// TestBadChunkInABrowser: a seller hands over a file of which a chunk is another than it
// committed to. The buyer's page says so before anybody reads it, one button hands in the
// proof, and both sides read what became of the agreement and of the money.
func TestBadChunkInABrowser(t *testing.T) {
	d := reachable(t).deliverable(market.Terms{Price: 900_000, PayDays: 10, Purposes: []market.Purpose{market.PurposeInternal}}, func(c []byte, _ *seal.Key) []byte {
		c = bytes.Clone(c)
		c[len(c)/2] ^= 1
		return c
	})
	d.hoa.decides(d.at+"/bill", "bank", "970436", "account", "0123456789")
	d.mai.decides(d.at+"/pay", "bankref", "FT26150")
	d.hoa.decides(d.at + "/confirm")
	d.mai.decides(d.at + "/transfer")

	pictures := newShots(t)
	hoa, mai := somebody(t, d.site, pictures), somebody(t, d.site, pictures)
	hoa.arrives("hoa@example.vn", "/trade")
	hoa.follow("Sản lượng theo ngày", d.at)
	hoa.reads("Bạn cần: giao dữ liệu")
	hoa.press("a[href$='/start']")
	hoa.reads("Giao dữ liệu")
	hoa.submit(d.at)
	hoa.reads("Đã giao.")

	mai.arrives("mai@example.vn", "/trade")
	mai.looks("bad-trades")
	mai.follow("Sản lượng theo ngày", d.at)
	mai.reads("sản lượng.csv: Tệp này không đúng như đã thỏa thuận.")
	mai.sees(`String(document.querySelectorAll("a[href*='/files/'], a[href$='/complete']").length)`, "0")
	mai.looks("bad-file")
	// Who has the file's address is not given it either, and reads why.
	files := mai.says(`document.querySelector("form[action$='/object']").getAttribute("action").replace("object", "files/")`) + d.file.CID
	mai.sees(fmt.Sprintf(`fetch(%q).then(async r => r.status + (await r.text()).match(/Tệp không đúng như đã thỏa thuận/))`, files), "403Tệp không đúng như đã thỏa thuận")
	mai.open(files)
	mai.reads("Lúc này không lấy được tệp này")
	mai.looks("bad-refused")
	mai.follow("Xem và nộp bằng chứng", d.at)
	mai.follow("Nộp bằng chứng", d.at)
	mai.reads("Tệp sai đã được chứng minh và ghi vào sổ.", "Chấm dứt vì giao sai", "Bên cung cấp phải hoàn 900.000 ₫.", "chứng minh dữ liệu sai")
	mai.looks("bad-proved-buyer")

	hoa.open("/trade")
	hoa.reads("Chấm dứt vì giao sai", "Bạn cần: hoàn tiền")
	hoa.looks("bad-trades-seller")
	hoa.follow("Sản lượng theo ngày", d.at)
	hoa.reads("Bên cung cấp phải hoàn 900.000 ₫.")
	hoa.looks("bad-proved-seller")
	hoa.follow("Đã hoàn tiền", d.at+"/refund")
	hoa.enter("#bankref", "FT26155")
	hoa.looks("bad-refunding")
	hoa.submit(d.at)
	hoa.reads("Bên cung cấp báo đã hoàn 900.000 ₫.")
	mai.open(d.at)
	mai.reads("Bên cung cấp báo đã hoàn 900.000 ₫.", "FT26155")
	mai.looks("bad-refunded")
}

// TestDelistedInABrowser: what the operator stopped is not delivered, and the page that
// the buyer gets instead says why in words.
func TestDelistedInABrowser(t *testing.T) {
	d := reachable(t).deliverable(market.Terms{Purposes: []market.Purpose{market.PurposeInternal}}, right)
	d.mai.decides(d.at + "/transfer")
	d.does(d.hoa, "start")
	mai := somebody(t, d.site, newShots(t))
	mai.arrives("mai@example.vn", "/trade")
	mai.follow("Sản lượng theo ngày", d.at)
	mai.reads("sản lượng.csv", "Đã nhận đủ")
	mai.looks("delivered")
	link := d.link()
	d.must(d.record(d.operator, market.DatasetContract, market.ActionModerate, market.Moderation{Dataset: d.dataset, Version: 1, Standing: market.Delisted, Reason: "Chưa rõ nguồn."}), http.StatusCreated)
	mai.follow("sản lượng.csv", link)
	mai.reads("Đơn vị vận hành đã dừng bộ dữ liệu này")
	mai.looks("delisted-file")
	mai.follow("Xem thỏa thuận", d.at)
	mai.reads("Đơn vị vận hành đã dừng bộ dữ liệu này", "Đang có hiệu lực")
	mai.looks("delisted-trade")
	hoa := somebody(t, d.site, mai.shots)
	hoa.arrives("hoa@example.vn", "/trade")
	hoa.follow("Sản lượng theo ngày", d.at)
	hoa.reads("Đơn vị vận hành đã dừng bộ dữ liệu này")
	hoa.looks("delisted-seller")
}
