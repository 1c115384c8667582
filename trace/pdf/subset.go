package pdf

import (
	"encoding/binary"
	"errors"
	"slices"

	"golang.org/x/image/font/sfnt"
)

var errFont = errors.New("the font file is broken, or not TrueType")

// subset is a TrueType font with the outlines of some glyphs alone, and of those
// that they are composed of. Glyphs keep their numbers.
func subset(file []byte, used []sfnt.GlyphIndex) ([]byte, error) {
	tables, err := tablesOf(file)
	if err != nil {
		return nil, err
	}
	head, loca, glyf, maxp := tables["head"], tables["loca"], tables["glyf"], tables["maxp"]
	if len(head) < 54 || len(maxp) < 6 {
		return nil, errFont
	}
	count, long := int(binary.BigEndian.Uint16(maxp[4:])), binary.BigEndian.Uint16(head[50:]) == 1
	outline := func(g int) ([]byte, error) {
		var from, to int
		switch {
		case g >= count || long && len(loca) < 4*count+4 || !long && len(loca) < 2*count+2:
			return nil, errFont
		case long:
			from, to = int(binary.BigEndian.Uint32(loca[4*g:])), int(binary.BigEndian.Uint32(loca[4*g+4:]))
		default:
			from, to = 2*int(binary.BigEndian.Uint16(loca[2*g:])), 2*int(binary.BigEndian.Uint16(loca[2*g+2:]))
		}
		if from > to || to > len(glyf) {
			return nil, errFont
		}
		return glyf[from:to], nil
	}
	kept := map[int][]byte{}
	queue := []int{0}
	for _, g := range used {
		queue = append(queue, int(g))
	}
	for len(queue) > 0 {
		g := queue[0]
		queue = queue[1:]
		if _, ok := kept[g]; ok {
			continue
		}
		if kept[g], err = outline(g); err != nil {
			return nil, err
		}
		queue = append(queue, parts(kept[g])...)
	}
	var outlines, places []byte
	for g := range count {
		places = binary.BigEndian.AppendUint32(places, uint32(len(outlines)))
		outlines = padded(append(outlines, kept[g]...))
	}
	tables["loca"], tables["glyf"] = binary.BigEndian.AppendUint32(places, uint32(len(outlines))), outlines
	head = slices.Clone(head)
	clear(head[8:12]) // the sum over the file, which join sets
	binary.BigEndian.PutUint16(head[50:], 1)
	tables["head"] = head
	return join(tables), nil
}

// parts are the glyphs that one is composed of.
func parts(outline []byte) (list []int) {
	const (
		contours, header        = 2, 10
		wordArguments           = 0x1
		scale, twoScales, more  = 0x8, 0x40, 0x20
		matrix                  = 0x80
		scaleBytes, matrixBytes = 2, 8
	)
	if len(outline) < contours || int16(binary.BigEndian.Uint16(outline)) >= 0 {
		return nil
	}
	for at := header; at+4 <= len(outline); {
		flags := binary.BigEndian.Uint16(outline[at:])
		list = append(list, int(binary.BigEndian.Uint16(outline[at+2:])))
		at += 6
		if flags&wordArguments != 0 {
			at += 2
		}
		switch {
		case flags&scale != 0:
			at += scaleBytes
		case flags&twoScales != 0:
			at += 2 * scaleBytes
		case flags&matrix != 0:
			at += matrixBytes
		}
		if flags&more == 0 {
			break
		}
	}
	return list
}

// embedded are the tables that a PDF's reader needs (ISO 32000-1, section 9.9), in
// the order of a font file.
var embedded = []string{"cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "prep"}

const (
	directoryHeader = 12
	directoryRow    = 16
)

func tablesOf(file []byte) (map[string][]byte, error) {
	if len(file) < directoryHeader || binary.BigEndian.Uint32(file) != 0x00010000 {
		return nil, errFont
	}
	tables := map[string][]byte{}
	for i := range int(binary.BigEndian.Uint16(file[4:])) {
		at := directoryHeader + directoryRow*i
		if at+directoryRow > len(file) {
			return nil, errFont
		}
		from, size := uint64(binary.BigEndian.Uint32(file[at+8:])), uint64(binary.BigEndian.Uint32(file[at+12:]))
		if from+size > uint64(len(file)) {
			return nil, errFont
		}
		tables[string(file[at:at+4])] = file[from : from+size]
	}
	return tables, nil
}

// join makes a font file of tables.
func join(tables map[string][]byte) []byte {
	var names []string
	for _, name := range embedded {
		if tables[name] != nil {
			names = append(names, name)
		}
	}
	n, log := len(names), 0
	for 2<<log <= n {
		log++
	}
	out := binary.BigEndian.AppendUint32(nil, 0x00010000)
	for _, v := range []int{n, directoryRow << log, log, directoryRow*n - directoryRow<<log} {
		out = binary.BigEndian.AppendUint16(out, uint16(v))
	}
	at, headAt := directoryHeader+directoryRow*n, 0
	for _, name := range names {
		if name == "head" {
			headAt = at
		}
		out = append(out, name...)
		for _, v := range []uint32{sum(tables[name]), uint32(at), uint32(len(tables[name]))} {
			out = binary.BigEndian.AppendUint32(out, v)
		}
		at += (len(tables[name]) + 3) &^ 3
	}
	for _, name := range names {
		out = padded(append(out, tables[name]...))
	}
	binary.BigEndian.PutUint32(out[headAt+8:], 0xB1B0AFBA-sum(out))
	return out
}

// padded fills up to a multiple of four bytes.
func padded(b []byte) []byte { return append(b, make([]byte, -len(b)&3)...) }

// sum is a table's checksum.
func sum(table []byte) (s uint32) {
	for b := padded(slices.Clone(table)); len(b) > 0; b = b[4:] {
		s += binary.BigEndian.Uint32(b)
	}
	return s
}
