package node_test

// harvestRows are of the catalogue as others harvest it.
func (w *world) harvestRows() []row {
	return []row{
		{"GET /catalog", "/catalog", nil, nil, all(200)},
		{"GET /catalog.ttl", "/catalog.ttl", nil, nil, all(200)},
		{"GET /catalog.jsonld", "/catalog.jsonld", nil, nil, all(200)},
		{"GET /catalog.xml", "/catalog.xml?page=0", nil, nil, all(200)},
		{"GET /api/3/action/:action", "/api/3/action/package_search?rows=1", nil, nil, all(200)},
		{"POST /api/3/action/:action", "/api/3/action/package_list", header{"Content-Type", "application/json"}, []byte(`{"limit":1}`), all(200)},
	}
}
