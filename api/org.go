package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// orgRoutes are an organisation's pages for its own members. Which organisation it is
// says the caller's membership, and no part of an address.
func (s *server) orgRoutes() []route {
	return []route{
		get("/org", colleague, s.orgPage),
		get("/org/settings", trusted, s.settingsPage),
		post("/org/settings", trusted, s.setSettings),
		get("/org/history", colleague, s.deedsPage),
		get("/org/members", colleague, s.membersPage),
		get("/org/members/:member", trusted, s.memberPage),
		post("/org/members/:member", trusted, s.setMember),
		post("/org/members/:member/confirm", manager, s.confirmMember),
		post("/org/members/:member/decline", manager, s.declineMember),
		post("/org/members/:member/reset", trusted, s.resetMember),
		post("/org/members/:member/key", trusted, s.replaceKey),
		post("/org/members/:member/end", trusted, s.endMember),
		get("/org/invitations", manager, s.invitationsPage),
		post("/org/invitations", manager, s.invite),
		post("/org/invitations/:id/revoke", manager, s.revokeInvitation),
	}
}

func (s *server) orgPage(c echo.Context) error {
	ctx := c.Request().Context()
	who := callerOf(ctx)
	org := who.identity.Org
	o, err := s.Index.Organisation(ctx, index.Viewer{Org: org}, org)
	if err != nil {
		return err
	}
	v := &web.Org{Kind: o.Kind, Since: o.AdmittedAt, Admin: who.authority.may(ledger.RoleAdmin)}
	if v.Name, err = s.orgName(ctx, org); err != nil {
		return err
	}
	if p := o.Profile; p != nil {
		v.About, v.Address, v.Phone, v.Web = p.Description, p.Address, p.Phone, p.Web
	}
	if v.Complaints, v.Answers, err = s.openComplaints(c); err != nil {
		return err
	}
	if v.Requests, v.Responds, err = s.openRequests(ctx); err != nil {
		return err
	}
	v.Picture = s.orgPortrait(c, o)
	v.Publishes = who.authority.may(ledger.RolePublisher)
	v.Recalls, v.Certifies = who.authority.may(ledger.RoleRecaller), who.authority.may(ledger.RoleRecorder) && attests(who.authority.Kind)
	held, _, err := s.Index.CertificatesFor(org, index.Page{Limit: certificatesOnPage})
	if err != nil {
		return err
	}
	if v.Certificates, err = s.certificateLines(ctx, held); err != nil {
		return err
	}
	prefixes, err := s.Index.Prefixes(ctx, org)
	if err != nil {
		return err
	}
	for _, p := range prefixes {
		if p.Issuer != "" {
			v.Issuers = append(v.Issuers, p.Issuer)
		} else {
			v.Prefixes = append(v.Prefixes, p.GS1)
		}
	}
	list, err := s.office.Colleagues(ctx, org)
	if err != nil {
		return err
	}
	for _, m := range list {
		switch {
		case m.Waits && v.Admin:
			v.Waiting++
		case !m.Waits && !m.Gone():
			v.Members++
		}
	}
	if v.Admin {
		open, err := s.Accounts.Invitations(ctx, org)
		if err != nil {
			return err
		}
		settings, err := s.Accounts.OrgSettings(ctx, org)
		if err != nil {
			return err
		}
		v.Invitations, v.TwoFactors = uint64(len(open)), settings.SecondFactor
	}
	return show(s, c, http.StatusOK, s.pages.Org, v)
}

func (s *server) settingsPage(c echo.Context) error {
	ctx := c.Request().Context()
	settings, err := s.Accounts.OrgSettings(ctx, callerOf(ctx).identity.Org)
	if err != nil {
		return err
	}
	return show(s, c, http.StatusOK, s.pages.OrgSettings, &web.OrgSettings{TwoFactors: settings.SecondFactor})
}

func (s *server) setSettings(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if err := s.Accounts.SetOrgSettings(ctx, callerOf(ctx).identity.Org, account.OrgSettings{SecondFactor: form.Get("two") != ""}); err != nil {
		return err
	}
	return done(c, "/org", "saved")
}

