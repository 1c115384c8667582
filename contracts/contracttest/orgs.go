package contracttest

import (
	"crypto/ecdsa"
	"fmt"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/gs1"
)

// Member is somebody who signs.
type Member struct {
	ID  ledger.ID
	Org ledger.ID
	Key *ecdsa.PrivateKey
}

// Address names the member's key.
func (m *Member) Address() ledger.Address { return ledger.AddressOf(&m.Key.PublicKey) }

// Org is an organisation. It has every role by its first member, a GS1 prefix and
// an issuer of codes, and a place by which shipments name it.
type Org struct {
	*Member // the first
	Name    string
	Kind    ledger.Kind
	Prefix  string // 7 digits
	Issuer  string
	Place   trace.ID
}

// OrgID is the organisation's identifier; its first member's is ID.
func (o *Org) OrgID() ledger.ID { return o.Org }

// Holder is the organisation as balances name it.
func (o *Org) Holder() string { return o.Org.String() }

func (w *World) found(key *ecdsa.PrivateKey) {
	w.t.Helper()
	o := &Org{Member: &Member{idOf("member operator"), idOf("org operator"), key}, Name: "operator", Kind: ledger.KindOperator}
	w.Operator = o
	_, err := w.Directory(o.Member, trace.ActionFound, o.Admission())
	w.Must(err)
}

// Directory submits a transaction to the registry.
func (w *World) Directory(m *Member, action string, items ...any) ([]byte, error) {
	w.t.Helper()
	encoded := make([][]byte, len(items))
	for i, it := range items {
		encoded[i] = trace.Encode(it)
	}
	return w.Submit(m, trace.RegistryContract, action, trace.DirectorySummary(action, len(items)), encoded...)
}

// Enrolment is what puts a member on the register.
func (m *Member) Enrolment(roles ...ledger.Role) ledger.Enrolment {
	return ledger.Enrolment{Member: m.ID, Org: m.Org, Key: m.Address(), Roles: roles}
}

// Admission is what puts the organisation on the register.
func (o *Org) Admission() trace.Admission {
	return trace.Admission{
		Org:    trace.Organisation{ID: o.Org, Kind: o.Kind},
		Member: o.Enrolment(ledger.Roles...),
	}
}

// NewOrg makes an organisation that is not on the register.
func (w *World) NewOrg(name string, kind ledger.Kind) *Org {
	w.orgs++
	o := &Org{
		Member: &Member{idOf("member " + name), idOf("org " + name), keyOf(name)}, Name: name, Kind: kind,
		Prefix: fmt.Sprintf("952%04d", w.orgs), Issuer: fmt.Sprintf("X%03d", w.orgs),
	}
	o.Place = o.GLN(1)
	return o
}

// Admit puts an organisation on the register, with a prefix, an issuer and a place.
func (w *World) Admit(name string, kind ledger.Kind) *Org {
	w.t.Helper()
	o := w.NewOrg(name, kind)
	_, err := w.Directory(w.Operator.Member, trace.ActionAdmit, o.Admission())
	w.Must(err)
	_, err = w.Directory(w.Operator.Member, trace.ActionPrefix,
		trace.Prefix{Org: o.Org, GS1: o.Prefix, Evidence: "GS1"}, trace.Prefix{Org: o.Org, Issuer: o.Issuer})
	w.Must(err)
	_, err = w.Directory(o.Member, trace.ActionPlace, trace.Place{ID: o.Place, Kind: trace.PlaceWarehouse, Commune: "07234"})
	w.Must(err)
	return o
}

// Enrol adds a member.
func (w *World) Enrol(o *Org, name string, roles ...ledger.Role) *Member {
	w.t.Helper()
	m := &Member{idOf("member " + name), o.Org, keyOf(name)}
	_, err := w.Directory(o.Member, trace.ActionEnrol, trace.NewMember{Member: m.Enrolment(roles...)})
	w.Must(err)
	return m
}

// NextKey is a member with another key, which is not on the register.
func (w *World) NextKey(m *Member, name string) *Member {
	return &Member{m.ID, m.Org, keyOf(name)}
}

// Mandate lets the members of an organisation record events on a member's behalf.
func (w *World) Mandate(principal *Member, agent *Org) {
	w.t.Helper()
	_, err := w.Directory(principal, trace.ActionMandate, trace.Mandate{
		Member: principal.ID, Agent: agent.Org, Actions: []string{trace.Contract + "/" + trace.ActionCapture},
	})
	w.Must(err)
}

// Withdraw takes a mandate back.
func (w *World) Withdraw(principal *Member, agent *Org) {
	w.t.Helper()
	_, err := w.Directory(principal, trace.ActionMandate, trace.Mandate{Member: principal.ID, Agent: agent.Org, Withdrawn: true})
	w.Must(err)
}

// Describe puts a product on the register. Without a unit it is counted in
// kilograms, without tolerance and cap these are 2/100 and 10/100.
func (w *World) Describe(o *Org, p trace.Product) trace.ID {
	w.t.Helper()
	if p.Unit == "" {
		p.Unit = "KGM"
	}
	if p.Tolerance.IsZero() {
		p.Tolerance, p.HardCap = trace.Ratio{Num: 2, Den: 100}, trace.Ratio{Num: 10, Den: 100}
	}
	_, err := w.Directory(o.Member, trace.ActionProduct, p)
	w.Must(err)
	return p.ID
}

// Product describes an ordinary product of the organisation.
func (w *World) Product(o *Org, n int) trace.ID {
	w.t.Helper()
	return w.Describe(o, trace.Product{ID: o.GTIN(n)})
}

// GTIN, GLN and SSCC are identifiers under the organisation's prefix, Code one
// under its issuer.
func (o *Org) GTIN(n int) trace.ID {
	return checked("01", fmt.Sprintf("0%s%05d", o.Prefix, n))
}
func (o *Org) GLN(n int) trace.ID {
	return checked("414", fmt.Sprintf("%s%05d", o.Prefix, n))
}
func (o *Org) SSCC(n int) trace.ID {
	return checked("00", fmt.Sprintf("0%s%09d", o.Prefix, n))
}
func (o *Org) Code(n int) trace.ID {
	code, err := trace.NewCode(o.Issuer, fmt.Sprintf("%05d", n))
	if err != nil {
		panic(err)
	}
	return trace.MustID("/t/" + string(code))
}

func checked(ai, digits string) trace.ID {
	return trace.MustID("https://id.gs1.org/" + ai + "/" + digits + string(gs1.CheckDigit(digits)))
}

// Lot and Piece qualify a product.
func Lot(product trace.ID, lot string) trace.ID {
	id, err := product.WithLot(lot)
	if err != nil {
		panic(err)
	}
	return id
}
func Piece(product trace.ID, serial string) trace.ID {
	id, err := product.WithSerial(serial)
	if err != nil {
		panic(err)
	}
	return id
}
