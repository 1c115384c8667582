package fabric

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sogoc/sogoc/ledger"
)

// ProfileFormat is the only profile format there is.
const ProfileFormat = "sogoc-fabric/1"

// Profile says how a node of one organisation reaches a Fabric channel and as
// whom it signs there. It is a JSON file that holds no secret itself. Paths in
// the file are relative to its folder, or absolute; in a Profile that ReadProfile
// gave they are absolute.
type Profile struct {
	Format       string `json:"format"`
	Channel      string `json:"channel"`
	Chaincode    string `json:"chaincode"`    // the name that was committed on the channel
	Organisation string `json:"organisation"` // which of Organisations this node belongs to
	// User signs proposals and transactions. Admin joins peers and approves
	// chaincode; a node that only reads and writes has none.
	User  Identity  `json:"user"`
	Admin *Identity `json:"admin,omitempty"`
	// Genesis is the file that founds the register, as the chaincode was given it.
	Genesis string `json:"genesis"`
	// Operator is the file of the key that founds the register and then acts for its
	// operator: 64 hexadecimal digits. Only the operator's organisation has it.
	Operator string `json:"operator,omitempty"`
	// Organisations are all of the channel's, in a fixed order, with the peers to
	// reach first; further ones are discovered.
	Organisations []Organisation `json:"organisations"`
	// Orderers are all of the channel's: they are not discovered.
	Orderers []Endpoint `json:"orderers"`
}

// Organisation is a member of the channel.
type Organisation struct {
	Name  string     `json:"name"` // "org1"
	MSP   string     `json:"msp"`  // "Org1MSP"
	Peers []Endpoint `json:"peers"`
}

// Endpoint is a peer or an orderer that answers gRPC over TLS.
type Endpoint struct {
	Name    string `json:"name"`    // "peer0.org1", for messages
	Address string `json:"address"` // host:port; the host stands in the TLS certificate
	TLSCA   string `json:"tlsca"`   // PEM file of the authority that signed the TLS certificate
	// Operations is the http host:port of its health and metrics; "" when it is
	// not reachable from here.
	Operations string `json:"operations,omitempty"`
}

// Identity is an X.509 certificate with its key.
type Identity struct {
	Name string `json:"name"` // "User1"
	MSP  string `json:"msp"`
	Cert string `json:"cert"` // PEM file
	Key  string `json:"key"`  // PEM file, PKCS #8
}

// ReadProfile reads and checks a profile. What is wrong is Invalid and names the
// file: the profile itself, or the one that it points at and that cannot be read.
func ReadProfile(file string) (*Profile, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Invalid, "the Fabric profile cannot be read")
	}
	p := new(Profile)
	if err := json.Unmarshal(raw, p); err != nil {
		return nil, ledger.Wrap(err, ledger.Invalid, file+" is not a Fabric profile")
	}
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Invalid, file+" has no absolute path")
	}
	for _, path := range p.files() {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(dir, filepath.FromSlash(*path))
		}
	}
	if err := p.check(); err != nil {
		return nil, ledger.Wrap(err, ledger.Invalid, file)
	}
	return p, nil
}

// Own is the organisation that the node belongs to.
func (p *Profile) Own() *Organisation {
	for i := range p.Organisations {
		if p.Organisations[i].Name == p.Organisation {
			return &p.Organisations[i]
		}
	}
	return nil
}

// Write writes the profile to a file, with the paths relative to the file's
// folder, so that it moves together with what it names.
func (p *Profile) Write(file string) error {
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return err
	}
	c, err := p.clone()
	if err != nil {
		return err
	}
	for _, path := range c.files() {
		if rel, err := filepath.Rel(dir, *path); filepath.IsAbs(*path) && err == nil {
			*path = filepath.ToSlash(rel)
		}
	}
	raw, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(raw, '\n'), 0o644)
}

func (p *Profile) clone() (*Profile, error) {
	raw, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	c := new(Profile)
	return c, json.Unmarshal(raw, c)
}

// files are the places of p that name a file.
func (p *Profile) files() []*string {
	all := []*string{&p.Genesis, &p.User.Cert, &p.User.Key}
	if p.Admin != nil {
		all = append(all, &p.Admin.Cert, &p.Admin.Key)
	}
	if p.Operator != "" {
		all = append(all, &p.Operator)
	}
	for i := range p.Organisations {
		for j := range p.Organisations[i].Peers {
			all = append(all, &p.Organisations[i].Peers[j].TLSCA)
		}
	}
	for i := range p.Orderers {
		all = append(all, &p.Orderers[i].TLSCA)
	}
	return all
}

func (p *Profile) check() error {
	if p.Format != ProfileFormat {
		return fmt.Errorf("format %q is not %s", p.Format, ProfileFormat)
	}
	if p.Channel == "" || p.Chaincode == "" {
		return fmt.Errorf("the channel or the chaincode is not named")
	}
	own := p.Own()
	if own == nil {
		return fmt.Errorf("organisation %q is not among the organisations", p.Organisation)
	}
	if len(own.Peers) == 0 || len(p.Orderers) == 0 {
		return fmt.Errorf("no peer of %s, or no orderer", own.Name)
	}
	for _, path := range p.files() {
		if *path == "" {
			return fmt.Errorf("a file is not named: genesis, certificates and keys all are needed")
		}
		f, err := os.Open(*path)
		if err != nil {
			return err
		}
		f.Close()
	}
	return nil
}
