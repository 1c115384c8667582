// Package openid signs people in at an OpenID Connect provider: the authorisation
// code flow with PKCE (RFC 7636, S256), a state and a nonce. It knows nothing of
// accounts.
package openid

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Config says which provider, and as which client.
type Config struct {
	// Name is what people see on the button.
	Name string
	// Issuer is the provider's address; its configuration is found below it.
	Issuer string
	// ClientID and Secret are what the provider gave this node. A public client has
	// no secret.
	ClientID, Secret string
	// Redirect is the address of this node to which the provider sends people back.
	Redirect string
	// Scopes beside openid; nil means profile and email.
	Scopes []string
}

// Provider is a provider. Its configuration is read when it is first needed, so that
// one that is down holds up nobody but who wants to sign in there. Its methods may be
// called at the same time.
type Provider struct {
	Name   string
	Issuer string

	config Config
	found  atomic.Pointer[found] // nil until the provider has answered
}

// found is what the provider's configuration says.
type found struct {
	client   oauth2.Config
	verifier *oidc.IDTokenVerifier
}

// timeout bounds each talk with the provider.
const timeout = 15 * time.Second

// New judges a configuration; it talks to nobody. The provider must be reached by
// TLS, on this machine excepted.
func New(c Config) (*Provider, error) {
	u, err := url.Parse(c.Issuer)
	if err != nil || (u.Scheme != "https" && u.Hostname() != "localhost" && u.Hostname() != "127.0.0.1") {
		return nil, fmt.Errorf("openid: the issuer %q is not an https address", c.Issuer)
	}
	if c.ClientID == "" || c.Redirect == "" {
		return nil, errors.New("openid: the client id or the redirect address is missing")
	}
	if c.Scopes == nil {
		c.Scopes = []string{"profile", "email"}
	}
	return &Provider{Name: c.Name, Issuer: c.Issuer, config: c}, nil
}

// Discover is New for a provider that must answer now.
func Discover(ctx context.Context, c Config) (*Provider, error) {
	p, err := New(c)
	if err != nil {
		return nil, err
	}
	return p, p.Ready(ctx)
}

// Ready reads the provider's configuration, unless that was done before.
func (p *Provider) Ready(ctx context.Context) error {
	_, err := p.discover(ctx)
	return err
}

func (p *Provider) discover(ctx context.Context) (*found, error) {
	if f := p.found.Load(); f != nil {
		return f, nil
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	answer, err := oidc.NewProvider(ctx, p.Issuer)
	if err != nil {
		return nil, fmt.Errorf("openid: the provider %s does not say how it is used: %w", p.Issuer, err)
	}
	c := p.config
	f := &found{
		client: oauth2.Config{
			ClientID: c.ClientID, ClientSecret: c.Secret, Endpoint: answer.Endpoint(), RedirectURL: c.Redirect,
			Scopes: append([]string{oidc.ScopeOpenID}, c.Scopes...),
		},
		verifier: answer.VerifierContext(context.WithoutCancel(ctx), &oidc.Config{ClientID: c.ClientID}),
	}
	p.found.Store(f)
	return f, nil
}

// Flow is one sign-in on its way: the node remembers it, sealed in the browser,
// until the person comes back.
type Flow struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"` // PKCE
}

// Begin returns where to send the person.
func (p *Provider) Begin(ctx context.Context) (Flow, string, error) {
	found, err := p.discover(ctx)
	if err != nil {
		return Flow{}, "", err
	}
	f := Flow{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier()}
	return f, found.client.AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), nil
}

// Subject is whom a provider vouches for.
type Subject struct {
	Issuer  string
	Subject string // unique at the issuer, for ever
	Name    string
	Email   string // empty unless the provider verified it
}

// ErrRefused is beneath every error that says that the person did not prove who
// they are.
var ErrRefused = errors.New("openid: the sign-in was not accepted")

// Finish exchanges what the person came back with for whom the provider vouches.
func (p *Provider) Finish(ctx context.Context, f Flow, state, code string) (Subject, error) {
	if f.State == "" || subtle.ConstantTimeCompare([]byte(f.State), []byte(state)) != 1 || code == "" {
		return Subject{}, fmt.Errorf("%w: the state is another", ErrRefused)
	}
	found, err := p.discover(ctx)
	if err != nil {
		return Subject{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	token, err := found.client.Exchange(ctx, code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		var answered *oauth2.RetrieveError
		if errors.As(err, &answered) { // its body may hold anything, so it is not repeated
			return Subject{}, fmt.Errorf("%w: the provider refused the code", ErrRefused)
		}
		return Subject{}, fmt.Errorf("openid: the provider cannot be reached: %w", err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return Subject{}, fmt.Errorf("%w: the provider gave no identity", ErrRefused)
	}
	id, err := found.verifier.Verify(ctx, raw)
	if err != nil {
		return Subject{}, fmt.Errorf("%w: the identity does not verify", ErrRefused)
	}
	if subtle.ConstantTimeCompare([]byte(f.Nonce), []byte(id.Nonce)) != 1 || id.Subject == "" {
		return Subject{}, fmt.Errorf("%w: the identity is of another sign-in", ErrRefused)
	}
	var claims struct {
		Name          string `json:"name"`
		Email         string `json:"email"`
		EmailVerified bool   `json:"email_verified"`
	}
	if err := id.Claims(&claims); err != nil {
		return Subject{}, fmt.Errorf("%w: the identity cannot be read", ErrRefused)
	}
	s := Subject{Issuer: id.Issuer, Subject: id.Subject, Name: claims.Name}
	if claims.EmailVerified {
		s.Email = claims.Email
	}
	return s, nil
}
