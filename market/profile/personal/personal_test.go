package personal

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/trace/gs1"
)

var marks = []struct {
	bit  Marks
	name string
}{
	{markName, "name"}, {markNameIn, "name in"}, {markCompany, "company"}, {markAddress, "address"}, {markEmail, "email"}, {markEmailIn, "email in"},
	{markPhone, "phone"}, {markPhoneIn, "phone in"}, {markCitizen, "citizen"}, {markCitizenCut, "cut"}, {markCitizenIn, "citizen in"},
	{markPersonTax, "person tax"}, {markLat, "lat"}, {markLon, "lon"}, {markPoint, "point"}, {markPlate, "plate"}, {markPassport, "passport"},
}

func TestOneCell(t *testing.T) {
	for cell, want := range map[string]string{
		// People, and what only sounds like them.
		"Nguyễn Văn An": "name", "TRẦN THỊ BÍCH": "name", "nguyen van a": "name", "Le Van Tam": "name", "Ông Phạm Văn Hai": "name",
		"Hộ ông Nguyễn Văn Bảy": "name", "Đặng Lê Nguyên Vũ": "name", "Hồ Xuân Hương": "name", "Cao Văn Lầu": "name", "Hà Thị Sen": "name",
		"Mai Văn Tám": "name", "Nguyễn Thị Kim Ngân Hà": "name", "Bà Lê Thị Tư": "name",
		"Nguyễn": "", "Hồ Chí Minh": "", "Hồ chứa nước": "", "Cao Bằng": "", "Lâm Đồng": "", "Thái Bình": "", "Hà Nội": "", "Mai vàng": "", "Lê ki ma": "",
		"Đỗ xanh": "", "Trường Tiểu học": "company", "Công ty TNHH Nguyễn Văn A": "company", "HTX Nông nghiệp Mỹ Đức": "company", "UBND xã Tân Phú": "company",
		"Xã Cái Bè": "", "Xã Lê Minh Xuân": "", "Cam sành": "", "Cà phê Robusta": "", "An Giang": "", "Châu Thành": "", "Le Havre Seine": "name",
		"Nguyễn Văn An 2": "name in", "hàng về TP Hồ Chí Minh": "", "Cao su": "", "Thanh long ruột đỏ": "",
		"Nguye\u0302\u0303n Va\u0306n An": "name", "giao cho ông Lê Tám ở kho": "name in", "Nguyễn Văn An nhận 20 kg": "name in", "ký nhận: Trần Thị Bích.": "name in",
		"đường Nguyễn Văn Linh, phường 3": "address", "trường THPT Nguyễn Đình Chiểu": "company", "cầu Nguyễn Văn Trỗi hỏng": "", "giao cho ông Tám ở kho": "",
		"45 Nguyễn Văn Cừ, phường 1": "address", "xã Lê Minh Xuân cũ": "",
		// Citizens and what has as many digits.
		"079099012345": "citizen", "001303001234": "citizen", "096183004567": "citizen", "001 303 001 234": "citizen",
		"003099012345": "", "097099012345": "", "079499012345": "", "079299012345": "", "893600028103": "", "202401150001": "", "123456789012": "",
		"79099012345": "cut", "1303001234": "cut", "8936000281036": "", "036000291452": "citizen",
		"CCCD 079099012345 cấp 2021": "citizen in", "số 12 lô 893600028103": "",
		// Phones.
		"0912345678": "phone", "0387 654 321": "phone", "+84 935 111 222": "phone", "84935111222": "phone", "0270.3822.123": "phone", "02703822123": "phone",
		"(024) 3825 1234": "phone", "0112345678": "", "0312345678": "", "9123456789": "", "1900 1234": "", "09123456789": "",
		"gọi 0912.345.678 sau 5 giờ": "phone in", "ĐT: +84912345678": "phone in", "0912345678 / 0387654321": "phone in", "lô 20912345678": "", "L0912345678": "",
		// E-mail.
		"an.nguyen@gmail.com": "email", "info@htx.vn": "", "gửi cho tam@x.vn nhé": "email in", "@an": "", "a@b": "", "5kg @ 10.000": "",
		// Addresses.
		"Số 12 đường Nguyễn Huệ, phường 1": "address", "12/5 Nguyễn Trãi, P. 3, TP. Mỹ Tho": "address", "Ấp 3, xã Tân Phú, huyện Châu Thành": "address",
		"Thôn Đông, xã Nam Cường": "address", "Tổ 5, khu phố 2": "address", "to 5, ap 2, xa Tan Phu": "address",
		"Xã Cái Bè, tỉnh Đồng Tháp": "", "Thôn 5": "", "phường 1, quận 3": "", "giao tại kho số 2": "", "12 thùng cam": "",
		// Positions, plates, tax codes, passports.
		"10.338120": "lat", "106.032450": "lon", "10.33": "", "98.5000": "", "10.338120, 106.032450": "point", "106.032450,10.338120": "point", "10,338120": "lat",
		"63B1-123.45": "plate", "51F-12345": "plate", "29A 12345": "plate", "63B1-12": "", "05F-12345": "", "A1234567": "passport",
		"8000000013": "cut", "0300588569": "",
	} {
		var got []string
		m := Look([]byte(cell))
		for _, k := range marks {
			if m&k.bit != 0 {
				got = append(got, k.name)
			}
		}
		if strings.Join(got, ",") != want {
			t.Errorf("%q looks like %q, want %q", cell, got, want)
		}
	}
}

