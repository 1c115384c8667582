package personal

import (
	"bytes"

	"golang.org/x/text/unicode/norm"

	"github.com/sogoc/sogoc/trace/gs1"
)

// Marks is what one cell looks like, a bit for each thing.
type Marks uint32

const (
	markWords      Marks = 1 << iota // letters and spaces alone, at most six words
	markName                         // a person's name
	markNameIn                       // within a text
	markCompany                      // starts as names of companies, co-ops, schools and offices do
	markAddress                      // of a house
	markEmail                        // the whole cell, not a role such as info@
	markEmailIn                      // the same within a text
	markPhone                        // the whole cell
	markPhoneIn                      // within a text
	markPhoneShort                   // nine digits: a mobile number that lost its zero
	markTwelve                       // twelve digits
	markCitizen                      // twelve digits with a province, a century and a year of birth
	markCitizenCut                   // the same without the zeros in front, which spreadsheets take away
	markCitizenIn                    // within a text
	markGS1                          // twelve digits of which the last checks the others
	markNine                         // nine digits
	markTen                          // ten digits
	markTax                          // a tax code: ten digits of which the last checks the others
	markPersonTax                    // one that was given to a person
	markDigits                       // 6 to 19 digits and nothing else
	markYear                         // a date or a year in which people who live were born
	markLat                          // a latitude of Vietnam to four decimals
	markLon                          // a longitude of Vietnam to four decimals
	markPoint                        // both
	markPlate                        // a number plate
	markPlateDash                    // one with a hyphen
	markPassport                     //
	allMarks       = iota
)

// longest is how much of a cell is looked at.
const longest = 16 << 10

// Look says what a cell looks like that has no spaces around it.
func Look(b []byte) Marks {
	if bytes.IndexByte(b, 0xCC) >= 0 || bytes.IndexByte(b, 0xCD) >= 0 {
		b = norm.NFC.Bytes(b) // its marks may be apart from their letters
	}
	if len(b) > longest {
		b = b[:longest]
	}
	var digits, letters, high, spaces, ats, others int
	for _, c := range b {
		switch class[c] {
		case isDigit:
			digits++
		case isLetter:
			letters++
		case isHigh:
			high++
		case isSpace:
			spaces++
		case isAt:
			ats++
		default:
			others++
		}
	}
	m := Marks(0)
	if ats > 0 {
		m |= emails(b)
	}
	switch {
	case letters+high == 0:
		if digits > 0 {
			m |= numeric(b, digits)
		}
		return m
	case digits == 0 && ats == 0 && spaces <= 6 && len(b) <= 80:
		m |= words(b, high == 0, others)
	}
	if digits >= 4 && len(b) <= 12 {
		m |= plate(b)
	}
	if digits >= 10 {
		m |= numbersIn(b)
	}
	if spaces >= 2 && len(b) >= 8 {
		if len(b) <= 400 {
			m |= address(b, others)
		}
		if m&(markName|markCompany) == 0 {
			m |= namesIn(b)
		}
	}
	return m
}

const (
	isOther = iota
	isDigit
	isLetter
	isHigh
	isSpace
	isAt
)

var class = func() (c [256]uint8) {
	for i := range c {
		switch b := byte(i); {
		case '0' <= b && b <= '9':
			c[i] = isDigit
		case 'a' <= b|0x20 && b|0x20 <= 'z':
			c[i] = isLetter
		case b >= 0x80:
			c[i] = isHigh
		case b == ' ':
			c[i] = isSpace
		case b == '@':
			c[i] = isAt
		}
	}
	return c
}()

// numeric looks at a cell without letters.
func numeric(b []byte, digits int) (m Marks) {
	if digits == len(b) && 6 <= digits && digits <= 19 {
		m |= markDigits
	}
	if len(b) > 40 {
		return m | numbersIn(b)
	}
	if digits >= 4 && digits <= 14 {
		if year(b) {
			m |= markYear
		}
	}
	if digits >= 5 && digits < len(b) {
		m |= position(b)
	}
	if digits < 9 || digits > 14 {
		if digits > 14 {
			m |= numbersIn(b)
		}
		return m
	}
	var buf [14]byte
	d := buf[:0]
	for _, c := range b {
		switch class[c] {
		case isDigit:
			d = append(d, c)
		case isSpace:
		default:
			if c != '.' && c != '-' && c != '(' && c != ')' && !(c == '+' && len(d) == 0) {
				return m
			}
		}
	}
	switch len(d) {
	case 9:
		m |= markNine
		if digits == len(b) && mobile(d) {
			m |= markPhoneShort
		}
	case 10:
		m |= markTen
		if taxCode(d) {
			m |= markTax
			if d[0] == '8' {
				m |= markPersonTax
			}
		}
	case 12:
		m |= markTwelve
		if citizen(d) {
			m |= markCitizen
		}
		if gs1.ValidCheckDigit(string(d)) {
			m |= markGS1
		}
	}
	if (len(d) == 10 || len(d) == 11) && d[0] != '0' {
		var full [12]byte
		if citizen(append(append(full[:0], "00"[:12-len(d)]...), d...)) {
			m |= markCitizenCut
		}
	}
	if phone(d, b[0] == '+') {
		m |= markPhone
	}
	return m
}

