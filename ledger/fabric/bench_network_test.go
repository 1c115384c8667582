package fabric_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/fabric"
	"github.com/sogoc/sogoc/ledger/ledgertest"
	"github.com/sogoc/sogoc/network"
	"github.com/sogoc/sogoc/trace"
)

// What the benchmarks measure is in the way of other programs on the machine, and
// that in theirs: compare figures of one run only.
//
//	go test -run '^$' -bench Submit -benchtime 3x -timeout 1h ./ledger/fabric

const plainDir = "../../contracts/chaincode/testdata/plain"

// plainChaincode builds the chaincode that has the contracts and, beside them,
// functions which do the same to the state.
var plainChaincode = sync.OnceValues(func() (string, error) { return program("plain", plainDir) })

// gateway builds the benchmark of fabric-gateway, which cannot be in one program
// with the SDK.
var gateway = sync.OnceValues(func() (string, error) { return program("gateway", "../../network/bench") })

// yard is a network with one node and a co-op that records.
type yard struct {
	*fabric.Ledger
	n    *net
	w    *contracttest.World
	coop *contracttest.Org
	lots int
	plan plan
}

// plan is what the capture of one event does to the state: see the program plain.
type plan struct {
	Argument int             `json:"argument"`
	Answer   int             `json:"answer"`
	Keys     json.RawMessage `json:"keys"`
}

func newYard(b *testing.B) *yard {
	b.Helper()
	y := new(yard)
	raw, err := os.ReadFile(filepath.Join(plainDir, "capture.json"))
	if err == nil {
		err = json.Unmarshal(raw, &y.plan)
	}
	if err != nil {
		b.Fatal(err)
	}
	c := network.Config{Dir: filepath.Join(b.TempDir(), "network")}
	if c.Chaincode, err = plainChaincode(); err != nil {
		b.Fatal(err)
	}
	genesis, operator := ledgertest.NewGenesis(b)
	c.Genesis = &genesis
	if y.n, err = startWith(c); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		y.n.report(b)
		if err := y.n.down(); err != nil {
			b.Error(err)
		}
	})
	y.Ledger = y.n.open(b, "org1", "sogoc", b.TempDir(), func(c *fabric.Config) { c.GiveUp = 5 * time.Minute })
	y.w = contracttest.Over(b, genesis, operator, func(tx ledger.Tx) ([]byte, error) {
		e, err := y.Submit(b.Context(), tx)
		if err != nil {
			return nil, err
		}
		return e.Outcome, nil
	})
	y.coop = y.w.Admit("coop", ledger.KindCoop)
	y.w.Product(y.coop, 1)
	if err := y.Call(b.Context(), "found", y.plan.encode()); err != nil {
		b.Fatal(err)
	}
	return y
}

func (p plan) encode() []byte {
	raw, err := json.Marshal(struct {
		Answer int             `json:"answer"`
		Keys   json.RawMessage `json:"keys"`
	}{p.Answer, p.Keys})
	if err != nil {
		panic(err) // what was read can be written
	}
	return raw
}

// arguments are those of a call that is as long as a transaction.
func (p plan) arguments() [][]byte {
	var random [8]byte
	rand.Read(random[:])
	raw, nonce := p.encode(), hex.EncodeToString(random[:])
	return [][]byte{raw, []byte(nonce), bytes.Repeat([]byte(" "), max(0, p.Argument-len(raw)-len(nonce)))}
}

// facts are n events, each of which makes a lot.
func (y *yard) facts(n int) []trace.Fact {
	list := make([]trace.Fact, n)
	for i := range list {
		y.lots++
		list[i] = y.w.Commission(contracttest.Of(contracttest.Lot(y.coop.GTIN(1), fmt.Sprint("L", y.lots)), "100 KGM"))
		list[i].ReadPoint, list[i].Location = &y.coop.Place, &y.coop.Place
	}
	return list
}

