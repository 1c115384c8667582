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
	one, service, dropped := draft(market.Files), draft(market.API), draft(market.Files)
	published := "/data/" + w.publish(w.a)
	none := "/" + ledger.NewID().String()
	return []row{
		{"GET /data", "/data", nil, nil, shown(200, 200)},
		{"GET /data/new", "/data/new", nil, nil, shown(200, 200)},
		{"POST /data/new", "/data/new", here, form("title", "Giá", "kind", "files", "access", "open"), sent(303, 303)},
		{"GET /data/:id", published, nil, nil, shown(200, 404)},
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
		{"GET /data/:id/found", one + "/found", nil, nil, shown(200, 404)},
		{"POST /data/:id/contest", one + "/contest", here, form("reason", "x"), signed(409, 404)},
		{"GET /data/:id/law", one + "/law", nil, nil, shown(200, 404)},
		{"POST /data/:id/law", one + "/law", here, form(), sent(303, 404)},
		{"GET /data/:id/publish", one + "/publish", nil, nil, shown(200, 404)},
		{"POST /data/:id/publish", one + "/publish", here, form(), signed(409, 404)},
		{"POST /data/:id/drop", dropped + "/drop", here, form(), sent(303, 404)},
	}
}
