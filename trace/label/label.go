// Package label lays out labels for goods and pallets, and writes them as PDF for a
// printer or as SVG for a look. A label carries the thing's address as a QR code
// (error correction M, modules of 0.396 to 0.990 mm, quiet zone of 4: GS1 General
// Specifications, section 5.12), the host and the code in letters, and what
// people read. The label of an SSCC is a GS1 logistic label with a GS1-128 symbol.
//
// Nothing is cut off: what may be left out on a small label is left out whole, in a
// fixed order, and where the rest does not fit the label is refused.
package label

import (
	"image"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Label is what one label says.
type Label struct {
	ID      trace.ID `json:"id"`
	Address string   `json:"address"` // what the QR code says

	Name     string   `json:"name"`
	Also     string   `json:"also,omitempty"` // the name in another language
	Producer string   `json:"producer,omitempty"`
	Facts    []Fact   `json:"facts,omitempty"` // dates and the like, beside lot and serial, which the ID tells
	Warnings []string `json:"warnings,omitempty"`
	Lines    []string `json:"lines,omitempty"` // of one's own
}

// Fact is a caption with what it is.
type Fact struct {
	Caption string `json:"caption"`
	Value   string `json:"value"`
}

// Words are what labels say besides, in the language of whoever reads them.
type Words struct {
	Lot    string `json:"lot"`    // caption
	Serial string `json:"serial"` // caption
	Scan   string `json:"scan"`   // what the code is for
	SSCC   string `json:"sscc"`   // caption
}

// Options are of a whole job.
type Options struct {
	Words   Words
	Logo    image.Image // see DecodeLogo; nil for none. Low labels leave it out
	Skip    int         // places of the first sheet that are used up
	Outline bool        // draw the labels' edges, to cut plain paper along

	Title    string
	Language string // of the words, BCP 47
	Made     time.Time
}

// Limits of what a label says, in characters and in number.
const (
	MaxName  = 120
	MaxText  = 160 // of a fact, a warning or a line
	MaxFacts = 8
	MaxLines = 4
	// MaxLabels is how many labels a job has at most.
	MaxLabels = 20_000
	// maxAddress is what a QR code of 0.396 mm modules holds on the larger labels.
	maxAddress = 300
)

// check cleans the texts of a label, in a copy, and refuses what cannot be
// printed.
func (p *press) check(l Label) (Label, error) {
	if l.ID.IsZero() {
		return l, ledger.FieldErrorf(ledger.Invalid, "id", "is missing")
	}
	if len(l.Address) > maxAddress {
		return l, ledger.FieldErrorf(ledger.TooLarge, "address", "has more than %d characters, which no label's code holds", maxAddress)
	}
	if u, err := url.Parse(l.Address); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.ContainsFunc(l.Address, notASCII) {
		return l, ledger.FieldErrorf(ledger.Invalid, "address", "%q is not an address for a QR code", l.Address)
	}
	var err error
	text := func(field, s string, limit int) string {
		out, e := p.clean(field, s, limit)
		if err == nil {
			err = e
		}
		return out
	}
	if l.Name = text("name", l.Name, MaxName); l.Name == "" && err == nil {
		return l, ledger.FieldErrorf(ledger.Invalid, "name", "is missing")
	}
	l.Also, l.Producer = text("also", l.Also, MaxName), text("producer", l.Producer, MaxName)
	if len(l.Facts) > MaxFacts {
		return l, ledger.FieldErrorf(ledger.TooLarge, "facts", "are at most %d", MaxFacts)
	}
	facts := make([]Fact, 0, len(l.Facts))
	for _, f := range l.Facts {
		if f.Value = text("facts", f.Value, MaxText); f.Value != "" {
			facts = append(facts, Fact{text("facts", f.Caption, MaxText), f.Value})
		}
	}
	l.Facts = facts
	lines := func(field string, list []string) (kept []string) {
		if len(list) > MaxLines && err == nil {
			err = ledger.FieldErrorf(ledger.TooLarge, field, "are at most %d", MaxLines)
		}
		for _, s := range list {
			if s = text(field, s, MaxText); s != "" {
				kept = append(kept, s)
			}
		}
		return kept
	}
	l.Warnings, l.Lines = lines("warnings", l.Warnings), lines("lines", l.Lines)
	return l, err
}

func notASCII(r rune) bool { return r <= ' ' || r > '~' }

// clean composes letters and their marks, makes one space of many and of line ends,
// and drops what is not seen. It refuses what is too long, and what the font does
// not have, which would be printed as an empty box.
func (p *press) clean(field, s string, limit int) (string, error) {
	s = norm.NFC.String(strings.ToValidUTF8(s, ""))
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if n := utf8.RuneCountInString(s); n > limit {
		return "", ledger.FieldErrorf(ledger.TooLarge, field, "has %d characters; %d fit at most", n, limit)
	}
	for _, r := range s {
		if !p.regular.Has(r) || !p.bold.Has(r) {
			return "", ledger.FieldErrorf(ledger.Invalid, field, "has the character %q, which the labels' font does not have", r)
		}
	}
	return s, nil
}

// host and code are what a person types who cannot scan.
func (l Label) host() string {
	u, err := url.Parse(l.Address)
	if err != nil {
		return ""
	}
	return u.Host
}

func (l Label) code() string {
	id := l.ID.Product()
	if c, ok := id.Code(); ok {
		return c.Spoken()
	}
	if k, ok := id.Key(); ok {
		return k.Primary().ElementString()
	}
	return l.ID.String()
}
