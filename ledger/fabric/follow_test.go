package fabric

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang/protobuf/proto" //lint:ignore SA1019 the SDK's messages are of this package
	"github.com/golang/protobuf/ptypes/timestamp"
	"github.com/hyperledger/fabric-protos-go/common"
	"github.com/hyperledger/fabric-protos-go/peer"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/ledgertest"
	"github.com/sogoc/sogoc/ledger/order"
)

func marshal(t testing.TB, m proto.Message) []byte {
	t.Helper()
	b, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// invocation is one of a block's transactions.
type invocation struct {
	txID      string
	chaincode string
	at        time.Time
	packed    []byte
	event     []byte
	code      peer.TxValidationCode
}

// newBlock makes a block as a peer serves it.
func newBlock(t testing.TB, number uint64, prev ledger.Hash, txs ...invocation) *common.Block {
	t.Helper()
	b := &common.Block{Header: &common.BlockHeader{Number: number, PreviousHash: prev[:]}, Data: &common.BlockData{}}
	var codes []byte
	for _, in := range txs {
		action := &peer.ChaincodeAction{ChaincodeId: &peer.ChaincodeID{Name: in.chaincode}}
		if in.event != nil {
			action.Events = marshal(t, &peer.ChaincodeEvent{EventName: entryEvent, Payload: in.event})
		}
		spec := &peer.ChaincodeSpec{Input: &peer.ChaincodeInput{Args: [][]byte{[]byte(submitFunction), in.packed}}}
		payload := &peer.ChaincodeActionPayload{
			ChaincodeProposalPayload: marshal(t, &peer.ChaincodeProposalPayload{Input: marshal(t, &peer.ChaincodeInvocationSpec{ChaincodeSpec: spec})}),
			Action:                   &peer.ChaincodeEndorsedAction{ProposalResponsePayload: marshal(t, &peer.ProposalResponsePayload{Extension: marshal(t, action)})},
		}
		header := &common.ChannelHeader{
			Type: int32(common.HeaderType_ENDORSER_TRANSACTION), TxId: in.txID,
			Timestamp: &timestamp.Timestamp{Seconds: in.at.Unix(), Nanos: int32(in.at.Nanosecond())},
		}
		b.Data.Data = append(b.Data.Data, marshal(t, &common.Envelope{Payload: marshal(t, &common.Payload{
			Header: &common.Header{ChannelHeader: marshal(t, header)},
			Data:   marshal(t, &peer.Transaction{Actions: []*peer.TransactionAction{{Payload: marshal(t, payload)}}}),
		})}))
		codes = append(codes, byte(in.code))
	}
	data := sha256.New()
	for _, d := range b.Data.Data {
		data.Write(d)
	}
	b.Header.DataHash = data.Sum(nil)
	b.Metadata = &common.BlockMetadata{Metadata: [][]byte{nil, nil, codes, nil, nil}}
	return b
}

// follower is a ledger that reaches nobody.
func follower(t testing.TB) (*Ledger, func(action string, items ...string) []byte) {
	t.Helper()
	genesis, key := ledgertest.NewGenesis(t)
	store, err := openStore(t.TempDir(), ledgertest.Quiet())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	l := &Ledger{
		register: genesis.Register(), blocks: store,
		config: Config{Profile: &Profile{Chaincode: "sogoc"}},
	}
	if err := l.load(genesis); err != nil {
		t.Fatal(err)
	}
	return l, func(action string, items ...string) []byte {
		tx := ledgertest.Sign(t, l.register, key, ledgertest.Name, action, items...)
		return ledger.Pack(tx.Encode())
	}
}

func (l *Ledger) follows(t testing.TB, blocks ...*common.Block) error {
	t.Helper()
	var batch []*block
	for _, b := range blocks {
		read, err := readBlock(b, "sogoc")
		if err != nil {
			return err
		}
		batch = append(batch, read)
	}
	return l.apply(batch)
}

// told is an event under rules 3.
func told(outcome string) []byte {
	return append([]byte{eventVersion, 0, 0, 0, 3}, ledger.Pack([]byte(outcome))...)
}

var event = told("ok")

// TestFollow: entries are what is valid and the chaincode's, record times do not go
// back, whoever waits is told, and everything is there after opening again.
func TestFollow(t *testing.T) {
	l, sign := follower(t)
	one, other := l.commits.expect("fabric-1"), l.commits.expect("fabric-2")
	at := time.UnixMilli(1_800_000_000_123)
	first := newBlock(t, 0, ledger.Hash{},
		invocation{"fabric-1", "sogoc", at.Add(500 * time.Microsecond), sign("put", "a=1"), event, peer.TxValidationCode_VALID},
		invocation{"fabric-2", "sogoc", at, sign("put", "a=2"), event, peer.TxValidationCode_MVCC_READ_CONFLICT},
		invocation{"fabric-3", "another", at, []byte("x"), []byte("y"), peer.TxValidationCode_VALID},
		invocation{"fabric-4", "sogoc", at.Add(-time.Second), sign("put", "a=3"), told(""), peer.TxValidationCode_VALID},
	)
	second := newBlock(t, 1, headerHash(first.Header))
	third := newBlock(t, 2, headerHash(second.Header),
		invocation{"fabric-5", "sogoc", at.Add(time.Second), sign("put", "a=4"), event, peer.TxValidationCode_VALID})
	if err := l.follows(t, first, second); err != nil {
		t.Fatal(err)
	}
	if err := l.follows(t, second, third); err != nil { // one is known, as after a new connection
		t.Fatal(err)
	}
	if a, b := <-one, <-other; a != peer.TxValidationCode_VALID || b != peer.TxValidationCode_MVCC_READ_CONFLICT {
		t.Errorf("told %v and %v", a, b)
	}
	var got []*ledger.Entry
	for e, err := range l.Entries(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	if len(got) != 3 {
		t.Fatalf("%d entries, want 3", len(got))
	}
	wantTimes := []ledger.Time{ledger.TimeOf(at), ledger.TimeOf(at), ledger.TimeOf(at.Add(time.Second))}
	for i, e := range got {
		if e.Time != wantTimes[i] || e.Index != uint64(i) || e.Rules != 3 || e.Signer != l.Genesis().Operator {
			t.Errorf("entry %d: %+v", i, e)
		}
		if index, err := l.Find(t.Context(), e.ID); err != nil || index != e.Index {
			t.Errorf("entry %d is found at %d: %v", i, index, err)
		}
	}
	if string(got[0].Outcome) != "ok" || got[1].Outcome != nil || got[2].Block != 2 {
		t.Errorf("outcomes %q and %q, block %d", got[0].Outcome, got[1].Outcome, got[2].Block)
	}
	if p := l.order.Position(); p.Blocks != 3 || p.Size != 3 || p.Hash != headerHash(third.Header) {
		t.Errorf("the copy goes up to %+v", p)
	}
	signer, _ := ledgertest.NewSigner(t, l.Genesis().Origin)
	again := &Ledger{register: l.register, blocks: l.blocks, config: Config{Signer: signer}}
	if err := again.load(l.Genesis()); err != nil {
		t.Fatal(err)
	}
	if last, ok, err := again.last(t.Context()); again.order.Position() != l.order.Position() || last != got[2].ID || !ok || err != nil {
		t.Errorf("opened again it goes up to %+v, and the last entry is %s: %v", again.order.Position(), last, err)
	}
	for i := range uint64(3) {
		a, err := l.Inclusion(t.Context(), i, 3)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := again.Inclusion(t.Context(), i, 3); err != nil || !reflect.DeepEqual(a, b) {
			t.Errorf("the tree is another after opening again: %v", err)
		}
		if e, err := again.Entry(t.Context(), i); err != nil || !reflect.DeepEqual(e, got[i]) {
			t.Errorf("entry %d is %+v after opening again, not %+v: %v", i, e, got[i], err)
		}
	}
}

// TestOtherHistory: what no honest peer serves ends following.
func TestOtherHistory(t *testing.T) {
	l, sign := follower(t)
	stranger, _ := follower(t)
	first := newBlock(t, 0, ledger.Hash{})
	if err := l.follows(t, first); err != nil {
		t.Fatal(err)
	}
	hash := headerHash(first.Header)
	valid := func(packed, event []byte) invocation {
		return invocation{"x", "sogoc", time.Now(), packed, event, peer.TxValidationCode_VALID}
	}
	encoded, err := ledger.Unpack(sign("put", "a=1"))
	if err != nil {
		t.Fatal(err)
	}
	tx, err := ledger.DecodeTx(encoded)
	if err != nil {
		t.Fatal(err)
	}
	tx.Signature = ledger.Signature{}
	changed := newBlock(t, 1, hash, valid(sign("put", "a=1"), event))
	changed.Data.Data[0][40]++
	for name, b := range map[string]*common.Block{
		"gap":             newBlock(t, 2, hash),
		"other ancestor":  newBlock(t, 1, ledger.Hash{1}),
		"other block":     newBlock(t, 0, ledger.Hash{1}),
		"unsigned":        newBlock(t, 1, hash, valid(ledger.Pack(tx.Encode()), event)),
		"no transaction":  newBlock(t, 1, hash, valid(ledger.Pack([]byte("x")), event)),
		"not packed":      newBlock(t, 1, hash, valid([]byte("x"), event)),
		"no outcome":      newBlock(t, 1, hash, valid(sign("put", "a=1"), event[:eventHeader])),
		"unknown event":   newBlock(t, 1, hash, valid(sign("put", "a=1"), []byte{9, 0, 0, 0, 1})),
		"changed data":    changed,
		"nothing at all":  {},
		"without verdict": {Header: &common.BlockHeader{Number: 1}, Data: &common.BlockData{}},
	} {
		before := l.order.Position()
		if err := l.follows(t, b); err == nil {
			t.Errorf("%s: followed", name)
		}
		if l.order.Position() != before {
			t.Errorf("%s: something was applied", name)
		}
	}
	if err := stranger.follows(t, first, newBlock(t, 1, hash, valid(sign("put", "a=1"), event))); err == nil {
		// A signature over another register's id recovers to another key, or none.
		if e, err := stranger.Entry(t.Context(), 0); err != nil || e.Signer == l.Genesis().Operator {
			t.Errorf("another register's transaction passes as its signer's: %v", err)
		}
	} else if !errors.Is(err, errHistory) {
		t.Error(err)
	}
}

func FuzzReadBlock(f *testing.F) {
	l, sign := follower(f)
	b := newBlock(f, 1, l.register, invocation{"x", "sogoc", time.Now(), sign("put", "a=1"), event, peer.TxValidationCode_VALID})
	f.Add(b.Data.Data[0], byte(0))
	f.Add(b.Data.Data[0], byte(11))
	f.Add([]byte{}, byte(0))
	f.Fuzz(func(t *testing.T, envelope []byte, code byte) {
		out := &block{}
		if err := out.read(envelope, peer.TxValidationCode(code), "sogoc"); err != nil && code != 0 {
			t.Errorf("an invalid transaction stops the follower: %v", err)
		}
		if len(out.records) > 0 && (code != 0 || len(out.verdicts) != 1) {
			t.Error("an entry of a transaction that is not valid")
		}
	})
}

func FuzzDecodeBlock(f *testing.F) {
	good := encodeBlock(3, []order.Record{{Time: 5, Rules: 2, Signer: ledger.Address{7}, Tx: []byte("tx"), Outcome: []byte("ok")}, {Time: 6, Rules: 2, Tx: []byte("another")}})
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Fuzz(func(t *testing.T, b []byte) {
		block, err := decodeBlock(7, b)
		if err != nil {
			return
		}
		if again := encodeBlock(block.Number, block.Records); string(again) != string(b) || block.First != 7 {
			t.Errorf("%x is read and written as %x", b, again)
		}
	})
}

func TestParseRefusal(t *testing.T) {
	want := &refusal{Code: ledger.Conflict, Field: "a.b", Message: `has "3", not {4}`}
	const text = `sogoc:{"code":"conflict","field":"a.b","message":"has \"3\", not {4}"}`
	for _, s := range []string{
		text, "chaincode response 409, " + text,
		"Multiple errors occurred: - Transaction processing for endorser [127.0.0.1:7051]: Chaincode status Code: (409) UNKNOWN. Description: " + text + "\n - " + strings.ReplaceAll(text, "3", "5"),
		"sogoc:not that, sogoc:{} but " + text + " and more",
	} {
		if got := parseRefusal(s); !reflect.DeepEqual(got, want) {
			t.Errorf("%s is read as %+v", s, got)
		}
	}
	for _, s := range []string{"", "sogoc:", `sogoc:{"code":"conflict"}`, "connection refused"} {
		if got := parseRefusal(s); got != nil {
			t.Errorf("%q is read as %+v", s, got)
		}
	}
}

// BenchmarkFollow follows blocks of 100 transactions of 1 KB, as a node that catches
// up does once it has them from a peer.
func BenchmarkFollow(b *testing.B) {
	l, sign := follower(b)
	const perBlock = 100
	var blocks []*common.Block
	var prev ledger.Hash
	for number := range uint64(max(b.N/perBlock, 1)) {
		var txs []invocation
		for i := range perBlock {
			txs = append(txs, invocation{fmt.Sprint(number, i), "sogoc", time.Now(), sign("put", strings.Repeat("x", 1024)), event, peer.TxValidationCode_VALID})
		}
		blocks = append(blocks, newBlock(b, number, prev, txs...))
		prev = headerHash(blocks[number].Header)
	}
	b.ResetTimer()
	for batch := range slices.Chunk(blocks, maxBlocks) {
		if err := l.follows(b, batch...); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(l.Size())/b.Elapsed().Seconds(), "tx/s")
}
