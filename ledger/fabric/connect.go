package fabric

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/hyperledger/fabric-sdk-go/pkg/client/msp"
	"github.com/hyperledger/fabric-sdk-go/pkg/common/providers/context"
	identity "github.com/hyperledger/fabric-sdk-go/pkg/common/providers/msp"
	"github.com/hyperledger/fabric-sdk-go/pkg/core/config"
	"github.com/hyperledger/fabric-sdk-go/pkg/fabsdk"

	"github.com/sogoc/sogoc/ledger"
)

type object = map[string]any

// connection is the SDK's, as one user on one channel.
type connection struct {
	sdk     *fabsdk.FabricSDK
	channel context.ChannelProvider
}

// connect makes a connection. It reads the files that the profile names and does
// not reach anybody yet.
func connect(p *Profile, dir string) (*connection, error) {
	if err := p.checkFiles(time.Now()); err != nil {
		return nil, err
	}
	raw, err := json.Marshal(sdkConfig(p, dir))
	if err != nil {
		return nil, err
	}
	sdk, err := fabsdk.New(config.FromRaw(raw, "json"))
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Invalid, "the Fabric profile cannot be used")
	}
	c := &connection{sdk: sdk}
	if err := c.enter(p); err != nil {
		sdk.Close()
		return nil, err
	}
	return c, nil
}

// enter opens the channel as the profile's user.
func (c *connection) enter(p *Profile) error {
	cert, err := os.ReadFile(p.User.Cert)
	if err != nil {
		return ledger.Wrap(err, ledger.Invalid, "the node's Fabric certificate cannot be read")
	}
	key, err := os.ReadFile(p.User.Key)
	if err != nil {
		return ledger.Wrap(err, ledger.Invalid, "the key of the node's Fabric certificate cannot be read")
	}
	users, err := msp.New(c.sdk.Context(), msp.WithOrg(p.Organisation))
	if err != nil {
		return ledger.Wrap(err, ledger.Invalid, "the organisation "+p.Organisation+" cannot be used")
	}
	user, err := users.CreateSigningIdentity(identity.WithCert(cert), identity.WithPrivateKey(key))
	if err != nil {
		return ledger.Wrap(err, ledger.Invalid, fmt.Sprintf("%s and %s are not a certificate and its key", p.User.Cert, p.User.Key))
	}
	c.channel = c.sdk.ChannelContext(p.Channel, fabsdk.WithIdentity(user), fabsdk.WithOrg(p.Organisation))
	return nil
}

// closeTime is how long the SDK may take to let go.
const closeTime = time.Second

// close lets go of the SDK. Its caches wait for a question that is under way, which
// takes 15 seconds when the network is gone; nothing needs that answer any more.
func (c *connection) close() {
	closed := make(chan struct{})
	go func() { c.sdk.Close(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(closeTime):
	}
}

// sdkConfig is the SDK's own configuration. What departs from its defaults:
// orderers are not discovered, so they stand under the channel, too; timeouts and
// caches are short, since with the defaults a peer or an orderer that is gone is
// noticed after 20 s only. A follower leaves its peer when it is 500 blocks behind the
// others, not 10: a busy node is that much behind, whichever peer it asks.
func sdkConfig(p *Profile, dir string) object {
	peers, orderers, organisations := object{}, object{}, object{}
	channelPeers := object{}
	for _, o := range p.Organisations {
		var names []string
		for _, e := range o.Peers {
			peers[e.Name] = endpoint(e)
			channelPeers[e.Name] = object{"endorsingPeer": true, "chaincodeQuery": true, "ledgerQuery": true, "eventSource": true}
			names = append(names, e.Name)
		}
		organisations[o.Name] = object{"mspid": o.MSP, "cryptoPath": filepath.Join(dir, "msp"), "peers": names}
	}
	var ordererNames []string
	for _, e := range p.Orderers {
		orderers[e.Name] = endpoint(e)
		ordererNames = append(ordererNames, e.Name)
	}
	return object{
		"version": "1.0.0",
		"client": object{
			"organization":    p.Organisation,
			"logging":         object{"level": "error"},
			"cryptoconfig":    object{"path": dir},
			"credentialStore": object{"path": filepath.Join(dir, "users"), "cryptoStore": object{"path": filepath.Join(dir, "keys")}},
			"BCCSP": object{"security": object{
				"enabled": true, "softVerify": true, "hashAlgorithm": "SHA2", "level": 256,
				"default": object{"provider": "SW"},
			}},
			"tlsCerts": object{"systemCertPool": false},
			"peer":     object{"timeout": object{"connection": "1s", "response": "30s", "discovery": object{"greylistExpiry": "1s"}}},
			"orderer":  object{"timeout": object{"connection": "1s", "response": "5s"}},
			"global": object{
				"timeout": object{"query": "30s", "execute": "60s", "resmgmt": "60s"},
				"cache":   object{"connectionIdle": "1m", "eventServiceIdle": "2m", "channelConfig": "10m", "channelMembership": "1m", "discovery": "1s", "selection": "1s"},
			},
		},
		"channels": object{"_default": object{
			"peers": channelPeers, "orderers": ordererNames,
			"policies": object{"eventService": object{"peerMonitorPeriod": "30s", "reconnectBlockHeightLagThreshold": 500}},
		}},
		"organizations": organisations,
		"peers":         peers,
		"orderers":      orderers,
	}
}

func endpoint(e Endpoint) object {
	return object{
		"url":         "grpcs://" + e.Address,
		"tlsCACerts":  object{"path": e.TLSCA},
		"grpcOptions": object{"keep-alive-time": "10s", "keep-alive-timeout": "5s", "keep-alive-permit": false, "fail-fast": true, "allow-insecure": false},
	}
}
