package trace

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sogoc/sogoc/ledger"
)

// RegistryContract keeps the directory, and these are its actions.
const (
	RegistryContract = "registry"

	ActionFound   = "found"   // the operator's own organisation; one Admission
	ActionAdmit   = "admit"   // the operator admits; Admissions
	ActionRefuse  = "refuse"  // the operator refuses applications; Refusals
	ActionStand   = "stand"   // the operator suspends or reinstates; Standings
	ActionHost    = "host"    // the operator names organisations' hosts; Hostings
	ActionEnrol   = "enrol"   // an organisation enrols members; Enrolments under "member"
	ActionProfile = "profile" // an organisation describes itself anew; OwnProfiles
	ActionMember  = "member"  // an organisation changes what members may do; MemberChanges
	ActionRotate  = "rotate"  // a member puts another key in the place of the signing one; one NewMember
	ActionDevice  = "device"  // a member adds keys that may do some things only; DeviceKeys
	ActionMandate = "mandate" // a member lets organisations record for it; Mandates
	ActionRevoke  = "revoke"  // an organisation revokes keys; KeyRevocations
	ActionPrefix  = "prefix"  // the operator assigns GS1 prefixes and issuers; Prefixes
	ActionPlace   = "place"   // an organisation describes its places; Places
	ActionProduct = "product" // an organisation describes its products; Products
	ActionList    = "list"    // the operator publishes reference lists; Lists
	ActionErase   = "erase"   // an organisation or the operator erases payloads; Erasures
	ActionRules   = "rules"   // the operator raises the rules version; one RulesVersion

	// ActionCheckpoint puts another key in the place of one that signs checkpoints; the
	// operator's, one ledger.KeyChange.
	ActionCheckpoint = ledger.KeyChangeAction
)

// Kinds of places.
const (
	PlacePlot         = "plot"
	PlacePackingHouse = "packing_house"
	PlaceWorkshop     = "workshop"
	PlaceWarehouse    = "warehouse"
	PlaceShop         = "shop"
	PlacePort         = "port"
	PlaceOffice       = "office"
)

// PlaceKinds lists them.
var PlaceKinds = []string{PlacePlot, PlacePackingHouse, PlaceWorkshop, PlaceWarehouse, PlaceShop, PlacePort, PlaceOffice}

var directoryWords = map[string]string{
	ActionFound:   "Lập sổ gốc (found the register)",
	ActionAdmit:   "Kết nạp %d tổ chức (admit %d organisations)",
	ActionRefuse:  "Từ chối %d hồ sơ (refuse %d applications)",
	ActionStand:   "Đổi tình trạng %d tổ chức (change the standing of %d organisations)",
	ActionHost:    "Đổi máy chủ của %d tổ chức (change the hosts of %d organisations)",
	ActionEnrol:   "Ghi danh %d thành viên (enrol %d members)",
	ActionProfile: "Sửa giới thiệu của %d tổ chức (describe %d organisations anew)",
	ActionMember:  "Đổi quyền hoặc tình trạng của %d thành viên (change what %d members may do)",
	ActionRotate:  "Thay khóa ký của thành viên (replace the member's key)",
	ActionDevice:  "Thêm %d khóa thiết bị (add %d device keys)",
	ActionMandate: "Đổi %d ủy quyền ghi thay (change %d mandates to record on one's behalf)",
	ActionRevoke:  "Thu hồi %d khóa (revoke %d keys)",
	ActionPrefix:  "Cấp %d tiền tố mã (assign %d prefixes)",
	ActionPlace:   "Khai báo %d địa điểm (describe %d places)",
	ActionProduct: "Khai báo %d sản phẩm (describe %d products)",
	ActionList:    "Công bố %d danh mục (publish %d reference lists)",
	ActionErase:   "Xóa %d tài liệu (erase %d documents)",
	ActionRules:   "Nâng phiên bản quy tắc (raise the rules version)",

	ActionCheckpoint: "Thay khóa ký điểm kiểm của sổ (replace the key that signs checkpoints)",
}

// DirectorySummary says in words what n items of an action do; the signer sees it
// in a wallet, and the contract refuses any other.
func DirectorySummary(action string, n int) string {
	words := directoryWords[action]
	if strings.Contains(words, "%d") {
		return fmt.Sprintf(words, n, n)
	}
	return words
}

