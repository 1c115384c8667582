package web

import (
	"io"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Seen is the page about who sees what.
type Seen struct {
	Kind     ledger.Kind
	Natural  bool // a household or an artisan
	Asked    bool // the reader asked about a kind, and not about themself
	Passport *Passport
	Sample   bool // the passport is an example
}

// Seen writes the page.
func (p *Pages) Seen(w io.Writer, r Reader, v *Seen) error { return p.desk(w, r, "seen", v) }

// SamplePassport is an example of what a shopper sees of a kind of organisation's
// goods. Its code is below the prefix that GS1 reserves for examples.
func SamplePassport(kind ledger.Kind) *Passport {
	commune := trace.Text{VI: "Xã Lục Ngạn, Bắc Ninh", EN: "Lục Ngạn commune, Bắc Ninh"}
	maker := Party{Kind: kind, Commune: commune}
	if !kind.Natural() {
		maker.Name = trace.Text{VI: "Tên tổ chức của bạn", EN: "Your organisation's name"}
		maker.Address = trace.Text{VI: "Địa chỉ của tổ chức", EN: "Your organisation's address"}
	}
	return &Passport{
		Level: LevelLot, ID: trace.MustID("https://id.gs1.org/01/09520000000028/10/VI-DU"), State: StateRecorded,
		Name: trace.Text{VI: "Sản phẩm ví dụ", EN: "An example product"}, Producer: maker, Contact: maker,
		Origin: commune, Harvested: "2026-06-03", Declared: []Party{maker},
	}
}

// Purpose is what people are asked to agree to. The words are the texts
// "consent.NAME" and "consent.NAME.VERSION"; whoever changes them raises the version
// and leaves those of before, which people agreed to.
type Purpose struct {
	Name    string
	Version string
}

// Purposes are all that people are asked to agree to.
var Purposes = []Purpose{
	{"harvest_statistics", "1"},
	{"contact_mail", "1"},
}

// MyData is the page of what is kept of somebody.
type MyData struct {
	Consents []Consent
}

// Consent is what somebody is asked to agree to, and whether they do.
type Consent struct {
	Purpose Purpose
	Agreed  ledger.Time // since when; zero where they do not
	Other   bool        // they agreed to another version of the text
	Past    []PastConsent
}

// PastConsent is a line of what somebody agreed to, the newest first.
type PastConsent struct {
	Version          string
	Given, Withdrawn ledger.Time
}

// MyData writes the page.
func (p *Pages) MyData(w io.Writer, r Reader, v *MyData) error { return p.desk(w, r, "mydata", v) }

// Export is the page on which somebody takes their data along.
type Export struct {
	Most int // records
}

// Export writes the page.
func (p *Pages) Export(w io.Writer, r Reader, v *Export) error { return p.desk(w, r, "export", v) }

// Exported is what an exported archive says of itself.
type Exported struct {
	At                 ledger.Time
	Name, Phone, Email string
	Made               ledger.Time
	Orgs               []trace.Text
	Counts             []Counted
	Documents          int // of applications
	Receipts           int
	More               bool // there are more records than the archive has
}

// Counted is a kind of thing, the end of a text key "exported.…", and how many there
// are.
type Counted struct {
	What string
	N    int
}

// Exported writes the page that lies in the archive; it needs nothing beside itself.
func (p *Pages) Exported(w io.Writer, lang Lang, v *Exported) error {
	return p.render(w, lang, "exported.html", frame{Title: p.text(lang, "exported.title"), View: v})
}

// Erase is the page on which somebody has their account erased.
type Erase struct {
	Form    Form
	Leaving []Leaving
	Barred  bool
}

// Leaving is what it means for an organisation.
type Leaving struct {
	Org    trace.Text
	Kind   ledger.Kind
	Alone  bool
	Papers int
	Keys   int
	Bar    string // the end of a text key "erase.bar.…", or empty
}

// EraseWord is what they type to have it done.
func (p *Pages) EraseWord(lang Lang) string { return p.text(lang, "erase.word") }

// Erase writes the page.
func (p *Pages) Erase(w io.Writer, r Reader, v *Erase) error { return p.desk(w, r, "erase", v) }
