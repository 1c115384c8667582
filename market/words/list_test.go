package words_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market/words"
)

var coop, office = ledger.ID{1}, ledger.ID{2}

func name(_ context.Context, org ledger.ID) (ledger.Text, error) {
	switch org {
	case coop:
		return ledger.Text{VI: "Hợp tác xã Tân Phú", EN: "Tan Phu co-op"}, nil
	case office:
		return ledger.Text{VI: "Sở Công Thương"}, nil
	}
	return ledger.Text{}, ledger.Errorf(ledger.NotFound, "nobody knows")
}

// find gives the numbers that identifiers begin with, page after page.
func find(t *testing.T, l *words.List, text string, limit int, keep func(ledger.ID) (bool, error)) string {
	t.Helper()
	var all []string
	for before := uint64(0); ; {
		page, next, err := l.Find(t.Context(), words.Query{Text: text, Before: before, Limit: limit, Name: name, Keep: keep})
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range page {
			all = append(all, fmt.Sprint(id[0]))
		}
		if next == 0 {
			return strings.Join(all, " ")
		}
		before = next
	}
}

func TestList(t *testing.T) {
	var l words.List
	if got := find(t, &l, "đất", 9, nil); got != "" {
		t.Errorf("nothing has %s", got)
	}
	l.Put(ledger.ID{3}, coop, 30, "Độ chua của đất", "Theo xã, từ 2024")
	l.Put(ledger.ID{5}, office, 50, "Giá dừa khô")
	l.Put(ledger.ID{4}, coop, 40, "Gia dua tuoi") // written without marks
	l.Put(ledger.ID{6}, ledger.ID{9}, 50, "Đất và đá")
	for text, want := range map[string]string{
		"": "6 5 4 3", "  ": "6 5 4 3", "!?": "", "đất": "6 3", "dat": "6 3", "đạt": "", "DO CHUA": "3", "độ chua tân phú": "3", "do chua tan phu": "3",
		"giá dừa": "5 4", "giả dừa": "4", "gia": "5 4", "cong thuong": "5", "co-op 2024": "3", "đất công thương": "", "da": "6",
	} {
		for _, limit := range []int{1, 2, 9} {
			got := find(t, &l, text, limit, nil)
			if order := strings.Fields(got); text == "" || text == "  " { // two were said at one time
				slices.SortFunc(order, func(a, b string) int { return strings.Compare(b, a) })
				got = strings.Join(order, " ")
			}
			if got != want {
				t.Errorf("%q by %d: %s, want %s", text, limit, got, want)
			}
		}
	}
	if got := find(t, &l, "dat", 1, func(id ledger.ID) (bool, error) { return id[0] == 3, nil }); got != "3" {
		t.Errorf("what is kept is %s", got)
	}
	l.Put(ledger.ID{3}, office, 30, "Độ mặn của nước") // another is asked
	l.Remove(ledger.ID{6})
	l.Remove(ledger.ID{7})
	if got := find(t, &l, "dat", 9, nil) + "|" + find(t, &l, "do man cong thuong", 9, nil) + "|" + find(t, &l, "tan phu", 9, nil); got != "|3|4" || l.Len() != 3 {
		t.Errorf("after changes: %s, %d", got, l.Len())
	}
	broken := errors.New("broken")
	if _, _, err := l.Find(t.Context(), words.Query{Limit: 1, Name: name, Keep: func(ledger.ID) (bool, error) { return false, broken }}); !errors.Is(err, broken) {
		t.Error(err)
	}
}

// TestListOfMany compares pages with those of a list that is gone through one by one,
// while things come, change and go.
func TestListOfMany(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	var l words.List
	type thing struct {
		at   uint64
		text string
	}
	all := map[ledger.ID]thing{}
	syllables := strings.Fields("đất nước mặn chua giá dừa lúa tôm xã tỉnh")
	for step := range 12_000 {
		id := ledger.ID{byte(r.IntN(64)), byte(r.IntN(64))}
		if r.IntN(4) == 0 {
			l.Remove(id)
			delete(all, id)
			continue
		}
		one, ok := all[id]
		if !ok {
			one.at = uint64(step/3 + 1) // several at a time
		}
		one.text = syllables[r.IntN(10)] + " " + syllables[r.IntN(10)] + " " + syllables[r.IntN(10)]
		l.Put(id, coop, one.at, one.text)
		all[id] = one
	}
	odd := func(id ledger.ID) (bool, error) { return id[0]%16 == 1, nil }
	for _, text := range []string{"", "đất", "tôm dừa", "lúa giá xã", "tân phú mặn"} {
		var want []ledger.ID
		for id, one := range all {
			has := slices.ContainsFunc(strings.Fields(text), func(w string) bool { return !strings.Contains(one.text+" hợp tác xã tân phú", w) })
			if kept, _ := odd(id); kept && !has {
				want = append(want, id)
			}
		}
		var got []ledger.ID
		for before := uint64(0); ; {
			page, next, err := l.Find(t.Context(), words.Query{Text: text, Before: before, Limit: 10, Name: name, Keep: odd})
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, page...)
			if before = next; next == 0 {
				break
			}
		}
		if !slices.IsSortedFunc(got, func(a, b ledger.ID) int { return int(all[b].at) - int(all[a].at) }) {
			t.Errorf("%q: the latest are not the first", text)
		}
		order := func(a, b ledger.ID) int { return slices.Compare(a[:], b[:]) }
		slices.SortFunc(got, order)
		slices.SortFunc(want, order)
		if !slices.Equal(got, want) || l.Len() != len(all) {
			t.Errorf("%q: %d of %d", text, len(got), len(want))
		}
	}
}
