package registry_test

import (
	"testing"
	"time"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

func TestMembers(t *testing.T) {
	enrol := func(w *World, by *Member, org *Org, roles ...ledger.Role) error {
		m := w.NewOrg("somebody", ledger.KindCoop).Member
		m.Org = org.OrgID()
		return submit(w, by, trace.ActionEnrol, trace.NewMember{Member: m.Enrolment(roles...)})
	}
	revoke := func(w *World, by *Member, key ledger.Address) error {
		return submit(w, by, trace.ActionRevoke, trace.KeyRevocation{Key: key, Reason: "lost"})
	}
	run(t, []row{
		{"enrolled by an administrator", func(w *World, coop, shop *Org) error {
			return enrol(w, coop.Member, coop, ledger.RoleRecorder)
		}, "", ""},
		{"by the operator", func(w *World, coop, shop *Org) error {
			return enrol(w, w.Operator.Member, coop, ledger.RoleRecorder)
		}, "", ""},
		{"by a recorder", func(w *World, coop, shop *Org) error {
			return enrol(w, w.Enrol(coop, "clerk", ledger.RoleRecorder), coop, ledger.RoleRecorder)
		}, ledger.Forbidden, "items[0]"},
		{"into another organisation", func(w *World, coop, shop *Org) error {
			return enrol(w, coop.Member, shop, ledger.RoleRecorder)
		}, ledger.Forbidden, "items[0].member.org"},
		{"without a role", func(w *World, coop, shop *Org) error { return enrol(w, coop.Member, coop) }, ledger.Invalid, "items[0].member.roles"},
		{"with a role twice", func(w *World, coop, shop *Org) error {
			return enrol(w, coop.Member, coop, ledger.RoleRecorder, ledger.RoleRecorder)
		}, ledger.Invalid, "items[0].member.roles"},
		{"with a role that there is not", func(w *World, coop, shop *Org) error {
			return enrol(w, coop.Member, coop, "king")
		}, ledger.Invalid, "items[0].member.roles"},
		{"into an organisation that there is not", func(w *World, coop, shop *Org) error {
			return enrol(w, w.Operator.Member, w.NewOrg("x", ledger.KindCoop), ledger.RoleRecorder)
		}, ledger.NotFound, "items[0].member.org"},
		{"a second key", func(w *World, coop, shop *Org) error {
			m := w.NextKey(coop.Member, "new phone")
			w.Must(submit(w, coop.Member, trace.ActionEnrol, trace.NewMember{Member: m.Enrolment(ledger.Roles...)}))
			return enrol(w, m, coop, ledger.RoleRecorder)
		}, "", ""},
		{"a second key with fewer roles", func(w *World, coop, shop *Org) error {
			m := w.NextKey(coop.Member, "new phone")
			return submit(w, coop.Member, trace.ActionEnrol, trace.NewMember{Member: m.Enrolment(ledger.RoleRecorder)})
		}, ledger.Conflict, "items[0].member.roles"},
		{"a second key with more roles", func(w *World, coop, shop *Org) error {
			m := w.NextKey(w.Enrol(coop, "clerk", ledger.RoleRecorder), "new phone")
			return submit(w, coop.Member, trace.ActionEnrol, trace.NewMember{Member: m.Enrolment(ledger.Roles...)})
		}, ledger.Conflict, "items[0].member.roles"},
		{"a lost key replaced", func(w *World, coop, shop *Org) error {
			lost := w.Enrol(coop, "clerk", ledger.RoleRecorder)
			found := w.NextKey(lost, "new phone")
			w.Must(submit(w, coop.Member, trace.ActionEnrol, trace.NewMember{Member: found.Enrolment(ledger.RoleRecorder)}))
			w.Must(revoke(w, coop.Member, lost.Address()))
			w.Refused(revoke(w, lost, found.Address()), ledger.Forbidden, "")
			return revoke(w, found, found.Address())
		}, "", ""},
		{"the lost key of an only administrator replaced by the operator", func(w *World, coop, shop *Org) error {
			found := w.NextKey(coop.Member, "new phone")
			w.Must(submit(w, w.Operator.Member, trace.ActionEnrol, trace.NewMember{Member: found.Enrolment(ledger.Roles...)}))
			w.Must(revoke(w, w.Operator.Member, coop.Address()))
			return enrol(w, found, coop, ledger.RoleRecorder)
		}, "", ""},
		{"revoked by an administrator", func(w *World, coop, shop *Org) error {
			return revoke(w, coop.Member, w.Enrol(coop, "clerk", ledger.RoleRecorder).Address())
		}, "", ""},
		{"revoked by oneself", func(w *World, coop, shop *Org) error {
			clerk := w.Enrol(coop, "clerk", ledger.RoleRecorder)
			return revoke(w, clerk, clerk.Address())
		}, "", ""},
		{"revoked by a colleague", func(w *World, coop, shop *Org) error {
			return revoke(w, w.Enrol(coop, "clerk", ledger.RoleRecorder), coop.Address())
		}, ledger.Forbidden, "items[0]"},
		{"revoked by another organisation", func(w *World, coop, shop *Org) error {
			return revoke(w, coop.Member, shop.Address())
		}, ledger.Forbidden, "items[0].key"},
		{"revoked twice", func(w *World, coop, shop *Org) error {
			clerk := w.Enrol(shop, "clerk", ledger.RoleRecorder)
			w.Must(revoke(w, w.Operator.Member, clerk.Address()))
			return revoke(w, w.Operator.Member, clerk.Address())
		}, ledger.Conflict, "items[0].key"},
		{"a revoked key enrolled again", func(w *World, coop, shop *Org) error {
			clerk := w.Enrol(coop, "clerk", ledger.RoleRecorder)
			w.Must(revoke(w, coop.Member, clerk.Address()))
			return submit(w, coop.Member, trace.ActionEnrol, trace.NewMember{Member: clerk.Enrolment(ledger.RoleRecorder)})
		}, ledger.Conflict, "items[0].member.key"},
		{"the last administrator's last key, by the operator", func(w *World, coop, shop *Org) error {
			return revoke(w, w.Operator.Member, coop.Address())
		}, ledger.Conflict, "items[0]"},
		{"the last administrator's last key, by itself", func(w *World, coop, shop *Org) error {
			return revoke(w, coop.Member, coop.Address())
		}, ledger.Conflict, "items[0]"},
		{"an administrator's key where another has one", func(w *World, coop, shop *Org) error {
			second := w.Enrol(coop, "second", ledger.RoleAdmin)
			w.Must(revoke(w, second, coop.Address()))
			return revoke(w, second, second.Address())
		}, ledger.Conflict, "items[0]"},
		{"the operator's last key", func(w *World, coop, shop *Org) error {
			return revoke(w, w.Operator.Member, w.Operator.Address())
		}, ledger.Conflict, "items[0]"},
		{"both of the operator's keys at once", func(w *World, coop, shop *Org) error {
			m := w.NextKey(w.Operator.Member, "second key")
			w.Must(submit(w, w.Operator.Member, trace.ActionEnrol, trace.NewMember{Member: m.Enrolment(ledger.Roles...)}))
			return submit(w, m, trace.ActionRevoke,
				trace.KeyRevocation{Key: w.Operator.Address(), Reason: "lost"}, trace.KeyRevocation{Key: m.Address(), Reason: "lost"})
		}, ledger.Conflict, "items[1]"},
		{"the operator's own key, where it has another", func(w *World, coop, shop *Org) error {
			m := w.NextKey(w.Operator.Member, "second key")
			w.Must(submit(w, w.Operator.Member, trace.ActionEnrol, trace.NewMember{Member: m.Enrolment(ledger.Roles...)}))
			return revoke(w, w.Operator.Member, w.Operator.Address())
		}, "", ""},
	})
}

// TestMemberChanges: what a member may do is the member's, whatever the key.
func TestMemberChanges(t *testing.T) {
	to := func(w *World, by, who *Member, suspended bool, roles ...ledger.Role) error {
		return submit(w, by, trace.ActionMember, trace.MemberChange{Member: who.ID, Roles: roles, Suspended: suspended, Reason: "new duties"})
	}
	clerk := func(w *World, coop *Org) *Member { return w.Enrol(coop, "clerk", ledger.RoleRecorder) }
	places := func(w *World, by *Member, coop *Org) error {
		return submit(w, by, trace.ActionPlace, trace.Place{ID: coop.GLN(2), Kind: trace.PlaceShop, Commune: "07234"})
	}
	run(t, []row{
		{"promoted, by every key", func(w *World, coop, shop *Org) error {
			m := clerk(w, coop)
			phone := w.NextKey(m, "phone")
			w.Must(submit(w, coop.Member, trace.ActionEnrol, trace.NewMember{Member: phone.Enrolment(ledger.RoleRecorder)}))
			w.Refused(places(w, phone, coop), ledger.Forbidden, "items[0]")
			w.Must(to(w, coop.Member, m, false, ledger.RoleAdmin, ledger.RoleRecorder))
			w.Must(places(w, m, coop))
			return places(w, phone, coop)
		}, "", ""},
		{"suspended, by every key, and reinstated", func(w *World, coop, shop *Org) error {
			m := w.Enrol(coop, "second", ledger.RoleAdmin)
			phone := w.NextKey(m, "phone")
			w.Must(submit(w, coop.Member, trace.ActionEnrol, trace.NewMember{Member: phone.Enrolment(ledger.RoleAdmin)}))
			w.Must(to(w, coop.Member, m, true, ledger.RoleAdmin))
			w.Refused(places(w, m, coop), ledger.Forbidden, "")
			w.Refused(places(w, phone, coop), ledger.Forbidden, "")
			w.Must(to(w, coop.Member, m, false, ledger.RoleAdmin))
			return places(w, phone, coop)
		}, "", ""},
		{"by the operator", func(w *World, coop, shop *Org) error {
			return to(w, w.Operator.Member, clerk(w, coop), true, ledger.RoleRecorder)
		}, "", ""},
		{"by an operator's clerk", func(w *World, coop, shop *Org) error {
			return to(w, w.Enrol(w.Operator, "desk", ledger.RoleRecorder), clerk(w, coop), true, ledger.RoleRecorder)
		}, ledger.Forbidden, "items[0]"},
		{"by another organisation", func(w *World, coop, shop *Org) error {
			return to(w, shop.Member, clerk(w, coop), true, ledger.RoleRecorder)
		}, ledger.Forbidden, "items[0].member"},
		{"by oneself without the role", func(w *World, coop, shop *Org) error {
			m := clerk(w, coop)
			return to(w, m, m, false, ledger.Roles...)
		}, ledger.Forbidden, "items[0]"},
		{"of nobody", func(w *World, coop, shop *Org) error {
			return to(w, coop.Member, &Member{ID: ledger.NewID()}, false, ledger.RoleAdmin)
		}, ledger.NotFound, "items[0].member"},
		{"to what is so already", func(w *World, coop, shop *Org) error {
			return to(w, coop.Member, clerk(w, coop), false, ledger.RoleRecorder)
		}, ledger.Conflict, "items[0].member"},
		{"to the same roles in another order", func(w *World, coop, shop *Org) error {
			m := w.Enrol(coop, "clerk", ledger.RoleRecorder, ledger.RoleRecaller)
			return to(w, coop.Member, m, false, ledger.RoleRecaller, ledger.RoleRecorder)
		}, ledger.Conflict, "items[0].member"},
		{"to no role", func(w *World, coop, shop *Org) error {
			return to(w, coop.Member, clerk(w, coop), false)
		}, ledger.Invalid, "items[0].roles"},
		{"to a role that there is not", func(w *World, coop, shop *Org) error {
			return to(w, coop.Member, clerk(w, coop), false, "king")
		}, ledger.Invalid, "items[0].roles"},
		{"without a reason", func(w *World, coop, shop *Org) error {
			return submit(w, coop.Member, trace.ActionMember, trace.MemberChange{Member: clerk(w, coop).ID, Roles: ledger.Roles})
		}, ledger.Invalid, "items[0].reason"},
		{"the last administrator resigns", func(w *World, coop, shop *Org) error {
			clerk(w, coop)
			return to(w, coop.Member, coop.Member, false, ledger.RoleRecorder)
		}, ledger.Conflict, "items[0]"},
		{"the last administrator is suspended by the operator", func(w *World, coop, shop *Org) error {
			return to(w, w.Operator.Member, coop.Member, true, ledger.Roles...)
		}, ledger.Conflict, "items[0]"},
		{"the operator suspends itself", func(w *World, coop, shop *Org) error {
			return to(w, w.Operator.Member, w.Operator.Member, true, ledger.Roles...)
		}, ledger.Conflict, "items[0]"},
		{"an administrator hands over and resigns at once", func(w *World, coop, shop *Org) error {
			m := clerk(w, coop)
			return submit(w, coop.Member, trace.ActionMember,
				trace.MemberChange{Member: m.ID, Roles: []ledger.Role{ledger.RoleAdmin}, Reason: "new chair"},
				trace.MemberChange{Member: coop.ID, Roles: []ledger.Role{ledger.RoleRecorder}, Reason: "new chair"})
		}, "", ""},
		{"an administrator without a key does not count", func(w *World, coop, shop *Org) error {
			second := w.Enrol(coop, "second", ledger.RoleAdmin)
			w.Must(submit(w, coop.Member, trace.ActionRevoke, trace.KeyRevocation{Key: second.Address(), Reason: "lost"}))
			return to(w, coop.Member, coop.Member, false, ledger.RoleRecorder)
		}, ledger.Conflict, "items[0]"},
		{"a suspended administrator does not count", func(w *World, coop, shop *Org) error {
			second := w.Enrol(coop, "second", ledger.RoleAdmin)
			w.Must(to(w, coop.Member, second, true, ledger.RoleAdmin))
			return submit(w, coop.Member, trace.ActionRevoke, trace.KeyRevocation{Key: coop.Address(), Reason: "lost"})
		}, ledger.Conflict, "items[0]"},
		{"a clerk without a key becomes an administrator with the next one", func(w *World, coop, shop *Org) error {
			m := clerk(w, coop)
			w.Must(submit(w, m, trace.ActionRevoke, trace.KeyRevocation{Key: m.Address(), Reason: "lost"}))
			w.Must(to(w, coop.Member, m, false, ledger.RoleAdmin))
			w.Refused(to(w, coop.Member, coop.Member, false, ledger.RoleRecorder), ledger.Conflict, "items[0]")
			phone := w.NextKey(m, "phone")
			w.Must(submit(w, coop.Member, trace.ActionEnrol, trace.NewMember{Member: phone.Enrolment(ledger.RoleAdmin)}))
			return to(w, coop.Member, coop.Member, false, ledger.RoleRecorder)
		}, "", ""},
	})
}

func TestRotation(t *testing.T) {
	rotate := func(w *World, by, to *Member, roles ...ledger.Role) error {
		return submit(w, by, trace.ActionRotate, trace.NewMember{Member: to.Enrolment(roles...)})
	}
	enrols := func(w *World, by *Member, org *Org) error {
		m := *w.NewOrg("somebody", ledger.KindCoop).Member
		m.Org = org.OrgID()
		return submit(w, by, trace.ActionEnrol, trace.NewMember{Member: m.Enrolment(ledger.RoleRecorder)})
	}
	run(t, []row{
		{"a member's", func(w *World, coop, shop *Org) error {
			clerk := w.Enrol(coop, "clerk", ledger.RoleRecorder)
			next := w.NextKey(clerk, "new phone")
			w.Must(rotate(w, clerk, next, ledger.RoleRecorder))
			w.Refused(rotate(w, clerk, w.NextKey(clerk, "newer phone"), ledger.RoleRecorder), ledger.Forbidden, "")
			return rotate(w, next, w.NextKey(clerk, "newer phone"), ledger.RoleRecorder)
		}, "", ""},
		{"the only administrator's", func(w *World, coop, shop *Org) error {
			next := w.NextKey(coop.Member, "new phone")
			w.Must(rotate(w, coop.Member, next, ledger.Roles...))
			w.Refused(enrols(w, coop.Member, coop), ledger.Forbidden, "")
			w.Refused(submit(w, next, trace.ActionRevoke, trace.KeyRevocation{Key: next.Address(), Reason: "lost"}), ledger.Conflict, "items[0]")
			return enrols(w, next, coop)
		}, "", ""},
		{"the operator's", func(w *World, coop, shop *Org) error {
			next := w.NextKey(w.Operator.Member, "new key")
			w.Must(rotate(w, w.Operator.Member, next, ledger.Roles...))
			w.Refused(submit(w, w.Operator.Member, trace.ActionAdmit, w.NewOrg("a", ledger.KindCoop).Admission()), ledger.Forbidden, "")
			return submit(w, next, trace.ActionAdmit, w.NewOrg("b", ledger.KindCoop).Admission())
		}, "", ""},
		{"after the roles changed, with those of now", func(w *World, coop, shop *Org) error {
			clerk := w.Enrol(coop, "clerk", ledger.RoleRecorder)
			w.Must(submit(w, coop.Member, trace.ActionMember, trace.MemberChange{Member: clerk.ID, Roles: ledger.Roles, Reason: "x"}))
			next := w.NextKey(clerk, "new phone")
			w.Refused(rotate(w, clerk, next, ledger.RoleRecorder), ledger.Conflict, "items[0].member.roles")
			return rotate(w, clerk, next, ledger.Roles...)
		}, "", ""},
		{"with more roles", func(w *World, coop, shop *Org) error {
			clerk := w.Enrol(coop, "clerk", ledger.RoleRecorder)
			return rotate(w, clerk, w.NextKey(clerk, "new phone"), ledger.Roles...)
		}, ledger.Conflict, "items[0].member.roles"},
		{"a colleague's", func(w *World, coop, shop *Org) error {
			clerk := w.Enrol(coop, "clerk", ledger.RoleRecorder)
			return rotate(w, coop.Member, w.NextKey(clerk, "new phone"), ledger.RoleRecorder)
		}, ledger.Forbidden, "items[0].member.id"},
		{"a member's, by the operator", func(w *World, coop, shop *Org) error {
			return rotate(w, w.Operator.Member, w.NextKey(coop.Member, "new phone"), ledger.Roles...)
		}, ledger.Forbidden, "items[0].member.id"},
		{"into another organisation", func(w *World, coop, shop *Org) error {
			next := w.NextKey(coop.Member, "new phone")
			next.Org = shop.OrgID()
			return rotate(w, coop.Member, next, ledger.Roles...)
		}, ledger.Forbidden, "items[0].member.org"},
		{"to a key that is in use", func(w *World, coop, shop *Org) error {
			return rotate(w, coop.Member, &Member{ID: coop.ID, Org: coop.OrgID(), Key: shop.Key}, ledger.Roles...)
		}, ledger.Conflict, "items[0].member.key"},
		{"to itself", func(w *World, coop, shop *Org) error {
			return rotate(w, coop.Member, coop.Member, ledger.Roles...)
		}, ledger.Conflict, "items[0].member.key"},
		{"to two keys", func(w *World, coop, shop *Org) error {
			return submit(w, coop.Member, trace.ActionRotate,
				trace.NewMember{Member: w.NextKey(coop.Member, "one").Enrolment(ledger.Roles...)},
				trace.NewMember{Member: w.NextKey(coop.Member, "two").Enrolment(ledger.Roles...)})
		}, ledger.Invalid, "items"},
	})
}

// TestDevices: a member's device records what it is for, until when it is, and
// changes nothing of who is who.
func TestDevices(t *testing.T) {
	const capture = trace.Contract + "/" + trace.ActionCapture
	add := func(w *World, by, device *Member, until ledger.Time, actions ...string) error {
		return submit(w, by, trace.ActionDevice, trace.DeviceKey{Member: device.Enrolment(ledger.Roles...), Actions: actions, Until: until})
	}
	device := func(w *World, org *Org) *Member { return w.NextKey(org.Member, "scale") }
	records := func(w *World, by *Member) error {
		_, err := w.CaptureBy(by, w.Commission(All(trace.MustID("urn:x:1"))...))
		return err
	}
	many := func(n int) (list []string) {
		for i := range n {
			list = append(list, "traceability/"+string(rune('a'+i/26))+string(rune('a'+i%26)))
		}
		return list
	}
	run(t, []row{
		{"records what it is for", func(w *World, coop, shop *Org) error {
			w.Must(add(w, coop.Member, device(w, coop), 0, capture))
			return records(w, device(w, coop))
		}, "", ""},
		{"does nothing else", func(w *World, coop, shop *Org) error {
			w.Must(add(w, coop.Member, device(w, coop), 0, "traceability/recall", "dataset/capture"))
			return records(w, device(w, coop))
		}, ledger.Forbidden, ""},
		{"until its time", func(w *World, coop, shop *Org) error {
			until := w.Now.Add(time.Hour)
			w.Must(add(w, coop.Member, device(w, coop), until, capture))
			w.Now = until - 1
			w.Must(records(w, device(w, coop)))
			w.Now = until
			return records(w, device(w, coop))
		}, ledger.Forbidden, ""},
		{"until it is revoked by its member", func(w *World, coop, shop *Org) error {
			clerk := w.Enrol(coop, "clerk", ledger.RoleRecorder)
			scale := w.NextKey(clerk, "scale")
			w.Must(submit(w, clerk, trace.ActionDevice, trace.DeviceKey{Member: scale.Enrolment(ledger.RoleRecorder), Actions: []string{capture}}))
			w.Must(records(w, scale))
			w.Must(submit(w, clerk, trace.ActionRevoke, trace.KeyRevocation{Key: scale.Address(), Reason: "stolen"}))
			return records(w, scale)
		}, ledger.Forbidden, ""},
		{"with the member's next key, too", func(w *World, coop, shop *Org) error {
			w.Must(add(w, coop.Member, device(w, coop), 0, capture))
			w.Must(submit(w, coop.Member, trace.ActionRotate, trace.NewMember{Member: w.NextKey(coop.Member, "phone").Enrolment(ledger.Roles...)}))
			return records(w, device(w, coop))
		}, "", ""},
		{"not when its member is suspended", func(w *World, coop, shop *Org) error {
			clerk := w.Enrol(coop, "clerk", ledger.RoleRecorder)
			scale := w.NextKey(clerk, "scale")
			w.Must(submit(w, clerk, trace.ActionDevice, trace.DeviceKey{Member: scale.Enrolment(ledger.RoleRecorder), Actions: []string{capture}}))
			w.Must(submit(w, coop.Member, trace.ActionMember, trace.MemberChange{Member: clerk.ID, Roles: []ledger.Role{ledger.RoleRecorder}, Suspended: true, Reason: "left"}))
			return records(w, scale)
		}, ledger.Forbidden, ""},
		{"not when its member has no key any more", func(w *World, coop, shop *Org) error {
			clerk := w.Enrol(coop, "clerk", ledger.RoleRecorder)
			scale := w.NextKey(clerk, "scale")
			w.Must(submit(w, clerk, trace.ActionDevice, trace.DeviceKey{Member: scale.Enrolment(ledger.RoleRecorder), Actions: []string{capture}}))
			w.Must(submit(w, coop.Member, trace.ActionRevoke, trace.KeyRevocation{Key: clerk.Address(), Reason: "left"}))
			return records(w, scale)
		}, ledger.Forbidden, ""},
		{"not without its member's role", func(w *World, coop, shop *Org) error {
			clerk := w.Enrol(coop, "clerk", ledger.RoleRecaller)
			scale := w.NextKey(clerk, "scale")
			w.Must(submit(w, clerk, trace.ActionDevice, trace.DeviceKey{Member: scale.Enrolment(ledger.RoleRecaller), Actions: []string{capture}}))
			return records(w, scale)
		}, ledger.Forbidden, ""},
		{"is no administrator's key", func(w *World, coop, shop *Org) error {
			w.Must(add(w, coop.Member, device(w, coop), 0, capture))
			return submit(w, coop.Member, trace.ActionRevoke, trace.KeyRevocation{Key: coop.Address(), Reason: "lost"})
		}, ledger.Conflict, "items[0]"},
		{"for an action of the registry", func(w *World, coop, shop *Org) error {
			return add(w, coop.Member, device(w, coop), 0, capture, "registry/place")
		}, ledger.Invalid, "items[0].actions"},
		{"for nothing", func(w *World, coop, shop *Org) error { return add(w, coop.Member, device(w, coop), 0) }, ledger.Invalid, "items[0].actions"},
		{"for as much as there is room for", func(w *World, coop, shop *Org) error {
			return add(w, coop.Member, device(w, coop), 0, many(trace.MaxActions)...)
		}, "", ""},
		{"for more", func(w *World, coop, shop *Org) error {
			return add(w, coop.Member, device(w, coop), 0, many(trace.MaxActions+1)...)
		}, ledger.Invalid, "items[0].actions"},
		{"for the same twice", func(w *World, coop, shop *Org) error {
			return add(w, coop.Member, device(w, coop), 0, capture, capture)
		}, ledger.Invalid, "items[0].actions"},
		{"for what is no action", func(w *World, coop, shop *Org) error {
			return add(w, coop.Member, device(w, coop), 0, "traceability")
		}, ledger.Invalid, "items[0].actions"},
		{"for an action that would be two", func(w *World, coop, shop *Org) error {
			return add(w, coop.Member, device(w, coop), 0, "traceability/x,registry/enrol")
		}, ledger.Invalid, "items[0].actions"},
		{"until now", func(w *World, coop, shop *Org) error {
			return add(w, coop.Member, device(w, coop), w.Now, capture)
		}, ledger.Invalid, "items[0].until"},
		{"by an administrator for somebody else", func(w *World, coop, shop *Org) error {
			clerk := w.Enrol(coop, "clerk", ledger.Roles...)
			return add(w, coop.Member, w.NextKey(clerk, "scale"), 0, capture)
		}, ledger.Forbidden, "items[0].member.id"},
		{"into another organisation", func(w *World, coop, shop *Org) error {
			scale := device(w, coop)
			scale.Org = shop.OrgID()
			return add(w, coop.Member, scale, 0, capture)
		}, ledger.Forbidden, "items[0].member.org"},
		{"with a key that is in use", func(w *World, coop, shop *Org) error {
			return add(w, coop.Member, coop.Member, 0, capture)
		}, ledger.Conflict, "items[0].member.key"},
		{"with roles that its member has not", func(w *World, coop, shop *Org) error {
			clerk := w.Enrol(coop, "clerk", ledger.RoleRecaller)
			return add(w, clerk, w.NextKey(clerk, "scale"), 0, capture)
		}, ledger.Conflict, "items[0].member.roles"},
		{"by a device", func(w *World, coop, shop *Org) error {
			w.Must(add(w, coop.Member, device(w, coop), 0, capture))
			return add(w, device(w, coop), w.NextKey(coop.Member, "another scale"), 0, capture)
		}, ledger.Forbidden, ""},
	})
}
