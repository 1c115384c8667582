package registry

import (
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// enrolMember puts a key on the register, and its member where that is new. A
// member may have several keys, all for one organisation: otherwise one organisation
// could sign in the name of another's member.
func (a *action) enrolMember(m ledger.Enrolment) error {
	before, err := a.enrolled(m)
	if err != nil {
		return err
	}
	after := before
	after.Keys++
	save(a, keyKey+m.Key.String(), keyRecord{Member: m.Member, Org: m.Org})
	return a.change(m.Member, before, after)
}

// enrolled checks an enrolment, and returns the member's record. Roles are the
// member's: an enrolment of another key repeats them, and changes none.
func (a *action) enrolled(m ledger.Enrolment) (memberRecord, error) {
	set, ok := rolesOf(m.Roles)
	switch {
	case m.Member.IsZero():
		return memberRecord{}, ledger.FieldErrorf(ledger.Invalid, "member.id", "is missing")
	case m.Key.IsZero():
		return memberRecord{}, ledger.FieldErrorf(ledger.Invalid, "member.key", "is missing")
	case !ok:
		return memberRecord{}, errRoles("member.roles")
	}
	if used, err := a.Get(keyKey + m.Key.String()); err != nil || used != nil {
		return memberRecord{}, firstError(err, ledger.FieldErrorf(ledger.Conflict, "member.key", "the key is on the register already"))
	}
	r, known, err := load[memberRecord](a, memberKey+m.Member.String())
	switch {
	case err != nil:
		return r, err
	case !known:
		return memberRecord{Org: m.Org, Roles: set}, nil
	case r.Org != m.Org:
		return r, ledger.FieldErrorf(ledger.Conflict, "member.id", "is a member of another organisation")
	case r.Roles != set:
		return r, ledger.FieldErrorf(ledger.Conflict, "member.roles", "are not those that the member has; a key changes none of them")
	}
	return r, nil
}

func errRoles(field string) error {
	return ledger.FieldErrorf(ledger.Invalid, field, "are not one or more of the roles, each once")
}

// change saves a member, and counts who administers the organisation. The last who
// does stays: with a key in force, not suspended, with the role. So every
// organisation, and the operator among them, can always act, and nobody locks
// itself out; a lost key of the only administrator is replaced before it is revoked.
func (a *action) change(id ledger.ID, before, after memberRecord) error {
	save(a, memberKey+id.String(), after)
	if before.administers() == after.administers() {
		return nil
	}
	key := orgKey + after.Org.String()
	o, ok, err := load[orgRecord](a, key)
	if err != nil {
		return err
	}
	switch {
	case !ok:
		return ledger.Errorf(ledger.Internal, "organisation %s is missing", after.Org)
	case after.administers():
		o.Admins++
	case o.Admins <= 1:
		return ledger.Errorf(ledger.Conflict, "the organisation would be left without an administrator who has a key")
	default:
		o.Admins--
	}
	save(a, key, o)
	return nil
}

func (a *action) enrol(in trace.NewMember) error {
	if err := a.administers("member.org", in.Member.Org); err != nil {
		return err
	}
	if known, err := Known(a, in.Member.Org); err != nil || !known {
		return firstError(err, ledger.FieldErrorf(ledger.NotFound, "member.org", "is not on the register"))
	}
	return a.enrolMember(in.Member)
}

// administers refuses who does not administer the organisation that a field is
// about. The operator's administrators do everywhere.
func (a *action) administers(field string, org ledger.ID) error {
	if err := a.signer.Must(ledger.RoleAdmin); err != nil {
		return err
	}
	if org != a.signer.Org && a.signer.Kind != ledger.KindOperator {
		return ledger.FieldErrorf(ledger.Forbidden, field, "is not of the signer's organisation")
	}
	return nil
}

// member changes what a member may do.
func (a *action) member(in trace.MemberChange) error {
	before, ok, err := load[memberRecord](a, memberKey+in.Member.String())
	if err != nil {
		return err
	}
	if !ok {
		return ledger.FieldErrorf(ledger.NotFound, "member", "is not on the register")
	}
	if err := a.administers("member", before.Org); err != nil {
		return err
	}
	set, ok := rolesOf(in.Roles)
	if !ok {
		return errRoles("roles")
	}
	if set == before.Roles && in.Suspended == before.Suspended {
		return ledger.FieldErrorf(ledger.Conflict, "member", "has these roles and this standing already")
	}
	if err := reason(in.Reason); err != nil {
		return err
	}
	after := before
	after.Roles, after.Suspended = set, in.Suspended
	return a.change(in.Member, before, after)
}

// rotate puts another key of its member in the place of the key that signs.
func (a *action) rotate(in trace.NewMember) error {
	if err := a.own(in.Member); err != nil {
		return err
	}
	if _, err := a.enrolled(in.Member); err != nil {
		return err
	}
	ended := keyRecord{Member: a.signer.Member, Org: a.signer.Org, Revoked: true}
	save(a, keyKey+a.call.Signer.String(), ended)
	save(a, keyKey+in.Member.Key.String(), keyRecord{Member: a.signer.Member, Org: a.signer.Org})
	return nil
}

// device adds a key that is for some actions only. It does not count among the
// member's keys: nobody administers an organisation by one. The signer's is never
// one, as none is for the registry.
func (a *action) device(in trace.DeviceKey) error {
	if err := a.own(in.Member); err != nil {
		return err
	}
	if _, err := a.enrolled(in.Member); err != nil {
		return err
	}
	only, err := a.leave(in.Actions, in.Until)
	if err != nil {
		return err
	}
	save(a, keyKey+in.Member.Key.String(), keyRecord{Member: a.signer.Member, Org: a.signer.Org, Only: &only})
	return nil
}

// leave checks what is given to somebody else to do, and until when.
func (a *action) leave(actions []string, until ledger.Time) (leave, error) {
	switch {
	case !trace.ValidActions(actions):
		return leave{}, ledger.FieldErrorf(ledger.Invalid, "actions", "are not 1 to %d actions like traceability/capture, each once and none of the registry", trace.MaxActions)
	case until < 0 || until != 0 && until <= a.call.Time:
		return leave{}, ledger.FieldErrorf(ledger.Invalid, "until", "%s is over; it is %s", until, a.call.Time)
	}
	return leave{actions, until}, nil
}

// own refuses the enrolment of a key of anybody but the signer.
func (a *action) own(m ledger.Enrolment) error {
	switch {
	case m.Member != a.signer.Member:
		return ledger.FieldErrorf(ledger.Forbidden, "member.id", "is not the signer")
	case m.Org != a.signer.Org:
		return ledger.FieldErrorf(ledger.Forbidden, "member.org", "is not the signer's organisation")
	}
	return nil
}

// revoke ends a key: its member's own, or one of the organisation.
func (a *action) revoke(in trace.KeyRevocation) error {
	key := keyKey + in.Key.String()
	k, ok, err := load[keyRecord](a, key)
	if err != nil {
		return err
	}
	if !ok {
		return ledger.FieldErrorf(ledger.NotFound, "key", "is not on the register")
	}
	if k.Member != a.signer.Member {
		if err := a.administers("key", k.Org); err != nil {
			return err
		}
	}
	if k.Revoked {
		return ledger.FieldErrorf(ledger.Conflict, "key", "was revoked before")
	}
	if err := reason(in.Reason); err != nil {
		return err
	}
	k.Revoked = true
	save(a, key, k)
	if k.Only != nil {
		return nil // it does not count
	}
	before, _, err := load[memberRecord](a, memberKey+k.Member.String())
	if err != nil {
		return err
	}
	after := before
	after.Keys--
	return a.change(k.Member, before, after)
}
