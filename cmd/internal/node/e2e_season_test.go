package node_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
	"github.com/sogoc/sogoc/trace/label"
)

// season is a co-op's, from an invitation to a recall, as the people in it walk through
// it: each on a device of their own, by what the pages show them.
type season struct {
	*site
	t     *testing.T
	shots *shots

	coop, house, buyer, agency *party

	office  *person // the co-op's administrator, who is its clerk too
	grower  *person
	shop    *person // the buyer's
	shopper *person

	lot, cases trace.ID
	pallet     string
	tag        string // what the code on a label says
}

// TestWholeSeason walks through a season.
func TestWholeSeason(t *testing.T) {
	site := reachable(t)
	site.publishCommunes()
	s := &season{t: t, site: site, shots: newShots(t)}
	s.coop = s.admitIn("Hợp tác xã Vải thiều Hồng Giang", ledger.KindCoop, "07234")
	s.house = s.admitIn("Hộ bà Lành", ledger.KindHousehold, "07234")
	s.buyer = s.admit("Công ty Bình Minh", ledger.KindDistributor)
	s.agency = s.admit("Chi cục Quản lý chất lượng", ledger.KindAgency)
	for email, org := range map[string]*party{"hoa@example.vn": s.coop, "lanh@example.vn": s.house, "minh@example.vn": s.buyer, "thanh@example.vn": s.agency} {
		names := map[string]string{"hoa@example.vn": "Nguyễn Thị Hoa", "lanh@example.vn": "Trần Thị Lành", "minh@example.vn": "Lê Quang Minh", "thanh@example.vn": "Vũ Đức Thành"}
		s.join(s.person(names[email], email), org.org, org.token, ledger.Roles...)
	}
	for _, p := range []**person{&s.office, &s.grower, &s.shop, &s.shopper} {
		*p = somebody(t, site, s.shots)
	}
	s.enrols()
	s.begins()
	s.logsWithoutSignal()
	s.recordsForAnother()
	s.harvests()
	s.packs()
	s.prints()
	s.ships()
	s.buys()
	s.recalls()
}

// enrols: the administrator prints an invitation, and a grower joins by it with a PIN.
func (s *season) enrols() {
	o := s.office
	o.arrives("hoa@example.vn", "/me")
	o.looks("admin-home")
	o.follow("Tổ chức", "/org")
	o.looks("org")
	o.follow("Mời người", "/org/invitations")
	o.enter("#name", "Trần Văn An")
	o.enter("#phone", "0912 345 678")
	o.press("input[name=roles][value=admin]")
	o.looks("invitation-form")
	o.press("form.sheet .primary")
	o.do(chromedp.WaitVisible(".card .qr"))
	o.looks("invitation-card")
	card := (&handset{T: s.t, ctx: o.tab}).scanned(".card")

	g := s.grower
	g.open(strings.TrimPrefix(card, s.Public))
	g.reads("Hợp tác xã Vải thiều Hồng Giang")
	g.looks("join")
	g.enter("#pin", "274915")
	g.submit("/me")
	g.reads("Chào Trần Văn An")
	g.looks("grower-home")
}

// begins: the grower draws a plot by tapping and begins a season on it; the office
// describes what the co-op sells.
func (s *season) begins() {
	g := s.grower
	g.press("main a.primary")
	g.sees(where, "/record")
	g.looks("logbook-empty")
	g.follow("Vào vụ mới", "/crops/new")
	g.looks("crop-without-plot")
	g.follow("Vẽ vườn đầu tiên", "/plots/new")
	g.enter("#name", "Vườn đồi Hồng Giang")
	g.touches([2]float64{0.3, 0.3}, [2]float64{0.7, 0.3}, [2]float64{0.7, 0.7}, [2]float64{0.3, 0.7})
	g.looks("plot-drawn")
	g.submit("/plots/one")
	g.looks("plot")
	g.follow("Vào vụ mới", "/crops/new")
	g.enter("#crop_name", "Vải thiều")
	g.looks("crop-form")
	g.submit("/record")
	g.reads("Vải thiều", "Vườn đồi Hồng Giang")
	g.sees(ready, "true")
	g.looks("logbook")

	o := s.office
	o.open("/products")
	o.looks("products-empty")
	for _, name := range []string{"Vải thiều tươi", "Thùng vải 5 kg"} {
		o.follow("Thêm sản phẩm", "/products/new")
		o.enter("#name", name)
		if name == "Thùng vải 5 kg" {
			o.chooses("unit", "Từng cái")
			o.enter("#one", "thùng")
		}
		o.looks("product-form")
		o.submit("/products")
		o.reads(name)
	}
	o.looks("products")
}

