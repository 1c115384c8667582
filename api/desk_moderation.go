package api

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

func (s *server) moderationRoutes() []route {
	return slices.Concat(
		[]route{get("/desk/moderation", operator, s.moderationPage)},
		s.decision("/desk/moderation/erase", s.erasing),
	)
}

// moderationPage shows what is behind an address that somebody complained of, what
// was taken away, and the recalls in force.
func (s *server) moderationPage(c echo.Context) error {
	ctx := c.Request().Context()
	v := &web.DeskModeration{Search: strings.TrimSpace(c.QueryParam("what"))}
	code := http.StatusOK
	if v.Search != "" {
		found, err := s.payloadsAt(ctx, v.Search)
		if err != nil {
			if v.Form, code, err = again(c, url.Values{"what": {v.Search}}, err); err != nil {
				return err
			}
		}
		v.Found = found
	}
	erased, next, err := s.Index.Erasures(ctx, index.Page{Token: c.QueryParam("from")})
	if err != nil {
		return err
	}
	for _, e := range erased {
		v.Erased = append(v.Erased, web.DeskErasure{CID: e.Payload, Reason: e.Reason, At: e.Time, Entry: e.Entry})
	}
	if next != "" {
		v.Next = "/desk/moderation?" + url.Values{"from": {next}}.Encode()
	}
	for _, r := range s.Index.RecallsInForce() {
		by, err := s.deskParty(ctx, r.Org)
		if err != nil {
			return err
		}
		one := web.DeskRecall{Name: trace.Text{VI: codeText(r.Target)}, Path: r.Target.Path(), By: by, At: r.Time, Reason: r.Reason}
		if p, err := s.Index.Product(ctx, viewerOf(ctx), r.Target); err == nil && p.Profile != nil {
			one.Name = p.Profile.Name
		}
		v.Recalls = append(v.Recalls, one)
	}
	return show(s, c, code, s.pages.DeskModeration, v)
}

// payloadsAt finds the payloads behind what somebody copied: a CID, the address of a
// picture or document, or that of a page.
func (s *server) payloadsAt(ctx context.Context, what string) ([]web.DeskPayload, error) {
	path := what
	if u, err := url.Parse(what); err == nil && u.Host != "" {
		path = u.EscapedPath()
	}
	cid := strings.TrimPrefix(path, "/ipfs/")
	if trace.ValidCID(cid) {
		p, err := s.payloadBehind(ctx, web.DeskPayload{CID: cid, What: "document"})
		if err != nil {
			return nil, err
		}
		return []web.DeskPayload{p}, nil
	}
	id, err := typedID(what)
	if err != nil {
		return nil, ledger.FieldErrorf(ledger.Invalid, "what", "is neither a content identifier nor the address of a page of this register")
	}
	p, err := s.Index.Passport(ctx, viewerOf(ctx), id)
	if err != nil {
		return nil, ledger.FieldErrorf(ledger.CodeOf(err), "what", "nothing is recorded of it")
	}
	return s.payloadsOn(ctx, p)
}

// foundEvents is how many steps' documents are listed of a page, the newest first;
// the identifier of any other can be pasted.
const foundEvents = 20

// typedID is the thing that somebody typed: its identifier, a code, or the address of
// its page here, with or without the host.
func typedID(what string) (trace.ID, error) {
	path := what
	if u, err := url.Parse(what); err == nil && u.Host != "" {
		path = u.EscapedPath()
	}
	if !strings.HasPrefix(path, "/t/") && strings.HasPrefix(path, "/") {
		path = linkBase + path
	}
	return trace.ParseTyped(path)
}

// payloadsOn lists what a passport page shows, each once: of the thing, of who
// answers for it, of where it was, of its steps.
func (s *server) payloadsOn(ctx context.Context, p *index.Passport) ([]web.DeskPayload, error) {
	var list []web.DeskPayload
	add := func(cid, what string, name trace.Text) {
		if cid != "" && !slices.ContainsFunc(list, func(x web.DeskPayload) bool { return x.CID == cid }) {
			list = append(list, web.DeskPayload{CID: cid, What: what, Name: name})
		}
	}
	described := func(d *trace.Describes, profile *trace.Profile, picture, words string) {
		if profile != nil {
			add(profile.Image, picture, profile.Name)
			add(d.Payload, words, profile.Name)
		}
	}
	if x := p.Product; x != nil {
		described(x.Product.Profile, x.Profile, "picture", "product")
	}
	if x := p.Producer; x != nil {
		described(x.Organisation.Profile, x.Profile, "picture", "organisation")
	}
	for _, x := range p.Places {
		described(x.Place.Profile, x.Profile, "picture", "place")
	}
	if p.Batch != nil {
		for _, x := range p.Batch.Certificates {
			add(x.Doc, "certificate", trace.Text{VI: x.Number})
		}
		for _, x := range p.Batch.Recalls {
			add(x.Doc, "notice", trace.Text{VI: x.Reason})
		}
	}
	for _, x := range p.Journey[:min(len(p.Journey), foundEvents)] {
		add(x.Fact.Payload, "event", trace.Text{VI: x.Fact.Event})
	}
	for i := range list {
		var err error
		if list[i], err = s.payloadBehind(ctx, list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// payloadBehind adds what is known of a payload: whose record names it, whether it
// is a picture, whether it is gone. One that nothing is known of is NotFound.
func (s *server) payloadBehind(ctx context.Context, p web.DeskPayload) (web.DeskPayload, error) {
	m, err := s.Index.Named(ctx, p.CID)
	named := err == nil
	if err = ignoreNotFound(err); err == nil && named {
		p.Party, err = s.deskParty(ctx, m.Org)
	}
	if err != nil {
		return p, err
	}
	if _, err := s.Index.Erased(ctx, p.CID); err == nil {
		p.Gone = true
		return p, nil
	}
	id, err := content.Parse(p.CID)
	if err != nil {
		return p, ledger.FieldErrorf(ledger.Invalid, "what", "is not a content identifier")
	}
	r, size, err := s.Store.Open(ctx, id)
	switch {
	case ledger.CodeOf(err) == ledger.NotFound && named:
		return p, nil // it is at another node
	case err != nil:
		return p, ledger.FieldErrorf(ledger.CodeOf(err), "what", "is not here")
	}
	defer r.Close()
	head := make([]byte, min(size, 512))
	if _, err := io.ReadFull(r, head); err != nil {
		return p, err
	}
	info, err := s.Store.Stat(ctx, id)
	p.Picture = err == nil && !info.Sealed && strings.HasPrefix(sniff(head), "image/")
	if p.Picture && p.What == "document" {
		p.What = "picture"
	}
	return p, err
}

// erasing takes a payload away for good.
func (s *server) erasing(c echo.Context) (*act, error) {
	cid := c.QueryParam("cid")
	if !trace.ValidCID(cid) {
		return nil, ledger.Errorf(ledger.NotFound, "there is no such document")
	}
	p, err := s.payloadBehind(c.Request().Context(), web.DeskPayload{CID: cid, What: "document"})
	if err != nil {
		return nil, err
	}
	a := &act{name: "erase", back: "/desk/moderation", danger: true, facts: []web.Fact{{Label: "cid", Value: cid}}, fields: []web.Field{reasonField}}
	a.who = p.Party.Name
	if p.Picture {
		a.photo = "/ipfs/" + cid
	}
	a.do = func(ctx context.Context, by *account.Identity, form url.Values) error {
		_, err := s.office.Direct(ctx, by, trace.ActionErase, trace.Erasure{Payload: cid, Reason: reasonIn(form)})
		return err
	}
	return a, nil
}
