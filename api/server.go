// Package api is the node's HTTP interface on Echo: EPCIS, the register's own
// JSON API, payloads by content, the pages. A handler decodes, calls one service
// or read model, and encodes.
package api

import (
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/account/openid"
	"github.com/sogoc/sogoc/api/jobs"
	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/api/peer"
	"github.com/sogoc/sogoc/api/sheets"
	"github.com/sogoc/sogoc/api/uploads"
	"github.com/sogoc/sogoc/api/upstream"
	"github.com/sogoc/sogoc/api/watch"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/backup"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/ledger/merkle"
	"github.com/sogoc/sogoc/ledger/receipt"
	"github.com/sogoc/sogoc/market/catalog"
	"github.com/sogoc/sogoc/market/deals"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/capture"
	"github.com/sogoc/sogoc/trace/epcis"
	"github.com/sogoc/sogoc/trace/index"
)

// Ledger is the ledger as the interface needs it: the order, proofs, one entry by its
// position, and the tree as it is stored.
type Ledger interface {
	ledger.Ledger
	Entry(ctx context.Context, index uint64) (*ledger.Entry, error)
	// Root is the root of the tree at a size, or NotFound.
	Root(ctx context.Context, size uint64) (ledger.Hash, error)
	// Tile returns the 1 to 256 hashes that there are of a tile, or NotFound.
	Tile(ctx context.Context, level uint, index uint64) ([]byte, error)
	// Leaves returns the encoded leaves from first up to end, or NotFound.
	Leaves(ctx context.Context, first, end uint64) ([][]byte, error)
	// Origin is the first line of the checkpoints that are signed now.
	Origin() string
	// Rotations are the changes of checkpoint keys, the oldest first.
	Rotations() []ledger.Rotation
}

// Config is what the interface stands on.
type Config struct {
	Ledger   Ledger
	Index    *index.Index
	Catalog  *catalog.Catalog
	Deals    *deals.Deals
	Wanted   *office.Wanted // finds bids; somebody else runs it
	Store    content.Store
	Capture  *capture.Service
	Accounts *account.Store
	Trust    receipt.Trust // at the start; the register's changes of checkpoint keys come on top
	Jobs     *jobs.Store
	Imports  *jobs.Store // of spreadsheets; what they do is sheets.Service's Record
	Uploads  *uploads.Store
	Copies   *jobs.Store    // of files that are to be published; what they do is office.Office's Copy
	Looker   *office.Looker // of files that are to be published; somebody else runs it
	Peers    *peer.Node     // nil on a node that works alone

	Watch *watch.Watch // nil means that nobody watches

	PublicURL string      // where people reach the node; QR codes carry it
	Secure    bool        // people reach the node by https: browsers are told to use nothing else
	Sample    func() bool // whether the register holds sample data, which every page then says; nil is never
	Version   string
	Limits    epcis.Limits
	MaxUpload int64 // bytes of a payload; content's own limit when 0
	// Now is the clock by which agreements run out; nil means the system's.
	Now      func() time.Time
	Patience time.Duration // an answer waits so long for a job; 2 seconds when 0

	// Alarm says why the ledger can be followed no further, and nil while it can; a
	// nil Alarm never has a reason. What was read before is still answered.
	Alarm func() error
	// Writable says why nothing can be recorded now, and nil while nothing stands against
	// it; a nil Writable never has a reason. Reading goes on.
	Writable func() error
	// Answered is told of each request that was answered: its class (requestClass) and
	// status, and how long it took; nil means that nobody is.
	Answered func(class string, status int, took time.Duration)
	// Log is where requests and faults are reported; nil means slog.Default.
	Log *slog.Logger

	// TrustedProxies are the networks of proxies whose word is taken on where a request
	// came from; see ClientAddress.
	TrustedProxies []netip.Prefix

	// OpenID are the providers that people may sign in at; they come back to
	// ProviderReturn.
	OpenID []*openid.Provider

	// Backup writes a backup, of what came since a position when there is one; nil where
	// there are none.
	Backup func(ctx context.Context, w io.Writer, since *backup.Position) error

	// Services calls data services; nil calls those of the public internet alone.
	Services *upstream.Client

	// Mail sends mail; nil where the node has no mail server.
	Mail Send
}