// logsWithoutSignal: the grower notes two things where there is no signal, and when
// there is one again each is on the register once.
func (s *season) logsWithoutSignal() {
	g := s.grower
	crop := s.crop()
	g.signal(false)
	g.note("spraying", "#input", "Radiant 60SC", "#active", "Spinetoram", "#dose", "0,5 l/ha", "#interval", "7")
	g.sees(waiting, "1")
	g.note("irrigating", "#input", "Nước hồ")
	g.sees(waiting, "2")
	g.looks("logbook-waiting")
	if n := g.recorded(s.coop.org, crop); len(n) != 0 {
		s.t.Fatalf("recorded without a signal: %d", len(n))
	}
	g.signal(true)
	g.sees(waiting, "0")
	g.looks("logbook-sent")
	list := g.recorded(s.coop.org, crop)
	if len(list) != 2 || !strings.HasSuffix(list[0].Fact.Step, "spraying") || list[0].Fact.Wait != 7 || !strings.HasSuffix(list[1].Fact.Step, "irrigating") {
		s.t.Fatalf("recorded: %d, %+v", len(list), list)
	}
	g.follow("Những việc đã ghi", "/record/mine")
	g.reads("Phun thuốc", "Tưới nước")
	g.looks("records")
}

// crop is the season that the grower began.
func (s *season) crop() trace.ID {
	list, _, err := s.Index.Events(s.t.Context(), index.Viewer{Org: s.coop.org}, index.Query{Orgs: []ledger.ID{s.coop.org}}, index.Page{})
	if err != nil || len(list) == 0 {
		s.t.Fatal(err, len(list))
	}
	return list[len(list)-1].Fact.Objects[0].ID
}

// recordsForAnother: a farmer with a household of her own agrees that the co-op records
// for her, at the address on its screen, and the co-op does.
func (s *season) recordsForAnother() {
	crop := s.planted(s.house, s.yard(s.house), "V1")
	o := s.office
	o.follow("Ghi việc", "/record")
	o.follow("Ghi hộ", "/behalf")
	o.looks("behalf-ask")
	farmer := somebody(s.t, s.site, s.shots)
	farmer.arrives("lanh@example.vn", "/behalf/"+s.coop.org.String())
	farmer.looks("mandate")
	farmer.press("input[name=term][value=season]")
	farmer.submit("/behalf")
	farmer.reads("Hợp tác xã Vải thiều Hồng Giang")
	farmer.looks("mandate-given")

	o.open("/behalf")
	o.reads("Trần Thị Lành")
	o.looks("behalf")
	o.follow("Ghi hộ", "/record")
	o.reads("Trần Thị Lành")
	o.looks("logbook-behalf")
	o.note("irrigating", "#input", "Nước giếng")
	o.sees(where, "/record/mine")
	o.looks("records-behalf")
	if list := o.recorded(s.house.org, crop); len(list) != 1 || list[0].Org != s.coop.org || list[0].Fact.OnBehalf == nil {
		s.t.Fatalf("for another: %+v", list)
	}
	farmer.open("/record/mine")
	farmer.reads("Tưới nước")
	farmer.looks("records-of-farmer")
}

// harvests: what is picked within the interval after a spraying is flagged.
func (s *season) harvests() {
	o := s.office
	o.follow("Lô hàng", "/batches")
	o.looks("batches")
	o.follow("Ghi việc", "/record")
	o.follow("Thu hoạch", "/batches/new")
	o.chooses("product-1", "Vải thiều tươi")
	o.enter("#qty-1", "500")
	o.press("input[name=audience][value=public]")
	o.reads("Đang cách ly: được hái từ")
	o.looks("harvest-form")
	o.submit("/batches/one")
	o.reads("Vải thiều tươi", "500", "Hái khi chưa hết thời gian cách ly")
	o.looks("harvest")
	s.lot = o.about()
}

// about is the thing that the page is about.
func (p *person) about() trace.ID {
	p.Helper()
	u, err := url.Parse(p.address())
	if err != nil {
		p.Fatal(err)
	}
	return trace.MustID(u.Query().Get("id"))
}

// packs: into numbered cases on a pallet.
func (s *season) packs() {
	o := s.office
	o.follow("Đóng gói", "/batches/act/pack")
	o.chooses("product-1", "Thùng vải 5 kg")
	o.enter("#qty-1", "20")
	o.enter("#qty", "100")
	o.chooses("into", "Kiện mới")
	o.press("input[name=audience][value=public]")
	o.looks("pack-form")
	o.submit("/batches/one")
	o.looks("pallet")
	s.pallet = o.address()
	o.press("main .rows a")
	o.sees(where, "/batches/one")
	s.cases = o.about()
	o.reads("Đang nằm trong kiện của bạn")
	o.looks("cases")
}

