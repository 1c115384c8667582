package web

import (
	"io"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// BidLine is what somebody looks for, in a list.
type BidLine struct {
	Path          string
	Title, Text   trace.Text
	By            Party
	Purpose       string // end of a text key "terms.purposes.…"
	Posted, Until ledger.Time
	Open          bool // it can be answered
}

// Bids is what data is sought.
type Bids struct {
	Search string
	Closed bool // those are listed that cannot be answered any more
	List   []BidLine
	Next   string // address of the next part
}

// Bids writes the page.
func (p *Pages) Bids(w io.Writer, r Reader, v *Bids) error { return p.desk(w, r, "bids", v) }

// BidPage is what one organisation looks for.
type BidPage struct {
	BidLine
	PassOn    string // end of a text key "terms.passOn.…"
	Exclusive bool
	Days      int // 0 without end
	Closed    bool
	Reason    string // why it was closed

	Own     bool // the reader's organisation posted it
	Seen    bool // the reader sees all answers
	Answers []TradeLine

	Answer, Met, TakeBack, Remove string // addresses of what the reader may do; empty for what they may not
}

// BidPage writes the page.
func (p *Pages) BidPage(w io.Writer, r Reader, v *BidPage) error { return p.desk(w, r, "bid", v) }

// BidForm asks what is sought.
type BidForm struct {
	Form              Form
	Fields            []Field
	MaxTitle, MaxText int
}

// BidForm writes the page.
func (p *Pages) BidForm(w io.Writer, r Reader, v *BidForm) error {
	p.sayTerms(r.Lang, v.Fields)
	return p.desk(w, r, "bid.new", v)
}

// BidDataset is data that a bid can be answered with.
type BidDataset struct {
	ID     string
	Title  trace.Text
	Terms  string // address where terms for it are written
	Offers []TradeOffer
}

// BidAnswer answers a bid with data of the reader's organisation.
type BidAnswer struct {
	BidLine
	Form     Form
	Datasets []BidDataset
	Chosen   *BidDataset // whose terms are written; nil where one is still to be chosen
	Fields   []Field     // of its terms
}

// BidAnswer writes the page.
func (p *Pages) BidAnswer(w io.Writer, r Reader, v *BidAnswer) error {
	p.sayTerms(r.Lang, v.Fields)
	return p.desk(w, r, "bid.answer", v)
}
