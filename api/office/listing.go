package office

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/odrl"
	"github.com/sogoc/sogoc/market/seal"
	"github.com/sogoc/sogoc/trace"
)

// AddFile puts a file that has come whole to a listing. One of the same name is
// replaced.
func (o *Office) AddFile(ctx context.Context, org, dataset, upload ledger.ID) (account.Listing, error) {
	u, err := o.Uploads.Get(org, upload)
	if err != nil {
		return account.Listing{}, err
	}
	f, err := o.Uploads.Read(org, upload)
	if err != nil {
		return account.Listing{}, err
	}
	defer f.Close()
	media, err := mediaOf(u.Name, f)
	if err != nil {
		return account.Listing{}, err
	}
	var gone []account.ListedFile
	l, err := o.Accounts.ChangeListing(ctx, org, dataset, func(l *account.Listing) error {
		gone = nil
		if slices.ContainsFunc(l.Files, func(f account.ListedFile) bool { return f.Upload == upload }) {
			return nil
		}
		same := func(f account.ListedFile) bool { return f.Name == u.Name }
		if i := slices.IndexFunc(l.Files, same); i >= 0 {
			gone = append(gone, l.Files[i])
			l.Files = slices.Delete(l.Files, i, i+1)
		}
		if len(l.Files) >= market.MaxFiles {
			return ledger.FieldErrorf(ledger.TooLarge, "files", "there are more than %d", market.MaxFiles)
		}
		l.Files = append(l.Files, account.ListedFile{Upload: upload, Name: u.Name, Media: media, Bytes: u.Size})
		return nil
	})
	if err != nil {
		return l, err
	}
	return l, o.discardFiles(ctx, org, gone)
}

// media types that the package mime of some systems does not know.
var medias = map[string]string{
	".csv": "text/csv", ".tsv": "text/tab-separated-values", ".json": "application/json", ".geojson": "application/geo+json",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".parquet": "application/vnd.apache.parquet",
	".zip": "application/zip", ".pdf": "application/pdf", ".xml": "application/xml", ".txt": "text/plain",
}

// mediaOf is a file's media type: by its name, or else by its first bytes.
func mediaOf(name string, f io.Reader) (string, error) {
	end := strings.ToLower(filepath.Ext(name))
	if m := medias[end]; m != "" {
		return m, nil
	}
	if m, _, err := mime.ParseMediaType(mime.TypeByExtension(end)); err == nil {
		return m, nil
	}
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return "", err
	}
	m, _, err := mime.ParseMediaType(http.DetectContentType(head[:n]))
	return m, err
}

