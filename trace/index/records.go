package index

import (
	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// maxKept bounds the events that records keeps.
const maxKept = 1024

// records reads events and owners. With maps it keeps what it read: the nodes of a
// trace share events, each of which may be long, and products.
type records struct {
	txn    *badger.Txn
	kept   map[seq]*keptRecord
	owners map[trace.ID]ledger.ID // of products in the directory
}

type keptRecord struct {
	head header
	rec  *Record // nil until it is asked for
}

// header is nil when there is no such event.
func (r *records) header(s seq) (*header, error) {
	if k, ok := r.kept[s]; ok {
		return &k.head, nil
	}
	h, ok, err := headerAt(r.txn, s)
	if err != nil || !ok {
		return nil, err
	}
	k := &keptRecord{head: h}
	if r.kept != nil {
		if len(r.kept) >= maxKept {
			clear(r.kept)
		}
		r.kept[s] = k
	}
	return &k.head, nil
}

// record decodes an event, given its header.
func (r *records) record(s seq, h *header) (*Record, error) {
	k, ok := r.kept[s]
	if ok && k.rec != nil {
		return k.rec, nil
	}
	rec, err := h.record(s)
	if err == nil && ok {
		k.rec = rec
	}
	return rec, err
}

// owner is ownerOf.
func (r *records) owner(id trace.ID) (ledger.ID, error) {
	product := id.Product()
	if org, ok := r.owners[product]; ok {
		return org, nil
	}
	row, ok, err := getRow[productRow](r.txn, hashed('P', product))
	if err != nil {
		return ledger.ID{}, err
	}
	if !ok {
		return ownerOf(r.txn, id)
	}
	if r.owners != nil {
		r.owners[product] = row.Owner
	}
	return row.Owner, nil
}
