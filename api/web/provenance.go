package web

import (
	"io"

	"github.com/sogoc/sogoc/trace"
)

// Provenance is what a version of a dataset comes from and what came of it.
type Provenance struct {
	Name      trace.Text
	Dataset   string // address of the dataset's page
	Origins   []Origin
	Made      []Made
	Truncated bool
}

// Origin is a thing of a dataset's provenance; the first is the one that was asked for.
type Origin struct {
	Kind      string // dataset, hidden, register, batch, outside
	Name      trace.Text
	Version   string
	Records   string // of a register: how many
	Publisher string
	On        Date
	Link      string
}

// Made says that one thing was made from another, by their positions, and how.
type Made struct {
	From, Into int
	How        trace.Text
	Revision   bool // the next version of the same dataset
}

// Provenance writes the page of where a dataset comes from.
func (p *Pages) Provenance(w io.Writer, lang Lang, v *Provenance) error {
	return p.render(w, lang, "provenance.html", frame{
		Title: p.text(lang, "provenance.title"), Kind: "trace", Canonical: v.Dataset + "/lineage", View: v,
	})
}

type provenanceDrawing struct {
	Width, Height int
	Boxes         []originBox
	Links         []link
}

type originBox struct {
	Origin
	X, Y              int
	Root              bool
	Title, Line, Foot string
	From, Into        []relation
}

// drawProvenance lays the origins out as a lineage is.
func (w words) drawProvenance(v *Provenance) *provenanceDrawing {
	in, out := make([][]int, len(v.Origins)), make([][]int, len(v.Origins))
	for _, m := range v.Made {
		in[m.Into], out[m.From] = append(in[m.Into], m.From), append(out[m.From], m.Into)
	}
	for i := range in {
		in[i], out[i] = distinct(in[i]), distinct(out[i])
	}
	corners, width, height := grid(in, out)
	d := &provenanceDrawing{Width: width, Height: height}
	for i, o := range v.Origins {
		b := originBox{Origin: o, X: corners[i].X, Y: corners[i].Y, Root: i == 0, Title: shorten(w.originName(o), 22), Line: shorten(w.originLine(o), 26)}
		if o.On != "" {
			b.Foot = w.day(o.On)
		}
		d.Boxes = append(d.Boxes, b)
	}
	for _, m := range v.Made {
		how := m.How.In(string(w.lang))
		if m.Revision {
			how = w.must("provenance.revision")
		}
		from, into := &d.Boxes[m.From], &d.Boxes[m.Into]
		from.Into = append(from.Into, relation{w.originName(into.Origin), m.Into, how})
		into.From = append(into.From, relation{w.originName(from.Origin), m.From, how})
		d.Links = append(d.Links, between(corners[m.From], corners[m.Into]))
	}
	return d
}

func (w words) originName(o Origin) string {
	switch o.Kind {
	case "hidden":
		return w.must("provenance.hidden")
	case "register":
		return w.must("provenance.register")
	}
	return o.Name.In(string(w.lang))
}

// originLine is the second line of a box.
func (w words) originLine(o Origin) string {
	switch {
	case o.Records != "":
		return w.must("provenance.records", "n", w.number(o.Records))
	case o.Version != "" && o.Publisher != "":
		return w.must("dataset.version", "v", o.Version) + " · " + o.Publisher
	case o.Version != "":
		return w.must("dataset.version", "v", o.Version)
	case o.Kind == "batch":
		return w.must("provenance.batch")
	}
	return w.must("provenance.outside")
}
