package gs1

import "time"

// Date reads the date YYMMDD of an AI such as 11, 15 or 17 as midnight UTC; day
// 00 is the last of the month. The century is the one that brings the year
// within 50 years before or 49 after year, the current one (GenSpecs 7.12).
func Date(yymmdd string, year int) (time.Time, error) {
	if len(yymmdd) != 6 || !in(yymmdd, digit) || date0(yymmdd) != "" {
		return time.Time{}, fail("", yymmdd, "is no date YYMMDD")
	}
	yy, month, day := number(yymmdd[:2]), number(yymmdd[2:4]), number(yymmdd[4:])
	century := year - year%100
	switch ahead := yy - year%100; {
	case ahead >= 51:
		century -= 100
	case ahead <= -50:
		century += 100
	}
	if day == 0 {
		month, day = month+1, 0 // the day before the next month's first
	}
	date := time.Date(century+yy, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if day != 0 && date.Day() != day {
		return time.Time{}, fail("", yymmdd, "is no date: that year has no 29 February")
	}
	return date, nil
}

// number reads at most 18 digits.
func number(digits string) int {
	n := 0
	for i := range len(digits) {
		n = n*10 + int(digits[i]-'0')
	}
	return n
}

// validDay reports whether the month has the day in that year.
func validDay(year, month, day int) bool {
	if month < 1 || month > 12 || day < 1 {
		return false
	}
	return day <= time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