// prints: a label for each case, as a PDF.
func (s *season) prints() {
	o := s.office
	o.follow("In tem", "/labels/new")
	o.reads("20 tem")
	o.looks("label-form")
	o.press(".sheet .primary")
	o.sees(`document.querySelector("a.primary[download]") ? "ready" : ""`, "ready")
	o.looks("label-job")
	link := o.says(`document.querySelector("a.primary[download]").getAttribute("href")`)
	b := s.signIn("hoa@example.vn")
	pdf := s.must(b.get(link), http.StatusOK).body
	f, err := label.Find("a4-3x8")
	if err != nil {
		s.t.Fatal(err)
	}
	tags := scanSheet(s.t, pdf, 1, 20, f)
	if want := pieceOf(s.t, s.cases, "7").Link(s.Public); tags[6] != want {
		s.t.Fatalf("the seventh label says %s, not %s", tags[6], want)
	}
	s.tag = tags[6]
	o.follow("Về lô hàng", "/batches/one")
}

// ships: the pallet goes to a buyer, who receives it with one tap.
func (s *season) ships() {
	o := s.office
	o.open(s.pallet)
	o.follow("Gửi hàng", "/batches/act/ship")
	o.enter("#to_name", "cong ty binh minh")
	o.looks("ship-form")
	o.submit("/batches/one")
	o.reads("Công ty Bình Minh")
	o.looks("pallet-sent")

	buyer := s.shop
	buyer.arrives("minh@example.vn", "/batches")
	buyer.looks("buyer-batches")
	buyer.follow("Trang tôi", "/me")
	buyer.looks("buyer-home")
	buyer.follow("Hàng sắp đến: 1", "/batches/incoming")
	buyer.reads("Hợp tác xã Vải thiều Hồng Giang")
	buyer.looks("buyer-incoming")
	buyer.press(".coming button")
	buyer.sees(where, "/batches/one")
	buyer.looks("buyer-received")
}

// reports sends the form that a simulated recall starts from, and waits for its report.
func (p *person) reports() {
	p.Helper()
	p.press(".sheet .primary")
	p.sees(`String(/^\/recalls\/[0-9a-f]{8,}$/.test(location.pathname))`, "true")
}

// buys: a shopper scans a label and reads where it comes from.
func (s *season) buys() {
	p := s.shopper
	p.open(strings.TrimPrefix(s.tag, s.Public))
	p.reads("Vải", "Hợp tác xã Vải thiều Hồng Giang")
	p.looks("passport")
}

// recalls: the agency recalls the harvest. The shopper's page is red at once, the co-op
// sees whom to call, and the shopper says what was wrong.
func (s *season) recalls() {
	agency := somebody(s.t, s.site, s.shots)
	agency.arrives("thanh@example.vn", "/org")
	agency.looks("agency-org")
	agency.follow("Thử và ra lệnh thu hồi", "/recalls")
	agency.looks("agency-recalls")
	agency.press(`main a[href="/recalls/new"]`)
	agency.sees(where, "/recalls/new")
	agency.press("input[name=origin][value=thing]")
	agency.enter("#start", s.tag)
	agency.looks("drill-form")
	agency.reports()
	agency.looks("drill-of-piece")
	agency.follow("Thử với cả lô", "/recalls/new")
	agency.reports()
	agency.looks("drill-report")
	agency.press(`main a[href$="/issue"]`)
	agency.sees(`String(location.pathname.endsWith("/issue"))`, "true")
	for i := 0; i < len(notice); i += 2 {
		agency.enter("#"+notice[i], notice[i+1])
	}
	agency.looks("recall-form")
	agency.press(".sheet .primary")
	agency.sees(where, "/recalls")
	agency.reads("Đang thu hồi")
	agency.looks("recalled")

	p := s.shopper
	p.open(strings.TrimPrefix(s.tag, s.Public))
	p.reads("Đã thu hồi", "Mang trả nơi đã mua.")
	p.looks("passport-recalled")

	o := s.office
	o.open("/me")
	o.looks("recall-home")
	o.follow("Hàng của tổ chức đang bị thu hồi: 1", "/recalls")
	o.looks("recalls")
	o.follow("Ai đang giữ", "/recalls/new")
	o.reports()
	o.reads("Công ty Bình Minh", "0204 000 3")
	o.looks("whom-to-call")
	s.shop.open("/me")
	s.shop.follow("Bạn đang giữ hàng bị thu hồi", "/batches")
	s.shop.looks("buyer-recalled")

	p.press("a[href^='/report?']")
	p.sees(where, "/report")
	p.press("input[value=unsafe]")
	p.enter("#words", "Ăn thấy vị lạ, đau bụng")
	p.enter("#contact", "0912 000 999")
	p.looks("complaint")
	p.press(".sheet .primary")
	p.sees(`document.getElementById("secret") ? "sent" : ""`, "sent")
	p.looks("complained")
	o.open("/me")
	o.looks("complaint-home")
	o.press(`main a[href="/reports"]`)
	o.sees(where, "/reports")
	o.looks("complaints")
}
