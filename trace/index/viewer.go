package index

import (
	"bytes"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
)

// Viewer is who asks. The zero Viewer is anybody.
type Viewer struct {
	Org      ledger.ID // the organisation that the viewer acts for
	Operator bool      // the register's operator, who sees everything
	node     *node     // set for a node, which acts for the organisations that it hosts
}

// node is a node of a host.
type node struct {
	x    *Index
	host string
	rest string // the host of those who name none, unless the operator named another
}

// Node is the viewer that a node of a host is: it may read what one of the
// organisations hosted there may, as it keeps it for them. The operator's node sees
// no more than that either: what an organisation keeps to itself stays at its own
// host. A suspended organisation has no node.
func (x *Index) Node(host string, g ledger.Genesis) Viewer {
	return Viewer{node: &node{x, host, g.Host}}
}

// hosts reports whether an organisation is hosted there. What cannot be read is not.
func (n *node) hosts(org ledger.ID) (yes bool) {
	err := n.x.view(func(txn *badger.Txn) error {
		row, ok, err := getRow[orgRow](txn, orgKey(org))
		if err != nil || !ok || row.Suspended != nil {
			return err
		}
		host := row.Org.Host
		if host == "" {
			if host, err = operatorHost(txn, n.rest); err != nil {
				return err
			}
		}
		yes = host == n.host && host != ""
		return nil
	})
	if err != nil {
		n.x.log.Error("an organisation's host cannot be read", "organisation", org, "error", err)
	}
	return yes
}

// operatorHost is the host of the operator, who is the first on the register.
func operatorHost(txn *badger.Txn, first string) (host string, err error) {
	host = first
	err = scan(txn, key('A'), nil, func(_, v []byte) (bool, error) {
		row, ok, err := getRow[orgRow](txn, orgKey(ledger.ID(v)))
		if ok && row.Org.Host != "" {
			host = row.Org.Host
		}
		return false, err
	})
	return host, err
}

// access is what an event says about who may read it.
type access struct {
	audience byte
	org      ledger.ID // the organisation whose record it is
	agent    ledger.ID // the organisation that recorded it for that one; zero where it is the same
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

func (a access) equal(b access) bool {
	return a.audience == b.audience && a.org == b.org && a.agent == b.agent && bytes.Equal(a.parties, b.parties)
}

// may reports whether the viewer may read it.
func (v Viewer) may(a access) bool {
	switch {
	case v.Operator || a.audience == audiencePublic || v.is(a.org) || v.is(a.agent):
		return true
	case a.audience != audienceParties:
		return false
	}
	for p := a.parties; len(p) >= 16; p = p[16:] {
		if v.is(ledger.ID(p[:16])) {
			return true
		}
	}
	return false
}

// is reports whether the viewer acts for the organisation, or is the operator.
func (v Viewer) is(org ledger.ID) bool { return v.ActsFor(org) }

// ActsFor reports whether the viewer reads what an organisation does.
func (v Viewer) ActsFor(org ledger.ID) bool {
	switch {
	case v.Operator:
		return true
	case org.IsZero():
		return false
	}
	return v.Org == org || v.node != nil && v.node.hosts(org)
}
