package node_test

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/api"
	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// callers of the table of routes, in its order.
var callers = []string{
	"anonymous", "wrong token", // nobody
	"person", "recorder", "admin", "stranger", "operator", "suspended", // in a browser
	"token", "other's token", "operator's token", "reading token", // programs
}

// answers are what each caller gets from a route, in the order of callers.
type answers [12]int

// all get the same, but for who shows a wrong token.
func all(code int) answers {
	return answers{code, 401, code, code, code, code, code, code, code, code, code, code}
}

// members may, whatever organisation they are of: read is for a token that only
// reads.
func members(code, read int) answers {
	return answers{401, 401, 403, code, code, code, code, 403, code, code, code, read}
}

// people may, and no program; off is for nobody, who is led to the door.
func people(code, off int) answers {
	return answers{off, 401, code, code, code, code, code, code, 403, 403, 403, 403}
}

// mine is what the organisation and the operator see; for others it is not there.
func mine() answers {
	return answers{404, 401, 404, 200, 200, 404, 200, 404, 200, 404, 200, 200}
}

// row says what each caller gets from a route: the status for the record that the
// member made for its own organisation alone.
type row struct {
	route  string
	path   string
	header header
	body   []byte
	want   answers
}

// world is a node with callers of every kind.
type world struct {
	*site
	a, b    *party
	callers []caller
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return worldAt(newSite(t))
}

func worldAt(s *site) *world {
	s.Helper()
	w := &world{site: s, a: s.admit("Hợp tác xã A", ledger.KindCoop), b: s.admit("Công ty B", ledger.KindDistributor)}
	fallen := s.admit("Công ty C", ledger.KindProcessor)
	s.person("alone", "alone@example.vn")
	admin, adminBrowser := s.member("admin", w.a, ledger.Roles...)
	_, recorder := s.member("recorder", w.a, ledger.RoleRecorder)
	_, stranger := s.member("stranger", w.b, ledger.Roles...)
	_, suspended := s.member("suspended", fallen, ledger.Roles...)
	office := &party{org: s.Operator.Org, token: s.operator}
	_, operator := s.member("operator", office, ledger.Roles...)
	s.must(s.record(s.operator, trace.RegistryContract, trace.ActionStand, trace.Standing{Org: fallen.org, Suspended: true, Reason: "fraud"}), 201)
	w.callers = []caller{
		{name: "anonymous"}, {name: "wrong token", token: "sg_wrong", elsewhere: true},
		{name: "person", browser: s.signIn("alone@example.vn")}, {name: "recorder", browser: recorder}, {name: "admin", browser: adminBrowser},
		{name: "stranger", browser: stranger}, {name: "operator", browser: operator}, {name: "suspended", browser: suspended},
		{name: "token", token: w.a.token}, {name: "other's token", token: w.b.token}, {name: "operator's token", token: s.operator},
		{name: "reading token", token: s.scoped(admin, account.ScopeRead)},
	}
	for i, c := range w.callers {
		if c.name != callers[i] {
			s.Fatalf("caller %d is %s", i, c.name)
		}
	}
	return w
}

// rows of every route. The door comes last, since its rows end sessions.
func (w *world) rows() []row {
	return slices.Concat(w.publicRows(), w.meRows(), w.recordRows(), w.behalfRows(), w.orgRows(), w.accountRows(), w.deskRows(), w.tokenRows(), w.dataRows(), w.keyRows(), w.labelRows(), w.protectionRows(), w.batchRows(), w.recallRows(), w.certificateRows(), w.dossierRows(), w.shopperRows(), w.plotRows(), w.cropRows(), w.productRows(), w.sheetRows(), w.queueRows(), w.harvestRows(), w.listingRows(), w.tradeRows(), w.searchRows(), w.bidRows(), w.requestRows(), w.signInRows())
}