// phone reports whether digits are a number of a mobile phone or a line in Vietnam.
func phone(d []byte, plus bool) bool {
	switch {
	case len(d) == 10 && d[0] == '0':
		return mobile(d[1:])
	case len(d) == 11 && d[0] == '8' && d[1] == '4':
		return mobile(d[2:])
	case len(d) == 12 && plus && bytes.HasPrefix(d, []byte("840")):
		return mobile(d[3:])
	case len(d) == 11 && d[0] == '0' && d[1] == '2':
		return true
	}
	return false
}

// mobile reports whether nine digits are a mobile number without its zero: the prefixes
// that are assigned since 2018.
func mobile(d []byte) bool {
	switch d[0] {
	case '3':
		return d[1] >= '2'
	case '5':
		return d[1] == '2' || d[1] == '5' || d[1] == '6' || d[1] == '8' || d[1] == '9'
	case '7':
		return d[1] == '0' || d[1] >= '6'
	case '8':
		return d[1] >= '1'
	case '9':
		return true
	}
	return false
}

// provinces are the codes that citizens' numbers start with (Circular 07/2016, in use
// after the mergers of 2025 as well).
var provinces = func() (p [97]bool) {
	for _, code := range []int{
		1, 2, 4, 6, 8, 10, 11, 12, 14, 15, 17, 19, 20, 22, 24, 25, 26, 27, 30, 31, 33, 34, 35, 36, 37, 38, 40, 42, 44, 45, 46, 48,
		49, 51, 52, 54, 56, 58, 60, 62, 64, 66, 67, 68, 70, 72, 74, 75, 77, 79, 80, 82, 83, 84, 86, 87, 89, 91, 92, 93, 94, 95, 96,
	} {
		p[code] = true
	}
	return p
}()

// lastBorn is the youngest year, of this century, that a citizen's number is believed.
const lastBorn = 35

// citizen reports whether twelve digits are built as a citizen's number: province, sex and
// century, year of birth, six digits of chance.
func citizen(d []byte) bool {
	if d[0] != '0' || d[3] > '3' {
		return false
	}
	province, born := int(d[1]-'0')*10+int(d[2]-'0'), int(d[4]-'0')*10+int(d[5]-'0')
	return province < len(provinces) && provinces[province] && (d[3] <= '1' || born <= lastBorn)
}

// taxCode reports whether the tenth digit of a tax code checks the first nine.
func taxCode(d []byte) bool {
	weights := [9]int{31, 29, 23, 19, 17, 13, 7, 5, 3}
	sum := 0
	for i, w := range weights {
		sum += int(d[i]-'0') * w
	}
	check := 10 - sum%11
	return check < 10 && int(d[9]-'0') == check
}

// year reports whether a cell without letters is a year or a date of a living person's
// birth.
func year(b []byte) bool {
	run := 0
	for i, c := range b {
		if class[c] != isDigit {
			run = 0
			continue
		}
		run++
		if run == 4 && (i+1 == len(b) || class[b[i+1]] != isDigit) {
			y := b[i-3 : i+1]
			return y[0] == '1' && y[1] == '9' || y[0] == '2' && y[1] == '0' && y[2] <= '3'
		}
	}
	return false
}

// position looks for latitudes and longitudes that are exact to eleven metres.
func position(b []byte) Marks {
	x, y, two := bytes.Cut(b, []byte{','})
	if !two {
		if x, y, two = bytes.Cut(b, []byte{' '}); !two {
			x, y, two = bytes.Cut(b, []byte{';'})
		}
	}
	first := degrees(bytes.TrimSpace(x))
	if !two {
		return first
	}
	switch first | degrees(bytes.TrimSpace(y)) {
	case markLat | markLon:
		return markPoint
	case 0:
		// A decimal comma.
		var buf [40]byte
		return degrees(append(append(append(buf[:0], x...), '.'), y...))
	}
	return 0
}

