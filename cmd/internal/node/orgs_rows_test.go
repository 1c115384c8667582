package node_test

import (
	"strings"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
)

// colleagues may: members in a browser, whatever organisation they are of.
func colleagues(code, off int) answers {
	return answers{off, 401, 403, code, code, code, code, 403, 403, 403, 403, 403}
}

// managers may: those of them who administer their organisation. own is what those
// of another organisation get for something of the first's.
func managers(code, others, off int) answers {
	return answers{off, 401, 403, 403, code, others, others, 403, 403, 403, 403, 403}
}

// orgRows are of organisations that apply, of their members, and of who joins.
func (w *world) orgRows() []row {
	s := w.site
	alone, err := s.Accounts.Lookup(s.Context(), "alone@example.vn")
	if err != nil {
		s.Fatal(err)
	}
	draft, err := s.Accounts.NewApplication(s.Context(), alone.ID, account.Dossier{})
	if err != nil {
		s.Fatal(err)
	}
	sent, document := s.applied(alone)
	if err != nil {
		s.Fatal(err)
	}
	member := s.member1("colleague", w.a)
	ends := s.member1("leaver", w.a)
	invite := func() (secret, id string) {
		secret, l, err := s.Accounts.Invite(s.Context(), account.Link{Org: w.a.org, Roles: []ledger.Role{ledger.RoleRecorder}}, account.From{})
		if err != nil {
			s.Fatal(err)
		}
		return secret, l.ID
	}
	secret, _ := invite()
	_, revoked := invite()
	long := form("name", strings.Repeat("x", 100_000))
	mine := func(code, off int) answers {
		return answers{off, 401, code, 404, 404, 404, 404, 404, 403, 403, 403, 403}
	}
	at := "/org/members/" + member
	return []row{
		{"GET /signup", "/signup", nil, nil, answers{200, 401, 303, 303, 303, 303, 303, 303, 200, 200, 200, 200}},
		{"POST /signup", "/signup", here, long, all(413)},
		// The person has an application; the others see the form for their first.
		{"GET /apply", "/apply", nil, nil, answers{303, 401, 303, 200, 200, 200, 200, 200, 403, 403, 403, 403}},
		{"POST /apply", "/apply", here, long, people(413, 401)},
		{"GET /apply/:org", "/apply/" + sent, nil, nil, mine(200, 303)},
		{"POST /apply/:org", "/apply/" + draft.Org.String(), here, long, mine(413, 401)},
		{"GET /apply/:org/documents/:cid", "/apply/" + sent + "/documents/" + document, nil, nil,
			answers{303, 401, 200, 404, 404, 404, 200, 404, 403, 403, 403, 403}},
		{"POST /apply/:org/withdraw", "/apply/" + draft.Org.String() + "/withdraw", here, nil, mine(409, 401)},
		{"POST /apply/:org/drop", "/apply/" + sent + "/drop", here, nil, mine(409, 401)},

		{"GET /org", "/org", nil, nil, colleagues(200, 303)},
		{"GET /org/settings", "/org/settings", nil, nil, managers(200, 200, 303)},
		{"POST /org/settings", "/org/settings", here, long, managers(413, 413, 401)},
		{"GET /org/profile", "/org/profile", nil, nil, managers(200, 200, 303)},
		{"POST /org/profile", "/org/profile", here, form("name", ""), managers(400, 400, 401)},
		{"GET /org/picture", "/org/picture", nil, nil, colleagues(404, 303)},
		{"GET /org/history", "/org/history", nil, nil, colleagues(200, 303)},
		{"GET /org/members", "/org/members", nil, nil, colleagues(200, 303)},
		{"GET /org/members/:member", at, nil, nil, managers(200, 404, 303)},
		{"POST /org/members/:member", at, here, form("roles", "recorder", "reason", "x"), managers(303, 404, 401)},
		{"POST /org/members/:member/confirm", at + "/confirm", here, nil, managers(303, 404, 401)},
		{"POST /org/members/:member/decline", at + "/decline", here, nil, managers(409, 404, 401)},
		{"POST /org/members/:member/reset", at + "/reset", here, nil, managers(200, 404, 401)},
		// The colleague's key is kept at the node, so there is none to replace.
		{"POST /org/members/:member/key", at + "/key", here, form("reason", "x"), managers(409, 404, 401)},
		{"POST /org/members/:member/end", "/org/members/" + ends + "/end", here, form("reason", "x"), managers(303, 404, 401)},
		{"GET /org/invitations", "/org/invitations", nil, nil, managers(200, 200, 303)},
		{"POST /org/invitations", "/org/invitations", here, form("roles", "recorder"), managers(200, 200, 401)},
		{"POST /org/invitations/:id/revoke", "/org/invitations/" + revoked + "/revoke", here, nil, managers(303, 404, 401)},
		{"GET /join/:secret", "/join/" + secret, nil, nil, all(200)},
		{"POST /join/:secret", "/join/" + secret, here, long, all(413)},
	}
}

// member1 is a member of an organisation who is at no browser.
func (s *site) member1(name string, org *party) string {
	s.Helper()
	return s.join(s.person(name, name+"@example.vn"), org.org, org.token, ledger.RoleRecorder).Member.String()
}