// TestEveryRoute goes through every route of the interface as every kind of
// caller. A route without a row fails it.
func TestEveryRoute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tested := map[string]bool{}
	for _, r := range w.rows() {
		method, _, _ := strings.Cut(r.route, " ")
		tested[r.route] = true
		if method == http.MethodGet {
			tested["HEAD"+strings.TrimPrefix(r.route, "GET")] = true
		}
		for i, who := range w.callers {
			got := w.callAs(who, method, r.path, r.header, r.body)
			if got.StatusCode != r.want[i] {
				t.Errorf("%s for %s: got %.300s, want %d", r.route, who.name, got, r.want[i])
			}
			secured(t, got)
			if vary := strings.Join(got.Header.Values("Vary"), ","); !strings.Contains(vary, "Authorization") || !strings.Contains(vary, "Cookie") {
				t.Errorf("%s: Vary %q", r.route, vary)
			}
			if who.browser != nil && !strings.Contains(got.Header.Get("Cache-Control"), "no-store") && !strings.HasPrefix(got.Header.Get("Cache-Control"), "public") {
				t.Errorf("%s for %s: Cache-Control %q", r.route, who.name, got.Header.Get("Cache-Control"))
			}
			if method == http.MethodGet && !strings.HasPrefix(r.path, "/api/v1/") && !strings.HasPrefix(r.path, "/openapi") || strings.Contains(r.route, "receipts") {
				if head := w.callAs(who, http.MethodHead, r.path, r.header, nil); head.StatusCode != got.StatusCode || len(head.body) != 0 {
					t.Errorf("HEAD %s for %s: %s", r.path, who.name, head)
				}
			}
		}
	}
	for _, route := range api.Routes(w.Handler()) {
		if !tested[route] {
			t.Errorf("the route %s has no row", route)
		}
	}
}

// publicRows are of what everybody reads, and of what programs write.
func (w *world) publicRows() []row {
	s, a, b := w.site, w.a, w.b
	product := s.product(a, 1, trace.Text{VI: "Vải thiều"})
	lot := s.lot(product, "L1")
	made := s.commission(lot, 10)
	s.recordEvents(a, ledger.Own, made)
	last := itoa(s.Ledger.Size() - 1)
	record, err := s.Index.Event(s.Context(), operatorView, made.id())
	if err != nil {
		s.Fatal(err)
	}
	dataset := s.publish(a)
	asJSON := header{"Content-Type", "application/json"}
	event := func() []byte {
		e := s.newEvent("ObjectEvent", "OBSERVE", "inspecting")
		e["epcList"] = []string{"urn:epc:id:sgtin:4012345.011122.25"}
		return documentOf(e)
	}
	single := []byte(`{"@context":["` + epcisContext + `"],"type":"ObjectEvent","eventTime":"2026-06-03T07:30:00Z","eventTimeZoneOffset":"+07:00","epcList":["urn:epc:id:sgtin:4012345.011122.25"],"action":"OBSERVE"}`)

	rows := []row{
		{"GET /healthz", "/healthz", nil, nil, all(200)},
		{"GET /readyz", "/readyz", nil, nil, all(200)},
		{"GET /", "/", nil, nil, all(200)},
		{"GET /code", "/code?q=" + escaped(product.String()), nil, nil, all(303)},
		{"GET /trace", "/trace?id=" + escaped(lot.String()), nil, nil, all(200)},
		{"GET /datasets", "/datasets", nil, nil, all(200)},
		{"GET /datasets/:id", "/datasets/" + dataset, nil, nil, all(200)},
		{"GET /datasets/:id/versions", "/datasets/" + dataset + "/versions", nil, nil, all(200)},
		{"GET /datasets/:id/files/:version/:n", "/datasets/" + dataset + "/files/1/0", nil, nil, all(303)},
		{"GET /qr", "/qr?id=" + escaped(lot.String()), nil, nil, all(200)},
		{"GET /assets/*", s.assets()[0], nil, nil, all(200)},
		{"GET /ipfs/:cid", "/ipfs/" + record.Fact.Payload, nil, nil, mine()},
		{"GET /epcis", "/epcis", nil, nil, all(200)},
		{"POST /epcis/capture", "/epcis/capture", asJSON, event(), members(202, 403)},
		{"GET /epcis/capture/:id", "/epcis/capture/" + last, nil, nil, mine()},
		{"POST /epcis/events", "/epcis/events", asJSON, single, members(201, 403)},
		{"GET /epcis/events", "/epcis/events", nil, nil, all(200)},
		{"GET /epcis/events/:id", "/epcis/events/" + escaped(made.id()), nil, nil, mine()},
		{"GET /epcis/epcs/:id/events", "/epcis/epcs/" + escaped(lot.String()) + "/events", nil, nil, all(200)},
		{"POST /api/v1/payloads", "/api/v1/payloads", nil, []byte("something"), members(201, 403)},
		{"GET /api/v1/receipts/:entry", "/api/v1/receipts/" + last, nil, nil, mine()},
		{"GET /api/v1/checkpoint", "/api/v1/checkpoint", nil, nil, all(200)},
		{"GET /api/v1/trust", "/api/v1/trust", nil, nil, all(200)},
		{"GET /checkpoint", "/checkpoint", nil, nil, all(200)},
		{"GET /tile/*", "/tile/entries/000.p/1", nil, nil, all(200)},
		{"GET /api/v1/proofs/inclusion", "/api/v1/proofs/inclusion?index=0", nil, nil, all(200)},
		{"GET /api/v1/proofs/consistency", "/api/v1/proofs/consistency?from=1", nil, nil, all(200)},
		{"POST /api/v1/witness/add-checkpoint", "/api/v1/witness/add-checkpoint", nil, []byte("old 0\n\nx\n"), all(404)}, // it works alone
		{"GET /api/v1/peers/payloads/:cid", "/api/v1/peers/payloads/" + record.Fact.Payload, nil, nil, all(401)},
		{"POST /api/v1/peers/held", "/api/v1/peers/held", asJSON, []byte(`{"cids":[]}`), all(401)},
		{"GET /api/v1/peers", "/api/v1/peers", nil, nil, all(200)},
		{"GET /api/v1/register", "/api/v1/register", nil, nil, all(200)},
		{"GET /api/v1/trace/:id", "/api/v1/trace/" + escaped(lot.String()), nil, nil, all(200)},
		{"GET /api/v1/passport/:id", "/api/v1/passport/" + escaped(product.String()), nil, nil, all(200)},
		{"GET /api/v1/organisations", "/api/v1/organisations", nil, nil, all(200)},
		{"GET /api/v1/products", "/api/v1/products", nil, nil, all(200)},
		{"GET /api/v1/datasets", "/api/v1/datasets", nil, nil, all(200)},
		{"GET /openapi.json", "/openapi.json", nil, nil, all(200)},
		{"GET /openapi.yaml", "/openapi.yaml", nil, nil, all(200)},
		{"GET /openapi-3.0.json", "/openapi-3.0.json", nil, nil, all(200)},
		{"GET /openapi-3.0.yaml", "/openapi-3.0.yaml", nil, nil, all(200)},
		// Only the operator admits; what is wrong with an empty admission comes after.
		{"POST /api/v1/records/:contract/:action", "/api/v1/records/registry/stand", asJSON,
			[]byte(`{"items":[{"org":"` + b.org.String() + `","suspended":false,"reason":"x"}]}`), answers{401, 401, 403, 403, 403, 403, 409, 403, 403, 403, 409, 403}},
		{"POST /api/v1/transactions", "/api/v1/transactions", asJSON, s.signed(a, trace.RegistryContract, trace.ActionPlace,
			trace.Place{ID: keyID("414", a.prefix+"00007"), Kind: trace.PlaceShop, Commune: "07234"}), members(201, 403)},
		{"GET /01/*", product.Path(), nil, nil, all(200)},
		{"GET /t/*", "/t/" + string(s.code(a, "00001")), nil, nil, all(404)},
	}
	for _, ai := range []string{"00", "253", "255", "401", "402", "414", "417", "8003", "8004", "8006", "8010", "8013", "8017", "8018"} {
		rows = append(rows, row{"GET /" + ai + "/*", "/" + ai + "/0", nil, nil, all(400)})
	}
	return rows
}

