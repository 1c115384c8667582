package ledger

// Text is words for people, in Vietnamese and English.
type Text struct {
	VI string `json:"vi,omitempty"`
	EN string `json:"en,omitempty"`
}

// In gives the words in a language, or in the other where they are missing. Whoever
// reads neither is given the English.
func (t Text) In(lang string) string {
	if (lang != "vi" && t.EN != "") || t.VI == "" {
		return t.EN
	}
	return t.VI
}

func (t Text) IsZero() bool { return t == Text{} }
