package traceability_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/contracts/traceability"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// TestRandomHistories lets four organisations do anything with a few lots, pieces
// and containers, and checks what must hold after every transaction.
func TestRandomHistories(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := newProvince(t)
		h := &history{province: p, orgs: []*Org{p.coop, p.house, p.trader, p.shop}, intervals: intervals{told: map[trace.ID]trace.Flag{}}}
		h.lots = []trace.ID{p.lot, Lot(p.lychee, "L2"), Lot(p.lychee, "L3"), Lot(p.jam, "J1"), Lot(p.jam, "J2"), p.plot}
		h.pieces = []trace.ID{Piece(p.jam, "1"), Piece(p.jam, "2"), p.coop.SSCC(1), p.coop.SSCC(2), p.shop.SSCC(1), trace.MustID("urn:x:crate")}
		for range rapid.IntRange(10, 60).Draw(rt, "steps") {
			h.step(rt)
		}
	})
}

type history struct {
	*province
	orgs         []*Org
	lots, pieces []trace.ID
	told         []told
	intervals    intervals
}

type told struct {
	by *Org
	f  trace.Fact
}

func (h *history) stock(rt *rapid.T) []trace.Stock {
	var list []trace.Stock
	for range rapid.IntRange(1, 2).Draw(rt, "things") {
		if rapid.Bool().Draw(rt, "piece") {
			list = append(list, trace.Stock{ID: rapid.SampledFrom(h.pieces).Draw(rt, "piece id")})
			continue
		}
		id := rapid.SampledFrom(h.lots).Draw(rt, "lot")
		if rapid.IntRange(0, 3).Draw(rt, "all") == 0 {
			list = append(list, trace.Stock{ID: id})
			continue
		}
		list = append(list, Of(id, fmt.Sprintf("%d.%d KGM", rapid.IntRange(0, 60).Draw(rt, "kg"), rapid.IntRange(0, 9).Draw(rt, "hg"))))
	}
	return list
}

func (h *history) fact(rt *rapid.T) trace.Fact {
	box := rapid.SampledFrom(h.pieces[2:]).Draw(rt, "box")
	to := rapid.SampledFrom(h.orgs).Draw(rt, "to").Place
	switch rapid.SampledFrom([]string{"make", "make", "ship", "ship", "receive", "receive", "pack", "pack", "unpack", "unpack all", "sell", "destroy", "transform", "process", "inspect", "hand over", "spray", "spray", "pick", "pick", "boil"}).Draw(rt, "what") {
	case "make":
		return h.Commission(h.stock(rt)...)
	case "ship":
		return h.Ship(to, h.stock(rt)...)
	case "hand over":
		return h.Ship(trace.MustID("urn:x:uncle-ba"), h.stock(rt)...)
	case "receive":
		return h.Receive(h.stock(rt)...)
	case "pack":
		return h.Pack(box, h.stock(rt)...)
	case "unpack":
		return h.Unpack(box, h.stock(rt)...)
	case "unpack all":
		return h.Unpack(box)
	case "sell":
		return h.Sell(h.stock(rt)...)
	case "destroy":
		return h.Destroy(h.stock(rt)...)
	case "process":
		f := h.Transform(h.stock(rt), nil)
		f.Process = "urn:x:boil"
		return f
	case "spray":
		return h.anyDay(rt, h.Treat(rapid.IntRange(1, 40).Draw(rt, "wait"), h.stock(rt)[0].ID))
	case "pick":
		f := h.anyDay(rt, h.Transform([]trace.Stock{{ID: h.plot}}, h.stock(rt)))
		if rapid.Bool().Draw(rt, "in a process") {
			f.Process = "urn:x:pick"
		}
		return f
	case "boil":
		f := h.anyDay(rt, h.Transform(h.stock(rt), h.stock(rt)))
		if rapid.Bool().Draw(rt, "harvesting") {
			f.Step = trace.StepHarvesting
		}
		return f
	case "inspect":
		return h.Observe(trace.StepInspecting, h.stock(rt)...)
	}
	return h.Transform(h.stock(rt), h.stock(rt))
}

// anyDay has an event happen some days ago.
func (h *history) anyDay(rt *rapid.T, f trace.Fact) trace.Fact {
	return h.on(rapid.IntRange(1, 60).Draw(rt, "days ago"), rapid.IntRange(0, 23).Draw(rt, "hour"), f)
}

// record records an event and has the model follow.
func (h *history) record(by *Org, f trace.Fact) error {
	out, err := h.Capture(by, f)
	if err == nil {
		h.intervals.follow(h.province, by, f, out.Events[0])
	}
	return err
}

