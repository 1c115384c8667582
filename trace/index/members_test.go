package index

import (
	"slices"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// pages reads a list two at a time.
func pages[T any](t *testing.T, read func(Page) ([]T, string, error)) (all []T) {
	t.Helper()
	for token := ""; ; {
		list, next, err := read(Page{token, 2})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, list...)
		if token = next; next == "" {
			return all
		}
	}
}

func enrolment(org ledger.ID, m, k byte, roles ...ledger.Role) ledger.Enrolment {
	return ledger.Enrolment{Member: ledger.ID{m}, Org: org, Key: ledger.Address{k}, Roles: roles}
}

func TestMembers(t *testing.T) {
	b, p := province()
	first := b.directory(coop, trace.ActionEnrol, trace.NewMember{Member: enrolment(coop, 0x51, 0x61, ledger.RoleRecorder)},
		trace.NewMember{Member: enrolment(coop, 0x52, 0x62, ledger.RoleRecaller)})
	b.directory(coop, trace.ActionEnrol, trace.NewMember{Member: enrolment(coop, 0x51, 0x63, ledger.RoleRecorder)})
	lost := b.directory(coop, trace.ActionRevoke, trace.KeyRevocation{Key: ledger.Address{0x61}, Reason: "lost"})
	changed := b.directory(coop, trace.ActionMember, trace.MemberChange{Member: ledger.ID{0x52}, Roles: ledger.Roles[:2], Suspended: true, Reason: "left"})
	device := trace.DeviceKey{Member: enrolment(coop, 0x51, 0x64, ledger.RoleRecorder), Actions: []string{"traceability/capture"}, Until: 1_900_000_000_000}
	b.directory(coop, trace.ActionDevice, device)
	b.entries[len(b.entries)-1].Signer = ledger.Address{0x63}
	rotated := b.directory(coop, trace.ActionRotate, trace.NewMember{Member: enrolment(coop, 0x51, 0x65, ledger.RoleRecorder)})
	b.entries[len(b.entries)-1].Signer = ledger.Address{0x63}
	x := indexed(t, b, withPayloads(p))
	ctx := t.Context()
	own := Viewer{Org: coop}

	list := pages(t, func(p Page) ([]*Member, string, error) { return x.Members(ctx, own, coop, p) })
	var ids []ledger.ID
	for _, m := range list {
		ids = append(ids, m.ID)
	}
	if !slices.Equal(ids, []ledger.ID{member(coop), {0x51}, {0x52}}) {
		t.Fatalf("members %v", ids)
	}
	clerk, left := list[1], list[2]
	if clerk.Org != coop || clerk.Suspended || clerk.Changed != nil || clerk.Entry != first || clerk.Since != recordTime(first) || !slices.Equal(clerk.Roles, []ledger.Role{ledger.RoleRecorder}) {
		t.Errorf("%+v", clerk)
	}
	if c := left.Changed; !left.Suspended || !slices.Equal(left.Roles, ledger.Roles[:2]) || left.Item != 1 || c == nil || c.Reason != "left" || c.By != member(coop) || c.Entry != changed {
		t.Errorf("%+v, %+v", left, left.Changed)
	}
	var keys []ledger.Address
	for _, k := range clerk.Keys {
		keys = append(keys, k.Key)
	}
	if !slices.Equal(keys, []ledger.Address{{0x61}, {0x63}, {0x64}, {0x65}}) {
		t.Fatalf("keys %v", keys)
	}
	if r := clerk.Keys[0].Revoked; r == nil || r.Reason != "lost" || r.Entry != lost {
		t.Errorf("the lost key %+v", r)
	}
	if r := clerk.Keys[1].Revoked; r == nil || r.By != (ledger.Address{0x65}) || r.Entry != rotated {
		t.Errorf("the key before %+v", r)
	}
	if k := clerk.Keys[2]; !slices.Equal(k.Actions, device.Actions) || k.Until != device.Until || k.Revoked != nil {
		t.Errorf("the device's key %+v", k)
	}
	if k := must(x.Key(ctx, ledger.Address{0x65})); k.Entry != rotated || k.Revoked != nil || k.Actions != nil {
		t.Errorf("the key of now %+v", k)
	}
	for _, v := range []Viewer{anybody, {Org: shop}} {
		if list, next, err := x.Members(ctx, v, coop, Page{}); len(list) > 0 || next != "" || err != nil {
			t.Errorf("%v sees %v, %v", v, list, err)
		}
		wantCode(t, second(x.Member(ctx, v, ledger.ID{0x51})), ledger.NotFound)
	}
	if m := must(x.Member(ctx, Viewer{Operator: true}, ledger.ID{0x51})); len(m.Keys) != 4 {
		t.Errorf("the operator sees %+v", m)
	}
	wantCode(t, second(x.Member(ctx, own, ledger.ID{0x99})), ledger.NotFound)
}

