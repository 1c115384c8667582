// Package market holds the data market's types and pure rules: datasets, their
// versions and where they come from.
package market

import (
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market/seal"
)

// DatasetContract keeps datasets and what they are offered for, and these are its
// actions.
const (
	DatasetContract = "dataset"
	ActionPublish   = "publish"  // one Release
	ActionOffer     = "offer"    // one Offer, by the provider
	ActionRetract   = "retract"  // one Retraction, by the provider
	ActionModerate  = "moderate" // one Moderation, by the operator
	ActionClear     = "clear"    // one Clearing, by the operator
	ActionGrant     = "grant"    // one Grant, by an administrator of who contributes
)

// Limits of a release.
const (
	MaxFiles   = 100
	MaxSources = 1000
	MaxName    = 200     // bytes of a file's name
	MaxChunk   = 8 << 20 // bytes of plaintext in a chunk
	MaxPeople  = 10_000_000_000
)

// MaxReason bounds why something was decided, in bytes.
const MaxReason = 2000

// Release is one version of a dataset as the ledger holds it. The words about it
// are in the payload that Description names.
type Release struct {
	Dataset     ledger.ID  `json:"dataset"`
	Version     int        `json:"version"`          // 1, 2, …
	Kind        Kind       `json:"kind,omitempty"`   // "" for files
	Access      Access     `json:"access,omitempty"` // "" for open
	Licence     string     `json:"licence"`          // a URI
	Description string     `json:"description"`      // CID of a Description
	Files       []File     `json:"files"`
	From        []Source   `json:"from,omitempty"`
	Statement   *Statement `json:"statement,omitempty"` // before it is offered to others
	Review      *Review    `json:"review,omitempty"`    // what the node found in its files; there is one where there are any
	Personal    bool       `json:"personal,omitempty"`  // holds personal data; such a release is refused
}

// Kind is what is listed.
type Kind string

const (
	Files   Kind = ""        // files, none where Access is Listed
	API     Kind = "api"     // a data service at the provider's address, which its Description names
	Service Kind = "service" // work on data, delivered when the buyer accepts it
)

func (k Kind) Valid() bool { return k == Files || k == API || k == Service }

// Access is who reads the content of a release. Its description is public.
type Access string

const (
	Open   Access = ""       // everybody
	Agreed Access = "agreed" // whoever has an agreement in force; its files are ciphertexts
	Listed Access = "listed" // nobody by this register: an entry of the catalogue with the conditions of access
)

func (a Access) Valid() bool { return a == Open || a == Agreed || a == Listed }

// Statement is what the law asks of an offer that a contract can weigh (Decree
// 314/2026, Decision 20/2025); the words that go with it are in the Description.
type Statement struct {
	Seller Seller `json:"seller"`           // legal status of the seller
	Origin Origin `json:"origin"`           // where the data comes from
	Value  Value  `json:"value"`            // as it was collected, or worked on
	Class  Class  `json:"class"`            // by the lists of important and core data
	People int64  `json:"people,omitempty"` // whom this version concerns and no version before
}

// Seller is the legal status of whoever offers data.
type Seller string

const (
	SellerAgency     Seller = "agency"
	SellerEnterprise Seller = "enterprise"
	SellerCoop       Seller = "cooperative"
	SellerHousehold  Seller = "household"
	SellerOther      Seller = "other" // an association, a school, a research unit
)

func (s Seller) Valid() bool {
	return s == SellerAgency || s == SellerEnterprise || s == SellerCoop || s == SellerHousehold || s == SellerOther
}

// Origin is where data comes from, with the right to exploit it said in words.
type Origin string

const (
	OriginOwn       Origin = "own"       // recorded by the seller itself
	OriginRegister  Origin = "register"  // added up from this register
	OriginEntrusted Origin = "entrusted" // of others who agreed
	OriginBought    Origin = "bought"    // under a licence that lets it be passed on
	OriginPublic    Origin = "public"    // open data
)

func (o Origin) Valid() bool {
	return o == OriginOwn || o == OriginRegister || o == OriginEntrusted || o == OriginBought || o == OriginPublic
}

// Value says whether data is as it was collected; what was worked on says how.
type Value string

const (
	Raw   Value = "raw"
	Added Value = "added"
)

func (v Value) Valid() bool { return v == Raw || v == Added }

// Class is data's class by the national lists, and by the number of people.
type Class string

const (
	Ordinary  Class = "ordinary"
	Important Class = "important"
	Core      Class = "core"
)

// Numbers of people, over all that a provider released, from which data is
// important or core.
const (
	ImportantPeople = 100_000
	CorePeople      = 1_000_000
)

func (c Class) Valid() bool { return c == Ordinary || c == Important || c == Core }

// AtLeast is the lowest class that data about so many people may have.
func AtLeast(people int64) Class {
	switch {
	case people >= CorePeople:
		return Core
	case people >= ImportantPeople:
		return Important
	}
	return Ordinary
}

// Below reports whether a class is a lower one than another.
func (c Class) Below(d Class) bool { return c.rank() < d.rank() }

