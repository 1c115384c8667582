package registry_test

import (
	"strings"
	"testing"
	"time"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/contracts/registry"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/ledgertest"
	"github.com/sogoc/sogoc/trace"
)

// state is a register to read.
type state map[string]string

func (s state) Get(key string) ([]byte, error) {
	if v, ok := s[key]; ok {
		return []byte(v), nil
	}
	return nil, nil
}

func hostOf(w *World, by *Member, org ledger.ID, host string) error {
	return submit(w, by, trace.ActionHost, trace.Hosting{Org: org, Host: host, Reason: "a node of its own"})
}

func TestHosting(t *testing.T) {
	run(t, []row{
		{"an organisation's", func(w *World, coop, shop *Org) error { return hostOf(w, w.Operator.Member, coop.OrgID(), "Org2MSP") }, "", ""},
		{"by admission", func(w *World, coop, shop *Org) error {
			a := w.NewOrg("new", ledger.KindCoop).Admission()
			a.Org.Host = "Org2MSP"
			w.Must(submit(w, w.Operator.Member, trace.ActionAdmit, a))
			return hostOf(w, w.Operator.Member, a.Org.ID, "Org2MSP")
		}, ledger.Conflict, "items[0].host"},
		{"by an admission that misspells it", func(w *World, coop, shop *Org) error {
			a := w.NewOrg("new", ledger.KindCoop).Admission()
			a.Org.Host = "Org 2"
			return submit(w, w.Operator.Member, trace.ActionAdmit, a)
		}, ledger.Invalid, "items[0].org.host"},
		{"back to the operator's", func(w *World, coop, shop *Org) error {
			w.Must(hostOf(w, w.Operator.Member, coop.OrgID(), "Org2MSP"))
			return hostOf(w, w.Operator.Member, coop.OrgID(), "")
		}, "", ""},
		{"the operator's", func(w *World, coop, shop *Org) error {
			w.Must(hostOf(w, w.Operator.Member, w.Operator.OrgID(), "Org3MSP"))
			return hostOf(w, w.Operator.Member, w.Operator.OrgID(), "Org3MSP")
		}, ledger.Conflict, "items[0].host"},
		{"the operator's that its genesis names", func(w *World, coop, shop *Org) error {
			return hostOf(w, w.Operator.Member, w.Operator.OrgID(), "Org1MSP")
		}, ledger.Conflict, "items[0].host"},
		{"none for the operator", func(w *World, coop, shop *Org) error { return hostOf(w, w.Operator.Member, w.Operator.OrgID(), "") }, ledger.Invalid, "items[0].host"},
		{"none where there is none", func(w *World, coop, shop *Org) error { return hostOf(w, w.Operator.Member, coop.OrgID(), "") }, ledger.Conflict, "items[0].host"},
		{"misspelt", func(w *World, coop, shop *Org) error { return hostOf(w, w.Operator.Member, coop.OrgID(), "Org2|MSP") }, ledger.Invalid, "items[0].host"},
		{"by the organisation itself", func(w *World, coop, shop *Org) error { return hostOf(w, coop.Member, coop.OrgID(), "Org2MSP") }, ledger.Forbidden, "items[0]"},
		{"nobody's", func(w *World, coop, shop *Org) error {
			return hostOf(w, w.Operator.Member, ledger.NewID(), "Org2MSP")
		}, ledger.NotFound, "items[0].org"},
		{"without a reason", func(w *World, coop, shop *Org) error {
			return submit(w, w.Operator.Member, trace.ActionHost, trace.Hosting{Org: coop.OrgID(), Host: "Org2MSP"})
		}, ledger.Invalid, "items[0].reason"},
	})
}

