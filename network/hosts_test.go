package network

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/fabric"
	"github.com/sogoc/sogoc/ledger/ledgertest"
	"github.com/sogoc/sogoc/trace"
)

// contracts builds the chaincode of the register.
func contracts(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "sogoc-chaincode")
	if testing.Short() {
		return file // up skips
	}
	if err := BuildChaincode(t.Context(), file, nil); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestHosts: the node of one member of the channel cannot submit what a member of an
// organisation signed that another hosts, and nothing is written of it.
func TestHosts(t *testing.T) {
	n := up(t, Config{Chaincode: contracts(t)})
	raw, err := os.ReadFile(n.Genesis())
	if err != nil {
		t.Fatal(err)
	}
	genesis, err := ledger.ParseGenesis(raw)
	if err != nil {
		t.Fatal(err)
	}
	operator, err := crypto.LoadECDSA(n.path(operatorFile))
	if err != nil {
		t.Fatal(err)
	}
	nodes := map[string]*fabric.Ledger{}
	for _, org := range n.Organisations() {
		p, err := fabric.ReadProfile(n.Profile(org))
		if err != nil {
			t.Fatal(err)
		}
		signer, _ := ledgertest.NewSigner(t, genesis.Origin)
		l, err := fabric.Open(fabric.Config{Profile: p, Dir: t.TempDir(), Signer: signer, Log: ledgertest.Quiet()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		})
		nodes[org] = l
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	at := "org1"
	w := contracttest.Over(t, genesis, operator, func(tx ledger.Tx) ([]byte, error) {
		e, err := nodes[at].Submit(ctx, tx)
		if err != nil {
			return nil, err
		}
		return e.Outcome, nil
	})
	coop := w.Admit("coop", ledger.KindCoop)
	describe := func(place int) error {
		_, err := w.Directory(coop.Member, trace.ActionPlace, trace.Place{ID: coop.GLN(place), Kind: trace.PlaceShop, Commune: "07234"})
		return err
	}
	refused := func() {
		t.Helper()
		err := describe(3)
		w.Refused(err, ledger.Forbidden, "")
		if !strings.Contains(err.Error(), "Org1MSP") || !strings.Contains(err.Error(), "Org2MSP") {
			t.Errorf("%v does not name both", err)
		}
	}
	size := nodes["org1"].Size()
	at = "org2"
	if err := nodes[at].Wait(ctx, size); err != nil {
		t.Fatal(err)
	}
	refused()
	at = "org1"
	_, err = w.Directory(w.Operator.Member, trace.ActionHost, trace.Hosting{Org: coop.OrgID(), Host: "Org2MSP", Reason: "a node of its own"})
	w.Must(err)
	refused()
	at = "org2"
	if err := nodes[at].Wait(ctx, size+1); err != nil {
		t.Fatal(err)
	}
	w.Must(describe(3))
	if got := nodes[at].Size(); got != size+2 {
		t.Errorf("the register has %d entries, want %d: a refusal left something", got, size+2)
	}
}
