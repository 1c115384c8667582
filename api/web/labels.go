package web

import (
	"html/template"
	"io"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Labels is the page on which somebody chooses what to label.
type Labels struct {
	Jobs     []LabelJob // the newest first
	Find     Finder
	Products []LabelGroup // of the organisation
	Others   []LabelThing // lots that it made of others' products
	Units    []LabelThing // pallets and cases
}

// LabelGroup is a product with its newest lots.
type LabelGroup struct {
	Thing LabelThing
	Lots  []LabelThing
}

// LabelThing is what a label is for.
type LabelThing struct {
	ID   string
	Name trace.Text
	Lot  string
	Code string // of the product, as people read it
	Unit bool   // a logistic unit
	Path string // of the form for its labels
}

// Labels writes the page.
func (p *Pages) Labels(w io.Writer, r Reader, v *Labels) error {
	v.Find = v.Find.of("products.find", "products.show.")
	return p.desk(w, r, "labels", v)
}

// LabelForm is the page on which labels are ordered.
type LabelForm struct {
	Form    Form
	Thing   LabelThing
	Kinds   []string // how the labels of a lot may differ; empty where they are all the same
	Formats []Sheet
	Logo    bool // the organisation keeps one
	Most    int  // labels of a job
	Preview *LabelPreview
}

// Sheet is paper with labels on it. Lengths are millimetres.
type Sheet struct {
	Name           string
	W, H           float64
	LabelW, LabelH float64
	Labels         [][2]float64 // upper left of each; none for paper of one's own
	Places         int
	Chosen         bool
}

// sheetEdge is how much room a sheet's picture has around it.
const sheetEdge = 4

// BoxW and BoxH are the size of its picture.
func (s Sheet) BoxW() float64 { return s.W + 2*sheetEdge }
func (s Sheet) BoxH() float64 { return s.H + 2*sheetEdge }

// labelKinds are how the labels of a lot may differ, the first of which is usual.
func (w words) labelKinds(some []string) (list []Option) {
	for i, k := range some {
		list = append(list, Option{Value: k, Text: w.must("label.kind." + k), Help: w.must("label.kind." + k + ".help"), Chosen: i == 0})
	}
	return list
}

// labelWords are the languages that a label's words can be in.
func (w words) labelWords() (list []Option) {
	for _, l := range Complete { // the labels' font has no others' letters
		list = append(list, Option{Value: string(l), Text: w.must("language." + string(l))})
	}
	return list
}

// LabelPreview is a label as it will be printed.
type LabelPreview struct {
	Form          Form   // what is wrong, where there is nothing to show
	Drawing       string // SVG by package label, which lets nobody slip anything in
	Count, Sheets int
	LogoLeftOut   bool // the label is too low for it
}

// SVG is the drawing as a part of the page.
func (v *LabelPreview) SVG() template.HTML { return template.HTML(v.Drawing) }

// labelScript draws labels while their form is filled in, and looks how far a job
// is.
const labelScript = "labels.js"

// LabelForm writes the page.
func (p *Pages) LabelForm(w io.Writer, r Reader, v *LabelForm) error {
	return p.scripted(w, r, "labelform", labelScript, v)
}

// LabelPreview writes the preview alone, for a page that is open.
func (p *Pages) LabelPreview(w io.Writer, r Reader, v *LabelPreview) error {
	return p.render(w, r.Lang, "preview", frame{View: v})
}

// States of a job.
const (
	JobWaiting = "waiting"
	JobWorking = "working"
	JobReady   = "ready"
	JobFailed  = "failed"
)

// LabelJob is a job of labels.
type LabelJob struct {
	Path   string
	Name   string
	Lot    string
	Format string
	Of     string // address of the lot's or the container's page; empty where it has none
	State  string
	Form   Form // what is wrong, of one that failed

	Count, Done, Sheets int
	Made, Until         ledger.Time
	Bytes               int64
}

// Open reports whether there is more to come.
func (j LabelJob) Open() bool { return j.State == JobWaiting || j.State == JobWorking }

// jobRefresh is how often a job's page is loaded again where no script does better,
// in seconds.
const jobRefresh = 3

// LabelJob writes the page.
func (p *Pages) LabelJob(w io.Writer, r Reader, v *LabelJob) error {
	return p.following(w, r, "labeljob", v.Open(), v)
}

// following writes a page that follows a job, while there is more to come of it.
func (p *Pages) following(w io.Writer, r Reader, page string, going bool, v any) error {
	f := frame{Title: p.text(r.Lang, page+".title"), View: v}
	if going {
		f.Scripts, f.Refresh = []string{labelScript}, jobRefresh
	}
	return p.deskPage(w, r, f, page)
}

// LabelText is what a passport says on a label, in a language.
type LabelText struct {
	Name, Also, Producer string
	Warnings             []string
	Facts                []LabelFact
	Lot, Serial, Scan    string // captions
}

// LabelFact is a caption with what it is.
type LabelFact struct{ Caption, Value string }

// LabelText makes it. A container is called by what is in it.
func (p *Pages) LabelText(lang Lang, v *Passport) LabelText {
	w := words{lang, texts[lang]}
	t := LabelText{Name: v.Name.In(string(lang)), Producer: v.Producer.Name.In(string(lang)), Lot: w.must("label.lot"), Serial: w.must("label.serial"), Scan: w.must("label.scan")}
	other := Vietnamese
	if lang == Vietnamese {
		other = English
	}
	t.Also = v.Name.In(string(other))
	add := func(key, value string) {
		if value != "" {
			t.Facts = append(t.Facts, LabelFact{w.must("label." + key), value})
		}
	}
	if v.Level == LevelContainer && len(v.Contents) > 0 {
		t.Name, t.Also = w.contents(v.Contents), ""
		if one := v.Contents[0]; len(v.Contents) == 1 {
			t.Name, t.Also = one.Name.In(string(lang)), one.Name.In(string(other))
			add("lot", one.ID.Lot())
			if one.Quantity != nil {
				add("amount", w.quantityOf(*one.Quantity, one.Unit))
			}
		}
	}
	if t.Also == t.Name {
		t.Also = ""
	}
	add("harvested", w.day(v.Harvested))
	add("made", w.day(v.Made))
	add("packed", w.day(v.Packed))
	add("best", w.day(v.BestBefore))
	add("origin", v.Origin.In(string(lang)))
	if s := v.Warning.In(string(lang)); s != "" {
		t.Warnings = append(t.Warnings, s)
	}
	return t
}

// contents names what is in a container.
func (w words) contents(parts []Part) string {
	var names []string
	seen := map[string]bool{}
	for _, p := range parts {
		if name := p.Name.In(string(w.lang)); name != "" && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	const shown = 2
	switch {
	case len(names) == 0:
		return w.must("goods")
	case len(names) == 1:
		return names[0]
	case len(names) > shown:
		names = []string{names[0], w.must("and.more", "n", len(names)-1)}
	}
	return w.must("and", "a", names[0], "b", names[1])
}
