package node_test

import (
	"net/http"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// recallers are members in a browser who may recall; others is what those of another
// organisation get for something of the first's.
func recallers(code, others, off int) answers {
	return answers{off, 401, 403, 403, code, others, others, 403, 403, 403, 403, 403}
}

// recallRows are of recalls, simulated and issued.
func (w *world) recallRows() []row {
	s := w.site
	product := s.product(w.a, 31, trace.Text{VI: "Vải thu hồi"})
	lot := s.lot(product, "R1")
	s.recordEvents(w.a, ledger.Parties, s.commission(lot, 10))
	other := s.lot(product, "R2")
	s.recordEvents(w.a, ledger.Parties, s.commission(other, 10))
	s.must(s.record(w.a.token, trace.Contract, trace.ActionRecall, trace.Recall{Target: other, Reason: "x", Action: "x", Contact: "x"}), http.StatusCreated)
	at := w.callers[4].browser.simulate("thing", lot.String())
	return []row{
		{"GET /recalls", "/recalls", nil, nil, recallers(200, 200, 303)},
		{"GET /recalls/new", "/recalls/new", nil, nil, recallers(200, 200, 303)},
		// Who has no part in the lot finds nothing of it; the operator does.
		{"POST /recalls/new", "/recalls/new", here, form("origin", "event", "start", "urn:uuid:nothing"), recallers(404, 404, 401)},
		{"GET /recalls/:id", at, nil, nil, recallers(200, 404, 303)},
		{"GET /recalls/:id/issue", at + "/issue", nil, nil, recallers(200, 404, 303)},
		{"POST /recalls/:id/issue", at + "/issue", here, nil, recallers(400, 404, 401)},
		{"GET /recalls/lift", "/recalls/lift?target=" + escaped(other.String()), nil, nil, recallers(200, 404, 303)},
		{"POST /recalls/lift", "/recalls/lift?target=" + escaped(other.String()), here, nil, recallers(400, 404, 401)},
		{"GET /recalls/:id/:file", at + "/things.csv", nil, nil, recallers(200, 404, 303)},
	}
}

// simulate has somebody simulate a recall, and returns where the report is.
func (b *browser) simulate(origin, start string, more ...string) string {
	b.Helper()
	to := b.must(b.post("/recalls/new", append([]string{"origin", origin, "start", start}, more...)...), http.StatusSeeOther).Header.Get("Location")
	if !strings.HasPrefix(to, "/recalls/") {
		b.Fatalf("the report is at %s", to)
	}
	return to
}
