package office

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
)

// profiles is the payload of what was found in the files of a release.
type profiles struct {
	Profile string        `json:"profile"` // profilesFormat
	Files   []profileLine `json:"files"`
}

// profileLine names the bytes that were looked at, so that nothing that is said of them,
// nor what the operator lets through, holds for others of the same name and size.
type profileLine struct {
	Name    string          `json:"name"`
	Bytes   int64           `json:"bytes"`
	Digest  ledger.Hash     `json:"sha256"`
	Unseen  bool            `json:"unseen,omitempty"`
	Profile json.RawMessage `json:"profile,omitempty"`
}

const profilesFormat = "sogoc-profiles/1"

// Profiles is the payload of what was found in the files of a listing.
func Profiles(l account.Listing) []byte {
	p := profiles{Profile: profilesFormat, Files: []profileLine{}}
	for _, f := range l.Files {
		p.Files = append(p.Files, profileLine{f.Name, f.Bytes, f.Digest, f.Unseen, f.Profile})
	}
	return trace.Encode(p)
}

// profileOf is the CID of what was found in a listing's files.
func profileOf(l account.Listing) (string, error) {
	c, err := content.Sum(bytes.NewReader(Profiles(l)))
	return c.String(), err
}

// keepProfiles stores what was found in a listing's files, and returns its CID.
func (o *Office) keepProfiles(ctx context.Context, l account.Listing) (string, error) {
	ref, err := o.Payloads.Put(ctx, bytes.NewReader(Profiles(l)), content.Options{})
	return ref.CID.String(), err
}

// Review gives the files of a listing as a release names them, with what this node found
// in them: a program puts both into the release that it signs. While one was not looked
// at it is a Conflict.
func (o *Office) Review(ctx context.Context, org, dataset ledger.ID) (market.Release, error) {
	l, err := o.Listing(ctx, org, dataset)
	if err != nil {
		return market.Release{}, err
	}
	if l.Draft().Review == nil {
		return market.Release{}, ledger.FieldErrorf(ledger.Conflict, "files", "there are none, or this node has not looked at all of them yet")
	}
	return o.settle(ctx, &l)
}

// settle makes the files of a listing payloads, each under a key of its own where it is
// given under agreements, and gives the release as far as it is prepared. What the
// operator has to let through becomes none before: it may be what nobody should keep.
func (o *Office) settle(ctx context.Context, l *account.Listing) (r market.Release, err error) {
	profile, err := profileOf(*l)
	if err != nil {
		return r, err
	}
	if l.Doubtful() && l.Cleared != profile {
		return r, ledger.FieldErrorf(ledger.Forbidden, "review", "the operator has not let through what was found in the files")
	}
	for i := range l.Files {
		if *l, err = o.store(ctx, *l, i); err != nil {
			return r, err
		}
	}
	r = l.Draft()
	if r.Review != nil {
		r.Review.Profile, err = o.keepProfiles(ctx, *l)
	}
	return r, err
}

// vouch refuses a release of files that this node did not look at, or of which it found
// something else than the release says: whoever signed it, a draft of theirs holds
// exactly these files. What the contract refuses by itself passes.
func (o *Office) vouch(ctx context.Context, tx ledger.Tx) error {
	if tx.Header.Contract != market.DatasetContract || tx.Header.Action != market.ActionPublish {
		return nil
	}
	_, signer, err := tx.Check(o.Ledger.Genesis().Register())
	if err != nil {
		return err
	}
	var org ledger.ID // none of a key that is not known here yet, and that has no draft
	key, err := o.Index.Key(ctx, signer)
	switch {
	case err == nil:
		org = key.Org
	case ledger.CodeOf(err) != ledger.NotFound:
		return err
	}
	for i, item := range tx.Items {
		var r market.Release
		if trace.Decode(item.Data, &r) != nil || r.Review == nil {
			continue
		}
		if err := o.reviewed(ctx, org, r); err != nil {
			return trace.AtItem(i, err)
		}
	}
	return nil
}

func (o *Office) reviewed(ctx context.Context, org ledger.ID, r market.Release) error {
	d, err := o.Catalog.Known(ctx, r.Dataset)
	switch {
	case err == nil && d.Version >= r.Version:
		return nil // it is on the register; what is sent again has its first answer
	case err != nil && ledger.CodeOf(err) != ledger.NotFound:
		return err
	}
	l, err := o.Accounts.Listing(ctx, org, r.Dataset)
	if err != nil && ledger.CodeOf(err) != ledger.NotFound {
		return err
	}
	draft := l.Draft()
	if draft.Review == nil {
		return ledger.FieldErrorf(ledger.Forbidden, "review", "this node has not looked at these files; they are sent to a draft of the dataset first (POST /api/v1/drafts)")
	}
	if draft.Review.Profile, err = profileOf(l); err != nil {
		return err
	}
	if !slices.EqualFunc(r.Files, draft.Files, sameFile) {
		return ledger.FieldErrorf(ledger.Forbidden, "files", "are not those of the draft that this node looked at")
	}
	if *r.Review != *draft.Review {
		return ledger.FieldErrorf(ledger.Forbidden, "review", "is not what this node found in the files")
	}
	return nil
}

func sameFile(a, b market.File) bool {
	if a.Sealed != nil && b.Sealed != nil && *a.Sealed == *b.Sealed {
		a.Sealed, b.Sealed = nil, nil
	}
	return a == b
}
