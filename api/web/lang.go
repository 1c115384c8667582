package web

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Lang is a language that the pages are in: the name of a file of texts.
type Lang string

// Vietnamese is what the register is kept in, and English what somebody is given who
// reads none of its languages.
const (
	Vietnamese Lang = "vi"
	English    Lang = "en"
)

// Languages are all for which there is a file of texts: Vietnamese, English, and the
// others by name. A file has what shoppers and other strangers read; of the rest it
// may lack some, which is then in English.
var Languages = languagesOf(ownTexts)

// Complete are the languages that lack nothing.
var Complete = completeOf(ownTexts)

func languagesOf(own map[Lang]map[string]string) []Lang {
	list := slices.Sorted(maps.Keys(own))
	slices.SortStableFunc(list, func(a, b Lang) int { return cmp.Compare(rank(a), rank(b)) })
	return list
}

func rank(l Lang) int {
	switch l {
	case Vietnamese:
		return 0
	case English:
		return 1
	}
	return 2
}

func completeOf(own map[Lang]map[string]string) []Lang {
	return slices.DeleteFunc(languagesOf(own), func(l Lang) bool {
		for key := range own[Vietnamese] {
			if own[l][key] == "" {
				return true
			}
		}
		return false
	})
}

// The switch between languages: ?lang=en answers in English and asks to be
// remembered in the cookie.
const (
	LangParam  = "lang"
	LangCookie = "lang"
)

// ParseLang reads the switch or the cookie; ok is false when it names none of
// ours.
func ParseLang(s string) (lang Lang, ok bool) {
	for _, l := range Languages {
		if string(l) == s {
			return l, true
		}
	}
	return Vietnamese, false
}

// Negotiate chooses the language: the ?lang= parameter, else the cookie, else
// what Accept-Language prefers (RFC 9110, section 12.5.4). Whoever reads none of ours
// is given English, and who says nothing Vietnamese.
func Negotiate(param, cookie, acceptLanguage string) Lang {
	if l, ok := ParseLang(param); ok {
		return l
	}
	if l, ok := ParseLang(cookie); ok {
		return l
	}
	read := map[string]float64{}
	for _, part := range strings.Split(acceptLanguage, ",") {
		tag, quality := part, 1.0
		if t, params, ok := strings.Cut(part, ";"); ok {
			tag = t
			q, err := strconv.ParseFloat(strings.TrimPrefix(strings.ReplaceAll(params, " ", ""), "q="), 64)
			if err != nil || !(q >= 0 && q <= 1) {
				continue
			}
			quality = q
		}
		primary, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		if primary != "" && quality > 0 {
			read[primary] = max(read[primary], quality)
		}
	}
	best, most := English, 0.0
	for _, l := range Languages {
		if read[string(l)] > most {
			best, most = l, read[string(l)]
		}
	}
	if most == 0 && (len(read) == 0 || read["*"] > 0) {
		return Vietnamese
	}
	return best
}
