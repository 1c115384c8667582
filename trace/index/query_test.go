package index

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// TestEventsAgainstList asks random questions about random events, which came in
// several parts, and compares the answers with a plain list, page by page and both ways.
func TestEventsAgainstList(t *testing.T) {
	steps := []string{trace.StepShipping, trace.StepReceiving, trace.Vocabulary + "planting", "inspecting"}
	orgs := []ledger.ID{coop, shop, packer}
	places := []trace.ID{place, trace.MustID("https://id.gs1.org/414/9521234543213")}
	b := newBook("questions")
	x := openAt(t, t.TempDir())
	defer x.Close()
	type told struct {
		trace.Fact
		org ledger.ID
	}
	var all []told
	r := rand.New(rand.NewPCG(1, 2))
	for part := range 12 {
		for range 100 {
			f := fact(len(all), ledger.Public, steps[min(r.IntN(12), 3)])
			f.ReadPoint, f.Objects = &places[r.IntN(2)], []trace.Stock{{ID: lot(r.IntN(6)), Quantity: kg(1)}}
			org := orgs[min(r.IntN(9), 2)]
			if part == 5 {
				org = coop
			}
			b.capture(org, f, trace.EventOutcome{})
			all = append(all, told{f, org})
		}
		follow(t, x, b)
	}
	rapid.Check(t, func(rt *rapid.T) {
		some := func(name string, n int) []int {
			return rapid.SliceOfNDistinct(rapid.IntRange(0, n-1), 0, 2, rapid.ID[int]).Draw(rt, name)
		}
		q := Query{Oldest: rapid.Bool().Draw(rt, "oldest")}
		for _, i := range some("steps", len(steps)) {
			q.Steps = append(q.Steps, steps[i])
		}
		for _, i := range some("orgs", len(orgs)) {
			q.Orgs = append(q.Orgs, orgs[i])
		}
		for _, i := range some("places", len(places)) {
			q.Places = append(q.Places, places[i])
		}
		for _, i := range some("things", 8) {
			q.IDs = append(q.IDs, lot(i))
		}
		var want, got []string
		for _, e := range all {
			if anyOf(q.Steps, func(s string) bool { return s == e.Step }) && anyOf(q.Orgs, func(o ledger.ID) bool { return o == e.org }) &&
				anyOf(q.Places, func(p trace.ID) bool { return p == *e.ReadPoint }) && anyOf(q.IDs, func(id trace.ID) bool { return id == e.Objects[0].ID }) {
				want = append(want, e.Event)
			}
		}
		if !q.Oldest {
			slices.Reverse(want)
		}
		page := Page{Limit: rapid.IntRange(1, 300).Draw(rt, "limit")}
		for {
			list, next, err := x.Events(t.Context(), anybody, q, page)
			if err != nil {
				rt.Fatal(err)
			}
			for _, one := range list {
				got = append(got, one.Fact.Event)
			}
			if page.Token = next; next == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			rt.Fatalf("%+v: %d events, want %d", q, len(got), len(want))
		}
	})
}
