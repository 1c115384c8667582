package api

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// addOwn adds the operations of the register's own API, which describe themselves
// at /openapi.json.
func (s *server) addOwn(e *echo.Echo) {
	c := huma.DefaultConfig("Sổ Gốc", s.Version)
	c.Info.Description = "The register's own API: lineage, passports, records, datasets, proofs. EPCIS is at /epcis, as GS1 describes it."
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "/openapi", "", ""
	c.CreateHooks = nil
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}}
	ownProblems()
	others := Routes(e)
	defer func() {
		for _, r := range Routes(e) {
			s.operations[r] = !slices.Contains(others, r)
		}
	}()
	api := humaecho.New(e, c)
	describeRest(api.OpenAPI())
	signed := []map[string][]string{{"token": {}}}

	huma.Register(api, huma.Operation{Method: http.MethodGet, Path: "/api/v1/register", OperationID: "register", Summary: "What this register is, and its latest checkpoint"}, s.ownRegister)
	huma.Register(api, huma.Operation{Method: http.MethodGet, Path: "/api/v1/peers", OperationID: "peers", Summary: "The other nodes of this register, what they cosigned, and which payloads are still on their way"}, s.ownPeers)
	huma.Register(api, huma.Operation{Method: http.MethodGet, Path: "/api/v1/trace/{id}", OperationID: "trace", Summary: "What a thing was made from, and what was made of it"}, s.ownTrace)
	huma.Register(api, huma.Operation{Method: http.MethodGet, Path: "/api/v1/passport/{id}", OperationID: "passport", Summary: "What is known of a product, a lot, a piece or a container"}, s.ownPassport)
	huma.Register(api, huma.Operation{Method: http.MethodGet, Path: "/api/v1/organisations", OperationID: "organisations", Summary: "The organisations on the register"}, s.ownOrganisations)
	huma.Register(api, huma.Operation{Method: http.MethodGet, Path: "/api/v1/products", OperationID: "products", Summary: "The products on the register"}, s.ownProducts)
	huma.Register(api, huma.Operation{Method: http.MethodGet, Path: "/api/v1/datasets", OperationID: "datasets", Summary: "Published datasets: those that a search finds, or all, the latest first"}, s.ownDatasets)
	huma.Register(api, huma.Operation{
		Method: http.MethodPost, Path: "/api/v1/records/{contract}/{action}", OperationID: "record", Security: signed, DefaultStatus: http.StatusCreated,
		Summary: "Record something in the caller's name, signed with the key that this node keeps for the caller", MaxBodyBytes: ledger.MaxBodySize,
	}, s.ownRecord)
	huma.Register(api, huma.Operation{
		Method: http.MethodPost, Path: "/api/v1/prepare/{contract}/{action}", OperationID: "prepare", Security: signed,
		Summary: "Write a transaction for the caller to sign elsewhere, with a wallet or a device's key; nothing is recorded", MaxBodyBytes: ledger.MaxBodySize,
	}, s.ownPrepare)
	huma.Register(api, huma.Operation{
		Method: http.MethodPost, Path: "/api/v1/transactions", OperationID: "submit", Security: signed, DefaultStatus: http.StatusCreated,
		Summary: "Submit a transaction that its member signed elsewhere (EIP-712)", MaxBodyBytes: 2 * ledger.MaxBodySize,
	}, s.ownSubmit)
	s.addProofs(api)
	s.addTrade(api)
	s.addBids(api)
	s.addDrafts(api)
}

// operation is the gate before the routes that operations have: reading is for
// anyone, writing for members. It stands before every route, because a group of
// routes would answer for all that others have, too.
func (s *server) operation(next echo.HandlerFunc) echo.HandlerFunc {
	packed := packing()
	read, write := packed(s.allow(anyone, next)), packed(s.allow(acting, next))
	return func(c echo.Context) error {
		method := c.Request().Method
		if !s.operations[method+" "+c.Path()] {
			return next(c)
		}
		c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), requestKey{}, c)))
		if method == http.MethodGet {
			return read(c)
		}
		return write(c)
	}
}

type ownBody[T any] struct{ Body T }

type registerInfo struct {
	Name       string      `json:"name"`
	Register   ledger.Hash `json:"register" doc:"register id, the hash of the genesis"`
	Origin     string      `json:"origin" doc:"first line of the checkpoints"`
	Size       uint64      `json:"size" doc:"records under the latest checkpoint"`
	Root       ledger.Hash `json:"root" doc:"RFC 6962 tree hash at that size"`
	Checkpoint string      `json:"checkpoint" doc:"C2SP signed note"`
}

