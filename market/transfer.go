package market

import (
	"time"

	"github.com/sogoc/sogoc/ledger"
)

// The messages of a transfer are those of the Dataspace Protocol, with what a fair
// exchange needs besides.
const (
	ActionTransfer = "transfer" // one TransferRequest, by the consumer
	ActionStart    = "start"    // one TransferStart, by the provider
	ActionComplete = "complete" // one TransferNote, by the consumer: a receipt
	ActionPause    = "pause"    // one TransferNote, by either
	ActionContinue = "continue" // one TransferNote, by who paused
	ActionStop     = "stop"     // one TransferNote, by either
	ActionObject   = "object"   // one Objection, by the consumer
	ActionSettle   = "settle"   // one TransferNote, by the provider: silence is a receipt
)

// Limits of transfers.
const (
	MaxTransfers = 10_000 // of one agreement
	MaxEvidence  = 128 << 10
)

// TransferState is a state of the Dataspace Protocol.
type TransferState string

const (
	TransferRequested  TransferState = "REQUESTED"
	TransferStarted    TransferState = "STARTED"
	TransferCompleted  TransferState = "COMPLETED"
	TransferSuspended  TransferState = "SUSPENDED"
	TransferTerminated TransferState = "TERMINATED"
)

// Over reports whether no message can follow.
func (s TransferState) Over() bool { return s == TransferCompleted || s == TransferTerminated }

// TransferMoves are the messages of a transfer.
var TransferMoves = Moves[TransferState]{
	{"", ActionTransfer, Consumer}:                TransferRequested,
	{TransferRequested, ActionStart, Provider}:    TransferStarted,
	{TransferStarted, ActionComplete, Consumer}:   TransferCompleted,
	{TransferStarted, ActionSettle, Provider}:     TransferCompleted,
	{TransferStarted, ActionObject, Consumer}:     TransferTerminated,
	{TransferSuspended, ActionObject, Consumer}:   TransferTerminated,
	{TransferStarted, ActionPause, Provider}:      TransferSuspended,
	{TransferStarted, ActionPause, Consumer}:      TransferSuspended,
	{TransferSuspended, ActionContinue, Provider}: TransferStarted,
	{TransferSuspended, ActionContinue, Consumer}: TransferStarted,
	{TransferRequested, ActionStop, Provider}:     TransferTerminated,
	{TransferRequested, ActionStop, Consumer}:     TransferTerminated,
	{TransferStarted, ActionStop, Provider}:       TransferTerminated,
	{TransferStarted, ActionStop, Consumer}:       TransferTerminated,
	{TransferSuspended, ActionStop, Provider}:     TransferTerminated,
	{TransferSuspended, ActionStop, Consumer}:     TransferTerminated,
}

// TransferRequest asks for a version under an agreement.
type TransferRequest struct {
	Transfer  ledger.ID `json:"transfer"`
	Agreement ledger.ID `json:"agreement"`
	Version   int       `json:"version"`
	Key       []byte    `json:"key,omitempty"` // SEC 1 public key on secp256k1 to wrap files' keys to, 33 or 65 bytes
}

// TransferStart hands over: one of these, by what the dataset is.
type TransferStart struct {
	Transfer ledger.ID    `json:"transfer"`
	Keys     []WrappedKey `json:"keys,omitempty"` // of files
	Token    ledger.Hash  `json:"token,omitzero"` // SHA-256 of what opens a data service
	Work     []string     `json:"work,omitempty"` // CIDs of what a service delivered
}

// WrappedKey is the key that a release commits to, sealed to the consumer's (package
// seal) for one transfer, whose Context it is made with.
type WrappedKey struct {
	Key     ledger.Hash `json:"key"` // the commitment of the files that it opens
	Wrapped []byte      `json:"wrapped"`
}

// Objection proves to anybody that what was handed over is not what the release
// committed to: by one of the two kinds of evidence of package seal, or by none where
// no key of the file was given or its commitments are not those of package seal.
type Objection struct {
	Transfer ledger.ID `json:"transfer"`
	File     string    `json:"file"` // CID of the ciphertext
	BadKey   []byte    `json:"badKey,omitempty"`
	BadChunk []byte    `json:"badChunk,omitempty"`
}

// TransferNote is a message that says no more than why.
type TransferNote struct {
	Transfer ledger.ID `json:"transfer"`
	Reason   string    `json:"reason,omitempty"`
	Silent   bool      `json:"silent,omitempty"` // of a consumer that stops since nothing came in time
}

// Transfer is where a transfer is after its last message.
type Transfer struct {
	ID        ledger.ID     `json:"id"`
	Agreement ledger.ID     `json:"agreement"`
	Dataset   ledger.ID     `json:"dataset"`
	Version   int           `json:"version"`
	Provider  ledger.ID     `json:"provider"`
	Consumer  ledger.ID     `json:"consumer"`
	State     TransferState `json:"state"`
	Key       []byte        `json:"key,omitempty"`
	Keys      []WrappedKey  `json:"keys,omitempty"`
	Token     ledger.Hash   `json:"token,omitzero"`
	Work      []string      `json:"work,omitempty"`
	Requested ledger.Time   `json:"requested"`
	Started   ledger.Time   `json:"started,omitzero"`
	Changed   ledger.Time   `json:"changed"` // by the last message
	By        Side          `json:"by"`      // who sent that
	Reason    string        `json:"reason,omitempty"`
	Fraud     bool          `json:"fraud,omitempty"` // proved by an objection
}

// Context is what the transfer's keys are wrapped with, so that they open in no other.
func (t Transfer) Context() []byte { return t.ID[:] }

// Wrapped finds the key of a commitment.
func (t Transfer) Wrapped(commitment ledger.Hash) ([]byte, bool) {
	for _, k := range t.Keys {
		if k.Key == commitment {
			return k.Wrapped, true
		}
	}
	return nil, false
}

// DeliverBy is until when the provider owes the start of a transfer, and zero while
// the agreement waits to be paid.
func (d Deal) DeliverBy(t Transfer) ledger.Time {
	released := d.Released()
	if released == 0 {
		return 0
	}
	hours := d.Terms.Deliver
	if hours == 0 {
		hours = 24
	}
	return max(released, t.Requested).Add(time.Duration(hours) * time.Hour)
}

// ObjectBy is until when the consumer may object to what was started; after that its
// silence is a receipt.
func (d Deal) ObjectBy(t Transfer) ledger.Time {
	n := d.Terms.Object
	if n == 0 {
		n = 7
	}
	return t.Started.Add(days(n))
}
