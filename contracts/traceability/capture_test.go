package traceability_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/contracts/traceability"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

func TestWhoRecords(t *testing.T) {
	run(t, []row{
		{"a recorder", func(t *testing.T, p *province) error {
			_, err := p.CaptureBy(p.Enrol(p.coop, "clerk", ledger.RoleRecorder), p.Sell(Of(p.lot, "1 KGM")))
			return err
		}, "", ""},
		{"a member who may not record", func(t *testing.T, p *province) error {
			_, err := p.CaptureBy(p.Enrol(p.coop, "clerk", ledger.RolePublisher, ledger.RoleAdmin, ledger.RoleRecaller), p.Sell(Of(p.lot, "1 KGM")))
			return err
		}, ledger.Forbidden, ""},
		{"a member who may not recall", func(t *testing.T, p *province) error {
			clerk := p.Enrol(p.coop, "clerk", ledger.RoleRecorder)
			r := trace.Recall{Target: p.lot, Reason: "r", Action: "a", Contact: "c"}
			_, err := p.Submit(clerk, trace.Contract, trace.ActionRecall, trace.RecallSummary([]trace.Recall{r}), trace.Encode(r))
			return err
		}, ledger.Forbidden, ""},
		{"a key that nobody enrolled", func(t *testing.T, p *province) error {
			return p.try(p.NewOrg("nobody", ledger.KindCoop), p.Sell(Of(p.lot, "1 KGM")))
		}, ledger.Unauthenticated, ""},
		{"a revoked key", func(t *testing.T, p *province) error {
			clerk := p.Enrol(p.coop, "clerk", ledger.RoleRecorder)
			_, err := p.Directory(p.coop.Member, trace.ActionRevoke, trace.KeyRevocation{Key: clerk.Address(), Reason: "left"})
			p.Must(err)
			_, err = p.CaptureBy(clerk, p.Sell(Of(p.lot, "1 KGM")))
			return err
		}, ledger.Forbidden, ""},
		{"a suspended organisation", func(t *testing.T, p *province) error {
			_, err := p.Directory(p.Operator.Member, trace.ActionStand, trace.Standing{Org: p.coop.OrgID(), Suspended: true, Reason: "fraud"})
			p.Must(err)
			return p.try(p.coop, p.Sell(Of(p.lot, "1 KGM")))
		}, ledger.Forbidden, ""},
	})
}

func TestObserving(t *testing.T) {
	look := func(p *province, by *Org, ids ...trace.ID) error {
		return p.try(by, p.Observe("storing", All(ids...)...))
	}
	run(t, []row{
		{"by the holder", func(t *testing.T, p *province) error { return look(p, p.coop, p.lot) }, "", ""},
		{"by a stranger", func(t *testing.T, p *province) error { return look(p, p.trader, p.lot) }, ledger.Forbidden, objects},
		{"by a stranger beside something of nobody's", func(t *testing.T, p *province) error {
			return look(p, p.trader, trace.MustID("urn:x:1"), p.lot)
		}, ledger.Forbidden, objects},
		{"by the owner of the product", func(t *testing.T, p *province) error {
			p.Record(p.house, p.Commission(Of(Lot(p.lychee, "H"), "1 KGM")))
			return look(p, p.coop, Lot(p.lychee, "H"))
		}, "", ""},
		{"by the receiver before it arrives", func(t *testing.T, p *province) error {
			p.Record(p.coop, p.Ship(p.shop.Place, Of(p.lot, "1 KGM")))
			return look(p, p.shop, p.lot)
		}, "", ""},
		{"by an earlier holder, late", func(t *testing.T, p *province) error {
			p.Record(p.coop, p.Ship(p.trader.Place, All(p.lot)...))
			p.Record(p.trader, p.Receive(All(p.lot)...))
			p.Record(p.trader, p.Ship(p.shop.Place, All(p.lot)...))
			return look(p, p.trader, p.lot)
		}, "", ""},
		{"by an inspector", func(t *testing.T, p *province) error { return look(p, p.agency, p.lot) }, "", ""},
		{"a box and what is in it, by its holder", func(t *testing.T, p *province) error {
			jar := Piece(p.jam, "1")
			p.Record(p.coop, p.Commission(All(jar)...))
			p.Record(p.coop, p.Pack(p.coop.SSCC(1), All(jar)...))
			p.Record(p.coop, p.Ship(p.shop.Place, All(p.coop.SSCC(1))...))
			p.Record(p.shop, p.Receive(All(p.coop.SSCC(1))...))
			return look(p, p.shop, p.coop.SSCC(1), jar)
		}, "", ""},
	})
}