func (s *server) ownRegister(ctx context.Context, _ *struct{}) (*ownBody[registerInfo], error) {
	g := s.Ledger.Genesis()
	note, err := s.Ledger.Checkpoint(ctx)
	if err != nil {
		return nil, s.own(ctx, err)
	}
	trust := s.trust()
	c, err := trust.Signatures(note)
	if err != nil {
		return nil, s.own(ctx, err)
	}
	return &ownBody[registerInfo]{registerInfo{g.Name, g.Register(), trust.Origin, c.Size, c.Root, string(note)}}, nil
}

// IDInput names a thing. It is exported because the description of operations is made
// by reflection.
type IDInput struct {
	ID string `path:"id" doc:"an identifier, percent-encoded: a GS1 Digital Link, an EPC URN, an element string, a register-issued code" maxLength:"3072"`
}

func (in IDInput) id() (trace.ID, error) {
	v, err := pathUnescape(in.ID)
	if err != nil {
		return trace.ID{}, ledger.FieldErrorf(ledger.Invalid, "id", "is not percent-encoded rightly")
	}
	id, err := trace.ParseTyped(v)
	if err != nil {
		return trace.ID{}, ledger.FieldErrorf(ledger.Invalid, "id", "%v", err)
	}
	return id, nil
}

type traceInput struct {
	IDInput
	Direction string `query:"direction" enum:"up,down,both" default:"both"`
	Nodes     int    `query:"nodes" minimum:"1" maximum:"100000" default:"5000" doc:"the most things to return"`
}

type traceGraph struct {
	Root      trace.ID    `json:"root"`
	Nodes     []traceNode `json:"nodes"`
	Edges     []traceEdge `json:"edges"`
	Truncated bool        `json:"truncated"`
}

type traceNode struct {
	ID       string         `json:"id"`
	Depth    int            `json:"depth" doc:"steps from the root, negative towards what it was made from"`
	Level    index.Level    `json:"level"`
	Name     ledger.Text    `json:"name,omitzero"`
	Made     string         `json:"made,omitempty" doc:"how much was made, with its unit"`
	Balances []traceBalance `json:"balances,omitempty"`
	Flags    []string       `json:"flags,omitempty"`
	Recalled bool           `json:"recalled,omitempty"`
	Declared bool           `json:"declared,omitempty" doc:"its recorder's statement; no rules apply"`
}

type traceBalance struct {
	Holder   string `json:"holder"`
	Quantity string `json:"quantity"`
}

type traceEdge struct {
	From     string         `json:"from"`
	To       string         `json:"to"`
	Kind     trace.EdgeKind `json:"kind"`
	Quantity string         `json:"quantity,omitempty" doc:"of from"`
	Made     string         `json:"made,omitempty" doc:"of to"`
	Event    string         `json:"event,omitempty"`
	Hidden   bool           `json:"hidden,omitempty" doc:"the step is not public to the caller"`
}

var directions = map[string]index.Direction{"up": index.Up, "down": index.Down, "both": index.Both}

func (s *server) ownTrace(ctx context.Context, in *traceInput) (*ownBody[traceGraph], error) {
	id, err := in.id()
	if err != nil {
		return nil, s.own(ctx, err)
	}
	v := viewerOf(ctx)
	g, err := s.Index.Trace(ctx, v, id, directions[in.Direction], index.Limits{Nodes: in.Nodes, Details: true})
	if err != nil {
		return nil, s.own(ctx, err)
	}
	withoutEmpty(g)
	out := traceGraph{Root: g.Root, Truncated: g.Truncated, Nodes: make([]traceNode, len(g.Nodes)), Edges: make([]traceEdge, len(g.Edges))}
	names := s.names(ctx, v)
	for i, n := range g.Nodes {
		out.Nodes[i] = nodeJSON(n)
		out.Nodes[i].Name = names(n.ID)
	}
	for i, e := range g.Edges {
		out.Edges[i] = traceEdge{From: e.From.String(), To: e.To.String(), Kind: e.Kind, Quantity: quantityText(e.Quantity), Made: quantityText(e.Made), Event: e.Event, Hidden: e.Hidden}
	}
	return &ownBody[traceGraph]{out}, nil
}

// withoutEmpty drops the classes that a piece's own name puts into its lineage
// and of which nothing is recorded.
func withoutEmpty(g *index.Graph) {
	empty := map[trace.ID]bool{}
	for _, n := range g.Nodes {
		empty[n.ID] = n.ID != g.Root && n.Details != nil && n.Made == nil && len(n.Balances) == 0 && !n.Recalled
	}
	for _, e := range g.Edges {
		if e.Kind != index.LotOf {
			empty[e.From], empty[e.To] = false, false
		}
	}
	g.Nodes = slices.DeleteFunc(g.Nodes, func(n index.Node) bool { return empty[n.ID] })
	g.Edges = slices.DeleteFunc(g.Edges, func(e index.Edge) bool { return empty[e.From] || empty[e.To] })
}

