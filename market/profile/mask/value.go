package mask

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"hash"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/sogoc/sogoc/market/profile"
	"github.com/sogoc/sogoc/market/profile/cell"
	"github.com/sogoc/sogoc/market/profile/heading"
)

// masked is a field with what becomes of its values.
type masked struct {
	Rule
	notation cell.Notation
	us       bool // dates with the month first
	mac      hash.Hash
	sum      []byte
}

func newMasked(f profile.Field, r Rule, key []byte) *masked {
	m := &masked{Rule: r, notation: notation(f), us: strings.HasPrefix(f.Format, "%m")}
	if r.How == Pseudonym {
		m.mac = hmac.New(sha256.New, key)
	}
	return m
}

// notation is how the numbers of a field are written.
func notation(f profile.Field) cell.Notation {
	return cell.Notation{Commas: f.Decimal == "," || f.Group == "."}
}

// value is what becomes of a cell.
func (m *masked) value(b []byte) string {
	if m.How == Keep {
		return string(b)
	}
	b = bytes.TrimSpace(b)
	kind, v := cell.Classify(b)
	if kind == cell.Blank {
		return ""
	}
	switch m.How {
	case Pseudonym:
		return m.pseudonym(b)
	case Initials:
		return initials(string(b))
	case Year, Month:
		return m.day(b, kind, v)
	case Grid:
		return grid(string(b))
	case Area:
		return area(string(b))
	case Range:
		return m.between(kind, v)
	}
	return ""
}

// pseudonyms are letters and digits that are not taken for one another; each is five bits.
var pseudonyms = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// pseudonymBytes are enough that two of a billion values hardly ever share one.
const pseudonymBytes = 10

func (m *masked) pseudonym(b []byte) string {
	m.mac.Reset()
	m.mac.Write(norm.NFC.Bytes(b))
	m.sum = m.mac.Sum(m.sum[:0])
	return "p" + pseudonyms.EncodeToString(m.sum[:pseudonymBytes])
}

func initials(s string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(norm.NFC.String(s), func(c rune) bool { return !unicode.IsLetter(c) }) {
		first, _ := utf8.DecodeRuneInString(word)
		b.WriteRune(unicode.ToUpper(first))
		b.WriteByte('.')
	}
	return b.String()
}

// day is the year, or the month, of a date.
func (m *masked) day(b []byte, kind cell.Kind, v float64) string {
	switch {
	case kind == cell.Whole && m.How == Year && v >= 1000 && v < 3000:
		return string(b)
	case kind < cell.ISODate || kind > cell.SlashMoment:
		return ""
	}
	at := time.Unix(int64(v), 0).UTC()
	if m.us && kind == cell.SlashDate {
		at = time.Date(at.Year(), time.Month(at.Day()), int(at.Month()), 0, 0, 0, 0, time.UTC)
	}
	if m.How == Year {
		return at.Format("2006")
	}
	return at.Format("2006-01")
}

// grid cuts degrees to tenths.
func grid(s string) string {
	x, y, two := strings.Cut(s, ",")
	if two && !strings.Contains(x, ".") && !strings.Contains(y, ".") {
		x, two = x+"."+y, false // a decimal comma
	}
	first, ok := tenth(x)
	if !ok || !two {
		return first
	}
	second, ok := tenth(y)
	if !ok {
		return ""
	}
	return first + "," + second
}

func tenth(s string) (string, bool) {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.Abs(v) > 180 {
		return "", false
	}
	return strconv.FormatFloat(math.Floor(v*10)/10, 'f', 1, 64), true
}

var (
	communes = []string{"xa ", "phuong ", "thi tran ", "dac khu ", "p. ", "p.", "x. ", "x.", "tt. ", "tt."}
	above    = []string{"huyen ", "quan ", "thi xa ", "thanh pho ", "tinh ", "tp ", "tp.", "q. ", "q.", "h. ", "h.", "tx. ", "tx."}
)

// area is what an address says from the commune on, or from what the commune is part of.
func area(s string) string {
	var parts []string
	for part := range strings.SplitSeq(strings.ReplaceAll(s, " - ", ","), ",") {
		part = strings.TrimSpace(part)
		plain := heading.Plain(part)
		if is(plain, communes) || is(plain, above) {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}

func is(plain string, kinds []string) bool {
	for _, k := range kinds {
		if strings.HasPrefix(plain, k) {
			return true
		}
	}
	return false
}

// between is the range that holds a number: from the first, up to and without the second.
func (m *masked) between(kind cell.Kind, v float64) string {
	if kind < cell.Whole || kind > cell.CommaOrThousand {
		return ""
	}
	v = m.notation.Value(kind, v)
	n := math.Floor(v/m.Width + 1e-9) // 0.3 is no less than three times 0.1
	return plain(n*m.Width) + "–" + plain((n+1)*m.Width)
}

// plain writes a number without the noise of binary fractions.
func plain(v float64) string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 12, 64), 64)
	if err != nil {
		rounded = v
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// harmless keeps a cell from being taken for a formula by a spreadsheet.
func harmless(s string) string {
	if s == "" {
		return s
	}
	first, _ := utf8.DecodeRuneInString(s)
	if !strings.ContainsRune("=+-@\t\r\n|%＝＋－＠", first) || (first == '-' || first == '+') && numeric(s[1:]) {
		return s
	}
	return "'" + s
}

// numeric reports whether a text behind its sign is a number, however it is written.
func numeric(s string) bool {
	if s == "" || s[0] < '0' || s[0] > '9' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		exponent := c == 'e' || c == 'E' || (c == '-' || c == '+') && (s[i-1]|0x20) == 'e'
		if (c < '0' || c > '9') && c != '.' && c != ',' && !exponent {
			return false
		}
	}
	return true
}
