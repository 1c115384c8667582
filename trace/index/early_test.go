package index

import (
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// TestEarly follows an early harvest down to what is made of it, through its
// corrections, a laboratory result and a restart.
func TestEarly(t *testing.T) {
	b := newBook("early")
	harvested, safe := ledger.Time(1_770_000_600_000), ledger.Time(1_770_090_000_000)
	told := func(kind trace.FlagKind, safe ledger.Time) trace.EventOutcome {
		f := trace.Flag{ID: lot(1), Kind: kind}
		if kind == trace.FlagInterval {
			f.Harvested, f.Safe = harvested, safe
		}
		return trace.EventOutcome{Flags: []trace.Flag{f}}
	}
	picked := commission(1, ledger.Own, lot(1), kg(10))
	b.capture(coop, picked, told(trace.FlagInterval, safe))
	mixed, out := transform(2, ledger.Public, lot(3), lot(1), lot(2))
	b.capture(packer, mixed, out)
	dir := t.TempDir()
	x := openAt(t, dir)
	defer func() { x.Close() }()
	see := func(id trace.ID) *Early {
		t.Helper()
		follow(t, x, b)
		return must(x.Batch(t.Context(), Viewer{Org: coop}, id)).Early
	}
	for _, id := range []trace.ID{lot(1), lot(3)} {
		if e := see(id); e == nil || e.Of != lot(1) || e.Safe != safe || e.Harvested != harvested || len(e.Cleared) > 0 {
			t.Errorf("%s: %+v", id, e)
		}
	}
	b.capture(packer, commission(9, ledger.Public, lot(2), kg(1)), trace.EventOutcome{})
	if e := see(lot(2)); e != nil {
		t.Errorf("what else went in: %+v", e)
	}
	// Everybody sees it, although the event that told it is the co-op's own.
	strangers := must(x.Batch(t.Context(), Viewer{Org: shop}, lot(1)))
	if e := strangers.Early; e == nil || e.Safe != safe || len(strangers.Flags) != 1 || strangers.Flags[0].Safe != safe {
		t.Errorf("others see %+v, %+v", e, strangers.Flags)
	}
	g := must(x.Trace(t.Context(), Viewer{Org: coop}, lot(3), Up, Limits{Details: true}))
	for _, n := range g.Nodes {
		if n.Early != (n.ID != lot(2)) {
			t.Errorf("in the trace, %s: %t", n.ID, n.Early)
		}
	}

	// A spraying that is recorded late moves the day, and its correction moves it back.
	late := fact(3, ledger.Own, "https://sogoc.github.io/vocab/spraying")
	b.capture(coop, late, told(trace.FlagInterval, safe+5))
	if e := see(lot(3)); e.Safe != safe+5 {
		t.Errorf("after the late spraying: %+v", e)
	}
	wrong := late
	wrong.Error = &trace.ErrorDeclaration{Time: late.Time}
	back := told(trace.FlagInterval, safe)
	back.Voids = late.Event
	b.capture(coop, wrong, back)
	if e := see(lot(3)); e.Safe != safe {
		t.Errorf("after its correction: %+v", e)
	}

	// Laboratory results of before and after the harvest, and a revocation.
	before := x.Height()
	test := trace.Certificate{ID: "KQ-1", Scheme: trace.SchemeLaboratory, Tested: "x", Result: trace.ResultMet, Number: "1", Holder: coop, Targets: []trace.ID{lot(1)}, From: harvested, Until: safe}
	b.certify(agency, test)
	if e := see(lot(3)); len(e.Cleared) > 0 {
		t.Errorf("cleared by a result of before: %+v", e)
	}
	test.ID, test.From = "KQ-2", harvested+1
	b.certify(agency, test)
	if e := see(lot(3)); len(e.Cleared) != 1 || e.Cleared[0].ID != "KQ-2" || e.Cleared[0].Issuer != agency || e.Safe != safe {
		t.Errorf("with a result of after: %+v", e)
	}
	p := must(x.Passport(t.Context(), anybody, lot(3)))
	if !x.Changed(p.DependsOn, before) {
		t.Error("the page of what was made of it does not change with a result")
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	x = openAt(t, dir)
	if e := see(lot(3)); e == nil || len(e.Cleared) != 1 {
		t.Errorf("after a restart: %+v", e)
	}
	test.Suspended = "a second sample is tested"
	b.certify(agency, test)
	if e := see(lot(3)); len(e.Cleared) > 0 {
		t.Errorf("while the result is suspended: %+v", e)
	}
	test.Suspended, test.Reinstated = "", "it is the same"
	b.certify(agency, test)
	if e := see(lot(3)); len(e.Cleared) != 1 {
		t.Errorf("after it was reinstated: %+v", e)
	}
	failed := test
	failed.ID, failed.Reinstated, failed.From, failed.Result = "KQ-3", "", harvested+2, trace.ResultFailed
	b.certify(agency, failed)
	if e := see(lot(3)); len(e.Cleared) > 0 {
		t.Errorf("after a result that did not meet the limits: %+v", e)
	}
	failed.Revoked = "mixed up"
	b.certify(agency, failed)
	test.Reinstated, test.Revoked = "", "another sample"
	b.certify(agency, test)
	if e := see(lot(3)); len(e.Cleared) > 0 {
		t.Errorf("after the revocation: %+v", e)
	}

	wrong = picked
	wrong.Error = &trace.ErrorDeclaration{Time: late.Time}
	back = told(trace.FlagNoInterval, 0)
	back.Voids = picked.Event
	b.capture(coop, wrong, back)
	if e := see(lot(3)); e != nil {
		t.Errorf("after the correction of the harvest: %+v", e)
	}
}
