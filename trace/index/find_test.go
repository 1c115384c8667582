package index

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/gs1"
	"github.com/sogoc/sogoc/trace/land"
)

// rollWorld is a register on which places and products are described, with an index of it.
type rollWorld struct {
	testing.TB
	book  *book
	mu    sync.Mutex
	here  map[string]trace.Profile
	index *Index
}

func newRollWorld(t testing.TB, change ...func(*Config)) *rollWorld {
	w := &rollWorld{TB: t, book: newBook("roll"), here: map[string]trace.Profile{}}
	w.index = indexed(t, w.book, append(change, func(c *Config) { c.Payload = w.payload })...)
	return w
}

func (w *rollWorld) payload(_ context.Context, cid string) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, ok := w.here[cid]
	if !ok {
		return nil, ledger.Errorf(ledger.NotFound, "not here")
	}
	return trace.Encode(p), nil
}

// keyOf is a GS1 key with its check digit.
func keyOf(ai, digits string) trace.ID {
	return trace.MustID(fmt.Sprintf("https://id.gs1.org/%s/%s%c", ai, digits, gs1.CheckDigit(digits)))
}

func plotID(n int) trace.ID {
	return keyOf("414", fmt.Sprintf("%012d", 952_100_000_000+n))
}

// codeOf is what is printed of a plot's code.
func codeOf(n int) string {
	k, _ := plotID(n).Key()
	return k.Value()
}

// describe says of a plot; sealed unless it is shown.
func (w *rollWorld) describe(org ledger.ID, n int, cid string, p trace.Profile, shown bool) {
	w.mu.Lock()
	w.here[cid] = p
	w.mu.Unlock()
	w.book.directory(org, trace.ActionPlace, trace.Place{
		ID: plotID(n), Kind: trace.PlacePlot, Commune: "07234", Shown: shown, Profile: &trace.Describes{Payload: cid, Sealed: !shown},
	})
}

func (w *rollWorld) erase(org ledger.ID, cid string) {
	w.mu.Lock()
	delete(w.here, cid)
	w.mu.Unlock()
	w.book.directory(org, trace.ActionErase, trace.Erasure{Payload: cid, Reason: "subject_request"})
}

func named(name string, old ...string) trace.Profile {
	return trace.Profile{Name: trace.Text{VI: name}, Old: old}
}

// found are the places that a search finds, read part by part.
func (w *rollWorld) found(v Viewer, org ledger.ID, s Search, limit int) (list []trace.ID) {
	w.Helper()
	for token := ""; ; {
		f, err := w.index.FindPlaces(w.Context(), v, org, s, Page{Token: token, Limit: limit})
		if err != nil {
			w.Fatal(err)
		}
		for _, p := range f.List {
			list = append(list, p.ID)
		}
		if token = f.Next; token == "" {
			if len(list) != f.Total {
				w.Fatalf("%d are counted, %d listed", f.Total, len(list))
			}
			return list
		}
	}
}

func (w *rollWorld) wants(v Viewer, query string, want ...int) {
	w.Helper()
	got := w.found(v, coop, Search{Query: query}, 2)
	var ids []trace.ID
	for _, n := range want {
		ids = append(ids, plotID(n))
	}
	if !slices.Equal(got, ids) {
		w.Errorf("%q finds %v, want %v", query, got, ids)
	}
}

func TestFindPlaces(t *testing.T) {
	w := newRollWorld(t)
	mine := Viewer{Org: coop}
	w.describe(coop, 1, "a", named("Vườn đồi Hồng Giang", "THỬA-01"), false)
	w.describe(coop, 2, "b", named("Vườn bờ suối"), false)
	w.describe(coop, 3, "c", named("Nhà vườn trưng bày"), true)
	w.book.directory(coop, trace.ActionPlace, trace.Place{ID: plotID(5), Kind: trace.PlaceOffice, Commune: "07234"}) // nobody says anything of it
	w.describe(packer, 4, "d", named("Vườn đồi của nhà khác"), false)
	follow(t, w.index, w.book)
	for query, want := range map[string][]int{
		"":                  {5, 3, 2, 1},
		codeOf(5):           {5},
		"vườn":              {3, 2, 1},
		"VUON doi":          {1},
		"đồi":               {1},
		"hong giang":        {1},
		"giang hồng":        {1},
		"thua-01":           {1},
		codeOf(2):           {2},
		"(414)" + codeOf(2): {2},
		plotID(3).String():  {3},
		"suối đồi":          {},
		"12":                {},
	} {
		w.wants(mine, query, want...)
	}
	// Nobody else finds what is not for them, but they find what is.
	for _, v := range []Viewer{anybody, {Org: packer}} {
		w.wants(v, "", 5, 3, 2, 1)
		w.wants(v, "vuon", 3)
		w.wants(v, "thua-01")
		w.wants(v, "suoi")
		w.wants(v, codeOf(2), 2)
	}
	w.wants(Viewer{Operator: true}, "suoi", 2)

	// A new description takes the place of the one before, where it stood.
	w.describe(coop, 1, "a2", named("Nương chè", "THỬA-01"), false)
	follow(t, w.index, w.book)
	w.wants(mine, "hong giang")
	w.wants(mine, "nuong", 1)
	w.wants(mine, "", 5, 3, 2, 1)
	// What is shown no more is found by its owner alone.
	w.describe(coop, 3, "c2", named("Nhà vườn trưng bày"), false)
	follow(t, w.index, w.book)
	w.wants(anybody, "vuon")
	w.wants(mine, "vuon", 3, 2)
}

