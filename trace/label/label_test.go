package label

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

var (
	gtinLot = trace.MustID("https://id.gs1.org/01/09521234000044/10/VC260617")
	codeLot = trace.MustID("/t/BNHG00012X/10/L1")
	sscc    = trace.MustID("https://id.gs1.org/00/395212340000000014")
)

// TestEveryLabelScans prints a full sheet of every format, of GTINs and of
// register-issued codes with serials, and scans every label.
func TestEveryLabelScans(t *testing.T) {
	for _, f := range Formats {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			n := f.Places()
			gtins, codes := n/2+1, n-n/2
			labels := append(pieces(t, gtinLot, trace.SerialRun{Count: gtins, First: 1, Width: 4}),
				pieces(t, codeLot, trace.SerialRun{Count: codes, Seed: bytes.Repeat([]byte{1}, 32)})...)
			printOut(t, f, options, labels...).allScan(t, f, 0, labels)
		})
	}
}

// TestAFormatOfOnesOwn, on a sheet of which some places are used up, with edges to
// cut along.
func TestAFormatOfOnesOwn(t *testing.T) {
	f, err := NewFree(Size{148, 210}, 10, 12, 2, 3, Size{60, 55}, 4, 6)
	if err != nil {
		t.Fatal(err)
	}
	o := options
	o.Skip, o.Outline = 4, true
	labels := []Label{labelOf(gtinLot), labelOf(codeLot), labelOf(gtinLot.Product()), labelOf(codeLot.Product())}
	printOut(t, f, o, labels...).allScan(t, f, 4, labels)
}

// TestTextIsText: what a label says can be read out of the PDF, with every
// Vietnamese letter.
func TestTextIsText(t *testing.T) {
	l := labelOf(gtinLot)
	l.Name = "Bưởi da xanh Mỹ Thạnh An"
	l.Lines = []string{"aáàảãạ ăắằẳẵặ âấầẩẫậ đ eéèẻẽẹ êếềểễệ iíìỉĩị", "oóòỏõọ ôốồổỗộ ơớờởỡợ uúùủũụ ưứừửữự yýỳỷỹỵ"}
	l.Warnings = []string{"ĐỂ NƠI KHÔ RÁO, TRÁNH ẨM ƯỚT"}
	f, _ := Find("a5")
	p := printOut(t, f, options, l)
	text := strings.Join(strings.Fields(string(run(t, "pdftotext", "-layout", p.pdf, "-"))), " ")
	for _, want := range append([]string{
		l.Name, l.Also, l.Producer, "Lô VC260617", "Thu hoạch 17/06/2026", "Quét để xem nguồn gốc", "truyxuat.bacninh.gov.vn", "(01)09521234000044", l.Warnings[0],
	}, l.Lines...) {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q: %s", want, text)
		}
	}
	// Letters that come as a letter and its marks are the same letters.
	l.Name = "Bưởi da xanh"
	p = printOut(t, f, options, l)
	if text := string(run(t, "pdftotext", p.pdf, "-")); !strings.Contains(text, "Bưởi da xanh") {
		t.Errorf("marks are not composed: %s", text)
	}
	if info := string(run(t, "pdffonts", p.pdf)); strings.Count(info, "yes yes yes") != 2 {
		t.Errorf("not of both fonts a part is embedded and readable: %s", info)
	}
	if info, err := os.Stat(p.pdf); err != nil || info.Size() > 120_000 {
		t.Errorf("the fonts are embedded whole: %v, %v", info.Size(), err)
	}
}

// TestPallets: the logistic label has the SSCC as GS1-128, as QR code and in
// letters.
func TestPallets(t *testing.T) {
	l := labelOf(sscc)
	l.Facts = append([]Fact{{"Lô", "VC260617"}, {"Số thùng", "48"}}, l.Facts...)
	l.Lines = []string{"Nơi nhận: Kho Trâu Quỳ, Hà Nội"}
	for _, f := range Formats {
		t.Run(f.Name, func(t *testing.T) {
			if !f.TakesPallet() {
				err := Write(io.Discard, f, each([]Label{l}), options, nil)
				refused(t, err, ledger.TooLarge, "format")
				return
			}
			p := printOut(t, f, options, l)
			p.allScan(t, f, 0, []Label{l})
			h := f.Label.H
			bars, err := scanBars(crop(p.pages[0], box{0, h / 2, f.Label.W, h / 2}))
			if want := "]C100395212340000000014"; err != nil || bars != want {
				t.Errorf("the bars say %q, %v; want %q", bars, err, want)
			}
			text := string(run(t, "pdftotext", "-layout", p.pdf, "-"))
			for _, want := range []string{"(00)395212340000000014", "3952 1234 0000 0000 14", "Kho Trâu Quỳ"} {
				if !strings.Contains(text, want) {
					t.Errorf("the label does not say %q: %s", want, text)
				}
			}
		})
	}
}

