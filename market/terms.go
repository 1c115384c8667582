package market

import "github.com/sogoc/sogoc/ledger"

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
