package api

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// behalfRoutes are how somebody lets an organisation record for them, sees who may,
// and takes it back.
func (s *server) behalfRoutes() []route {
	return []route{
		get("/behalf", colleague, s.behalfPage),
		get("/behalf/qr", colleague, s.behalfQR),
		get("/behalf/:org", principal, s.mandatePage),
		post("/behalf/:org", principal, s.giveMandate),
		post("/behalf/:org/withdraw", colleague, s.withdrawMandate),
	}
}

// mandateOf is a member's mandate for an agent, in force. Of a member who may not
// record any more, nobody reads or records anything.
func (s *server) mandateOf(ctx context.Context, member, agent ledger.ID) (*index.MandateInfo, error) {
	m, err := s.mandate(ctx, member, agent)
	stands := false
	if err == nil && m != nil && m.InForce(ledger.TimeOf(time.Now())) {
		stands, err = s.office.Stands(ctx, m.Org, member)
	}
	if err == nil && !stands {
		err = ledger.FieldErrorf(ledger.Forbidden, forParam, "does not let this organisation record on their behalf")
	}
	return m, err
}

// mandate is the one that a member last gave to an agent; nil where there is none.
func (s *server) mandate(ctx context.Context, member, agent ledger.ID) (*index.MandateInfo, error) {
	page := index.Page{}
	for {
		list, next, err := s.Index.Mandates(ctx, index.Viewer{Org: agent}, member, page)
		if err != nil {
			return nil, err
		}
		for _, m := range list {
			if m.Agent == agent {
				return m, nil
			}
		}
		if page.Token = next; next == "" {
			return nil, nil
		}
	}
}

// memberName is how people call a member: by name where they have an account here,
// or else by their organisation's.
func (s *server) memberName(ctx context.Context, org, member ledger.ID) (trace.Text, error) {
	colleagues, err := s.Accounts.Colleagues(ctx, org)
	if err != nil {
		return trace.Text{}, err
	}
	for _, a := range colleagues {
		if _, ok := a.Membership(member); ok {
			return trace.Text{VI: a.Name, EN: a.Name}, nil
		}
	}
	return s.orgName(ctx, org)
}

// agentName is how the caller calls an organisation that records for others: by the
// name that they may read, or else by its number, which is in its address.
func (s *server) agentName(ctx context.Context, org ledger.ID) (trace.Text, error) {
	name, err := s.orgNameTo(ctx, viewerOf(ctx), org)
	if err == nil && name == (trace.Text{}) {
		name = trace.Text{VI: org.String(), EN: org.String()}
	}
	return name, err
}

// mandatesShown is how many mandates a page lists.
const mandatesShown = 200

func (s *server) behalfPage(c echo.Context) error {
	ctx := c.Request().Context()
	id, now := identityOf(ctx), ledger.TimeOf(time.Now())
	v := &web.Behalf{Link: s.PublicURL + "/behalf/" + id.Org.String(), MayRecord: callerOf(ctx).authority.may(ledger.RoleRecorder)}
	mine, _, err := s.Index.Mandates(ctx, viewerOf(ctx), id.Member, index.Page{Limit: mandatesShown})
	if err != nil {
		return err
	}
	for _, m := range mine {
		line := web.Mandate{ID: m.Agent.String(), Since: m.Time, Until: m.Until, InForce: m.InForce(now)}
		if line.Name, err = s.agentName(ctx, m.Agent); err != nil {
			return err
		}
		v.Mine = append(v.Mine, line)
	}
	given, _, err := s.Index.MandatesTo(ctx, viewerOf(ctx), id.Org, index.Page{Limit: mandatesShown})
	if err != nil {
		return err
	}
	for _, m := range given {
		line := web.Mandate{ID: m.Member.String(), Since: m.Time, Until: m.Until, InForce: m.InForce(now)}
		if line.Name, err = s.memberName(ctx, m.Org, m.Member); err != nil {
			return err
		}
		v.Given = append(v.Given, line)
	}
	return show(s, c, http.StatusOK, s.pages.Behalf, v)
}

// behalfQR is the address at which people let the caller's organisation record.
func (s *server) behalfQR(c echo.Context) error {
	b, err := QR(s.PublicURL + "/behalf/" + identityOf(c.Request().Context()).Org.String())
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "image/png", b)
}

// agent is the organisation that a mandate is for.
func (s *server) agent(c echo.Context) (*index.Organisation, error) {
	id, err := ledger.ParseID(c.Param("org"))
	if err != nil {
		return nil, ledger.Errorf(ledger.NotFound, "there is nothing at this address")
	}
	return s.Index.Organisation(c.Request().Context(), index.Viewer{}, id)
}

func (s *server) mandatePage(c echo.Context) error { return s.askMandate(c, http.StatusOK, web.Form{}) }

func (s *server) askMandate(c echo.Context, code int, f web.Form) error {
	ctx := c.Request().Context()
	org, err := s.agent(c)
	if err != nil {
		return err
	}
	m, err := s.mandate(ctx, identityOf(ctx).Member, org.ID)
	if err != nil {
		return err
	}
	v := &web.MandateForm{Form: f, Org: org.ID.String(), Given: m != nil && m.InForce(ledger.TimeOf(time.Now()))}
	if v.Name, err = s.agentName(ctx, org.ID); err != nil {
		return err
	}
	if m != nil {
		v.Until = m.Until
	}
	return show(s, c, code, s.pages.MandateForm, v)
}

// terms of a mandate, as a form offers them.
var mandateTerms = map[string]time.Duration{"season": 183 * 24 * time.Hour, "year": 366 * 24 * time.Hour, "open": 0}

func (s *server) giveMandate(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	org, err := s.agent(c)
	if err != nil {
		return err
	}
	term, ok := mandateTerms[form.Get("term")]
	if !ok {
		err = ledger.FieldErrorf(ledger.Invalid, "term", "is none of those offered")
	} else {
		var until ledger.Time
		if term > 0 {
			until = ledger.TimeOf(time.Now().Add(term))
		}
		ctx := c.Request().Context()
		err = s.office.Mandate(ctx, identityOf(ctx), org.ID, until)
	}
	if err != nil {
		return retyped(c, form, err, s.askMandate)
	}
	return done(c, "/behalf", "mandated")
}

func (s *server) withdrawMandate(c echo.Context) error {
	org, err := s.agent(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if err := s.office.WithdrawMandate(ctx, identityOf(ctx), org.ID); err != nil {
		return err
	}
	return done(c, "/behalf", "unmandated")
}
