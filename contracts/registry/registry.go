// Package registry is the contract that knows who is who: organisations, their
// members' keys, places, products, prefixes, reference lists. The operator admits
// organisations; each organisation manages its own.
//
// Every action's items are one of the directory's types in package trace, as
// JSON, decoded strictly. The summary is [trace.DirectorySummary] of the action
// and its items.
package registry

import (
	"slices"
	"strconv"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Rules is the newest version of the rules of all contracts.
const Rules = 1

// Contract is the registry. It has no state of its own.
type Contract struct{}

func (Contract) Name() string { return trace.RegistryContract }

func (Contract) Execute(s ledger.State, c ledger.Call) ([]byte, error) {
	want := trace.DirectorySummary(c.Action, len(c.Items))
	if want == "" {
		return nil, ledger.FieldErrorf(ledger.Invalid, "action", "the registry has no action %q", c.Action)
	}
	if c.Summary != want {
		return nil, ledger.FieldErrorf(ledger.Invalid, "summary", "is not what the transaction does, which is %q", want)
	}
	if c.Action == trace.ActionFound {
		return found(s, c)
	}
	signer, err := Signed(s, c)
	if err != nil {
		return nil, err
	}
	a := &action{State: s, call: c, signer: signer}
	switch c.Action {
	case trace.ActionAdmit:
		err = each(a, (*action).admit)
	case trace.ActionStand:
		err = each(a, (*action).stand)
	case trace.ActionHost:
		err = each(a, (*action).host)
	case trace.ActionEnrol:
		err = each(a, (*action).enrol)
	case trace.ActionRevoke:
		err = each(a, (*action).revoke)
	case trace.ActionPrefix:
		err = each(a, (*action).prefix)
	case trace.ActionPlace:
		err = each(a, (*action).place)
	case trace.ActionProduct:
		err = each(a, (*action).product)
	case trace.ActionList:
		err = each(a, (*action).list)
	case trace.ActionErase:
		err = each(a, (*action).erase)
	case trace.ActionRules:
		err = each(a, (*action).rules)
	}
	if err != nil {
		return nil, err
	}
	return trace.Encode(trace.RegistryOutcome{Member: signer.Member, Org: signer.Org}), nil
}

type action struct {
	ledger.State
	call   ledger.Call
	signer Signer
}

// each decodes the call's items and applies do to them in order.
func each[T any](a *action, do func(*action, T) error) error {
	for i, data := range a.call.Items {
		var v T
		if err := trace.Decode(data, &v); err != nil {
			return trace.AtItem(i, err)
		}
		if err := do(a, v); err != nil {
			return trace.AtItem(i, err)
		}
	}
	return nil
}

func (a *action) operator() error {
	if a.signer.Kind != ledger.KindOperator {
		return ledger.Errorf(ledger.Forbidden, "only the operator may do that")
	}
	return a.signer.Must(ledger.RoleAdmin)
}

// found is the first transaction: the key named in the genesis founds the
// operator's organisation.
func found(s ledger.State, c ledger.Call) ([]byte, error) {
	g, err := genesis(s)
	if err != nil {
		return nil, err
	}
	if c.Signer != g.Operator {
		return nil, ledger.Errorf(ledger.Forbidden, "only the key named in the genesis founds the register")
	}
	if done, err := s.Get(foundedKey); err != nil || done != nil {
		return nil, firstError(err, ledger.Errorf(ledger.Conflict, "the register is founded already"))
	}
	if len(c.Items) != 1 {
		return nil, ledger.FieldErrorf(ledger.Invalid, "items", "one organisation founds the register")
	}
	var in trace.Admission
	if err := trace.Decode(c.Items[0], &in); err != nil {
		return nil, trace.AtItem(0, err)
	}
	if in.Org.Kind != ledger.KindOperator {
		return nil, ledger.FieldErrorf(ledger.Invalid, "items[0].org.kind", "the founding organisation is the operator")
	}
	if in.Org.Host != "" {
		return nil, ledger.FieldErrorf(ledger.Invalid, "items[0].org.host", "the operator's host is the one that the genesis names")
	}
	a := &action{State: s, call: c}
	if err := a.put(in); err != nil {
		return nil, trace.AtItem(0, err)
	}
	s.Put(foundedKey, []byte(c.ID.String()))
	return trace.Encode(trace.RegistryOutcome{Member: in.Member.Member, Org: in.Org.ID}), nil
}

func firstError(err error, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

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

// prefix assigns a GS1 company prefix or an issuer of codes. Prefixes never
// overlap: none may start with another.
func (a *action) prefix(in trace.Prefix) error {
	if err := a.operator(); err != nil {
		return err
	}
	if known, err := Known(a, in.Org); err != nil || !known {
		return firstError(err, ledger.FieldErrorf(ledger.NotFound, "org", "is not on the register"))
	}
	org := []byte(in.Org.String())
	switch {
	case (in.GS1 == "") == (in.Issuer == ""):
		return ledger.FieldErrorf(ledger.Invalid, "gs1", "either a GS1 prefix or an issuer is assigned")
	case in.Issuer != "":
		if !trace.ValidIssuer(in.Issuer) {
			return ledger.FieldErrorf(ledger.Invalid, "issuer", "%q is not 4 characters of the code alphabet", in.Issuer)
		}
		if taken, err := a.Get(issuerKey + in.Issuer); err != nil || taken != nil {
			return firstError(err, ledger.FieldErrorf(ledger.Conflict, "issuer", "%s is assigned already", in.Issuer))
		}
		a.Put(issuerKey+in.Issuer, org)
		return nil
	}
	p := in.GS1
	if len(p) < 4 || len(p) > 12 || strings.Trim(p, "0123456789") != "" {
		return ledger.FieldErrorf(ledger.Invalid, "gs1", "%q is not a company prefix of 4 to 12 digits", p)
	}
	if in.Evidence == "" || len(in.Evidence) > maxWords {
		return ledger.FieldErrorf(ledger.Invalid, "evidence", "a GS1 prefix is assigned on evidence, in at most %d bytes", maxWords)
	}
	if longer, err := a.Get(underKey + p); err != nil || longer != nil {
		return firstError(err, ledger.FieldErrorf(ledger.Conflict, "gs1", "overlaps a longer prefix that is assigned already"))
	}
	for n := 4; n <= len(p); n++ {
		if taken, err := a.Get(prefixKey + p[:n]); err != nil || taken != nil {
			return firstError(err, ledger.FieldErrorf(ledger.Conflict, "gs1", "overlaps the prefix %s, which is assigned already", p[:n]))
		}
		if n < len(p) {
			a.Put(underKey+p[:n], []byte{'1'})
		}
	}
	a.Put(prefixKey+p, org)
	return nil
}

// own refuses an identifier that is not under the signer's prefix or issuer.
func (a *action) own(field string, id trace.ID) error {
	org, _, ok, err := Owner(a, id)
	if err != nil {
		return err
	}
	if !ok || org != a.signer.Org {
		return ledger.FieldErrorf(ledger.Forbidden, field, "%s is not under a prefix or code of the signer's organisation", id)
	}
	return nil
}

func (a *action) place(in trace.Place) error {
	if err := a.signer.Must(ledger.RoleAdmin); err != nil {
		return err
	}
	if err := a.own("id", in.ID); err != nil {
		return err
	}
	switch {
	case in.ID.Product() != in.ID || in.ID.Instance():
		return ledger.FieldErrorf(ledger.Invalid, "id", "names a lot or a piece, not a place")
	case !slices.Contains(trace.PlaceKinds, in.Kind):
		return ledger.FieldErrorf(ledger.Invalid, "kind", "%q is not one of %s", in.Kind, strings.Join(trace.PlaceKinds, ", "))
	case in.Commune == "" || len(in.Commune) > 20:
		return ledger.FieldErrorf(ledger.Invalid, "commune", "is missing or has more than 20 characters")
	case in.Kind == trace.PlacePlot && in.Profile != nil && !in.Profile.Sealed && !in.Shown:
		return ledger.FieldErrorf(ledger.Invalid, "profile.sealed", "a plot's profile is sealed unless its owner shows it")
	}
	a.Put(placeKey+in.ID.String(), []byte(a.signer.Org.String()))
	return a.describe("profile", a.signer.Org, in.Profile)
}

func (a *action) product(in trace.Product) error {
	if err := a.signer.Must(ledger.RoleAdmin); err != nil {
		return err
	}
	if err := a.own("id", in.ID); err != nil {
		return err
	}
	switch {
	case in.ID.Product() != in.ID || in.ID.Instance():
		return ledger.FieldErrorf(ledger.Invalid, "id", "names a lot or a piece; a product has neither")
	case !in.Unit.Valid():
		return ledger.FieldErrorf(ledger.Invalid, "unit", "%q is not a unit code of UN/ECE Recommendation 20", in.Unit)
	case in.Tolerance.Den <= 0 || in.HardCap.Den <= 0:
		return ledger.FieldErrorf(ledger.Invalid, "tolerance", "tolerance and hard_cap are ratios like 3/100")
	case len(in.Makers) > maxMakers:
		return ledger.FieldErrorf(ledger.TooLarge, "makers", "there are more than %d", maxMakers)
	case in.Tolerance.Greater(in.HardCap) || in.HardCap.Greater(trace.Ratio{Num: 1, Den: 1}):
		return ledger.FieldErrorf(ledger.Invalid, "hard_cap", "lies between the tolerance and 1/1")
	}
	key := productKey + in.ID.String()
	before, ok, err := load[ProductRecord](a, key)
	if err != nil {
		return err
	}
	if ok && before.Unit != in.Unit {
		return ledger.FieldErrorf(ledger.Conflict, "unit", "lots of this product are counted in %s already", before.Unit)
	}
	for _, m := range in.Makers {
		if known, err := Known(a, m); err != nil || !known {
			return firstError(err, ledger.FieldErrorf(ledger.NotFound, "makers", "%s is not on the register", m))
		}
	}
	save(a, key, ProductRecord{
		Org: a.signer.Org, Unit: in.Unit, Tolerance: in.Tolerance, HardCap: in.HardCap,
		Yield: in.Yield, Perennial: in.Perennial, Makers: in.Makers,
	})
	return a.describe("profile", a.signer.Org, in.Profile)
}

// maxMakers bounds what is read whenever a lot of the product moves.
const maxMakers = 1000

// describe notes whose payload a profile is, so that its owner may erase it. It
// stays with the first that named it: otherwise anybody could make another's
// payload their own, and show or erase it.
func (a *action) describe(field string, org ledger.ID, d *trace.Describes) error {
	if d == nil {
		return nil
	}
	if !trace.ValidCID(d.Payload) {
		return ledger.FieldErrorf(ledger.Invalid, field+".payload", "%q is not a CIDv1 in base 32", d.Payload)
	}
	if gone, err := a.Get(erasedKey + d.Payload); err != nil || gone != nil {
		return firstError(err, ledger.FieldErrorf(ledger.Conflict, field+".payload", "was erased"))
	}
	key := describeKey + d.Payload
	owner, known, err := loadID(a, key)
	switch {
	case err != nil:
		return err
	case known && owner != org:
		return ledger.FieldErrorf(ledger.Conflict, field+".payload", "describes another organisation's")
	case !known:
		a.Put(key, []byte(org.String()))
	}
	return nil
}

func (a *action) list(in trace.List) error {
	if err := a.operator(); err != nil {
		return err
	}
	b, err := a.Get(listKey + in.Name)
	if err != nil {
		return err
	}
	before, _ := strconv.Atoi(string(b))
	switch {
	case !trace.ValidListName(in.Name):
		return ledger.FieldErrorf(ledger.Invalid, "name", "%q is not 1 to 40 lower-case letters and hyphens", in.Name)
	case in.Version != before+1:
		return ledger.FieldErrorf(ledger.Conflict, "version", "the next version of %s is %d", in.Name, before+1)
	case !trace.ValidCID(in.Payload):
		return ledger.FieldErrorf(ledger.Invalid, "payload", "%q is not a CIDv1 in base 32", in.Payload)
	}
	a.Put(listKey+in.Name, []byte(strconv.Itoa(in.Version)))
	return nil
}

// erase leaves the tombstone of a profile. The operator may erase any payload,
// since a court or a person may ask for it.
func (a *action) erase(in trace.Erasure) error {
	if err := a.signer.Must(ledger.RoleAdmin); err != nil {
		return err
	}
	if !trace.ValidCID(in.Payload) {
		return ledger.FieldErrorf(ledger.Invalid, "payload", "%q is not a CIDv1 in base 32", in.Payload)
	}
	if a.signer.Kind != ledger.KindOperator {
		owner, ok, err := loadID(a, describeKey+in.Payload)
		if err != nil {
			return err
		}
		if !ok || owner != a.signer.Org {
			return ledger.FieldErrorf(ledger.Forbidden, "payload", "does not belong to the signer's organisation")
		}
	}
	if err := reason(in.Reason); err != nil {
		return err
	}
	if gone, err := a.Get(erasedKey + in.Payload); err != nil || gone != nil {
		return firstError(err, ledger.FieldErrorf(ledger.Conflict, "payload", "was erased before"))
	}
	a.Put(erasedKey+in.Payload, []byte(a.call.ID.String()))
	return nil
}

func (a *action) rules(in trace.RulesVersion) error {
	if err := a.operator(); err != nil {
		return err
	}
	if in.Version != a.call.Rules+1 || in.Version > Rules {
		return ledger.FieldErrorf(ledger.Invalid, "version", "rules %d are in force and this release knows rules up to %d", a.call.Rules, Rules)
	}
	a.Put(ledger.RulesKey, []byte(strconv.FormatUint(uint64(in.Version), 10)))
	return nil
}
