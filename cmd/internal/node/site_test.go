package node_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ecdsa"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/api"
	"github.com/sogoc/sogoc/api/account"
	passwords "github.com/sogoc/sogoc/api/account/password"
	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/gs1"
	"github.com/sogoc/sogoc/trace/index"
)

// site is a node that answers on a port of its own, with clients of several kinds.
type site struct {
	testing.TB
	*node.Node
	URL      string
	operator string // token
	parties  int
	events   int
	stop     func()
}

// publicURL is what QR codes carry in tests.
const publicURL = "https://truyxuat.example"

func newSite(t testing.TB) *site {
	t.Helper()
	return openSite(t, t.TempDir())
}

func openSite(t testing.TB, data string) *site {
	t.Helper()
	return startSite(t, node.Config{Data: data})
}

// startSite starts a node of which tests fix the rest.
func startSite(t testing.TB, c node.Config) *site {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	c.Name, c.Version, c.Log = "Sổ thử", "test", cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	c.Patience = cmp.Or(c.Patience, time.Minute) // a busy machine changes no answer
	c.Passwords = passwords.LeastCost
	c.Listen, c.PublicURL = cmp.Or(c.Listen, "127.0.0.1:0"), cmp.Or(c.PublicURL, publicURL)
	n, err := node.Start(ctx, c)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- n.Serve(ctx) }()
	s := &site{TB: t, Node: n, URL: strings.Replace(n.URL, "localhost", "127.0.0.1", 1)}
	s.stop = func() {
		if ctx.Err() != nil {
			return
		}
		cancel()
		http.DefaultClient.CloseIdleConnections()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
		if err := n.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	t.Cleanup(s.stop)
	tokens, err := node.Tokens(c.Data)
	if err != nil {
		t.Fatal(err)
	}
	s.operator = tokens["operator"]
	return s
}

// answer is what came back, read to its end.
type answer struct {
	*http.Response
	body []byte
}

func (a *answer) String() string { return fmt.Sprintf("%s %s", a.Status, a.body) }

// problem is a problem details object.
type problem struct {
	Type, Title, Detail, Field string
	Status                     int
	Errors                     []struct {
		Event          *int
		Field, Message string
	}
}

func (a *answer) problem(t testing.TB) (p problem) {
	t.Helper()
	if media := a.Header.Get("Content-Type"); media != "application/problem+json" {
		t.Fatalf("Content-Type %q: %s", media, a)
	}
	a.into(t, &p)
	if p.Status != a.StatusCode {
		t.Errorf("the problem says %d, the answer %s", p.Status, a.Status)
	}
	return p
}

func (a *answer) into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("%v: %s", err, a)
	}
}

// header is pairs of a name and a value.
type header []string

// call makes a request without following redirects. Without a token it is
// anonymous.
func (s *site) call(method, path, token string, h header, body []byte) *answer {
	s.Helper()
	return s.callFrom(http.DefaultTransport, method, path, token, h, body)
}

