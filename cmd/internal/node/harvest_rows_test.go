package node_test

// harvestRows are of the catalogue as others harvest it.
func (w *world) harvestRows() []row {
	dataset := w.publish(w.a)
	return []row{
		{"GET /datasets.atom", "/datasets.atom", nil, nil, all(200)},
		{"GET /datasets/:id/lineage", "/datasets/" + dataset + "/lineage", nil, nil, all(200)},
		{"GET /datasets/:id/prov.json", "/datasets/" + dataset + "/prov.json", nil, nil, all(200)},
		{"GET /datasets/:id/croissant.json", "/datasets/" + dataset + "/croissant.json", nil, nil, all(200)},
		{"GET /catalog", "/catalog", nil, nil, all(200)},
		{"GET /catalog.ttl", "/catalog.ttl", nil, nil, all(200)},
		{"GET /catalog.jsonld", "/catalog.jsonld", nil, nil, all(200)},
		{"GET /catalog.xml", "/catalog.xml?page=0", nil, nil, all(200)},
		{"GET /api/3/action/:action", "/api/3/action/package_search?rows=1", nil, nil, all(200)},
		{"POST /api/3/action/:action", "/api/3/action/package_list", header{"Content-Type", "application/json"}, []byte(`{"limit":1}`), all(200)},
	}
}
