package trace

import (
	"strings"

	"github.com/sogoc/sogoc/ledger"
)

// Plain is a text as people type it who leave out the marks on letters: small
// letters without diacritics, and one space for any.
func Plain(s string) string { return strings.Join(strings.Fields(ledger.Fold(s)), " ") }
