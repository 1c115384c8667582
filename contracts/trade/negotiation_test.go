package trade_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
)

// TestRequests changes one thing of a good request at a time.
func TestRequests(t *testing.T) {
	underOffer := func(in *market.Request) { in.Terms, in.Offer = nil, offer }
	tests := []struct {
		name   string
		change func(c *course, in *market.Request)
		code   ledger.Code // empty where it is legal
		field  string
	}{
		{"own terms", func(*course, *market.Request) {}, "", ""},
		{"under an offer", func(_ *course, in *market.Request) { underOffer(in) }, "", ""},
		{"by law", func(_ *course, in *market.Request) {
			in.Basis, in.Terms = "Điều 12", &market.Terms{Purposes: []market.Purpose{market.PurposePublic}}
		}, "", ""},
		{"by law, for money", func(_ *course, in *market.Request) { in.Basis = "Điều 12" }, ledger.Conflict, "terms.price"},
		{"by law at length", func(_ *course, in *market.Request) { in.Basis = strings.Repeat("x", market.MaxBasis+1) }, ledger.TooLarge, "basis"},
		{"both", func(_ *course, in *market.Request) { in.Offer = offer }, ledger.Invalid, "terms"},
		{"neither", func(_ *course, in *market.Request) { in.Terms = nil }, ledger.Invalid, "terms"},
		{"no such offer", func(_ *course, in *market.Request) { in.Terms, in.Offer = nil, ledger.ID{99} }, ledger.NotFound, "offer"},
		{"an offer of before", func(c *course, in *market.Request) { underOffer(in); c.after(day) }, ledger.Conflict, "offer"},
		{"an offer taken back", func(c *course, in *market.Request) {
			underOffer(in)
			r := market.Retraction{Offer: offer}
			c.Must(c.onDataset(c.provider.Member, market.ActionRetract, market.RetractSummary(r), r))
		}, ledger.Conflict, "offer"},
		{"another dataset's offer", func(c *course, in *market.Request) {
			c.list(ledger.ID{50}, market.Files)
			underOffer(in)
			in.Dataset = ledger.ID{50}
		}, ledger.Conflict, "offer"},
		{"no such dataset", func(_ *course, in *market.Request) { in.Dataset = ledger.ID{99} }, ledger.NotFound, "dataset"},
		{"not approved", func(c *course, in *market.Request) {
			c.publish(ledger.ID{51}, market.Files, 1)
			in.Dataset = ledger.ID{51}
		}, ledger.Forbidden, "dataset"},
		{"taken down", func(c *course, in *market.Request) {
			m := market.Moderation{Dataset: goods, Version: 1, Standing: market.Delisted, Reason: "x"}
			c.Must(c.onDataset(c.Operator.Member, market.ActionModerate, market.ModerateSummary(m), m))
		}, ledger.Forbidden, "dataset"},
		{"open to everybody", func(c *course, in *market.Request) {
			in.Dataset = ledger.ID{52}
			c.open(in.Dataset, market.Open)
		}, ledger.Conflict, "dataset"},
		{"only listed", func(c *course, in *market.Request) {
			in.Dataset = ledger.ID{53}
			c.open(in.Dataset, market.Listed)
		}, ledger.Conflict, "dataset"},
		{"no negotiation", func(c *course, in *market.Request) { c.negotiation, in.Negotiation = ledger.ID{}, ledger.ID{} }, ledger.Invalid, "negotiation"},
		{"terms that cannot be", func(c *course, in *market.Request) { terms := c.terms; terms.Days = -1; in.Terms = &terms }, ledger.Invalid, "terms.days"},
		{"a share for nobody known", func(c *course, in *market.Request) {
			terms := c.terms
			terms.Shares = []market.Share{{Org: ledger.ID{98}, Parts: 1}}
			in.Terms = &terms
		}, ledger.NotFound, "terms.shares[0].org"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newFloor(t).course()
			_, item := c.item(market.ActionRequest)
			in := item.(market.Request)
			test.change(c, &in)
			send := func() error { return c.sendItem(market.Consumer, market.ActionRequest, c.negotiation, in) }
			if test.code != "" {
				c.refused(test.code, "items[0]."+test.field, send)
				return
			}
			c.Must(send())
			if n := c.out.Negotiation; n.Consumer != c.consumer.OrgID() || n.Provider != c.provider.OrgID() || n.Last != c.Now || n.Messages != 1 || n.Basis != in.Basis || n.Offer != in.Offer {
				t.Errorf("%+v", n)
			}
		})
	}
}

