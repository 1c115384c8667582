// Package content names payloads by what they are, seals those that may have to
// be forgotten, and says what a store of payloads does. It does no I/O of its own.
//
// # Identifiers
//
// A payload's identifier is the CID that
//
//	ipfs add --cid-version=1 --raw-leaves
//
// gives the same bytes: UnixFS in chunks of 262,144 bytes, each a raw leaf, below
// a balanced tree of dag-pb nodes with at most 174 links, all hashed with
// SHA-256. A payload of one chunk is its raw leaf alone. [Profile] names this way
// of cutting and is kept beside the CID wherever the CID is recorded, so that
// another way can be added later.
//
// # Sealed payloads, format sogoc-sealed/1
//
// A payload that may have to be erased is stored, replicated and named as
// ciphertext under a random key of its own; without the key the bytes say
// nothing.
//
//	[8]byte  "sgsealed"
//	byte     version = 1
//	[32]byte random salt
//	         chunks: AES-256-GCM of 65,536 bytes each (the last of 1 to 65,536, or
//	         of none when the payload is empty), each followed by its 16-byte tag
//
// HKDF-SHA-256 of the 32-byte payload key with the salt and the info
// "sogoc-sealed/1" yields 39 bytes: 32 of the AES key and 7 of the nonces' prefix.
// A chunk's nonce is prefix ‖ uint32 chunk number, from 0 ‖ one byte that is 1 for
// the last chunk and 0 for the others. So a chunk opens in its own place only, and
// the last one shows that nothing follows. There is no associated data.
package content

import (
	"context"
	"crypto/sha256"
	"io"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"

	"github.com/sogoc/sogoc/ledger"
)

const (
	// Profile names how a payload becomes a CID.
	Profile = "unixfs-v1-raw-256k-balanced-174"
	// ChunkSize is the number of bytes in every chunk but the last.
	ChunkSize = 262144
	// MaxLinks is the number of links in every full node of the tree.
	MaxLinks = 174
)

// Options say how a payload is stored.
type Options struct {
	Sealed bool // under a key of its own; the CID is the ciphertext's
}

// Ref is what a record keeps of a payload.
type Ref struct {
	CID     cid.Cid
	Size    int64 // of the payload, before sealing
	Sealed  bool
	Profile string // how the CID was made
}

// Info is what a store knows of a payload.
type Info struct {
	Size   int64 // of the payload, before sealing; 0 when it is erased
	Sealed bool
	Erased ledger.Time // when it was erased; 0 when it was not
	Reason string      // why
}

// Store keeps payloads.
//
// Absence: a CID that is not here is NotFound, and so is one that was erased,
// with a message that says when. Nothing but Stat, Open and Block tells whether a
// CID is here: storing a payload does the same work and gives the same answer
// whether or not it was there before.
//
// Durability: what Put, PutAll and Erase did is on disk when they return without
// an error.
//
// Retry: each of them can be repeated after any error. When the context ends
// first, the work may be done all the same. A sealed payload gets a new key and
// with it a new CID each time.
//
// An Internal error means that what is on disk is not what was stored; such bytes
// are never handed out, and storing the payload again mends it.
type Store interface {
	// Put stores what r yields to its end. It is TooLarge when r yields more than
	// the store accepts, and NotFound when the payload was erased: an erased
	// payload stays away.
	Put(ctx context.Context, r io.Reader, o Options) (Ref, error)
	// PutAll stores the payloads of one document, unsealed, in one write as far as
	// they fit, and returns their CIDs in the same order. An error means that some
	// may be stored and some not.
	PutAll(ctx context.Context, payloads [][]byte) ([]cid.Cid, error)
	// Open returns a payload, in clear when it is sealed, and its size. Every block
	// is verified before a byte of it is read.
	Open(ctx context.Context, c cid.Cid) (io.ReadSeekCloser, int64, error)
	// Stat describes a payload, also one that was erased.
	Stat(ctx context.Context, c cid.Cid) (Info, error)
	// Block returns the verified block c of the payload root, as it is stored
	// (sealed payloads in ciphertext), and NotFound when c is not reachable from
	// root, wherever else it may be.
	Block(ctx context.Context, root, c cid.Cid) ([]byte, error)
	// Erase destroys a payload's key and bytes and leaves a tombstone of c, at and
	// reason, a word like "subject_request". What is not here gets its tombstone
	// too, so that it never comes. The first tombstone stays. Other payloads with
	// blocks in common are not touched.
	Erase(ctx context.Context, c cid.Cid, reason string, at ledger.Time) error
}

// Erased is the error for a payload that was erased.
func Erased(c cid.Cid, at ledger.Time) error {
	return ledger.Errorf(ledger.NotFound, "payload %s was erased on %s", c, at)
}

// Parse reads a CID of this package's profile in its one spelling: CIDv1, raw or
// dag-pb, SHA-256, base32 in lower case.
func Parse(s string) (cid.Cid, error) {
	c, err := cid.Decode(s)
	if err != nil {
		return cid.Undef, ledger.Wrap(err, ledger.Invalid, "this is not a content identifier")
	}
	if err := Check(c); err != nil {
		return cid.Undef, err
	}
	if c.String() != s {
		return cid.Undef, ledger.Errorf(ledger.Invalid, "%q is not the canonical form of %s", s, c)
	}
	return c, nil
}

// Check refuses CIDs that no payload has.
func Check(c cid.Cid) error {
	if c.Defined() {
		if p := c.Prefix(); p.Version == 1 && (p.Codec == cid.Raw || p.Codec == cid.DagProtobuf) &&
			p.MhType == multihash.SHA2_256 && p.MhLength == sha256.Size {
			return nil
		}
	}
	return ledger.Errorf(ledger.Invalid, "%q is not a CIDv1 of raw or dag-pb bytes under SHA-256", c)
}

// Raw is the CID of data as one raw leaf: the payload's CID when data has at most
// ChunkSize bytes.
func Raw(data []byte) cid.Cid {
	return newCID(cid.Raw, sha256.Sum256(data))
}

func newCID(codec uint64, digest [sha256.Size]byte) cid.Cid {
	mh := make([]byte, 2, 2+sha256.Size)
	mh[0], mh[1] = multihash.SHA2_256, sha256.Size
	return cid.NewCidV1(codec, append(mh, digest[:]...))
}

// Verify reports whether block has the hash in c.
func Verify(c cid.Cid, block []byte) bool {
	return Check(c) == nil && [sha256.Size]byte([]byte(c.Hash()[2:])) == sha256.Sum256(block)
}
