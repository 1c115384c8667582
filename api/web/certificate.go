package web

import (
	"io"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Certificates is what an organisation issued.
type Certificates struct {
	List []CertificateLine
	Next string // address of the next part
}

// Certificates writes the page.
func (p *Pages) Certificates(w io.Writer, r Reader, v *Certificates) error {
	return p.desk(w, r, "certificates", v)
}

// CertificateLine is a certificate in a line, at a moment.
type CertificateLine struct {
	Certificate
	Holder Party
	Now    ledger.Time
}

// soon is how long before its end a certificate is said to end soon.
const soon = 60 * 24 * time.Hour

// State is how it stands: revoked, suspended, ended, soon, waits or valid.
func (c CertificateLine) State() string {
	switch {
	case c.Revoked != "":
		return "revoked"
	case c.Suspended != "":
		return "suspended"
	case c.Until <= c.Now:
		return "ended"
	case c.From > c.Now:
		return "waits"
	case c.Until <= c.Now.Add(soon):
		return "soon"
	}
	return "valid"
}

// Days are those that are left of it, a day that has begun included; none once it is
// over.
func (c CertificateLine) Days() int {
	const day = 24 * time.Hour
	return int(max(0, c.Until.Time().Sub(c.Now.Time())+day-1) / day)
}

// Last is its last day.
func (c CertificateLine) Last() ledger.Time { return c.Until - 1 }

// CertificatePage is a certificate on a page of its own.
type CertificatePage struct {
	CertificateLine
	Since   ledger.Time // record time of its issue
	Targets []CertificateTarget
	History []CertificateStep // the newest first
	Mine    bool              // the reader may suspend, reinstate and revoke it
}

// CertificateTarget is what a certificate is about.
type CertificateTarget struct {
	Name trace.Text
	Code string
	Path string // of its page; empty where it has none
}

// CertificateStep is what was done to a certificate: the end of a key "certificate.step.…".
type CertificateStep struct {
	Step    string
	Why     string
	At      ledger.Time
	Receipt string
}

// CertificatePage writes the page.
func (p *Pages) CertificatePage(w io.Writer, r Reader, v *CertificatePage) error {
	return p.desk(w, r, "certificate", v)
}

// CertificateForm asks what a certificate says, or whom it is for.
type CertificateForm struct {
	Form        Form
	Scheme      string
	Search      string
	Found       []Holder
	Holder      Party
	Action      string
	ThingOffer  Offer
	Things      []Option // products and places of the holder
	From, Until string   // days
}

// Holder is an organisation that a certificate may be for.
type Holder struct {
	ID    string
	Party Party
	Path  string
}

// CertificateHolder writes the page that asks whom it is for.
func (p *Pages) CertificateHolder(w io.Writer, r Reader, v *CertificateForm) error {
	return p.desk(w, r, "holder", v)
}

// CertificateForm writes the page that asks what it says.
func (p *Pages) CertificateForm(w io.Writer, r Reader, v *CertificateForm) error {
	return p.desk(w, r, "certify", v)
}

// schemes are the kinds of certificates.
func (w words) schemes(chosen string) []Option { return choices(w, "scheme.", trace.Schemes, chosen) }

// starChoices are the stars that OCOP gives.
func (w words) starChoices() (list []Option) {
	for _, n := range []string{"3", "4", "5"} {
		list = append(list, Option{Value: n, Text: w.must("certify.stars.n", "n", n)})
	}
	return list
}

// results are those of a laboratory.
func (w words) results() []Option {
	return choices(w, "result.", []string{trace.ResultMet, trace.ResultFailed}, "")
}