func TestUnmanagedIsAStatement(t *testing.T) {
	p := newProvince(t)
	thing, box := trace.MustID("urn:x:thing"), trace.MustID("urn:x:box")
	before := p.balances()
	for _, f := range []trace.Fact{
		p.Commission(All(thing)...), p.Commission(All(thing)...), p.Receive(All(thing)...),
		p.Observe(trace.StepShipping, All(thing)...), p.Pack(box, All(thing)...), p.Unpack(box, All(thing)...),
		p.Sell(All(thing)...), p.Destroy(All(thing)...), p.Transform(All(thing), All(box)),
		p.Commission(Of(trace.MustID("https://id.gs1.org/01/08400000000017/10/L"), "5 KGM")),
	} {
		out := p.Record(p.trader, f)
		if out.Managed || len(out.Balances) > 0 || len(out.Flags) > 0 {
			t.Errorf("%s: %+v", f.Step, out)
		}
	}
	if d := diff(before, p.balances()); d != "" {
		t.Errorf("statements left%s", d)
	}
}

func TestTellingAgain(t *testing.T) {
	run(t, []row{
		{"the same event is a duplicate", func(t *testing.T, p *province) error {
			f := p.Sell(Of(p.lot, "10 KGM"), Of(p.lot, "5 KGM"))
			p.Record(p.coop, f)
			f.Payload, f.Audience = CID("another document"), ledger.Own
			f.Objects[0], f.Objects[1] = f.Objects[1], f.Objects[0]
			if out := p.Record(p.coop, f); !out.Duplicate {
				t.Error("not a duplicate")
			}
			p.has(t, p.lot, "sold", "15 KGM")
			return nil
		}, "", ""},
		{"within one transaction", func(t *testing.T, p *province) error {
			f := p.Sell(Of(p.lot, "10 KGM"))
			out, err := p.Capture(p.coop, f, f)
			if err == nil && !out.Events[1].Duplicate {
				t.Error("not a duplicate")
			}
			return err
		}, "", ""},
		{"by somebody else", func(t *testing.T, p *province) error {
			f := p.Sell(Of(p.lot, "10 KGM"))
			p.Record(p.coop, f)
			if out := p.Record(p.shop, f); !out.Duplicate {
				t.Error("not a duplicate")
			}
			return nil
		}, "", ""},
		{"another content under the same identifier", func(t *testing.T, p *province) error {
			f := p.Sell(Of(p.lot, "10 KGM"))
			p.Record(p.coop, f)
			f.Hash += "2"
			return p.try(p.coop, f)
		}, ledger.Conflict, "items[0].event"},
		{"nor by somebody who forges the hash beforehand", func(t *testing.T, p *province) error {
			f := p.Sell(Of(p.lot, "10 KGM"))
			forged := f
			forged.Objects = All(trace.MustID("urn:x:1"))
			p.Record(p.trader, forged)
			return p.try(p.coop, f)
		}, ledger.Conflict, "items[0].event"},
	})
}

func TestFormatOfAFact(t *testing.T) {
	p := newProvince(t)
	long := strings.Repeat("x", 2000)
	minus := Q("-1 KGM")
	for _, c := range []struct {
		name  string
		spoil func(f *trace.Fact)
		code  ledger.Code
		field string
	}{
		{"no identifier", func(f *trace.Fact) { f.Event = "" }, ledger.Invalid, "event"},
		{"a long identifier", func(f *trace.Fact) { f.Event = long }, ledger.Invalid, "event"},
		{"no hash", func(f *trace.Fact) { f.Hash = "" }, ledger.Invalid, "hash"},
		{"no payload", func(f *trace.Fact) { f.Payload = "bafy" }, ledger.Invalid, "payload"},
		{"no audience", func(f *trace.Fact) { f.Audience = "" }, ledger.Invalid, "audience"},
		{"no time", func(f *trace.Fact) { f.Time = 0 }, ledger.Invalid, "time"},
		{"a future time", func(f *trace.Fact) { f.Time = p.Now.Add(traceability.FutureBound + time.Millisecond) }, ledger.Invalid, "time"},
		{"a future error", func(f *trace.Fact) { f.Error = &trace.ErrorDeclaration{Time: p.Now.Add(time.Hour)} }, ledger.Invalid, "error.time"},
		{"an unknown type", func(f *trace.Fact) { f.Type = "QuantityEvent" }, ledger.Invalid, "type"},
		{"an unknown action", func(f *trace.Fact) { f.Action = "MOVE" }, ledger.Invalid, "action"},
		{"a parent of an ObjectEvent", func(f *trace.Fact) { f.Parent = &p.lot }, ledger.Invalid, "parent"},
		{"inputs of an ObjectEvent", func(f *trace.Fact) { f.Inputs = All(p.lot) }, ledger.Invalid, "inputs"},
		{"objects of a transformation", func(f *trace.Fact) { f.Type, f.Action = trace.TransformationEvent, "" }, ledger.Invalid, "action"},
		{"less than nothing", func(f *trace.Fact) { f.Objects[0].Quantity = &minus }, ledger.Invalid, "qty"},
		{"a long step", func(f *trace.Fact) { f.Step = long }, ledger.TooLarge, "step"},
		{"a long reason", func(f *trace.Fact) { f.Error = &trace.ErrorDeclaration{Reason: long} }, ledger.TooLarge, "error.reason"},
		{"many receivers", func(f *trace.Fact) { f.To = make([]trace.PartyRef, 101) }, ledger.TooLarge, "to"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := p.Sell(Of(p.lot, "1 KGM"))
			c.spoil(&f)
			before := len(p.State())
			if c.name == "many receivers" {
				for i := range f.To {
					f.To[i] = trace.PartyRef{Type: trace.PartyOwning, ID: trace.MustID(fmt.Sprint("urn:x:", i))}
				}
			}
			Refused(t, p.try(p.coop, f), c.code, "items[0]."+c.field)
			if len(p.State()) != before {
				t.Error("a refusal wrote")
			}
		})
	}
	f := p.Sell(Of(p.lot, "1 KGM"))
	f.Time = p.Now.Add(traceability.FutureBound)
	p.Record(p.coop, f)
}

