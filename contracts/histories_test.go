package contracts_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/contracts/dataset"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
)

// TestRandomHistories lets organisations and strangers do anything with all contracts
// of a register: whoever is suspended, revoked or unknown gets nothing done, and a
// device nothing but what it is for; nobody records for somebody without a mandate;
// every organisation keeps an administrator who can act; a refusal says what is wrong
// with the input and leaves nothing, and time goes on.
func TestRandomHistories(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := newHistory(t)
		for range rapid.IntRange(10, 60).Draw(rt, "steps") {
			h.step(rt)
		}
	})
}

type history struct {
	*World
	rt      *rapid.T
	orgs    []*Org
	members []*Member
	facts   []trace.Fact
	payload int
	by      *Member // who does something
	what    string  // is being done
	given   []mandate
	out     map[ledger.ID]bool             // organisations and members that are suspended
	revoked map[ledger.Address]bool        // keys, and those that were never enrolled
	devices map[ledger.Address]ledger.Time // keys that capture and do nothing else, until a time
	agents  map[[2]ledger.ID]bool          // mandates that are in force, by member and agent
	roles   map[ledger.ID][]ledger.Role    // of members
	cleared map[ledger.ID]bool             // datasets whose profile the operator let through
	people  map[ledger.ID]int64            // whom an organisation's releases concern
}

func newHistory(t *testing.T) *history {
	h := &history{
		World: New(t, dataset.Contract{}), out: map[ledger.ID]bool{}, revoked: map[ledger.Address]bool{},
		devices: map[ledger.Address]ledger.Time{}, agents: map[[2]ledger.ID]bool{}, roles: map[ledger.ID][]ledger.Role{},
		cleared: map[ledger.ID]bool{}, people: map[ledger.ID]int64{},
	}
	for _, o := range []*Org{
		h.NewOrg("coop", ledger.KindCoop), h.NewOrg("house", ledger.KindHousehold),
		h.NewOrg("agency", ledger.KindAgency), h.NewOrg("data", ledger.KindDataProvider),
	} {
		h.orgs, h.members, h.revoked[o.Address()] = append(h.orgs, o), append(h.members, o.Member), true
		h.roles[o.ID] = ledger.Roles
	}
	h.roles[h.Operator.ID] = ledger.Roles
	h.members = append(h.members, h.Operator.Member)
	return h
}

// mandate was given, whether it is withdrawn or not.
type mandate struct {
	principal *Member
	agent     ledger.ID
}

// number is one of few, so that the same things come up again.
func (h *history) number(label string, n int) int { return rapid.IntRange(1, n).Draw(h.rt, label) }
func (h *history) org() *Org                      { return rapid.SampledFrom(h.orgs).Draw(h.rt, "org") }
func (h *history) yes() bool                      { return rapid.Bool().Draw(h.rt, "yes") }

// step has somebody do something, and checks what came of it.
func (h *history) step(rt *rapid.T) {
	h.rt = rt
	h.Now = h.Now.Add(time.Duration(h.number("seconds", 5000)) * time.Second)
	before := h.State()
	by := rapid.SampledFrom(h.members).Draw(rt, "by")
	if h.number("by the operator", 3) == 1 {
		by = h.Operator.Member
	}
	h.by = by
	done, err := h.act(by)
	by = h.by
	if err == nil {
		if h.out[by.Org] || h.out[by.ID] || h.revoked[by.Address()] {
			rt.Fatalf("somebody who is suspended, revoked or unknown did it")
		}
		if until, ok := h.devices[by.Address()]; ok && (h.what != "capture" || h.Now >= until) {
			rt.Fatalf("a device did %s, until %s", h.what, until)
		}
		done()
		h.administered()
		return
	}
	var e *ledger.Error
	if !errors.As(err, &e) || e.Code == ledger.Internal || e.Code == ledger.Unavailable {
		rt.Fatalf("%v is not a refusal", err)
	}
	if !maps.Equal(before, h.State()) {
		rt.Fatalf("a refused transaction left something: %v", err)
	}
}

