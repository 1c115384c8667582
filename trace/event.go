package trace

import (
	"encoding/json"
	"fmt"
	"regexp"

	"github.com/sogoc/sogoc/ledger"
)

// EventType is one of the five of EPCIS 2.0, section 7.4.
type EventType string

const (
	ObjectEvent         EventType = "ObjectEvent"
	AggregationEvent    EventType = "AggregationEvent"
	TransactionEvent    EventType = "TransactionEvent"
	TransformationEvent EventType = "TransformationEvent"
	AssociationEvent    EventType = "AssociationEvent"
)

// Action is what an event did to its EPCs' life (EPCIS 2.0, section 7.3.2).
type Action string

const (
	Add     Action = "ADD"
	Observe Action = "OBSERVE"
	Delete  Action = "DELETE"
)

// Stock is an EPC, or a class with a quantity. A class without a quantity is all
// of it that there is.
type Stock struct {
	ID       ID        `json:"id"`
	Quantity *Quantity `json:"qty,omitempty"`
}

// PartyRef is a source or destination (CBV 2.0, section 7.4). Type is the bare
// word of the standard (owning_party, possessing_party, location) or a URI.
type PartyRef struct {
	Type string `json:"type"`
	ID   ID     `json:"id"`
}

// Link is a business transaction: its type and identifier.
type Link struct {
	Type string
	ID   string
}

// ErrorDeclaration says that the event of the same identifier was wrong (EPCIS
// 2.0, section 7.4.1.2).
type ErrorDeclaration struct {
	Time        ledger.Time `json:"time"`
	Reason      string      `json:"reason,omitempty"`
	Corrections []string    `json:"corrections,omitempty"`
}

// Event is an EPCIS event. Words of the Core Business Vocabulary are bare
// ("shipping"), others are URIs as written. Everything that the rules and the
// index use is here; the rest is in Raw.
type Event struct {
	ID   string // the event's own identifier, or its hash where it has none
	Hash string // ni:///sha-256;…?ver=CBV2.0, over the content
	Type EventType

	Action      Action // empty for transformations
	Time        ledger.Time
	Zone        string // +07:00
	Step        string // business step
	Disposition string

	Objects []Stock // epcList, childEPCs, and their quantities
	Parent  ID
	Inputs  []Stock
	Outputs []Stock
	Process string // transformationID

	ReadPoint    ID
	Location     ID // business location
	Sources      []PartyRef
	Destinations []PartyRef
	Transactions []Link
	Certificates []string // certificationInfo
	Error        *ErrorDeclaration
	Wait         int  // days of the register's own member preHarvestIntervalDays; of ObjectEvents alone
	Conformant   bool // its persistent dispositions say that the goods conform

	ILMD map[string]json.RawMessage // instance and lot master data, names as written
	Raw  json.RawMessage            // the event as it was written
}

// Vocabulary is the namespace of the register's extensions of EPCIS events.
const Vocabulary = "https://sogoc.github.io/vocab/"

// StepHarvesting is the step of a transformation that harvests a crop or a herd.
const StepHarvesting = Vocabulary + "harvesting"

// WaitMember is the member by which an event names the interval in days that the
// harvest of its objects has to wait, under whatever prefix a document has for the
// namespace.
const WaitMember = Vocabulary + "preHarvestIntervalDays"

// Words of the Core Business Vocabulary that rules depend on.
const (
	StepCommissioning   = "commissioning"
	StepDecommissioning = "decommissioning"
	StepDestroying      = "destroying"
	StepInspecting      = "inspecting"
	StepPacking         = "packing"
	StepReceiving       = "receiving"
	StepRetailSelling   = "retail_selling"
	StepShipping        = "shipping"
	StepUnpacking       = "unpacking"

	PartyOwning     = "owning_party"
	PartyPossessing = "possessing_party"
	PartyLocation   = "location"
)

// eventID is what NewEventID draws.
var eventID = regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// ValidEventID reports whether s has the form of what NewEventID draws.
func ValidEventID(s string) bool { return eventID.MatchString(s) }

// NewEventID draws an identifier for an event: a URN of a random UUID (RFC 9562,
// section 5.4).
func NewEventID() string {
	id := ledger.NewID()
	id[6] = id[6]&0x0F | 0x40
	id[8] = id[8]&0x3F | 0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
