package chaincode

import (
	"encoding/binary"
	"encoding/json"
	"errors"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"

	"github.com/sogoc/sogoc/ledger"
)

// EventName is the name of the event that a transaction emits.
const EventName = "entry"

// Event is what a transaction emits.
type Event struct {
	Rules   uint32 // the rules version it ran under
	Outcome []byte // what the contract answered
}

const (
	eventVersion = 1
	eventHeader  = 1 + 4
)

// Encode writes the event's payload: a version byte of 1, the uint32 rules version,
// and the outcome, packed (ledger.Pack).
func (e Event) Encode() []byte {
	outcome := ledger.Pack(e.Outcome)
	b := append(make([]byte, 0, eventHeader+len(outcome)), eventVersion)
	return append(binary.BigEndian.AppendUint32(b, e.Rules), outcome...)
}

// Refusal is the message of an answer that is not a success, behind
// RefusalPrefix.
type Refusal struct {
	Code    ledger.Code `json:"code"`
	Field   string      `json:"field,omitempty"`
	Message string      `json:"message"`
	// Ordered says that the transaction is on the register already: no error to
	// whoever submits, who looks its entry up.
	Ordered bool `json:"ordered,omitempty"`
}

// RefusalPrefix tells a refusal from the words around it.
const RefusalPrefix = "sogoc:"

// errOrdered is the answer to a transaction that is on the register.
var errOrdered = ledger.Errorf(ledger.Conflict, "the transaction was ordered before")

// refuse gives an error's code, field and message to the client, and keeps its
// cause here.
func refuse(err error) *peer.Response {
	r := Refusal{Code: ledger.Internal, Message: "the contracts failed"}
	var e *ledger.Error
	if errors.As(err, &e) {
		r = Refusal{Code: e.Code, Field: e.Field, Message: e.Message, Ordered: e == errOrdered}
	}
	b, err := json.Marshal(r)
	if err != nil {
		panic(err) // strings cannot fail
	}
	return &peer.Response{Status: status(r.Code), Message: RefusalPrefix + string(b)}
}

// status is Fabric's status for a code. From 400 on nothing is endorsed.
func status(c ledger.Code) int32 {
	switch c {
	case ledger.Invalid:
		return 400
	case ledger.Unauthenticated:
		return 401
	case ledger.Forbidden:
		return 403
	case ledger.NotFound:
		return 404
	case ledger.Conflict:
		return 409
	case ledger.TooLarge:
		return 413
	case ledger.Unavailable:
		return 503
	}
	return 500
}
