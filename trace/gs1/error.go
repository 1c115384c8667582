package gs1

import (
	"errors"
	"strconv"
)

// ErrNotKey says that a string is no GS1 identifier at all: another kind of URI
// or plain text. A string that is one, but a wrong one, gives an [*Error].
//
// Of some web addresses nobody can tell which of the two they are, such as
// https://example.com/2026/01/15. They give an *Error for which
// errors.Is(err, ErrNotKey) holds too.
var ErrNotKey = errors.New("gs1: not a GS1 identifier")

// Error says what is wrong with a GS1 identifier or element, for a person.
type Error struct {
	AI     string // application identifier at fault, "" when none was reached
	Value  string // the value at fault, as given
	Reason string // the rule that it breaks, in plain words

	doubtful bool // may not be meant as a GS1 identifier
}

func (e *Error) Error() string {
	value := e.Value
	if len(value) > 100 {
		value = value[:100] + "..."
	}
	if e.AI == "" {
		return "gs1: " + strconv.Quote(value) + ": " + e.Reason
	}
	return "gs1: AI " + e.AI + " " + strconv.Quote(value) + ": " + e.Reason
}

// Is makes errors.Is(err, ErrNotKey) true for web addresses in doubt.
func (e *Error) Is(target error) bool { return e.doubtful && target == ErrNotKey }

// tooLong may be about anything, so nobody can say that it was meant as a key.
func tooLong(s string) error {
	return &Error{Value: s, Reason: "is longer than 2048 characters", doubtful: true}
}

func fail(ai, value, reason string) error {
	return &Error{AI: ai, Value: value, Reason: reason}
}
