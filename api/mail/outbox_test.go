package mail

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
)

// TestOutbox: nobody waits for a server, and what was taken is sent before the end.
func TestOutbox(t *testing.T) {
	s := newServer(t, &server{implicit: true})
	o := NewOutbox(s.sender(t, Config{URL: "smtps://" + host}), slog.New(slog.DiscardHandler))
	for i := range 3 {
		if err := o.Send(t.Context(), "hoa@example.vn", fmt.Sprintf("letter %d", i), "text"); err != nil {
			t.Fatal(err)
		}
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := o.Run(stopped); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range 3 {
		if len(s.data) != 3 || !strings.Contains(s.data[i], fmt.Sprintf("Subject: letter %d", i)) {
			t.Fatalf("sent: %q", s.data)
		}
	}
}

// TestOutboxIsBounded: a server that is away takes no memory, and its name is all that
// the log tells.
func TestOutboxIsBounded(t *testing.T) {
	s := newServer(t, &server{implicit: true, answers: map[string]string{"RCPT": "550 5.1.1 <hoa@example.vn> unknown"}})
	var log bytes.Buffer
	o := NewOutbox(s.sender(t, Config{URL: "smtps://" + host}), slog.New(slog.NewTextHandler(&log, nil)))
	for range maxQueued {
		if err := o.Send(t.Context(), "hoa@example.vn", "letter", "secret words"); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.Send(t.Context(), "hoa@example.vn", "letter", "text"); ledger.CodeOf(err) != ledger.Unavailable {
		t.Errorf("one too many: %v", err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := o.Run(stopped); err != nil {
		t.Fatal(err)
	}
	if text := log.String(); !strings.Contains(text, "was not sent") || strings.Contains(text, "hoa@") || strings.Contains(text, "secret") {
		t.Errorf("%s", text)
	}
}
