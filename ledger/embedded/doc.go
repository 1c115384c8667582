// Package embedded is a ledger.Ledger of one node on Badger, with group commit.
//
// # Folders
//
// A ledger's folder holds two Badger databases. blocks is the truth: every write
// to it is synced before anybody is told of it. state is derived from the blocks
// (what the contracts wrote, where each transaction is, the tree's tiles, up to
// which block all that goes) and is not synced: each block is applied to it in one
// atomic write, and what a crash took from it is executed again when the folder is
// opened. It may be deleted while the ledger is closed.
//
// # Groups
//
// Transactions that arrive while a block is being written form the next block, and
// are executed meanwhile over what that block leaves. They are written when it is
// on disk and applied; when it could not be written they are not either, and all
// may be sent again. Nothing waits on a timer, so a lone transaction is written at
// once.
//
// # Blocks
//
// The databases' keys are those of package order; contracts' keys lie in the state
// behind an "s". A block is, integers being big-endian,
//
//	byte     version = 1
//	uint64   number, from 0
//	uint64   index of the first entry
//	int64    record time of every entry, milliseconds since 1970-01-01T00:00:00Z
//	[32]byte hash of the previous block; of block 0 the register id
//	uint32   number of entries, at least 1
//	         each as order.Record.Append writes it
//	[32]byte SHA-256 of everything before: the block's hash
//
// Entry i of a block has the index first + i. The next block's first index follows
// on the last entry's. Record times never decrease.
//
// It is stored as that, or, where that is shorter, as the byte 2 and that in the block
// format of Snappy (ledger.Pack). What is unpacked begins with version 1.
package embedded
