package account

import (
	"bytes"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

func TestIssues(t *testing.T) {
	s := open(t)
	lot, other, org := trace.MustID("https://id.gs1.org/01/09520001000119/10/L1"), trace.MustID("https://id.gs1.org/01/09520001000119/10/L10"), ledger.NewID()
	if _, err := s.KeepIssue(t.Context(), org, lot, trace.SerialRun{}); ledger.CodeOf(err) != ledger.Invalid {
		t.Errorf("an empty run is kept: %v", err)
	}
	before := s.IssueChanges()
	first, err := s.KeepIssue(t.Context(), org, lot, trace.SerialRun{Count: 3, First: 1})
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.KeepIssue(t.Context(), org, lot, trace.SerialRun{Count: 2, Seed: bytes.Repeat([]byte{1}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	if s.IssueChanges() == before {
		t.Error("pages made before are still taken for true")
	}
	runs := func(lot trace.ID, want int) {
		t.Helper()
		list, err := s.Issues(t.Context(), lot)
		if err != nil || len(list) != want {
			t.Errorf("%s has %d runs, %v; want %d", lot, len(list), err, want)
		}
	}
	runs(lot, 2)
	runs(other, 0)
	if err := s.DropIssue(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	list, err := s.Issues(t.Context(), lot)
	if err != nil || len(list) != 1 || list[0].ID != second.ID || !bytes.Equal(list[0].Run.Seed, second.Run.Seed) || list[0].Org != org {
		t.Errorf("%+v, %v", list, err)
	}
}
