package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// certificateRoutes are what certifiers and agencies attest, and what everybody reads
// of it.
func (s *server) certificateRoutes() []route {
	const one = "/certificates/:id"
	return slices.Concat(
		[]route{
			get("/certificates", attester, s.certificatesPage),
			get("/certificates/new", attesting, s.certificateForm),
			post("/certificates/new", attesting, s.certify),
			get(one, anyone, s.certificatePage),
		},
		s.deciding(attesting, one+"/suspend", s.stepping("suspend_certificate", trace.CertificateSuspended)),
		s.deciding(attesting, one+"/reinstate", s.stepping("reinstate_certificate", trace.CertificateReinstated)),
		s.deciding(attesting, one+"/revoke", s.stepping("revoke_certificate", trace.CertificateRevoked)),
	)
}

// mustAttest refuses who is of no organisation that attests; the contract does so too.
func mustAttest(ctx context.Context) error {
	if !attests(callerOf(ctx).authority.Kind) {
		return ledger.Errorf(ledger.Forbidden, "this is for certifiers and agencies")
	}
	return nil
}

// certificatesOnPage is how many certificates a page lists.
const certificatesOnPage = 50

func (s *server) certificatesPage(c echo.Context) error {
	ctx := c.Request().Context()
	if err := mustAttest(ctx); err != nil {
		return err
	}
	list, next, err := s.Index.CertificatesBy(identityOf(ctx).Org, index.Page{Token: c.QueryParam("page"), Limit: certificatesOnPage})
	if err != nil {
		return err
	}
	v := &web.Certificates{}
	if v.List, err = s.certificateLines(ctx, list); err != nil {
		return err
	}
	if next != "" {
		v.Next = "/certificates?" + url.Values{"page": {next}}.Encode()
	}
	return show(s, c, http.StatusOK, s.pages.Certificates, v)
}

