package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/deals"
	"github.com/sogoc/sogoc/market/odrl"
	"github.com/sogoc/sogoc/market/vietqr"
	"github.com/sogoc/sogoc/trace"
)

// tradeRoutes are where two organisations talk about a dataset, sign, deliver and pay.
func (s *server) tradeRoutes() []route {
	return slices.Concat([]route{
		get("/trade", publisher, s.tradesPage),
		get("/trade/new", publisher, s.tradeAskPage),
		post("/trade/new", releasing, s.tradeAsk),
		get("/trade/:id", publisher, s.tradePage),
		get("/trade/:id/dossier.zip", publisher, s.tradeDossier),
		get("/trade/:id/terms", publisher, s.tradeTermsPage),
		post("/trade/:id/terms", releasing, s.tradeTerms),
		get("/desk/disputes", operator, s.tradeDisputes),
		get("/desk/disputes/:id", operator, s.tradePage),
	}, s.evidenceRoutes(), s.readyRoutes(), s.tradeActs())
}

// tradesOnPage is how many negotiations a page lists.
const tradesOnPage = 30

func (s *server) tradesPage(c echo.Context) error {
	ctx := c.Request().Context()
	from, err := pageOf(c)
	if err != nil {
		return err
	}
	org := identityOf(ctx).Org
	list, next, err := s.Deals.Of(org, from, tradesOnPage)
	if err != nil {
		return err
	}
	v := &web.Trades{}
	if v.List, err = s.tradeLines(ctx, list, org); err != nil {
		return err
	}
	if next != 0 {
		v.Next = "/trade?" + url.Values{"page": {strconv.FormatUint(uint64(next), 10)}}.Encode()
	}
	return show(s, c, http.StatusOK, s.pages.Trades, v)
}

// pageOf is where a list of deals goes on.
func pageOf(c echo.Context) (deals.Page, error) {
	text := c.QueryParam("page")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, ledger.FieldErrorf(ledger.Invalid, "page", "is no part of a list")
	}
	return deals.Page(n), nil
}

