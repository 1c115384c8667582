package openid

import (
	"context"
	"fmt"
	"regexp"
	"sync"
	"time"
)

// Source is a provider whose configuration is read when it is first needed, so that
// a node starts also while the provider is away.
type Source struct {
	Config

	mu     sync.Mutex
	found  *Provider
	err    error
	failed time.Time
}

// again is how long after a failure the provider is asked again.
const again = 5 * time.Second

var key = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// NewSource checks what can be checked without the provider.
func NewSource(c Config) (*Source, error) {
	if !key.MatchString(c.Key) {
		return nil, fmt.Errorf("openid: the key %q is not of small letters, digits and -", c.Key)
	}
	if c.Name == "" {
		c.Name = c.Key
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	return &Source{Config: c}, nil
}

// Provider reads the provider's configuration, once.
func (s *Source) Provider(ctx context.Context) (*Provider, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.found == nil && time.Since(s.failed) >= again {
		if s.found, s.err = Discover(context.WithoutCancel(ctx), s.Config); s.err != nil {
			s.failed = time.Now()
		}
	}
	if s.found == nil {
		return nil, s.err
	}
	return s.found, nil
}
