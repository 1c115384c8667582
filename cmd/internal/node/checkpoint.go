package node

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/api/peer"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
	"github.com/sogoc/sogoc/ledger/receipt"
	"github.com/sogoc/sogoc/trace"
)

// The key that waits to sign checkpoints, and what the files of those that signed before
// begin with. The index of the entry that replaced one stands between the two parts.
const (
	nextCheckpointFile = "checkpoint.next.key"
	nextVerifierFile   = "checkpoint.next.pub"
	formerPrefix       = "checkpoint-until-"
)

// KeyChangeConfig says how a checkpoint key is replaced.
type KeyChangeConfig struct {
	Config
	// Retired is what the recovery key signed of a key that is compromised; empty of one
	// that is not.
	Retired []byte
	Reason  string // for people; in the register for ever
	// OnlyDraw draws the next key and changes nothing: an administrator of the operator
	// whose key is elsewhere records the change.
	OnlyDraw bool
}

// RotateCheckpoint draws another checkpoint key for a data folder on which no node runs,
// has the operator's key put it in the place of the one that signs, as an entry of the
// register, and moves the files. One that was cut off is taken up by another call, or by
// the node's next start. With OnlyDraw the change that is returned is the one to record.
func RotateCheckpoint(ctx context.Context, c KeyChangeConfig) (done ledger.Rotation, err error) {
	f, err := openFolder(c.Config)
	if InUse(err) {
		return done, fmt.Errorf("stop the node that runs on %s first: %w", c.Data, err)
	}
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	change := ledger.KeyChange{Old: f.keys.verifier, Retired: string(c.Retired), Reason: c.Reason}
	if err := f.knows(ctx, change); err != nil {
		return done, err
	}
	if c.OnlyDraw {
		change.New, err = drawNext(f.path(keyDir), f.Ledger.Origin())
		return ledger.Rotation{Index: f.Ledger.Size(), KeyChange: change}, err
	}
	return f.replaceKey(ctx, change)
}

// knows refuses what the recovery key says of a tree that the register never had.
func (f *folder) knows(ctx context.Context, c ledger.KeyChange) error {
	if c.Retired == "" {
		return nil
	}
	r, err := merkle.OpenRetirement([]byte(c.Retired), f.Ledger.Genesis().Recovery)
	if err != nil {
		return fmt.Errorf("--retired: %w", err)
	}
	if r.Key != c.Old {
		return ledger.Errorf(ledger.Invalid, "--retired: it is of the key %s, and the register's is %s", r.Key, c.Old)
	}
	root, err := f.Ledger.Root(ctx, r.Good.Size)
	if err == nil && root != r.Good.Root {
		err = ledger.Errorf(ledger.Conflict, "the first %d entries of this register have another root", r.Good.Size)
	}
	if err != nil {
		return fmt.Errorf("--retired: %w", err)
	}
	return nil
}

// replaceKey records a change by the key that founded the register.
func (f *folder) replaceKey(ctx context.Context, c ledger.KeyChange) (done ledger.Rotation, err error) {
	operator, err := loadOperator(f.path(keyDir, operatorFile))
	if err != nil {
		return done, err
	}
	origin := f.Ledger.Origin()
	if c.Origin != "" {
		origin = c.Origin
	}
	if c.New, err = drawNext(f.path(keyDir), origin); err != nil {
		return done, err
	}
	if _, err := f.Ledger.Checkpoint(ctx); err != nil { // the last one under the key of before
		return done, err
	}
	e, err := submitChange(ctx, f.Node, operator, c)
	if ledger.CodeOf(err) == ledger.Forbidden && err != nil {
		return done, fmt.Errorf("the key that founded the register may not do that any more; draw the next key with --only-draw, and let an administrator record the change: %w", err)
	}
	if err != nil {
		return done, err
	}
	return ledger.Rotation{Index: e.Index, KeyChange: c}, f.settleKeys()
}

