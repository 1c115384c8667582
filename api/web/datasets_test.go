package web

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
		Later: true, First: "/datasets?q=x", Next: "/datasets?q=x&after=AAAA",
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
