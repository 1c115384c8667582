package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/catalog"
	"github.com/sogoc/sogoc/trace"
)

// listingRoutes are where an organisation prepares and publishes data. Whose
// organisation is not admitted yet prepares only.
func (s *server) listingRoutes() []route {
	const one = "/data/:id"
	return slices.Concat([]route{
		get(one+"/offer", releasing, s.offerForm),
		post(one+"/offer", releasing, s.makeOffer),
		get("/data", person, s.listingsPage),
		get("/data/new", person, s.newListing),
		post("/data/new", person, s.beginListing),
		get(one, person, s.listingPage),
		post(one+"/next", publisher, s.nextListing),
		get(one+"/what", person, s.listingWhat),
		post(one+"/what", person, s.saveWhat),
		post(one+"/drop", person, s.dropListing),
		get(one+"/files", person, s.listingFiles),
		post(one+"/files", person, s.saveFiles),
		post(one+"/files/:upload/remove", person, s.removeFile),
		post(one+"/files/:upload/mask", person, s.maskFile),
		get(one+"/files/:upload/sum", person, s.sumForm),
		post(one+"/files/:upload/sum", person, s.sumFile),
		post(one+"/uploads", person, s.beginUpload),
		get(one+"/uploads/:upload", person, s.uploadState),
		{http.MethodPatch, one + "/uploads/:upload", person, s.appendUpload},
		post(one+"/copies/:copy/remove", person, s.removeCopy),
		get(one+"/found", person, s.listingFound),
		post(one+"/contest", publisher, s.contestListing),
		get(one+"/law", person, s.listingLaw),
		post(one+"/law", person, s.saveLaw),
		get(one+"/publish", person, s.listingCheck),
		post(one+"/publish", releasing, s.publishListing),
	}, s.deciding(releasing, one+"/offers/:offer/retract", s.retracting))
}

// stall is the organisation that a person prepares data for: the one that they act for
// and may publish in the name of, or the one that they applied for.
func (s *server) stall(ctx context.Context) (org ledger.ID, admitted bool, err error) {
	who := callerOf(ctx)
	if who.identity != nil && who.authority.may(ledger.RolePublisher) {
		return who.identity.Org, true, nil
	}
	all, err := s.Accounts.Applications(ctx, who.person.ID)
	if err != nil {
		return org, false, err
	}
	for _, a := range all {
		if a.State != account.Admitted && who.identity == nil {
			return a.Org, false, nil
		}
	}
	return org, false, ledger.Errorf(ledger.Forbidden, "this needs the role %q in an organisation", ledger.RolePublisher)
}

// listingOf is the draft that an address names, of the caller's organisation.
func (s *server) listingOf(c echo.Context) (account.Listing, error) {
	id, err := idParam(c)
	if err != nil {
		return account.Listing{}, err
	}
	ctx := c.Request().Context()
	org, _, err := s.stall(ctx)
	if err != nil {
		return account.Listing{}, err
	}
	return s.office.Listing(ctx, org, id)
}

func (s *server) listingsPage(c echo.Context) error {
	ctx := c.Request().Context()
	org, admitted, err := s.stall(ctx)
	if err != nil {
		return err
	}
	v := &web.Listings{Waiting: !admitted}
	drafts, err := s.office.Listings(ctx, org)
	if err != nil {
		return err
	}
	for _, l := range drafts {
		v.Drafts = append(v.Drafts, draftLine(l))
	}
	all, err := s.Catalog.Of(ctx, org)
	if err != nil {
		return err
	}
	for _, d := range slices.Backward(all) {
		v.Public = append(v.Public, listingLine(d))
	}
	return show(s, c, http.StatusOK, s.pages.Listings, v)
}

func draftPath(l account.Listing) string { return "/data/" + l.Release.Dataset.String() }

func draftLine(l account.Listing) web.ListingLine {
	line := web.ListingLine{
		Path: draftPath(l) + "/what", Title: l.About.Title, Version: l.Release.Version, Access: accessName(l.Release.Access),
		State: "draft", At: ledger.TimeOf(l.Changed), Gaps: len(l.Missing()),
	}
	switch {
	case l.Contested != "":
		line.State = "contested"
	case found(l) && l.Cleared == "":
		line.State = "stopped"
	case line.Gaps == 0:
		line.State = "ready"
	}
	return line
}

// found reports whether something in a listing's files looks like personal data.
func found(l account.Listing) bool {
	return slices.ContainsFunc(l.Files, func(f account.ListedFile) bool { return len(f.Found) > 0 })
}

