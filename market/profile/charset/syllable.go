package charset

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Syllable reports whether a word could be a syllable of Vietnamese: a consonant or none,
// vowels, a final consonant or none, and at most one tone.
func Syllable(word string) bool {
	tones := 0
	bare := strings.Map(func(c rune) rune {
		switch c {
		case 0x300, 0x301, 0x303, 0x309, 0x323: // grave, acute, tilde, hook, dot below
			tones++
			return -1
		}
		return unicode.ToLower(c)
	}, norm.NFD.String(word))
	if tones > 1 {
		return false
	}
	bare = norm.NFC.String(bare)
	for _, onset := range onsets {
		rest, ok := strings.CutPrefix(bare, onset)
		if !ok || rest == "" {
			continue
		}
		if vowels[rest] {
			return true
		}
		for _, coda := range codas {
			if v, ok := strings.CutSuffix(rest, coda); ok && vowels[v] {
				return true
			}
		}
	}
	return false
}

var (
	onsets = append(strings.Fields("ngh ng nh gh gi ch kh ph th tr qu b c d đ g h k l m n p r s t v x"), "")
	codas  = strings.Fields("ch ng nh c m n p t")
	vowels = func() map[string]bool {
		m := map[string]bool{}
		for _, v := range strings.Fields(`a ă â e ê i o ô ơ u ư y ia iê ya yê ua uô ưa ươ ai ao au ay âu ây eo êu iu iêu yêu
			oa oă oe oi oai oao oay oeo ôi ơi uâ uê ui uy uya uyê uôi uây uyu ưi ưu ươi ươu oo uơ uă`) {
			m[v] = true
		}
		return m
	}()
)
