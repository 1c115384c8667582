package node_test

import (
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
	return []row{
		{"GET /scans", "/scans?id=" + of, nil, nil, all(200)},
		{"POST /scans", "/scans", here, form("id", lot.String()), all(200)},
		{"POST /scans/place", "/scans/place", here, form("id", lot.String(), "place", "21.3,106.6"), all(204)},
		// Of another's code the scans are not there.
		{"GET /batches/scans", "/batches/scans?id=" + of, nil, nil, answers{303, 401, 403, 200, 200, 404, 404, 403, 200, 404, 404, 403}},
	}
}
