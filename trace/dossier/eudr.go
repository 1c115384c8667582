package dossier

import (
	"encoding/json"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/land"
)

// commodities are words for what Regulation (EU) 2023/1115 concerns (article 1): cattle,
// cocoa, coffee, oil palm, rubber, soya and wood. Marks on letters count: bò is no bơ.
var commodities = []string{
	"cà phê", "coffee", "ca cao", "cacao", "cocoa", "cao su", "rubber", "đậu nành", "đậu tương", "soya", "soy", "cọ dầu", "dầu cọ", "palm oil",
	"gỗ", "wood", "timber", "thịt bò", "bò thịt", "bò sữa", "cattle", "beef",
}

// Concerned reports whether the regulation concerns a product, by its name.
func Concerned(name trace.Text) bool {
	letters := func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return ' '
	}
	said := " " + strings.Join(strings.Fields(strings.Map(letters, norm.NFC.String(name.VI+" "+name.EN))), " ") + " "
	for _, c := range commodities {
		if strings.Contains(said, " "+c+" ") {
			return true
		}
	}
	return false
}

// outlineFrom is the area in square metres above which a plot needs its outline, and
// not a point alone (article 2, 28).
const outlineFrom = 40_000

// outlined reports whether the plot needs its outline.
func (p *Plot) outlined() bool { return land.FromHectares(p.Area) > outlineFrom }

// where says how the plot's place is known; empty where that is not enough.
func (p *Plot) where() trace.Text {
	switch {
	case len(p.Outline) > 0:
		return words("đường viền", "outline")
	case p.Point != nil && !p.outlined():
		return words("một điểm", "a point")
	}
	return trace.Text{}
}

// Deforestation fills in where a lot was grown.
func (l *Lot) Deforestation() *Dossier {
	t := Table{
		Name: words("Thửa đã thu hoạch", "Plots of land"), Must: true,
		Columns: []Column{
			{Name: words("Người trồng", "Producer name"), Weight: 5}, {Name: words("Nước", "Producer country"), Weight: 2},
			{Name: words("Nơi trồng", "Production place"), Weight: 6}, {Name: words("Mã thửa", "Plot code"), Weight: 5},
			{Name: words("Diện tích (ha)", "Area (ha)"), Weight: 2, Number: true}, {Name: words("Tọa độ", "Geolocation"), Weight: 3},
		},
	}
	for i := range l.Plots {
		p := &l.Plots[i]
		t.Rows = append(t.Rows, []Cell{
			{Text: p.Grower.Name, Must: true}, {Text: plain("VN"), Must: true}, {Text: p.words(), Must: true}, {Text: plain(p.Code)},
			{Text: plain(p.Area), Must: true}, {Text: p.where(), Must: true},
		})
	}
	harvested := first(l.Harvest, l.Made)
	return &Dossier{
		Form: EUDR, About: l.Code,
		Title: words("Vị trí trồng cho thị trường châu Âu (EUDR)", "Geolocation for the European Union (EUDR)"),
		Basis: words("Quy định (EU) 2023/1115, Điều 9", "Regulation (EU) 2023/1115, article 9"),
		Facts: []Fact{
			{Name: words("Sản phẩm", "Product"), Value: l.Name, Must: true},
			{Name: words("Mã lô", "Lot"), Value: plain(l.Code), Must: true},
			{Name: words("Nước sản xuất", "Country of production"), Value: plain("VN"), Must: true},
			{Name: words("Thời gian sản xuất", "Time of production"), Value: plain(harvested), Must: true},
			{Name: words("Bên cung cấp", "Supplier"), Value: l.Producer.words(), Must: true},
		},
		Tables: []Table{t},
	}
}

// GeoJSON writes the plots as the regulation's information system takes them: RFC 7946
// with the properties ProducerName, ProducerCountry, ProductionPlace and Area.
func (l *Lot) GeoJSON() ([]byte, error) {
	list := make([]land.Feature, len(l.Plots))
	for i := range l.Plots {
		p := &l.Plots[i]
		f := land.Feature{Outline: p.Outline, Name: p.Code, Properties: map[string]any{
			"ProducerName": p.Grower.Name.VI, "ProducerCountry": "VN", "ProductionPlace": p.words().VI,
		}}
		if p.Area != "" {
			f.Properties["Area"] = json.Number(p.Area)
		}
		if !p.outlined() {
			f.At = p.Point
		}
		list[i] = f
	}
	return land.GeoJSON(list)
}
