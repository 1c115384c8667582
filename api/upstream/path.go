package upstream

import (
	"net/url"
	"strings"

	"github.com/sogoc/sogoc/ledger"
)

// below is an address below another. What some server could take for a way out is
// refused, however often it is escaped; nothing is tidied up.
func below(base *url.URL, escaped string) (*url.URL, error) {
	wrong := ledger.FieldErrorf(ledger.Invalid, "path", "is not a path below the service")
	if len(escaped) > MaxPath {
		return nil, ledger.FieldErrorf(ledger.TooLarge, "path", "has more than %d bytes", MaxPath)
	}
	rooted := strings.TrimSuffix(base.EscapedPath(), "/")
	u := &url.URL{Scheme: base.Scheme, Host: base.Host, RawPath: rooted + escaped}
	if u.RawPath == "" {
		u.RawPath = "/"
	}
	if escaped != "" && escaped[0] != '/' {
		return nil, wrong
	}
	segments := strings.Split(strings.TrimPrefix(u.RawPath, "/"), "/")
	for i, segment := range segments {
		if segment == "" && i < len(segments)-1 || !plainSegment(segment) {
			return nil, wrong
		}
	}
	var err error
	if u.Path, err = url.PathUnescape(u.RawPath); err != nil || u.EscapedPath() != u.RawPath {
		return nil, wrong
	}
	return u, nil
}

// plainSegment reports whether a part of a path is neither a step up nor several parts,
// also for a server that unescapes it again or leaves out what follows a semicolon.
func plainSegment(escaped string) bool {
	s := escaped
	for range 4 {
		if strings.ContainsAny(s, "/\\") || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return false
		}
		name, _, _ := strings.Cut(s, ";")
		if name == "." || name == ".." {
			return false
		}
		next, err := url.PathUnescape(s)
		if err != nil {
			return s != escaped // a per cent sign that was escaped is one
		}
		if next == s {
			return true
		}
		s = next
	}
	return false
}
