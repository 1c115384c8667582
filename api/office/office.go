// Package office does at a node what touches both the account store and the
// register: a person's action becomes a signed transaction, and what the register
// then says of keys is carried back to the accounts. It has no HTTP.
package office

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/uploads"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/catalog"
	"github.com/sogoc/sogoc/market/deals"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// Submitter records a signed transaction and returns when the read models have it.
type Submitter interface {
	Signed(ctx context.Context, tx ledger.Tx) (*ledger.Entry, error)
}

// Office is one node's.
type Office struct {
	Accounts *account.Store
	Register Submitter
	Index    *index.Index
	Payloads content.Store
	Ledger   Entries

	// For what is published and agreed on in the data market; nil where nothing is.
	Catalog *catalog.Catalog
	Deals   *deals.Deals
	Uploads *uploads.Store
}

// Entries reads the order by position.
type Entries interface {
	Genesis() ledger.Genesis
	Entry(ctx context.Context, index uint64) (*ledger.Entry, error)
}

// Unsigned is beneath a Conflict: the member signs with a key of their own, and this
// is what they are to sign.
type Unsigned struct{ Prepared account.Prepared }

func (u *Unsigned) Error() string { return "the transaction waits for its member's signature" }

// Record signs items in a member's name and records them. It returns when they can
// be read. For a member whose key is not at this node nothing is recorded yet, and
// the error wraps an [*Unsigned].
func (o *Office) Record(ctx context.Context, id *account.Identity, contract, action, summary string, items ...any) (*ledger.Entry, error) {
	list := make([]ledger.Item, len(items))
	for i, it := range items {
		list[i] = ledger.NewItem(trace.Encode(it))
	}
	if id.Custody != account.AtNode {
		p, err := id.Prepare(contract, action, summary, list)
		if err != nil {
			return nil, err
		}
		return nil, ledger.Wrap(&Unsigned{p}, ledger.Conflict, "this member signs with a key of their own")
	}
	tx, err := id.Sign(contract, action, summary, list)
	if err != nil {
		return nil, err
	}
	return o.Submit(ctx, tx)
}

// Direct records in the registry.
func (o *Office) Direct(ctx context.Context, id *account.Identity, action string, items ...any) (*ledger.Entry, error) {
	return o.Record(ctx, id, trace.RegistryContract, action, trace.DirectorySummary(action, len(items)), items...)
}

// Submit records a signed transaction, of files only what this node found in them, and settles the accounts of the keys that it
// put on the register. It returns when what was recorded can be read.
func (o *Office) Submit(ctx context.Context, tx ledger.Tx) (*ledger.Entry, error) {
	if err := o.vouch(ctx, tx); err != nil {
		return nil, err
	}
	e, err := o.Register.Signed(ctx, tx)
	if err != nil {
		return nil, err
	}
	switch tx.Header.Contract {
	case trace.RegistryContract:
	case market.DatasetContract:
		return e, errors.Join(o.Catalog.Wait(ctx, e.Index+1), o.Deals.Wait(ctx, e.Index+1))
	case market.TradeContract:
		return e, errors.Join(o.Catalog.Wait(ctx, e.Index+1), o.said(ctx, e))
	default:
		return e, nil
	}
	for _, key := range keysOf(tx.Items) {
		id, err := o.Accounts.Identity(key)
		switch {
		case ledger.CodeOf(err) == ledger.NotFound:
			continue // another node's
		case err != nil:
			return e, err
		}
		if err := o.Settle(ctx, id.Account); err != nil {
			return e, err
		}
	}
	return e, nil
}

// keysOf are the keys that directory items name.
func keysOf(items []ledger.Item) (keys []ledger.Address) {
	for _, it := range items {
		var said struct {
			Member struct {
				Key ledger.Address `json:"key"`
			} `json:"member"`
			Key ledger.Address `json:"key"`
		}
		if json.Unmarshal(it.Data, &said) != nil {
			continue // it names none; the contract took it
		}
		for _, k := range []ledger.Address{said.Member.Key, said.Key} {
			if !k.IsZero() && !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
	}
	return keys
}

// Settle carries what the register says of an account's keys to the account: a key
// that is on it becomes active, and one that was revoked is retired. It may be
// repeated; it finishes what a crash cut off between a transaction and this.
func (o *Office) Settle(ctx context.Context, id ledger.ID) error {
	keys, err := o.Accounts.Keys(ctx, id)
	if err != nil {
		return err
	}
	slices.Reverse(keys) // the oldest first, so that the newest is active in the end
	for _, k := range keys {
		if k.Retired != nil {
			continue
		}
		known, err := o.Index.Key(ctx, k.Address)
		switch {
		case ledger.CodeOf(err) == ledger.NotFound:
			continue
		case err != nil:
			return err
		case known.Revoked != nil:
			err = o.Accounts.Retire(ctx, id, k.Address, account.From{})
		case !k.Active:
			err = o.Accounts.Activate(ctx, id, k.Address, account.From{})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
