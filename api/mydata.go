package api

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/unicode/norm"

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// dataRoutes are where people see what is kept of them, agree or not, take it along
// and have it erased.
func (s *server) dataRoutes() []route {
	return []route{
		get("/account/seen", anyone, s.seenPage),
		get("/account/seen/page", anyone, s.shopperPage),
		get("/account/data", person, s.dataPage),
		post("/account/data/consents", person, s.consent),
		get("/account/data/export", proven, s.exportPage),
		post("/account/data/export", proven, s.export),
		get("/account/data/erase", proven, s.erasePage),
		post("/account/data/erase", proven, s.erase),
	}
}

// kindOf is for whom the page about who sees what is made: who is asked about, or the
// reader, or a household.
func kindOf(c echo.Context) ledger.Kind {
	if kind := ledger.Kind(c.QueryParam("kind")); kind.Valid() {
		return kind
	}
	if kind := callerOf(c.Request().Context()).authority.Kind; kind != "" {
		return kind
	}
	return ledger.KindHousehold
}

// shown is what of the reader's own goods a shopper can open; the zero ID when there
// is nothing yet.
func (s *server) shown(c echo.Context) (id trace.ID, err error) {
	ctx := c.Request().Context()
	who := callerOf(ctx)
	if who.identity == nil || c.QueryParam("kind") != "" {
		return id, nil
	}
	list, _, err := s.Index.Products(ctx, index.Viewer{}, who.identity.Org, index.Page{Limit: 1})
	if err != nil || len(list) == 0 {
		return id, err
	}
	lots, _, err := s.Index.Batches(ctx, index.Viewer{}, list[0].ID, index.Page{Limit: 1})
	if err != nil || len(lots) == 0 {
		return list[0].ID, err
	}
	return lots[0], nil
}

// seenPage says who sees what, before anything is written down.
func (s *server) seenPage(c echo.Context) error {
	v := &web.Seen{Kind: kindOf(c), Natural: kindOf(c).Natural(), Asked: c.QueryParam("kind") != ""}
	id, err := s.shown(c)
	if err != nil {
		return err
	}
	if v.Sample = id == (trace.ID{}); v.Sample {
		v.Passport = web.SamplePassport(v.Kind)
	} else if v.Passport, _, err = s.present(c.Request().Context(), index.Viewer{}, id); err != nil {
		return err
	}
	return show(s, c, http.StatusOK, s.pages.Seen, v)
}

// shopperPage is what a shopper sees of the reader's goods: the page as it is for
// nobody in particular, or an example of one.
func (s *server) shopperPage(c echo.Context) error {
	id, err := s.shown(c)
	if err != nil {
		return err
	}
	if id != (trace.ID{}) {
		b, err := s.passportBody(c.Request().Context(), index.Viewer{}, id, form(s.lang(c)))
		if err != nil {
			return err
		}
		return s.html(c, http.StatusOK, b)
	}
	var b bytes.Buffer
	if err := s.pages.Passport(&b, s.lang(c), web.SamplePassport(kindOf(c))); err != nil {
		return err
	}
	return s.html(c, http.StatusOK, newBody(b.Bytes()))
}

func (s *server) dataPage(c echo.Context) error {
	ctx := c.Request().Context()
	all, err := s.Accounts.Consents(ctx, callerOf(ctx).person.ID)
	if err != nil {
		return err
	}
	v := &web.MyData{}
	for _, p := range web.Purposes {
		asked := web.Consent{Purpose: p}
		for _, c := range all { // the newest first
			if c.Purpose != p.Name {
				continue
			}
			asked.Past = append(asked.Past, web.PastConsent{Version: c.Version, Given: ledger.TimeOf(c.Given), Withdrawn: timeOf(c.Withdrawn)})
			if c.Withdrawn == nil {
				asked.Agreed, asked.Other = ledger.TimeOf(c.Given), c.Version != p.Version
			}
		}
		v.Consents = append(v.Consents, asked)
	}
	return show(s, c, http.StatusOK, s.pages.MyData, v)
}

// consent notes what somebody agrees to, in the words that they were shown, or no
// longer does.
func (s *server) consent(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	me, purpose := callerOf(ctx).person.ID, form.Get("purpose")
	i := slices.IndexFunc(web.Purposes, func(p web.Purpose) bool { return p.Name == purpose })
	if i < 0 {
		return ledger.FieldErrorf(ledger.NotFound, "purpose", "nobody asks for that")
	}
	if form.Get("agree") != "true" {
		if err := s.Accounts.WithdrawConsent(ctx, me, purpose, s.from(c)); err != nil {
			return err
		}
		return done(c, "/account/data", "consent_withdrawn")
	}
	if form.Get("version") != web.Purposes[i].Version {
		return ledger.FieldErrorf(ledger.Conflict, "version", "the text has changed; read it again, please")
	}
	if err := s.Accounts.GiveConsent(ctx, me, purpose, web.Purposes[i].Version, s.from(c)); err != nil {
		return err
	}
	return done(c, "/account/data", "consent_given")
}

func (s *server) erasePage(c echo.Context) error {
	return s.askErase(c, http.StatusOK, web.Form{})
}

func (s *server) askErase(c echo.Context, code int, f web.Form) error {
	ctx := c.Request().Context()
	list, err := s.office.Leaving(ctx, callerOf(ctx).person.ID)
	if err != nil {
		return err
	}
	v := &web.Erase{Form: f}
	for _, l := range list {
		name, err := s.orgName(ctx, l.Org)
		if err != nil {
			return err
		}
		v.Leaving = append(v.Leaving, web.Leaving{Org: name, Kind: l.Kind, Alone: l.Alone, Papers: len(l.Papers), Keys: len(l.Keys), Bar: string(l.Bar)})
		v.Barred = v.Barred || l.Bar != ""
	}
	return show(s, c, code, s.pages.Erase, v)
}

// erase takes the typed word, and leads to the door as somebody who has no account.
func (s *server) erase(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	if err := s.eraseMe(c, form.Get("word")); err != nil {
		return retyped(c, form, err, s.askErase)
	}
	for _, cookie := range []string{sessionCookie, actingCookie, deviceCookie} {
		s.setCookie(c, cookie, "", 0)
	}
	return done(c, "/signin", "erased")
}

func (s *server) eraseMe(c echo.Context, word string) error {
	if !slices.ContainsFunc(web.Languages, func(l web.Lang) bool { return sameWord(word, s.pages.EraseWord(l)) }) {
		return ledger.FieldErrorf(ledger.Invalid, "word", "is not the word that was asked for")
	}
	ctx := c.Request().Context()
	_, err := s.office.EraseAccount(ctx, callerOf(ctx).person.ID, s.from(c))
	return thenDone(err, "/account/data/erase", "erase_signed")
}

// sameWord compares words as people type them.
func sameWord(typed, word string) bool {
	return utf8.ValidString(typed) && strings.EqualFold(norm.NFC.String(strings.TrimSpace(typed)), norm.NFC.String(word))
}
