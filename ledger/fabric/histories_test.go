package fabric_test

import (
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/embedded"
	"github.com/sogoc/sogoc/ledger/fabric"
	"github.com/sogoc/sogoc/ledger/ledgertest"
)

// histories are what the contracts' own tests do, random histories included: it
// runs them.
func histories(t *testing.T) []contracttest.History {
	t.Helper()
	dir := t.TempDir()
	tests := exec.CommandContext(t.Context(), "go", "test", "-count=1", "./contracts", "./contracts/registry", "./contracts/traceability", "./contracts/dataset")
	tests.Dir = "../.."
	tests.Env = append(os.Environ(), contracttest.HistoriesEnv+"="+dir, "RAPID_CHECKS=10", "RAPID_NOFAILFILE=1")
	if out, err := tests.CombinedOutput(); err != nil {
		t.Fatalf("the contracts' tests fail: %v\n%s", err, out)
	}
	all, err := contracttest.ReadHistories(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 100 {
		t.Fatalf("the contracts' tests made %d worlds", len(all))
	}
	return all
}

// both are an embedded ledger and one on Fabric of the same register.
type both struct {
	embedded *embedded.Ledger
	fabric   *fabric.Ledger
}

func openBoth(t *testing.T, contracts ...ledger.Contract) both {
	t.Helper()
	n, name := newRegister(t)
	signer, _ := ledgertest.NewSigner(t, ledgertest.Origin)
	l, err := embedded.Open(embedded.Config{Dir: t.TempDir(), Genesis: n.genesis, Contracts: contracts, Signer: signer, Log: ledgertest.Quiet()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return both{l, n.open(t, "org1", name, t.TempDir(), nil)}
}

// submit submits a transaction to both and compares what they answer.
func (b both) submit(t *testing.T, tx ledger.Tx) contracttest.Answer {
	t.Helper()
	here, err := b.embedded.Submit(t.Context(), tx)
	want := answer(here, err)
	there, err := b.fabric.Submit(t.Context(), tx)
	if got := answer(there, err); got != want {
		t.Errorf("%s %s is answered\n%+v on Fabric,\n%+v by an embedded ledger (%v)", tx.Header.Contract, tx.Header.Action, got, want, err)
	}
	if here != nil && there != nil && (here.ID != there.ID || here.Signer != there.Signer || here.Rules != there.Rules) {
		t.Errorf("entry %+v on Fabric,\n%+v on an embedded ledger", there, here)
	}
	return want
}

func answer(e *ledger.Entry, err error) contracttest.Answer {
	if e == nil {
		return contracttest.AnswerOf(nil, err)
	}
	return contracttest.AnswerOf(e.Outcome, err)
}

// TestHistories does every history of the contracts' tests on an embedded ledger and
// on Fabric, each in a world of its own on one register: every answer is the same,
// the one that the test got, and the state is the same in the end.
func TestHistories(t *testing.T) {
	real(t)
	all := histories(t)
	b := openBoth(t, contracttest.Worlds{})
	register := b.fabric.Genesis().Register()
	var worlds errgroup.Group
	worlds.SetLimit(256) // whole blocks, rather than one for every transaction
	steps, refused := 0, 0
	for i, h := range all {
		for _, s := range h.Steps {
			if steps++; s.Answer.Code != "" {
				refused++
			}
		}
		worlds.Go(func() error {
			for k, s := range h.Steps {
				tx, err := s.SignIn(register, i)
				if err != nil {
					return err
				}
				if got := b.submit(t, tx); got != s.Answer {
					t.Errorf("%s, step %d: %s %s is answered\n%+v, and was\n%+v", h.Test, k, s.Contract, s.Action, got, s.Answer)
				}
				if t.Failed() {
					break
				}
			}
			return nil
		})
	}
	if err := worlds.Wait(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d histories of %d transactions, %d of them refused", len(all), steps, refused)
	if here, there := b.embedded.Size(), b.fabric.Size(); here != there {
		t.Errorf("%d entries on Fabric, %d on an embedded ledger", there, here)
	}
	here, err := b.embedded.StateDigest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if there, err := b.fabric.StateDigest(t.Context()); err != nil || there != here {
		t.Errorf("the state is %s on Fabric, %s on an embedded ledger: %v", there, here, err)
	}
}
