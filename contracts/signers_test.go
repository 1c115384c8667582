package contracts_test

import (
	"go/constant"
	"go/types"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/contracts/dataset"
	"github.com/sogoc/sogoc/contracts/trade"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
)

// scene is a register on which every action can be done by somebody.
type scene struct {
	*World
	coop, shop, agency *Org
	aunt               *Member // of the co-op
	lychee             trace.ID
}

func newScene(t *testing.T) *scene {
	w := New(t, dataset.Contract{}, trade.Contract{})
	s := &scene{
		World: w, coop: w.Admit("coop", ledger.KindCoop), shop: w.Admit("shop", ledger.KindRetailer), agency: w.Admit("agency", ledger.KindAgency),
	}
	s.lychee = s.Product(s.coop, 1)
	s.aunt = s.Enrol(s.coop, "aunt", ledger.RoleRecorder)
	_, err := s.Directory(s.coop.Member, trace.ActionPlace, trace.Place{
		ID: s.coop.GLN(3), Kind: trace.PlaceShop, Commune: "07234", Profile: &trace.Describes{Payload: CID("shop")},
	})
	s.Must(err)
	s.Must(s.do("dataset/publish", s.coop.Member, release(1)))
	s.Must(s.do("dataset/offer", s.coop.Member, offer(1)))
	return s
}

func release(version int) market.Release {
	return market.Release{
		Dataset: ledger.ID{1}, Version: version, Licence: "https://creativecommons.org/licenses/by/4.0/",
		Description: CID("words"), Files: []market.File{{Name: "harvest.csv", Media: "text/csv", Bytes: 120, CID: CID("file")}}, Review: &market.Review{Profile: CID("profile")},
		Statement: &market.Statement{Seller: market.SellerCoop, Origin: market.OriginOwn, Value: market.Raw, Class: market.Ordinary},
	}
}

func offer(id byte) market.Offer {
	return market.Offer{
		ID: ledger.ID{id}, Dataset: ledger.ID{1}, Policy: CID("policy"), Terms: market.Terms{Purposes: []market.Purpose{market.PurposeAny}},
	}
}

// do submits one item.
func (s *scene) do(name string, by *Member, item any) error {
	contract, action, _ := strings.Cut(name, "/")
	summary := trace.DirectorySummary(action, 1)
	switch it := item.(type) {
	case trace.Fact:
		summary = trace.Summary([]trace.Fact{it})
	case trace.Recall:
		summary = trace.RecallSummary([]trace.Recall{it})
	case trace.Certificate:
		summary = trace.CertifySummary([]trace.Certificate{it})
	case bargain:
		summary, item = market.TradeSummary(action, it.about), it.item
	case market.Release:
		summary = market.PublishSummary(it)
	case market.Offer:
		summary = market.OfferSummary(it)
	case market.Retraction:
		summary = market.RetractSummary(it)
	case market.Moderation:
		summary = market.ModerateSummary(it)
	case market.Clearing:
		summary = market.ClearSummary(it)
	case market.Grant:
		summary = market.GrantSummary(it)
	}
	_, err := s.Submit(by, contract, action, summary, trace.Encode(item))
	return err
}

// right says who may do something, and what is done.
type right struct {
	org   func(s *scene) *Org
	role  ledger.Role // that it takes; empty where every member may, for itself
	legal ledger.Code // what who may is told; empty when it is done
	item  func(s *scene, who *Member) any
}

func operator(s *scene) *Org { return s.Operator }
func coop(s *scene) *Org     { return s.coop }
func agency(s *scene) *Org   { return s.agency }

