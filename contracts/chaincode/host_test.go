package chaincode

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/ledgertest"
)

// bench is a peer with its chaincode.
type bench struct {
	*Host
	genesis ledger.Genesis
	key     *ecdsa.PrivateKey
	state   peerState
	now     time.Time
}

func newBench(t *testing.T, change func(*Config)) *bench {
	t.Helper()
	genesis, key := ledgertest.NewGenesis(t)
	b := &bench{genesis: genesis, key: key, state: peerState{}, now: time.Now().Truncate(time.Second)}
	c := Config{
		Genesis: genesis, Contracts: []ledger.Contract{ledgertest.Contract{}},
		Clock: func() time.Time { return b.now }, Log: ledgertest.Quiet(),
	}
	if change != nil {
		change(&c)
	}
	var err error
	if b.Host, err = New(c); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) sign(t *testing.T, action string, items ...string) []byte {
	t.Helper()
	tx := ledgertest.SignUntil(t, b.register, b.key, b.now.Add(time.Hour), ledgertest.Name, action, items...)
	return ledger.Pack(tx.Encode())
}

func (b *bench) propose(args ...[]byte) (*proposal, *peer.Response) {
	p := &proposal{committed: b.state, args: append([][]byte{[]byte(Submit)}, args...), at: b.now, mspID: "Org1MSP"}
	return p, b.Invoke(p)
}

// must proposes what has to be endorsed, and commits it.
func (b *bench) must(t *testing.T, args ...[]byte) *proposal {
	t.Helper()
	p, answer := b.propose(args...)
	if answer.Status != 200 {
		t.Fatalf("%d: %s", answer.Status, answer.Message)
	}
	p.commit()
	return p
}

// refused reads a refusal, and checks that nothing was written.
func refused(t *testing.T, p *proposal, answer *peer.Response) Refusal {
	t.Helper()
	if answer.Status < 400 || len(p.writes) > 0 || p.event != nil {
		t.Fatalf("status %d, writes %v: not a refusal", answer.Status, p.writes)
	}
	text, ok := strings.CutPrefix(answer.Message, RefusalPrefix)
	var r Refusal
	if err := json.Unmarshal([]byte(text), &r); err != nil || !ok {
		t.Fatalf("%q is not a refusal: %v", answer.Message, err)
	}
	return r
}

func TestSubmit(t *testing.T) {
	b := newBench(t, nil)
	p := b.must(t, b.sign(t, "put", "z=1", "a=2"))
	if want := []string{"sa", "sgenesis", "sz", "n"}; len(p.writes) != 5 || !slices.Equal(p.writes[:4], want) || p.writes[4][0] != 't' {
		t.Errorf("writes %v, want %v and the transaction", p.writes, want)
	}
	if want := (Event{Rules: 1, Outcome: []byte("2")}).Encode(); string(p.event) != string(want) {
		t.Errorf("the event is %q, want %q", p.event, want)
	}
	if b.state["sgenesis"] != string(b.genesis.Encode()) {
		t.Error("the first transaction does not store the genesis")
	}
	// A transaction reads its own writes, which the peer does not show, and the
	// genesis is not written again, so that nothing conflicts over it.
	p = b.must(t, b.sign(t, "bump", "n", "n", "n"))
	if b.state["sn"] != "3" || slices.Contains(p.writes, "sgenesis") {
		t.Errorf("n is %q after writes %v", b.state["sn"], p.writes)
	}
	b.must(t, b.sign(t, "delete", "n"))
	if v, ok := b.state["sn"]; ok {
		t.Errorf("a deleted key holds %q", v)
	}
	b.must(t, b.sign(t, "rules", "7"))
	if p := b.must(t, b.sign(t, "get", "a")); string(p.event) != string(Event{Rules: 7, Outcome: []byte("2")}.Encode()) {
		t.Errorf("under rules 7 the event is %q", p.event)
	}
}

// TestEndorsersAgree: two organisations' processes write the same in the same
// order.
func TestEndorsersAgree(t *testing.T) {
	b := newBench(t, nil)
	other := &bench{state: peerState{}, now: b.now.Add(time.Minute)}
	var err error
	other.Host, err = New(Config{Genesis: b.genesis, Contracts: []ledger.Contract{ledgertest.Contract{}}, Clock: func() time.Time { return other.now }})
	if err != nil {
		t.Fatal(err)
	}
	var items []string
	for i := range 50 {
		items = append(items, strings.Repeat("k", i+1)+"=v")
	}
	tx := b.sign(t, "put", items...)
	p, _ := b.propose(tx)
	q := &proposal{committed: other.state, args: p.args, at: p.at, mspID: p.mspID}
	other.Invoke(q)
	if !slices.Equal(p.writes, q.writes) || !slices.Equal(p.reads, q.reads) || string(p.event) != string(q.event) || len(p.writes) != 53 {
		t.Errorf("one writes %v, the other %v", p.writes, q.writes)
	}
}

