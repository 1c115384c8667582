package node_test

import (
	"github.com/sogoc/sogoc/api/jobs"
)

// sheetRows are of spreadsheets.
func (w *world) sheetRows() []row {
	job := func() string {
		// There is no draft in it, so that it cannot be recorded.
		j, err := w.Imports.Add(jobs.Order{Org: w.a.org, Member: w.a.member, Total: 1, Held: true, About: []byte(`{"kind":"plots"}`), Work: []byte(`{"kind":"plots","rows":[]}`)})
		if err != nil {
			w.Fatal(err)
		}
		return "/org/sheets/" + j.ID.String()
	}
	shown := func(code, other int) answers {
		return answers{303, 401, 403, 403, code, other, other, 403, 403, 403, 403, 403}
	}
	sent := func(code, other int) answers {
		return answers{401, 401, 403, 403, code, other, other, 403, 403, 403, 403, 403}
	}
	file := answers{303, 401, 403, 403, 200, 200, 200, 403, 200, 200, 200, 200}
	kept, gone := job(), job()
	return []row{
		{"GET /org/sheets", "/org/sheets", nil, nil, shown(200, 200)},
		{"POST /org/sheets", "/org/sheets", here, form("kind", "plots"), sent(400, 400)},
		{"GET /org/sheets/template", "/org/sheets/template?kind=plots&as=csv", nil, nil, file},
		{"GET /org/sheets/export", "/org/sheets/export?kind=plots&as=csv", nil, nil, file},
		{"GET /org/sheets/:id", kept, nil, nil, shown(200, 404)},
		{"GET /org/sheets/:id/faults", kept + "/faults", nil, nil, shown(200, 404)},
		{"POST /org/sheets/:id", kept, here, form(), sent(303, 404)},
		{"POST /org/sheets/:id/remove", gone + "/remove", here, form(), sent(303, 404)},
	}
}
