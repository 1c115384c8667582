package index

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Direction is which way a trace goes.
type Direction int

const (
	Up   Direction   = 1 << iota // what the thing was made of or contains
	Down                         // what was made of it or contains it
	Both = Up | Down             // the two from the thing, not mixed on the way
)

// Level is what sort of thing an identifier names.
type Level string

const (
	LevelProduct   Level = "product"
	LevelLot       Level = "lot"
	LevelPiece     Level = "piece"
	LevelContainer Level = "container" // a logistic unit or a returnable asset
	LevelOther     Level = "other"     // neither a GS1 key of those nor a code
)

// LevelOf says what sort of thing an identifier names.
func LevelOf(id trace.ID) Level {
	ai, _, _ := strings.Cut(strings.TrimPrefix(id.Path(), "/"), "/")
	switch ai {
	case "01", "t":
		switch lot, serial := id.Qualifiers(); {
		case serial != "":
			return LevelPiece
		case lot != "":
			return LevelLot
		}
		return LevelProduct
	case "00", "8003", "8004":
		return LevelContainer
	}
	return LevelOther
}

// Limits bound a trace. Zero means the defaults.
type Limits struct {
	Nodes   int  // 5,000; at most 100,000
	Details bool // fill in the nodes' details
}

const (
	defaultNodes = 5_000
	maxNodes     = 100_000
)

// LotOf is the kind of the edge from a lot to a piece that names it. It stands in
// the identifier and has no event.
const LotOf trace.EdgeKind = "lot"

// Graph is what a trace finds.
type Graph struct {
	Root      trace.ID
	Nodes     []Node // the root first, then level by level
	Edges     []Edge // between these nodes, each once
	Truncated bool   // there is more than the limit
}

// Node is a thing in a trace.
type Node struct {
	ID    trace.ID
	Depth int // steps from the root, negative upward
	Level Level
	*Details
}

// Details are what a trace says about a thing when asked for them.
type Details struct {
	Product  trace.ID
	Owner    ledger.ID       // zero when it is nobody's on the register
	Made     *trace.Quantity // what its first event made, where the viewer may read that
	Balances []Balance
	Flags    []Flag
	Recalled bool // it, or something that it was made of or contains, is recalled
	Early    bool // as Recalled, but harvested within a pre-harvest interval
	Declared bool // the rules do not apply: it is what its recorder said
}

// Edge says that From went into To. Where the viewer may not read the event there
// is neither Event nor Quantity nor Made. Edges may have a quantity in common.
type Edge struct {
	From, To trace.ID
	Kind     trace.EdgeKind
	Quantity *trace.Quantity // of From
	Made     *trace.Quantity // of To
	Event    string
	Hidden   bool // a step that is not public
}

// Trace follows lineage from an identifier, nearest first. An identifier that
// nothing is known of gives a graph of the root alone.
func (x *Index) Trace(ctx context.Context, v Viewer, id trace.ID, d Direction, l Limits) (*Graph, error) {
	if d < Up || d > Both {
		return nil, ledger.FieldErrorf(ledger.Invalid, "direction", "is neither up, down nor both")
	}
	if l.Nodes <= 0 {
		l.Nodes = defaultNodes
	}
	w := walk{ctx: ctx, x: x, viewer: v, limit: min(l.Nodes, maxNodes), graph: &Graph{Root: id}, index: map[trace.ID]int{id: 0}}
	w.graph.Nodes = append(w.graph.Nodes, Node{ID: id, Level: LevelOf(id)})
	for i := range w.workers {
		w.workers[i] = x.db.NewTransaction(false)
		defer w.workers[i].Discard()
		if runtime.GOMAXPROCS(0) == 1 {
			w.workers[1] = nil
			break
		}
	}
	if d&Up != 0 {
		if err := w.follow(up); err != nil {
			return nil, err
		}
	}
	if d&Down != 0 {
		if err := w.follow(down); err != nil {
			return nil, err
		}
	}
	if l.Details {
		if err := w.details(); err != nil {
			return nil, err
		}
	}
	return w.graph, nil
}

