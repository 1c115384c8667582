package deals

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// Course is a negotiation with what followed from it.
type Course struct {
	market.Negotiation
	Deal      *market.Deal      // once the provider signed
	Transfers []market.Transfer // the oldest first
	History   []Message         // of all of them, the oldest first
}

// Negotiation returns a negotiation with all that was said in it and after it, or
// NotFound.
func (x *Deals) Negotiation(id ledger.ID) (c Course, err error) {
	err = x.db.View(func(txn *badger.Txn) (err error) {
		if c, err = shortly(txn, raw(id)); err == nil {
			err = c.recall(txn)
		}
		return err
	})
	return c, err
}

// Agreement returns the course that an agreement is of, or NotFound.
func (x *Deals) Agreement(id ledger.ID) (c Course, err error) {
	d, err := x.Deal(id)
	if err != nil {
		return c, err
	}
	return x.Negotiation(d.Negotiation)
}

// Deal returns an agreement and what became of it, or NotFound.
func (x *Deals) Deal(id ledger.ID) (d market.Deal, err error) {
	err = x.db.View(func(txn *badger.Txn) error { return load(txn, dealKey+raw(id), "agreement", &d) })
	return d, err
}

// Transfer returns a transfer, or NotFound.
func (x *Deals) Transfer(id ledger.ID) (t market.Transfer, err error) {
	err = x.db.View(func(txn *badger.Txn) error { return load(txn, transferKey+raw(id), "transfer", &t) })
	return t, err
}

// follow adds what a negotiation came to.
func (c *Course) follow(txn *badger.Txn) error {
	if c.Negotiation.Agreement.IsZero() {
		return nil
	}
	c.Deal = new(market.Deal)
	if err := load(txn, dealKey+raw(c.Negotiation.Agreement), "agreement", c.Deal); err != nil {
		return err
	}
	return each(txn, movesKey+raw(c.Deal.ID), func(rest string) error {
		var t market.Transfer
		if err := load(txn, transferKey+rest[8:], "transfer", &t); err != nil {
			return err
		}
		c.Transfers = append(c.Transfers, t)
		return nil
	})
}

// recall adds what was said about all of it.
func (c *Course) recall(txn *badger.Txn) error {
	about := []string{negotiationKey + raw(c.ID)}
	if c.Deal != nil {
		about = append(about, dealKey+raw(c.Deal.ID))
	}
	for _, t := range c.Transfers {
		about = append(about, transferKey+raw(t.ID))
	}
	for _, key := range about {
		err := each(txn, messageKey+key, func(rest string) error {
			var m Message
			if err := load(txn, messageKey+key+rest, "message", &m); err != nil {
				return err
			}
			c.History = append(c.History, m)
			return nil
		})
		if err != nil {
			return err
		}
	}
	slices.SortFunc(c.History, func(a, b Message) int { return cmp.Compare(a.Entry, b.Entry) })
	return nil
}

// Page is where a list goes on; zero is its beginning.
type Page uint64

// Of lists an organisation's negotiations with what they came to, the last begun first,
// without histories; next is zero at the end.
func (x *Deals) Of(org ledger.ID, from Page, limit int) (list []Course, next Page, err error) {
	err = x.db.View(func(txn *badger.Txn) error {
		return from.each(txn, ofKey+raw(org), func(page Page, id string) (bool, error) {
			if len(list) == limit {
				next = page
				return false, nil
			}
			c, err := shortly(txn, id)
			if err != nil {
				return false, err
			}
			list = append(list, c)
			return true, nil
		})
	})
	return list, next, err
}

// shortly is a negotiation and what came of it, without what was said.
func shortly(txn *badger.Txn, id string) (c Course, err error) {
	if err = load(txn, negotiationKey+id, "negotiation", &c.Negotiation); err == nil {
		err = c.follow(txn)
	}
	return c, err
}

// bidsLooked is how many bids are looked at for one part of a list.
const bidsLooked = 2000

// Bids lists the bids that keep says, the last posted first; a nil keep says all. next is
// zero at the end, and a part may be short where few are kept.
func (x *Deals) Bids(from Page, limit int, keep func(market.BidRecord) (bool, error)) (list []market.BidRecord, next Page, err error) {
	looked := 0
	err = x.db.View(func(txn *badger.Txn) error {
		return from.each(txn, bidsKey, func(page Page, id string) (bool, error) {
			if len(list) == limit || looked == bidsLooked {
				next = page
				return false, nil
			}
			looked++
			var b market.BidRecord
			if err := load(txn, bidKey+id, "bid", &b); err != nil {
				return false, err
			}
			kept := keep == nil
			if !kept {
				var err error
				if kept, err = keep(b); err != nil {
					return false, err
				}
			}
			if kept {
				list = append(list, b)
			}
			return true, nil
		})
	})
	return list, next, err
}

