package index

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// A grant says who may read a payload because of one place that refers to it. The
// organisation that referred to it first decides: what others say later does not
// count, or anybody who knows a CID could make its payload public.
//
//	byte kind, [16]byte organisation that refers to it
const (
	grantPublic = 'p' // everybody
	grantEvent  = 'e' // who may read the event at the grant's seq
	grantOrg    = 'o' // the organisation, and the operator
)

func grantKey(cid string, s seq) []byte {
	h := hashOf(cid)
	return key('d', h[:], be64(uint64(s)))
}

func grantRow(kind byte, org ledger.ID) []byte {
	return append([]byte{kind}, org[:]...)
}

func (b *batch) grant(cid string, s seq, kind byte, org ledger.ID) error {
	if cid == "" {
		return nil
	}
	return b.put(grantKey(cid, s), grantRow(kind, org))
}

// eventGrant is what an event says of its payload.
type eventGrant struct {
	payload string
	entry   uint64
	access
}

// grantReaders lets who may read an event read its payload. The events of an entry are
// often those of one document, which the first of them says it for.
func (b *batch) grantReaders(cid string, a access, s seq) error {
	last := &b.granted
	if last.payload == cid && last.entry == s.entry() && last.access.equal(a) {
		return nil
	}
	*last = eventGrant{cid, s.entry(), a}
	return b.grant(cid, s, grantEvent, a.org)
}

// Readable reports whether the viewer may read the payload with this root CID:
// payloads of events by their audience; profiles, and images in them, by everybody
// unless they are sealed; notices of recalls and documents of certificates by
// everybody; what was erased by nobody. A CID that nothing refers to is not
// readable.
func (x *Index) Readable(ctx context.Context, v Viewer, cid string) (bool, error) {
	readable := false
	err := x.view(func(txn *badger.Txn) error {
		erased, err := x.find(txn, key('Z', []byte(cid)))
		if err != nil || erased != nil {
			return err
		}
		h := hashOf(cid)
		var first *ledger.ID
		return scan(txn, key('d', h[:]), nil, func(k, row []byte) (bool, error) {
			r := reader{b: row}
			kind := r.byte()
			var org ledger.ID
			copy(org[:], r.take(16))
			if first == nil {
				first = &org
			}
			if org != *first {
				return true, ctx.Err()
			}
			switch kind {
			case grantPublic:
				readable = true
			case grantEvent:
				rk := reader{b: k[len(k)-8:]}
				e, ok, err := headerAt(txn, seq(rk.uint64()))
				if err != nil {
					return false, err
				}
				readable = ok && v.may(e.access)
			case grantOrg:
				readable = v.is(org)
			}
			return !readable, ctx.Err()
		})
	})
	return readable, err
}

// Mention is where a record names a payload.
type Mention struct {
	Org   ledger.ID // whose record it is
	Entry uint64
	Item  int
}

// Named says where a payload was named first, or NotFound. It is not for the outside:
// it answers about records of every audience. An image is known once the profile was
// read that it stands in.
func (x *Index) Named(_ context.Context, cid string) (m Mention, err error) {
	h := hashOf(cid)
	found := false
	err = x.view(func(txn *badger.Txn) error {
		return scan(txn, key('d', h[:]), nil, func(k, row []byte) (bool, error) {
			s := seq(binary.BigEndian.Uint64(k[len(k)-8:]))
			m.Entry, m.Item, found = s.entry(), s.item(), true
			copy(m.Org[:], row[1:])
			return false, nil
		})
	})
	if err == nil && !found {
		err = absent("payload " + cid)
	}
	return m, err
}

// described is the profile behind a directory entry, and who may see it.
type described struct {
	*trace.Describes
	org   ledger.ID // whose it is
	seq   seq       // of the entry
	shown bool      // to everybody although it is sealed
}

func (d described) grant() byte {
	if d.Sealed && !d.shown {
		return grantOrg
	}
	return grantPublic
}

// profile gives the words behind an entry; nil when there are none, when the
// viewer may not see them, and when they were erased or are not here.
func (x *Index) profile(ctx context.Context, v Viewer, d described) (*trace.Profile, error) {
	if d.Describes == nil || (d.grant() == grantOrg && !v.is(d.org)) {
		return nil, nil
	}
	// Asked each time: a profile may be put in the cache while it is being erased.
	if erased, err := x.isErased(d.Payload); erased || err != nil {
		return nil, err
	}
	if p, ok := x.profiles.Get(d.Payload); ok {
		return p, nil
	}
	p, err := x.fetchProfile(ctx, d.Payload)
	if err != nil || p == nil {
		return nil, err
	}
	if p.Image != "" {
		err := x.db.Update(func(txn *badger.Txn) error {
			return txn.Set(grantKey(p.Image, d.seq), grantRow(d.grant(), d.org))
		})
		if err != nil {
			return nil, fault(err)
		}
	}
	x.profiles.Add(d.Payload, p)
	return p, nil
}

// Pictured makes the image in a profile that came late readable by whom the profile is
// readable by, before anybody asks for the profile.
func (x *Index) Pictured(profile, image string) error {
	err := x.db.Update(func(txn *badger.Txn) error {
		h := hashOf(profile)
		grants := map[seq][]byte{}
		err := scan(txn, key('d', h[:]), nil, func(k, row []byte) (bool, error) {
			grants[seq(binary.BigEndian.Uint64(k[len(k)-8:]))] = bytes.Clone(row)
			return true, nil
		})
		for s, row := range grants {
			if err == nil {
				err = txn.Set(grantKey(image, s), row)
			}
		}
		return err
	})
	if err != nil {
		return fault(err)
	}
	return nil
}

func (x *Index) isErased(cid string) (erased bool, err error) {
	err = x.view(func(txn *badger.Txn) error {
		row, err := x.find(txn, key('Z', []byte(cid)))
		erased = row != nil
		return err
	})
	return erased, err
}

// fetchProfile reads and decodes a profile; nil when it is not here, or when it is
// no profile.
func (x *Index) fetchProfile(ctx context.Context, cid string) (*trace.Profile, error) {
	data, err := x.cfg.Payload(ctx, cid)
	if ledger.CodeOf(err) == ledger.NotFound && err != nil {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var p trace.Profile
	if err := json.Unmarshal(data, &p); err != nil {
		x.log.Warn("profile left out", "cid", cid, "error", err)
		return nil, nil
	}
	return &p, nil
}

// describe registers a profile and, when it is here already, the image in it.
// before is what it replaces: a profile that was shown and no longer is.
func (b *batch) describe(d described, before described) error {
	if before.Describes != nil && before.Sealed && before.shown {
		for _, cid := range []string{before.Payload, before.Image} {
			if err := b.grant(cid, before.seq, grantOrg, before.org); err != nil {
				return err
			}
		}
		if p, _ := b.x.fetchProfile(b.ctx, before.Payload); p != nil {
			if err := b.grant(p.Image, before.seq, grantOrg, before.org); err != nil {
				return err
			}
		}
		b.erased = append(b.erased, before.Payload)
	}
	if d.Describes == nil {
		return nil
	}
	for _, cid := range []string{d.Payload, d.Image} {
		if err := b.grant(cid, d.seq, d.grant(), d.org); err != nil {
			return err
		}
	}
	p, err := b.x.fetchProfile(b.ctx, d.Payload)
	if err != nil {
		b.x.log.Warn("profile not read yet", "cid", d.Payload, "error", err)
	}
	if p == nil {
		return nil
	}
	return b.grant(p.Image, d.seq, d.grant(), d.org)
}
