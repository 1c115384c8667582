// Package words finds Vietnamese texts by their words, with marks and without. What it
// knows is in memory.
package words

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/sogoc/sogoc/ledger"
)

// maxWord is how many bytes a word has; what is longer is none.
const maxWord = 64

// Word is a word in two spellings: as it is written, with the tone after the letters so
// that "hoà" and "hòa" are one word, and plain, as it is typed without marks. The first
// is empty where nobody knows which marks it would have.
type Word struct{ Spelled, Plain string }

func (w Word) unmarked() bool { return w.Spelled == "" }

// Asked are the words that somebody looks for. Those that are typed without marks may
// mean any.
func Asked(s string) []Word {
	list := wordsOf(s)
	for i, w := range list {
		if w.Spelled == w.Plain {
			list[i].Spelled = ""
		}
	}
	return list
}

// Written are the words of a text. Where none has a mark, people left them out.
func Written(s string) []Word {
	list := wordsOf(s)
	if slices.ContainsFunc(list, func(w Word) bool { return w.Spelled != w.Plain }) {
		return list
	}
	return Asked(s)
}

// wordsOf are the runs of letters and digits in a text.
func wordsOf(s string) []Word {
	fields := strings.FieldsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r)
	})
	list := make([]Word, 0, len(fields))
	known := spellings.Get().(map[string]Word)
	defer spellings.Put(known)
	for _, f := range fields {
		if len(f) > maxWord {
			continue
		}
		w, ok := known[f]
		if !ok {
			w = wordOf(f)
			if len(known) == maxSpellings {
				clear(known)
			}
			known[strings.Clone(f)] = w
		}
		if w.Plain != "" {
			list = append(list, w)
		}
	}
	return list
}

// spellings are words that were spelled before: texts are written with few syllables.
var spellings = sync.Pool{New: func() any { return map[string]Word{} }}

const maxSpellings = 20_000

// Tones of Vietnamese as combining marks.
const tones = "\u0300\u0301\u0303\u0309\u0323"

// wordOf spells one word.
func wordOf(s string) Word {
	if ascii(s) {
		s = strings.ToLower(s)
		return Word{s, s}
	}
	var letters, tone strings.Builder
	for _, r := range norm.NFD.String(s) {
		if strings.ContainsRune(tones, r) {
			tone.WriteRune(r)
		} else {
			letters.WriteRune(unicode.ToLower(r))
		}
	}
	return Word{letters.String() + tone.String(), ledger.Fold(s)}
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
