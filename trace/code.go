package trace

import (
	"fmt"
	"strings"
)

// Code is a register-issued code, for the many who have no GS1 prefix. It names
// a product, a place or an asset of one organisation:
//
//	4 characters  issuer, given to the organisation by the operator
//	5 characters  item, chosen by the organisation
//	1 character   check (Luhn modulo 32)
//
// over Crockford's base-32 alphabet, which has no I, L, O and U. Its address is
// /t/{code} on any host; a lot and a serial follow as in a GS1 Digital Link:
// /t/{code}/10/{lot}/21/{serial}.
type Code string

const (
	codeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	codeLength   = 10
	issuerLength = 4
)

// NewCode makes the code of an issuer's item.
func NewCode(issuer, item string) (Code, error) {
	if !ValidIssuer(issuer) {
		return "", fmt.Errorf("issuer %q is not %d characters of %s", issuer, issuerLength, codeAlphabet)
	}
	return ParseCode(issuer + item + string(codeAlphabet[luhn32(issuer+item)]))
}

// ParseCode reads a code as people write it: in any case, with spaces or hyphens,
// with O for 0 and I or L for 1.
func ParseCode(s string) (Code, error) {
	c := strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-':
			return -1
		case 'o', 'O':
			return '0'
		case 'i', 'I', 'l', 'L':
			return '1'
		}
		return r
	}, s)
	c = strings.ToUpper(c)
	if len(c) != codeLength {
		return "", fmt.Errorf("%q is not a code of %d characters", s, codeLength)
	}
	for _, r := range c {
		if !strings.ContainsRune(codeAlphabet, r) {
			return "", fmt.Errorf("code %q has the character %q, which no code has", s, r)
		}
	}
	if want := codeAlphabet[luhn32(c[:codeLength-1])]; c[codeLength-1] != want {
		return "", fmt.Errorf("code %q has a wrong check character; one character is mistyped", s)
	}
	return Code(c), nil
}

// Issuer is the part that belongs to one organisation.
func (c Code) Issuer() string { return string(c[:issuerLength]) }

// ValidIssuer reports whether s can be an issuer.
func ValidIssuer(s string) bool {
	if len(s) != issuerLength {
		return false
	}
	for _, r := range s {
		if !strings.ContainsRune(codeAlphabet, r) {
			return false
		}
	}
	return true
}

// Issuers is how many issuers there can be.
const Issuers = 1 << (5 * issuerLength)

// NthIssuer is the issuer with a number from 0 to Issuers-1.
func NthIssuer(n uint32) string {
	b := make([]byte, issuerLength)
	for i := range b {
		b[issuerLength-1-i] = codeAlphabet[n%32]
		n /= 32
	}
	return string(b)
}

// Spoken groups the code for reading aloud and typing: BNHG-00012-X.
func (c Code) Spoken() string {
	return string(c[:issuerLength] + "-" + c[issuerLength:codeLength-1] + "-" + c[codeLength-1:])
}

// luhn32 is the index of the check character: from the right, every second
// value is doubled and its two base-32 digits are added.
func luhn32(s string) int {
	sum, double := 0, true
	for i := len(s) - 1; i >= 0; i-- {
		v := max(strings.IndexByte(codeAlphabet, s[i]), 0)
		if double {
			v *= 2
			v = v/32 + v%32
		}
		sum += v
		double = !double
	}
	return (32 - sum%32) % 32
}
