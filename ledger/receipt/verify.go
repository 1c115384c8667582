package receipt

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// The registry's contract, and its actions that put a key on the register.
const (
	contract = "registry"
	found    = "found"
	admit    = "admit"
	enrol    = "enrol"
	rotate   = "rotate"
	device   = "device"
)

// Verdict is what a receipt proves.
type Verdict struct {
	Register     ledger.Hash    // id of the register
	RegisterName string         // as its genesis says
	Index        uint64         // of the record
	ID           ledger.TxID    // of the record's transaction
	Time         ledger.Time    // record time
	Contract     string         // of the record
	Action       string         // of the record
	Summary      string         // of the record, as signed
	Signer       ledger.Address // key that signed the record
	Org          ledger.ID      // the signer's organisation
	Member       ledger.ID      // the signer
	Data         []byte         // of the item that the receipt reveals
	Size         uint64         // of the register at the checkpoint
	Keys         []Signature    // by checkpoint keys, at least one
	Witnesses    []Signature    // by witnesses, at least as many as the quorum
}

// Signature is one of a checkpoint's, and holds.
type Signature struct {
	Name string      // of the key
	Key  string      // verifier key, as the trust file has it
	Time ledger.Time // when it was made; 0 when it does not say, as plain ones do not
}

// Verify checks everything in a receipt against what trust pins. It needs no
// network and no clock. Errors are Invalid (TooLarge for a file beyond MaxSize) and
// name the part that failed; one that is ErrUnproven says that the receipt may be right.
func Verify(trust Trust, receipt []byte) (Verdict, error) { return VerifyWith(trust, receipt, nil) }

// VerifyWith is Verify with the RFC 6962 proof that the tree of the receipt's checkpoint
// is the beginning of the last good one (Former.Good), for a receipt under a key that
// was compromised.
func VerifyWith(trust Trust, receipt []byte, past []ledger.Hash) (Verdict, error) {
	known, err := trust.verifiers()
	if err != nil {
		return Verdict{}, ledger.Wrap(err, ledger.Invalid, "the trust file cannot be used")
	}
	r, err := Parse(receipt)
	if err != nil {
		return Verdict{}, err
	}
	if r.Register != trust.Register {
		return Verdict{}, refuse("register", "the receipt is of register %s, the trust file is of %s", r.Register, trust.Register)
	}
	genesis, err := ledger.ParseGenesis([]byte(r.Genesis))
	if err != nil {
		return Verdict{}, because("genesis", err)
	}
	if genesis.Register() != trust.Register {
		return Verdict{}, refuse("genesis", "it is not the genesis of register %s", trust.Register)
	}
	if genesis.Origin != trust.Origin && !slices.ContainsFunc(trust.Former, func(f Former) bool { return f.Origin == genesis.Origin }) {
		return Verdict{}, refuse("genesis", "its origin is %q, the trust file's is %q", genesis.Origin, trust.Origin)
	}
	signed, err := trust.open([]byte(r.Checkpoint), known)
	if err == nil {
		err = signed.proved(past)
	}
	if err != nil {
		return Verdict{}, err
	}
	c := signed.Checkpoint
	v := Verdict{Register: trust.Register, RegisterName: genesis.Name, Size: c.Size, Keys: signed.Keys, Witnesses: signed.Witnesses}
	record, err := open("record", r.Record, c, trust.Register)
	if err != nil {
		return Verdict{}, err
	}
	member, err := checkAuthority(r, c, genesis, record)
	if err != nil {
		return Verdict{}, err
	}
	h := &record.leaf.Header
	v.Index, v.ID, v.Time = r.Record.Index, record.id, record.leaf.Time
	v.Contract, v.Action, v.Summary = h.Contract, h.Action, h.Summary
	v.Signer, v.Org, v.Member = record.signer, member.Org, member.Member
	v.Data = r.Record.Item.Data
	return v, nil
}

// opened is a link whose leaf, item and signature hold.
type opened struct {
	index  uint64
	leaf   ledger.Leaf
	id     ledger.TxID
	signer ledger.Address
	data   []byte
}

// open checks a link by itself. where names it in errors.
func open(where string, l Link, c merkle.Checkpoint, register ledger.Hash) (opened, error) {
	leaf, err := ledger.DecodeLeaf(l.Leaf)
	if err != nil {
		return opened{}, because(where+".leaf", err)
	}
	if leaf.Register != register {
		return opened{}, refuse(where+".leaf", "it is of register %s", leaf.Register)
	}
	path, err := hashes(l.Path)
	if err == nil {
		err = merkle.VerifyInclusion(l.Index, c.Size, leaf.Hash(), path, c.Root)
	}
	if err != nil {
		return opened{}, because(where+".path", err)
	}
	if err := checkItem(l.Item, &leaf.Header); err != nil {
		return opened{}, because(where+".item", err)
	}
	id := leaf.Header.ID(register)
	signer, err := leaf.Signature.Recover(id)
	if err != nil {
		return opened{}, because(where+".leaf", err)
	}
	return opened{index: l.Index, leaf: leaf, id: id, signer: signer, data: l.Item.Data}, nil
}

func checkItem(it Item, h *ledger.Header) error {
	if len(it.Salt) != len(ledger.Item{}.Salt) {
		return ledger.Errorf(ledger.Invalid, "the salt has %d bytes", len(it.Salt))
	}
	if it.Count != uint64(h.Count) {
		return ledger.Errorf(ledger.Invalid, "the leaf is of %d items, not of %d", h.Count, it.Count)
	}
	if it.Position >= it.Count {
		return ledger.Errorf(ledger.Invalid, "there is no item %d among %d", it.Position, it.Count)
	}
	path, err := hashes(it.Path)
	if err != nil {
		return err
	}
	leaf := ledger.Item{Salt: [16]byte(it.Salt), Data: it.Data}.LeafHash()
	return merkle.VerifyInclusion(it.Position, it.Count, leaf, path, h.Body)
}

