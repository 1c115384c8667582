package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/picture"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// complaintRoutes are how a shopper reports a problem with a code, without an account,
// and how the organisation that answers for it deals with that.
func (s *server) complaintRoutes() []route {
	return slices.Concat(
		[]route{
			get("/report", anyone, s.complaintForm),
			post("/report", anyone, s.complain),
			get("/reports", answerer, s.complaints),
			get("/reports/:ref", anyone, s.complaint),
			post("/reports/:ref", anyone, s.ownComplaint),
			post("/reports/:ref/answer", answerer, s.answerComplaint),
			get("/reports/:ref/photo", answerer, s.complaintPhoto),
		},
		s.deciding(answerer, "/reports/:ref/hand", s.handComplaint),
		s.deciding(answerer, "/reports/:ref/close", s.closeComplaint),
	)
}

// maxComplaintPhoto is how large a photo a shopper may send, in bytes.
const maxComplaintPhoto = 5 << 20

// accused is what a complaint is about: its name, and who answers for it. What is not
// for everybody is not there; a number that was never issued is, all the more.
func (s *server) accused(ctx context.Context, text string) (name trace.Text, id trace.ID, org ledger.ID, err error) {
	if id, err = trace.ParseID(text); err != nil {
		return name, id, org, ledger.FieldErrorf(ledger.Invalid, "id", "%v", err)
	}
	page, p, err := s.presentAny(ctx, index.Viewer{}, id)
	if err != nil {
		return name, id, org, err
	}
	org, err = s.Index.Owner(id)
	if err = ignoreNotFound(err); err != nil {
		return name, id, org, err
	}
	if org.IsZero() && p.Batch != nil && p.Batch.Last != nil {
		org = p.Batch.Last.Acting()
	}
	if org.IsZero() {
		err = ledger.FieldErrorf(ledger.NotFound, "id", "nobody on the register answers for %s", id)
	}
	return page.Name, id, org, err
}

func complaintPath(id trace.ID) string { return "/report?" + url.Values{"id": {id.String()}}.Encode() }

func (s *server) complaintForm(c echo.Context) error {
	return s.askComplaint(c, http.StatusOK, c.QueryParam("id"), web.Form{})
}

func (s *server) askComplaint(c echo.Context, code int, of string, f web.Form) error {
	name, id, _, err := s.accused(c.Request().Context(), of)
	if err != nil {
		return err
	}
	return show(s, c, code, s.pages.ComplaintForm, &web.ComplaintForm{
		Form: f, Name: name, ID: id.String(), Code: codeText(id), Lot: id.Lot(), Serial: id.Serial(), Passport: id.Path(), Matters: matters(), Most: account.MaxComplaintText,
	})
}

func matters() (list []string) {
	for _, m := range account.Matters {
		list = append(list, string(m))
	}
	return list
}

// complain takes a complaint. The page that answers is the only one that ever shows
// the reporter's code.
func (s *server) complain(c echo.Context) error {
	form, shot, err := typedPhoto(c, "photo")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	name, id, org, err := s.accused(ctx, form.Get("id"))
	if err != nil {
		return err
	}
	f := account.Filed{Of: id.String(), Lot: id.Batch().String(), Org: org, What: account.Matter(form.Get("matter")), Text: form.Get("words"), Contact: form.Get("contact")}
	switch {
	case len(shot) > maxComplaintPhoto:
		err = ledger.FieldErrorf(ledger.TooLarge, "photo", "has more than %d bytes", maxComplaintPhoto)
	case len(shot) > 0:
		f.Photo, err = picture.Clean("photo", shot)
	}
	var filed account.Complaint
	secret := ""
	if err == nil {
		filed, secret, err = s.Accounts.File(ctx, f, s.from(c))
	}
	if err != nil {
		return retyped(c, form, err, asking(s.askComplaint, id.String()))
	}
	s.tellOfComplaint(ctx, filed, name, id)
	return show(s, c, http.StatusOK, s.pages.ComplaintSent, &web.ComplaintSent{
		Ref: account.Spaced(filed.Ref), Secret: account.Spaced(secret), Path: "/reports/" + filed.Ref + "#" + secret,
		Address: s.PublicURL + "/reports/" + filed.Ref, Handed: filed.Handed != nil, Passport: id.Path(),
	})
}

