package node_test

import (
	"bytes"
	"time"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
)

// operators may read it, a program of theirs too; off is for nobody, who is led to
// the door.
func operators(code, off int) answers {
	return answers{off, 401, 403, 403, 403, 403, code, 403, 403, 403, code, 403}
}

// deciders are people at the operator's; no program decides.
func deciders(code, off int) answers {
	return answers{off, 401, 403, 403, 403, 403, code, 403, 403, 403, 403, 403}
}

// apply sends an application of a new person for an organisation.
func (s *site) apply(name, email string, d account.Dossier) account.Application {
	s.Helper()
	ctx, who := s.Context(), s.person(name, email)
	a, err := s.Accounts.NewApplication(ctx, who.ID, d)
	if err != nil {
		s.Fatal(err)
	}
	ref, err := s.Store.Put(ctx, bytes.NewReader([]byte("%PDF-1.7 giấy đăng ký của "+name)), content.Options{Sealed: true})
	if err != nil {
		s.Fatal(err)
	}
	if _, err = s.Accounts.AttachDocument(ctx, who.ID, a.Org, account.Document{CID: ref.CID.String(), Name: "đăng ký.pdf", Type: "application/pdf", Size: ref.Size}); err != nil {
		s.Fatal(err)
	}
	if a, err = s.Accounts.SendApplication(ctx, who.ID, a.Org, account.From{}); err != nil {
		s.Fatal(err)
	}
	return a
}

// dossier is a complete one.
func dossier(name string) account.Dossier {
	return account.Dossier{
		Kind: ledger.KindCoop, Name: ledger.Text{VI: name}, Number: "2400123456", Address: "Thôn Thủ Dương", Commune: "07234",
		Phone: "0204 388 8123", About: "Làm đồ gỗ.", Codes: account.IssuedCodes,
	}
}

// deskRows are of the operator's desk. What is sent to decide is incomplete, so that
// every caller finds the same.
func (w *world) deskRows() []row {
	s := w.site
	app := s.apply("Nguyễn Văn Thức", "thuc@example.vn", dossier("Hợp tác xã Mộc"))
	app2 := "/desk/dossiers/" + app.Org.String()
	seen := "?seen=" + app.Hash().String()
	incident, err := s.Accounts.OpenIncident(s.Context(), "Gửi nhầm danh sách", time.Now().Add(-time.Hour), ledger.ID{})
	if err != nil {
		s.Fatal(err)
	}
	org, found := "/desk/organisations/"+w.b.org.String(), "/desk/incidents/"+incident.ID.String()
	revoke, erase := org+"/revoke?key="+w.b.identity.Address.String(), "/desk/moderation/erase?cid="+payloadOf(s.TB, s, w.b)
	rows := []row{
		{"GET /desk", "/desk", nil, nil, operators(200, 303)},
		{"GET /desk/dossiers", "/desk/dossiers", nil, nil, operators(200, 303)},
		{"GET /desk/dossiers/:id", app2, nil, nil, operators(200, 303)},
		{"GET /desk/organisations", "/desk/organisations", nil, nil, operators(200, 303)},
		{"GET /desk/organisations/:id", org, nil, nil, operators(200, 303)},
		{"GET /desk/people", "/desk/people?q=nobody", nil, nil, deciders(200, 303)},
		{"POST /desk/people/:id/reset", "/desk/people/" + app.Account.String() + "/reset", here, nil, deciders(200, 401)},
		{"GET /desk/moderation", "/desk/moderation", nil, nil, operators(200, 303)},
		{"GET /desk/lists", "/desk/lists", nil, nil, operators(200, 303)},
		{"GET /desk/lists/:name", "/desk/lists/crops", nil, nil, operators(200, 303)},
		{"GET /desk/lists/:name/new", "/desk/lists/crops/new", nil, nil, deciders(200, 303)},
		{"POST /desk/lists/:name/new", "/desk/lists/crops/new", here, nil, deciders(400, 401)},
		{"GET /desk/incidents", "/desk/incidents", nil, nil, operators(200, 303)},
		{"GET /desk/incidents.csv", "/desk/incidents.csv", nil, nil, operators(200, 303)},
		{"GET /desk/incidents/:id", found, nil, nil, operators(200, 303)},
		{"GET /desk/health", "/desk/health", nil, nil, operators(200, 303)},
		{"GET /api/v1/health", "/api/v1/health", nil, nil, operators(200, 401)},
		{"GET /api/v1/backup", "/api/v1/backup", nil, nil, operators(200, 401)},
		{"GET /desk/lists/:name/publish", "/desk/lists/crops/publish?cid=b", nil, nil, deciders(404, 303)},
		{"POST /desk/lists/:name/publish", "/desk/lists/crops/publish?cid=b", here, nil, deciders(404, 401)},
	}
	for route, path := range map[string]string{
		"/desk/dossiers/:id/admit": app2 + "/admit" + seen, "/desk/dossiers/:id/refuse": app2 + "/refuse" + seen,
		"/desk/organisations/:id/suspend": org + "/suspend", "/desk/organisations/:id/prefix": org + "/prefix",
		"/desk/organisations/:id/revoke": revoke, "/desk/organisations/:id/key": org + "/key?member=" + w.b.member.String(), "/desk/moderation/erase": erase, "/desk/incidents/new": "/desk/incidents/new",
		"/desk/incidents/:id/note": found + "/note", "/desk/incidents/:id/notify": found + "/notify", "/desk/incidents/:id/close": found + "/close",
	} {
		rows = append(rows, row{"GET " + route, path, nil, nil, deciders(200, 303)}, row{"POST " + route, path, here, nil, deciders(400, 401)})
	}
	// A register of one node has no hosts to choose from.
	rows = append(rows, row{"GET /desk/organisations/:id/host", org + "/host", nil, nil, deciders(404, 303)}, row{"POST /desk/organisations/:id/host", org + "/host", here, nil, deciders(404, 401)})
	// It is in good standing already, so that nothing is recorded.
	rows = append(rows, row{"GET /desk/organisations/:id/reinstate", org + "/reinstate", nil, nil, deciders(200, 303)},
		row{"POST /desk/organisations/:id/reinstate", org + "/reinstate", here, nil, deciders(303, 401)})
	return rows
}
