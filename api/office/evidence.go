package office

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"strings"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/uploads"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/market"
)

// Limits of what is brought forward with one message; the form says them.
const (
	MaxEvidence      = 20 << 20 // bytes of all files
	MaxEvidenceFiles = 5
)

// Dispute records that a bill is disputed, or the answer to that, with files where there
// are any: one sealed ZIP, whose name the message says. Files that no message names in
// the end are destroyed; a message that waits for a signature keeps them.
func (o *Office) Dispute(ctx context.Context, by *account.Identity, note market.MoneyNote, files []*multipart.FileHeader) error {
	if len(files) == 0 {
		return o.Say(ctx, by, market.ActionDispute, note)
	}
	list, err := evidenceIn(files)
	if err != nil {
		return err
	}
	id, err := o.sealEvidence(ctx, files)
	if err != nil {
		return err
	}
	note.Evidence = id.String()
	if err = o.Accounts.KeepEvidence(ctx, by.Org, note.Agreement, note.Evidence, list); err == nil {
		err = o.Say(ctx, by, market.ActionDispute, note)
	}
	var unsigned *Unsigned
	if err == nil || errors.As(err, &unsigned) || ledger.CodeOf(err) == ledger.Internal || ledger.CodeOf(err) == ledger.Unavailable {
		return err // what went wrong on the way may have been recorded
	}
	return errors.Join(err, o.Payloads.Erase(ctx, id, "withdrawn", ledger.TimeOf(time.Now())), o.Accounts.DropEvidence(ctx, by.Org, note.Agreement, note.Evidence))
}

// evidenceIn are files as they are listed, or why they are not taken.
func evidenceIn(files []*multipart.FileHeader) (list []account.EvidenceFile, err error) {
	if len(files) > MaxEvidenceFiles {
		return nil, ledger.FieldErrorf(ledger.TooLarge, "papers", "has more than %d files", MaxEvidenceFiles)
	}
	var sum int64
	for _, f := range files {
		switch sum += f.Size; {
		case sum > MaxEvidence:
			return nil, ledger.FieldErrorf(ledger.TooLarge, "papers", "has more than %d bytes", MaxEvidence)
		case f.Size == 0:
			return nil, ledger.FieldErrorf(ledger.Invalid, "papers", "%q is empty", f.Filename)
		case len(f.Filename) > uploads.MaxName:
			return nil, ledger.FieldErrorf(ledger.Invalid, "papers", "a name has more than %d bytes", uploads.MaxName)
		}
		list = append(list, account.EvidenceFile{Name: f.Filename, Bytes: f.Size})
	}
	return list, nil
}

// sealEvidence stores files as one sealed ZIP, as they come.
func (o *Office) sealEvidence(ctx context.Context, files []*multipart.FileHeader) (id cid.Cid, err error) {
	r, w := io.Pipe()
	packed := make(chan struct{})
	go func() {
		defer close(packed)
		w.CloseWithError(pack(w, files))
	}()
	ref, err := o.Payloads.Put(ctx, r, content.Options{Sealed: true})
	r.Close()
	<-packed
	return ref.CID, err
}

// EvidenceName is what a file is called in an archive, counted from 0. It begins with its
// number, so that it is no other's, and does not lead out of the folder that it is
// unpacked to.
func EvidenceName(n int, name string) string {
	return fmt.Sprintf("%d-%s", n+1, strings.NewReplacer("/", "_", `\`, "_").Replace(name))
}

// pack writes files as a ZIP.
func pack(w io.Writer, files []*multipart.FileHeader) error {
	z := zip.NewWriter(w)
	for i, head := range files {
		to, err := z.CreateHeader(&zip.FileHeader{Name: EvidenceName(i, head.Filename), Method: zip.Store})
		if err != nil {
			return err
		}
		from, err := head.Open()
		if err != nil {
			return err
		}
		_, err = io.Copy(to, from)
		if err = errors.Join(err, from.Close()); err != nil {
			return err
		}
	}
	return z.Close()
}

// EvidenceFile opens one of the files of an evidence, counted from 0.
func (o *Office) EvidenceFile(ctx context.Context, id cid.Cid, n int) (io.ReadCloser, error) {
	r, size, err := o.Payloads.Open(ctx, id)
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(readerAt{r}, size)
	if err == nil && n >= len(z.File) {
		err = ledger.Errorf(ledger.Internal, "the evidence has fewer files than were put into it")
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	f, err := z.File[n].Open()
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return opened{f, r}, nil
}

// readerAt reads a payload at any place, for one reader at a time.
type readerAt struct{ io.ReadSeeker }

func (r readerAt) ReadAt(b []byte, offset int64) (int, error) {
	if _, err := r.Seek(offset, io.SeekStart); err != nil {
		return 0, err
	}
	n, err := io.ReadFull(r, b)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n, err
}

// opened is a file of an archive, which is closed with it.
type opened struct {
	io.ReadCloser
	archive io.Closer
}

func (o opened) Close() error { return errors.Join(o.ReadCloser.Close(), o.archive.Close()) }
