package table

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sogoc/sogoc/ledger"
)

// scanner reads JSON (RFC 8259) piece by piece. What is read is handed on as text, so
// that no value takes more memory than a row may have.
type scanner struct {
	in       io.Reader
	buf      []byte
	pos, end int
	line     int64
	read     int64 // bytes
	err      error // of in
}

func newScanner(in io.Reader) *scanner {
	return &scanner{in: in, buf: make([]byte, 64<<10), line: 1}
}

// byte is the next byte, which it leaves there.
func (s *scanner) byte() (byte, error) {
	if s.pos == s.end {
		if s.err != nil {
			return 0, s.err
		}
		s.pos, s.end = 0, 0
		for n := 0; n < 100 && s.end == 0 && s.err == nil; n++ {
			s.end, s.err = s.in.Read(s.buf)
			s.read += int64(s.end)
		}
		if s.err != nil && !errors.Is(s.err, io.EOF) {
			s.err = ledger.Wrap(s.err, ledger.CodeOf(s.err), "the file cannot be read")
		}
		if s.end == 0 {
			if s.err == nil {
				s.err = ledger.Wrap(io.ErrNoProgress, ledger.Internal, "the file cannot be read")
			}
			return 0, s.err
		}
	}
	return s.buf[s.pos], nil
}

// peek is the next byte that is no space.
func (s *scanner) peek() (byte, error) {
	for {
		c, err := s.byte()
		if err != nil {
			return 0, err
		}
		switch c {
		case '\n':
			s.line++
		case ' ', '\t', '\r':
		default:
			return c, nil
		}
		s.pos++
	}
}

// broken is what is wrong where JSON does not go on as it must.
func (s *scanner) broken(err error) error {
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err != nil {
		return unreadable(ledger.Invalid, "json", s.line, "ends in the middle of a value")
	}
	return unreadable(ledger.Invalid, "json", s.line, "is not JSON")
}

// take steps over a byte that must come next.
func (s *scanner) take(want byte) error {
	c, err := s.peek()
	if err != nil || c != want {
		return s.broken(err)
	}
	s.pos++
	return nil
}

// more steps over what stands between the values of a list or an object that ends with a
// byte, and reports whether there is another one.
func (s *scanner) more(end byte, first bool) (bool, error) {
	c, err := s.peek()
	switch {
	case err != nil:
		return false, s.broken(err)
	case c == end:
		s.pos++
		return false, nil
	case first:
		return true, nil
	case c != ',':
		return false, s.broken(nil)
	}
	s.pos++
	if c, err = s.peek(); err != nil || c == end {
		return false, s.broken(err)
	}
	return true, nil
}

// string adds a string to dst.
func (s *scanner) string(dst []byte) ([]byte, error) {
	if err := s.take('"'); err != nil {
		return dst, err
	}
	start, high := len(dst), rune(0)
	for {
		if _, err := s.byte(); err != nil {
			return dst, s.broken(err)
		}
		piece := s.buf[s.pos:s.end]
		n := bytes.IndexFunc(piece, func(c rune) bool { return c == '"' || c == '\\' || c < ' ' })
		if n < 0 {
			n = len(piece)
		}
		dst = append(dst, piece[:n]...)
		s.pos += n
		if n > 0 {
			high = 0
		}
		if len(dst) > MaxRow {
			return dst, unreadable(ledger.TooLarge, "row", s.line, "has a value of more than %d bytes", MaxRow)
		}
		if n == len(piece) {
			continue
		}
		s.pos++
		switch piece[n] {
		case '"':
			if !utf8.Valid(dst[start:]) {
				return dst, unreadable(ledger.Invalid, "encoding", s.line, "is not UTF-8")
			}
			return dst, nil
		case '\\':
			c, err := s.escape()
			if err != nil {
				return dst, err
			}
			if both := utf16.DecodeRune(high, c); both != utf8.RuneError {
				dst = dst[:len(dst)-utf8.RuneLen(utf8.RuneError)] // what the first half was taken for
				c = both
			}
			dst, high = utf8.AppendRune(dst, c), c
			continue
		default:
			return dst, s.broken(nil)
		}
	}
}

// escape is the character that stands behind a backslash, or half of one. A zero byte,
// which no cell may have, is replaced.
func (s *scanner) escape() (rune, error) {
	c, err := s.byte()
	if err != nil {
		return 0, s.broken(err)
	}
	s.pos++
	if i := bytes.IndexByte([]byte(`"\/bfnrt`), c); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), nil
	}
	if c != 'u' {
		return 0, s.broken(nil)
	}
	r, err := s.hex()
	if err != nil {
		return 0, err
	}
	if r == 0 {
		r = utf8.RuneError
	}
	return r, nil
}

func (s *scanner) hex() (rune, error) {
	r := rune(0)
	for range 4 {
		c, err := s.byte()
		if err != nil {
			return 0, s.broken(err)
		}
		switch {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, s.broken(nil)
		}
		s.pos++
	}
	return r, nil
}

// maxLiteral is the most bytes of a number, as nobody means more.
const maxLiteral = 400

// literal adds a number, true, false or, as nothing, null to dst.
func (s *scanner) literal(dst []byte) ([]byte, error) {
	start := len(dst)
	for {
		c, err := s.byte()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return dst, err
		}
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'z' || c == '-' || c == '+' || c == '.' || c == 'E') {
			break
		}
		if len(dst)-start == maxLiteral {
			return dst, s.broken(nil)
		}
		dst = append(dst, c)
		s.pos++
	}
	switch word := string(dst[start:]); word {
	case "null":
		return dst[:start], nil
	case "true", "false":
		return dst, nil
	default:
		if !number(word) {
			return dst, s.broken(nil)
		}
	}
	return dst, nil
}

// number reports whether a text is a number of JSON.
func number(s string) bool {
	digits := func() bool {
		n := 0
		for n < len(s) && '0' <= s[n] && s[n] <= '9' {
			n++
		}
		s = s[n:]
		return n > 0
	}
	if s != "" && s[0] == '-' {
		s = s[1:]
	}
	if s != "" && s[0] == '0' {
		s = s[1:]
	} else if !digits() {
		return false
	}
	if s != "" && s[0] == '.' {
		if s = s[1:]; !digits() {
			return false
		}
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		s = s[1:]
		if s != "" && (s[0] == '-' || s[0] == '+') {
			s = s[1:]
		}
		return digits() && s == ""
	}
	return s == ""
}

// deep refuses a value that stands in too many others.
func (s *scanner) deep(depth int) error {
	if depth > MaxDepth {
		return unreadable(ledger.TooLarge, "depth", s.line, "has more than %d values one in another", MaxDepth)
	}
	return nil
}
