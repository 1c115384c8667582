package office

import (
	"bytes"
	"context"
	"log/slog"
	"time"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/odrl"
	"github.com/sogoc/sogoc/trace"
)

// maxDocument is the most bytes of a document that is read before it is signed.
const maxDocument = 512 << 10

// Say sends a message of the trade contract in a member's name, and returns when it can
// be read.
func (o *Office) Say(ctx context.Context, by *account.Identity, action string, item any) error {
	about, err := market.About(trace.Encode(item))
	if err != nil {
		return err
	}
	_, err = o.Record(ctx, by, market.TradeContract, action, market.TradeSummary(action, about), item)
	return err
}

// said waits until a message can be read, and answers it where its receiver has the
// node do so. The message stands whatever becomes of the answer.
func (o *Office) said(ctx context.Context, e *ledger.Entry) error {
	if err := o.Deals.Wait(ctx, e.Index+1); err != nil {
		return err
	}
	answer := o.reply
	switch e.Tx.Header.Action {
	case market.ActionRequest, market.ActionVerify:
	case market.ActionTransfer:
		answer = o.releaseTransfer
	case market.ActionConfirm, market.ActionUphold:
		answer = o.release
	default:
		return nil
	}
	about, err := market.About(e.Tx.Items[0].Data)
	if err == nil {
		err = answer(ctx, about)
	}
	if err != nil {
		slog.WarnContext(ctx, "a message of a trade was not answered by itself", "about", about, "error", err)
	}
	return nil
}

// signer is who signs for the provider of a negotiation that came of an offer for which
// it has this node do so, and nil where it does not.
func (o *Office) signer(ctx context.Context, n market.Negotiation) (*account.Identity, error) {
	if n.Offer.IsZero() {
		return nil, nil
	}
	ready, err := o.Accounts.Ready(ctx, n.Provider, n.Offer)
	if err != nil {
		if ledger.CodeOf(err) == ledger.NotFound {
			err = nil
		}
		return nil, err
	}
	by, err := o.Accounts.Identity(ready.Key)
	switch {
	case err != nil:
		return nil, err
	case by.Org != n.Provider || by.Custody != account.AtNode:
		return nil, ledger.Errorf(ledger.Conflict, "the key that signs for the offer is no longer the provider's, or no longer here")
	}
	return by, nil
}

// releaseTransfer hands over what was just asked for, if nothing stands in the way.
func (o *Office) releaseTransfer(ctx context.Context, transfer ledger.ID) error {
	t, err := o.Deals.Transfer(transfer)
	if err != nil {
		return err
	}
	return o.release(ctx, t.Agreement)
}

// release hands over what waits under an agreement once its condition is met.
func (o *Office) release(ctx context.Context, agreement ledger.ID) error {
	c, err := o.Deals.Agreement(agreement)
	if err != nil {
		return err
	}
	if c.Deal.Kind == market.Service || c.Deal.Released() == 0 || c.Deal.At(ledger.TimeOf(time.Now())) != market.InForce {
		return nil
	}
	by, err := o.signer(ctx, c.Negotiation)
	if by == nil {
		return err
	}
	for _, t := range c.Transfers {
		if t.State == market.TransferRequested {
			if err := o.HandOver(ctx, by, t); err != nil {
				return err
			}
		}
	}
	return nil
}

// reply signs for a provider that has this node do so: who asks under its offer is
// agreed with, and what both signed comes in force.
func (o *Office) reply(ctx context.Context, negotiation ledger.ID) error {
	c, err := o.Deals.Negotiation(negotiation)
	if err != nil {
		return err
	}
	by, err := o.signer(ctx, c.Negotiation)
	if by == nil {
		return err
	}
	switch c.State {
	case market.Requested:
		d, err := o.Catalog.Known(ctx, c.Dataset)
		if err != nil {
			return err
		}
		return o.Agree(ctx, by, c.Negotiation, d.Version)
	case market.Verified:
		return o.Say(ctx, by, market.ActionFinalize, market.Finalization{Negotiation: c.ID})
	}
	return nil
}

