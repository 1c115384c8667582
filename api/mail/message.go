package mail

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/sogoc/sogoc/ledger"
)

// Bounds of a message.
const (
	maxSubject = 200      // characters
	maxBody    = 64 << 10 // bytes
)

// message writes a message of plain text (RFC 5322, RFC 2045). Its parts that others
// supply cannot add a header.
func message(from mail.Address, to, subject, body string, now time.Time) ([]byte, error) {
	if subject = strings.TrimSpace(subject); subject == "" || utf8.RuneCountInString(subject) > maxSubject || !utf8.ValidString(subject) || strings.ContainsFunc(subject, unicode.IsControl) {
		return nil, ledger.FieldErrorf(ledger.Invalid, "subject", "is not one line of at most %d characters", maxSubject)
	}
	if len(body) > maxBody || !utf8.ValidString(body) {
		return nil, ledger.FieldErrorf(ledger.Invalid, "body", "is not text of at most %d bytes", maxBody)
	}
	var b bytes.Buffer
	for _, h := range [][2]string{
		{"From", from.String()},
		{"To", to},
		{"Subject", folded(mime.QEncoding.Encode("utf-8", subject))},
		{"Date", now.Format(time.RFC1123Z)},
		{"Message-ID", "<" + rand.Text() + "@" + domain(from.Address) + ">"},
		{"Auto-Submitted", "auto-generated"}, // no holiday answers, please (RFC 3834)
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	b.WriteString("\r\n")
	w := quotedprintable.NewWriter(&b)
	if _, err := w.Write([]byte(body)); err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "the message could not be written")
	}
	if err := w.Close(); err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "the message could not be written")
	}
	return b.Bytes(), nil
}

// folded puts each encoded word on a line of its own (RFC 2047, section 2).
func folded(header string) string { return strings.ReplaceAll(header, "?= =?", "?=\r\n =?") }

// recipient reads an address alone, without a name.
func recipient(to string) (string, error) {
	a, err := mail.ParseAddress(to)
	if err != nil || a.Address != to {
		return "", ledger.FieldErrorf(ledger.Invalid, "to", "is not an e-mail address")
	}
	return onTheWire(to)
}

// onTheWire writes an address for servers that know ASCII only.
func onTheWire(address string) (string, error) {
	at := strings.LastIndexByte(address, '@')
	host, err := idna.Lookup.ToASCII(address[at+1:])
	local := address[:at]
	if err != nil || strings.ContainsFunc(local, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"(),:;<>@[\]`, r) }) {
		return "", ledger.FieldErrorf(ledger.Invalid, "to", "is not an e-mail address that can be written to")
	}
	return local + "@" + host, nil
}

func domain(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }
