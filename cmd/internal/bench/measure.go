package bench

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content/store"
	"github.com/sogoc/sogoc/ledger/disk"
	"github.com/sogoc/sogoc/ledger/embedded"
	"github.com/sogoc/sogoc/ledger/merkle"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/capture"
)

// plain is a contract without rules: it keeps what it is given.
type plain struct{}

func (plain) Name() string { return trace.Contract }

func (plain) Execute(s ledger.State, c ledger.Call) ([]byte, error) {
	s.Put("event/"+c.ID.String(), c.Items[0])
	return nil, nil
}

// chunk is how many events are signed before they are recorded.
const chunk = 20_000

// stretch is how many events are compared with as many that find a larger ledger.
const stretch = 100_000

// single records single events, and the first of them on a ledger without rules and
// indexes.
func (r *register) single(ctx context.Context, report func(Row)) error {
	stop := watchMemory()
	var first []Write
	part := min(stretch, (r.Events+1)/2)
	var early, late pace
	for done := 0; done < r.Events; {
		n := min(chunk, r.Events-done, (done/part+1)*part-done)
		list, err := r.prepared(ctx, n)
		if err != nil {
			return err
		}
		began := time.Now()
		what := fmt.Sprintf("recording single events, from %d on", done)
		if _, err = parallel(ctx, r.Config, what, n, r.Writers, func(i int) error { return r.Record(ctx, list[i]) }); err == nil {
			err = r.Index.Wait(ctx, r.Ledger.Size())
		}
		if err != nil {
			return err
		}
		took := time.Since(began)
		if done < part {
			early.add(n, took)
		}
		if done+n > r.Events-part {
			late.add(n, took)
		}
		for i := range list {
			if len(first) < chunk {
				first = append(first, list[i])
			}
			if len(r.lots) < r.Scans {
				r.lots = append(r.lots, list[i].Lot)
			}
		}
		done += n
	}
	r.events += int64(r.Events)
	most := stop()
	bare, err := r.withoutRules(ctx, first)
	if err != nil {
		return err
	}
	signatures, err := checks(ctx, r.Config, r.Trust.Register, first)
	if err != nil {
		return err
	}
	report(Row{fmt.Sprintf("single signed, durable, indexed 1.5 KB events, %d writers, in process", r.Writers), fmt.Sprintf("%.0f/s", early.rate()),
		fmt.Sprintf("%.0f/s without rules and indexes (%.2f); %.0f/s signatures alone (%.2f)", bare, early.rate()/bare, signatures, early.rate()/signatures), "20,000/s, or 0.8 of the first"})
	report(Row{fmt.Sprintf("rate of the last %d of %d events, against that of the first", late.events, r.Events), fmt.Sprintf("%.2f", late.rate()/early.rate()), "", "at 5 M against 100 k: 0.8"})
	if most.all > 0 {
		report(Row{"most resident memory meanwhile", fmt.Sprintf("%d MiB", most.own>>20),
			fmt.Sprintf("with %d signed events of the loader; %d MiB with the files that are mapped", chunk, most.all>>20), "below 1 GiB"})
	}
	return nil
}

// pace is how fast events were recorded.
type pace struct {
	events int
	took   time.Duration
}

func (p *pace) add(events int, took time.Duration) {
	p.events += events
	p.took += took
}

func (p *pace) rate() float64 { return float64(p.events) / p.took.Seconds() }

// withoutRules is the rate of signature checks, Merkle tree and Badger writes alone: of
// the same payloads and transactions, as durable.
func (r *register) withoutRules(ctx context.Context, list []Write) (rate float64, err error) {
	skey, _, err := note.GenerateKey(nil, "bench")
	if err != nil {
		return 0, err
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		return 0, err
	}
	quiet := slog.New(slog.DiscardHandler)
	payloads, err := store.Open(store.Config{Dir: filepath.Join(r.Dir, "plain", "payloads"), Log: quiet})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, payloads.Close()) }()
	l, err := embedded.Open(embedded.Config{
		Dir: filepath.Join(r.Dir, "plain", "ledger"), Genesis: r.Ledger.Genesis(), Signer: signer, Contracts: []ledger.Contract{plain{}}, Log: quiet,
	})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	return parallel(ctx, r.Config, "recording without rules", len(list), r.Writers, func(i int) error {
		return record(ctx, payloads, l, list[i])
	})
}

