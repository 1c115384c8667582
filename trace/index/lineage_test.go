package index

import (
	"fmt"
	"slices"
	"testing"

	"github.com/dgraph-io/badger/v4"
	"pgregory.net/rapid"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// model is lineage and recalls as a plain list of edges.
type model struct {
	edges    []modelEdge
	recalled map[trace.ID]bool
}

type modelEdge struct {
	trace.Edge
	event  string
	public bool
}

// closure is everything on one side of a thing, with the fewest steps to it.
func (m *model) closure(root trace.ID, d direction) map[trace.ID]int {
	depth := map[trace.ID]int{root: 0}
	for level := 0; ; level++ {
		grown := false
		for _, e := range m.edges {
			from, to := e.From, e.To
			if d == up {
				from, to = to, from
			}
			if at, ok := depth[from]; ok && at == level {
				if _, ok := depth[to]; !ok {
					depth[to], grown = level+1, true
				}
			}
		}
		if !grown {
			return depth
		}
	}
}

// trace lists what a trace in one direction must find.
func (m *model) trace(root trace.ID, d direction, operator bool) (nodes, edges []string) {
	depth := m.closure(root, d)
	for id, n := range depth {
		if d == up {
			n = -n
		}
		nodes = append(nodes, fmt.Sprint(id, " ", n, " ", m.reached(id)))
	}
	for _, e := range m.edges {
		near := e.From
		if d == up {
			near = e.To
		}
		if _, ok := depth[near]; ok {
			if operator || e.public {
				edges = append(edges, fmt.Sprint(e.From, e.To, e.Kind, e.Quantity, e.Made, e.event))
			} else {
				edges = append(edges, fmt.Sprint(e.From, e.To, e.Kind, nil, nil, ""))
			}
		}
	}
	slices.Sort(nodes)
	slices.Sort(edges)
	return nodes, edges
}

func (m *model) reached(id trace.ID) bool {
	for at := range m.closure(id, up) {
		if m.recalled[at] {
			return true
		}
	}
	return false
}

// TestLineageAgainstModel writes random histories of transformations, packings,
// error declarations, recalls and lifts, and compares every trace with a search
// over the plain list of edges.
func TestLineageAgainstModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b, m := newBook("random"), &model{recalled: map[trace.ID]bool{}}
		n := rapid.IntRange(2, 12).Draw(rt, "things")
		live := map[int]trace.Fact{}
		for i := range rapid.IntRange(1, 150).Draw(rt, "entries") {
			switch rapid.IntRange(0, 9).Draw(rt, "what") {
			case 0:
				id := lot(rapid.IntRange(0, n-1).Draw(rt, "target"))
				m.recalled[id] = rapid.Bool().Draw(rt, "recalled")
				b.recall(agency, trace.Recall{Target: id, Lift: !m.recalled[id]})
			case 1:
				for at, f := range live { // any; the model needs no order
					f.Error = &trace.ErrorDeclaration{Time: 1}
					b.capture(coop, f, trace.EventOutcome{Voids: f.Event})
					m.edges = slices.DeleteFunc(m.edges, func(e modelEdge) bool { return e.event == f.Event })
					delete(live, at)
					break
				}
			default:
				a := rapid.SampledFrom([]ledger.Audience{ledger.Public, ledger.Parties, ledger.Own}).Draw(rt, "audience")
				kind := rapid.SampledFrom([]trace.EdgeKind{trace.MadeInto, trace.PackedInto}).Draw(rt, "kind")
				to := rapid.IntRange(1, n-1).Draw(rt, "to")
				f := fact(i, a, "")
				var out trace.EventOutcome
				for from := range to { // lineage has no circles
					if rapid.Bool().Draw(rt, "from") {
						e := trace.Edge{Kind: kind, From: lot(from), To: lot(to), Quantity: kg(int64(from))}
						if kind == trace.MadeInto {
							e.Made = kg(int64(i))
						}
						out.Edges = append(out.Edges, e)
						m.edges = append(m.edges, modelEdge{e, f.Event, a == ledger.Public})
					}
				}
				b.capture(coop, f, out)
				live[i] = f
			}
		}
		x := openAt(t, t.TempDir(), func(c *Config) {
			c.BatchEntries = rapid.SampledFrom([]int{1, 3, 1000}).Draw(rt, "batch")
			c.Heads = rapid.SampledFrom([]int{1, 1000}).Draw(rt, "heads")
		})
		defer x.Close()
		follow(t, x, b)
		for i := range n {
			for _, d := range []direction{up, down} {
				for _, v := range []Viewer{{Operator: true}, {}} {
					way := Up
					if d == down {
						way = Down
					}
					g := must(x.Trace(t.Context(), v, lot(i), way, Limits{Details: true}))
					var nodes, edges []string
					for _, node := range g.Nodes {
						nodes = append(nodes, fmt.Sprint(node.ID, " ", node.Depth, " ", node.Recalled))
					}
					for _, e := range g.Edges {
						edges = append(edges, fmt.Sprint(e.From, e.To, e.Kind, e.Quantity, e.Made, e.Event))
					}
					slices.Sort(nodes)
					slices.Sort(edges)
					wantNodes, wantEdges := m.trace(lot(i), d, v.Operator)
					if !slices.Equal(nodes, wantNodes) {
						rt.Fatalf("%s %c: nodes\n%q\nwant\n%q", lot(i), d, nodes, wantNodes)
					}
					if !slices.Equal(edges, wantEdges) {
						rt.Fatalf("%s %c: edges\n%q\nwant\n%q", lot(i), d, edges, wantEdges)
					}
				}
			}
			if batch, err := x.Batch(t.Context(), Viewer{Operator: true}, lot(i)); err == nil && (len(batch.Recalls) > 0) != m.reached(lot(i)) {
				rt.Fatalf("%s: recalls %v, want %v", lot(i), batch.Recalls, m.reached(lot(i)))
			}
		}
	})
}

