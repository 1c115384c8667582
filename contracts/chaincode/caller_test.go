package chaincode

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/contracts/registry"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// TestHostsOfOrganisations: the node of one member of the channel cannot submit what
// a member of an organisation signed that another hosts.
func TestHostsOfOrganisations(t *testing.T) {
	b := newBench(t, func(c *Config) {
		c.Contracts, c.MayPropose = contracttest.Contracts(), registry.MaySubmit
	})
	b.now = time.Now()
	from := "Org1MSP" // whose node submits
	var last Refusal
	w := contracttest.Over(t, b.genesis, b.key, func(tx ledger.Tx) ([]byte, error) {
		p := &proposal{committed: b.state, args: [][]byte{[]byte(Submit), ledger.Pack(tx.Encode())}, at: b.now, mspID: from}
		answer := b.Invoke(p)
		if answer.Status != 200 {
			last = refused(t, p, answer)
			return nil, ledger.FieldErrorf(last.Code, last.Field, "%s", last.Message)
		}
		p.commit()
		return p.outcome(t), nil
	})
	coop := w.Admit("coop", ledger.KindCoop)
	describe := func(n int) error {
		_, err := w.Directory(coop.Member, trace.ActionPlace, trace.Place{ID: coop.GLN(n), Kind: trace.PlaceShop, Commune: "07234"})
		return err
	}
	w.Must(describe(2)) // by the operator's host, as the co-op has none of its own

	from = "Org2MSP"
	w.Refused(describe(3), ledger.Forbidden, "")
	if !strings.Contains(last.Message, "Org1MSP") || !strings.Contains(last.Message, "Org2MSP") {
		t.Errorf("%q does not name both", last.Message)
	}
	host := func() error {
		_, err := w.Directory(w.Operator.Member, trace.ActionHost, trace.Hosting{Org: coop.OrgID(), Host: "Org2MSP", Reason: "its own node"})
		return err
	}
	w.Refused(host(), ledger.Forbidden, "")

	from = "Org1MSP"
	w.Must(host())
	w.Refused(describe(3), ledger.Forbidden, "")
	from = "Org2MSP"
	w.Must(describe(3))
}

// TestFoundingHost: only the host that the genesis names founds the register.
func TestFoundingHost(t *testing.T) {
	b := newBench(t, func(c *Config) {
		c.Contracts, c.MayPropose = contracttest.Contracts(), registry.MaySubmit
	})
	admission := trace.Encode(trace.Admission{
		Org:    trace.Organisation{ID: ledger.ID{1}, Kind: ledger.KindOperator},
		Member: ledger.Enrolment{Member: ledger.ID{2}, Org: ledger.ID{1}, Key: ledger.AddressOf(&b.key.PublicKey), Roles: ledger.Roles},
	})
	tx, err := ledger.Sign(b.register, b.key, trace.RegistryContract, trace.ActionFound, trace.DirectorySummary(trace.ActionFound, 1),
		[]ledger.Item{ledger.NewItem(admission)}, uint64(b.now.Add(time.Hour).Unix()))
	if err != nil {
		t.Fatal(err)
	}
	p := &proposal{committed: b.state, args: [][]byte{[]byte(Submit), ledger.Pack(tx.Encode())}, at: b.now, mspID: "Org2MSP"}
	if r := refused(t, p, b.Invoke(p)); r.Code != ledger.Forbidden {
		t.Errorf("at another host: %+v", r)
	}
	b.must(t, ledger.Pack(tx.Encode()))
}

// TestCalledByChaincode: another chaincode submits nothing, whatever it was called
// with, and may read.
func TestCalledByChaincode(t *testing.T) {
	b := newBench(t, nil)
	b.must(t, b.sign(t, "put", "a=1"))
	tx := b.sign(t, "put", "a=2")
	for _, name := range []string{"other", "sogoc2"} {
		p := &proposal{committed: b.state, args: [][]byte{[]byte(Submit), tx}, at: b.now, mspID: "Org1MSP", to: name}
		if r := refused(t, p, b.Invoke(p)); r.Code != ledger.Forbidden || !strings.Contains(r.Message, name+" may") {
			t.Errorf("called by %s: %+v", name, r)
		}
	}
	if p := b.must(t, tx); slices.Contains(p.writes, nameKey) {
		t.Error("the name is written again")
	}
	p := &proposal{committed: b.state, args: [][]byte{[]byte(Genesis)}, to: "other"}
	if answer := b.Invoke(p); answer.Status != 200 || !json.Valid(answer.Payload) {
		t.Errorf("a read is answered %d %s", answer.Status, answer.Message)
	}

	// The same process under another name has another state.
	b.state = peerState{}
	for range 2 {
		p := &proposal{committed: b.state, args: [][]byte{[]byte(Submit), b.sign(t, "put", "a=1")}, at: b.now, mspID: "Org1MSP", to: "province"}
		if answer := b.Invoke(p); answer.Status != 200 {
			t.Errorf("under another name: %s", answer.Message)
		}
		p.commit()
	}
}

// TestReadsOnce: a key is asked of the peer once a proposal.
func TestReadsOnce(t *testing.T) {
	b := newBench(t, nil)
	p := b.must(t, b.sign(t, "get", "a", "a", "b", "a"))
	times := map[string]int{}
	for _, key := range p.reads {
		times[key]++
	}
	for key, n := range times {
		if n != 1 {
			t.Errorf("%s is read %d times", key, n)
		}
	}
	if times["sa"] != 1 || times["sb"] != 1 {
		t.Errorf("read %v", p.reads)
	}
}
