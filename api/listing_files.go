package api

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/api/uploads"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/profile"
	"github.com/sogoc/sogoc/market/profile/personal"
)

func (s *server) listingFiles(c echo.Context) error {
	l, err := s.listingOf(c)
	if err != nil {
		return err
	}
	return s.askFiles(c, http.StatusOK, l, web.Form{Values: url.Values{"endpoint": {l.About.Endpoint}}})
}

// maxPlainUpload bounds a file that is sent in a form, without a script, in bytes.
const maxPlainUpload = 32 << 20

func (s *server) askFiles(c echo.Context, code int, l account.Listing, f web.Form) error {
	v := &web.ListingFiles{
		Head: head(l, string(market.StageFiles)), Form: f, Kind: "none", Uploads: draftPath(l) + "/uploads",
		MaxBytes: uploads.MaxBytes, MaxPlain: maxPlainUpload,
	}
	switch {
	case l.Release.Kind == market.API:
		v.Kind = "api"
	case l.Release.Kind == market.Files && l.Release.Access != market.Listed:
		v.Kind = "files"
	}
	taken := map[ledger.ID]bool{}
	for _, file := range l.Files {
		taken[file.Upload] = true
		one, err := fileView(l, file)
		if err != nil {
			return err
		}
		v.Files = append(v.Files, one)
	}
	for _, u := range s.Uploads.List(l.Org) {
		if !taken[u.ID] && !u.Whole() {
			v.Halves = append(v.Halves, web.ListingUpload{Path: v.Uploads + "/" + u.ID.String(), Name: u.Name, Offset: u.Offset, Bytes: u.Size, Until: ledger.TimeOf(u.Expires())})
		}
	}
	return show(s, c, code, s.pages.ListingFiles, v)
}

// fileView is a file with what was found in it.
func fileView(l account.Listing, f account.ListedFile) (web.ListingFile, error) {
	path := draftPath(l) + "/files/" + f.Upload.String()
	v := web.ListingFile{Name: f.Name, Bytes: f.Bytes, Remove: path + "/remove", Looked: f.Looked(), Unseen: f.Unseen}
	if f.Profile == nil {
		return v, nil
	}
	p, err := fileProfile(f)
	if err != nil {
		return v, err
	}
	for i, t := range p.Tables {
		one := web.ListingTable{Name: t.Name, Rows: int(t.Rows), Fields: len(t.Fields), Score: t.Quality.Score}
		if t.Rows >= office.MinGrowers {
			one.Sum = sumPath(l, f, i)
		}
		for n, found := range f.Found {
			if found.Table == i {
				of := web.ListingFound{Field: maskField(n), Name: found.Name, Kind: found.Kind, Why: found.Why}
				for _, how := range office.Masks(personal.Kind(found.Kind)) {
					of.Masks = append(of.Masks, string(how))
				}
				one.Found = append(one.Found, of)
				v.Masks = path + "/mask"
			}
		}
		v.Tables = append(v.Tables, one)
	}
	return v, nil
}

func fileProfile(f account.ListedFile) (p profile.Profile, err error) {
	if err = json.Unmarshal(f.Profile, &p); err != nil {
		err = ledger.Wrap(err, ledger.Internal, "the profile of a file cannot be read")
	}
	return p, err
}

// maskField names the field of a form that says what becomes of a column.
func maskField(n int) string { return "column-" + strconv.Itoa(n) }

// saveFiles takes a small file out of a form, or the address of a data service.
func (s *server) saveFiles(c echo.Context) error {
	l, err := s.listingOf(c)
	if err != nil {
		return err
	}
	if l.Release.Kind == market.API {
		return s.saveEndpoint(c, l)
	}
	if err := s.takeFile(c, l); err != nil {
		return retyped(c, url.Values{}, err, asking(s.askFiles, l))
	}
	return done(c, draftPath(l)+"/files", "data_sent")
}

func (s *server) saveEndpoint(c echo.Context, l account.Listing) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	address := strings.TrimSpace(form.Get("endpoint"))
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(address) > 500 {
		err = ledger.FieldErrorf(ledger.Invalid, "endpoint", "is no address that begins with https://")
	}
	if err == nil {
		_, err = s.Accounts.ChangeListing(c.Request().Context(), l.Org, l.Release.Dataset, func(l *account.Listing) error {
			l.About.Endpoint = address
			return nil
		})
	}
	if err != nil {
		return retyped(c, form, err, asking(s.askFiles, l))
	}
	return done(c, draftPath(l)+"/law", "data_saved")
}

// takeFile keeps the file of a form.
func (s *server) takeFile(c echo.Context, l account.Listing) error {
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, maxPlainUpload+maxForm)
	file, head, err := r.FormFile("upload")
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return ledger.FieldErrorf(ledger.TooLarge, "upload", "has more than %d bytes", maxPlainUpload)
	case errors.Is(err, http.ErrMissingFile):
		return ledger.FieldErrorf(ledger.Invalid, "upload", "is missing")
	case err != nil:
		return unreadable(err, noForm)
	}
	defer r.MultipartForm.RemoveAll()
	defer file.Close()
	return s.keepFile(c, l, file, head)
}

