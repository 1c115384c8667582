package node_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/jpeg"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/api/picture"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
	"github.com/sogoc/sogoc/trace/protection"
)

// publishTable has the operator put a table of plant protection in force.
func (s *site) publishTable(version int, csv string) {
	s.Helper()
	rows, err := protection.Parse([]byte("code,product,active,crop,dose,interval,status,rule\n" + csv))
	if err != nil {
		s.Fatal(err)
	}
	b, err := json.Marshal(protection.Table{Title: trace.Text{VI: "Thuốc (mẫu)"}, Sample: true, Rows: rows})
	if err != nil {
		s.Fatal(err)
	}
	s.direct(s.operator, trace.ActionList, trace.List{Name: protection.List, Version: version, Payload: s.upload(s.operator, b, false)})
}

const sampleTable = `M-1,Thuốc trừ bệnh mẫu B,mancozeb 800 g/kg,vải,2 kg/ha,14,allowed,
M-2,Thuốc bưởi mẫu,copper,bưởi,,7,allowed,
M-3,,paraquat,,,,forbidden,Danh mục cấm (mẫu)
`

// sprays sends the form of a spraying and gives the event and the answer.
func (b *browser) sprays(crop trace.ID, label []byte, fields ...string) (event string, a *answer) {
	b.Helper()
	event = trace.NewEventID()
	now := time.Now().UTC().Add(7 * time.Hour).Format("2006-01-02T15:04")
	fields = append([]string{"event", event, "crop", crop.String(), "at", now, "audience", "public"}, fields...)
	if label == nil {
		return event, b.post("/record/new/spraying", fields...)
	}
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		if err := w.WriteField(fields[i], fields[i+1]); err != nil {
			b.Fatal(err)
		}
	}
	p, err := w.CreateFormFile("label", "nhan.exe")
	if err == nil {
		_, err = p.Write(label)
	}
	if err != nil {
		b.Fatal(err)
	}
	w.Close()
	return event, b.call(http.MethodPost, "/record/new/spraying", header{"Content-Type", w.FormDataContentType()}, body.Bytes())
}

// follow is the page that an answer leads to.
func (b *browser) follow(a *answer) string {
	b.Helper()
	b.must(a, http.StatusSeeOther)
	to, err := url.Parse(a.Header.Get("Location"))
	if err != nil {
		b.Fatal(err)
	}
	return string(b.must(b.get(to.RequestURI()), http.StatusOK).body)
}

// TestWarnedWhileSpraying: what the table knows is suggested and filled in, what it
// forbids is said and recorded all the same, and a crop in its interval is announced.
func TestWarnedWhileSpraying(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publishTable(1, sampleTable)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	crop := s.crop(coop, "V1")
	_, hoa := s.member("hoa", coop, ledger.RoleRecorder)

	ask := string(s.must(hoa.get("/record/new/spraying?"+url.Values{"crop": {crop.String()}}.Encode()), http.StatusOK).body)
	if !strings.Contains(ask, `<option value="Thuốc trừ bệnh mẫu B" data-active="mancozeb 800 g/kg" data-dose="2 kg/ha" data-interval="14">`) || strings.Contains(ask, "Thuốc bưởi mẫu") {
		t.Errorf("what is suggested for lychee: %s", ask)
	}
	day := func(days int) string {
		return time.Now().UTC().Add(7*time.Hour).AddDate(0, 0, days).Format("02/01/2006")
	}

	// Typed without accents, and nothing else: the server fills in the rest.
	event, a := hoa.sprays(crop, nil, "input", "thuoc tru benh mau b")
	page := hoa.follow(a)
	if !strings.Contains(page, "Được hái từ <b>"+day(15)+"</b>") {
		t.Errorf("from when on the harvest is allowed: %s", page)
	}
	r, err := s.Index.Event(t.Context(), index.Viewer{}, event)
	if err != nil || r.Fact.Wait != 14 {
		t.Fatalf("recorded: %+v, %v", r, err)
	}
	for what, page := range map[string]string{
		"the logbook":     string(s.must(hoa.get("/record"), http.StatusOK).body),
		"the crop's page": string(s.must(s.get(crop.Path(), ""), http.StatusOK).body),
	} {
		if !strings.Contains(page, "Đang cách ly: được hái từ <b>"+day(15)+"</b>") {
			t.Errorf("%s does not say that the crop is in its interval: %s", what, page)
		}
	}
	if page := string(s.must(s.get(crop.Path(), ""), http.StatusOK).body); !strings.Contains(page, "mancozeb 800 g/kg") {
		t.Error("the ingredient was not filled in")
	}

	// Fewer days than the table says stay as typed, and are told.
	_, a = hoa.sprays(crop, nil, "input", "Thuốc trừ bệnh mẫu B", "interval", "3")
	if page := hoa.follow(a); !strings.Contains(page, "Bảng thuốc ghi phải cách ly 14 ngày") || !strings.Contains(page, day(4)) {
		t.Errorf("fewer days: %s", page)
	}
	// One that the table has for another crop alone.
	_, a = hoa.sprays(crop, nil, "input", "Thuốc bưởi mẫu")
	if page := hoa.follow(a); !strings.Contains(page, "Bảng thuốc không có thuốc này cho loại cây này") || !strings.Contains(page, "Bạn chưa ghi số ngày cách ly") {
		t.Errorf("for another crop: %s", page)
	}
	// What is forbidden is recorded, and everybody sees the rule.
	event, a = hoa.sprays(crop, nil, "input", "Thuốc cỏ lạ", "active", "Paraquat dichloride 276 g/l", "interval", "7")
	if page := hoa.follow(a); !strings.Contains(page, "Có chất bị cấm dùng theo Danh mục cấm (mẫu).") {
		t.Errorf("forbidden: %s", page)
	}
	if _, err := s.Index.Event(t.Context(), index.Viewer{}, event); err != nil {
		t.Errorf("it is not recorded: %v", err)
	}
	if page := string(s.must(s.get(crop.Path(), ""), http.StatusOK).body); !strings.Contains(page, "Có chất bị cấm dùng theo Danh mục cấm (mẫu).") || !strings.Contains(page, "có điểm cần chú ý") {
		t.Errorf("the crop's page: %s", page)
	}
}

