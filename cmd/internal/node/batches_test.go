package node_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/api/account/wallettest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/batch"
	"github.com/sogoc/sogoc/trace/index"
)

// clerk is somebody who records batches in a browser.
type clerk struct {
	*browser
	*site
	party *party
}

func (s *site) clerk(name string, p *party) *clerk {
	s.Helper()
	_, b := s.member(name, p, ledger.RoleRecorder)
	return &clerk{b, s, p}
}

func one(id trace.ID) string { return url.Values{"id": {id.String()}}.Encode() }

// form opens a deed's form, which names the event to come.
func (c *clerk) form(path string) (page, event string) {
	c.site.Helper()
	page = string(c.must(c.browser.get(path), http.StatusOK).body)
	return page, hiddenEvent.FindStringSubmatch(page)[1]
}

// does fills in a deed's form about a thing and sends it, and says where it leads.
func (c *clerk) does(deed string, id trace.ID, fields ...string) string {
	c.site.Helper()
	_, event := c.form("/batches/act/" + deed + "?" + one(id))
	return c.leads(c.post("/batches/act/"+deed, append([]string{"id", id.String(), "event", event}, fields...)...))
}

// leads is the thing that a page is about which a recorded form leads to.
func (c *clerk) leads(a *answer) string {
	c.site.Helper()
	to, err := url.Parse(c.must(a, http.StatusSeeOther).Header.Get("Location"))
	if err != nil || to.Query().Get("done") != "recorded" {
		c.Fatalf("it leads to %s, %v", to, err)
	}
	return to.Query().Get("id")
}

// refused is a form that comes back with a field that is wrong, and what was typed.
func (c *clerk) refused(deed string, id trace.ID, code int, wrong string, fields ...string) string {
	c.site.Helper()
	before := c.Ledger.Size()
	_, event := c.form("/batches/act/" + deed + "?" + one(id))
	page := string(c.must(c.post("/batches/act/"+deed, append([]string{"id", id.String(), "event", event}, fields...)...), code).body)
	if !strings.Contains(page, wrong) {
		c.Errorf("%s does not say %q: %s", deed, wrong, page)
	}
	if !strings.Contains(page, `value="`+event+`"`) {
		c.Errorf("%s names another event than before", deed)
	}
	for i := 0; i < len(fields); i += 2 {
		if fields[i] != "to" && !strings.Contains(page, fields[i+1]) {
			c.Errorf("%s does not keep %q of %s", deed, fields[i+1], fields[i])
		}
	}
	if c.Ledger.Size() != before {
		c.Errorf("%s was recorded all the same", deed)
	}
	return page
}

// has compares what holders have of a lot with the index, as its owner sees it.
func (s *site) has(id trace.ID, want map[string]string) {
	s.Helper()
	b, err := s.Index.Batch(s.Context(), operatorView, id)
	if err != nil {
		s.Fatal(err)
	}
	got := map[string]string{}
	for _, one := range b.Balances {
		got[one.Holder] = one.Quantity.String()
	}
	for holder, q := range want {
		if got[holder] != q {
			s.Errorf("%s has %q of %s, want %q", holder, got[holder], id, q)
		}
		delete(got, holder)
	}
	if len(got) > 0 {
		s.Errorf("of %s others have %v", id, got)
	}
}

// lists compares what an organisation's list shows, by its filter.
func (c *clerk) lists(show string, want ...string) {
	c.site.Helper()
	page := string(c.must(c.browser.get("/batches?show="+show), http.StatusOK).body)
	var codes []string
	for _, m := range listedCode.FindAllStringSubmatch(page, -1) {
		codes = append(codes, m[1])
	}
	if !slices.Equal(codes, want) {
		c.Errorf("%s lists %v, want %v", show, codes, want)
	}
}

var listedCode = regexp.MustCompile(`<b>[^<]*</b> <span class="code">([^<]*)</span>`)

func (c *clerk) page(id trace.ID, says ...string) string {
	c.site.Helper()
	page := string(c.must(c.browser.get("/batches/one?"+one(id)), http.StatusOK).body)
	for _, s := range says {
		if !strings.Contains(page, s) {
			c.Errorf("the page of %s does not say %q: %s", id, s, page)
		}
	}
	return page
}