// tradeLines are negotiations as an organisation sees them; as the operator does where
// it is neither side.
func (s *server) tradeLines(ctx context.Context, list []deals.Course, org ledger.ID) (lines []web.TradeLine, err error) {
	now, who := s.moment(), s.parties(ctx)
	for _, c := range list {
		side := sideOf(c.Negotiation, org)
		line := web.TradeLine{Path: "/trade/" + c.ID.String(), State: stateName(c, now), Changed: c.Last}
		other := c.Provider
		if side == market.Provider {
			other = c.Consumer
		}
		if side == market.Operator {
			line.Path = "/desk/disputes/" + c.ID.String()
		}
		if line.With, err = who(other); err != nil {
			return nil, err
		}
		if line.Dataset, err = s.datasetName(ctx, c.Dataset); err != nil {
			return nil, err
		}
		if c.Deal != nil {
			line.Changed = max(line.Changed, c.Deal.Changed)
		}
		if owed := c.Owed(now); len(owed) > 0 {
			first := owed[0]
			if i := slices.IndexFunc(owed, func(o deals.Owed) bool { return o.By == side }); i >= 0 {
				first = owed[i]
			}
			line.Owed, line.Mine, line.Until = actName(c, first.Action, first.By), first.By == side, first.Until
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// tradesWaiting is how many of an organisation's latest negotiations wait for it.
func (s *server) tradesWaiting(org ledger.ID) (n int, err error) {
	list, _, err := s.Deals.Of(org, 0, tradesOnPage)
	now := s.moment()
	for _, c := range list {
		if slices.ContainsFunc(c.Owed(now), func(o deals.Owed) bool { return o.By == sideOf(c.Negotiation, org) }) {
			n++
		}
	}
	return n, err
}

// sideOf is whose side an organisation is on; the operator's where it is on neither.
func sideOf(n market.Negotiation, org ledger.ID) market.Side {
	switch org {
	case n.Provider:
		return market.Provider
	case n.Consumer:
		return market.Consumer
	}
	return market.Operator
}

// stateName is what pages call a state: they tell a refusal from a withdrawal, and an
// agreement that a wrong delivery ended from one that was revoked.
func stateName(c deals.Course, now ledger.Time) string {
	switch {
	case slices.ContainsFunc(c.Transfers, func(t market.Transfer) bool { return t.Fraud }):
		return "fraud"
	case c.State == market.Terminated && c.Deal == nil:
		return actName(c, market.ActionTerminate, c.By)
	}
	return stateOf(c, now)
}

// stateOf is what to call the state of a negotiation, or of the agreement that it came
// to.
func stateOf(c deals.Course, now ledger.Time) string {
	switch {
	case c.Deal != nil && c.Deal.State != market.Unsigned:
		return string(c.Deal.At(now))
	case !c.State.Over() && now >= c.Expires():
		return "unanswered"
	}
	return string(c.State)
}

// datasetName is a dataset's title, or its number where nobody can read one.
func (s *server) datasetName(ctx context.Context, id ledger.ID) (trace.Text, error) {
	d, err := s.Catalog.Known(ctx, id)
	if ignoreNotFound(err) != nil {
		return trace.Text{}, err
	}
	if err != nil || d.About == nil {
		return trace.Text{VI: id.String()}, nil
	}
	return d.About.Title, nil
}

// courseOf is the negotiation that an address names, and the side that the caller is
// on. What is between others is not there.
func (s *server) courseOf(c echo.Context) (course deals.Course, side market.Side, err error) {
	id, err := idParam(c)
	if err != nil {
		return course, "", err
	}
	if course, err = s.Deals.Negotiation(id); err != nil {
		return course, "", err
	}
	who := callerOf(c.Request().Context())
	side = sideOf(course.Negotiation, who.identity.Org)
	if side == market.Operator && !(who.authority.Kind == ledger.KindOperator && who.authority.may(ledger.RoleAdmin)) {
		return deals.Course{}, "", ledger.Errorf(ledger.NotFound, "there is nothing at this address")
	}
	return course, side, nil
}

func (s *server) tradePage(c echo.Context) error { return s.showTrade(c, http.StatusOK, web.Form{}) }

// showTrade shows a negotiation; f is what was typed where a token is made.
func (s *server) showTrade(c echo.Context, code int, f web.Form) error {
	course, side, err := s.courseOf(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	v, err := s.tradeView(ctx, course, side)
	if err == nil && course.Deal != nil {
		v.Service, err = s.serviceView(ctx, *course.Deal, side, f)
	}
	if err != nil {
		return err
	}
	return show(s, c, code, s.pages.TradePage, v)
}

func (s *server) tradeView(ctx context.Context, c deals.Course, side market.Side) (*web.TradePage, error) {
	now, who := s.moment(), s.parties(ctx)
	v := &web.TradePage{DatasetPath: "/datasets/" + c.Dataset.String(), Dossier: "/trade/" + c.ID.String() + "/dossier.zip", State: stateName(c, now), Reason: c.Reason, Basis: c.Basis}
	var err error
	if v.Dataset, err = s.datasetName(ctx, c.Dataset); err != nil {
		return nil, err
	}
	if v.Provider, err = who(c.Provider); err != nil {
		return nil, err
	}
	if v.Consumer, err = who(c.Consumer); err != nil {
		return nil, err
	}
	if v.Clauses, err = s.clauses(ctx, c.Terms); err != nil {
		return nil, err
	}
	names := map[market.Side]web.Party{market.Provider: v.Provider, market.Consumer: v.Consumer, market.Operator: {Name: trace.Text{VI: s.Ledger.Genesis().Name}}}
	for _, o := range c.Owed(now) {
		v.Owed = append(v.Owed, web.TradeOwed{What: actName(c, o.Action, o.By), By: names[o.By], Mine: o.By == side, Until: o.Until, Late: o.Until != 0 && now >= o.Until})
	}
	if c.State == market.Terminated && side == market.Consumer {
		v.Again = "/trade/new?dataset=" + c.Dataset.String()
	}
	acts := s.actsOf(c, side, now)
	v.Acts = acts[ledger.ID{}]
	if d := c.Deal; d != nil {
		v.Document, v.Version, v.Since, v.Ends = "/ipfs/"+d.Document, d.Version, d.Since, d.Ends()
		if d.Reason != "" {
			v.Reason = d.Reason
		}
		if v.Bill, err = s.billView(ctx, d, side); err != nil {
			return nil, err
		}
		if v.Bill != nil {
			if v.Bill.Evidence, err = s.evidenceView(ctx, c, side, names); err != nil {
				return nil, err
			}
		}
		for _, t := range c.Transfers {
			one := transferView(*d, t, acts[t.ID])
			if one.Work, err = s.workView(ctx, *d, t, side); err != nil {
				return nil, err
			}
			if err := s.holdings(ctx, c, t, side, &one); err != nil {
				return nil, err
			}
			if t.Fraud {
				v.Fraud, v.Reason = true, "" // the contract's own
			}
			v.Transfers = append(v.Transfers, one)
		}
	}
	disputed := false
	for _, m := range c.History {
		said := saidView(m, names[m.Side])
		said.What = actName(c, m.Action, m.Side)
		switch m.Action {
		case market.ActionDispute:
			if disputed {
				said.What = "answer"
			}
			disputed = true
		case market.ActionUphold, market.ActionReturn, market.ActionRefund:
			disputed = false
		}
		v.History = append(v.History, said)
	}
	slices.Reverse(v.History)
	return v, nil
}

// holdings adds to a delivery what its consumer may take of it, or why it may not, and
// the proof that it may hand in.
func (s *server) holdings(ctx context.Context, c deals.Course, t market.Transfer, side market.Side, v *web.TradeTransfer) (err error) {
	if c.Deal.Kind != market.Files || t.State != market.TransferStarted && t.State != market.TransferCompleted {
		return nil
	}
	if v.Withheld, err = s.withheld(ctx, *c.Deal, t); err != nil || v.Withheld != "" || side != market.Consumer {
		return err
	}
	if v.Files, v.Unsound, err = s.filesView(ctx, "/trade/"+c.ID.String(), *c.Deal, t); err != nil || len(v.Unsound) == 0 {
		return err
	}
	acts := v.Acts
	v.Acts = nil
	for _, a := range acts {
		switch a.Name {
		case market.ActionObject:
			v.Prove = a.Path
		case market.ActionComplete: // what is wrong is not to be taken for right by a slip
		default:
			v.Acts = append(v.Acts, a)
		}
	}
	return nil
}

// clauses are terms in plain words.
func (s *server) clauses(ctx context.Context, terms market.Terms) (list []web.Clause, err error) {
	who := s.parties(ctx)
	name := func(id ledger.ID) string {
		p, e := who(id)
		if e != nil {
			err = e
		}
		if p.Name == (trace.Text{}) {
			return id.String()
		}
		return p.Name.VI
	}
	for _, clause := range odrl.Clauses(terms, name) {
		list = append(list, web.Clause{Words: clause.Words, Enforced: clause.Enforced})
	}
	return list, err
}

func (s *server) billView(ctx context.Context, d *market.Deal, side market.Side) (*web.TradeBill, error) {
	b := d.Bill
	if b == nil {
		return nil, nil
	}
	v := &web.TradeBill{
		Amount: dong(b.Amount), State: string(b.State), Reference: b.Reference, Bank: vietqr.Banks[b.To], Account: b.Account, Invoice: b.Number,
		Reason: b.Reason, Refund: b.Refund,
	}
	if v.Bank == "" {
		v.Bank = b.To
	}
	if b.State == market.Billed {
		v.PayBy = d.PayBy()
	}
	if b.State == market.Billed && side == market.Consumer && b.To != "" {
		text, err := vietqr.Encode(vietqr.Transfer{Bank: b.To, Account: b.Account, Amount: b.Amount, Reference: b.Reference})
		if err == nil { // a bill that no code can say is paid by hand
			code, err := drawQR(text)
			if err != nil {
				return nil, err
			}
			v.QR = &code
		}
	}
	if len(b.Portions) > 1 {
		who := s.parties(ctx)
		for _, p := range b.Portions {
			org, err := who(p.Org)
			if err != nil {
				return nil, err
			}
			v.Portions = append(v.Portions, web.TradePortion{Org: org, Amount: dong(p.Amount)})
		}
	}
	return v, nil
}

// price is what terms ask for; empty for nothing.
func price(t market.Terms) string {
	if t.Price == 0 {
		return ""
	}
	return dong(t.Price)
}

func dong(n market.Dong) string { return strconv.FormatInt(int64(n), 10) }

func transferView(d market.Deal, t market.Transfer, acts []web.TradeAct) web.TradeTransfer {
	v := web.TradeTransfer{
		Version: t.Version, State: string(t.State), Requested: t.Requested, Started: t.Started, Reason: t.Reason, Fraud: t.Fraud, Acts: acts,
	}
	switch t.State {
	case market.TransferRequested:
		v.DeliverBy = d.DeliverBy(t)
	case market.TransferStarted, market.TransferSuspended:
		v.ObjectBy = d.ObjectBy(t)
	}
	return v
}

// saidView is a message in plain words.
func saidView(m deals.Message, by web.Party) web.TradeSaid {
	said := ledger.Item{Data: m.Item}
	v := web.TradeSaid{By: by, At: m.Time, Receipt: "/api/v1/receipts/" + strconv.FormatUint(m.Entry, 10)}
	switch m.Action {
	case market.ActionRequest:
		if terms := decoded[market.Request](said).Terms; terms != nil {
			v.Price = price(*terms)
		}
	case market.ActionPropose:
		v.Price = price(decoded[market.Proposal](said).Terms)
	case market.ActionTerminate:
		v.Why = decoded[market.Termination](said).Reason
	case market.ActionSuspend, market.ActionResume, market.ActionRevoke, market.ActionEnd:
		v.Why = decoded[market.Ruling](said).Reason
	case market.ActionPause, market.ActionContinue, market.ActionStop, market.ActionComplete:
		v.Why = decoded[market.TransferNote](said).Reason
	case market.ActionDispute, market.ActionUphold, market.ActionReturn:
		v.Why = decoded[market.MoneyNote](said).Reason
	}
	return v
}

// tradeDisputes lists what the operator is asked to decide.
func (s *server) tradeDisputes(c echo.Context) error {
	ctx := c.Request().Context()
	list, err := s.Deals.Disputes()
	if err != nil {
		return err
	}
	var courses []deals.Course
	for _, d := range list {
		course, err := s.Deals.Negotiation(d.Negotiation)
		if err != nil {
			return err
		}
		courses = append(courses, course)
	}
	v := &web.TradeDisputes{}
	if v.List, err = s.tradeLines(ctx, courses, ledger.ID{}); err != nil {
		return err
	}
	return show(s, c, http.StatusOK, s.pages.TradeDisputes, v)
}
