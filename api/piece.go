package api

import (
	"context"
	"slices"

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// presentAny makes the view of what a code names: a thing that something is recorded
// of, or else a piece of a lot whose numbers are known here.
func (s *server) presentAny(ctx context.Context, v index.Viewer, id trace.ID) (*web.Passport, *index.Passport, error) {
	page, p, missing := s.present(ctx, v, id)
	lot := id.Batch()
	if missing == nil {
		if lot != id && lot.Lot() != "" {
			page.Piece = &web.Piece{Serial: id.Serial(), State: web.PieceRecorded, Lot: page.LotPart(lot)}
		}
		return page, p, nil
	}
	if ledger.CodeOf(missing) != ledger.NotFound || lot == id || lot.Lot() == "" {
		return nil, nil, missing
	}
	state, err := s.pieceState(ctx, lot, id.Serial())
	if err != nil {
		return nil, nil, err
	}
	if state == "" {
		return nil, nil, missing
	}
	if page, p, err = s.present(ctx, v, lot); err != nil {
		return nil, nil, missing
	}
	page.Piece = &web.Piece{Serial: id.Serial(), State: state, Lot: page.LotPart(lot)}
	page.ID, page.Level, page.Report = id, web.LevelPiece, complaintPath(id)
	return page, p, nil
}

// pieceState says what is known of a serial that nothing is recorded of; empty where
// the lot's serials are not known here.
func (s *server) pieceState(ctx context.Context, lot trace.ID, serial string) (web.PieceState, error) {
	issues, err := s.Accounts.Issues(ctx, lot)
	if err != nil || len(issues) == 0 {
		return "", err
	}
	for _, i := range issues {
		if i.Run.Has(serial) {
			return web.PieceIssued, nil
		}
	}
	return web.PieceNever, nil
}

// exits are the holders of what is no more to be had.
var exits = map[string]web.FateKind{"sold": web.FateSold, "destroyed": web.FateDestroyed, "used": web.FateUsed}

// fate says what became of a thing of which nothing is left, as far as everything that
// is recorded of it may be seen: a lot of which others may hold some is not gone.
func (pr *presenter) fate() {
	b := pr.p.Batch
	if b == nil || pr.p.Level == index.LevelProduct {
		return
	}
	if last := b.Last; last != nil && last.Voided == nil && last.Fact.Disposition == "returned" && b.ID.Instance() {
		pr.page.Fate = &web.Fate{Kind: web.FateReturned, On: last.Fact.Time, Who: pr.org(last.Acting())}
		return
	}
	// One piece is in one place; of a lot others may hold some that may not be seen.
	if !b.ID.Instance() && (pr.p.Hidden > 0 || pr.p.Truncated) {
		return
	}
	var left []index.Balance // none where there is nothing to see
	for _, one := range b.Balances {
		if _, gone := exits[one.Holder]; !gone {
			return
		}
		left = append(left, one)
	}
	// What was destroyed is the graver, and what was sold matters more than what was
	// made into something else.
	for _, holder := range []string{"destroyed", "sold", "used"} {
		at := slices.IndexFunc(left, func(b index.Balance) bool { return b.Holder == holder })
		if at < 0 {
			continue
		}
		if holder == "destroyed" && len(left) > 1 {
			continue // of the rest something else became
		}
		f := &web.Fate{Kind: exits[holder], On: left[at].Event.Time}
		if r, err := pr.Index.At(pr.ctx, pr.viewer, left[at].Event.Entry, left[at].Event.Item); err == nil {
			f.On, f.Who = r.Fact.Time, pr.org(r.Acting())
		}
		pr.page.Fate = f
		return
	}
}