// Conclude signs for who asked, if the provider has signed already: they asked on the
// terms that are signed.
func (o *Office) Conclude(ctx context.Context, by *account.Identity, negotiation ledger.ID) error {
	c, err := o.Deals.Negotiation(negotiation)
	if err != nil || c.State != market.AgreedOn {
		return err
	}
	return o.Verify(ctx, by, *c.Deal)
}

// Ask begins a negotiation under an offer, or on terms of the member's own, and
// returns its identifier also where the request waits for a signature.
func (o *Office) Ask(ctx context.Context, by *account.Identity, r market.Request) (ledger.ID, error) {
	r.Negotiation = ledger.NewID()
	return r.Negotiation, o.Say(ctx, by, market.ActionRequest, r)
}

// Agree signs what a negotiation came to: it writes the document of it, which the
// other side signs as well, and records both.
func (o *Office) Agree(ctx context.Context, by *account.Identity, n market.Negotiation, version int) error {
	a := market.Agreement{
		ID: ledger.NewID(), Negotiation: n.ID, Dataset: n.Dataset, Version: version,
		Provider: n.Provider, Consumer: n.Consumer, Terms: n.Terms, Basis: n.Basis,
	}
	document, err := odrl.EncodeAgreement(odrl.Agreement{
		ID: a.ID, Provider: a.Provider, Consumer: a.Consumer, Dataset: a.Dataset, Version: a.Version, At: ledger.TimeOf(time.Now()), Terms: a.Terms,
	})
	if err != nil {
		return err
	}
	ref, err := o.Payloads.Put(ctx, bytes.NewReader(document), content.Options{})
	if err != nil {
		return err
	}
	a.Document = ref.CID.String()
	return o.Say(ctx, by, market.ActionAgree, a)
}

// Verify signs the document that the provider signed, if it says what was agreed on.
func (o *Office) Verify(ctx context.Context, by *account.Identity, d market.Deal) error {
	if err := o.says(ctx, d.Agreement); err != nil {
		return err
	}
	return o.Say(ctx, by, market.ActionVerify, market.Verification{Negotiation: d.Negotiation, Document: d.Document})
}

// says refuses a document that is not here, or says something else than the agreement.
func (o *Office) says(ctx context.Context, a market.Agreement) error {
	id, err := content.Parse(a.Document)
	if err != nil {
		return err
	}
	r, size, err := o.Payloads.Open(ctx, id)
	if err != nil {
		return err
	}
	defer r.Close()
	if size > maxDocument {
		return ledger.FieldErrorf(ledger.TooLarge, "document", "has more than %d bytes", maxDocument)
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(r); err != nil {
		return err
	}
	said, err := odrl.DecodeAgreement(b.Bytes())
	if err != nil {
		return ledger.Wrap(err, ledger.Conflict, "the document cannot be read, and is not signed")
	}
	said.Terms = odrl.Normal(said.Terms)
	agreed := odrl.Agreement{
		ID: a.ID, Provider: a.Provider, Consumer: a.Consumer, Dataset: a.Dataset, Version: a.Version, At: said.At, Terms: odrl.Normal(a.Terms),
	}
	if !bytes.Equal(trace.Encode(said), trace.Encode(agreed)) {
		return ledger.Errorf(ledger.Conflict, "the document says something else than what was agreed on, and is not signed")
	}
	return nil
}

// Bill asks for the price of an agreement, under a reference that is the agreement's
// own.
func (o *Office) Bill(ctx context.Context, by *account.Identity, d market.Deal, bank, at, number string) error {
	const digits = 16 // of the agreement's number: no two of one provider are alike
	return o.Say(ctx, by, market.ActionBill, market.Invoice{
		Agreement: d.ID, Amount: d.Terms.Price, Reference: "SG" + d.ID.String()[:digits], Bank: bank, Account: at, Number: number,
	})
}
