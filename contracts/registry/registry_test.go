package registry_test

import (
	"testing"

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

func TestRefusing(t *testing.T) {
	dossier, next := ledger.Hash{1}, ledger.Hash{2}
	refuse := func(w *World, by *Member, org ledger.ID, dossier ledger.Hash, why string) error {
		return submit(w, by, trace.ActionRefuse, trace.Refusal{Org: org, Dossier: dossier, Reason: why})
	}
	admit := func(w *World, org *Org, dossier ledger.Hash, why string) error {
		a := org.Admission()
		a.Dossier, a.Reason = dossier, why
		return submit(w, w.Operator.Member, trace.ActionAdmit, a)
	}
	apply := func(w *World) *Org { return w.NewOrg("applicant", ledger.KindCoop) }
	long := string(make([]byte, 1001))
	run(t, []row{
		{"by the operator", func(w *World, coop, shop *Org) error {
			return refuse(w, w.Operator.Member, apply(w).OrgID(), dossier, "no proof of the place")
		}, "", ""},
		{"by an operator's clerk", func(w *World, coop, shop *Org) error {
			return refuse(w, w.Enrol(w.Operator, "desk", ledger.RoleRecorder), apply(w).OrgID(), dossier, "x")
		}, ledger.Forbidden, "items[0]"},
		{"by a member", func(w *World, coop, shop *Org) error {
			return refuse(w, coop.Member, apply(w).OrgID(), dossier, "a competitor")
		}, ledger.Forbidden, "items[0]"},
		{"twice for the same dossier", func(w *World, coop, shop *Org) error {
			org := apply(w).OrgID()
			w.Must(refuse(w, w.Operator.Member, org, dossier, "x"))
			return refuse(w, w.Operator.Member, org, dossier, "x")
		}, ledger.Conflict, "items[0].dossier"},
		{"twice for two dossiers", func(w *World, coop, shop *Org) error {
			org := apply(w).OrgID()
			w.Must(refuse(w, w.Operator.Member, org, dossier, "x"))
			return refuse(w, w.Operator.Member, org, next, "x")
		}, "", ""},
		{"an organisation on the register", func(w *World, coop, shop *Org) error {
			return refuse(w, w.Operator.Member, coop.OrgID(), dossier, "x")
		}, ledger.Conflict, "items[0].org"},
		{"nobody", func(w *World, coop, shop *Org) error {
			return refuse(w, w.Operator.Member, ledger.ID{}, dossier, "x")
		}, ledger.Invalid, "items[0].org"},
		{"without a dossier", func(w *World, coop, shop *Org) error {
			return refuse(w, w.Operator.Member, apply(w).OrgID(), ledger.Hash{}, "x")
		}, ledger.Invalid, "items[0].dossier"},
		{"without a reason", func(w *World, coop, shop *Org) error {
			return refuse(w, w.Operator.Member, apply(w).OrgID(), dossier, "")
		}, ledger.Invalid, "items[0].reason"},
		{"and admitting the same dossier", func(w *World, coop, shop *Org) error {
			org := apply(w)
			w.Must(refuse(w, w.Operator.Member, org.OrgID(), dossier, "x"))
			return admit(w, org, dossier, "after all")
		}, ledger.Conflict, "items[0].dossier"},
		{"and admitting the next dossier", func(w *World, coop, shop *Org) error {
			org := apply(w)
			w.Must(refuse(w, w.Operator.Member, org.OrgID(), dossier, "x"))
			return admit(w, org, next, "proof of the place was handed in")
		}, "", ""},
		{"admitting with a long reason", func(w *World, coop, shop *Org) error {
			return admit(w, apply(w), dossier, long)
		}, ledger.Invalid, "items[0].reason"},
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

func TestOwnProfile(t *testing.T) {
	profile := func(w *World, by *Member, of *Org, d *trace.Describes) error {
		return submit(w, by, trace.ActionProfile, trace.OwnProfile{Org: of.OrgID(), Profile: d})
	}
	words := &trace.Describes{Payload: CID("words")}
	run(t, []row{
		{"by its administrator", func(w *World, coop, shop *Org) error { return profile(w, coop.Member, coop, words) }, "", ""},
		{"twice", func(w *World, coop, shop *Org) error {
			w.Must(profile(w, coop.Member, coop, words))
			return profile(w, coop.Member, coop, words)
		}, "", ""},
		{"the operator's own", func(w *World, coop, shop *Org) error {
			return profile(w, w.Operator.Member, w.Operator, words)
		}, "", ""},
		{"by its recorder", func(w *World, coop, shop *Org) error {
			return profile(w, w.Enrol(coop, "clerk", ledger.RoleRecorder), coop, words)
		}, ledger.Forbidden, "items[0]"},
		{"by another organisation's administrator", func(w *World, coop, shop *Org) error {
			return profile(w, shop.Member, coop, words)
		}, ledger.Forbidden, "items[0].org"},
		{"by the operator", func(w *World, coop, shop *Org) error {
			return profile(w, w.Operator.Member, coop, words)
		}, ledger.Forbidden, "items[0].org"},
		{"without a profile", func(w *World, coop, shop *Org) error { return profile(w, coop.Member, coop, nil) }, ledger.Invalid, "items[0].profile"},
		{"with another's words", func(w *World, coop, shop *Org) error {
			w.Must(profile(w, shop.Member, shop, words))
			return profile(w, coop.Member, coop, words)
		}, ledger.Conflict, "items[0].profile.payload"},
		{"with a picture that is none", func(w *World, coop, shop *Org) error {
			return profile(w, coop.Member, coop, &trace.Describes{Payload: CID("words"), Image: "photo"})
		}, ledger.Invalid, "items[0].profile.image"},
		{"a household's, sealed", func(w *World, coop, shop *Org) error {
			house := w.Admit("house", ledger.KindHousehold)
			return profile(w, house.Member, house, &trace.Describes{Payload: CID("words"), Sealed: true})
		}, "", ""},
		{"a household's, in the open", func(w *World, coop, shop *Org) error {
			house := w.Admit("house", ledger.KindHousehold)
			return profile(w, house.Member, house, words)
		}, ledger.Invalid, "items[0].profile.sealed"},
	})
}

func TestErasing(t *testing.T) {
	describe := func(w *World, o *Org, n int) error {
		return submit(w, o.Member, trace.ActionPlace, trace.Place{
			ID: o.GLN(n), Kind: trace.PlaceShop, Commune: "1", Profile: &trace.Describes{Payload: CID("secret"), Sealed: true},
		})
	}
	pictured := func(w *World, o *Org) error {
		return submit(w, o.Member, trace.ActionProfile, trace.OwnProfile{
			Org: o.OrgID(), Profile: &trace.Describes{Payload: CID("about " + o.Name), Sealed: true, Image: CID("photo")},
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
		{"the picture, by its owner", func(w *World, coop, shop *Org) error {
			w.Must(pictured(w, coop))
			return submit(w, coop.Member, trace.ActionErase, trace.Erasure{Payload: CID("photo"), Reason: "asked for"})
		}, "", ""},
		{"the picture, by a stranger", func(w *World, coop, shop *Org) error {
			w.Must(pictured(w, coop))
			return submit(w, shop.Member, trace.ActionErase, trace.Erasure{Payload: CID("photo"), Reason: "asked for"})
		}, ledger.Forbidden, "items[0].payload"},
		{"the picture, by a stranger who would name it first", func(w *World, coop, shop *Org) error {
			w.Must(pictured(w, coop))
			return pictured(w, shop)
		}, ledger.Conflict, "items[0].profile.image"},
		{"and a picture named again", func(w *World, coop, shop *Org) error {
			w.Must(pictured(w, coop))
			w.Must(submit(w, coop.Member, trace.ActionErase, trace.Erasure{Payload: CID("photo"), Reason: "asked for"}))
			return pictured(w, coop)
		}, ledger.Conflict, "items[0].profile.image"},
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
