package account

import (
	"context"
	"time"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Issue is a run of serials that was printed at this node for the pieces of a lot.
// Who knows its seed can tell all of them, so it is sealed here.
type Issue struct {
	ID  ledger.ID       `json:"id"`
	Org ledger.ID       `json:"org"`
	Lot string          `json:"lot"`
	Run trace.SerialRun `json:"run"`
	At  time.Time       `json:"at"`
}

// maxIssues is how many runs of a lot are kept.
const maxIssues = 200

func issuesOf(lot string) []byte { return nodeKey(issueKind, sum([]byte(lot))...) }

// KeepIssue notes that serials are issued; it goes before they are printed. A lot that
// has very many runs already takes no more.
func (s *Store) KeepIssue(_ context.Context, org ledger.ID, lot trace.ID, run trace.SerialRun) (i Issue, err error) {
	if err = run.Check(); err != nil {
		return i, err
	}
	i = Issue{ID: ledger.NewID(), Org: org, Lot: lot.String(), Run: run, At: s.time()}
	err = s.vault.Update(func(t *vault.Tx) error {
		if err := room(t, issuesOf(i.Lot), maxIssues, "runs of serials"); err != nil {
			return err
		}
		return t.Put(append(issuesOf(i.Lot), i.ID[:]...), i)
	})
	s.issues.Add(1)
	return i, err
}

// DropIssue takes back an issue of which nothing was printed.
func (s *Store) DropIssue(_ context.Context, i Issue) error {
	err := s.vault.Update(func(t *vault.Tx) error { return t.Delete(append(issuesOf(i.Lot), i.ID[:]...)) })
	s.issues.Add(1)
	return err
}

// Issues lists the runs of serials of a lot that are known here.
func (s *Store) Issues(_ context.Context, lot trace.ID) ([]Issue, error) {
	return readAll[Issue](s, issuesOf(lot.String()))
}

// IssueChanges counts how often it changed which serials are issued, since the store
// was opened: what was made of Issues is true while it stays the same.
func (s *Store) IssueChanges() uint64 { return s.issues.Load() }
