package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/capture"
	"github.com/sogoc/sogoc/trace/index"
)

// A tree of lots: a root that is made of 10 lots, each of which is made of 99.
const (
	treeMiddles = 10
	treeLeaves  = 99 // of each
	treeEdges   = treeMiddles + treeMiddles*treeLeaves
)

// traced grows trees of lots, and goes back from the root of one to all that it is made of.
func (r *register) traced(ctx context.Context, report func(Row)) error {
	trees := (r.Edges + treeEdges - 1) / treeEdges
	roots := make([]trace.ID, trees)
	_, err := parallel(ctx, r.Config, "growing lineages", trees, 4, func(i int) (err error) {
		roots[i], err = r.grow(ctx)
		return err
	})
	if err == nil {
		err = r.Index.Wait(ctx, r.Ledger.Size())
	}
	if err != nil {
		return err
	}
	took := make([]time.Duration, 200)
	for i := range took {
		root := roots[rand.IntN(len(roots))]
		began := time.Now()
		g, err := r.Index.Trace(ctx, index.Viewer{}, root, index.Up, index.Limits{})
		took[i] = time.Since(began)
		if err != nil {
			return err
		}
		if len(g.Nodes) != treeEdges+1 {
			return fmt.Errorf("the trace of %s has %d nodes and not %d", root, len(g.Nodes), treeEdges+1)
		}
	}
	report(Row{fmt.Sprintf("trace of %d nodes among %d edges", treeEdges+1, trees*treeEdges), fmt.Sprintf("p50 %.2f ms", median(took).Seconds()*1000), "",
		"among 1 M: below 2.5 ms; among 10 M at most 1.3 times that"})
	return nil
}

// grow records a tree and returns its root.
func (r *register) grow(ctx context.Context) (root trace.ID, err error) {
	var leaves, middles, making []any
	made := func(list *[]any, kilos int) (lot trace.ID, err error) {
		lot, err = r.product.WithLot(fmt.Sprintf("L%d", r.numbers.Add(1)))
		*list = append(*list, quantity(lot, kilos))
		return lot, err
	}
	for range treeMiddles {
		first := len(leaves)
		for range treeLeaves {
			if _, err := made(&leaves, 1); err != nil {
				return root, err
			}
		}
		if _, err := made(&middles, treeLeaves); err != nil {
			return root, err
		}
		making = append(making, r.transformation(leaves[first:], middles[len(middles)-1:]))
	}
	var whole []any
	if root, err = made(&whole, treeMiddles*treeLeaves); err != nil {
		return root, err
	}
	start, _, err := r.Event(0)
	if err != nil {
		return root, err
	}
	start["quantityList"] = leaves
	document, err := Document(append(append([]any{start}, making...), r.transformation(middles, whole))...)
	if err != nil {
		return root, err
	}
	_, err = r.Capture.Document(ctx, r.Sign, document, false, capture.Terms{Audience: ledger.Public})
	return root, err
}

func quantity(lot trace.ID, kilos int) map[string]any {
	return map[string]any{"epcClass": lot.String(), "quantity": kilos, "uom": "KGM"}
}

// transformation is an EPCIS event that makes lots of others.
func (r *register) transformation(from, to []any) map[string]any {
	return map[string]any{
		"type": "TransformationEvent", "eventID": fmt.Sprintf("urn:uuid:00000000-0000-4000-8000-%012d", r.numbers.Add(1)),
		"eventTime": "2025-06-03T07:40:00.000+07:00", "eventTimeZoneOffset": "+07:00", "bizStep": "creating_class_instance", "disposition": "active",
		"inputQuantityList": from, "outputQuantityList": to,
		"readPoint": map[string]any{"id": r.place.String()}, "bizLocation": map[string]any{"id": r.place.String()},
	}
}
