package registry_test

import (
	"testing"
	"time"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// row is one line of a rule's table.
type row struct {
	name  string
	do    func(w *World, coop, shop *Org) error
	code  ledger.Code // empty where it is legal
	field string
}

func run(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			w := New(t)
			coop, shop := w.Admit("coop", ledger.KindCoop), w.Admit("shop", ledger.KindRetailer)
			before := w.State()
			err := r.do(w, coop, shop)
			if r.code == "" {
				w.Must(err)
				return
			}
			w.Refused(err, r.code, r.field)
			if len(w.State()) < len(before) {
				t.Error("a refusal deleted something")
			}
		})
	}
}

func submit(w *World, by *Member, action string, items ...any) error {
	_, err := w.Directory(by, action, items...)
	return err
}

func TestFounding(t *testing.T) {
	run(t, []row{
		{"twice", func(w *World, coop, shop *Org) error {
			return submit(w, w.Operator.Member, trace.ActionFound, w.Operator.Admission())
		}, ledger.Conflict, ""},
		{"by another key than the genesis names", func(w *World, coop, shop *Org) error {
			return submit(w, coop.Member, trace.ActionFound, w.Operator.Admission())
		}, ledger.Forbidden, ""},
		{"an action that there is not", func(w *World, coop, shop *Org) error {
			_, err := w.Submit(w.Operator.Member, trace.RegistryContract, "dissolve", "Dissolve", []byte("{}"))
			return err
		}, ledger.Invalid, "action"},
		{"another summary", func(w *World, coop, shop *Org) error {
			_, err := w.Submit(w.Operator.Member, trace.RegistryContract, trace.ActionAdmit, "Nothing", trace.Encode(w.NewOrg("x", ledger.KindCoop).Admission()))
			return err
		}, ledger.Invalid, "summary"},
		{"rules that this release does not know", func(w *World, coop, shop *Org) error {
			return submit(w, w.Operator.Member, trace.ActionRules, trace.RulesVersion{Version: 2})
		}, ledger.Invalid, "items[0].version"},
		{"rules by a member", func(w *World, coop, shop *Org) error {
			return submit(w, coop.Member, trace.ActionRules, trace.RulesVersion{Version: 2})
		}, ledger.Forbidden, "items[0]"},
	})
}

func TestAdmitting(t *testing.T) {
	admit := func(w *World, by *Member, change func(*trace.Admission)) error {
		a := w.NewOrg("new", ledger.KindHousehold).Admission()
		a.Org.Profile = &trace.Describes{Payload: CID("profile"), Sealed: true}
		change(&a)
		return submit(w, by, trace.ActionAdmit, a)
	}
	same := func(*trace.Admission) {}
	run(t, []row{
		{"by the operator", func(w *World, coop, shop *Org) error { return admit(w, w.Operator.Member, same) }, "", ""},
		{"by a member", func(w *World, coop, shop *Org) error { return admit(w, coop.Member, same) }, ledger.Forbidden, "items[0]"},
		{"by an operator's clerk", func(w *World, coop, shop *Org) error {
			return admit(w, w.Enrol(w.Operator, "clerk", ledger.RoleRecorder), same)
		}, ledger.Forbidden, "items[0]"},
		{"a second operator", func(w *World, coop, shop *Org) error {
			return admit(w, w.Operator.Member, func(a *trace.Admission) { a.Org.Kind = ledger.KindOperator })
		}, ledger.Invalid, "items[0].org.kind"},
		{"an unknown kind", func(w *World, coop, shop *Org) error {
			return admit(w, w.Operator.Member, func(a *trace.Admission) { a.Org.Kind = "king" })
		}, ledger.Invalid, "items[0].org.kind"},
		{"a household in the open", func(w *World, coop, shop *Org) error {
			return admit(w, w.Operator.Member, func(a *trace.Admission) { a.Org.Profile.Sealed = false })
		}, ledger.Invalid, "items[0].org.profile.sealed"},
		{"without an administrator", func(w *World, coop, shop *Org) error {
			return admit(w, w.Operator.Member, func(a *trace.Admission) { a.Member.Roles = []ledger.Role{ledger.RoleRecorder} })
		}, ledger.Invalid, "items[0].member.roles"},
		{"with a member of another organisation", func(w *World, coop, shop *Org) error {
			return admit(w, w.Operator.Member, func(a *trace.Admission) { a.Member.Org = coop.OrgID() })
		}, ledger.Invalid, "items[0].member.org"},
		{"with a key that is in use", func(w *World, coop, shop *Org) error {
			return admit(w, w.Operator.Member, func(a *trace.Admission) { a.Member.Key = coop.Address() })
		}, ledger.Conflict, "items[0].member.key"},
		{"in the name of another's member", func(w *World, coop, shop *Org) error {
			return admit(w, w.Operator.Member, func(a *trace.Admission) { a.Member.Member = coop.ID })
		}, ledger.Conflict, "items[0].member.id"},
		{"twice", func(w *World, coop, shop *Org) error {
			return submit(w, w.Operator.Member, trace.ActionAdmit, coop.Admission())
		}, ledger.Conflict, "items[0].org.id"},
		{"under another's GLN", func(w *World, coop, shop *Org) error {
			gln := coop.GLN(9)
			named := func(a *trace.Admission) { a.Org.GLN = &gln }
			w.Must(admit(w, w.Operator.Member, named))
			a := w.NewOrg("newer", ledger.KindCoop).Admission()
			named(&a)
			return submit(w, w.Operator.Member, trace.ActionAdmit, a)
		}, ledger.Conflict, "items[0].org.gln"},
	})
}

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

