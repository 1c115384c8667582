package account

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

func TestDownloads(t *testing.T) {
	c := &clock{at: time.Date(2026, 6, 3, 16, 59, 0, 0, time.UTC)} // a minute before midnight in Vietnam
	s := reopen(t, t.TempDir(), c)
	from := From{Address: netip.MustParseAddr("192.0.2.1")}
	one, other := ledger.NewID(), ledger.NewID()
	must(t, s.CountDownload(t.Context(), one, from))
	c.pass(2 * time.Minute)
	must(t, s.CountDownload(t.Context(), one, from))
	must(t, s.CountDownload(t.Context(), one, from))
	must(t, s.CountDownload(t.Context(), other, from))
	days, err := s.DownloadDays(t.Context(), one, 3)
	if got := fmt.Sprint(days); err != nil || got != "[{2026-06-02 0} {2026-06-03 1} {2026-06-04 2}]" {
		t.Errorf("%s, %v", got, err)
	}
	s = s.restart(t)
	all, err := s.Downloads(t.Context())
	if err != nil || len(all) != 2 || all[one] != 3 || all[other] != 1 {
		t.Errorf("%v, %v", all, err)
	}
	for range 10_000 {
		if err := s.CountDownload(t.Context(), one, from); err != nil {
			return // whoever asks very often waits
		}
	}
	t.Error("one address is counted without end")
}
