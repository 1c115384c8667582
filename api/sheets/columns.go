package sheets

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/batch"
	"github.com/sogoc/sogoc/trace/land"
)

// lotUnits are what lots of a product are counted in, in words; the code stands at the
// same place of lotCodes.
var (
	lotUnits = []trace.Text{{VI: "kg", EN: "kg"}, {VI: "tấn", EN: "tonnes"}, {VI: "lít", EN: "litres"}, {VI: "cái", EN: "pieces"}, {VI: "m2", EN: "m2"}}
	lotCodes = []trace.Unit{"KGM", "TNE", "LTR", "", "MTK"}

	goods = []trace.Text{{VI: "hàng hóa", EN: "goods"}, {VI: "cây trồng", EN: "crop"}}
)

var productColumns = []Column{
	codeColumn, oldColumn, nameColumn,
	text(Column{Key: "name_en", Heading: trace.Text{VI: "Tên tiếng Anh", EN: "English name"}, Example: "King orange, grade 1"}, maxName, func(t *thing) *string { return &t.Said.Name.EN }),
	{
		Key: "kind", Heading: trace.Text{VI: "Loại", EN: "Kind"}, Example: "hàng hóa", Choices: goods,
		Help: trace.Text{VI: "Hàng hóa để bán, hay cây trồng đang đứng trong vườn. Để trống là hàng hóa.", EN: "Goods that are sold, or a crop that stands in the field. Empty is goods."},
		get: func(_ *book, t *thing) string {
			if t.Product.Perennial {
				return goods[1].VI
			}
			return goods[0].VI
		},
		set: func(_ *book, t *thing, cell string) error {
			i := chosen(cell, goods)
			switch {
			case i < 0:
				return wrong("choice")
			case !t.New && t.Product.Perennial != (i == 1):
				return wrong("fixed")
			}
			t.Product.Perennial = i == 1
			return nil
		},
	},
	{
		Key: "unit", Heading: trace.Text{VI: "Tính bằng", EN: "Counted in"}, Must: true, Example: "kg", Choices: lotUnits,
		Help: trace.Text{VI: "Lô hàng tính bằng gì. Đã ghi rồi thì không đổi được.", EN: "What lots are counted in. It stays once it is recorded."},
		get: func(_ *book, t *thing) string {
			if i := slices.Index(lotCodes, t.Product.Unit); i >= 0 {
				return lotUnits[i].VI
			}
			return string(t.Product.Unit)
		},
		set: func(_ *book, t *thing, cell string) error {
			i := chosen(cell, lotUnits)
			switch {
			case i < 0:
				return wrong("choice")
			case !t.New && lotCodes[i] != t.Product.Unit:
				return wrong("fixed")
			}
			t.Product.Unit = lotCodes[i]
			return nil
		},
	},
	text(Column{
		Key: "one", Heading: trace.Text{VI: "Quy cách", EN: "Pack"}, Example: "thùng 10 kg",
		Help: trace.Text{VI: "Một đơn vị bán ra là gì: hộp, thùng, bao.", EN: "What one of it is: a box, a crate, a bag."},
	}, maxName, func(t *thing) *string { return &t.Said.Unit.VI }),
	text(Column{Key: "brand", Heading: trace.Text{VI: "Nhãn hiệu", EN: "Brand"}, Example: "Cam Xoài Bưởi"}, maxName, func(t *thing) *string { return &t.Said.Brand }),
	{
		Key: "shelf_life", Heading: trace.Text{VI: "Hạn dùng (ngày)", EN: "Shelf life (days)"}, Example: "14",
		get: func(_ *book, t *thing) string {
			if t.Said.ShelfLife == 0 {
				return ""
			}
			return strconv.Itoa(t.Said.ShelfLife)
		},
		set: func(_ *book, t *thing, cell string) error {
			days, err := strconv.Atoi(cell)
			if err != nil || days < 1 || days > maxShelf {
				return wrong("days")
			}
			t.Said.ShelfLife = days
			return nil
		},
		clear: func(t *thing) { t.Said.ShelfLife = 0 },
	},
	{
		Key: "standards", Heading: trace.Text{VI: "Tiêu chuẩn", EN: "Standards"}, Example: "VietGAP; OCOP 4 sao",
		Help: trace.Text{VI: "Nhiều tiêu chuẩn thì cách nhau bằng dấu chấm phẩy.", EN: "Several with semicolons between them."},
		get:  func(_ *book, t *thing) string { return strings.Join(t.Said.Standards, "; ") },
		set: func(_ *book, t *thing, cell string) error {
			list := oldCodes(cell)
			if len(list) > maxOld {
				return wrong("many")
			}
			if slices.ContainsFunc(list, func(s string) bool { return utf8.RuneCountInString(s) > maxName }) {
				return wrong("long")
			}
			t.Said.Standards = list
			return nil
		},
		clear: func(t *thing) { t.Said.Standards = nil },
	},
	percent(Column{
		Key: "tolerance", Heading: trace.Text{VI: "Được lệch (%)", EN: "Tolerance (%)"}, Example: "2",
		Help: trace.Text{VI: "Cân lệch chừng này thì không sao. Để trống là 2.", EN: "So much may be over without a word. Empty is 2."},
	}, func(t *thing) *trace.Ratio { return &t.Product.Tolerance }),
	percent(Column{
		Key: "cap", Heading: trace.Text{VI: "Lệch tối đa (%)", EN: "Most over (%)"}, Example: "10",
		Help: trace.Text{VI: "Lệch hơn mức này thì sổ không nhận. Để trống là 10.", EN: "Beyond this it is refused. Empty is 10."},
	}, func(t *thing) *trace.Ratio { return &t.Product.HardCap }),
	text(Column{Key: "about", Heading: trace.Text{VI: "Giới thiệu", EN: "About"}, Example: "Trái chín cây, hái trong ngày."}, maxAbout, func(t *thing) *string { return &t.Said.Description.VI }),
}