// ValidCID reports whether s looks like a CIDv1 with SHA-256 in base 32: b, then
// 58 letters and digits. Stores check the rest.
func ValidCID(s string) bool {
	return len(s) == 59 && strings.HasPrefix(s, "baf") && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// ValidListName reports whether s can name a reference list.
func ValidListName(s string) bool {
	return 0 < len(s) && len(s) <= 40 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz-") == ""
}

// Describes is where the words about something are: a payload, sealed under a key
// of its own where it is about a person. The picture that it names is a payload of its
// own, which is named here as well where it is a person's, so that it can be erased with
// the words.
type Describes struct {
	Payload string `json:"payload"`          // CID; a Profile
	Sealed  bool   `json:"sealed,omitempty"` // the payload is ciphertext
	Image   string `json:"image,omitempty"`  // CID; the Profile's Image
}

// Organisation is a party of the register. Its name and address are in its
// profile, which is sealed for households and artisans.
type Organisation struct {
	ID      ledger.ID   `json:"id"`
	Kind    ledger.Kind `json:"kind"`
	GLN     *ID         `json:"gln,omitempty"` // its party GLN or register-issued code, by which events name it
	Profile *Describes  `json:"profile,omitempty"`

	// Host is the member of a Fabric channel (its MSP id) whose nodes submit what the
	// organisation's members sign. An organisation that names none is hosted by the
	// operator's host. It means nothing on a ledger of one node.
	Host string `json:"host,omitempty"`
}

// Admission puts an organisation and its first administrator on the register.
type Admission struct {
	Org     Organisation     `json:"org"`
	Member  ledger.Enrolment `json:"member"`
	Dossier ledger.Hash      `json:"dossier,omitzero"` // SHA-256 of the application that the operator saw
	Reason  string           `json:"reason,omitempty"` // why it was admitted
}

// OwnProfile is what an organisation tells of itself from now on. What it is, and
// under which identifiers, stays as it was admitted.
type OwnProfile struct {
	Org     ledger.ID  `json:"org"` // the signer's
	Profile *Describes `json:"profile"`
}

// Refusal says that an application was seen and not admitted. Who applied may do so
// again with another. It says nothing of a person: the dossier stays with the
// operator, who may destroy it.
type Refusal struct {
	Org     ledger.ID   `json:"org"`     // that would have been admitted
	Dossier ledger.Hash `json:"dossier"` // SHA-256 of the application
	Reason  string      `json:"reason"`
}

// NewMember enrols a member, or another key of one, which repeats the roles that
// the member has.
type NewMember struct {
	Member ledger.Enrolment `json:"member"`
}

// DeviceKey is another key of a member, for a device that records some things in
// the member's name and nothing else.
type DeviceKey struct {
	Member  ledger.Enrolment `json:"member"`
	Actions []string         `json:"actions"`        // contract/action, 1 to MaxActions; none of the registry's
	Until   ledger.Time      `json:"until,omitzero"` // record time from which on it is worth nothing; never when absent
}

// Mandate lets the members of an organisation do some things on a member's behalf,
// or takes that back. There is one for each agent; a later one replaces it.
type Mandate struct {
	Member    ledger.ID   `json:"member"`            // the principal, who alone signs it
	Agent     ledger.ID   `json:"agent"`             // the organisation, which may be the principal's own
	Actions   []string    `json:"actions,omitempty"` // contract/action, 1 to MaxActions; none when it is withdrawn
	Until     ledger.Time `json:"until,omitzero"`    // record time from which on it is over; never when absent
	Withdrawn bool        `json:"withdrawn"`
	Reason    string      `json:"reason,omitempty"` // for people
}

// MaxActions bounds what a device or an agent may do.
const MaxActions = 32

// ValidActions reports whether a list names what somebody else than the member may
// do: 1 to MaxActions actions as contract/action, each once, and none of the
// registry's, which are for the members themselves.
func ValidActions(list []string) bool {
	for i, s := range list {
		contract, action, _ := strings.Cut(s, "/")
		if contract == RegistryContract || !validName(contract) || !validName(action) || slices.Contains(list[:i], s) {
			return false
		}
	}
	return 0 < len(list) && len(list) <= MaxActions
}

func validName(s string) bool {
	return 0 < len(s) && len(s) <= ledger.MaxName && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") == ""
}

// MemberChange says what a member may do from now on. Who leaves is suspended.
type MemberChange struct {
	Member    ledger.ID     `json:"member"`
	Roles     []ledger.Role `json:"roles"`
	Suspended bool          `json:"suspended"`
	Reason    string        `json:"reason"`
}

// Standing suspends or reinstates an organisation.
type Standing struct {
	Org       ledger.ID `json:"org"`
	Suspended bool      `json:"suspended"`
	Reason    string    `json:"reason"`
}

// Hosting names the host of an organisation from now on; empty for the operator's.
type Hosting struct {
	Org    ledger.ID `json:"org"`
	Host   string    `json:"host"`
	Reason string    `json:"reason"`
}

// KeyRevocation ends a key. What it signed before stays valid.
type KeyRevocation struct {
	Key    ledger.Address `json:"key"`
	Reason string         `json:"reason"`
}

// Prefix gives an organisation a GS1 company prefix or an issuer of codes.
type Prefix struct {
	Org      ledger.ID `json:"org"`
	GS1      string    `json:"gs1,omitempty"`    // 4 to 12 digits
	Issuer   string    `json:"issuer,omitempty"` // 4 characters
	Evidence string    `json:"evidence,omitempty"`
}

// Place is where something happens. The commune is public; where exactly is in
// the profile.
type Place struct {
	ID      ID         `json:"id"`
	Kind    string     `json:"kind"` // plot, packing_house, workshop, warehouse, shop, port, office
	Commune string     `json:"commune"`
	Profile *Describes `json:"profile,omitempty"`
	Shown   bool       `json:"shown,omitempty"` // its owner shows the exact spot to everybody
}

// Product is a trade item, or a standing crop or herd.
type Product struct {
	ID        ID          `json:"id"`
	Unit      Unit        `json:"unit"`                // what its lots are counted in
	Tolerance Ratio       `json:"tolerance"`           // what may be over without a word
	HardCap   Ratio       `json:"hard_cap"`            // what may be over at all
	Yield     *Ratio      `json:"yield,omitempty"`     // most output per input of the same dimension; 1/1 when absent
	Perennial bool        `json:"perennial,omitempty"` // a standing crop or herd: harvests do not use it up
	Makers    []ledger.ID `json:"makers,omitempty"`    // other organisations that may make lots of it
	Profile   *Describes  `json:"profile,omitempty"`
}

// List is a version of a reference list: administrative units, crops, units.
type List struct {
	Name    string `json:"name"`
	Version int    `json:"version"`
	Payload string `json:"payload"`
}

// Erasure leaves a tombstone for a payload; every store destroys key and bytes.
type Erasure struct {
	Payload string `json:"payload"`
	Reason  string `json:"reason"`
}

// RulesVersion is what the operator raises the rules to.
type RulesVersion struct {
	Version uint32 `json:"version"`
}

// RegistryOutcome is what the registry contract answers.
type RegistryOutcome struct {
	Member ledger.ID `json:"member"`
	Org    ledger.ID `json:"org"`
}

// Profile is the payload behind Describes: words for people. Which fields have a
// value depends on what it describes.
type Profile struct {
	Name        Text      `json:"name"`
	Description Text      `json:"description,omitzero"`
	Address     Text      `json:"address,omitzero"`
	Commune     string    `json:"commune,omitempty"` // code in the list of administrative units
	Phone       string    `json:"phone,omitempty"`
	Web         string    `json:"web,omitempty"`
	Image       string    `json:"image,omitempty"` // CID
	ImageAlt    Text      `json:"image_alt,omitzero"`
	Brand       string    `json:"brand,omitempty"`
	Standards   []string  `json:"standards,omitempty"`
	Unit        Text      `json:"unit,omitzero"` // what people count it in: "hộp", "box"
	Point       *Position `json:"point,omitempty"`
	Area        string    `json:"area,omitempty"` // decimal hectares

	Outline   []Position `json:"outline,omitempty"`    // corners of a plot in their order; the last is joined to the first
	Assigned  string     `json:"assigned,omitempty"`   // planting-area or packing-house code, as its agency wrote it
	Closed    string     `json:"closed,omitempty"`     // day from which on a place is not used, 2026-06-03
	ShelfLife int        `json:"shelf_life,omitempty"` // days for which a product keeps
	Units     []Measure  `json:"units,omitempty"`      // what people count in here, or count a product in
	Old       []string   `json:"old,omitempty"`        // what it is called in lists from before the register
}

// Measure is a unit of people's own, with exactly what is in one: "chục" of 12 pieces,
// "bình" of 16 LTR.
type Measure struct {
	Name Text     `json:"name"`
	Is   Quantity `json:"is"`
}

// Text is words in Vietnamese and English.
type Text = ledger.Text

// Position is WGS 84, in decimal degrees with at most 6 digits.
type Position struct {
	Lat string `json:"lat"`
	Lon string `json:"lon"`
}

// Names of reference lists that pages use.
const (
	ListUnits    = "administrative-units"
	ListCrops    = "crops"
	ListMeasures = "units-of-measure"
)

// ReferenceList is the payload of a version of a reference list.
type ReferenceList struct {
	Title   Text        `json:"title"`
	Sample  bool        `json:"sample,omitempty"`
	Entries []ListEntry `json:"entries"`
}

// ListEntry is a line of a reference list. Administrative units have a province
// and the middle of their area; From has the units of the version before that
// merged into it. Units of measure have a Recommendation 20 code.
type ListEntry struct {
	Code     string      `json:"code"`
	Name     Text        `json:"name"`
	Province Text        `json:"province,omitzero"`
	From     []ListEntry `json:"from,omitempty"`
	At       *Position   `json:"at,omitempty"`
}
