package dataset_test

import (
	"strings"
	"testing"
	"time"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/contracts/dataset"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
)

// stall is a register with a provider, whose dataset 1 is given under an agreement.
type stall struct {
	*World
	a, b *Org
}

func newStall(t *testing.T) *stall {
	w := New(t, dataset.Contract{})
	s := &stall{World: w, a: w.Admit("a", ledger.KindDataProvider), b: w.Admit("b", ledger.KindCoop)}
	s.Must(s.publish(1, agreed))
	return s
}

// publish publishes a version of dataset 1 with a statement.
func (s *stall) publish(version int, changes ...func(*market.Release)) error {
	r := release(1)
	r.Version = version
	stated(func(*market.Statement) {})(&r)
	for _, change := range changes {
		change(&r)
	}
	return publish(s.World, s.a.Member, r)
}

func do[T any](s *stall, by *Org, action string, summary func(T) string, item T) (out market.Outcome, err error) {
	b, err := s.Submit(by.Member, market.DatasetContract, action, summary(item), trace.Encode(item))
	if err == nil {
		err = trace.Decode(b, &out)
	}
	return out, err
}

func (s *stall) offer(by *Org, o market.Offer) error {
	_, err := do(s, by, market.ActionOffer, market.OfferSummary, o)
	return err
}

func (s *stall) retract(by *Org, offer byte) error {
	_, err := do(s, by, market.ActionRetract, market.RetractSummary, market.Retraction{Offer: ledger.ID{offer}})
	return err
}

func (s *stall) moderate(version int, standing market.Standing) error {
	_, err := do(s, s.Operator, market.ActionModerate, market.ModerateSummary, market.Moderation{Dataset: ledger.ID{1}, Version: version, Standing: standing, Reason: "x"})
	return err
}

func (s *stall) grant(by *Org, g market.Grant) error {
	_, err := do(s, by, market.ActionGrant, market.GrantSummary, g)
	return err
}

// state lets the lookups read what a world holds.
type state struct{ *World }

func (s state) Get(key string) ([]byte, error) {
	if v := s.World.Get(key); v != "" {
		return []byte(v), nil
	}
	return nil, nil
}

func offer(id byte) market.Offer {
	return market.Offer{
		ID: ledger.ID{id}, Dataset: ledger.ID{1}, Policy: CID("policy"),
		Terms: market.Terms{Price: 5_000_000, PayDays: 7, Release: market.OnPayment, Days: 365, Purposes: []market.Purpose{market.PurposeInternal}},
	}
}

