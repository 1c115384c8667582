package node_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/protection"
)

// desk is the operator's administrator in a browser.
func (s *site) desk() *browser {
	s.Helper()
	_, b := s.member("lan", &party{org: s.Node.Operator.Org, token: s.operator}, ledger.Roles...)
	return b
}

// says is the text of a page that must be there.
func (b *browser) says(path string, want ...string) string {
	b.Helper()
	page := string(b.must(b.get(path), http.StatusOK).body)
	for _, w := range want {
		if !strings.Contains(page, w) {
			b.Errorf("%s does not say %q: %s", path, w, page)
		}
	}
	return page
}

// decides sends the form of a decision, and follows it to the page that says so.
func (b *browser) decides(path string, fields ...string) *answer {
	b.Helper()
	b.must(b.get(path), http.StatusOK)
	a := b.must(b.post(path, fields...), http.StatusSeeOther)
	return b.must(b.get(a.Header.Get("Location")), http.StatusOK)
}

// TestSuspension: what an organisation's members may do ends in the browser, by
// token and in the contract, and comes back.
func TestSuspension(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop := s.admit("Hợp tác xã Vải", ledger.KindCoop)
	_, member := s.member("hoa", coop, ledger.Roles...)
	desk := s.desk()
	path := "/desk/organisations/" + coop.org.String()
	place := func(n string) trace.Place {
		return trace.Place{ID: keyID("414", coop.prefix+n), Kind: trace.PlaceShop, Commune: "07234"}
	}
	body := func(n string) []byte {
		return []byte(`{"items":[` + string(trace.Encode(place(n))) + `]}`)
	}
	asJSON := header{"Content-Type", "application/json"}
	const places = "/api/v1/records/registry/place"
	s.must(member.call("POST", places, asJSON, body("00002")), 201)

	desk.says("/desk/organisations?q=hop+tac+xa+VAI", coop.name)
	desk.says(path, coop.name, "hoa", coop.prefix, coop.issuer, "0204 000 1")
	if again := desk.must(desk.post(path+"/suspend", "reason", " "), 400); !bytes.Contains(again.body, []byte("Cần lý do")) {
		t.Errorf("without a reason: %s", again)
	}
	if said := desk.decides(path+"/suspend", "reason", "Ghi khống sản lượng."); !bytes.Contains(said.body, []byte("Đã tạm ngừng.")) || !bytes.Contains(said.body, []byte("Ghi khống sản lượng.")) {
		t.Errorf("after the suspension: %s", said)
	}
	desk.says("/desk/organisations?state=suspended", coop.name)
	s.must(member.call("POST", places, asJSON, body("00003")), 403)
	s.must(s.call("POST", places, coop.token, asJSON, body("00003")), 403)
	// Signed elsewhere, it passes the interface of another member and not the contract.
	other := s.admit("Công ty B", ledger.KindDistributor)
	size := s.Ledger.Size()
	s.must(s.submit(other.token, s.signed(coop, trace.RegistryContract, trace.ActionPlace, place("00003"))), 403)
	if s.Ledger.Size() != size {
		t.Error("something was recorded all the same")
	}

	desk.decides(path+"/reinstate", "reason", "Đã làm rõ.")
	s.must(member.call("POST", places, asJSON, body("00003")), 201)
	s.must(s.call("POST", places, coop.token, asJSON, body("00004")), 201)
	e, err := s.Ledger.Entry(t.Context(), s.Ledger.Size()-3)
	if err != nil {
		t.Fatal(err)
	}
	var stood trace.Standing
	if err := trace.Decode(e.Tx.Items[0].Data, &stood); err != nil || stood != (trace.Standing{Org: coop.org, Reason: "Đã làm rõ."}) || e.Signer == s.Node.Operator.Address {
		t.Errorf("the reinstatement is %+v by %s, %v", stood, e.Signer, err)
	}
	desk.must(desk.get("/desk/organisations/"+s.Node.Operator.Org.String()), 200)
	desk.must(desk.post("/desk/organisations/"+s.Node.Operator.Org.String()+"/suspend", "reason", "x"), 403)
}

