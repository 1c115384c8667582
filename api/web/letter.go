package web

// ResetLetter is the letter with a reset link: its subject and its text.
func (p *Pages) ResetLetter(lang Lang, name, link string) (subject, text string) {
	return p.letter(lang, "letter.reset.subject", "letter.reset", name, link)
}

// AddressLetter is the letter by which somebody shows that an address is theirs.
func (p *Pages) AddressLetter(lang Lang, name, link string) (subject, text string) {
	return p.letter(lang, "letter.address.subject", "letter.address", name, link)
}

// ComplaintLetter is the letter that tells of a complaint about something.
func (p *Pages) ComplaintLetter(lang Lang, name, link, about string) (subject, text string) {
	return p.letter(lang, "letter.complaint.subject", "letter.complaint", name, link, "about", about)
}

func (p *Pages) letter(lang Lang, title, body, name, link string, more ...any) (subject, text string) {
	if _, ok := ParseLang(string(lang)); !ok {
		lang = Vietnamese
	}
	w := words{lang, texts[lang]}
	return w.must(title, "register", p.options.RegisterName),
		w.must(body, append(more, "name", name, "link", link, "register", p.options.RegisterName)...)
}
