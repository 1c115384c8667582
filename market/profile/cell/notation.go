package cell

import "strings"

// Notation is how the numbers of a column are written: with a decimal comma and dots
// between thousands, as in Vietnam, or the other way round.
type Notation struct {
	Commas bool // before decimals
}

// Value is what a number is worth that [Classify] took for one with decimals, and that may
// have thousands.
func (n Notation) Value(k Kind, v float64) float64 {
	if k == DotOrThousand && n.Commas || k == CommaOrThousand && !n.Commas {
		return v * 1000
	}
	return v
}

// Plain writes a number with a decimal point and no marks between thousands.
func (n Notation) Plain(k Kind, text []byte) string {
	s := strings.TrimPrefix(string(text), "+")
	switch {
	case k == Comma, k == DotThousands, k == DotThousandsComma, n.Commas && (k == DotOrThousand || k == CommaOrThousand):
		return strings.ReplaceAll(strings.ReplaceAll(s, ".", ""), ",", ".")
	case k == CommaThousands, k == CommaThousandsDot, k == CommaOrThousand:
		return strings.ReplaceAll(s, ",", "")
	}
	return s
}
