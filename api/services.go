package api

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/upstream"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace/index"
)

const servicesPath = "/services/"

// serviceRoutes pass on the calls of data services, and are where both sides see to
// them.
func (s *server) serviceRoutes() []route {
	return []route{
		get(servicesPath+":id", holder, s.callService),
		get(servicesPath+":id/*", holder, s.callService),
		get("/data/:id/service", releasing, s.servicePage),
		post("/data/:id/service", releasing, s.setService),
		post("/trade/:id/passes", releasing, s.makePass),
		post("/trade/:id/passes/revoke", publisher, s.revokePass),
	}
}

// callsAtOnce is how many calls run at a time under an agreement.
const callsAtOnce = 16

// services are the data services that are called at this moment.
type services struct {
	opened sync.Map // by agreement: the transfer for which this node opened one

	mu      sync.Mutex
	running map[ledger.ID]int // calls, by agreement
}

// begin counts a call that runs, if there may be one more; end is for when it is over.
func (x *services) begin(agreement ledger.ID) (end func(), ok bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.running == nil {
		x.running = map[ledger.ID]int{}
	}
	if x.running[agreement] >= callsAtOnce {
		return nil, false
	}
	x.running[agreement]++
	return func() {
		x.mu.Lock()
		defer x.mu.Unlock()
		if x.running[agreement]--; x.running[agreement] == 0 {
			delete(x.running, agreement)
		}
	}, true
}

// callService passes a call on, for whoever has a pass of an agreement.
func (s *server) callService(c echo.Context) error {
	r := c.Request()
	ctx := r.Context()
	d, err := s.passed(c)
	if err != nil {
		return err
	}
	if err := s.callable(ctx, d); err != nil {
		return err
	}
	at, err := s.Accounts.Upstream(ctx, d.Provider, d.Dataset)
	if ledger.CodeOf(err) == ledger.NotFound {
		return notNow("the provider has not said yet where the service is")
	}
	if err != nil {
		return err
	}
	end, ok := s.services.begin(d.ID)
	if !ok {
		return s.tooMany(c, time.Second, "%d calls are under way under this agreement, which is as many as may be", callsAtOnce)
	}
	defer end()
	limit := d.Terms.Calls
	used, ok, err := s.Accounts.CountCall(ctx, d.Provider, d.ID, limit)
	if err != nil {
		return err
	}
	if limit > 0 {
		seconds := int(math.Ceil(used.Resets.Seconds()))
		h := c.Response().Header()
		h.Set("RateLimit-Policy", fmt.Sprintf(`"day";q=%d;w=86400`, limit))
		h.Set("RateLimit", fmt.Sprintf(`"day";r=%d;t=%d`, limit-used.N, seconds))
	}
	if !ok {
		return s.tooMany(c, used.Resets, "the service was called %d times today, as often as was agreed", used.N)
	}
	_, path, below := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), servicesPath), "/")
	if below {
		path = "/" + path
	}
	ctx, cancel := context.WithTimeout(ctx, upstream.WholeWithin)
	defer cancel()
	a, err := s.Services.Do(ctx, upstream.Service(at), upstream.Call{Method: r.Method, Path: path, Query: r.URL.RawQuery, Header: r.Header})
	if err != nil {
		if !upstream.Reached(err) {
			s.Accounts.Uncount(d.ID, used)
		}
		if ledger.CodeOf(err) == ledger.Unavailable {
			return notNow(asError(err).Message)
		}
		return err
	}
	defer a.Body.Close()
	return passOn(c, a)
}

// notNow is of a service that is somebody else's: it is worth trying again, and no fault
// of this node.
func notNow(why string) error {
	return ledger.Wrap(&account.Later{After: 5 * time.Second}, ledger.Unavailable, why)
}

// tooMany answers who calls too often (RFC 6585).
func (s *server) tooMany(c echo.Context, later time.Duration, why string, args ...any) error {
	s.writeProblem(c, &Problem{Type: "about:blank", Title: "quota", Status: http.StatusTooManyRequests, Detail: fmt.Sprintf(why, args...), later: later})
	return nil
}

