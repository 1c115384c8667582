package trace

// encodePlain writes the values that are many; ok is false for all others. Only
// these very types are known: one that embeds them has fields of its own.
func encodePlain(v any) (b []byte, ok bool) {
	switch v := v.(type) {
	case Fact:
		return write(&v, fact), true
	case *Fact:
		return write(v, fact), v != nil
	case Outcome:
		return write(&v, outcome), true
	case *Outcome:
		return write(v, outcome), v != nil
	case EventOutcome:
		return write(&v, eventOutcome), true
	case *EventOutcome:
		return write(v, eventOutcome), v != nil
	case Stock:
		return write(&v, stock), true
	case PartyRef:
		return write(&v, partyRef), true
	}
	return nil, false
}

// decodePlain reads the values that are many, where they are spelled plainly.
func decodePlain(data []byte, v any) bool {
	switch v := v.(type) {
	case *Fact:
		return read(data, v, fact)
	case *Outcome:
		return read(data, v, outcome)
	case *EventOutcome:
		return read(data, v, eventOutcome)
	}
	return false
}

func write[T any](v *T, value func(*codec, *T)) []byte {
	if v == nil {
		return nil
	}
	c := codec{out: make([]byte, 0, 512)}
	value(&c, v)
	return c.out
}

func read[T any](data []byte, v *T, value func(*codec, *T)) bool {
	c := codec{reading: true, in: string(data)}
	var zero T
	*v = zero
	value(&c, v)
	if c.failed || c.in != "" {
		*v = zero
		return false
	}
	return true
}

func fact(c *codec, f *Fact) {
	c.object(func() {
		need(c, "event", &f.Event, text)
		need(c, "hash", &f.Hash, text)
		need(c, "payload", &f.Payload, text)
		need(c, "audience", &f.Audience, text)
		need(c, "type", &f.Type, text)
		some(c, "action", &f.Action, text)
		some(c, "step", &f.Step, text)
		some(c, "disposition", &f.Disposition, text)
		need(c, "time", &f.Time, moment)
		need(c, "zone", &f.Zone, text)
		list(c, "objects", &f.Objects, stock)
		maybe(c, "parent", &f.Parent, ident)
		list(c, "inputs", &f.Inputs, stock)
		list(c, "outputs", &f.Outputs, stock)
		some(c, "process", &f.Process, text)
		maybe(c, "read_point", &f.ReadPoint, ident)
		maybe(c, "location", &f.Location, ident)
		list(c, "from", &f.From, partyRef)
		list(c, "to", &f.To, partyRef)
		maybe(c, "error", &f.Error, errorDeclaration)
		maybe(c, "on_behalf", &f.OnBehalf, member)
		some(c, "wait", &f.Wait, count)
		some(c, "conformant", &f.Conformant, truth)
	})
}

func stock(c *codec, s *Stock) {
	c.object(func() {
		need(c, "id", &s.ID, ident)
		maybe(c, "qty", &s.Quantity, quantity)
	})
}

func partyRef(c *codec, p *PartyRef) {
	c.object(func() {
		need(c, "type", &p.Type, text)
		need(c, "id", &p.ID, ident)
	})
}

func errorDeclaration(c *codec, e *ErrorDeclaration) {
	c.object(func() {
		need(c, "time", &e.Time, moment)
		some(c, "reason", &e.Reason, text)
		list(c, "corrections", &e.Corrections, text)
	})
}

func outcome(c *codec, o *Outcome) {
	c.object(func() {
		need(c, "member", &o.Member, member)
		need(c, "org", &o.Org, member)
		maybe(c, "on_behalf", &o.OnBehalf, principal)
		list(c, "events", &o.Events, eventOutcome)
	})
}

func principal(c *codec, p *Principal) {
	c.object(func() {
		need(c, "member", &p.Member, member)
		need(c, "org", &p.Org, member)
	})
}

func eventOutcome(c *codec, o *EventOutcome) {
	c.object(func() {
		some(c, "dup", &o.Duplicate, truth)
		some(c, "managed", &o.Managed, truth)
		list(c, "parties", &o.Parties, member)
		list(c, "edges", &o.Edges, edge)
		list(c, "balances", &o.Balances, balance)
		list(c, "flags", &o.Flags, flag)
		some(c, "voids", &o.Voids, text)
	})
}

func edge(c *codec, e *Edge) {
	c.object(func() {
		need(c, "kind", &e.Kind, text)
		need(c, "from", &e.From, ident)
		need(c, "to", &e.To, ident)
		maybe(c, "qty", &e.Quantity, quantity)
		maybe(c, "made", &e.Made, quantity)
	})
}

func balance(c *codec, b *Balance) {
	c.object(func() {
		need(c, "id", &b.ID, ident)
		need(c, "holder", &b.Holder, text)
		need(c, "qty", &b.Quantity, quantity)
	})
}

func flag(c *codec, f *Flag) {
	c.object(func() {
		need(c, "id", &f.ID, ident)
		need(c, "kind", &f.Kind, text)
		maybe(c, "qty", &f.Quantity, quantity)
		maybe(c, "want", &f.Want, quantity)
		some(c, "harvested", &f.Harvested, moment)
		some(c, "safe", &f.Safe, moment)
	})
}
