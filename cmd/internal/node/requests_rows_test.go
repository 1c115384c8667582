package node_test

import "strings"

// requestRows are of what people ask for that is not published. The request of these rows
// is asked of the operator.
func (w *world) requestRows() []row {
	me := w.signIn("alone@example.vn")
	at, _, _ := strings.Cut(me.post("/datasets/requests/new", "request_title", "Giá vải", "request_text", "Theo ngày.").Header.Get("Location"), "?")
	desk := "/desk/requests" + strings.TrimPrefix(at, "/datasets/requests")
	responders := func(operators, off int) answers {
		return answers{off, 401, 403, 403, 403, 403, operators, 403, 403, 403, 403, 403}
	}
	return []row{
		{"GET /datasets/requests", "/datasets/requests?q=gia&show=open", nil, nil, all(200)},
		{"GET /datasets/requests/new", "/datasets/requests/new", nil, nil, people(200, 303)},
		{"POST /datasets/requests/new", "/datasets/requests/new", here, form(), people(400, 401)},
		{"GET /datasets/requests/:id", at, nil, nil, all(200)},
		{"POST /datasets/requests/:id/drop", strings.Replace(at, at[len("/datasets/requests/"):], strings.Repeat("0", 32), 1) + "/drop", here, form(), people(404, 401)},
		{"GET /datasets/requests/:id/answer", at + "/answer", nil, nil, responders(200, 303)},
		{"POST /datasets/requests/:id/answer", at + "/answer", here, form(), responders(400, 401)},
		{"GET /datasets/requests/:id/pass", at + "/pass", nil, nil, responders(200, 303)},
		{"POST /datasets/requests/:id/pass", at + "/pass", here, form(), responders(400, 401)},
		{"GET /desk/requests/:id/hide", desk + "/hide", nil, nil, deciders(200, 303)},
		{"POST /desk/requests/:id/hide", desk + "/hide", here, form(), deciders(400, 401)},
		{"GET /desk/requests/:id/show", desk + "/show", nil, nil, deciders(409, 303)},
		{"POST /desk/requests/:id/show", desk + "/show", here, form(), deciders(409, 401)},
	}
}
