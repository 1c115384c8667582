package receipt

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
)

func hashChildren(l, r ledger.Hash) [32]byte {
	return sha256.Sum256(append(append([]byte{1}, l[:]...), r[:]...))
}

func wantRefused(t testing.TB, trust Trust, b []byte, words string) {
	t.Helper()
	v, err := Verify(trust, b)
	if err == nil {
		t.Errorf("accepted as %+v, want a refusal: ...%s...", v, words)
	} else if ledger.CodeOf(err) != ledger.Invalid || !strings.Contains(err.Error(), words) {
		t.Errorf("refused by %q (%s), want ...%s...", err, ledger.CodeOf(err), words)
	}
}

func TestVerify(t *testing.T) {
	p := newProvince(t)
	for item := range 6 {
		v, err := Verify(p.trust, p.build(p.record, item))
		if err != nil {
			t.Fatal(err)
		}
		e := p.entries[p.record]
		if v.Register != p.id || v.RegisterName != "Sổ Gốc <thử>" || v.Index != p.record || v.ID != e.ID || v.Time != e.Time ||
			v.Contract != "traceability" || v.Action != "record" || v.Summary != "Ghi nhận record" ||
			v.Signer != p.recorder.Key || v.Org != p.recorder.Org || v.Member != p.recorder.Member ||
			!bytes.Equal(v.Data, e.Tx.Items[item].Data) || v.Size != 20 || len(v.Witnesses) != 0 || len(v.Keys) != 1 || v.Keys[0] != (Signature{Name: origin, Key: p.trust.Keys[0]}) {
			t.Errorf("item %d: %+v", item, v)
		}
	}
	for i, e := range p.entries {
		v, err := Verify(p.trust, p.build(uint64(i), 0))
		if i == 0 {
			wantRefused(t, p.trust, p.build(0, 0), "record.item: it enrols no member")
			v, err = Verify(p.trust, p.build(0, 1))
		}
		if err != nil || v.Signer != e.Signer {
			t.Errorf("entry %d: %+v, %v", i, v, err)
		}
	}
}

// Every change of one byte is refused.
func TestEveryByteCounts(t *testing.T) {
	p := newProvince(t)
	p.addWitness()
	p.trust.Quorum = 1
	original := p.build(p.record, 4)
	if _, err := Verify(p.trust, original); err != nil {
		t.Fatal(err)
	}
	cut := func(i int, with ...byte) []byte {
		return append(append(bytes.Clone(original[:i]), with...), original[i+1:]...)
	}
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(original); i += workers {
				b := original[i]
				changes := [][]byte{cut(i, b^1), cut(i, b^0x80), cut(i), cut(i, b, b), cut(i, ' ', b), cut(i, '0', b)}
				if testing.Short() { // of every byte one, in turns
					changes = changes[i/workers%len(changes):][:1]
				}
				for _, changed := range changes {
					if _, err := Verify(p.trust, changed); err == nil {
						t.Errorf("accepted with byte %d changed, at ...%s...", i, original[max(0, i-20):i+1])
					}
				}
			}
		})
	}
	wg.Wait()
	wantRefused(t, p.trust, append(bytes.Clone(original), '\n'), "canonical")
}

func TestForgeriesAreRefused(t *testing.T) {
	p := newProvince(t)
	forged := newProvince(t) // the same names, other keys
	wantRefused(t, p.trust, forged.build(forged.record, 0), "register")

	// On the genuine genesis, under fresh keys for everything else.
	forged = newProvince(t)
	forged.genesis, forged.id = p.genesis, p.id
	forged.entries = nil
	forged.founding = forged.enrol(forged.operator, "found", forged.operator)
	forged.enrol(forged.operator, "admit", forged.recorder)
	index := forged.add(forged.recorder, "traceability", "record", "an event")
	refused := func(words string) {
		t.Helper()
		// Build does not end at a stranger's founding, so the chain is cut by hand.
		genesis := forged.genesis
		forged.genesis.Operator = forged.operator.Key
		r, err := Build(context.Background(), forged, index, 0)
		if err != nil {
			t.Fatal(err)
		}
		forged.genesis = genesis
		r.Register, r.Genesis = p.id, string(p.genesis.Encode())
		for _, l := range append(r.Authority, r.Record) {
			if leaf, _ := ledger.DecodeLeaf(l.Leaf); leaf.Register != p.id {
				copy(l.Leaf[1:], p.id[:])
			}
		}
		wantRefused(t, p.trust, r.Encode(), words)
	}
	refused("checkpoint: signed by no key of the trust file")
	forged.signers = p.signers // even with the register's own checkpoint key
	refused("do not end at the founding by the genesis operator")
}

