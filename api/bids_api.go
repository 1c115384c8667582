package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/deals"
)

// addBids describes the operations by which everybody reads what data is sought. Bids are
// posted, closed and answered as all records are.
func (s *server) addBids(api huma.API) {
	huma.Register(api, huma.Operation{Method: http.MethodGet, Path: "/api/v1/bids", OperationID: "bids", Summary: "What data is sought, the last posted first"}, s.ownBids)
	huma.Register(api, huma.Operation{Method: http.MethodGet, Path: "/api/v1/bids/{id}", OperationID: "bid", Summary: "One of what is sought"}, s.ownBid)
}

type bidJSON struct {
	Bid    market.BidRecord       `json:"bid"`
	Sought *market.BidDescription `json:"sought,omitempty" doc:"in words; absent where they are not here"`
	Open   bool                   `json:"open" doc:"it can be answered now"`
}

func (s *server) bidJSON(ctx context.Context, b market.BidRecord) bidJSON {
	return bidJSON{b, s.office.Sought(ctx, b), b.Open(ledger.TimeOf(time.Now()))}
}

type bidQuery struct {
	Text  string `query:"q" maxLength:"800" doc:"words in what is sought or in the seeker's name, with or without marks"`
	Show  string `query:"show" enum:"open,closed" default:"open" doc:"what can be answered, or what cannot any more"`
	After string `query:"after" doc:"next of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
}

func (s *server) ownBids(ctx context.Context, in *bidQuery) (*ownBody[ownList[bidJSON]], error) {
	var from deals.Page
	if in.After != "" {
		n, err := strconv.ParseUint(in.After, 10, 64)
		if err != nil {
			return nil, s.own(ctx, ledger.FieldErrorf(ledger.Invalid, "after", "is no part of this list"))
		}
		from = deals.Page(n)
	}
	list, next, err := s.sought(ctx, strings.TrimSpace(in.Text), in.Show == "closed", from, in.Limit)
	if err != nil {
		return nil, s.own(ctx, err)
	}
	out := ownList[bidJSON]{Items: make([]bidJSON, len(list))}
	for i, b := range list {
		out.Items[i] = s.bidJSON(ctx, b)
	}
	if next != 0 {
		out.Next = strconv.FormatUint(uint64(next), 10)
	}
	return &ownBody[ownList[bidJSON]]{out}, nil
}

type bidInput struct {
	ID string `path:"id" doc:"of the bid"`
}

func (s *server) ownBid(ctx context.Context, in *bidInput) (*ownBody[bidJSON], error) {
	id, err := ledger.ParseID(in.ID)
	if err != nil {
		return nil, s.own(ctx, ledger.Errorf(ledger.NotFound, "there is no such bid"))
	}
	b, err := s.Deals.Bid(id)
	if err != nil {
		return nil, s.own(ctx, err)
	}
	return &ownBody[bidJSON]{s.bidJSON(ctx, b)}, nil
}
