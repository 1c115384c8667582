package network

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"time"
)

// process is a program of the network that runs by itself. Its pid file is locked
// for as long as it runs, by the process itself: nobody takes a stranger who got
// the same number for it.
type process struct {
	name    string
	machine string // whose it is: the organisation's or the orderer's
	command string
	args    []string
	env     []string // beside PATH and HOME
	dir     string
	ready   func(context.Context) bool // it answers

	address    string // where it answers
	operations string // where its metrics are; "" when it has none
}

func (n *Network) logFile(name string) string { return n.path("logs", name+".log") }

// logging makes Fabric's logs plain, and leaves out a line for every call.
var logging = []string{
	"FABRIC_LOGGING_SPEC=info:grpc=error:comm.grpc.server=warn",
	"FABRIC_LOGGING_FORMAT=%{time:2006-01-02T15:04:05.000Z07:00} %{level:.4s} [%{module}] %{message}",
}

// A wire that is cut says nothing. Who only listens on it, as a peer does for blocks
// and a node for a peer's, finds out by asking: every ten seconds, for five. By
// Fabric's own settings a peer asks once a minute, and tries to connect again at ever
// longer intervals up to an hour, so that it is without blocks for long after the
// wire is mended; and where orderers agree by SmartBFT, it believes for half a minute
// that the one which sends it blocks has none, while others have. Orderers and peers
// let others ask that often: Fabric's own hang up on who asks more than once a minute.
var (
	ordererPatience = []string{
		"ORDERER_GENERAL_KEEPALIVE_SERVERMININTERVAL=5s",
	}
	peerPatience = []string{
		"CORE_PEER_KEEPALIVE_MININTERVAL=5s",
		"CORE_PEER_KEEPALIVE_CLIENT_INTERVAL=10s",
		"CORE_PEER_KEEPALIVE_CLIENT_TIMEOUT=5s",
		"CORE_PEER_KEEPALIVE_DELIVERYCLIENT_INTERVAL=10s",
		"CORE_PEER_KEEPALIVE_DELIVERYCLIENT_TIMEOUT=5s",
		"CORE_PEER_DELIVERYCLIENT_RECONNECTBACKOFFTHRESHOLD=5s",
		"CORE_PEER_DELIVERYCLIENT_BLOCKCENSORSHIPTIMEOUTKEY=5s",
	}
)

// processes are all of the network's, in the order in which they start.
func (n *Network) processes() []process {
	var all []process
	for _, e := range n.orderers() {
		all = append(all, n.orderer(e))
	}
	for _, o := range n.organisations() {
		all = append(all, n.chaincode(o))
	}
	for _, o := range n.organisations() {
		all = append(all, n.peer(o))
	}
	return all
}

func (n *Network) orderer(e endpoint) process {
	dir := n.path(e.Name)
	return process{
		name: e.Name, machine: e.Name, address: e.Address(), operations: e.Operations(),
		command: n.state.Tools.command("orderer"), dir: dir, ready: all(healthy(e.Operations()), answers(e.at(adminPort)), answers(e.Address())),
		env: append(slices.Concat(logging, ordererPatience),
			"FABRIC_CFG_PATH="+n.state.Tools.Config,
			"ORDERER_GENERAL_LISTENADDRESS="+e.IP.String(),
			"ORDERER_GENERAL_LISTENPORT="+strconv.Itoa(e.Port),
			"ORDERER_GENERAL_LOCALMSPID=OrdererMSP",
			"ORDERER_GENERAL_LOCALMSPDIR="+e.MSP,
			"ORDERER_GENERAL_TLS_ENABLED=true",
			"ORDERER_GENERAL_TLS_CERTIFICATE="+e.TLSCert(),
			"ORDERER_GENERAL_TLS_PRIVATEKEY="+e.TLSKey(),
			"ORDERER_GENERAL_TLS_ROOTCAS=["+e.TLSCA()+"]",
			"ORDERER_GENERAL_CLUSTER_CLIENTCERTIFICATE="+e.TLSCert(),
			"ORDERER_GENERAL_CLUSTER_CLIENTPRIVATEKEY="+e.TLSKey(),
			"ORDERER_GENERAL_CLUSTER_ROOTCAS=["+e.TLSCA()+"]",
			"ORDERER_FILELEDGER_LOCATION="+dir,
			"ORDERER_CONSENSUS_WALDIR="+dir+"/wal",
			"ORDERER_CONSENSUS_SNAPDIR="+dir+"/snapshots",
			"ORDERER_OPERATIONS_LISTENADDRESS="+e.Operations(),
			"ORDERER_METRICS_PROVIDER=prometheus",
			"ORDERER_ADMIN_LISTENADDRESS="+e.at(adminPort),
			"ORDERER_ADMIN_TLS_ENABLED=true",
			"ORDERER_ADMIN_TLS_CERTIFICATE="+e.TLSCert(),
			"ORDERER_ADMIN_TLS_PRIVATEKEY="+e.TLSKey(),
			"ORDERER_ADMIN_TLS_ROOTCAS=["+e.TLSCA()+"]",
			"ORDERER_ADMIN_TLS_CLIENTROOTCAS=["+e.TLSCA()+"]",
		),
	}
}