func TestMandatesAndWhoRecorded(t *testing.T) {
	b, p := province()
	principal := member(hidden)
	give := func(agent ledger.ID, until ledger.Time) uint64 {
		return b.directory(hidden, trace.ActionMandate, trace.Mandate{Member: principal, Agent: agent, Actions: []string{"traceability/capture"}, Until: until})
	}
	give(coop, 0)
	withdrawn := b.directory(hidden, trace.ActionMandate, trace.Mandate{Member: principal, Agent: coop, Withdrawn: true, Reason: "enough"})
	give(shop, 100)
	given := give(packer, 0)
	var recorded []uint64
	for i, a := range []ledger.Audience{ledger.Own, ledger.Parties, ledger.Public} {
		f := commission(40+i, a, lot(40+i), kg(1))
		f.OnBehalf = &principal
		recorded = append(recorded, b.onBehalf(packer, hidden, f))
	}
	b.write("trade", "offer", trace.RegistryOutcome{Member: principal, Org: hidden}, 1)
	x := indexed(t, b, withPayloads(p))
	ctx := t.Context()
	household, recorder, operator := Viewer{Org: hidden}, Viewer{Org: packer}, Viewer{Operator: true}

	mandates := func(v Viewer) (agents []ledger.ID) {
		for _, m := range pages(t, func(p Page) ([]*MandateInfo, string, error) { return x.Mandates(ctx, v, principal, p) }) {
			agents = append(agents, m.Agent)
		}
		return agents
	}
	for _, c := range []struct {
		v    Viewer
		want []ledger.ID
	}{{anybody, nil}, {Viewer{Org: agency}, nil}, {recorder, []ledger.ID{packer}}, {household, []ledger.ID{coop, packer, shop}}, {operator, []ledger.ID{coop, packer, shop}}} {
		if got := mandates(c.v); !slices.Equal(got, c.want) {
			t.Errorf("%v sees mandates to %v, want %v", c.v, got, c.want)
		}
	}
	to := func(v Viewer, agent ledger.ID) []*MandateInfo {
		return pages(t, func(p Page) ([]*MandateInfo, string, error) { return x.MandatesTo(ctx, v, agent, p) })
	}
	if m := to(recorder, packer); len(m) != 1 || m[0].Member != principal || m[0].Org != hidden || m[0].Entry != given || !m[0].InForce(1<<60) {
		t.Errorf("mandates to the packer %+v", m)
	}
	if m := to(operator, coop); len(m) != 1 || m[0].Withdrawal == nil || m[0].Withdrawal.Entry != withdrawn || m[0].Withdrawal.Reason != "enough" || m[0].InForce(0) {
		t.Errorf("mandates to the co-op %+v", m)
	}
	if m := to(operator, shop); len(m) != 1 || !m[0].InForce(99) || m[0].InForce(100) {
		t.Errorf("mandates to the shop %+v", m)
	}
	if m := to(household, packer); len(m) > 0 {
		t.Errorf("the household sees what others gave to the packer: %v", m)
	}

	behalf := func(v Viewer) (entries []uint64) {
		for _, r := range pages(t, func(p Page) ([]*Record, string, error) {
			return x.Events(ctx, v, Query{OnBehalf: []ledger.ID{principal}}, p)
		}) {
			if r.Org != packer || r.For != hidden || r.Acting() != hidden || r.Member != member(packer) {
				t.Errorf("recorded by %v for %v", r.Org, r.For)
			}
			entries = append(entries, r.Entry)
		}
		return entries
	}
	newest := []uint64{recorded[2], recorded[1], recorded[0]}
	for _, c := range []struct {
		v    Viewer
		want []uint64
	}{{anybody, newest[:1]}, {Viewer{Org: coop}, newest[:1]}, {recorder, newest}, {household, newest}, {operator, newest}} {
		if got := behalf(c.v); !slices.Equal(got, c.want) {
			t.Errorf("%v sees %v recorded on behalf, want %v", c.v, got, c.want)
		}
		for i, cid := range []string{"payload-42", "payload-41", "payload-40"} {
			if got := must(x.Readable(ctx, c.v, cid)); got != (i < len(c.want)) {
				t.Errorf("%v reads %s: %v", c.v, cid, got)
			}
		}
	}
	if got := must(x.Passport(ctx, anybody, lot(42))); len(got.Journey) != 1 || got.Organisations[packer] == nil || got.Organisations[hidden] == nil || got.Organisations[hidden].Profile != nil {
		t.Errorf("the passport names %v", got.Organisations)
	}

	history := func(read func(Page) ([]uint64, string, error)) []uint64 { return pages(t, read) }
	entries := history(func(p Page) ([]uint64, string, error) { return x.EntriesOf(ctx, household, hidden, p) })
	last := uint64(len(b.entries)) - 1
	want := []uint64{last, recorded[2], recorded[1], recorded[0], given, given - 1, withdrawn, withdrawn - 1}
	if len(entries) != len(want)+1 || !slices.Equal(entries[:len(want)], want) { // and what it recorded in the province
		t.Errorf("the household's history %v, want %v", entries, want)
	}
	if got := history(func(p Page) ([]uint64, string, error) { return x.EntriesBy(ctx, operator, principal, p) }); !slices.Equal(got, entries) {
		t.Errorf("the member's history %v, want %v", got, entries)
	}
	if got := history(func(p Page) ([]uint64, string, error) { return x.EntriesOf(ctx, recorder, packer, p) }); !slices.Equal(got[:3], newest) {
		t.Errorf("the packer's history %v", got)
	}
	for _, v := range []Viewer{anybody, recorder} {
		if got, _, err := x.EntriesOf(ctx, v, hidden, Page{}); len(got) > 0 || err != nil {
			t.Errorf("%v sees the household's history %v, %v", v, got, err)
		}
		if got, _, err := x.EntriesBy(ctx, v, principal, Page{}); len(got) > 0 || err != nil {
			t.Errorf("%v sees the member's history %v, %v", v, got, err)
		}
	}
	for _, c := range []struct {
		v     Viewer
		entry uint64
		may   bool
	}{{anybody, given, false}, {Viewer{Org: shop}, given, false}, {recorder, given, true}, {household, given, true}, {recorder, withdrawn, false},
		{anybody, recorded[0], false}, {recorder, recorded[0], true}, {anybody, recorded[2], true}, {anybody, 0, true}, {anybody, last, true}} {
		if err := x.MayRead(ctx, c.v, b.entries[c.entry], 0); (err == nil) != c.may {
			t.Errorf("%v reads entry %d: %v", c.v, c.entry, err)
		}
	}
	wantCode(t, x.MayRead(ctx, operator, b.entries[0], 1), ledger.NotFound)
}

