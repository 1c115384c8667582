package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

func (s *server) directoryRoutes() []route {
	const one = "/desk/organisations/:id"
	return slices.Concat(
		[]route{
			get("/desk/organisations", operator, s.organisationsPage),
			get(one, operator, s.organisationPage),
		},
		s.decision(one+"/suspend", s.suspending),
		s.decision(one+"/reinstate", s.reinstating),
		s.decision(one+"/prefix", s.assigning),
		s.decision(one+"/host", s.hosting),
		s.decision(one+"/revoke", s.revoking),
		s.decision(one+"/key", s.replacing),
	)
}

// Bounds of a part of the organisations.
const (
	deskRows = 30    // after which a part ends
	deskLook = 3_000 // organisations that are looked at for one part
)

// organisationsPage lists organisations in the order of their admission. A search
// looks at names, codes and identifiers.
func (s *server) organisationsPage(c echo.Context) error {
	ctx := c.Request().Context()
	v := &web.DeskOrgs{Search: strings.TrimSpace(c.QueryParam("q")), State: c.QueryParam("state"), Kind: c.QueryParam("kind")}
	words := strings.Fields(ledger.Fold(v.Search))
	page := index.Page{Token: c.QueryParam("from"), Limit: deskRows}
	for looked := 0; looked < deskLook && len(v.List) < deskRows; looked += page.Limit {
		list, next, err := s.Index.Organisations(ctx, viewerOf(ctx), page)
		if err != nil {
			return err
		}
		for _, o := range list {
			p, err := s.deskPartyOf(ctx, o)
			if err != nil {
				return err
			}
			if v.Kind != "" && string(o.Kind) != v.Kind || v.State == "suspended" && o.Suspended == nil || v.State == "standing" && o.Suspended != nil {
				continue
			}
			said := ledger.Fold(strings.Join([]string{p.Name.VI, p.Name.EN, p.Code, p.Phone, o.ID.String(), p.Commune.VI}, " "))
			if slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(said, w) }) {
				continue
			}
			v.List = append(v.List, web.DeskOrgRow{ID: o.ID.String(), Party: p, Suspended: o.Suspended != nil, Since: o.AdmittedAt})
		}
		if page.Token = next; next == "" {
			break
		}
	}
	if page.Token != "" {
		q := url.Values{"from": {page.Token}}
		for name, value := range map[string]string{"q": v.Search, "state": v.State, "kind": v.Kind} {
			if value != "" {
				q.Set(name, value)
			}
		}
		v.Next = "/desk/organisations?" + q.Encode()
	}
	return show(s, c, http.StatusOK, s.pages.DeskOrgs, v)
}

// deskOrg reads the organisation that an address names.
func (s *server) deskOrg(c echo.Context) (*index.Organisation, web.Party, error) {
	id, err := idParam(c)
	if err != nil {
		return nil, web.Party{}, err
	}
	ctx := c.Request().Context()
	o, err := s.Index.Organisation(ctx, viewerOf(ctx), id)
	if err != nil {
		return nil, web.Party{}, err
	}
	p, err := s.deskPartyOf(ctx, o)
	return o, p, err
}

// How many members, and places and products, of an organisation its page shows.
const (
	deskMembersShown = 50
	deskThingsShown  = 20
)

