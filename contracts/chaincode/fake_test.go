package chaincode

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/queryresult"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/sogoc/sogoc/ledger"
)

// peerState is what a peer has committed.
type peerState map[string]string

// proposal is a shim.ChaincodeStubInterface over a committed state, as a peer
// offers it during one proposal: reads see what was committed, never what the
// proposal wrote. What it does not implement must not be called.
type proposal struct {
	shim.ChaincodeStubInterface
	committed peerState
	args      [][]byte
	at        time.Time
	mspID     string
	to        string // the chaincode that is proposed to; "sogoc" when empty

	trips  int  // questions and writes that the peer is sent
	batch  bool // writes wait for FinishWriteBatch
	reads  []string
	writes []string // keys, in order
	puts   map[string][]byte
	event  []byte
	fail   string // a key that cannot be read
}

func (p *proposal) GetArgs() [][]byte { return p.args }

func (p *proposal) GetState(key string) ([]byte, error) {
	if key == p.fail {
		return nil, errors.New("a broken disk")
	}
	p.trips++
	p.reads = append(p.reads, key)
	return []byte(p.committed[key]), nil
}

// GetStateByRange refuses what the shim does.
func (p *proposal) GetStateByRange(start, end string) (shim.StateQueryIteratorInterface, error) {
	if start == "" || start[0] == 0 || end == "" {
		return nil, errors.New("not a range of simple keys")
	}
	r := &keyRange{committed: p.committed}
	for _, key := range slices.Sorted(maps.Keys(p.committed)) {
		if key >= start && key < end {
			r.keys = append(r.keys, key)
		}
	}
	return r, nil
}

// keyRange is what is left of a range.
type keyRange struct {
	committed peerState
	keys      []string
}

func (r *keyRange) HasNext() bool { return len(r.keys) > 0 }
func (r *keyRange) Close() error  { return nil }
func (r *keyRange) Next() (*queryresult.KV, error) {
	key := r.keys[0]
	r.keys = r.keys[1:]
	return &queryresult.KV{Key: key, Value: []byte(r.committed[key])}, nil
}

func (p *proposal) GetMultipleStates(keys ...string) ([][]byte, error) {
	p.trips++
	values := make([][]byte, len(keys))
	for i, key := range keys {
		if key == p.fail {
			return nil, errors.New("a broken disk")
		}
		p.reads = append(p.reads, key)
		values[i] = []byte(p.committed[key])
	}
	return values, nil
}

func (p *proposal) StartWriteBatch() { p.batch = true }

func (p *proposal) FinishWriteBatch() error {
	if !p.batch {
		return errors.New("no batch was started")
	}
	p.trips++
	p.batch = false
	return nil
}

func (p *proposal) PutState(key string, value []byte) error {
	if !p.batch {
		p.trips++
	}
	if p.puts == nil {
		p.puts = map[string][]byte{}
	}
	p.writes, p.puts[key] = append(p.writes, key), value
	return nil
}

func (p *proposal) DelState(key string) error { return p.PutState(key, nil) }

func (p *proposal) SetEvent(name string, payload []byte) error {
	if name != EventName || p.event != nil {
		return errors.New("not the one event")
	}
	p.event = payload
	return nil
}

func (p *proposal) GetTxTimestamp() (*timestamppb.Timestamp, error) {
	return timestamppb.New(p.at), nil
}

func (p *proposal) GetCreator() ([]byte, error) {
	return proto.Marshal(&msp.SerializedIdentity{Mspid: p.mspID})
}

func (p *proposal) GetSignedProposal() (*peer.SignedProposal, error) {
	encode := func(m proto.Message) []byte {
		b, err := proto.Marshal(m)
		if err != nil {
			panic(err)
		}
		return b
	}
	to := p.to
	if to == "" {
		to = "sogoc"
	}
	extension := encode(&peer.ChaincodeHeaderExtension{ChaincodeId: &peer.ChaincodeID{Name: to}})
	header := encode(&common.Header{ChannelHeader: encode(&common.ChannelHeader{Extension: extension})})
	return &peer.SignedProposal{ProposalBytes: encode(&peer.Proposal{Header: header})}, nil
}

// outcome is what the proposal's event tells.
func (p *proposal) outcome(t *testing.T) []byte {
	t.Helper()
	outcome, err := ledger.Unpack(p.event[eventHeader:])
	if err != nil {
		t.Fatal(err)
	}
	return outcome
}

// commit makes the proposal's writes part of the peer's state.
func (p *proposal) commit() {
	for key, value := range p.puts {
		if value == nil {
			delete(p.committed, key)
		} else {
			p.committed[key] = string(value)
		}
	}
}
