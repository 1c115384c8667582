package node_test

import (
	"net/http"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// certificateRows are of certificates. Nobody of the table is a certifier's.
func (w *world) certificateRows() []row {
	s := w.site
	agency := s.admit("Chi cục Bảo vệ thực vật", ledger.KindAgency)
	at := "/certificates/" + s.certified(agency, w.a, "TT-1")
	nobody := func(off int) answers {
		return answers{off, 401, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403}
	}
	rows := []row{
		{"GET /certificates", "/certificates", nil, nil, nobody(303)},
		{"GET /certificates/new", "/certificates/new", nil, nil, nobody(303)},
		{"POST /certificates/new", "/certificates/new", here, nil, nobody(401)},
		{"GET /certificates/:id", at, nil, nil, all(200)},
	}
	for _, step := range []string{"suspend", "reinstate", "revoke"} {
		rows = append(rows, row{"GET /certificates/:id/" + step, at + "/" + step, nil, nil, nobody(303)}, row{"POST /certificates/:id/" + step, at + "/" + step, here, nil, nobody(401)})
	}
	return rows
}

// certified has an organisation attest another's, by token, and returns the name of the
// certificate in addresses.
func (s *site) certified(by, holder *party, number string) string {
	s.Helper()
	now := time.Now()
	s.must(s.record(by.token, trace.Contract, trace.ActionCertify, trace.Certificate{
		ID: "vietgap/" + number, Scheme: trace.SchemeVietGAP, Number: number, Holder: holder.org, From: ledger.TimeOf(now.Add(-time.Hour)), Until: ledger.TimeOf(now.AddDate(1, 0, 0)),
	}), http.StatusCreated)
	list, _, err := s.Index.CertificatesBy(by.org, indexPage)
	if err != nil || len(list) != 1 {
		s.Fatalf("%v, %v", list, err)
	}
	return list[0].Key()
}
