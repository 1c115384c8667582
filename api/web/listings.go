package web

import (
	"io"
	"slices"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// What an organisation publishes in the data market.

// Listings is what an organisation publishes, and prepares to.
type Listings struct {
	Drafts  []ListingLine
	Public  []ListingLine
	Waiting bool // the organisation is not admitted yet: it prepares, and publishes later
}

// ListingLine is a dataset in a line.
type ListingLine struct {
	Path    string
	Title   trace.Text
	Version int
	Access  string // ends a text key "data.access.…"
	State   string // ends a text key "data.state.…"
	At      ledger.Time
	Gaps    int // of a draft
}

// Class and Icon are how a state looks.
func (l ListingLine) Class() string {
	switch l.State {
	case "refused", "delisted", "stopped":
		return "attention"
	case "approved", "shown", "cleared":
		return "well"
	}
	return "declared"
}

func (l ListingLine) Icon() string {
	switch l.Class() {
	case "attention":
		return "alert"
	case "well":
		return "check"
	}
	return "info"
}

// Listings writes the page.
func (p *Pages) Listings(w io.Writer, r Reader, v *Listings) error { return p.desk(w, r, "data", v) }

// ListingHead is what every page of a draft begins with.
type ListingHead struct {
	Path    string // of the draft
	Title   trace.Text
	Version int
	Steps   []ListingStep
}

// ListingStep is a step of a draft; Name ends a text key "data.step.…".
type ListingStep struct {
	Name, Path string
	Gaps       int
	Here       bool
}

// ListingWhat asks what the data is.
type ListingWhat struct {
	Head   ListingHead
	Form   Form
	Action string
	Themes []string
	Kinds  []string // none where the kind is fixed
}

// ListingWhat writes the page.
func (p *Pages) ListingWhat(w io.Writer, r Reader, v *ListingWhat) error {
	return p.desk(w, r, "data.what", v)
}

// ListingFile is a file of a draft.
type ListingFile struct {
	Name   string
	Bytes  int64
	Remove string // path
	Looked bool
	Unseen bool
	Tables []ListingTable
	Masks  string // path that takes what is to become of its columns; empty where nothing can
	Making bool   // something is being made of it
}

// ListingCopy is something that a job makes of a file of a draft, or made.
type ListingCopy struct {
	Remove      string // path
	Name        string // of the file
	Do          string // ends a text key "data.copy.…"
	State       string // of a job
	Form        Form   // what is wrong, of one that failed
	Done, Total int    // rows
	At          ledger.Time
}

// Open reports whether there is more to come.
func (c ListingCopy) Open() bool { return c.State == JobWaiting || c.State == JobWorking }

// ListingTable is what was found of a table.
type ListingTable struct {
	Name   string
	Rows   int
	Fields int
	Score  int
	Found  []ListingFound
	Sum    string // path where it is summed up; empty where it has too few rows
}

// ListingFound is a column that looks like personal data.
type ListingFound struct {
	Field string // of the form: which column it is
	Name  string
	Kind  string // ends a text key "personal.…"
	Why   trace.Text
	Masks []string // what may become of it; the first is proposed
}

// ListingUpload is a file that has come in part.
type ListingUpload struct {
	Path, Name    string
	Offset, Bytes int64
	Until         ledger.Time
}

// ListingFiles asks for the files, or for where a data service is.
type ListingFiles struct {
	Head     ListingHead
	Form     Form
	Kind     string // "files", "api", or "none" where there is nothing to send
	Files    []ListingFile
	Halves   []ListingUpload
	Uploads  string // path that takes files in pieces
	MaxBytes int64  // of a file
	MaxPlain int64  // of one that is sent without a script
}

// uploadScript sends files in pieces.
const uploadScript = "upload.js"

// ListingFiles writes the page.
func (p *Pages) ListingFiles(w io.Writer, r Reader, v *ListingFiles) error {
	return p.scripted(w, r, "data.files", uploadScript, v)
}

// ListingFoundPage says what was found in the files.
type ListingFoundPage struct {
	Head      ListingHead
	Form      Form
	Files     []ListingFile
	Copies    []ListingCopy
	Looking   bool
	Doubtful  bool
	Contested string
	Answer    string
	Cleared   bool
}

// Going reports whether there is more to come by itself.
func (v *ListingFoundPage) Going() bool {
	return v.Looking || slices.ContainsFunc(v.Copies, ListingCopy.Open)
}

// ListingFoundPage writes the page.
func (p *Pages) ListingFoundPage(w io.Writer, r Reader, v *ListingFoundPage) error {
	return p.following(w, r, "data.found", v.Going(), v)
}

// ListingSum asks by what a table of a file is summed up, and into what.
type ListingSum struct {
	Head        ListingHead
	Form        Form
	Path        string // that takes it
	Name, Table string // of the file; of the table where the file has several
	Rows        int
	By, Of      []SumColumn
	Each        []SumColumn  // that may tell one person from another
	Least, Most int          // of the smallest group
	Shown       *SumShown    // what comes of it; nil where nothing was chosen yet
	Copy        *ListingCopy // while that is being looked at; then nothing is asked
}

// SumColumn is a column with what may become of it: How ends a text key "data.sum.how.…".
type SumColumn struct{ Code, Name, How string }

// SumShown is the beginning of what a table is summed up to.
type SumShown struct {
	Head                   []string
	Rows                   [][]string
	Read, Written, LeftOut int
}

// ListingSum writes the page.
func (p *Pages) ListingSum(w io.Writer, r Reader, v *ListingSum) error {
	return p.following(w, r, "data.sum", v.Copy != nil, v)
}

// sumColumns are columns as options.
func (w words) sumColumns(list []SumColumn) (all []Option) {
	for _, c := range list {
		o := Option{Value: c.Code, Text: c.Name}
		if c.How != "" {
			o.Text = w.must("data.sum.how."+c.How, "name", c.Name)
		}
		if c.Name == "" {
			o.Text = w.must("data.sum.rows")
		}
		all = append(all, o)
	}
	return all
}

// sumEach are columns that tell people apart as options, behind that each row is one.
func (w words) sumEach(list []SumColumn) []Option {
	return append([]Option{{Text: w.must("data.sum.each.row")}}, w.sumColumns(list)...)
}

// ListingColumn is a column that is explained; N numbers its fields.
type ListingColumn struct {
	N    int
	Name string
	Type string
}

// ListingLaw asks what the law wants to be said.
type ListingLaw struct {
	Head      ListingHead
	Form      Form
	Licences  []string
	HasFiles  bool
	Listed    bool
	Columns   []ListingColumn
	MorePlain bool // there are more columns than are asked about
}

// ListingLaw writes the page.
func (p *Pages) ListingLaw(w io.Writer, r Reader, v *ListingLaw) error {
	return p.desk(w, r, "data.law", v)
}

// ListingCheck is the last page before a draft is published.
type ListingCheck struct {
	Head    ListingHead
	Form    Form
	Gaps    []ListingGap
	Waits   bool // for the operator
	Outside bool // the organisation is not admitted yet
	Access  string
	Kind    string
	Facts   []Fact // Label ends a text key "data.fact.…"
}

// ListingGap is something that is missing, and where it is said.
type ListingGap struct{ Step, Field, Path string }

// ListingCheck writes the page.
func (p *Pages) ListingCheck(w io.Writer, r Reader, v *ListingCheck) error {
	return p.desk(w, r, "data.check", v)
}

// Listing is a dataset that the organisation publishes.
type Listing struct {
	ListingLine
	ID      string
	Page    string // that everybody sees; empty while it is delisted
	Reason  string // of the operator
	Judged  ledger.Time
	Next    string // path of the draft of the next version; empty where there is none
	Offers  []ListingOffer
	Offered bool // there is something to offer
	Service bool // it is called at an address, which the reader says
}

// ListingOffer is an offer in a line.
type ListingOffer struct {
	Retract string // path
	Name    string // its price
	Clauses []Clause
	Until   ledger.Time
}

// Listing writes the page.
func (p *Pages) Listing(w io.Writer, r Reader, v *Listing) error {
	return p.deskPage(w, r, frame{Title: v.Title.In(string(r.Lang)), View: v}, "data.one")
}

// ListingOfferForm asks for the terms of an offer.
type ListingOfferForm struct {
	ListingLine
	Form    Form
	Fields  []Field
	Shares  []ListingShare // of the price
	Finding bool           // somebody to share with was searched
	Found   []Choice       // by that
}

// ListingShare is a contributor, and its part of a price in per cent.
type ListingShare struct {
	Org  string
	Name trace.Text
	Part string
}

// Shares is what an organisation is given of what others sell.
type Shares struct {
	Due, Open string // of all sales: what is paid, and what is not yet
	List      []ShareLine
	Next      string // address of the next part
}

// ShareLine is its part of a sale.
type ShareLine struct {
	Dataset trace.Text
	Page    string // of the dataset
	Seller  Party
	Part    string // per cent
	Amount  string
	State   string // end of a text key "shares.state.…"
	At      ledger.Time
}

// Shares writes the page.
func (p *Pages) Shares(w io.Writer, r Reader, v *Shares) error { return p.desk(w, r, "shares", v) }

// ListingOfferForm writes the page.
func (p *Pages) ListingOfferForm(w io.Writer, r Reader, v *ListingOfferForm) error {
	p.sayTerms(r.Lang, v.Fields)
	return p.desk(w, r, "data.offer", v)
}

// codesOf are codes as options, in the words of a prefix.
func (w words) codesOf(prefix string, list []string) []Option { return choices(w, prefix, list) }