func (s *server) certificateLines(ctx context.Context, list []index.Certificate) (lines []web.CertificateLine, err error) {
	who := s.parties(ctx)
	for i := range list {
		line := certificateLine(&list[i])
		if line.Holder, err = who(list[i].Holder); err != nil {
			return nil, err
		}
		if line.By, err = who(list[i].Issuer); err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	return lines, nil
}

func certificateLine(c *index.Certificate) web.CertificateLine {
	return web.CertificateLine{Certificate: web.Certificate{Certificate: c.Certificate, Page: "/certificates/" + c.Key()}, Now: ledger.TimeOf(time.Now())}
}

// certificateOf is the certificate that an address names.
func (s *server) certificateOf(c echo.Context) (*index.Certificate, error) {
	name, err := param(c, "id")
	if err != nil {
		return nil, err
	}
	return s.Index.Certificate(name)
}

func (s *server) certificatePage(c echo.Context) error {
	found, err := s.certificateOf(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	lines, err := s.certificateLines(ctx, []index.Certificate{*found})
	if err != nil {
		return err
	}
	v := &web.CertificatePage{CertificateLine: lines[0], Since: found.History[0].Time}
	if found.Doc != "" {
		v.Link = "/ipfs/" + found.Doc
	}
	pr := &presenter{server: s, ctx: ctx, viewer: viewerOf(ctx), products: map[trace.ID]*index.Product{}}
	for _, id := range found.Targets {
		one := web.CertificateTarget{Name: pr.lotName(id), Code: codeText(id), Path: id.Path()}
		if p, err := s.Index.Place(ctx, viewerOf(ctx), id); err == nil {
			one.Path, one.Name = "", placeKinds[p.Kind]
			if p.Profile != nil {
				one.Name = p.Profile.Name
			}
		}
		v.Targets = append(v.Targets, one)
	}
	for _, h := range slices.Backward(found.History) {
		v.History = append(v.History, web.CertificateStep{
			Step: string(h.Step), Why: h.Why, At: h.Time, Receipt: "/api/v1/receipts/" + strconv.FormatUint(h.Entry, 10) + "?item=" + strconv.Itoa(h.Item),
		})
	}
	who := callerOf(ctx)
	v.Mine = who.session != nil && who.identity != nil && who.identity.Org == found.Issuer && who.authority.may(ledger.RoleRecorder)
	return show(s, c, http.StatusOK, s.pages.CertificatePage, v)
}

// stepping is a step of a certificate that the caller's organisation issued.
func (s *server) stepping(name string, step trace.CertificateStep) func(echo.Context) (*act, error) {
	return func(c echo.Context) (*act, error) {
		ctx := c.Request().Context()
		if err := mustAttest(ctx); err != nil {
			return nil, err
		}
		found, err := s.certificateOf(c)
		if err != nil {
			return nil, err
		}
		if found.Issuer != identityOf(ctx).Org {
			return nil, ledger.Errorf(ledger.Forbidden, "whoever issued a certificate suspends, reinstates or revokes it")
		}
		holder, err := s.parties(ctx)(found.Holder)
		if err != nil {
			return nil, err
		}
		return &act{
			name: name, who: holder.Name, back: "/certificates/" + found.Key(), danger: step == trace.CertificateRevoked,
			facts: []web.Fact{{Label: "number", Value: found.Number}}, fields: []web.Field{reasonField},
			do: func(ctx context.Context, by *account.Identity, form url.Values) error {
				return s.office.StepCertificate(ctx, by, found, step, reasonIn(form))
			},
		}, nil
	}
}

func (s *server) certificateForm(c echo.Context) error {
	return s.askCertificate(c, http.StatusOK, web.Form{})
}

// holdersFound is how many a search for a holder finds.
const holdersFound = 20

// askCertificate asks whom a certificate is for, and then what it says.
func (s *server) askCertificate(c echo.Context, code int, f web.Form) error {
	ctx := c.Request().Context()
	if err := mustAttest(ctx); err != nil {
		return err
	}
	v := &web.CertificateForm{Form: f, Search: strings.TrimSpace(c.QueryParam("q")), Scheme: c.QueryParam("scheme")}
	if !slices.Contains(trace.Schemes, v.Scheme) {
		v.Scheme = trace.SchemeVietGAP
	}
	holder, err := ledger.ParseID(c.QueryParam("holder"))
	if err != nil {
		if v.Found, err = s.holders(ctx, v.Search); err != nil {
			return err
		}
		for i := range v.Found {
			v.Found[i].Path = "/certificates/new?" + url.Values{"scheme": {v.Scheme}, "holder": {v.Found[i].ID}}.Encode()
		}
		return show(s, c, code, s.pages.CertificateHolder, v)
	}
	o, err := s.Index.Organisation(ctx, viewerOf(ctx), holder)
	if err != nil {
		return err
	}
	if v.Holder, err = s.deskPartyOf(ctx, o); err != nil {
		return err
	}
	v.Action = "/certificates/new?" + url.Values{"scheme": {v.Scheme}, "holder": {holder.String()}}.Encode()
	now := time.Now().In(hanoi)
	v.From, v.Until = now.Format(time.DateOnly), now.AddDate(2, 0, 0).Format(time.DateOnly)
	if err := s.certifiable(ctx, v, holder, string(s.lang(c))); err != nil {
		return err
	}
	return show(s, c, code, s.pages.CertificateForm, v)
}

// holders finds organisations by words of their name, their code or their identifier.
func (s *server) holders(ctx context.Context, search string) (list []web.Holder, err error) {
	words := strings.Fields(ledger.Fold(search))
	page := index.Page{Limit: 200}
	for looked := 0; len(words) > 0 && looked < deskLook && len(list) < holdersFound; looked += page.Limit {
		all, next, err := s.Index.Organisations(ctx, viewerOf(ctx), page)
		if err != nil {
			return nil, err
		}
		for _, o := range all {
			p, err := s.deskPartyOf(ctx, o)
			if err != nil {
				return nil, err
			}
			said := ledger.Fold(strings.Join([]string{p.Name.VI, p.Name.EN, p.Code, o.ID.String()}, " "))
			if o.Kind != ledger.KindOperator && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(said, w) }) && len(list) < holdersFound {
				list = append(list, web.Holder{ID: o.ID.String(), Party: p})
			}
		}
		if page.Token = next; next == "" {
			break
		}
	}
	return list, nil
}

