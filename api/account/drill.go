package account

import (
	"context"
	"slices"
	"time"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// Drill is a recall that was simulated: by whom, from what, how long the search took.
// What it found is a payload beside it.
type Drill struct {
	ID     ledger.ID     `json:"id"`
	Org    ledger.ID     `json:"org"`
	By     ledger.ID     `json:"by"` // account
	Asked  Asked         `json:"asked"`
	At     time.Time     `json:"at"`   // when the search began
	Took   time.Duration `json:"took"` // until everything was found and summed up
	Height uint64        `json:"height"`
	Report string        `json:"report"` // CID
	Things int           `json:"things"`
}

// Asked is what a simulated recall starts from.
type Asked struct {
	Kind  string    `json:"kind"` // thing, event, place or input
	What  string    `json:"what"` // an identifier, or the name of an input
	From  time.Time `json:"from,omitzero"`
	Until time.Time `json:"until,omitzero"` // of a place and an input: event time, the end excluded
}

// maxDrills is how many simulated recalls of an organisation are kept. Beyond, the
// oldest goes.
const maxDrills = 200

// KeepDrill adds a simulated recall, and returns the reports of those that went for it.
func (s *Store) KeepDrill(_ context.Context, d Drill) (gone []string, err error) {
	err = s.vault.Update(func(t *vault.Tx) error {
		gone = nil
		all, err := list[Drill](t, orgKey(d.Org, drillKind))
		if err != nil {
			return err
		}
		slices.SortFunc(all, oldest)
		for len(all) >= maxDrills {
			if err := t.Delete(orgKey(d.Org, drillKind, all[0].ID[:]...)); err != nil {
				return err
			}
			gone, all = append(gone, all[0].Report), all[1:]
		}
		return t.Put(orgKey(d.Org, drillKind, d.ID[:]...), d)
	})
	return gone, err
}

func oldest(a, b Drill) int { return a.At.Compare(b.At) }

// Drills lists the simulated recalls of an organisation, the newest first.
func (s *Store) Drills(_ context.Context, org ledger.ID) ([]Drill, error) {
	all, err := readAll[Drill](s, orgKey(org, drillKind))
	slices.SortFunc(all, func(a, b Drill) int { return oldest(b, a) })
	return all, err
}

// Drill reads a simulated recall of an organisation, or NotFound.
func (s *Store) Drill(_ context.Context, org, id ledger.ID) (d Drill, err error) {
	d, ok, err := read[Drill](s, orgKey(org, drillKind, id[:]...))
	if err == nil && !ok {
		err = ledger.Errorf(ledger.NotFound, "there is no such report")
	}
	return d, err
}
