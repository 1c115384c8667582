package epcis

import "github.com/sogoc/sogoc/trace"

// epcs adds the identifiers of a list. One that is there already, perhaps in
// another spelling, is not added again: a list of EPCs is a set.
func (r *reader) epcs(stock []trace.Stock, n *node) []trace.Stock {
	items := r.list(n)
	if r.uniqueList(n.name) && len(items) > 1 {
		r.unique(n)
	}
	stock = grown(stock, len(items))
	var seen map[trace.ID]struct{}
	if len(items) > manyMembers {
		seen = make(map[trace.ID]struct{}, len(items))
	}
	from := len(stock)
	for i := range items {
		id := r.id(&items[i])
		if seen != nil {
			if _, ok := seen[id]; ok {
				continue
			}
			seen[id] = struct{}{}
		} else if contains(stock[from:], id) {
			continue
		}
		stock = append(stock, trace.Stock{ID: id})
	}
	return stock
}

// uniqueList reports whether the schema refuses a text that stands twice: it does
// so in some lists only.
func (r *reader) uniqueList(name string) bool {
	switch name {
	case "epcList":
		return r.root.member("type").text == string(trace.ObjectEvent)
	case "inputEPCList", "outputEPCList":
		return true
	}
	return false
}

func contains(stock []trace.Stock, id trace.ID) bool {
	for i := range stock {
		if stock[i].ID == id {
			return true
		}
	}
	return false
}

func grown(stock []trace.Stock, n int) []trace.Stock {
	if n == 0 {
		return stock
	}
	return append(make([]trace.Stock, 0, len(stock)+n), stock...)
}

// quantities adds the classes of a list with their quantities.
func (r *reader) quantities(stock []trace.Stock, n *node) []trace.Stock {
	items := r.list(n)
	stock = grown(stock, len(items))
	amounts := make([]trace.Quantity, 0, len(items))
	for i := range items {
		s, amount, ok := r.quantity(&items[i])
		if ok {
			amounts = append(amounts, amount)
			s.Quantity = &amounts[len(amounts)-1]
		}
		stock = append(stock, s)
	}
	return stock
}

func (r *reader) quantity(n *node) (s trace.Stock, amount trace.Quantity, ok bool) {
	if !r.is(n, object) {
		return s, amount, false
	}
	var value *node
	unit := trace.Unit("")
	for i := range n.children {
		switch m := &n.children[i]; m.name {
		case "epcClass":
			s.ID = r.id(m)
		case "quantity":
			if r.is(m, number) {
				value = m
			}
		case "uom":
			if r.is(m, text) && !isUnit(m.text) {
				r.problem(m, "%q is not a unit code of UN/ECE Recommendation 20", m.text)
			} else {
				unit = trace.Unit(m.text)
			}
		default:
			r.noSuchMember(m)
		}
	}
	if n.member("epcClass") == nil {
		r.missing(n, "epcClass")
	}
	if value == nil || !unit.Valid() {
		return s, amount, false
	}
	amount, err := trace.ParseQuantity(value.text, unit)
	switch {
	case err != nil:
		r.problem(value, "%s", err)
	case amount.IsNegative():
		r.problem(value, "is less than nothing")
	}
	return s, amount, err == nil
}
