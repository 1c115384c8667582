package office

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
)

// maxSought is the most bytes of what describes a bid that are read: an organisation
// elsewhere may have named any payload.
const maxSought = 64 << 10

// PostBid says in public what a member's organisation looks for, and returns the bid's
// identifier also where it waits for a signature.
func (o *Office) PostBid(ctx context.Context, by *account.Identity, b market.Bid, sought market.BidDescription) (ledger.ID, error) {
	if err := sought.Check(); err != nil {
		return b.ID, err
	}
	ref, err := o.Payloads.Put(ctx, bytes.NewReader(trace.Encode(sought)), content.Options{})
	if err != nil {
		return b.ID, err
	}
	b.ID, b.Org, b.Description = ledger.NewID(), by.Org, ref.CID.String()
	return b.ID, o.Say(ctx, by, market.ActionBid, b)
}

// Sought is what a bid describes; nil where the words are not here, or are none.
func (o *Office) Sought(ctx context.Context, b market.BidRecord) *market.BidDescription {
	sought, err := o.sought(ctx, b.Description)
	if err != nil {
		if ctx.Err() == nil {
			slog.DebugContext(ctx, "what describes a bid cannot be read", "bid", b.ID, "cid", b.Description, "error", err)
		}
		return nil
	}
	return sought
}

func (o *Office) sought(ctx context.Context, cid string) (*market.BidDescription, error) {
	id, err := content.Parse(cid)
	if err != nil {
		return nil, err
	}
	r, _, err := o.Payloads.Open(ctx, id)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, maxSought))
	if err != nil {
		return nil, err
	}
	sought := new(market.BidDescription)
	if err := json.Unmarshal(b, sought); err != nil {
		return nil, err
	}
	return sought, sought.Check()
}

// AnswerBid puts terms for a dataset of the member's organisation forward to who posted a
// bid, and returns the negotiation's identifier also where it waits for a signature.
func (o *Office) AnswerBid(ctx context.Context, by *account.Identity, p market.Proposal) (ledger.ID, error) {
	p.Negotiation = ledger.NewID()
	return p.Negotiation, o.Say(ctx, by, market.ActionPropose, p)
}
