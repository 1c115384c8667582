package market

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

// TradeContract keeps what two organisations agree on about a dataset and what they
// then owe each other. Its actions are the messages that the sides send, one item
// each.
const TradeContract = "trade"

// The messages of a negotiation are those of the Dataspace Protocol 2025-1, whose
// offer message is called propose here.
const (
	ActionRequest   = "request"   // one Request, by the consumer
	ActionPropose   = "propose"   // one Proposal, by the provider
	ActionAccept    = "accept"    // one Acceptance, by the consumer
	ActionAgree     = "agree"     // one Agreement, by the provider
	ActionVerify    = "verify"    // one Verification, by the consumer
	ActionFinalize  = "finalize"  // one Finalization, by the provider
	ActionTerminate = "terminate" // one Termination, by either
)

// Limits of a negotiation.
const (
	MaxMessages = 50                  // of one negotiation; it can always be ended
	MaxSilence  = 90 * 24 * time.Hour // after its last message nothing but its end is heard
	MaxBasis    = 500                 // bytes of a legal basis
)

// Side is whose member signed a message.
type Side string

const (
	Provider Side = "provider"
	Consumer Side = "consumer"
	Operator Side = "operator"
)

// Other is the side across the table.
func (s Side) Other() Side {
	if s == Provider {
		return Consumer
	}
	return Provider
}

// Move is a message of a side to something that is in a state.
type Move[S ~string] struct {
	State  S
	Action string
	By     Side
}

// Moves are all moves that there are, with the states that they lead to.
type Moves[S ~string] map[Move[S]]S

// Allows reports whether a side may send a message.
func (t Moves[S]) Allows(state S, action string, by Side) bool {
	_, ok := t[Move[S]{state, action, by}]
	return ok
}

// NegotiationState is a state of the Dataspace Protocol; a negotiation that nobody
// began has the empty one.
type NegotiationState string

const (
	Requested  NegotiationState = "REQUESTED"
	Offered    NegotiationState = "OFFERED"
	Accepted   NegotiationState = "ACCEPTED"
	AgreedOn   NegotiationState = "AGREED"
	Verified   NegotiationState = "VERIFIED"
	Finalized  NegotiationState = "FINALIZED"
	Terminated NegotiationState = "TERMINATED"
)

// Over reports whether no message can follow.
func (s NegotiationState) Over() bool { return s == Finalized || s == Terminated }

// NegotiationMoves are the messages of a negotiation.
var NegotiationMoves = Moves[NegotiationState]{
	{"", ActionRequest, Consumer}:        Requested,
	{Offered, ActionRequest, Consumer}:   Requested, // a counter-offer
	{"", ActionPropose, Provider}:        Offered,   // an answer to a bid
	{Requested, ActionPropose, Provider}: Offered,
	{Offered, ActionAccept, Consumer}:    Accepted,
	{Requested, ActionAgree, Provider}:   AgreedOn,
	{Accepted, ActionAgree, Provider}:    AgreedOn,
	{AgreedOn, ActionVerify, Consumer}:   Verified,
	{Verified, ActionFinalize, Provider}: Finalized,

	{Requested, ActionTerminate, Provider}: Terminated,
	{Requested, ActionTerminate, Consumer}: Terminated,
	{Offered, ActionTerminate, Provider}:   Terminated,
	{Offered, ActionTerminate, Consumer}:   Terminated,
	{Accepted, ActionTerminate, Provider}:  Terminated,
	{Accepted, ActionTerminate, Consumer}:  Terminated,
	{AgreedOn, ActionTerminate, Provider}:  Terminated,
	{AgreedOn, ActionTerminate, Consumer}:  Terminated,
	{Verified, ActionTerminate, Provider}:  Terminated,
	{Verified, ActionTerminate, Consumer}:  Terminated,
}

// Request asks for a dataset under an offer, or under terms of the consumer's own.
// Sent again after the provider's proposal, it is a counter-offer.
type Request struct {
	Negotiation ledger.ID `json:"negotiation"`
	Dataset     ledger.ID `json:"dataset"`
	Offer       ledger.ID `json:"offer,omitzero"`  // either this
	Terms       *Terms    `json:"terms,omitempty"` // or these
	Basis       string    `json:"basis,omitempty"` // the law by which an agency is given access, for nothing
}

// Proposal puts terms forward: against a request, or for a bid.
type Proposal struct {
	Negotiation ledger.ID `json:"negotiation"`
	Dataset     ledger.ID `json:"dataset"`
	Bid         ledger.ID `json:"bid,omitzero"` // of the first message
	Terms       Terms     `json:"terms"`
}

// Acceptance takes the terms that the provider proposed last.
type Acceptance struct {
	Negotiation ledger.ID `json:"negotiation"`
}

// Verification signs the same document as the provider did.
type Verification struct {
	Negotiation ledger.ID `json:"negotiation"`
	Document    string    `json:"document"` // CID
}

// Finalization puts the agreement in force.
type Finalization struct {
	Negotiation ledger.ID `json:"negotiation"`
}

// Termination refuses, or withdraws.
type Termination struct {
	Negotiation ledger.ID `json:"negotiation"`
	Reason      string    `json:"reason"`
}

