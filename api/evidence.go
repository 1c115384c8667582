package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/ipfs/go-cid"
	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/deals"
)

// evidenceRoutes are where the two sides of a dispute, and the operator who decides it,
// take what was brought forward in it.
func (s *server) evidenceRoutes() []route {
	return []route{
		get("/trade/:id/evidence/:cid/:n", publisher, s.evidenceFile),
		get("/desk/disputes/:id/evidence/:cid/:n", operator, s.evidenceFile),
	}
}

var evidenceField = web.Field{Name: "papers", Type: "files"}

// evidenceIn reads a form with files of a dispute. It takes more than the files may
// have, so that what was typed is not lost with files that are too large.
func evidenceIn(c echo.Context) (url.Values, []*multipart.FileHeader, error) {
	r := c.Request()
	if !strings.HasPrefix(r.Header.Get(echo.HeaderContentType), echo.MIMEMultipartForm) {
		form, err := typed(c)
		return form, nil, err
	}
	r.Body = http.MaxBytesReader(c.Response(), r.Body, 3*office.MaxEvidence+maxForm)
	err := r.ParseMultipartForm(1 << 20)
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, nil, ledger.FieldErrorf(ledger.TooLarge, "papers", "has more than %d bytes", office.MaxEvidence)
	}
	if err != nil {
		return nil, nil, unreadable(err, noForm)
	}
	var chosen []*multipart.FileHeader
	for _, f := range r.MultipartForm.File["papers"] {
		if f.Filename != "" { // where none is chosen, browsers send one without a name
			chosen = append(chosen, f)
		}
	}
	return r.MultipartForm.Value, chosen, nil
}

// disputing says that something is wrong with a bill, or answers that, with what shows it.
func disputing(s *server, ctx context.Context, by *account.Identity, on tradeOn, form url.Values, files []*multipart.FileHeader) error {
	return s.office.Dispute(ctx, by, market.MoneyNote{Agreement: on.Deal.ID, Reason: reasonIn(form)}, files)
}

// broughtForward is the evidence that a message of a course names: its name, and its
// files where its side handed them in here.
func (s *server) broughtForward(ctx context.Context, c deals.Course, m deals.Message) (name string, files []account.EvidenceFile, err error) {
	switch m.Action {
	case market.ActionDispute, market.ActionUphold, market.ActionReturn:
		name = decoded[market.MoneyNote](ledger.Item{Data: m.Item}).Evidence
	}
	by := map[market.Side]ledger.ID{market.Provider: c.Provider, market.Consumer: c.Consumer}[m.Side]
	if name == "" || by.IsZero() {
		return name, nil, nil
	}
	files, err = s.Accounts.Evidence(ctx, by, c.Deal.ID, name)
	return name, files, err
}

// evidenceView is what was brought forward about a bill, the last first.
func (s *server) evidenceView(ctx context.Context, c deals.Course, side market.Side, names map[market.Side]web.Party) (list []web.TradeEvidence, err error) {
	base := "/trade/" + c.ID.String()
	if side == market.Operator {
		base = "/desk/disputes/" + c.ID.String()
	}
	for i := len(c.History) - 1; i >= 0; i-- {
		m := c.History[i]
		name, files, err := s.broughtForward(ctx, c, m)
		if err != nil {
			return nil, err
		}
		if name == "" {
			continue
		}
		one := web.TradeEvidence{By: names[m.Side], At: m.Time}
		for n, f := range files {
			one.Files = append(one.Files, web.EvidenceFile{Name: f.Name, Bytes: f.Bytes, Path: fmt.Sprintf("%s/evidence/%s/%d", base, name, n)})
		}
		if len(files) == 0 { // a program named it
			one.Files = []web.EvidenceFile{{Path: "/ipfs/" + name}}
		}
		list = append(list, one)
	}
	return list, nil
}

// evidenceFile is a file that was brought forward, for both sides and the operator.
func (s *server) evidenceFile(c echo.Context) error {
	ctx := c.Request().Context()
	none := ledger.Errorf(ledger.NotFound, "there is nothing at this address")
	course, _, err := s.courseOf(c)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(c.Param("n"))
	if err != nil || n < 0 {
		return none
	}
	for _, m := range course.History {
		name, files, err := s.broughtForward(ctx, course, m)
		if err != nil {
			return err
		}
		if name != c.Param("cid") || n >= len(files) {
			continue
		}
		id, err := content.Parse(name)
		if err != nil {
			return err
		}
		return s.handOut(c, id, n, files[n])
	}
	return none
}

func (s *server) handOut(c echo.Context, id cid.Cid, n int, f account.EvidenceFile) error {
	r, err := s.office.EvidenceFile(c.Request().Context(), id, n)
	if err != nil {
		return err
	}
	defer r.Close()
	attach(c, f.Name, echo.MIMEOctetStream)
	c.Response().Header().Set(echo.HeaderContentLength, strconv.FormatInt(f.Bytes, 10))
	c.Response().WriteHeader(http.StatusOK)
	_, err = io.Copy(c.Response(), r)
	return err
}

// openedEvidence adds to a dossier what a message brought forward, to be read: its
// record names the ciphertext.
func (s *server) openedEvidence(ctx context.Context, a archive, c deals.Course, m deals.Message) error {
	name, files, err := s.broughtForward(ctx, c, m)
	if err != nil {
		return err
	}
	for n, f := range files {
		id, err := content.Parse(name)
		if err != nil {
			return err
		}
		r, err := s.office.EvidenceFile(ctx, id, n)
		if err != nil {
			return err
		}
		b, err := io.ReadAll(io.LimitReader(r, f.Bytes))
		if err = errors.Join(err, r.Close()); err != nil {
			return err
		}
		if err := a.file(fmt.Sprintf("opened/%d-0/%s", m.Entry, office.EvidenceName(n, f.Name)), b); err != nil {
			return err
		}
	}
	return nil
}
