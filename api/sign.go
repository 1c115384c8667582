package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/capture"
)

// signRoutes are where somebody whose key is elsewhere signs what a form recorded.
func (s *server) signRoutes() []route {
	return []route{post("/sign", person, s.sign)}
}

// maxSigned bounds the form that brings a transaction back, in bytes.
const maxSigned = 4 << 20

// waiting is an error of a form that may wait for a signature, with where the form
// leads when that comes.
type waiting struct {
	error
	to string
}

func (w waiting) Unwrap() error { return w.error }

// thenDone says where a form would have led that failed: to a page that says what was
// done. One that waits for a signature leads there; without this, to where it came from.
func thenDone(err error, to, what string) error {
	if err == nil {
		return nil
	}
	return waiting{err, saying(to, what)}
}

// enterDocument records the document that a form made, in the name of who sent it. For a member
// who signs elsewhere nothing is recorded yet, and the error wraps an
// [*office.Unsigned].
func (s *server) enterDocument(ctx context.Context, doc []byte, terms capture.Terms) error {
	_, err := s.enterBy(ctx, identityOf(ctx).Sign, doc, terms)
	return err
}

// enterOnce is the same for a document that records one action, which has an
// identifier: sent twice, at once or after a crash, it is recorded once.
func (s *server) enterOnce(ctx context.Context, action string, doc []byte, terms capture.Terms) (capture.Result, error) {
	id := identityOf(ctx)
	return s.enterBy(ctx, func(contract, name, summary string, items []ledger.Item) (ledger.Tx, error) {
		return s.Accounts.SignOnce(ctx, id, action, contract, name, summary, items)
	}, doc, terms)
}

func (s *server) enterBy(ctx context.Context, sign capture.Sign, doc []byte, terms capture.Terms) (capture.Result, error) {
	id := identityOf(ctx)
	if id.Custody == account.AtNode {
		return s.Capture.Document(ctx, sign, doc, false, terms)
	}
	d, err := s.Capture.Draft(ctx, doc, false, terms)
	if err != nil || len(d.Items) == 0 {
		return capture.Result{Entry: d.Entry, Events: d.Events}, err
	}
	p, err := id.Prepare(trace.Contract, trace.ActionCapture, d.Summary, d.Items)
	if err != nil {
		return capture.Result{}, err
	}
	return capture.Result{}, ledger.Wrap(&office.Unsigned{Prepared: p}, ledger.Conflict, "this member signs with a key of their own")
}

// askForSignature answers a form whose member signs elsewhere: with what there is to
// sign. Nothing of it is kept here; the page carries it.
func (s *server) askForSignature(c echo.Context, err error, p account.Prepared) {
	next := s.cameFrom(c)
	var w waiting
	if errors.As(err, &w) {
		next = w.to
	}
	if err := s.askSign(c, http.StatusConflict, web.Form{}, p, next); err != nil {
		slog.ErrorContext(c.Request().Context(), "a page to sign could not be made", "error", err)
		c.Response().WriteHeader(http.StatusInternalServerError)
	}
}

func (s *server) askSign(c echo.Context, code int, f web.Form, p account.Prepared, next string) error {
	transaction, err := json.Marshal(transactionOf(p.Tx))
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(p.Typed(), "", "  ")
	if err != nil {
		return err
	}
	v := &web.Sign{
		Form: f, Next: next, Back: withoutDone(next), Summary: p.Tx.Header.Summary, Until: ledger.Time(p.Tx.Header.Expiry * 1_000),
		Signer: p.Signer.String(), Transaction: string(transaction), Typed: string(data),
	}
	for _, it := range p.Tx.Items {
		item := said(it.Data)
		for i := range item {
			if item[i].Org, err = s.saidOrg(c, item[i]); err != nil {
				return err
			}
		}
		v.Items = append(v.Items, item)
	}
	return show(s, c, code, s.pages.Sign, v)
}

