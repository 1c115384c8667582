package table

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/sogoc/sogoc/ledger"
)

// Bounds of a Parquet file. The library that reads it believes what the file says of its
// own sizes, so they are looked at before.
const (
	maxFooter    = 16 << 20  // bytes
	maxHeader    = 256 << 10 // bytes of a page's header
	maxPage      = 64 << 20  // bytes of a page, unfolded
	maxPages     = 512 << 20 // bytes of one page of every column
	maxPageCells = 8 << 20
	maxCells     = 4 << 30 // of the file: a few bytes may stand for millions
)

var (
	errParquet   = unreadable(ledger.Invalid, "parquet", 0, "the file cannot be read as Parquet")
	errPages     = unreadable(ledger.TooLarge, "unzipped", 0, "the file has pages of more than %d MiB", maxPage>>20)
	errCodec     = unreadable(ledger.Invalid, "codec", 0, "the file is compressed in a way that is not read: write it with Snappy, gzip or Zstandard")
	errEncrypted = unreadable(ledger.Invalid, "encrypted", 0, "the file is encrypted")
)

// compact reads Thrift's compact protocol, to see that no list in it is longer than what
// is there.
type compact struct {
	b       []byte
	structs int
}

// maxStructs keeps what a footer grows to in memory bounded.
const maxStructs = 500_000

func (c *compact) byte() (byte, bool) {
	if len(c.b) == 0 {
		return 0, false
	}
	b := c.b[0]
	c.b = c.b[1:]
	return b, true
}

func (c *compact) varint() (uint64, bool) {
	v, n := binary.Uvarint(c.b)
	if n <= 0 {
		return 0, false
	}
	c.b = c.b[n:]
	return v, true
}

func (c *compact) drop(n uint64) bool {
	if n > uint64(len(c.b)) {
		return false
	}
	c.b = c.b[n:]
	return true
}

// structure steps over one struct, and reports whether it is sound.
func (c *compact) structure(depth int) bool {
	if c.structs++; depth > MaxDepth || c.structs > maxStructs {
		return false
	}
	for {
		head, ok := c.byte()
		if !ok || head == 0 {
			return ok
		}
		if head>>4 == 0 {
			if _, ok := c.varint(); !ok {
				return false
			}
		}
		if kind := head & 15; kind > 2 && !c.value(kind, depth) || kind == 0 {
			return false
		}
	}
}

// value steps over a value: 1 and 2 are truths, which in a struct have no bytes.
func (c *compact) value(kind byte, depth int) bool {
	switch kind {
	case 1, 2, 3:
		return c.drop(1)
	case 4, 5, 6:
		_, ok := c.varint()
		return ok
	case 7:
		return c.drop(8)
	case 8:
		n, ok := c.varint()
		return ok && c.drop(n)
	case 9, 10:
		head, ok := c.byte()
		n := uint64(head >> 4)
		if n == 15 {
			n, ok = c.varint()
		}
		return ok && c.list(n, depth, head&15)
	case 11:
		n, ok := c.varint()
		if !ok || n == 0 {
			return ok
		}
		kinds, ok := c.byte()
		return ok && c.list(n, depth, kinds>>4, kinds&15)
	case 12:
		return c.structure(depth + 1)
	}
	return false
}

func (c *compact) list(n uint64, depth int, kinds ...byte) bool {
	if n > uint64(len(c.b)) || depth > MaxDepth {
		return false
	}
	for range n {
		for _, kind := range kinds {
			if !c.value(kind, depth+1) {
				return false
			}
		}
	}
	return true
}

// decode reads one struct, once it is sound, and says how many bytes it had.
func decode(b []byte, into any) (n int, ok bool) {
	c := compact{b: b}
	if !c.structure(1) {
		return 0, false
	}
	n = len(b) - len(c.b)
	var protocol thrift.CompactProtocol
	return n, thrift.Unmarshal(&protocol, b[:n], into) == nil
}

// checkParquet refuses a file that would take more memory than it may.
func checkParquet(in io.ReaderAt, size int64) (err error) {
	defer brokeParquet(&err)
	var tail [8]byte
	if size < 12 {
		return errParquet
	}
	if _, err := in.ReadAt(tail[:], size-8); err != nil || string(tail[4:]) != "PAR1" {
		if string(tail[4:]) == "PARE" {
			return errEncrypted
		}
		return errParquet
	}
	n := int64(binary.LittleEndian.Uint32(tail[:]))
	if n > maxFooter || n > size-12 {
		return unreadable(ledger.TooLarge, "footer", 0, "the file's footer has more than %d MiB, or than the file", maxFooter>>20)
	}
	footer := make([]byte, n)
	if _, err := in.ReadAt(footer, size-8-n); err != nil {
		return errParquet
	}
	var meta format.FileMetaData
	if _, ok := decode(footer, &meta); !ok {
		return errParquet
	}
	leaves, ok := leaves(meta.Schema)
	if !ok {
		return errParquet
	}
	if leaves > MaxFields {
		return unreadable(ledger.TooLarge, "fields", 0, "the file has more than %d columns", MaxFields)
	}
	all := int64(0)
	for _, group := range meta.RowGroups {
		if len(group.Columns) != leaves {
			return errParquet
		}
		together := int64(0)
		for i := range group.Columns {
			n, made, err := checkChunk(in, size, &group.Columns[i])
			if err != nil {
				return err
			}
			if all += made; all > maxCells {
				return unreadable(ledger.TooLarge, "cells", 0, "the file has more than %d cells", int64(maxCells))
			}
			if together += n; together > maxPages {
				return errPages
			}
		}
	}
	return nil
}