// Negotiation is where a negotiation is after its last message.
type Negotiation struct {
	ID        ledger.ID        `json:"id"`
	Dataset   ledger.ID        `json:"dataset"`
	Provider  ledger.ID        `json:"provider"`
	Consumer  ledger.ID        `json:"consumer"`
	State     NegotiationState `json:"state"`
	Offer     ledger.ID        `json:"offer,omitzero"` // whose terms these are
	Bid       ledger.ID        `json:"bid,omitzero"`   // that the provider answered
	Basis     string           `json:"basis,omitempty"`
	Terms     Terms            `json:"terms"` // that were put forward last
	Messages  int              `json:"messages"`
	Last      ledger.Time      `json:"last"` // record time of the last message
	Agreement ledger.ID        `json:"agreement,omitzero"`
	By        Side             `json:"by"`               // who sent the last message
	Reason    string           `json:"reason,omitempty"` // why it was terminated
}

// Expires is when a negotiation that is not over is heard no more.
func (n Negotiation) Expires() ledger.Time { return n.Last.Add(MaxSilence) }

// TradeOutcome is what the trade contract answers: what the message touched, as it is
// after it.
type TradeOutcome struct {
	Member      ledger.ID    `json:"member"`
	Org         ledger.ID    `json:"org"`
	Side        Side         `json:"side"`
	Negotiation *Negotiation `json:"negotiation,omitempty"`
	Deal        *Deal        `json:"deal,omitempty"`
	Transfer    *Transfer    `json:"transfer,omitempty"`
	Bid         *BidRecord   `json:"bid,omitempty"`
}

// Parties are the organisations that may read what was said; none where everybody may,
// which are bids.
func (o TradeOutcome) Parties() []ledger.ID {
	switch {
	case o.Negotiation != nil:
		return []ledger.ID{o.Negotiation.Provider, o.Negotiation.Consumer}
	case o.Deal != nil:
		return []ledger.ID{o.Deal.Provider, o.Deal.Consumer}
	case o.Transfer != nil:
		return []ledger.ID{o.Transfer.Provider, o.Transfer.Consumer}
	}
	return nil
}

// About is the identifier of what a message is about: of an agreement that is written
// down or a bid that is posted its own, else that of the transfer, negotiation,
// agreement or bid that it names first.
func About(item []byte) (ledger.ID, error) {
	var in struct {
		ID          ledger.ID `json:"id"`
		Transfer    ledger.ID `json:"transfer"`
		Negotiation ledger.ID `json:"negotiation"`
		Agreement   ledger.ID `json:"agreement"`
		Bid         ledger.ID `json:"bid"`
	}
	if err := json.Unmarshal(item, &in); err != nil {
		return in.ID, ledger.Errorf(ledger.Invalid, "a message is not a JSON object of the expected fields")
	}
	for _, id := range []ledger.ID{in.ID, in.Transfer, in.Negotiation, in.Agreement} {
		if !id.IsZero() {
			return id, nil
		}
	}
	return in.Bid, nil
}

// TradeSummary says in words what a message does; the contract refuses any other. It
// is public, and so names nothing but what the message is about.
func TradeSummary(action string, about ledger.ID) string {
	return fmt.Sprintf("%s %s", tradeWords[action], about)
}

var tradeWords = map[string]string{
	ActionRequest:   "Đề nghị thoả thuận (request in negotiation)",
	ActionPropose:   "Đưa ra điều khoản (propose in negotiation)",
	ActionAccept:    "Chấp nhận điều khoản (accept in negotiation)",
	ActionAgree:     "Ký thoả thuận (sign agreement)",
	ActionVerify:    "Ký thoả thuận đã nhận (sign agreement received in negotiation)",
	ActionFinalize:  "Cho thoả thuận có hiệu lực (finalize negotiation)",
	ActionTerminate: "Dừng thương lượng (terminate negotiation)",
	ActionSuspend:   "Tạm dừng thoả thuận (suspend agreement)",
	ActionResume:    "Cho thoả thuận tiếp tục (resume agreement)",
	ActionRevoke:    "Thu hồi thoả thuận (revoke agreement)",
	ActionEnd:       "Thôi dùng thoả thuận (end agreement)",
	ActionTransfer:  "Yêu cầu giao dữ liệu (request transfer)",
	ActionStart:     "Giao dữ liệu (start transfer)",
	ActionComplete:  "Đã nhận đủ dữ liệu (complete transfer)",
	ActionPause:     "Tạm dừng giao dữ liệu (pause transfer)",
	ActionContinue:  "Giao tiếp dữ liệu (continue transfer)",
	ActionStop:      "Huỷ lần giao dữ liệu (stop transfer)",
	ActionObject:    "Báo dữ liệu sai (object to transfer)",
	ActionSettle:    "Hết hạn khiếu nại, coi như đã nhận (settle transfer)",
	ActionBill:      "Yêu cầu thanh toán thoả thuận (bill agreement)",
	ActionPay:       "Báo đã chuyển tiền theo thoả thuận (declare payment of agreement)",
	ActionConfirm:   "Xác nhận đã nhận tiền theo thoả thuận (confirm payment of agreement)",
	ActionRefund:    "Hoàn tiền theo thoả thuận (refund agreement)",
	ActionDispute:   "Khiếu nại thanh toán thoả thuận (dispute payment of agreement)",
	ActionUphold:    "Xác định đã thanh toán đủ thoả thuận (uphold payment of agreement)",
	ActionReturn:    "Xác định phải hoàn tiền theo thoả thuận (order refund of agreement)",
	ActionBid:       "Đăng nhu cầu dữ liệu (post bid)",
	ActionClose:     "Đóng nhu cầu dữ liệu (close bid)",
}
