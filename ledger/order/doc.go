// Package order is a node's own copy of the order: the blocks of entries that it
// has on disk, an index over them, and the Merkle tree. What a ledger embeds is
// [Reader], which answers ledger.Reader and ledger.Prover; what it keeps to itself
// is [Writer], which extends the copy.
//
// # Keys
//
// The blocks lie in one database and the index in the same or another. Integers are
// big-endian. In that of the blocks:
//
//	"genesis"        the genesis, as ledger.Genesis.Encode writes it
//	"signed"         uint64 size, root and signed note of the latest checkpoint
//	"b" uint64       by the index of its first entry: a block, in the ledger's own format
//
// and in that of the index:
//
//	"applied"        up to where the index goes: see Position
//	"t" [32]byte     by a transaction's identifier: uint64 index
//	"m" uint8 uint64 by level and index: a full tile's hashes
//	"k" uint64       by index: the ledger.KeyChange of an entry that changes a checkpoint key
package order
