package api

import (
	"context"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/catalog"
)

// deskMarketRoutes are what the operator decides about data: what may be agreed on, what
// is taken off the catalogue, and whether what was found in files keeps them out.
func (s *server) deskMarketRoutes() []route {
	const one, draft = "/desk/market/:id", "/desk/market/drafts/:org/:id"
	return slices.Concat(
		[]route{
			get("/desk/market", operator, s.deskMarket),
			get(draft, decider, s.deskDraft),
			get(draft+"/files/:upload", decider, s.deskDraftFile),
		},
		s.decision(one+"/approve", s.judging("approve_data", market.Approved)),
		s.decision(one+"/refuse", s.judging("refuse_data", market.Refused)),
		s.decision(one+"/delist", s.judging("delist_data", market.Delisted)),
		s.decision(draft+"/clear", s.answering("clear_data")),
		s.decision(draft+"/uphold", s.answering("uphold_data")),
	)
}

// How much of the catalogue the page looks through, and shows of a kind.
const (
	marketLook = 5000
	marketShow = 100
)

func (s *server) deskMarket(c echo.Context) error {
	ctx := c.Request().Context()
	v := &web.DeskMarket{}
	drafts, err := s.Accounts.Contested(ctx)
	if err != nil {
		return err
	}
	for _, l := range drafts {
		line := draftLine(l)
		line.Path = deskDraftPath(l)
		one := web.DeskData{ListingLine: line, Why: l.Contested}
		if one.By, err = s.deskParty(ctx, l.Org); err != nil {
			return err
		}
		v.Contested = append(v.Contested, one)
	}
	var after uint64
	for looked := 0; looked < marketLook; {
		list, err := s.Catalog.Published(ctx, after, marketShow)
		if err != nil {
			return err
		}
		for _, d := range list {
			if err := s.deskData(ctx, v, d); err != nil {
				return err
			}
			after = d.First
		}
		if looked += len(list); len(list) < marketShow {
			break
		}
	}
	slices.Reverse(v.Shown) // the newest first
	return show(s, c, http.StatusOK, s.pages.DeskMarket, v)
}

// deskData puts a dataset among those that wait, or among those that are shown.
func (s *server) deskData(ctx context.Context, v *web.DeskMarket, d catalog.Dataset) (err error) {
	one := web.DeskData{ListingLine: listingLine(d)}
	one.Path = "/datasets/" + d.Release.Dataset.String()
	one.Act = "/desk/market/" + d.Release.Dataset.String()
	if d.Judged != nil && d.Standing != market.Unjudged {
		one.Why = d.Judged.Reason
	}
	waits := one.State == "pending"
	if waits && len(v.Pending) >= marketShow {
		return nil
	}
	if one.By, err = s.deskParty(ctx, d.Org); err != nil {
		return err
	}
	if waits {
		v.Pending = append(v.Pending, one)
		return nil
	}
	if v.Shown = append(v.Shown, one); len(v.Shown) > marketShow {
		v.Shown = v.Shown[1:]
	}
	return nil
}

func deskDraftPath(l account.Listing) string {
	return "/desk/market/drafts/" + l.Org.String() + "/" + l.Release.Dataset.String()
}

// judging is a decision about a dataset.
func (s *server) judging(name string, standing market.Standing) func(echo.Context) (*act, error) {
	return func(c echo.Context) (*act, error) {
		id, err := idParam(c)
		if err != nil {
			return nil, err
		}
		d, err := s.Catalog.Known(c.Request().Context(), id)
		if err != nil {
			return nil, err
		}
		line := listingLine(d)
		return &act{
			name: name, who: line.Title, back: "/desk/market", danger: standing == market.Delisted,
			facts: []web.Fact{{Label: "version", Value: strconv.Itoa(d.Version)}}, fields: []web.Field{reasonField},
			do: func(ctx context.Context, by *account.Identity, form url.Values) error {
				m := market.Moderation{Dataset: id, Version: d.Version, Standing: standing, Reason: reasonIn(form)}
				return thenDone(s.office.Moderate(ctx, by, m), "/desk/market", name)
			},
		}, nil
	}
}

// contested is the draft that an address names, while it waits for the operator.
func (s *server) contested(c echo.Context) (account.Listing, error) {
	id, err := idParam(c)
	if err != nil {
		return account.Listing{}, err
	}
	org, err := ledger.ParseID(c.Param("org"))
	if err != nil {
		return account.Listing{}, ledger.Errorf(ledger.NotFound, "there is nothing at this address")
	}
	l, err := s.office.Listing(c.Request().Context(), org, id)
	if err == nil && l.Contested == "" {
		err = ledger.Errorf(ledger.NotFound, "this draft does not wait for the operator")
	}
	return l, err
}

func (s *server) deskDraft(c echo.Context) error {
	l, err := s.contested(c)
	if err != nil {
		return err
	}
	v := &web.DeskDraft{ListingLine: draftLine(l), Why: l.Contested, Act: deskDraftPath(l)}
	if v.By, err = s.deskParty(c.Request().Context(), l.Org); err != nil {
		return err
	}
	for _, f := range l.Files {
		one, err := fileView(l, f)
		if err != nil {
			return err
		}
		one.Remove, one.Masks = "", ""
		v.Files = append(v.Files, web.DeskDraftFile{ListingFile: one, Path: deskDraftPath(l) + "/files/" + f.Upload.String()})
	}
	return show(s, c, http.StatusOK, s.pages.DeskDraft, v)
}

// deskDraftFile hands the operator a file that they are asked to judge.
func (s *server) deskDraftFile(c echo.Context) error {
	l, err := s.contested(c)
	if err != nil {
		return err
	}
	id, err := ledger.ParseID(c.Param("upload"))
	i := slices.IndexFunc(l.Files, func(f account.ListedFile) bool { return f.Upload == id })
	if err != nil || i < 0 {
		return ledger.Errorf(ledger.NotFound, "there is no such file")
	}
	f, err := s.Uploads.Read(l.Org, id)
	if err != nil {
		return err
	}
	defer f.Close()
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, echo.MIMEOctetStream)
	h.Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": l.Files[i].Name}))
	keepNothing(h)
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, f)
	return nil
}

// answering is the operator's answer to what was contested.
func (s *server) answering(name string) func(echo.Context) (*act, error) {
	return func(c echo.Context) (*act, error) {
		l, err := s.contested(c)
		if err != nil {
			return nil, err
		}
		return &act{
			name: name, who: l.About.Title, back: "/desk/market",
			facts: []web.Fact{{Label: "contested", Value: l.Contested}}, fields: []web.Field{reasonField},
			do: func(ctx context.Context, by *account.Identity, form url.Values) error {
				if name == "clear_data" {
					return thenDone(s.office.Clear(ctx, by, l, reasonIn(form)), "/desk/market", name)
				}
				return s.office.Uphold(ctx, l, reasonIn(form))
			},
		}, nil
	}
}
