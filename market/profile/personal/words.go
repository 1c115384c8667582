package personal

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sogoc/sogoc/market/profile/heading"
)

// surnames are the family names that most people in Vietnam have.
var surnames = forms(`nguyễn trần lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ hồ ngô dương lý đinh trương lương trịnh đào
	đoàn tô tạ quách vương kiều phùng tăng lưu triệu nghiêm chu tống khổng mạc bạch đàm nông hứa cù diệp thân thiều
	lại lò lường quàng giàng thào sùng bế doãn dư khúc khuất lục lữ mã ngụy phí sầm tào tôn uông ninh đậu giáp ông âu`)

// rarer are family names that as many names of places, plants and things start with. They
// are believed with a middle name behind.
var rarer = forms(`hà thái lâm cao mai châu la kim thạch sơn danh từ văn đồng quan cung tiêu trang vi vàng hạng lầu ly
	đường phương trà viên hoa lăng cầm ninh đậu ông âu thi trình phó chế`)

// middles are middle names.
var middles = forms(`văn thị hữu đức minh ngọc thanh quốc xuân công đình hoàng thành kim hồng bá duy anh quang trọng tấn
	phúc gia bảo như thế tiến viết mạnh hải thùy thu mỹ bích diệu tuyết phước thiện trung nhật tuấn việt huy khánh
	phương hoài kiều cẩm lệ mộng út thúy vĩnh chí sỹ sĩ ánh bình trúc yến`)

// titles are what stands before a name.
var titles = forms(`ông bà anh chị cô chú bác hộ chủ mr mrs ms ths ts ks pgs gs`)

// companies are the first words of names that are not of people.
var companies = forms(`công cty ctcp tnhh htx hợp doanh dntn trường ubnd trại chi siêu nhà đại cửa xí tổng liên ban sở
	phòng trung viện bệnh chợ vườn kho xưởng cơ tổ`)

// streets are words before the name of a street, an alley or a hamlet.
var streets = forms(`thôn xóm ấp tổ đường ngõ ngách hẻm kiệt phố khóm bản buôn làng kp tdp`)

// units are words before the name of a commune, a district or a province.
var units = forms(`xã phường quận huyện tỉnh tp thị thành tx tt p q h x`)

// called are words before a name that a street, a school or a company has from a person.
var called = forms(`đường phố ngõ ngách hẻm cầu chợ trường thpt thcs tiểu xã phường quận huyện tỉnh tnhh ty dntn htx viện quỹ giải công hồ`)

var numberWord = forms(`số sn no`)

// form says whether a word is written without its marks.
type form struct{ bare bool }

// forms are words as they are written: in small and in capital letters, with a capital
// first, and the same without marks.
func forms(list string) map[string]form {
	m := map[string]form{}
	for _, w := range strings.Fields(list) {
		for _, v := range []string{heading.Plain(w), w} {
			first, n := utf8.DecodeRuneInString(v)
			f := form{bare: v != w}
			for _, written := range []string{v, strings.ToUpper(v), string(unicode.ToUpper(first)) + v[n:]} {
				if known, ok := m[written]; !ok || known.bare {
					m[written] = f
				}
			}
		}
	}
	return m
}

// has looks a word up. Without its marks it counts where none of the text has any.
func has(m map[string]form, word []byte, bare bool) bool {
	f, ok := m[string(word)]
	return ok && (bare || !f.bare)
}

// words looks at a cell of letters.
func words(b []byte, bare bool, others int) (m Marks) {
	var buf [8][]byte
	list := buf[:0]
	for rest := b; len(rest) > 0; {
		word := rest
		if i := bytes.IndexByte(rest, ' '); i >= 0 {
			word, rest = rest[:i], rest[i+1:]
		} else {
			rest = nil
		}
		if len(word) == 0 {
			continue
		}
		if len(list) == cap(list) {
			return 0
		}
		list = append(list, word)
	}
	if others == 0 && len(list) <= 6 {
		m |= markWords
	}
	if len(list) == 0 {
		return m
	}
	if has(companies, list[0], bare) {
		m |= markCompany
	}
	for len(list) > 2 && has(titles, bytes.TrimSuffix(list[0], []byte{'.'}), bare) && (has(surnames, list[1], bare) || has(rarer, list[1], bare) || has(titles, list[1], bare)) {
		list = list[1:]
	}
	if name(list, bare) && !city(list) {
		m = m&^markCompany | markName | markWords
	}
	return m
}

