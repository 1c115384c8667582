package api

import "context"

// Send has a message of plain text sent to an e-mail address, as soon as may be. It
// keeps nobody waiting: who asks for a message is not to see by the time it takes
// whether there was one. nil means that it was handed on; an Invalid error, that it
// can never be, and any other that it may or may not arrive.
type Send func(ctx context.Context, to, subject, body string) error