// act submits a transaction; done says what it means when it is recorded.
func (h *history) act(by *Member) (done func(), err error) {
	nothing := func() {}
	h.what = rapid.SampledFrom([]string{
		"admit", "admit", "admit", "refuse", "stand", "host", "enrol", "member", "member", "profile", "rotate", "device", "mandate", "mandate", "revoke", "prefix", "prefix", "place", "place", "product", "product", "list", "erase",
		"capture", "capture", "capture", "capture", "recall", "certify",
		"publish", "publish", "publish", "offer", "offer", "retract", "moderate", "moderate", "clear", "grant", "grant",
	}).Draw(h.rt, "what")
	switch h.what {
	case "refuse":
		r := trace.Refusal{Org: h.org().Org, Dossier: ledger.Hash{byte(h.number("dossier", 3))}, Reason: "x"}
		return nothing, h.direct(by, trace.ActionRefuse, r)
	case "member":
		m := rapid.SampledFrom(h.members).Draw(h.rt, "member")
		roles := [][]ledger.Role{ledger.Roles, {ledger.RoleAdmin, ledger.RoleRecorder}, {ledger.RoleRecorder}}[h.number("roles", 3)-1]
		c := trace.MemberChange{Member: m.ID, Roles: roles, Suspended: h.yes(), Reason: "x"}
		return func() { h.out[m.ID], h.roles[m.ID] = c.Suspended, roles }, h.direct(by, trace.ActionMember, c)
	case "profile":
		o := h.org()
		p := trace.OwnProfile{Org: o.Org, Profile: h.words()}
		own := func() {
			switch {
			case by.Org != o.Org || !slices.Contains(h.roles[by.ID], ledger.RoleAdmin):
				h.rt.Fatalf("somebody else described %s anew", o.Name)
			case o.Kind.Natural() && !p.Profile.Sealed:
				h.rt.Fatalf("who %s is, is in the open", o.Name)
			}
		}
		return own, h.direct(by, trace.ActionProfile, p)
	case "rotate":
		next := h.NextKey(by, fmt.Sprint("key ", h.number("key", 9)))
		rotated := func() {
			h.members = append(h.members, next)
			h.revoked[by.Address()] = true
			delete(h.revoked, next.Address())
		}
		return rotated, h.direct(by, trace.ActionRotate, trace.NewMember{Member: next.Enrolment(h.roles[by.ID]...)})
	case "device":
		next := h.NextKey(by, fmt.Sprint("key ", h.number("key", 9)))
		until := h.Now.Add(time.Duration(h.number("until", 5)) * time.Hour)
		added := func() {
			h.members = append(h.members, next)
			h.devices[next.Address()] = until
			delete(h.revoked, next.Address())
		}
		return added, h.direct(by, trace.ActionDevice, trace.DeviceKey{
			Member: next.Enrolment(h.roles[by.ID]...), Actions: []string{"traceability/capture"}, Until: until,
		})
	case "mandate":
		m := trace.Mandate{Member: by.ID, Agent: h.org().Org, Withdrawn: h.number("withdrawn", 3) == 1}
		if !m.Withdrawn {
			m.Actions = []string{"traceability/capture"}
		}
		given := func() {
			h.agents[[2]ledger.ID{m.Member, m.Agent}] = !m.Withdrawn
			h.given = append(h.given, mandate{by, m.Agent})
		}
		return given, h.direct(by, trace.ActionMandate, m)
	case "admit":
		o := h.org()
		a := o.Admission()
		a.Dossier = ledger.Hash{byte(h.number("dossier", 3))}
		return func() { delete(h.revoked, o.Address()) }, h.direct(by, trace.ActionAdmit, a)
	case "stand":
		s := trace.Standing{Org: h.org().Org, Suspended: h.yes(), Reason: "x"}
		return func() { h.out[s.Org] = s.Suspended }, h.direct(by, trace.ActionStand, s)
	case "host":
		return nothing, h.direct(by, trace.ActionHost, trace.Hosting{Org: h.org().Org, Host: "Org1MSP", Reason: "x"})
	case "enrol":
		m := h.NewOrg(fmt.Sprint("clerk", h.number("clerk", 4)), ledger.KindCoop).Member
		m.Org = by.Org
		roles := []ledger.Role{ledger.RoleRecorder}
		if h.roles[m.ID] != nil {
			roles = h.roles[m.ID]
		}
		enrolled := func() { h.members = append(h.members, m); h.roles[m.ID] = roles; delete(h.revoked, m.Address()) }
		return enrolled, h.direct(by, trace.ActionEnrol, trace.NewMember{Member: m.Enrolment(roles...)})
	case "revoke":
		m := rapid.SampledFrom(h.members).Draw(h.rt, "member")
		return func() { h.revoked[m.Address()] = true }, h.direct(by, trace.ActionRevoke, trace.KeyRevocation{Key: m.Address(), Reason: "lost"})
	case "prefix":
		o := h.org()
		return nothing, h.direct(by, trace.ActionPrefix, trace.Prefix{Org: o.Org, GS1: o.Prefix, Evidence: "GS1"}, trace.Prefix{Org: o.Org, Issuer: o.Issuer})
	case "place":
		return nothing, h.direct(by, trace.ActionPlace, trace.Place{ID: h.org().GLN(h.number("place", 2)), Kind: trace.PlaceShop, Commune: "07234", Profile: h.words()})
	case "product":
		return nothing, h.direct(by, trace.ActionProduct, trace.Product{
			ID: h.org().GTIN(h.number("product", 2)), Unit: "KGM", Tolerance: trace.Ratio{Num: 2, Den: 100}, HardCap: trace.Ratio{Num: 10, Den: 100}, Profile: h.words(),
		})
	case "list":
		return nothing, h.direct(by, trace.ActionList, trace.List{Name: "crops", Version: h.number("version", 4), Payload: CID("list")})
	case "erase":
		return nothing, h.direct(by, trace.ActionErase, trace.Erasure{Payload: CID(fmt.Sprint("words ", h.number("payload", h.payload+1))), Reason: "asked for"})
	case "capture":
		f := h.fact()
		done := func() { h.facts = append(h.facts, f) }
		if h.number("on behalf", 2) == 1 && len(h.given) > 0 {
			g := rapid.SampledFrom(h.given).Draw(h.rt, "mandate")
			if of := h.membersOf(g.agent); len(of) > 0 {
				by = rapid.SampledFrom(of).Draw(h.rt, "agent")
				h.by = by
			}
			f.OnBehalf = &g.principal.ID
			done = func() { h.behalf(by, g.principal); h.facts = append(h.facts, f) }
		}
		_, err := h.CaptureBy(by, f)
		return done, err
	case "recall":
		r := trace.Recall{Target: h.lot(), Lift: h.yes(), Reason: "x"}
		_, err := h.Submit(by, trace.Contract, trace.ActionRecall, trace.RecallSummary([]trace.Recall{r}), trace.Encode(r))
		return nothing, err
	case "certify":
		c := trace.Certificate{
			ID: fmt.Sprint("C-", h.number("certificate", 3)), Scheme: trace.SchemeOCOP, Number: "1", Holder: h.org().Org,
			Stars: h.number("stars", 6), From: h.Now, Until: h.Now.Add(time.Hour),
		}
		if h.yes() {
			c.Scheme, c.Stars, c.Targets = rapid.SampledFrom([]string{trace.SchemeLaboratory, trace.SchemeFoodSafety}).Draw(h.rt, "scheme"), 0, []trace.ID{h.lot()}
			c.From = c.From.Add(-time.Duration(h.number("hours", 48)) * time.Hour)
		}
		if c.Scheme == trace.SchemeLaboratory {
			c.Tested, c.Result = "x", rapid.SampledFrom([]string{trace.ResultMet, trace.ResultFailed}).Draw(h.rt, "result")
		}
		switch h.number("step", 6) {
		case 1:
			c.Suspended = "x"
		case 2:
			c.Reinstated = "x"
		case 3:
			c.Revoked = "x"
		}
		_, err := h.Submit(by, trace.Contract, trace.ActionCertify, trace.CertifySummary([]trace.Certificate{c}), trace.Encode(c))
		return nothing, err
	}
	return h.trade(by)
}

