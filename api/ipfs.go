package api

import (
	"bytes"
	"context"
	"io"
	"mime"
	"net/http"
	"path"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
)

// maxSmall is the largest payload that is read into memory: events, profiles.
const maxSmall = 8 << 20

// payload reads a small payload whole.
func (s *server) payload(ctx context.Context, id string) ([]byte, error) {
	return ReadPayload(ctx, s.Store, id)
}

// ReadPayload reads a small payload whole, in clear.
func ReadPayload(ctx context.Context, store content.Store, id string) ([]byte, error) {
	c, err := content.Parse(id)
	if err != nil {
		return nil, err
	}
	r, size, err := store.Open(ctx, c)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if size > maxSmall {
		return nil, ledger.Errorf(ledger.TooLarge, "payload %s has more than %d bytes", id, maxSmall)
	}
	var b bytes.Buffer
	b.Grow(int(size))
	_, err = io.Copy(&b, r)
	return b.Bytes(), err
}

// readable reports whether the caller may read a payload, whichever record it
// belongs to. Sealed payloads are never served here: what is in them is shown by
// the pages of those whom they concern.
func (s *server) readable(c echo.Context, id cid.Cid) (bool, error) {
	ctx := c.Request().Context()
	info, err := s.Store.Stat(ctx, id)
	if err != nil || info.Sealed {
		return false, ignoreNotFound(err)
	}
	if s.Catalog.Readable(id.String()) {
		return true, nil
	}
	v := viewerOf(c.Request().Context())
	if ok, err := s.Deals.Readable(id.String(), v.ActsFor); ok || err != nil {
		return ok, err
	}
	return s.Index.Readable(ctx, v, id.String())
}

// ipfs serves a payload by its root. What the caller may not read is not there.
func (s *server) ipfs(c echo.Context) error {
	name, err := param(c, "cid")
	if err != nil {
		return err
	}
	id, err := content.Parse(name)
	if err != nil {
		return ledger.FieldErrorf(ledger.Invalid, "cid", "%q is not a CIDv1 of a payload", name)
	}
	ok, err := s.readable(c, id)
	if err != nil {
		return err
	}
	if !ok {
		return ledger.Errorf(ledger.NotFound, "there is no payload %s for you here", id)
	}
	r, size, err := s.Store.Open(c.Request().Context(), id)
	if err != nil {
		return err
	}
	defer r.Close()
	head := make([]byte, min(size, 512))
	if _, err := io.ReadFull(r, head); err != nil {
		return err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, sniff(head))
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	h.Set("ETag", `"`+id.String()+`"`)
	h.Set("X-Ipfs-Roots", id.String())
	h.Set("Cache-Control", "private, max-age=3600")
	if name := c.QueryParam("filename"); name != "" && len(name) <= 255 {
		h.Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": path.Base(name)}))
	}
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, r)
	return nil
}

// sniff tells a payload's type from its beginning. HTML is never served as such.
func sniff(head []byte) string {
	trimmed := bytes.TrimLeft(head, " \t\r\n\xef\xbb\xbf")
	switch {
	case bytes.HasPrefix(trimmed, []byte("<svg")), bytes.HasPrefix(trimmed, []byte("<?xml")) && bytes.Contains(head, []byte("<svg")):
		return "image/svg+xml"
	case bytes.HasPrefix(trimmed, []byte("{")), bytes.HasPrefix(trimmed, []byte("[")):
		return echo.MIMEApplicationJSON
	}
	switch t := http.DetectContentType(head); t {
	case "image/jpeg", "image/png", "image/webp", "image/gif", "application/pdf", "application/zip":
		return t
	case "text/plain; charset=utf-8":
		return t
	}
	return "application/octet-stream"
}

// Uploaded is how a stored payload is named. It is exported because the
// description of operations is made by reflection.
type Uploaded struct {
	CID     string `json:"cid" doc:"CIDv1; of a sealed payload, of its ciphertext"`
	Bytes   int64  `json:"bytes"`
	Sealed  bool   `json:"sealed"`
	Profile string `json:"profile" doc:"how the CID was made"`
}

// upload stores a payload for a record that is to name it. The answer is the same
// whether or not it was here before.
func (s *server) upload(c echo.Context) error {
	ctx := c.Request().Context()
	sealed := c.QueryParam("sealed")
	if sealed != "" && sealed != "true" && sealed != "false" {
		return ledger.FieldErrorf(ledger.Invalid, "sealed", "is true or false")
	}
	if err := mayUpload(ctx); err != nil {
		return err
	}
	streamed(c.Request())
	limited := http.MaxBytesReader(c.Response(), c.Request().Body, s.MaxUpload)
	ref, err := s.Store.Put(ctx, limited, content.Options{Sealed: sealed == "true"})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, Uploaded{ref.CID.String(), ref.Size, ref.Sealed, ref.Profile})
}
