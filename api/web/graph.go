package web

import (
	"fmt"
	"slices"

	"github.com/sogoc/sogoc/trace"
)

// drawing is a lineage in the units of its viewBox: layers from left (what things
// were made from) to right.
type drawing struct {
	Width, Height int
	Boxes         []box
	Links         []link
}

type box struct {
	Node
	X, Y        int
	Root        bool
	Title, Line string // shortened to fit
	Amount      string
	From, Into  []relation // neighbours, for the list beside the drawing
}

type link struct {
	Path   string
	Kind   trace.EdgeKind
	Label  string
	LX, LY int
}

type relation struct {
	Name   string
	Anchor int // index of the node
	Amount string
}

const (
	boxWidth, boxHeight = 184, 74
	gapX, gapY          = 92, 18
	graphMargin         = 10
)

// drawGraph lays the nodes out by their distance from the things that nothing
// else went into, and orders each layer by its neighbours (barycentres).
func (w words) drawGraph(g *Graph) *drawing {
	index := map[trace.ID]int{}
	for i, n := range g.Nodes {
		index[n.ID] = i
	}
	type pair struct{ from, to int }
	var pairs []pair
	in, out := make([][]int, len(g.Nodes)), make([][]int, len(g.Nodes))
	edges := make([]trace.Edge, 0, len(g.Edges))
	for _, e := range g.Edges {
		from, ok := index[e.From]
		to, ok2 := index[e.To]
		if ok && ok2 && from != to {
			pairs, edges = append(pairs, pair{from, to}), append(edges, e)
			in[to], out[from] = append(in[to], from), append(out[from], to)
		}
	}
	layer := layers(in, out)
	rows := make([][]int, len(g.Nodes)+1)
	deepest := 0
	for i, l := range layer {
		rows[l] = append(rows[l], i)
		deepest = max(deepest, l)
	}
	rows = rows[:deepest+1]
	place := make([]int, len(g.Nodes))
	tallest := 0
	number := func(row []int) {
		for k, i := range row {
			place[i] = k
		}
	}
	for _, row := range rows {
		number(row)
		tallest = max(tallest, len(row))
	}
	for sweep := range 6 {
		neighbours := in
		if sweep%2 == 1 {
			neighbours = out
		}
		for l := range rows {
			row := rows[l]
			if sweep%2 == 1 {
				row = rows[len(rows)-1-l]
			}
			middle := map[int]float64{}
			for _, i := range row {
				middle[i] = float64(place[i])
				if n := neighbours[i]; len(n) > 0 {
					sum := 0.0
					for _, j := range n {
						sum += float64(place[j])
					}
					middle[i] = sum / float64(len(n))
				}
			}
			slices.SortStableFunc(row, func(a, b int) int {
				switch d := middle[a] - middle[b]; {
				case d < 0:
					return -1
				case d > 0:
					return 1
				}
				return 0
			})
			number(row)
		}
	}

	d := &drawing{
		Width:  2*graphMargin + len(rows)*boxWidth + (len(rows)-1)*gapX,
		Height: 2*graphMargin + tallest*(boxHeight+gapY) - gapY,
	}
	d.Boxes = make([]box, len(g.Nodes))
	for l, row := range rows {
		top := graphMargin + (tallest-len(row))*(boxHeight+gapY)/2
		for k, i := range row {
			n := g.Nodes[i]
			b := box{Node: n, Root: n.ID == g.Root, X: graphMargin + l*(boxWidth+gapX), Y: top + k*(boxHeight+gapY)}
			b.Title = shorten(n.Name.In(string(w.lang)), 22)
			b.Line = shorten(w.nodeLine(n), 26)
			if n.Quantity != nil {
				b.Amount = w.quantityOf(*n.Quantity, n.Unit)
			}
			d.Boxes[i] = b
		}
	}
	for k, p := range pairs {
		a, b := &d.Boxes[p.from], &d.Boxes[p.to]
		amount := ""
		if q := edges[k].Quantity; q != nil {
			amount = w.quantityOf(*q, a.Unit)
		}
		a.Into = append(a.Into, relation{w.nodeName(b.Node), p.to, amount})
		b.From = append(b.From, relation{w.nodeName(a.Node), p.from, amount})
		x1, y1, x2, y2 := a.X+boxWidth, a.Y+boxHeight/2, b.X, b.Y+boxHeight/2
		m := (x1 + x2) / 2
		d.Links = append(d.Links, link{
			Path: fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, y1, m, y1, m, y2, x2, y2),
			Kind: edges[k].Kind, Label: amount, LX: m, LY: (y1+y2)/2 - 4,
		})
	}
	return d
}

// layers gives each node the length of the longest way to it. A circle, which a
// sound lineage does not have, ends at the node where it was entered.
func layers(in, out [][]int) []int {
	left := make([]int, len(in))
	var ready []int
	for i := range in {
		left[i] = len(in[i])
		if left[i] == 0 {
			ready = append(ready, i)
		}
	}
	layer, done := make([]int, len(in)), make([]bool, len(in))
	for next := 0; ; {
		for ; next < len(ready); next++ {
			i := ready[next]
			done[i] = true
			for _, j := range out[i] {
				if done[j] {
					continue
				}
				layer[j] = max(layer[j], layer[i]+1)
				if left[j]--; left[j] == 0 {
					ready = append(ready, j)
				}
			}
		}
		stuck := slices.Index(done, false)
		if stuck < 0 {
			return layer
		}
		done[stuck] = true // so that it is entered once
		ready = append(ready, stuck)
	}
}

func (w words) nodeName(n Node) string {
	name := n.Name.In(string(w.lang))
	if lot := n.ID.Lot(); lot != "" {
		return name + " · " + lot
	}
	if name == "" {
		return spoken(n.ID)
	}
	return name
}

// nodeLine is the second line of a box: its lot, or else its code.
func (w words) nodeLine(n Node) string {
	if serial := n.ID.Serial(); serial != "" {
		return serial
	}
	if lot := n.ID.Lot(); lot != "" {
		return w.must("lot.is", "lot", lot)
	}
	return spoken(n.ID)
}

func shorten(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}
