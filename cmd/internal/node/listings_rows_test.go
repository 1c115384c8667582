package node_test

import (
	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// listingRows are of what organisations prepare and publish in the data market.
func (w *world) listingRows() []row {
	draft := func(kind market.Kind) string {
		l, err := w.Accounts.BeginListing(w.Context(), account.Listing{
			Org: w.a.org, Release: market.Release{Dataset: ledger.NewID(), Version: 1, Kind: kind},
			About: market.Description{Title: ledger.Text{VI: "Giá cà phê"}},
		})
		if err != nil {
			w.Fatal(err)
		}
		return "/data/" + l.Release.Dataset.String()
	}
	// Whoever applied for an organisation prepares data of theirs, and publishes nothing.
	shown := func(code, other int) answers {
		return answers{303, 401, other, 403, code, other, other, 403, 403, 403, 403, 403}
	}
	sent := func(code, other int) answers {
		return answers{401, 401, other, 403, code, other, other, 403, 403, 403, 403, 403}
	}
	signed := func(code, other int) answers {
		return answers{401, 401, 403, 403, code, other, other, 403, 403, 403, 403, 403}
	}
	offer := market.Offer{ID: ledger.NewID()}
	asJSON := header{"Content-Type", "application/json", "Sec-Fetch-Site", "same-origin"}
	program := func(code, other, again int) answers { // by the interface
		return answers{401, 401, 403, 403, code, other, other, 403, again, other, other, 403}
	}
	const drafts = "/api/v1/drafts"
	one, service, dropped := draft(market.Files), draft(market.API), draft(market.Files)
	published := "/data/" + w.publish(w.a)
	offered := w.offered(w.a, &offer)
	none := "/" + ledger.NewID().String()
	stopped, err := ledger.ParseID(draft(market.Files)[len("/data/"):])
	if err != nil {
		w.Fatal(err)
	}
	if _, err := w.Accounts.ChangeListing(w.Context(), w.a.org, stopped, func(l *account.Listing) error {
		l.Files, l.Contested = []account.ListedFile{{Name: "a.pdf", Digest: ledger.Hash{1}, Unseen: true}}, "a map"
		return nil
	}); err != nil {
		w.Fatal(err)
	}
	judged, contested := "/desk/market/"+published[len("/data/"):], "/desk/market/drafts/"+w.a.org.String()+"/"+stopped.String()
	desk := []row{
		{"POST /desk/market/harvest", "/desk/market/harvest", here, nil, deciders(409, 401)},
		{"POST /desk/market/scans", "/desk/market/scans", here, nil, deciders(409, 401)},
		{"POST /desk/market/prices", "/desk/market/prices", here, nil, deciders(409, 401)},
		{"GET /org/grants", "/org/grants", nil, nil, releasers(200, 303, 200)},
		{"GET /org/shares", "/org/shares", nil, nil, releasers(200, 303, 200)},
		{"POST /org/grants", "/org/grants", here, form("purpose", "fun"), releasers(400, 401, 400)},
		{"GET /desk/market", "/desk/market", nil, nil, operators(200, 303)},
		{"GET /desk/market/drafts/:org/:id", contested, nil, nil, deciders(200, 303)},
		{"GET /desk/market/drafts/:org/:id/files/:upload", contested + "/files" + none, nil, nil, deciders(404, 303)},
	}
	for route, path := range map[string]string{
		"/desk/market/:id/approve": judged + "/approve", "/desk/market/:id/refuse": judged + "/refuse", "/desk/market/:id/delist": judged + "/delist",
		"/desk/market/drafts/:org/:id/clear": contested + "/clear", "/desk/market/drafts/:org/:id/uphold": contested + "/uphold",
	} {
		desk = append(desk, row{"GET " + route, path, nil, nil, deciders(200, 303)}, row{"POST " + route, path, here, nil, deciders(400, 401)})
	}
	prepared, gone := drafts+draft(market.Files)[len("/data"):], drafts+draft(market.Files)[len("/data"):]
	desk = append(desk, []row{
		{"POST /api/v1/drafts", drafts, asJSON, []byte(`{"title":"Giá cà phê"}`), program(201, 201, 201)},
		{"GET /api/v1/drafts/:id", prepared, nil, nil, program(200, 404, 200)},
		{"POST /api/v1/drafts/:id/review", prepared + "/review", asJSON, nil, program(409, 404, 409)},
		{"POST /api/v1/drafts/:id/contest", prepared + "/contest", asJSON, []byte(`{"reason":"x"}`), program(409, 404, 409)},
		{"POST /api/v1/drafts/:id/uploads", prepared + "/uploads", here, nil, program(400, 404, 400)},
		{"GET /api/v1/drafts/:id/uploads/:upload", prepared + "/uploads" + none, nil, nil, program(404, 404, 404)},
		{"PATCH /api/v1/drafts/:id/uploads/:upload", prepared + "/uploads" + none, here, nil, program(404, 404, 404)},
		{"DELETE /api/v1/drafts/:id", gone, asJSON, nil, program(204, 404, 404)},
	}...)
	return append(desk, []row{
		{"GET /data", "/data", nil, nil, shown(200, 200)},
		{"GET /data/new", "/data/new", nil, nil, shown(200, 200)},
		{"POST /data/new", "/data/new", here, form("title", "Giá", "kind", "files", "access", "open"), sent(303, 303)},
		{"GET /data/:id", published, nil, nil, shown(200, 404)},
		{"GET /data/:id/offer", published + "/offer", nil, nil, releasers(200, 303, 404)},
		{"POST /data/:id/offer", published + "/offer", here, form("price", "x"), releasers(400, 401, 404)},
		{"GET /data/:id/offers/:offer/retract", offered + "/retract", nil, nil, releasers(200, 303, 404)},
		{"POST /data/:id/offers/:offer/retract", offered + "/retract", here, form(), releasers(303, 401, 404)},
		{"POST /data/:id/next", published + "/next", here, form(), signed(303, 404)},
		{"GET /data/:id/what", one + "/what", nil, nil, shown(200, 404)},
		{"POST /data/:id/what", one + "/what", here, form("title", "Giá", "kind", "files", "access", "open"), sent(303, 404)},
		{"GET /data/:id/files", one + "/files", nil, nil, shown(200, 404)},
		{"POST /data/:id/files", service + "/files", here, form("endpoint", "https://example.vn/api"), sent(303, 404)},
		{"POST /data/:id/files/:upload/remove", one + "/files" + none + "/remove", here, form(), sent(303, 404)},
		{"POST /data/:id/uploads", one + "/uploads", header{"Sec-Fetch-Site", "same-origin", "Upload-Length", "10", "Upload-Metadata", "filename YS5jc3Y="}, nil, sent(201, 404)},
		{"GET /data/:id/uploads/:upload", one + "/uploads" + none, nil, nil, shown(404, 404)},
		{"PATCH /data/:id/uploads/:upload", one + "/uploads" + none, here, nil, sent(404, 404)},
		{"POST /data/:id/files/:upload/mask", one + "/files" + none + "/mask", here, form(), sent(404, 404)},
		{"GET /data/:id/files/:upload/sum", one + "/files" + none + "/sum", nil, nil, shown(404, 404)},
		{"POST /data/:id/files/:upload/sum", one + "/files" + none + "/sum", here, form(), sent(404, 404)},
		{"POST /data/:id/copies/:copy/remove", one + "/copies" + none + "/remove", here, form(), sent(404, 404)},
		{"GET /data/:id/found", one + "/found", nil, nil, shown(200, 404)},
		{"POST /data/:id/contest", one + "/contest", here, form("reason", "x"), signed(409, 404)},
		{"GET /data/:id/law", one + "/law", nil, nil, shown(200, 404)},
		{"POST /data/:id/law", one + "/law", here, form(), sent(303, 404)},
		{"GET /data/:id/publish", one + "/publish", nil, nil, shown(200, 404)},
		{"POST /data/:id/publish", one + "/publish", here, form(), signed(409, 404)},
		{"POST /data/:id/drop", dropped + "/drop", here, form(), sent(303, 404)},
	}...)
}

// releasers are answers to those who sign what an organisation publishes.
func releasers(code, nobody, other int) answers {
	return answers{nobody, 401, 403, 403, code, other, other, 403, 403, 403, 403, 403}
}

// offered publishes a dataset and offers it; it gives the offer's path.
func (w *world) offered(p *party, o *market.Offer) string {
	w.Helper()
	table := []byte("a,b\n1,2\n")
	r := market.Release{
		Dataset: ledger.NewID(), Version: 1, Licence: market.OpenLicences[0], Description: w.upload(p.token, []byte(`{"title":{"vi":"Giá vải"},"summary":{"vi":"x"}}`), false),
		Files:     []market.File{{Name: "a.csv", Media: "text/csv", Bytes: int64(len(table)), CID: w.upload(p.token, table, false)}},
		Statement: &market.Statement{Seller: market.SellerCoop, Origin: market.OriginOwn, Value: market.Raw, Class: market.Ordinary},
	}
	w.releases(p, r)
	o.Dataset, o.Terms, o.Policy = r.Dataset, market.Terms{Purposes: []market.Purpose{market.PurposeAny}}, w.upload(p.token, []byte("{}"), false)
	w.must(w.record(p.token, market.DatasetContract, market.ActionOffer, *o), 201)
	return "/data/" + r.Dataset.String() + "/offers/" + o.ID.String()
}
