package registry_test

import (
	"testing"
	"time"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// TestMandates: a member says itself who records for it, and nobody else does. What
// agents do with it is tested with traceability.
func TestMandates(t *testing.T) {
	const capture = trace.Contract + "/" + trace.ActionCapture
	give := func(w *World, by *Member, change func(*trace.Mandate)) error {
		m := trace.Mandate{Member: by.ID, Actions: []string{capture}}
		change(&m)
		return submit(w, by, trace.ActionMandate, m)
	}
	to := func(agent *Org) func(*trace.Mandate) { return func(m *trace.Mandate) { m.Agent = agent.OrgID() } }
	run(t, []row{
		{"to another organisation", func(w *World, coop, shop *Org) error { return give(w, shop.Member, to(coop)) }, "", ""},
		{"to one's own", func(w *World, coop, shop *Org) error { return give(w, shop.Member, to(shop)) }, "", ""},
		{"by somebody without any role for it", func(w *World, coop, shop *Org) error {
			return give(w, w.Enrol(shop, "cashier", ledger.RolePublisher), to(coop))
		}, "", ""},
		{"given, withdrawn, given again", func(w *World, coop, shop *Org) error {
			w.Mandate(shop.Member, coop)
			w.Withdraw(shop.Member, coop)
			return give(w, shop.Member, to(coop))
		}, "", ""},
		{"given anew with a time", func(w *World, coop, shop *Org) error {
			w.Mandate(shop.Member, coop)
			return give(w, shop.Member, func(m *trace.Mandate) { m.Agent, m.Until = coop.OrgID(), w.Now.Add(time.Hour) })
		}, "", ""},
		{"given twice", func(w *World, coop, shop *Org) error {
			w.Mandate(shop.Member, coop)
			return give(w, shop.Member, to(coop))
		}, ledger.Conflict, "items[0].actions"},
		{"given twice in another order", func(w *World, coop, shop *Org) error {
			for _, actions := range [][]string{{capture, "trade/offer"}, {"trade/offer", capture}} {
				err := give(w, shop.Member, func(m *trace.Mandate) { m.Agent, m.Actions = coop.OrgID(), actions })
				if err != nil {
					return err
				}
			}
			return nil
		}, ledger.Conflict, "items[0].actions"},
		{"withdrawn before it was given", func(w *World, coop, shop *Org) error {
			return submit(w, shop.Member, trace.ActionMandate, trace.Mandate{Member: shop.ID, Agent: coop.OrgID(), Withdrawn: true})
		}, ledger.Conflict, "items[0].withdrawn"},
		{"withdrawn in part", func(w *World, coop, shop *Org) error {
			w.Mandate(shop.Member, coop)
			return give(w, shop.Member, func(m *trace.Mandate) { m.Agent, m.Withdrawn = coop.OrgID(), true })
		}, ledger.Invalid, "items[0].actions"},
		{"in the name of another organisation's member", func(w *World, coop, shop *Org) error {
			return give(w, coop.Member, func(m *trace.Mandate) { m.Agent, m.Member = coop.OrgID(), shop.ID })
		}, ledger.Forbidden, "items[0].member"},
		{"in a member's name, by the administrator", func(w *World, coop, shop *Org) error {
			clerk := w.Enrol(shop, "clerk", ledger.RoleRecorder)
			return give(w, shop.Member, func(m *trace.Mandate) { m.Agent, m.Member = coop.OrgID(), clerk.ID })
		}, ledger.Forbidden, "items[0].member"},
		{"in a member's name, by the operator", func(w *World, coop, shop *Org) error {
			return give(w, w.Operator.Member, func(m *trace.Mandate) { m.Agent, m.Member = coop.OrgID(), shop.ID })
		}, ledger.Forbidden, "items[0].member"},
		{"by a device", func(w *World, coop, shop *Org) error {
			phone := w.NextKey(shop.Member, "phone")
			w.Must(submit(w, shop.Member, trace.ActionDevice, trace.DeviceKey{Member: phone.Enrolment(ledger.Roles...), Actions: []string{capture}}))
			return give(w, phone, to(coop))
		}, ledger.Forbidden, ""},
		{"to nobody", func(w *World, coop, shop *Org) error {
			return give(w, shop.Member, to(w.NewOrg("x", ledger.KindCoop)))
		}, ledger.NotFound, "items[0].agent"},
		{"for nothing", func(w *World, coop, shop *Org) error {
			return give(w, shop.Member, func(m *trace.Mandate) { m.Agent, m.Actions = coop.OrgID(), nil })
		}, ledger.Invalid, "items[0].actions"},
		{"for an action of the registry", func(w *World, coop, shop *Org) error {
			return give(w, shop.Member, func(m *trace.Mandate) { m.Agent, m.Actions = coop.OrgID(), []string{"registry/mandate"} })
		}, ledger.Invalid, "items[0].actions"},
		{"until now", func(w *World, coop, shop *Org) error {
			return give(w, shop.Member, func(m *trace.Mandate) { m.Agent, m.Until = coop.OrgID(), w.Now })
		}, ledger.Invalid, "items[0].until"},
		{"with a long reason", func(w *World, coop, shop *Org) error {
			return give(w, shop.Member, func(m *trace.Mandate) { m.Agent, m.Reason = coop.OrgID(), string(make([]byte, 1001)) })
		}, ledger.Invalid, "items[0].reason"},
	})
}
