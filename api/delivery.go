package api

import (
	"context"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/deals"
)

// deliveryRoutes hand out what was delivered, to whom it was delivered.
func (s *server) deliveryRoutes() []route {
	return []route{
		get("/trade/:id/transfers/:transfer/files/:cid", publisher, s.deliveredFile),
		get("/trade/:id/transfers/:transfer/files/:cid/sealed", publisher, s.deliveredCiphertext),
	}
}

// newest is the latest version of a dataset that an agreement gives.
func (s *server) newest(ctx context.Context, d market.Deal) (int, error) {
	known, err := s.Catalog.Known(ctx, d.Dataset)
	if err != nil {
		return 0, err
	}
	for v := known.Version; v > d.Version; v-- {
		if d.Gives(v) {
			return v, nil
		}
	}
	return d.Version, nil
}

// receiving, handingOver and objecting are the messages of a transfer that take keys.
func receiving(s *server, ctx context.Context, by *account.Identity, on tradeOn, _ url.Values) error {
	v, err := s.newest(ctx, *on.Deal)
	if err != nil {
		return err
	}
	return s.office.Receive(ctx, by, *on.Deal, v)
}

func handingOver(s *server, ctx context.Context, by *account.Identity, on tradeOn, _ url.Values) error {
	t, err := on.moved()
	if err != nil {
		return err
	}
	return s.office.HandOver(ctx, by, t)
}

func objecting(s *server, ctx context.Context, by *account.Identity, on tradeOn, _ url.Values) error {
	t, err := on.moved()
	if err != nil {
		return err
	}
	return s.office.Object(ctx, by, t)
}

// moved is the transfer that a message is about.
func (on tradeOn) moved() (market.Transfer, error) { return transferOf(on.Course, on.transfer) }

func transferOf(c deals.Course, id ledger.ID) (market.Transfer, error) {
	i := slices.IndexFunc(c.Transfers, func(t market.Transfer) bool { return t.ID == id })
	if i < 0 {
		return market.Transfer{}, ledger.Errorf(ledger.NotFound, "there is nothing at this address")
	}
	return c.Transfers[i], nil
}

// handedOut refuses what is not to be read under an agreement now.
func (s *server) handedOut(ctx context.Context, d market.Deal, t market.Transfer) error {
	if state := d.At(ledger.TimeOf(time.Now())); state != market.InForce {
		return ledger.Errorf(ledger.Forbidden, "the agreement is not in force but %q, and nothing is handed out under it", state)
	}
	if t.State != market.TransferStarted && t.State != market.TransferCompleted {
		return ledger.Errorf(ledger.Forbidden, "this delivery is %q, and nothing of it is handed out", t.State)
	}
	known, err := s.Catalog.Known(ctx, d.Dataset)
	if err != nil {
		return err
	}
	if known.Standing != market.Approved {
		return ledger.Errorf(ledger.Forbidden, "the operator has stopped this dataset")
	}
	return nil
}

// deliveryOf is the transfer that an address names, for its consumer.
func (s *server) deliveryOf(c echo.Context) (d market.Deal, t market.Transfer, cid string, err error) {
	course, side, err := s.courseOf(c)
	if err != nil {
		return d, t, "", err
	}
	name, err := param(c, "transfer")
	if err != nil {
		return d, t, "", err
	}
	id, err := ledger.ParseID(name)
	if err != nil || side != market.Consumer {
		return d, t, "", ledger.Errorf(ledger.NotFound, "there is nothing at this address")
	}
	if t, err = transferOf(course, id); err != nil {
		return d, t, "", err
	}
	if err = s.handedOut(c.Request().Context(), *course.Deal, t); err != nil {
		return d, t, "", err
	}
	cid, err = param(c, "cid")
	return *course.Deal, t, cid, err
}

func (s *server) deliveredFile(c echo.Context) error {
	ctx := c.Request().Context()
	d, t, cid, err := s.deliveryOf(c)
	if err != nil {
		return err
	}
	f, err := s.office.Delivered(ctx, t, cid)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := f.Open()
	if err != nil {
		return err
	}
	if limit := d.Terms.Downloads; limit > 0 && c.Request().Method == http.MethodGet {
		c.Request().Header.Del("Range") // a download is a whole one
		if err := s.Accounts.Take(ctx, t.Consumer, d.ID, cid, limit); err != nil {
			return err
		}
	}
	attach(c, f.Name, f.Media)
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, r)
	return nil
}

// deliveredCiphertext is what the release names, for whoever checks it by themselves.
func (s *server) deliveredCiphertext(c echo.Context) error {
	ctx := c.Request().Context()
	_, t, cid, err := s.deliveryOf(c)
	if err != nil {
		return err
	}
	r, name, err := s.office.Ciphertext(ctx, t, cid)
	if err != nil {
		return err
	}
	defer r.Close()
	attach(c, name+".sealed", "application/octet-stream")
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, r)
	return nil
}

// attach has a browser keep what is served, and nobody else.
func attach(c echo.Context, name, media string) {
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, media)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, no-store")
}

// filesView are the files of a transfer, where its consumer may take them now.
func (s *server) filesView(ctx context.Context, base string, d market.Deal, t market.Transfer) (list []web.TradeFile, err error) {
	if d.Kind != market.Files || s.handedOut(ctx, d, t) != nil {
		return nil, nil
	}
	v, err := s.Catalog.Version(ctx, t.Dataset, t.Version)
	if err != nil {
		return nil, ignoreNotFound(err)
	}
	for _, f := range v.Files {
		one := web.TradeFile{Name: f.Name, Bytes: f.Bytes, Path: base + "/transfers/" + t.ID.String() + "/files/" + f.CID, Left: -1}
		if limit := d.Terms.Downloads; limit > 0 {
			n, err := s.Accounts.Taken(ctx, t.Consumer, d.ID, f.CID)
			if err != nil {
				return nil, err
			}
			one.Left = max(0, limit-n)
		}
		list = append(list, one)
	}
	return list, nil
}
