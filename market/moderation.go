package market

import "github.com/sogoc/sogoc/ledger"

// Standing is what the operator decided about a dataset.
type Standing string

const (
	Unjudged Standing = ""         // nothing yet: what is open is shown, nothing else can be agreed on
	Approved Standing = "approved" // it may be agreed on
	Refused  Standing = "refused"  // it may not; its provider can mend it with another version
	Delisted Standing = "delisted" // it is neither shown nor handed out
)

func (s Standing) Valid() bool { return s == Approved || s == Refused || s == Delisted }

// Moderation is the operator's decision about a dataset, with its reason.
type Moderation struct {
	Dataset  ledger.ID `json:"dataset"`
	Version  int       `json:"version"` // that was looked at
	Standing Standing  `json:"standing"`
	Reason   string    `json:"reason"`
}

// Clearing lets a profile through that found what looks like personal data, or that
// could not read a file: the operator looked, and says why.
type Clearing struct {
	Dataset ledger.ID `json:"dataset"`
	Profile string    `json:"profile"` // CID
	Reason  string    `json:"reason"`
}

// Grant is an organisation's leave that its records are counted in datasets made from
// the register, for a purpose, or the end of that leave.
type Grant struct {
	Org     ledger.ID   `json:"org"`
	Purpose Purpose     `json:"purpose"`
	Until   ledger.Time `json:"until,omitzero"` // without end
	Ended   bool        `json:"ended,omitempty"`
}
