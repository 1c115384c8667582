package office

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// reportFormat names how a report is written: JSON, gzipped.
const reportFormat = "sogoc-recall-report/1"

// maxReport is the largest report that is read, in bytes of JSON.
const maxReport = 64 << 20

// Starts are the things that a simulated recall starts from.
type Starts struct {
	Things  []trace.ID
	Records int  // that were looked at to find them
	Cut     bool // there were more than are looked at
}

// Report is what a simulated recall found.
type Report struct {
	Format string       `json:"format"`
	Starts Starts       `json:"starts"`
	Reach  *index.Reach `json:"reach"`
}

// Simulate finds everything that a recall would reach, for a viewer, and keeps a
// report of it. Nothing is recorded in the register. The time that it took counts from
// the question on, finding what it starts from included.
func (o *Office) Simulate(ctx context.Context, by *account.Identity, v index.Viewer, asked account.Asked, find func(context.Context) (Starts, error)) (account.Drill, error) {
	began := time.Now()
	d := account.Drill{ID: ledger.NewID(), Org: by.Org, By: by.Account, Asked: asked, At: began.UTC()}
	starts, err := find(ctx)
	if err != nil {
		return d, err
	}
	if len(starts.Things) == 0 {
		return d, ledger.FieldErrorf(ledger.NotFound, "start", "nothing is recorded of it")
	}
	reach, err := o.Index.Reach(ctx, v, starts.Things)
	if err != nil {
		return d, err
	}
	if _, _, err := reach.Totals(); err != nil {
		return d, err
	}
	d.Took, d.Height, d.Things = time.Since(began), reach.Height, len(reach.Things)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := json.NewEncoder(z).Encode(Report{reportFormat, starts, reach}); err != nil {
		return d, ledger.Wrap(err, ledger.Internal, "the report cannot be written")
	}
	z.Close() // a buffer takes everything
	ref, err := o.Payloads.Put(ctx, &b, content.Options{Sealed: true})
	if err != nil {
		return d, err
	}
	d.Report = ref.CID.String()
	gone, err := o.Accounts.KeepDrill(ctx, d)
	for _, cid := range gone {
		if err == nil {
			err = o.Discard(ctx, account.Document{CID: cid})
		}
	}
	return d, err
}

// Report reads what a simulated recall found.
func (o *Office) Report(ctx context.Context, d account.Drill) (*Report, error) {
	c, err := content.Parse(d.Report)
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "a report's name cannot be read")
	}
	f, _, err := o.Payloads.Open(ctx, c)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var r Report
	z, err := gzip.NewReader(f)
	if err == nil {
		err = json.NewDecoder(io.LimitReader(z, maxReport)).Decode(&r)
	}
	if err == nil && (r.Format != reportFormat || r.Reach == nil) {
		err = errors.New("it is of another format")
	}
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "a report cannot be read")
	}
	return &r, nil
}

// Recall recalls things with a notice, all in one transaction. What is on the ledger of
// the notice is in Vietnamese.
func (o *Office) Recall(ctx context.Context, by *account.Identity, targets []trace.ID, n trace.Notice) (*ledger.Entry, error) {
	n.Format = trace.NoticeFormat
	if len(targets) == 0 {
		return nil, ledger.FieldErrorf(ledger.Invalid, "target", "nothing is chosen")
	}
	for _, x := range []struct{ field, text string }{{"reason", n.Reason.VI}, {"action", n.Action.VI}, {"contact", n.Contact}} {
		if x.text == "" {
			return nil, ledger.FieldErrorf(ledger.Invalid, x.field, "is missing")
		}
	}
	document, err := json.Marshal(n)
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "the notice cannot be written")
	}
	ref, err := o.Payloads.Put(ctx, bytes.NewReader(document), content.Options{})
	if err != nil {
		return nil, err
	}
	action := strings.TrimSpace(n.Action.VI + " " + n.Refund.VI)
	recalls, items := make([]trace.Recall, len(targets)), make([]any, len(targets))
	for i, id := range targets {
		recalls[i] = trace.Recall{Target: id, Reason: n.Reason.VI, Action: action, Contact: n.Contact, Doc: ref.CID.String()}
		items[i] = recalls[i]
	}
	return o.Record(ctx, by, trace.Contract, trace.ActionRecall, trace.RecallSummary(recalls), items...)
}

// Lift ends a recall of the member's organisation.
func (o *Office) Lift(ctx context.Context, by *account.Identity, target trace.ID, reason string) error {
	r := trace.Recall{Target: target, Lift: true, Reason: reason}
	_, err := o.Record(ctx, by, trace.Contract, trace.ActionRecall, trace.RecallSummary([]trace.Recall{r}), r)
	return err
}