func TestStanding(t *testing.T) {
	stand := func(w *World, by *Org, org ledger.ID, suspended bool) error {
		return submit(w, by.Member, trace.ActionStand, trace.Standing{Org: org, Suspended: suspended, Reason: "fraud"})
	}
	run(t, []row{
		{"suspended and reinstated", func(w *World, coop, shop *Org) error {
			w.Must(stand(w, w.Operator, coop.OrgID(), true))
			w.Refused(submit(w, coop.Member, trace.ActionProduct, trace.Product{ID: coop.GTIN(1)}), ledger.Forbidden, "")
			w.Must(stand(w, w.Operator, coop.OrgID(), false))
			w.Product(coop, 1)
			return nil
		}, "", ""},
		{"by a member", func(w *World, coop, shop *Org) error { return stand(w, coop, shop.OrgID(), true) }, ledger.Forbidden, "items[0]"},
		{"the operator", func(w *World, coop, shop *Org) error {
			return stand(w, w.Operator, w.Operator.OrgID(), true)
		}, ledger.Forbidden, "items[0].org"},
		{"what is so already", func(w *World, coop, shop *Org) error {
			return stand(w, w.Operator, coop.OrgID(), false)
		}, ledger.Conflict, "items[0].suspended"},
		{"nobody", func(w *World, coop, shop *Org) error { return stand(w, w.Operator, ledger.NewID(), true) }, ledger.NotFound, "items[0].org"},
	})
}

func TestPrefixes(t *testing.T) {
	assign := func(w *World, by *Org, p trace.Prefix) error { return submit(w, by.Member, trace.ActionPrefix, p) }
	gs1 := func(w *World, org *Org, digits string) error {
		return assign(w, w.Operator, trace.Prefix{Org: org.OrgID(), GS1: digits, Evidence: "certificate"})
	}
	run(t, []row{
		{"a new one", func(w *World, coop, shop *Org) error { return gs1(w, coop, "893123") }, "", ""},
		{"the same", func(w *World, coop, shop *Org) error { return gs1(w, coop, shop.Prefix) }, ledger.Conflict, "items[0].gs1"},
		{"a shorter one over it", func(w *World, coop, shop *Org) error { return gs1(w, coop, shop.Prefix[:5]) }, ledger.Conflict, "items[0].gs1"},
		{"a longer one under it", func(w *World, coop, shop *Org) error { return gs1(w, coop, shop.Prefix+"1") }, ledger.Conflict, "items[0].gs1"},
		{"beside it", func(w *World, coop, shop *Org) error { return gs1(w, coop, "9529999") }, "", ""},
		{"too short", func(w *World, coop, shop *Org) error { return gs1(w, coop, "893") }, ledger.Invalid, "items[0].gs1"},
		{"not digits", func(w *World, coop, shop *Org) error { return gs1(w, coop, "89|123") }, ledger.Invalid, "items[0].gs1"},
		{"without evidence", func(w *World, coop, shop *Org) error {
			return assign(w, w.Operator, trace.Prefix{Org: coop.OrgID(), GS1: "893123"})
		}, ledger.Invalid, "items[0].evidence"},
		{"by a member", func(w *World, coop, shop *Org) error {
			return assign(w, coop, trace.Prefix{Org: coop.OrgID(), GS1: "893123", Evidence: "certificate"})
		}, ledger.Forbidden, "items[0]"},
		{"an issuer", func(w *World, coop, shop *Org) error {
			return assign(w, w.Operator, trace.Prefix{Org: coop.OrgID(), Issuer: "VNTR"})
		}, "", ""},
		{"an issuer twice", func(w *World, coop, shop *Org) error {
			return assign(w, w.Operator, trace.Prefix{Org: coop.OrgID(), Issuer: shop.Issuer})
		}, ledger.Conflict, "items[0].issuer"},
		{"an issuer that codes cannot have", func(w *World, coop, shop *Org) error {
			return assign(w, w.Operator, trace.Prefix{Org: coop.OrgID(), Issuer: "vntr"})
		}, ledger.Invalid, "items[0].issuer"},
		{"neither", func(w *World, coop, shop *Org) error {
			return assign(w, w.Operator, trace.Prefix{Org: coop.OrgID()})
		}, ledger.Invalid, "items[0].gs1"},
		{"for nobody", func(w *World, coop, shop *Org) error {
			return gs1(w, w.NewOrg("x", ledger.KindCoop), "893123")
		}, ledger.NotFound, "items[0].org"},
	})
}

