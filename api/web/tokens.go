package web

import (
	"io"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Membership is an organisation that somebody acts for, to choose from.
type Membership struct {
	Member string
	Org    trace.Text
	Chosen bool
}

// Token is what lets a program act for somebody.
type Token struct {
	ID      string
	Name    string
	Org     trace.Text
	Scopes  []string // ends of the text keys "scope.…"
	Made    ledger.Time
	Expires ledger.Time // zero for never
	Used    ledger.Time // zero for not yet
	Expired bool
}

// Tokens is the page of somebody's tokens.
type Tokens struct {
	Member bool // of any organisation: there is something to make a token for
	List   []Token
}

// Tokens writes the page.
func (p *Pages) Tokens(w io.Writer, r Reader, v *Tokens) error { return p.desk(w, r, "tokens", v) }

// NewToken is the form of a token.
type NewToken struct {
	Form    Form
	Members []Membership
	Scopes  []string
}

// tokenLives are how many days a token may last, the shortest first.
var tokenLives = []string{"30", "90", "365"}

// NewToken writes the page.
func (p *Pages) NewToken(w io.Writer, r Reader, v *NewToken) error {
	return p.desk(w, r, "token.new", struct {
		*NewToken
		Orgs, Kinds, Lives []Option
	}{v, p.memberships(r.Lang, v.Members), p.choices(r.Lang, "scope.", v.Scopes...), p.choices(r.Lang, "life.", tokenLives...)})
}

// MadeToken shows a token once.
type MadeToken struct {
	Token   Token
	Secret  string
	Address string // of the site, for the example
}

// MadeToken writes the page.
func (p *Pages) MadeToken(w io.Writer, r Reader, v *MadeToken) error {
	return p.once(w, r, "token.made", "copy.js", v)
}

// choices are options whose words are texts: of a key that begins with prefix, and
// of the same with ".help" where there is one.
func (p *Pages) choices(l Lang, prefix string, values ...string) (list []Option) {
	w := words{l, texts[l]}
	for _, v := range values {
		list = append(list, Option{Value: v, Text: p.text(l, prefix+v), Help: w.known(prefix+v+".help", "")})
	}
	return list
}

// memberships are options to choose an organisation from; the chosen one, or else
// the first, is marked.
func (p *Pages) memberships(l Lang, all []Membership) (list []Option) {
	chosen := 0
	for i, m := range all {
		name := m.Org.In(string(l))
		if name == "" {
			name = p.text(l, "org.nameless")
		}
		list = append(list, Option{Value: m.Member, Text: name})
		if m.Chosen {
			chosen = i
		}
	}
	if len(list) > 0 {
		list[chosen].Chosen = true
	}
	return list
}
