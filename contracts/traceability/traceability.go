// Package traceability is the contract that keeps batches honest: who may record
// an event, that quantities balance, that a child is in one parent, that what is
// recalled does not move on.
//
// An identifier is managed when its product, prefix or issuer belongs to an
// organisation on the register; the rules bind managed identifiers. Anything else
// is recorded as its signer's statement.
//
// # How quantities are kept
//
// A lot has accounts, and quantities move between them, as in double-entry books:
// "made" (which goes negative by what was ever made), one account a holding
// organisation, "in CONTAINER", ">RECEIVER|SENDER" while shipped, where it ended
// ("used", "sold", "destroyed", "handed_over"), "lost RECEIVER" (shipped but not
// received) and "over" (which goes negative by what was taken beyond what was
// there, within the product's cap). The accounts of a lot always sum to nothing.
// An error declaration moves everything that its event moved back; an account
// below nothing after that blocks the lot until a later event makes it good.
//
// A piece (an identifier with a serial, an SSCC) is in one place at a time. So is
// a container that nobody's prefix covers, as long as managed things are in it:
// whoever packs them has it, and once it is empty whoever packs next. What was done
// with it before binds nobody then, and an error declaration leaves it alone.
//
// # Pre-harvest intervals
//
// An event may say how many days the harvest of its objects has to wait
// ([trace.SafeFrom]). What is known of a lot or a piece that was treated or harvested
// is kept by month, so that a harvest reads one key: its month has every treatment
// whose interval reaches into it. Whichever of the two is recorded first, what was
// made of the harvest has a reason for each crop that was still in its interval, and
// the outcome flags it. Recording is never refused for that. Declaring safe what has
// a reason, or was made of such, is: by the disposition conformant, by a laboratory's
// certificate or one of food safety; until a laboratory result of after the harvest
// clears it ([trace.Doubt]).
//
// So that a treatment which is recorded late finds them, harvests of standing crops
// and herds are kept, and those of anything whose step says that they are; beyond
// 1,000 things made in a month of a crop only those that have a reason.
package traceability

