package node

import (
	"bufio"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/backup"
	"github.com/sogoc/sogoc/ledger/content/store"
	"github.com/sogoc/sogoc/ledger/embedded"
	"github.com/sogoc/sogoc/ledger/order"
)

// BackupOptions say what a backup holds.
type BackupOptions struct {
	Since *backup.Position // only what came after; nil for everything
	// Keys takes the node's own keys, tokens and certificates along. Whoever has the backup can then
	// sign in the node's name.
	Keys bool
}

// backedUp are the stores that are backed up, of a node that runs or is stopped.
type backedUp struct {
	dir      string
	version  string
	trust    []byte
	ledger   *embedded.Ledger
	store    *store.Store
	accounts func(began func(), f func(vault.Record) error) error
	// erase returns when the erasures of the first entries are done.
	erase    func(ctx context.Context, size uint64) error
	progress func(what string, done, total int)
}

// Backup writes a backup of the running node. It holds no keys of the node.
func (n *Node) Backup(ctx context.Context, w io.Writer, since *backup.Position) (backup.Trailer, error) {
	l, ok := n.Ledger.(*embedded.Ledger)
	if !ok {
		return backup.Trailer{}, ledger.Errorf(ledger.NotFound, "a node on Fabric is not backed up this way: the other organisations hold the same blocks")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(n.ctx, cancel)()
	trust, err := n.Trust.Succeed(l.Genesis().Recovery, l.Rotations()...)
	if err != nil {
		return backup.Trailer{}, err
	}
	b := backedUp{
		dir: n.Config.Data, version: n.Config.Version, trust: trust.Encode(), ledger: l, store: n.Store, accounts: n.Accounts.Records,
		erase: n.erasedTo, progress: func(string, int, int) {},
	}
	return b.write(ctx, w, BackupOptions{Since: since})
}

// backUp is Backup for the interface.
func (n *Node) backUp(ctx context.Context, w io.Writer, since *backup.Position) error {
	_, err := n.Backup(ctx, w, since)
	return err
}

// erasedTo waits until the payloads are destroyed whose erasure is among the first
// entries.
func (n *Node) erasedTo(ctx context.Context, size uint64) error {
	for n.erased.Load() < size {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// BackupStopped writes a backup of a data folder on which no node runs. It needs no
// master key. Its error wraps embedded.ErrInUse when a node runs.
func BackupStopped(ctx context.Context, c Config, w io.Writer, o BackupOptions) (_ backup.Trailer, err error) {
	f, err := openFolder(c)
	if err != nil {
		return backup.Trailer{}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	b := backedUp{
		dir: f.Config.Data, version: f.Config.Version, ledger: f.embedded, store: f.Store, progress: f.Config.Progress, erase: f.eraseNamed,
		accounts: func(began func(), each func(vault.Record) error) error {
			began()
			err := vault.RecordsIn(f.path(accountDir), each)
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		},
	}
	if b.trust, err = os.ReadFile(f.path(trustFile)); err != nil {
		return backup.Trailer{}, err
	}
	return b.write(ctx, w, o)
}

// write takes its moments in this order: the ledger's end and with it the accounts,
// then the payloads, which are stored before a record names them.
func (b backedUp) write(ctx context.Context, out io.Writer, o BackupOptions) (t backup.Trailer, err error) {
	genesis := b.ledger.Genesis()
	from := backup.Position{Hash: genesis.Register()}
	if o.Since != nil {
		from = *o.Since
	}
	accounts, size, err := b.accountsNow()
	if err != nil {
		return t, err
	}
	defer accounts.Close()
	checkpoint, err := b.ledger.CheckpointOf(ctx, size)
	if err != nil {
		return t, err
	}
	if err := b.erase(ctx, size); err != nil {
		return t, err
	}
	payloads, err := b.store.Snapshot()
	if err != nil {
		return t, err
	}
	defer payloads.Close()
	if o.Since != nil && from.Store != payloads.Name() {
		return t, ledger.Errorf(ledger.Conflict, "the base was made of another payload store, maybe before this node was restored; make a full backup first")
	}
	looked := ledger.TimeOf(time.Now())
	w, err := backup.NewWriter(out, backup.Header{
		Genesis: genesis.Encode(), Trust: b.trust, Since: o.Since, Made: looked, Version: b.version, WithKeys: o.Keys,
	})
	if err != nil {
		return t, err
	}
	if err := b.files(w, o.Keys); err != nil {
		return t, err
	}
	if err := accounts.each(w.Account); err != nil {
		return t, err
	}
	if err := b.copies(ctx, w, from.Looked); err != nil {
		return t, err
	}
	done := 0
	err = payloads.Since(ctx, from.At, func(k store.Kept) error {
		done++
		b.progress("backing up payloads", done, -1)
		if k.Bytes == nil {
			return w.Tombstone(backup.Tombstone{CID: k.CID.String(), At: k.Erased, Reason: k.Reason})
		}
		return w.Payload(k.CID.String(), k.Size, (*[32]byte)(k.Key), k.Bytes)
	})
	if err != nil {
		return t, err
	}
	to := backup.Position{Blocks: from.Blocks, Size: from.Size, Hash: from.Hash, Store: payloads.Name(), At: payloads.At(), Looked: looked}
	for block, err := range b.ledger.Stored(ctx, order.Position{Blocks: from.Blocks, Size: from.Size, Hash: from.Hash}, size) {
		if err != nil {
			return t, err
		}
		if err := w.Block(block.Bytes); err != nil {
			return t, err
		}
		to.Blocks, to.Size, to.Hash = block.Number+1, block.Next(), block.Hash
		b.progress("backing up the ledger", int(to.Size-from.Size), int(size-from.Size))
	}
	if to.Size != size {
		return t, ledger.Errorf(ledger.Conflict, "the base goes to entry %d, and the register has %d", from.Size, size)
	}
	return w.Close(to, checkpoint)
}

// InUse reports whether an error says that a node runs on the folder.
func InUse(err error) bool {
	return errors.Is(err, embedded.ErrInUse) || errors.Is(err, vault.ErrInUse)
}

// own are the files of the data folder that are nowhere else and hold no secret.
var own = []string{demoFile, usedPeersFile}

// files writes the files of the data folder.
func (b backedUp) files(w *backup.Writer, keys bool) error {
	names := own
	if keys {
		names = append(names[:len(names):len(names)], tokensFile)
		checkpoint, err := filepath.Glob(filepath.Join(b.dir, keyDir, "checkpoint*")) // also of those before and after
		if err != nil {
			return err
		}
		for _, key := range append(checkpoint, operatorFile) {
			names = append(names, filepath.ToSlash(filepath.Join(keyDir, filepath.Base(key))))
		}
		certificates, err := filepath.Glob(filepath.Join(b.dir, acmeDir, "*")) // with their keys
		if err != nil {
			return err
		}
		for _, c := range certificates {
			names = append(names, filepath.ToSlash(filepath.Join(acmeDir, filepath.Base(c))))
		}
	}
	for _, name := range names {
		raw, err := os.ReadFile(filepath.Join(b.dir, filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = w.File(backup.File{Name: name, Bytes: raw})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// spool holds the account store's records on disk, as they are stored, so that whoever
// fetches a backup slowly holds nobody up.
type spool struct{ f *os.File }

// Close removes it.
func (s spool) Close() error { return errors.Join(s.f.Close(), os.Remove(s.f.Name())) }

var errMoved = errors.New("the ledger went on while the accounts were looked at")

// maxMoves bounds how often the accounts' moment is tried to be the ledger's, too.
const maxMoves = 10_000

// accountsNow takes the account store and the size that the ledger had just then: each
// key that is enrolled by then is there, and none was retired by a later record.
func (b backedUp) accountsNow() (s spool, size uint64, err error) {
	if s.f, err = os.CreateTemp(b.dir, ".accounts-*"); err != nil {
		return s, 0, err
	}
	defer func() {
		if err != nil {
			s.Close() // the error above is the one to report
		}
	}()
	for range maxMoves {
		out := bufio.NewWriter(s.f)
		enc := gob.NewEncoder(out)
		size = b.ledger.Size()
		moved := false
		err = b.accounts(func() { moved = b.ledger.Size() != size }, func(r vault.Record) error {
			if moved {
				return errMoved
			}
			return enc.Encode(r)
		})
		if errors.Is(err, errMoved) {
			continue
		}
		if err == nil {
			err = out.Flush()
		}
		if err == nil {
			_, err = s.f.Seek(0, io.SeekStart)
		}
		return s, size, err
	}
	return s, 0, ledger.Errorf(ledger.Unavailable, "the register is too busy for a backup just now; try again")
}

func (s spool) each(f func(backup.Account) error) error {
	dec := gob.NewDecoder(bufio.NewReader(s.f))
	for {
		var r vault.Record
		err := dec.Decode(&r)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := f(backup.Account{Key: r.Key, Value: r.Value, Ends: r.Ends}); err != nil {
			return err
		}
	}
}

// folder is the data folder of a node on an embedded ledger that does not run.
type folder struct {
	*Node
	embedded *embedded.Ledger
}

// openFolder opens what the node's records are in, with its checkpoint key and without
// the master key.
func openFolder(c Config) (_ *folder, err error) {
	if c, err = c.withDefaults(); err != nil {
		return nil, err
	}
	f := &Node{Config: c}
	genesis, err := f.onlyGenesis()
	if err != nil {
		return nil, err
	}
	if f.keys, err = loadKeys(f.path(keyDir)); err != nil {
		return nil, err
	}
	opened, err := f.openStopped(genesis)
	if err != nil {
		return nil, err
	}
	if err := opened.settleKeys(); err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	return opened, nil
}

// openStopped opens the ledger and the payloads, with the keys that were read.
func (n *Node) openStopped(genesis ledger.Genesis) (_ *folder, err error) {
	f := &folder{Node: n}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	if err := f.openLedger(genesis); err != nil {
		return nil, err
	}
	f.closers = append(f.closers, f.Ledger.Close)
	f.embedded = f.Ledger.(*embedded.Ledger)
	if f.Store, err = store.Open(store.Config{Dir: f.path(payloadDir), MaxSize: maxPayload, Log: f.Config.Log}); err != nil {
		return nil, err
	}
	f.closers = append(f.closers, f.Store.Close)
	return f, nil
}

// onlyGenesis reads the genesis of a data folder, which must hold an embedded ledger.
func (n *Node) onlyGenesis() (ledger.Genesis, error) {
	raw, err := os.ReadFile(n.path(genesisFile))
	if err != nil {
		return ledger.Genesis{}, fmt.Errorf("--data: %s holds no register: %w", n.Config.Data, err)
	}
	g, err := ledger.ParseGenesis(raw)
	if err != nil {
		return g, fmt.Errorf("%s: %w", n.path(genesisFile), err)
	}
	return g, n.sameRegister(raw)
}

// eraseNamed destroys the payloads whose erasure is among the first entries.
func (f *folder) eraseNamed(ctx context.Context, size uint64) error {
	for e, err := range f.Ledger.Entries(ctx, 0) {
		if err != nil {
			return err
		}
		if e.Index >= size {
			return nil
		}
		erased, err := erasedBy(e)
		if err != nil {
			return err
		}
		for _, c := range erased {
			if err := f.Store.Erase(ctx, c, erasedReason, e.Time); err != nil {
				return err
			}
		}
	}
	return nil
}
