package web

import "io"

// DeskMarket is what the operator sees of the data market: what waits for a decision, and
// what is shown.
type DeskMarket struct {
	Contested []DeskData
	Pending   []DeskData
	Shown     []DeskData
}

// DeskData is a dataset in a line, with what may be done about it.
type DeskData struct {
	ListingLine
	By  Party
	Why string
	Act string // path that decisions are below; empty of a draft
}

// DeskMarket writes the page.
func (p *Pages) DeskMarket(w io.Writer, r Reader, v *DeskMarket) error {
	return p.desk(w, r, "desk.market", v)
}

// DeskDraft is a draft in which something was found, and whose organisation holds that it
// is no personal data.
type DeskDraft struct {
	ListingLine
	By    Party
	Why   string
	Act   string
	Files []DeskDraftFile
}

// DeskDraftFile is a file of it, at a path.
type DeskDraftFile struct {
	ListingFile
	Path string
}

// DeskDraft writes the page.
func (p *Pages) DeskDraft(w io.Writer, r Reader, v *DeskDraft) error {
	return p.desk(w, r, "desk.draft", v)
}
