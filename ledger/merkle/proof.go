// Package merkle is the register's RFC 6962 tree: a tree kept in tiles, proofs
// and how they are checked, and signed checkpoints. It holds no files and no
// clock.
//
// A node of the tree is SHA-256(0x01 ‖ left ‖ right), a leaf's hash is
// SHA-256(0x00 ‖ leaf) and is made by whoever owns the leaf. Proofs are as in RFC
// 6962, section 2.1; tiles as in C2SP tlog-tiles; checkpoints as in C2SP
// tlog-checkpoint and signed-note.
package merkle

import (
	"crypto/sha256"
	"math/bits"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/sogoc/sogoc/ledger"
)

// EmptyRoot is the root of a tree without leaves.
var EmptyRoot = ledger.Hash(rfc6962.DefaultHasher.EmptyRoot())

// VerifyInclusion checks that leaf is the hash of the leaf at index in the tree
// of size and root. Its errors are Invalid.
func VerifyInclusion(index, size uint64, leaf ledger.Hash, path []ledger.Hash, root ledger.Hash) error {
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, index, size, leaf[:], byteSlices(path), root[:]); err != nil {
		return ledger.Wrap(err, ledger.Invalid, "the inclusion proof does not hold")
	}
	return nil
}

// InclusionRoot is the root that an inclusion path leads to. Its errors are Invalid.
func InclusionRoot(index, size uint64, leaf ledger.Hash, path []ledger.Hash) (ledger.Hash, error) {
	root, err := proof.RootFromInclusionProof(rfc6962.DefaultHasher, index, size, leaf[:], byteSlices(path))
	if err != nil {
		return ledger.Hash{}, ledger.Wrap(err, ledger.Invalid, "the inclusion proof does not hold")
	}
	return ledger.Hash(root), nil
}

// VerifyConsistency checks that the tree of size and root starts with the tree of
// oldSize and oldRoot. Its errors are Invalid.
func VerifyConsistency(oldSize, size uint64, path []ledger.Hash, oldRoot, root ledger.Hash) error {
	if oldSize == 0 && oldRoot != EmptyRoot || size == 0 && root != EmptyRoot {
		return ledger.Errorf(ledger.Invalid, "the root of an empty tree is another")
	}
	if err := proof.VerifyConsistency(rfc6962.DefaultHasher, oldSize, size, byteSlices(path), oldRoot[:], root[:]); err != nil {
		return ledger.Wrap(err, ledger.Invalid, "the consistency proof does not hold")
	}
	return nil
}

// ItemPath is the inclusion path of items[i] in the tree that ledger.BodyRoot is
// the root of; VerifyInclusion(i, len(items), items[i].LeafHash(), path, body)
// checks it. It panics when there is no item i.
func ItemPath(items []ledger.Item, i int) []ledger.Hash {
	leaves := make([]ledger.Hash, len(items))
	for j, it := range items {
		leaves[j] = it.LeafHash()
	}
	_ = leaves[i]
	return path(leaves, i)
}

// path is PATH(i, D[n]) of RFC 6962, section 2.1.1.
func path(leaves []ledger.Hash, i int) []ledger.Hash {
	if len(leaves) == 1 {
		return nil
	}
	k := split(len(leaves))
	if i < k {
		return append(path(leaves[:k], i), root(leaves[k:]))
	}
	return append(path(leaves[k:], i-k), root(leaves[:k]))
}

// root is MTH(D[n]) of RFC 6962, section 2.1, over leaf hashes.
func root(leaves []ledger.Hash) ledger.Hash {
	if len(leaves) == 1 {
		return leaves[0]
	}
	k := split(len(leaves))
	l, r := root(leaves[:k]), root(leaves[k:])
	return node(l[:], r[:])
}

// split is the largest power of two below n.
func split(n int) int { return 1 << (bits.Len(uint(n-1)) - 1) }

// node is the hash of an inner node.
func node(left, right []byte) ledger.Hash {
	var b [65]byte
	b[0] = rfc6962.RFC6962NodeHashPrefix
	copy(b[1:], left)
	copy(b[33:], right)
	return sha256.Sum256(b[:])
}

func byteSlices(hashes []ledger.Hash) [][]byte {
	s := make([][]byte, len(hashes))
	for i := range hashes {
		s[i] = hashes[i][:]
	}
	return s
}
