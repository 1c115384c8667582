package mail

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

const (
	host     = "mail.example"
	user     = "so"
	password = "mật khẩu của máy chủ thư"
	sender   = "Sổ Gốc <so@bacgiang.example>"
)

// server is a mail server that takes what it is sent, as far as it is told to.
type server struct {
	net.Listener
	cert tls.Certificate
	pool *x509.CertPool

	implicit bool              // TLS from the first byte
	offers   string            // extensions
	answers  map[string]string // to commands, instead of a friendly one
	silent   bool              // never says a word

	mu   sync.Mutex
	said []string // what was asked of it, "TLS " before what came by TLS
	data []string // messages
}

func newServer(t *testing.T, s *server) *server {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{host, "localhost"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	s.cert = tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}
	s.pool = x509.NewCertPool()
	s.pool.AddCert(leaf)
	if s.Listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	var talking sync.WaitGroup
	talking.Go(func() {
		for {
			c, err := s.Accept()
			if err != nil {
				return
			}
			talking.Go(func() { s.talk(c) })
		}
	})
	t.Cleanup(func() { s.Close(); talking.Wait() })
	return s
}

// talk is one session (RFC 5321).
func (s *server) talk(c net.Conn) {
	defer func() { c.Close() }()
	over := ""
	if s.implicit {
		c, over = tls.Server(c, &tls.Config{Certificates: []tls.Certificate{s.cert}}), "TLS "
	}
	if s.silent {
		io.Copy(io.Discard, c)
		return
	}
	lines := bufio.NewReader(c)
	fmt.Fprintf(c, "220 %s\r\n", host)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		s.mu.Lock()
		s.said = append(s.said, over+line)
		s.mu.Unlock()
		verb, _, _ := strings.Cut(line, " ")
		if answer := s.answers[verb]; answer != "" {
			fmt.Fprintf(c, "%s\r\n", answer)
			continue
		}
		switch verb {
		case "EHLO":
			extensions := s.offers
			if over != "" {
				extensions = strings.ReplaceAll(extensions, "STARTTLS", "AUTH PLAIN")
			}
			fmt.Fprintf(c, "250-%s\r\n250 %s\r\n", host, extensions)
		case "STARTTLS":
			fmt.Fprintf(c, "220 go\r\n")
			c, over = tls.Server(c, &tls.Config{Certificates: []tls.Certificate{s.cert}}), "TLS "
			lines = bufio.NewReader(c)
		case "AUTH":
			fmt.Fprintf(c, "235 welcome\r\n")
		case "DATA":
			fmt.Fprintf(c, "354 go\r\n")
			var b bytes.Buffer
			for {
				line, err := lines.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				b.WriteString(strings.TrimPrefix(line, "."))
			}
			s.mu.Lock()
			s.data = append(s.data, b.String())
			s.mu.Unlock()
			fmt.Fprintf(c, "250 taken\r\n")
		case "QUIT":
			fmt.Fprintf(c, "221 bye\r\n")
			return
		default:
			fmt.Fprintf(c, "250 ok\r\n")
		}
	}
}

func (s *server) heard(what string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, line := range s.said {
		if strings.HasPrefix(line, what) {
			return true
		}
	}
	return false
}

// sender is one that reaches the server by its name.
func (s *server) sender(t *testing.T, c Config) *Sender {
	t.Helper()
	c.From, c.Roots = sender, s.pool
	m, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	m.dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, s.Addr().String())
	}
	return m
}