// TestUnknownProduct: a product that is in no table is recorded with a photo of its
// label, and waits for an administrator, whose word takes its place.
func TestUnknownProduct(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop, house, other := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Hộ bà Hoa", ledger.KindHousehold), s.admit("Công ty B", ledger.KindDistributor)
	crop := s.crop(house, "V1")
	farmer, hoa := s.member("hoa", house, ledger.RoleAdmin, ledger.RoleRecorder)
	_, tech := s.member("ky thuat", coop, ledger.Roles...)
	_, stranger := s.member("an", other, ledger.Roles...)

	// Without a table there is nothing to be in, and nobody is asked.
	if _, a := hoa.sprays(crop, nil, "input", "Thuốc lạ"); a.StatusCode != http.StatusSeeOther {
		t.Errorf("without a table: %s", a)
	}
	s.publishTable(1, sampleTable)
	_, a := hoa.sprays(crop, nil, "input", "Thuốc lạ", "dose", "hai bình")
	if page := string(s.must(a, http.StatusBadRequest).body); !strings.Contains(page, "Hãy chụp nhãn") || !strings.Contains(page, "hai bình") || !strings.Contains(page, "multipart/form-data") {
		t.Errorf("a photo is asked for: %s", page)
	}
	_, a = hoa.sprays(crop, []byte("MZ not a picture"), "input", "Thuốc lạ")
	s.must(a, http.StatusBadRequest)
	_, a = hoa.sprays(crop, make([]byte, picture.MaxBytes+maxFormBytes), "input", "Thuốc lạ")
	s.must(a, http.StatusRequestEntityTooLarge)
	bare, a := hoa.sprays(crop, nil, "input", "Thuốc lạ", "unphotographed", "true")
	hoa.follow(a)

	var shot bytes.Buffer
	if err := jpeg.Encode(&shot, image.NewRGBA(image.Rect(0, 0, 2000, 100)), nil); err != nil {
		t.Fatal(err)
	}
	event, a := hoa.sprays(crop, shot.Bytes(), "input", "Thuốc lạ", "dose", "hai bình", "note", "sau mưa")
	if page := hoa.follow(a); !strings.Contains(page, "đang chờ kỹ thuật viên xác nhận") || !strings.Contains(page, "Chờ kỹ thuật viên trả lời rồi hãy hái") {
		t.Errorf("that it waits: %s", page)
	}
	photo := "/record/label?" + url.Values{"event": {event}}.Encode()
	got := s.must(hoa.get(photo), http.StatusOK)
	if c, err := jpeg.DecodeConfig(bytes.NewReader(got.body)); err != nil || c.Width != picture.Side || got.Header.Get("Content-Type") != picture.Type {
		t.Errorf("the photo: %d wide, %v, %s", c.Width, err, got.Header.Get("Content-Type"))
	}
	s.must(hoa.get("/record/label?"+url.Values{"event": {bare}}.Encode()), http.StatusNotFound)

	if page := string(s.must(hoa.get("/record"), http.StatusOK).body); !strings.Contains(page, "2 lần phun chờ kỹ thuật viên xác nhận") {
		t.Errorf("that two wait: %s", page)
	}
	if page := string(s.must(stranger.get("/record/confirm"), http.StatusOK).body); !strings.Contains(page, "Không có thuốc nào đang chờ") {
		t.Errorf("somebody else's list: %s", page)
	}
	s.must(stranger.post("/record/confirm", "event", event, "next", trace.NewEventID(), "decision", "confirm", "active", "x", "interval", "7"), http.StatusConflict)

	// The co-op's technician confirms by the household's mandate.
	member := farmer.Member.String()
	s.must(tech.get("/record/confirm?for="+member), http.StatusForbidden)
	s.must(hoa.post("/behalf/"+coop.org.String(), "term", "season"), http.StatusSeeOther)
	if page := string(s.must(tech.get("/record/confirm"), http.StatusOK).body); !strings.Contains(page, "/record/confirm?for="+member) {
		t.Errorf("for whom they may confirm: %s", page)
	}
	if page := string(s.must(tech.get("/record/confirm?for="+member), http.StatusOK).body); strings.Count(page, "Thuốc lạ") != 2 {
		t.Errorf("what waits: %s", page)
	}
	s.must(tech.post("/record/confirm", "for", member, "event", event, "next", trace.NewEventID(), "decision", "confirm", "active", "abamectin", "interval", "lâu"), http.StatusBadRequest)
	next := trace.NewEventID()
	for range 2 { // sent twice, it is one answer
		a := tech.post("/record/confirm", "for", member, "event", event, "next", next, "decision", "confirm", "active", "abamectin", "interval", "7")
		if a.StatusCode != http.StatusSeeOther && a.StatusCode != http.StatusConflict {
			t.Errorf("confirming: %s", a)
		}
	}
	was, err := s.Index.Event(t.Context(), operatorView, event)
	if err != nil || was.Voided == nil {
		t.Fatalf("what waited still stands: %+v, %v", was, err)
	}
	now, err := s.Index.Event(t.Context(), operatorView, next)
	if err != nil || now.Fact.Wait != 7 || now.Fact.Time != was.Fact.Time || now.Acting() != house.org || now.Org != coop.org || now.Fact.Audience != ledger.Public {
		t.Fatalf("what stands instead: %+v, %v", now, err)
	}
	if page := string(s.must(s.get(crop.Path(), ""), http.StatusOK).body); !strings.Contains(page, "abamectin") || !strings.Contains(page, "hai bình") {
		t.Errorf("the crop's page: %s", page)
	}
	if doc := string(s.must(s.get("/ipfs/"+now.Fact.Payload, ""), http.StatusOK).body); !strings.Contains(doc, "sau mưa") || strings.Contains(doc, "unlisted") || !strings.Contains(doc, "label") {
		t.Errorf("its document: %s", doc)
	}

	// The other one was noted by mistake.
	s.must(hoa.post("/record/confirm", "event", bare, "decision", "reject"), http.StatusSeeOther)
	if r, err := s.Index.Event(t.Context(), operatorView, bare); err != nil || r.Voided == nil {
		t.Errorf("rejected: %+v, %v", r, err)
	}
	if page := string(s.must(hoa.get("/record/confirm"), http.StatusOK).body); !strings.Contains(page, "Không có thuốc nào đang chờ") {
		t.Errorf("nothing waits any more: %s", page)
	}
}

