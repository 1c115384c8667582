package market

import (
	"strconv"

	"github.com/sogoc/sogoc/ledger"
)

// Dong is an amount of Vietnamese đồng, which has no smaller unit.
type Dong int64

// Terms are what two sides agree on: what is given, for what, for how long and for
// how much. The register enforces those that are marked so; the others are promises
// of the parties. Package odrl writes them as a policy and in plain words.
type Terms struct {
	Price     Dong      `json:"price"`               // 0 for nothing
	PayDays   int       `json:"payDays,omitempty"`   // after signing; enforced: the release waits for it, or the term ends with it
	Release   Condition `json:"release,omitempty"`   // enforced
	Days      int       `json:"days,omitempty"`      // the term, from signing; 0 without end; enforced
	Versions  int       `json:"versions,omitempty"`  // later versions that are in the price, -1 for all within the term; enforced
	Downloads int       `json:"downloads,omitempty"` // of each file, 0 for any number; enforced
	Calls     int       `json:"calls,omitempty"`     // a day, of a data service; 0 for any number; enforced
	Deliver   int       `json:"deliver,omitempty"`   // hours until delivery after its condition is met, 0 for 24; enforced
	Object    int       `json:"object,omitempty"`    // days to object after a delivery, 0 for 7; enforced: silence is a receipt
	Purposes  []Purpose `json:"purposes"`            // a promise
	Territory []string  `json:"territory,omitempty"` // ISO 3166 codes, none for everywhere; a promise
	Exclusive bool      `json:"exclusive,omitempty"` // enforced: nobody else is given an agreement within the term
	PassOn    PassOn    `json:"passOn,omitempty"`    // a promise
	Attribute bool      `json:"attribute,omitempty"` // the source is named; a promise
	Shares    []Share   `json:"shares,omitempty"`    // of the price, for those who contributed
}

// Limits of terms.
const (
	MaxPrice     Dong = 1_000_000_000_000_000
	MaxDays           = 36_500
	MaxVersions       = 10_000
	MaxDownloads      = 1_000_000
	MaxCalls          = 1_000_000_000
	MaxHours          = 24 * 366
	MaxPurposes       = 5
	MaxTerritory      = 300
	MaxShares         = 100
	Whole             = 10_000 // parts of a price
)

// Check refuses terms that nobody could keep. Fields are named as they stand under
// "terms".
func (t Terms) Check() error {
	for _, n := range []struct {
		field       string
		value       int64
		least, most int64
	}{
		{"price", int64(t.Price), 0, int64(MaxPrice)},
		{"payDays", int64(t.PayDays), 0, MaxDays},
		{"days", int64(t.Days), 0, MaxDays},
		{"versions", int64(t.Versions), -1, MaxVersions},
		{"downloads", int64(t.Downloads), 0, MaxDownloads},
		{"calls", int64(t.Calls), 0, MaxCalls},
		{"deliver", int64(t.Deliver), 0, MaxHours},
		{"object", int64(t.Object), 0, MaxDays},
	} {
		if n.value < n.least || n.value > n.most {
			return wrongTerm(n.field, "is not from %d to %d", n.least, n.most)
		}
	}
	switch {
	case !t.Release.Valid():
		return wrongTerm("release", "%q is no condition", t.Release)
	case t.Price == 0 && t.Release == OnPayment:
		return wrongTerm("release", "waits for a payment, and nothing is to be paid")
	case t.Price == 0 && t.PayDays > 0:
		return wrongTerm("payDays", "nothing is to be paid")
	case !t.PassOn.Valid():
		return wrongTerm("passOn", "%q is not known", t.PassOn)
	case len(t.Purposes) == 0 || len(t.Purposes) > MaxPurposes:
		return wrongTerm("purposes", "there are none, or more than %d", MaxPurposes)
	case len(t.Territory) > MaxTerritory:
		return wrongTerm("territory", "there are more than %d", MaxTerritory)
	}
	for i, p := range t.Purposes {
		if !p.Valid() {
			return wrongTerm("purposes["+strconv.Itoa(i)+"]", "%q is no purpose", p)
		}
	}
	for i, code := range t.Territory {
		if !territory(code) {
			return wrongTerm("territory["+strconv.Itoa(i)+"]", "%q is no code of ISO 3166", code)
		}
	}
	return t.checkShares()
}

func (t Terms) checkShares() error {
	switch {
	case len(t.Shares) > MaxShares:
		return wrongTerm("shares", "there are more than %d", MaxShares)
	case len(t.Shares) > 0 && t.Price == 0:
		return wrongTerm("shares", "there is nothing to share")
	}
	given, seen := 0, map[ledger.ID]bool{}
	for i, s := range t.Shares {
		field := "shares[" + strconv.Itoa(i) + "]"
		switch {
		case s.Org.IsZero() || seen[s.Org]:
			return wrongTerm(field+".org", "is missing or has a share already")
		case s.Parts < 1 || s.Parts > Whole:
			return wrongTerm(field+".parts", "is not from 1 to %d", Whole)
		}
		seen[s.Org] = true
		given += s.Parts
	}
	if given > Whole {
		return wrongTerm("shares", "together they are more than %d parts", Whole)
	}
	return nil
}

func wrongTerm(field, format string, args ...any) error {
	return ledger.FieldErrorf(ledger.Invalid, "terms."+field, format, args...)
}

// territory reports whether s looks like a code of a country (VN) or of a part of one
// (VN-24).
func territory(s string) bool {
	if len(s) < 2 || len(s) > 6 || len(s) == 3 || len(s) > 2 && s[2] != '-' {
		return false
	}
	for i, c := range []byte(s) {
		letter := c >= 'A' && c <= 'Z'
		if i < 2 && !letter || i > 2 && !letter && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// Condition is what has to happen before a key is given.
type Condition string

const (
	OnSigning Condition = ""        // nothing but the signatures
	OnPayment Condition = "payment" // the provider confirmed that it was paid
)

func (c Condition) Valid() bool { return c == OnSigning || c == OnPayment }

// Purpose is what data may be used for.
type Purpose string

const (
	PurposeAny        Purpose = "any"
	PurposeInternal   Purpose = "internal"
	PurposeResearch   Purpose = "research"
	PurposeCommercial Purpose = "commercial"
	PurposePublic     Purpose = "public" // a public duty, with its legal basis
)

func (p Purpose) Valid() bool {
	return p == PurposeAny || p == PurposeInternal || p == PurposeResearch || p == PurposeCommercial || p == PurposePublic
}

// PassOn is what may be given to others.
type PassOn string

const (
	PassNothing PassOn = ""        // neither the data nor what is made of it
	PassDerived PassOn = "derived" // what is made of it, where the data cannot be had from it
	PassAll     PassOn = "all"
)

func (p PassOn) Valid() bool { return p == PassNothing || p == PassDerived || p == PassAll }

// Share is a contributor's part of a price; the parts of all, with the provider's
// own, make the whole.
type Share struct {
	Org   ledger.ID `json:"org"`
	Parts int       `json:"parts"` // of 10,000
}

// Offer is what anybody may agree to.
type Offer struct {
	ID      ledger.ID   `json:"id"`
	Dataset ledger.ID   `json:"dataset"`
	Terms   Terms       `json:"terms"`
	Until   ledger.Time `json:"until,omitzero"` // it can be agreed to before; zero without end
	Policy  string      `json:"policy"`         // CID of the ODRL policy that says the same
}

// Retraction takes an offer back. Agreements that were made under it stay.
type Retraction struct {
	Offer ledger.ID `json:"offer"`
}
