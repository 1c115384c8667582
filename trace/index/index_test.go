package index

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// province is a small history with something of everything in it.
func province() (*book, payloads) {
	b := newBook("province")
	p := payloads{
		"coop-profile":    trace.Profile{Name: trace.Text{VI: "Hợp tác xã"}, Image: "coop-image"},
		"hidden-profile":  trace.Profile{Name: trace.Text{VI: "Bà Năm"}, Image: "hidden-image"},
		"product-profile": trace.Profile{Name: trace.Text{VI: "Vải thiều", EN: "Lychee"}},
	}
	gln := trace.MustID("https://id.gs1.org/417/9521234543206")
	for i, o := range []struct {
		id   ledger.ID
		kind ledger.Kind
		org  trace.Organisation
	}{
		{coop, ledger.KindCoop, trace.Organisation{GLN: &gln, Profile: &trace.Describes{Payload: "coop-profile"}}},
		{packer, ledger.KindPackingHouse, trace.Organisation{}},
		{shop, ledger.KindRetailer, trace.Organisation{}},
		{agency, ledger.KindAgency, trace.Organisation{}},
		{hidden, ledger.KindHousehold, trace.Organisation{Profile: &trace.Describes{Payload: "hidden-profile", Sealed: true}}},
	} {
		o.org.ID, o.org.Kind = o.id, o.kind
		b.directory(agency, trace.ActionAdmit, trace.Admission{Org: o.org, Member: ledger.Enrolment{
			Member: member(o.id), Org: o.id, Key: ledger.Address{byte(i + 1)}, Roles: []ledger.Role{ledger.RoleAdmin}}})
	}
	b.directory(agency, trace.ActionPrefix, trace.Prefix{Org: coop, GS1: "9521234"})
	b.directory(coop, trace.ActionProduct, trace.Product{ID: gtin, Unit: "KGM", Tolerance: trace.Ratio{Num: 3, Den: 100},
		HardCap: trace.Ratio{Num: 1, Den: 1}, Profile: &trace.Describes{Payload: "product-profile"}})
	b.directory(coop, trace.ActionPlace, trace.Place{ID: place, Kind: "plot", Commune: "07213"})

	// lot 1 is public, lot 2 is the parties', lot 3 the household's own; 10 is made
	// of the three, 11 of 10, 20 of 2 alone.
	b.capture(coop, commission(1, ledger.Public, lot(1), kg(100)), trace.EventOutcome{
		Balances: []trace.Balance{{ID: lot(1), Holder: coop.String(), Quantity: *kg(100)}}})
	b.capture(coop, commission(2, ledger.Parties, lot(2), kg(200)), trace.EventOutcome{Parties: []ledger.ID{coop, packer},
		Balances: []trace.Balance{{ID: lot(2), Holder: coop.String(), Quantity: *kg(200)}},
		Flags:    []trace.Flag{{ID: lot(2), Kind: trace.FlagOver, Quantity: kg(9)}}})
	b.capture(hidden, commission(3, ledger.Own, lot(3), kg(300)), trace.EventOutcome{
		Balances: []trace.Balance{{ID: lot(3), Holder: hidden.String(), Quantity: *kg(300)}}})
	f, out := transform(10, ledger.Public, lot(10), lot(1))
	b.capture(packer, f, out)
	f, out = transform(11, ledger.Parties, lot(10), lot(2), lot(3))
	out.Parties = []ledger.ID{packer, coop}
	b.capture(packer, f, out)
	f, out = transform(12, ledger.Public, lot(11), lot(10))
	b.capture(packer, f, out)
	f, out = transform(13, ledger.Own, lot(20), lot(2))
	b.capture(packer, f, out)
	inspect := fact(14, ledger.Public, trace.StepInspecting)
	inspect.Objects = []trace.Stock{{ID: lot(11)}}
	b.capture(agency, inspect, trace.EventOutcome{})
	b.certify(agency, trace.Certificate{ID: "ocop-1", Scheme: "ocop", Number: "1", Holder: coop, Targets: []trace.ID{gtin},
		Stars: 4, From: 1, Until: 1_900_000_000_000, Doc: "certificate-doc"})
	return b, p
}

