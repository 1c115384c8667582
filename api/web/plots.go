package web

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Plots is the page of an organisation's places.
type Plots struct {
	Find      Finder
	List      []PlotLine
	Map       *Land      // of those in the list
	For       trace.Text // on whose behalf; empty for one's own
	MayChange bool
	First     bool      // there is no plot yet
	Whole     *PlotForm // what one tap records then
}

// PlotLine is a place in a list.
type PlotLine struct {
	Name     trace.Text
	Kind     string
	Commune  trace.Text
	Path     string
	Area     Area
	Assigned string
	Old      string // codes of earlier lists
	Drawn    bool
	Closed   Date
}

// Area is how large a plot is. The zero value is not known.
type Area struct {
	Hectares, Metres string // decimals with a point
	Customary, Unit  string // in what people of the region count in: sao_north, sao_central, cong
}

// Plots writes the page.
func (p *Pages) Plots(w io.Writer, r Reader, v *Plots) error {
	v.Find = v.Find.of("plots.find", "plots.show.")
	return p.desk(w, r, "plots", v)
}

// Plot is the page of one place.
type Plot struct {
	PlotLine
	Code      string // by which it is on the register
	Perimeter string // metres
	Corners   []trace.Position
	Map       *Land
	Edit      string // address of the form; empty for who may not change it
	ID        string
	Plant     string // addresses of forms
	Test      string
	Crops     []Crop
	Tests     []SoilTest
	For       trace.Text
}

// Plot writes the page.
func (p *Pages) Plot(w io.Writer, r Reader, v *Plot) error {
	return p.deskPage(w, r, frame{Title: v.Name.In(string(r.Lang)), View: v}, "plot")
}

// PlotForm is the page on which a place is described.
type PlotForm struct {
	Form     Form
	Action   string
	ID       string
	New      bool
	Name     string
	Kind     string
	Commune  string
	Communes []Option // none where the register has no list of them
	Corners  string   // as people type them
	Area     string
	Unit     string
	Assigned string
	Units    string // a line for each unit of one's own
	Back     string
	Fault    *PlotFault
	Warnings []PlotWarning
	Sketch   Sketch
}

// PlotFault is what is wrong with an outline: the end of a text key "plot.fault.…", and
// the corners at fault, 0 where none is.
type PlotFault struct {
	Kind          string
	Corner, Other int
}

// PlotWarning is what may be wrong with a place: the end of a text key "plot.warn.…",
// which its recorder may set aside.
type PlotWarning struct {
	Kind   string
	Corner int
	Name   trace.Text // of the other plot, or of the commune that is nearer
}

// Sketch is what the map on which a plot is drawn starts with.
type Sketch struct {
	Centre   [2]float64            `json:"centre"` // latitude and longitude, 0 where nothing is known
	Communes map[string][2]float64 `json:"communes,omitempty"`
	Plots    []SketchPlot          `json:"plots,omitempty"` // that are there already
}

// SketchPlot is a plot on it.
type SketchPlot struct {
	Name    string       `json:"name"`
	Corners [][2]float64 `json:"corners"`
}

// JSON is the sketch as the script reads it.
func (s Sketch) JSON() (string, error) {
	b, err := json.Marshal(s)
	return string(b), err
}

// PlotForm writes the page.
func (p *Pages) PlotForm(w io.Writer, r Reader, v *PlotForm) error {
	key := "plotform.title"
	if !v.New {
		key = "plotform.edit"
	}
	return p.deskPage(w, r, frame{Title: p.text(r.Lang, key), Scripts: []string{"land.js"}, View: v}, "plotform")
}

// PlotImport is the page on which a file of plots is read.
type PlotImport struct {
	Form     Form
	Communes []Option
	Commune  string
	Faults   []ImportFault
	Warnings []ImportWarning
	Drawn    string // the file that is warned of
}

// ImportFault is what is wrong with a plot of a file.
type ImportFault struct {
	N    int
	Name string
	PlotFault
}

// ImportWarning is what may be wrong with a plot of a file, which its recorder may set
// aside.
type ImportWarning struct {
	N    int
	Name string
	PlotWarning
}

// PlotImport writes the page.
func (p *Pages) PlotImport(w io.Writer, r Reader, v *PlotImport) error {
	return p.desk(w, r, "plotimport", v)
}

// area writes how large something is: "0,62 ha · 6.200 m² · 17,2 sào Bắc Bộ".
func (w words) area(a Area) string {
	if a.Hectares == "" {
		return ""
	}
	parts := []string{w.number(a.Hectares) + "\u00a0ha", w.number(a.Metres) + "\u00a0m²"}
	if a.Customary != "" {
		parts = append(parts, w.number(a.Customary)+"\u00a0"+w.must("land."+a.Unit))
	}
	return strings.Join(parts, " · ")
}

