package disk

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Damage is a log file of a database in which something cannot be read although records
// follow on it. Badger takes that for the end of what was written, and cuts the file off
// there when it opens it. What a machine leaves that stopped while it wrote is no
// damage: nothing follows on it.
type Damage struct {
	File string
	At   int64 // the byte where the record begins that cannot be read
}

func (d *Damage) Error() string {
	return fmt.Sprintf("%s is damaged at byte %d, and records follow on it", d.File, d.At)
}

// Damaged looks for damage in what Badger would cut of a database when it is opened: its
// newest value log and, where it was not closed, the logs of its tables in memory. It is
// nil when there is none, or no database.
func Damaged(dir string) (*Damage, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var values, tables []string
	for _, e := range entries { // in the order of their names, which is that of their making
		switch filepath.Ext(e.Name()) {
		case ".vlog":
			values = append(values, e.Name())
		case ".mem":
			tables = append(tables, e.Name())
		}
	}
	if len(values) > 0 {
		if d, err := damagedLog(filepath.Join(dir, values[len(values)-1]), 1); d != nil || err != nil {
			return d, err
		}
	}
	for _, name := range tables {
		if d, err := damagedLog(filepath.Join(dir, name), recordsTogether); d != nil || err != nil {
			return d, err
		}
	}
	return nil, nil
}

const (
	logHeader = 20 // bytes before the first record
	// recordsTogether is more records than what is written and synced at once has in the
	// log of a table, of which a machine that stops may leave any.
	recordsTogether = 4
	// longestAhead is how far behind damage records are looked for.
	longestAhead = 32 << 20
)

// damagedLog reports damage on which at least so many records follow.
func damagedLog(path string, least int) (*Damage, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	end, err := endOfData(f)
	if err != nil || end <= logHeader {
		return nil, err
	}
	at, window := int64(logHeader), window{f: f, end: end}
	for at < end {
		n, err := window.record(at)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			break
		}
		at += n
	}
	for next, found := at+1, 0; next < min(end, at+longestAhead); {
		n, err := window.record(next)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			next++
			continue
		}
		if found++; found == least {
			return &Damage{path, at}, nil
		}
		next += n
	}
	return nil, nil
}

// window reads a file piece by piece.
type window struct {
	f     *os.File
	end   int64
	from  int64
	bytes []byte
}

const windowSize = 16 << 20

// at gives the bytes from one on, of which there are at least n unless the file ends.
func (w *window) at(from int64, n int) ([]byte, error) {
	n = int(min(int64(n), w.end-from))
	if from < w.from || from+int64(n) > w.from+int64(len(w.bytes)) {
		w.from, w.bytes = from, make([]byte, min(int64(max(n, windowSize)), w.end-from))
		if _, err := w.f.ReadAt(w.bytes, from); err != nil && err != io.EOF {
			return nil, err
		}
	}
	return w.bytes[from-w.from:], nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// record is the length of the record at an offset, 0 when there is none that is whole:
//
//	uint8, uint8           flags
//	uvarint, uvarint       length of key and value
//	uvarint                expiry
//	key, value
//	uint32                 CRC-32C of all that (big-endian)
func (w *window) record(at int64) (int64, error) {
	const header = 2 + 3*binary.MaxVarintLen64
	b, err := w.at(at, header)
	if err != nil || len(b) < 2 {
		return 0, err
	}
	n := uint64(2)
	var sizes [3]uint64
	for i := range sizes {
		v, k := binary.Uvarint(b[n:min(len(b), header)])
		if k <= 0 {
			return 0, nil
		}
		sizes[i], n = v, n+uint64(k)
	}
	key, value := sizes[0], sizes[1]
	if key == 0 || key > 1<<16 || value > uint64(w.end-at) {
		return 0, nil
	}
	whole := n + key + value + crc32.Size
	if whole > uint64(w.end-at) {
		return 0, nil
	}
	if b, err = w.at(at, int(whole)); err != nil {
		return 0, err
	}
	body := b[:whole-crc32.Size]
	if crc32.Checksum(body, castagnoli) != binary.BigEndian.Uint32(b[len(body):]) {
		return 0, nil
	}
	return int64(whole), nil
}

// endOfData is where the zeros begin that a log is filled up with while it is open.
func endOfData(f *os.File) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	const piece = 1 << 20
	b, zeros := make([]byte, piece), make([]byte, piece)
	end := int64(0)
	for _, part := range parts(f, info.Size()) {
		for from := part[0]; from < part[1]; from += piece {
			n, err := f.ReadAt(b[:min(piece, part[1]-from)], from)
			if err != nil && err != io.EOF {
				return 0, err
			}
			if !bytes.Equal(b[:n], zeros[:n]) {
				end = from + int64(len(bytes.TrimRight(b[:n], "\x00")))
			}
		}
	}
	return min(end+16, info.Size()), nil // a record may end in zeros
}

// Keep copies the damaged file, before Badger cuts it, into a folder, and returns where it is.
func (d *Damage) Keep(dir string) (string, error) {
	in, err := os.Open(d.File)
	if err != nil {
		return "", err
	}
	defer in.Close()
	end, err := endOfData(in)
	if err != nil {
		return "", err
	}
	kept := filepath.Join(dir, filepath.Base(filepath.Dir(d.File))+"-"+filepath.Base(d.File)+".damaged")
	out, err := os.OpenFile(kept, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return kept, nil // of an earlier start
	}
	if err != nil {
		return "", err
	}
	_, err = io.Copy(out, io.NewSectionReader(in, 0, end))
	return kept, errors.Join(err, out.Sync(), out.Close())
}