func TestStrictDecoding(t *testing.T) {
	p := newProvince(t)
	f := p.Sell(Of(p.lot, "1 KGM"))
	good := string(trace.Encode(f))
	summary := trace.Summary([]trace.Fact{f})
	for name, item := range map[string]string{
		"an unknown field": strings.Replace(good, "{", `{"more":1,`, 1),
		"trailing data":    good + " ",
		"another case":     strings.Replace(good, `"event"`, `"Event"`, 1),
		"a field twice":    strings.Replace(good, `"event"`, `"event":"urn:x:1","event"`, 1),
		"an empty id":      strings.Replace(good, p.lot.String(), "", 1),
		"another quantity": strings.Replace(good, "1 KGM", "1.0 KGM", 1),
		"a list":           "[" + good + "]",
	} {
		_, err := p.Submit(p.coop.Member, trace.Contract, trace.ActionCapture, summary, []byte(item))
		t.Run(name, func(t *testing.T) { Refused(t, err, ledger.Invalid, "items[0]") })
	}
	_, err := p.Submit(p.coop.Member, trace.Contract, trace.ActionCapture, "Something else", []byte(good))
	p.Refused(err, ledger.Invalid, "summary")
	_, err = p.Submit(p.coop.Member, trace.Contract, "burn", summary, []byte(good))
	p.Refused(err, ledger.Invalid, "action")
	_, err = p.Submit(p.coop.Member, trace.Contract, trace.ActionCapture, summary, []byte(good))
	p.Must(err)
}

