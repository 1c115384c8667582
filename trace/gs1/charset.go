package gs1

// Character classes, one bit each.
const (
	digit      = 1 << iota
	cset82     // GenSpecs figure 7.11-1: the invariant part of ISO/IEC 646
	cset39     // GenSpecs figure 7.11-2: component and part identifiers
	cset64     // GenSpecs figure 7.11-3: file-safe, URI-safe base64
	unreserved // RFC 3986 section 2.3: never percent-encoded
	rawInPath  // RFC 3986 pchar: may stand unencoded in a path segment
	rawInURN   // TDS section 6.3: may stand unencoded in an EPC URN
)

var classes = func() (t [256]uint8) {
	add := func(chars string, class uint8) {
		for i := range len(chars) {
			t[chars[i]] |= class
		}
	}
	const (
		digits = "0123456789"
		upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		lower  = "abcdefghijklmnopqrstuvwxyz"
	)
	add(digits, digit)
	add(digits+upper+lower+"!\"%&'()*+,-./:;<=>?_", cset82)
	add(digits+upper+"#-/", cset39)
	add(digits+upper+lower+"-_=", cset64)
	add(digits+upper+lower+"-._~", unreserved)
	add(digits+upper+lower+"-._~!$&'()*+,;=:@", rawInPath)
	add(digits+upper+lower+"!'()*+,-.:;=_", rawInURN)
	return t
}()

// in reports whether every byte of s has the class.
func in(s string, class uint8) bool {
	for i := range len(s) {
		if classes[s[i]]&class == 0 {
			return false
		}
	}
	return true
}

// leadingDigits counts the digits that s starts with.
func leadingDigits(s string) int {
	n := 0
	for n < len(s) && classes[s[n]]&digit != 0 {
		n++
	}
	return n
}

// appendEncoded appends s, percent-encoding each byte outside the class.
func appendEncoded(b []byte, s string, raw uint8) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		if c := s[i]; classes[c]&raw != 0 {
			b = append(b, c)
		} else {
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return b
}

// decode undoes percent-encoding. Each byte must be an escape or of the class
// raw. Nothing is allocated when s has no escape.
func decode(s string, raw uint8) (decoded string, ok bool) {
	for i := range len(s) {
		if classes[s[i]]&raw == 0 {
			return decodeFrom(s, i, raw)
		}
	}
	return s, true
}

func decodeFrom(s string, i int, raw uint8) (string, bool) {
	b := append(make([]byte, 0, len(s)), s[:i]...)
	for i < len(s) {
		switch c := s[i]; {
		case classes[c]&raw != 0:
			b = append(b, c)
			i++
		case c == '%' && i+2 < len(s):
			hi, lo := unhex(s[i+1]), unhex(s[i+2])
			if hi < 0 || lo < 0 {
				return "", false
			}
			b = append(b, byte(hi<<4|lo))
			i += 3
		default:
			return "", false
		}
	}
	return string(b), true
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
