package fabric

import (
	"crypto/sha256"
	"encoding/asn1"
	"encoding/binary"
	"fmt"
	"math/big"

	"github.com/golang/protobuf/proto" //lint:ignore SA1019 the SDK's messages are of this package
	"github.com/hyperledger/fabric-protos-go/common"
	"github.com/hyperledger/fabric-protos-go/peer"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/order"
)

// block is what a follower takes from one of Fabric's blocks.
type block struct {
	number   uint64
	hash     ledger.Hash    // of its header
	prev     ledger.Hash    // the hash of the block before; zero for block 0
	verdicts []verdict      // of every transaction of an endorser, in order
	records  []order.Record // of the valid ones that are the chaincode's; without signers, and their times are the proposals'
}

// verdict is what Fabric made of a transaction.
type verdict struct {
	txID string
	code peer.TxValidationCode
}

// readBlock takes apart a block. It checks that the header's hash covers the data.
func readBlock(b *common.Block, chaincode string) (*block, error) {
	if b.GetHeader() == nil || b.GetData() == nil || len(b.GetMetadata().GetMetadata()) <= int(common.BlockMetadataIndex_TRANSACTIONS_FILTER) {
		return nil, ledger.Errorf(ledger.Internal, "a peer sent a block without header, data or verdicts")
	}
	out := &block{number: b.Header.Number, hash: headerHash(b.Header)}
	if len(b.Header.PreviousHash) == len(out.prev) {
		out.prev = ledger.Hash(b.Header.PreviousHash)
	}
	data := sha256.New()
	for _, d := range b.Data.Data {
		data.Write(d)
	}
	if string(data.Sum(nil)) != string(b.Header.DataHash) {
		return nil, ledger.Errorf(ledger.Internal, "block %d does not hold what its header says", out.number)
	}
	codes := b.Metadata.Metadata[common.BlockMetadataIndex_TRANSACTIONS_FILTER]
	if len(codes) != len(b.Data.Data) {
		return nil, ledger.Errorf(ledger.Internal, "block %d has not one verdict a transaction", out.number)
	}
	for i, d := range b.Data.Data {
		if err := out.read(d, peer.TxValidationCode(codes[i]), chaincode); err != nil {
			return nil, ledger.Wrap(err, ledger.Internal, fmt.Sprintf("transaction %d of block %d cannot be read", i, out.number))
		}
	}
	return out, nil
}

// headerHash is the hash that the next block's header holds: SHA-256 over the DER
// sequence of number, previous hash and data hash.
func headerHash(h *common.BlockHeader) ledger.Hash {
	b, err := asn1.Marshal(struct {
		Number             *big.Int
		PreviousHash, Data []byte
	}{new(big.Int).SetUint64(h.Number), h.PreviousHash, h.DataHash})
	if err != nil {
		panic(err) // integers and bytes cannot fail
	}
	return sha256.Sum256(b)
}

// read takes one transaction. One that Fabric found invalid may hold anything.
func (b *block) read(envelope []byte, code peer.TxValidationCode, chaincode string) error {
	var e common.Envelope
	var p common.Payload
	var h common.ChannelHeader
	err := unmarshal(
		message{func() []byte { return envelope }, &e}, message{e.GetPayload, &p},
		message{func() []byte { return p.GetHeader().GetChannelHeader() }, &h})
	if err != nil {
		if code != peer.TxValidationCode_VALID {
			return nil
		}
		return err
	}
	if common.HeaderType(h.Type) != common.HeaderType_ENDORSER_TRANSACTION {
		return nil
	}
	b.verdicts = append(b.verdicts, verdict{h.TxId, code})
	if code != peer.TxValidationCode_VALID {
		return nil
	}
	r, err := readRecord(p.Data, chaincode)
	if r == nil || err != nil {
		return err
	}
	stamp := h.GetTimestamp()
	r.Time = ledger.Time(stamp.GetSeconds()*1000 + int64(stamp.GetNanos())/1e6)
	b.records = append(b.records, *r)
	return nil
}

// Names of the chaincode's function and event: see contracts/chaincode.
const (
	submitFunction = "submit"
	entryEvent     = "entry"
	eventVersion   = 1
	eventHeader    = 1 + 4
)

// readRecord gives what a transaction recorded; nil when it is not the chaincode's or
// recorded nothing.
func readRecord(transaction []byte, chaincode string) (*order.Record, error) {
	var t peer.Transaction
	if err := proto.Unmarshal(transaction, &t); err != nil {
		return nil, err
	}
	if len(t.Actions) != 1 {
		return nil, fmt.Errorf("it has %d actions", len(t.Actions))
	}
	var payload peer.ChaincodeActionPayload
	var response peer.ProposalResponsePayload
	var action peer.ChaincodeAction
	err := unmarshal(
		message{t.Actions[0].GetPayload, &payload},
		message{func() []byte { return payload.GetAction().GetProposalResponsePayload() }, &response},
		message{response.GetExtension, &action})
	if err != nil {
		return nil, err
	}
	if action.GetChaincodeId().GetName() != chaincode || len(action.Events) == 0 {
		return nil, nil
	}
	var event peer.ChaincodeEvent
	var proposal peer.ChaincodeProposalPayload
	var invocation peer.ChaincodeInvocationSpec
	err = unmarshal(
		message{action.GetEvents, &event},
		message{payload.GetChaincodeProposalPayload, &proposal},
		message{proposal.GetInput, &invocation})
	if err != nil {
		return nil, err
	}
	args := invocation.GetChaincodeSpec().GetInput().GetArgs()
	if event.EventName != entryEvent || len(args) < 2 || string(args[0]) != submitFunction {
		return nil, fmt.Errorf("it is of the chaincode and yet of an unknown form")
	}
	if len(event.Payload) < eventHeader || event.Payload[0] != eventVersion {
		return nil, fmt.Errorf("its event is not of version %d", eventVersion)
	}
	r := &order.Record{Rules: binary.BigEndian.Uint32(event.Payload[1:])}
	if r.Tx, err = ledger.Unpack(args[1]); err != nil {
		return nil, err
	}
	if r.Outcome, err = ledger.Unpack(event.Payload[eventHeader:]); err != nil {
		return nil, err
	}
	if len(r.Outcome) == 0 {
		r.Outcome = nil
	}
	return r, nil
}

// message is a message and where its bytes are, perhaps in one that is read before
// it.
type message struct {
	from func() []byte
	into proto.Message
}

func unmarshal(messages ...message) error {
	for _, m := range messages {
		if err := proto.Unmarshal(m.from(), m.into); err != nil {
			return err
		}
	}
	return nil
}
