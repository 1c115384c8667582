package trace

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/sogoc/sogoc/trace/gs1"
)

// ID identifies a thing, a class of things, a place or a party. It is a
// comparable value with one spelling:
//
//	https://id.gs1.org/01/…   a GS1 key, whichever way it was written
//	/t/{code}…                a register-issued code, on whichever host
//	any other URI             as it was written
type ID struct{ s string }

// MaxID is the longest identifier, in bytes.
const MaxID = 1024

// ParseID reads an identifier off an event: a URN, a Digital Link or any URI.
func ParseID(s string) (ID, error) {
	switch {
	case s == "":
		return ID{}, fmt.Errorf("an identifier is empty")
	case len(s) > MaxID:
		return ID{}, fmt.Errorf("an identifier has more than %d bytes", MaxID)
	}
	if id, ok, err := parseManaged(s); ok || err != nil {
		return id, err
	}
	key, err := gs1.Parse(s)
	switch {
	case err == nil && !strings.HasPrefix(s, "("):
		return ID{key.DigitalLink("")}, nil
	case err != nil && !errors.Is(err, gs1.ErrNotKey):
		return ID{}, err
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme == "" || strings.ContainsAny(s, " \t\r\n\"<>\\^`{|}") {
		return ID{}, fmt.Errorf("%q is not a URI", s)
	}
	return ID{s}, nil
}

// ParseTyped reads what a person types or scans: any URI that ParseID reads, an
// element string, a GTIN or a register-issued code.
func ParseTyped(s string) (ID, error) {
	s = strings.TrimSpace(s)
	if c, err := ParseCode(s); err == nil {
		return ID{"/t/" + string(c)}, nil
	}
	if strings.HasPrefix(s, "(") {
		key, err := gs1.Parse(s)
		if err != nil {
			return ID{}, err
		}
		return ID{key.DigitalLink("")}, nil
	}
	if digits := strings.ReplaceAll(s, " ", ""); digits != "" && strings.Trim(digits, "0123456789") == "" {
		ai := "01"
		if len(digits) == 18 {
			ai = "00"
		}
		key, err := gs1.Parse("(" + ai + ")" + digits)
		if err != nil {
			return ID{}, err
		}
		return ID{key.DigitalLink("")}, nil
	}
	return ParseID(s)
}

// MustID is ParseID for identifiers in code.
func MustID(s string) ID {
	id, err := ParseID(s)
	if err != nil {
		panic(err)
	}
	return id
}

func (id ID) String() string               { return id.s }
func (id ID) IsZero() bool                 { return id.s == "" }
func (id ID) MarshalText() ([]byte, error) { return []byte(id.s), nil }

// UnmarshalText reads the canonical spelling only.
func (id *ID) UnmarshalText(b []byte) error {
	v, err := ParseID(string(b))
	if err != nil {
		return err
	}
	if v.s != string(b) {
		return fmt.Errorf("%q is not in canonical form, which is %q", b, v.s)
	}
	*id = v
	return nil
}

const (
	gs1Base     = "https://id.gs1.org"
	managedBase = "/t/"
)

// Path is the identifier's path on a resolver: /01/… or /t/…, and empty for an
// identifier of neither kind.
func (id ID) Path() string {
	if p, ok := strings.CutPrefix(id.s, gs1Base); ok {
		return p
	}
	if strings.HasPrefix(id.s, managedBase) {
		return id.s
	}
	return ""
}

// Code returns the register-issued code that the identifier starts with.
func (id ID) Code() (Code, bool) {
	rest, ok := strings.CutPrefix(id.s, managedBase)
	if !ok {
		return "", false
	}
	return Code(rest[:codeLength]), true
}

// Key returns the GS1 key.
func (id ID) Key() (gs1.Key, bool) {
	if !strings.HasPrefix(id.s, gs1Base) {
		return gs1.Key{}, false
	}
	key, err := gs1.Parse(id.s)
	return key, err == nil
}

// Lot and Serial are the qualifiers, empty where there is none.
func (id ID) Lot() string    { return id.qualifier("/10/") }
func (id ID) Serial() string { return id.qualifier("/21/") }

func (id ID) qualifier(ai string) string {
	p := id.Path()
	if strings.HasPrefix(p, managedBase) || strings.HasPrefix(p, "/01/") {
		if i := strings.Index(p, ai); i > 0 {
			v, _, _ := strings.Cut(p[i+len(ai):], "/")
			v, err := url.PathUnescape(v)
			if err == nil {
				return v
			}
		}
	}
	return ""
}

// Product is the trade item that the identifier is a lot or a piece of: the GTIN
// or the code. Other identifiers are their own product.
func (id ID) Product() ID {
	p := id.Path()
	if strings.HasPrefix(p, managedBase) || strings.HasPrefix(p, "/01/") {
		if i := strings.IndexByte(p[4:], '/'); i >= 0 {
			return ID{strings.TrimSuffix(id.s, p[4+i:])}
		}
	}
	return id
}

// Batch is the lot that a piece names, when it names one.
func (id ID) Batch() ID {
	if i := strings.Index(id.s, "/21/"); i > 0 && id.Serial() != "" {
		return ID{id.s[:i]}
	}
	return id
}

// Instance reports whether the identifier names one piece rather than a class or
// a lot: it has a serial, or is a key that only pieces have.
func (id ID) Instance() bool {
	p := id.Path()
	switch {
	case strings.HasPrefix(p, managedBase), strings.HasPrefix(p, "/01/"):
		return id.Serial() != ""
	case strings.HasPrefix(p, "/00/"), strings.HasPrefix(p, "/8003/"), strings.HasPrefix(p, "/8004/"):
		return true
	}
	return false
}

// WithLot and WithSerial qualify a product's identifier.
func (id ID) WithLot(lot string) (ID, error) { return ParseID(id.s + "/10/" + url.PathEscape(lot)) }
func (id ID) WithSerial(serial string) (ID, error) {
	return ParseID(id.s + "/21/" + url.PathEscape(serial))
}

// Link is the identifier's address below base, for a QR code.
func (id ID) Link(base string) string {
	if p := id.Path(); p != "" {
		return strings.TrimSuffix(base, "/") + p
	}
	return id.s
}

func isLink(s string) bool {
	return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")
}

// parseManaged reads /t/{code} with its qualifiers, with or without a host. A
// path that has the shape but not the check character is an error only without a
// host: elsewhere on the web /t/ may mean anything.
func parseManaged(s string) (id ID, ok bool, err error) {
	path, bare := s, true
	if isLink(s) {
		_, rest, _ := strings.Cut(s, "://")
		_, p, found := strings.Cut(rest, "/")
		if !found {
			return ID{}, false, nil
		}
		path, bare = "/"+p, false
	}
	rest, found := strings.CutPrefix(path, managedBase)
	if !found {
		return ID{}, false, nil
	}
	id, err = managedPath(rest)
	if err != nil && !bare {
		return ID{}, false, nil
	}
	return id, err == nil, err
}

func managedPath(rest string) (ID, error) {
	rest, _, _ = strings.Cut(rest, "?")
	parts := strings.Split(rest, "/")
	code, err := ParseCode(parts[0])
	if err != nil {
		return ID{}, err
	}
	s := managedBase + string(code)
	last := ""
	for i := 1; i < len(parts); i += 2 {
		ai := parts[i]
		if (ai != "10" && ai != "21") || ai <= last || i+1 == len(parts) {
			return ID{}, fmt.Errorf("code %s is followed by %q; only /10/lot and /21/serial may follow, in that order", code, ai)
		}
		v, err := url.PathUnescape(parts[i+1])
		if err != nil || !qualifierText(v) {
			return ID{}, fmt.Errorf("code %s: %q is not a lot or serial of 1 to 20 letters, digits and marks", code, parts[i+1])
		}
		s += "/" + ai + "/" + escape(v)
		last = ai
	}
	return ID{s}, nil
}

// qualifierText is GS1's rule for lots and serials: 1 to 20 characters of
// character set 82 (General Specifications, figure 7.11-1).
func qualifierText(s string) bool {
	const marks = `!"%&'()*+,-./:;<=>?_`
	for _, r := range s {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && !strings.ContainsRune(marks, r) {
			return false
		}
	}
	return 0 < len(s) && len(s) <= 20
}

// escape percent-encodes all but the unreserved characters of RFC 3986.
func escape(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if ('0' <= c && c <= '9') || ('A' <= c && c <= 'Z') || ('a' <= c && c <= 'z') || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
