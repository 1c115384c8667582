package node_test

import (
	"strings"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// shopperRows are of what a code opens beside its passport.
func (w *world) shopperRows() []row {
	s := w.site
	product := s.product(w.a, 32, trace.Text{VI: "Vải quét"})
	lot := s.lot(product, "Q1")
	s.recordEvents(w.a, ledger.Public, s.commission(lot, 10))
	of := escaped(lot.String())
	one, _, err := s.Accounts.File(s.Context(), account.Filed{Of: lot.String(), Lot: lot.String(), Org: w.a.org, What: account.MatterOther, Text: "x"}, account.From{})
	if err != nil {
		s.Fatal(err)
	}
	at := "/reports/" + one.Ref
	// answerers administer or recall; others is what those of another organisation get.
	answerers := func(code, others, off int) answers {
		return answers{off, 401, 403, 403, code, others, others, 403, 403, 403, 403, 403}
	}
	long := form("words", strings.Repeat("x", 100_000)) // looked at before anybody is counted
	return []row{
		{"GET /report", "/report?id=" + of, nil, nil, all(200)},
		{"POST /report", "/report", here, long, all(413)},
		{"GET /reports", "/reports", nil, nil, answerers(200, 200, 303)},
		{"GET /reports/:ref", at, nil, nil, all(200)},
		{"POST /reports/:ref", at, here, long, all(413)},
		{"POST /reports/:ref/answer", at + "/answer", here, nil, answerers(400, 404, 401)},
		{"GET /reports/:ref/photo", at + "/photo", nil, nil, answerers(404, 404, 303)},
		{"GET /reports/:ref/hand", at + "/hand", nil, nil, answerers(200, 404, 303)},
		{"POST /reports/:ref/hand", at + "/hand", here, nil, answerers(303, 404, 401)},
		{"GET /reports/:ref/close", at + "/close", nil, nil, answerers(200, 404, 303)},
		{"POST /reports/:ref/close", at + "/close", here, nil, answerers(303, 404, 401)},
		{"GET /scans", "/scans?id=" + of, nil, nil, all(200)},
		{"POST /scans", "/scans", here, form("id", lot.String()), all(200)},
		{"POST /scans/place", "/scans/place", here, form("id", lot.String(), "place", "21.3,106.6"), all(204)},
		// Of another's code the scans are not there.
		{"GET /batches/scans", "/batches/scans?id=" + of, nil, nil, answers{303, 401, 403, 200, 200, 404, 404, 403, 200, 404, 404, 403}},
	}
}
