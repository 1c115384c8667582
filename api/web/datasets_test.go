package web

import (
	"strings"
	"testing"

	"github.com/sogoc/sogoc/trace"
)

// sampleDatasets is a page in the middle of what was found.
func sampleDatasets() *Datasets {
	value := func(facet, value string, n int, chosen bool) FacetValue {
		return FacetValue{Facet: facet, Value: value, N: n, Chosen: chosen, Link: "/datasets?" + facet + "=" + value}
	}
	agri := value("theme", "AGRI", 12, true)
	agri.Label = both("Nông, lâm, thủy sản và thực phẩm", "Agriculture, fisheries, forestry and food")
	return &Datasets{
		Search: "sản lượng", Keep: []Kept{{"theme", "AGRI"}}, Query: "q=x&theme=AGRI", Total: 1234, Chosen: []FacetValue{agri}, All: "/datasets?q=x",
		Sorts: []SortLink{{"relevance", "/datasets?q=x", true}, {"newest", "/datasets?q=x&sort=newest", false}, {"downloads", "/datasets?q=x&sort=downloads", false}},
		Later: true, First: "/datasets?q=x", Next: "/datasets?q=x&after=AAAA", Save: "/datasets/saved?keep=q%3Dx",
		Facets: []FacetOf{
			{Name: "theme", First: []FacetValue{agri, value("theme", "https://example.vn/themes/a-very-long-name-without-a-space-in-it", 3, false)}},
			{Name: "price", First: []FacetValue{value("price", "free", 9, false), value("price", "paid", 2, false), value("price", "asked", 1, false)}},
			{Name: "format", First: []FacetValue{value("format", "csv", 9, false), value("format", "geojson", 2, false)}, More: []FacetValue{value("format", "pdf", 1, false), value("format", "zip", 1, false)}},
		},
		List: []DatasetCard{
			{Link: "/datasets/1", Title: both("Sản lượng vải thiều theo xã, vụ 2026", "Lychee harvest by commune, 2026"), Summary: both("Tổng khối lượng thu hoạch ghi trên sổ, gộp theo xã và tuần; không có hộ nào được nêu tên. Cập nhật mỗi tuần trong vụ, và một lần khi hết vụ.", "Harvest recorded on the register, added up by commune and week; no household is named."),
				Publisher: province, Place: both("Bắc Ninh", ""), Updated: at("2026-06-06 08:00"), Access: "open", Kind: "files", Prices: []string{"free"}, Formats: []string{"CSV", "GEOJSON"}, Quality: 91, Downloads: 1820, Sample: true},
			{Link: "/datasets/2", Title: both("Giá thu mua dừa theo ngày", "Coconut prices by day"), Publisher: coop, Updated: at("2026-05-06 08:00"), Access: "agreed", Kind: "api", Prices: []string{"free", "paid"}},
			{Link: "/datasets/3", Title: both("Quan trắc độ mặn sông Tiền", "Salinity of the river Tiền"), Publisher: coop, Updated: at("2026-05-06 08:00"), Access: "listed", Kind: "files", Prices: []string{"asked"}},
		},
	}
}

