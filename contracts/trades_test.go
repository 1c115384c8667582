package contracts_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
)

// TestRandomTrades has everybody send any message about a few negotiations, in any
// order and at any time. What was recorded is judged by the list of what was recorded
// before it, and by no table of states: nothing is in force that not both signed,
// nothing is handed out that is not in force or not paid for, an exclusive agreement is
// alone, and nobody speaks for a side but its own members.
func TestRandomTrades(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := &trades{scene: newScene(t), rt: rt, said: map[byte][]said{}}
		h.approved(work, h.coop)
		for range rapid.IntRange(20, 120).Draw(rt, "steps") {
			h.step()
		}
	})
}

// said is a message that was recorded.
type said struct {
	action string
	by     ledger.ID // organisation
	at     ledger.Time
	silent bool // a stop since the provider was late, which ends the agreement
}

type trades struct {
	*scene
	rt   *rapid.T
	said map[byte][]said // about a negotiation, its agreement or its transfer
}

// orderly are a course that ends well, and one whose provider would deliver before it
// is paid. Half of the steps take the next message of one, so that something gets done.
var orderly = [][]string{
	strings.Split("a request,c propose,a accept,c agree,a verify,c finalize,c bill,a pay,c confirm,a transfer,c start,a complete", ","),
	strings.Split("a request,c agree,a verify,c finalize,a transfer,c start", ","),
}

func (h *trades) step() {
	n := byte(rapid.IntRange(1, 3).Draw(h.rt, "negotiation"))
	by := rapid.SampledFrom([]*Member{h.coop.Member, h.agency.Member, h.shop.Member, h.Operator.Member, h.aunt}).Draw(h.rt, "by")
	action := rapid.SampledFrom(slices.Sorted(maps.Keys(before))).Draw(h.rt, "action")
	h.Now = h.Now.Add(time.Duration(rapid.IntRange(1, 40).Draw(h.rt, "hours")) * time.Hour)
	if rapid.Bool().Draw(h.rt, "orderly") {
		for _, message := range rapid.SampledFrom(orderly).Draw(h.rt, "course") {
			side, next, _ := strings.Cut(message, " ")
			if !h.did(n, next) {
				action, by = next, map[string]*Member{"a": h.agency.Member, "c": h.coop.Member}[side]
				break
			}
		}
	}
	terms := price
	terms.Release, terms.Days, terms.Deliver = market.OnPayment, 20, 12
	terms.Exclusive = n == 1
	m := h.message(action, n)
	switch it := m.item.(type) {
	case market.Request:
		it.Terms = &terms
		m.item = it
	case market.Proposal:
		it.Terms = terms
		m.item = it
	case market.Agreement:
		it.Terms = terms
		m.item = it
	case market.TransferNote:
		it.Silent = action == market.ActionStop && rapid.Bool().Draw(h.rt, "silent")
		m.item = it
	}
	was := h.State()
	out, err := h.Submit(by, market.TradeContract, action, market.TradeSummary(action, m.about), trace.Encode(m.item))
	if err != nil {
		var e *ledger.Error
		if !errors.As(err, &e) || e.Code == ledger.Internal || e.Code == ledger.Unavailable {
			h.rt.Fatalf("%v is not a refusal", err)
		}
		if !maps.Equal(was, h.State()) {
			h.rt.Fatalf("a refused message left something: %v", err)
		}
		return
	}
	var outcome market.TradeOutcome
	if err := trace.Decode(out, &outcome); err != nil {
		h.rt.Fatal(err)
	}
	if by == h.aunt {
		h.rt.Fatal("a member without the role did it")
	}
	h.judge(n, action, by.Org, outcome)
	h.said[n] = append(h.said[n], said{action, by.Org, h.Now, action == market.ActionStop && outcome.Deal != nil})
}

func (h *trades) did(n byte, action string) bool {
	return slices.ContainsFunc(h.said[n], func(s said) bool { return s.action == action })
}

