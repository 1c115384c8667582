// Package fabric is a ledger.Ledger on a channel of Hyperledger Fabric, for one
// node of one organisation. Contracts run in the peers' chaincode (see
// contracts/chaincode, whose arguments, events and refusals this package speaks);
// the node follows the blocks of a peer and keeps what it needs to answer reads and
// proofs by itself.
//
// # Order
//
// An entry is a transaction of the chaincode that Fabric found valid, in the order
// of the blocks and within them. Its Block is the number of Fabric's block. Its
// record time is the larger of its proposal's timestamp, cut to milliseconds, and
// the entry before's. Every node that follows the channel therefore builds the same
// tree. Each signature is checked again here, and each block must continue the chain
// of the one before; where that fails, the node stops following and everything
// answers Unavailable, since a peer that serves such a block is not to be believed.
//
// # Submit
//
// A transaction is endorsed by as many peers as the chaincode's policy asks for,
// sent to an orderer, and answered when the block that holds it is on this node's
// disk. Nothing else is success. When the answer stays out, the same signed
// transaction is proposed again: its identifier makes that safe. A transaction that
// Fabric invalidated because another one of its block changed what it had read is
// proposed again, too, those that were invalidated twice one after the other, so
// that each gets its turn.
//
// A refusal may rest on a peer's old state. It is believed when the peer shows that
// it has applied everything that this node had seen.
//
// # Folder
//
// The folder holds one Badger database, all of which can be had from the peers
// again. Integers are big-endian.
//
//	"genesis"      what founded the register
//	"signed"       uint64 size and root of the latest checkpoint
//	"applied"      up to which block it goes: see applied
//	"b" uint64     by the index of its first entry: the entries of one block
//	"t" [32]byte   by a transaction's identifier: uint64 index
//	"m" uint8 uint64  by level and index: a full tile's hashes
//
// A block is a version byte of 1, the uint64 number of Fabric's block, and its
// entries, each
//
//	int64    record time, milliseconds since 1970-01-01T00:00:00Z
//	uint32   rules version
//	[20]byte the signer's address
//	uint32   length, stored transaction (see package ledger)
//	uint32   length, outcome
package fabric