func (s *site) callFrom(by http.RoundTripper, method, path, token string, h header, body []byte) *answer {
	s.Helper()
	r, err := http.NewRequest(method, s.URL+path, bytes.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(h); i += 2 {
		r.Header.Set(h[i], h[i+1])
	}
	resp, err := by.RoundTrip(r)
	if err != nil {
		s.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		s.Fatalf("%s %s: %v", method, path, err)
	}
	return &answer{resp, b}
}

func (s *site) get(path, token string, h ...string) *answer {
	s.Helper()
	return s.call(http.MethodGet, path, token, h, nil)
}

// must ends the test unless the answer has the status.
func (s *site) must(a *answer, status int) *answer {
	s.Helper()
	if a.StatusCode != status {
		s.Fatalf("%s %s: got %s, want %d", a.Request.Method, a.Request.URL, a, status)
	}
	return a
}

// capture posts a document for an audience.
func (s *site) capture(token string, a ledger.Audience, document []byte) *answer {
	s.Helper()
	return s.call(http.MethodPost, "/epcis/capture", token, header{"Content-Type", "application/ld+json", "Sogoc-Audience", string(a)}, document)
}

// record posts to the register's own API.
func (s *site) record(token, contract, action string, items ...any) *answer {
	s.Helper()
	b, err := json.Marshal(map[string]any{"items": encoded(items)})
	if err != nil {
		s.Fatal(err)
	}
	return s.call(http.MethodPost, "/api/v1/records/"+contract+"/"+action, token, header{"Content-Type", "application/json"}, b)
}

// encoded writes items canonically; they may be written already.
func encoded(items []any) []json.RawMessage {
	raw := make([]json.RawMessage, len(items))
	for i, it := range items {
		if b, ok := it.(json.RawMessage); ok {
			raw[i] = b
			continue
		}
		raw[i] = trace.Encode(it)
	}
	return raw
}

// direct records in the directory. What is not for tokens is recorded as the pages for
// it do.
func (s *site) direct(token, action string, items ...any) {
	s.Helper()
	switch action {
	case trace.ActionMember, trace.ActionRevoke, trace.ActionMandate:
		by, err := s.Accounts.Identify(s.Context(), token)
		if err == nil {
			_, err = s.office().Direct(s.Context(), by, action, items...)
		}
		if err != nil {
			s.Fatal(err)
		}
		return
	}
	s.must(s.record(token, trace.RegistryContract, action, items...), http.StatusCreated)
}

// upload stores a payload and returns its CID.
func (s *site) upload(token string, b []byte, sealed bool) string {
	s.Helper()
	a := s.must(s.call(http.MethodPost, fmt.Sprintf("/api/v1/payloads?sealed=%v", sealed), token, nil, b), http.StatusCreated)
	var ref struct{ CID string }
	a.into(s, &ref)
	return ref.CID
}

func (s *site) describe(token string, p trace.Profile, sealed bool) *trace.Describes {
	s.Helper()
	b, err := json.Marshal(p)
	if err != nil {
		s.Fatal(err)
	}
	return &trace.Describes{Payload: s.upload(token, b, sealed), Sealed: sealed}
}

// party is an organisation with one member, whose key this node keeps.
type party struct {
	org, member ledger.ID
	key         *ecdsa.PrivateKey
	identity    *account.Identity
	token       string
	name        string
	prefix      string   // GS1, 7 digits
	issuer      string   // of codes
	place       trace.ID // by which shipments name it
}

// admit puts an organisation on the register: by the operator, with a profile, a
// prefix, an issuer and a warehouse.
func (s *site) admit(name string, kind ledger.Kind) *party {
	s.Helper()
	return s.admitIn(name, kind, "")
}

// admitIn is admit for an organisation that says in which commune it is.
func (s *site) admitIn(name string, kind ledger.Kind, commune string) *party {
	s.Helper()
	key, err := account.NewKey()
	if err != nil {
		s.Fatal(err)
	}
	s.parties++
	p := &party{
		org: ledger.NewID(), member: ledger.NewID(), key: key, name: name,
		prefix: fmt.Sprintf("952%04d", s.parties), issuer: fmt.Sprintf("X%03d", s.parties),
	}
	if p.identity, err = s.Accounts.Keep(name, p.member, p.org, key); err != nil {
		s.Fatal(err)
	}
	if p.token, err = s.Accounts.NewToken(p.identity.Address); err != nil {
		s.Fatal(err)
	}
	profile := s.describe(s.operator, trace.Profile{Name: trace.Text{VI: name, EN: name + " Ltd"}, Commune: commune, Phone: "0204 000 " + fmt.Sprint(s.parties)}, kind.Natural())
	s.direct(s.operator, trace.ActionAdmit, trace.Admission{
		Org:    trace.Organisation{ID: p.org, Kind: kind, Profile: profile},
		Member: ledger.Enrolment{Member: p.member, Org: p.org, Key: p.identity.Address, Roles: ledger.Roles},
	})
	s.direct(s.operator, trace.ActionPrefix, trace.Prefix{Org: p.org, GS1: p.prefix, Evidence: "GS1"}, trace.Prefix{Org: p.org, Issuer: p.issuer})
	p.place = keyID("414", fmt.Sprintf("%s%05d", p.prefix, 1))
	s.direct(p.token, trace.ActionPlace, trace.Place{ID: p.place, Kind: trace.PlaceWarehouse, Commune: "07234"})
	return p
}

// product describes a product of the organisation, in kilograms.
func (s *site) product(p *party, n int, name trace.Text) trace.ID {
	s.Helper()
	id := keyID("01", fmt.Sprintf("0%s%05d", p.prefix, n))
	s.direct(p.token, trace.ActionProduct, trace.Product{
		ID: id, Unit: "KGM", Tolerance: trace.Ratio{Num: 2, Den: 100}, HardCap: trace.Ratio{Num: 10, Den: 100},
		Profile: s.describe(p.token, trace.Profile{Name: name}, false),
	})
	return id
}

// keyID is a GS1 key with its check digit.
func keyID(ai, digits string) trace.ID {
	return trace.MustID("https://id.gs1.org/" + ai + "/" + digits + string(gs1.CheckDigit(digits)))
}

func (s *site) lot(product trace.ID, lot string) trace.ID {
	s.Helper()
	id, err := product.WithLot(lot)
	if err != nil {
		s.Fatal(err)
	}
	return id
}

// event is an event's members as its document has them.
type event map[string]any

// newEvent is an event of an hour ago, with an identifier of its own.
func (s *site) newEvent(kind, action, step string) event {
	s.events++
	e := event{
		"type": kind, "eventID": fmt.Sprintf("urn:uuid:00000000-0000-4000-8000-%012d", s.events),
		"eventTime": time.Now().Add(-time.Hour).UTC().Format("2006-01-02T15:04:05.000Z"), "eventTimeZoneOffset": "+07:00", "bizStep": step,
	}
	if action != "" {
		e["action"] = action
	}
	return e
}

func (e event) id() string { return e["eventID"].(string) }

type quantity struct {
	EPCClass string  `json:"epcClass"`
	Quantity float64 `json:"quantity"`
	Unit     string  `json:"uom"`
}

func kilos(id trace.ID, n float64) []quantity { return []quantity{{id.String(), n, "KGM"}} }

// commission is the event that makes a lot.
func (s *site) commission(lot trace.ID, n float64) event {
	e := s.newEvent("ObjectEvent", "ADD", "commissioning")
	e["quantityList"] = kilos(lot, n)
	return e
}

// transform is the event that makes one lot into another.
func (s *site) transform(from trace.ID, n float64, to trace.ID, m float64) event {
	e := s.newEvent("TransformationEvent", "", "commissioning")
	e["inputQuantityList"], e["outputQuantityList"] = kilos(from, n), kilos(to, m)
	return e
}

// ship is the event that sends a lot to a party's place.
func (s *site) ship(lot trace.ID, n float64, to *party) event {
	e := s.newEvent("ObjectEvent", "OBSERVE", "shipping")
	e["quantityList"] = kilos(lot, n)
	e["destinationList"] = []map[string]string{{"type": "possessing_party", "destination": to.place.String()}}
	return e
}

// epcisContext is the standard's context.
const epcisContext = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"

func documentOf(events ...event) []byte {
	b, err := json.Marshal(map[string]any{
		"@context": []any{epcisContext}, "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-06-03T07:30:00Z",
		"epcisBody": map[string]any{"eventList": events},
	})
	if err != nil {
		panic(err)
	}
	return b
}

// recordEvents captures events for an audience and ends the test when they are
// refused.
func (s *site) recordEvents(p *party, a ledger.Audience, events ...event) {
	s.Helper()
	s.must(s.capture(p.token, a, documentOf(events...)), http.StatusAccepted)
}

func escaped(v string) string { return url.PathEscape(v) }

// reference returns a folder of the reference data, or skips the test where it is
// not there.
func reference(t testing.TB, parts ...string) string {
	t.Helper()
	dir := filepath.Join(append([]string{"..", "..", "..", "..", "shared", "data"}, parts...)...)
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the reference data is not here: ", dir)
	}
	return dir
}