// column is a field of a table with its cells.
type column struct {
	head  string
	cells []string
}

func judged(columns ...column) []Finding {
	var list []*Watch
	for _, c := range columns {
		w, seen := NewWatch(c.head), map[string]bool{}
		for _, cell := range c.cells {
			w.Count(Look([]byte(cell)), []byte(cell), !seen[cell])
			seen[cell] = true
		}
		list = append(list, w)
	}
	return Judge(list)
}

var random = rand.New(rand.NewPCG(7, 11))

func many(n int, f func(i int) string) (list []string) {
	for i := range n {
		list = append(list, f(i))
	}
	return list
}

func pick(list ...string) string { return list[random.IntN(len(list))] }

func person(int) string {
	return pick("Nguyễn", "Nguyễn", "Trần", "Lê", "Phạm", "Võ", "Bùi", "Hà", "Sơn") + " " + pick("Văn", "Thị", "Minh", "Ngọc") + " " + pick("An", "Bích", "Cường", "Dũng", "Hoa", "Tám")
}

func citizenOf(int) string {
	year := random.IntN(70) + 35
	return fmt.Sprintf("082%d%02d%06d", random.IntN(2)+2*(year/100), year%100, random.IntN(1_000_000))
}

func product(prefix string) func(i int) string {
	return func(i int) string {
		s := fmt.Sprintf("%s%0*d", prefix, 11-len(prefix), i*7+13)
		return s + string(gs1.CheckDigit(s))
	}
}

func enterprise(i int) string {
	for n := 90_000_000 + i*17; ; n++ {
		d := fmt.Appendf(nil, "%09d", n)
		for check := byte('0'); check <= '9'; check++ {
			if taxCode(append(slices.Clone(d), check)) {
				return string(append(d, check))
			}
		}
	}
}