// TestMaySubmit: what a key signed is submitted by its organisation's host alone.
func TestMaySubmit(t *testing.T) {
	w := New(t)
	coop, shop := w.Admit("coop", ledger.KindCoop), w.Admit("shop", ledger.KindRetailer)
	nobody := w.NewOrg("nobody", ledger.KindCoop)
	clerk := w.Enrol(coop, "clerk", ledger.RoleRecorder)
	check := func(when string, hosts map[*Member]string) {
		t.Helper()
		for m, own := range hosts {
			for _, host := range []string{"Org1MSP", "Org2MSP", "Org3MSP"} {
				err := registry.MaySubmit(state(w.State()), host, m.Address())
				if host == own || own == "any" {
					if err != nil {
						t.Errorf("%s: a node of %s: %v", when, host, err)
					}
					continue
				}
				if ledger.CodeOf(err) != ledger.Forbidden || !strings.Contains(err.Error(), host) || !strings.Contains(err.Error(), own) {
					t.Errorf("%s: a node of %s in place of %s: %v", when, host, own, err)
				}
			}
		}
	}
	check("at first", map[*Member]string{w.Operator.Member: "Org1MSP", coop.Member: "Org1MSP", clerk: "Org1MSP", nobody.Member: "any"})
	w.Must(hostOf(w, w.Operator.Member, coop.OrgID(), "Org2MSP"))
	check("the co-op moved", map[*Member]string{w.Operator.Member: "Org1MSP", coop.Member: "Org2MSP", clerk: "Org2MSP", shop.Member: "Org1MSP"})
	w.Must(submit(w, w.Operator.Member, trace.ActionStand, trace.Standing{Org: coop.OrgID(), Suspended: true, Reason: "fraud"}))
	w.Must(hostOf(w, w.Operator.Member, w.Operator.OrgID(), "Org3MSP"))
	check("the operator moved", map[*Member]string{w.Operator.Member: "Org3MSP", coop.Member: "Org2MSP", shop.Member: "Org3MSP"})
	w.Must(hostOf(w, w.Operator.Member, coop.OrgID(), ""))
	check("the co-op came back", map[*Member]string{coop.Member: "Org3MSP", clerk: "Org3MSP"})
	w.Must(hostOf(w, w.Operator.Member, shop.OrgID(), "Org2MSP"))
	phone, scale := w.NextKey(shop.Member, "phone"), w.NextKey(shop.Member, "scale")
	w.Must(submit(w, shop.Member, trace.ActionDevice, trace.DeviceKey{Member: scale.Enrolment(ledger.Roles...), Actions: []string{"traceability/capture"}}))
	w.Must(submit(w, shop.Member, trace.ActionRotate, trace.NewMember{Member: phone.Enrolment(ledger.Roles...)}))
	check("the shop has other keys", map[*Member]string{phone: "Org2MSP", scale: "Org2MSP", shop.Member: "Org2MSP"})
}

// TestMayFound: the founding has a host before there is a register, and nobody
// submits where the genesis names none.
func TestMayFound(t *testing.T) {
	operator, other := ledger.Address{1}, ledger.Address{2}
	for _, c := range []struct {
		genesis, host string
		signer        ledger.Address
		code          ledger.Code
	}{
		{"Org1MSP", "Org1MSP", operator, ""},
		{"Org1MSP", "Org2MSP", operator, ledger.Forbidden},
		{"", "Org1MSP", operator, ledger.Forbidden},
		{"Org1MSP", "Org2MSP", other, ""}, // the contracts refuse it
	} {
		g := ledger.Genesis{Format: ledger.GenesisFormat, Origin: "o", Operator: operator, Host: c.genesis}
		if err := registry.MaySubmit(state{ledger.GenesisKey: string(g.Encode())}, c.host, c.signer); (err == nil) != (c.code == "") || err != nil && ledger.CodeOf(err) != c.code {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if err := registry.MaySubmit(state{}, "Org1MSP", operator); ledger.CodeOf(err) != ledger.Internal {
		t.Errorf("without a genesis: %v", err)
	}
}

// TestFoundingNamesNoHost: the genesis does.
func TestFoundingNamesNoHost(t *testing.T) {
	genesis, key := ledgertest.NewGenesis(t)
	now := genesis.Created
	found := func(host string) error {
		o := Org{Member: &Member{ID: ledger.ID{1}, Org: ledger.ID{2}, Key: key}, Kind: ledger.KindOperator}
		a := o.Admission()
		a.Org.Host = host
		tx, err := ledger.Sign(genesis.Register(), key, trace.RegistryContract, trace.ActionFound, trace.DirectorySummary(trace.ActionFound, 1),
			[]ledger.Item{ledger.NewItem(trace.Encode(a))}, uint64(now.Add(time.Hour).Time().Unix()))
		if err != nil {
			t.Fatal(err)
		}
		_, err = NewMemory(genesis, Contracts()...).Submit(tx, now)
		return err
	}
	Refused(t, found("Org2MSP"), ledger.Invalid, "items[0].org.host")
	if err := found(""); err != nil {
		t.Error(err)
	}
}
