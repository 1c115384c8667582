package receipt

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// Succeed is the trust file after changes of checkpoint keys, in their order. A change of
// a key that the file does not name, or names as a former one, is passed over. The
// changes are taken for those of the register. Of one that retires a key as compromised,
// recovery checks what it says; an error is Invalid.
func (t Trust) Succeed(recovery string, changes ...ledger.Rotation) (Trust, error) {
	t.Keys, t.Former = slices.Clone(t.Keys), slices.Clone(t.Former)
	for i, c := range changes {
		if slices.ContainsFunc(t.Former, func(f Former) bool { return f.Key == c.Old }) {
			continue
		}
		old, next := slices.Index(t.Keys, c.Old), slices.Index(t.Keys, c.New)
		switch {
		case old < 0 && !leadsTo(t.Keys, c.New, changes[i+1:]):
			continue
		case old < 0: // the file was written after the change
		case next < 0:
			t.Keys[old] = c.New
		default:
			t.Keys = slices.Delete(t.Keys, old, old+1)
		}
		f := Former{Key: c.Old, Until: c.Index, Next: c.New}
		if c.Retired != "" {
			r, err := merkle.OpenRetirement([]byte(c.Retired), recovery)
			if err != nil {
				return t, err
			}
			f.Good = &Good{Size: r.Good.Size, Root: r.Good.Root}
		}
		if c.Origin != "" && c.Origin != t.Origin {
			for i := range t.Former {
				t.Former[i].Origin = t.Former[i].origin(t)
			}
			f.Origin, t.Origin = t.Origin, c.Origin
		}
		t.Former = append(t.Former, f)
		t.Format = TrustFormatFormer
	}
	_, err := t.verifiers()
	return t, err
}

// leadsTo reports whether a key, or one that took its place later, is among others.
func leadsTo(keys []string, key string, later []ledger.Rotation) bool {
	for _, c := range later {
		if slices.Contains(keys, key) {
			return true
		}
		if c.Old == key {
			key = c.New
		}
	}
	return slices.Contains(keys, key)
}

// Follow is the trust file after the changes of checkpoint keys that receipts prove, in
// their order. That a key took the place of another is proved by the operator's own
// signature, up to the genesis that the register id is the hash of, so a file that was
// pinned before follows its register without trusting anybody else; whoever stole a
// checkpoint key cannot lead it astray. Errors are Invalid.
func (t Trust) Follow(receipts ...[]byte) (Trust, error) {
	var changes []ledger.Rotation
	recovery := ""
	for _, b := range receipts {
		r, err := Parse(b)
		if err != nil {
			return t, err
		}
		genesis, err := ledger.ParseGenesis([]byte(r.Genesis))
		if err != nil {
			return t, because("genesis", err)
		}
		if genesis.Register() != t.Register {
			return t, refuse("genesis", "it is not the genesis of register %s", t.Register)
		}
		recovery = genesis.Recovery
		c := ledger.Rotation{Index: r.Record.Index}
		if err := json.Unmarshal(r.Record.Item.Data, &c.KeyChange); err != nil {
			return t, because("record.item", ledger.Wrap(err, ledger.Invalid, "it changes no checkpoint key"))
		}
		if c.Origin != "" { // what was signed before stays of the origin before
			return t, refuse("record.item", "the register goes on under another origin, %q; take its new trust file from somebody whom you trust", c.Origin)
		}
		changes = append(changes, c)
	}
	next, err := t.Succeed(recovery, changes...)
	if err != nil {
		return t, err
	}
	if len(next.Former) != len(t.Former)+len(changes) {
		return t, refuse("record.item", "it changes no checkpoint key of the trust file")
	}
	unwitnessed := next
	unwitnessed.Quorum = 0 // the operator's signature is what counts
	for i, b := range receipts {
		if err := unwitnessed.provesChange(b); err != nil {
			return t, fmt.Errorf("the change of the checkpoint key at entry %d: %w", changes[i].Index, err)
		}
	}
	return next, nil
}

// provesChange checks that an administrator of the operator changed a checkpoint key.
func (t Trust) provesChange(receipt []byte) error {
	v, err := Verify(t, receipt)
	if err != nil {
		return err
	}
	if v.Contract != ledger.KeyChangeContract || v.Action != ledger.KeyChangeAction {
		return refuse("record", "%s of %s changes no checkpoint key", v.Action, v.Contract)
	}
	r, err := Parse(receipt)
	if err != nil || len(r.Authority) == 0 {
		return refuse("authority", "nothing shows who signed")
	}
	var by, operator struct {
		Member ledger.Enrolment `json:"member"`
	}
	if err := json.Unmarshal(r.Authority[0].Item.Data, &by); err != nil {
		return because("authority[0]", err)
	}
	if err := json.Unmarshal(r.Authority[len(r.Authority)-1].Item.Data, &operator); err != nil {
		return because("authority", err)
	}
	if by.Member.Org != operator.Member.Org || !slices.Contains(by.Member.Roles, ledger.RoleAdmin) {
		return refuse("authority", "its signer does not administer the operator's organisation")
	}
	return nil
}
