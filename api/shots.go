package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/picture"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/trace/index"
)

// keepPicture keeps a picture that a field of a form brought, cleaned, and returns its
// CID.
func (s *server) keepPicture(ctx context.Context, field string, shot []byte) (string, error) {
	clean, err := picture.Clean(field, shot)
	if err != nil {
		return "", err
	}
	ref, err := s.Store.Put(ctx, bytes.NewReader(clean), content.Options{})
	if err != nil {
		return "", err
	}
	return ref.CID.String(), nil
}

// shots are the pictures of a form, by their field.
type shots map[string][]byte

// typedPhoto is what a person sent in a form that may hold a picture.
func typedPhoto(c echo.Context, field string) (form url.Values, shot []byte, err error) {
	form, pictures, err := typedShots(c, field)
	return form, pictures[field], err
}

// typedShots is what a person sent in a form that may hold pictures in some fields.
func typedShots(c echo.Context, fields ...string) (form url.Values, pictures shots, err error) {
	r := c.Request()
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		form, err = typed(c)
		return form, nil, err
	}
	if err := openParts(c, int64(len(fields))*picture.MaxBytes+maxForm); err != nil {
		return nil, nil, err
	}
	defer r.MultipartForm.RemoveAll()
	pictures = shots{}
	for _, field := range fields {
		if pictures[field], err = sentFile(r, field, picture.MaxBytes); err != nil {
			return nil, nil, err
		}
	}
	return r.PostForm, pictures, nil
}

// openParts reads a form with files, of so many bytes at most.
func openParts(c echo.Context, limit int64) error {
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, limit)
	if err := r.ParseMultipartForm(limit); err != nil {
		return unreadable(err, noForm)
	}
	return nil
}

// sentFile is a file of a form, nil when there is none. Of one that has more than the
// most bytes it is one byte more.
func sentFile(r *http.Request, name string, most int64) ([]byte, error) {
	f, _, err := r.FormFile(name)
	if errors.Is(err, http.ErrMissingFile) {
		return nil, nil
	}
	if err != nil {
		return nil, unreadable(err, noForm)
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most+1))
}

// workPhoto is the picture of what was done that an event names, for who may read the
// event.
func (s *server) workPhoto(c echo.Context) error {
	b, err := s.bookOf(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	r, err := s.Index.Event(ctx, b.viewer, c.QueryParam("event"))
	if err != nil {
		return err
	}
	d, err := s.detailsHere(ctx, r)
	if err != nil {
		return err
	}
	return s.showPhoto(c, d.ours[photoField])
}

// showPhoto answers with a picture that was kept from a form; cid may name none.
func (s *server) showPhoto(c echo.Context, cid string) error {
	if cid == "" {
		return errNoPhoto
	}
	shot, err := s.payload(c.Request().Context(), cid)
	if err != nil {
		return err
	}
	if http.DetectContentType(shot) != picture.Type {
		return errNoPhoto
	}
	keepNothing(c.Response().Header())
	return reply(c, http.StatusOK, picture.Type, newBody(shot))
}

var errNoPhoto = ledger.Errorf(ledger.NotFound, "there is no photo")

// hasPhoto reports whether a record names a picture of what was done.
func (s *server) hasPhoto(ctx context.Context, r *index.Record) (bool, error) {
	d, err := s.detailsHere(ctx, r)
	return d != nil && d.ours[photoField] != "", ignoreNotFound(err)
}

// detailsHere reads the document of a record; NotFound where it was erased or is not
// here yet.
func (s *server) detailsHere(ctx context.Context, r *index.Record) (*details, error) {
	b, err := s.payload(ctx, r.Fact.Payload)
	if err != nil {
		return nil, err
	}
	return detailsOf(b)
}
