package api

import "context"

// Send has a message of plain text sent to an e-mail address, as soon as may be. nil
// means that it was handed on; an Invalid error, that it can never be, and any other
// that it may or may not arrive.
type Send func(ctx context.Context, to, subject, body string) error
