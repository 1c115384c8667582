package trace

import (
	"strings"

	"github.com/sogoc/sogoc/trace/gs1"
)

// canonical reports whether s is one of the identifiers that make up most of the
// register, in its canonical spelling: a GTIN or a register-issued code, with a lot
// and a serial that need no escapes; an SSCC; a place's or a party's GLN. It knows
// them at a glance; what it does not know may be canonical all the same.
func canonical(s string) bool {
	if rest, ok := strings.CutPrefix(s, managedBase); ok {
		return len(rest) >= codeLength && isCode(rest[:codeLength]) && plainQualifiers(rest[codeLength:])
	}
	rest, ok := strings.CutPrefix(s, gs1Base)
	if !ok {
		return false
	}
	if rest, ok := strings.CutPrefix(rest, "/01/"); ok {
		return len(rest) >= gtinLength && gs1.ValidCheckDigit(rest[:gtinLength]) && plainQualifiers(rest[gtinLength:])
	}
	for _, key := range [...]struct {
		path   string
		digits int
	}{{"/414/", 13}, {"/417/", 13}, {"/00/", 18}} {
		if digits, ok := strings.CutPrefix(rest, key.path); ok {
			return len(digits) == key.digits && gs1.ValidCheckDigit(digits)
		}
	}
	return false
}

// isCode reports whether ParseCode gives s itself.
func isCode(s string) bool {
	for _, c := range []byte(s) {
		if strings.IndexByte(codeAlphabet, c) < 0 {
			return false
		}
	}
	return codeAlphabet[luhn32(s[:codeLength-1])] == s[codeLength-1]
}

// plainQualifiers reports whether s is nothing but a lot, a serial or both.
func plainQualifiers(s string) bool {
	for _, ai := range [...]string{"/10/", "/21/"} {
		if rest, ok := strings.CutPrefix(s, ai); ok {
			n := 0
			for n < len(rest) && unreserved(rest[n]) {
				n++
			}
			if n == 0 || n > 20 || rest[:n] == "." || rest[:n] == ".." {
				return false // a path of a web address means another with . and ..
			}
			s = rest[n:]
		}
	}
	return s == ""
}

// unreserved reports whether c is in GS1's character set 82 and needs no escape in
// a URI.
func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_'
}