func (c Class) rank() int {
	switch c {
	case Core:
		return 2
	case Important:
		return 1
	}
	return 0
}

// Review is what the node at which a release is recorded found in its files. The contract
// asks for one; that it is true the node vouches for, which takes no other.
// Where Found or Unseen is not nought, the operator has cleared the profile first.
type Review struct {
	Profile string `json:"profile"`          // CID of the profile
	Found   int    `json:"found,omitempty"`  // columns that look like personal data, unmasked
	Unseen  int    `json:"unseen,omitempty"` // files that could not be read
}

// File is one distribution of a release.
type File struct {
	Name   string  `json:"name"`
	Media  string  `json:"media"` // RFC 6838
	Bytes  int64   `json:"bytes"` // of what is read, not of a ciphertext
	CID    string  `json:"cid"`
	Sealed *Sealed `json:"sealed,omitempty"` // where CID is that of a ciphertext
}

// Committed is what package seal calls the commitments of a file that is Sealed.
func (f File) Committed() seal.Sealed {
	s := f.Sealed
	return seal.Sealed{Plain: s.Plain, Cipher: s.Cipher, Key: s.Key, Bytes: f.Bytes, Chunk: s.Chunk}
}

// Sealed binds a ciphertext to what it hides (package seal): one bad chunk proves
// fraud to anybody.
type Sealed struct {
	Plain  ledger.Hash `json:"plain"`  // root of the plaintext's chunks
	Cipher ledger.Hash `json:"cipher"` // root of the ciphertext's chunks
	Key    ledger.Hash `json:"key"`    // commitment to the key
	Chunk  int         `json:"chunk"`  // bytes of plaintext in a chunk; other than seal.Chunk is fraud
}

// SourceKind says what a release derives from.
type SourceKind string

const (
	FromRegister SourceKind = "register" // Ref is "{register id}@{tree size}"
	FromDataset  SourceKind = "dataset"  // Ref is "{dataset id}/{version}"
	FromBatch    SourceKind = "batch"    // Ref is an identifier
	FromOutside  SourceKind = "outside"  // Ref is a URI
)

func (k SourceKind) Valid() bool {
	return k == FromRegister || k == FromDataset || k == FromBatch || k == FromOutside
}

// Source is one thing that a release derives from, and how (prov:wasDerivedFrom).
type Source struct {
	Kind SourceKind `json:"kind"`
	Ref  string     `json:"ref"`
	How  string     `json:"how"`
}

// Description is the payload that says in words what a release is.
type Description struct {
	Title      ledger.Text `json:"title"`
	Summary    ledger.Text `json:"summary"`
	Themes     []string    `json:"themes,omitempty"` // codes of the EU's data themes, as DCAT-AP asks: AGRI, ENVI, …
	Keywords   []string    `json:"keywords,omitempty"`
	Method     ledger.Text `json:"method,omitzero"`     // how it was made, for added value also from what
	Quality    ledger.Text `json:"quality,omitzero"`    // accuracy and completeness
	Limits     ledger.Text `json:"limits,omitzero"`     // what it is not good for
	Right      ledger.Text `json:"right,omitzero"`      // by what the provider may exploit it
	Conditions ledger.Text `json:"conditions,omitzero"` // how access is given where it is not open
	Frequency  string      `json:"frequency,omitempty"` // code of the EU's frequencies: DAILY, MONTHLY, IRREG, …
	Contact    *Contact    `json:"contact,omitempty"`
	Endpoint   string      `json:"endpoint,omitempty"` // of a data service
	Place      string      `json:"place,omitempty"`    // code of an administrative unit
	From       ledger.Time `json:"from,omitzero"`
	Until      ledger.Time `json:"until,omitzero"`
	Columns    []Column    `json:"columns,omitempty"`
	Score      int         `json:"score,omitempty"` // of quality, 1 to 100, as the profile counts it
	Sample     bool        `json:"sample,omitempty"`
}

// Contact is the unit of an organisation that answers questions; never a person.
type Contact struct {
	Name  string `json:"name"`
	Email string `json:"email,omitempty"`
	Phone string `json:"phone,omitempty"`
}

// Column is one field of a table.
type Column struct {
	Name  string      `json:"name"`
	Title ledger.Text `json:"title"`
	Type  string      `json:"type"` // string, number, integer, date (Frictionless Table Schema)
	Unit  string      `json:"unit,omitempty"`
}

// Outcome is what the dataset contract answers: of a dataset as the transaction left
// it, so that no read model has to know the rules.
type Outcome struct {
	Member   ledger.ID `json:"member"`
	Org      ledger.ID `json:"org"`                // the signer's
	Dataset  ledger.ID `json:"dataset,omitzero"`   // none of a grant
	Provider ledger.ID `json:"provider,omitzero"`  // none of a clearing that comes before the first version
	Version  int       `json:"version,omitempty"`  // the latest
	Standing Standing  `json:"standing,omitempty"` // of the dataset now
	Class    Class     `json:"class,omitempty"`    // by the latest statement
	People   int64     `json:"people,omitempty"`   // whom the provider's releases concern, all together
}
