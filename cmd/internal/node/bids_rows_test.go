package node_test

import (
	"net/http"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// bidRows are of what organisations look for. The bid of these rows is the co-op's; it is
// closed, so that nothing can be done about it.
func (w *world) bidRows() []row {
	bid := w.sought(w.a, "Giá vải theo ngày")
	w.must(w.record(w.a.token, market.TradeContract, market.ActionClose, market.BidClosing{Bid: bid, Reason: "x"}), http.StatusCreated)
	at := "/bids/" + bid.String()
	publishers := func(code, other, operators, off int) answers {
		return answers{off, 401, 403, 403, code, other, operators, 403, 403, 403, 403, 403}
	}
	return []row{
		{"GET /bids", "/bids?q=vai&show=closed", nil, nil, all(200)},
		{"GET /bids/new", "/bids/new", nil, nil, publishers(200, 200, 200, 303)},
		{"POST /bids/new", "/bids/new", here, form("bid_title", "x"), publishers(400, 400, 400, 401)},
		{"GET /bids/:id", at, nil, nil, all(200)},
		{"GET /bids/:id/answer", at + "/answer", nil, nil, publishers(409, 409, 409, 303)},
		{"POST /bids/:id/answer", at + "/answer", here, form(), publishers(409, 409, 409, 401)},
		{"GET /bids/:id/met", at + "/met", nil, nil, publishers(409, 403, 403, 303)},
		{"POST /bids/:id/met", at + "/met", here, form(), publishers(409, 403, 403, 401)},
		{"GET /bids/:id/close", at + "/close", nil, nil, publishers(409, 403, 403, 303)},
		{"POST /bids/:id/close", at + "/close", here, form(), publishers(409, 403, 403, 401)},
		{"GET /desk/bids/:id/close", "/desk" + at + "/close", nil, nil, deciders(409, 303)},
		{"POST /desk/bids/:id/close", "/desk" + at + "/close", here, form(), deciders(409, 401)},
		{"GET /api/v1/bids", "/api/v1/bids?q=vai&show=closed", nil, nil, all(200)},
		{"GET /api/v1/bids/:id", "/api/v1/bids/" + bid.String(), nil, nil, all(200)},
	}
}

// sought is a bid of an organisation's.
func (s *site) sought(by *party, title string) ledger.ID {
	s.Helper()
	b := market.Bid{
		ID: ledger.NewID(), Org: by.org, Purpose: market.PurposeInternal, Until: ledger.TimeOf(time.Now().Add(time.Hour)),
		Description: s.upload(by.token, []byte(`{"title":{"vi":"`+title+`"},"text":{"vi":"Ở các chợ đầu mối."}}`), false),
	}
	s.must(s.record(by.token, market.TradeContract, market.ActionBid, b), http.StatusCreated)
	return b.ID
}
