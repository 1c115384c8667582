package node_test

import "strings"

// accountRows are of the pages on which people look after their account. They change
// nothing that other rows need.
func (w *world) accountRows() []row {
	long := form("identifier", strings.Repeat("x", 100_000))
	asJSON := header{"Content-Type", "application/json", "Accept", "application/json", "Sec-Fetch-Site", "same-origin"}
	nobodys := strings.Repeat("A", 64) // a link
	led := func(code int) answers { return people(code, 303) }
	told := func(code int) answers { return people(code, 401) }
	return []row{
		{"POST /signin/passkey/begin", "/signin/passkey/begin", asJSON, []byte("{}"), all(200)},
		{"POST /signin/passkey/finish", "/signin/passkey/finish", asJSON, []byte(`{"state":"x"}`), all(400)},
		{"POST /signin/provider", "/signin/provider", here, form("issuer", "https://nowhere.example"), all(400)},
		{"GET /signin/provider/return", "/signin/provider/return", nil, nil, all(400)},
		{"GET /signin/enrol", "/signin/enrol", nil, nil, led(303)},
		{"POST /signin/enrol", "/signin/enrol", here, long, told(413)},
		{"POST /prove/passkey", "/prove/passkey", asJSON, []byte(`{"state":"x"}`), told(400)},
		{"GET /reset", "/reset", nil, nil, all(200)},
		{"POST /reset", "/reset", here, long, all(413)},
		{"GET /reset/:secret", "/reset/" + nobodys, nil, nil, all(404)},
		{"POST /reset/:secret", "/reset/" + nobodys, here, nil, all(404)},
		{"GET /setup/:secret", "/setup/" + nobodys, nil, nil, all(404)},
		{"POST /setup/:secret", "/setup/" + nobodys, here, nil, all(404)},
		{"GET /account", "/account", nil, nil, led(200)},
		{"GET /account/person", "/account/person", nil, nil, led(200)},
		{"POST /account/person", "/account/person", here, nil, told(400)},
		// There is nothing to prove.
		{"POST /account/person/address", "/account/person/address", here, nil, told(303)},
		{"GET /address/:secret", "/address/" + nobodys, nil, nil, all(404)},
		{"POST /address/:secret", "/address/" + nobodys, here, nil, all(404)},
		{"GET /account/password", "/account/password", nil, nil, led(200)},
		{"POST /account/password", "/account/password", here, form("password", "short"), told(400)},
		{"GET /account/device", "/account/device", nil, nil, led(200)},
		{"POST /account/device", "/account/device", here, form("pin", "123456"), told(400)},
		{"POST /account/device/forget", "/account/device/forget", here, form("id", "x"), told(303)},
		{"GET /account/passkeys", "/account/passkeys", nil, nil, led(200)},
		{"POST /account/passkeys/begin", "/account/passkeys/begin", asJSON, []byte("{}"), told(200)},
		{"POST /account/passkeys/finish", "/account/passkeys/finish", asJSON, []byte(`{"state":"x"}`), told(400)},
		{"POST /account/passkeys/remove", "/account/passkeys/remove", here, form("id", "x"), told(303)},
		{"GET /account/codes", "/account/codes", nil, nil, led(200)},
		{"GET /account/codes/app", "/account/codes/app", nil, nil, led(200)},
		{"POST /account/codes/app", "/account/codes/app", here, form("code", "x"), told(401)},
		{"POST /account/codes/recovery", "/account/codes/recovery", here, nil, told(303)},
		{"POST /account/codes/off", "/account/codes/off", here, nil, told(303)},
		{"GET /account/external", "/account/external", nil, nil, led(200)},
		{"POST /account/external/unlink", "/account/external/unlink", here, form("id", "x"), told(303)},
		{"POST /account/external/link", "/account/external/link", here, form("issuer", "https://nowhere.example"), told(400)},
		{"GET /account/sessions", "/account/sessions", nil, nil, led(200)},
		{"POST /account/sessions/end", "/account/sessions/end", here, form("id", "x"), told(303)},
		{"POST /account/sessions/all", "/account/sessions/all", here, nil, told(303)},
		{"GET /account/history", "/account/history", nil, nil, led(200)},
	}
}