func TestPlacesAndProducts(t *testing.T) {
	place := func(w *World, by *Member, change func(*trace.Place)) error {
		p := trace.Place{Kind: trace.PlacePlot, Commune: "07234"}
		change(&p)
		return submit(w, by, trace.ActionPlace, p)
	}
	product := func(w *World, by *Member, change func(*trace.Product)) error {
		p := trace.Product{Unit: "KGM", Tolerance: trace.Ratio{Num: 2, Den: 100}, HardCap: trace.Ratio{Num: 10, Den: 100}}
		change(&p)
		return submit(w, by, trace.ActionProduct, p)
	}
	run(t, []row{
		{"a plot that its owner shows", func(w *World, coop, shop *Org) error {
			return place(w, coop.Member, func(p *trace.Place) {
				p.ID, p.Profile, p.Shown = coop.Code(1), &trace.Describes{Payload: CID("plot")}, true
			})
		}, "", ""},
		{"a plot in the open", func(w *World, coop, shop *Org) error {
			return place(w, coop.Member, func(p *trace.Place) { p.ID, p.Profile = coop.Code(1), &trace.Describes{Payload: CID("plot")} })
		}, ledger.Invalid, "items[0].profile.sealed"},
		{"a place of another organisation", func(w *World, coop, shop *Org) error {
			return place(w, coop.Member, func(p *trace.Place) { p.ID = shop.GLN(2) })
		}, ledger.Forbidden, "items[0].id"},
		{"a place of nobody's", func(w *World, coop, shop *Org) error {
			return place(w, coop.Member, func(p *trace.Place) { p.ID = trace.MustID("urn:x:1") })
		}, ledger.Forbidden, "items[0].id"},
		{"a lot as a place", func(w *World, coop, shop *Org) error {
			return place(w, coop.Member, func(p *trace.Place) { p.ID = Lot(coop.Code(1), "L") })
		}, ledger.Invalid, "items[0].id"},
		{"a place of no kind", func(w *World, coop, shop *Org) error {
			return place(w, coop.Member, func(p *trace.Place) { p.ID, p.Kind = coop.GLN(2), "moon" })
		}, ledger.Invalid, "items[0].kind"},
		{"a place by a recorder", func(w *World, coop, shop *Org) error {
			return place(w, w.Enrol(coop, "clerk", ledger.RoleRecorder), func(p *trace.Place) { p.ID = coop.GLN(2) })
		}, ledger.Forbidden, "items[0]"},
		{"a product", func(w *World, coop, shop *Org) error {
			return product(w, coop.Member, func(p *trace.Product) { p.ID, p.Makers = coop.GTIN(1), []ledger.ID{shop.OrgID()} })
		}, "", ""},
		{"a product of another organisation", func(w *World, coop, shop *Org) error {
			return product(w, coop.Member, func(p *trace.Product) { p.ID = shop.GTIN(1) })
		}, ledger.Forbidden, "items[0].id"},
		{"a lot as a product", func(w *World, coop, shop *Org) error {
			return product(w, coop.Member, func(p *trace.Product) { p.ID = Lot(coop.GTIN(1), "L") })
		}, ledger.Invalid, "items[0].id"},
		{"counted otherwise than before", func(w *World, coop, shop *Org) error {
			w.Product(coop, 1)
			return product(w, coop.Member, func(p *trace.Product) { p.ID, p.Unit = coop.GTIN(1), "LTR" })
		}, ledger.Conflict, "items[0].unit"},
		{"a tolerance beyond the cap", func(w *World, coop, shop *Org) error {
			return product(w, coop.Member, func(p *trace.Product) { p.ID, p.Tolerance = coop.GTIN(1), trace.Ratio{Num: 1, Den: 5} })
		}, ledger.Invalid, "items[0].hard_cap"},
		{"a cap beyond everything", func(w *World, coop, shop *Org) error {
			return product(w, coop.Member, func(p *trace.Product) { p.ID, p.HardCap = coop.GTIN(1), trace.Ratio{Num: 2, Den: 1} })
		}, ledger.Invalid, "items[0].hard_cap"},
		{"a maker that there is not", func(w *World, coop, shop *Org) error {
			return product(w, coop.Member, func(p *trace.Product) { p.ID, p.Makers = coop.GTIN(1), []ledger.ID{ledger.NewID()} })
		}, ledger.NotFound, "items[0].makers"},
	})
}

