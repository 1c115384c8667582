package traceability

import (
	"encoding/json"
	"strings"

	"github.com/sogoc/sogoc/ledger"
)

// What the tests of invariants read of the state.
const (
	PieceKey    = pieceKey
	ContentsKey = contentsKey
	BlockedKey  = blockedKey
	Custody     = custody
	SafetyKey   = safetyKey
)

// ProcessKey is the key of a process, which names it among things.
func ProcessKey(org ledger.ID, process string) string {
	return shortKey(processKey+org.String()+"|", process)
}

// Digest is the name of an event in what is kept of it.
func Digest(event string) string { return digest([]byte(event)) }

// Remains is what stays of an event that was declared wrong, and of what it made.
func Remains(key, value string) bool {
	return strings.HasPrefix(key, eventKey) || strings.HasPrefix(key, originKey) && value == "{}"
}

var Holds = holds

// Accounts are the quantities of a state by lot|account, those too that only an
// opening tells.
func Accounts(state map[string]string) (map[string]string, error) {
	all := map[string]string{}
	for key, value := range state {
		if lot, ok := strings.CutPrefix(key, originKey); ok {
			var o originRecord
			if err := json.Unmarshal([]byte(value), &o); err != nil {
				return nil, err
			}
			if o.Opening == nil {
				continue
			}
			for _, account := range []string{accMade, o.Opening.Org.String()} {
				if q, _ := o.Opening.on(account); state[stockKey+lot+"|"+account] == "" {
					all[lot+"|"+account] = q.String()
				}
			}
		}
		if account, ok := strings.CutPrefix(key, stockKey); ok {
			all[account] = value
		}
	}
	return all, nil
}
