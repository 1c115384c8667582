package node_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/market"
)

// nextMonth is a day to come, as a form says it.
func nextMonth() string { return time.Now().AddDate(0, 1, 0).Format(time.DateOnly) }

// TestBidWalk: a buyer says what it looks for, everybody reads it, two sellers answer, each
// answer is between its sides, and what is closed is answered no more.
func TestBidWalk(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	buyer, seller := s.admit("Công ty B", ledger.KindDataBuyer), s.admit("Hợp tác xã A", ledger.KindCoop)
	rival := s.admit("Công ty C", ledger.KindDataProvider)
	_, mai := s.member("mai", buyer, ledger.RolePublisher)
	_, hoa := s.member("hoa", seller, ledger.RolePublisher)
	_, eve := s.member("eve", rival, ledger.RolePublisher)
	_, nam := s.member("nam", buyer, ledger.RoleRecorder)
	desk := s.desk()
	dataset, rivals := s.traded(seller), s.traded(rival)
	offer := market.Offer{
		ID: ledger.NewID(), Dataset: dataset, Policy: s.upload(seller.token, []byte(`{}`), false),
		Terms: market.Terms{Price: 12_500_000, Release: market.OnPayment, Days: 365, Purposes: []market.Purpose{market.PurposeInternal}},
	}
	s.must(s.record(seller.token, market.DatasetContract, market.ActionOffer, offer), http.StatusCreated)

	for field, wrong := range map[string]string{"bid_title": "", "bid_text": strings.Repeat("x", market.MaxBidText+1), "last_day": "2020-01-01", "days": "-3", "purposes": "fun"} {
		typed := map[string]string{"bid_title": "Độ chua của đất", "bid_text": "Theo xã.", "purposes": "research", "passOn": "derived", "days": "90", "last_day": nextMonth()}
		typed[field] = wrong
		var fields []string
		for name, value := range typed {
			fields = append(fields, name, value)
		}
		if got := mai.post("/bids/new", fields...); got.StatusCode != http.StatusBadRequest {
			t.Errorf("%s of %.20q: %d", field, wrong, got.StatusCode)
		}
	}
	sent := s.must(mai.post("/bids/new", "bid_title", "Độ chua của đất", "bid_text", "Theo xã, từ 2024.", "purposes", "research", "passOn", "derived", "days", "90", "last_day", nextMonth()), http.StatusSeeOther)
	at, _, _ := strings.Cut(sent.Header.Get("Location"), "?")
	other := s.sought(rival, "Giá vải theo ngày")

	nobody := s.browser()
	for path, found := range map[string]bool{"/bids": true, "/bids?q=do+chua+cong+ty+b": true, "/bids?q=ĐẤT+độ": true, "/bids?q=đạt": false, "/bids?q=độ+chua+công+ty+a": false, "/bids?q=gia": false, "/bids?show=closed": false} {
		if strings.Contains(string(nobody.get(path).body), at) != found {
			t.Errorf("%s: found %v", path, !found)
		}
	}
	nobody.says(at, "Độ chua của đất", "Theo xã, từ 2024.", "Công ty B", "90 ngày", "Nghiên cứu", "Chỉ kết quả làm ra")
	nobody.says("/datasets", `href="/bids"`)
	mai.says("/trade", `href="/bids"`)

	// Each seller answers in its own way.
	hoa.says(at+"/answer", "Phân tích đất", "12.500.000", offer.ID.String())
	s.must(hoa.post(at+"/answer", "offer", ledger.NewID().String()), http.StatusNotFound)
	s.must(hoa.post(at+"/answer?dataset="+rivals.String(), "price", "0", "purposes", "research"), http.StatusNotFound)
	s.must(mai.post(at+"/answer", "offer", offer.ID.String()), http.StatusConflict)
	first := s.must(hoa.post(at+"/answer", "offer", offer.ID.String()), http.StatusSeeOther).Header.Get("Location")
	own := at + "/answer?dataset=" + rivals.String()
	eve.says(own, `value="90"`)
	s.must(eve.post(own, "price", "rẻ", "purposes", "research"), http.StatusBadRequest)
	second := s.must(eve.post(own, "price", "900.000", "purposes", "research", "days", "90"), http.StatusSeeOther).Header.Get("Location")
	first, _, _ = strings.Cut(first, "?")
	second, _, _ = strings.Cut(second, "?")

	seen := func(b *browser, mine, theirs bool) {
		t.Helper()
		page := string(b.get(at).body)
		if strings.Contains(page, first[len("/trade/"):]) != mine || strings.Contains(page, second[len("/trade/"):]) != theirs {
			t.Errorf("answers are seen otherwise than %v, %v", mine, theirs)
		}
	}
	seen(mai, true, true)
	seen(hoa, true, false)
	seen(eve, false, true)
	seen(nam, false, false)
	seen(nobody, false, false)
	seen(desk, true, true)
	if page := string(nobody.get(at).body); strings.Contains(page, "Hợp tác xã A") || strings.Contains(page, "Công ty C") {
		t.Error("everybody sees who answered")
	}
	mai.says(first, "12.500.000", first+"/accept")
	mai.decides(first + "/accept")
	hoa.says(first, first+"/agree")

	// What was found is sought no more; what should not be there is closed by the operator.
	s.must(eve.post(at+"/met"), http.StatusForbidden)
	mai.decides(at + "/met")
	nobody.says(at, "Đã có dữ liệu cần tìm.", "Đã đóng")
	nobody.says("/bids?show=closed", at)
	s.must(hoa.get(at+"/answer"), http.StatusConflict)
	removed := "/desk/bids/" + other.String() + "/close"
	s.must(desk.post(removed), http.StatusBadRequest)
	desk.decides(removed, "reason", "Có số điện thoại của một người.")
	nobody.says("/bids/"+other.String(), "Có số điện thoại của một người.")

	var list struct {
		Items []struct {
			Bid    market.BidRecord
			Sought market.BidDescription
			Open   bool
		}
	}
	if err := json.Unmarshal(s.must(s.get("/api/v1/bids?show=closed&q=do%20chua", ""), http.StatusOK).body, &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Items) != 1 || "/bids/"+list.Items[0].Bid.ID.String() != at || list.Items[0].Sought.Title.VI != "Độ chua của đất" || list.Items[0].Open {
		t.Errorf("%+v", list)
	}
	s.must(s.get("/api/v1/bids/"+ledger.NewID().String(), ""), http.StatusNotFound)
}