// judge ends the test on a message that should not have been recorded.
func (h *trades) judge(n byte, action string, by ledger.ID, out market.TradeOutcome) {
	wrong := func(why string) { h.rt.Fatalf("%s of %d: %s, after %v", action, n, why, h.said[n]) }
	coop, agency, operator := h.coop.OrgID(), h.agency.OrgID(), h.Operator.OrgID()
	may := map[string][]ledger.ID{}
	for _, a := range strings.Split("propose agree finalize suspend resume revoke start continue settle bill confirm refund terminate pause stop dispute", " ") {
		may[a] = append(may[a], coop)
	}
	for _, a := range strings.Split("request accept verify end transfer complete pay terminate pause continue stop object dispute bid close", " ") {
		may[a] = append(may[a], agency)
	}
	for _, a := range strings.Split("suspend resume revoke uphold return close", " ") {
		may[a] = append(may[a], operator)
	}
	consumer := agency
	if first := h.of(n, market.ActionRequest); len(first) > 0 {
		consumer = first[0].by // whoever asks first
	} else if action == market.ActionRequest {
		consumer = by
	}
	if slices.Contains(may[action], agency) && !slices.Contains([]string{"bid", "close"}, action) {
		may[action] = append(slices.DeleteFunc(may[action], func(id ledger.ID) bool { return id == agency }), consumer)
	}
	if !slices.Contains(may[action], by) {
		wrong("by somebody else")
	}
	if h.did(n, market.ActionTerminate) && slices.Contains([]string{"request", "propose", "accept", "agree", "verify", "finalize", "transfer", "start"}, action) {
		wrong("the negotiation was terminated")
	}
	last := func(actions ...string) string {
		for _, s := range slices.Backward(h.said[n]) {
			if slices.Contains(actions, s.action) {
				return s.action
			}
		}
		return ""
	}
	switch action {
	case "agree":
		if l := last("request", "propose", "accept"); l != "request" && l != "accept" {
			wrong("the consumer did not put these terms forward or accept them")
		}
	case "finalize":
		if !h.did(n, "agree") || !h.did(n, "verify") {
			wrong("not both signed")
		}
		for other := range h.said {
			if other != n && (n == 1 || other == 1) && h.alive(other) {
				wrong("an exclusive agreement and another")
			}
		}
	case "transfer", "start", "continue":
		if !h.alive(n) || last("suspend", "resume") == "suspend" {
			wrong("nothing is in force")
		}
		if action == "start" && !h.did(n, "confirm") && !h.did(n, "uphold") {
			wrong("it was not paid for")
		}
	case "complete", "settle":
		if !h.did(n, "start") {
			wrong("nothing was handed over")
		}
		if action == "settle" && h.Now < h.at(n, "start").Add(7*24*time.Hour) {
			wrong("the consumer may still object")
		}
	case "confirm", "uphold":
		if b := out.Deal.Bill; len(b.Portions) != 1 || b.Portions[0].Amount != price.Price {
			wrong("the portions are not the price")
		}
	case "stop":
		if d := out.Deal; d != nil && (by != consumer || h.did(n, "start") || h.Now < h.at(n, "transfer").Add(12*time.Hour)) {
			wrong("the provider was not late")
		}
	}
}

// of are the messages of an action.
func (h *trades) of(n byte, action string) (all []said) {
	for _, s := range h.said[n] {
		if s.action == action {
			all = append(all, s)
		}
	}
	return all
}

// at is when an action was last recorded.
func (h *trades) at(n byte, action string) ledger.Time {
	all := h.of(n, action)
	return all[len(all)-1].at
}

// over reports whether something ended an agreement before its term.
func (h *trades) over(n byte) bool {
	return slices.ContainsFunc(h.said[n], func(s said) bool {
		return s.silent || slices.Contains([]string{"revoke", "end", "refund", "return", "object"}, s.action)
	})
}

// alive reports whether an agreement is signed, not over and within its term.
func (h *trades) alive(n byte) bool {
	return h.did(n, "finalize") && !h.over(n) && h.Now < h.at(n, "finalize").Add(20*24*time.Hour)
}
