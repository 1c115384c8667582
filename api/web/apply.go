package web

import (
	"io"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// SignUp is the page on which somebody without an invitation makes an account.
type SignUp struct {
	Form Form
	Next string
}

// SignUp writes the page.
func (p *Pages) SignUp(w io.Writer, r Reader, v *SignUp) error { return p.desk(w, r, "signup", v) }

// Apply is the form by which an organisation applies.
type Apply struct {
	Form      Form
	Org       string   // of an application that was saved before; empty for a new one
	Kind      string   // that is chosen, and
	Codes     string   // which codes
	Communes  []Option // empty where the register has no list of them
	Missing   []string // fields without which it cannot be sent
	Documents []Attached
	Room      int    // how many more documents there may be
	Refused   string // why it was refused when it was last sent
	New       bool   // never sent: it can be dropped
}

// Attached is a file that belongs to an application.
type Attached struct {
	Path, Remove string // address, and what a button sends to remove it
	Name         string
	Size         int64
}

// Apply writes the page.
func (p *Pages) Apply(w io.Writer, r Reader, v *Apply) error { return p.desk(w, r, "apply", v) }

// Applied is where an application stands.
type Applied struct {
	Org       string
	State     string // sent, admitted or refused
	Since     ledger.Time
	Reason    string
	Issuer    string // of codes that were assigned
	Prefix    string // of GS1
	Rows      []ApplyRow
	Documents []Attached
	Form      Form
}

// ApplyRow is a line of what an application says: the end of a text key
// "apply.field.…", and the words.
type ApplyRow struct{ Field, Text string }

// Applied writes the page.
func (p *Pages) Applied(w io.Writer, r Reader, v *Applied) error { return p.desk(w, r, "applied", v) }

// Org is the page of an organisation for its own members.
type Org struct {
	Name        trace.Text
	Kind        ledger.Kind
	About       trace.Text
	Address     trace.Text
	Phone, Web  string
	Since       ledger.Time
	Issuers     []string
	Prefixes    []string
	Members     uint64
	Waiting     int    // members to be confirmed
	Invitations uint64 // open ones
	Admin       bool
	TwoFactors  bool   // it asks its members for two
	Picture     string // its address; empty where there is none
	Answers     bool   // they deal with what shoppers report
	Complaints  int    // that are open
	Responds    bool   // the reader answers requests for data
	Requests    int    // that are not answered

	Certificates []CertificateLine // that it holds
	Recalls      bool              // the reader may recall
	Certifies    bool              // the reader may certify
	Publishes    bool              // the reader may publish data
}

// Org writes the page.
func (p *Pages) Org(w io.Writer, r Reader, v *Org) error { return p.desk(w, r, "org", v) }

// OrgProfile is the form of what an organisation tells of itself.
type OrgProfile struct {
	Form     Form
	Private  bool     // it is a household's or an artisan's, which is sealed
	Communes []Option // empty where the register has no list of them
	Picture  string   // the address of the one it has
}

// OrgProfile writes the page.
func (p *Pages) OrgProfile(w io.Writer, r Reader, v *OrgProfile) error {
	return p.desk(w, r, "orgprofile", v)
}

// OrgSettings is the page of what an organisation asks of its members.
type OrgSettings struct {
	Form       Form
	TwoFactors bool
}

// OrgSettings writes the page.
func (p *Pages) OrgSettings(w io.Writer, r Reader, v *OrgSettings) error {
	return p.desk(w, r, "settings", v)
}

// Colleague is a member of the own organisation.
type Colleague struct {
	ID        string
	Name      string // empty for one of another node
	Roles     []ledger.Role
	Custody   string // end of a text key "holds.…", or empty
	Since     ledger.Time
	Last      ledger.Time // of what they last did; zero for nothing
	Waits     bool
	Suspended bool
	Gone      bool
	Me        bool
}

// Colleagues is the list of an organisation's members.
type Colleagues struct {
	List  []Colleague
	Admin bool
}

// Colleagues writes the page.
func (p *Pages) Colleagues(w io.Writer, r Reader, v *Colleagues) error {
	return p.desk(w, r, "members", v)
}

// Member is the page on which an administrator looks after a member.
type Member struct {
	Colleague
	Form Form
	Why  string // they are as they are
	// Changed is when they became so; zero where nothing changed.
	Changed ledger.Time
	Lost    bool // the key may be one that they lost
}

// Member writes the page.
func (p *Pages) Member(w io.Writer, r Reader, v *Member) error { return p.desk(w, r, "member", v) }

// Handed shows a link that an administrator hands over, this once.
type Handed struct {
	Name, Link string
	Until      ledger.Time
	QR         QR
	Back       string // where it leads
}

// Handed writes the page.
func (p *Pages) Handed(w io.Writer, r Reader, v *Handed) error {
	return p.once(w, r, "handed", "hand.js", v)
}

// Deed is something that somebody did, a line of a history.
type Deed struct {
	At      ledger.Time
	Who     string
	Mine    bool
	What    string   // end of a text key "deed.…"
	Words   string   // what was signed, where there is no such text
	N       int      // of items
	Steps   []string // business steps
	About   []string // names of members
	Receipt string
}

// Deeds is who did what.
type Deeds struct {
	List  []Deed
	Next  string // address of the page that follows
	Admin bool   // of everybody, and not of the reader alone
}

// Deeds writes the page.
func (p *Pages) Deeds(w io.Writer, r Reader, v *Deeds) error { return p.desk(w, r, "deeds", v) }
