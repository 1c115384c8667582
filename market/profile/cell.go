package profile

import (
	"bytes"
	"strconv"
	"time"
)

// kind is how one cell is written.
type kind uint8

const (
	text kind = iota
	blank
	code              // digits that are no number: "00123", or too many
	whole             // 12, -3
	dotted            // 1.5
	comma             // 1,5
	dotThousands      // 1.234.567
	dotThousandsComma // 1.234,5
	commaThousands    // 1,234,567
	commaThousandsDot // 1,234.5
	dotOrThousand     // 1.234: decimals or thousands
	commaOrThousand   // 1,234
	yes               // true, false, có, không
	isoDate           // 2025-01-02
	slashDate         // 2/1/2025, day before month
	usDate            // 1/23/2025, where the day cannot be the month
	dashDate          // 2-1-2025
	dotDate           // 2.1.2025
	bigSlashDate      // 2025/1/2
	isoMoment         // 2025-01-02T03:04:05
	slashMoment       // 2/1/2025 3:04
	clock             // 3:04, 3:04:05
	point             // 106.03,10.33
	kinds
)

// blanks are the texts, in small letters, that stand for no value.
var blanks = map[string]bool{
	"-": true, "--": true, "null": true, "nil": true, "n/a": true, "na": true, "nan": true, "none": true, "#n/a": true,
	"không có": true, "khong co": true, "chưa có": true, "k/c": true, ".": true, "…": true, "...": true,
}

var flags = map[string]bool{"true": true, "false": true, "có": true, "không": true}

var trueWords = []string{"true", "True", "TRUE", "có", "Có", "CÓ"}
var falseWords = []string{"false", "False", "FALSE", "không", "Không", "KHÔNG"}

// longest is the most bytes of a cell that is more than text.
const longest = 40

// classify says how a cell without spaces around it is written, and what it is worth: a
// number, or seconds since 1970.
func classify(b []byte) (kind, float64) {
	if len(b) == 0 {
		return blank, 0
	}
	if len(b) > longest {
		return text, 0
	}
	if c := b[0]; c < '0' || c > '9' {
		if c == '-' && len(b) > 1 && isDigit(b[1]) {
			if k, v := classify(b[1:]); k >= code && k <= commaOrThousand {
				return k, -v
			}
			return text, 0
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
		return code, 0
	case i == len(b):
		return whole, float64(n)
	case i == 19:
		if digits(b) == len(b) {
			return code, 0
		}
		return text, 0
	}
	switch b[i] {
	case '.', ',':
		return number(b, i)
	case '-', '/':
		return date(b)
	case ':':
		if s, rest, ok := timeOfDay(b); ok && len(rest) == 0 {
			return clock, float64(s)
		}
	case 'e', 'E':
		return scientific(b)
	}
	return text, 0
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

func word(b []byte) kind {
	if len(b) > 12 {
		return text
	}
	var low [24]byte
	w := append(low[:0], b...)
	for i, c := range w {
		if 'A' <= c && c <= 'Z' {
			w[i] = c + 'a' - 'A'
		}
	}
	if flags[string(w)] || flags[string(bytes.ToLower(b))] {
		return yes
	}
	if blanks[string(w)] || blanks[string(bytes.ToLower(b))] {
		return blank
	}
	return text
}

func scientific(b []byte) (kind, float64) {
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return text, 0
	}
	return dotted, v
}

// number reads digits with dots and commas, the first of them at i.
func number(b []byte, i int) (kind, float64) {
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
		return text, 0
	}
	mixed := last != first
	switch {
	case mixed && (seps < 2 || bytes.Count(b, []byte{last}) != 1 || mark-bytes.LastIndexByte(b[:mark], first) != 4):
		return odd(b)
	case !mixed && seps > 1 && behind != 3:
		return odd(b)
	case !mixed && seps == 1 && b[0] == '0' && i > 1:
		return text, 0
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
			return dotOrThousand, v
		case either:
			return commaOrThousand, v
		case first == '.':
			return dotted, v
		}
		return comma, v
	}
	switch {
	case first == '.' && mixed:
		return dotThousandsComma, v
	case first == '.':
		return dotThousands, v
	case mixed:
		return commaThousandsDot, v
	}
	return commaThousands, v
}

// odd reads what has dots and commas, and is no number: a point, or a date.
func odd(b []byte) (kind, float64) {
	if lon, lat, ok := pair(b); ok && lon >= -180 && lon <= 180 && lat >= -90 && lat <= 90 {
		return point, 0
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
func date(b []byte) (kind, float64) {
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
			return text, 0
		}
		if p == 2 {
			break
		}
		if i >= len(b) || b[i] != '-' && b[i] != '/' && b[i] != '.' || p == 1 && b[i] != sep {
			return text, 0
		}
		sep = b[i]
		i++
	}
	k, year, month, day := text, part[2], part[1], part[0]
	switch {
	case long[0] == 4 && sep == '-' && long[1] == 2 && long[2] == 2:
		k, year, day = isoDate, part[0], part[2]
	case long[0] == 4 && sep == '/' && long[1] <= 2 && long[2] <= 2:
		k, year, day = bigSlashDate, part[0], part[2]
	case long[0] > 2 || long[1] > 2 || long[2] != 4:
		return text, 0
	case sep == '/' && month > 12 && day <= 12:
		k, month, day = usDate, day, month
	case sep == '/':
		k = slashDate
	case sep == '-':
		k = dashDate
	default:
		k = dotDate
	}
	if year < 1000 || month < 1 || month > 12 || day < 1 || day > 31 || day > daysIn(year, month) {
		return text, 0
	}
	at := float64(daysSince1970(year, month, day)) * 86400
	rest := b[i:]
	if len(rest) == 0 {
		return k, at
	}
	if rest[0] != ' ' && rest[0] != 'T' || k != isoDate && k != slashDate {
		return text, 0
	}
	s, rest, ok := timeOfDay(rest[1:])
	if !ok {
		return text, 0
	}
	if len(rest) > 0 && rest[0] == '.' {
		rest = rest[1+digits(rest[1:]):]
	}
	zone := len(rest) == 0 || len(rest) == 1 && rest[0] == 'Z' ||
		len(rest) >= 5 && (rest[0] == '+' || rest[0] == '-') && digits(rest[1:]) >= 2
	if !zone {
		return text, 0
	}
	if k == isoDate {
		return isoMoment, at + float64(s)
	}
	return slashMoment, at + float64(s)
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

// moment writes seconds since 1970 as ISO 8601.
func moment(seconds float64, withTime bool) string {
	t := time.Unix(int64(seconds), 0).UTC()
	if withTime {
		return t.Format("2006-01-02T15:04:05")
	}
	return t.Format("2006-01-02")
}