func TestApplications(t *testing.T) {
	b, p := province()
	org, dossier := ledger.ID{7}, ledger.Hash{7}
	first := b.directory(agency, trace.ActionRefuse, trace.Refusal{Org: org, Dossier: dossier, Reason: "no proof"})
	b.directory(agency, trace.ActionRefuse, trace.Refusal{Org: ledger.ID{6}, Dossier: ledger.Hash{6}, Reason: "nobody"})
	b.directory(agency, trace.ActionRefuse, trace.Refusal{Org: org, Dossier: ledger.Hash{8}, Reason: "still no proof"})
	b.directory(agency, trace.ActionAdmit, trace.Admission{Org: trace.Organisation{ID: org, Kind: ledger.KindCoop}, Dossier: ledger.Hash{9}, Reason: "proof"})
	x := indexed(t, b, withPayloads(p))
	ctx := t.Context()
	operator := Viewer{Operator: true}
	refused := func(v Viewer, org ledger.ID) (reasons []string) {
		for _, r := range pages(t, func(p Page) ([]*RefusedApplication, string, error) { return x.Refusals(ctx, v, org, p) }) {
			reasons = append(reasons, r.Reason)
		}
		return reasons
	}
	if got := refused(operator, org); !slices.Equal(got, []string{"no proof", "still no proof"}) {
		t.Errorf("refused %v", got)
	}
	if got := refused(operator, ledger.ID{}); !slices.Equal(got, []string{"nobody", "no proof", "still no proof"}) {
		t.Errorf("all refused %v", got)
	}
	for _, v := range []Viewer{anybody, {Org: org}, {Org: coop}} {
		if got := refused(v, org); len(got) > 0 {
			t.Errorf("%v sees %v", v, got)
		}
		wantCode(t, x.MayRead(ctx, v, b.entries[first], 0), ledger.NotFound)
	}
	for _, c := range []struct {
		v    Viewer
		want ledger.Hash
	}{{anybody, ledger.Hash{}}, {Viewer{Org: coop}, ledger.Hash{}}, {Viewer{Org: org}, ledger.Hash{9}}, {operator, ledger.Hash{9}}} {
		if o := must(x.Organisation(ctx, c.v, org)); o.Dossier != c.want || (o.Reason == "proof") != (c.want != ledger.Hash{}) {
			t.Errorf("%v sees dossier %v, %q", c.v, o.Dossier, o.Reason)
		}
	}
}