// open publishes a dataset that nobody agrees on.
func (f *floor) open(id ledger.ID, access market.Access) {
	f.t.Helper()
	r := market.Release{Dataset: id, Version: 1, Access: access, Licence: "https://example.vn/licence", Description: CID("words")}
	if access == market.Open {
		r.Files, r.Review = []market.File{{Name: "a.csv", Media: "text/csv", CID: CID("open")}}, &market.Review{Profile: CID("profile")}
	}
	f.Must(f.onDataset(f.provider.Member, market.ActionPublish, market.PublishSummary(r), r))
}

// TestLawIsForAgencies: a business is not given access by law, and its own data
// nobody asks for.
func TestLawIsForAgencies(t *testing.T) {
	f := newFloor(t)
	c := f.course()
	in := market.Request{Negotiation: c.negotiation, Dataset: goods, Basis: "Điều 12", Terms: &market.Terms{Purposes: []market.Purpose{market.PurposePublic}}}
	c.refused(ledger.Forbidden, "items[0].basis", func() error { return c.sendItem("", market.ActionRequest, c.negotiation, in) })
	c.refused(ledger.Forbidden, "items[0].dataset", func() error { return c.send(market.Provider, market.ActionRequest) })
	c.Must(c.sendItem(market.Consumer, market.ActionRequest, c.negotiation, in))
	c.refused(ledger.Conflict, "items[0].terms.price", func() error { return c.send(market.Provider, market.ActionPropose) })
}

// TestAgreements: the provider signs nothing but what was put forward last, and the
// consumer the same document.
func TestAgreements(t *testing.T) {
	f := newFloor(t)
	for name, wrongs := range map[string]struct {
		change func(*market.Agreement)
		code   ledger.Code
		field  string
	}{
		"dearer":           {func(in *market.Agreement) { in.Terms.Price++ }, ledger.Conflict, "terms"},
		"for longer":       {func(in *market.Agreement) { in.Terms.Days = 0 }, ledger.Conflict, "terms"},
		"another consumer": {func(in *market.Agreement) { in.Consumer = f.other.OrgID() }, ledger.Conflict, "negotiation"},
		"another provider": {func(in *market.Agreement) { in.Provider = f.other.OrgID() }, ledger.Conflict, "negotiation"},
		"another dataset":  {func(in *market.Agreement) { in.Dataset = ledger.ID{9} }, ledger.Conflict, "negotiation"},
		"a basis":          {func(in *market.Agreement) { in.Basis = "x" }, ledger.Conflict, "negotiation"},
		"a later version":  {func(in *market.Agreement) { in.Version = 2 }, ledger.NotFound, "version"},
		"no version":       {func(in *market.Agreement) { in.Version = 0 }, ledger.NotFound, "version"},
		"no document":      {func(in *market.Agreement) { in.Document = "" }, ledger.Invalid, "document"},
	} {
		c := f.course().do("consumer request")
		t.Run(name, func(t *testing.T) {
			c.refused(wrongs.code, "items[0]."+wrongs.field, func() error { return wrong(c, market.Provider, market.ActionAgree, wrongs.change) })
		})
	}
	c := f.course().do("consumer request", "provider agree")
	c.refused(ledger.Conflict, "items[0].document", func() error {
		return wrong(c, market.Consumer, market.ActionVerify, func(in *market.Verification) { in.Document = CID("another") })
	})
	c.do("consumer verify", "provider finalize")
	if d := c.out.Deal; d.State != market.InForce || d.Since != c.Now || d.Document != c.document {
		t.Errorf("%+v", d)
	}
	again := f.course().do("consumer request")
	again.agreement = c.agreement
	again.refused(ledger.Conflict, "items[0].id", func() error { return again.send(market.Provider, market.ActionAgree) })

	// What counts is what was put forward last, by whichever side.
	c = f.course().do("consumer request")
	dearer := c.terms
	dearer.Price *= 2
	c.Must(wrong(c, market.Provider, market.ActionPropose, func(in *market.Proposal) { in.Terms = dearer }))
	c.do("consumer accept")
	c.refused(ledger.Conflict, "items[0].terms", func() error { return c.send(market.Provider, market.ActionAgree) })
	c.Must(wrong(c, market.Provider, market.ActionAgree, func(in *market.Agreement) { in.Terms = dearer }))

	// A proposal takes the place of the offer that was asked under.
	c = f.course()
	c.Must(wrong(c, market.Consumer, market.ActionRequest, func(in *market.Request) { in.Terms, in.Offer = nil, offer }))
	if c.out.Negotiation.Offer != offer {
		t.Errorf("%+v", c.out.Negotiation)
	}
	c.do("provider propose")
	if !c.out.Negotiation.Offer.IsZero() {
		t.Errorf("%+v", c.out.Negotiation)
	}
}

