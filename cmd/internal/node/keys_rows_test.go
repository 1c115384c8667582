package node_test

// keyRows are of the pages of keys and signatures, and of what programs sign.
func (w *world) keyRows() []row {
	asJSON := header{"Content-Type", "application/json"}
	nobody := "0x" + "00000000000000000000" + "00000000000000000000"
	e := w.newEvent("ObjectEvent", "OBSERVE", "inspecting")
	e["epcList"] = []string{"urn:epc:id:sgtin:4012345.011122.25"}
	return []row{
		{"GET /account/keys", "/account/keys", nil, nil, people(200, 303)},
		{"GET /account/keys/rotate", "/account/keys/rotate", nil, nil, people(200, 303)},
		{"POST /account/keys/rotate", "/account/keys/rotate", here, form("member", w.b.member.String()), people(404, 401)},
		{"GET /account/keys/wallet", "/account/keys/wallet", nil, nil, people(200, 303)},
		{"POST /account/keys/wallet", "/account/keys/wallet", here, form("member", w.b.member.String()), people(404, 401)},
		{"GET /account/keys/device", "/account/keys/device", nil, nil, people(200, 303)},
		{"POST /account/keys/device", "/account/keys/device", here, form("member", w.b.member.String(), "actions", "traceability/capture"), people(404, 401)},
		{"POST /account/keys/bind", "/account/keys/bind", here, form("nonce", w.Trust.Register.String(), "signature", "0x"), people(404, 401)},
		{"GET /account/keys/enter", "/account/keys/enter?key=" + nobody, nil, nil, people(404, 303)},
		{"POST /account/keys/enter", "/account/keys/enter", here, form("key", w.b.identity.Address.String()), people(404, 401)},
		{"GET /account/keys/revoke", "/account/keys/revoke?key=" + w.b.identity.Address.String(), nil, nil, people(404, 303)},
		{"POST /account/keys/revoke", "/account/keys/revoke", here, form("key", w.b.identity.Address.String(), "reason", "x"), people(404, 401)},
		{"POST /sign", "/sign", here, form("transaction", "x"), people(400, 401)},
		{"POST /api/v1/prepare/:contract/:action", "/api/v1/prepare/registry/revoke", asJSON, []byte(`{"items":[{"key":"` + nobody + `","reason":"x"}]}`), members(200, 403)},
		{"POST /api/v1/prepare/traceability/capture", "/api/v1/prepare/traceability/capture", asJSON, documentOf(e), members(200, 403)},
	}
}
