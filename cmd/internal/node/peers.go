package node

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/sogoc/sogoc/api"
	"github.com/sogoc/sogoc/api/peer"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// peerFile says how the other organisations' nodes reach this one and which keys it
// has: its operator hands it to theirs, for the peers file. It holds no secret.
const peerFile = "peer.json"

// usedPeersFile is the peers file that the node started with last, which lies elsewhere:
// backups hold it.
const usedPeersFile = "peers.used.json"

// Keys of a node among others, in the keys folder: 32 random bytes each, in base64.
const (
	cosignerFile = "cosigner.key" // cosigns checkpoints
	requestFile  = "request.key"  // signs the requests to other nodes
)

// seed reads one of the keys, or draws it.
func seed(dir, name string) ([]byte, error) {
	text, err := readKey(dir, name)
	if errors.Is(err, fs.ErrNotExist) {
		drawn := make([]byte, ed25519.SeedSize)
		rand.Read(drawn)
		return drawn, writeKey(dir, name, base64.StdEncoding.EncodeToString(drawn))
	}
	if err != nil {
		return nil, err
	}
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(b) != ed25519.SeedSize {
		return nil, fmt.Errorf("%s in %s: is not a key", name, dir)
	}
	return b, nil
}

// alone names the cosigner of a node on a ledger of its own.
const alone = "node"

// host is the member of the channel whose node it is.
func (n *Node) host() string {
	if n.profile == nil {
		return alone
	}
	return n.profile.Own().MSP
}

// loadPeerKeys reads the keys that a node has among others.
func (n *Node) loadPeerKeys(origin string) error {
	cosigner, err := seed(n.path(keyDir), cosignerFile)
	if err != nil {
		return err
	}
	if n.keys.cosigner, err = merkle.NewCosigner(origin+"/"+n.host(), cosigner); err != nil {
		return err
	}
	request, err := seed(n.path(keyDir), requestFile)
	if err != nil {
		return err
	}
	n.keys.request = ed25519.NewKeyFromSeed(request)
	return nil
}

// peers reads the file that names nodes and witnesses.
func (c Config) peers() (peer.File, error) {
	raw, err := os.ReadFile(c.Peers)
	if err != nil {
		return peer.File{}, fmt.Errorf("--peers: %w", err)
	}
	file, err := peer.ParseFile(raw)
	if err != nil {
		return file, fmt.Errorf("--peers: %s: %w", c.Peers, err)
	}
	if c.Ledger == Embedded && len(file.Nodes) != 1 {
		return file, fmt.Errorf("--peers: %s: a node on a ledger of its own has witnesses and no other nodes; several share a register by --ledger %s", c.Peers, Fabric)
	}
	return file, nil
}

// openPeers prepares the work with the nodes that the peers file names. The trust
// file then takes the checkpoints of each of them.
func (n *Node) openPeers() error {
	if n.Config.Peers == "" {
		return nil
	}
	file, err := n.Config.peers()
	if err != nil {
		return err
	}
	if file, err = afterChanges(file, n.Ledger.Rotations()); err != nil {
		return fmt.Errorf("--peers: %s: %w", n.Config.Peers, err)
	}
	n.Peers, err = peer.Open(peer.Config{
		Dir: n.path(peerDir), File: file, Key: n.keys.request, Cosigner: n.keys.cosigner,
		Ledger: n.Ledger, Store: n.Store, Index: n.Index, Catalog: n.Catalog, Deals: n.Deals, Named: api.PayloadsOf, Log: n.Config.Log,
	})
	if err != nil {
		return fmt.Errorf("--peers: %s: %w", n.Config.Peers, err)
	}
	n.closers = append(n.closers, n.Peers.Close)
	if err := n.keepPeers(); err != nil {
		return err
	}
	n.Trust = file.Trust(n.Trust.Register, n.Trust.Origin)
	return nil
}

// keepPeers copies the peers file into the data folder.
func (n *Node) keepPeers() error {
	raw, err := os.ReadFile(n.Config.Peers)
	if err != nil {
		return fmt.Errorf("--peers: %w", err)
	}
	if kept, err := os.ReadFile(n.path(usedPeersFile)); err == nil && bytes.Equal(kept, raw) {
		return nil
	}
	return writeFile(n.path(usedPeersFile), raw, 0o644)
}

// writePeer writes what the others' peers file says of this node.
func (n *Node) writePeer() error {
	address := n.URL
	if n.Config.PublicURL != "" {
		address = n.Config.PublicURL
	}
	name := n.Ledger.Genesis().Name
	if n.Application != nil {
		name = n.Application.Profile.Name.VI
	}
	host := ""
	if n.profile != nil {
		host = n.host()
	}
	b, err := json.MarshalIndent(peer.Peer{
		Name: name, URL: address, Host: host, Checkpoint: n.keys.verifier, Cosigner: n.keys.cosigner.String(),
		Key: base64.StdEncoding.EncodeToString(n.keys.request.Public().(ed25519.PublicKey)),
	}, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(n.path(peerFile), append(b, '\n'), 0o644)
}

// PeersFile makes a peers file of what nodes wrote about themselves. A quorum of 0 is
// more than half.
func PeersFile(quorum int, witnesses []peer.Witness, files ...string) ([]byte, error) {
	f := peer.File{Format: peer.Format, Quorum: quorum, Witnesses: witnesses}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var p peer.Peer
		if err := json.Unmarshal(raw, &p); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		f.Nodes = append(f.Nodes, p)
	}
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return nil, err
	}
	_, err = peer.ParseFile(b)
	return append(b, '\n'), err
}
