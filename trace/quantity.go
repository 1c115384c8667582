package trace

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// MaxScale is the most digits a quantity has behind the point.
const MaxScale = 6

// Quantity is an exact decimal with a unit: coefficient / 10^scale, in a unit of
// UN/ECE Recommendation 20. No unit means a count of pieces, as in EPCIS. Its
// text is "1250.5 KGM", or "24" for a count. The scale is the smallest that
// holds the value, so equal quantities of one unit are equal values.
type Quantity struct {
	coef  int64
	scale uint8
	unit  Unit
}

// Unit is a code of UN/ECE Recommendation 20, or empty for pieces.
type Unit string

// dimension groups the units that convert into each other.
type dimension uint8

const (
	other dimension = iota
	pieces
	mass
	volume
	length
	area
)

// units gives each known unit's size in the smallest unit of its dimension, so
// that every conversion is exact.
var units = map[Unit]struct {
	dim  dimension
	size int64
}{
	"": {pieces, 1}, "C62": {pieces, 1}, "EA": {pieces, 1}, "H87": {pieces, 1}, "PR": {pieces, 2}, "DZN": {pieces, 12},
	"MGM": {mass, 1}, "GRM": {mass, 1e3}, "HGM": {mass, 1e5}, "KGM": {mass, 1e6}, "DTN": {mass, 1e8}, "TNE": {mass, 1e9},
	"MLT": {volume, 1}, "CLT": {volume, 10}, "DLT": {volume, 100}, "LTR": {volume, 1e3}, "HLT": {volume, 1e5}, "MTQ": {volume, 1e6},
	"MMT": {length, 1}, "CMT": {length, 10}, "MTR": {length, 1e3}, "KMT": {length, 1e6},
	"CMK": {area, 1}, "MTK": {area, 1e4}, "ARE": {area, 1e6}, "HAR": {area, 1e8}, "KMK": {area, 1e10},
}

