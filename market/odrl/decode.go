package odrl

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// DecodeOffer reads an offer and whose it is. The offer's Policy is left empty. What
// this profile does not know is refused by name: a rule that nobody keeps must not pass
// for one that somebody does. Members and constraints may come in any order.
func DecodeOffer(data []byte) (o market.Offer, provider ledger.ID, err error) {
	p, err := parse(data, "Offer")
	if err != nil {
		return o, provider, err
	}
	if o.ID, err = parseURN("@id", p.ID); err != nil {
		return o, provider, err
	}
	if o.Dataset, err = parseURN("target", p.Target); err != nil {
		return o, provider, err
	}
	if provider, err = parseURN("assigner", p.Assigner); err != nil {
		return o, provider, err
	}
	if p.Valid != nil {
		if err := o.Until.UnmarshalText([]byte(p.Valid.Value)); err != nil {
			return o, provider, ledger.FieldErrorf(ledger.Invalid, "dct:valid", "%v", err)
		}
	}
	if o.Terms, _, _, err = p.terms(); err != nil {
		return o, provider, err
	}
	again, err := offer(o, provider)
	if err != nil {
		return o, provider, err
	}
	return o, provider, same(p, again)
}

// DecodeAgreement reads an agreement's document, as strictly as DecodeOffer.
func DecodeAgreement(data []byte) (a Agreement, err error) {
	p, err := parse(data, "Agreement")
	if err != nil {
		return a, err
	}
	for _, name := range []struct {
		to        *ledger.ID
		field, as string
	}{
		{&a.ID, "@id", p.ID}, {&a.Dataset, "target", p.Target},
		{&a.Provider, "assigner", p.Assigner}, {&a.Consumer, "assignee", p.Assignee},
	} {
		if *name.to, err = parseURN(name.field, name.as); err != nil {
			return a, err
		}
	}
	if err := a.At.UnmarshalText([]byte(p.Timestamp)); err != nil {
		return a, ledger.FieldErrorf(ledger.Invalid, "timestamp", "%v", err)
	}
	if a.Terms, a.Version, a.Basis, err = p.terms(); err != nil {
		return a, err
	}
	again, err := agreement(a)
	if err != nil {
		return a, err
	}
	return a, same(p, again)
}

