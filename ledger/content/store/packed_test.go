package store

import (
	"bytes"
	"io"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
)

const document = `{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2026-06-03T08:00:00.000+07:00","epcisBody":{"eventList":[{"type":"ObjectEvent","eventID":"urn:uuid:7f0e6a52-5f0f-4f9e-8b57-7f3e7f0f3a11","eventTime":"2026-06-03T07:30:00.000+07:00","eventTimeZoneOffset":"+07:00","action":"ADD","bizStep":"commissioning","quantityList":[{"epcClass":"https://id.gs1.org/01/09520000000011/10/L77","quantity":100,"uom":"KGM"}]}]}}`

// A document is stored in fewer bytes, and nobody notices.
func TestDocumentsArePacked(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	b := []byte(document)
	ref := put(t, s, b, content.Options{})
	all, err := s.PutAll(t.Context(), [][]byte{[]byte(document + " ")})
	if err != nil {
		t.Fatal(err)
	}
	sealed := put(t, s, b, content.Options{Sealed: true})
	random := put(t, s, bytesOf(3, 700), content.Options{})
	for _, one := range []struct {
		key  []byte
		form byte
		most int64
	}{
		{payloadKey(ref.CID), formPacked, int64(len(b)) * 7 / 8}, {payloadKey(all[0]), formPacked, int64(len(b)) * 7 / 8},
		{payloadKey(sealed.CID), formChunk, 2 * int64(len(b))}, {payloadKey(random.CID), formChunk, 702},
	} {
		err := s.db.View(func(txn *badger.Txn) error {
			item, err := txn.Get(one.key)
			if err != nil {
				return err
			}
			return item.Value(func(v []byte) error {
				if v[1] != one.form || int64(len(v)) > one.most {
					t.Errorf("form %d of %d bytes, want %d of %d at most", v[1], len(v), one.form, one.most)
				}
				return nil
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	want(t, s, ref.CID, b)
	want(t, s, all[0], []byte(document+" "))
	want(t, s, sealed.CID, b)
	if info, err := s.Stat(t.Context(), ref.CID); err != nil || info.Size != int64(len(b)) || info.Sealed {
		t.Errorf("%+v, %v", info, err)
	}
	if got, err := s.Block(t.Context(), ref.CID, ref.CID); err != nil || !bytes.Equal(got, b) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	n, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	kept := 0
	err = n.Since(t.Context(), 0, func(k Kept) error {
		got, err := io.ReadAll(k.Bytes)
		if int64(len(got)) != k.Size {
			t.Errorf("%s: %d bytes where %d were announced", k.CID, len(got), k.Size)
		}
		kept++
		return err
	})
	if err != nil || kept != 4 {
		t.Errorf("%d are kept, %v", kept, err)
	}
}

// A packed payload that has rotted is never served, is found by Check, and is mended by
// storing it again.
func TestPackedBytesThatRotted(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	b := []byte(document)
	ref := put(t, s, b, content.Options{})
	rec := chunkRecord(b, false)
	good := rec.encode()
	for at := range good {
		bad := bytes.Clone(good)
		bad[at] ^= 0x55
		if err := s.db.Update(func(txn *badger.Txn) error { return txn.Set(payloadKey(ref.CID), bad) }); err != nil {
			t.Fatal(err)
		}
		if got, err := get(t, s, ref.CID); err == nil && !bytes.Equal(got, b) {
			t.Fatalf("byte %d: %q was served", at, got)
		}
	}
	wrong := 0
	if _, err := s.Check(t.Context(), func(f Found) {
		if f.Wrong != nil {
			wrong++
		}
	}, func(int, int) {}); err != nil || wrong != 1 {
		t.Errorf("%d are wrong, %v", wrong, err)
	}
	_, err := get(t, s, ref.CID)
	wantCode(t, err, ledger.Internal, "")
	put(t, s, b, content.Options{})
	want(t, s, ref.CID, b)
}
