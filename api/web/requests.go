package web

import (
	"io"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// RequestLine is what somebody asks an organisation for, in a list. Who asks is not said.
type RequestLine struct {
	Path     string
	Title    string
	Text     string
	To       Party
	At, Due  ledger.Time
	Answered ledger.Time // zero while it is not
	State    string      // end of a text key "request.state.…"
	Late     bool        // it should have been answered
	Hidden   bool        // from everybody
}

// Requests is what people ask for.
type Requests struct {
	Search     string
	Show       string // "", open, answered, mine, ours
	Mine, Ours bool   // the reader has such lists
	List       []RequestLine
	Next       string // address of the next part
}

// Requests writes the page.
func (p *Pages) Requests(w io.Writer, r Reader, v *Requests) error {
	return p.desk(w, r, "requests", v)
}

// RequestPassing is that a request was handed on.
type RequestPassing struct {
	At       ledger.Time
	From, To Party
	Why      string
}

// RequestPage is one request with its answer.
type RequestPage struct {
	RequestLine
	Passed      []RequestPassing // the last first
	Reply       string
	Dataset     string // address of the data that was published
	DatasetName trace.Text
	Own         bool   // the reader asked
	Why         string // it is hidden

	Answer, Pass, Drop, Moderate string // addresses of what the reader may do
}

// RequestPage writes the page.
func (p *Pages) RequestPage(w io.Writer, r Reader, v *RequestPage) error {
	return p.desk(w, r, "request", v)
}

// RequestForm asks for data.
type RequestForm struct {
	Form              Form
	To                []Choice // who can be asked beside the operator
	Operator          string
	Due               ledger.Time
	MaxTitle, MaxText int
}

// RequestForm writes the page.
func (p *Pages) RequestForm(w io.Writer, r Reader, v *RequestForm) error {
	return p.desk(w, r, "request.new", v)
}

// RequestReply answers a request.
type RequestReply struct {
	RequestLine
	Form Form
	Most int
}

// RequestReply writes the page.
func (p *Pages) RequestReply(w io.Writer, r Reader, v *RequestReply) error {
	return p.desk(w, r, "request.answer", v)
}

// RequestPass hands a request on.
type RequestPass struct {
	RequestLine
	Form     Form
	To       []Choice
	Operator string
	Most     int
}

// RequestPass writes the page.
func (p *Pages) RequestPass(w io.Writer, r Reader, v *RequestPass) error {
	return p.desk(w, r, "request.pass", v)
}

// ReplyLetter is the letter that says that a request was answered.
func (p *Pages) ReplyLetter(lang Lang, name, link string) (subject, text string) {
	return p.letter(lang, "letter.reply.subject", "letter.reply", name, link)
}

// asked are those who can be asked, the operator first.
func (w words) asked(operator string, list []Choice) []Option {
	return append([]Option{{Text: w.must("request.operator", "name", operator)}}, w.options(list)...)
}

// ways are how a request is answered.
func (w words) ways() []Option {
	return choices(w, "request.how.", []string{"published", "refused"})
}
