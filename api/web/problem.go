package web

import (
	"html/template"
	"io"
	"net/url"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// ProblemKind says why there is no page.
type ProblemKind string

const (
	ProblemMistyped    ProblemKind = "mistyped"    // the check character of a code is wrong
	ProblemUnreadable  ProblemKind = "unreadable"  // not a code at all
	ProblemUnknown     ProblemKind = "unknown"     // a right code that is not on the register, or not public
	ProblemNotFound    ProblemKind = "notfound"    // no such address
	ProblemBad         ProblemKind = "bad"         // what was sent cannot be read
	ProblemConflict    ProblemKind = "conflict"    // not as things stand now
	ProblemForbidden   ProblemKind = "forbidden"   // not for this reader
	ProblemSignIn      ProblemKind = "signin"      // not for somebody who is not signed in
	ProblemTooLarge    ProblemKind = "large"       // more than a stated limit
	ProblemUnavailable ProblemKind = "unavailable" // try again later
	ProblemInternal    ProblemKind = "internal"    // a fault of ours
)

// Problem is the page that says what happened, why, and what now.
type Problem struct {
	Kind    ProblemKind
	Typed   string // the code that was typed or scanned; the field keeps it
	Request string // identifier of the request, to quote to the operator
}

// CodeProblem tells what is wrong with a code that a person typed.
// ProblemUnknown means that nothing is: it may just not be on the register.
func CodeProblem(typed string) ProblemKind {
	_, err := trace.ParseTyped(typed)
	bare := strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, strings.TrimSpace(typed))
	switch {
	case err == nil:
		return ProblemUnknown
	case strings.Trim(bare, "0123456789") == "" && (len(bare) == 8 || 12 <= len(bare) && len(bare) <= 14 || len(bare) == 18):
		return ProblemMistyped
	case len(bare) == 10 && managedAlphabet(bare):
		return ProblemMistyped
	case strings.HasPrefix(bare, "("), strings.HasPrefix(bare, "/t/"):
		return ProblemMistyped
	}
	return ProblemUnreadable
}

// managedAlphabet reports whether s has only characters that a register-issued
// code has or that are read as one (see [trace.ParseCode]).
func managedAlphabet(s string) bool {
	for _, r := range strings.ToUpper(s) {
		if !strings.ContainsRune("0123456789ABCDEFGHJKMNPQRSTVWXYZOIL", r) {
			return false
		}
	}
	return true
}

// ProblemOf is the page for an error.
func ProblemOf(err error) ProblemKind {
	switch ledger.CodeOf(err) {
	case ledger.NotFound:
		return ProblemUnknown
	case ledger.Invalid:
		return ProblemBad
	case ledger.Conflict:
		return ProblemConflict
	case ledger.Unauthenticated:
		return ProblemSignIn
	case ledger.Forbidden:
		return ProblemForbidden
	case ledger.TooLarge:
		return ProblemTooLarge
	case ledger.Unavailable:
		return ProblemUnavailable
	}
	return ProblemInternal
}

// AboutCode reports whether the problem is with a code, so that the page offers
// to type it again.
func (v *Problem) AboutCode() bool {
	switch v.Kind {
	case ProblemMistyped, ProblemUnreadable, ProblemUnknown, ProblemNotFound:
		return true
	}
	return false
}

// Problem writes an error page.
func (p *Pages) Problem(w io.Writer, lang Lang, v *Problem) error {
	f := frame{Title: p.text(lang, "problem."+string(v.Kind)+".title"), Kind: "problem", View: v}
	if v.Typed != "" {
		f.Query = template.URL(url.Values{"q": {v.Typed}}.Encode())
	}
	return p.render(w, lang, "problem.html", f)
}