// trade does something with datasets: whoever did it may, and who may is judged by the
// record alone.
func (h *history) trade(by *Member) (done func(), err error) {
	id := ledger.ID{byte(h.number("dataset", 2))}
	l, _ := dataset.Find(stateOf{h.World}, id)
	only := func(org ledger.ID, role ledger.Role) func() {
		return func() {
			if by.Org != org || !slices.Contains(h.roles[by.ID], role) {
				h.rt.Fatalf("somebody did %s who may not", h.what)
			}
		}
	}
	switch h.what {
	case "offer":
		o := market.Offer{ID: ledger.ID{byte(h.number("offer", 3))}, Dataset: id, Policy: CID("policy"), Terms: market.Terms{Purposes: []market.Purpose{market.PurposeAny}}}
		if h.yes() {
			o.Terms.Price, o.Terms.Shares = 1000, []market.Share{{Org: h.org().Org, Parts: h.number("parts", market.Whole)}}
		}
		offered := func() {
			only(l.Provider, ledger.RolePublisher)()
			if l.Standing == market.Refused || l.Standing == market.Delisted || l.Class == "" {
				h.rt.Fatalf("what is %q, of class %q, was offered", l.Standing, l.Class)
			}
		}
		return offered, submit(h, by, market.ActionOffer, market.OfferSummary, o)
	case "retract":
		r := market.Retraction{Offer: ledger.ID{byte(h.number("offer", 3))}}
		o, _ := dataset.FindOffer(stateOf{h.World}, r.Offer)
		return only(o.Provider, ledger.RolePublisher), submit(h, by, market.ActionRetract, market.RetractSummary, r)
	case "moderate":
		m := market.Moderation{
			Dataset: id, Version: h.number("version", 3), Reason: "x",
			Standing: rapid.SampledFrom([]market.Standing{market.Approved, market.Refused, market.Delisted}).Draw(h.rt, "standing"),
		}
		return only(h.Operator.Org, ledger.RoleAdmin), submit(h, by, market.ActionModerate, market.ModerateSummary, m)
	case "clear":
		c := market.Clearing{Dataset: id, Profile: CID("profile"), Reason: "x"}
		return func() { only(h.Operator.Org, ledger.RoleAdmin)(); h.cleared[id] = true }, submit(h, by, market.ActionClear, market.ClearSummary, c)
	case "grant":
		g := market.Grant{Org: h.org().Org, Purpose: market.PurposePublic, Ended: h.yes()}
		return only(g.Org, ledger.RoleAdmin), submit(h, by, market.ActionGrant, market.GrantSummary, g)
	}
	r := market.Release{
		Dataset: id, Version: h.number("version", 3), Licence: "https://creativecommons.org/licenses/by/4.0/",
		Description: CID("words"), Files: []market.File{{Name: "harvest.csv", Media: "text/csv", Bytes: 120, CID: CID("file")}},
	}
	if h.yes() {
		r.Statement = &market.Statement{Seller: market.SellerOther, Origin: market.OriginOwn, Value: market.Raw, Class: market.Ordinary, People: int64(h.number("people", 60_000))}
	}
	if h.yes() {
		r.Review = &market.Review{Profile: CID("profile"), Found: h.number("found", 2) - 1}
	}
	published := func() {
		switch {
		case !slices.Contains(h.roles[by.ID], ledger.RolePublisher), r.Version > 1 && by.Org != l.Provider:
			h.rt.Fatalf("somebody published who may not")
		case l.Standing == market.Delisted:
			h.rt.Fatalf("a version of what was delisted was published")
		case r.Review == nil:
			h.rt.Fatalf("what nobody looked at was published")
		case r.Review.Found > 0 && !h.cleared[id]:
			h.rt.Fatalf("what nobody cleared was published")
		}
		if r.Statement != nil {
			if h.people[by.Org] += r.Statement.People; h.people[by.Org] >= market.ImportantPeople {
				h.rt.Fatalf("data about %d people was published as ordinary", h.people[by.Org])
			}
		}
	}
	return published, submit(h, by, market.ActionPublish, market.PublishSummary, r)
}