func TestSend(t *testing.T) {
	const subject = "Đặt lại mật khẩu ở Sổ Gốc: liên kết dưới đây dùng được một lần, trong một giờ"
	const body = "Chào chị Hoa,\n\n.mở liên kết này:\nhttps://truyxuat.example/reset/abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz=x\n\nSổ Gốc\n"
	for name, s := range map[string]*server{
		"implicit TLS": {implicit: true, offers: "AUTH PLAIN"},
		"STARTTLS":     {offers: "STARTTLS"},
	} {
		s = newServer(t, s)
		scheme := "smtp"
		if s.implicit {
			scheme = "smtps"
		}
		m := s.sender(t, Config{URL: scheme + "://" + user + "@" + host, Password: password})
		if err := m.Send(t.Context(), "hoa@nôngsản.vn", subject, body); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		credentials := base64.StdEncoding.EncodeToString([]byte("\x00" + user + "\x00" + password))
		for _, want := range []string{"TLS EHLO bacgiang.example", "TLS AUTH PLAIN " + credentials, "TLS MAIL FROM:<so@bacgiang.example>", "TLS RCPT TO:<hoa@xn--nngsn-6ta0134c.vn>", "TLS DATA", "TLS QUIT"} {
			if !s.heard(want) {
				t.Errorf("%s: no %q in %q", name, want, s.said)
			}
		}
		raw := s.data[0]
		for i, line := range strings.Split(raw, "\r\n") {
			if len(line) > 100 || strings.ContainsAny(line, "\r\n") || strings.ContainsFunc(line, func(r rune) bool { return r > '~' }) {
				t.Errorf("%s: line %d is %q", name, i, line)
			}
		}
		got, err := mail.ReadMessage(strings.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
		if err != nil || decoded != subject {
			t.Errorf("%s: subject %q, %v", name, decoded, err)
		}
		from, err := got.Header.AddressList("From")
		if err != nil || from[0].Name != "Sổ Gốc" || from[0].Address != "so@bacgiang.example" {
			t.Errorf("%s: from %v, %v", name, from, err)
		}
		if _, err := got.Header.Date(); err != nil || !strings.HasSuffix(got.Header.Get("Message-Id"), "@bacgiang.example>") || got.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%s: headers %v, %v", name, got.Header, err)
		}
		if text := quotedText(t, got.Body); text != strings.ReplaceAll(body, "\n", "\r\n") {
			t.Errorf("%s: body %q", name, text)
		}
	}
}

// TestSendToThisMachine: the mail server of the machine itself needs no TLS.
func TestSendToThisMachine(t *testing.T) {
	s := newServer(t, &server{offers: "8BITMIME"})
	m := s.sender(t, Config{URL: "smtp://localhost:25"})
	if err := m.Send(t.Context(), "hoa@example.vn", "Chào", "Chào"); err != nil || len(s.data) != 1 || s.heard("AUTH") {
		t.Errorf("%v, %q", err, s.said)
	}
}

// TestNotSent: no password and no message goes to a server that is not surely the
// right one, and what goes wrong tells nothing.
func TestNotSent(t *testing.T) {
	other := newServer(t, &server{})
	for name, test := range map[string]struct {
		server *server
		url    string
		change func(*Sender)
	}{
		"no TLS":                 {&server{offers: "AUTH PLAIN"}, "smtp://so@" + host, nil},
		"STARTTLS refused":       {&server{offers: "STARTTLS", answers: map[string]string{"STARTTLS": "454 not now for hoa@example.vn"}}, "smtp://so@" + host, nil},
		"another name":           {&server{offers: "STARTTLS"}, "smtp://so@other.example", nil},
		"another name, implicit": {&server{implicit: true, offers: "AUTH PLAIN"}, "smtps://so@other.example", nil},
		"unknown authority":      {&server{implicit: true, offers: "AUTH PLAIN"}, "smtps://so@" + host, func(m *Sender) { m.tls.RootCAs = other.pool }},
		"wrong password":         {&server{implicit: true, offers: "AUTH PLAIN", answers: map[string]string{"AUTH": "535 5.7.8 " + password}}, "smtps://so@" + host, nil},
		"no such person":         {&server{implicit: true, offers: "AUTH PLAIN", answers: map[string]string{"RCPT": "550 5.1.1 <hoa@example.vn> unknown"}}, "smtps://so@" + host, nil},
		"refused words":          {&server{implicit: true, offers: "AUTH PLAIN", answers: map[string]string{"DATA": "554 spam: secret words to hoa@example.vn"}}, "smtps://so@" + host, nil},
	} {
		s := newServer(t, test.server)
		m := s.sender(t, Config{URL: test.url, Password: password})
		if test.change != nil {
			test.change(m)
		}
		err := m.Send(t.Context(), "hoa@example.vn", "secret words", "secret words")
		if ledger.CodeOf(err) != ledger.Unavailable || len(s.data) > 0 {
			t.Errorf("%s: %v", name, err)
		}
		cause := fmt.Sprint(errors.Unwrap(err), err)
		for _, secret := range []string{password, "hoa@example.vn", "secret words"} {
			if strings.Contains(cause, secret) {
				t.Errorf("%s: the error tells %q: %s", name, secret, cause)
			}
		}
		if s.heard("AUTH") || s.heard("MAIL") {
			t.Errorf("%s: without TLS it said %q", name, s.said)
		}
	}
}