var rights = withBargains(map[string]right{
	"registry/found": {operator, ledger.RoleAdmin, ledger.Conflict, func(s *scene, who *Member) any { return s.Operator.Admission() }},
	"registry/admit": {operator, ledger.RoleAdmin, "", func(s *scene, who *Member) any { return s.NewOrg("new", ledger.KindCoop).Admission() }},
	"registry/refuse": {operator, ledger.RoleAdmin, "", func(s *scene, who *Member) any {
		return trace.Refusal{Org: ledger.ID{1}, Dossier: ledger.Hash{1}, Reason: "x"}
	}},
	"registry/stand": {operator, ledger.RoleAdmin, "", func(s *scene, who *Member) any {
		return trace.Standing{Org: s.shop.OrgID(), Suspended: true, Reason: "x"}
	}},
	"registry/host": {operator, ledger.RoleAdmin, "", func(s *scene, who *Member) any {
		return trace.Hosting{Org: s.shop.OrgID(), Host: "Org2MSP", Reason: "x"}
	}},
	"registry/prefix": {operator, ledger.RoleAdmin, "", func(s *scene, who *Member) any {
		return trace.Prefix{Org: s.shop.OrgID(), Issuer: "VNTR"}
	}},
	"registry/list": {operator, ledger.RoleAdmin, "", func(s *scene, who *Member) any {
		return trace.List{Name: "crops", Version: 1, Payload: CID("list")}
	}},
	"registry/rules": {operator, ledger.RoleAdmin, ledger.Invalid, func(s *scene, who *Member) any { return trace.RulesVersion{Version: 2} }},
	"registry/checkpoint": {operator, ledger.RoleAdmin, "", func(s *scene, who *Member) any {
		return ledger.KeyChange{Old: checkpointKey(), New: checkpointKey(), Reason: "x"}
	}},
	"registry/enrol": {coop, ledger.RoleAdmin, "", func(s *scene, who *Member) any {
		m := s.NewOrg("clerk", ledger.KindCoop).Member
		m.Org = s.coop.OrgID()
		return trace.NewMember{Member: m.Enrolment(ledger.RoleRecorder)}
	}},
	"registry/member": {coop, ledger.RoleAdmin, "", func(s *scene, who *Member) any {
		return trace.MemberChange{Member: s.aunt.ID, Roles: ledger.Roles, Reason: "x"}
	}},
	"registry/revoke": {coop, ledger.RoleAdmin, "", func(s *scene, who *Member) any {
		return trace.KeyRevocation{Key: s.aunt.Address(), Reason: "x"}
	}},
	"registry/rotate": {coop, "", "", func(s *scene, who *Member) any {
		return trace.NewMember{Member: s.NextKey(who, "next key").Enrolment(ledger.Roles...)}
	}},
	"registry/device": {coop, "", "", func(s *scene, who *Member) any {
		return trace.DeviceKey{Member: s.NextKey(who, "next key").Enrolment(ledger.Roles...), Actions: []string{"traceability/capture"}}
	}},
	"registry/mandate": {coop, "", "", func(s *scene, who *Member) any {
		return trace.Mandate{Member: who.ID, Agent: s.shop.OrgID(), Actions: []string{"traceability/capture"}}
	}},
	"registry/place": {coop, ledger.RoleAdmin, "", func(s *scene, who *Member) any {
		return trace.Place{ID: s.coop.GLN(2), Kind: trace.PlaceShop, Commune: "07234"}
	}},
	"registry/product": {coop, ledger.RoleAdmin, "", func(s *scene, who *Member) any {
		return trace.Product{ID: s.coop.GTIN(2), Unit: "KGM", Tolerance: trace.Ratio{Num: 2, Den: 100}, HardCap: trace.Ratio{Num: 10, Den: 100}}
	}},
	"registry/profile": {coop, ledger.RoleAdmin, "", func(s *scene, who *Member) any {
		return trace.OwnProfile{Org: s.coop.OrgID(), Profile: &trace.Describes{Payload: CID("about us"), Image: CID("our house")}}
	}},
	"registry/erase": {coop, ledger.RoleAdmin, "", func(s *scene, who *Member) any {
		return trace.Erasure{Payload: CID("shop"), Reason: "x"}
	}},
	"traceability/capture": {coop, ledger.RoleRecorder, "", func(s *scene, who *Member) any {
		return s.Commission(Of(Lot(s.lychee, "L1"), "10 KGM"))
	}},
	"traceability/recall": {coop, ledger.RoleRecaller, "", func(s *scene, who *Member) any {
		return trace.Recall{Target: s.lychee, Reason: "x", Action: "x", Contact: "x"}
	}},
	"traceability/certify": {agency, ledger.RoleRecorder, "", func(s *scene, who *Member) any {
		return trace.Certificate{ID: "C", Scheme: trace.SchemeOCOP, Number: "1", Holder: s.coop.OrgID(), Stars: 4, From: s.Now, Until: s.Now.Add(time.Hour)}
	}},
	"dataset/publish": {coop, ledger.RolePublisher, "", func(s *scene, who *Member) any { return release(2) }},
	"dataset/offer":   {coop, ledger.RolePublisher, "", func(s *scene, who *Member) any { return offer(2) }},
	"dataset/retract": {coop, ledger.RolePublisher, "", func(s *scene, who *Member) any { return market.Retraction{Offer: ledger.ID{1}} }},
	"dataset/moderate": {operator, ledger.RoleAdmin, "", func(s *scene, who *Member) any {
		return market.Moderation{Dataset: ledger.ID{1}, Version: 1, Standing: market.Delisted, Reason: "x"}
	}},
	"dataset/clear": {operator, ledger.RoleAdmin, "", func(s *scene, who *Member) any {
		return market.Clearing{Dataset: ledger.ID{1}, Profile: CID("profile"), Reason: "x"}
	}},
	"dataset/grant": {coop, ledger.RoleAdmin, "", func(s *scene, who *Member) any {
		return market.Grant{Org: s.coop.OrgID(), Purpose: market.PurposePublic}
	}},
})