func TestOffer(t *testing.T) {
	tests := []struct {
		name   string
		before func(*stall) // happened
		change func(*stall, *market.Offer)
		code   ledger.Code
		field  string
	}{
		{name: "good"},
		{name: "with a share", change: func(s *stall, o *market.Offer) {
			o.Terms.Shares = []market.Share{{Org: s.b.OrgID(), Parts: 2500}}
		}},
		{name: "of no id", change: func(_ *stall, o *market.Offer) { o.ID = ledger.ID{} }, code: ledger.Invalid, field: "id"},
		{name: "of no dataset", change: func(_ *stall, o *market.Offer) { o.Dataset = ledger.ID{9} }, code: ledger.NotFound, field: "dataset"},
		{name: "without a policy", change: func(_ *stall, o *market.Offer) { o.Policy = "" }, code: ledger.Invalid, field: "policy"},
		{name: "that is over", change: func(s *stall, o *market.Offer) { o.Until = s.Now }, code: ledger.Invalid, field: "until"},
		{name: "for less than nothing", change: func(_ *stall, o *market.Offer) { o.Terms.Price = -1 }, code: ledger.Invalid, field: "terms.price"},
		{name: "with a stranger's share", change: func(_ *stall, o *market.Offer) {
			o.Terms.Shares = []market.Share{{Org: ledger.ID{9}, Parts: 1}}
		}, code: ledger.NotFound, field: "terms.shares[0].org"},
		{name: "again", before: func(s *stall) { s.Must(s.offer(s.a, offer(1))) }, code: ledger.Conflict, field: "id"},
		{name: "of what is only listed", before: func(s *stall) {
			s.Must(s.publish(2, func(r *market.Release) { r.Access, r.Files, r.Review = market.Listed, nil, nil }))
		}, code: ledger.Conflict, field: "dataset"},
		{name: "of what is open", before: func(s *stall) { s.Must(s.publish(2)) }},
		{name: "approved", before: func(s *stall) { s.Must(s.moderate(1, market.Approved)) }},
		{name: "refused", before: func(s *stall) { s.Must(s.moderate(1, market.Refused)) }, code: ledger.Forbidden, field: "dataset"},
		{name: "refused and mended", before: func(s *stall) { s.Must(s.moderate(1, market.Refused)); s.Must(s.publish(2, agreed)) }},
		{name: "delisted", before: func(s *stall) { s.Must(s.moderate(1, market.Delisted)) }, code: ledger.Forbidden, field: "dataset"},
		{name: "without a statement", change: func(s *stall, o *market.Offer) {
			r := release(2)
			agreed(&r)
			s.Must(publish(s.World, s.a.Member, r))
			o.Dataset = r.Dataset
		}, code: ledger.Conflict, field: "dataset"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, o := newStall(t), offer(1)
			if test.before != nil {
				test.before(s)
			}
			if test.change != nil {
				test.change(s, &o)
			}
			if err := s.offer(s.a, o); test.code != "" {
				s.Refused(err, test.code, "items[0]."+test.field)
				return
			} else {
				s.Must(err)
			}
			found, err := dataset.FindOffer(state{s.World}, o.ID)
			if err != nil || found.Provider != s.a.OrgID() || found.Policy != o.Policy || found.Terms.Price != o.Terms.Price || !found.Open(s.Now) {
				t.Errorf("%+v, %v", found, err)
			}
		})
	}
}

func TestRetract(t *testing.T) {
	s := newStall(t)
	s.Refused(s.offer(s.b, offer(1)), ledger.Forbidden, "items[0].dataset")
	o := offer(1)
	o.Until = s.Now.Add(time.Hour)
	s.Must(s.offer(s.a, o))
	s.Refused(s.retract(s.a, 2), ledger.NotFound, "items[0].offer")
	s.Refused(s.retract(s.b, 1), ledger.Forbidden, "items[0].offer")
	found, err := dataset.FindOffer(state{s.World}, o.ID)
	if err != nil || !found.Open(s.Now) || found.Open(o.Until) {
		t.Errorf("%+v, %v", found, err)
	}
	s.Must(s.retract(s.a, 1))
	if found, err = dataset.FindOffer(state{s.World}, o.ID); err != nil || found.Open(s.Now) {
		t.Errorf("%+v, %v", found, err)
	}
	s.Refused(s.retract(s.a, 1), ledger.Conflict, "items[0].offer")
	s.Refused(s.offer(s.a, o), ledger.Conflict, "items[0].id")
	if _, err := dataset.FindOffer(state{s.World}, ledger.ID{9}); ledger.CodeOf(err) != ledger.NotFound {
		t.Error(err)
	}
}