func accessName(a market.Access) string {
	if a == market.Open {
		return "open"
	}
	return string(a)
}

func kindName(k market.Kind) string {
	if k == market.Files {
		return "files"
	}
	return string(k)
}

// listingLine is a published dataset as its provider sees it.
func listingLine(d catalog.Dataset) web.ListingLine {
	line := web.ListingLine{
		Path: "/data/" + d.Release.Dataset.String(), Title: trace.Text{VI: d.Release.Dataset.String()}, Version: d.Version,
		Access: accessName(d.Access), State: string(d.Standing), At: d.Published,
	}
	if d.About != nil {
		line.Title = d.About.Title
	}
	if d.Standing == market.Unjudged {
		line.State = "pending"
		if d.Access == market.Open {
			line.State = "shown"
		}
	}
	return line
}

// listingPage is a published dataset of the caller's organisation; of one that is being
// prepared for the first time it leads to the draft.
func (s *server) listingPage(c echo.Context) error {
	id, err := idParam(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	org, _, err := s.stall(ctx)
	if err != nil {
		return err
	}
	draft, err := s.office.Listing(ctx, org, id)
	if ignoreNotFound(err) != nil {
		return err
	}
	next := ""
	if err == nil {
		next = draftPath(draft) + "/what"
	}
	d, err := s.Catalog.Known(ctx, id)
	if ledger.CodeOf(err) == ledger.NotFound && next != "" {
		return c.Redirect(http.StatusSeeOther, next)
	}
	if err != nil {
		return err
	}
	if d.Org != org {
		return ledger.Errorf(ledger.NotFound, "there is nothing at this address")
	}
	v := &web.Listing{ListingLine: listingLine(d), ID: id.String(), Next: next, Page: "/datasets/" + id.String()}
	if d.Standing == market.Delisted {
		v.Page = ""
	}
	if d.Judged != nil && d.Standing != market.Unjudged {
		v.Reason, v.Judged = d.Judged.Reason, d.Judged.Time
	}
	v.Offered = d.Access == market.Agreed && d.Statement != nil && d.Standing != market.Refused && d.Standing != market.Delisted
	v.Service = d.Release.Kind == market.API
	if v.Offers, err = s.offersOf(ctx, d); err != nil {
		return err
	}
	return show(s, c, http.StatusOK, s.pages.Listing, v)
}

func (s *server) nextListing(c echo.Context) error {
	id, err := idParam(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	l, err := s.office.NextVersion(ctx, identityOf(ctx), id)
	if err != nil && ledger.CodeOf(err) != ledger.Conflict {
		return err
	}
	if err != nil {
		return done(c, "/data/"+id.String()+"/what", "")
	}
	return done(c, draftPath(l)+"/what", "")
}

// head is what every page of a draft begins with.
func head(l account.Listing, here string) web.ListingHead {
	h := web.ListingHead{Path: draftPath(l), Title: l.About.Title, Version: l.Release.Version}
	missing := l.Missing()
	for _, step := range market.Stages {
		one := web.ListingStep{Name: string(step), Path: h.Path + "/" + string(step), Here: here == string(step)}
		for _, g := range missing {
			if g.Stage == step {
				one.Gaps++
			}
		}
		h.Steps = append(h.Steps, one)
	}
	return web.ListingHead{Path: h.Path, Title: h.Title, Version: h.Version, Steps: append(h.Steps, web.ListingStep{Name: "check", Path: h.Path + "/publish", Gaps: len(missing), Here: here == "check"})}
}

func (s *server) newListing(c echo.Context) error {
	if _, _, err := s.stall(c.Request().Context()); err != nil {
		return err
	}
	f := web.Form{Values: url.Values{"kind": {"files"}, "access": {"open"}}}
	return s.askWhat(c, http.StatusOK, nil, f)
}

func (s *server) askWhat(c echo.Context, code int, l *account.Listing, f web.Form) error {
	v := &web.ListingWhat{Form: f, Action: "/data/new", Themes: market.Themes, Kinds: []string{"files", "api", "service"}}
	if l != nil {
		v.Head, v.Action = head(*l, string(market.StageWhat)), draftPath(*l)+"/what"
		if l.Release.Version > 1 {
			v.Kinds = nil
		}
	}
	return show(s, c, code, s.pages.ListingWhat, v)
}

func (s *server) listingWhat(c echo.Context) error {
	l, err := s.listingOf(c)
	if err != nil {
		return err
	}
	f := web.Form{Values: url.Values{
		"title": {l.About.Title.VI}, "summary": {l.About.Summary.VI}, "theme": {first(l.About.Themes)},
		"kind": {kindName(l.Release.Kind)}, "access": {accessName(l.Release.Access)}, "contact": {reachOf(l.About.Contact)},
	}}
	return s.askWhat(c, http.StatusOK, &l, f)
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func reachOf(c *market.Contact) string {
	switch {
	case c == nil:
		return ""
	case c.Email != "":
		return c.Email
	}
	return c.Phone
}

// what reads the first form into a listing.
func (s *server) what(ctx context.Context, l *account.Listing, form url.Values) error {
	title, err := words(form, "title", 150)
	if err == nil && title == "" {
		err = ledger.FieldErrorf(ledger.Invalid, "title", "is missing")
	}
	if err != nil {
		return err
	}
	summary, err := words(form, "summary", 1000)
	if err != nil {
		return err
	}
	l.About.Title.VI, l.About.Summary.VI = title, summary
	l.About.Themes = nil
	if theme := form.Get("theme"); slices.Contains(market.Themes, theme) {
		l.About.Themes = []string{theme}
	}
	if l.Release.Version == 1 {
		kind := map[string]market.Kind{"files": market.Files, "api": market.API, "service": market.Service}
		k, ok := kind[form.Get("kind")]
		if !ok {
			return ledger.FieldErrorf(ledger.Invalid, "kind", "is none of those offered")
		}
		l.Release.Kind = k
	}
	access := map[string]market.Access{"open": market.Open, "agreed": market.Agreed, "listed": market.Listed}
	a, ok := access[form.Get("access")]
	if !ok {
		return ledger.FieldErrorf(ledger.Invalid, "access", "is none of those offered")
	}
	if l.Release.Access != a && !slices.Contains(market.LicencesFor(a), l.Release.Licence) {
		l.Release.Licence = ""
	}
	l.Release.Access = a
	l.About.Contact, err = s.unit(ctx, l.Org, strings.TrimSpace(form.Get("contact")))
	return err
}

// unit is who answers questions: an organisation, where it is reached.
func (s *server) unit(ctx context.Context, org ledger.ID, reach string) (*market.Contact, error) {
	if reach == "" {
		return nil, nil
	}
	name, err := s.orgName(ctx, org)
	if ignoreNotFound(err) != nil {
		return nil, err
	}
	if email, err := account.ParseEmail(reach); err == nil {
		return &market.Contact{Name: name.VI, Email: email}, nil
	}
	phone, err := account.ParsePhone(reach)
	if err != nil {
		return nil, ledger.FieldErrorf(ledger.Invalid, "contact", "is neither an e-mail address nor a telephone number")
	}
	return &market.Contact{Name: name.VI, Phone: phone}, nil
}

// words are what was typed into a field, within bounds.
func words(form url.Values, name string, most int) (string, error) {
	text := strings.TrimSpace(strings.ReplaceAll(form.Get(name), "\r\n", "\n"))
	if !utf8.ValidString(text) || utf8.RuneCountInString(text) > most {
		return "", ledger.FieldErrorf(ledger.Invalid, name, "has more than %d characters", most)
	}
	return text, nil
}

func (s *server) beginListing(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	org, _, err := s.stall(ctx)
	if err != nil {
		return err
	}
	l := account.Listing{Org: org, By: callerOf(ctx).person.ID, Release: market.Release{Dataset: ledger.NewID(), Version: 1}}
	if err = s.what(ctx, &l, form); err == nil {
		l, err = s.Accounts.BeginListing(ctx, l)
	}
	if err != nil {
		return retyped(c, form, err, asking(s.askWhat, nil))
	}
	return done(c, draftPath(l)+"/files", "data_saved")
}

func (s *server) saveWhat(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	l, err := s.listingOf(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	changed, err := s.Accounts.ChangeListing(ctx, l.Org, l.Release.Dataset, func(l *account.Listing) error { return s.what(ctx, l, form) })
	if err != nil {
		return retyped(c, form, err, asking(s.askWhat, &l))
	}
	return done(c, draftPath(changed)+"/files", "data_saved")
}

func (s *server) dropListing(c echo.Context) error {
	l, err := s.listingOf(c)
	if err != nil {
		return err
	}
	if err := s.stopCopies(l, ledger.ID{}); err != nil {
		return err
	}
	if err := s.office.DropListing(c.Request().Context(), l.Org, l.Release.Dataset); err != nil {
		return err
	}
	return done(c, "/data", "data_dropped")
}
