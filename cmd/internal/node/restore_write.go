package node

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/backup"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/ledger/content/store"
	"github.com/sogoc/sogoc/ledger/embedded"
)

// write makes the folder, but for what is derived.
func (r *restoring) write(ctx context.Context, dir string) (err error) {
	payloads, err := store.Open(store.Config{Dir: filepath.Join(dir, payloadDir), MaxSize: maxPayload, Log: r.Log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, payloads.Close()) }()
	var sizes []uint64
	for _, t := range r.trailers {
		sizes = append(sizes, t.To.Size)
	}
	blocks, err := embedded.NewImport(filepath.Join(dir, ledgerDir), r.Register, sizes, r.Log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, blocks.Close()) }()
	for c, t := range r.erased { // before any payload: what was erased never comes
		if err := payloads.Erase(ctx, c, t.Reason, t.At); err != nil {
			return err
		}
	}
	for i, name := range r.From {
		if err := r.writeFrom(ctx, dir, name, i == len(r.From)-1, payloads, blocks); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := r.checkRoots(blocks); err != nil {
		return err
	}
	if err := blocks.Finish(r.signed); err != nil {
		return err
	}
	r.Format, r.At = restoredFormat, ledger.TimeOf(time.Now())
	mark, err := json.MarshalIndent(r.Restored, "", "  ")
	if err != nil {
		return err
	}
	return errors.Join(
		writeFile(filepath.Join(dir, genesisFile), r.Register.Encode(), 0o644),
		writeFile(filepath.Join(dir, trustFile), r.trust.Encode(), 0o644),
		writeFile(filepath.Join(dir, restoredFile), append(mark, '\n'), 0o644),
	)
}

// checkRoots compares the tree with every checkpoint that is known of it.
func (r *restoring) checkRoots(blocks *embedded.Import) error {
	for _, t := range r.trailers {
		c, err := r.opened(t.Checkpoint)
		if err != nil {
			return err
		}
		if root, ok := blocks.Root(c.Size); c.Size > 0 && (!ok || root != c.Root) {
			return ledger.Errorf(ledger.Invalid, "the first %d entries are not those that a checkpoint was signed for", c.Size)
		}
	}
	return nil
}

const (
	manyAtOnce = 32      // small payloads that are stored together
	small      = 1 << 20 // bytes of one
)

// writeFrom brings back what a backup holds; of the accounts and files, the last one's.
func (r *restoring) writeFrom(ctx context.Context, dir, name string, last bool, payloads *store.Store, blocks *embedded.Import) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	in, err := backup.NewReader(f)
	if err != nil {
		return err
	}
	adopting, ctx := errgroup.WithContext(ctx)
	adopting.SetLimit(manyAtOnce)
	err = r.eachRecord(ctx, in, func(item any) error {
		switch item := item.(type) {
		case backup.File:
			return restoreFile(dir, item)
		case *backup.Copy:
			return r.restoreCopy(dir, item)
		case *backup.Payload:
			return r.adopt(ctx, adopting, payloads, item)
		case backup.Block:
			_, err := blocks.Add(item)
			return err
		}
		return nil
	}, func(next func() (vault.Record, bool, error)) error {
		if !last {
			return nil
		}
		return vault.Restore(filepath.Join(dir, accountDir), next)
	})
	return errors.Join(err, adopting.Wait())
}

// eachRecord gives the run of accounts to one function and everything else to another.
func (r *restoring) eachRecord(ctx context.Context, in *backup.Reader, each func(any) error, accounts func(next func() (vault.Record, bool, error)) error) error {
	done := 0
	item, err := in.Next()
	for ; err == nil; item, err = in.Next() {
		done++
		r.Progress("restoring", done, -1)
		if first, ok := item.(backup.Account); ok {
			var after any
			a, more := first, true
			err := accounts(func() (vault.Record, bool, error) {
				if !more {
					return vault.Record{}, false, nil
				}
				now := vault.Record{Key: a.Key, Value: a.Value, Ends: a.Ends}
				next, err := in.Next()
				if err != nil && !errors.Is(err, io.EOF) {
					return now, false, err
				}
				if a, more = next.(backup.Account); !more {
					after = next
				}
				return now, true, nil
			})
			if err != nil {
				return err
			}
			if item = after; item == nil {
				continue
			}
		}
		if err := errors.Join(ctx.Err(), each(item)); err != nil {
			return err
		}
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// adopt stores a payload unless it was erased, small ones together.
func (r *restoring) adopt(ctx context.Context, group *errgroup.Group, payloads *store.Store, p *backup.Payload) error {
	c, err := content.Parse(p.CID)
	if err != nil {
		return err
	}
	if _, ok := r.erased[c]; ok {
		r.Erased++
		return nil
	}
	key := (*content.Key)(p.Key)
	if p.Size > small {
		return payloads.Adopt(ctx, c, p, key)
	}
	b, err := io.ReadAll(p)
	if err != nil {
		return err
	}
	group.Go(func() error { return payloads.Adopt(ctx, c, bytes.NewReader(b), key) })
	return nil
}

// restoreFile writes one of the files that a backup may hold.
func restoreFile(dir string, f backup.File) error {
	name := filepath.FromSlash(f.Name)
	if !filepath.IsLocal(name) || !slices.Contains([]string{".", keyDir, acmeDir}, filepath.Dir(name)) {
		return ledger.Errorf(ledger.Invalid, "it holds a file named %q", f.Name)
	}
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return writeFile(path, f.Bytes, 0o600)
}

// build makes the state and the read models of the new folder. Nothing is signed.
func (r *restoring) build(ctx context.Context, c Config) (err error) {
	c, err = c.withDefaults()
	if err != nil {
		return err
	}
	n := &Node{Config: c}
	n.keys.signer = noSigner{r.Register.Origin}
	f, err := n.openStopped(r.Register)
	if err != nil {
		return err
	}
	return errors.Join(f.buildModels(ctx), f.Close())
}