// TestStanding takes every decision in every standing.
func TestStanding(t *testing.T) {
	standings := []market.Standing{market.Unjudged, market.Approved, market.Refused, market.Delisted}
	for _, from := range standings {
		for _, to := range append(standings, "lost") {
			s := newStall(t)
			if from != market.Unjudged {
				s.Must(s.moderate(1, from))
			}
			err := s.moderate(1, to)
			switch {
			case !to.Valid():
				s.Refused(err, ledger.Invalid, "items[0].standing")
			case to == from:
				s.Refused(err, ledger.Conflict, "items[0].standing")
			default:
				s.Must(err)
				from := to
				if l, err := dataset.Find(state{s.World}, ledger.ID{1}); err != nil || l.Standing != from || l.Provider != s.a.OrgID() || l.Version != 1 {
					t.Errorf("%+v, %v", l, err)
				}
			}
		}
	}
	s := newStall(t)
	s.Must(s.publish(2, agreed))
	s.Refused(s.moderate(1, market.Approved), ledger.Conflict, "items[0].version")
	s.Refused(s.moderate(0, market.Approved), ledger.NotFound, "items[0].version")
	s.Refused(s.moderate(3, market.Delisted), ledger.NotFound, "items[0].version")
	s.Must(s.moderate(1, market.Delisted))
	m := market.Moderation{Dataset: ledger.ID{9}, Version: 1, Standing: market.Approved, Reason: "x"}
	_, err := do(s, s.Operator, market.ActionModerate, market.ModerateSummary, m)
	s.Refused(err, ledger.NotFound, "items[0].dataset")
	for _, why := range []string{"", strings.Repeat("a", market.MaxReason+1)} {
		m.Dataset, m.Reason, m.Version = ledger.ID{1}, why, 2
		_, err = do(s, s.Operator, market.ActionModerate, market.ModerateSummary, m)
		s.Refused(err, ledger.Invalid, "items[0].reason")
	}
	_, err = do(s, s.a, market.ActionModerate, market.ModerateSummary, m)
	s.Refused(err, ledger.Forbidden, "")
}

// TestStandingOfNextVersion: what the operator decided holds for what is alike.
func TestStandingOfNextVersion(t *testing.T) {
	open := func(r *market.Release) {}
	class := func(c market.Class) func(*market.Release) {
		return func(r *market.Release) { agreed(r); r.Statement.Class = c }
	}
	for _, test := range []struct {
		name   string
		first  func(*market.Release)
		judged market.Standing
		next   func(*market.Release)
		after  market.Standing
	}{
		{"approved", agreed, market.Approved, agreed, market.Approved},
		{"refused", agreed, market.Refused, agreed, market.Unjudged},
		{"opened", agreed, market.Approved, open, market.Approved},
		{"closed", open, market.Approved, agreed, market.Unjudged},
		{"of a higher class", agreed, market.Approved, class(market.Core), market.Unjudged},
		{"of a lower class", class(market.Core), market.Approved, agreed, market.Approved},
	} {
		s := newStall(t)
		s.Must(s.publish(2, test.first))
		s.Must(s.moderate(2, test.judged))
		s.Must(s.publish(3, test.next))
		if l, err := dataset.Find(state{s.World}, ledger.ID{1}); err != nil || l.Standing != test.after {
			t.Errorf("%s: %q, %v", test.name, l.Standing, err)
		}
	}
	s := newStall(t)
	s.Must(s.moderate(1, market.Delisted))
	s.Refused(s.publish(2, agreed), ledger.Forbidden, "items[0].dataset")
	s.Must(s.moderate(1, market.Approved))
	s.Refused(s.publish(2, func(r *market.Release) { r.Kind, r.Files, r.Review = market.API, nil, nil }), ledger.Conflict, "items[0].kind")
	s.Refused(s.publish(2, agreed, func(r *market.Release) { r.Statement = nil }), ledger.Conflict, "items[0].statement")
}

// TestPeople counts whom a provider's releases concern over all its datasets.
func TestPeople(t *testing.T) {
	s := newStall(t)
	people := func(dataset byte, n int64, class market.Class) error {
		r := release(dataset)
		stated(func(st *market.Statement) { st.People, st.Class = n, class })(&r)
		return publish(s.World, s.a.Member, r)
	}
	s.Must(people(2, market.ImportantPeople-1, market.Ordinary))
	s.Refused(people(3, 1, market.Ordinary), ledger.Conflict, "items[0].statement.class")
	s.Must(people(3, 0, market.Ordinary))
	s.Must(people(4, 1, market.Important))
	s.Refused(people(5, market.CorePeople, market.Important), ledger.Conflict, "items[0].statement.class")
	s.Must(people(5, market.CorePeople, market.Core))
	r := release(6) // of somebody else
	stated(func(st *market.Statement) { st.People = 1 })(&r)
	s.Must(publish(s.World, s.b.Member, r))
}