func withPayloads(p payloads) func(*Config) { return func(c *Config) { c.Payload = p.get } }

func TestEventAndKnown(t *testing.T) {
	b, p := province()
	x := indexed(t, b, withPayloads(p))
	f := commission(1, ledger.Public, lot(1), kg(100))
	rec := must(x.Event(t.Context(), anybody, f.Event))
	if !reflect.DeepEqual(rec.Fact, f) || rec.Org != coop || rec.Member != member(coop) || rec.Time != recordTime(rec.Entry) {
		t.Errorf("read %+v", rec)
	}
	if again := must(x.At(t.Context(), anybody, rec.Entry, rec.Item)); !reflect.DeepEqual(again, rec) {
		t.Errorf("At gives %+v", again)
	}
	h, wrong, ok, err := x.Known(t.Context(), f.Event)
	if h != f.Hash || wrong || !ok || err != nil {
		t.Errorf("Known: %q %v %v %v", h, wrong, ok, err)
	}
	if _, _, ok, _ := x.Known(t.Context(), "urn:uuid:nobody"); ok {
		t.Error("an unknown event is known")
	}
	_, err = x.Event(t.Context(), anybody, "urn:uuid:nobody")
	wantCode(t, err, ledger.NotFound)
}

func TestDuplicateLeavesNothing(t *testing.T) {
	b := newBook("dup")
	b.capture(coop, commission(1, ledger.Public, lot(1), kg(1)), trace.EventOutcome{})
	b.capture(shop, commission(1, ledger.Public, lot(1), kg(1)), trace.EventOutcome{Duplicate: true})
	x := indexed(t, b)
	list, _, err := x.Events(t.Context(), anybody, Query{}, Page{})
	if err != nil || len(list) != 1 || list[0].Org != coop {
		t.Fatalf("%v, %v", list, err)
	}
}

func TestVoid(t *testing.T) {
	b := newBook("void")
	b.capture(coop, commission(1, ledger.Public, lot(1), kg(1)), trace.EventOutcome{})
	var first trace.Fact
	for i := range 200 { // enough for chunks
		f, out := transform(100+i, ledger.Public, lot(2), lot(1))
		if i == 3 {
			first = f
			out.Flags = []trace.Flag{{ID: lot(2), Kind: trace.FlagOver}}
		}
		b.capture(coop, f, out)
	}
	x := indexed(t, b, func(c *Config) { c.BatchEntries = 7 })
	edges := func() int {
		return len(must(x.Trace(t.Context(), anybody, lot(2), Up, Limits{})).Edges)
	}
	if edges() != 200 {
		t.Fatalf("%d edges", edges())
	}
	height := x.Height()
	decl := first
	decl.Error = &trace.ErrorDeclaration{Time: 5, Reason: "incorrect_data"}
	decl.Payload = "declaration"
	entry := b.capture(coop, decl, trace.EventOutcome{Voids: first.Event, Balances: []trace.Balance{{ID: lot(2), Holder: "x", Quantity: *kg(2)}}})
	follow(t, x, b)
	if edges() != 199 {
		t.Errorf("%d edges after the declaration", edges())
	}
	if down := must(x.Trace(t.Context(), anybody, lot(1), Down, Limits{})); len(down.Edges) != 199 {
		t.Errorf("%d edges downward", len(down.Edges))
	}
	rec := must(x.Event(t.Context(), anybody, first.Event))
	if rec.Voided == nil || rec.Voided.Entry != entry || rec.Fact.Error != nil {
		t.Errorf("voided event: %+v", rec)
	}
	if d := must(x.At(t.Context(), anybody, entry, 0)); d.Fact.Error == nil {
		t.Errorf("declaration: %+v", d)
	}
	if _, wrong, ok, _ := x.Known(t.Context(), first.Event); !wrong || !ok {
		t.Error("the declaration is not known")
	}
	if batch := must(x.Batch(t.Context(), anybody, lot(2))); len(batch.Flags) != 0 || len(batch.Balances) != 1 {
		t.Errorf("flags %v, balances %v", batch.Flags, batch.Balances)
	}
	if !x.Changed([]Dep{DepEvents(lot(2))}, height) {
		t.Error("nothing changed")
	}
	// A declaration under an identifier of its own does the same.
	other := fact(900, ledger.Public, "")
	other.Error = decl.Error
	b.capture(coop, other, trace.EventOutcome{Voids: "urn:uuid:00000000-0000-4000-8000-000000000299"})
	follow(t, x, b)
	if edges() != 198 {
		t.Errorf("%d edges after the second declaration", edges())
	}
}

