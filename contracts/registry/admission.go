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
	case !mayShow(org.Kind, org.Profile):
		return ledger.FieldErrorf(ledger.Invalid, "org.profile.sealed", "a household's or an artisan's profile is sealed")
	case org.Host != "" && !ledger.ValidHost(org.Host):
		return ledger.FieldErrorf(ledger.Invalid, "org.host", "%q does not name a member of a channel", org.Host)
	case len(in.Reason) > maxWords:
		return ledger.FieldErrorf(ledger.Invalid, "reason", "has more than %d bytes", maxWords)
	}
	if err := a.refused(in.Dossier); err != nil {
		return err
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
	return a.enrolMember(in.Member)
}

// mayShow reports whether an organisation of a kind may be described so: who a person
// is, is sealed.
func mayShow(kind ledger.Kind, d *trace.Describes) bool {
	return !kind.Natural() || d == nil || d.Sealed
}

// profile describes the signer's own organisation anew. Nobody else does, the operator
// neither: it is the organisation's own word.
func (a *action) profile(in trace.OwnProfile) error {
	if err := a.signer.Must(ledger.RoleAdmin); err != nil {
		return err
	}
	switch {
	case in.Org != a.signer.Org:
		return ledger.FieldErrorf(ledger.Forbidden, "org", "is not the signer's organisation")
	case in.Profile == nil:
		return ledger.FieldErrorf(ledger.Invalid, "profile", "is missing")
	case !mayShow(a.signer.Kind, in.Profile):
		return ledger.FieldErrorf(ledger.Invalid, "profile.sealed", "a household's or an artisan's profile is sealed")
	}
	return a.describe("profile", in.Org, in.Profile)
}

// refuse notes that an application was seen and not admitted.
func (a *action) refuse(in trace.Refusal) error {
	if err := a.operator(); err != nil {
		return err
	}
	switch {
	case in.Org.IsZero():
		return ledger.FieldErrorf(ledger.Invalid, "org", "is missing")
	case in.Dossier.IsZero():
		return ledger.FieldErrorf(ledger.Invalid, "dossier", "is missing")
	}
	if err := reason(in.Reason); err != nil {
		return err
	}
	if known, err := Known(a, in.Org); err != nil || known {
		return firstError(err, ledger.FieldErrorf(ledger.Conflict, "org", "is on the register; its standing can be changed"))
	}
	if err := a.refused(in.Dossier); err != nil {
		return err
	}
	a.Put(refusedKey+in.Dossier.String(), []byte(in.Org.String()))
	return nil
}

// refused refuses a dossier that was refused before.
func (a *action) refused(dossier ledger.Hash) error {
	if dossier.IsZero() {
		return nil
	}
	if gone, err := a.Get(refusedKey + dossier.String()); err != nil || gone != nil {
		return firstError(err, ledger.FieldErrorf(ledger.Conflict, "dossier", "this application was refused; another may be made"))
	}
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