func TestClearing(t *testing.T) {
	s := newStall(t)
	r := release(2)
	r.Review = &market.Review{Profile: CID("profile"), Found: 1}
	clear := func(by *Org, c market.Clearing) error {
		_, err := do(s, by, market.ActionClear, market.ClearSummary, c)
		return err
	}
	good := market.Clearing{Dataset: r.Dataset, Profile: r.Review.Profile, Reason: "numbers of plots"}
	s.Refused(clear(s.a, good), ledger.Forbidden, "")
	s.Refused(clear(s.Operator, market.Clearing{Profile: good.Profile, Reason: "x"}), ledger.Invalid, "items[0].dataset")
	s.Refused(clear(s.Operator, market.Clearing{Dataset: good.Dataset, Profile: "x", Reason: "x"}), ledger.Invalid, "items[0].profile")
	s.Refused(clear(s.Operator, market.Clearing{Dataset: good.Dataset, Profile: good.Profile}), ledger.Invalid, "items[0].reason")
	s.Refused(publish(s.World, s.a.Member, r), ledger.Forbidden, "items[0].review")
	s.Must(clear(s.Operator, good))
	s.Refused(clear(s.Operator, good), ledger.Conflict, "items[0].profile")
	other := release(3) // the clearing is not for it
	other.Review = r.Review
	s.Refused(publish(s.World, s.a.Member, other), ledger.Forbidden, "items[0].review")
	s.Must(publish(s.World, s.a.Member, r))
}

func TestGrant(t *testing.T) {
	s := newStall(t)
	g := market.Grant{Org: s.b.OrgID(), Purpose: market.PurposePublic}
	s.Refused(s.grant(s.a, g), ledger.Forbidden, "items[0].org")
	s.Refused(s.grant(s.Operator, g), ledger.Forbidden, "items[0].org")
	ended := g
	ended.Ended = true
	s.Refused(s.grant(s.b, ended), ledger.Conflict, "items[0].ended")
	s.Refused(s.grant(s.b, market.Grant{Org: g.Org, Purpose: "fun"}), ledger.Invalid, "items[0].purpose")
	s.Refused(s.grant(s.b, market.Grant{Org: g.Org, Purpose: g.Purpose, Until: s.Now}), ledger.Invalid, "items[0].until")
	s.Refused(s.grant(s.b, market.Grant{Org: g.Org, Purpose: g.Purpose, Until: s.Now.Add(time.Hour), Ended: true}), ledger.Invalid, "items[0].until")
	s.Must(s.grant(s.b, g))
	s.Refused(s.grant(s.b, g), ledger.Conflict, "items[0].purpose")
	for _, test := range []struct {
		purpose market.Purpose
		later   time.Duration
		granted bool
	}{{market.PurposePublic, 0, true}, {market.PurposePublic, 1000 * time.Hour, true}, {market.PurposeCommercial, 0, false}} {
		if ok, err := dataset.Granted(state{s.World}, g.Org, test.purpose, s.Now.Add(test.later)); err != nil || ok != test.granted {
			t.Errorf("%+v: %v, %v", test, ok, err)
		}
	}
	g.Until = s.Now.Add(time.Hour)
	s.Must(s.grant(s.b, g))
	if ok, err := dataset.Granted(state{s.World}, g.Org, g.Purpose, g.Until); err != nil || ok {
		t.Errorf("%v, %v", ok, err)
	}
	s.Must(s.grant(s.b, ended))
	if ok, err := dataset.Granted(state{s.World}, g.Org, g.Purpose, s.Now); err != nil || ok {
		t.Errorf("%v, %v", ok, err)
	}
}

func TestFindFile(t *testing.T) {
	s := newStall(t)
	s.Must(s.publish(2))
	f, err := dataset.FindFile(state{s.World}, ledger.ID{1}, 1, CID("file"))
	if err != nil || f.Name != "harvest.csv" || f.Sealed == nil || f.Sealed.Key != (ledger.Hash{3}) {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err := dataset.FindFile(state{s.World}, ledger.ID{1}, 2, CID("file")); ledger.CodeOf(err) != ledger.NotFound {
		t.Error(err)
	}
	if _, err := dataset.Find(state{s.World}, ledger.ID{9}); ledger.CodeOf(err) != ledger.NotFound {
		t.Error(err)
	}
}
