package web

import (
	"fmt"
	"html/template"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// vietnam has had no other offset since 1975.
var vietnam = time.FixedZone("+07:00", 7*60*60)

// zone reads an EPCIS time-zone offset; anything unreadable is Vietnam's.
func zone(offset string) *time.Location {
	t, err := time.Parse("-07:00", offset)
	if err != nil {
		return vietnam
	}
	_, seconds := t.Zone()
	return time.FixedZone(offset, seconds)
}

// day writes a date: 03/06/2026, 3 Jun 2026, 2026年6月3日.
func (w words) day(d Date) string {
	for _, f := range [][2]string{{"2006-01-02", "written.day"}, {"2006-01", "written.month"}, {"2006", "written.year"}} {
		if t, err := time.Parse(f[0], string(d)); err == nil {
			return t.Format(w.must(f[1]))
		}
	}
	return string(d)
}

// moment writes the day of a time in Vietnam.
func (w words) moment(t ledger.Time) string {
	return w.day(Date(t.Time().In(vietnam).Format(time.DateOnly)))
}

// clock writes day and hour in an event's zone: 03/06/2026, 07:30.
func (w words) clock(t ledger.Time, offset string) string {
	z := zone(offset)
	local := t.Time().In(z)
	s := w.day(Date(local.Format(time.DateOnly))) + ", " + local.Format("15:04")
	if _, seconds := local.Zone(); seconds != 7*60*60 {
		s += " (" + local.Format("-07:00") + ")"
	}
	return s
}

// number writes a decimal with a point the way the language writes it: 1.250,5 or
// 1,250.5. Text that is no number stays as it is.
func (w words) number(s string) string {
	digits, negative := strings.CutPrefix(s, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	if whole == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return s
	}
	thousands, decimal := w.must("written.thousands"), w.must("written.decimal")
	var b strings.Builder
	if negative {
		b.WriteString("−")
	}
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(thousands)
		}
		b.WriteRune(c)
	}
	if point {
		b.WriteString(decimal + fraction)
	}
	return b.String()
}

// DecimalMark is what people write before a fraction.
func DecimalMark(l Lang) string { return texts[l]["written.decimal"] }

func (w words) count(n uint64) string { return w.number(strconv.FormatUint(n, 10)) }

// quantity writes a quantity with its unit, held together by a no-break space.
func (w words) quantity(q trace.Quantity) string { return w.quantityOf(q, trace.Text{}) }

func (w words) quantityOf(q trace.Quantity, one trace.Text) string {
	unit := w.unitName(q.Unit(), one)
	if u := q.Unit(); (u == "P1" || u == "CEL") && unit == "%" {
		return w.number(q.Number()) + unit
	}
	return w.number(q.Number()) + "\u00a0" + unit
}

// phone writes a telephone number as people say it: a Vietnamese one from its 0, in
// groups.
func phone(s string) string {
	national, ok := strings.CutPrefix(s, "+84")
	if !ok || len(national) != 9 {
		return s
	}
	return "0" + national[:3] + " " + national[3:6] + " " + national[6:]
}

// amount writes how much of what: "1.250 kg vải thiều".
func (w words) amount(a Amount) string {
	name := a.Name.In(string(w.lang))
	switch {
	case a.Quantity == nil && name == "":
		return w.must("goods")
	case a.Quantity == nil:
		return name
	case name == "":
		return w.quantityOf(*a.Quantity, a.Unit)
	}
	return w.quantityOf(*a.Quantity, a.Unit) + " " + name
}

// amounts writes a list of them, the first two by name.
func (w words) amounts(list []Amount) string {
	var parts []string
	for i, a := range list {
		if i == 2 && len(list) > 3 {
			parts = append(parts, w.must("and.more", "n", len(list)-i))
			break
		}
		parts = append(parts, w.amount(a))
	}
	switch len(parts) {
	case 0:
		return w.must("goods")
	case 1:
		return parts[0]
	}
	last := len(parts) - 1
	return w.must("and", "a", strings.Join(parts[:last], ", "), "b", parts[last])
}

// size writes bytes for people.
func (w words) size(n int64) string {
	switch {
	case n < 1000:
		return w.number(strconv.FormatInt(n, 10)) + "\u00a0B"
	case n < 1000_000:
		return w.number(strconv.FormatInt((n+500)/1000, 10)) + "\u00a0kB"
	}
	if n < 1000_000_000 {
		return w.number(fmt.Sprintf("%.1f", float64(n)/1e6)) + "\u00a0MB"
	}
	return w.number(fmt.Sprintf("%.1f", float64(n)/1e9)) + "\u00a0GB"
}

// reach makes a telephone number or a mail address a link, and is empty for other
// words.
func reach(s string) template.URL {
	digits := strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r == '+':
			return r
		case strings.ContainsRune(" .-()", r):
			return -1
		}
		return 'x'
	}, s)
	switch {
	case len(digits) >= 3 && strings.Trim(digits[1:], "0123456789") == "" && digits[0] != 'x':
		return template.URL("tel:" + digits)
	case strings.Count(s, "@") == 1 && !strings.ContainsAny(s, " <>\"'?&%#"):
		return template.URL("mailto:" + s)
	}
	return ""
}

func unescape(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}

// natural is a number of things, which is never less than none.
func natural(n any) uint64 {
	switch n := n.(type) {
	case int:
		return uint64(max(n, 0))
	case int64:
		return uint64(max(n, 0))
	}
	return 0
}
