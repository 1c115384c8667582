package node

import (
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/base64"
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
)

// Files of the keys folder. Only their owner reads them.
const (
	masterFile     = "master.key"     // encrypts the keys in custody
	checkpointFile = "checkpoint.key" // signs checkpoints (note signer key)
	verifierFile   = "checkpoint.pub" // checks them (note verifier key)
	operatorFile   = "operator.key"   // founds the register
)

// keys are the node's own.
type keys struct {
	master   account.MasterKey
	signer   note.Signer
	verifier string
	operator *ecdsa.PrivateKey
}

// loadKeys reads the keys folder, or makes it for a register that is new. origin
// names the checkpoint key.
func loadKeys(dir, origin string, fresh bool) (keys, error) {
	if fresh {
		if err := makeKeys(dir, origin); err != nil {
			return keys{}, err
		}
	}
	var k keys
	master, err := readKey(dir, masterFile)
	if err != nil {
		return k, err
	}
	raw, err := base64.StdEncoding.DecodeString(master)
	if err != nil || len(raw) != len(k.master) {
		return k, fmt.Errorf("%s: is not a key", filepath.Join(dir, masterFile))
	}
	copy(k.master[:], raw)
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
	operator, err := readKey(dir, operatorFile)
	if err != nil {
		return k, err
	}
	if k.operator, err = crypto.HexToECDSA(operator); err != nil {
		return k, fmt.Errorf("%s: is not a key", filepath.Join(dir, operatorFile))
	}
	return k, nil
}

func makeKeys(dir, origin string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	var master account.MasterKey
	rand.Read(master[:])
	signer, verifier, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return err
	}
	operator, err := account.NewKey()
	if err != nil {
		return err
	}
	return errors.Join(
		writeKey(dir, masterFile, base64.StdEncoding.EncodeToString(master[:])),
		writeKey(dir, checkpointFile, signer),
		writeKey(dir, verifierFile, verifier),
		writeKey(dir, operatorFile, hex.EncodeToString(crypto.FromECDSA(operator))),
	)
}

func readKey(dir, name string) (string, error) {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s is missing: the register cannot be signed for without it", filepath.Join(dir, name))
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
