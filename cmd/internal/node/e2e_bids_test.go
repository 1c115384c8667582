package node_test

import (
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
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

// TestRequestInABrowser: somebody without an organisation asks for data on a phone, the
// agency answers with what it published, and everybody reads that and when.
func TestRequestInABrowser(t *testing.T) {
	s := reachable(t)
	agency := s.admit("Sở Nông nghiệp", ledger.KindAgency)
	s.join(s.person("Lê Văn Hoà", "hoa@example.vn"), agency.org, agency.token, ledger.RolePublisher)
	s.person("Nguyễn Kín Tiếng", "kin@example.vn")
	dataset := s.datasetWith(agency, market.Open, "Diện tích vải theo xã", "x").Dataset.String()
	shots := newShots(t)
	kin, hoa := somebody(t, s, shots), somebody(t, s, shots)

	kin.arrives("kin@example.vn", "/datasets")
	kin.follow("Yêu cầu dữ liệu", "/datasets/requests")
	kin.looks("requests-none")
	kin.follow("Gửi yêu cầu", "/datasets/requests/new")
	kin.enter("#request_title", "Diện tích vải theo xã")
	kin.enter("#request_text", "Từ năm 2024, để viết luận văn.")
	kin.chooses("to", "Sở Nông nghiệp")
	kin.looks("request-form")
	kin.press(".sheet .primary")
	kin.sees(`/^\/datasets\/requests\/[0-9a-f]{32}$/.test(location.pathname) ? "there" : location.href`, "there")
	kin.reads("Đã gửi yêu cầu.", "Tên bạn không hiện ở đâu cả")
	kin.looks("request-sent")
	at := kin.says(`location.pathname`)

	hoa.arrives("hoa@example.vn", "/data")
	hoa.follow("Yêu cầu gửi đơn vị", "/datasets/requests")
	hoa.follow("Diện tích vải theo xã", at)
	hoa.looks("request-seen")
	hoa.follow("Trả lời yêu cầu", at+"/answer")
	hoa.press("[name=how][value=published]")
	hoa.enter("#given", s.Public+"/datasets/"+dataset)
	hoa.enter("#reply", "Cập nhật mỗi năm một lần.")
	hoa.looks("request-answer")
	hoa.submit(at)
	hoa.reads("Đã trả lời.")

	anybody := somebody(t, s, shots)
	anybody.open("/datasets/requests?show=answered")
	anybody.reads("Diện tích vải theo xã", "Đã công bố", "trả lời ngày "+workingDays(0))
	anybody.looks("requests-answered")
	anybody.follow("Diện tích vải theo xã", at)
	anybody.reads("Cập nhật mỗi năm một lần.")
	anybody.looks("request-answered")
	anybody.follow("Diện tích vải theo xã", "/datasets/"+dataset)
}
