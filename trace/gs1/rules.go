package gs1

import "strconv"

// rules are the checks that AI formats name. Each gets a component that already
// has the right length and characters and says what is wrong, or "".
var rules = map[string]func(string) string{
	"check":    checked,
	"pair":     paired,
	"gcp":      startsWithPrefix,
	"date":     date,
	"date0":    date0,
	"fulldate": fullDate,
	"hhmm":     hourMinute,
	"hour":     func(s string) string { return atMost(s, 23, "an hour from 00 to 23") },
	"sixty":    func(s string) string { return atMost(s, 59, "minutes or seconds from 00 to 59") },
	"latitude": func(s string) string { return atMost(s, 1_800_000_000, "a latitude up to 1800000000") },
	"longitude": func(s string) string {
		return atMost(s, 3_600_000_000, "a longitude up to 3600000000")
	},
	"piece":    pieceOfTotal,
	"sequence": sequence,
	"percent":  percentEncoded,
	"zero":     func(s string) string { return oneOf(s, "0") },
	"yesno":    func(s string) string { return oneOf(s, "01") },
	"sex":      func(s string) string { return oneOf(s, "0129") },
	"winding":  func(s string) string { return oneOf(s, "019") },
	"minus":    func(s string) string { return oneOf(s, "-") },
	"media":    mediaType,
	"importer": func(s string) string { return when(!in(s, cset64) || s == "=", "has no importer index") },
	"nonzero":  func(s string) string { return when(number(s) == 0, "must not be zero") },
	"nolead0":  func(s string) string { return when(len(s) > 1 && s[0] == '0', "must not start with 0") },
	"letter":   func(s string) string { return when(in(s, digit), "must not be digits only") },
}

func when(wrong bool, reason string) string {
	if wrong {
		return reason
	}
	return ""
}

func checked(s string) string {
	n := len(s) - 1
	if want := checkDigit(s[:n]); s[n] != want {
		return "the check digit is " + s[n:] + ", must be " + string(want)
	}
	return ""
}

func paired(s string) string {
	if len(s) < 3 {
		return "is too short for its two check characters"
	}
	pair, ok := CheckPair(s[:len(s)-2])
	if !ok || pair != s[len(s)-2:] {
		return "the check characters are " + s[len(s)-2:] + ", must be " + pair
	}
	return ""
}

func startsWithPrefix(s string) string {
	return when(leadingDigits(s) < minPrefix, "must start with a company prefix of at least 4 digits")
}

// date leaves 29 February to Date for years ending in 00: the century is not
// known here.
func date(s string) string {
	year := 2000 + number(s[:2])
	return when(!validDay(year, number(s[2:4]), number(s[4:])), "is no date YYMMDD")
}

func date0(s string) string {
	if s[4:] == "00" {
		return date(s[:4] + "01")
	}
	return date(s)
}

func fullDate(s string) string {
	return when(!validDay(number(s[:4]), number(s[4:6]), number(s[6:])), "is no date YYYYMMDD")
}

func hourMinute(s string) string {
	return when(number(s[:2]) > 23 || number(s[2:]) > 59, "is no time HHMM")
}

func atMost(s string, max int, what string) string {
	return when(number(s) > max, "must be "+what)
}

func oneOf(s, allowed string) string {
	for i := range len(allowed) {
		if s == allowed[i:i+1] {
			return ""
		}
	}
	return "has " + strconv.Quote(s) + " where only one of " + strconv.Quote(allowed) + " may stand"
}

func pieceOfTotal(s string) string {
	piece, total := number(s[:2]), number(s[2:])
	return when(piece == 0 || piece > total, "piece "+s[:2]+" of "+s[2:]+" is impossible")
}

func sequence(s string) string {
	ok := s[1] == '/' && classes[s[0]]&classes[s[2]]&digit != 0 && s[0] >= '1' && s[0] <= s[2]
	return when(!ok, "is no position in a sequence such as 1/3")
}

func mediaType(s string) string {
	n := number(s)
	return when(n == 0 || n > 10 && n < 80, "is no AIDC media type (01 to 10, 80 to 99)")
}

func percentEncoded(s string) string {
	for i := range len(s) {
		if s[i] == '%' && (i+2 >= len(s) || unhex(s[i+1]) < 0 || unhex(s[i+2]) < 0) {
			return "has a percent sign without two hexadecimal digits"
		}
	}
	return ""
}