// placeKinds are kinds of places in words, in the order of trace.PlaceKinds.
var placeKinds = []trace.Text{
	{VI: "thửa đất", EN: "plot"}, {VI: "nhà đóng gói", EN: "packing house"}, {VI: "xưởng", EN: "workshop"}, {VI: "kho", EN: "warehouse"},
	{VI: "cửa hàng", EN: "shop"}, {VI: "cảng", EN: "port"}, {VI: "văn phòng", EN: "office"},
}

var plotColumns = []Column{
	codeColumn, oldColumn,
	func() Column { c := nameColumn; c.Example = "Vườn ông Tư, bờ kênh 2"; return c }(),
	{
		Key: "kind", Heading: trace.Text{VI: "Loại", EN: "Kind"}, Example: "thửa đất", Choices: placeKinds,
		Help: trace.Text{VI: "Để trống là thửa đất.", EN: "Empty is a plot."},
		get:  func(_ *book, t *thing) string { return placeKinds[slices.Index(trace.PlaceKinds, t.Place.Kind)].VI },
		set: func(_ *book, t *thing, cell string) error {
			i := chosen(cell, placeKinds)
			switch {
			case i < 0:
				return wrong("choice")
			case !t.New && trace.PlaceKinds[i] != t.Place.Kind:
				return wrong("fixed")
			}
			t.Place.Kind = trace.PlaceKinds[i]
			return nil
		},
	},
	{
		Key: "commune", Heading: trace.Text{VI: "Xã, phường", EN: "Commune"}, Must: true, Example: "xã Cái Bè, Đồng Tháp",
		Help: trace.Text{VI: "Mã xã, hoặc tên xã; trùng tên thì ghi thêm tỉnh. Tên trước khi sáp nhập cũng được.", EN: "The commune's code, or its name; with the province where several are called so. A name from before the merger is taken, too."},
		get:  func(b *book, t *thing) string { return b.communes.text(t.Place.Commune) },
		set: func(b *book, t *thing, cell string) error {
			code, err := b.communes.find(cell)
			if err == nil {
				t.Place.Commune, t.Said.Commune = code, code
			}
			return err
		},
	},
	{
		Key: "area", Heading: trace.Text{VI: "Diện tích (ha)", EN: "Area (ha)"}, Example: "0,65",
		Help: trace.Text{VI: "Số không thì hiểu là ha; đơn vị khác thì ghi sau số: 6500 m2, 6,5 công, 18 sào. Thửa đã vẽ thì tính theo bản vẽ.", EN: "A bare number is hectares; another unit stands behind it: 6500 m2, 6.5 cong, 18 sao. A plot that is drawn has its area from the drawing."},
		get:  func(_ *book, t *thing) string { return areaText(t.Said.Area) },
		set: func(b *book, t *thing, cell string) error {
			area, err := readArea(cell, land.RegionOf(b.communes.byCode[t.Place.Commune].Province.VI))
			switch {
			case err != nil && code(err) == "sao" && t.Place.Commune == "":
				return nil // that the commune is wrong is said already
			case err != nil:
				return err
			case land.FromHectares(area) == land.FromHectares(t.Said.Area):
				return nil
			case len(t.Said.Outline) > 0:
				return wrong("drawn")
			}
			t.Said.Area = area
			return nil
		},
		clear: func(t *thing) {
			if len(t.Said.Outline) == 0 {
				t.Said.Area = ""
			}
		},
	},
	text(Column{
		Key: "assigned", Heading: trace.Text{VI: "Mã số vùng trồng", EN: "Planting-area code"}, Example: "VN-DTOR-0123",
		Help: trace.Text{VI: "Mã số vùng trồng hoặc cơ sở đóng gói, đúng như cơ quan cấp.", EN: "As its agency wrote it."},
	}, maxShort, func(t *thing) *string { return &t.Said.Assigned }),
	{
		Key: "corners", Heading: trace.Text{VI: "Tọa độ", EN: "Coordinates"}, Example: "10.338120, 106.032450",
		Help: trace.Text{VI: "Một điểm, hoặc các góc của thửa theo thứ tự, cách nhau bằng dấu chấm phẩy: vĩ độ, kinh độ; vĩ độ, kinh độ; …", EN: "One point, or the plot's corners in their order with semicolons between them: latitude, longitude; latitude, longitude; …"},
		get: func(_ *book, t *thing) string {
			if len(t.Said.Outline) == 0 && t.Said.Point != nil {
				return t.Said.Point.Lat + ", " + t.Said.Point.Lon
			}
			corners := make([]string, len(t.Said.Outline))
			for i, p := range t.Said.Outline {
				corners[i] = p.Lat + ", " + p.Lon
			}
			return strings.Join(corners, "; ")
		},
		set: func(_ *book, t *thing, cell string) error { return setCorners(t, cell) },
	},
}

