package market

import (
	"time"

	"github.com/sogoc/sogoc/ledger"
)

// What can be done to an agreement that was in force.
const (
	ActionSuspend = "suspend" // one Ruling, by the provider or the operator
	ActionResume  = "resume"  // one Ruling, by who suspended
	ActionRevoke  = "revoke"  // one Ruling, by the provider or the operator
	ActionEnd     = "end"     // one Ruling, by the consumer
)

// Agreement is what both sides sign: the terms on which they met, and the document
// that says the same in words.
type Agreement struct {
	ID          ledger.ID `json:"id"`
	Negotiation ledger.ID `json:"negotiation"`
	Dataset     ledger.ID `json:"dataset"`
	Version     int       `json:"version"` // the first that is given
	Provider    ledger.ID `json:"provider"`
	Consumer    ledger.ID `json:"consumer"`
	Terms       Terms     `json:"terms"`
	Basis       string    `json:"basis,omitempty"`
	Document    string    `json:"document"` // CID
}

// Ruling changes whether an agreement is in force, and says why.
type Ruling struct {
	Agreement ledger.ID `json:"agreement"`
	Reason    string    `json:"reason"`
}

// DealState says whether an agreement is in force.
type DealState string

const (
	Unsigned  DealState = ""          // not by both sides
	InForce   DealState = "in_force"  // from its finalization on
	Suspended DealState = "suspended" // by its provider
	Barred    DealState = "barred"    // by the operator
	Revoked   DealState = "revoked"   // by its provider or the operator
	Ended     DealState = "ended"     // by its consumer
	Expired   DealState = "expired"   // its term is over
	Lapsed    DealState = "lapsed"    // it was not paid for in time
)

// DealMoves are the messages about an agreement. Nothing leads to Expired and Lapsed
// but time, and out of the latter nothing but the provider's confirming that it was
// paid all the same.
var DealMoves = Moves[DealState]{
	{InForce, ActionSuspend, Provider}:   Suspended,
	{Suspended, ActionResume, Provider}:  InForce,
	{InForce, ActionSuspend, Operator}:   Barred,
	{Suspended, ActionSuspend, Operator}: Barred,
	{Barred, ActionResume, Operator}:     InForce,
	{InForce, ActionRevoke, Provider}:    Revoked,
	{Suspended, ActionRevoke, Provider}:  Revoked,
	{Barred, ActionRevoke, Provider}:     Revoked,
	{InForce, ActionRevoke, Operator}:    Revoked,
	{Suspended, ActionRevoke, Operator}:  Revoked,
	{Barred, ActionRevoke, Operator}:     Revoked,
	{InForce, ActionEnd, Consumer}:       Ended,
	{Suspended, ActionEnd, Consumer}:     Ended,
	{Barred, ActionEnd, Consumer}:        Ended,
}

// Deal is an agreement and what became of it.
type Deal struct {
	Agreement
	Kind      Kind        `json:"kind,omitempty"` // of the dataset
	State     DealState   `json:"state,omitempty"`
	Since     ledger.Time `json:"since,omitzero"` // it came in force
	Changed   ledger.Time `json:"changed"`        // by the last message about it
	By        Side        `json:"by"`             // who sent that
	Reason    string      `json:"reason,omitempty"`
	Bill      *Bill       `json:"bill,omitempty"`
	Later     []int       `json:"later,omitempty"`     // versions after the first that were asked for, where they are counted
	Transfers int         `json:"transfers,omitempty"` // that were asked for
	Received  bool        `json:"received,omitempty"`  // something, by receipt or by silence
}

// Ends is when the term is over, and zero where it has no end.
func (d Deal) Ends() ledger.Time {
	if d.Terms.Days == 0 || d.Since.IsZero() {
		return 0
	}
	return d.Since.Add(days(d.Terms.Days))
}

// PayBy is until when it is to be paid, and zero where nothing is, or at no time. Who
// sends the bill late gets the money late.
func (d Deal) PayBy() ledger.Time {
	if d.Terms.Price == 0 || d.Terms.PayDays == 0 || d.Since.IsZero() {
		return 0
	}
	from := d.Since
	if d.Bill != nil {
		from = max(from, d.Bill.Billed)
	}
	return from.Add(days(d.Terms.PayDays))
}

// At is the state at a time, which by itself ends agreements whose term is over, and
// those that were to be paid for after delivery and were not.
func (d Deal) At(now ledger.Time) DealState {
	switch d.State {
	case InForce, Suspended, Barred:
	default:
		return d.State
	}
	if ends := d.Ends(); ends != 0 && now >= ends {
		return Expired
	}
	if by := d.PayBy(); by != 0 && now >= by && d.Terms.Release == OnSigning && d.Bill != nil && d.Bill.State == Billed {
		return Lapsed
	}
	return d.State
}

// Released is since when the provider owes delivery, and zero while it waits to be
// paid.
func (d Deal) Released() ledger.Time {
	switch {
	case d.Terms.Release != OnPayment:
		return d.Since
	case d.Bill != nil && d.Bill.State == Confirmed:
		return max(d.Since, d.Bill.Settled)
	}
	return 0
}

// Gives reports whether a version is in the price, when some were asked for already.
func (d Deal) Gives(version int) bool {
	switch {
	case version == d.Version:
		return true
	case version < d.Version || d.Terms.Versions == 0:
		return false
	case d.Terms.Versions < 0:
		return true
	}
	for _, v := range d.Later {
		if v == version {
			return true
		}
	}
	return len(d.Later) < d.Terms.Versions
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