func submitChange(ctx context.Context, n *Node, operator *ecdsa.PrivateKey, c ledger.KeyChange) (*ledger.Entry, error) {
	tx, err := ledger.Sign(n.Ledger.Genesis().Register(), operator, trace.RegistryContract, trace.ActionCheckpoint,
		trace.DirectorySummary(trace.ActionCheckpoint, 1), []ledger.Item{ledger.NewItem(trace.Encode(c))}, uint64(time.Now().Add(time.Hour).Unix()))
	if err != nil {
		return nil, err
	}
	return n.Ledger.Submit(ctx, tx)
}

// A register of which records are known to be lost goes on under another origin, and so
// under another key, before it signs anything.

// movesOn reports whether the folder was restored so, and has not gone on yet.
func (n *Node) movesOn() bool {
	return n.Restored != nil && n.Restored.Origin != "" && !strings.HasPrefix(n.keys.verifier, n.Restored.Origin+"+")
}

// drawAnother draws the key of the new origin, which the ledger is opened with.
func (n *Node) drawAnother() error {
	if !n.movesOn() {
		return nil
	}
	if _, err := drawNext(n.path(keyDir), n.Restored.Origin); err != nil {
		return err
	}
	next, _, err := loadNext(n.path(keyDir))
	n.keys.next = next
	return err
}

// goOnElsewhere records the new origin, unless a start that was cut off did.
func (n *Node) goOnElsewhere() error {
	if !n.movesOn() || n.Ledger.Origin() == n.Restored.Origin {
		return nil
	}
	_, next, err := loadNext(n.path(keyDir))
	if err != nil {
		return err
	}
	_, err = submitChange(context.Background(), n, n.keys.operator, ledger.KeyChange{
		Old: n.keys.verifier, New: next, Origin: n.Restored.Origin,
		Reason: fmt.Sprintf("restored from a backup of %d records, where there had been %d", n.Restored.Size, n.Restored.Witnessed),
	})
	if err != nil {
		return fmt.Errorf("records were lost, and the register cannot go on under another origin: %w", err)
	}
	return nil
}

// drawNext draws the key that is to sign next, or takes the one that was drawn before
// for the same origin. The secret is written last: with it the key counts as drawn.
func drawNext(dir, origin string) (verifier string, err error) {
	if exists(filepath.Join(dir, nextCheckpointFile)) {
		verifier, err = readKey(dir, nextVerifierFile)
		if err != nil || strings.HasPrefix(verifier, origin+"+") {
			return verifier, err
		}
	}
	for _, name := range []string{nextCheckpointFile, nextVerifierFile} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return "", err
		}
	}
	signer, verifier, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return "", err
	}
	return verifier, errors.Join(writeKey(dir, nextVerifierFile, verifier), writeKey(dir, nextCheckpointFile, signer))
}

// loadNext reads the key that is to sign next; nil where none was drawn.
func loadNext(dir string) (note.Signer, string, error) {
	if !exists(filepath.Join(dir, nextCheckpointFile)) {
		return nil, "", nil
	}
	secret, err := readKey(dir, nextCheckpointFile)
	if err != nil {
		return nil, "", err
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", filepath.Join(dir, nextCheckpointFile), err)
	}
	verifier, err := readKey(dir, nextVerifierFile)
	return signer, verifier, err
}

