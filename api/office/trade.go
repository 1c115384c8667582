package office

import (
	"bytes"
	"context"
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
	e, err := o.Record(ctx, by, market.TradeContract, action, market.TradeSummary(action, about), item)
	if err != nil {
		return err
	}
	return o.Deals.Wait(ctx, e.Index+1)
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
