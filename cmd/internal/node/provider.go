package node

import (
	"context"
	"fmt"
	"net/url"

	"github.com/sogoc/sogoc/api"
	"github.com/sogoc/sogoc/api/account/openid"
)

// providers are those that people may sign in at. Nobody is asked whether they are
// there.
func (c Config) providers() ([]*openid.Provider, error) {
	if len(c.OpenID) > 0 && c.PublicURL == "" {
		return nil, fmt.Errorf("--public-url: --oidc needs to know where people come back to")
	}
	var all []*openid.Provider
	for i, o := range c.OpenID {
		for _, before := range c.OpenID[:i] {
			if before.Issuer == o.Issuer {
				return nil, fmt.Errorf("--oidc: %s is named twice", o.Issuer)
			}
		}
		if u, err := url.Parse(o.Issuer); o.Name == "" && err == nil {
			o.Name = u.Host
		}
		o.Redirect = c.PublicURL + api.ProviderReturn
		p, err := openid.New(o)
		if err != nil {
			return nil, fmt.Errorf("--oidc: %w", err)
		}
		all = append(all, p)
	}
	return all, nil
}

// askProviders asks each provider once how it is used, so that the first to sign in
// need not wait for it. One that does not answer is asked again when somebody signs in.
func (n *Node) askProviders(ctx context.Context) error {
	for _, p := range n.OpenID {
		if err := p.Ready(ctx); err != nil && ctx.Err() == nil {
			n.Config.Log.Warn("nobody can sign in at this provider until it answers", "issuer", p.Issuer, "err", err)
		}
	}
	return nil
}
