package fabric

import (
	"context"
	"fmt"
	"strings"
	"time"

	channels "github.com/hyperledger/fabric-sdk-go/pkg/client/ledger"
	"github.com/hyperledger/fabric-sdk-go/pkg/common/providers/fab"

	"github.com/sogoc/sogoc/ledger"
)

// tipTime bounds one question to the organisation's peers.
const tipTime = 5 * time.Second

// Tip asks the peers of the node's own organisation how many blocks the channel
// has. Unavailable names the peers when none of them answers.
func (l *Ledger) Tip(ctx context.Context) (blocks uint64, err error) {
	own := l.config.Profile.Own()
	var names, addresses []string
	for _, p := range own.Peers {
		names = append(names, p.Name)
		addresses = append(addresses, fmt.Sprintf("%s at %s", p.Name, p.Address))
	}
	info, err := l.tip(ctx, names)
	if err != nil {
		return 0, ledger.Wrap(err, ledger.Unavailable, fmt.Sprintf("no peer of %s answers (%s)", own.Name, strings.Join(addresses, ", ")))
	}
	return info.BCI.Height, nil
}

func (l *Ledger) tip(ctx context.Context, peers []string) (*fab.BlockchainInfoResponse, error) {
	client, err := channels.New(l.conn.channel)
	if err != nil {
		return nil, err
	}
	return client.QueryInfo(channels.WithTargetEndpoints(peers...), channels.WithMinTargets(1),
		channels.WithTimeout(fab.PeerResponse, tipTime), channels.WithParentContext(ctx))
}