// server is the interface at work.
type server struct {
	Config
	office      *office.Office
	sheets      *sheets.Service
	pages       *web.Pages
	cache       *pageCache
	authorities *authorities
	assets      sync.Map        // by address: body
	operations  map[string]bool // routes that operations have, as in Routes
	origins     *http.CrossOriginProtection
	passkeys    *account.Passkeys // nil where browsers would refuse them
	openable    map[string]bool   // routes that a browser may be led to
	bundles     *bundles
	trusted     atomic.Pointer[pinned]
	leaves      merkle.Positions
	portal      *portal
	room        *room
	told        told
	services    services
	ordering    sync.Mutex // of copies
}

// moment is now, for what agreements say of time.
func (s *server) moment() ledger.Time { return ledger.TimeOf(s.Now()) }

// defaultUpload bounds a payload sent to the node.
const defaultUpload = 32 << 20

// New makes the handler of every route.
func New(c Config) (http.Handler, error) {
	if c.MaxUpload == 0 {
		c.MaxUpload = defaultUpload
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Patience == 0 {
		c.Patience = 2 * time.Second
	}
	if c.Alarm == nil {
		c.Alarm = func() error { return nil }
	}
	if c.Writable == nil {
		c.Writable = func() error { return nil }
	}
	if c.Watch == nil {
		c.Watch = new(watch.Watch)
	}
	if c.Services == nil {
		c.Services, _ = upstream.New(nil) // no host is named wrongly
	}
	s := &server{
		Config:      c,
		office:      &office.Office{Accounts: c.Accounts, Register: c.Capture, Index: c.Index, Payloads: c.Store, Ledger: c.Ledger, Catalog: c.Catalog, Deals: c.Deals, Uploads: c.Uploads},
		pages:       web.New(web.Options{PublicURL: c.PublicURL, RegisterName: c.Ledger.Genesis().Name, Sample: c.Sample}),
		cache:       newPageCache(),
		authorities: newAuthorities(),
		operations:  map[string]bool{},
		origins:     http.NewCrossOriginProtection(),
		openable:    map[string]bool{},
		bundles:     newBundles(),
		portal:      &portal{},
		room:        newRoom(),
	}
	s.sheets = &sheets.Service{Office: s.office}
	if c.PublicURL != "" {
		if err := s.origins.AddTrustedOrigin(c.PublicURL); err != nil {
			return nil, ledger.FieldErrorf(ledger.Invalid, "PublicURL", "%v", err)
		}
	}
	var err error
	if s.passkeys, err = newPasskeys(c); err != nil {
		return nil, ledger.FieldErrorf(ledger.Invalid, "PublicURL", "%v", err)
	}
	if _, err := c.Trust.Succeed(c.Ledger.Genesis().Recovery, c.Ledger.Rotations()...); err != nil {
		return nil, ledger.FieldErrorf(ledger.Invalid, "Trust", "%v", err)
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = s.fail
	e.Pre(escapedPath)
	e.Use(once(s.counted, s.logged, s.recover, s.paced, s.secure(), s.operation))
	for _, r := range s.routes() {
		h := s.allow(r.access, r.handler)
		e.Add(r.method, r.path, h)
		if r.method == http.MethodGet {
			e.HEAD(r.path, h)
			s.openable[r.path] = true
		}
	}
	s.addOwn(e)
	return e, nil
}

// once is middleware that is put together when a node starts. Echo by itself does so
// anew for each request.
func once(list ...echo.MiddlewareFunc) echo.MiddlewareFunc {
	chain := func(c echo.Context) error { return c.Handler()(c) }
	for _, m := range slices.Backward(list) {
		chain = m(chain)
	}
	return func(echo.HandlerFunc) echo.HandlerFunc { return chain }
}

// Routes lists what a handler that New made answers, each as "GET /epcis/events".
func Routes(h http.Handler) []string {
	var list []string
	for _, r := range h.(*echo.Echo).Routes() {
		list = append(list, r.Method+" "+r.Path)
	}
	return list
}

// route is a row of the table of routes.
type route struct {
	method, path string
	access       access
	handler      echo.HandlerFunc
}

// routes is every route but those of the described API, which are operations. A
// route that no access is named for is nobody's.
func (s *server) routes() []route {
	return slices.Concat(s.publicRoutes(), s.signInRoutes(), s.meRoutes(), s.recordRoutes(), s.behalfRoutes(), s.signUpRoutes(), s.applyRoutes(), s.orgRoutes(), s.orgProfileRoutes(), s.joinRoutes(), s.accountRoutes(), s.addressRoutes(), s.deskRoutes(), s.tokenRoutes(), s.dataRoutes(), s.keyRoutes(), s.signRoutes(), s.labelRoutes(), s.protectionRoutes(), s.batchesRoutes(), s.recallRoutes(), s.certificateRoutes(), s.dossiersOfRoutes(), s.scanRoutes(), s.complaintRoutes(), s.plotRoutes(), s.cropRoutes(), s.soilRoutes(), s.productRoutes(), s.queueRoutes(), s.backupRoutes(), s.tileRoutes(), s.sheetRoutes(), s.catalogueRoutes(), s.listingRoutes(), s.draftRoutes(), s.ckanRoutes(), s.tradeRoutes(), s.deliveryRoutes(), s.serviceRoutes(), s.workRoutes(), s.shareRoutes(), s.grantRoutes(), s.searchRoutes(), s.bidRoutes(), s.requestRoutes())
}

func get(path string, need access, h echo.HandlerFunc) route {
	return route{http.MethodGet, path, need, h}
}

func post(path string, need access, h echo.HandlerFunc) route {
	return route{http.MethodPost, path, need, h}
}

// publicRoutes are what everybody reads, and what programs and nodes write.
func (s *server) publicRoutes() []route {
	list := []route{
		get("/healthz", anyone, s.healthz),
		get("/readyz", anyone, s.readyz),
		get("/", anyone, s.home),
		get("/code", anyone, s.typed),
		get("/trace", anyone, s.tracePage),
		get("/datasets", anyone, s.datasets),
		get("/datasets/:id", anyone, s.described(s.dataset)),
		get("/datasets/:id/versions", anyone, s.datasetVersions),
		get("/datasets/:id/files/:version/:n", anyone, s.downloadFile),
		get("/qr", anyone, s.qr),
		get("/assets/*", anyone, s.asset),
		get("/ipfs/:cid", anyone, s.ipfs),
		get("/epcis", anyone, s.epcisHome),
		post("/epcis/capture", member.for_(account.ScopeRecord), s.epcisCapture),
		get("/epcis/capture/:id", anyone, s.epcisJob),
		post("/epcis/events", member.for_(account.ScopeRecord), s.epcisEvent),
		get("/epcis/events", anyone, s.epcisEvents),
		get("/epcis/events/:id", anyone, s.epcisOne),
		get("/epcis/epcs/:id/events", anyone, s.epcisOf),
		post(preparePath+trace.Contract+"/"+trace.ActionCapture, member.for_(account.ScopeRecord), s.prepareCapture),
		post("/api/v1/payloads", acting, s.upload),
		get("/api/v1/receipts/:entry", anyone, s.receipt),
		get("/api/v1/checkpoint", anyone, s.checkpoint),
		get("/api/v1/trust", anyone, s.trustFile),
		post(peer.WitnessPath, anyone, s.addCheckpoint),
		get(peer.PayloadPath+":cid", node, s.peerPayload),
		post(peer.HeldPath, node, s.peerHeld),
	}
	for _, ai := range linkKeys {
		list = append(list, get("/"+ai+"/*", anyone, s.passport))
	}
	return list
}

// linkKeys are the first parts of the addresses that codes carry: GS1 Digital
// Link's primary keys, and t for register-issued codes.
var linkKeys = []string{"t", "00", "01", "253", "255", "401", "402", "414", "417", "8003", "8004", "8006", "8010", "8013", "8017", "8018"}

// escapedPath keeps what a client percent-encoded in the path, so that an
// identifier with a slash in it is one parameter; param decodes it.
func escapedPath(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		u := c.Request().URL
		u.RawPath = u.EscapedPath()
		return next(c)
	}
}

// strictTransport has browsers use https alone, for a year from their last visit
// (RFC 6797). They heed it only where they came by https.
const strictTransport = "max-age=31536000"

// secure sets what every answer carries.
func (s *server) secure() echo.MiddlewareFunc {
	type header struct {
		name   string
		values []string // of all answers, which may be replaced in one
	}
	var carried []header
	carry := func(name, value string) { carried = append(carried, header{name, []string{value}}) }
	carry("Content-Security-Policy", web.ContentSecurityPolicy)
	carry("X-Content-Type-Options", "nosniff")
	carry("Referrer-Policy", "same-origin") // none would hide from ourselves where a form came from
	carry("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	carry("Cross-Origin-Opener-Policy", "same-origin")
	if s.Secure {
		carry("Strict-Transport-Security", strictTransport)
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			all := c.Response().Header()
			for _, h := range carried {
				all[h.name] = h.values
			}
			return next(c)
		}
	}
}

// recover turns a panic into a logged Internal.
func (s *server) recover(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if r := recover(); r != nil {
				if r == http.ErrAbortHandler {
					panic(r)
				}
				s.logPanic(c, r)
				err = ledger.Errorf(ledger.Internal, "something went wrong here; it was logged")
			}
		}()
		return next(c)
	}
}