func TestOrderedOnce(t *testing.T) {
	b := newBench(t, nil)
	tx := b.sign(t, "bump", "n")
	b.must(t, tx)
	b.now = b.now.Add(48 * time.Hour) // it has expired, and that is not the answer
	p, answer := b.propose(tx)
	if r := refused(t, p, answer); !r.Ordered || r.Code != ledger.Conflict {
		t.Errorf("the second time the answer is %+v", r)
	}
}

func TestRefusals(t *testing.T) {
	b := newBench(t, nil)
	altered := func(change func(*ledger.Tx)) []byte {
		tx := ledgertest.SignUntil(t, b.register, b.key, b.now.Add(time.Hour), ledgertest.Name, "put", "a=1")
		change(&tx)
		return ledger.Pack(tx.Encode())
	}
	until := func(at time.Time) []byte {
		tx := ledgertest.SignUntil(t, b.register, b.key, at, ledgertest.Name, "put", "a=1")
		return ledger.Pack(tx.Encode())
	}
	for _, c := range []struct {
		name   string
		tx     []byte
		status int32
		want   Refusal
	}{
		{"contract's own", b.sign(t, "fail", "conflict items[2].weight 3 kg, \"not\" 4"), 409, Refusal{Code: ledger.Conflict, Field: "items[2].weight", Message: `3 kg, "not" 4`}},
		{"forbidden", b.sign(t, "fail", "forbidden x no"), 403, Refusal{Code: ledger.Forbidden, Field: "x", Message: "no"}},
		{"panic", b.sign(t, "panic", "a secret"), 500, Refusal{Code: ledger.Internal, Message: "the contract failed"}},
		{"break", b.sign(t, "break", "a secret"), 500, Refusal{Code: ledger.Internal, Message: "the contract failed"}},
		{"unsigned", altered(func(tx *ledger.Tx) { tx.Signature = ledger.Signature{} }), 401, Refusal{Code: ledger.Unauthenticated, Field: "signature", Message: "is not in canonical form"}},
		{"not packed", []byte("x"), 400, Refusal{Code: ledger.Invalid, Message: "what is packed cannot be read"}},
		{"no transaction", ledger.Pack([]byte("x")), 400, Refusal{Code: ledger.Invalid, Message: "the transaction is not of version 1"}},
		{"no contract", altered(func(tx *ledger.Tx) { tx.Header.Contract = "other" }), 400, Refusal{Code: ledger.Invalid, Field: "contract", Message: `there is no contract "other"`}},
		{"expired", until(b.now.Add(-time.Second)), 400, Refusal{Code: ledger.Invalid, Field: "expiry", Message: "the transaction has expired"}},
		{"far ahead", until(b.now.Add(ledger.MaxExpiry + time.Second)), 400, Refusal{Code: ledger.Invalid, Field: "expiry", Message: "is more than 168h0m0s ahead"}},
		{"long key", b.sign(t, "put", strings.Repeat("k", 1025)+"=v"), 413, Refusal{Code: ledger.TooLarge, Message: "the transaction uses a name of more than 1024 bytes"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, answer := b.propose(c.tx)
			if r := refused(t, p, answer); r != c.want || answer.Status != c.status {
				t.Errorf("%d %+v, want %d %+v", answer.Status, r, c.status, c.want)
			}
		})
	}
	b.must(t, until(b.now))
	b.must(t, until(b.now.Add(ledger.MaxExpiry)))
}

func TestClock(t *testing.T) {
	b := newBench(t, nil)
	for skew, ok := range map[time.Duration]bool{
		0: true, MaxSkew: true, -MaxSkew: true, MaxSkew + time.Millisecond: false, -MaxSkew - time.Millisecond: false,
	} {
		p := &proposal{committed: b.state, args: [][]byte{[]byte(Submit), b.sign(t, "put", "a=1")}, at: b.now.Add(skew), mspID: "Org1MSP"}
		if answer := b.Invoke(p); (answer.Status == 200) != ok {
			t.Errorf("%v off: %d %s", skew, answer.Status, answer.Message)
		} else if !ok && refused(t, p, answer).Code != ledger.Unavailable {
			t.Errorf("%v off: %s", skew, answer.Message)
		}
	}
}

// TestAfter: a peer that is behind says so, whatever it would say otherwise.
func TestAfter(t *testing.T) {
	b := newBench(t, nil)
	tx := b.sign(t, "move", "- a 5")
	encoded, err := ledger.Unpack(tx)
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := ledger.DecodeTx(encoded)
	if err != nil {
		t.Fatal(err)
	}
	id := decoded.ID(b.register)
	next := b.sign(t, "move", "a b 5")
	p, answer := b.propose(next, id[:])
	if r := refused(t, p, answer); r.Code != ledger.Unavailable {
		t.Errorf("behind: %+v", r)
	}
	b.must(t, tx)
	b.must(t, next, id[:])
	p, answer = b.propose(next, []byte("short"))
	if r := refused(t, p, answer); r.Code != ledger.Invalid {
		t.Errorf("no identifier: %+v", r)
	}
}

