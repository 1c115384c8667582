package personal

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/sogoc/sogoc/ledger"
)

// What headings say a field is, and what they say it is not.
var (
	saysName    = []string{"ho ten", "ho va ten", "hoten", "ten chu ho", "chu ho", "nguoi dai dien", "dai dien", "nguoi lien he", "lien he", "nong dan", "nong ho", "ho dan", "chu vuon", "chu rung", "chu so huu", "chu co so", "chu the", "nguoi lao dong", "nhan vien", "can bo", "nguoi mua", "nguoi ban", "nguoi san xuat", "nguoi trong", "nguoi nhan", "nguoi gui", "nguoi lap", "nguoi ky", "giam doc", "thanh vien", "xa vien", "hoc sinh", "benh nhan", "full name", "first name", "last name", "surname", "farmer", "grower", "owner", "person", "contact", "contact name", "customer name", "ten khach hang", "khach hang", "nguoi phu trach", "phu trach"}
	saysPlace   = []string{"xa", "phuong", "huyen", "quan", "tinh", "thanh pho", "thi xa", "thi tran", "ten xa", "ten huyen", "ten tinh", "dia danh", "dia ban", "thon", "ap", "xom", "khu vuc", "vung", "duong", "ten duong", "pho", "cho", "ten cho", "ho chua", "song", "nui", "cang", "tram", "commune", "ward", "district", "province", "city", "place", "street", "road", "region", "lake", "river", "station"}
	saysThing   = []string{"san pham", "hang hoa", "ten hang", "mat hang", "giong", "cay", "cay trong", "vat nuoi", "thuoc", "phan bon", "loai", "chung loai", "nhan hieu", "thuong hieu", "product", "crop", "variety", "species", "brand", "item", "category", "chi tieu", "tieu de", "noi dung", "de tai", "linh vuc"}
	saysCompany = []string{"cong ty", "doanh nghiep", "co so", "hop tac xa", "htx", "don vi", "to chuc", "co quan", "chu the", "truong", "benh vien", "cua hang", "dai ly", "nha cung cap", "nha san xuat", "company", "organisation", "organization", "enterprise", "supplier", "business", "institution", "school", "chi nhanh", "van phong", "tru so", "nha may", "kho", "xuong", "office", "factory", "warehouse"}
	saysID      = []string{"cccd", "can cuoc", "can cuoc cong dan", "so can cuoc", "cmnd", "cmtnd", "chung minh", "chung minh nhan dan", "so cmnd", "giay to", "so dinh danh", "dinh danh ca nhan", "so dinh danh ca nhan", "ma dinh danh", "citizen", "citizen id", "national id", "id card", "identity", "id number", "ho chieu", "passport"}
	saysProduct = []string{"gtin", "barcode", "ma vach", "upc", "ean", "ma san pham", "ma hang", "ma hang hoa", "sku", "sscc", "gln", "product code", "product id", "item code", "isbn"}
	saysCode    = []string{"ma lo", "so lo", "lo", "lot", "batch", "serial", "so seri", "ma", "code", "ma don", "so hieu", "so hoa don", "hoa don", "invoice", "order", "truy xuat", "ma so", "stt", "so ct", "chung tu", "so luong", "quantity", "gia", "price", "thanh tien", "doanh thu", "san luong", "trong luong", "khoi luong", "weight", "amount", "total", "tong"}
	saysPhone   = []string{"dien thoai", "sdt", "so dt", "dt", "dtdd", "di dong", "so di dong", "phone", "mobile", "tel", "telephone", "cell", "zalo", "lien lac", "so lien he", "lien he", "hotline", "fax"}
	saysAddress = []string{"dia chi", "noi o", "cho o", "thuong tru", "tam tru", "ho khau", "so nha", "noi cu tru", "cu tru", "noi cap", "que quan", "address", "residence", "street address"}
	saysBirth   = []string{"ngay sinh", "nam sinh", "sinh ngay", "sinh nam", "ngay thang nam sinh", "dob", "birth", "birthday", "birth date", "date of birth", "year of birth", "birthdate"}
	saysAccount = []string{"so tai khoan", "stk", "tai khoan", "so tk", "tk ngan hang", "bank account", "account number", "account no", "iban", "so the", "card number"}
	saysPlate   = []string{"bien so", "bien kiem soat", "bks", "so xe", "plate", "license plate", "licence plate", "vehicle no"}
	saysTax     = []string{"ma so thue", "mst", "tax code", "tax id", "tin"}
	saysWhere   = []string{"vi do", "kinh do", "toa do", "lat", "lon", "lng", "long", "latitude", "longitude", "coordinate", "coordinates", "gps", "geometry", "geo", "location", "vi tri"}
	saysHome    = []string{"nha", "ho", "thua", "vuon", "ruong", "house", "home", "household", "plot", "farm"}
	saysNote    = []string{"ghi chu", "note", "notes", "mo ta", "noi dung", "dien giai", "y kien", "remark", "remarks", "comment", "comments", "description"}
	saysTender  = []string{"dan toc", "ton giao", "benh ly", "benh an", "tien su benh", "chan doan", "suc khoe", "khuyet tat", "hiv", "thu nhap", "ho ngheo", "tien an", "dang vien", "religion", "ethnicity", "ethnic group", "diagnosis", "health", "disability", "income"}
)