func nodeJSON(n index.Node) traceNode {
	out := traceNode{ID: n.ID.String(), Depth: n.Depth, Level: n.Level}
	if n.Details == nil {
		return out
	}
	out.Made, out.Recalled, out.Declared = quantityText(n.Made), n.Recalled, n.Declared
	for _, b := range n.Balances {
		out.Balances = append(out.Balances, traceBalance{b.Holder, b.Quantity.String()})
	}
	for _, f := range n.Flags {
		if kind := string(f.Kind); !slices.Contains(out.Flags, kind) {
			out.Flags = append(out.Flags, kind)
		}
	}
	return out
}

func quantityText(q *trace.Quantity) string {
	if q == nil {
		return ""
	}
	return q.String()
}

type rawBody struct {
	Type string `header:"Content-Type"`
	Body []byte
}

func (s *server) ownPassport(ctx context.Context, in *IDInput) (*rawBody, error) {
	id, err := in.id()
	if err != nil {
		return nil, s.own(ctx, err)
	}
	v := viewerOf(ctx)
	b, err := s.passportBody(ctx, v, id, formJSON)
	if err != nil {
		return nil, s.own(ctx, err)
	}
	return &rawBody{echo.MIMEApplicationJSON, b.plain}, nil
}

type pageInput struct {
	Token string `query:"token" doc:"where the page before ended"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

func (in pageInput) page() index.Page { return index.Page{Token: in.Token, Limit: in.Limit} }

type ownList[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"token of the next page"`
}

type organisationJSON struct {
	ID        ledger.ID   `json:"id"`
	Kind      ledger.Kind `json:"kind"`
	GLN       string      `json:"gln,omitempty" doc:"party GLN or register-issued code"`
	Name      ledger.Text `json:"name,omitzero" doc:"absent where it is a person's"`
	Commune   string      `json:"commune,omitempty"`
	Admitted  ledger.Time `json:"admitted"`
	Suspended bool        `json:"suspended,omitempty"`
}

func (s *server) ownOrganisations(ctx context.Context, in *pageInput) (*ownBody[ownList[organisationJSON]], error) {
	v := viewerOf(ctx)
	list, next, err := s.Index.Organisations(ctx, v, in.page())
	if err != nil {
		return nil, s.own(ctx, err)
	}
	out := ownList[organisationJSON]{Items: make([]organisationJSON, len(list)), Next: next}
	for i, o := range list {
		j := organisationJSON{ID: o.ID, Kind: o.Kind, Admitted: o.AdmittedAt, Suspended: o.Suspended != nil}
		if o.GLN != nil {
			j.GLN = o.GLN.String()
		}
		if o.Profile != nil {
			j.Name, j.Commune = o.Profile.Name, o.Profile.Commune
		}
		out.Items[i] = j
	}
	return &ownBody[ownList[organisationJSON]]{out}, nil
}

type productJSON struct {
	ID        string      `json:"id"`
	Owner     ledger.ID   `json:"owner"`
	Name      ledger.Text `json:"name,omitzero"`
	Unit      trace.Unit  `json:"unit" doc:"UN/ECE Recommendation 20; empty for pieces"`
	Tolerance string      `json:"tolerance" doc:"what may be over without a word, as a ratio"`
	HardCap   string      `json:"hard_cap" doc:"what may be over at all, as a ratio"`
}

func (s *server) ownProducts(ctx context.Context, in *pageInput) (*ownBody[ownList[productJSON]], error) {
	v := viewerOf(ctx)
	list, next, err := s.Index.Products(ctx, v, ledger.ID{}, in.page())
	if err != nil {
		return nil, s.own(ctx, err)
	}
	out := ownList[productJSON]{Items: make([]productJSON, len(list)), Next: next}
	for i, p := range list {
		out.Items[i] = productJSON{ID: p.ID.String(), Owner: p.Owner, Unit: p.Unit, Tolerance: p.Tolerance.String(), HardCap: p.HardCap.String()}
		if p.Profile != nil {
			out.Items[i].Name = p.Profile.Name
		}
	}
	return &ownBody[ownList[productJSON]]{out}, nil
}

type recordInput struct {
	Contract string `path:"contract" enum:"registry,traceability,dataset,trade"`
	Action   string `path:"action" maxLength:"64"`
	Body     struct {
		Items []json.RawMessage `json:"items" minItems:"1" maxItems:"1024" doc:"facts as the contract documents them"`
	}
}

type recorded struct {
	Entry       uint64          `json:"entry" doc:"position in the register"`
	Transaction ledger.TxID     `json:"transaction"`
	Time        ledger.Time     `json:"time" doc:"record time"`
	Outcome     json.RawMessage `json:"outcome"`
}

