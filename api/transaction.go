package api

import (
	"context"
	"encoding/hex"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Transaction is a transaction in JSON. It is exported because the description of
// operations is made by reflection.
type Transaction struct {
	Contract  string       `json:"contract"`
	Action    string       `json:"action"`
	Summary   string       `json:"summary"`
	Nonce     string       `json:"nonce" doc:"64 hexadecimal digits"`
	Expiry    uint64       `json:"expiry" doc:"seconds since 1970"`
	Signature string       `json:"signature,omitempty" doc:"130 hexadecimal digits: r, s, v; with or without 0x before them"`
	Items     []SaltedItem `json:"items" minItems:"1" maxItems:"1024"`
}

// SaltedItem is one fact of a transaction.
type SaltedItem struct {
	Salt string `json:"salt" doc:"32 hexadecimal digits"`
	Data string `json:"data" doc:"the fact's exact JSON text"`
}

// transactionOf is a transaction that lacks its signature.
func transactionOf(tx ledger.Tx) Transaction {
	h := tx.Header
	out := Transaction{Contract: h.Contract, Action: h.Action, Summary: h.Summary, Nonce: h.Nonce.String(), Expiry: h.Expiry}
	for _, it := range tx.Items {
		out.Items = append(out.Items, SaltedItem{hex.EncodeToString(it.Salt[:]), string(it.Data)})
	}
	return out
}

// tx is the signed transaction.
func (t Transaction) tx() (ledger.Tx, error) {
	tx, err := t.unsigned()
	if err != nil {
		return tx, err
	}
	tx.Signature, err = account.ParseSignature(t.Signature)
	return tx, err
}

func (t Transaction) unsigned() (ledger.Tx, error) {
	tx := ledger.Tx{Header: ledger.Header{Contract: t.Contract, Action: t.Action, Summary: t.Summary, Expiry: t.Expiry}}
	if err := fromHex(tx.Header.Nonce[:], "nonce", t.Nonce); err != nil {
		return tx, err
	}
	for _, i := range t.Items {
		item := ledger.Item{Data: []byte(i.Data)}
		if err := fromHex(item.Salt[:], "items.salt", i.Salt); err != nil {
			return tx, err
		}
		tx.Items = append(tx.Items, item)
	}
	tx.Header.Commit(tx.Items)
	return tx, nil
}

func fromHex(dst []byte, field, s string) error {
	if len(s) != 2*len(dst) {
		return ledger.FieldErrorf(ledger.Invalid, field, "has %d characters, not %d hexadecimal digits", len(s), 2*len(dst))
	}
	if _, err := hex.Decode(dst, []byte(s)); err != nil {
		return ledger.FieldErrorf(ledger.Invalid, field, "is not hexadecimal")
	}
	return nil
}

// recordSigned records what a member signed. It returns when it can be read.
func (s *server) recordSigned(ctx context.Context, tx ledger.Tx) (*ledger.Entry, error) {
	if err := s.mayName(ctx, tx); err != nil {
		return nil, err
	}
	return s.office.Submit(ctx, tx)
}

// preparePath is where clients have transactions written that they sign themselves.
const preparePath = "/api/v1/prepare/"

// signsHere refuses to sign for a member whose key is not at this node, and says how
// it is done.
func signsHere(ctx context.Context, contract, action string) error {
	if identityOf(ctx).Custody == account.AtNode {
		return nil
	}
	return ledger.Errorf(ledger.Conflict, "this member signs with a key of their own: have it prepared at POST %s%s/%s, sign it, and send it to POST /api/v1/transactions", preparePath, contract, action)
}

// Prepared is a transaction that waits for a signature.
type Prepared struct {
	Transaction *Transaction       `json:"transaction,omitempty" doc:"what is sent to /api/v1/transactions once it is signed; absent when there is nothing to record"`
	ID          *ledger.TxID       `json:"id,omitempty" doc:"the EIP-712 hash that is signed: the transaction's identifier"`
	TypedData   *account.TypedData `json:"typed_data,omitempty" doc:"the same as a wallet takes it (eth_signTypedData_v4)"`
	Events      []string           `json:"events,omitempty" doc:"identifiers of a document's events, in its order"`
	Entry       *uint64            `json:"entry,omitempty" doc:"where the first event stands in the register, when all of them do already"`
}

func preparedJSON(p account.Prepared) Prepared {
	tx, id, data := transactionOf(p.Tx), p.ID(), p.Typed()
	return Prepared{Transaction: &tx, ID: &id, TypedData: &data}
}

// ownPrepare writes a transaction and keeps nothing of it.
func (s *server) ownPrepare(ctx context.Context, in *recordInput) (*ownBody[Prepared], error) {
	if err := mayRecord(ctx, in.Contract, in.Action); err != nil {
		return nil, s.own(ctx, err)
	}
	items, summary, err := in.items()
	if err != nil {
		return nil, s.own(ctx, err)
	}
	p, err := identityOf(ctx).Prepare(in.Contract, in.Action, summary, items)
	if err != nil {
		return nil, s.own(ctx, err)
	}
	return &ownBody[Prepared]{preparedJSON(p)}, nil
}

// prepareCapture takes an EPCIS document as the capture interface does, keeps its
// documents, and writes the transaction for its events.
func (s *server) prepareCapture(c echo.Context) error {
	body, terms, err := s.readDocument(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	d, err := s.Capture.Draft(ctx, body, false, terms)
	if err != nil {
		return err
	}
	if len(d.Items) == 0 {
		return c.JSON(http.StatusOK, Prepared{Events: d.Events, Entry: &d.Entry})
	}
	p, err := identityOf(ctx).Prepare(trace.Contract, trace.ActionCapture, d.Summary, d.Items)
	if err != nil {
		return err
	}
	out := preparedJSON(p)
	out.Events = d.Events
	return c.JSON(http.StatusOK, out)
}
