package trace

import (
	"encoding/json"
	"fmt"

	"github.com/sogoc/sogoc/ledger"
)

// Outcome is what the traceability contract answers; read models are built from
// it and the facts, and decide nothing again.
type Outcome struct {
	Member   ledger.ID      `json:"member"`              // who signed
	Org      ledger.ID      `json:"org"`                 // of which organisation
	OnBehalf *Principal     `json:"on_behalf,omitempty"` // for whom it was recorded, where that is somebody else
	Events   []EventOutcome `json:"events,omitempty"`
}

// Principal is a member for whom somebody else recorded by its mandate. The record
// is the principal's organisation's, as if that had made it.
type Principal struct {
	Member ledger.ID `json:"member"`
	Org    ledger.ID `json:"org"`
}

// Acting is the organisation whose record it is.
func (o *Outcome) Acting() ledger.ID {
	if o.OnBehalf != nil {
		return o.OnBehalf.Org
	}
	return o.Org
}

// EventOutcome is what one fact did. It stands at the fact's position.
type EventOutcome struct {
	Duplicate bool        `json:"dup,omitempty"`     // the same event was recorded before; nothing happened
	Managed   bool        `json:"managed,omitempty"` // the rules applied; otherwise it is its signer's statement
	Parties   []ledger.ID `json:"parties,omitempty"` // organisations that took part, the acting one first
	Edges     []Edge      `json:"edges,omitempty"`   // lineage that the event added
	Balances  []Balance   `json:"balances,omitempty"`
	Flags     []Flag      `json:"flags,omitempty"`
	Voids     string      `json:"voids,omitempty"` // the event that this declares wrong
}

// EdgeKind says how one thing came to be in another.
type EdgeKind string

const (
	MadeInto   EdgeKind = "made"   // transformed
	PackedInto EdgeKind = "packed" // aggregated
)

// Edge says that From went into To.
type Edge struct {
	Kind     EdgeKind  `json:"kind"`
	From     ID        `json:"from"`
	To       ID        `json:"to"`
	Quantity *Quantity `json:"qty,omitempty"` // of From
	Made     *Quantity `json:"made,omitempty"`
}

// Balance is what a holder has of a batch after the event.
type Balance struct {
	ID       ID       `json:"id"`
	Holder   string   `json:"holder"` // an organisation's id, "in {container}", "to {organisation}", "lost {organisation}" (not received by it), or how it left: sold, destroyed, used, handed_over
	Quantity Quantity `json:"qty"`
}

// FlagKind says what is the matter with a batch.
type FlagKind string

const (
	FlagOver        FlagKind = "over"        // more was taken or made than was there, beyond the tolerance
	FlagDiscrepancy FlagKind = "discrepancy" // received is not what was shipped
	FlagBlocked     FlagKind = "blocked"     // a correction left less than nothing
	FlagUnblocked   FlagKind = "unblocked"   // a later correction made it good
	FlagUnconfirmed FlagKind = "unconfirmed" // handed over to somebody without an account

	// Of a lot or a piece one of these two holds, which is the latest that was told,
	// whatever becomes of the event that told it.
	FlagInterval   FlagKind = "interval"    // harvested within the pre-harvest interval of its crop
	FlagNoInterval FlagKind = "no_interval" // corrections left nothing of that
)

// Flag is shown to everybody who may see the batch.
type Flag struct {
	ID       ID        `json:"id"`
	Kind     FlagKind  `json:"kind"`
	Quantity *Quantity `json:"qty,omitempty"` // how much it is about
	Want     *Quantity `json:"want,omitempty"`

	Harvested ledger.Time `json:"harvested,omitempty"` // of an interval: the latest early harvest
	Safe      ledger.Time `json:"safe,omitempty"`      // from when on the harvest would have been safe
}

// Recall stops a product, a lot or a piece and all that was made from it, or
// lifts such a stop.
type Recall struct {
	Target  ID     `json:"target"`
	Lift    bool   `json:"lift,omitempty"`
	Reason  string `json:"reason"`          // one sentence, for shoppers
	Action  string `json:"action"`          // what to do
	Contact string `json:"contact"`         // a telephone number or an address
	Doc     string `json:"doc,omitempty"`   // CID of the notice
	Class   string `json:"class,omitempty"` // as the authority grades it
}

// Notice is the document of a recall, in JSON: what shoppers and receivers read, in
// both languages. What the ledger holds of it is in Vietnamese.
type Notice struct {
	Format  string `json:"format"` // NoticeFormat
	Reason  Text   `json:"reason"`
	Action  Text   `json:"action"`
	Refund  Text   `json:"refund,omitzero"` // what becomes of the money
	Contact string `json:"contact"`
}

// NoticeFormat names the format of a Notice.
const NoticeFormat = "sogoc-notice/1"

// MaxNotice is the largest Notice, in bytes.
const MaxNotice = 64 << 10

