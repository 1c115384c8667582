package dossier

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/land"
)

func at(day string) ledger.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", day, time.FixedZone("", 7*3600))
	if err != nil {
		panic(err)
	}
	return ledger.TimeOf(t)
}

func amount(id, name, number string, unit trace.Unit) Amount {
	a := Amount{ID: trace.MustID(id), Name: plain(name)}
	if number != "" {
		q, err := trace.ParseQuantity(number, unit)
		if err != nil {
			panic(err)
		}
		a.Quantity = &q
	}
	return a
}

var (
	coop  = Party{Name: words("Hợp tác xã Lục Ngạn", "Lục Ngạn co-op"), Address: words("Thôn Hợp Nhất, xã Lục Ngạn", "Hợp Nhất, Lục Ngạn"), Phone: "0912 345 678", Code: "(417)9521234000006"}
	shop  = Party{Name: plain("Cửa hàng Xanh"), Code: "(417)9521234000099"}
	plot  = Place{Name: plain("Vườn đồi Am"), Code: "(414)9521234000013", In: plain("xã Lục Ngạn, tỉnh Bắc Ninh")}
	fruit = amount("https://id.gs1.org/01/09521234000013/10/V1", "Vải thiều", "120.5", "KGM")
	boxes = amount("https://id.gs1.org/01/09521234000020/10/L1", "Vải thiều hộp", "110", "KGM")
)

func season() *Season {
	seven := 7
	return &Season{
		Code: "(01)09521234000013(10)CAY", Crop: plain("Vải thiều"), Variety: words("Chính vụ", "Main season"), Planted: "2009", Area: "0.8", Grower: coop, Plot: plot,
		Inputs: []Input{
			{Kind: Protection, Time: at("2026-05-02 17:00"), Zone: "+07:00", Product: "=HYPERLINK(\"x\")", Active: "Emamectin", Dose: "0,5 l/ha", Purpose: plain("sâu cuốn lá"), Interval: &seven, By: plain("Trần Văn An")},
			{Kind: Protection, Time: at("2026-05-20 17:00"), Zone: "+07:00", Product: "Score 250EC", By: plain("Trần Văn An")},
			{Kind: Fertiliser, Time: at("2026-03-02 07:00"), Zone: "+07:00", Product: "NPK 16-16-8", Dose: "2 kg/cây", By: plain("Trần Văn An")},
		},
		Picked: []Harvest{{Time: at("2026-06-03 06:00"), Zone: "+07:00", Lot: "V1", Amount: fruit}},
	}
}

func lot() *Lot {
	return &Lot{
		Code: "(01)09521234000020(10)L1", Name: plain("Vải thiều hộp"), GTIN: "09521234000020", Batch: "L1", Producer: coop, Harvest: "2026-06-03", Trace: "https://sogoc.example/01/09521234000020/10/L1",
		Stages: []Stage{
			{Step: trace.StepHarvesting, Words: plain("thu hoạch"), Time: at("2026-06-03 06:00"), Zone: "+07:00", By: coop, Place: plot, Product: "(01)09521234000013", Made: []Amount{fruit}, Objects: []Amount{fruit}, Event: "urn:uuid:1"},
			{Step: trace.StepPacking, Words: plain("đóng gói"), Time: at("2026-06-03 15:00"), Zone: "+07:00", By: coop, Product: "(01)09521234000020", Objects: []Amount{fruit}, Made: []Amount{boxes}, Event: "urn:uuid:2"},
			{Step: trace.StepShipping, Words: plain("gửi hàng"), Time: at("2026-06-04 20:00"), Zone: "+07:00", By: coop, Place: plot, Product: "(01)09521234000020", Objects: []Amount{boxes}, To: &shop, Papers: []string{"po 77"}, Event: "urn:uuid:3"},
			{Step: trace.StepReceiving, Words: plain("nhận hàng"), Time: at("2026-06-05 04:00"), Zone: "+07:00", By: shop, Place: plot, Product: "(01)09521234000020", Objects: []Amount{boxes}, Event: "urn:uuid:4"},
		},
	}
}

