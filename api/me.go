package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// meRoutes are the first page of somebody who is signed in.
func (s *server) meRoutes() []route {
	return []route{
		get("/me", person, s.myHome),
		post("/me/as", person, s.actAs),
	}
}

func (s *server) myHome(c echo.Context) error {
	ctx := c.Request().Context()
	who := callerOf(ctx)
	v := &web.MyHome{}
	for _, m := range who.person.Members {
		if m.Key.IsZero() && !m.Waits() {
			continue // an application's
		}
		name, err := s.orgName(ctx, m.Org)
		if err != nil {
			return err
		}
		if m.Waits() {
			v.Waiting = append(v.Waiting, name)
			continue
		}
		v.Members = append(v.Members, web.MyMembership{Member: m.Member.String(), Org: name, Chosen: who.identity != nil && who.identity.Member == m.Member})
	}
	applications, err := s.Accounts.Applications(ctx, who.person.ID)
	if err != nil {
		return err
	}
	for _, a := range applications {
		line := web.MyApplication{Path: "/apply/" + a.Org.String(), Name: a.Dossier.Name.VI, State: string(a.State), Since: ledger.TimeOf(a.At)}
		if last, ok := a.Last(); ok && a.State == account.Refused {
			line.Reason = last.Reason
		}
		if a.State != account.Admitted {
			v.Applications = append(v.Applications, line)
		}
	}
	if who.identity != nil {
		if err := s.myOrg(ctx, who, v); err != nil {
			return err
		}
	}
	if v.Complaints, _, err = s.openComplaints(c); err != nil {
		return err
	}
	if v.Requests, _, err = s.openRequests(ctx); err != nil {
		return err
	}
	return show(s, c, http.StatusOK, s.pages.Me, v)
}

// myOrg says what there is to do for the organisation that somebody acts for.
func (s *server) myOrg(ctx context.Context, who *caller, v *web.MyHome) error {
	if v.Down = who.authority.Kind == ""; v.Down {
		if err := s.whyDown(ctx, who, v); err != nil {
			return err
		}
	}
	v.Admin = who.authority.may(ledger.RoleAdmin)
	v.Record = who.authority.may(ledger.RoleRecorder)
	held, err := s.Index.Held(who.identity.Org)
	if err != nil {
		return err
	}
	v.Expiring = expiring(held, ledger.TimeOf(time.Now()))
	if err := s.myGoods(ctx, who, v); err != nil {
		return err
	}
	if who.authority.may(ledger.RolePublisher) {
		if v.Trades, err = s.tradesWaiting(who.identity.Org); err != nil {
			return err
		}
	}
	if !v.Admin {
		return nil
	}
	list, err := s.office.Colleagues(ctx, who.identity.Org)
	if err != nil {
		return err
	}
	for _, m := range list {
		if m.Waits {
			v.ToConfirm++
		}
	}
	open, err := s.Accounts.Invitations(ctx, who.identity.Org)
	v.Alone = len(list) == 1 && len(open) == 0
	return err
}

// myGoods says what is on its way to the organisation, and what of its goods is recalled.
func (s *server) myGoods(ctx context.Context, who *caller, v *web.MyHome) error {
	org := who.identity.Org
	if v.Record {
		counts, err := s.Index.HoldingCounts(ctx, viewerOf(ctx), org)
		if err != nil {
			return err
		}
		recalled, _, err := s.Index.RecalledHoldings(ctx, viewerOf(ctx), org)
		if err != nil {
			return err
		}
		v.Coming, v.Recalled = counts[index.Coming], len(recalled)
	}
	if !who.authority.may(ledger.RoleRecaller) {
		return nil
	}
	for _, r := range s.Index.RecallsInForce() {
		owner, err := s.Index.Owner(r.Target)
		if err = ignoreNotFound(err); err != nil {
			return err
		}
		if owner == org {
			v.Recalls++
		}
	}
	return nil
}

// whyDown says since when, and why, somebody may do nothing for an organisation.
func (s *server) whyDown(ctx context.Context, who *caller, v *web.MyHome) error {
	own := index.Viewer{Org: who.identity.Org}
	o, err := s.Index.Organisation(ctx, own, who.identity.Org)
	if err != nil {
		return ignoreNotFound(err)
	}
	if o.Suspended != nil {
		v.DownOrg, v.DownSince, v.DownWhy = true, o.Stood, o.Suspended.Reason
		return nil
	}
	m, err := s.Index.Member(ctx, own, who.identity.Member)
	if err != nil {
		return ignoreNotFound(err)
	}
	if m.Suspended && m.Changed != nil {
		v.DownSince, v.DownWhy = m.Changed.Time, m.Changed.Reason
	}
	return nil
}

// expiryNotice is how long before a certificate ends its holder is told.
const expiryNotice = 30 * 24 * time.Hour

// expiring are the certificates that end soon, the first one first. A laboratory's
// result is about goods as they were, and ends nothing.
func expiring(held []index.Certificate, now ledger.Time) (list []web.Certificate) {
	for _, c := range held {
		if c.Valid(now) && !c.Until.IsZero() && c.Until <= now.Add(expiryNotice) && c.Scheme != trace.SchemeLaboratory {
			list = append(list, web.Certificate{Certificate: c.Certificate})
		}
	}
	slices.SortStableFunc(list, func(a, b web.Certificate) int { return cmp.Compare(a.Until, b.Until) })
	return list
}

// actAs chooses the organisation that a person acts for.
func (s *server) actAs(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	member, err := ledger.ParseID(form.Get("member"))
	if err != nil {
		return ledger.FieldErrorf(ledger.Invalid, "member", "%v", err)
	}
	m, ok := callerOf(c.Request().Context()).person.Membership(member)
	if !ok || m.Key.IsZero() {
		return ledger.FieldErrorf(ledger.NotFound, "member", "is none of yours")
	}
	s.setCookie(c, actingCookie, member.String(), account.SessionAbsolute)
	return c.Redirect(http.StatusSeeOther, "/me")
}

// orgName is an organisation's name as its own members read it; empty where it has
// no profile.
func (s *server) orgName(ctx context.Context, org ledger.ID) (trace.Text, error) {
	return s.orgNameTo(ctx, index.Viewer{Org: org}, org)
}

// orgNameTo is an organisation's name as a viewer reads it: a household's is for
// itself and the operator.
func (s *server) orgNameTo(ctx context.Context, v index.Viewer, org ledger.ID) (trace.Text, error) {
	o, err := s.Index.Organisation(ctx, v, org)
	switch {
	case err != nil:
		return trace.Text{}, ignoreNotFound(err)
	case o.Profile != nil:
		return o.Profile.Name, nil
	case o.Kind == ledger.KindOperator:
		name := s.Ledger.Genesis().Name
		return trace.Text{VI: name, EN: name}, nil
	}
	return trace.Text{}, nil
}
