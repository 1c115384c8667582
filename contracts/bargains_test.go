package contracts_test

import (
	"strings"
	"time"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// bargain is a message of the trade contract and what it is about.
type bargain struct {
	about ledger.ID
	item  any
}

// The scene's trade: the co-op provides, the agency consumes. Work is traded, which
// needs no keys of files.
var work = ledger.ID{2}

// counted is the id of the nth negotiation, and of its agreement and its transfer.
func counted(n byte) ledger.ID { return ledger.ID{3, n} }

var price = market.Terms{Price: 1000, Purposes: []market.Purpose{market.PurposePublic}}

func (s *scene) paper(n byte) market.Agreement {
	return market.Agreement{
		ID: counted(n), Negotiation: counted(n), Dataset: work, Version: 1, Provider: s.coop.OrgID(), Consumer: s.agency.OrgID(),
		Terms: price, Document: CID("document"),
	}
}

// message is one about the nth negotiation, its agreement or its transfer.
func (s *scene) message(action string, n byte) bargain {
	id := counted(n)
	ruling, note, money := market.Ruling{Agreement: id, Reason: "x"}, market.TransferNote{Transfer: id, Reason: "x"}, market.MoneyNote{Agreement: id, Reason: "x"}
	return bargain{id, map[string]any{
		market.ActionRequest:   market.Request{Negotiation: id, Dataset: work, Terms: &price},
		market.ActionPropose:   market.Proposal{Negotiation: id, Dataset: work, Terms: price},
		market.ActionAccept:    market.Acceptance{Negotiation: id},
		market.ActionAgree:     s.paper(n),
		market.ActionVerify:    market.Verification{Negotiation: id, Document: CID("document")},
		market.ActionFinalize:  market.Finalization{Negotiation: id},
		market.ActionTerminate: market.Termination{Negotiation: id, Reason: "x"},
		market.ActionSuspend:   ruling,
		market.ActionResume:    ruling,
		market.ActionRevoke:    ruling,
		market.ActionEnd:       ruling,
		market.ActionTransfer:  market.TransferRequest{Transfer: id, Agreement: id, Version: 1},
		market.ActionStart:     market.TransferStart{Transfer: id, Work: []string{CID("work")}},
		market.ActionComplete:  note,
		market.ActionPause:     note,
		market.ActionContinue:  note,
		market.ActionStop:      note,
		market.ActionSettle:    note,
		market.ActionObject:    market.Objection{Transfer: id, File: CID("file")},
		market.ActionBill:      market.Invoice{Agreement: id, Amount: price.Price, Reference: "SG" + id.String()[:4]},
		market.ActionPay:       market.Payment{Agreement: id},
		market.ActionRefund:    market.Payment{Agreement: id},
		market.ActionConfirm:   market.MoneyNote{Agreement: id},
		market.ActionDispute:   money,
		market.ActionUphold:    money,
		market.ActionReturn:    money,
		market.ActionBid: market.Bid{
			ID: id, Org: s.agency.OrgID(), Description: CID("sought"), Purpose: market.PurposePublic, Until: s.Now.Add(time.Hour),
		},
		market.ActionClose: market.BidClosing{Bid: id, Reason: "x"},
	}[action]}
}

// before are the messages that come before one, by the contract's tables.
var before = map[string]string{
	market.ActionRequest:   "a request,c propose",
	market.ActionPropose:   "a request",
	market.ActionAccept:    "a request,c propose",
	market.ActionAgree:     "a request",
	market.ActionVerify:    "a request,c agree",
	market.ActionFinalize:  "a request,c agree,a verify",
	market.ActionTerminate: "a request",
	market.ActionSuspend:   signed,
	market.ActionResume:    signed + ",c suspend",
	market.ActionRevoke:    signed,
	market.ActionEnd:       signed,
	market.ActionTransfer:  signed,
	market.ActionStart:     signed + ",a transfer",
	market.ActionComplete:  signed + ",a transfer,c start",
	market.ActionPause:     signed + ",a transfer,c start",
	market.ActionContinue:  signed + ",a transfer,c start,c pause",
	market.ActionStop:      signed + ",a transfer",
	market.ActionSettle:    signed + ",a transfer,c start",
	market.ActionObject:    signed + ",a transfer,c start",
	market.ActionBill:      signed,
	market.ActionPay:       signed + ",c bill",
	market.ActionConfirm:   signed + ",c bill",
	market.ActionRefund:    signed + ",c bill,c confirm",
	market.ActionDispute:   signed + ",c bill",
	market.ActionUphold:    signed + ",c bill,a dispute",
	market.ActionReturn:    signed + ",c bill,a dispute",
	market.ActionBid:       "",
	market.ActionClose:     "a bid",
}

const signed = "a request,c agree,a verify,c finalize"

// trades brings the first negotiation to where an action of the trade contract is
// next.
func (s *scene) trades(name string) {
	contract, action, _ := strings.Cut(name, "/")
	if contract != market.TradeContract {
		return
	}
	s.approved(work, s.coop)
	for message := range strings.SplitSeq(before[action], ",") {
		if by, action, ok := strings.Cut(message, " "); ok {
			s.Must(s.do(market.TradeContract+"/"+action, map[string]*Member{"a": s.agency.Member, "c": s.coop.Member}[by], s.message(action, 1)))
		}
	}
}

// approved publishes work that can be agreed on.
func (s *scene) approved(id ledger.ID, by *Org) {
	r := release(1)
	r.Dataset, r.Kind, r.Access, r.Files, r.Review = id, market.Service, market.Agreed, nil, nil
	s.Must(s.do("dataset/publish", by.Member, r))
	s.Must(s.do("dataset/moderate", s.Operator.Member, market.Moderation{Dataset: id, Version: 1, Standing: market.Approved, Reason: "x"}))
}

// withBargains adds who sends which message of the trade contract.
func withBargains(rights map[string]right) map[string]right {
	senders := []struct {
		org     func(*scene) *Org
		role    ledger.Role
		actions []string
	}{
		{coop, ledger.RolePublisher, []string{
			market.ActionPropose, market.ActionAgree, market.ActionFinalize, market.ActionSuspend, market.ActionResume, market.ActionRevoke,
			market.ActionStart, market.ActionContinue, market.ActionSettle, market.ActionBill, market.ActionConfirm, market.ActionRefund,
		}},
		{agency, ledger.RolePublisher, []string{
			market.ActionRequest, market.ActionAccept, market.ActionVerify, market.ActionTerminate, market.ActionEnd, market.ActionTransfer,
			market.ActionComplete, market.ActionPause, market.ActionStop, market.ActionObject, market.ActionPay, market.ActionDispute,
			market.ActionBid, market.ActionClose,
		}},
		{operator, ledger.RoleAdmin, []string{market.ActionUphold, market.ActionReturn}},
	}
	// What is signed by who may, and yet is not done: it is too early, or work has no
	// files.
	refused := map[string]ledger.Code{market.ActionSettle: ledger.Conflict, market.ActionObject: ledger.NotFound}
	for _, sender := range senders {
		for _, action := range sender.actions {
			rights[market.TradeContract+"/"+action] = right{sender.org, sender.role, refused[action], func(s *scene, who *Member) any { return s.message(action, 1) }}
		}
	}
	return rights
}
