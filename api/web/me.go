package web

import (
	"io"

	"github.com/sogoc/sogoc/trace"
)

// MyHome is the first page of somebody who is signed in.
type MyHome struct {
	Members []MyMembership
}

// MyMembership is an organisation that they act for.
type MyMembership struct {
	Member string
	Org    trace.Text
	Chosen bool
}

// Me writes the page.
func (p *Pages) Me(w io.Writer, r Reader, v *MyHome) error { return p.desk(w, r, "me", v) }
