package content

import (
	"context"
	"encoding/binary"
	"io"

	"github.com/ipfs/go-cid"
)

// WriteCAR writes the blocks of a payload as a CARv1 archive: the root first,
// then depth first in the order of the payload, each block once. After an error
// what was written is not an archive.
func WriteCAR(ctx context.Context, s Store, root cid.Cid, w io.Writer) error {
	if err := Check(root); err != nil {
		return err
	}
	first, err := s.Block(ctx, root, root)
	if err != nil {
		return err
	}
	if err := writeSection(w, carHeader(root)); err != nil {
		return err
	}
	written := map[cid.Cid]bool{}
	var walk func(c cid.Cid, block []byte) error
	walk = func(c cid.Cid, block []byte) error {
		written[c] = true
		if err := writeSection(w, c.Bytes(), block); err != nil {
			return err
		}
		links, err := Links(c, block)
		if err != nil {
			return err
		}
		for _, l := range links {
			if written[l.CID] {
				continue
			}
			b, err := s.Block(ctx, root, l.CID)
			if err != nil {
				return err
			}
			if err := walk(l.CID, b); err != nil {
				return err
			}
		}
		return nil
	}
	return walk(root, first)
}

// carHeader is the DAG-CBOR of {"roots": [root], "version": 1}.
func carHeader(root cid.Cid) []byte {
	c := root.Bytes()
	b := []byte("\xa2\x65roots\x81\xd8\x2a\x58")
	b = append(b, byte(len(c)+1), 0) // a link's bytes start with 0
	b = append(b, c...)
	return append(b, "\x67version\x01"...)
}

// writeSection writes the parts behind their common length.
func writeSection(w io.Writer, parts ...[]byte) error {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	if _, err := w.Write(binary.AppendUvarint(nil, uint64(n))); err != nil {
		return err
	}
	for _, p := range parts {
		if _, err := w.Write(p); err != nil {
			return err
		}
	}
	return nil
}
