package batch

import (
	"regexp"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

var (
	plainNumber = regexp.MustCompile(`^[0-9]+([.,][0-9]+)?$`)
	grouped     = regexp.MustCompile(`^[0-9]{1,3}([.][0-9]{3})+(,[0-9]+)?$|^[0-9]{1,3}(,[0-9]{3})+([.][0-9]+)?$`)
	either      = regexp.MustCompile(`^[1-9][0-9]{0,2}[.,][0-9]{3}$`)
)

// ParseAmount reads a quantity as people type it in Vietnamese or in English: 12,5
// and 12.5; 1.250,5 and 1,250.5. What means one thing in the one and another in the
// other, 1.250, is refused with the code [ledger.Conflict]: nobody guesses at weights.
func ParseAmount(text string, unit trace.Unit) (q trace.Quantity, err error) {
	s := strings.ReplaceAll(strings.TrimSpace(text), "\u00a0", "")
	s = strings.ReplaceAll(s, " ", "")
	switch {
	case s == "":
		return q, ledger.FieldErrorf(ledger.Invalid, "qty", "is missing")
	case either.MatchString(s):
		return q, ledger.FieldErrorf(ledger.Conflict, "qty", "%s may be a thousandfold of what was meant", s)
	case plainNumber.MatchString(s):
		s = strings.ReplaceAll(s, ",", ".")
	case grouped.MatchString(s):
		at := strings.LastIndexAny(s, ".,")
		mark, first := s[at], s[strings.IndexAny(s, ".,")]
		s = strings.ReplaceAll(s, string(first), "")
		if mark != first {
			s = strings.ReplaceAll(s, string(mark), ".")
		}
	default:
		return q, ledger.FieldErrorf(ledger.Invalid, "qty", "%q is not a number", text)
	}
	q, err = trace.ParseQuantity(s, unit)
	if err != nil {
		return q, ledger.FieldErrorf(ledger.Invalid, "qty", "%v", err)
	}
	if q.IsZero() {
		return q, ledger.FieldErrorf(ledger.Invalid, "qty", "is nothing")
	}
	return q, nil
}

// AmountText writes a quantity's number with a decimal mark, so that ParseAmount reads
// it back.
func AmountText(q trace.Quantity, mark string) string {
	s := strings.Replace(q.Number(), ".", mark, 1)
	if either.MatchString(s) {
		s += "0"
	}
	return s
}
