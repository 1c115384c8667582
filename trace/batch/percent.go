package batch

import (
	"strconv"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// ParsePercent reads 0 to 100 as people type it, with at most two digits behind the mark.
func ParsePercent(text string) (trace.Ratio, error) {
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "%"))
	if text == "0" {
		return trace.Ratio{Num: 0, Den: 100}, nil
	}
	q, err := ParseAmount(text, "")
	if err != nil {
		return trace.Ratio{}, err
	}
	whole, fraction, _ := strings.Cut(q.Number(), ".")
	n, err := strconv.ParseInt(whole+(fraction + "00")[:2], 10, 64)
	if err != nil || len(fraction) > 2 || n > 100*100 {
		return trace.Ratio{}, ledger.FieldErrorf(ledger.Invalid, "percent", "is not 0 to 100 with at most two digits behind the mark")
	}
	return trace.Ratio{Num: n, Den: 100 * 100}, nil
}

// PercentText writes a ratio as percent with at most two digits behind the mark.
func PercentText(r trace.Ratio, mark string) string {
	if r.Den == 0 {
		return ""
	}
	text := strconv.FormatFloat(float64(r.Num)*100/float64(r.Den), 'f', 2, 64)
	return strings.Replace(strings.TrimSuffix(strings.TrimRight(text, "0"), "."), ".", mark, 1)
}
