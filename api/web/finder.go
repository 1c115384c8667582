package web

// Finder is a field that searches a list, filters of it, and which part of what was
// found the page shows. It is drawn by the templates "finder", above the list, and
// "turns", below it.
type Finder struct {
	Action  string // path of the list
	Query   string
	Long    bool // there is enough to be searched
	Keep    []Kept
	Filters []Filter // none where they would find the same

	label, words string // text keys: of the field, and the beginning of the filters'

	From, To, Total int // of what the page shows; 0 where it shows nothing
	Before, Next    string
	All             string // the list without what was typed
}

// of is the finder of a page.
func (f Finder) of(label, words string) Finder {
	f.label, f.words = label, words
	return f
}

// Label is the text key of what can be typed.
func (f Finder) Label() string { return f.label }

// Says is the text key of a filter.
func (f Finder) Says(filter string) string { return f.words + filter }

// Kept is a field that a search leaves as it is.
type Kept struct{ Name, Value string }

// Offer is a field that finds what a form offers where there is more than it lists. It is
// drawn by the template "offer", in the form and above the choice.
type Offer struct {
	Name    string // of the field
	Query   string
	Long    bool // the field is shown: there is more than is listed, or something was typed
	More    bool // there is more, and nobody counts how much
	Missing bool // what was typed found nothing
	Total   int  // that were found
	Shown   int
}

// Label is the text key of what can be typed.
func (o Offer) Label() string { return "offer." + o.Name }

// Says is the text key of what the form lists.
func (o Offer) Says() string {
	switch {
	case o.Missing:
		return "find.nothing"
	case o.Query == "" && o.More:
		return "offer.more"
	case o.Query == "":
		return "offer.newest"
	case o.More:
		return "offer.narrow"
	case o.Total > o.Shown:
		return "offer.many"
	}
	return "find.found"
}