func parse(data []byte, kind string) (p policy, err error) {
	if len(data) > maxBytes {
		return p, ledger.Errorf(ledger.TooLarge, "a policy has at most %d bytes", maxBytes)
	}
	if err := strictly(data, &p); err != nil {
		var said *ledger.Error
		if errors.As(err, &said) {
			return p, said
		}
		return p, ledger.Errorf(ledger.Invalid, "the policy cannot be read: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	var own bytes.Buffer
	if len(p.Context) > 0 && (json.Compact(&own, p.Context) != nil || !bytes.Equal(own.Bytes(), context)) {
		return p, ledger.FieldErrorf(ledger.Invalid, "@context", "words can mean something else under another context than this register's")
	}
	if p.Type != kind {
		return p, ledger.FieldErrorf(ledger.Invalid, "@type", "%q is not an odrl:%s", p.Type, kind)
	}
	if p.Profile != Profile {
		return p, ledger.FieldErrorf(ledger.Invalid, "profile", "%q is a profile that this register does not know", p.Profile)
	}
	return p, nil
}

// strictly reads one JSON value whose members are all known, spelled as they are here,
// and there once.
func strictly(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := members(dec); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return ledger.Errorf(ledger.Invalid, "something stands behind the policy")
	}
	dec = json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	return dec.Decode(v)
}

// known are the names that a member of a policy or of its context can have.
var known = []string{
	"@context", "@id", "@type", "@value", "profile", "target", "assigner", "assignee", "timestamp", "dct:valid",
	"permission", "prohibition", "obligation", "action", "odrl:compensatedParty", "constraint", "duty",
	"leftOperand", "operator", "rightOperand", "odrl:unit", "dct", "dspace", "xsd",
}

// members refuses a member that is not known, which encoding/json would let pass in
// another case, and one that is there twice: readers differ in which they take.
func members(dec *json.Decoder) error {
	open, err := dec.Token()
	if err != nil {
		return err
	}
	brace, nested := open.(json.Delim)
	var seen []string
	for nested && dec.More() {
		if brace == '{' {
			name, err := dec.Token()
			if err != nil {
				return err
			}
			key := name.(string)
			if !slices.Contains(known, key) {
				return ledger.FieldErrorf(ledger.Invalid, key, "this register does not know the member %q", key)
			}
			if slices.Contains(seen, key) {
				return ledger.FieldErrorf(ledger.Invalid, key, "is there twice")
			}
			seen = append(seen, key)
		}
		if err := members(dec); err != nil {
			return err
		}
	}
	if nested {
		_, err = dec.Token()
	}
	return err
}

// terms takes what the rules say, and refuses by name what is no word of the profile.
// Whether a word stands where it belongs is seen by writing the terms again.
func (p *policy) terms() (t market.Terms, from int, basis string, err error) {
	t.Versions = -1
	passed := map[string]bool{}
	for _, r := range p.Permission {
		switch r.Action {
		case use:
			if from, basis, err = r.give(&t); err != nil {
				return t, 0, "", err
			}
		case distribute, derived:
			passed[r.Action] = true
		default:
			return t, 0, "", unknown("permission", r.Action)
		}
		for _, d := range r.Duty {
			switch d.Action {
			case attribute:
				t.Attribute = true
			case compensate:
				t.Release = market.OnPayment
				if err := d.pay(&t); err != nil {
					return t, 0, "", err
				}
			default:
				return t, 0, "", unknown("duty", d.Action)
			}
		}
	}
	for _, r := range p.Prohibition {
		if r.Action != distribute && r.Action != derived {
			return t, 0, "", unknown("prohibition", r.Action)
		}
	}
	switch {
	case passed[distribute]:
		t.PassOn = market.PassAll
	case passed[derived]:
		t.PassOn = market.PassDerived
	}
	for _, r := range p.Obligation {
		switch r.Action {
		case compensate:
			err = r.pay(&t)
		case deliver:
			err = r.within("PT", "H", &t.Deliver)
		case accept:
			err = r.within("P", "D", &t.Object)
		case exclude:
			t.Exclusive = true
		default:
			err = unknown("obligation", r.Action)
		}
		if err != nil {
			return t, 0, "", err
		}
	}
	return Normal(t), from, basis, nil
}

// give reads the limits of the use.
func (r rule) give(t *market.Terms) (from int, basis string, err error) {
	for _, c := range r.Constraint {
		switch c.Left {
		case version:
			from, err = c.number()
		case later:
			t.Versions, err = c.number()
		case elapsedTime:
			t.Days, err = c.duration("P", "D")
		case downloads:
			t.Downloads, err = c.number()
		case callsADay:
			t.Calls, err = c.number()
		case legalBasis:
			basis = c.value()
		case purpose:
			for _, u := range c.Right {
				word, ours := strings.CutPrefix(u.ID, Namespace)
				if !ours {
					return 0, "", ledger.FieldErrorf(ledger.Invalid, purpose, "%q is a purpose that this register does not know", u.ID+u.Value)
				}
				t.Purposes = append(t.Purposes, market.Purpose(word))
			}
		case spatial:
			for _, place := range c.Right {
				t.Territory = append(t.Territory, place.Value)
			}
		default:
			return 0, "", unknown("constraint", c.Left)
		}
		if err != nil {
			return 0, "", err
		}
	}
	return from, basis, nil
}

// pay reads the price, or a contributor's part of it.
func (r rule) pay(t *market.Terms) (err error) {
	var share market.Share
	for _, c := range r.Constraint {
		switch c.Left {
		case payAmount:
			var n int64
			n, err = strconv.ParseInt(c.value(), 10, 64)
			t.Price = market.Dong(n)
		case elapsedTime:
			t.PayDays, err = c.duration("P", "D")
		case percentage:
			share.Parts, err = strconv.Atoi(strings.Replace(c.value(), ".", "", 1))
		default:
			return unknown("constraint", c.Left)
		}
		if err != nil {
			return ledger.FieldErrorf(ledger.Invalid, c.Left, "%q is not of the form that this register writes", c.value())
		}
	}
	if r.CompensatedParty == nil {
		return nil
	}
	if share.Org, err = parseURN("odrl:compensatedParty", r.CompensatedParty.ID); err != nil {
		return err
	}
	t.Shares = append(t.Shares, share)
	return nil
}

// within reads the time that an obligation has.
func (r rule) within(before, after string, n *int) (err error) {
	for _, c := range r.Constraint {
		if c.Left != elapsedTime {
			return unknown("constraint", c.Left)
		}
		if *n, err = c.duration(before, after); err != nil {
			return err
		}
	}
	return nil
}

// value is a single operand's text.
func (c constraint) value() string {
	if len(c.Right) != 1 {
		return ""
	}
	return c.Right[0].Value
}

func (c constraint) number() (int, error) { return c.duration("", "") }

func (c constraint) duration(before, after string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(c.value(), before), after))
	if err != nil {
		return 0, ledger.FieldErrorf(ledger.Invalid, c.Left, "%q is not of the form that this register writes", c.value())
	}
	return n, nil
}

func unknown(kind, name string) error {
	return ledger.FieldErrorf(ledger.Invalid, kind, "this register does not know the %s %q, and so cannot say whether it is kept", kind, name)
}

// same refuses a policy that says more, less or something else than the terms that were
// read from it.
func same(read, written policy) error {
	read.Context, written.Context = nil, nil
	if r, w := encode(read.sorted()), encode(written.sorted()); !bytes.Equal(r, w) {
		return ledger.Errorf(ledger.Invalid, "the policy is not what this register writes for its terms: it differs from %s at %q", w, r[differs(r, w):min(len(r), differs(r, w)+60)])
	}
	return nil
}

func differs(a, b []byte) int {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	return i
}

// sorted puts rules and constraints, which have no order in ODRL, into one. Shares and
// the members of sets keep theirs.
func (p policy) sorted() policy {
	p.Permission, p.Prohibition, p.Obligation = inOrder(p.Permission), inOrder(p.Prohibition), inOrder(p.Obligation)
	return p
}

func inOrder(rules []rule) []rule {
	rules = slices.Clone(rules)
	slices.SortStableFunc(rules, func(a, b rule) int { return strings.Compare(a.Action, b.Action) })
	for i := range rules {
		r := &rules[i]
		r.Duty = inOrder(r.Duty)
		r.Constraint = slices.Clone(r.Constraint)
		slices.SortStableFunc(r.Constraint, func(a, b constraint) int { return strings.Compare(a.Left, b.Left) })
	}
	return rules
}