func TestLogo(t *testing.T) {
	logo := image.NewNRGBA(image.Rect(0, 0, 900, 450))
	for y := range 450 {
		for x := range 900 {
			if (x-450)*(x-450)/4+(y-225)*(y-225) < 200*200 {
				logo.Set(x, y, color.NRGBA{31, 107, 58, 255})
			}
		}
	}
	var asPNG, asJPEG bytes.Buffer
	if err := errors.Join(png.Encode(&asPNG, logo), jpeg.Encode(&asJPEG, logo, nil)); err != nil {
		t.Fatal(err)
	}
	decoded, err := DecodeLogo(asPNG.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if b := decoded.Bounds(); b.Dx() != 600 || b.Dy() != 300 {
		t.Errorf("the logo has %v", b)
	}
	if r, g, b, a := decoded.At(0, 0).RGBA(); r&g&b&a != 0xffff {
		t.Error("what was transparent is not white")
	}
	if _, err := DecodeLogo(asJPEG.Bytes()); err != nil {
		t.Error(err)
	}
	for name, data := range map[string][]byte{
		"nothing": nil, "text": []byte("GIF89a"), "cut off": asPNG.Bytes()[:200], "large": make([]byte, MaxLogoBytes+1),
		"a strip": encode(t, 900, 10), "huge": encode(t, maxLogoSide+1, maxLogoSide),
	} {
		var e *ledger.Error
		if _, err := DecodeLogo(data); !errors.As(err, &e) || e.Field != "logo" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"a4-3x7", "roll-100x150"} {
		f, _ := Find(name)
		o := options
		o.Logo = decoded
		labels := []Label{labelOf(gtinLot)}
		p := printOut(t, f, o, labels...)
		p.allScan(t, f, 0, labels)
		if list := string(run(t, "pdfimages", "-list", p.pdf)); strings.Count(list, "\n") != 3 {
			t.Errorf("%s: not one picture: %s", name, list)
		}
	}
}

func encode(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.White, color.Black})); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func refused(t *testing.T, err error, code ledger.Code, field string) {
	t.Helper()
	var e *ledger.Error
	if !errors.As(err, &e) || e.Code != code || e.Field != field {
		t.Errorf("%v: want %s of %s", err, code, field)
	}
}