func (r *register) young(ctx context.Context, report func(Row)) error {
	return r.one(ctx, "one writer, one event at a time, payload and record, on a young register", report)
}

func (r *register) loaded(ctx context.Context, report func(Row)) error {
	return r.one(ctx, "the same when those events were just recorded, which the disk still moves", report)
}

// one writes one event at a time.
func (r *register) one(ctx context.Context, what string, report func(Row)) error {
	list, err := r.prepared(ctx, min(r.Events, 2000))
	if err != nil {
		return err
	}
	took := make([]time.Duration, len(list))
	for i, w := range list {
		began := time.Now()
		if err := r.Record(ctx, w); err != nil {
			return err
		}
		took[i] = time.Since(began)
	}
	r.events += int64(len(list))
	report(Row{what, fmt.Sprintf("p50 %.2f ms", median(took).Seconds()*1000), "", "below 1 ms"})
	return nil
}

// room is what the events take on the disk.
func (r *register) room(ctx context.Context, report func(Row)) error {
	if err := r.Index.Wait(ctx, r.Ledger.Size()); err != nil {
		return err
	}
	var bytes int64
	for _, s := range r.Watch.Stores() {
		bytes += s.Bytes
	}
	w, err := r.Prepare()
	if err != nil {
		return err
	}
	each := float64(bytes) / float64(r.events)
	report(Row{"bytes on disk an event, all indexes in, before anything is compacted", fmt.Sprintf("%.0f", each),
		fmt.Sprintf("%.2f times its document of %d bytes", each/float64(len(w.Payload)), len(w.Payload)), "2.2 times"})
	return nil
}

// http records single events and documents of a hundred through the interface, by the
// operator's key in custody.
func (r *register) http(ctx context.Context, report func(Row)) error {
	for _, c := range []struct {
		what        string
		count, each int
		noted       int
		writers     int
		marked      string
	}{
		{"single events over HTTP, signed at the node", min(r.Events, 100_000), 1, noteSize, r.Writers, "10,000/s"},
		{"documents of 100 events over HTTP, signed at the node", r.Documents, 100, 0, min(r.Writers, 64), "20,000 events/s"},
	} {
		documents := make([][]byte, c.count)
		for i := range documents {
			var err error
			if documents[i], err = r.document(c.each, c.noted); err != nil {
				return err
			}
		}
		rate, err := parallel(ctx, r.Config, c.what, c.count, c.writers, func(i int) error {
			return r.ask(ctx, http.MethodPost, "/epcis/capture", documents[i], http.StatusAccepted)
		})
		if err != nil {
			return err
		}
		report(Row{c.what, fmt.Sprintf("%.0f events/s", rate*float64(c.each)), "", c.marked})
	}
	return r.Index.Wait(ctx, r.Ledger.Size())
}

// hundred captures documents of a hundred events in process, until they are indexed.
func (r *register) hundred(ctx context.Context, report func(Row)) error {
	documents := make([][]byte, r.Documents)
	for i := range documents {
		var err error
		if documents[i], err = r.document(100, 0); err != nil {
			return err
		}
	}
	began := time.Now()
	_, err := parallel(ctx, r.Config, "documents of 100 events", len(documents), min(r.Writers, 64), func(i int) error {
		_, err := r.Capture.Document(ctx, r.Sign, documents[i], false, capture.Terms{Audience: ledger.Public})
		return err
	})
	if err == nil {
		err = r.Index.Wait(ctx, r.Ledger.Size())
	}
	if err != nil {
		return err
	}
	rate := 100 * float64(len(documents)) / time.Since(began).Seconds()
	report(Row{"100 events under one signature, decoded to indexed, in process", fmt.Sprintf("%.0f events/s", rate), "", "35,000 events/s"})
	return nil
}

