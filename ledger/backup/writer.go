package backup

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash"
	"io"

	"github.com/sogoc/sogoc/ledger"
)

// Writer writes a backup.
type Writer struct {
	w      *bufio.Writer
	hash   hash.Hash
	stage  int
	counts Counts
}

// chunk is how many bytes of a payload go into a frame.
const chunk = 1 << 20

// NewWriter begins a backup.
func NewWriter(out io.Writer, h Header) (*Writer, error) {
	w := &Writer{hash: sha256.New()}
	w.w = bufio.NewWriterSize(io.MultiWriter(out, w.hash), 256<<10)
	if _, err := w.w.WriteString(magic); err != nil {
		return nil, err
	}
	return w, w.json(kindHeader, h)
}

// File writes a file.
func (w *Writer) File(f File) error {
	w.counts.Files++
	name := append(binary.BigEndian.AppendUint16(nil, uint16(len(f.Name))), f.Name...)
	return w.frame(kindFile, name, f.Bytes)
}

// Account writes a record of the account store.
func (w *Writer) Account(a Account) error {
	w.counts.Accounts++
	head := binary.BigEndian.AppendUint64(nil, a.Ends)
	head = binary.BigEndian.AppendUint32(head, uint32(len(a.Key)))
	return w.frame(kindAccount, head, a.Key, a.Value)
}

// Tombstone writes that a payload was erased.
func (w *Writer) Tombstone(t Tombstone) error {
	w.counts.Tombstones++
	head := binary.BigEndian.AppendUint64(nil, uint64(t.At))
	head = binary.BigEndian.AppendUint16(head, uint16(len(t.CID)))
	return w.frame(kindTombstone, head, []byte(t.CID), []byte(t.Reason))
}

// Payload writes a payload; key is nil unless it is sealed. That r ends before size, or
// fails, is an error after which the backup is none.
func (w *Writer) Payload(cid string, size int64, key *[32]byte, r io.Reader) error {
	w.counts.Payloads++
	w.counts.Bytes += uint64(size)
	head := binary.BigEndian.AppendUint64(nil, uint64(size))
	if key == nil {
		head = append(head, 0)
	} else {
		head = append(append(head, 1), key[:]...)
	}
	if err := w.frame(kindPayload, head, []byte(cid)); err != nil {
		return err
	}
	if err := w.data(size, r); err != nil {
		return fmt.Errorf("payload %s: %w", cid, err)
	}
	return nil
}

// Copied writes a file of a copied folder; r is nil for one that is Kept. That r ends
// before the size, or fails, is an error after which the backup is none.
func (w *Writer) Copied(c Copied, r io.Reader) error {
	w.counts.Copies++
	head := binary.BigEndian.AppendUint64(nil, uint64(c.Size))
	head = binary.BigEndian.AppendUint64(head, uint64(c.Changed))
	if c.Kept {
		return w.frame(kindCopy, append(head, 1), []byte(c.Name))
	}
	if err := w.frame(kindCopy, append(head, 0), []byte(c.Name)); err != nil {
		return err
	}
	if err := w.data(c.Size, r); err != nil {
		return fmt.Errorf("%s: %w", c.Name, err)
	}
	return nil
}

func (w *Writer) data(size int64, r io.Reader) error {
	for buf := make([]byte, min(size, chunk)); size > 0; {
		n := min(size, int64(len(buf)))
		if _, err := io.ReadFull(r, buf[:n]); err != nil {
			return err
		}
		if err := w.frame(kindData, buf[:n]); err != nil {
			return err
		}
		size -= n
	}
	return nil
}

// Block writes a block.
func (w *Writer) Block(b Block) error {
	w.counts.Blocks++
	return w.frame(kindBlock, b)
}

// Close ends the backup. The counts are the writer's own.
func (w *Writer) Close(to Position, checkpoint []byte) (Trailer, error) {
	t := Trailer{To: to, Checkpoint: checkpoint, Counts: w.counts}
	b, err := json.Marshal(t)
	if err != nil {
		return t, err
	}
	if err := w.frame(kindTrailer, b); err != nil {
		return t, err
	}
	if err := w.w.Flush(); err != nil {
		return t, err
	}
	end := w.hash.Sum(nil)
	if _, err := w.w.Write(binary.BigEndian.AppendUint32(end, uint32(headSize+len(b)))); err != nil {
		return t, err
	}
	return t, w.w.Flush()
}

func (w *Writer) json(kind byte, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return w.frame(kind, b)
}

func (w *Writer) frame(kind byte, parts ...[]byte) error {
	if stage(kind) < w.stage {
		return ledger.Errorf(ledger.Internal, "a frame of kind %q is out of order in a backup", kind)
	}
	w.stage = stage(kind)
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	if n > maxFrame {
		return ledger.Errorf(ledger.TooLarge, "a record of %d bytes does not fit into a backup", n)
	}
	head := binary.BigEndian.AppendUint32([]byte{kind}, uint32(n))
	if _, err := w.w.Write(head); err != nil {
		return err
	}
	for _, p := range parts {
		if _, err := w.w.Write(p); err != nil {
			return err
		}
	}
	return nil
}