func TestCheckpointSignatures(t *testing.T) {
	p := newProvince(t)
	plain := p.build(p.record, 0)
	p.addWitness()
	p.addWitness()
	cosigned := p.build(p.record, 0)

	for quorum := range 3 {
		trust := p.trust
		trust.Quorum = quorum
		v, err := Verify(trust, cosigned)
		if err != nil || len(v.Witnesses) != 2 || len(v.Keys) != 1 {
			t.Errorf("quorum %d: %v %v, %v", quorum, v.Keys, v.Witnesses, err)
		}
		if quorum == 0 {
			_, err = Verify(trust, plain)
			if err != nil {
				t.Error(err)
			}
		} else {
			wantRefused(t, trust, plain, "witnesses of the trust file")
		}
	}
	narrow := p.trust
	narrow.Witnesses = narrow.Witnesses[:1]
	narrow.Quorum = 1
	v, err := Verify(narrow, cosigned)
	if want := (Signature{"witness.example/1", p.trust.Witnesses[0], 1780472000_000}); err != nil || len(v.Witnesses) != 1 || v.Witnesses[0] != want {
		t.Errorf("%+v, %v, want %+v", v.Witnesses, err, want)
	}

	// The witnesses alone are not the register.
	p.signers = p.signers[1:]
	wantRefused(t, p.trust, p.build(p.record, 0), "checkpoint: signed by no key")
	p.signers = nil
	r, err := Build(context.Background(), p, p.record, 0)
	if err == nil {
		t.Errorf("a receipt without a signature is built: %s", r.Encode())
	}
}

// addWitness adds a cosignature/v1 witness.
func (r *register) addWitness() {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		r.t.Fatal(err)
	}
	w := witness{name: fmt.Sprint("witness.example/", len(r.signers)), public: append([]byte{byte(merkle.Cosignature)}, public...), private: private}
	r.signers = append(r.signers, w)
	vkey := fmt.Sprintf("%s+%08x+%s", w.name, w.KeyHash(), base64.StdEncoding.EncodeToString(w.public))
	r.trust.Witnesses = append(r.trust.Witnesses, vkey)
}

type witness struct {
	name    string
	public  []byte
	private ed25519.PrivateKey
}

func (w witness) Name() string { return w.name }
func (w witness) KeyHash() uint32 {
	sum := sha256.Sum256([]byte(w.name + "\n" + string(w.public)))
	return binary.BigEndian.Uint32(sum[:])
}
func (w witness) Sign(text []byte) ([]byte, error) {
	sig := binary.BigEndian.AppendUint64(nil, 1780472000)
	return append(sig, ed25519.Sign(w.private, []byte("cosignature/v1\ntime 1780472000\n"+string(text)))...), nil
}

