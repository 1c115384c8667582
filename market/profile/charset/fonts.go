package charset

import (
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/transform"
)

// fonts decodes what was typed in fonts that draw Vietnamese letters in the places of
// others: a byte stands for a letter, or in VNI two bytes for a letter and its mark.
type fonts struct {
	transform.NopResetter
	singles map[byte]rune
	pairs   map[[2]byte]rune
	utf8    bool // each byte is written as the character of Windows-1252 that it was
}

// take reads one byte of the font. ok is false for a character that no byte stood for,
// which c then is; size is 0 where src ends within a character.
func (f fonts) take(src []byte, end bool) (b byte, c rune, size int, ok bool) {
	if !f.utf8 || src[0] < utf8.RuneSelf {
		return src[0], 0, 1, true
	}
	if !end && !utf8.FullRune(src) {
		return 0, 0, 0, false
	}
	c, size = utf8.DecodeRune(src)
	b, ok = charmap.Windows1252.EncodeRune(c)
	return b, c, size, ok
}

func (f fonts) Transform(dst, src []byte, end bool) (wrote, read int, err error) {
	for read < len(src) {
		b, c, size, ok := f.take(src[read:], end)
		if size == 0 {
			return wrote, read, transform.ErrShortSrc
		}
		if ok {
			c = charmap.Windows1252.DecodeByte(b)
			if letter, known := f.singles[b]; known {
				c = letter
			}
			if len(f.pairs) > 0 && leads[b] {
				if read+size == len(src) && !end {
					return wrote, read, transform.ErrShortSrc
				}
				if read+size < len(src) {
					mark, _, more, paired := f.take(src[read+size:], end)
					if more == 0 {
						return wrote, read, transform.ErrShortSrc
					}
					if letter, known := f.pairs[[2]byte{b, mark}]; paired && known {
						c, size = letter, size+more
					}
				}
			}
		}
		if wrote+utf8.RuneLen(c) > len(dst) {
			return wrote, read, transform.ErrShortDst
		}
		wrote += utf8.EncodeRune(dst[wrote:], c)
		read += size
	}
	return wrote, read, nil
}

var noPairs map[[2]byte]rune

// tcvn3 is TCVN 5712:1993 VN3. Capitals with tone marks were the small letters in
// another font, so they are read as small letters.
var tcvn3 = func() map[byte]rune {
	m := map[byte]rune{}
	for first, letters := range map[byte]string{
		0xA1: "ĂÂÊÔƠƯĐăâêôơưđ",
		0xB5: "àảãáạ",
		0xBB: "ằẳẵắ",
		0xC6: "ặầẩẫấậè",
		0xCE: "ẻẽéẹềểễếệìỉ",
		0xDC: "ĩíịò",
		0xE1: "ỏõóọồổỗốộờởỡớợù",
		0xF1: "ủũúụừửữứựỳỷỹýỵ",
	} {
		for _, c := range letters {
			m[first] = c
			first++
		}
	}
	return m
}()

// vniSingles are the letters of VNI that are one byte, as Windows-1252 shows them.
var vniSingles = func() map[byte]rune {
	m := map[byte]rune{}
	small, letters := []rune("íìæóòôöîñÍÌÆÓÒÔÖÎÑ"), []rune("íìỉĩịơưỵđÍÌỈĨỊƠƯỴĐ")
	for i, c := range small {
		m[byte(c)] = letters[i]
	}
	return m
}()

// vniPairs are the letters of VNI that are two bytes: the letter, and its marks.
var vniPairs = func() map[[2]byte]rune {
	m := map[[2]byte]rune{}
	rows := []struct{ base, marks, letters string }{
		{"a", "ùøûõïâáàåãäêéèúüë", "áàảãạâấầẩẫậăắằẳẵặ"},
		{"e", "ùøûõïâáàåãä", "éèẻẽẹêếềểễệ"},
		{"o", "ùøûõïâáàåãä", "óòỏõọôốồổỗộ"},
		{"ô", "ùøûõï", "ớờởỡợ"},
		{"u", "ùøûõï", "úùủũụ"},
		{"ö", "ùøûõï", "ứừửữự"},
		{"y", "ùøûõ", "ýỳỷỹ"},
		{"A", "ùøûõïâáàåãäêéèúüë", "ÁÀẢÃẠÂẤẦẨẪẬĂẮẰẲẴẶ"},
		{"E", "ùøûõïâáàåãä", "ÉÈẺẼẸÊẾỀỂỄỆ"},
		{"O", "ùøûõïâáàåãä", "ÓÒỎÕỌÔỐỒỔỖỘ"},
		{"Ô", "ùøûõï", "ỚỜỞỠỢ"},
		{"U", "ùøûõï", "ÚÙỦŨỤ"},
		{"Ö", "ùøûõï", "ỨỪỬỮỰ"},
		{"Y", "ùøûõ", "ÝỲỶỸ"},
	}
	for _, row := range rows {
		base, letters := byte([]rune(row.base)[0]), []rune(row.letters)
		for i, mark := range []rune(row.marks) {
			m[[2]byte{base, byte(mark)}] = letters[i]
			m[[2]byte{base, byte(mark) - 0x20}] = letters[i] // the mark as a capital
		}
	}
	return m
}()

// leads are the bytes that a mark of VNI may follow.
var leads = func() (list [256]bool) {
	for pair := range vniPairs {
		list[pair[0]] = true
	}
	return list
}()
