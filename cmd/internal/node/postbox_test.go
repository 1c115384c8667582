package node_test

import (
	"bufio"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
)

// postbox is a mail server on this machine (RFC 5321) that keeps what it is sent.
type postbox struct {
	net.Listener
	mu   sync.Mutex
	sent []letter
}

// letter is a message as its reader sees it.
type letter struct{ to, subject, text string }

func newPostbox(t *testing.T) *postbox {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &postbox{Listener: l}
	var talking sync.WaitGroup
	talking.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			talking.Go(func() { p.talk(t, c) })
		}
	})
	t.Cleanup(func() { l.Close(); talking.Wait() })
	return p
}

func (p *postbox) talk(t *testing.T, c net.Conn) {
	defer c.Close()
	lines := bufio.NewReader(c)
	fmt.Fprint(c, "220 localhost\r\n")
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		switch verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " "); verb {
		case "DATA":
			fmt.Fprint(c, "354 go on\r\n")
			var text strings.Builder
			for line, err = lines.ReadString('\n'); err == nil && line != ".\r\n"; line, err = lines.ReadString('\n') {
				text.WriteString(strings.TrimPrefix(line, "."))
			}
			p.keep(t, text.String())
			fmt.Fprint(c, "250 taken\r\n")
		case "QUIT":
			fmt.Fprint(c, "221 bye\r\n")
			return
		default:
			fmt.Fprint(c, "250 go on\r\n")
		}
	}
}

func (p *postbox) keep(t *testing.T, message string) {
	m, err := mail.ReadMessage(strings.NewReader(message))
	if err != nil {
		t.Error(err)
		return
	}
	var body io.Reader = m.Body
	if m.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		t.Error(err)
	}
	to, err := mail.ParseAddress(m.Header.Get("To"))
	if err != nil {
		t.Error(err)
		return
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		t.Error(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.sent, letter{to.Address, subject, strings.ReplaceAll(string(text), "\r\n", "\n")})
}

func (p *postbox) letters() []letter {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]letter(nil), p.sent...)
}
