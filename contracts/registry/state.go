package registry

import (
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// State keys, one an entity. The prefix keeps them apart from other contracts'.
const (
	foundedKey  = "rg|founded"
	keyKey      = "rg|key|"      // + address: keyRecord
	memberKey   = "rg|member|"   // + id: memberRecord
	mandateKey  = "rg|mandate|"  // + member|agent: leave, while it is not withdrawn
	orgKey      = "rg|org|"      // + id: orgRecord
	refusedKey  = "rg|refused|"  // + dossier: organisation's id
	hostKey     = "rg|host"      // the operator's host, where it is no longer the genesis's
	partyKey    = "rg|party|"    // + identifier: organisation's id
	placeKey    = "rg|place|"    // + identifier: organisation's id
	productKey  = "rg|product|"  // + identifier: ProductRecord
	prefixKey   = "rg|gs1|"      // + digits: organisation's id
	underKey    = "rg|gs1under|" // + digits: some assigned prefix starts with them
	issuerKey   = "rg|issuer|"   // + 4 characters: organisation's id
	listKey     = "rg|list|"     // + name: version
	describeKey = "rg|payload|"  // + CID: organisation whose payload it is
	erasedKey   = "rg|erased|"   // + CID

	checkpointKey = "rg|checkpoint|" // + base64 of a checkpoint key: what it is to the register
	originKey     = "rg|origin"      // of checkpoints, where it is no longer the genesis's
)

// Signer is who signed a transaction, as the register knows them.
type Signer struct {
	Member ledger.ID
	Org    ledger.ID
	Kind   ledger.Kind
	roles  roles
}

// Signed finds the member whose key signed the call. The key has to be in force and,
// where it is a device's, for this, beside a key that its member signs with; the
// member and the organisation have to be in good standing.
func Signed(s ledger.State, c ledger.Call) (Signer, error) {
	k, ok, err := load[keyRecord](s, keyKey+c.Signer.String())
	switch {
	case err != nil:
		return Signer{}, err
	case !ok:
		return Signer{}, ledger.Errorf(ledger.Unauthenticated, "the key %s belongs to no member of this register", c.Signer)
	case k.Revoked:
		return Signer{}, ledger.Errorf(ledger.Forbidden, "the key %s was revoked", c.Signer)
	case k.Only != nil && !k.Only.covers(c):
		return Signer{}, ledger.Errorf(ledger.Forbidden, "the key %s is a device's, and not for %s of %s", c.Signer, c.Action, c.Contract)
	case k.Only != nil && k.Only.ended(c.Time):
		return Signer{}, ledger.Errorf(ledger.Forbidden, "the key %s is a device's, which was good until %s", c.Signer, k.Only.Until)
	}
	return standing(s, k)
}

// standing is the member whose key it is, in good standing.
func standing(s ledger.State, k keyRecord) (Signer, error) {
	readStanding(s, k)
	m, ok, err := load[memberRecord](s, memberKey+k.Member.String())
	if err != nil {
		return Signer{}, err
	}
	o, known, err := load[orgRecord](s, orgKey+k.Org.String())
	switch {
	case err != nil:
		return Signer{}, err
	case !ok || !known:
		return Signer{}, ledger.Errorf(ledger.Internal, "member %s or organisation %s is missing", k.Member, k.Org)
	case m.Suspended:
		return Signer{}, ledger.Errorf(ledger.Forbidden, "the member %s is suspended", k.Member)
	case m.Keys == 0: // what a device signs is its member's
		return Signer{}, ledger.Errorf(ledger.Forbidden, "the member %s has no key in force any more", k.Member)
	case o.Suspended:
		return Signer{}, ledger.Errorf(ledger.Forbidden, "the organisation %s is suspended", k.Org)
	}
	return Signer{Member: k.Member, Org: k.Org, Kind: o.Kind, roles: m.Roles}, nil
}

// readStanding fetches together what is read of whom a key is.
func readStanding(s ledger.StateReader, k keyRecord) {
	ledger.ReadAhead(s, func() []string { return []string{memberKey + k.Member.String(), orgKey + k.Org.String()} })
}

// OnBehalf is the signer acting for another member, the principal, by its mandate: as
// one of the principal's organisation, which is in good standing as the principal is.
// Nobody acts for who has no key any more: they could not take the mandate back.
// The signer's own right to act was judged before.
func (g Signer) OnBehalf(s ledger.State, c ledger.Call, principal ledger.ID) (Signer, error) {
	refuse := func(code ledger.Code, format string, args ...any) (Signer, error) {
		return Signer{}, ledger.FieldErrorf(code, "on_behalf", format, args...)
	}
	key := mandateKey + principal.String() + "|" + g.Org.String()
	ledger.ReadAhead(s, func() []string { return []string{memberKey + principal.String(), key} })
	m, ok, err := load[memberRecord](s, memberKey+principal.String())
	if err != nil {
		return Signer{}, err
	}
	if !ok {
		return refuse(ledger.NotFound, "is no member of this register")
	}
	l, ok, err := load[leave](s, key)
	switch {
	case err != nil:
		return Signer{}, err
	case !ok:
		return refuse(ledger.Forbidden, "the member %s has given the signer's organisation no mandate", principal)
	case !l.covers(c):
		return refuse(ledger.Forbidden, "the mandate of the member %s is not for %s of %s", principal, c.Action, c.Contract)
	case l.ended(c.Time):
		return refuse(ledger.Forbidden, "the mandate of the member %s was good until %s", principal, l.Until)
	case m.Suspended:
		return refuse(ledger.Forbidden, "the member %s is suspended", principal)
	case m.Keys == 0:
		return refuse(ledger.Forbidden, "the member %s has no key in force any more", principal)
	}
	o, ok, err := load[orgRecord](s, orgKey+m.Org.String())
	switch {
	case err != nil:
		return Signer{}, err
	case !ok:
		return Signer{}, ledger.Errorf(ledger.Internal, "organisation %s is missing", m.Org)
	case o.Suspended:
		return refuse(ledger.Forbidden, "the organisation %s is suspended", m.Org)
	}
	return Signer{Member: principal, Org: m.Org, Kind: o.Kind, roles: m.Roles}, nil
}

// Must refuses a signer without the role.
func (g Signer) Must(role ledger.Role) error {
	if !g.roles.has(role) {
		return ledger.Errorf(ledger.Forbidden, "this needs the role %q, which the signer does not have", role)
	}
	return nil
}

// Attests reports whether the signer's organisation inspects others.
func (g Signer) Attests() bool {
	return g.Kind == ledger.KindAgency || g.Kind == ledger.KindCertifier
}

// Party is the organisation that an identifier names: its party GLN or code, or
// the owner of the place it names.
func Party(s ledger.State, id trace.ID) (org ledger.ID, ok bool, err error) {
	org, ok, err = loadID(s, partyKey+id.String())
	if ok || err != nil {
		return org, ok, err
	}
	return loadID(s, placeKey+id.String())
}

// Known reports whether an organisation is on the register.
func Known(s ledger.State, org ledger.ID) (bool, error) {
	v, err := s.Get(orgKey + org.String())
	return v != nil, err
}

// Owner is the organisation to which an identifier's product, prefix or issuer
// belongs; ok is false where it belongs to nobody on the register. The product is
// nil where none is described.
func Owner(s ledger.State, id trace.ID) (org ledger.ID, product *ProductRecord, ok bool, err error) {
	p, ok, err := load[ProductRecord](s, OwnerKey(id))
	if err != nil {
		return org, nil, false, err
	}
	if ok {
		return p.Org, &p, true, nil
	}
	if code, isCode := id.Code(); isCode {
		org, ok, err = loadID(s, issuerKey+code.Issuer())
		return org, nil, ok, err
	}
	key, isKey := id.Key()
	if !isKey {
		return org, nil, false, nil
	}
	candidates := key.PrefixCandidates()
	ledger.ReadAhead(s, func() []string {
		keys := make([]string, len(candidates))
		for i, prefix := range candidates {
			keys[i] = prefixKey + prefix
		}
		return keys
	})
	for _, prefix := range candidates {
		if org, ok, err = loadID(s, prefixKey+prefix); ok || err != nil {
			return org, nil, ok, err
		}
	}
	return org, nil, false, nil
}

// OwnerKey is the key that Owner reads first.
func OwnerKey(id trace.ID) string { return productKey + id.Product().String() }