func TestVoidInOneBatchWithItsEvent(t *testing.T) {
	b := newBook("void")
	f, out := transform(1, ledger.Public, lot(2), lot(1))
	b.capture(coop, f, out)
	f.Error = &trace.ErrorDeclaration{Time: 5}
	b.capture(coop, f, trace.EventOutcome{Voids: f.Event})
	x := indexed(t, b)
	if g := must(x.Trace(t.Context(), anybody, lot(2), Both, Limits{})); len(g.Edges) != 0 {
		t.Errorf("edges %v", g.Edges)
	}
}

func TestRecall(t *testing.T) {
	b, p := province()
	x := indexed(t, b, withPayloads(p))
	recalled := func(id trace.ID) []trace.ID {
		t.Helper()
		var on []trace.ID
		for _, r := range must(x.Batch(t.Context(), anybody, id)).Recalls {
			on = append(on, r.On)
		}
		node := must(x.Trace(t.Context(), anybody, id, Up, Limits{Details: true, Nodes: 1})).Nodes[0]
		if node.Recalled != (len(on) > 0) {
			t.Errorf("%s: trace says recalled %v", id, node.Recalled)
		}
		return on
	}
	page := must(x.Passport(t.Context(), anybody, lot(11)))
	b.recall(coop, trace.Recall{Target: lot(3), Reason: "r", Action: "a", Contact: "c", Doc: "notice"})
	follow(t, x, b)
	for id, want := range map[trace.ID][]trace.ID{lot(3): {lot(3)}, lot(10): {lot(3)}, lot(11): {lot(3)}, lot(1): nil, lot(20): nil} {
		if got := recalled(id); !slices.Equal(got, want) {
			t.Errorf("%s is recalled by %v, want %v", id, got, want)
		}
	}
	if !x.Changed(page.DependsOn, page.Height) {
		t.Error("the descendant's page does not know")
	}
	if ok := must(x.Readable(t.Context(), anybody, "notice")); !ok {
		t.Error("the notice is not public")
	}
	b.recall(agency, trace.Recall{Target: gtin, Reason: "all", Action: "a", Contact: "c"})
	follow(t, x, b)
	if got := recalled(lot(1)); !slices.Equal(got, []trace.ID{lot(1)}) {
		t.Errorf("a product's recall covers %v", got)
	}
	b.recall(coop, trace.Recall{Target: lot(3), Lift: true})
	b.recall(agency, trace.Recall{Target: gtin, Lift: true})
	follow(t, x, b)
	for _, id := range []trace.ID{lot(3), lot(10), lot(11), lot(1)} {
		if got := recalled(id); len(got) != 0 {
			t.Errorf("%s is still recalled by %v", id, got)
		}
	}
	if h := must(x.Recalls(lot(3))); len(h) != 2 || h[0].Lift || !h[1].Lift {
		t.Errorf("history %v", h)
	}
}

