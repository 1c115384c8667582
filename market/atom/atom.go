// Package atom writes what was published lately as an Atom feed (RFC 4287). Each version
// of a dataset is an entry of its own, so that a reader is told of it.
//
// Limits: those of who puts the list together; the words are in Vietnamese where there
// are any.
package atom

import (
	"encoding/xml"
	"strconv"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// Feed is a list of what was published.
type Feed struct {
	Base    string // the address at which people reach the node, without a slash at the end
	Address string // of the feed itself
	Title   string
	Author  string
	Began   ledger.Time // for a feed without entries
	Entries []market.Entry
}

type feed struct {
	XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string   `xml:"xml:lang,attr"`
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Author  author   `xml:"author"`
	Links   []link   `xml:"link"`
	Entries []entry  `xml:"entry"`
}

type author struct {
	Name string `xml:"name"`
	URI  string `xml:"uri,omitempty"`
}

type link struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
	Href string `xml:"href,attr"`
}

type entry struct {
	ID         string     `xml:"id"`
	Title      string     `xml:"title"`
	Published  string     `xml:"published"`
	Updated    string     `xml:"updated"`
	Author     author     `xml:"author"`
	Links      []link     `xml:"link"`
	Categories []category `xml:"category"`
	Rights     string     `xml:"rights,omitempty"`
	Summary    string     `xml:"summary,omitempty"`
}

type category struct {
	Term   string `xml:"term,attr"`
	Scheme string `xml:"scheme,attr"`
	Label  string `xml:"label,attr"`
}

// Encode writes a feed.
func Encode(f Feed) []byte {
	out := feed{
		Lang: "vi", ID: f.Address, Title: f.Title, Updated: f.Began.String(), Author: author{Name: f.Author},
		Links: []link{{"self", "application/atom+xml", f.Address}, {"alternate", "text/html", f.Base + "/datasets"}},
	}
	latest := f.Began
	for _, e := range f.Entries {
		latest = max(latest, e.Modified)
		page := f.Base + "/datasets/" + e.Dataset.String()
		one := entry{
			ID: page + "#v" + strconv.Itoa(e.Version), Title: e.Title().In("vi"), Published: e.Issued.String(), Updated: e.Modified.String(),
			Author: author{e.Publisher.Name, e.Publisher.Web}, Rights: e.Licence,
			Links: []link{{"alternate", "text/html", page}, {"related", "text/turtle", page + ".ttl"}},
		}
		if a := e.About; a != nil {
			one.Summary = a.Summary.In("vi")
			for _, code := range a.Themes {
				if label, known := market.ThemeNames[code]; known {
					one.Categories = append(one.Categories, category{code, "http://publications.europa.eu/resource/authority/data-theme/", label.VI})
				}
			}
		}
		out.Entries = append(out.Entries, one)
	}
	out.Updated = latest.String()
	var b strings.Builder
	b.WriteString(xml.Header)
	enc := xml.NewEncoder(&b)
	if err := enc.Encode(out); err != nil {
		panic(err) // these types always encode
	}
	return []byte(b.String() + "\n")
}