func TestCertificates(t *testing.T) {
	certify := func(p *province, by *Org, change func(*trace.Certificate)) error {
		c := trace.Certificate{ID: "C-1", Scheme: trace.SchemeOCOP, Number: "1", Holder: p.coop.OrgID(), Stars: 4, From: p.Now, Until: p.Now + 1}
		change(&c)
		_, err := p.Submit(by.Member, trace.Contract, trace.ActionCertify, trace.CertifySummary([]trace.Certificate{c}), trace.Encode(c))
		return err
	}
	same := func(*trace.Certificate) {}
	run(t, []row{
		{"by an agency", func(t *testing.T, p *province) error { return certify(p, p.agency, same) }, "", ""},
		{"by a co-op", func(t *testing.T, p *province) error { return certify(p, p.coop, same) }, ledger.Forbidden, ""},
		{"twice", func(t *testing.T, p *province) error {
			p.Must(certify(p, p.agency, same))
			return certify(p, p.agency, same)
		}, ledger.Conflict, "items[0].id"},
		{"revoked, and issued no more", func(t *testing.T, p *province) error {
			p.Must(certify(p, p.agency, same))
			p.Must(certify(p, p.agency, func(c *trace.Certificate) { c.Revoked = "fraud" }))
			return certify(p, p.agency, same)
		}, ledger.Conflict, "items[0].id"},
		{"revoked without having been issued", func(t *testing.T, p *province) error {
			return certify(p, p.agency, func(c *trace.Certificate) { c.Revoked = "fraud" })
		}, ledger.Conflict, "items[0].id"},
		{"suspended and revoked at once", func(t *testing.T, p *province) error {
			p.Must(certify(p, p.agency, same))
			return certify(p, p.agency, func(c *trace.Certificate) { c.Suspended, c.Revoked = "x", "x" })
		}, ledger.Invalid, "items[0].id"},
		{"suspended by somebody else", func(t *testing.T, p *province) error {
			p.Must(certify(p, p.agency, same))
			return certify(p, p.Admit("other", ledger.KindCertifier), func(c *trace.Certificate) { c.Suspended = "x" })
		}, ledger.Conflict, "items[0].id"},
		{"of a laboratory", func(t *testing.T, p *province) error {
			return certify(p, p.agency, func(c *trace.Certificate) {
				c.Scheme, c.Stars, c.Tested, c.Result, c.Targets = trace.SchemeLaboratory, 0, "Carbendazim", trace.ResultMet, []trace.ID{p.lot}
			})
		}, "", ""},
		{"of a laboratory that says no result", func(t *testing.T, p *province) error {
			return certify(p, p.agency, func(c *trace.Certificate) {
				c.Scheme, c.Stars, c.Tested, c.Result = trace.SchemeLaboratory, 0, "Carbendazim", "fine"
			})
		}, ledger.Invalid, "items[0].result"},
		{"of a laboratory that tested nothing", func(t *testing.T, p *province) error {
			return certify(p, p.agency, func(c *trace.Certificate) { c.Scheme, c.Result = trace.SchemeLaboratory, trace.ResultMet })
		}, ledger.Invalid, "items[0].tested"},
		{"of stars with a result", func(t *testing.T, p *province) error {
			return certify(p, p.agency, func(c *trace.Certificate) { c.Result = trace.ResultMet })
		}, ledger.Invalid, "items[0].result"},
		{"six stars", func(t *testing.T, p *province) error {
			return certify(p, p.agency, func(c *trace.Certificate) { c.Stars = 6 })
		}, ledger.Invalid, "items[0].stars"},
		{"of nobody", func(t *testing.T, p *province) error {
			return certify(p, p.agency, func(c *trace.Certificate) { c.Holder = ledger.NewID() })
		}, ledger.NotFound, "items[0].holder"},
		{"that ends before it starts", func(t *testing.T, p *province) error {
			return certify(p, p.agency, func(c *trace.Certificate) { c.Until = c.From })
		}, ledger.Invalid, "items[0].until"},
	})
}

// TestCertificateSteps: every step from every state, legal and not.
func TestCertificateSteps(t *testing.T) {
	steps := map[string]func(*trace.Certificate){
		"issue": func(*trace.Certificate) {}, "suspend": func(c *trace.Certificate) { c.Suspended = "missed audit" },
		"reinstate": func(c *trace.Certificate) { c.Reinstated = "passed" }, "revoke": func(c *trace.Certificate) { c.Revoked = "fraud" },
	}
	ways := map[string][]string{"unknown": nil, "issued": {"issue"}, "suspended": {"issue", "suspend"}, "reinstated": {"issue", "suspend", "reinstate"}, "revoked": {"issue", "suspend", "revoke"}}
	legal := map[string][]string{"unknown": {"issue"}, "issued": {"suspend", "revoke"}, "suspended": {"reinstate", "revoke"}, "reinstated": {"suspend", "revoke"}}
	for state, way := range ways {
		for step := range steps {
			t.Run(step+" when "+state, func(t *testing.T) {
				p := newProvince(t)
				do := func(step string) error {
					c := trace.Certificate{ID: "C-1", Scheme: trace.SchemeVietGAP, Number: "1", Holder: p.coop.OrgID(), From: p.Now, Until: p.Now + 1}
					steps[step](&c)
					_, err := p.Submit(p.agency.Member, trace.Contract, trace.ActionCertify, trace.CertifySummary([]trace.Certificate{c}), trace.Encode(c))
					return err
				}
				for _, one := range way {
					p.Must(do(one))
				}
				err := do(step)
				if slices.Contains(legal[state], step) {
					p.Must(err)
				} else {
					p.Refused(err, ledger.Conflict, "items[0].id")
				}
			})
		}
	}
}

func TestManyPartiesAreSeveralEvents(t *testing.T) {
	p := newProvince(t)
	f := p.Observe("storing", All(p.lot)...)
	for i := range 70 {
		o := p.Admit("org "+string(rune('A'+i)), ledger.KindTransporter)
		f.To = append(f.To, trace.PartyRef{Type: trace.PartyOwning, ID: o.Place})
	}
	p.Refused(p.try(p.coop, f), ledger.TooLarge, "items[0]")
}