func TestAuthority(t *testing.T) {
	stranger := newPerson(t, ledger.NewID(), ledger.RoleAdmin)
	for _, c := range []struct {
		name  string
		chain func(p province) uint64
		words string
	}{
		{"a key that was never enrolled", func(p province) uint64 {
			p.known[stranger.Key] = p.known[p.recorder.Key] // somebody else's enrolment
			return p.add(stranger, "traceability", "record", 1)
		}, "does not enrol the key"},
		{"an enrolment by another organisation's admin", func(p province) uint64 {
			p.enrol(p.operator, "admit", stranger)
			who := newPerson(t, p.recorder.Org)
			p.enrol(stranger, "enrol", who)
			return p.add(who, "traceability", "record", 1)
		}, "authority[0]: its signer is of another organisation"},
		{"an admission by a co-op", func(p province) uint64 {
			p.enrol(p.admin, "admit", stranger)
			return p.add(stranger, "traceability", "record", 1)
		}, "authority[0]: its signer is not of the operator's organisation"},
		{"a rotation by a colleague", func(p province) uint64 {
			who := p.recorder.next(t)
			p.enrol(p.admin, "rotate", who)
			return p.add(who, "traceability", "record", 1)
		}, "authority[0]: its signer is another member"},
		{"a rotation by the operator", func(p province) uint64 {
			who := p.recorder.next(t)
			p.enrol(p.operator, "rotate", who)
			return p.add(who, "traceability", "record", 1)
		}, "authority[0]: its signer is another member"},
		{"a rotation into another organisation", func(p province) uint64 {
			who := p.recorder.next(t)
			who.Org = ledger.NewID()
			p.enrol(p.recorder, "rotate", who)
			return p.add(who, "traceability", "record", 1)
		}, "authority[0]: its signer is another member"},
		{"a device that a colleague added", func(p province) uint64 {
			who := p.recorder.next(t)
			p.device(p.admin, who, 0, "traceability/record")
			return p.add(who, "traceability", "record", 1)
		}, "authority[0]: its signer is another member"},
		{"a device that records what it is not for", func(p province) uint64 {
			who := p.recorder.next(t)
			p.device(p.recorder, who, 0, "traceability/capture")
			return p.add(who, "traceability", "record", 1)
		}, "authority[0].item: the key is a device's, and not for"},
		{"a device whose time is over", func(p province) uint64 {
			who := p.recorder.next(t)
			p.device(p.recorder, who, p.genesis.Created+ledger.Time(len(p.entries))+1, "traceability/record")
			return p.add(who, "traceability", "record", 1)
		}, "authority[0].item: the key is a device's, which was good until"},
		{"a device that enrols somebody", func(p province) uint64 {
			scale, who := p.admin.next(t), newPerson(t, p.admin.Org)
			p.device(p.admin, scale, 0, "registry/enrol")
			p.enrol(scale, "enrol", who)
			return p.add(who, "traceability", "record", 1)
		}, "authority[1]: a device's key puts no key"},
		{"a device whose item says otherwise what it is for", func(p province) uint64 {
			who := p.recorder.next(t)
			i := p.add(p.recorder, "registry", "device", map[string]any{"member": who.Enrolment, "Actions": []string{"traceability/record"}})
			p.known[who.Key] = [2]uint64{i, 0}
			return p.add(who, "traceability", "record", 1)
		}, "not for record of traceability"},
		{"an action that enrols nobody", func(p province) uint64 {
			p.enrol(p.admin, "invite", stranger)
			return p.add(stranger, "traceability", "record", 1)
		}, "does not put a key on the register"},
		{"another contract", func(p province) uint64 {
			p.known[stranger.Key] = [2]uint64{p.add(p.admin, "trade", "enrol", memberItem{Member: stranger.Enrolment}), 0}
			return p.add(stranger, "traceability", "record", 1)
		}, "does not put a key on the register"},
		{"a founding by another key", func(p province) uint64 {
			p.enrol(stranger, "found", stranger)
			p.known[stranger.Key] = [2]uint64{p.enrol(p.admin, "found", stranger), 1}
			return p.add(stranger, "traceability", "record", 1)
		}, "do not end at the founding"},
		{"an item that enrols nobody", func(p province) uint64 {
			p.known[p.recorder.Key] = [2]uint64{p.known[p.recorder.Key][0], 0}
			return p.record
		}, "authority[0].item: it enrols no member"},
		{"an item under another spelling", func(p province) uint64 {
			i := p.add(p.admin, "registry", "enrol", map[string]any{"Member": stranger.Enrolment})
			p.known[stranger.Key] = [2]uint64{i, 0}
			return p.add(stranger, "traceability", "record", 1)
		}, "enrols no member"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProvince(t)
			wantRefused(t, p.trust, p.build(c.chain(p), 0), c.words)
		})
	}
}

