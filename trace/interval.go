package trace

import (
	"iter"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

// MaxWait is the longest pre-harvest interval, in days.
const MaxWait = 365

// SafeFrom is when a harvest is allowed again after a crop was treated at a moment
// in a zone, as +07:00, with an interval of days. Days are counted as people count
// them, on the calendar where the crop stands: the day of the treatment does not
// count, then that many whole days pass, and the harvest is allowed from the start
// of the day after them. Sprayed on 12 June at any hour with 14 days, it is allowed
// from 27 June at midnight.
func SafeFrom(treated ledger.Time, zone string, days int) (ledger.Time, error) {
	there, err := time.Parse("-07:00", zone)
	if err != nil {
		return 0, ledger.FieldErrorf(ledger.Invalid, "zone", "%q is not an offset such as +07:00", zone)
	}
	_, offset := there.Zone()
	local := treated.Time().Add(time.Duration(offset) * time.Second)
	year, month, day := local.Date()
	start := time.Date(year, month, day+days+1, 0, 0, 0, 0, time.UTC)
	return ledger.TimeOf(start.Add(-time.Duration(offset) * time.Second)), nil
}

// Early is that something was harvested before it was safe.
type Early struct {
	Of        ID          // the thing that was made of the harvest
	Harvested ledger.Time // the latest such harvest
	Safe      ledger.Time // from when on it would have been safe
}

// Behind is what one thing says of the question whether something may be declared
// safe, and what it was made from or contains.
type Behind struct {
	From   []string
	Early  *Early
	Tested ledger.Time // the date of the latest laboratory result on it, where that met the limits; 0 otherwise
}

// TestResult is what a laboratory found of a thing.
type TestResult struct {
	Date   ledger.Time `json:"d"`
	Failed bool        `json:"f,omitempty"` // it did not meet the limits
}

// TestedSafe is the date of the latest of some results, where all of that date met the
// limits; 0 otherwise.
func TestedSafe(results iter.Seq[TestResult]) (date ledger.Time) {
	var failed ledger.Time
	for r := range results {
		if r.Failed {
			failed = max(failed, r.Date)
		} else {
			date = max(date, r.Date)
		}
	}
	if failed >= date {
		return 0
	}
	return date
}

// Doubt finds out whether a thing may be declared safe: nil when it may. It may not
// when it, or anything behind it, was harvested early. A laboratory result clears
// what it is on, and what is behind that, of all harvests before its date. things
// holds everything behind the root, by name.
func Doubt(root string, things map[string]Behind) *Early {
	worst := map[string]*Early{} // by name, once it is known
	met := map[string]bool{root: true}
	for stack := []string{root}; len(stack) > 0; {
		name := stack[len(stack)-1]
		at, deeper := things[name], false
		for _, from := range at.From {
			if !met[from] {
				met[from], deeper = true, true
				stack = append(stack, from)
			}
		}
		if deeper {
			continue
		}
		stack = stack[:len(stack)-1]
		early := at.Early
		for _, from := range at.From {
			early = later(early, worst[from])
		}
		if early != nil && (at.Tested == 0 || early.Harvested >= at.Tested) {
			worst[name] = early
		}
	}
	return worst[root]
}

// later is the worse of two: what is of the later harvest, and the later day.
func later(a, b *Early) *Early {
	if a == nil || b == nil {
		if a == nil {
			return b
		}
		return a
	}
	if a.Harvested < b.Harvested {
		a, b = b, a
	}
	worst := *a
	worst.Safe = max(a.Safe, b.Safe)
	return &worst
}