// certifiable lists products and places of an organisation, as a certificate may be about
// them.
func (s *server) certifiable(ctx context.Context, v *web.CertificateForm, org ledger.ID, lang string) error {
	all := func(index.Traits) bool { return true }
	own := func(t index.Traits) bool { return !t.Lent }
	products, found, err := s.offerProducts(ctx, viewerOf(ctx), org, v.Form, "target", own, v.Form.Values["target"]...)
	if err != nil {
		return err
	}
	places, more, err := s.offerPlaces(ctx, viewerOf(ctx), org, v.Form, "target", all, v.Form.Values["target"]...)
	if err != nil {
		return err
	}
	// One field finds both: what one of them lists for want of better says nothing.
	chosen := func(id trace.ID) bool { return slices.Contains(v.Form.Values["target"], id.String()) }
	switch {
	case found.Missing && !more.Missing:
		products, found = slices.DeleteFunc(products, func(p *index.Product) bool { return !chosen(p.ID) }), web.Offer{Name: more.Name, Query: more.Query}
	case more.Missing && !found.Missing:
		places, more = slices.DeleteFunc(places, func(p *index.Place) bool { return !chosen(p.ID) }), web.Offer{Name: found.Name, Query: found.Query}
	}
	v.ThingOffer = web.Offer{
		Name: found.Name, Query: found.Query, Long: found.Long || more.Long, Missing: found.Missing && more.Missing,
		Total: found.Total + more.Total, Shown: found.Shown + more.Shown,
	}
	for _, p := range products {
		o := web.Option{Value: p.ID.String(), Text: codeText(p.ID), Help: codeText(p.ID)}
		if p.Profile != nil {
			o.Text = p.Profile.Name.In(lang)
		}
		v.Things = append(v.Things, o)
	}
	for _, p := range places {
		v.Things = append(v.Things, web.Option{Value: p.ID.String(), Text: placeName(p).In(lang), Help: codeText(p.ID)})
	}
	return nil
}

// certify issues what a form says, with the document that came with it.
func (s *server) certify(c echo.Context) error {
	ctx := c.Request().Context()
	if err := mustAttest(ctx); err != nil {
		return err
	}
	document, err := formFileUpTo(c, "document", office.MaxCertificate+maxForm)
	form := url.Values{}
	if m := c.Request().MultipartForm; m != nil {
		form = url.Values(m.Value)
	}
	if err != nil && lastName(asError(err).Field) == "document" {
		err = nil // a certificate may be on paper alone
	}
	if form.Has("find") {
		return s.askCertificate(c, http.StatusOK, web.Form{Values: form})
	}
	var cert trace.Certificate
	if err == nil {
		cert, err = certificateIn(c, form)
	}
	if err == nil {
		err = s.office.Certify(ctx, identityOf(ctx), cert, document)
	}
	if err != nil {
		f, code, err := again(c, form, err)
		if err != nil {
			return err
		}
		if what, ok := f.Wrong["id"]; ok { // the identifier is made of the number
			f.Wrong = map[string]string{"number": what}
		}
		return s.askCertificate(c, code, f)
	}
	return done(c, "/certificates", "certified")
}

// certificateIn reads a certificate from a form. Its identifier is made of its scheme
// and number, so that an issuer gives a number once.
func certificateIn(c echo.Context, form url.Values) (x trace.Certificate, err error) {
	x = trace.Certificate{Scheme: c.QueryParam("scheme"), Number: strings.TrimSpace(form.Get("number"))}
	x.ID = x.Scheme + "/" + x.Number
	if !slices.Contains(trace.Schemes, x.Scheme) {
		return x, ledger.FieldErrorf(ledger.Invalid, "scheme", "is none of those offered")
	}
	if x.Number == "" {
		return x, ledger.FieldErrorf(ledger.Invalid, "number", "is missing")
	}
	if x.Holder, err = ledger.ParseID(c.QueryParam("holder")); err != nil {
		return x, ledger.FieldErrorf(ledger.Invalid, "holder", "%v", err)
	}
	from, err := time.ParseInLocation(time.DateOnly, form.Get("from"), hanoi)
	if err != nil {
		return x, ledger.FieldErrorf(ledger.Invalid, "from", "is not a day")
	}
	until, err := time.ParseInLocation(time.DateOnly, form.Get("until"), hanoi)
	if err != nil {
		return x, ledger.FieldErrorf(ledger.Invalid, "until", "is not a day")
	}
	x.From, x.Until = ledger.TimeOf(from), ledger.TimeOf(until.AddDate(0, 0, 1))
	for _, text := range append(slices.Clone(form["target"]), strings.Fields(form.Get("lots"))...) {
		id, err := typedID(text)
		if err != nil {
			return x, ledger.FieldErrorf(ledger.Invalid, "lots", "%q: %v", text, err)
		}
		if !slices.Contains(x.Targets, id) {
			x.Targets = append(x.Targets, id)
		}
	}
	switch x.Scheme {
	case trace.SchemeOCOP:
		x.Stars, _ = strconv.Atoi(form.Get("stars")) // 0 is refused as stars
	case trace.SchemeLaboratory:
		x.Tested, x.Result = strings.TrimSpace(form.Get("tested")), form.Get("result")
	}
	return x, nil
}
