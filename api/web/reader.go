package web

import (
	"html/template"
	"io"
	"net/url"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Reader is for whom a page of the desk is made.
type Reader struct {
	Lang Lang
	Me   *Me    // nil for who is not signed in
	Path string // of the page, with its query
	Done string // what has just been done: the end of a text key "done.…", or empty
}

// Me is somebody who is signed in, and as whom they act.
type Me struct {
	Name     string
	Org      trace.Text // empty for who belongs to none
	Kind     ledger.Kind
	Roles    []ledger.Role
	Operator bool // they may sit at the operator's desk
	Several  bool // they belong to more than one organisation
}

// Has reports whether they have a role.
func (m *Me) Has(role string) bool {
	for _, r := range m.Roles {
		if string(r) == role {
			return true
		}
	}
	return false
}

// trades reports whether data is what the organisation deals in, and goods are not; of an
// agency, which may deal in both, whether it is what the reader does.
func (m *Me) trades() bool {
	switch m.Kind {
	case ledger.KindDataProvider, ledger.KindDataBuyer, ledger.KindBroker:
		return m.Has("publisher")
	case ledger.KindAgency:
		return m.Has("publisher") && !m.Has("recorder")
	}
	return false
}

// Entry is a way to go in the desk's navigation.
type Entry struct {
	Path, Icon, Text string
	Here             bool
}

// Ways are the desk's sections that somebody has, five at most.
func (r Reader) Ways() []Entry {
	if r.Me == nil {
		return nil
	}
	ways := []Entry{{Path: "/me", Icon: "home", Text: "way.me"}}
	if r.Me.Has("recorder") {
		ways = append(ways, Entry{Path: "/record", Icon: "pen", Text: "way.record"})
		if !r.Me.Operator && !r.Me.trades() {
			ways = append(ways, Entry{Path: "/batches", Icon: "box", Text: "way.batches"})
		}
	}
	if r.Me.trades() {
		ways = append(ways, Entry{Path: "/data", Icon: "doc", Text: "way.data"})
	}
	if r.Me.Kind != "" {
		ways = append(ways, Entry{Path: "/org", Icon: "people", Text: "way.org"})
	}
	if r.Me.Operator {
		ways = append(ways, Entry{Path: "/desk", Icon: "shield", Text: "way.desk"})
	}
	ways = append(ways, Entry{Path: "/account", Icon: "person", Text: "way.account"})
	for i, w := range ways {
		list := below[w.Path]
		if w.Path == "/org" && r.Me.trades() {
			list = nil
		}
		for _, path := range append([]string{w.Path}, list...) {
			ways[i].Here = ways[i].Here || r.Path == path || strings.HasPrefix(r.Path, path+"/") || strings.HasPrefix(r.Path, path+"?")
		}
	}
	return ways
}

// below are pages that belong to a section and have addresses of their own.
var below = map[string][]string{"/org": {"/recalls", "/certificates", "/data", "/trade"}, "/data": {"/trade"}}

// desk writes a page for somebody: the texts of its template begin with its name.
func (p *Pages) desk(w io.Writer, r Reader, name string, view any) error {
	return p.deskPage(w, r, frame{Title: p.text(r.Lang, name+".title"), View: view}, name)
}

// scripted writes a page of the desk that runs an asset.
func (p *Pages) scripted(w io.Writer, r Reader, name, script string, view any) error {
	return p.running(w, r, name, []string{script}, view)
}

// running writes a page of the desk that runs assets.
func (p *Pages) running(w io.Writer, r Reader, name string, scripts []string, view any) error {
	return p.deskPage(w, r, frame{Title: p.text(r.Lang, name+".title"), Scripts: scripts, View: view}, name)
}

// once is scripted, of a page with something that cannot be shown again.
func (p *Pages) once(w io.Writer, r Reader, name, script string, view any) error {
	return p.deskPage(w, r, frame{Title: p.text(r.Lang, name+".title"), Scripts: []string{script}, Once: true, View: view}, name)
}

func (p *Pages) deskPage(w io.Writer, r Reader, f frame, name string) error {
	f.Kind, f.Reader = "desk", &r
	if u, err := url.Parse(r.Path); err == nil {
		q := u.Query()
		q.Del(LangParam)
		f.Query = template.URL(q.Encode())
	}
	return p.render(w, r.Lang, name+".html", f)
}