// signInRows are of the door.
func (w *world) signInRows() []row {
	// What is looked at before anybody is counted: many wrong passwords from one address
	// would make the rest wait.
	long := form("identifier", strings.Repeat("x", 100_000))
	return []row{
		{"GET /signin", "/signin", nil, nil, answers{200, 401, 303, 303, 303, 303, 303, 303, 200, 200, 200, 200}},
		{"POST /signin", "/signin", here, long, all(413)},
		{"POST /signin/pin", "/signin/pin", here, long, all(413)},
		{"GET /signin/code", "/signin/code", nil, nil, answers{303, 401, 303, 303, 303, 303, 303, 303, 403, 403, 403, 403}},
		{"POST /signin/code", "/signin/code", here, form("code", "123456"), people(303, 401)},
		{"GET /prove", "/prove", nil, nil, people(200, 303)},
		{"POST /prove", "/prove", here, long, people(413, 401)},
		{"POST /signout", "/signout", here, nil, people(303, 401)},
	}
}

// meRows are of the pages of somebody who is signed in.
func (w *world) meRows() []row {
	return []row{
		{"GET /me", "/me", nil, nil, people(200, 303)},
		{"POST /me/as", "/me/as", here, form("member", w.a.member.String()), people(404, 401)},
	}
}

// here is what a browser says of a form of this site.
var here = append(formType[:2:2], "Sec-Fetch-Site", "same-origin")