// ParseNotice reads a Notice; ok is false where the document is none.
func ParseNotice(document []byte) (n Notice, ok bool) {
	if len(document) > MaxNotice || json.Unmarshal(document, &n) != nil || n.Format != NoticeFormat || n.Reason.VI == "" || n.Action.VI == "" {
		return Notice{}, false
	}
	return n, true
}

// Certificate is an attestation by a certifier or an agency.
type Certificate struct {
	ID      string      `json:"id"`     // a URI or the issuer's number, unique with the issuer
	Scheme  string      `json:"scheme"` // ocop, vietgap, globalgap, organic, planting_area, packing_house, laboratory, food_safety, or a URI
	Number  string      `json:"number"`
	Holder  ledger.ID   `json:"holder"`
	Targets []ID        `json:"targets,omitempty"` // products, lots, places; none means the organisation
	Stars   int         `json:"stars,omitempty"`   // OCOP, 3 to 5
	From    ledger.Time `json:"from"`
	Until   ledger.Time `json:"until"`
	Doc     string      `json:"doc,omitempty"`
	Revoked string      `json:"revoked,omitempty"` // why; set when an earlier certificate of this id ends

	Suspended  string `json:"suspended,omitempty"`  // why; set when an earlier certificate of this id does not hold for now
	Reinstated string `json:"reinstated,omitempty"` // why; set when a suspended one holds again

	// Of a laboratory result: what was tested, and whether it met the limits.
	Tested string `json:"tested,omitempty"`
	Result string `json:"result,omitempty"` // ResultMet or ResultFailed
}

// Results of a laboratory.
const (
	ResultMet    = "met"
	ResultFailed = "failed"
)

// CertificateStep is what an entry does to a certificate.
type CertificateStep string

const (
	CertificateIssued     CertificateStep = "issued"
	CertificateSuspended  CertificateStep = "suspended"
	CertificateReinstated CertificateStep = "reinstated"
	CertificateRevoked    CertificateStep = "revoked"
)

// Step is what the entry does to the certificate of its id, and why; ok is false where
// it says several things at once.
func (c *Certificate) Step() (step CertificateStep, why string, ok bool) {
	step, ok = CertificateIssued, true
	for _, x := range []struct {
		step CertificateStep
		why  string
	}{{CertificateSuspended, c.Suspended}, {CertificateReinstated, c.Reinstated}, {CertificateRevoked, c.Revoked}} {
		if x.why != "" {
			ok = step == CertificateIssued
			step, why = x.step, x.why
		}
	}
	return step, why, ok
}

// Schemes of certificates that pages know by name.
const (
	SchemeOCOP      = "ocop"
	SchemeVietGAP   = "vietgap"
	SchemeGlobalGAP = "globalgap"
	SchemeOrganic   = "organic"
	SchemeArea      = "planting_area"
	SchemePacking   = "packing_house"

	// These two declare goods safe. A laboratory result is about lots or pieces and
	// is dated From; one that met the limits clears them of earlier harvests within
	// an interval.
	SchemeLaboratory = "laboratory"
	SchemeFoodSafety = "food_safety"
)

// Schemes lists them.
var Schemes = []string{SchemeVietGAP, SchemeGlobalGAP, SchemeOrganic, SchemeOCOP, SchemeFoodSafety, SchemeLaboratory, SchemeArea, SchemePacking}

// DispositionConformant is the word of the Core Business Vocabulary that declares
// goods safe.
const DispositionConformant = "conformant"

// RecallSummary says in words what recalls do; the contract refuses any other.
func RecallSummary(recalls []Recall) string {
	if len(recalls) == 1 {
		if recalls[0].Lift {
			return fmt.Sprintf("Gỡ thu hồi (lift the recall of) %s", recalls[0].Target)
		}
		return fmt.Sprintf("Thu hồi (recall) %s", recalls[0].Target)
	}
	lifted := 0
	for _, r := range recalls {
		if r.Lift {
			lifted++
		}
	}
	return fmt.Sprintf("Thu hồi %d, gỡ thu hồi %d (recall %d, lift %d)", len(recalls)-lifted, lifted, len(recalls)-lifted, lifted)
}

// CertifySummary says in words what certificates do; the contract refuses any
// other.
func CertifySummary(certificates []Certificate) string {
	n := map[CertificateStep]int{}
	for i := range certificates {
		step, _, _ := certificates[i].Step()
		n[step]++
	}
	issued, revoked := n[CertificateIssued], n[CertificateRevoked]
	suspended, reinstated := n[CertificateSuspended], n[CertificateReinstated]
	if suspended+reinstated == 0 {
		return fmt.Sprintf("Cấp %d, thu hồi %d chứng nhận (issue %d, revoke %d certificates)", issued, revoked, issued, revoked)
	}
	return fmt.Sprintf("Cấp %d, tạm dừng %d, khôi phục %d, thu hồi %d chứng nhận (issue %d, suspend %d, reinstate %d, revoke %d certificates)",
		issued, suspended, reinstated, revoked, issued, suspended, reinstated, revoked)
}
