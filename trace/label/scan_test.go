package label

import (
	"bytes"
	"image"
	"image/png"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"

	"github.com/sogoc/sogoc/trace"
)

// scanDPI is how finely a page is looked at: as a cheap printer prints it.
const scanDPI = 300

// tool is a program of Debian's poppler-utils.
func tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is not here; Debian's package is named poppler-utils", name)
	}
	return path
}

func run(t testing.TB, name string, args ...string) []byte {
	t.Helper()
	out, err := exec.Command(tool(t, name), args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v: %s", name, args, err, out)
	}
	if len(bytes.TrimSpace(out)) > 0 && name == "pdftoppm" {
		t.Errorf("%s complains: %s", name, out)
	}
	return out
}

// printed is a job's PDF with its pages as pictures.
type printed struct {
	pdf   string
	pages []image.Image
}

// printOut writes labels and renders every page.
func printOut(t testing.TB, f Format, o Options, labels ...Label) printed {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, f, each(labels), o, nil); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	p := printed{pdf: filepath.Join(dir, "labels.pdf")}
	if err := os.WriteFile(p.pdf, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "pdftoppm", "-r", strconv.Itoa(scanDPI), "-png", "-gray", p.pdf, filepath.Join(dir, "page"))
	names, err := filepath.Glob(filepath.Join(dir, "page*.png"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		p.pages = append(p.pages, picture(t, name))
	}
	if keep := os.Getenv("LABELS_KEEP"); keep != "" {
		for i, name := range names {
			data, _ := os.ReadFile(name)
			os.WriteFile(filepath.Join(keep, f.Name+"-"+strconv.Itoa(i)+".png"), data, 0o600)
		}
	}
	return p
}

func picture(t testing.TB, name string) image.Image {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	img, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func each(labels []Label) iter.Seq2[Label, error] {
	return func(yield func(Label, error) bool) {
		for _, l := range labels {
			if !yield(l, nil) {
				return
			}
		}
	}
}

// crop is the part of a page where a label stands.
func crop(page image.Image, b box) image.Image {
	px := func(mm float64) int { return int(mm / 25.4 * scanDPI) }
	type sub interface {
		SubImage(image.Rectangle) image.Image
	}
	return page.(sub).SubImage(image.Rect(px(b.x), px(b.y), px(b.x+b.w), px(b.y+b.h)))
}

func scanQR(img image.Image) (string, error) {
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		return "", err
	}
	r, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil {
		return "", err
	}
	return r.GetText(), nil
}

// scanBars reads a GS1-128 symbol; ]C1 says that it is one.
func scanBars(img image.Image) (string, error) {
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		return "", err
	}
	r, err := oned.NewCode128Reader().Decode(bitmap, map[gozxing.DecodeHintType]any{
		gozxing.DecodeHintType_ASSUME_GS1: true, gozxing.DecodeHintType_TRY_HARDER: true,
	})
	if err != nil {
		return "", err
	}
	return r.GetText(), nil
}

// allScan checks that every label of a job says its address to a scanner.
func (p printed) allScan(t testing.TB, f Format, skip int, labels []Label) {
	t.Helper()
	if want := f.Sheets(len(labels), skip); len(p.pages) != want {
		t.Fatalf("%s: %d pages, want %d", f.Name, len(p.pages), want)
	}
	for i, l := range labels {
		at := i + skip
		got, err := scanQR(crop(p.pages[at/f.Places()], f.place(at%f.Places())))
		if err != nil || got != l.Address {
			t.Errorf("%s, label %d: scanned %q, %v; want %q", f.Name, i, got, err, l.Address)
		}
	}
}

const host = "https://truyxuat.bacninh.gov.vn"

var words = Words{Lot: "Lô", Serial: "Số", Scan: "Quét để xem nguồn gốc", SSCC: "SSCC"}

var options = Options{Words: words, Title: "Tem vải thiều", Language: "vi", Made: time.Date(2026, 6, 17, 7, 0, 0, 0, time.UTC)}

func labelOf(id trace.ID) Label {
	return Label{
		ID: id, Address: id.Link(host), Name: "Vải thiều Lục Ngạn chính vụ", Also: "Luc Ngan lychee, main season",
		Producer: "Hợp tác xã Vải thiều Hồng Giang",
		Facts:    []Fact{{"Thu hoạch", "17/06/2026"}, {"Đóng gói", "18/06/2026"}, {"Hạn dùng", "28/06/2026"}, {"Nơi trồng", "xã Lục Ngạn, tỉnh Bắc Ninh"}},
	}
}

// pieces are labels of single pieces of a lot.
func pieces(t testing.TB, lot trace.ID, run trace.SerialRun) (list []Label) {
	t.Helper()
	for serial := range run.All() {
		id, err := lot.WithSerial(serial)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, labelOf(id))
	}
	return list
}
