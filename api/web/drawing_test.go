package web

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
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

// largeGraph is a harvest of three orchards in 480 cases on twelve pallets, one case
// of which is recalled.
func largeGraph() *Graph {
	g := &Graph{Root: trace.MustID("https://id.gs1.org/01/09520001000119/10/L1"), Name: lychee, Direction: Both, Path: "/trace?id=x", Passport: "/01/09520001000119/10/L1"}
	add := func(id string, name trace.Text, kg string) trace.ID {
		n := Node{ID: trace.MustID(id), Name: name, Link: "/x", State: StateRecorded}
		if kg != "" {
			n.Quantity = qty(kg, "KGM")
		}
		g.Nodes = append(g.Nodes, n)
		return n.ID
	}
	add(g.Root.String(), lychee, "4800")
	for i, kg := range []string{"1600", "2200", "1000"} {
		from := add(fmt.Sprintf("https://id.gs1.org/01/09520001000102/10/T%d", i+1), both("Vải tươi mới hái", "Lychee as picked"), kg)
		g.Edges = append(g.Edges, trace.Edge{Kind: trace.MadeInto, From: from, To: g.Root, Quantity: qty(kg, "KGM")})
	}
	for p := range 12 {
		pallet := add(fmt.Sprintf("https://id.gs1.org/00/%s", sscc(p)), both("Kiện", "Pallet"), "")
		for c := range 40 {
			box := add(fmt.Sprintf("%s/21/%04d", g.Root, 40*p+c), lychee, "10")
			g.Edges = append(g.Edges, trace.Edge{Kind: "lot", From: g.Root, To: box}, trace.Edge{Kind: trace.PackedInto, From: box, To: pallet})
		}
	}
	g.Nodes[20].State = StateRecalled
	return g
}

// sscc is a serial shipping container code.
func sscc(n int) string {
	digits := fmt.Sprintf("0952123450%07d", n)
	sum := 0
	for i, r := range digits {
		sum += int(r-'0') * (3 - 2*(i%2))
	}
	return digits + fmt.Sprint((10-sum%10)%10)
}

// TestLargeGraph: things that differ in their code alone are one box, whatever is the
// matter with one of them stays apart, and nothing is left out.
func TestLargeGraph(t *testing.T) {
	g := largeGraph()
	d := vi.drawGraph(g)
	if len(g.Nodes) != 496 || len(d.Boxes) != 1+3+12+12+1 {
		t.Fatalf("%d nodes in %d boxes", len(g.Nodes), len(d.Boxes))
	}
	drawn := map[trace.ID]int{}
	for _, b := range d.Boxes {
		for _, m := range b.Members {
			drawn[m.ID]++
			if m.State != b.State {
				t.Errorf("%s is %s in a box that is %s", m.ID, m.State, b.State)
			}
		}
		if len(b.Members) == 0 {
			drawn[b.ID]++
		}
		if len(b.Members) == 40 && (b.Amount != "400\u00a0kg" || !strings.HasPrefix(b.Title, "40 × ") || len(b.From) != 1 || len(b.Into) != 1) {
			t.Errorf("40 cases are %+v", b)
		}
	}
	for _, n := range g.Nodes {
		if drawn[n.ID] != 1 {
			t.Errorf("%s is drawn %d times", n.ID, drawn[n.ID])
		}
	}
	inside(t, d)
}

// TestTangledGraph: five hundred lots that are all different, each made of some of the
// earlier ones, are drawn without overlapping.
func TestTangledGraph(t *testing.T) {
	g := &Graph{Root: trace.MustID("urn:x:0")}
	for i := range 500 {
		id := trace.MustID(fmt.Sprintf("urn:x:%d", i))
		g.Nodes = append(g.Nodes, Node{ID: id})
		for k := 1; k <= 3 && i > 0; k++ {
			g.Edges = append(g.Edges, trace.Edge{From: trace.MustID(fmt.Sprintf("urn:x:%d", i*k*7919%i)), To: id})
		}
	}
	inside(t, vi.drawGraph(g))
}

// inside fails when boxes overlap or leave the drawing.
func inside(t *testing.T, d *drawing) {
	t.Helper()
	columns := map[int][]int{}
	for _, b := range d.Boxes {
		if b.X < 0 || b.X+boxWidth > d.Width || b.Y < 0 || b.Y+boxHeight > d.Height {
			t.Errorf("%s is outside", b.ID)
		}
		columns[b.X] = append(columns[b.X], b.Y)
	}
	for x, ys := range columns {
		slices.Sort(ys)
		for i := range ys[1:] {
			if ys[i+1]-ys[i] < boxHeight {
				t.Errorf("boxes overlap at %d, %d", x, ys[i])
			}
		}
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
