package ledger

import "github.com/ethereum/go-ethereum/crypto"

// The name and version of a register's EIP-712 domain.
const (
	DomainName    = "So Goc"
	DomainVersion = "1"
)

// TypedHash is the EIP-712 hash of a message in a register, given the message's
// struct hash: what is signed of something that is no transaction.
func TypedHash(register, message Hash) Hash {
	domain := domainOf(register)
	return Hash(crypto.Keccak256([]byte{0x19, 0x01}, domain[:], message[:]))
}
