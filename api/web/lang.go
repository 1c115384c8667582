package web

import (
	"strconv"
	"strings"
)

// Lang is a language that the pages are in.
type Lang string

const (
	Vietnamese Lang = "vi"
	English    Lang = "en"
)

// Languages, the default first.
var Languages = []Lang{Vietnamese, English}

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
// what Accept-Language prefers (RFC 9110, section 12.5.4). Whoever reads neither
// language is given English, and who says nothing Vietnamese.
func Negotiate(param, cookie, acceptLanguage string) Lang {
	if l, ok := ParseLang(param); ok {
		return l
	}
	if l, ok := ParseLang(cookie); ok {
		return l
	}
	best := map[string]float64{}
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
			best[primary] = max(best[primary], quality)
		}
	}
	vi, en := best["vi"], best["en"]
	switch {
	case vi == 0 && en == 0 && (len(best) == 0 || best["*"] > 0):
		return Vietnamese
	case vi == 0, en > vi:
		return English
	}
	return Vietnamese
}
