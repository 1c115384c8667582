package ledger

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
)

// ID is a random identifier of an organisation or a member. It says nothing of
// the person behind it.
type ID [16]byte

// NewID draws an identifier.
func NewID() ID {
	var id ID
	rand.Read(id[:])
	return id
}

// ParseID reads the 32 hexadecimal digits that String writes.
func ParseID(s string) (ID, error) {
	var id ID
	return id, parseHex(id[:], s)
}

func (id ID) String() string               { return hex.EncodeToString(id[:]) }
func (id ID) IsZero() bool                 { return id == ID{} }
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }
func (id *ID) UnmarshalText(b []byte) error {
	return parseHex(id[:], string(b))
}

// Address names a secp256k1 key: the last 20 bytes of the Keccak-256 hash of the
// public key, as Ethereum does it.
type Address [20]byte

// ParseAddress reads 0x and 40 lower-case hexadecimal digits.
func ParseAddress(s string) (Address, error) {
	var a Address
	return a, a.UnmarshalText([]byte(s))
}

func (a Address) String() string               { return "0x" + hex.EncodeToString(a[:]) }
func (a Address) IsZero() bool                 { return a == Address{} }
func (a Address) MarshalText() ([]byte, error) { return []byte(a.String()), nil }
func (a *Address) UnmarshalText(b []byte) error {
	if len(b) < 2 || string(b[:2]) != "0x" {
		return fmt.Errorf("address %q does not start with 0x", b)
	}
	return parseHex(a[:], string(b[2:]))
}

// Hash is a SHA-256 or Keccak-256 value, written as 64 hexadecimal digits.
type Hash [32]byte

// ParseHash reads 64 lower-case hexadecimal digits.
func ParseHash(s string) (Hash, error) {
	var h Hash
	return h, parseHex(h[:], s)
}

func (h Hash) String() string               { return hex.EncodeToString(h[:]) }
func (h Hash) IsZero() bool                 { return h == Hash{} }
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }
func (h *Hash) UnmarshalText(b []byte) error {
	return parseHex(h[:], string(b))
}

// parseHex fills dst from exactly as many lower-case digits as it takes, so that
// a value has one spelling.
func parseHex(dst []byte, s string) error {
	if len(s) != 2*len(dst) {
		return fmt.Errorf("%q is not %d hexadecimal digits", s, 2*len(dst))
	}
	for _, c := range s {
		if c >= 'A' && c <= 'F' {
			return fmt.Errorf("%q is not in lower case", s)
		}
	}
	_, err := hex.Decode(dst, []byte(s))
	return err
}

// Kind is what an organisation is.
type Kind string

const (
	KindHousehold    Kind = "household"
	KindArtisan      Kind = "artisan"
	KindCoop         Kind = "coop"
	KindProcessor    Kind = "processor"
	KindPackingHouse Kind = "packing_house"
	KindTransporter  Kind = "transporter"
	KindDistributor  Kind = "distributor"
	KindRetailer     Kind = "retailer"
	KindExporter     Kind = "exporter"
	KindCertifier    Kind = "certifier"
	KindAgency       Kind = "agency"
	KindDataProvider Kind = "data_provider"
	KindDataBuyer    Kind = "data_buyer"
	KindBroker       Kind = "broker"
	KindOperator     Kind = "operator"
)

// Kinds lists every kind, in the order in which a form offers them.
var Kinds = []Kind{
	KindHousehold, KindArtisan, KindCoop, KindProcessor, KindPackingHouse, KindTransporter,
	KindDistributor, KindRetailer, KindExporter, KindCertifier, KindAgency,
	KindDataProvider, KindDataBuyer, KindBroker, KindOperator,
}

func (k Kind) Valid() bool { return slices.Contains(Kinds, k) }

// Natural reports whether organisations of this kind are usually one person or a
// family, whose name and place are personal data.
func (k Kind) Natural() bool { return k == KindHousehold || k == KindArtisan }

// Role is what a member may do for the organisation.
type Role string

const (
	RoleAdmin     Role = "admin"     // members, places, products of the organisation
	RoleRecorder  Role = "recorder"  // events
	RolePublisher Role = "publisher" // datasets
	RoleRecaller  Role = "recaller"  // recalls
)

// Roles lists every role.
var Roles = []Role{RoleAdmin, RoleRecorder, RolePublisher, RoleRecaller}

func (r Role) Valid() bool { return slices.Contains(Roles, r) }

// Audience says who may read a record. The zero value is Parties.
type Audience string

const (
	Public  Audience = "public"  // everybody
	Parties Audience = "parties" // the organisations that took part
	Own     Audience = "own"     // the organisation that recorded it
)

func (a Audience) Valid() bool { return a == Public || a == Parties || a == Own }

// Enrolment puts a member's key on the register, and with the first the member. It is the fact
// that a receipt reveals to show that a signer was known: items of the registry's
// found, admit, enrol, rotate and device actions
// carry it under "member".
type Enrolment struct {
	Member ID      `json:"id"`
	Org    ID      `json:"org"`
	Key    Address `json:"key"`
	Roles  []Role  `json:"roles"`
}
