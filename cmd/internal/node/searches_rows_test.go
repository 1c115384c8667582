package node_test

// searchRows are of the searches for data that people keep.
func (w *world) searchRows() []row {
	none := form("id", "00000000000000000000000000000001")
	return []row{
		{"GET /datasets/saved", "/datasets/saved?keep=q%3Dv%25E1%25BA%25A3i", nil, nil, people(200, 303)},
		{"POST /datasets/saved", "/datasets/saved", here, form("query", "q=x&sort=newest"), people(303, 401)},
		{"POST /datasets/saved/look", "/datasets/saved/look", here, none, people(404, 401)},
		{"POST /datasets/saved/drop", "/datasets/saved/drop", here, none, people(303, 401)},
	}
}
