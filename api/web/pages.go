package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"

	"github.com/sogoc/sogoc/ledger"
)

// ContentSecurityPolicy is the header that the pages are made for.
const ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; worker-src 'self'; manifest-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Options of a site.
type Options struct {
	PublicURL    string      // where the site is reached, for canonical addresses: https://truyxuat.example
	RegisterName string      // shown on every page; "Sổ Gốc" when empty
	Sample       func() bool // whether the register holds sample data, which every page then says; nil is never
}

// Pages renders the site's pages. It is safe for concurrent use.
type Pages struct {
	options   Options
	assets    assets
	templates map[Lang]*template.Template
}

//go:embed templates/*.html
var templateFiles embed.FS

// New makes the pages of a site. It panics when what is embedded is broken,
// which the package's tests exclude.
func New(o Options) *Pages { return newPages(o, parsed()) }

// parsed are the templates in the program's own words.
var parsed = sync.OnceValue(func() map[Lang]*template.Template { return templatesOf(texts) })

// templatesOf reads the templates in each language. They run once newPages gave them what a
// register has of its own.
func templatesOf(texts map[Lang]map[string]string) map[Lang]*template.Template {
	all := map[Lang]*template.Template{}
	for _, lang := range Languages {
		w := words{lang: lang, texts: texts[lang]}
		all[lang] = template.New("").Option("missingkey=error").Funcs(w.funcs()).Funcs((&Pages{}).funcs())
		for name, source := range readAll(templateFiles, "templates") {
			template.Must(all[lang].New(name).Parse(w.settle(source)))
		}
	}
	return all
}

func newPages(o Options, templates map[Lang]*template.Template) *Pages {
	if o.RegisterName == "" {
		o.RegisterName = "Sổ Gốc"
	}
	o.PublicURL = strings.TrimSuffix(o.PublicURL, "/")
	p := &Pages{options: o, assets: embedded(), templates: map[Lang]*template.Template{}}
	for lang, t := range templates {
		p.templates[lang] = template.Must(t.Clone()).Funcs(p.funcs())
	}
	return p
}

// funcs are what templates know of the register.
func (p *Pages) funcs() template.FuncMap {
	return template.FuncMap{
		"asset":    p.AssetPath,
		"register": func() string { return p.options.RegisterName },
		"sample":   func() bool { return p.options.Sample != nil && p.options.Sample() },
	}
}

// frame is what the layout needs to know beside the view.
type frame struct {
	Title     string
	Kind      string       // class of the body
	Canonical string       // path below the public address
	Query     template.URL // kept by the language switch; encoded
	Proof     bool         // the page has something to check
	Scripts   []string     // assets that the page runs, in order
	Once      bool         // what it shows is shown this once: another language would lose it
	Linked    template.JS  // JSON-LD about what the page is of; with < > & escaped
	Feed      string       // address of a feed of what is new here
	Refresh   int          // seconds after which a browser without scripts loads the page again; 0 for never
	Reader    *Reader      // of a page of the desk
	View      any
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// render writes a page whole or not at all, unless w itself fails.
func (p *Pages) render(w io.Writer, lang Lang, name string, f frame) error {
	t, ok := p.templates[lang]
	if !ok {
		t = p.templates[Vietnamese]
	}
	if f.Canonical != "" {
		f.Canonical = p.options.PublicURL + f.Canonical
	}
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	if err := t.ExecuteTemplate(b, name, f); err != nil {
		return ledger.Wrap(err, ledger.Internal, "the page could not be made")
	}
	drawIcons(b)
	if _, err := w.Write(plain(b.Bytes())); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return nil
}

// plain drops, in place, the characters that reorder or hide the text around
// them: U+202A to U+202E, U+2066 to U+2069, U+200E, U+200F, U+061C and the
// control characters but tab and line feed. No text of ours has one, so they can
// only come out of somebody's record.
func plain(page []byte) []byte {
	out := page[:0]
	for i := 0; i < len(page); {
		switch c := page[i]; {
		case c < ' ' && c != '\n' && c != '\t', c == 0x7f:
			i++
		case c == 0xE2 && i+2 < len(page) && reorders(page[i+1], page[i+2]):
			i += 3
		case c == 0xD8 && i+1 < len(page) && page[i+1] == 0x9C:
			i += 2
		case c == 0xC2 && i+1 < len(page) && page[i+1] < 0xA0:
			i += 2
		default:
			out = append(out, c)
			i++
		}
	}
	return out
}

// reorders tells by the last two bytes of U+2000 to U+20FF in UTF-8.
func reorders(b, c byte) bool {
	return b == 0x80 && (c >= 0xAA && c <= 0xAE || c == 0x8E || c == 0x8F) || b == 0x81 && c >= 0xA6 && c <= 0xA9
}
