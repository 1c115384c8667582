package gs1

import "strings"

// Lengths of GS1 Company Prefixes in digits, and the least that an EPC URN can
// hold.
const (
	minPrefix    = 4
	maxPrefix    = 12
	minURNPrefix = 6
)

// HasPrefix reports whether the key was formed with the GS1 Company Prefix, 4 to
// 12 digits. The indicator digit of a GTIN and the extension digit of an SSCC
// are passed over. A GTIN-8 has no company prefix.
func (k Key) HasPrefix(prefix string) bool {
	return len(prefix) >= minPrefix && len(prefix) <= maxPrefix &&
		strings.HasPrefix(k.prefixDigits(), prefix)
}

// PrefixCandidates lists what the GS1 Company Prefix of the key can be, longest
// first, 12 down to 4 digits. At most one of them is a prefix in use, as GS1
// never gives out one that starts with another. A caller that only ranges over
// the list allocates nothing.
func (k Key) PrefixCandidates() []string {
	return k.appendCandidates(make([]string, 0, maxPrefix-minPrefix+1))
}

func (k Key) appendCandidates(list []string) []string {
	digits := k.prefixDigits()
	for n := len(digits); n >= minPrefix; n-- {
		list = append(list, digits[:n])
	}
	return list
}

// prefixDigits gives up to 12 digits that start with the company prefix.
func (k Key) prefixDigits() string {
	facts := &kinds[k.kind]
	if k.IsZero() {
		return ""
	}
	value := k.path[len(facts.ai)+len("//")+facts.prefixAt:]
	if (k.kind == GTIN || k.kind == ITIP) && strings.HasPrefix(value, "00000") {
		return "" // a GTIN-8, or a GTIN-14 made from one
	}
	return value[:min(leadingDigits(value), maxPrefix)]
}
