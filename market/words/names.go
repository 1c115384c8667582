package words

import (
	"context"
	"sync"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

// readAgain is how old a name may be: an organisation may be renamed.
const readAgain = 10 * time.Second

// Names are the words in the names of organisations.
type Names struct {
	mu    sync.Mutex
	read  time.Time
	words map[ledger.ID][]Word
}

// Of are the words in the names of some organisations, of which every call names those of
// the call before. They are read anew after a while; a name that cannot be read stays.
func (n *Names) Of(ctx context.Context, now time.Time, orgs []ledger.ID, name func(context.Context, ledger.ID) (ledger.Text, error)) map[ledger.ID][]Word {
	n.mu.Lock()
	defer n.mu.Unlock()
	if now.Sub(n.read) < readAgain && len(n.words) == len(orgs) {
		return n.words
	}
	words := make(map[ledger.ID][]Word, len(orgs))
	for _, org := range orgs {
		text, err := name(ctx, org)
		switch {
		case ledger.CodeOf(err) == ledger.NotFound:
			words[org] = nil
		case err != nil:
			words[org] = n.words[org]
		default:
			words[org] = append(Written(text.VI), Written(text.EN)...)
		}
	}
	n.read, n.words = now, words
	return words
}
