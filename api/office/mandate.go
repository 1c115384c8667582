package office

import (
	"context"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
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