// walk is a trace under way.
type walk struct {
	ctx     context.Context
	x       *Index
	viewer  Viewer
	limit   int
	graph   *Graph
	index   map[trace.ID]int // of a node in graph.Nodes
	workers [2]*badger.Txn   // a level is read by as many at once; the second may be nil
}

// step is an edge that a node's list has.
type step struct {
	other trace.ID
	level Level // of other
	edge  Edge
}

// parallelFrom is the size of a level from which on it pays to read it in two
// halves.
const parallelFrom = 16

// follow goes from the root in one direction, level by level.
func (w *walk) follow(d direction) error {
	level, depth := []int{0}, 0
	for len(level) > 0 {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		steps, err := w.read(level, d)
		if err != nil {
			return err
		}
		if depth++; depth == 1 && d == up {
			for _, lot := range aliases(w.graph.Root)[1:] {
				steps[0] = append(steps[0], step{other: lot, level: LevelOf(lot), edge: Edge{Kind: LotOf}})
			}
		}
		next := w.expect(steps)
		for i, n := range level {
			for _, s := range steps[i] {
				at, seen := w.index[s.other]
				if !seen {
					if len(w.graph.Nodes) >= w.limit {
						w.graph.Truncated = true
						continue
					}
					at = len(w.graph.Nodes)
					w.index[s.other] = at
					node := Node{ID: s.other, Depth: depth, Level: s.level}
					if d == up {
						node.Depth = -depth
					}
					w.graph.Nodes = append(w.graph.Nodes, node)
					next = append(next, at)
				}
				e := s.edge
				e.From, e.To = w.graph.Nodes[n].ID, w.graph.Nodes[at].ID
				if d == up {
					e.From, e.To = e.To, e.From
				}
				w.graph.Edges = append(w.graph.Edges, e)
			}
		}
		level = next
	}
	return nil
}

// expect makes room for what a level's lists have, the next level among it.
func (w *walk) expect(steps [][]step) (next []int) {
	edges := 0
	for _, list := range steps {
		edges += len(list)
	}
	nodes := min(edges, w.limit-len(w.graph.Nodes))
	w.graph.Edges = slices.Grow(w.graph.Edges, edges)
	w.graph.Nodes = slices.Grow(w.graph.Nodes, nodes)
	if nodes > len(w.index) {
		index := make(map[trace.ID]int, len(w.index)+nodes)
		maps.Copy(index, w.index)
		w.index = index
	}
	return make([]int, 0, nodes)
}

// read reads the lists of a level's nodes.
func (w *walk) read(level []int, d direction) ([][]step, error) {
	steps := make([][]step, len(level))
	if w.workers[1] == nil || len(level) < parallelFrom {
		return steps, w.readPart(w.workers[0], level, d, steps)
	}
	var wg sync.WaitGroup
	var failed error
	half := len(level) / 2
	wg.Go(func() { failed = w.readPart(w.workers[1], level[half:], d, steps[half:]) })
	err := w.readPart(w.workers[0], level[:half], d, steps[:half])
	wg.Wait()
	if err == nil {
		err = failed
	}
	return steps, err
}

func (w *walk) readPart(txn *badger.Txn, level []int, d direction, steps [][]step) error {
	var last quantities
	for i, n := range level {
		var failed error
		err := w.x.adjacency(txn, d, hashOf(w.graph.Nodes[n].ID.String()), func(e *edge) {
			one, ok, err := w.viewer.step(e, &last)
			if err != nil {
				failed = err
			} else if ok {
				if len(steps[i]) == cap(steps[i]) {
					steps[i] = slices.Grow(steps[i], 1+int(e.following))
				}
				steps[i] = append(steps[i], one)
			}
		})
		if err != nil {
			return err
		}
		if failed != nil {
			return corrupt(failed)
		}
	}
	return nil
}

