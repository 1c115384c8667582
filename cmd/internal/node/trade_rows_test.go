package node_test

import (
	"net/http"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// tradeRows are of what organisations agree on. The negotiation of these rows is the
// co-op's with an agency, and was terminated, so that nothing can be done about it.
func (w *world) tradeRows() []row {
	s := w.site
	agency := s.admit("Sở Nông nghiệp", ledger.KindAgency)
	dataset := s.traded(w.a)
	n := market.Request{Negotiation: ledger.NewID(), Dataset: dataset, Terms: &market.Terms{Purposes: []market.Purpose{market.PurposePublic}}}
	s.must(s.record(agency.token, market.TradeContract, market.ActionRequest, n), http.StatusCreated)
	s.must(s.record(w.a.token, market.TradeContract, market.ActionTerminate, market.Termination{Negotiation: n.Negotiation, Reason: "x"}), http.StatusCreated)
	at, decided := "/trade/"+n.Negotiation.String(), "/desk/disputes/"+n.Negotiation.String()
	sides := func(code, other, operators, off int) answers {
		return answers{off, 401, 403, 403, code, other, operators, 403, 403, 403, 403, 403}
	}
	rows := []row{
		{"GET /trade", "/trade", nil, nil, sides(200, 200, 200, 303)},
		{"GET /trade/new", "/trade/new?dataset=" + dataset.String(), nil, nil, sides(409, 200, 200, 303)},
		{"POST /trade/new", "/trade/new?dataset=" + ledger.NewID().String(), here, form(), sides(404, 404, 404, 401)},
		{"GET /trade/offers", "/trade/offers", nil, nil, sides(200, 200, 200, 303)},
		{"POST /trade/offers/:id", "/trade/offers/" + ledger.NewID().String(), here, form(), sides(404, 404, 404, 401)},
		{"GET /trade/:id", at, nil, nil, sides(200, 404, 200, 303)},
		{"GET /trade/:id/dossier.zip", at + "/dossier.zip", nil, nil, sides(200, 404, 200, 303)},
		{"GET /trade/:id/evidence/:cid/:n", at + "/evidence/x/0", nil, nil, sides(404, 404, 404, 303)},
		{"GET /desk/disputes/:id/evidence/:cid/:n", decided + "/evidence/x/0", nil, nil, operators(404, 303)},
		{"GET /trade/:id/terms", at + "/terms", nil, nil, sides(200, 404, 200, 303)},
		{"POST /trade/:id/terms", at + "/terms", here, form("price", "0", "purposes", "any"), sides(409, 404, 409, 401)},
		{"GET /desk/disputes", "/desk/disputes", nil, nil, operators(200, 303)},
		{"GET /desk/disputes/:id", decided, nil, nil, operators(200, 303)},
	}
	// A program of each side follows it, and of no other.
	inside := answers{401, 401, 403, 200, 200, 404, 200, 404, 200, 404, 200, 200}
	rows = append(rows,
		row{"GET /api/v1/trade", "/api/v1/trade", nil, nil, answers{401, 401, 403, 200, 200, 200, 200, 200, 200, 200, 200, 200}},
		row{"GET /api/v1/trade/:id", "/api/v1/trade/" + n.Negotiation.String(), nil, nil, inside})
	for _, action := range []string{"accept", "agree", "bill", "confirm", "dispute", "end", "finalize", "pay", "refund", "resume", "revoke", "suspend", "terminate", "transfer", "verify"} {
		rows = append(rows, row{"GET /trade/:id/" + action, at + "/" + action, nil, nil, sides(409, 404, 409, 303)}, row{"POST /trade/:id/" + action, at + "/" + action, here, form(), sides(409, 404, 409, 401)})
	}
	for _, action := range []string{"complete", "continue", "object", "pause", "settle", "start", "stop"} {
		path := at + "/transfers/" + ledger.NewID().String() + "/" + action
		rows = append(rows, row{"GET /trade/:id/transfers/:transfer/" + action, path, nil, nil, sides(409, 404, 409, 303)}, row{"POST /trade/:id/transfers/:transfer/" + action, path, here, form(), sides(409, 404, 409, 401)})
	}
	for _, what := range []string{"", "/sealed"} {
		rows = append(rows, row{"GET /trade/:id/transfers/:transfer/files/:cid" + what, at + "/transfers/" + ledger.NewID().String() + "/files/x" + what, nil, nil, sides(404, 404, 404, 303)})
	}
	for _, action := range []string{"resume", "return", "revoke", "suspend", "uphold"} {
		rows = append(rows, row{"GET /desk/disputes/:id/" + action, decided + "/" + action, nil, nil, deciders(409, 303)}, row{"POST /desk/disputes/:id/" + action, decided + "/" + action, here, form(), deciders(409, 401)})
	}
	return rows
}

// traded is work of an organisation's that the operator approved.
func (s *site) traded(by *party) ledger.ID { return s.listed(by, market.Service) }

// listed is a dataset without files of an organisation's that the operator approved.
func (s *site) listed(by *party, kind market.Kind) ledger.ID {
	s.Helper()
	r := release(s.upload(by.token, []byte(`{"title":{"vi":"Phân tích đất"},"summary":{"vi":"Theo xã."}}`), false), "")
	r.Kind, r.Access, r.Files = kind, market.Agreed, nil
	r.Statement = &market.Statement{Seller: market.SellerCoop, Origin: market.OriginOwn, Value: market.Raw, Class: market.Ordinary}
	s.must(s.record(by.token, market.DatasetContract, market.ActionPublish, r), http.StatusCreated)
	s.must(s.record(s.operator, market.DatasetContract, market.ActionModerate, market.Moderation{Dataset: r.Dataset, Version: 1, Standing: market.Approved, Reason: "x"}), http.StatusCreated)
	return r.Dataset
}
