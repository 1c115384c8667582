package node

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ethereum/go-ethereum/crypto"
	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// Files of the keys folder. Only their owner reads them.
const (
	masterFile     = "master.key"     // opens the account store; of a demo only, see MasterKey
	checkpointFile = "checkpoint.key" // signs checkpoints (note signer key)
	verifierFile   = "checkpoint.pub" // checks them (note verifier key)
	operatorFile   = "operator.key"   // founds the register; on Fabric its profile says where it is
)

// keys are the node's own.
type keys struct {
	signer   note.Signer
	verifier string
	next     note.Signer       // signs once an entry says so; nil where none was drawn
	first    string            // verifier of the checkpoint key that the node began with
	operator *ecdsa.PrivateKey // nil at a node that is not the operator's
	// Of its work with other nodes and witnesses.
	cosigner *merkle.Cosigner
	request  ed25519.PrivateKey
}

// loadKeys reads the keys of a node: all but the operator's and the master key.
func loadKeys(dir string) (keys, error) {
	var k keys
	if !exists(filepath.Join(dir, checkpointFile)) && exists(filepath.Join(dir, nextCheckpointFile)) {
		if err := moveNext(dir); err != nil { // which was cut off
			return k, err
		}
	}
	signer, err := readKey(dir, checkpointFile)
	if err != nil {
		return k, err
	}
	if k.signer, err = note.NewSigner(signer); err != nil {
		return k, fmt.Errorf("%s: %w", filepath.Join(dir, checkpointFile), err)
	}
	if k.verifier, err = readKey(dir, verifierFile); err != nil {
		return k, err
	}
	if k.next, _, err = loadNext(dir); err != nil {
		return k, err
	}
	k.first, err = firstVerifier(dir, k.verifier)
	return k, err
}

// loadOperator reads the key that founds the register.
func loadOperator(file string) (*ecdsa.PrivateKey, error) {
	hexed, err := readKey(filepath.Split(file))
	if err != nil {
		return nil, err
	}
	key, err := crypto.HexToECDSA(hexed)
	if err != nil {
		return nil, fmt.Errorf("%s: is not a key", file)
	}
	return key, nil
}

// Founded reports whether a data folder holds accounts already, so that a master key
// is one that exists.
func Founded(data string) bool { return exists(filepath.Join(data, accountDir)) }

// makeKeys draws the keys of a node that is new. origin names the checkpoint key.
func makeKeys(dir, origin string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	signer, verifier, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return err
	}
	return errors.Join(
		writeKey(dir, checkpointFile, signer),
		writeKey(dir, verifierFile, verifier),
	)
}

// makeOperator draws the key that founds a register.
func makeOperator(file string) error {
	operator, err := account.NewKey()
	if err != nil {
		return err
	}
	dir, name := filepath.Split(file)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return writeKey(dir, name, hex.EncodeToString(crypto.FromECDSA(operator)))
}

func readKey(dir, name string) (string, error) {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s is missing: the register cannot be signed for without it: %w", filepath.Join(dir, name), fs.ErrNotExist)
	}
	return strings.TrimSpace(string(b)), err
}

// writeKey never replaces a key.
func writeKey(dir, name, key string) error {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(key + "\n")
	return errors.Join(err, f.Sync(), f.Close())
}