func (s *server) keepFile(c echo.Context, l account.Listing, file multipart.File, head *multipart.FileHeader) error {
	u, err := s.Uploads.Begin(l.Org, head.Filename, head.Size)
	if err != nil {
		return err
	}
	if u, err = s.Uploads.Append(l.Org, u.ID, 0, file); err == nil {
		_, err = s.office.AddFile(c.Request().Context(), l.Org, l.Release.Dataset, u.ID)
	}
	if err != nil {
		return errors.Join(err, s.Uploads.Remove(l.Org, u.ID))
	}
	return nil
}

func (s *server) removeFile(c echo.Context) error {
	l, err := s.listingOf(c)
	if err != nil {
		return err
	}
	id, err := ledger.ParseID(c.Param("upload"))
	if err != nil {
		return ledger.Errorf(ledger.NotFound, "there is no such file")
	}
	if err := s.stopCopies(l, id); err != nil {
		return err
	}
	if err := s.office.DropFile(c.Request().Context(), l.Org, l.Release.Dataset, id); err != nil {
		return err
	}
	return done(c, draftPath(l)+"/files", "data_removed")
}

// Files in pieces come as tus 1.0.0 has it (https://tus.io), its core and creation:
// POST makes an upload of a length, HEAD says how much has come, PATCH brings more.
const (
	tusVersion     = "1.0.0"
	tusHeader      = "Tus-Resumable"
	tusLength      = "Upload-Length"
	tusOffset      = "Upload-Offset"
	tusMetadata    = "Upload-Metadata"
	tusExpires     = "Upload-Expires"
	tusContentType = "application/offset+octet-stream"
)

func (s *server) beginUpload(c echo.Context) error {
	l, err := s.listingOf(c)
	if err != nil {
		return err
	}
	h := c.Request().Header
	size, err := strconv.ParseInt(h.Get(tusLength), 10, 64)
	if err != nil {
		return ledger.FieldErrorf(ledger.Invalid, tusLength, "is missing or no number of bytes")
	}
	name, err := tusFilename(h.Get(tusMetadata))
	if err != nil {
		return err
	}
	u, err := s.Uploads.Begin(l.Org, name, size)
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, c.Request().URL.Path+"/"+u.ID.String())
	s.tus(c, u)
	return c.NoContent(http.StatusCreated)
}

// tusFilename reads the filename out of pairs like "filename Z2lhLmNzdg==,filetype …".
func tusFilename(metadata string) (string, error) {
	for pair := range strings.SplitSeq(metadata, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(pair), " ")
		if key != "filename" {
			continue
		}
		b, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			return "", ledger.FieldErrorf(ledger.Invalid, tusMetadata, "has a filename that is no base 64")
		}
		return string(b), nil
	}
	return "", ledger.FieldErrorf(ledger.Invalid, tusMetadata, "has no filename")
}

// tus says where an upload stands.
func (s *server) tus(c echo.Context, u uploads.Upload) {
	h := c.Response().Header()
	h.Set(tusHeader, tusVersion)
	h.Set(tusOffset, strconv.FormatInt(u.Offset, 10))
	h.Set(tusLength, strconv.FormatInt(u.Size, 10))
	h.Set(tusExpires, u.Expires().UTC().Format(http.TimeFormat))
	h.Set("Tus-Version", tusVersion)
	h.Set("Tus-Extension", "creation,expiration")
	h.Set("Tus-Max-Size", strconv.FormatInt(uploads.MaxBytes, 10))
}

// uploadOf is the upload that an address names, with the draft that it is for.
func (s *server) uploadOf(c echo.Context) (account.Listing, uploads.Upload, error) {
	l, err := s.listingOf(c)
	if err != nil {
		return l, uploads.Upload{}, err
	}
	id, err := ledger.ParseID(c.Param("upload"))
	if err != nil {
		return l, uploads.Upload{}, ledger.Errorf(ledger.NotFound, "there is no such upload")
	}
	u, err := s.Uploads.Get(l.Org, id)
	return l, u, err
}

func (s *server) uploadState(c echo.Context) error {
	_, u, err := s.uploadOf(c)
	if err != nil {
		return err
	}
	s.tus(c, u)
	return c.NoContent(http.StatusNoContent)
}

// appendUpload takes a piece. The last one puts the file to its draft, as does an empty
// one behind it: what was cut off in between is made good.
func (s *server) appendUpload(c echo.Context) error {
	l, u, err := s.uploadOf(c)
	if err != nil {
		return err
	}
	r := c.Request()
	if r.Header.Get(echo.HeaderContentType) != tusContentType {
		return ledger.FieldErrorf(ledger.Invalid, echo.HeaderContentType, "is %s", tusContentType)
	}
	offset, err := strconv.ParseInt(r.Header.Get(tusOffset), 10, 64)
	if err != nil {
		return ledger.FieldErrorf(ledger.Invalid, tusOffset, "is missing or no number of bytes")
	}
	streamed(r)
	u, err = s.Uploads.Append(l.Org, u.ID, offset, r.Body)
	if err == nil && u.Whole() {
		_, err = s.office.AddFile(r.Context(), l.Org, l.Release.Dataset, u.ID)
	}
	if err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, os.ErrDeadlineExceeded) {
			return ledger.Wrap(err, ledger.Unavailable, fmt.Sprintf("the connection broke at %d", u.Offset))
		}
		return err
	}
	s.tus(c, u)
	return c.NoContent(http.StatusNoContent)
}