// Valid reports whether u has the shape of a Recommendation 20 code.
func (u Unit) Valid() bool {
	for _, c := range []byte(u) {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return len(u) <= 3
}

// SameDimension reports whether quantities of the units can be added.
func (u Unit) SameDimension(v Unit) bool {
	a, ok := units[u]
	b, ok2 := units[v]
	if !ok || !ok2 {
		return u == v
	}
	return a.dim == b.dim
}

// NewQuantity makes coef / 10^scale of unit.
func NewQuantity(coef int64, scale uint8, unit Unit) Quantity {
	return Quantity{coef, scale, unit}.reduced()
}

// ParseQuantity reads a JSON number and a unit. The number is read as text, so no
// digit is lost; more than MaxScale digits behind the point are refused.
func ParseQuantity(number string, unit Unit) (Quantity, error) {
	if !unit.Valid() {
		return Quantity{}, fmt.Errorf("%q is not a unit code of UN/ECE Recommendation 20", unit)
	}
	mantissa, exponent, hasExponent := strings.Cut(strings.ToLower(number), "e")
	shift := 0
	if hasExponent {
		e, err := strconv.Atoi(exponent)
		if err != nil || e < -20 || e > 20 {
			return Quantity{}, fmt.Errorf("%q is not a number that can be kept exactly", number)
		}
		shift = e
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	shift -= len(fraction)
	digits, negative := strings.CutPrefix(whole+fraction, "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return Quantity{}, fmt.Errorf("%q is not a number", number)
	}
	for len(digits) > 1 && shift < 0 && digits[len(digits)-1] == '0' {
		digits, shift = digits[:len(digits)-1], shift+1
	}
	if shift < -MaxScale {
		if strings.Trim(digits, "0") != "" {
			return Quantity{}, fmt.Errorf("%q has more than %d digits behind the point", number, MaxScale)
		}
		shift = 0
	}
	if shift > 0 {
		digits, shift = digits+strings.Repeat("0", shift), 0
	}
	coef, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return Quantity{}, fmt.Errorf("%q is too large", number)
	}
	if negative {
		coef = -coef
	}
	return NewQuantity(coef, uint8(-shift), unit), nil
}

func (q Quantity) reduced() Quantity {
	for q.scale > 0 && q.coef%10 == 0 {
		q.coef, q.scale = q.coef/10, q.scale-1
	}
	return q
}

func (q Quantity) Unit() Unit       { return q.unit }
func (q Quantity) IsZero() bool     { return q.coef == 0 }
func (q Quantity) IsNegative() bool { return q.coef < 0 }
func (q Quantity) Neg() Quantity    { return Quantity{-q.coef, q.scale, q.unit} }

// Number is the value without its unit, with a point.
func (q Quantity) Number() string { return string(q.appendNumber(nil)) }

func (q Quantity) appendNumber(b []byte) []byte {
	var space [20]byte
	digits := strconv.AppendInt(space[:0], q.coef, 10)
	if q.scale == 0 {
		return append(b, digits...)
	}
	if q.coef < 0 {
		b, digits = append(b, '-'), digits[1:]
	}
	whole := len(digits) - int(q.scale)
	if whole <= 0 {
		b = append(b, '0', '.')
		for range -whole {
			b = append(b, '0')
		}
		return append(b, digits...)
	}
	b = append(append(b, digits[:whole]...), '.')
	return append(b, digits[whole:]...)
}

func (q Quantity) String() string { return string(q.append(nil)) }

func (q Quantity) append(b []byte) []byte {
	b = q.appendNumber(b)
	if q.unit != "" {
		b = append(append(b, ' '), q.unit...)
	}
	return b
}

func (q Quantity) MarshalText() ([]byte, error) { return []byte(q.String()), nil }

// UnmarshalText reads what String writes.
func (q *Quantity) UnmarshalText(b []byte) error {
	v, err := parseCanonical(string(b))
	*q = v
	return err
}

// parseCanonical reads what String writes.
func parseCanonical(s string) (Quantity, error) {
	number, unit, _ := strings.Cut(s, " ")
	v, ok := parsePlain(number, Unit(unit))
	var err error
	if !ok {
		v, err = ParseQuantity(number, Unit(unit))
	}
	var space [40]byte
	if err == nil && string(v.append(space[:0])) != s {
		err = fmt.Errorf("quantity %q is not in canonical form, which is %q", s, v)
	}
	return v, err
}

// parsePlain is ParseQuantity for a number of digits and at most one point, with
// few enough digits to need no care.
func parsePlain(number string, unit Unit) (q Quantity, ok bool) {
	if number == "" || len(number) > 18 || !unit.Valid() {
		return q, false
	}
	point := len(number) - 1
	for i, c := range []byte(number) {
		switch {
		case '0' <= c && c <= '9':
			q.coef = 10*q.coef + int64(c-'0')
		case c == '.' && point == len(number)-1 && 0 < i && i < point && point-i <= MaxScale:
			point = i
		default:
			return Quantity{}, false
		}
	}
	return NewQuantity(q.coef, uint8(len(number)-1-point), unit), true
}

// rat is the value in the smallest unit of its dimension.
func (q Quantity) rat() *big.Rat {
	size := int64(1)
	if u, ok := units[q.unit]; ok {
		size = u.size
	}
	r := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(q.coef), big.NewInt(size)), pow10(q.scale))
	return r
}

func pow10(n uint8) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// In converts to another unit of the same dimension. A result that MaxScale
// digits cannot hold exactly is refused.
func (q Quantity) In(u Unit) (Quantity, error) {
	if q.unit == u {
		return q, nil
	}
	if !q.unit.SameDimension(u) {
		return Quantity{}, fmt.Errorf("%s cannot be counted in %s", q, unitName(u))
	}
	v := q.rat()
	v.Quo(v, new(big.Rat).SetInt64(units[u].size))
	v.Mul(v, new(big.Rat).SetInt(pow10(MaxScale)))
	if !v.IsInt() || !fits(v.Num()) {
		return Quantity{}, fmt.Errorf("%s has no exact value in %s", q, unitName(u))
	}
	return NewQuantity(v.Num().Int64(), MaxScale, u), nil
}

func unitName(u Unit) string {
	if u == "" {
		return "pieces"
	}
	return string(u)
}

// Add gives q + p in q's unit.
func (q Quantity) Add(p Quantity) (Quantity, error) {
	p, err := p.In(q.unit)
	if err != nil {
		return Quantity{}, err
	}
	scale := max(q.scale, p.scale)
	a, ok := scaled(q, scale)
	b, ok2 := scaled(p, scale)
	if !ok || !ok2 || (b > 0 && a > math.MaxInt64-b) || (b < 0 && a < -math.MaxInt64-b) {
		return Quantity{}, fmt.Errorf("%s and %s together are too large", q, p)
	}
	return NewQuantity(a+b, scale, q.unit), nil
}

