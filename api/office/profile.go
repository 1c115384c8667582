package office

import (
	"bytes"
	"context"
	"slices"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// Portrait is the picture of an organisation: the one that it has, another, or none.
type Portrait struct {
	New  []byte // a JPEG; nil for the one that it has
	None bool
}

// told are the fields of a dossier that an organisation tells of itself.
var told = []string{"name", "commune", "address", "phone", "about"}

// SetProfile changes what the member's organisation tells of itself. What is of a
// household or an artisan is sealed, the picture too. Nothing is recorded where nothing
// changes.
func (o *Office) SetProfile(ctx context.Context, by *account.Identity, d account.Dossier, picture Portrait) error {
	org, err := o.Index.Organisation(ctx, index.Viewer{Org: by.Org}, by.Org)
	if err != nil {
		return err
	}
	d.Kind = org.Kind
	if d.Kind == ledger.KindOperator {
		d.Kind = "" // it never applied
	}
	if d, err = d.Parse(); err != nil {
		return err
	}
	d.Kind = org.Kind
	for _, field := range d.Missing() {
		if slices.Contains(told, field) {
			return ledger.FieldErrorf(ledger.Invalid, field, "is missing")
		}
	}
	units, err := o.units(ctx)
	if err != nil {
		return err
	}
	if _, ok := units[d.Commune]; len(units) > 0 && !ok {
		return ledger.FieldErrorf(ledger.Invalid, "commune", "is not in the list of administrative units")
	}
	before := trace.Profile{}
	if org.Profile != nil {
		before = *org.Profile
	}
	p := before
	p.Name, p.Commune, p.Phone, p.Web = d.Name, d.Commune, d.Phone, d.Web
	p.Description, p.Address = retold(before.Description, d.About), retold(before.Address, d.Address)
	if picture.None || picture.New != nil {
		p.Image, p.ImageAlt = "", trace.Text{}
	}
	sealed := org.Kind.Natural()
	if picture.New != nil {
		if p.Image, err = o.put(ctx, picture.New, sealed); err != nil {
			return err
		}
	}
	after := trace.Encode(p)
	if bytes.Equal(after, trace.Encode(before)) {
		return nil
	}
	cid, err := o.put(ctx, after, sealed)
	if err != nil {
		return err
	}
	_, err = o.Direct(ctx, by, trace.ActionProfile, trace.OwnProfile{Org: by.Org, Profile: &trace.Describes{Payload: cid, Sealed: sealed, Image: p.Image}})
	return err
}

// retold is a text in Vietnamese; its translation stays while the text does.
func retold(before trace.Text, vi string) trace.Text {
	if before.VI == vi {
		return before
	}
	return trace.Text{VI: vi}
}

func (o *Office) put(ctx context.Context, b []byte, sealed bool) (string, error) {
	ref, err := o.Payloads.Put(ctx, bytes.NewReader(b), content.Options{Sealed: sealed})
	if err != nil {
		return "", err
	}
	return ref.CID.String(), nil
}
