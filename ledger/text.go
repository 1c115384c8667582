package ledger

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Text is words for people, in Vietnamese and English.
type Text struct {
	VI string `json:"vi,omitempty"`
	EN string `json:"en,omitempty"`
}

// In gives the words in a language, or in the other where they are missing. Whoever
// reads neither is given the English.
func (t Text) In(lang string) string {
	if (lang != "vi" && t.EN != "") || t.VI == "" {
		return t.EN
	}
	return t.VI
}

func (t Text) IsZero() bool { return t == Text{} }

// Fold is a text as people type it who leave out the marks on letters: small letters
// without diacritics.
func Fold(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case r == 'đ' || r == 'Đ':
			return 'd'
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(s))
}
