package api

import (
	"context"
	"slices"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace/index"
)

// authority is what the register says of a member at this moment. The zero value is
// a stranger's, and that of everybody who is suspended.
type authority struct {
	Viewer index.Viewer
	Kind   ledger.Kind
	Roles  []ledger.Role
}

// may reports whether a member has a role in an organisation in good standing.
func (x authority) may(role ledger.Role) bool { return slices.Contains(x.Roles, role) }

// maxAuthorities is how many keys' holders are remembered.
const maxAuthorities = 4096

// authorities keeps by key what the register says of its holder, until something of
// the organisation, its members or their keys changes. Strangers' are not kept.
type authorities = lru.Cache[ledger.Address, *keptAuthority]

type keptAuthority struct {
	authority
	until  ledger.Time // when the key ends; 0 for never
	deps   []index.Dep // what it was read from
	height uint64      // of the index before it was read
}

func newAuthorities() *authorities {
	kept, err := lru.New[ledger.Address, *keptAuthority](maxAuthorities)
	if err != nil {
		panic(err) // only a size below one is refused
	}
	return kept
}

// authorityOf is what the register says of a key's holder. A key that is revoked or
// over, a suspended member and a suspended organisation have that of strangers; so
// has a key that is in custody and not on the register yet.
func (s *server) authorityOf(ctx context.Context, address ledger.Address) (authority, error) {
	x, ok := s.authorities.Get(address)
	if !ok || s.Index.Changed(x.deps, x.height) {
		var err error
		if x, err = s.readAuthority(ctx, address); err != nil || x == nil {
			return authority{}, ignoreNotFound(err)
		}
		s.authorities.Add(address, x)
	}
	if x.until != 0 && x.until <= ledger.TimeOf(time.Now()) {
		return authority{}, nil
	}
	return x.authority, nil
}

// readAuthority is nil, or fails with NotFound, for a stranger.
func (s *server) readAuthority(ctx context.Context, address ledger.Address) (*keptAuthority, error) {
	height := s.Index.Height() // before what is read
	key, err := s.Index.Key(ctx, address)
	if err != nil || key.Revoked != nil {
		return nil, err
	}
	member, err := s.Index.Member(ctx, index.Viewer{Operator: true}, key.Member)
	if err != nil || member.Suspended {
		return nil, err
	}
	org, err := s.Index.Organisation(ctx, index.Viewer{}, key.Org)
	if err != nil || org.Suspended != nil {
		return nil, err
	}
	return &keptAuthority{
		authority: authority{
			Viewer: index.Viewer{Org: key.Org, Operator: org.Kind == ledger.KindOperator},
			Kind:   org.Kind, Roles: member.Roles,
		},
		until: key.Until, deps: []index.Dep{index.DepOrg(key.Org)}, height: height,
	}, nil
}
