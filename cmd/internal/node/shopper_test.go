package node_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"mime/multipart"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// pieces is an event on single pieces.
func (s *site) pieces(action, step, disposition string, ids ...trace.ID) event {
	e := s.newEvent("ObjectEvent", action, step)
	var list []string
	for _, id := range ids {
		list = append(list, id.Link(publicURL))
	}
	e["epcList"] = list
	if disposition != "" {
		e["disposition"] = disposition
	}
	return e
}

func pieceOf(t testing.TB, lot trace.ID, serial string) trace.ID {
	t.Helper()
	id, err := lot.WithSerial(serial)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestIssuedSerials: once labels with serials were printed for a lot, each of them has
// a page of its own, and one that was never issued says so.
func TestIssuedSerials(t *testing.T) {
	t.Parallel()
	o := newOrchard(t)
	_, clerk := o.member("clerk", o.coop, ledger.RoleRecorder)
	issued, never := pieceOf(t, o.lot, "0003"), pieceOf(t, o.lot, "0004")
	for _, id := range []trace.ID{issued, never} {
		o.must(o.get(id.Path(), ""), 303) // the lot's numbers are not known yet
	}
	o.must(clerk.post("/labels", "of", o.lot.String(), "format", "roll-50x30", "kind", "numbers", "first", "0001", "count", "3"), 303)
	says := func(id trace.ID, want ...string) {
		t.Helper()
		page := o.page(id.Path(), 200)
		for _, w := range want {
			if !strings.Contains(page, w) {
				t.Errorf("%s does not say %q", id, w)
			}
		}
	}
	says(issued, "Số 0003 là một trong các số đã cấp cho lô HG-01", "món này không được kiểm tra riêng", "Những gì dưới đây là của cả lô")
	says(never, "Số này chưa từng được cấp", "số 0004 không nằm trong các số đã cấp", "báo vấn đề")
	says(o.lot, "Nhãn dùng chung cho cả lô: đã ghi sổ; món này không được kiểm tra riêng")
	o.must(clerk.post("/labels", "of", o.lot.String(), "format", "roll-50x30", "kind", "numbers", "first", "0004", "count", "1"), 303)
	says(never, "Số 0004 là một trong các số đã cấp")
	var p struct{ ID, Piece, Level string }
	o.must(o.get(never.Path()+"?format=json", ""), 200).into(t, &p)
	if p.ID != never.String() || p.Piece != "issued" || p.Level != "piece" {
		t.Errorf("%+v", p)
	}
	o.must(o.get(pieceOf(t, o.site.lot(o.product, "FAKE"), "0001").Path(), ""), 404)
}

// TestWhatBecameOfIt: what was sold, destroyed or returned says so, and no more than
// is known to everybody.
func TestWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop, shop := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Cửa hàng B", ledger.KindRetailer)
	product := s.product(coop, 1, trace.Text{VI: "Vải thiều"})
	sold, burnt, secret, some := s.lot(product, "SOLD"), s.lot(product, "BURNT"), s.lot(product, "SECRET"), s.lot(product, "SOME")
	end := func(lot trace.ID, n float64, action, step string) event {
		e := s.newEvent("ObjectEvent", action, step)
		e["quantityList"] = kilos(lot, n)
		return e
	}
	s.recordEvents(coop, ledger.Public, s.commission(sold, 10), s.commission(burnt, 10), s.commission(secret, 10), s.commission(some, 10))
	s.recordEvents(coop, ledger.Public, end(sold, 10, "OBSERVE", "retail_selling"), end(burnt, 10, "DELETE", "destroying"), end(some, 4, "OBSERVE", "retail_selling"))
	s.recordEvents(coop, ledger.Own, end(secret, 10, "OBSERVE", "retail_selling"))
	bowls := s.lot(s.pieceProduct(coop, 3), "B1")
	a, b, c := pieceOf(t, bowls, "1"), pieceOf(t, bowls, "2"), pieceOf(t, bowls, "3")
	s.recordEvents(coop, ledger.Public, s.pieces("ADD", "commissioning", "", a, b, c))
	s.recordEvents(coop, ledger.Public, s.pieces("OBSERVE", "retail_selling", "retail_sold", a), s.pieces("DELETE", "destroying", "destroyed", b))
	back := s.pieces("OBSERVE", "shipping", "returned", c)
	back["destinationList"] = []map[string]string{{"type": "possessing_party", "destination": shop.place.String()}}
	s.recordEvents(coop, ledger.Public, back)
	for id, want := range map[trace.ID]string{
		sold: "cả lô đã bán hết vào", burnt: "cả lô đã bị tiêu hủy vào", a: "món này đã bán vào", b: "món này đã bị tiêu hủy vào", c: "món này đã được trả lại vào",
	} {
		page := s.page(id.Path(), 200)
		if !strings.Contains(page, want) || !strings.Contains(page, "Bạn cần làm gì") {
			t.Errorf("%s does not say %q: %s", id, want, page)
		}
	}
	for _, id := range []trace.ID{secret, some} {
		if page := s.page(id.Path(), 200); strings.Contains(page, "Theo sổ") {
			t.Errorf("%s tells more than is known", id)
		}
	}
}