// TestWhatIsRefused: each limit, by the field at fault.
func TestWhatIsRefused(t *testing.T) {
	small, _ := Find("a4-5x13")
	for name, c := range map[string]struct {
		change func(*Label, *Options)
		code   ledger.Code
		field  string
	}{
		"no name":           {func(l *Label, _ *Options) { l.Name = " \u200b" }, ledger.Invalid, "name"},
		"a long name":       {func(l *Label, _ *Options) { l.Name = strings.Repeat("a", MaxName+1) }, ledger.TooLarge, "name"},
		"too much name":     {func(l *Label, _ *Options) { l.Name = strings.Repeat("W", MaxName) }, ledger.TooLarge, "name"},
		"a letter":          {func(l *Label, _ *Options) { l.Name = "荔枝" }, ledger.Invalid, "name"},
		"beyond UCS-2":      {func(l *Label, _ *Options) { l.Lines = []string{"🥭"} }, ledger.Invalid, "lines"},
		"many lines":        {func(l *Label, _ *Options) { l.Lines = make([]string, MaxLines+1) }, ledger.TooLarge, "lines"},
		"lines do not fit":  {func(l *Label, _ *Options) { l.Lines = []string{strings.Repeat("m", 100), strings.Repeat("m", 100)} }, ledger.TooLarge, "lines"},
		"many facts":        {func(l *Label, _ *Options) { l.Facts = make([]Fact, MaxFacts+1) }, ledger.TooLarge, "facts"},
		"a long warning":    {func(l *Label, _ *Options) { l.Warnings = []string{strings.Repeat("a", MaxText+1)} }, ledger.TooLarge, "warnings"},
		"no address":        {func(l *Label, _ *Options) { l.Address = "/01/1" }, ledger.Invalid, "address"},
		"a script":          {func(l *Label, _ *Options) { l.Address = "javascript:alert(1)" }, ledger.Invalid, "address"},
		"letters":           {func(l *Label, _ *Options) { l.Address = "https://vải.example/t/1" }, ledger.Invalid, "address"},
		"a long address":    {func(l *Label, _ *Options) { l.Address = host + strings.Repeat("/a", maxAddress/2) }, ledger.TooLarge, "address"},
		"too dense a code":  {func(l *Label, _ *Options) { l.Address = host + strings.Repeat("/a", 80) }, ledger.TooLarge, "format"},
		"a used-up sheet":   {func(_ *Label, o *Options) { o.Skip = 65 }, ledger.Invalid, "skip"},
		"nothing to print":  {func(l *Label, _ *Options) { l.ID = trace.ID{} }, ledger.Invalid, "id"},
		"words of no font":  {func(_ *Label, o *Options) { o.Words.Scan = "扫" }, ledger.Invalid, "scan"},
		"a pallet on a tag": {func(l *Label, _ *Options) { l.ID = sscc }, ledger.TooLarge, "format"},
	} {
		t.Run(name, func(t *testing.T) {
			l, o := labelOf(gtinLot), options
			c.change(&l, &o)
			refused(t, Write(io.Discard, small, each([]Label{l}), o, nil), c.code, c.field)
			refused(t, Preview(io.Discard, small, l, o, ""), c.code, c.field)
		})
	}
	t.Run("too dense a code says what it needs", func(t *testing.T) {
		l := labelOf(gtinLot)
		l.Address = host + strings.Repeat("/a", 80)
		err := Write(io.Discard, small, each([]Label{l}), options, nil)
		if !strings.Contains(fmt.Sprint(err), "a label of 38.1 × 21.2 mm is too small for the QR code of this address: 57 modules of 0.396 mm") {
			t.Error(err)
		}
	})
	refused(t, Write(io.Discard, small, each(nil), options, nil), ledger.Invalid, "count")
	stop := errors.New("stop")
	if err := Write(io.Discard, small, func(yield func(Label, error) bool) { yield(Label{}, stop) }, options, nil); !errors.Is(err, stop) {
		t.Error(err)
	}
}

func TestFormats(t *testing.T) {
	for _, f := range Formats {
		if err := f.Check(); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	for field, change := range map[string]func(*Format){
		"page_w":  func(f *Format) { f.Page.W = 5 },
		"page_h":  func(f *Format) { f.Page.H = 5000 },
		"label_w": func(f *Format) { f.Label.W = 70 },
		"label_h": func(f *Format) { f.Label.H = 24 },
		"left":    func(f *Format) { f.Left = -1 },
		"gap_x":   func(f *Format) { f.GapX = 60 },
		"columns": func(f *Format) { f.Columns, f.Rows, f.Label, f.GapX = 20, 20, Size{15, 15}, 0 },
		"rows":    func(f *Format) { f.Rows = 0 },
		"pad":     func(f *Format) { f.Pad = 9 },
		"dot":     func(f *Format) { f.Dot = 0 },
	} {
		f, _ := Find("a4-5x13")
		change(&f)
		refused(t, f.Check(), ledger.Invalid, field)
	}
	_, err := Find("letter")
	refused(t, err, ledger.Invalid, "format")
	f, _ := Find("a4-3x8")
	for labels, want := range map[int]int{1: 1, 20: 1, 21: 2, 44: 2, 45: 3} {
		if got := f.Sheets(labels, 4); got != want {
			t.Errorf("%d labels after 4 take %d sheets, want %d", labels, got, want)
		}
	}
}

// TestPreview draws what is printed, as a drawing that nothing can be slipped into.
func TestPreview(t *testing.T) {
	l := labelOf(codeLot)
	l.Name = `Vải <script>&"'`
	l.Lines = []string{"]]><x/>"}
	for _, f := range Formats {
		o := options
		o.Logo = image.NewGray(image.Rect(0, 0, 20, 10))
		var b bytes.Buffer
		if err := Preview(&b, f, l, o, "/labels/logo?a=1&b=2"); err != nil {
			t.Fatal(err)
		}
		var said []string
		for d := xml.NewDecoder(bytes.NewReader(b.Bytes())); ; {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v: %s", f.Name, err, b.Bytes())
			}
			switch x := token.(type) {
			case xml.CharData:
				said = append(said, string(x))
			case xml.StartElement:
				if !strings.Contains(" svg rect text path image ", " "+x.Name.Local+" ") {
					t.Errorf("an element %s", x.Name.Local)
				}
			}
		}
		if text := strings.Join(said, " "); !strings.Contains(text, `<script>&"'`) || !strings.Contains(text, "BNHG-00012-X") {
			t.Errorf("%s says %q", f.Name, text)
		}
	}
}

