// Package cell tells what the text of a cell is: a number, a date, a truth, or text alone.
// Numbers and dates are written in more than one way in Vietnam, and a cell alone does not
// always tell which: then its kind says so, and the other cells of its column decide.
package cell

import (
	"bytes"
	"strconv"
)

// Kind is how a cell is written.
type Kind uint8

// Kinds of cells, and how many there are.
const (
	Text Kind = iota
	Blank
	Code              // digits that are no number: "00123", or too many
	Whole             // 12, -3
	Dotted            // 1.5
	Comma             // 1,5
	DotThousands      // 1.234.567
	DotThousandsComma // 1.234,5
	CommaThousands    // 1,234,567
	CommaThousandsDot // 1,234.5
	DotOrThousand     // 1.234: decimals or thousands
	CommaOrThousand   // 1,234
	Yes               // true, false, có, không
	ISODate           // 2025-01-02
	SlashDate         // 2/1/2025, day before month
	USDate            // 1/23/2025, where the day cannot be the month
	DashDate          // 2-1-2025
	DotDate           // 2.1.2025
	BigSlashDate      // 2025/1/2
	ISOMoment         // 2025-01-02T03:04:05
	SlashMoment       // 2/1/2025 3:04
	Clock             // 3:04, 3:04:05
	Point             // 106.03,10.33
	Kinds
)

// blanks are the texts, in small letters, that stand for no value.
var blanks = map[string]bool{
	"-": true, "--": true, "null": true, "nil": true, "n/a": true, "na": true, "nan": true, "none": true, "#n/a": true,
	"không có": true, "khong co": true, "chưa có": true, "k/c": true, ".": true, "…": true, "...": true,
}

var flags = map[string]bool{"true": true, "false": true, "có": true, "không": true}

// TrueWords and FalseWords are how truths are written.
var (
	TrueWords  = []string{"true", "True", "TRUE", "có", "Có", "CÓ"}
	FalseWords = []string{"false", "False", "FALSE", "không", "Không", "KHÔNG"}
)

// longest is the most bytes of a cell that is more than text, longestGain of a number with
// a plus: a longer one is a phone.
const (
	longest     = 40
	longestGain = 10
)

// Classify says how a cell without spaces around it is written, and what it is worth: a
// number, or seconds since 1970.
func Classify(b []byte) (Kind, float64) {
	if len(b) == 0 {
		return Blank, 0
	}
	if len(b) > longest {
		return Text, 0
	}
	if c := b[0]; c < '0' || c > '9' {
		if c == '-' && len(b) > 1 && isDigit(b[1]) {
			if k, v := Classify(b[1:]); k >= Code && k <= CommaOrThousand {
				return k, -v
			}
			return Text, 0
		}
		if c == '+' && len(b) > 1 && len(b) <= longestGain && isDigit(b[1]) {
			if k, v := Classify(b[1:]); k >= Whole && k <= CommaOrThousand {
				return k, v
			}
		}
		return word(b), 0
	}
	i, n := 0, int64(0)
	for i < len(b) && isDigit(b[i]) && i < 19 {
		n = n*10 + int64(b[i]-'0')
		i++
	}
	switch {
	case i == len(b) && (i > 18 || i > 1 && b[0] == '0'):
		return Code, 0
	case i == len(b):
		return Whole, float64(n)
	case i == 19:
		if digits(b) == len(b) {
			return Code, 0
		}
		return Text, 0
	}
	switch b[i] {
	case '.', ',':
		return number(b, i)
	case '-', '/':
		return date(b)
	case ':':
		if s, rest, ok := timeOfDay(b); ok && len(rest) == 0 {
			return Clock, float64(s)
		}
	case 'e', 'E':
		return scientific(b)
	}
	return Text, 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func digits(b []byte) int {
	for i, c := range b {
		if !isDigit(c) {
			return i
		}
	}
	return len(b)
}

func word(b []byte) Kind {
	if len(b) > len("không có") {
		return Text
	}
	var low [len("không có")]byte
	w, ascii := append(low[:0], b...), true
	for i, c := range w {
		if 'A' <= c && c <= 'Z' {
			w[i] = c + 'a' - 'A'
		}
		ascii = ascii && c < 0x80
	}
	if !ascii {
		w = bytes.ToLower(b)
	}
	switch {
	case flags[string(w)]:
		return Yes
	case blanks[string(w)]:
		return Blank
	}
	return Text
}

func scientific(b []byte) (Kind, float64) {
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return Text, 0
	}
	return Dotted, v
}