func TestColumns(t *testing.T) {
	mobile := func(int) string { return fmt.Sprintf("09%08d", random.IntN(100_000_000)) }
	number := func(most int) func(int) string {
		return func(int) string { return fmt.Sprint(random.IntN(most)) }
	}
	for _, c := range []struct {
		name  string
		cells column
		want  Kind // none where empty
	}{
		{"names under their heading", column{"Họ và tên", many(50, person)}, Name},
		{"names under a heading that says little", column{"Tên", many(50, person)}, Name},
		{"names under none", column{"field3", many(50, person)}, Name},
		{"names of peoples of the highlands", column{"Chủ hộ", []string{"Y Bih Niê", "H'Hen Niê", "Rơ Châm Hyeo", "Ksor Phước"}}, Name},
		{"names of communes", column{"Tên xã", many(40, func(int) string {
			return pick("Cái Bè", "Tân Phú", "Lê Minh Xuân", "Trần Văn Thời", "Hồ Đắc Kiện")
		})}, ""},
		{"communes under a heading that says little", column{"Tên", many(40, func(i int) string {
			return pick("Cái Bè", "Tân Phú", "Mỹ Đức Tây", "An Hữu", "Hội Cư", "Lê Minh Xuân")
		})}, ""},
		{"streets", column{"Tên đường", []string{"Nguyễn Huệ", "Lê Lợi", "Trần Hưng Đạo", "Hùng Vương"}}, ""},
		{"companies", column{"Tên doanh nghiệp", many(40, func(i int) string { return fmt.Sprintf("Công ty TNHH Cam %d", i) })}, ""},
		{"households among companies", column{"Cơ sở", many(60, func(i int) string {
			if i%2 == 0 {
				return person(i)
			}
			return "Công ty TNHH Xoài"
		})}, Name},
		{"companies that a contact stands for", column{"Khách hàng", []string{"Siêu thị Coop", "Công ty TNHH An", "Cửa hàng Năm", "HTX Mỹ Đức"}}, ""},
		{"whether somebody was called", column{"Liên hệ", many(20, func(int) string { return pick("có", "không") })}, ""},
		{"given names", column{"Chủ hộ", []string{"Tám", "Út", "Năm"}}, Name},
		{"varieties", column{"Giống", []string{"Mai vàng", "Lê ki ma", "Cam sành", "Đỗ đen"}}, ""},
		{"a phone alone among notes", column{"Ghi chú", append(many(300, func(int) string { return "giao tại kho" }), "0912345678")}, Phone},
		{"a number alone among notes", column{"Ghi chú", append(many(300, func(int) string { return "giao tại kho" }), "082099012345")}, Citizen},
		{"a name alone among notes", column{"Ghi chú", append(many(300, func(int) string { return "giao tại kho" }), "Nguyễn Văn An")}, Name},
		{"a name among notes", column{"Ghi chú", []string{"giao tại kho", "Nguyễn Văn An nhận hàng", "đủ"}}, Name},
		{"a few", column{"ten", []string{"Nguyễn Văn An", "Trần Thị Bích"}}, Name},

		{"citizens", column{"Số CCCD", many(50, citizenOf)}, Citizen},
		{"citizens under none", column{"field1", many(50, citizenOf)}, Citizen},
		{"citizens under a heading of codes", column{"Mã sản phẩm", many(200, citizenOf)}, Citizen},
		{"citizens without their zeros", column{"can_cuoc", many(50, func(i int) string { return citizenOf(i)[1:] })}, Citizen},
		{"citizens among notes", column{"Ghi chú", []string{"trả sau", "giấy tờ 082099012345", "đủ", "đủ", "đủ"}}, Citizen},
		{"two citizens", column{"field1", []string{"082099012345", "082199054321"}}, Citizen},
		{"products", column{"Mã sản phẩm", many(200, product("0360002"))}, ""},
		{"products under none", column{"field1", many(200, product("0360002"))}, ""},
		{"products of many companies", column{"gtin", many(200, func(i int) string { return product(fmt.Sprintf("0%02d%04d", random.IntN(90), random.IntN(10000)))(i) })}, ""},
		{"thirteen digits", column{"barcode", many(50, func(i int) string { s := fmt.Sprintf("8936000%05d", i*3); return s + string(gs1.CheckDigit(s)) })}, ""},
		{"lots of a day", column{"Mã lô", many(200, func(i int) string { return fmt.Sprintf("0240115%05d", i) })}, ""},
		{"numbers in a row", column{"field1", many(200, func(i int) string { return fmt.Sprintf("0820990%05d", i) })}, ""},
		{"numbers with a company's beginning", column{"id", many(200, func(i int) string { return fmt.Sprintf("082099%06d", random.IntN(1_000_000)) })}, ""},
		{"any twelve digits", column{"field1", many(500, func(int) string { return fmt.Sprintf("%012d", random.Int64N(1_000_000_000_000)) })}, ""},
		{"lots by the minute", column{"lot", many(200, func(i int) string { return fmt.Sprintf("20250115%02d%02d", i/60, i%60) })}, ""},
		{"identity cards", column{"CMND", many(50, func(int) string { return fmt.Sprintf("31%07d", random.IntN(10_000_000)) })}, OldID},
		{"nine digits", column{"san_luong", many(50, func(int) string { return fmt.Sprintf("31%07d", random.IntN(10_000_000)) })}, ""},
		{"passports", column{"Số hộ chiếu", many(20, func(int) string { return fmt.Sprintf("C%07d", random.IntN(10_000_000)) })}, Passport},

		{"phones", column{"Điện thoại", many(50, mobile)}, Phone},
		{"phones under none", column{"field2", many(50, mobile)}, Phone},
		{"phones as numbers", column{"SDT", many(50, func(i int) string { return mobile(i)[1:] })}, Phone},
		{"some phones", column{"lien_he", many(50, func(i int) string {
			if i%10 == 0 {
				return mobile(i)
			}
			return "-"
		})}, Phone},
		{"a phone among notes", column{"Ghi chú", append(many(300, func(int) string { return "giao tại kho" }), "gọi anh Tám 0912 345 678")}, Phone},
		{"tax codes of companies", column{"field1", many(100, enterprise)}, ""},
		{"any ten digits", column{"field1", many(500, func(int) string { return fmt.Sprintf("%010d", random.Int64N(10_000_000_000)) })}, ""},
		{"order numbers", column{"Mã đơn", many(100, func(i int) string { return fmt.Sprintf("09000%05d", i) })}, ""},
		{"e-mail", column{"email", []string{"an@gmail.com", "b.c@yahoo.com"}}, Email},
		{"mail of offices", column{"email", []string{"info@htx.vn", "contact@cty.com.vn"}}, ""},

		{"addresses", column{"Địa chỉ", many(30, func(i int) string { return fmt.Sprintf("Ấp %d, xã Tân Phú, huyện Châu Thành", i) })}, Address},
		{"addresses of companies", column{"Địa chỉ trụ sở", many(30, func(i int) string { return fmt.Sprintf("%d đường Nguyễn Huệ, phường 1", i) })}, ""},
		{"communes in full", column{"Địa chỉ", many(30, func(i int) string { return "Xã Tân Phú, tỉnh Đồng Tháp" })}, ""},
		{"born", column{"Ngày sinh", []string{"02/01/1975", "15/3/1990"}}, Birth},
		{"born in", column{"nam_sinh", []string{"1975", "1990"}}, Birth},
		{"dates", column{"Ngày thu hoạch", []string{"02/01/1995", "15/3/1990"}}, ""},
		{"bank accounts", column{"Số tài khoản", many(20, number(1_000_000_000))}, Account},
		{"plates", column{"xe", many(20, func(int) string {
			return fmt.Sprintf("63B%d-%03d.%02d", random.IntN(9)+1, random.IntN(1000), random.IntN(100))
		})}, Plate},
		{"plates under their heading", column{"Biển số", many(20, func(int) string { return fmt.Sprintf("63C%05d", random.IntN(100_000)) })}, Plate},
		{"positions", column{"toa_do", many(20, func(int) string {
			return fmt.Sprintf("10.%06d, 106.%06d", random.IntN(1_000_000), random.IntN(1_000_000))
		})}, Location},
		{"rough positions", column{"toa_do", many(20, func(int) string { return fmt.Sprintf("10.%d, 106.%d", random.IntN(100), random.IntN(100)) })}, ""},
		{"weights", column{"Khối lượng (kg)", many(50, func(int) string { return fmt.Sprintf("%d.%04d", 8+random.IntN(15), random.IntN(10000)) })}, ""},
		{"prices", column{"Giá", many(50, func(int) string { return fmt.Sprintf("%d", 900_000_000+random.IntN(99_000_000)) })}, ""},
		{"commune codes", column{"Mã xã", many(50, func(int) string { return fmt.Sprintf("%05d", random.IntN(32000)) })}, ""},
		{"years", column{"Năm", []string{"1975", "1990"}}, ""},
		{"ethnic groups without people", column{"Dân tộc", []string{"Kinh", "Khmer"}}, ""},
	} {
		found := judged(c.cells)
		switch {
		case c.want == "" && len(found) > 0:
			t.Errorf("%s: found %+v", c.name, found)
		case c.want != "" && (len(found) != 1 || found[0].Kind != c.want):
			t.Errorf("%s: found %+v, want %s", c.name, found, c.want)
		case c.want != "":
			f := found[0]
			if f.Field != c.cells.head || f.Confidence < Likely || f.Confidence > 1 || f.Matches == 0 || f.Share > 1 || f.Why.VI == "" || f.Why.EN == "" {
				t.Errorf("%s: found %+v", c.name, f)
			}
		}
	}
}

