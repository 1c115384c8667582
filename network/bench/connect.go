package main

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-gateway/pkg/identity"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// profile is what is needed of the file by which a node connects. Its paths are
// relative to the file's folder.
type profile struct {
	Channel      string `json:"channel"`
	Chaincode    string `json:"chaincode"`
	Organisation string `json:"organisation"`
	User         struct {
		MSP  string `json:"msp"`
		Cert string `json:"cert"`
		Key  string `json:"key"`
	} `json:"user"`
	Organisations []struct {
		Name  string `json:"name"`
		Peers []struct {
			Address string `json:"address"`
			TLSCA   string `json:"tlsca"`
		} `json:"peers"`
	} `json:"organisations"`
}

// connection is the gateway service of a peer of the profile's organisation.
type connection struct {
	peer     *grpc.ClientConn
	gateway  *client.Gateway
	contract *client.Contract
}

func (c *connection) close() {
	c.gateway.Close()
	c.peer.Close()
}

func connect(file string) (*connection, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var p profile
	if err := json.Unmarshal(raw, &p); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	read := func(path string) ([]byte, error) {
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(file), path)
		}
		return os.ReadFile(path)
	}
	user, sign, err := p.signer(read)
	if err != nil {
		return nil, err
	}
	c := new(connection)
	if c.peer, err = p.dial(read); err != nil {
		return nil, err
	}
	if c.gateway, err = client.Connect(user, client.WithSign(sign), client.WithClientConnection(c.peer)); err != nil {
		c.peer.Close()
		return nil, err
	}
	c.contract = c.gateway.GetNetwork(p.Channel).GetContract(p.Chaincode)
	return c, nil
}

func (p profile) signer(read func(string) ([]byte, error)) (identity.Identity, identity.Sign, error) {
	raw, err := read(p.User.Cert)
	if err != nil {
		return nil, nil, err
	}
	cert, err := identity.CertificateFromPEM(raw)
	if err != nil {
		return nil, nil, err
	}
	if raw, err = read(p.User.Key); err != nil {
		return nil, nil, err
	}
	key, err := identity.PrivateKeyFromPEM(raw)
	if err != nil {
		return nil, nil, err
	}
	user, err := identity.NewX509Identity(p.User.MSP, cert)
	if err != nil {
		return nil, nil, err
	}
	sign, err := identity.NewPrivateKeySign(key)
	return user, sign, err
}

// dial reaches the first peer of the profile's organisation.
func (p profile) dial(read func(string) ([]byte, error)) (*grpc.ClientConn, error) {
	for _, o := range p.Organisations {
		if o.Name != p.Organisation || len(o.Peers) == 0 {
			continue
		}
		ca, err := read(o.Peers[0].TLSCA)
		if err != nil {
			return nil, err
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(ca) {
			return nil, fmt.Errorf("%s holds no certificate", o.Peers[0].TLSCA)
		}
		return grpc.NewClient("dns:///"+o.Peers[0].Address, grpc.WithTransportCredentials(credentials.NewClientTLSFromCert(roots, "")))
	}
	return nil, fmt.Errorf("the profile has no peer of %s", p.Organisation)
}