// TestSeason: a co-op's batches from two orchards to what a distributor makes of them,
// all by forms; what is wrong is refused beside the field.
func TestSeason(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop, buyer, agency := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Công ty Bình Minh", ledger.KindDistributor), s.admit("Chi cục C", ledger.KindAgency)
	orchard1 := s.crop(coop, "V1")
	orchard2 := s.lot(orchard1.Product(), "V2")
	planted := s.newEvent("ObjectEvent", "ADD", trace.Vocabulary+"planting")
	planted["quantityList"] = []any{map[string]any{"epcClass": orchard2.Link(publicURL), "quantity": 80}}
	s.recordEvents(coop, ledger.Parties, planted)
	fresh, first, second := s.product(coop, 1, trace.Text{VI: "Vải thiều tươi"}), s.product(coop, 2, trace.Text{VI: "Vải loại một"}), s.product(coop, 3, trace.Text{VI: "Vải loại hai"})
	boxed := keyID("01", "0"+coop.prefix+"00004")
	s.direct(coop.token, trace.ActionProduct, trace.Product{
		ID: boxed, Tolerance: trace.Ratio{Num: 0, Den: 100}, HardCap: trace.Ratio{Num: 2, Den: 100},
		Profile: s.describe(coop.token, trace.Profile{Name: trace.Text{VI: "Thùng vải 5 kg"}, Unit: trace.Text{VI: "thùng"}}, false),
	})
	hoa, an := s.clerk("hoa", coop), s.clerk("an", buyer)
	me, you := coop.org.String(), buyer.org.String()

	// Harvest, of both orchards, under a lot number that the register gives.
	page, event := hoa.form("/batches/new?crop=" + url.QueryEscape(orchard1.String()))
	if !strings.Contains(page, "V2") || !strings.Contains(page, "Vải thiều tươi (kg)") {
		t.Errorf("the harvest is not asked for: %s", page)
	}
	harvest := []string{"event", event, "crops", orchard1.String(), "crops", orchard2.String(), "product-1", fresh.String(), "lot-1", "", "qty-1", "500"}
	wrong := string(s.must(hoa.post("/batches/new", "event", event, "crops", orchard1.String(), "product-1", fresh.String(), "lot-1", "", "qty-1", "1.250", "note", "sáng sớm"), http.StatusConflict).body)
	if !strings.Contains(wrong, "đọc được hai cách") || !strings.Contains(wrong, `value="1.250"`) || !strings.Contains(wrong, "sáng sớm") || !strings.Contains(wrong, `id="qty-1-wrong"`) {
		t.Errorf("an amount that could be two: %s", wrong)
	}
	more := string(s.must(hoa.post("/batches/new", append(harvest, "more", "1")...), http.StatusOK).body)
	if !strings.Contains(more, `name="lot-4"`) || !strings.Contains(more, event) {
		t.Errorf("no more lines: %s", more)
	}
	before := s.Ledger.Size()
	var at string
	for range 2 {
		at = hoa.leads(hoa.post("/batches/new", harvest...))
	}
	if s.Ledger.Size() != before+1 {
		t.Errorf("a form that is sent twice makes %d records", s.Ledger.Size()-before)
	}
	lot := trace.MustID(at)
	if want := "VTT" + time.Now().UTC().Add(7*time.Hour).Format("060102"); lot != s.lot(fresh, want) {
		t.Errorf("the lot is %s, not %s", lot.Lot(), want)
	}
	s.has(lot, map[string]string{me: "500 KGM"})
	hoa.page(lot, "Đang giữ <b>500", "Cây vải", "V1", "V2", "/batches/act/grade?")
	hoa.lists("held", lot.Lot(), "V2", "V1")
	record, err := s.Index.Event(t.Context(), operatorView, event)
	if err != nil || record.Fact.Step != trace.StepHarvesting || record.Fact.Location == nil || *record.Fact.Location != coop.place || record.Fact.Audience != ledger.Parties {
		t.Errorf("recorded: %+v, %v", record, err)
	}

	// Grade into two. More than there is beyond the cap, and what is not ours, is refused.
	grades := func(q string) []string {
		return []string{"qty", q, "product-1", first.String(), "lot-1", "L1", "qty-1", "300,5", "product-2", second.String(), "lot-2", "L2", "qty-2", "180", "product-3", "", "lot-3", "", "qty-3", ""}
	}
	hoa.refused("grade", lot, http.StatusConflict, `id="qty-wrong"`, "qty", "600", "product-1", first.String(), "lot-1", "L1", "qty-1", "1")
	hoa.does("grade", lot, grades("500")...)
	one, two := s.lot(first, "L1"), s.lot(second, "L2")
	s.has(lot, map[string]string{"used": "500 KGM"})
	s.has(one, map[string]string{me: "300.5 KGM"})
	s.has(two, map[string]string{me: "180 KGM"})
	hoa.page(one, "Làm từ", lot.Lot())
	hoa.page(lot, "Thành", "L1", "L2", "Bạn không còn giữ")
	hoa.lists("held", "L2", "L1", "V2", "V1")

	// Ten cases with serials, on a pallet whose code the register suggests.
	page, _ = hoa.form("/batches/act/pack?" + url.Values{"id": {one.String()}}.Encode())
	pallet, err := batch.SSCC(coop.prefix, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(page, pallet.String()) || !strings.Contains(page, "Thùng vải 5 kg (thùng)") {
		t.Errorf("packing: %s", page)
	}
	hoa.refused("pack", one, http.StatusBadRequest, `id="qty-1-wrong"`, "qty", "50", "product-1", boxed.String(), "lot-1", "T1", "qty-1", "mười", "serial", "true")
	if to := hoa.does("pack", one, "qty", "50", "product-1", boxed.String(), "lot-1", "T1", "qty-1", "10", "serial", "true", "into", pallet.String()); to != pallet.String() {
		t.Errorf("packing leads to %s", to)
	}
	cases := s.lot(boxed, "T1")
	s.has(one, map[string]string{me: "250.5 KGM", "used": "50 KGM"})
	hoa.page(pallet, "10\u00a0thùng", "T1", "/batches/act/ship?")
	hoa.page(cases, "Vào kiện")
	hoa.lists("held", "(00)"+pallet.String()[len("https://id.gs1.org/00/"):], "L1", "L2", "V2", "V1")

	// Ship the pallet and most of the second grade.
	page = hoa.refused("ship", pallet, http.StatusNotFound, `id="to_name-wrong"`, "to_name", "Công ty Không Có")
	if strings.Contains(page, `name="qty"`) {
		t.Error("a pallet is asked for its quantity")
	}
	hoa.refused("ship", pallet, http.StatusBadRequest, "Hãy chọn nơi nhận")
	hoa.does("ship", pallet, "to_name", "cong ty binh")
	page, _ = hoa.form("/batches/act/ship?" + url.Values{"id": {two.String()}}.Encode())
	if !strings.Contains(page, "Công ty Bình Minh") || !strings.Contains(page, `value="180"`) {
		t.Errorf("the last receiver and all that is left are not offered: %s", page)
	}
	hoa.refused("ship", two, http.StatusConflict, `id="qty-wrong"`, "qty", "250", "to", you)
	hoa.does("ship", two, "qty", "100", "to", you)
	s.has(two, map[string]string{me: "80 KGM", "to " + you: "100 KGM"})
	hoa.page(two, "Gửi cho", "Công ty Bình Minh", "Đang đến")
	hoa.lists("sent", "L2", "(00)"+pallet.String()[len("https://id.gs1.org/00/"):])
	an.lists("held")

	// It arrives: the pallet with one tap, the lot with less, which is explained first.
	incoming := string(s.must(an.browser.get("/batches/incoming"), http.StatusOK).body)
	if !strings.Contains(incoming, "Từ Hợp tác xã A") || !strings.Contains(incoming, "100\u00a0kg") {
		t.Errorf("incoming: %s", incoming)
	}
	tap := regexp.MustCompile(`name="id" value="` + regexp.QuoteMeta(pallet.String()) + `"><input type="hidden" name="event" value="([^"]+)"`).FindStringSubmatch(incoming)
	if tap == nil {
		t.Fatalf("the pallet cannot be received with one tap: %s", incoming)
	}
	an.leads(an.post("/batches/act/receive", "id", pallet.String(), "event", tap[1], "all", "true"))
	_, event = an.form("/batches/act/receive?" + url.Values{"id": {two.String()}}.Encode())
	before = s.Ledger.Size()
	asked := string(s.must(an.post("/batches/act/receive", "id", two.String(), "event", event, "qty", "92", "note", "dập"), http.StatusOK).body)
	if !strings.Contains(asked, "thiếu <b>8\u00a0kg</b>") || !strings.Contains(asked, "Hợp tác xã A") || !strings.Contains(asked, "dập") || !strings.Contains(asked, event) || s.Ledger.Size() != before {
		t.Errorf("the difference is not explained first: %s", asked)
	}
	an.leads(an.post("/batches/act/receive", "id", two.String(), "event", event, "qty", "92", "confirm", "92"))
	s.has(two, map[string]string{me: "80 KGM", you: "92 KGM", "lost " + you: "8 KGM"})
	for _, c := range []*clerk{hoa, an} {
		c.page(two, "Gửi 100", "nhận 92")
		c.lists("flagged", "L2")
	}
	an.page(two, "Nhận từ", "Hợp tác xã A", "Bạn nhận thiếu")
	hoa.lists("sent")

	// Unpack; some goes to a trader, some back, some is destroyed.
	an.does("unload", pallet)
	page = an.page(cases, "Đang giữ <b>10\u00a0thùng")
	if strings.Contains(page, "/batches/act/grade?") {
		t.Error("cases are graded")
	}
	an.refused("handover", cases, http.StatusNotFound, `id="serials-wrong"`, "serials", "1-20")
	an.does("handover", cases, "serials", "1-3")
	an.does("handover", two, "qty", "2")
	an.page(two, "Giao tay cho người không có tài khoản", "bên nhận chưa xác nhận")
	an.does("return", two, "qty", "40")
	hoa.leads(hoa.post("/batches/act/receive", "id", two.String(), "event", trace.NewEventID(), "all", "true"))
	an.refused("destroy", two, http.StatusBadRequest, `id="note-wrong"`, "qty", "10")
	an.does("destroy", two, "qty", "10", "note", "dập nát")
	an.does("destroy", cases, "serials", "10", "note", "dập nát")
	s.has(two, map[string]string{me: "120 KGM", you: "40 KGM", "lost " + you: "8 KGM", "handed_over": "2 KGM", "destroyed": "10 KGM"})
	if pieces, err := s.Index.PiecesHeld(t.Context(), index.Viewer{Org: buyer.org}, buyer.org, index.Held, cases, 99); err != nil || len(pieces) != 6 {
		t.Errorf("cases that are left: %v, %v", pieces, err)
	}
	an.page(cases, "Đang giữ <b>6\u00a0thùng")

	// Split, merge, process, load, count.
	hoa.refused("split", two, http.StatusBadRequest, "tách thì cần ít nhất hai dòng", "qty", "120", "product-1", second.String(), "lot-1", "A", "qty-1", "120", "lot-2", "", "qty-2", "")
	hoa.does("split", two, "qty", "120", "product-1", second.String(), "lot-1", "A", "qty-1", "70", "product-2", second.String(), "lot-2", "", "qty-2", "50")
	partA := s.lot(second, "A")
	s.has(partA, map[string]string{me: "70 KGM"})
	held, _, err := s.Index.Holdings(t.Context(), index.Viewer{Org: coop.org}, coop.org, index.Held, func(id trace.ID) bool { return id.Product() == second }, index.Page{})
	if err != nil || len(held) != 2 {
		t.Fatalf("the parts: %v, %v", held, err)
	}
	partB := held[0].ID
	if partB == partA {
		partB = held[1].ID
	}
	hoa.refused("merge", partA, http.StatusBadRequest, `id="others-wrong"`, "qty", "70", "product-1", second.String(), "lot-1", "C", "qty-1", "120")
	hoa.does("merge", partA, "qty", "70", "others", partB.String(), "product-1", second.String(), "lot-1", "C", "qty-1", "120")
	merged := s.lot(second, "C")
	hoa.refused("process", merged, http.StatusConflict, `id="qty-1-wrong"`, "qty", "120", "product-1", first.String(), "lot-1", "M", "qty-1", "500")
	hoa.does("process", merged, "qty", "120", "product-1", first.String(), "lot-1", "M", "qty-1", "110")
	made := s.lot(first, "M")
	crate, err := batch.SSCC(coop.prefix, 2)
	if err != nil {
		t.Fatal(err)
	}
	hoa.does("load", made, "qty", "10", "into", crate.String())
	hoa.does("count", made, "qty", "99")
	s.has(made, map[string]string{me: "100 KGM", "in " + crate.String(): "10 KGM"})
	if r, err := s.Index.Batch(t.Context(), operatorView, made); err != nil || r.Last.Fact.Step != "stock_taking" {
		t.Errorf("counted: %+v, %v", r, err)
	}

	// Somebody else's lot, and a recalled one.
	s.must(an.browser.get("/batches/act/ship?"+url.Values{"id": {one.String()}}.Encode()), http.StatusNotFound)
	s.must(an.post("/batches/act/ship", "id", one.String(), "event", trace.NewEventID(), "qty", "5", "to", me), http.StatusNotFound)
	_, event = hoa.form("/batches/act/ship?" + url.Values{"id": {one.String()}}.Encode())
	recall := trace.Recall{Target: lot, Reason: "Dư lượng", Action: "Trả lại", Contact: "1900 0000"}
	s.must(s.record(agency.token, trace.Contract, trace.ActionRecall, recall), http.StatusCreated)
	refused := string(s.must(hoa.post("/batches/act/ship", "id", one.String(), "event", event, "qty", "5", "to", you), http.StatusConflict).body)
	if !strings.Contains(refused, "Lô này đã thu hồi nên không gửi") || !strings.Contains(refused, `value="5"`) {
		t.Errorf("a recalled lot: %s", refused)
	}
	if page := hoa.page(one, "Dư lượng", "Hàng thu hồi chỉ được để riêng"); strings.Contains(page, "/batches/act/ship?") || !strings.Contains(page, "/batches/act/destroy?") {
		t.Errorf("what can be done with it: %s", page)
	}
	if page := string(s.must(an.browser.get("/batches?show=recalled"), http.StatusOK).body); !strings.Contains(page, "T1") || !strings.Contains(page, "L2") {
		t.Errorf("the buyer's recalled lots: %s", page)
	}
	hoa.does("destroy", one, "qty", "250,5", "note", "thu hồi")

	// Found without diacritics, by lot, by code; nothing else is.
	for q, want := range map[string]string{"loai mot": "M", "m": "M", made.String(): "M", "vải loại một": "M"} {
		page := string(s.must(hoa.browser.get("/batches?"+url.Values{"q": {q}}.Encode()), http.StatusOK).body)
		if !strings.Contains(page, `<span class="code">`+want+`</span>`) || strings.Contains(page, `<span class="code">V1</span>`) && q != "m" {
			t.Errorf("%q finds: %s", q, page)
		}
	}
	if page := string(s.must(hoa.browser.get("/batches?q=xoai"), http.StatusOK).body); !strings.Contains(page, "Không tìm thấy lô nào") {
		t.Errorf("nothing is found: %s", page)
	}
}

// TestIssuedContainers: an organisation without a company prefix packs into containers
// under its register-issued codes.
func TestIssuedContainers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	product := trace.MustID("/t/" + string(s.code(coop, "00005")))
	s.direct(coop.token, trace.ActionProduct, trace.Product{
		ID: product, Unit: "KGM", Tolerance: trace.Ratio{Num: 2, Den: 100}, HardCap: trace.Ratio{Num: 10, Den: 100},
		Profile: s.describe(coop.token, trace.Profile{Name: trace.Text{VI: "Mật ong"}}, false),
	})
	lot := s.lot(product, "M1")
	made := s.newEvent("ObjectEvent", "ADD", "commissioning")
	made["quantityList"] = []any{map[string]any{"epcClass": lot.Link(publicURL), "quantity": 40, "uom": "KGM"}}
	s.recordEvents(coop, ledger.Parties, made)
	hoa := s.clerk("hoa", coop)
	box, err := batch.ContainerCode(coop.issuer, 1)
	if err != nil {
		t.Fatal(err)
	}
	hoa.does("load", lot, "qty", "25", "into_code", box.Link(publicURL))
	s.has(lot, map[string]string{coop.org.String(): "15 KGM", "in " + box.String(): "25 KGM"})
	hoa.page(box, "Mật ong", "25\u00a0kg", "/batches/act/unload?")
	hoa.does("unload", box)
	s.has(lot, map[string]string{coop.org.String(): "40 KGM"})
	hoa.page(box, "Kiện")
}