// DropFile takes a file out of a listing and destroys it.
func (o *Office) DropFile(ctx context.Context, org, dataset, upload ledger.ID) error {
	var gone []account.ListedFile
	_, err := o.Accounts.ChangeListing(ctx, org, dataset, func(l *account.Listing) error {
		gone = nil
		if i := slices.IndexFunc(l.Files, func(f account.ListedFile) bool { return f.Upload == upload }); i >= 0 {
			gone = append(gone, l.Files[i])
			l.Files = slices.Delete(l.Files, i, i+1)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return o.discardFiles(ctx, org, gone)
}

// DropListing removes a listing that is not published, with its files.
func (o *Office) DropListing(ctx context.Context, org, dataset ledger.ID) error {
	l, err := o.Accounts.EndListing(ctx, org, dataset)
	if err != nil {
		return err
	}
	return o.discardFiles(ctx, org, l.Files)
}

// discardFiles destroys files that nothing will come of. A ciphertext that was not
// published opens to nobody, and goes too; what is in clear may be another's payload as
// well, and stays where nobody can read it.
func (o *Office) discardFiles(ctx context.Context, org ledger.ID, files []account.ListedFile) error {
	for _, f := range files {
		if f.Sealed != nil {
			if err := o.Discard(ctx, account.Document{CID: f.CID}); err != nil {
				return err
			}
		}
		if err := o.Uploads.Remove(org, f.Upload); err != nil {
			return err
		}
	}
	return nil
}

// NextVersion begins a listing of the next version of a dataset, which says what the
// latest does.
func (o *Office) NextVersion(ctx context.Context, by *account.Identity, dataset ledger.ID) (account.Listing, error) {
	d, err := o.Catalog.Known(ctx, dataset)
	if err != nil {
		return account.Listing{}, err
	}
	if d.Org != by.Org {
		return account.Listing{}, ledger.Errorf(ledger.NotFound, "the organisation publishes no such dataset")
	}
	l := account.Listing{Org: by.Org, By: by.Account, Release: d.Release}
	l.Release.Version++
	l.Release.Files, l.Release.Review = nil, nil
	if l.Release.Statement != nil {
		s := *l.Release.Statement
		s.People = 0 // whom no version before concerned
		l.Release.Statement = &s
	}
	if d.About != nil {
		l.About = *d.About
	}
	return o.Accounts.BeginListing(ctx, l)
}

// Listings are what an organisation prepares. What is on the register by now is no
// listing any more: a crash, or a signature made elsewhere, left it.
func (o *Office) Listings(ctx context.Context, org ledger.ID) ([]account.Listing, error) {
	all, err := o.Accounts.Listings(ctx, org)
	if err != nil {
		return nil, err
	}
	var open []account.Listing
	for _, l := range all {
		published, err := o.published(ctx, l)
		if err != nil {
			return nil, err
		}
		if !published {
			open = append(open, l)
		}
	}
	return open, nil
}

// Listing is one of them, or NotFound.
func (o *Office) Listing(ctx context.Context, org, dataset ledger.ID) (account.Listing, error) {
	l, err := o.Accounts.Listing(ctx, org, dataset)
	if err != nil {
		return l, err
	}
	published, err := o.published(ctx, l)
	if err == nil && published {
		err = ledger.Errorf(ledger.NotFound, "there is no such draft; it is published")
	}
	return l, err
}

// published ends a listing whose version is on the register.
func (o *Office) published(ctx context.Context, l account.Listing) (bool, error) {
	d, err := o.Catalog.Known(ctx, l.Release.Dataset)
	switch {
	case ledger.CodeOf(err) == ledger.NotFound:
		return false, nil
	case err != nil:
		return false, err
	case d.Version < l.Release.Version:
		return false, nil
	}
	return true, o.endListing(ctx, l)
}

// endListing lets go of a listing that is published, with the files on which it was
// made: those of the version are payloads.
func (o *Office) endListing(ctx context.Context, l account.Listing) error {
	for _, f := range l.Files {
		if err := o.Uploads.Remove(l.Org, f.Upload); err != nil {
			return err
		}
	}
	_, err := o.Accounts.EndListing(ctx, l.Org, l.Release.Dataset)
	return err
}

// Publish publishes a listing in a member's name: its files first become payloads, each
// under a key of its own where it is given under agreements, then one transaction names
// them. It may be repeated until it succeeds; what a crash leaves before that is named
// by nothing and read by nobody.
func (o *Office) Publish(ctx context.Context, by *account.Identity, dataset ledger.ID) (*ledger.Entry, error) {
	l, err := o.Listing(ctx, by.Org, dataset)
	if err != nil {
		return nil, err
	}
	if gaps := l.Missing(); len(gaps) > 0 {
		return nil, ledger.FieldErrorf(ledger.Conflict, gaps[0].Field, "is missing")
	}
	r, err := o.settle(ctx, &l)
	if err != nil {
		return nil, err
	}
	l.About.Score = graded(l)
	ref, err := o.Payloads.Put(ctx, bytes.NewReader(trace.Encode(l.About)), content.Options{})
	if err != nil {
		return nil, err
	}
	r.Description = ref.CID.String()
	e, err := o.Record(ctx, by, market.DatasetContract, market.ActionPublish, market.PublishSummary(r), r)
	if err != nil {
		return nil, err
	}
	return e, o.endListing(ctx, l)
}

// store makes a file of a listing a payload, once.
func (o *Office) store(ctx context.Context, l account.Listing, i int) (account.Listing, error) {
	f := l.Files[i]
	if f.CID != "" && (f.Sealed != nil) == (l.Release.Access == market.Agreed) {
		return l, nil
	}
	file, err := o.Uploads.Read(l.Org, f.Upload)
	if err != nil {
		return l, ledger.FieldErrorf(ledger.CodeOf(err), "files", "%s: %v", f.Name, err)
	}
	defer file.Close()
	if l.Release.Access == market.Agreed {
		err = o.seal(ctx, l.Org, &f, file)
	} else {
		var ref content.Ref
		ref, err = o.Payloads.Put(ctx, file, content.Options{})
		f.CID, f.Sealed = ref.CID.String(), nil
	}
	if err != nil {
		return l, err
	}
	return o.Accounts.ChangeListing(ctx, l.Org, l.Release.Dataset, func(now *account.Listing) error {
		at := slices.IndexFunc(now.Files, func(other account.ListedFile) bool { return other.Upload == f.Upload })
		if at < 0 || now.Release.Access != l.Release.Access {
			return ledger.FieldErrorf(ledger.Conflict, "files", "were changed meanwhile")
		}
		now.Files[at].CID, now.Files[at].Sealed = f.CID, f.Sealed
		return nil
	})
}

// seal stores the ciphertext of a file. Its key is kept before anything names it.
func (o *Office) seal(ctx context.Context, org ledger.ID, f *account.ListedFile, file *os.File) error {
	key := seal.NewKey()
	r, w := io.Pipe()
	sealed := make(chan seal.Sealed, 1)
	go func() {
		s, err := seal.Encrypt(w, file, key)
		sealed <- s
		w.CloseWithError(err)
	}()
	ref, err := o.Payloads.Put(ctx, r, content.Options{})
	r.CloseWithError(err) // ends Encrypt where Put did not read to the end
	s := <-sealed
	if err != nil {
		return err
	}
	if err := o.Accounts.KeepFileKey(ctx, org, ref.CID.String(), key); err != nil {
		return err
	}
	f.CID, f.Sealed = ref.CID.String(), &market.Sealed{Plain: s.Plain, Cipher: s.Cipher, Key: s.Key, Chunk: s.Chunk}
	return nil
}

// Clear lets through, in the operator's name, what was found in the files of a listing.
// It may be repeated until it succeeds.
func (o *Office) Clear(ctx context.Context, by *account.Identity, l account.Listing, reason string) error {
	profile, err := o.keepProfiles(ctx, l)
	if err != nil {
		return err
	}
	c := market.Clearing{Dataset: l.Release.Dataset, Profile: profile, Reason: reason}
	_, err = o.Record(ctx, by, market.DatasetContract, market.ActionClear, market.ClearSummary(c), c)
	if err != nil && !clearedBefore(err) {
		return err
	}
	return o.answer(ctx, l, profile, reason)
}

// clearedBefore reports whether the register says that the profile was let through.
func clearedBefore(err error) bool {
	var e *ledger.Error
	return errors.As(err, &e) && e.Code == ledger.Conflict && strings.HasSuffix(e.Field, ".profile")
}

// Uphold answers, in the operator's name, that what was found stays out.
func (o *Office) Uphold(ctx context.Context, l account.Listing, reason string) error {
	if reason == "" || len(reason) > market.MaxReason {
		return ledger.FieldErrorf(ledger.Invalid, "reason", "is missing or has more than %d bytes", market.MaxReason)
	}
	return o.answer(ctx, l, "", reason)
}

func (o *Office) answer(ctx context.Context, l account.Listing, cleared, reason string) error {
	_, err := o.Accounts.ChangeListing(ctx, l.Org, l.Release.Dataset, func(now *account.Listing) error {
		if !bytes.Equal(Profiles(*now), Profiles(l)) {
			return ledger.FieldErrorf(ledger.Conflict, "files", "were changed meanwhile")
		}
		now.Contested, now.Answer, now.Cleared = "", reason, cleared
		return nil
	})
	return err
}

// Moderate records the operator's decision about a dataset.
func (o *Office) Moderate(ctx context.Context, by *account.Identity, m market.Moderation) error {
	_, err := o.Record(ctx, by, market.DatasetContract, market.ActionModerate, market.ModerateSummary(m), m)
	return err
}

// Offer records an offer, with its policy as a payload that everybody may read.
func (o *Office) Offer(ctx context.Context, by *account.Identity, offer market.Offer) error {
	policy, err := odrl.EncodeOffer(offer, by.Org)
	if err != nil {
		return err
	}
	ref, err := o.Payloads.Put(ctx, bytes.NewReader(policy), content.Options{})
	if err != nil {
		return err
	}
	offer.Policy = ref.CID.String()
	_, err = o.Record(ctx, by, market.DatasetContract, market.ActionOffer, market.OfferSummary(offer), offer)
	return err
}

// Retract takes an offer back. What was agreed under it stays.
func (o *Office) Retract(ctx context.Context, by *account.Identity, offer ledger.ID) error {
	r := market.Retraction{Offer: offer}
	_, err := o.Record(ctx, by, market.DatasetContract, market.ActionRetract, market.RetractSummary(r), r)
	return err
}

// Grant gives the leave of a member's organisation to be counted in datasets that are
// made from the register, or ends it.
func (o *Office) Grant(ctx context.Context, by *account.Identity, g market.Grant) error {
	_, err := o.Record(ctx, by, market.DatasetContract, market.ActionGrant, market.GrantSummary(g), g)
	return err
}
