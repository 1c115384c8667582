package demo

import "time"

// zone is Vietnam's, which has no summer time.
var zone = time.FixedZone("+07:00", 7*60*60)

// season is a year's round: orchards from February, lychee in June, coconut and
// pomelo until the end of September.
type season struct{ year int }

// seasonBefore is the last season that was over by now.
func seasonBefore(now time.Time) season {
	year := now.In(zone).Year()
	if now.Before(season{year}.at(time.October, 1, 0, 0)) {
		year--
	}
	return season{year}
}

func (s season) at(month time.Month, day, hour, minute int) time.Time {
	return time.Date(s.year, month, day, hour, minute, 0, 0, zone)
}

func date(t time.Time) string   { return t.Format(time.DateOnly) }
func yymmdd(t time.Time) string { return t.Format("060102") }
func stamp(t time.Time) string  { return t.Format("2006-01-02T15:04:05.000-07:00") }