// Sub gives q - p in q's unit.
func (q Quantity) Sub(p Quantity) (Quantity, error) { return q.Add(p.Neg()) }

// fits reports whether v can be a coefficient. The least int64 cannot: it has no
// negative, and ParseQuantity does not read it.
func fits(v *big.Int) bool { return v.IsInt64() && v.Int64() != math.MinInt64 }

func scaled(q Quantity, scale uint8) (int64, bool) {
	v := q.coef
	for range scale - q.scale {
		if v > math.MaxInt64/10 || v < math.MinInt64/10 {
			return 0, false
		}
		v *= 10
	}
	return v, true
}

// Cmp compares quantities of one dimension.
func (q Quantity) Cmp(p Quantity) (int, error) {
	if !q.unit.SameDimension(p.unit) {
		return 0, fmt.Errorf("%s and %s cannot be compared", q, p)
	}
	return q.rat().Cmp(p.rat()), nil
}

// Times gives r of q, cut to MaxScale digits.
func (q Quantity) Times(r Ratio) (Quantity, error) {
	v := new(big.Int).Mul(big.NewInt(q.coef), big.NewInt(r.Num))
	v.Mul(v, pow10(MaxScale-q.scale))
	v.Quo(v, big.NewInt(r.Den))
	if !fits(v) {
		return Quantity{}, fmt.Errorf("%s of %s is too large", r, q)
	}
	return NewQuantity(v.Int64(), MaxScale, q.unit), nil
}

// Ratio is an exact fraction of two whole numbers, "3/100".
type Ratio struct{ Num, Den int64 }

// ParseRatio reads what String writes.
func ParseRatio(s string) (Ratio, error) {
	a, b, ok := strings.Cut(s, "/")
	num, err := strconv.ParseInt(a, 10, 64)
	den, err2 := strconv.ParseInt(b, 10, 64)
	if !ok || err != nil || err2 != nil || num < 0 || den <= 0 {
		return Ratio{}, fmt.Errorf("%q is not a ratio like 3/100", s)
	}
	return Ratio{num, den}, nil
}

func (r Ratio) String() string { return fmt.Sprintf("%d/%d", r.Num, r.Den) }
func (r Ratio) IsZero() bool   { return r.Den == 0 }
func (r Ratio) MarshalText() ([]byte, error) {
	return []byte(r.String()), nil
}

func (r *Ratio) UnmarshalText(b []byte) error {
	v, err := ParseRatio(string(b))
	*r = v
	return err
}

// Greater reports whether r is more than o.
func (r Ratio) Greater(o Ratio) bool {
	return big.NewRat(r.Num, r.Den).Cmp(big.NewRat(o.Num, o.Den)) > 0
}

// Exceeds reports whether q is more than r of p, where r may be above one.
func (q Quantity) Exceeds(r Ratio, p Quantity) (bool, error) {
	if !q.unit.SameDimension(p.unit) {
		return false, fmt.Errorf("%s and %s cannot be compared", q, p)
	}
	limit := p.rat()
	limit.Mul(limit, big.NewRat(r.Num, r.Den))
	return q.rat().Cmp(limit) > 0, nil
}

// Share is how many of so many equal parts of the whole q is, rounded down: of 3 kg,
// 2 kg are 666 of 1000. It fails where the two are not of one dimension, and where the
// whole is nothing.
func (q Quantity) Share(whole Quantity, parts int64) (int64, error) {
	if !q.unit.SameDimension(whole.unit) {
		return 0, fmt.Errorf("%s and %s cannot be compared", q, whole)
	}
	if whole.IsZero() {
		return 0, fmt.Errorf("nothing has no share of %s", q)
	}
	v := new(big.Rat).Quo(q.rat(), whole.rat())
	v.Mul(v, new(big.Rat).SetInt64(parts))
	n := new(big.Int).Div(v.Num(), v.Denom())
	if !n.IsInt64() {
		return 0, fmt.Errorf("%s is too much of %s", q, whole)
	}
	return n.Int64(), nil
}
