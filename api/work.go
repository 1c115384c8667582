package api

import (
	"cmp"
	"context"
	"errors"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/uploads"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/deals"
)

// workRoutes are where a provider hands in what a service came to, and where both sides
// take it.
func (s *server) workRoutes() []route {
	return []route{
		get("/trade/:id/transfers/:transfer/results", releasing, s.workPage),
		post("/trade/:id/transfers/:transfer/results", releasing, s.handInWork),
		get("/trade/:id/transfers/:transfer/results/:cid", publisher, s.workFile),
	}
}

// Limits of work that is handed in by a form.
const (
	maxWork      = 64 << 20 // bytes of all files
	maxWorkFiles = 20
)

// workOf is the delivery of a service that an address names, for its provider, while
// work can be handed in.
func (s *server) workOf(c echo.Context) (course deals.Course, t market.Transfer, err error) {
	course, side, err := s.courseOf(c)
	if err != nil {
		return course, t, err
	}
	name, err := param(c, "transfer")
	if err != nil {
		return course, t, err
	}
	id, err := ledger.ParseID(name)
	if err != nil || side != market.Provider || course.Deal == nil || course.Deal.Kind != market.Service {
		return course, t, ledger.Errorf(ledger.NotFound, "there is nothing at this address")
	}
	if t, err = transferOf(course, id); err != nil {
		return course, t, err
	}
	if !slices.Contains(course.Legal(side, ledger.TimeOf(time.Now())), deals.Legal{Action: market.ActionStart, Transfer: id}) {
		err = ledger.Errorf(ledger.Conflict, "work cannot be handed in now; look at how far it has come")
	}
	return course, t, err
}

func (s *server) workPage(c echo.Context) error { return s.askWork(c, http.StatusOK, web.Form{}) }

func (s *server) askWork(c echo.Context, code int, f web.Form) error {
	course, _, err := s.workOf(c)
	if err != nil {
		return err
	}
	v := &web.TradeWork{Form: f, Action: c.Request().URL.Path, Back: "/trade/" + course.ID.String(), MaxFiles: maxWorkFiles, MaxBytes: maxWork}
	if v.Dataset, err = s.datasetName(c.Request().Context(), course.Dataset); err != nil {
		return err
	}
	return show(s, c, code, s.pages.TradeWork, v)
}

// handInWork seals the files of a form, and records that they are the work.
func (s *server) handInWork(c echo.Context) error {
	course, t, err := s.workOf(c)
	if err != nil {
		return err
	}
	ctx, to := c.Request().Context(), "/trade/"+course.ID.String()
	files, err := s.workIn(c)
	if err == nil {
		err = s.handIn(ctx, t, files)
	}
	if err = thenDone(err, to, "trade_handin"); err != nil {
		return retyped(c, url.Values{}, err, s.askWork)
	}
	return done(c, to, "trade_handin")
}

func (s *server) workIn(c echo.Context) ([]*multipart.FileHeader, error) {
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, maxWork+maxForm)
	err := r.ParseMultipartForm(1 << 20)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, ledger.FieldErrorf(ledger.TooLarge, "work", "has more than %d bytes", int64(maxWork))
	case err != nil || len(r.MultipartForm.File["work"]) == 0:
		return nil, ledger.FieldErrorf(ledger.Invalid, "work", "is missing")
	case len(r.MultipartForm.File["work"]) > maxWorkFiles:
		return nil, ledger.FieldErrorf(ledger.TooLarge, "work", "has more than %d files", maxWorkFiles)
	}
	return r.MultipartForm.File["work"], nil
}

// handIn keeps files sealed, so that nobody but the parties reads them, and records
// them. Their names stay at this node.
func (s *server) handIn(ctx context.Context, t market.Transfer, files []*multipart.FileHeader) error {
	start, names := market.TransferStart{Transfer: t.ID}, map[string]string{}
	for _, head := range files {
		if len(head.Filename) > uploads.MaxName {
			return ledger.FieldErrorf(ledger.TooLarge, "work", "a name has more than %d bytes", uploads.MaxName)
		}
		f, err := head.Open()
		if err != nil {
			return err
		}
		ref, err := s.Store.Put(ctx, f, content.Options{Sealed: true})
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
		start.Work = append(start.Work, ref.CID.String())
		names[ref.CID.String()] = head.Filename
	}
	if err := s.Accounts.NameWork(ctx, t.Provider, t.ID, names); err != nil {
		return err
	}
	return s.office.Say(ctx, identityOf(ctx), market.ActionStart, start)
}

// workFile is a file that was handed in, for the provider, and for the consumer while
// the agreement gives it.
func (s *server) workFile(c echo.Context) error {
	ctx := c.Request().Context()
	none := ledger.Errorf(ledger.NotFound, "there is nothing at this address")
	course, side, err := s.courseOf(c)
	if err != nil {
		return err
	}
	id, err := ledger.ParseID(c.Param("transfer"))
	if err != nil || side == market.Operator {
		return none
	}
	t, err := transferOf(course, id)
	if err != nil {
		return err
	}
	name, err := content.Parse(c.Param("cid"))
	if err != nil || !slices.Contains(t.Work, name.String()) {
		return none
	}
	if side == market.Consumer {
		if err := s.handedOut(ctx, *course.Deal, t); err != nil {
			return err
		}
	}
	names, err := s.Accounts.WorkNames(ctx, t.Provider, t.ID)
	if err != nil {
		return err
	}
	r, _, err := s.Store.Open(ctx, name)
	if err != nil {
		return err
	}
	defer r.Close()
	attach(c, cmp.Or(names[name.String()], name.String()), echo.MIMEOctetStream)
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, r)
	return nil
}

// workView are the files that were handed in, as far as a side may take them now, by
// their names where this node knows them.
func (s *server) workView(ctx context.Context, d market.Deal, t market.Transfer, side market.Side) ([]web.WorkFile, error) {
	if len(t.Work) == 0 || side == market.Operator || side == market.Consumer && s.handedOut(ctx, d, t) != nil {
		return nil, nil
	}
	names, err := s.Accounts.WorkNames(ctx, t.Provider, t.ID)
	if err != nil {
		return nil, err
	}
	var list []web.WorkFile
	for _, cid := range t.Work {
		list = append(list, web.WorkFile{Name: names[cid], Path: "/trade/" + d.Negotiation.String() + "/transfers/" + t.ID.String() + "/results/" + cid})
	}
	return list, nil
}
