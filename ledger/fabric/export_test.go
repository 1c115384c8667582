package fabric

import (
	"context"
	"time"

	"github.com/hyperledger/fabric-sdk-go/pkg/client/channel"
	"github.com/hyperledger/fabric-sdk-go/pkg/common/providers/fab"
)

// Call calls a function of the chaincode by the way that Submit goes.
func (l *Ledger) Call(ctx context.Context, function string, args ...[]byte) error {
	w, err := l.writer()
	if err != nil {
		return err
	}
	p := w.propose(time.Now(), append([][]byte{[]byte(function)}, args...))
	action, err := w.endorse(ctx, p)
	if err != nil {
		return err
	}
	return l.commit(ctx, w, p, action)
}

// Executor gives the SDK's own way to call a function of the chaincode.
func (l *Ledger) Executor() (func(ctx context.Context, function string, args ...[]byte) error, error) {
	client, err := channel.New(l.conn.channel)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, function string, args ...[]byte) error {
		request := channel.Request{ChaincodeID: l.config.Profile.Chaincode, Fcn: function, Args: args}
		_, err := client.Execute(request, channel.WithParentContext(ctx), channel.WithTimeout(fab.Execute, l.config.GiveUp))
		return err
	}, nil
}