// TestContext: who else is in the table decides what a position and a belief tell.
func TestContext(t *testing.T) {
	lat := column{"lat", many(20, func(int) string { return fmt.Sprintf("10.%06d", random.IntN(1_000_000)) })}
	lon := column{"lon", many(20, func(int) string { return fmt.Sprintf("106.%06d", random.IntN(1_000_000)) })}
	groups := column{"Dân tộc", []string{"Kinh", "Khmer"}}
	kinds := func(list []Finding) (s string) {
		for _, f := range list {
			s += fmt.Sprintf("%s:%s:%.2f ", f.Field, f.Kind, f.Confidence)
		}
		return strings.TrimSpace(s)
	}
	if got := kinds(judged(lat, lon, groups)); got != "lat:location:0.60 lon:location:0.60" {
		t.Errorf("stations: %s", got)
	}
	if got := kinds(judged(lat, lon, groups, column{"ten", many(20, person)})); !strings.Contains(got, "lat:location:0.90") || !strings.Contains(got, "Dân tộc:sensitive:0.70") {
		t.Errorf("people: %s", got)
	}
	if got := kinds(judged(lat, lon, column{"Mã thửa", []string{"1", "2"}})); got != "lat:location:0.75 lon:location:0.75" {
		t.Errorf("plots: %s", got)
	}
}

