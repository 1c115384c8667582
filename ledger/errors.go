package ledger

import (
	"errors"
	"fmt"
)

// Code says what kind of thing went wrong. There are few, and they are the same
// on every ledger and at every interface.
type Code string

const (
	Invalid         Code = "invalid"         // the input breaks a rule of its format
	Unauthenticated Code = "unauthenticated" // nobody known signed it
	Forbidden       Code = "forbidden"       // the signer may not do that
	NotFound        Code = "not_found"       // it is not on the register, or not for the caller to see
	Conflict        Code = "conflict"        // it contradicts what is recorded
	TooLarge        Code = "too_large"       // it exceeds a stated limit
	Unavailable     Code = "unavailable"     // try again later; nothing was written
	Internal        Code = "internal"        // a fault of ours
)

// Error is what a person is told: a code, the field or line at fault where there
// is one, and a sentence. The cause beneath is for the log, never for a caller
// outside.
type Error struct {
	Code    Code
	Field   string
	Message string
	Err     error
}

func (e *Error) Error() string {
	s := e.Message
	if e.Field != "" {
		s = e.Field + ": " + s
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error without a field.
func Errorf(code Code, format string, args ...any) *Error {
	return FieldErrorf(code, "", format, args...)
}

// FieldErrorf makes an Error that names the field at fault.
func FieldErrorf(code Code, field, format string, args ...any) *Error {
	return &Error{Code: code, Field: field, Message: fmt.Sprintf(format, args...)}
}

// Wrap puts a code and a sentence over a cause that must not reach the outside.
func Wrap(err error, code Code, message string) *Error {
	return &Error{Code: code, Message: message, Err: err}
}

// CodeOf returns the code of the first Error in err's chain, and Internal when
// there is none.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}
