package index

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Bounds of a passport.
const (
	maxSteps     = 500   // events in the journey
	maxJourney   = 5_000 // events looked at
	maxJourneyOf = 1_000 // events of one identifier looked at
)

// Passport is what a consumer's page about an identifier needs.
type Passport struct {
	ID    trace.ID
	Level Level
	Batch *Batch // nil when no event is recorded on it that the viewer may know of

	Product  *Product      // nil when it is not in the directory
	Producer *Organisation // who answers for the product; nil when nobody on the register does

	// Journey has the events on the identifier, on what it was made of or contains,
	// and on the logistic units that these were packed into, the newest first.
	Journey   []Step
	Hidden    int  // steps that are not public to the viewer
	Truncated bool // there are more than the journey shows, or than were counted

	Organisations map[ledger.ID]*Organisation // of the journey, the certificates and the recalls
	Places        map[trace.ID]*Place         // of the journey, where they are in the directory

	Confirmations []int // positions in Journey of events by agencies and certifiers

	DependsOn []Dep  // when none of these changed, neither has the passport
	Height    uint64 // entries that it takes account of
}

// Step is an event of a journey.
type Step struct {
	*Record
	Of      []trace.ID    // the identifiers of this passport that it is about, the nearest first
	Place   trace.ID      // business location, or else read point; zero when there is neither
	Commune string        // of that place, where it is in the directory
	Stock   []trace.Stock // what it says of Of, and how much
}

// Passport gathers what a consumer's page about an identifier needs. It is
// NotFound when the register knows neither an event on it that the viewer may know
// of nor its product.
func (x *Index) Passport(ctx context.Context, v Viewer, id trace.ID) (*Passport, error) {
	p := &Passport{
		ID: id, Level: LevelOf(id), Height: x.Height(),
		Organisations: map[ledger.ID]*Organisation{}, Places: map[trace.ID]*Place{},
	}
	err := x.view(func(txn *badger.Txn) error { return x.fillPassport(ctx, txn, v, p) })
	if err != nil {
		return nil, err
	}
	if p.Product, err = x.Product(ctx, v, id); err != nil && ledger.CodeOf(err) != ledger.NotFound {
		return nil, err
	}
	if p.Batch == nil && p.Product == nil {
		return nil, absent(id.String())
	}
	if err := x.nameAll(ctx, v, p); err != nil {
		return nil, err
	}
	slices.Sort(p.DependsOn)
	p.DependsOn = slices.Compact(p.DependsOn)
	return p, nil
}

// fillPassport reads what is in one view of the index: the batch and the journey.
func (x *Index) fillPassport(ctx context.Context, txn *badger.Txn, v Viewer, p *Passport) error {
	l, err := x.lineage(txn, p.ID, MaxAncestors)
	if err != nil {
		return err
	}
	if p.Batch, err = x.batch(ctx, txn, v, p.ID, l.now); err != nil {
		return err
	}
	if p.Batch != nil {
		p.Batch.Cut = l.cut
	}
	p.Truncated = l.cut
	ids := l.all
	for _, id := range ids {
		for _, c := range classes(id) {
			p.DependsOn = append(p.DependsOn, DepFacts(c))
		}
		p.DependsOn = append(p.DependsOn, DepEvents(id))
	}
	if p.Level == LevelProduct {
		return nil // a product's page lists its lots, not their events
	}
	if p.Batch == nil {
		return nil
	}
	units, err := x.logisticUnits(txn, ids)
	if err != nil {
		return err
	}
	for _, u := range units {
		p.DependsOn = append(p.DependsOn, DepEvents(u))
	}
	return p.journey(ctx, txn, v, append(ids, units...))
}

// logisticUnits lists the SSCCs that things were packed into, directly or in one
// another. An SSCC is used once, so what happened to the unit happened to them; a
// returnable crate would bring in what happened to its other contents.
func (x *Index) logisticUnits(txn *badger.Txn, ids []trace.ID) ([]trace.ID, error) {
	seen := map[trace.ID]bool{}
	for _, id := range ids {
		seen[id] = true
	}
	var units []trace.ID
	for i := 0; i < len(ids)+len(units) && len(units) < MaxAncestors; i++ {
		var id trace.ID
		if i < len(ids) {
			id = ids[i]
		} else {
			id = units[i-len(ids)]
		}
		var failed error
		err := x.adjacency(txn, down, hashOf(id.String()), func(e *edge) {
			if !e.packed || !strings.HasPrefix(e.other, "https://id.gs1.org/00/") {
				return
			}
			unit, err := trace.ParseID(e.other)
			if err != nil {
				failed = corrupt(err)
			} else if !seen[unit] {
				seen[unit] = true
				units = append(units, unit)
			}
		})
		if err == nil {
			err = failed
		}
		if err != nil {
			return nil, err
		}
	}
	return units, nil
}

