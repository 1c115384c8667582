package network

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/sogoc/sogoc/ledger/fabric"
)

const (
	domain    = "sogoc.example"
	channel   = "sogoc"
	chaincode = "sogoc"
	stateFile = "network.json"
	format    = "sogoc-network/1"
)

// Ordering is how many orderers there are and how they agree.
type Ordering string

const (
	Raft1 Ordering = "raft:1" // one orderer; nothing survives its disk
	Raft3 Ordering = "raft:3" // survives the crash of one
	BFT4  Ordering = "bft:4"  // survives one that lies
)

// Orderings are all there are.
var Orderings = []Ordering{Raft1, Raft3, BFT4}

func (o Ordering) count() int {
	switch o {
	case Raft3:
		return 3
	case BFT4:
		return 4
	}
	return 1
}

// Ports of a network, counted from its base: ten an orderer, ten an organisation.
const (
	ordererPorts = 0
	peerPorts    = 50
	nodePorts    = 10
	portSpan     = 80

	maxOrganisations = 3

	operationsPort = 1 // health and metrics
	adminPort      = 2 // of an orderer: joining channels
	listenPort     = 2 // of a peer: chaincode that dials it, which ours does not
	chaincodePort  = 3 // of an organisation's chaincode process: this one and the next, in turns
)

// state is what network.json keeps. All else follows from it.
type state struct {
	Format        string        `json:"format"`
	Organisations int           `json:"organisations"`
	Orderers      Ordering      `json:"orderers"`
	Ports         int           `json:"ports"`
	Tools         Tools         `json:"tools"`
	ClockWindow   time.Duration `json:"clock_window,omitempty"` // Config.ClockWindow
	Namespaces    bool          `json:"namespaces,omitempty"`   // Config.Namespaces
	Version       int           `json:"version"`                // of the chaincode, and its sequence in the lifecycle
	PackageID     string        `json:"package_id"`
	// Ready is set once the chaincode is committed.
	Ready bool `json:"ready"`
}

func (n *Network) save() error {
	raw, err := json.MarshalIndent(n.state, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(n.path(stateFile), append(raw, '\n'), 0o644)
}

// path is a place in the network's folder.
func (n *Network) path(elem ...string) string {
	return filepath.Join(append([]string{n.Dir}, elem...)...)
}

// endpoint is an orderer or a peer.
type endpoint struct {
	Name string // of its process
	Host string // its first name in cryptogen's domain
	ID   int    // from 1
	IP   netip.Addr
	Port int
	MSP  string // folder of its signing identity
	TLS  string // folder of its TLS key, certificate and authority
}

func (e endpoint) Address() string    { return e.at(0) }
func (e endpoint) Operations() string { return e.at(operationsPort) }

// at is where one more port of the endpoint's organisation, or orderer, answers.
func (e endpoint) at(port int) string {
	return netip.AddrPortFrom(e.IP, uint16(e.Port+port)).String()
}

func (e endpoint) Cert() string {
	return filepath.Join(e.MSP, "signcerts", filepath.Base(filepath.Dir(e.MSP))+"-cert.pem")
}
func (e endpoint) TLSCert() string { return filepath.Join(e.TLS, "server.crt") }
func (e endpoint) TLSKey() string  { return filepath.Join(e.TLS, "server.key") }
func (e endpoint) TLSCA() string   { return filepath.Join(e.TLS, "ca.crt") }

func (e endpoint) profile() fabric.Endpoint {
	return fabric.Endpoint{Name: e.Name, Address: e.Address(), TLSCA: e.TLSCA(), Operations: e.Operations()}
}

// organisation is a member of the channel.
type organisation struct {
	Name   string // "org1"
	MSP    string // "Org1MSP"
	Domain string
	dir    string // its certificates
	Peer   endpoint
}

func (o organisation) MSPDir() string { return filepath.Join(o.dir, "msp") }

// Chaincode is where the organisation's process of a version of the chaincode
// answers.
func (o organisation) Chaincode(version int) string {
	return o.Peer.at(chaincodePort + (version+1)%2)
}

func (o organisation) chaincodeName() string { return "chaincode-" + o.Name }

// userDir is the folder of an identity that cryptogen made: "Admin" or "User1".
func (o organisation) userDir(user string) string {
	return filepath.Join(o.dir, "users", user+"@"+o.Domain)
}

func (o organisation) identity(user string) fabric.Identity {
	msp := filepath.Join(o.userDir(user), "msp")
	return fabric.Identity{
		Name: user, MSP: o.MSP,
		Cert: filepath.Join(msp, "signcerts", user+"@"+o.Domain+"-cert.pem"),
		Key:  filepath.Join(msp, "keystore", "priv_sk"),
	}
}

func (n *Network) ordererDir() string { return n.path("crypto", "ordererOrganizations", domain) }

func (n *Network) orderers() []endpoint {
	all := make([]endpoint, n.state.Orderers.count())
	for i := range all {
		host := fmt.Sprintf("orderer%d", i+1)
		dir := filepath.Join(n.ordererDir(), "orderers", host+"."+domain)
		all[i] = endpoint{
			Name: host, Host: host, ID: i + 1, IP: n.address(ordererPlace + i), Port: n.state.Ports + ordererPorts + nodePorts*i,
			MSP: filepath.Join(dir, "msp"), TLS: filepath.Join(dir, "tls"),
		}
	}
	return all
}

func organisationName(i int) string { return fmt.Sprintf("org%d", i+1) }

func (n *Network) organisations() []organisation {
	all := make([]organisation, n.state.Organisations)
	for i := range all {
		o := organisation{Name: organisationName(i), MSP: fmt.Sprintf("Org%dMSP", i+1)}
		o.Domain = o.Name + "." + domain
		o.dir = n.path("crypto", "peerOrganizations", o.Domain)
		dir := filepath.Join(o.dir, "peers", "peer0."+o.Domain)
		o.Peer = endpoint{
			Name: "peer0." + o.Name, Host: "peer0", ID: i + 1, IP: n.address(organisationPlace + i), Port: n.state.Ports + peerPorts + nodePorts*i,
			MSP: filepath.Join(dir, "msp"), TLS: filepath.Join(dir, "tls"),
		}
		all[i] = o
	}
	return all
}

// profile is how a node of an organisation connects to the register.
func (n *Network) profile(o organisation) *fabric.Profile {
	admin := o.identity("Admin")
	p := &fabric.Profile{
		Format: fabric.ProfileFormat, Channel: channel, Chaincode: chaincode, Organisation: o.Name,
		User: o.identity("User1"), Admin: &admin, Genesis: n.path(genesisFile),
	}
	if _, err := os.Stat(n.path(operatorFile)); err == nil && o.Name == n.organisations()[0].Name {
		p.Operator = n.path(operatorFile)
	}
	for _, other := range n.organisations() {
		p.Organisations = append(p.Organisations, fabric.Organisation{Name: other.Name, MSP: other.MSP, Peers: []fabric.Endpoint{other.Peer.profile()}})
	}
	for _, e := range n.orderers() {
		p.Orderers = append(p.Orderers, e.profile())
	}
	return p
}
