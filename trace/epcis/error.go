package epcis

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/sogoc/sogoc/ledger"
)

// maxProblems is how many problems are reported at most.
const maxProblems = 20

// Problem is one thing that is wrong with a document.
type Problem struct {
	Event   int    // the event's position in the list, -1 when it is about the document
	Field   string // as in eventList[2].quantityList[0].epcClass; empty for all of it
	Message string
}

// ValidationError says what is wrong with a document, in the document's order and
// at most 20 problems. It is a [ledger.Error] with the code Invalid to errors.As.
type ValidationError struct{ Problems []Problem }

func (e *ValidationError) Error() string {
	var b strings.Builder
	for i, p := range e.Problems {
		if i > 0 {
			b.WriteString("; ")
		}
		if p.Field != "" {
			b.WriteString(p.Field + ": ")
		}
		b.WriteString(p.Message)
	}
	return b.String()
}

// Unwrap is the first problem as the ledger's error.
func (e *ValidationError) Unwrap() error {
	first := e.Problems[0]
	message := first.Message
	if n := len(e.Problems) - 1; n > 0 {
		message += fmt.Sprintf(" (and %d more)", n)
	}
	return &ledger.Error{Code: ledger.Invalid, Field: first.Field, Message: message}
}

func documentError(field, format string, args ...any) error {
	return &ValidationError{[]Problem{{-1, field, fmt.Sprintf(format, args...)}}}
}

// The exceptions of EPCIS 2.0, section 12, as its REST bindings name them.
const (
	ValidationException            = "epcisException:ValidationException"
	QueryValidationException       = "epcisException:QueryValidationException"
	QueryParameterException        = "epcisException:QueryParameterException"
	QueryTooLargeException         = "epcisException:QueryTooLargeException"
	QueryTooComplexException       = "epcisException:QueryTooComplexException"
	SubscriptionControlsException  = "epcisException:SubscriptionControlsException"
	SecurityException              = "epcisException:SecurityException"
	NoSuchNameException            = "epcisException:NoSuchNameException"
	NoSuchResourceException        = "epcisException:NoSuchResourceException"
	NotAcceptableException         = "epcisException:NotAcceptableException"
	ResourceAlreadyExistsException = "epcisException:ResourceAlreadyExistsException"
	CaptureLimitExceededException  = "epcisException:CaptureLimitExceededException"
	URITooLongException            = "epcisException:URITooLongException"
	UnsupportedMediaTypeException  = "epcisException:UnsupportedMediaTypeException"
	ImplementationException        = "epcisException:ImplementationException"
)

// Exception is how the REST bindings answer an error: a problem document (RFC
// 7807) of that type and title, with that HTTP status.
type Exception struct {
	Type   string
	Title  string
	Status int
}

// Exceptions gives each code its exception. They are a capture's; for a query
// Invalid is a QueryParameterException and TooLarge a QueryTooLargeException of
// the same status.
var Exceptions = map[ledger.Code]Exception{
	ledger.Invalid:         {ValidationException, "The request is not valid", http.StatusBadRequest},
	ledger.Unauthenticated: {SecurityException, "Unauthorised request", http.StatusUnauthorized},
	ledger.Forbidden:       {SecurityException, "Access to resource forbidden", http.StatusForbidden},
	ledger.NotFound:        {NoSuchResourceException, "Resource not found", http.StatusNotFound},
	ledger.Conflict:        {ResourceAlreadyExistsException, "A resource with the provided identifier already exists", http.StatusConflict},
	ledger.TooLarge:        {CaptureLimitExceededException, "Capture payload too large", http.StatusRequestEntityTooLarge},
	ledger.Unavailable:     {ImplementationException, "The service is not available; try again later", http.StatusServiceUnavailable},
	ledger.Internal:        {ImplementationException, "A server-side error occurred", http.StatusInternalServerError},
}
