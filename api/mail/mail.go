// Package mail hands plain messages to a mail server (RFC 5321, RFC 6409). A server
// on another machine is talked to by TLS alone, from the first byte (smtps) or from
// STARTTLS on (smtp), and its certificate must be good.
package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/smtp"
	"net/textproto"
	"net/url"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

// Config says which server takes the mail, and from whom it is. The zero value is
// no mail.
type Config struct {
	// URL is smtps://user@host:465 or smtp://user@host:587; a port that is missing is
	// the scheme's. Without a user nobody signs in.
	URL string
	// Password is the user's.
	Password string
	// From is the sender: so@bacgiang.example or Sổ Gốc <so@bacgiang.example>.
	From string
	// Roots are the authorities whose word on the server's certificate is taken; nil
	// means the system's.
	Roots *x509.CertPool
}

// Sender sends mail. Its methods may be called at the same time.
type Sender struct {
	host, port string
	implicit   bool // TLS from the first byte
	tls        *tls.Config
	auth       smtp.Auth // nil without a user
	from       mail.Address
	dial       func(ctx context.Context, network, address string) (net.Conn, error)
}

// timeout bounds the whole talk with the server.
const timeout = 30 * time.Second

var ports = map[string]string{"smtps": "465", "smtp": "587"}

// New judges a configuration; it talks to nobody. Its errors are Invalid and name
// the field.
func New(c Config) (*Sender, error) {
	u, err := url.Parse(c.URL)
	if err != nil || ports[u.Scheme] == "" || u.Hostname() == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, ledger.FieldErrorf(ledger.Invalid, "URL", "is not an address like smtps://user@mail.example:465") // without it: it may hold a password
	}
	s := &Sender{host: u.Hostname(), port: u.Port(), implicit: u.Scheme == "smtps", dial: new(net.Dialer).DialContext}
	if s.port == "" {
		s.port = ports[u.Scheme]
	}
	s.tls = &tls.Config{ServerName: s.host, RootCAs: c.Roots, MinVersion: tls.VersionTLS12}
	user := u.User.Username()
	_, inURL := u.User.Password()
	switch {
	case inURL:
		return nil, ledger.FieldErrorf(ledger.Invalid, "URL", "holds a password, which everybody on the machine can see there")
	case user != "" && c.Password == "":
		return nil, ledger.FieldErrorf(ledger.Invalid, "Password", "is missing: %s signs in by one", user)
	case user == "" && c.Password != "":
		return nil, ledger.FieldErrorf(ledger.Invalid, "URL", "names no user whose the password is")
	case user != "":
		s.auth = smtp.PlainAuth("", user, c.Password, s.host)
	}
	from, err := mail.ParseAddress(c.From)
	if err != nil {
		return nil, ledger.FieldErrorf(ledger.Invalid, "From", "%q is not an address like so@bacgiang.example", c.From)
	}
	s.from = *from
	if s.from.Address, err = onTheWire(from.Address); err != nil {
		return nil, ledger.FieldErrorf(ledger.Invalid, "From", "%q cannot be sent from", c.From)
	}
	return s, nil
}

// Send hands a message to the server, and returns nil when the server has taken it.
// What the recipient or the subject cannot be is Invalid, and nothing was sent;
// otherwise an error is Unavailable, tells neither address nor words, and leaves
// open whether the message goes out: sending again may send it twice.
func (s *Sender) Send(ctx context.Context, to, subject, body string) error {
	rcpt, err := recipient(to)
	if err != nil {
		return err
	}
	m, err := message(s.from, rcpt, subject, body, time.Now())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := s.deliver(ctx, rcpt, m); err != nil {
		return ledger.Wrap(quiet(err), ledger.Unavailable, "the message could not be sent; try again later")
	}
	return nil
}

func (s *Sender) deliver(ctx context.Context, to string, message []byte) error {
	conn, err := s.dial(ctx, "tcp", net.JoinHostPort(s.host, s.port))
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	if s.implicit {
		secured := tls.Client(conn, s.tls)
		if err := secured.HandshakeContext(ctx); err != nil {
			return err
		}
		conn = secured
	}
	c, err := smtp.NewClient(conn, s.host)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.Hello(domain(s.from.Address)); err != nil {
		return err
	}
	if !s.implicit && !isLoopback(s.host) {
		if offered, _ := c.Extension("STARTTLS"); !offered {
			return errors.New("the server offers no TLS")
		}
		if err := c.StartTLS(s.tls); err != nil {
			return err
		}
	}
	if s.auth != nil {
		if err := c.Auth(s.auth); err != nil {
			return err
		}
	}
	if err := c.Mail(s.from.Address); err != nil {
		return err
	}
	if err := c.Rcpt(to); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(message); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	c.Quit() // it is taken already
	return nil
}

// quiet leaves of what a server answers the number alone: the words repeat addresses.
func quiet(err error) error {
	var answer *textproto.Error
	if errors.As(err, &answer) {
		return fmt.Errorf("the mail server answers %d", answer.Code)
	}
	return err
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}
