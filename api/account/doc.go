// Package account keeps what belongs to people at this node and is not on the
// ledger: who they are, how they prove it, what they agreed to, and the keys that
// the node holds for them. The store is synced and backed up; it cannot be derived.
// It has no HTTP: handlers and pages are laid over it.
//
// # People
//
// An [Account] is a person. A [Membership] ties it to the register: a member of an
// organisation, whose roles are on the ledger and not here. A person signs in by
//
//   - a password (package password), for telephone number or e-mail address;
//   - a PIN of six digits, on a device that was remembered and nowhere else;
//   - a passkey (WebAuthn with verification of the person), which is two factors;
//   - an OpenID Connect provider (package openid), once linked.
//
// A second factor is a code of an authenticator app (TOTP); an organisation can
// require one. What came of a sign-in is a [Session]; one whose Needs is not empty
// may do nothing but supply what it needs. [Session.Fresh] is asked before anything
// dangerous.
//
// Whoever asks learns nothing of who has an account: answers, work and limits are
// the same for an identifier that nobody has. Tries are counted before they are
// looked at, by account (persistently, in a fixed number of buckets) and by network
// address (in memory); see limit.go for the numbers. A known device counts for
// itself, so that strangers cannot lock a person out.
//
// # Keys
//
// A member's [Key] is in custody here (AtNode), with the person (InWallet), or in a
// device that may record some actions only (InDevice). It goes through the same
// steps: NewMember, NextKey or Bind; a transaction that puts it on the register;
// Activate, by which the one before is retired and its private key destroyed. An
// [Identity] signs with a key in custody; for others it makes a [Prepared]
// transaction, to be signed elsewhere, and Accept judges what comes back.
//
// # Organisations that apply
//
// An [Application] asks the operator to admit an organisation. It is its applicant's,
// as a [Draft] nobody else's to see; sent, the operator finds it by its state. What
// is decided is chosen first, recorded on the register, and then finished, so that
// a crash between them is made good by doing it again.
//
// # What is stored, and how it is sealed
//
// Everything is in a vault (package vault): values are sealed under a data key that
// the master key opens, and what must be found without being readable (numbers,
// addresses, key addresses, subjects at providers) is kept under a keyed hash.
// [Store.Rotate] changes the master key and puts everything under a new data key.
//
// Keys of records say whom they belong to; values are JSON of the named types:
//
//	'a' account 'p'            Account
//	'a' account 'k' address    Key, and the private key where it is in custody
//	'a' account 'w'            the password's argon2id hash
//	'a' account 'o'            the second factor's secret, last step, recovery codes' SHA-256
//	'a' account 'o' 'n'        the same, not confirmed yet
//	'a' account 'y' SHA-256    Passkey and its WebAuthn credential record
//	'a' account 'x' SHA-256    External
//	'a' account 's' SHA-256    Session
//	'a' account 'd' SHA-256    Device, and an HMAC of the PIN under the device's own secret
//	'a' account 't' SHA-256    Token
//	'a' account 'r' SHA-256    Link: a reset, a set-up, or the proof of an address
//	'a' account 'b' nonce      Challenge: a key about to be bound
//	'a' account 'c' time, 4 B  Consent
//	'a' account 'e' time, 4 B  Event; the last 500
//	'a' account 'f' time, 4 B  Event of a failed sign-in; the last 100
//	'a' account 'g' org        Application
//	'a' account 'q' SHA-256    Signed, and the transaction: until it can be ordered no more
//	'a' account 'j' ID         DataRequest
//	'o' organisation 'j' ID        account, of a DataRequest that it is to answer
//	'o' organisation 'm' member    account
//	'o' organisation 's'           OrgSettings
//	'o' organisation 'i' SHA-256   Link: an open invitation
//	'o' organisation 'p' reference Complaint
//	'o' organisation 'r' dataset   Listing
//	'o' organisation 'k' CID       the key of a file that is given under agreements
//	'o' organisation 'y' transfer  the key to which those of its files are wrapped
//	'o' organisation 'n' agreement, CID    how often a file was taken
//	'o' organisation 'e' transfer, CID     whether a file was as it was committed to
//	'o' organisation 'f' dataset   Upstream
//	'o' organisation 'h' transfer  the secret whose hash its start names
//	'o' organisation 'w' transfer  names of files that were handed in, by CID
//	'o' organisation 'v' agreement, CID     EvidenceFiles, that it brought forward
//	'o' organisation 't' agreement, SHA-256    Pass
//	'o' organisation 'b' agreement, 4 B    CallDay, by days since 1970
//	'n' 'j' ID                     account, of a DataRequest
//	'n' 'c' dataset                organisation, of a listing that waits for the operator
//	'n' 'p' reference              organisation, of a complaint
//	'n' 'q' reference              organisation, of a complaint that agencies see
//	'n' 'y' reference              what its reporter left to be reached by
//	'n' 'z' reference, part        the reporter's photo
//	'n' 'l' 3 B                failures that are counted in a bucket
//	'n' 'i' ID                 Incident
//	'n' 'g' state, time, org   account, of an application that is with the operator (s) or decided (a, r)
//	'n' 'u' SHA-256 of lot, ID     Issue
//	'n' 'v' SHA-256 of thing, 4 B  ScanDay, by days since 1970
//	'n' 'w' SHA-256 of lot, SHA-256 of serial    PieceScans
//	'n' 'x' SHA-256 of account Tombstone
//
// Accounts, organisations and members are 16 bytes, addresses 20, times milliseconds
// since 1970 in 8 bytes, big-endian. The account of 16 zero bytes holds the failures
// of identifiers that nobody has.
//
// # Secrets that somebody holds
//
// A session's, a device's, a link's secret, a token (behind "sg_") and a pass (behind
// "sgd_") are 64 characters of base64url: 16 bytes of whose or what it is, and 32 random
// ones, of which the store keeps the SHA-256 as a key. They are returned once.
//
// # My data
//
// Everything of an account is below its prefix. [Store.Export] goes through it, and
// fails at a kind that it does not know; [Store.Erase] removes it, from Badger's
// files too, and leaves a [Tombstone] by which a restored backup is put right.
package account