// journey reads the events on the identifiers, which are the nearest first.
func (p *Passport) journey(ctx context.Context, txn *badger.Txn, v Viewer, ids []trace.ID) error {
	var seqs []seq
	for _, id := range ids {
		c := newPostings(txn, term{termThing, hashOf(id.String())}, math.MaxUint64, true)
		for n := 0; ; n++ {
			s, ok, err := c.next()
			if err != nil {
				c.close()
				return err
			}
			if !ok {
				break
			}
			if n == maxJourneyOf {
				p.Truncated = true
				break
			}
			seqs = append(seqs, s)
		}
		c.close()
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	slices.SortFunc(seqs, func(a, b seq) int { return cmp.Compare(b, a) })
	seqs = slices.Compact(seqs)
	if len(seqs) > maxJourney {
		seqs, p.Truncated = seqs[:maxJourney], true
	}
	place := make(map[trace.ID]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	for _, s := range seqs {
		h, ok, err := headerAt(txn, s)
		if err != nil {
			return err
		}
		switch {
		case !ok:
		case !v.may(h.access):
			p.Hidden++
		case len(p.Journey) == maxSteps:
			p.Truncated = true
		default:
			rec, err := h.record(s)
			if err != nil {
				return err
			}
			if one := stepOf(rec, place); len(one.Of) > 0 {
				p.Journey = append(p.Journey, one)
			}
		}
	}
	return ctx.Err()
}

// stepOf says what an event has to do with the identifiers, given with their
// distance.
func stepOf(rec *Record, distance map[trace.ID]int) Step {
	s := Step{Record: rec}
	for stock := range rec.Fact.Stocks {
		mine := false
		for _, c := range classes(stock.ID) {
			if _, ok := distance[c]; ok {
				mine = true
				if !slices.Contains(s.Of, c) {
					s.Of = append(s.Of, c)
				}
			}
		}
		if mine {
			s.Stock = append(s.Stock, stock)
		}
	}
	slices.SortStableFunc(s.Of, func(a, b trace.ID) int { return cmp.Compare(distance[a], distance[b]) })
	switch {
	case rec.Fact.Location != nil:
		s.Place = *rec.Fact.Location
	case rec.Fact.ReadPoint != nil:
		s.Place = *rec.Fact.ReadPoint
	}
	return s
}

// nameAll reads the organisations and places that the passport mentions.
func (x *Index) nameAll(ctx context.Context, v Viewer, p *Passport) error {
	if owner, err := x.Owner(p.ID); err == nil {
		if err := x.mention(ctx, v, p, owner); err != nil {
			return err
		}
		p.Producer = p.Organisations[owner]
	} else if ledger.CodeOf(err) != ledger.NotFound {
		return err
	}
	for i := range p.Journey {
		s := &p.Journey[i]
		for _, org := range []ledger.ID{s.Org, s.For} {
			if err := x.mention(ctx, v, p, org); err != nil {
				return err
			}
		}
		if o := p.Organisations[s.Acting()]; o != nil && (o.Kind == ledger.KindAgency || o.Kind == ledger.KindCertifier) && s.Voided == nil {
			p.Confirmations = append(p.Confirmations, i)
		}
		for _, id := range []*trace.ID{s.Fact.ReadPoint, s.Fact.Location} {
			if id != nil {
				p.DependsOn = append(p.DependsOn, DepFacts(*id))
			}
		}
		if s.Place.IsZero() {
			continue
		}
		place, ok := p.Places[s.Place]
		if !ok {
			var err error
			if place, err = x.Place(ctx, v, s.Place); err != nil && ledger.CodeOf(err) != ledger.NotFound {
				return err
			}
			p.Places[s.Place] = place
		}
		if place != nil {
			s.Commune = place.Commune
		}
	}
	maps.DeleteFunc(p.Places, func(_ trace.ID, place *Place) bool { return place == nil })
	if p.Batch == nil {
		return nil
	}
	for _, c := range p.Batch.Certificates {
		for _, org := range []ledger.ID{c.Issuer, c.Holder} {
			if err := x.mention(ctx, v, p, org); err != nil {
				return err
			}
		}
	}
	if p.Batch.Early != nil {
		for _, c := range p.Batch.Early.Cleared {
			if err := x.mention(ctx, v, p, c.Issuer); err != nil {
				return err
			}
		}
	}
	for _, r := range p.Batch.Recalls {
		if err := x.mention(ctx, v, p, r.Org); err != nil {
			return err
		}
	}
	return nil
}

// mention adds an organisation; one that is not in the directory stays out.
func (x *Index) mention(ctx context.Context, v Viewer, p *Passport, id ledger.ID) error {
	if _, ok := p.Organisations[id]; ok || id.IsZero() {
		return nil
	}
	o, err := x.Organisation(ctx, v, id)
	if err != nil && ledger.CodeOf(err) != ledger.NotFound {
		return err
	}
	if o != nil {
		p.Organisations[id] = o
	}
	p.DependsOn = append(p.DependsOn, DepOrg(id))
	return nil
}
