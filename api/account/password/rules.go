package password

import (
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Lengths in characters, after normalisation.
const (
	Min = 15
	Max = 128
)

// Why a password is refused.
var (
	ErrShort  = fmt.Errorf("the password has fewer than %d characters; four or five words are easy to remember", Min)
	ErrLong   = fmt.Errorf("the password has more than %d characters", Max)
	ErrText   = errors.New("the password holds characters that cannot be typed")
	ErrCommon = errors.New("the password is one that others guess first")
	ErrOwn    = errors.New("the password is made of the person's own name, number or address")
)

// ownLeft is how many characters a password must have besides what is known of the
// person.
const ownLeft = 8

// Check judges a new password. own are the person's name, number, address and what
// else others know.
func Check(password string, own ...string) error {
	password = norm.NFKC.String(password)
	n := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		return ErrText
	case n < Min:
		return ErrShort
	case n > Max:
		return ErrLong
	}
	folded := fold(password)
	if weak(folded) {
		return ErrCommon
	}
	left := folded
	for _, o := range own {
		for _, part := range known(o) {
			left = strings.ReplaceAll(left, part, "")
		}
	}
	if left != folded && utf8.RuneCountInString(left) < ownLeft {
		return ErrOwn
	}
	return nil
}

// known are the parts of what is known of a person that a password may not be made
// of.
func known(own string) (parts []string) {
	local, domain, _ := strings.Cut(own, "@")
	number := strings.TrimPrefix(local, "+84")
	for _, p := range append(strings.Fields(local), local, number, domain) {
		if p = fold(p); utf8.RuneCountInString(p) >= 3 {
			parts = append(parts, p)
		}
	}
	for i, p := range parts { // longest first, so that a whole name goes before its words
		for j := i; j > 0 && len(parts[j-1]) < len(p); j-- {
			parts[j], parts[j-1] = parts[j-1], parts[j]
		}
	}
	return parts
}

//go:embed common.txt
var commonText string

var common = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for line := range strings.Lines(commonText) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			set[fold(line)] = true
		}
	}
	return set
})

// weak reports whether a folded password is common, a walk over the keyboard, or
// made by repeating, joining or numbering such ones.
func weak(s string) bool {
	return covered(unit(s)) || covered(s)
}

// covered reports whether nothing is left, or too little, when common words, runs
// and digits at the end are taken off.
func covered(s string) bool {
	core := strings.TrimFunc(s, unicode.IsDigit)
	if utf8.RuneCountInString(core) < 4 && (core != "" || walk(s) || len(s) <= 8) {
		return true
	}
	if core == "" {
		return false // digits alone, and no walk
	}
	for _, t := range []string{s, core} {
		if common()[t] || walk(t) || joined(t) {
			return true
		}
	}
	return false
}

// joined reports whether a text is common words one after the other, at most three
// of them different: a passphrase of many words is not refused for being made of
// ordinary ones.
func joined(s string) bool {
	used := map[string]bool{}
	var try func(rest string) bool
	steps := 0
	try = func(rest string) bool {
		if rest == "" {
			return len(used) <= 2
		}
		if steps++; steps > 1000 {
			return false
		}
		for n := min(len(rest), 24); n >= 4; n-- {
			word := rest[:n]
			if !common()[word] {
				continue
			}
			had := used[word]
			used[word] = true
			if len(used) <= 2 && try(rest[n:]) {
				return true
			}
			if !had {
				delete(used, word)
			}
		}
		return false
	}
	return try(s)
}

// unit is the shortest text that s is a repetition of, perhaps cut off at the end.
func unit(s string) string {
	for n := 1; n <= len(s)/2; n++ {
		if s[n:] == s[:len(s)-n] {
			return s[:n]
		}
	}
	return s
}

// walks are what fingers run along.
var walks = func() (all []string) {
	for _, w := range []string{
		"abcdefghijklmnopqrstuvwxyz", "0123456789", "1234567890", "qwertyuiopasdfghjklzxcvbnm", "qwertyuiop", "asdfghjkl", "zxcvbnm",
		"qazwsxedcrfvtgbyhnujmikolp", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "147258369", "aabbccddeeffgghhiijjkkllmm", "112233445566778899",
	} {
		w = strings.Repeat(w, 1+2*Max/len(w))
		all = append(all, w, reverse(w))
	}
	return all
}()

func walk(s string) bool {
	for _, w := range walks {
		if strings.Contains(w, s) {
			return true
		}
	}
	return false
}

func reverse(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

// plainer are the letters that people put figures for.
var plainer = strings.NewReplacer("đ", "d", "@", "a", "$", "s", "€", "e")

// fold makes alike what people think of as the same: letter case, the marks of
// Vietnamese, spaces and punctuation.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1 // combining marks, spaces, punctuation
	}, norm.NFKD.String(plainer.Replace(strings.ToLower(s))))
}
