package index

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

var of = func(org ledger.ID) Viewer { return Viewer{Org: org} }

// listed is what an organisation has in a way, page by page.
func listed(t *testing.T, x *Index, org ledger.ID, w Way, limit int) (list []Holding) {
	t.Helper()
	page := Page{Limit: limit}
	for {
		part, next, err := x.Holdings(t.Context(), of(org), org, w, nil, page)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, part...)
		if page.Token = next; next == "" {
			return list
		}
	}
}

// summary is all of it in one line: way, lot and things.
func summary(t *testing.T, x *Index, org ledger.ID) string {
	t.Helper()
	counts, err := x.HoldingCounts(t.Context(), of(org), org)
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for _, w := range ways {
		list := listed(t, x, org, w, 2)
		if counts[w] != len(list) {
			t.Errorf("%s has %d in the way %c, which counts as %d", org, len(list), w, counts[w])
		}
		for _, h := range list {
			parts = append(parts, fmt.Sprintf("%c %s %d", w, h.ID.Lot(), h.Things))
		}
	}
	return strings.Join(parts, ", ")
}

func holds(id trace.ID, holder string, q *trace.Quantity) trace.Balance {
	return trace.Balance{ID: id, Holder: holder, Quantity: *q}
}

func piece(n int, serial string) trace.ID {
	id, err := lot(n).WithSerial(serial)
	if err != nil {
		panic(err)
	}
	return id
}

// step is an event of an organisation with the balances that it left.
type movement struct {
	by       ledger.ID
	step     string
	wrong    bool // it declares an event wrong
	audience ledger.Audience
	from     trace.ID
	left     []trace.Balance
	flags    []trace.Flag
}