// clerk is as whom somebody works on complaints; ok is false for who may not.
func (s *server) clerk(c echo.Context) (account.Clerk, bool) {
	who := callerOf(c.Request().Context())
	if answerer.judge(who, http.MethodGet) != nil {
		return account.Clerk{}, false
	}
	return account.Clerk{Account: who.person.ID, Org: who.identity.Org, Agency: who.authority.Kind == ledger.KindAgency}, true
}

// openComplaints counts what somebody has yet to deal with; ok is false for who does not.
func (s *server) openComplaints(c echo.Context) (n int, ok bool, err error) {
	by, ok := s.clerk(c)
	if !ok {
		return 0, false, nil
	}
	all, err := s.Accounts.Complaints(c.Request().Context(), by)
	for _, one := range all {
		if one.Closed == nil {
			n++
		}
	}
	return n, true, err
}

func refParam(c echo.Context) (string, error) { return account.ParseRef(c.Param("ref")) }

// complaint is the same address for everybody: whose it is to deal with sees it, and
// anybody else is asked for the reporter's code.
func (s *server) complaint(c echo.Context) error {
	ref, err := refParam(c)
	if err != nil {
		return err
	}
	if by, ok := s.clerk(c); ok {
		err := s.Accounts.SeeComplaint(c.Request().Context(), ref, by)
		if err == nil {
			return s.showComplaint(c, http.StatusOK, ref, by, web.Form{})
		}
		if ledger.CodeOf(err) != ledger.NotFound {
			return err
		}
	}
	return show(s, c, http.StatusOK, s.pages.ComplaintDoor, &web.ComplaintDoor{Ref: account.Spaced(ref), Action: "/reports/" + ref})
}

// ownComplaint shows a reporter, by their code, what became of it.
func (s *server) ownComplaint(c echo.Context) error {
	ref, err := refParam(c)
	if err != nil {
		return err
	}
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	one, err := s.Accounts.OwnComplaint(ctx, ref, form.Get("secret"), s.from(c))
	if err != nil {
		f, code, err := again(c, form, err)
		if err != nil {
			return err
		}
		return show(s, c, code, s.pages.ComplaintDoor, &web.ComplaintDoor{Form: f, Ref: account.Spaced(ref), Action: "/reports/" + ref})
	}
	line, err := s.complaintLine(ctx, index.Viewer{}, one)
	if err != nil {
		return err
	}
	v := &web.ComplaintSeen{ComplaintLine: line}
	if v.Answers, err = s.answers(ctx, one); err != nil {
		return err
	}
	return show(s, c, http.StatusOK, s.pages.ComplaintSeen, v)
}

// complaintLine is a complaint in a list.
func (s *server) complaintLine(ctx context.Context, v index.Viewer, one account.Complaint) (web.ComplaintLine, error) {
	out := web.ComplaintLine{
		Ref: account.Spaced(one.Ref), Path: "/reports/" + one.Ref, What: string(one.What), Text: one.Text, At: ledger.TimeOf(one.At),
		State: one.State(), Handed: one.Handed != nil, Photo: one.Parts > 0,
	}
	id, err := trace.ParseID(one.Of)
	if err != nil {
		return out, ledger.Wrap(err, ledger.Internal, "a report's code cannot be read")
	}
	out.Name, out.Code, out.Passport = s.names(ctx, v)(id), code(id), id.Path()
	out.Org, err = s.orgName(ctx, one.Org)
	return out, err
}

func (s *server) answers(ctx context.Context, one account.Complaint) (list []web.ComplaintAnswer, err error) {
	for _, n := range one.Notes {
		name, err := s.orgName(ctx, n.Org)
		if err != nil {
			return nil, err
		}
		list = append(list, web.ComplaintAnswer{At: ledger.TimeOf(n.At), By: name, Text: n.Text})
	}
	return list, nil
}

