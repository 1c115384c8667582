package demo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// book gathers what everybody recorded, and then captures it in the order of
// time, an organisation's day in one document where that keeps causes before
// effects.
type book struct {
	pages []page
}

// page is an event to record, or something else to do at its time.
type page struct {
	recorded time.Time
	by       *org
	audience ledger.Audience
	event    *event
	do       func(context.Context) error
}

// record notes an event of an organisation and returns it.
func (b *book) record(by *org, audience ledger.Audience, at time.Time, e event) *event {
	e.id, e.at = trace.NewEventID(), at
	b.pages = append(b.pages, page{recorded: at, by: by, audience: audience, event: &e})
	return &e
}

// wrong declares an event wrong at a later time, and corrected stands instead.
func (b *book) wrong(by *org, audience ledger.Audience, at time.Time, was *event, corrected event) *event {
	corrected.id, corrected.at = trace.NewEventID(), was.at
	declared := *was
	declared.err = object{{"declarationTime", stamp(at)}, {"reason", "incorrect_data"}, {"correctiveEventIDs", []string{corrected.id}}}
	b.pages = append(b.pages,
		page{recorded: at, by: by, audience: audience, event: &declared},
		page{recorded: at, by: by, audience: audience, event: &corrected})
	return &corrected
}

// then notes something that is no event.
func (b *book) then(at time.Time, do func(context.Context) error) {
	b.pages = append(b.pages, page{recorded: at, do: do})
}

// maxDocument is how many events a document of the province has at most.
const maxDocument = 40

// sheet is a document in the making.
type sheet struct {
	page   // of its first event
	events []*event
	things map[trace.ID]bool
	last   time.Time // when its last event was recorded
}

// sheets groups the pages.
func (b *book) sheets() []*sheet {
	pages := slices.Clone(b.pages)
	slices.SortStableFunc(pages, func(x, y page) int { return x.recorded.Compare(y.recorded) })
	var list []*sheet
	for _, p := range pages {
		if p.event == nil {
			list = append(list, &sheet{page: p})
			continue
		}
		things := p.event.things()
		s := open(list, p, things)
		if s == nil {
			s = &sheet{page: p, things: map[trace.ID]bool{}}
			list = append(list, s)
		}
		s.events = append(s.events, p.event)
		s.last = p.recorded
		maps.Copy(s.things, things)
	}
	return list
}

// open finds the sheet that an event can still go on: of the same organisation,
// day and audience, with nothing about the same things begun since.
func open(list []*sheet, p page, things map[trace.ID]bool) *sheet {
	for _, s := range slices.Backward(list) {
		switch {
		case s.do != nil || date(s.recorded) != date(p.recorded):
			return nil
		case s.by == p.by && s.audience == p.audience:
			if len(s.events) == maxDocument || p.event.err != nil {
				return nil
			}
			return s
		}
		for id := range things {
			if s.things[id] {
				return nil
			}
		}
	}
	return nil
}

// capture writes every sheet as a document and has it captured by its
// organisation. Sheets about different things may be captured at the same time, as
// many as Env.Parallel says; each comes after those before it about the same ones.
func (p *province) capture(ctx context.Context, b *book) error {
	list := b.sheets()
	for from := 0; from < len(list); {
		if s := list[from]; s.do != nil {
			if err := s.do(ctx); err != nil {
				return err
			}
			from++
			continue
		}
		to := from
		for to < len(list) && list[to].do == nil {
			to++
		}
		if err := p.captureAll(ctx, list[from:to], func(i int) { p.progress("events", from+i, len(list)) }); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// captureAll captures sheets of events.
func (p *province) captureAll(ctx context.Context, list []*sheet, progress func(i int)) error {
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(max(1, p.Parallel))
	latest := map[trace.ID]chan struct{}{} // closed when the latest sheet about a thing is done
	for i, s := range list {
		progress(i)
		var before []chan struct{}
		done := make(chan struct{})
		for id := range s.things {
			if c, ok := latest[id]; ok {
				before = append(before, c)
			}
			latest[id] = done
		}
		p.result.Events += len(s.events)
		work.Go(func() error {
			defer close(done)
			for _, c := range before {
				select {
				case <-c:
				case <-ctx.Done():
				}
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return p.captureOne(ctx, s)
		})
	}
	return work.Wait()
}

func (p *province) captureOne(ctx context.Context, s *sheet) error {
	doc, err := writeDocument(s.events, s.by.urns, s.by.party(), s.last)
	if err != nil {
		return err
	}
	if err := p.Capture(ctx, s.by.who, doc, s.audience); err != nil {
		return fmt.Errorf("%s on %s (%s): %w", s.by.key, date(s.recorded), s.events[0].step, err)
	}
	return nil
}