func submit[T any](h *history, by *Member, action string, summary func(T) string, item T) error {
	_, err := h.Submit(by, market.DatasetContract, action, summary(item), trace.Encode(item))
	return err
}

// stateOf lets what reads a state read a world's.
type stateOf struct{ *World }

func (s stateOf) Get(key string) ([]byte, error) {
	if v := s.World.Get(key); v != "" {
		return []byte(v), nil
	}
	return nil, nil
}

func (h *history) membersOf(org ledger.ID) (list []*Member) {
	for _, m := range h.members {
		if m.Org == org {
			list = append(list, m)
		}
	}
	return list
}

// behalf ends the test when somebody recorded for a principal that did not let them.
func (h *history) behalf(by, principal *Member) {
	if !h.agents[[2]ledger.ID{principal.ID, by.Org}] || h.out[principal.ID] || h.out[principal.Org] {
		h.rt.Fatalf("somebody recorded for another without a mandate, or for one who is suspended")
	}
}

// administered ends the test when an organisation is left without an administrator
// who can act.
func (h *history) administered() {
	has := map[ledger.ID]bool{}
	for _, m := range h.members {
		_, device := h.devices[m.Address()]
		can := !device && !h.revoked[m.Address()] && !h.out[m.ID] && slices.Contains(h.roles[m.ID], ledger.RoleAdmin)
		has[m.Org] = has[m.Org] || can
	}
	for _, o := range append(h.orgs, h.Operator) {
		if h.roles[o.ID] != nil && h.Get("rg|org|"+o.Org.String()) != "" && !has[o.Org] {
			h.rt.Fatalf("%s is left without an administrator", o.Name)
		}
	}
}

