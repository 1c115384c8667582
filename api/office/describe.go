package office

import (
	"bytes"
	"context"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/gs1"
	"github.com/sogoc/sogoc/trace/index"
)

// Described is a place and what is said of it.
type Described struct {
	Place   trace.Place
	Profile trace.Profile
}

// DescribePlaces puts places of a member's organisation on the register, or says them
// anew. What is said of a plot, and of any place of a natural person, is sealed.
func (o *Office) DescribePlaces(ctx context.Context, by *account.Identity, list ...Described) error {
	org, err := o.Index.Organisation(ctx, index.Viewer{Org: by.Org}, by.Org)
	if err != nil {
		return err
	}
	items := make([]any, len(list))
	for i, d := range list {
		sealed := d.Place.Kind == trace.PlacePlot || org.Kind.Natural()
		if d.Place.Profile, err = o.profile(ctx, d.Profile, sealed); err != nil {
			return err
		}
		items[i] = d.Place
	}
	_, err = o.Direct(ctx, by, trace.ActionPlace, items...)
	return err
}

// DescribedProduct is a product and what is said of it.
type DescribedProduct struct {
	Product trace.Product
	Profile trace.Profile
}

// DescribeProducts puts products of a member's organisation on the register, or says
// them anew.
func (o *Office) DescribeProducts(ctx context.Context, by *account.Identity, list ...DescribedProduct) (err error) {
	items := make([]any, len(list))
	for i, d := range list {
		if d.Product.Profile, err = o.profile(ctx, d.Profile, false); err != nil {
			return err
		}
		items[i] = d.Product
	}
	_, err = o.Direct(ctx, by, trace.ActionProduct, items...)
	return err
}

func (o *Office) profile(ctx context.Context, p trace.Profile, sealed bool) (*trace.Describes, error) {
	ref, err := o.Payloads.Put(ctx, bytes.NewReader(trace.Encode(p)), content.Options{Sealed: sealed})
	if err != nil {
		return nil, err
	}
	return &trace.Describes{Payload: ref.CID.String(), Sealed: sealed}, nil
}

// PlaceCodes are n identifiers for places of an organisation that nothing has: codes of
// its issuer, or else GLNs below its GS1 prefix. They are drawn at random, so that two
// forms that are open at the same time name two places.
func (o *Office) PlaceCodes(ctx context.Context, org ledger.ID, n int) ([]trace.ID, error) {
	return o.codes(ctx, org, n, "P", "414")
}

// ProductCodes are n identifiers for products of an organisation that nothing has: codes
// of its issuer, or else GTINs below its GS1 prefix.
func (o *Office) ProductCodes(ctx context.Context, org ledger.ID, n int) ([]trace.ID, error) {
	return o.codes(ctx, org, n, "S", "01")
}

// ProductCode is one of them.
func (o *Office) ProductCode(ctx context.Context, org ledger.ID) (trace.ID, error) {
	list, err := o.ProductCodes(ctx, org, 1)
	if err != nil {
		return trace.ID{}, err
	}
	return list[0], nil
}

// codesTried is how often a code is drawn for each that is wanted.
const codesTried = 20

func (o *Office) codes(ctx context.Context, org ledger.ID, count int, letter, ai string) (list []trace.ID, err error) {
	prefixes, err := o.Index.Prefixes(ctx, org)
	if err != nil {
		return nil, err
	}
	var from trace.Prefix
	for _, p := range prefixes {
		if from == (trace.Prefix{}) || from.Issuer == "" && p.Issuer != "" {
			from = p
		}
	}
	for tries := count * codesTried; len(list) < count && tries > 0 && from != (trace.Prefix{}); tries-- {
		id, err := drawn(from, letter, ai)
		if err != nil {
			return nil, err
		}
		taken, err := o.Taken(ctx, id)
		if err != nil {
			return nil, err
		}
		if !taken && !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	if len(list) == count {
		return list, nil
	}
	return nil, ledger.FieldErrorf(ledger.Conflict, "id", "the organisation has no prefix or issuer with a code left")
}

// drawn is a random code of an issuer whose item begins with a letter, or a key below a
// GS1 prefix.
func drawn(from trace.Prefix, letter, ai string) (trace.ID, error) {
	if from.Issuer != "" {
		c, err := trace.NewCode(from.Issuer, letter+trace.NthIssuer(rand.Uint32N(trace.Issuers)))
		if err != nil {
			return trace.ID{}, ledger.FieldErrorf(ledger.Internal, "id", "%v", err)
		}
		return trace.ParseID("/t/" + string(c))
	}
	digits := from.GS1
	if ai == "01" {
		digits = "0" + digits // a GTIN of 13 digits
	}
	for room := 12 - len(from.GS1); room > 0; room-- {
		digits += strconv.Itoa(rand.IntN(10))
	}
	key, err := gs1.New(ai, digits+string(gs1.CheckDigit(digits)))
	if err != nil {
		return trace.ID{}, ledger.FieldErrorf(ledger.Internal, "id", "%v", err)
	}
	return trace.ParseID(key.DigitalLink(""))
}

// Taken reports whether anything on the register is called so.
func (o *Office) Taken(ctx context.Context, id trace.ID) (bool, error) {
	if used, err := o.Index.Mentioned(ctx, id); used || err != nil {
		return used, err
	}
	for _, look := range []func() error{
		func() error { _, err := o.Index.Place(ctx, index.Viewer{}, id); return err },
		func() error { _, err := o.Index.Product(ctx, index.Viewer{}, id); return err },
		func() error { _, err := o.Index.Party(ctx, index.Viewer{}, id); return err },
	} {
		if err := look(); err == nil || ledger.CodeOf(err) != ledger.NotFound {
			return err == nil, err
		}
	}
	return false, nil
}