// TestBatchesByWallet: who signs with a key of their own is asked for the signature of
// what a form says, and is led on when it comes.
func TestBatchesByWallet(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	lot, orchard := s.lot(s.product(coop, 1, trace.Text{VI: "Vải thiều"}), "L1"), s.crop(coop, "V1")
	s.recordEvents(coop, ledger.Parties, s.commission(lot, 100))
	id, b := s.member("hoa", coop, ledger.Roles...)
	w := wallettest.New(t)
	b.bindWallet(id, w)
	now := time.Now().UTC().Add(7 * time.Hour).Format("2006-01-02T15:04")
	for _, c := range []struct {
		path, leads string
		fields      []string
	}{
		{"/batches/act/count", "/batches/one?" + one(lot) + "&done=recorded", []string{"id", lot.String(), "qty", "99"}},
		{"/record/new/pruning", "/record/mine?done=recorded", []string{"crop", orchard.String(), "at", now}},
	} {
		event := trace.NewEventID()
		page := s.must(b.post(c.path, append(c.fields, "event", event)...), http.StatusConflict).body
		if next := fieldOf(t, page, "next"); next != c.leads {
			t.Errorf("%s leads to %s", c.path, next)
		}
		s.must(b.post("/sign", "transaction", fieldOf(t, page, "transaction"), "signature", w.Sign(t, fieldOf(t, page, "typed")), "next", c.leads), http.StatusSeeOther)
		if r, err := s.Index.Event(t.Context(), operatorView, event); err != nil || r.Signer != w.Address() {
			t.Errorf("%s: %+v, %v", c.path, r, err)
		}
	}
}

