package gs1

import (
	"strconv"
	"strings"
)

// urnScheme is an EPC URN scheme whose body is prefix.reference[.serial], or for
// itip prefix.reference.piece.total.serial (TDS section 6.3).
type urnScheme struct {
	name string
	kind Kind
	// digits that prefix and reference have together before the check digit; 0
	// when the reference is free text and there is no check digit.
	digits int
	// moved: the first digit of the reference stands before the prefix in the key.
	moved bool
	// serial is the AI of the last field; "tail" when it ends the key's value; ""
	// when there is none.
	serial string
	// family is what comes before the name, and whether urn:epc:idpat with a * in
	// place of the serial names the class.
	family  string
	pattern bool
}

var urnSchemes = [...]urnScheme{
	{"sgtin", GTIN, 13, true, "21", "id", true},
	{"lgtin", GTIN, 13, true, "10", "class", false},
	{"upui", GTIN, 13, true, "235", "id", true},
	{"sscc", SSCC, 17, true, "", "id", false},
	{"sgln", GLN, 12, false, "254", "id", false},
	{"pgln", PGLN, 12, false, "", "id", false},
	{"grai", GRAI, 12, false, "tail", "id", true},
	{"giai", GIAI, 0, false, "", "id", false},
	{"gsrn", GSRN, 17, false, "", "id", false},
	{"gsrnp", GSRNP, 17, false, "", "id", false},
	{"gdti", GDTI, 12, false, "tail", "id", true},
	{"sgcn", GCN, 12, false, "tail", "id", true},
	{"cpi", CPI, 0, false, "8011", "id", true},
	{"ginc", GINC, 0, false, "", "id", false},
	{"gsin", GSIN, 16, false, "", "id", false},
	{"itip", ITIP, 13, true, "21", "id", true},
}

// parseURN reads what follows urn:epc:.
func parseURN(s string) (Key, error) {
	family, rest, _ := strings.Cut(s, ":")
	name, body, _ := strings.Cut(rest, ":")
	for i := range urnSchemes {
		scheme := &urnSchemes[i]
		if scheme.name == name && (scheme.family == family || scheme.pattern && family == "idpat") {
			return scheme.parse(body, family == "idpat")
		}
	}
	return Key{}, ErrNotKey
}

func (u *urnScheme) parse(body string, pattern bool) (Key, error) {
	wrong := func(reason string) (Key, error) { return Key{}, fail(kinds[u.kind].ai, body, reason) }
	prefix, rest, ok := strings.Cut(body, ".")
	reference, serial, hasSerial := rest, "", false
	if u.serial != "" {
		reference, serial, hasSerial = strings.Cut(rest, ".")
	}
	piece := ""
	if u.kind == ITIP && hasSerial {
		// piece.total.serial
		if len(serial) < len("01.02.") || serial[2] != '.' || serial[5] != '.' {
			return wrong("is no urn:epc:id:itip: piece and total have two digits each")
		}
		piece, serial = serial[:2]+serial[3:5], serial[6:]
	}
	switch {
	case !ok || u.serial != "" && !hasSerial:
		return wrong("has too few parts between dots for an EPC URN " + u.name)
	case !in(prefix, digit) || len(prefix) < minURNPrefix || len(prefix) > maxPrefix:
		return wrong("the company prefix must have 6 to 12 digits")
	case pattern && serial != "*":
		return wrong("a pattern must end in .* to name a class")
	case u.digits > 0 && (!in(reference, digit) || len(prefix)+len(reference) != u.digits):
		return wrong("company prefix and reference must have " + strconv.Itoa(u.digits) + " digits together")
	}
	reference, ok = decode(reference, rawInURN)
	if ok {
		serial, ok = decode(serial, rawInURN)
	}
	switch {
	case !ok:
		return wrong("has a character that must be percent-encoded in an EPC URN")
	case reference == "" && u.digits == 0:
		return wrong("has no reference after the company prefix")
	case u.serial != "" && serial == "":
		return wrong("has no last part")
	}

	var space [64]byte
	value := u.appendValue(space[:0], prefix, reference)
	value = append(value, piece...)
	var elements [2]Element
	n := 1
	switch {
	case pattern || u.serial == "":
	case u.serial == "tail":
		value = append(value, serial...)
	default:
		elements[1] = Element{u.serial, serial}
		n = 2
	}
	elements[0] = Element{kinds[u.kind].ai, string(value)}
	return build(elements[:n], "")
}

// appendValue puts the key's value together, up to the check digit.
func (u *urnScheme) appendValue(b []byte, prefix, reference string) []byte {
	if u.kind == GRAI {
		b = append(b, '0')
	}
	if u.moved {
		b = append(b, reference[0])
		reference = reference[1:]
	}
	b = append(b, prefix...)
	b = append(b, reference...)
	if u.digits > 0 {
		b = append(b, checkDigit(b))
	}
	return b
}

// URN is the EPC URN of the key, given how many digits its company prefix has, 6
// to 12, which the key itself does not tell: urn:epc:id for an instance,
// urn:epc:class:lgtin for a lot, urn:epc:idpat with a * for another class. It is
// an error when the key has no EPC URN: a GMN, a payment slip, a class of which
// TDS has no pattern, or a key with more qualifiers than its [Key.EPC].
func (k Key) URN(companyPrefixLength int) (string, error) {
	n := companyPrefixLength
	if n < minURNPrefix || n > len(k.prefixDigits()) {
		return "", fail(k.kind.AI(), k.Value(), "has no company prefix of "+strconv.Itoa(n)+" digits for an EPC URN")
	}
	scheme, serial := k.urnScheme()
	if scheme == nil || scheme.digits == 0 && len(k.Value()) == n {
		return "", fail(k.kind.AI(), k.Value(), "has no EPC URN: too many or too few parts")
	}
	var space [192]byte
	b := append(space[:0], "urn:epc:"...)
	if serial == "" && scheme.pattern {
		b = append(b, "idpat"...)
	} else {
		b = append(b, scheme.family...)
	}
	b = append(b, ':')
	b = append(b, scheme.name...)
	b = append(b, ':')

	value := k.Value()
	rest := value[kinds[k.kind].prefixAt:]
	b = append(b, rest[:n]...)
	b = append(b, '.')
	if scheme.moved {
		b = append(b, value[0])
	}
	if scheme.digits > 0 {
		length := scheme.digits
		if scheme.moved {
			length--
		}
		b = append(b, rest[n:length]...)
	} else {
		b = appendEncoded(b, rest[n:], rawInURN)
	}
	if k.kind == ITIP {
		b = append(b, '.')
		b = append(b, value[14:16]...)
		b = append(b, '.')
		b = append(b, value[16:18]...)
	}
	switch {
	case scheme.serial == "":
	case serial == "" && scheme.pattern:
		b = append(b, ".*"...)
	case serial == "":
		b = append(b, ".0"...) // a GLN without extension
	default:
		b = append(b, '.')
		b = appendEncoded(b, serial, rawInURN)
	}
	return string(b), nil
}

// urnScheme finds the scheme that says all of the key, and its serial field.
func (k Key) urnScheme() (scheme *urnScheme, serial string) {
	elements := k.elements()
	if len(elements) > 2 {
		return nil, ""
	}
	for i := range urnSchemes {
		u := &urnSchemes[i]
		switch {
		case u.kind != k.kind:
		case len(elements) == 2 && u.serial == elements[1].AI:
			return u, elements[1].Value
		case len(elements) == 1 && u.serial == "tail":
			return u, k.Serial()
		case len(elements) == 1:
			return u, ""
		}
	}
	return nil, ""
}