// TestKeysAndCodes: the operator assigns codes, which never overlap, and revokes a
// key, which then signs nothing.
func TestKeysAndCodes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop, other := s.admit("Hợp tác xã Vải", ledger.KindCoop), s.admit("Công ty B", ledger.KindDistributor)
	id, member := s.member("hoa", coop, ledger.RoleRecorder)
	desk := s.desk()
	path := "/desk/organisations/" + coop.org.String()

	desk.decides(path+"/prefix", "gs1", "8938505", "evidence", "GS1 VN 123/2024")
	desk.decides(path+"/prefix", "issuer", "zz00")
	desk.says(path, "8938505", "ZZ00")
	for _, c := range []struct {
		fields []string
		code   int
		says   string
	}{
		{[]string{"gs1", "89385", "evidence", "x"}, 409, "chồng lên"},
		{[]string{"gs1", "8938506"}, 400, "cần căn cứ"},
		{[]string{"issuer", other.issuer}, 409, "đã cấp"},
		{[]string{"issuer", "IIII"}, 400, "4 ký tự"},
		{nil, 400, "4 đến 12"},
	} {
		if got := desk.must(desk.post(path+"/prefix", c.fields...), c.code); !bytes.Contains(got.body, []byte(c.says)) {
			t.Errorf("%v: %s", c.fields, got)
		}
	}

	member.must(member.get("/me"), 200)
	revoke := path + "/revoke?key=" + id.Address.String()
	desk.must(desk.get("/desk/organisations/"+other.org.String()+"/revoke?key="+id.Address.String()), 404)
	desk.must(desk.get(path+"/revoke?key=0x12"), 404)
	said := desk.decides(revoke, "reason", "Mất điện thoại.")
	if !bytes.Contains(said.body, []byte("Mất điện thoại.")) || bytes.Contains(said.body, []byte(revoke)) {
		t.Errorf("after the revocation: %s", said)
	}
	event := s.newEvent("ObjectEvent", "OBSERVE", "inspecting")
	event["epcList"] = []string{"urn:epc:id:sgtin:4012345.011122.25"}
	member.must(member.call("POST", "/epcis/capture", header{"Content-Type", "application/json"}, documentOf(event)), 403)
	if keys, err := s.Accounts.Keys(t.Context(), id.Account); err != nil || keys[0].Retired == nil || keys[0].Active {
		t.Errorf("the key in custody: %+v, %v", keys, err)
	}
}

// TestDossiers: an application is read, refused with words for who applied, changed,
// and admitted.
func TestDossiers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	desk := s.desk()
	app := s.apply("Nguyễn Văn Thức", "thuc@example.vn", dossier("Hợp tác xã Mộc Nam Dương"))
	path := "/desk/dossiers/" + app.Org.String()
	desk.says("/desk", "Hồ sơ chờ lâu nhất")
	desk.says("/desk/dossiers", "Hợp tác xã Mộc Nam Dương", path)
	desk.says(path, "2400123456", "Thôn Thủ Dương", "thuc@example.vn", "đăng ký.pdf")
	file := desk.must(desk.get("/apply/"+app.Org.String()+"/documents/"+app.Dossier.Documents[0].CID), 200)
	if !strings.HasPrefix(string(file.body), "%PDF-1.7 giấy đăng ký") || file.Header.Get("Content-Type") != "application/pdf" || !strings.Contains(file.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("the document: %v %s", file.Header, file)
	}
	applicant := s.signIn("thuc@example.vn")
	s.must(applicant.get(path), 403)

	desk.must(desk.get(path+"/refuse"), 404)
	desk.must(desk.post(path+"/refuse?seen="+strings.Repeat("0", 64), "reason", "Thiếu giấy."), 409)
	said := desk.decides(path+"/refuse?seen="+app.Hash().String(), "reason", "Thiếu giấy đăng ký.")
	if !bytes.Contains(said.body, []byte("Thiếu giấy đăng ký.")) || bytes.Contains(said.body, []byte("/admit?seen=")) {
		t.Errorf("after the refusal: %s", said)
	}
	desk.says("/desk/dossiers?state=refused", "Hợp tác xã Mộc Nam Dương")
	s.must(desk.get("/desk/dossiers?state=draft"), 400)

	changed := dossier("Hợp tác xã Mộc Nam Dương")
	changed.Codes, changed.GS1, changed.Licence = account.GS1Codes, "8938505", "Giấy chứng nhận 123/2024"
	if _, err := s.Accounts.SaveApplication(t.Context(), app.Account, app.Org, changed); err != nil {
		t.Fatal(err)
	}
	app, err := s.Accounts.SendApplication(t.Context(), app.Account, app.Org, account.From{})
	if err != nil {
		t.Fatal(err)
	}
	desk.says("/desk/dossiers", "Gửi lại")
	admit := path + "/admit?seen=" + app.Hash().String()
	form := string(desk.must(desk.get(admit), 200).body)
	if !strings.Contains(form, `value="8938505"`) || !strings.Contains(form, "Giấy chứng nhận 123/2024") {
		t.Errorf("what was applied for is not in the form: %s", form)
	}
	if kept := desk.must(desk.post(admit, "reason", "Đủ giấy tờ.", "gs1", "8938505", "evidence", ""), 400); !bytes.Contains(kept.body, []byte("Đủ giấy tờ.")) {
		t.Errorf("what was typed is lost: %s", kept)
	}
	desk.decides(admit, "reason", "Đủ giấy tờ.", "gs1", "8938505", "evidence", "123/2024")
	desk.says(path, "Đủ giấy tờ.", "8938505", "123/2024")
	desk.says("/desk/organisations/"+app.Org.String(), "Hợp tác xã Mộc Nam Dương", "8938505", "Nguyễn Văn Thức")
	if page := applicant.must(applicant.get("/me"), 200); !bytes.Contains(page.body, []byte("Hợp tác xã Mộc Nam Dương")) {
		t.Errorf("the applicant is no member: %s", page)
	}
	s.must(applicant.call("POST", "/api/v1/records/registry/place", header{"Content-Type", "application/json"},
		[]byte(`{"items":[`+string(trace.Encode(trace.Place{ID: keyID("414", "893850500001"), Kind: trace.PlaceShop, Commune: "07234"}))+`]}`)), 201)
}

