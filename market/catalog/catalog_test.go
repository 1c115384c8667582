package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/contracts/dataset"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/embedded"
	"github.com/sogoc/sogoc/ledger/ledgertest"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/catalog"
	"github.com/sogoc/sogoc/trace"
)

// world is a register with publishers, and the payloads beside it.
type world struct {
	*contracttest.World
	t        *testing.T
	ledger   *embedded.Ledger
	mu       sync.Mutex
	payloads map[string][]byte
	names    map[ledger.ID]ledger.Text
	later    time.Duration
}

func newWorld(t *testing.T) *world {
	t.Helper()
	l, operator := ledgertest.Open(t, contracttest.Contracts(dataset.Contract{})...)
	w := &world{t: t, ledger: l, payloads: map[string][]byte{}, names: map[ledger.ID]ledger.Text{}}
	w.World = contracttest.Over(t, l.Genesis(), operator, func(tx ledger.Tx) ([]byte, error) {
		e, err := l.Submit(context.Background(), tx)
		if err != nil {
			return nil, err
		}
		return e.Outcome, nil
	})
	return w
}

func (w *world) payload(_ context.Context, cid string) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if b, ok := w.payloads[cid]; ok {
		return b, nil
	}
	return nil, ledger.Errorf(ledger.NotFound, "there is no payload %s", cid)
}

// put keeps a payload, and nothing when it is nil.
func (w *world) put(cid string, b []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.payloads, cid)
	if b != nil {
		w.payloads[cid] = b
	}
}

func (w *world) publish(o *contracttest.Org, id byte, version int) market.Release {
	w.t.Helper()
	return w.release(o, id, version, market.Description{Title: ledger.Text{VI: fmt.Sprintf("Bộ %d/%d", id, version)}})
}

// release publishes a version with one open file.
func (w *world) release(o *contracttest.Org, id byte, version int, about market.Description) market.Release {
	w.t.Helper()
	return w.releaseOf(o, id, version, market.Release{
		Licence: "https://example.vn/licence", Files: []market.File{{Name: "a.csv", Media: "text/csv", Bytes: 1, CID: contracttest.CID(fmt.Sprintf("file %d/%d", id, version))}},
	}, about)
}

func (w *world) releaseOf(o *contracttest.Org, id byte, version int, r market.Release, about market.Description) market.Release {
	w.t.Helper()
	if len(r.Files) > 0 && r.Review == nil {
		r.Review = &market.Review{Profile: contracttest.CID("profile")}
	}
	r.Dataset, r.Version, r.Description = ledger.ID{id}, version, contracttest.CID(fmt.Sprintf("about %d/%d", id, version))
	w.put(r.Description, encoded(w.t, about))
	_, err := w.Submit(o.Member, market.DatasetContract, market.ActionPublish, market.PublishSummary(r), trace.Encode(r))
	w.Must(err)
	return r
}

// passes lets time pass.
func (w *world) passes(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.later += d
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.later)
}

func (w *world) publisher(_ context.Context, org ledger.ID) (ledger.Text, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if name, ok := w.names[org]; ok {
		return name, nil
	}
	return ledger.Text{}, ledger.Errorf(ledger.NotFound, "nobody knows %s", org)
}

// follow opens a catalogue, brings it up to the ledger and gives what stops it.
func (w *world) follow(dir string) (x *catalog.Catalog, stop func()) {
	w.t.Helper()
	x, err := catalog.Open(catalog.Config{Dir: dir, Payload: w.payload, Publisher: w.publisher, Now: w.now})
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- x.Run(ctx, w.ledger) }()
	w.wait(x)
	return x, func() {
		w.t.Helper()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			w.t.Error(err)
		}
		if err := x.Close(); err != nil {
			w.t.Error(err)
		}
	}
}

func (w *world) wait(x *catalog.Catalog) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := x.Wait(ctx, w.ledger.Size()); err != nil {
		w.t.Fatal(err)
	}
}

