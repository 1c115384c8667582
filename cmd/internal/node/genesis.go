package node

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/fabric"
)

// genesis reads what founded the register of the data folder, and the node's keys.
// For a new folder it draws the keys, and takes the genesis from the profile or
// draws it, too. The genesis is written after the keys and before the ledger, so
// that a start that was cut off is taken up again.
func (n *Node) genesis() (ledger.Genesis, error) {
	if err := n.discardHalf(); err != nil {
		return ledger.Genesis{}, err
	}
	raw, err := os.ReadFile(n.path(genesisFile))
	if errors.Is(err, fs.ErrNotExist) {
		return n.newGenesis()
	}
	if err != nil {
		return ledger.Genesis{}, err
	}
	g, err := ledger.ParseGenesis(raw)
	if err != nil {
		return g, fmt.Errorf("%s: %w", n.path(genesisFile), err)
	}
	if err := n.sameRegister(raw); err != nil {
		return g, err
	}
	if n.keys, err = loadKeys(n.path(keyDir)); err != nil {
		return g, err
	}
	if n.profile == nil {
		if n.keys.operator, err = loadOperator(n.path(keyDir, operatorFile)); err != nil {
			return g, err
		}
		return g, n.loadPeerKeys(g.Origin)
	}
	if n.profile.Operator != "" {
		if n.keys.operator, err = loadOperator(n.profile.Operator); err != nil {
			return g, err
		}
	}
	return g, n.loadPeerKeys(g.Origin)
}

// newGenesis founds a data folder.
func (n *Node) newGenesis() (g ledger.Genesis, err error) {
	if n.profile != nil {
		raw, err := os.ReadFile(n.profile.Genesis)
		if err != nil {
			return g, err
		}
		if g, err = ledger.ParseGenesis(raw); err != nil {
			return g, fmt.Errorf("%s: %w", n.profile.Genesis, err)
		}
	} else {
		g = ledger.Genesis{Format: ledger.GenesisFormat, Name: n.Config.Name, Created: ledger.TimeOf(time.Now()), Recovery: n.Config.Recovery}
		rand.Read(g.Nonce[:])
		g.Origin = "sogoc.example/" + hex.EncodeToString(g.Nonce[:8])
		if err := makeOperator(n.path(keyDir, operatorFile)); err != nil {
			return g, err
		}
		operator, err := loadOperator(n.path(keyDir, operatorFile))
		if err != nil {
			return g, err
		}
		g.Operator = ledger.AddressOf(&operator.PublicKey)
	}
	if err := makeKeys(n.path(keyDir), g.Origin); err != nil {
		return g, err
	}
	if err := writeFile(n.path(genesisFile), g.Encode(), 0o644); err != nil {
		return g, err
	}
	return n.genesis()
}

// sameRegister refuses a data folder that was made for another ledger than the one
// that it is started with.
func (n *Node) sameRegister(genesis []byte) error {
	onFabric := exists(n.path(fabricDir))
	switch {
	case n.profile == nil && onFabric:
		return fmt.Errorf("the data folder %s is of a node on Fabric; start it with --ledger %s and its --profile", n.Config.Data, Fabric)
	case n.profile != nil && !onFabric && exists(n.path(ledgerDir)):
		return fmt.Errorf("the data folder %s holds a register of its own; a node on Fabric needs another", n.Config.Data)
	case n.profile == nil:
		return nil
	}
	shared, err := os.ReadFile(n.profile.Genesis)
	if err != nil {
		return err
	}
	if !bytes.Equal(shared, genesis) {
		return fmt.Errorf("the data folder %s is of another register than the one that %s founds", n.Config.Data, n.profile.Genesis)
	}
	return nil
}

// discardHalf clears a folder whose founding was cut off before the genesis was
// written: it holds keys that never signed anything.
func (n *Node) discardHalf() error {
	for _, made := range []string{genesisFile, ledgerDir, fabricDir} {
		if exists(n.path(made)) {
			return nil
		}
	}
	return os.RemoveAll(n.path(keyDir))
}

// readProfile reads how to reach the channel, for a node on Fabric.
func (n *Node) readProfile() (err error) {
	if n.Config.Ledger != Fabric {
		return nil
	}
	n.profile, err = fabric.ReadProfile(n.Config.Profile)
	if err != nil {
		return fmt.Errorf("--profile: %w", err)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// path is a place in the data folder.
func (n *Node) path(elem ...string) string {
	return filepath.Join(append([]string{n.Config.Data}, elem...)...)
}

// writeFile writes a file whole or not at all.
func writeFile(path string, b []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name()) // the error above is the one to report
	}
	return err
}
