package fabric

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"sync"
	"time"

	"github.com/golang/protobuf/proto" //lint:ignore SA1019 the SDK's messages are of this package
	"github.com/golang/protobuf/ptypes/timestamp"
	"github.com/hyperledger/fabric-protos-go/common"
	"github.com/hyperledger/fabric-protos-go/peer"
	"github.com/hyperledger/fabric-sdk-go/pkg/client/common/selection/options"
	"github.com/hyperledger/fabric-sdk-go/pkg/common/errors/status"
	provider "github.com/hyperledger/fabric-sdk-go/pkg/common/providers/context"
	"github.com/hyperledger/fabric-sdk-go/pkg/common/providers/fab"
	request "github.com/hyperledger/fabric-sdk-go/pkg/context"
	"github.com/hyperledger/fabric-sdk-go/pkg/fab/comm"
)

// The SDK's channel client would do what is done here, at more than twice the price:
// for every transaction it makes objects for all orderers with their TLS settings
// anew, asks which peers endorse, and checks the endorsers' certificates and
// signatures, as all peers do again before they take the transaction for valid.

const (
	// endorsersAge is for how long the same peers are asked without asking which
	// can endorse.
	endorsersAge = time.Second
	// avoidance is for how long a peer that could not be reached is not asked when
	// others can endorse.
	avoidance = 5 * time.Second
	// endorseWait is how long a peer may take to endorse.
	endorseWait = 10 * time.Second
)

// endorsers are the peers that endorse, chosen once a second.
type endorsers struct {
	mu     sync.Mutex
	peers  []fab.Peer
	chosen time.Time
	avoid  map[string]time.Time // by URL: until when
}

// choose gives peers whose endorsements are enough by the chaincode's policy: those
// that are discovered, or else one of each organisation of the profile.
func (e *endorsers) choose(client provider.Channel, p *Profile) ([]fab.Peer, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.peers != nil && time.Since(e.chosen) < endorsersAge {
		return e.peers, nil
	}
	selection, err := client.ChannelService().Selection()
	if err != nil {
		return nil, err
	}
	peers, err := selection.GetEndorsersForChaincode([]*fab.ChaincodeCall{{ID: p.Chaincode}},
		options.WithPeerFilter(func(p fab.Peer) bool { return time.Now().After(e.avoid[p.URL()]) }))
	if err != nil {
		if s, ok := status.FromError(err); !ok || s.Group != status.DiscoveryServerStatus {
			return nil, err
		}
		if peers, err = profilePeers(client, p); err != nil {
			return nil, err
		}
	}
	e.peers, e.chosen = peers, time.Now()
	return peers, nil
}

// failed has a peer that could not be reached avoided.
func (e *endorsers) failed(p fab.Peer) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.avoid == nil {
		e.avoid = make(map[string]time.Time)
	}
	e.avoid[p.URL()], e.peers = time.Now().Add(avoidance), nil
}

// profilePeers are one peer of each organisation of the profile.
func profilePeers(client provider.Channel, p *Profile) ([]fab.Peer, error) {
	var peers []fab.Peer
	for _, o := range p.Organisations {
		if len(o.Peers) == 0 {
			continue
		}
		config, err := comm.NetworkPeerConfig(client.EndpointConfig(), o.Peers[0].Name)
		if err != nil {
			return nil, err
		}
		one, err := client.InfraProvider().CreatePeerFromConfig(config)
		if err != nil {
			return nil, err
		}
		peers = append(peers, one)
	}
	return peers, nil
}

// proposal is a call of the chaincode that is to be endorsed.
type proposal struct {
	txID   string
	header *common.Header
	call   []byte // peer.ChaincodeProposalPayload
}

