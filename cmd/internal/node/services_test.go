package node_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
)

// provider is a data service that a seller runs, and what it was asked.
type provider struct {
	*httptest.Server
	mu     sync.Mutex
	asked  []*http.Request
	waiter chan bool // lets /slow go on
}

const upstreamSecret = "khoa-bi-mat-cua-ben-ban"

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{waiter: make(chan bool)}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *provider) host() string { return strings.TrimPrefix(p.URL, "http://") }

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked = append(p.asked, r)
	p.mu.Unlock()
	h := w.Header()
	h.Set("Set-Cookie", "a=b")
	h.Set("X-Debug", upstreamSecret)
	switch {
	case r.Header.Get("X-Api-Key") != upstreamSecret:
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == "/v1/away":
		http.Redirect(w, r, "/v1/harvest", http.StatusFound)
	case r.URL.Path == "/v1/cut":
		h.Set("Content-Length", "100")
		io.WriteString(w, "half")
	case r.URL.Path == "/v1/slow":
		io.WriteString(w, "first\n")
		w.(http.Flusher).Flush()
		<-p.waiter
		io.WriteString(w, "second\n")
	case r.URL.Path == "/v1/none":
		http.NotFound(w, r)
	default:
		h.Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"asked":%q}`, r.URL.RequestURI())
	}
}

func (p *provider) calls() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.asked)
}

// subscription is a data service on sale, and a buyer whose agreement on it is in force.
type subscription struct {
	*site
	up            *provider
	seller, buyer *party
	hoa, mai      *browser
	dataset       ledger.ID
	at            string // the page of their agreement
	base          string // where calls go
}

func subscribe(t *testing.T, c node.Config, terms market.Terms) *subscription {
	t.Helper()
	x := &subscription{up: newProvider(t)}
	c.ServiceHosts = []string{x.up.host()}
	x.site = startSite(t, c)
	s := x.site
	x.seller, x.buyer = s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Công ty B", ledger.KindDataBuyer)
	_, x.hoa = s.member("hoa", x.seller, ledger.Roles...)
	_, x.mai = s.member("mai", x.buyer, ledger.RolePublisher)
	x.dataset = s.listed(x.seller, market.API)
	offer := market.Offer{ID: ledger.NewID(), Dataset: x.dataset, Policy: s.upload(x.seller.token, []byte(`{}`), false), Terms: terms}
	s.must(s.record(x.seller.token, market.DatasetContract, market.ActionOffer, offer), http.StatusCreated)
	sent := s.must(x.mai.post("/trade/new?dataset="+x.dataset.String(), "offer", offer.ID.String()), http.StatusSeeOther)
	x.at, _, _ = strings.Cut(sent.Header.Get("Location"), "?")
	x.hoa.decides(x.at + "/agree")
	x.mai.decides(x.at + "/verify")
	x.hoa.decides(x.at + "/finalize")
	x.base = regexp.MustCompile(`/services/[0-9a-f]{32}/`).FindString(x.mai.says(x.at))
	return x
}

// set says where the service is.
func (x *subscription) set() {
	x.Helper()
	x.must(x.hoa.post("/data/"+x.dataset.String()+"/service", "base", x.up.URL+"/v1/", "header", "X-Api-Key", "header_value", upstreamSecret), http.StatusSeeOther)
}

// open asks for the service and has it opened.
func (x *subscription) open() {
	x.Helper()
	x.mai.decides(x.at + "/transfer")
	x.hoa.decides(x.transfer() + "/start")
}

// transfer is the page of the first transfer that something can be done about.
func (x *subscription) transfer() string {
	x.Helper()
	found := regexp.MustCompile(x.at + `/transfers/[0-9a-f]{32}`).FindString(x.hoa.says(x.at))
	if found == "" {
		x.Fatal("there is no transfer")
	}
	return found
}

var pass = regexp.MustCompile(`sgd_[0-9A-Za-z_-]{64}`)

// token makes a token as a buyer does.
func (x *subscription) token(name string) string {
	x.Helper()
	page := string(x.must(x.mai.post(x.at+"/passes", "name", name), http.StatusOK).body)
	token := pass.FindString(page)
	if token == "" || !strings.Contains(page, x.base) {
		x.Fatalf("no token on %s", page)
	}
	return token
}

func (x *subscription) ask(token, path string, want int) *answer {
	x.Helper()
	return x.must(x.get(x.base+path, token), want)
}

// TestService: a buyer's program calls a data service by a token, as often as was
// agreed; what is between the node and the provider stays there.
func TestService(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	data := t.TempDir()
	x := subscribe(t, node.Config{Data: data, Log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}, market.Terms{Calls: 7, Days: 30, Purposes: []market.Purpose{market.PurposeInternal}})
	service := "/data/" + x.dataset.String() + "/service"
	for _, base := range []string{"http://localhost:1", "http://" + x.up.host() + "1/", "ftp://" + x.up.host(), x.up.URL + "/?a=b", "https://127.0.0.1/", "https://10.1.2.3/", "https://[::1]/", "https://169.254.169.254/latest"} {
		if a := x.hoa.post(service, "base", base); a.StatusCode != http.StatusBadRequest && a.StatusCode != http.StatusForbidden {
			t.Errorf("%s is taken: %d", base, a.StatusCode)
		}
	}
	x.mai.decides(x.at + "/transfer")
	x.must(x.hoa.post(x.transfer()+"/start"), http.StatusConflict) // nobody said where it is
	x.hoa.says(x.at, "Chưa có địa chỉ dịch vụ")
	one := x.token("Máy chủ báo cáo")
	x.ask(one, "harvest", http.StatusForbidden)

	x.set()
	if page := x.hoa.says(service, x.up.URL, "X-Api-Key", "Đang giữ một mã"); strings.Contains(page, upstreamSecret) {
		t.Error("the secret is shown again")
	}
	x.must(x.hoa.post(service, "base", x.up.URL+"/v1", "header", "X-Api-Key"), http.StatusSeeOther)                 // the secret stays
	x.must(x.hoa.post(service, "base", "https://data.example.vn/v1", "header", "X-Api-Key"), http.StatusBadRequest) // and goes nowhere else
	x.must(x.hoa.post(service, "base", x.up.URL+"/v1", "header", "Authorization"), http.StatusBadRequest)           // nor in another header
	x.must(x.mai.get(service), http.StatusNotFound)
	x.must(x.mai.post(service, "base", x.up.URL), http.StatusNotFound)
	x.ask(one, "harvest", http.StatusForbidden)
	x.hoa.decides(x.transfer() + "/start")
	if x.up.calls() != 0 {
		t.Fatal("it was called before it was opened")
	}

	a := x.must(x.call(http.MethodGet, x.base+"harvest/2026?commune=07234&q=v%E1%BA%A3i", one, header{"Cookie", "sogoc=x", "X-Api-Key", "mine", "Accept", "application/json", "Connection", "X-Api-Key", "X-Forwarded-For", "203.0.113.7"}, nil), http.StatusOK)
	if string(a.body) != `{"asked":"/v1/harvest/2026?commune=07234&q=v%E1%BA%A3i"}` {
		t.Errorf("it answers %s", a.body)
	}
	asked := x.up.asked[0]
	if asked.Header.Get("X-Api-Key") != upstreamSecret || asked.Header.Get("Accept") != "application/json" {
		t.Errorf("the provider is told %v", asked.Header)
	}
	for _, name := range []string{"Authorization", "Cookie", "X-Forwarded-For"} {
		if v := asked.Header.Get(name); v != "" {
			t.Errorf("the provider is told %s: %s", name, v)
		}
	}
	for name, want := range map[string]string{
		"Ratelimit-Policy": `"day";q=7;w=86400`, "Set-Cookie": "", "X-Debug": "", "Content-Type": "application/json",
		"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff",
	} {
		if got := a.Header.Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	if got := a.Header.Get("Ratelimit"); !strings.HasPrefix(got, `"day";r=6;t=`) {
		t.Errorf("there remains %q", got)
	}
	if page := x.mai.says(x.at, "Máy chủ báo cáo", "1 lần"); pass.MatchString(page) {
		t.Error("a token is shown twice")
	}
	x.hoa.says(x.at, "1 lần")

	// What is wrong is neither passed on nor counted.
	for name, token := range map[string]string{"nobody": "", "a member": x.buyer.token, "the seller": x.seller.token, "a wrong one": "sgd_" + strings.Repeat("A", 64)} {
		if a := x.get(x.base+"harvest", token); a.StatusCode != http.StatusUnauthorized || a.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s is answered %s", name, a)
		}
	}
	x.must(x.mai.get(x.base+"harvest"), http.StatusUnauthorized) // a session is no token
	x.must(x.get("/api/v1/trade", one), http.StatusUnauthorized) // nor the token a member's
	x.must(x.get("/services/"+ledger.NewID().String()+"/harvest", one), http.StatusUnauthorized)
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodTrace} {
		if a := x.call(method, x.base+"harvest", one, nil, nil); a.StatusCode != http.StatusMethodNotAllowed && a.StatusCode != http.StatusNotFound {
			t.Errorf("%s is answered %s", method, a)
		}
	}
	for _, path := range []string{"..%2fadmin", "%2e%2e/admin", "a/%2e%2e/%2e%2e/admin", "/other.example/x", "a//b", "%252e%252e/admin", "..;/admin", "a%5c..%5cb", "a%00", ".%2e/x"} {
		x.ask(one, path, http.StatusBadRequest)
	}
	if n := x.up.calls(); n != 1 {
		t.Errorf("%d calls reached the provider", n)
	}

	// What the provider answers, and what it may not.
	x.ask(one, "none", http.StatusNotFound)
	x.must(x.call(http.MethodHead, x.base+"harvest", one, nil, nil), http.StatusOK)
	if a := x.ask(one, "away", http.StatusServiceUnavailable); a.Header.Get("Location") != "" || a.Header.Get("Retry-After") == "" {
		t.Errorf("it leads to %v", a.Header)
	}
	r, err := http.NewRequest(http.MethodGet, x.URL+x.base+"cut", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+one)
	cut, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		_, err = io.ReadAll(cut.Body)
		cut.Body.Close()
	}
	if err == nil {
		t.Error("half an answer passes for a whole one")
	}
	r.URL.Path = x.base + "slow"
	slow, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	first := make([]byte, 6)
	if _, err := io.ReadFull(slow.Body, first); err != nil || string(first) != "first\n" {
		t.Fatalf("%q, %v", first, err)
	}
	x.up.waiter <- true // the first line was there before the second was written
	if rest, err := io.ReadAll(slow.Body); err != nil || string(rest) != "second\n" {
		t.Errorf("%q, %v", rest, err)
	}
	slow.Body.Close()

	// Six were counted, and there are seven a day, also after a restart.
	x.hoa.says(x.at, "6 lần")
	x.ask(one, "harvest", http.StatusOK)
	over := x.ask(one, "harvest", http.StatusTooManyRequests)
	if over.Header.Get("Retry-After") == "" || !strings.HasPrefix(over.Header.Get("Ratelimit"), `"day";r=0;t=`) || over.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%v", over.Header)
	}
	calls := x.up.calls()
	x.stop()
	lines := log.String()
	for _, secret := range []string{one, one[4:], upstreamSecret, "07234", "v%E1%BA%A3i", "harvest"} {
		if strings.Contains(lines, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	if !strings.Contains(lines, `"route":"/services/:id/*"`) {
		t.Error("calls are not in the log")
	}
	x.site = startSite(t, node.Config{Data: data, ServiceHosts: []string{x.up.host()}})
	x.ask(one, "harvest", http.StatusTooManyRequests)
	if n := x.up.calls(); n != calls {
		t.Errorf("%d calls reached the provider beyond the quota", n-calls)
	}
}

// TestServiceStops: whatever ends an agreement's use stops the very next call.
func TestServiceStops(t *testing.T) {
	t.Parallel()
	x := subscribe(t, node.Config{Data: t.TempDir()}, market.Terms{Purposes: []market.Purpose{market.PurposeInternal}})
	x.set()
	x.open()
	one, other := x.token("Một"), x.token("Hai")
	x.ask(one, "", http.StatusOK)
	if a := x.ask(other, "harvest", http.StatusOK); a.Header.Get("RateLimit") != "" {
		t.Errorf("any number is %q", a.Header.Get("RateLimit"))
	}
	named := regexp.MustCompile(`name="pass" value="([0-9a-f]{64})"`).FindAllStringSubmatch(x.mai.says(x.at), -1)
	if len(named) != 2 {
		t.Fatalf("%d tokens are listed", len(named))
	}
	x.must(x.hoa.post(x.at+"/passes", "name", "x"), http.StatusNotFound)
	x.must(x.hoa.post(x.at+"/passes/revoke", "pass", named[1][1]), http.StatusNotFound)
	x.must(x.mai.post(x.at+"/passes/revoke", "pass", named[1][1]), http.StatusSeeOther) // the first made
	x.ask(one, "harvest", http.StatusUnauthorized)
	stops := func(stop, resume func()) {
		t.Helper()
		x.ask(other, "harvest", http.StatusOK)
		stop()
		x.ask(other, "harvest", http.StatusForbidden)
		if resume != nil {
			resume()
			x.ask(other, "harvest", http.StatusOK)
		}
	}
	move := x.transfer()
	stops(func() { x.hoa.decides(move+"/pause", "reason", "Bảo trì.") }, func() { x.hoa.decides(move + "/continue") })
	x.mai.decides(move + "/complete") // a receipt ends nothing
	stops(func() { x.hoa.decides(x.at+"/suspend", "reason", "Nghi lộ mã.") }, func() { x.hoa.decides(x.at+"/resume", "reason", "Đã rõ.") })
	judged := func(standing market.Standing) func() {
		return func() {
			x.must(x.record(x.operator, market.DatasetContract, market.ActionModerate, market.Moderation{Dataset: x.dataset, Version: 1, Standing: standing, Reason: "x"}), http.StatusCreated)
		}
	}
	stops(judged(market.Delisted), judged(market.Approved))
	stands := func(suspended bool) func() {
		return func() {
			x.must(x.record(x.operator, trace.RegistryContract, trace.ActionStand, trace.Standing{Org: x.buyer.org, Suspended: suspended, Reason: "x"}), http.StatusCreated)
		}
	}
	stops(stands(true), stands(false))
	x.up.CloseClientConnections()
	x.up.Close()
	x.ask(other, "harvest", http.StatusServiceUnavailable)
	stops2 := x.up.calls()
	x.hoa.decides(x.at+"/revoke", "reason", "Vi phạm thỏa thuận.")
	x.ask(other, "harvest", http.StatusForbidden)
	if x.up.calls() != stops2 {
		t.Error("it was called after it was revoked")
	}
	x.mai.says(x.at, "Chưa gọi được", fmt.Sprintf("%d lần", stops2))
}