// TestTakeDown: a picture that is complained of goes from its page for good, and
// every receipt still holds.
func TestTakeDown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop := s.admit("Hợp tác xã Vải", ledger.KindCoop)
	desk := s.desk()
	picture := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), bytes.Repeat([]byte{7}, 900)...)
	image := s.upload(coop.token, picture, false)
	product := keyID("01", "0"+coop.prefix+"00001")
	s.direct(coop.token, trace.ActionProduct, trace.Product{
		ID: product, Unit: "KGM", Tolerance: trace.Ratio{Num: 2, Den: 100}, HardCap: trace.Ratio{Num: 10, Den: 100},
		Profile: s.describe(coop.token, trace.Profile{Name: trace.Text{VI: "Vải thiều"}, Image: image, ImageAlt: trace.Text{VI: "Một rổ vải"}}, false),
	})
	lot := s.lot(product, "L1")
	s.recordEvents(coop, ledger.Public, s.commission(lot, 10))
	recall := trace.Recall{Target: lot, Reason: "Dư lượng thuốc.", Action: "Đừng ăn.", Contact: "0204 388 1234"}
	s.must(s.record(coop.token, trace.Contract, trace.ActionRecall, recall), 201)
	if page := s.must(s.get(lot.Path(), ""), 200); !bytes.Contains(page.body, []byte("/ipfs/"+image)) {
		t.Fatalf("the page has no picture: %s", page)
	}

	for _, where := range []string{lot.Path(), publicURL + product.Path(), "/ipfs/" + image, image, product.String()} {
		desk.says("/desk/moderation?what="+url.QueryEscape(where), "/desk/moderation/erase?cid="+image, "Dư lượng thuốc.")
	}
	for where, code := range map[string]int{"hello": 400, "/01/0": 400, keyID("01", "9999999999999"[:13]).Path(): 404, "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy": 404} {
		if got := desk.must(desk.get("/desk/moderation?what="+url.QueryEscape(where)), code); !bytes.Contains(got.body, []byte("Không thấy gì ở đó")) {
			t.Errorf("%s: %s", where, got)
		}
	}
	erase := "/desk/moderation/erase?cid=" + image
	desk.must(desk.post(erase), 400)
	if said := desk.decides(erase, "reason", "Có mặt trẻ em."); !bytes.Contains(said.body, []byte("Có mặt trẻ em.")) {
		t.Errorf("the erasure is not listed: %s", said)
	}
	for _, path := range []string{lot.Path(), product.Path(), "/"} {
		if page := s.must(s.get(path, ""), 200); bytes.Contains(page.body, []byte(image)) || !bytes.Contains(page.body, []byte("Vải thiều")) {
			t.Errorf("%s after the erasure: %s", path, page)
		}
	}
	s.must(s.get("/ipfs/"+image, s.operator), 404)
	id, err := content.Parse(image)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { info, err := s.Store.Stat(t.Context(), id); return err == nil && !info.Erased.IsZero() }, "the bytes are destroyed")
	desk.must(desk.post(erase, "reason", "Lần nữa."), 409)
	desk.says("/desk/moderation?what="+url.QueryEscape(lot.Path()), "Đã gỡ")
	s.verifyAll()
}