// step is what the viewer sees of an edge; ok is false when that is nothing. The last
// quantities are those of the edge that was read before it.
func (v Viewer) step(e *edge, last *quantities) (s step, ok bool, err error) {
	s.edge.Kind = trace.MadeInto
	if s.other, err = trace.ParseID(e.other); err != nil {
		return s, false, err
	}
	s.level = LevelOf(s.other)
	if e.packed {
		s.edge.Kind = trace.PackedInto
	}
	if !v.may(e.access) {
		s.edge.Hidden = true
		return s, e.managed, nil
	}
	s.edge.Event = e.event
	if s.edge.Quantity, err = last.quantity.read(e.quantity); err == nil {
		s.edge.Made, err = last.made.read(e.made)
	}
	return s, true, err
}

// quantities are an edge's quantities. Those of the edges of one event are often the same.
type quantities struct{ quantity, made quantity }

type quantity struct {
	text  string
	value *trace.Quantity // nil where there is none
}

func (q *quantity) read(text string) (*trace.Quantity, error) {
	if text == q.text {
		return q.value, nil
	}
	*q = quantity{text: text}
	if text == "" {
		return nil, nil
	}
	q.value = new(trace.Quantity)
	return q.value, q.value.UnmarshalText([]byte(text))
}

// details fills in every node.
func (w *walk) details() error {
	recalled, early, err := w.inherited()
	if err != nil {
		return err
	}
	nodes := w.graph.Nodes
	half := 0
	var wg sync.WaitGroup
	var failed error
	if w.workers[1] != nil && len(nodes) >= parallelFrom {
		half = len(nodes) / 2
		wg.Go(func() { failed = w.detailsPart(w.workers[1], nodes[:half], recalled, early) })
	}
	err = w.detailsPart(w.workers[0], nodes[half:], recalled, early)
	wg.Wait()
	if err == nil {
		err = failed
	}
	return err
}

func (w *walk) detailsPart(txn *badger.Txn, nodes []Node, recalled, early map[trace.ID]bool) error {
	from := &records{txn: txn, kept: map[seq]*keptRecord{}, owners: map[trace.ID]ledger.ID{}}
	for i := range nodes {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		d, err := w.x.details(from, w.viewer, nodes[i].ID)
		if err != nil {
			return err
		}
		d.Recalled, d.Early = recalled[nodes[i].ID], early[nodes[i].ID]
		nodes[i].Details = d
	}
	return nil
}

// inherited tells which nodes a recall or an early harvest reaches. What they inherit
// may lie outside the graph: everything upward of every node is read once, and both
// go down from where they are.
func (w *walk) inherited() (recalled, early map[trace.ID]bool, err error) {
	recalled, early = map[trace.ID]bool{}, map[trace.ID]bool{}
	if w.x.recalls.none() && w.x.early.none() {
		return recalled, early, nil
	}
	list := make([]trace.ID, 0, len(w.graph.Nodes))
	seen := make(map[trace.ID]bool, len(w.graph.Nodes))
	into := map[trace.ID][]trace.ID{}
	push := func(id trace.ID) {
		if !seen[id] {
			seen[id] = true
			list = append(list, id)
		}
	}
	for _, n := range w.graph.Nodes {
		push(n.ID)
	}
	for i := 0; i < len(list) && i < maxNodes; i++ {
		id := list[i]
		for _, same := range aliases(id)[1:] {
			into[same] = append(into[same], id)
			push(same)
		}
		err := w.x.parents(w.workers[0], id, func(parent trace.ID, left bool) {
			if left {
				return
			}
			into[parent] = append(into[parent], id)
			push(parent)
		})
		if err != nil {
			return nil, nil, err
		}
		if err := w.ctx.Err(); err != nil {
			return nil, nil, err
		}
	}
	var spread func(reached map[trace.ID]bool, id trace.ID)
	spread = func(reached map[trace.ID]bool, id trace.ID) {
		if !reached[id] {
			reached[id] = true
			for _, child := range into[id] {
				spread(reached, child)
			}
		}
	}
	for _, id := range list {
		if len(w.x.recalls.covering([]trace.ID{id})) > 0 {
			spread(recalled, id)
		}
		if _, ok := w.x.early.get(id); ok {
			spread(early, id)
		}
	}
	return recalled, early, nil
}
