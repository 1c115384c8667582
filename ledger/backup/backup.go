package backup

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/sogoc/sogoc/ledger"
)

const (
	// Format is the only format of backups there is.
	Format = "sogoc-backup/1"

	magic    = Format + "\n"
	maxFrame = 64 << 20
	headSize = 1 + 4
	endSize  = 32 + 4
)

const (
	kindHeader    = 'H'
	kindFile      = 'f'
	kindAccount   = 'a'
	kindTombstone = 't'
	kindCopy      = 'c'
	kindPayload   = 'p'
	kindData      = 'd'
	kindBlock     = 'b'
	kindTrailer   = 'E'
)

// stage is where a kind stands in the order of frames; 0 is that of no kind.
func stage(kind byte) int {
	switch kind {
	case kindHeader:
		return 1
	case kindFile:
		return 2
	case kindAccount:
		return 3
	case kindTombstone, kindCopy, kindPayload, kindData:
		return 4
	case kindBlock:
		return 5
	case kindTrailer:
		return 6
	}
	return 0
}

// Position is up to where a backup goes.
type Position struct {
	Blocks uint64      `json:"blocks"`
	Size   uint64      `json:"size"` // entries
	Hash   ledger.Hash `json:"hash"` // of the last block; of no block the register id
	// Store names the payload store and At a moment of it. Another store, as a restored
	// node has, counts from the beginning.
	Store [16]byte `json:"-"`
	At    uint64   `json:"-"`
	// Looked is when the copied folders were looked at.
	Looked ledger.Time `json:"-"`
}

// String is the form that ParsePosition reads.
func (p Position) String() string {
	return fmt.Sprintf("%d.%d.%x.%x.%d.%d", p.Blocks, p.Size, p.Hash[:], p.Store[:], p.At, int64(p.Looked))
}

// MarshalText makes a position its String in JSON.
func (p Position) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads it.
func (p *Position) UnmarshalText(b []byte) (err error) {
	*p, err = ParsePosition(string(b))
	return err
}

// ParsePosition reads a position, or answers Invalid.
func ParsePosition(s string) (p Position, err error) {
	bad := ledger.Errorf(ledger.Invalid, "%q is not the position of a backup", s)
	parts := strings.Split(s, ".")
	if len(parts) != 6 {
		return p, bad
	}
	for i, into := range map[int]*uint64{0: &p.Blocks, 1: &p.Size, 4: &p.At} {
		if *into, err = strconv.ParseUint(parts[i], 10, 64); err != nil {
			return Position{}, bad
		}
	}
	looked, err := strconv.ParseInt(parts[5], 10, 64)
	if err != nil {
		return Position{}, bad
	}
	p.Looked = ledger.Time(looked)
	for i, into := range map[int][]byte{2: p.Hash[:], 3: p.Store[:]} {
		b, err := hex.DecodeString(parts[i])
		if err != nil || len(b) != len(into) {
			return Position{}, bad
		}
		copy(into, b)
	}
	if p.String() != s {
		return Position{}, bad
	}
	return p, nil
}

// Header says what a backup is of.
type Header struct {
	Genesis  []byte      `json:"genesis"`         // ledger.Genesis.Encode
	Trust    []byte      `json:"trust"`           // the register's trust file
	Since    *Position   `json:"since,omitempty"` // where the base ends; nil in a full backup
	Made     ledger.Time `json:"made"`
	Version  string      `json:"version"`  // of the program that made it
	WithKeys bool        `json:"withKeys"` // the node's own keys are among the files
}

// Counts are how many of each there are.
type Counts struct {
	Files      uint64 `json:"files"`
	Accounts   uint64 `json:"accounts"` // records of the account store
	Tombstones uint64 `json:"tombstones"`
	Payloads   uint64 `json:"payloads"`
	Bytes      uint64 `json:"bytes"`  // of payloads
	Copies     uint64 `json:"copies"` // files of copied folders, also those that are as in the base
	Blocks     uint64 `json:"blocks"`
}

// Trailer says what a backup holds, now that all of it is written.
type Trailer struct {
	To         Position `json:"to"`
	Checkpoint []byte   `json:"checkpoint"` // of To.Size entries: a signed note
	Counts     Counts   `json:"counts"`
}

// File is a file of the data folder.
type File struct {
	Name  string // with slashes
	Bytes []byte
}

// Account is a record of the account store.
type Account struct {
	Key, Value []byte
	Ends       uint64 // seconds since 1970; 0 for never
}

// Tombstone is of a payload that was erased.
type Tombstone struct {
	CID    string
	At     ledger.Time
	Reason string
}

// Copied is a file of a folder that is copied as it is. Its bytes are as many as it had
// when it was looked at: a file grows at its end, or another takes its place.
type Copied struct {
	Name    string // with slashes
	Size    int64
	Changed ledger.Time
	Kept    bool // its bytes are those that the base has, or that base's own
}

// Block is a block of the ledger.
type Block []byte

func broken(format string, args ...any) error {
	return ledger.Errorf(ledger.Invalid, "the backup is damaged: "+format, args...)
}
