package trace

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/sogoc/sogoc/ledger"
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
	case canonical(s):
		return ID{s}, nil
	}
	return parseAny(s)
}

// ParseGTIN reads a GTIN of 8, 12, 13 or 14 digits as people write it, with spaces,
// points or hyphens. The error names the field gtin.
func ParseGTIN(text string) (ID, error) {
	digits := strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '.' {
			return -1
		}
		return r
	}, text)
	switch len(digits) {
	case 8, 12, 13, 14:
		digits = strings.Repeat("0", 14-len(digits)) + digits
	}
	key, err := gs1.New("01", digits)
	if err != nil {
		return ID{}, ledger.FieldErrorf(ledger.Invalid, "gtin", "%v", err)
	}
	return ParseID(key.DigitalLink(""))
}

// parseAny is ParseID for what canonical does not know.
func parseAny(s string) (ID, error) {
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
	if err != nil || u.Scheme == "" || strings.ContainsFunc(s, notInURI) {
		return ID{}, fmt.Errorf("%q is not a URI; other than letters, digits and marks are percent-encoded in one", s)
	}
	return ID{s}, nil
}

// notInURI reports whether RFC 3986 keeps a character out of every URI. State
// keys rely on it: what joins their parts is never inside one.
func notInURI(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune("\"<>\\^`{|}", r)
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
	v, err := parseCanonicalID(string(b))
	if err == nil {
		*id = v
	}
	return err
}

func parseCanonicalID(s string) (ID, error) {
	id, err := ParseID(s)
	if err == nil && id.s != s {
		err = fmt.Errorf("%q is not in canonical form, which is %q", s, id.s)
	}
	return id, err
}

const (
	gs1Base     = "https://id.gs1.org"
	managedBase = "/t/"
)

// Path is the identifier's path on a resolver: /01/… or /t/…, and empty for an
// identifier of neither kind.
func (id ID) Path() string {
	if p, ok := strings.CutPrefix(id.s, gs1Base); ok && strings.HasPrefix(p, "/") {
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
func (id ID) Lot() string    { return id.split().lot }
func (id ID) Serial() string { return id.split().serial }

// Qualifiers are both of them.
func (id ID) Qualifiers() (lot, serial string) {
	p := id.split()
	return p.lot, p.serial
}

// Product is the trade item that the identifier is a lot or a piece of: the GTIN
// or the code. Other identifiers are their own product.
func (id ID) Product() ID { return ID{id.s[:id.split().product]} }

// Batch is the lot that a piece names, when it names one.
func (id ID) Batch() ID { return ID{id.s[:id.split().batch]} }

// Instance reports whether the identifier names one piece rather than a class or
// a lot: it has a serial, or is a key that only pieces have.
func (id ID) Instance() bool {
	p := id.Path()
	for _, key := range []string{"/00/", "/8003/", "/8004/"} {
		if strings.HasPrefix(p, key) {
			return true
		}
	}
	return id.Serial() != ""
}

// parts are the qualifiers of a trade item, and where the identifiers of its
// product and of its lot end.
type parts struct {
	product, batch int
	lot, serial    string
}

// split reads pairs of application identifier and value behind a GTIN or a code,
// from the left: a value may look like an application identifier. An identifier
// that has anything else there is its own product.
func (id ID) split() parts {
	whole := parts{product: len(id.s), batch: len(id.s)}
	rest := id.Path()
	switch {
	case strings.HasPrefix(rest, managedBase):
		rest = rest[min(len(managedBase)+codeLength, len(rest)):]
	case strings.HasPrefix(rest, "/01/"):
		rest = rest[min(len("/01/")+gtinLength, len(rest)):]
	default:
		return whole
	}
	p := whole
	p.product -= len(rest)
	for rest != "" {
		end := len(id.s) - len(rest)
		ai, tail, ok := strings.Cut(rest[1:], "/")
		if !ok || rest[0] != '/' {
			return whole
		}
		value := tail
		if i := strings.IndexByte(tail, '/'); i >= 0 {
			value = tail[:i]
		}
		rest = tail[len(value):]
		switch ai {
		case "10":
			p.lot = unescape(value)
		case "21":
			p.serial, p.batch = unescape(value), end
		case "22", "235": // a variant, and a number that a third party gave
		default:
			return whole
		}
	}
	return p
}

const gtinLength = 14

func unescape(s string) string {
	if v, err := url.PathUnescape(s); err == nil {
		return v
	}
	return s
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