// propose makes a proposal that carries a time.
func (w *writer) propose(at time.Time, args [][]byte) proposal {
	nonce := make([]byte, 24)
	rand.Read(nonce)
	id := sha256.Sum256(append(bytes.Clone(nonce), w.creator...))
	name := &peer.ChaincodeID{Name: w.profile.Chaincode}
	p := proposal{
		txID: hex.EncodeToString(id[:]),
		call: encode(&peer.ChaincodeProposalPayload{Input: encode(&peer.ChaincodeInvocationSpec{
			ChaincodeSpec: &peer.ChaincodeSpec{ChaincodeId: name, Input: &peer.ChaincodeInput{Args: args}},
		})}),
	}
	p.header = &common.Header{SignatureHeader: encode(&common.SignatureHeader{Creator: w.creator, Nonce: nonce}), ChannelHeader: encode(&common.ChannelHeader{
		Type: int32(common.HeaderType_ENDORSER_TRANSACTION), TxId: p.txID, ChannelId: w.profile.Channel,
		Timestamp: &timestamp.Timestamp{Seconds: at.Unix(), Nanos: int32(at.Nanosecond())},
		Extension: encode(&peer.ChaincodeHeaderExtension{ChaincodeId: name}),
	})}
	return p
}

// endorse asks the endorsers, and returns what they all answer
// (peer.ProposalResponsePayload) with their signatures. Endorsers that disagree have
// seen different blocks: errInvalidated.
func (w *writer) endorse(ctx context.Context, p proposal) (*peer.ChaincodeEndorsedAction, error) {
	raw := encode(&peer.Proposal{Header: encode(p.header), Payload: p.call})
	signature, err := w.sign(raw)
	if err != nil {
		return nil, err
	}
	peers, err := w.endorsers.choose(w.client, w.profile)
	if err != nil {
		return nil, err
	}
	asked, cancel := request.NewRequest(w.client, request.WithTimeout(endorseWait), request.WithParent(ctx))
	defer cancel()
	signed := fab.ProcessProposalRequest{SignedProposal: &peer.SignedProposal{ProposalBytes: raw, Signature: signature}}
	answers, failed := make([]*peer.ProposalResponse, len(peers)), make([]error, len(peers))
	var asking sync.WaitGroup
	for i, one := range peers {
		asking.Go(func() {
			answer, err := one.ProcessTransactionProposal(asked, signed)
			if err == nil {
				answers[i] = answer.ProposalResponse
				return
			}
			failed[i] = understand(err)
			var refused *refusal
			if !errors.As(failed[i], &refused) && ctx.Err() == nil {
				w.endorsers.failed(one)
			}
		})
	}
	asking.Wait()
	if err := errors.Join(failed...); err != nil {
		return nil, err
	}
	action := &peer.ChaincodeEndorsedAction{ProposalResponsePayload: answers[0].GetPayload()}
	for _, a := range answers {
		if !bytes.Equal(a.GetPayload(), action.ProposalResponsePayload) {
			return nil, errInvalidated
		}
		action.Endorsements = append(action.Endorsements, a.GetEndorsement())
	}
	return action, nil
}

// transaction is the envelope of an endorsed proposal.
func (w *writer) transaction(p proposal, action *peer.ChaincodeEndorsedAction) (*fab.SignedEnvelope, error) {
	endorsed := encode(&peer.ChaincodeActionPayload{ChaincodeProposalPayload: p.call, Action: action})
	data := encode(&peer.Transaction{Actions: []*peer.TransactionAction{{Header: p.header.SignatureHeader, Payload: endorsed}}})
	payload := encode(&common.Payload{Header: p.header, Data: data})
	signature, err := w.sign(payload)
	return &fab.SignedEnvelope{Payload: payload, Signature: signature}, err
}

func (w *writer) sign(b []byte) ([]byte, error) {
	return w.client.SigningManager().Sign(b, w.client.PrivateKey())
}

// encode writes a message whose strings are well-formed.
func encode(m proto.Message) []byte {
	b, err := proto.Marshal(m)
	if err != nil {
		panic(err)
	}
	return b
}
