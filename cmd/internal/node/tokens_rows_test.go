package node_test

// tokenRows are of the pages of tokens.
func (w *world) tokenRows() []row {
	return []row{
		{"GET /account/tokens", "/account/tokens", nil, nil, people(200, 303)},
		{"GET /account/tokens/new", "/account/tokens/new", nil, nil, people(200, 303)},
		{"POST /account/tokens/new", "/account/tokens/new", here, form("name", "x", "member", w.a.member.String(), "scopes", "read", "expires", "30"), people(404, 401)},
		{"POST /account/tokens/revoke", "/account/tokens/revoke", here, form("token", "00"), people(404, 401)},
	}
}
