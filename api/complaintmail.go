package api

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// complaintPause is how long an organisation gets no other letter about complaints:
// whoever sends many must not fill its administrators' boxes.
const complaintPause = 15 * time.Minute

// told remembers which organisations were written to lately.
type told struct {
	mu sync.Mutex
	at map[ledger.ID]time.Time
}

// now reports whether an organisation is to be written to, and notes that it is.
func (t *told) now(org ledger.ID) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, at := range t.at {
		if time.Since(at) >= complaintPause {
			delete(t.at, id)
		}
	}
	if _, lately := t.at[org]; lately {
		return false
	}
	if t.at == nil {
		t.at = map[ledger.ID]time.Time{}
	}
	t.at[org] = time.Now()
	return true
}

// tellOfComplaint writes to the administrators of the organisation that a complaint is
// for, at the addresses that are proved to be theirs. What was complained of, and by whom,
// is in no letter. A complaint is taken whatever becomes of it.
func (s *server) tellOfComplaint(ctx context.Context, one account.Complaint, name trace.Text, id trace.ID) {
	if s.Mail == nil || !s.told.now(one.Org) {
		return
	}
	people, err := s.Accounts.Colleagues(ctx, one.Org)
	for _, a := range people {
		if err == nil && a.Email != "" && !a.Unproved && s.administers(ctx, a, one.Org) {
			lang := web.Lang(a.Language)
			subject, text := s.pages.ComplaintLetter(lang, a.Name, s.PublicURL+"/reports/"+one.Ref, name.In(string(lang))+" · "+code(id))
			err = s.Mail(ctx, a.Email, subject, text)
		}
	}
	if err != nil {
		slog.ErrorContext(ctx, "a letter could not be sent", "error", err)
	}
}

// administers reports whether somebody is an administrator of an organisation who can act.
func (s *server) administers(ctx context.Context, a account.Account, org ledger.ID) bool {
	return slices.ContainsFunc(a.Members, func(m account.Membership) bool {
		if m.Org != org || m.Waits() {
			return false
		}
		on, err := s.Index.Member(ctx, index.Viewer{Org: org}, m.Member)
		return err == nil && !on.Suspended && slices.Contains(on.Roles, ledger.RoleAdmin)
	})
}