func TestErasedIsNotFound(t *testing.T) {
	for _, keep := range []bool{false, true} {
		w := newRollWorld(t)
		w.describe(coop, 1, "a", named("Vườn bà Hoa", "HOA-7"), false)
		w.describe(coop, 2, "b", named("Vườn ông Bình"), false)
		follow(t, w.index, w.book)
		mine := Viewer{Org: coop}
		w.wants(mine, "hoa", 1)
		w.erase(coop, "a")
		if keep { // a store that has not followed yet: the tombstone alone must do
			w.here["a"] = named("Vườn bà Hoa", "HOA-7")
		}
		follow(t, w.index, w.book)
		for _, r := range w.index.rolls.all() {
			for _, l := range r.lines {
				if strings.Contains(l.words, "hoa") {
					t.Error("the words stay in memory")
				}
			}
		}
		check := func() {
			t.Helper()
			w.wants(mine, "hoa")
			w.wants(mine, "hoa-7")
			w.wants(mine, "", 2, 1)
			w.wants(mine, codeOf(1), 1)
		}
		check()
		w.index.Forget() // as a restart does
		check()
		w.describe(coop, 1, "a2", named("Vườn mới"), false)
		follow(t, w.index, w.book)
		w.wants(mine, "vuon", 2, 1)
	}
}

// TestErasedWhileRead: an erasure that comes while a name is being read wins.
func TestErasedWhileRead(t *testing.T) {
	w := newRollWorld(t)
	w.describe(coop, 1, "a", named("Vườn bà Hoa"), false)
	follow(t, w.index, w.book)
	reading, goOn := make(chan bool), make(chan bool)
	inner := w.index.cfg.Payload
	var once sync.Once
	w.index.cfg.Payload = func(ctx context.Context, cid string) ([]byte, error) {
		data, err := inner(ctx, cid)
		once.Do(func() { close(reading); <-goOn })
		return data, err
	}
	w.index.profiles.Purge()
	done := make(chan error)
	go func() {
		_, err := w.index.FindPlaces(t.Context(), Viewer{Org: coop}, coop, Search{Query: "hoa"}, Page{})
		done <- err
	}()
	<-reading
	w.erase(coop, "a")
	follow(t, w.index, w.book)
	close(goOn)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	w.wants(Viewer{Org: coop}, "hoa")
	for _, l := range w.index.rolls.of(rollOf{placeRoll, coop}).lines {
		if l.words != "" {
			t.Errorf("kept: %q", l.words)
		}
	}
}

func TestArrivesLate(t *testing.T) {
	w := newRollWorld(t)
	w.describe(coop, 1, "a", named("Vườn đồi"), false)
	delete(w.here, "a")
	follow(t, w.index, w.book)
	w.wants(Viewer{Org: coop}, "doi")
	w.here["a"] = named("Vườn đồi")
	w.index.Arrived("a")
	w.wants(Viewer{Org: coop}, "doi", 1)
}

