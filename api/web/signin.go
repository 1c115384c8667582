package web

import "io"

// SignIn is the page on which somebody says who they are.
type SignIn struct {
	Form Form
	Next string // where they wanted to go
	PIN  bool   // this device is known and has a PIN
}

// SignIn writes the page.
func (p *Pages) SignIn(w io.Writer, r Reader, v *SignIn) error { return p.desk(w, r, "signin", v) }

// Code is the page of a sign-in's second step.
type Code struct {
	Form  Form
	Next  string
	Needs string // code, passkey or enrol
}

// Code writes the page.
func (p *Pages) Code(w io.Writer, r Reader, v *Code) error { return p.desk(w, r, "code", v) }

// Prove is the page on which somebody who is signed in shows again who they are.
type Prove struct {
	Form Form
	Next string
}

// Prove writes the page.
func (p *Pages) Prove(w io.Writer, r Reader, v *Prove) error { return p.desk(w, r, "prove", v) }