// TestCrossing: of two messages that cross, the second finds the state of the first.
func TestCrossing(t *testing.T) {
	f := newFloor(t)
	for _, crossing := range []struct {
		path          []string
		first, second string
	}{
		{[]string{"consumer request"}, "consumer terminate", "provider agree"},
		{[]string{"consumer request"}, "provider agree", "consumer request"},
		{[]string{"consumer request", "provider propose"}, "consumer accept", "provider propose"},
		{[]string{"consumer request", "provider propose"}, "provider terminate", "consumer accept"},
		{[]string{"consumer request", "provider agree"}, "provider terminate", "consumer verify"},
		{[]string{"consumer request", "provider agree", "consumer verify"}, "provider finalize", "consumer terminate"},
		{[]string{"consumer request", "provider agree", "consumer verify"}, "consumer terminate", "provider finalize"},
	} {
		c := f.course().do(crossing.path...).do(crossing.first)
		by, action, _ := strings.Cut(crossing.second, " ")
		c.refused(ledger.Conflict, "items[0].negotiation", func() error { return c.send(market.Side(by), action) })
	}
}

// TestSilence: what nobody answered for long, or was talked about too often, can only
// be ended.
func TestSilence(t *testing.T) {
	f := newFloor(t)
	c := f.course().do("consumer request", "provider propose")
	f.after(market.MaxSilence - instant)
	c.do("consumer request")
	f.after(market.MaxSilence)
	c.refused(ledger.Conflict, "items[0].negotiation", func() error { return c.send(market.Provider, market.ActionAgree) })
	c.refused(ledger.Invalid, "items[0].reason", func() error {
		return wrong(c, market.Provider, market.ActionTerminate, func(in *market.Termination) { in.Reason = "" })
	})
	c.do("provider terminate")

	c = f.course()
	for range market.MaxMessages / 2 {
		c.do("consumer request", "provider propose")
	}
	c.refused(ledger.TooLarge, "items[0].negotiation", func() error { return c.send(market.Consumer, market.ActionAccept) })
	c.do("consumer terminate")
	if n := c.out.Negotiation; n.State != market.Terminated || n.Reason != "too dear" || n.By != market.Consumer {
		t.Errorf("%+v", n)
	}
}

// TestExclusive: an exclusive agreement in force and any other rule each other out, and
// when it is over there is room.
func TestExclusive(t *testing.T) {
	f := newFloor(t)
	alone := func(messages ...string) *course {
		t.Helper()
		f.terms.Exclusive = true
		defer func() { f.terms.Exclusive = false }()
		return f.course().do(messages...)
	}
	mine := []string{"consumer request", "provider agree", "consumer verify"}
	first, second := f.course().do(mine...), alone(mine...)
	first.do("provider finalize")
	second.refused(ledger.Conflict, "items[0].terms.exclusive", func() error { return second.send(market.Provider, market.ActionFinalize) })
	first.do("provider suspend")
	second.refused(ledger.Conflict, "items[0].terms.exclusive", func() error { return second.send(market.Provider, market.ActionFinalize) })
	first.do("provider resume", "consumer end")
	second.do("provider finalize")

	third := f.course().do("consumer request")
	third.refused(ledger.Conflict, "items[0].terms.exclusive", func() error { return third.send(market.Provider, market.ActionAgree) })
	f.after(365 * day)
	third.refused(ledger.Conflict, "items[0].negotiation", func() error { return third.send(market.Provider, market.ActionAgree) })
	f.signed()
	f.signed()

	// Of more than a hundred, the rest are known by when the last of them ends.
	f = newFloor(t)
	for range 100 {
		f.signed().do("consumer end")
	}
	f.terms.Days = 10
	f.signed().do("consumer end")
	c := alone("consumer request")
	f.terms.Exclusive = true
	c.refused(ledger.Conflict, "items[0].terms.exclusive", func() error { return c.send(market.Provider, market.ActionAgree) })
	f.after(10 * day)
	c.do("provider agree", "consumer verify", "provider finalize")
}