// pieceProduct is a product that is counted by the piece.
func (s *site) pieceProduct(p *party, n int) trace.ID {
	s.Helper()
	id := trace.MustID("/t/" + string(s.code(p, "0000"+string(rune('0'+n)))))
	s.direct(p.token, trace.ActionProduct, trace.Product{
		ID: id, Tolerance: trace.Ratio{Num: 1, Den: 100}, HardCap: trace.Ratio{Num: 1, Den: 10},
		Profile: s.describe(p.token, trace.Profile{Name: trace.Text{VI: "Gáo dừa", EN: "Coconut bowl"}}, false),
	})
	return id
}

// phoneAgent is what a shopper's browser says of itself.
const phoneAgent = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36"

// TestScansAreCounted: of people who look, once each, and of nobody else.
func TestScansAreCounted(t *testing.T) {
	t.Parallel()
	o := newOrchard(t)
	_, clerk := o.member("clerk", o.coop, ledger.RoleRecorder)
	_, buyer := o.member("buyer", o.shop, ledger.RoleRecorder)
	o.must(clerk.post("/labels", "of", o.lot.String(), "format", "roll-50x30", "kind", "numbers", "first", "0001", "count", "3"), 303)
	piece, never := pieceOf(t, o.lot, "0002"), pieceOf(t, o.lot, "0009")
	type scans struct {
		N    int
		Text string
	}
	count := func(a *answer, n int) {
		t.Helper()
		var got scans
		o.must(a, 200).into(t, &got)
		if got.N != n {
			t.Errorf("%s: %+v, want %d", a.Request.URL, got, n)
		}
	}
	said := func(agent string, more ...string) header {
		return append(append(here[:len(here):len(here)], "User-Agent", agent), more...)
	}
	scan := func(h header, id trace.ID) *answer { return o.call("POST", "/scans", "", h, form("id", id.String())) }

	for range 3 {
		o.page(piece.Path(), 200) // fetching the page counts nothing
	}
	o.must(o.call("HEAD", piece.Path(), "", nil, nil), 200)
	count(o.get("/scans?id="+escaped(piece.String()), ""), 0)
	count(scan(said(phoneAgent), piece), 1)
	for _, bot := range []string{"facebookexternalhit/1.1", "TelegramBot (like TwitterBot)", "Mozilla/5.0 (compatible; Googlebot/2.1)", "curl/8.0", ""} {
		count(scan(said(bot), piece), 1)
	}
	count(scan(said(phoneAgent, "Sec-Purpose", "prefetch;prerender"), piece), 1)
	count(scan(said(phoneAgent, "Purpose", "prefetch"), piece), 1)
	count(clerk.call("POST", "/scans", said(phoneAgent), form("id", piece.String())), 1) // one of their own
	count(buyer.call("POST", "/scans", said(phoneAgent), form("id", piece.String())), 2)
	count(scan(said("Mozilla/5.0 (iPhone) AppleWebKit/605.1 Zalo iOS/23"), piece), 3) // a person in Zalo
	count(scan(said(phoneAgent), o.lot), 0)                                           // a lot's label says nothing of a piece
	count(scan(said(phoneAgent), never), 0)
	o.must(scan(said(phoneAgent), o.site.lot(o.product, "FAKE")), 404)
	o.must(o.call("POST", "/scans", "", header{"User-Agent", phoneAgent, "Sec-Fetch-Site", "cross-site"}, form("id", piece.String())), 403)
	for _, place := range []string{"21.2735,106.1946", "21.31,106.19", "10.8,106.7", "16,108.2", "20.8,106.7"} {
		o.must(o.call("POST", "/scans/place", "", said(phoneAgent), form("id", piece.String(), "place", place)), 204)
	}
	o.must(o.call("POST", "/scans/place", "", said(phoneAgent), form("id", piece.String(), "place", "here")), 400)

	page := string(o.must(clerk.get("/batches/scans?id="+escaped(piece.String())), 200).body)
	for _, want := range []string{"4 lượt quét", "1 lượt quét những số chưa từng được cấp", "1 món được quét ở nhiều nơi hơn", "số sê-ri 0002", "10.8,106.7"} {
		if !strings.Contains(page, want) {
			t.Errorf("the owner does not read %q: %s", want, page)
		}
	}
	if strings.Contains(page, "106.19") {
		t.Error("a place is kept more exactly than a district")
	}
	o.must(buyer.get("/batches/scans?id="+escaped(o.lot.String())), 404)
	if lot := string(o.must(clerk.get("/batches/one?id="+escaped(o.lot.String())), 200).body); !strings.Contains(lot, "/batches/scans?id=") {
		t.Error("nothing leads to the scans")
	}
	var got scans
	o.must(o.get("/scans?in=en&id="+escaped(piece.String()), ""), 200).into(t, &got)
	if !strings.HasPrefix(got.Text, "First scan: ") {
		t.Errorf("%+v", got)
	}
}