// deedsOnPage is how many lines of a history a page shows.
const deedsOnPage = 30

// deedsPage is who did what: for an administrator of everybody, for others what they
// did themselves.
func (s *server) deedsPage(c echo.Context) error {
	ctx := c.Request().Context()
	who := callerOf(ctx)
	v := &web.Deeds{Admin: who.authority.may(ledger.RoleAdmin)}
	member := who.identity.Member
	if v.Admin {
		member = ledger.ID{}
		if text := c.QueryParam("member"); text != "" {
			m, err := s.colleague(c, text)
			if err != nil {
				return err
			}
			member = m.Member
		}
	}
	list, next, err := s.office.History(ctx, who.identity.Org, member, index.Page{Token: c.QueryParam("page"), Limit: deedsOnPage})
	if err != nil {
		return err
	}
	if next != "" {
		q := url.Values{"page": {next}}
		if v.Admin && !member.IsZero() {
			q.Set("member", member.String())
		}
		v.Next = "/org/history?" + q.Encode()
	}
	for _, d := range list {
		line, err := s.deed(ctx, who, d)
		if err != nil {
			return err
		}
		v.List = append(v.List, line)
	}
	return show(s, c, http.StatusOK, s.pages.Deeds, v)
}

func (s *server) deed(ctx context.Context, who *caller, d office.Deed) (web.Deed, error) {
	h := d.Entry.Tx.Header
	line := web.Deed{
		At: d.Entry.Time, Who: d.Name, Mine: d.Member == who.identity.Member, What: h.Contract + "." + h.Action, Words: h.Summary,
		N: len(d.Entry.Tx.Items), Steps: d.Steps, About: d.About, Receipt: "/api/v1/receipts/" + strconv.FormatUint(d.Entry.Index, 10),
	}
	if line.Who == "" && d.Org != who.identity.Org { // on a member's behalf
		name, err := s.Index.Organisation(ctx, index.Viewer{}, d.Org)
		if err != nil {
			return line, err
		}
		if name.Profile != nil {
			line.Who = name.Profile.Name.VI
		}
	}
	return line, nil
}

// colleague is a member of the caller's organisation, by the identifier in an address.
func (s *server) colleague(c echo.Context, text string) (*office.Colleague, error) {
	member, err := ledger.ParseID(text)
	if err != nil {
		return nil, ledger.Errorf(ledger.NotFound, "there is no such member")
	}
	ctx := c.Request().Context()
	return s.office.Colleague(ctx, callerOf(ctx).identity.Org, member)
}

func (s *server) membersPage(c echo.Context) error {
	ctx := c.Request().Context()
	who := callerOf(ctx)
	v := &web.Colleagues{Admin: who.authority.may(ledger.RoleAdmin)}
	list, err := s.office.Colleagues(ctx, who.identity.Org)
	if err != nil {
		return err
	}
	for _, m := range list {
		if v.Admin || !m.Waits {
			v.List = append(v.List, asColleague(m, who))
		}
	}
	return show(s, c, http.StatusOK, s.pages.Colleagues, v)
}

func asColleague(m *office.Colleague, who *caller) web.Colleague {
	v := web.Colleague{
		ID: m.Member.String(), Name: m.Name, Roles: m.Roles, Custody: string(m.Custody),
		Waits: m.Waits, Gone: m.Gone(), Me: m.Member == who.identity.Member,
	}
	if m.On != nil {
		v.Since, v.Suspended = m.On.Since, m.On.Suspended
	}
	if m.Last != nil {
		v.Last = m.Last.Time
	}
	return v
}

func (s *server) memberPage(c echo.Context) error {
	m, err := s.colleague(c, c.Param("member"))
	if err != nil {
		return err
	}
	return s.showMember(c, http.StatusOK, m, web.Form{})
}

func (s *server) showMember(c echo.Context, code int, m *office.Colleague, f web.Form) error {
	v := &web.Member{Colleague: asColleague(m, callerOf(c.Request().Context())), Form: f}
	if m.On != nil && m.On.Changed != nil {
		v.Why, v.Changed = m.On.Changed.Reason, m.On.Changed.Time
	}
	v.Lost = m.On != nil && !m.Account.IsZero() && m.Custody != account.AtNode
	return show(s, c, code, s.pages.Member, v)
}