// sign signs the capture of events.
func (y *yard) sign(b *testing.B, facts ...trace.Fact) ledger.Tx {
	items := make([]ledger.Item, len(facts))
	for i, f := range facts {
		items[i] = ledger.NewItem(trace.Encode(f))
	}
	tx, err := ledger.Sign(y.Genesis().Register(), y.coop.Key, trace.Contract, trace.ActionCapture, trace.Summary(facts), items,
		uint64(time.Now().Add(time.Hour).Unix()))
	if err != nil {
		b.Fatal(err)
	}
	return tx
}

// lap is how fast something went.
type lap struct {
	rate     float64 // a second
	p50, p99 float64 // milliseconds
	cpu      cost    // of each
}

// cost is milliseconds of processor: the orderers', the peers', the chaincodes', and
// those of this process and what it ran.
type cost [4]float64

var costs = [len(cost{})]string{"orderers", "peers", "chaincodes", "client"}

// costOf is where what a process takes is counted.
func costOf(process string) int {
	switch {
	case strings.HasPrefix(process, "orderer"):
		return 0
	case strings.HasPrefix(process, "peer"):
		return 1
	case strings.HasPrefix(process, "chaincode"):
		return 2
	}
	return 3
}

func (c cost) each(before cost, n int) cost {
	for i := range c {
		c[i] = (c[i] - before[i]) / float64(n)
	}
	return c
}

func (c cost) sum() (all float64) {
	for _, part := range c {
		all += part
	}
	return all
}

// median is the middle of every figure by itself.
func median(laps []lap) lap {
	middle := func(of func(lap) float64) float64 {
		var all []float64
		for _, l := range laps {
			all = append(all, of(l))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	m := lap{
		rate: middle(func(l lap) float64 { return l.rate }),
		p50:  middle(func(l lap) float64 { return l.p50 }),
		p99:  middle(func(l lap) float64 { return l.p99 }),
	}
	for i := range m.cpu {
		m.cpu[i] = middle(func(l lap) float64 { return l.cpu[i] })
	}
	return m
}

// race does n things by as many clients.
func (y *yard) race(b *testing.B, clients, n int, do func(i int) error) lap {
	b.Helper()
	cpu := y.cpu(b)
	each := make([]time.Duration, n)
	var next atomic.Int64
	var all sync.WaitGroup
	begun := time.Now()
	for range clients {
		all.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				from := time.Now()
				if err := do(i); err != nil {
					b.Error(err)
					return
				}
				each[i] = time.Since(from)
			}
		})
	}
	all.Wait()
	if b.Failed() {
		b.FailNow()
	}
	rate := float64(n) / time.Since(begun).Seconds()
	slices.Sort(each)
	at := func(q float64) float64 { return float64(each[int(q*float64(n-1))].Microseconds()) / 1000 }
	return lap{rate, at(0.5), at(0.99), y.cpu(b).each(cpu, n)}
}

// cpu is how much processor the network, this process and what it ran have taken.
// It is what other programs on the machine do not change.
func (y *yard) cpu(b *testing.B) (all cost) {
	b.Helper()
	const tick = 10 // milliseconds
	for _, name := range append(y.n.Processes(), "") {
		pid, err := os.Getpid(), error(nil)
		if name != "" {
			pid, err = y.n.Pid(name)
		}
		raw, readErr := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err = errors.Join(err, readErr); err != nil {
			b.Skip("only Linux says how much processor other processes took: ", err)
		}
		_, rest, _ := strings.Cut(string(raw), ") ")
		for _, field := range strings.Fields(rest)[11:15] { // utime, stime, and those of ended children
			n, err := strconv.ParseFloat(field, 64)
			if err != nil {
				b.Fatal(err)
			}
			all[costOf(name)] += tick * n
		}
	}
	return all
}

