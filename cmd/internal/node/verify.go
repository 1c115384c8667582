package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"github.com/sogoc/sogoc/api"
	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/api/peer"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/ledger/content/store"
	"github.com/sogoc/sogoc/ledger/disk"
	"github.com/sogoc/sogoc/ledger/embedded"
	"github.com/sogoc/sogoc/ledger/merkle"
	"github.com/sogoc/sogoc/ledger/receipt"
	"github.com/sogoc/sogoc/market/catalog"
	"github.com/sogoc/sogoc/market/deals"
	"github.com/sogoc/sogoc/trace/index"
)

// VerifyConfig says what to check.
type VerifyConfig struct {
	Config
	Trust      string // trust file from elsewhere; that of the folder where there is none
	Checkpoint string // a checkpoint that somebody kept; may be empty
	// Wrong is told each thing that is wrong, and Note what is worth knowing.
	Wrong func(where, what string)
	Note  func(what string)
}

// Verified is what was checked.
type Verified struct {
	Register ledger.Hash
	Size     uint64      // entries that were executed
	State    ledger.Hash // the state's digest
	Payloads int
	Erased   int
	Wrong    int
}

// Verify checks a data folder on which no node runs, and changes nothing in it: every
// block, signature and payload, that the state and the read models are what comes of the
// blocks, that every payload that is named is there or erased. It goes on after what is
// wrong. Its error means that it could not check.
func Verify(ctx context.Context, c VerifyConfig) (done Verified, err error) {
	if c.Config, err = c.Config.withDefaults(); err != nil {
		return done, err
	}
	v := verifying{VerifyConfig: c, Node: &Node{Config: c.Config}, done: &done, payloads: map[string]bool{}}
	genesis, err := v.onlyGenesis()
	if err != nil {
		return done, err
	}
	done.Register = genesis.Register()
	trust, err := v.trusted(done.Register)
	if err != nil {
		return done, err
	}
	if v.temp, err = os.MkdirTemp("", "sogoc-verify-*"); err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(v.temp)) }()
	ledger, err := v.ledger(ctx, genesis, trust)
	if err != nil {
		return done, err
	}
	defer func() {
		err = errors.Join(err, v.Node.Close())
		if ledger != nil {
			err = errors.Join(err, ledger.Close())
		}
	}()
	if err := v.store(ctx); err != nil {
		return done, err
	}
	if v.Store == nil || ledger == nil {
		v.Note("what the records name, and the read models, are not checked, since ledger or payloads cannot be opened")
		return done, v.accounts()
	}
	done.Size, done.State = ledger.Size(), ledger.Digest
	if err := errors.Join(v.named(ctx, ledger), v.models(ctx, ledger)); err != nil {
		return done, err
	}
	return done, v.accounts()
}

// verifying is one check of a folder.
type verifying struct {
	VerifyConfig
	*Node
	temp     string
	done     *Verified
	payloads map[string]bool // by CID: whether it can be read; false when it was erased or is broken
}

func (v *verifying) wrong(where, what string) {
	v.done.Wrong++
	v.Wrong(where, what)
}

func (v *verifying) progress(what string) func(done, total uint64) {
	return func(done, total uint64) { v.Node.Config.Progress(what, int(done), int(total)) }
}

func (v *verifying) trusted(register ledger.Hash) (receipt.Trust, error) {
	file := v.VerifyConfig.Trust
	if file == "" {
		file = v.path(trustFile)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return receipt.Trust{}, err
	}
	t, err := receipt.ParseTrust(b)
	if err != nil {
		return t, fmt.Errorf("%s: %w", file, err)
	}
	if t.Register != register {
		return t, fmt.Errorf("%s is of register %s, and the folder holds %s", file, t.Register, register)
	}
	return t, nil
}

