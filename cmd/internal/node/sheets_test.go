package node_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sogoc/sogoc/api/jobs"
	"github.com/sogoc/sogoc/api/sheets"
	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// grid is a spreadsheet under way: its first row has the headings.
type grid [][]string

func (g grid) csv() []byte {
	var b bytes.Buffer
	if err := sheets.WriteCSV(&b, g[0], g[1:]); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// plotGrid has n plots, of which each has an old code of its own.
func plotGrid(n int) grid {
	g := grid{{"Mã cũ", "Tên", "Loại", "Xã, phường", "Diện tích (ha)", "Mã số vùng trồng", "Tọa độ"}}
	for i := range n {
		row := []string{fmt.Sprintf("TD-%04d", i+1), fmt.Sprintf("Vườn hộ %d", i+1), "", "Lục Ngạn", "0,65", "", ""}
		if i%2 == 0 {
			row[3], row[4], row[6] = "7235", "18 sào", "21.480012, 106.770034"
		}
		g = append(g, row)
	}
	return g
}

func productGrid(n int) grid {
	g := grid{{"Old code", "Name", "Counted in", "Pack", "Tolerance (%)", "Standards"}}
	for i := range n {
		g = append(g, []string{fmt.Sprintf("SP%03d", i+1), fmt.Sprintf("Vải sấy %d", i+1), "kg", "hộp 500 g", "1,5", "VietGAP; OCOP 4 sao"})
	}
	return g
}

// sends uploads a spreadsheet and returns the address of its preview.
func (b *browser) sends(kind string, file []byte) string {
	b.Helper()
	return b.must(b.upload("/org/sheets", "sheet", kind+".csv", file, "kind", kind), http.StatusSeeOther).Header.Get("Location")
}

// recorded waits until a spreadsheet is.
func (b *browser) recorded(path string) string {
	b.Helper()
	for end := time.Now().Add(3 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		page := string(b.must(b.get(path), http.StatusOK).body)
		if strings.Contains(page, "Đã ghi xong.") {
			return page
		}
		if strings.Contains(page, "Chưa ghi hết được.") || time.Now().After(end) {
			b.Fatalf("it is not recorded: %s", page)
		}
	}
}

func (s *site) places(p *party) (list []*index.Place) {
	s.Helper()
	for token := ""; ; {
		page, next, err := s.Index.Places(s.Context(), index.Viewer{Org: p.org}, p.org, index.Page{Token: token, Limit: 1000})
		if err != nil {
			s.Fatal(err)
		}
		list = append(list, page...)
		if token = next; token == "" {
			return list
		}
	}
}

// TestSheets: a thousand plots and two hundred products come in tables with twenty
// faults, each of which is named while nothing is recorded; mended they are recorded
// once, however often they are sent, and through a restart; what is exported then
// changes nothing.
func TestSheets(t *testing.T) {
	t.Parallel()
	c := node.Config{Data: t.TempDir()}
	s := startSite(t, c)
	s.publishCommunes()
	coop, other := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Hợp tác xã B", ledger.KindCoop)
	_, hoa := s.member("hoa", coop, ledger.RoleAdmin)
	_, binh := s.member("binh", other, ledger.RoleAdmin)

	plots, products := plotGrid(1000), productGrid(200)
	faults := func(g grid, list [][3]any) ([]byte, []string) {
		bad := make(grid, len(g))
		for i := range g {
			bad[i] = append([]string(nil), g[i]...)
		}
		var want []string
		for _, f := range list {
			row, column := f[0].(int), f[1].(int)
			bad[row-1][column] = f[2].(string)
			want = append(want, fmt.Sprintf("<b>Dòng %d · %s</b>", row, map[string]string{"Old code": "Mã cũ", "Name": "Tên", "Counted in": "Tính bằng", "Tolerance (%)": "Được lệch (%)"}[g[0][column]]+map[bool]string{true: g[0][column]}[g[0][0] == "Mã cũ"]))
		}
		return bad.csv(), want
	}
	badPlots, wantPlots := faults(plots, [][3]any{
		{3, 1, ""}, {5, 3, "ở đâu đó"}, {7, 4, "nhiều lắm"}, {9, 4, "1.250"}, {100, 4, "2000 ha"}, {101, 2, "lâu đài"}, {102, 6, "bờ ao"},
		{103, 6, "1.48, 106.77; 1.49, 106.77; 1.49, 106.78"}, {104, 5, strings.Repeat("x", 61)}, {500, 0, "TD-0001"}, {777, 4, "3 mẫu"}, {999, 3, ""}, {1000, 1, "=1+1"}, {1001, 0, "8.94E+12"},
	})
	badProducts, wantProducts := faults(products, [][3]any{{2, 1, ""}, {3, 2, "bao tải"}, {4, 2, ""}, {5, 4, "101"}, {6, 4, "40"}, {201, 0, "SP001"}})
	wantProducts[4] = "<b>Dòng 6 · Lệch tối đa (%)</b>" // it is less than the tolerance
	before := s.Ledger.Size()
	for kind, c := range map[string]struct {
		file []byte
		want []string
	}{"plots": {badPlots, wantPlots}, "products": {badProducts, wantProducts}} {
		path := hoa.sends(kind, c.file)
		page := string(s.must(hoa.get(path), http.StatusOK).body)
		for _, want := range c.want {
			if strings.Count(page, want) != 1 {
				t.Errorf("%s: the fault %s is named %d times", kind, want, strings.Count(page, want))
			}
		}
		if n := strings.Count(page, "<b>Dòng "); n != len(c.want) || strings.Contains(page, ">Ghi vào sổ<") {
			t.Errorf("%s: %d faults of %d, or it can be recorded: %s", kind, n, len(c.want), page)
		}
		if list := string(s.must(hoa.get(path+"/faults"), http.StatusOK).body); strings.Count(list, "\r\n") != len(c.want)+1 {
			t.Errorf("the list of faults: %s", list)
		}
		s.must(hoa.post(path), http.StatusConflict)
		s.must(binh.get(path), http.StatusNotFound)
		s.must(binh.post(path), http.StatusNotFound)
		s.must(binh.post(path+"/remove"), http.StatusNotFound)
		s.must(hoa.post(path+"/remove"), http.StatusSeeOther)
	}
	if n := s.Ledger.Size() - before; n != 0 {
		t.Fatalf("wrong tables made %d records", n)
	}

	path := hoa.sends("products", products.csv())
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if a := hoa.post(path); a.StatusCode != http.StatusSeeOther {
				t.Errorf("sent twice at once: %s", a)
			}
		})
	}
	both.Wait()
	hoa.recorded(path)
	s.must(hoa.post(path), http.StatusSeeOther)
	if n := s.Ledger.Size() - before; n != 1 {
		t.Errorf("200 products made %d records", n)
	}

	path = hoa.sends("plots", plots.csv())
	again := hoa.sends("plots", plots.csv())
	s.must(hoa.post(path), http.StatusSeeOther)
	s.must(hoa.post(again), http.StatusSeeOther)
	s.stop()
	s = startSite(t, c)
	hoa, binh = s.signIn("hoa@example.vn"), s.signIn("binh@example.vn")
	if page := hoa.recorded(path); !strings.Contains(page, "<dt>Mới</dt><dd>1.000</dd>") {
		t.Errorf("the plots are not new: %s", page)
	}
	if page := hoa.recorded(again); !strings.Contains(page, "<dt>Giữ nguyên</dt><dd>1.000</dd>") {
		t.Errorf("the same table is not the same: %s", page)
	}
	if n := s.Ledger.Size() - before; n != 3 {
		t.Errorf("1,000 plots and 200 products made %d records", n)
	}
	list := s.places(coop)
	if len(list) != 1001 {
		t.Fatalf("there are %d places", len(list))
	}
	for _, p := range list {
		if p.Kind == trace.PlacePlot && (!p.Place.Profile.Sealed || len(p.Profile.Old) != 1) {
			t.Fatalf("a plot is not sealed or lost its old code: %+v, %+v", p.Place.Profile, p.Profile)
		}
	}

	for _, kind := range []string{"plots", "products"} {
		for _, as := range []string{"csv", "xlsx"} {
			export := "/org/sheets/export?kind=" + kind + "&as=" + as
			file := s.must(hoa.get(export), http.StatusOK).body
			preview := string(s.must(hoa.get(hoa.sends(kind, file)), http.StatusOK).body)
			if !strings.Contains(preview, "<dt>Mới</dt><dd>0</dd>") || !strings.Contains(preview, "<dt>Sửa</dt><dd>0</dd>") || !strings.Contains(preview, "không có gì khác với sổ") {
				t.Errorf("an export of %s as %s changes something: %s", kind, as, preview)
			}
			theirs := s.must(binh.get(export+"&org="+coop.org.String()), http.StatusOK).body
			if as == "csv" && (bytes.Contains(theirs, []byte("Vườn hộ")) || bytes.Contains(theirs, []byte("Vải sấy"))) {
				t.Errorf("another co-op has the %s: %s", kind, theirs)
			}
		}
	}
}

