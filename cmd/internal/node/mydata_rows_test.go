package node_test

// dataRows are of the pages of what is kept of somebody.
func (w *world) dataRows() []row {
	return []row{
		{"GET /account/seen", "/account/seen", nil, nil, all(200)},
		{"GET /account/seen/page", "/account/seen/page", nil, nil, all(200)},
		{"GET /account/data", "/account/data", nil, nil, people(200, 303)},
		{"POST /account/data/consents", "/account/data/consents", here, form("purpose", "contact_mail", "agree", "true", "version", "1"), people(303, 401)},
		{"GET /account/data/export", "/account/data/export", nil, nil, people(200, 303)},
		{"POST /account/data/export", "/account/data/export", here, nil, people(200, 401)},
		{"GET /account/data/erase", "/account/data/erase", nil, nil, people(200, 303)},
		{"POST /account/data/erase", "/account/data/erase", here, form("word", "no"), people(400, 401)},
	}
}
