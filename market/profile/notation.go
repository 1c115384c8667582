package profile

import "strings"

// numbers are the kinds of cells that are numbers.
var numbers = []kind{whole, dotted, comma, dotThousands, dotThousandsComma, commaThousands, commaThousandsDot, dotOrThousand, commaOrThousand}

// notation is how the numbers of a column are written: with a decimal comma and dots
// between thousands, as in Vietnam, or the other way round.
type notation struct {
	commas bool // before decimals
}

// notation is decided by the numbers that can be read in one way only, and where there
// are none by round ones: who writes 98.500 and never 98.5 means thousands.
func (c *column) notation() notation {
	commas := c.count(comma, dotThousands, dotThousandsComma)
	dots := c.count(dotted, commaThousands, commaThousandsDot)
	if commas != dots {
		return notation{commas > dots}
	}
	dot, either := c.count(dotOrThousand), c.count(dotOrThousand, commaOrThousand)
	round := c.round*10 > either*3
	return notation{either > 0 && (dot*2 >= either) == round}
}

// field is the type of a column of numbers, and its marks where they differ from those of
// Table Schema.
func (n notation) field(c *column) (t Type, decimal, group string) {
	fractions, thousands := c.count(dotted, commaThousandsDot, dotOrThousand), c.count(commaThousands, commaThousandsDot, commaOrThousand)
	mark := ","
	if n.commas {
		fractions, thousands = c.count(comma, dotThousandsComma, commaOrThousand), c.count(dotThousands, dotThousandsComma, dotOrThousand)
		mark = "."
	}
	fractions += n.contradicting(c)
	if thousands > 0 {
		group = mark
	}
	switch {
	case fractions > 0 && n.commas:
		return Number, ",", group
	case fractions > 0:
		return Number, "", group
	case c.years():
		return Year, "", ""
	}
	return Integer, "", group
}

// contradicting is how many numbers are written in the other way.
func (n notation) contradicting(c *column) int64 {
	if n.commas {
		return c.count(dotted, commaThousands, commaThousandsDot)
	}
	return c.count(comma, dotThousands, dotThousandsComma)
}

// scaled is the value of a number that was read with decimals, and may have had
// thousands.
func (n notation) scaled(k kind, v float64) float64 {
	if k == dotOrThousand && n.commas || k == commaOrThousand && !n.commas {
		return v * 1000
	}
	return v
}

// canonical writes a number with a decimal point and no marks between thousands.
func (n notation) canonical(k kind, text []byte) string {
	s := string(text)
	switch {
	case k == comma, k == dotThousands, k == dotThousandsComma, n.commas && (k == dotOrThousand || k == commaOrThousand):
		return strings.ReplaceAll(strings.ReplaceAll(s, ".", ""), ",", ".")
	case k == commaThousands, k == commaThousandsDot, k == commaOrThousand:
		return strings.ReplaceAll(s, ",", "")
	}
	return s
}
