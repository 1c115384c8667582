package node_test

import (
	"net/http"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// serviceRows are of the calls of data services, which are for who has a token of an
// agreement and for nobody else, and of where both sides see to them.
func (w *world) serviceRows() []row {
	s := w.site
	dataset := s.listed(w.a, market.API)
	n := market.Request{Negotiation: ledger.NewID(), Dataset: dataset, Terms: &market.Terms{Purposes: []market.Purpose{market.PurposeInternal}}}
	s.must(s.record(s.admit("Công ty D", ledger.KindDataBuyer).token, market.TradeContract, market.ActionRequest, n), http.StatusCreated)
	at := "/trade/" + n.Negotiation.String()
	publishers := func(code, other, off int) answers {
		return answers{off, 401, 403, 403, code, other, other, 403, 403, 403, 403, 403}
	}
	closed := answers{401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401}
	return []row{
		{"GET /services/:id", "/services/" + ledger.NewID().String(), nil, nil, closed},
		{"GET /services/:id/*", "/services/x/harvest", nil, nil, closed},
		{"GET /data/:id/service", "/data/" + dataset.String() + "/service", nil, nil, publishers(200, 404, 303)},
		{"POST /data/:id/service", "/data/" + dataset.String() + "/service", here, form("base", "http://localhost/"), publishers(400, 404, 401)},
		{"GET /trade/:id/transfers/:transfer/results", at + "/transfers/" + ledger.NewID().String() + "/results", nil, nil, publishers(404, 404, 303)},
		{"POST /trade/:id/transfers/:transfer/results", at + "/transfers/" + ledger.NewID().String() + "/results", here, form(), publishers(404, 404, 401)},
		{"GET /trade/:id/transfers/:transfer/results/:cid", at + "/transfers/" + ledger.NewID().String() + "/results/x", nil, nil, publishers(404, 404, 303)},
		{"POST /trade/:id/passes", at + "/passes", here, form("name", "x"), publishers(404, 404, 401)},
		{"POST /trade/:id/passes/revoke", at + "/passes/revoke", here, form("pass", "x"), publishers(404, 404, 401)},
	}
}
