package api

import (
	"context"
	"errors"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
)

// applyRoutes are how an organisation applies.
func (s *server) applyRoutes() []route {
	return []route{
		get("/apply", person, s.applyPage),
		post("/apply", person, s.apply),
		get("/apply/:org", person, s.application),
		post("/apply/:org", person, s.apply),
		post("/apply/:org/withdraw", person, s.withdrawApplication),
		post("/apply/:org/drop", person, s.dropApplication),
		get("/apply/:org/documents/:cid", person, s.applicationDocument),
	}
}

// maxApplication bounds a form with its documents, in bytes.
const maxApplication = account.MaxDocuments*account.MaxDocument + maxForm

// applyPage is the application that is not decided yet, or the form for a new one.
func (s *server) applyPage(c echo.Context) error {
	ctx := c.Request().Context()
	all, err := s.Accounts.Applications(ctx, callerOf(ctx).person.ID)
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.State != account.Admitted {
			return c.Redirect(http.StatusSeeOther, "/apply/"+a.Org.String())
		}
	}
	return s.askApplication(c, http.StatusOK, account.Application{State: account.Draft}, web.Form{})
}

// application is the form while it can be changed, and where it stands otherwise.
func (s *server) application(c echo.Context) error {
	a, err := s.ownApplication(c)
	if err != nil {
		return err
	}
	if a.Editable() {
		return s.askApplication(c, http.StatusOK, a, web.Form{})
	}
	return s.showApplication(c, http.StatusOK, a, web.Form{})
}

// ownApplication is one of the caller's.
func (s *server) ownApplication(c echo.Context) (account.Application, error) {
	org, err := ledger.ParseID(c.Param("org"))
	if err != nil {
		return account.Application{}, ledger.Errorf(ledger.NotFound, "there is no such application")
	}
	ctx := c.Request().Context()
	a, err := s.Accounts.Application(ctx, callerOf(ctx).person.ID, org)
	if err != nil {
		return a, err
	}
	return s.office.Finished(ctx, a)
}

func (s *server) askApplication(c echo.Context, code int, a account.Application, f web.Form) error {
	ctx := c.Request().Context()
	communes, err := s.communeOptions(ctx, s.lang(c))
	if err != nil {
		return err
	}
	v := &web.Apply{
		Form: f, Kind: string(a.Dossier.Kind), Codes: string(a.Dossier.Codes), Communes: communes, Missing: a.Dossier.Missing(),
		Room: account.MaxDocuments - len(a.Dossier.Documents), New: a.State == account.Draft && a.Member.IsZero(),
	}
	if f.Values == nil {
		v.Form.Values = valuesOf(a.Dossier)
	}
	if !a.Org.IsZero() {
		v.Org = a.Org.String()
	}
	if last, ok := a.Last(); ok {
		v.Refused = last.Reason
	}
	if a.Org.IsZero() {
		v.Missing = nil // nothing was asked for yet
	}
	v.Documents = attachments(a)
	return show(s, c, code, s.pages.Apply, v)
}

func attachments(a account.Application) (list []web.Attached) {
	for _, d := range a.Dossier.Documents {
		list = append(list, web.Attached{Path: "/apply/" + a.Org.String() + "/documents/" + d.CID, Remove: removing + d.CID, Name: d.Name, Size: d.Size})
	}
	return list
}

func (s *server) showApplication(c echo.Context, code int, a account.Application, f web.Form) error {
	communes, err := s.communes(c.Request().Context())
	if err != nil {
		return err
	}
	v := &web.Applied{Org: a.Org.String(), State: string(a.State), Since: ledger.TimeOf(a.At), Documents: attachments(a), Form: f}
	if last, ok := a.Last(); ok && a.State != account.Sent {
		v.Reason, v.Issuer, v.Prefix = last.Reason, last.Issuer, last.GS1
	}
	values := valuesOf(a.Dossier)
	if unit, ok := communes[a.Dossier.Commune]; ok {
		values.Set("commune", unit.Name.In(string(s.lang(c))))
	}
	for _, field := range []string{"name", "name_en", "number", "about", "commune", "address", "phone", "web", "gs1", "licence", "note"} {
		if text := values.Get(field); text != "" {
			v.Rows = append(v.Rows, web.ApplyRow{Field: field, Text: text})
		}
	}
	return show(s, c, code, s.pages.Applied, v)
}

