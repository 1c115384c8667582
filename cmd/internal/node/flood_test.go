package node_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/epcis"
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
	const phones = 4 // so that what the node answers counts, and not how soon one reader wakes up
	var pages atomic.Int64
	for range phones {
		group.Go(func() {
			for waiting.Load() > 0 {
				got := s.get(product.Path(), "")
				if got.StatusCode != http.StatusOK || !got.says("Vải thiều") {
					t.Errorf("while the door is crowded: %s", got)
					return
				}
				pages.Add(1)
			}
		})
	}
	group.Wait()
	refused, busy := answered[http.StatusUnauthorized].Load(), answered[http.StatusServiceUnavailable].Load()
	if refused+busy != crowd || refused == 0 {
		t.Errorf("of %d who came, %d were refused and %d told to come back", crowd, refused, busy)
	}
	if pages.Load() < refused {
		t.Errorf("%d pages were answered while %d passwords were checked", pages.Load(), refused)
	}
	t.Logf("%d pages while %d passwords were checked and %d were told to come back", pages.Load(), refused, busy)
}

// TestHugeDocuments: while many send as much as a document may have, and hold back its
// end, what is more than there is room for is told to come back, and small documents and
// pages are answered as ever.
func TestHugeDocuments(t *testing.T) {
	s := newSite(t)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	const many = 12
	size := epcis.DefaultLimits.Size
	said, end := make(chan int, many), make(chan bool)
	for range many {
		body, sending := io.Pipe()
		go func() {
			if _, err := sending.Write(bytes.Repeat([]byte(" "), size-1)); err == nil {
				<-end
				_, _ = sending.Write([]byte(" ")) // unless the answer came before
			}
			sending.Close()
		}()
		go func() {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/epcis/capture", body)
			if err != nil {
				t.Error(err)
				said <- 0
				return
			}
			r.ContentLength = int64(size)
			r.Header.Set("Authorization", "Bearer "+coop.token)
			r.Header.Set("Content-Type", "application/json")
			got, err := http.DefaultClient.Do(r)
			if err != nil { // it was still sending when it was refused
				said <- http.StatusServiceUnavailable
				return
			}
			got.Body.Close()
			if got.StatusCode == http.StatusServiceUnavailable && got.Header.Get("Retry-After") == "" {
				t.Error("one that finds no room is not told when to come back")
			}
			said <- got.StatusCode
		}()
	}
	answers := map[int]int{<-said: 1} // somebody found no room
	s.recordEvents(coop, ledger.Public, s.eventOf(coop, 1))
	s.must(s.get("/", ""), http.StatusOK)
	close(end)
	for range many - 1 {
		answers[<-said]++
	}
	if answers[http.StatusServiceUnavailable] == 0 || answers[http.StatusBadRequest] == 0 || len(answers) != 2 {
		t.Errorf("the huge ones were answered %v", answers)
	}
	s.recordEvents(coop, ledger.Public, s.eventOf(coop, 2))
}
