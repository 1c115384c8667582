package api

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/profile/mask"
)

func (s *server) listingFound(c echo.Context) error {
	l, err := s.listingOf(c)
	if err != nil {
		return err
	}
	return s.askFound(c, http.StatusOK, l, web.Form{})
}

func (s *server) askFound(c echo.Context, code int, l account.Listing, f web.Form) error {
	v := &web.ListingFoundPage{
		Head: head(l, string(market.StageFound)), Form: f, Doubtful: l.Doubtful(), Contested: l.Contested, Answer: l.Answer, Cleared: l.Cleared != "",
	}
	copies, err := s.copiesOf(l)
	if err != nil {
		return err
	}
	making := map[ledger.ID]bool{}
	for _, j := range copies {
		if j.about.Do != copyLook {
			v.Copies = append(v.Copies, copyView(l, j))
			making[j.about.Upload] = j.Ended == 0
		}
	}
	for _, file := range l.Files {
		v.Looking = v.Looking || !file.Looked()
		one, err := fileView(l, file)
		if err != nil {
			return err
		}
		one.Making = making[file.Upload]
		v.Files = append(v.Files, one)
	}
	if v.Looking {
		s.Looker.Look(l)
	}
	return show(s, c, code, s.pages.ListingFoundPage, v)
}

// maskFile puts a clean copy in the place of a file.
func (s *server) maskFile(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	l, err := s.listingOf(c)
	if err != nil {
		return err
	}
	id, err := ledger.ParseID(c.Param("upload"))
	i := slices.IndexFunc(l.Files, func(f account.ListedFile) bool { return f.Upload == id })
	if err != nil || i < 0 || l.Files[i].Profile == nil {
		return ledger.Errorf(ledger.NotFound, "there is no such file, or nobody looked at it yet")
	}
	var hows []mask.How
	for n := range l.Files[i].Found {
		hows = append(hows, mask.How(form.Get(maskField(n))))
	}
	j, going, err := s.makeCopy(c.Request().Context(), l, l.Files[i], office.Copying{Masks: hows}, copyAbout{Do: copyMask, Form: form})
	if err != nil {
		return retyped(c, form, err, asking(s.askFound, l))
	}
	return s.copied(c, l, j, going, "data_masked")
}

// contestListing asks the operator to let through what was found.
func (s *server) contestListing(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	l, err := s.listingOf(c)
	if err != nil {
		return err
	}
	if _, err := s.Accounts.Contest(c.Request().Context(), l.Org, l.Release.Dataset, reasonIn(form)); err != nil {
		return retyped(c, form, err, asking(s.askFound, l))
	}
	return done(c, draftPath(l)+"/found", "data_asked")
}

func (s *server) listingCheck(c echo.Context) error {
	l, err := s.listingOf(c)
	if err != nil {
		return err
	}
	return s.askPublish(c, http.StatusOK, l, web.Form{})
}

func (s *server) askPublish(c echo.Context, code int, l account.Listing, f web.Form) error {
	_, admitted, err := s.stall(c.Request().Context())
	if err != nil {
		return err
	}
	v := &web.ListingCheck{
		Head: head(l, "check"), Form: f, Waits: l.Doubtful() && l.Cleared == "", Outside: !admitted,
		Access: accessName(l.Release.Access), Kind: kindName(l.Release.Kind),
		Facts: []web.Fact{{Label: "version", Value: strconv.Itoa(l.Release.Version)}},
	}
	for _, g := range l.Missing() {
		v.Gaps = append(v.Gaps, web.ListingGap{Step: string(g.Stage), Field: g.Field, Path: draftPath(l) + "/" + string(g.Stage)})
	}
	for _, file := range l.Files {
		v.Facts = append(v.Facts, web.Fact{Label: "files", Value: file.Name})
	}
	return show(s, c, code, s.pages.ListingCheck, v)
}

// publishListing publishes a draft, once however often it is sent.
func (s *server) publishListing(c echo.Context) error {
	ctx := c.Request().Context()
	l, err := s.listingOf(c)
	if ledger.CodeOf(err) == ledger.NotFound {
		if id, bad := ledger.ParseID(c.Param("id")); bad == nil {
			if d, unknown := s.Catalog.Known(ctx, id); unknown == nil && d.Org == identityOf(ctx).Org {
				return done(c, "/data/"+id.String(), "")
			}
		}
	}
	if err != nil {
		return err
	}
	making, err := s.making(l)
	if making {
		err = errMaking
	}
	if err == nil {
		_, err = s.office.Publish(ctx, identityOf(ctx), l.Release.Dataset)
	}
	if err != nil {
		return retyped(c, nil, thenDone(err, draftPath(l), "data_published"), asking(s.askPublish, l))
	}
	return done(c, draftPath(l), "data_published")
}
