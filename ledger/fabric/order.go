package fabric

import (
	"errors"
	"fmt"

	"github.com/hyperledger/fabric-protos-go/common"
	"github.com/hyperledger/fabric-protos-go/orderer"
	"github.com/hyperledger/fabric-sdk-go/pkg/client/channel"
	"github.com/hyperledger/fabric-sdk-go/pkg/client/channel/invoke"
	channels "github.com/hyperledger/fabric-sdk-go/pkg/client/ledger"
	"github.com/hyperledger/fabric-sdk-go/pkg/common/providers/fab"
	"github.com/hyperledger/fabric-sdk-go/pkg/fab/txn"
)

// writer is what submitting needs. It is made when something is submitted first,
// since that takes a peer.
type writer struct {
	client *channel.Client
	// all is filled in where orderers agree by SmartBFT: a transaction goes to every
	// one of them. The SDK's own way, one of them at random, has those that do not
	// lead hold it for a second or more before they pass it on. They recognise the
	// copies, as those of other kinds do not.
	all []fab.Orderer
}

func (l *Ledger) writer() (*writer, error) {
	l.writerMu.Lock()
	defer l.writerMu.Unlock()
	if l.write != nil {
		return l.write, nil
	}
	client, err := channel.New(l.conn.channel)
	if err != nil {
		return nil, err
	}
	w := &writer{client: client}
	kind, err := l.conn.consensus()
	if err != nil {
		return nil, fmt.Errorf("how the channel's orderers agree cannot be found out: %w", err)
	}
	if kind == "BFT" {
		if w.all, err = l.conn.orderers(l.config.Profile); err != nil {
			return nil, err
		}
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

// broadcast has one orderer take a transaction, or each of all, of whom one is
// enough to go on: whether it ends up in a block is for the follower to see.
func (w *writer) broadcast(r *invoke.RequestContext, c *invoke.ClientContext, tx *fab.Transaction) error {
	if len(w.all) == 0 {
		_, err := c.Transactor.SendTransaction(tx)
		return err
	}
	answers := make(chan error, len(w.all))
	for _, o := range w.all {
		go func() {
			_, err := txn.Send(r.Ctx, tx, []fab.Orderer{o})
			answers <- err
		}()
	}
	var failed []error
	for range w.all {
		err := <-answers
		if err == nil {
			return nil
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}
