package traceability_test

import (
	"testing"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/contracts/traceability"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// province is the world of the scenarios: a co-op that owns a lychee, a household
// that may make lots of it, and others.
type province struct {
	*World
	coop, house, trader, shop, agency *Org

	lychee, jam, tree trace.ID // products of the co-op: fruit, what is boiled of it, an orchard
	lot, plot         trace.ID // 100 KGM of lychee in the co-op's hands, and an orchard of the co-op's
	made              trace.Fact
}

func newProvince(t testing.TB) *province {
	t.Helper()
	w := New(t)
	p := &province{
		World: w,
		coop:  w.Admit("coop", ledger.KindCoop), house: w.Admit("house", ledger.KindHousehold),
		trader: w.Admit("trader", ledger.KindDistributor), shop: w.Admit("shop", ledger.KindRetailer),
		agency: w.Admit("agency", ledger.KindAgency),
	}
	p.lychee = w.Describe(p.coop, trace.Product{ID: p.coop.GTIN(1), Makers: []ledger.ID{p.house.OrgID()}})
	p.jam = w.Describe(p.coop, trace.Product{ID: p.coop.GTIN(2), Yield: &trace.Ratio{Num: 1, Den: 2}})
	p.tree = w.Describe(p.coop, trace.Product{ID: p.coop.Code(3), Unit: "HAR", Perennial: true})
	p.lot, p.plot = Lot(p.lychee, "L1"), Lot(p.tree, "P1")
	p.made = w.Commission(Of(p.lot, "100 KGM"), Of(p.plot, "2 HAR"))
	w.Record(p.coop, p.made)
	return p
}

// has compares an account of a lot with a quantity; "" is no account.
func (p *province) has(t *testing.T, lot trace.ID, account, want string) {
	t.Helper()
	accounts, err := traceability.Accounts(p.State())
	if err != nil {
		t.Fatal(err)
	}
	if got := accounts[lot.String()+"|"+account]; got != want {
		t.Errorf("%s has %q of %s, want %q", account, got, lot, want)
	}
}

// try records facts by an organisation and gives the refusal.
func (p *province) try(o *Org, facts ...trace.Fact) error {
	_, err := p.Capture(o, facts...)
	return err
}

// row is one line of a rule's table: what is done in a new province, and whether
// it is refused.
type row struct {
	name  string
	do    func(t *testing.T, p *province) error
	code  ledger.Code // empty where it is legal
	field string
}

func run(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			p := newProvince(t)
			err := r.do(t, p)
			if r.code == "" {
				p.Must(err)
				return
			}
			p.Refused(err, r.code, r.field)
		})
	}
}

func flags(out trace.EventOutcome) string {
	s := ""
	for _, f := range out.Flags {
		s += string(f.Kind) + " "
	}
	return s
}

func (p *province) wantFlags(t *testing.T, out trace.EventOutcome, want string) {
	t.Helper()
	if got := flags(out); got != want {
		t.Errorf("flags %q, want %q", got, want)
	}
}

const objects = "items[0].objects"
