package account

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// Downloads of datasets are counted by day and all together. Nothing of who downloaded is
// kept, as with scans.

// DownloadDay is how often files of a dataset were downloaded on a day in Vietnam.
type DownloadDay struct {
	Day string `json:"day"` // 2026-06-03
	N   int    `json:"n"`
}

// downloads is how often files of a dataset were ever downloaded.
type downloads struct {
	Dataset ledger.ID `json:"dataset"`
	N       int64     `json:"n"`
}

func downloadDayKey(dataset ledger.ID, at time.Time) []byte {
	return binary.BigEndian.AppendUint32(nodeKey(downloadDayKind, dataset[:]...), dayNumber(at))
}

// CountDownload counts that a file of a dataset was asked for; the caller has made sure
// that there is one.
func (s *Store) CountDownload(_ context.Context, dataset ledger.ID, from From) error {
	now := s.time()
	if wait := s.addresses.add(scanLimit, from.Address, now); wait > 0 {
		return later(wait, tooMany)
	}
	return s.vault.Update(func(t *vault.Tx) error {
		key := nodeKey(downloadKind, dataset[:]...)
		all, _, err := get[downloads](t, key)
		if err != nil {
			return err
		}
		all.Dataset = dataset
		all.N++
		if err := t.Put(key, all); err != nil {
			return err
		}
		key = downloadDayKey(dataset, now)
		d, _, err := get[DownloadDay](t, key)
		if err != nil {
			return err
		}
		d.Day = now.In(vietnam).Format(time.DateOnly)
		d.N++
		return t.PutUntil(key, d, now.Add(dayLife))
	})
}

// Downloads are how often files of each dataset were ever downloaded.
func (s *Store) Downloads(context.Context) (map[ledger.ID]int64, error) {
	all, err := readAll[downloads](s, nodeKey(downloadKind))
	counts := make(map[ledger.ID]int64, len(all))
	for _, d := range all {
		counts[d.Dataset] = d.N
	}
	return counts, err
}

// DownloadDays lists the last days on which files of a dataset were downloaded, up to a
// number of days ago, the oldest first; days without any are among them.
func (s *Store) DownloadDays(_ context.Context, dataset ledger.ID, days int) ([]DownloadDay, error) {
	known, err := readAll[DownloadDay](s, nodeKey(downloadDayKind, dataset[:]...))
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for _, d := range known {
		counts[d.Day] = d.N
	}
	list := make([]DownloadDay, days)
	now := s.time().In(vietnam)
	for i := range list {
		day := now.AddDate(0, 0, i+1-days).Format(time.DateOnly)
		list[i] = DownloadDay{day, counts[day]}
	}
	return list, nil
}