func hashes(raw [][]byte) ([]ledger.Hash, error) {
	path := make([]ledger.Hash, len(raw))
	for i, b := range raw {
		if len(b) != len(path[i]) {
			return nil, ledger.Errorf(ledger.Invalid, "hash %d has %d bytes", i, len(b))
		}
		path[i] = ledger.Hash(b)
	}
	return path, nil
}

// grant is an authority link and the enrolment that it proves.
type grant struct {
	opened
	ledger.Enrolment
}

// checkAuthority follows the links from the record's signer to the operator and
// returns the signer's enrolment.
func checkAuthority(r Receipt, c merkle.Checkpoint, g ledger.Genesis, record opened) (ledger.Enrolment, error) {
	if len(r.Authority) > MaxDepth {
		return ledger.Enrolment{}, refuse("authority", "it has more than %d links", MaxDepth)
	}
	if founds(&record.leaf.Header, record.signer, g) {
		if len(r.Authority) > 0 {
			return ledger.Enrolment{}, refuse("authority", "the founding of the register needs none")
		}
		return enrolment("record.item", record, record.signer)
	}
	var chain []grant
	signer, index := record.signer, record.index
	for i, l := range r.Authority {
		where := fmt.Sprintf("authority[%d]", i)
		o, err := open(where, l, c, g.Register())
		if err != nil {
			return ledger.Enrolment{}, err
		}
		if o.index >= index {
			return ledger.Enrolment{}, refuse(where, "it is not before what it allows")
		}
		h := &o.leaf.Header
		if h.Contract != contract || !slices.Contains([]string{found, admit, enrol, rotate, device}, h.Action) {
			return ledger.Enrolment{}, refuse(where, "%s of %s does not put a key on the register", h.Action, h.Contract)
		}
		if last := i == len(r.Authority)-1; founds(h, o.signer, g) != last || (h.Action == found) != last {
			return ledger.Enrolment{}, refuse(where, "the links do not end at the founding by the genesis operator")
		}
		e, err := enrolment(where+".item", o, signer)
		if err != nil {
			return ledger.Enrolment{}, err
		}
		if h.Action == device {
			if i > 0 {
				return ledger.Enrolment{}, refuse(where, "a device's key puts no key on the register")
			}
			if err := checkDevice(where+".item", o, record); err != nil {
				return ledger.Enrolment{}, err
			}
		}
		chain = append(chain, grant{o, e})
		signer, index = o.signer, o.index
	}
	if len(chain) == 0 {
		return ledger.Enrolment{}, refuse("authority", "nothing shows that the signer %s was enrolled", signer)
	}
	return chain[0].Enrolment, checkGrants(chain)
}

// checkGrants checks that whoever signed a link might do what it does. The signer
// of a link is the member that the next link enrols.
func checkGrants(chain []grant) error {
	operator := chain[len(chain)-1].Org
	for i, link := range chain[:len(chain)-1] {
		by := chain[i+1].Enrolment
		where := fmt.Sprintf("authority[%d]", i)
		switch action := link.leaf.Header.Action; {
		case action == rotate || action == device:
			if by.Member != link.Member || by.Org != link.Org {
				return refuse(where, "its signer is another member than the one whose key it is")
			}
		case by.Org == operator:
		case action == admit:
			return refuse(where, "its signer is not of the operator's organisation")
		case by.Org != link.Org:
			return refuse(where, "its signer is of another organisation than the member")
		}
	}
	return nil
}

// checkDevice checks that a record is one that its signer's key is for, by the item
// that put this on the register.
func checkDevice(where string, o, record opened) error {
	var item map[string]json.RawMessage // exact names, unlike a struct's
	var actions []string
	var until ledger.Time
	err := json.Unmarshal(o.data, &item)
	if err == nil && item["actions"] != nil {
		err = json.Unmarshal(item["actions"], &actions)
	}
	if err == nil && item["until"] != nil {
		err = json.Unmarshal(item["until"], &until)
	}
	if err != nil {
		return because(where, ledger.Wrap(err, ledger.Invalid, "it does not say what the key is for"))
	}
	h := &record.leaf.Header
	switch {
	case !slices.Contains(actions, h.Contract+"/"+h.Action):
		return refuse(where, "the key is a device's, and not for %s of %s", h.Action, h.Contract)
	case until != 0 && record.leaf.Time >= until:
		return refuse(where, "the key is a device's, which was good until %s", until)
	}
	return nil
}

// enrolment reads the member that a link's item puts on the register under key.
func enrolment(where string, o opened, key ledger.Address) (ledger.Enrolment, error) {
	var e ledger.Enrolment
	var item map[string]json.RawMessage // exact names, unlike a struct's
	err := json.Unmarshal(o.data, &item)
	if err == nil && item["member"] == nil {
		return e, refuse(where, "it enrols no member")
	}
	if err == nil {
		err = json.Unmarshal(item["member"], &e)
	}
	if err != nil {
		return e, because(where, ledger.Wrap(err, ledger.Invalid, "it is not an enrolment"))
	}
	if e.Key != key || e.Member.IsZero() || e.Org.IsZero() {
		return e, refuse(where, "it does not enrol the key %s", key)
	}
	return e, nil
}

func refuse(field, format string, args ...any) error {
	return ledger.FieldErrorf(ledger.Invalid, field, format, args...)
}

// because makes an Invalid error of another and names the part.
func because(field string, err error) error {
	return &ledger.Error{Code: ledger.Invalid, Field: field, Message: "cannot be accepted", Err: err}
}