// TestMissing: what a rule requires and nobody recorded is named, with its row.
func TestMissing(t *testing.T) {
	for _, c := range []struct {
		d    *Dossier
		want []string
	}{
		{season().Logbook(), []string{
			"Active ingredient (Plant protection · 2026-05-20 · Score 250EC)", "Dose (Plant protection · 2026-05-20 · Score 250EC)",
			"Against (Plant protection · 2026-05-20 · Score 250EC)", "Interval (days) (Plant protection · 2026-05-20 · Score 250EC)",
		}},
		{(&Season{}).Logbook(), []string{"Grower", "Address", "Plot", "Area (ha)", "Crop", "Variety", "Planted", "Harvests"}},
		{lot().Circular(), []string{"2. Picture", "10. Standards applied", "Location code (5. Stages · 2026-06-03 15:00 +07:00 · đóng gói)"}},
		{lot().Passport(), []string{"Origin", "Expiry"}},
		{lot().Tracking(), []string{"Immediate previous source (Receiving · https://id.gs1.org/01/09521234000020/10/L1 · Vải thiều hộp)"}},
	} {
		var got []string
		for _, m := range c.d.Missing() {
			line := m.What.In("en")
			if !m.Where.IsZero() {
				line += " (" + m.Where.In("en") + ")"
			}
			got = append(got, line)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: missing %q, want %q", c.d.Form, got, c.want)
		}
	}
}