// passOn writes an answer as it comes. One that breaks off is broken off, so that
// nobody takes it for whole.
func passOn(c echo.Context, a *upstream.Answer) error {
	w := c.Response()
	h := w.Header()
	for name, values := range a.Header {
		h[name] = values
	}
	if a.Length >= 0 && a.Status != http.StatusNoContent && a.Status != http.StatusNotModified {
		h.Set(echo.HeaderContentLength, strconv.FormatInt(a.Length, 10))
	}
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "private, no-store")
	w.WriteHeader(a.Status)
	out := http.NewResponseController(w)
	part := make([]byte, 32<<10)
	for {
		n, err := a.Body.Read(part)
		if n > 0 {
			_, failed := w.Write(part[:n])
			if err = cmp.Or(failed, err); failed == nil && err == nil {
				err = out.Flush()
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			panic(http.ErrAbortHandler)
		}
	}
}

// passed is the agreement of a call, by the pass that it carries. Who has none is not
// told whether there is such an agreement.
func (s *server) passed(c echo.Context) (d market.Deal, err error) {
	name, err := param(c, "id")
	if err != nil {
		return d, err
	}
	if id, err := ledger.ParseID(name); err == nil {
		if d, err = s.Deals.Deal(id); ignoreNotFound(err) != nil {
			return d, err
		}
	}
	token, _ := strings.CutPrefix(c.Request().Header.Get(echo.HeaderAuthorization), "Bearer ")
	return d, s.Accounts.CheckPass(c.Request().Context(), d.Consumer, d.ID, strings.TrimSpace(token), ClientAddress(c.Request(), s.TrustedProxies))
}

// callable refuses calls under an agreement that gives none now.
func (s *server) callable(ctx context.Context, d market.Deal) error {
	for _, org := range []ledger.ID{d.Consumer, d.Provider} {
		o, err := s.Index.Organisation(ctx, index.Viewer{}, org)
		if err != nil {
			return err
		}
		if o.Suspended != nil {
			return ledger.Errorf(ledger.Forbidden, "one of the parties is suspended")
		}
	}
	t, err := s.openedFor(ctx, d)
	if err != nil {
		return err
	}
	return s.handedOut(ctx, d, t)
}

// handedOut refuses what is not to be read under an agreement now.
func (s *server) handedOut(ctx context.Context, d market.Deal, t market.Transfer) error {
	why, err := s.withheld(ctx, d, t)
	if err == nil && why != "" {
		err = ledger.Errorf(ledger.Forbidden, "nothing is handed out under this agreement now: %s", why)
	}
	return err
}

// openedFor is the transfer for which this node opened the service of an agreement, the
// last one where there are several that run.
func (s *server) openedFor(ctx context.Context, d market.Deal) (t market.Transfer, err error) {
	if id, ok := s.services.opened.Load(d.ID); ok {
		if t, err = s.Deals.Transfer(id.(ledger.ID)); err != nil || runs(t) {
			return t, err
		}
	}
	course, err := s.Deals.Agreement(d.ID)
	if err != nil {
		return t, err
	}
	none := true
	for _, one := range slices.Backward(course.Transfers) {
		if one.Token.IsZero() {
			continue
		}
		here, err := s.Accounts.Opened(ctx, d.Provider, one.ID, one.Token)
		switch {
		case err != nil:
			return t, err
		case here && runs(one):
			s.services.opened.Store(d.ID, one.ID)
			return one, nil
		case here && none:
			t, none = one, false
		}
	}
	if none {
		return t, ledger.Errorf(ledger.Forbidden, "the provider has not opened the service for this agreement")
	}
	return t, nil
}

// runs reports whether something is handed out in a transfer.
func runs(t market.Transfer) bool {
	return t.State == market.TransferStarted || t.State == market.TransferCompleted
}