// TestRolesChange: who enrolled somebody as an admin may have been enrolled as
// something else, which the contract knows and a receipt does not.
func TestRolesChange(t *testing.T) {
	p := newProvince(t)
	who := newPerson(t, p.recorder.Org, ledger.RoleRecorder)
	p.enrol(p.recorder, "enrol", who)
	v, err := Verify(p.trust, p.build(p.add(who, "traceability", "record", 1), 0))
	if err != nil || v.Member != who.Member {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestRotation: a record is proved under each key that its signer ever had, and so
// is one of somebody whom an admin and an operator enrolled under later keys.
func TestRotation(t *testing.T) {
	p := newProvince(t)
	rotate := func(who person) person {
		next := who.next(t)
		p.enrol(who, "rotate", next)
		return next
	}
	operator := rotate(p.operator)
	p.enrol(operator, "admit", newPerson(t, ledger.NewID(), ledger.RoleAdmin))
	admin := newPerson(t, ledger.NewID(), ledger.RoleAdmin)
	p.enrol(rotate(operator), "admit", admin)
	recorder := newPerson(t, admin.Org, ledger.RoleRecorder)
	p.enrol(rotate(rotate(admin)), "enrol", recorder)
	for range 3 {
		v, err := Verify(p.trust, p.build(p.add(recorder, "traceability", "record", 1), 0))
		if err != nil || v.Member != recorder.Member || v.Org != admin.Org || v.Signer != recorder.Key {
			t.Fatalf("%+v, %v", v, err)
		}
		recorder = rotate(recorder)
	}
}

// TestDevice: a device's record is proved by what its member said it is for.
func TestDevice(t *testing.T) {
	p := newProvince(t)
	for _, until := range []ledger.Time{0, p.genesis.Created.Add(time.Hour)} {
		scale := p.recorder.next(t)
		p.device(p.recorder, scale, until, "traceability/recall", "traceability/record")
		v, err := Verify(p.trust, p.build(p.add(scale, "traceability", "record", 1), 0))
		if err != nil || v.Member != p.recorder.Member || v.Signer != scale.Key {
			t.Errorf("%+v, %v", v, err)
		}
	}
}

func TestChainsMadeByHand(t *testing.T) {
	p := newProvince(t)
	late := newPerson(t, p.recorder.Org, ledger.RoleRecorder)
	early := p.add(late, "traceability", "record", 1)
	enrolled := p.enrol(p.admin, "enrol", late)
	b := builder{src: p, register: p.id, size: uint64(len(p.entries))}
	link := func(index uint64, item int) Link {
		_, l, err := b.link(t.Context(), index, item)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	build := func() Receipt {
		r, err := Build(t.Context(), p, p.record, 2)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for name, c := range map[string]struct {
		change func(r *Receipt)
		words  string
	}{
		"enrolled after it signed": {func(r *Receipt) {
			r.Record, r.Authority[0] = link(early, 0), link(enrolled, 1)
		}, "not before what it allows"},
		"no authority":          {func(r *Receipt) { r.Authority = []Link{} }, "nothing shows that the signer"},
		"cut short":             {func(r *Receipt) { r.Authority = r.Authority[:2] }, "do not end at the founding"},
		"the founding twice":    {func(r *Receipt) { r.Authority = append(r.Authority, r.Authority[len(r.Authority)-1]) }, "do not end at the founding"},
		"too long":              {func(r *Receipt) { r.Authority = make([]Link, MaxDepth+1) }, fmt.Sprintf("more than %d links", MaxDepth)},
		"more than is needed":   {func(r *Receipt) { r.Record = link(0, 1) }, "needs none"},
		"another item's path":   {func(r *Receipt) { r.Record.Item.Path = link(p.record, 3).Item.Path }, "record.item"},
		"another leaf's path":   {func(r *Receipt) { r.Record.Path = link(p.record+1, 2).Path }, "record.path"},
		"a path too long":       {func(r *Receipt) { r.Record.Path = append(r.Record.Path, make([]byte, 32)) }, "record.path"},
		"a short hash":          {func(r *Receipt) { r.Record.Path[0] = r.Record.Path[0][:31] }, "hash 0 has 31 bytes"},
		"a short salt":          {func(r *Receipt) { r.Record.Item.Salt = r.Record.Item.Salt[:15] }, "the salt has 15 bytes"},
		"other data":            {func(r *Receipt) { r.Record.Item.Data = []byte(`{"eventID":"another"}`) }, "record.item"},
		"a count of none":       {func(r *Receipt) { r.Record.Item.Count = 0 }, "not of 0"},
		"a count too high":      {func(r *Receipt) { r.Record.Item.Count = 1 << 40 }, "not of 1099511627776"},
		"a position too high":   {func(r *Receipt) { r.Record.Item.Position = r.Record.Item.Count }, "there is no item"},
		"an index out of range": {func(r *Receipt) { r.Record.Index = 1 << 60 }, "record.path"},
		"a cut leaf":            {func(r *Receipt) { r.Record.Leaf = r.Record.Leaf[:100] }, "record.leaf"},
		"another format":        {func(r *Receipt) { r.Format = "sogoc-receipt/2" }, "format"},
		"another genesis":       {func(r *Receipt) { r.Genesis = string(newRegister(t, p.operator).genesis.Encode()) }, "genesis"},
	} {
		t.Run(name, func(t *testing.T) {
			r := build()
			c.change(&r)
			wantRefused(t, p.trust, r.Encode(), c.words)
		})
	}
}

func TestBuildRefuses(t *testing.T) {
	p := newProvince(t)
	unknown := p.add(newPerson(t, ledger.NewID()), "traceability", "record", 1)
	for _, c := range []struct {
		index uint64
		item  int
		code  ledger.Code
	}{{99, 0, ledger.NotFound}, {3, 2, ledger.NotFound}, {3, -1, ledger.NotFound}, {unknown, 0, ledger.NotFound}} {
		if _, err := Build(t.Context(), p, c.index, c.item); ledger.CodeOf(err) != c.code {
			t.Errorf("entry %d, item %d: %v", c.index, c.item, err)
		}
	}
	by := p.operator
	for range MaxDepth + 1 {
		who := newPerson(t, by.Org, ledger.RoleAdmin)
		p.enrol(by, "enrol", who)
		by = who
	}
	if _, err := Build(t.Context(), p, p.add(by, "traceability", "record", 1), 0); ledger.CodeOf(err) != ledger.Invalid {
		t.Errorf("a chain of %d: %v", MaxDepth+2, err)
	}
}

func TestTrust(t *testing.T) {
	p := newProvince(t)
	p.addWitness()
	p.trust.Quorum = 1
	again, err := ParseTrust([]byte(p.trust.String()))
	if err != nil || again.String() != p.trust.String() {
		t.Errorf("%s reads as %s, %v", p.trust, again, err)
	}
	wide := strings.Repeat(" ", 5) + p.trust.String() + "\n\n"
	if _, err := ParseTrust([]byte(wide)); err != nil {
		t.Errorf("another layout: %v", err)
	}
	ecdsa := strings.SplitN(p.trust.Keys[0], "+", 3) // base64 may hold a + of its own
	raw, _ := base64.StdEncoding.DecodeString(ecdsa[2])
	raw[0] = 2
	ecdsa[2] = base64.StdEncoding.EncodeToString(raw)
	for name, c := range map[string]struct {
		change func(t *Trust)
		words  string
	}{
		"format":            {func(t *Trust) { t.Format = "sogoc-trust/2" }, "format"},
		"register":          {func(t *Trust) { t.Register = ledger.Hash{} }, "register"},
		"origin":            {func(t *Trust) { t.Origin = "" }, "origin"},
		"no keys":           {func(t *Trust) { t.Keys = nil }, "keys"},
		"bad key":           {func(t *Trust) { t.Keys = []string{"name"} }, "keys[0]"},
		"a witness's kind":  {func(t *Trust) { t.Keys = t.Witnesses }, "keys[0]"},
		"another algorithm": {func(t *Trust) { t.Keys = []string{strings.Join(ecdsa, "+")} }, "keys[0]"},
		"a key twice":       {func(t *Trust) { t.Keys = append(t.Keys, t.Keys[0]) }, "keys[1]"},
		"a key as witness":  {func(t *Trust) { t.Witnesses = append(t.Witnesses, t.Keys[0]) }, "witnesses[1]"},
		"a witness's hash":  {func(t *Trust) { t.Witnesses = []string{strings.Replace(t.Witnesses[0], "witness", "Witness", 1)} }, "witnesses[0]"},
		"quorum too high":   {func(t *Trust) { t.Quorum = 2 }, "quorum"},
		"quorum negative":   {func(t *Trust) { t.Quorum = -1 }, "quorum"},
	} {
		changed := p.trust
		changed.Keys, changed.Witnesses = append([]string{}, changed.Keys...), append([]string{}, changed.Witnesses...)
		c.change(&changed)
		if _, err := ParseTrust(changed.Encode()); ledger.CodeOf(err) != ledger.Invalid || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v", name, err)
		}
		wantRefused(t, changed, p.build(p.record, 0), "trust file")
	}
	for name, text := range map[string]string{
		"unknown field": strings.Replace(p.trust.String(), `"quorum"`, `"comment": "", "quorum"`, 1),
		"more behind":   p.trust.String() + "{}",
		"no object":     "[]",
		"nothing":       "",
	} {
		if _, err := ParseTrust([]byte(text)); ledger.CodeOf(err) != ledger.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The canonical form is spelled out in the package comment; here it is by hand.
func TestCanonicalForm(t *testing.T) {
	r := Receipt{Format: Format, Genesis: "a\"\\<&\n\u2028\x01é", Checkpoint: "— x\n", Record: Link{Path: [][]byte{}, Item: Item{Path: [][]byte{{1, 2, 3, 4}}, Salt: []byte{}, Data: []byte{255}}, Leaf: []byte{}}, Authority: []Link{}}
	want, err := os.ReadFile("testdata/form.json")
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Encode(); !bytes.Equal(got, want) {
		t.Errorf("written as\n%swant\n%s", got, want)
	}
	if again, err := Parse(want); err != nil || again.Genesis != r.Genesis {
		t.Errorf("%+v, %v", again, err)
	}
	for _, empty := range []string{`"authority": []`, `"path": []`, `"leaf": ""`} {
		name, _, _ := strings.Cut(empty, ":")
		null := strings.Replace(string(want), empty, name+": null", 1)
		if _, err := Parse([]byte(null)); null == string(want) || ledger.CodeOf(err) != ledger.Invalid {
			t.Errorf("%s as null: %v", name, err)
		}
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, want); err != nil {
		t.Fatal(err)
	}
	if _, err := Parse(compact.Bytes()); ledger.CodeOf(err) != ledger.Invalid {
		t.Errorf("a compact form: %v", err)
	}
	if _, err := Parse(make([]byte, MaxSize+1)); ledger.CodeOf(err) != ledger.TooLarge {
		t.Errorf("too large: %v", err)
	}
}

func FuzzVerify(f *testing.F) {
	p := newProvince(f)
	original := p.build(p.founding, 1)
	f.Add(original)
	f.Add([]byte(`{"format": "sogoc-receipt/1"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := Verify(p.trust, b); (err == nil) != bytes.Equal(b, original) {
			t.Errorf("%v for\n%s", err, b)
		}
	})
}

func FuzzParseTrust(f *testing.F) {
	f.Add([]byte(newProvince(f).trust.String()))
	f.Fuzz(func(t *testing.T, b []byte) {
		trust, err := ParseTrust(b)
		if err != nil {
			return
		}
		if again, err := ParseTrust(trust.Encode()); err != nil || again.String() != trust.String() {
			t.Errorf("%s, then %s, %v", trust, again, err)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	p := newProvince(b)
	r := p.build(p.record, 0)
	b.SetBytes(int64(len(r)))
	for b.Loop() {
		if _, err := Verify(p.trust, r); err != nil {
			b.Fatal(err)
		}
	}
}

var _ note.Signer = witness{}
