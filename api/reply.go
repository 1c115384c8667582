package api

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

// minPacked is the size from which compressing a body pays, in bytes.
const minPacked = 1 << 10

// body is what an answer says. Kept, it is compressed once, when the first reader
// takes it so.
type body struct {
	plain  []byte
	packed func() []byte
}

func newBody(plain []byte) body {
	return body{plain, sync.OnceValue(func() []byte { return pack(plain) })}
}

var packers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

func pack(plain []byte) []byte {
	var out bytes.Buffer
	w := packers.Get().(*gzip.Writer)
	defer packers.Put(w)
	w.Reset(&out)
	w.Write(plain) // a buffer takes everything
	w.Close()
	return out.Bytes()
}

// takesGzip reads Accept-Encoding (RFC 9110, section 12.5.3). What refuses gzip by
// a quality of zero, or does not name it, gets the body as it is.
func takesGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		name, params, _ := strings.Cut(coding, ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		q, weighted := strings.CutPrefix(strings.TrimSpace(params), "q=")
		weight, err := strconv.ParseFloat(q, 64)
		return !weighted || err == nil && weight > 0
	}
	return false
}

// reply writes a body, compressed for whom takes it so.
func reply(c echo.Context, code int, media string, b body) error {
	vary(c, "Accept-Encoding")
	said := b.plain
	if len(said) >= minPacked && takesGzip(c.Request()) {
		c.Response().Header().Set("Content-Encoding", "gzip")
		said = b.packed()
	}
	c.Response().Header().Set(echo.HeaderContentLength, strconv.Itoa(len(said))) // or it is sent in chunks
	return c.Blob(code, media, said)
}

// vary says what besides the address an answer depends on.
func vary(c echo.Context, headers string) {
	const usual = 3
	all := c.Response().Header()
	list := all[echo.HeaderVary]
	if list == nil {
		list = make([]string, 0, usual)
	}
	all[echo.HeaderVary] = append(list, headers)
}

// packing compresses what operations of the described API write.
func packing() echo.MiddlewareFunc {
	return middleware.GzipWithConfig(middleware.GzipConfig{
		MinLength: minPacked,
		Skipper: func(c echo.Context) bool {
			if takesGzip(c.Request()) {
				return false
			}
			vary(c, "Accept-Encoding")
			return true
		},
	})
}