// TestRecalledByTwo: whoever recalls lifts their own, and the thing stays recalled
// until all have.
func TestRecalledByTwo(t *testing.T) {
	b := newBook("two")
	b.capture(coop, commission(1, ledger.Public, lot(1), kg(1)), trace.EventOutcome{})
	dir := t.TempDir()
	for _, step := range []struct {
		by   ledger.ID
		lift bool
		want []ledger.ID
	}{
		{coop, false, []ledger.ID{coop}}, {agency, false, []ledger.ID{coop, agency}},
		{coop, true, []ledger.ID{agency}}, {coop, false, []ledger.ID{agency, coop}},
		{agency, true, []ledger.ID{coop}}, {coop, true, nil},
	} {
		b.recall(step.by, trace.Recall{Target: lot(1), Lift: step.lift, Reason: "r"})
		x := openAt(t, dir)
		for range 2 { // as it was applied, and as it is loaded
			follow(t, x, b)
			var by []ledger.ID
			for _, r := range must(x.Batch(t.Context(), anybody, lot(1))).Recalls {
				by = append(by, r.Org)
			}
			if !slices.Equal(by, step.want) || len(x.RecallsInForce()) != len(step.want) {
				t.Errorf("after %+v it is recalled by %v", step, by)
			}
			if err := x.Close(); err != nil {
				t.Fatal(err)
			}
			x = openAt(t, dir)
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
	}
	x := openAt(t, dir)
	defer x.Close()
	if all := must(x.RecallsDeclared()); len(all) != 6 || !all[0].Lift || all[5].Lift {
		t.Errorf("declared %v", all)
	}
}

// TestRestart closes and opens between entries, and gives the index ledgers that
// it cannot go on with.
func TestRestart(t *testing.T) {
	b, p := province()
	dir := t.TempDir()
	part := newBook("province")
	for i := range b.entries {
		part.entries = b.entries[:i+1]
		x := openAt(t, dir, withPayloads(p))
		if x.Height() != uint64(i) {
			t.Fatalf("height is %d, want %d", x.Height(), i)
		}
		follow(t, x, part)
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
	}
	whole := answers(t, indexed(t, b, withPayloads(p)), b)
	x := openAt(t, dir, withPayloads(p))
	if got := answers(t, x, b); got != whole {
		t.Errorf("one by one:\n%s\nat once:\n%s", got, whole)
	}

	t.Run("ahead of the ledger", func(t *testing.T) {
		part.entries = b.entries[:9]
		follow(t, x, part)
		if got := answers(t, x, part); got != answers(t, indexed(t, part, withPayloads(p)), part) || x.Height() != 9 {
			t.Errorf("height %d: %s", x.Height(), got)
		}
	})
	t.Run("another register", func(t *testing.T) {
		other := newBook("other")
		for i := range 10 {
			other.capture(shop, commission(i, ledger.Public, lot(i+50), kg(1)), trace.EventOutcome{})
		}
		follow(t, x, other)
		_, err := x.Batch(t.Context(), Viewer{Operator: true}, lot(1))
		wantCode(t, err, ledger.NotFound)
		must(x.Batch(t.Context(), anybody, lot(50)))
	})
	for name, k := range map[string][]byte{"another format": keyFormat, "an interrupted write": keyPartial} {
		t.Run(name, func(t *testing.T) {
			err := x.db.Update(func(txn *badger.Txn) error { return txn.Set(k, []byte("sogoc-index/0")) })
			if err != nil {
				t.Fatal(err)
			}
			x.Close()
			x = openAt(t, dir)
			if x.Height() != 0 {
				t.Errorf("height is %d", x.Height())
			}
			follow(t, x, b)
		})
	}
	t.Run("another boot", func(t *testing.T) {
		x.Close()
		db := must(badger.Open(badger.DefaultOptions(dir).WithLogger(nil)))
		if err := db.Update(func(txn *badger.Txn) error { return txn.Set(keyOpen, []byte(".another")) }); err != nil {
			t.Fatal(err)
		}
		db.Close()
		if x = openAt(t, dir); x.Height() != 0 {
			t.Errorf("height is %d", x.Height())
		}
	})
	x.Close()
}

func TestOpenRefusesAnotherDatabase(t *testing.T) {
	dir := t.TempDir()
	db := must(badger.Open(badger.DefaultOptions(dir).WithLogger(nil)))
	if err := db.Update(func(txn *badger.Txn) error { return txn.Set([]byte("block"), []byte("1")) }); err != nil {
		t.Fatal(err)
	}
	db.Close()
	_, err := Open(Config{Dir: dir, Payload: payloads{}.get})
	wantCode(t, err, ledger.Invalid)
	_, err = Open(Config{Dir: t.TempDir()})
	wantCode(t, err, ledger.Invalid)
}

// TestLargeEntry spreads an entry over several of the store's writes.
func TestLargeEntry(t *testing.T) {
	b := newBook("large")
	f := fact(1, ledger.Public, trace.StepPacking)
	pallet := trace.MustID("https://id.gs1.org/00/095212345432101239")
	f.Type, f.Action, f.Parent = trace.AggregationEvent, trace.Add, &pallet
	var out trace.EventOutcome
	for i := range 20_000 {
		id := must(gtin.WithSerial(fmt.Sprintf("S%d", i)))
		f.Objects = append(f.Objects, trace.Stock{ID: id})
		out.Edges = append(out.Edges, trace.Edge{Kind: trace.PackedInto, From: id, To: pallet})
	}
	b.capture(coop, f, out)
	x := indexed(t, b, func(c *Config) { c.Memory = 1 << 20 })
	g := must(x.Trace(t.Context(), anybody, pallet, Up, Limits{Nodes: 50_000}))
	if len(g.Nodes) != 20_001 || g.Truncated {
		t.Errorf("%d nodes", len(g.Nodes))
	}
	g = must(x.Trace(t.Context(), anybody, pallet, Up, Limits{}))
	if len(g.Nodes) != defaultNodes || !g.Truncated {
		t.Errorf("%d nodes, truncated %v", len(g.Nodes), g.Truncated)
	}
}

func TestRunRefusesGapsAndASecondRun(t *testing.T) {
	b, p := province()
	x := indexed(t, b, withPayloads(p))
	x.running.Store(true)
	wantCode(t, x.Run(t.Context(), b), ledger.Conflict)
	x.running.Store(false)
	e := *b.entries[0]
	b.entries = append(b.entries, &e)
	wantCode(t, x.Run(t.Context(), b), ledger.Internal)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := x.Wait(ctx, x.Height()+1); err != context.Canceled {
		t.Errorf("Wait: %v", err)
	}
}

// answers is what every viewer is told about everything, as text.
func answers(t testing.TB, x *Index, b *book) string {
	t.Helper()
	ctx := t.Context()
	var all []any
	add := func(v any, err error) {
		if err != nil {
			v = string(ledger.CodeOf(err))
		}
		all = append(all, v)
	}
	things := map[trace.ID]bool{gtin: true}
	for _, e := range b.entries {
		for _, it := range e.Tx.Items {
			var f trace.Fact
			if json.Unmarshal(it.Data, &f) == nil {
				for s := range f.Stocks {
					things[s.ID] = true
				}
			}
		}
	}
	var ids []trace.ID
	for id := range things {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b trace.ID) int { return slices.Compare([]byte(a.String()), []byte(b.String())) })
	for _, v := range []Viewer{{}, {Org: coop}, {Org: packer}, {Org: shop}, {Org: hidden}, {Operator: true}} {
		for _, q := range []Query{{}, {Oldest: true}, {Types: []trace.EventType{trace.TransformationEvent}},
			{Orgs: []ledger.ID{packer, coop}}, {Places: []trace.ID{place}, Steps: []string{trace.StepInspecting}}} {
			for token := ""; ; {
				list, next, err := x.Events(ctx, v, q, Page{Token: token, Limit: 3})
				add(list, err)
				if token = next; next == "" {
					break
				}
			}
		}
		for _, id := range ids {
			add(x.Batch(ctx, v, id))
			add(x.Trace(ctx, v, id, Both, Limits{Details: true}))
			p, err := x.Passport(ctx, v, id)
			if p != nil {
				p.Height = 0
				all = append(all, fmt.Sprint(p.DependsOn))
			}
			add(p, err)
		}
		list, _, err := x.Batches(ctx, v, gtin, Page{})
		add(list, err)
		orgs, _, err := x.Organisations(ctx, v, Page{})
		add(orgs, err)
		products, _, err := x.Products(ctx, v, ledger.ID{}, Page{})
		add(products, err)
	}
	var text []byte
	for _, v := range all {
		line, err := json.Marshal(v)
		if err != nil {
			line = fmt.Appendf(nil, "%+v (%v)", v, err)
		}
		text = append(append(text, line...), '\n')
	}
	return string(text)
}
