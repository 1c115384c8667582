package node_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/capture"
	"github.com/sogoc/sogoc/trace/gs1"
)

// bench is a node with one co-op, which has a prefix, a place and a product.
type bench struct {
	*node.Node
	coop    ledger.ID
	key     *ecdsa.PrivateKey
	product trace.ID
	place   trace.ID
	events  atomic.Int64 // numbers lots and events
}

func startBench(b *testing.B) *bench {
	b.Helper()
	return startBenchOn(b, node.Config{Data: b.TempDir()})
}

func startBenchOn(b *testing.B, c node.Config) *bench {
	b.Helper()
	c.Listen, c.PublicURL, c.Log = "localhost:0", "https://sogoc.example", slog.New(slog.NewTextHandler(io.Discard, nil))
	n, err := node.Start(b.Context(), c)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := n.Close(); err != nil {
			b.Error(err)
		}
	})
	f := &bench{Node: n, coop: ledger.NewID(), product: gs1Key(b, "01", "0952000000001"), place: gs1Key(b, "414", "952000000001")}
	if f.key, err = account.NewKey(); err != nil {
		b.Fatal(err)
	}
	f.direct(b, n.Operator.Sign, trace.ActionAdmit, trace.Admission{
		Org:    trace.Organisation{ID: f.coop, Kind: ledger.KindCoop},
		Member: ledger.Enrolment{Member: ledger.NewID(), Org: f.coop, Key: ledger.AddressOf(&f.key.PublicKey), Roles: ledger.Roles},
	})
	f.direct(b, n.Operator.Sign, trace.ActionPrefix, trace.Prefix{Org: f.coop, GS1: "9520000", Evidence: "GS1"})
	f.direct(b, f.sign, trace.ActionPlace, trace.Place{ID: f.place, Kind: trace.PlaceWarehouse, Commune: "07234"})
	f.direct(b, f.sign, trace.ActionProduct, trace.Product{
		ID: f.product, Unit: "KGM", Tolerance: trace.Ratio{Num: 2, Den: 100}, HardCap: trace.Ratio{Num: 10, Den: 100},
	})
	return f
}

// gs1Key is a GS1 key with its check digit.
func gs1Key(b *testing.B, ai, digits string) trace.ID {
	b.Helper()
	id, err := trace.ParseID("https://id.gs1.org/" + ai + "/" + digits + string(gs1.CheckDigit(digits)))
	if err != nil {
		b.Fatal(err)
	}
	return id
}

// direct writes an item of the directory.
func (f *bench) direct(b *testing.B, sign func(contract, action, summary string, items []ledger.Item) (ledger.Tx, error), action string, item any) {
	b.Helper()
	tx, err := sign(trace.RegistryContract, action, trace.DirectorySummary(action, 1), []ledger.Item{ledger.NewItem(trace.Encode(item))})
	if err != nil {
		b.Fatal(err)
	}
	f.submit(b, tx)
}

func (f *bench) submit(b *testing.B, tx ledger.Tx) *ledger.Entry {
	b.Helper()
	e, err := f.Ledger.Submit(b.Context(), tx)
	if err != nil {
		b.Fatal(err)
	}
	return e
}

// sign signs for the co-op.
func (f *bench) sign(contract, action, summary string, items []ledger.Item) (ledger.Tx, error) {
	return ledger.Sign(f.Trust.Register, f.key, contract, action, summary, items, uint64(time.Now().Add(time.Hour).Unix()))
}

