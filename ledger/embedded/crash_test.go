package embedded_test

import (
	"bufio"
	"crypto/rand"
	"encoding/json"
	"fmt"
	mrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/embedded"
	"github.com/sogoc/sogoc/ledger/ledgertest"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// writerFolder names the environment variable that makes the test binary a writer.
const writerFolder = "SOGOC_TEST_WRITER"

const writers = 16

// writeUntilKilled opens the ledger in a folder and submits from many goroutines,
// printing each acknowledged entry.
func writeUntilKilled(dir string) error {
	b, err := os.ReadFile(filepath.Join(dir, "genesis.json"))
	if err != nil {
		return err
	}
	genesis, err := ledger.ParseGenesis(b)
	if err != nil {
		return err
	}
	secret, err := os.ReadFile(filepath.Join(dir, "signer"))
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(string(secret))
	if err != nil {
		return err
	}
	l, err := embedded.Open(embedded.Config{
		Dir: filepath.Join(dir, "ledger"), Genesis: genesis, Signer: signer,
		Contracts: []ledger.Contract{ledgertest.Contract{}}, Log: ledgertest.Quiet(),
	})
	if err != nil {
		return err
	}
	key, err := crypto.GenerateKey()
	if err != nil {
		return err
	}
	register := genesis.Register()
	failed := make(chan error)
	for w := range writers {
		go func() {
			for n := 0; ; n++ {
				items := []ledger.Item{
					ledger.NewItem(fmt.Appendf(nil, "- total%d 3", w)),
					ledger.NewItem(fmt.Appendf(nil, "total%d pot 1", w)),
				}
				tx, err := ledger.Sign(register, key, ledgertest.Name, "move", "move", items, uint64(time.Now().Add(time.Hour).Unix()))
				if err != nil {
					failed <- err
					return
				}
				e, err := l.Submit(ctx, tx)
				if err != nil {
					failed <- err
					return
				}
				fmt.Printf("%d %s\n", e.Index, e.ID) // one write call a line
				if n%10 == 0 {
					if _, err := l.Checkpoint(ctx); err != nil {
						failed <- err
						return
					}
				}
			}
		}()
	}
	return <-failed
}

// TestKilled kills a writing process again and again: what it acknowledged is there
// once, in order, and everything can be verified.
func TestKilled(t *testing.T) {
	rounds := 200
	if testing.Short() {
		rounds = 8
	}
	genesis, _ := ledgertest.NewGenesis(t)
	secret, public, err := note.GenerateKey(rand.Reader, genesis.Origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, b := range map[string][]byte{"genesis.json": genesis.Encode(), "signer": []byte(secret)} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	acknowledged := map[uint64]string{}
	for range rounds {
		before := len(acknowledged)
		killWriter(t, dir, acknowledged)
		if len(acknowledged) == before {
			t.Fatal("a round acknowledged nothing")
		}
	}
	f := &folder{Config: embedded.Config{
		Dir: filepath.Join(dir, "ledger"), Signer: signer,
		Contracts: []ledger.Contract{ledgertest.Contract{}}, Log: ledgertest.Quiet(),
	}, verifier: verifier, register: genesis.Register()}
	l := f.open(t)
	defer closed(t, l)
	seen := map[ledger.TxID]bool{}
	for e, err := range l.Entries(ctx, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if seen[e.ID] {
			t.Errorf("transaction %s is there twice", e.ID)
		}
		seen[e.ID] = true
		if id, ok := acknowledged[e.Index]; ok && id != e.ID.String() {
			t.Errorf("entry %d is %s, acknowledged was %s", e.Index, e.ID, id)
		}
		delete(acknowledged, e.Index)
	}
	if len(acknowledged) > 0 {
		t.Errorf("%d acknowledged transactions are lost", len(acknowledged))
	}
	t.Logf("%d entries after %d kills", l.Size(), rounds)
	verify(t, f, l)
}

// killWriter runs a writer, kills it at some point and adds what it acknowledged.
func killWriter(t *testing.T, dir string, acknowledged map[uint64]string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), writerFolder+"="+dir)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var killing sync.WaitGroup
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		var index uint64
		var id string
		if _, err := fmt.Sscanf(lines.Text(), "%d %s", &index, &id); err != nil || len(id) != 64 {
			continue // the line that the kill cut
		}
		if was, ok := acknowledged[index]; ok {
			t.Errorf("entry %d was acknowledged as %s and as %s", index, was, id)
		}
		acknowledged[index] = id
		if n == 0 {
			killing.Go(func() {
				time.Sleep(mrand.N(150 * time.Millisecond))
				cmd.Process.Kill()
			})
		}
	}
	killing.Wait()
	cmd.Wait()
	if stderr.Len() > 0 {
		t.Fatalf("the writer says %s", stderr.String())
	}
}

// verify submits every entry to an empty ledger at the entry's record time: the
// signatures hold, every outcome and record time is the same, and so are the state
// and the tree.
func verify(t *testing.T, f *folder, l *embedded.Ledger) {
	t.Helper()
	var clock time.Time
	fresh := open(t, embedded.Config{
		Dir: t.TempDir(), Genesis: l.Genesis(), Signer: f.Signer, Contracts: f.Contracts,
		Clock: func() time.Time { return clock }, Log: ledgertest.Quiet(),
	})
	defer closed(t, fresh)
	for e, err := range l.Entries(ctx, 0) {
		if err != nil {
			t.Fatal(err)
		}
		clock = e.Time.Time()
		again, err := fresh.Submit(ctx, e.Tx)
		if err != nil {
			t.Fatalf("entry %d: %v", e.Index, err)
		}
		again.Block = e.Block // groups are others
		a, _ := json.Marshal(again)
		b, _ := json.Marshal(e)
		if string(a) != string(b) {
			t.Fatalf("entry %s\nwant  %s", a, b)
		}
	}
	if digest(t, fresh) != digest(t, l) {
		t.Error("the state differs")
	}
	if root(t, f, fresh) != root(t, f, l) {
		t.Error("the tree differs")
	}
}

// root is that of the checkpoint.
func root(t *testing.T, f *folder, l *embedded.Ledger) ledger.Hash {
	t.Helper()
	b, err := l.Checkpoint(ctx)
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := merkle.OpenCheckpoint(b, l.Genesis().Origin, f.verifier)
	if err != nil {
		t.Fatal(err)
	}
	if c.Size != l.Size() {
		t.Errorf("the checkpoint is of %d entries, there are %d", c.Size, l.Size())
	}
	return c.Root
}
