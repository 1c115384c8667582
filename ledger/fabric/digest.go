package fabric

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"

	"github.com/hyperledger/fabric-sdk-go/pkg/client/channel"
	"github.com/hyperledger/fabric-sdk-go/pkg/common/providers/fab"

	"github.com/sogoc/sogoc/ledger"
)

// pageFunction reads a part of the state: see contracts/chaincode.
const pageFunction = "page"

// StateDigest is a SHA-256 over everything that contracts wrote, which all ledgers of
// the same entries agree on: see ledger.AppendPair. It is of what a peer of the node's
// own organisation holds, read page by page, so it answers Unavailable when entries
// come meanwhile, or when the peer is behind this node.
func (l *Ledger) StateDigest(ctx context.Context) (ledger.Hash, error) {
	own := l.config.Profile.Own()
	if len(own.Peers) == 0 {
		return ledger.Hash{}, ledger.Errorf(ledger.Unavailable, "the profile names no peer of %s", own.Name)
	}
	peer := own.Peers[0].Name
	before := l.order.Position()
	tip, err := l.tip(ctx, []string{peer})
	if err != nil {
		return ledger.Hash{}, silent(err, peer)
	}
	if tip.BCI.Height < before.Blocks {
		return ledger.Hash{}, ledger.Errorf(ledger.Unavailable, "%s has %d blocks and this node %d", peer, tip.BCI.Height, before.Blocks)
	}
	digest, err := l.digest(ctx, peer)
	if err != nil {
		return ledger.Hash{}, err
	}
	if tip, err = l.tip(ctx, []string{peer}); err != nil {
		return ledger.Hash{}, silent(err, peer)
	}
	for l.Blocks() < tip.BCI.Height {
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return ledger.Hash{}, ctx.Err()
		case <-l.ctx.Done():
			return ledger.Hash{}, context.Cause(l.ctx)
		}
	}
	if l.Size() != before.Size {
		return ledger.Hash{}, ledger.Errorf(ledger.Unavailable, "entries came while the state was read")
	}
	return digest, nil
}

// digest reads a peer's state.
func (l *Ledger) digest(ctx context.Context, peer string) (ledger.Hash, error) {
	client, err := channel.New(l.conn.channel)
	if err != nil {
		return ledger.Hash{}, silent(err, peer)
	}
	digest := sha256.New()
	for behind := []byte(nil); ; {
		request := channel.Request{ChaincodeID: l.config.Profile.Chaincode, Fcn: pageFunction, Args: [][]byte{behind}}
		answer, err := client.Query(request, channel.WithTargetEndpoints(peer), channel.WithParentContext(ctx),
			channel.WithTimeout(fab.Query, tipTime))
		if err != nil {
			return ledger.Hash{}, silent(err, peer)
		}
		if len(answer.Payload) == 0 {
			return ledger.Hash(digest.Sum(nil)), nil
		}
		digest.Write(answer.Payload)
		if behind, err = lastKey(answer.Payload); err != nil {
			return ledger.Hash{}, ledger.Wrap(err, ledger.Internal, peer+" answers what is no part of a state")
		}
	}
}

func silent(err error, peer string) error {
	return ledger.Wrap(err, ledger.Unavailable, peer+" does not say what its state is")
}

// lastKey is the key of the last of some pairs (ledger.AppendPair).
func lastKey(pairs []byte) (key []byte, err error) {
	cut := func() []byte {
		if len(pairs) < 4 || uint64(binary.BigEndian.Uint32(pairs)) > uint64(len(pairs)-4) {
			err = errors.New("it is cut short")
			pairs = nil
			return nil
		}
		n := 4 + int(binary.BigEndian.Uint32(pairs))
		b := pairs[4:n]
		pairs = pairs[n:]
		return b
	}
	for len(pairs) > 0 {
		key = cut()
		cut()
	}
	return key, err
}
