package node_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// publishes goes on a phone through all that is asked of data, up to its signature, and
// returns the page of what is published then. The agency's licence is the first of those
// that its readers are offered.
func (p *person) publishes(title, access, name string, table []byte) string {
	p.Helper()
	p.follow("Công bố dữ liệu mới", "/data/new")
	p.enter("#title", title)
	p.enter("#summary", "Của chi cục, toàn tỉnh, theo ngày.")
	p.chooses("theme", "Nông nghiệp")
	p.press("[name=access][value=" + access + "]")
	p.enter("#contact", "dulieu@example.vn")
	p.looks(access + "-what")
	p.press(".sheet .primary")
	p.lands(`/data/[0-9a-f]{32}/files`)
	file := filepath.Join(p.TempDir(), name)
	if err := os.WriteFile(file, table, 0o600); err != nil {
		p.Fatal(err)
	}
	p.do(chromedp.SetUploadFiles("#upload", []string{file}))
	p.looks(access + "-files")
	p.press(".sheet .primary")
	p.reads("Đã nhận tệp.", name)
	p.looks(access + "-sent")
	at := strings.TrimSuffix(p.says(`location.pathname`), "/files")
	p.follow("Bước tiếp", at+"/found")
	p.reads("Không thấy dữ liệu cá nhân")
	p.looks(access + "-found")
	p.follow("Bước tiếp", at+"/law")
	p.press("[name=licence]")
	p.chooses("seller", "Cơ quan nhà nước")
	p.chooses("origin", "Tự thu thập")
	p.enter("#right", "Quyết định 12/QĐ-UBND giao chi cục thu thập.")
	p.press("[name=value][value=raw]")
	p.press("[name=class][value=ordinary]")
	p.enter("#quality", "Khảo sát 30 điểm mỗi ngày.")
	p.enter("#limits", "Không dùng để định giá một lô cụ thể.")
	p.chooses("frequency", "Hằng ngày")
	for i, what := range []string{"Ngày khảo sát", "Giống cà phê", "Giá bán tại vườn"} {
		p.enter(fmt.Sprintf("#column-%d", i), what)
	}
	p.looks(access + "-law")
	p.press(".sheet .primary")
	p.sees(where, at+"/publish")
	p.looks(access + "-check")
	p.press(".sheet .primary")
	p.sees(where, at)
	p.reads("Đã công bố.", title)
	p.looks(access + "-published")
	return at
}

// lands waits for a page whose path is of a form.
func (p *person) lands(form string) string {
	p.Helper()
	p.sees(fmt.Sprintf(`document.readyState === "complete" && RegExp("^"+%q+"$").test(location.pathname) ? "there" : location.href`, form), "there")
	return p.says(`location.pathname`)
}

