package web

// ResetLetter is the letter with a reset link: its subject and its text.
func (p *Pages) ResetLetter(lang Lang, name, link string) (subject, text string) {
	if _, ok := ParseLang(string(lang)); !ok {
		lang = Vietnamese
	}
	w := words{lang, texts[lang]}
	return w.must("letter.reset.subject", "register", p.options.RegisterName),
		w.must("letter.reset", "name", name, "link", link, "register", p.options.RegisterName)
}
