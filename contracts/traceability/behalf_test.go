package traceability_test

import (
	"testing"
	"time"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// on has facts recorded on a member's behalf.
func on(principal *Member, facts ...trace.Fact) []trace.Fact {
	for i := range facts {
		facts[i].OnBehalf = &principal.ID
	}
	return facts
}

// TestOnBehalf: the co-op's clerk types what the household tells, and what is made
// is the household's.
func TestOnBehalf(t *testing.T) {
	p := newProvince(t)
	picked := Lot(p.lychee, "H1")
	p.Mandate(p.house.Member, p.coop)
	clerk := p.Enrol(p.coop, "clerk", ledger.RoleRecorder)
	made := on(p.house.Member, p.Commission(Of(picked, "30 KGM")))
	out, err := p.CaptureBy(clerk, made...)
	p.Must(err)
	principal := trace.Principal{Member: p.house.ID, Org: p.house.OrgID()}
	if out.Member != clerk.ID || out.Org != p.coop.OrgID() || out.OnBehalf == nil || *out.OnBehalf != principal || out.Acting() != p.house.OrgID() {
		t.Errorf("the outcome says %+v", out)
	}
	if parties := out.Events[0].Parties; parties[0] != p.house.OrgID() {
		t.Errorf("%v took part", parties)
	}
	p.has(t, picked, p.house.Holder(), "30 KGM")
	p.has(t, picked, p.coop.Holder(), "")

	// The co-op itself has nothing of it, though it owns the product.
	p.Refused(p.try(p.coop, p.Ship(p.shop.Place, Of(picked, "10 KGM"))), ledger.Forbidden, objects)
	_, err = p.CaptureBy(clerk, on(p.house.Member, p.Ship(p.coop.Place, Of(picked, "10 KGM")))...)
	p.Must(err)
	p.Record(p.coop, p.Receive(Of(picked, "10 KGM")))
	p.has(t, picked, p.house.Holder(), "20 KGM")
	p.has(t, picked, p.coop.Holder(), "10 KGM")

	// The household takes back what the clerk typed wrong, also after it withdrew.
	wrong := on(p.house.Member, p.Sell(Of(picked, "5 KGM")))[0]
	_, err = p.CaptureBy(clerk, wrong)
	p.Must(err)
	p.has(t, picked, p.house.Holder(), "15 KGM")
	p.Withdraw(p.house.Member, p.coop)
	own := p.Wrong(wrong)
	own.OnBehalf = nil
	p.Refused(p.try(p.coop, own), ledger.Forbidden, "items[0].error")
	declared, err := p.Capture(p.house, own)
	p.Must(err)
	if declared.Events[0].Voids != wrong.Event || declared.OnBehalf != nil {
		t.Errorf("the declaration says %+v", declared)
	}
	p.has(t, picked, p.house.Holder(), "20 KGM")
}

func TestMandatesBind(t *testing.T) {
	sell := func(p *province) []trace.Fact {
		return on(p.house.Member, p.Commission(Of(Lot(p.lychee, "H1"), "30 KGM")))
	}
	mandate := func(p *province, by *Org, change func(*trace.Mandate)) {
		m := trace.Mandate{Member: by.ID, Agent: p.coop.OrgID(), Actions: []string{"traceability/capture"}}
		change(&m)
		_, err := p.Directory(by.Member, trace.ActionMandate, m)
		p.Must(err)
	}
	stand := func(p *province, org *Org) {
		_, err := p.Directory(p.Operator.Member, trace.ActionStand, trace.Standing{Org: org.OrgID(), Suspended: true, Reason: "fraud"})
		p.Must(err)
	}
	const field = "items[0].on_behalf"
	run(t, []row{
		{"none given", func(t *testing.T, p *province) error { return p.try(p.coop, sell(p)...) }, ledger.Forbidden, field},
		{"given to somebody else", func(t *testing.T, p *province) error {
			p.Mandate(p.house.Member, p.trader)
			return p.try(p.coop, sell(p)...)
		}, ledger.Forbidden, field},
		{"withdrawn", func(t *testing.T, p *province) error {
			p.Mandate(p.house.Member, p.coop)
			p.Withdraw(p.house.Member, p.coop)
			return p.try(p.coop, sell(p)...)
		}, ledger.Forbidden, field},
		{"for another action", func(t *testing.T, p *province) error {
			mandate(p, p.house, func(m *trace.Mandate) { m.Actions = []string{"traceability/recall", "dataset/capture"} })
			return p.try(p.coop, sell(p)...)
		}, ledger.Forbidden, field},
		{"a moment before it ends", func(t *testing.T, p *province) error {
			mandate(p, p.house, func(m *trace.Mandate) { m.Until = p.Now.Add(time.Hour) })
			p.Now = p.Now.Add(time.Hour) - 1
			return p.try(p.coop, sell(p)...)
		}, "", ""},
		{"ended", func(t *testing.T, p *province) error {
			mandate(p, p.house, func(m *trace.Mandate) { m.Until = p.Now.Add(time.Hour) })
			p.Now = p.Now.Add(time.Hour)
			return p.try(p.coop, sell(p)...)
		}, ledger.Forbidden, field},
		{"of a suspended member", func(t *testing.T, p *province) error {
			son := p.Enrol(p.house, "son", ledger.RoleRecorder)
			p.Mandate(son, p.coop)
			_, err := p.Directory(p.house.Member, trace.ActionMember, trace.MemberChange{Member: son.ID, Roles: []ledger.Role{ledger.RoleRecorder}, Suspended: true, Reason: "left"})
			p.Must(err)
			return p.try(p.coop, on(son, p.Commission(Of(Lot(p.lychee, "H1"), "30 KGM")))...)
		}, ledger.Forbidden, field},
		{"of a member who has left", func(t *testing.T, p *province) error {
			son := p.Enrol(p.house, "son", ledger.RoleRecorder)
			p.Mandate(son, p.coop)
			_, err := p.Directory(son, trace.ActionRevoke, trace.KeyRevocation{Key: son.Address(), Reason: "left"})
			p.Must(err)
			return p.try(p.coop, on(son, p.Commission(Of(Lot(p.lychee, "H1"), "30 KGM")))...)
		}, ledger.Forbidden, field},
		{"of a suspended organisation's member", func(t *testing.T, p *province) error {
			p.Mandate(p.house.Member, p.coop)
			stand(p, p.house)
			return p.try(p.coop, sell(p)...)
		}, ledger.Forbidden, field},
		{"to a suspended organisation", func(t *testing.T, p *province) error {
			p.Mandate(p.house.Member, p.coop)
			stand(p, p.coop)
			return p.try(p.coop, sell(p)...)
		}, ledger.Forbidden, ""},
		{"of a member who may not record itself", func(t *testing.T, p *province) error {
			cook := p.Enrol(p.house, "cook", ledger.RolePublisher)
			p.Mandate(cook, p.coop)
			return p.try(p.coop, on(cook, p.Commission(Of(Lot(p.lychee, "H1"), "30 KGM")))...)
		}, ledger.Forbidden, field},
		{"used by somebody who may not record", func(t *testing.T, p *province) error {
			p.Mandate(p.house.Member, p.coop)
			_, err := p.CaptureBy(p.Enrol(p.coop, "chair", ledger.RoleAdmin), sell(p)...)
			return err
		}, ledger.Forbidden, ""},
		{"used by a device", func(t *testing.T, p *province) error {
			p.Mandate(p.house.Member, p.coop)
			scale := p.NextKey(p.coop.Member, "scale")
			_, err := p.Directory(p.coop.Member, trace.ActionDevice, trace.DeviceKey{Member: scale.Enrolment(ledger.Roles...), Actions: []string{"traceability/capture"}})
			p.Must(err)
			_, err = p.CaptureBy(scale, sell(p)...)
			return err
		}, "", ""},
		{"within one organisation", func(t *testing.T, p *province) error {
			aunt := p.Enrol(p.coop, "aunt", ledger.RoleRecorder)
			p.Mandate(aunt, p.coop)
			return p.try(p.coop, on(aunt, p.Sell(Of(p.lot, "1 KGM")))...)
		}, "", ""},
		{"within one organisation, none given", func(t *testing.T, p *province) error {
			return p.try(p.coop, on(p.Enrol(p.coop, "aunt", ledger.RoleRecorder), p.Sell(Of(p.lot, "1 KGM")))...)
		}, ledger.Forbidden, field},
		{"of nobody", func(t *testing.T, p *province) error {
			return p.try(p.coop, on(&Member{ID: ledger.NewID()}, p.Sell(Of(p.lot, "1 KGM")))...)
		}, ledger.NotFound, field},
		{"of oneself", func(t *testing.T, p *province) error {
			p.Mandate(p.coop.Member, p.coop)
			return p.try(p.coop, on(p.coop.Member, p.Sell(Of(p.lot, "1 KGM")))...)
		}, ledger.Invalid, field},
		{"and one's own in one transaction", func(t *testing.T, p *province) error {
			p.Mandate(p.house.Member, p.coop)
			return p.try(p.coop, p.Sell(Of(p.lot, "1 KGM")), sell(p)[0])
		}, ledger.Invalid, "items[1].on_behalf"},
		{"of two in one transaction", func(t *testing.T, p *province) error {
			p.Mandate(p.house.Member, p.coop)
			p.Mandate(p.trader.Member, p.coop)
			return p.try(p.coop, sell(p)[0], on(p.trader.Member, p.Observe("storing", All(trace.MustID("urn:x:1"))...))[0])
		}, ledger.Invalid, "items[1].on_behalf"},
		{"does not make the agent's lots the principal's", func(t *testing.T, p *province) error {
			p.Mandate(p.house.Member, p.coop)
			return p.try(p.coop, on(p.house.Member, p.Sell(Of(p.lot, "1 KGM")))...)
		}, ledger.Forbidden, objects},
		{"does not make the principal an inspector", func(t *testing.T, p *province) error {
			p.Mandate(p.house.Member, p.agency)
			return p.try(p.agency, on(p.house.Member, p.Observe(trace.StepInspecting, All(Lot(p.jam, "J9"))...))...)
		}, ledger.Forbidden, objects},
	})
}
