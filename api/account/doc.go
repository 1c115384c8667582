// Package account keeps what belongs to people at this node and is not on the
// ledger: who they are, how they prove it, and the keys that the node holds for
// them. The store is synced and backed up; it cannot be derived.
package account
