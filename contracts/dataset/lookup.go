package dataset

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// State keys, one an entity. What other contracts need to know of them is looked up by
// the functions of this file.
const (
	datasetKey = "ds|"        // + id: Listing
	peopleKey  = "ds|people|" // + organisation: whom its releases concern, all together
	offerKey   = "ds|offer|"  // + id: Offered
)

func fileKey(dataset ledger.ID, version int, cid string) string {
	return "ds|file|" + dataset.String() + "/" + strconv.Itoa(version) + "/" + cid
}

func clearingKey(dataset ledger.ID, profile string) string {
	return "ds|clear|" + dataset.String() + "|" + profile
}

func grantKey(org ledger.ID, purpose market.Purpose) string {
	return "ds|grant|" + org.String() + "|" + string(purpose)
}

// Listing is a dataset as its latest version and the operator left it.
type Listing struct {
	Provider ledger.ID
	Version  int
	Kind     market.Kind
	Access   market.Access
	Class    market.Class // empty where no statement was made
	Standing market.Standing
}

// Find looks a dataset up, or is NotFound.
func Find(s ledger.StateReader, id ledger.ID) (Listing, error) {
	l, known, err := loadListing(s, id)
	if err == nil && !known {
		err = ledger.FieldErrorf(ledger.NotFound, "dataset", "%s is not on the register", id)
	}
	return l, err
}

// FindFile looks up a ciphertext of a version of a dataset, or is NotFound.
func FindFile(s ledger.StateReader, dataset ledger.ID, version int, cid string) (market.File, error) {
	f, known, err := ledger.Load(s, fileKey(dataset, version, cid), decode[market.File])
	if err == nil && !known {
		err = ledger.FieldErrorf(ledger.NotFound, "file", "version %d of %s has no such ciphertext", version, dataset)
	}
	return f, err
}

// Offered is an offer as it stands.
type Offered struct {
	market.Offer
	Provider  ledger.ID `json:"provider"`
	Retracted bool      `json:"retracted,omitempty"`
}

// Open reports whether the offer can be agreed to.
func (o Offered) Open(at ledger.Time) bool { return !o.Retracted && (o.Until.IsZero() || at < o.Until) }

// FindOffer looks an offer up, or is NotFound.
func FindOffer(s ledger.StateReader, id ledger.ID) (Offered, error) {
	o, known, err := ledger.Load(s, offerKey+id.String(), decode[Offered])
	if err == nil && !known {
		err = ledger.FieldErrorf(ledger.NotFound, "offer", "%s is not on the register", id)
	}
	return o, err
}

// Granted reports whether an organisation lets its records be counted for a purpose.
func Granted(s ledger.StateReader, org ledger.ID, purpose market.Purpose, at ledger.Time) (bool, error) {
	g, given, err := ledger.Load(s, grantKey(org, purpose), decode[market.Grant])
	return given && (g.Until.IsZero() || at < g.Until), err
}

func decode[T any](b []byte) (v T, err error) {
	err = json.Unmarshal(b, &v)
	return v, err
}

func loadListing(s ledger.StateReader, id ledger.ID) (l Listing, known bool, err error) {
	return ledger.Load(s, datasetKey+id.String(), decodeListing)
}

func saveListing(s ledger.State, id ledger.ID, l Listing) {
	fields := []string{l.Provider.String(), strconv.Itoa(l.Version), string(l.Kind), string(l.Access), string(l.Class), string(l.Standing)}
	s.Put(datasetKey+id.String(), []byte(strings.TrimRight(strings.Join(fields, "|"), "|")))
}

func decodeListing(b []byte) (l Listing, err error) {
	fields := append(strings.Split(string(b), "|"), make([]string, 5)...)
	if l.Provider, err = ledger.ParseID(fields[0]); err == nil {
		l.Version, err = strconv.Atoi(fields[1])
	}
	l.Kind, l.Access, l.Class, l.Standing = market.Kind(fields[2]), market.Access(fields[3]), market.Class(fields[4]), market.Standing(fields[5])
	return l, err
}
