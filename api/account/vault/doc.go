// Package vault is a small store whose every value is sealed: what lies on the
// disk says nothing without the master key. It knows nothing of accounts.
//
// # Keys over keys
//
// The master key is not used on data. It opens the keyring, which holds the data
// keys, each with a number, the epoch. Values are sealed under the data key of the
// newest epoch. A master key is 32 random bytes or a passphrase.
//
// The keyring is the only value that is not sealed as the others are. It is JSON:
//
//	{"format":"sogoc-vault/1",
//	 "kdf":{"name":"hkdf-sha256","salt":…}                                     a MasterKey
//	 "kdf":{"name":"argon2id","salt":…,"memory":65536,"passes":3,"lanes":4}    a Passphrase
//	 "sealed":…}                                                               the data keys
//
// # Formats
//
// A sealed value (version 1) is
//
//	byte     version = 1
//	uint32   epoch, big-endian
//	[24]byte nonce, random
//	         XChaCha20-Poly1305 of the JSON value; additional data: context ‖ place
//
// where context is what the vault was opened with (the register id), and place is
// the value's key in the store, so that a value moved elsewhere does not open. The
// nonce is long enough to be drawn at random for ever.
//
// A name that must be found without being readable (a telephone number) is kept
// under the HMAC-SHA256 of its kind and itself, keyed by a key that comes from the
// data key; see [Tx.Claim].
//
// # Changes
//
// A change is one Badger transaction, synced before it returns. [Vault.Rotate]
// puts everything under a new data key and the keyring under a new master key; cut
// off at any point it is taken up by the next [Open]. [Vault.Erase] removes
// records from the files, not only from sight.
package vault
