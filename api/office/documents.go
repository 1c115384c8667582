package office

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
)

// documentTypes are what may be attached to an application, by what their bytes say.
var documentTypes = []string{"application/pdf", "image/jpeg", "image/png", "image/webp"}

// Keep seals and stores a document that comes with an application, on its way; what
// it is its first bytes say, not its name. It is attached afterwards, or discarded.
func (o *Office) Keep(ctx context.Context, name string, r io.Reader) (d account.Document, err error) {
	head := make([]byte, 512)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return d, err
	}
	d = account.Document{Name: name, Type: http.DetectContentType(head[:n])}
	if !slices.Contains(documentTypes, d.Type) {
		return d, ledger.FieldErrorf(ledger.Invalid, "document", "is neither a PDF nor a photo (JPEG, PNG, WebP)")
	}
	sum := sha256.New()
	counted := &io.LimitedReader{R: io.TeeReader(io.MultiReader(bytes.NewReader(head[:n]), r), sum), N: account.MaxDocument + 1}
	ref, err := o.Payloads.Put(ctx, counted, content.Options{Sealed: true})
	if err != nil {
		return d, err
	}
	d.CID, d.Size, d.SHA256 = ref.CID.String(), ref.Size, ledger.Hash(sum.Sum(nil))
	if d.Size > account.MaxDocument {
		return d, errors.Join(o.Discard(ctx, d), ledger.FieldErrorf(ledger.TooLarge, "document", "has more than %d bytes", account.MaxDocument))
	}
	return d, nil
}

// Discard destroys a document that belongs to no application any more.
func (o *Office) Discard(ctx context.Context, d account.Document) error {
	c, err := content.Parse(d.CID)
	if err != nil {
		return ledger.Wrap(err, ledger.Internal, "a document's name cannot be read")
	}
	return o.Payloads.Erase(ctx, c, "withdrawn", ledger.TimeOf(time.Now()))
}

// Attach adds documents that were kept to an application of a person; those for
// which there is no room are discarded.
func (o *Office) Attach(ctx context.Context, person, org ledger.ID, list []account.Document) (a account.Application, err error) {
	for i, d := range list {
		if a, err = o.Accounts.AttachDocument(ctx, person, org, d); err != nil {
			for _, left := range list[i:] {
				err = errors.Join(err, o.Discard(ctx, left))
			}
			return a, err
		}
	}
	return a, nil
}

// Detach removes a document from an application and destroys it.
func (o *Office) Detach(ctx context.Context, person, org ledger.ID, cid string) error {
	_, d, err := o.Accounts.DetachDocument(ctx, person, org, cid)
	if err != nil {
		return err
	}
	return o.Discard(ctx, d)
}

// Drop removes an application that was never sent, and its documents.
func (o *Office) Drop(ctx context.Context, person, org ledger.ID) error {
	a, err := o.Accounts.DropApplication(ctx, person, org)
	for _, d := range a.Dossier.Documents {
		if err == nil {
			err = o.Discard(ctx, d)
		}
	}
	return err
}

// Forget destroys the documents of all of a person's applications. It goes before the
// account is erased, which says where they are.
func (o *Office) Forget(ctx context.Context, person ledger.ID) error {
	all, err := o.Accounts.Applications(ctx, person)
	if err != nil {
		return err
	}
	for _, a := range all {
		for _, d := range a.Dossier.Documents {
			if err := o.Discard(ctx, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// Document opens a document of an application that the caller may see.
func (o *Office) Document(ctx context.Context, a account.Application, cid string) (account.Document, io.ReadSeekCloser, error) {
	for _, d := range a.Dossier.Documents {
		if d.CID != cid {
			continue
		}
		c, err := content.Parse(cid)
		if err != nil {
			return d, nil, ledger.Wrap(err, ledger.Internal, "a document's name cannot be read")
		}
		r, _, err := o.Payloads.Open(ctx, c)
		return d, r, err
	}
	return account.Document{}, nil, ledger.Errorf(ledger.NotFound, "the application has no such document")
}
