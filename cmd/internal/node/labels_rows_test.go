package node_test

import (
	"net/url"

	"github.com/sogoc/sogoc/api/jobs"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// labelRows are of labels.
func (w *world) labelRows() []row {
	s := w.site
	lot := s.lot(s.product(w.a, 2, trace.Text{VI: "Vải thiều"}), "LB")
	s.recordEvents(w.a, ledger.Public, s.commission(lot, 10))
	of := "?" + url.Values{"of": {lot.String()}}.Encode()
	job := func() string {
		// There is no order in it, so that it cannot be done.
		j, err := s.Jobs.Add(jobs.Order{Org: w.a.org, Member: w.a.member, Total: 1, About: []byte(`{"format":"a6"}`), Work: []byte("{")})
		if err != nil {
			s.Fatal(err)
		}
		return "/labels/" + j.ID.String()
	}
	may := func(code, others, off int) answers {
		return answers{off, 401, 403, code, code, others, others, 403, code, others, others, 403}
	}
	kept, gone := job(), job()
	removed := may(404, 404, 401)
	removed[3] = 303 // whoever comes first
	return []row{
		{"GET /labels", "/labels", nil, nil, may(200, 200, 303)},
		{"POST /labels", "/labels", here, form("of", lot.String(), "count", "0"), may(400, 404, 401)},
		{"GET /labels/new", "/labels/new" + of, nil, nil, may(200, 404, 303)},
		{"GET /labels/preview", "/labels/preview" + of, nil, nil, may(200, 404, 303)},
		{"GET /labels/logo", "/labels/logo", nil, nil, may(404, 404, 303)},
		{"POST /labels/logo", "/labels/logo", here, nil, may(400, 400, 401)},
		{"POST /labels/logo/remove", "/labels/logo/remove", here, nil, may(303, 303, 401)},
		{"GET /labels/:id", kept, nil, nil, may(200, 404, 303)},
		{"GET /labels/:id/pdf", kept + "/pdf", nil, nil, may(404, 404, 303)},
		{"POST /labels/:id/remove", gone + "/remove", here, nil, removed},
	}
}
