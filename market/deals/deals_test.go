package deals_test

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/contracts/dataset"
	"github.com/sogoc/sogoc/contracts/trade"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/embedded"
	"github.com/sogoc/sogoc/ledger/ledgertest"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/deals"
	"github.com/sogoc/sogoc/trace"
)

// floor is a register with work that is traded, which needs no keys of files.
type floor struct {
	*contracttest.World
	t                         testing.TB
	ledger                    *embedded.Ledger
	provider, consumer, other *contracttest.Org
	terms                     market.Terms
}

var work = ledger.ID{1}

func newFloor(t testing.TB) *floor {
	t.Helper()
	l, operator := ledgertest.Open(t, contracttest.Contracts(dataset.Contract{}, trade.Contract{})...)
	f := &floor{
		t: t, ledger: l,
		terms: market.Terms{Price: 1000, Release: market.OnPayment, Days: 30, Versions: 1, Purposes: []market.Purpose{market.PurposeAny}},
	}
	f.World = contracttest.Over(t, l.Genesis(), operator, func(tx ledger.Tx) ([]byte, error) {
		e, err := l.Submit(context.Background(), tx)
		if err != nil {
			return nil, err
		}
		return e.Outcome, nil
	})
	f.provider, f.consumer, f.other = f.Admit("provider", ledger.KindDataProvider), f.Admit("consumer", ledger.KindAgency), f.Admit("other", ledger.KindDataBuyer)
	r := market.Release{
		Dataset: work, Version: 1, Kind: market.Service, Access: market.Agreed, Licence: "https://example.vn/licence", Description: contracttest.CID("words"),
		Statement: &market.Statement{Seller: market.SellerEnterprise, Origin: market.OriginOwn, Value: market.Raw, Class: market.Ordinary},
	}
	f.submit(f.provider, market.DatasetContract, market.ActionPublish, market.PublishSummary(r), r)
	m := market.Moderation{Dataset: work, Version: 1, Standing: market.Approved, Reason: "x"}
	f.submit(f.Operator, market.DatasetContract, market.ActionModerate, market.ModerateSummary(m), m)
	return f
}

func (f *floor) submit(by *contracttest.Org, contract, action, summary string, item any) {
	f.t.Helper()
	if _, err := f.Submit(by.Member, contract, action, summary, trace.Encode(item)); err != nil {
		f.t.Fatalf("%s: %v", action, err)
	}
}

// say sends messages of the nth course, written as "provider agree".
func (f *floor) say(n byte, messages ...string) (id ledger.ID) {
	f.t.Helper()
	id = ledger.ID{2, n}
	for _, m := range messages {
		side, action, _ := strings.Cut(m, " ")
		note := market.TransferNote{Transfer: id, Reason: "x"}
		item := map[string]any{
			"request": market.Request{Negotiation: id, Dataset: work, Terms: &f.terms},
			"propose": market.Proposal{Negotiation: id, Dataset: work, Terms: f.terms},
			"accept":  market.Acceptance{Negotiation: id},
			"agree": market.Agreement{
				ID: id, Negotiation: id, Dataset: work, Version: 1, Provider: f.provider.OrgID(), Consumer: f.consumer.OrgID(), Terms: f.terms, Document: contracttest.CID("document"),
			},
			"verify":    market.Verification{Negotiation: id, Document: contracttest.CID("document")},
			"finalize":  market.Finalization{Negotiation: id},
			"terminate": market.Termination{Negotiation: id, Reason: "x"},
			"suspend":   market.Ruling{Agreement: id, Reason: "x"},
			"resume":    market.Ruling{Agreement: id, Reason: "x"},
			"revoke":    market.Ruling{Agreement: id, Reason: "x"},
			"refund":    market.Payment{Agreement: id},
			"bill":      market.Invoice{Agreement: id, Amount: f.terms.Price, Reference: "SG" + id.String()[:4]},
			"pay":       market.Payment{Agreement: id},
			"confirm":   market.MoneyNote{Agreement: id},
			"dispute":   market.MoneyNote{Agreement: id, Reason: "x", Evidence: contracttest.CID("evidence")},
			"uphold":    market.MoneyNote{Agreement: id, Reason: "x"},
			"transfer":  market.TransferRequest{Transfer: id, Agreement: id, Version: 1},
			"start":     market.TransferStart{Transfer: id, Work: []string{contracttest.CID("work")}},
			"pause":     note,
			"complete":  note,
		}[action]
		by := map[string]*contracttest.Org{"provider": f.provider, "consumer": f.consumer, "operator": f.Operator}[side]
		f.submit(by, market.TradeContract, action, market.TradeSummary(action, id), item)
	}
	return id
}