// TestSigners does every action of every contract by who may, and by everybody who
// may not.
func TestSigners(t *testing.T) {
	for name, r := range rights {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.trades(name)
			for _, w := range wrong {
				c := &claim{scene: s, name: name, right: r, key: w.name}
				signer, subject := w.draw(c)
				if signer == nil {
					continue
				}
				before := s.State()
				err := s.do(name, signer, r.item(s, subject))
				if code := ledger.CodeOf(err); err == nil || code != ledger.Forbidden && code != ledger.Unauthenticated {
					t.Errorf("by %s: %v", w.name, err)
				}
				if !maps.Equal(before, s.State()) {
					t.Errorf("by %s: something is left", w.name)
				}
			}
			s = newScene(t)
			s.trades(name)
			by := r.org(s).Member
			if !strings.HasPrefix(name, trace.RegistryContract) { // a device does what it is for
				by = (&claim{scene: s, right: r, key: "right"}).device(by, s.Now.Add(time.Minute), name)
			}
			if err := s.do(name, by, r.item(s, r.org(s).Member)); r.legal == "" && err != nil || r.legal != "" && ledger.CodeOf(err) != r.legal {
				t.Errorf("by who may: %v", err)
			}
		})
	}
}

// claim is somebody who tries something.
type claim struct {
	*scene
	name string // of the action
	right
	key string // what new keys and members are named for
}

func (c *claim) first() *Member  { return c.org(c.scene).Member }
func (c *claim) deputy() *Member { return c.Enrol(c.org(c.scene), "deputy of "+c.key, ledger.Roles...) }
func (c *claim) device(m *Member, until ledger.Time, actions ...string) *Member {
	scale := c.NextKey(m, "scale of "+c.key)
	c.Must(c.do("registry/device", m, trace.DeviceKey{Member: scale.Enrolment(ledger.Roles...), Actions: actions, Until: until}))
	return scale
}

// wrong are those who may not. Each gives a signer, or nil where there can be none
// of the kind, and in whose name the item is. They come one after the other to a
// scene; the last leaves nobody to act.
var wrong = []struct {
	name string
	draw func(c *claim) (signer, who *Member)
}{
	{"an unknown key", func(c *claim) (signer, who *Member) { return c.NextKey(c.first(), "unknown"), c.first() }},
	{"another organisation's administrator", func(c *claim) (signer, who *Member) { return c.shop.Member, c.first() }},
	{"a suspended member", func(c *claim) (signer, who *Member) {
		m := c.deputy()
		c.Must(c.do("registry/member", c.first(), trace.MemberChange{Member: m.ID, Roles: ledger.Roles, Suspended: true, Reason: "left"}))
		return m, m
	}},
	{"a member without the role", func(c *claim) (signer, who *Member) {
		if c.role == "" {
			return nil, nil
		}
		m := c.Enrol(c.org(c.scene), "helper", slices.DeleteFunc(slices.Clone(ledger.Roles), func(role ledger.Role) bool { return role == c.role })...)
		return m, m
	}},
	{"a revoked key", func(c *claim) (signer, who *Member) {
		m := c.deputy()
		c.Must(c.do("registry/revoke", m, trace.KeyRevocation{Key: m.Address(), Reason: "lost"}))
		return m, m
	}},
	{"the key of before", func(c *claim) (signer, who *Member) {
		m := c.deputy()
		c.Must(c.do("registry/rotate", m, trace.NewMember{Member: c.NextKey(m, "phone").Enrolment(ledger.Roles...)}))
		return m, m
	}},
	{"a device for something else", func(c *claim) (signer, who *Member) {
		m, other := c.deputy(), "traceability/capture"
		if c.name == other {
			other = "traceability/recall"
		}
		return c.device(m, 0, other), m
	}},
	{"a device whose time is over", func(c *claim) (signer, who *Member) {
		m, what := c.deputy(), c.name
		if strings.HasPrefix(what, trace.RegistryContract) {
			what = "traceability/capture" // none is for the registry
		}
		scale := c.device(m, c.Now.Add(time.Minute), what)
		c.Now = c.Now.Add(time.Minute)
		return scale, m
	}},
	{"a suspended organisation's", func(c *claim) (signer, who *Member) {
		if c.org(c.scene) == c.Operator {
			return nil, nil
		}
		c.Must(c.do("registry/stand", c.Operator.Member, trace.Standing{Org: c.org(c.scene).OrgID(), Suspended: true, Reason: "fraud"}))
		return c.first(), c.first()
	}},
}

// checkpointKey draws the verifier key of a key that may sign checkpoints.
func checkpointKey() string {
	_, vkey, err := note.GenerateKey(nil, Genesis().Origin)
	if err != nil {
		panic(err) // no reader can fail
	}
	return vkey
}

// TestEveryActionHasSigners: an action that the vocabulary names is in the table.
func TestEveryActionHasSigners(t *testing.T) {
	s := newSources()
	known := map[string]bool{}
	for _, path := range []string{"trace", "market"} {
		p, err := s.Import(module + path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range p.Scope().Names() {
			c, ok := p.Scope().Lookup(name).(*types.Const)
			if !ok || !strings.HasPrefix(name, "Action") || c.Val().Kind() != constant.String {
				continue
			}
			action := constant.StringVal(c.Val())
			known[action] = true
			has := false
			for row := range rights {
				has = has || strings.HasSuffix(row, "/"+action)
			}
			if !has {
				t.Errorf("%s.%s (%q) has no row", path, name, action)
			}
		}
	}
	for row := range rights {
		if _, action, _ := strings.Cut(row, "/"); !known[action] {
			t.Errorf("%s is no action of the vocabulary", row)
		}
	}
}
