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
// of the one before; where that fails, the node stops following and records
// nothing more (Unavailable), since a peer that serves such a block is not to be
// believed. What was followed before can still be read.
//
// # Submit
//
// A transaction is endorsed by as many peers as the chaincode's policy asks for,
// sent to an orderer, and answered when the block that holds it is on this node's
// disk. Nothing else is success. When the answer stays out, the same signed
// transaction is proposed again: its identifier makes that safe. So is one that
// Fabric invalidated because another one of its block changed what it had read. Those
// of this node that change one thing take turns, so that they do not spoil each
// other: see claims.
//
// A refusal may rest on a peer's old state. It is believed when the peer shows that
// it has applied everything that this node had seen.
//
// # Folder
//
// The folder holds one Badger database of blocks and their index, with the keys that
// package order says. All of it can be had from the peers again. What is kept of one
// of Fabric's blocks is a version byte of 1, the uint64 number of that block, and its
// entries, each an int64 record time, milliseconds since 1970-01-01T00:00:00Z, and
// what order.Record.Append writes. Integers are big-endian. Position.Hash is the hash
// of the last block's header, and zero before block 0.
package fabric