// TestConcerned: the regulation is about few products, and marks on letters tell them
// apart.
func TestConcerned(t *testing.T) {
	for name, want := range map[string]bool{
		"Cà phê nhân Robusta": true, "CÀ PHÊ": true, "Coffee": true, "Bột ca-cao": true, "Thịt bò khô": true, "Ghế gỗ": true,
		"Vải thiều": false, "Quả bơ": false, "Bánh bò": false, "Dừa xiêm": false, "Gò Công": false, "Soybean": false, "": false,
	} {
		if got := Concerned(plain(name)); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

// TestPlots: a plot above four hectares needs its outline, a smaller one a point, and
// the file has what the regulation's system takes.
func TestPlots(t *testing.T) {
	ring, err := land.ReadRing([]trace.Position{{Lat: "12.68", Lon: "108.05"}, {Lat: "12.68", Lon: "108.06"}, {Lat: "12.69", Lon: "108.06"}})
	if err != nil {
		t.Fatal(err)
	}
	at := ring.Middle()
	l := lot()
	l.Plots = []Plot{
		{Place: plot, Grower: coop, Area: "60", Outline: ring}, {Place: plot, Grower: coop, Area: "0.5", Point: &at},
		{Place: plot, Grower: coop, Area: "4.1", Point: &at}, {Place: Place{Code: "x"}, Grower: Party{Code: "y"}},
	}
	var got []string
	for _, m := range l.Deforestation().Missing() {
		got = append(got, m.What.In("en"))
	}
	if want := []string{"Geolocation", "Producer name", "Production place", "Area (ha)", "Geolocation"}; !slices.Equal(got, want) {
		t.Errorf("missing %q, want %q", got, want)
	}
	b, err := l.GeoJSON()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Features []struct {
			Geometry *struct {
				Type        string
				Coordinates json.RawMessage
			}
			Properties map[string]any
		}
	}
	if err := json.Unmarshal(b, &doc); err != nil || len(doc.Features) != 4 {
		t.Fatalf("%v, %s", err, b)
	}
	for i, want := range []string{"Polygon", "Point", "", ""} {
		shape := ""
		if g := doc.Features[i].Geometry; g != nil {
			shape = g.Type
		}
		if shape != want {
			t.Errorf("plot %d is a %q, want a %q", i, shape, want)
		}
	}
	if p := doc.Features[1].Properties; string(doc.Features[1].Geometry.Coordinates) != "[108.055000,12.685000]" || p["ProducerName"] != "Hợp tác xã Lục Ngạn" || p["ProducerCountry"] != "VN" || p["Area"] != 0.5 || p["ProductionPlace"] == "" {
		t.Errorf("%s", b)
	}
}

// TestSpreadsheet: a workbook opens again with every value in its cell, numbers as
// numbers and nothing as a formula.
func TestSpreadsheet(t *testing.T) {
	open := func(d *Dossier, lang string) *excelize.File {
		t.Helper()
		var b bytes.Buffer
		if err := d.WriteSpreadsheet(&b, lang); err != nil {
			t.Fatal(err)
		}
		f, err := excelize.OpenReader(&b)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	f := open(season().Logbook(), "vi")
	want := []string{"Nhật ký sản xuất VietGAP", "Thuốc bảo vệ thực vật", "Phân bón và chất bổ sung", "Nước tưới", "Việc khác", "Thu hoạch", "Chứng nhận còn hiệu lực"}
	if got := f.GetSheetList(); !slices.Equal(got, want) {
		t.Errorf("worksheets %q", got)
	}
	rows, err := f.GetRows("Thuốc bảo vệ thực vật")
	if err != nil || len(rows) != 3 {
		t.Fatalf("%v, %v", rows, err)
	}
	if got := rows[1]; !slices.Equal(got, []string{"2026-05-02", `=HYPERLINK("x")`, "Emamectin", "0,5 l/ha", "sâu cuốn lá", "7", "2026-05-10", "Trần Văn An"}) {
		t.Errorf("row %q", got)
	}
	if formula, err := f.GetCellFormula("Thuốc bảo vệ thực vật", "B2"); formula != "" || err != nil {
		t.Errorf("formula %q, %v", formula, err)
	}
	if kind, err := f.GetCellType("Thuốc bảo vệ thực vật", "B2"); err != nil || kind != excelize.CellTypeSharedString && kind != excelize.CellTypeInlineString {
		t.Errorf("type %v, %v", kind, err)
	}
	if rows[2][2] != "(chưa ghi)" || rows[2][5] != "(chưa ghi)" {
		t.Errorf("what is missing: %q", rows[2])
	}
	f = open(lot().Tracking(), "en")
	rows, err = f.GetRows("Shipping")
	if err != nil || len(rows) != 2 {
		t.Fatalf("%v, %v", rows, err)
	}
	if kind, err := f.GetCellType("Shipping", "C2"); rows[1][2] != "110" || err != nil || kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
		t.Errorf("quantity %q of type %v, %v", rows[1][2], kind, err)
	}
	if !strings.Contains(rows[1][5], "Cửa hàng Xanh") || !strings.Contains(rows[1][8], "po 77") {
		t.Errorf("row %q", rows[1])
	}
}

// TestSheetNames: worksheets have names that programs take, each its own.
func TestSheetNames(t *testing.T) {
	var b book
	long := strings.Repeat("Ngày ", 12)
	for _, c := range []struct{ name, want string }{
		{"A/B: [c]?", "A B   c  "}, {long, string([]rune(long)[:31])}, {long, ""}, {"shipping", "shipping"}, {"Shipping", "Shipping 2"},
	} {
		got := b.sheet(plain(c.name))
		if c.want != "" && got != c.want || len([]rune(got)) > 31 {
			t.Errorf("%q is %q, want %q", c.name, got, c.want)
		}
	}
	if len(slices.Compact(slices.Sorted(slices.Values(b.names)))) != len(b.names) {
		t.Errorf("names %q", b.names)
	}
}

// TestPDF: what is printed has every line and row, over as many pages as it takes.
func TestPDF(t *testing.T) {
	s := season()
	for i := range 120 {
		s.Inputs = append(s.Inputs, Input{Kind: Irrigation, Time: at("2026-04-01 06:00").Add(time.Duration(i) * 24 * time.Hour), Zone: "+07:00", Product: fmt.Sprint("nước giếng số ", i), Dose: "30 phút", By: plain("An")})
	}
	s.Work = []Work{{Time: at("2026-02-01 06:00"), What: plain("tỉa cành"), Note: plain(strings.Repeat("ghi chú dài ", 900) + "cuối cùng")}}
	var b bytes.Buffer
	err := s.Logbook().WritePDF(&b, "vi", Print{Register: "Sổ Gốc", Host: "sogoc.example", Made: at("2026-06-30 08:00").Time()})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "logbook.pdf")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	raw, err := exec.Command("pdftotext", "-layout", file, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext: %v (Debian's package is named poppler-utils)", err)
	}
	text := string(raw)
	pages := strings.Split(strings.TrimSuffix(text, "\f"), "\f")
	for _, want := range []string{"Nhật ký sản xuất VietGAP", "Hợp tác xã Lục Ngạn", "Emamectin", "(chưa ghi)", "đủ ngày cách ly", "cuối cùng", "trang " + fmt.Sprint(len(pages))} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not printed", want)
		}
	}
	for i := range 120 {
		if n := strings.Count(text, fmt.Sprintf("nước giếng số %d ", i)); n != 1 {
			t.Errorf("row %d is printed %d times", i, n)
		}
	}
	if len(pages) < 5 {
		t.Errorf("%d pages", len(pages))
	}
	for i, page := range pages {
		if strings.Contains(page, "nước giếng") && !strings.Contains(page, "Đã dùng") {
			t.Errorf("page %d has rows without the heading", i+1)
		}
	}
}