// Answers lists the negotiations by which a bid was answered, of those that keep says, the
// last begun first and no more than the limit.
func (x *Deals) Answers(bid ledger.ID, limit int, keep func(market.Negotiation) bool) (list []Course, err error) {
	err = x.db.View(func(txn *badger.Txn) error {
		return Page(0).each(txn, answerKey+raw(bid), func(_ Page, id string) (bool, error) {
			if len(list) == limit {
				return false, nil
			}
			c, err := shortly(txn, id)
			if err == nil && keep(c.Negotiation) {
				list = append(list, c)
			}
			return true, err
		})
	})
	return list, err
}

// Bid returns a bid, or NotFound.
func (x *Deals) Bid(id ledger.ID) (b market.BidRecord, err error) {
	err = x.db.View(func(txn *badger.Txn) error { return load(txn, bidKey+raw(id), "bid", &b) })
	return b, err
}

// Disputes lists the agreements whose money the operator is asked to decide about.
func (x *Deals) Disputes() (list []market.Deal, err error) {
	err = x.db.View(func(txn *badger.Txn) error {
		return each(txn, disputeKey, func(id string) error {
			var d market.Deal
			if err := load(txn, dealKey+id, "agreement", &d); err != nil {
				return err
			}
			list = append(list, d)
			return nil
		})
	})
	return list, err
}

// Entitled returns an agreement in force at a time by which an organisation is given a
// version of a dataset, or is Forbidden.
func (x *Deals) Entitled(org, dataset ledger.ID, version int, now ledger.Time) (found market.Agreement, err error) {
	none := ledger.Errorf(ledger.Forbidden, "no agreement in force gives version %d of the dataset", version)
	err = x.db.View(func(txn *badger.Txn) error {
		err := each(txn, entitledKey+raw(org)+raw(dataset), func(id string) error {
			var d market.Deal
			if err := load(txn, dealKey+id, "agreement", &d); err != nil {
				return err
			}
			if d.At(now) == market.InForce && d.Gives(version) && d.Released() != 0 {
				found = d.Agreement
				return errFound
			}
			return nil
		})
		if errors.Is(err, errFound) {
			return nil
		}
		if err == nil {
			err = none
		}
		return err
	})
	return found, err
}

var errFound = errors.New("found")

// Readable reports whether somebody may read a payload because a document, evidence or
// delivery that concerns an organisation is that, for which they act. Everybody reads
// what describes a bid.
func (x *Deals) Readable(cid string, actsFor func(org ledger.ID) bool) (ok bool, err error) {
	err = x.db.View(func(txn *badger.Txn) error {
		return each(txn, payloadKey+cid+"|", func(org string) error {
			id := ledger.ID([]byte(org))
			ok = ok || id.IsZero() || actsFor(id)
			return nil
		})
	})
	return ok, err
}

func load(txn *badger.Txn, key, what string, v any) error {
	item, err := txn.Get([]byte(key))
	if errors.Is(err, badger.ErrKeyNotFound) {
		return ledger.Errorf(ledger.NotFound, "there is no such %s", what)
	}
	if err != nil {
		return err
	}
	return item.Value(func(b []byte) error { return json.Unmarshal(b, v) })
}

// each hands over what follows a prefix in every key that has it, in order.
func each(txn *badger.Txn, prefix string, do func(rest string) error) error {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte(prefix)})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		if err := do(strings.TrimPrefix(string(it.Item().Key()), prefix)); err != nil {
			return err
		}
	}
	return nil
}

// each hands over the keys behind a prefix, of an entry's complement and an id, from
// the page's on, while do asks for more.
func (p Page) each(txn *badger.Txn, prefix string, do func(page Page, id string) (more bool, err error)) error {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte(prefix)})
	defer it.Close()
	for it.Seek([]byte(prefix + at(uint64(p)))); it.Valid(); it.Next() {
		rest := it.Item().Key()[len(prefix):]
		more, err := do(Page(binary.BigEndian.Uint64(rest)), string(rest[8:]))
		if err != nil || !more {
			return err
		}
	}
	return nil
}
