package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/trace/logbook"
)

// maxKept is how many crops of a book a phone takes along, the newest.
const maxKept = 12

// keptPages are the pages of a book that a phone takes along: each crop's, and the form
// of each task.
func (s *server) keptPages(c echo.Context) error {
	ctx := c.Request().Context()
	b, err := s.bookOf(c)
	if err != nil {
		return err
	}
	crops, err := s.cropsOf(ctx, b.viewer, b.org)
	if err != nil {
		return err
	}
	others, err := s.othersOf(ctx, b)
	if err != nil {
		return err
	}
	reader, err := s.reader(c)
	if err != nil {
		return err
	}
	kept := kept{s.pages, reader, map[string]string{}}
	crops = crops[:min(len(crops), maxKept)]
	first, err := s.recordView(ctx, b, crops, "")
	if err != nil {
		return err
	}
	first.Others = others
	if err := keep(kept, "/record"+b.query(), s.pages.Record, first); err != nil {
		return err
	}
	for _, crop := range crops {
		v, err := s.recordView(ctx, b, crops, crop.ID.String())
		if err != nil {
			return err
		}
		v.Others = others
		if err := keep(kept, "/record"+b.query("crop", crop.ID.String()), s.pages.Record, v); err != nil {
			return err
		}
		for _, task := range logbook.Tasks {
			v, err := s.taskView(ctx, b, crop, task)
			if err != nil {
				return err
			}
			if err := keep(kept, taskPath(b, task, crop.ID.String()), s.pages.TaskForm, v); err != nil {
				return err
			}
		}
	}
	return s.answerKept(c, kept.pages)
}

// kept are pages by their address, as somebody reads them.
type kept struct {
	site   *web.Pages
	reader web.Reader
	pages  map[string]string
}

func keep[V any](k kept, address string, write func(io.Writer, web.Reader, V) error, v V) error {
	var b bytes.Buffer
	k.reader.Path = address
	err := write(&b, k.reader, v)
	k.pages[address] = b.String()
	return err
}

// answerKept answers with pages, unless the phone has the same already.
func (s *server) answerKept(c echo.Context, pages map[string]string) error {
	b, err := json.Marshal(map[string]any{"pages": pages})
	if err != nil {
		return err
	}
	sum := sha256.Sum256(b)
	tag := "W/" + strconv.Quote(hex.EncodeToString(sum[:8]))
	h := c.Response().Header()
	h.Set("ETag", tag)
	if c.Request().Header.Get("If-None-Match") == tag {
		return c.NoContent(http.StatusNotModified)
	}
	return reply(c, http.StatusOK, echo.MIMEApplicationJSON, newBody(b))
}

// worker is the script that opens the logbook without a signal. Its address is fixed,
// and so that it reaches the logbook's first page its scope is named.
func (s *server) worker(c echo.Context) error {
	h := c.Response().Header()
	h.Set("Cache-Control", "no-cache")
	h.Set("Service-Worker-Allowed", "/record")
	return reply(c, http.StatusOK, "text/javascript; charset=utf-8", newBody(s.pages.Worker()))
}

// offlinePage is what the worker shows where there is no signal and no page was taken
// along. It is nobody's in particular.
func (s *server) offlinePage(c echo.Context) error {
	var b bytes.Buffer
	if err := s.pages.Offline(&b, web.Reader{Lang: s.lang(c), Path: "/record/offline"}); err != nil {
		return err
	}
	vary(c, "Accept-Language")
	return reply(c, http.StatusOK, echo.MIMETextHTMLCharsetUTF8, newBody(b.Bytes()))
}

// manifest describes the app that a phone installs.
func (s *server) manifest(c echo.Context) error {
	b, err := s.pages.Manifest()
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=86400")
	return reply(c, http.StatusOK, "application/manifest+json", newBody(b))
}