// BenchmarkSubmit records single events that were signed beforehand, from Submit to
// the entry, beside what does the same reads and writes on the same network without
// rules: by the way that Submit goes, key by key and all keys at once; by the SDK's
// own way; and by fabric-gateway. They take turns, one in every round.
func BenchmarkSubmit(b *testing.B) {
	y := newYard(b)
	ctx := b.Context()
	execute, err := y.Executor()
	if err != nil {
		b.Fatal(err)
	}
	for _, clients := range []int{1, 16, 64, 256} {
		b.Run(fmt.Sprint(clients), func(b *testing.B) {
			n := min(max(30, 16*clients), 1024)
			runners := []struct {
				name string
				run  func() lap
			}{
				{"sogoc", func() lap {
					txs := make([]ledger.Tx, n)
					for i, f := range y.facts(n) {
						txs[i] = y.sign(b, f)
					}
					return y.race(b, clients, n, func(i int) error { _, err := y.Submit(ctx, txs[i]); return err })
				}},
				{"plain", func() lap {
					return y.race(b, clients, n, func(int) error { return y.Call(ctx, "each", y.plan.arguments()...) })
				}},
				{"plain-batch", func() lap {
					return y.race(b, clients, n, func(int) error { return y.Call(ctx, "batch", y.plan.arguments()...) })
				}},
				{"plain-sdk", func() lap {
					return y.race(b, clients, n, func(int) error { return execute(ctx, "each", y.plan.arguments()...) })
				}},
				{"plain-gateway", func() lap { return y.gateway(b, clients, n) }},
			}
			laps := make([][]lap, len(runners))
			for range b.N {
				for i, r := range runners {
					laps[i] = append(laps[i], r.run())
				}
			}
			rates := map[string]float64{}
			for i, r := range runners {
				m := median(laps[i])
				rates[r.name] = m.rate
				b.ReportMetric(m.rate, r.name+"-tx/s")
				b.ReportMetric(m.p50, r.name+"-p50-ms")
				b.ReportMetric(m.p99, r.name+"-p99-ms")
				b.ReportMetric(m.cpu.sum(), r.name+"-cpu-ms")
			}
			b.ReportMetric(rates["sogoc"]/rates["plain"], "of-plain")
			b.ReportMetric(rates["sogoc"]/rates["plain-batch"], "of-plain-batch")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// gateway runs the benchmark of fabric-gateway.
func (y *yard) gateway(b *testing.B, clients, n int) (l lap) {
	b.Helper()
	file, err := gateway()
	if err != nil {
		b.Fatal(err)
	}
	bench := exec.Command(file, "-profile", y.n.Profile("org1"), "-plan", filepath.Join(plainDir, "capture.json"),
		"-clients", strconv.Itoa(clients), "-n", strconv.Itoa(n))
	bench.Stderr = os.Stderr
	cpu := y.cpu(b)
	out, err := bench.Output()
	l.cpu = y.cpu(b).each(cpu, n)
	if err == nil {
		_, err = fmt.Sscanf(string(out), "%f tx/s, p50 %f ms, p99 %f ms", &l.rate, &l.p50, &l.p99)
	}
	if err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	return l
}

// BenchmarkSubmit100 records transactions of a hundred events each that were signed
// beforehand.
func BenchmarkSubmit100(b *testing.B) {
	const size = 100
	y := newYard(b)
	for _, clients := range []int{8, 16} {
		b.Run(fmt.Sprint(clients), func(b *testing.B) {
			var laps []lap
			for range b.N {
				txs := make([]ledger.Tx, 6*clients)
				for i := range txs {
					txs[i] = y.sign(b, y.facts(size)...)
				}
				laps = append(laps, y.race(b, clients, len(txs), func(i int) error { _, err := y.Submit(b.Context(), txs[i]); return err }))
			}
			m := median(laps)
			b.ReportMetric(size*m.rate, "events/s")
			b.ReportMetric(m.p50, "p50-ms")
			b.ReportMetric(m.p99, "p99-ms")
			b.ReportMetric(m.cpu.sum()/size, "event-cpu-ms")
			for i, part := range costs {
				b.ReportMetric(m.cpu[i]/size, "event-cpu-ms-"+part)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}