// ownRecord signs in the caller's name. Events come through EPCIS instead, so
// that each has its document.
func (s *server) ownRecord(ctx context.Context, in *recordInput) (*ownBody[recorded], error) {
	if in.Contract == trace.Contract && in.Action == trace.ActionCapture {
		return nil, s.own(ctx, ledger.FieldErrorf(ledger.Invalid, "action", "events are recorded through /epcis/capture"))
	}
	if forPeople(in.Contract, in.Action) {
		return nil, s.own(ctx, ledger.FieldErrorf(ledger.Forbidden, "action", "keys, members and mandates are changed by people, on the pages /account/keys, /org/members and /behalf"))
	}
	if err := mayRecord(ctx, in.Contract, in.Action); err != nil {
		return nil, s.own(ctx, err)
	}
	if err := mayDirect(ctx, in.Contract); err != nil {
		return nil, s.own(ctx, err)
	}
	if err := signsHere(ctx, in.Contract, in.Action); err != nil {
		return nil, s.own(ctx, err)
	}
	items, summary, err := in.items()
	if err != nil {
		return nil, s.own(ctx, err)
	}
	tx, err := identityOf(ctx).Sign(in.Contract, in.Action, summary, items)
	if err != nil {
		return nil, s.own(ctx, err)
	}
	return s.submit(ctx, tx)
}

// items are what is to be signed, with the words for it.
func (in *recordInput) items() (items []ledger.Item, summary string, err error) {
	for _, data := range in.Body.Items {
		items = append(items, ledger.NewItem(data))
	}
	summary, err = summaryOf(in.Contract, in.Action, in.Body.Items)
	return items, summary, err
}

// summaryOf writes the words that the contract will check.
func summaryOf(contract, action string, items []json.RawMessage) (string, error) {
	switch {
	case contract == trace.RegistryContract:
		if summary := trace.DirectorySummary(action, len(items)); summary != "" {
			return summary, nil
		}
	case contract == trace.Contract && action == trace.ActionRecall:
		recalls, err := decodeItems[trace.Recall](items)
		return trace.RecallSummary(recalls), err
	case contract == trace.Contract && action == trace.ActionCertify:
		certificates, err := decodeItems[trace.Certificate](items)
		return trace.CertifySummary(certificates), err
	case contract == market.DatasetContract:
		return marketSummary(action, items)
	case contract == market.TradeContract:
		return tradeSummary(action, items)
	}
	return "", ledger.FieldErrorf(ledger.Invalid, "action", "%s has no action %q", contract, action)
}

func marketSummary(action string, items []json.RawMessage) (string, error) {
	switch action {
	case market.ActionPublish:
		return summaryOfOne(market.PublishSummary, items)
	case market.ActionOffer:
		return summaryOfOne(market.OfferSummary, items)
	case market.ActionRetract:
		return summaryOfOne(market.RetractSummary, items)
	case market.ActionModerate:
		return summaryOfOne(market.ModerateSummary, items)
	case market.ActionClear:
		return summaryOfOne(market.ClearSummary, items)
	case market.ActionGrant:
		return summaryOfOne(market.GrantSummary, items)
	}
	return "", ledger.FieldErrorf(ledger.Invalid, "action", "%s has no action %q", market.DatasetContract, action)
}

func tradeSummary(action string, items []json.RawMessage) (string, error) {
	if len(items) != 1 {
		return "", ledger.FieldErrorf(ledger.Invalid, "items", "there is one at a time")
	}
	about, err := market.About(items[0])
	return market.TradeSummary(action, about), err
}

func summaryOfOne[T any](summary func(T) string, items []json.RawMessage) (string, error) {
	all, err := decodeItems[T](items)
	if err != nil || len(all) != 1 {
		return "", errOr(err, ledger.FieldErrorf(ledger.Invalid, "items", "there is one at a time"))
	}
	return summary(all[0]), nil
}

func errOr(err error, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

func decodeItems[T any](items []json.RawMessage) ([]T, error) {
	out := make([]T, len(items))
	for i, data := range items {
		if err := trace.Decode(data, &out[i]); err != nil {
			return nil, trace.AtItem(i, err)
		}
	}
	return out, nil
}

type submitInput struct{ Body Transaction }

func (s *server) ownSubmit(ctx context.Context, in *submitInput) (*ownBody[recorded], error) {
	if err := mayRecord(ctx, in.Body.Contract, in.Body.Action); err != nil {
		return nil, s.own(ctx, err)
	}
	tx, err := in.Body.tx()
	if err != nil {
		return nil, s.own(ctx, err)
	}
	return s.submit(ctx, tx)
}

func (s *server) submit(ctx context.Context, tx ledger.Tx) (*ownBody[recorded], error) {
	e, err := s.recordSigned(ctx, tx)
	if err != nil {
		return nil, s.own(ctx, err)
	}
	return &ownBody[recorded]{recorded{e.Index, e.ID, e.Time, e.Outcome}}, nil
}