// binding is the interface that a request came to; errors look accordingly.
type binding int

const (
	bindingOwn binding = iota
	bindingEPCIS
	bindingPage
)

func bindingOf(c echo.Context) binding {
	path := c.Request().URL.Path
	switch {
	case strings.HasPrefix(path, "/epcis"):
		return bindingEPCIS
	case strings.HasPrefix(path, "/api/"), strings.HasPrefix(path, "/openapi"), path == "/healthz", path == "/readyz", strings.HasPrefix(path, "/ipfs/"), strings.HasPrefix(path, servicesPath), strings.HasPrefix(path, "/tile/"), path == "/checkpoint", strings.HasPrefix(path, "/catalog"), ofDataset(path), wantsJSON(c):
		return bindingOwn
	}
	return bindingPage
}

// ofDataset reports whether an address is of a dataset as programs read it.
func ofDataset(path string) bool {
	return strings.HasPrefix(path, "/datasets") && slices.ContainsFunc([]string{".ttl", ".jsonld", ".xml", ".json", ".atom"}, func(ending string) bool { return strings.HasSuffix(path, ending) })
}

// param is a decoded path parameter.
func param(c echo.Context, name string) (string, error) {
	v, err := pathUnescape(c.Param(name))
	if err != nil {
		return "", ledger.FieldErrorf(ledger.Invalid, name, "is not percent-encoded rightly")
	}
	return v, nil
}

// Timeouts of the HTTP server: slow clients let go of their connection. See paced for
// bodies, and for answers that have begun.
const (
	readHeaderTimeout = 10 * time.Second
	writeTimeout      = 5 * time.Minute // until an answer begins
	idleTimeout       = 2 * time.Minute
	drainTimeout      = 15 * time.Second
	maxHeader         = 32 << 10
)

// Serve answers on a listener until the context ends, and then lets running
// requests finish.
func Serve(ctx context.Context, l net.Listener, h http.Handler) error {
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: readHeaderTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: log.New(connectionLog{}, "", 0),
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	err := srv.Shutdown(drain)
	if serveErr := <-failed; !errors.Is(serveErr, http.ErrServerClosed) {
		err = errors.Join(err, serveErr)
	}
	return err
}
