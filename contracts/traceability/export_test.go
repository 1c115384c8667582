package traceability

// What the tests of invariants read of the state.
const (
	EventKey    = eventKey
	OriginKey   = originKey
	StockKey    = stockKey
	PieceKey    = pieceKey
	ContentsKey = contentsKey
	BlockedKey  = blockedKey
	Custody     = custody
)

var Holds = holds