func (n *Network) peer(o organisation) process {
	dir, e := n.path(o.Name, "peer0"), o.Peer
	p := process{
		name: e.Name, machine: o.Name, address: e.Address(), operations: e.Operations(),
		command: n.state.Tools.command("peer"), args: []string{"node", "start"}, dir: dir, ready: all(healthy(e.Operations()), answers(e.Address())),
		env: append(slices.Concat(logging, peerPatience),
			"FABRIC_CFG_PATH="+n.path("config"),
			"CORE_PEER_ID="+e.Name,
			"CORE_PEER_NETWORKID="+channel,
			"CORE_PEER_LISTENADDRESS="+e.Address(),
			"CORE_PEER_ADDRESS="+e.Address(),
			"CORE_PEER_CHAINCODELISTENADDRESS="+e.at(listenPort),
			"CORE_PEER_LOCALMSPID="+o.MSP,
			"CORE_PEER_MSPCONFIGPATH="+e.MSP,
			"CORE_PEER_FILESYSTEMPATH="+dir,
			"CORE_LEDGER_SNAPSHOTS_ROOTDIR="+dir+"/snapshots",
			"CORE_PEER_TLS_ENABLED=true",
			"CORE_PEER_TLS_CERT_FILE="+e.TLSCert(),
			"CORE_PEER_TLS_KEY_FILE="+e.TLSKey(),
			"CORE_PEER_TLS_ROOTCERT_FILE="+e.TLSCA(),
			"CORE_PEER_GOSSIP_BOOTSTRAP="+e.Address(),
			"CORE_PEER_GOSSIP_ENDPOINT="+e.Address(),
			"CORE_PEER_GOSSIP_EXTERNALENDPOINT="+e.Address(),
			// With the default of 25 s peers that start together find each other, and
			// clients both of them, only after half a minute.
			"CORE_PEER_GOSSIP_RECONNECTINTERVAL=1s",
			// Nobody asks a peer for a key's former values: nodes have the entries.
			"CORE_LEDGER_HISTORY_ENABLEHISTORYDATABASE=false",
			// Private data is an organisation's approvals of chaincode alone. A peer that
			// lost its disk asks for them in vain, by default for a minute a block.
			"CORE_PEER_GOSSIP_PVTDATA_PULLRETRYTHRESHOLD=1s",
			"CORE_OPERATIONS_LISTENADDRESS="+e.Operations(),
			"CORE_METRICS_PROVIDER=prometheus",
			"CORE_CHAINCODE_EXTERNALBUILDERS=[{name: sogoc, path: "+strconv.Quote(n.path("builder"))+", propagateEnvironment: [SOGOC_CHAINCODE_ODD, SOGOC_CHAINCODE_EVEN]}]",
			"SOGOC_CHAINCODE_ODD="+o.Chaincode(1),
			"SOGOC_CHAINCODE_EVEN="+o.Chaincode(2),
		),
	}
	if w := n.state.ClockWindow; w != 0 {
		p.env = append(p.env, "CORE_PEER_AUTHENTICATION_TIMEWINDOW="+w.String())
	}
	return p
}

func (n *Network) chaincode(o organisation) process {
	return n.chaincodeVersion(o, n.state.Version, n.state.PackageID)
}

func (n *Network) chaincodeVersion(o organisation, version int, packageID string) process {
	address := o.Chaincode(version)
	return process{
		name: o.chaincodeName(), machine: o.Name, address: address, command: n.program(version), dir: n.path(o.Name), ready: answers(address),
		env: []string{
			"CHAINCODE_SERVER_ADDRESS=" + address,
			"CHAINCODE_ID=" + packageID,
			"SOGOC_GENESIS=" + n.path(genesisFile),
		},
	}
}

// program is the file of a version of the chaincode's program.
func (n *Network) program(version int) string {
	return n.path(fmt.Sprintf("sogoc-chaincode-%d", version))
}

// baseEnv is what a process takes over from this one. Settings of Fabric that
// stand in the caller's environment must not leak in.
func baseEnv() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}
}

// await asks until a process answers, and gives up with what it logged last when
// it ended.
func (n *Network) await(ctx context.Context, p process) error {
	for {
		if p.ready(ctx) {
			return nil
		}
		pid, err := n.pid(p.name)
		if err != nil {
			return err
		}
		if pid == 0 {
			return fmt.Errorf("%s ended at its start:\n%s", p.name, n.tail(p.name))
		}
		if err := sleep(ctx, 20*time.Millisecond); err != nil {
			return fmt.Errorf("%s does not answer: %w", p.name, err)
		}
	}
}

func (n *Network) tail(name string) string {
	raw, err := os.ReadFile(n.logFile(name))
	if err != nil {
		return err.Error()
	}
	return string(last(raw, 2000))
}

// all: Fabric's processes report their health before they answer anything else.
func all(checks ...func(context.Context) bool) func(context.Context) bool {
	return func(ctx context.Context) bool {
		return !slices.ContainsFunc(checks, func(ok func(context.Context) bool) bool { return !ok(ctx) })
	}
}

func healthy(address string) func(context.Context) bool {
	return func(ctx context.Context) bool {
		_, err := get(ctx, "http://"+address+"/healthz")
		return err == nil
	}
}

func answers(address string) func(context.Context) bool {
	return func(ctx context.Context) bool {
		c, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err != nil {
			return false
		}
		c.Close()
		return true
	}
}

// operator asks the operations services, which no proxy stands before.
var operator = http.Client{Transport: &http.Transport{IdleConnTimeout: time.Minute}}

// get reads a page of a process's operations service.
func get(ctx context.Context, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	res, err := operator.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, res.Status)
	}
	return io.ReadAll(io.LimitReader(res.Body, 16<<20))
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
