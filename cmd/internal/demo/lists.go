package demo

import (
	"context"
	_ "embed" // protectionTable
	"encoding/json"
	"fmt"

	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/protection"
)

// Codes of communes. They are made up, so that nobody takes the sample for the
// official list.
const (
	communeLucNgan  = "MAU-24-01"
	communeKienLao  = "MAU-24-02"
	communeBienDong = "MAU-24-03"
	communeNamDuong = "MAU-24-04"
	communeBacGiang = "MAU-24-05"
	communeBacNinh  = "MAU-24-06"
	communeTanSon   = "MAU-24-07"
	communeBenTre   = "MAU-86-01"
	communeMoCay    = "MAU-86-02"
	communeVinhLong = "MAU-86-03"
)

var (
	bacNinh  = text("tỉnh Bắc Ninh", "Bắc Ninh province")
	vinhLong = text("tỉnh Vĩnh Long", "Vĩnh Long province")
)

// communes are today's, with what they were before mid-2025, as far as the sample
// needs them.
var communes = []trace.ListEntry{
	commune(communeLucNgan, text("xã Lục Ngạn", "Lục Ngạn commune"), bacNinh, was("MAU-CU-01", "xã Tân Lập, huyện Lục Ngạn, tỉnh Bắc Giang", "xã Nghĩa Hồ, huyện Lục Ngạn, tỉnh Bắc Giang"), at("21.371", "106.577")),
	commune(communeKienLao, text("xã Kiên Lao", "Kiên Lao commune"), bacNinh, was("MAU-CU-02", "xã Kiên Lao, huyện Lục Ngạn, tỉnh Bắc Giang"), at("21.437", "106.512")),
	commune(communeBienDong, text("xã Biển Động", "Biển Động commune"), bacNinh, was("MAU-CU-03", "xã Biển Động, huyện Lục Ngạn, tỉnh Bắc Giang"), at("21.339", "106.746")),
	commune(communeNamDuong, text("xã Nam Dương", "Nam Dương commune"), bacNinh, was("MAU-CU-04", "xã Nam Dương, thị xã Chũ, tỉnh Bắc Giang"), at("21.311", "106.561")),
	commune(communeBacGiang, text("phường Bắc Giang", "Bắc Giang ward"), bacNinh, was("MAU-CU-05", "thành phố Bắc Giang, tỉnh Bắc Giang"), at("21.281", "106.197")),
	commune(communeBacNinh, text("phường Kinh Bắc", "Kinh Bắc ward"), bacNinh, was("MAU-CU-06", "thành phố Bắc Ninh, tỉnh Bắc Ninh"), at("21.186", "106.070")),
	commune(communeTanSon, text("xã Tân Sơn", "Tân Sơn commune"), bacNinh, was("MAU-CU-07", "xã Tân Sơn, huyện Lục Ngạn, tỉnh Bắc Giang"), at("21.480", "106.770")),
	commune(communeBenTre, text("phường Bến Tre", "Bến Tre ward"), vinhLong, was("MAU-CU-08", "thành phố Bến Tre, tỉnh Bến Tre"), at("10.241", "106.376")),
	commune(communeMoCay, text("xã Mỏ Cày", "Mỏ Cày commune"), vinhLong, was("MAU-CU-09", "thị trấn Mỏ Cày, huyện Mỏ Cày Nam, tỉnh Bến Tre"), at("10.134", "106.333")),
	commune(communeVinhLong, text("phường Long Châu", "Long Châu ward"), vinhLong, was("MAU-CU-10", "thành phố Vĩnh Long, tỉnh Vĩnh Long"), at("10.254", "105.972")),
}

func commune(code string, name, province trace.Text, from []trace.ListEntry, at *trace.Position) trace.ListEntry {
	return trace.ListEntry{Code: code, Name: name, Province: province, From: from, At: at}
}

// was lists the units that a commune was made of.
func was(code string, names ...string) []trace.ListEntry {
	var list []trace.ListEntry
	for i, n := range names {
		list = append(list, trace.ListEntry{Code: fmt.Sprintf("%s-%d", code, i+1), Name: trace.Text{VI: n}})
	}
	return list
}

func at(lat, lon string) *trace.Position { return &trace.Position{Lat: lat, Lon: lon} }

func communeOf(code string) trace.ListEntry {
	for _, c := range communes {
		if c.Code == code {
			return c
		}
	}
	return trace.ListEntry{Code: code, Name: text(code, code)}
}

var lists = []struct {
	name string
	list trace.ReferenceList
}{
	{trace.ListUnits, trace.ReferenceList{Title: text("Đơn vị hành chính (mẫu)", "Administrative units (sample)"), Sample: true, Entries: communes}},
	{trace.ListCrops, trace.ReferenceList{Title: text("Cây trồng (mẫu)", "Crops (sample)"), Sample: true, Entries: []trace.ListEntry{
		{Code: "litchi-chinensis", Name: text("Vải thiều", "Lychee")},
		{Code: "cocos-nucifera", Name: text("Dừa", "Coconut")},
		{Code: "citrus-maxima", Name: text("Bưởi da xanh", "Green-skinned pomelo")},
	}}},
	{trace.ListMeasures, trace.ReferenceList{Title: text("Đơn vị đo", "Units of measure"), Entries: []trace.ListEntry{
		{Code: "KGM", Name: text("kg", "kg")},
		{Code: "TNE", Name: text("tấn", "tonnes")},
		{Code: "LTR", Name: text("lít", "litres")},
		{Code: "HAR", Name: text("ha", "ha")},
		{Code: "H87", Name: text("cái", "pieces")},
	}}},
}

// publishLists stores the reference lists and has the operator publish them. The
// administrative units have two versions: those before the merger and today's.
func (p *province) publishLists(ctx context.Context) error {
	former := trace.ReferenceList{Title: text("Đơn vị hành chính trước tháng 7/2025 (mẫu)", "Administrative units before July 2025 (sample)"), Sample: true}
	for _, c := range communes {
		former.Entries = append(former.Entries, c.From...)
	}
	if err := p.publishList(ctx, trace.ListUnits, 1, former); err != nil {
		return err
	}
	for _, l := range lists {
		version := 1
		if l.name == trace.ListUnits {
			version = 2
		}
		if err := p.publishList(ctx, l.name, version, l.list); err != nil {
			return err
		}
	}
	rows, err := protection.Parse(protectionTable)
	if err != nil {
		return err
	}
	return p.publishList(ctx, protection.List, 1, protection.Table{
		Title: text("Thuốc bảo vệ thực vật (mẫu)", "Plant-protection products (sample)"), Sample: true, Rows: rows,
	})
}

// protectionTable is what the logbook of the sample knows of plant protection: the
// names are made up.
//
//go:embed protection.csv
var protectionTable []byte

// publishList stores a list, which is a trace.ReferenceList or one with more about
// each entry, and puts it in force.
func (p *province) publishList(ctx context.Context, name string, version int, list any) error {
	b, err := json.Marshal(list)
	if err != nil {
		return err
	}
	cid, err := p.put(ctx, b, false)
	if err != nil {
		return err
	}
	return p.direct(ctx, p.Operator, trace.ActionList, trace.List{Name: name, Version: version, Payload: cid})
}
