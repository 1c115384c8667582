package charset

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"github.com/sogoc/sogoc/ledger"
)

const said = "Cộng hòa xã hội chủ nghĩa Việt Nam. Độc lập, tự do, hạnh phúc. Sản lượng cà phê của xã Ea Kao, thành phố Buôn Ma Thuột; " +
	"người trồng: Nguyễn Văn Tẹo, ấp Mỹ Đức, huyện Cái Bè. Giá 98.500 đồng một ký lô, trả bằng tiền mặt, giữ lại một phần để kiểm định."

// What fonts of the time drew as the text above, as an editor in Windows-1252 shows it.
const (
	asTCVN3 = "Céng hßa x· héi chñ nghÜa ViÖt Nam. §éc lËp, tù do, h¹nh phóc. S¶n l\u00adîng cµ phª cña x· Ea Kao, thµnh phè Bu«n Ma Thuét; " +
		"ng\u00adêi trång: NguyÔn V¨n TÑo, Êp Mü §øc, huyÖn C¸i BÌ. Gi¸ 98.500 ®ång mét ký l«, tr¶ b»ng tiÒn mÆt, gi÷ l¹i mét phÇn ®Ó kiÓm ®Þnh."
	asVNI = "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam. Ñoäc laäp, töï do, haïnh phuùc. Saûn löôïng caø pheâ cuûa xaõ Ea Kao, thaønh phoá Buoân Ma Thuoät; " +
		"ngöôøi troàng: Nguyeãn Vaên Teïo, aáp Myõ Ñöùc, huyeän Caùi Beø. Giaù 98.500 ñoàng moät kyù loâ, traû baèng tieàn maët, giöõ laïi moät phaàn ñeå kieåm ñònh."
)