// TestFindPages: who reads one part after the other reads everything that was there once,
// whatever comes and changes meanwhile, and gets back the way they came.
func TestFindPages(t *testing.T) {
	w := newRollWorld(t)
	mine := Viewer{Org: coop}
	const places = 57
	for n := range places {
		w.describe(coop, n, fmt.Sprint("p", n), named(fmt.Sprintf("Thửa %d", n)), false)
	}
	follow(t, w.index, w.book)
	for _, query := range []string{"", "thửa"} {
		seen := map[trace.ID]int{}
		var parts [][]trace.ID
		var last Found[*Place]
		for token, more := "", places; ; more++ {
			f, err := w.index.FindPlaces(t.Context(), mine, coop, Search{Query: query}, Page{Token: token, Limit: 10})
			if err != nil {
				t.Fatal(err)
			}
			var part []trace.ID
			for _, p := range f.List {
				seen[p.ID]++
				part = append(part, p.ID)
			}
			parts, last = append(parts, part), f
			cid := fmt.Sprint(query, "new", more)
			w.describe(coop, 1000+len(query)*100+more, cid, named("Thửa mới"), false)
			w.describe(coop, 3, cid+"again", named("Thửa ba"), false)
			follow(t, w.index, w.book)
			if token = f.Next; token == "" {
				break
			}
		}
		for n := range places {
			if seen[plotID(n)] != 1 {
				t.Errorf("%q: place %d is read %d times", query, n, seen[plotID(n)])
			}
		}
		for i := len(parts) - 2; i >= 0; i-- {
			f, err := w.index.FindPlaces(t.Context(), mine, coop, Search{Query: query}, Page{Token: last.Before, Limit: 10})
			if err != nil {
				t.Fatal(err)
			}
			var part []trace.ID
			for _, p := range f.List {
				part = append(part, p.ID)
			}
			if !slices.Equal(part, parts[i]) {
				t.Errorf("%q: going back to part %d gives %v, not %v", query, i, part, parts[i])
			}
			last = f
		}
	}
	for _, token := range []string{"?", "AAAA", makeToken('U', be64(1)), makeToken('F', be64(1)[:7])} {
		_, err := w.index.FindPlaces(t.Context(), mine, coop, Search{}, Page{Token: token})
		wantCode(t, err, ledger.Invalid)
	}
}