// operatorView sees everything.
var operatorView = index.Viewer{Operator: true}

func itoa(n uint64) string { return strconv.FormatUint(n, 10) }

// code is a register-issued code of an organisation.
func (s *site) code(p *party, item string) trace.Code {
	s.Helper()
	code, err := trace.NewCode(p.issuer, item)
	if err != nil {
		s.Fatal(err)
	}
	return code
}

// releases publishes a release of files as if this node had found in each what a profile
// says, and gives it with its review.
func (s *site) releases(p *party, r market.Release, profiles ...string) market.Release {
	s.Helper()
	l := account.Listing{Org: p.org, Release: r}
	l.Release.Files, l.Release.Review = nil, nil
	for i, f := range r.Files {
		file := account.ListedFile{Upload: ledger.NewID(), Name: f.Name, Media: f.Media, Bytes: f.Bytes, CID: f.CID, Sealed: f.Sealed, Digest: ledger.Hash{1}, Profile: []byte("{}")}
		if i < len(profiles) {
			file.Profile = []byte(profiles[i])
		}
		l.Files = append(l.Files, file)
	}
	l, err := s.Accounts.BeginListing(s.Context(), l)
	if err != nil {
		s.Fatal(err)
	}
	r.Review = &market.Review{Profile: s.upload(p.token, office.Profiles(l), false)}
	s.must(s.record(p.token, market.DatasetContract, market.ActionPublish, r), http.StatusCreated)
	if _, err := s.Accounts.EndListing(s.Context(), p.org, r.Dataset); err != nil {
		s.Fatal(err)
	}
	return r
}

