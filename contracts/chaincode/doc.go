// Package chaincode hosts the contracts in a Hyperledger Fabric chaincode process.
//
// # Functions
//
// submit takes one argument, a stored transaction (ledger.Tx.Encode), packed
// (ledger.Pack), and optionally a second, the identifier of a transaction that the caller knows to be
// ordered: a peer that has not applied that one yet answers Unavailable, so that
// nobody is refused for what an old state says. It does what any ledger does with a
// transaction: checks it and its signature, refuses it when it was ordered before
// (Refusal.Ordered), judges its expiry, executes it, and writes what it changed. The
// answer is empty; everything that a follower needs is in the block. Functions
// that only read are for evaluation: genesis answers what founded the register, get one
// key of the state, and page the keys and values behind a key (ledger.AppendPair), a
// thousand or a MiB at a time, nothing at the end.
//
// # Who may submit
//
// A transaction is signed by a member of the register, and proposed by a node with
// the identity of a member of the channel. Config.MayPropose says whether that
// member's nodes may submit for that signer: registry.MaySubmit, by the host that the
// register names for the signer's organisation. The rule is enforced here, in every
// endorsement, and so by as many organisations as must endorse; peers check that the
// proposal was signed with the identity that it names. Followers check the
// transaction's own signature again and leave this rule to the endorsers: the order
// of a block in which a host changes is known to Fabric's validation, which
// invalidates what was endorsed under the host before.
//
// The proposal has to be to this chaincode, by the name that its first transaction
// was proposed to. Another chaincode of the channel that calls submit is refused;
// those that only read answer it.
//
// # Record time
//
// A contract sees the proposal's timestamp, and its expiry is judged by that. The
// host refuses a proposal whose timestamp is further than MaxSkew from its own
// clock; the clocks of as many organisations as must endorse have a say. Along the
// order timestamps may step back, as blocks hold proposals of several nodes: the
// record time of an entry is the larger of its own timestamp and the record time of
// the entry before, which every follower computes alike.
//
// # State
//
// Keys of the contracts stand behind an "s", so that they are apart from the host's
// own: "t" and a transaction's identifier, which holds its rules version, and "n", which
// holds the chaincode's name. The genesis and the name are stored together with the
// first transaction. Only single keys are read
// or written, and no key is shared by all transactions for writing, so those that
// touch different things never invalidate each other.
//
// # Event
//
// A transaction that was executed emits one event, EventName. Its payload is
//
//	byte    version = 1
//	uint32  rules version, big-endian
//	        outcome, packed
//
// The transaction itself is the proposal's argument and stands in the block
// already.
//
// # Errors
//
// An error's status follows from its code, and its message is RefusalPrefix and
// the JSON object of Refusal, which reaches clients through endorsement inside other words.
package chaincode
