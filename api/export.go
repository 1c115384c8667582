package api

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/receipt"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// maxExported is how many records an export has, the newest; each is there with its
// proof.
const maxExported = 2000

func (s *server) exportPage(c echo.Context) error {
	return show(s, c, http.StatusOK, s.pages.Export, &web.Export{Most: maxExported})
}

// export hands a person what is kept of them, as it is written. One that breaks off
// is no archive.
func (s *server) export(c echo.Context) error {
	ctx := c.Request().Context()
	x, err := s.Accounts.Export(ctx, callerOf(ctx).person.ID, s.from(c))
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "application/zip")
	h.Set(echo.HeaderContentDisposition, `attachment; filename="sogoc-`+x.At.Format(time.DateOnly)+`.zip"`)
	c.Response().WriteHeader(http.StatusOK)
	if err := s.writeExport(ctx, c.Response(), x, s.lang(c)); err != nil {
		slog.ErrorContext(ctx, "an export broke off", "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// archive writes files one after the other.
type archive struct {
	*zip.Writer
	at time.Time
}

func (a archive) file(name string, b []byte) error {
	w, err := a.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: a.at})
	if err == nil {
		_, err = w.Write(b)
	}
	return err
}

func (a archive) json(name string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return a.file(name, b)
}

func (s *server) writeExport(ctx context.Context, w io.Writer, x account.Export, lang web.Lang) error {
	a := archive{zip.NewWriter(w), x.At}
	if err := a.json("account.json", x); err != nil {
		return err
	}
	if err := a.file("trust.json", s.trust().Encode()); err != nil {
		return err
	}
	v := &web.Exported{
		At: ledger.TimeOf(x.At), Name: x.Account.Name, Phone: x.Account.Phone, Email: x.Account.Email, Made: ledger.TimeOf(x.Account.Made),
		Counts: []web.Counted{
			{What: "keys", N: len(x.Keys)}, {What: "passkeys", N: len(x.Passkeys)}, {What: "external", N: len(x.External)}, {What: "devices", N: len(x.Devices)},
			{What: "sessions", N: len(x.Sessions)}, {What: "tokens", N: len(x.Tokens)}, {What: "links", N: len(x.Links) + len(x.Challenges)},
			{What: "applications", N: len(x.Applications)},
			{What: "consents", N: len(x.Consents)}, {What: "events", N: len(x.Events) + len(x.Failures)},
		},
	}
	for _, m := range x.Account.Members {
		name, err := s.orgName(ctx, m.Org)
		if err != nil {
			return err
		}
		v.Orgs = append(v.Orgs, name)
		if err := s.exportOrg(ctx, a, m); err != nil {
			return err
		}
		if err := s.exportRecords(ctx, a, m, v); err != nil {
			return err
		}
	}
	for _, p := range x.Applications {
		for _, d := range p.Dossier.Documents {
			if err := s.exportDocument(ctx, a, p, d); err != nil {
				return err
			}
			v.Documents++
		}
	}
	var b bytes.Buffer
	if err := s.pages.Exported(&b, lang, v); err != nil {
		return err
	}
	if err := a.file("index.html", b.Bytes()); err != nil {
		return err
	}
	return a.Close()
}

// exportDocument writes what came with an application.
func (s *server) exportDocument(ctx context.Context, a archive, p account.Application, d account.Document) error {
	_, r, err := s.office.Document(ctx, p, d.CID)
	if err != nil {
		return ignoreNotFound(err)
	}
	defer r.Close()
	_, kind, _ := strings.Cut(d.Type, "/")
	w, err := a.CreateHeader(&zip.FileHeader{Name: "applications/" + p.Org.String() + "/" + d.CID + "." + kind, Method: zip.Store, Modified: a.at})
	if err == nil {
		_, err = io.Copy(w, r)
	}
	return err
}

// exportOrg writes what is sealed of a household or an artisan: it is about the
// person.
func (s *server) exportOrg(ctx context.Context, a archive, m account.Membership) error {
	if m.Key.IsZero() {
		return nil
	}
	org, err := s.Index.Organisation(ctx, index.Viewer{Org: m.Org}, m.Org)
	if err != nil || !org.Kind.Natural() {
		return ignoreNotFound(err)
	}
	if err := a.json("organisations/"+m.Org.String()+".json", exportedOrg{org.ID, org.Kind, org.Profile}); err != nil {
		return err
	}
	papers, err := s.office.Papers(ctx, org)
	for _, cid := range papers {
		if err == nil {
			err = s.exportPaper(ctx, a, "organisations/"+m.Org.String()+"/"+cid, cid)
		}
	}
	return err
}

// exportPaper writes a profile, or the picture in one.
func (s *server) exportPaper(ctx context.Context, a archive, name, cid string) error {
	b, err := s.payload(ctx, cid)
	if err != nil {
		return ignoreNotFound(err) // not at this node
	}
	_, kind, _ := strings.Cut(sniff(b), "/")
	return a.file(name+"."+kind, b)
}

type exportedOrg struct {
	ID      ledger.ID      `json:"id"`
	Kind    ledger.Kind    `json:"kind"`
	Profile *trace.Profile `json:"profile,omitempty"`
}

// exportRecords writes what a member signed, or somebody recorded on their behalf:
// proofs, and the documents of events.
func (s *server) exportRecords(ctx context.Context, a archive, m account.Membership, v *web.Exported) error {
	reader := index.Viewer{Org: m.Org}
	for page := (index.Page{Limit: 100}); ; {
		entries, next, err := s.Index.EntriesBy(ctx, reader, m.Member, page)
		if err != nil {
			return err
		}
		for _, n := range entries {
			e, err := s.Ledger.Entry(ctx, n)
			if err != nil {
				return err
			}
			for i := range e.Tx.Items {
				if v.More = v.Receipts >= maxExported; v.More {
					return nil
				}
				if err := s.exportRecord(ctx, a, reader, e, i); err != nil {
					return err
				}
				v.Receipts++
			}
		}
		if next == "" {
			return nil
		}
		page.Token = next
	}
}

func (s *server) exportRecord(ctx context.Context, a archive, reader index.Viewer, e *ledger.Entry, item int) error {
	if err := s.mayRead(ctx, reader, e, item); err != nil {
		return ignoreNotFound(err)
	}
	r, err := receipt.Build(ctx, proofs{s.Ledger, s, e.Index}, e.Index, item)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("records/%d-%d", e.Index, item)
	if err := a.file(name+".receipt.json", r.Encode()); err != nil {
		return err
	}
	return s.exportDocuments(ctx, a, name, reader, e.Tx.Header, e.Tx.Items[item])
}

// exportDocuments writes the document of an event, and the profile that an item names.
func (s *server) exportDocuments(ctx context.Context, a archive, name string, reader index.Viewer, h ledger.Header, it ledger.Item) error {
	files := map[string]string{} // by CID
	for _, cid := range documentsOf(h.Contract, h.Action, []ledger.Item{it}) {
		files[cid] = name + ".event.json"
	}
	for _, n := range payloadsOf(h.Contract, h.Action, []ledger.Item{it}) {
		if n.profile {
			files[n.cid] = name + ".profile.json"
		}
	}
	for cid, file := range files {
		ok, err := s.Index.Readable(ctx, reader, cid)
		if err != nil {
			return err
		}
		b, err := s.payload(ctx, cid)
		switch {
		case !ok, ledger.CodeOf(err) == ledger.NotFound:
			continue
		case err != nil:
			return err
		}
		if err := a.file(file, b); err != nil {
			return err
		}
	}
	return nil
}