func (s *server) organisationPage(c echo.Context) error {
	o, p, err := s.deskOrg(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	v := &web.DeskOrg{
		DeskOrgRow: web.DeskOrgRow{ID: o.ID.String(), Party: p, Suspended: o.Suspended != nil, Since: o.AdmittedAt},
		Entry:      o.Entry, Operator: o.Kind == ledger.KindOperator, Host: o.Host, Shared: s.Ledger.Genesis().Host != "",
	}
	if o.Suspended != nil {
		v.Reason, v.Stood = o.Suspended.Reason, o.Stood
	}
	if o.Profile != nil {
		v.About = o.Profile.Description
	}
	if v.Members, v.MoreMembers, err = s.deskMembers(ctx, o.ID); err != nil {
		return err
	}
	prefixes, err := s.Index.Prefixes(ctx, o.ID)
	if err != nil {
		return err
	}
	for _, x := range prefixes {
		if x.GS1 != "" {
			v.GS1 = append(v.GS1, x.GS1)
		} else {
			v.Issuers = append(v.Issuers, x.Issuer)
		}
	}
	if err := s.deskThings(ctx, v, o.ID); err != nil {
		return err
	}
	entries, _, err := s.Index.EntriesOf(ctx, viewerOf(ctx), o.ID, index.Page{Limit: deskLast})
	if err != nil {
		return err
	}
	if v.Records, err = s.deskRecords(ctx, entries); err != nil {
		return err
	}
	return show(s, c, http.StatusOK, s.pages.DeskOrg, v)
}

// deskMembers lists the first members of an organisation in the order of their
// enrolment; more says whether there are others.
func (s *server) deskMembers(ctx context.Context, org ledger.ID) (list []web.DeskMember, more bool, err error) {
	members, next, err := s.Index.Members(ctx, viewerOf(ctx), org, index.Page{Limit: deskMembersShown})
	if err != nil {
		return nil, false, err
	}
	people, err := s.Accounts.Colleagues(ctx, org)
	if err != nil {
		return nil, false, err
	}
	names := map[ledger.ID]string{}
	for _, a := range people {
		for _, m := range a.Members {
			names[m.Member] = a.Name
		}
	}
	for _, m := range members {
		one := web.DeskMember{Name: names[m.ID], Roles: m.Roles, Suspended: m.Suspended}
		lost := one.Name != "" && slices.Contains(m.Roles, ledger.RoleAdmin)
		if m.Suspended && m.Changed != nil {
			one.Reason = m.Changed.Reason
		}
		for _, k := range m.Keys {
			key := web.DeskKey{Address: k.Key.String(), Since: k.Time}
			if k.Revoked != nil {
				key.Revoked, key.Reason, key.Replaced = k.Revoked.Time, k.Revoked.Reason, !k.Revoked.By.IsZero()
			}
			known, err := s.Accounts.Identity(k.Key)
			switch {
			case err == nil:
				key.Custody = string(known.Custody)
				lost = lost && known.Custody != account.AtNode
			case ledger.CodeOf(err) != ledger.NotFound:
				return nil, false, err
			}
			one.Keys = append(one.Keys, key)
		}
		if lost {
			one.Lost = m.ID.String()
		}
		list = append(list, one)
	}
	return list, next != "", nil
}

func (s *server) deskThings(ctx context.Context, v *web.DeskOrg, org ledger.ID) error {
	communes, err := s.communes(ctx)
	if err != nil {
		return err
	}
	pr := &presenter{server: s, communes: communes}
	page := index.Page{Limit: deskThingsShown}
	places, more, err := s.Index.Places(ctx, viewerOf(ctx), org, page)
	if err != nil {
		return err
	}
	for _, x := range places {
		one := web.DeskThing{Code: codeText(x.ID), Path: x.ID.Path(), Kind: x.Kind, Commune: pr.communeText(x.Commune)}
		if x.Profile != nil {
			one.Name = x.Profile.Name
		}
		v.Places = append(v.Places, one)
	}
	products, evenMore, err := s.Index.Products(ctx, viewerOf(ctx), org, page)
	if err != nil {
		return err
	}
	for _, x := range products {
		one := web.DeskThing{Code: codeText(x.ID), Path: x.ID.Path()}
		if x.Profile != nil {
			one.Name = x.Profile.Name
		}
		v.Products = append(v.Products, one)
	}
	v.More = more != "" || evenMore != ""
	return nil
}

// onOrganisation begins a decision about an organisation.
func (s *server) onOrganisation(c echo.Context, name string) (*act, ledger.ID, error) {
	o, p, err := s.deskOrg(c)
	if err != nil {
		return nil, ledger.ID{}, err
	}
	return &act{name: name, who: p.Name, back: "/desk/organisations/" + o.ID.String(), fields: []web.Field{reasonField}}, o.ID, nil
}

func (s *server) suspending(c echo.Context) (*act, error) {
	a, org, err := s.onOrganisation(c, "suspend")
	if err != nil {
		return nil, err
	}
	a.danger = true
	a.do = func(ctx context.Context, by *account.Identity, form url.Values) error {
		return s.office.Suspend(ctx, by, org, reasonIn(form))
	}
	return a, nil
}

func (s *server) reinstating(c echo.Context) (*act, error) {
	a, org, err := s.onOrganisation(c, "reinstate")
	if err != nil {
		return nil, err
	}
	a.do = func(ctx context.Context, by *account.Identity, form url.Values) error {
		return s.office.Reinstate(ctx, by, org, reasonIn(form))
	}
	return a, nil
}

// assigning gives an organisation a GS1 prefix on evidence, or another issuer of
// codes.
func (s *server) assigning(c echo.Context) (*act, error) {
	a, org, err := s.onOrganisation(c, "prefix")
	if err != nil {
		return nil, err
	}
	a.fields = []web.Field{{Name: "gs1", Mode: "numeric", Max: 12}, {Name: "evidence", Type: "textarea", Max: 500}, {Name: "issuer", Max: 4}}
	a.do = func(ctx context.Context, by *account.Identity, form url.Values) error {
		_, err := s.office.Direct(ctx, by, trace.ActionPrefix, trace.Prefix{
			Org: org, GS1: strings.TrimSpace(form.Get("gs1")), Issuer: strings.ToUpper(strings.TrimSpace(form.Get("issuer"))), Evidence: strings.TrimSpace(form.Get("evidence")),
		})
		return err
	}
	return a, nil
}

// hosting names the member of the channel whose nodes submit for an organisation,
// on a register that is on several hosts.
func (s *server) hosting(c echo.Context) (*act, error) {
	if s.Ledger.Genesis().Host == "" {
		return nil, ledger.Errorf(ledger.NotFound, "this register is on one node")
	}
	a, org, err := s.onOrganisation(c, "host")
	if err != nil {
		return nil, err
	}
	a.fields = []web.Field{{Name: "host", Max: 60}, reasonField}
	a.do = func(ctx context.Context, by *account.Identity, form url.Values) error {
		_, err := s.office.Direct(ctx, by, trace.ActionHost, trace.Hosting{Org: org, Host: strings.TrimSpace(form.Get("host")), Reason: reasonIn(form)})
		return err
	}
	return a, nil
}

// revoking ends a key that is named in the query.
func (s *server) revoking(c echo.Context) (*act, error) {
	a, org, err := s.onOrganisation(c, "revoke")
	if err != nil {
		return nil, err
	}
	key, err := ledger.ParseAddress(c.QueryParam("key"))
	if err != nil {
		return nil, ledger.Errorf(ledger.NotFound, "there is no such key")
	}
	known, err := s.Index.Key(c.Request().Context(), key)
	if err != nil {
		return nil, err
	}
	if known.Org != org {
		return nil, ledger.Errorf(ledger.NotFound, "the organisation has no such key")
	}
	a.danger, a.facts = true, []web.Fact{{Label: "key", Value: key.String()}}
	a.do = func(ctx context.Context, by *account.Identity, form url.Values) error {
		_, err := s.office.Direct(ctx, by, trace.ActionRevoke, trace.KeyRevocation{Key: key, Reason: reasonIn(form)})
		return err
	}
	return a, nil
}

// replacing gives an administrator of an organisation, named in the query, another key
// in the place of the one they lost: others than administrators turn to theirs.
func (s *server) replacing(c echo.Context) (*act, error) {
	a, org, err := s.onOrganisation(c, "key")
	if err != nil {
		return nil, err
	}
	ctx := c.Request().Context()
	member, err := ledger.ParseID(c.QueryParam("member"))
	if err != nil {
		return nil, ledger.Errorf(ledger.NotFound, "there is no such member")
	}
	m, err := s.office.Colleague(ctx, org, member)
	if err != nil {
		return nil, err
	}
	if m.On == nil || !slices.Contains(m.On.Roles, ledger.RoleAdmin) {
		return nil, ledger.FieldErrorf(ledger.Forbidden, "member", "does not administer the organisation, whose administrators give them another key")
	}
	a.danger, a.facts = true, []web.Fact{{Label: "member", Value: m.Name}}
	a.do = func(ctx context.Context, by *account.Identity, form url.Values) error {
		return s.office.ReplaceLost(ctx, by, org, member, reasonIn(form), s.by(c))
	}
	return a, nil
}