// settleKeys moves the files of a key that an entry put in the place of another, makes
// the trust file say so, and refuses to go on without the key that signs now.
func (n *Node) settleKeys() error {
	rotations := n.Ledger.Rotations()
	now, at := n.keys.verifier, uint64(0)
	for _, r := range rotations {
		if r.Old == now {
			now, at = r.New, r.Index
		}
	}
	dir := n.path(keyDir)
	if now != n.keys.verifier {
		_, next, err := loadNext(dir)
		if err != nil {
			return err
		}
		if next != now {
			return fmt.Errorf("entry %d put the key %s in the place of the one in %s, and its secret is not in %s: put it there, as it was when the change was recorded",
				at, now, filepath.Join(dir, checkpointFile), filepath.Join(dir, nextCheckpointFile))
		}
		until := filepath.Join(dir, formerPrefix+strconv.FormatUint(at, 10))
		if err := errors.Join(
			os.Rename(filepath.Join(dir, checkpointFile), until+".key"),
			os.Rename(filepath.Join(dir, verifierFile), until+".pub"),
			moveNext(dir),
		); err != nil {
			return err
		}
		was := n.keys
		if n.keys, err = loadKeys(dir); err != nil {
			return err
		}
		n.keys.operator, n.keys.cosigner, n.keys.request = was.operator, was.cosigner, was.request
	}
	n.keys.first = n.keys.verifier // also where the files of those before are missing
	for _, r := range slices.Backward(rotations) {
		if r.New == n.keys.first {
			n.keys.first = r.Old
		}
	}
	if len(rotations) == 0 || !exists(n.path(trustFile)) {
		return nil
	}
	b, err := os.ReadFile(n.path(trustFile))
	if err != nil {
		return err
	}
	trust, err := receipt.ParseTrust(b)
	if err == nil {
		trust, err = trust.Succeed(n.Ledger.Genesis().Recovery, rotations...)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", n.path(trustFile), err)
	}
	return writeFile(n.path(trustFile), trust.Encode(), 0o644)
}

// moveNext makes the next key the one that signs. Without the secret of the one before
// it is taken up again by loadKeys.
func moveNext(dir string) error {
	if exists(filepath.Join(dir, nextVerifierFile)) {
		if err := os.Rename(filepath.Join(dir, nextVerifierFile), filepath.Join(dir, verifierFile)); err != nil {
			return err
		}
	}
	return os.Rename(filepath.Join(dir, nextCheckpointFile), filepath.Join(dir, checkpointFile))
}

// firstVerifier is the verifier key of the checkpoint key that a node began with. It
// names the node where others are on the same machine.
func firstVerifier(dir, now string) (string, error) {
	files, err := filepath.Glob(filepath.Join(dir, formerPrefix+"*.pub"))
	if err != nil {
		return "", err
	}
	first, least := now, uint64(0)
	for _, file := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), formerPrefix), ".pub")
		until, err := strconv.ParseUint(name, 10, 64)
		if err != nil || least != 0 && until >= least {
			continue
		}
		if first, err = readKey(filepath.Split(file)); err != nil {
			return "", err
		}
		least = until
	}
	return first, nil
}

// afterChanges is the peers file with the checkpoint keys that signed when it was made
// replaced by those that sign now.
func afterChanges(f peer.File, changes []ledger.Rotation) (peer.File, error) {
	for _, c := range changes {
		for i := range f.Nodes {
			if f.Nodes[i].Checkpoint == c.Old {
				f.Nodes[i].Checkpoint = c.New
			}
		}
	}
	b, err := json.Marshal(f)
	if err != nil {
		return f, err
	}
	return peer.ParseFile(b)
}

// NewRecoveryKey draws the key that retires compromised checkpoint keys: its secret goes
// to a file, which is to be kept offline, and its verifier key into the genesis.
func NewRecoveryKey(file string) (verifier string, err error) {
	signer, verifier, err := note.GenerateKey(rand.Reader, "sogoc.example/recovery")
	if err != nil {
		return "", err
	}
	dir, name := filepath.Split(file)
	return verifier, writeKey(dir, name, signer)
}

// Retire signs, with the recovery key in a file, that the key which signed a checkpoint
// is compromised and that this checkpoint is the last good one.
func Retire(recovery string, trust receipt.Trust, checkpoint []byte) ([]byte, error) {
	dir, name := filepath.Split(recovery)
	secret, err := readKey(dir, name)
	if err != nil {
		return nil, err
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return nil, fmt.Errorf("%s: is not a recovery key", recovery)
	}
	last, err := trust.Signatures(checkpoint)
	if err != nil {
		return nil, err
	}
	return merkle.SignRetirement(merkle.Retirement{Key: last.Keys[0].Key, Good: last.Checkpoint}, signer)
}