// TestIncidents goes through the log of incidents, of which one is overdue.
func TestIncidents(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	desk := s.desk()
	vietnam := time.FixedZone("", 7*60*60)
	open := func(title string, ago time.Duration) string {
		t.Helper()
		desk.decides("/desk/incidents/new", "title", title, "discovered", time.Now().Add(-ago).In(vietnam).Format("2006-01-02T15:04"))
		list, err := s.Accounts.Incidents(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range list {
			if i.Title == title {
				return "/desk/incidents/" + i.ID.String()
			}
		}
		t.Fatal("the incident is not in the log")
		return ""
	}
	// Half an hour before the full hours, so that no minute that passes changes the words.
	early := open("Gửi nhầm danh sách", 40*time.Hour+30*time.Minute)
	late := open("=cmd|' /C calc'!A0", 75*time.Hour+30*time.Minute)
	desk.says("/desk/incidents", "còn 32 giờ", "quá hạn 3 giờ")
	desk.says("/desk", "Cần xử lý ngay", "Quá hạn báo cơ quan")
	for _, wrong := range [][]string{{"title", "x", "discovered", "hôm qua"}, {"title", "x", "discovered", "2999-01-01T00:00"}, {"title", "", "discovered", "2026-01-01T00:00"}} {
		desk.must(desk.post("/desk/incidents/new", wrong...), 400)
	}
	desk.decides(late+"/note", "text", "Đang rà soát.")
	if said := desk.decides(late+"/notify", "text", "Đã báo A05, số 12/BC."); !bytes.Contains(said.body, []byte("Đã báo cơ quan")) || bytes.Contains(said.body, []byte("quá hạn")) {
		t.Errorf("after telling: %s", said)
	}
	desk.must(desk.post(late+"/notify", "text", "lần nữa"), 409)
	desk.decides(late+"/close", "text", "Đã xong.")
	desk.must(desk.post(late+"/note", "text", "thêm"), 409)
	page := desk.says(late, "Đang rà soát.", "Đã báo A05, số 12/BC.", "Đã xong.", "lan")
	if strings.Contains(page, late+"/close") {
		t.Error("a closed incident can be closed")
	}
	if strings.Contains(string(desk.must(desk.get("/desk"), 200).body), "Cần xử lý ngay") {
		t.Error("the desk still alarms")
	}
	desk.must(desk.get("/desk/incidents/"+ledger.NewID().String()), 404)

	file := desk.must(desk.get("/desk/incidents.csv"), 200)
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(file.body, []byte("\ufeff")))).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatalf("%v: %s", err, file)
	}
	if rows[1][1] != "Gửi nhầm danh sách" || rows[2][1] != "'=cmd|' /C calc'!A0" || !strings.Contains(rows[2][7], "lan: Đang rà soát.") || !strings.HasSuffix(early, rows[1][0]) {
		t.Errorf("the file: %q", rows)
	}
}

// upload sends a file in a form, with other fields of it.
func (b *browser) upload(path, field, name string, file []byte, fields ...string) *answer {
	b.Helper()
	return b.attaches(path, field, []attached{{name, file}}, fields...)
}

// TestLists: a list is sent, previewed with what it changes, and published; one with
// faults is not.
// TestProtectionList: the operator publishes the table of plant protection as CSV; a
// line at fault stops all of it.
func TestProtectionList(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	desk := s.desk()
	const path = "/desk/lists/plant-protection"
	const head = "code,product,active,interval,status\n"
	bad := desk.must(desk.upload(path+"/new", "file", "thuoc.csv", []byte(head+"1,Thuốc mẫu A,abamectin,bảy,allowed\n")), 400)
	if page := string(bad.body); !strings.Contains(page, "Dòng 2:") || !strings.Contains(page, "bảy") {
		t.Errorf("the fault is not named: %s", page)
	}
	preview := desk.must(desk.upload(path+"/new", "file", "thuoc.csv", []byte(head+"1,Thuốc mẫu A,abamectin,7,allowed\n")), 200)
	_, rest, _ := strings.Cut(string(preview.body), `action="`+path+"/publish?cid=")
	cid, _, _ := strings.Cut(rest, `"`)
	desk.decides(path + "/publish?cid=" + cid)
	list, err := s.Index.List(t.Context(), protection.List)
	if err != nil {
		t.Fatal(err)
	}
	var table protection.Table
	s.must(s.get("/ipfs/"+list.Payload, ""), 200).into(t, &table)
	if len(table.Rows) != 1 || table.Rows[0].Active != "abamectin" || table.Rows[0].Interval != 7 {
		t.Errorf("published: %+v", table)
	}
	other := s.upload(s.operator, []byte(`{"title":{"vi":"x","en":"x"},"entries":[]}`), false)
	desk.must(desk.get(path+"/publish?cid="+other), 404)
}

