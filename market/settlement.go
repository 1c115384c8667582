package market

import (
	"math/bits"

	"github.com/sogoc/sogoc/ledger"
)

// What is said about money, which moves from bank to bank and never through here.
const (
	ActionBill    = "bill"    // one Invoice, by the provider
	ActionPay     = "pay"     // one Payment, by the consumer: a declaration
	ActionConfirm = "confirm" // one MoneyNote, by the provider: it is there
	ActionRefund  = "refund"  // one Payment, by the provider
	ActionDispute = "dispute" // one MoneyNote, by either; of what is disputed, its answer
	ActionUphold  = "uphold"  // one MoneyNote, by the operator: it was paid (or refunded), and that is that
	ActionReturn  = "return"  // one MoneyNote, by the operator: the provider owes it back
)

// Limits of bills.
const (
	MaxReference = 25 // letters and digits, as bank transfers carry them
	MaxAccount   = 19 // letters and digits
	BankDigits   = 6  // of a bank's BIN
	MaxInvoice   = 60 // bytes of an invoice's number
	MaxBank      = 60 // bytes of a bank's reference
)

// BillState says how far a bill is.
type BillState string

const (
	Billed     BillState = "billed"
	Declared   BillState = "declared" // the consumer says that it paid
	Confirmed  BillState = "confirmed"
	Disputed   BillState = "disputed"
	Due        BillState = "due" // back to the consumer
	Refunded   BillState = "refunded"
	Unreturned BillState = "unreturned" // a refund that never came, as the consumer says
	Void       BillState = "void"       // nothing is to be paid any more
)

// BillMoves are the messages about a bill. What leads to Due besides, and to Void, is
// a delivery that failed or an agreement that was revoked.
var BillMoves = Moves[BillState]{
	{"", ActionBill, Provider}:           Billed,
	{Billed, ActionPay, Consumer}:        Declared,
	{Billed, ActionConfirm, Provider}:    Confirmed,
	{Declared, ActionConfirm, Provider}:  Confirmed,
	{Billed, ActionDispute, Provider}:    Disputed,
	{Billed, ActionDispute, Consumer}:    Disputed,
	{Declared, ActionDispute, Provider}:  Disputed,
	{Declared, ActionDispute, Consumer}:  Disputed,
	{Confirmed, ActionDispute, Consumer}: Disputed,
	{Due, ActionDispute, Provider}:       Disputed,
	{Due, ActionDispute, Consumer}:       Disputed,
	{Refunded, ActionDispute, Consumer}:  Unreturned,
	// Both are heard before the operator decides.
	{Disputed, ActionDispute, Provider}:   Disputed,
	{Disputed, ActionDispute, Consumer}:   Disputed,
	{Unreturned, ActionDispute, Provider}: Unreturned,
	{Unreturned, ActionDispute, Consumer}: Unreturned,

	{Disputed, ActionUphold, Operator}:   Confirmed,
	{Unreturned, ActionUphold, Operator}: Refunded,
	{Disputed, ActionReturn, Operator}:   Due,
	{Unreturned, ActionReturn, Operator}: Due,
	{Declared, ActionRefund, Provider}:   Refunded,
	{Confirmed, ActionRefund, Provider}:  Refunded,
	{Disputed, ActionRefund, Provider}:   Refunded,
	{Due, ActionRefund, Provider}:        Refunded,
}

// Invoice asks for the price of an agreement.
type Invoice struct {
	Agreement ledger.ID `json:"agreement"`
	Amount    Dong      `json:"amount"`
	Reference string    `json:"reference"`         // what the transfer's text says
	Bank      string    `json:"bank,omitempty"`    // BIN of the bank to pay to, six digits
	Account   string    `json:"account,omitempty"` // at it
	Number    string    `json:"number,omitempty"`  // of the electronic invoice
}

// Payment declares that money was sent.
type Payment struct {
	Agreement ledger.ID `json:"agreement"`
	Bank      string    `json:"bank,omitempty"` // the bank's reference
}

// MoneyNote confirms, disputes or decides.
type MoneyNote struct {
	Agreement ledger.ID `json:"agreement"`
	Reason    string    `json:"reason,omitempty"`
	Evidence  string    `json:"evidence,omitempty"` // CID
}

// Bill is where a bill is after the last message about it.
type Bill struct {
	Amount    Dong        `json:"amount"`
	Reference string      `json:"reference"`
	To        string      `json:"to,omitempty"`      // BIN of the bank that it is paid to
	Account   string      `json:"account,omitempty"` // at it
	Number    string      `json:"number,omitempty"`
	State     BillState   `json:"state"`
	Billed    ledger.Time `json:"billed"`
	Changed   ledger.Time `json:"changed"`
	Settled   ledger.Time `json:"settled,omitzero"` // first confirmed
	By        Side        `json:"by"`
	Bank      string      `json:"bank,omitempty"`   // of the payment
	Refund    string      `json:"refund,omitempty"` // bank's reference of the refund
	Reason    string      `json:"reason,omitempty"`
	Evidence  string      `json:"evidence,omitempty"`
	Portions  []Portion   `json:"portions,omitempty"` // of what was confirmed
}

// Portion is what an organisation gets of a price.
type Portion struct {
	Org    ledger.ID `json:"org"`
	Amount Dong      `json:"amount"`
}

// Portions divides the price among those who contributed and the provider, who has
// what the shares leave: whole đồng that sum to the price, by the largest remainder,
// of equal ones the earlier. Who gets nothing is named all the same.
func (t Terms) Portions(provider ledger.ID) []Portion {
	if t.Price <= 0 {
		return nil
	}
	own := Whole
	for _, s := range t.Shares {
		own -= s.Parts
	}
	shares := append([]Share{{Org: provider, Parts: own}}, t.Shares...)
	portions := make([]Portion, len(shares))
	rests := make([]uint64, len(shares))
	left := t.Price
	for i, s := range shares {
		high, low := bits.Mul64(uint64(t.Price), uint64(s.Parts))
		whole, rest := bits.Div64(high, low, Whole)
		portions[i], rests[i] = Portion{s.Org, Dong(whole)}, rest
		left -= Dong(whole)
	}
	for ; left > 0; left-- {
		most := 0
		for i, rest := range rests {
			if rest > rests[most] {
				most = i
			}
		}
		portions[most].Amount++
		rests[most] = 0
	}
	return portions
}
