package disk

import (
	"encoding/binary"
	"iter"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
)

// AppendHeight appends what a read model keeps under the key of its height: the register
// that it follows, and how many of its entries are applied.
func AppendHeight(b []byte, register ledger.Hash, height uint64) []byte {
	return binary.BigEndian.AppendUint64(append(b, register[:]...), height)
}

// ParseHeight reads what AppendHeight wrote; of anything else nothing is applied.
func ParseHeight(b []byte) (register ledger.Hash, height uint64) {
	if len(b) != len(register)+8 {
		return register, 0
	}
	return ledger.Hash(b[:len(register)]), binary.BigEndian.Uint64(b[len(register):])
}

// Contents are what a read model holds, which two of the same entries have in common.
type Contents struct {
	// Height is how many entries are applied, of the register.
	Height   uint64
	Register ledger.Hash

	db    *DB
	pairs *Pairs
}

// OpenContents reads a read model that nobody has open, and changes nothing. Its errors
// are those of OpenToRead.
func OpenContents(o badger.Options, heightKey string) (*Contents, error) {
	db, err := OpenToRead(o)
	if err != nil {
		return nil, err
	}
	c := &Contents{db: db, pairs: db.Pairs()}
	b, err := db.Get([]byte(heightKey))
	if err != nil {
		db.Close()
		return nil, err
	}
	c.Register, c.Height = ParseHeight(b)
	return c, nil
}

// Close lets go of the folder.
func (c *Contents) Close() error { return c.db.Close() }

// Tables checks the checksums of the database's tables. The error names the file.
func (c *Contents) Tables() error { return c.db.VerifyChecksum() }

// All yields keys with their values, in the order of keys.
func (c *Contents) All() iter.Seq2[[]byte, []byte] { return c.pairs.All() }

// Err says why All ended early.
func (c *Contents) Err() error { return c.pairs.Err() }
