// Package market holds the data market's types and pure rules: datasets, their
// versions and where they come from.
package market

import (
	"fmt"

	"github.com/sogoc/sogoc/ledger"
)

// DatasetContract keeps datasets, and these are its actions.
const (
	DatasetContract = "dataset"
	ActionPublish   = "publish" // one Release
)

// Limits of a release.
const (
	MaxFiles   = 100
	MaxSources = 1000
)

// Release is one version of a dataset as the ledger holds it. The words about it
// are in the payload that Description names.
type Release struct {
	Dataset     ledger.ID `json:"dataset"`
	Version     int       `json:"version"`     // 1, 2, …
	Licence     string    `json:"licence"`     // a URI
	Description string    `json:"description"` // CID of a Description
	Files       []File    `json:"files"`
	From        []Source  `json:"from,omitempty"`
	Personal    bool      `json:"personal,omitempty"` // holds personal data; such a release is refused
}

// File is one distribution of a release.
type File struct {
	Name  string `json:"name"`
	Media string `json:"media"` // RFC 6838
	Bytes int64  `json:"bytes"`
	CID   string `json:"cid"`
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
	Title   ledger.Text `json:"title"`
	Summary ledger.Text `json:"summary"`
	Method  ledger.Text `json:"method,omitzero"`
	Quality ledger.Text `json:"quality,omitzero"`
	Place   string      `json:"place,omitempty"` // code of an administrative unit
	From    ledger.Time `json:"from,omitzero"`
	Until   ledger.Time `json:"until,omitzero"`
	Columns []Column    `json:"columns,omitempty"`
	Sample  bool        `json:"sample,omitempty"`
}

// Column is one field of a table.
type Column struct {
	Name  string      `json:"name"`
	Title ledger.Text `json:"title"`
	Type  string      `json:"type"` // string, number, integer, date (Frictionless Table Schema)
	Unit  string      `json:"unit,omitempty"`
}

// Outcome is what the dataset contract answers.
type Outcome struct {
	Member ledger.ID `json:"member"`
	Org    ledger.ID `json:"org"`
}

// PublishSummary says in words what a release does; the contract refuses any
// other.
func PublishSummary(r Release) string {
	return fmt.Sprintf("Công bố dữ liệu %s phiên bản %d (publish dataset version %d), %d tệp (files)", r.Dataset, r.Version, r.Version, len(r.Files))
}