// leaves counts the columns of a schema, which is a tree in the order of its depth.
func leaves(schema []format.SchemaElement) (n int, ok bool) {
	var open []int32 // children that are to come, of each group
	for i, e := range schema {
		if e.NumChildren < 0 || int(e.NumChildren) > len(schema) || len(open) > MaxDepth || i > 0 && len(open) == 0 {
			return 0, false
		}
		if i > 0 {
			open[len(open)-1]--
		}
		if e.NumChildren > 0 {
			open = append(open, e.NumChildren)
		} else if i > 0 {
			n++
		}
		for len(open) > 0 && open[len(open)-1] == 0 {
			open = open[:len(open)-1]
		}
	}
	return n, n > 0 && len(open) == 0
}

// checkChunk looks at the pages of one column, and says what the largest takes, and how
// many cells there are.
func checkChunk(in io.ReaderAt, size int64, chunk *format.ColumnChunk) (largest, made int64, err error) {
	m := &chunk.MetaData
	switch {
	case chunk.CryptoMetadata != (format.ColumnCryptoMetaData{}):
		return 0, 0, errEncrypted
	case m.Codec != format.Uncompressed && m.Codec != format.Snappy && m.Codec != format.Gzip && m.Codec != format.Zstd:
		return 0, 0, errCodec
	}
	at := m.DataPageOffset
	if d := m.DictionaryPageOffset; d > 0 && d < at {
		at = d
	}
	if at < 4 || m.TotalCompressedSize < 0 || m.TotalCompressedSize > size-at {
		return 0, 0, errParquet
	}
	dictionary, end := int64(0), at+m.TotalCompressedSize
	head := make([]byte, 8<<10)
	for at < end {
		var h format.PageHeader
		n, ok := 0, false
		for {
			got, err := in.ReadAt(head, at)
			if err != nil && err != io.EOF {
				return 0, 0, errParquet
			}
			h = format.PageHeader{}
			if n, ok = decode(head[:got], &h); ok || got < len(head) || len(head) >= maxHeader {
				break
			}
			head = make([]byte, maxHeader)
		}
		folded, whole := int64(h.CompressedPageSize), int64(h.UncompressedPageSize)
		switch {
		case !ok || folded < 0 || whole < 0 || at+int64(n)+folded > end:
			return 0, 0, errParquet
		case folded > maxPage || whole > maxPage || cells(&h) > maxPageCells:
			return 0, 0, errPages
		}
		if err := checkPage(io.NewSectionReader(in, at+int64(n), folded), m.Codec, &h); err != nil {
			return 0, 0, err
		}
		if h.Type == format.DictionaryPage {
			dictionary += folded + whole
		} else {
			largest, made = max(largest, folded+whole), made+int64(cells(&h))
		}
		at += int64(n) + folded
	}
	return largest + dictionary, made, nil
}

func cells(h *format.PageHeader) int32 {
	n := int32(0)
	if h.DataPageHeader != nil {
		n = max(n, h.DataPageHeader.NumValues)
	}
	if h.DataPageHeaderV2 != nil {
		n = max(n, h.DataPageHeaderV2.NumValues)
	}
	if h.DictionaryPageHeader != nil {
		n = max(n, h.DictionaryPageHeader.NumValues)
	}
	return n
}

// checkPage unfolds a page without keeping it, and refuses one that is larger than it
// says.
func checkPage(page io.Reader, codec format.CompressionCodec, h *format.PageHeader) error {
	whole := int64(h.UncompressedPageSize)
	if v2 := h.DataPageHeaderV2; v2 != nil && h.Type == format.DataPageV2 {
		levels := int64(v2.RepetitionLevelsByteLength) + int64(v2.DefinitionLevelsByteLength)
		if v2.RepetitionLevelsByteLength < 0 || v2.DefinitionLevelsByteLength < 0 || levels > whole {
			return errParquet
		}
		if v2.IsCompressed != nil && !*v2.IsCompressed {
			return nil
		}
		if _, err := io.CopyN(io.Discard, page, levels); err != nil {
			return errParquet
		}
		whole -= levels
	}
	switch codec {
	case format.Snappy:
		var start [binary.MaxVarintLen64]byte
		n, err := io.ReadFull(page, start[:])
		if err != nil && n == 0 {
			return nil // an empty page
		}
		if size, err := snappy.DecodedLen(start[:n]); err != nil || int64(size) > whole {
			return errPages
		}
		return nil
	case format.Gzip:
		z, err := gzip.NewReader(page)
		if err != nil {
			return errParquet
		}
		return within(z, whole)
	case format.Zstd:
		z, err := zstd.NewReader(page, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxPage+1<<20))
		if err != nil {
			return errParquet
		}
		defer z.Close()
		return within(z, whole)
	}
	return nil
}

func within(r io.Reader, whole int64) error {
	n, err := io.Copy(io.Discard, io.LimitReader(r, whole+1))
	if n > whole {
		return errPages
	}
	if err != nil {
		return errParquet
	}
	return nil
}

// brokeParquet turns a panic over a file that somebody broke into an error.
func brokeParquet(err *error) {
	if r := recover(); r != nil {
		*err = errParquet
	}
}

func isParquet(head []byte) bool { return bytes.HasPrefix(head, []byte("PAR1")) }
