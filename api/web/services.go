package web

import (
	"io"

	"github.com/sogoc/sogoc/ledger"
)

// TradeService is how the data service of an agreement is called.
type TradeService struct {
	Form    Form   // of another token
	Address string // below which calls go
	Open    bool   // calls are passed on now
	Over    string // the agreement's last state, which ends its use for good; empty before
	Limit   int    // calls a day; 0 for any number
	Days    []TradeCalls
	Mine    bool   // the reader's side calls
	Path    string // where its tokens are made
	Passes  []TradePass
	Setup   string // where the provider says where it is; empty for others
	Unset   bool   // it has not yet
}

// TradeCalls is how often it was called on a day.
type TradeCalls struct {
	Day Date
	N   int
}

// TradePass is a token that opens it.
type TradePass struct {
	ID, Name string
	Made     ledger.Time
	Used     ledger.Time // zero for not yet
}

// MadePass shows such a token once.
type MadePass struct{ Name, Secret, Address, Back string }

// MadePass writes the page.
func (p *Pages) MadePass(w io.Writer, r Reader, v *MadePass) error {
	return p.once(w, r, "pass.made", "copy.js", v)
}

// ServiceForm asks where a data service is.
type ServiceForm struct {
	ListingLine
	Form Form
	Set  bool // it was said before
	Kept bool // with a secret, which is not shown
}

// ServiceForm writes the page.
func (p *Pages) ServiceForm(w io.Writer, r Reader, v *ServiceForm) error {
	return p.desk(w, r, "service", v)
}
