// Package heading reads the headings of tables as people and programs write them in
// Vietnam: "Họ và tên", "HO_TEN", "hoTen" and "hoten" are the same words.
package heading

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Heading is a heading as words in small letters without marks, a space before and
// behind each.
type Heading string

// Of reads a heading.
func Of(text string) Heading {
	var b strings.Builder
	b.WriteByte(' ')
	var last rune
	for _, c := range norm.NFD.String(text) {
		if unicode.Is(unicode.Mn, c) {
			continue
		}
		switch {
		case !unicode.IsLetter(c) && !unicode.IsDigit(c):
			c = ' '
		case unicode.IsUpper(c) && unicode.IsLower(last), unicode.IsDigit(c) != unicode.IsDigit(last) && last != ' ' && last != 0:
			b.WriteByte(' ')
		}
		if c != ' ' || last != ' ' && last != 0 {
			b.WriteRune(small(c))
		}
		last = c
	}
	if last != ' ' {
		b.WriteByte(' ')
	}
	return Heading(b.String())
}

// Plain is a text in small letters without marks.
func Plain(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.Is(unicode.Mn, c) {
			return -1
		}
		return small(c)
	}, norm.NFD.String(text))
}

func small(c rune) rune {
	if c == 'đ' || c == 'Đ' {
		return 'd'
	}
	return unicode.ToLower(c)
}

// Has reports whether one of the phrases stands in a heading, word for word or as one
// word.
func (h Heading) Has(phrases ...string) bool {
	for _, p := range phrases {
		if strings.Contains(string(h), " "+p+" ") || strings.Contains(string(h), " "+strings.ReplaceAll(p, " ", "")+" ") {
			return true
		}
	}
	return false
}

// Starts reports whether a heading begins with one of the phrases.
func (h Heading) Starts(phrases ...string) bool {
	for _, p := range phrases {
		if strings.HasPrefix(string(h), " "+p+" ") || strings.HasPrefix(string(h), " "+strings.ReplaceAll(p, " ", "")+" ") {
			return true
		}
	}
	return false
}
