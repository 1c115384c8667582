package web

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/sogoc/sogoc/trace"
)

var vi = words{Vietnamese, texts[Vietnamese]}

func stop(lat, lon string, radius int) Stop {
	return Stop{Name: lychee, At: trace.Position{Lat: lat, Lon: lon}, Radius: radius}
}

func TestMap(t *testing.T) {
	for _, tt := range []struct {
		name  string
		stops []Stop
		dots  int
		route bool
		scale string
	}{
		{"one spot", []Stop{stop("21.38", "106.57", 0)}, 1, false, "2\u00a0km"},
		{"one commune", []Stop{stop("21.38", "106.57", 4000)}, 1, false, "2\u00a0km"},
		{"two in one place", []Stop{stop("21.38", "106.57", 0), stop("21.38", "106.57", 0)}, 1, false, "2\u00a0km"},
		{"there and back", []Stop{stop("21.38", "106.57", 0), stop("21.03", "105.79", 0), stop("21.38", "106.57", 0)}, 2, true, "20\u00a0km"},
		{"abroad", []Stop{stop("21.38", "106.57", 0), stop("48.85", "2.35", 0)}, 2, true, "2.000\u00a0km"},
		{"unreadable", []Stop{stop("?", "106.57", 0), stop("91", "0", 0), stop("NaN", "0", 0)}, 0, false, ""},
		{"next door", []Stop{stop("21.38", "106.57", 0), stop("21.3801", "106.5701", 0), stop("21.3802", "106.57", 0)}, 3, true, "2\u00a0km"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pic := vi.drawMap(&Map{Stops: tt.stops})
			if tt.dots == 0 {
				if pic != nil {
					t.Fatalf("a map of nothing: %+v", pic)
				}
				return
			}
			if len(pic.Dots) != tt.dots || (pic.Route != "") != tt.route || pic.ScaleLabel != tt.scale {
				t.Errorf("%d dots, route %q, scale %q", len(pic.Dots), pic.Route, pic.ScaleLabel)
			}
			for i, a := range pic.Dots {
				if a.X < 0 || a.X > pic.Width || a.Y < 0 || a.Y > pic.Height {
					t.Errorf("mark %d is outside, at %d, %d", a.N, a.X, a.Y)
				}
				for _, b := range pic.Dots[:i] {
					if dx, dy := a.X-b.X, a.Y-b.Y; dx*dx+dy*dy < 28*28 {
						t.Errorf("marks %d and %d overlap", a.N, b.N)
					}
				}
			}
		})
	}
	if vi.drawMap(nil) != nil {
		t.Error("a map out of nothing")
	}
}

func TestMapScaleIsTrue(t *testing.T) {
	pic := vi.drawMap(&Map{Stops: []Stop{stop("21", "106", 0), stop("21", "107", 0)}})
	far := metres(106, 21, 107, 21) // 103.8 km
	if far < 103_500 || far > 104_000 {
		t.Fatalf("a degree of longitude at 21° is %.0f m", far)
	}
	km, err := strconv.Atoi(pic.ScaleLabel[:2])
	if err != nil {
		t.Fatal(err)
	}
	drawn := float64(pic.Dots[1].TX-pic.Dots[0].TX) / far
	bar := float64(pic.ScaleWidth) / float64(km*1000)
	if drawn/bar < 0.97 || drawn/bar > 1.03 {
		t.Errorf("the map has %.2f units a kilometre, its scale bar %.2f", drawn*1000, bar*1000)
	}
}

func TestGraph(t *testing.T) {
	d := vi.drawGraph(sampleGraph())
	at := map[string]box{}
	for i, b := range d.Boxes {
		at[b.ID.Lot()] = b
		if b.X < 0 || b.X+boxWidth > d.Width || b.Y < 0 || b.Y+boxHeight > d.Height {
			t.Errorf("%s is outside", b.ID)
		}
		for _, o := range d.Boxes[:i] {
			if o.X == b.X && o.Y < b.Y+boxHeight && b.Y < o.Y+boxHeight {
				t.Errorf("%s and %s overlap", o.ID, b.ID)
			}
		}
	}
	for _, e := range sampleGraph().Edges {
		if at[e.From.Lot()].X >= at[e.To.Lot()].X {
			t.Errorf("%s is not left of %s", e.From, e.To)
		}
	}
	root := at["HG-0306"]
	if !root.Root || len(root.From) != 3 || len(root.Into) != 2 || root.From[1].Amount != "410\u00a0kg" || d.Boxes[root.From[1].Anchor].ID.Lot() != "T2-0306" {
		t.Errorf("the root is %+v", root)
	}
}

// A lineage that runs in a circle, which only a broken source gives, and one with
// edges to nowhere are drawn all the same.
func TestGraphOfNonsense(t *testing.T) {
	id := func(i int) trace.ID { return trace.MustID(fmt.Sprintf("urn:x:%d", i)) }
	g := &Graph{Root: id(0)}
	for i := range 30 {
		g.Nodes = append(g.Nodes, Node{ID: id(i)})
		g.Edges = append(g.Edges, trace.Edge{From: id(i), To: id((i + 1) % 30)}, trace.Edge{From: id(i), To: id(i)}, trace.Edge{From: id(i), To: id(99)})
	}
	d := vi.drawGraph(g)
	if len(d.Boxes) != 30 || len(d.Links) != 30 {
		t.Errorf("%d boxes and %d links", len(d.Boxes), len(d.Links))
	}
}

func TestChart(t *testing.T) {
	p := vi.drawChart(&Chart{Bars: []Bar{{both("a", ""), *qty("200", "KGM")}, {both("b", ""), *qty("50", "KGM")}, {both("c", ""), *qty("0.001", "KGM")}, {both("d", ""), *qty("0", "KGM")}, {both("e", ""), qty("5", "KGM").Neg()}}})
	for i, want := range []int{plotWidth, plotWidth / 4, plotLeast, 0, 0} {
		if p.Bars[i].Width != want {
			t.Errorf("bar %d is %d wide, want %d", i, p.Bars[i].Width, want)
		}
	}
	if vi.drawChart(nil) != nil || vi.drawChart(&Chart{}) != nil {
		t.Error("a chart of nothing")
	}
}
