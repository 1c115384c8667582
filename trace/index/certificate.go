package index

import (
	"encoding/hex"
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

	SuspendedAt ledger.Time         `json:"suspended_at,omitempty"` // record time of the suspension that lasts
	History     []CertificateChange `json:"history"`                // the oldest first
}

// CertificateChange is what an entry did to a certificate.
type CertificateChange struct {
	Step  trace.CertificateStep `json:"step"`
	Why   string                `json:"why,omitempty"`
	Entry uint64                `json:"entry"`
	Item  int                   `json:"item"`
	Time  ledger.Time           `json:"time"` // record time
}

// Valid reports whether it holds at a moment: within its dates, and not yet
// revoked or suspended.
func (c *Certificate) Valid(at ledger.Time) bool {
	return c.From <= at && (c.Until.IsZero() || at < c.Until) && (c.RevokedAt.IsZero() || at < c.RevokedAt) && (c.SuspendedAt.IsZero() || at < c.SuspendedAt)
}

// Key names the certificate in addresses: 32 hexadecimal digits of its issuer and id.
func (c *Certificate) Key() string {
	h := certificateKey(c.Issuer, c.ID)
	return hex.EncodeToString(h[:])
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

// certificate takes in a certificate, or a step of an earlier one of the same id and
// issuer, which is one for all that it covered.
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
	step, why, _ := c.Step()
	if step != trace.CertificateIssued && ok {
		c.Certificate = before.Certificate
		c.Suspended, c.Revoked = "", ""
	}
	c.Reinstated = ""
	switch step {
	case trace.CertificateSuspended:
		c.Suspended, c.SuspendedAt = why, e.Time
	case trace.CertificateRevoked:
		c.Revoked, c.RevokedAt = why, e.Time
	}
	c.History = append(before.History, CertificateChange{step, why, e.Index, i, e.Time})
	if !ok {
		s := be64(^uint64(seqOf(e.Index, i)))
		for _, k := range [][]byte{key('j', issuer[:], s), key('h', c.Holder[:], s)} {
			if err := b.put(k, id[:]); err != nil {
				return err
			}
		}
		for _, subject := range c.subjects() {
			if err := b.addCertificate(hashOf(subject), id); err != nil {
				return err
			}
		}
	}
	if err := b.putRow(key('k', id[:]), c); err != nil {
		return err
	}
	b.touchCertificate(&c)
	return b.grant(c.Doc, seqOf(e.Index, i), grantPublic, issuer)
}

// addCertificate adds a certificate to those of a subject. They are in one row, so
// that one read of a key tells that there are none.
func (b *batch) addCertificate(subject, id hash) error {
	k := key('c', subject[:])
	ids, err := b.x.certificateIDs(b.txn, k)
	if err != nil || slices.Contains(ids, id) {
		return err
	}
	var row []byte
	for _, one := range append(ids, id) {
		row = append(row, one[:]...)
	}
	return b.put(k, row)
}

func (x *Index) certificateIDs(txn *badger.Txn, k []byte) (ids []hash, err error) {
	row, err := x.find(txn, k)
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
func (x *Index) certificates(txn *badger.Txn, subjects []string) ([]Certificate, error) {
	var list []Certificate
	seen := map[hash]bool{}
	for _, subject := range subjects {
		h := hashOf(subject)
		ids, err := x.certificateIDs(txn, key('c', h[:]))
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

// CertificatesBy lists what an organisation issued, the last first, valid or not.
func (x *Index) CertificatesBy(issuer ledger.ID, page Page) ([]Certificate, string, error) {
	return x.certificatesBelow('j', issuer, page)
}

// CertificatesFor lists what an organisation holds, itself or for its places and
// products, what was issued last first, valid or not.
func (x *Index) CertificatesFor(holder ledger.ID, page Page) ([]Certificate, string, error) {
	return x.certificatesBelow('h', holder, page)
}

func (x *Index) certificatesBelow(kind byte, org ledger.ID, page Page) (list []Certificate, next string, err error) {
	var ids []hash
	next, err = x.list(kind, key(kind, org[:]), 8, page, func(_, id []byte) { ids = append(ids, hash(id)) })
	for _, id := range ids {
		if err != nil {
			break
		}
		var c Certificate
		c, err = one[Certificate](x, key('k', id[:]), "the certificate")
		list = append(list, c)
	}
	if err != nil {
		return nil, "", err
	}
	return list, next, nil
}

// Certificate reads the one that Certificate.Key names, or NotFound.
func (x *Index) Certificate(name string) (*Certificate, error) {
	id, err := hex.DecodeString(name)
	if err != nil || len(id) != len(hash{}) || hex.EncodeToString(id) != name {
		return nil, absent("the certificate")
	}
	c, err := one[Certificate](x, key('k', id), "the certificate")
	if err != nil {
		return nil, err
	}
	return &c, nil
}

// Certificates lists the certificates of an organisation itself, valid or not.
func (x *Index) Certificates(org ledger.ID) (list []Certificate, err error) {
	err = x.view(func(txn *badger.Txn) (err error) {
		list, err = x.certificates(txn, []string{org.String()})
		return err
	})
	return list, err
}

// Held lists all that an organisation holds, as CertificatesFor does.
func (x *Index) Held(org ledger.ID) (list []Certificate, err error) {
	err = x.view(func(txn *badger.Txn) error {
		return scan(txn, key('h', org[:]), nil, func(_, id []byte) (bool, error) {
			c, ok, err := getRow[Certificate](txn, key('k', id))
			if err != nil || !ok {
				return false, corruptUnless(err)
			}
			list = append(list, c)
			return true, nil
		})
	})
	return list, err
}
