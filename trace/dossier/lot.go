package dossier

import (
	"strings"

	"github.com/sogoc/sogoc/trace"
)

// Circular fills in the ten items of Circular 02/2024/TT-BKHCN.
func (l *Lot) Circular() *Dossier {
	d := &Dossier{
		Form: Circular, About: l.Code,
		Title: words("Thông tin truy xuất nguồn gốc", "Traceability information"),
		Basis: words("Thông tư 02/2024/TT-BKHCN", "Circular 02/2024/TT-BKHCN"),
		Facts: []Fact{
			{Name: words("1. Tên sản phẩm", "1. Product name"), Value: l.Name, Must: true},
			{Name: words("2. Hình ảnh", "2. Picture"), Value: l.picture(), Must: true},
			{Name: words("3. Đơn vị sản xuất", "3. Producer"), Value: l.Producer.Name, Must: true},
			{Name: words("4. Địa chỉ sản xuất", "4. Producer's address"), Value: l.Producer.Address, Must: true},
			{Name: words("6. Thời gian sản xuất, kinh doanh", "6. Time of production or trading"), Value: plain(first(l.Made, l.Packed, l.Harvest)), Must: true},
			{Name: words("7. Mã truy xuất", "7. Traceability code"), Value: plain(l.Code), Must: true},
			{Name: words("8. Thương hiệu, nhãn hiệu, số lô, số sê-ri", "8. Brand, lot, serial"), Value: plain(joined(l.Brand, l.Batch, l.Serial))},
			{Name: words("9. Hạn sử dụng (nếu có)", "9. Expiry, if any"), Value: plain(l.Expires)},
			{Name: words("10. Tiêu chuẩn áp dụng", "10. Standards applied"), Value: l.standards(), Must: true},
			{Name: words("Trang truy xuất", "Page"), Value: plain(l.Trace)},
		},
		Tables: []Table{l.stages(), certificates(l.Certified)},
	}
	return d
}

// stages is item 5: each stage with product code, location code and time.
func (l *Lot) stages() Table {
	t := Table{
		Name: words("5. Các công đoạn", "5. Stages"), Must: true,
		Columns: []Column{
			{Name: words("Thời gian", "Time"), Weight: 4}, {Name: words("Công đoạn", "Stage"), Weight: 4},
			{Name: words("Mã sản phẩm", "Product code"), Weight: 5}, {Name: words("Mã địa điểm", "Location code"), Weight: 5},
			{Name: words("Địa điểm", "Place"), Weight: 5}, {Name: words("Người ghi", "Recorded by"), Weight: 5},
		},
	}
	for i := range l.Stages {
		s := &l.Stages[i]
		t.Rows = append(t.Rows, []Cell{
			{Text: plain(clock(s.Time, s.Zone)), Must: true}, {Text: s.Words, Must: true}, {Text: plain(s.Product), Must: true},
			{Text: plain(s.Place.Code), Must: true}, {Text: s.Place.words()}, {Text: s.By.Name},
		})
	}
	return t
}

// Passport fills in the product passport of Decree 37/2026, article 32.
func (l *Lot) Passport() *Dossier {
	d := &Dossier{
		Form: Passport, About: l.Code,
		Title: words("Hộ chiếu sản phẩm", "Product passport"),
		Basis: words("Nghị định 37/2026/NĐ-CP, Điều 32", "Decree 37/2026/NĐ-CP, article 32"),
		Facts: []Fact{
			{Name: words("Tên sản phẩm", "Product name"), Value: l.Name, Must: true},
			{Name: words("Mã số sản phẩm (GTIN hoặc mã sổ cấp)", "Product code (GTIN, or issued by the register)"), Value: plain(first(l.GTIN, l.Code)), Must: true},
			{Name: words("Số lô, số sê-ri", "Lot, serial"), Value: plain(joined(l.Batch, l.Serial))},
			{Name: words("Đơn vị chịu trách nhiệm", "Responsible organisation"), Value: l.Producer.Name, Must: true},
			{Name: words("Địa chỉ", "Address"), Value: l.Producer.Address, Must: true},
			{Name: words("Mã định danh của đơn vị", "Identifier of the organisation"), Value: plain(l.Producer.Code), Must: true},
			{Name: words("Điện thoại", "Telephone"), Value: plain(l.Producer.Phone)},
			{Name: words("Xuất xứ", "Origin"), Value: l.Origin, Must: true},
			{Name: words("Ngày sản xuất", "Production date"), Value: plain(first(l.Made, l.Packed, l.Harvest)), Must: true},
			{Name: words("Hạn sử dụng", "Expiry"), Value: plain(l.Expires), Must: true},
			{Name: words("Cảnh báo an toàn", "Safety warnings"), Value: l.warnings()},
			{Name: words("Truy xuất tại", "Traceability at"), Value: plain(l.Trace), Must: true},
		},
		Tables: []Table{certificates(l.Certified), l.journey()},
	}
	return d
}

func (l *Lot) journey() Table {
	t := Table{
		Name: words("Hành trình", "Journey"), Must: true,
		Columns: []Column{
			{Name: words("Ngày", "Day"), Weight: 3}, {Name: words("Việc", "What"), Weight: 5},
			{Name: words("Ở đâu", "Where"), Weight: 6}, {Name: words("Ai", "Who"), Weight: 6},
		},
	}
	for i := range l.Stages {
		s := &l.Stages[i]
		t.Rows = append(t.Rows, []Cell{{Text: plain(s.day())}, {Text: s.Words}, {Text: s.Place.words()}, {Text: s.By.Name}})
	}
	return t
}

func (l *Lot) picture() trace.Text {
	if !l.Picture {
		return trace.Text{}
	}
	return words("có, trên trang truy xuất", "yes, on the page")
}

func (l *Lot) standards() trace.Text {
	list := append([]string(nil), l.Standard...)
	for _, c := range l.Certified {
		list = append(list, c.Scheme.VI+" "+c.Number)
	}
	return plain(strings.Join(list, "; "))
}

// warnings says that there are none, which is something else than not knowing.
func (l *Lot) warnings() trace.Text {
	if len(l.Warnings) == 0 {
		return words("Sổ không ghi cảnh báo nào", "The register has no warning")
	}
	var vi, en []string
	for _, w := range l.Warnings {
		vi, en = append(vi, w.VI), append(en, w.In("en"))
	}
	return words(strings.Join(vi, "; "), strings.Join(en, "; "))
}

func joined(some ...string) string {
	var list []string
	for _, s := range some {
		if s != "" {
			list = append(list, s)
		}
	}
	return strings.Join(list, " · ")
}