import (
	"slices"
	"time"

	"github.com/sogoc/sogoc/contracts/registry"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// FutureBound is how far ahead of the record time an event may lie: clocks in
// the field are off by a little.
const FutureBound = 5 * time.Minute

// Contract is the traceability contract. It has no state of its own.
type Contract struct{}

func (Contract) Name() string { return trace.Contract }

func (Contract) Execute(s ledger.State, c ledger.Call) ([]byte, error) {
	signer, err := registry.Signed(s, c)
	if err != nil {
		return nil, err
	}
	r := newRun(s, c, signer)
	out := trace.Outcome{Member: signer.Member, Org: signer.Org}
	switch c.Action {
	case trace.ActionCapture:
		out.Events, err = r.capture()
		if r.signer.Member != signer.Member { // recorded on behalf
			out.OnBehalf = &trace.Principal{Member: r.signer.Member, Org: r.signer.Org}
		}
	case trace.ActionRecall:
		err = r.recalls()
	case trace.ActionCertify:
		err = r.certificates()
	default:
		err = ledger.FieldErrorf(ledger.Invalid, "action", "traceability has no action %q", c.Action)
	}
	if err != nil {
		return nil, err
	}
	return trace.Encode(&out), nil
}

// run is one transaction at work. The maps hold what was read of the state, so
// that events about the same things read it once. They are made with their first entry:
// most transactions need none of most.
type run struct {
	ledger.State
	call     ledger.Call
	signer   registry.Signer                // or the principal, where all is recorded on somebody's behalf
	owners   map[trace.ID]owner             // by product
	named    map[trace.ID]named             // by source or destination
	contents map[trace.ID]map[trace.ID]bool // by container
	repacked map[trace.ID]bool              // containers whose contents changed
	walked   map[string]bool                // things behind which nothing is recalled
	edges    int                            // lineage added by transforming
}

// ReadAhead makes run a ledger.Ahead over one.
func (r *run) ReadAhead(keys func() []string) { ledger.ReadAhead(r.State, keys) }

// set puts a value into a map that may not be made yet.
func set[K comparable, V any](m *map[K]V, key K, value V) {
	if *m == nil {
		*m = map[K]V{}
	}
	(*m)[key] = value
}

func newRun(s ledger.State, c ledger.Call, signer registry.Signer) *run {
	return &run{State: s, call: c, signer: signer}
}

// kind is how the register follows what an identifier names.
type kind int

const (
	stated kind = iota // nobody's on the register: its signer's statement
	class              // managed, but neither a lot nor a piece: it has no balance
	lot
	piece
)

// owner is to whom an identifier belongs, and how it is followed.
type owner struct {
	kind    kind
	managed bool // org is set
	org     ledger.ID
	product *registry.ProductRecord
}

func (o owner) perennial() bool { return o.product != nil && o.product.Perennial }

func (r *run) owner(id trace.ID) (owner, error) {
	product := id.Product()
	o, ok := r.owners[product]
	if !ok {
		var err error
		if o.org, o.product, o.managed, err = registry.Owner(r, id); err != nil {
			return o, err
		}
		set(&r.owners, product, o)
	}
	switch {
	case !o.managed:
		at, err := r.piece(id)
		if err != nil || at == nil {
			return o, err
		}
		idle, err := r.idle(id, at)
		if !idle {
			o.kind = piece
		}
		return o, err
	case id.Instance():
		o.kind = piece
	case id.Lot() != "":
		o.kind = lot
	default:
		o.kind = class
	}
	return o, nil
}

// named is the organisation that an identifier names, if any.
type named struct {
	org   ledger.ID
	known bool
}

func (r *run) name(id trace.ID) (n named, err error) {
	n, ok := r.named[id]
	if !ok {
		if n.org, n.known, err = registry.Party(r, id); err == nil {
			set(&r.named, id, n)
		}
	}
	return n, err
}

// party finds the organisation that a list of sources or destinations names, the
// one in possession first. named says whether there is any that could be one.
func (r *run) party(refs []trace.PartyRef) (org ledger.ID, named, known bool, err error) {
	for _, kind := range []string{trace.PartyPossessing, trace.PartyOwning, trace.PartyLocation} {
		for _, ref := range refs {
			if ref.Type != kind {
				continue
			}
			named = true
			if n, err := r.name(ref.ID); n.known || err != nil {
				return n.org, named, n.known, err
			}
		}
	}
	return org, named, false, nil
}

// makes reports whether the signer may make lots and pieces of what o owns.
func (r *run) makes(o owner) bool {
	return o.managed && (o.org == r.signer.Org || o.product != nil && slices.Contains(o.product.Makers, r.signer.Org))
}

// actFor has a run recorded on a member's behalf judged as that member's own: it is
// the member's organisation that has what is made, ships and receives. So all facts
// of a transaction are on the behalf of one, or of nobody.
func (r *run) actFor(facts []trace.Fact) error {
	var principal *ledger.ID
	for i := range facts {
		of := facts[i].OnBehalf
		if i == 0 {
			principal = of
		}
		if (of == nil) != (principal == nil) || of != nil && *of != *principal {
			return trace.AtItem(i, ledger.FieldErrorf(ledger.Invalid, "on_behalf", "is another than the first event's; record them in transactions of their own"))
		}
	}
	if principal == nil {
		return nil
	}
	if *principal == r.signer.Member {
		return trace.AtItem(0, ledger.FieldErrorf(ledger.Invalid, "on_behalf", "is the signer"))
	}
	signer, err := r.signer.OnBehalf(r.State, r.call, *principal)
	if err == nil && signer.Must(ledger.RoleRecorder) != nil {
		err = ledger.FieldErrorf(ledger.Forbidden, "on_behalf", "the member %s does not record itself, and so nobody does for it", *principal)
	}
	if err != nil {
		return trace.AtItem(0, err)
	}
	r.signer = signer
	return nil
}

func (r *run) capture() ([]trace.EventOutcome, error) {
	if err := r.signer.Must(ledger.RoleRecorder); err != nil {
		return nil, err
	}
	facts, err := trace.DecodeAll[trace.Fact](r.call.Items)
	if err != nil {
		return nil, err
	}
	if err := r.call.Says(trace.Summary(facts)); err != nil {
		return nil, err
	}
	if err := r.actFor(facts); err != nil {
		return nil, err
	}
	r.ReadAhead(func() []string { return r.ahead(facts) })
	out := make([]trace.EventOutcome, len(facts))
	for i := range facts {
		e := &event{run: r, f: &facts[i]}
		if err := e.tell(); err != nil {
			return nil, trace.AtItem(i, err)
		}
		out[i] = e.out
	}
	r.saveContents()
	return out, nil
}