// TestHoldings: what each has, sent and is sent, after each event.
func TestHoldings(t *testing.T) {
	one, no, some, rest := trace.NewQuantity(1, 0, ""), trace.NewQuantity(0, 0, ""), kg(100), kg(0)
	home := trace.MustID("https://id.gs1.org/414/9521234543299")
	bk := newBook("holdings")
	bk.directory(coop, trace.ActionPlace, trace.Place{ID: home, Kind: trace.PlaceWarehouse, Commune: "1"})
	x := openAt(t, t.TempDir())
	defer x.Close()
	toPacker, toShop := "to "+packer.String(), "to "+shop.String()
	n := 0
	for _, c := range []struct {
		name               string
		m                  movement
		coop, packer, shop string
	}{
		{"a lot is made", movement{by: coop, step: "commissioning", left: []trace.Balance{holds(lot(1), coop.String(), some)}},
			"h L1 1", "", ""},
		{"pieces of another", movement{by: coop, step: "packing", left: []trace.Balance{holds(piece(2, "1"), coop.String(), &one), holds(piece(2, "2"), coop.String(), &one)}},
			"h L2 2, h L1 1", "", ""},
		{"some of the first is shipped", movement{by: coop, step: "shipping", left: []trace.Balance{holds(lot(1), coop.String(), kg(60)), holds(lot(1), toPacker, kg(40))}},
			"h L1 1, h L2 2, s L1 1", "c L1 1", ""},
		{"and some to another", movement{by: coop, step: "shipping", left: []trace.Balance{holds(lot(1), coop.String(), rest), holds(lot(1), toShop, kg(60))}},
			"h L2 2, s L1 2", "c L1 1", "c L1 1"},
		{"it arrives", movement{by: packer, step: "receiving", left: []trace.Balance{holds(lot(1), toPacker, rest), holds(lot(1), packer.String(), kg(40))}},
			"h L2 2, s L1 1", "h L1 1", "c L1 1"},
		{"no, it did not", movement{by: packer, step: "receiving", wrong: true, left: []trace.Balance{holds(lot(1), toPacker, kg(40)), holds(lot(1), packer.String(), rest)}},
			"h L2 2, s L1 2", "c L1 1", "c L1 1"},
		{"one piece is shipped", movement{by: coop, step: "shipping", left: []trace.Balance{holds(piece(2, "1"), coop.String(), &no), holds(piece(2, "1"), toShop, &one)}},
			"h L2 1, s L2 1, s L1 2", "c L1 1", "c L2 1, c L1 1"},
		{"the other is destroyed", movement{by: coop, step: "destroying", left: []trace.Balance{holds(piece(2, "2"), coop.String(), &no), holds(piece(2, "2"), "destroyed", &one)}},
			"s L2 1, s L1 2", "c L1 1", "c L2 1, c L1 1"},
		{"the packer ships the same lot, too", movement{by: packer, step: "shipping", left: []trace.Balance{holds(lot(1), toShop, kg(70))}},
			"s L2 1, s L1 2", "s L1 1, c L1 1", "c L1 1, c L2 1"},
		{"what one sender shipped arrives", movement{by: shop, step: "receiving", from: home, left: []trace.Balance{holds(lot(1), toShop, kg(10)), holds(lot(1), shop.String(), kg(60))}},
			"s L1 1, s L2 1", "s L1 1, c L1 1", "h L1 1, c L1 1, c L2 1"},
		{"a lot is below nothing", movement{by: coop, step: "shipping", wrong: true, left: []trace.Balance{holds(lot(3), coop.String(), kg(-5))}},
			"s L1 1, s L2 1", "s L1 1, c L1 1", "h L1 1, c L1 1, c L2 1"},
		{"what is kept to oneself", movement{by: coop, step: "shipping", audience: ledger.Own, left: []trace.Balance{holds(lot(4), toShop, some)}},
			"s L4 1, s L1 1, s L2 1", "s L1 1, c L1 1", "h L1 1, c L1 1, c L2 1"},
	} {
		n++
		f := commission(n, ledger.Parties, lot(9), kg(1))
		f.Step, f.Action = c.m.step, trace.Observe
		if c.m.audience != "" {
			f.Audience = c.m.audience
		}
		if c.m.wrong {
			f.Error = &trace.ErrorDeclaration{Time: 1}
		}
		if !c.m.from.IsZero() {
			f.From = []trace.PartyRef{{Type: trace.PartyPossessing, ID: c.m.from}}
		}
		bk.capture(c.m.by, f, trace.EventOutcome{Parties: []ledger.ID{c.m.by, coop, packer, shop}, Balances: c.m.left, Flags: c.m.flags})
		follow(t, x, bk)
		for org, want := range map[ledger.ID]string{coop: c.coop, packer: c.packer, shop: c.shop} {
			if got := summary(t, x, org); got != want {
				t.Errorf("%s: %s has %q, want %q", c.name, org, got, want)
			}
		}
	}
	if list, _, err := x.Holdings(t.Context(), of(shop), coop, Sent, nil, Page{}); err != nil || len(list) != 0 {
		t.Errorf("others see what the co-op sent: %v, %v", list, err)
	}
	if _, _, err := x.Holdings(t.Context(), of(coop), coop, Sent, nil, Page{Token: "x"}); ledger.CodeOf(err) != ledger.Invalid {
		t.Errorf("a token of another list: %v", err)
	}
	held, err := x.Holding(t.Context(), of(shop), shop, lot(1))
	if err != nil || len(held) != 2 || held[0].Way != Held || held[1].Way != Coming {
		t.Errorf("one lot: %+v, %v", held, err)
	}
	pieces, err := x.PiecesHeld(t.Context(), of(shop), shop, Coming, lot(2), 10)
	if err != nil || !slices.Equal(pieces, []trace.ID{piece(2, "1")}) {
		t.Errorf("which pieces are coming: %v, %v", pieces, err)
	}
}

