package node_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/api"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// callers of the table of routes, in its order.
var callers = []string{"anonymous", "wrong token", "member", "other's member", "operator"}

// row says what each caller gets from a route: the status for the record that the
// member made for its own organisation alone.
type row struct {
	route  string
	path   string
	header header
	body   []byte
	want   [5]int
}

// TestEveryRoute goes through every route of the interface as every kind of
// caller. A route without a row fails it.
func TestEveryRoute(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a, b := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Công ty B", ledger.KindDistributor)
	product := s.product(a, 1, trace.Text{VI: "Vải thiều"})
	lot := s.lot(product, "L1")
	made := s.commission(lot, 10)
	s.recordEvents(a, ledger.Own, made)
	last := itoa(s.Ledger.Size() - 1)
	record, err := s.Index.Event(t.Context(), operatorView, made.id())
	if err != nil {
		t.Fatal(err)
	}
	dataset := s.publish(a)
	asJSON := header{"Content-Type", "application/json"}
	event := func() []byte {
		e := s.newEvent("ObjectEvent", "OBSERVE", "inspecting")
		e["epcList"] = []string{"urn:epc:id:sgtin:4012345.011122.25"}
		return documentOf(e)
	}
	single := []byte(`{"@context":["` + epcisContext + `"],"type":"ObjectEvent","eventTime":"2026-06-03T07:30:00Z","eventTimeZoneOffset":"+07:00","epcList":["urn:epc:id:sgtin:4012345.011122.25"],"action":"OBSERVE"}`)

	all := func(code int) [5]int { return [5]int{code, 401, code, code, code} }
	write := func(code int) [5]int { return [5]int{401, 401, code, code, code} }
	mine := [5]int{404, 401, 200, 404, 200} // what the other may not see is not there
	rows := []row{
		{"GET /healthz", "/healthz", nil, nil, all(200)},
		{"GET /readyz", "/readyz", nil, nil, all(200)},
		{"GET /", "/", nil, nil, all(200)},
		{"GET /code", "/code?q=" + escaped(product.String()), nil, nil, all(303)},
		{"GET /trace", "/trace?id=" + escaped(lot.String()), nil, nil, all(200)},
		{"GET /datasets", "/datasets", nil, nil, all(303)},
		{"GET /datasets/:id", "/datasets/" + dataset, nil, nil, all(200)},
		{"GET /qr", "/qr?id=" + escaped(lot.String()), nil, nil, all(200)},
		{"GET /assets/*", s.assets()[0], nil, nil, all(200)},
		{"GET /ipfs/:cid", "/ipfs/" + record.Fact.Payload, nil, nil, mine},
		{"GET /epcis", "/epcis", nil, nil, all(200)},
		{"POST /epcis/capture", "/epcis/capture", asJSON, event(), write(202)},
		{"GET /epcis/capture/:id", "/epcis/capture/" + last, nil, nil, mine},
		{"POST /epcis/events", "/epcis/events", asJSON, single, write(201)},
		{"GET /epcis/events", "/epcis/events", nil, nil, all(200)},
		{"GET /epcis/events/:id", "/epcis/events/" + escaped(made.id()), nil, nil, mine},
		{"GET /epcis/epcs/:id/events", "/epcis/epcs/" + escaped(lot.String()) + "/events", nil, nil, all(200)},
		{"POST /api/v1/payloads", "/api/v1/payloads", nil, []byte("something"), write(201)},
		{"GET /api/v1/receipts/:entry", "/api/v1/receipts/" + last, nil, nil, mine},
		{"GET /api/v1/checkpoint", "/api/v1/checkpoint", nil, nil, all(200)},
		{"GET /api/v1/trust", "/api/v1/trust", nil, nil, all(200)},
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
			[]byte(`{"items":[{"org":"` + b.org.String() + `","suspended":false,"reason":"x"}]}`), [5]int{401, 401, 403, 403, 409}},
		{"POST /api/v1/transactions", "/api/v1/transactions", asJSON, s.signed(a, trace.RegistryContract, trace.ActionPlace,
			trace.Place{ID: keyID("414", a.prefix+"00007"), Kind: trace.PlaceShop, Commune: "07234"}), write(201)},
		{"GET /01/*", product.Path(), nil, nil, all(200)},
		{"GET /t/*", "/t/" + string(s.code(a, "00001")), nil, nil, all(404)},
	}
	for _, ai := range []string{"00", "253", "255", "401", "402", "414", "417", "8003", "8004", "8006", "8010", "8013", "8017", "8018"} {
		rows = append(rows, row{"GET /" + ai + "/*", "/" + ai + "/0", nil, nil, all(400)})
	}
	tested := map[string]bool{}
	tokens := []string{"", "sg_wrong", a.token, b.token, s.operator}
	for _, r := range rows {
		method, _, _ := strings.Cut(r.route, " ")
		tested[r.route] = true
		if method == http.MethodGet {
			tested["HEAD"+strings.TrimPrefix(r.route, "GET")] = true
		}
		for i, token := range tokens {
			got := s.call(method, r.path, token, r.header, r.body)
			if got.StatusCode != r.want[i] {
				t.Errorf("%s for %s: got %.300s, want %d", r.route, callers[i], got, r.want[i])
			}
			secured(t, got)
			if vary := strings.Join(got.Header.Values("Vary"), ","); !strings.Contains(vary, "Authorization") {
				t.Errorf("%s: Vary %q", r.route, vary)
			}
			if method == http.MethodGet && !strings.HasPrefix(r.path, "/api/v1/") && !strings.HasPrefix(r.path, "/openapi") || strings.Contains(r.route, "receipts") {
				if head := s.call(http.MethodHead, r.path, token, r.header, nil); head.StatusCode != got.StatusCode || len(head.body) != 0 {
					t.Errorf("HEAD %s for %s: %s", r.path, callers[i], head)
				}
			}
		}
	}
	for _, route := range api.Routes(s.Handler()) {
		if !tested[route] {
			t.Errorf("the route %s has no row", route)
		}
	}
}

// secured checks what every answer carries.
func secured(t testing.TB, a *answer) {
	t.Helper()
	h := a.Header
	if !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" {
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
