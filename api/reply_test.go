package api

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

// TestReplySaysItsLength: packed or not, and to whoever asks for the head alone.
func TestReplySaysItsLength(t *testing.T) {
	plain := []byte(strings.Repeat("Cà phê Buôn Ma Thuột. ", 500))
	e := echo.New()
	e.Use(once((&server{}).secure()))
	say := func(c echo.Context) error {
		return reply(c, http.StatusOK, echo.MIMETextPlainCharsetUTF8, newBody(plain))
	}
	e.GET("/", say)
	e.HEAD("/", say)
	e.GET("/short", func(c echo.Context) error {
		c.Response().Header().Set("Referrer-Policy", "no-referrer")
		c.Response().Header().Add("Permissions-Policy", "usb=()")
		return reply(c, http.StatusOK, echo.MIMETextPlainCharsetUTF8, newBody(plain[:10]))
	})
	site := httptest.NewServer(e)
	defer site.Close()
	ask := func(method, path, takes string) (*http.Response, []byte) {
		t.Helper()
		r, err := http.NewRequest(method, site.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", takes)
		answer, err := site.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		b, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode != http.StatusOK || len(answer.TransferEncoding) > 0 {
			t.Errorf("%s %s: %s, sent %v", method, path, answer.Status, answer.TransferEncoding)
		}
		return answer, b
	}
	for _, c := range []struct {
		path, takes string
		want        []byte
	}{{"/", "identity", plain}, {"/", "gzip", pack(plain)}, {"/short", "gzip", plain[:10]}} {
		answer, b := ask(http.MethodGet, c.path, c.takes)
		if !bytes.Equal(b, c.want) || answer.ContentLength != int64(len(c.want)) {
			t.Errorf("%s as %s has %d bytes and says %d, not %d", c.path, c.takes, len(b), answer.ContentLength, len(c.want))
		}
	}
	head, b := ask(http.MethodHead, "/", "gzip")
	if len(b) > 0 || head.ContentLength != int64(len(pack(plain))) {
		t.Errorf("the head alone has %d bytes and says %d", len(b), head.ContentLength)
	}
	// What one answer says otherwise the next does not.
	if h := head.Header; h.Get("Referrer-Policy") != "same-origin" || len(h.Values("Permissions-Policy")) != 1 {
		t.Errorf("another answer's headers: %v", h)
	}
}
