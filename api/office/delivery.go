package office

import (
	"context"
	"io"
	"slices"
	"sync"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/seal"
)

// Receive asks for a version under an agreement. Files are given by their keys, wrapped
// to a key that is made for this transfer alone and stays at this node.
func (o *Office) Receive(ctx context.Context, by *account.Identity, d market.Deal, version int) error {
	r := market.TransferRequest{Transfer: ledger.NewID(), Agreement: d.ID, Version: version}
	if d.Kind == market.Files {
		key, err := crypto.GenerateKey()
		if err != nil {
			return err
		}
		if err := o.Accounts.KeepDeliveryKey(ctx, by.Org, r.Transfer, crypto.FromECDSA(key)); err != nil {
			return err
		}
		r.Key = crypto.CompressPubkey(&key.PublicKey)
	}
	return o.Say(ctx, by, market.ActionTransfer, r)
}

// HandOver gives the keys of a version's files to whom a transfer is for.
func (o *Office) HandOver(ctx context.Context, by *account.Identity, t market.Transfer) error {
	files, err := o.filesOf(ctx, t)
	if err != nil {
		return err
	}
	to, err := seal.ParsePublicKey(t.Key)
	if err != nil {
		return err
	}
	start := market.TransferStart{Transfer: t.ID}
	for _, f := range files {
		if slices.ContainsFunc(start.Keys, func(k market.WrappedKey) bool { return k.Key == f.Sealed.Key }) {
			continue
		}
		key, err := o.Accounts.FileKey(ctx, t.Provider, f.CID)
		if err != nil {
			return err
		}
		wrapped, err := seal.Wrap(key, to, t.Context())
		if err != nil {
			return err
		}
		start.Keys = append(start.Keys, market.WrappedKey{Key: f.Sealed.Key, Wrapped: wrapped})
	}
	return o.Say(ctx, by, market.ActionStart, start)
}

// filesOf are the files of the version that a transfer is about.
func (o *Office) filesOf(ctx context.Context, t market.Transfer) ([]market.File, error) {
	v, err := o.Catalog.Version(ctx, t.Dataset, t.Version)
	return v.Files, err
}

// Delivered is a file that was handed over, and how it opens.
type Delivered struct {
	market.File
	key        seal.Key
	ciphertext io.ReadSeekCloser
	spoilt     error // of a chunk that was read and is another than was committed to
}

// Close lets go of the ciphertext.
func (d *Delivered) Close() error { return d.ciphertext.Close() }

// Open reads the plaintext anywhere; every chunk is checked before a byte of it is read.
func (d *Delivered) Open() (io.ReadSeeker, error) {
	r, err := seal.Open(&atReader{r: d.ciphertext}, d.key, d.Committed())
	return &minded{r, d}, d.mind(err)
}

// Spoilt reports whether something that was read is not as it was committed to.
func (d *Delivered) Spoilt() bool { return d.spoilt != nil }

func (d *Delivered) mind(err error) error {
	if ledger.CodeOf(err) == ledger.Invalid {
		d.spoilt = err
	}
	return err
}

// minded remembers what was found wrong in reading.
type minded struct {
	io.ReadSeeker
	of *Delivered
}

func (m *minded) Read(b []byte) (int, error) {
	n, err := m.ReadSeeker.Read(b)
	return n, m.of.mind(err)
}

// Delivered is a file of a transfer for its consumer, while its agreement is in force.
func (o *Office) Delivered(ctx context.Context, t market.Transfer, cid string) (*Delivered, error) {
	files, err := o.filesOf(ctx, t)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(files, func(f market.File) bool { return f.CID == cid })
	if at < 0 {
		return nil, ledger.Errorf(ledger.NotFound, "there is no such file in this version")
	}
	d := &Delivered{File: files[at]}
	if d.key, err = o.unwrapped(ctx, t, d.File); err != nil {
		return nil, err
	}
	d.ciphertext, err = o.ciphertext(ctx, cid)
	return d, err
}

// Ciphertext is a file of a transfer as the release names it, with the file's name.
func (o *Office) Ciphertext(ctx context.Context, t market.Transfer, cid string) (io.ReadSeekCloser, string, error) {
	files, err := o.filesOf(ctx, t)
	if err != nil {
		return nil, "", err
	}
	for _, f := range files {
		if f.CID == cid {
			r, err := o.ciphertext(ctx, cid)
			return r, f.Name, err
		}
	}
	return nil, "", ledger.Errorf(ledger.NotFound, "there is no such file in this version")
}

