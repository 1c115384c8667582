package node_test

import "net/http"

// queueRows are of what a grower's phone takes along and brings back.
func (w *world) queueRows() []row {
	var as = w.a.member // the token's
	media, body := sent(w, as, noted{Task: "noting", Fields: map[string]string{}})
	sends := append(header{"Content-Type", media}, "Sec-Fetch-Site", "same-origin", "Accept", "application/json")
	open := all(http.StatusOK)
	return []row{
		{"GET /manifest.webmanifest", "/manifest.webmanifest", nil, nil, open},
		{"GET /record/worker.js", "/record/worker.js", nil, nil, open},
		{"GET /record/offline", "/record/offline", nil, nil, open},
		{"GET /record/pages", "/record/pages", nil, nil, answers{303, 401, 403, 200, 200, 200, 200, 403, 200, 200, 200, 403}},
		{"POST /record/queue", "/record/queue", sends, body, answers{401, 401, 403, 409, 409, 409, 409, 403, 200, 409, 409, 403}},
		{"GET /record/photo", "/record/photo?event=urn:uuid:00000000-0000-4000-8000-999999999999", nil, nil, answers{303, 401, 403, 404, 404, 404, 404, 403, 404, 404, 404, 404}},
	}
}