// scanned looks codes up that were looked up before.
func (r *register) scanned(ctx context.Context, report func(Row)) error {
	for _, c := range []struct{ what, query, mark string }{{"passport page by QR, over HTTP, taken gzipped and not unpacked", "", "10,000/s"}, {"its JSON, likewise", "?format=json", "20,000/s"}} {
		look := func(i int) error {
			return r.ask(ctx, http.MethodGet, r.lots[i%len(r.lots)].Path()+c.query, nil, http.StatusOK)
		}
		if _, err := parallel(ctx, r.Config, c.what, len(r.lots), 16, look); err != nil {
			return err
		}
		rate, err := parallel(ctx, r.Config, c.what, 4*r.Scans, 16, look)
		if err != nil {
			return err
		}
		report(Row{c.what, fmt.Sprintf("%.0f/s", rate), "", c.mark})
	}
	return nil
}

func (r *register) killed() string { return filepath.Join(r.Dir, "killed") }

// keepAsKilled copies the ledger while it is open, as a process that is killed leaves it.
func (r *register) keepAsKilled() error {
	r.Progress("copying the open ledger", 0, -1)
	return os.CopyFS(r.killed(), os.DirFS(filepath.Join(r.data(), "ledger")))
}

// reopened opens the ledger that was not closed, which reads and checks every block.
func (r *register) reopened(_ context.Context, report func(Row)) error {
	skey, _, err := note.GenerateKey(nil, "bench")
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		return err
	}
	r.Progress("opening again", 0, -1)
	began := time.Now()
	l, err := embedded.Open(embedded.Config{Dir: r.killed(), Signer: signer, Contracts: node.Contracts(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	took := time.Since(began)
	report(Row{fmt.Sprintf("open a ledger of %d transactions as a killed process leaves it, every block checked", l.Size()), fmt.Sprintf("%.2f s", took.Seconds()), "", "1 M after SIGKILL: below 5 s"})
	return l.Close()
}

// onDiskTiles are a tree's full tiles in a database.
type onDiskTiles struct{ *disk.DB }

func tileKey(level uint, index uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{byte(level)}, index)
}

// Tile implements merkle.Tiles.
func (d onDiskTiles) Tile(level uint, index uint64) ([]byte, error) {
	return d.Get(tileKey(level, index))
}

// proofs proves inclusion in a tree of made-up leaves.
func proofs(ctx context.Context, c Config, report func(Row)) (err error) {
	db, err := disk.Open(disk.Options(filepath.Join(c.Dir, "tree"), slog.New(slog.DiscardHandler)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tree, batch := merkle.New(onDiskTiles{db}), make([]ledger.Hash, 0, 64*merkle.TileWidth)
	for made := 0; made < c.Leaves; made += len(batch) {
		batch = batch[:0]
		for i := made; i < min(c.Leaves, made+cap(batch)); i++ {
			batch = append(batch, sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i))))
		}
		next, full := tree.Append(batch...)
		writes := db.NewWriteBatch()
		for _, t := range full {
			if err := writes.Set(tileKey(t.Level, t.Index), t.Hashes); err != nil {
				return err
			}
		}
		err := writes.Flush()
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		tree = next
		c.Progress("growing a tree", made+len(batch), c.Leaves)
	}
	const times = 5000
	began := time.Now()
	for range times {
		if _, err := tree.Inclusion(rand.Uint64N(uint64(c.Leaves)), uint64(c.Leaves)); err != nil {
			return err
		}
	}
	report(Row{fmt.Sprintf("inclusion proof at %d leaves", c.Leaves), fmt.Sprintf("%.3f ms", time.Since(began).Seconds()*1000/times), "", "at 10 M: below 0.2 ms"})
	return nil
}
