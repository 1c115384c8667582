package dossier

import (
	"strconv"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Season is what the register knows of a crop.
type Season struct {
	Code      string // of the crop, as people read it
	Crop      trace.Text
	Variety   trace.Text
	Planted   string
	Area      string // in hectares
	AreaCode  string // planting-area code
	Grower    Party
	Plot      Place
	Inputs    []Input
	Work      []Work
	Picked    []Harvest
	Certified []Certificate
}

// Kind is what an input is.
type Kind string

const (
	Protection Kind = "protection"
	Fertiliser Kind = "fertiliser"
	Irrigation Kind = "irrigation"
	Feed       Kind = "feed"
	Medicine   Kind = "medicine"
	OtherInput Kind = "other"
)

// Input is what was put on a crop.
type Input struct {
	Kind     Kind
	Time     ledger.Time
	Zone     string
	Product  string
	Active   string
	Dose     string
	Purpose  trace.Text
	Interval *int // pre-harvest interval in days; nil where none is recorded
	By       trace.Text
}

// Work is what else was done.
type Work struct {
	Time ledger.Time
	Zone string
	What trace.Text
	Note trace.Text
	By   trace.Text
}

// Harvest is what was picked.
type Harvest struct {
	Time   ledger.Time
	Zone   string
	Lot    string
	Amount Amount
	To     trace.Text // whom it went to; empty while it is with the grower
	Early  bool       // within a pre-harvest interval
}

// Logbook fills in the VietGAP logbook of the season.
func (s *Season) Logbook() *Dossier {
	d := &Dossier{
		Form: VietGAP, About: s.Code,
		Title: words("Nhật ký sản xuất VietGAP", "VietGAP production logbook"),
		Basis: words("TCVN 11892-1:2017 (VietGAP trồng trọt)", "TCVN 11892-1:2017 (VietGAP, crops)"),
		Facts: []Fact{
			{Name: words("Hộ, đơn vị sản xuất", "Grower"), Value: s.Grower.Name, Must: true},
			{Name: words("Địa chỉ", "Address"), Value: s.Grower.Address, Must: true},
			{Name: words("Điện thoại", "Telephone"), Value: plain(s.Grower.Phone)},
			{Name: words("Thửa, vườn", "Plot"), Value: s.Plot.words(), Must: true},
			{Name: words("Mã địa điểm", "Location code"), Value: plain(s.Plot.Code)},
			{Name: words("Mã số vùng trồng", "Planting-area code"), Value: plain(s.AreaCode)},
			{Name: words("Diện tích (ha)", "Area (ha)"), Value: plain(s.Area), Must: true},
			{Name: words("Cây trồng", "Crop"), Value: s.Crop, Must: true},
			{Name: words("Giống", "Variety"), Value: s.Variety, Must: true},
			{Name: words("Ngày trồng, năm trồng", "Planted"), Value: plain(s.Planted), Must: true},
		},
		Tables: []Table{
			s.treatments(words("Thuốc bảo vệ thực vật", "Plant protection"), Protection), s.inputs(words("Phân bón và chất bổ sung", "Fertilisers and additives"), Fertiliser, OtherInput),
			s.inputs(words("Nước tưới", "Irrigation"), Irrigation), s.work(), s.harvests(), certificates(s.Certified),
		},
	}
	for _, herd := range []Table{s.inputs(words("Thức ăn", "Feed"), Feed), s.treatments(words("Thuốc thú y, thủy sản", "Veterinary medicine"), Medicine)} {
		if len(herd.Rows) > 0 { // a crop has none
			d.Tables = append(d.Tables, herd)
		}
	}
	return d
}

func (s *Season) treatments(name trace.Text, kind Kind) Table {
	t := Table{
		Name: name,
		Columns: []Column{
			{Name: words("Ngày", "Day"), Weight: 3}, {Name: words("Thuốc", "Product"), Weight: 4},
			{Name: words("Hoạt chất", "Active ingredient"), Weight: 4}, {Name: words("Liều lượng", "Dose"), Weight: 3},
			{Name: words("Trừ", "Against"), Weight: 4}, {Name: words("Cách ly (ngày)", "Interval (days)"), Weight: 2, Number: true},
			{Name: words("Thu được từ", "Safe from"), Weight: 3}, {Name: words("Người làm", "By"), Weight: 4},
		},
	}
	for _, in := range s.Inputs {
		if in.Kind != kind {
			continue
		}
		days, safe := "", ""
		if in.Interval != nil {
			days = strconv.Itoa(*in.Interval)
			if from, err := trace.SafeFrom(in.Time, in.Zone, *in.Interval); err == nil {
				safe = day(from, in.Zone)
			}
		}
		t.Rows = append(t.Rows, []Cell{
			{Text: plain(day(in.Time, in.Zone)), Must: true}, {Text: plain(in.Product), Must: true}, {Text: plain(in.Active), Must: true},
			{Text: plain(in.Dose), Must: true}, {Text: in.Purpose, Must: true}, {Text: plain(days), Must: true}, {Text: plain(safe)}, {Text: in.By, Must: true},
		})
	}
	return t
}

func (s *Season) inputs(name trace.Text, kinds ...Kind) Table {
	t := Table{
		Name: name,
		Columns: []Column{
			{Name: words("Ngày", "Day"), Weight: 3}, {Name: words("Đã dùng", "What"), Weight: 5},
			{Name: words("Lượng", "Amount"), Weight: 3}, {Name: words("Để làm gì", "For"), Weight: 5}, {Name: words("Người làm", "By"), Weight: 4},
		},
	}
	for _, in := range s.Inputs {
		for _, k := range kinds {
			if in.Kind == k {
				t.Rows = append(t.Rows, []Cell{
					{Text: plain(day(in.Time, in.Zone)), Must: true}, {Text: plain(in.Product), Must: true},
					{Text: plain(in.Dose), Must: true}, {Text: in.Purpose}, {Text: in.By, Must: true},
				})
			}
		}
	}
	return t
}

func (s *Season) work() Table {
	t := Table{
		Name: words("Việc khác", "Other work"),
		Columns: []Column{
			{Name: words("Ngày", "Day"), Weight: 3}, {Name: words("Việc", "What"), Weight: 5},
			{Name: words("Ghi chú", "Note"), Weight: 8}, {Name: words("Người làm", "By"), Weight: 4},
		},
	}
	for _, w := range s.Work {
		t.Rows = append(t.Rows, []Cell{{Text: plain(day(w.Time, w.Zone))}, {Text: w.What}, {Text: w.Note}, {Text: w.By}})
	}
	return t
}

func (s *Season) harvests() Table {
	t := Table{
		Name: words("Thu hoạch", "Harvests"), Must: true,
		Columns: []Column{
			{Name: words("Ngày", "Day"), Weight: 3}, {Name: words("Số lô", "Lot"), Weight: 5},
			{Name: words("Lượng", "Quantity"), Weight: 3, Number: true}, {Name: words("Đơn vị", "Unit"), Weight: 2},
			{Name: words("Giao cho", "Went to"), Weight: 5}, {Name: words("Cách ly", "Interval"), Weight: 4},
		},
	}
	for _, h := range s.Picked {
		kept := words("đủ ngày cách ly", "interval kept")
		if h.Early {
			kept = words("CHƯA đủ ngày cách ly", "WITHIN the interval")
		}
		t.Rows = append(t.Rows, []Cell{
			{Text: plain(day(h.Time, h.Zone)), Must: true}, {Text: plain(h.Lot), Must: true}, {Text: plain(h.Amount.number()), Must: true},
			{Text: plain(h.Amount.unit())}, {Text: h.To}, {Text: kept},
		})
	}
	return t
}
