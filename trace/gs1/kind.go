package gs1

// Kind is the sort of GS1 key that a [Key] is built on. A GTIN stays of Kind
// GTIN when a lot or serial number follows it; see [Key.Level].
type Kind uint8

// The GS1 keys, with the AI that each is written under.
const (
	GTIN        Kind = iota + 1 // 01: trade item
	SSCC                        // 00: logistic unit
	GLN                         // 414: place
	PGLN                        // 417: party
	GRAI                        // 8003: returnable asset
	GIAI                        // 8004: individual asset
	GSRN                        // 8018: service relation, recipient
	GSRNP                       // 8017: service relation, provider
	GDTI                        // 253: document
	GCN                         // 255: coupon
	CPI                         // 8010: component or part
	GINC                        // 401: consignment
	GSIN                        // 402: shipment
	ITIP                        // 8006: piece of a trade item
	GMN                         // 8013: model
	PaymentSlip                 // 415 with 8020: invoicing party and slip
)

// Level tells a single thing from a class of things.
type Level uint8

const (
	// Class is a kind of thing: a GTIN, a lot of it, a document type, a model.
	Class Level = iota + 1
	// Instance is one thing, place, party or relation.
	Instance
)

// kindFacts is what sets one kind apart.
type kindFacts struct {
	name string
	ai   string
	// digits that the value starts with at least; all of it when numeric.
	digits int
	// serialAt is where the serial number starts that the value itself ends in.
	serialAt int
	// prefixAt is where the company prefix starts.
	prefixAt int
	// always is the level of every key of the kind, 0 when a serial decides.
	always Level
	// sequences of qualifiers that may follow, each in order, any left out.
	sequences [][]string
}

var (
	itemSequence  = []string{"22", "10", "21"}
	tobaccoSerial = []string{"235"}
)

var kinds = [...]kindFacts{
	GTIN:        {name: "GTIN", ai: "01", digits: 8, prefixAt: 1, sequences: [][]string{itemSequence, tobaccoSerial}},
	SSCC:        {name: "SSCC", ai: "00", digits: 18, prefixAt: 1, always: Instance},
	GLN:         {name: "GLN", ai: "414", digits: 13, always: Instance, sequences: [][]string{{"254"}, {"7040"}}},
	PGLN:        {name: "PGLN", ai: "417", digits: 13, always: Instance, sequences: [][]string{{"7040"}}},
	GRAI:        {name: "GRAI", ai: "8003", digits: 14, serialAt: 14, prefixAt: 1},
	GIAI:        {name: "GIAI", ai: "8004", digits: minPrefix, always: Instance, sequences: [][]string{{"7040"}}},
	GSRN:        {name: "GSRN", ai: "8018", digits: 18, always: Instance, sequences: [][]string{{"8019"}}},
	GSRNP:       {name: "GSRNP", ai: "8017", digits: 18, always: Instance, sequences: [][]string{{"8019"}}},
	GDTI:        {name: "GDTI", ai: "253", digits: 13, serialAt: 13},
	GCN:         {name: "GCN", ai: "255", digits: 13, serialAt: 13},
	CPI:         {name: "CPI", ai: "8010", digits: minPrefix, sequences: [][]string{{"8011"}}},
	GINC:        {name: "GINC", ai: "401", digits: minPrefix, always: Instance},
	GSIN:        {name: "GSIN", ai: "402", digits: 17, always: Instance},
	ITIP:        {name: "ITIP", ai: "8006", digits: 18, prefixAt: 1, sequences: [][]string{itemSequence}},
	GMN:         {name: "GMN", ai: "8013", digits: minPrefix, always: Class},
	PaymentSlip: {name: "payment slip", ai: "415", digits: 13, always: Instance, sequences: [][]string{{"8020"}}},
}

// String is the key's usual abbreviation.
func (k Kind) String() string {
	if int(k) >= len(kinds) || k == 0 {
		return "no GS1 key"
	}
	return kinds[k].name
}

// AI is the application identifier of the kind, "" for the zero Kind.
func (k Kind) AI() string {
	if int(k) >= len(kinds) {
		return ""
	}
	return kinds[k].ai
}

// kindOf gives the kind whose primary key has the AI, or 0.
func kindOf(ai string) Kind {
	switch ai {
	case "01":
		return GTIN
	case "00":
		return SSCC
	case "414":
		return GLN
	}
	for k := PGLN; int(k) < len(kinds); k++ {
		if kinds[k].ai == ai {
			return k
		}
	}
	return 0
}

// isQualifier reports whether the AI qualifies keys of some kind.
func isQualifier(ai string) bool {
	switch ai {
	case "22", "10", "21", "235", "254", "7040", "8011", "8019", "8020":
		return true
	}
	return false
}