func (v *verifying) ledger(ctx context.Context, genesis ledger.Genesis, trust receipt.Trust) (*embedded.Checked, error) {
	open := func(signed []byte) (merkle.Checkpoint, error) {
		s, err := trust.Signatures(signed)
		return s.Checkpoint, err
	}
	checked, err := embedded.Check(ctx, embedded.CheckConfig{
		Dir: v.path(ledgerDir), Temp: v.temp, Genesis: genesis, Contracts: Contracts(), Open: open,
		Report: v.wrong, Note: v.Note, Progress: v.progress("checking the ledger"), Log: v.Node.Config.Log,
	})
	if err != nil {
		return nil, v.openable("ledger", err)
	}
	if v.Checkpoint == "" {
		return checked, nil
	}
	raw, err := os.ReadFile(v.Checkpoint)
	if err != nil {
		return nil, errors.Join(err, checked.Close())
	}
	kept, err := open(raw)
	if err != nil {
		v.wrong(v.Checkpoint, err.Error())
	} else if what := checked.Against(kept); what != "" {
		v.wrong(v.Checkpoint, what)
	}
	return checked, nil
}

// store checks every payload.
func (v *verifying) store(ctx context.Context) error {
	var err error
	if v.Store, err = store.OpenToRead(v.path(payloadDir), slog.New(slog.DiscardHandler)); err != nil {
		return v.openable("payloads", err)
	}
	v.closers = append(v.closers, v.Store.Close)
	database, err := v.Store.Check(ctx, func(f store.Found) {
		id := f.CID.String()
		if f.Wrong != nil {
			v.wrong("payload "+id, f.Wrong.Error())
		}
		if f.Erased {
			v.done.Erased++
		} else {
			v.done.Payloads++
		}
		v.payloads[id] = !f.Erased && f.Wrong == nil
	}, func(done, total int) { v.Node.Config.Progress("checking payloads", done, total) })
	if database != nil {
		v.wrong("payloads/blocks", database.Error())
	}
	return v.openable("payloads", err)
}

// openable reports a store that is missing or broken, and answers what keeps the check
// from going on.
func (v *verifying) openable(where string, err error) error {
	var e *ledger.Error
	switch {
	case err == nil:
		return nil
	case InUse(err):
		return fmt.Errorf("stop the node that runs on %s first: %w", v.Node.Config.Data, err)
	case errors.Is(err, fs.ErrNotExist):
		v.wrong(where, "it is missing: "+err.Error())
	case errors.As(err, &e) && e.Code == ledger.Internal:
		v.wrong(where, err.Error())
	default:
		return err
	}
	return nil
}

// named looks for every payload that an entry names.
func (v *verifying) named(ctx context.Context, l *embedded.Checked) error {
	missing := map[string]bool{}
	for e, err := range l.Entries(ctx, 0) {
		if err != nil {
			return err
		}
		where := fmt.Sprintf("ledger, block %d, entry %d", e.Block, e.Index)
		for _, p := range api.PayloadsOf(e) {
			c, err := content.Parse(p.CID)
			if err != nil {
				continue // the contract took it for something else
			}
			if _, known := v.payloads[c.String()]; !known && !missing[c.String()] {
				missing[c.String()] = true
				v.wrong("payload "+c.String(), "it is missing; it is named by "+where)
			}
		}
		erased, err := erasedBy(e)
		if err != nil {
			v.wrong(where, err.Error())
		}
		for _, c := range erased {
			if there, known := v.payloads[c.String()]; there || !known {
				v.wrong("payload "+c.String(), "it was erased by "+where+", and there is no tombstone; the next start erases it")
			}
		}
	}
	return nil
}

// model is a read model's contents.
type model interface {
	Tables() error
	All() iter.Seq2[[]byte, []byte]
	Err() error
	Close() error
}