func sampleDataset() *Dataset {
	harvest := []VersionLine{
		{Version: "2", Issued: at("2026-06-06 08:00"), Receipt: "/api/v1/receipts/9?item=0", Changes: []VersionChange{
			{Kind: "added", What: []string{"so_lo", "ngay"}}, {Kind: "removed", What: []string{"thon"}}, {Kind: "retyped", What: []string{"khoi_luong"}},
			{Kind: "rows", From: 20, To: 27}, {Kind: "size", From: 1200, To: 1842}, {Kind: "licence", What: []string{"CC BY 4.0"}}, {Kind: "access", What: []string{"open"}}}},
		{Version: "1", Issued: at("2026-06-01 08:00"), First: true},
	}
	return &Dataset{
		ID: "urn:uuid:0b5e7e52-4f4e-4f52-9d6e-5f3cb5a0c001", Path: "/data/harvest-by-commune", Title: both("Sản lượng vải thiều theo xã, vụ 2026", "Lychee harvest by commune, 2026"),
		Description: both("Tổng khối lượng thu hoạch ghi trên sổ, gộp theo xã và tuần; không có hộ nào được nêu tên.", "Harvest recorded on the register, added up by commune and week; no household is named."),
		Publisher:   province, Contact: &Contact{"Phòng Trồng trọt", "trongtrot@example.vn", "0204 3 123 456"}, Access: "open", Kind: "files", Sample: true, Place: both("Bắc Ninh", ""),
		Themes: []trace.Text{both("Nông, lâm, thủy sản và thực phẩm", "Agriculture, fisheries, forestry and food")}, Frequency: "WEEKLY",
		Linked: []byte(`{"@context":"https://schema.org/","@type":"Dataset","name":"Sản lượng \u003c/script\u003e"}`), Origins: "/data/harvest-by-commune/lineage",
		Licence: "CC BY 4.0", LicenceLink: "https://creativecommons.org/licenses/by/4.0/", LicenceCode: "https://creativecommons.org/licenses/by/4.0/", Version: "2", Issued: at("2026-06-06 08:00"),
		From: "2026-05-18", Until: "2026-06-05", Quality: both("Đủ các hợp tác xã đã vào sổ; hộ lẻ chưa có tài khoản không được tính.", "All co-ops on the register; households without an account are not counted."),
		Score: 91, Scores: []QualityPart{{"completeness", 99, both("Thiếu 3 ô trong 300.", "3 of 300 cells are empty.")}, {"validity", 80, both("Có 2 ngày không đọc được.", "2 dates cannot be read.")}},
		Method: both("Cộng từ các lần thu hoạch đã ghi.", "Added up from recorded harvests."), Limits: both("Không dùng để tính sản lượng một hộ.", "Not for the harvest of one household."),
		Statement: &Statement{"agency", "register", "added", "important", both("Quyết định giao nhiệm vụ", "By decision")},
		Files:     []DatasetFile{{"harvest.csv", "CSV", 1_842, "/datasets/1/files/2/0"}, {"vùng-trồng-vải-thiều-theo-xã-sau-sắp-xếp-2025.geojson", "GEOJSON", 182_000, "/datasets/1/files/2/1"}},
		Downloads: 1820, Days: []DownloadDay{{"2026-06-04", 0}, {"2026-06-05", 12}, {"2026-06-06", 7}}, History: "/datasets/1/versions", Versions: harvest,
		Derived: []Source{{Name: both("Các sự kiện thu hoạch công khai", "Public harvest events"), How: both("Gộp theo xã; bỏ nhóm dưới 5 hộ", "Added up by commune; groups below 5 households left out"), Link: "/epcis/events?eq_bizStep=harvesting"}},
		Uses:    []Source{{Name: both("Dự báo sản lượng 2027", "Forecast for 2027"), Link: "/datasets/2"}},
		Fields:  []FieldLine{{Name: "xa", Title: both("Xã", "Commune"), Type: "string", Examples: []string{"Lục Ngạn"}}, {Name: "khoi_luong", Title: both("Khối lượng", "Weight"), Type: "number", Unit: "KGM", Min: "18320", Max: "182450.5", Missing: 3}, {Name: "a_very_long_name_of_a_field_without_a_space_in_it", Type: "other"}},
		Columns: []Column{{Name: both("Xã", "Commune")}, {Name: both("Khối lượng (kg)", "Weight (kg)"), Numeric: true}, {Name: both("Số lô", "Lots"), Numeric: true}},
		Rows:    [][]string{{"Lục Ngạn", "182450.5", "143"}, {"Chũ", "121300", "98"}, {"Biên Sơn", "76200", "61"}, {"Sơn Hải", "18320", "17"}},
		Total:   27, Proof: sampleProof(), Data: []DataLink{{"ttl", "/datasets/1.ttl"}},
		Shapes: &Shapes{Points: []LonLat{{106.6, 21.4}, {106.7, 21.3}}, Lines: [][]LonLat{{{106.5, 21.3}, {106.6, 21.35}, {106.8, 21.3}}}, Areas: [][]LonLat{{{106.5, 21.2}, {106.8, 21.2}, {106.8, 21.5}, {106.5, 21.5}, {106.5, 21.2}}}, Shown: 4, Total: 5},
		Chart: &Chart{Title: both("Khối lượng theo xã", "Weight by commune"), Bars: []Bar{
			{both("Lục Ngạn", ""), *qty("182450.5", "KGM")}, {both("Chũ", ""), *qty("121300", "KGM")}, {both("Biên Sơn", ""), *qty("76200", "KGM")}, {both("Sơn Hải", ""), *qty("18320", "KGM")}}},
	}
}

