package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"strings"
)

// GenesisFormat is the only genesis format there is.
const GenesisFormat = "sogoc-genesis/1"

// Genesis founds a register. Its hash is the register id, which every signature
// covers, so a transaction of one register is nothing on another.
type Genesis struct {
	Format   string  `json:"format"`
	Name     string  `json:"name"`     // shown to people
	Origin   string  `json:"origin"`   // the checkpoints' first line (C2SP tlog-checkpoint)
	Created  Time    `json:"created"`  // when
	Operator Address `json:"operator"` // the key that founds the operator's organisation
	Recovery string  `json:"recovery"` // note verifier key that may retire a checkpoint key; may be empty
	Nonce    Hash    `json:"nonce"`    // random

	// Host is the member of a Fabric channel (its MSP id) whose nodes submit what
	// the operator signs. It is left out on a ledger of one node.
	Host string `json:"host,omitempty"`
}

// Encode gives the bytes that the register id is the hash of.
func (g Genesis) Encode() []byte {
	b, err := json.Marshal(g)
	if err != nil {
		panic(err) // no field can fail
	}
	return b
}

// Register returns the register id.
func (g Genesis) Register() Hash { return sha256.Sum256(g.Encode()) }

// ParseGenesis reads what Encode wrote, and nothing else.
func ParseGenesis(b []byte) (Genesis, error) {
	var g Genesis
	if err := json.Unmarshal(b, &g); err != nil {
		return g, Wrap(err, Invalid, "the genesis is not a JSON object of the expected fields")
	}
	if g.Format != GenesisFormat {
		return g, FieldErrorf(Invalid, "format", "%q is not %s", g.Format, GenesisFormat)
	}
	if !bytes.Equal(g.Encode(), b) {
		return g, Errorf(Invalid, "the genesis is not in canonical form")
	}
	if g.Operator.IsZero() || g.Origin == "" {
		return g, Errorf(Invalid, "the genesis names no operator or no origin")
	}
	if g.Host != "" && !ValidHost(g.Host) {
		return g, FieldErrorf(Invalid, "host", "%q does not name a member of a channel", g.Host)
	}
	return g, nil
}

// ValidHost reports whether s can be the MSP id of a member of a Fabric channel:
// 1 to 64 letters, digits, dots, hyphens and underscores.
func ValidHost(s string) bool {
	const signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_"
	return 0 < len(s) && len(s) <= 64 && strings.Trim(s, signs) == ""
}
