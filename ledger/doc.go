// Package ledger is the vocabulary of the register: transactions and how they
// are signed, the state that contracts see, the order that they end up in, and
// who may sign. It imports nothing of this module; stores, contracts and
// services are written against it.
//
// # Formats
//
// Every format below is fixed from the first block on. Integers are big-endian,
// strings are UTF-8 behind a uint16 length, byte strings of open size are behind
// a uint32 length.
//
// Genesis (format sogoc-genesis/1) is the JSON object of [Genesis] as
// encoding/json writes it; the register id is its SHA-256.
//
// A transaction is a [Header], a signature and a body. The header is signed as
// EIP-712 typed data with the domain
//
//	EIP712Domain(string name,string version,bytes32 salt)
//	name = "So Goc", version = "1", salt = register id
//
// and the type
//
//	Transaction(string contract,string action,string summary,bytes32 body,uint32 items,bytes32 nonce,uint64 expiry)
//
// The transaction's identifier is that EIP-712 hash. The signature is secp256k1
// over it, r ‖ s ‖ v, 65 bytes, with s in the lower half and v 27 or 28.
//
// The body is a list of items, each a salt of 16 bytes and its data. The body
// root is the RFC 6962 tree hash over the items, where an item's leaf input is
// salt ‖ data. The header names their number, as a tree hash does not. Whoever is shown one item and its path learns nothing of the
// others.
//
// The leaf (version 1) is what the register's own RFC 6962 tree is built from:
//
//	byte     version = 1
//	[32]byte register id
//	string   contract
//	string   action
//	string   summary
//	[32]byte body root
//	uint32   number of items
//	[32]byte nonce
//	uint64   expiry, seconds since 1970-01-01T00:00:00Z
//	[65]byte signature
//	int64    record time, milliseconds since 1970-01-01T00:00:00Z
//	uint32   rules version
//
// A stored transaction (version 1) is
//
//	byte     version = 1
//	         contract, action, summary, nonce, expiry, signature as in the leaf
//	uint32   number of items
//	         each: [16]byte salt, uint32 length, data
package ledger