// sign records a transaction that came back with its signature.
func (s *server) sign(c echo.Context) error {
	form, err := typedUpTo(c, maxSigned)
	if err != nil {
		return err
	}
	var t Transaction
	if err := json.Unmarshal([]byte(form.Get("transaction")), &t); err != nil {
		return ledger.FieldErrorf(ledger.Invalid, "transaction", "cannot be read")
	}
	tx, err := t.unsigned()
	if err != nil {
		return err
	}
	who := callerOf(c.Request().Context())
	if who.identity == nil {
		return errStranger
	}
	next := s.known(c, form.Get(nextParam))
	if err := s.acceptSigned(c, tx, form.Get("signature")); err != nil {
		f, code, err := again(c, url.Values{"signature": form["signature"]}, err)
		if err != nil {
			return err
		}
		p := account.Prepared{Register: s.Ledger.Genesis().Register(), Signer: who.identity.Address, Tx: tx}
		return s.askSign(c, code, f, p, next)
	}
	if withoutDone(next) != next {
		return done(c, next, "")
	}
	return done(c, next, "signed")
}

// acceptSigned records what one of the person's own keys signed, and nothing else.
func (s *server) acceptSigned(c echo.Context, tx ledger.Tx, signature string) (err error) {
	if tx.Signature, err = account.ParseSignature(signature); err != nil {
		return err
	}
	_, signer, err := tx.Check(s.Ledger.Genesis().Register())
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	id, err := s.Accounts.Identity(signer)
	if err != nil || id.Account != callerOf(ctx).person.ID {
		if err == nil || ledger.CodeOf(err) == ledger.NotFound {
			err = ledger.FieldErrorf(ledger.Forbidden, "signature", "is of no key of yours, or not of this")
		}
		return err
	}
	if _, err := id.Accept(&tx); err != nil {
		return err
	}
	_, err = s.recordSigned(ctx, tx)
	return err
}

// cameFrom is the page whose form was sent, as the browser says; home where it does
// not.
func (s *server) cameFrom(c echo.Context) string {
	u, err := url.Parse(c.Request().Referer())
	if err != nil {
		return s.known(c, "")
	}
	u = &url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}
	return s.known(c, withoutDone(u.String()))
}

// withoutDone is a path that does not say what was done.
func withoutDone(path string) string {
	u, err := url.Parse(path)
	if err != nil {
		return path
	}
	q := u.Query()
	q.Del("done")
	u.RawQuery = q.Encode()
	return u.String()
}

// saidOrg is the name of the organisation that a value is the number of, as the signer
// may read it.
func (s *server) saidOrg(c echo.Context, x web.Said) (trace.Text, error) {
	if len(x.Values) != 1 {
		return trace.Text{}, nil
	}
	id, err := ledger.ParseID(x.Values[0])
	if err != nil {
		return trace.Text{}, nil
	}
	ctx := c.Request().Context()
	org, err := s.Index.Organisation(ctx, viewerOf(ctx), id)
	if err != nil || org.Profile == nil {
		return trace.Text{}, ignoreNotFound(err)
	}
	return org.Profile.Name, nil
}

// said lists what a fact says, each value below the names that lead to it.
func said(fact []byte) (list []web.Said) {
	d := json.NewDecoder(bytes.NewReader(fact))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return []web.Said{{Values: []string{string(fact)}}}
	}
	var walk func(names []string, v any)
	walk = func(names []string, v any) {
		switch v := v.(type) {
		case map[string]any:
			keys := make([]string, 0, len(v))
			for k := range v {
				keys = append(keys, k)
			}
			slices.Sort(keys)
			for _, k := range keys {
				walk(append(slices.Clip(names), k), v[k])
			}
		case []any:
			var words []string
			for i, x := range v {
				switch x.(type) {
				case map[string]any, []any:
					walk(append(slices.Clip(names), strconv.Itoa(i+1)), x)
				default:
					words = append(words, fmt.Sprint(x))
				}
			}
			if len(words) > 0 {
				list = append(list, web.Said{Names: names, Values: words})
			}
		case nil:
		default:
			list = append(list, web.Said{Names: names, Values: []string{fmt.Sprint(v)}})
		}
	}
	walk(nil, v)
	return list
}
