package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
)

// shareRoutes are where an organisation sees what it is given of others' sales.
func (s *server) shareRoutes() []route {
	return []route{get("/org/shares", sharer, s.sharesPage)}
}

func (s *server) sharesPage(c echo.Context) error {
	ctx := c.Request().Context()
	from, err := pageOf(c)
	if err != nil {
		return err
	}
	list, due, open, next, err := s.Deals.Shared(identityOf(ctx).Org, from, tradesOnPage)
	if err != nil {
		return err
	}
	v := &web.Shares{Due: dong(due), Open: dong(open)}
	who := s.parties(ctx)
	for _, sale := range list {
		line := web.ShareLine{Page: "/datasets/" + sale.Dataset.String(), Part: partText(sale.Parts), Amount: dong(sale.Amount), State: string(sale.State), At: sale.Since}
		if line.Dataset, err = s.datasetName(ctx, sale.Dataset); err != nil {
			return err
		}
		if line.Seller, err = who(sale.Provider); err != nil {
			return err
		}
		v.List = append(v.List, line)
	}
	if next != 0 {
		v.Next = "/org/shares?" + url.Values{"page": {strconv.FormatUint(uint64(next), 10)}}.Encode()
	}
	return show(s, c, http.StatusOK, s.pages.Shares, v)
}

// partText is a part of a price in per cent, as Vietnamese write it.
func partText(parts int) string {
	text := strings.TrimRight(fmt.Sprintf("%d,%02d", parts/100, parts%100), "0")
	return strings.TrimSuffix(text, ",")
}

// parsePart reads per cent with at most two decimals.
func parsePart(text string) (int, bool) {
	text = strings.ReplaceAll(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "%")), ",", ".")
	whole, decimals, _ := strings.Cut(text, ".")
	if whole == "" || len(whole) > 3 || len(decimals) > 2 || strings.Trim(whole+decimals, "0123456789") != "" {
		return 0, false
	}
	parts, err := strconv.Atoi(whole + (decimals + "00")[:2])
	return parts, err == nil && 0 < parts && parts <= market.Whole
}

// sharesIn reads whom the form of an offer gives a part of the price, and which.
func sharesIn(form url.Values) (shares []market.Share, err error) {
	for i, org := range form["share_org"] {
		s := market.Share{}
		if s.Org, err = ledger.ParseID(org); err != nil {
			return nil, ledger.FieldErrorf(ledger.Invalid, "share_part", "names no organisation")
		}
		ok := i < len(form["share_part"])
		if ok {
			s.Parts, ok = parsePart(form["share_part"][i])
		}
		if !ok {
			return nil, ledger.FieldErrorf(ledger.Invalid, "share_part", "is not 0.01 to 100 per cent with at most two decimals")
		}
		shares = append(shares, s)
	}
	return shares, nil
}

// shareRows are the rows of the form of an offer: as they were typed, with one that was
// chosen and without one that was dropped, or those of the offer before.
func (s *server) shareRows(c echo.Context, f web.Form, before []market.Share) (rows []web.ListingShare, err error) {
	add := func(org ledger.ID, part string) {
		if err != nil || slices.ContainsFunc(rows, func(r web.ListingShare) bool { return r.Org == org.String() }) {
			return
		}
		var name trace.Text
		name, err = s.orgName(c.Request().Context(), org)
		rows = append(rows, web.ListingShare{Org: org.String(), Name: name, Part: part})
	}
	if f.Values == nil {
		for _, share := range before {
			add(share.Org, partText(share.Parts))
		}
		return rows, err
	}
	for i, text := range f.Values["share_org"] {
		org, wrong := ledger.ParseID(text)
		if wrong != nil || text == f.Value("drop") {
			continue
		}
		part := ""
		if i < len(f.Values["share_part"]) {
			part = f.Values["share_part"][i]
		}
		add(org, part)
	}
	if org, wrong := ledger.ParseID(f.Value("share_add")); wrong == nil && f.Value("find") == "share_add" {
		add(org, "")
	}
	return rows, err
}

// shareFound are the organisations that a name typed into the form of an offer finds.
func (s *server) shareFound(c echo.Context, f web.Form) (list []web.Choice, err error) {
	if f.Value("find") != "share_find" {
		return nil, nil
	}
	g := s.goodsOf(c)
	orgs, err := g.findOrgs(f.Value("share_find"))
	for _, org := range orgs {
		if err != nil {
			return nil, err
		}
		var one web.Choice
		one, err = g.orgChoice(org)
		list = append(list, one)
	}
	return list, err
}
