package account

import (
	"crypto/ecdsa"
	"crypto/rand"
	"slices"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

// TxLifetime is how long a transaction that the node signs may wait to be ordered.
const TxLifetime = 10 * time.Minute

// SignLifetime is how long one that a person signs may: people read first.
const SignLifetime = 30 * time.Minute

// Identity is a member of this node, ready to act.
type Identity struct {
	Label   string // for people here: whose it is
	Account ledger.ID
	Member  ledger.ID
	Org     ledger.ID
	Address ledger.Address
	Custody Custody

	scopes   []Scope // of the token; nil for a person, who may all
	register ledger.Hash
	key      *ecdsa.PrivateKey
	actions  []string
}

// Allows reports whether the token that the identity came by is for a scope.
func (id *Identity) Allows(scope Scope) bool {
	return id.scopes == nil || slices.Contains(id.scopes, scope)
}

// Sign makes a transaction in the member's name. Whose key is not at this node
// signs elsewhere, see Prepare; that is a Conflict here.
func (id *Identity) Sign(contract, action, summary string, items []ledger.Item) (ledger.Tx, error) {
	if id.key == nil {
		return ledger.Tx{}, ledger.Errorf(ledger.Conflict, "this member signs with a key of their own")
	}
	return ledger.Sign(id.register, id.key, contract, action, summary, items, uint64(time.Now().Add(TxLifetime).Unix()))
}

// Prepare makes a transaction for the member to sign elsewhere. It lacks the
// signature only, so nothing of it need be kept: Accept judges what comes back.
func (id *Identity) Prepare(contract, action, summary string, items []ledger.Item) (Prepared, error) {
	tx := ledger.Tx{Header: ledger.Header{
		Contract: contract, Action: action, Summary: summary, Expiry: uint64(time.Now().Add(SignLifetime).Unix()),
	}, Items: items}
	tx.Header.Commit(items)
	rand.Read(tx.Header.Nonce[:])
	if err := id.may(contract, action); err != nil {
		return Prepared{}, err
	}
	return Prepared{Register: id.register, Signer: id.Address, Tx: tx}, nil
}

// Accept checks a transaction that was signed elsewhere, before it is submitted: it
// is whole, of this register, signed by this identity's key, and, for a device's
// key, one of what that device may record. The contracts check all but the last
// again.
func (id *Identity) Accept(tx *ledger.Tx) (ledger.TxID, error) {
	txID, signer, err := tx.Check(id.register)
	if err != nil {
		return txID, err
	}
	if signer != id.Address {
		return txID, ledger.FieldErrorf(ledger.Forbidden, "signature", "is of %s, not of your key %s", signer, id.Address)
	}
	return txID, id.may(tx.Header.Contract, tx.Header.Action)
}

// may refuses what a device's key is not for.
func (id *Identity) may(contract, action string) error {
	if id.Custody == InDevice && !slices.Contains(id.actions, contract+"/"+action) {
		return ledger.Errorf(ledger.Forbidden, "this device may not record %s/%s", contract, action)
	}
	return nil
}

// Prepared is a transaction that waits for its signature.
type Prepared struct {
	Register ledger.Hash
	Signer   ledger.Address
	Tx       ledger.Tx // its signature is zero
}

// ID is what is signed: the EIP-712 hash.
func (p Prepared) ID() ledger.TxID { return p.Tx.ID(p.Register) }

// Typed is the message as a wallet takes it (eth_signTypedData_v4).
func (p Prepared) Typed() TypedData {
	h := p.Tx.Header
	return typed(p.Register, "Transaction", []TypedField{
		{"contract", "string"}, {"action", "string"}, {"summary", "string"}, {"body", "bytes32"}, {"items", "uint32"}, {"nonce", "bytes32"}, {"expiry", "uint64"},
	}, map[string]any{
		"contract": h.Contract, "action": h.Action, "summary": h.Summary, "body": hex32(h.Body), "items": h.Count, "nonce": hex32(h.Nonce), "expiry": h.Expiry,
	})
}

// With adds the signature. It fails when that is not the signer's over this
// transaction.
func (p Prepared) With(sig ledger.Signature) (ledger.Tx, error) {
	tx := p.Tx
	tx.Signature = sig
	_, signer, err := tx.Check(p.Register)
	if err == nil && signer != p.Signer {
		err = ledger.FieldErrorf(ledger.Forbidden, "signature", "is of %s, not of %s", signer, p.Signer)
	}
	return tx, err
}
