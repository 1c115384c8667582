package web

import (
	"io"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Level is what a code names.
type Level string

const (
	LevelProduct   Level = "product"   // every lot of it
	LevelLot       Level = "lot"       // one lot
	LevelPiece     Level = "piece"     // one piece, by its serial
	LevelContainer Level = "container" // a logistic unit and what is in it
)

// State is the verdict on a thing.
type State string

const (
	StateRecorded  State = "recorded"  // recorded under the rules, nothing the matter
	StateAttention State = "attention" // recorded, and flagged
	StateRecalled  State = "recalled"  // it or something that it was made from is recalled
	StateDeclared  State = "declared"  // its signer's statement alone: nobody manages the identifier
)

// Date is a day, a month or a year as it was declared: 2026-06-03, 2026-06, 2026.
// Anything else is shown as it is.
type Date string

// Passport is the page of a product, a lot, a piece or a container.
type Passport struct {
	Level Level
	ID    trace.ID
	State State
	Since ledger.Time // the record time since which nothing was altered; zero when it is not known
	Now   ledger.Time // when the view was made: certificates and best-before dates are judged by it

	Scanned bool         // whoever looks at the page is counted
	Piece   *Piece       // of one piece: what is known of it alone
	Fate    *Fate        // set where it is no more to be had, or came back
	Recall  *Recall      // set when State is StateRecalled
	Waiting ledger.Time  // of a crop in its interval: from when on it may be harvested
	Banned  string       // the rule that forbids something which was put on the crop
	Early   *Early       // set when it was harvested within a pre-harvest interval
	Flags   []trace.Flag // what the matter is, gravest first. Of a discrepancy, Want was shipped and Quantity received

	Name     trace.Text
	Photo    *Photo
	Variety  trace.Text
	About    trace.Text // a sentence or two by the producer
	Brand    string
	Model    string
	Standard []string // standards applied, as the producer names them
	Net      *Amount  // how much the lot is, or what one piece holds
	Warning  trace.Text
	Producer Party
	Origin   trace.Text // commune and province where it grew or was made

	Harvested  Date
	Made       Date
	Packed     Date
	BestBefore Date

	Certificates []Certificate
	Declared     []Party        // who recorded what the page says
	Confirmed    []Confirmation // who else stands behind what

	Journey  []Step // newest first
	Private  int    // further steps that the reader may not see
	Lots     []Lot  // LevelProduct: newest first
	Contents []Part // LevelContainer
	Map      *Map

	Growing   *Growing
	Documents []Document
	Trace     string // address of the lineage page
	Proof     *Proof // nil when there is nothing on the register yet

	Contact Party  // whom to ask; often the producer
	Report  string // where to report a problem: a telephone number, a mail address or an address of ours
}

// PieceState is what is known of a serial.
type PieceState string

const (
	PieceRecorded PieceState = "recorded" // something is recorded of the piece itself
	PieceIssued   PieceState = "issued"   // its number is one of those issued for the lot
	PieceNever    PieceState = "never"    // its lot's numbers are known, and it is none of them
)

// Piece is one piece of a lot. Unless it is PieceRecorded, the rest of its page is
// about the lot.
type Piece struct {
	Serial string
	State  PieceState
	Lot    Part
}

// FateKind is how a thing left.
type FateKind string

const (
	FateSold      FateKind = "sold"      // to shoppers
	FateDestroyed FateKind = "destroyed" // on purpose
	FateUsed      FateKind = "used"      // made into something else
	FateReturned  FateKind = "returned"  // sent back to who sold it; of a piece alone
)

// Fate is the last that is recorded of a thing which should not be on offer.
type Fate struct {
	Kind FateKind
	On   ledger.Time
	Who  Party
}

// Party is somebody. A natural person without a Name, or whose words were erased,
// is shown by Kind alone.
type Party struct {
	Name    trace.Text
	Kind    ledger.Kind
	Address trace.Text
	Commune trace.Text // "xã Lục Ngạn, tỉnh Bắc Ninh"
	Code    string     // GLN or register-issued code, as people read it
	Phone   string
	Email   string
	Web     string // https://…
}

// Photo is a picture that the node serves.
type Photo struct {
	URL           string // an address of ours
	Width, Height int    // pixels
	Alt           trace.Text
}

// Recall is why a thing is stopped and what to do. Reason, Action and Contact are
// as the one who recalled it wrote them.
type Recall struct {
	By      Party
	Since   ledger.Time
	Reason  trace.Text
	Action  trace.Text
	Refund  trace.Text // what becomes of the money; empty where Action says it
	Contact string     // a telephone number, a mail address or any words
	Notice  string     // address of the notice, where it says more than this
	Through *Part      // what was recalled, when it is not the thing itself
}

// Early says that a thing was harvested before it was safe.
type Early struct {
	Safe    ledger.Time // from when on it would have been
	Through *Part       // what was harvested so, when it is not the thing itself
	Cleared []Clearing  // laboratory results of after the harvest; none when it is in doubt
}

// Clearing is a laboratory result.
type Clearing struct {
	By Party
	On ledger.Time
}

// Confirmation says that somebody other than the producer stands behind What.
type Confirmation struct {
	By   Party
	What trace.Text
	On   ledger.Time
}

// Certificate is shown as a seal.
type Certificate struct {
	trace.Certificate
	Name trace.Text // for schemes that the page has no word for
	By   Party      // who confirmed it
	Link string     // address of the document, if any
	Page string     // address of its own page
}

// Amount is how much of what. Unit is the product's word for one ("hộp", "box"),
// used when Quantity counts pieces.
type Amount struct {
	Quantity *trace.Quantity // nil: all of it, or not said
	Unit     trace.Text
	Name     trace.Text
}

// Part is an amount of something that has a page of its own.
type Part struct {
	Amount
	ID    trace.ID
	Link  string // address of its page; empty when it has none to show
	Party *Party // who has it now
	State State
}

// Lot is a row of a product's page.
type Lot struct {
	Part
	Harvested Date
	Recorded  ledger.Time
}

// Place is where a step was.
type Place struct {
	Name    trace.Text
	Kind    string // as in trace.Place
	Commune trace.Text
	Code    string // location code, as people read it
}

// Step is one event of the journey.
type Step struct {
	Anchor      string // unique on the page, of letters, digits and hyphens
	Type        trace.EventType
	Action      trace.Action
	Word        string // business step: a bare word of the CBV or a URI
	Time        ledger.Time
	Zone        string // +07:00; Vietnam's when empty
	Who         Party
	Typist      *Party // who recorded it on behalf of Who; nil where Who did
	From, To    *Party
	Place       *Place
	What        []Amount // what the event is about, or its inputs
	Into        []Amount // outputs or container
	Joins       []Part   // other branches that join the line here
	Splits      []Part   // other branches that leave the line here
	Readings    []Reading
	Flags       []trace.Flag
	Note        trace.Text
	Void        *Void  // set when the step was declared wrong
	Corrects    string // Anchor of the step that this one corrects
	Statement   bool   // its signer's statement: no rules applied
	Away        bool   // its document has not reached this node yet
	ProductCode string // as people read it; shown with the place's code
	Receipt     string // address of this step's receipt
}

// Void says that a step was recorded by mistake.
type Void struct {
	Time     ledger.Time
	Reason   string
	Replaced string // Anchor of the step that stands instead
}

// Reading is what a sensor saw during a step. Limit is the most that was agreed.
type Reading struct {
	Kind     string // temperature, humidity, shock
	Min, Max trace.Quantity
	Limit    *trace.Quantity
}

// Growing is the record of how a crop was grown.
type Growing struct {
	Area      string // planting-area code
	Size      *trace.Quantity
	Standard  string
	Harvest   Date // the day that intervals are counted to
	Inputs    []Input
	Statement bool
}

// InputKind is what was put on a crop.
type InputKind string

const (
	InputProtection InputKind = "protection" // plant-protection product
	InputFertiliser InputKind = "fertiliser"
	InputIrrigation InputKind = "irrigation"
	InputFeed       InputKind = "feed"
	InputMedicine   InputKind = "medicine" // for animals, fish and shrimp
	InputOther      InputKind = "other"
)

// Input is one application.
type Input struct {
	Kind     InputKind
	On       Date
	Product  string
	Active   string // active ingredient
	Dose     string
	Purpose  trace.Text
	Interval int // pre-harvest interval in days; 0 when none applies
	Who      *Party
	Banned   string // the rule that forbids it; empty where none does
}

// Document is a file about the thing.
type Document struct {
	Title trace.Text
	Link  string
	Type  string // media type
	Size  int64  // bytes
	By    *Party
	On    Date
}

// Custody says how a record was signed.
type Custody string

const (
	CustodyNode   Custody = "node"   // with a key that the node keeps for the member
	CustodyWallet Custody = "wallet" // with the person's own wallet
	CustodyDevice Custody = "device" // with a key in the person's device
)

// Proof is what the page's own check starts from.
type Proof struct {
	Index    uint64      // the record's position in the register, from 0
	Size     uint64      // records under the checkpoint
	Recorded ledger.Time // record time
	Custody  Custody
	Node     string // the node that keeps the key, for CustodyNode
	Receipt  string // address of the receipt (sogoc-receipt/1), to fetch and to download
	Register ledger.Hash
	Origin   string   // first line of the checkpoints
	Founded  string   // that of the genesis, where it is another by now
	Keys     []string // verifier keys of the checkpoints (C2SP signed-note): name+hash+base64

	Witnesses []string // verifier keys of those who cosign; may be empty
	Quorum    int      // how many of them have to
	Code      string   // identifier that the record has to name; the page's when empty
	Trust     string   // address of the trust file, if it is published
}

func (v *Passport) scripts() []string {
	if v.Scanned {
		return []string{scanScript}
	}
	return nil
}

// LotPart is a lot of the passport's product.
func (v *Passport) LotPart(lot trace.ID) Part {
	return Part{Amount: Amount{Name: v.Name}, ID: lot, Link: lot.Path(), State: v.State}
}

// Passport writes the page that a scanned code opens.
func (p *Pages) Passport(w io.Writer, lang Lang, v *Passport) error {
	title := v.Name.In(string(lang))
	if lot := v.ID.Lot(); lot != "" {
		title += " · " + lot
	}
	return p.render(w, lang, "passport.html", frame{
		Title: title, Kind: "passport", Canonical: v.ID.Path(), Proof: v.Proof != nil, Scripts: v.scripts(), View: v,
	})
}
