package store

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ipfs/go-cid"

	"github.com/sogoc/sogoc/ledger/content"
)

// keyFile keeps keys in slots of 64 bytes: the key and the SHA-256 of the CID that
// it belongs to. Slot 0 names the format. A destroyed slot is zero and is not used
// again. Only the store's writer writes; readers may read beside it.
type keyFile struct {
	f    *os.File
	next uint64
}

const slotSize = 64

var (
	keyFileHeader = [slotSize]byte{'s', 'o', 'g', 'o', 'c', '-', 'k', 'e', 'y', 's', '/', '1', '\n'}
	errNoKey      = errors.New("the key is not in its slot")
)

func openKeyFile(name string) (*keyFile, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the payload keys cannot be opened: %w", err)
	}
	k := &keyFile{f: f}
	if err := k.init(); err != nil {
		return nil, errors.Join(fmt.Errorf("the payload keys in %s cannot be used: %w", name, err), f.Close())
	}
	return k, nil
}

func (k *keyFile) init() error {
	info, err := k.f.Stat()
	if err != nil {
		return err
	}
	if info.Size() < slotSize {
		// New, or a crash came before the first sync and therefore before any key.
		if _, err := k.f.WriteAt(keyFileHeader[:], 0); err != nil {
			return err
		}
		k.next = 1
		return errors.Join(k.f.Sync(), syncDir(filepath.Dir(k.f.Name())))
	}
	var header [slotSize]byte
	if _, err := k.f.ReadAt(header[:], 0); err != nil {
		return err
	}
	if header != keyFileHeader {
		return errors.New("it is not a file of payload keys")
	}
	k.next = uint64((info.Size() + slotSize - 1) / slotSize)
	return nil
}

func syncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// add writes a key to a new slot; sync makes it durable.
func (k *keyFile) add(c cid.Cid, key content.Key) (slot uint64, err error) {
	b := append(make([]byte, 0, slotSize), key[:]...)
	owner := sha256.Sum256(c.Bytes())
	if _, err := k.f.WriteAt(append(b, owner[:]...), int64(k.next*slotSize)); err != nil {
		return 0, err
	}
	k.next++
	return k.next - 1, nil
}

func (k *keyFile) get(slot uint64, c cid.Cid) (content.Key, error) {
	var b [slotSize]byte
	if slot == 0 || slot > 1<<50 {
		return content.Key{}, errNoKey
	}
	if _, err := k.f.ReadAt(b[:], int64(slot*slotSize)); err != nil {
		return content.Key{}, err
	}
	if owner := sha256.Sum256(c.Bytes()); !bytes.Equal(b[32:], owner[:]) {
		return content.Key{}, errNoKey
	}
	return content.Key(b[:32]), nil
}

// destroy overwrites a key, durably.
func (k *keyFile) destroy(slot uint64) error {
	if _, err := k.f.WriteAt(make([]byte, slotSize), int64(slot*slotSize)); err != nil {
		return err
	}
	return k.f.Sync()
}

func (k *keyFile) sync() error  { return k.f.Sync() }
func (k *keyFile) close() error { return k.f.Close() }
