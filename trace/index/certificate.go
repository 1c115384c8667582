package index

import (
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Certificate is an attestation as it stands.
type Certificate struct {
	trace.Certificate
	Issuer    ledger.ID   `json:"issuer"`
	Entry     uint64      `json:"entry"` // where it was last recorded
	Item      int         `json:"item"`
	Time      ledger.Time `json:"time"`                 // record time of that
	RevokedAt ledger.Time `json:"revoked_at,omitempty"` // record time of the revocation
}

// Valid reports whether it holds at a moment: within its dates, and not yet
// revoked.
func (c *Certificate) Valid(at ledger.Time) bool {
	return c.From <= at && (c.Until.IsZero() || at < c.Until) && (c.RevokedAt.IsZero() || at < c.RevokedAt)
}

func certificateKey(issuer ledger.ID, id string) hash { return hashOf2(issuer.String(), id) }

// subjects are what a certificate is found under: its targets, or its holder.
func (c *Certificate) subjects() []string {
	if len(c.Targets) == 0 {
		return []string{c.Holder.String()}
	}
	list := make([]string, len(c.Targets))
	for i, t := range c.Targets {
		list[i] = t.String()
	}
	return list
}

// listed are all keys under which a certificate is found: its subjects, and its holder
// whatever it is about.
func (c *Certificate) listed() []string { return append(c.subjects(), heldBy(c.Holder)) }

func heldBy(org ledger.ID) string { return "held by " + org.String() }

// certificate takes in a certificate, a newer one of the same id and issuer, or a
// revocation, which ends the earlier one for all that it covered.
func (b *batch) certificate(e *ledger.Entry, i int, data []byte, issuer ledger.ID) error {
	c := Certificate{Issuer: issuer, Entry: e.Index, Item: i, Time: e.Time}
	if err := trace.Decode(data, &c.Certificate); err != nil {
		return err
	}
	id := certificateKey(issuer, c.ID)
	before, ok, err := getRow[Certificate](b.txn, key('k', id[:]))
	if err != nil {
		return err
	}
	if c.Revoked != "" {
		if ok {
			why := c.Revoked
			c.Certificate = before.Certificate
			c.Revoked = why
		}
		c.RevokedAt = e.Time
	}
	if ok {
		for _, subject := range before.listed() {
			if h := hashOf(subject); !slices.Contains(c.listed(), subject) {
				if err := b.changeSubject(h, func(ids []hash) []hash { return slices.DeleteFunc(ids, func(one hash) bool { return one == id }) }); err != nil {
					return err
				}
			}
		}
		b.touchCertificate(&before)
	}
	for _, subject := range c.listed() {
		err := b.changeSubject(hashOf(subject), func(ids []hash) []hash {
			if slices.Contains(ids, id) {
				return ids
			}
			return append(ids, id)
		})
		if err != nil {
			return err
		}
	}
	if err := b.putRow(key('k', id[:]), c); err != nil {
		return err
	}
	b.touchCertificate(&c)
	return b.grant(c.Doc, seqOf(e.Index, i), grantPublic, issuer)
}

// changeSubject rewrites which certificates a subject has. They are in one row, so
// that one read of a key tells that there are none.
func (b *batch) changeSubject(subject hash, f func([]hash) []hash) error {
	k := key('c', subject[:])
	ids, err := certificateIDs(b.txn, k)
	if err != nil {
		return err
	}
	var row []byte
	for _, id := range f(ids) {
		row = append(row, id[:]...)
	}
	if row == nil {
		return b.delete(k)
	}
	return b.put(k, row)
}

func certificateIDs(txn *badger.Txn, k []byte) (ids []hash, err error) {
	row, err := get(txn, k)
	for ; len(row) >= 16; row = row[16:] {
		ids = append(ids, hash(row[:16]))
	}
	return ids, err
}

func (b *batch) touchCertificate(c *Certificate) {
	b.touch(DepOrg(c.Holder))
	for _, t := range c.Targets {
		b.touch(DepFacts(t))
	}
}

// certificates lists those that cover any of the subjects, by the order of their
// record.
func certificates(txn *badger.Txn, subjects []string) ([]Certificate, error) {
	var list []Certificate
	seen := map[hash]bool{}
	for _, subject := range subjects {
		h := hashOf(subject)
		ids, err := certificateIDs(txn, key('c', h[:]))
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if seen[id] {
				continue
			}
			seen[id] = true
			c, ok, err := getRow[Certificate](txn, key('k', id[:]))
			if err != nil || !ok {
				return nil, corruptUnless(err)
			}
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b Certificate) int {
		return int(int64(seqOf(a.Entry, a.Item)) - int64(seqOf(b.Entry, b.Item)))
	})
	return list, nil
}

// Certificates lists the certificates of an organisation itself, valid or not.
func (x *Index) Certificates(org ledger.ID) (list []Certificate, err error) {
	err = x.view(func(txn *badger.Txn) (err error) {
		list, err = certificates(txn, []string{org.String()})
		return err
	})
	return list, err
}

// Held lists the certificates that an organisation holds, whatever they are about,
// valid or not.
func (x *Index) Held(org ledger.ID) (list []Certificate, err error) {
	err = x.view(func(txn *badger.Txn) (err error) {
		list, err = certificates(txn, []string{heldBy(org)})
		return err
	})
	return list, err
}
