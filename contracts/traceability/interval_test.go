package traceability_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// on sets when an event happened: days before now, at an hour of Vietnam's.
func (p *province) on(daysAgo, hour int, f trace.Fact) trace.Fact {
	year, month, day := p.Now.Time().Add(7 * time.Hour).Date()
	f.Time = ledger.TimeOf(time.Date(year, month, day-daysAgo, hour-7, 0, 0, 0, time.UTC))
	return f
}

// pick is a harvest of the orchard.
func (p *province) pick(daysAgo int, lots ...trace.ID) trace.Fact {
	var out []trace.Stock
	for _, lot := range lots {
		out = append(out, Of(lot, "10 KGM"))
	}
	f := p.on(daysAgo, 6, p.Transform([]trace.Stock{{ID: p.plot}}, out))
	f.Step = trace.StepHarvesting
	return f
}

// spray is a treatment of the orchard, in the evening.
func (p *province) spray(daysAgo, wait int) trace.Fact {
	return p.on(daysAgo, 17, p.Treat(wait, p.plot))
}

func (p *province) conformant(things ...trace.ID) trace.Fact {
	f := p.Observe(trace.StepInspecting, All(things...)...)
	f.Disposition = trace.DispositionConformant
	return f
}

// result is a laboratory's, of a moment hours before now.
func (p *province) result(hours int, on ...trace.ID) trace.Certificate {
	return trace.Certificate{
		ID: fmt.Sprint("KQ-", hours, on), Scheme: trace.SchemeLaboratory, Tested: "x", Result: trace.ResultMet, Number: "1", Holder: p.coop.OrgID(), Targets: on,
		From: p.Now.Add(-time.Duration(hours) * time.Hour), Until: p.Now.Add(time.Hour * 24 * 365),
	}
}

// attest is a certificate that is no laboratory's.
func (p *province) attest(scheme string, on ...trace.ID) trace.Certificate {
	c := p.result(1, on...)
	c.ID, c.Scheme, c.Tested, c.Result = scheme, scheme, "", ""
	return c
}