// number reads digits with dots and commas, the first of them at i.
func number(b []byte, i int) (Kind, float64) {
	first, last, seps, mark := b[i], byte(0), 0, 0
	for j, c := range b {
		switch {
		case isDigit(c):
		case c == '.' || c == ',':
			if seps > 0 && c == last && j-mark != 4 || seps == 0 && j > 3 && bytes.Count(b, b[j:j+1]) > 1 {
				return odd(b)
			}
			if last != 0 && c != last && last != first {
				return odd(b)
			}
			last, mark = c, j
			seps++
		case c == 'e' || c == 'E':
			return scientific(b)
		default:
			return odd(b)
		}
	}
	behind := len(b) - mark - 1
	if behind == 0 {
		return Text, 0
	}
	mixed := last != first
	switch {
	case mixed && (seps < 2 || bytes.Count(b, []byte{last}) != 1 || mark-bytes.LastIndexByte(b[:mark], first) != 4):
		return odd(b)
	case !mixed && seps > 1 && behind != 3:
		return odd(b)
	case !mixed && seps == 1 && b[0] == '0' && i > 1:
		return Text, 0
	}
	v, scale, decimals := 0.0, 1.0, false
	for j, c := range b {
		if c == '.' || c == ',' {
			decimals = decimals || seps == 1 || mixed && j == mark
			continue
		}
		v = v*10 + float64(c-'0')
		if decimals {
			scale *= 10
		}
	}
	v /= scale
	if seps == 1 {
		switch either := behind == 3 && i <= 3 && b[0] != '0'; {
		case either && first == '.':
			return DotOrThousand, v
		case either:
			return CommaOrThousand, v
		case first == '.':
			return Dotted, v
		}
		return Comma, v
	}
	switch {
	case first == '.' && mixed:
		return DotThousandsComma, v
	case first == '.':
		return DotThousands, v
	case mixed:
		return CommaThousandsDot, v
	}
	return CommaThousands, v
}

// odd reads what has dots and commas, and is no number: a point, or a date.
func odd(b []byte) (Kind, float64) {
	if lon, lat, ok := pair(b); ok && lon >= -180 && lon <= 180 && lat >= -90 && lat <= 90 {
		return Point, 0
	}
	return date(b)
}

// pair reads two numbers with a comma between them.
func pair(b []byte) (first, second float64, ok bool) {
	x, y, cut := bytes.Cut(b, []byte{','})
	if !cut || bytes.IndexByte(x, '.') < 0 {
		return 0, 0, false
	}
	first, err := strconv.ParseFloat(string(x), 64)
	if err != nil {
		return 0, 0, false
	}
	second, err = strconv.ParseFloat(string(bytes.TrimLeft(y, " ")), 64)
	return first, second, err == nil
}

// date reads dates with or without a time of day.
func date(b []byte) (Kind, float64) {
	var part [3]int
	var long [3]int
	i, sep := 0, byte(0)
	for p := range part {
		start := i
		for i < len(b) && isDigit(b[i]) && i-start < 4 {
			part[p] = part[p]*10 + int(b[i]-'0')
			i++
		}
		long[p] = i - start
		if long[p] == 0 {
			return Text, 0
		}
		if p == 2 {
			break
		}
		if i >= len(b) || b[i] != '-' && b[i] != '/' && b[i] != '.' || p == 1 && b[i] != sep {
			return Text, 0
		}
		sep = b[i]
		i++
	}
	k, year, month, day := Text, part[2], part[1], part[0]
	switch {
	case long[0] == 4 && sep == '-' && long[1] == 2 && long[2] == 2:
		k, year, day = ISODate, part[0], part[2]
	case long[0] == 4 && sep == '/' && long[1] <= 2 && long[2] <= 2:
		k, year, day = BigSlashDate, part[0], part[2]
	case long[0] > 2 || long[1] > 2 || long[2] != 4:
		return Text, 0
	case sep == '/' && month > 12 && day <= 12:
		k, month, day = USDate, day, month
	case sep == '/':
		k = SlashDate
	case sep == '-':
		k = DashDate
	default:
		k = DotDate
	}
	if year < 1000 || month < 1 || month > 12 || day < 1 || day > 31 || day > daysIn(year, month) {
		return Text, 0
	}
	at := float64(daysSince1970(year, month, day)) * 86400
	rest := b[i:]
	if len(rest) == 0 {
		return k, at
	}
	if rest[0] != ' ' && rest[0] != 'T' || k != ISODate && k != SlashDate {
		return Text, 0
	}
	s, rest, ok := timeOfDay(rest[1:])
	if !ok {
		return Text, 0
	}
	if len(rest) > 0 && rest[0] == '.' {
		rest = rest[1+digits(rest[1:]):]
	}
	zone := len(rest) == 0 || len(rest) == 1 && rest[0] == 'Z' ||
		len(rest) >= 5 && (rest[0] == '+' || rest[0] == '-') && digits(rest[1:]) >= 2
	if !zone {
		return Text, 0
	}
	if k == ISODate {
		return ISOMoment, at + float64(s)
	}
	return SlashMoment, at + float64(s)
}

// timeOfDay reads h:mm or h:mm:ss, and gives back what follows.
func timeOfDay(b []byte) (seconds int, rest []byte, ok bool) {
	limits := [3]int{24, 60, 60}
	for p := range limits {
		n := digits(b)
		if n < 1 || n > 2 || p > 0 && n != 2 {
			return 0, nil, false
		}
		v := int(b[0] - '0')
		if n == 2 {
			v = v*10 + int(b[1]-'0')
		}
		if v >= limits[p] {
			return 0, nil, false
		}
		seconds = seconds*60 + v
		b = b[n:]
		if len(b) == 0 || b[0] != ':' || p == 2 {
			if p == 0 {
				return 0, nil, false
			}
			if p == 1 {
				seconds *= 60
			}
			return seconds, b, true
		}
		b = b[1:]
	}
	return 0, nil, false
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// daysSince1970 counts days by the Gregorian calendar.
func daysSince1970(year, month, day int) int {
	if month <= 2 {
		year--
		month += 12
	}
	era := year / 400
	ofEra := year - era*400
	ofYear := (153*(month-3)+2)/5 + day - 1
	return era*146097 + ofEra*365 + ofEra/4 - ofEra/100 + ofYear - 719468
}
