package registry

import (
	"slices"
	"strconv"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

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

// describes refuses an identifier that the signer may not describe: it is an
// administrator's, under the organisation's own prefix or issuer, and no lot or
// piece.
func (a *action) describes(id trace.ID) error {
	if err := a.signer.Must(ledger.RoleAdmin); err != nil {
		return err
	}
	org, _, ok, err := Owner(a, id)
	switch {
	case err != nil:
		return err
	case !ok || org != a.signer.Org:
		return ledger.FieldErrorf(ledger.Forbidden, "id", "%s is not under a prefix or code of the signer's organisation", id)
	case id.Product() != id || id.Instance():
		return ledger.FieldErrorf(ledger.Invalid, "id", "%s names a lot or a piece; a place or a product has neither", id)
	}
	return nil
}

func (a *action) place(in trace.Place) error {
	if err := a.describes(in.ID); err != nil {
		return err
	}
	switch {
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
	if err := a.describes(in.ID); err != nil {
		return err
	}
	switch {
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

// describe notes whose payloads a profile and its picture are, so that their owner may
// erase them. They stay with the first that named them: otherwise anybody could make
// another's payload their own, and show or erase it.
func (a *action) describe(field string, org ledger.ID, d *trace.Describes) error {
	if d == nil {
		return nil
	}
	if err := a.claim(field+".payload", org, d.Payload); err != nil || d.Image == "" {
		return err
	}
	return a.claim(field+".image", org, d.Image)
}

func (a *action) claim(field string, org ledger.ID, payload string) error {
	if !trace.ValidCID(payload) {
		return ledger.FieldErrorf(ledger.Invalid, field, "%q is not a CIDv1 in base 32", payload)
	}
	if gone, err := a.Get(erasedKey + payload); err != nil || gone != nil {
		return firstError(err, ledger.FieldErrorf(ledger.Conflict, field, "was erased"))
	}
	key := describeKey + payload
	owner, known, err := loadID(a, key)
	switch {
	case err != nil:
		return err
	case known && owner != org:
		return ledger.FieldErrorf(ledger.Conflict, field, "describes another organisation's")
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
