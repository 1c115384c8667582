// Package protection is the table of plant-protection products: what may be put on
// which crop, how much of it, and how long the harvest has to wait then. The operator
// publishes its versions as the reference list [List]; it helps whoever notes a
// spraying down, and stops nobody.
package protection

import (
	"slices"
	"strings"
	"unicode"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// List is the name of the reference list whose versions are Tables.
const List = "plant-protection"

// Table is the payload of a version. Its spelling as JSON is that of a reference
// list with more about each entry.
type Table struct {
	Title  trace.Text `json:"title"`
	Sample bool       `json:"sample,omitempty"`
	Rows   []Row      `json:"entries"`
}

// Row is a product on a crop, or an active ingredient that is forbidden in every
// product.
type Row struct {
	Code     string          `json:"code"`              // unique in the table, as the registration's number
	Product  trace.Text      `json:"name"`              // as sold
	Active   string          `json:"active"`            // active ingredient with its concentration
	Crop     string          `json:"crop,omitempty"`    // as people name it: "vải"; empty for every crop
	Pest     string          `json:"pest,omitempty"`    // against what
	Dose     string          `json:"dose,omitempty"`    // as people say it: "0,5 l/ha"
	Hectare  *trace.Quantity `json:"hectare,omitempty"` // the most on one, as a number
	Interval int             `json:"interval"`          // days before the harvest, 0 to trace.MaxWait
	Status   Status          `json:"status"`
	Rule     string          `json:"rule,omitempty"`       // which rule forbids or restricts it
	Holder   string          `json:"registrant,omitempty"` // who registered or makes it
}

// Status is whether a product may be used.
type Status string

const (
	Allowed    Status = "allowed"
	Restricted Status = "restricted" // under conditions that the rule names
	Forbidden  Status = "forbidden"
)

// On reports whether the row is about a crop of a name: every word of the row's crop
// is one of the name's.
func (r *Row) On(crop string) bool { return r.Crop == "" || within(words(r.Crop), words(crop)) }

// Find is the row of a product by its name, however it is accented and spelled: the
// one for the crop before one for every crop; nil when there is none.
func (t *Table) Find(product, crop string) *Row {
	var found *Row
	name := Fold(product)
	for i := range t.Rows {
		r := &t.Rows[i]
		if name == "" || Fold(r.Product.VI) != name && Fold(r.Product.EN) != name || !r.On(crop) {
			continue
		}
		if found == nil || found.Crop == "" && r.Crop != "" {
			found = r
		}
	}
	return found
}

// Known is the row of a product on any crop: one that Find does not give is
// registered, and not for this one.
func (t *Table) Known(product string) *Row {
	name := Fold(product)
	i := slices.IndexFunc(t.Rows, func(r Row) bool {
		return name != "" && (Fold(r.Product.VI) == name || Fold(r.Product.EN) == name)
	})
	if i < 0 {
		return nil
	}
	return &t.Rows[i]
}

// For lists what may be used on a crop, each product once, by name.
func (t *Table) For(crop string) (rows []*Row) {
	seen := map[string]bool{}
	for i := range t.Rows {
		r := &t.Rows[i]
		if name := Fold(r.Product.VI); r.Status != Forbidden && r.On(crop) && !seen[name] {
			seen[name] = true
			rows = append(rows, t.Find(r.Product.VI, crop))
		}
	}
	slices.SortFunc(rows, func(a, b *Row) int { return strings.Compare(Fold(a.Product.VI), Fold(b.Product.VI)) })
	return rows
}

// Forbidden lists the rows that forbid something.
func (t *Table) Forbidden() (rows []*Row) {
	for i := range t.Rows {
		if t.Rows[i].Status == Forbidden {
			rows = append(rows, &t.Rows[i])
		}
	}
	return rows
}

// Ban is the row that forbids what a record says: its product, or its active
// ingredient in any product; nil when nothing does.
func (t *Table) Ban(product, active string) *Row {
	name, substances := Fold(product), words(active)
	for i := range t.Rows {
		r := &t.Rows[i]
		if r.Status != Forbidden {
			continue
		}
		if name != "" && (Fold(r.Product.VI) == name || Fold(r.Product.EN) == name) {
			return r
		}
		if forbidden := substance(r.Active); len(forbidden) > 0 && within(forbidden, substances) {
			return r
		}
	}
	return nil
}

// Fold is a name without accents, case and superfluous spaces, so that a name is
// found as people type it.
func Fold(s string) string { return strings.Join(words(s), " ") }

// words are the words of a text, folded: runs of letters and digits.
func words(s string) []string {
	return strings.FieldsFunc(ledger.Fold(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// Substance is an active ingredient without its concentration, folded.
func Substance(active string) string { return strings.Join(substance(active), " ") }

// substance are the words of an active ingredient up to its concentration.
func substance(active string) []string {
	all := words(active)
	if i := slices.IndexFunc(all, func(w string) bool { return unicode.IsDigit(rune(w[0])) }); i >= 0 {
		return all[:i]
	}
	return all
}

func within(some, all []string) bool {
	for _, w := range some {
		if !slices.Contains(all, w) {
			return false
		}
	}
	return true
}
