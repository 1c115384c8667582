package account

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"github.com/sogoc/sogoc/ledger"
)

// Limits of what a person tells of themself.
const (
	maxName  = 100 // characters
	maxEmail = 254 // bytes; RFC 5321, section 4.5.3.1.3
	// maxIdentifier is the longest that is looked at when somebody signs in.
	maxIdentifier = 320
)

// ParsePhone reads a telephone number as people write it and returns it in E.164.
// Without a country it is Vietnamese: 0912 345 678 is +84912345678.
func ParsePhone(s string) (string, error) {
	bad := ledger.FieldErrorf(ledger.Invalid, "phone", "is not a telephone number such as 0912 345 678 or +84 912 345 678")
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" .-()/\u00a0", r) {
			return -1
		}
		return r
	}, strings.TrimSpace(s))
	digits, international := strings.CutPrefix(digits, "+")
	if after, ok := strings.CutPrefix(digits, "00"); ok && !international {
		digits, international = after, true
	}
	if strings.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' }) {
		return "", bad
	}
	switch {
	case international:
		if after, ok := strings.CutPrefix(digits, "840"); ok {
			digits = "84" + after // +84 (0)912…
		}
	case strings.HasPrefix(digits, "0"):
		digits = "84" + digits[1:]
	case strings.HasPrefix(digits, "84") && len(digits) >= 11:
	default:
		return "", bad
	}
	// E.164: at most 15 digits, no country begins with 0. Vietnam: nine digits for a
	// mobile, ten for a landline with its area code.
	if len(digits) < 8 || len(digits) > 15 || digits[0] == '0' {
		return "", bad
	}
	if national, ok := strings.CutPrefix(digits, "84"); ok && (len(national) < 9 || len(national) > 10 || national[0] < '2') {
		return "", bad
	}
	return "+" + digits, nil
}

// ParseEmail reads an address and returns it as it is compared: in lower case, its
// domain in ASCII.
func ParseEmail(s string) (string, error) {
	bad := ledger.FieldErrorf(ledger.Invalid, "email", "is not an e-mail address such as hoa@example.vn")
	s = norm.NFC.String(strings.TrimSpace(s))
	at := strings.LastIndexByte(s, '@')
	if at < 1 || len(s) > maxEmail || !utf8.ValidString(s) {
		return "", bad
	}
	domain, err := idna.Lookup.ToASCII(s[at+1:])
	if err != nil || !strings.Contains(domain, ".") {
		return "", bad
	}
	s = strings.ToLower(s[:at]) + "@" + strings.ToLower(domain)
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s || a.Name != "" {
		return "", bad
	}
	return s, nil
}

// Kinds of names that accounts claim in the vault.
const (
	phoneName    = "phone"
	emailName    = "email"
	keyName      = "key"
	externalName = "external"

	applicationName = "application" // an organisation's ID
)

// parseIdentifier tells what somebody signs in with. What is neither a number nor
// an address is a name that nobody has.
func parseIdentifier(s string) (kind, name string) {
	if strings.Contains(s, "@") {
		if email, err := ParseEmail(s); err == nil {
			return emailName, email
		}
	} else if phone, err := ParsePhone(s); err == nil {
		return phoneName, phone
	}
	return "none", s[:min(len(s), maxIdentifier)]
}

// parseName reads what a person is called.
func parseName(s string) (string, error) {
	s = strings.Join(strings.Fields(norm.NFC.String(s)), " ")
	n := utf8.RuneCountInString(s)
	if n == 0 || n > maxName || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "", ledger.FieldErrorf(ledger.Invalid, "name", "is not a name of 1 to %d characters", maxName)
	}
	return s, nil
}