// TestBidErased: words of a bid whose description was erased find it no more; nor after
// the node began anew.
func TestBidErased(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := startSite(t, node.Config{Data: data})
	buyer := s.admit("Công ty B", ledger.KindDataBuyer)
	erased, left := bidPath(s.sought(buyer, "Độ chua của đất")), bidPath(s.sought(buyer, "Độ mặn của đất"))
	finds := func(query string, want ...string) {
		t.Helper()
		page := s.browser().says("/bids?q="+query, "")
		for _, path := range []string{erased, left} {
			if strings.Contains(page, path) != slices.Contains(want, path) {
				t.Errorf("%s: %s is there: %v", query, path, !slices.Contains(want, path))
			}
		}
	}
	finds("dat", erased, left)
	b, err := s.Deals.Bid(idAt(t, erased))
	if err != nil {
		t.Fatal(err)
	}
	id, err := content.Parse(b.Description)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Store.Erase(t.Context(), id, "requested", ledger.TimeOf(time.Now())); err != nil {
		t.Fatal(err)
	}
	finds("dat", left)
	finds("chua")
	finds("cong+ty+b", erased, left) // that it was posted, everybody knows
	s.stop()
	s = startSite(t, node.Config{Data: data})
	finds("dat", left)
	finds("mặn", left)
}

func bidPath(id ledger.ID) string { return "/bids/" + id.String() }

func idAt(t *testing.T, path string) ledger.ID {
	t.Helper()
	id, err := ledger.ParseID(path[strings.LastIndexByte(path, '/')+1:])
	if err != nil {
		t.Fatal(err)
	}
	return id
}