// secured checks what every answer carries.
func secured(t testing.TB, a *answer) {
	t.Helper()
	h := a.Header
	if !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "same-origin" {
		t.Errorf("%s %s: headers %v", a.Request.Method, a.Request.URL, h)
	}
	if a.StatusCode == http.StatusUnauthorized && !strings.HasPrefix(h.Get("WWW-Authenticate"), "Bearer") {
		t.Errorf("%s: no WWW-Authenticate", a.Request.URL)
	}
}

// TestAudiences: what a caller may not see answers, at every interface, as what
// was never recorded.
func TestAudiences(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a, b, c := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Công ty B", ledger.KindDistributor), s.admit("Công ty C", ledger.KindDistributor)
	product := s.product(a, 1, trace.Text{VI: "Vải thiều"})
	tokens := map[string]string{"anonymous": "", "owner": a.token, "party": b.token, "other": c.token, "operator": s.operator}
	sees := map[ledger.Audience]map[string]bool{
		ledger.Own:     {"owner": true, "operator": true},
		ledger.Parties: {"owner": true, "operator": true, "party": true},
		ledger.Public:  {"anonymous": true, "owner": true, "party": true, "other": true, "operator": true},
	}
	for audience, who := range sees {
		lot, absent := s.lot(product, "L"+string(audience)), s.lot(product, "X"+string(audience))
		made, shipped := s.commission(lot, 10), s.ship(lot, 10, b)
		s.recordEvents(a, audience, made, shipped)
		secret := string(audience) + "-secret"
		note := s.newEvent("ObjectEvent", "OBSERVE", "inspecting")
		note["quantityList"] = kilos(lot, 10)
		note["eventID"] = "urn:x:" + secret
		s.recordEvents(a, audience, note)
		record, err := s.Index.Event(t.Context(), operatorView, shipped.id())
		if err != nil {
			t.Fatal(err)
		}
		for name, token := range tokens {
			t.Run(string(audience)+"/"+name, func(t *testing.T) {
				may := who[name]
				listed := func(path string) bool {
					for _, e := range s.allEvents(path, token) {
						if bytes.Contains(e, []byte(shipped.id())) {
							return true
						}
					}
					return false
				}
				for _, path := range []string{
					"/epcis/events", "/epcis/events?EQ_bizStep=shipping", "/epcis/events?eventType=ObjectEvent",
					"/epcis/events?MATCH_anyEPCClass=" + escaped(lot.String()), "/epcis/epcs/" + escaped(lot.String()) + "/events", "/epcis/epcs/" + escaped(product.String()) + "/events",
				} {
					if listed(path) != may {
						t.Errorf("%s lists it: %v", path, !may)
					}
				}
				same := func(there, nowhere string) {
					t.Helper()
					got, none := s.get(there, token), s.get(nowhere, token)
					if may {
						if got.StatusCode != http.StatusOK {
							t.Errorf("%s: %s", there, got)
						}
						return
					}
					if got.StatusCode != none.StatusCode || neutral(got, there, lot, absent) != neutral(none, nowhere, lot, absent) {
						t.Errorf("%s is told from %s:\n%s\n%s", there, nowhere, got, none)
					}
				}
				same("/epcis/events/"+escaped(shipped.id()), "/epcis/events/urn:uuid:00000000-0000-4000-8000-999999999999")
				same("/api/v1/receipts/"+itoa(record.Entry)+"?item=1", "/api/v1/receipts/"+itoa(record.Entry)+"?item=900")
				same("/ipfs/"+record.Fact.Payload, "/ipfs/bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy")
				if audience == ledger.Public {
					return
				}
				for _, path := range []string{"/api/v1/trace/" + escaped(lot.String()), "/trace?id=" + escaped(lot.String()), lot.Path(), lot.Path() + "?format=json", "/api/v1/passport/" + escaped(lot.String()), product.Path()} {
					page := s.get(path, token)
					if !may && (bytes.Contains(page.body, []byte(secret)) || bytes.Contains(page.body, []byte(shipped.id())) || bytes.Contains(page.body, []byte("Công ty B"))) {
						t.Errorf("%s tells of it: %s", path, page)
					}
				}
			})
		}
	}
}

// neutral is an answer without what it repeats of the question.
func neutral(a *answer, path string, ids ...trace.ID) string {
	text := string(a.body)
	for _, segment := range strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune("/?=&", r) }) {
		if len(segment) > 20 {
			text = strings.ReplaceAll(text, segment, "…")
		}
	}
	for _, id := range ids {
		text = strings.ReplaceAll(text, id.String(), "…")
	}
	return text
}