// TestFindProducts: an organisation finds its products and those that it may make for
// others, as long as it may.
func TestFindProducts(t *testing.T) {
	w := newRollWorld(t)
	product := func(owner ledger.ID, n int, name string, crop bool, makers ...ledger.ID) {
		cid := fmt.Sprint("product", n, name, len(makers))
		w.here[cid] = named(name, fmt.Sprint("CŨ-", n))
		id := keyOf("01", fmt.Sprintf("%013d", 952_100_000_000+n))
		w.book.directory(owner, trace.ActionProduct, trace.Product{ID: id, Unit: "KGM", Tolerance: trace.Ratio{Num: 1, Den: 50}, HardCap: trace.Ratio{Num: 1, Den: 10}, Perennial: crop, Makers: makers, Profile: &trace.Describes{Payload: cid}})
	}
	finds := func(org ledger.ID, query string, only func(Traits) bool, want ...string) {
		t.Helper()
		f, err := w.index.FindProducts(t.Context(), Viewer{Org: org}, org, Search{Query: query, Only: only}, Page{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range f.List {
			got = append(got, p.Profile.Name.VI)
		}
		if !slices.Equal(got, want) || f.Total != len(want) {
			t.Errorf("%q finds %v (%d), want %v", query, got, f.Total, want)
		}
	}
	product(coop, 1, "Vải thiều", false, packer)
	product(coop, 2, "Cây vải", true)
	product(packer, 3, "Nước ép vải", false)
	follow(t, w.index, w.book)
	finds(coop, "vai", nil, "Cây vải", "Vải thiều")
	finds(packer, "vai", nil, "Nước ép vải", "Vải thiều")
	finds(packer, "cu-1", func(t Traits) bool { return t.Lent }, "Vải thiều")
	finds(packer, "", func(t Traits) bool { return !t.Lent }, "Nước ép vải")
	finds(coop, "", func(t Traits) bool { return t.Crop }, "Cây vải")
	product(coop, 1, "Vải thiều", false)
	follow(t, w.index, w.book)
	finds(packer, "vai", nil, "Nước ép vải")
	finds(coop, "vai", nil, "Cây vải", "Vải thiều")
}

// TestRollAgainstReading compares searches of a long history, in an order of things that
// nobody thought of, with what reading everything finds.
func TestRollAgainstReading(t *testing.T) {
	w := newRollWorld(t, func(c *Config) { c.Lines = 20 })
	random := rand.New(rand.NewPCG(7, 11))
	names := []string{"Vườn đồi", "Vườn bãi", "Ao cá", "Nương chè", "Bờ suối"}
	current := map[ledger.ID]map[int]string{coop: {}, packer: {}}
	for step := range 300 {
		org := []ledger.ID{coop, packer}[random.IntN(2)]
		n := random.IntN(15)
		if org == packer {
			n += 100
		}
		cid := current[org][n]
		switch {
		case random.IntN(4) > 0 || cid == "":
			cid = fmt.Sprint("cid", step)
			current[org][n] = cid
			p := named(names[random.IntN(len(names))])
			if random.IntN(5) == 0 {
				p.Closed = "2026-06-03"
			}
			w.describe(org, n, cid, p, random.IntN(3) == 0)
		default:
			w.erase(org, cid)
		}
		if random.IntN(3) > 0 {
			continue
		}
		follow(t, w.index, w.book)
		for _, v := range []Viewer{anybody, {Org: coop}, {Org: packer}, {Operator: true}} {
			for _, org := range []ledger.ID{coop, packer} {
				for _, query := range []string{"", "vuon", "ao ca", codeOf(3)} {
					open := func(t Traits) bool { return !t.Closed }
					got := w.found(v, org, Search{Query: query, Only: open}, 4)
					want := map[trace.ID]bool{}
					all, _, err := w.index.Places(t.Context(), v, org, Page{Limit: 1000})
					if err != nil {
						t.Fatal(err)
					}
					for _, p := range all {
						text := p.ID.String()
						if p.Profile != nil {
							text += " " + trace.Plain(p.Profile.Name.VI)
							if p.Profile.Closed != "" {
								continue
							}
						}
						if !slices.ContainsFunc(strings.Fields(query), func(q string) bool { return !strings.Contains(text, q) }) {
							want[p.ID] = true
						}
					}
					if len(got) != len(want) || slices.ContainsFunc(got, func(id trace.ID) bool { return !want[id] }) {
						t.Fatalf("step %d: %+v finds %v by %q, want %v", step, v, got, query, slices.Collect(maps.Keys(want)))
					}
				}
			}
		}
	}
}

func TestMeasuresAndOutlines(t *testing.T) {
	w := newRollWorld(t)
	unit := trace.Measure{Name: trace.Text{VI: "bình"}, Is: trace.NewQuantity(16, 0, "LTR")}
	square := []trace.Position{{Lat: "21.1", Lon: "106.1"}, {Lat: "21.1", Lon: "106.2"}, {Lat: "21.2", Lon: "106.2"}}
	w.describe(coop, 1, "a", trace.Profile{Name: trace.Text{VI: "Đồi"}, Units: []trace.Measure{unit}, Outline: square}, false)
	follow(t, w.index, w.book)
	look := func(v Viewer, box land.Box) (int, int) {
		t.Helper()
		measures, err := w.index.Measures(t.Context(), v, coop)
		if err != nil {
			t.Fatal(err)
		}
		places, err := w.index.PlacesWithin(t.Context(), v, coop, box, 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(measures), len(places)
	}
	near := land.Box{South: 21_150_000, North: 21_160_000, West: 106_150_000, East: 106_160_000}
	if m, p := look(Viewer{Org: coop}, near); m != 1 || p != 1 {
		t.Errorf("%d units and %d places", m, p)
	}
	if m, p := look(Viewer{Org: packer}, near); m+p != 0 {
		t.Errorf("another sees %d units and %d places", m, p)
	}
	if _, p := look(Viewer{Org: coop}, land.Box{South: 21_300_000, North: 21_400_000, West: 106_150_000, East: 106_160_000}); p != 0 {
		t.Error("a place is where it is not")
	}
	w.erase(coop, "a")
	follow(t, w.index, w.book)
	if m, p := look(Viewer{Org: coop}, near); m+p != 0 {
		t.Errorf("after its erasure: %d units and %d places", m, p)
	}
}

// TestKeep: what changes is read before anybody asks, and a long list at the start.
func TestKeep(t *testing.T) {
	w := newRollWorld(t)
	w.book.directory(coop, trace.ActionAdmit, trace.Admission{Org: trace.Organisation{ID: coop, Kind: ledger.KindCoop}})
	for n := range longRoll {
		w.describe(coop, n, fmt.Sprint("p", n), named(fmt.Sprintf("Thửa %d", n)), false)
	}
	follow(t, w.index, w.book)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- w.index.Keep(ctx) }()
	r := w.index.rolls.of(rollOf{placeRoll, coop})
	read := func(n int) {
		t.Helper()
		for range 5000 {
			r.mu.RLock()
			ready := r.listed && len(r.lines) == n && len(r.stale) == 0
			r.mu.RUnlock()
			if ready {
				return
			}
			time.Sleep(time.Millisecond)
		}
		t.Fatal("the list is not read")
	}
	read(longRoll)
	w.describe(coop, longRoll, "more", named("Thửa thêm"), false)
	follow(t, w.index, w.book)
	read(longRoll + 1)
	cancel()
	if err := <-done; err != context.Canceled {
		t.Fatalf("Keep returned %v", err)
	}
}
