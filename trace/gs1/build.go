package gs1

import (
	"slices"
	"strings"
)

// maxElements is the most that a Key has: a GTIN with variant, lot and serial.
const maxElements = 4

// build makes the Key of a primary key and its qualifiers in canonical order,
// checking all of it. path is a spelling of the key that is kept, saving a copy,
// when it turns out to be the canonical one.
func build(elements []Element, path string) (Key, error) {
	kind := kindOf(elements[0].AI)
	if kind == 0 {
		return Key{}, fail(elements[0].AI, elements[0].Value, "is no primary GS1 key")
	}
	if kind == GTIN {
		elements[0].Value = padGTIN(elements[0].Value)
	}
	if err := checkSequence(kind, elements); err != nil {
		return Key{}, err
	}
	var space [256]byte
	canonical := space[:0]
	for _, e := range elements {
		if err := Validate(e.AI, e.Value); err != nil {
			return Key{}, err
		}
		if e.Value == "." || e.Value == ".." {
			return Key{}, fail(e.AI, e.Value, "means another path in a web address")
		}
		if e.AI == "254" && e.Value == "0" {
			continue // TDS 6.3.3: extension 0 is no extension
		}
		canonical = append(canonical, '/')
		canonical = append(canonical, e.AI...)
		canonical = append(canonical, '/')
		canonical = appendEncoded(canonical, e.Value, unreserved)
	}
	if path != string(canonical) {
		path = string(canonical)
	}
	return Key{path: path, kind: kind}, nil
}

// padGTIN writes a GTIN-8, GTIN-12 or GTIN-13 with 14 digits.
func padGTIN(s string) string {
	switch len(s) {
	case 8, 12, 13:
		return "000000"[:14-len(s)] + s
	}
	return s
}

// checkSequence sees that the qualifiers are those of one sequence, in order.
func checkSequence(kind Kind, elements []Element) error {
	if kind == PaymentSlip && len(elements) == 1 {
		return fail("415", elements[0].Value, "needs the reference number of the slip, AI 8020")
	}
	if len(elements) == 1 {
		return nil
	}
	for _, sequence := range kinds[kind].sequences {
		next := 1
		for _, ai := range sequence {
			if next < len(elements) && elements[next].AI == ai {
				next++
			}
		}
		if next == len(elements) {
			return nil
		}
	}
	last := elements[len(elements)-1]
	return fail(last.AI, last.Value, "cannot stand here: after AI "+kinds[kind].ai+" may follow, in this order, "+describe(kind))
}

func describe(kind Kind) string {
	var alternatives []string
	for _, s := range kinds[kind].sequences {
		alternatives = append(alternatives, strings.Join(s, ", "))
	}
	if alternatives == nil {
		return "nothing"
	}
	return strings.Join(alternatives, " or ")
}

// fromUnordered makes the Key of elements in any order. Elements that are
// neither a key nor one of its qualifiers are refused when strict, otherwise
// left out: they say something about the thing but do not identify it.
func fromUnordered(elements []Element, strict bool) (Key, error) {
	primary := -1
	for i, e := range elements {
		if kindOf(e.AI) == 0 {
			continue
		}
		if primary >= 0 {
			return Key{}, fail(e.AI, e.Value, "is a second key beside AI "+elements[primary].AI)
		}
		primary = i
	}
	if primary < 0 {
		var first Element
		if len(elements) > 0 {
			first = elements[0]
		}
		return Key{}, fail(first.AI, first.Value, "there is no primary GS1 key")
	}
	kind := kindOf(elements[primary].AI)
	ordered := append(make([]Element, 0, maxElements), elements[primary])
	used := 1
	for _, sequence := range kinds[kind].sequences {
		for _, ai := range sequence {
			for _, e := range elements {
				if e.AI == ai {
					ordered = append(ordered, e)
					used++
				}
			}
		}
	}
	if strict && used < len(elements) {
		stray := slices.IndexFunc(elements, func(e Element) bool { return !slices.Contains(ordered, e) })
		return Key{}, fail(elements[stray].AI, elements[stray].Value, "does not qualify AI "+kinds[kind].ai)
	}
	return build(ordered, "")
}
