package market

import (
	"strings"
	"unicode/utf8"

	"github.com/sogoc/sogoc/ledger"
)

// Who looks for data that nobody lists says so.
const (
	ActionBid   = "bid"   // one Bid, by who looks for data
	ActionClose = "close" // one BidClosing, by the same or the operator
)

// Bid describes what is sought. It is public.
type Bid struct {
	ID          ledger.ID   `json:"id"`
	Org         ledger.ID   `json:"org"`         // who seeks: the signer's
	Description string      `json:"description"` // CID of a BidDescription
	Purpose     Purpose     `json:"purpose"`
	PassOn      PassOn      `json:"passOn,omitempty"`
	Exclusive   bool        `json:"exclusive,omitempty"`
	Days        int         `json:"days,omitempty"` // for which it is needed, 0 without end
	Until       ledger.Time `json:"until"`          // it can be answered
}

// BidDescription is the payload that says what is sought.
type BidDescription struct {
	Title ledger.Text `json:"title"`
	Text  ledger.Text `json:"text"`
}

// Limits of what is said of a bid, in characters.
const (
	MaxBidTitle = 200
	MaxBidText  = 4000
)

// Check refuses words that say nothing, or too much.
func (d BidDescription) Check() error {
	for _, one := range []struct {
		field string
		text  string
		most  int
	}{{"bid_title", d.Title.VI, MaxBidTitle}, {"bid_text", d.Text.VI, MaxBidText}} {
		if strings.TrimSpace(one.text) == "" || !utf8.ValidString(one.text) || utf8.RuneCountInString(one.text) > one.most {
			return ledger.FieldErrorf(ledger.Invalid, one.field, "is not of 1 to %d characters", one.most)
		}
	}
	return nil
}

// BidClosing takes a bid back, or says that it was met.
type BidClosing struct {
	Bid    ledger.ID `json:"bid"`
	Reason string    `json:"reason"`
}

// BidRecord is a bid and whether it still stands.
type BidRecord struct {
	Bid
	Posted ledger.Time `json:"posted"`
	Closed bool        `json:"closed,omitempty"`
	Reason string      `json:"reason,omitempty"`
}

// Open reports whether a bid can be answered at a time.
func (b BidRecord) Open(now ledger.Time) bool { return !b.Closed && now < b.Until }