// maxFormBytes is what a form may hold beside its picture.
const maxFormBytes = 64 << 10

// TestExpiring: an organisation's members are told in time that a certificate ends.
func TestExpiring(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop, agency := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Chi cục B", ledger.KindAgency)
	product := s.product(coop, 1, trace.Text{VI: "Vải thiều"})
	now := ledger.TimeOf(time.Now())
	give := func(number string, days int, change func(*trace.Certificate)) trace.Certificate {
		c := trace.Certificate{
			ID: number, Scheme: trace.SchemeVietGAP, Number: number, Holder: coop.org, Targets: []trace.ID{product},
			From: now.Add(-time.Hour), Until: now.Add(time.Duration(days) * 24 * time.Hour),
		}
		if change != nil {
			change(&c)
		}
		return c
	}
	list := []trace.Certificate{
		give("VG-late", 29, nil), give("VG-soon", 3, nil), give("VG-next-year", 31, nil),
		give("KQ-1", 5, func(c *trace.Certificate) {
			c.Scheme, c.Targets, c.Tested, c.Result = trace.SchemeLaboratory, []trace.ID{s.lot(product, "L1")}, "x", trace.ResultMet
		}),
		give("VG-gone", 5, nil), give("VG-gone", 5, func(c *trace.Certificate) { c.Revoked = "fraud" }),
	}
	items := make([]any, len(list))
	for i, c := range list {
		items[i] = c
	}
	s.must(s.record(agency.token, trace.Contract, trace.ActionCertify, items...), http.StatusCreated)
	_, hoa := s.member("hoa", coop, ledger.RoleRecorder)
	_, an := s.member("an", agency, ledger.RoleRecorder)
	page := string(s.must(hoa.get("/me"), http.StatusOK).body)
	soon, late := strings.Index(page, "VG-soon"), strings.Index(page, "VG-late")
	if soon < 0 || late < soon || strings.Contains(page, "VG-next-year") || strings.Contains(page, "VG-gone") || strings.Contains(page, "KQ-1") {
		t.Errorf("what ends soon: %s", page)
	}
	if page := string(s.must(an.get("/me"), http.StatusOK).body); strings.Contains(page, "VG-") {
		t.Errorf("who issued them is told: %s", page)
	}
}