// TestSheetMerge: what was in an earlier system is found by its old code or by its name,
// shown beside what is there, and merged or added as somebody decides.
func TestSheetMerge(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publishCommunes()
	coop, other := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Hợp tác xã B", ledger.KindCoop)
	_, hoa := s.member("hoa", coop, ledger.RoleAdmin)
	_, clerk := s.member("an", coop, ledger.RoleRecorder)
	head := []string{"Mã", "Mã cũ", "Tên", "Xã", "Diện tích (ha)", "Ghi chú"}
	head[3] = "Xã, phường"
	path := hoa.sends("plots", grid{head, {"", "A1", "Vườn ông Tư", "07234", "0,5", ""}, {"", "A2", "Vườn bà Sáu", "07234", "", ""}, {"", "A3", "Nương", "07235", "", ""}}.csv())
	s.must(clerk.get(path), http.StatusForbidden)
	if page := string(s.must(hoa.get(path), http.StatusOK).body); !strings.Contains(page, "Không đọc các cột này: Ghi chú") {
		t.Errorf("a column that is not read is not named: %s", page)
	}
	s.must(hoa.post(path), http.StatusSeeOther)
	hoa.recorded(path)

	path = hoa.sends("plots", grid{head,
		{"", "a1; HTX-77", "Vườn Tư", "7234", "", ""},        // by an old code
		{"", "", "VUON BA SAU", "Lục Ngạn", "1,5 ha", ""},    // by its name
		{"", "B9", "Nuong", "Tân Sơn, Bắc Ninh", "3 ha", ""}, // by its name, and it is another
		{"", "", "Nương", "Lục Ngạn", "", ""},                // of another commune
	}.csv())
	page := string(s.must(hoa.get(path), http.StatusOK).body)
	for _, want := range []string{"Dòng 2 · Vườn Tư", "Dòng 3 · VUON BA SAU", "Dòng 4 · Nuong", "Trong sổ: Vườn ông Tư", "Trong bảng: A1; HTX-77", `name="row-2"`, `name="row-4"`, "<dt>Mới</dt><dd>1</dd>", "<dt>Giống cái đã có</dt><dd>3</dd>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the preview lacks %q: %s", want, page)
		}
	}
	s.must(hoa.post(path, "row-2", "", "row-3", "", "row-4", "another"), http.StatusSeeOther)
	hoa.recorded(path)
	got := map[string]string{}
	for _, p := range s.places(coop) {
		if p.Profile != nil {
			got[p.Profile.Name.VI+" "+p.Commune] = strings.Join(p.Profile.Old, ",") + " " + p.Profile.Area
		}
	}
	for _, p := range s.places(coop) {
		if p.Profile == nil || p.Profile.Name.VI != "Vườn Tư" {
			continue
		}
		if page := string(s.must(hoa.get("/plots/one?"+url.Values{"id": {p.ID.String()}}.Encode()), http.StatusOK).body); !strings.Contains(page, "A1; HTX-77") {
			t.Errorf("the plot's page has no old codes: %s", page)
		}
	}
	want := map[string]string{"Vườn Tư 07234": "A1,HTX-77 0.5", "VUON BA SAU 07234": "A2 1.5", "Nương 07235": "A3 ", "Nuong 07235": "B9 3", "Nương 07234": " "}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("merged: %v, want %v", got, want)
	}

	// Two rows are never merged into one thing unseen, and no code is another's.
	path = hoa.sends("plots", grid{head, {"", "A1", "Vườn Tư trên", "07234", "", ""}, {"", "", "Vườn Tư", "07234", "9", ""}}.csv())
	if a := s.must(hoa.post(path), http.StatusConflict); !strings.Contains(string(a.body), "Hai dòng cùng nhận là một thứ") {
		t.Errorf("two rows change one plot: %s", a)
	}
	path = hoa.sends("plots", grid{head, {other.place.String(), "", "Kho của B", "07234", "", ""}}.csv())
	if page := string(s.must(hoa.get(path), http.StatusOK).body); !strings.Contains(page, "không thuộc tổ chức của bạn") {
		t.Errorf("another's place can be described: %s", page)
	}
}