// communeOptions are the units of the register's list, by province and name.
func (s *server) communeOptions(ctx context.Context, lang web.Lang) ([]web.Option, error) {
	units, err := s.communes(ctx)
	if err != nil {
		return nil, err
	}
	var list []web.Option
	for _, code := range slices.Sorted(maps.Keys(units)) {
		if u := units[code]; u.Code == code { // not one that was merged into another
			text := u.Name.In(string(lang))
			if province := u.Province.In(string(lang)); province != "" {
				text += ", " + province
			}
			list = append(list, web.Option{Value: code, Text: text})
		}
	}
	slices.SortFunc(list, func(a, b web.Option) int { return strings.Compare(a.Text, b.Text) })
	return list, nil
}

// valuesOf is a dossier as its form has it.
func valuesOf(d account.Dossier) url.Values {
	return url.Values{
		"kind": {string(d.Kind)}, "name": {d.Name.VI}, "name_en": {d.Name.EN}, "number": {d.Number}, "about": {d.About},
		"commune": {d.Commune}, "address": {d.Address}, "phone": {d.Phone}, "web": {d.Web},
		"codes": {string(d.Codes)}, "gs1": {d.GS1}, "licence": {d.Licence}, "note": {d.Note},
	}
}

func dossierOf(v url.Values) account.Dossier {
	return account.Dossier{
		Kind: ledger.Kind(v.Get("kind")), Name: ledger.Text{VI: v.Get("name"), EN: v.Get("name_en")}, Number: v.Get("number"), About: v.Get("about"),
		Commune: v.Get("commune"), Address: v.Get("address"), Phone: v.Get("phone"), Web: v.Get("web"),
		Codes: account.Codes(v.Get("codes")), GS1: v.Get("gs1"), Licence: v.Get("licence"), Note: v.Get("note"),
	}
}

// removing begins what a button sends that removes a document.
const removing = "remove:"

// apply saves what was typed and attached, and does what the button said.
func (s *server) apply(c echo.Context) (err error) {
	ctx := c.Request().Context()
	var a account.Application
	if c.Param("org") != "" {
		if a, err = s.ownApplication(c); err != nil {
			return err
		}
		if !a.Editable() { // sent from another window meanwhile
			return c.Redirect(http.StatusSeeOther, "/apply/"+a.Org.String())
		}
	}
	form, documents, err := s.received(c, account.MaxDocuments-len(a.Dossier.Documents))
	if err == nil {
		a, err = s.saved(ctx, a, dossierOf(form), documents)
	}
	do := form.Get("do")
	if cid, ok := strings.CutPrefix(do, removing); ok && err == nil {
		err = s.office.Detach(ctx, a.Account, a.Org, cid)
	}
	if do == "send" && err == nil {
		if missing := a.Dossier.Missing(); len(missing) > 0 {
			f := web.Form{Values: form, Wrong: map[string]string{}}
			for _, field := range missing {
				f.Wrong[field] = "missing"
			}
			return s.askApplication(c, http.StatusBadRequest, a, f)
		}
		if _, err = s.office.SendApplication(ctx, a.Account, a.Org, s.from(c)); err == nil {
			return done(c, "/apply/"+a.Org.String(), "application_sent")
		}
	}
	if err != nil {
		return retyped(c, form, err, asking(s.askApplication, a))
	}
	return done(c, "/apply/"+a.Org.String(), "saved")
}

// saved is the application with what was typed and attached.
func (s *server) saved(ctx context.Context, a account.Application, d account.Dossier, documents []account.Document) (saved account.Application, err error) {
	if a.Org.IsZero() {
		saved, err = s.Accounts.NewApplication(ctx, callerOf(ctx).person.ID, d)
	} else {
		saved, err = s.Accounts.SaveApplication(ctx, a.Account, a.Org, d)
	}
	if err != nil {
		for _, d := range documents {
			err = errors.Join(err, s.office.Discard(ctx, d))
		}
		return a, err
	}
	if len(documents) == 0 {
		return saved, nil
	}
	attached, err := s.office.Attach(ctx, saved.Account, saved.Org, documents)
	if err != nil {
		return saved, err
	}
	return attached, nil
}