// TestBids: a bid is answered by whoever has what is sought, while it is open.
func TestBids(t *testing.T) {
	f := newFloor(t)
	b := market.Bid{
		ID: ledger.ID{6}, Org: f.consumer.OrgID(), Description: CID("sought"), Purpose: market.PurposeResearch,
		PassOn: market.PassDerived, Days: 30, Until: f.Now.Add(10 * day),
	}
	c := f.course()
	post := func(by market.Side, change func(*market.Bid)) func() error {
		in := b
		change(&in)
		return func() error { return c.sendItem(by, market.ActionBid, in.ID, in) }
	}
	for field, change := range map[string]func(*market.Bid){
		"id":          func(in *market.Bid) { in.ID = ledger.ID{} },
		"description": func(in *market.Bid) { in.Description = "rice" },
		"purpose":     func(in *market.Bid) { in.Purpose = "" },
		"passOn":      func(in *market.Bid) { in.PassOn = "some" },
		"days":        func(in *market.Bid) { in.Days = -1 },
		"until":       func(in *market.Bid) { in.Until = f.Now },
	} {
		c.refused(ledger.Invalid, "items[0]."+field, post(market.Consumer, change))
	}
	same := func(*market.Bid) {}
	c.refused(ledger.Forbidden, "items[0].org", post("", same))
	c.Must(post(market.Consumer, same)())
	c.refused(ledger.Conflict, "items[0].id", post(market.Consumer, same))
	answer := func(by market.Side, c *course, change func(*market.Proposal)) func() error {
		return func() error {
			return wrong(c, by, market.ActionPropose, func(in *market.Proposal) { in.Bid = b.ID; change(in) })
		}
	}
	good := func(*market.Proposal) {}
	c.refused(ledger.NotFound, "items[0].negotiation", answer(market.Provider, c, func(in *market.Proposal) { in.Bid = ledger.ID{} }))
	c.refused(ledger.NotFound, "items[0].bid", answer(market.Provider, c, func(in *market.Proposal) { in.Bid = ledger.ID{99} }))
	c.refused(ledger.Forbidden, "items[0].dataset", answer("", c, good))
	c.Must(answer(market.Provider, c, good)())
	if n := c.out.Negotiation; n.Consumer != f.consumer.OrgID() || n.Bid != b.ID || n.State != market.Offered {
		t.Errorf("%+v", n)
	}
	c.do("consumer accept", "provider agree", "consumer verify", "provider finalize")

	other := f.course().do("consumer request")
	other.refused(ledger.Conflict, "items[0].dataset", answer(market.Provider, other, good))

	end := func(by market.Side) func() error {
		return func() error {
			return c.sendItem(by, market.ActionClose, b.ID, market.BidClosing{Bid: b.ID, Reason: "met"})
		}
	}
	c.refused(ledger.Forbidden, "items[0]", end(""))
	c.Must(end(market.Consumer)())
	c.refused(ledger.Conflict, "items[0].bid", end(market.Operator))
	late := f.course()
	late.refused(ledger.Conflict, "items[0].bid", answer(market.Provider, late, good))

	b.ID = ledger.ID{7}
	c.Must(post(market.Consumer, same)())
	f.after(10 * day)
	late.refused(ledger.Conflict, "items[0].bid", answer(market.Provider, late, good))
	c.Must(end(market.Operator)())
	if !c.out.Bid.Closed || c.out.Bid.Reason != "met" {
		t.Errorf("%+v", c.out.Bid)
	}
}

// TestMembers: a side's messages take a publisher, and the operator's an administrator.
func TestMembers(t *testing.T) {
	f := newFloor(t)
	c := f.signed()
	without := func(role ledger.Role) []ledger.Role {
		return slices.DeleteFunc(slices.Clone(ledger.Roles), func(r ledger.Role) bool { return r == role })
	}
	for i, who := range []struct {
		org  *Org
		role ledger.Role
	}{{f.provider, ledger.RolePublisher}, {f.Operator, ledger.RoleAdmin}} {
		in := market.Ruling{Agreement: c.agreement, Reason: "x"}
		send := func(m *Member, action string) error {
			_, err := c.Submit(m, market.TradeContract, action, market.TradeSummary(action, c.agreement), trace.Encode(in))
			return err
		}
		helper := f.Enrol(who.org, fmt.Sprint("helper ", i), without(who.role)...)
		c.refused(ledger.Forbidden, "items[0]", func() error { return send(helper, market.ActionSuspend) })
		clerk := f.Enrol(who.org, fmt.Sprint("clerk ", i), who.role)
		c.Must(send(clerk, market.ActionSuspend))
		c.Must(send(clerk, market.ActionResume))
	}
}

func TestTransaction(t *testing.T) {
	c := newFloor(t).course()
	about, in := c.item(market.ActionRequest)
	submit := func(action, summary string, items ...[]byte) func() error {
		return func() error {
			_, err := c.Submit(c.consumer.Member, market.TradeContract, action, summary, items...)
			return err
		}
	}
	words, item := market.TradeSummary(market.ActionRequest, about), trace.Encode(in)
	c.refused(ledger.Invalid, "action", submit("haggle", words, item))
	c.refused(ledger.Invalid, "summary", submit(market.ActionRequest, "Nothing of note", item))
	c.refused(ledger.Invalid, "summary", submit(market.ActionRequest, market.TradeSummary(market.ActionRequest, goods), item))
	c.refused(ledger.Invalid, "items", submit(market.ActionRequest, words, item, item))
	c.refused(ledger.Invalid, "items", submit(market.ActionRequest, words))
	c.refused(ledger.Invalid, "items[0]", submit(market.ActionRequest, words, []byte(`[]`)))
	c.refused(ledger.Invalid, "items[0]", submit(market.ActionRequest, words, append([]byte(" "), item...)))
	c.Must(submit(market.ActionRequest, words, item)())
}