// sampleAgreed is a dataset that is given under agreements.
func sampleAgreed() *Dataset {
	d := sampleDataset()
	d.Access, d.Kind, d.Licence, d.LicenceLink, d.LicenceCode = "agreed", "api", "Dùng nội bộ", "", "urn:sogoc:licence:internal"
	for i := range d.Files {
		d.Files[i].Link = ""
	}
	d.Columns, d.Rows, d.Chart, d.Shapes, d.Total = nil, nil, nil, nil, 0
	d.Refused, d.Waits, d.Ask = true, true, "/trade/new?dataset=1"
	d.Offers = []OfferLine{
		{Clauses: []Clause{{Words: both("Giá 1.000.000 đồng.", "The price is 1,000,000 VND."), Enforced: true}, {Words: both("Chỉ dùng trong nội bộ.", "For internal use only.")}}, Until: at("2026-12-06 08:00"), Link: "/trade/new?dataset=1&offer=2"},
		{Clauses: []Clause{{Words: both("Không mất tiền.", "Free."), Enforced: true}}},
	}
	return d
}

// TestShapes: what is drawn is inside the picture, and corners that cannot be seen are not
// drawn.
func TestShapes(t *testing.T) {
	w := words{lang: English, texts: texts[English]}
	pic := w.drawShapes(&Shapes{Points: []LonLat{{106.6, 21.4}, {106.6, 21.4}, {999, 0}}, Areas: [][]LonLat{{{106, 21}, {107, 21}, {107, 22}, {107.0000001, 22}, {106, 21}}}})
	if len(pic.Points) != 1 || strings.Count(pic.Area, "L") != 3 || !strings.HasSuffix(pic.Area, "Z") || pic.Ways != "" {
		t.Errorf("%+v", pic)
	}
	for _, p := range pic.Points {
		if p.X < 0 || p.X > pic.Width || p.Y < 0 || p.Y > pic.Height {
			t.Errorf("%+v is outside", p)
		}
	}
	for _, nothing := range []*Shapes{nil, {}, {Points: []LonLat{{0, 90}}}} {
		if w.drawShapes(nothing) != nil {
			t.Errorf("%+v is drawn", nothing)
		}
	}
}

func searchPages() []pageOf {
	hoa := Reader{Path: "/datasets/saved", Me: &Me{Name: "Nguyễn Thị Hoa", Org: trace.Text{VI: "Hợp tác xã Vải thiều"}}}
	theme := FacetValue{Facet: "theme", Value: "AGRI", Label: both("Nông, lâm, thủy sản và thực phẩm", "Agriculture, fisheries, forestry and food")}
	free := FacetValue{Facet: "price", Value: "free"}
	one := SavedSearch{ID: "0102", Query: "q=x", Text: "sản lượng vải", Values: []FacetValue{theme, free}, Total: 1234, New: 3, Made: at("2026-06-06 08:00")}
	return []pageOf{
		deskPage("searches", site.SavedSearches, hoa, &SavedSearches{List: []SavedSearch{one, {ID: "03", Query: "price=free", Values: []FacetValue{free}}}, Keep: &SavedSearch{Query: "q=x", Text: "độ mặn"}}),
		deskPage("searches none", site.SavedSearches, hoa, &SavedSearches{}),
	}
}
