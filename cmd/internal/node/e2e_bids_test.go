package node_test

import (
	"testing"

	"github.com/sogoc/sogoc/ledger"
)

// TestBidInABrowser: a buyer who finds nothing says on a phone what it looks for, a seller
// answers with data of theirs, and the buyer takes the answer up from the page.
func TestBidInABrowser(t *testing.T) {
	s := reachable(t)
	buyer, seller := s.admit("Công ty Bình Minh", ledger.KindDataBuyer), s.admit("Hợp tác xã Lục Ngạn", ledger.KindCoop)
	s.join(s.person("Trần Thị Mai", "mai@example.vn"), buyer.org, buyer.token, ledger.RolePublisher)
	s.join(s.person("Lê Văn Hoà", "hoa@example.vn"), seller.org, seller.token, ledger.RolePublisher)
	s.traded(seller)
	shots := newShots(t)
	mai, hoa := somebody(t, s, shots), somebody(t, s, shots)

	mai.arrives("mai@example.vn", "/datasets")
	mai.reads("Không thấy thứ cần tìm?")
	mai.looks("bids-missing")
	mai.follow("Xem và đăng dữ liệu đang cần", "/bids")
	mai.looks("bids-none")
	mai.follow("Đăng dữ liệu đang cần", "/bids/new")
	mai.enter("#bid_title", "Độ chua của đất theo xã")
	mai.enter("#bid_text", "Các xã trồng vải, từ năm 2024. CSV hoặc XLSX.")
	mai.chooses("purposes", "Nghiên cứu")
	mai.says(`document.getElementById("last_day").value = "` + nextMonth() + `", ""`)
	mai.looks("bid-form")
	mai.press(".sheet .primary")
	mai.sees(`/^\/bids\/[0-9a-f]{32}$/.test(location.pathname) ? "there" : location.href`, "there")
	mai.reads("Đã đăng.", "Chưa ai trả lời.")
	mai.looks("bid-posted")
	at := mai.says(`location.pathname`)

	hoa.arrives("hoa@example.vn", "/bids")
	hoa.enter("[name=q]", "do chua binh minh")
	hoa.press(".typed button")
	hoa.sees(`document.readyState === "complete" && location.search.startsWith("?q=do") ? "searched" : location.href`, "searched")
	hoa.reads("Độ chua của đất theo xã")
	hoa.looks("bids-found")
	hoa.follow("Độ chua của đất theo xã", at)
	hoa.looks("bid-seen")
	hoa.follow("Trả lời bằng dữ liệu của bạn", at+"/answer")
	hoa.looks("bid-answer")
	hoa.follow("Viết điều khoản riêng", at+"/answer")
	hoa.enter("#price", "900.000")
	hoa.looks("bid-terms")
	hoa.press(".sheet .primary")
	hoa.sees(`/^\/trade\/[0-9a-f]{32}$/.test(location.pathname) ? "there" : location.href`, "there")
	hoa.reads("Đã gửi trả lời.", "900.000")
	trade := hoa.says(`location.pathname`)

	mai.open(at)
	mai.reads("Trả lời đã nhận", "Hợp tác xã Lục Ngạn", "Bạn cần:")
	mai.looks("bid-answered")
	mai.follow("Phân tích đất", trade)
	mai.follow("Chấp nhận điều khoản", trade+"/accept")
	mai.submit(trade)
	mai.reads("Đã chấp nhận.")
}