func western(t *testing.T, text string) []byte {
	t.Helper()
	b, err := charmap.Windows1252.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// windows1258 writes a letter and its tone apart, as Windows did.
func windows1258(t *testing.T, text string) []byte {
	t.Helper()
	var out []byte
	for _, c := range text {
		if b, ok := charmap.Windows1258.EncodeRune(c); ok {
			out = append(out, b)
			continue
		}
		parts := []rune(norm.NFD.String(string(c)))
		tone := parts[len(parts)-1]
		if len(parts) == 3 && parts[1] == 0x323 {
			parts[1], tone = parts[2], parts[1]
		}
		base := []rune(norm.NFC.String(string(parts[:len(parts)-1])))
		for _, p := range append(base, tone) {
			b, ok := charmap.Windows1258.EncodeRune(p)
			if !ok {
				t.Fatalf("%q is not in Windows-1258", p)
			}
			out = append(out, b)
		}
	}
	return out
}

func wideText(text string, order binary.ByteOrder, mark bool) []byte {
	units := utf16.Encode([]rune(text))
	if mark {
		units = append([]uint16{0xFEFF}, units...)
	}
	var b bytes.Buffer
	binary.Write(&b, order, units)
	return b.Bytes()
}

func TestEveryEncoding(t *testing.T) {
	for _, c := range []struct {
		name string
		e    Encoding
		text []byte
	}{
		{"UTF-8", UTF8, []byte(said)},
		{"decomposed", Decomposed, []byte(norm.NFD.String(said))},
		{"UTF-16, little", UTF16LE, wideText(said, binary.LittleEndian, true)},
		{"UTF-16, big", UTF16BE, wideText(said, binary.BigEndian, true)},
		{"UTF-16, little, no mark", UTF16LE, wideText("ten,kg\n"+said, binary.LittleEndian, false)},
		{"UTF-16, big, no mark", UTF16BE, wideText("ten,kg\n"+said, binary.BigEndian, false)},
		{"Windows-1258", Windows1258, windows1258(t, said)},
		{"TCVN3", TCVN3, western(t, asTCVN3)},
		{"VNI", VNI, western(t, asVNI)},
		{"TCVN3 in UTF-8", TCVN3InUTF8, []byte(asTCVN3)},
		{"VNI in UTF-8", VNIInUTF8, []byte(asVNI)},
	} {
		if e, ok := Detect(c.text); e != c.e || !ok {
			t.Errorf("%s is taken for %s, %t", c.name, e, ok)
		}
		var got bytes.Buffer
		if _, err := Convert(&got, iotest.OneByteReader(bytes.NewReader(c.text)), c.e); err != nil {
			t.Fatal(err)
		}
		if strings.TrimPrefix(got.String(), "ten,kg\n") != said {
			t.Errorf("%s is read as\n%s", c.name, got.String())
		}
	}
}

// TestEveryLetter: each letter of the alphabet has a place in VNI, and each small one in
// TCVN3, which the decoder knows.
func TestEveryLetter(t *testing.T) {
	fromTCVN3, fromVNI := map[rune]bool{}, map[rune]bool{}
	for _, c := range tcvn3 {
		fromTCVN3[c] = true
	}
	for _, c := range vniSingles {
		fromVNI[c] = true
	}
	for _, c := range vniPairs {
		fromVNI[c] = true
	}
	small := []rune("àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ")
	for _, c := range small {
		if !fromTCVN3[c] {
			t.Errorf("TCVN3 has no %q", c)
		}
		for _, c := range []rune{c, []rune(strings.ToUpper(string(c)))[0]} {
			if !fromVNI[c] {
				t.Errorf("VNI has no %q", c)
			}
		}
	}
	if len(fromTCVN3) != len(small)+7 || len(fromVNI) != 2*len(small) {
		t.Errorf("TCVN3 has %d letters, VNI %d", len(fromTCVN3), len(fromVNI))
	}
}

func TestWhatIsLeftAlone(t *testing.T) {
	for name, text := range map[string]string{
		"English":         "product,weight\norange,12\n",
		"French":          "Le café est prêt, Élodie a payé déjà les pâtes à côté du marché",
		"a price":         "giá: 5 £, 7 € – “rẻ”",
		"cut at its ends": said[2 : len(said)-1][1:],
		"a few marks":     "Café, Perú",
	} {
		if e, ok := Detect([]byte(text)); e != UTF8 || !ok {
			t.Errorf("%s is taken for %s, %t", name, e, ok)
		}
	}
	for name, text := range map[string][]byte{
		"French of Windows": western(t, "Le café est prêt, Élodie a payé déjà les pâtes à côté du marché"),
		"no text":           {0xff, 0x80, 0x81, 0xfe, 0x90},
	} {
		if e, ok := Detect(text); ok {
			t.Errorf("%s is taken for %s", name, e)
		}
	}
	if _, err := Convert(io.Discard, strings.NewReader("x"), "ebcdic"); ledger.CodeOf(err) != ledger.Invalid {
		t.Errorf("an encoding that nobody knows: %v", err)
	}
}

func TestSyllables(t *testing.T) {
	for _, w := range strings.Fields("Việt nghiêng khuỷu quốc giữ gì oản yến ượt xoong uống thuở khuya quy ngoằn") {
		if !Syllable(w) {
			t.Errorf("%q is no syllable", w)
		}
	}
	for _, w := range strings.Fields("caf Vieät ViÖt strong bl ngx aa éá xãi2 qz") {
		if Syllable(w) {
			t.Errorf("%q is a syllable", w)
		}
	}
}

// FuzzEncodings: whatever comes in, what goes out is UTF-8 in the composed form, the same
// in pieces of any size.
func FuzzEncodings(f *testing.F) {
	f.Add([]byte(asTCVN3), uint8(4))
	f.Add([]byte("Vieät Nam a"), uint8(8))
	f.Add([]byte{0xff, 0xfe, 0x61}, uint8(2))
	f.Add([]byte("e\u0301\u0323\xcc"), uint8(1))
	f.Fuzz(func(t *testing.T, text []byte, which uint8) {
		e := Encodings[int(which)%len(Encodings)]
		Detect(text)
		whole, err := io.ReadAll(NewReader(bytes.NewReader(text), e))
		if err != nil {
			t.Fatal(err)
		}
		pieces, err := io.ReadAll(NewReader(iotest.OneByteReader(bytes.NewReader(text)), e))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(whole, pieces) {
			t.Fatalf("%s: %q is read as %q, and in pieces as %q", e, text, whole, pieces)
		}
		if e != UTF8 && e != Decomposed && !utf8.Valid(whole) {
			t.Fatalf("%s: %q is read as %q", e, text, whole)
		}
	})
}