// TestHoldingsInPieces: a lot that is had by quantity and in pieces is listed once, as
// long as there is any of either, whichever comes and goes first.
func TestHoldingsInPieces(t *testing.T) {
	one, no := trace.NewQuantity(1, 0, ""), trace.NewQuantity(0, 0, "")
	quantity, piece := holds(lot(1), coop.String(), kg(100)), holds(piece(1, "1"), coop.String(), &one)
	allSold, soldPiece := holds(lot(1), coop.String(), kg(0)), holds(piece.ID, coop.String(), &no)
	for name, steps := range map[string][]struct {
		left trace.Balance
		want string
	}{
		"quantity first": {{quantity, "h L1 1"}, {piece, "h L1 2"}, {quantity, "h L1 2"}, {allSold, "h L1 1"}, {allSold, "h L1 1"}, {soldPiece, ""}, {quantity, "h L1 1"}, {allSold, ""}},
		"piece first":    {{piece, "h L1 1"}, {quantity, "h L1 2"}, {soldPiece, "h L1 1"}, {quantity, "h L1 1"}, {piece, "h L1 2"}, {allSold, "h L1 1"}, {soldPiece, ""}, {soldPiece, ""}},
	} {
		bk := newBook("pieces")
		x := openAt(t, t.TempDir())
		defer x.Close()
		for n, step := range steps {
			bk.capture(coop, fact(n, ledger.Parties, trace.StepInspecting), trace.EventOutcome{Balances: []trace.Balance{step.left}})
			follow(t, x, bk)
			if got := summary(t, x, coop); got != step.want {
				t.Errorf("%s, step %d: %q, want %q", name, n, got, step.want)
			}
			list, err := x.Holding(t.Context(), of(coop), coop, lot(1))
			if err != nil || (len(list) == 1) != (step.want != "") {
				t.Errorf("%s, step %d: the lot itself: %v, %v", name, n, list, err)
			}
		}
	}
}

// TestTroubledHoldings: flags and recalls are found for whoever has the goods, also in
// what was made of them, packed pieces included.
func TestTroubledHoldings(t *testing.T) {
	one := trace.NewQuantity(1, 0, "")
	pallet := trace.MustID("https://id.gs1.org/00/095212340000000013")
	bk := newBook("trouble")
	bk.capture(coop, commission(1, ledger.Parties, lot(1), kg(100)), trace.EventOutcome{Balances: []trace.Balance{holds(lot(1), coop.String(), kg(100))}})
	f, out := transform(2, ledger.Parties, lot(2), lot(1))
	out.Balances = []trace.Balance{holds(lot(1), coop.String(), kg(0)), holds(lot(2), coop.String(), kg(90))}
	bk.capture(coop, f, out)
	f, out = transform(3, ledger.Parties, piece(3, "1"), lot(5))
	out.Balances = []trace.Balance{holds(piece(3, "1"), coop.String(), &one)}
	bk.capture(coop, f, out)
	f = commission(4, ledger.Parties, piece(3, "1"), nil)
	f.Type, f.Step, f.Parent = trace.AggregationEvent, trace.StepPacking, &pallet
	zero := trace.NewQuantity(0, 0, "")
	bk.capture(coop, f, trace.EventOutcome{
		Edges:    []trace.Edge{{Kind: trace.PackedInto, From: piece(3, "1"), To: pallet}},
		Balances: []trace.Balance{holds(pallet, packer.String(), &one), holds(piece(3, "1"), coop.String(), &zero), holds(piece(3, "1"), "in "+pallet.String(), &one)},
	})
	f = commission(5, ledger.Parties, lot(2), kg(1))
	f.Step, f.Action = "inspecting", trace.Observe
	bk.capture(shop, f, trace.EventOutcome{Flags: []trace.Flag{{ID: lot(2), Kind: trace.FlagOver}}})
	x := openAt(t, t.TempDir())
	defer x.Close()
	follow(t, x, bk)

	ids := func(list []Holding, err error) (ids []trace.ID) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range list {
			ids = append(ids, h.ID)
		}
		return ids
	}
	flagged := func(org ledger.ID) []trace.ID { return ids(x.FlaggedHoldings(t.Context(), of(org), org)) }
	recalled := func(org ledger.ID) []trace.ID {
		list, _, err := x.RecalledHoldings(t.Context(), of(org), org)
		return ids(list, err)
	}
	if got := flagged(coop); !slices.Equal(got, []trace.ID{lot(2)}) {
		t.Errorf("flagged: %v", got)
	}
	if got := flagged(shop); len(got) != 0 {
		t.Errorf("the shop has nothing of it, and is shown %v", got)
	}
	if got := recalled(coop); len(got) != 0 {
		t.Errorf("nothing is recalled, and %v is listed", got)
	}
	// Who gets a flagged lot later sees it among the flagged.
	f = commission(6, ledger.Parties, lot(2), kg(1))
	f.Step, f.Action = "receiving", trace.Observe
	bk.capture(shop, f, trace.EventOutcome{Balances: []trace.Balance{holds(lot(2), shop.String(), kg(9))}})
	bk.recall(agency, trace.Recall{Target: lot(1), Reason: "r", Action: "a", Contact: "c"})
	follow(t, x, bk)
	if got := flagged(shop); !slices.Equal(got, []trace.ID{lot(2)}) {
		t.Errorf("flagged at the shop: %v", got)
	}
	for _, org := range []ledger.ID{coop, shop} {
		if got := recalled(org); !slices.Equal(got, []trace.ID{lot(2)}) {
			t.Errorf("recalled: %v", got)
		}
	}
	bk.recall(agency, trace.Recall{Target: lot(3), Reason: "r", Action: "a", Contact: "c"})
	follow(t, x, bk)
	if got := recalled(packer); !slices.Equal(got, []trace.ID{pallet}) {
		t.Errorf("a pallet with a case of a recalled lot: %v", got)
	}
	bk.recall(agency, trace.Recall{Target: lot(3), Lift: true, Reason: "r"})
	bk.recall(agency, trace.Recall{Target: gtin, Reason: "r", Action: "a", Contact: "c"})
	follow(t, x, bk)
	if got := recalled(packer); !slices.Equal(got, []trace.ID{pallet}) {
		t.Errorf("a pallet with a case of a recalled product: %v", got)
	}
	if list, err := x.Contents(t.Context(), of(coop), pallet); err != nil || len(list) != 1 || list[0].ID != piece(3, "1") || list[0].Quantity != nil {
		t.Errorf("in the pallet: %v, %v", list, err)
	}
	if list, err := x.Contents(t.Context(), of(shop), pallet); err != nil || len(list) != 0 {
		t.Errorf("the shop sees into the pallet: %v, %v", list, err)
	}
	if list, err := x.Into(t.Context(), of(coop), lot(1), 10); err != nil || len(list) != 1 || list[0].To != lot(2) || list[0].Quantity == nil {
		t.Errorf("made of it: %+v, %v", list, err)
	}
	if list, err := x.Into(t.Context(), of(packer), lot(1), 10); err != nil || len(list) != 1 || !list[0].Hidden || list[0].Quantity != nil {
		t.Errorf("made of it, as others see it: %+v, %v", list, err)
	}
	for id, want := range map[trace.ID]bool{lot(1): true, lot(3): true, piece(3, "1"): true, piece(3, "9"): false, lot(77): false} {
		if got, err := x.Mentioned(t.Context(), id); err != nil || got != want {
			t.Errorf("%s is mentioned: %v, %v", id, got, err)
		}
	}
}