// models builds the read models anew as far as those of the folder go, and compares.
func (v *verifying) models(ctx context.Context, l *embedded.Checked) error {
	register := l.Genesis().Register()
	indexed, err := index.OpenContents(v.path(indexDir), v.Node.Config.Log)
	if err := v.openable("index", err); err != nil {
		return err
	}
	if indexed != nil {
		defer indexed.Close() // it was read only
	}
	listed, err := catalog.OpenContents(v.path(catalogDir))
	if err := v.openable("catalog", err); err != nil {
		return err
	}
	if listed != nil {
		defer listed.Close() // as above
	}
	traded, err := deals.OpenContents(v.path(dealsDir))
	if err := v.openable("deals", err); err != nil {
		return err
	}
	if traded != nil {
		defer traded.Close() // as above
	}
	var heights [3]uint64
	if indexed != nil {
		heights[0] = v.height("index", indexed.Height, l)
		if indexed.Stale != "" {
			v.Note("the index is built anew at the next start: " + indexed.Stale)
			heights[0] = 0
		} else if indexed.Height > 0 && indexed.Register != register {
			v.wrong("index", "it is of another register")
		}
	}
	if listed != nil {
		heights[1] = v.height("catalog", listed.Height, l)
		if listed.Height > 0 && listed.Register != register {
			v.wrong("catalog", "it is of another register")
		}
	}
	if traded != nil {
		heights[2] = v.height("deals", traded.Height, l)
		if traded.Height > 0 && traded.Register != register {
			v.wrong("deals", "it is of another register")
		}
	}
	at := [3]string{filepath.Join(v.temp, indexDir), filepath.Join(v.temp, catalogDir), filepath.Join(v.temp, dealsDir)}
	if err := v.modelsIn(ctx, at, [3]ledger.Reader{upTo{l, heights[0]}, upTo{l, heights[1]}, upTo{l, heights[2]}}); err != nil {
		return err
	}
	if heights[0] > 0 {
		want, err := index.OpenContents(at[0], v.Node.Config.Log)
		if err != nil {
			return err
		}
		v.compare("index", indexed, want, func(key []byte, d disk.Difference) bool { return d == disk.Extra && v.ofErased(ctx, l, key) })
	}
	if heights[1] > 0 {
		want, err := catalog.OpenContents(at[1])
		if err != nil {
			return err
		}
		v.compare("catalog", listed, want, func([]byte, disk.Difference) bool { return false })
	}
	if heights[2] > 0 {
		want, err := deals.OpenContents(at[2])
		if err != nil {
			return err
		}
		v.compare("deals", traded, want, func([]byte, disk.Difference) bool { return false })
	}
	return nil
}

// height is up to where a read model is compared.
func (v *verifying) height(name string, has uint64, l *embedded.Checked) uint64 {
	switch size := l.Size(); {
	case has > size && l.Whole:
		v.wrong(name, fmt.Sprintf("it is of %d entries, and the ledger has %d", has, size))
	case has > size:
		v.Note(fmt.Sprintf("the %s is not compared, since a block is broken", name))
	case has < size:
		v.Note(fmt.Sprintf("the %s has %d of %d entries; the next start goes on", name, has, size))
		return has
	default:
		return has
	}
	return 0
}

// ofErased reports whether a key of the index comes from a profile that cannot be read
// any more.
func (v *verifying) ofErased(ctx context.Context, l *embedded.Checked, key []byte) bool {
	index, ok := index.GrantOf(key)
	if !ok {
		return false
	}
	e, err := l.Entry(ctx, index)
	return err == nil && slices.ContainsFunc(api.PayloadsOf(e), func(p peer.Payload) bool { return !v.payloads[p.CID] })
}

// compare reports by what a model differs from one that was made anew, but for what is
// excused.
func (v *verifying) compare(name string, have, want model, excused func([]byte, disk.Difference) bool) {
	if err := have.Tables(); err != nil {
		v.wrong(name, err.Error())
	}
	disk.Differences(have.All(), want.All(), func(key []byte, d disk.Difference) {
		if excused(key, d) {
			return
		}
		v.wrong(name, fmt.Sprintf("key %q %s; sogoc rebuild makes it anew", key, d))
	})
	if err := errors.Join(have.Err(), want.Err()); err != nil {
		v.wrong(name, err.Error())
	}
	want.Close() // it was read only
}

// accounts checks what can be checked without the master key.
func (v *verifying) accounts() error {
	wrong, err := vault.CheckFiles(v.path(accountDir))
	if wrong != nil {
		v.wrong("accounts", wrong.Error())
	}
	return v.openable("accounts", err)
}

// upTo is a ledger that ends at a size.
type upTo struct {
	*embedded.Checked
	size uint64
}

// Size implements ledger.Reader.
func (u upTo) Size() uint64 { return u.size }

// Wait implements ledger.Reader.
func (u upTo) Wait(ctx context.Context, size uint64) error {
	if size <= u.size {
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}

// Entries implements ledger.Reader.
func (u upTo) Entries(ctx context.Context, index uint64) iter.Seq2[*ledger.Entry, error] {
	return func(yield func(*ledger.Entry, error) bool) {
		if index >= u.size {
			return
		}
		for e, err := range u.Checked.Entries(ctx, index) {
			if !yield(e, err) || err != nil || e.Index+1 == u.size {
				return
			}
		}
	}
}
