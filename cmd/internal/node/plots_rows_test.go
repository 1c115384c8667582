package node_test

import "net/url"

// plotRows are of an organisation's places.
func (w *world) plotRows() []row {
	q := "?" + url.Values{"id": {w.a.place.String()}}.Encode()
	seen := answers{303, 401, 403, 200, 200, 200, 200, 403, 403, 403, 403, 403}
	mine := answers{303, 401, 403, 200, 200, 404, 404, 403, 403, 403, 403, 403}
	managed := func(code, other int) answers {
		return answers{401, 401, 403, 403, code, other, other, 403, 403, 403, 403, 403}
	}
	return []row{
		{"GET /plots", "/plots", nil, nil, seen},
		{"GET /plots.geojson", "/plots.geojson", nil, nil, answers{303, 401, 403, 200, 200, 200, 200, 403, 200, 200, 200, 200}},
		{"GET /plots/one", "/plots/one" + q, nil, nil, mine},
		{"GET /plots/new", "/plots/new", nil, nil, answers{303, 401, 403, 403, 200, 200, 409, 403, 403, 403, 403, 403}}, // the operator has no codes
		{"POST /plots/new", "/plots/new", here, form("id", "nothing"), managed(400, 400)},
		{"GET /plots/edit", "/plots/edit" + q, nil, nil, answers{303, 401, 403, 403, 200, 404, 404, 403, 403, 403, 403, 403}},
		{"POST /plots/edit", "/plots/edit", here, form("id", w.a.place.String()), managed(400, 404)},
		{"POST /plots/close", "/plots/close", here, form("id", w.b.place.String()+"9"), managed(404, 404)},
		{"GET /plots/import", "/plots/import", nil, nil, answers{303, 401, 403, 403, 200, 200, 200, 403, 403, 403, 403, 403}},
		{"POST /plots/import", "/plots/import", here, form("commune", "07234"), managed(400, 400)},
	}
}
