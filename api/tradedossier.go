package api

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/receipt"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/deals"
	"github.com/sogoc/sogoc/market/odrl"
)

// tradeDossier hands out what two organisations agreed on and said, with the receipts
// of all of it and of the version that it is about: an archive that verifies offline.
func (s *server) tradeDossier(c echo.Context) error {
	course, _, err := s.courseOf(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	var b bytes.Buffer
	a := archive{zip.NewWriter(&b), time.Now().In(vietnam)}
	rows := [][]string{{"receipt", "entry", "message", "side", "recorded"}}
	for _, m := range course.History {
		document := ""
		if m.Action == market.ActionAgree {
			document = decoded[market.Agreement](ledger.Item{Data: m.Item}).Document
		}
		name, err := s.proved(ctx, a, m.Entry, document)
		if err != nil {
			return err
		}
		if err := s.openedEvidence(ctx, a, course, m); err != nil {
			return err
		}
		rows = append(rows, []string{name, strconv.FormatUint(m.Entry, 10), m.Action, string(m.Side), m.Time.String()})
	}
	if err := s.provedVersions(ctx, a, course); err != nil {
		return err
	}
	clauses := [][]string{{"vi", "en", "enforced"}}
	for _, clause := range odrl.Clauses(course.Terms, ledger.ID.String) {
		clauses = append(clauses, []string{clause.Words.VI, clause.Words.EN, strconv.FormatBool(clause.Enforced)})
	}
	for name, body := range map[string][]byte{"trust.json": s.trust().Encode(), "messages.csv": sheet(rows), "terms.csv": sheet(clauses)} {
		if err := a.file(name, body); err != nil {
			return err
		}
	}
	if err := a.Close(); err != nil {
		return ledger.Wrap(err, ledger.Internal, "the archive cannot be written")
	}
	keepNothing(c.Response().Header())
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="`+course.ID.String()+`-agreement.zip"`)
	return c.Blob(http.StatusOK, "application/zip", b.Bytes())
}

// provedVersions adds the versions of the dataset that the agreement is about and that
// were handed over, with their descriptions: what they consist of and derive from.
func (s *server) provedVersions(ctx context.Context, a archive, course deals.Course) error {
	if course.Deal == nil {
		return nil
	}
	versions := map[int]bool{course.Deal.Version: true}
	for _, t := range course.Transfers {
		versions[t.Version] = true
	}
	for n := range versions {
		v, err := s.Catalog.Version(ctx, course.Dataset, n)
		if err != nil {
			return err
		}
		if _, err := s.proved(ctx, a, v.Entry, v.Description); err != nil {
			return err
		}
	}
	return nil
}

// proved adds the receipt of an entry's only item, and the document that it names where
// it is here, and returns the receipt's name.
func (s *server) proved(ctx context.Context, a archive, entry uint64, document string) (string, error) {
	name := fmt.Sprintf("%d-0", entry)
	r, err := receipt.Build(ctx, proofs{s.Ledger, s, entry}, entry, 0)
	if err == nil {
		err = a.file("receipts/"+name+".receipt.json", r.Encode())
	}
	if err != nil || document == "" {
		return "receipts/" + name + ".receipt.json", err
	}
	b, err := s.payload(ctx, document)
	if err == nil {
		err = a.file("documents/"+name+".json", b)
	}
	return "receipts/" + name + ".receipt.json", ignoreNotFound(err)
}
