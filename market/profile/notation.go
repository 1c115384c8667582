package profile

import "github.com/sogoc/sogoc/market/profile/cell"

// numbers are the kinds of cells that are numbers.
var numbers = []cell.Kind{
	cell.Whole, cell.Dotted, cell.Comma, cell.DotThousands, cell.DotThousandsComma,
	cell.CommaThousands, cell.CommaThousandsDot, cell.DotOrThousand, cell.CommaOrThousand,
}

// notation is decided by the numbers that can be read in one way only, and where there
// are none by round ones: who writes 98.500 and never 98.5 means thousands.
func (c *column) notation() cell.Notation {
	commas := c.count(cell.Comma, cell.DotThousands, cell.DotThousandsComma)
	dots := c.count(cell.Dotted, cell.CommaThousands, cell.CommaThousandsDot)
	if commas != dots {
		return cell.Notation{Commas: commas > dots}
	}
	dot, either := c.count(cell.DotOrThousand), c.count(cell.DotOrThousand, cell.CommaOrThousand)
	round := c.round*10 > either*3
	return cell.Notation{Commas: either > 0 && (dot*2 >= either) == round}
}

// number is the type of a column of numbers, and its marks where they differ from those
// of Table Schema.
func (c *column) number(n cell.Notation) (t Type, decimal, group string) {
	fractions := c.count(cell.Dotted, cell.CommaThousandsDot, cell.DotOrThousand)
	thousands := c.count(cell.CommaThousands, cell.CommaThousandsDot, cell.CommaOrThousand)
	mark := ","
	if n.Commas {
		fractions = c.count(cell.Comma, cell.DotThousandsComma, cell.CommaOrThousand)
		thousands = c.count(cell.DotThousands, cell.DotThousandsComma, cell.DotOrThousand)
		mark = "."
	}
	fractions += c.contradicting(n)
	if thousands > 0 {
		group = mark
	}
	switch {
	case fractions > 0 && n.Commas:
		return Number, ",", group
	case fractions > 0:
		return Number, "", group
	case c.years():
		return Year, "", ""
	}
	return Integer, "", group
}

// contradicting is how many numbers are written in the other way.
func (c *column) contradicting(n cell.Notation) int64 {
	if n.Commas {
		return c.count(cell.Dotted, cell.CommaThousands, cell.CommaThousandsDot)
	}
	return c.count(cell.Comma, cell.DotThousands, cell.DotThousandsComma)
}