// TestHeadings: a table with a column for each person has them in its headings.
func TestHeadings(t *testing.T) {
	kg := []string{"1", "2"}
	found := judged(column{"Ngày", []string{"02/01/2025"}}, column{"Nguyễn Văn An", kg}, column{"Trần Thị Bích", kg}, column{"Lê Tám", nil})
	if len(found) != 3 || found[0].Kind != Name || found[2].Field != "Lê Tám" {
		t.Errorf("found %+v", found)
	}
	if found := judged(column{"x.0912345678", kg}); len(found) != 1 || found[0].Kind != Phone {
		t.Errorf("found %+v", found)
	}
	if found := judged(column{"Lương Cơ Bản", kg}, column{"Hồ Sơ", kg}); len(found) != 0 {
		t.Errorf("found %+v", found)
	}
}

func FuzzLook(f *testing.F) {
	for _, s := range []string{"Nguyễn Văn An", "+84 912 345 678", "a@b.vn", "số 1 đường X, phường 2", "63B1-123.45", "10.338120, 106.032450", "\xff@\xff.vn", "079099012345"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, cell []byte) {
		if m, again := Look(cell), Look(slices.Clone(cell)); m != again {
			t.Fatalf("%q looks like %b and like %b", cell, m, again)
		}
		w := NewWatch(string(cell))
		w.Count(Look(cell), cell, true)
		for _, f := range Judge([]*Watch{w}) {
			if f.Confidence < Likely || f.Share > 1 || f.Matches > 1 {
				t.Fatalf("%q: %+v", cell, f)
			}
		}
	})
}
