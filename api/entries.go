package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/catalog"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// shelf is what the catalogue's bindings read: each dataset once in an order that stays,
// and what changed.
type shelf interface {
	// Published lists up to n datasets in the order of first publication, from the one
	// after entry on, which is First of the last one seen.
	Published(ctx context.Context, after uint64, n int) ([]catalog.Dataset, error)
	// Changes lists up to n datasets in the order of their latest change, from the one
	// after entry on, which is Changed of the last one seen.
	Changes(ctx context.Context, since uint64, n int) ([]catalog.Change, error)
	// Dataset is one of them, or NotFound.
	Dataset(ctx context.Context, id ledger.ID) (catalog.Dataset, error)
}

func (s *server) shelf() shelf { return s.Catalog }

// base is the address at which people reach the node, without a slash at the end.
func (s *server) base() string { return strings.TrimSuffix(s.PublicURL, "/") }

// entries gives datasets the names that everybody sees.
func (s *server) entries(ctx context.Context, list []catalog.Dataset) ([]market.Entry, error) {
	communes, err := s.communes(ctx)
	if err != nil {
		return nil, err
	}
	publishers := map[ledger.ID]market.Publisher{}
	now := ledger.TimeOf(time.Now())
	out := make([]market.Entry, len(list))
	for i, d := range list {
		p, known := publishers[d.Org]
		if !known {
			if p, err = s.publisher(ctx, d.Org); err != nil {
				return nil, err
			}
			publishers[d.Org] = p
		}
		out[i] = market.Entry{
			Release: d.Release, About: d.About, Publisher: p, Issued: d.FirstSeen, Modified: max(d.ChangedAt, d.Published),
			Offers: slices.DeleteFunc(slices.Clone(d.Offers), func(o market.Offer) bool { return !o.Until.IsZero() && o.Until <= now }),
		}
		if d.About != nil && d.About.Place != "" {
			out[i].Place = placeOf(communes, d.About.Place)
		}
	}
	return out, nil
}

func placeOf(communes map[string]trace.ListEntry, code string) *market.Place {
	p := &market.Place{Code: code}
	if c, ok := communes[code]; ok {
		p.Name = ledger.Text{VI: join(c.Name.VI, c.Province.VI), EN: join(c.Name.In("en"), c.Province.In("en"))}
	}
	return p
}

func (s *server) publisher(ctx context.Context, id ledger.ID) (market.Publisher, error) {
	o, err := s.Index.Organisation(ctx, index.Viewer{}, id)
	if err != nil {
		return market.Publisher{ID: id, Name: id.String()}, ignoreNotFound(err)
	}
	return publisherOf(o), nil
}

func publisherOf(o *index.Organisation) market.Publisher {
	p := market.Publisher{ID: o.ID, Name: o.ID.String()}
	if o.Profile != nil {
		p.Web = o.Profile.Web
		if name := o.Profile.Name.In("vi"); name != "" {
			p.Name = name
		}
	}
	return p
}

// operator is who publishes the catalogue.
func (s *server) operator(ctx context.Context) (market.Publisher, error) {
	first, _, err := s.Index.Organisations(ctx, index.Viewer{}, index.Page{Limit: 10})
	if err != nil {
		return market.Publisher{}, err
	}
	p := market.Publisher{Name: s.Ledger.Genesis().Name}
	for _, o := range first {
		if o.Kind == ledger.KindOperator {
			p.ID, p.Web = o.ID, publisherOf(o).Web
			if o.Profile != nil {
				p.Name = publisherOf(o).Name
			}
			break
		}
	}
	return p, nil
}
