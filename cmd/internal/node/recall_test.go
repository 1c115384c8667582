package node_test

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// chain is goods on their way: a lot of lychees, made into another in secret, sold on,
// handed to somebody without an account, and packed as a piece.
type chain struct {
	coop, shop          *party
	product, lot, candy trace.ID
	piece               trace.ID
	crop                trace.ID
	sprayed, made       event
}

func newChain(s *site) *chain {
	s.Helper()
	c := &chain{coop: s.admit("Hợp tác xã Lục Ngạn", ledger.KindCoop), shop: s.admit("Cửa hàng Cầu Giấy", ledger.KindRetailer)}
	c.product = s.product(c.coop, 1, trace.Text{VI: "Vải thiều", EN: "Lychee"})
	c.lot = s.lot(c.product, "V1")
	c.candy = s.lot(s.product(c.coop, 2, trace.Text{VI: "=Mứt vải"}), "M1")
	c.crop = s.lot(s.product(c.coop, 3, trace.Text{VI: "Cây vải"}), "DOI-7")
	piece, err := s.lot(c.product, "V1").WithSerial("0001")
	if err != nil {
		s.Fatal(err)
	}
	c.piece = piece

	c.sprayed = s.newEvent("ObjectEvent", "OBSERVE", "https://sogoc.github.io/vocab/spraying")
	c.sprayed["quantityList"] = []map[string]string{{"epcClass": c.crop.String()}}
	c.sprayed["readPoint"] = map[string]string{"id": c.coop.place.String()}
	c.sprayed["@context"] = []any{map[string]string{"sogoc": "https://sogoc.github.io/vocab/"}}
	c.sprayed["sogoc:input"], c.sprayed["sogoc:inputKind"], c.sprayed["sogoc:activeIngredient"] = "Radiant 60SC", "protection", "Spinetoram"
	c.made = s.transform(c.crop, 200, c.lot, 100)
	sell := s.newEvent("ObjectEvent", "OBSERVE", "retail_selling")
	sell["quantityList"] = kilos(c.lot, 10)
	hand := s.ship(c.lot, 15, &party{place: keyID("414", "952999900001")})
	label := s.newEvent("ObjectEvent", "ADD", "commissioning")
	label["epcList"] = []string{c.piece.String()}
	s.recordEvents(c.coop, ledger.Parties, s.commission(c.crop, 200), c.sprayed, c.made, sell, hand, s.ship(c.lot, 30, c.shop))
	s.recordEvents(c.coop, ledger.Own, s.transform(c.lot, 20, c.candy, 18))
	s.recordEvents(c.coop, ledger.Public, label)
	return c
}

// contains fails the test where a page lacks a part.
func contains(t testing.TB, page *answer, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(string(page.body), part) {
			t.Errorf("%s lacks %q: %s", page.Request.URL, part, page)
		}
	}
}

