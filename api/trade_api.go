package api

import (
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/deals"
)

// addTrade describes the operations by which programs follow what their organisation
// agrees on. Messages are sent as all records are: recorded here, or signed elsewhere.
func (s *server) addTrade(api huma.API) {
	signed := []map[string][]string{{"token": {}}}
	huma.Register(api, huma.Operation{
		Method: http.MethodGet, Path: "/api/v1/trade", OperationID: "negotiations", Security: signed,
		Summary: "The negotiations and agreements of the caller's organisation, the last begun first",
	}, s.ownTrades)
	huma.Register(api, huma.Operation{
		Method: http.MethodGet, Path: "/api/v1/trade/{id}", OperationID: "negotiation", Security: signed,
		Summary: "A negotiation with its messages, the agreement it came to, its deliveries, and what comes next",
	}, s.ownTrade)
}

// tradeJSON is a negotiation and what followed from it.
type tradeJSON struct {
	Negotiation market.Negotiation `json:"negotiation"`
	Agreement   *market.Deal       `json:"agreement,omitempty" doc:"once the provider signed"`
	State       string             `json:"state" doc:"of the agreement now, where there is one in force or past"`
	Transfers   []market.Transfer  `json:"transfers,omitempty"`
	Messages    []deals.Message    `json:"messages,omitempty" doc:"the oldest first"`
	Waiting     []waitingJSON      `json:"waiting,omitempty" doc:"what is to be done next, and by when"`
	May         []mayJSON          `json:"may,omitempty" doc:"the messages that the caller's side may send next"`
}

type waitingJSON struct {
	Action   string      `json:"action" doc:"the message that does it"`
	By       market.Side `json:"by"`
	Until    ledger.Time `json:"until,omitzero"`
	Transfer ledger.ID   `json:"transfer,omitzero"`
}

type mayJSON struct {
	Action   string    `json:"action"`
	Transfer ledger.ID `json:"transfer,omitzero"`
}

func (s *server) tradeOf(c deals.Course, side market.Side) tradeJSON {
	now := s.moment()
	out := tradeJSON{Negotiation: c.Negotiation, Agreement: c.Deal, State: stateOf(c, now), Transfers: c.Transfers, Messages: c.History}
	for _, o := range c.Owed(now) {
		out.Waiting = append(out.Waiting, waitingJSON(o))
	}
	for _, l := range c.Legal(side, now) {
		out.May = append(out.May, mayJSON(l))
	}
	return out
}

// tradesFor is the organisation that the caller acts for.
func tradesFor(ctx context.Context) (org ledger.ID, err error) {
	switch who := callerOf(ctx); {
	case who.identity != nil:
		return who.identity.Org, nil
	case who.person != nil:
		return org, errStranger
	}
	return org, errNobody
}

type tradeQuery struct {
	After string `query:"after" doc:"next of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

func (s *server) ownTrades(ctx context.Context, in *tradeQuery) (*ownBody[ownList[tradeJSON]], error) {
	org, err := tradesFor(ctx)
	if err != nil {
		return nil, s.own(ctx, err)
	}
	var from deals.Page
	if in.After != "" {
		n, err := strconv.ParseUint(in.After, 10, 64)
		if err != nil {
			return nil, s.own(ctx, ledger.FieldErrorf(ledger.Invalid, "after", "is no part of this list"))
		}
		from = deals.Page(n)
	}
	list, next, err := s.Deals.Of(org, from, in.Limit)
	if err != nil {
		return nil, s.own(ctx, err)
	}
	out := ownList[tradeJSON]{Items: make([]tradeJSON, len(list))}
	for i, c := range list {
		out.Items[i] = s.tradeOf(c, sideOf(c.Negotiation, org))
	}
	if next != 0 {
		out.Next = strconv.FormatUint(uint64(next), 10)
	}
	return &ownBody[ownList[tradeJSON]]{out}, nil
}

type tradeInput struct {
	ID string `path:"id" doc:"of the negotiation"`
}

func (s *server) ownTrade(ctx context.Context, in *tradeInput) (*ownBody[tradeJSON], error) {
	none := ledger.Errorf(ledger.NotFound, "there is no such negotiation of your organisation's")
	org, err := tradesFor(ctx)
	if err != nil {
		return nil, s.own(ctx, err)
	}
	id, err := ledger.ParseID(in.ID)
	if err != nil {
		return nil, s.own(ctx, none)
	}
	c, err := s.Deals.Negotiation(id)
	if err != nil {
		return nil, s.own(ctx, err)
	}
	side := sideOf(c.Negotiation, org)
	if side == market.Operator && !viewerOf(ctx).Operator {
		return nil, s.own(ctx, none)
	}
	return &ownBody[tradeJSON]{s.tradeOf(c, side)}, nil
}
