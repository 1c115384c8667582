package market

import "github.com/sogoc/sogoc/ledger"

// Entry is a dataset in its latest version as everybody sees it in the catalogue, with
// the names that go with identifiers. It is what codecs write.
type Entry struct {
	Release
	About     *Description // nil where it is not here
	Publisher Publisher
	Issued    ledger.Time // of version 1
	Modified  ledger.Time // of the latest change
	Place     *Place      // that the description names
	Offers    []Offer     // that can be agreed to
}

// Publisher is the organisation behind a dataset.
type Publisher struct {
	ID   ledger.ID
	Name string // its id where it has no name here
	Web  string // its own address; empty where there is none
}

// Place is an administrative unit.
type Place struct {
	Code string
	Name ledger.Text // zero where the code is not on the register's list
}

// Title is what a dataset is called; its id where the words are not here.
func (e *Entry) Title() ledger.Text {
	if e.About == nil || e.About.Title.IsZero() {
		return ledger.Text{VI: e.Dataset.String()}
	}
	return e.About.Title
}