func (h *history) direct(by *Member, action string, items ...any) error {
	_, err := h.Directory(by, action, items...)
	return err
}

// words are a profile's, sometimes.
func (h *history) words() *trace.Describes {
	if h.yes() {
		return nil
	}
	h.payload++
	d := &trace.Describes{Payload: CID(fmt.Sprint("words ", h.payload)), Sealed: h.yes()}
	if h.yes() {
		h.payload++
		d.Image = CID(fmt.Sprint("words ", h.payload))
	}
	return d
}

func (h *history) lot() trace.ID {
	return Lot(h.org().GTIN(h.number("product", 2)), fmt.Sprint("L", h.number("lot", 2)))
}

func (h *history) fact() trace.Fact {
	some := Of(h.lot(), fmt.Sprintf("%d KGM", h.number("kg", 50)))
	switch h.number("fact", 8) {
	case 1:
		return h.Ship(h.org().GLN(1), some)
	case 2:
		return h.Receive(some)
	case 3:
		return h.Sell(some)
	case 4:
		if len(h.facts) > 0 {
			return h.Wrong(rapid.SampledFrom(h.facts).Draw(h.rt, "wrong"))
		}
	case 5:
		return h.Treat(h.number("wait", 3), some.ID)
	case 6:
		f := h.Transform([]trace.Stock{some}, []trace.Stock{Of(h.lot(), "1 KGM")})
		if h.yes() {
			f.Disposition = trace.DispositionConformant
		}
		return f
	}
	return h.Commission(some)
}
