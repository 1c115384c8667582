package watch

import (
	"context"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// keep is how many reports Recent remembers.
const keep = 200

// Report is a warning or an error as the operator may read it: without what is
// personal and what opens something.
type Report struct {
	At      time.Time `json:"at"`
	Level   string    `json:"level"` // WARN or ERROR
	Message string    `json:"message"`
	Details []Detail  `json:"details,omitempty"`
}

// Detail is an attribute of a report.
type Detail struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Recent remembers the last reports. It is for concurrent use, and its zero value is
// empty.
type Recent struct {
	mu    sync.Mutex
	ring  [keep]Report
	count int // that ever came
}

// Reports are the last warnings and errors, the newest first.
func (r *Recent) Reports() []Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]Report, 0, min(r.count, keep))
	for i := range min(r.count, keep) {
		list = append(list, r.ring[(r.count-1-i)%keep])
	}
	return list
}

func (r *Recent) add(x Report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ring[r.count%keep] = x
	r.count++
}

// Handler remembers warnings and errors, and passes on what next wants.
func (r *Recent) Handler(next slog.Handler) slog.Handler { return &handler{recent: r, next: next} }

type handler struct {
	recent  *Recent
	next    slog.Handler
	details []Detail
	group   string // with a dot at its end, or empty
}

func (h *handler) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn || h.next.Enabled(ctx, l)
}

func (h *handler) Handle(ctx context.Context, x slog.Record) error {
	if x.Level >= slog.LevelWarn {
		details := slices.Clone(h.details)
		x.Attrs(func(a slog.Attr) bool {
			details = appendDetail(details, h.group, a)
			return true
		})
		h.recent.add(Report{At: x.Time, Level: x.Level.String(), Message: clean(x.Message), Details: details})
	}
	if !h.next.Enabled(ctx, x.Level) {
		return nil
	}
	return h.next.Handle(ctx, x)
}

func (h *handler) WithAttrs(list []slog.Attr) slog.Handler {
	next := *h
	next.next, next.details = h.next.WithAttrs(list), slices.Clone(h.details)
	for _, a := range list {
		next.details = appendDetail(next.details, h.group, a)
	}
	return &next
}

func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	next := *h
	next.next, next.group = h.next.WithGroup(name), h.group+name+"."
	return &next
}

// maxDetails bounds the attributes of a report.
const maxDetails = 12

func appendDetail(list []Detail, group string, a slog.Attr) []Detail {
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		if a.Key != "" {
			group += a.Key + "."
		}
		for _, in := range v.Group() {
			list = appendDetail(list, group, in)
		}
		return list
	}
	if a.Key == "" || len(list) >= maxDetails {
		return list
	}
	return append(list, Detail{group + a.Key, clean(v.String())})
}

// maxText is how much of a text is kept, in bytes.
const maxText = 400

var (
	address   = regexp.MustCompile(`[^\s"'<>=:;,(]+@[\p{L}\d-]+\.[\p{L}\d.-]+`)
	telephone = regexp.MustCompile(`(\+84|\b0)\d(?:[ .-]?\d){7,9}\b`)
	query     = regexp.MustCompile(`\?[^\s"'<>]+`)
	network   = regexp.MustCompile(`\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b`)
	word      = regexp.MustCompile(`[A-Za-z0-9_-]{28,}`)
	hidden    = "…"
)

// public are long words that open nothing: identifiers, addresses and hashes in
// hexadecimal, and content identifiers.
var public = regexp.MustCompile(`^(?:(?:0x)?(?:[0-9a-f]{32}|[0-9a-fA-F]{40}|[0-9a-f]{64})|baf[a-z2-7]{56}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)

// clean takes out of a text what the operator has no business with: mail addresses
// and telephone numbers, network addresses of people, what follows a question mark
// in an address, and whatever is long and random enough to open something.
func clean(s string) string {
	s = strings.ToValidUTF8(s, hidden)
	for _, personal := range []*regexp.Regexp{address, telephone, query, network} {
		s = personal.ReplaceAllString(s, hidden)
	}
	s = word.ReplaceAllStringFunc(s, func(w string) string {
		if public.MatchString(w) || strings.ToLower(w) == w && strings.Trim(w, "abcdefghijklmnopqrstuvwxyz_-") == "" {
			return w
		}
		return hidden
	})
	if len(s) <= maxText {
		return s
	}
	s = s[:maxText]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + hidden
}
