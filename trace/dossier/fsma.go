package dossier

import (
	"strings"

	"github.com/sogoc/sogoc/trace"
)

// Tracking fills in the key data elements of a lot for the critical tracking events
// of 21 CFR 1.1325 to 1.1350, a table each and a row a lot.
func (l *Lot) Tracking() *Dossier {
	d := &Dossier{
		Form: FSMA, About: l.Code,
		Title: words("Bảng truy xuất FSMA 204", "FSMA 204 traceability spreadsheet"),
		Basis: words("Hoa Kỳ, 21 CFR phần 1, mục S", "United States, 21 CFR part 1, subpart S"),
		Facts: []Fact{
			{Name: words("Mã lô truy xuất", "Traceability lot code"), Value: plain(l.Code), Must: true},
			{Name: words("Mô tả sản phẩm", "Product description"), Value: l.Name, Must: true},
			{Name: words("Nguồn của mã lô", "Traceability lot code source"), Value: l.Producer.words(), Must: true},
			{Name: words("Trang truy xuất", "Page"), Value: plain(l.Trace)},
		},
	}
	for _, cte := range trackingEvents {
		t := Table{Name: cte.name}
		for _, k := range cte.elements {
			t.Columns = append(t.Columns, Column{Name: k.name, Weight: k.weight, Number: k.number})
		}
		for i := range l.Stages {
			s := &l.Stages[i]
			if !cte.is(s) {
				continue
			}
			for _, a := range cte.of(s) {
				var row []Cell
				for _, k := range cte.elements {
					row = append(row, Cell{Text: k.value(l, s, a), Must: k.must})
				}
				t.Rows = append(t.Rows, row)
			}
		}
		if len(t.Rows) > 0 {
			d.Tables = append(d.Tables, t)
		}
	}
	return d
}

// trackingEvent is a critical tracking event: which stages are one, what of a stage
// has a row, and what its key data elements are.
type trackingEvent struct {
	name     trace.Text
	is       func(*Stage) bool
	of       func(*Stage) []Amount
	elements []element
}

// element is a key data element.
type element struct {
	name   trace.Text
	weight int
	number bool
	must   bool
	value  func(*Lot, *Stage, Amount) trace.Text
}

func step(names ...string) func(*Stage) bool {
	return func(s *Stage) bool {
		for _, n := range names {
			if s.Step == n {
				return true
			}
		}
		return false
	}
}

func transforms(s *Stage) bool {
	return len(s.Made) > 0 && len(s.Objects) > 0 && s.Step != trace.StepHarvesting
}

func objects(s *Stage) []Amount { return s.Objects }

func made(s *Stage) []Amount { return s.Made }

// Elements that several events have.
var (
	lotCode  = element{words("Mã lô truy xuất", "Traceability lot code"), 6, false, true, func(_ *Lot, _ *Stage, a Amount) trace.Text { return plain(a.ID.String()) }}
	product  = element{words("Mô tả sản phẩm", "Product description"), 5, false, true, func(_ *Lot, _ *Stage, a Amount) trace.Text { return a.Name }}
	quantity = element{words("Số lượng", "Quantity"), 2, true, true, func(_ *Lot, _ *Stage, a Amount) trace.Text { return plain(a.number()) }}
	unit     = element{words("Đơn vị", "Unit of measure"), 2, false, false, func(_ *Lot, _ *Stage, a Amount) trace.Text { return plain(a.unit()) }}
	papers   = element{words("Loại và số chứng từ", "Reference document type and number"), 4, false, true, func(_ *Lot, s *Stage, _ Amount) trace.Text {
		return plain(strings.Join(append([]string{s.Event}, s.Papers...), "; "))
	}}
	here = func(vi, en string) element {
		return element{words(vi, en), 6, false, true, func(_ *Lot, s *Stage, _ Amount) trace.Text { return location(s.Place, &s.By) }}
	}
	on = func(vi, en string) element {
		return element{words(vi, en), 3, false, true, func(_ *Lot, s *Stage, _ Amount) trace.Text { return plain(s.day()) }}
	}
	recipient = func(must bool) element {
		return element{words("Nơi nhận kế tiếp", "Immediate subsequent recipient"), 6, false, must, func(_ *Lot, s *Stage, _ Amount) trace.Text { return party(s.To) }}
	}
	source = element{words("Nguồn của mã lô", "Traceability lot code source"), 6, false, true, func(l *Lot, _ *Stage, _ Amount) trace.Text { return l.Producer.words() }}
)

// trackingEvents are in the order in which food meets them.
var trackingEvents = []trackingEvent{
	{
		words("Thu hoạch", "Harvesting"), step(trace.StepHarvesting), made,
		[]element{
			lotCode, product, quantity, unit, here("Nơi thu hoạch (trang trại)", "Where harvested (farm)"),
			{words("Tên thửa, vườn", "Field or growing area"), 4, false, true, func(_ *Lot, s *Stage, _ Amount) trace.Text { return s.Place.words() }},
			on("Ngày thu hoạch", "Date of harvesting"), recipient(false), papers,
		},
	},
	{
		words("Đóng gói, chế biến", "Initial packing and transformation"), transforms, made,
		[]element{
			{words("Mã lô đã dùng", "Traceability lot codes used"), 8, false, true, func(_ *Lot, s *Stage, _ Amount) trace.Text {
				var used []string
				for _, in := range s.Objects {
					used = append(used, strings.TrimSpace(in.ID.String()+" ("+in.number()+" "+in.unit())+")")
				}
				return plain(strings.Join(used, "; "))
			}},
			lotCode, product, quantity, unit, here("Nơi thực hiện", "Where transformed"), on("Ngày hoàn thành", "Date completed"), source, papers,
		},
	},
	{
		words("Gửi hàng", "Shipping"), step(trace.StepShipping), objects,
		[]element{lotCode, product, quantity, unit, here("Nơi gửi", "Shipped from"), recipient(true), on("Ngày gửi", "Date shipped"), source, papers},
	},
	{
		words("Nhận hàng", "Receiving"), step(trace.StepReceiving), objects,
		[]element{
			lotCode, product, quantity, unit,
			{words("Nơi gửi trước đó", "Immediate previous source"), 6, false, true, func(_ *Lot, s *Stage, _ Amount) trace.Text { return party(s.From) }},
			here("Nơi nhận", "Where received"), on("Ngày nhận", "Date received"), source, papers,
		},
	},
}

// location is a location description: name, address, and who is reached there.
func location(p Place, by *Party) trace.Text {
	at := p.words()
	if p.Code != "" {
		at = trace.Text{VI: strings.TrimPrefix(at.VI+", "+p.Code, ", "), EN: strings.TrimPrefix(at.In("en")+", "+p.Code, ", ")}
	}
	who := by.words()
	switch {
	case at.IsZero():
		return who
	case who.IsZero():
		return at
	}
	return trace.Text{VI: at.VI + "; " + who.VI, EN: at.In("en") + "; " + who.In("en")}
}

func party(p *Party) trace.Text {
	if p == nil {
		return trace.Text{}
	}
	return p.words()
}
