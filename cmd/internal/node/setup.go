package node

import (
	"context"
	"errors"
	"net"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// setUpPath is the page of a set-up link.
const setUpPath = "/setup/"

// SetUp says whether the operator has signed in at this node before. It is true at a
// node that is not the operator's: there is nobody to set up.
func (n *Node) SetUp(ctx context.Context) (bool, error) {
	if n.Operator == nil {
		return true, nil
	}
	return n.Accounts.IsSetUp(ctx, n.Operator.Account)
}

// SetUpLink makes the address at which the operator chooses a password: it is good
// once and for account.SetUpLife, and a Conflict once there is a password.
func (n *Node) SetUpLink(ctx context.Context) (string, error) {
	secret, err := n.Accounts.SetUpLink(ctx, n.Operator.Account)
	if err != nil {
		return "", err
	}
	if n.Config.PublicURL != "" {
		return n.Config.PublicURL + setUpPath + secret, nil
	}
	return n.URL + setUpPath + secret, nil
}

// NewSetUpLink makes such an address in a data folder on which no node runs.
func NewSetUpLink(ctx context.Context, c Config) (link string, err error) {
	if c, err = c.withDefaults(); err != nil {
		return "", err
	}
	s, genesis, err := existingSafe(c)
	if err != nil {
		return "", err
	}
	u, err := s.open()
	if errors.Is(err, vault.ErrInUse) {
		err = s.running(err)
	}
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, u.Close()) }()
	operator, err := u.Identity(genesis.Operator)
	if ledger.CodeOf(err) == ledger.NotFound {
		return "", ledger.Errorf(ledger.NotFound, "this is not the operator's node")
	}
	if err != nil {
		return "", err
	}
	secret, err := u.SetUpLink(ctx, operator.Account)
	if err != nil {
		return "", err
	}
	return c.address() + setUpPath + secret, nil
}

// address is where a node would be reached, as far as its configuration says.
func (c Config) address() string {
	if c.PublicURL != "" {
		return c.PublicURL
	}
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil || host == "" {
		host = "localhost"
	}
	return c.scheme() + net.JoinHostPort(host, port)
}
