// Package receipt is the proof that a record is on the register and that its
// signer was known there, in one file that is checked offline.
//
// # Format sogoc-receipt/1
//
// A JSON object in one canonical form: the fields in the order below and no
// others, indented by two spaces, an empty array as [], ended by a newline.
// Strings escape only the quotation mark, the backslash, control characters (\b
// \f \n \r \t, else \u00xx in lower case), U+2028 and U+2029. Base64 is standard,
// padded, without stray bits. A file that another writer of this form would write
// otherwise by a single byte is refused.
//
//	format      "sogoc-receipt/1"
//	register    the register id, 64 hexadecimal digits
//	genesis     the genesis, exactly the bytes that the register id is the SHA-256 of
//	checkpoint  a C2SP signed note: origin, size and root of the register's tree
//	record      the link that is proved
//	authority   links from the record's signer up to the operator's founding key;
//	            none when the record is the founding itself
//
// A link is
//
//	index       of the leaf in the register's tree, below the checkpoint's size
//	leaf        base64 of the leaf (package ledger, Leaf version 1)
//	path        RFC 6962 inclusion path of the leaf under the checkpoint's root,
//	            base64 hashes from the leaf up
//	item        one fact of the body:
//	  position    where it stands in the body, from 0
//	  count       of how many items, as the leaf says
//	  salt        base64 of 16 bytes
//	  data        base64
//	  path        RFC 6962 inclusion path of salt ‖ data under the leaf's body root
//
// # What is checked
//
//  1. The file is canonical, and register is that of the trust file.
//  2. The SHA-256 of genesis is register, and its origin that of the trust file, or of
//     one of its former keys.
//  3. The checkpoint is of that origin; a checkpoint key of the trust file signed
//     it, and as many of its witnesses as its quorum asks, and none of theirs is
//     wrong. Lines of keys that the trust file does not name prove nothing and are
//     passed over (signed-note), so that a file pinned before a further organisation
//     joined keeps verifying. A former key counts for checkpoints of no more entries
//     than it was replaced by. When it was compromised, a witness's cosignature is
//     needed as well, or the RFC 6962 consistency proof from the checkpoint to the last
//     good tree; without, the receipt is unproven.
//  4. Of every link: the leaf is of this register, is at index under the
//     checkpoint's root (SHA-256), the item is at its position among as many as the
//     leaf says under the leaf's body root (SHA-256), and the leaf's signature recovers to an address (EIP-712,
//     Keccak-256, secp256k1).
//  5. Of every authority link: contract "registry", action "found", "admit", "enrol",
//     "rotate" or "device", index below the link's before it, and an item that is a JSON object
//     whose "member" is a ledger.Enrolment of the key that signed the link before.
//     The last, and only the last, is "found", signed by the genesis operator.
//  6. An "admit" is signed by a member of the organisation that "found" names; an
//     "enrol" by a member of that one, or of the member's own; a "rotate" and
//     a "device" by the member itself, with another key.
//  7. Only the first authority link may be a "device". Then the record's contract
//     and action, with a slash between, are among the item's "actions", and its
//     time is before the item's "until", where it has one.
//
// Steps 1 to 3 and the inclusions of step 4 need SHA-256 and Ed25519 only, which a
// browser has in WebCrypto on a secure origin: it can show that the record is on
// the register, unaltered. Who signed it (the rest of 4, and 5 to 7) needs secp256k1
// and Keccak-256, which it has not.
//
// A receipt does not show that a member was still enrolled when the record was
// made, nor which roles the member had then, as both may change; the register's
// contract checked them before the record was ordered.
package receipt

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/sogoc/sogoc/ledger"
)

// Format is the only receipt format there is.
const Format = "sogoc-receipt/1"

const (
	// MaxDepth is how many links there may be between a signer and the operator. Each
	// key that a member had before is one.
	MaxDepth = 256
	// MaxSize is the largest receipt that is read, in bytes.
	MaxSize = 16 << 20
)

// Receipt is a receipt's file.
type Receipt struct {
	Format     string      `json:"format"`
	Register   ledger.Hash `json:"register"`
	Genesis    string      `json:"genesis"`
	Checkpoint string      `json:"checkpoint"`
	Record     Link        `json:"record"`
	Authority  []Link      `json:"authority"`
}

// Link is one proved item of one proved leaf.
type Link struct {
	Index uint64   `json:"index"`
	Leaf  []byte   `json:"leaf"`
	Path  [][]byte `json:"path"`
	Item  Item     `json:"item"`
}

// Item is an item of a body with its path.
type Item struct {
	Position uint64   `json:"position"`
	Count    uint64   `json:"count"`
	Salt     []byte   `json:"salt"`
	Data     []byte   `json:"data"`
	Path     [][]byte `json:"path"`
}

// Encode writes the canonical form.
func (r Receipt) Encode() []byte {
	authority := make([]Link, len(r.Authority))
	for i, l := range r.Authority {
		authority[i] = l.written()
	}
	r.Record, r.Authority = r.Record.written(), authority
	return EncodeFile(r)
}

// written is the link with what is empty written as such, never as null.
func (l Link) written() Link {
	l.Leaf, l.Path = notNil(l.Leaf), notNil(l.Path)
	l.Item.Salt, l.Item.Data, l.Item.Path = notNil(l.Item.Salt), notNil(l.Item.Data), notNil(l.Item.Path)
	return l
}

func notNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// Parse reads what Encode wrote, and nothing else. It proves nothing; Verify does.
func Parse(b []byte) (Receipt, error) {
	var r Receipt
	if len(b) > MaxSize {
		return r, ledger.Errorf(ledger.TooLarge, "the receipt has more than %d bytes", MaxSize)
	}
	if err := DecodeFile(b, &r); err != nil {
		return r, ledger.Wrap(err, ledger.Invalid, "the receipt is not a JSON object of the expected fields")
	}
	if r.Format != Format {
		return r, ledger.FieldErrorf(ledger.Invalid, "format", "%q is not %s", r.Format, Format)
	}
	if !bytes.Equal(r.Encode(), b) {
		return r, ledger.Errorf(ledger.Invalid, "the receipt is not in canonical form")
	}
	return r, nil
}

// EncodeFile writes the canonical form of a file that people keep: a receipt, a trust
// file, what a monitor knows.
func EncodeFile(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		panic(err) // no field can fail
	}
	return b.Bytes()
}

// DecodeFile reads one JSON value of known fields and nothing behind it.
func DecodeFile(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return ledger.Errorf(ledger.Invalid, "there is more after the object")
	}
	return nil
}

func rawHashes(hashes []ledger.Hash) [][]byte {
	raw := make([][]byte, len(hashes))
	for i := range hashes {
		raw[i] = hashes[i][:]
	}
	return raw
}
