// Package mask makes a table that tells about people into one that may be published:
// fields are dropped, values are replaced, blurred or summed up, and rows that are too few
// of their kind are left out. What comes out is CSV in UTF-8, RFC 4180.
//
// It knows what the table's profile knows. Whether what comes out tells about nobody is for
// a person to say: [Check] counts how many rows share what others may know of somebody.
package mask

import (
	"fmt"
	"slices"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market/profile"
	"github.com/sogoc/sogoc/market/profile/personal"
)

// How is what becomes of a field's values.
type How string

// What may become of them. A value that cannot be blurred as asked becomes nothing.
const (
	Keep      How = "keep"
	Drop      How = "drop"
	Pseudonym How = "pseudonym" // the same for the same value, told by nobody without the key
	Initials  How = "initials"  // Nguyễn Văn An: N.V.A.
	Year      How = "year"      // of a date
	Month     How = "month"     // of a date
	Grid      How = "grid"      // degrees, or "longitude,latitude": to a tenth, some eleven kilometres
	Area      How = "area"      // of an address: the commune, and what it is part of
	Range     How = "range"     // of a number: 100–150, by the rule's width
)

var hows = []How{Keep, Drop, Pseudonym, Initials, Year, Month, Grid, Area, Range}

// Rule says what becomes of one field.
type Rule struct {
	Field string  `json:"field"`
	How   How     `json:"how"`
	Width float64 `json:"width,omitempty"` // of a range
}

// Plan says what becomes of a table. Fields without a rule are kept, but for those that
// the profile found personal: of these each needs one.
type Plan struct {
	Rules []Rule `json:"rules"`
	Sum   *Sum   `json:"sum,omitempty"`

	// Of rows that are alike in the Known fields, as the rules leave them, there are at
	// least K, or they are left out. K is 0 where it does not matter.
	Known []string `json:"known,omitempty"`
	K     int      `json:"k,omitempty"`
	// Each names the field, as the file has it, that tells one person from another, so
	// that K counts people. Empty where every row is a person of its own.
	Each string `json:"each,omitempty"`
}

// Sum makes one row of all that are alike in some fields. Groups of fewer than the plan's
// K are left out; then K must be 2 or more.
type Sum struct {
	By []string  `json:"by"`
	Of []Measure `json:"of"`
}

// Measure is what is told of a group.
type Measure struct {
	Field string `json:"field,omitempty"` // none to count rows
	Do    Do     `json:"do"`
}

// Do is how a group becomes one number.
type Do string

// Measures. Cells that are no number do not count in Total and Average, which are not told
// where fewer than the plan's K do. There is no least and no greatest: each is one row's.
const (
	Count   Do = "count"
	Total   Do = "sum"
	Average Do = "avg"
)

// Limits of plans.
const (
	MaxK      = 1000
	MaxGroups = 1_000_000
	MinKey    = 16 // bytes
)

// Suggest is a plan for what was found in a table: nothing is left that names a person or
// a house.
func Suggest(found []personal.Finding) []Rule {
	var rules []Rule
	for _, f := range found {
		if slices.ContainsFunc(rules, func(r Rule) bool { return r.Field == f.Field }) {
			continue
		}
		how := Drop
		switch f.Kind {
		case personal.Birth:
			how = Year
		case personal.Location:
			how = Grid
		case personal.Address:
			how = Area
		}
		rules = append(rules, Rule{Field: f.Field, How: how})
	}
	return rules
}

// Validate reports the first thing in a plan that a table does not bear.
func (p Plan) Validate(t *profile.Table, key []byte) error {
	has := func(at, field string) error {
		if !slices.ContainsFunc(t.Fields, func(f profile.Field) bool { return f.Name == field }) {
			return ledger.FieldErrorf(ledger.Invalid, at, "the table has no field %q", field)
		}
		return nil
	}
	ruled := map[string]How{}
	for i, r := range p.Rules {
		at := fmt.Sprintf("rules[%d]", i)
		if err := has(at+".field", r.Field); err != nil {
			return err
		}
		_, twice := ruled[r.Field]
		switch {
		case twice:
			return ledger.FieldErrorf(ledger.Invalid, at+".field", "%q has a rule already", r.Field)
		case !slices.Contains(hows, r.How):
			return ledger.FieldErrorf(ledger.Invalid, at+".how", "%q is nothing that can become of a field", r.How)
		case r.How == Range && !(r.Width > 0 && r.Width < 1e15):
			return ledger.FieldErrorf(ledger.Invalid, at+".width", "a range has a width above 0")
		case r.How == Pseudonym && len(key) < MinKey:
			return ledger.FieldErrorf(ledger.Invalid, at+".how", "a pseudonym needs a key of at least %d bytes", MinKey)
		}
		ruled[r.Field] = r.How
	}
	for _, f := range t.Personal {
		if _, ok := ruled[f.Field]; !ok && p.Sum == nil {
			return ledger.FieldErrorf(ledger.Invalid, "rules", "%q looks personal and has no rule; keep it by a rule if it is not", f.Field)
		}
	}
	if p.K < 0 || p.K > MaxK {
		return ledger.FieldErrorf(ledger.Invalid, "k", "is from 0 to %d", MaxK)
	}
	for i, name := range p.Known {
		at := fmt.Sprintf("known[%d]", i)
		if err := has(at, name); err != nil {
			return err
		}
		if ruled[name] == Drop {
			return ledger.FieldErrorf(ledger.Invalid, at, "%q is dropped, so nobody can know it from the table", name)
		}
	}
	if p.Each != "" {
		if err := has("each", p.Each); err != nil {
			return err
		}
	}
	if p.Sum != nil {
		return p.Sum.validate(t, p.K, ruled, has)
	}
	return nil
}

func (s *Sum) validate(t *profile.Table, k int, ruled map[string]How, has func(at, field string) error) error {
	if k < 2 {
		return ledger.FieldErrorf(ledger.Invalid, "k", "is at least 2 where rows are summed up")
	}
	for i, name := range s.By {
		at := fmt.Sprintf("sum.by[%d]", i)
		if err := has(at, name); err != nil {
			return err
		}
		_, ok := ruled[name]
		switch {
		case ruled[name] == Drop:
			return ledger.FieldErrorf(ledger.Invalid, at, "%q is dropped", name)
		case !ok && slices.ContainsFunc(t.Personal, func(f personal.Finding) bool { return f.Field == name }):
			return ledger.FieldErrorf(ledger.Invalid, at, "%q looks personal and has no rule; keep it by a rule if it is not", name)
		}
	}
	if len(s.Of) == 0 {
		return ledger.FieldErrorf(ledger.Invalid, "sum.of", "nothing is told of the groups")
	}
	for i, m := range s.Of {
		at := fmt.Sprintf("sum.of[%d]", i)
		switch m.Do {
		case Count:
			if m.Field == "" {
				continue
			}
		case Total, Average:
		default:
			return ledger.FieldErrorf(ledger.Invalid, at+".do", "%q is no measure", m.Do)
		}
		if err := has(at+".field", m.Field); err != nil {
			return err
		}
		if ruled[m.Field] == Drop {
			return ledger.FieldErrorf(ledger.Invalid, at+".field", "%q is dropped", m.Field)
		}
	}
	return nil
}