var joinLinks = regexp.MustCompile(`\t(https://[^\s]+/join/[^\s]+)`)

// TestSheetMembers: three hundred people are invited by one table, each once; who is
// there already is left alone, and the links are shown once and kept nowhere.
func TestSheetMembers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop, other := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Hợp tác xã B", ledger.KindCoop)
	_, hoa := s.member("hoa", coop, ledger.RoleAdmin)
	_, binh := s.member("binh", other, ledger.RoleAdmin)
	head := []string{"Họ tên", "Điện thoại", "Quyền"}
	head[0] = "Tên"
	people := func(n int) grid {
		g := grid{head}
		for i := range n {
			g = append(g, []string{fmt.Sprintf("Hộ số %d", i+1), fmt.Sprintf("91%07d", i), ""})
		}
		return g
	}
	bad := people(4)
	bad[1][0], bad[2][1], bad[3][2], bad[4][1] = "", "12", "giám đốc", bad[1][1]
	page := string(s.must(hoa.get(hoa.sends("members", bad.csv())), http.StatusOK).body)
	for _, want := range []string{"<b>Dòng 2 · Tên</b>", "<b>Dòng 3 · Điện thoại</b>", "<b>Dòng 4 · Quyền</b>", "<b>Dòng 5 · Điện thoại</b>"} {
		if !strings.Contains(page, want) {
			t.Errorf("%s is not named: %s", want, page)
		}
	}
	g := append(people(300), []string{"hoa", "0909 000 009", ""}, []string{"Lê Văn Ghi", "0909 000 001", "ghi sổ; thu hồi"})
	path := hoa.sends("members", g.csv())
	if page := string(s.must(hoa.get(path), http.StatusOK).body); !strings.Contains(page, "Dòng 302 · hoa") || !strings.Contains(page, "<dt>Mới</dt><dd>301</dd>") {
		t.Errorf("who is there already is not asked about: %s", page)
	}
	s.must(binh.post(path), http.StatusNotFound)
	var both sync.WaitGroup
	pages := make([]string, 2)
	for i := range pages {
		both.Go(func() { pages[i] = string(hoa.post(path).body) })
	}
	both.Wait()
	links := joinLinks.FindAllStringSubmatch(pages[0]+pages[1], -1)
	open, err := s.Accounts.Invitations(t.Context(), coop.org)
	if err != nil || len(open) != 301 || len(links) != 301 {
		t.Fatalf("%d invitations, %d links, %v", len(open), len(links), err)
	}
	guest := s.browser()
	if a := guest.get(strings.TrimPrefix(links[0][1], publicURL)); a.StatusCode != http.StatusOK || !strings.Contains(string(a.body), "Hợp tác xã A") {
		t.Errorf("a link does not open: %s", a)
	}
	// What is exported changes nothing, and says nothing of another organisation.
	file := s.must(hoa.get("/org/sheets/export?kind=members&as=xlsx"), http.StatusOK).body
	if page := string(s.must(hoa.get(hoa.sends("members", file)), http.StatusOK).body); !strings.Contains(page, "<dt>Mới</dt><dd>0</dd>") || !strings.Contains(page, "không có gì khác với sổ") {
		t.Errorf("an export of members invites: %s", page)
	}
	if theirs := s.must(binh.get("/org/sheets/export?kind=members&as=csv"), http.StatusOK).body; bytes.Contains(theirs, []byte("Hộ số")) || bytes.Contains(theirs, []byte("hoa")) {
		t.Errorf("another co-op has the members: %s", theirs)
	}
	many := people(500)
	for i := range many[1:] {
		many[i+1][0], many[i+1][1] = many[i+1][0]+" mới", fmt.Sprintf("92%07d", i)
	}
	if a := s.must(hoa.post(hoa.sends("members", many.csv())), http.StatusRequestEntityTooLarge); !strings.Contains(string(a.body), "tối đa 500 lời mời") {
		t.Errorf("more invitations than there may be: %s", a)
	}
}