// batchRows are of lots, cases and pallets.
func (w *world) batchRows() []row {
	product := w.product(w.a, 7, trace.Text{VI: "Vải thiều"})
	lot := w.lot(product, "B1")
	w.recordEvents(w.a, ledger.Own, w.commission(lot, 10))
	asks := answers{303, 401, 403, 200, 200, 200, 200, 403, 200, 200, 200, 403}
	// The operator's view has everything in it, but its organisation holds nothing.
	mine := answers{303, 401, 403, 200, 200, 404, 200, 403, 200, 404, 200, 403}
	about := answers{303, 401, 403, 200, 200, 404, 409, 403, 200, 404, 409, 403}
	sends := func(code, operators int) answers {
		return answers{401, 401, 403, code, code, 404, operators, 403, code, 404, operators, 403}
	}
	return []row{
		{"GET /batches", "/batches", nil, nil, asks},
		{"GET /batches/one", "/batches/one?" + one(lot), nil, nil, mine},
		{"GET /batches/incoming", "/batches/incoming", nil, nil, asks},
		{"GET /batches/new", "/batches/new", nil, nil, asks},
		{"POST /batches/new", "/batches/new", here, form("event", "1"), answers{401, 401, 403, 400, 400, 400, 400, 403, 400, 400, 400, 403}},
		{"GET /batches/act/:deed", "/batches/act/ship?" + one(lot), nil, nil, about},
		{"POST /batches/act/:deed", "/batches/act/ship", here, form("id", lot.String(), "qty", "1"), sends(400, 409)},
	}
}
