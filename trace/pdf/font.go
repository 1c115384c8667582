package pdf

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// Font is a TrueType font of a file, of which the glyphs that are used are
// embedded.
type Font struct {
	name   string // in content
	tag    string // six letters before its name that say that not all of it is here
	base   string // the font's own
	file   []byte
	font   *sfnt.Font
	buf    sfnt.Buffer
	glyphs map[rune]sfnt.GlyphIndex // that are used; 0 for what the font does not have
}

// Font adds a TrueType font to the file. base is its PostScript name.
func (w *Writer) Font(base string, file []byte) (*Font, error) {
	parsed, err := sfnt.Parse(file)
	if err != nil {
		return nil, fmt.Errorf("pdf: font %s: %w", base, err)
	}
	f := &Font{name: fmt.Sprintf("/F%d", len(w.fonts)+1), tag: "SOGOC" + string(rune('A'+len(w.fonts)%26)), base: base, file: file, font: parsed, glyphs: map[rune]sfnt.GlyphIndex{}}
	w.fonts = append(w.fonts, f)
	return f, nil
}

// encode appends a text as glyphs in hexadecimal.
func (f *Font) encode(to []byte, s string) []byte {
	for _, r := range s {
		g, ok := f.glyphs[r]
		if !ok {
			g, _ = f.font.GlyphIndex(&f.buf, r) // an unreadable one is none
			f.glyphs[r] = g
		}
		if g != 0 {
			to = fmt.Appendf(to, "%04X", g)
		}
	}
	return to
}

// unitsPerEm is what widths are given in.
const unitsPerEm = 1000

// embed writes a font's objects and returns its own.
func (w *Writer) embed(f *Font) (int, error) {
	runes := map[sfnt.GlyphIndex]rune{} // of the glyphs that are used, the first of each
	for _, r := range slices.Sorted(maps.Keys(f.glyphs)) {
		if g := f.glyphs[r]; g != 0 {
			if _, ok := runes[g]; !ok {
				runes[g] = r
			}
		}
	}
	used := slices.Sorted(maps.Keys(runes))
	part, err := subset(f.file, used)
	if err != nil {
		return 0, fmt.Errorf("pdf: font %s: %w", f.base, err)
	}
	var widths strings.Builder
	for _, g := range used {
		a, err := f.font.GlyphAdvance(&f.buf, g, fixed.I(unitsPerEm), font.HintingNone)
		if err != nil {
			return 0, fmt.Errorf("pdf: font %s: %w", f.base, err)
		}
		fmt.Fprintf(&widths, "%d[%d]", g, a.Round())
	}
	m, err := f.font.Metrics(&f.buf, fixed.I(unitsPerEm), font.HintingNone)
	if err != nil {
		return 0, fmt.Errorf("pdf: font %s: %w", f.base, err)
	}
	box, err := f.font.Bounds(&f.buf, fixed.I(unitsPerEm), font.HintingNone)
	if err != nil {
		return 0, fmt.Errorf("pdf: font %s: %w", f.base, err)
	}
	whole, descendant, descriptor, file, unicode := w.reserve(), w.reserve(), w.reserve(), w.reserve(), w.reserve()
	name := f.tag + "+" + f.base
	w.stream(file, fmt.Sprintf("/Length1 %d", len(part)), part)
	w.stream(unicode, "", toUnicode(used, runes))
	const symbolic = 4
	w.object(descriptor, "<</Type/FontDescriptor/FontName/%s/Flags %d/FontBBox[%d %d %d %d]/ItalicAngle 0/Ascent %d/Descent %d/CapHeight %d/StemV 80/FontFile2 %d 0 R>>",
		name, symbolic, box.Min.X.Round(), -box.Max.Y.Round(), box.Max.X.Round(), -box.Min.Y.Round(), m.Ascent.Round(), -m.Descent.Round(), m.CapHeight.Round(), file)
	w.object(descendant, "<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor %d 0 R/DW 0/W[%s]/CIDToGIDMap/Identity>>",
		name, descriptor, widths.String())
	w.object(whole, "<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>", name, descendant, unicode)
	return whole, nil
}

// toUnicode is the map by which readers find the letters of glyphs again.
func toUnicode(used []sfnt.GlyphIndex, runes map[sfnt.GlyphIndex]rune) []byte {
	b := []byte("/CIDInit/ProcSet findresource begin 12 dict begin begincmap\n" +
		"/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def /CMapName/Adobe-Identity-UCS def /CMapType 2 def\n" +
		"1 begincodespacerange <0000><FFFF> endcodespacerange\n")
	const most = 100 // of a section
	for part := range slices.Chunk(used, most) {
		b = fmt.Appendf(b, "%d beginbfchar\n", len(part))
		for _, g := range part {
			letters := text(string(runes[g]))
			b = fmt.Appendf(b, "<%04X><%s\n", g, strings.TrimPrefix(letters, "<FEFF"))
		}
		b = append(b, "endbfchar\n"...)
	}
	return append(b, "endcmap CMapName currentdict/CMap defineresource pop end end\n"...)
}
