package web

import "io"

// Grants is where an organisation says for what its records may be counted.
type Grants struct {
	Form Form
	List []Grant
}

// Grant is a purpose, and whether leave is given for it; Purpose ends a text key
// "grants.for.…".
type Grant struct {
	Purpose string
	Given   bool
}

// Grants writes the page.
func (p *Pages) Grants(w io.Writer, r Reader, v *Grants) error { return p.desk(w, r, "grants", v) }
