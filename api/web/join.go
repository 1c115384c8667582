package web

import (
	"html/template"
	"io"
	"net/url"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// QR is a code as a drawing: a square of Size modules, the dark ones as one path.
type QR struct {
	Size int
	Path string
}

// Box is the side of the drawing with its quiet zone of four modules.
func (q QR) Box() int { return q.Size + 8 }

// Invitation is an open invitation in a list.
type Invitation struct {
	ID, Name, Phone, By string
	Roles               []ledger.Role
	Until               ledger.Time
}

// Invitations is the page on which an administrator invites.
type Invitations struct {
	Form  Form
	Roles []ledger.Role // that are offered as chosen
	List  []Invitation
}

// Invitations writes the page.
func (p *Pages) Invitations(w io.Writer, r Reader, v *Invitations) error {
	return p.desk(w, r, "invitations", v)
}

// Invited shows an invitation that was just made: its link, this once, and a card to
// print.
type Invited struct {
	Org   trace.Text
	Name  string
	Roles []ledger.Role
	Link  string
	Host  string // where the link leads, for people
	Until ledger.Time
	QR    QR
}

// Invited writes the page.
func (p *Pages) Invited(w io.Writer, r Reader, v *Invited) error {
	return p.once(w, r, "invited", "hand.js", v)
}

// InvitedAll shows invitations that were just made: their links, this once, and a card
// of each to print.
type InvitedAll struct {
	Org  trace.Text
	Host string
	List []Invited
}

// Lines are the links for a message to each: name and link with a tab between them.
func (v *InvitedAll) Lines() string {
	var b strings.Builder
	for _, one := range v.List {
		b.WriteString(one.Name + "\t" + one.Link + "\n")
	}
	return b.String()
}

// InvitedAll writes the page.
func (p *Pages) InvitedAll(w io.Writer, r Reader, v *InvitedAll) error {
	return p.once(w, r, "invitedall", "hand.js", v)
}

// Join is the page that an invitation opens.
type Join struct {
	Form       Form
	Org        trace.Text
	By         string
	Roles      []ledger.Role
	Until      ledger.Time
	Name       string // of who is invited
	Phone      string
	PhoneFixed bool // only this number may accept
	Password   bool // they choose a password, and not a PIN
	Link       string
	SignIn     string // address to sign in and come back
	App        *InApp // nil in a browser of its own
	Me         string // of who is signed in
	Belongs    bool   // who is signed in belongs to it already
}

// Join writes the page.
func (p *Pages) Join(w io.Writer, r Reader, v *Join) error {
	return p.scripted(w, r, "join", "hand.js", v)
}

// Lapsed is the page of an invitation that is no longer good.
type Lapsed struct{}

// Lapsed writes the page.
func (p *Pages) Lapsed(w io.Writer, r Reader, v *Lapsed) error { return p.desk(w, r, "lapsed", v) }

// InApp is a chat application that shows pages in a browser of its own. Such a browser
// forgets: who joined in it is a stranger in the telephone's browser.
type InApp struct {
	Name string       // Zalo
	Open template.URL // address that has Android open the telephone's browser; empty elsewhere
}

// inApps are what chat applications call their browsers.
var inApps = []struct{ agent, name string }{
	{"Zalo", "Zalo"}, {"MessengerForiOS", "Messenger"}, {"Orca-Android", "Messenger"}, {"MessengerLite", "Messenger"},
	{"Instagram", "Instagram"}, {"FBAN", "Facebook"}, {"FBAV", "Facebook"}, {"FB_IAB", "Facebook"},
	{"TikTok", "TikTok"}, {"musical_ly", "TikTok"}, {"BytedanceWebview", "TikTok"}, {"trill_", "TikTok"},
	{"MicroMessenger", "WeChat"}, {" Line/", "LINE"}, {"Viber", "Viber"},
}

// InAppOf tells a chat application's browser by its name for itself; nil for others.
// link is the page that is to open elsewhere.
func InAppOf(agent, link string) *InApp {
	for _, a := range inApps {
		if !strings.Contains(agent, a.agent) {
			continue
		}
		in := &InApp{Name: a.name}
		if scheme, rest, ok := strings.Cut(link, "://"); ok && strings.Contains(agent, "Android") {
			in.Open = template.URL("intent://" + rest + "#Intent;scheme=" + scheme +
				";action=android.intent.action.VIEW;category=android.intent.category.BROWSABLE;S.browser_fallback_url=" +
				url.QueryEscape(link) + ";end")
		}
		return in
	}
	return nil
}