// received reads a form with files. Files go on their way straight to the store, so
// that none lies about unsealed; what was typed is read also where a file is refused.
func (s *server) received(c echo.Context, room int) (form url.Values, documents []account.Document, err error) {
	r := c.Request()
	if media, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType)); err != nil || media != echo.MIMEMultipartForm {
		form, err := typed(c)
		return form, nil, err
	}
	form = url.Values{}
	streamed(r)
	r.Body = http.MaxBytesReader(c.Response(), r.Body, maxApplication)
	parts, err := r.MultipartReader()
	if err != nil {
		return form, nil, unreadable(err, noForm)
	}
	var refused error
	for left := int64(maxForm); ; {
		p, err := parts.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return form, nil, s.discard(r.Context(), documents, unreadable(err, noForm))
		}
		switch {
		case p.FileName() != "" && refused == nil:
			var d account.Document
			if d, refused = s.keep(r.Context(), p, room-len(documents)); refused == nil {
				documents = append(documents, d)
			}
		case p.FileName() == "":
			b, err := io.ReadAll(io.LimitReader(p, left+1))
			if left -= int64(len(p.FormName()) + len(b)); err == nil && left < 0 {
				err = ledger.Errorf(ledger.TooLarge, "the form has more than %d bytes", maxForm)
			}
			if err != nil {
				return form, nil, s.discard(r.Context(), documents, unreadable(err, noForm))
			}
			form.Add(p.FormName(), string(b))
		}
	}
	if refused != nil {
		return form, nil, s.discard(r.Context(), documents, refused)
	}
	return form, documents, nil
}

func (s *server) keep(ctx context.Context, p *multipart.Part, room int) (account.Document, error) {
	if room <= 0 {
		return account.Document{}, ledger.FieldErrorf(ledger.TooLarge, "document", "there are more than %d", account.MaxDocuments)
	}
	return s.office.Keep(ctx, p.FileName(), p)
}

// discard destroys what was kept of a form that failed, and returns why it failed.
func (s *server) discard(ctx context.Context, documents []account.Document, why error) error {
	for _, d := range documents {
		if err := s.office.Discard(ctx, d); err != nil {
			return errors.Join(why, err)
		}
	}
	return why
}

func (s *server) withdrawApplication(c echo.Context) error {
	a, err := s.ownApplication(c)
	if err != nil {
		return err
	}
	if _, err := s.Accounts.WithdrawApplication(c.Request().Context(), a.Account, a.Org); err != nil {
		return retyped(c, nil, err, asking(s.showApplication, a))
	}
	return done(c, "/apply/"+a.Org.String(), "application_withdrawn")
}

func (s *server) dropApplication(c echo.Context) error {
	a, err := s.ownApplication(c)
	if err != nil {
		return err
	}
	if err := s.office.Drop(c.Request().Context(), a.Account, a.Org); err != nil {
		return err
	}
	return done(c, "/me", "application_dropped")
}

// applicationDocument hands a document to who applies and, once it was sent, to the
// operator; for others it is not there.
func (s *server) applicationDocument(c echo.Context) error {
	ctx := c.Request().Context()
	a, err := s.ownApplication(c)
	if ledger.CodeOf(err) == ledger.NotFound && err != nil && operator.judge(callerOf(ctx), http.MethodGet) == nil {
		org, parsed := ledger.ParseID(c.Param("org"))
		if parsed != nil {
			return err
		}
		a, err = s.office.Application(ctx, org)
	}
	if err != nil {
		return err
	}
	d, r, err := s.office.Document(ctx, a, c.Param("cid"))
	if err != nil {
		return err
	}
	defer r.Close()
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, d.Type)
	h.Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": d.Name}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	keepNothing(h)
	http.ServeContent(c.Response(), c.Request(), "", d.Added, r)
	return nil
}
