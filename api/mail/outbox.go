package mail

import (
	"context"
	"log/slog"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

// Outbox sends messages one after another, and nobody waits meanwhile: whoever asks
// for a message is not to see by the time it takes whether there was one. A message
// that the server does not take is logged and lost; who asked asks again.
type Outbox struct {
	sender *Sender
	log    *slog.Logger
	queue  chan letter
}

type letter struct{ to, subject, body string }

const (
	maxQueued = 256
	drainTime = 10 * time.Second // for what waits when the node stops
)

// NewOutbox makes an outbox; Run sends.
func NewOutbox(s *Sender, log *slog.Logger) *Outbox {
	return &Outbox{sender: s, log: log, queue: make(chan letter, maxQueued)}
}

// Send takes a message. An error is Unavailable: too many wait.
func (o *Outbox) Send(_ context.Context, to, subject, body string) error {
	select {
	case o.queue <- letter{to, subject, body}:
		return nil
	default:
		return ledger.Errorf(ledger.Unavailable, "too many messages wait to be sent; try again later")
	}
}

// Run sends until the context ends, and then what waits, for as long as a stop may
// take.
func (o *Outbox) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		select {
		case l := <-o.queue:
			o.deliver(context.WithoutCancel(ctx), l)
		case <-ctx.Done():
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	for {
		select {
		case l := <-o.queue:
			o.deliver(ctx, l)
		default:
			return nil
		}
	}
}

func (o *Outbox) deliver(ctx context.Context, l letter) {
	if err := o.sender.Send(ctx, l.to, l.subject, l.body); err != nil {
		o.log.Error("a message was not sent", "error", err)
	}
}
