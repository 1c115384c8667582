package deals

import (
	"encoding/binary"
	"iter"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/disk"
)

// Contents are what the read model holds, which two of the same entries have in common.
type Contents struct {
	// Height is how many entries are applied, of the register.
	Height   uint64
	Register ledger.Hash

	db    *disk.DB
	pairs *disk.Pairs
}

// OpenContents reads a read model that nobody has open, and changes nothing. Its errors
// are those of disk.OpenToRead.
func OpenContents(dir string) (*Contents, error) {
	db, err := disk.OpenToRead(options(dir))
	if err != nil {
		return nil, err
	}
	c := &Contents{db: db, pairs: db.Pairs()}
	b, err := db.Get([]byte(heightKey))
	if err != nil {
		db.Close()
		return nil, err
	}
	if len(b) == 40 {
		c.Register, c.Height = ledger.Hash(b[:32]), binary.BigEndian.Uint64(b[32:])
	}
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

// Compact gives the room of what was replaced in a read model that nobody has open back
// to the system.
func Compact(dir string) error { return disk.Compact(options(dir), true) }
