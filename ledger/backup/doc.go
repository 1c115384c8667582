// Package backup is the form in which a node's data leaves it: one stream that can be
// written while the node runs, is checked while it is written and read, and may hold
// only what came since another. It knows the form; what is in the records is the
// stores' own.
//
// # Format sogoc-backup/1
//
// A backup begins with the line "sogoc-backup/1\n". Frames follow, integers being
// big-endian:
//
//	byte     kind
//	uint32   length of the body, at most 64 MiB
//	         body
//
// of these kinds, in this order:
//
//	'H'  the Header, JSON; the first frame, once
//	'f'  a file of the data folder: uint16 length, its name; its bytes
//	'a'  a record of the account store, as of one moment: uint64 when it ends by itself
//	     (seconds since 1970, 0 for never), uint32 length, its key; its value. It is
//	     sealed under the node's master key, which is in no backup
//	't'  a payload that was erased: int64 when (milliseconds since 1970), uint16 length,
//	     its CID as text; the reason
//	'p'  a payload: uint64 its size as it is stored, byte 1 when it is sealed and 0
//	     otherwise, the 32-byte key of a sealed one; its CID as text
//	'c'  a file of a folder that is copied: uint64 its size, int64 when it changed
//	     (milliseconds since 1970), byte 0 when its bytes follow and 1 when they are those
//	     of the base; its name
//	'd'  bytes of the payload or the file before, until its size is reached
//	'b'  a block of the ledger, in the ledger's own format
//	'E'  the Trailer, JSON; the last frame, once
//
// 't', 'p' and 'c' may come in any order. Behind the last frame are
//
//	[32]byte SHA-256 of everything before
//	uint32   length of the last frame with its head, by which it is found from the end
//
// # What belongs together
//
// Every payload that a block of the backup names was in the payload store before the
// block was written, and the payloads are as of a moment after the last block: none
// that is named is missing, but for those that were erased, whose tombstones are
// there. Accounts are as of a moment at which the ledger ended with the last block. They
// are there in whole in an increment, too; payloads, tombstones and blocks are those
// that its base does not have. Every file of the copied folders is named in each backup,
// as it was a moment after the accounts; one that is not named is gone.
//
// A backup opens sealed payloads to whoever has it, as the data folder does. One that
// was erased later is still in the backups that were made before, though no restore
// brings it back: delete them when their time is over.
package backup