func TestLists(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	desk := s.desk()
	const path = "/desk/lists/administrative-units"
	desk.says("/desk/lists", "Đơn vị hành chính", "Chưa công bố", "/desk/lists/crops")
	publish := func(file, want string) {
		t.Helper()
		preview := desk.must(desk.upload(path+"/new", "file", "units.csv", []byte(file)), 200)
		page := string(preview.body)
		if !strings.Contains(page, want) {
			t.Errorf("the preview does not say %q: %s", want, page)
		}
		_, rest, _ := strings.Cut(page, `action="`+path+"/publish?cid=")
		cid, _, _ := strings.Cut(rest, `"`)
		desk.decides(path + "/publish?cid=" + cid)
	}
	publish("code,name_vi,province_vi\n1,xã Lục Ngạn,tỉnh Bắc Ninh\n2,xã Kiên Lao,tỉnh Bắc Ninh\n3,xã Cũ,tỉnh Bắc Ninh\n", "3 dòng mới")
	size := s.Ledger.Size()
	bad := desk.must(desk.upload(path+"/new", "file", "units.csv", []byte("code,name_vi\n1,xã Lục Ngạn\n1,xã Trùng\n9,\n")), 400)
	for _, want := range []string{"Dòng 3:", "mã đã có ở trên", "Dòng 4:"} {
		if !bytes.Contains(bad.body, []byte(want)) {
			t.Errorf("the faults do not say %q: %s", want, bad)
		}
	}
	desk.must(desk.post(path+"/new"), 400)
	desk.must(desk.upload(path+"/new", "other", "x", nil), 400)
	desk.must(desk.upload(path+"/new", "file", "x", make([]byte, 9<<20)), 413)
	desk.must(desk.upload("/desk/lists/nothing/new", "file", "x", []byte("code,name_vi\n1,x\n")), 404)
	// What is not such a list cannot be published, whoever uploaded it.
	other := s.upload(s.operator, []byte(`{"hello":"world"}`), false)
	desk.must(desk.post(path+"/publish?cid="+other), 400)
	if s.Ledger.Size() != size {
		t.Error("something was published all the same")
	}
	publish(`{"title":{"vi":"Đơn vị hành chính 2026"},"entries":[{"code":"1","name":{"vi":"phường Lục Ngạn"},"province":{"vi":"tỉnh Bắc Ninh"}},{"code":"2","name":{"vi":"xã Kiên Lao"},"province":{"vi":"tỉnh Bắc Ninh"}},{"code":"4","name":{"vi":"xã Mới"},"province":{"vi":"tỉnh Bắc Ninh"}}]}`, "1 dòng thay đổi")
	desk.says(path, "Đơn vị hành chính 2026", "Bản 2", "Bản 1", "phường Lục Ngạn")
	if page := desk.says(path+"?q=kien", "xã Kiên Lao"); strings.Contains(page, "phường Lục Ngạn") {
		t.Error("the search finds everything")
	}
	list, err := s.Index.List(t.Context(), trace.ListUnits)
	if err != nil || list.Version != 2 {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestNodeHealth: the desk and the monitoring see how the node is, and an error that
// was provoked, without its secrets.
func TestNodeHealth(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openSite(t, dir)
	coop := s.admit("Hợp tác xã Vải", ledger.KindCoop)
	desk := s.desk()
	var h struct {
		Well           bool
		Version, Alarm string
		Size           uint64
		Waiting        *int
		Models         []struct {
			Name        string
			Height, Lag uint64
		}
		Jobs []struct {
			Name, State string
			Height      *uint64
		}
		Stores []struct {
			Name  string
			Bytes int64
		}
		Disk     struct{ Free, Total uint64 }
		Memory   struct{ Heap uint64 }
		Problems []struct {
			Level, Message string
			Details        []struct{ Name, Value string }
		}
	}
	eventually(t, func() bool {
		s.must(s.get("/api/v1/health", s.operator), 200).into(t, &h)
		return h.Models[0].Lag == 0 && h.Models[1].Lag == 0 && *h.Jobs[2].Height == h.Size
	}, "the read models catch up")
	if h.Version != "test" || h.Alarm != "" || h.Size != s.Ledger.Size() || h.Waiting == nil || *h.Waiting != 0 || len(h.Jobs) != 10 || h.Memory.Heap == 0 || h.Disk.Total == 0 {
		t.Errorf("%+v", h)
	}
	for _, j := range h.Jobs {
		if j.State != "running" {
			t.Errorf("job %+v", j)
		}
	}
	for _, x := range h.Stores {
		if (x.Name == "ledger" || x.Name == "payloads" || x.Name == "index" || x.Name == "accounts") && x.Bytes == 0 {
			t.Errorf("%s takes nothing", x.Name)
		}
	}
	desk.says("/desk/health", "chưa có lỗi nào", "Bản tra cứu", "đã qua "+itoa(s.Ledger.Size())+" mục", "test")

	// A payload whose bytes rot on disk fails as a fault of ours.
	good := bytes.Repeat([]byte("kept as it was "), 200)
	about := s.upload(coop.token, []byte(`{"title":{"vi":"Tệp"},"summary":{"vi":"x"}}`), false)
	file := s.upload(coop.token, good, false)
	s.releases(coop, release(about, file))
	s.stop()
	rot(t, filepath.Join(dir, "payloads", "blocks"), []byte("kept as"), []byte("kEpt as"))
	s = openSite(t, dir)
	secret := "sg_AAECAwQFBgcICQoLDA0OD_7-3cWk1m2b9ZQxYtTn0uVrGhIjKlMnOpQrStUvWxYz"
	s.must(s.call("GET", "/ipfs/"+file+"?mail=hoa@example.vn", s.operator, header{"Cookie", "x=" + secret}, nil), 500)
	found := s.must(s.get("/api/v1/health", s.operator), 200)
	found.into(t, &h)
	if len(h.Problems) == 0 || h.Problems[0].Level != "ERROR" || h.Problems[0].Message != "request failed" || !strings.Contains(fmt.Sprint(h.Problems[0].Details), "/ipfs/:cid") {
		t.Errorf("the error is not told: %+v", h.Problems)
	}
	desk = s.signIn("lan@example.vn")
	page := desk.says("/desk/health", "request failed", "/ipfs/:cid")
	for _, text := range []string{page, string(found.body)} {
		if strings.Contains(text, secret) || strings.Contains(text, "hoa@example.vn") || strings.Contains(text, s.operator) {
			t.Errorf("a secret is shown: %s", text)
		}
	}
	desk.says("/desk", "lỗi trong 24 giờ qua")
}

// rot changes bytes in the files of a folder.
func rot(t *testing.T, dir string, from, to []byte) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, f := range files {
		name := filepath.Join(dir, f.Name())
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(b, from); n > 0 {
			found += n
			if err := os.WriteFile(name, bytes.ReplaceAll(b, from, to), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if found == 0 {
		t.Fatalf("%s is not on disk", from)
	}
}

// TestDeskScopes: a token of the operator's reads the desk where it may read, and
// decides nowhere.
func TestDeskScopes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	office := &party{org: s.Node.Operator.Org, token: s.operator}
	admin, _ := s.member("lan", office, ledger.Roles...)
	recorder, browser := s.member("binh", office, ledger.RoleRecorder)
	for name, c := range map[string]struct {
		token string
		want  int
	}{
		"reading": {s.scoped(admin, account.ScopeRead), 200}, "recording": {s.scoped(admin, account.ScopeRecord), 403}, "no administrator's": {s.scoped(recorder, account.ScopeRead), 403},
	} {
		for _, path := range []string{"/desk", "/desk/incidents.csv", "/api/v1/health"} {
			if got := s.get(path, c.token); got.StatusCode != c.want {
				t.Errorf("%s with the %s token: %s", path, name, got)
			}
		}
		if got := s.call("POST", "/desk/incidents/new", c.token, here, form("title", "x", "discovered", "2026-01-01T00:00")); got.StatusCode != 403 {
			t.Errorf("the %s token decides: %s", name, got)
		}
	}
	if page := browser.must(browser.get("/me"), 200); bytes.Contains(page.body, []byte(`href="/desk"`)) {
		t.Error("who may not sit at the desk is led there")
	}
	var problem json.RawMessage
	s.must(s.get("/api/v1/health", ""), 401).into(t, &problem)
}
