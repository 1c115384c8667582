package index

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"iter"
	"log/slog"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/disk"
)

// Contents are what an index holds, in a form that two indexes of the same entries
// have in common: how the entries were batched when they were applied does not show.
type Contents struct {
	// Height is how many entries are applied, of the register.
	Height   uint64
	Register ledger.Hash
	// Stale says why the index would be dropped when it is opened; empty when it would
	// not.
	Stale string

	db  *disk.DB
	err error
}

// OpenContents reads an index that nobody has open, and changes nothing. Its errors are
// those of disk.OpenToRead.
func OpenContents(dir string, log *slog.Logger) (*Contents, error) {
	db, err := disk.OpenToRead(databaseOptions(dir, 64<<20, log))
	if err != nil {
		return nil, err
	}
	c := &Contents{db: db}
	err = db.View(func(txn *badger.Txn) error {
		for _, f := range []struct {
			key  []byte
			take func([]byte)
		}{
			{keyFormat, func(b []byte) {
				if string(b) != format {
					c.Stale = fmt.Sprintf("its format is %q", b)
				}
			}},
			{keyPartial, func(b []byte) {
				if b != nil {
					c.Stale = "a write was interrupted"
				}
			}},
			{keyOpen, func(b []byte) {
				if b != nil && (len(b) == 1 || string(b) != bootID()) {
					c.Stale = "the machine went down while it was open"
				}
			}},
			{keyHeight, func(b []byte) {
				if len(b) == 8 {
					c.Height = binary.BigEndian.Uint64(b)
				}
			}},
			{keyRegister, func(b []byte) { copy(c.Register[:], b) }},
		} {
			v, err := get(txn, f.key)
			if err != nil {
				return err
			}
			f.take(v)
		}
		return nil
	})
	if err != nil {
		db.Close()
		return nil, err
	}
	return c, nil
}

// Close lets go of the folder.
func (c *Contents) Close() error { return c.db.Close() }

// Tables checks the checksums of the database's tables. The error names the file.
func (c *Contents) Tables() error { return c.db.VerifyChecksum() }

// All yields keys with their values, in the order of keys; of what is kept in lists by
// batch, each member as a key of its own.
func (c *Contents) All() iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		pairs := c.db.Pairs()
		for k, v := range pairs.All() {
			var members [][]byte
			switch {
			case bytes.Equal(k, keyPartial), bytes.Equal(k, keyOpen):
				continue
			case len(k) > 8 && k[0] == 'p':
				members = postingMembers(k, v)
			case len(k) > 8 && k[0] == 'n':
				members = lotMembers(k, v)
			default:
				if !yield(k, v) {
					return
				}
				continue
			}
			for _, m := range members {
				if !yield(m, nil) {
					return
				}
			}
		}
		c.err = pairs.Err()
	}
}

// GrantOf says of which entry a key is, when it is one that says who may read a payload.
// An image is known by what was in a profile when the entry was applied: an index that
// is made anew lacks the keys of images whose profile was erased since.
func GrantOf(key []byte) (entry uint64, ok bool) {
	if len(key) != 1+len(hash{})+8 || key[0] != 'd' {
		return 0, false
	}
	return seq(binary.BigEndian.Uint64(key[1+len(hash{}):])).entry(), true
}

// Err says why All ended early.
func (c *Contents) Err() error { return c.err }

// postingMembers are a list's term and seqs; a list that cannot be read is itself.
func postingMembers(k, v []byte) (list [][]byte) {
	seqs, err := unpack(nil, v)
	if err != nil {
		return [][]byte{slices.Concat(k, v)}
	}
	for _, s := range seqs {
		list = append(list, slices.Concat(k[:len(k)-8], be64(uint64(s))))
	}
	return list
}

func lotMembers(k, v []byte) (list [][]byte) {
	r := reader{b: v}
	for len(r.b) > 0 {
		s, id := r.uvarint(), r.bytes()
		list = append(list, slices.Concat(k[:len(k)-8], be64(s), id))
	}
	if r.bad {
		return [][]byte{slices.Concat(k, v)}
	}
	slices.SortFunc(list, bytes.Compare)
	return list
}

// Compact gives the room of what was replaced in an index that nobody has open back to
// the system.
func Compact(dir string, log *slog.Logger) error {
	return disk.Compact(databaseOptions(dir, 64<<20, log), true)
}