// event is an EPCIS event that makes a lot of its own, of some 600 bytes, or of
// some 1.5 KB with a note.
func (f *bench) event(note string) (event map[string]any, lot trace.ID, err error) {
	n := f.events.Add(1)
	if lot, err = f.product.WithLot(fmt.Sprintf("L%d", n)); err != nil {
		return nil, lot, err
	}
	event = map[string]any{
		"type": "ObjectEvent", "eventID": fmt.Sprintf("urn:uuid:00000000-0000-4000-8000-%012d", n),
		"eventTime": "2025-06-03T07:30:00.000+07:00", "eventTimeZoneOffset": "+07:00",
		"action": "ADD", "bizStep": "commissioning", "disposition": "active",
		"quantityList": []any{map[string]any{"epcClass": lot.String(), "quantity": 100, "uom": "KGM"}},
		"readPoint":    map[string]any{"id": f.place.String()}, "bizLocation": map[string]any{"id": f.place.String()},
	}
	if note != "" {
		event["example:note"] = note
	}
	return event, lot, nil
}

// document holds events.
func document(events ...any) ([]byte, error) {
	return json.Marshal(map[string]any{
		"@context": []any{"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", map[string]any{"example": "https://example.org/"}},
		"type":     "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2025-06-03T08:00:00.000+07:00",
		"epcisBody": map[string]any{"eventList": events},
	})
}

// write is a payload and the signed transaction of the fact that names it.
type write struct {
	payload []byte
	tx      ledger.Tx
	lot     trace.ID
}

