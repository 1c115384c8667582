package node_test

// protectionRows are of what follows a spraying.
func (w *world) protectionRows() []row {
	const nothing = "urn:uuid:00000000-0000-4000-8000-999999999999"
	return []row{
		{"GET /record/sprayed", "/record/sprayed?event=" + nothing, nil, nil, answers{303, 401, 403, 404, 404, 404, 404, 403, 404, 404, 404, 403}},
		{"GET /record/label", "/record/label?event=" + nothing, nil, nil, answers{303, 401, 403, 404, 404, 404, 404, 403, 404, 404, 404, 404}},
		{"GET /record/confirm", "/record/confirm", nil, nil, answers{303, 401, 403, 403, 200, 200, 200, 403, 200, 200, 200, 200}},
		{"POST /record/confirm", "/record/confirm", here, form("event", nothing, "decision", "confirm"), answers{401, 401, 403, 403, 404, 404, 404, 403, 404, 404, 404, 403}},
	}
}