// TestAgenciesPublish: an agency's officer publishes prices on a phone, and the portal of
// somebody else has them with its next harvest, once, by DCAT as by CKAN.
func TestAgenciesPublish(t *testing.T) {
	s := reachable(t)
	there := s.portal(120) // more than a page has
	agency := s.admit("Chi cục Trồng trọt Đắk Lắk", ledger.KindAgency)
	s.join(s.person("Y Thuận", "thuan@example.vn"), agency.org, agency.token, ledger.RolePublisher)

	first := s.harvestTurtle("/catalog.ttl", func(int) {})
	there.onceEach(first, there.ids)
	time.Sleep(2 * time.Millisecond) // record times are of milliseconds
	since := time.Now().UTC()

	thuan := somebody(t, s, newShots(t))
	thuan.arrives("thuan@example.vn", "/me")
	thuan.looks("me")
	thuan.follow("Tổ chức", "/org")
	thuan.looks("org")
	thuan.follow("Dữ liệu của chúng tôi", "/data")
	thuan.looks("data")
	table := prices(4000)
	at := thuan.publishes("Giá cà phê tại vườn", "open", "gia.csv", table)
	id := strings.TrimPrefix(at, "/data/")
	thuan.follow("Trang mọi người thấy", "/datasets/"+id)
	thuan.reads("Giá cà phê tại vườn", "Chi cục Trồng trọt Đắk Lắk", "Tải")
	thuan.looks("open-page")

	// Only what is new comes with the next harvest, and all of it with one from the start.
	query := url.Values{"modified_since": {since.Format("2006-01-02T15:04:05.000Z")}}
	for name, seen := range map[string]map[string]int{
		"DCAT": s.harvestTurtle("/catalog.ttl?"+query.Encode(), func(int) {}),
		"CKAN": s.harvestCKAN(url.Values{"fq": {"metadata_modified:[" + since.Format("2006-01-02T15:04:05.000000") + "Z TO *]"}}, func(int) {}),
	} {
		if len(seen) != 1 || seen[id] != 1 {
			t.Errorf("%s has %v, not %s once", name, seen, id)
		}
	}
	all := s.harvestTurtle("/catalog.ttl", func(int) {})
	there.onceEach(all, append([]string{id}, there.ids...))
	there.onceEach(s.harvestCKAN(nil, func(int) {}), append([]string{id}, there.ids...))
	var pkg struct {
		Title, Notes string
		Organization struct{ Title string }
		Resources    []struct{ URL, Format string }
	}
	s.action("package_show?id="+id, http.StatusOK, &pkg)
	if pkg.Title != "Giá cà phê tại vườn" || pkg.Organization.Title != "Chi cục Trồng trọt Đắk Lắk" || len(pkg.Resources) != 1 || pkg.Resources[0].Format != "CSV" {
		t.Fatalf("%+v", pkg)
	}
	if file := s.must(s.get(strings.TrimPrefix(pkg.Resources[0].URL, s.Public), ""), http.StatusOK); !bytes.Equal(file.body, table) {
		t.Errorf("the file has %d bytes, not %d", len(file.body), len(table))
	}
}

