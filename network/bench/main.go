// Command bench submits transactions by fabric-gateway, the client library that
// Fabric's makers maintain, so that the choice of fabric-sdk-go in ledger/fabric can
// be looked at again with figures. It is a module of its own, since the two cannot be
// in one program: both register the same protobuf messages.
//
// It calls the function each of the chaincode in contracts/chaincode/testdata/plain,
// which does to the state what the capture of one event does. In the main module's
// folder:
//
//	go build -o plain ./contracts/chaincode/testdata/plain
//	go run ./cmd/sogoc network up --chaincode plain
//	cd network/bench
//	go run . -profile ../../data/network/org1/profile.json -clients 64 -n 2000
//
// prints how many transactions were committed a second, and how long one took from
// the proposal to the commit. BenchmarkSubmit of ledger/fabric runs it in turns with
// fabric-sdk-go on one network.
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func main() {
	log.SetFlags(0)
	profile := flag.String("profile", "../../data/network/org1/profile.json", "how to reach the network, and as whom")
	work := flag.String("plan", "../../contracts/chaincode/testdata/plain/capture.json", "what a transaction does")
	clients := flag.Int("clients", 16, "how many submit at the same time")
	n := flag.Int("n", 1000, "how many transactions")
	flag.Parse()
	if err := run(*profile, *work, max(1, *clients), max(1, *n)); err != nil {
		log.Fatal(err)
	}
}

func run(profile, work string, clients, n int) error {
	p, err := readPlan(work)
	if err != nil {
		return err
	}
	c, err := connect(profile)
	if err != nil {
		return err
	}
	defer c.close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	if err := c.found(ctx, p); err != nil {
		return err
	}
	took, each, err := race(clients, n, func() error { return c.submit(ctx, "each", p.arguments()...) })
	if err != nil {
		return err
	}
	slices.Sort(each)
	at := func(q float64) float64 { return float64(each[int(q*float64(n-1))].Microseconds()) / 1000 }
	fmt.Printf("%.1f tx/s, p50 %.1f ms, p99 %.1f ms\n", float64(n)/took.Seconds(), at(0.5), at(0.99))
	return nil
}

// submit returns when the transaction is committed on the peer of the profile.
func (c *connection) submit(ctx context.Context, function string, args ...[]byte) error {
	_, err := c.contract.SubmitWithContext(ctx, function, client.WithBytesArguments(args...))
	return err
}

// found writes what transactions find, and returns when all endorsers have it: before,
// they disagree about a transaction that reads it.
func (c *connection) found(ctx context.Context, p plan) error {
	if err := c.submit(ctx, "found", p.encoded); err != nil {
		return err
	}
	for {
		err := c.submit(ctx, "each", p.arguments()...)
		if err == nil || ctx.Err() != nil || status.Code(err) != codes.Aborted {
			return err
		}
	}
}

// race does n things by as many clients and stops each at its first error.
func race(clients, n int, do func() error) (took time.Duration, each []time.Duration, err error) {
	each = make([]time.Duration, n)
	failed := make([]error, clients)
	var next atomic.Int64
	var all sync.WaitGroup
	begun := time.Now()
	for k := range clients {
		all.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				from := time.Now()
				if failed[k] = do(); failed[k] != nil {
					return
				}
				each[i] = time.Since(from)
			}
		})
	}
	all.Wait()
	return time.Since(begun), each, errors.Join(failed...)
}

// plan is what a transaction does to the state.
type plan struct {
	encoded  []byte // as the chaincode reads it
	argument int    // bytes of all arguments
}

func readPlan(file string) (p plan, err error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return p, err
	}
	var all struct {
		Argument int             `json:"argument"`
		Answer   int             `json:"answer"`
		Keys     json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(raw, &all); err != nil {
		return p, fmt.Errorf("%s: %w", file, err)
	}
	p.argument = all.Argument
	p.encoded, err = json.Marshal(struct {
		Answer int             `json:"answer"`
		Keys   json.RawMessage `json:"keys"`
	}{all.Answer, all.Keys})
	return p, err
}

// arguments are those of one transaction: the plan, a nonce that makes keys of its
// own, and padding.
func (p plan) arguments() [][]byte {
	var random [8]byte
	rand.Read(random[:])
	nonce := hex.EncodeToString(random[:])
	return [][]byte{p.encoded, []byte(nonce), bytes.Repeat([]byte(" "), max(0, p.argument-len(p.encoded)-len(nonce)))}
}