// TestComplaints: what a shopper reports is read by those whose code it is, by agencies
// where it may do harm or was handed to them, and by nobody else; the operator sees how
// many there are.
func TestComplaints(t *testing.T) {
	t.Parallel()
	o := newOrchard(t)
	office := o.admit("Chi cục An toàn thực phẩm", ledger.KindAgency)
	_, coop := o.member("coop", o.coop, ledger.RoleAdmin)
	_, shop := o.member("shop", o.shop, ledger.RoleAdmin)
	_, agency := o.member("agency", office, ledger.RoleRecaller)
	_, operator := o.member("operator", &party{org: o.Operator.Org, token: o.operator}, ledger.RoleAdmin)

	if page := o.page(o.lot.Path(), 200); !strings.Contains(page, `href="/report?id=`+url.QueryEscape(o.lot.String())) {
		t.Error("the passport does not lead to the form")
	}
	o.page("/report?id="+escaped(o.lot.String()), 200)
	o.page("/report?id="+escaped(o.site.lot(o.product, "FAKE").String()), 404)
	report := func(status int, shot []byte, fields ...string) string {
		t.Helper()
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		for i := 0; i < len(fields); i += 2 {
			w.WriteField(fields[i], fields[i+1])
		}
		if shot != nil {
			f, err := w.CreateFormFile("photo", "IMG_0001.jpg")
			if err != nil {
				t.Fatal(err)
			}
			f.Write(shot)
		}
		w.Close()
		return string(o.must(o.call("POST", "/report", "", header{"Content-Type", w.FormDataContentType(), "Sec-Fetch-Site", "same-origin"}, b.Bytes()), status).body)
	}
	var shot bytes.Buffer
	if err := jpeg.Encode(&shot, image.NewGray(image.Rect(0, 0, 400, 300)), nil); err != nil {
		t.Fatal(err)
	}
	if page := report(400, nil, "id", o.lot.String(), "words", "Kể thừa"); !strings.Contains(page, "Hãy chọn một mục") || !strings.Contains(page, "Kể thừa") {
		t.Errorf("%s", page)
	}
	report(400, []byte("no picture"), "id", o.lot.String(), "matter", "other", "words", "x")
	sent := report(200, shot.Bytes(), "id", o.lot.String(), "matter", "mismatch", "words", "Trang ghi 1 kg, hộp có 0,8 kg", "contact", "b@example.vn")
	found := regexp.MustCompile(`/reports/([0-9A-Z]{8})#([0-9A-Z]{16})"`).FindStringSubmatch(sent)
	if found == nil {
		t.Fatalf("no reference: %s", sent)
	}
	at, secret := "/reports/"+found[1], found[2]

	own := func(status int, code, want string) {
		t.Helper()
		if page := string(o.must(o.call("POST", at, "", here, form("secret", code)), status).body); !strings.Contains(page, want) {
			t.Errorf("the reporter does not read %q: %s", want, page)
		}
	}
	own(200, secret, "đã nhận, chưa đọc")
	own(404, "0000-0000-0000-0000", "Mã này không mở được báo cáo")
	if page := o.page(at, 200); strings.Contains(page, "0,8 kg") || strings.Contains(page, "example.vn") {
		t.Error("anybody reads it")
	}
	for _, b := range []*browser{shop, agency, operator} {
		if page := string(o.must(b.get(at), 200).body); strings.Contains(page, "0,8 kg") {
			t.Error("another reads it")
		}
		o.must(b.post(at+"/answer", "answer", "x"), 404)
		o.must(b.get(at+"/photo"), 404)
		o.must(b.post(at+"/close"), 404)
	}
	if page := string(o.must(coop.get("/org"), 200).body); !strings.Contains(page, `href="/reports"`) {
		t.Error("nothing leads to the reports")
	}
	if page := string(o.must(coop.get("/me"), 200).body); !strings.Contains(page, "Người mua báo 1 vấn đề chưa xong") {
		t.Error("nobody is told of a report")
	}
	if page := string(o.must(coop.get(at), 200).body); !strings.Contains(page, "0,8 kg") || !strings.Contains(page, "mailto:b@example.vn") {
		t.Errorf("the co-op does not read it: %s", page)
	}
	own(200, secret, "đã đọc, chưa trả lời")
	photo := o.must(coop.get(at+"/photo"), 200)
	if _, err := jpeg.Decode(bytes.NewReader(photo.body)); err != nil {
		t.Error(err)
	}
	o.must(coop.post(at+"/answer", "answer", ""), 400)
	o.must(coop.post(at+"/answer", "answer", "Cảm ơn, chúng tôi đã cân lại."), 303)
	o.must(coop.post(at+"/hand"), 303)
	if page := string(o.must(agency.get("/reports"), 200).body); !strings.Contains(page, at) {
		t.Errorf("the agency does not see what was handed to it: %s", page)
	}
	o.must(agency.post(at+"/answer", "answer", "Đã kiểm tra cân."), 303)
	o.must(coop.post(at+"/close"), 303)
	o.must(coop.post(at+"/answer", "answer", "x"), 409)
	own(200, secret, "Đã kiểm tra cân.")
	own(200, secret, "Chi cục An toàn thực phẩm")
	own(200, secret, "đã khép lại")
	if page := string(o.must(operator.get("/reports"), 200).body); !strings.Contains(page, "Toàn sổ") || strings.Contains(page, at) {
		t.Errorf("the operator sees %s", page)
	}
}
