package gs1

import (
	"slices"
	"strings"
)

// ParseElements reads an element string in its human readable form with
// brackets, (01)09521234543213(17)260131(10)VAI-5, and validates each value. A
// bracket that opens within a value is written \(. An element that is repeated
// with the same value is given once. Errors are of type [*Error].
func ParseElements(s string) ([]Element, error) {
	if len(s) > MaxLength {
		return nil, tooLong(s)
	}
	elements := make([]Element, 0, maxElements)
	for rest := s; rest != "" || len(elements) == 0; {
		ai, after, ok := strings.Cut(strings.TrimPrefix(rest, "("), ")")
		if !strings.HasPrefix(rest, "(") || !ok {
			return nil, fail("", s, "is no element string such as (01)09521234543213(10)VAI-5")
		}
		e := Element{AI: ai}
		e.Value, rest = cutValue(after)
		if ai == "01" {
			e.Value = padGTIN(e.Value)
		}
		if err := Validate(e.AI, e.Value); err != nil {
			return nil, err
		}
		same := slices.IndexFunc(elements, func(other Element) bool { return other.AI == ai })
		switch {
		case same < 0:
			elements = append(elements, e)
		case elements[same] != e:
			return nil, fail(ai, e.Value, "is given twice, first as "+elements[same].Value)
		}
	}
	return elements, nil
}

// cutValue takes the value up to the bracket that opens the next element.
func cutValue(s string) (value, rest string) {
	end := 0
	for end < len(s) && (s[end] != '(' || end > 0 && s[end-1] == '\\') {
		end++
	}
	return strings.ReplaceAll(s[:end], `\(`, "("), s[end:]
}

// ElementString is the key as people read it below a barcode, such as
// (01)09521234543213(10)VAI-5, in the form that [ParseElements] reads.
func (k Key) ElementString() string {
	var b strings.Builder
	for _, e := range k.elements() {
		b.WriteString("(" + e.AI + ")" + strings.ReplaceAll(e.Value, "(", `\(`))
	}
	return b.String()
}