func (o *Office) ciphertext(ctx context.Context, cid string) (io.ReadSeekCloser, error) {
	id, err := content.Parse(cid)
	if err != nil {
		return nil, err
	}
	r, _, err := o.Payloads.Open(ctx, id)
	return r, err
}

// unwrapped is the key of a file as the provider gave it, or Conflict where it gave
// another, or none.
func (o *Office) unwrapped(ctx context.Context, t market.Transfer, f market.File) (key seal.Key, err error) {
	wrapped, ok := t.Wrapped(f.Sealed.Key)
	if !ok {
		return key, ledger.Errorf(ledger.Conflict, "no key was given for this file")
	}
	b, err := o.Accounts.DeliveryKey(ctx, t.Consumer, t.ID)
	if err != nil {
		return key, err
	}
	own, err := crypto.ToECDSA(b)
	if err != nil {
		return key, err
	}
	if key, err = seal.Unwrap(wrapped, own, t.Context()); err == nil {
		err = f.Committed().CheckKey(key)
	}
	if err != nil {
		err = ledger.Wrap(err, ledger.Conflict, "the key that was given does not open this file")
	}
	return key, err
}

// Object reads all that a transfer handed over, and records in a member's name the
// proof of what is not as the provider committed to. Where nothing is wrong it is
// Conflict.
func (o *Office) Object(ctx context.Context, by *account.Identity, t market.Transfer) error {
	files, err := o.filesOf(ctx, t)
	if err != nil {
		return err
	}
	for _, f := range files {
		objection := market.Objection{Transfer: t.ID, File: f.CID}
		wrong, err := o.examine(ctx, t, f, &objection)
		if err != nil {
			return err
		}
		if wrong {
			return o.Say(ctx, by, market.ActionObject, objection)
		}
	}
	return ledger.Errorf(ledger.Conflict, "everything was read, and is what was promised to the last byte")
}

// Sound reports whether a file of a transfer is what its provider committed to, for its
// consumer. It is read to its end once, unless it has more bytes than most and nobody
// read it yet; what is not known is taken for sound.
func (o *Office) Sound(ctx context.Context, t market.Transfer, f market.File, most int64) (sound bool, err error) {
	sound, known, err := o.Accounts.Sound(ctx, t.Consumer, t.ID, f.CID)
	if err != nil || known || f.Bytes > most {
		return sound || !known, err
	}
	wrong, err := o.examine(ctx, t, f, &market.Objection{})
	if err == nil {
		return !wrong, o.Accounts.KeepSound(ctx, t.Consumer, t.ID, f.CID, !wrong)
	}
	switch ledger.CodeOf(err) {
	case ledger.NotFound, ledger.Unavailable: // it is not at this node, or not yet
		return true, nil
	case ledger.Invalid: // it is another, though no chunk of it proves that
		return false, o.Accounts.KeepSound(ctx, t.Consumer, t.ID, f.CID, false)
	}
	return false, err
}

// examine reads a file to its end. Of one that is not as it was committed to it makes
// the evidence.
func (o *Office) examine(ctx context.Context, t market.Transfer, f market.File, into *market.Objection) (wrong bool, err error) {
	committed := f.Committed()
	wrapped, given := t.Wrapped(f.Sealed.Key)
	if committed.Validate() != nil || !given {
		return true, nil // the contract sees that by itself
	}
	key, err := o.unwrapped(ctx, t, f)
	if ledger.CodeOf(err) == ledger.Conflict {
		b, err := o.Accounts.DeliveryKey(ctx, t.Consumer, t.ID)
		if err != nil {
			return false, err
		}
		own, err := crypto.ToECDSA(b)
		if err != nil {
			return false, err
		}
		into.BadKey, err = seal.ProveBadKey(wrapped, own, t.Context(), committed)
		return err == nil, err
	}
	if err != nil {
		return false, err
	}
	r, err := o.ciphertext(ctx, f.CID)
	if err != nil {
		return false, err
	}
	defer r.Close()
	evidence, err := seal.ProveBadChunk(r, key, committed)
	if ledger.CodeOf(err) == ledger.NotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	into.BadChunk, err = evidence.MarshalBinary()
	return err == nil, err
}

// atReader reads anywhere from what is read from one place at a time.
type atReader struct {
	mu sync.Mutex
	r  io.ReadSeeker
}

func (a *atReader) ReadAt(b []byte, off int64) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, err := a.r.Seek(off, io.SeekStart); err != nil {
		return 0, err
	}
	n, err := io.ReadFull(a.r, b)
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	return n, err
}
