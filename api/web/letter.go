package web

// ResetLetter is the letter with a reset link: its subject and its text.
func (p *Pages) ResetLetter(lang Lang, name, link string) (subject, text string) {
	return p.letter(lang, "letter.reset.subject", "letter.reset", name, link)
}

// AddressLetter is the letter by which somebody shows that an address is theirs.
func (p *Pages) AddressLetter(lang Lang, name, link string) (subject, text string) {
	return p.letter(lang, "letter.address.subject", "letter.address", name, link)
}

func (p *Pages) letter(lang Lang, title, body, name, link string) (subject, text string) {
	if _, ok := ParseLang(string(lang)); !ok {
		lang = Vietnamese
	}
	w := words{lang, texts[lang]}
	return w.must(title, "register", p.options.RegisterName),
		w.must(body, "name", name, "link", link, "register", p.options.RegisterName)
}