// follow opens the read model, brings it up to the ledger and gives what stops it.
func (f *floor) follow(dir string) (x *deals.Deals, stop func()) {
	f.t.Helper()
	x, err := deals.Open(dir)
	if err != nil {
		f.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- x.Run(ctx, f.ledger) }()
	f.wait(x)
	return x, func() {
		f.t.Helper()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			f.t.Error(err)
		}
		if err := x.Close(); err != nil {
			f.t.Error(err)
		}
	}
}

func (f *floor) wait(x *deals.Deals) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := x.Wait(ctx, f.ledger.Size()); err != nil {
		f.t.Fatal(err)
	}
}

// TestCourse: what is told of a course is all that was said, by whom, and how it was
// left.
func TestCourse(t *testing.T) {
	f := newFloor(t)
	x, stop := f.follow(t.TempDir())
	defer stop()
	said := []string{
		"consumer request", "provider propose", "consumer accept", "provider agree", "consumer verify", "provider finalize",
		"provider bill", "consumer pay", "provider confirm", "consumer transfer", "provider start", "consumer pause",
	}
	id := f.say(1, said...)
	f.wait(x)
	c, err := x.Agreement(id)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.History) != len(said) {
		t.Fatalf("%d messages, of %d", len(c.History), len(said))
	}
	for i, m := range c.History {
		if got := string(m.Side) + " " + m.Action; got != said[i] || m.Entry == 0 || i > 0 && m.Entry <= c.History[i-1].Entry || len(m.Item) == 0 {
			t.Errorf("message %d is %q of entry %d, not %q", i, got, m.Entry, said[i])
		}
	}
	if c.State != market.Finalized || c.Deal.State != market.InForce || c.Deal.Bill.State != market.Confirmed || len(c.Transfers) != 1 || c.Transfers[0].State != market.TransferSuspended {
		t.Errorf("%+v", c)
	}
	same, err := x.Negotiation(id)
	if err != nil || !reflect.DeepEqual(c, same) {
		t.Errorf("by its negotiation it is %+v, %v", same, err)
	}
	if tr, err := x.Transfer(id); err != nil || !reflect.DeepEqual(tr, c.Transfers[0]) {
		t.Errorf("%+v, %v", tr, err)
	}
	for name, err := range map[string]error{
		"agreement":   second(x.Agreement(ledger.ID{9})),
		"negotiation": second(x.Negotiation(ledger.ID{9})),
		"transfer":    second(x.Transfer(ledger.ID{9})),
		"bid":         second(x.Bid(ledger.ID{9})),
	} {
		if ledger.CodeOf(err) != ledger.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestEntitled: nobody is given anything before it is agreed on and paid for, after it
// is over, or beyond what was agreed.
func TestEntitled(t *testing.T) {
	f := newFloor(t)
	x, stop := f.follow(t.TempDir())
	defer stop()
	now := func() ledger.Time { f.wait(x); return ledger.TimeOf(time.Now()) }
	is := func(want bool, what string, org ledger.ID, version int, at ledger.Time) {
		t.Helper()
		a, err := x.Entitled(org, work, version, at)
		if err == nil != want || err != nil && ledger.CodeOf(err) != ledger.Forbidden {
			t.Errorf("%s: %v, %v", what, a, err)
		}
	}
	consumer := f.consumer.OrgID()
	f.say(1, "consumer request", "provider agree", "consumer verify")
	is(false, "not finalized", consumer, 1, now())
	f.say(1, "provider finalize", "provider bill", "consumer pay")
	is(false, "not paid", consumer, 1, now())
	f.say(1, "provider confirm")
	is(true, "paid", consumer, 1, now())
	is(true, "a later version", consumer, 2, now())
	is(false, "an earlier version", consumer, 0, now())
	is(false, "another's", f.other.OrgID(), 1, now())
	is(false, "its own provider's", f.provider.OrgID(), 1, now())
	is(false, "after its term", consumer, 1, now().Add(31*24*time.Hour))
	f.say(1, "provider suspend")
	is(false, "suspended", consumer, 1, now())
	f.say(1, "provider resume")
	is(true, "resumed", consumer, 1, now())
	if _, err := x.Entitled(consumer, ledger.ID{9}, 1, now()); ledger.CodeOf(err) != ledger.Forbidden {
		t.Errorf("another dataset: %v", err)
	}
}

// TestLists: each organisation finds its own, the last begun first, a page at a time;
// the operator finds what it is asked about.
func TestLists(t *testing.T) {
	f := newFloor(t)
	x, stop := f.follow(t.TempDir())
	defer stop()
	for n := byte(1); n <= 5; n++ {
		f.say(n, "consumer request")
	}
	f.say(3, "provider agree", "consumer verify", "provider finalize", "provider bill", "consumer pay", "consumer dispute")
	f.wait(x)
	for _, org := range []ledger.ID{f.consumer.OrgID(), f.provider.OrgID()} {
		var got []byte
		var page deals.Page
		for {
			list, next, err := x.Of(org, page, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range list {
				got = append(got, c.ID[1])
				if (c.Deal != nil) != (c.ID[1] == 3) {
					t.Errorf("%+v", c)
				}
			}
			if page = next; page == 0 {
				break
			}
		}
		if !bytes.Equal(got, []byte{5, 4, 3, 2, 1}) {
			t.Errorf("%v", got)
		}
	}
	if list, _, err := x.Of(f.other.OrgID(), 0, 10); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	if list, err := x.Disputes(); err != nil || len(list) != 1 || list[0].Bill.State != market.Disputed {
		t.Errorf("%+v, %v", list, err)
	}
	for cid, orgs := range map[string][]*contracttest.Org{
		contracttest.CID("document"): {f.provider, f.consumer},
		contracttest.CID("evidence"): {f.provider, f.consumer},
	} {
		for _, o := range []*contracttest.Org{f.provider, f.consumer, f.other} {
			ok, err := x.Readable(cid, as(o.OrgID()))
			if want := o == orgs[0] || o == orgs[1]; err != nil || ok != want {
				t.Errorf("%s reads %s: %v, %v", o.Name, cid, ok, err)
			}
		}
	}
	f.say(3, "operator uphold")
	f.wait(x)
	if list, err := x.Disputes(); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
}

func as(org ledger.ID) func(ledger.ID) bool {
	return func(id ledger.ID) bool { return id == org }
}

// TestBids: everybody finds a bid, and reads what describes it.
func TestBids(t *testing.T) {
	f := newFloor(t)
	x, stop := f.follow(t.TempDir())
	defer stop()
	for n := byte(1); n <= 3; n++ {
		b := market.Bid{ID: ledger.ID{3, n}, Org: f.consumer.OrgID(), Description: contracttest.CID("sought"), Purpose: market.PurposeAny, Until: f.Now.Add(240 * time.Hour)}
		f.submit(f.consumer, market.TradeContract, market.ActionBid, market.TradeSummary(market.ActionBid, b.ID), b)
	}
	c := market.BidClosing{Bid: ledger.ID{3, 2}, Reason: "met"}
	f.submit(f.consumer, market.TradeContract, market.ActionClose, market.TradeSummary(market.ActionClose, c.Bid), c)
	f.wait(x)
	first, next, err := x.Bids(0, 2, nil)
	if err != nil || len(first) != 2 || first[0].ID[1] != 3 || !first[1].Closed || next == 0 {
		t.Fatalf("%+v, %d, %v", first, next, err)
	}
	if rest, next, err := x.Bids(next, 2, nil); err != nil || len(rest) != 1 || rest[0].ID[1] != 1 || next != 0 {
		t.Errorf("%+v, %d, %v", rest, next, err)
	}
	some, next, err := x.Bids(0, 2, func(b market.BidRecord) (bool, error) { return !b.Closed, nil })
	if err != nil || len(some) != 2 || some[0].ID[1] != 3 || some[1].ID[1] != 1 || next != 0 {
		t.Errorf("%+v, %d, %v", some, next, err)
	}
	if b, err := x.Bid(c.Bid); err != nil || b.Reason != "met" {
		t.Errorf("%+v, %v", b, err)
	}
	for _, org := range []ledger.ID{{}, f.other.OrgID()} {
		if ok, err := x.Readable(contracttest.CID("sought"), as(org)); err != nil || !ok {
			t.Errorf("%v, %v", ok, err)
		}
	}
}

// TestAnswers: a bid's answers are those that name it, and are listed for who may see them,
// the last first.
func TestAnswers(t *testing.T) {
	f := newFloor(t)
	x, stop := f.follow(t.TempDir())
	defer stop()
	b := market.Bid{ID: ledger.ID{3}, Org: f.consumer.OrgID(), Description: contracttest.CID("sought"), Purpose: market.PurposeAny, Until: f.Now.Add(240 * time.Hour)}
	f.submit(f.consumer, market.TradeContract, market.ActionBid, market.TradeSummary(market.ActionBid, b.ID), b)
	for n := byte(1); n <= 2; n++ {
		p := market.Proposal{Negotiation: ledger.ID{2, n}, Dataset: work, Bid: b.ID, Terms: f.terms}
		f.submit(f.provider, market.TradeContract, market.ActionPropose, market.TradeSummary(market.ActionPropose, p.Negotiation), p)
	}
	f.say(1, "consumer accept", "provider agree")
	f.say(7, "consumer request")
	f.wait(x)
	for org, want := range map[ledger.ID]int{f.consumer.OrgID(): 2, f.provider.OrgID(): 2, f.other.OrgID(): 0} {
		list, err := x.Answers(b.ID, 9, func(n market.Negotiation) bool { return n.Provider == org || n.Consumer == org })
		if err != nil || len(list) != want {
			t.Errorf("%s sees %+v, %v", org, list, err)
		}
		if want > 0 && (list[0].ID[1] != 2 || list[1].State != market.AgreedOn || list[1].Deal == nil) {
			t.Errorf("%s sees %+v", org, list)
		}
	}
	if list, err := x.Answers(b.ID, 1, func(market.Negotiation) bool { return true }); err != nil || len(list) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestOwed: what is waited for is what the tables let the side do, and has its time.
func TestOwed(t *testing.T) {
	f := newFloor(t)
	x, stop := f.follow(t.TempDir())
	defer stop()
	owed := func(n byte, later time.Duration) string {
		t.Helper()
		f.wait(x)
		c, err := x.Negotiation(ledger.ID{2, n})
		if err != nil {
			t.Fatal(err)
		}
		var words []string
		for _, o := range c.Owed(ledger.TimeOf(time.Now()).Add(later)) {
			words = append(words, string(o.By)+" "+o.Action)
			if o.Action == market.ActionStart && o.Until != c.Deal.DeliverBy(c.Transfers[0]) || o.Action == market.ActionComplete && o.Until != c.Deal.ObjectBy(c.Transfers[0]) {
				t.Errorf("%+v", o)
			}
		}
		return strings.Join(words, ", ")
	}
	for _, step := range []struct{ said, then string }{
		{"consumer request", "provider agree"},
		{"provider propose", "consumer accept"},
		{"consumer accept", "provider agree"},
		{"provider agree", "consumer verify"},
		{"consumer verify", "provider finalize"},
		{"provider finalize", "provider bill"},
		{"provider bill", "consumer pay"},
		{"consumer transfer", "consumer pay"},
		{"consumer pay", "provider confirm"},
		{"provider confirm", "provider start"},
		{"provider start", "consumer complete"},
		{"consumer dispute", "operator uphold, consumer complete"},
		{"operator uphold", "consumer complete"},
		{"consumer complete", ""},
	} {
		f.say(1, step.said)
		if got := owed(1, 0); got != step.then {
			t.Errorf("after %q: %q, not %q", step.said, got, step.then)
		}
	}
	f.say(2, "consumer request")
	if got := owed(2, market.MaxSilence+time.Hour); got != "" {
		t.Errorf("long after: %q", got)
	}
	f.say(3, "consumer request", "provider agree", "consumer verify", "provider finalize", "provider bill", "provider confirm", "consumer transfer", "provider start")
	if got := owed(3, 8*24*time.Hour); got != "provider settle" {
		t.Errorf("when the time to object is over: %q", got)
	}
}

// TestLegal: what is offered to a side is what the contract takes from it.
func TestLegal(t *testing.T) {
	f := newFloor(t)
	x, stop := f.follow(t.TempDir())
	defer stop()
	legal := func(n byte, by market.Side, later time.Duration) string {
		t.Helper()
		f.wait(x)
		c, err := x.Negotiation(ledger.ID{2, n})
		if err != nil {
			t.Fatal(err)
		}
		var words []string
		for _, l := range c.Legal(by, ledger.TimeOf(time.Now()).Add(later)) {
			words = append(words, l.Action)
		}
		return strings.Join(words, " ")
	}
	for _, step := range []struct{ said, provider, consumer string }{
		{"consumer request", "agree propose terminate", "terminate"},
		{"provider propose", "terminate", "accept request terminate"},
		{"consumer accept", "agree terminate", "terminate"},
		{"provider agree", "terminate", "verify terminate"},
		{"consumer verify", "finalize terminate", "terminate"},
		{"provider finalize", "bill suspend revoke", "transfer end"},
		{"consumer transfer", "stop bill suspend revoke", "stop transfer end"},
		{"provider bill", "stop confirm dispute suspend revoke", "stop transfer pay dispute end"},
		{"provider confirm", "start stop refund suspend revoke", "stop transfer dispute end"},
		{"provider start", "pause stop refund suspend revoke", "complete object pause stop transfer dispute end"},
		{"consumer pause", "stop refund suspend revoke", "continue object stop transfer dispute end"},
	} {
		f.say(1, step.said)
		if got := legal(1, market.Provider, 0); got != step.provider {
			t.Errorf("after %q the provider may %q, not %q", step.said, got, step.provider)
		}
		if got := legal(1, market.Consumer, 0); got != step.consumer {
			t.Errorf("after %q the consumer may %q, not %q", step.said, got, step.consumer)
		}
	}
	if got := legal(1, market.Operator, 0); got != "suspend revoke" {
		t.Errorf("the operator may %q", got)
	}
	f.say(2, "consumer request")
	if got := legal(2, market.Provider, market.MaxSilence+time.Hour); got != "terminate" {
		t.Errorf("long after, the provider may %q", got)
	}
}

// TestRebuilt: what grew with the ledger, what was opened again and what was built anew
// hold the same.
func TestRebuilt(t *testing.T) {
	f := newFloor(t)
	dir, fresh := t.TempDir(), t.TempDir()
	_, stop := f.follow(dir)
	f.say(1, "consumer request", "provider agree", "consumer verify", "provider finalize", "provider bill", "consumer dispute")
	stop()
	f.say(1, "operator uphold", "consumer transfer", "provider start")
	f.say(2, "consumer request", "provider terminate")
	again, stop := f.follow(dir)
	f.say(1, "consumer complete")
	f.wait(again)
	stop()
	_, stop = f.follow(fresh)
	stop()
	one, other := contents(t, dir), contents(t, fresh)
	if len(one) < 10 || !reflect.DeepEqual(one, other) {
		t.Errorf("%d keys and %d keys, or other values", len(one), len(other))
	}
	elsewhere := newFloor(t)
	x, stop := elsewhere.follow(dir)
	defer stop()
	if _, err := x.Negotiation(ledger.ID{2, 1}); ledger.CodeOf(err) != ledger.NotFound {
		t.Errorf("of another register it knows %v", err)
	}
}

func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	c, err := deals.OpenContents(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Tables(); err != nil {
		t.Error(err)
	}
	all := map[string]string{}
	for k, v := range c.All() {
		all[string(k)] = string(v)
	}
	if c.Err() != nil || c.Height == 0 {
		t.Errorf("height %d, %v", c.Height, c.Err())
	}
	return all
}