// TestManyLabels: the largest job, of which one page is scanned, and how the job
// tells how far it is.
func TestManyLabels(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	f, _ := Find("a4-5x13")
	run20k := trace.SerialRun{Count: MaxLabels, First: 1, Width: 5}
	name := filepath.Join(t.TempDir(), "many.pdf")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	made, told := 0, 0
	var last Label
	err = Write(file, f, func(yield func(Label, error) bool) {
		for serial := range run20k.All() {
			if made-told > 1 {
				t.Fatal("labels are gathered before they are drawn")
			}
			id, err := gtinLot.WithSerial(serial)
			made++
			if last = labelOf(id); !yield(last, err) {
				return
			}
		}
	}, options, func(done int) { told = done })
	if err != nil || told != MaxLabels {
		t.Fatal(err, told)
	}
	pages := f.Sheets(MaxLabels, 0)
	if info := string(run(t, "pdfinfo", name)); !strings.Contains(info, fmt.Sprintf("Pages:           %d\n", pages)) {
		t.Errorf("not %d pages: %s", pages, info)
	}
	to := filepath.Join(t.TempDir(), "last")
	run(t, "pdftoppm", "-r", "300", "-png", "-gray", "-singlefile", "-f", fmt.Sprint(pages), name, to)
	if got, err := scanQR(crop(picture(t, to+".png"), f.place((MaxLabels-1)%f.Places()))); err != nil || got != last.Address {
		t.Errorf("the last label says %q, %v", got, err)
	}
	refused(t, Write(io.Discard, f, func(yield func(Label, error) bool) {
		for l := labelOf(gtinLot); yield(l, nil); {
		}
	}, options, nil), ledger.TooLarge, "count")
}

// FuzzTexts: any text is printed or refused for what it is, never half.
func FuzzTexts(f *testing.F) {
	f.Add("Vải thiều", "Lychee", "HTX", "Thu hoạch", "17/06/2026", "dòng", uint8(0))
	f.Add("Vải", "\x00\xff", "(\\)", ") Tj ET", "\u202eabc", "🥭", uint8(3))
	f.Fuzz(func(t *testing.T, name, also, producer, caption, value, line string, format uint8) {
		l := Label{ID: codeLot, Address: codeLot.Link(host), Name: name, Also: also, Producer: producer, Facts: []Fact{{caption, value}}, Lines: []string{line}}
		paper := Formats[int(format)%len(Formats)]
		var pdf, svg bytes.Buffer
		err, errSVG := Write(&pdf, paper, each([]Label{l}), options, nil), Preview(&svg, paper, l, options, "")
		if (err == nil) != (errSVG == nil) {
			t.Fatalf("printed: %v; drawn: %v", err, errSVG)
		}
		if err != nil {
			var e *ledger.Error
			if !errors.As(err, &e) || e.Field == "" || pdf.Len() > 0 {
				t.Fatalf("%v, %d bytes", err, pdf.Len())
			}
			return
		}
		if err := xml.Unmarshal(svg.Bytes(), new(struct{})); err != nil {
			t.Fatalf("%v: %s", err, svg.Bytes())
		}
		if b := pdf.Bytes(); !bytes.HasPrefix(b, []byte("%PDF-")) || !bytes.HasSuffix(bytes.TrimSpace(b), []byte("%%EOF")) {
			t.Fatal("no whole PDF")
		}
	})
}