// TestManyHoldings: of ten thousand lots, each page is what follows the one before,
// and a search finds one among all.
func TestManyHoldings(t *testing.T) {
	const lots = 10_000
	bk := newBook("many")
	for i := range lots {
		bk.capture(coop, commission(i, ledger.Parties, lot(i), kg(1)), trace.EventOutcome{Balances: []trace.Balance{holds(lot(i), coop.String(), kg(1))}})
	}
	x := openAt(t, t.TempDir(), func(c *Config) { c.BatchEntries = 777 })
	defer x.Close()
	follow(t, x, bk)
	list := listed(t, x, coop, Held, 333)
	if len(list) != lots {
		t.Fatalf("%d are listed", len(list))
	}
	for i, h := range list {
		if h.ID != lot(lots-1-i) || h.Event.Entry != uint64(lots-1-i) {
			t.Fatalf("%s stands at %d", h.ID, i)
		}
	}
	if counts, err := x.HoldingCounts(t.Context(), of(coop), coop); err != nil || counts[Held] != lots {
		t.Errorf("counted: %v, %v", counts, err)
	}
	found, next, err := x.Holdings(t.Context(), of(coop), coop, Held, func(id trace.ID) bool { return id.Lot() == "L123" }, Page{})
	if err != nil || next != "" || len(found) != 1 || found[0].ID != lot(123) {
		t.Errorf("found: %v, %q, %v", found, next, err)
	}
}