func TestTraceLimitsAndPieces(t *testing.T) {
	b := newBook("trace")
	for i := range 50 {
		f, out := transform(i, ledger.Public, lot(100), lot(i))
		b.capture(coop, f, out)
	}
	x := indexed(t, b)
	g := must(x.Trace(t.Context(), anybody, lot(100), Both, Limits{Nodes: 10}))
	if len(g.Nodes) != 10 || len(g.Edges) != 9 || !g.Truncated {
		t.Errorf("%d nodes, %d edges, truncated %v", len(g.Nodes), len(g.Edges), g.Truncated)
	}
	piece := must(lot(100).WithSerial("A1"))
	g = must(x.Trace(t.Context(), anybody, piece, Up, Limits{}))
	if len(g.Nodes) != 53 || g.Truncated { // the piece, its EPC, its lot and what that was made of
		t.Errorf("%d nodes", len(g.Nodes))
	}
	if g.Edges[1].Kind != LotOf || g.Edges[1].From != lot(100) || g.Edges[1].Hidden {
		t.Errorf("edge %+v", g.Edges[1])
	}
	_, err := x.Trace(t.Context(), anybody, lot(1), 0, Limits{})
	wantCode(t, err, ledger.Invalid)
}

func TestLevelOf(t *testing.T) {
	for id, want := range map[string]Level{
		"https://id.gs1.org/01/09521234543213":                         LevelProduct,
		"https://id.gs1.org/01/09521234543213/10/A":                    LevelLot,
		"https://id.gs1.org/01/09521234543213/10/A/21/B":               LevelPiece,
		"https://id.gs1.org/01/09521234543213/21/B":                    LevelPiece,
		"https://id.gs1.org/00/095212345432101239":                     LevelContainer,
		"https://id.gs1.org/8003/09521234543213A":                      LevelContainer,
		"https://id.gs1.org/414/9521234543206":                         LevelOther,
		"urn:example:thing":                                            LevelOther,
		"/t/" + string(must(trace.NewCode("VN0N", "00012"))) + "/10/A": LevelLot,
	} {
		if got := LevelOf(trace.MustID(id)); got != want {
			t.Errorf("%s is a %s, want %s", id, got, want)
		}
	}
}

// TestEdgesOfAnEvent: what one event made of much is in one list, whatever came before
// and comes after, and all of it is taken back.
func TestEdgesOfAnEvent(t *testing.T) {
	const inputs = 3 * headEdges
	bk := newBook("large")
	x := openAt(t, t.TempDir())
	defer x.Close()
	made := lot(9999)
	add := func(n int, from ...trace.ID) {
		f, out := transform(n, ledger.Public, made, from...)
		bk.capture(coop, f, out)
		follow(t, x, bk)
	}
	check := func(when string, edges int, lists ...uint64) {
		t.Helper()
		var got []uint64
		k := headKeyOf(up, hashOf(made.String()))
		err := x.view(func(txn *badger.Txn) error {
			return scan(txn, k[:], nil, func(key, v []byte) (bool, error) {
				r := reader{b: v}
				if len(key) == len(k) {
					r.uvarint()
				}
				got = append(got, r.uvarint())
				return true, r.err()
			})
		})
		if err != nil || !slices.Equal(got, lists) {
			t.Errorf("%s: lists of %v, %v; want %v", when, got, err, lists)
		}
		if g := must(x.Trace(t.Context(), anybody, made, Up, Limits{})); len(g.Edges) != edges {
			t.Errorf("%s: %d edges, want %d", when, len(g.Edges), edges)
		}
	}
	var many []trace.ID
	for i := range inputs {
		many = append(many, lot(100+i))
	}
	add(1, lot(1))
	check("one", 1, 1)
	add(2, many...)
	check("many more", 1+inputs, 1+inputs)
	add(3, lot(2))
	check("one more", 2+inputs, 1, 1+inputs)
	wrong, out := transform(2, ledger.Public, made, many...)
	wrong.Error = &trace.ErrorDeclaration{Time: 1}
	out.Edges, out.Voids = nil, wrong.Event
	bk.capture(coop, wrong, out)
	follow(t, x, bk)
	check("many less", 2, 1, 1)
}
