package api

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// targetsOffered is how many things of a report can be chosen for a recall.
const targetsOffered = 200

// recallable lists the things of a report that the caller's organisation may recall and
// has not, nearest to the start first. Who may recall what the contract says in the end.
func (s *server) recallable(ctx context.Context, r *office.Report) (list []index.Reached, err error) {
	who := callerOf(ctx)
	for _, t := range r.Reach.Things {
		owner, err := s.Index.Owner(t.ID)
		if err != nil && ledger.CodeOf(err) != ledger.NotFound {
			return nil, err
		}
		if err != nil || owner != who.identity.Org && who.authority.Kind != ledger.KindAgency || s.recalledBy(t.ID, who.identity.Org) {
			continue
		}
		if list = append(list, t); len(list) == targetsOffered {
			break
		}
	}
	slices.SortStableFunc(list, func(a, b index.Reached) int { return a.Steps - b.Steps })
	return list, nil
}

// recalledBy reports whether an organisation recalls a thing itself.
func (s *server) recalledBy(id trace.ID, org ledger.ID) bool {
	return slices.ContainsFunc(s.Index.RecallsOn(id), func(r index.Recall) bool { return r.Target == id && r.Org == org })
}

func (s *server) issuePage(c echo.Context) error { return s.askIssue(c, http.StatusOK, web.Form{}) }

func (s *server) askIssue(c echo.Context, code int, f web.Form) error {
	d, r, err := s.drill(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	list, err := s.recallable(ctx, r)
	if err != nil {
		return err
	}
	o, err := s.Index.Organisation(ctx, viewerOf(ctx), d.Org)
	if err != nil {
		return err
	}
	v := &web.RecallForm{Form: f, Drill: s.drillLine(ctx, d)}
	if o.Profile != nil {
		v.Contact = o.Profile.Phone
	}
	pr := &presenter{server: s, ctx: ctx, viewer: viewerOf(ctx), products: map[trace.ID]*index.Product{}}
	for _, t := range list {
		if lot := unitOf(t.ID); lot != t.ID && slices.ContainsFunc(list, func(r index.Reached) bool { return r.ID == lot }) {
			continue // a recall of the lot is one of the piece
		}
		v.Targets = append(v.Targets, web.Option{
			Value: t.ID.String(), Text: pr.pieceName(t.ID).In(string(s.lang(c))), Help: codeText(t.ID), Chosen: t.Steps == list[0].Steps,
		})
	}
	return show(s, c, code, s.pages.RecallForm, v)
}

// issue recalls what was chosen of a report.
func (s *server) issue(c echo.Context) error {
	_, r, err := s.drill(c)
	if err != nil {
		return err
	}
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	targets, err := s.chosenTargets(ctx, r, form["target"])
	if err == nil {
		_, err = s.office.Recall(ctx, identityOf(ctx), targets, noticeIn(form))
	}
	if err != nil {
		return retyped(c, form, err, s.askIssue)
	}
	return done(c, "/recalls", "recalled")
}

// chosenTargets are things of the report that may be recalled.
func (s *server) chosenTargets(ctx context.Context, r *office.Report, chosen []string) (targets []trace.ID, err error) {
	list, err := s.recallable(ctx, r)
	if err != nil {
		return nil, err
	}
	for _, t := range list {
		if slices.Contains(chosen, t.ID.String()) {
			targets = append(targets, t.ID)
		}
	}
	if len(targets) < len(chosen) {
		return nil, ledger.FieldErrorf(ledger.Conflict, "target", "is not in the report, not the organisation's, or recalled already")
	}
	return targets, nil
}

func noticeIn(form url.Values) trace.Notice {
	text := func(name string) trace.Text {
		return trace.Text{VI: strings.TrimSpace(form.Get(name)), EN: strings.TrimSpace(form.Get(name + "_en"))}
	}
	return trace.Notice{Reason: text("reason"), Action: text("action"), Refund: text("refund"), Contact: strings.TrimSpace(form.Get("contact"))}
}

// notice reads the notice of a recall; ok is false where it is not here, or is another
// document.
func (s *server) notice(ctx context.Context, cid string) (n trace.Notice, ok bool) {
	id, err := content.Parse(cid)
	if err != nil {
		return n, false
	}
	r, size, err := s.Store.Open(ctx, id)
	if err != nil {
		return n, false
	}
	defer r.Close()
	if size > trace.MaxNotice {
		return n, false
	}
	document, err := io.ReadAll(r)
	if err != nil {
		return n, false
	}
	return trace.ParseNotice(document)
}

// recallsOnPage is how many recalls a page lists, the newest.
const recallsOnPage = 100

// recallLines lists the recalls by the caller's organisation and of what is its own; for
// the operator, all.
func (s *server) recallLines(ctx context.Context) (list []web.RecallLine, err error) {
	all, err := s.Index.RecallsDeclared()
	if err != nil {
		return nil, err
	}
	type made struct {
		target trace.ID
		org    ledger.ID
	}
	org, lifted := identityOf(ctx).Org, map[made]index.Recall{}
	who := s.parties(ctx)
	pr := &presenter{server: s, ctx: ctx, viewer: viewerOf(ctx), products: map[trace.ID]*index.Product{}}
	for _, r := range all { // the newest first, so that a lift comes before what it lifts
		if len(list) == recallsOnPage {
			break
		}
		key := made{r.Target, r.Org}
		if r.Lift {
			lifted[key] = r
			continue
		}
		end, over := lifted[key]
		delete(lifted, key)
		owner, err := s.Index.Owner(r.Target)
		if err != nil && ledger.CodeOf(err) != ledger.NotFound {
			return nil, err
		}
		if r.Org != org && owner != org && !viewerOf(ctx).Operator {
			continue
		}
		line := web.RecallLine{Name: pr.pieceName(r.Target), Path: r.Target.Path(), At: r.Time, Reason: trace.Text{VI: r.Reason}}
		if n, ok := s.notice(ctx, r.Doc); ok {
			line.Reason = n.Reason
		}
		if line.By, err = who(r.Org); err != nil {
			return nil, err
		}
		if !over {
			line.Find = drillPath(r.Target)
		}
		if over {
			line.Lifted, line.Why = end.Time, end.Reason
		} else if r.Org == org {
			line.Lift = "/recalls/lift?" + url.Values{"target": {r.Target.String()}}.Encode()
		}
		list = append(list, line)
	}
	return list, nil
}

// lifting ends a recall of the caller's organisation.
func (s *server) lifting(c echo.Context) (*act, error) {
	ctx := c.Request().Context()
	id, err := trace.ParseID(c.QueryParam("target"))
	if err != nil || !s.recalledBy(id, identityOf(ctx).Org) {
		return nil, ledger.Errorf(ledger.NotFound, "your organisation recalls no such thing")
	}
	pr := &presenter{server: s, ctx: ctx, viewer: viewerOf(ctx), products: map[trace.ID]*index.Product{}}
	return &act{
		name: "lift", who: pr.pieceName(id), back: "/recalls", facts: []web.Fact{{Label: "code", Value: codeText(id)}}, fields: []web.Field{reasonField},
		do: func(ctx context.Context, by *account.Identity, form url.Values) error {
			return s.office.Lift(ctx, by, id, reasonIn(form))
		},
	}, nil
}
