package registry

import (
	"slices"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

func (a *action) admit(in trace.Admission) error {
	if err := a.operator(); err != nil {
		return err
	}
	if in.Org.Kind == ledger.KindOperator {
		return ledger.FieldErrorf(ledger.Invalid, "org.kind", "a register has one operator")
	}
	return a.put(in)
}

// put writes a new organisation with its first administrator.
func (a *action) put(in trace.Admission) error {
	org := in.Org
	switch {
	case org.ID.IsZero():
		return ledger.FieldErrorf(ledger.Invalid, "org.id", "is missing")
	case !org.Kind.Valid():
		return ledger.FieldErrorf(ledger.Invalid, "org.kind", "%q is not a kind of organisation", org.Kind)
	case in.Member.Org != org.ID:
		return ledger.FieldErrorf(ledger.Invalid, "member.org", "is not the organisation that is admitted")
	case !slices.Contains(in.Member.Roles, ledger.RoleAdmin):
		return ledger.FieldErrorf(ledger.Invalid, "member.roles", "the first member administers the organisation")
	case org.Kind.Natural() && org.Profile != nil && !org.Profile.Sealed:
		return ledger.FieldErrorf(ledger.Invalid, "org.profile.sealed", "a household's or an artisan's profile is sealed")
	case org.Host != "" && !ledger.ValidHost(org.Host):
		return ledger.FieldErrorf(ledger.Invalid, "org.host", "%q does not name a member of a channel", org.Host)
	}
	if known, err := Known(a, org.ID); err != nil || known {
		return firstError(err, ledger.FieldErrorf(ledger.Conflict, "org.id", "the organisation is on the register already"))
	}
	if org.GLN != nil {
		if taken, err := a.Get(partyKey + org.GLN.String()); err != nil || taken != nil {
			return firstError(err, ledger.FieldErrorf(ledger.Conflict, "org.gln", "another organisation has this identifier"))
		}
		a.Put(partyKey+org.GLN.String(), []byte(org.ID.String()))
	}
	save(a, orgKey+org.ID.String(), orgRecord{Kind: org.Kind, Host: org.Host})
	if err := a.describe("org.profile", org.ID, org.Profile); err != nil {
		return err
	}
	return a.putMember(in.Member)
}

func (a *action) putMember(m ledger.Enrolment) error {
	switch {
	case m.Member.IsZero():
		return ledger.FieldErrorf(ledger.Invalid, "member.id", "is missing")
	case m.Key.IsZero():
		return ledger.FieldErrorf(ledger.Invalid, "member.key", "is missing")
	case len(m.Roles) == 0:
		return ledger.FieldErrorf(ledger.Invalid, "member.roles", "there is none")
	}
	for i, r := range m.Roles {
		if !r.Valid() || slices.Contains(m.Roles[:i], r) {
			return ledger.FieldErrorf(ledger.Invalid, "member.roles", "%q is not a role, or is named twice", r)
		}
	}
	if used, err := a.Get(keyKey + m.Key.String()); err != nil || used != nil {
		return firstError(err, ledger.FieldErrorf(ledger.Conflict, "member.key", "the key is on the register already"))
	}
	// A member may have several keys, all for one organisation: otherwise one
	// organisation could sign in the name of another's member.
	if org, known, err := MemberOrg(a, m.Member); err != nil || known && org != m.Org {
		return firstError(err, ledger.FieldErrorf(ledger.Conflict, "member.id", "is a member of another organisation"))
	}
	a.Put(memberKey+m.Member.String(), []byte(m.Org.String()))
	save(a, keyKey+m.Key.String(), keyRecord{Member: m.Member, Org: m.Org, Roles: m.Roles})
	return nil
}

func (a *action) enrol(in trace.NewMember) error {
	if err := a.signer.Must(ledger.RoleAdmin); err != nil {
		return err
	}
	if in.Member.Org != a.signer.Org && a.signer.Kind != ledger.KindOperator {
		return ledger.FieldErrorf(ledger.Forbidden, "member.org", "is not the signer's organisation")
	}
	if known, err := Known(a, in.Member.Org); err != nil || !known {
		return firstError(err, ledger.FieldErrorf(ledger.NotFound, "member.org", "is not on the register"))
	}
	return a.putMember(in.Member)
}

func (a *action) revoke(in trace.KeyRevocation) error {
	key := keyKey + in.Key.String()
	k, ok, err := load[keyRecord](a, key)
	if err != nil {
		return err
	}
	if !ok {
		return ledger.FieldErrorf(ledger.NotFound, "key", "is not on the register")
	}
	if in.Key != a.call.Signer {
		if err := a.signer.Must(ledger.RoleAdmin); err != nil {
			return err
		}
		if k.Org != a.signer.Org && a.signer.Kind != ledger.KindOperator {
			return ledger.FieldErrorf(ledger.Forbidden, "key", "belongs to another organisation")
		}
	}
	if k.Revoked {
		return ledger.FieldErrorf(ledger.Conflict, "key", "was revoked before")
	}
	if in.Key == a.call.Signer && a.signer.Kind == ledger.KindOperator {
		return ledger.FieldErrorf(ledger.Forbidden, "key", "the operator revokes a key with another one, so that one remains")
	}
	if err := reason(in.Reason); err != nil {
		return err
	}
	k.Revoked = true
	save(a, key, k)
	return nil
}

// maxWords bounds what is written for people, in bytes.
const maxWords = 1000

func reason(s string) error {
	if s == "" || len(s) > maxWords {
		return ledger.FieldErrorf(ledger.Invalid, "reason", "is missing or has more than %d bytes", maxWords)
	}
	return nil
}

func (a *action) stand(in trace.Standing) error {
	if err := a.operator(); err != nil {
		return err
	}
	key := orgKey + in.Org.String()
	o, ok, err := load[orgRecord](a, key)
	switch {
	case err != nil:
		return err
	case !ok:
		return ledger.FieldErrorf(ledger.NotFound, "org", "is not on the register")
	case o.Kind == ledger.KindOperator:
		return ledger.FieldErrorf(ledger.Forbidden, "org", "the operator cannot suspend itself")
	case o.Suspended == in.Suspended:
		return ledger.FieldErrorf(ledger.Conflict, "suspended", "is so already")
	}
	if err := reason(in.Reason); err != nil {
		return err
	}
	o.Suspended = in.Suspended
	save(a, key, o)
	return nil
}
