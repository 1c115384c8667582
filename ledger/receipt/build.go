package receipt

import (
	"context"
	"strconv"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// Source is what a receipt is made from. Errors are returned unchanged.
type Source interface {
	Genesis() ledger.Genesis
	// Entry returns the entry at index, or NotFound.
	Entry(ctx context.Context, index uint64) (*ledger.Entry, error)
	// Checkpoint is the latest signed checkpoint.
	Checkpoint(ctx context.Context) ([]byte, error)
	// Inclusion is the RFC 6962 path of the leaf at index in the tree of size.
	Inclusion(ctx context.Context, index, size uint64) ([]ledger.Hash, error)
	// EnrolmentOf says which item of which entry, with an index below before, put
	// the key on the register: the registry's found, admit, enrol, rotate or device
	// that is in force there. It is NotFound when none did.
	EnrolmentOf(ctx context.Context, key ledger.Address, before uint64) (index uint64, item int, err error)
}

// Build makes the receipt of an item of the entry at index. Whoever gets it learns
// that item and, of each entry that enrolled a signer, the item that did; nothing
// else of their bodies. It is NotFound when there is no such item, and Unavailable
// when the checkpoint does not cover the entry yet.
func Build(ctx context.Context, src Source, index uint64, item int) (Receipt, error) {
	genesis := src.Genesis()
	checkpoint, err := src.Checkpoint(ctx)
	if err != nil {
		return Receipt{}, err
	}
	b := builder{src: src, register: genesis.Register()}
	if b.size, err = sizeOf(checkpoint); err != nil {
		return Receipt{}, err
	}
	r := Receipt{
		Format:     Format,
		Register:   b.register,
		Genesis:    string(genesis.Encode()),
		Checkpoint: string(checkpoint),
	}
	entry, link, err := b.link(ctx, index, item)
	if err != nil {
		return Receipt{}, err
	}
	r.Record = link
	for !founds(&entry.Tx.Header, entry.Signer, genesis) {
		if len(r.Authority) == MaxDepth {
			return Receipt{}, ledger.Errorf(ledger.Invalid, "there are more than %d enrolments between the signer and the operator", MaxDepth)
		}
		index, item, err = src.EnrolmentOf(ctx, entry.Signer, entry.Index)
		if err != nil {
			return Receipt{}, err
		}
		if index >= entry.Index {
			return Receipt{}, ledger.Errorf(ledger.Internal, "the enrolment of %s is not before what it signed", entry.Signer)
		}
		if entry, link, err = b.link(ctx, index, item); err != nil {
			return Receipt{}, err
		}
		r.Authority = append(r.Authority, link)
	}
	return r, nil
}

// founds reports whether a header by signer founds the register.
func founds(h *ledger.Header, signer ledger.Address, g ledger.Genesis) bool {
	return h.Contract == contract && h.Action == found && signer == g.Operator
}

type builder struct {
	src      Source
	register ledger.Hash
	size     uint64
}

func (b *builder) link(ctx context.Context, index uint64, item int) (*ledger.Entry, Link, error) {
	e, err := b.src.Entry(ctx, index)
	if err != nil {
		return nil, Link{}, err
	}
	if index >= b.size {
		return nil, Link{}, ledger.Errorf(ledger.Unavailable, "the checkpoint does not cover entry %d yet", index)
	}
	items := e.Tx.Items
	if item < 0 || item >= len(items) {
		return nil, Link{}, ledger.Errorf(ledger.NotFound, "entry %d has no item %d", index, item)
	}
	path, err := b.src.Inclusion(ctx, index, b.size)
	if err != nil {
		return nil, Link{}, err
	}
	leaf := e.Leaf(b.register)
	return e, Link{
		Index: index,
		Leaf:  leaf.Encode(),
		Path:  rawHashes(path),
		Item: Item{
			Position: uint64(item),
			Count:    uint64(len(items)),
			Salt:     items[item].Salt[:],
			Data:     items[item].Data,
			Path:     rawHashes(merkle.ItemPath(items, item)),
		},
	}, nil
}

// sizeOf reads the second line of a checkpoint of our own, whose signatures are
// for the reader of the receipt to check.
func sizeOf(checkpoint []byte) (uint64, error) {
	if lines := strings.SplitN(string(checkpoint), "\n", 3); len(lines) == 3 {
		if size, err := strconv.ParseUint(lines[1], 10, 64); err == nil {
			return size, nil
		}
	}
	return 0, ledger.Errorf(ledger.Internal, "the register's checkpoint cannot be read")
}
