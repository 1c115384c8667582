package office

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/deals"
	"github.com/sogoc/sogoc/market/words"
)

// Wanted finds bids by the words in them and in the names of who looks for data. What it
// knows is in memory, and is read when Run begins and with each search.
type Wanted struct {
	office *Office
	name   func(ctx context.Context, org ledger.ID) (ledger.Text, error)
	words  words.List

	mu       sync.Mutex
	wordless map[ledger.ID]bool // what describes them was not here, or is erased
	retried  time.Time
}

// NewWanted makes one over an office; name is what an organisation is called, NotFound
// when nobody knows.
func NewWanted(o *Office, name func(ctx context.Context, org ledger.ID) (ledger.Text, error)) *Wanted {
	return &Wanted{office: o, name: name, wordless: map[ledger.ID]bool{}}
}

// Run reads the bids that there are, so that the first search need not, and then waits
// for the context's end.
func (w *Wanted) Run(ctx context.Context) error {
	if err := w.read(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	return ctx.Err()
}

// Find gives the bids that keep says of those with every word of a text, the last posted
// first; before and next are where a page begins and the next one does, 0 at the ends.
func (w *Wanted) Find(ctx context.Context, text string, before uint64, limit int, keep func(market.BidRecord) bool) (list []market.BidRecord, next uint64, err error) {
	if err := w.read(ctx); err != nil {
		return nil, 0, err
	}
	for {
		list = nil
		_, next, err = w.words.Find(ctx, words.Query{Text: text, Before: before, Limit: limit, Name: w.name, Keep: func(id ledger.ID) (bool, error) {
			b, err := w.office.Deals.Bid(id)
			if err != nil || !keep(b) {
				return false, err
			}
			list = append(list, b)
			return true, nil
		}})
		if err != nil || !w.erased(ctx, list) {
			return list, next, err
		}
	}
}

// Limits of what is read at a time.
const (
	bidsAtOnce = 500
	retryBids  = 10 * time.Second
	retryMost  = 50
)

// read adds the bids that were posted since it was called last, and the words of some
// that had none.
func (w *Wanted) read(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var news []market.BidRecord
	for from, n := deals.Page(0), 1; ; n = bidsAtOnce { // mostly there is nothing new
		list, next, err := w.office.Deals.Bids(from, n, nil)
		if err != nil {
			return err
		}
		known := slices.IndexFunc(list, func(b market.BidRecord) bool { return w.words.Has(b.ID) })
		if known >= 0 {
			list = list[:known]
		}
		news = append(news, list...)
		if from = next; known >= 0 || next == 0 {
			break
		}
	}
	if now := time.Now(); now.Sub(w.retried) >= retryBids {
		w.retried = now
		tried := 0
		for id := range w.wordless { // any of them
			b, err := w.office.Deals.Bid(id)
			if err != nil {
				return err
			}
			if w.put(ctx, b); tried == retryMost {
				break
			}
			tried++
		}
	}
	for _, b := range slices.Backward(news) { // when this is cut off, the next time goes on here
		if ctx.Err() != nil {
			return ctx.Err()
		}
		w.put(ctx, b)
	}
	return nil
}

// put gives a bid the words that describe it now.
func (w *Wanted) put(ctx context.Context, b market.BidRecord) {
	var texts []string
	d := w.office.Sought(ctx, b)
	if d != nil {
		texts = []string{d.Title.VI, d.Title.EN, d.Text.VI, d.Text.EN}
		delete(w.wordless, b.ID)
	} else {
		w.wordless[b.ID] = true
	}
	w.words.Put(b.ID, b.Org, uint64(b.Posted), texts...)
}

// erased takes the words from those bids whose description is not there any more, and
// reports whether there were such.
func (w *Wanted) erased(ctx context.Context, list []market.BidRecord) (some bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, b := range list {
		if !w.wordless[b.ID] && w.office.Sought(ctx, b) == nil && ctx.Err() == nil {
			w.put(ctx, b)
			some = true
		}
	}
	return some
}