// step records an event, or declares an earlier one wrong. Sometimes it declares
// the event wrong at once, which has to restore everything.
func (h *history) step(rt *rapid.T) {
	before := h.State()
	if len(h.told) > 0 && rapid.IntRange(0, 7).Draw(rt, "wrong") == 0 {
		one := rapid.SampledFrom(h.told).Draw(rt, "which")
		if err := h.record(one.by, h.Wrong(one.f)); err != nil {
			rt.Fatalf("an error declaration is refused: %v", err)
		}
		h.check(rt)
		return
	}
	one := told{rapid.SampledFrom(h.orgs).Draw(rt, "by"), h.fact(rt)}
	err := h.record(one.by, one.f)
	if err != nil {
		switch ledger.CodeOf(err) {
		case ledger.Invalid, ledger.Forbidden, ledger.Conflict:
		default:
			rt.Fatalf("%v (%s)", err, ledger.CodeOf(err))
		}
		if d := diff(before, h.State()); d != "" {
			rt.Fatalf("a refused transaction left%s", d)
		}
		return
	}
	h.check(rt)
	if rapid.IntRange(0, 3).Draw(rt, "at once") > 0 {
		h.told = append(h.told, one)
		return
	}
	if err := h.record(one.by, h.Wrong(one.f)); err != nil {
		rt.Fatalf("an error declaration is refused: %v", err)
	}
	maps.DeleteFunc(before, traceability.Remains)
	if d := diff(before, h.balances()); d != "" {
		rt.Fatalf("the correction of %s %s left%s", one.f.Type, one.f.Step, d)
	}
}

// check computes the invariants from the whole state.
func (h *history) check(rt *rapid.T) {
	sums, negative := map[string]trace.Quantity{}, map[string][]string{}
	inside := map[string][]string{}
	state := h.State()
	accounts, err := traceability.Accounts(state)
	if err != nil {
		rt.Fatal(err)
	}
	for key, value := range accounts {
		lot, account, _ := strings.Cut(key, "|")
		q := quantity(rt, value)
		if sum, ok := sums[lot]; ok {
			var err error
			if q, err = sum.Add(q); err != nil {
				rt.Fatal(err)
			}
		}
		sums[lot] = q
		q = quantity(rt, value)
		if q.IsNegative() && traceability.Holds(account) {
			negative[lot] = append(negative[lot], account)
		}
		if strings.HasPrefix(account, "lost ") && q.IsNegative() {
			rt.Fatalf("%s of %s is %s", account, lot, q)
		}
		if box, ok := strings.CutPrefix(account, "in "); ok && !q.IsZero() && !q.IsNegative() {
			inside[box] = append(inside[box], lot)
		}
	}
	for lot, sum := range sums {
		if !sum.IsZero() {
			rt.Fatalf("the accounts of %s sum to %s", lot, sum)
		}
	}
	for key, value := range state {
		switch {
		case strings.HasPrefix(key, traceability.PieceKey):
			var at map[string]string
			decode(rt, value, &at)
			delete(at, "u") // the event of its use
			if n := len(at); n != 1 && (n != 2 || at["t"] == "" || at["f"] == "") {
				rt.Fatalf("%s is in %d places: %s", key, n, value)
			}
			if box, in := at["i"]; in {
				inside[box] = append(inside[box], strings.TrimPrefix(key, traceability.PieceKey))
			}
		case strings.HasPrefix(key, traceability.BlockedKey):
			var accounts []string
			decode(rt, value, &accounts)
			id := strings.TrimPrefix(key, traceability.BlockedKey)
			accounts = slices.DeleteFunc(accounts, func(a string) bool { return a == traceability.Custody })
			slices.Sort(negative[id])
			if !slices.Equal(accounts, negative[id]) {
				rt.Fatalf("%s is blocked for %v, but %v are below nothing", id, accounts, negative[id])
			}
			delete(negative, id)
		}
	}
	for lot, accounts := range negative {
		rt.Fatalf("%s is not blocked, although %v are below nothing", lot, accounts)
	}
	for key, value := range state {
		if box, ok := strings.CutPrefix(key, traceability.ContentsKey); ok {
			if _, known := state[traceability.PieceKey+box]; !known && strings.HasPrefix(box, "urn:") {
				rt.Fatalf("%s is nobody's, with %s in it", box, value)
			}
			var things []string
			decode(rt, value, &things)
			slices.Sort(inside[box])
			if !slices.Equal(things, inside[box]) {
				rt.Fatalf("%s lists %v, but %v are in it", box, things, inside[box])
			}
			delete(inside, box)
		}
	}
	for box, things := range inside {
		rt.Fatalf("%v are in %s, which does not list them", things, box)
	}
	h.intervals.check(rt, h.province)
}

func quantity(rt *rapid.T, s string) trace.Quantity {
	var q trace.Quantity
	if err := q.UnmarshalText([]byte(s)); err != nil {
		rt.Fatal(err)
	}
	return q
}

func decode(rt *rapid.T, s string, v any) {
	if err := json.Unmarshal([]byte(s), v); err != nil {
		rt.Fatal(err)
	}
}