// city reports whether words are the one province that is called as a person was.
func city(list [][]byte) bool {
	return len(list) == 3 && (bytes.EqualFold(list[0], []byte("hồ")) || bytes.EqualFold(list[0], []byte("ho"))) &&
		(bytes.EqualFold(list[1], []byte("chí")) || bytes.EqualFold(list[1], []byte("chi"))) && bytes.EqualFold(list[2], []byte("minh"))
}

// name reports whether words are a person's name: a family name first, then one to four
// more, all of them with capitals or none.
func name(list [][]byte, bare bool) bool {
	if len(list) < 2 || len(list) > 5 {
		return false
	}
	if !has(surnames, list[0], bare) && !(len(list) > 2 && has(rarer, list[0], bare) && has(middles, list[1], bare)) {
		return false
	}
	first, _ := utf8.DecodeRune(list[0])
	capitals := unicode.IsUpper(first)
	for _, word := range list[1:] {
		letters := 0
		for i := 0; i < len(word); {
			c, n := utf8.DecodeRune(word[i:])
			if !unicode.IsLetter(c) && !unicode.Is(unicode.Mn, c) || i == 0 && unicode.IsUpper(c) != capitals {
				return false
			}
			i += n
			letters++
		}
		if letters > 7 {
			return false
		}
	}
	return true
}

// namesIn looks for names of people in a text: of three words with a middle name, or of
// two behind a title. What streets and schools are called is not taken for people.
func namesIn(b []byte) Marks {
	bare := !bytes.ContainsFunc(b, func(c rune) bool { return c >= utf8.RuneSelf })
	var last [4][]byte // words that stand one behind another, the newest first
	for i := 0; i < len(b); {
		switch k := class[b[i]]; {
		case k != isLetter && k != isHigh:
			if k != isSpace {
				last = [4][]byte{}
				if k == isDigit {
					last[0] = b[i : i+1] // a number before a name is that of a house
				}
			}
			i++
			continue
		}
		j := i
		for j < len(b) && (class[b[j]] == isLetter || class[b[j]] == isHigh) {
			j++
		}
		last[3], last[2], last[1], last[0] = last[2], last[1], last[0], b[i:j]
		i = j
		if !capital(last[0]) || !capital(last[1]) {
			continue
		}
		if capital(last[2]) && has(surnames, last[2], bare) && has(middles, last[1], bare) && !has(called, last[3], bare) && !starts(last[3], isDigit) &&
			!city([][]byte{last[2], last[1], last[0]}) {
			return markNameIn
		}
		if has(surnames, last[1], bare) && len(last[2]) > 0 && has(titles, last[2], bare) {
			return markNameIn
		}
	}
	return 0
}

func starts(word []byte, kind uint8) bool { return len(word) > 0 && class[word[0]] == kind }

func capital(word []byte) bool {
	c, _ := utf8.DecodeRune(word)
	return unicode.IsUpper(c)
}

// address looks for what finds a house: a number in a street, or a hamlet with its
// commune.
func address(b []byte, others int) Marks {
	house, street, unit, numbered := 0, 0, 0, false
	bare := true
	for _, c := range b {
		if c >= utf8.RuneSelf {
			bare = false
			break
		}
	}
	if class[b[0]] == isDigit {
		house = 1
	}
	for i := 0; i < len(b); {
		k := class[b[i]]
		if k != isLetter && k != isHigh {
			if k == isDigit && numbered {
				house = 1
			}
			if k != isSpace && b[i] != '.' && b[i] != ':' {
				numbered = false
			}
			i++
			continue
		}
		j := i
		for j < len(b) && (class[b[j]] == isLetter || class[b[j]] == isHigh) {
			j++
		}
		word := b[i:j]
		switch {
		case has(streets, word, bare):
			street = 1
		case has(units, word, bare):
			unit = 1
		}
		numbered = has(numberWord, word, bare)
		i = j
	}
	list := 0
	if others > 0 && bytes.IndexByte(b, ',') >= 0 || bytes.Contains(b, []byte(" - ")) {
		list = 1
	}
	if house+street > 0 && house+street+unit+list >= 2 && !(house == 1 && street+unit == 0 && class[b[0]] != isDigit) {
		return markAddress
	}
	return 0
}
