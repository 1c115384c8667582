package web

import (
	"io"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// TradeLine is a negotiation, and the agreement that it came to, in a line.
type TradeLine struct {
	Path    string
	Dataset trace.Text
	With    Party
	State   string      // end of a text key "trade.state.…"
	Owed    string      // what is waited for, end of a text key "trade.owed.…"; empty where it is nothing
	Mine    bool        // it is waited for from the reader
	Until   ledger.Time // by when; zero where there is no time
	Changed ledger.Time
}

// Trades is what an organisation talks about and agreed on.
type Trades struct {
	List []TradeLine
	Next string // address of the next part
}

// Trades writes the page.
func (p *Pages) Trades(w io.Writer, r Reader, v *Trades) error { return p.desk(w, r, "trades", v) }

// Clause is a rule of an agreement in plain words.
type Clause struct {
	Words    trace.Text
	Enforced bool // by the register; otherwise it is a promise
}

// TradeOffer is an offer that anybody may agree to.
type TradeOffer struct {
	N       int // its place, from 1
	ID      string
	Dataset trace.Text // where offers are for several
	Clauses []Clause
	Until   ledger.Time
	Ready   bool // who asks is agreed with at once
}

// TradeOffers is what an organisation offers.
type TradeOffers struct {
	List []TradeOffer
	Here bool // the reader's key is at this node, which can sign with it
}

// TradeOffers writes the page.
func (p *Pages) TradeOffers(w io.Writer, r Reader, v *TradeOffers) error {
	return p.desk(w, r, "trade.offers", v)
}

// TradeAsk asks for a dataset, or puts other terms forward.
type TradeAsk struct {
	Form    Form
	Action  string
	Back    string
	Dataset trace.Text
	With    Party
	Offers  []TradeOffer
	Law     bool   // it asks for access by law
	Other   string // address of the other way to ask, where the reader may ask by law
	Counter bool   // it answers what was put forward
	Fields  []Field
}

// TradeAsk writes the page. The words of its fields' options are in the reader's
// language.
func (p *Pages) TradeAsk(w io.Writer, r Reader, v *TradeAsk) error {
	p.sayTerms(r.Lang, v.Fields)
	return p.desk(w, r, "trade.ask", v)
}

// sayTerms puts words to the options of terms.
func (p *Pages) sayTerms(lang Lang, fields []Field) {
	for i := range fields {
		for j, o := range fields[i].Options {
			fields[i].Options[j].Text = p.text(lang, "terms."+fields[i].Name+"."+o.Value)
		}
	}
}

// TradeAct is a message that the reader may send next, on a page of its own.
type TradeAct struct {
	Name    string // part of a text key "act.trade_….title"
	Path    string
	Primary bool
	Danger  bool
}

// TradeOwed is what a side has to do, and by when.
type TradeOwed struct {
	What  string // end of a text key "trade.owed.…"
	By    Party
	Mine  bool
	Until ledger.Time
	Late  bool
}

// TradeBill is what is to be paid, and how far that is.
type TradeBill struct {
	Amount         string
	State          string // end of a text key "bill.state.…"
	Reference      string
	Bank, Account  string
	Invoice        string
	PayBy          ledger.Time
	QR             *QR // for a bank's app, while it is to be paid
	Reason, Refund string
	Portions       []TradePortion
	Evidence       []TradeEvidence
}

// TradeEvidence is what a side brought forward in a dispute.
type TradeEvidence struct {
	By    Party
	At    ledger.Time
	Files []EvidenceFile
}

// EvidenceFile is a file of it.
type EvidenceFile struct {
	Name  string // empty where it is not known here
	Path  string
	Bytes int64
}

// TradePortion is a contributor's part of what was paid.
type TradePortion struct {
	Org    Party
	Amount string
}

// TradeTransfer is one delivery.
type TradeTransfer struct {
	Version             int
	State               string // end of a text key "transfer.state.…"
	Requested, Started  ledger.Time
	DeliverBy, ObjectBy ledger.Time
	Reason              string
	Fraud               bool
	Work                []WorkFile
	Files               []TradeFile
	Withheld            string   // why nothing of it may be taken now, end of a text key "withheld.…"
	Unsound             []string // files that are not what was agreed on
	Prove               string   // where the proof of that is handed in; empty where it is too late
	Acts                []TradeAct
}

// Withheld says why a file that was delivered is not handed out now.
type Withheld struct {
	Dataset trace.Text
	Why     string // end of a text key "withheld.…"
	Back    string // address of its agreement
}

// Withheld writes the page.
func (p *Pages) Withheld(w io.Writer, r Reader, v *Withheld) error {
	return p.desk(w, r, "withheld", v)
}

// TradeFile is a file that was handed over.
type TradeFile struct {
	Name  string
	Path  string
	Bytes int64
	Left  int // how often it may still be downloaded; -1 for any number
}

// TradeSaid is a message of the history.
type TradeSaid struct {
	What    string // end of a text key "trade.said.…"
	By      Party
	At      ledger.Time
	Why     string
	Price   string // that was put forward
	Receipt string
}

// TradePage is one negotiation, the agreement that it came to, and what followed.
type TradePage struct {
	Dataset            trace.Text
	DatasetPath        string
	Dossier            string // address of the archive
	Provider, Consumer Party
	State              string // end of a text key "trade.state.…"
	Reason             string
	Fraud              bool // what was delivered was proved to be another than was agreed on
	Basis              string
	Clauses            []Clause
	Document           string // address of what both signed; empty before that
	Version            int
	Since, Ends        ledger.Time
	Owed               []TradeOwed
	Acts               []TradeAct
	Again              string // address to ask again, where nothing came of it
	Bill               *TradeBill
	Transfers          []TradeTransfer
	Service            *TradeService // nil where none is called
	History            []TradeSaid
}

// TradePage writes the page.
func (p *Pages) TradePage(w io.Writer, r Reader, v *TradePage) error { return p.desk(w, r, "trade", v) }

// TradeDisputes is what the operator is asked to decide.
type TradeDisputes struct{ List []TradeLine }

// TradeDisputes writes the page.
func (p *Pages) TradeDisputes(w io.Writer, r Reader, v *TradeDisputes) error {
	return p.desk(w, r, "trade.disputes", v)
}
