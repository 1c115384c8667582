package web

import (
	"cmp"
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
	Members     []Node     // of several things that one box stands for
	More        int        // members that the list leaves out
}

// Listed are the members that the list names.
func (b box) Listed() []Node { return b.Members[:min(len(b.Members), membersListed)] }

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

// bundleFrom is how many things that differ in nothing but their code are drawn as
// one box.
const bundleFrom = 4

// membersListed is how many of a bundle are named in the list below the drawing.
const membersListed = 4

// bundle is what one box stands for: a thing, or several of one product in one state
// that came from the same things and went into the same ones.
type bundle struct {
	members  []int // indices of nodes
	from, to []int // other bundles, each once
}

// bundles puts the nodes together, in the order in which the first of each comes.
func bundles(g *Graph, in, out [][]int) (list []bundle, of []int) {
	type alike struct {
		product trace.ID
		state   State
		level   bool // a piece
		ways    string
	}
	groups := map[alike][]int{}
	key := func(i int) alike {
		n := &g.Nodes[i]
		return alike{n.ID.Product(), n.State, n.ID.Serial() != "", fmt.Sprint(distinct(in[i]), distinct(out[i]))}
	}
	for i := range g.Nodes {
		if g.Nodes[i].ID != g.Root {
			k := key(i)
			groups[k] = append(groups[k], i)
		}
	}
	of = make([]int, len(g.Nodes))
	for i := range g.Nodes {
		members := []int{i}
		if g.Nodes[i].ID != g.Root {
			if all := groups[key(i)]; len(all) >= bundleFrom {
				if all[0] != i {
					of[i] = of[all[0]]
					continue
				}
				members = all
			}
		}
		of[i] = len(list)
		list = append(list, bundle{members: members})
	}
	for b := range list {
		for _, i := range list[b].members {
			for _, j := range in[i] {
				list[b].from = append(list[b].from, of[j])
			}
			for _, j := range out[i] {
				list[b].to = append(list[b].to, of[j])
			}
		}
		list[b].from, list[b].to = distinct(list[b].from), distinct(list[b].to)
	}
	return list, of
}

func distinct(list []int) []int { return slices.Compact(slices.Sorted(slices.Values(list))) }

// total sums quantities of one dimension up; nil where one is not said or of another.
func total(list []*trace.Quantity) *trace.Quantity {
	var sum *trace.Quantity
	for _, q := range list {
		switch {
		case q == nil:
			return nil
		case sum == nil:
			sum = q
		default:
			s, err := sum.Add(*q)
			if err != nil {
				return nil
			}
			sum = &s
		}
	}
	return sum
}

// drawGraph lays the nodes out.
func (w words) drawGraph(g *Graph) *drawing {
	index := map[trace.ID]int{}
	for i, n := range g.Nodes {
		index[n.ID] = i
	}
	type pair struct{ from, to int }
	edges := map[pair][]trace.Edge{} // between bundles
	nodesIn, nodesOut := make([][]int, len(g.Nodes)), make([][]int, len(g.Nodes))
	for _, e := range g.Edges {
		from, ok := index[e.From]
		to, ok2 := index[e.To]
		if ok && ok2 && from != to {
			nodesIn[to], nodesOut[from] = append(nodesIn[to], from), append(nodesOut[from], to)
		}
	}
	all, of := bundles(g, nodesIn, nodesOut)
	var pairs []pair
	for _, e := range g.Edges {
		from, ok := index[e.From]
		to, ok2 := index[e.To]
		if !ok || !ok2 || of[from] == of[to] {
			continue
		}
		p := pair{of[from], of[to]}
		if edges[p] == nil {
			pairs = append(pairs, p)
		}
		edges[p] = append(edges[p], e)
	}
	in, out := make([][]int, len(all)), make([][]int, len(all))
	for i, b := range all {
		in[i], out[i] = b.from, b.to
	}
	corners, width, height := grid(in, out)
	d := &drawing{Width: width, Height: height, Boxes: make([]box, len(all))}
	for i, at := range corners {
		d.Boxes[i] = w.box(g, all[i].members)
		d.Boxes[i].X, d.Boxes[i].Y = at.X, at.Y
	}
	for _, p := range pairs {
		a, b := &d.Boxes[p.from], &d.Boxes[p.to]
		amount := ""
		var went []*trace.Quantity
		for _, e := range edges[p] {
			went = append(went, e.Quantity)
		}
		if q := total(went); q != nil {
			amount = w.quantityOf(*q, a.Unit)
		}
		a.Into = append(a.Into, relation{w.boxName(b), p.to, amount})
		b.From = append(b.From, relation{w.boxName(a), p.from, amount})
		l := between(corners[p.from], corners[p.to])
		l.Kind, l.Label = edges[p][0].Kind, amount
		d.Links = append(d.Links, l)
	}
	return d
}

// corner is where a box begins.
type corner struct{ X, Y int }

// grid gives boxes their places, and says how large the drawing is: they are laid out by
// their distance from those that nothing else went into, and each layer is ordered by its
// neighbours (barycentres).
func grid(in, out [][]int) (corners []corner, width, height int) {
	layer := layers(in, out)
	rows := make([][]int, len(in)+1)
	deepest := 0
	for i, l := range layer {
		rows[l] = append(rows[l], i)
		deepest = max(deepest, l)
	}
	rows = rows[:deepest+1]
	place := make([]int, len(in))
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
			slices.SortStableFunc(row, func(a, b int) int { return cmp.Compare(middle[a], middle[b]) })
			number(row)
		}
	}
	corners = make([]corner, len(in))
	for l, row := range rows {
		top := graphMargin + (tallest-len(row))*(boxHeight+gapY)/2
		for k, i := range row {
			corners[i] = corner{graphMargin + l*(boxWidth+gapX), top + k*(boxHeight+gapY)}
		}
	}
	return corners, 2*graphMargin + len(rows)*boxWidth + (len(rows)-1)*gapX, 2*graphMargin + tallest*(boxHeight+gapY) - gapY
}

// between leads from one box to another.
func between(from, to corner) link {
	x1, y1, x2, y2 := from.X+boxWidth, from.Y+boxHeight/2, to.X, to.Y+boxHeight/2
	m := (x1 + x2) / 2
	return link{Path: fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, y1, m, y1, m, y2, x2, y2), LX: m, LY: (y1+y2)/2 - 4}
}

// box is what stands in a box, before it has its place.
func (w words) box(g *Graph, members []int) box {
	first := g.Nodes[members[0]]
	b := box{Node: first, Root: first.ID == g.Root}
	b.Title = shorten(first.Name.In(string(w.lang)), 22)
	b.Line = shorten(w.nodeLine(first), 26)
	quantity := first.Quantity
	if len(members) > 1 {
		b.Title = shorten(w.must("trace.bundle", "n", len(members), "name", first.Name.In(string(w.lang))), 22)
		b.Line = shorten(w.nodeLine(first), 11) + " … " + shorten(w.nodeLine(g.Nodes[members[len(members)-1]]), 11)
		var list []*trace.Quantity
		for _, i := range members {
			b.Members = append(b.Members, g.Nodes[i])
			list = append(list, g.Nodes[i].Quantity)
		}
		quantity, b.Link, b.More = total(list), "", max(0, len(members)-membersListed)
	}
	if quantity != nil {
		b.Amount = w.quantityOf(*quantity, first.Unit)
	}
	return b
}

func (w words) boxName(b *box) string {
	if len(b.Members) > 0 {
		return w.must("trace.bundle", "n", len(b.Members), "name", b.Name.In(string(w.lang)))
	}
	return w.nodeName(b.Node)
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
