package trace

import "github.com/sogoc/sogoc/trace/spelling"

// encodePlain writes the values that are many; ok is false for all others. Only
// these very types are known: one that embeds them has fields of its own.
func encodePlain(v any) (b []byte, ok bool) {
	switch v := v.(type) {
	case Fact:
		return spelling.Write(&v, 512, fact), true
	case *Fact:
		return spelling.Write(v, 512, fact), v != nil
	case Outcome:
		return spelling.Write(&v, 512, outcome), true
	case *Outcome:
		return spelling.Write(v, 512, outcome), v != nil
	case EventOutcome:
		return spelling.Write(&v, 512, eventOutcome), true
	case *EventOutcome:
		return spelling.Write(v, 512, eventOutcome), v != nil
	case Stock:
		return spelling.Write(&v, 128, stock), true
	case PartyRef:
		return spelling.Write(&v, 128, partyRef), true
	}
	return nil, false
}

// decodePlain reads the values that are many, where they are spelled plainly.
func decodePlain(data []byte, v any) bool {
	switch v := v.(type) {
	case *Fact:
		return spelling.Read(data, v, fact)
	case *Outcome:
		return spelling.Read(data, v, outcome)
	case *EventOutcome:
		return spelling.Read(data, v, eventOutcome)
	}
	return false
}

// SpellID is an identifier in its canonical spelling.
func SpellID(c *spelling.Codec, v *ID) {
	spelling.As(c, v, func(id *ID, b []byte) []byte { return append(b, id.s...) }, parseCanonicalID)
}

// SpellQuantity is a quantity as its text.
func SpellQuantity(c *spelling.Codec, v *Quantity) {
	spelling.As(c, v, func(q *Quantity, b []byte) []byte { return q.append(b) }, parseCanonical)
}

func fact(c *spelling.Codec, f *Fact) {
	c.Object(func() {
		spelling.Need(c, "event", &f.Event, spelling.Text)
		spelling.Need(c, "hash", &f.Hash, spelling.Text)
		spelling.Need(c, "payload", &f.Payload, spelling.Text)
		spelling.Need(c, "audience", &f.Audience, spelling.Text)
		spelling.Need(c, "type", &f.Type, spelling.Text)
		spelling.Some(c, "action", &f.Action, spelling.Text)
		spelling.Some(c, "step", &f.Step, spelling.Text)
		spelling.Some(c, "disposition", &f.Disposition, spelling.Text)
		spelling.Need(c, "time", &f.Time, spelling.Time)
		spelling.Need(c, "zone", &f.Zone, spelling.Text)
		spelling.List(c, "objects", &f.Objects, stock)
		spelling.Maybe(c, "parent", &f.Parent, SpellID)
		spelling.List(c, "inputs", &f.Inputs, stock)
		spelling.List(c, "outputs", &f.Outputs, stock)
		spelling.Some(c, "process", &f.Process, spelling.Text)
		spelling.Maybe(c, "read_point", &f.ReadPoint, SpellID)
		spelling.Maybe(c, "location", &f.Location, SpellID)
		spelling.List(c, "from", &f.From, partyRef)
		spelling.List(c, "to", &f.To, partyRef)
		spelling.Maybe(c, "error", &f.Error, errorDeclaration)
		spelling.Maybe(c, "on_behalf", &f.OnBehalf, spelling.ID)
		spelling.Some(c, "wait", &f.Wait, spelling.Count)
		spelling.Some(c, "conformant", &f.Conformant, spelling.Truth)
	})
}

func stock(c *spelling.Codec, s *Stock) {
	c.Object(func() {
		spelling.Need(c, "id", &s.ID, SpellID)
		spelling.Maybe(c, "qty", &s.Quantity, SpellQuantity)
	})
}

func partyRef(c *spelling.Codec, p *PartyRef) {
	c.Object(func() {
		spelling.Need(c, "type", &p.Type, spelling.Text)
		spelling.Need(c, "id", &p.ID, SpellID)
	})
}

func errorDeclaration(c *spelling.Codec, e *ErrorDeclaration) {
	c.Object(func() {
		spelling.Need(c, "time", &e.Time, spelling.Time)
		spelling.Some(c, "reason", &e.Reason, spelling.Text)
		spelling.List(c, "corrections", &e.Corrections, spelling.Text)
	})
}

func outcome(c *spelling.Codec, o *Outcome) {
	c.Object(func() {
		spelling.Need(c, "member", &o.Member, spelling.ID)
		spelling.Need(c, "org", &o.Org, spelling.ID)
		spelling.Maybe(c, "on_behalf", &o.OnBehalf, principal)
		spelling.List(c, "events", &o.Events, eventOutcome)
	})
}

func principal(c *spelling.Codec, p *Principal) {
	c.Object(func() {
		spelling.Need(c, "member", &p.Member, spelling.ID)
		spelling.Need(c, "org", &p.Org, spelling.ID)
	})
}

func eventOutcome(c *spelling.Codec, o *EventOutcome) {
	c.Object(func() {
		spelling.Some(c, "dup", &o.Duplicate, spelling.Truth)
		spelling.Some(c, "managed", &o.Managed, spelling.Truth)
		spelling.List(c, "parties", &o.Parties, spelling.ID)
		spelling.List(c, "edges", &o.Edges, edge)
		spelling.List(c, "balances", &o.Balances, balance)
		spelling.List(c, "flags", &o.Flags, flag)
		spelling.Some(c, "voids", &o.Voids, spelling.Text)
	})
}

func edge(c *spelling.Codec, e *Edge) {
	c.Object(func() {
		spelling.Need(c, "kind", &e.Kind, spelling.Text)
		spelling.Need(c, "from", &e.From, SpellID)
		spelling.Need(c, "to", &e.To, SpellID)
		spelling.Maybe(c, "qty", &e.Quantity, SpellQuantity)
		spelling.Maybe(c, "made", &e.Made, SpellQuantity)
	})
}

func balance(c *spelling.Codec, b *Balance) {
	c.Object(func() {
		spelling.Need(c, "id", &b.ID, SpellID)
		spelling.Need(c, "holder", &b.Holder, spelling.Text)
		spelling.Need(c, "qty", &b.Quantity, SpellQuantity)
	})
}

func flag(c *spelling.Codec, f *Flag) {
	c.Object(func() {
		spelling.Need(c, "id", &f.ID, SpellID)
		spelling.Need(c, "kind", &f.Kind, spelling.Text)
		spelling.Maybe(c, "qty", &f.Quantity, SpellQuantity)
		spelling.Maybe(c, "want", &f.Want, SpellQuantity)
		spelling.Some(c, "harvested", &f.Harvested, spelling.Time)
		spelling.Some(c, "safe", &f.Safe, spelling.Time)
	})
}
