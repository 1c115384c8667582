package receipt

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"
	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
)

const origin = "sogoc.example/register"

// register is a Source in memory, with real signatures and a real tree.
type register struct {
	t       testing.TB
	genesis ledger.Genesis
	id      ledger.Hash
	entries []*ledger.Entry
	known   map[ledger.Address][2]uint64 // entry and item of the latest enrolment
	signers []note.Signer
	trust   Trust

	now      string // the checkpoint key, while it is replaced
	recovery note.Signer
}

// person is a member with a key.
type person struct {
	key *ecdsa.PrivateKey
	ledger.Enrolment
}

func newPerson(t testing.TB, org ledger.ID, roles ...ledger.Role) person {
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return person{key, ledger.Enrolment{Member: ledger.NewID(), Org: org, Key: ledger.AddressOf(&key.PublicKey), Roles: roles}}
}

// next is the person with another key.
func (p person) next(t testing.TB) person {
	next := newPerson(t, p.Org, p.Roles...)
	next.Member = p.Member
	return next
}

func newRegister(t testing.TB, operator person) *register {
	g := ledger.Genesis{Format: ledger.GenesisFormat, Name: "Sổ Gốc <thử>", Origin: origin, Created: 1780471800000, Operator: operator.Key}
	rand.Read(g.Nonce[:])
	var recovery note.Signer
	recovery, g.Recovery = newKey(t, origin+"/recovery")
	signer, vkey := newKey(t, origin)
	return &register{
		t: t, genesis: g, id: g.Register(), known: map[ledger.Address][2]uint64{}, signers: []note.Signer{signer}, now: vkey, recovery: recovery,
		trust: Trust{Format: TrustFormat, Register: g.Register(), Origin: origin, Keys: []string{vkey}},
	}
}

// newKey draws a key that signs notes.
func newKey(t testing.TB, name string) (note.Signer, string) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	return signer, vkey
}

// add orders a transaction; nothing checks whether it may be.
func (r *register) add(by person, contract, action string, items ...any) uint64 {
	r.t.Helper()
	var salted []ledger.Item
	for _, it := range items {
		b, err := json.Marshal(it)
		if err != nil {
			r.t.Fatal(err)
		}
		salted = append(salted, ledger.NewItem(b))
	}
	tx, err := ledger.Sign(r.id, by.key, contract, action, "Ghi nhận "+action, salted, 1780472000)
	if err != nil {
		r.t.Fatal(err)
	}
	index := uint64(len(r.entries))
	r.entries = append(r.entries, &ledger.Entry{Index: index, ID: tx.ID(r.id), Signer: by.Key, Tx: tx, Time: r.genesis.Created + ledger.Time(index), Rules: 1})
	return index
}

type memberItem struct {
	Member ledger.Enrolment `json:"member"`
	Name   string           `json:"name_cid"`
}

// enrol adds an entry of two items, of which the second enrols who.
func (r *register) enrol(by person, action string, who person) uint64 {
	r.t.Helper()
	index := r.add(by, "registry", action, map[string]string{"org": who.Org.String()}, memberItem{Member: who.Enrolment})
	r.known[who.Key] = [2]uint64{index, 1}
	return index
}

// device adds a device's key.
func (r *register) device(by person, who person, until ledger.Time, actions ...string) {
	r.t.Helper()
	item := map[string]any{"member": who.Enrolment, "actions": actions}
	if until != 0 {
		item["until"] = until
	}
	r.known[who.Key] = [2]uint64{r.add(by, "registry", "device", item), 0}
}

func (r *register) Genesis() ledger.Genesis { return r.genesis }

func (r *register) Entry(_ context.Context, index uint64) (*ledger.Entry, error) {
	if index >= uint64(len(r.entries)) {
		return nil, ledger.Errorf(ledger.NotFound, "there is no entry %d", index)
	}
	return r.entries[index], nil
}

func (r *register) leaves() []ledger.Hash {
	leaves := make([]ledger.Hash, len(r.entries))
	for i, e := range r.entries {
		l := e.Leaf(r.id)
		leaves[i] = l.Hash()
	}
	return leaves
}

func (r *register) Checkpoint(context.Context) ([]byte, error) {
	c := merkle.Checkpoint{Origin: r.genesis.Origin, Size: uint64(len(r.entries)), Root: treeRoot(r.leaves())}
	return merkle.SignCheckpoint(c, r.signers...)
}

func (r *register) Inclusion(_ context.Context, index, size uint64) ([]ledger.Hash, error) {
	return treePath(r.leaves()[:size], index), nil
}

func (r *register) EnrolmentOf(_ context.Context, key ledger.Address, before uint64) (uint64, int, error) {
	at, ok := r.known[key]
	if !ok {
		return 0, 0, ledger.Errorf(ledger.NotFound, "%s was never enrolled", key)
	}
	return at[0], int(at[1]), nil
}

func (r *register) build(index uint64, item int) []byte {
	r.t.Helper()
	receipt, err := Build(context.Background(), r, index, item)
	if err != nil {
		r.t.Fatal(err)
	}
	return receipt.Encode()
}

// treeRoot and treePath are RFC 6962, section 2.1, word for word.
func treeRoot(d []ledger.Hash) ledger.Hash {
	if len(d) == 1 {
		return d[0]
	}
	k := splitAt(len(d))
	l, r := treeRoot(d[:k]), treeRoot(d[k:])
	return ledger.Hash(hashChildren(l, r))
}

func treePath(d []ledger.Hash, m uint64) []ledger.Hash {
	if len(d) == 1 {
		return nil
	}
	k := splitAt(len(d))
	if m < uint64(k) {
		return append(treePath(d[:k], m), treeRoot(d[k:]))
	}
	return append(treePath(d[k:], m-uint64(k)), treeRoot(d[:k]))
}

func splitAt(n int) int {
	k := 1
	for 2*k < n {
		k *= 2
	}
	return k
}

// province is a register of 20 entries: the operator's organisation, a co-op, its
// admin and a recorder, and what they recorded.
type province struct {
	*register
	operator, clerk, admin, recorder person
	founding, record                 uint64
}

func newProvince(t testing.TB) province {
	province := province{}
	office, coop := ledger.NewID(), ledger.NewID()
	province.operator = newPerson(t, office, ledger.RoleAdmin)
	province.clerk = newPerson(t, office, ledger.RoleRecorder)
	province.admin = newPerson(t, coop, ledger.RoleAdmin)
	province.recorder = newPerson(t, coop, ledger.RoleRecorder)
	r := newRegister(t, province.operator)
	province.register = r
	province.founding = r.enrol(province.operator, "found", province.operator)
	r.enrol(province.operator, "enrol", province.clerk)
	r.enrol(province.clerk, "admit", province.admin)
	r.enrol(province.admin, "enrol", province.recorder)
	for len(r.entries) < 20 {
		var events []any
		for i := range 6 {
			events = append(events, map[string]string{"eventID": fmt.Sprint("urn:uuid:", len(r.entries), "-", i)})
		}
		index := r.add(province.recorder, "traceability", "record", events...)
		if index == 12 {
			province.record = index
		}
	}
	return province
}
