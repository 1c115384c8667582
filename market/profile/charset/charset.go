// Package charset tells how a text file is encoded, and reads it as UTF-8 in Unicode's
// composed form. Besides Unicode it knows the encodings in which Vietnamese was written
// before: Windows-1258, TCVN3 (ABC) and VNI. The last two live on in files that are
// Unicode by their form, whose letters were typed in a font that draws "ö" as "ư".
package charset

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"github.com/sogoc/sogoc/ledger"
)

// Encoding is how text became bytes.
type Encoding string

// Encodings that are known.
const (
	UTF8        Encoding = "utf-8"
	Decomposed  Encoding = "utf-8-decomposed" // UTF-8 whose letters and their marks are apart
	UTF16LE     Encoding = "utf-16le"
	UTF16BE     Encoding = "utf-16be"
	Windows1258 Encoding = "windows-1258"
	TCVN3       Encoding = "tcvn3"
	VNI         Encoding = "vni"
	TCVN3InUTF8 Encoding = "tcvn3-in-utf-8" // each byte of TCVN3 became a character of Unicode
	VNIInUTF8   Encoding = "vni-in-utf-8"
)

// Encodings lists them.
var Encodings = []Encoding{UTF8, Decomposed, UTF16LE, UTF16BE, Windows1258, TCVN3, VNI, TCVN3InUTF8, VNIInUTF8}

// Valid reports whether it is one of them.
func (e Encoding) Valid() bool { return slices.Contains(Encodings, e) }

// Sample is how many bytes tell an encoding well enough.
const Sample = 256 << 10

// Detect tells the encoding of a text from a part of it: the one in which most of the
// words that are not plain English letters are syllables of Vietnamese. ok is false where
// the part is in none that is known. A part may start and end within a character.
func Detect(part []byte) (e Encoding, ok bool) {
	switch {
	case bytes.HasPrefix(part, []byte("\xff\xfe")):
		return UTF16LE, true
	case bytes.HasPrefix(part, []byte("\xfe\xff")):
		return UTF16BE, true
	}
	if e, ok := wide(part); ok {
		return e, true
	}
	part = whole(part)
	if !utf8.Valid(part) {
		best := 0.0
		for _, legacy := range []Encoding{TCVN3, VNI, Windows1258} {
			if s, _ := fitness(part, legacy); s > best {
				e, best = legacy, s
			}
		}
		return e, best > 0.5
	}
	as, words := fitness(part, UTF8)
	for _, legacy := range []Encoding{TCVN3InUTF8, VNIInUTF8} {
		if s, _ := fitness(part, legacy); words >= 3 && s > 0.6 && s > as+0.3 {
			return legacy, true
		}
	}
	if !norm.NFC.IsNormal(part) {
		return Decomposed, true
	}
	return UTF8, true
}

// wide tells UTF-16 without a byte order mark by its many zero bytes on one side.
func wide(part []byte) (Encoding, bool) {
	var zeros [2]int
	for i, c := range part {
		if c == 0 {
			zeros[i&1]++
		}
	}
	n := len(part) / 2
	switch {
	case n >= 4 && zeros[1] > n/3 && zeros[0]*20 < zeros[1]:
		return UTF16LE, true
	case n >= 4 && zeros[0] > n/3 && zeros[1]*20 < zeros[0]:
		return UTF16BE, true
	}
	return "", false
}

// whole takes what is left of a character off both ends of UTF-8.
func whole(part []byte) []byte {
	for i := 0; i < utf8.UTFMax-1 && len(part) > 0 && !utf8.RuneStart(part[0]); i++ {
		part = part[1:]
	}
	for i := 1; i < utf8.UTFMax && i <= len(part); i++ {
		if last := part[len(part)-i:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				part = part[:len(part)-i]
			}
			break
		}
	}
	return part
}

// fitness is the share of words with letters beyond English that are syllables of
// Vietnamese if the text is in an encoding, and how many such words there are.
func fitness(part []byte, e Encoding) (share float64, words int) {
	good := 0
	for word := range bytes.FieldsFuncSeq(part, func(c rune) bool { return c < utf8.RuneSelf && !latin(byte(c)) }) {
		if !slices.ContainsFunc(word, func(c byte) bool { return c >= utf8.RuneSelf }) {
			continue
		}
		text, err := decode(word, e)
		if err != nil {
			continue
		}
		words++
		if Syllable(text) {
			good++
		}
		if words == 2000 {
			break
		}
	}
	if words == 0 {
		return 0, 0
	}
	return float64(good) / float64(words), words
}

func latin(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func decode(text []byte, e Encoding) (string, error) {
	b, err := io.ReadAll(NewReader(bytes.NewReader(text), e))
	return string(b), err
}

// NewReader reads text of an encoding as UTF-8 in the composed form, without a byte order
// mark. What is UTF-8 is passed on as it is.
func NewReader(r io.Reader, e Encoding) io.Reader {
	var t transform.Transformer
	switch e {
	case Decomposed:
		return norm.NFC.Reader(r)
	case UTF16LE:
		t = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()
	case UTF16BE:
		t = unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder()
	case Windows1258:
		t = charmap.Windows1258.NewDecoder()
	case TCVN3:
		t = fonts{pairs: noPairs, singles: tcvn3}
	case VNI:
		t = fonts{pairs: vniPairs, singles: vniSingles}
	case TCVN3InUTF8:
		t = fonts{pairs: noPairs, singles: tcvn3, utf8: true}
	case VNIInUTF8:
		t = fonts{pairs: vniPairs, singles: vniSingles, utf8: true}
	default:
		return r
	}
	return norm.NFC.Reader(transform.NewReader(r, t))
}

// Text is a text of an encoding as UTF-8 in the composed form; as it is, where it is not of
// that encoding.
func Text(s string, e Encoding) string {
	if plain := strings.IndexFunc(s, func(c rune) bool { return c >= utf8.RuneSelf }) < 0; plain && e != UTF16LE && e != UTF16BE {
		return s
	}
	decoded, err := decode([]byte(s), e)
	if err != nil {
		return s
	}
	return decoded
}

// Convert writes a text of an encoding as UTF-8, and says how many bytes it wrote.
func Convert(w io.Writer, r io.Reader, e Encoding) (int64, error) {
	if !e.Valid() {
		return 0, ledger.FieldErrorf(ledger.Invalid, "encoding", "%q is no encoding that is known", e)
	}
	n, err := io.Copy(w, NewReader(r, e))
	var known *ledger.Error
	if err != nil && !errors.As(err, &known) {
		err = ledger.Wrap(err, ledger.Invalid, "the text cannot be converted")
	}
	return n, err
}
