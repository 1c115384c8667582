package catalog

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// Limits of what is kept of a text.
const (
	maxWord  = 64   // bytes; what is longer is no word
	maxWords = 2000 // different words of a dataset
)

// word is a word in two spellings: as it is written, with the tone after the letters so
// that "hoà" and "hòa" are one word, and plain, as it is typed without marks. The first
// is empty where nobody knows which marks it would have.
type word struct{ spelled, plain string }

func (w word) unmarked() bool { return w.spelled == "" }

// asked are the words that somebody looks for. Those that are typed without marks may
// mean any.
func asked(s string) []word {
	list := wordsOf(s)
	for i, w := range list {
		if w.spelled == w.plain {
			list[i].spelled = ""
		}
	}
	return list
}

// written are the words of a text. Where none has a mark, people left them out.
func written(s string) []word {
	list := wordsOf(s)
	if slices.ContainsFunc(list, func(w word) bool { return w.spelled != w.plain }) {
		return list
	}
	return asked(s)
}

// wordsOf are the runs of letters and digits in a text.
func wordsOf(s string) []word {
	fields := strings.FieldsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r)
	})
	list := make([]word, 0, len(fields))
	known := spellings.Get().(map[string]word)
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
		if w.plain != "" {
			list = append(list, w)
		}
	}
	return list
}

// spellings are words that were spelled before: texts are written with few syllables.
var spellings = sync.Pool{New: func() any { return map[string]word{} }}

const maxSpellings = 20_000

// Tones of Vietnamese as combining marks.
const tones = "\u0300\u0301\u0303\u0309\u0323"

// wordOf spells one word.
func wordOf(s string) word {
	if ascii(s) {
		s = strings.ToLower(s)
		return word{s, s}
	}
	var letters, tone strings.Builder
	for _, r := range norm.NFD.String(s) {
		if strings.ContainsRune(tones, r) {
			tone.WriteRune(r)
		} else {
			letters.WriteRune(unicode.ToLower(r))
		}
	}
	return word{letters.String() + tone.String(), ledger.Fold(s)}
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Weights of words by where they stand; a word's weights add up to maxWeight at most.
const (
	inTitle    = 8
	inKeywords = 5
	inColumns  = 2
	inSummary  = 1
	inName     = 4 // of the publisher
	maxWeight  = 15
)

// weighed are the words by which a description is found.
func weighed(d *market.Description) map[word]int {
	found := map[word]int{}
	add := func(weight int, texts ...string) {
		for _, t := range texts {
			for _, w := range written(t) {
				n, known := found[w]
				if known || len(found) < maxWords {
					found[w] = min(n+weight, maxWeight)
				}
			}
		}
	}
	add(inTitle, d.Title.VI, d.Title.EN)
	add(inKeywords, d.Keywords...)
	add(inSummary, d.Summary.VI, d.Summary.EN)
	for _, c := range d.Columns {
		add(inColumns, c.Name, c.Title.VI, c.Title.EN)
	}
	return found
}