// setCorners takes a point, or an outline and what follows from it.
func setCorners(t *thing, cell string) error {
	ring, err := land.ParseCorners(cell)
	if err != nil {
		return wrong("corner")
	}
	if len(ring) == 1 {
		if len(t.Said.Outline) > 0 {
			return wrong("drawn")
		}
		at := ring[0].Position()
		t.Said.Point = &at
		return nil
	}
	if err := ring.Check(); err != nil {
		var f *land.Fault
		if errors.As(err, &f) {
			return wrong("outline." + f.Kind)
		}
		return wrong("corner")
	}
	at := ring.Middle().Position()
	t.Said.Outline, t.Said.Point, t.Said.Area = ring.Positions(), &at, land.Hectares(ring.Area())
	return nil
}

// areaText writes hectares so that readArea takes them for no thousands.
func areaText(area string) string {
	q, err := batch.ParseAmount(strings.TrimSuffix(strings.Replace(area, ".", ",", 1)+"0", "00"), "")
	if area == "" || err != nil {
		return area
	}
	return batch.AmountText(q, mark)
}

// communes are the administrative units of the register, by code and by name.
type communes struct {
	byCode map[string]trace.ListEntry
	byName map[string][]string // plain names, with and without kind and province: codes
}

func newCommunes(list []trace.ListEntry) *communes {
	c := &communes{map[string]trace.ListEntry{}, map[string][]string{}}
	for _, unit := range list {
		c.byCode[unit.Code] = unit
		c.name(unit, unit.Name, unit.Province)
		for _, was := range unit.From {
			c.name(unit, was.Name, was.Province)
			c.name(unit, was.Name, unit.Province)
			if _, now := c.byCode[was.Code]; !now {
				c.name(unit, trace.Text{VI: was.Code}, trace.Text{})
			}
		}
	}
	return c
}

var (
	unitKinds     = []string{"xa ", "phuong ", "thi tran ", "dac khu "}
	provinceKinds = []string{"tinh ", "thanh pho ", "tp "}
)

// bare is a plain name without the word for what it is.
func bare(name string, kinds []string) string {
	for _, k := range kinds {
		if rest, ok := strings.CutPrefix(name, k); ok {
			return rest
		}
	}
	return name
}

func (c *communes) name(unit trace.ListEntry, name, province trace.Text) {
	full := trace.Plain(name.VI)
	for _, n := range []string{full, bare(full, unitKinds)} {
		keys := []string{n}
		if province.VI != "" {
			keys = append(keys, n+", "+bare(trace.Plain(province.VI), provinceKinds))
		}
		for _, key := range keys {
			if !slices.Contains(c.byName[key], unit.Code) {
				c.byName[key] = append(c.byName[key], unit.Code)
			}
		}
	}
}

// find is the code of a unit that a cell names.
func (c *communes) find(cell string) (string, error) {
	digits := cell[:len(cell)-len(strings.TrimLeft(cell, "0123456789"))]
	if len(digits) == 4 {
		digits = "0" + digits // a spreadsheet took it for a number
	}
	if _, ok := c.byCode[digits]; ok || len(c.byCode) == 0 && digits != "" {
		return digits, nil
	}
	key := trace.Plain(cell)
	if name, province, ok := strings.Cut(key, ","); ok {
		key = strings.TrimSpace(name) + ", " + bare(strings.TrimSpace(province), provinceKinds)
	}
	switch codes := c.byName[key]; len(codes) {
	case 0:
		return "", wrong("commune")
	case 1:
		return codes[0], nil
	}
	return "", wrong("communes")
}

func (c *communes) text(code string) string {
	unit, ok := c.byCode[code]
	if !ok {
		return code
	}
	return code + " · " + unit.Name.VI + ", " + unit.Province.VI
}
