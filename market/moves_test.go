package market_test

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// TestSteps: the tables say what the Dataspace Protocol and the law of the house ask,
// line by line.
func TestMoves(t *testing.T) {
	same(t, market.NegotiationMoves, `
		consumer request: -> REQUESTED, OFFERED -> REQUESTED
		provider propose: -> OFFERED, REQUESTED -> OFFERED
		consumer accept: OFFERED -> ACCEPTED
		provider agree: REQUESTED -> AGREED, ACCEPTED -> AGREED
		consumer verify: AGREED -> VERIFIED
		provider finalize: VERIFIED -> FINALIZED
		provider terminate: REQUESTED -> TERMINATED, OFFERED -> TERMINATED, ACCEPTED -> TERMINATED, AGREED -> TERMINATED, VERIFIED -> TERMINATED
		consumer terminate: REQUESTED -> TERMINATED, OFFERED -> TERMINATED, ACCEPTED -> TERMINATED, AGREED -> TERMINATED, VERIFIED -> TERMINATED`)
	same(t, market.DealMoves, `
		provider suspend: in_force -> suspended
		operator suspend: in_force -> barred, suspended -> barred
		provider resume: suspended -> in_force
		operator resume: barred -> in_force
		provider revoke: in_force -> revoked, suspended -> revoked, barred -> revoked
		operator revoke: in_force -> revoked, suspended -> revoked, barred -> revoked
		consumer end: in_force -> ended, suspended -> ended, barred -> ended`)
	same(t, market.TransferMoves, `
		consumer transfer: -> REQUESTED
		provider start: REQUESTED -> STARTED
		consumer complete: STARTED -> COMPLETED
		provider settle: STARTED -> COMPLETED
		consumer object: STARTED -> TERMINATED, SUSPENDED -> TERMINATED
		provider pause: STARTED -> SUSPENDED
		consumer pause: STARTED -> SUSPENDED
		provider continue: SUSPENDED -> STARTED
		consumer continue: SUSPENDED -> STARTED
		provider stop: REQUESTED -> TERMINATED, STARTED -> TERMINATED, SUSPENDED -> TERMINATED
		consumer stop: REQUESTED -> TERMINATED, STARTED -> TERMINATED, SUSPENDED -> TERMINATED`)
	same(t, market.BillMoves, `
		provider bill: -> billed
		consumer pay: billed -> declared
		provider confirm: billed -> confirmed, declared -> confirmed
		provider dispute: billed -> disputed, declared -> disputed, due -> disputed, disputed -> disputed, unreturned -> unreturned
		consumer dispute: billed -> disputed, declared -> disputed, confirmed -> disputed, due -> disputed, refunded -> unreturned, disputed -> disputed, unreturned -> unreturned
		operator uphold: disputed -> confirmed, unreturned -> refunded
		operator return: disputed -> due, unreturned -> due
		provider refund: declared -> refunded, confirmed -> refunded, disputed -> refunded, due -> refunded`)
}

func same[S ~string](t *testing.T, steps market.Moves[S], text string) {
	t.Helper()
	var want, got []string
	for line := range strings.Lines(text) {
		who, moves, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok {
			continue
		}
		for move := range strings.SplitSeq(moves, ",") {
			from, to, _ := strings.Cut(move, "->")
			want = append(want, fmt.Sprintf("%s: %s -> %s", who, strings.TrimSpace(from), strings.TrimSpace(to)))
		}
	}
	for step, to := range steps {
		got = append(got, fmt.Sprintf("%s %s: %s -> %s", step.By, step.Action, step.State, to))
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("want\n%s\ngot\n%s", strings.Join(want, "\n"), strings.Join(got, "\n"))
	}
}

// TestPortions: whole đồng that sum to the price, none a đồng or more off its part, and
// whoever has more parts gets no less.
func TestPortions(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		terms := market.Terms{Price: market.Dong(rapid.Int64Range(1, int64(market.MaxPrice)).Draw(rt, "price")), Purposes: []market.Purpose{market.PurposeAny}}
		left := market.Whole
		for i := range rapid.IntRange(0, market.MaxShares).Draw(rt, "shares") {
			if left == 0 {
				break
			}
			parts := rapid.IntRange(1, left).Draw(rt, "parts")
			left -= parts
			terms.Shares = append(terms.Shares, market.Share{Org: ledger.ID{1, byte(i)}, Parts: parts})
		}
		if err := terms.Check(); err != nil {
			rt.Fatal(err)
		}
		portions := terms.Portions(ledger.ID{2})
		parts := []int{left}
		for _, s := range terms.Shares {
			parts = append(parts, s.Parts)
		}
		var sum market.Dong
		for i, p := range portions {
			sum += p.Amount
			// What it gets differs from price*parts/10,000 by less than one.
			got := new(big.Int).Mul(big.NewInt(int64(p.Amount)), big.NewInt(market.Whole))
			ought := new(big.Int).Mul(big.NewInt(int64(terms.Price)), big.NewInt(int64(parts[i])))
			if off := got.Sub(got, ought); off.CmpAbs(big.NewInt(market.Whole)) >= 0 {
				rt.Fatalf("%d of %d for %d parts", p.Amount, terms.Price, parts[i])
			}
			for j := range i {
				if parts[i] > parts[j] && p.Amount < portions[j].Amount || parts[i] < parts[j] && p.Amount > portions[j].Amount {
					rt.Fatalf("%d parts get %d, and %d parts %d", parts[i], p.Amount, parts[j], portions[j].Amount)
				}
			}
		}
		if sum != terms.Price || len(portions) != len(parts) || portions[0].Org != (ledger.ID{2}) {
			rt.Fatalf("%v of %d", portions, terms.Price)
		}
	})
}
