package index

import (
	"bytes"

	"github.com/sogoc/sogoc/ledger"
)

// Viewer is who asks. The zero Viewer is anybody.
type Viewer struct {
	Org      ledger.ID // the organisation that the viewer acts for
	Operator bool      // the register's operator, who sees everything
}

// access is what an event says about who may read it.
type access struct {
	audience byte
	org      ledger.ID // the organisation that recorded it
	parties  []byte    // identifiers of organisations, 16 bytes each
}

const (
	audienceParties = iota // also any audience that this version does not know
	audienceOwn
	audiencePublic
)

func audienceCode(a ledger.Audience) byte {
	switch a {
	case ledger.Public:
		return audiencePublic
	case ledger.Own:
		return audienceOwn
	}
	return audienceParties
}

// may reports whether the viewer may read it.
func (v Viewer) may(a access) bool {
	switch {
	case v.Operator || a.audience == audiencePublic:
		return true
	case v.Org.IsZero():
		return false
	case v.Org == a.org:
		return true
	case a.audience != audienceParties:
		return false
	}
	for p := a.parties; len(p) >= 16; p = p[16:] {
		if bytes.Equal(p[:16], v.Org[:]) {
			return true
		}
	}
	return false
}

// is reports whether the viewer acts for the organisation, or is the operator.
func (v Viewer) is(org ledger.ID) bool {
	return v.Operator || (!org.IsZero() && v.Org == org)
}
