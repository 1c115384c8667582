package epcis

import (
	"strings"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

// isURI reports whether s is an absolute URI (RFC 3986) or, with letters beyond
// ASCII, an IRI.
func isURI(s string) bool {
	colon := strings.IndexByte(s, ':')
	if colon <= 0 || !letter(s[0]) {
		return false
	}
	for i := 1; i < colon; i++ {
		if c := s[i]; !letter(c) && (c < '0' || c > '9') && c != '+' && c != '-' && c != '.' {
			return false
		}
	}
	for i := colon + 1; i < len(s); i++ {
		switch c := s[i]; {
		case c <= ' ' || c == 0x7F:
			return false
		case c == '"' || c == '<' || c == '>' || c == '\\' || c == '^' || c == '`' || c == '{' || c == '|' || c == '}':
			return false
		case c == '%' && (i+2 >= len(s) || !hexDigit(s[i+1]) || !hexDigit(s[i+2])):
			return false
		}
	}
	return true
}

func letter(c byte) bool   { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func hexDigit(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' }

func isHex(s string) bool {
	for i := range len(s) {
		if !hexDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

// parseTime reads a date and time with its offset (RFC 3339). Fractions of a
// millisecond are rounded, half of one up, as the event hash does.
func parseTime(s string) (ledger.Time, bool) {
	if len(s) < len("2006-01-02T15:04:05Z") {
		return 0, false
	}
	year, ok1 := digits(s[0:4])
	month, ok2 := digits(s[5:7])
	day, ok3 := digits(s[8:10])
	hour, ok4 := digits(s[11:13])
	minute, ok5 := digits(s[14:16])
	second, ok6 := digits(s[17:19])
	if !(ok1 && ok2 && ok3 && ok4 && ok5 && ok6) || s[4] != '-' || s[7] != '-' || s[10]|0x20 != 't' || s[13] != ':' || s[16] != ':' ||
		month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	date := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	if date.Day() != day {
		return 0, false
	}
	t := date.UnixMilli()
	rest := s[19:]
	if rest[0] == '.' {
		n := 1
		weight, carry := int64(100), int64(0)
		for ; n < len(rest) && '0' <= rest[n] && rest[n] <= '9'; n++ {
			if n == 4 && rest[n] >= '5' {
				carry = 1
			}
			t += int64(rest[n]-'0') * weight
			weight /= 10
		}
		if n == 1 || n == len(rest) {
			return 0, false
		}
		t += carry
		rest = rest[n:]
	}
	if rest == "Z" || rest == "z" {
		return ledger.Time(t), inCalendar(t)
	}
	if len(rest) != len("+07:00") || rest[3] != ':' || rest[0] != '+' && rest[0] != '-' {
		return 0, false
	}
	hours, ok1 := digits(rest[1:3])
	minutes, ok2 := digits(rest[4:6])
	if !ok1 || !ok2 || hours > 23 || minutes > 59 {
		return 0, false
	}
	offset := int64(hours*60+minutes) * 60_000
	if rest[0] == '-' {
		offset = -offset
	}
	t -= offset
	return ledger.Time(t), inCalendar(t)
}

// inCalendar reports whether a moment's year in UTC has four digits.
func inCalendar(t int64) bool { return firstMoment <= t && t <= lastMoment }

var (
	firstMoment = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	lastMoment  = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli() - 1
)

func digits(s string) (n int, ok bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

// isZone reports whether s is an offset as EPCIS writes it, -14:00 to +14:00.
func isZone(s string) bool {
	if len(s) != len("+07:00") || s[0] != '+' && s[0] != '-' || s[3] != ':' {
		return false
	}
	hours, ok1 := digits(s[1:3])
	minutes, ok2 := digits(s[4:6])
	return ok1 && ok2 && (hours <= 13 && minutes <= 59 || hours == 14 && minutes == 0)
}

// isUnit is the schema's rule for a unit of measure of a quantity.
func isUnit(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return len(s) == 2 || len(s) == 3
}

// isVersion is the schema's rule for a version: numbers with dots between.
func isVersion(s string) bool {
	for part := range strings.SplitSeq(s, ".") {
		if _, ok := digits(part); !ok || part == "" {
			return false
		}
	}
	return true
}

// plainNumber writes a JSON number without exponent and trailing zeros: 1.50 as
// 1.5, 1e3 as 1000. Numbers of more than about 300 digits stay as they are.
func plainNumber(s string) string {
	mantissa, exponent := s, 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa = s[:i]
		negative := s[i+1] == '-'
		n, ok := digits(strings.TrimLeft(s[i+1:], "+-0"))
		if !ok || len(s) > 300 || n > 300 {
			return s
		}
		if exponent = n; negative {
			exponent = -n
		}
	} else if strings.IndexByte(s, '.') < 0 {
		if s == "-0" {
			return "0"
		}
		return s
	}
	mantissa, negative := strings.CutPrefix(mantissa, "-")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	point := len(whole) + exponent
	all := whole + fraction
	if point <= 0 {
		all, point = strings.Repeat("0", 1-point)+all, 1
	}
	if point > len(all) {
		all += strings.Repeat("0", point-len(all))
	}
	whole = strings.TrimLeft(all[:point], "0")
	if whole == "" {
		whole = "0"
	}
	if fraction = strings.TrimRight(all[point:], "0"); fraction != "" {
		whole += "." + fraction
	}
	if negative && whole != "0" {
		whole = "-" + whole
	}
	return whole
}