func TestMayPropose(t *testing.T) {
	b := newBench(t, func(c *Config) {
		c.MayPropose = func(_ ledger.StateReader, mspID string, signer ledger.Address) error {
			if mspID != "Org1MSP" {
				return ledger.Errorf(ledger.Forbidden, "%s may not submit for %s", mspID, signer)
			}
			return nil
		}
	})
	tx := b.sign(t, "put", "a=1")
	for mspID, code := range map[string]ledger.Code{"Org2MSP": ledger.Forbidden, "": ledger.Unauthenticated} {
		p := &proposal{committed: b.state, args: [][]byte{[]byte(Submit), tx}, at: b.now, mspID: mspID}
		if r := refused(t, p, b.Invoke(p)); r.Code != code {
			t.Errorf("a node of %q: %+v", mspID, r)
		}
	}
	b.must(t, tx)
}

// TestReadFails: that a contract ignores a failed read does not help it.
func TestReadFails(t *testing.T) {
	b := newBench(t, nil)
	p := &proposal{committed: b.state, args: [][]byte{[]byte(Submit), b.sign(t, "bump", "n")}, at: b.now, mspID: "Org1MSP", fail: "sn"}
	if r := refused(t, p, b.Invoke(p)); r.Code != ledger.Unavailable || strings.Contains(r.Message, "disk") {
		t.Errorf("a failed read: %+v", r)
	}
}

func TestOtherRegister(t *testing.T) {
	b := newBench(t, nil)
	b.state["sgenesis"] = "another"
	p, answer := b.propose(b.sign(t, "put", "a=1"))
	if r := refused(t, p, answer); r.Code != ledger.Internal {
		t.Errorf("on another register: %+v", r)
	}
}

func TestInitAndReads(t *testing.T) {
	b := newBench(t, nil)
	p := &proposal{committed: b.state}
	if answer := b.Init(p); answer.Status != 200 {
		t.Fatal(answer.Message)
	}
	p.commit()
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{Genesis}, string(b.genesis.Encode())},
		{[]string{Get, ledger.GenesisKey}, string(b.genesis.Encode())},
		{[]string{Get, "absent"}, ""},
	} {
		q := &proposal{committed: b.state}
		for _, a := range c.args {
			q.args = append(q.args, []byte(a))
		}
		if answer := b.Invoke(q); answer.Status != 200 || string(answer.Payload) != c.want {
			t.Errorf("%v: %d %q", c.args, answer.Status, answer.Payload)
		}
	}
	for _, args := range [][][]byte{nil, {[]byte("drop")}, {[]byte(Submit)}, {[]byte(Get)}, {[]byte(Page)}, {[]byte(Submit), nil, nil, nil}} {
		q := &proposal{committed: b.state, args: args}
		if r := refused(t, q, b.Invoke(q)); r.Code != ledger.Invalid {
			t.Errorf("%q: %+v", args, r)
		}
	}
}

// TestPages: page by page the whole state of the contracts comes, and nothing of the
// host's own.
func TestPages(t *testing.T) {
	b := newBench(t, nil)
	var items []string
	for i := range 1500 {
		items = append(items, fmt.Sprintf("key %d=%d", i, i))
	}
	b.must(t, b.sign(t, "put", items[:750]...))
	b.must(t, b.sign(t, "put", items[750:]...))
	big := strings.Repeat("v", 700<<10)
	b.must(t, b.sign(t, "put", "z1="+big, "z2="+big, "z3="+big))
	var got, want []byte
	last, pages := "", 0
	for {
		q := &proposal{committed: b.state, args: [][]byte{[]byte(Page), []byte(last)}}
		answer := b.Invoke(q)
		if answer.Status != 200 {
			t.Fatal(answer.Message)
		}
		if len(answer.Payload) == 0 {
			break
		}
		pages++
		got = append(got, answer.Payload...)
		for rest := answer.Payload; len(rest) > 0; {
			n := binary.BigEndian.Uint32(rest)
			last, rest = string(rest[4:4+n]), rest[4+n:]
			rest = rest[4+binary.BigEndian.Uint32(rest):]
		}
	}
	for _, key := range slices.Sorted(maps.Keys(b.state)) {
		if own, ok := strings.CutPrefix(key, contractPrefix); ok {
			want = ledger.AppendPair(want, []byte(own), []byte(b.state[key]))
		}
	}
	if !bytes.Equal(got, want) || len(want) < 3*700<<10 || pages != 3 {
		t.Errorf("%d bytes in %d pages, want %d in 3", len(got), pages, len(want))
	}
}

func TestConfig(t *testing.T) {
	genesis, _ := ledgertest.NewGenesis(t)
	one := ledgertest.Contract{}
	for name, c := range map[string]Config{
		"Genesis":             {Contracts: []ledger.Contract{one}},
		"Contracts: there ar": {Genesis: genesis},
		"two of the name":     {Genesis: genesis, Contracts: []ledger.Contract{one, one}},
	} {
		if _, err := New(c); ledger.CodeOf(err) != ledger.Invalid || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
