package fabric

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/hyperledger/fabric-protos-go/common"
	"github.com/hyperledger/fabric-protos-go/orderer"
	channels "github.com/hyperledger/fabric-sdk-go/pkg/client/ledger"
	provider "github.com/hyperledger/fabric-sdk-go/pkg/common/providers/context"
	"github.com/hyperledger/fabric-sdk-go/pkg/common/providers/fab"
	request "github.com/hyperledger/fabric-sdk-go/pkg/context"
)

// writer is what submitting needs. It is made when something is submitted first,
// since that takes a peer.
type writer struct {
	client    provider.Channel
	profile   *Profile
	creator   []byte // msp.SerializedIdentity of the profile's user
	endorsers endorsers
	orderers  []fab.Orderer
	// all: a transaction goes to every orderer. Where orderers agree by SmartBFT one
	// that does not lead holds it for a second or more before it passes it on. They
	// recognise the copies, as those of other kinds do not.
	all bool
	// favourite is the orderer that took the last one, and is asked first.
	favourite atomic.Uint32
}

func (l *Ledger) writer() (*writer, error) {
	l.writerMu.Lock()
	defer l.writerMu.Unlock()
	if l.write != nil {
		return l.write, nil
	}
	w := &writer{profile: l.config.Profile}
	var err error
	if w.client, err = l.conn.channel(); err != nil {
		return nil, err
	}
	if w.creator, err = w.client.Serialize(); err != nil {
		return nil, err
	}
	kind, err := l.conn.consensus()
	if err != nil {
		return nil, fmt.Errorf("how the channel's orderers agree cannot be found out: %w", err)
	}
	w.all = kind == "BFT"
	if w.orderers, err = l.conn.orderers(l.config.Profile); err != nil {
		return nil, err
	}
	l.write = w
	return w, nil
}

// consensus is the kind of the channel's orderers, by its configuration.
func (c *connection) consensus() (string, error) {
	reader, err := channels.New(c.channel)
	if err != nil {
		return "", err
	}
	block, err := reader.QueryConfigBlock()
	if err != nil {
		return "", err
	}
	if len(block.GetData().GetData()) != 1 {
		return "", errors.New("the block of the configuration has not one transaction")
	}
	var e common.Envelope
	var p common.Payload
	var config common.ConfigEnvelope
	var kind orderer.ConsensusType
	err = unmarshal(
		message{func() []byte { return block.Data.Data[0] }, &e},
		message{e.GetPayload, &p},
		message{p.GetData, &config},
		message{func() []byte {
			group := config.GetConfig().GetChannelGroup().GetGroups()["Orderer"]
			return group.GetValues()["ConsensusType"].GetValue()
		}, &kind})
	return kind.Type, err
}

// orderers are those of the profile.
func (c *connection) orderers(p *Profile) ([]fab.Orderer, error) {
	client, err := c.channel()
	if err != nil {
		return nil, err
	}
	var all []fab.Orderer
	for _, e := range p.Orderers {
		config, found, ignored := client.EndpointConfig().OrdererConfig(e.Name)
		if !found || ignored {
			return nil, fmt.Errorf("the orderer %s is not configured", e.Name)
		}
		o, err := client.InfraProvider().CreateOrdererFromConfig(config)
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

// broadcast has an orderer take a transaction, one after the other until one does,
// or all of them at once, of whom one is enough to go on: whether it ends up in a
// block is for the follower to see.
func (w *writer) broadcast(ctx context.Context, tx *fab.SignedEnvelope) error {
	var failed []error
	if !w.all {
		first := w.favourite.Load()
		for i := range w.orderers {
			at := (first + uint32(i)) % uint32(len(w.orderers))
			err := w.send(ctx, tx, w.orderers[at])
			if err == nil {
				w.favourite.Store(at)
				return nil
			}
			failed = append(failed, err)
		}
		return errors.Join(failed...)
	}
	answers := make(chan error, len(w.orderers))
	for _, o := range w.orderers {
		go func() { answers <- w.send(ctx, tx, o) }()
	}
	for range w.orderers {
		err := <-answers
		if err == nil {
			return nil
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

func (w *writer) send(ctx context.Context, tx *fab.SignedEnvelope, o fab.Orderer) error {
	ctx, cancel := request.NewRequest(w.client, request.WithTimeoutType(fab.OrdererResponse), request.WithParent(ctx))
	defer cancel()
	_, err := o.SendBroadcast(ctx, tx)
	if err != nil {
		return fmt.Errorf("%s: %w", o.URL(), err)
	}
	return nil
}