// TestSimulateRecall goes from a lot, an event, a place and an input to everything
// downstream, and reads the report and its files.
func TestSimulateRecall(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := newChain(s)
	_, hoa := s.member("hoa", c.coop, ledger.RoleRecaller)
	_, an := s.member("an", c.shop, ledger.Roles...)

	at := hoa.simulate("thing", s.URL+c.lot.Path())
	page := s.must(hoa.get(at), http.StatusOK)
	// 100 kg: 25 left, 30 under way, 20 made into candy (18 kg left), 10 sold, 15 handed over; of a lot and its
	// candy 98 kg are to be found, and 73 are. The piece has a quantity of its own.
	contains(t, page, "73\u00a0kg", "98\u00a0kg", "74,4%", "giao cho người không có tài khoản 15\u00a0kg", "đã bán lẻ 10\u00a0kg", "Cửa hàng Cầu Giấy", "0204 000", "hoa", "(414)952999900001", `href="`+c.candy.Path()+`"`, `href="`+c.piece.Path()+`"`)
	contains(t, s.must(hoa.get("/recalls"), http.StatusOK), `href="`+at+`"`, "Vải thiều")
	if log := s.must(hoa.get("/org/history"), http.StatusOK); strings.Contains(string(log.body), "Thu hồi") {
		t.Error("a simulation is recorded")
	}
	if live := s.must(s.get(c.piece.Path(), ""), http.StatusOK); strings.Contains(string(live.body), `class="verdict recalled"`) {
		t.Error("a simulation turns pages red")
	}

	sheet := func(name string) [][]string {
		t.Helper()
		a := s.must(hoa.get(at+"/"+name), http.StatusOK)
		if !strings.Contains(a.Header.Get("Content-Disposition"), "attachment") || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/csv") {
			t.Errorf("%v", a.Header)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(a.body), "\ufeff"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	things := sheet("things.csv")
	if len(things) != 4 || things[1][0] != c.lot.String() || things[1][9] != "100" || things[1][10] != "25" {
		t.Errorf("things %q", things)
	}
	for _, row := range things[1:] {
		for _, cell := range row {
			if strings.HasPrefix(cell, "=") {
				t.Errorf("a spreadsheet would compute %q", cell)
			}
		}
	}
	if rows := sheet("receivers.csv"); !strings.Contains(strings.Join(rows[len(rows)-1], "|")+strings.Join(rows[1], "|"), "Cửa hàng Cầu Giấy|retailer") {
		t.Errorf("receivers %q", rows)
	}
	if rows := sheet("unconfirmed.csv"); len(rows) != 2 || rows[1][3] != "15" {
		t.Errorf("unconfirmed %q", rows)
	}
	s.must(hoa.get(at+"/else.csv"), http.StatusNotFound)
	s.must(an.get(at), http.StatusNotFound)

	today := time.Now().Format(time.DateOnly)
	period := []string{"from", time.Now().AddDate(0, -1, 0).Format(time.DateOnly), "until", time.Now().AddDate(0, 0, 1).Format(time.DateOnly)}
	for _, from := range []struct {
		origin, start string
		more          []string
	}{
		{"event", c.sprayed.id(), nil}, {"event", c.made.id(), nil}, {"place", c.coop.place.String(), period},
		{"place", "x", append([]string{"place", c.coop.place.String()}, period...)},
		{"input", "radiant", period}, {"input", "SPINETORAM", period}, {"thing", c.product.String(), nil},
	} {
		contains(t, s.must(hoa.get(hoa.simulate(from.origin, from.start, from.more...)), http.StatusOK), `href="`+c.candy.Path()+`"`)
	}
	for _, wrong := range [][]string{
		{"origin", "thing", "start", ""}, {"origin", "bank", "start", "x"}, {"origin", "thing", "start", "không phải mã"},
		{"origin", "input", "start", "Radiant", "from", "x", "until", today}, {"origin", "place", "start", c.coop.place.String(), "from", today, "until", "2020-01-01"},
	} {
		contains(t, s.must(hoa.post("/recalls/new", wrong...), http.StatusBadRequest), `class="wrong"`)
	}
	s.must(hoa.post("/recalls/new", append([]string{"origin", "input", "start", "Amistar"}, period...)...), http.StatusNotFound)

	// The shop reads what it took part in, and that there is more.
	seen := s.must(an.get(an.simulate("thing", c.lot.String())), http.StatusOK)
	contains(t, seen, "cả thảy bao nhiêu thì chưa rõ", "30\u00a0kg", "việc nơi khác ghi kín")
	if strings.Contains(string(seen.body), "15\u00a0kg") {
		t.Errorf("the shop reads what was handed to others: %s", seen)
	}
	s.must(an.post("/recalls/new", "origin", "event", "start", c.sprayed.id()), http.StatusNotFound)
}

// notice is one that lacks nothing but what it is about.
var notice = []string{
	"reason", "Dư lượng thuốc vượt mức.", "action", "Đừng ăn. Mang trả nơi đã mua.", "refund", "Được hoàn đủ tiền.", "contact", "1900 6868",
	"reason_en", "Too much pesticide was found.", "action_en", "Do not eat it. Take it back.", "refund_en", "You get your money back.",
}

// TestIssueRecall issues a recall from a report: consumer pages are red at once, in the
// reader's language, receivers can ship nothing of it, and it is lifted with a reason.
func TestIssueRecall(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := newChain(s)
	_, hoa := s.member("hoa", c.coop, ledger.RoleRecaller)
	_, an := s.member("an", c.shop, ledger.Roles...)
	agency := s.admit("Chi cục Quản lý chất lượng", ledger.KindAgency)
	_, inspector := s.member("inspector", agency, ledger.RoleRecaller)
	_, operator := s.member("operator", &party{org: s.Operator.Org, token: s.operator}, ledger.Roles...)
	red := func(id trace.ID, language string) (bool, string) {
		t.Helper()
		body := string(s.must(s.get(id.Path()+"?lang="+language, ""), http.StatusOK).body)
		return strings.Contains(body, `class="verdict recalled"`), body
	}
	at := hoa.simulate("thing", c.lot.String())
	for _, id := range []trace.ID{c.lot, c.candy, c.piece} {
		if is, _ := red(id, "vi"); is {
			t.Errorf("%s is red before", id)
		}
	}
	contains(t, s.must(hoa.get(at+"/issue"), http.StatusOK), `value="`+c.lot.String()+`" checked`, `value="`+c.candy.String()+`"`, `value="0204 000 1"`)
	for _, wrong := range [][]string{notice, append([]string{"target", c.lot.String()}, notice[2:]...), append([]string{"target", c.lot.String()}, notice[:6]...)} {
		page := s.must(hoa.post(at+"/issue", wrong...), http.StatusBadRequest)
		contains(t, page, `class="wrong"`)
	}
	s.must(hoa.post(at+"/issue", append([]string{"target", c.crop.String()}, notice...)...), http.StatusConflict)
	s.must(an.get(an.simulate("thing", c.lot.String())+"/issue"), http.StatusOK)
	before := s.Ledger.Size()
	to := s.must(hoa.post(at+"/issue", append([]string{"target", c.lot.String(), "target", c.candy.String()}, notice...)...), http.StatusSeeOther).Header.Get("Location")
	if to != "/recalls?done=recalled" || s.Ledger.Size() != before+1 {
		t.Errorf("led to %s after %d records", to, s.Ledger.Size()-before)
	}
	for _, id := range []trace.ID{c.lot, c.candy, c.piece} {
		for language, words := range map[string][]string{
			"vi": {"Dư lượng thuốc vượt mức.", "Mang trả nơi đã mua. Được hoàn đủ tiền.", "1900 6868"},
			"en": {"Too much pesticide was found.", "Take it back. You get your money back.", "1900 6868"},
		} {
			is, body := red(id, language)
			if !is {
				t.Errorf("%s is not red", id)
			}
			for _, w := range words {
				if !strings.Contains(body, w) {
					t.Errorf("%s lacks %q", id, w)
				}
			}
		}
	}
	contains(t, s.must(hoa.get("/recalls"), http.StatusOK), "Đang thu hồi", "/recalls/lift?target=")
	contains(t, s.must(hoa.get(at), http.StatusOK), "Đã thu hồi")
	if list := s.must(operator.get("/recalls"), http.StatusOK); !strings.Contains(string(list.body), "Đang thu hồi") || strings.Contains(string(list.body), "/recalls/lift") {
		t.Errorf("the operator reads %s", list)
	}
	if list := s.must(an.get("/recalls"), http.StatusOK); strings.Contains(string(list.body), "Đang thu hồi") {
		t.Errorf("the shop, whose goods these are not, reads %s", list)
	}
	s.must(s.capture(c.coop.token, ledger.Parties, documentOf(s.ship(c.lot, 1, c.shop))), http.StatusConflict)

	// An agency recalls as well. Each lifts its own, and the page is red until both have.
	also := inspector.simulate("event", publicEvent(s, c))
	s.must(inspector.post(also+"/issue", append([]string{"target", c.piece.String()}, notice...)...), http.StatusSeeOther)
	contains(t, s.must(hoa.get("/recalls"), http.StatusOK), "Chi cục Quản lý chất lượng")
	lift := func(b *browser, id trace.ID, reason string, want int) {
		t.Helper()
		s.must(b.post("/recalls/lift?target="+escaped(id.String()), "reason", reason), want)
	}
	lift(hoa, c.lot, "", http.StatusBadRequest)
	lift(an, c.lot, "x", http.StatusNotFound)
	for _, id := range []trace.ID{c.lot, c.candy} {
		lift(hoa, id, "Kiểm tra lại đạt.", http.StatusSeeOther)
	}
	if is, _ := red(c.candy, "vi"); is {
		t.Error("what is lifted is red")
	}
	if is, _ := red(c.piece, "vi"); !is {
		t.Error("the agency's recall went with the other's")
	}
	lift(inspector, c.piece, "Mẫu thử nhầm.", http.StatusSeeOther)
	if is, _ := red(c.piece, "vi"); is {
		t.Error("the piece is red when all is lifted")
	}
	contains(t, s.must(hoa.get("/recalls"), http.StatusOK), "Đã gỡ", "Kiểm tra lại đạt.", "Mẫu thử nhầm.")
}

// publicEvent is the one of the chain that everybody reads.
func publicEvent(s *site, c *chain) string {
	s.Helper()
	list, _, err := s.Index.EventsOf(s.Context(), operatorView, c.piece, indexPage)
	if err != nil || len(list) == 0 {
		s.Fatal(err)
	}
	return list[0].Fact.Event
}

var indexPage = index.Page{Limit: 1}