// all is everything that a catalogue answers.
func (w *world) all(x *catalog.Catalog) []catalog.Dataset {
	w.t.Helper()
	list, err := x.Published(w.t.Context(), 0, 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, d := range list {
		one, err := x.Dataset(w.t.Context(), d.Release.Dataset)
		if err != nil || !reflect.DeepEqual(one, d) {
			w.t.Errorf("alone it is %+v (%v), in the list %+v", one, err, d)
		}
	}
	return list
}

// TestCatalog: what grew with the ledger, what was opened again and what was built
// anew say the same.
func TestCatalog(t *testing.T) {
	w := newWorld(t)
	a, b := w.Admit("a", ledger.KindDataProvider), w.Admit("b", ledger.KindDataProvider)
	dir := t.TempDir()
	grown, stop := w.follow(dir)
	if list := w.all(grown); len(list) != 0 {
		t.Fatalf("%+v", list)
	}
	if _, err := grown.Dataset(t.Context(), ledger.ID{1}); ledger.CodeOf(err) != ledger.NotFound {
		t.Errorf("%v", err)
	}
	first := w.publish(a, 1, 1)
	w.publish(b, 2, 1)
	w.wait(grown)
	second := w.publish(a, 1, 2)
	w.wait(grown)
	list := w.all(grown)
	if len(list) != 2 || list[0].Release.Dataset != first.Dataset || list[0].Version != 2 || list[1].Version != 1 {
		t.Fatalf("%+v", list)
	}
	d := list[0]
	if d.Org != a.OrgID() || d.About == nil || d.About.Title.VI != "Bộ 1/2" || d.Predecessor >= list[1].Entry || d.FirstSeen > d.Published {
		t.Errorf("%+v", d)
	}
	for _, cid := range []string{first.Files[0].CID, first.Description, second.Files[0].CID, second.Description} {
		if !grown.Readable(cid) {
			t.Errorf("%s is not readable", cid)
		}
	}
	if grown.Readable(contracttest.CID("other")) || grown.Readable("") {
		t.Error("what no dataset holds is readable")
	}
	stop()

	third := w.publish(b, 3, 1) // while it was away
	again, stop := w.follow(dir)
	defer stop()
	anew, stopAnew := w.follow(t.TempDir())
	defer stopAnew()
	one, other := w.all(again), w.all(anew)
	if !reflect.DeepEqual(one, other) || len(one) != 3 || one[2].Release.Dataset != third.Dataset {
		t.Errorf("opened again:\n%+v\nbuilt anew:\n%+v", one, other)
	}
	if again.Height() != w.ledger.Size() || anew.Height() != w.ledger.Size() {
		t.Errorf("heights %d and %d of %d", again.Height(), anew.Height(), w.ledger.Size())
	}
	if !again.Readable(first.Files[0].CID) {
		t.Error("an old version's file is not readable after a restart")
	}
}

// TestOtherRegister: a catalogue of another register is built anew.
func TestOtherRegister(t *testing.T) {
	dir := t.TempDir()
	old := newWorld(t)
	_, stop := old.follow(dir)
	old.publish(old.Admit("a", ledger.KindDataProvider), 1, 1)
	stop()
	w := newWorld(t)
	r := w.publish(w.Admit("b", ledger.KindDataProvider), 2, 1)
	x, stop := w.follow(dir)
	defer stop()
	if list := w.all(x); len(list) != 1 || list[0].Release.Dataset != r.Dataset || x.Readable(contracttest.CID("file 1/1")) {
		t.Errorf("%+v", list)
	}
}

// TestDelisted: what the operator delists is neither shown nor handed out, and nobody
// is handed a ciphertext by its name alone.
func TestDelisted(t *testing.T) {
	w := newWorld(t)
	a := w.Admit("a", ledger.KindDataProvider)
	r := w.publish(a, 1, 1)
	sealed := market.Release{
		Dataset: ledger.ID{2}, Version: 1, Access: market.Agreed, Licence: "https://example.vn/licence", Description: contracttest.CID("about sealed"), Review: &market.Review{Profile: contracttest.CID("profile")},
		Files: []market.File{{Name: "a.csv", Media: "text/csv", CID: contracttest.CID("ciphertext"), Sealed: &market.Sealed{Plain: ledger.Hash{1}, Cipher: ledger.Hash{2}, Key: ledger.Hash{3}, Chunk: 1}}},
	}
	_, err := w.Submit(a.Member, market.DatasetContract, market.ActionPublish, market.PublishSummary(sealed), trace.Encode(sealed))
	w.Must(err)
	dir := t.TempDir()
	x, stop := w.follow(dir)
	if !x.Readable(sealed.Description) || x.Readable(sealed.Files[0].CID) {
		t.Error("of what is given under an agreement the description is public, and nothing else")
	}
	for _, standing := range []market.Standing{market.Delisted, market.Approved, market.Delisted} {
		m := market.Moderation{Dataset: r.Dataset, Version: 1, Standing: standing, Reason: "x"}
		_, err := w.Submit(w.Operator.Member, market.DatasetContract, market.ActionModerate, market.ModerateSummary(m), trace.Encode(m))
		w.Must(err)
		w.wait(x)
		shown := standing != market.Delisted
		_, err = x.Dataset(t.Context(), r.Dataset)
		if len(w.all(x)) == 2 != shown || (err == nil) != shown || x.Readable(r.Files[0].CID) != shown || x.Readable(r.Description) != shown {
			t.Errorf("%s: %+v, %v", standing, w.all(x), err)
		}
	}
	stop()
	x, stop = w.follow(dir)
	defer stop()
	if len(w.all(x)) != 1 || x.Readable(r.Files[0].CID) {
		t.Error("what was delisted is there again after a restart")
	}
}

// TestDescriptions: a dataset is there also when the words about it are not.
func TestDescriptions(t *testing.T) {
	w := newWorld(t)
	r := w.publish(w.Admit("a", ledger.KindDataProvider), 1, 1)
	x, stop := w.follow(t.TempDir())
	defer stop()
	for name, words := range map[string][]byte{"erased": nil, "damaged": []byte("{")} {
		w.put(r.Description, words)
		if d, err := x.Dataset(t.Context(), r.Dataset); err != nil || d.About != nil || d.Version != 1 {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
	w.put(r.Description, []byte(`{"title":{"vi":"Vải"}}`))
	if d, err := x.Dataset(t.Context(), r.Dataset); err != nil || d.About == nil || d.About.Title.VI != "Vải" {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestWait(t *testing.T) {
	w := newWorld(t)
	x, stop := w.follow(t.TempDir())
	defer stop()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := x.Wait(ctx, w.ledger.Size()+1); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}
