package index

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

func TestPaging(t *testing.T) {
	b := newBook("paging")
	for i := range 120 {
		a := ledger.Public
		if i%3 == 0 {
			a = ledger.Own
		}
		f := commission(i, a, lot(i%7), kg(1))
		f.To = []trace.PartyRef{{Type: trace.PartyOwning, ID: lot(i % 2)}}
		b.capture(coop, f, trace.EventOutcome{})
	}
	x := indexed(t, b, func(c *Config) { c.BatchEntries = 13 })
	for _, c := range []struct {
		name  string
		q     Query
		match func(i int) bool
	}{
		{"all", Query{}, func(int) bool { return true }},
		{"thing", Query{IDs: []trace.ID{lot(3)}}, func(i int) bool { return i%7 == 3 }},
		{"things", Query{IDs: []trace.ID{lot(3), lot(4), lot(99)}}, func(i int) bool { return i%7 == 3 || i%7 == 4 }},
		{"product", Query{IDs: []trace.ID{gtin}}, func(int) bool { return true }},
		{"party", Query{Parties: []trace.ID{lot(1)}}, func(i int) bool { return i%2 == 1 }},
		{"place and thing", Query{Places: []trace.ID{place}, IDs: []trace.ID{lot(0)}}, func(i int) bool { return i%7 == 0 }},
		{"another place", Query{Places: []trace.ID{lot(0)}}, func(int) bool { return false }},
		{"organisation", Query{Orgs: []ledger.ID{coop}}, func(int) bool { return true }},
		{"step", Query{Steps: []string{trace.StepCommissioning}}, func(int) bool { return true }},
		{"type", Query{Types: []trace.EventType{trace.AggregationEvent}}, func(int) bool { return false }},
		{"event time", Query{From: fact(10, "", "").Time, Until: fact(20, "", "").Time}, func(i int) bool { return 10 <= i && i < 20 }},
		{"record time", Query{RecordedFrom: recordTime(31), RecordedUntil: recordTime(77)}, func(i int) bool { return 31 <= i && i < 77 }},
		{"record time of a thing", Query{IDs: []trace.ID{lot(3)}, RecordedFrom: recordTime(31), RecordedUntil: recordTime(77)},
			func(i int) bool { return 31 <= i && i < 77 && i%7 == 3 }},
		{"record time between", Query{RecordedFrom: recordTime(31) + 1, RecordedUntil: recordTime(31) + 2}, func(i int) bool { return false }},
		{"empty time", Query{RecordedFrom: recordTime(50), RecordedUntil: recordTime(40)}, func(i int) bool { return false }},
	} {
		for _, oldest := range []bool{false, true} {
			for _, limit := range []int{1, 7, 1000} {
				t.Run(fmt.Sprintf("%s/%v/%d", c.name, oldest, limit), func(t *testing.T) {
					var want, got []uint64
					for i := range 120 {
						if i%3 != 0 && c.match(i) {
							want = append(want, uint64(i))
						}
					}
					if !oldest {
						slices.Reverse(want)
					}
					c.q.Oldest = oldest
					for token := ""; ; {
						list, next, err := x.Events(t.Context(), Viewer{Org: shop}, c.q, Page{token, limit})
						if err != nil || len(list) > limit {
							t.Fatal(len(list), err)
						}
						for _, rec := range list {
							got = append(got, rec.Entry)
						}
						if token = next; next == "" {
							break
						}
					}
					if !slices.Equal(got, want) {
						t.Errorf("got %v, want %v", got, want)
					}
				})
			}
		}
	}
	t.Run("stays while events arrive", func(t *testing.T) {
		first, next, err := x.Events(t.Context(), anybody, Query{}, Page{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		b.capture(coop, commission(500, ledger.Public, lot(3), kg(1)), trace.EventOutcome{})
		follow(t, x, b)
		second, _, err := x.Events(t.Context(), anybody, Query{}, Page{next, 10})
		if err != nil || second[0].Entry >= first[9].Entry || first[9].Entry-second[0].Entry > 2 {
			t.Errorf("%d follows %d, %v", second[0].Entry, first[9].Entry, err)
		}
	})
	t.Run("tokens", func(t *testing.T) {
		for _, token := range []string{"?", "AAAA", makeToken('N', []byte("short")), makeToken('E', be64(1)), makeToken('B', be64(1))} {
			_, _, err := x.Events(t.Context(), anybody, Query{}, Page{Token: token})
			wantCode(t, err, ledger.Invalid)
			_, _, err = x.Organisations(t.Context(), anybody, Page{Token: token})
			wantCode(t, err, ledger.Invalid)
		}
		_, _, err := x.Batches(t.Context(), anybody, gtin, Page{Token: makeToken('N', be64(1))})
		wantCode(t, err, ledger.Invalid)
	})
}

func TestBatches(t *testing.T) {
	b := newBook("lots")
	b.directory(agency, trace.ActionPrefix, trace.Prefix{Org: coop, GS1: "9521234"})
	for i := range 60 {
		b.capture(coop, commission(i, ledger.Own, lot(i), kg(1)), trace.EventOutcome{})
		if i%5 == 0 { // more of a lot that is there already
			b.capture(coop, commission(1000+i, ledger.Own, lot(i/2), kg(1)), trace.EventOutcome{})
		}
	}
	piece := must(gtin.WithSerial("S1"))
	b.capture(coop, commission(2000, ledger.Public, piece, nil), trace.EventOutcome{})
	want := []trace.ID{piece}
	for i := 59; i >= 0; i-- {
		want = append(want, lot(i))
	}
	for _, entries := range []int{1, 4, 1000} {
		x := indexed(t, b, func(c *Config) { c.BatchEntries = entries })
		var got []trace.ID
		for token := ""; ; {
			list, next, err := x.Batches(t.Context(), anybody, lot(5), Page{token, 7})
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, list...)
			if token = next; next == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d entries a batch: %v", entries, got)
		}
	}
}

func TestDirectory(t *testing.T) {
	b, p := province()
	b.directory(agency, trace.ActionPrefix, trace.Prefix{Org: packer, Issuer: "VN0N"})
	b.directory(agency, trace.ActionStand, trace.Standing{Org: packer, Suspended: true, Reason: "why"})
	b.directory(agency, trace.ActionHost, trace.Hosting{Org: coop, Host: "Org2MSP", Reason: "why"})
	b.directory(coop, trace.ActionEnrol, trace.NewMember{Member: ledger.Enrolment{Member: ledger.ID{9}, Org: coop, Key: ledger.Address{0x99}}})
	revoked := b.directory(coop, trace.ActionRevoke, trace.KeyRevocation{Key: ledger.Address{0x99}, Reason: "lost"})
	for i := 1; i <= 11; i++ {
		b.directory(agency, trace.ActionList, trace.List{Name: "units", Version: i, Payload: fmt.Sprint("units-", i)})
	}
	x := indexed(t, b, withPayloads(p))
	ctx := t.Context()

	o := must(x.Organisation(ctx, anybody, coop))
	if o.Kind != ledger.KindCoop || o.Host != "Org2MSP" || o.Profile.Name.VI != "Hợp tác xã" || o.Suspended != nil || o.AdmittedAt != recordTime(0) {
		t.Errorf("organisation %+v", o)
	}
	if by := must(x.Party(ctx, anybody, *o.GLN)); by.ID != coop {
		t.Errorf("party %v", by)
	}
	if s := must(x.Organisation(ctx, anybody, packer)); s.Suspended == nil || s.Suspended.Reason != "why" {
		t.Errorf("standing %+v", s)
	}
	var all []ledger.ID
	for token := ""; ; {
		list, next, err := x.Organisations(ctx, anybody, Page{token, 2})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range list {
			all = append(all, o.ID)
		}
		if token = next; next == "" {
			break
		}
	}
	if !slices.Equal(all, []ledger.ID{coop, packer, shop, agency, hidden}) {
		t.Errorf("organisations %v", all)
	}
	if l := must(x.List(ctx, "units")); l.Version != 11 || l.Payload != "units-11" {
		t.Errorf("list %+v", l)
	}
	k := must(x.Key(ctx, ledger.Address{0x99}))
	if k.Org != coop || k.Revoked == nil || k.Revoked.Entry != revoked || k.Revoked.Reason != "lost" {
		t.Errorf("key %+v", k)
	}
	if pr := must(x.Product(ctx, anybody, lot(4))); pr.Owner != coop || pr.Profile.Name.EN != "Lychee" {
		t.Errorf("product %+v", pr)
	}
	for org, want := range map[ledger.ID]int{{}: 1, coop: 1, shop: 0} {
		if list, _, err := x.Products(ctx, anybody, org, Page{}); err != nil || len(list) != want {
			t.Errorf("products of %s: %v, %v", org, list, err)
		}
	}
	code := must(trace.NewCode("VN0N", "00012"))
	for id, want := range map[string]ledger.ID{
		lot(1).String(): coop, "https://id.gs1.org/00/095212345432101239": coop, place.String(): coop,
		"/t/" + string(code) + "/10/A": packer,
	} {
		if got := must(x.Owner(trace.MustID(id))); got != want {
			t.Errorf("%s belongs to %s", id, got)
		}
	}
	for name, err := range map[string]error{
		"organisation": second(x.Organisation(ctx, anybody, ledger.ID{1})),
		"party":        second(x.Party(ctx, anybody, lot(1))),
		"place":        second(x.Place(ctx, anybody, lot(1))),
		"product":      second(x.Product(ctx, anybody, place)),
		"owner":        second(x.Owner(trace.MustID("https://id.gs1.org/01/04012345123456"))),
		"key":          second(x.Key(ctx, ledger.Address{0x77})),
		"list":         second(x.List(ctx, "unit")),
		"erased":       second(x.Erased(ctx, "coop-profile")),
		"passport":     second(x.Passport(ctx, anybody, trace.MustID("urn:x:y"))),
	} {
		if ledger.CodeOf(err) != ledger.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestListings: what belongs to an organisation, and what was erased, is found
// without looking through everything.
func TestListings(t *testing.T) {
	b, p := province()
	b.directory(agency, trace.ActionPrefix, trace.Prefix{Org: packer, Issuer: "VN0N"}, trace.Prefix{Org: packer, GS1: "8931", Evidence: "GS1"}, trace.Prefix{Org: shop, GS1: "8932", Evidence: "GS1"})
	var places []trace.ID
	for n := range 3 {
		places = append(places, trace.MustID("/t/"+string(must(trace.NewCode("VN0N", fmt.Sprintf("%05d", n))))))
		b.directory(packer, trace.ActionPlace, trace.Place{ID: places[n], Kind: trace.PlaceShop, Commune: "07234"})
	}
	b.directory(packer, trace.ActionPlace, trace.Place{ID: places[0], Kind: trace.PlaceWarehouse, Commune: "07234"})
	for i, name := range []string{"units", "crops", "units"} {
		b.directory(agency, trace.ActionList, trace.List{Name: name, Version: 1 + i/2, Payload: fmt.Sprint(name, i)})
	}
	erased := b.directory(agency, trace.ActionErase, trace.Erasure{Payload: "one", Reason: "why"}, trace.Erasure{Payload: "two", Reason: "why"})
	b.directory(agency, trace.ActionErase, trace.Erasure{Payload: "a third", Reason: "because"})
	x := indexed(t, b, withPayloads(p))
	ctx := t.Context()

	var got []string
	for _, pr := range must(x.Prefixes(ctx, packer)) {
		got = append(got, pr.GS1+pr.Issuer)
	}
	if !slices.Equal(got, []string{"8931", "VN0N"}) {
		t.Errorf("prefixes %v", got)
	}
	kinds := map[trace.ID]string{}
	for token := ""; ; {
		list, next, err := x.Places(ctx, anybody, packer, Page{token, 2})
		if err != nil {
			t.Fatal(err)
		}
		for _, pl := range list {
			kinds[pl.ID] = pl.Kind
		}
		if token = next; next == "" {
			break
		}
	}
	if len(kinds) != 3 || kinds[places[0]] != trace.PlaceWarehouse || kinds[places[1]] != trace.PlaceShop {
		t.Errorf("places %v", kinds)
	}
	if list, _, err := x.Places(ctx, anybody, shop, Page{}); err != nil || len(list) != 0 {
		t.Errorf("another's places: %v, %v", list, err)
	}
	for name, want := range map[string]string{"units": "units0 units2", "crops": "crops1", "unit": "", "": "crops1 units0 units2"} {
		var got []string
		for _, l := range must(x.ListVersions(ctx, name)) {
			got = append(got, l.Payload)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("versions of %q: %v, want %s", name, got, want)
		}
	}
	first, next, err := x.Erasures(ctx, Page{Limit: 2})
	if err != nil || len(first) != 2 || first[0].Payload != "a third" || first[0].Reason != "because" || first[1].Payload != "two" || first[1].Entry != erased {
		t.Errorf("erasures %+v, %v", first, err)
	}
	if rest, end, err := x.Erasures(ctx, Page{Token: next}); err != nil || len(rest) != 1 || rest[0].Payload != "one" || end != "" {
		t.Errorf("more erasures %+v, %q, %v", rest, end, err)
	}
	if m := must(x.Named(ctx, "crops1")); m.Org != agency || m.Entry == 0 {
		t.Errorf("named %+v", m)
	}
	wantCode(t, second(x.Named(ctx, "nothing")), ledger.NotFound)
}

func second[T any](_ T, err error) error {
	if err == nil {
		return ledger.Errorf(ledger.Conflict, "there is one")
	}
	return err
}

func TestCertificates(t *testing.T) {
	b, p := province()
	x := indexed(t, b, withPayloads(p))
	at := ledger.Time(1_800_000_000_000)
	of := func(id trace.ID) map[string]bool {
		valid := map[string]bool{}
		for _, c := range must(x.Batch(t.Context(), anybody, id)).Certificates {
			valid[c.ID] = c.Valid(at)
		}
		return valid
	}
	if got := of(lot(1)); len(got) != 1 || !got["ocop-1"] {
		t.Fatalf("%v", got)
	}
	b.certify(agency, trace.Certificate{ID: "lot", Holder: coop, Targets: []trace.ID{lot(1)}, From: 1, Until: at})
	b.certify(agency, trace.Certificate{ID: "place", Holder: coop, Targets: []trace.ID{place}, From: at, Until: at + 1})
	b.certify(agency, trace.Certificate{ID: "org", Holder: coop, From: 1, Until: at + 1})
	b.certify(shop, trace.Certificate{ID: "ocop-1", Holder: coop, From: 1, Until: 2})
	height := x.Height()
	page := must(x.Passport(t.Context(), anybody, lot(10)))
	revoked := b.certify(agency, trace.Certificate{ID: "ocop-1", Revoked: "fraud"})
	follow(t, x, b)
	list := must(x.Batch(t.Context(), anybody, lot(1))).Certificates
	var got []string
	for _, c := range list {
		got = append(got, fmt.Sprint(c.ID, " ", c.Issuer == agency, " ", c.Valid(at), " ", c.Revoked))
	}
	want := []string{"lot true false ", "place true true ", "org true true ", "ocop-1 false false ", "ocop-1 true false fraud"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	ocop := list[4]
	if !ocop.Valid(recordTime(revoked)-1) || ocop.Stars != 4 {
		t.Errorf("before its revocation: %+v", ocop)
	}
	if !x.Changed(page.DependsOn, height) {
		t.Error("the page does not know")
	}
	if _, ok := of(lot(20))["lot"]; ok {
		t.Error("another lot's certificate covers lot 20")
	}
	// What it is about does not matter to who holds it.
	held := map[string]int{}
	for _, c := range must(x.Held(coop)) {
		held[c.ID]++
	}
	if len(held) != 4 || held["ocop-1"] != 2 || held["lot"] != 1 || len(must(x.Held(shop))) != 0 {
		t.Errorf("held by the co-op: %v", held)
	}
}

func TestChanged(t *testing.T) {
	b, p := province()
	x := indexed(t, b, withPayloads(p), func(c *Config) { c.Stamps = 40 })
	changed := func(since uint64, d ...Dep) bool { return x.Changed(d, since) }
	h := x.Height()
	if changed(h, DepEvents(lot(1)), DepFacts(gtin), DepOrg(coop)) {
		t.Error("something changed after the last entry")
	}
	b.capture(coop, commission(70, ledger.Public, lot(70), kg(1)), trace.EventOutcome{})
	follow(t, x, b)
	if !changed(h, DepEvents(lot(70))) || !changed(h, DepEvents(gtin)) || changed(h, DepEvents(lot(1)), DepFacts(gtin)) {
		t.Error("an event changes its lot and its product's list, and nothing else")
	}
	b.directory(agency, trace.ActionStand, trace.Standing{Org: coop, Suspended: true})
	follow(t, x, b)
	if !changed(h, DepOrg(coop)) || changed(h, DepOrg(shop)) {
		t.Error("a standing changes its organisation alone")
	}
	h = x.Height()
	b.directory(agency, trace.ActionHost, trace.Hosting{Org: coop, Host: "Org2MSP"})
	follow(t, x, b)
	if !changed(h, DepOrg(coop)) || changed(h, DepOrg(shop)) {
		t.Error("a host changes its organisation alone")
	}
	for _, change := range []struct {
		action string
		item   any
	}{
		{trace.ActionEnrol, trace.NewMember{Member: enrolment(coop, 0x51, 0x61, ledger.RoleRecorder)}},
		{trace.ActionDevice, trace.DeviceKey{Member: enrolment(coop, 0x51, 0x62, ledger.RoleRecorder)}},
		{trace.ActionRevoke, trace.KeyRevocation{Key: ledger.Address{0x61}, Reason: "lost"}},
		{trace.ActionMember, trace.MemberChange{Member: ledger.ID{0x51}, Suspended: true, Reason: "left"}},
	} {
		h = x.Height()
		b.directory(coop, change.action, change.item)
		follow(t, x, b)
		if !changed(h, DepOrg(coop)) {
			t.Errorf("%s does not change its organisation", change.action)
		}
	}
	h = x.Height()
	b.directory(agency, trace.ActionErase, trace.Erasure{Payload: "x"})
	follow(t, x, b)
	if !changed(h) || changed(x.Height(), DepOrg(coop)) {
		t.Error("an erasure changes everything before it")
	}
	h = x.Height()
	for i := range 60 {
		b.capture(coop, commission(100+i, ledger.Public, lot(100+i), kg(1)), trace.EventOutcome{})
	}
	follow(t, x, b)
	if !changed(h, DepEvents(lot(1))) {
		t.Error("what was forgotten does not count as changed")
	}
}

func TestPassport(t *testing.T) {
	b, p := province()
	pallet := trace.MustID("https://id.gs1.org/00/095212345432101239")
	crate := trace.MustID("https://id.gs1.org/8003/09521234543213A")
	for i, parent := range []trace.ID{pallet, crate} {
		f := fact(80+2*i, ledger.Public, trace.StepPacking)
		f.Type, f.Action, f.Parent, f.Objects = trace.AggregationEvent, trace.Add, &parent, []trace.Stock{{ID: lot(11), Quantity: kg(1)}}
		b.capture(packer, f, trace.EventOutcome{Edges: []trace.Edge{{Kind: trace.PackedInto, From: lot(11), To: parent, Quantity: kg(1)}}})
		f = fact(81+2*i, ledger.Public, trace.StepShipping)
		f.Objects = []trace.Stock{{ID: parent}}
		b.capture(packer, f, trace.EventOutcome{})
	}
	x := indexed(t, b, withPayloads(p))
	journey := func(v Viewer, id trace.ID) (*Passport, []string) {
		page := must(x.Passport(t.Context(), v, id))
		var list []string
		for _, s := range page.Journey {
			list = append(list, s.Fact.Event[len(s.Fact.Event)-2:])
		}
		return page, list
	}
	page, list := journey(anybody, lot(11))
	if want := []string{"82", "81", "80", "14", "12", "10", "01"}; !slices.Equal(list, want) {
		t.Errorf("journey %v, want %v", list, want)
	}
	if page.Hidden != 4 || page.Truncated || page.Level != LevelLot { // 2, 3, 11 and 13
		t.Errorf("%d hidden, truncated %v, level %s", page.Hidden, page.Truncated, page.Level)
	}
	if page.Producer.ID != coop || page.Product.Owner != coop || page.Batch.Created.Fact.Event[len(page.Batch.Created.Fact.Event)-2:] != "12" {
		t.Errorf("producer %+v, created by %+v", page.Producer, page.Batch.Created)
	}
	if len(page.Confirmations) != 1 || page.Journey[page.Confirmations[0]].Org != agency {
		t.Errorf("confirmations %v", page.Confirmations)
	}
	last := page.Journey[len(page.Journey)-1]
	if last.Commune != "07213" || !slices.Equal(last.Of, []trace.ID{lot(1)}) || len(last.Stock) != 1 {
		t.Errorf("last step %+v", last)
	}
	if page.Organisations[agency] == nil || page.Places[place] == nil || len(page.Batch.Certificates) != 1 {
		t.Errorf("%v %v %v", page.Organisations, page.Places, page.Batch.Certificates)
	}
	if page, _ := journey(Viewer{Operator: true}, lot(11)); page.Hidden != 0 {
		t.Errorf("%d hidden from the operator", page.Hidden)
	}
	// A piece of the lot that has no events of its own shows the lot's journey.
	for _, piece := range []trace.ID{must(lot(11).WithSerial("S1"))} {
		page, got := journey(anybody, piece)
		if !slices.Equal(got, list) || page.Level != LevelPiece {
			t.Errorf("%s: journey %v", piece, got)
		}
	}
	if page, list := journey(anybody, gtin); page.Level != LevelProduct || len(list) != 0 || page.Product == nil {
		t.Errorf("product: %+v", page)
	}
	if page, list := journey(anybody, pallet); page.Level != LevelContainer || !slices.Contains(list, "14") {
		t.Errorf("container: %v", list)
	}
}

func TestJourneyIsCut(t *testing.T) {
	b := newBook("long")
	b.directory(agency, trace.ActionPrefix, trace.Prefix{Org: coop, GS1: "9521234"})
	for i := range maxSteps + 20 {
		b.capture(coop, commission(i, ledger.Public, lot(1), kg(1)), trace.EventOutcome{})
	}
	x := indexed(t, b)
	page := must(x.Passport(t.Context(), anybody, lot(1)))
	if len(page.Journey) != maxSteps || !page.Truncated || page.Journey[0].Entry != b.Size()-1 {
		t.Errorf("%d steps, truncated %v", len(page.Journey), page.Truncated)
	}
	if page.Batch.First.Entry != 1 || page.Batch.Last.Entry != b.Size()-1 || page.Batch.Created.Entry != 1 {
		t.Errorf("first %v, last %v", page.Batch.First, page.Batch.Last.Entry)
	}
}
