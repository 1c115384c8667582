package web

import (
	"slices"
	"strings"
)

// deed says what somebody did.
func (w words) deed(d Deed) (string, error) {
	key := "deed." + d.What
	if _, ok := w.texts[key]; !ok {
		return capital(w.signed(d.Words)), nil
	}
	text, err := w.text(key, "n", d.N)
	if err != nil {
		return "", err
	}
	var doing []string
	for _, s := range d.Steps {
		doing = append(doing, w.doing(s))
	}
	if more := append(doing, d.About...); len(more) > 0 {
		text += ": " + strings.Join(more, ", ")
	}
	return text, nil
}

// signed is what a summary says in one language: summaries have both, as in "Ghi
// danh 1 thành viên (enrol 1 members)".
func (w words) signed(summary string) string {
	first, second, ok := strings.Cut(summary, " (")
	if ok && w.lang != Vietnamese {
		second, _, _ = strings.Cut(second, ")")
		return second
	}
	return first
}

// doing is a business step without who and what: "thu hoạch" of "{who} thu hoạch
// {what}".
func (w words) doing(step string) string {
	if !slices.Contains(Complete, w.lang) {
		w = words{English, texts[English]} // as the rest of the desk
	}
	word := bareWord(step)
	s := strings.TrimPrefix(w.known("step."+word, strings.ReplaceAll(word, "_", " ")), "{who} ")
	s, _, _ = strings.Cut(s, "{")
	return strings.TrimSpace(s)
}
