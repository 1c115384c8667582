package api

import (
	"slices"
	"strings"

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// Bounds of whom a form offers.
const (
	partnersOffered = 8
	partnersRead    = 100  // events that are looked through for them
	orgsSearched    = 5000 // organisations that a name is looked for in
)

// partners are organisations that goods went to or came from, the latest first; or
// those that a name which was typed means.
func (g *goods) partners(f web.Form) (list []web.Choice, err error) {
	var orgs []ledger.ID
	if typed := f.Value("to_name"); strings.TrimSpace(typed) != "" {
		orgs, err = g.findOrgs(typed)
	} else {
		orgs, err = g.recent()
	}
	for _, org := range orgs {
		if err != nil {
			return nil, err
		}
		var c web.Choice
		c, err = g.orgChoice(org)
		list = append(list, c)
	}
	return list, err
}

func (g *goods) orgChoice(org ledger.ID) (c web.Choice, err error) {
	c.Value = org.String()
	if c.Name, err = g.who(org); err != nil {
		return c, err
	}
	party, err := g.partyID(org)
	if err == nil && !party.IsZero() {
		c.Help = trace.Text{VI: codeText(party)}
	}
	return c, err
}

// recent are the partners of the last shipments.
func (g *goods) recent() (orgs []ledger.ID, err error) {
	events, _, err := g.Index.Events(g.ctx, g.viewer, index.Query{
		Orgs: []ledger.ID{g.org}, Steps: []string{trace.StepShipping, trace.StepReceiving},
	}, index.Page{Limit: partnersRead})
	for _, r := range events {
		for _, refs := range [][]trace.PartyRef{r.Fact.To, r.Fact.From} {
			if err != nil || len(orgs) == partnersOffered {
				return orgs, err
			}
			var org ledger.ID
			if org, _, err = g.party(refs); !org.IsZero() && org != g.org && !slices.Contains(orgs, org) {
				orgs = append(orgs, org)
			}
		}
	}
	return orgs, err
}

// findOrgs are the organisations that a GLN, a code or a part of a name means.
func (g *goods) findOrgs(typed string) (orgs []ledger.ID, err error) {
	for _, id := range partyIDs(typed) {
		o, err := g.Index.Party(g.ctx, g.viewer, id)
		if err == nil {
			return []ledger.ID{o.ID}, nil
		}
		if ledger.CodeOf(err) != ledger.NotFound {
			return nil, err
		}
	}
	words := strings.Fields(trace.Plain(typed))
	page := index.Page{Limit: 1000}
	for looked := 0; len(words) > 0 && looked < orgsSearched; looked += page.Limit {
		list, next, err := g.Index.Organisations(g.ctx, g.viewer, page)
		if err != nil {
			return nil, err
		}
		for _, o := range list {
			if o.Profile == nil || o.ID == g.org || o.Suspended != nil || len(orgs) == partnersOffered {
				continue
			}
			name := trace.Plain(o.Profile.Name.VI + " " + o.Profile.Name.EN)
			if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(name, w) }) {
				orgs = append(orgs, o.ID)
			}
		}
		if page.Token = next; next == "" {
			break
		}
	}
	return orgs, nil
}

// partyIDs are the identifiers of a party that a text may be: a GLN of 13 digits, a
// code, or anything that names one.
func partyIDs(typed string) (ids []trace.ID) {
	digits := strings.ReplaceAll(strings.TrimSpace(typed), " ", "")
	if len(digits) == 13 && strings.Trim(digits, "0123456789") == "" {
		for _, ai := range []string{"417", "414"} {
			if id, err := trace.ParseID(linkBase + "/" + ai + "/" + digits); err == nil {
				ids = append(ids, id)
			}
		}
		return ids
	}
	if id, err := trace.ParseTyped(typed); err == nil {
		ids = append(ids, id)
	}
	return ids
}

// partyID is how events name an organisation: by its GLN or code, or by one of its
// places; zero where it has none.
func (g *goods) partyID(org ledger.ID) (trace.ID, error) {
	o, err := g.Index.Organisation(g.ctx, g.viewer, org)
	if err != nil {
		return trace.ID{}, err
	}
	if o.GLN != nil {
		return *o.GLN, nil
	}
	places, _, err := g.Index.Places(g.ctx, g.viewer, org, index.Page{Limit: 1})
	if err != nil || len(places) == 0 {
		return trace.ID{}, err
	}
	return places[0].ID, nil
}

// receiver reads whom a form names, as events do.
func (g *goods) receiver(chosen, typed string) (trace.ID, error) {
	var org ledger.ID
	field := "to"
	if strings.TrimSpace(typed) != "" {
		field = "to_name"
		orgs, err := g.findOrgs(typed)
		if err != nil {
			return trace.ID{}, err
		}
		id, chosenOne := ledger.ParseID(chosen)
		switch {
		case len(orgs) == 0:
			return trace.ID{}, ledger.FieldErrorf(ledger.NotFound, field, "%q is nobody on the register", typed)
		case len(orgs) == 1:
			org = orgs[0]
		case chosenOne == nil && slices.Contains(orgs, id): // one of those that were found
			org = id
		default:
			return trace.ID{}, ledger.FieldErrorf(ledger.Conflict, field, "%q is several organisations", typed)
		}
	} else {
		id, err := ledger.ParseID(chosen)
		if err != nil {
			return trace.ID{}, ledger.FieldErrorf(ledger.Invalid, field, "is missing")
		}
		org = id
	}
	if org == g.org {
		return trace.ID{}, ledger.FieldErrorf(ledger.Invalid, field, "is the sender")
	}
	party, err := g.partyID(org)
	if ledger.CodeOf(err) == ledger.NotFound || err == nil && party.IsZero() {
		err = ledger.FieldErrorf(ledger.Forbidden, field, "has neither a GLN nor a place by which a shipment could name it")
	}
	return party, err
}