// TestSheetsCutOff: a recording that breaks off, before or after the register has a part
// of it, goes on from where it was.
func TestSheetsCutOff(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publishCommunes()
	for i, late := range []bool{false, true} {
		coop := s.admit(fmt.Sprint("Hợp tác xã ", i), ledger.KindCoop)
		id, _ := s.member(fmt.Sprint("hoa", i), coop, ledger.RoleAdmin)
		whole := &sheets.Service{Office: s.office()}
		d, err := whole.Draft(t.Context(), id, sheets.Plots, "plots.csv", plotGrid(1200).csv())
		if err != nil {
			t.Fatal(err)
		}
		if err := whole.Decide(t.Context(), d, nil); err != nil {
			t.Fatal(err)
		}
		work, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		before := s.Ledger.Size()
		cut := *s.office()
		cut.Register = &cutOff{s.Capture, 1, late}
		j := jobs.Job{Order: jobs.Order{Org: coop.org, Work: work}}
		if err := (&sheets.Service{Office: &cut}).Record(t.Context(), j, io.Discard, func(int) {}); err == nil {
			t.Fatal("nothing broke off")
		}
		var out bytes.Buffer
		for range 2 {
			out.Reset()
			if err := whole.Record(t.Context(), j, &out, func(int) {}); err != nil {
				t.Fatal(err)
			}
		}
		if n := s.Ledger.Size() - before; n != 3 || len(s.places(coop)) != 1201 || !strings.Contains(out.String(), `"new":1200`) {
			t.Errorf("late %v: %d records, %d places, %s", late, n, len(s.places(coop)), &out)
		}
	}
}