func TestSendEndsWithItsContext(t *testing.T) {
	s := newServer(t, &server{silent: true})
	m := s.sender(t, Config{URL: "smtp://localhost:25"})
	ctx, cancel := context.WithCancel(t.Context())
	sent := make(chan error, 1)
	go func() { sent <- m.Send(ctx, "hoa@example.vn", "Chào", "Chào") }()
	cancel()
	if err := <-sent; ledger.CodeOf(err) != ledger.Unavailable {
		t.Error(err)
	}
}

func TestWhatCannotBeSent(t *testing.T) {
	s := newServer(t, &server{offers: "8BITMIME"})
	m := s.sender(t, Config{URL: "smtp://localhost:25"})
	for _, test := range [][3]string{
		{"to", "hoa@example.vn\r\nBcc: all@example.vn", "Chào"},
		{"to", "hoa@example.vn, all@example.vn", "Chào"},
		{"to", "Hoa <hoa@example.vn>", "Chào"},
		{"to", "hòa@example.vn", "Chào"},
		{"to", "hoa", "Chào"},
		{"to", "", "Chào"},
		{"subject", "hoa@example.vn", "Chào\r\nBcc: all@example.vn"},
		{"subject", "hoa@example.vn", "Chào\nBcc: all@example.vn"},
		{"subject", "hoa@example.vn", " "},
		{"subject", "hoa@example.vn", strings.Repeat("ờ", 201)},
	} {
		var e *ledger.Error
		if err := m.Send(t.Context(), test[1], test[2], "Chào"); !errors.As(err, &e) || e.Code != ledger.Invalid || e.Field != test[0] {
			t.Errorf("to %q, %q: %v", test[1], test[2], err)
		}
	}
	if len(s.said) > 0 {
		t.Errorf("it was sent: %q", s.said)
	}
	// A body has no headers in it, whatever it begins with.
	if err := m.Send(t.Context(), "hoa@example.vn", "Chào", "\r\n.\r\nMAIL FROM:<x@example.vn>\r\n"); err != nil {
		t.Fatal(err)
	}
	if len(s.data) != 1 || !strings.Contains(s.data[0], "\r\n\r\n\r\n.\r\nMAIL FROM:<x@example.vn>\r\n") {
		t.Errorf("%q", s.data)
	}
}

func TestConfigsThatCannotWork(t *testing.T) {
	for _, test := range []struct {
		c     Config
		field string
	}{
		{Config{URL: "mail.example", From: sender}, "URL"},
		{Config{URL: "http://mail.example", From: sender}, "URL"},
		{Config{URL: "smtps://", From: sender}, "URL"},
		{Config{URL: "smtps://mail.example/x", From: sender}, "URL"},
		{Config{URL: "smtps://so:secret@mail.example", From: sender}, "URL"},
		{Config{URL: "smtps://mail.example", Password: "secret", From: sender}, "URL"},
		{Config{URL: "smtps://so@mail.example", From: sender}, "Password"},
		{Config{URL: "smtps://mail.example"}, "From"},
		{Config{URL: "smtps://mail.example", From: "sổ@bacgiang.example"}, "From"},
		{Config{From: sender}, "URL"},
	} {
		var e *ledger.Error
		if _, err := New(test.c); !errors.As(err, &e) || e.Code != ledger.Invalid || e.Field != test.field || strings.Contains(err.Error(), "secret") {
			t.Errorf("%+v: %v", test.c, err)
		}
	}
}

func quotedText(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(quotedprintable.NewReader(r))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