func TestErasing(t *testing.T) {
	describe := func(w *World, o *Org, n int) error {
		return submit(w, o.Member, trace.ActionPlace, trace.Place{
			ID: o.GLN(n), Kind: trace.PlaceShop, Commune: "1", Profile: &trace.Describes{Payload: CID("secret"), Sealed: true},
		})
	}
	erase := func(w *World, by *Member) error {
		return submit(w, by, trace.ActionErase, trace.Erasure{Payload: CID("secret"), Reason: "asked for"})
	}
	run(t, []row{
		{"by its owner", func(w *World, coop, shop *Org) error {
			w.Must(describe(w, coop, 2))
			return erase(w, coop.Member)
		}, "", ""},
		{"by the operator, whatever it is", func(w *World, coop, shop *Org) error { return erase(w, w.Operator.Member) }, "", ""},
		{"by a stranger", func(w *World, coop, shop *Org) error {
			w.Must(describe(w, coop, 2))
			return erase(w, shop.Member)
		}, ledger.Forbidden, "items[0].payload"},
		{"by a stranger who would describe something with it first", func(w *World, coop, shop *Org) error {
			w.Must(describe(w, coop, 2))
			return describe(w, shop, 2)
		}, ledger.Conflict, "items[0].profile.payload"},
		{"by a recorder", func(w *World, coop, shop *Org) error {
			w.Must(describe(w, coop, 2))
			return erase(w, w.Enrol(coop, "clerk", ledger.RoleRecorder))
		}, ledger.Forbidden, "items[0]"},
		{"twice", func(w *World, coop, shop *Org) error {
			w.Must(erase(w, w.Operator.Member))
			return erase(w, w.Operator.Member)
		}, ledger.Conflict, "items[0].payload"},
		{"and described again", func(w *World, coop, shop *Org) error {
			w.Must(erase(w, w.Operator.Member))
			return describe(w, coop, 2)
		}, ledger.Conflict, "items[0].profile.payload"},
	})
}

func TestLists(t *testing.T) {
	list := func(w *World, by *Org, name string, version int) error {
		return submit(w, by.Member, trace.ActionList, trace.List{Name: name, Version: version, Payload: CID("list")})
	}
	run(t, []row{
		{"versions follow each other", func(w *World, coop, shop *Org) error {
			w.Must(list(w, w.Operator, "crops", 1))
			return list(w, w.Operator, "crops", 2)
		}, "", ""},
		{"a version left out", func(w *World, coop, shop *Org) error { return list(w, w.Operator, "crops", 2) }, ledger.Conflict, "items[0].version"},
		{"a version twice", func(w *World, coop, shop *Org) error {
			w.Must(list(w, w.Operator, "crops", 1))
			return list(w, w.Operator, "crops", 1)
		}, ledger.Conflict, "items[0].version"},
		{"a strange name", func(w *World, coop, shop *Org) error { return list(w, w.Operator, "a|b", 1) }, ledger.Invalid, "items[0].name"},
		{"by a member", func(w *World, coop, shop *Org) error { return list(w, coop, "crops", 1) }, ledger.Forbidden, "items[0]"},
	})
}

// TestOneTransactionIsWholeOrNot admits two organisations of which one is refused.
func TestOneTransactionIsWholeOrNot(t *testing.T) {
	w := New(t)
	before := len(w.State())
	good, bad := w.NewOrg("good", ledger.KindCoop), w.NewOrg("bad", "king")
	w.Refused(submit(w, w.Operator.Member, trace.ActionAdmit, good.Admission(), bad.Admission()), ledger.Invalid, "items[1].org.kind")
	if len(w.State()) != before {
		t.Error("one of them was admitted")
	}
}
