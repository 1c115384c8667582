package api

import (
	"cmp"
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

// Why a file that was delivered is not handed out now, besides the state of its
// agreement and of its transfer; each ends a text key "withheld.…".
const (
	withheldUnsigned   = "unsigned"
	withheldByOperator = "operator"
	withheldUsedUp     = "used"
	withheldUnsound    = "unsound"
)

// withheld is why nothing of a transfer is to be read under its agreement now; empty
// where it may be.
func (s *server) withheld(ctx context.Context, d market.Deal, t market.Transfer) (string, error) {
	if state := d.At(s.moment()); state != market.InForce {
		return cmp.Or(string(state), withheldUnsigned), nil
	}
	if t.State != market.TransferStarted && t.State != market.TransferCompleted {
		return string(t.State), nil
	}
	known, err := s.Catalog.Known(ctx, d.Dataset)
	if err != nil || known.Standing == market.Approved {
		return "", err
	}
	return withheldByOperator, nil
}

// delivery is a file of a transfer that an address names, for its consumer.
type delivery struct {
	deals.Course
	transfer market.Transfer
	cid      string
	withheld string // why it is not handed out
}

func (s *server) deliveryOf(c echo.Context) (d delivery, err error) {
	course, side, err := s.courseOf(c)
	if err != nil {
		return d, err
	}
	name, err := param(c, "transfer")
	if err != nil {
		return d, err
	}
	id, err := ledger.ParseID(name)
	if err != nil || side != market.Consumer {
		return d, ledger.Errorf(ledger.NotFound, "there is nothing at this address")
	}
	d.Course = course
	if d.transfer, err = transferOf(course, id); err != nil {
		return d, err
	}
	if d.cid, err = param(c, "cid"); err != nil {
		return d, err
	}
	d.withheld, err = s.withheld(c.Request().Context(), *course.Deal, d.transfer)
	return d, err
}

// refuse says on a page why a file is not handed out, and where to go on.
func (s *server) refuse(c echo.Context, d delivery, why string) error {
	name, err := s.datasetName(c.Request().Context(), d.Dataset)
	if err != nil {
		return err
	}
	return show(s, c, http.StatusForbidden, s.pages.Withheld, &web.Withheld{Dataset: name, Why: why, Back: "/trade/" + d.ID.String()})
}

// unsound keeps that a file is not what was committed to, and refuses it.
func (s *server) unsound(c echo.Context, d delivery) error {
	if err := s.Accounts.KeepSound(c.Request().Context(), d.Consumer, d.transfer.ID, d.cid, false); err != nil {
		return err
	}
	return s.refuse(c, d, withheldUnsound)
}

func (s *server) deliveredFile(c echo.Context) error {
	ctx := c.Request().Context()
	d, err := s.deliveryOf(c)
	if err != nil {
		return err
	}
	if d.withheld != "" {
		return s.refuse(c, d, d.withheld)
	}
	f, err := s.office.Delivered(ctx, d.transfer, d.cid)
	if ledger.CodeOf(err) == ledger.Conflict { // the key opens nothing
		return s.unsound(c, d)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	sound, err := s.office.Sound(ctx, d.transfer, f.File, readAtOnce)
	if err != nil {
		return err
	}
	if !sound {
		return s.refuse(c, d, withheldUnsound)
	}
	r, err := f.Open()
	if f.Spoilt() {
		return s.unsound(c, d)
	}
	if err != nil {
		return err
	}
	if limit := d.Terms.Downloads; limit > 0 && c.Request().Method == http.MethodGet {
		c.Request().Header.Del("Range") // a download is a whole one
		err := s.Accounts.Take(ctx, d.Consumer, d.Deal.ID, d.cid, limit)
		if ledger.CodeOf(err) == ledger.Forbidden {
			return s.refuse(c, d, withheldUsedUp)
		}
		if err != nil {
			return err
		}
	}
	attach(c, f.Name, f.Media)
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, r)
	if f.Spoilt() { // the download breaks off, and the page says why
		return s.Accounts.KeepSound(ctx, d.Consumer, d.transfer.ID, d.cid, false)
	}
	return nil
}

// deliveredCiphertext is what the release names, for whoever checks it by themselves.
func (s *server) deliveredCiphertext(c echo.Context) error {
	ctx := c.Request().Context()
	d, err := s.deliveryOf(c)
	if err != nil {
		return err
	}
	if d.withheld != "" {
		return s.refuse(c, d, d.withheld)
	}
	r, name, err := s.office.Ciphertext(ctx, d.transfer, d.cid)
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

// readAtOnce is how many bytes of what was delivered are read for a page, to say
// whether they are what was committed to. What is larger is read as it is downloaded.
const readAtOnce = 64 << 20

// filesView are the files of a transfer, where its consumer may take them now, and the
// names of those that are not what was committed to.
func (s *server) filesView(ctx context.Context, base string, d market.Deal, t market.Transfer) (list []web.TradeFile, unsound []string, err error) {
	v, err := s.Catalog.Version(ctx, t.Dataset, t.Version)
	if err != nil {
		return nil, nil, ignoreNotFound(err)
	}
	left := int64(readAtOnce)
	for _, f := range v.Files {
		sound, err := s.office.Sound(ctx, t, f, left)
		if err != nil {
			return nil, nil, err
		}
		if left -= f.Bytes; !sound {
			unsound = append(unsound, f.Name)
			continue
		}
		one := web.TradeFile{Name: f.Name, Bytes: f.Bytes, Path: base + "/transfers/" + t.ID.String() + "/files/" + f.CID, Left: -1}
		if limit := d.Terms.Downloads; limit > 0 {
			n, err := s.Accounts.Taken(ctx, t.Consumer, d.ID, f.CID)
			if err != nil {
				return nil, nil, err
			}
			one.Left = max(0, limit-n)
		}
		list = append(list, one)
	}
	return list, unsound, nil
}
