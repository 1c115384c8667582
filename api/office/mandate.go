package office

import (
	"context"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// mandated is what a mandate of the logbook lets an agent do.
var mandated = []string{trace.Contract + "/" + trace.ActionCapture}

// Mandate lets an organisation record on a member's behalf until a time, which may be
// never.
func (o *Office) Mandate(ctx context.Context, id *account.Identity, agent ledger.ID, until ledger.Time) error {
	_, err := o.Direct(ctx, id, trace.ActionMandate, trace.Mandate{Member: id.Member, Agent: agent, Actions: mandated, Until: until})
	return err
}

// WithdrawMandate takes that back. What was recorded stands.
func (o *Office) WithdrawMandate(ctx context.Context, id *account.Identity, agent ledger.ID) error {
	_, err := o.Direct(ctx, id, trace.ActionMandate, trace.Mandate{Member: id.Member, Agent: agent, Withdrawn: true})
	return err
}

// withdrawMandates takes back all that a member gave.
func (o *Office) withdrawMandates(ctx context.Context, id *account.Identity) error {
	for page := (index.Page{Limit: maxErased}); ; {
		list, next, err := o.Index.Mandates(ctx, everything, id.Member, page)
		if err != nil {
			return err
		}
		var given []any
		for _, m := range list {
			if m.Withdrawal == nil {
				given = append(given, trace.Mandate{Member: id.Member, Agent: m.Agent, Withdrawn: true})
			}
		}
		if len(given) > 0 {
			if _, err := o.Direct(ctx, id, trace.ActionMandate, given...); err != nil {
				return err
			}
		}
		if page.Token = next; next == "" {
			return nil
		}
	}
}