// TestInterval: what is harvested within an interval has a flag that says from when
// it would have been safe.
func TestInterval(t *testing.T) {
	for _, c := range []struct {
		name              string
		sprayed, picked   int // days ago
		wait              int
		late              bool // the spraying is recorded after the harvest
		want              string
		wantLatest, other int // days ago and interval of a second spraying, when there is one
	}{
		{"on the day before it is safe", 8, 1, 7, false, "interval 0", 0, 0},
		{"on the day from which it is", 8, 0, 7, false, "", 0, 0},
		{"on the morning before the spraying", 3, 3, 7, false, "", 0, 0},
		{"recorded late", 8, 1, 7, true, "interval 0", 0, 0},
		{"recorded late, and safe", 8, 0, 7, true, "", 0, 0},
		{"recorded late, and sprayed after the harvest", 3, 4, 7, true, "", 0, 0},
		{"across months and a year", 340, 300, 365, false, "interval -26", 0, 0},
		{"across months, recorded late", 340, 300, 365, true, "interval -26", 0, 0},
		{"the longer of two", 9, 5, 7, false, "interval -4", 8, 11},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProvince(t)
			lot := Lot(p.lychee, "H1")
			events := []trace.Fact{p.spray(c.sprayed, c.wait), p.pick(c.picked, lot)}
			if c.other > 0 {
				events = append([]trace.Fact{p.spray(c.wantLatest, c.other)}, events...)
			}
			if c.late {
				events[0], events[1] = events[1], events[0]
			}
			got := ""
			for _, f := range events {
				for _, flag := range p.Record(p.coop, f).Flags {
					if flag.ID != lot || flag.Harvested != p.pick(c.picked, lot).Time {
						t.Errorf("flag %+v", flag)
					}
					year, month, day := p.Now.Time().Add(7 * time.Hour).Date()
					midnight := time.Date(year, month, day, -7, 0, 0, 0, time.UTC)
					got += fmt.Sprint(flag.Kind, " ", int(midnight.Sub(flag.Safe.Time()).Hours())/24)
				}
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestIntervalIsSeenAndTakenBack(t *testing.T) {
	p := newProvince(t)
	lot, other := Lot(p.lychee, "H1"), Lot(p.lychee, "H2")
	start := p.balances()
	first, second := p.spray(9, 14), p.spray(8, 20)
	picked := p.pick(3, lot, other)
	p.wantFlags(t, p.Record(p.coop, first), "")
	p.wantFlags(t, p.Record(p.coop, picked), "interval interval ")
	p.wantFlags(t, p.Record(p.coop, second), "interval interval ")          // a later day
	p.wantFlags(t, p.Record(p.coop, p.Wrong(first)), "")                    // the other one reaches further
	p.wantFlags(t, p.Record(p.coop, p.spray(30, 30)), "")                   // reaches less far
	p.wantFlags(t, p.Record(p.coop, p.Wrong(second)), "interval interval ") // back to that one
	third := p.spray(4, 1)
	p.wantFlags(t, p.Record(p.coop, third), "")
	p.wantFlags(t, p.Record(p.coop, p.Wrong(third)), "")
	p.wantFlags(t, p.Record(p.coop, p.Wrong(picked)), "no_interval no_interval ")
	again := p.pick(0, lot, other)
	p.wantFlags(t, p.Record(p.coop, again), "interval interval ")
	p.wantFlags(t, p.Record(p.coop, p.Wrong(again)), "no_interval no_interval ")
	for key := range p.balances() {
		if _, ok := start[key]; !ok && !strings.HasPrefix(key, "tr|sn|"+p.plot.String()) {
			t.Errorf("%s is left", key)
		}
	}
}

// TestIntervalOfAProcess: what goes in and what comes out of a transformation may be
// recorded in any order.
func TestIntervalOfAProcess(t *testing.T) {
	proc := func(f trace.Fact) trace.Fact { f.Process = "urn:x:harvest"; return f }
	p := newProvince(t)
	first, second := Lot(p.lychee, "H1"), Lot(p.lychee, "H2")
	in := p.pick(3)
	in.Outputs = nil
	one := p.on(3, 8, p.Transform(nil, []trace.Stock{Of(first, "10 KGM")}))
	two := p.on(3, 9, p.Transform(nil, []trace.Stock{Of(second, "10 KGM")}))
	sprayed := p.spray(5, 7)
	p.Record(p.coop, proc(in))
	p.wantFlags(t, p.Record(p.coop, proc(one)), "")
	p.wantFlags(t, p.Record(p.coop, sprayed), "interval ")
	p.wantFlags(t, p.Record(p.coop, proc(two)), "interval ")
	p.Refused(p.try(p.agency, p.conformant(second)), ledger.Conflict, "items[0].disposition")
	p.wantFlags(t, p.Record(p.coop, p.Wrong(proc(one))), "no_interval ")
	p.wantFlags(t, p.Record(p.coop, p.Wrong(sprayed)), "no_interval ")
	p.Record(p.agency, p.conformant(second))
}

func TestDeclaredSafe(t *testing.T) {
	lot := func(p *province) trace.ID { return Lot(p.lychee, "H1") }
	early := func(p *province) trace.ID {
		p.Record(p.coop, p.spray(9, 14))
		p.Record(p.coop, p.pick(3, lot(p)))
		return lot(p)
	}
	boiled := func(p *province) trace.ID {
		jam := Lot(p.jam, "J1")
		p.Record(p.coop, p.Transform([]trace.Stock{Of(early(p), "4 KGM"), Of(p.lot, "4 KGM")}, []trace.Stock{Of(jam, "2 KGM")}))
		return jam
	}
	run(t, []row{
		{"a harvest that is safe", func(t *testing.T, p *province) error {
			p.Record(p.coop, p.spray(9, 7))
			p.Record(p.coop, p.pick(0, lot(p)))
			return p.try(p.agency, p.conformant(lot(p)))
		}, "", ""},
		{"an early harvest", func(t *testing.T, p *province) error {
			return p.try(p.agency, p.conformant(early(p)))
		}, ledger.Conflict, "items[0].disposition"},
		{"an early harvest, for good", func(t *testing.T, p *province) error {
			f := p.Observe(trace.StepInspecting, All(early(p))...)
			f.Conformant = true
			return p.try(p.agency, f)
		}, ledger.Conflict, "items[0].disposition"},
		{"an early harvest, by the harvest itself", func(t *testing.T, p *province) error {
			p.Record(p.coop, p.spray(9, 14))
			f := p.pick(3, lot(p))
			f.Disposition = trace.DispositionConformant
			return p.try(p.coop, f)
		}, ledger.Conflict, "items[0].disposition"},
		{"an early harvest, which is otherwise recorded, shipped and sold", func(t *testing.T, p *province) error {
			early(p)
			p.Record(p.coop, p.Ship(p.shop.Place, Of(lot(p), "4 KGM")))
			return p.try(p.coop, p.Sell(Of(lot(p), "4 KGM")))
		}, "", ""},
		{"what does not conform", func(t *testing.T, p *province) error {
			f := p.conformant(early(p))
			f.Disposition = "non_conformant"
			return p.try(p.agency, f)
		}, "", ""},
		{"what was made of it", func(t *testing.T, p *province) error {
			return p.try(p.agency, p.conformant(boiled(p)))
		}, ledger.Conflict, "items[0].disposition"},
		{"a box that it is in", func(t *testing.T, p *province) error {
			p.Record(p.coop, p.Pack(p.coop.SSCC(1), Of(early(p), "1 KGM")))
			return p.try(p.agency, p.conformant(p.coop.SSCC(1)))
		}, ledger.Conflict, "items[0].disposition"},
		{"the crop in its interval", func(t *testing.T, p *province) error {
			p.Record(p.coop, p.spray(1, 14))
			return p.try(p.agency, p.conformant(p.plot))
		}, "", ""},
		{"after a laboratory result", func(t *testing.T, p *province) error {
			p.Must(p.Certify(p.agency, p.result(1, early(p))))
			return p.try(p.agency, p.conformant(lot(p)))
		}, "", ""},
		{"what was made of a lot with a laboratory result", func(t *testing.T, p *province) error {
			jam := boiled(p)
			p.Must(p.Certify(p.agency, p.result(1, lot(p))))
			return p.try(p.agency, p.conformant(jam))
		}, "", ""},
		{"its source when only what was made of it was tested", func(t *testing.T, p *province) error {
			p.Must(p.Certify(p.agency, p.result(1, boiled(p))))
			return p.try(p.agency, p.conformant(lot(p)))
		}, ledger.Conflict, "items[0].disposition"},
		{"a lot that got more of a later early harvest", func(t *testing.T, p *province) error {
			p.Must(p.Certify(p.agency, p.result(24, early(p))))
			p.Record(p.coop, p.pick(0, lot(p)))
			return p.try(p.agency, p.conformant(lot(p)))
		}, ledger.Conflict, "items[0].disposition"},
		{"after the result was revoked", func(t *testing.T, p *province) error {
			result := p.result(1, early(p))
			p.Must(p.Certify(p.agency, result))
			result.Revoked, result.Targets = "another sample", nil
			p.Must(p.Certify(p.agency, result))
			return p.try(p.agency, p.conformant(lot(p)))
		}, ledger.Conflict, "items[0].disposition"},
		{"while the result is suspended", func(t *testing.T, p *province) error {
			result := p.result(1, early(p))
			p.Must(p.Certify(p.agency, result))
			result.Suspended = "a second sample is tested"
			p.Must(p.Certify(p.agency, result))
			return p.try(p.agency, p.conformant(lot(p)))
		}, ledger.Conflict, "items[0].disposition"},
		{"after the result was reinstated, whatever that says of it", func(t *testing.T, p *province) error {
			result := p.result(1, early(p))
			p.Must(p.Certify(p.agency, result))
			step := result
			step.Suspended = "a second sample is tested"
			p.Must(p.Certify(p.agency, step))
			step.Suspended, step.Reinstated, step.Result, step.Targets = "", "it is the same", trace.ResultFailed, nil
			p.Must(p.Certify(p.agency, step))
			return p.try(p.agency, p.conformant(lot(p)))
		}, "", ""},
		{"after a result that did not meet the limits", func(t *testing.T, p *province) error {
			failed := p.result(1, early(p))
			failed.Result = trace.ResultFailed
			p.Must(p.Certify(p.agency, failed))
			return p.try(p.agency, p.conformant(lot(p)))
		}, ledger.Conflict, "items[0].disposition"},
		{"after one that did, and a later one that did not", func(t *testing.T, p *province) error {
			p.Must(p.Certify(p.agency, p.result(2, early(p))))
			failed := p.result(1, lot(p))
			failed.Result = trace.ResultFailed
			p.Must(p.Certify(p.agency, failed))
			return p.try(p.agency, p.conformant(lot(p)))
		}, ledger.Conflict, "items[0].disposition"},
		{"after one that did not, and a later one that did", func(t *testing.T, p *province) error {
			failed := p.result(2, early(p))
			failed.Result = trace.ResultFailed
			p.Must(p.Certify(p.agency, failed))
			p.Must(p.Certify(p.agency, p.result(1, lot(p))))
			return p.try(p.agency, p.conformant(lot(p)))
		}, "", ""},
		{"by a certificate of food safety that is reinstated after an early harvest", func(t *testing.T, p *province) error {
			c := p.attest(trace.SchemeFoodSafety, lot(p))
			p.Must(p.Certify(p.agency, c))
			c.Suspended = "an audit was missed"
			p.Must(p.Certify(p.agency, c))
			early(p)
			c.Suspended, c.Reinstated = "", "it was caught up"
			return p.Certify(p.agency, c)
		}, ledger.Conflict, "items[0].targets"},
		{"after the spraying was declared wrong", func(t *testing.T, p *province) error {
			sprayed := p.spray(9, 14)
			p.Record(p.coop, sprayed)
			p.Record(p.coop, p.pick(3, lot(p)))
			p.Record(p.coop, p.Wrong(sprayed))
			return p.try(p.agency, p.conformant(lot(p)))
		}, "", ""},
		{"by a laboratory result of before the harvest", func(t *testing.T, p *province) error {
			return p.Certify(p.agency, p.result(24*4, early(p)))
		}, ledger.Conflict, "items[0].targets"},
		{"by a laboratory result of tomorrow", func(t *testing.T, p *province) error {
			return p.Certify(p.agency, p.result(-24, early(p)))
		}, ledger.Invalid, "items[0].from"},
		{"by a laboratory result on nothing", func(t *testing.T, p *province) error {
			return p.Certify(p.agency, p.result(1))
		}, ledger.Invalid, "items[0].targets"},
		{"by a laboratory result on a product", func(t *testing.T, p *province) error {
			return p.Certify(p.agency, p.result(1, p.lychee))
		}, ledger.Invalid, "items[0].targets"},
		{"by a laboratory result of the co-op's own", func(t *testing.T, p *province) error {
			return p.Certify(p.coop, p.result(1, early(p)))
		}, ledger.Forbidden, ""},
		{"by another certificate of food safety", func(t *testing.T, p *province) error {
			return p.Certify(p.agency, p.attest(trace.SchemeFoodSafety, early(p)))
		}, ledger.Conflict, "items[0].targets"},
		{"by another certificate of food safety after a laboratory result", func(t *testing.T, p *province) error {
			p.Must(p.Certify(p.agency, p.result(2, early(p))))
			return p.Certify(p.agency, p.attest(trace.SchemeFoodSafety, lot(p)))
		}, "", ""},
		{"by a certificate about something else", func(t *testing.T, p *province) error {
			return p.Certify(p.agency, p.attest(trace.SchemeVietGAP, early(p)))
		}, "", ""},
		{"an interval of a transformation", func(t *testing.T, p *province) error {
			f := p.pick(0, lot(p))
			f.Wait = 7
			return p.try(p.coop, f)
		}, ledger.Invalid, "items[0].wait"},
		{"an interval longer than a year", func(t *testing.T, p *province) error {
			return p.try(p.coop, p.spray(1, 366))
		}, ledger.Invalid, "items[0].wait"},
		{"an interval in no zone", func(t *testing.T, p *province) error {
			f := p.spray(1, 7)
			f.Zone = "Hanoi"
			return p.try(p.coop, f)
		}, ledger.Invalid, "items[0].zone"},
		{"an interval of somebody else's crop", func(t *testing.T, p *province) error {
			return p.try(p.shop, p.spray(1, 7))
		}, ledger.Forbidden, objects},
	})
}

// TestRefusalSaysTheDay: whoever is refused learns from when on it would have been
// safe.
func TestRefusalSaysTheDay(t *testing.T) {
	p := newProvince(t)
	lot := Lot(p.lychee, "H1")
	p.Record(p.coop, p.spray(9, 14))
	p.Record(p.coop, p.pick(3, lot))
	err := p.try(p.agency, p.conformant(lot))
	if err == nil || !strings.Contains(err.Error(), "harvested on 31/05/2026") || !strings.Contains(err.Error(), "safe from 09/06/2026") {
		t.Errorf("%v", err)
	}
}

// TestManyHarvests: a crop keeps a bounded number of harvests that nothing is the
// matter with, and each that something is.
func TestManyHarvests(t *testing.T) {
	p := newProvince(t)
	var lots []trace.ID
	for i := range 999 {
		lots = append(lots, Lot(p.lychee, fmt.Sprint("M", i)))
	}
	p.Record(p.coop, p.pick(1, lots...))
	p.Record(p.coop, p.pick(1, Lot(p.lychee, "kept")))
	p.Record(p.coop, p.pick(1, Lot(p.lychee, "not")))
	sprayed := p.spray(2, 1)
	if out := p.Record(p.coop, sprayed); len(out.Flags) != 1000 {
		t.Errorf("%d lots are flagged", len(out.Flags))
	}
	p.wantFlags(t, p.Record(p.coop, p.pick(1, Lot(p.lychee, "early"))), "interval ")
	if out := p.Record(p.coop, p.Wrong(sprayed)); len(out.Flags) != 1001 {
		t.Errorf("%d lots are cleared", len(out.Flags))
	}
}
