package batch

import (
	"math/big"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Limits of people's own units.
const (
	MaxMeasures    = 20
	maxMeasureName = 30 // characters
)

// standardWords are how people write units that everybody has, with what one is.
var standardWords = map[string]trace.Quantity{
	"g": trace.NewQuantity(1, 0, "GRM"), "gam": trace.NewQuantity(1, 0, "GRM"), "gram": trace.NewQuantity(1, 0, "GRM"),
	"kg": trace.NewQuantity(1, 0, "KGM"), "can": trace.NewQuantity(1, 0, "KGM"), "ky": trace.NewQuantity(1, 0, "KGM"),
	"yen": trace.NewQuantity(10, 0, "KGM"), "ta": trace.NewQuantity(100, 0, "KGM"), "tan": trace.NewQuantity(1, 0, "TNE"),
	"ml": trace.NewQuantity(1, 0, "MLT"), "cc": trace.NewQuantity(1, 0, "MLT"),
	"l": trace.NewQuantity(1, 0, "LTR"), "lit": trace.NewQuantity(1, 0, "LTR"), "m3": trace.NewQuantity(1, 0, "MTQ"), "khoi": trace.NewQuantity(1, 0, "MTQ"),
	"m2": trace.NewQuantity(1, 0, "MTK"), "ha": trace.NewQuantity(1, 0, "HAR"),
	"cai": trace.NewQuantity(1, 0, ""), "con": trace.NewQuantity(1, 0, ""), "qua": trace.NewQuantity(1, 0, ""), "trai": trace.NewQuantity(1, 0, ""),
	"chiec": trace.NewQuantity(1, 0, ""), "goi": trace.NewQuantity(1, 0, ""), "chai": trace.NewQuantity(1, 0, ""), "hop": trace.NewQuantity(1, 0, ""),
	"cay": trace.NewQuantity(1, 0, ""), "bo": trace.NewQuantity(1, 0, ""), "pieces": trace.NewQuantity(1, 0, ""), "litres": trace.NewQuantity(1, 0, "LTR"),
}

// unitWords are how units are written where one is shown to be changed.
var unitWords = map[trace.Unit]string{"GRM": "g", "KGM": "kg", "TNE": "tấn", "MLT": "ml", "LTR": "lít", "MTQ": "m3", "MTK": "m2", "HAR": "ha"}

// ParseMeasures reads people's own units: a line for each, "chục = 12 quả" or
// "bình = 16 lít". The error names the field units, and a message its line.
func ParseMeasures(text string) ([]trace.Measure, error) {
	var list []trace.Measure
	n := 0
	for line := range strings.Lines(text) {
		n++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, content, ok := strings.Cut(line, "=")
		name = strings.TrimSpace(name)
		if !ok || name == "" || utf8.RuneCountInString(name) > maxMeasureName || strings.ContainsFunc(name[:1], unicode.IsDigit) {
			return nil, ledger.FieldErrorf(ledger.Invalid, "units", "line %d is not like: chục = 12 quả", n)
		}
		if _, taken := standardWords[trace.Plain(name)]; taken && plainUnit(trace.Plain(name)) {
			return nil, ledger.FieldErrorf(ledger.Invalid, "units", "line %d: %s is a unit that everybody has", n, name)
		}
		for _, m := range list {
			if trace.Plain(m.Name.VI) == trace.Plain(name) {
				return nil, ledger.FieldErrorf(ledger.Invalid, "units", "line %d: %s is there twice", n, name)
			}
		}
		q, _, err := ParseCounted(content, nil, "")
		if err != nil {
			return nil, ledger.FieldErrorf(ledger.Invalid, "units", "line %d: %v", n, err)
		}
		if list = append(list, trace.Measure{Name: trace.Text{VI: name}, Is: q}); len(list) > MaxMeasures {
			return nil, ledger.FieldErrorf(ledger.TooLarge, "units", "are more than %d", MaxMeasures)
		}
	}
	return list, nil
}

// plainUnit reports whether a word is a measure everywhere, and not a thing of which one
// holds more here than there, like a packet.
func plainUnit(word string) bool { return standardWords[word].Unit() != "" }

// FormatMeasures writes what ParseMeasures reads.
func FormatMeasures(list []trace.Measure, mark string) string {
	lines := make([]string, len(list))
	for i, m := range list {
		lines[i] = strings.TrimSpace(m.Name.VI + " = " + AmountText(m.Is, mark) + " " + unitWords[m.Is.Unit()])
	}
	return strings.Join(lines, "\n")
}

// ParseCounted reads a quantity with a word for its unit behind it: one of people's own,
// which goes before, or one that everybody has; without a word it is of the unit into.
// The quantity is exactly what was said, in the unit into where that is of the same
// dimension and else in the unit of the word. words are what was said, empty where no
// unit was.
func ParseCounted(text string, own []trace.Measure, into trace.Unit) (q trace.Quantity, words string, err error) {
	text = strings.Join(strings.Fields(text), " ")
	at := strings.IndexFunc(text, unicode.IsLetter)
	if at < 0 {
		q, err = ParseAmount(text, into)
		return q, "", err
	}
	number, word := strings.TrimSpace(text[:at]), trace.Plain(text[at:])
	n, err := ParseAmount(number, "")
	if err != nil {
		return q, "", err
	}
	one, known := standardWords[word]
	for _, m := range own {
		if trace.Plain(m.Name.VI) == word || trace.Plain(m.Name.EN) == word {
			one, known = m.Is, true
			break
		}
	}
	if !known {
		return q, "", ledger.FieldErrorf(ledger.NotFound, "qty", "%q is no unit that is known here", text[at:])
	}
	if q, err = times(n, one); err != nil {
		return q, "", err
	}
	if into != q.Unit() && into.SameDimension(q.Unit()) {
		if q, err = q.In(into); err != nil {
			return q, "", ledger.FieldErrorf(ledger.Invalid, "qty", "%v", err)
		}
	}
	return q, text, nil
}

// times is exactly n of a quantity.
func times(n, one trace.Quantity) (trace.Quantity, error) {
	a, ok := new(big.Rat).SetString(n.Number())
	b, ok2 := new(big.Rat).SetString(one.Number())
	if !ok || !ok2 {
		return trace.Quantity{}, ledger.FieldErrorf(ledger.Invalid, "qty", "is not a number")
	}
	a.Mul(a, b)
	text := a.FloatString(trace.MaxScale)
	if back, ok := new(big.Rat).SetString(text); !ok || back.Cmp(a) != 0 {
		return trace.Quantity{}, ledger.FieldErrorf(ledger.Invalid, "qty", "has more than %d digits behind the mark", trace.MaxScale)
	}
	q, err := trace.ParseQuantity(text, one.Unit())
	if err != nil {
		return q, ledger.FieldErrorf(ledger.Invalid, "qty", "%v", err)
	}
	return q, nil
}
