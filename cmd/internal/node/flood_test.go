package node_test

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// TestCrowdAtTheDoor: while 200 sign in at once, codes on products go on being
// answered, every one of them; and who finds no room at the door is told when to come
// back.
func TestCrowdAtTheDoor(t *testing.T) {
	if testing.Short() {
		t.Skip("this keeps a core busy for some seconds")
	}
	s := newSite(t)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	product := s.product(coop, 1, trace.Text{VI: "Vải thiều"})

	const crowd = 200
	var answered [600]atomic.Int64
	var waiting atomic.Int64
	var group sync.WaitGroup
	waiting.Store(crowd)
	for i := range crowd {
		group.Go(func() {
			defer waiting.Add(-1)
			got := s.browser().post("/signin", "identifier", fmt.Sprintf("an%d@example.vn", i), "password", "something else entirely")
			answered[got.StatusCode].Add(1)
			if n, err := strconv.Atoi(got.Header.Get("Retry-After")); got.StatusCode == http.StatusServiceUnavailable && (err != nil || n < 1) {
				t.Errorf("no room, and nothing says until when: %v", got.Header)
			}
		})
	}
	pages := 0
	for waiting.Load() > 0 {
		got := s.get(product.Path(), "")
		if got.StatusCode != http.StatusOK || !got.says("Vải thiều") {
			t.Fatalf("while the door is crowded: %s", got)
		}
		pages++
	}
	group.Wait()
	refused, busy := answered[http.StatusUnauthorized].Load(), answered[http.StatusServiceUnavailable].Load()
	if refused+busy != crowd || refused == 0 {
		t.Errorf("of %d who came, %d were refused and %d told to come back", crowd, refused, busy)
	}
	if int64(pages) < refused {
		t.Errorf("%d pages were answered while %d passwords were checked", pages, refused)
	}
	t.Logf("%d pages while %d passwords were checked and %d were told to come back", pages, refused, busy)
}