// prepare makes and signs n events, of 1.5 KB each.
func (f *bench) prepare(b *testing.B, n int) []write {
	b.Helper()
	const signers = 2
	list := make([]write, n)
	note := string(bytes.Repeat([]byte("ghi chú "), 75))
	var wg sync.WaitGroup
	for first := range signers {
		wg.Go(func() {
			for i := first; i < n; i += signers {
				var err error
				if list[i], err = f.prepareOne(note); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return list
}

func (f *bench) prepareOne(note string) (w write, err error) {
	event, lot, err := f.event(note)
	if err != nil {
		return w, err
	}
	w.lot = lot
	if w.payload, err = document(event); err != nil {
		return w, err
	}
	quantity := trace.NewQuantity(100, 0, "KGM")
	facts := []trace.Fact{{
		Event: event["eventID"].(string), Hash: "ni:///sha-256;9a5d60a1c5b8e2f0b9c2d3e4f5061728394a5b6c7d8e9f00112233445566778899?ver=CBV2.0",
		Payload: content.Raw(w.payload).String(), Audience: ledger.Public,
		Type: trace.ObjectEvent, Action: trace.Add, Step: trace.StepCommissioning, Disposition: "active",
		Time: ledger.TimeOf(time.Now().Add(-time.Hour)), Zone: "+07:00",
		Objects: []trace.Stock{{ID: lot, Quantity: &quantity}}, ReadPoint: &f.place, Location: &f.place,
	}}
	w.tx, err = f.sign(trace.Contract, trace.ActionCapture, trace.Summary(facts), []ledger.Item{ledger.NewItem(trace.Encode(facts[0]))})
	return w, err
}

// record stores the payload durably and has the transaction ordered.
func (f *bench) record(ctx context.Context, w write) error {
	if _, err := f.Store.PutAll(ctx, [][]byte{w.payload}); err != nil {
		return err
	}
	_, err := f.Ledger.Submit(ctx, w.tx)
	return err
}

// recordAll records writes from as many goroutines, and waits for the index.
func (f *bench) recordAll(b *testing.B, list []write, writers int) {
	b.Helper()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(list) {
					return
				}
				if err := f.record(b.Context(), list[i]); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if err := f.Index.Wait(b.Context(), f.Ledger.Size()); err != nil {
		b.Fatal(err)
	}
}

// checks is how many transactions all cores check a second, when they do nothing
// else: what no ledger of signed events can be faster than, and the measure of the
// machine by which figures of two machines compare.
func (f *bench) checks(b *testing.B, list []write) float64 {
	b.Helper()
	const most = 10_000
	list = list[:min(most, len(list))]
	cores := runtime.GOMAXPROCS(0)
	began := time.Now()
	var wg sync.WaitGroup
	for first := range cores {
		wg.Go(func() {
			for i := first; i < len(list); i += cores {
				if _, _, err := list[i].tx.Check(f.Trust.Register); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	return float64(len(list)) / time.Since(began).Seconds()
}

// BenchmarkEvents records single events that were signed beforehand: each payload
// is on disk before its transaction is submitted, each transaction when it is
// answered, and all are indexed at the end. It tells also which part that is of the
// signatures that the machine can check.
func BenchmarkEvents(b *testing.B) {
	for _, writers := range []int{1, 64, 256} {
		b.Run(fmt.Sprint(writers), func(b *testing.B) {
			f := startBench(b)
			list := f.prepare(b, b.N)
			b.ReportAllocs()
			b.ResetTimer()
			f.recordAll(b, list, writers)
			b.StopTimer()
			rate, checks := float64(b.N)/b.Elapsed().Seconds(), f.checks(b, list)
			b.ReportMetric(rate, "events/s")
			b.ReportMetric(checks, "checks/s")
			b.ReportMetric(rate/checks, "of-checks")
		})
	}
}

// BenchmarkDocument100 captures EPCIS documents of 100 events each, four at a
// time: they are decoded, checked, stored, signed, recorded and indexed.
func BenchmarkDocument100(b *testing.B) { startBench(b).documents(b) }

func (f *bench) documents(b *testing.B) {
	const size = 100
	documents := make([][]byte, b.N)
	for i := range documents {
		events := make([]any, size)
		for k := range events {
			event, _, err := f.event("")
			if err != nil {
				b.Fatal(err)
			}
			events[k] = event
		}
		var err error
		if documents[i], err = document(events...); err != nil {
			b.Fatal(err)
		}
	}
	var next atomic.Int64
	b.SetBytes(int64(len(documents[0])))
	b.SetParallelism(2) // times GOMAXPROCS, which is 2 where this is measured
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r, err := f.Capture.Document(b.Context(), f.sign, documents[next.Add(1)-1], false, capture.Terms{Audience: ledger.Public})
			if err != nil || len(r.Events) != size {
				b.Error(len(r.Events), err)
				return
			}
		}
	})
	b.StopTimer()
	b.ReportMetric(size*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// scanned is how many codes are looked at in turn.
const scanned = 500

// BenchmarkPassportPage and BenchmarkPassportJSON open what a scanned code leads
// to, as the handler answers it and through a connection of this machine. Every
// page was rendered before.
func BenchmarkPassportPage(b *testing.B) { passports(b, "") }

func BenchmarkPassportJSON(b *testing.B) { passports(b, "?format=json") }

func passports(b *testing.B, query string) { startBench(b).passports(b, query) }

func (f *bench) passports(b *testing.B, query string) {
	list := f.prepare(b, scanned)
	f.recordAll(b, list, 64)
	paths := make([]string, len(list))
	for i, w := range list {
		paths[i] = w.lot.Path() + query
		f.answer(b, paths[i])
	}
	b.Run("handler", func(b *testing.B) {
		var next atomic.Int64
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				f.answer(b, paths[int(next.Add(1))%len(paths)])
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
	})
	b.Run("http", func(b *testing.B) {
		ctx, stop := context.WithCancel(b.Context())
		served := make(chan error, 1)
		srv := &http.Server{Handler: f.Handler()}
		l := listen(b)
		go func() { served <- srv.Serve(l) }()
		defer func() {
			stop()
			srv.Close()
			<-served
		}()
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
		base := "http://" + l.Addr().String()
		var next atomic.Int64
		b.SetParallelism(8)
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := fetch(ctx, client, base+paths[int(next.Add(1))%len(paths)]); err != nil {
					b.Error(err)
					return
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
	})
}

// answer calls the handler.
func (f *bench) answer(b *testing.B, path string) {
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, path, nil)
	if err != nil {
		b.Error(err)
		return
	}
	w := discard{header: http.Header{}}
	f.Handler().ServeHTTP(&w, r)
	if w.status != http.StatusOK || w.size < 200 {
		b.Errorf("%s: status %d, %d bytes", path, w.status, w.size)
	}
}