// TestAgenciesAsk: an agency asks another for what it holds, without a price. It is
// refused with a reason, asks again by the right law, and reads what it was given access
// to, for its purpose and its term; both see all of it.
func TestAgenciesAsk(t *testing.T) {
	s := reachable(t)
	owner, asker := s.admit("Chi cục Trồng trọt Đắk Lắk", ledger.KindAgency), s.admit("Sở Công Thương Đắk Lắk", ledger.KindAgency)
	s.join(s.person("Y Thuận", "thuan@example.vn"), owner.org, owner.token, ledger.RolePublisher)
	s.join(s.person("Nguyễn Thu Hà", "ha@example.vn"), asker.org, asker.token, ledger.RolePublisher)
	s.join(s.person("Trần Văn Lâm", "lam@example.vn"), s.Node.Operator.Org, s.operator, ledger.Roles...)

	pictures := newShots(t)
	thuan, ha, lam := somebody(t, s, pictures), somebody(t, s, pictures), somebody(t, s, pictures)
	thuan.arrives("thuan@example.vn", "/data")
	table := prices(4000)
	draft := thuan.publishes("Giá cà phê theo vườn", "agreed", "gia.csv", table)
	dataset := "/datasets" + strings.TrimPrefix(draft, "/data")
	thuan.reads("Đơn vị vận hành duyệt xong")

	lam.arrives("lam@example.vn", "/desk")
	lam.looks("desk")
	lam.follow("Dữ liệu chờ duyệt", "/desk/market")
	lam.reads("Giá cà phê theo vườn")
	lam.looks("desk-market")
	lam.follow("Duyệt", "/desk/market"+strings.TrimPrefix(draft, "/data")+"/approve")
	lam.enter("#reason", "Đủ điều kiện.")
	lam.looks("desk-approve")
	lam.submit("/desk/market")

	ha.arrives("ha@example.vn", "/datasets")
	ha.enter("[name=q]", "gia ca phe")
	ha.press(".typed button")
	ha.sees(`document.readyState === "complete" && location.search.startsWith("?q=gia") ? "searched" : location.href`, "searched")
	ha.follow("Giá cà phê theo vườn", dataset)
	ha.looks("asked-dataset")
	ha.follow("Xin dùng dữ liệu", "/trade/new")
	ha.reads("Xin tiếp cận theo luật", "Chi cục Trồng trọt Đắk Lắk")
	ha.looks("law-ask")
	ha.enter("#basis", "Công văn 15/SCT-QLTM của sở.")
	ha.press(".sheet .primary")
	at := ha.lands(`/trade/[0-9a-f]{32}`)
	ha.reads("Đã gửi đề nghị.", "Công văn 15/SCT-QLTM của sở.", "Đang chờ bên cung cấp")
	ha.looks("law-sent")

	// The owner hears of it at home, and refuses.
	thuan.open("/me")
	thuan.looks("me-waits")
	thuan.follow("Dữ liệu: 1 việc", "/trade")
	thuan.reads("cho phép hoặc từ chối")
	thuan.looks("trades")
	thuan.follow("Giá cà phê theo vườn", at)
	thuan.reads("Công văn 15/SCT-QLTM của sở.", "nhiệm vụ công")
	thuan.looks("law-asked")
	thuan.follow("Từ chối đề nghị", at+"/terminate")
	thuan.enter("#reason", "Công văn của sở không phải là căn cứ. Nêu điều luật giao nhiệm vụ.")
	thuan.looks("law-refusing")
	thuan.submit(at)
	thuan.reads("Đã từ chối.", "Bị từ chối")
	thuan.looks("law-refused-owner")
	ha.open("/trade")
	ha.reads("Bị từ chối")
	ha.looks("trades-refused")
	ha.follow("Giá cà phê theo vườn", at)
	ha.reads("Bị từ chối", "Nêu điều luật giao nhiệm vụ.")
	ha.looks("law-refused")

	// She asks again: by the law, for a year.
	ha.follow("Đề nghị lại", "/trade/new")
	ha.enter("#basis", "Điều 23 Luật Dữ liệu; Nghị định 47/2020/NĐ-CP.")
	ha.enter("#days", "365")
	ha.press(".sheet .primary")
	ha.lands(`/trade/[0-9a-f]{32}`)
	ha.sees(fmt.Sprintf(`location.pathname === %q ? "" : "another"`, at), "another")
	at = ha.says(`location.pathname`)
	thuan.open(at)
	thuan.reads("Nghị định 47/2020/NĐ-CP", "365 ngày")
	thuan.follow("Cho phép tiếp cận", at+"/agree")
	thuan.looks("law-permitting")
	thuan.submit(at)
	thuan.reads("Đã cho phép. Chờ bên nhận ký.")
	thuan.looks("law-permitted")
	ha.open(at)
	ha.looks("law-to-sign")
	ha.follow("Ký thỏa thuận đã nhận", at+"/verify")
	ha.submit(at)
	thuan.open(at)
	thuan.follow("Cho thỏa thuận có hiệu lực", at+"/finalize")
	thuan.submit(at)
	thuan.reads("Đang có hiệu lực")
	ha.open(at)
	ha.follow("Yêu cầu giao", at+"/transfer")
	ha.submit(at)
	thuan.open("/me")
	thuan.follow("Dữ liệu: 1 việc", "/trade")
	thuan.reads("giao dữ liệu")
	thuan.looks("trades-to-deliver")
	thuan.follow("Giá cà phê theo vườn", at)
	thuan.follow("Giao dữ liệu", at+`/transfers/`+thuan.says(`document.querySelector("a[href$='/start']").pathname.split("/")[4]`)+"/start")
	thuan.submit(at)
	thuan.looks("law-delivered-owner")
	ha.open(at)
	ha.reads("Nghị định 47/2020/NĐ-CP", "Thời hạn", "gia.csv")
	ha.looks("law-delivered")
	link := ha.says(`document.querySelector("a[href*='/files/']").getAttribute("href")`)
	ha.sees(taken(link), fmt.Sprint("200 ", bytes.Count(table, []byte("\n")), " ngay,loai,gia"))

	// What was decided is on the register, for the two of them.
	c, err := s.Deals.Negotiation(idOf(t, at))
	if err != nil || c.Deal == nil || c.Deal.State != market.InForce || c.Basis == "" || c.Terms.Price != 0 || c.Terms.Days != 365 || len(c.Terms.Purposes) != 1 || c.Terms.Purposes[0] != market.PurposePublic {
		t.Errorf("%+v, %v", c, err)
	}
}

// idOf is the identifier at the end of a path.
func idOf(t *testing.T, path string) ledger.ID {
	t.Helper()
	id, err := ledger.ParseID(path[strings.LastIndex(path, "/")+1:])
	if err != nil {
		t.Fatal(err)
	}
	return id
}