// Judge says which of a table's fields look personal: those of the most confidence first,
// and at most one finding of a kind for a field.
func Judge(fields []*Watch) []Finding {
	var list []Finding
	for _, w := range fields {
		if w.values == 0 {
			continue
		}
		for _, judge := range []func(*Watch) (Finding, bool){names, citizens, oldIDs, passports, phones, emailsOf, addresses, births, accounts, plates, taxCodes} {
			if f, ok := judge(w); ok && f.Confidence >= Likely {
				list = append(list, f)
			}
		}
	}
	list = append(list, headings(fields, list)...)
	people := slices.ContainsFunc(list, func(f Finding) bool {
		return f.Kind != Address && f.Kind != Plate
	})
	list = append(list, locations(fields, people)...)
	if people {
		for _, w := range fields {
			if w.values > 0 && w.head.Has(saysTender...) {
				list = append(list, w.finding(Sensitive, 0.7, w.values, both("Tiêu đề nói về điều riêng tư, trong một bảng có người", "The heading speaks of something private, in a table with people")))
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Finding) int { return cmp.Compare(b.Confidence, a.Confidence) })
	return list
}

func both(vi, en string) ledger.Text { return ledger.Text{VI: vi, EN: en} }

func (w *Watch) finding(k Kind, confidence float64, matches int64, why ...ledger.Text) Finding {
	f := Finding{Field: w.field, Kind: k, Matches: matches, Share: float64(matches) / float64(w.values), Confidence: confidence}
	f.Share, f.Confidence = math.Round(f.Share*1000)/1000, math.Round(min(confidence, 0.99)*100)/100
	var vi, en []string
	for _, t := range why {
		if !t.IsZero() {
			vi, en = append(vi, t.VI), append(en, t.EN)
		}
	}
	f.Why = both(strings.Join(vi, "; "), strings.Join(en, "; "))
	return f
}

// headed words that the heading says so.
func headed(says bool, vi, en string) ledger.Text {
	if !says {
		return ledger.Text{}
	}
	return both("tiêu đề nói đây là "+vi, "the heading says "+en)
}

// looks words how many cells look so.
func (w *Watch) looks(n int64, vi, en string) ledger.Text {
	if n == 0 {
		return ledger.Text{}
	}
	share := percent(float64(n) / float64(w.values))
	return both(share+" số ô là "+vi, strings.Replace(share, ",", ".", 1)+" of the cells are "+en)
}

func percent(share float64) string {
	switch p := share * 100; {
	case p >= 10 || p == 0:
		return fmt.Sprintf("%.0f%%", math.Floor(p))
	case p < 0.1:
		return "dưới 0,1%"
	default:
		return strings.Replace(fmt.Sprintf("%.1f%%", p), ".", ",", 1)
	}
}

func names(w *Watch) (Finding, bool) {
	s, n := w.share(markName), w.count(markName)
	says := w.head.Has(saysName...)
	confidence := 0.0
	switch {
	case says && s < 0.05 && w.share(markCompany) > 0.3:
	case w.head.Has(saysPlace...) && !says:
	case says && (s >= 0.05 || w.share(markWords) >= 0.5 && w.kinds >= min(3, w.values)): // "có" and "không" are no names
		confidence = 0.75 + 0.24*min(1, s/0.7)
		n = max(n, w.count(markWords))
	case w.head.Has(saysThing...):
		if s >= 0.9 {
			confidence = Likely
		}
	case w.head.Has(saysCompany...) && s >= 0.2:
		confidence = 0.6 + 0.2*s
	case s >= 0.5:
		confidence = 0.5 + 0.45*s
	case s >= 0.2:
		confidence = 0.55
	}
	if confidence == 0 && n > 0 && w.head.Has(saysNote...) {
		confidence = 0.55
	}
	why := w.looks(w.count(markName), "họ tên người Việt", "Vietnamese personal names")
	if in := w.count(markNameIn); in > 0 && confidence == 0 && !w.head.Has(saysAddress...) {
		n, confidence = in, 0.55+0.3*w.share(markNameIn)
		why = w.looks(in, "câu có nhắc tên người", "texts that name a person")
	}
	return w.finding(Name, confidence, n, headed(says, "tên người", "a person's name"), why), confidence > 0
}

// fewNames is how many headings must be names before one of them counts: a heading alone
// may sound like a name, as "Lương Cơ Bản" does.
const fewNames = 3

// headings finds people in the headings themselves, as of a table with a column for each
// person.
func headings(fields []*Watch, known []Finding) (list []Finding) {
	named := 0
	for _, w := range fields {
		if Look([]byte(w.last()))&markName != 0 {
			named++
		}
	}
	for _, w := range fields {
		kind, m := Kind(""), Look([]byte(w.last()))
		switch {
		case m&markName != 0 && named >= fewNames:
			kind = Name
		case m&markPhone != 0:
			kind = Phone
		case m&markCitizen != 0:
			kind = Citizen
		case m&markEmail != 0:
			kind = Email
		}
		if kind != "" && !slices.ContainsFunc(known, func(f Finding) bool { return f.Field == w.field && f.Kind == kind }) {
			f := Finding{Field: w.field, Kind: kind, Confidence: 0.7, Why: both("chính tiêu đề giống thông tin của một người", "the heading itself looks like a person's")}
			list = append(list, f)
		}
	}
	return list
}

func citizens(w *Watch) (Finding, bool) {
	n, s := w.count(markCitizen), w.share(markCitizen)
	says := w.head.Has(saysID...)
	if cut := w.count(markCitizenCut); cut > 0 && (says || w.share(markCitizenCut) >= 0.9 && !w.taxed()) {
		n, s = n+cut, s+w.share(markCitizenCut)
	}
	codes := w.coded() || w.counted() || w.narrow()
	product, code := w.head.Has(saysProduct...), w.head.Has(saysCode...)
	confidence := 0.0
	switch {
	case says && s >= 0.05:
		confidence = 0.97
		if w.coded() {
			confidence = 0.7
		}
	case codes:
	case product || code:
		if s >= 0.8 && w.fresh >= few {
			confidence = 0.65
		}
	case s >= 0.5 && w.fresh >= few:
		confidence = 0.9
	case s >= 0.1, s > 0 && w.head.Has(saysNote...):
		confidence = 0.7
	}
	if in := w.count(markCitizenIn); in > 0 && confidence == 0 && !codes {
		n, confidence = in, 0.6+0.3*w.share(markCitizenIn)
	}
	return w.finding(Citizen, confidence, n, headed(says, "giấy tờ tùy thân", "an identity document"),
		w.looks(n, "dãy 12 số có mã tỉnh, thế kỷ và năm sinh như số căn cước", "numbers of twelve digits with province, century and year of birth as a citizen's"),
		spread(confidence > 0 && w.fresh >= few)), confidence > 0
}

func spread(said bool) ledger.Text {
	if !said {
		return ledger.Text{}
	}
	return both("các số không liền nhau và không có số kiểm tra như mã hàng", "they are not in sequence, and have no check digit as product codes have")
}

func oldIDs(w *Watch) (Finding, bool) {
	n := w.count(markNine)
	ok := w.head.Has(saysID...) && w.share(markNine) >= 0.05
	return w.finding(OldID, 0.9, n, headed(true, "giấy tờ tùy thân", "an identity document"), w.looks(n, "dãy 9 số như chứng minh nhân dân cũ", "of nine digits like the old identity card")), ok
}

func passports(w *Watch) (Finding, bool) {
	n := w.count(markPassport)
	ok := w.head.Has("ho chieu", "passport", "giay to") && w.share(markPassport) >= 0.05
	return w.finding(Passport, 0.9, n, headed(true, "hộ chiếu", "a passport"), w.looks(n, "một chữ và 7 số", "a letter and seven digits")), ok
}

func phones(w *Watch) (Finding, bool) {
	n, s := w.count(markPhone), w.share(markPhone)
	says := w.head.Has(saysPhone...)
	confidence := 0.0
	switch {
	case says && s >= 0.02:
		confidence = 0.97
	case says && w.share(markPhoneShort) >= 0.3:
		confidence, n = 0.9, w.count(markPhoneShort)
	case w.taxed() || w.head.Has(saysTax...) || w.counted():
	case w.head.Has(saysProduct...) || w.head.Has(saysCode...):
		if s >= 0.9 {
			confidence = 0.6
		}
	case s >= 0.5:
		confidence = 0.9
	case s >= 0.1:
		confidence = 0.75
	}
	in := w.count(markPhoneIn)
	if w.head.Has(saysNote...) {
		in += n
	}
	if in > 0 && confidence == 0 {
		n, confidence = in, 0.7+0.2*w.share(markPhoneIn)
	}
	return w.finding(Phone, confidence, n, headed(says, "số điện thoại", "a phone number"),
		w.looks(n, "số điện thoại Việt Nam", "Vietnamese phone numbers")), confidence > 0
}

func emailsOf(w *Watch) (Finding, bool) {
	n := w.count(markEmail | markEmailIn)
	return w.finding(Email, 0.8+0.19*min(1, 2*w.share(markEmail)), n, w.looks(n, "hoặc có thư điện tử của một người", "or hold a person's e-mail address")), n > 0
}

func addresses(w *Watch) (Finding, bool) {
	n, s := w.count(markAddress), w.share(markAddress)
	says := w.head.Has(saysAddress...)
	confidence := 0.0
	switch {
	case w.head.Has(saysCompany...), w.head.Has(saysThing...):
	case says && s >= 0.05:
		confidence = 0.8 + 0.15*s
	case s >= 0.3:
		confidence = 0.6 + 0.2*s
	}
	return w.finding(Address, confidence, n, headed(says, "địa chỉ", "an address"),
		w.looks(n, "địa chỉ có số nhà, đường, ấp, thôn hoặc tổ", "addresses with a house number, a street or a hamlet")), confidence > 0
}

func births(w *Watch) (Finding, bool) {
	n := w.count(markYear)
	ok := w.head.Has(saysBirth...) && w.share(markYear) >= 0.3
	return w.finding(Birth, 0.95, n, headed(true, "ngày hay năm sinh", "a date or year of birth"), w.looks(n, "ngày hoặc năm", "dates or years")), ok
}

func accounts(w *Watch) (Finding, bool) {
	n := w.count(markDigits)
	ok := w.head.Has(saysAccount...) && w.share(markDigits) >= 0.3
	return w.finding(Account, 0.9, n, headed(true, "số tài khoản", "a bank account"), w.looks(n, "dãy 6 đến 19 số", "of 6 to 19 digits")), ok
}

func plates(w *Watch) (Finding, bool) {
	n := w.count(markPlate)
	says := w.head.Has(saysPlate...)
	ok := says && w.share(markPlate) >= 0.05 || w.share(markPlateDash) >= 0.5
	confidence := 0.8
	if says {
		confidence = 0.9
	}
	return w.finding(Plate, confidence, n, headed(says, "biển số xe", "a number plate"), w.looks(n, "biển số xe", "number plates")), ok
}

func taxCodes(w *Watch) (Finding, bool) {
	n := w.count(markPersonTax)
	says := w.head.Has(saysTax...)
	ok := says && n > 0 || w.taxed() && w.share(markPersonTax) >= 0.3
	return w.finding(Tax, 0.85, n, headed(says, "mã số thuế", "a tax code"),
		w.looks(n, "mã số thuế của cá nhân (bắt đầu bằng số 8)", "tax codes of persons, which start with 8")), ok
}

// locations finds fields with exact positions. Whether those are of houses shows in who
// else the table tells about.
func locations(fields []*Watch, people bool) (list []Finding) {
	exact := func(w *Watch, m Marks) bool { return w.values > 0 && w.share(m) >= 0.3 }
	lats := slices.ContainsFunc(fields, func(w *Watch) bool { return exact(w, markLat) })
	lons := slices.ContainsFunc(fields, func(w *Watch) bool { return exact(w, markLon) })
	for _, w := range fields {
		says := w.head.Has(saysWhere...)
		if !exact(w, markPoint) && !(exact(w, markLat|markLon) && (says || lats && lons)) {
			continue
		}
		confidence, why := 0.6, ledger.Text{}
		switch {
		case people:
			confidence, why = 0.9, both("trong một bảng có người", "in a table with people")
		case slices.ContainsFunc(fields, func(w *Watch) bool { return w.head.Has(saysHome...) }):
			confidence, why = 0.75, both("trong một bảng về nhà, hộ hay thửa đất", "in a table about houses, households or plots")
		}
		n := w.count(markLat | markLon | markPoint)
		list = append(list, w.finding(Location, confidence, n, headed(says, "vị trí", "a position"),
			w.looks(n, "tọa độ chính xác tới mười mét", "positions exact to ten metres"), why))
	}
	return list
}