func degrees(b []byte) Marks {
	dot := bytes.IndexByte(b, '.')
	if dot < 1 || dot > 3 || len(b)-dot-1 < 4 {
		return 0
	}
	v := 0
	for i, c := range b {
		if i == dot {
			continue
		}
		if class[c] != isDigit {
			return 0
		}
		if i < dot {
			v = v*10 + int(c-'0')
		}
	}
	switch {
	case 8 <= v && v < 24:
		return markLat
	case 102 <= v && v < 118:
		return markLon
	}
	return 0
}

// numbersIn looks for phones and citizens' numbers within a text.
func numbersIn(b []byte) (m Marks) {
	var buf [13]byte
	for i := 0; i < len(b); {
		if class[b[i]] != isDigit {
			i++
			continue
		}
		if i > 0 && (class[b[i-1]] == isLetter || b[i-1] == '.' && i > 1 && class[b[i-2]] == isDigit) {
			i += run(b[i:])
			continue
		}
		plus := i > 0 && b[i-1] == '+'
		d := buf[:0]
		j, groups := i, 0
		for j < len(b) && len(d) < cap(buf) {
			n := run(b[j:])
			if n == 0 {
				break
			}
			d = append(d, b[j:j+min(n, cap(buf)-len(d))]...)
			j += n
			groups++
			if j+1 < len(b) && (b[j] == ' ' || b[j] == '.' || b[j] == '-') && class[b[j+1]] == isDigit {
				if phone(d, plus) || len(d) == 12 && groups == 1 {
					break
				}
				j++
				continue
			}
			break
		}
		if j < len(b) && class[b[j]] == isLetter {
			i = j
			continue
		}
		switch {
		case phone(d, plus):
			m |= markPhoneIn
		case len(d) == 12 && groups == 1 && citizen(d):
			m |= markCitizenIn
		}
		i = max(j, i+1)
	}
	return m
}

// run is how many digits a text starts with.
func run(b []byte) int {
	for i, c := range b {
		if class[c] != isDigit {
			return i
		}
	}
	return len(b)
}

// plate looks for number plates: 63B1-123.45, 51F 12345.
func plate(b []byte) Marks {
	var buf [12]byte
	d, dash := buf[:0], false
	for _, c := range b {
		switch {
		case class[c] == isDigit, 'A' <= c && c <= 'Z':
			d = append(d, c)
		case c == '-' || c == ' ' || c == '.':
			dash = dash || c == '-'
		default:
			return 0
		}
	}
	if len(d) == 8 && class[d[0]] == isLetter && run(d[1:]) == 7 && len(b) == 8 {
		return markPassport
	}
	if len(d) < 7 || run(d) != 2 || d[0] == '0' || class[d[2]] != isLetter || d[0] == '1' && d[1] == '0' {
		return 0
	}
	rest := d[3:]
	if class[rest[0]] == isLetter {
		rest = rest[1:]
	}
	if n := run(rest); n != len(rest) || n < 4 || n > 6 {
		return 0
	}
	if dash {
		return markPlate | markPlateDash
	}
	return markPlate
}

// roles are mailboxes of offices, not of people.
var roles = map[string]bool{
	"info": true, "contact": true, "sales": true, "support": true, "admin": true, "office": true, "hotline": true, "vanthu": true,
	"noreply": true, "no-reply": true, "hello": true, "lienhe": true, "ubnd": true, "cskh": true, "webmaster": true, "hr": true,
	"tuyendung": true, "ketoan": true, "kinhdoanh": true, "marketing": true, "help": true, "service": true,
}

// emails looks for addresses of people.
func emails(b []byte) (m Marks) {
	for i := 0; i < len(b); i++ {
		if b[i] != '@' {
			continue
		}
		from, to := i, i+1
		for from > 0 && mailbox(b[from-1]) {
			from--
		}
		for to < len(b) && mailbox(b[to]) {
			to++
		}
		host := bytes.TrimRight(b[i+1:to], ".")
		dot := bytes.LastIndexByte(host, '.')
		if from == i || dot < 1 || len(host)-dot < 3 || class[host[len(host)-1]] != isLetter || roles[string(bytes.ToLower(b[from:i]))] {
			continue
		}
		if from == 0 && to == len(b) {
			return markEmail
		}
		m |= markEmailIn
	}
	return m
}

func mailbox(c byte) bool {
	return class[c] == isDigit || class[c] == isLetter || c == '.' || c == '_' || c == '-' || c == '+' || c == '%'
}

// IsName reports whether a cell is a person's name.
func IsName(cell []byte) bool { return Look(cell)&markName != 0 }

// Tells reports whether a text by itself, whatever its heading, tells about a person. A
// number of twelve digits alone does not: it may be a product's.
func Tells(text string) bool {
	return Look([]byte(text))&(markName|markNameIn|markPhone|markPhoneIn|markEmail|markEmailIn|markCitizenIn) != 0
}
