package web

import "io"

// SignIn is the page on which somebody says who they are.
type SignIn struct {
	Form      Form
	Next      string // where they wanted to go
	PIN       bool   // this device is known and has a PIN
	Passkeys  bool   // the site takes them
	Providers []Provider
}

// Provider is a place elsewhere where people can sign in.
type Provider struct{ Issuer, Name string }

// SignIn writes the page.
func (p *Pages) SignIn(w io.Writer, r Reader, v *SignIn) error {
	scripts := []string{accountScript}
	if r.Done == "signed_out" {
		scripts = append(scripts, "queue.js", "leave.js")
	}
	return p.running(w, r, "signin", scripts, v)
}

// Code is the page of a sign-in's second step.
type Code struct {
	Form     Form
	Next     string
	Remember bool
	Needs    string // code or passkey
	Passkeys bool   // the account has one that would do
}

// Code writes the page.
func (p *Pages) Code(w io.Writer, r Reader, v *Code) error {
	return p.scripted(w, r, "code", accountScript, v)
}

// Prove is the page on which somebody who is signed in shows again who they are.
type Prove struct {
	Form Form
	Next string
	// What they have to show it by.
	Password, PIN, Code, Passkey bool
	Providers                    []Provider
	Username                     string // for password managers
}

// None reports whether there is nothing but to sign in again.
func (v *Prove) None() bool {
	return !v.Password && !v.PIN && !v.Code && !v.Passkey && len(v.Providers) == 0
}

// Prove writes the page.
func (p *Pages) Prove(w io.Writer, r Reader, v *Prove) error {
	return p.scripted(w, r, "prove", accountScript, v)
}

// Leave is the page that sends somebody to a provider.
type Leave struct {
	Provider string
	To       string
}

// Leave writes the page.
func (p *Pages) Leave(w io.Writer, r Reader, v *Leave) error { return p.desk(w, r, "leave", v) }

// Reset is the page on which somebody says that they forgot their password.
type Reset struct {
	Form Form
	Mail bool // this node sends letters
	Sent bool // whatever was asked for is on its way
}

// Reset writes the page.
func (p *Pages) Reset(w io.Writer, r Reader, v *Reset) error { return p.desk(w, r, "reset", v) }

// Fresh is the page behind a reset link.
type Fresh struct {
	Form     Form
	Name     string
	Username string
	Phone    bool // the second factor goes, too
}

// Fresh writes the page.
func (p *Pages) Fresh(w io.Writer, r Reader, v *Fresh) error {
	return p.scripted(w, r, "fresh", accountScript, v)
}

// SetUp is the page behind the operator's first link.
type SetUp struct{ Form Form }

// SetUp writes the page.
func (p *Pages) SetUp(w io.Writer, r Reader, v *SetUp) error {
	return p.scripted(w, r, "setup", accountScript, v)
}

// Gone is the page behind a link that is not good any more.
type Gone struct{ SetUp, Address bool }

// Gone writes the page.
func (p *Pages) Gone(w io.Writer, r Reader, v *Gone) error { return p.desk(w, r, "gone", v) }
