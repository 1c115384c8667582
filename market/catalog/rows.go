package catalog

import (
	"encoding/binary"
	"encoding/json"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/disk"
	"github.com/sogoc/sogoc/market"
)

// Keys of the database. Numbers are big-endian.
const (
	heightKey     = "h2" // the register, and how many of its entries are applied
	releasePrefix = "r"  // + entry: a release
	datasetPrefix = "d"  // + dataset: its row
	versionPrefix = "v"  // + dataset + version: the release's entry
	heldPrefix    = "p"  // + CID + entry: the dataset by whose release or offer everybody may read the payload
	grantPrefix   = "g"  // + organisation + purpose: the leave to be counted
	usePrefix     = "u"  // + dataset + entry: what was derived from it
)

// released is a release as it was published.
type released struct {
	Release market.Release `json:"release"`
	Org     ledger.ID      `json:"org"`
	Time    ledger.Time    `json:"time"`
}

// row is what holds of a dataset now.
type row struct {
	Org       ledger.ID       `json:"org"`
	First     uint64          `json:"first"` // entry of version 1
	FirstAt   ledger.Time     `json:"firstAt"`
	Entry     uint64          `json:"entry"` // of the latest version
	Before    uint64          `json:"before,omitempty"`
	Changed   uint64          `json:"changed"` // entry of the latest change of any kind
	ChangedAt ledger.Time     `json:"changedAt"`
	Standing  market.Standing `json:"standing,omitempty"`
	Judged    *Judgement      `json:"judged,omitempty"`
	Offers    []market.Offer  `json:"offers,omitempty"`
}

// offer adds an offer, or puts it in the place of the one with its identifier.
func (r *row) offer(o market.Offer) {
	r.retract(o.ID)
	r.Offers = append(r.Offers, o)
}

func (r *row) retract(id ledger.ID) {
	r.Offers = slices.DeleteFunc(r.Offers, func(o market.Offer) bool { return o.ID == id })
}

func numbered(prefix string, n uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte(prefix), n)
}
func named(prefix string, id ledger.ID) []byte { return append([]byte(prefix), id[:]...) }

func versionKey(id ledger.ID, version int) []byte {
	return binary.BigEndian.AppendUint32(named(versionPrefix, id), uint32(version))
}

func heldKey(cid string, entry uint64) []byte { return numbered(heldPrefix+cid, entry) }

// read decodes a row; ok is false when there is none.
func read[T any](txn *badger.Txn, key []byte) (v T, ok bool, err error) {
	b, err := disk.Read(txn, key)
	if err != nil || b == nil {
		return v, false, err
	}
	return v, true, json.Unmarshal(b, &v)
}

// scan calls f for the keys below a prefix, in their order, from one on; f says whether
// it wants more.
func scan(txn *badger.Txn, prefix, from []byte, f func(key, value []byte) (bool, error)) error {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix, PrefetchValues: true, PrefetchSize: 32})
	defer it.Close()
	for it.Seek(from); it.Valid(); it.Next() {
		more := false
		err := it.Item().Value(func(v []byte) (err error) {
			more, err = f(it.Item().Key(), v)
			return err
		})
		if err != nil || !more {
			return err
		}
	}
	return nil
}