// complaintsShown is how many a page lists.
const complaintsShown = 200

func (s *server) complaints(c echo.Context) error {
	ctx := c.Request().Context()
	by, _ := s.clerk(c)
	all, err := s.Accounts.Complaints(ctx, by)
	if err != nil {
		return err
	}
	v := &web.Complaints{Agency: by.Agency, Closed: c.QueryParam("show") == "closed"}
	for _, one := range all {
		if one.Closed != nil {
			v.Done++
		} else {
			v.Open++
		}
		if v.Closed != (one.Closed != nil) || len(v.List) >= complaintsShown {
			continue
		}
		line, err := s.complaintLine(ctx, viewerOf(ctx), one)
		if err != nil {
			return err
		}
		v.List = append(v.List, line)
	}
	if viewerOf(ctx).Operator {
		if v.Counts, err = s.Accounts.CountComplaints(ctx); err != nil {
			return err
		}
	}
	return show(s, c, http.StatusOK, s.pages.Complaints, v)
}

func (s *server) showComplaint(c echo.Context, code int, ref string, by account.Clerk, f web.Form) error {
	ctx := c.Request().Context()
	one, contact, err := s.Accounts.Complaint(ctx, ref, by)
	if err != nil {
		return err
	}
	line, err := s.complaintLine(ctx, viewerOf(ctx), one)
	if err != nil {
		return err
	}
	v := &web.ComplaintDesk{ComplaintLine: line, Form: f, Contact: contact, Gone: ledger.TimeOf(one.Gone()), Most: account.MaxComplaintText}
	if v.Answers, err = s.answers(ctx, one); err != nil {
		return err
	}
	return show(s, c, code, s.pages.ComplaintDesk, v)
}

func (s *server) answerComplaint(c echo.Context) error {
	ref, err := refParam(c)
	if err != nil {
		return err
	}
	form, err := typed(c)
	if err != nil {
		return err
	}
	by, _ := s.clerk(c)
	if _, err := s.Accounts.AnswerComplaint(c.Request().Context(), ref, by, form.Get("answer")); err != nil {
		if ledger.CodeOf(err) == ledger.NotFound {
			return err
		}
		f, code, err := again(c, form, err)
		if err != nil {
			return err
		}
		return s.showComplaint(c, code, ref, by, f)
	}
	return done(c, "/reports/"+ref, "answered")
}

func (s *server) complaintPhoto(c echo.Context) error {
	ref, err := refParam(c)
	if err != nil {
		return err
	}
	by, _ := s.clerk(c)
	b, err := s.Accounts.ComplaintPhoto(c.Request().Context(), ref, by)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, picture.Type, b)
}

// complaintAct is a step with a complaint that is asked about first.
func (s *server) complaintAct(c echo.Context, name string, danger bool, do func(context.Context, string, account.Clerk) (account.Complaint, error)) (*act, error) {
	ref, err := refParam(c)
	if err != nil {
		return nil, err
	}
	ctx := c.Request().Context()
	by, ok := s.clerk(c)
	if !ok {
		return nil, errors.New("the route is for clerks")
	}
	one, _, err := s.Accounts.Complaint(ctx, ref, by)
	if err != nil {
		return nil, err
	}
	line, err := s.complaintLine(ctx, viewerOf(ctx), one)
	if err != nil {
		return nil, err
	}
	return &act{
		name: name, who: line.Name, back: "/reports/" + ref, danger: danger, facts: []web.Fact{{Label: "code", Value: line.Code}},
		do: func(ctx context.Context, _ *account.Identity, _ url.Values) error {
			_, err := do(ctx, ref, by)
			return err
		},
	}, nil
}

func (s *server) handComplaint(c echo.Context) (*act, error) {
	return s.complaintAct(c, "hand", false, s.Accounts.HandComplaint)
}

func (s *server) closeComplaint(c echo.Context) (*act, error) {
	return s.complaintAct(c, "close_report", false, s.Accounts.CloseComplaint)
}
