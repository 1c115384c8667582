package api

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/api/picture"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// orgProfileRoutes are where an organisation changes what it tells of itself.
func (s *server) orgProfileRoutes() []route {
	return []route{
		get("/org/profile", trusted, s.orgProfilePage),
		post("/org/profile", trusted, s.setOrgProfile),
		get("/org/picture", colleague, s.orgPicture),
	}
}

// pictureField names the picture in the form; pictureLess is set by who wants none.
const (
	pictureField = "picture"
	pictureLess  = "unpictured"
)

// ownOrg is the organisation that the caller acts for, as its members see it.
func (s *server) ownOrg(c echo.Context) (*index.Organisation, error) {
	ctx := c.Request().Context()
	org := callerOf(ctx).identity.Org
	return s.Index.Organisation(ctx, index.Viewer{Org: org}, org)
}

func (s *server) orgProfilePage(c echo.Context) error {
	o, err := s.ownOrg(c)
	if err != nil {
		return err
	}
	p := o.Profile
	if p == nil {
		p = &trace.Profile{}
	}
	return s.askOrgProfile(c, http.StatusOK, web.Form{Values: url.Values{
		"name": {p.Name.VI}, "name_en": {p.Name.EN}, "about": {p.Description.VI}, "commune": {p.Commune},
		"address": {p.Address.VI}, "phone": {p.Phone}, "web": {p.Web},
	}})
}

func (s *server) askOrgProfile(c echo.Context, code int, f web.Form) error {
	o, err := s.ownOrg(c)
	if err != nil {
		return err
	}
	v := &web.OrgProfile{Form: f, Private: o.Kind.Natural(), Picture: s.orgPortrait(c, o)}
	if v.Communes, err = s.communeOptions(c.Request().Context(), s.lang(c)); err != nil {
		return err
	}
	return show(s, c, code, s.pages.OrgProfile, v)
}

// orgPortrait is the address of an organisation's picture for its members; empty where
// it has none.
func (s *server) orgPortrait(c echo.Context, o *index.Organisation) string {
	if s.photo(c.Request().Context(), o.Profile) == nil {
		return ""
	}
	return "/org/picture"
}

func (s *server) setOrgProfile(c echo.Context) error {
	form, shot, err := typedPhoto(c, pictureField)
	if err != nil {
		return err
	}
	picture, err := portraitIn(form, shot)
	if err == nil {
		d := account.Dossier{
			Name: ledger.Text{VI: form.Get("name"), EN: form.Get("name_en")}, About: form.Get("about"), Commune: form.Get("commune"),
			Address: form.Get("address"), Phone: form.Get("phone"), Web: form.Get("web"),
		}
		ctx := c.Request().Context()
		err = thenDone(s.office.SetProfile(ctx, callerOf(ctx).identity, d, picture), "/org", "org_profile")
	}
	if err != nil {
		return retyped(c, form, err, s.askOrgProfile)
	}
	return done(c, "/org", "org_profile")
}

func portraitIn(form url.Values, shot []byte) (p office.Portrait, err error) {
	if len(shot) == 0 {
		p.None = form.Get(pictureLess) != ""
		return p, nil
	}
	p.New, err = picture.Clean(pictureField, shot)
	return p, err
}

// orgPicture is the picture of the caller's organisation, sealed or not.
func (s *server) orgPicture(c echo.Context) error {
	o, err := s.ownOrg(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if s.photo(ctx, o.Profile) == nil {
		return ledger.Errorf(ledger.NotFound, "there is no picture")
	}
	ok, err := s.Index.Readable(ctx, index.Viewer{Org: o.ID}, o.Profile.Image)
	if err != nil {
		return err
	}
	if !ok {
		return ledger.Errorf(ledger.NotFound, "there is no picture")
	}
	b, err := s.payload(ctx, o.Profile.Image)
	if err != nil {
		return err
	}
	kind := sniff(b)
	if !slices.Contains([]string{"image/jpeg", "image/png", "image/webp"}, kind) {
		return ledger.Errorf(ledger.NotFound, "there is no picture")
	}
	keepNothing(c.Response().Header())
	return reply(c, http.StatusOK, kind, newBody(b))
}