// publish publishes a dataset of one file and returns its id.
func (s *site) publish(p *party) string {
	s.Helper()
	about, err := json.Marshal(market.Description{
		Title: ledger.Text{VI: "Sản lượng vải", EN: "Lychee harvest"}, Summary: ledger.Text{VI: "Theo xã", EN: "By commune"},
		Columns: []market.Column{{Name: "commune", Title: ledger.Text{VI: "Xã", EN: "Commune"}, Type: "string"}, {Name: "weight", Title: ledger.Text{VI: "Khối lượng", EN: "Weight"}, Type: "number", Unit: "KGM"}},
	})
	if err != nil {
		s.Fatal(err)
	}
	table := []byte("commune,weight\nPhượng Sơn,1250\nNam Dương,980.5\n")
	r := market.Release{
		Dataset: ledger.NewID(), Version: 1, Licence: "https://creativecommons.org/licenses/by/4.0/", Description: s.upload(p.token, about, false),
		Files: []market.File{{Name: "harvest.csv", Media: "text/csv", Bytes: int64(len(table)), CID: s.upload(p.token, table, false)}},
	}
	s.releases(p, r)
	return r.Dataset.String()
}

var assetAddress = regexp.MustCompile(`"(/assets/[^"]+)"`)

// assets are the addresses of the front page's styles, icons and scripts.
func (s *site) assets() (list []string) {
	s.Helper()
	for _, m := range assetAddress.FindAllSubmatch(s.must(s.get("/", ""), http.StatusOK).body, -1) {
		list = append(list, string(m[1]))
	}
	if len(list) == 0 {
		s.Fatal("the front page has no assets")
	}
	return list
}

// signed is a transaction that a party signed elsewhere, as the interface takes
// it, changed where change says how.
func (s *site) signed(p *party, contract, action string, item any, change ...func(*submission)) []byte {
	s.Helper()
	data := trace.Encode(item)
	summary := trace.DirectorySummary(action, 1)
	switch item := item.(type) {
	case trace.Fact:
		summary = trace.Summary([]trace.Fact{item})
	case market.Release:
		summary = market.PublishSummary(item)
	}
	tx, err := ledger.Sign(s.Trust.Register, p.key, contract, action, summary, []ledger.Item{ledger.NewItem(data)}, uint64(time.Now().Add(time.Hour).Unix()))
	if err != nil {
		s.Fatal(err)
	}
	sub := submissionOf(tx)
	for _, f := range change {
		f(&sub)
	}
	b, err := json.Marshal(sub)
	if err != nil {
		s.Fatal(err)
	}
	return b
}

// submission is a signed transaction in JSON.
type submission struct {
	Contract  string   `json:"contract"`
	Action    string   `json:"action"`
	Summary   string   `json:"summary"`
	Nonce     string   `json:"nonce"`
	Expiry    uint64   `json:"expiry"`
	Signature string   `json:"signature"`
	Items     []salted `json:"items"`
}

type salted struct {
	Salt string `json:"salt"`
	Data string `json:"data"`
}

func submissionOf(tx ledger.Tx) submission {
	h := tx.Header
	sub := submission{h.Contract, h.Action, h.Summary, hex.EncodeToString(h.Nonce[:]), h.Expiry, hex.EncodeToString(tx.Signature[:]), nil}
	for _, it := range tx.Items {
		sub.Items = append(sub.Items, salted{hex.EncodeToString(it.Salt[:]), string(it.Data)})
	}
	return sub
}

// eventually waits for what happens in the background, up to ten seconds.
func eventually(t testing.TB, done func() bool, what string) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not after ten seconds", what)
		}
	}
}

// routes are the routes below a path.
func (s *site) routes(below string) (list []string) {
	for _, r := range api.Routes(s.Handler()) {
		if _, path, _ := strings.Cut(r, " "); strings.HasPrefix(path, below) {
			list = append(list, r)
		}
	}
	return list
}