// refuseMember shows a member's page again with why something was not done.
func (s *server) refuseMember(c echo.Context, m *office.Colleague, form url.Values, err error) error {
	f, code, fault := again(c, form, err)
	if fault != nil {
		return fault
	}
	if e := asError(err); e.Code == ledger.Conflict && lastName(e.Field) == "items[0]" {
		f.Wrong = map[string]string{"": "lastadmin"} // all else that a contract says of members has a field
	}
	return s.showMember(c, code, m, f)
}

// change does something with the member of an address, and says so on the page that
// follows.
func (s *server) change(c echo.Context, to, what string, do func(*office.Colleague, url.Values) error) error {
	m, err := s.colleague(c, c.Param("member"))
	if err != nil {
		return err
	}
	form, err := typed(c)
	if err != nil {
		return err
	}
	if err := do(m, form); err != nil {
		return s.refuseMember(c, m, form, err)
	}
	return done(c, to, what)
}

func (s *server) setMember(c echo.Context) error {
	ctx := c.Request().Context()
	return s.change(c, "/org/members/"+c.Param("member"), "member_changed", func(m *office.Colleague, form url.Values) error {
		change := trace.MemberChange{Member: m.Member, Suspended: form.Get("suspended") != "", Reason: form.Get("reason")}
		for _, r := range form["roles"] {
			change.Roles = append(change.Roles, ledger.Role(r))
		}
		if len(change.Roles) == 0 {
			return ledger.FieldErrorf(ledger.Invalid, "roles", "there is at least one")
		}
		return s.office.SetMember(ctx, callerOf(ctx).identity, change)
	})
}

func (s *server) confirmMember(c echo.Context) error {
	ctx := c.Request().Context()
	return s.change(c, "/org/members", "member_confirmed", func(m *office.Colleague, _ url.Values) error {
		return s.office.Confirm(ctx, callerOf(ctx).identity, m.Member)
	})
}

func (s *server) declineMember(c echo.Context) error {
	ctx := c.Request().Context()
	return s.change(c, "/org/members", "member_declined", func(m *office.Colleague, _ url.Values) error {
		return s.office.Decline(ctx, callerOf(ctx).identity, m.Member, s.by(c))
	})
}

// by is where a request came from that is about somebody else's account.
func (s *server) by(c echo.Context) account.From {
	from := s.from(c)
	from.By = callerOf(c.Request().Context()).person.ID
	return from
}

func (s *server) endMember(c echo.Context) error {
	ctx := c.Request().Context()
	who := callerOf(ctx)
	to, what := "/org/members", "member_ended"
	if who.identity.Member.String() == c.Param("member") {
		to, what = "/me", "left"
	}
	return s.change(c, to, what, func(m *office.Colleague, form url.Values) error {
		return s.office.EndMembership(ctx, who.identity, m.Member, form.Get("reason"), s.by(c))
	})
}

// replaceKey gives a member who lost theirs another key.
func (s *server) replaceKey(c echo.Context) error {
	ctx := c.Request().Context()
	return s.change(c, "/org/members/"+c.Param("member"), "member_key", func(m *office.Colleague, form url.Values) error {
		by := callerOf(ctx).identity
		return s.office.ReplaceLost(ctx, by, by.Org, m.Member, reasonIn(form), s.by(c))
	})
}

func (s *server) resetMember(c echo.Context) error {
	m, err := s.colleague(c, c.Param("member"))
	if err != nil {
		return err
	}
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	secret, err := s.office.ResetLink(ctx, callerOf(ctx).identity, m.Member, form.Get("codes") != "", s.by(c))
	if err != nil {
		return s.refuseMember(c, m, form, err)
	}
	return s.hand(c, m.Name, secret, "/org/members")
}

// linkTo is the address of an account's link, and what it is.
func (s *server) linkTo(ctx context.Context, path, secret string) (string, account.Link, error) {
	l, _, err := s.Accounts.AccountLink(ctx, secret)
	return s.PublicURL + path + secret, l, err
}
