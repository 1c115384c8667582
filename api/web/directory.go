package web

import (
	"io"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// The directory as the operator sees it: who applies, who is on the register, what
// was taken away, which lists are in force.

// DeskDossiers is a list of applications.
type DeskDossiers struct {
	State  string // sent, admitted or refused
	Counts map[string]int
	List   []DeskDossierRow
	Next   string // address of the next page
}

// DeskDossierRow is a line of it.
type DeskDossierRow struct {
	ID        string
	Name      trace.Text
	Kind      ledger.Kind
	Commune   trace.Text
	At        ledger.Time // since when it is in its state
	Documents int
	Again     bool // it was refused before
}

// DeskDossiers writes the page.
func (p *Pages) DeskDossiers(w io.Writer, r Reader, v *DeskDossiers) error {
	return p.desk(w, r, "desk.dossiers", v)
}

// DeskDossier is an application as it was sent.
type DeskDossier struct {
	DeskDossierRow
	State, Hash string
	Applicant   Party  // who sent it; Email and Phone are the account's
	Number      string // tax or registration number
	Address     string
	Phone, Web  string
	About, Note string
	Codes       string // issued or gs1
	GS1, Proof  string
	Files       []Attached
	Decisions   []DeskDecision // the newest first
	Pending     bool           // a decision is being recorded
}

// DeskDecision is what was decided.
type DeskDecision struct {
	At          ledger.Time
	State       string // admitted or refused
	By          string
	Reason      string
	Issuer, GS1 string
	Evidence    string
	Entry       uint64
}

// DeskDossier writes the page.
func (p *Pages) DeskDossier(w io.Writer, r Reader, v *DeskDossier) error {
	return p.desk(w, r, "desk.dossier", v)
}

// DeskOrgs is a part of the organisations on the register.
type DeskOrgs struct {
	Search, State, Kind string
	List                []DeskOrgRow
	Next                string // address of the next part
}

// Kinds are those that can be asked for.
func (v DeskOrgs) Kinds() []ledger.Kind { return ledger.Kinds }

// DeskOrgRow is a line of it.
type DeskOrgRow struct {
	ID        string
	Party     Party
	Suspended bool
	Since     ledger.Time // its admission
}

// DeskOrgs writes the page.
func (p *Pages) DeskOrgs(w io.Writer, r Reader, v *DeskOrgs) error {
	return p.desk(w, r, "desk.organisations", v)
}

// DeskOrg is an organisation.
type DeskOrg struct {
	DeskOrgRow
	Entry       uint64
	About       trace.Text
	Reason      string      // of its suspension
	Stood       ledger.Time // when it was suspended
	Operator    bool        // it is the operator's own
	Host        string
	Shared      bool // the register is on several hosts
	Members     []DeskMember
	MoreMembers bool // than are shown
	GS1         []string
	Issuers     []string
	Places      []DeskThing
	Products    []DeskThing
	More        bool // there are more places or products
	Records     []DeskRecord
}

// DeskMember is a member of an organisation, with their keys.
type DeskMember struct {
	Name      string // where the account is at this node
	Roles     []ledger.Role
	Suspended bool
	Reason    string    // of the suspension
	Keys      []DeskKey // the oldest first
	Lost      string    // the member, where it administers and its key may be lost; or empty
}

// DeskKey is a key of a member.
type DeskKey struct {
	Address  string
	Custody  string // node, wallet, device; empty where another node keeps it
	Since    ledger.Time
	Revoked  ledger.Time // zero while it is in force
	Reason   string
	Replaced bool // by another of the member's keys
}

// DeskThing is a place or a product.
type DeskThing struct {
	Name       trace.Text
	Code, Path string
	Kind       string // the end of a text key "place.…"; empty of a product
	Commune    trace.Text
}

// DeskOrg writes the page.
func (p *Pages) DeskOrg(w io.Writer, r Reader, v *DeskOrg) error {
	return p.desk(w, r, "desk.organisation", v)
}

// DeskModeration is what the operator may take away, and took.
type DeskModeration struct {
	Form    Form
	Search  string
	Found   []DeskPayload
	Erased  []DeskErasure
	Next    string
	Recalls []DeskRecall
}

// DeskPayload is a document, a picture or words that records name. What ends a text
// key "payload.…".
type DeskPayload struct {
	CID, What string
	Name      trace.Text
	Party     Party
	Picture   bool // it can be shown as one
	Gone      bool
}

// DeskErasure is what was taken away.
type DeskErasure struct {
	CID, Reason string
	At          ledger.Time
	Entry       uint64
}

// DeskRecall is a recall in force.
type DeskRecall struct {
	Name   trace.Text
	Path   string
	By     Party
	At     ledger.Time
	Reason string
}

// DeskModeration writes the page.
func (p *Pages) DeskModeration(w io.Writer, r Reader, v *DeskModeration) error {
	return p.desk(w, r, "desk.moderation", v)
}

// DeskLists is the reference lists.
type DeskLists struct {
	List []DeskList
}

// DeskList is a reference list with its versions, the newest first.
type DeskList struct {
	Name     string
	Title    trace.Text
	Sample   bool
	Versions []DeskVersion
	Entries  []trace.ListEntry // of the newest, up to a number
	Total    int
	Search   string
}

// DeskVersion is one of them.
type DeskVersion struct {
	Number int
	At     ledger.Time
	Path   string // of the file
}

// DeskLists writes the page.
func (p *Pages) DeskLists(w io.Writer, r Reader, v *DeskLists) error {
	return p.desk(w, r, "desk.lists", v)
}

// DeskList writes the page.
func (p *Pages) DeskList(w io.Writer, r Reader, v *DeskList) error {
	return p.desk(w, r, "desk.list", v)
}

// DeskPreview is a list before it is published.
type DeskPreview struct {
	Name, CID string
	Title     trace.Text
	Version   int
	Total     int
	Faults    []DeskFault // while there are any, it cannot be published
	More      int         // further faults
	Added     DeskChange
	Changed   DeskChange
	Removed   DeskChange
}

// DeskFault is what is wrong with a line. What ends a text key "fault.…".
type DeskFault struct {
	Line  int
	What  string
	Value string
}

// DeskChange is how many entries, and the first of them.
type DeskChange struct {
	Count int
	First []trace.ListEntry
}

// DeskPreview writes the page.
func (p *Pages) DeskPreview(w io.Writer, r Reader, v *DeskPreview) error {
	return p.desk(w, r, "desk.preview", v)
}

// DeskPeople is where the operator finds a person.
type DeskPeople struct {
	Form   Form
	Search string
	Found  *DeskPerson // nil where nobody was
}

// DeskPerson is somebody with an account at this node.
type DeskPerson struct {
	ID, Name, Phone, Email string
	Orgs                   []trace.Text
}

// DeskPeople writes the page.
func (p *Pages) DeskPeople(w io.Writer, r Reader, v *DeskPeople) error {
	return p.desk(w, r, "desk.people", v)
}
