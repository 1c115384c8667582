package web

import (
	"io"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// ComplaintForm is the page on which a shopper reports a problem.
type ComplaintForm struct {
	Form              Form
	Name              trace.Text
	ID                string
	Code, Lot, Serial string
	Passport          string
	Matters           []string // ends of text keys "complaint.what.…"
	Most              int      // characters
}

// ComplaintForm writes the page.
func (p *Pages) ComplaintForm(w io.Writer, r Reader, v *ComplaintForm) error {
	return p.desk(w, r, "complaint", v)
}

// matters are what may be wrong, as the values of a field.
func (w words) matters(list []string) []Option { return choices(w, "complaint.what.", list) }

// ComplaintSent gives the reporter the reference and the code, once.
type ComplaintSent struct {
	Ref, Secret string
	Path        string // where the code opens it, with the code in the fragment
	Address     string // of the same, to be written down
	Handed      bool   // agencies see it, too
	Passport    string
}

// ComplaintSent writes the page.
func (p *Pages) ComplaintSent(w io.Writer, r Reader, v *ComplaintSent) error {
	return p.scripted(w, r, "complained", "copy.js", v)
}

// ComplaintDoor asks a reporter for the code.
type ComplaintDoor struct {
	Form        Form
	Ref, Action string
}

// ComplaintDoor writes the page.
func (p *Pages) ComplaintDoor(w io.Writer, r Reader, v *ComplaintDoor) error {
	return p.scripted(w, r, "complaintdoor", "door.js", v)
}

// ComplaintLine is a report in a list.
type ComplaintLine struct {
	Ref, Path     string
	Name          trace.Text
	Code          string // on the label
	Passport      string
	Org           trace.Text // that answers for the code
	What          string     // end of a text key "complaint.what.…"
	Text          string
	At            ledger.Time
	State         string // end of a text key "complaint.state.…"
	Handed, Photo bool
}

// ComplaintAnswer is what somebody told the reporter.
type ComplaintAnswer struct {
	At   ledger.Time
	By   trace.Text
	Text string
}

// ComplaintSeen is what the reporter reads.
type ComplaintSeen struct {
	ComplaintLine
	Answers []ComplaintAnswer
}

// ComplaintSeen writes the page.
func (p *Pages) ComplaintSeen(w io.Writer, r Reader, v *ComplaintSeen) error {
	return p.desk(w, r, "complaintseen", v)
}

// Complaints is the list of an organisation's, and of what agencies see.
type Complaints struct {
	Agency, Closed bool
	Open, Done     int
	List           []ComplaintLine
	Counts         map[string]int // of the whole node, for its operator; nil for others
}

// Complaints writes the page.
func (p *Pages) Complaints(w io.Writer, r Reader, v *Complaints) error {
	return p.desk(w, r, "complaints", v)
}

// ComplaintDesk is a report to be dealt with.
type ComplaintDesk struct {
	ComplaintLine
	Form    Form
	Contact string
	Gone    ledger.Time // until when contact and photo are kept
	Answers []ComplaintAnswer
	Most    int
}

// ComplaintDesk writes the page.
func (p *Pages) ComplaintDesk(w io.Writer, r Reader, v *ComplaintDesk) error {
	return p.desk(w, r, "complaintdesk", v)
}
