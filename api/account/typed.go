package account

import (
	"encoding/hex"

	"github.com/sogoc/sogoc/ledger"
)

// TypedData is an EIP-712 message in the JSON form that wallets take
// (eth_signTypedData_v4).
type TypedData struct {
	Types       map[string][]TypedField `json:"types"`
	PrimaryType string                  `json:"primaryType"`
	Domain      TypedDomain             `json:"domain"`
	Message     map[string]any          `json:"message"`
}

// TypedField is one field of a type.
type TypedField struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// TypedDomain is the register's domain; see package ledger.
type TypedDomain struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Salt    string `json:"salt"` // the register id
}

func typed(register ledger.Hash, primary string, fields []TypedField, message map[string]any) TypedData {
	return TypedData{
		Types: map[string][]TypedField{
			"EIP712Domain": {{"name", "string"}, {"version", "string"}, {"salt", "bytes32"}},
			primary:        fields,
		},
		PrimaryType: primary,
		Domain:      TypedDomain{Name: ledger.DomainName, Version: ledger.DomainVersion, Salt: hex32(register)},
		Message:     message,
	}
}

func hex32(h ledger.Hash) string { return "0x" + hex.EncodeToString(h[:]) }