// areaUnits are those in which an area is typed.
func (w words) areaUnits(chosen string) []Option {
	return choices(w, "land.", []string{"m2", "sao_north", "sao_central", "cong", "ha"}, chosen)
}

// placeKinds are the kinds of places that a form offers.
func (w words) placeKinds(chosen string) []Option {
	return choices(w, "place.", trace.PlaceKinds, chosen)
}

// Land is a map of plots.
type Land struct{ Shapes []Shape }

// Shape is a plot on it.
type Shape struct {
	Name    trace.Text
	Path    string // of its page; empty on that page
	Corners []trace.Position
	Chosen  bool // its corners are numbered
}

// landPicture is a map of plots in the units of its viewBox.
type landPicture struct {
	Width, Height int
	Lines         []string // a net of so many metres, as path data
	Shapes        []landShape
	Scale         landScale
	Step          string // of the net, in words
	Links         bool   // a plot leads to its page
}

type landShape struct {
	Shape
	Path string // data
	X, Y int    // of its name
	Dots []landDot
}

type landDot struct{ X, Y, N int }

type landScale struct {
	X, End, Y int
	Label     string
}

const (
	landWidth, landHeight = 440, 330
	landMargin            = 40
	landLeast             = 60.0 // metres across the map's height, at the closest
	landNumbered          = 24   // corners, above which they are not numbered
)

// drawLand returns nil where no plot has an outline that can be read.
func (w words) drawLand(l *Land) *landPicture {
	if l == nil {
		return nil
	}
	west, east, south, north := 180.0, -180.0, 90.0, -90.0
	for _, s := range l.Shapes {
		for _, c := range s.Corners {
			if lon, lat, ok := degrees(c); ok {
				west, east, south, north = min(west, lon), max(east, lon), min(south, lat), max(north, lat)
			}
		}
	}
	if east < west {
		return nil
	}
	lat0, lon0 := (south+north)/2, (west+east)/2
	cos := math.Cos(lat0 * math.Pi / 180)
	across := max((east-west)*cos*metresADegree/(landWidth-2*landMargin), (north-south)*metresADegree/(landHeight-2*landMargin), landLeast/landHeight)
	spot := func(lon, lat float64) point {
		return point{landWidth/2 + (lon-lon0)*cos*metresADegree/across, landHeight/2 - (lat-lat0)*metresADegree/across}
	}
	step := nice(90 * across)
	pic := &landPicture{Width: landWidth, Height: landHeight, Step: w.distance(step)}
	for x := math.Mod(landWidth/2, step/across); x < landWidth; x += step / across {
		pic.Lines = append(pic.Lines, fmt.Sprintf("M%d 0V%d", round(x), landHeight))
	}
	for y := math.Mod(landHeight/2, step/across); y < landHeight; y += step / across {
		pic.Lines = append(pic.Lines, fmt.Sprintf("M0 %dH%d", round(y), landWidth))
	}
	for _, s := range l.Shapes {
		var b strings.Builder
		shape := landShape{Shape: s}
		n := 0
		for _, c := range s.Corners {
			lon, lat, ok := degrees(c)
			if !ok {
				continue
			}
			at := spot(lon, lat)
			fmt.Fprintf(&b, "%c%.1f %.1f", "ML"[min(b.Len(), 1)], at.x, at.y)
			shape.X, shape.Y, n = shape.X+round(at.x), shape.Y+round(at.y), n+1
			if s.Chosen && len(s.Corners) <= landNumbered {
				shape.Dots = append(shape.Dots, landDot{round(at.x), round(at.y), n})
			}
		}
		if n == 0 {
			continue
		}
		shape.Path, shape.X, shape.Y = b.String()+"Z", shape.X/n, shape.Y/n
		pic.Shapes, pic.Links = append(pic.Shapes, shape), pic.Links || s.Path != ""
	}
	bar := nice(110 * across)
	pic.Scale = landScale{End: landWidth - 14, Y: landHeight - 14, Label: w.distance(bar)}
	pic.Scale.X = pic.Scale.End - round(bar/across)
	return pic
}

// SoilTest is a result of a laboratory or of a meter, on a plot.
type SoilTest struct {
	Event    string
	Time     ledger.Time
	Zone     string
	Sample   string // soil, water
	Readings []SoilReading
	By       string // laboratory
	Note     string
	File     string // address of its document; empty where there is none
	Void     bool
}

// SoilReading is a value of it. What ends a text key "reading.…".
type SoilReading struct {
	What, Value, Unit string
}
