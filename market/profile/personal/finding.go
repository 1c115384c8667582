// Package personal finds the fields of a table that look as if they told about people, by
// what their headings say and by what their cells look like. It knows how people, phones,
// citizens and places are written in Vietnam.
//
// A finding is a suspicion with its reason, for a person to decide on; that there is none
// does not prove that a table is free of personal data.
package personal

import "github.com/sogoc/sogoc/ledger"

// Kind is a kind of personal data.
type Kind string

// Kinds of personal data.
const (
	Name      Kind = "name"      // of a natural person
	Citizen   Kind = "citizen"   // citizen's number, twelve digits
	OldID     Kind = "old_id"    // identity card of nine digits, before 2021
	Passport  Kind = "passport"  //
	Phone     Kind = "phone"     //
	Email     Kind = "email"     //
	Address   Kind = "address"   // of a house
	Location  Kind = "location"  // exact enough to find a house
	Birth     Kind = "birth"     // date or year of birth
	Account   Kind = "account"   // at a bank
	Plate     Kind = "plate"     // of a vehicle
	Tax       Kind = "tax"       // code of a person, not of a company
	Sensitive Kind = "sensitive" // health, belief, ethnic group, in a table that tells about people
)

// Certain is the confidence from which a finding needs no second look; below Likely
// nothing is reported.
const (
	Certain = 0.8
	Likely  = 0.5
)

// Finding is one field that looks personal, and why.
type Finding struct {
	Field      string      `json:"field"`
	Kind       Kind        `json:"kind"`
	Matches    int64       `json:"matches"` // cells
	Share      float64     `json:"share"`   // of the cells that have a value
	Confidence float64     `json:"confidence"`
	Why        ledger.Text `json:"why"`
}
